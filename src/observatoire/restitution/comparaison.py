"""Dire ce qu'un écart entre deux années vaut : base trop petite, hasard plausible, écart net.

Deux taux se comparent par le test exact de Fisher sur leurs effectifs publiés : il reste juste sur de petites bases,
là où un test du khi-deux ne l'est plus. Un chiffre qui compte toute une population n'est pas un échantillon ; le test
dit seulement si un écart de cette taille pourrait venir de quelques situations de plus ou de moins.
Source : règles d'écriture de l'observatoire (prudence sous 30, pas de pourcentage sous 10).
"""

from __future__ import annotations

from functools import lru_cache

from observatoire.campagne.donnees_types import Definition
from observatoire.restitution.cellules import Cellule
from observatoire.restitution.locale import INSECABLE, nombre

BASE_CONCLUSION = 10  # sous cette base, aucun écart ne se commente
RISQUE = 0.05


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
    return "cet écart peut tenir au hasard" if _probabilite(cellule, avant) >= RISQUE else "l'écart est net"


def note(definition: Definition, cellule: Cellule, avant: Cellule, annee: int) -> str:
    """La note imprimée sous un tableau dont un écart est jugé : le test, les deux parts et sa probabilité."""
    if not jugement(cellule, avant, definition) or min(cellule.base, avant.base) < BASE_CONCLUSION:
        return ""
    p = _probabilite(cellule, avant)
    ecrite = "inférieure à 0,001" if p < 0.001 else f"{p:.3f}".replace(".", ",")
    return (
        f"{definition.libelle}, de {annee - 1} à {annee} : {_part(avant)} puis {_part(cellule)} ; test exact "
        f"de Fisher, probabilité d'un écart au moins aussi grand par hasard {ecrite}."
    )


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
