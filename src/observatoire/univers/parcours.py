"""Parcours : entrées, sorties, ce qui les termine et où ils mènent."""

from __future__ import annotations

import polars as pl

from observatoire import regles
from observatoire.modele import NON_RENSEIGNE
from observatoire.periode import JOURS_PAR_MOIS
from observatoire.univers.contexte import Contexte, univers
from observatoire.univers.passages import avec_passages

STRUCTURE = "mesure.id_menage mesure.date_debut mesure.date_fin sejour.id_menage sejour.date_entree sejour.date_sortie"
# Ce qui se lit dans une photo de sortie dépend aussi du moment noté : sans photo de sortie, cela seul est retenu.
LOGEMENT_SORTIE = "situation.logement situation.moment"
EMPLOI_SORTIE = "situation.emploi situation.moment"
UNITE_SORTIE = {
    "parcours": ["id_menage", "id_parcours"],
    "episode": ["id_menage", "id_episode"],
    "menage": ["id_menage"],
}
TRANCHES_DUREE = ((6, "moins de 6 mois"), (12, "6-11 mois"), (18, "12-17 mois"), (24, "18-23 mois"))
DERNIERE_TRANCHE = "24 mois et plus"


def tranche_duree() -> pl.Expr:
    """Tranche de durée en mois révolus : une durée de 11,9 mois est dans « 6-11 mois », sans trou."""
    revolus = (pl.col("duree_jours") / JOURS_PAR_MOIS).floor()
    expression = pl.when(revolus.is_null()).then(pl.lit(None, pl.String))
    for borne, libelle in TRANCHES_DUREE:
        expression = expression.when(revolus < borne).then(pl.lit(libelle))
    return expression.otherwise(pl.lit(DERNIERE_TRANCHE))


def unites(ctx: Contexte) -> pl.LazyFrame:
    """Les unités de sortie (réglage `base_sorties`) : debut, fin (vide si un épisode court encore), premier et
    dernier épisode, motif du dernier."""
    cle = UNITE_SORTIE[ctx.parametres.base_sorties]
    en_cours = pl.col("fin").is_null().any()
    return (
        ctx.episodes.sort("id_menage", "debut", pl.col("fin").fill_null(regles.INFINI), "id_episode")
        .group_by(cle, maintain_order=True)
        .agg(
            pl.col("debut").min(),
            pl.when(en_cours).then(None).otherwise(pl.col("fin").max()).alias("fin"),
            pl.col("id_episode").first().alias("premier_episode"),
            pl.col("id_episode").last().alias("dernier_episode"),
            pl.col("motif_fin").last(),
            pl.col("type_mesure").drop_nulls().last(),
            pl.col("territoire").drop_nulls().last(),
        )
    )


def unites_terminees(ctx: Contexte) -> pl.LazyFrame:
    """Les unités de sortie dont la fin tombe dans la période ; un passage vers un service lié n'est pas une sortie."""
    return avec_passages(ctx, unites(ctx)).filter(ctx.dans_periode("fin") & pl.col("passe_a").is_null())


@univers(
    unite="parcours",
    structure=STRUCTURE,
    origines={"entre": "", "sort": "", "type_mesure": "mesure.type_mesure", "territoire": "mesure.territoire"},
)
def parcours_de_la_periode(ctx: Contexte) -> pl.LazyFrame:
    """Parcours qui commencent ou se terminent dans la période ; un passage entre services liés n'en est pas un."""
    return (
        avec_passages(ctx, unites(ctx))
        .with_columns(
            (ctx.dans_periode("debut") & pl.col("vient_de").is_null()).alias("entre"),
            (ctx.dans_periode("fin") & pl.col("passe_a").is_null()).alias("sort"),
        )
        .filter(pl.col("entre") | pl.col("sort"))
    )


@univers(
    unite="parcours",
    structure=STRUCTURE,
    origines={
        "mois": "",
        "entre": "",
        "sort": "",
        "type_mesure": "mesure.type_mesure",
        "territoire": "mesure.territoire",
    },
)
def mouvements_mensuels(ctx: Contexte) -> pl.LazyFrame:
    """Une ligne par entrée et une par sortie de la période, chacune au mois où elle tombe."""
    parcours, aucun = parcours_de_la_periode(ctx), pl.lit(False)
    return pl.concat(
        [
            parcours.filter("entre").with_columns(_mois_de(ctx, "debut"), aucun.alias("sort")),
            parcours.filter("sort").with_columns(_mois_de(ctx, "fin"), aucun.alias("entre")),
        ]
    )


def _mois_de(ctx: Contexte, colonne: str) -> pl.Expr:
    """Le mois de la période où tombe un jour, « AAAA-MM » : ceux d'une période décalée commencent en cours de mois."""
    mois = ctx.periode.mois()
    premiers = [debut for _, debut, _ in mois[1:]]
    noms = pl.Series([nom for nom, _, _ in mois])
    rang = sum((pl.col(colonne) >= premier).cast(pl.Int64) for premier in premiers)
    return pl.lit(noms).gather(rang).alias("mois")


