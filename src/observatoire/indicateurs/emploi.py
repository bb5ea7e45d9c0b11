"""Emploi : contrats et heures, contacts avec un employeur, accès à l'emploi et à l'emploi durable."""

from __future__ import annotations

import polars as pl

from observatoire.indicateurs.formes import Effectif, Mediane, Moyenne, Rapport, Repartition, Serie
from observatoire.indicateurs.registre import indicateur

SOURCE = "modèle de l'observatoire, § 5 : tables des programmes"
PERSONNES = pl.col("id_personne").n_unique()
BASE_ACCES = pl.col("present") & pl.col("base_acces")
HORIZON_EMPLOI = pl.col("horizon_emploi") & pl.col("base_acces")


@indicateur(
    univers="contrats_de_la_periode",
    unite="contrats",
    famille="emploi",
    libelle="Contrats de travail de l'année",
    numerateur="contrats ayant au moins un jour dans la période",
    source=SOURCE,
    pieges="Une personne peut avoir plusieurs contrats ; un contrat à cheval compte dans deux années.",
)
def contrats_travail() -> Effectif:
    """Contrats de travail en cours au moins un jour dans la période, immersions comprises."""
    return Effectif(pl.len(), unites=PERSONNES)


@indicateur(
    univers="contrats_de_la_periode",
    unite="contrats",
    famille="emploi",
    libelle="Contrats commencés dans l'année",
    numerateur="contrats dont le premier jour est dans la période",
    source=SOURCE,
    pieges="Ne dit pas combien de personnes ont travaillé.",
)
def contrats_debutes() -> Effectif:
    """Contrats de travail qui commencent dans la période."""
    return Effectif(pl.col("debute").sum(), unites=pl.col("id_personne").filter(pl.col("debute")).n_unique())


@indicateur(
    univers="contrats_de_la_periode",
    unite="%",
    famille="emploi",
    libelle="Contrats par type",
    numerateur="contrats de la période par type",
    denominateur="contrats de la période",
    source=SOURCE,
    pieges="Des contrats, pas des personnes.",
)
def types_contrats() -> Repartition:
    """Répartition des contrats de travail de la période par type."""
    return Repartition("type_contrat", inconnus=True)


@indicateur(
    univers="contrats_de_la_periode",
    unite="%",
    famille="emploi",
    libelle="Contrats par type d'employeur",
    numerateur="contrats de la période par type d'employeur",
    denominateur="contrats de la période",
    source=SOURCE,
    pieges="L'employeur juridique : pour une mise à disposition, l'association intermédiaire.",
)
def employeurs() -> Repartition:
    """Répartition des contrats de travail de la période par type d'employeur."""
    return Repartition("employeur_type", inconnus=True)


@indicateur(
    univers="contrats_de_la_periode",
    unite="personnes",
    famille="emploi",
    libelle="Personnes ayant travaillé dans l'année",
    numerateur="personnes distinctes ayant un contrat dans la période",
    source=SOURCE,
    pieges="Une personne qui a deux contrats compte une fois.",
)
def personnes_au_travail() -> Effectif:
    """Personnes distinctes qui ont eu au moins un contrat de travail dans la période."""
    return Effectif(PERSONNES)


@indicateur(
    univers="contrats_de_la_periode",
    unite="heures",
    famille="emploi",
    libelle="Heures travaillées dans l'année",
    numerateur="heures des contrats, au prorata de leurs jours dans la période",
    source=SOURCE,
    pieges="Les heures d'un contrat à cheval se partagent selon ses jours, non selon un relevé.",
)
def heures_travaillees() -> Effectif:
    """Heures travaillées dans la période, tous contrats."""
    return Effectif(pl.col("heures_periode").sum(), unites=PERSONNES)


