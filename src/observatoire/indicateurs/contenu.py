"""Contenu de l'accompagnement : thèmes, partenaires, dossiers, orientations."""

from __future__ import annotations

import polars as pl

from observatoire.indicateurs.formes import Citations, Effectif
from observatoire.indicateurs.registre import indicateur

ACTES = "règles de lecture de l'observatoire, « Actes »"
BASE = "mesures terminées dans la période"


@indicateur(
    univers="themes_des_mesures",
    unite="%",
    famille="contenu",
    libelle="Thèmes travaillés",
    numerateur="mesures terminées où le thème a été travaillé, une fois par mesure",
    denominateur=BASE,
    source=ACTES,
    pieges="Plusieurs thèmes par mesure : le total compte des citations et dépasse 100 %.",
)
def themes_travailles() -> Citations:
    """Part des mesures terminées où chaque thème a été travaillé au moins une fois."""
    return Citations("theme")


@indicateur(
    univers="partenaires_des_mesures",
    unite="%",
    famille="contenu",
    libelle="Partenaires sollicités",
    numerateur="mesures terminées où le partenaire a été mobilisé, une fois par mesure",
    denominateur=BASE,
    source=ACTES,
    pieges="Plusieurs partenaires par mesure : le total compte des citations.",
)
def partenaires_sollicites() -> Citations:
    """Part des mesures terminées où chaque type de partenaire a été mobilisé."""
    return Citations("partenaire")


@indicateur(
    univers="actes_de_la_periode",
    unite="actes",
    famille="contenu",
    libelle="Coordination hors mesure",
    personnel=False,
    numerateur="conseils, appels et réunions rattachés à aucun ménage ni mesure",
    source=ACTES,
    pieges="Compte des actes entre professionnels : aucune personne accompagnée derrière.",
)
def actes_coordination() -> Effectif:
    """Sollicitations de la coordination en dehors de toute mesure."""
    return Effectif(pl.col("nombre").filter(pl.col("coordination")).sum())


@indicateur(
    univers="actes_de_la_periode",
    unite="dossiers",
    famille="contenu",
    libelle="Dossiers et aides constitués",
    numerateur="actes de type dossier",
    source=ACTES,
    pieges="Instruit, déposé et accordé sont trois états ; un ménage peut avoir plusieurs dossiers.",
)
def dossiers_constitues() -> Effectif:
    """Dossiers montés dans la période."""
    return Effectif(pl.col("nombre").filter(pl.col("type_acte") == "DOSSIER").sum())


@indicateur(
    univers="actes_de_la_periode",
    unite="orientations",
    famille="contenu",
    libelle="Orientations préconisées",
    numerateur="actes d'orientation vers un autre dispositif",
    source=ACTES,
    pieges="Préconisée n'est pas aboutie.",
)
def orientations_preconisees() -> Effectif:
    """Orientations faites vers d'autres dispositifs dans la période."""
    return Effectif(pl.col("nombre").filter(pl.col("type_acte") == "ORIENTATION").sum())


@indicateur(
    univers="objectifs_des_mesures",
    unite="%",
    famille="contenu",
    libelle="Objectifs fixés au début de la mesure",
    numerateur="mesures exercées dont c'est l'un des objectifs",
    denominateur="mesures exercées dont les objectifs sont renseignés",
    source="colonne objectifs des mesures ; règles de lecture de l'observatoire, « Comptes »",
    pieges="Plusieurs objectifs par mesure : la somme dépasse 100 %. Un objectif fixé n'est pas un thème travaillé.",
)
def objectifs_initiaux() -> Citations:
    """Part des mesures exercées que chaque objectif concernait au départ."""
    return Citations("objectif")
