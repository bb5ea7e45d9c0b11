"""La porte de la collecte : un fichier, quel que soit son format."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from observatoire.collecte.csv import apercus_csv, lire_csv
from observatoire.collecte.parquet import apercus_parquet, lire_parquet
from observatoire.collecte.reconnaissance import Format, reconnaitre
from observatoire.collecte.tableau import Apercu, Tableau
from observatoire.collecte.tableurs import apercus_classeur, lire_classeur


def apercus(chemin: Path, nom: str = "") -> list[Apercu]:
    """Les premières lignes de chaque feuille d'un fichier, telles quelles.

    `nom` est le nom affiché dans les messages. Lève `ErreurFichier` si le fichier est illisible.
    """
    nom = nom or chemin.name
    lecteurs = {Format.TEXTE: apercus_csv, Format.CLASSEUR: apercus_classeur, Format.PARQUET: apercus_parquet}
    return lecteurs[reconnaitre(chemin, nom)](chemin, nom)


def lire_tableau(chemin: Path, attendues: Collection[str] = (), feuille: str = "", nom: str = "") -> Tableau:
    """Lit un fichier en texte sous sa ligne d'en-tête.

    Entrées : `attendues`, les en-têtes espérés (la ligne qui en montre le plus est l'en-tête) ; `feuille`
    d'un classeur (sans elle, la plus ressemblante) ; `nom` affiché. Lève `ErreurFichier` avec le remède.
    """
    nom = nom or chemin.name
    format_ = reconnaitre(chemin, nom)
    if format_ is Format.PARQUET:
        return lire_parquet(chemin, nom)
    if format_ is Format.CLASSEUR:
        return lire_classeur(chemin, nom, attendues, feuille)
    return lire_csv(chemin, nom, attendues)
