"""LTIAE : les tables propres, construites autour du calendrier des accompagnements."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import pairwise

import polars as pl

from generateur.hasard import choisir, etaler, jour_entre, naissance, numeroter, tirage
from generateur.ltiae_calendrier import Parcours, parcours_2022, parcours_anterieurs
from generateur.tables import Lignes, euros

FIN_DES_DONNEES = date(2022, 12, 31)
# Structures d'insertion imaginaires : aucune n'existe.
ORGANISMES = (
    "Chantier des Trois Rivières",
    "Atelier du Chamois Bleu",
    "Recyclerie La Pie Voleuse",
    "Jardins de Belle-Ombre",
    "Tremplin Bois et Palettes",
    "Propreté Solidaire Vercors",
    "Régie des Sept Collines",
    "Table Ronde Traiteur",
    "Vélos du Moulin",
    "Coup de Main Services",
    "Laverie du Pont Neuf",
    "Bâti-Relais",
    "Textile Grand Large",
    "Intérim Cap Devant",
    "Maraîchage du Plateau",
    "Transport Doux Isère",
)
COMMUNES = {"38185": 9, "38151": 4, "38421": 4, "38169": 4, "38317": 2, "38158": 2, "38485": 1, "38229": 1}


def _membres(rng: random.Random, lignes: Lignes, p: Parcours, menage: str, depuis: date) -> None:
    """Le ménage, sa personne de référence, son conjoint et ses enfants."""
    couple = p.composition in ("CAE", "CSE")
    genre = {"FS": "F", "FSE": "F"}.get(p.composition, "H")
    if couple and rng.random() < 0.3:
        genre = "F"
    personnes = [("referent", genre, p.age)]
    if couple:
        personnes.append(("conjoint", "H" if genre == "F" else "F", max(20, p.age - rng.randint(-2, 4))))
    personnes += [("enfant", rng.choice("FH"), age) for age in p.enfants]
    for rang, (role, sexe, age) in enumerate(personnes, 1):
        identifiant = f"{menage.replace('M-', 'P-')}-{rang}"
        lignes.ajouter("personne", id_personne=identifiant, naissance=naissance(rng, age, p.debut), genre=sexe)
        lignes.ajouter(
            "membre",
            id_menage=menage,
            id_personne=identifiant,
            role=role,
            debut=depuis,
            garde=p.garde if role == "enfant" else None,
        )
    lignes.ajouter("menage", id_menage=menage, id_referent=f"{menage.replace('M-', 'P-')}-1")


def _mesures(rng: random.Random, lignes: Lignes, p: Parcours, menage: str, demande: str | None) -> list[str]:
    """La première mesure et ses renouvellements, sans un jour d'écart."""
    bornes = [p.debut, *p.coupures, p.fin]
    identifiants = []
    for rang, (debut, fin) in enumerate(pairwise(bornes), 1):
        identifiant = f"{menage.replace('M-', 'MES-')}-{rang}"
        derniere = rang == len(bornes) - 1
        motif = p.motif_fin if derniere else "FIN_DUREE"
        atteint = {"ACCES_LOGT": "oui", "ORIENTATION": "partiel", None: None}.get(motif, "non")
        if not derniere:
            atteint = "partiel"
        lignes.ajouter(
            "mesure",
            id_mesure=identifiant,
            rang=rang,
            id_service="ltiae",
            id_menage=menage,
            id_demande=demande if rang == 1 else None,
            type_mesure="ACCES",
            date_notification=debut - timedelta(days=rng.randint(3, 7)),
            date_debut=debut,
            date_signature=debut + timedelta(days=rng.randint(2, 12)),
            date_fin=fin,
            motif_fin=motif if fin else None,
            objectif_atteint=atteint if fin else None,
        )
        identifiants.append(identifiant)
    return identifiants


