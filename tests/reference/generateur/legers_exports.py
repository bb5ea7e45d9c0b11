"""Le format d'export imaginaire des petits services : un fichier par table, des en-têtes de logiciel métier."""

from __future__ import annotations

import polars as pl

from generateur.salissure import Export

Tables = dict[str, pl.DataFrame]

IDENTITES = {
    "N° dossier": "id_menage",
    "N° personne": "id_personne",
    "Qualité": "role",
    "Né(e) en": "naissance",
    "Sexe": "genre",
    "Depuis le": "debut",
}
COLONNES: dict[str, dict[str, str]] = {
    "demande": {
        "N° demande": "id_demande",
        "N° dossier": "id_menage",
        "Reçue le": "date_demande",
        "Orienté par": "prescripteur",
        "Volet": "volet",
        "Motif principal": "motif",
        "Autres difficultés": "motifs_annexes",
        "Commune": "commune_origine",
        "QPV": "qpv",
        "Décision le": "date_decision",
        "Suite donnée": "suite",
        "Motif de la suite": "motif_suite",
    },
    "mesure": {
        "N° mesure": "id_mesure",
        "N° dossier": "id_menage",
        "N° demande": "id_demande",
        "Rang": "rang",
        "Type": "type_mesure",
        "Intensité": "intensite",
        "Volet": "volet",
        "Notifiée le": "date_notification",
        "Début": "date_debut",
        "Signée le": "date_signature",
        "Fin prévue": "date_fin_prevue",
        "Fin": "date_fin",
        "Motif de fin": "motif_fin",
        "Objectif atteint": "objectif_atteint",
    },
    "place": {
        "N° logement": "id_place",
        "Places": "nb_places",
        "Type de place": "type_place",
        "Typologie": "typologie",
        "Bailleur": "bailleur",
        "Parc": "parc",
        "Gestion": "modalite_gestion",
        "Commune": "commune",
        "Regroupé/diffus": "regroupe_diffus",
        "Capté le": "date_captation",
        "Ouvert le": "ouverture",
        "Fermé le": "fermeture",
    },
    "indisponibilite": {"N° logement": "id_place", "Du": "debut", "Au (exclu)": "fin", "Motif": "motif"},
    "sejour": {
        "N° séjour": "id_sejour",
        "N° logement": "id_place",
        "N° dossier": "id_menage",
        "N° personne": "id_personne",
        "Entrée": "date_entree",
        "Sortie": "date_sortie",
        "Motif de sortie": "motif_fin",
    },
    "situation": {
        "N° dossier": "id_menage",
        "N° personne": "id_personne",
        "N° mesure": "id_mesure",
        "N° séjour": "id_sejour",
        "Moment": "moment",
        "Date": "date",
        "Composition": "composition",
        "Adultes": "nb_adultes",
        "14 ans et plus": "nb_14_et_plus",
        "Moins de 14 ans": "nb_moins_14",
        "Logement": "logement",
        "Emploi": "emploi",
        "Ressource principale": "ressource_principale",
        "Montant mensuel": "ressources",
        "Protection": "protection",
        "Commune": "commune",
    },
    "acte": {
        "N° acte": "id_acte",
        "Date": "date",
        "Nature": "type_acte",
        "N° dossier": "id_menage",
        "N° mesure": "id_mesure",
        "Lieu": "lieu",
        "Mode": "mode",
        "Thème": "theme",
        "Partenaire": "partenaire",
        "Dossier": "type_dossier",
        "État du dossier": "etat_dossier",
        "Vers": "dispositif",
        "Présence": "presence",
    },
    "relogement": {
        "N°": "id_relogement",
        "N° dossier": "id_menage",
        "N° mesure": "id_mesure",
        "Date d'entrée": "date",
        "Parc": "parc",
        "Bailleur": "bailleur",
        "Contingent": "contingent",
        "Commune": "commune",
    },
    "dette_mois": {"N° dossier": "id_menage", "Mois": "mois", "Impayé": "impaye", "Solde dû": "solde"},
    "contrat_travail": {
        "N° contrat": "id_contrat",
        "N° personne": "id_personne",
        "N° dossier": "id_menage",
        "Contrat": "type_contrat",
        "Employeur": "employeur_type",
        "Début": "date_debut",
        "Fin": "date_fin",
        "Heures": "heures",
        "Durable": "durable",
    },
    "convention": {
        "N°": "id_convention",
        "Financeur": "financeur",
        "Action": "dispositif",
        "Du": "debut",
        "Au (exclu)": "fin",
        "Montant": "montant",
        "Unité": "unite_objectif",
        "Objectif": "objectif",
        "Nature": "nature",
        "ETP": "etp",
    },
}
COLLECTIF = {
    "N° séance": "id_acte",
    "Date": "date",
    "Nature": "type_acte",
    "Thème": "theme",
    "Lieu": "lieu",
    "N° personne": "id_personne",
}
# Table → fichier, feuille, en-tête de l'identifiant et fautes que l'import doit rejeter.
FICHIERS: dict[str, tuple[str, str, str, tuple[dict[str, str], ...]]] = {
    "demande": (
        "demandes_{}.csv",
        "",
        "N° demande",
        ({"Reçue le": "31/02/2022"}, {"Suite donnée": "À voir en équipe"}),
    ),
    "mesure": ("suivi_{}.xlsx", "Mesures", "N° mesure", ({"N° dossier": ""}, {"N° mesure": "Total", "N° dossier": ""})),
    "situation": ("suivi_{}.xlsx", "Situations", "", ({"Date": "31/02/2022"},)),
    "place": ("logements_{}.csv", "", "N° logement", ({"Ouvert le": ""},)),
    "indisponibilite": ("travaux_{}.csv", "", "", ({"Du": "début avril"},)),
    "sejour": ("sejours_{}.csv", "", "N° séjour", ({"Entrée": "31/09/2022"}, {"N° dossier": ""})),
    "acte": ("actes_{}.csv", "", "N° acte", ({"Nature": "Divers"},)),
    "relogement": ("relogements_{}.csv", "", "N°", ({"Date d'entrée": "bientôt"},)),
    "dette_mois": ("redevances_{}.csv", "", "", ({"Mois": "13/2022"},)),
    "contrat_travail": ("contrats_{}.csv", "", "N° contrat", ({"Début": "lundi"},)),
    "convention": ("financements_{}.xlsx", "Financements", "N°", ({"Du": ""},)),
}


