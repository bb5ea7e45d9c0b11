"""Les exports imaginaires des deux services ALT : un tableur de suivi et des fichiers délimités."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from generateur.exports import Tables
from generateur.salissure import Export

if TYPE_CHECKING:
    from generateur.alt import Groupe

_IDENTITES = {
    "N° personne": "id_personne",
    "N° ménage": "id_menage",
    "Qualité": "role",
    "Sexe": "genre",
    "Naissance": "naissance",
    "Parcours ASE": "parcours_ase",
    "Depuis le": "debut",
}
_DEMANDE = {
    "N° demande": "id_demande",
    "Reçue le": "date_demande",
    "N° ménage": "id_menage",
    "Typologie": "composition",
    "Adultes": "nb_adultes",
    "14 ans et plus": "nb_14_et_plus",
    "Enfants - 14 ans": "nb_moins_14",
    "Logement actuel": "logement",
    "Commune d'origine": "commune_origine",
    "Territoire": "territoire",
    "Orienté par": "prescripteur",
    "Structure": "organisme",
    "Motif": "motif",
    "Décision le": "date_decision",
    "Suite": "suite",
    "Motif de la suite": "motif_suite",
}
_LOGEMENT = {
    "N° logement": "id_place",
    "Type": "typologie",
    "Places": "nb_places",
    "Bailleur": "bailleur",
    "Commune": "commune",
    "Regroupé / diffus": "regroupe_diffus",
    "Bail du": "ouverture",
    "Bail au (exclu)": "fermeture",
}
_SEJOUR = {
    "N° séjour": "id_sejour",
    "N° ménage": "id_menage",
    "N° personne": "id_personne",
    "N° logement": "id_place",
    "Entrée": "date_entree",
    "Sortie": "date_sortie",
    "Motif de sortie": "motif_fin",
}
_MESURE = {
    "N° FAL": "id_mesure",
    "N° ménage": "id_menage",
    "N° demande": "id_demande",
    "Rang": "rang",
    "Type": "type_mesure",
    "Territoire": "territoire",
    "Notifié le": "date_notification",
    "Début": "date_debut",
    "Fin prévue": "date_fin_prevue",
    "Fin": "date_fin",
    "Motif de fin": "motif_fin",
    "Prolongation": "prolongation_exceptionnelle",
}
_PHOTO = {
    "N° ménage": "id_menage",
    "Moment": "moment",
    "Date": "date",
    "Typologie": "composition",
    "Adultes": "nb_adultes",
    "14 ans et plus": "nb_14_et_plus",
    "Enfants - 14 ans": "nb_moins_14",
    "Logement": "logement",
    "Situation pro.": "emploi",
    "Ressource principale": "ressource_principale",
    "Ressources mensuelles": "ressources",
}
_REDEVANCE = {"N° ménage": "id_menage", "Mois": "mois", "Impayé": "impaye", "Solde dû": "solde"}
_RELAIS = {"N°": "id_acte", "Date": "date", "N° ménage": "id_menage", "Relais vers": "dispositif"}
_CONVENTION = {
    "N°": "id_convention",
    "Financeur": "financeur",
    "Action": "dispositif",
    "Territoire": "territoire",
    "Du": "debut",
    "Au (exclu)": "fin",
    "Unité": "unite_objectif",
    "Objectif": "objectif",
    "Nature": "nature",
    "ETP": "etp",
}
_INDISPONIBLE = {"N° logement": "id_place", "Du": "debut", "Au (exclu)": "fin", "Motif": "motif"}


def _demandes(t: Tables) -> list[dict[str, Any]]:
    """Les demandes avec la photo prise le jour même : une seule ligne par demande, comme au guichet."""
    photos = t["situation"].filter(pl.col("moment") == "demande")
    colonnes = ("id_menage", "composition", "nb_adultes", "nb_14_et_plus", "nb_moins_14", "logement")
    return t["demande"].join(photos.select(colonnes), on="id_menage", how="left").sort("id_demande").to_dicts()


def exports_groupe(g: Groupe, t: Tables) -> list[Export]:
    """Les exports d'un groupe : usagers, demandes, logements, classeur de suivi, redevances par an, relais."""
    s = g.service
    usagers = t["personne"].join(t["membre"], on="id_personne", how="left").sort("id_menage", "id_personne")
    suivies = t["situation"].filter(pl.col("moment") != "demande").sort("date", "id_menage", "moment")
    titre = (f"{g.titre} - suivi des séjours", "Export du 09/01/2023 (données au 31/12/2022)")
    suivi = {"fichier": f"suivi_{s}.xlsx", "titre": titre}
    exports = [
        Export(
            f"usagers_{s}.csv",
            _IDENTITES,
            usagers.to_dicts(),
            encodage="utf-8",
            separateur=",",
            jamais_marques=("id_menage", "debut"),
            a_rejeter=({"N° personne": "", "Qualité": "Conjoint"},),
        ),
        Export(
            f"demandes_{s}.csv",
            _DEMANDE,
            _demandes(t),
            cle="N° demande",
            a_rejeter=({"Reçue le": "31/02/2022"}, {"Suite": "Voir commission", "N° ménage": ""}),
        ),
        Export(
            f"logements_{s}.csv",
            _LOGEMENT,
            t["place"].to_dicts(),
            cle="N° logement",
            jamais_marques=("fermeture",),
            a_rejeter=({"Bail du": "à signer"},),
        ),
        Export(
            **suivi,
            feuille="Séjours",
            colonnes=_SEJOUR,
            lignes=t["sejour"].to_dicts(),
            cle="N° séjour",
            jamais_marques=("date_sortie", "id_personne"),
            a_rejeter=({"Entrée": "bientôt"}, {"N° séjour": "Total", "N° ménage": ""}),
        ),
        Export(
            **suivi,
            feuille="Accompagnements FAL",
            colonnes=_MESURE,
            lignes=t["mesure"].to_dicts(),
            cle="N° FAL",
            jamais_marques=("id_demande", "date_fin"),
            a_rejeter=({"N° ménage": ""},),
        ),
        Export(
            **suivi,
            feuille="Situations",
            colonnes=_PHOTO,
            lignes=suivies.to_dicts(),
            a_rejeter=({"Date": "31/02/2022"},),
        ),
        Export(f"relais_{s}.csv", _RELAIS, t["acte"].to_dicts(), cle="N°", a_rejeter=({"Date": "à la sortie"},)),
        Export(
            f"conventions_{s}.csv",
            _CONVENTION,
            t["convention"].to_dicts(),
            encodage="utf-8-sig",
            cle="N°",
            jamais_marques=("fin", "objectif", "etp"),
            a_rejeter=({"Du": ""},),
        ),
    ]
    if "indisponibilite" in t:
        exports.append(
            Export(
                f"travaux_{s}.csv",
                _INDISPONIBLE,
                t["indisponibilite"].to_dicts(),
                jamais_marques=("fin",),
                a_rejeter=({"Du": "au printemps"},),
            )
        )
    for annee in sorted(set(t["dette_mois"]["mois"].str.slice(0, 4))):
        lignes = t["dette_mois"].filter(pl.col("mois").str.starts_with(annee)).sort("mois", "id_menage")
        rejets = ({"Mois": "13/" + annee},)
        exports.append(Export(f"redevances_{s}_{annee}.csv", _REDEVANCE, lignes.to_dicts(), a_rejeter=rejets))
    return exports
