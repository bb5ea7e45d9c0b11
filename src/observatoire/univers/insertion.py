"""Adultes qui sortent, adultes présents à l'enquête, parcours d'insertion terminés : où en est l'emploi."""

from __future__ import annotations

import polars as pl

from observatoire import regles
from observatoire.modele import NON_RENSEIGNE
from observatoire.periode import JOURS_PAR_MOIS
from observatoire.univers.contexte import Contexte, univers
from observatoire.univers.emploi import contrats_de_la_periode
from observatoire.univers.parcours import EMPLOI_SORTIE, LOGEMENT_SORTIE, parcours_termines, unites

EPISODES = "mesure.id_menage mesure.date_debut mesure.date_fin sejour.id_menage sejour.date_entree sejour.date_sortie"
PERSONNE = {"genre": "personne.genre", "age_tranche": "personne.naissance"}
INCONNUE = "inconnue"


def _personnes_des_episodes(ctx: Contexte) -> pl.LazyFrame:
    """Chaque épisode et chaque personne qu'il concerne : celle du séjour nominatif, sinon les membres du ménage."""
    episodes = ctx.episodes.select(
        "id_menage", "id_parcours", "id_episode", "id_mesure", "id_sejour", "id_personne", "debut", "fin"
    )
    nominatifs = episodes.filter(pl.col("id_personne").is_not_null())
    membres = ctx.table("membre").select(
        "id_menage", "id_personne", pl.col("debut").alias("_du"), pl.col("fin").fill_null(regles.INFINI).alias("_au")
    )
    referents = (
        ctx.table("menage")
        .filter(pl.col("id_referent").is_not_null())
        .select("id_menage", pl.col("id_referent").alias("id_personne"))
    )
    appartenances = pl.concat([membres, referents], how="diagonal")
    dedans = (pl.col("_du") <= pl.col("fin")).fill_null(True) & (pl.col("_au") >= pl.col("fin")).fill_null(True)
    collectifs = (
        episodes.filter(pl.col("id_personne").is_null())
        .drop("id_personne")
        .join(appartenances, on="id_menage", how="inner")
        .filter(dedans)
        .drop("_du", "_au")
        .unique(["id_episode", "id_personne"])
    )
    return pl.concat([nominatifs, collectifs], how="diagonal")


def _emploi_a(ctx: Contexte, lignes: pl.LazyFrame, moment: str) -> pl.LazyFrame:
    """Ajoute `emploi` : la photo de la personne liée à son épisode, sinon la plus proche de `fin`, à 31 jours."""
    photos = ctx.photos.filter(pl.col("moment") == moment).select(
        "id_menage",
        "id_personne",
        "emploi",
        pl.col("id_mesure").alias("_mesure"),
        pl.col("id_sejour").alias("_sejour"),
        pl.col("date").alias("_date"),
    )
    liee = (pl.col("_mesure") == pl.col("id_mesure")).fill_null(False) | (
        pl.col("_sejour") == pl.col("id_sejour")
    ).fill_null(False)
    libre = pl.col("_mesure").is_null() & pl.col("_sejour").is_null()
    ecart = (pl.col("_date") - pl.col("fin")).dt.total_days().abs()
    choisies = (
        lignes.select("id_episode", "id_menage", "id_personne", "id_mesure", "id_sejour", "fin")
        .join(photos, on=["id_menage", "id_personne"], how="inner")
        .with_columns(liee.alias("_liee"), ecart.alias("_ecart"))
        .filter(pl.col("_liee") | (libre & (pl.col("_ecart") <= regles.ECART_PHOTO_MAX)).fill_null(False))
        .sort("id_episode", "id_personne", pl.col("_liee").not_(), "_ecart", "_date", "emploi")
        .group_by("id_episode", "id_personne", maintain_order=True)
        .agg(pl.col("emploi").first())
    )
    return lignes.join(choisies, on=["id_episode", "id_personne"], how="left")


def _adultes(ctx: Contexte, lignes: pl.LazyFrame, jour: str) -> pl.LazyFrame:
    """Ajoute le genre et la tranche d'âge, et ne garde que les adultes ; un âge inconnu est gardé."""
    personnes = ctx.table("personne").select("id_personne", "naissance", "genre")
    return (
        lignes.join(personnes, on="id_personne", how="left")
        .with_columns(regles.age("naissance", jour).alias("age"))
        .filter(pl.col("age").is_null() | (pl.col("age") >= ctx.parametres.age_adulte))
        .with_columns(regles.tranche_age("age", ctx.parametres.bornes_age).alias("age_tranche"))
    )


