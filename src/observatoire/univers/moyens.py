"""Conventions : financements, objectifs, moyens humains."""

from __future__ import annotations

import polars as pl

from observatoire import regles
from observatoire.periode import JOURS_PAR_MOIS, Periode
from observatoire.univers.contexte import Contexte, univers
from observatoire.univers.mesures import mesures_exercees, mois_menages

# Unités d'objectif que les mesures du service permettent de compter ; places et ETP se lisent ailleurs.
UNITES_MESURABLES = ["points", "mesures", "mois_mesures", "menages"]

STRUCTURE = "convention.debut convention.fin convention.nature"
FICHE = {
    "financeur": "convention.financeur",
    "dispositif": "convention.dispositif",
    "territoire": "convention.territoire",
    "centimes": "convention.montant",
    "etp": "convention.etp",
    "financee": "convention.montant",
}


def _conventions(ctx: Contexte, periode: Periode, nature: str) -> pl.LazyFrame:
    """Conventions ayant un jour dans `periode` ; le montant est ramené aux jours communs."""
    communs = regles.jours_dans(periode.debut, periode.fin)
    total = regles.duree_jours().fill_null(communs)
    centimes = (pl.col("montant") * 100).cast(pl.Int64)
    return (
        ctx.table("convention")
        .filter(regles.present(periode.debut, periode.fin))
        .filter(pl.col("nature").fill_null("realise") == nature)
        .with_columns((centimes * communs / total).round(0).cast(pl.Int64).alias("centimes"))
        .with_columns(pl.col("centimes").is_not_null().alias("financee"))
    )


@univers(unite="conventions", structure=STRUCTURE, origines=FICHE)
def conventions_realisees(ctx: Contexte) -> pl.LazyFrame:
    """Conventions réalisées de la période, montants au prorata des jours communs."""
    return _conventions(ctx, ctx.periode, "realise")


@univers(unite="conventions", structure=STRUCTURE, origines=FICHE)
def conventions_prevues(ctx: Contexte) -> pl.LazyFrame:
    """Conventions prévisionnelles de la période suivante."""
    return _conventions(ctx, ctx.service.periode(ctx.periode.annee + 1), "previsionnel")


@univers(
    unite="points",
    structure="mesure.date_debut mesure.date_fin convention.debut convention.fin convention.objectif",
    origines={"realise": "mesure.coefficient mesure.intensite", "objectif": "", "territoire": "mesure.territoire"},
)
def realisation_conventions(ctx: Contexte) -> pl.LazyFrame:
    """Points réalisés et objectif conventionné, ramenés à la partie commune de la période et de la convention.

    Une ligne par mesure (ce qu'elle réalise) et une par convention (son objectif) ; l'unité est celle de la
    convention : points, mesures (une par mesure exercée), ménages ou mois-mesures.
    """
    p, reglages = ctx.periode, ctx.parametres
    conventions, unite = _objectifs(ctx), unite_objectif(ctx)
    if unite is not None and not conventions.filter(pl.col("unite_objectif") == unite).height:
        # Sans convention datée, l'objectif du service vaut pour toute la période.
        conventions = pl.DataFrame({"unite_objectif": [unite], "objectif": [float(reglages.objectif)]})
    exercees = mesures_exercees(ctx)
    if unite == "menages":
        exercees = exercees.unique("id_menage", keep="first", maintain_order=True)
    poids = {
        "mesures": pl.lit(1.0),
        "menages": pl.lit(1.0),
        "mois_mesures": regles.jours_dans(p.debut, p.fin) / JOURS_PAR_MOIS,
    }.get(unite, pl.col("points"))
    objectifs = conventions.filter(pl.col("unite_objectif") == pl.lit(unite, pl.String)).drop("unite_objectif")
    return pl.concat([exercees.select("territoire", poids.alias("realise")), objectifs.lazy()], how="diagonal")


def _objectifs(ctx: Contexte) -> pl.DataFrame:
    """L'objectif de chaque convention réalisée de la période, ramené à leurs jours communs, et son unité."""
    p = ctx.periode
    communs = regles.jours_dans(p.debut, p.fin)
    return (
        ctx.table("convention")
        .filter(pl.col("objectif").is_not_null() & regles.present(p.debut, p.fin))
        .filter(pl.col("nature").fill_null("realise") == "realise")
        .with_columns(
            (pl.col("objectif") * communs / regles.duree_jours().fill_null(p.jours)).alias("objectif"),
            pl.col("unite_objectif").fill_null("points"),
        )
        .select("territoire", "unite_objectif", "objectif")
        .collect()
    )


def unite_objectif(ctx: Contexte) -> str | None:
    """L'unité de l'objectif de la période, si les mesures la comptent : celle d'une convention, sinon du service."""
    unites = _objectifs(ctx).get_column("unite_objectif")
    mesurables = unites.filter(unites.is_in(UNITES_MESURABLES))
    if mesurables.len():
        return mesurables[0]
    return ctx.parametres.unite_objectif if ctx.parametres.objectif is not None else None


@univers(
    unite="ETP",
    structure="convention.etp convention.debut convention.fin convention.nature",
    origines={
        "etp": "",
        "presence_moyenne": "mesure.date_debut mesure.date_fin sejour.date_entree sejour.date_sortie",
        "visites": "acte.date acte.type_acte acte.presence acte.nombre",
    },
)
def charge_par_etp(ctx: Contexte) -> pl.LazyFrame:
    """Les ETP financés de la période et ce qu'ils portent : file active moyenne des mois, visites à domicile."""
    etp = conventions_realisees(ctx).filter(pl.col("etp").is_not_null()).select("etp")
    mois = len(ctx.periode.mois())
    presence = mois_menages(ctx).select((pl.col("presence") / mois).alias("presence_moyenne"))
    visites = ctx.actes.filter(ctx.dans_periode("date") & (pl.col("type_acte") == "VISITE")).select(
        pl.col("nombre").alias("visites")
    )
    return pl.concat([etp, presence, visites], how="diagonal")
