"""Publier les classeurs d'un document déjà rendu : le carnet exécuté en porte le contenu et la table protégée."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from observatoire.campagne.donnees_types import COLONNES_CONTRAT, SCHEMA_TABLE
from observatoire.campagne.fiche import TYPE_FICHE
from observatoire.classeurs.contenu import TYPE_CLASSEUR, depuis_json
from observatoire.classeurs.ecriture import FORMATS_FICHIER, ecrire_classeur
from observatoire.classeurs.lecture import sans_apostrophe
from observatoire.erreurs import ErreurFichier


def publier_classeurs(carnet: Path, formats: Sequence[str] = FORMATS_FICHIER) -> list[Path]:
    """Écrit les classeurs d'un carnet exécuté, à côté de lui, et rend leurs chemins.

    Une page sans classeur (la qualité d'un service, un rapport bloqué) n'en a pas : ceux d'un rendu passé sont retirés.
    Lève `ErreurFichier` si le carnet manque ou n'est pas le rendu d'un document, `ErreurParametre` pour un format
    inconnu.
    """
    try:
        cellules = json.loads(carnet.read_text(encoding="utf-8"))["cells"]
        sorties = {
            t: c for cellule in cellules for s in cellule.get("outputs", ()) for t, c in s.get("data", {}).items()
        }
        if TYPE_CLASSEUR not in sorties:
            return _retirer(carnet, formats)
        classeur = depuis_json(sorties[TYPE_CLASSEUR])
        table = table_de(sorties[TYPE_FICHE])
    except (OSError, ValueError, KeyError, TypeError) as erreur:
        raise ErreurFichier(
            f"Le carnet rendu {carnet.name} n'a pas de quoi faire un classeur.",
            "Rendez de nouveau le document, puis recommencez.",
        ) from erreur
    return ecrire_classeur(classeur, table, *(carnet.with_suffix(f".{f}") for f in formats))


def _retirer(carnet: Path, formats: Sequence[str]) -> list[Path]:
    for format_ in formats:
        carnet.with_suffix(f".{format_}").unlink(missing_ok=True)
    return []


def table_de(fiche: Mapping[str, Any]) -> pl.DataFrame:
    """La table protégée d'une fiche, typée."""
    schema = {c: SCHEMA_TABLE[c] for c in COLONNES_CONTRAT}
    return sans_apostrophe(pl.read_csv(io.StringIO(fiche["table"]), schema=schema))
