"""ALT : le parc de logements et le calendrier des séjours, calés sur les durées et l'occupation imprimées.

Un séjour est écrit à la main, à quelques jours près ; le solveur décale les dates pour que la durée moyenne des
sortants et le taux d'occupation tombent juste. Le parc variable vient des dates de bail imprimées.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from ortools.sat.python import cp_model

from generateur.solveur import resoudre

JEU = 24  # jours de décalage permis autour de la date écrite
DELAI = 5  # jours au moins entre deux occupants d'une même place


@dataclass(frozen=True)
class Logement:
    """Un logement du parc : une place par ménage hébergé."""

    code: str
    commune: str
    typologie: str
    bailleur: str
    places: int
    ouverture: date
    fermeture: date | None = None


@dataclass
class Sejour:
    """Un séjour : la place occupée, ses dates, et l'âge en mois auquel l'accompagnement est prolongé."""

    cle: str
    logement: str
    chambre: str
    entree: date
    sortie: date | None
    prolongations: tuple[int, ...] = field(default=())


@dataclass(frozen=True)
class Cible:
    """Ce que les dates doivent donner une année : somme des durées des sortants, jours de vacance."""

    annee: int
    durees: int | None = None
    vacance: int | None = None


_OCTOBRE = date(2022, 11, 1)  # le bail des studios de la mairie prend fin au 31 octobre 2022

PARC_JEUNES = (
    *(Logement(f"C{n}", "62215", "T1", "Mairie de Carvin", 1, date(2014, 3, 1), _OCTOBRE) for n in range(1, 7)),
    *(Logement(f"S{n}", "62427", "T1", "Soliha", 1, date(2021, 3, 1)) for n in range(1, 4)),
    Logement("K", "62250", "T4", "M&C", 3, date(2016, 9, 1)),
    Logement("O3", "62637", "T3", "SIA Habitat", 2, date(2017, 5, 1)),
    Logement("O2", "62637", "T2", "SIA Habitat", 1, date(2018, 2, 1)),
    Logement("L3", "62907", "T3", "SIA Habitat", 2, date(2019, 6, 1)),
    Logement("B1", "62427", "T1_BIS", "P de C Habitat", 1, date(2022, 8, 22)),
    Logement("P1", "62427", "T1", "P de C Habitat", 1, date(2022, 9, 5)),
    Logement("B2", "62427", "T1_BIS", "P de C Habitat", 1, date(2022, 12, 12)),
)
PARC_FAMILLES = (
    Logement("CA", "62215", "T3", "Vilogia Logifim", 1, date(2013, 1, 1)),
    Logement("CO", "62250", "T2", "P de C Habitat", 1, date(2015, 1, 1)),
    Logement("R3", "62724", "T3", "P de C Habitat", 1, date(2012, 1, 1)),
    Logement("R4", "62724", "T4", "P de C Habitat", 1, date(2012, 1, 1)),
    Logement("E1", "62321", "T3", "M&C", 1, date(2016, 1, 1)),
    Logement("E2", "62321", "T3", "M&C", 1, date(2016, 1, 1)),
    Logement("HM1", "62413", "T3", "M&C", 1, date(2017, 1, 1)),
    Logement("HM2", "62413", "T3", "M&C", 1, date(2017, 1, 1)),
    Logement("HS1", "62413", "T3", "SIA Habitat", 1, date(2018, 1, 1)),
    Logement("HS2", "62413", "T3", "SIA Habitat", 1, date(2018, 1, 1)),
)

# Place (logement/chambre), puis ses occupants : clé, entrée, sortie (vide : présent), mois des prolongations.
_SEJOURS_JEUNES = """
C1    | W1 2019-09-02 2020-07-17 ; Z1 2020-08-24 2021-04-23 ; A1 2021-05-10 2022-03-07 ; N1 2022-03-21 2022-09-09
C2    | W2 2020-01-13 2020-10-23 ; Z2 2020-11-16 2021-08-27 ; A2 2021-09-20 2022-05-20 ; N2 2022-06-01 2022-10-20
C3    | W3 2020-02-03 2020-12-04 ; A3 2021-11-15 2022-06-10
C4    | W4 2019-12-09 2020-08-28 ; Z3 2020-09-28 2021-05-28 ; A4 2021-06-15 2022-08-31 +12
C5    | W5 2020-03-02 2020-12-11 ; A5 2021-12-06 2022-07-29
C6    | Z4 2020-12-14 2021-09-30 ; A6 2021-11-08 2022-10-20
S1    | A7 2021-08-23 2022-04-20 ; N3 2022-05-02
S2    | A8 2021-03-29 2022-05-31 +12 ; N4 2022-06-13
S3    | A9 2021-12-01 2022-02-28 ; N5 2022-03-14 2022-07-29 ; N6 2022-08-16
K/a   | W6 2019-10-14 2020-07-31 ; Z5 2020-08-24 2021-03-26 ; A10 2021-04-12 +12 +15 +18
K/b   | A11 2021-10-11 2022-06-30 ; N7 2022-07-11
K/c   | A12 2021-11-22 2022-03-31 ; N8 2022-05-09 2022-09-15
O3/a  | W7 2020-01-20 2020-10-16 ; Z6 2020-11-09 2021-07-16 ; A13 2021-08-09 +12 +15
O3/b  | A14 2021-12-06 2022-08-20 ; N9 2022-09-05
O2    | W8 2019-08-19 2020-06-26 ; A15 2021-08-02 2022-07-15 ; N10 2022-08-01
L3/a  | Z7 2021-02-01 2021-09-24 ; A16 2021-10-18 +12
L3/b  | N11 2022-01-31 2022-06-30
P1    | N12 2022-09-12
B1    | N13 2022-08-29
"""
_SEJOURS_FAMILLES = """
CA    | W1 2019-05-06 2020-10-23 ; A1 2020-11-09 2022-02-25 +12 ; N1 2022-03-14 2022-07-29 ; N2 2022-08-16
CO    | W2 2018-11-05 2020-01-31 ; Z2 2020-02-17 2021-02-26 ; A2 2021-03-15 2022-05-13 ; N3 2022-05-30
R3    | W3 2019-04-01 2020-09-04 ; A3 2020-09-21 2022-03-31 +12 ; N4 2022-04-11
R4    | W4 2019-03-04 2020-06-19 ; A4 2020-07-06 2022-06-24 +12 ; N5 2022-07-04
E1    | Z5 2019-11-18 2021-01-04 ; A5 2021-01-25 2022-04-29 +12 ; N6 2022-05-09
E2    | W6 2019-01-14 2020-02-28 ; Z6 2020-03-16 2021-05-28 ; A6 2021-06-14 2022-09-16 +12 ; N7 2022-09-26
HM1   | W7 2019-06-03 2020-09-18 ; A7 2020-10-05 2022-01-28 +12 ; N8 2022-02-14
HM2   | W8 2018-12-03 2020-01-10 ; Z8 2020-01-27 2021-04-16 ; A8 2021-05-03 2022-10-14 +12 ; N9 2022-10-24
HS1   | Z9 2019-12-16 2021-03-26 ; A9 2021-04-12 2022-08-26 +12 ; N10 2022-09-05
HS2   | W10 2019-02-11 2020-04-24 ; Z10 2020-05-11 2021-07-02 ; A10 2021-07-19 2022-11-18 +12 ; N11 2022-11-28
"""

# Durées imprimées : 8 mois et 1 jour pour 18 sortants, comme l'année précédente ; 1 an 3 mois et 13 jours pour 11.
CIBLES_JEUNES = (Cible(2022, durees=4401, vacance=515), Cible(2021, durees=1715))
CIBLES_FAMILLES = (Cible(2022, durees=5167, vacance=147),)


def _lire(texte: str) -> list[Sejour]:
    sejours = []
    for ligne in texte.strip().splitlines():
        place, occupants = (m.strip() for m in ligne.split("|"))
        for occupant in occupants.split(";"):
            cle, *mots = occupant.split()
            jours = [date.fromisoformat(m) for m in mots if not m.startswith("+")]
            mois = tuple(int(m[1:]) for m in mots if m.startswith("+"))
            sejours.append(
                Sejour(cle, place.split("/")[0], place, jours[0], jours[1] if len(jours) > 1 else None, mois)
            )
    return sejours


def _ouvre(jour: date) -> bool:
    return jour.weekday() < 5


def _variable(modele: cp_model.CpModel, jour: date, nom: str):
    """Un jour ouvré de la même année, à `JEU` jours au plus, et son écart à la date écrite."""
    permis = [
        j.toordinal()
        for j in (jour + timedelta(days=k) for k in range(-JEU, JEU + 1))
        if _ouvre(j) and j.year == jour.year
    ]
    variable = modele.new_int_var_from_domain(cp_model.Domain.from_values(permis), nom)
    ecart = modele.new_int_var(0, JEU, f"écart {nom}")
    modele.add_abs_equality(ecart, variable - jour.toordinal())
    return variable, ecart


def _vacance(annee: int, logement: Logement, occupants: list[tuple]) -> object:
    """Jours ouverts et inoccupés d'un logement à une place dans l'année ; chaque trou est borné à l'année."""
    debut, fin = date(annee, 1, 1).toordinal(), date(annee + 1, 1, 1).toordinal()
    ouvert = max(debut, logement.ouverture.toordinal())
    ferme = min(fin, logement.fermeture.toordinal()) if logement.fermeture else fin
    total = ferme - ouvert
    for sejour, entree, sortie in occupants:
        if sejour.entree.year > annee or (sejour.sortie and sejour.sortie.year < annee):
            continue
        haut = sortie if sejour.sortie and sejour.sortie.year == annee else ferme
        total = total - (haut - (entree if sejour.entree.year == annee else ouvert))
    return total


