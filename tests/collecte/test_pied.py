"""Ce qui est mis de côté sous un tableau, ce qui y reste, et la conservation des lignes."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.collecte import lire_tableau
from observatoire.collecte.pied import separer_pied
from observatoire.collecte.tableau import LIGNE, Tableau, sans_lignes_vides
from tests.nettoyage.outils import RAPIDE

ENTETE = ("N° dossier", "Nom", "Date", "Montant", "Suivi")
LIGNES = "D1;A;01/01/2022;10;ok\nD2;B;02/01/2022;20;\nD3;C;03/01/2022;30;vu\n"


def lire(dossier: Path, suite: str, lignes: str = LIGNES) -> Tableau:
    fichier = dossier / "export.csv"
    fichier.write_text(";".join(ENTETE) + "\n" + lignes + suite, encoding="utf-8")
    return lire_tableau(fichier, ENTETE)


@pytest.mark.parametrize(
    ("suite", "natures"),
    [
        ("Total;;;60;\n", ["total"]),
        (";;Moyenne;20;\n", ["total"]),
        ("TOTAL;3 dossiers;;60,00 €;\n", ["total"]),
        ("Total général : 3 dossiers;;;;\n", ["total"]),
        ("Nombre de dossiers : 3;;;;\n", ["total"]),
        ("Total au 31/12/2022;;;60;\n", ["total"]),
        (";;;60;\n", ["total"]),
        ("Les montants sont en euros constants;;;;\n", ["note"]),
        ("\nMontants en euros;;;;\n(1) hors APL;;;;\n", ["note", "note"]),
        ("Source : logiciel Machin;;;;\n", ["note"]),
        ("\nLégende;;;;\nok;dossier complet;;;\nvu;dossier vu;;;\n", ["note", "note", "note"]),
        ("\nRécapitulatif;;;;\nAnnée;Nombre;;;\n2022;3;;;\n", ["note", "note", "note"]),
        (";".join(ENTETE) + "\n", ["en-tête répété"]),
    ],
)
def test_mis_de_cote(tmp_path: Path, suite: str, natures: list[str]) -> None:
    """Totaux, notes, légendes et en-têtes répétés sont listés, et le tableau garde ses trois lignes."""
    tableau = lire(tmp_path, suite)
    assert tableau.hors_tableau["nature"].to_list() == natures
    assert tableau.donnees.height == 3


@pytest.mark.parametrize(
    "suite",
    [
        "D4;;;;\n",
        "D4;E;;;\n",
        "\nD4;E;;;\n",
        "D4;Total;04/01/2022;10;total\n",
        "Total;Dupont;04/01/2022;10;x\n",
        ";;;61;\n",  # ce n'est la somme de rien
        "D4;la somme de tout ceci;;;\n",
    ],
)
def test_reste_du_tableau(tmp_path: Path, suite: str) -> None:
    """Dans le doute une ligne reste du tableau : son rejet dira pourquoi."""
    tableau = lire(tmp_path, suite)
    assert tableau.donnees.height == 4
    assert tableau.hors_tableau.is_empty()


def test_ligne_peu_remplie_apres_un_sous_total(tmp_path: Path) -> None:
    """Un numéro de dossier de la même forme que les autres n'est pas une légende."""
    tableau = lire(tmp_path, "Sous-total;;;60;\nD4;E;;;\n")
    assert tableau.donnees["N° dossier"].to_list() == ["D1", "D2", "D3", "D4"]
    assert tableau.hors_tableau.rows() == [(5, "total", "Sous-total · 60")]


def test_premiere_colonne_en_lettres(tmp_path: Path) -> None:
    """Quand les lignes commencent par des mots, une phrase qui ne s'annonce pas reste du tableau."""
    lignes = "Mission locale;A;;1;\nCCAS;B;;2;\n"
    assert lire(tmp_path, "\nService social du département;;;;\n", lignes).donnees.height == 3


cellule = st.sampled_from(
    ["", "D1", "D22", "12", "Total", "Sous-total", "note", "Source : x", "deux mots", "1 352,83 €"]
)


@RAPIDE
@given(st.lists(st.tuples(*[cellule] * 5), max_size=30))
def test_aucune_ligne_perdue(lignes: list[tuple[str, ...]]) -> None:
    """Quelles que soient les lignes, chacune est dans le tableau ou listée à côté, une seule fois."""
    colonnes = [f"c{i}" for i in range(5)]
    cadre = pl.DataFrame(lignes, schema=dict.fromkeys(colonnes, pl.String), orient="row")
    cadre = sans_lignes_vides(cadre.with_columns((pl.int_range(pl.len(), dtype=pl.Int64) + 2).alias(LIGNE)))
    corps, hors = separer_pied(cadre, ENTETE)
    assert sorted([*corps[LIGNE], *hors["ligne"]]) == cadre[LIGNE].to_list()
