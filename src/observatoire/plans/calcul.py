"""Le calcul annoncé d'un budget : coût unitaire × quantité × versements × part, refait à partir de la fiche.

Un coût donné en fourchette rend une fourchette. Sans coût unitaire, il n'y a rien à refaire.
"""

from __future__ import annotations

import polars as pl

MOIS_PAR_AN = 12
TOLERANCE = 1  # centime : un calcul exact tombe juste


def _versements() -> pl.Expr:
    """Nombre de versements entre le premier et la fin de la dernière année ; un seul s'il n'y a pas de rythme.

    Quatre versements par an à partir d'avril 2009 et jusqu'à la fin de 2009 en font trois.
    """
    rythme, derniere = pl.col("versements_par_an"), pl.col("derniere_annee")
    premier = pl.col("premier_versement")
    mois = (derniere - premier.dt.year()) * MOIS_PAR_AN + MOIS_PAR_AN - premier.dt.month().cast(pl.Int64) + 1
    depuis_le_premier = ((mois * rythme + MOIS_PAR_AN - 1) // MOIS_PAR_AN).clip(lower_bound=0)
    annees = derniere - pl.col("annee") + 1
    return (
        pl.when(rythme.is_null() | (rythme == 0))
        .then(pl.lit(1, pl.Int64))
        .when(premier.is_null())
        .then(rythme * annees)
        .otherwise(depuis_le_premier)
    )


def avec_calcul(budgets: pl.LazyFrame) -> pl.LazyFrame:
    """Ajoute aux budgets leur calcul refait.

    Reçoit la table `budget_action`. Ajoute `derniere_annee`, `versements`, `minimum_centimes` et
    `maximum_centimes` (bornes du calcul, vides sans coût unitaire), `recalcule_centimes` (le montant possible le
    plus proche de l'annoncé), `calculable` et `incoherent` (le montant annoncé est hors des bornes).
    Source : fiches-actions, « Budget » ; règles de lecture, « un total se calcule ».
    """
    centimes = (pl.col("montant") * 100).cast(pl.Int64)
    quantite, part = pl.col("quantite").fill_null(1.0), pl.col("part").fill_null(100.0) / 100
    facteur = quantite * pl.col("versements").cast(pl.Float64) * part
    bas = (pl.col("cout_unitaire").cast(pl.Float64) * 100 * facteur).round(0).cast(pl.Int64)
    haut = (pl.coalesce("cout_unitaire_max", "cout_unitaire").cast(pl.Float64) * 100 * facteur).round(0).cast(pl.Int64)
    hors = (centimes < pl.col("minimum_centimes") - TOLERANCE) | (centimes > pl.col("maximum_centimes") + TOLERANCE)
    return (
        budgets.with_columns(pl.coalesce("annee_fin", "annee").alias("derniere_annee"))
        .with_columns(_versements().alias("versements"))
        .with_columns(bas.alias("minimum_centimes"), haut.alias("maximum_centimes"))
        .with_columns(
            pl.min_horizontal(pl.max_horizontal(centimes, "minimum_centimes"), "maximum_centimes").alias("_proche"),
            pl.col("cout_unitaire").is_not_null().alias("calculable"),
            hors.fill_null(False).alias("incoherent"),
        )
        .with_columns(pl.when("calculable").then(pl.col("_proche")).otherwise(centimes).alias("recalcule_centimes"))
        .drop("_proche")
    )
