"""Les pièces d'un document Word que python-docx n'écrit pas : champs, signets, zones, liens internes, légendes."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph


def element(nom: str, texte: str | None = None, **attributs: str) -> Any:
    """Un élément XML de Word ; `val="x"` y devient `w:val="x"`."""
    fait = OxmlElement(nom)
    for cle, valeur in attributs.items():
        fait.set(qn(f"w:{cle}"), valeur)
    if texte is not None:
        fait.text = texte
        fait.set(qn("xml:space"), "preserve")
    return fait


def champ(paragraphe: Paragraph, instruction: str, resultat: str, perime: bool = False) -> None:
    """Un champ et son résultat provisoire ; `perime` : à recalculer à l'ouverture."""
    debut = element("w:fldChar", fldCharType="begin")
    if perime:
        debut.set(qn("w:dirty"), "true")
    pieces = (
        debut,
        element("w:instrText", f" {instruction} "),
        element("w:fldChar", fldCharType="separate"),
        element("w:t", resultat),
        element("w:fldChar", fldCharType="end"),
    )
    for piece in pieces:
        course = element("w:r")
        course.append(piece)
        paragraphe._p.append(course)


def lien_interne(paragraphe: Paragraph, signet: str, courses: Iterable[Any]) -> None:
    """Un lien vers un signet du document."""
    lien = element("w:hyperlink", anchor=signet, history="1")
    for course in courses:
        lien.append(course)
    paragraphe._p.append(lien)


class Numeros:
    """Les numéros d'ordre qu'un document ne doit pas répéter : signets, images, listes."""

    def __init__(self) -> None:
        self._signet = self._image = 0

    def signet(self) -> str:
        self._signet += 1
        return str(self._signet)

    def image(self) -> str:
        self._image += 1
        return str(self._image)


def poser_signet(paragraphe: Paragraph, nom: str, numeros: Numeros) -> None:
    """Entoure le contenu d'un paragraphe d'un signet."""
    numero, p = numeros.signet(), paragraphe._p
    debut = element("w:bookmarkStart", id=numero, name=nom)
    if p.pPr is not None:
        p.pPr.addnext(debut)
    else:
        p.insert(0, debut)
    p.append(element("w:bookmarkEnd", id=numero))


def zone(nom: str, titre: str, blocs: Iterable[Any], vide: bool, numeros: Numeros) -> list[Any]:
    """Une zone à remplir : un contrôle de contenu entre les deux bouts d'un signet du même nom.

    Le signet est hors du contrôle : le texte tapé à la place de l'invitation ne l'emporte pas.
    """
    reglages = element("w:sdtPr")
    reglages.append(element("w:alias", val=f"Commentaire : {titre}"[:64]))
    reglages.append(element("w:tag", val=nom))
    reglages.append(element("w:id", val=str(zlib.crc32(nom.encode("utf-8")) & 0x7FFFFFFF)))
    reglages.append(element("w:lock", val="sdtLocked"))  # la zone ne s'efface pas d'un geste, son texte oui
    if vide:
        reglages.append(element("w:showingPlcHdr"))
    corps = element("w:sdtContent")
    for bloc in blocs:
        corps.append(bloc)
    controle = element("w:sdt")
    controle.append(reglages)
    controle.append(corps)
    numero = numeros.signet()
    return [element("w:bookmarkStart", id=numero, name=nom), controle, element("w:bookmarkEnd", id=numero)]
