"""Libellés et ordre d'impression des modalités d'une ventilation."""

from __future__ import annotations

import re

from observatoire import regles
from observatoire.erreurs import ErreurParametre
from observatoire.espace import Espace
from observatoire.modele import VARIABLES
from observatoire.nomenclatures import Nomenclature, lire_nomenclature
from observatoire.periode import MOIS
from observatoire.referentiels import libelles_territoires
from observatoire.services import Service, lire_service
from observatoire.univers import Univers
from observatoire.univers.orientation import DERNIERE_ATTENTE, TRANCHES_ATTENTE
from observatoire.univers.parcours import DERNIERE_TRANCHE, TRANCHES_DUREE

SUFFIXE_GROUPE = "_groupe"
# Modalités calculées, qui n'ont pas de nomenclature.
CALCULEES = {
    "canal": {
        "dossier": "Suivis avec dossier",
        "sans_dossier": "Reçus sans dossier",
        "atelier": "Ateliers",
        "aller_vers": "« Aller vers »",
    },
    "reception": {"recue": "Reçues en entretien", "a_distance": "Suivies à distance seulement"},
    "a_dossier": {"oui": "Ayant un dossier", "non": "Sans dossier"},
    "releve_action_logement": {"oui": "Relève d'Action Logement", "non": "N'en relève pas"},
    "avec_dossier": {"oui": "Avec dossier", "non": "Sans dossier"},
    "mois_ecoules": {f"{mois:02d}": f"{mois} mois" for mois in range(1, 13)},
    "nouveau": {"oui": "Première mesure dans l'année", "non": "Mesure commencée avant"},
    "categorie_sortie": {
        "durable": "Emploi durable",
        "transition": "Emploi de transition",
        "positive": "Sortie positive",
        "autre": "Autre sortie",
        "inconnue": "Issue inconnue",
    },
    "raison_retrait": {"motif": "Motif retiré du calcul", "duree": "Parcours trop court"},
    "anciennete_tranche": {t: t[0].upper() + t[1:] for t in (*(t for _, t in TRANCHES_ATTENTE), DERNIERE_ATTENTE)},
    "devenir": {
        "present": "Encore présentes au dernier jour",
        "passage": "Passées dans un autre groupe du dispositif",
        "sorti": "Sorties",
    },
    "sens": {"arrivee": "Arrivées d'un autre groupe", "depart": "Départs vers un autre groupe"},
    "disponible": {"oui": "Disponibles", "non": "Indisponibles"},
    "deja_reloge": {"oui": "Déjà relogé avant la fin", "non": "Non relogé avant la fin"},
    "avancement": {
        "realise": "Réalisée",
        "engage": "Engagée",
        "a_venir": "À venir",
        "depasse": "Échéance dépassée",
        "abandonne": "Abandonnée",
    },
    "mesure": {"oui": "Mesuré", "non": "Non mesuré"},
}


# Ce que dit une colonne de population, seule : en tête d'un choix, dans un filtre.
TITRES = {
    "a_dossier": "Dossier au service",
    "action": "Action du plan",
    "age_tranche": "Âge",
    "anciennete_tranche": "Ancienneté de la demande",
    "avancement": "Avancement",
    "avec_dossier": "Avec ou sans dossier",
    "bailleur": "Bailleur",
    "canal": "Façon d'être reçu",
    "categorie_sortie": "Sortie",
    "commune": "Commune",
    "commune_origine": "Commune d'origine",
    "composition": "Composition familiale",
    "conclusion": "Conclusion du diagnostic",
    "contingent": "Contingent",
    "deja_reloge": "Déjà relogé à la fin",
    "departement": "Département",
    "devenir": "Devenir",
    "difficulte": "Difficulté",
    "disponible": "Disponibilité",
    "dispositif": "Dispositif",
    "duree_tranche": "Durée",
    "echeance": "Échéance",
    "emploi": "Situation d'emploi",
    "emploi_enquete": "Emploi au jour de l'enquête",
    "emploi_entree": "Emploi à l'entrée",
    "emploi_sortie": "Emploi à la sortie",
    "employeur_type": "Employeur",
    "epci": "Intercommunalité",
    "financeur": "Financeur",
    "garde": "Garde de l'enfant",
    "genre": "Genre",
    "groupe": "Groupe du dispositif",
    "intensite": "Intensité de la mesure",
    "lieu": "Lieu",
    "logement_entree": "Logement au début",
    "logement_sortie": "Logement à la fin",
    "mobilite": "Déplacements",
    "modalite_gestion": "Gestion du logement",
    "mode": "Mode d'échange",
    "mois": "Mois",
    "mois_ecoules": "Temps écoulé",
    "motif": "Motif de la demande",
    "motif_fin": "Motif de fin",
    "motif_suite": "Motif de la suite",
    "nouveau": "Nouveau dans l'année",
    "objectif": "Objectif de la mesure",
    "objectif_atteint": "Objectif atteint",
    "organisme": "Organisme",
    "parc": "Parc du logement",
    "parcours_ase": "Passage par l'aide sociale à l'enfance",
    "partenaire": "Partenaire",
    "permis": "Permis de conduire",
    "prescripteur": "Prescripteur",
    "prise_en_charge": "Prise en charge antérieure",
    "prolongation_exceptionnelle": "Prolongation exceptionnelle",
    "protection": "Mesure de protection",
    "qpv": "Quartier prioritaire",
    "raison_retrait": "Raison du retrait",
    "reception": "Reçue ou à distance",
    "regroupe_diffus": "Regroupé ou diffus",
    "releve_action_logement": "Relève d'Action Logement",
    "ressource_principale": "Ressource principale",
    "ressource_sortie": "Ressource à la sortie",
    "ressources_tranche": "Montant des ressources",
    "sens": "Sens du passage",
    "suite": "Suite donnée",
    "territoire": "Territoire",
    "theme": "Thème",
    "type_acte": "Type d'acte",
    "type_contrat": "Type de contrat",
    "type_dossier": "Type de dossier",
    "type_mesure": "Type de mesure",
    "type_place": "Type de place",
    "typologie": "Type de logement",
    "typologie_bailleur": "Logement et bailleur",
    "volet": "Volet du dispositif",
}


