"""Résultats : relogements, parcours, motifs de fin, objectifs."""

from __future__ import annotations

import polars as pl

from observatoire.indicateurs.formes import Effectif, Matrice, Rapport, Repartition
from observatoire.indicateurs.registre import indicateur

PARCOURS = "règles de lecture de l'observatoire, « Parcours »"
RELOGEMENTS = "règles de lecture de l'observatoire, « Relogements »"
BASE_SORTIE = pl.col("base_sortie")
SORTIS = "parcours terminés dans la période, issue inconnue comprise si le service le veut"


@indicateur(
    univers="relogements_de_la_periode",
    unite="relogements",
    famille="resultats",
    libelle="Relogements de l'année",
    numerateur="accès au logement datés dans la période, hors maintiens",
    source=RELOGEMENTS,
    pieges="Un relogement n'est pas une sortie ; certains sont connus par enquête l'année suivante.",
)
def relogements() -> Effectif:
    """Accès au logement datés dans la période."""
    return Effectif(pl.len())


@indicateur(
    univers="relogements_de_la_periode",
    unite="relogements",
    famille="resultats",
    libelle="Relogements par bailleur et contingent",
    numerateur="relogements par bailleur et contingent",
    source=RELOGEMENTS,
    pieges="Très petits effectifs : usage entre financeur et opérateur.",
)
def relogements_par_bailleur() -> Matrice:
    """Tableau croisé des relogements de la période, bailleur × contingent."""
    return Matrice("bailleur", "contingent")


@indicateur(
    univers="issues",
    unite="%",
    famille="resultats",
    libelle="Issues logement",
    numerateur="issues connues par parc, maintiens compris",
    denominateur="issues connues dans la période",
    source=RELOGEMENTS,
    pieges="Le maintien dans le logement n'est pas un relogement.",
)
def issues_logement() -> Repartition:
    """Répartition des issues logement de la période, maintiens compris."""
    return Repartition("parc", inconnus=True)


@indicateur(
    univers="parcours_termines",
    unite="parcours",
    famille="resultats",
    libelle="Parcours : logement au début et à la fin",
    numerateur="parcours terminés par couple de situations",
    source=PARCOURS,
    pieges="La perte de lien n'est pas une situation de logement : elle se lit « inconnue ».",
)
def matrice_parcours() -> Matrice:
    """Matrice des parcours terminés : situation de logement au début × à la fin."""
    return Matrice("logement_entree", "logement_sortie")


@indicateur(
    univers="parcours_termines",
    unite="%",
    famille="resultats",
    libelle="Taux de sortie vers le logement",
    numerateur="parcours terminés vers un logement",
    denominateur=SORTIS,
    source=f"{PARCOURS} ; réglage du service",
    codes="sorties_logement denominateur_sortie",
    pieges="À lire avec la part de situations inconnues : un taux hors inconnues est plus haut.",
)
def taux_sortie_logement() -> Rapport:
    """Part des parcours terminés qui mènent à un logement, au sens du service."""
    return Rapport((pl.col("sortie_logement") & BASE_SORTIE).sum(), BASE_SORTIE.sum())


@indicateur(
    univers="parcours_termines",
    unite="%",
    famille="resultats",
    libelle="Taux de sorties positives",
    numerateur="parcours terminés vers une situation que le service classe positive",
    denominateur=SORTIS,
    source=f"{PARCOURS} ; réglage du service",
    codes="sorties_positives denominateur_sortie",
    pieges="Notion locale : la liste des modalités est un réglage imprimé.",
)
def taux_sortie_positive() -> Rapport:
    """Part des parcours terminés classés positifs par le service."""
    return Rapport((pl.col("sortie_positive") & BASE_SORTIE).sum(), BASE_SORTIE.sum())


@indicateur(
    univers="parcours_termines",
    unite="%",
    famille="resultats",
    libelle="Part de situations inconnues à la sortie",
    numerateur="parcours terminés dont la destination n'est pas connue",
    denominateur="parcours terminés dans la période",
    source=PARCOURS,
    pieges="Se lit sous tout taux de sortie.",
)
def part_situations_inconnues_sortie() -> Rapport:
    """Part des parcours terminés dont la situation de logement à la sortie est inconnue."""
    return Rapport((~pl.col("sortie_connue")).sum(), pl.len())


@indicateur(
    univers="parcours_termines",
    unite="%",
    famille="resultats",
    libelle="Motifs de fin",
    numerateur="parcours terminés par motif du dernier épisode",
    denominateur="parcours terminés dans la période",
    source=PARCOURS,
    pieges="Le motif (pourquoi) n'est pas la destination (où).",
)
def motifs_fin() -> Repartition:
    """Répartition des parcours terminés par motif de fin."""
    return Repartition("motif_fin", inconnus=True)


@indicateur(
    univers="parcours_termines",
    unite="%",
    famille="resultats",
    libelle="Part de fins par perte de lien",
    numerateur="parcours terminés par perte de lien",
    denominateur="parcours terminés dans la période",
    source=PARCOURS,
    pieges="La perte de lien est un motif de fin ; la destination, elle, reste inconnue.",
)
def taux_rupture_lien() -> Rapport:
    """Part des parcours terminés par perte de lien."""
    return Rapport((pl.col("motif_fin") == "PERTE_LIEN").sum(), pl.len())


@indicateur(
    univers="mesures_terminees",
    unite="%",
    famille="resultats",
    libelle="Taux d'objectifs atteints",
    numerateur="mesures terminées dont l'objectif est jugé atteint",
    denominateur="mesures terminées dans la période",
    source="règles de lecture de l'observatoire, « Relogements »",
    pieges="Jugement du référent ; un objectif partiel n'est pas atteint.",
)
def taux_objectifs_atteints() -> Rapport:
    """Part des mesures terminées dont l'objectif est atteint."""
    return Rapport((pl.col("objectif_atteint") == "oui").sum(), pl.len())
