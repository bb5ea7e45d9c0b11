"""Activité : ce que le service a fait, et pour combien de ménages."""

from __future__ import annotations

import polars as pl

from observatoire import regles
from observatoire.indicateurs.formes import Effectif, Rapport, Serie
from observatoire.indicateurs.registre import indicateur

REGLES = "règles de lecture de l'observatoire"


@indicateur(
    univers="menages_suivis",
    unite="ménages",
    famille="activite",
    libelle="Ménages accompagnés dans l'année",
    numerateur="ménages distincts ayant au moins un jour de mesure ou de séjour dans la période",
    source=f"{REGLES}, « Comptes » et « Présence dans P »",
    pieges="Un ménage avec deux mesures successives compte une fois. Ni des personnes, ni des mesures.",
)
def menages_accompagnes() -> Effectif:
    """Ménages distincts présents au moins un jour dans la période (file active annuelle).

    Exemple : `observatoire indicateurs --service ltiae --annee 2022 --indicateur menages_accompagnes`.
    """
    return Effectif(pl.len())


@indicateur(
    univers="personnes_suivies",
    unite="personnes",
    famille="activite",
    libelle="Personnes accompagnées dans l'année",
    numerateur="personnes distinctes membres d'un ménage suivi dans la période",
    source="catalogue de l'observatoire ; appartenances de la table membre",
    pieges="Ne jamais additionner ménages et personnes.",
)
def personnes_accompagnees() -> Effectif:
    """Personnes distinctes, adultes et enfants, dont le ménage est suivi dans la période."""
    return Effectif(pl.len())


@indicateur(
    univers="situations_suivies",
    unite="situations",
    famille="activite",
    libelle="Situations suivies (dossiers)",
    numerateur="dossiers ayant au moins un acte qui a eu lieu dans la période",
    source="catalogue de l'observatoire",
    pieges="Unité propre à l'accueil : ni ménage accompagné, ni personne.",
)
def situations_accompagnees() -> Effectif:
    """Dossiers traités dans la période, reçus en entretien ou suivis à distance seulement."""
    return Effectif(pl.len())


@indicateur(
    univers="mois_menages",
    unite="ménages",
    famille="activite",
    libelle="File active par mois",
    numerateur="ménages présents dans le mois, comme le service les compte : mois entamé, dernier jour ou prorata",
    source=f"{REGLES}, « Mois »",
    codes="regle_mois",
    pieges="Mois entamé, dernier jour et prorata donnent trois séries : la règle s'imprime sous le tableau.",
)
def file_active_mensuelle() -> Serie:
    """Ménages suivis simultanément, mois par mois, selon la règle de comptage du service."""
    return Serie(pl.col("presence").sum())


@indicateur(
    univers="mois_menages",
    unite="mois-mesures",
    famille="activite",
    libelle="Mois-mesures réalisés",
    numerateur="somme des douze files actives (ou jours de mesure / 30,4375 en prorata)",
    source=f"{REGLES}, « Mois »",
    pieges="Le total dépend de la règle de comptage des mois.",
)
def mois_mesures() -> Effectif:
    """Somme sur la période des mois de mesure effectivement ouverts."""
    return Effectif(pl.col("mois_mesure").sum(), unites=pl.len())


@indicateur(
    univers="mesures_exercees",
    unite="mesures",
    famille="activite",
    libelle="Mesures exercées",
    numerateur="mesures démarrées ayant au moins un jour dans la période",
    source="catalogue de l'observatoire",
    pieges="Une première mesure et son renouvellement sont deux mesures et un seul parcours.",
)
def mesures_exercees() -> Effectif:
    """Mesures ouvertes au moins un jour dans la période."""
    return Effectif(pl.len())


@indicateur(
    univers="mesures_debutees",
    unite="mesures",
    famille="activite",
    libelle="Premières mesures",
    numerateur="mesures de rang 1 dont le début retenu est dans la période",
    source=f"{REGLES}, « Comptes »",
    pieges="Une mesure notifiée qui n'a jamais démarré n'en est pas une.",
)
def premieres_mesures() -> Effectif:
    """Mesures de rang 1 débutées dans la période."""
    return Effectif((pl.col("rang") == 1).sum())


@indicateur(
    univers="mesures_debutees",
    unite="mesures",
    famille="activite",
    libelle="Renouvellements",
    numerateur="mesures de rang 2 et plus dont le début retenu est dans la période",
    source=f"{REGLES}, « Comptes »",
    pieges="Compte des mesures et non des ménages prolongés.",
)
def renouvellements() -> Effectif:
    """Mesures de rang 2 et plus débutées dans la période."""
    return Effectif((pl.col("rang") >= 2).sum())


