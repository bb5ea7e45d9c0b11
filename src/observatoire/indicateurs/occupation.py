"""Occupation : capacité, journées, taux, personnes hébergées, passages d'un groupe à l'autre."""

from __future__ import annotations

import polars as pl

from observatoire.indicateurs.formes import Effectif, Moyenne, Rapport, Repartition
from observatoire.indicateurs.registre import indicateur
from observatoire.periode import JOURS_PAR_MOIS

REGLES = "règles de lecture de l'observatoire, « Occupation »"
CATALOGUE = "catalogue de l'observatoire"
PARCOURS = "règles de lecture de l'observatoire, « Parcours » ; services liés du service"


@indicateur(
    univers="journees",
    unite="journées",
    famille="occupation",
    libelle="Journées théoriques",
    numerateur="places × jours d'ouverture dans la période",
    source=REGLES,
    personnel=False,
    pieges="Base place ou logement, indisponibilités déduites ou non : réglages du service.",
)
def journees_theoriques() -> Effectif:
    """Capacité offerte dans la période, en journées."""
    return Effectif(pl.col("theoriques").sum())


@indicateur(
    univers="journees",
    unite="journées",
    famille="occupation",
    libelle="Journées réalisées",
    numerateur="jours de séjour dans la période",
    source=REGLES,
    personnel=False,
    pieges="Jour de sortie non compté, sauf réglage contraire.",
)
def journees_realisees() -> Effectif:
    """Jours de présence dans la période."""
    return Effectif(pl.col("realisees").sum())


@indicateur(
    univers="journees",
    unite="%",
    famille="occupation",
    libelle="Taux d'occupation annuel",
    numerateur="journées réalisées",
    denominateur="journées théoriques",
    source=REGLES,
    personnel=False,
    pieges="Peut dépasser 100 % ; une capacité variable demande les dates d'ouverture.",
)
def taux_occupation_annuel() -> Rapport:
    """Journées réalisées rapportées aux journées théoriques de la période."""
    return Rapport(pl.col("realisees").sum(), pl.col("theoriques").sum())


@indicateur(
    univers="places",
    unite="places",
    famille="occupation",
    libelle="Places ouvertes au dernier jour",
    numerateur="nombre de places des logements ouverts le dernier jour de la période",
    source=CATALOGUE,
    personnel=False,
    pieges="Place ouverte n'est pas place disponible : un logement en travaux compte, sauf réglage contraire.",
)
def capacite_date() -> Effectif:
    """Capacité du service au dernier jour de la période (31 décembre en année civile)."""
    return Effectif(pl.col("places").filter(pl.col("propre") & pl.col("ouvert_fin")).sum())


@indicateur(
    univers="places",
    unite="places",
    famille="occupation",
    libelle="Places ouvertes à la veille de la période",
    numerateur="nombre de places des logements ouverts la veille du premier jour",
    source=CATALOGUE,
    codes="capacite_date",
    personnel=False,
)
def capacite_debut() -> Effectif:
    """Capacité du service avant la période : se compare à celle du dernier jour."""
    return Effectif(pl.col("places").filter(pl.col("propre") & pl.col("ouvert_veille")).sum())


@indicateur(
    univers="places",
    unite="places",
    famille="occupation",
    libelle="Places créées dans l'année",
    numerateur="nombre de places des logements ouverts dans la période",
    source=CATALOGUE,
    codes="capacite_date",
    personnel=False,
)
def places_creees() -> Effectif:
    """Places dont l'ouverture tombe dans la période."""
    return Effectif(pl.col("places").filter(pl.col("propre") & pl.col("ouvert_dans")).sum())


@indicateur(
    univers="places",
    unite="places",
    famille="occupation",
    libelle="Places du dispositif au dernier jour",
    numerateur="nombre de places ouvertes du service et de ses services liés",
    source=CATALOGUE,
    codes="capacite_date",
    personnel=False,
    pieges="Réunit plusieurs services : ne s'additionne pas à leurs propres capacités.",
)
def capacite_dispositif() -> Effectif:
    """Capacité de tous les groupes du dispositif au dernier jour de la période."""
    return Effectif(pl.col("places").filter(pl.col("ouvert_fin")).sum())


@indicateur(
    univers="places",
    unite="places",
    famille="occupation",
    libelle="Places du dispositif à la veille de la période",
    numerateur="nombre de places ouvertes la veille, service et services liés",
    source=CATALOGUE,
    codes="capacite_date",
    personnel=False,
)
def capacite_dispositif_debut() -> Effectif:
    """Capacité de tous les groupes du dispositif avant la période."""
    return Effectif(pl.col("places").filter(pl.col("ouvert_veille")).sum())


@indicateur(
    univers="places",
    unite="logements",
    famille="occupation",
    libelle="Logements ouverts dans l'année, tout le dispositif",
    numerateur="logements dont l'ouverture tombe dans la période",
    source=CATALOGUE,
    codes="capacite_date",
    personnel=False,
    pieges="Un logement ouvert peut être encore en travaux : voir les logements mis en service.",
)
def logements_ouverts_dispositif() -> Effectif:
    """Logements ouverts dans la période par tous les groupes du dispositif, habitables ou non."""
    return Effectif(pl.col("ouvert_dans").sum())


