"""Le maintien dans le logement et dans l'emploi : qui l'a gardé à une échéance, parmi ceux qui ont pu l'atteindre.

Un ménage dont l'échéance tombe après la fin de l'observation n'est pas dans la base : il n'a pas pu l'atteindre.
"""

from __future__ import annotations

import polars as pl

from observatoire import regles
from observatoire.periode import JOURS_PAR_MOIS
from observatoire.univers.contexte import Contexte, univers
from observatoire.univers.emploi import (
    CONTRATS,
    EPISODES,
    PERSONNES,
    emplois,
    fin_observation,
    horizon_observe,
    parcours_suivis,
    personnes,
)

ECHEANCES = (3, 6, 12)  # mois
MOIS_DE_SURVIE = range(1, 13)
LOGEMENT = f"{EPISODES} relogement.id_menage relogement.date situation.logement situation.date"
EMPLOI = f"{EPISODES} {PERSONNES} {CONTRATS} contrat_travail.type_contrat"
SUIVI = {"echeance": "", "base": "", "connu": "", "maintenu": ""}
COURBE = {"mois_ecoules": "", "limite_jours": "", "duree_jours": "", "perdu": ""}


def _photos_connues(ctx: Contexte) -> pl.LazyFrame:
    """Les situations de logement connues et observées, hors photos de demande."""
    connue = regles.renseigne("logement") & (pl.col("logement") != "INCONNU")
    return ctx.photos.filter(connue & (pl.col("moment") != "demande") & (pl.col("date") < fin_observation(ctx))).select(
        "id_menage", "date", pl.col("logement").is_in(ctx.parametres.sorties_logement).alias("loge")
    )


def _dernier_parcours(ctx: Contexte) -> pl.LazyFrame:
    """Chaque ménage suivi depuis l'origine : son territoire, et le dernier jour où un parcours le fait connaître."""
    vu = pl.min_horizontal(pl.col("sortie").fill_null(fin_observation(ctx)), pl.lit(fin_observation(ctx)))
    return (
        parcours_suivis(ctx)
        .sort("id_menage", "entree", "id_parcours")
        .group_by("id_menage", maintain_order=True)
        .agg(vu.max().alias("_vu"), pl.col("territoire").drop_nulls().last())
    )


def _logements_suivis(ctx: Contexte) -> pl.LazyFrame:
    """Une ligne par ménage entré dans un logement : `depart`, `perte` (vide : aucune connue), `vu` (dernier jour su).

    Le départ est le premier accès connu : relogement (hors maintien) ou photo dans une situation que le service
    compte comme un logement ; la perte, la première photo d'après qui n'en est plus une.
    """
    fin = fin_observation(ctx)
    photos = _photos_connues(ctx)
    relogements = (
        ctx.table("relogement")
        .filter(pl.col("parc").ne_missing("MAINTIEN") & (pl.col("date") < fin))
        .select("id_menage", "date", pl.lit(True).alias("loge"))
    )
    vues = pl.concat([photos, relogements])
    departs = vues.filter("loge").group_by("id_menage").agg(pl.col("date").min().alias("depart"))
    pertes = (
        photos.filter(~pl.col("loge"))
        .join(departs, on="id_menage")
        .filter(pl.col("date") > pl.col("depart"))
        .group_by("id_menage")
        .agg(pl.col("date").min().alias("perte"))
    )
    dernieres = vues.group_by("id_menage").agg(pl.col("date").max().alias("_derniere"))
    return (
        departs.join(_dernier_parcours(ctx), on="id_menage", how="inner")
        .join(pertes, on="id_menage", how="left")
        .join(dernieres, on="id_menage", how="left")
        .select("id_menage", "depart", "perte", pl.max_horizontal("_vu", "_derniere").alias("vu"), "territoire")
    )


def _emplois_suivis(ctx: Contexte) -> pl.LazyFrame:
    """Une ligne par personne entrée dans un emploi pendant son suivi : `depart`, `perte`, `vu`.

    Des contrats séparés de moins d'`interruption_emploi` jours font un seul emploi. Qui travaillait déjà à son
    entrée est suivi depuis elle.
    """
    fin = fin_observation(ctx)
    periodes = regles.parcours(
        emplois(ctx)
        .filter(pl.col("debut") < fin)
        .select(
            pl.col("id_personne").alias("id_menage"),
            pl.col("id_contrat").alias("id_episode"),
            pl.lit(None, pl.String).alias("id_parcours"),
            "debut",
            "fin",
        ),
        ctx.parametres.interruption_emploi,
    )
    en_cours = pl.col("fin").is_null().any()
    periodes = periodes.group_by("id_menage", "id_parcours").agg(
        pl.col("debut").min(), pl.when(en_cours).then(None).otherwise(pl.col("fin").max()).alias("fin")
    )
    entrees = (
        parcours_suivis(ctx)
        .join(personnes(ctx), on="id_menage")
        .sort("id_personne", "entree", "id_parcours")
        .group_by("id_personne", maintain_order=True)
        .agg(pl.col("entree").first(), pl.col("id_menage", "territoire").drop_nulls().last())
    )
    return (
        entrees.join(periodes.rename({"id_menage": "id_personne"}), on="id_personne")
        .filter(pl.col("fin").is_null() | (pl.col("fin") > pl.col("entree")))
        .sort("id_personne", "debut")
        .group_by("id_personne", maintain_order=True)
        .first()
        .select(
            "id_personne",
            "id_menage",
            pl.max_horizontal("debut", "entree").alias("depart"),
            pl.when(pl.col("fin") < fin).then(pl.col("fin")).alias("perte"),
            pl.lit(fin).alias("vu"),
            "territoire",
        )
    )


