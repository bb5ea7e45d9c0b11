"""Trier vite de grandes tables par leur clé, dans l'ordre même où polars les trierait.

Comparer des textes deux à deux coûte, sur un million de lignes, dix fois plus que de comparer des nombres. Or
une clé est faite de pseudonymes (une espèce, puis des chiffres hexadécimaux), de dates, et de textes qui se
répètent (service, moment) : chacun a un nombre qui le range pareil.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

PETITE_TABLE = 50_000  # en deçà, le tri de polars est déjà instantané
LIGNES_PAR_TEXTE = 20  # une colonne de textes moins répétés ne se numérote pas
_PSEUDONYME = r"^[a-z]{3}_[0-9a-f]{24}$"


def trier_par(cadre: pl.DataFrame, colonnes: Sequence[str]) -> pl.DataFrame:
    """Les lignes triées par `colonnes`, vides à la fin, comme `cadre.sort(colonnes, nulls_last=True)`."""
    if cadre.height < PETITE_TABLE:
        return cadre.sort(colonnes, nulls_last=True)
    nombres: list[np.ndarray] = []
    for colonne in colonnes:
        equivalents = _en_nombres(cadre[colonne])
        if equivalents is None:
            return cadre.sort(colonnes, nulls_last=True)
        nombres += equivalents
    return cadre[_ordonner(nombres)] if nombres else cadre


def _ordonner(nombres: list[np.ndarray]) -> np.ndarray:
    """Les rangs qui trient par ces nombres, le premier d'abord."""
    if [n.dtype for n in nombres] == [np.uint64, np.uint32, np.uint16]:
        rangs = _ordonner_accoles(*nombres)
        if rangs is not None:
            return rangs
    rangs = np.argsort(nombres[0])
    tries = nombres[0][rangs]
    if (tries[1:] > tries[:-1]).all():
        return rangs
    return np.lexsort(nombres[::-1])


def _ordonner_accoles(debut: np.ndarray, milieu: np.ndarray, fin: np.ndarray) -> np.ndarray | None:
    """Les rangs d'un pseudonyme suivi d'un petit nombre, en un seul tri : `fin` prend les derniers bits de `debut`.

    Rend None si deux pseudonymes ne diffèrent que par les bits ainsi perdus.
    """
    hauts = debut & ~np.uint64(2**16 - 1)
    rangs = np.argsort(hauts | fin)
    hauts, debut, milieu = hauts[rangs], debut[rangs], milieu[rangs]
    confondus = (hauts[1:] == hauts[:-1]) & ((debut[1:] != debut[:-1]) | (milieu[1:] != milieu[:-1]))
    return None if confondus.any() else rangs


def _en_nombres(serie: pl.Series) -> list[np.ndarray] | None:
    """Des nombres qui rangent les lignes comme `serie`, du plus fort au plus faible ; None s'il n'y en a pas.

    Une colonne qui n'a qu'une valeur n'en demande aucun.
    """
    vides = [serie.is_null().to_numpy()] if 0 < serie.null_count() < serie.len() else []
    if serie.null_count() == serie.len():
        return []
    if serie.dtype == pl.String:
        textes = _textes_en_nombres(serie)
        return None if textes is None else vides + textes
    if serie.dtype.is_integer() or serie.dtype == pl.Date:
        return [*vides, _resserrer(serie.to_physical().fill_null(0).to_numpy())]
    return None


def _textes_en_nombres(serie: pl.Series) -> list[np.ndarray] | None:
    debut, fin = str(serie.min()), str(serie.max())
    if debut == fin:
        return []
    if debut[:4] == fin[:4] and serie.str.contains(_PSEUDONYME).all(ignore_nulls=True):
        moities = ((4, 16, pl.UInt64), (20, 8, pl.UInt32))
        return [serie.str.slice(d, n).str.to_integer(base=16, dtype=t).fill_null(0).to_numpy() for d, n, t in moities]
    if serie.approx_n_unique() * LIGNES_PAR_TEXTE > serie.len():
        return None
    distincts = serie.drop_nulls().unique().sort()
    rangs = pl.int_range(distincts.len(), dtype=pl.UInt32, eager=True)
    numeros = serie.replace_strict(distincts, rangs, default=None, return_dtype=pl.UInt32)
    return [_resserrer(numeros.fill_null(0).to_numpy())]


def _resserrer(nombres: np.ndarray) -> np.ndarray:
    """Les mêmes rangs sur seize bits si l'étendue le permet : numpy les trie alors sans les comparer."""
    premier = int(nombres.min())
    tiennent = int(nombres.max()) - premier < 2**16
    return (nombres - premier).astype(np.uint16) if tiennent else nombres