@univers(
    unite="parcours",
    structure=STRUCTURE,
    origines={"prolonge": "", "type_mesure": "mesure.type_mesure", "territoire": "mesure.territoire"},
)
def parcours_suivis(ctx: Contexte) -> pl.LazyFrame:
    """Parcours ayant un jour dans la période, et si leur durée, à leur fin ou au dernier jour de la période, dépasse
    la durée maximale du service.

    `prolonge` : ce dépassement de `duree_max` ; vide si le service n'a pas de durée maximale.
    """
    maximum = ctx.parametres.duree_max
    arret = pl.min_horizontal(pl.col("fin").fill_null(ctx.periode.fin), pl.lit(ctx.periode.fin))
    terme = pl.col("debut").dt.offset_by(f"{maximum or 0}mo")
    prolonge = pl.lit(None, pl.Boolean) if maximum is None else arret > terme
    return (
        unites(ctx).filter(regles.present(ctx.periode.debut, ctx.periode.fin)).with_columns(prolonge.alias("prolonge"))
    )


@univers(
    unite="parcours",
    structure=STRUCTURE,
    origines={
        "motif_fin": "mesure.motif_fin sejour.motif_fin",
        "logement_entree": "situation.logement",
        "logement_sortie": LOGEMENT_SORTIE,
        "sortie_connue": LOGEMENT_SORTIE,
        "base_sortie": LOGEMENT_SORTIE,
        "sortie_logement": LOGEMENT_SORTIE,
        "sortie_positive": LOGEMENT_SORTIE,
        "duree_jours": "",
        "duree_tranche": "",
        "deja_reloge": "relogement.date",
        "type_mesure": "mesure.type_mesure",
        "territoire": "mesure.territoire",
    },
)
def parcours_termines(ctx: Contexte) -> pl.LazyFrame:
    """Parcours dont la fin tombe dans la période, avec le logement au début et à la fin."""
    p = ctx.parametres
    entree = ctx.photo_episode("entree", "debut").rename({"id_episode": "premier_episode"})
    sortie = ctx.photo_episode("sortie", "fin").rename({"id_episode": "dernier_episode"})
    relogements = (
        ctx.table("relogement")
        .filter(pl.col("parc").ne_missing("MAINTIEN"))
        .group_by("id_menage")
        .agg(pl.col("date").min().alias("_reloge"))
    )
    connue = regles.renseigne("logement_sortie") & (pl.col("logement_sortie") != "INCONNU").fill_null(False)
    return (
        unites_terminees(ctx)
        .join(entree.rename({"logement": "logement_entree"}), on="premier_episode", how="left")
        .join(sortie.rename({"logement": "logement_sortie"}), on="dernier_episode", how="left")
        .join(relogements, on="id_menage", how="left")
        .with_columns(
            connue.alias("sortie_connue"),
            pl.col("logement_sortie").is_in(p.sorties_logement).fill_null(False).alias("sortie_logement"),
            pl.col("logement_sortie").is_in(p.sorties_positives).fill_null(False).alias("sortie_positive"),
            regles.duree_jours().alias("duree_jours"),
            pl.when((pl.col("_reloge") <= pl.col("fin")).fill_null(False))
            .then(pl.lit("oui"))
            .otherwise(pl.lit("non"))
            .alias("deja_reloge"),
        )
        .with_columns(
            tranche_duree().alias("duree_tranche"),
            pl.col("motif_fin", "logement_entree", "logement_sortie").fill_null(NON_RENSEIGNE),
        )
        .with_columns(
            (pl.col("sortie_connue") if p.denominateur_sortie == "connues" else pl.lit(True)).alias("base_sortie")
        )
    )


@univers(
    unite="relogements",
    structure="relogement.date relogement.id_menage",
    origines={
        "parc": "relogement.parc",
        "bailleur": "relogement.bailleur",
        "contingent": "relogement.contingent",
        "commune": "relogement.commune",
    },
)
def issues(ctx: Contexte) -> pl.LazyFrame:
    """Issues logement datées dans la période, maintiens compris."""
    return (
        ctx.table("relogement").filter(ctx.dans_periode("date")).with_columns(pl.col("parc").fill_null(NON_RENSEIGNE))
    )


@univers(
    unite="relogements",
    structure="relogement.date relogement.id_menage relogement.parc",
    origines={
        "parc": "relogement.parc",
        "bailleur": "relogement.bailleur",
        "contingent": "relogement.contingent",
        "commune": "relogement.commune",
    },
)
def relogements_de_la_periode(ctx: Contexte) -> pl.LazyFrame:
    """Accès au logement datés dans la période, hors maintiens."""
    return issues(ctx).filter(pl.col("parc") != "MAINTIEN")
