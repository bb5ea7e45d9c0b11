"""Le parc de logements : ce que le service mobilise, ce qu'il ouvre et rend, ce qui est occupé."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from observatoire import regles
from observatoire.nomenclatures import lire_nomenclature
from observatoire.referentiels import communes
from observatoire.univers.contexte import Contexte, univers

STRUCTURE = "place.ouverture place.fermeture"
FICHE = {
    "commune": "place.commune",
    "epci": "place.commune",
    "typologie": "place.typologie",
    "bailleur": "place.bailleur",
    "typologie_bailleur": "place.typologie place.bailleur",
    "regroupe_diffus": "place.regroupe_diffus",
    "places": "place.nb_places",
}


def _parc(ctx: Contexte) -> pl.LazyFrame:
    """Les logements du service : leur intervalle d'ouverture, leur intercommunalité, « type — bailleur »."""
    lieux = communes(ctx.espace).select(pl.col("code").alias("commune"), "epci")
    types = lire_nomenclature(ctx.espace, "typologie").libelles
    return (
        ctx.table("place")
        .join(lieux, on="commune", how="left")
        .with_columns(
            pl.col("ouverture").alias("debut"),
            pl.col("fermeture").alias("fin"),
            pl.col("nb_places").alias("places"),
            pl.concat_str(pl.col("typologie").replace(types), "bailleur", separator=" — ", ignore_nulls=True).alias(
                "typologie_bailleur"
            ),
        )
    )


@univers(
    unite="logements",
    structure=STRUCTURE,
    origines={
        **FICHE,
        "jours_offerts": "",
        "jours_occupes": "sejour.id_place sejour.date_entree sejour.date_sortie",
        "ouvert_fin": "",
        "ouvert_dans": "",
        "rendu_dans": "",
    },
)
def logements(ctx: Contexte) -> pl.LazyFrame:
    """Logements ouverts au moins un jour dans la période, avec leurs jours offerts et occupés.

    Un jour est occupé dès qu'un ménage est présent, quel que soit le nombre d'occupants.
    """
    p = ctx.periode
    sejours = (
        ctx.table("sejour")
        .filter(pl.col("id_place").is_not_null())
        .with_columns(pl.col("date_entree").alias("debut"), pl.col("date_sortie").alias("fin"))
    )
    occupes = (
        regles.jours_distincts(sejours, "id_place")
        .with_columns(regles.jours_dans(p.debut, p.fin, sortie_comptee=ctx.parametres.jour_sortie_compte).alias("_j"))
        .group_by("id_place")
        .agg(pl.col("_j").sum().alias("jours_occupes"))
    )
    return (
        _parc(ctx)
        .filter(regles.present(p.debut, p.fin))
        .join(occupes, on="id_place", how="left")
        .with_columns(
            regles.jours_dans(p.debut, p.fin).alias("jours_offerts"),
            pl.col("jours_occupes").fill_null(0),
            regles.present_le(p.dernier_jour).alias("ouvert_fin"),
            ctx.dans_periode("debut").alias("ouvert_dans"),
            ctx.dans_periode("fin").alias("rendu_dans"),
        )
    )


@univers(unite="places", structure=STRUCTURE, origines={**FICHE, "mois": ""})
def places_par_mois(ctx: Contexte) -> pl.LazyFrame:
    """Places ouvertes le dernier jour de chaque mois de la période : une ligne par mois et par logement."""
    parc = _parc(ctx)
    mois = [
        parc.filter(regles.present_le(fin - timedelta(days=1))).with_columns(pl.lit(nom).alias("mois"))
        for nom, _, fin in ctx.periode.mois()
    ]
    return pl.concat(mois)
