"""Reconnaître un fichier à son contenu : l'extension n'est qu'un nom."""

from __future__ import annotations

import zipfile
from enum import Enum
from pathlib import Path

from observatoire.erreurs import ErreurFichier

TAILLE_MAXIMALE = 4 * 1024**3
DEPLOIEMENT_MAXIMAL = 2 * 1024**3  # taille d'un classeur une fois décompressé
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_BOM_16 = (b"\xff\xfe", b"\xfe\xff")


class Format(Enum):
    """Ce qu'est vraiment un fichier."""

    TEXTE = "texte délimité"
    CLASSEUR = "classeur"
    PARQUET = "Parquet"


def reconnaitre(chemin: Path, nom: str = "") -> Format:
    """Le format de `chemin`, d'après ses premiers octets ; `nom` est le nom affiché.

    Lève `ErreurFichier`, avec quoi faire, pour un fichier absent, vide, démesuré, HTML, binaire ou une
    archive qui n'est pas un classeur.
    """
    nom = nom or chemin.name
    try:
        taille = chemin.stat().st_size
        with chemin.open("rb") as flux:
            debut = flux.read(65_536)
    except OSError as erreur:
        raise ErreurFichier(f"{nom} : lecture impossible ({erreur.strerror}).", "Vérifiez le chemin.") from erreur
    if taille == 0:
        raise ErreurFichier(f"{nom} est vide (0 octet).", "Refaites l'export.")
    if taille > TAILLE_MAXIMALE:
        raise ErreurFichier(f"{nom} pèse plus de 4 Go.", "Découpez l'export par année.")
    if debut.startswith(b"PAR1"):
        return Format.PARQUET
    if debut.startswith(b"\xd0\xcf\x11\xe0"):
        return Format.CLASSEUR
    if debut.startswith(b"PK"):
        return _classeur_compresse(chemin, nom)
    _refuser_html(debut, nom)
    if b"\x00" in debut and not debut.startswith(_BOM_16):
        raise ErreurFichier(
            f"{nom} n'est ni un texte, ni un classeur, ni un fichier Parquet.",
            "Refaites l'export en CSV, XLSX, ODS ou Parquet.",
        )
    return Format.TEXTE


def _refuser_html(debut: bytes, nom: str) -> None:
    tete = debut[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if tete.startswith((b"<html", b"<!doctype html", b"<table", b"<?xml", b"<meta", b"<head", b"<style")):
        raise ErreurFichier(
            f"{nom} est une page HTML ou XML, pas un tableau.",
            "Ouvrez-le dans un tableur, puis enregistrez-le en XLSX ou en CSV.",
        )


def _classeur_compresse(chemin: Path, nom: str) -> Format:
    """Vérifie qu'une archive est un classeur XLSX, XLSB ou ODS, et qu'elle ne se déploie pas démesurément."""
    try:
        with zipfile.ZipFile(chemin) as archive:
            noms = set(archive.namelist())
            deploye = sum(i.file_size for i in archive.infolist())
            mimetype = archive.read("mimetype")[:100] if "mimetype" in noms else b""
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as erreur:
        raise ErreurFichier(f"{nom} est une archive abîmée.", "Refaites l'export.") from erreur
    if deploye > DEPLOIEMENT_MAXIMAL:
        raise ErreurFichier(
            f"{nom} occuperait {deploye / 1024**3:.0f} Go une fois décompressé.", "Refaites l'export en CSV."
        )
    if noms & {"xl/workbook.xml", "xl/workbook.bin"} or mimetype.startswith(_ODS):
        return Format.CLASSEUR
    raise ErreurFichier(f"{nom} est une archive, pas un classeur.", "Décompressez-la et importez les fichiers.")
