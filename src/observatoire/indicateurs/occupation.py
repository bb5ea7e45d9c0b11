"""Occupation des places : journées offertes, réalisées, taux."""

from __future__ import annotations

import polars as pl

from observatoire.indicateurs.formes import Effectif, Rapport
from observatoire.indicateurs.registre import indicateur

REGLES = "règles de lecture de l'observatoire, « Occupation »"


@indicateur(
    univers="journees",
    unite="journées",
    famille="occupation",
    libelle="Journées théoriques",
    numerateur="places × jours d'ouverture dans la période",
    source=REGLES,
    personnel=False,
    pieges="Base place ou logement, indisponibilités déduites ou non : réglages du service.",
)
def journees_theoriques() -> Effectif:
    """Capacité offerte dans la période, en journées."""
    return Effectif(pl.col("theoriques").sum())


@indicateur(
    univers="journees",
    unite="journées",
    famille="occupation",
    libelle="Journées réalisées",
    numerateur="jours de séjour dans la période",
    source=REGLES,
    personnel=False,
    pieges="Jour de sortie non compté, sauf réglage contraire.",
)
def journees_realisees() -> Effectif:
    """Jours de présence dans la période."""
    return Effectif(pl.col("realisees").sum())


@indicateur(
    univers="journees",
    unite="%",
    famille="occupation",
    libelle="Taux d'occupation annuel",
    numerateur="journées réalisées",
    denominateur="journées théoriques",
    source=REGLES,
    personnel=False,
    pieges="Peut dépasser 100 % ; une capacité variable demande les dates d'ouverture.",
)
def taux_occupation_annuel() -> Rapport:
    """Journées réalisées rapportées aux journées théoriques de la période."""
    return Rapport(pl.col("realisees").sum(), pl.col("theoriques").sum())