def _remplies(entetes: dict[str, str], table: pl.DataFrame) -> dict[str, str]:
    """Les colonnes que le logiciel du service remplit : celles qui portent au moins une valeur."""
    return {e: v for e, v in entetes.items() if table[v].null_count() < table.height}


def exports(service: str, t: Tables) -> list[Export]:
    """Les exports bruts d'un service : ses foyers, puis un fichier (ou une feuille) par table qu'il tient."""
    usagers = t["personne"].join(t["membre"], on="id_personne", how="left").sort("id_personne", "id_menage")
    sorties = [
        Export(
            f"foyers_{service}.csv",
            IDENTITES,
            usagers.to_dicts(),
            jamais_marques=("id_menage",),
            a_rejeter=({"N° personne": "", "Qualité": "Enfant"},),
        )
    ]
    individuels = {**t}
    if "participation" in t:
        individuels["acte"] = t["acte"].join(t["participation"], on="id_acte", how="anti")
        seances = t["participation"].join(t["acte"], on="id_acte").sort("id_acte", "id_personne")
        sorties.append(
            Export(f"vie_collective_{service}.csv", COLLECTIF, seances.to_dicts(), a_rejeter=({"N° séance": ""},))
        )
    for table, (fichier, feuille, cle, fautes) in FICHIERS.items():
        if table not in t:
            continue
        lignes = individuels[table]
        entetes = _remplies(COLONNES[table], lignes)
        sorties.append(
            Export(
                fichier.format(service),
                entetes,
                lignes.to_dicts(),
                feuille=feuille,
                titre=(f"Export {feuille.lower()}", "Données au 31/12/2022") if feuille else (),
                cle=cle,
                a_rejeter=fautes,
                jamais_marques=tuple(v for v in entetes.values() if v.startswith("id_")),
            )
        )
    return sorties
