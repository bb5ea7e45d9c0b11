"""Ce que plusieurs tests partagent : un espace de travail rempli de l'échantillon, et Chromium."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from observatoire.espace import Espace, creer_espace

os.environ["GX_ANALYTICS_ENABLED"] = "false"
# L'espace de qui lance les tests ne doit jamais servir à un test.
os.environ.pop("OBSERVATOIRE_ESPACE", None)
# Ni sa clé : chaque processus de test a la sienne, hors de tout espace.
os.environ["OBSERVATOIRE_CLE"] = str(Path(tempfile.mkdtemp(prefix="observatoire-cle-")) / "tests.cle")

RACINE = Path(__file__).parents[1]
SERVICES_EXEMPLE = ("ltiae", "cllaj")
NOMS_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def racine() -> Path:
    """La racine du projet."""
    return RACINE


@pytest.fixture(scope="session")
def espace_exemple(tmp_path_factory: pytest.TempPathFactory) -> Espace:
    """Un espace neuf où les deux services de l'échantillon sont importés. À lire, jamais à modifier."""
    from observatoire.importation import importer

    espace = creer_espace(tmp_path_factory.mktemp("exemple") / "espace")
    for service in SERVICES_EXEMPLE:
        importer(espace, espace.donnees / "exemple" / service, service)
    return espace


@pytest.fixture(scope="session")
def espace_complet(tmp_path_factory: pytest.TempPathFactory) -> Espace:
    """Un espace où tous les services de l'échantillon sont importés, une fois pour tous les processus de test.

    À lire, jamais à modifier, et jamais à importer de nouveau : sa clé est celle du processus qui l'a fait.
    """
    from filelock import FileLock

    from observatoire.importation import importer

    processus = os.environ.get("PYTEST_XDIST_WORKER")
    commun = tmp_path_factory.getbasetemp().parent if processus else tmp_path_factory.mktemp("complet")
    espace, pret = Espace(commun / "espace-complet"), commun / "espace-complet.pret"
    with FileLock(f"{espace.racine}.verrou"):
        if not pret.exists():
            creer_espace(espace.racine)
            for dossier in sorted(d for d in (espace.donnees / "exemple").iterdir() if d.is_dir()):
                importer(espace, dossier, dossier.name)
            pret.touch()
    return espace


@pytest.fixture
def espace_jetable(espace_exemple: Espace, tmp_path: Path) -> Espace:
    """Une copie de l'espace d'exemple que le test peut abîmer."""
    return Espace(Path(shutil.copytree(espace_exemple.racine, tmp_path / "espace")))


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Le chemin de Chromium ; sans lui le test est sauté, sauf si OBSERVATOIRE_CHROMIUM_EXIGE le rend obligatoire."""
    return trouver_chromium(shutil.which, exige=bool(os.environ.get("OBSERVATOIRE_CHROMIUM_EXIGE")))


def trouver_chromium(cherche: Callable[[str], str | None], *, exige: bool) -> Path:
    """Premier Chromium que `cherche` trouve ; échoue s'il est exigé, saute le test sinon."""
    for nom in NOMS_CHROMIUM:
        if trouve := cherche(nom):
            return Path(trouve)
    if exige:
        pytest.fail("Chromium est exigé ici (OBSERVATOIRE_CHROMIUM_EXIGE) et n'est pas installé.", pytrace=False)
    pytest.skip("Chromium n'est pas installé : les pages ne sont pas ouvertes (paquet « chromium » de Debian).")
