"""Fabriquer les classeurs difficiles : XML retouché, cellules répétées, documents composés, bombes."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter
import xlwt
from xlwt.CompoundDoc import XlsDoc

from tests.corpus.fabrique import ENTETE, LIGNES

NS = "urn:oasis:names:tc:opendocument:xmlns"
TYPE_ODS = "application/vnd.oasis.opendocument.spreadsheet"


def classeur(dessiner: Callable[[Any, Any], object], nom: str = "Export", **options: Any) -> Callable[[Path], object]:
    """Un XLSX dont `dessiner` reçoit le classeur et la feuille."""

    def ecrire(chemin: Path) -> None:
        with xlsxwriter.Workbook(str(chemin), {"default_date_format": "dd/mm/yyyy", **options}) as livre:
            dessiner(livre, livre.add_worksheet(nom))

    return ecrire


def poser(feuille: Any, lignes: Sequence[Sequence[Any]], ligne: int = 0, colonne: int = 0) -> None:
    for rang, cellules in enumerate(lignes):
        feuille.write_row(ligne + rang, colonne, cellules)


def retouche(
    ecrire: Callable[[Path], object], entree: str, changer: Callable[[bytes], bytes]
) -> Callable[[Path], object]:
    """Le même XLSX, une de ses entrées réécrite."""

    def faire(chemin: Path) -> None:
        ecrire(chemin)
        with zipfile.ZipFile(chemin) as archive:
            contenus = {i.filename: archive.read(i) for i in archive.infolist()}
        changes = changer(contenus[entree])
        assert changes != contenus[entree], "la retouche n'a rien changé"
        contenus[entree] = changes
        with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as archive:
            for nom, octets in contenus.items():
                archive.writestr(nom, octets)

    return faire


def ods(corps: str, reglages: str = "", manifeste: str = "", feuille: str = "Export") -> Callable[[Path], object]:
    """Un ODS dont `corps` est le XML des lignes de l'unique feuille."""
    contenu = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{NS}:office:1.0" '
        f'xmlns:table="{NS}:table:1.0" xmlns:text="{NS}:text:1.0" office:version="1.2"><office:body>'
        f'<office:spreadsheet>{reglages}<table:table table:name="{feuille}">{corps}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    declaration = (
        f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="{NS}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{TYPE_ODS}"/>'
        f'<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">{manifeste}'
        "</manifest:file-entry></manifest:manifest>"
    )

    def ecrire(chemin: Path) -> None:
        with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("mimetype", TYPE_ODS, zipfile.ZIP_STORED)
            archive.writestr("META-INF/manifest.xml", declaration)
            archive.writestr("content.xml", contenu)

    return ecrire


def cellule(texte: str, attributs: str = "") -> str:
    ouverture = f'<table:table-cell office:value-type="string" {attributs}>'
    return f"{ouverture}<text:p>{escape(texte)}</text:p></table:table-cell>"


def nombre(valeur: float, attributs: str = "") -> str:
    return f'<table:table-cell office:value-type="float" office:value="{valeur}" {attributs}/>'


def ligne(*cellules: str, attributs: str = "") -> str:
    """Une ligne d'ODS ; une cellule donnée en texte simple devient une cellule de texte."""
    corps = "".join(c if c.startswith("<") else cellule(c) for c in cellules)
    return f"<table:table-row {attributs}>{corps}</table:table-row>"


def lignes_ods(lignes: Sequence[Sequence[str]] = (ENTETE, *LIGNES)) -> str:
    return "".join(ligne(*x) for x in lignes)


def xls(dessiner: Callable[[Any, Any], object], date_1904: bool = False) -> Callable[[Path], object]:
    """Un XLS (Excel 97-2003) dont `dessiner` reçoit le classeur et la feuille."""

    def ecrire(chemin: Path) -> None:
        livre = xlwt.Workbook()
        livre.dates_1904 = date_1904
        dessiner(livre, livre.add_sheet("Export"))
        livre.save(str(chemin))

    return ecrire