@univers(
    unite="personnes",
    structure=EPISODES + " sejour.id_personne membre.id_personne personne.naissance",
    origines={**PERSONNE, "emploi_sortie": EMPLOI_SORTIE, "en_emploi": EMPLOI_SORTIE, "base_sortie": ""},
)
def adultes_sortis(ctx: Contexte) -> pl.LazyFrame:
    """Adultes dont le parcours se termine dans la période, avec leur situation d'emploi à la sortie.

    Un séjour nominatif fait sortir sa personne, même si son ménage reste ; un épisode du ménage fait sortir ses
    membres. Une personne sortie deux fois compte deux fois.
    """
    cle = ["id_menage", "id_parcours", "id_personne"]
    en_cours = pl.col("fin").is_null().any()
    sortis = (
        _personnes_des_episodes(ctx)
        .sort(*cle, "debut", pl.col("fin").fill_null(regles.INFINI), "id_episode")
        .group_by(cle, maintain_order=True)
        .agg(
            pl.when(en_cours).then(None).otherwise(pl.col("fin").max()).alias("fin"),
            pl.col("id_episode", "id_mesure", "id_sejour").last(),
        )
        .filter(ctx.dans_periode("fin"))
    )
    p = ctx.parametres
    connue = regles.renseigne("emploi")
    base = connue if p.denominateur_sortie == "connues" else pl.lit(True)
    return _emploi_a(ctx, _adultes(ctx, sortis, "fin"), "sortie").with_columns(
        pl.col("emploi").is_in(p.emplois_en_activite).fill_null(False).alias("en_emploi"),
        base.alias("base_sortie"),
        pl.col("emploi").fill_null(NON_RENSEIGNE).alias("emploi_sortie"),
    )


@univers(
    unite="personnes",
    structure=EPISODES + " situation.moment situation.date personne.naissance",
    origines={
        **PERSONNE,
        "connus": "situation.emploi",
        "insere_entree": "situation.emploi",
        "insere_enquete": "situation.emploi",
        "emploi_entree": "situation.emploi",
        "emploi_enquete": "situation.emploi",
    },
)
def adultes_a_l_enquete(ctx: Contexte) -> pl.LazyFrame:
    """Adultes présents au jour de leur dernière enquête de la période, avec l'emploi à l'entrée et à l'enquête.

    La même population aux deux dates : `connus` dit si les deux situations le sont.
    """
    cle = ["id_menage", "id_personne"]
    photos = ctx.photos.select(*cle, "moment", "date", "emploi").sort(*cle, "date")
    enquete = (
        photos.filter((pl.col("moment") == "enquete") & ctx.dans_periode("date"))
        .group_by(cle, maintain_order=True)
        .agg(pl.col("date").last(), pl.col("emploi").last().alias("emploi_enquete"))
    )
    presents = (
        enquete.join(ctx.episodes.select("id_menage", "debut", "fin"), on="id_menage", how="inner")
        .filter((pl.col("debut") <= pl.col("date")) & (pl.col("fin").fill_null(regles.INFINI) > pl.col("date")))
        .select(cle)
        .unique()
    )
    entree = (
        photos.filter(pl.col("moment") == "entree")
        .join(enquete.select(*cle, pl.col("date").alias("_enquete")), on=cle, how="inner")
        .filter(pl.col("date") <= pl.col("_enquete"))
        .group_by(cle, maintain_order=True)
        .agg(pl.col("emploi").last().alias("emploi_entree"))
    )
    inseres = ctx.parametres.emplois_insertion
    return _adultes(
        ctx, enquete.join(presents, on=cle, how="semi").join(entree, on=cle, how="left"), "date"
    ).with_columns(
        (regles.renseigne("emploi_entree") & regles.renseigne("emploi_enquete")).alias("connus"),
        pl.col("emploi_entree").is_in(inseres).fill_null(False).alias("insere_entree"),
        pl.col("emploi_enquete").is_in(inseres).fill_null(False).alias("insere_enquete"),
    )


