"""Maintien : logement et emploi gardés à une échéance, courbes de survie, suivis depuis l'origine."""

from __future__ import annotations

import polars as pl

from observatoire.indicateurs.formes import Effectif, Rapport, Survie
from observatoire.indicateurs.registre import indicateur

SOURCE = "modèle de l'observatoire, § 5 ; réglages du service"
CODES = "cohorte_suivi denominateur_sortie"
KAPLAN_MEIER = "estimateur de Kaplan et Meier (1958), censure à droite"
ATTEINTE = "entrés depuis assez longtemps pour que l'échéance soit atteinte"
PIEGE = "Un suivi trop récent n'est pas dans la base ; un suivi interrompu y reste, sans être compté comme maintenu."
CENSURE = "Suppose que les suivis interrompus ressemblent aux autres ; petits effectifs, courbe fragile."


def _a(mois: int) -> Rapport:
    """Part des suivis maintenus à l'échéance, sur ceux qui ont pu l'atteindre."""
    ici = pl.col("echeance") == str(mois)
    base = ici & pl.col("base")
    return Rapport((base & pl.col("maintenu")).sum(), base.sum(), inconnus=(ici & ~pl.col("connu")).sum())


def _logement(mois: int) -> dict:
    return {
        "univers": "maintiens_logement",
        "unite": "%",
        "famille": "maintien",
        "libelle": f"Logement gardé à {mois} mois",
        "numerateur": f"ménages dont on sait qu'ils sont logés {mois} mois après l'accès",
        "denominateur": f"ménages {ATTEINTE}",
        "source": SOURCE,
        "codes": CODES,
        "pieges": PIEGE,
    }


def _emploi(mois: int) -> dict:
    return {
        "univers": "maintiens_emploi",
        "unite": "%",
        "famille": "maintien",
        "libelle": f"Emploi gardé à {mois} mois",
        "numerateur": f"personnes au travail sans interruption {mois} mois après l'embauche",
        "denominateur": f"personnes embauchées, {ATTEINTE.replace('entrés', 'entrées')}",
        "source": SOURCE,
        "codes": f"{CODES} interruption_emploi",
        "pieges": "Une embauche trop récente n'est pas dans la base.",
    }


@indicateur(**_logement(3))
def taux_maintien_logement_3_mois() -> Rapport:
    """Part des ménages encore logés trois mois après leur accès, parmi ceux qui ont pu les atteindre."""
    return _a(3)


@indicateur(**_logement(6))
def taux_maintien_logement_6_mois() -> Rapport:
    """Part des ménages encore logés six mois après leur accès, parmi ceux qui ont pu les atteindre."""
    return _a(6)


@indicateur(**_logement(12))
def taux_maintien_logement_12_mois() -> Rapport:
    """Part des ménages encore logés douze mois après leur accès, parmi ceux qui ont pu les atteindre."""
    return _a(12)


@indicateur(**_emploi(3))
def taux_maintien_emploi_3_mois() -> Rapport:
    """Part des personnes encore en emploi trois mois après l'embauche, parmi celles qui ont pu les atteindre."""
    return _a(3)


@indicateur(**_emploi(6))
def taux_maintien_emploi_6_mois() -> Rapport:
    """Part des personnes encore en emploi six mois après l'embauche, parmi celles qui ont pu les atteindre."""
    return _a(6)


@indicateur(**_emploi(12))
def taux_maintien_emploi_12_mois() -> Rapport:
    """Part des personnes encore en emploi douze mois après l'embauche, parmi celles qui ont pu les atteindre."""
    return _a(12)


@indicateur(
    univers="survie_logement",
    unite="%",
    famille="maintien",
    libelle="Maintien dans le logement, courbe de survie",
    numerateur="probabilité estimée d'être encore logé après tant de mois",
    denominateur="ménages entrés dans un logement depuis l'origine",
    source=KAPLAN_MEIER,
    pieges=CENSURE,
)
def survie_dans_le_logement() -> Survie:
    """Probabilité d'être encore logé tant de mois après l'accès, suivis interrompus censurés à droite."""
    return Survie("mois_ecoules", "duree_jours", "perdu", "limite_jours")


@indicateur(
    univers="survie_emploi",
    unite="%",
    famille="maintien",
    libelle="Maintien dans l'emploi, courbe de survie",
    numerateur="probabilité estimée d'être encore en emploi après tant de mois",
    denominateur="personnes entrées dans un emploi depuis l'origine",
    source=KAPLAN_MEIER,
    pieges=CENSURE,
)
def survie_dans_l_emploi() -> Survie:
    """Probabilité d'être encore en emploi tant de mois après l'embauche, contrats en cours censurés à droite."""
    return Survie("mois_ecoules", "duree_jours", "perdu", "limite_jours")


@indicateur(
    univers="menages_depuis_origine",
    unite="ménages",
    famille="maintien",
    libelle="Ménages suivis depuis l'origine",
    numerateur="ménages distincts dont un parcours a commencé avant la fin de la période",
    source="fiche d'expérience « emploi d'abord, logement d'abord » ; modèle § 5",
    pieges="Cumul depuis l'ouverture : ne se compare pas à une file active annuelle.",
)
def menages_suivis_origine() -> Effectif:
    """Ménages distincts accompagnés depuis l'ouverture du service, jusqu'à la fin de la période."""
    return Effectif(pl.len())


@indicateur(
    univers="menages_depuis_origine",
    unite="%",
    famille="maintien",
    libelle="Part de locataires parmi les ménages suivis depuis l'origine",
    numerateur="ménages dont la dernière situation connue est un logement",
    denominateur="ménages suivis depuis l'origine, situation inconnue comprise",
    source="fiche d'expérience « emploi d'abord, logement d'abord » ; modèle § 5",
    codes="sorties_logement",
    pieges="Dernière situation connue, parfois ancienne ; les ménages perdus de vue restent dans la base.",
)
def part_locataires_origine() -> Rapport:
    """Part des ménages suivis depuis l'origine dont la dernière situation connue est un logement."""
    return Rapport(pl.col("loge").sum(), pl.len(), inconnus=(~pl.col("logement_connu")).sum())
