"""Orientation : demandes en attente à la fin de la période, demandeurs, diagnostics rendus."""

from __future__ import annotations

import polars as pl

from observatoire import regles
from observatoire.modele import NON_RENSEIGNE
from observatoire.periode import JOURS_PAR_MOIS
from observatoire.univers.actes import participations_ateliers
from observatoire.univers.contexte import Contexte, univers
from observatoire.univers.demandes import demandes_recues
from observatoire.univers.menages import personnes_suivies

EN_ATTENTE = ["EN_COURS", "LISTE_ATTENTE", NON_RENSEIGNE]
TRANCHES_ATTENTE = ((1, "moins d'un mois"), (3, "1-2 mois"), (6, "3-5 mois"), (12, "6-11 mois"))
DERNIERE_ATTENTE = "12 mois et plus"
FICHE = {
    "volet": "demande.volet",
    "motif": "demande.motif",
    "prescripteur": "demande.prescripteur",
    "commune_origine": "demande.commune_origine",
}


def _tranche() -> pl.Expr:
    revolus = (pl.col("anciennete") / JOURS_PAR_MOIS).floor()
    expression = pl.when(revolus.is_null()).then(pl.lit(None, pl.String))
    for borne, libelle in TRANCHES_ATTENTE:
        expression = expression.when(revolus < borne).then(pl.lit(libelle))
    return expression.otherwise(pl.lit(DERNIERE_ATTENTE))


def _premiere_attente(demandes: pl.LazyFrame) -> pl.LazyFrame:
    """La première demande de chaque ménage depuis sa dernière admission : `id_menage`, `premiere`."""
    admises = (
        demandes.filter(pl.col("suite") == "ADMISE")
        .group_by("id_menage")
        .agg(pl.coalesce("date_decision", "date_demande").max().alias("_admise"))
    )
    return (
        demandes.filter(pl.col("id_menage").is_not_null())
        .join(admises, on="id_menage", how="left")
        .filter(pl.col("_admise").is_null() | (pl.col("date_demande") > pl.col("_admise")))
        .group_by("id_menage")
        .agg(pl.col("date_demande").min().alias("premiere"))
    )


@univers(
    unite="demandes",
    structure="demande.date_demande demande.date_decision demande.suite",
    origines={**FICHE, "id_menage": "demande.id_menage", "anciennete": "", "anciennete_tranche": ""},
)
def demandes_en_attente(ctx: Contexte) -> pl.LazyFrame:
    """Demandes encore sans décision au dernier jour de la période, avec leur ancienneté ce jour-là, en jours.

    Une demande décidée depuis (date de décision postérieure) attendait encore ; une demande décidée sans date de
    décision n'attend plus. Sans remise à zéro (`anciennete_remise_a_zero`), l'ancienneté court depuis la première
    demande du ménage qui n'a pas mené à une admission.
    """
    dernier = ctx.periode.dernier_jour
    demandes = ctx.table("demande").with_columns(pl.col("suite").fill_null(NON_RENSEIGNE))
    attend = pl.col("suite").is_in(EN_ATTENTE) | (pl.col("date_decision") > dernier).fill_null(False)
    attente = demandes.filter((pl.col("date_demande") <= dernier) & attend)
    depuis = pl.col("date_demande")
    if not ctx.parametres.anciennete_remise_a_zero:
        attente = attente.join(_premiere_attente(demandes), on="id_menage", how="left")
        depuis = pl.min_horizontal("premiere", "date_demande")
    return attente.with_columns((pl.lit(dernier) - depuis).dt.total_days().alias("anciennete")).with_columns(
        _tranche().alias("anciennete_tranche")
    )


@univers(
    unite="demandes",
    structure="demande.date_demande",
    origines={**FICHE, "id_menage": "demande.id_menage", "positive": "demande.suite"},
)
def reponses_aux_demandes(ctx: Contexte) -> pl.LazyFrame:
    """Demandes reçues dans la période, et si leur suite est une réponse positive selon le service.

    `positive` : la suite est l'une de `suites_positives`.
    """
    positive = pl.col("suite").is_in(ctx.parametres.suites_positives)
    return demandes_recues(ctx).with_columns(positive.alias("positive"))


