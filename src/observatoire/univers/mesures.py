"""Mesures d'accompagnement : exercées, débutées, terminées, notifiées, mois par mois."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from observatoire import regles
from observatoire.periode import JOURS_PAR_MOIS
from observatoire.univers.contexte import Contexte, univers
from observatoire.univers.menages import IDENTITE, PHOTO, profil_menages

DATES = "mesure.date_debut mesure.date_fin mesure.id_menage"
FICHE = {
    "volet": "mesure.volet",
    "rang": "mesure.rang",
    "type_mesure": "mesure.type_mesure",
    "intensite": "mesure.intensite",
    "territoire": "mesure.territoire",
    "prolongation_exceptionnelle": "mesure.prolongation_exceptionnelle",
    "id_menage": "mesure.id_menage",
}


@univers(unite="mesures", structure=DATES, origines={**FICHE, "points": "mesure.coefficient mesure.intensite"})
def mesures_exercees(ctx: Contexte) -> pl.LazyFrame:
    """Mesures démarrées ayant au moins un jour dans la période."""
    jours = regles.jours_dans(ctx.periode.debut, ctx.periode.fin)
    duree = jours / ctx.periode.jours if ctx.parametres.ponderation == "duree" else pl.lit(1.0)
    return ctx.mesures.filter(
        pl.col("debut").is_not_null() & regles.present(ctx.periode.debut, ctx.periode.fin)
    ).with_columns((pl.col("coefficient") * duree).alias("points"))


@univers(
    unite="mesures",
    structure=DATES,
    origines={**FICHE, **PHOTO, **IDENTITE, "garde": "membre.garde", "prescripteur": "demande.prescripteur"},
)
def mesures_debutees(ctx: Contexte) -> pl.LazyFrame:
    """Mesures dont le début retenu tombe dans la période, avec le profil du ménage."""
    profil = profil_menages(ctx).select(
        "id_menage",
        "composition",
        "logement_entree",
        "emploi",
        "protection",
        "ressource_principale",
        "age",
        "age_tranche",
        "genre",
        "parcours_ase",
        "prise_en_charge",
        "garde",
        "prescripteur",
    )
    return ctx.mesures.filter(ctx.dans_periode("debut")).join(profil, on="id_menage", how="left")


@univers(unite="mesures", structure=DATES, origines={**FICHE, "objectif_atteint": "mesure.objectif_atteint"})
def mesures_terminees(ctx: Contexte) -> pl.LazyFrame:
    """Mesures démarrées dont la fin tombe dans la période."""
    return ctx.mesures.filter(pl.col("debut").is_not_null() & ctx.dans_periode("fin"))


@univers(
    unite="mesures",
    structure="mesure.date_notification mesure.id_menage",
    origines={**FICHE, "demarree": "mesure.date_debut", "motif_fin": "mesure.motif_fin"},
)
def mesures_notifiees(ctx: Contexte) -> pl.LazyFrame:
    """Mesures notifiées dans la période, démarrées ou non."""
    return ctx.mesures.filter(ctx.dans_periode("date_notification")).with_columns(
        pl.col("date_debut").is_not_null().alias("demarree")
    )


def _liens(ctx: Contexte, colonne: str) -> pl.LazyFrame:
    """Une ligne par (mesure terminée, modalité de `colonne`), plus une ligne par mesure qui porte la base."""
    terminees = mesures_terminees(ctx).select("id_mesure", "type_mesure", "territoire")
    cites = (
        ctx.actes.filter(pl.col("id_mesure").is_not_null() & pl.col(colonne).is_not_null())
        .select("id_mesure", colonne)
        .unique()
        .join(terminees, on="id_mesure", how="inner")
        .with_columns(pl.lit(False).alias("base"))
    )
    base = terminees.with_columns(pl.lit(None, pl.String).alias(colonne), pl.lit(True).alias("base"))
    return pl.concat([cites, base], how="diagonal")


@univers(
    unite="mesures",
    structure=DATES + " acte.id_mesure",
    origines={
        "theme": "acte.theme",
        "base": "",
        "type_mesure": "mesure.type_mesure",
        "territoire": "mesure.territoire",
    },
)
def themes_des_mesures(ctx: Contexte) -> pl.LazyFrame:
    """Thèmes travaillés dans chaque mesure terminée, une fois par mesure, toutes dates d'acte."""
    return _liens(ctx, "theme")


