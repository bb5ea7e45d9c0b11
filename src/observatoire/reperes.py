"""Les montants de référence datés : `data/referentiels/reperes.csv`."""

from __future__ import annotations

import polars as pl

from observatoire.erreurs import ErreurParametre
from observatoire.espace import Espace


def lire_repere(espace: Espace, repere: str, annee: int) -> tuple[float, int]:
    """La valeur du repère pour `annee`, sinon la dernière publiée avant ; et l'année retenue.

    Lève `ErreurParametre` si aucun millésime n'est connu à cette date.
    """
    table = pl.read_csv(espace.ressource("data/referentiels/reperes.csv"), infer_schema=False)
    connus = (
        table.filter(pl.col("repere") == repere)
        .select(pl.col("annee").cast(pl.Int64, strict=False), pl.col("valeur").cast(pl.Float64))
        .filter(pl.col("annee") <= annee)
        .sort("annee")
    )
    if connus.is_empty():
        raise ErreurParametre(
            f"Repère « {repere} » inconnu pour {annee}.", "Ajoutez-le à data/referentiels/reperes.csv."
        )
    return connus["valeur"][-1], connus["annee"][-1]
