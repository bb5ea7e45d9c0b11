"""Alléger une image fixe : ce qu'une page en affiche, sans ce que le moteur d'images écrit pour lui-même."""

from __future__ import annotations

import re
from xml.etree import ElementTree

_ESPACE_NOMS = "http://www.w3.org/2000/svg"
_DECLARATION = re.compile(r' xmlns(?::xlink)?="[^"]*"')
_NOMBRE = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_DEPLACEMENT = re.compile(r"translate\([^)]*\)")
# Le coin arrondi de rayon nul que le moteur écrit au pied de chaque barre : une courbe qui ne va nulle part.
_COIN_NUL = re.compile(r"(-?[\d.]+,-?[\d.]+)C\1,\1,\1(?=[A-Z])")
# Propriétés dont un groupe fait hériter ses enfants.
_HERITEES = (
    "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin",
    "font-family", "font-size", "font-weight", "text-anchor",
)  # fmt: skip
_MUETS = ("class", "role", "aria-roledescription", "aria-hidden", "version")


def alleger(svg: str) -> str:
    """La même image en moins d'octets : coordonnées au dixième de pixel, propriétés communes écrites une fois.

    `svg` : une image du moteur, seule et bien formée. Le texte et les couleurs restent ; les classes et
    rôles du moteur, que rien ne lit (la figure décrit l'image), s'en vont.
    """
    racine = ElementTree.fromstring(_DECLARATION.sub("", svg))
    _nettoyer(racine)
    racine.attrib = {"xmlns": _ESPACE_NOMS, **racine.attrib}
    return ElementTree.tostring(racine, encoding="unicode", short_empty_elements=True).replace(" />", "/>")


def _nettoyer(element: ElementTree.Element) -> None:
    for enfant in list(element):
        fond = _fond_transparent(enfant)
        _nettoyer(enfant)
        if fond or (enfant.tag == "g" and not len(enfant)):
            element.remove(enfant)
    for nom in _MUETS:
        element.attrib.pop(nom, None)
    if "d" in element.attrib:
        element.set("d", _COIN_NUL.sub(r"\1", _arrondir(element.get("d", ""))))
    if "transform" in element.attrib:
        _replacer(element)
    _remonter(element)
    _fondre(element)


def _fond_transparent(element: ElementTree.Element) -> bool:
    """Les plans vides que le moteur met sous et sur chaque dessin."""
    plan = element.get("class") in ("background", "foreground")
    return plan and (element.get("display") == "none" or not ({"fill", "stroke"} & set(element.attrib)))


def _arrondir(texte: str) -> str:
    return _NOMBRE.sub(lambda lu: _court(float(lu[0])), texte)


def _court(nombre: float) -> str:
    return f"{round(nombre, 1) + 0:g}" if abs(nombre) < 1e5 else f"{nombre:.0f}"


def _replacer(element: ElementTree.Element) -> None:
    """Arrondit les déplacements ; ôte celui qui ne déplace rien."""
    place = _DEPLACEMENT.sub(lambda lu: _arrondir(lu[0]), element.get("transform", ""))
    place = place.replace("translate(0,0)", "").strip()
    if place:
        element.set("transform", place)
    else:
        del element.attrib["transform"]


def _remonter(element: ElementTree.Element) -> None:
    """Écrit une fois, sur le groupe, ce que tous ses enfants répètent."""
    if element.tag not in ("g", "svg") or not len(element):
        return
    for nom in _HERITEES:
        valeurs = {enfant.get(nom) for enfant in element}
        if len(valeurs) == 1 and None not in valeurs:
            element.set(nom, valeurs.pop() or "")
            for enfant in element:
                del enfant.attrib[nom]


def _fondre(element: ElementTree.Element) -> None:
    """Remplace par leurs enfants les groupes qui ne disent plus rien."""
    for rang, enfant in reversed(list(enumerate(element))):
        if enfant.tag == "g" and not enfant.attrib:
            element[rang : rang + 1] = list(enfant)
