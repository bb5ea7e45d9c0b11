"""La période d'un rapport et les conversions de durées."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from observatoire.erreurs import ErreurParametre

MOIS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
JOURS_PAR_MOIS = 30.4375  # 365,25 / 12 : la seule conversion jours → mois du produit


@dataclass(frozen=True)
class Periode:
    """Un intervalle de jours [debut, fin[ et l'année qu'il porte (celle de sa fin)."""

    debut: date
    fin: date
    annee: int

    @classmethod
    def de_l_annee(cls, annee: int, debut: str = "01-01") -> Periode:
        """Période de douze mois désignée par `annee`, commençant au jour `debut` (MM-JJ).

        `debut = "10-01"` et `annee = 2022` donnent [2021-10-01, 2022-10-01[.
        Lève `ErreurParametre` si `debut` n'est pas un jour MM-JJ qui existe chaque année.
        Source : règles de lecture, « Période ».
        """
        if not re.fullmatch(r"\d{2}-\d{2}", debut):
            raise ErreurParametre(f"periode_debut « {debut} » illisible.", "Écrivez MM-JJ, par exemple 10-01.")
        mois, jour = (int(p) for p in debut.split("-"))
        premiere = annee if (mois, jour) == (1, 1) else annee - 1
        try:
            return cls(date(premiere, mois, jour), date(premiere + 1, mois, jour), annee)
        except ValueError as erreur:
            raise ErreurParametre(
                f"periode_debut « {debut} » n'existe pas chaque année.", "Choisissez un autre jour."
            ) from erreur

    @property
    def dernier_jour(self) -> date:
        return self.fin - timedelta(days=1)

    @property
    def jours(self) -> int:
        return (self.fin - self.debut).days

    def mois(self) -> list[tuple[str, date, date]]:
        """Les mois de la période : (AAAA-MM, premier jour, premier jour du mois suivant)."""
        mois: list[tuple[str, date, date]] = []
        debut = self.debut
        while debut < self.fin:
            suivant = (debut.replace(day=1) + timedelta(days=32)).replace(day=1)
            suivant = min(suivant.replace(day=min(self.debut.day, 28)), self.fin)
            mois.append((f"{debut:%Y-%m}", debut, suivant))
            debut = suivant
        return mois

    def __str__(self) -> str:
        return f"du {self.debut:%d/%m/%Y} au {self.dernier_jour:%d/%m/%Y}"


def annee_du(jour: date, periode_de: Callable[[int], Periode]) -> int:
    """L'année qui désigne la période contenant `jour`, pour un service dont `periode_de` rend les périodes."""
    return jour.year if jour < periode_de(jour.year).fin else jour.year + 1


def en_mois(jours: float) -> float:
    """Convertit des jours en mois de 30,4375 jours."""
    return jours / JOURS_PAR_MOIS


def duree_en_toutes_lettres(mois: float) -> str:
    """Écrit une durée en mois sous la forme « 1 an 3 mois et 13 jours ».

    Par divisions entières, 1 an = 12 mois et 1 mois = 30 jours à l'affichage, comme les rapports
    imprimés : 8,0333 mois = « 8 mois et 1 jour ». Lève `ValueError` si la durée est négative.
    """
    if mois < 0:
        raise ValueError(f"une durée ne peut pas être négative : {mois}")
    entiers = int(mois)
    jours = round((mois - entiers) * 30)
    if jours == 30:
        entiers, jours = entiers + 1, 0
    ans, reste = divmod(entiers, 12)
    morceaux = []
    if ans:
        morceaux.append(f"{ans} an{'s' if ans > 1 else ''}")
    if reste:
        morceaux.append(f"{reste} mois")
    if jours:
        morceaux.append(f"{jours} jour{'s' if jours > 1 else ''}")
    if not morceaux:
        return "0 jour"
    if len(morceaux) == 1:
        return morceaux[0]
    return " ".join(morceaux[:-1]) + " et " + morceaux[-1]
