"""Les trois façons de dire l'environnement (projet, conda, verrous) disent la même chose."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from observatoire.espace import GABARIT
from tests.maison.fichiers import RACINE, fichiers_du_projet

PROJET = tomllib.loads((RACINE / "pyproject.toml").read_text(encoding="utf-8"))
# Ce que conda fournit et que le projet n'a pas à déclarer.
PROPRES_A_CONDA = {"pip"}


def _decoupe(exigences: list[str]) -> dict[str, set[str]]:
    """« nom>=1,<2 » → nom et ensemble de bornes."""
    decoupees = {}
    for exigence in exigences:
        nom, bornes = re.fullmatch(r"([\w.-]+)\s*(.*)", exigence).groups()
        decoupees[nom] = {b.strip() for b in bornes.split(",") if b.strip()}
    return decoupees


def test_conda_a_les_memes_bibliotheques_et_les_memes_bornes() -> None:
    """environment.yml suit pyproject.toml, aux noms de conda-forge près."""
    attendues = _decoupe(PROJET["project"]["dependencies"] + PROJET["project"]["optional-dependencies"]["construction"])
    conda = yaml.safe_load((RACINE / "environment.yml").read_text(encoding="utf-8"))
    trouvees = _decoupe(conda["dependencies"])
    for nom in PROPRES_A_CONDA:
        trouvees.pop(nom)
    # Une version, en « = » : repo2docker ne reconnaît que cette écriture.
    (python,) = trouvees.pop("python")
    assert SpecifierSet(PROJET["project"]["requires-python"]).contains(python.removeprefix("="))
    assert len(attendues) > 15
    assert trouvees == attendues
    assert conda["channels"][0] == "conda-forge"


@pytest.mark.parametrize("verrou", ["requirements.lock", "requirements-dev.lock", "requirements-uv.lock"])
def test_le_verrou_est_fige_et_sans_index(verrou: str) -> None:
    """Chaque bibliothèque a une version et une empreinte ; aucune ligne ne dit où la prendre."""
    texte = (RACINE / verrou).read_text(encoding="utf-8")
    blocs = re.findall(r"^[a-z0-9].*(?:\n .*)*", texte, flags=re.M)
    assert blocs
    assert [b.split("\n")[0] for b in blocs if "==" not in b.split("\n")[0] or "--hash=sha256:" not in b] == []
    assert not re.search(r"^--|index-url|find-links|https?://", texte, flags=re.M)


def test_les_verrous_couvrent_le_projet() -> None:
    """Ce que le projet déclare est figé, et les deux verrous s'accordent."""
    facultatives = PROJET["project"]["optional-dependencies"]
    execution = _decoupe(PROJET["project"]["dependencies"] + facultatives["construction"])
    figees = _figees("requirements.lock")
    figees_dev = _figees("requirements-dev.lock")
    assert set(execution) <= set(figees)
    assert set(_decoupe(facultatives["dev"])) <= set(figees_dev)
    assert {ligne: v for ligne, v in figees.items() if figees_dev.get(ligne) != v} == {}


def test_les_verrous_laissent_le_controle_couteux_de_cote() -> None:
    """rfc3987-syntax ralentirait chaque démarrage d'une seconde ; il ne doit pas revenir avec un nouveau verrou."""
    for verrou in ("requirements.lock", "requirements-dev.lock"):
        figees = _figees(verrou)
        assert "jsonschema" in figees
        assert "rfc3987-syntax" not in figees


def _figees(verrou: str) -> dict[str, set[str]]:
    """Nom → versions figées (une bibliothèque peut en avoir plusieurs selon la version de Python)."""
    figees: dict[str, set[str]] = {}
    for nom, version in re.findall(r"^([\w.-]+)==(\S+)", (RACINE / verrou).read_text(encoding="utf-8"), flags=re.M):
        figees.setdefault(nom, set()).add(version)
    return figees


def test_le_paquet_embarque_le_gabarit(tmp_path: Path) -> None:
    """Le paquet construit livre, à l'identique, tous les fichiers que `init` recopie."""
    construire = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(construire, cwd=RACINE, check=True, capture_output=True)
    (paquet,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(paquet) as archive:
        embarques = {nom for nom in archive.namelist() if nom.startswith("observatoire/_gabarit/")}
        noms = set(archive.namelist())
    projet = {f.relative_to(RACINE).as_posix() for f in fichiers_du_projet()}
    attendus = {f for f in projet if f in GABARIT or f.startswith(tuple(f"{d}/" for d in GABARIT))}
    assert len(attendus) > 50
    assert {f"observatoire/_gabarit/{f}" for f in attendus} == embarques
    code = {f.removeprefix("src/") for f in projet if f.startswith("src/observatoire/")}
    assert code <= noms


def test_chaque_dependance_est_justifiee() -> None:
    """Une bibliothèque déclarée est citée, en gras, dans une page de docs/decisions."""
    pages = "\n".join(f.read_text(encoding="utf-8") for f in (RACINE / "docs" / "decisions").glob("*.md"))
    citees = {nom.lower() for nom in re.findall(r"\*\*([\w.-]+)\*\*", pages)}
    projet = PROJET["project"]
    declarees = _decoupe(sum(projet["optional-dependencies"].values(), projet["dependencies"]))
    assert len(declarees) > 25
    assert sorted(set(declarees) - citees) == []
