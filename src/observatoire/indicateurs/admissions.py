"""Admissions : d'où viennent les demandes, et combien mènent à une entrée."""

from __future__ import annotations

import polars as pl

from observatoire import regles
from observatoire.indicateurs.formes import Rapport
from observatoire.indicateurs.registre import indicateur


@indicateur(
    univers="demandes_suivies",
    unite="%",
    famille="demandes",
    libelle="Taux d'admission",
    numerateur="demandes suivies d'une entrée effective",
    denominateur="demandes reçues dans la période",
    source="catalogue de l'observatoire",
    pieges="Cohorte de l'année suivie jusqu'à l'extraction : une entrée de l'an prochain l'augmentera.",
)
def taux_admission() -> Rapport:
    """Part des demandes de la période qui ont donné lieu à une entrée."""
    return Rapport(pl.col("entree_effective").sum(), pl.len())


@indicateur(
    univers="demandes_suivies",
    unite="%",
    famille="demandes",
    libelle="Part des demandes orientées par un partenaire",
    numerateur="demandes adressées par une structure, autre service de l'association compris",
    denominateur="demandes dont l'origine est connue",
    source="catalogue de l'observatoire, « prescripteurs »",
    pieges="Le reste est la venue spontanée ; une origine non renseignée n'est pas une venue spontanée.",
)
def part_orientation_partenaires() -> Rapport:
    """Part des demandes de la période qu'une structure a orientées vers le service."""
    connue = regles.renseigne("prescripteur")
    orientee = connue & (pl.col("prescripteur") != "SPONTANE").fill_null(False)
    return Rapport(orientee.sum(), connue.sum(), inconnus=(~connue).sum())