def poser_xls(feuille: Any, lignes: Sequence[Sequence[Any]] = (ENTETE, *LIGNES), style: Any = None) -> None:
    for rang, cellules in enumerate(lignes):
        for colonne, valeur in enumerate(cellules):
            feuille.write(rang, colonne, valeur, *([style] if style is not None and rang else []))


def composite(flux: str, contenu: bytes) -> Callable[[Path], object]:
    """Un document composé (OLE) d'un seul flux, de ce nom."""

    def ecrire(chemin: Path) -> None:
        tampon = io.BytesIO()
        XlsDoc().save(tampon, contenu + b"\x00" * 8192)
        octets = bytearray(tampon.getvalue())
        ancien = "Workbook".encode("utf-16-le")
        place = octets.index(ancien)
        nouveau = flux.encode("utf-16-le")
        octets[place : place + 64] = nouveau.ljust(64, b"\x00")
        octets[place + 64 : place + 66] = struct.pack("<H", len(nouveau) + 2)
        chemin.write_bytes(bytes(octets))

    return ecrire


def xls_protege() -> Callable[[Path], object]:
    """Un XLS dont le début annonce un chiffrement (enregistrement FILEPASS)."""
    bof = struct.pack("<HHHHHHII", 0x0809, 16, 0x0600, 5, 0, 0, 0, 0)
    return composite("Workbook", bof + struct.pack("<HHH", 0x2F, 2, 1) + struct.pack("<HH", 0x0A, 0))


def bombe_declaree(chemin: Path) -> None:
    """Un XLSX dont une feuille de blancs occupe 600 Mo une fois décompressée."""
    classeur(lambda _, f: poser(f, (ENTETE, *LIGNES)))(chemin)
    archive = zipfile.ZipFile(chemin, "a", zipfile.ZIP_DEFLATED, compresslevel=1)
    with archive, archive.open("xl/media/blancs.xml", "w") as flux:
        for _ in range(75):
            flux.write(b" " * 8 * 1024**2)


def bombe_menteuse(chemin: Path) -> None:
    """La même feuille, dont l'archive annonce un million de fois moins que ce qu'elle contient."""
    classeur(lambda _, f: poser(f, (ENTETE, *LIGNES)))(chemin)
    with zipfile.ZipFile(chemin) as archive:
        contenus = {i.filename: archive.read(i) for i in archive.infolist()}
    feuille = contenus["xl/worksheets/sheet1.xml"]
    gonflee = feuille.replace(b"</sheetData>", b" " * 64 * 1024**2 + b"</sheetData>")
    contenus["xl/worksheets/sheet1.xml"] = gonflee
    with zipfile.ZipFile(chemin, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, octets in contenus.items():
            archive.writestr(nom, octets)
    vraie, fausse = struct.pack("<I", len(gonflee)), struct.pack("<I", len(feuille))
    octets = chemin.read_bytes()
    assert octets.count(vraie) >= 2
    chemin.write_bytes(octets.replace(vraie, fausse))


def textes_partages(chemin: Path) -> None:
    """Un XLSX de 200 000 cellules qui montrent toutes le même texte de 30 000 caractères : 6 Go ouvert."""
    lignes = "".join(
        f'<row r="{i}">' + "".join(f'<c r="{c}{i}" t="s"><v>0</v></c>' for c in "ABCDEFGHIJ") + "</row>"
        for i in range(1, 20_001)
    )
    retouche(
        retouche(
            classeur(lambda _, f: f.write(0, 0, "x" * 30_000)),
            "xl/worksheets/sheet1.xml",
            lambda xml: re.sub(rb"<sheetData>.*</sheetData>", f"<sheetData>{lignes}</sheetData>".encode(), xml),
        ),
        "xl/workbook.xml",
        lambda xml: xml + b" ",
    )(chemin)
