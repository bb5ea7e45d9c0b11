"""Moyens : financements et équipes."""

from __future__ import annotations

import polars as pl

from observatoire.indicateurs.formes import Effectif, Repartition
from observatoire.indicateurs.registre import indicateur

SOURCE = "conventions du service ; catalogue de l'observatoire"


@indicateur(
    univers="conventions_realisees",
    unite="%",
    famille="moyens",
    libelle="Financements de l'année",
    numerateur="montants réalisés par financeur, en euros",
    denominateur="total des financements, en euros",
    source=SOURCE,
    personnel=False,
    pieges="Convention à cheval sur deux exercices : prorata des jours.",
)
def financements_repartition() -> Repartition:
    """Répartition des financements réalisés de la période par financeur."""
    return Repartition("financeur", inconnus=True, poids=pl.col("centimes"), facteur_poids=100)


@indicateur(
    univers="conventions_prevues",
    unite="%",
    famille="moyens",
    libelle="Financements prévus l'année suivante",
    numerateur="montants prévisionnels par financeur, en euros",
    denominateur="total des financements prévus, en euros",
    source=SOURCE,
    codes="financements_repartition",
    personnel=False,
    pieges="Prévisionnel de la période suivante : ni notifié, ni perçu.",
)
def financements_previsionnels() -> Repartition:
    """Répartition des financements prévisionnels de la période suivante par financeur."""
    return Repartition("financeur", inconnus=True, poids=pl.col("centimes"), facteur_poids=100)


@indicateur(
    univers="conventions_realisees",
    unite="ETP",
    famille="moyens",
    libelle="Équivalents temps plein financés",
    numerateur="somme des ETP des conventions de la période",
    source=SOURCE,
    codes="financements_repartition",
    personnel=False,
    pieges="Des ETP financés, pas des personnes.",
)
def etp_accompagnement() -> Effectif:
    """Équivalents temps plein financés par les conventions ouvertes dans la période."""
    return Effectif(pl.col("etp").sum())
