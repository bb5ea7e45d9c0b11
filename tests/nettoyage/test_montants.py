"""Les montants : écritures françaises et de tableur, exactes au centime, ambiguïtés refusées."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.nettoyage.montants import MOTIF_AMBIGU, MOTIF_ILLISIBLE, nettoyer_montants
from tests.nettoyage.outils import RAPIDE, issue

MILLE = ["", " ", "\u00a0", "\u202f", ".", "'"]


@RAPIDE
@given(
    centimes=st.integers(-(10**11), 10**11),
    mille=st.sampled_from(MILLE),
    monnaie=st.sampled_from(["", " €", "€", "\u00a0€", " euros", " EUR"]),
)
def test_aller_retour_francais(centimes: int, mille: str, monnaie: str) -> None:
    """Tout montant se relit au centime près, quels que soient séparateur et monnaie."""
    montant = Decimal(centimes).scaleb(-2)
    texte = f"{montant:,.2f}".replace(",", "M").replace(".", ",").replace("M", mille) + monnaie
    assert issue(nettoyer_montants, texte) == (montant, None, None)


@RAPIDE
@given(centimes=st.integers(0, 10**9))
def test_aller_retour_tableur(centimes: int) -> None:
    montant = Decimal(centimes).scaleb(-2)
    for texte in (str(montant), f"{montant:,.2f}", str(montant).replace(".", ",")):
        assert issue(nettoyer_montants, texte)[0] == montant


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("0", "0"), ("-45", "-45"), ("- 45,5 €", "-45.5"), ("(12,50)", "-12.5"), ("12,50-", "-12.5"),
        ("−3", "-3"), ("+7", "7"), ("1.352.000", "1352000"), ("1352", "1352"), ("1 352 000,5", "1352000.5"),
        ("0,352", "0.35"), ("1352.125", "1352.12"), ("847.4000000001", "847.4"),
    ],
)  # fmt: skip
def test_ecritures(texte: str, attendu: str) -> None:
    assert issue(nettoyer_montants, texte)[0] == Decimal(attendu)


def test_arrondi_signale() -> None:
    assert issue(nettoyer_montants, "699,3333")[2] == "arrondi au centime"
    assert issue(nettoyer_montants, "699,330")[2] is None


@pytest.mark.parametrize("texte", ["1.352", "12,500", "-1.352 €"])
def test_ambigu_refuse(texte: str) -> None:
    """Milliers ou décimales : on ne devine pas."""
    assert issue(nettoyer_montants, texte)[:2] == (None, MOTIF_AMBIGU)


@pytest.mark.parametrize("texte", ["mille", "12 k€", "1,2,3", "12.34.56", "=1+1", "1 35", "99999999999999999"])
def test_illisible_refuse(texte: str) -> None:
    assert issue(nettoyer_montants, texte)[:2] == (None, MOTIF_ILLISIBLE)


@pytest.mark.parametrize("texte", ["NC", "néant", "-", "?", "non renseigné", "n/a"])
def test_absence_n_est_jamais_zero(texte: str) -> None:
    assert issue(nettoyer_montants, texte) == (None, None, "marque d'absence")


def test_vide_n_est_jamais_zero() -> None:
    assert issue(nettoyer_montants, " ") == (None, None, None)
