"""Les dossiers d'un programme : des parcours tirés au sort autour d'un tableau d'entrées exact.

Un programme est une ligne de `programmes_table.PROGRAMMES` : ses entrées par année, son public, ses contrats.
Chaque année compte des parcours courts (finis dans l'année) et longs (finis l'année suivante, ou en cours).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from generateur.hasard import choisir, etaler, jour_entre

Poids = dict[Any, int]
EMPLOI_DU_CONTRAT = {"CDDI": "IAE", "CDD": "CDD", "CDI": "CDI_TP", "MISSION_JOURNEE": "CDD", "IMMERSION": "FORMATION"}


@dataclass(frozen=True)
class Etape:
    """Un contrat possible du parcours : pour quelle part des personnes, après quel délai, pour combien de temps."""

    type_contrat: str
    employeur: str
    part: float
    delai: tuple[int, int]
    duree: tuple[int, int] | None
    heures_semaine: float = 26.0
    heures: float | None = None  # total fixe, quel que soit le nombre de jours
    declaree_durable: bool = False


@dataclass
class Dossier:
    """Tout ce qui arrive à un ménage dans un programme."""

    entree: date
    sortie: date | None
    genre: str
    composition: str = "HS"
    age: int = 30
    enfants: tuple[int, ...] = ()
    territoire: str | None = None
    prescripteur: str = "PARTENAIRE_AUTRE"
    organisme: str | None = None
    demande: date | None = None
    commune: str = ""
    logement: str = "HU"
    emploi: str = "DEMANDEUR"
    ressource: str = "RSA"
    montant: int | None = 57500  # centimes
    type_mesure: str = "INSERTION"
    coupures: tuple[tuple[date, str | None], ...] = ()  # début d'une mesure de suite, son intensité
    intensite: str | None = None
    motif_fin: str | None = None
    logement_sortie: str | None = None
    relogement: tuple[date, str] | None = None  # jour, parc
    enquetes: list[tuple[date, str, str]] = field(default_factory=list)  # jour, logement, emploi
    contrats: list[dict] = field(default_factory=list)
    contacts: list[tuple[date, str]] = field(default_factory=list)
    actes: list[dict] = field(default_factory=list)
    place: str | None = None


@dataclass(frozen=True)
class Programme:
    """Les paramètres d'un programme ; les poids servent aux tirages, les comptes sont exacts."""

    service: str
    prefixe: str
    flux: dict[int, tuple[int, int]]
    duree: tuple[int, int]
    prescripteurs: Poids
    communes: Poids
    ouverture: date = date(2000, 1, 1)
    genres: dict[int, dict[str, int]] = field(default_factory=dict)  # exacts, par année d'entrée
    alterner: bool = False  # autant d'hommes que de femmes dans chaque flux
    feminin: float = 0.3
    ages: tuple[int, int] = (22, 58)
    compositions: Poids = field(default_factory=lambda: {"HS": 1})
    territoires: Poids = field(default_factory=dict)
    organismes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    logements: Poids = field(default_factory=lambda: {"HU": 4, "RUE": 3, "HI": 3, "TIERS_A": 2, "SQUAT": 1})
    sorties: Poids = field(default_factory=lambda: {"HI": 4, "HU": 2, "TIERS_A": 2, "RS_FJT": 2, "NR": 1})
    ressources: Poids = field(default_factory=lambda: {"RSA": 6, "AUCUNE": 3, "ARE": 1})
    emplois: Poids = field(default_factory=lambda: {"DEMANDEUR": 7, "SANS_ACTIVITE": 3, "INAPTE": 1})
    relogement: float = 0.0
    parcs: Poids = field(default_factory=lambda: {"PUBLIC": 4, "PRIVE": 1})
    etapes: tuple[Etape, ...] = ()
    contact: tuple[float, float] | None = None  # part des personnes, part de celles-ci dans les 30 jours
    motifs: Poids = field(default_factory=lambda: {"OBJECTIF": 4, "ORIENTATION": 3, "FIN_DUREE": 2, "PERTE_LIEN": 2})
    motif: str = "ABSENCE_RESSOURCES"
    refus: dict[int, int] = field(default_factory=dict)
    conventions: tuple[dict, ...] = ()
    special: Callable[[random.Random, list[Dossier]], None] | None = None

    @property
    def derniere(self) -> date:
        return date(max(self.flux), 12, 31)


def dossiers(rng: random.Random, p: Programme) -> list[Dossier]:
    """Les dossiers d'un programme, dans l'ordre des entrées."""
    suite = [
        d
        for annee, (courts, longs) in p.flux.items()
        for rang, long in enumerate([False] * courts + [True] * longs)
        for d in [Dossier(*_dates(rng, p, annee, long), genre=_genre(rng, p, rang - courts * long))]
    ]
    for annee, comptes in p.genres.items():
        for d, genre in zip((d for d in suite if d.entree.year == annee), etaler(rng, comptes), strict=True):
            d.genre = genre
    for d in suite:
        _profil(rng, p, d)
        _travail(rng, p, d)
        _logement(rng, p, d)
    suite.sort(key=lambda d: d.entree)
    if p.special:
        p.special(rng, suite)
    return suite


def _dates(rng: random.Random, p: Programme, annee: int, long: bool) -> tuple[date, date | None]:
    """Entrée et sortie d'un parcours court (dans l'année) ou long (l'année suivante ; vide après les données)."""
    courte, longue = (timedelta(days=n) for n in p.duree)
    debut, fin = date(annee, 1, 1), date(annee + 1, 1, 1)
    if not long:
        entree = jour_entre(rng, max(debut + timedelta(days=8), p.ouverture), fin - courte - timedelta(days=12))
        return entree, jour_entre(rng, entree + courte, min(entree + longue, fin - timedelta(days=10)))
    entree = jour_entre(
        rng, max(debut + timedelta(days=8), p.ouverture, fin - longue + timedelta(days=12)), date(annee, 11, 26)
    )
    au_plus = min(entree + longue, date(annee + 1, 12, 12))
    sortie = jour_entre(rng, max(entree + courte, fin + timedelta(days=9)), au_plus)
    return entree, sortie if sortie <= p.derniere else None


