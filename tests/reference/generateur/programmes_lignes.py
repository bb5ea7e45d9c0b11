"""Des dossiers d'un programme aux tables du modèle."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import pairwise

from generateur.hasard import choisir, jour_entre, naissance, numeroter, tirage
from generateur.programmes_dossiers import Dossier, Programme, dossiers, emploi_le
from generateur.tables import Lignes, euros

ATTEINTS = {"OBJECTIF": "oui", "ACCES_LOGT": "oui", "ORIENTATION": "partiel"}


def tables_du_programme(p: Programme, places: tuple[dict, ...] = (), actes: tuple[dict, ...] = ()):
    """Les tables propres d'un programme ; `places` et `actes` sont ceux qui ne tiennent à aucun dossier."""
    rng = tirage(f"programme {p.service}")
    suite = dossiers(rng, p)
    lignes = Lignes()
    for place in places:
        lignes.ajouter("place", id_service=p.service, **place)
    _demandes(rng, lignes, p, suite)
    tous_actes: list[dict] = [dict(acte) for acte in actes]
    contrats: list[dict] = []
    for rang, d in enumerate(suite, 1):
        menage = f"{p.prefixe}-M-{rang:03d}"
        _personnes(rng, lignes, p, d, rang)
        mesures = _mesures(rng, lignes, p, d, rang)
        _photos(lignes, p, d, menage, mesures)
        _sejour(lignes, p, d, rang)
        referent = f"{p.prefixe}-P-{rang:03d}-1"
        contrats += [{"id_menage": menage, "id_personne": referent, **c} for c in d.contrats]
        for jour, nature in sorted(set(d.contacts)):
            lignes.ajouter("contact_employeur", id_personne=referent, id_service=p.service, date=jour, nature=nature)
        bornes = [d.entree, *(c[0] for c in d.coupures)]
        for acte in d.actes:
            en_cours = sum(b <= acte["date"] for b in bornes) - 1
            lien = {} if acte.pop("collectif", False) else {"id_menage": menage, "id_mesure": mesures[en_cours]}
            tous_actes.append({**lien, **acte})
        if d.relogement:
            _relogement(lignes, p, d, menage, mesures, bornes, rang)
    contrats.sort(key=lambda c: (c["date_debut"], c["id_personne"]))
    for numero, contrat in enumerate(contrats, 1):
        lignes.ajouter("contrat_travail", id_contrat=f"{p.prefixe}-C-{numero:03d}", id_service=p.service, **contrat)
    tous_actes.sort(key=lambda a: (a["date"], a.get("id_mesure") or "", a["type_acte"], a.get("theme") or ""))
    for numero, acte in enumerate(tous_actes, 1):
        lignes.ajouter("acte", id_acte=f"{p.prefixe}-A-{numero:03d}", id_service=p.service, **acte)
    for numero, convention in enumerate(p.conventions, 1):
        lignes.ajouter("convention", id_convention=f"{p.prefixe}-F-{numero:02d}", id_service=p.service, **convention)
    return lignes.tables()


def _demandes(rng: random.Random, lignes: Lignes, p: Programme, suite: list[Dossier]) -> None:
    """Les orientations reçues : celles des dossiers, et celles qui n'ont pas eu de suite."""
    recues = [
        {
            "id_menage": f"{p.prefixe}-M-{rang:03d}",
            "date_demande": d.demande,
            "date_decision": min(d.demande + timedelta(days=rng.randint(1, 8)), d.entree),
            "prescripteur": d.prescripteur,
            "organisme": d.organisme,
            "commune_origine": d.commune,
            "suite": "ADMISE",
        }
        for rang, d in enumerate(suite, 1)
    ]
    for annee, nombre in p.refus.items():
        for _ in range(nombre):
            jour = jour_entre(rng, date(annee, 1, 11), date(annee, 12, 2))
            recues.append(
                {
                    "date_demande": jour,
                    "date_decision": jour + timedelta(days=rng.randint(3, 20)),
                    "prescripteur": choisir(rng, p.prescripteurs),
                    "commune_origine": choisir(rng, p.communes),
                    "suite": rng.choice(("REFUS_SERVICE", "SANS_SUITE")),
                    "motif_suite": rng.choice(("HORS_CRITERES", "NE_DONNE_PAS_SUITE")),
                }
            )
    recues.sort(key=lambda r: (r["date_demande"], r.get("id_menage") or ""))
    numeros = numeroter(f"{p.prefixe}-D", (r["date_demande"].year for r in recues))
    for numero, demande in zip(numeros, recues, strict=True):
        lignes.ajouter("demande", id_demande=numero, id_service=p.service, motif=p.motif, **demande)


