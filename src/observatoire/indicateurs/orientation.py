"""Orientation : réponses aux demandes, attente, diagnostics, captation et glissement de bail."""

from __future__ import annotations

import polars as pl

from observatoire.indicateurs.formes import Effectif, Mediane, Moyenne, Rapport, Repartition
from observatoire.indicateurs.registre import indicateur

DEMANDES = "règles de lecture de l'observatoire, « Demandes »"
ATTENTE = "demandes sans décision au dernier jour de la période"
SEJOURS = "règles de lecture de l'observatoire, « Présence dans P »"
NON_LIEU = "NON_LIEU"


@indicateur(
    univers="reponses_aux_demandes",
    unite="%",
    famille="demandes",
    libelle="Taux de réponse positive",
    numerateur="demandes ayant reçu une réponse positive",
    denominateur="demandes reçues dans la période",
    source="catalogue de l'observatoire",
    codes="suites_positives",
    pieges="Hors des ménages qui ne passent pas par le service ; une demande en attente est dans la base.",
)
def taux_reponse_positive_siao() -> Rapport:
    """Part des demandes reçues dans la période qui ont eu une réponse positive."""
    return Rapport(pl.col("positive").sum(), pl.len())


@indicateur(
    univers="reponses_aux_demandes",
    unite="ménages",
    famille="demandes",
    libelle="Ménages demandeurs",
    numerateur="ménages distincts ayant déposé au moins une demande dans la période",
    source=DEMANDES,
    pieges="Un ménage qui dépose trois demandes compte une fois ; une demande sans dossier n'est pas comptée ici.",
)
def menages_demandeurs() -> Effectif:
    """Ménages distincts à l'origine d'au moins une demande reçue dans la période."""
    return Effectif(pl.col("id_menage").drop_nulls().n_unique())


@indicateur(
    univers="reponses_aux_demandes",
    unite="demandes par ménage",
    famille="demandes",
    libelle="Demandes par ménage demandeur",
    numerateur="demandes de la période rattachées à un ménage",
    denominateur="ménages demandeurs",
    source=DEMANDES,
)
def demandes_par_menage() -> Rapport:
    """Nombre moyen de demandes déposées dans la période par ménage demandeur."""
    menages = pl.col("id_menage").drop_nulls()
    return Rapport(menages.len(), menages.n_unique(), facteur=1)


@indicateur(
    univers="demandes_en_attente",
    unite="demandes",
    famille="demandes",
    libelle="Demandes en attente en fin de période",
    numerateur=ATTENTE,
    source=DEMANDES,
    pieges="Un stock, quelle que soit l'année de la demande : il ne s'ajoute pas aux demandes reçues.",
)
def demandes_en_attente() -> Effectif:
    """Demandes encore sans décision au dernier jour de la période."""
    return Effectif(pl.len())


@indicateur(
    univers="demandes_en_attente",
    unite="ménages",
    famille="demandes",
    libelle="Ménages en attente en fin de période",
    numerateur="ménages distincts ayant une demande sans décision au dernier jour de la période",
    source=DEMANDES,
)
def menages_en_attente() -> Effectif:
    """Ménages distincts dont une demande attend encore au dernier jour de la période."""
    return Effectif(pl.col("id_menage").drop_nulls().n_unique())


@indicateur(
    univers="demandes_en_attente",
    unite="jours",
    famille="demandes",
    libelle="Ancienneté moyenne des demandes en attente",
    numerateur="jours de la demande au dernier jour de la période",
    denominateur=ATTENTE,
    source=DEMANDES,
    pieges="Pas le délai d'admission : il ne compte que ceux qui ont fini par entrer.",
)
def anciennete_demandes_en_attente() -> Moyenne:
    """Ancienneté moyenne, au dernier jour de la période, des demandes encore en attente."""
    return Moyenne(pl.col("anciennete"))


