"""Les exports de l'hébergement éducatif : un registre des jeunes, des pré-admissions, des séjours et des logements."""

from __future__ import annotations

import polars as pl

from generateur.salissure import Export
from generateur.tremplins_calendrier import MAJEURS

Tables = dict[str, pl.DataFrame]
_JEUNE = {
    "N° personne": "id_personne",
    "N° dossier": "id_menage",
    "S'identifie comme": "genre",
    "Né(e) en": "naissance",
    "Parcours ASE": "parcours_ase",
    "1er contact": "debut",
}
_DEMANDE = {
    "N° pré-admission": "id_demande",
    "N° dossier": "id_menage",
    "Reçue le": "date_demande",
    "Orienté par": "prescripteur",
    "Motif": "motif",
    "Commune": "commune_origine",
    "Décision le": "date_decision",
    "Suite donnée": "suite",
    "Motif de la suite": "motif_suite",
}
_SEJOUR = {
    "N° séjour": "id_sejour",
    "N° dossier": "id_menage",
    "N° personne": "id_personne",
    "Logement": "id_place",
    "Entrée": "date_entree",
    "Sortie": "date_sortie",
    "Motif de sortie": "motif_fin",
}
_BILAN = {
    "N° séjour": "id_sejour",
    "N° dossier": "id_menage",
    "N° personne": "id_personne",
    "Moment": "moment",
    "Date": "date",
    "Hébergement": "logement",
    "Situation": "emploi",
    "Ressource": "ressource_principale",
    "Montant mensuel": "ressources",
    "Déplacements": "mobilite",
    "Permis": "permis",
}
_LOGEMENT = {
    "N° logement": "id_place",
    "Places": "nb_places",
    "Type": "typologie",
    "Commune": "commune",
    "Implantation": "regroupe_diffus",
    "Ouvert le": "ouverture",
    "Fermé le": "fermeture",
}
_INDISPONIBILITE = {"N° logement": "id_place", "Du": "debut", "Au (exclu)": "fin", "Motif": "motif"}
_ACTE = {
    "N° acte": "id_acte",
    "Date": "date",
    "Nature": "type_acte",
    "N° dossier": "id_menage",
    "Lieu": "lieu",
    "Présence": "presence",
    "Dossier constitué": "type_dossier",
    "État du dossier": "etat_dossier",
    "Orientation vers": "dispositif",
}
_ACTIVITE = {
    "N° activité": "id_acte",
    "Date": "date",
    "Lieu": "lieu",
    "Thème": "theme",
    "Mineurs et invités": "effectif_anonyme",
    "N° personne": "id_personne",
}
_EQUIPE = {
    "N°": "id_convention",
    "Financeur": "financeur",
    "Fonction": "dispositif",
    "Depuis le": "debut",
    "Jusqu'au": "fin",
    "Nature": "nature",
    "ETP": "etp",
}


def exports_tremplins(groupe: str, t: Tables) -> list[Export]:
    """Les exports d'un groupe ; le registre des activités et celui de l'équipe sont tenus chez les majeurs."""
    nom = groupe.removeprefix("tremplins_")
    titre = (f"Hébergement éducatif - {nom}", "Export du 09/01/2023 (données au 31/12/2022)")
    jeunes = t["personne"].join(t["membre"], on="id_personne").sort("id_personne")
    individuels = t["acte"].filter(pl.col("type_acte") != "ACTIVITE")
    exports = [
        Export(
            f"jeunes_{nom}.csv",
            _JEUNE,
            jeunes.to_dicts(),
            encodage="utf-8",
            jamais_marques=("id_menage", "debut"),
            a_rejeter=({"N° personne": ""},),
        ),
        Export(
            f"preadmissions_{nom}.csv",
            _DEMANDE,
            t["demande"].sort("date_demande", "id_demande").to_dicts(),
            cle="N° pré-admission",
            a_rejeter=({"Reçue le": "31/02/2022"}, {"Suite donnée": "À revoir avec l'équipe"}),
        ),
        Export(
            f"sejours_{nom}.xlsx",
            _SEJOUR,
            t["sejour"].to_dicts(),
            feuille="Séjours",
            titre=titre,
            cle="N° séjour",
            jamais_marques=("id_place",),
            a_rejeter=({"Entrée": "30/02/2022"},),
        ),
        Export(
            f"sejours_{nom}.xlsx",
            _BILAN,
            t["situation"].sort("date", "id_menage").to_dicts(),
            feuille="Bilans",
            titre=titre,
            a_rejeter=({"Moment": "Milieu", "Date": "15/06/2022"},),
        ),
        Export(
            f"logements_{nom}.csv",
            _LOGEMENT,
            t["place"].to_dicts(),
            separateur=",",
            encodage="utf-8-sig",
            cle="N° logement",
            a_rejeter=({"Ouvert le": "bientôt"},),
        ),
        Export(
            f"indisponibilites_{nom}.csv", _INDISPONIBILITE, t["indisponibilite"].to_dicts(), a_rejeter=({"Du": ""},)
        ),
        Export(
            f"actes_{nom}.csv",
            _ACTE,
            individuels.sort("id_acte").to_dicts(),
            cle="N° acte",
            jamais_marques=("id_menage", "lieu", "dispositif"),
            a_rejeter=({"Nature": "Divers"}, {"Date": "31/04/2022"}),
        ),
    ]
    if groupe == MAJEURS:
        exports += _du_dispositif(t)
    return exports


def _du_dispositif(t: Tables) -> list[Export]:
    """Les activités, une ligne par jeune présent, et l'équipe."""
    seances = t["acte"].join(t["participation"], on="id_acte").sort("id_acte", "id_personne")
    return [
        Export(
            "activites_tremplins.csv",
            _ACTIVITE,
            seances.to_dicts(),
            encodage="utf-8",
            a_rejeter=({"N° activité": ""},),
        ),
        Export(
            "equipe_tremplins.csv",
            _EQUIPE,
            t["convention"].to_dicts(),
            cle="N°",
            a_rejeter=({"Depuis le": ""},),
        ),
    ]
