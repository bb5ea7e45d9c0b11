"""Deux moyennes, avec et sans ceux qui n'ont rien : leur rapport est une part entière de la base."""

from __future__ import annotations

import math
from fractions import Fraction

from observatoire.controle_imprime.bilan import PROUVE, Constat, Verification, numeros
from observatoire.controle_imprime.lecture import Fait, Imprime
from observatoire.controle_imprime.mots import mots, vocabulaire
from observatoire.controle_imprime.nombres import Intervalle, arrondi, ecrire, premiere_fraction
from observatoire.controle_imprime.registre import Resultats, regle
from observatoire.controle_imprime.selection import ensembles, grouper, nom

AU_DELA = 10  # fois la base : jusqu'où chercher une fraction qui conviendrait


@regle("La moyenne de tous et celle des concernés ont pour rapport la part, entière, des concernés.")
def moyennes(imprime: Imprime) -> Resultats:
    """Divise la moyenne d'ensemble par celle des seuls concernés : la part obtenue doit exister sur la base.

    La base est le plus grand compte d'ensemble de la rubrique ; une base plus petite (réponses manquantes) est
    essayée aussi, car seule l'absence de toute fraction est une preuve.
    """
    couples = grouper(
        (f for f in imprime if _est_moyenne(f)), lambda f: (f.rubrique, *f.perimetre, f.indicateur, f.unite)
    )
    for faits in couples.values():
        concernes = [f for f in faits if _sous_population(f)]
        tous = [f for f in faits if not _sous_population(f)]
        if len(concernes) == len(tous) == 1:
            base = _base(imprime, tous[0])
            if base:
                yield from _juger(tous[0], concernes[0], base)


def _est_moyenne(fait: Fait) -> bool:
    return not {"moyen", "moyenne", "moyennes"}.isdisjoint(mots(fait.indicateur)) and len(fait.ventilations) < 2


def _sous_population(fait: Fait) -> bool:
    return any(not set(mots(m)).isdisjoint(vocabulaire()["sous_populations"]) for _, m in fait.ventilations)


def _base(imprime: Imprime, moyenne: Fait) -> Fait | None:
    comptes = [
        f
        for f in ensembles(imprime, moyenne)
        if f.unite == "nombre" and f.rubrique == moyenne.rubrique and f.additif and f.nombre.denominator == 1
    ]
    return max(comptes, key=lambda f: f.valeur, default=None)


def _juger(tous: Fait, concernes: Fait, base: Fait) -> Resultats:
    if concernes.nombre <= 0 or tous.nombre <= 0:
        return
    part = arrondi(tous.valeur) / arrondi(concernes.valeur)
    n = int(base.nombre)
    rapport = f"{ecrire(tous.valeur)}/{ecrire(concernes.valeur)}, entre {ecrire(part.bas, 4)} et {ecrire(part.haut, 4)}"
    fraction = _fraction(part, n)
    if fraction:
        calcul = f"{nom(tous)} : {rapport} ; {fraction} convient, pour une base d'au plus {n}."
        yield Verification(numeros(tous, concernes, base), calcul)
    else:
        yield Constat(
            "moyennes impossibles",
            PROUVE,
            numeros(tous, concernes, base),
            f"{ecrire(tous.valeur)} et {ecrire(concernes.valeur)} {tous.unite} pour {ecrire(base.valeur)}",
            _au_dela(part, n),
            f"{nom(tous)} : la part des concernés serait {rapport} ; aucune fraction k/n ne convient pour n ≤ {n}.",
        )


def _fraction(part: Intervalle, n: int) -> str:
    """Une fraction possible : sur la base entière si elle y tombe, sinon sur la plus petite base qui convient."""
    if part.bas > 1:
        return ""
    k = math.ceil(part.bas * n)
    if Fraction(k, n) in part:
        return f"{k}/{n}"
    return str(premiere_fraction(part, n) or "")


def _au_dela(part: Intervalle, n: int) -> str:
    suivante = premiere_fraction(part, n * AU_DELA) if part.bas <= 1 else None
    return f"base d'au moins {suivante.denominator} ({suivante})" if suivante else ""