def _photos(rng: random.Random, lignes: Lignes, p: Parcours, menage: str, mesures: list[str]) -> None:
    """La situation au début de la première mesure et, s'il est sorti, à la fin de la dernière."""
    adultes = 2 if p.composition in ("CAE", "CSE") else 1
    grands = sum(age >= 14 for age in p.enfants)
    foyer = {
        "composition": p.composition,
        "nb_adultes": adultes,
        "nb_14_et_plus": adultes + grands,
        "nb_moins_14": len(p.enfants) - grands,
    }
    ressources = rng.randint(84000, 131000) if p.ressource == "SALAIRE" else 61240
    connues = p.ressource != "SALAIRE" or rng.random() > 0.12
    charges = euros(rng.randint(9000, 52000)) if rng.random() < 0.6 else None
    commune = choisir(rng, COMMUNES)
    lignes.ajouter(
        "situation",
        id_menage=menage,
        id_service="ltiae",
        moment="entree",
        date=p.debut,
        id_mesure=mesures[0],
        logement=p.logement_entree,
        emploi=p.emploi,
        ressource_principale=p.ressource,
        ressources=euros(ressources) if connues else None,
        charges=charges,
        commune=commune,
        **foyer,
    )
    if p.fin is None:
        return
    emploi = {"PERTE_LIEN": "NR", "INCARCERATION": "SANS_ACTIVITE"}.get(p.motif_fin) or choisir(
        rng, {"IAE": 6, "CDI_TP": 2, "CDD": 3, "DEMANDEUR": 3}
    )
    ressource = {"NR": "NR", "SANS_ACTIVITE": "AUCUNE", "DEMANDEUR": "ARE"}.get(emploi, "SALAIRE")
    lignes.ajouter(
        "situation",
        id_menage=menage,
        id_service="ltiae",
        moment="sortie",
        date=p.fin,
        id_mesure=mesures[-1],
        logement=p.logement_sortie,
        emploi=emploi,
        ressource_principale=ressource,
        commune=commune if p.motif_fin != "PERTE_LIEN" else None,
        **foyer,
    )


_TYPES = {"ENTRETIEN": 8, "VISITE": 4, "ACCOMPAGNEMENT_PHYSIQUE": 2, "TRIPARTITE": 1}
_LIEUX = {
    "ENTRETIEN": "Bureau du service",
    "VISITE": "Domicile du ménage",
    "ACCOMPAGNEMENT_PHYSIQUE": "Chez un partenaire",
    "TRIPARTITE": "Service local de solidarité",
}
_THEMES = {
    "ADMINISTRATIF": 6,
    "RECHERCHE_LOGEMENT": 8,
    "ACCES_DEMENAGEMENT": 3,
    "ENTRETIEN_LOGEMENT": 1,
    "VIE_SOCIALE": 1,
    "LIEN_BAILLEUR": 4,
    "SOINS": 2,
    "DROITS_RESSOURCES": 4,
    "PARTENAIRES": 5,
    "BUDGET_DETTES": 5,
    "SURENDETTEMENT": 1,
    "FAMILLE_AMIS": 1,
}
_PARTENAIRES = {"EMPLOI": 9, "DEPARTEMENT": 5, "BAILLEUR": 5, "HEBERGEMENT": 4, "CCAS": 2, "SANTE": 1, "CAF_CPAM": 2}