@indicateur(
    univers="places",
    unite="logements",
    famille="occupation",
    libelle="Logements mis en service dans l'année, tout le dispositif",
    numerateur="logements ouverts dans la période et disponibles au dernier jour",
    source=CATALOGUE,
    codes="capacite_date",
    personnel=False,
    pieges="Un logement en travaux au dernier jour est ouvert, mais pas en service.",
)
def logements_mis_en_service() -> Effectif:
    """Logements ouverts dans la période qui peuvent recevoir quelqu'un au dernier jour."""
    return Effectif((pl.col("ouvert_dans") & (pl.col("disponible") == "oui")).sum())


@indicateur(
    univers="journees",
    unite="places",
    famille="occupation",
    libelle="Capacité moyenne de l'année",
    numerateur="journées théoriques",
    denominateur="jours de la période",
    source=CATALOGUE,
    personnel=False,
    pieges="À lire dès que la capacité change en cours d'année.",
)
def capacite_moyenne() -> Rapport:
    """Nombre moyen de places offertes sur la période."""
    return Rapport(pl.col("theoriques").sum(), pl.col("jours_periode").max(), facteur=1)


@indicateur(
    univers="stock_final",
    unite="%",
    famille="occupation",
    libelle="Taux d'occupation au dernier jour",
    numerateur="personnes présentes au dernier jour (logements occupés en base logement)",
    denominateur="places ouvertes ce jour-là",
    source=CATALOGUE,
    pieges="Une photo : jamais comparable au taux annuel en journées.",
)
def taux_occupation_instantane() -> Rapport:
    """Présents rapportés aux places ouvertes, le dernier jour de la période."""
    return Rapport(pl.col("presents").sum(), pl.col("places").sum())


@indicateur(
    univers="vacances",
    unite="%",
    famille="occupation",
    libelle="Journées de vacance et d'indisponibilité",
    numerateur="journées offertes sans occupant, par cause",
    denominateur="journées offertes sans occupant",
    source=CATALOGUE,
    personnel=False,
    pieges="Sans saisie des indisponibilités, toute la vacance paraît une attente. Un logement habité pendant ses "
    "travaux n'est pas vide : ces jours n'y sont pas.",
)
def journees_indisponibles() -> Repartition:
    """Répartition des journées sans occupant selon leur cause : indisponibilité saisie, ou attente d'un occupant."""
    return Repartition("motif", inconnus=True, poids=pl.col("jours"))


@indicateur(
    univers="rotation",
    unite="ratio",
    famille="occupation",
    libelle="Taux de rotation",
    numerateur="(entrées + sorties) / 2",
    denominateur="capacité moyenne, en places",
    source=CATALOGUE,
    personnel=False,
    pieges="Un passage d'un groupe à l'autre n'est pas un mouvement ; d'autres rapportent les sorties seules.",
)
def taux_rotation() -> Rapport:
    """Nombre moyen d'entrées et de sorties par place de la période."""
    return Rapport(pl.col("mouvements").sum(), pl.col("theoriques").sum() / pl.col("jours_periode").max(), facteur=1)


@indicateur(
    univers="presents_fin",
    unite="mois",
    famille="durees",
    libelle="Ancienneté moyenne des présents",
    numerateur="somme des durées déjà écoulées, en mois de 30,4375 jours",
    denominateur="parcours ouverts au dernier jour de la période",
    source=CATALOGUE,
    pieges="Biais de longueur : plus élevée que la durée des sortants, à ne pas mélanger.",
)
def anciennete_presents() -> Moyenne:
    """Durée moyenne écoulée depuis l'entrée des présents au dernier jour de la période."""
    return Moyenne(pl.col("anciennete"), diviseur=JOURS_PAR_MOIS)


@indicateur(
    univers="durees_de_sejour",
    unite="%",
    famille="durees",
    libelle="Part des séjours au-delà de la durée prévue",
    numerateur="séjours dont la durée dépasse la durée maximale du service",
    denominateur="séjours ayant un jour dans la période",
    source=CATALOGUE,
    codes="duree_max",
    pieges="Durée à la sortie ou au dernier jour de la période, en mois de calendrier.",
)
def part_sejours_longs() -> Rapport:
    """Part des séjours de la période qui ont duré plus que la durée maximale."""
    return Rapport(pl.col("long").sum(), pl.col("long").count(), inconnus=pl.col("long").is_null().sum())


@indicateur(
    univers="heberges",
    unite="personnes",
    famille="activite",
    libelle="Personnes hébergées dans l'année",
    numerateur="personnes distinctes ayant un jour de séjour dans la période",
    source=f"{REGLES} ; appartenances de la table membre",
    pieges="Ne pas additionner deux groupes d'un dispositif : qui passe de l'un à l'autre est dans les deux.",
)
def personnes_hebergees() -> Effectif:
    """Personnes hébergées au moins un jour dans la période, chacune une fois."""
    return Effectif(pl.len())


