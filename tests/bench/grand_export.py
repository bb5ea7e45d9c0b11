"""Écrire un grand export large : une ligne par mesure, trente-six colonnes, comme un logiciel de suivi en produit."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl

REGLAGE = """
libelle = "Grand service"
[[import.fichiers]]
motif = "grand_*.csv"
format_date = "jma"
  [[import.fichiers.tables]]
  table = "mesure"
  constantes = { type_mesure = "ACCES" }
  [import.fichiers.tables.colonnes]
  id_mesure = "N° mesure"
  id_menage = "N° dossier"
  rang = "Rang"
  intensite = "Intensité"
  territoire = "Secteur"
  date_notification = "Notifiée le"
  date_debut = "Début"
  date_signature = "Signée le"
  date_fin = "Fin"
  motif_fin = "Motif de fin"
  objectif_atteint = "Objectif atteint"
  [[import.fichiers.tables]]
  table = "menage"
  colonnes = { id_menage = "N° dossier", id_referent = "N° personne" }
  [[import.fichiers.tables]]
  table = "situation"
  constantes = { moment = "entree" }
  [import.fichiers.tables.colonnes]
  id_menage = "N° dossier"
  id_mesure = "N° mesure"
  date = "Début"
  composition = "Situation familiale"
  nb_adultes = "Nb adultes"
  nb_14_et_plus = "Nb 14 ans et +"
  nb_moins_14 = "Nb - de 14 ans"
  logement = "Logement"
  emploi = "Emploi"
  ressource_principale = "Ressource principale"
  ressources = "Ressources"
  charges = "Charges"
  commune = "Commune"
"""


def _choix(hasard: np.random.Generator, valeurs: list[str], lignes: int) -> pl.Series:
    return pl.Series(valeurs, dtype=pl.String).gather(hasard.integers(0, len(valeurs), lignes))


def _jours(hasard: np.random.Generator, debut: int, fin: int, lignes: int, vides: float = 0.0) -> pl.Series:
    """Des jours écrits jj/mm/aaaa, dont une part de vides."""
    premier, dernier = dt.date(debut, 1, 1), dt.date(fin, 12, 31)
    ecrits = [f"{premier + dt.timedelta(n):%d/%m/%Y}" for n in range((dernier - premier).days + 1)]
    jours = pl.Series(ecrits).gather(hasard.integers(0, len(ecrits), lignes))
    vide = pl.Series(hasard.random(lignes) < vides)
    return pl.select(pl.when(~vide).then(jours)).to_series()


def _numeros(prefixe: str, nombres: np.ndarray) -> pl.Series:
    numero = pl.col("n").cast(pl.String).str.zfill(7)
    return pl.DataFrame({"n": nombres}).select(pl.format(prefixe + "{}", numero)).to_series()


def _montants(hasard: np.random.Generator, lignes: int) -> pl.Series:
    return (
        pl.DataFrame({"n": hasard.integers(0, 250_000, lignes)})
        .select(pl.format("{},{}", pl.col("n") // 100, (pl.col("n") % 100).cast(pl.String).str.zfill(2)))
        .to_series()
    )


def _tirer(lignes: int, graine: int) -> dict[str, pl.Series]:
    """Les colonnes de l'export : deux mesures par dossier, des données personnelles que rien ne déclare."""
    hasard = np.random.default_rng(graine)
    rangs = np.arange(lignes)
    dossiers = hasard.permutation(lignes) // 2
    return {
        "N° mesure": _numeros("M", rangs),
        "N° dossier": _numeros("D", dossiers),
        "N° personne": _numeros("P", dossiers),
        "Nom": _numeros("NOM", dossiers % 9973),
        "Prénom": _numeros("Prenom", dossiers % 997),
        "Date de naissance": _jours(hasard, 1950, 2004, lignes),
        "Téléphone": _numeros("060", rangs % 9_999_999),
        "Courriel": _numeros("contact", dossiers),
        "Adresse": _numeros("rue inventée ", dossiers),
        "Rang": pl.Series(hasard.integers(1, 4, lignes)),
        "Intensité": _choix(hasard, ["Renforcée", "simple", ""], lignes),
        "Secteur": _choix(hasard, [f"Secteur {i}" for i in range(12)], lignes),
        "Reçue le": _jours(hasard, 2018, 2021, lignes),
        "Notifiée le": _jours(hasard, 2018, 2022, lignes, 0.1),
        "Début": _jours(hasard, 2018, 2022, lignes),
        "Signée le": _jours(hasard, 2018, 2022, lignes, 0.3),
        "Fin": _jours(hasard, 2023, 2024, lignes, 0.4),
        "Motif de fin": _choix(hasard, ["Perte de lien", "Relogement", "", "NC"], lignes),
        "Objectif atteint": _choix(hasard, ["oui", "non", "partiel", "Oui", "NON"], lignes),
        "Situation familiale": _choix(hasard, ["Homme seul", "Femme seule", "HS", "femme seule avec enfant"], lignes),
        "Nb adultes": pl.Series(hasard.integers(1, 4, lignes)),
        "Nb 14 ans et +": pl.Series(hasard.integers(1, 5, lignes)),
        "Nb - de 14 ans": pl.Series(hasard.integers(0, 5, lignes)),
        "Logement": _choix(hasard, ["PUBLIC", "PRIVE", "HOTEL", "RUE", "Inconnu"], lignes),
        "Emploi": _choix(hasard, ["CDI à temps plein", "CDD", "IAE", "NC"], lignes),
        "Ressource principale": _choix(hasard, ["RSA", "SALAIRE", "AAH", "NR"], lignes),
        "Ressources": _montants(hasard, lignes),
        "Charges": _montants(hasard, lignes),
        "Commune": _choix(hasard, ["Hénin-Beaumont", "LIEVIN", "62427", "Lens", "Arras"], lignes),
        "Code postal": _choix(hasard, ["62110", "62800", "62300"], lignes),
        "Observations": _choix(hasard, [f"note {i} sans intérêt, un peu longue" for i in range(500)], lignes),
        "Intervenant": _choix(hasard, [f"agent {i}" for i in range(40)], lignes),
        "Créée le": _jours(hasard, 2018, 2022, lignes),
        "Modifiée le": _jours(hasard, 2018, 2022, lignes),
        "Version": pl.Series(hasard.integers(1, 9, lignes)),
        "Score": pl.Series(hasard.random(lignes).round(3)),
    }


COLONNES = tuple(_tirer(1, 0))


def ecrire_grand_export(fichier: Path, lignes: int, graine: int = 2022) -> Path:
    """Écrit `lignes` lignes d'un export inventé, toujours les mêmes ; rend `fichier`."""
    pl.DataFrame(_tirer(lignes, graine)).write_csv(fichier, separator=";")
    return fichier
