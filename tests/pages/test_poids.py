"""Ce que pèse une page, et ce qu'elle garde une fois comprimée."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path

import pytest

from observatoire.campagne.donnees import preparer_rapport
from observatoire.campagne.publier import publier
from observatoire.espace import Espace
from observatoire.restitution.gabarit import politique, script, vega
from observatoire.restitution.rapport import Rapport, nommer_unites
from tests.restitution import fabrique

LIMITE = 1_000_000  # octets ; la demande dit 1,6 Mo pour vingt graphiques, la plus lourde en a près de cinquante


@pytest.fixture(scope="module")
def carnet(espace_exemple: Espace, tmp_path_factory) -> Path:
    """Le rapport le plus lourd de l'échantillon, fait sans noyau."""
    donnees = nommer_unites(preparer_rapport(espace_exemple, "cllaj", 2022, "interne"))
    return fabrique.carnet_execute(Rapport(donnees), tmp_path_factory.mktemp("poids"))


@pytest.fixture(scope="module")
def page(carnet: Path) -> str:
    cible = publier(carnet, carnet.with_suffix(".html"), "CLLAJ 2022", "interne")
    assert cible.stat().st_size < LIMITE
    return cible.read_text(encoding="utf-8")


def _deplier(page: str, bloc: str) -> str:
    return zlib.decompress(base64.b64decode(re.search(rf'id="{bloc}">([^<]*)<', page)[1])).decode("utf-8")


def test_le_plus_lourd_des_rapports_reste_leger(page):
    """Près de cinquante graphiques ; le moteur et leurs spécifications n'en font pas la moitié."""
    assert page.count('class="graphique') >= 40
    images = sum(len(svg.encode()) for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL))
    assert images < 2_600 * page.count("<svg")
    assert len(re.search(r'id="vega">([^<]*)<', page)[1]) < 430_000
    assert len(re.search(r'id="dessins">([^<]*)<', page)[1]) < 40_000


def test_la_page_rend_les_specifications_du_carnet(page, carnet):
    """Chaque figure désigne la sienne, dans l'ordre, et rien n'en reste en clair."""
    sorties = [o for c in json.loads(carnet.read_text(encoding="utf-8"))["cells"] for o in c["outputs"]]
    lues = "".join("".join(o["data"]["text/html"]) for o in sorties)
    attendues = [json.loads(s) for s in re.findall(r'application/json">(.*?)</script>', lues, re.DOTALL)]
    rangs = [int(r) for r in re.findall(r'application/json">(.*?)</script>', page, re.DOTALL)]
    dessins = json.loads(_deplier(page, "dessins"))["dessins"]
    assert len(attendues) >= 40 and sorted(rangs) == list(range(len(rangs)))
    assert dessins == attendues and rangs == sorted(rangs)


def test_le_moteur_deplie_est_celui_que_la_politique_admet(page):
    assert _deplier(page, "vega") == vega()
    assert politique((script(), vega())) in page.replace("&#39;", "'")
    assert "unsafe-eval" not in page[:4000]
