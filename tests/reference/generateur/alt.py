"""ALT jeunes et familles : les tables propres des trois années, de la demande au relais à la sortie."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from generateur.alt_calendrier import (
    PARC_FAMILLES,
    PARC_JEUNES,
    Logement,
    Sejour,
    sejours_familles,
    sejours_jeunes,
)
from generateur.alt_profils import Profil, profils_familles, profils_jeunes
from generateur.alt_redevances import IMPAYES_FAMILLES, IMPAYES_JEUNES, Impayes, redevances
from generateur.hasard import choisir, etaler, jour_entre, numeroter, tirage
from generateur.tables import Lignes, euros

ANNEES = (2020, 2021, 2022)
EXTRACTION = date(2022, 12, 31)


@dataclass(frozen=True)
class Groupe:
    """Un des deux services : son parc, son calendrier, ses publics, et les marges de ses demandes."""

    service: str
    titre: str
    prefixe: str
    parc: tuple[Logement, ...]
    calendrier: Callable[[], list[Sejour]]
    profils: Callable[[random.Random, list[Sejour], dict[int, int]], tuple[dict[str, Profil], dict[int, list[Profil]]]]
    demandes: dict[int, int]  # demandes reçues par année
    suites: dict[str, int]  # poids des demandes sans entrée
    prescripteurs: dict[int, dict[str, int]]
    sorties: dict[int, dict[tuple[str, str], int]]  # (motif de fin, logement à la sortie) → parcours terminés
    relais: dict[int, dict[str | None, int]]  # accompagnement à la sortie → parcours terminés
    impayes: Impayes
    duree_prolongation: int
    fal: int
    etp: float
    redevance: int
    expulsions: tuple[str, ...] = ()
    travaux: tuple[tuple[str, date, date], ...] = field(default=())


_REFUS = {
    "REFUS_SERVICE": 6,
    "SANS_SUITE": 6,
    "REORIENTE": 6,
    "REFUS_MENAGE": 3,
    "INJOIGNABLE": 3,
    "LISTE_ATTENTE": 2,
}
JEUNES = Groupe(
    service="alt_jeunes",
    titre="ALT jeunes",
    prefixe="AJ",
    parc=PARC_JEUNES,
    calendrier=sejours_jeunes,
    profils=profils_jeunes,
    demandes={2020: 37, 2021: 49, 2022: 40},
    suites=_REFUS,
    prescripteurs={
        # 32 demandes directes préconisées par le CLLAJ, et 80 % d'orientations par un service ou un partenaire.
        2022: {"INTERNE": 32, "SPONTANE": 8},
        2021: {"INTERNE": 24, "ML": 8, "DEPT": 5, "ASE_PJJ": 3, "SPONTANE": 8, "NR": 1},
        2020: {"INTERNE": 19, "ML": 6, "DEPT": 3, "ASE_PJJ": 2, "SPONTANE": 6, "NR": 1},
    },
    sorties={
        2022: {
            ("ACCES_LOGT", "PUBLIC"): 6,
            ("ACCES_LOGT", "PRIVE"): 3,
            ("ORIENTATION", "RS_FJT"): 2,
            ("ORIENTATION", "IML"): 1,
            ("RETOUR_FAMILLE", "TIERS_F"): 2,
            ("DEPART_VOLONTAIRE", "TIERS_A"): 1,
            ("PERTE_LIEN", "INCONNU"): 2,
            ("INCARCERATION", "DETENTION"): 1,
        },
        2021: {
            ("ACCES_LOGT", "PUBLIC"): 3,
            ("ORIENTATION", "RS_FJT"): 1,
            ("RETOUR_FAMILLE", "TIERS_F"): 2,
            ("PERTE_LIEN", "INCONNU"): 1,
        },
        2020: {
            ("ACCES_LOGT", "PUBLIC"): 2,
            ("ACCES_LOGT", "PRIVE"): 1,
            ("RETOUR_FAMILLE", "TIERS_F"): 3,
            ("PERTE_LIEN", "INCONNU"): 2,
        },
    },
    relais={
        2022: {"FSL ASLL": 6, "ASL jeunes ASE": 2, "CLLAJ": 3, None: 7},
        2021: {"FSL ASLL": 2, "CLLAJ": 2, None: 3},
        2020: {"FSL ASLL": 2, "CLLAJ": 1, None: 5},
    },
    impayes=IMPAYES_JEUNES,
    duree_prolongation=3,
    fal=13,
    etp=0.4,
    redevance=9_500,
    travaux=(
        ("C3", date(2021, 1, 11), date(2021, 10, 29)),
        ("C5", date(2021, 2, 1), date(2021, 11, 26)),
    ),
)
FAMILLES = Groupe(
    service="alt_familles",
    titre="ALT familles et jeunes couples",
    prefixe="AF",
    parc=PARC_FAMILLES,
    calendrier=sejours_familles,
    profils=profils_familles,
    demandes={2020: 15, 2021: 18, 2022: 38},
    suites=_REFUS,
    prescripteurs={
        2022: {
            "CCAS": 9,
            "DEPT": 8,
            "SIAO": 4,
            "BAILLEUR": 3,
            "INTERNE": 2,
            "HEB": 1,
            "PARTENAIRE_AUTRE": 1,
            "SPONTANE": 7,
            "NR": 3,
        },
        2021: {"CCAS": 4, "DEPT": 5, "SIAO": 3, "BAILLEUR": 1, "INTERNE": 1, "SPONTANE": 3, "NR": 1},
        2020: {"CCAS": 3, "DEPT": 5, "SIAO": 2, "BAILLEUR": 1, "SPONTANE": 3, "NR": 1},
    },
    sorties={
        2022: {
            ("ACCES_LOGT", "PUBLIC"): 6,
            ("ACCES_LOGT", "PRIVE"): 1,
            ("ORIENTATION", "IML"): 1,
            ("SEPARATION", "TIERS_F"): 1,
            ("PERTE_LIEN", "INCONNU"): 2,
        },
        2021: {("ACCES_LOGT", "PUBLIC"): 4, ("ORIENTATION", "IML"): 1, ("RETOUR_FAMILLE", "TIERS_F"): 1},
        2020: {("ACCES_LOGT", "PUBLIC"): 5, ("ACCES_LOGT", "PRIVE"): 1, ("RETOUR_FAMILLE", "TIERS_F"): 2},
    },
    relais={
        2022: {"FSL ASLL": 5, "AVDL": 1, None: 5},
        2021: {"FSL ASLL": 3, None: 3},
        2020: {"FSL ASLL": 3, "AVDL": 1, None: 4},
    },
    impayes=IMPAYES_FAMILLES,
    duree_prolongation=6,
    fal=10,
    etp=0.3,
    redevance=14_000,
    expulsions=("N4", "N8", "N9"),
)


_CALL = ("62413", "62498", "62510")  # communes de l'agglomération de Lens-Liévin que connaît l'échantillon


def _territoire(commune: str) -> str:
    return "CALL" if commune in _CALL else "CAHC"


def _plus_mois(jour: date, mois: int) -> date:
    rang = jour.year * 12 + jour.month - 1 + mois
    return date(rang // 12, rang % 12 + 1, min(jour.day, 28))


def _demandes(g: Groupe, rng: random.Random, sejours: list[Sejour]) -> tuple[dict[str, date], dict[int, int]]:
    """Le jour de la demande de chaque ménage hébergé, et le nombre d'autres demandes de chaque année."""
    jours = {s.cle: jour_entre(rng, s.entree - timedelta(days=48), s.entree - timedelta(days=12)) for s in sejours}
    autres = {a: n - sum(j.year == a for j in jours.values()) for a, n in g.demandes.items()}
    return jours, autres


