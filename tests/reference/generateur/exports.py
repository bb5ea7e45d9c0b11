"""Le format d'export imaginaire des deux services : quels fichiers, quels en-têtes, quelles lignes à rejeter."""

from __future__ import annotations

from typing import Any

import polars as pl

from generateur.salissure import Export

Tables = dict[str, pl.DataFrame]


def _par_annee(table: pl.DataFrame, colonne: str) -> dict[int, list[dict[str, Any]]]:
    """Les lignes par année de fichier ; ce qui date d'avant 2020 est dans le fichier de 2020."""
    lignes: dict[int, list[dict[str, Any]]] = {}
    for ligne in table.sort(colonne, maintain_order=True).iter_rows(named=True):
        lignes.setdefault(max(2020, ligne[colonne].year), []).append(ligne)
    return dict(sorted(lignes.items()))


def _usagers(t: Tables) -> list[dict[str, Any]]:
    """Une ligne par personne : son identité et, si elle en a un, son foyer."""
    return t["personne"].join(t["membre"], on="id_personne", how="left").sort("id_personne").iter_rows(named=True)


_INCONNU = "Autre (voir dossier papier)"


def exports_ltiae(t: Tables) -> list[Export]:
    """Les exports du LTIAE : ménages, prescriptions et actes par année, classeur de suivi, relogements."""
    identites = {
        "N° dossier": "id_menage",
        "N° personne": "id_personne",
        "Qualité": "role",
        "Né(e) en": "naissance",
        "Sexe": "genre",
        "Garde": "garde",
        "Depuis le": "debut",
    }
    demande = {
        "N° prescription": "id_demande",
        "Reçue le": "date_demande",
        "Prescripteur": "prescripteur",
        "Structure": "organisme",
        "N° dossier": "id_menage",
        "Motif principal": "motif",
        "Autres difficultés": "motifs_annexes",
        "Commune": "commune_origine",
        "QPV": "qpv",
        "Décision le": "date_decision",
        "Suite donnée": "suite",
        "Motif de la suite": "motif_suite",
    }
    mesure = {
        "N° mesure": "id_mesure",
        "N° dossier": "id_menage",
        "N° prescription": "id_demande",
        "Rang": "rang",
        "Type": "type_mesure",
        "Notifiée le": "date_notification",
        "Début": "date_debut",
        "Contrat signé le": "date_signature",
        "Fin": "date_fin",
        "Motif de fin": "motif_fin",
        "Objectif atteint": "objectif_atteint",
    }
    photo = {
        "N° dossier": "id_menage",
        "N° mesure": "id_mesure",
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
        "Charges": "charges",
        "Commune": "commune",
    }
    acte = {
        "N° acte": "id_acte",
        "Date": "date",
        "Nature": "type_acte",
        "N° dossier": "id_menage",
        "N° mesure": "id_mesure",
        "Lieu": "lieu",
        "Mode": "mode",
        "Thème": "theme",
        "Partenaire": "partenaire",
        "Présence": "presence",
    }
    issue = {
        "N°": "id_relogement",
        "N° dossier": "id_menage",
        "N° mesure": "id_mesure",
        "Date d'entrée": "date",
        "Parc": "parc",
        "Bailleur": "bailleur",
        "Contingent": "contingent",
        "Commune": "commune",
    }
    titre = ("LTIAE - suivi des mesures et des évaluations", "Export du 09/01/2023 (données au 31/12/2022)")
    exports = [
        Export(
            "menages_ltiae.csv",
            identites,
            list(_usagers(t)),
            jamais_marques=("id_menage",),
            a_rejeter=({"N° personne": "", "Qualité": "Enfant"},),
        ),
        Export(
            "suivi_ltiae.xlsx",
            mesure,
            t["mesure"].to_dicts(),
            feuille="Mesures",
            titre=titre,
            cle="N° mesure",
            a_rejeter=(
                {"N° dossier": ""},
                {"Motif de fin": _INCONNU},
                {"Début": "31/02/2022"},
                {"N° mesure": "Total", "N° dossier": ""},
            ),
        ),
        Export(
            "suivi_ltiae.xlsx",
            photo,
            t["situation"].sort("date", "id_menage").to_dicts(),
            feuille="Évaluations",
            titre=titre,
            a_rejeter=({"Date": "31/02/2022"}, {"Logement": _INCONNU, "Date": "15/06/2022"}),
        ),
        Export(
            "relogements_ltiae.csv",
            issue,
            t["relogement"].to_dicts(),
            encodage="utf-8-sig",
            separateur=",",
            cle="N°",
            a_rejeter=({"Date d'entrée": "bientôt"},),
        ),
    ]
    fautes = {
        2020: ({"Reçue le": ""},),
        2021: ({"Suite donnée": "En attente CIP ?"},),
        2022: ({"Reçue le": "31/02/2022"}, {"Suite donnée": _INCONNU}),
    }
    for annee, lignes in _par_annee(t["demande"], "date_demande").items():
        exports.append(
            Export(f"prescriptions_{annee}.csv", demande, lignes, cle="N° prescription", a_rejeter=fautes[annee])
        )
    fautes = {
        2020: ({"Nature": "Zoom"},),
        2021: ({"Date": "30/02/2021"},),
        2022: ({"Nature": "Divers"}, {"Date": "31/04/2022"}),
    }
    for annee, lignes in _par_annee(t["acte"], "date").items():
        exports.append(Export(f"actes_ltiae_{annee}.csv", acte, lignes, cle="N° acte", a_rejeter=fautes[annee]))
    return exports