@indicateur(
    univers="parcours_de_la_periode",
    unite="parcours",
    famille="activite",
    libelle="Entrées de l'année",
    numerateur="parcours dont le début tombe dans la période",
    source=f"{REGLES}, « Parcours »",
    pieges="Un changement de logement à l'intérieur du service n'est pas une entrée.",
)
def entrees() -> Effectif:
    """Parcours commencés dans la période ; le service peut compter des épisodes ou des ménages à leur place."""
    return Effectif(pl.col("entre").sum())


@indicateur(
    univers="parcours_de_la_periode",
    unite="parcours",
    famille="activite",
    libelle="Sorties de l'année",
    numerateur="parcours dont la fin tombe dans la période",
    source=f"{REGLES}, « Parcours »",
    pieges="Une mesure jamais démarrée n'est pas une sortie.",
)
def sorties() -> Effectif:
    """Parcours terminés dans la période ; le service peut compter des épisodes ou des ménages à leur place."""
    return Effectif(pl.col("sort").sum())


@indicateur(
    univers="mouvements_mensuels",
    unite="parcours",
    famille="activite",
    libelle="Entrées par mois",
    numerateur="parcours dont le début tombe dans le mois",
    source=f"{REGLES}, « Parcours »",
    pieges="Leur somme est le nombre d'entrées de l'année. Jamais en diffusion publique : à côté de la file active, "
    "les entrées d'un mois se retrouveraient par différence.",
    interne_seulement=True,
)
def entrees_mensuelles() -> Serie:
    """Parcours commencés chaque mois de la période, comptés comme les entrées de l'année."""
    return Serie(pl.col("entre").sum())


@indicateur(
    univers="mouvements_mensuels",
    unite="parcours",
    famille="activite",
    libelle="Sorties par mois",
    numerateur="parcours dont la fin tombe dans le mois",
    source=f"{REGLES}, « Parcours »",
    pieges="Leur somme est le nombre de sorties de l'année. Jamais en diffusion publique : à côté de la file active, "
    "les sorties d'un mois se retrouveraient par différence.",
    interne_seulement=True,
)
def sorties_mensuelles() -> Serie:
    """Parcours terminés chaque mois de la période, comptés comme les sorties de l'année."""
    return Serie(pl.col("sort").sum())


@indicateur(
    univers="parcours_suivis",
    unite="parcours",
    famille="activite",
    libelle="Accompagnements prolongés",
    numerateur="parcours suivis dont la durée dépasse la durée maximale du service",
    source="réglage du service ; catalogue de l'observatoire",
    codes="duree_max part_sejours_longs",
    pieges="Compte des accompagnements et non des demandes de prolongation.",
)
def accompagnements_prolonges() -> Effectif:
    """Parcours de la période qui ont duré plus que la durée maximale, à leur fin ou au dernier jour de la période."""
    # Sans durée maximale réglée, rien à compter : ni 0, ni un nombre.
    prolonge = pl.col("prolonge")
    return Effectif(pl.when(prolonge.null_count() == 0).then(prolonge.sum()))


@indicateur(
    univers="parcours_suivis",
    unite="%",
    famille="activite",
    libelle="Part d'accompagnements prolongés",
    numerateur="parcours suivis dont la durée dépasse la durée maximale du service",
    denominateur="parcours ayant un jour dans la période",
    source="réglage du service ; catalogue de l'observatoire",
    codes="duree_max part_sejours_longs",
    pieges="Un accompagnement récent n'a pas encore pu être prolongé : il reste dans la base.",
)
def part_accompagnements_prolonges() -> Rapport:
    """Part des parcours de la période dont la durée dépasse la durée maximale du service."""
    return Rapport(pl.col("prolonge").sum(), pl.col("prolonge").count(), inconnus=pl.col("prolonge").is_null().sum())


@indicateur(
    univers="menages_suivis",
    unite="ménages",
    famille="activite",
    libelle="Présents au dernier jour de la période",
    numerateur="ménages dont un épisode est ouvert le dernier jour de la période",
    source=f"{REGLES}, « Comptes »",
    pieges="Le jour de sortie n'est pas un jour de présence.",
)
def presents_31_12() -> Effectif:
    """Ménages présents au dernier jour de la période (31 décembre en année civile)."""
    return Effectif(pl.col("present_fin").sum())


@indicateur(
    univers="mesures_exercees",
    unite="points",
    famille="activite",
    libelle="Mesures pondérées (points de convention)",
    numerateur="somme des coefficients × jours ouverts / jours de la période",
    source=f"{REGLES}, « Pondération »",
    pieges="Le barème est local : le coefficient vient de la mesure, à défaut du service.",
)
def mesures_ponderees() -> Effectif:
    """Somme des mesures en points, chacune pondérée par son coefficient et sa durée dans la période."""
    return Effectif(pl.col("points").sum(), unites=pl.len())


