"""Actes comptés de la période et participations aux actes collectifs."""

from __future__ import annotations

import polars as pl

from observatoire.univers.contexte import Contexte, univers

STRUCTURE = "acte.date acte.type_acte acte.presence"
TYPES_COORDINATION = ["CONSEIL", "APPEL", "REUNION"]


@univers(
    unite="actes",
    structure=STRUCTURE,
    origines={
        "type_acte": "acte.type_acte",
        "lieu": "acte.lieu",
        "mode": "acte.mode",
        "theme": "acte.theme",
        "partenaire": "acte.partenaire",
        "type_dossier": "acte.type_dossier",
        "dispositif": "acte.dispositif",
        "qpv": "acte.qpv",
        "effectif_anonyme": "acte.effectif_anonyme",
        "nombre": "acte.nombre",
        "territoire": "mesure.territoire acte.id_mesure",
        "coordination": "acte.id_menage acte.id_mesure",
        "atelier": "",
    },
)
def actes_de_la_periode(ctx: Contexte) -> pl.LazyFrame:
    """Actes de la période qui ont eu lieu (ni absents, ni annulés)."""
    hors_menage = pl.col("id_menage").is_null() & pl.col("id_mesure").is_null()
    mesures = ctx.table("mesure").select("id_mesure", "territoire").unique("id_mesure")
    menages = ctx.territoires.rename({"territoire": "_du_menage"})
    lies = (
        ctx.actes.filter(ctx.dans_periode("date"))
        .join(mesures, on="id_mesure", how="left")
        .join(menages, on="id_menage", how="left")
    )
    return lies.with_columns(
        pl.coalesce("territoire", "_du_menage").alias("territoire"),
        (hors_menage & pl.col("type_acte").is_in(TYPES_COORDINATION)).alias("coordination"),
        pl.col("type_acte").is_in(ctx.parametres.types_atelier).alias("atelier"),
    )


@univers(
    unite="participations",
    structure=STRUCTURE + " participation.id_acte participation.id_personne",
    origines={
        "id_personne": "participation.id_personne",
        "effectif": "acte.effectif_anonyme",
        "theme": "acte.theme",
        "lieu": "acte.lieu",
        "a_dossier": "acte.id_menage membre.id_personne",
    },
)
def participations_ateliers(ctx: Contexte) -> pl.LazyFrame:
    """Présences aux actes collectifs : une ligne par personne et par acte, une par effectif anonyme."""
    ateliers = actes_de_la_periode(ctx).filter(pl.col("atelier")).select("id_acte", "theme", "lieu", "effectif_anonyme")
    suivies = ctx.membres.join(ctx.situations, on="id_menage", how="semi").select("id_personne").unique()
    nommees = (
        ctx.table("participation")
        .join(ateliers.drop("effectif_anonyme"), on="id_acte", how="inner")
        .join(suivies.with_columns(pl.lit("oui").alias("a_dossier")), on="id_personne", how="left")
        .select(
            "id_personne", "theme", "lieu", pl.col("a_dossier").fill_null("non"), pl.lit(1, pl.Int64).alias("effectif")
        )
    )
    anonymes = ateliers.filter(pl.col("effectif_anonyme") > 0).select(
        pl.lit(None, pl.String).alias("id_personne"),
        "theme",
        "lieu",
        pl.lit("non").alias("a_dossier"),
        pl.col("effectif_anonyme").alias("effectif"),
    )
    return pl.concat([nommees, anonymes])
