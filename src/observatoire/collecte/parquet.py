"""Lire un fichier Parquet en texte, pour qu'il suive le même chemin que les autres exports."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from observatoire.collecte.tableau import LIGNE, Apercu, Tableau, nommer_colonnes, sans_lignes_vides
from observatoire.erreurs import ErreurFichier


def _texte(nom: str, type_: pl.DataType) -> pl.Expr:
    """Écriture d'une colonne en texte : dates ISO, nombres entiers sans décimale."""
    colonne = pl.col(nom)
    if type_.is_float():
        entier = (colonne == colonne.round(0)) & (colonne.abs() < 2**53)
        return (
            pl.when(entier)
            .then(colonne.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(colonne.fill_nan(None).cast(pl.String))
        )
    if type_.is_nested() or type_ in (pl.Binary, pl.Object):
        return pl.lit(None, dtype=pl.String).alias(nom)
    return colonne.cast(pl.String)


def _lire(chemin: Path, nom: str) -> pl.DataFrame:
    try:
        brut = pl.read_parquet(chemin)
    except (pl.exceptions.PolarsError, OSError) as erreur:
        raise ErreurFichier(f"{nom} : fichier Parquet abîmé.", "Refaites l'export.") from erreur
    return brut.select(_texte(n, t).alias(n) for n, t in brut.schema.items() if n != LIGNE)


def apercus_parquet(chemin: Path, nom: str) -> list[Apercu]:
    """L'unique aperçu d'un fichier Parquet : sa ligne 0 est l'en-tête."""
    donnees = _lire(chemin, nom).head(200)
    lignes = [(0, tuple(donnees.columns))]
    lignes += [(i, tuple(c or "" for c in ligne)) for i, ligne in enumerate(donnees.iter_rows(), start=1)]
    return [Apercu("", tuple(lignes))]


def lire_parquet(chemin: Path, nom: str) -> Tableau:
    """Lit un fichier Parquet ; `_ligne` est le rang de la ligne, à partir de 1."""
    donnees = _lire(chemin, nom)
    noms = nommer_colonnes(tuple(donnees.columns), donnees.width)
    donnees = donnees.rename(dict(zip(donnees.columns, noms, strict=True)))
    donnees = donnees.with_columns((pl.int_range(pl.len(), dtype=pl.Int64) + 1).alias(LIGNE))
    return Tableau(nom, "", 0, sans_lignes_vides(donnees))
