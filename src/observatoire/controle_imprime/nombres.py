"""L'arithmétique exacte des nombres imprimés : ce qu'un arrondi ou une troncature laisse possible."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from observatoire.restitution.locale import FINE, MOINS


@dataclass(frozen=True)
class Intervalle:
    """Les valeurs exactes possibles, bornes comprises (les deux règles d'arrondi au demi y tiennent)."""

    bas: Fraction
    haut: Fraction

    def __contains__(self, valeur: Fraction | int) -> bool:
        return self.bas <= valeur <= self.haut

    def __add__(self, autre: Intervalle) -> Intervalle:
        return Intervalle(self.bas + autre.bas, self.haut + autre.haut)

    def __sub__(self, autre: Intervalle) -> Intervalle:
        return Intervalle(self.bas - autre.haut, self.haut - autre.bas)

    def __mul__(self, autre: Intervalle) -> Intervalle:
        produits = [a * b for a in (self.bas, self.haut) for b in (autre.bas, autre.haut)]
        return Intervalle(min(produits), max(produits))

    def __truediv__(self, autre: Intervalle) -> Intervalle:
        if 0 in autre:
            raise ZeroDivisionError
        return self * Intervalle(1 / autre.haut, 1 / autre.bas)

    def croise(self, autre: Intervalle) -> bool:
        """Vrai si une même valeur exacte convient aux deux."""
        return self.bas <= autre.haut and autre.bas <= self.haut


def exact(valeur: Fraction | int) -> Intervalle:
    """L'intervalle d'une valeur sans arrondi (un compte)."""
    return Intervalle(Fraction(valeur), Fraction(valeur))


def arrondi(valeur: Decimal) -> Intervalle:
    """Les valeurs qui, arrondies à la précision imprimée, donnent `valeur`."""
    demi = Fraction(1, 2) / 10 ** decimales(valeur)
    return Intervalle(Fraction(valeur) - demi, Fraction(valeur) + demi)


def decimales(valeur: Decimal) -> int:
    """Nombre de décimales imprimées."""
    return max(0, -valeur.as_tuple().exponent)


def tronque(exacte: Fraction, places: int) -> Fraction:
    """La valeur coupée à `places` décimales, sans arrondi."""
    return Fraction(math.floor(exacte * 10**places), 10**places)


def numerateurs(pourcent: Intervalle, base: int) -> range:
    """Les entiers qui, sur `base`, donnent un pourcentage de cet intervalle."""
    return range(max(0, math.ceil(pourcent.bas * base / 100)), math.floor(pourcent.haut * base / 100) + 1)


def premiere_fraction(part: Intervalle, base: int) -> Fraction | None:
    """La première fraction k/n de l'intervalle, n allant de 1 à `base` ; `None` si aucune n'y tombe."""
    for n in range(1, base + 1):
        k = math.ceil(part.bas * n)
        if Fraction(k, n) in part:
            return Fraction(k, n)
    return None


def ecrire(valeur: Fraction | Decimal | int, places: int | None = None) -> str:
    """Un nombre à la française, exact : « 1 234,5 ». Sans `places`, au plus quatre décimales utiles."""
    exacte = Fraction(valeur)
    unites = 10 ** (4 if places is None else places)
    entier = math.floor(abs(exacte) * unites + Fraction(1, 2))
    texte = f"{entier // unites:,}".replace(",", FINE)
    if unites > 1:
        suite = f"{entier % unites:0{len(str(unites)) - 1}d}"
        suite = suite.rstrip("0") if places is None else suite
        texte += f",{suite}" if suite else ""
    return (MOINS if exacte < 0 and entier else "") + texte
