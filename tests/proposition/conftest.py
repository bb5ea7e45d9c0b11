"""Un espace de travail sans aucun service, et une clé de pseudonymes qui ne sert qu'aux tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from observatoire.espace import Espace


@pytest.fixture
def espace_neuf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Espace:
    """Un espace vide : vocabulaires, référentiels et suites sont ceux livrés."""
    monkeypatch.setenv("OBSERVATOIRE_CLE", str(tmp_path / "cles" / "essai.cle"))
    (tmp_path / "espace" / "data" / "services").mkdir(parents=True)
    return Espace.ouvrir(tmp_path / "espace")
