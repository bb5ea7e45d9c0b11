"""Les textes délimités : encodages, séparateurs, titres, lignes vraies, guillemets."""

from __future__ import annotations

import codecs
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.collecte import apercus, lire_tableau
from observatoire.collecte.tableau import LIGNE, Tableau
from observatoire.erreurs import ErreurFichier
from tests.nettoyage.outils import RAPIDE

ATTENDUES = ("N° dossier", "Prénom usuel", "Date d'entrée")


def deposer(dossier: Path, octets: bytes, nom: str = "export.csv") -> Path:
    fichier = dossier / nom
    fichier.write_bytes(octets)
    return fichier


def lire(dossier: Path, texte: str, encodage: str = "utf-8", attendues: tuple[str, ...] = ATTENDUES) -> Tableau:
    return lire_tableau(deposer(dossier, texte.encode(encodage)), attendues)


@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separateur", [";", ",", "\t", "|"])
def test_encodage_et_separateur_reconnus(tmp_path: Path, encodage: str, separateur: str) -> None:
    """Les quatre encodages et les quatre séparateurs donnent le même tableau."""
    lignes = [ATTENDUES, ("001", "Zoé", "03/01/2022"), ("002", "Loïc à l'œil", "")]
    tableau = lire(tmp_path, "\n".join(separateur.join(ligne) for ligne in lignes), encodage)
    assert tableau.colonnes == list(ATTENDUES)
    assert tableau.donnees["Prénom usuel"].to_list() == ["Zoé", "Loïc à l'œil"]
    assert tableau.donnees["N° dossier"].to_list() == ["001", "002"]
    assert tableau.donnees[LIGNE].to_list() == [2, 3]


def test_lignes_de_titre_passees(tmp_path: Path) -> None:
    """L'en-tête est la ligne qui ressemble aux colonnes attendues, pas la première."""
    texte = "Logiciel Machin - export\nÉdité le 03/01/2023;;\n\nN° DOSSIER;prenom  usuel;Date d’entrée\n7;Zoé;\n"
    tableau = lire(tmp_path, texte)
    assert tableau.ligne_entete == 4
    assert tableau.colonne("Prénom usuel") == "prenom usuel"
    assert tableau.donnees[LIGNE].to_list() == [5]


def test_numero_de_ligne_vrai_malgre_les_retours(tmp_path: Path) -> None:
    """Une cellule sur trois lignes et des lignes vides ne décalent pas la numérotation du fichier."""
    texte = 'N° dossier;Prénom usuel;Date d\'entrée\r\n1;"a\r\nb\r\nc";x\r\n;;\r\n\r\n2;d;y\r\n'
    tableau = lire(tmp_path, texte)
    assert tableau.donnees[LIGNE].to_list() == [2, 7]
    assert tableau.donnees["Prénom usuel"][0] == "a\r\nb\r\nc"


def test_ligne_trop_longue_sans_perte(tmp_path: Path) -> None:
    """Une cellule de trop est gardée dans une colonne sans nom ; une ligne courte est complétée."""
    tableau = lire(tmp_path, "N° dossier;Prénom usuel;Date d'entrée\n1;a;b;de trop\n2\n")
    assert tableau.donnees["colonne 4"].to_list() == ["de trop", None]
    assert tableau.donnees["N° dossier"].to_list() == ["1", "2"]
    assert tableau.donnees[LIGNE].to_list() == [2, 3]


def test_guillemet_jamais_referme(tmp_path: Path) -> None:
    """Un guillemet ouvert qui avale des lignes est une erreur, pas une perte silencieuse."""
    texte = "N° dossier;Prénom usuel;Date d'entrée\n1;\"a;b\n2;c;d\n3;e;f\n"
    with pytest.raises(ErreurFichier, match=r"export\.csv, ligne 2 : un guillemet ouvert"):
        lire(tmp_path, texte)


def test_colonnes_en_double_et_sans_nom(tmp_path: Path) -> None:
    tableau = lire(tmp_path, "N° dossier;Prénom usuel;;Prénom usuel\n1;a;b;c\n")
    assert tableau.colonnes == ["N° dossier", "Prénom usuel", "colonne 3", "Prénom usuel (2)"]


def test_aucune_colonne_attendue(tmp_path: Path) -> None:
    with pytest.raises(ErreurFichier, match="aucune des colonnes attendues"):
        lire(tmp_path, "x;y\n1;2\n")


def test_octet_nul_refuse(tmp_path: Path) -> None:
    octets = ";".join(ATTENDUES).encode() + b"\n" + b"a;b;c\n" * 20_000 + b"1;\x00;2\n"
    with pytest.raises(ErreurFichier, match=r"ligne 20002 : octet nul"):
        lire_tableau(deposer(tmp_path, octets), ATTENDUES)


def test_fins_de_ligne_anciennes(tmp_path: Path) -> None:
    """Les fins de ligne d'un vieux Mac (retour chariot seul) sont lues."""
    assert lire(tmp_path, "N° dossier;Prénom usuel\r1;a\r2;b\r").donnees[LIGNE].to_list() == [2, 3]


