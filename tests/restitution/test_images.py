"""L'image allégée peint la même chose que celle du moteur, en bien moins d'octets."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
import vl_convert

from observatoire.cahiers.figures import contours_departements
from observatoire.cahiers.reglage import departements
from observatoire.espace import Espace
from observatoire.restitution import graphiques, theme
from observatoire.restitution.cartes import carte
from observatoire.restitution.images import alleger
from tests.cahier.test_cartes import VALEURS
from tests.restitution import fabrique

HERITEES = (
    "fill",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "font-size",
    "font-weight",
    "font-family",
    "text-anchor",
)
BLOCS = {
    "barres": fabrique.bloc_repartition,
    "colonnes": fabrique.bloc_serie,
    "annees": fabrique.bloc_historique,
    "matrice": fabrique.bloc_matrice,
    "comparaison": fabrique.bloc_comparaison,
}


def _spec(nom: str, racine: Path) -> dict:
    if nom != "carte":
        return graphiques.graphique(BLOCS[nom]()).large
    espace = Espace(racine)
    noms = departements(espace, "52")
    return carte(contours_departements(espace, noms), noms, VALEURS).large


def _peints(svg: str) -> list[tuple]:
    """Ce que l'image peint : forme ou texte, style hérité compris, et place absolue de chacun."""
    peints = []

    def lire(element: ElementTree.Element, style: dict[str, str], x: float, y: float) -> None:
        style = style | {nom: element.get(nom) for nom in HERITEES if nom in element.attrib}
        for dx, dy in re.findall(r"translate\(([-\d.e]+),([-\d.e]+)\)", element.get("transform", "")):
            x, y = x + float(dx), y + float(dy)
        balise = element.tag.rpartition("}")[2]
        if balise in ("text", "tspan") and (element.text or "").strip():
            peints.append((balise, element.text, style, (x, y), "rotate" in element.get("transform", "")))
        elif balise in ("path", "line", "circle") and (style.get("fill") != "none" or style.get("stroke")):
            nombres = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", element.get("d", ""))]
            peints.append((balise, "", style, (x, y), (min(nombres, default=0), max(nombres, default=0))))
        for enfant in element:
            lire(enfant, style, x, y)

    lire(ElementTree.fromstring(svg), {}, 0.0, 0.0)
    return peints


@pytest.mark.parametrize("nom", [*BLOCS, "carte"])
def test_la_meme_image_en_moins_d_octets(nom, racine):
    entiere = vl_convert.vegalite_to_svg(_spec(nom, racine), **theme.options_rendu())
    legere = alleger(entiere)
    avant, apres = _peints(entiere), _peints(legere)
    assert len(avant) == len(apres) > 3
    for un, deux in zip(avant, apres, strict=True):
        assert un[:3] == deux[:3]
        assert un[3] == pytest.approx(deux[3], abs=0.2) and un[4] == pytest.approx(deux[4], abs=0.06)
    assert len(legere) < 0.62 * len(entiere)
    assert alleger(legere) == legere, "alléger deux fois ne change rien"


def test_texte_hostile_reste_du_texte():
    svg = alleger('<svg xmlns="http://www.w3.org/2000/svg"><g><text>&lt;script&gt; &amp; « "é" »</text></g></svg>')
    assert "<script" not in svg and '&lt;script&gt; &amp; « "é" »' in svg