def _personnes(rng: random.Random, lignes: Lignes, p: Programme, d: Dossier, rang: int) -> None:
    """Le ménage, sa personne de référence, son conjoint et ses enfants."""
    menage = f"{p.prefixe}-M-{rang:03d}"
    personnes = [("referent", d.genre, d.age)]
    if d.composition in ("CAE", "CSE"):
        personnes.append(("conjoint", "H" if d.genre == "F" else "F", max(19, d.age + rng.randint(-4, 3))))
    personnes += [("enfant", rng.choice("FH"), age) for age in d.enfants]
    for numero, (role, genre, age) in enumerate(personnes, 1):
        identifiant = f"{p.prefixe}-P-{rang:03d}-{numero}"
        lignes.ajouter("personne", id_personne=identifiant, naissance=naissance(rng, age, d.entree), genre=genre)
        lignes.ajouter("membre", id_menage=menage, id_personne=identifiant, role=role, debut=d.demande)
    lignes.ajouter("menage", id_menage=menage, id_referent=f"{p.prefixe}-P-{rang:03d}-1")


def _mesures(rng: random.Random, lignes: Lignes, p: Programme, d: Dossier, rang: int) -> list[str]:
    """La première mesure et ses suites, sans un jour d'écart."""
    bornes = [(d.entree, d.intensite), *d.coupures, (d.sortie, None)]
    identifiants = []
    for numero, ((debut, intensite), (fin, _)) in enumerate(pairwise(bornes), 1):
        derniere = numero == len(bornes) - 1
        motif = (d.motif_fin if derniere else "FIN_DUREE") if fin else None
        identifiant = f"{p.prefixe}-MES-{rang:03d}-{numero}"
        lignes.ajouter(
            "mesure",
            id_mesure=identifiant,
            rang=numero,
            id_service=p.service,
            id_menage=f"{p.prefixe}-M-{rang:03d}",
            type_mesure=d.type_mesure,
            intensite=intensite,
            territoire=d.territoire,
            date_notification=debut - timedelta(days=rng.randint(0, 3)),
            date_debut=debut,
            date_signature=debut + timedelta(days=rng.randint(0, 6)),
            date_fin=fin,
            motif_fin=motif,
            objectif_atteint=ATTEINTS.get(motif, "partiel" if not derniere else "non") if motif else None,
        )
        identifiants.append(identifiant)
    return identifiants


def _photos(lignes: Lignes, p: Programme, d: Dossier, menage: str, mesures: list[str]) -> None:
    """La situation à l'entrée, aux enquêtes et à la sortie."""
    adultes = 2 if d.composition in ("CAE", "CSE") else 1
    grands = sum(age >= 14 for age in d.enfants)
    foyer = {
        "id_menage": menage,
        "id_service": p.service,
        "composition": d.composition,
        "nb_adultes": adultes,
        "nb_14_et_plus": adultes + grands,
        "nb_moins_14": len(d.enfants) - grands,
    }
    lignes.ajouter(
        "situation",
        moment="entree",
        date=d.entree,
        id_mesure=None if d.place else mesures[0],
        logement=d.logement,
        emploi=emploi_le(d, d.entree),
        ressource_principale=d.ressource,
        ressources=euros(d.montant),
        commune=d.commune,
        **foyer,
    )
    for jour, logement, emploi in d.enquetes:
        lignes.ajouter("situation", moment="enquete", date=jour, logement=logement, emploi=emploi, **foyer)
    if d.sortie is None:
        return
    inconnu = d.logement_sortie in ("INCONNU", "NR") and d.motif_fin == "PERTE_LIEN"
    emploi = "NR" if inconnu else emploi_le(d, d.sortie)
    ressource = "NR" if inconnu else "SALAIRE" if emploi in ("IAE", "CDD", "CDI_TP") else d.ressource
    lignes.ajouter(
        "situation",
        moment="sortie",
        date=d.sortie,
        # Mesure et séjour finissent ensemble : une photo sans lien vaut pour les deux.
        id_mesure=None if d.place else mesures[-1],
        logement=d.logement_sortie,
        emploi=emploi,
        ressource_principale=ressource,
        **foyer,
    )


def _sejour(lignes: Lignes, p: Programme, d: Dossier, rang: int) -> None:
    if d.place:
        lignes.ajouter(
            "sejour",
            id_sejour=f"{p.prefixe}-S-{rang:03d}",
            id_service=p.service,
            id_place=d.place,
            id_menage=f"{p.prefixe}-M-{rang:03d}",
            date_entree=d.entree,
            date_sortie=d.sortie,
            motif_fin=d.motif_fin if d.sortie else None,
        )


def _relogement(
    lignes: Lignes, p: Programme, d: Dossier, menage: str, mesures: list[str], bornes: list[date], rang: int
) -> None:
    jour, parc = d.relogement
    dedans = d.entree <= jour and (d.sortie is None or jour < d.sortie)
    lignes.ajouter(
        "relogement",
        id_relogement=f"{p.prefixe}-R-{rang:03d}",
        id_service=p.service,
        id_menage=menage,
        id_mesure=mesures[sum(b <= jour for b in bornes) - 1] if dedans else None,
        date=jour,
        parc=parc,
        commune=d.commune,
    )