@indicateur(
    univers="realisation_conventions",
    unite="%",
    famille="activite",
    libelle="Taux de réalisation de la convention",
    numerateur="activité réalisée dans l'unité de la convention",
    denominateur="objectif conventionné ramené à la partie commune de la période et de la convention",
    source=f"{REGLES}, « Pondération »",
    personnel=False,
    pieges="Même période et même unité des deux côtés.",
)
def taux_realisation_convention() -> Rapport:
    """Activité réalisée rapportée à l'objectif de la convention sur la même période."""
    return Rapport(pl.col("realise").sum(), pl.col("objectif").sum())


@indicateur(
    univers="actes_de_la_periode",
    unite="entretiens",
    famille="activite",
    libelle="Entretiens individuels réalisés",
    numerateur="actes de type entretien qui ont eu lieu",
    source=f"{REGLES}, « Actes »",
    pieges="Ni rendez-vous manqués, ni annulés.",
)
def entretiens_realises() -> Effectif:
    """Entretiens tenus dans la période."""
    return Effectif(pl.col("nombre").filter(pl.col("type_acte") == "ENTRETIEN").sum())


@indicateur(
    univers="situations_suivies",
    unite="entretiens",
    famille="activite",
    libelle="Entretiens par situation reçue",
    numerateur="entretiens réalisés avec un dossier",
    denominateur="situations reçues au moins une fois en entretien",
    source="catalogue de l'observatoire",
    pieges="La base est la situation reçue, ni la personne, ni la situation suivie à distance.",
)
def entretiens_par_situation() -> Rapport:
    """Nombre moyen d'entretiens par situation reçue au moins une fois."""
    return Rapport(pl.col("nb_entretiens").sum(), (pl.col("nb_entretiens") > 0).sum(), facteur=1)


@indicateur(
    univers="actes_de_la_periode",
    unite="visites",
    famille="activite",
    libelle="Visites à domicile réalisées",
    numerateur="actes de type visite qui ont eu lieu",
    source=f"{REGLES}, « Actes »",
    pieges="Vérifier les doublons quand deux membres du ménage sont saisis.",
)
def visites_domicile() -> Effectif:
    """Visites à domicile tenues dans la période."""
    return Effectif(pl.col("nombre").filter(pl.col("type_acte") == "VISITE").sum())


@indicateur(
    univers="charge_par_etp",
    unite="visites par ETP",
    famille="activite",
    libelle="Visites à domicile par ETP",
    numerateur="visites à domicile qui ont eu lieu",
    denominateur="équivalents temps plein financés dans la période",
    source="catalogue de l'observatoire",
    codes="visites_domicile",
    personnel=False,
    pieges="Rapportées aux ETP et non au nombre de salariés.",
)
def visites_par_etp() -> Rapport:
    """Visites à domicile de la période par équivalent temps plein financé."""
    return Rapport(pl.col("visites").sum(), pl.col("etp").sum(), facteur=1)


@indicateur(
    univers="charge_par_etp",
    unite="ménages par ETP",
    famille="activite",
    libelle="Ménages suivis simultanément par ETP",
    numerateur="moyenne des files actives mensuelles",
    denominateur="équivalents temps plein financés dans la période",
    source="catalogue de l'observatoire",
    pieges="File active moyenne, et non file active annuelle.",
)
def menages_par_etp() -> Rapport:
    """File active moyenne des mois de la période par équivalent temps plein financé."""
    return Rapport(pl.col("presence_moyenne").sum(), pl.col("etp").sum(), facteur=1)


@indicateur(
    univers="actes_de_la_periode",
    unite="séances",
    famille="activite",
    libelle="Ateliers collectifs tenus",
    numerateur="actes collectifs qui ont eu lieu",
    source=f"{REGLES}, « Actes »",
    codes="types_atelier",
    personnel=False,
    pieges="Distinguer séances, participants distincts et participations.",
)
def ateliers_realises() -> Effectif:
    """Séances collectives tenues dans la période."""
    return Effectif(pl.col("atelier").sum())


@indicateur(
    univers="participations_ateliers",
    unite="personnes",
    famille="activite",
    libelle="Participants distincts aux ateliers",
    numerateur="personnes distinctes présentes à au moins un acte collectif",
    source=f"{REGLES}, « Actes »",
    pieges="Les présences anonymes ne sont pas dédoublonnables : hors de ce compte.",
)
def participants_ateliers() -> Effectif:
    """Personnes distinctes ayant pris part à au moins une séance collective."""
    return Effectif(pl.col("id_personne").drop_nulls().n_unique())