def _aux_echeances(ctx: Contexte, suivis: pl.LazyFrame) -> pl.LazyFrame:
    """Une ligne par suivi et par échéance observée : maintenu, perdu, ou inconnu si le suivi s'est arrêté avant."""
    lignes = []
    for mois in ECHEANCES:
        jour = pl.col("depart").dt.offset_by(f"{mois}mo")
        perdu = (pl.col("perte") <= jour).fill_null(False)
        lignes.append(
            suivis.filter(horizon_observe(ctx, jour)).with_columns(
                pl.lit(f"{mois}").alias("echeance"),
                (perdu | (pl.col("vu") >= jour)).alias("connu"),
                (~perdu & (pl.col("vu") >= jour)).alias("maintenu"),
            )
        )
    tous = pl.lit(True) if ctx.parametres.denominateur_sortie == "toutes" else pl.col("connu")
    return pl.concat(lignes).with_columns(tous.alias("base"))


def _courbe(ctx: Contexte, suivis: pl.LazyFrame) -> pl.LazyFrame:
    """Une ligne par suivi et par mois écoulé : sa durée observée en jours et si elle finit par une perte.

    Un suivi sans perte est censuré au dernier jour où l'on sait quelque chose de lui.
    """
    fin = pl.lit(fin_observation(ctx))
    observes = suivis.filter(pl.col("depart") < fin).with_columns(
        (pl.min_horizontal(pl.coalesce("perte", "vu"), fin) - pl.col("depart")).dt.total_days().alias("duree_jours"),
        pl.col("perte").is_not_null().alias("perdu"),
    )
    return pl.concat(
        [
            observes.with_columns(
                pl.lit(f"{mois:02d}").alias("mois_ecoules"), pl.lit(mois * JOURS_PAR_MOIS).alias("limite_jours")
            )
            for mois in MOIS_DE_SURVIE
        ]
    )


@univers(unite="ménages", structure=LOGEMENT, origines={**SUIVI, "territoire": "mesure.territoire"})
def maintiens_logement(ctx: Contexte) -> pl.LazyFrame:
    """Ménages entrés dans un logement, à chaque échéance (3, 6, 12 mois) qu'ils ont pu atteindre."""
    return _aux_echeances(ctx, _logements_suivis(ctx))


@univers(unite="personnes", structure=EMPLOI, origines={**SUIVI, "territoire": "mesure.territoire"})
def maintiens_emploi(ctx: Contexte) -> pl.LazyFrame:
    """Personnes entrées dans un emploi, à chaque échéance (3, 6, 12 mois) qu'elles ont pu atteindre."""
    return _aux_echeances(ctx, _emplois_suivis(ctx))


@univers(unite="ménages", structure=LOGEMENT, origines={**COURBE, "territoire": "mesure.territoire"})
def survie_logement(ctx: Contexte) -> pl.LazyFrame:
    """Ménages entrés dans un logement depuis l'origine, mois écoulé par mois écoulé."""
    return _courbe(ctx, _logements_suivis(ctx))


@univers(unite="personnes", structure=EMPLOI, origines={**COURBE, "territoire": "mesure.territoire"})
def survie_emploi(ctx: Contexte) -> pl.LazyFrame:
    """Personnes entrées dans un emploi depuis l'origine, mois écoulé par mois écoulé."""
    return _courbe(ctx, _emplois_suivis(ctx))


@univers(
    unite="ménages",
    structure=EPISODES,
    origines={"loge": "situation.logement", "logement_connu": "situation.logement", "territoire": "mesure.territoire"},
)
def menages_depuis_origine(ctx: Contexte) -> pl.LazyFrame:
    """Ménages suivis depuis l'ouverture du service, avec la dernière situation de logement connue de chacun.

    Une photo « situation inconnue » plus récente efface la précédente : on ne sait plus où est le ménage.
    """
    dernieres = (
        ctx.photos.filter(
            regles.renseigne("logement") & (pl.col("moment") != "demande") & (pl.col("date") < fin_observation(ctx))
        )
        .sort("id_menage", "date", "du_menage", "_fichier", "_ligne")
        .group_by("id_menage", maintain_order=True)
        .agg(pl.col("logement").last())
    )
    return (
        _dernier_parcours(ctx)
        .join(dernieres, on="id_menage", how="left")
        .select(
            "territoire",
            pl.col("logement").is_in(ctx.parametres.sorties_logement).fill_null(False).alias("loge"),
            (pl.col("logement") != "INCONNU").fill_null(False).alias("logement_connu"),
        )
    )
