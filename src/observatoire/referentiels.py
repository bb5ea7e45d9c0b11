"""Les référentiels géographiques livrés : communes et intercommunalités du code officiel géographique."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import polars as pl

from observatoire.espace import Espace


@lru_cache(maxsize=8)
def _lire(fichier: Path) -> pl.DataFrame:
    return pl.read_parquet(fichier) if fichier.suffix == ".parquet" else pl.read_csv(fichier, infer_schema=False)


def communes(espace: Espace) -> pl.LazyFrame:
    """Les communes : code, libelle, epci, departement, region, millesime."""
    return _lire(espace.ressource("data/referentiels/communes.parquet")).lazy()


def libelles_territoires(espace: Espace, colonne: str) -> dict[str, str]:
    """Code → libellé pour `commune_origine`, `commune` (communes) ou `epci`, `departement`."""
    nom = {"epci": "epci.csv", "departement": "departements.csv"}.get(colonne, "communes.parquet")
    table = _lire(espace.ressource(f"data/referentiels/{nom}"))
    return dict(zip(table["code"], table["libelle"], strict=True))
