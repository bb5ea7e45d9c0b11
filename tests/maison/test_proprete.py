"""Ce qu'aucun fichier du projet ne doit contenir."""

from __future__ import annotations

import re

import nbformat
import pytest

from tests.maison.fichiers import RACINE, fichiers_du_projet, textes_du_projet

INTERDITS = {
    "chemin absolu d'une machine": r"(?<![\w.~$)}*-])/(?:home|root|work|Users|opt|mnt|tmp)/\w|\b[A-Z]:\\\\?\w+\\",
    "hôte d'un dépôt de paquets": r"\b(?:pypi\.org|pythonhosted\.org|registry\.[a-z.]+|npmjs\.(?:org|com)"
    r"|conda\.anaconda\.org|artifactory|unpkg\.com)\b",
    "adresse électronique": r"\b[\w.+-]+@[\w-]+\.[a-z]{2,}\b",
    "numéro de téléphone": r"(?<![\d.,-])0[1-9](?:[ .]\d{2}){4}(?![\d.,-])",
}
PIECES = (
    "docs",
    "docs/decisions",
    "notebooks",
    "expectations",
    "reports",
    "data/services",
    "data/nomenclatures",
    "data/referentiels",
    "data/publie",
    "data/exemple/ltiae",
    "data/exemple/cllaj",
    "src/observatoire/collecte",
    "src/observatoire/nettoyage",
    "src/observatoire/qualite",
    "src/observatoire/univers",
    "src/observatoire/indicateurs",
    "src/observatoire/protection",
    "src/observatoire/restitution",
    "src/observatoire/campagne",
    "tests/reference",
    "tests/pages",
)
CE_TEST = "tests/maison/test_proprete.py"


@pytest.fixture(scope="module")
def textes() -> dict[str, str]:
    textes = textes_du_projet()
    textes.pop(CE_TEST)
    assert len(textes) > 50, "le garde-fou doit avoir lu le projet"
    return textes


@pytest.mark.parametrize("quoi", INTERDITS)
def test_aucun_fichier_ne_contient(quoi: str, textes: dict[str, str]) -> None:
    """Ni machine, ni dépôt, ni coordonnées dans un fichier du projet."""
    trouves = [
        f"{nom}:{texte.count(chr(10), 0, m.start()) + 1} {m.group()}"
        for nom, texte in textes.items()
        for m in re.finditer(INTERDITS[quoi], texte)
    ]
    assert not trouves, f"{quoi} : {trouves[:10]}"


@pytest.mark.parametrize(
    ("quoi", "exemple"),
    [
        ("chemin absolu d'une machine", "lire('/home/moi/donnees.csv')"),
        ("chemin absolu d'une machine", r"C:\Users\moi"),
        ("hôte d'un dépôt de paquets", "--index-url https://pypi.org/simple"),
        ("adresse électronique", "écrire à quelqu.un@exemple.fr"),
        ("numéro de téléphone", "tél. 03 21 00 00 00"),
    ],
)
def test_le_garde_fou_reconnait(quoi: str, exemple: str) -> None:
    """Un garde-fou qui ne voit rien ne garde rien."""
    assert re.search(INTERDITS[quoi], exemple)


def test_les_carnets_n_ont_pas_de_sortie() -> None:
    """Une sortie de carnet pourrait montrer des données de personnes."""
    carnets = [f for f in fichiers_du_projet() if f.suffix == ".ipynb"]
    assert carnets, "aucun carnet trouvé"
    for carnet in carnets:
        cellules = [c for c in nbformat.read(carnet, as_version=4).cells if c.cell_type == "code"]
        assert cellules, f"{carnet.name} n'a pas de cellule de code"
        assert not [c.id for c in cellules if c.outputs or c.execution_count], f"{carnet.name} a gardé des sorties"


def test_les_pieces_ne_sont_pas_vides() -> None:
    """Chaque pièce de la maison existe et tient plus qu'un fichier vide."""
    pieces: dict[str, int] = dict.fromkeys(PIECES, 0)
    for fichier in fichiers_du_projet():
        piece = fichier.parent.relative_to(RACINE).as_posix()
        pieces[piece] = pieces.get(piece, 0) + fichier.stat().st_size
    assert len(pieces) > 15
    assert [piece for piece, octets in pieces.items() if not octets] == []


def test_les_donnees_de_personnes_sont_ignorees_par_git() -> None:
    """Ni dépôt, ni entrepôt, ni rapport dans le projet (hors le LISEZ-MOI des rapports)."""
    noms = [f.relative_to(RACINE).as_posix() for f in fichiers_du_projet()]
    assert "reports/README.md" in noms or not any(n.startswith("reports/") for n in noms)
    interdits = [n for n in noms if n.startswith(("data/depot/", "data/entrepot/", "reports/"))]
    assert [n for n in interdits if n != "reports/README.md"] == []
    ignores = (RACINE / ".gitignore").read_text(encoding="utf-8").split()
    assert {"/data/depot/", "/data/entrepot/", "/reports/*"} <= set(ignores)