def caler(sejours: list[Sejour], parc: Iterable[Logement], cibles: Iterable[Cible], quoi: str) -> list[Sejour]:
    """Les séjours, leurs dates décalées le moins possible pour atteindre les cibles.

    Lève `RuntimeError` si le calendrier écrit est trop loin des cibles.
    """
    modele = cp_model.CpModel()
    dates: dict[str, tuple] = {}
    ecarts = []
    for s in sejours:
        entree, ecart = _variable(modele, s.entree, f"entrée {s.cle}")
        ecarts.append(ecart)
        sortie = None
        if s.sortie:
            sortie, ecart = _variable(modele, s.sortie, f"sortie {s.cle}")
            ecarts.append(ecart)
        dates[s.cle] = (s, entree, sortie)
    par_chambre: dict[str, list[tuple]] = {}
    for s in sejours:
        par_chambre.setdefault(s.chambre, []).append(dates[s.cle])
    for occupants in par_chambre.values():
        for (_, _, sortie), (_, entree, _) in itertools.pairwise(occupants):
            modele.add(entree >= sortie + DELAI)
    logements = {g.code: g for g in parc}
    for s, entree, sortie in dates.values():
        logement = logements[s.logement]
        modele.add(entree >= logement.ouverture.toordinal())
        if logement.fermeture and sortie is not None:
            modele.add(sortie <= logement.fermeture.toordinal())
    for cible in cibles:
        if cible.durees is not None:
            finis = [(e, f) for s, e, f in dates.values() if s.sortie and s.sortie.year == cible.annee]
            modele.add(sum(f - e for e, f in finis) == cible.durees)
        if cible.vacance is not None:
            seuls = [g for g in logements.values() if g.places == 1]
            vides = [_vacance(cible.annee, g, par_chambre.get(g.code, [])) for g in seuls]
            modele.add(sum(vides) == cible.vacance)
    modele.minimize(sum(ecarts))
    solveur = resoudre(modele, quoi)
    for s, entree, sortie in dates.values():
        s.entree = date.fromordinal(solveur.value(entree))
        s.sortie = date.fromordinal(solveur.value(sortie)) if sortie is not None else None
    return sejours


def sejours_jeunes() -> list[Sejour]:
    return caler(_lire(_SEJOURS_JEUNES), PARC_JEUNES, CIBLES_JEUNES, "le calendrier ALT jeunes")


def sejours_familles() -> list[Sejour]:
    return caler(_lire(_SEJOURS_FAMILLES), PARC_FAMILLES, CIBLES_FAMILLES, "le calendrier ALT familles")
