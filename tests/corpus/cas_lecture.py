"""Les fichiers difficiles à lire : encodages, séparateurs, guillemets, blocs autour du tableau, faux fichiers."""

from __future__ import annotations

import codecs

import polars as pl

from observatoire.espace import Espace
from observatoire.importation import BilanImport
from tests.corpus.fabrique import ENTETE, LIGNES, Cas, en_octets, en_texte, texte

ACCENTS = (ENTETE, ("M1", "Zoé’s €", "03/01/2022"), ("M2", "Loïc", "15/02/2022"), ("M3", "Hélène", "31/03/2022"))
ENTIER = {"lues": 3, "gardees": 3, "rejetees": 0}
DEUX_NIVEAUX = """
libelle = "Essai"
[[import.fichiers]]
motif = "*"
  [[import.fichiers.tables]]
  table = "mesure"
  constantes = { type_mesure = "ACCES" }
    [import.fichiers.tables.colonnes]
    id_mesure = "N° mesure"
    id_menage = "N° dossier"
    date_debut = "Entrée – Date"
    date_fin = "Sortie – Date"
"""
COLONNES_DEUX_NIVEAUX = ("N° mesure", "N° dossier", "Entrée – Date", "Sortie – Date")


def _lu(nom: str, fichier: str, contenu: str, encodage: str = "utf-8", **attendus: object) -> Cas:
    """Un texte de trois mesures, lues et gardées, sauf mention contraire."""
    return Cas(nom, fichier, en_texte(contenu, encodage), **{"lignes": 3, "comptes": ENTIER, **attendus})


def _refuse(nom: str, fichier: str, octets: bytes, message: str) -> Cas:
    return Cas(nom, fichier, en_octets(octets), refus=message)


def _cellules_de_trop(bilan: BilanImport, espace: Espace) -> None:
    """Ce que le tableau ne déclare pas n'est pas rangé."""
    rangees = [pl.read_parquet(f) for f in espace.racine.rglob("mesure.parquet")]
    assert rangees
    assert not any("de trop" in str(v) for t in rangees for ligne in t.iter_rows() for v in ligne)


SANS_GUILLEMET = texte((ENTETE, *((f"M{i}", f"D{i}", "31/03/2022") for i in range(400))))
TOTAUX = texte((ENTETE, *LIGNES, ("Total", "3", ""), ("", "", ""), ("Source : logiciel Machin", "", "")))
SOUS_TOTAUX = texte((ENTETE, LIGNES[0], ("Sous-total 1er trimestre", "1", ""), *LIGNES[1:], ("TOTAL GÉNÉRAL", "3", "")))
REPETE = texte((ENTETE, LIGNES[0], ENTETE, *LIGNES[1:]))
LEGENDE = (
    "Export du logiciel Machin;;\r\nÉdité le 03/01/2023;;\r\nLégende;;\r\nM;mesure;\r\nD;dossier;\r\n;;\r\n" + texte()
)
SOMME = texte(((*ENTETE, "Aides"), *((*li, "100,50") for li in LIGNES), ("", "", "", "301,50")))
RETOURS = 'N° mesure;N° dossier;Début;Note\r\nM1;D1;03/01/2022;"une\r\ndeux; ""trois"""\r\n' + texte(
    [(*li, "") for li in LIGNES[1:]]
)
MELE = texte((ENTETE, *LIGNES[:2])).encode() + "M3;Hélène;31/03/2022\r\n".encode("cp1252") + b"\r\n"
SUR_DEUX = (
    "Mesure;;Entrée;;Sortie;\r\nN° mesure;N° dossier;Date;Motif;Date;Motif\r\n"
    "M1;D1;03/01/2022;x;15/06/2022;y\r\nM2;D2;15/02/2022;x;;\r\nM3;D3;31/03/2022;x;;\r\n"
)

