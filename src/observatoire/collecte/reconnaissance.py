"""Reconnaître un fichier à son contenu : l'extension n'est qu'un nom."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from observatoire.collecte.decodage import encodage_sans_marque
from observatoire.collecte.plan_xls import REMEDE_MOT_DE_PASSE, SIGNATURE
from observatoire.erreurs import ErreurFichier

TAILLE_MAXIMALE = 4 * 1024**3
TAILLE_MAXIMALE_CLASSEUR = 256 * 1024**2
DEPLOIEMENT_MAXIMAL = 512 * 1024**2  # taille d'un classeur une fois décompressé
ENTREES_MAXIMALES = 5_000
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_BOM_16_32 = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
REMEDE_TABLEUR = "Ouvrez-le dans un tableur, puis enregistrez-le en XLSX ou en CSV."
REMEDE_EXPORT = "Refaites l'export en CSV, XLSX, ODS ou Parquet."

# Ce qu'un fichier est, quand il n'est pas un tableau : début, nom, remède.
_ETRANGERS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "un PDF", "Demandez l'export du tableau lui-même, en CSV ou en XLSX."),
    (b"{\\rtf", "un document RTF", "Copiez le tableau dans un tableur et enregistrez-le en XLSX."),
    (b"\x1f\x8b", "une archive gzip", "Décompressez-la et importez le fichier qu'elle contient."),
    (b"7z\xbc\xaf\x27\x1c", "une archive 7-Zip", "Décompressez-la et importez les fichiers."),
    (b"Rar!", "une archive RAR", "Décompressez-la et importez les fichiers."),
    (b"\x89PNG", "une image", REMEDE_EXPORT),
    (b"\xff\xd8\xff", "une image", REMEDE_EXPORT),
    (b"GIF8", "une image", REMEDE_EXPORT),
    (b"SQLite format 3", "une base SQLite", REMEDE_EXPORT),
    (b"\x7fELF", "un programme", REMEDE_EXPORT),
    (b"MZ\x90", "un programme", REMEDE_EXPORT),
)
_HTML = (b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<style", b"<body", b"<div", b"<script", b"<!--")


class Format(Enum):
    """Ce qu'est vraiment un fichier."""

    TEXTE = "texte délimité"
    XLSX = "classeur XLSX"
    XLS = "classeur XLS"
    ODS = "classeur ODS"
    PARQUET = "Parquet"


def reconnaitre(chemin: Path, nom: str = "") -> Format:
    """Le format de `chemin`, d'après ses octets ; `nom` est le nom affiché.

    Lève `ErreurFichier`, avec quoi faire, pour un fichier absent, vide, démesuré, HTML, binaire, protégé
    par un mot de passe, ou une archive qui n'est pas un classeur.
    """
    nom = nom or chemin.name
    try:
        if not chemin.is_file():
            raise ErreurFichier(f"{nom} : lecture impossible, ce n'est pas un fichier.", "Vérifiez le chemin.")
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
    if debut.startswith((SIGNATURE[:4], b"PK")) and taille > TAILLE_MAXIMALE_CLASSEUR:
        raise ErreurFichier(f"{nom} : un classeur de {taille // 1024**2} Mo.", "Enregistrez la feuille en CSV.")
    if debut.startswith(SIGNATURE[:4]):
        return Format.XLS
    if debut.startswith(b"PK"):
        return _classeur_compresse(chemin, nom)
    return _texte(debut, nom)


def _texte(debut: bytes, nom: str) -> Format:
    """Un texte, une fois écartés le HTML, le XML et ce qui n'est pas du texte."""
    for signature, sorte, remede in _ETRANGERS:
        if debut.startswith(signature):
            raise ErreurFichier(f"{nom} est {sorte}, pas un tableau.", remede)
    encodage = "utf-16" if debut.startswith(_BOM_16_32[:2]) else encodage_sans_marque(debut)
    lisible = debut[:4096].decode(encodage, "ignore").encode() if encodage else debut
    _refuser_html(lisible, nom)
    if not encodage and b"\x00" in debut and not debut.startswith(_BOM_16_32) and _binaire(debut):
        raise ErreurFichier(f"{nom} n'est ni un texte, ni un classeur, ni un fichier Parquet.", REMEDE_EXPORT)
    if not debut.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise ErreurFichier(f"{nom} est vide : il n'a que des blancs.", "Refaites l'export.")
    return Format.TEXTE


