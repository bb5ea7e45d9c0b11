"""Les exports bruts d'un programme : participants, classeur de suivi, financements, aux mêmes en-têtes partout."""

from __future__ import annotations

from typing import Any

import polars as pl

from generateur.salissure import Export

Tables = dict[str, pl.DataFrame]
INCONNU = "Autre (voir dossier papier)"

# En-tête de l'export → variable, par feuille du classeur de suivi ; une colonne toujours vide n'est pas exportée.
FEUILLES: dict[str, tuple[str, str, dict[str, str]]] = {
    "Orientations": (
        "demande",
        "N° orientation",
        {
            "N° orientation": "id_demande",
            "Reçue le": "date_demande",
            "N° dossier": "id_menage",
            "Orienté par": "prescripteur",
            "Structure": "organisme",
            "Motif": "motif",
            "Commune": "commune_origine",
            "Décision le": "date_decision",
            "Suite": "suite",
            "Motif de la suite": "motif_suite",
        },
    ),
    "Accompagnements": (
        "mesure",
        "N° accompagnement",
        {
            "N° accompagnement": "id_mesure",
            "N° dossier": "id_menage",
            "Rang": "rang",
            "Nature": "type_mesure",
            "Intensité": "intensite",
            "Territoire": "territoire",
            "Notifié le": "date_notification",
            "Début": "date_debut",
            "Contrat signé le": "date_signature",
            "Fin": "date_fin",
            "Motif de fin": "motif_fin",
            "Objectif atteint": "objectif_atteint",
        },
    ),
    "Situations": (
        "situation",
        "",
        {
            "N° dossier": "id_menage",
            "N° accompagnement": "id_mesure",
            "Moment": "moment",
            "Date": "date",
            "Situation familiale": "composition",
            "Nb adultes": "nb_adultes",
            "Nb 14 ans et +": "nb_14_et_plus",
            "Nb - de 14 ans": "nb_moins_14",
            "Logement": "logement",
            "Emploi": "emploi",
            "Ressource principale": "ressource_principale",
            "Montant mensuel": "ressources",
            "Commune": "commune",
        },
    ),
    "Contrats": (
        "contrat_travail",
        "N° contrat",
        {
            "N° contrat": "id_contrat",
            "N° personne": "id_personne",
            "N° dossier": "id_menage",
            "Type de contrat": "type_contrat",
            "Employeur": "employeur_type",
            "Du": "date_debut",
            "Au (exclu)": "date_fin",
            "Heures": "heures",
            "Emploi durable": "durable",
        },
    ),
    "Contacts employeurs": (
        "contact_employeur",
        "",
        {"N° personne": "id_personne", "Date": "date", "Nature": "nature"},
    ),
    "Actes": (
        "acte",
        "N° acte",
        {
            "N° acte": "id_acte",
            "Date": "date",
            "Nature": "type_acte",
            "N° dossier": "id_menage",
            "N° accompagnement": "id_mesure",
            "Lieu": "lieu",
            "Mode": "mode",
            "Thème": "theme",
            "Orientation vers": "dispositif",
            "Présence": "presence",
            "Nombre": "nombre",
            "Participants": "effectif_anonyme",
        },
    ),
    "Relogements": (
        "relogement",
        "N° relogement",
        {
            "N° relogement": "id_relogement",
            "N° dossier": "id_menage",
            "N° accompagnement": "id_mesure",
            "Date d'entrée": "date",
            "Parc": "parc",
            "Commune": "commune",
        },
    ),
    "Logements": (
        "place",
        "N° logement",
        {
            "N° logement": "id_place",
            "Places": "nb_places",
            "Type": "typologie",
            "Bailleur": "bailleur",
            "Commune": "commune",
            "Ouvert le": "ouverture",
        },
    ),
    "Séjours": (
        "sejour",
        "N° séjour",
        {
            "N° séjour": "id_sejour",
            "N° logement": "id_place",
            "N° dossier": "id_menage",
            "Entrée": "date_entree",
            "Sortie": "date_sortie",
            "Motif de sortie": "motif_fin",
        },
    ),
}
FAUTES: dict[str, tuple[dict[str, str], ...]] = {
    "Orientations": ({"Reçue le": ""}, {"Suite": INCONNU}),
    "Accompagnements": ({"N° dossier": ""}, {"Début": "31/02/2020"}),
    "Situations": ({"Date": "31/02/2020"},),
    "Contrats": ({"Du": "bientôt"}, {"Type de contrat": INCONNU}),
    "Contacts employeurs": ({"Date": "31/04/2020"},),
    "Actes": ({"Nature": "Divers"},),
    "Relogements": ({"Date d'entrée": "30/02/2020"},),
    "Logements": ({"Ouvert le": ""},),
    "Séjours": ({"Entrée": "31/06/2020"},),
}
PARTICIPANTS = {
    "N° dossier": "id_menage",
    "N° personne": "id_personne",
    "Qualité": "role",
    "Né(e) en": "naissance",
    "Sexe": "genre",
    "Depuis le": "debut",
}
FINANCEMENTS = {
    "N°": "id_convention",
    "Financeur": "financeur",
    "Action": "dispositif",
    "Territoire": "territoire",
    "Du": "debut",
    "Au (exclu)": "fin",
    "Montant": "montant",
    "Objectif": "objectif",
    "Unité de l'objectif": "unite_objectif",
    "Nature": "nature",
    "ETP": "etp",
}


def exports_du_programme(service: str, titre: str, t: Tables) -> list[Export]:
    """Les exports d'un programme : un fichier de participants, un classeur de suivi, un fichier de financements."""
    participants = t["personne"].join(t["membre"], on="id_personne", how="left").sort("id_personne")
    exports = [
        Export(
            f"participants_{service}.csv",
            PARTICIPANTS,
            participants.to_dicts(),
            a_rejeter=({"N° personne": "", "Qualité": "Enfant"},),
        ),
        Export(
            f"financements_{service}.csv",
            _remplies(FINANCEMENTS, t["convention"]),
            t["convention"].to_dicts(),
            encodage="utf-8-sig",
            separateur=",",
            cle="N°",
            jamais_marques=("montant", "etp", "objectif"),
            a_rejeter=({"Du": ""},),
        ),
    ]
    derniere = max(t["mesure"]["date_debut"].max(), t["situation"]["date"].max())
    for feuille, (table, cle, colonnes) in FEUILLES.items():
        if table not in t:
            continue
        exports.append(
            Export(
                f"suivi_{service}.xlsx",
                _remplies(colonnes, t[table]),
                _lignes(t[table]),
                feuille=feuille,
                titre=(titre, f"Données au 31/12/{derniere.year}"),
                cle=cle,
                jamais_marques=(
                    "id_menage",
                    "id_mesure",
                    "date_fin",
                    "date_sortie",
                    "nombre",
                    "effectif_anonyme",
                    "heures",
                ),
                a_rejeter=FAUTES[feuille],
            )
        )
    return exports


def _remplies(colonnes: dict[str, str], table: pl.DataFrame) -> dict[str, str]:
    """Les seules colonnes que la table remplit au moins une fois."""
    return {entete: nom for entete, nom in colonnes.items() if table[nom].null_count() < table.height}


def _lignes(table: pl.DataFrame) -> list[dict[str, Any]]:
    triee = table.sort("date", maintain_order=True) if "date" in table.columns else table
    return triee.to_dicts()