def test_apercu_sans_rien_attendre(tmp_path: Path) -> None:
    """Sans colonne attendue, le séparateur le plus régulier l'emporte."""
    fichier = deposer(tmp_path, codecs.BOM_UTF8 + b"a,b;c,d;e\n1,5;2;3\n4,5;6;7\n")
    assert apercus(fichier)[0].lignes[1] == (2, ("1,5", "2", "3"))


cellule = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\ufeff", exclude_categories=("Cs", "Cc")), max_size=12
)


@RAPIDE
@given(
    lignes=st.lists(st.lists(cellule, min_size=3, max_size=3), min_size=1, max_size=12),
    separateur=st.sampled_from(";,\t|"),
)
def test_aller_retour(tmp_path_factory: pytest.TempPathFactory, lignes: list[list[str]], separateur: str) -> None:
    """Ce qu'écrit un tableur se relit cellule pour cellule (une cellule vide devient null)."""
    dossier = tmp_path_factory.mktemp("aller")
    lignes = [["k" + ligne[0], *ligne[1:]] for ligne in lignes]
    cadre = pl.DataFrame(lignes, schema=list(ATTENDUES), orient="row")
    cadre.write_csv(dossier / "x.csv", separator=separateur, quote_style="always")
    relu = lire_tableau(dossier / "x.csv", ATTENDUES).donnees
    assert relu.drop(LIGNE).fill_null("").rows() == cadre.rows()


@pytest.mark.parametrize(
    "texte",
    [
        "N° dossier;Prénom usuel\n" + "1;a\n" * 5_000,
        "N° dossier;Prénom usuel\n" + "1;a\n" * 5_000 + "1;a;de trop;encore\n1\n",
        "N° dossier;Prénom usuel\n" + '1;"a\nb;c"\n' * 5_000,
    ],
    ids=["régulier", "lignes inégales", "retours entre guillemets"],
)
def test_grand_texte_lu_sans_boucle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, texte: str) -> None:
    """Un grand export, même à lignes inégales, est lu par polars et non ligne à ligne."""
    monkeypatch.setattr("observatoire.collecte.csv._lire_pas_a_pas", None)
    assert lire(tmp_path, texte).donnees.height == texte.count("1;") + texte.count("\n1\n")


@pytest.mark.parametrize("encodage", ["utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_encodages_sans_marque(tmp_path: Path, encodage: str) -> None:
    texte = ";".join(ATTENDUES) + "\r\n1;Zoé;x\r\n"
    assert lire(tmp_path, texte, encodage).donnees.rows() == [("1", "Zoé", "x", 2)]


def test_coupure_au_milieu_d_un_morceau(tmp_path: Path) -> None:
    """Un caractère de plusieurs octets à cheval sur deux morceaux de lecture reste entier."""
    for decalage in range(4):
        texte = ";".join(ATTENDUES) + "\n" + "x" * decalage + "é" * 200_000 + ";b;c\n"
        assert lire(tmp_path, texte).donnees["N° dossier"][0] == "x" * decalage + "é" * 200_000


def test_deux_niveaux_departages(tmp_path: Path) -> None:
    """Un libellé seul de son nom suffit ; un libellé porté deux fois se refuse en les citant."""
    texte = "Dossier;;Entrée;;Sortie;\nN°;Qui;Date;Motif;Date;Motif\n1;a;x;y;z;t\n"
    tableau = lire(tmp_path, texte, attendues=("Dossier – N°", "Entrée – Date", "Sortie – Date"))
    assert tableau.colonne("Sortie / Date") == "Sortie – Date"
    assert tableau.colonne("Qui") == "Dossier – Qui"
    with pytest.raises(ErreurFichier, match="« Entrée – Date », « Sortie – Date »"):
        tableau.colonne("Date")


@pytest.mark.parametrize("nom", ["export[1].csv", "export*.csv", "export ?.csv"])
def test_nom_a_caracteres_de_motif(tmp_path: Path, nom: str) -> None:
    """« export[1].csv », que les navigateurs écrivent, est un nom et non un motif."""
    deposer(tmp_path, b"N\xc2\xb0 dossier;x\nautre;2\n", "export1.csv")
    lu = lire_tableau(deposer(tmp_path, "N° dossier;x\n1;2\n".encode(), nom), ATTENDUES)
    assert lu.donnees["N° dossier"].to_list() == ["1"]


def test_lignes_trop_longues_et_guillemets_egares(tmp_path: Path) -> None:
    """Des guillemets au milieu de cellules ne recousent pas deux lignes, même dans un texte à lignes inégales."""
    texte = 'N° dossier;Prénom usuel\n1;a;b;c;d;e;f\n2;écran 5" neuf\n3;b\n4;écran 6" neuf\n'
    assert lire(tmp_path, texte).donnees["N° dossier"].to_list() == ["1", "2", "3", "4"]