@univers(
    unite="diagnostics",
    structure="mesure.id_menage mesure.date_debut mesure.date_fin mesure.type_mesure",
    origines={"conclusion": "mesure.motif_fin", "volet": "mesure.volet", "delai": "mesure.date_notification"},
)
def diagnostics_rendus(ctx: Contexte) -> pl.LazyFrame:
    """Diagnostics terminés dans la période : leur conclusion, et les jours de la notification à la fin.

    Les types de mesure qui sont des diagnostics sont un réglage du service (`types_diagnostic`) ; ils sont lus ici
    même s'ils sont tenus hors des comptes de mesures.
    """
    termine = pl.col("date_debut").is_not_null() & ctx.dans_periode("date_fin")
    return (
        ctx.table("mesure")
        .filter(pl.col("type_mesure").is_in(ctx.parametres.types_diagnostic) & termine)
        .with_columns(
            pl.col("motif_fin").fill_null(NON_RENSEIGNE).alias("conclusion"),
            (pl.col("date_fin") - pl.col("date_notification")).dt.total_days().alias("delai"),
        )
    )


@univers(
    unite="séjours",
    structure="sejour.date_entree sejour.date_sortie sejour.id_menage",
    origines={
        "id_menage": "sejour.id_menage",
        "personne": "sejour.id_personne",
        "jours": "",
        "termine": "",
        "glisse": "sejour.motif_fin",
        "modalite_gestion": "place.modalite_gestion",
        "parc": "place.parc",
        "bailleur": "place.bailleur",
        "type_place": "place.type_place",
        "regroupe_diffus": "place.regroupe_diffus",
        "typologie": "place.typologie",
        "commune": "place.commune",
    },
)
def sejours_de_la_periode(ctx: Contexte) -> pl.LazyFrame:
    """Séjours présents dans la période, avec ce que l'on sait de leur place et leurs jours dans la période."""
    p = ctx.periode
    places = ctx.table("place").select(
        "id_place", "modalite_gestion", "parc", "bailleur", "type_place", "regroupe_diffus", "typologie", "commune"
    )
    compte = ctx.parametres.jour_sortie_compte
    return (
        ctx.presents.filter(pl.col("id_sejour").is_not_null())
        .join(places, on="id_place", how="left")
        .with_columns(
            pl.coalesce("id_personne", "id_menage").alias("personne"),
            regles.jours_dans(p.debut, p.fin, sortie_comptee=compte).alias("jours"),
            ctx.dans_periode("fin").alias("termine"),
            (ctx.dans_periode("fin") & (pl.col("motif_fin") == "GLISSEMENT_BAIL").fill_null(False)).alias("glisse"),
        )
    )


@univers(
    unite="logements",
    structure="place.id_place",
    origines={
        "capte": "place.date_captation",
        "delai": "place.date_captation sejour.date_entree sejour.id_place",
        "modalite_gestion": "place.modalite_gestion",
        "parc": "place.parc",
        "bailleur": "place.bailleur",
        "typologie": "place.typologie",
        "commune": "place.commune",
    },
)
def captations(ctx: Contexte) -> pl.LazyFrame:
    """Logements : captés dans la période ou non, et, pour ceux dont la première entrée y tombe, le délai en jours."""
    premieres = (
        ctx.table("sejour")
        .filter(pl.col("id_place").is_not_null())
        .group_by("id_place")
        .agg(pl.col("date_entree").min().alias("_entree"))
    )
    jours = (pl.col("_entree") - pl.col("date_captation")).dt.total_days()
    return (
        ctx.table("place")
        .join(premieres, on="id_place", how="left")
        .with_columns(
            ctx.dans_periode("date_captation").alias("capte"),
            pl.when(ctx.dans_periode("_entree")).then(jours).alias("delai"),
        )
    )


@univers(
    unite="personnes",
    structure="membre.id_menage membre.id_personne participation.id_personne acte.date acte.type_acte acte.presence",
    origines={"participe": "", "genre": "personne.genre"},
)
def vie_collective(ctx: Contexte) -> pl.LazyFrame:
    """Personnes des ménages suivis dans la période : ont-elles pris part à un acte collectif ?"""
    participants = (
        participations_ateliers(ctx)
        .filter(pl.col("id_personne").is_not_null())
        .select("id_personne", pl.lit(True).alias("participe"))
        .unique()
    )
    return (
        personnes_suivies(ctx)
        .join(participants, on="id_personne", how="left")
        .with_columns(pl.col("participe").fill_null(False))
    )