def tables_groupe(g: Groupe) -> dict[str, pl.DataFrame]:
    """Les tables propres d'un groupe, 2020 à 2022."""
    rng = tirage(f"alt {g.service}")
    lignes = Lignes()
    sejours = sorted(g.calendrier(), key=lambda s: (s.entree, s.cle))
    jours, autres = _demandes(g, rng, sejours)
    heberges, refuses = g.profils(rng, sejours, autres)
    demandes = [
        {"profil": heberges[s.cle], "jour": heberges[s.cle].oriente or jours[s.cle], "sejour": s} for s in sejours
    ]
    for annee, profils in refuses.items():
        demandes += [
            {"profil": p, "jour": p.oriente or jour_entre(rng, date(annee, 1, 4), date(annee, 12, 16)), "sejour": None}
            for p in profils
        ]
    demandes.sort(key=lambda d: (d["jour"], d["profil"].cle))
    _menages(g, lignes, demandes)
    _lignes_demandes(g, rng, lignes, demandes)
    _parc(g, lignes)
    _sejours(g, rng, lignes, sejours, heberges)
    redevances(g, rng, lignes, sejours, heberges)
    _conventions(g, lignes)
    return lignes.tables()


def _menages(g: Groupe, lignes: Lignes, demandes: list[dict[str, Any]]) -> None:
    """Numérote les ménages dans l'ordre des demandes, et écrit leurs membres."""
    numeros = numeroter(f"{g.prefixe}-M", (d["jour"].year for d in demandes))
    for numero, demande in zip(numeros, demandes, strict=True):
        profil: Profil = demande["profil"]
        profil.menage = numero
        for rang, p in enumerate(profil.personnes, 1):
            p.identifiant = p.identifiant or f"{numero.replace('-M-', '-P-')}-{rang}"
            lignes.ajouter(
                "personne",
                id_personne=p.identifiant,
                naissance=p.naissance,
                genre=p.genre,
                parcours_ase=p.ase,
            )
            lignes.ajouter("membre", id_menage=numero, id_personne=p.identifiant, role=p.role, debut=demande["jour"])
        lignes.ajouter("menage", id_menage=numero, id_referent=profil.personnes[0].identifiant)


