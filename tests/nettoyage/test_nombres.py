"""Les nombres et les entiers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.nettoyage.nombres import MOTIF_ENTIER, MOTIF_NOMBRE, nettoyer_entiers, nettoyer_nombres
from tests.nettoyage.outils import RAPIDE, issue


@RAPIDE
@given(st.integers(-(10**12), 10**12))
def test_entiers(nombre: int) -> None:
    for texte in (str(nombre), f"{nombre},0", f"{nombre}.00", f"{nombre:,}".replace(",", " ")):
        assert issue(nettoyer_entiers, texte)[:2] == (nombre, None)


@RAPIDE
@given(st.floats(-1e9, 1e9).map(lambda x: round(x, 4)))
def test_nombres(nombre: float) -> None:
    texte = f"{nombre:.4f}"
    assert issue(nettoyer_nombres, texte)[0] == nombre
    assert issue(nettoyer_nombres, texte.replace(".", ","))[0] == nombre


@pytest.mark.parametrize("texte", ["3,5", "trois", "1e999"])
def test_entier_refuse(texte: str) -> None:
    assert issue(nettoyer_entiers, texte) == (None, MOTIF_ENTIER, None)


@pytest.mark.parametrize("texte", ["50 %", "1,2,3", "inf", "0x10"])
def test_nombre_refuse(texte: str) -> None:
    assert issue(nettoyer_nombres, texte) == (None, MOTIF_NOMBRE, None)


def test_absence() -> None:
    assert issue(nettoyer_nombres, "NC") == (None, None, "marque d'absence")
    assert issue(nettoyer_entiers, "") == (None, None, None)
    assert issue(nettoyer_nombres, "1.352,5")[0] == 1352.5
