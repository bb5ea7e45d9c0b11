"""Sans Chromium un test de page est sauté avec une raison, et échoue là où Chromium est exigé."""

from __future__ import annotations

import pytest

from tests.conftest import trouver_chromium


def test_chromium_trouve() -> None:
    """Le premier nom connu l'emporte."""
    assert str(trouver_chromium(lambda nom: f"bin/{nom}", exige=True)) == "bin/chromium"


def test_chromium_absent_saute_le_test() -> None:
    """Sur une machine sans Chromium, la raison du saut est imprimée."""
    with pytest.raises(pytest.skip.Exception, match="Chromium n'est pas installé"):
        trouver_chromium(lambda nom: None, exige=False)


def test_chromium_exige_fait_echouer() -> None:
    """En intégration continue, un saut serait une panne cachée."""
    with pytest.raises(pytest.fail.Exception, match="exigé"):
        trouver_chromium(lambda nom: None, exige=True)
