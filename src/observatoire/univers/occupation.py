"""Places offertes, journées de séjour, séjours terminés."""

from __future__ import annotations

import polars as pl

from observatoire import regles
from observatoire.univers.contexte import Contexte, univers


@univers(
    unite="journées",
    structure="place.ouverture place.fermeture sejour.date_entree sejour.date_sortie",
    origines={
        "theoriques": "place.nb_places indisponibilite.debut indisponibilite.fin",
        "realisees": "sejour.id_place",
        "commune": "place.commune",
        "typologie": "place.typologie",
    },
)
def journees(ctx: Contexte) -> pl.LazyFrame:
    """Journées offertes (une ligne par place) et journées réalisées (une par séjour, ou par logement occupé)."""
    p, reglages = ctx.periode, ctx.parametres
    par_logement = reglages.base_occupation == "logement"
    ouvertes = ctx.table("place").with_columns(
        pl.col("ouverture").alias("debut"),
        pl.col("fermeture").alias("fin"),
        (pl.lit(1, pl.Int64) if par_logement else pl.col("nb_places")).alias("places"),
    )
    offertes = ouvertes.with_columns(regles.jours_dans(p.debut, p.fin).alias("jours"))
    if reglages.indisponibilites_deduites:
        # Deux indisponibilités qui se recouvrent n'ôtent pas deux fois le même jour, ni hors ouverture.
        indisponibles = (
            regles.jours_distincts(ctx.table("indisponibilite"), "id_place")
            .join(ouvertes.select("id_place", "ouverture", "fermeture"), on="id_place", how="inner")
            .with_columns(
                pl.max_horizontal("debut", "ouverture").alias("debut"),
                pl.min_horizontal(
                    pl.col("fin").fill_null(regles.INFINI), pl.col("fermeture").fill_null(regles.INFINI)
                ).alias("fin"),
            )
            .with_columns(regles.jours_dans(p.debut, p.fin).alias("perdus"))
            .group_by("id_place")
            .agg(pl.col("perdus").sum())
        )
        offertes = offertes.join(indisponibles, on="id_place", how="left").with_columns(
            pl.col("jours") - pl.col("perdus").fill_null(0)
        )
    offertes = offertes.select(
        "id_place", "commune", "typologie", (pl.col("jours") * pl.col("places")).alias("theoriques")
    )
    occupes = ctx.table("sejour").with_columns(pl.col("date_entree").alias("debut"), pl.col("date_sortie").alias("fin"))
    if par_logement:
        occupes = regles.jours_distincts(occupes.filter(pl.col("id_place").is_not_null()), "id_place")
    realisees = occupes.join(ouvertes.select("id_place", "commune", "typologie"), on="id_place", how="left").select(
        "id_place",
        "commune",
        "typologie",
        regles.jours_dans(p.debut, p.fin, sortie_comptee=reglages.jour_sortie_compte).alias("realisees"),
    )
    return pl.concat([offertes, realisees], how="diagonal")


@univers(
    unite="séjours",
    structure="sejour.date_entree sejour.date_sortie",
    origines={"duree": "", "motif_fin": "sejour.motif_fin"},
)
def sejours_termines(ctx: Contexte) -> pl.LazyFrame:
    """Séjours dont la sortie tombe dans la période, avec leur durée complète en jours."""
    return ctx.episodes.filter(pl.col("id_sejour").is_not_null() & ctx.dans_periode("fin")).with_columns(
        regles.duree_jours().alias("duree")
    )
