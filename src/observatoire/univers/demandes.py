"""Demandes reçues, décidées, et délais jusqu'à l'entrée."""

from __future__ import annotations

import polars as pl

from observatoire import regles
from observatoire.modele import NON_RENSEIGNE, SANS_OBJET
from observatoire.referentiels import communes
from observatoire.univers.contexte import Contexte, univers

FICHE = {
    "prescripteur": "demande.prescripteur",
    "organisme": "demande.organisme",
    "motif": "demande.motif",
    "commune_origine": "demande.commune_origine",
    "epci": "demande.commune_origine",
    "departement": "demande.commune_origine",
    "qpv": "demande.qpv",
    "suite": "demande.suite",
    "motif_suite": "demande.motif_suite",
    "volet": "demande.volet",
    "avec_dossier": "demande.id_menage",
    "territoire": "demande.territoire mesure.territoire",
    "composition": "situation.composition",
    "genre": "personne.genre",
    "age_tranche": "personne.naissance situation.date",
}


def _demandeurs(ctx: Contexte) -> pl.LazyFrame:
    """Le public de chaque demande : composition à la photo de demande la plus proche, genre et âge du référent."""
    photos = ctx.photos.filter(pl.col("moment") == "demande").select("id_menage", "composition", "date", "du_menage")
    referents = ctx.table("menage").select("id_menage", pl.col("id_referent").alias("id_personne"))
    personnes = ctx.table("personne").select("id_personne", "naissance", "genre")
    ecart = (pl.col("date") - pl.col("date_demande")).dt.total_days().abs()
    return (
        ctx.table("demande")
        .select("id_demande", "id_menage", "date_demande")
        .join(photos, on="id_menage", how="left")
        .with_columns(pl.when(ecart <= regles.ECART_PHOTO_MAX).then(ecart).alias("_ecart"))
        .sort("id_demande", "_ecart", pl.col("du_menage").not_(), "composition", nulls_last=True)
        .group_by("id_demande", maintain_order=True)
        .first()
        .with_columns(pl.when(pl.col("_ecart").is_not_null()).then(pl.col("composition", "date")))
        .join(referents, on="id_menage", how="left")
        .join(personnes, on="id_personne", how="left")
        .with_columns(pl.coalesce("date", "date_demande").alias("_jour"))
        .with_columns(regles.age("naissance", "_jour").alias("_age"))
        .select(
            "id_demande",
            "composition",
            "genre",
            regles.tranche_age("_age", ctx.parametres.bornes_age).alias("age_tranche"),
        )
    )


def _demandes(ctx: Contexte) -> pl.LazyFrame:
    """Les demandes du service avec leur public, leurs lieux, leur territoire (à défaut celui de la mesure qu'elles
    ont ouverte) et la présence d'un dossier."""
    mesures = (
        ctx.table("mesure")
        .filter(pl.col("id_demande").is_not_null())
        .sort("id_demande", "rang", "id_mesure")
        .group_by("id_demande", maintain_order=True)
        .agg(pl.col("territoire").first().alias("_territoire"))
    )
    lieux = communes(ctx.espace).select(pl.col("code").alias("commune_origine"), "epci", "departement")
    return (
        ctx.table("demande")
        .join(lieux, on="commune_origine", how="left")
        .join(mesures, on="id_demande", how="left")
        .with_columns(pl.coalesce("territoire", "_territoire").alias("territoire"))
        .join(_demandeurs(ctx), on="id_demande", how="left")
        .with_columns(
            pl.col("suite").fill_null(NON_RENSEIGNE),
            # Une demande admise n'a pas de motif de refus à donner : sans objet, et non à compléter.
            pl.when((pl.col("suite") == "ADMISE").fill_null(False))
            .then(pl.col("motif_suite").fill_null(SANS_OBJET))
            .otherwise(pl.col("motif_suite"))
            .alias("motif_suite"),
            pl.when(pl.col("id_menage").is_not_null())
            .then(pl.lit("oui"))
            .otherwise(pl.lit("non"))
            .alias("avec_dossier"),
        )
    )


@univers(unite="demandes", structure="demande.date_demande", origines=FICHE)
def demandes_recues(ctx: Contexte) -> pl.LazyFrame:
    """Demandes dont la date tombe dans la période ; la suite est celle connue à l'extraction."""
    return _demandes(ctx).filter(ctx.dans_periode("date_demande"))


@univers(
    unite="demandes",
    structure="demande.date_demande",
    origines={
        "difficulte": "demande.motifs_annexes",
        "base": "",
        "territoire": "demande.territoire mesure.territoire",
    },
)
def difficultes_des_demandes(ctx: Contexte) -> pl.LazyFrame:
    """Une ligne par (demande, difficulté annexe citée), plus une par demande renseignée, qui porte la base."""
    connues = (
        demandes_recues(ctx)
        .filter(pl.col("motifs_annexes").is_not_null() & (pl.col("motifs_annexes") != NON_RENSEIGNE))
        .select("id_demande", "motifs_annexes", "territoire")
    )
    citees = (
        connues.with_columns(pl.col("motifs_annexes").str.split("|").alias("difficulte"))
        .explode("difficulte")
        .with_columns(pl.col("difficulte").str.strip_chars(), pl.lit(False).alias("base"))
        .unique(["id_demande", "difficulte"])
    )
    base = connues.with_columns(pl.lit(None, pl.String).alias("difficulte"), pl.lit(True).alias("base"))
    return pl.concat([citees, base], how="diagonal")


@univers(unite="demandes", structure="demande.date_decision demande.suite", origines=FICHE)
def demandes_decidees(ctx: Contexte) -> pl.LazyFrame:
    """Demandes décidées dans la période, ni en cours ni en liste d'attente."""
    attente = ["EN_COURS", "LISTE_ATTENTE", NON_RENSEIGNE]
    return _demandes(ctx).filter(ctx.dans_periode("date_decision") & ~pl.col("suite").is_in(attente))


@univers(
    unite="admissions",
    structure="demande.date_demande mesure.date_debut mesure.id_demande mesure.rang sejour.date_entree",
    origines={"delai": "", "prescripteur": "demande.prescripteur"},
)
def admissions(ctx: Contexte) -> pl.LazyFrame:
    """Épisodes débutés dans la période reliés à leur demande, et les jours de la demande au début.

    `delai` : ces jours. Mesure de rang 1 par son `id_demande` ; séjour : le premier du ménage à partir de sa demande
    admise.
    """
    demandes = ctx.table("demande").select("id_demande", "id_menage", "date_demande", "suite", "prescripteur")
    mesures = (
        ctx.mesures.filter((pl.col("rang") == 1) & ctx.dans_periode("debut"))
        .select("id_demande", "debut")
        .join(demandes.drop("id_menage", "suite"), on="id_demande", how="inner")
    )
    sejours = (
        demandes.filter((pl.col("suite") == "ADMISE") & pl.col("id_menage").is_not_null())
        .join(
            ctx.episodes.filter(pl.col("id_sejour").is_not_null()).select("id_menage", "debut"),
            on="id_menage",
            how="inner",
        )
        .filter(pl.col("debut") >= pl.col("date_demande"))
        .sort("id_demande", "debut")
        .group_by("id_demande", maintain_order=True)
        .agg(pl.col("debut").first(), pl.col("date_demande").first(), pl.col("prescripteur").first())
        .filter(ctx.dans_periode("debut"))
    )
    return pl.concat([mesures, sejours], how="diagonal").with_columns(
        (pl.col("debut") - pl.col("date_demande")).dt.total_days().alias("delai")
    )