def exports_cllaj(t: Tables) -> list[Export]:
    """Les exports du CLLAJ : usagers, ateliers, issues, financements ; accueils, diagnostics, rendez-vous par année."""
    identites = {
        "N° jeune": "id_personne",
        "N° dossier": "id_menage",
        "Qualité": "role",
        "Sexe": "genre",
        "Naissance": "naissance",
        "Parcours ASE": "parcours_ase",
        "1er accueil": "debut",
    }
    demande = {
        "N° accueil": "id_demande",
        "Date": "date_demande",
        "N° dossier": "id_menage",
        "Orienté par": "prescripteur",
        "Problématique": "motif",
        "Autres problématiques": "motifs_annexes",
        "Commune d'origine": "commune_origine",
        "QPV": "qpv",
    }
    photo = {
        "N° dossier": "id_menage",
        "N° jeune": "id_personne",
        "Date du diagnostic": "date",
        "Composition": "composition",
        "Adultes": "nb_adultes",
        "14 ans et plus": "nb_14_et_plus",
        "Enfants - 14 ans": "nb_moins_14",
        "Logement actuel": "logement",
        "Situation pro.": "emploi",
        "Ressource principale": "ressource_principale",
        "Ressources mensuelles": "ressources",
        "Commune": "commune",
    }
    acte = {
        "N°": "id_acte",
        "Date": "date",
        "Type": "type_acte",
        "N° dossier": "id_menage",
        "Lieu": "lieu",
        "Mode": "mode",
        "Présence": "presence",
        "Dossier constitué": "type_dossier",
        "État du dossier": "etat_dossier",
        "Orientation vers": "dispositif",
    }
    atelier = {"N° atelier": "id_acte", "Date": "date", "Lieu": "lieu", "N° jeune": "id_personne"}
    dehors = {
        "N°": "id_acte",
        "Évènement": "lieu",
        "Date": "date",
        "QPV": "qpv",
        "Jeunes rencontrés": "effectif_anonyme",
    }
    issue = {
        "N°": "id_relogement",
        "N° dossier": "id_menage",
        "Date": "date",
        "Issue": "parc",
        "Bailleur": "bailleur",
        "Contingent": "contingent",
        "Commune": "commune",
        "Su le (enquête)": "date_connaissance",
    }
    convention = {
        "N°": "id_convention",
        "Financeur": "financeur",
        "Action": "dispositif",
        "Territoire": "territoire",
        "Du": "debut",
        "Au (exclu)": "fin",
        "Montant": "montant",
        "Nature": "nature",
        "ETP": "etp",
    }
    types = pl.col("type_acte")
    seances = t["participation"].join(t["acte"], on="id_acte").sort("id_acte", "id_personne")
    exports = [
        Export(
            "usagers_cllaj.csv",
            identites,
            list(_usagers(t)),
            encodage="utf-8",
            separateur=",",
            jamais_marques=("id_menage", "debut"),
            a_rejeter=({"N° jeune": "", "Qualité": "Conjoint"},),
        ),
        Export("ateliers_cllaj.csv", atelier, seances.to_dicts(), encodage="utf-8", a_rejeter=({"N° atelier": ""},)),
        Export(
            "aller_vers_cllaj.csv",
            dehors,
            t["acte"].filter(types == "ALLER_VERS").to_dicts(),
            cle="N°",
            a_rejeter=({"Jeunes rencontrés": "une trentaine"},),
        ),
        Export(
            "issues_logement_cllaj.csv",
            issue,
            t["relogement"].to_dicts(),
            cle="N°",
            a_rejeter=({"Date": "31/06/2022"}, {"Issue": "Parti"}),
        ),
        Export(
            "financements_cllaj.xlsx",
            convention,
            t["convention"].to_dicts(),
            feuille="Financements",
            cle="N°",
            titre=("CLLAJ - financements", "Montants en euros, par exercice"),
            a_rejeter=({"Du": ""},),
        ),
    ]
    fautes = {
        2020: ({"Date": "31/11/2020"},),
        2021: ({"Orienté par": _INCONNU},),
        2022: ({"Date": "31/02/2022"}, {"N° accueil": ""}),
    }
    for annee, lignes in _par_annee(t["demande"], "date_demande").items():
        exports.append(Export(f"accueils_{annee}.csv", demande, lignes, cle="N° accueil", a_rejeter=fautes[annee]))
    for annee, lignes in _par_annee(t["situation"], "date").items():
        exports.append(
            Export(
                f"diagnostics_{annee}.xlsx",
                photo,
                lignes,
                feuille="Export",
                titre=(f"CLLAJ - diagnostics {annee}", "Export du 09/01/2023", "Une ligne par jeune"),
                a_rejeter=(
                    {"Date du diagnostic": f"31/02/{annee}"},
                    {"Logement actuel": _INCONNU, "Date du diagnostic": f"15/06/{annee}"},
                ),
            )
        )
    individuels = t["acte"].filter(~types.is_in(["ALLER_VERS", "ATELIER"]))
    for annee, lignes in _par_annee(individuels, "date").items():
        exports.append(
            Export(
                f"rendez_vous_{annee}.csv",
                acte,
                lignes,
                cle="N°",
                a_rejeter=({"Type": "Zoom"}, {"Date": f"31/09/{annee}"}),
            )
        )
    return exports
