"""Parc de logements : combien, où, de quel type, auprès de quel bailleur, et leur occupation."""

from __future__ import annotations

import polars as pl

from observatoire.indicateurs.formes import Effectif, Rapport
from observatoire.indicateurs.registre import indicateur

REGLES = "règles de lecture de l'observatoire, « Occupation »"


@indicateur(
    univers="logements",
    unite="logements",
    famille="occupation",
    libelle="Logements mobilisés dans l'année",
    numerateur="logements ouverts au moins un jour dans la période",
    source=f"{REGLES}, intervalle [ouverture, fermeture[",
    personnel=False,
    pieges="Des logements, pas des places : un logement partagé compte une fois, un logement rendu aussi.",
)
def logements_mobilises() -> Effectif:
    """Logements dont le service a disposé au moins un jour dans la période."""
    return Effectif(pl.len())


@indicateur(
    univers="logements",
    unite="logements",
    famille="occupation",
    libelle="Logements en fin d'année",
    numerateur="logements ouverts le dernier jour de la période",
    source=f"{REGLES}, intervalle [ouverture, fermeture[",
    personnel=False,
)
def logements_31_12() -> Effectif:
    """Logements dont le service dispose le dernier jour de la période."""
    return Effectif(pl.col("ouvert_fin").sum())


@indicateur(
    univers="logements",
    unite="logements",
    famille="occupation",
    libelle="Nouveaux logements de l'année",
    numerateur="logements dont le premier jour d'ouverture est dans la période",
    source=f"{REGLES}, intervalle [ouverture, fermeture[",
    personnel=False,
)
def nouveaux_logements() -> Effectif:
    """Logements ouverts dans la période."""
    return Effectif(pl.col("ouvert_dans").sum())


@indicateur(
    univers="logements",
    unite="logements",
    famille="occupation",
    libelle="Logements rendus dans l'année",
    numerateur="logements dont la fermeture tombe dans la période",
    source=f"{REGLES}, intervalle [ouverture, fermeture[",
    personnel=False,
)
def logements_rendus() -> Effectif:
    """Logements rendus au bailleur dans la période."""
    return Effectif(pl.col("rendu_dans").sum())


@indicateur(
    univers="logements",
    unite="%",
    famille="occupation",
    libelle="Taux d'occupation des logements",
    numerateur="jours où le logement a au moins un occupant",
    denominateur="jours d'ouverture des logements dans la période",
    source="catalogue de l'observatoire",
    personnel=False,
    pieges="Par logement et non par place : un logement partagé est occupé dès le premier occupant.",
)
def taux_occupation_logements() -> Rapport:
    """Jours de logement occupé rapportés aux jours de logement mobilisé, capacité variable comprise."""
    return Rapport(pl.col("jours_occupes").sum(), pl.col("jours_offerts").sum())


@indicateur(
    univers="places_par_mois",
    unite="places",
    famille="occupation",
    libelle="Places ouvertes en fin de mois",
    numerateur="places ouvertes le dernier jour du mois",
    denominateur="mois de la période où une place est ouverte",
    source=f"{REGLES}, intervalle [ouverture, fermeture[",
    personnel=False,
    pieges="Le total est la moyenne des mois, pas leur somme ; ce n'est pas la capacité moyenne en journées.",
)
def capacite_mensuelle() -> Rapport:
    """Places ouvertes le dernier jour de chaque mois ; sur la période, leur moyenne."""
    return Rapport(pl.col("places").sum(), pl.col("mois").n_unique(), facteur=1)
