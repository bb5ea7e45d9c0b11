"""Les doublons : identiques fondus, contraires refusés, tables partagées complétées. Rien ne se perd."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from observatoire.nettoyage.doublons import MASQUE, Dedoublonnage, dedoublonner, masque
from tests.nettoyage.outils import RAPIDE

COLONNES = ["id", "genre", "ville"]
TOUT = masque(COLONNES, COLONNES)


def lignes(*valeurs: tuple[Any, ...], masques: list[int] | None = None) -> pl.DataFrame:
    cadre = pl.DataFrame(list(valeurs), schema=dict.fromkeys(COLONNES, pl.String), orient="row")
    return cadre.with_columns(
        _fichier=pl.lit("x.csv"),
        _ligne=pl.int_range(2, len(valeurs) + 2, dtype=pl.Int64),
        **{MASQUE: pl.Series(masques or [TOUT] * len(valeurs), dtype=pl.Int64)},
    )


def reunir(cadre: pl.DataFrame, partagee: bool = False) -> Dedoublonnage:
    return dedoublonner(cadre, ["id"], COLONNES, partagee)


def test_identiques_fondus() -> None:
    fait = reunir(lignes(("1", "F", None), ("2", "H", None), ("1", "F", None)))
    assert fait.gardees["_ligne"].to_list() == [2, 3]
    assert fait.fusionnees["_ligne"].to_list() == [4]
    assert fait.refusees.is_empty()


def test_contraires_refuses_tous_les_deux() -> None:
    """Chacun nomme l'autre ligne et la colonne en cause."""
    fait = reunir(lignes(("1", "F", "Lens"), ("2", "H", None), ("1", "F", "Arras")))
    assert fait.gardees["id"].to_list() == ["2"]
    assert fait.refusees["_ligne"].to_list() == [2, 4]
    assert fait.refusees["_autre"].to_list() == ["x.csv, ligne 4", "x.csv, ligne 2"]
    assert fait.refusees["_colonnes"].to_list() == ["ville", "ville"]


def test_vide_contre_valeur_est_contraire() -> None:
    """Hors des tables partagées, une cellule vidée contredit une cellule remplie."""
    assert reunir(lignes(("1", "F", "Lens"), ("1", "F", None))).refusees.height == 2


def test_colonne_non_declaree_n_est_pas_vide() -> None:
    """Deux fichiers qui ne déclarent pas les mêmes colonnes se complètent."""
    masques = [masque(COLONNES, ["id", "genre"]), masque(COLONNES, ["id", "ville"])]
    fait = reunir(lignes(("1", "F", None), ("1", None, "Lens"), masques=masques))
    assert fait.gardees.select(COLONNES).rows() == [("1", "F", "Lens")]
    assert fait.gardees[MASQUE].to_list() == [TOUT]
    assert fait.fusionnees.height == 1


def test_table_partagee_completee() -> None:
    fait = reunir(lignes(("1", "F", None), ("1", None, "Lens")), partagee=True)
    assert fait.gardees.select(COLONNES).rows() == [("1", "F", "Lens")]


def test_table_partagee_contredite_garde_la_premiere() -> None:
    """La ligne contraire n'apporte rien, même là où elle aurait complété ; une suivante d'accord complète."""
    cadre = lignes(("1", "F", None), ("1", "H", "Arras"), ("1", None, "Lens"))
    fait = reunir(cadre, partagee=True)
    assert fait.gardees.select(COLONNES).rows() == [("1", "F", "Lens")]
    assert fait.fusionnees["_ligne"].to_list() == [4]
    assert fait.refusees.select("_ligne", "_colonnes", "_autre").rows() == [(3, "genre", "x.csv, ligne 2")]


def test_cle_a_trou() -> None:
    """Deux clés vides au même endroit sont la même clé."""
    fait = dedoublonner(lignes(("1", None, "a"), ("1", None, "a"), ("1", "F", "a")), ["id", "genre"], COLONNES)
    assert (fait.gardees.height, fait.fusionnees.height) == (2, 1)


@RAPIDE
@given(
    valeurs=st.lists(
        st.tuples(st.sampled_from("123"), st.sampled_from(["F", "H", None]), st.sampled_from(["a", None])), max_size=25
    ),
    partagee=st.booleans(),
)
def test_conservation(valeurs: list[tuple[str, str | None, str | None]], partagee: bool) -> None:
    """Toute ligne est gardée, fondue ou refusée, une seule fois, et la clé devient unique."""
    fait = reunir(lignes(*valeurs), partagee)
    sorties = [*fait.gardees["_ligne"], *fait.fusionnees["_ligne"], *fait.refusees["_ligne"]]
    assert sorted(sorties) == list(range(2, len(valeurs) + 2))
    assert fait.gardees["id"].is_unique().all()
    if not partagee:
        assert set(fait.gardees["id"]).isdisjoint(fait.refusees["id"])


@RAPIDE
@given(
    st.lists(
        st.tuples(st.sampled_from("12345678"), st.just("F"), st.sampled_from("ab")),
        unique_by=lambda v: v[0],
        max_size=8,
    ),
    st.integers(1, 4),
)
def test_repeter_ne_change_rien(valeurs: list[tuple[str, str, str]], fois: int) -> None:
    """Répéter chaque ligne redonne la table de départ."""
    fait = reunir(lignes(*valeurs * fois))
    assert sorted(fait.gardees.select(COLONNES).rows()) == sorted(valeurs)
    assert fait.fusionnees.height == len(valeurs) * (fois - 1)
