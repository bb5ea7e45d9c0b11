"""Les réglages d'un service dans les mots d'un lecteur : « ce qui vaut une sortie vers le logement : parc public… »."""

from __future__ import annotations

import re

from observatoire.espace import Espace
from observatoire.nomenclatures import lire_nomenclature
from observatoire.restitution.locale import INSECABLE, minuscule

LIBELLES = {
    "unite_compte": "unité comptée",
    "periode_debut": "premier jour de la période (mois-jour)",
    "date_debut_retenue": "date où commence une mesure",
    "delai_parcours": "jours qui séparent deux parcours",
    "base_sorties": "base des sorties",
    "regle_mois": "règle des mois",
    "ponderation": "pondération des mesures",
    "coefficients": "coefficients par intensité",
    "moment_profil": "moment du profil",
    "bornes_age": "bornes des tranches d'âge",
    "population_age": "population dont on compte l'âge",
    "unite_profil": "unité du profil",
    "denominateur_sortie": "base des taux de sortie",
    "sorties_logement": "ce qui vaut une sortie vers le logement",
    "sorties_positives": "ce qui vaut une sortie positive",
    "seuil_ressources_faibles": "seuil des ressources faibles, en euros par mois",
    "bornes_ressources": "bornes des tranches de ressources",
    "base_occupation": "unité de l'occupation",
    "indisponibilites_deduites": "indisponibilités déduites des journées offertes",
    "jour_sortie_compte": "jour de sortie compté",
    "duree_initiale": "durée initiale d'un accompagnement, en mois",
    "duree_max": "durée maximale d'un accompagnement, en mois",
    "renouvelable": "accompagnement renouvelable",
    "types_atelier": "actes comptés comme ateliers",
    "logements_difficiles": "situations de logement difficiles",
    "emplois_action_logement": "emplois qui relèvent d'Action Logement",
    "emplois_en_activite": "situations comptées en emploi",
    "emplois_insertion": "situations comptées comme insérées",
    "age_adulte": "âge où l'on est compté adulte",
    "sorties_durables": "sorties en emploi durable",
    "sorties_transition": "sorties en emploi de transition",
    "sorties_positives_iae": "autres sorties positives de l'insertion",
    "sorties_retirees": "motifs de sortie retirés du calcul",
    "duree_minimale_sortie": "durée minimale d'un parcours pour compter sa sortie, en mois",
    "heures_etp": "heures d'un équivalent temps plein",
    "types_diagnostic": "mesures comptées comme diagnostics",
    "types_hors_mesures": "types hors du compte des mesures",
    "suites_positives": "suites positives d'une demande",
    "anciennete_remise_a_zero": "ancienneté d'une demande remise à zéro après un refus",
    "objectif": "objectif de l'année",
    "unite_objectif": "unité de l'objectif",
    "territoires": "territoires comparés",
    "comparaison": "comparaisons imprimées",
    "seuil_diffusion": "seuil de diffusion publique",
    "seuil_diffusion_montant": "seuil de diffusion publique des montants",
    "base_minimale_croisement": "base minimale d'un croisement",
    "contrats_emploi": "contrats comptés comme accès à l'emploi",
    "duree_emploi_durable": "durée d'un emploi durable, en mois",
    "delai_premier_contact": "délai du premier contact avec un employeur, en jours",
    "delai_acces_emploi": "délai d'accès à l'emploi, en mois",
    "interruption_emploi": "interruption d'emploi admise, en jours",
    "cohorte_suivi": "cohorte suivie",
    "date_observation": "date d'observation",
    "services_lies": "services liés",
    "libelles_imprimes": "libellés imprimés",
    "modalites_declarees": "modalités toujours imprimées",
    "duree_conservation_mois": "durée de conservation, en mois",
    "premiere_annee": "première année livrée",
    "derniere_annee": "dernière année livrée",
}
_VOCABULAIRES = {
    "unite_compte": "unite_compte",
    "unite_objectif": "unite_objectif",
    "coefficients": "intensite",
    "sorties_logement": "logement",
    "sorties_positives": "logement",
    "logements_difficiles": "logement",
    "types_atelier": "type_acte",
    "emplois_action_logement": "emploi",
    "emplois_en_activite": "emploi",
    "emplois_insertion": "emploi",
    "sorties_durables": "emploi",
    "sorties_transition": "emploi",
    "sorties_positives_iae": "emploi",
    "sorties_retirees": "motif_fin",
    "types_diagnostic": "type_mesure",
    "types_hors_mesures": "type_mesure",
    "suites_positives": "suite",
    "contrats_emploi": "type_contrat",
}
_CHOIX = {
    "mois_entame": "mois entamé",
    "dernier_jour": "présents au dernier jour du mois",
    "prorata": "prorata des jours",
    "debut": "début",
    "notification": "notification",
    "premier_rdv": "premier rendez-vous",
    "signature": "signature du contrat",
    "bail": "signature du bail",
    "parcours": "parcours",
    "episode": "mesure ou séjour",
    "menage": "ménage",
    "personne": "personne",
    "situation": "situation",
    "mesure": "mesure",
    "place": "place",
    "logement": "logement",
    "duree": "à la durée",
    "somme": "somme des coefficients",
    "demande": "demande",
    "entree": "entrée",
    "enquete": "enquête",
    "sortie": "sortie",
    "referent": "personne de référence",
    "adultes": "adultes",
    "tous": "toutes les personnes",
    "toutes": "toutes les sorties",
    "connues": "sorties à l'issue connue",
    "origine": "tous les suivis depuis l'origine",
    "periode": "échéances de l'année",
    "n-1": "année précédente",
}
_MOT = re.compile(r"[\w-]+")


def nom_lisible(nom: str) -> str:
    """« règle des mois (tableau « Entrées ») » : le nom d'un réglage, sa portée comprise."""
    cle, espace, portee = nom.partition(" ")
    return LIBELLES.get(cle, cle) + espace + portee


def valeur_lisible(espace: Espace, nom: str, valeur: str) -> str:
    """La valeur d'un réglage, ses codes remplacés par leurs libellés ; un code inconnu reste tel quel."""
    cle = nom.partition(" ")[0]
    libelles = dict(_CHOIX)
    if vocabulaire := _VOCABULAIRES.get(cle):
        libelles = {c: minuscule(lib) for c, lib in lire_nomenclature(espace, vocabulaire).libelles.items()}
    elif cle in ("territoires", "libelles_imprimes", "modalites_declarees", "services_lies"):
        return valeur
    return _MOT.sub(lambda m: libelles.get(m[0], m[0]), valeur)


def dire_reglage(espace: Espace, nom: str, valeur: str) -> str:
    """« règle des mois : mois entamé »."""
    return f"{nom_lisible(nom)}{INSECABLE}: {valeur_lisible(espace, nom, valeur)}"