@indicateur(
    univers="demandes_en_attente",
    unite="jours",
    famille="demandes",
    libelle="Ancienneté médiane des demandes en attente",
    numerateur="anciennetés triées",
    denominateur=ATTENTE,
    source=DEMANDES,
)
def anciennete_mediane_en_attente() -> Mediane:
    """Ancienneté médiane, au dernier jour de la période, des demandes encore en attente."""
    return Mediane(pl.col("anciennete"))


@indicateur(
    univers="demandes_en_attente",
    unite="%",
    famille="demandes",
    libelle="Demandes en attente par ancienneté",
    numerateur="demandes en attente par tranche d'ancienneté, en mois révolus",
    denominateur=ATTENTE,
    source=DEMANDES,
)
def attente_par_anciennete() -> Repartition:
    """Répartition des demandes en attente selon leur ancienneté au dernier jour de la période."""
    return Repartition("anciennete_tranche", inconnus=True)


@indicateur(
    univers="diagnostics_rendus",
    unite="diagnostics",
    famille="activite",
    libelle="Diagnostics rendus",
    numerateur="diagnostics terminés dans la période",
    source="réglage du service",
    codes="types_diagnostic",
    pieges="Un diagnostic et une mesure d'accompagnement ne s'additionnent pas.",
)
def diagnostics_realises() -> Effectif:
    """Diagnostics terminés dans la période."""
    return Effectif(pl.len())


@indicateur(
    univers="diagnostics_rendus",
    unite="%",
    famille="activite",
    libelle="Conclusions des diagnostics",
    numerateur="diagnostics terminés par conclusion",
    denominateur="diagnostics terminés dans la période",
    source="réglage du service",
    codes="types_diagnostic",
)
def conclusions_diagnostics() -> Repartition:
    """Répartition des diagnostics terminés dans la période selon ce qu'ils concluent."""
    return Repartition("conclusion", inconnus=True)


@indicateur(
    univers="diagnostics_rendus",
    unite="%",
    famille="activite",
    libelle="Part de diagnostics concluant au non-lieu",
    numerateur="diagnostics terminés sans accompagnement à prévoir",
    denominateur="diagnostics terminés dans la période",
    source="réglage du service",
    codes="types_diagnostic",
    pieges="Un non-lieu n'est pas une mesure non démarrée : le diagnostic a bien eu lieu.",
)
def taux_non_lieu() -> Rapport:
    """Part des diagnostics terminés dans la période qui concluent à un non-lieu."""
    return Rapport((pl.col("conclusion") == NON_LIEU).sum(), pl.len())


@indicateur(
    univers="diagnostics_rendus",
    unite="jours",
    famille="activite",
    libelle="Délai moyen d'un diagnostic",
    numerateur="jours de la notification à la fin du diagnostic",
    denominateur="diagnostics terminés dans la période dont la notification est datée",
    source="réglage du service",
    codes="types_diagnostic",
)
def delai_diagnostic() -> Moyenne:
    """Délai moyen entre la notification d'un diagnostic et sa remise."""
    return Moyenne(pl.col("delai"))


@indicateur(
    univers="sejours_de_la_periode",
    unite="ménages",
    famille="occupation",
    libelle="Ménages logés ou hébergés",
    numerateur="ménages distincts ayant un séjour dans la période",
    source=SEJOURS,
    pieges="Ventilé par une propriété du logement, un ménage qui en a changé compte dans chacune.",
)
def menages_loges() -> Effectif:
    """Ménages distincts présents sur une place au moins un jour de la période."""
    return Effectif(pl.col("id_menage").n_unique())


@indicateur(
    univers="sejours_de_la_periode",
    unite="jours",
    famille="durees",
    libelle="Durée moyenne de prise en charge dans l'année",
    numerateur="journées de séjour de la période",
    denominateur="personnes présentes dans la période (le ménage, si le séjour n'est pas nominatif)",
    source="catalogue de l'observatoire",
    pieges="Plafonnée par construction à la longueur de la période : ce n'est pas une durée de séjour.",
)
def duree_moyenne_prise_en_charge_flux() -> Rapport:
    """Journées réalisées dans la période rapportées aux personnes accueillies."""
    return Rapport(pl.col("jours").sum(), pl.col("personne").n_unique(), facteur=1)


