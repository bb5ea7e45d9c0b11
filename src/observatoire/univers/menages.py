"""Ménages et personnes suivis dans la période, avec leur profil."""

from __future__ import annotations

import polars as pl

from observatoire import regles
from observatoire.modele import SANS_OBJET
from observatoire.reperes import lire_repere
from observatoire.univers.contexte import Contexte, univers

STRUCTURE = "mesure.id_menage mesure.date_debut mesure.date_fin sejour.date_entree sejour.date_sortie"
# Un service d'accueil n'a ni mesure ni séjour : ses ménages suivis sont ceux qui ont un acte.
SITUATIONS = "acte.date acte.id_menage"
PHOTO = {
    "composition": "situation.composition",
    "logement_entree": "situation.logement",
    "emploi": "situation.emploi",
    "ressource_principale": "situation.ressource_principale",
    "protection": "situation.protection",
}
IDENTITE = {
    "age": "personne.naissance situation.date",
    "age_tranche": "personne.naissance situation.date",
    "genre": "personne.genre",
    "parcours_ase": "personne.parcours_ase",
    "prise_en_charge": "personne.prise_en_charge",
}
DEMANDE = {
    "prescripteur": "demande.prescripteur",
    "qpv": "demande.qpv",
    "motif": "demande.motif",
    "commune_origine": "demande.commune_origine",
    "epci": "demande.commune_origine",
}
PROFIL = {
    **PHOTO,
    **IDENTITE,
    **DEMANDE,
    "ressources_centimes": "situation.ressources",
    "ressources_tranche": "situation.ressources",
    "sous_seuil_pauvrete": "situation.ressources situation.nb_14_et_plus situation.nb_moins_14",
    "seuil_faible": "",
    "logement_difficile": "situation.logement",
    "action_logement": "situation.emploi",
    "releve_action_logement": "situation.emploi",
    "territoire": "mesure.territoire",
}


def _photo(ctx: Contexte, par: str) -> pl.LazyFrame:
    return ctx.photo_profil(par).select(
        par,
        pl.col("date").alias("date_photo"),
        pl.col("logement").alias("logement_entree"),
        "composition",
        "emploi",
        "protection",
        "ressource_principale",
        "ressources",
        "nb_adultes",
        "nb_14_et_plus",
        "nb_moins_14",
    )


def _avec_identite(ctx: Contexte, lignes: pl.LazyFrame) -> pl.LazyFrame:
    """Ajoute genre, parcours ASE, âge à la photo et tranche d'âge, par `id_personne`."""
    personnes = ctx.table("personne").select("id_personne", "naissance", "genre", "parcours_ase", "prise_en_charge")
    return (
        lignes.join(personnes, on="id_personne", how="left")
        .with_columns(regles.age("naissance", "date_photo").alias("age"))
        .with_columns(regles.tranche_age("age", ctx.parametres.bornes_age).alias("age_tranche"))
    )


def profil_menages(ctx: Contexte) -> pl.LazyFrame:
    """Profil de chaque ménage suivi : sa photo, l'identité du référent, sa dernière demande, la garde."""
    referents = ctx.table("menage").select("id_menage", pl.col("id_referent").alias("id_personne"))
    gardes = (
        ctx.table("membre")
        .filter(pl.col("garde").is_not_null())
        .sort("id_menage", "garde")
        .group_by("id_menage", maintain_order=True)
        .agg(pl.col("garde").first())
    )
    lignes = (
        ctx.menages.join(_photo(ctx, "id_menage"), on="id_menage", how="left")
        .join(referents, on="id_menage", how="left")
        .join(ctx.demandes_menage, on="id_menage", how="left")
        .join(gardes, on="id_menage", how="left")
        .with_columns(pl.col("garde").fill_null(SANS_OBJET))
    )
    return _avec_identite(ctx, lignes)


@univers(
    unite="ménages",
    structure=STRUCTURE,
    situations=SITUATIONS,
    origines={
        **PHOTO,
        **IDENTITE,
        **DEMANDE,
        "garde": "membre.garde",
        "type_mesure": "mesure.type_mesure",
        "territoire": "mesure.territoire",
        "nouveau": "mesure.rang",
        "present_fin": "",
        "mois_impayes": "dette_mois.impaye",
        "dette_finale": "dette_mois.solde",
    },
)
def menages_suivis(ctx: Contexte) -> pl.LazyFrame:
    """Ménages ayant au moins un jour de mesure ou de séjour dans la période (une situation, à l'accueil)."""
    dernier = (
        ctx.presents.sort("id_menage", "debut", "id_episode")
        .group_by("id_menage", maintain_order=True)
        .agg(pl.col("type_mesure").drop_nulls().last(), pl.col("territoire").drop_nulls().last())
    )
    nouveaux = ctx.mesures.filter((pl.col("rang") == 1) & ctx.dans_periode("debut")).select("id_menage").unique()
    presents_fin = ctx.episodes.filter(regles.present_le(ctx.periode.dernier_jour)).select("id_menage").unique()
    mois = f"{ctx.periode.dernier_jour:%Y-%m}"
    premier = f"{ctx.periode.debut:%Y-%m}"
    dettes = (
        ctx.table("dette_mois")
        .filter(pl.col("mois").is_between(pl.lit(premier), pl.lit(mois)))
        .group_by("id_menage")
        .agg(
            (pl.col("impaye") == "oui").sum().cast(pl.Int64).alias("mois_impayes"),
            ((pl.col("mois") == mois) & (pl.col("solde") > 0)).any().alias("dette_finale"),
        )
    )
    return (
        profil_menages(ctx)
        .join(dernier, on="id_menage", how="left")
        .join(nouveaux.with_columns(pl.lit("oui").alias("nouveau")), on="id_menage", how="left")
        .join(presents_fin.with_columns(pl.lit(True).alias("present_fin")), on="id_menage", how="left")
        .join(dettes, on="id_menage", how="left")
        .with_columns(
            pl.col("nouveau").fill_null("non"),
            pl.col("present_fin").fill_null(False),
            pl.col("mois_impayes").fill_null(0),
            pl.col("dette_finale").fill_null(False),
        )
    )