def _actes(rng: random.Random, actes: list[dict], p: Parcours, menage: str, mesures: list[str]) -> None:
    """Les rencontres, appels et liens avec les partenaires, tous dans les jours de la mesure."""
    bornes = [p.debut, *p.coupures, p.fin or FIN_DES_DONNEES]
    for mesure, (debut, fin) in zip(mesures, pairwise(bornes), strict=True):
        dernier = fin - timedelta(days=1)
        commun = {"id_menage": menage, "id_mesure": mesure}
        themes = p.themes if p.themes is not None else tuple({choisir(rng, _THEMES) for _ in range(rng.randint(2, 7))})
        partenaires = (
            p.partenaires
            if p.partenaires is not None
            else tuple({choisir(rng, _PARTENAIRES) for _ in range(rng.randint(1, 4))})
        )
        nombre = max(len(themes), min(16, (fin - debut).days // 24))
        en_plus = range(nombre - len(themes))
        suite = [*sorted(themes), *(rng.choice(sorted(themes)) if themes else None for _ in en_plus)]
        for theme in suite:
            type_acte = choisir(rng, _TYPES)
            actes.append(
                {
                    **commun,
                    "type_acte": type_acte,
                    "date": jour_entre(rng, debut, dernier),
                    "lieu": _LIEUX[type_acte],
                    "mode": "physique",
                    "theme": theme,
                    "presence": rng.choice(("present", "present", None)),
                }
            )
        for partenaire in (*sorted(partenaires), *([rng.choice(sorted(partenaires))] if partenaires else [])):
            actes.append(
                {
                    **commun,
                    "type_acte": "LIEN_PARTENAIRE",
                    "date": jour_entre(rng, debut, dernier),
                    "partenaire": partenaire,
                }
            )
        for _ in range(nombre // 3 + 1):
            actes.append({**commun, "type_acte": "APPEL", "date": jour_entre(rng, debut, dernier), "mode": "telephone"})
        # Rendez-vous manqués : ils portent un thème mais ne comptent pas.
        if p.motif_fin in ("PERTE_LIEN", "INCARCERATION"):
            actes.append(
                {
                    **commun,
                    "type_acte": "ENTRETIEN",
                    "date": jour_entre(rng, debut, dernier),
                    "lieu": "Bureau du service",
                    "mode": "physique",
                    "theme": "VIE_SOCIALE",
                    "presence": rng.choice(("absent", "annule")),
                }
            )


_COORDINATION = {
    2020: {"CONSEIL": 9, "APPEL": 31},
    2021: {"CONSEIL": 11, "APPEL": 42, "REUNION": 2},
    2022: {"CONSEIL": 14, "APPEL": 49, "REUNION": 1},
}


def _coordination(rng: random.Random, actes: list[dict]) -> None:
    """Les sollicitations des conseillers en insertion, hors de toute mesure."""
    for annee, comptes in _COORDINATION.items():
        for type_acte in etaler(rng, comptes):
            actes.append(
                {
                    "type_acte": type_acte,
                    "date": jour_entre(rng, date(annee, 1, 4), date(annee, 12, 23)),
                    "mode": "physique" if type_acte == "REUNION" else "telephone",
                }
            )


# Prescriptions qui n'ont pas donné de mesure : suite, motif, nombre.
_SANS_MESURE = {
    2020: (("REFUS_SERVICE", "HORS_CRITERES", 2), ("SANS_SUITE", "NE_DONNE_PAS_SUITE", 2)),
    2021: (
        ("REFUS_SERVICE", "DEJA_LOGE", 1),
        ("REFUS_SERVICE", "HORS_CRITERES", 1),
        ("SANS_SUITE", "AUTRE_SOLUTION", 2),
        ("SANS_SUITE", "NE_DONNE_PAS_SUITE", 1),
    ),
    2022: (
        ("REFUS_SERVICE", "DEJA_LOGE", 2),
        ("REFUS_SERVICE", "EMPLOI_PERDU", 1),
        ("SANS_SUITE", "REORIENTE_HEBERGEMENT", 1),
        ("SANS_SUITE", "AUTRE_MESURE", 1),
        ("SANS_SUITE", "NE_DONNE_PAS_SUITE", 1),
        ("SANS_SUITE", "POSITIONNE_LOGEMENT", 2),
    ),
}
_MOTIFS = {
    "FIN_HEBERGEMENT_TIERS": 8,
    "SORTIE_INSTITUTION": 4,
    "RUPTURE_FAMILIALE": 4,
    "RUE": 3,
    "LOGEMENT_INADAPTE": 3,
    "AUTONOMIE": 2,
    "EXPULSION": 1,
    "AUTRE": 1,
    "NR": 1,
}
_ANNEXES = {None: 8, "DETTES": 4, "ADMINISTRATIF": 4, "DETTES|ADMINISTRATIF": 2, "SANTE": 2, "MOBILITE": 1}


def _demandes(rng: random.Random, admises: list[dict]) -> list[dict]:
    """Toutes les prescriptions, dans l'ordre des jours ; 13 structures différentes en 2022, 11 avant."""
    demandes = list(admises)
    for annee, refus in _SANS_MESURE.items():
        for suite, motif, nombre in refus:
            for _ in range(nombre):
                jour = jour_entre(rng, date(annee, 1, 11), date(annee, 12, 2))
                demandes.append(
                    {
                        "date_demande": jour,
                        "date_decision": jour + timedelta(days=rng.randint(5, 20)),
                        "suite": suite,
                        "motif_suite": motif,
                    }
                )
    demandes.sort(key=lambda d: (d["date_demande"], d.get("id_menage") or ""))
    for annee in range(2019, 2023):
        de_l_annee = [d for d in demandes if d["date_demande"].year == annee]
        organismes = ORGANISMES[3:] if annee == 2022 else ORGANISMES[:11]
        suite = [*organismes, *rng.choices(organismes, k=len(de_l_annee))][: len(de_l_annee)]
        rng.shuffle(suite)
        for demande, organisme in zip(de_l_annee, suite, strict=True):
            demande["organisme"] = organisme
    for identifiant, demande in zip(numeroter("D", (d["date_demande"].year for d in demandes)), demandes, strict=True):
        demande |= {
            "id_demande": identifiant,
            "id_service": "ltiae",
            "prescripteur": "SIAE",
            "motif": choisir(rng, _MOTIFS),
            "motifs_annexes": choisir(rng, _ANNEXES),
            "commune_origine": choisir(rng, COMMUNES),
            "qpv": choisir(rng, {"non": 7, "oui": 3, "NR": 3}),
        }
    return demandes


def tables_ltiae() -> dict[str, pl.DataFrame]:
    """Les tables propres du service LTIAE, 2019 (stock) à 2022."""
    rng = tirage("ltiae tables")
    lignes = Lignes()
    parcours = sorted(parcours_2022() + parcours_anterieurs(), key=lambda p: (p.debut, p.cle))
    menages = numeroter("M", (p.debut.year for p in parcours))
    admises = []
    for p, menage in zip(parcours, menages, strict=True):
        decision = p.debut - timedelta(days=rng.randint(8, 10))
        premier = date(p.debut.year, 1, 3)
        recue = max(decision - timedelta(days=rng.randint(1, 24)), min(premier, decision))
        admises.append({"id_menage": menage, "date_demande": recue, "date_decision": decision, "suite": "ADMISE"})
    # La mesure notifiée en 2022 et jamais démarrée : aucun contact n'a pu être établi.
    sans_contact = "M-2022-014"
    assert sans_contact not in menages
    admises.append(
        {
            "id_menage": sans_contact,
            "date_demande": date(2022, 5, 9),
            "date_decision": date(2022, 5, 19),
            "suite": "ADMISE",
        }
    )
    demandes = _demandes(rng, admises)
    demande_de = {d["id_menage"]: d for d in demandes if d.get("id_menage")}
    for demande in demandes:
        lignes.ajouter("demande", **demande)

    actes: list[dict] = []
    relogements = []
    for p, menage in zip(parcours, menages, strict=True):
        demande = demande_de[menage]
        _membres(rng, lignes, p, menage, demande["date_demande"])
        mesures = _mesures(rng, lignes, p, menage, demande["id_demande"])
        _photos(rng, lignes, p, menage, mesures)
        _actes(rng, actes, p, menage, mesures)
        if p.relogement:
            relogements.append((p, menage, mesures))
    inconnu = Parcours("sans contact", date(2022, 5, 24), None, composition="HS", age=29)
    _membres(rng, lignes, inconnu, sans_contact, date(2022, 5, 9))
    lignes.ajouter(
        "mesure",
        id_mesure="MES-2022-014-1",
        rang=1,
        id_service="ltiae",
        id_menage=sans_contact,
        id_demande=demande_de[sans_contact]["id_demande"],
        type_mesure="ACCES",
        date_notification=date(2022, 5, 24),
    )

    _coordination(rng, actes)
    actes.sort(
        key=lambda a: (
            a["date"],
            a.get("id_mesure") or "",
            a["type_acte"],
            a.get("theme") or "",
            a.get("partenaire") or "",
        )
    )
    for identifiant, acte in zip(numeroter("A", (a["date"].year for a in actes)), actes, strict=True):
        lignes.ajouter("acte", id_acte=identifiant, id_service="ltiae", **acte)

    relogements.sort(key=lambda r: (r[0].relogement, r[1]))
    annees = [p.relogement.year for p, _, _ in relogements]
    for identifiant, (p, menage, mesures) in zip(numeroter("R", annees), relogements, strict=True):
        rang = sum(coupure <= p.relogement for coupure in p.coupures)
        bailleur = p.bailleur or rng.choice(("ACTIS", "Alpes Isère Habitat"))
        prive = p.logement_sortie == "PRIVE"
        lignes.ajouter(
            "relogement",
            id_relogement=identifiant,
            id_service="ltiae",
            id_menage=menage,
            id_mesure=mesures[rang],
            date=p.relogement,
            parc="PRIVE" if prive else "PUBLIC",
            bailleur=None if prive else bailleur,
            # Le logement obtenu « par le biais d'ALIN », la plateforme d'Action Logement.
            contingent=None if prive else "ACTION_LOGEMENT" if bailleur == "3 F" else "AUTRE",
            commune=choisir(rng, COMMUNES),
        )
    return lignes.tables()
