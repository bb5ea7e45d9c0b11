"""Public : qui sont les ménages et les personnes suivis."""

from __future__ import annotations

import polars as pl

from observatoire import regles
from observatoire.indicateurs.formes import Moyenne, Rapport, Repartition
from observatoire.indicateurs.registre import indicateur

PROFIL = "règles de lecture de l'observatoire, « Photos » et « Non renseigné »"
AGE = "règles de lecture de l'observatoire, « Âge »"


@indicateur(
    univers="menages_suivis",
    unite="%",
    famille="public",
    libelle="Composition familiale",
    numerateur="ménages par composition",
    denominateur="ménages dont la composition est connue",
    source=PROFIL,
    pieges="Composition à la photo de profil et non à la date d'extraction.",
)
def composition_familiale() -> Repartition:
    """Répartition des ménages suivis par composition familiale."""
    return Repartition("composition")


@indicateur(
    univers="profils",
    unite="%",
    famille="public",
    libelle="Répartition par genre",
    numerateur="personnes par genre déclaré",
    denominateur="personnes dont le genre est connu",
    source=PROFIL,
    pieges="« Ne se prononce pas » est une réponse.",
)
def repartition_genre() -> Repartition:
    """Répartition des personnes selon le genre déclaré."""
    return Repartition("genre")


@indicateur(
    univers="ages",
    unite="%",
    famille="public",
    libelle="Répartition par âge",
    numerateur="personnes par tranche d'âge",
    denominateur="personnes dont l'âge est connu",
    source=AGE,
    pieges="Bornes fermées à gauche, sans trou ; âge au jour de la photo.",
)
def age_tranches() -> Repartition:
    """Répartition par tranche d'âge, à la photo de profil, des personnes que le service compte : référents ou tous."""
    return Repartition("age_tranche")


@indicateur(
    univers="ages",
    unite="ans",
    famille="public",
    libelle="Âge moyen",
    numerateur="somme des âges en années pleines",
    denominateur="personnes dont l'âge est connu",
    source=AGE,
    pieges="Âge révolu : une demi-année de moins qu'un âge décimal.",
)
def age_moyen() -> Moyenne:
    """Moyenne des âges en années pleines à la photo de profil."""
    return Moyenne(pl.col("age"))


@indicateur(
    univers="profils",
    unite="%",
    famille="public",
    libelle="Situation de logement au début",
    numerateur="unités par situation de logement",
    denominateur="unités dont la situation est connue",
    source=PROFIL,
    pieges="« Hébergé » réunit la famille et les tiers : les deux codes restent distincts.",
)
def situation_logement_entree() -> Repartition:
    """Répartition selon la situation de logement à la photo de profil."""
    return Repartition("logement_entree")


@indicateur(
    univers="profils",
    unite="%",
    famille="public",
    libelle="Part en situation de logement difficile",
    numerateur="unités dont le service compte la situation de logement comme difficile",
    denominateur="unités dont la situation de logement est connue",
    source=PROFIL,
    codes="logements_difficiles",
    pieges="La liste des situations difficiles est un réglage du service.",
)
def part_logement_difficile() -> Rapport:
    """Part des personnes dont la situation de logement est difficile, au sens du service."""
    connue = regles.renseigne("logement_entree")
    return Rapport((pl.col("logement_difficile") & connue).sum(), connue.sum(), inconnus=(~connue).sum())


@indicateur(
    univers="profils",
    unite="%",
    famille="public",
    libelle="Situation d'emploi",
    numerateur="unités par situation d'emploi",
    denominateur="unités dont la situation d'emploi est connue",
    source=PROFIL,
    pieges="Ce que la personne fait, pas ce qu'elle perçoit.",
)
def situation_emploi_entree() -> Repartition:
    """Répartition selon la situation d'emploi à la photo de profil."""
    return Repartition("emploi")


@indicateur(
    univers="profils",
    unite="%",
    famille="public",
    libelle="Part ayant un parcours à l'aide sociale à l'enfance",
    numerateur="personnes ayant un parcours ASE",
    denominateur="personnes dont la réponse est connue",
    source=PROFIL,
    pieges="Recueil souvent incomplet : taux minorant, lire la part de non-renseignés.",
)
def parcours_ase() -> Rapport:
    """Part des personnes déclarant une prise en charge passée par l'aide sociale à l'enfance."""
    connu = regles.renseigne("parcours_ase")
    return Rapport((pl.col("parcours_ase") == "oui").sum(), connu.sum(), inconnus=(~connu).sum())


@indicateur(
    univers="profils",
    unite="%",
    famille="public",
    libelle="Prise en charge antérieure",
    numerateur="personnes par mode de la prise en charge passée",
    denominateur="personnes dont le mode est connu",
    source=PROFIL,
    pieges="Le dernier mode connu : une personne a pu en connaître plusieurs.",
)
def prise_en_charge_anterieure() -> Repartition:
    """Répartition selon le mode de la prise en charge passée par l'aide sociale à l'enfance."""
    return Repartition("prise_en_charge")
