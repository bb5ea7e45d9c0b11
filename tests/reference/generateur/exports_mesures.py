"""Les exports bruts des deux services d'accompagnement social : un classeur de suivi et des fichiers plats."""

from __future__ import annotations

from typing import Any

import polars as pl

from generateur.salissure import Export

Tables = dict[str, pl.DataFrame]

_USAGERS = {
    "N° dossier": "id_menage",
    "N° personne": "id_personne",
    "Qualité": "role",
    "Sexe": "genre",
    "Naissance": "naissance",
    "Depuis le": "debut",
}
_DEMANDE = {
    "N° demande": "id_demande",
    "N° dossier": "id_menage",
    "Reçue le": "date_demande",
    "Orienté par": "prescripteur",
    "Motif": "motif",
    "Commune": "commune_origine",
    "Territoire": "territoire",
    "Commission du": "date_decision",
    "Avis": "suite",
    "Motif de l'avis": "motif_suite",
}
_MESURE = {
    "N° mesure": "id_mesure",
    "N° dossier": "id_menage",
    "N° demande": "id_demande",
    "Rang": "rang",
    "Type": "type_mesure",
    "Intensité": "intensite",
    "Territoire": "territoire",
    "Notifiée le": "date_notification",
    "Début": "date_debut",
    "Fin": "date_fin",
    "Motif d'arrêt": "motif_fin",
    "Objectifs atteints": "objectif_atteint",
}
_PHOTO = {
    "N° dossier": "id_menage",
    "N° mesure": "id_mesure",
    "Moment": "moment",
    "Date": "date",
    "Situation familiale": "composition",
    "Adultes": "nb_adultes",
    "14 ans et plus": "nb_14_et_plus",
    "Moins de 14 ans": "nb_moins_14",
    "Logement": "logement",
    "Emploi": "emploi",
    "Ressource principale": "ressource_principale",
    "Ressources": "ressources",
    "Commune": "commune",
}
_ACTE = {
    "N°": "id_acte",
    "Date": "date",
    "Nature": "type_acte",
    "N° dossier": "id_menage",
    "N° mesure": "id_mesure",
    "Partenaire": "partenaire",
    "Dossier": "type_dossier",
    "État": "etat_dossier",
}
_VISITES = {
    "Relevé": "id_acte",
    "Dernière visite": "date",
    "N° dossier": "id_menage",
    "N° mesure": "id_mesure",
    "Visites": "nombre",
}
_CONVENTION = {
    "N°": "id_convention",
    "Financeur": "financeur",
    "Objet": "dispositif",
    "Territoire": "territoire",
    "Du": "debut",
    "Au (exclu)": "fin",
    "Montant": "montant",
    "Unité": "unite_objectif",
    "Objectif": "objectif",
    "ETP": "etp",
    "Nature": "nature",
}
_INCONNU = "Autre (voir dossier papier)"


def _usagers(t: Tables) -> list[dict[str, Any]]:
    """Une ligne par personne : son identité et son foyer."""
    lignes = t["personne"].join(t["membre"], on="id_personne", how="left")
    return lignes.sort("id_menage", "id_personne").to_dicts()


def _communs(
    t: Tables, nom: str, mesure: dict[str, str], usager: dict[str, str], demande: dict[str, str]
) -> list[Export]:
    titre = (f"Suivi social - {nom.upper()}", "Export du 09/01/2023 (données au 31/12/2022)")
    return [
        Export(
            f"usagers_{nom}.csv",
            usager,
            _usagers(t),
            jamais_marques=("id_menage", "debut"),
            a_rejeter=({"N° personne": "", "Qualité": "Enfant"},),
        ),
        Export(
            f"demandes_{nom}.csv",
            demande,
            t["demande"].sort("date_demande", "id_demande").to_dicts(),
            encodage="utf-8",
            cle="N° demande",
            jamais_marques=("id_menage", "date_decision"),
            a_rejeter=({"Reçue le": "31/02/2022"}, {"Orienté par": _INCONNU}),
        ),
        Export(
            f"suivi_{nom}.xlsx",
            mesure,
            t["mesure"].to_dicts(),
            feuille="Mesures",
            titre=titre,
            cle="N° mesure",
            jamais_marques=("date_fin",),
            a_rejeter=({"N° dossier": ""}, {"Début": "31/02/2022"}),
        ),
        Export(
            f"suivi_{nom}.xlsx",
            _PHOTO,
            t["situation"].sort("date", "id_menage").to_dicts(),
            feuille="Situations",
            titre=titre,
            a_rejeter=({"Date": "31/02/2022"}, {"Logement": _INCONNU, "Date": "15/06/2022"}),
        ),
        Export(
            f"conventions_{nom}.csv",
            _CONVENTION,
            t["convention"].to_dicts(),
            encodage="utf-8-sig",
            separateur=",",
            cle="N°",
            jamais_marques=("territoire", "fin", "montant", "objectif", "etp"),
            a_rejeter=({"Du": ""},),
        ),
    ]


def exports_fsl(t: Tables) -> list[Export]:
    """Les exports du FSL ASLL ; les visites arrivent en relevés trimestriels, une ligne par mesure."""
    visites = t["acte"].filter(pl.col("type_acte") == "VISITE").sort("date", "id_acte")
    demarches = t["acte"].filter(pl.col("type_acte") != "VISITE").sort("date", "id_acte")
    return [
        *_communs(t, "fsl", _MESURE, _USAGERS, _DEMANDE | {"Difficultés annexes": "motifs_annexes"}),
        Export(
            "visites_fsl.csv",
            _VISITES,
            visites.to_dicts(),
            cle="Relevé",
            a_rejeter=({"Visites": "plusieurs"}, {"Dernière visite": "31/06/2022"}),
        ),
        Export(
            "demarches_fsl.csv",
            _ACTE,
            demarches.to_dicts(),
            encodage="utf-8",
            cle="N°",
            a_rejeter=({"Nature": "Zoom"}, {"Date": "31/09/2022"}),
        ),
    ]


def exports_asl(t: Tables) -> list[Export]:
    """Les exports de l'ASL : la prise en charge passée est dans la fiche du jeune, les objectifs dans la mesure."""
    usagers = _USAGERS | {"Parcours ASE": "parcours_ase", "Prise en charge antérieure": "prise_en_charge"}
    return [
        *_communs(t, "asl", _MESURE | {"Objectifs initiaux": "objectifs"}, usagers, _DEMANDE),
        Export(
            "demarches_asl.csv",
            _ACTE | {"Thème": "theme", "Mode": "mode"},
            t["acte"].sort("date", "id_acte").to_dicts(),
            encodage="utf-8",
            cle="N°",
            a_rejeter=({"Nature": "Zoom"}, {"Date": "31/09/2022"}),
        ),
    ]