@indicateur(
    univers="mois_travailles",
    unite="heures",
    famille="emploi",
    libelle="Heures travaillées par mois",
    numerateur="heures des contrats, au prorata de leurs jours dans le mois",
    source=SOURCE,
    pieges="Répartition par jours : un contrat long est lissé.",
)
def heures_par_mois() -> Serie:
    """Heures travaillées, mois par mois."""
    return Serie(pl.col("heures_mois").sum())


@indicateur(
    univers="mois_travailles",
    unite="personnes",
    famille="emploi",
    libelle="Personnes au travail par mois",
    numerateur="personnes distinctes ayant un contrat dans le mois",
    source=SOURCE,
    pieges="Le total compte chaque personne une fois : il n'est pas la somme des mois.",
)
def personnes_au_travail_par_mois() -> Serie:
    """Personnes distinctes au travail, mois par mois ; le total est celui de l'année, sans double compte."""
    return Serie(PERSONNES)


@indicateur(
    univers="mois_travailles",
    unite="heures",
    famille="emploi",
    libelle="Heures travaillées par mois d'activité",
    numerateur="heures travaillées dans la période",
    denominateur="mois de la période où quelqu'un a travaillé",
    source=SOURCE,
    pieges="Moyenne sur les seuls mois travaillés : un arrêt de l'action ne la fait pas baisser.",
)
def heures_mensuelles_moyennes() -> Effectif:
    """Nombre moyen d'heures travaillées par mois d'activité, toutes personnes ensemble."""
    mois = pl.col("mois").n_unique()
    return Effectif(pl.when(mois > 0).then(pl.col("heures_mois").sum() / mois).otherwise(0), unites=PERSONNES)


@indicateur(
    univers="contrats_de_la_periode",
    unite="jours",
    famille="emploi",
    libelle="Durée moyenne des contrats terminés",
    numerateur="somme des durées des contrats dont la fin est dans la période",
    denominateur="contrats dont la fin est dans la période",
    source=SOURCE,
    pieges="Jours de calendrier, jours non travaillés compris.",
)
def duree_moyenne_contrats() -> Moyenne:
    """Durée moyenne, en jours, des contrats terminés dans la période."""
    return Moyenne(pl.col("duree_terminee"))


@indicateur(
    univers="contrats_de_la_periode",
    unite="heures",
    famille="emploi",
    libelle="Heures par contrat terminé",
    numerateur="heures des contrats dont la fin est dans la période",
    denominateur="contrats terminés dans la période dont les heures sont connues",
    source=SOURCE,
    pieges="Les contrats sans heures ne sont pas à zéro : ils sont hors de la base.",
)
def heures_par_contrat() -> Moyenne:
    """Nombre moyen d'heures d'un contrat terminé dans la période."""
    return Moyenne(pl.col("heures_terminees"))


@indicateur(
    univers="contacts_de_la_periode",
    unite="contacts",
    famille="emploi",
    libelle="Contacts avec un employeur",
    numerateur="premiers contacts et mises en relation datés dans la période",
    source=SOURCE,
    pieges="Des contacts : une personne peut en avoir plusieurs.",
)
def contacts_employeur() -> Effectif:
    """Contacts et mises en relation avec un employeur dans la période."""
    return Effectif(pl.len(), unites=PERSONNES)


@indicateur(
    univers="personnes_entrees",
    unite="%",
    famille="emploi",
    libelle="Premier contact avec un employeur dans le délai",
    numerateur="personnes dont le premier contact vient dans le délai",
    denominateur="personnes entrées depuis assez longtemps pour que le délai soit écoulé",
    source=f"{SOURCE} ; réglages du service",
    codes="delai_premier_contact cohorte_suivi",
    pieges="Une personne entrée trop récemment n'est pas dans la base.",
)
def taux_premier_contact() -> Rapport:
    """Part des personnes dont le premier contact avec un employeur vient dans le délai après l'entrée."""
    atteint = pl.col("horizon_contact")
    return Rapport((atteint & pl.col("contact_dans_delai")).sum(), atteint.sum())


