"""Impayés de redevance parmi les ménages accompagnés."""

from __future__ import annotations

import polars as pl

from observatoire.indicateurs.formes import Rapport
from observatoire.indicateurs.registre import indicateur

REGLES = "règles de lecture de l'observatoire, « Impayés »"


@indicateur(
    univers="menages_suivis",
    unite="%",
    famille="impayes",
    libelle="Part des ménages en impayé",
    numerateur="ménages ayant au moins un mois impayé dans la période",
    denominateur="ménages accompagnés dans la période",
    source=REGLES,
)
def part_menages_impaye() -> Rapport:
    """Part des ménages accompagnés ayant eu au moins un mois impayé."""
    return Rapport((pl.col("mois_impayes") > 0).sum(), pl.len())


@indicateur(
    univers="menages_suivis",
    unite="mois",
    famille="impayes",
    libelle="Mois d'impayés par ménage en impayé",
    numerateur="mois impayés dans la période",
    denominateur="ménages en impayé",
    source=REGLES,
    pieges="La base est les ménages en impayé, pas tous les ménages.",
)
def mois_impayes_moyens() -> Rapport:
    """Nombre moyen de mois impayés des ménages en impayé."""
    return Rapport(pl.col("mois_impayes").sum(), (pl.col("mois_impayes") > 0).sum(), facteur=1)


@indicateur(
    univers="menages_suivis",
    unite="%",
    famille="impayes",
    libelle="Part des ménages en dette en fin de période",
    numerateur="ménages dont le solde du dernier mois de la période est dû",
    denominateur="ménages accompagnés dans la période",
    source=REGLES,
)
def part_en_dette_31_12() -> Rapport:
    """Part des ménages accompagnés dont le solde est débiteur au dernier mois de la période."""
    return Rapport(pl.col("dette_finale").sum(), pl.len())