def _prescripteurs(g: Groupe, rng: random.Random, demandes: list[dict[str, Any]]) -> None:
    """Répartit les prescripteurs de chaque année ; un jeune venu du CLLAJ est orienté par lui."""
    for annee, comptes in g.prescripteurs.items():
        de_l_annee = [d for d in demandes if d["jour"].year == annee]
        imposes = [d for d in de_l_annee if d["profil"].prescripteur]
        reste = dict(comptes)
        for d in imposes:
            reste[d["profil"].prescripteur] -= 1
        libres = [d for d in de_l_annee if not d["profil"].prescripteur]
        for d, code in zip(libres, etaler(rng, reste), strict=True):
            d["profil"].prescripteur = code
    # Les demandes d'avant la première année, dont rien n'est compté.
    for d in demandes:
        d["profil"].prescripteur = d["profil"].prescripteur or choisir(rng, g.prescripteurs[min(g.prescripteurs)])


_ORGANISMES = {
    "INTERNE": ("CLLAJ",),
    "ML": ("Mission locale",),
    "DEPT": ("Maison du Département solidarité", "Service social départemental"),
    "CCAS": ("CCAS de Carvin", "CCAS d'Oignies", "CCAS de Libercourt"),
    "SIAO": ("SIAO",),
    "ASE_PJJ": ("Aide sociale à l'enfance",),
    "HEB": ("CHRS",),
    "BAILLEUR": ("Bailleur social",),
    "PARTENAIRE_AUTRE": ("Association d'aide aux victimes",),
}
_MOTIFS_DE_SUITE = {
    "REFUS_SERVICE": ("COMPLET", "HORS_CRITERES"),
    "SANS_SUITE": ("NE_DONNE_PAS_SUITE",),
    "REORIENTE": ("REORIENTE_HEBERGEMENT", "AUTRE_SOLUTION"),
    "REFUS_MENAGE": ("AUTRE_SOLUTION", "NE_DONNE_PAS_SUITE"),
}