@indicateur(
    univers="personnes_entrees",
    unite="jours",
    famille="emploi",
    libelle="Délai moyen avant le premier contact avec un employeur",
    numerateur="jours de l'entrée au premier contact",
    denominateur="personnes dont le premier contact est dans la période",
    source=SOURCE,
    pieges="Ne porte que sur les personnes qui ont eu un contact.",
)
def delai_premier_contact_moyen() -> Moyenne:
    """Nombre moyen de jours entre l'entrée et le premier contact avec un employeur."""
    return Moyenne(pl.col("delai_contact"))


@indicateur(
    univers="personnes_entrees",
    unite="personnes",
    famille="emploi",
    libelle="Accès à un emploi dans l'année",
    numerateur="personnes dont le premier emploi depuis l'entrée commence dans la période",
    source=f"{SOURCE} ; réglage du service",
    codes="contrats_emploi",
    pieges="Ni les missions à la journée ni les immersions, sauf si le service les compte comme un emploi.",
)
def acces_emploi() -> Effectif:
    """Personnes qui accèdent à un premier emploi dans la période."""
    return Effectif((pl.col("acces_periode") & pl.col("base_acces")).sum())


@indicateur(
    univers="personnes_entrees",
    unite="personnes",
    famille="emploi",
    libelle="Accès à un emploi durable dans l'année",
    numerateur="personnes dont le premier emploi durable depuis l'entrée commence dans la période",
    source=f"{SOURCE} ; réglage du service",
    codes="duree_emploi_durable",
    pieges="Durable : CDI, ou CDD d'au moins la durée réglée ; un contrat d'insertion ne l'est pas de lui-même.",
)
def acces_emploi_durable() -> Effectif:
    """Personnes qui accèdent à un premier emploi durable dans la période."""
    return Effectif((pl.col("acces_durable_periode") & pl.col("base_acces")).sum())


@indicateur(
    univers="personnes_entrees",
    unite="%",
    famille="emploi",
    libelle="Part des personnes suivies ayant accédé à un emploi",
    numerateur="personnes qui ont eu un emploi depuis leur entrée",
    denominateur="personnes suivies dans la période, hors celles déjà en emploi à l'entrée",
    source=f"{SOURCE} ; réglage du service",
    codes="contrats_emploi",
    pieges="Mêle des suivis longs et des entrées récentes : à lire avec le taux d'accès dans le délai.",
)
def taux_acces_emploi() -> Rapport:
    """Part des personnes suivies dans la période qui ont accédé à un emploi depuis leur entrée."""
    return Rapport((BASE_ACCES & pl.col("acces")).sum(), BASE_ACCES.sum())


@indicateur(
    univers="personnes_entrees",
    unite="%",
    famille="emploi",
    libelle="Part des personnes suivies ayant accédé à un emploi durable",
    numerateur="personnes qui ont eu un emploi durable depuis leur entrée",
    denominateur="personnes suivies dans la période, hors celles déjà en emploi à l'entrée",
    source=f"{SOURCE} ; réglage du service",
    codes="duree_emploi_durable",
    pieges="Mêle des suivis longs et des entrées récentes.",
)
def taux_acces_emploi_durable() -> Rapport:
    """Part des personnes suivies dans la période qui ont accédé à un emploi durable depuis leur entrée."""
    return Rapport((BASE_ACCES & pl.col("acces_durable")).sum(), BASE_ACCES.sum())


@indicateur(
    univers="personnes_entrees",
    unite="%",
    famille="emploi",
    libelle="Accès à un emploi dans le délai",
    numerateur="personnes dont le premier emploi vient dans le délai",
    denominateur="personnes entrées depuis assez longtemps pour que le délai soit écoulé, hors déjà en emploi",
    source=f"{SOURCE} ; réglages du service",
    codes="delai_acces_emploi cohorte_suivi",
    pieges="Une personne entrée trop récemment n'est pas dans la base, même si elle travaille déjà.",
)
def taux_acces_emploi_delai() -> Rapport:
    """Part des personnes qui accèdent à un emploi dans le délai après leur entrée."""
    return Rapport((HORIZON_EMPLOI & pl.col("acces_dans_delai")).sum(), HORIZON_EMPLOI.sum())


