"""Durées : des accompagnements et des séjours terminés."""

from __future__ import annotations

import polars as pl

from observatoire.indicateurs.formes import Effectif, Maximum, Mediane, Moyenne, Repartition
from observatoire.indicateurs.registre import indicateur
from observatoire.periode import JOURS_PAR_MOIS

REGLES = "règles de lecture de l'observatoire, « Durées »"
BASE = "parcours terminés dans la période"
PROLONGEE = (pl.col("prolongation_exceptionnelle") == "oui").fill_null(False)


@indicateur(
    univers="parcours_termines",
    unite="mois",
    famille="durees",
    libelle="Durée moyenne d'accompagnement",
    numerateur="somme des durées de parcours, en mois de 30,4375 jours",
    denominateur=BASE,
    source=REGLES,
    pieges="Par parcours, renouvellements inclus ; jamais une moyenne de moyennes.",
)
def duree_moyenne_accompagnement() -> Moyenne:
    """Durée moyenne des parcours terminés, du début du parcours à sa fin."""
    return Moyenne(pl.col("duree_jours"), diviseur=JOURS_PAR_MOIS)


@indicateur(
    univers="parcours_termines",
    unite="mois",
    famille="durees",
    libelle="Durée médiane d'accompagnement",
    numerateur="durées de parcours triées",
    denominateur=BASE,
    source=REGLES,
    pieges="Sur un petit effectif, la médiane bouge par paliers.",
)
def duree_mediane_accompagnement() -> Mediane:
    """Durée médiane des parcours terminés."""
    return Mediane(pl.col("duree_jours"), diviseur=JOURS_PAR_MOIS)


@indicateur(
    univers="parcours_termines",
    unite="mois",
    famille="durees",
    libelle="Durée d'accompagnement la plus longue",
    numerateur="plus longue durée de parcours",
    denominateur=BASE,
    source=REGLES,
    interne_seulement=True,
    pieges="Désigne un ménage : usage interne seulement.",
)
def duree_maximale_accompagnement() -> Maximum:
    """Plus longue durée des parcours terminés."""
    return Maximum(pl.col("duree_jours"), diviseur=JOURS_PAR_MOIS)


@indicateur(
    univers="parcours_termines",
    unite="%",
    famille="durees",
    libelle="Durée des accompagnements terminés",
    numerateur="parcours terminés par tranche de durée, en mois révolus",
    denominateur=BASE,
    source=REGLES,
    pieges="Mois révolus : 11 mois et 20 jours sont dans « 6-11 mois », sans trou avant 12.",
)
def duree_accompagnement_tranches() -> Repartition:
    """Répartition des parcours terminés par tranche de durée."""
    return Repartition("duree_tranche", inconnus=True)


@indicateur(
    univers="sejours_termines",
    unite="jours",
    famille="durees",
    libelle="Durée moyenne de séjour des sortants",
    numerateur="somme des durées de séjour",
    denominateur="séjours terminés dans la période",
    source=REGLES,
)
def duree_moyenne_sejour_sortants() -> Moyenne:
    """Durée moyenne des séjours terminés dans la période."""
    return Moyenne(pl.col("duree"))


@indicateur(
    univers="sejours_termines",
    unite="jours",
    famille="durees",
    libelle="Durée médiane de séjour des sortants",
    numerateur="durées de séjour triées",
    denominateur="séjours terminés dans la période",
    source=REGLES,
)
def duree_mediane_sejour_sortants() -> Mediane:
    """Durée médiane des séjours terminés dans la période."""
    return Mediane(pl.col("duree"))


@indicateur(
    univers="mesures_debutees",
    unite="mesures",
    famille="durees",
    libelle="Prolongations exceptionnelles",
    numerateur="mesures débutées dans la période et marquées « prolongation exceptionnelle »",
    source="modèle commun, mesures prolongées à titre exceptionnel",
    codes="mesure.prolongation_exceptionnelle",
    pieges="Un ménage peut en avoir plusieurs dans l'année : des prolongations, pas des ménages.",
)
def prolongations() -> Effectif:
    """Prolongations exceptionnelles d'accompagnement qui commencent dans la période."""
    return Effectif(PROLONGEE.sum())


@indicateur(
    univers="mesures_debutees",
    unite="ménages",
    famille="durees",
    libelle="Ménages prolongés",
    numerateur="ménages distincts ayant une prolongation exceptionnelle débutée dans la période",
    source="modèle commun, mesures prolongées à titre exceptionnel",
    codes="mesure.prolongation_exceptionnelle",
)
def menages_prolonges() -> Effectif:
    """Ménages dont l'accompagnement a été prolongé au moins une fois dans la période."""
    return Effectif(pl.col("id_menage").filter(PROLONGEE).n_unique())
