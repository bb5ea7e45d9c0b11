"""Les exports d'un petit service propre, à abîmer cellule par cellule puis à corriger comme le classeur le dit."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from observatoire.espace import Espace
from observatoire.importation import BilanImport, importer
from tests.collecte.classeurs import ecrire_xlsx
from tests.qualite.fabrique import tables_propres

SERVICE = "essai"

REGLAGE = """
libelle = "Service d'essai"
libelle_court = "Essai"
chiffres_cles = ["menages_accompagnes", "sorties"]

[[sections]]
titre = "Demandes"
  [[sections.blocs]]
  indicateurs = ["demandes_recues", "delai_admission"]
  ventilations = ["qpv"]

[import]
format_date = "jma"

[[import.fichiers]]
motif = "menages*.csv"
  [[import.fichiers.tables]]
  table = "personne"
  colonnes = { id_personne = "N° personne", naissance = "Né(e) en", genre = "Sexe", parcours_ase = "Passé par l'ASE" }
  [[import.fichiers.tables]]
  table = "menage"
  colonnes = { id_menage = "Dossier", id_referent = "N° personne" }
  [[import.fichiers.tables]]
  table = "membre"
  colonnes = { id_menage = "Dossier", id_personne = "N° personne", role = "Qualité", debut = "Depuis le" }

[[import.fichiers]]
motif = "demandes*.csv"
  [[import.fichiers.tables]]
  table = "demande"
  [import.fichiers.tables.colonnes]
  id_demande = "N° demande"
  id_menage = "Dossier"
  date_demande = "Reçue le"
  prescripteur = "Prescripteur"
  organisme = "Structure"
  motif = "Motif"
  motifs_annexes = "Autres difficultés"
  qpv = "QPV"
  commune_origine = "Commune"
  date_decision = "Décision le"
  suite = "Suite"

[[import.fichiers]]
motif = "suivi*.xlsx"
feuille = "Mesures"
  [[import.fichiers.tables]]
  table = "mesure"
  constantes = { type_mesure = "ACCES" }
  [import.fichiers.tables.colonnes]
  id_mesure = "N° mesure"
  id_menage = "Dossier"
  id_demande = "N° demande"
  rang = "Rang"
  date_notification = "Notifiée le"
  date_debut = "Début"
  date_fin = "Fin"
  motif_fin = "Motif de fin"
  objectif_atteint = "Objectif atteint"

[[import.fichiers]]
motif = "suivi*.xlsx"
feuille = "Évaluations"
  [[import.fichiers.tables]]
  table = "situation"
  [import.fichiers.tables.colonnes]
  id_menage = "Dossier"
  moment = "Moment"
  date = "Date"
  composition = "Composition"
  nb_adultes = "Adultes"
  nb_14_et_plus = "14 ans et plus"
  nb_moins_14 = "Moins de 14 ans"
  logement = "Logement"
  emploi = "Emploi"
  ressource_principale = "Ressource principale"
  ressources = "Ressources"

[[import.fichiers]]
motif = "actes*.csv"
  [[import.fichiers.tables]]
  table = "acte"
  [import.fichiers.tables.colonnes]
  id_acte = "N° acte"
  type_acte = "Nature"
  date = "Date"
  lieu = "Lieu"
  id_menage = "Dossier"
  id_mesure = "N° mesure"

[[import.fichiers]]
motif = "relogements*.csv"
  [[import.fichiers.tables]]
  table = "relogement"
  [import.fichiers.tables.colonnes]
  id_relogement = { compose = ["Dossier", "N°"] }
  id_menage = "Dossier"
  id_mesure = "N° mesure"
  date = "Entrée le"
  parc = "Parc"
  bailleur = "Bailleur"
  contingent = "Contingent"
