"""Dire ce qu'un écart entre deux années vaut : base trop petite, hasard plausible, écart net.

Deux taux se comparent par le test exact de Fisher sur leurs effectifs publiés : il reste juste sur de petites bases,
là où un test du khi-deux ne l'est plus. Un chiffre qui compte toute une population n'est pas un échantillon ; le test
dit seulement si un écart de cette taille pourrait venir de quelques situations de plus ou de moins.
Source : règles d'écriture de l'observatoire (prudence sous 30, pas de pourcentage sous 10).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from observatoire.campagne.donnees_types import Definition
from observatoire.restitution import locale
from observatoire.restitution.cellules import Cellule
from observatoire.restitution.locale import INSECABLE, nombre

BASE_CONCLUSION = 10  # sous cette base, aucun écart ne se commente
RISQUE = 0.05
_NET = "l'écart est net"


@lru_cache(maxsize=4096)
def probabilite_exacte(a: int, n: int, b: int, m: int) -> float:
    """Probabilité, par le test exact de Fisher, d'un écart au moins aussi grand entre a/n et b/m.

    Lève `ValueError` si un numérateur dépasse sa base ou si une base est nulle.
    """
    if not (0 <= a <= n and 0 <= b <= m and n and m):
        raise ValueError(f"{a}/{n} et {b}/{m} ne sont pas deux parts.")
    from scipy.stats import fisher_exact  # lourd à importer : seulement quand une comparaison est faite

    return float(fisher_exact([[a, n - a], [b, m - b]]).pvalue)


def jugement(cellule: Cellule, avant: Cellule, definition: Definition) -> str:
    """Ce que l'écart entre deux taux permet de conclure ; vide s'il n'y a pas deux taux à comparer.

    « trop peu pour conclure (n = 8) », « cet écart peut tenir au hasard », « l'écart est net ».
    """
    if not (_comparable(definition) and _deux_parts(cellule, avant)):
        return ""
    petite = min(cellule.base, avant.base)
    if petite < BASE_CONCLUSION:
        return f"trop peu pour conclure (n{INSECABLE}={INSECABLE}{nombre(petite)})"
    if cellule.valeur == avant.valeur:
        return ""
    return "cet écart peut tenir au hasard" if _probabilite(cellule, avant) >= RISQUE else _NET


def incertain(cellule: Cellule, avant: Cellule, definition: Definition) -> bool:
    """L'écart entre deux taux peut-il tenir au hasard, ou à trop peu de cas ? Faux s'il n'y a rien à juger."""
    return jugement(cellule, avant, definition) not in ("", _NET)


def note(couples: Sequence[tuple[Definition, Cellule, Cellule]], annee: int) -> str:
    """La note sous un tableau dont des écarts sont jugés : le test, puis pour chacun ses parts et sa probabilité."""
    juges = [
        f"{locale.minuscule(d.libelle)} ({_part(avant)} puis {_part(cellule)}, "
        f"p{INSECABLE}{_probabilite_lisible(cellule, avant)})"
        for d, cellule, avant in couples
        if jugement(cellule, avant, d) and min(cellule.base, avant.base) >= BASE_CONCLUSION
    ]
    if not juges:
        return ""
    return (
        f"Test exact de Fisher de {annee - 1} à {annee}, p étant la probabilité d'un écart au moins aussi grand par le "
        f"seul hasard{INSECABLE}: {f'{INSECABLE}; '.join(juges)}."
    )


def _probabilite_lisible(cellule: Cellule, avant: Cellule) -> str:
    p = _probabilite(cellule, avant)
    if p < 0.001:
        return f"<{INSECABLE}0,001"
    if p >= 0.995:  # une probabilité de 1,00 dirait une certitude
        return f">{INSECABLE}0,99"
    return f"={INSECABLE}" + (f"{p:.3f}" if p < RISQUE else f"{p:.2f}").replace(".", ",")


def _part(cellule: Cellule) -> str:
    return f"{nombre(cellule.numerateur)} sur {nombre(cellule.base)}"


def _comparable(definition: Definition) -> bool:
    """La base compte-t-elle des situations distinctes ? Ni des journées, ni des euros, ni un cumul depuis l'origine."""
    return not any(mot in definition.denominateur for mot in ("journée", "jours", "euros", "depuis"))


def _deux_parts(cellule: Cellule, avant: Cellule) -> bool:
    """Deux taux publiés, dont les effectifs sont entiers."""
    return all(
        c.publiee
        and c.unite == "%"
        and c.numerateur is not None
        and c.base
        and float(c.numerateur).is_integer()
        and float(c.base).is_integer()
        and 0 <= c.numerateur <= c.base
        for c in (cellule, avant)
    )


def _probabilite(cellule: Cellule, avant: Cellule) -> float:
    return probabilite_exacte(int(cellule.numerateur), int(cellule.base), int(avant.numerateur), int(avant.base))
