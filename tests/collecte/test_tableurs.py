"""Les classeurs et Parquet : feuille, bloc de titre, dates, nombres, contenu plutôt qu'extension."""

from __future__ import annotations

import datetime as dt
import shutil
import zipfile
from pathlib import Path

import polars as pl
import pytest

from observatoire.collecte import apercus, lire_tableau
from observatoire.collecte.tableau import LIGNE
from observatoire.erreurs import ErreurFichier
from tests.collecte.classeurs import ecrire_ods, ecrire_xlsx

LIGNES = [
    ["Export du logiciel", None, None],
    [],
    ["Service", "LTIAE", None],
    ["N° dossier", "Entrée le", "Ressources"],
    ["00123", dt.date(2022, 1, 3), 1352.83],
    [],
    [456, 44562, 700],
]


@pytest.fixture
def classeur(tmp_path: Path) -> Path:
    return ecrire_xlsx(tmp_path / "mesures.xlsx", {"Légende": [["Code", "Sens"]], "Données": LIGNES})


def test_bloc_de_titre_et_vrai_numero_de_ligne(classeur: Path) -> None:
    tableau = lire_tableau(classeur, ["n° dossier", "entrée le"])
    assert (tableau.feuille, tableau.ligne_entete) == ("Données", 4)
    assert tableau.donnees[LIGNE].to_list() == [5, 7]


def test_cellules_en_texte(classeur: Path) -> None:
    """Zéros de tête gardés, dates ISO, numéros et nombres sans décimale inventée."""
    donnees = lire_tableau(classeur, ["n° dossier"]).donnees
    assert donnees["N° dossier"].to_list() == ["00123", "456"]
    assert donnees["Entrée le"].to_list() == ["2022-01-03 00:00:00", "44562"]
    assert donnees["Ressources"].to_list() == ["1352.83", "700"]


def test_feuille_nommee_ou_absente(classeur: Path) -> None:
    assert lire_tableau(classeur, ["code"], "legende").feuille == "Légende"
    with pytest.raises(ErreurFichier, match=r"feuille « Donnée » absente\. Vouliez-vous dire « Données »"):
        lire_tableau(classeur, ["code"], "Donnée")


def test_feuille_sans_colonne_attendue(classeur: Path) -> None:
    with pytest.raises(ErreurFichier, match="aucune des colonnes attendues"):
        lire_tableau(classeur, ["inexistante"])


def test_apercu_de_chaque_feuille(classeur: Path) -> None:
    assert [a.feuille for a in apercus(classeur)] == ["Légende", "Données"]


def test_contenu_plutot_qu_extension(classeur: Path, tmp_path: Path) -> None:
    """Un classeur nommé .csv et un CSV nommé .xlsx se lisent pour ce qu'ils sont."""
    deguise = Path(shutil.copy(classeur, tmp_path / "deguise.csv"))
    assert lire_tableau(deguise, ["n° dossier"]).donnees.height == 2
    texte = tmp_path / "texte.xlsx"
    texte.write_text("N° dossier;x\n1;2\n", encoding="utf-8")
    assert lire_tableau(texte, ["n° dossier"]).donnees.height == 1


def test_ods(tmp_path: Path) -> None:
    lignes = [["Titre"], ["N° dossier", "Entrée le"], ["007", "03/01/2022"]]
    tableau = lire_tableau(ecrire_ods(tmp_path / "x.ods", {"Feuille1": lignes}), ["n° dossier", "entree le"])
    assert tableau.donnees.rows() == [("007", "03/01/2022", 3)]


def test_parquet(tmp_path: Path) -> None:
    cadre = pl.DataFrame(
        {"id": ["01", None], "date": [dt.date(2022, 1, 3), None], "x": [2.0, None], "y": [0.5, 1.0], "z": [True, None]}
    )
    cadre.write_parquet(tmp_path / "x.parquet")
    tableau = lire_tableau(tmp_path / "x.parquet", ["id"])
    assert tableau.donnees.rows()[0] == ("01", "2022-01-03", "2", "0.5", "true", 1)


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (b"", "est vide"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "page HTML"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "est une image"),
        (b"\x00\x01\x02\x03abc\n", "ni un texte"),
        (b"PK\x03\x04abc", "archive abîmée"),
        (b"PAR1abc", "Parquet abîmé"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100, "classeur illisible"),
    ],
)
def test_faux_classeur(tmp_path: Path, octets: bytes, message: str) -> None:
    """Chaque fichier trompeur a une erreur claire qui le nomme et dit quoi faire."""
    fichier = tmp_path / "trompeur.xlsx"
    fichier.write_bytes(octets)
    with pytest.raises(ErreurFichier, match=message) as erreur:
        lire_tableau(fichier, ["id"])
    assert "trompeur.xlsx" in erreur.value.message and erreur.value.remede


def test_archive_qui_n_est_pas_un_classeur(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as archive:
        archive.writestr("lettre.txt", "bonjour")
    with pytest.raises(ErreurFichier, match="est une archive, pas un classeur"):
        lire_tableau(tmp_path / "x.xlsx", ["id"])


def test_archive_demesuree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Un classeur qui se déploierait démesurément est refusé avant d'être ouvert."""
    monkeypatch.setattr("observatoire.collecte.reconnaissance.DEPLOIEMENT_MAXIMAL", 100)
    with pytest.raises(ErreurFichier, match="une fois décompressé"):
        lire_tableau(ecrire_xlsx(tmp_path / "x.xlsx", {"a": [["id"]]}), ["id"])


def test_fichier_absent(tmp_path: Path) -> None:
    with pytest.raises(ErreurFichier, match="lecture impossible"):
        lire_tableau(tmp_path / "rien.csv", ["id"])