def _lignes_demandes(g: Groupe, rng: random.Random, lignes: Lignes, demandes: list[dict[str, Any]]) -> None:
    _prescripteurs(g, rng, demandes)
    numeros = numeroter(f"{g.prefixe}-D", (d["jour"].year for d in demandes))
    communes = {logement.code: logement.commune for logement in g.parc}
    for numero, d in zip(numeros, demandes, strict=True):
        p: Profil = d["profil"]
        suite = "ADMISE" if d["sejour"] else choisir(rng, g.suites)
        if suite == "LISTE_ATTENTE" and d["jour"].year < EXTRACTION.year:
            suite = "SANS_SUITE"
        decide = d["jour"] + timedelta(days=rng.randint(3, 11))
        p.demande = numero
        lignes.ajouter(
            "demande",
            id_demande=numero,
            id_service=g.service,
            id_menage=p.menage,
            date_demande=d["jour"],
            prescripteur=p.prescripteur,
            organisme=p.organisme or rng.choice(_ORGANISMES.get(p.prescripteur, (None,))),
            motif=p.motif,
            commune_origine=p.commune,
            territoire=_territoire(communes[d["sejour"].logement] if d["sejour"] else p.commune),
            date_decision=None if suite == "LISTE_ATTENTE" else decide,
            suite=suite,
            motif_suite=rng.choice(_MOTIFS_DE_SUITE[suite]) if suite in _MOTIFS_DE_SUITE else None,
        )
        _photo(g, lignes, p, "demande", d["jour"], p.logement)


def _photo(g: Groupe, lignes: Lignes, p: Profil, moment: str, jour: date, logement: str, **ressources: Any) -> None:
    adultes = sum(m.role != "enfant" for m in p.personnes)
    lignes.ajouter(
        "situation",
        id_menage=p.menage,
        id_service=g.service,
        moment=moment,
        date=jour,
        composition=p.composition,
        nb_adultes=adultes,
        nb_14_et_plus=adultes,
        nb_moins_14=len(p.personnes) - adultes,
        logement=logement,
        **ressources,
    )


def _parc(g: Groupe, lignes: Lignes) -> None:
    for logement in g.parc:
        lignes.ajouter(
            "place",
            id_place=f"{g.prefixe}-L-{logement.code}",
            id_service=g.service,
            nb_places=logement.places,
            typologie=logement.typologie,
            bailleur=logement.bailleur,
            commune=logement.commune,
            regroupe_diffus="diffus",
            ouverture=logement.ouverture,
            fermeture=logement.fermeture,
        )
    for code, debut, fin in g.travaux:
        lignes.ajouter("indisponibilite", id_place=f"{g.prefixe}-L-{code}", debut=debut, fin=fin, motif="TRAVAUX")


def _sejours(g: Groupe, rng: random.Random, lignes: Lignes, sejours: list[Sejour], profils: dict[str, Profil]) -> None:
    """Séjours, mesures d'accompagnement, photos d'entrée et de sortie, relais à la sortie."""
    issues = {}
    for annee in ANNEES:
        sortants = [s.cle for s in sejours if s.sortie and s.sortie.year == annee]
        perdus = [c for c in sortants if c == "N1"] if g.expulsions else []
        tires = etaler(rng, g.sorties[annee])
        # La famille restée le moins longtemps est partie sans prévenir.
        for cle in perdus:
            tires.remove(("PERTE_LIEN", "INCONNU"))
            issues[cle] = ("PERTE_LIEN", "INCONNU")
        issues |= dict(zip((c for c in sortants if c not in perdus), tires, strict=True))
    relais = _relais(g, rng, sejours, issues)
    numeros = dict(
        zip((s.cle for s in sejours), numeroter(f"{g.prefixe}-S", (s.entree.year for s in sejours)), strict=True)
    )
    communes = {logement.code: logement.commune for logement in g.parc}
    for s in sejours:
        p = profils[s.cle]
        motif, destination = issues.get(s.cle, (None, None))
        lignes.ajouter(
            "sejour",
            id_sejour=numeros[s.cle],
            id_service=g.service,
            id_place=f"{g.prefixe}-L-{s.logement}",
            id_menage=p.menage,
            id_personne=p.personnes[0].identifiant if len(p.personnes) == 1 else None,
            date_entree=s.entree,
            date_sortie=s.sortie,
            motif_fin=motif,
        )
        ressources = {"emploi": p.emploi, "ressource_principale": p.ressource, "ressources": euros(p.centimes)}
        _photo(g, lignes, p, "entree", s.entree, p.logement, **ressources)
        if s.sortie:
            _photo(g, lignes, p, "sortie", s.sortie, destination)
        _mesures(g, lignes, s, p, motif, _territoire(communes[s.logement]))
        if relais.get(s.cle):
            jour = jour_entre(rng, s.sortie - timedelta(days=20), s.sortie)
            lignes.ajouter(
                "acte",
                id_acte=f"{numeros[s.cle].replace('-S-', '-R-')}",
                id_service=g.service,
                type_acte="ORIENTATION",
                date=jour,
                id_menage=p.menage,
                dispositif=relais[s.cle],
            )


