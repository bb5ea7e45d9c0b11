"""La cohorte des demandes de l'année, suivie jusqu'à l'entrée."""

from __future__ import annotations

import polars as pl

from observatoire.univers.contexte import Contexte, univers
from observatoire.univers.demandes import demandes_recues


@univers(
    unite="demandes",
    structure="demande.date_demande demande.suite",
    origines={
        "entree_effective": "mesure.id_demande mesure.date_debut sejour.id_menage sejour.date_entree",
        "prescripteur": "demande.prescripteur",
        "motif": "demande.motif",
    },
)
def demandes_suivies(ctx: Contexte) -> pl.LazyFrame:
    """Demandes reçues dans la période et leur entrée effective, connue à l'extraction.

    Entre une demande admise dont le ménage commence un séjour à partir de sa date, ou à laquelle une mesure démarrée
    est reliée.
    """
    sejours = ctx.episodes.filter(pl.col("id_sejour").is_not_null()).select("id_menage", "debut")
    heberges = (
        demandes_recues(ctx)
        .filter((pl.col("suite") == "ADMISE") & pl.col("id_menage").is_not_null())
        .join(sejours, on="id_menage", how="inner")
        .filter(pl.col("debut") >= pl.col("date_demande"))
        .select("id_demande")
    )
    mesures = ctx.mesures.filter(pl.col("debut").is_not_null() & pl.col("id_demande").is_not_null())
    entrees = pl.concat([heberges, mesures.select("id_demande")]).unique()
    return (
        demandes_recues(ctx)
        .join(entrees.with_columns(pl.lit(True).alias("entree_effective")), on="id_demande", how="left")
        .with_columns(pl.col("entree_effective").fill_null(False))
    )
