"""CLLAJ : les tables propres des trois années, de la demande au relogement."""

from __future__ import annotations

import random
from datetime import date, timedelta

import polars as pl

from generateur.cllaj_annees import ANNEES, Annee
from generateur.cllaj_profils import Dossier, Foyer, dossiers_de_l_annee
from generateur.hasard import choisir, etaler, jour_entre, naissance, numeroter, parts, tirage
from generateur.tables import Lignes, euros

SERVICE = "cllaj"
# Les 14 communes de l'agglomération d'Hénin-Carvin, puis d'autres territoires.
COMMUNES = {
    "62427": 44,
    "62215": 38,
    "62907": 24,
    "62637": 22,
    "62250": 20,
    "62587": 16,
    "62724": 13,
    "62497": 13,
    "62321": 9,
    "62249": 9,
    "62624": 8,
    "62274": 7,
    "62277": 5,
    "62148": 1,
    "62498": 12,
    "62510": 9,
    "62413": 6,
    "62065": 4,
    "62119": 4,
    "62041": 3,
    "59178": 8,
    "59350": 6,
    "59560": 1,
}
_MOTIFS = {
    "RUPTURE_FAMILIALE": 52,
    "AUTONOMIE": 46,
    "FIN_HEBERGEMENT_TIERS": 34,
    "LOGEMENT_INADAPTE": 24,
    "RUE": 10,
    "SORTIE_INSTITUTION": 14,
    "EXPULSION": 7,
    "VIOLENCES": 8,
    "ABSENCE_RESSOURCES": 8,
    "ARRIVEE": 6,
    "AUTRE": 4,
    "NR": 5,
}
_ANNEXES = {
    None: 12,
    "ADMINISTRATIF": 4,
    "MOBILITE": 4,
    "ADMINISTRATIF|MOBILITE": 3,
    "DETTES": 3,
    "SANTE": 2,
    "DETTES|ADMINISTRATIF": 1,
    "ABSENCE_RESSOURCES": 2,
}
_ACTION_LOGEMENT = ("CDI_TP", "CDI_PARTIEL", "CDD", "INTERIM", "ALTERNANCE")
_LIEUX_ATELIERS = (
    "Maison des Services Publics de Courrières",
    "Mission locale de Carvin",
    "Mission locale d'Hénin Beaumont",
    "Mission locale de Leforest",
)
# Bailleurs imaginaires.
_BAILLEURS = ("Habitat des Deux Terrils", "Logis du Val de Souchez", "Toit de Gohelle", "Foyer du Nord Minier")


def dossiers_des_annees() -> dict[int, list[Dossier]]:
    """Les dossiers par année ; on part de 2022, et une partie des foyers était déjà là l'année d'avant."""
    par_annee: dict[int, list[Dossier]] = {}
    reprises: list[Foyer] = []
    for annee in (2022, 2021, 2020):
        rng = tirage(f"cllaj profils {annee}")
        par_annee[annee] = dossiers_de_l_annee(rng, ANNEES[annee], reprises)
        if annee - 1 in ANNEES:
            deja = set(map(id, reprises))
            reprises = []
            for seul, nombre in zip((True, False), ANNEES[annee - 1].reprises, strict=True):
                candidats = [
                    d.foyer
                    for d in par_annee[annee]
                    if d.seul == seul
                    and id(d.foyer) not in deja
                    and d.foyer.composition != "GSE"
                    and all(p.age >= 18 for p in d.profils)
                ]
                reprises += rng.sample(candidats, nombre)
    return par_annee


def _identifier(par_annee: dict[int, list[Dossier]]) -> list[Foyer]:
    """Numérote les foyers et leurs membres dans l'ordre des premières demandes."""
    foyers: dict[int, Foyer] = {}
    for dossier in sorted((d for liste in par_annee.values() for d in liste), key=lambda d: d.date):
        foyer = foyers.setdefault(id(dossier.foyer), dossier.foyer)
        foyer.premiere_demande = foyer.premiere_demande or dossier.date
    ordonnes = list(foyers.values())
    numeros = numeroter("S", (f.premiere_demande.year for f in ordonnes))
    for foyer, identifiant in zip(ordonnes, numeros, strict=True):
        foyer.identifiant = identifiant
        for rang, jeune in enumerate(foyer.jeunes, 1):
            jeune.identifiant = f"J{identifiant[1:]}-{rang}"
    return ordonnes


