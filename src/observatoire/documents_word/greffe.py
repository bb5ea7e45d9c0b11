"""Remettre dans un document neuf des blocs écrits dans un autre : styles, listes, images et liens suivent."""

from __future__ import annotations

import copy
import io
from typing import Any

from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.oxml.ns import qn

from observatoire.documents_word.ooxml import Numeros, element

_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_LIENS = tuple(f"{_ID}{n}" for n in ("embed", "link", "id", "pict", "dm", "lo", "qs", "cs"))
PERDU = "[objet non repris : recollez-le depuis le fichier d'origine]"


class Greffe:
    """Adapte au document neuf les blocs d'un document rempli."""

    def __init__(self, document: Document, numeros: Numeros) -> None:
        self.document, self.numeros = document, numeros
        self._styles = {(s.type, (s.name or "").lower()): s.style_id for s in document.styles}
        self._listes: dict[tuple[int, str], str] = {}
        self.objets_perdus = 0

    def bloc(self, bloc: Any, source: Any) -> Any:
        """Une copie du bloc, prête à insérer ; le texte est le même, à la lettre."""
        copie = copy.deepcopy(bloc)
        self._adapter_styles(copie, source)
        for paragraphe in copie.iter(qn("w:p")):
            self._liste(paragraphe, source)
        self._adapter_liens(copie, source)
        for dessin in copie.iter("{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"):
            dessin.set("id", self.numeros.image())
        for numero in list(copie.iter(qn("w:id"))):
            if numero.getparent().tag == qn("w:sdtPr"):
                numero.getparent().remove(numero)
        return copie

    # Styles

    def _adapter_styles(self, copie: Any, source: Any) -> None:
        """Retrouve chaque style par son nom ; un style que le document neuf n'a pas laisse place au courant."""
        noms = {s.style_id: (s.type, (s.name or "").lower()) for s in source.document.styles}
        for balise in ("w:pStyle", "w:rStyle", "w:tblStyle"):
            for reference in list(copie.iter(qn(balise))):
                identifiant = self._styles.get(noms.get(reference.get(qn("w:val"))))
                if identifiant is None:
                    reference.getparent().remove(reference)
                else:
                    reference.set(qn("w:val"), identifiant)

    # Listes

    def _liste(self, paragraphe: Any, source: Any) -> None:
        """Une puce ou un numéro posés à la main deviennent le style de liste du document, au même niveau."""
        numerotation = paragraphe.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        if numerotation is None:
            return
        numero, niveau = (_valeur(numerotation, n) for n in ("w:numId", "w:ilvl"))
        numerotation.getparent().remove(numerotation)
        if numero in ("", "0"):
            return
        puce = nature_liste(source, numero, niveau or "0") == "bullet"
        nom = ("List Bullet" if puce else "List Number") + (" 2" if (niveau or "0") > "0" else "")
        identifiant = next((i for (_, n), i in self._styles.items() if n == nom.lower()), None)
        if identifiant is None:
            return
        paragraphe.get_or_add_pPr().style = identifiant
        if not puce:
            neuf = self._listes.setdefault((id(source), numero), "")
            if not neuf:
                neuf = self._listes[(id(source), numero)] = recommencer(self.document, nom)
            poser_liste(paragraphe, neuf)

    # Images et liens

    def _adapter_liens(self, copie: Any, source: Any) -> None:
        """Recopie les images et les adresses ; un objet d'une autre nature est remplacé par un avis."""
        for piece in list(copie.iter()):
            for attribut in _LIENS:
                ancien = piece.get(attribut)
                if ancien is None:
                    continue
                nouveau = self._relier(source, ancien)
                if nouveau is None:
                    self._remplacer(piece)
                    break
                piece.set(attribut, nouveau)

    def _relier(self, source: Any, ancien: str) -> str | None:
        lien = source.rels.get(ancien)
        if lien is None:
            return None
        if lien.is_external:
            return self.document.part.relate_to(lien.target_ref, lien.reltype, is_external=True)
        if lien.reltype != RT.IMAGE:
            return None
        try:
            return self.document.part.get_or_add_image(io.BytesIO(lien.target_part.blob))[0]
        except Exception:  # un format que la bibliothèque ne mesure pas (SVG, WMF) est recopié tel quel
            from docx.opc.part import Part

            paquet = self.document.part.package
            extension = lien.target_part.partname.ext
            nom = paquet.next_partname(f"/word/media/repris%d.{extension}")
            partie = Part(nom, lien.target_part.content_type, lien.target_part.blob, paquet)
            return self.document.part.relate_to(partie, RT.IMAGE)

    def _remplacer(self, piece: Any) -> None:
        """Met un avis à la place d'un objet qui ne se recopie pas (graphique de tableur, formulaire)."""
        for parent in (piece, *piece.iterancestors()):
            if parent.tag in (qn("w:drawing"), qn("w:pict"), qn("w:object")) and parent.getparent() is not None:
                parent.getparent().replace(parent, element("w:t", PERDU))
                self.objets_perdus += 1
                return
        for attribut in _LIENS:
            piece.attrib.pop(attribut, None)


def _valeur(numerotation: Any, nom: str) -> str:
    piece = numerotation.find(qn(nom))
    return piece.get(qn("w:val"), "") if piece is not None else ""


def nature_liste(source: Any, numero: str, niveau: str) -> str:
    """« bullet », « decimal »… : la nature d'une liste de l'ancien document ; une puce si elle ne se lit pas."""
    try:
        racine = source.numbering_part.element
    except (KeyError, NotImplementedError):
        return "bullet"
    for num in racine.iterchildren(qn("w:num")):
        if num.get(qn("w:numId")) == numero:
            modele = _valeur(num, "w:abstractNumId")
            for abstrait in racine.iterchildren(qn("w:abstractNum")):
                if abstrait.get(qn("w:abstractNumId")) == modele:
                    for palier in abstrait.iterchildren(qn("w:lvl")):
                        if palier.get(qn("w:ilvl")) == niveau:
                            return _valeur(palier, "w:numFmt") or "bullet"
    return "bullet"


def recommencer(document: Document, style: str) -> str:
    """Une numérotation neuve, qui repart de 1, au format du style de liste ; vide si le style n'en a pas."""
    trouve = next((s for s in document.styles if (s.name or "").lower() == style.lower()), None)
    origine = trouve.element.find(f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:numId')}") if trouve is not None else None
    if origine is None:
        return ""
    racine = document.part.numbering_part.element
    modele = next(
        (
            _valeur(n, "w:abstractNumId")
            for n in racine.iterchildren(qn("w:num"))
            if n.get(qn("w:numId")) == origine.get(qn("w:val"))
        ),
        "",
    )
    if not modele:
        return ""
    num = racine.add_num(int(modele))
    palier = num.add_lvlOverride(0)
    palier.add_startOverride(1)
    return str(num.numId)


def poser_liste(paragraphe: Any, numero: str) -> None:
    """Rattache un paragraphe à une numérotation."""
    if numero:
        numerotation = paragraphe.get_or_add_pPr().get_or_add_numPr()
        numerotation.get_or_add_ilvl().val = 0
        numerotation.get_or_add_numId().val = int(numero)