def _relais(
    g: Groupe, rng: random.Random, sejours: list[Sejour], issues: dict[str, tuple[str, str]]
) -> dict[str, str | None]:
    """L'accompagnement qui suit : d'abord pour ceux qui accèdent à un logement, jamais pour les perdus de vue."""
    relais: dict[str, str | None] = {}
    for annee, comptes in g.relais.items():
        sortants = [s.cle for s in sejours if s.sortie and s.sortie.year == annee]
        rangs = {"ACCES_LOGT": 0, "ORIENTATION": 1, "PERTE_LIEN": 3}
        sortants.sort(key=lambda c: rangs.get(issues[c][0], 2))
        suivis = etaler(rng, {k: n for k, n in comptes.items() if k})
        relais |= dict(zip(sortants, [*suivis, *[None] * comptes[None]], strict=True))
    return relais


def _mesures(g: Groupe, lignes: Lignes, s: Sejour, p: Profil, motif: str | None, territoire: str) -> None:
    """Un an d'accompagnement au plus, puis ses prolongations exceptionnelles ; la dernière court jusqu'à la sortie."""
    bornes = [s.entree, *(_plus_mois(s.entree, m) for m in s.prolongations)]
    fins = [*bornes[1:], s.sortie]
    un_an = _plus_mois(s.entree, 12)
    if not s.prolongations and un_an < (s.sortie or EXTRACTION):
        fins[0] = un_an
    for rang, (debut, fin) in enumerate(zip(bornes, fins, strict=True), 1):
        derniere = fin is not None and fin == s.sortie
        lignes.ajouter(
            "mesure",
            id_mesure=f"{p.menage.replace('-M-', '-F-')}-{rang}",
            rang=rang,
            id_service=g.service,
            id_menage=p.menage,
            id_demande=p.demande if rang == 1 else None,
            type_mesure="GLOBAL",
            territoire=territoire,
            date_notification=debut - timedelta(days=5),
            date_debut=debut,
            date_fin_prevue=_plus_mois(debut, 12 if rang == 1 else g.duree_prolongation),
            date_fin=fin,
            motif_fin=None if fin is None else motif if derniere else "FIN_DUREE",
            prolongation_exceptionnelle="oui" if rang > 1 else "non",
        )


def _conventions(g: Groupe, lignes: Lignes) -> None:
    """L'agrément, la convention en cours et celle d'avant (accompagnements financés), les moyens humains."""

    def convention(rang: int, debut: date, fin: date | None, dispositif: str, **valeurs: Any) -> None:
        lignes.ajouter(
            "convention",
            id_convention=f"{g.prefixe}-C-{rang}",
            id_service=g.service,
            financeur="Département",
            dispositif=dispositif,
            territoire="CAHC" if g is JEUNES else "CAHC et CALL",
            debut=debut,
            fin=fin,
            nature="realise",
            **valeurs,
        )

    fal = {"unite_objectif": "mesures", "objectif": float(g.fal)}
    convention(1, date(2002, 1, 1), None, "Agrément FSL")
    convention(2, date(2020, 1, 1), date(2022, 7, 1), "FAL", **fal)
    convention(3, date(2020, 1, 1), date(2021, 1, 1), "FAL, moyens humains", etp=g.etp)
    convention(4, date(2021, 1, 1), date(2022, 1, 1), "FAL, moyens humains", etp=g.etp)
    convention(5, date(2022, 7, 1), date(2025, 1, 1), "FAL", **fal, etp=g.etp)