def _foyers(lignes: Lignes, foyers: list[Foyer]) -> None:
    for foyer in foyers:
        lignes.ajouter("menage", id_menage=foyer.identifiant, id_referent=foyer.jeunes[0].identifiant)
        second = "autre" if foyer.composition == "GSE" else "conjoint"
        for jeune, role in zip(foyer.jeunes, ("referent", second), strict=False):
            lignes.ajouter(
                "personne",
                id_personne=jeune.identifiant,
                naissance=jeune.naissance,
                genre=jeune.genre,
                parcours_ase=jeune.ase,
            )
            lignes.ajouter(
                "membre",
                id_menage=foyer.identifiant,
                id_personne=jeune.identifiant,
                role=role,
                debut=foyer.premiere_demande,
            )


def _demandes(rng: random.Random, lignes: Lignes, a: Annee, dossiers: list[Dossier]) -> None:
    """Une demande par dossier, et une par jeune renseigné sans ouvrir de dossier."""
    demandes = []
    for d in dossiers:
        commune = choisir(rng, COMMUNES)
        demandes.append(
            {
                "id_menage": d.foyer.identifiant,
                "date_demande": d.date,
                "prescripteur": d.prescripteur,
                "motif": choisir(rng, _MOTIFS),
                "motifs_annexes": choisir(rng, _ANNEXES),
                "commune_origine": commune,
                "qpv": d.qpv,
            }
        )
        _photos(lignes, d, commune)
    qpv = ["oui"] * a.qpv_sans_dossier
    qpv += [choisir(rng, {"non": 3, None: 2}) for _ in range(a.sans_dossier - a.qpv_sans_dossier)]
    for q in qpv:
        demandes.append(
            {
                "date_demande": jour_entre(rng, date(a.annee, 1, 4), date(a.annee, 12, 20)),
                "motif": choisir(rng, _MOTIFS),
                "commune_origine": choisir(rng, COMMUNES),
                "qpv": q,
            }
        )
    demandes.sort(key=lambda d: (d["date_demande"], d.get("id_menage") or ""))
    for rang, demande in enumerate(demandes, 1):
        lignes.ajouter("demande", id_demande=f"D-{a.annee}-{rang:03d}", id_service=SERVICE, **demande)


def _photos(lignes: Lignes, d: Dossier, commune: str) -> None:
    """Une photo par personne : ses propres ressources, et elle seule dans les unités de consommation."""
    enfants = 1 if d.foyer.composition in ("FSE", "CAE") else 0
    for profil in d.profils:
        lignes.ajouter(
            "situation",
            id_menage=d.foyer.identifiant,
            id_personne=profil.jeune.identifiant,
            id_service=SERVICE,
            moment="demande",
            date=d.photo,
            composition=d.foyer.composition,
            nb_adultes=1,
            nb_14_et_plus=1,
            nb_moins_14=enfants,
            logement=profil.logement,
            emploi=profil.emploi,
            ressource_principale=profil.ressource,
            ressources=euros(profil.centimes),
            commune=commune,
        )


def _actes(rng: random.Random, a: Annee, dossiers: list[Dossier]) -> list[dict]:
    """Entretiens, rendez-vous manqués, appels, dossiers constitués et orientations d'une année."""
    actes: list[dict] = []
    fin = date(a.annee, 12, 22)

    def acte(d: Dossier, type_acte: str, **valeurs) -> None:
        actes.append(
            {
                "type_acte": type_acte,
                "date": jour_entre(rng, d.date, max(fin, d.date)),
                "id_menage": d.foyer.identifiant,
                **valeurs,
            }
        )

    recus = rng.sample(dossiers, a.recus)
    distance = [d for d in dossiers if d not in recus]
    lieux = etaler(rng, a.entretiens)
    for d, nombre in zip(recus, parts(rng, len(lieux), a.recus, 1, 6), strict=True):
        for _ in range(nombre):
            acte(d, "ENTRETIEN", lieu=lieux.pop(), mode="physique", presence=rng.choice(("present", "present", None)))
        for _ in range(rng.choice((0, 0, 1, 2))):
            acte(d, "APPEL", mode="telephone")
    for d in distance:
        for _ in range(rng.randint(1, 3)):
            acte(d, "APPEL", mode=rng.choice(("telephone", "telephone", "visio", "courrier")))
    for d in rng.choices(dossiers, k=a.manques):
        acte(
            d,
            "ENTRETIEN",
            lieu=rng.choice(list(a.entretiens)),
            mode="physique",
            presence=choisir(rng, {"absent": 3, "annule": 1}),
        )
    for type_dossier in etaler(rng, a.dossiers):
        accompagne = type_dossier in ("LOGEMENT_SOCIAL", "AIDE_LOGEMENT")
        acte(
            rng.choice(recus), "DOSSIER", type_dossier=type_dossier, etat_dossier="depose" if accompagne else "instruit"
        )
    ase = [d for d in recus if d.profils[0].jeune.ase == "oui"]
    for dispositif in etaler(rng, a.orientations):
        acte(rng.choice(ase if "ASE" in dispositif else recus), "ORIENTATION", dispositif=dispositif)
    return actes