@indicateur(
    univers="sejours_de_la_periode",
    unite="ménages",
    famille="resultats",
    libelle="Glissements de bail",
    numerateur="ménages devenus titulaires du bail dans la période",
    source="catalogue de l'observatoire",
    codes="taux_sortie_logement",
    pieges="Une sortie vers le logement ordinaire, sans déménagement.",
)
def glissements_bail() -> Effectif:
    """Ménages dont le bail a glissé à leur nom dans la période."""
    return Effectif(pl.col("id_menage").filter(pl.col("glisse")).n_unique())


@indicateur(
    univers="sejours_de_la_periode",
    unite="%",
    famille="resultats",
    libelle="Part de sorties par glissement de bail",
    numerateur="séjours terminés dans la période par un glissement de bail",
    denominateur="séjours terminés dans la période",
    source="catalogue de l'observatoire",
    codes="taux_sortie_logement",
    pieges="N'a de sens que pour les logements dont le bail peut glisser : à lire par modalité de gestion.",
)
def taux_glissement_bail() -> Rapport:
    """Part des séjours terminés dans la période par un glissement de bail."""
    return Rapport(pl.col("glisse").sum(), pl.col("termine").sum())


@indicateur(
    univers="captations",
    unite="logements",
    famille="occupation",
    libelle="Logements captés dans l'année",
    numerateur="logements dont la captation tombe dans la période",
    source="date de captation du logement",
    personnel=False,
    pieges="Capté n'est pas ouvert : des travaux peuvent séparer les deux.",
)
def logements_captes() -> Effectif:
    """Logements captés dans la période."""
    return Effectif(pl.col("capte").sum())


@indicateur(
    univers="captations",
    unite="jours",
    famille="occupation",
    libelle="Délai moyen entre captation et entrée",
    numerateur="jours de la captation à la première entrée",
    denominateur="logements dont la première entrée tombe dans la période, captation datée",
    source="date de captation du logement ; première entrée de ses séjours",
    personnel=False,
)
def delai_captation() -> Moyenne:
    """Délai moyen entre la captation d'un logement et l'entrée de son premier ménage."""
    return Moyenne(pl.col("delai"))


@indicateur(
    univers="profils",
    unite="%",
    famille="public",
    libelle="Mesures de protection",
    numerateur="unités par mesure de protection",
    denominateur="unités dont la réponse est connue",
    source="règles de lecture de l'observatoire, « Photos » et « Non renseigné »",
    pieges="« Aucune » est une réponse. Donnée sensible : petits effectifs à ne pas diffuser.",
)
def mesures_protection() -> Repartition:
    """Répartition des personnes suivies selon leur mesure de protection, à la photo de profil."""
    return Repartition("protection")


@indicateur(
    univers="ages",
    unite="%",
    famille="public",
    libelle="Part des personnes de 50 ans et plus",
    numerateur="personnes de 50 ans et plus",
    denominateur="personnes dont l'âge est connu",
    source="règles de lecture de l'observatoire, « Âge »",
)
def part_50_ans_et_plus() -> Rapport:
    """Part des personnes de 50 ans et plus, à la photo de profil."""
    age = pl.col("age")
    return Rapport((age >= 50).sum(), age.count(), inconnus=age.is_null().sum())


@indicateur(
    univers="vie_collective",
    unite="%",
    famille="contenu",
    libelle="Part des personnes ayant pris part à la vie collective",
    numerateur="personnes suivies présentes à au moins un acte collectif",
    denominateur="personnes suivies dans la période",
    source="règles de lecture de l'observatoire, « Actes »",
    codes="types_atelier",
    pieges="Les présences anonymes n'y sont pas.",
)
def taux_participation_collective() -> Rapport:
    """Part des personnes suivies ayant pris part à au moins un acte collectif de la période."""
    return Rapport(pl.col("participe").sum(), pl.len())
