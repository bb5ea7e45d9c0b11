"""La porte de la collecte : un fichier, quel que soit son format."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from observatoire.collecte.csv import apercus_csv, lire_csv
from observatoire.collecte.parquet import apercus_parquet, lire_parquet
from observatoire.collecte.reconnaissance import Format, reconnaitre
from observatoire.collecte.tableau import Apercu, Tableau
from observatoire.collecte.tableurs import apercus_classeur, lire_classeur
from observatoire.erreurs import ErreurFichier


def apercus(chemin: Path, nom: str = "") -> list[Apercu]:
    """Les premières lignes de chaque feuille d'un fichier, telles quelles.

    `nom` est le nom affiché dans les messages. Lève `ErreurFichier` si le fichier est illisible.
    """
    nom = nom or chemin.name
    sorte = reconnaitre(chemin, nom)
    with _lecture(nom):
        if sorte is Format.PARQUET:
            return apercus_parquet(chemin, nom)
        if sorte is Format.TEXTE:
            return apercus_csv(chemin, nom)
        return apercus_classeur(chemin, nom, sorte)


def lire_tableau(chemin: Path, attendues: Collection[str] = (), feuille: str = "", nom: str = "") -> Tableau:
    """Lit un fichier en texte sous son en-tête, ce qui n'est pas du tableau mis de côté.

    Entrées : `attendues`, les en-têtes espérés (la ligne qui en montre le plus est l'en-tête) ; `feuille`
    d'un classeur (sans elle, la plus ressemblante) ; `nom` affiché. Lève `ErreurFichier` avec le remède.
    """
    nom = nom or chemin.name
    sorte = reconnaitre(chemin, nom)
    with _lecture(nom):
        if sorte is Format.PARQUET:
            return lire_parquet(chemin, nom)
        if sorte is Format.TEXTE:
            return lire_csv(chemin, nom, attendues)
        return lire_classeur(chemin, nom, sorte, attendues, feuille)


@contextmanager
def _lecture(nom: str) -> Iterator[None]:
    """Traduit ce qui peut encore arriver en lisant : un disque qui lâche, la mémoire qui manque."""
    try:
        yield
    except MemoryError as erreur:
        raise ErreurFichier(f"{nom} : la mémoire manque pour le lire.", "Découpez l'export par année.") from erreur
    except (OSError, pl.exceptions.PolarsError) as erreur:
        raise ErreurFichier(f"{nom} : lecture impossible.", "Refaites l'export.") from erreur