@univers(
    unite="personnes",
    structure=STRUCTURE + " membre.id_menage",
    situations=SITUATIONS,
    origines=PROFIL,
)
def profils(ctx: Contexte) -> pl.LazyFrame:
    """Une ligne par unité de profil : le ménage (son référent), ou chaque personne si le service compte ainsi."""
    if ctx.parametres.unite_profil == "personne":
        lignes = (
            ctx.membres.join(_photo(ctx, "id_personne"), on="id_personne", how="left")
            .join(ctx.demandes_menage, on="id_menage", how="left")
            .sort("id_personne", "date_photo", nulls_last=True)
            .unique("id_personne", keep="first", maintain_order=True)
        )
        lignes = _avec_identite(ctx, lignes)
    else:
        lignes = profil_menages(ctx)
    seuil, _ = lire_repere(ctx.espace, "seuil_pauvrete_60_uc", ctx.periode.annee)
    ressources = (pl.col("ressources") * 100).cast(pl.Int64)
    p = ctx.parametres
    lignes = lignes.join(ctx.territoires, on="id_menage", how="left").with_columns(
        ressources.alias("ressources_centimes")
    )
    action_logement = pl.col("emploi").is_in(p.emplois_action_logement).fill_null(False)
    return lignes.with_columns(
        regles.tranche_montant("ressources_centimes", p.bornes_ressources).alias("ressources_tranche"),
        (pl.col("ressources").cast(pl.Float64) / regles.unites_consommation() < seuil).alias("sous_seuil_pauvrete"),
        (ressources < round(p.seuil_ressources_faibles * 100)).alias("seuil_faible"),
        pl.col("logement_entree").is_in(p.logements_difficiles).alias("logement_difficile"),
        action_logement.alias("action_logement"),
        pl.when(action_logement).then(pl.lit("oui")).otherwise(pl.lit("non")).alias("releve_action_logement"),
    )


@univers(
    unite="personnes",
    structure=STRUCTURE + " membre.id_menage",
    situations=SITUATIONS,
    origines=PROFIL,
)
def profils_ressources(ctx: Contexte) -> pl.LazyFrame:
    """Les profils à qui l'on demande leurs ressources.

    Un enfant sans ressource saisie n'est pas un « non renseigné » : il n'y est pas, sauf s'il est lui-même la personne
    de référence.
    """
    if ctx.parametres.unite_profil != "personne":
        return profils(ctx)
    referents = ctx.table("menage").select(pl.col("id_referent").alias("id_personne"), pl.lit(True).alias("_referent"))
    adulte = pl.col("age").is_null() | (pl.col("age") >= ctx.parametres.age_adulte)
    saisie = pl.col("ressources").is_not_null() | pl.col("ressource_principale").is_not_null()
    return (
        profils(ctx)
        .join(referents.drop_nulls().unique(), on="id_personne", how="left")
        .filter(adulte | saisie | pl.col("_referent").fill_null(False))
        .drop("_referent")
    )


@univers(
    unite="personnes",
    structure=STRUCTURE + " membre.id_menage membre.id_personne",
    situations=SITUATIONS,
    origines={**IDENTITE, **DEMANDE, "territoire": "mesure.territoire"},
)
def ages(ctx: Contexte) -> pl.LazyFrame:
    """Les personnes dont on compte l'âge, selon le service : référents, adultes ou tous."""
    if ctx.parametres.unite_profil == "personne":
        base = profils(ctx)
    elif ctx.parametres.population_age == "referent":
        base = profil_menages(ctx)
    else:
        dates = _photo(ctx, "id_menage").select("id_menage", "date_photo")
        membres = ctx.membres.join(dates, on="id_menage", how="left").join(
            ctx.demandes_menage, on="id_menage", how="left"
        )
        base = _avec_identite(ctx, membres.unique("id_personne", keep="first", maintain_order=True))
    if ctx.parametres.unite_profil != "personne":
        base = base.join(ctx.territoires, on="id_menage", how="left")
    if ctx.parametres.population_age == "adultes":
        base = base.filter(pl.col("age").is_null() | (pl.col("age") >= 18))
    return base


@univers(
    unite="personnes",
    structure=STRUCTURE + " membre.id_menage membre.id_personne",
    situations=SITUATIONS,
    origines={"genre": "personne.genre", "parcours_ase": "personne.parcours_ase"},
)
def personnes_suivies(ctx: Contexte) -> pl.LazyFrame:
    """Personnes distinctes, adultes et enfants, des ménages suivis dans la période."""
    personnes = ctx.table("personne").select("id_personne", "genre", "parcours_ase")
    return ctx.membres.select("id_personne").unique().join(personnes, on="id_personne", how="left")
