"""Écrire de petits classeurs pour les tests."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter


def ecrire_xlsx(fichier: Path, feuilles: dict[str, Sequence[Sequence[Any]]]) -> Path:
    """Un XLSX : les dates y sont des numéros mis en forme, les nombres des nombres."""
    with xlsxwriter.Workbook(fichier, {"default_date_format": "dd/mm/yyyy"}) as classeur:
        for nom, lignes in feuilles.items():
            feuille = classeur.add_worksheet(nom)
            for rang, ligne in enumerate(lignes):
                feuille.write_row(rang, 0, ligne)
    return fichier


def ecrire_ods(fichier: Path, feuilles: dict[str, Sequence[Sequence[str]]]) -> Path:
    """Un ODS écrit à la main : rien que du texte."""
    tables = ""
    for nom, lignes in feuilles.items():
        corps = "".join(
            "<table:table-row>"
            + "".join(
                f'<table:table-cell office:value-type="string"><text:p>{escape(c)}</text:p></table:table-cell>'
                for c in ligne
            )
            + "</table:table-row>"
            for ligne in lignes
        )
        tables += f'<table:table table:name="{escape(nom)}">{corps}</table:table>'
    ns = "urn:oasis:names:tc:opendocument:xmlns"
    contenu = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{ns}:office:1.0" '
        f'xmlns:table="{ns}:table:1.0" xmlns:text="{ns}:text:1.0" office:version="1.2"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    type_ods = "application/vnd.oasis.opendocument.spreadsheet"
    manifeste = (
        f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="{ns}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{type_ods}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    with zipfile.ZipFile(fichier, "w") as archive:
        archive.writestr("mimetype", type_ods)
        archive.writestr("META-INF/manifest.xml", manifeste)
        archive.writestr("content.xml", contenu)
    return fichier
