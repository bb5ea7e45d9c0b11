"""Relais : l'accompagnement qui suit la sortie."""

from __future__ import annotations

import polars as pl

from observatoire.indicateurs.formes import Rapport, Repartition
from observatoire.indicateurs.registre import indicateur
from observatoire.univers.relais import SANS_RELAIS

SOURCE = "règles de lecture de l'observatoire, « Parcours » ; orientations datées à 31 jours au plus de la fin"
BASE = "parcours terminés dans la période"


@indicateur(
    univers="sorties_et_relais",
    unite="%",
    famille="resultats",
    libelle="Accompagnement à la sortie",
    numerateur="parcours terminés par dispositif vers lequel le ménage est orienté, sans relais compris",
    denominateur=BASE,
    source=SOURCE,
    pieges="Une orientation faite n'est pas une prise en charge aboutie.",
)
def accompagnement_sortie() -> Repartition:
    """Répartition des parcours terminés par accompagnement qui prend le relais."""
    return Repartition("relais", inconnus=True)


@indicateur(
    univers="sorties_et_relais",
    unite="%",
    famille="resultats",
    libelle="Part des sorties avec un relais",
    numerateur="parcours terminés avec une orientation vers un accompagnement",
    denominateur=BASE,
    source=SOURCE,
)
def part_sorties_avec_relais() -> Rapport:
    """Part des parcours terminés pour lesquels un accompagnement prend le relais."""
    return Rapport((pl.col("relais") != SANS_RELAIS).sum(), pl.len())
