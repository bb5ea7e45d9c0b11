"""Le moteur de carnets : sorties d'un noyau, carnets étanches, travailleurs remplacés."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from observatoire.campagne.executer import expliquer
from observatoire.campagne.moteur import NOM_MOTEUR, ErreurCarnet, equipe


def carnet(dossier: Path, nom: str, *cellules: str) -> Path:
    """Un carnet dont la première cellule porte les paramètres."""
    cadre = new_notebook(cells=[new_markdown_cell("# Essai"), *map(new_code_cell, cellules)])
    cadre.cells[1].metadata["tags"] = ["parameters"]
    cadre.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    fichier = dossier / f"{nom}.ipynb"
    nbformat.write(cadre, fichier)
    return fichier


def sorties(execute: str) -> list[dict]:
    return [s for c in json.loads(execute)["cells"] for s in c.get("outputs", ())]


@pytest.fixture(scope="module")
def atelier():
    with equipe(1) as groupe:
        yield groupe


def test_sorties_comme_un_noyau(tmp_path, atelier):
    """Ce qui s'écrit, s'affiche et se renvoie est rangé ; les paramètres sont injectés ; le format est valide."""
    fichier = carnet(tmp_path, "sorties", "a = 1", "print('écrit')\ndisplay({'b': a})\na + 1")
    execute = atelier.executer(fichier, {"a": 41})
    nbformat.validate(nbformat.reads(execute, as_version=4))
    assert [s["output_type"] for s in sorties(execute)] == ["stream", "display_data", "execute_result"]
    assert "".join(sorties(execute)[0]["text"]) == "écrit\n"
    assert "".join(sorties(execute)[1]["data"]["text/plain"]) == "{'b': 41}"
    assert "".join(sorties(execute)[2]["data"]["text/plain"]) == "42"


def test_deux_carnets_ne_se_voient_pas(tmp_path, atelier):
    """Le second carnet du même travailleur ne retrouve rien du premier."""
    atelier.executer(carnet(tmp_path, "premier", "secret = 1"), {})
    execute = atelier.executer(carnet(tmp_path, "second", "a = 0", "'secret' in globals()"), {})
    assert "".join(sorties(execute)[0]["data"]["text/plain"]) == "False"


def test_l_erreur_d_une_cellule_arrete_le_carnet_et_se_lit(tmp_path, atelier):
    fichier = carnet(tmp_path, "erreur", "a = 0", "raise ValueError('base vide')", "a = 1")
    with pytest.raises(ErreurCarnet) as levee:
        atelier.executer(fichier, {})
    assert expliquer(levee.value) == "ValueError : base vide"
    suivant = atelier.executer(carnet(tmp_path, "apres", "a = 2", "a"), {})
    assert "".join(sorties(suivant)[0]["data"]["text/plain"]) == "2"


@pytest.mark.parametrize(
    ("erreur", "dite"),
    [
        (KeyError("M-2022-014"), "KeyError : une clé attendue manque."),
        (ValueError("date \"12/13/1987\" de ['Zoé'] illisible"), "ValueError : date … de … illisible"),
        (RuntimeError("l'atelier s'est arrêté"), "RuntimeError : l'atelier s'est arrêté"),
    ],
)
def test_l_erreur_d_une_bibliotheque_ne_cite_aucune_donnee(erreur, dite):
    assert expliquer(erreur) == dite


def test_un_travailleur_mort_est_remplace(tmp_path):
    """Un carnet qui tue une fois son processus est repris par un neuf."""
    temoin = tmp_path / "temoin"
    tuer = (
        f"import os, pathlib, signal\nt = pathlib.Path({str(temoin)!r})\n"
        "if not t.exists():\n    t.touch()\n    os.kill(os.getpid(), signal.SIGKILL)"
    )
    with equipe(1) as groupe:
        execute = groupe.executer(carnet(tmp_path, "mortel", "a = 0", tuer, "'vivant'"), {})
    assert temoin.exists()
    assert "vivant" in "".join(sorties(execute)[0]["data"]["text/plain"])


def test_papermill_connait_le_moteur():
    """Le point d'entrée déclaré permet `papermill --engine`."""
    from importlib.metadata import entry_points

    (declare,) = entry_points(group="papermill.engine", name=NOM_MOTEUR)
    assert declare.value == "observatoire.campagne.moteur_papermill:MoteurChaud"