@indicateur(
    univers="personnes_entrees",
    unite="jours",
    famille="emploi",
    libelle="Délai moyen d'accès à l'emploi",
    numerateur="jours de l'entrée au premier emploi",
    denominateur="personnes dont le premier emploi commence dans la période",
    source=SOURCE,
    pieges="Ne porte que sur celles qui ont trouvé : se lit avec le taux d'accès.",
)
def delai_acces_emploi_moyen() -> Moyenne:
    """Nombre moyen de jours entre l'entrée et le premier emploi."""
    return Moyenne(pl.col("delai_acces").filter(pl.col("base_acces")))


@indicateur(
    univers="personnes_entrees",
    unite="jours",
    famille="emploi",
    libelle="Délai médian d'accès à l'emploi",
    numerateur="jours de l'entrée au premier emploi, rangés",
    source=SOURCE,
    pieges="Ne porte que sur celles qui ont trouvé.",
)
def delai_acces_emploi_median() -> Mediane:
    """Nombre médian de jours entre l'entrée et le premier emploi."""
    return Mediane(pl.col("delai_acces").filter(pl.col("base_acces")))


@indicateur(
    univers="situations_de_sortie",
    unite="%",
    famille="emploi",
    libelle="Situation d'emploi à la sortie",
    numerateur="parcours terminés par situation d'emploi de la photo de sortie",
    denominateur="parcours terminés dans la période, situation inconnue comprise",
    source=f"{SOURCE} ; règles de lecture, « Photos »",
    pieges="En emploi à la sortie n'est pas sorti vers un emploi : la situation d'entrée a pu être la même.",
)
def situation_emploi_sortie() -> Repartition:
    """Répartition des parcours terminés selon la situation d'emploi à la sortie."""
    return Repartition("emploi_sortie", inconnus=True)


@indicateur(
    univers="situations_de_sortie",
    unite="%",
    famille="emploi",
    libelle="Situation de logement à la sortie",
    numerateur="parcours terminés par situation de logement de la photo de sortie",
    denominateur="parcours terminés dans la période, situation inconnue comprise",
    source=f"{SOURCE} ; règles de lecture, « Photos »",
    pieges="La situation inconnue reste une modalité : elle est dans la base.",
)
def situation_logement_sortie() -> Repartition:
    """Répartition des parcours terminés selon la situation de logement à la sortie."""
    return Repartition("logement_sortie", inconnus=True)


@indicateur(
    univers="actes_de_la_periode",
    unite="%",
    famille="contenu",
    libelle="Actes par forme d'accompagnement",
    numerateur="actes qui ont eu lieu, par type",
    denominateur="actes de la période qui ont eu lieu",
    source="règles de lecture de l'observatoire, « Actes »",
    pieges="Une ligne qui résume plusieurs actes semblables compte pour son nombre.",
)
def actes_par_type() -> Repartition:
    """Répartition des actes de la période par type : entretiens, visites, chantiers, mises en relation…"""
    return Repartition("type_acte", inconnus=True, poids=pl.col("nombre"))


@indicateur(
    univers="actes_de_la_periode",
    unite="formes",
    famille="contenu",
    libelle="Formes d'accompagnement pratiquées",
    numerateur="types d'actes différents qui ont eu lieu dans la période",
    source="règles de lecture de l'observatoire, « Actes »",
    personnel=False,
    pieges="Dit la variété des étapes d'un parcours, non leur nombre.",
)
def formes_accompagnement() -> Effectif:
    """Nombre de formes d'accompagnement différentes pratiquées dans la période (types d'actes)."""
    return Effectif(pl.col("type_acte").n_unique())