@univers(
    unite="mesures",
    structure=DATES + " acte.id_mesure",
    origines={
        "partenaire": "acte.partenaire",
        "base": "",
        "type_mesure": "mesure.type_mesure",
        "territoire": "mesure.territoire",
    },
)
def partenaires_des_mesures(ctx: Contexte) -> pl.LazyFrame:
    """Partenaires sollicités dans chaque mesure terminée, une fois par mesure."""
    return _liens(ctx, "partenaire")


@univers(
    unite="mesures",
    structure=DATES,
    origines={
        "objectif": "mesure.objectifs",
        "base": "",
        "type_mesure": "mesure.type_mesure",
        "intensite": "mesure.intensite",
        "territoire": "mesure.territoire",
    },
)
def objectifs_des_mesures(ctx: Contexte) -> pl.LazyFrame:
    """Objectifs fixés au début des mesures exercées : une ligne par objectif, plus une par mesure renseignée."""
    renseignees = (
        mesures_exercees(ctx)
        .filter(regles.renseigne("objectifs"))
        .select("id_mesure", "objectifs", "type_mesure", "intensite", "territoire")
    )
    fixes = (
        renseignees.with_columns(pl.col("objectifs").str.split("|").alias("objectif"), pl.lit(False).alias("base"))
        .explode("objectif")
        .unique(["id_mesure", "objectif"])
    )
    base = renseignees.with_columns(pl.lit(None, pl.String).alias("objectif"), pl.lit(True).alias("base"))
    return pl.concat([fixes, base], how="diagonal")


@univers(
    unite="mois-ménages",
    structure=DATES + " sejour.date_entree sejour.date_sortie",
    origines={"mois": "", "presence": "", "mois_mesure": "", "territoire": "mesure.territoire"},
)
def mois_menages(ctx: Contexte) -> pl.LazyFrame:
    """Une ligne par ménage et par mois : sa présence dans le mois, comptée comme le service l'a choisi.

    `presence` vaut 1 (mois entamé, dernier jour du mois) ou la part de jours distincts du mois (prorata) ;
    `mois_mesure` est ce que le mois apporte aux mois-mesures.
    """
    regle = ctx.parametres.regle_mois
    lignes = []
    for mois, debut, fin in ctx.periode.mois():
        nom = pl.lit(mois).alias("mois")
        if regle == "prorata":
            jours = (fin - debut).days
            distincts = regles.jours_distincts(ctx.presents, "id_menage")
            presence = (
                distincts.with_columns(regles.jours_dans(debut, fin).alias("_j"))
                .group_by("id_menage")
                .agg((pl.col("_j").sum() / jours).alias("presence"))
            )
            mesure = (
                ctx.presents.with_columns(regles.jours_dans(debut, fin).alias("_j"))
                .group_by("id_menage")
                .agg((pl.col("_j").sum() / JOURS_PAR_MOIS).alias("mois_mesure"))
            )
            du_mois = presence.join(mesure, on="id_menage").filter(pl.col("mois_mesure") > 0)
        else:
            dernier = fin - timedelta(days=1)
            filtre = regles.present_le(dernier) if regle == "dernier_jour" else regles.present(debut, fin)
            du_mois = (
                ctx.episodes.filter(filtre)
                .select("id_menage")
                .unique()
                .with_columns(pl.lit(1.0).alias("presence"), pl.lit(1.0).alias("mois_mesure"))
            )
        lignes.append(du_mois.with_columns(nom))
    return pl.concat(lignes).join(ctx.territoires, on="id_menage", how="left")