CAS = [
    # --- encodages
    _lu("utf-8 sans marque", "a.csv", texte(ACCENTS)),
    _lu("utf-8 avec marque", "a.csv", texte(ACCENTS), "utf-8-sig"),
    _lu("utf-16 avec marque", "a.csv", texte(ACCENTS), "utf-16"),
    _lu("utf-16 petit-boutiste sans marque", "a.csv", texte(ACCENTS), "utf-16-le"),
    _lu("utf-16 gros-boutiste sans marque", "a.csv", texte(ACCENTS), "utf-16-be"),
    _lu("cp1252 avec euro et apostrophe", "a.csv", texte(ACCENTS), "cp1252"),
    _lu(
        "latin-1 avec un octet que cp1252 ignore",
        "a.csv",
        texte(ACCENTS[:1]) + "M1;Zoé\x81;03/01/2022\r\n" + texte(ACCENTS[2:]),
        "latin-1",
    ),
    Cas(
        "deux encodages dans un même fichier",
        "a.csv",
        en_octets(MELE.replace(b"D1", "Zoé".encode()).replace(b"D2", "Noël Ünal".encode())),
        lignes=3,
        dit=("deux encodages mêlés",),
        comptes=ENTIER,
    ),
    Cas(
        "accents abîmés avant l'export",
        "a.csv",
        en_octets((texte((ENTETE, ("M1", "Zo\u00c3\u00a9", "03/01/2022"), *LIGNES[1:]))).encode()),
        lignes=3,
        dit=("accents sont déjà abîmés",),
        comptes=ENTIER,
    ),
    _refuse(
        "utf-16 coupé au milieu d'un caractère", "a.csv", texte(ACCENTS).encode("utf-16")[:-1], "utf-16-le interrompu"
    ),
    # --- séparateurs et lignes
    _lu("séparateur virgule", "a.csv", texte(separateur=",")),
    _lu("séparateur tabulation", "a.txt", texte(separateur="\t")),
    _lu("séparateur barre verticale", "a.csv", texte(separateur="|")),
    _lu("séparateur annoncé par sep=", "a.csv", "sep=|\r\n" + texte(separateur="|")),
    _lu("fins de ligne d'un vieux Mac", "a.csv", texte(fin="\r")),
    _lu("dernière ligne sans fin de ligne", "a.csv", texte().rstrip()),
    _lu("lignes vides au milieu", "a.csv", texte((ENTETE, LIGNES[0], ("", "", ""), *LIGNES[1:])) + "\r\n\r\n"),
    _lu(
        "lignes trop courtes et trop longues",
        "a.csv",
        texte((ENTETE, LIGNES[0], (*LIGNES[1], "de trop"), (*LIGNES[2],))),
        verifier=_cellules_de_trop,
    ),
    _lu(
        "ligne trop longue après l'aperçu",
        "a.csv",
        SANS_GUILLEMET + "M400;D400;31/03/2022;de trop;encore\r\n",
        lignes=401,
        comptes={"lues": 401, "gardees": 401},
        verifier=_cellules_de_trop,
    ),
    # --- guillemets
    _lu("retours à la ligne, séparateurs et guillemets entre guillemets", "a.csv", RETOURS),
    _lu(
        "guillemet au milieu d'une cellule",
        "a.csv",
        texte(((*ENTETE, "Note"), (*LIGNES[0], 'écran 5" neuf'), (*LIGNES[1], "rien"), (*LIGNES[2], '6" usé'))),
    ),
    _refuse(
        "guillemet jamais refermé",
        "a.csv",
        ('N° mesure;N° dossier;Début\r\nM1;"D1;03/01/2022\r\nM2;D2;15/02/2022\r\nM3;D3;31/03/2022\r\n').encode(),
        "ligne 2 : un guillemet ouvert",
    ),
    _refuse(
        "cellule de 10 Mo",
        "a.csv",
        (texte() + "M4;" + "x" * 10_000_000 + ";31/03/2022\r\n").encode(),
        "ligne 5 : une cellule dépasse",
    ),
    _refuse(
        "cellule de 10 Mo entre guillemets",
        "a.csv",
        (texte() + 'M4;"' + "x\n" * 5_000_000 + '";31/03/2022\r\n').encode(),
        "ligne 5 : une cellule dépasse",
    ),
    # --- autour du tableau
    _lu("titre et légende au-dessus", "a.csv", LEGENDE),
    _lu("total et note sous le tableau", "a.csv", TOTAUX, hors_tableau=("total", "note")),
    _lu("sous-totaux au milieu", "a.csv", SOUS_TOTAUX, hors_tableau=("total", "total")),
    _lu("en-tête répété à chaque page", "a.csv", REPETE, hors_tableau=("en-tête répété",)),
    _lu("somme sans étiquette en dernière ligne", "a.csv", SOMME, hors_tableau=("total",)),
    _lu(
        "ligne incomplète qui n'est pas une note",
        "a.csv",
        texte((ENTETE, *LIGNES[:2], ("M3", "", ""))),
        comptes={"lues": 3, "rejetees": 1},
    ),
    _lu("personne nommée Total", "a.csv", texte((ENTETE, *LIGNES[:2], ("Total-Dupont", "D3", "31/03/2022")))),
    _lu("en-tête sur deux lignes", "a.csv", SUR_DEUX, attendues=COLONNES_DEUX_NIVEAUX, reglage=DEUX_NIVEAUX),
    # --- ce qui n'est pas un tableau
    _refuse("fichier de 0 octet", "vide.csv", b"", "est vide"),
    _refuse("fichier de blancs", "blancs.csv", b" \r\n\t\r\n", "que des blancs"),
    _refuse(
        "octets nuls au milieu", "nuls.csv", texte().encode() + b"M4;D\x00\x00;31/03/2022\r\n", "ligne 5 : octet nul"
    ),
    _refuse("binaire sans nom", "donnees.csv", bytes(range(256)) * 20, "ni un texte"),
    _refuse(
        "page HTML nommée .xlsx",
        "export.xlsx",
        b"<html><body><table><tr><td>N\xc2\xb0 mesure</td></tr></table></body></html>",
        "page HTML",
    ),
    _refuse(
        "page HTML en utf-16 nommée .xls", "export.xls", "<html><table></table></html>".encode("utf-16"), "page HTML"
    ),
    _refuse(
        "classeur XML de 2003",
        "export.xls",
        b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        "classeur XML d'Excel 2003",
    ),
    _refuse("PDF nommé .csv", "export.csv", b"%PDF-1.7\n1 0 obj", "un PDF"),
    _refuse("archive gzip nommée .csv", "export.csv", b"\x1f\x8b\x08\x00abc", "archive gzip"),
    _refuse("aucune colonne attendue", "a.csv", b"x;y\r\n1;2\r\n", "aucune des colonnes attendues"),
    _refuse("marque utf-8 et rien d'autre", "a.csv", codecs.BOM_UTF8, "que des blancs"),
]