def titre_variable(colonne: str) -> str:
    """Ce que dit une colonne de population, en mots qui se lisent seuls ; le nom lui-même s'il n'en a pas."""
    return TITRES.get(colonne.removesuffix(SUFFIXE_GROUPE), colonne)


ABSENCES_EN_LETTRES = {"NR": "Non renseigné", "SO": "Sans objet", "REF": "Refus de répondre"}


def nomenclature_de(espace: Espace, univers: Univers, colonne: str) -> Nomenclature | None:
    """La nomenclature d'une colonne d'univers : celle de la colonne du modèle d'où elle vient."""
    variables = {origine.split(".")[1] for origine in univers.origines.get(colonne, ())}
    variables -= {"moment"}  # il choisit la photo, il n'en donne pas les modalités
    noms = {VARIABLES[v].nomenclature for v in variables} if len(variables) == 1 else {""}
    nom = noms.pop()
    return lire_nomenclature(espace, nom) if nom and colonne not in CALCULEES else None


def mois_en_lettres(mois: str) -> str:
    """« 2022-03 » devient « mars 2022 »."""
    annee, numero = mois.split("-")
    return f"{MOIS[int(numero) - 1]} {annee}"


def decrire(
    espace: Espace, service: Service, univers: Univers, ventilation: str, modalites: list[str]
) -> dict[str, tuple[str, int]]:
    """Chaque modalité avec son libellé français et son rang d'impression ; le service peut en imprimer un autre."""
    decrites = _decrire(espace, service, univers, ventilation, modalites)
    propres, colonne = service.parametres.libelles_imprimes, ventilation.removesuffix(SUFFIXE_GROUPE)
    return {m: (propres.get(f"{colonne}.{m}", libelle), rang) for m, (libelle, rang) in decrites.items()}


def _decrire(
    espace: Espace, service: Service, univers: Univers, ventilation: str, modalites: list[str]
) -> dict[str, tuple[str, int]]:
    colonne = ventilation.removesuffix(SUFFIXE_GROUPE)
    nomenclature = nomenclature_de(espace, univers, colonne)
    if ventilation.endswith(SUFFIXE_GROUPE) and nomenclature:
        groupes = list(dict.fromkeys(nomenclature.regroupements.values()))
        return {m: (m, groupes.index(m) if m in groupes else len(groupes)) for m in modalites}
    if nomenclature:
        codes = {code: rang for rang, code in enumerate(nomenclature.codes)}
        connus = {**ABSENCES_EN_LETTRES, **nomenclature.libelles}
        return {m: (connus.get(m, m), codes.get(m, len(codes))) for m in modalites}
    if colonne in ("commune_origine", "commune", "epci", "departement"):
        connus = libelles_territoires(espace, colonne)
        return {m: (ABSENCES_EN_LETTRES.get(m) or connus.get(m, m), 0) for m in modalites}
    if colonne == "groupe":
        return {m: (lire_service(espace, m).libelle_court, rang) for rang, m in enumerate(sorted(modalites))}
    if colonne == "mois":
        return {m: (mois_en_lettres(m), rang) for rang, m in enumerate(sorted(modalites))}
    ordre = {
        "age_tranche": regles.tranches_age(service.parametres.bornes_age),
        "duree_tranche": [*(t for _, t in TRANCHES_DUREE), DERNIERE_TRANCHE],
        "ressources_tranche": regles.tranches_montant(service.parametres.bornes_ressources),
        **{nom: list(valeurs) for nom, valeurs in CALCULEES.items()},
    }.get(colonne, [])
    rangs = {m: rang for rang, m in enumerate(ordre)}
    return {m: (_libelle(colonne, m), rangs.get(m, -1 if m.startswith("moins") else len(rangs))) for m in modalites}


def _libelle(colonne: str, modalite: str) -> str:
    """Le libellé d'une modalité calculée : « 61 et plus » devient « 61 ans et plus », NR « Non renseigné »."""
    if modalite in ABSENCES_EN_LETTRES:
        return ABSENCES_EN_LETTRES[modalite]
    if colonne == "age_tranche":
        age = modalite.replace(" et plus", " ans et plus") if "et plus" in modalite else f"{modalite} ans"
        return age[0].upper() + age[1:]
    if colonne == "ressources_tranche":
        modalite = re.sub(r"\d{4,}", lambda m: f"{int(m[0]):,}".replace(",", "\u202f"), modalite)
    if colonne in ("duree_tranche", "ressources_tranche"):
        return modalite[0].upper() + modalite[1:]
    return CALCULEES.get(colonne, {}).get(modalite, modalite)


def exiger_groupable(espace: Espace, univers: Univers, ventilation: str) -> Nomenclature:
    """La nomenclature qui regroupe `…_groupe` ; lève `ErreurParametre` si la colonne n'en a pas."""
    colonne = ventilation.removesuffix(SUFFIXE_GROUPE)
    nomenclature = nomenclature_de(espace, univers, colonne)
    if nomenclature is None:
        raise ErreurParametre(f"« {colonne} » n'a pas de nomenclature : elle ne se regroupe pas.")
    return nomenclature
