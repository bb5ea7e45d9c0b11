"""Les communes : code Insee ou nom ; une inconnue est signalée, jamais devinée."""

from __future__ import annotations

import polars as pl
import pytest

from observatoire.espace import Espace, racine_gabarit
from observatoire.nettoyage.communes import (
    NATURE_HOMONYME,
    NATURE_INCONNUE,
    NATURE_NOM,
    NATURE_ZERO,
    Communes,
    lire_communes,
    nettoyer_communes,
)
from tests.nettoyage.outils import issue

COMMUNES = Communes.de(
    pl.DataFrame(
        [("62427", "Hénin-Beaumont"), ("01004", "Ambérieu-en-Bugey"), ("2A004", "Ajaccio"), ("42207", "Saint-Chamond"),
         ("93066", "Saint-Denis"), ("11339", "Saint-Denis")],
        schema=["code", "libelle"], orient="row",
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("ecriture", "attendu"),
    [
        ("62427", ("62427", None, None)),
        ("2a004", ("2A004", None, None)),
        ("1004", ("01004", None, NATURE_ZERO)),
        ("HENIN  BEAUMONT", ("62427", None, NATURE_NOM)),
        ("St Chamond", ("42207", None, NATURE_NOM)),
        ("Saint-Denis", (None, None, NATURE_HOMONYME)),
        ("Trifouilly", (None, None, NATURE_INCONNUE)),
        ("99999", (None, None, NATURE_INCONNUE)),
        ("NC", (None, None, "marque d'absence")),
        ("", (None, None, None)),
    ],
)
def test_commune(ecriture: str, attendu: tuple[str | None, str | None, str | None]) -> None:
    assert issue(nettoyer_communes, ecriture, COMMUNES) == attendu


def test_referentiel_livre() -> None:
    communes = lire_communes(Espace(racine_gabarit()))
    assert len(communes.codes) > 30_000
    assert communes.reconnaitre("Liévin") == ("62510", NATURE_NOM)
