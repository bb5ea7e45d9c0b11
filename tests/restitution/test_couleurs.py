"""Une couleur par modalité : la même partout, lisible par un daltonien et en gris."""

import csv
import math
from itertools import combinations, pairwise

import pytest

from observatoire.restitution import couleurs, graphiques, theme
from observatoire.restitution.cellules import Modalite
from tests.restitution import fabrique

# Ce que voient les trois daltonismes, en lumière linéaire (Machado et al., 2009, sévérité 1).
VISIONS = {
    "toutes les couleurs": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopie": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutéranopie": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopie": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def _lineaire(teinte: str) -> list[float]:
    canaux = (int(teinte[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in canaux]


def _lab(rvb: list[float]) -> tuple[float, float, float]:
    r, v, b = (min(1.0, max(0.0, c)) for c in rvb)
    xyz = (
        (0.4124 * r + 0.3576 * v + 0.1805 * b) / 0.95047,
        0.2126 * r + 0.7152 * v + 0.0722 * b,
        (0.0193 * r + 0.1192 * v + 0.9505 * b) / 1.08883,
    )
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _vue(teinte: str, vision: str) -> tuple[float, float, float]:
    rvb = _lineaire(teinte)
    return _lab([sum(a * b for a, b in zip(ligne, rvb, strict=True)) for ligne in VISIONS[vision]])


@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("vision", VISIONS)
def test_les_modalites_se_distinguent(mode, vision):
    """Un écart de dix est visible d'un coup d'œil (deux se voit à peine)."""
    teintes = [theme.COULEURS[n][mode] for n in theme.MODALITES]
    assert min(math.dist(_vue(a, vision), _vue(b, vision)) for a, b in combinations(teintes, 2)) > 10


@pytest.mark.parametrize("mode", [0, 1])
def test_les_modalites_se_lisent_en_gris(mode):
    clartes = sorted(_lab(_lineaire(theme.COULEURS[n][mode]))[0] for n in theme.MODALITES)
    assert min(b - a for a, b in pairwise(clartes)) > 5.5


@pytest.mark.parametrize("mode", [0, 1])
def test_les_modalites_se_voient_sur_le_papier(mode):
    papier = _lineaire(theme.COULEURS_PAGE["papier"][mode])
    for nom in theme.MODALITES:
        clarte = [0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2] for c in (papier, _lineaire(theme.COULEURS[nom][mode]))]
        assert (max(clarte) + 0.05) / (min(clarte) + 0.05) >= 3, nom


def test_une_modalite_garde_sa_couleur_d_une_figure_a_l_autre():
    """Le rang dans la figure n'y change rien : seul compte le code."""

    def bloc(effectifs):
        table = fabrique.repartition("composition_familiale", "composition", effectifs)
        return fabrique.bloc("b", "barres", ["composition_familiale"], table)

    def tons(effectifs):
        spec = graphiques.graphique(bloc(effectifs)).large
        nommees = [c["data"]["values"] for c in spec["layer"] if c.get("data", {}).get("name") == "cellules"]
        return {c["modalite"]: c["ton"] for c in (nommees[0] if nommees else spec["data"]["values"])}

    grand, petit = tons({"HS": 89, "FS": 67, "CSE": 43}), tons({"CSE": 20, "FS": 9, "HS": 4})
    assert grand == petit and len(set(grand.values())) == 3


def test_genre_et_composition_s_accordent():
    def ton(variable, code):
        return couleurs.ton(variable, Modalite(code, code))

    assert ton("genre", "H") == ton("composition", "HS") and ton("genre", "F") == ton("composition", "FS")
    assert ton("composition_groupe", "Couple avec enfant") == ton("composition", "CAE")
    assert ton("genre", "NR") == ton("contingent", "NR") == "tiers"


def test_une_variable_a_beaucoup_de_modalites_reste_d_une_seule_teinte():
    assert not couleurs.coloree("prescripteur")
    assert {couleurs.ton("prescripteur", Modalite(c, c, r)) for r, c in enumerate("ABCDEFGH")} == {"moyen"}


def test_les_codes_colores_sont_ceux_des_nomenclatures(racine):
    for nom in ("genre", "composition"):
        lignes = list(csv.DictReader((racine / f"data/nomenclatures/{nom}.csv").open(encoding="utf-8")))
        connus = {ligne[c] for ligne in lignes for c in ("code", "regroupement")}
        assert set(couleurs._CODES[nom]) <= connus
    for nom in couleurs._PAR_RANG:
        fichier = racine / f"data/nomenclatures/{nom}.csv"
        if fichier.exists():
            codes = [ligne["code"] for ligne in csv.DictReader(fichier.open(encoding="utf-8"))]
            tons = [couleurs.ton(nom, Modalite(c, c, r)) for r, c in enumerate(codes) if c not in ("NR", "SO", "NSP")]
            assert len(set(tons)) == len(tons) and "moyen" not in tons, nom