def _parcours_insertion(ctx: Contexte) -> pl.LazyFrame:
    """Parcours terminés dans la période, avec l'emploi à la sortie, sa catégorie et s'ils entrent dans le calcul."""
    p = ctx.parametres
    sortie = ctx.photo_episode("sortie", "fin", "emploi").rename(
        {"id_episode": "dernier_episode", "emploi": "emploi_sortie"}
    )
    categorie = (
        pl.when(pl.col("emploi_sortie").is_in(p.sorties_durables))
        .then(pl.lit("durable"))
        .when(pl.col("emploi_sortie").is_in(p.sorties_transition))
        .then(pl.lit("transition"))
        .when(pl.col("emploi_sortie").is_in(p.sorties_positives_iae))
        .then(pl.lit("positive"))
        .when(regles.renseigne("emploi_sortie"))
        .then(pl.lit("autre"))
        .otherwise(pl.lit(INCONNUE))
    )
    assez_long = regles.duree_jours() / JOURS_PAR_MOIS >= p.duree_minimale_sortie
    neutralise = pl.col("motif_fin").is_in(p.sorties_retirees).fill_null(False)
    return (
        unites(ctx)
        .filter(ctx.dans_periode("fin"))
        .join(sortie, on="dernier_episode", how="left")
        .with_columns(
            categorie.alias("categorie_sortie"),
            pl.when(neutralise).then(pl.lit("motif")).when(~assez_long).then(pl.lit("duree")).alias("raison_retrait"),
            pl.col("emploi_sortie", "motif_fin").fill_null(NON_RENSEIGNE),
        )
    )


@univers(
    unite="parcours",
    structure=EPISODES + " mesure.motif_fin sejour.motif_fin",
    origines={"categorie_sortie": EMPLOI_SORTIE, "emploi_sortie": EMPLOI_SORTIE},
)
def sorties_insertion(ctx: Contexte) -> pl.LazyFrame:
    """Parcours d'insertion terminés dans la période qui entrent dans le calcul des sorties.

    Hors du calcul : les parcours plus courts que `duree_minimale_sortie` et ceux que leur motif retire
    (`sorties_retirees`). La catégorie se lit dans la situation d'emploi à la sortie.
    """
    return _parcours_insertion(ctx).filter(pl.col("raison_retrait").is_null())


@univers(
    unite="parcours",
    structure=EPISODES,
    origines={"raison_retrait": "mesure.motif_fin sejour.motif_fin", "motif_fin": "mesure.motif_fin sejour.motif_fin"},
)
def sorties_retirees_du_calcul(ctx: Contexte) -> pl.LazyFrame:
    """Parcours d'insertion terminés dans la période et laissés hors du calcul : trop courts, ou motif retiré."""
    return _parcours_insertion(ctx).filter(pl.col("raison_retrait").is_not_null())


@univers(
    unite="contrats",
    structure="contrat_travail.id_personne contrat_travail.date_debut contrat_travail.date_fin",
    origines={
        "etp": "contrat_travail.heures",
        "id_personne": "",
        "type_contrat": "contrat_travail.type_contrat",
        "employeur_type": "contrat_travail.employeur_type",
    },
)
def contrats_en_etp(ctx: Contexte) -> pl.LazyFrame:
    """Contrats ayant un jour dans la période, leurs heures de la période converties en équivalents temps plein."""
    return contrats_de_la_periode(ctx).with_columns((pl.col("heures_periode") / ctx.parametres.heures_etp).alias("etp"))


@univers(
    unite="parcours",
    structure=EPISODES,
    origines={
        "frein_entree": "situation.logement",
        "frein_leve": LOGEMENT_SORTIE,
        "logement_entree": "situation.logement",
        "logement_sortie": LOGEMENT_SORTIE,
    },
)
def freins_logement(ctx: Contexte) -> pl.LazyFrame:
    """Parcours terminés dans la période : frein logement à l'entrée, levé ou non à la sortie."""
    difficiles = ctx.parametres.logements_difficiles
    difficile = pl.col("logement_entree").is_in(difficiles).fill_null(False)
    leve = pl.col("sortie_connue") & ~pl.col("logement_sortie").is_in(difficiles).fill_null(False)
    return parcours_termines(ctx).with_columns(difficile.alias("frein_entree"), (difficile & leve).alias("frein_leve"))
