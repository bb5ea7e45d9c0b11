"""Lire les entiers et les nombres à virgule (rang, places, coefficient, ETP, heures)."""

from __future__ import annotations

import polars as pl

from observatoire.nettoyage import absences
from observatoire.nettoyage.resultat import verdict
from observatoire.nettoyage.texte import compact

_MILLE_ESPACE = r"^-?\d{1,3}(?: \d{3})+(?:[.,]\d+)?$"
_MILLE_POINT = r"^-?\d{1,3}(?:\.\d{3})+,\d+$"
_NOMBRE = r"^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$"

MOTIF_NOMBRE, MOTIF_ENTIER = "nombre illisible", "nombre entier attendu"


def _etapes() -> list[dict[str, pl.Expr]]:
    """Étapes qui donnent `_n` : le nombre, ou null ; la virgule est décimale, les espaces séparent les milliers."""
    texte = compact(pl.col("brut")).str.replace_all("[\u2212\u2013]", "-")
    sans_espace = pl.when(texte.str.contains(_MILLE_ESPACE)).then(texte.str.replace_all(" ", "")).otherwise(texte)
    sans_mille = (
        pl.when(sans_espace.str.contains(_MILLE_POINT))
        .then(sans_espace.str.replace_all(".", "", literal=True))
        .otherwise(sans_espace)
    )
    point = sans_mille.str.replace(",", ".", literal=True)
    return [
        {"_t": point, "_marque": absences.marque(pl.col("brut"))},
        {"_n": pl.when(pl.col("_t").str.contains(_NOMBRE)).then(pl.col("_t").cast(pl.Float64, strict=False))},
    ]


def _motif(valeur: pl.Expr, texte: str) -> pl.Expr:
    blanc = pl.col("brut").is_null() | (pl.col("brut").str.strip_chars() == "")
    return pl.when(blanc | pl.col("_marque").is_not_null() | valeur.is_not_null()).then(None).otherwise(pl.lit(texte))


_NATURE = pl.when(pl.col("_marque").is_not_null()).then(pl.lit(absences.NATURE))


def nettoyer_nombres(bruts: pl.Series) -> pl.DataFrame:
    """Lit des nombres à virgule ; rend `brut, valeur, motif, nature`."""
    fini = pl.when(pl.col("_n").is_finite()).then(pl.col("_n"))
    return verdict(bruts, etapes=_etapes(), valeur=fini, motif=_motif(fini, MOTIF_NOMBRE), nature=_NATURE)


def nettoyer_entiers(bruts: pl.Series) -> pl.DataFrame:
    """Lit des entiers (`3`, `3,0`, `1 200`) ; un nombre à décimales est refusé. Rend `brut, valeur, motif, nature`."""
    entier = pl.when((pl.col("_n") == pl.col("_n").round(0)) & (pl.col("_n").abs() < 2**53)).then(
        pl.col("_n").cast(pl.Int64, strict=False)
    )
    return verdict(bruts, etapes=_etapes(), valeur=entier, motif=_motif(entier, MOTIF_ENTIER), nature=_NATURE)
