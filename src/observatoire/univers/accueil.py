"""Populations d'un service d'accueil : situations suivies et fréquentation toutes actions confondues."""

from __future__ import annotations

import polars as pl

from observatoire.univers.actes import participations_ateliers
from observatoire.univers.contexte import Contexte, univers

STRUCTURE = "acte.date acte.presence acte.id_menage acte.type_acte"


@univers(unite="situations", structure=STRUCTURE, origines={"reception": "", "nb_entretiens": ""})
def situations_suivies(ctx: Contexte) -> pl.LazyFrame:
    """Dossiers ayant au moins un acte dans la période ; « reçue » dès un entretien, sinon « à distance »."""
    return ctx.situations


@univers(
    unite="jeunes",
    structure=STRUCTURE + " membre.id_menage membre.id_personne demande.date_demande participation.id_personne",
    origines={
        "canal": "demande.id_menage",
        "effectif": "acte.effectif_anonyme",
        "a_dossier": "",
        "qpv": "demande.qpv acte.qpv",
    },
)
def frequentation(ctx: Contexte) -> pl.LazyFrame:
    """Jeunes touchés, une ligne par façon de l'être : avec ou sans dossier, en atelier (distincts), par « aller vers ».

    Le canal vaut `dossier`, `sans_dossier`, `atelier` ou `aller_vers`. `a_dossier` dit si le participant d'un atelier
    est déjà compté par son dossier ; `effectif` vaut 1 par personne identifiée et le compte déclaré pour les actions
    sans identité.
    """
    un = pl.lit(1, pl.Int64).alias("effectif")
    dossiers = (
        ctx.membres.join(ctx.situations, on="id_menage", how="semi")
        .join(ctx.demandes_menage.select("id_menage", "qpv"), on="id_menage", how="left")
        .sort("id_personne", "qpv", nulls_last=True)
        .unique("id_personne", keep="first", maintain_order=True)
        .select(pl.lit("dossier").alias("canal"), un, pl.lit("oui").alias("a_dossier"), "qpv")
    )
    sans_dossier = (
        ctx.table("demande")
        .filter(ctx.dans_periode("date_demande") & pl.col("id_menage").is_null())
        .select(pl.lit("sans_dossier").alias("canal"), un, pl.lit("non").alias("a_dossier"), "qpv")
    )
    participations = participations_ateliers(ctx)
    participants = (
        participations.filter(pl.col("id_personne").is_not_null())
        .unique("id_personne", keep="first")
        .select(pl.lit("atelier").alias("canal"), un, "a_dossier", pl.lit(None, pl.String).alias("qpv"))
    )
    anonymes = participations.filter(pl.col("id_personne").is_null()).select(
        pl.lit("atelier").alias("canal"), "effectif", "a_dossier", pl.lit(None, pl.String).alias("qpv")
    )
    aller_vers = ctx.actes.filter(ctx.dans_periode("date") & (pl.col("type_acte") == "ALLER_VERS")).select(
        pl.lit("aller_vers").alias("canal"),
        pl.col("effectif_anonyme").fill_null(0).alias("effectif"),
        pl.lit("non").alias("a_dossier"),
        "qpv",
    )
    return pl.concat([dossiers, sans_dossier, participants, anonymes, aller_vers])
