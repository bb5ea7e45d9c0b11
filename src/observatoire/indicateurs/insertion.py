"""Emploi : ce que les personnes font en sortant, et ce que l'accompagnement a changé."""

from __future__ import annotations

import polars as pl

from observatoire.indicateurs.formes import Effectif, Rapport, Repartition
from observatoire.indicateurs.registre import indicateur

CATALOGUE = "catalogue de l'observatoire"
SORTANTS = "adultes sortis dans la période, issue inconnue comprise si le service le veut"
ENQUETES = "adultes présents à l'enquête dont l'emploi est connu aux deux dates"
SORTIES_IAE = "parcours d'insertion terminés dans la période, sorties retirées du calcul exclues"
CONNUS = pl.col("connus")


def _part_des_sorties(*categories: str) -> Rapport:
    return Rapport(pl.col("categorie_sortie").is_in(categories).sum(), pl.len())


@indicateur(
    univers="adultes_sortis",
    unite="%",
    famille="resultats",
    libelle="Taux de sortie vers l'emploi",
    numerateur="adultes en emploi à leur sortie",
    denominateur=SORTANTS,
    source=CATALOGUE,
    codes="emplois_en_activite age_adulte denominateur_sortie",
    pieges="Être en emploi à la sortie ne dit pas que l'emploi a été trouvé pendant le séjour. Le total d'un "
    "territoire est la somme des effectifs, jamais la moyenne des taux.",
)
def taux_sortie_emploi_chrs() -> Rapport:
    """Part des adultes sortis dans la période qui sont en emploi à la sortie."""
    base = pl.col("base_sortie")
    return Rapport((pl.col("en_emploi") & base).sum(), base.sum())


@indicateur(
    univers="adultes_sortis",
    unite="%",
    famille="resultats",
    libelle="Emploi des adultes à la sortie",
    numerateur="adultes sortis par situation d'emploi",
    denominateur="adultes sortis dans la période, situation inconnue comprise",
    source=CATALOGUE,
    codes="taux_sortie_emploi_chrs",
    pieges="Se lit sous tout taux de sortie vers l'emploi : la part de situations inconnues y figure.",
)
def emploi_a_la_sortie() -> Repartition:
    """Répartition des adultes sortis dans la période selon leur situation d'emploi."""
    return Repartition("emploi_sortie", inconnus=True)


@indicateur(
    univers="adultes_sortis",
    unite="personnes",
    famille="resultats",
    libelle="Adultes sortis dans l'année",
    numerateur="adultes dont le parcours se termine dans la période",
    source=CATALOGUE,
    codes="taux_sortie_emploi_chrs",
    pieges="Des personnes : le nombre de sorties compte, lui, des parcours de ménages.",
)
def adultes_sortis() -> Effectif:
    """Adultes dont le parcours se termine dans la période."""
    return Effectif(pl.len())


@indicateur(
    univers="adultes_a_l_enquete",
    unite="%",
    famille="resultats",
    libelle="En emploi, formation ou IAE à l'entrée",
    numerateur="adultes en emploi, en formation ou en insertion à l'entrée",
    denominateur=ENQUETES,
    source=CATALOGUE,
    codes="emplois_insertion evolution_emploi_entree_enquete",
    pieges="Porte sur les présents à l'enquête, et non sur tous les entrants.",
)
def part_emploi_entree() -> Rapport:
    """Part des adultes présents à l'enquête qui étaient en emploi, en formation ou en insertion à leur entrée."""
    return Rapport((pl.col("insere_entree") & CONNUS).sum(), CONNUS.sum(), inconnus=(~CONNUS).sum())


@indicateur(
    univers="adultes_a_l_enquete",
    unite="%",
    famille="resultats",
    libelle="En emploi, formation ou IAE au jour de l'enquête",
    numerateur="adultes en emploi, en formation ou en insertion à l'enquête",
    denominateur=ENQUETES,
    source=CATALOGUE,
    codes="emplois_insertion evolution_emploi_entree_enquete",
    pieges="Ceux qui sont sortis vers l'emploi ne sont plus là : le taux est minorant.",
)
def part_emploi_enquete() -> Rapport:
    """Part des adultes présents à l'enquête qui sont en emploi, en formation ou en insertion ce jour-là."""
    return Rapport((pl.col("insere_enquete") & CONNUS).sum(), CONNUS.sum(), inconnus=(~CONNUS).sum())


@indicateur(
    univers="adultes_a_l_enquete",
    unite="points de pourcentage",
    famille="resultats",
    libelle="Évolution de l'emploi entre l'entrée et l'enquête",
    numerateur="adultes insérés à l'enquête moins adultes insérés à l'entrée",
    denominateur=ENQUETES,
    source=CATALOGUE,
    pieges="Même population aux deux dates ; un écart en points, pas un pourcentage d'évolution.",
)
def evolution_emploi_entree_enquete() -> Rapport:
    """Écart, en points, entre la part d'adultes insérés à l'enquête et à l'entrée, sur la même population."""
    avant, apres = ((pl.col(f"insere_{moment}") & CONNUS).sum().cast(pl.Int64) for moment in ("entree", "enquete"))
    return Rapport(apres - avant, CONNUS.sum(), inconnus=(~CONNUS).sum())


