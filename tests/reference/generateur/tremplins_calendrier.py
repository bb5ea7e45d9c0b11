"""Hébergement éducatif de jeunes : les logements et les séjours, jour par jour, des deux groupes.

Le calendrier est écrit à la main : peu de jeunes, et des dates qui doivent redonner ensemble un taux d'occupation.
Un séjour est un intervalle [entrée, sortie[ sur un logement ; les trois passages à la majorité enchaînent, le même
jour, un séjour du groupe des mineurs et un séjour du groupe des majeurs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

MAJEURS, MINEURS = "tremplins_majeurs", "tremplins_mineurs"
PREFIXE = {MAJEURS: "TRM", MINEURS: "TRN"}


@dataclass(frozen=True)
class Logement:
    """Un appartement partagé ; `travaux` est la fin de son aménagement, s'il n'est pas encore habitable."""

    places: int
    typologie: str
    commune: str
    ouverture: date
    travaux: date | None = None


# Neuf places de majeurs et une de mineur fin 2021, seize et six fin 2022 ; le dernier appartement s'aménage encore.
LOGEMENTS: dict[str, list[Logement]] = {
    MAJEURS: [
        Logement(2, "T3", "62427", date(2018, 3, 1)),
        Logement(2, "T3", "62215", date(2018, 9, 3)),
        Logement(2, "T3", "62250", date(2019, 2, 1)),
        Logement(2, "T3", "62637", date(2021, 3, 1)),
        Logement(1, "T1_BIS", "62427", date(2019, 10, 1)),
        Logement(2, "T3", "62907", date(2022, 3, 1)),
        Logement(2, "T3", "62215", date(2022, 5, 16)),
        Logement(1, "T2", "62427", date(2022, 9, 1)),
        Logement(2, "T3", "62587", date(2022, 12, 1), travaux=date(2023, 1, 16)),
    ],
    MINEURS: [
        Logement(1, "T1", "62427", date(2019, 9, 2)),
        Logement(3, "T4", "62427", date(2022, 2, 1)),
        Logement(2, "T3", "62250", date(2022, 6, 1)),
    ],
}


@dataclass(frozen=True)
class Sejour:
    """Le séjour d'un jeune : son nom de code, le rang du logement, l'entrée, la sortie (vide : présent) et le motif."""

    jeune: str
    logement: int
    entree: date
    sortie: date | None = None
    motif: str | None = None


def _s(jeune: str, logement: int, entree: str, sortie: str = "", motif: str | None = None) -> Sejour:
    return Sejour(jeune, logement, date.fromisoformat(entree), date.fromisoformat(sortie) if sortie else None, motif)


SEJOURS: dict[str, list[Sejour]] = {
    MAJEURS: [
        # Sortis en 2020 et 2021.
        _s("h1", 1, "2018-11-05", "2020-03-16", "ACCES_LOGT"),
        _s("h2", 1, "2019-02-04", "2020-09-30", "ACCES_LOGT"),
        _s("h3", 2, "2019-03-04", "2020-06-30", "ACCES_LOGT"),
        _s("h4", 2, "2019-06-03", "2021-01-29", "ACCES_LOGT"),
        _s("h5", 3, "2019-04-01", "2020-11-27", "ORIENTATION"),
        _s("h6", 3, "2019-09-02", "2021-03-31", "ACCES_LOGT"),
        _s("h7", 1, "2020-04-06", "2021-05-31", "ACCES_LOGT"),
        _s("h8", 2, "2020-07-20", "2021-08-31", "ORIENTATION"),
        _s("h9", 5, "2019-11-04", "2020-08-14", "RETOUR_FAMILLE"),
        _s("h10", 5, "2020-09-07", "2021-12-10", "RETOUR_FAMILLE"),
        _s("h11", 4, "2021-04-06", "2021-12-17", "PERTE_LIEN"),
        # Présents au 1er janvier 2022.
        _s("a", 1, "2021-06-14", "2022-03-14", "ACCES_LOGT"),
        _s("b", 1, "2020-10-12", "2022-06-30", "ACCES_LOGT"),
        _s("c", 2, "2021-09-13", "2022-04-15", "RETOUR_FAMILLE"),
        _s("d", 2, "2021-02-15", "2022-08-31", "ACCES_LOGT"),
        _s("e", 3, "2020-12-14", "2022-07-22", "ACCES_LOGT"),
        _s("f", 3, "2021-04-19", "2022-10-10", "ACCES_LOGT"),
        _s("g", 4, "2021-03-22"),
        # Nouveaux accueillis de 2022.
        _s("n1", 4, "2022-01-10", "2022-09-16", "ORIENTATION"),
        _s("n2", 5, "2022-01-17", "2022-10-28", "ACCES_LOGT"),
        _s("n3", 6, "2022-03-14", "2022-12-05", "PERTE_LIEN"),
        _s("n4", 6, "2022-03-28"),
        _s("n5", 7, "2022-05-30"),
        _s("n6", 7, "2022-06-20"),
        _s("n7", 8, "2022-09-19"),
        _s("n8", 2, "2022-05-09"),
        _s("n9", 1, "2022-07-18"),
        _s("n10", 3, "2022-08-22"),
        _s("n11", 4, "2022-10-10"),
        _s("n12", 5, "2022-11-14"),
        # Venus du groupe des mineurs à leur majorité.
        _s("p1", 1, "2022-04-04"),
        _s("p2", 2, "2022-09-05"),
        _s("p3", 3, "2022-11-03"),
    ],
    MINEURS: [
        _s("m1", 1, "2019-10-07", "2020-07-10", "RETOUR_FAMILLE"),
        _s("m2", 1, "2020-09-01", "2021-08-27", "ORIENTATION"),
        _s("p1", 1, "2021-10-04", "2022-04-04", "PASSAGE_GROUPE"),
        _s("p2", 2, "2022-02-14", "2022-09-05", "PASSAGE_GROUPE"),
        _s("p3", 2, "2022-02-21", "2022-11-03", "PASSAGE_GROUPE"),
        _s("x", 2, "2022-03-07", "2022-06-24", "DEMENAGEMENT"),
        _s("y1", 1, "2022-04-25"),
        _s("y2", 2, "2022-07-11"),
        _s("y3", 3, "2022-06-13"),
        _s("y4", 3, "2022-09-12"),
    ],
}
PASSAGES = ("p1", "p2", "p3")
# Demandes admises fin 2022 dont l'accueil attend la fin de l'aménagement.
ATTENDUS = ("q1", "q2")


def entrants(groupe: str, annee: int) -> list[Sejour]:
    """Les séjours commencés dans l'année (avant 2020 : année 2019), passages compris, dans l'ordre d'entrée."""
    choisis = [s for s in SEJOURS[groupe] if max(2019, s.entree.year) == annee]
    return sorted(choisis, key=lambda s: (s.entree, s.jeune))


def sortants(groupe: str, annee: int) -> list[Sejour]:
    """Les séjours terminés dans l'année par une sortie du dispositif."""
    finis = [s for s in SEJOURS[groupe] if s.sortie is not None and s.sortie.year == annee]
    return sorted((s for s in finis if s.motif != "PASSAGE_GROUPE"), key=lambda s: (s.sortie, s.jeune))
