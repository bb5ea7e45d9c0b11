"""Appeler un nettoyeur sur quelques écritures et lire ce qu'il rend."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import settings

from observatoire.espace import Espace
from observatoire.nettoyage.resultat import appliquer
from observatoire.pseudonymes import VARIABLE_CLE, Cle

# Les tests ont leur clé : jamais celle du compte qui les lance.
os.environ.setdefault(VARIABLE_CLE, str(Path(tempfile.mkdtemp(prefix="observatoire-cle-")) / "essai.cle"))

# Écrits en morceaux : aucun fichier du projet ne contient de quoi joindre quelqu'un.
TELEPHONE = " ".join(["06", "12", "34", "56", "78"])
COURRIEL = "zorglubine.x" + "@" + "exemple.org"

# Peu d'exemples, chacun d'une colonne entière, sans chronomètre : la machine d'intégration est partagée.
RAPIDE = settings(max_examples=25, deadline=None)


def valeurs(nettoyeur: Callable[..., pl.DataFrame], ecritures: Sequence[str | None], *reglages: Any) -> list[Any]:
    """Les valeurs propres, dans l'ordre des écritures."""
    serie = pl.Series(ecritures, dtype=pl.String)
    return appliquer(serie, lambda b: nettoyeur(b, *reglages)).valeurs.to_list()


def issue(nettoyeur: Callable[..., pl.DataFrame], ecriture: str, *reglages: Any) -> tuple[Any, str | None, str | None]:
    """(valeur, motif, nature) d'une écriture."""
    return nettoyeur(pl.Series([ecriture]), *reglages).select("valeur", "motif", "nature").row(0)


def pseudonymes(espace: Espace, espece: str, *valeurs: str) -> list[str]:
    """Les pseudonymes que l'import donne à ces valeurs."""
    return Cle.ouvrir(espace).pseudonymiser(pl.Series(valeurs, dtype=pl.String), espece).to_list()
