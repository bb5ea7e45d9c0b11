"""Les marques d'absence : NR, SO et REF ne se confondent ni entre elles, ni avec un vide."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.nettoyage.absences import MARQUES, marque, vide
from observatoire.nettoyage.modalites import Vocabulaire, nettoyer_modalites
from observatoire.nettoyage.montants import nettoyer_montants
from observatoire.nomenclatures import COLONNES, Nomenclature
from tests.nettoyage.outils import RAPIDE, issue

TOUTES = [(ecriture, code) for code, ecritures in MARQUES.items() for ecriture in ecritures]


def marque_de(texte: str | None) -> str | None:
    return pl.DataFrame({"t": [texte]}, schema={"t": pl.String}).select(marque(pl.col("t"))).item()


@RAPIDE
@given(
    couple=st.sampled_from(TOUTES),
    casse=st.sampled_from([str.lower, str.upper, str.title]),
    bord=st.sampled_from(["", " ", "\u00a0", ".", "«"]),
)
def test_marque_reconnue_partout(couple: tuple[str, str], casse, bord: str) -> None:
    """Une marque vide un montant et se code dans un vocabulaire, quelle que soit sa casse."""
    texte = bord + casse(couple[0]) + bord
    assert marque_de(texte) == couple[1]
    assert issue(nettoyer_montants, texte) == (None, None, "marque d'absence")
    nomenclature = Nomenclature(
        "essai",
        pl.DataFrame({"code": ["A"], "libelle": ["Alpha"]}).with_columns(
            pl.lit(None, dtype=pl.String).alias(c) for c in COLONNES[2:]
        ),
    )
    assert issue(nettoyer_modalites, texte, Vocabulaire.de(nomenclature))[0] == couple[1]


@pytest.mark.parametrize("texte", ["-", "?", "??", "…", "/", "--"])
def test_ponctuation_seule(texte: str) -> None:
    assert marque_de(texte) == "NR"


@pytest.mark.parametrize("texte", [None, "", "  ", "0", "Nancy", "SOS", "aucun"])
def test_pas_une_marque(texte: str | None) -> None:
    """Un vide reste un vide, et un mot qui commence pareil reste un mot."""
    assert marque_de(texte) is None


def test_vide() -> None:
    """Pour « si renseigné », un tiret seul est un vide ; une marque écrite ne l'est pas."""
    cadre = pl.DataFrame({"t": [None, "", " \u00a0", "-", "–", "NC", "0"]})
    assert cadre.select(vide(pl.col("t"))).to_series().to_list() == [True] * 5 + [False] * 2
