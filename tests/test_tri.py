"""Le tri rapide rend exactement l'ordre de polars, et de même pour de petites tables."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire import tri
from tests.nettoyage.outils import RAPIDE

hexa = st.sampled_from(["0", "00", "f", "09ab"]).map(lambda debut: f"men_{debut:0<24}")
lignes = st.lists(
    st.tuples(
        st.none() | hexa,
        st.none() | st.sampled_from(["entree", "sortie", "Été", ""]),
        st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2020, 1, 9)),
        st.none() | st.integers(-2, 2),
        st.text("aAé1", max_size=2),
    ),
    max_size=40,
)
SCHEMA = {"id": pl.String, "moment": pl.String, "date": pl.Date, "rang": pl.Int64, "texte": pl.String}


@pytest.mark.parametrize(
    "cle", [["id"], ["moment"], ["date", "id"], ["id", "date"], ["id", "moment", "date"], ["rang", "texte"]]
)
@RAPIDE
@given(lignes=lignes)
def test_meme_ordre_que_polars(cle: list[str], lignes: list[tuple]) -> None:
    cadre = pl.DataFrame(lignes, schema=SCHEMA, orient="row")
    with pytest.MonkeyPatch.context() as reglage:
        reglage.setattr(tri, "PETITE_TABLE", 0)
        reglage.setattr(tri, "LIGNES_PAR_TEXTE", 1)
        triee = tri.trier_par(cadre, cle)
    assert triee.select(cle).equals(cadre.sort(cle, nulls_last=True).select(cle))
    assert sorted(map(repr, triee.rows())) == sorted(map(repr, cadre.rows()))


def test_pseudonymes_presque_pareils() -> None:
    """Deux pseudonymes que seuls leurs derniers chiffres distinguent gardent leur ordre, quelle que soit la date."""
    debut, milieu = np.array([2**20 + 1, 2**20], dtype=np.uint64), np.array([5, 5], dtype=np.uint32)
    fin = np.array([0, 9], dtype=np.uint16)
    assert tri._ordonner_accoles(debut, milieu, fin) is None
    assert tri._ordonner([debut, milieu, fin]).tolist() == [1, 0]
    assert tri._ordonner_accoles(debut[[0, 0]], milieu, fin[::-1]).tolist() == [1, 0]  # type: ignore[union-attr]


def test_le_chemin_rapide_sert() -> None:
    """Une clé de pseudonymes, de modalités et de dates se range par des nombres ; un texte quelconque, non."""
    assert len(tri._en_nombres(pl.Series(["men_" + "0" * 24, "men_" + "1" * 24])) or []) == 2
    assert len(tri._en_nombres(pl.Series(["entree", "sortie"] * 50)) or []) == 1
    assert tri._en_nombres(pl.Series(["essai"] * 3)) == []
    assert tri._en_nombres(pl.Series([f"texte {i}" for i in range(100)])) is None