@indicateur(
    univers="sorties_insertion",
    unite="%",
    famille="resultats",
    libelle="Taux de sorties dynamiques",
    numerateur="sorties en emploi durable, en emploi de transition ou positives",
    denominateur=SORTIES_IAE,
    source=CATALOGUE,
    pieges="« Positive » n'est que l'une des trois catégories dynamiques.",
)
def taux_sorties_dynamiques_iae() -> Rapport:
    """Part des parcours d'insertion terminés par une sortie dynamique."""
    return _part_des_sorties("durable", "transition", "positive")


@indicateur(
    univers="sorties_insertion",
    unite="%",
    famille="resultats",
    libelle="Taux de sorties en emploi durable",
    numerateur="sorties vers un emploi durable",
    denominateur=SORTIES_IAE,
    source=CATALOGUE,
    codes="sorties_durables taux_sorties_dynamiques_iae",
)
def taux_sorties_durables_iae() -> Rapport:
    """Part des parcours d'insertion terminés vers un emploi durable."""
    return _part_des_sorties("durable")


@indicateur(
    univers="sorties_insertion",
    unite="%",
    famille="resultats",
    libelle="Taux de sorties en emploi de transition",
    numerateur="sorties vers un emploi de moins de six mois",
    denominateur=SORTIES_IAE,
    source=CATALOGUE,
    codes="sorties_transition taux_sorties_dynamiques_iae",
)
def taux_sorties_transition_iae() -> Rapport:
    """Part des parcours d'insertion terminés vers un emploi de transition."""
    return _part_des_sorties("transition")


@indicateur(
    univers="sorties_insertion",
    unite="%",
    famille="resultats",
    libelle="Taux de sorties positives (IAE)",
    numerateur="sorties vers une formation, une autre structure d'insertion…",
    denominateur=SORTIES_IAE,
    source=CATALOGUE,
    codes="sorties_positives_iae taux_sorties_dynamiques_iae",
    pieges="Ni durable, ni transition : la troisième catégorie des sorties dynamiques.",
)
def taux_sorties_positives_iae() -> Rapport:
    """Part des parcours d'insertion terminés par une sortie dite positive."""
    return _part_des_sorties("positive")


@indicateur(
    univers="sorties_insertion",
    unite="%",
    famille="resultats",
    libelle="Sorties par catégorie",
    numerateur="parcours d'insertion terminés par catégorie de sortie",
    denominateur=SORTIES_IAE,
    source=CATALOGUE,
    codes="taux_sorties_dynamiques_iae",
    pieges="Une issue inconnue reste dans la base.",
)
def sorties_par_categorie() -> Repartition:
    """Répartition des parcours d'insertion terminés par catégorie de sortie."""
    return Repartition("categorie_sortie", inconnus=True)


@indicateur(
    univers="sorties_retirees_du_calcul",
    unite="parcours",
    famille="resultats",
    libelle="Sorties retirées du calcul",
    numerateur="parcours d'insertion terminés, trop courts ou retirés par leur motif",
    source=CATALOGUE,
    codes="taux_sorties_dynamiques_iae",
    pieges="À imprimer sous le taux : la liste des motifs retirés est un réglage.",
)
def sorties_retirees() -> Effectif:
    """Parcours d'insertion terminés dans la période et laissés hors du calcul des sorties."""
    return Effectif(pl.len())


@indicateur(
    univers="contrats_en_etp",
    unite="ETP",
    famille="emploi",
    libelle="Équivalents temps plein d'insertion",
    numerateur="heures travaillées dans la période / heures annuelles d'un temps plein",
    source="réglage du service",
    codes="heures_etp",
    pieges="Des heures converties, pas des personnes : un temps partiel pèse moins d'un.",
)
def etp_insertion() -> Effectif:
    """Équivalents temps plein que représentent les heures travaillées dans la période."""
    return Effectif(pl.col("etp").sum(), unites=pl.col("id_personne").n_unique())


@indicateur(
    univers="freins_logement",
    unite="%",
    famille="resultats",
    libelle="Frein logement levé",
    numerateur="parcours terminés sortis de la difficulté de logement",
    denominateur="parcours terminés dans la période commencés avec une difficulté de logement",
    source="réglage du service ; catalogue de l'observatoire",
    codes="logements_difficiles matrice_parcours",
    pieges="Une issue inconnue n'est pas un frein levé : elle reste dans la base.",
)
def taux_frein_logement_leve() -> Rapport:
    """Part des parcours terminés, commencés sans logement stable, qui finissent hors de cette difficulté."""
    return Rapport(pl.col("frein_leve").sum(), pl.col("frein_entree").sum())


@indicateur(
    univers="parcours_termines",
    unite="%",
    famille="resultats",
    libelle="Taux de sortie vers le logement adapté",
    numerateur="parcours terminés vers une résidence sociale, une pension de famille, l'intermédiation ou l'ALT",
    denominateur="parcours terminés dans la période, issue inconnue comprise",
    source=CATALOGUE,
    codes="denominateur_sortie",
    pieges="Le logement adapté ne s'ajoute au logement ordinaire que s'il n'y est pas déjà compté.",
)
def taux_sortie_logement_adapte() -> Rapport:
    """Part des parcours terminés qui mènent à un logement adapté ou accompagné."""
    base = pl.col("base_sortie")
    adapte = pl.col("logement_sortie").is_in(["RS_FJT", "PF", "IML", "ALT"])
    return Rapport((adapte & base).sum(), base.sum())
