"""Accompagnements sociaux liés au logement : quand commence et finit chaque mesure, et son intensité.

Une cohorte dit combien de mesures commencent dans un intervalle de jours et finissent dans un autre. Les jours
sont tirés, puis ajustés : la durée moyenne imprimée fixe les débuts des mesures terminées dans l'année, les points
réalisés fixent ceux des mesures encore ouvertes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from generateur.hasard import etaler, jour_entre
from generateur.solveur import ajuster

ANNEE, DEBUT, FIN = 2022, date(2022, 1, 1), date(2023, 1, 1)
COEFFICIENTS = {"SIMPLE": 1, "RENFORCEE": 2}
DUREE_MINIMALE = 45  # jours


@dataclass(eq=False)
class Suivi:
    """Une mesure et le ménage qu'elle accompagne."""

    territoire: str
    debut: date
    fin: date | None
    debuts: tuple[date, date]  # jours où elle peut commencer
    intensite: str = "SIMPLE"
    mesure: str = ""
    menage: str = ""
    referent: str = ""
    genre: str = ""
    naissance: str = ""
    composition: str = ""
    enfants: tuple[int, ...] = ()
    demande: date | None = None
    champs: dict = field(default_factory=dict)

    @property
    def de_l_annee(self) -> bool:
        """Vrai si la mesure a un jour dans l'année imprimée."""
        return self.debut < FIN and (self.fin is None or self.fin > DEBUT)

    @property
    def jours(self) -> int:
        """Jours de la mesure dans l'année imprimée."""
        return max(0, ((self.fin or FIN) - max(self.debut, DEBUT)).days)


@dataclass(frozen=True)
class Cohorte:
    """`nombre` mesures qui commencent dans `debuts` et finissent dans `fins` (vide : encore ouvertes)."""

    nombre: int
    debuts: tuple[date, date]
    fins: tuple[date, date] | None


@dataclass(frozen=True)
class Territoire:
    """Les mesures d'un territoire : cohortes, part renforcée, jours de durée et jours pondérés à retrouver."""

    nom: str
    cohortes: tuple[Cohorte, ...]
    renforcees: float
    jours_termines: int  # somme des durées des mesures terminées dans l'année
    jours_ponderes: int | None = None


def suivis_du_territoire(rng: random.Random, t: Territoire) -> list[Suivi]:
    """Les mesures d'un territoire, dans l'ordre de leur début."""
    suivis = [s for c in t.cohortes for s in _tirer(rng, t.nom, c)]
    for annee_incluse in (True, False):
        groupe = [s for s in suivis if s.de_l_annee == annee_incluse]
        renforcees = round(len(groupe) * t.renforcees)
        etalees = etaler(rng, {"RENFORCEE": renforcees, "SIMPLE": len(groupe) - renforcees})
        for suivi, intensite in zip(groupe, etalees, strict=True):
            suivi.intensite = intensite
    _caler_les_durees(suivis, t.jours_termines)
    if t.jours_ponderes is not None:
        _caler_les_points(suivis, t.jours_ponderes)
    return sorted(suivis, key=lambda s: (s.debut, s.fin or date.max, s.intensite))


def _tirer(rng: random.Random, territoire: str, c: Cohorte) -> list[Suivi]:
    suivis = []
    for _ in range(c.nombre):
        debut = jour_entre(rng, *c.debuts)
        fin = None
        if c.fins:
            premier = max(c.fins[0], debut + timedelta(days=DUREE_MINIMALE))
            fin = jour_entre(rng, premier, max(premier, c.fins[1]))
        suivis.append(Suivi(territoire, debut, fin, c.debuts))
    return suivis


def _caler_les_durees(suivis: list[Suivi], total: int) -> None:
    """Avance ou recule des débuts jusqu'à la somme imprimée des durées des mesures terminées dans l'année."""
    termines = [s for s in suivis if s.fin and DEBUT <= s.fin < FIN]
    souhaits = [(s.fin - s.debut).days for s in termines]
    bornes = [(max(DUREE_MINIMALE, (s.fin - s.debuts[1]).days), (s.fin - s.debuts[0]).days) for s in termines if s.fin]
    durees = ajuster(souhaits, bornes, total, 150, "les durées des accompagnements")
    for suivi, duree in zip(termines, durees, strict=True):
        suivi.debut = suivi.fin - timedelta(days=duree)


def _caler_les_points(suivis: list[Suivi], total: int) -> None:
    """Avance ou recule le début de mesures simples encore ouvertes jusqu'aux jours pondérés de la convention."""
    libres = [s for s in suivis if s.fin is None and s.debut >= DEBUT and s.intensite == "SIMPLE"]
    reste = sum(COEFFICIENTS[s.intensite] * s.jours for s in suivis if s not in libres)
    bornes = [((FIN - s.debuts[1]).days, (FIN - s.debuts[0]).days) for s in libres]
    jours = ajuster([s.jours for s in libres], bornes, total - reste, 200, "les points de la convention")
    for suivi, duree in zip(libres, jours, strict=True):
        suivi.debut = FIN - timedelta(days=duree)
