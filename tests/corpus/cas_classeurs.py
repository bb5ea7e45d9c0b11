"""Les classeurs difficiles : feuilles, fusions, masques, formules, erreurs, calendriers, bombes, mots de passe."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import xlwt

from observatoire.entrepot import lire_entrepot
from observatoire.espace import Espace
from observatoire.importation import BilanImport
from tests.corpus.cas_lecture import COLONNES_DEUX_NIVEAUX, DEUX_NIVEAUX, ENTIER
from tests.corpus.classeurs import (
    bombe_declaree,
    bombe_menteuse,
    cellule,
    classeur,
    composite,
    ligne,
    lignes_ods,
    nombre,
    ods,
    poser,
    poser_xls,
    retouche,
    textes_partages,
    xls,
    xls_protege,
)
from tests.corpus.fabrique import ENTETE, LIGNES, REGLAGE, Cas, en_octets, texte

FEUILLE = "xl/worksheets/sheet1.xml"
TABLEAU = (ENTETE, *LIGNES)
JOURS = [dt.date(2022, 1, 3), dt.date(2022, 2, 15), dt.date(2022, 3, 31)]
EN_DATES = (ENTETE, *((*li[:2], jour) for li, jour in zip(LIGNES, JOURS, strict=True)))
EN_NUMEROS = (ENTETE, *((*li[:2], (jour - dt.date(1899, 12, 30)).days) for li, jour in zip(LIGNES, JOURS, strict=True)))
EN_NUMEROS_1904 = (ENTETE, *((*li[:2], n - 1462) for li, (_, _, n) in zip(LIGNES, EN_NUMEROS[1:], strict=True)))
CACHEE = REGLAGE.replace('date_debut = "Début"', 'date_debut = "Début", intensite = "Intensité"')


def _lu(nom: str, fichier: str, ecrire: Any, **attendus: Any) -> Cas:
    """Un classeur de trois mesures, lues et gardées, sauf mention contraire."""
    return Cas(nom, fichier, ecrire, **{"lignes": 3, "comptes": ENTIER, **attendus})


def _dates_justes(bilan: BilanImport, espace: Espace) -> None:
    """Les trois dates sont celles du calendrier, quel que soit celui du classeur."""
    assert sorted(lire_entrepot(espace, "essai").table("mesure")["date_debut"]) == JOURS


def _seule_premiere_feuille(bilan: BilanImport, espace: Espace) -> None:
    assert bilan.comptes["feuille"].unique().to_list() == ["Export"]


def _plusieurs_feuilles(livre: Any, feuille: Any) -> None:
    poser(feuille, TABLEAU)
    poser(livre.add_worksheet("Légende"), [["Code", "Sens"], ["M", "mesure"]])
    livre.add_worksheet("Feuil3")


def _deux_annees(livre: Any, feuille: Any) -> None:
    poser(feuille, TABLEAU)
    poser(livre.add_worksheet("2021"), TABLEAU)


def _ancienne_version_masquee(livre: Any, feuille: Any) -> None:
    poser(feuille, TABLEAU)
    ancienne = livre.add_worksheet("ancien")
    poser(ancienne, (*TABLEAU, ("M9", "D9", "31/03/2022")))
    ancienne.hide()


def _deux_niveaux(livre: Any, feuille: Any) -> None:
    centre = livre.add_format({"align": "center"})
    feuille.merge_range("A1:F1", "Export du logiciel", centre)
    feuille.merge_range("A3:A4", "N° mesure", centre)
    feuille.merge_range("B3:B4", "N° dossier", centre)
    feuille.merge_range("C3:D3", "Entrée", centre)
    feuille.merge_range("E3:F3", "Sortie", centre)
    feuille.write_row(3, 2, ["Date", "Motif", "Date", "Motif"])
    poser(feuille, [(*li, "x", "", "") for li in LIGNES], 4)


def _titre_et_pied(livre: Any, feuille: Any) -> None:
    poser(feuille, [["Suivi 2022"], [], ["Service", "LTIAE"], []])
    poser(feuille, EN_DATES, 4, 1)
    feuille.write_row(8, 1, ["Total", 3])
    feuille.write(10, 1, "* hors renouvellements, source : logiciel")


def _lignes_masquees(livre: Any, feuille: Any) -> None:
    poser(feuille, TABLEAU)
    feuille.set_row(2, None, None, {"hidden": True})


def _colonne_masquee(livre: Any, feuille: Any) -> None:
    poser(feuille, [(*ENTETE, "Intensité", "Nom"), *((*li, "", "secret") for li in LIGNES)])
    feuille.set_column("D:E", None, None, {"hidden": True})


def _colonne_masquee_demandee(livre: Any, feuille: Any) -> None:
    poser(feuille, TABLEAU)
    feuille.set_column("C:C", None, None, {"hidden": True})


def _formules(livre: Any, feuille: Any) -> None:
    poser(feuille, TABLEAU[:1])
    for rang, (mesure, dossier, debut) in enumerate(LIGNES, start=1):
        feuille.write_formula(rang, 0, f'="{mesure[0]}"&"{mesure[1]}"', None, mesure)
        feuille.write_row(rang, 1, [dossier, debut])


def _erreurs(livre: Any, feuille: Any) -> None:
    poser(feuille, TABLEAU)
    feuille.write_formula(1, 2, "=NA()", None, "#N/A")
    feuille.write_formula(2, 1, "=Feuil9!A1", None, "#REF!")


def _sans_valeur(xml: bytes) -> bytes:
    return xml.replace(b"</f><v>0</v>", b"</f>")


def _jamais_calculee(livre: Any, feuille: Any) -> None:
    poser(feuille, TABLEAU)
    feuille.write_formula(3, 2, "=TODAY()")


def _fusion_de_donnees(livre: Any, feuille: Any) -> None:
    poser(feuille, TABLEAU)
    feuille.merge_range("B2:B4", "D1")


def _egaree(livre: Any, feuille: Any) -> None:
    poser(feuille, TABLEAU)
    feuille.write(1_048_575, 16_383, "x")


def _xls_dates(livre: Any, feuille: Any) -> None:
    style = xlwt.XFStyle()
    style.num_format_str = "dd/mm/yyyy"
    poser_xls(feuille, EN_DATES, style)


def _xls_erreur(livre: Any, feuille: Any) -> None:
    poser_xls(feuille, TABLEAU[:3])
    poser_xls_ligne = feuille.row(3)
    for rang, valeur in enumerate(("M3", "D3")):
        poser_xls_ligne.write(rang, valeur)
    poser_xls_ligne.set_cell_error(2, 0x2A)


def _xls_masques(livre: Any, feuille: Any) -> None:
    poser_xls(feuille, [(*li, "secret") for li in TABLEAU])
    feuille.row(2).hidden = True
    feuille.col(3).hidden = True


def _docx(chemin: Path) -> None:
    with zipfile.ZipFile(chemin, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")


def _xlsb(chemin: Path) -> None:
    with zipfile.ZipFile(chemin, "w") as archive:
        archive.writestr("xl/workbook.bin", b"\x00")


def _archive(chemin: Path) -> None:
    with zipfile.ZipFile(chemin, "w") as archive:
        archive.writestr("export.csv", texte())


def _parquet(chemin: Path) -> None:
    pl.DataFrame(EN_DATES[1:], schema=list(ENTETE), orient="row").write_parquet(chemin)


def _parquet_listes(chemin: Path) -> None:
    table = pl.DataFrame(EN_DATES[1:], schema=list(ENTETE), orient="row")
    table.with_columns(pl.Series("Enfants", [[1], [2], []])).write_parquet(chemin)


def _parquet_coupe(chemin: Path) -> None:
    tampon = io.BytesIO()
    pl.DataFrame(EN_DATES[1:], schema=list(ENTETE), orient="row").write_parquet(tampon)
    chemin.write_bytes(tampon.getvalue()[:-20])


def _parquet_bombe(chemin: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    vide = pa.nulls(250_000_000)
    pq.write_table(pa.table({"N° mesure": vide, "N° dossier": vide}), chemin)


REPETEES = (
    ligne(*ENTETE)
    + "".join(
        ligne(cellule(m), cellule(d), cellule(debut, 'table:number-columns-repeated="1"')) for m, d, debut in LIGNES
    )
    + ligne(
        '<table:table-cell table:number-columns-repeated="1024"/>', attributs='table:number-rows-repeated="1048000"'
    )
)
BOMBE_ODS = ligne(*ENTETE) + ligne(
    cellule("x", 'table:number-columns-repeated="16384"'), attributs='table:number-rows-repeated="1048576"'
)
ODS_NUMEROS = ligne(*ENTETE) + "".join(ligne(m, d, nombre(n)) for m, d, n in EN_NUMEROS_1904[1:])
DEPUIS_1904 = '<table:null-date table:date-value="1904-01-01"/>'
REGLAGE_1904 = f"<table:calculation-settings>{DEPUIS_1904}</table:calculation-settings>"
COLONNE_MASQUEE = '<table:table-column table:visibility="collapse"/>'
ODS_MASQUES = (
    '<table:table-column table:number-columns-repeated="3"/>'
    + COLONNE_MASQUEE
    + ligne(*ENTETE, "Nom")
    + ligne(*LIGNES[0], "secret")
    + ligne(*LIGNES[1], "secret", attributs='table:visibility="filter"')
    + ligne(*LIGNES[2], "secret")
)
XLSX = classeur(lambda _, f: poser(f, TABLEAU))

CAS = [
    # --- reconnu à son contenu
    _lu("XLSX nommé .csv", "export.csv", XLSX),
    _lu("XLSX nommé .xls", "export.xls", XLSX),
    _lu("CSV nommé .xlsx", "export.xlsx", en_octets(texte().encode("cp1252"))),
    _lu("ODS nommé .xlsx", "export.xlsx", ods(lignes_ods())),
    _lu("Parquet nommé .csv", "export.csv", _parquet, verifier=_dates_justes),
    # --- feuilles et blocs
    _lu(
        "plusieurs feuilles dont une seule convient",
        "a.xlsx",
        classeur(_plusieurs_feuilles),
        dit=("non lue.* : « Légende »",),
        verifier=_seule_premiere_feuille,
    ),
    Cas(
        "deux feuilles qui conviennent autant",
        "a.xlsx",
        classeur(_deux_annees),
        refus="plusieurs feuilles conviennent : « Export », « 2021 »",
    ),
    _lu(
        "ancienne version dans une feuille masquée",
        "a.xlsx",
        classeur(_ancienne_version_masquee),
        dit=("non lue.* : « ancien »",),
    ),
    _lu(
        "titre au-dessus, total et note dessous, tableau décalé",
        "a.xlsx",
        classeur(_titre_et_pied),
        hors_tableau=("total", "note"),
        verifier=_dates_justes,
    ),
    _lu(
        "en-tête fusionné sur deux niveaux",
        "a.xlsx",
        classeur(_deux_niveaux),
        attendues=COLONNES_DEUX_NIVEAUX,
        reglage=DEUX_NIVEAUX,
    ),
    _lu(
        "cellules fusionnées dans les données",
        "a.xlsx",
        classeur(_fusion_de_donnees),
        dit=("1 cellule.* fusionnée",),
        comptes={"lues": 3},
    ),
    # --- masqué
    _lu("lignes masquées par un filtre", "a.xlsx", classeur(_lignes_masquees), dit=(r"1 ligne\(s\) masquée.*: 3\.",)),
    _lu("colonnes masquées non demandées", "a.xlsx", classeur(_colonne_masquee), dit=("masquée.*non lue.*« Nom »",)),
    _lu("colonne masquée demandée", "a.xlsx", classeur(_colonne_masquee_demandee), dit=("masquée.* lue.*« Début »",)),
    _lu("masques d'un XLS", "a.xls", xls(_xls_masques), dit=(r"1 ligne\(s\) masquée", "non lue.*« secret »|colonne 4")),
    _lu("masques d'un ODS", "a.ods", ods(ODS_MASQUES), dit=(r"1 ligne\(s\) masquée", "non lue.*« Nom »")),
    # --- formules et erreurs
    _lu("formules dont on lit la valeur", "a.xlsx", classeur(_formules)),
    _lu(
        "cellules en erreur #N/A et #REF!",
        "a.xlsx",
        classeur(_erreurs),
        comptes={"lues": 3, "gardees": 1, "rejetees": 2},
    ),
    _lu("cellule en erreur d'un XLS", "a.xls", xls(_xls_erreur), comptes={"lues": 3, "gardees": 2, "rejetees": 1}),
    _lu(
        "formule que rien n'a jamais calculée",
        "a.xlsx",
        retouche(classeur(_jamais_calculee), FEUILLE, _sans_valeur),
        comptes={"lues": 3, "gardees": 2, "rejetees": 1},
    ),
    # --- calendriers
    _lu("dates d'un classeur de 1900", "a.xlsx", classeur(lambda _, f: poser(f, EN_DATES)), verifier=_dates_justes),
    _lu(
        "dates d'un classeur de 1904",
        "a.xlsx",
        classeur(lambda _, f: poser(f, EN_DATES), date_1904=True),
        verifier=_dates_justes,
        dit=("depuis 1904",),
    ),
    _lu("numéros de jour de 1900", "a.xlsx", classeur(lambda _, f: poser(f, EN_NUMEROS)), verifier=_dates_justes),
    _lu(
        "numéros de jour de 1904",
        "a.xlsx",
        classeur(lambda _, f: poser(f, EN_NUMEROS_1904), date_1904=True),
        verifier=_dates_justes,
        dit=("depuis 1904",),
    ),
    _lu("dates d'un XLS de 1900", "a.xls", xls(_xls_dates), verifier=_dates_justes),
    _lu(
        "dates d'un XLS de 1904", "a.xls", xls(_xls_dates, date_1904=True), verifier=_dates_justes, dit=("depuis 1904",)
    ),
    _lu(
        "numéros de jour d'un XLS de 1904",
        "a.xls",
        xls(lambda _, f: poser_xls(f, EN_NUMEROS_1904), date_1904=True),
        verifier=_dates_justes,
    ),
    _lu(
        "numéros de jour d'un ODS de 1904",
        "a.ods",
        ods(ODS_NUMEROS, REGLAGE_1904),
        verifier=_dates_justes,
        dit=("depuis 1904",),
    ),
    # --- ODS et Parquet
    _lu("ODS ordinaire", "a.ods", ods(lignes_ods())),
    _lu("ODS avec un million de lignes vides répétées", "a.ods", ods(REPETEES)),
    _lu("Parquet avec une colonne de listes", "a.parquet", _parquet_listes, dit=("non lue.*Enfants",)),
    Cas("Parquet coupé", "a.parquet", _parquet_coupe, refus="Parquet abîmé"),
    Cas("Parquet de 500 millions de cellules", "a.parquet", _parquet_bombe, refus="250000000 lignes"),
    # --- mots de passe
    Cas("XLSX protégé par un mot de passe", "a.xlsx", composite("EncryptedPackage", b"chiffre"), refus="mot de passe"),
    Cas("XLS protégé par un mot de passe", "a.xls", xls_protege(), refus="mot de passe"),
    Cas(
        "ODS protégé par un mot de passe",
        "a.ods",
        ods(lignes_ods(), manifeste="<manifest:encryption-data/>"),
        refus="mot de passe",
    ),
    # --- faux classeurs
    Cas("document Word nommé .xlsx", "a.xlsx", _docx, refus="document de texte"),
    Cas("ancien document Word nommé .xls", "a.xls", composite("WordDocument", b"lettre"), refus="document de texte"),
    Cas("document composé sans classeur", "a.xls", composite("Autre", b"rien"), refus="illisible ou abîmé"),
    Cas("classeur binaire XLSB", "a.xlsb", _xlsb, refus="XLSB"),
    Cas("archive de CSV nommée .xlsx", "a.xlsx", _archive, refus="est une archive, pas un classeur"),
    Cas(
        "XLSX coupé",
        "a.xlsx",
        lambda chemin: (XLSX(chemin), chemin.write_bytes(chemin.read_bytes()[:-100])),
        refus="archive abîmée",
    ),
    Cas(
        "XLS coupé",
        "a.xls",
        lambda chemin: (xls(_xls_dates)(chemin), chemin.write_bytes(chemin.read_bytes()[:1000])),
        refus="illisible ou abîmé",
    ),
    # --- bombes
    Cas("archive qui se déploie à 600 Mo", "a.xlsx", bombe_declaree, refus="Mo en .* une fois décompressé"),
    Cas("archive qui ment sur ses tailles", "a.xlsx", bombe_menteuse, refus="archive abîmée"),
    Cas(
        "cellule égarée à l'autre bout de la feuille",
        "a.xlsx",
        classeur(_egaree),
        refus="ligne 1048576 et la colonne XFD",
    ),
    Cas("cellules d'ODS répétées jusqu'au bout de la feuille", "a.ods", ods(BOMBE_ODS), refus="millions de cellules"),
    Cas("même long texte dans 200 000 cellules", "a.xlsx", textes_partages, refus="plus de 1 Go de texte"),
    Cas(
        "un milliard d'espaces dans une cellule d'ODS",
        "a.ods",
        ods(
            ligne(*ENTETE)
            + ligne(
                '<table:table-cell office:value-type="string"><text:p><text:s text:c="1000000000"/>'
                "</text:p></table:table-cell>"
            )
        ),
        refus="1000000000 espaces",
    ),
    Cas(
        "entités XML qui se démultiplient",
        "a.xlsx",
        retouche(
            XLSX,
            "xl/workbook.xml",
            lambda xml: xml.replace(b"<workbook", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><workbook', 1),
        ),
        refus="entités XML",
    ),
    Cas(
        "cellule de 10 Mo dans un ODS",
        "a.ods",
        ods(ligne(*ENTETE) + ligne("M1", "x" * 10_000_000, "")),
        refus="ligne 2 : une cellule dépasse",
    ),
]
