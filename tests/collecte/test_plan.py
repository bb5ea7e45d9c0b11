"""Ce qu'un classeur dit de lui-même : calendrier, masques, fusions, formules, étendue."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.collecte.entete import Fusion
from observatoire.collecte.plan import CELLULES_MAXIMALES, Feuille, lettres, numero, refuser_etendue
from observatoire.collecte.plan_ods import lire_plan_ods
from observatoire.collecte.plan_xls import lire_plan_xls, reconnaitre_composite
from observatoire.collecte.plan_xlsx import lire_plan_xlsx
from observatoire.erreurs import ErreurFichier
from tests.corpus.classeurs import cellule, classeur, ligne, ods, poser, xls


def plan_xlsx(chemin: Path):
    with zipfile.ZipFile(chemin) as archive:
        return lire_plan_xlsx(archive, chemin.name)


def dessiner(livre, feuille) -> None:
    poser(feuille, [["a", "b", "c"], [1, 2, 3]], 1, 1)
    feuille.merge_range("B5:B7", "x")
    feuille.set_row(2, None, None, {"hidden": True})
    feuille.set_column("C:D", None, None, {"hidden": True})
    livre.add_worksheet("Cachée").hide()


def test_plan_d_un_xlsx(tmp_path: Path) -> None:
    """Masques, fusions, feuille cachée et calendrier sont ceux du classeur."""
    classeur(dessiner, date_1904=True)(tmp_path / "a.xlsx")
    plan = plan_xlsx(tmp_path / "a.xlsx")
    export = plan.feuille("Export")
    assert plan.date_1904
    assert export.lignes_masquees == [(3, 3)]
    assert export.colonnes_masquees == {3, 4}
    assert export.fusions == [Fusion(5, 2, 7, 2)]
    assert [f.visible for f in plan.feuilles.values()] == [True, False]


def dessiner_xls(livre, feuille) -> None:
    feuille.write_merge(4, 6, 1, 1, "x")
    for rang in range(300):
        feuille.write(10 + rang, 0, f"une cellule de texte numéro {rang}")
    feuille.row(2).hidden = True
    feuille.col(2).hidden = True
    livre.add_sheet("Cachée é").visibility = 1


def test_plan_d_un_xls(tmp_path: Path) -> None:
    """Les mêmes choses, lues dans les enregistrements d'un XLS."""
    xls(dessiner_xls, date_1904=True)(tmp_path / "a.xls")
    plan = lire_plan_xls(reconnaitre_composite((tmp_path / "a.xls").read_bytes(), "a.xls"), "a.xls")
    export = plan.feuille("Export")
    assert plan.date_1904
    assert export.lignes_masquees == [(3, 3)]
    assert export.colonnes_masquees == {3}
    assert export.fusions == [Fusion(5, 2, 7, 2)]
    assert {f.nom: f.visible for f in plan.feuilles.values()} == {"Export": True, "Cachée é": False}


def test_plan_d_un_ods(tmp_path: Path) -> None:
    """Les répétitions comptent dans la numérotation des lignes et des colonnes."""
    corps = (
        '<table:table-column table:number-columns-repeated="2"/>'
        '<table:table-column table:visibility="collapse" table:number-columns-repeated="2"/>'
        + ligne("a", attributs='table:number-rows-repeated="3"')
        + ligne("b", attributs='table:visibility="filter" table:number-rows-repeated="2"')
        + ligne(cellule("c", 'table:number-columns-repeated="4"'), cellule("d", 'table:number-rows-spanned="2"'))
        + ligne('<table:table-cell table:formula="of:=A1"/>')
    )
    ods(corps)(tmp_path / "a.ods")
    with zipfile.ZipFile(tmp_path / "a.ods") as archive:
        export = lire_plan_ods(archive, "a.ods").feuille("Export")
    assert export.colonnes_masquees == {3, 4}
    assert export.lignes_masquees == [(4, 5)]
    assert export.fusions == [Fusion(6, 5, 7, 5)]
    assert export.jamais_calculees == [(7, 1)]
    assert (export.derniere_ligne, export.derniere_colonne) == (6, 5)


def test_grande_feuille_permise(tmp_path: Path) -> None:
    """Une feuille longue mais étroite est précisée cellule par cellule, puis acceptée."""
    classeur(lambda _, f: (f.write(0, 11, "x"), f.write(1_048_575, 0, "x")))(tmp_path / "a.xlsx")
    export = plan_xlsx(tmp_path / "a.xlsx").feuille("Export")
    assert (export.derniere_ligne, export.derniere_colonne) == (1_048_576, 12)


def test_etendue_refusee() -> None:
    feuille = Feuille("Export", derniere_ligne=CELLULES_MAXIMALES, derniere_colonne=28)
    with pytest.raises(ErreurFichier, match="colonne AB"):
        refuser_etendue("a.xlsx", feuille)


@given(st.integers(1, 16_384))
def test_noms_de_colonnes(rang: int) -> None:
    assert numero(lettres(rang)) == rang


@given(st.binary(max_size=2_000))
def test_document_compose_quelconque(octets: bytes) -> None:
    """Des octets quelconques sous la signature d'un XLS donnent un refus, jamais autre chose."""
    signature = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    with pytest.raises(ErreurFichier, match=r"a\.xls"):
        lire_plan_xls(reconnaitre_composite(signature + octets, "a.xls"), "a.xls")
