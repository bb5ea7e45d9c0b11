"""Écrire les exports sur disque, à l'octet près identiques d'une fois sur l'autre."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import xlsxwriter

from generateur.hasard import tirage
from generateur.salissure import Export, salir

_CREE_LE = datetime(2023, 1, 9, 9, 0, 0)


def octets_des_exports(exports: list[Export]) -> dict[str, bytes]:
    """Nom de fichier → contenu ; les feuilles d'un même classeur sont réunies."""
    contenus = {}
    for fichier, groupe in groupby(sorted(exports, key=lambda e: e.fichier), key=lambda e: e.fichier):
        feuilles = list(groupe)
        contenus[fichier] = _classeur(feuilles) if feuilles[0].classeur else _csv(feuilles[0])
    return contenus


def _lignes(export: Export) -> list[list[Any]]:
    return salir(tirage(f"salissure {export.fichier} {export.feuille}"), export)


def _csv(export: Export) -> bytes:
    """Un fichier délimité ; fins de ligne Windows pour le cp1252, comme les logiciels qui l'écrivent."""
    fin = "\r\n" if export.encodage == "cp1252" else "\n"
    flux = io.StringIO(newline="")
    plume = csv.writer(flux, delimiter=export.separateur, lineterminator=fin)
    for titre in export.titre:
        plume.writerow([titre])
    plume.writerow(export.colonnes)
    plume.writerows(_lignes(export))
    return flux.getvalue().encode(export.encodage)


def _classeur(feuilles: list[Export]) -> bytes:
    """Un classeur avec un bloc de titre au-dessus de l'en-tête de chaque feuille."""
    flux = io.BytesIO()
    classeur = xlsxwriter.Workbook(flux, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    classeur.set_properties({"title": "Export", "created": _CREE_LE})
    gras = classeur.add_format({"bold": True})
    for export in feuilles:
        feuille = classeur.add_worksheet(export.feuille)
        for rang, titre in enumerate(export.titre):
            feuille.write_string(rang, 0, titre, gras)
        depart = len(export.titre) + 1  # une ligne vide sous le titre
        feuille.write_row(depart, 0, list(export.colonnes), gras)
        for rang, ligne in enumerate(_lignes(export), depart + 1):
            for colonne, valeur in enumerate(ligne):
                _ecrire(feuille, rang, colonne, valeur)
        feuille.set_column(0, len(export.colonnes) - 1, 16)
    classeur.close()
    return flux.getvalue()


def _ecrire(feuille: xlsxwriter.worksheet.Worksheet, rang: int, colonne: int, valeur: Any) -> None:
    if isinstance(valeur, datetime):
        feuille.write_datetime(rang, colonne, valeur)
    elif isinstance(valeur, int | float):
        feuille.write_number(rang, colonne, valeur)
    elif valeur != "":
        feuille.write_string(rang, colonne, valeur)


def ecrire_exports(exports: list[Export], dossier: Path) -> list[Path]:
    """Remplace le contenu de `dossier` par les exports ; rend les fichiers écrits."""
    dossier.mkdir(parents=True, exist_ok=True)
    for ancien in dossier.iterdir():
        if ancien.is_file():
            ancien.unlink()
    chemins = []
    for nom, contenu in octets_des_exports(exports).items():
        chemin = dossier / nom
        chemin.write_bytes(contenu)
        chemins.append(chemin)
    return chemins