def _aller_vers() -> list[dict]:
    """Les jeunes rencontrés hors les murs en 2022, comptés sans identité."""
    forum = {
        "type_acte": "ALLER_VERS",
        "lieu": "Forum",
        "date": date(2022, 3, 24),
        "qpv": "oui",
        "effectif_anonyme": 18,
    }
    semaine = {"type_acte": "ALLER_VERS", "lieu": "Semaine du logement des jeunes"}
    return [
        forum,
        {**semaine, "date": date(2022, 5, 17), "qpv": "oui", "effectif_anonyme": 44},
        {**semaine, "date": date(2022, 5, 19), "qpv": "non", "effectif_anonyme": 24},
    ]


def _ateliers(rng: random.Random, lignes: Lignes, a: Annee, dossiers: list[Dossier]) -> None:
    """Les ateliers et leurs participants : des jeunes en dossier cette année-là, et d'autres sans dossier."""
    en_dossier = [p.jeune.identifiant for d in dossiers if d.seul and d.prescripteur in ("ML", "FT") for p in d.profils]
    participants = rng.sample(en_dossier, a.participants_avec_dossier)
    autres = a.participants - a.participants_avec_dossier
    jours = sorted(jour_entre(rng, date(a.annee, 1, 18), date(a.annee, 12, 9)) for _ in range(a.ateliers))
    for rang in range(1, autres + 1):
        identifiant = f"J-{a.annee}-A{rang:03d}"
        lignes.ajouter(
            "personne",
            id_personne=identifiant,
            genre=rng.choice("FH"),
            naissance=naissance(rng, rng.randint(16, 25), jours[0]),
        )
        participants.append(identifiant)
    ateliers = [f"AT-{a.annee}-{k:02d}" for k in range(1, a.ateliers + 1)]
    presences = {(ateliers[k % a.ateliers], p) for k, p in enumerate(participants)}
    while len(presences) < a.participations:
        presences.add((rng.choice(ateliers), rng.choice(participants)))
    for identifiant, jour in zip(ateliers, jours, strict=True):
        lignes.ajouter(
            "acte",
            id_acte=identifiant,
            id_service=SERVICE,
            type_acte="ATELIER",
            date=jour,
            lieu=rng.choice(_LIEUX_ATELIERS),
            theme="LOGEMENT_JEUNES",
        )
    for identifiant, personne in sorted(presences):
        lignes.ajouter("participation", id_acte=identifiant, id_personne=personne)


def _relogements(rng: random.Random, lignes: Lignes, a: Annee, dossiers: list[Dossier]) -> None:
    """Les issues connues, par le suivi ou par l'enquête téléphonique du début de l'année suivante."""
    salaries = [d for d in dossiers if all(p.emploi in _ACTION_LOGEMENT for p in d.profils)]
    contingents = etaler(rng, a.contingents)
    choisis = rng.sample(salaries, a.contingents["ACTION_LOGEMENT"])
    autres = rng.sample([d for d in dossiers if d not in choisis], sum(a.relogements.values()) - len(choisis))
    parcs = etaler(rng, a.relogements | {"PUBLIC": a.relogements["PUBLIC"] - len(choisis)})
    contingents = ["ACTION_LOGEMENT"] * len(choisis) + [c for c in contingents if c != "ACTION_LOGEMENT"]
    issues = []
    for d, parc in zip([*choisis, *autres], ["PUBLIC"] * len(choisis) + parcs, strict=True):
        jour = jour_entre(rng, min(d.date + timedelta(days=20), date(a.annee, 12, 20)), date(a.annee, 12, 29))
        public = parc == "PUBLIC"
        issues.append(
            {
                "id_menage": d.foyer.identifiant,
                "date": jour,
                "parc": parc,
                "bailleur": rng.choice(_BAILLEURS) if public else None,
                "contingent": contingents.pop(0) if public else None,
                "commune": choisir(rng, COMMUNES) if parc != "MAINTIEN" else None,
                "date_connaissance": jour_entre(rng, date(a.annee + 1, 1, 9), date(a.annee + 1, 2, 17))
                if rng.random() < 0.4
                else None,
            }
        )
    issues.sort(key=lambda i: (i["date"], i["id_menage"]))
    for rang, issue in enumerate(issues, 1):
        lignes.ajouter("relogement", id_relogement=f"R-{a.annee}-{rang:03d}", id_service=SERVICE, **issue)


