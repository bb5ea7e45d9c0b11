"""Lire un fichier Parquet en texte, pour qu'il suive le même chemin que les autres exports."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from observatoire.collecte.pied import separer_pied
from observatoire.collecte.tableau import (
    LIGNE,
    Apercu,
    Tableau,
    nommer_colonnes,
    refuser_cellules_demesurees,
    sans_lignes_vides,
)
from observatoire.erreurs import ErreurFichier

CELLULES_MAXIMALES = 400_000_000
DEPLOIEMENT_MAXIMAL = 4 * 1024**3


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
    return colonne.cast(pl.String)


def _lisible(type_: pl.DataType) -> bool:
    return not type_.is_nested() and type_ not in (pl.Binary, pl.Object)


def _verifier(chemin: Path, nom: str) -> None:
    """Refuse, d'après ses métadonnées, un fichier abîmé ou qui occuperait une mémoire démesurée."""
    try:
        meta = pq.read_metadata(chemin)
        octets = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
    except (pa.ArrowException, OSError, ValueError) as erreur:
        raise ErreurFichier(f"{nom} : fichier Parquet abîmé.", "Refaites l'export.") from erreur
    if meta.num_rows * meta.num_columns > CELLULES_MAXIMALES or octets > DEPLOIEMENT_MAXIMAL:
        raise ErreurFichier(
            f"{nom} : {meta.num_rows} lignes et {meta.num_columns} colonnes une fois déployé.",
            "Découpez l'export par année, puis réimportez.",
        )


def _lire(chemin: Path, nom: str, lignes: int | None = None) -> tuple[pl.DataFrame, list[str]]:
    """Les colonnes en texte, et le nom de celles qui ne sont pas des cellules (listes, octets)."""
    _verifier(chemin, nom)
    try:
        brut = pl.read_parquet(chemin, n_rows=lignes, glob=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as erreur:
        raise ErreurFichier(f"{nom} : fichier Parquet abîmé.", "Refaites l'export.") from erreur
    retenues = {n: t for n, t in brut.schema.items() if n != LIGNE}
    illisibles = [n for n, t in retenues.items() if not _lisible(t)]
    return brut.select(_texte(n, t).alias(n) for n, t in retenues.items() if n not in illisibles), illisibles


def apercus_parquet(chemin: Path, nom: str) -> list[Apercu]:
    """L'unique aperçu d'un fichier Parquet : sa ligne 0 est l'en-tête."""
    donnees, _ = _lire(chemin, nom, 200)
    lignes = [(0, tuple(donnees.columns))]
    lignes += [(i, tuple(c or "" for c in ligne)) for i, ligne in enumerate(donnees.iter_rows(), start=1)]
    return [Apercu("", tuple(lignes))]


def lire_parquet(chemin: Path, nom: str) -> Tableau:
    """Lit un fichier Parquet ; `_ligne` est le rang de la ligne, à partir de 1."""
    donnees, illisibles = _lire(chemin, nom)
    entete = tuple(donnees.columns)
    donnees = donnees.rename(dict(zip(entete, nommer_colonnes(entete, donnees.width), strict=True)))
    donnees = donnees.with_columns((pl.int_range(pl.len(), dtype=pl.Int64) + 1).alias(LIGNE))
    refuser_cellules_demesurees(donnees, nom)
    remarques = (f"{nom} : colonne(s) non lue(s), qui tiennent des listes ou des octets : {', '.join(illisibles)}.",)
    corps, hors = separer_pied(sans_lignes_vides(donnees), entete)
    return Tableau(nom, "", 0, corps, hors, remarques=remarques if illisibles else ())