@indicateur(
    univers="heberges",
    unite="personnes",
    famille="activite",
    libelle="Personnes présentes au dernier jour",
    numerateur="personnes hébergées dont le parcours est ouvert au dernier jour de la période",
    source="règles de lecture de l'observatoire, « Comptes »",
)
def personnes_presentes_fin() -> Effectif:
    """Personnes hébergées présentes au dernier jour de la période."""
    return Effectif(pl.col("present_fin").sum())


@indicateur(
    univers="heberges",
    unite="%",
    famille="resultats",
    libelle="Devenir des personnes hébergées",
    numerateur="personnes présentes, passées dans un autre groupe ou sorties",
    denominateur="personnes hébergées dans la période",
    source=PARCOURS,
    codes="services_lies",
    pieges="Un passage dans un autre groupe du dispositif n'est pas une sortie.",
)
def devenir_heberges() -> Repartition:
    """Répartition des personnes hébergées dans la période : encore présentes, passées dans un autre groupe, sorties."""
    return Repartition("devenir", inconnus=True)


@indicateur(
    univers="entrants",
    unite="parcours",
    famille="activite",
    libelle="Nouveaux accueillis",
    numerateur="parcours commencés dans la période, hors passages d'un service lié",
    source=PARCOURS,
    codes="services_lies",
    pieges="Qui passe d'un groupe à l'autre du dispositif n'est pas un nouvel accueilli.",
)
def nouveaux_accueillis() -> Effectif:
    """Personnes (par leur parcours) accueillies pour la première fois ou de nouveau dans la période."""
    return Effectif(pl.len())


@indicateur(
    univers="sortants",
    unite="%",
    famille="resultats",
    libelle="Ressource à la sortie",
    numerateur="parcours terminés par ressource principale de la photo de sortie",
    denominateur="parcours terminés dans la période, ressource inconnue comprise",
    source=PARCOURS,
    codes="services_lies",
    pieges="La ressource inconnue reste une modalité : elle est dans la base.",
)
def ressources_sortie() -> Repartition:
    """Répartition des parcours terminés selon la ressource principale à la sortie."""
    return Repartition("ressource_sortie", inconnus=True)


@indicateur(
    univers="sortants",
    unite="€ par mois",
    famille="resultats",
    libelle="Revenu moyen à la sortie",
    numerateur="somme des revenus mensuels à la sortie",
    denominateur="parcours terminés dont le montant est connu, 0 compris",
    source=PARCOURS,
    codes="services_lies",
    montant=True,
)
def revenu_moyen_sortie() -> Moyenne:
    """Moyenne des revenus mensuels connus à la sortie, zéros compris."""
    return Moyenne(pl.col("revenu_centimes"), diviseur=100)


@indicateur(
    univers="personnes_du_dispositif",
    unite="personnes",
    famille="activite",
    libelle="Personnes distinctes, tous groupes du dispositif",
    numerateur="personnes distinctes présentes dans le service ou un service lié",
    source=PARCOURS,
    codes="services_lies",
    pieges="Le total est plus petit que la somme des groupes : qui passe de l'un à l'autre n'est compté qu'une fois.",
)
def personnes_distinctes_dispositif() -> Effectif:
    """Personnes accueillies dans la période par tous les groupes du dispositif, chacune une fois."""
    distinctes = pl.col("id_personne").n_unique()
    # Les groupes moins l'ensemble disent combien de personnes sont dans deux groupes : c'est ce compte qui se protège.
    doubles = pl.len() - distinctes
    return Effectif(distinctes, unites=pl.when(doubles > 0).then(doubles).otherwise(distinctes))


@indicateur(
    univers="passages",
    unite="passages",
    famille="activite",
    libelle="Passages d'un groupe à l'autre",
    numerateur="parcours qui commencent ou finissent par un passage entre services liés",
    source=PARCOURS,
    codes="services_lies",
    pieges="Ni une entrée, ni une sortie : le parcours dans le dispositif continue.",
)
def passages_de_groupe() -> Effectif:
    """Passages de la période entre le service et un service lié du même dispositif."""
    return Effectif(pl.len())


@indicateur(
    univers="deplacements",
    unite="%",
    famille="public",
    libelle="Moyen de déplacement",
    numerateur="personnes par moyen de déplacement principal",
    denominateur="personnes de référence dont la réponse est connue",
    source="colonne mobilite des situations ; règles de lecture, « Photos »",
)
def moyens_de_deplacement() -> Repartition:
    """Répartition des personnes de référence présentes selon leur moyen de déplacement, à la photo de profil."""
    return Repartition("mobilite")


@indicateur(
    univers="deplacements",
    unite="%",
    famille="public",
    libelle="Permis de conduire",
    numerateur="personnes selon où elles en sont du permis",
    denominateur="personnes de référence dont la réponse est connue",
    source="colonne permis des situations ; règles de lecture, « Photos »",
)
def permis_de_conduire() -> Repartition:
    """Répartition des personnes de référence présentes selon l'avancement vers le permis, à la photo de profil."""
    return Repartition("permis")
