"""Le relais à la sortie : vers quel accompagnement le ménage est orienté quand son parcours se termine."""

from __future__ import annotations

import polars as pl

from observatoire import regles
from observatoire.univers.contexte import Contexte, univers
from observatoire.univers.parcours import STRUCTURE, unites_terminees

SANS_RELAIS = "Sans relais"


@univers(
    unite="parcours",
    structure=STRUCTURE,
    origines={
        "relais": "acte.type_acte acte.date acte.id_menage acte.dispositif",
        "motif_fin": "mesure.motif_fin sejour.motif_fin",
    },
)
def sorties_et_relais(ctx: Contexte) -> pl.LazyFrame:
    """Parcours terminés dans la période, et le dispositif de la dernière orientation faite à 31 jours de la fin."""
    orientations = ctx.actes.filter(
        (pl.col("type_acte") == "ORIENTATION") & pl.col("dispositif").is_not_null() & pl.col("id_menage").is_not_null()
    ).select("id_menage", "dispositif", "id_acte", pl.col("date").alias("_date"))
    sorties = unites_terminees(ctx)
    ecart = (pl.col("_date") - pl.col("fin")).dt.total_days().abs()
    relais = (
        sorties.select("dernier_episode", "id_menage", "fin")
        .join(orientations, on="id_menage", how="inner")
        .filter(ecart <= regles.ECART_PHOTO_MAX)
        .sort("dernier_episode", "_date", "id_acte")
        .group_by("dernier_episode", maintain_order=True)
        .agg(pl.col("dispositif").last().alias("relais"))
    )
    return sorties.join(relais, on="dernier_episode", how="left").with_columns(pl.col("relais").fill_null(SANS_RELAIS))
