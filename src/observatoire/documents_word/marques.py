"""Ce qu'un document garde de sa fabrication : quel document c'est, ses zones, et l'empreinte de chaque texte produit.

Les empreintes permettent, au retour, de reconnaître un texte écrit hors des zones : il n'en a pas.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from docx.document import Document
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.ns import qn
from lxml import etree

from observatoire.documents_word.zones import est_invitation

_ESPACE = "urn:observatoire:document"
_LIEN = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/customXml"
_NUMERO = re.compile(r"^(Tableau|Figure) \d+")
_PAGE = re.compile(r"\t\d*$")


@dataclass(frozen=True)
class Identite:
    """Quel document, de quelle année, pour quelle diffusion."""

    nom: str
    annee: int
    diffusion: str


@dataclass(frozen=True)
class Marques:
    """Les marques d'un document : son identité, le titre de ses zones, les empreintes de ses textes."""

    identite: Identite | None = None
    zones: Mapping[str, str] = field(default_factory=dict)
    empreintes: frozenset[str] = frozenset()


def empreinte(texte: str) -> str:
    """L'empreinte d'un texte, blancs et numéros d'ordre mis à part."""
    return hashlib.sha256(normaliser(texte).encode("utf-8")).hexdigest()[:12]


def normaliser(texte: str) -> str:
    """Un texte sans ce qu'un logiciel y change tout seul : blancs, numéros de légende, pages du sommaire."""
    reduit = " ".join(_PAGE.sub("", texte).split())
    return _NUMERO.sub(r"\1", reduit)


def poser(document: Document, identite: Identite | None, zones: Mapping[str, str], textes: Iterable[str]) -> None:
    """Range les marques dans le document, hors de ce qui se lit."""
    racine = etree.Element(f"{{{_ESPACE}}}document", nsmap={None: _ESPACE})
    if identite is not None:
        racine.set("nom", identite.nom)
        racine.set("annee", str(identite.annee))
        racine.set("diffusion", identite.diffusion)
    for ancre, titre in zones.items():
        etree.SubElement(racine, f"{{{_ESPACE}}}zone", ancre=ancre, titre=titre)
    ecrites = sorted({empreinte(t) for t in textes if normaliser(t) and not est_invitation(normaliser(t))})
    etree.SubElement(racine, f"{{{_ESPACE}}}textes").text = " ".join(ecrites)
    octets = etree.tostring(racine, xml_declaration=True, encoding="UTF-8", standalone=True)
    paquet = document.part.package
    nom: PackURI = paquet.next_partname("/customXml/item%d.xml")
    document.part.relate_to(Part(nom, "application/xml", octets, paquet), _LIEN)


def lire(document: Document) -> Marques:
    """Les marques d'un document ; vides s'il n'en a pas, ou si un logiciel les a perdues."""
    for lien in document.part.rels.values():
        if lien.reltype != _LIEN or lien.is_external:
            continue
        racine = _analyser(lien.target_part.blob)
        if racine is not None and racine.tag == f"{{{_ESPACE}}}document":
            return _marques(racine)
    return Marques()


def _analyser(octets: bytes) -> Any:
    try:
        return etree.fromstring(octets, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return None


def _marques(racine: Any) -> Marques:
    nom, annee, diffusion = (racine.get(c, "") for c in ("nom", "annee", "diffusion"))
    textes = racine.findtext(f"{{{_ESPACE}}}textes") or ""
    return Marques(
        identite=Identite(nom, int(annee), diffusion) if nom and annee.isdigit() else None,
        zones={z.get("ancre", ""): z.get("titre", "") for z in racine.iter(f"{{{_ESPACE}}}zone")},
        empreintes=frozenset(textes.split()),
    )


def texte_bloc(bloc: Any) -> str:
    """Le texte d'un paragraphe ou d'un tableau tel qu'il se lit, suppressions suivies mises à part."""
    morceaux = []
    for piece in bloc.iter(qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:cr"), qn("w:p"), qn("w:noBreakHyphen")):
        if any(parent.tag in ECARTES for parent in piece.iterancestors()):
            continue
        if piece.tag == qn("w:t"):
            morceaux.append(piece.text or "")
        elif piece.tag == qn("w:p"):
            morceaux.append("\n" if morceaux else "")
        elif piece.getparent().tag == qn("w:r"):
            morceaux.append("\t" if piece.tag == qn("w:tab") else "-" if "Hyphen" in piece.tag else "\n")
    return "".join(morceaux)


# Texte supprimé en suivi, et doublon que Word écrit pour les vieux logiciels.
ECARTES = {
    qn("w:del"),
    qn("w:moveFrom"),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}