def _genre(rng: random.Random, p: Programme, rang: int) -> str:
    if p.alterner:
        return "HF"[rang % 2]
    return "F" if rng.random() < p.feminin else "H"


def _profil(rng: random.Random, p: Programme, d: Dossier) -> None:
    famille = choisir(rng, p.compositions)
    d.composition = {"HS": {"H": "HS", "F": "FS"}[d.genre], "HSE": {"H": "HSE", "F": "FSE"}[d.genre]}.get(
        famille, famille
    )
    d.age = rng.randint(*p.ages)
    if d.composition in ("HSE", "FSE", "CAE"):
        d.enfants = tuple(rng.randint(1, 15) for _ in range(rng.choice((1, 1, 2, 3))))
    d.territoire = choisir(rng, p.territoires) if p.territoires else None
    d.prescripteur = choisir(rng, p.prescripteurs)
    if d.prescripteur in p.organismes:
        d.organisme = rng.choice(p.organismes[d.prescripteur])
    d.demande = d.entree - timedelta(days=rng.randint(4, 24))
    d.commune = choisir(rng, p.communes)
    d.logement = choisir(rng, p.logements)
    d.emploi = choisir(rng, p.emplois)
    ressourcer(rng, d, choisir(rng, p.ressources))
    d.motif_fin = choisir(rng, p.motifs) if d.sortie else None


def ressourcer(rng: random.Random, d: Dossier, ressource: str) -> None:
    """Pose la ressource principale et un montant mensuel qui lui va."""
    d.ressource = ressource
    d.montant = {"AUCUNE": 0, "NR": None}.get(ressource, rng.randint(49000, 98000))


def _travail(rng: random.Random, p: Programme, d: Dossier) -> None:
    """Les contacts avec un employeur, puis les contrats, l'un après l'autre."""
    if p.contact and rng.random() < p.contact[0]:
        delai = rng.randint(3, 29) if rng.random() < p.contact[1] else rng.randint(32, 80)
        premier = d.entree + timedelta(days=delai)
        if premier < (d.sortie or p.derniere):
            d.contacts.append((premier, "premier_contact"))
            suivant = premier + timedelta(days=rng.randint(10, 60))
            if rng.random() < 0.5 and suivant <= p.derniere:
                d.contacts.append((suivant, "mise_en_relation"))
    jour = d.entree
    for etape in p.etapes:
        if rng.random() >= etape.part:
            continue
        debut = jour_entre(
            rng, jour + timedelta(days=etape.delai[0]), jour + timedelta(days=max(etape.delai[1], etape.delai[0] + 4))
        )
        if debut > p.derniere - timedelta(days=4):
            break
        jour = ajouter_contrat(d, etape, debut, rng.randint(*etape.duree) if etape.duree else None, p.derniere)


def ajouter_contrat(d: Dossier, etape: Etape, debut: date, duree: int | None, derniere: date) -> date:
    """Ajoute un contrat au dossier et rend le jour où le suivant peut commencer ; en cours s'il dépasse les données."""
    fin = debut + timedelta(days=duree) if duree else None
    en_cours = fin is None or fin > derniere
    jours = ((derniere + timedelta(days=1) if en_cours else fin) - debut).days
    heures = etape.heures if etape.heures is not None else round(etape.heures_semaine * jours / 7 * 2) / 2
    d.contrats.append(
        {
            "type_contrat": etape.type_contrat,
            "employeur_type": etape.employeur,
            "date_debut": debut,
            "date_fin": None if en_cours else fin,
            "heures": heures,
            "durable": "oui" if etape.declaree_durable else None,
        }
    )
    return fin or derniere


def _logement(rng: random.Random, p: Programme, d: Dossier) -> None:
    """L'accès au logement pendant le parcours, la situation à la sortie, et ce qu'on en sait plus tard."""
    fin = d.sortie or p.derniere
    if rng.random() < p.relogement and (fin - d.entree).days > 50:
        d.relogement = (jour_entre(rng, d.entree + timedelta(days=30), fin - timedelta(days=15)), choisir(rng, p.parcs))
    if d.sortie is None:
        return
    d.logement_sortie = d.relogement[1] if d.relogement else choisir(rng, p.sorties)
    if d.motif_fin == "PERTE_LIEN" and not d.relogement:
        d.logement_sortie = "INCONNU"
    if d.relogement:
        d.motif_fin = rng.choice(("ACCES_LOGT", "ACCES_LOGT", "OBJECTIF"))
        for revu in (d.relogement[0] + timedelta(days=jours + rng.randint(0, 30)) for jours in (184, 366)):
            if d.sortie < revu <= p.derniere and rng.random() < 0.85:
                perdu = rng.random() < 0.12
                d.enquetes.append((revu, "TIERS_A" if perdu else d.relogement[1], emploi_le(d, revu)))
                if perdu:
                    break


def emploi_le(d: Dossier, jour: date) -> str:
    """La situation d'emploi un jour donné : celle du contrat en cours, sinon celle de l'entrée."""
    for contrat in reversed(d.contrats):
        if contrat["date_debut"] <= jour and (contrat["date_fin"] is None or contrat["date_fin"] > jour):
            return EMPLOI_DU_CONTRAT[contrat["type_contrat"]]
    return "DEMANDEUR" if d.contrats else d.emploi