@indicateur(
    univers="participations_ateliers",
    unite="participations",
    famille="activite",
    libelle="Participations aux ateliers",
    numerateur="présences, effectifs anonymes compris",
    source=f"{REGLES}, « Actes »",
    pieges="Une personne venue deux fois compte deux fois.",
)
def participations() -> Effectif:
    """Nombre total de présences aux séances collectives."""
    return Effectif(pl.col("effectif").sum())


@indicateur(
    univers="actes_de_la_periode",
    unite="jeunes",
    famille="activite",
    libelle="Jeunes touchés en « aller vers »",
    numerateur="effectifs déclarés des actions « aller vers »",
    source="catalogue de l'observatoire",
    pieges="Compte sans identité : jamais dans le dénominateur d'un taux.",
)
def jeunes_aller_vers() -> Effectif:
    """Personnes sensibilisées hors des murs, sans ouverture de dossier."""
    return Effectif(pl.when(pl.col("type_acte") == "ALLER_VERS").then(pl.col("effectif_anonyme")).sum())


@indicateur(
    univers="frequentation",
    unite="personnes",
    famille="activite",
    libelle="Personnes accueillies, informées, orientées (AIO)",
    numerateur="personnes avec dossier + personnes reçues sans dossier",
    source="catalogue de l'observatoire",
    pieges="Sans dossier, ni âge ni ressources : les profils ne portent que sur les personnes avec dossier.",
)
def aio_total() -> Effectif:
    """Personnes reçues dans la période, avec ou sans dossier ouvert."""
    return Effectif(pl.when(pl.col("canal").is_in(["dossier", "sans_dossier"])).then(pl.col("effectif")).sum())


@indicateur(
    univers="frequentation",
    unite="jeunes",
    famille="activite",
    nom="demandeurs_distincts_cllaj",
    libelle="Jeunes ayant sollicité le service (fréquentation)",
    valable_depuis=2019,
    numerateur="personnes avec dossier + sans dossier + participants distincts aux ateliers",
    source="définition imprimée pour 2019 à 2021",
    pieges="Un participant déjà suivi compte deux fois.",
)
def demandeurs_distincts_cllaj_2019() -> Effectif:
    """Fréquentation telle qu'imprimée de 2019 à 2021 : accueil et ateliers additionnés, sans dédoublonnage."""
    return Effectif(
        pl.when(pl.col("canal").is_in(["dossier", "sans_dossier", "atelier"])).then(pl.col("effectif")).sum()
    )


@indicateur(
    univers="frequentation",
    unite="jeunes",
    famille="activite",
    nom="demandeurs_distincts_cllaj",
    libelle="Jeunes ayant sollicité le service (fréquentation)",
    valable_depuis=2022,
    numerateur="personnes avec dossier + sans dossier + participants sans dossier + touchés en « aller vers »",
    source="définition imprimée depuis 2022",
    pieges="Rupture en 2022 : ne se compare à 2021 qu'à définition constante (celle de 2019).",
)
def demandeurs_distincts_cllaj_2022() -> Effectif:
    """Fréquentation depuis 2022 : les participants déjà suivis sont dédoublonnés et l'« aller vers » est ajouté."""
    double = (pl.col("canal") == "atelier") & (pl.col("a_dossier") == "oui")
    return Effectif(pl.when(~double).then(pl.col("effectif")).sum())


@indicateur(
    univers="frequentation",
    unite="jeunes",
    famille="activite",
    libelle="Jeunes issus de quartiers prioritaires (toutes actions)",
    numerateur="jeunes en QPV parmi les dossiers, les personnes sans dossier et l'« aller vers »",
    source="catalogue de l'observatoire",
    codes="part_qpv",
    pieges="Toutes les personnes touchées : plus large que les jeunes en accompagnement.",
)
def jeunes_qpv() -> Effectif:
    """Jeunes habitant un quartier prioritaire, toutes actions confondues hors ateliers."""
    jeunes = pl.when(pl.col("canal") != "atelier").then(pl.col("effectif"))
    return Effectif(
        pl.when(pl.col("qpv") == "oui").then(jeunes).sum(),
        inconnus=pl.when(~regles.renseigne("qpv")).then(jeunes).sum(),
    )


@indicateur(
    univers="profils",
    unite="personnes",
    famille="activite",
    libelle="Accueils relevant d'Action Logement",
    numerateur="personnes suivies dont l'emploi est l'un de ceux que le service déclare (salariés du privé)",
    source="réglage du service",
    codes="emplois_action_logement",
    pieges="Sous-ensemble des personnes avec dossier : critère d'emploi, pas d'origine de la demande.",
)
def aio_action_logement() -> Effectif:
    """Personnes suivies salariées du secteur privé, dont l'accueil relève d'Action Logement."""
    return Effectif(pl.col("action_logement").sum())
