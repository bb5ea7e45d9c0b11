"""Demandes : qui sollicite, pourquoi, et quelle suite est donnée."""

from __future__ import annotations

import polars as pl

from observatoire import regles
from observatoire.indicateurs.formes import Citations, Effectif, Mediane, Moyenne, Rapport, Repartition
from observatoire.indicateurs.registre import indicateur

REGLES = "règles de lecture de l'observatoire, « Demandes »"


@indicateur(
    univers="demandes_recues",
    unite="demandes",
    famille="demandes",
    libelle="Demandes ou prescriptions reçues",
    numerateur="demandes datées dans la période",
    source=REGLES,
    pieges="Une même personne peut déposer plusieurs demandes.",
)
def demandes_recues() -> Effectif:
    """Demandes enregistrées dans la période."""
    return Effectif(pl.len())


@indicateur(
    univers="demandes_recues",
    unite="%",
    famille="demandes",
    libelle="Suites données aux demandes",
    numerateur="demandes par suite, connue à l'extraction",
    denominateur="demandes reçues dans la période",
    source=REGLES,
    pieges="Les demandes en attente restent dans la base : la somme boucle.",
)
def suites_demandes() -> Repartition:
    """Répartition des demandes de la période selon la suite donnée."""
    return Repartition("suite", inconnus=True)


@indicateur(
    univers="demandes_decidees",
    unite="%",
    famille="demandes",
    libelle="Taux de refus",
    numerateur="demandes refusées par le service ou par le ménage",
    denominateur="demandes décidées dans la période, hors en cours et liste d'attente",
    source=REGLES,
    pieges="Deux auteurs de refus : le service et le ménage.",
)
def taux_refus() -> Rapport:
    """Part des demandes décidées dans la période qui ont été refusées."""
    return Rapport(pl.col("suite").is_in(["REFUS_SERVICE", "REFUS_MENAGE"]).sum(), pl.len())


@indicateur(
    univers="admissions",
    unite="jours",
    famille="demandes",
    libelle="Délai moyen d'admission",
    numerateur="jours entre la demande et le début de l'épisode",
    denominateur="épisodes débutés dans la période reliés à leur demande",
    source=REGLES,
    pieges="Seuls les admis ont un délai : l'ancienneté des demandes en attente est un autre chiffre.",
)
def delai_admission() -> Moyenne:
    """Délai moyen entre la demande et le début de l'épisode."""
    return Moyenne(pl.col("delai"))


@indicateur(
    univers="admissions",
    unite="jours",
    famille="demandes",
    libelle="Délai médian d'admission",
    numerateur="jours entre la demande et le début de l'épisode",
    denominateur="épisodes débutés dans la période reliés à leur demande",
    source=REGLES,
)
def delai_admission_median() -> Mediane:
    """Délai médian entre la demande et le début de l'épisode."""
    return Mediane(pl.col("delai"))


@indicateur(
    univers="mesures_notifiees",
    unite="mesures",
    famille="demandes",
    libelle="Mesures notifiées non démarrées",
    numerateur="mesures notifiées dans la période sans date de début",
    source="catalogue de l'observatoire",
    pieges="Hors des files actives, des sorties et des durées.",
)
def non_signature_mesures() -> Effectif:
    """Mesures notifiées dans la période qui n'ont jamais démarré."""
    return Effectif((~pl.col("demarree")).sum())


@indicateur(
    univers="demandes_recues",
    unite="%",
    famille="demandes",
    libelle="Structures à l'origine de la demande",
    numerateur="demandes par catégorie de prescripteur",
    denominateur="demandes dont le prescripteur est connu",
    source="catalogue de l'observatoire, « prescripteurs »",
    pieges="Le bouche à oreille est une réponse, pas un non renseigné.",
)
def prescripteurs() -> Repartition:
    """Répartition des demandes de la période par catégorie de prescripteur."""
    return Repartition("prescripteur")


@indicateur(
    univers="demandes_recues",
    unite="structures",
    famille="demandes",
    libelle="Structures prescriptrices différentes",
    numerateur="organismes distincts à l'origine d'une demande",
    source="catalogue de l'observatoire, « prescripteurs »",
    personnel=False,
)
def organismes_prescripteurs() -> Effectif:
    """Nombre de structures différentes ayant adressé au moins une demande."""
    return Effectif(pl.col("organisme").drop_nulls().n_unique())


@indicateur(
    univers="demandes_recues",
    unite="%",
    famille="demandes",
    libelle="Demandes par structure prescriptrice",
    numerateur="demandes par organisme",
    denominateur="demandes dont l'organisme est connu",
    source="catalogue de l'observatoire, « prescripteurs »",
    pieges="Publier la catégorie et non l'organisme quand l'effectif est petit.",
)
def demandes_par_organisme() -> Repartition:
    """Répartition des demandes de la période par structure prescriptrice."""
    return Repartition("organisme")


@indicateur(
    univers="demandes_recues",
    unite="%",
    famille="demandes",
    libelle="Motif principal de la demande",
    numerateur="demandes par motif principal",
    denominateur="demandes dont le motif est connu",
    source="catalogue de l'observatoire",
    pieges="Motif principal : la somme fait 100 %, à la différence des difficultés annexes.",
)
def motifs_demande() -> Repartition:
    """Répartition des demandes de la période par motif principal."""
    return Repartition("motif")


@indicateur(
    univers="difficultes_des_demandes",
    unite="%",
    famille="demandes",
    libelle="Difficultés annexes",
    numerateur="demandes citant la difficulté",
    denominateur="demandes dont les difficultés sont renseignées",
    source="catalogue de l'observatoire",
    pieges="Plusieurs réponses possibles : la somme dépasse 100 %.",
)
def problematiques_annexes() -> Citations:
    """Part des demandes citant chaque difficulté annexe."""
    return Citations("difficulte")


@indicateur(
    univers="demandes_recues",
    unite="%",
    famille="demandes",
    libelle="Origine géographique",
    numerateur="demandes par commune d'origine",
    denominateur="demandes dont la commune est connue",
    source="catalogue de l'observatoire",
    pieges="Commune d'origine à la demande, ni de résidence actuelle, ni du rendez-vous.",
)
def origine_geographique() -> Repartition:
    """Répartition des demandes de la période par commune d'origine."""
    return Repartition("commune_origine")


@indicateur(
    univers="demandes_recues",
    unite="%",
    famille="demandes",
    libelle="Demandes venant de quartiers prioritaires",
    numerateur="demandes dont l'adresse est en QPV",
    denominateur="demandes dont la réponse est connue",
    source="catalogue de l'observatoire",
    pieges="La géographie prioritaire a changé en 2024 : rupture de série.",
)
def part_qpv() -> Rapport:
    """Part des demandes de la période venant d'un quartier prioritaire."""
    connu = regles.renseigne("qpv")
    return Rapport((pl.col("qpv") == "oui").sum(), connu.sum(), inconnus=(~connu).sum())