"""

# (fichier, feuille) → table d'où viennent ses lignes, et colonne de l'export → colonne du modèle.
PLAN: dict[tuple[str, str], tuple[str, dict[str, str]]] = {
    ("menages.csv", ""): (
        "personne",
        {
            "Dossier": "id_menage",
            "N° personne": "id_personne",
            "Qualité": "role",
            "Né(e) en": "naissance",
            "Sexe": "genre",
            "Passé par l'ASE": "parcours_ase",
            "Depuis le": "debut",
        },
    ),
    ("demandes.csv", ""): (
        "demande",
        {
            "N° demande": "id_demande",
            "Dossier": "id_menage",
            "Reçue le": "date_demande",
            "Prescripteur": "prescripteur",
            "Structure": "organisme",
            "Motif": "motif",
            "Autres difficultés": "motifs_annexes",
            "QPV": "qpv",
            "Commune": "commune_origine",
            "Décision le": "date_decision",
            "Suite": "suite",
        },
    ),
    ("suivi.xlsx", "Mesures"): (
        "mesure",
        {
            "N° mesure": "id_mesure",
            "Dossier": "id_menage",
            "N° demande": "id_demande",
            "Rang": "rang",
            "Notifiée le": "date_notification",
            "Début": "date_debut",
            "Fin": "date_fin",
            "Motif de fin": "motif_fin",
            "Objectif atteint": "objectif_atteint",
        },
    ),
    ("suivi.xlsx", "Évaluations"): (
        "situation",
        {
            "Dossier": "id_menage",
            "Moment": "moment",
            "Date": "date",
            "Composition": "composition",
            "Adultes": "nb_adultes",
            "14 ans et plus": "nb_14_et_plus",
            "Moins de 14 ans": "nb_moins_14",
            "Logement": "logement",
            "Emploi": "emploi",
            "Ressource principale": "ressource_principale",
            "Ressources": "ressources",
        },
    ),
    ("actes.csv", ""): (
        "acte",
        {
            "N° acte": "id_acte",
            "Nature": "type_acte",
            "Date": "date",
            "Lieu": "lieu",
            "Dossier": "id_menage",
            "N° mesure": "id_mesure",
        },
    ),
    ("relogements.csv", ""): (
        "relogement",
        {
            "N°": "id_relogement",
            "Dossier": "id_menage",
            "N° mesure": "id_mesure",
            "Entrée le": "date",
            "Parc": "parc",
            "Bailleur": "bailleur",
            "Contingent": "contingent",
        },
    ),
}


def _ecrire(valeur: Any) -> str:
    if isinstance(valeur, date):
        return f"{valeur:%d/%m/%Y}"
    return "" if valeur is None else str(valeur).replace(".", ",") if not isinstance(valeur, str) else valeur


@dataclass
class Exports:
    """Les fichiers d'un service, en cellules de texte : la ligne 1 d'une feuille est son en-tête."""

    feuilles: dict[tuple[str, str], list[list[str]]] = field(default_factory=dict)

    @classmethod
    def propres(cls) -> Exports:
        """Les douze ménages de la fabrique, tels qu'un logiciel de suivi les exporterait."""
        tables = tables_propres()
        liens = tables["membre"].select("id_personne", "id_menage", "role", "debut")
        tables["personne"] = tables["personne"].join(liens, on="id_personne", maintain_order="left")
        # Une personne seule : sa composition dit aussi son genre.
        genres = tables["personne"].select("id_menage", seule=pl.col("genre") + "S")
        seules = tables["situation"].join(genres, on="id_menage", maintain_order="left")
        tables["situation"] = seules.with_columns(composition="seule")
        feuilles = {}
        for lieu, (table, colonnes) in PLAN.items():
            lignes = tables[table].select(list(colonnes.values())).rows()
            feuilles[lieu] = [list(colonnes), *([_ecrire(v) for v in ligne] for ligne in lignes)]
        return cls(feuilles)

    def cellule(self, fichier: str, feuille: str, ligne: int, colonne: str) -> str:
        lignes = self.feuilles[fichier, feuille]
        return lignes[ligne - 1][lignes[0].index(colonne)]

    def poser(self, fichier: str, feuille: str, ligne: int, colonne: str, valeur: str) -> None:
        """Remplace une cellule ; `ligne` compte l'en-tête, comme un tableur."""
        lignes = self.feuilles[fichier, feuille]
        lignes[ligne - 1][lignes[0].index(colonne)] = valeur

    def ecrire(self, dossier: Path) -> Path:
        """Écrit les fichiers dans `dossier`."""
        dossier.mkdir(parents=True, exist_ok=True)
        classeurs: dict[str, dict[str, list[list[str]]]] = {}
        for (fichier, feuille), lignes in self.feuilles.items():
            if feuille:
                classeurs.setdefault(fichier, {})[feuille] = lignes
                continue
            with (dossier / fichier).open("w", encoding="utf-8", newline="") as flux:
                csv.writer(flux, delimiter=";").writerows(lignes)
        for fichier, feuilles in classeurs.items():
            ecrire_xlsx(dossier / fichier, feuilles)
        return dossier


def espace_a_exports(racine: Path, reglage: str = REGLAGE) -> Espace:
    """Un espace d'un seul service, qui n'a encore rien reçu."""
    services = racine / "data" / "services"
    services.mkdir(parents=True)
    (services / f"{SERVICE}.toml").write_text(reglage, encoding="utf-8")
    return Espace(racine)


def livrer(espace: Espace, exports: Exports) -> BilanImport:
    """Dépose les exports du service et les importe."""
    return importer(espace, exports.ecrire(espace.donnees / "depot" / SERVICE), SERVICE)


def lire_feuille(classeur: Path, nom: str) -> list[dict[str, str]]:
    """Les lignes d'une feuille du classeur des corrections, cellules en texte."""
    import fastexcel

    lue = fastexcel.read_excel(classeur.read_bytes()).load_sheet(nom, header_row=None, dtypes="string")
    entete, *lignes = pl.DataFrame(lue).fill_null("").rows()
    if not lignes or lignes[0][0] == "Rien ici.":
        return []
    return [dict(zip(entete, ligne, strict=True)) for ligne in lignes]