def _binaire(debut: bytes) -> bool:
    """Vrai si les octets de commande sont trop nombreux pour un texte où traînent quelques octets nuls."""
    commandes = sum(debut.count(bytes([c])) for c in range(32) if c not in (0, 9, 10, 12, 13))
    return commandes > 0 or debut.count(0) > 0.3 * len(debut) or b"\n" not in debut


def _refuser_html(debut: bytes, nom: str) -> None:
    tete = debut[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if tete.startswith((b"mime-version:", b"content-type: multipart")):
        raise ErreurFichier(f"{nom} est une page web archivée (MHTML), pas un tableau.", REMEDE_TABLEUR)
    if tete.startswith(b"<?xml") and b"urn:schemas-microsoft-com:office:spreadsheet" in tete:
        raise ErreurFichier(f"{nom} est un classeur XML d'Excel 2003.", REMEDE_TABLEUR)
    if tete.startswith((*_HTML, b"<?xml")):
        raise ErreurFichier(f"{nom} est une page HTML ou XML, pas un tableau.", REMEDE_TABLEUR)


@contextmanager
def archive_lisible(nom: str) -> Iterator[None]:
    """Traduit les erreurs d'une archive abîmée, menteuse sur ses tailles ou chiffrée."""
    try:
        yield
    except NotImplementedError as erreur:
        raise ErreurFichier(f"{nom} est une archive d'un genre inconnu.", REMEDE_TABLEUR) from erreur
    except RuntimeError as erreur:
        raise ErreurFichier(f"{nom} est protégé par un mot de passe.", REMEDE_MOT_DE_PASSE) from erreur
    except (zipfile.BadZipFile, OSError, zlib.error, EOFError, KeyError, ValueError) as erreur:
        raise ErreurFichier(f"{nom} est une archive abîmée.", "Refaites l'export.") from erreur


def _classeur_compresse(chemin: Path, nom: str) -> Format:
    """Vérifie qu'une archive est un classeur XLSX ou ODS, et qu'elle ne se déploie pas démesurément."""
    with archive_lisible(nom), zipfile.ZipFile(chemin) as archive:
        entrees = archive.infolist()
        deploye = sum(i.file_size for i in entrees)
        if deploye > DEPLOIEMENT_MAXIMAL or len(entrees) > ENTREES_MAXIMALES:
            raise ErreurFichier(
                f"{nom} occuperait {max(1, deploye // 1024**2)} Mo en {len(entrees)} morceaux une fois décompressé.",
                "Enregistrez la feuille en CSV, puis réimportez.",
            )
        noms = {i.filename for i in entrees}
        if len(noms) < len(entrees):
            raise zipfile.BadZipFile("entrées en double")
        if any(i.flag_bits & 1 for i in entrees):
            raise RuntimeError("chiffrée")
        mimetype = archive.read("mimetype")[:100] if "mimetype" in noms else b""
        if mimetype.startswith(_ODS) and "META-INF/manifest.xml" in noms:
            with archive.open("META-INF/manifest.xml") as flux:
                if b"encryption-data" in flux.read(1024**2):
                    raise RuntimeError("chiffrée")
    return _sorte_de_classeur(noms, mimetype, nom)


def _sorte_de_classeur(noms: set[str], mimetype: bytes, nom: str) -> Format:
    if "xl/workbook.xml" in noms:
        return Format.XLSX
    if mimetype.startswith(_ODS) and "content.xml" in noms:
        return Format.ODS
    if "xl/workbook.bin" in noms:
        raise ErreurFichier(f"{nom} est un classeur binaire (XLSB).", "Enregistrez-le en XLSX, puis réimportez.")
    if "word/document.xml" in noms or mimetype.startswith(b"application/vnd.oasis.opendocument.text"):
        raise ErreurFichier(
            f"{nom} est un document de texte, pas un classeur.",
            "Copiez le tableau dans un tableur et enregistrez-le en XLSX.",
        )
    raise ErreurFichier(f"{nom} est une archive, pas un classeur.", "Décompressez-la et importez les fichiers.")