# Montants inventés, sauf Action Logement 2022 (3 090 € imprimés) et la baisse de 20 % de la politique de la ville.
_FINANCEMENTS = {
    2020: {"Département": 44_000, "Communauté d'agglomération": 15_000, "CAF": 8_000, "Action Logement": 2_310},
    2021: {"Département": 44_000, "Communauté d'agglomération": 15_000, "CAF": 8_000, "Action Logement": 2_640},
    2022: {
        "Département": 46_500,
        "Communauté d'agglomération": 15_000,
        "Politique de la ville": 12_000,
        "CAF": 8_500,
        "Action Logement": 3_090,
    },
    2023: {
        "Département": 57_000,
        "Communauté d'agglomération": 15_000,
        "Politique de la ville": 9_600,
        "CAF": 8_500,
        "Action Logement": 3_500,
    },
}


def _conventions(lignes: Lignes) -> None:
    """Montants sur des lignes d'année civile ; ETP et durées sur les conventions cadres."""
    for annee, montants in _FINANCEMENTS.items():
        for rang, (financeur, montant) in enumerate(montants.items(), 1):
            lignes.ajouter(
                "convention",
                id_convention=f"F-{annee}-{rang:02d}",
                id_service=SERVICE,
                financeur=financeur,
                dispositif="CLLAJ",
                territoire="CAHC",
                debut=date(annee, 1, 1),
                fin=date(annee + 1, 1, 1),
                montant=euros(montant * 100),
                nature="previsionnel" if annee == 2023 else "realise",
            )
    cadres = (
        ("C-2020-01", "CLLAJ", date(2020, 1, 1), date(2021, 1, 1), 1.0),
        ("C-2021-01", "CLLAJ", date(2021, 1, 1), date(2022, 1, 1), 1.0),
        ("C-2022-01", "CLLAJ", date(2022, 7, 1), date(2025, 1, 1), 1.0),
        ("C-2022-02", "CLLAJ ASE", date(2022, 9, 1), date(2023, 9, 1), 0.5),
    )
    for identifiant, dispositif, debut, fin, etp in cadres:
        lignes.ajouter(
            "convention",
            id_convention=identifiant,
            id_service=SERVICE,
            financeur="Département",
            dispositif=dispositif,
            territoire="CAHC",
            debut=debut,
            fin=fin,
            nature="realise",
            etp=etp,
        )


def tables_cllaj() -> dict[str, pl.DataFrame]:
    """Les tables propres du service CLLAJ, 2020 à 2022."""
    lignes = Lignes()
    par_annee = dossiers_des_annees()
    _foyers(lignes, _identifier(par_annee))
    actes = _aller_vers()
    for annee in sorted(par_annee):
        a, dossiers = ANNEES[annee], par_annee[annee]
        rng = tirage(f"cllaj activité {annee}")
        _demandes(rng, lignes, a, dossiers)
        actes += _actes(rng, a, dossiers)
        _ateliers(rng, lignes, a, dossiers)
        _relogements(rng, lignes, a, dossiers)
    actes += _rendez_vous_manques_d_anciens(par_annee)
    actes.sort(
        key=lambda x: (
            x["date"],
            x.get("id_menage") or "",
            x["type_acte"],
            x.get("type_dossier") or "",
            x.get("dispositif") or "",
            x.get("lieu") or "",
            x.get("presence") or "",
            x.get("mode") or "",
        )
    )
    for identifiant, acte in zip(numeroter("A", (x["date"].year for x in actes)), actes, strict=True):
        lignes.ajouter("acte", id_acte=identifiant, id_service=SERVICE, **acte)
    _conventions(lignes)
    return lignes.tables()


def _rendez_vous_manques_d_anciens(par_annee: dict[int, list[Dossier]]) -> list[dict]:
    """Trois foyers de 2021 ne viennent pas à leur rendez-vous de 2022 : ils ne sont pas des situations de 2022."""
    suivis = {id(d.foyer) for d in par_annee[2022]}
    anciens = [d.foyer for d in par_annee[2021] if id(d.foyer) not in suivis][:3]
    return [
        {
            "type_acte": "ENTRETIEN",
            "date": date(2022, 1, 11 + k),
            "id_menage": foyer.identifiant,
            "lieu": "Siège du CLLAJ",
            "mode": "physique",
            "presence": "absent",
        }
        for k, foyer in enumerate(anciens)
    ]
