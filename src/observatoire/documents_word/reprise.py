"""Reprendre ce qu'une fédération a écrit dans un document : ses zones, ce qui en déborde, ses remarques en marge."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docx.document import Document
from docx.oxml.ns import qn

from observatoire.documents_word import marques
from observatoire.documents_word.marques import Marques, empreinte, normaliser, texte_bloc
from observatoire.documents_word.modele import ouvrir
from observatoire.documents_word.ooxml import element
from observatoire.documents_word.zones import est_invitation, est_zone
from observatoire.erreurs import ErreurFichier

IMAGE_PRODUITE = "observatoire-"  # début du nom des images que le document pose lui-même
_TRAVERSES = {qn(f"w:{n}") for n in ("ins", "moveTo", "customXml", "smartTag", "sdtContent")}


@dataclass(frozen=True)
class Commentaire:
    """Le contenu d'une zone, tel qu'il a été écrit : blocs de Word et document d'où viennent leurs images."""

    ancre: str
    titre: str
    blocs: tuple[Any, ...]
    source: Any  # la partie de document à laquelle les blocs renvoient

    @property
    def texte(self) -> str:
        """Le texte seul, un paragraphe par ligne."""
        return "\n".join(texte_bloc(b) for b in self.blocs).strip()


@dataclass(frozen=True)
class Trouvaille:
    """Un texte écrit hors des zones, et le titre qui le précède."""

    apres: str
    blocs: tuple[Any, ...]
    source: Any

    @property
    def texte(self) -> str:
        return "\n".join(texte_bloc(b) for b in self.blocs).strip()


@dataclass(frozen=True)
class Remarque:
    """Une remarque laissée en marge : son texte, le passage visé, le titre qui précède."""

    texte: str
    passage: str
    apres: str
    auteur: str = ""
    initiales: str = ""


@dataclass(frozen=True)
class Reprise:
    """Tout ce qu'un document rapporte, et les marques qu'il portait."""

    marques: Marques = field(default_factory=Marques)
    commentaires: dict[str, Commentaire] = field(default_factory=dict)
    hors_zones: tuple[Trouvaille, ...] = ()
    remarques: tuple[Remarque, ...] = ()


def reprendre(fichier: Path) -> Reprise:
    """Lit un document rempli : `commentaires` va de l'ancre d'une zone à son contenu, zones vides exclues.

    Lève `ErreurFichier` si le fichier ne se lit pas ou n'a ni marque ni zone : ce n'est pas un de nos documents.
    """
    document = ouvrir(Path(fichier))
    lues = marques.lire(document)
    blocs = list(_blocs(document.element.body, "", _Signets(document.element.body)))
    if lues.identite is None and not any(zone for _, zone in blocs):
        raise ErreurFichier(
            f"« {Path(fichier).name} » n'a aucune zone de commentaire.",
            "Donnez le document Word produit par l'observatoire et rempli par la fédération.",
        )
    titres = _titres_de_zone(document, lues)
    return Reprise(
        marques=lues,
        commentaires=_commentaires(document, blocs, titres),
        hors_zones=_hors_zones(document, blocs, lues),
        remarques=_remarques(document),
    )


# Parcours


class _Signets:
    """Les signets de zone ouverts, au fil de la lecture.

    LibreOffice coupe un signet en plusieurs et n'en ferme que le dernier bout : une zone va de la première ouverture de
    son nom à sa dernière fermeture ; jamais fermée, elle ne vaut que pour le paragraphe où elle s'ouvre.
    """

    def __init__(self, corps: Any) -> None:
        fermes = {fin.get(qn("w:id"), "") for fin in corps.iter(qn("w:bookmarkEnd"))}
        bouts = [(d.get(qn("w:id"), ""), d.get(qn("w:name"), "")) for d in corps.iter(qn("w:bookmarkStart"))]
        self._fin = {nom: numero for numero, nom in bouts if est_zone(nom) and numero in fermes}
        self._nom = {numero: nom for nom, numero in self._fin.items()}
        self._ouverts: list[str] = []

    def lire(self, signet: Any) -> str:
        """Tient compte d'un signet ; rend le nom d'une zone qu'il ouvre sans que rien la ferme."""
        numero, nom = signet.get(qn("w:id"), ""), signet.get(qn("w:name"), "")
        if signet.tag == qn("w:bookmarkEnd"):
            nom = self._nom.get(numero, "")
            if nom in self._ouverts:
                self._ouverts.remove(nom)
        elif est_zone(nom):
            if nom not in self._fin:
                return nom
            if nom not in self._ouverts:
                self._ouverts.append(nom)
        return ""

    @property
    def zone(self) -> str:
        """La zone ouverte la plus récente ; vide hors des zones."""
        return self._ouverts[-1] if self._ouverts else ""


def _blocs(noeud: Any, controle: str, signets: _Signets) -> Iterator[tuple[Any, str]]:
    """Chaque paragraphe et chaque tableau du corps, avec la zone où il se trouve (vide hors des zones)."""
    for fils in noeud:
        if fils.tag in _BOUTS:
            signets.lire(fils)
        elif fils.tag == qn("w:sdt"):
            nom = _marque(fils)
            for contenu in fils.iterchildren(qn("w:sdtContent")):
                yield from _blocs(contenu, nom if est_zone(nom) else controle, signets)
        elif fils.tag in _TRAVERSES:
            yield from _blocs(fils, controle, signets)
        elif fils.tag in (qn("w:p"), qn("w:tbl")):
            signet = _zone_du_bloc(fils, signets)
            yield fils, controle or signet


def _marque(controle: Any) -> str:
    marque = controle.find(f"{qn('w:sdtPr')}/{qn('w:tag')}")
    return marque.get(qn("w:val"), "") if marque is not None else ""


def _zone_du_bloc(bloc: Any, signets: _Signets) -> str:
    """La zone d'un bloc : celle qui est ouverte quand son contenu arrive, ou d'un bout à l'autre s'il est vide."""
    avant, trouvee, contenu = signets.zone, "", False
    for piece in bloc.iter(*_BOUTS, qn("w:t"), *_DESSINS):
        if piece.tag in _BOUTS:
            non_ferme = signets.lire(piece)
            trouvee = trouvee or non_ferme
        elif piece.tag != qn("w:t") or (piece.text or "").strip():
            contenu = True
            # Un texte ajouté après la fin du signet, dans le même paragraphe, suit le sort du paragraphe.
            trouvee = trouvee or signets.zone
    return trouvee if contenu else avant if avant == signets.zone else ""


_DESSINS = (qn("w:drawing"), qn("w:pict"), qn("w:object"))
_BOUTS = (qn("w:bookmarkStart"), qn("w:bookmarkEnd"))


def _titres_de_zone(document: Document, lues: Marques) -> dict[str, str]:
    """Le titre de chaque zone : celui des marques, sinon l'intitulé de son contrôle de contenu."""
    titres = {}
    for controle in document.element.body.iter(qn("w:sdt")):
        alias = controle.find(f"{qn('w:sdtPr')}/{qn('w:alias')}")
        if est_zone(_marque(controle)) and alias is not None:
            titres[_marque(controle)] = alias.get(qn("w:val"), "").removeprefix("Commentaire : ")
    return {**titres, **lues.zones}


# Ce qui est repris


def _commentaires(document: Document, blocs: list[tuple[Any, str]], titres: dict[str, str]) -> dict[str, Commentaire]:
    groupes: dict[str, list[Any]] = {}
    for bloc, zone in blocs:
        if zone:
            groupes.setdefault(zone, []).append(bloc)
    notes = _notes(document)
    repris = {}
    for zone, siens in groupes.items():
        copies = [_copier(b, notes) for b in _sans_bords_vides([b for b in siens if not _est_invitation(b)])]
        if copies:
            repris[zone] = Commentaire(zone, titres.get(zone, zone), tuple(copies), document.part)
    return repris


def _est_invitation(bloc: Any) -> bool:
    return est_invitation(normaliser(texte_bloc(bloc))) and not a_un_dessin(bloc)


def _sans_bords_vides(blocs: list[Any]) -> list[Any]:
    """Les blocs sans les lignes vides du début et de la fin."""
    pleins = [rang for rang, b in enumerate(blocs) if normaliser(texte_bloc(b)) or a_un_dessin(b)]
    return blocs[pleins[0] : pleins[-1] + 1] if pleins else []


def a_un_dessin(bloc: Any) -> bool:
    """Le bloc a-t-il une image que le document n'a pas produite ?"""
    for dessin in bloc.iter(*_DESSINS):
        noms = [p.get("name", "") for p in dessin.iter() if str(p.tag).endswith("}docPr")]
        if not any(nom.startswith(IMAGE_PRODUITE) for nom in noms):
            return True
    return False


def _hors_zones(document: Document, blocs: list[tuple[Any, str]], lues: Marques) -> tuple[Trouvaille, ...]:
    """Ce qui n'est ni dans une zone, ni produit : le texte d'un lecteur, où qu'il l'ait écrit."""
    notes, trouvailles, titre = _notes(document), [], ""
    for bloc, zone in blocs:
        if bloc.tag == qn("w:p") and _est_titre(document, bloc):
            titre = texte_bloc(bloc).strip() or titre
        if zone:
            continue
        inconnus = _inconnus(bloc, lues, notes)
        if inconnus:
            trouvailles.append(Trouvaille(titre, tuple(inconnus), document.part))
    return tuple(trouvailles)


def _inconnus(bloc: Any, lues: Marques, notes: dict[str, str]) -> list[Any]:
    """Les blocs à garder d'un bloc hors zone : lui-même, ou les seules cases changées d'un tableau produit."""
    if bloc.tag == qn("w:p"):
        return [] if _produit(bloc, lues, notes) and not a_un_dessin(bloc) else [_copier(bloc, notes)]
    cases = [p for p in bloc.iter(qn("w:p")) if normaliser(texte_bloc(p))]
    changees = [p for p in cases if not _produit(p, lues, notes)]
    if (changees and len(changees) == len(cases)) or a_un_dessin(bloc):
        return [_copier(bloc, notes)]
    return [_copier(p, notes) for p in changees]


def _produit(paragraphe: Any, lues: Marques, notes: dict[str, str]) -> bool:
    texte = texte_bloc(paragraphe)
    if any(True for _ in _appels(paragraphe, notes)):
        return False
    return not normaliser(texte) or est_invitation(normaliser(texte)) or empreinte(texte) in lues.empreintes


def _est_titre(document: Document, paragraphe: Any) -> bool:
    nom = _style(document, paragraphe).lower()
    return nom.startswith(("heading", "titre", "title"))


def _style(document: Document, paragraphe: Any) -> str:
    identifiant = paragraphe.style
    return next((s.name or "" for s in document.styles if s.style_id == identifiant), "") if identifiant else ""


# Notes de bas de page et remarques


def _notes(document: Document) -> dict[str, str]:
    """Le texte des notes de bas de page et de fin, par nature et numéro."""
    notes = {}
    for lien in document.part.rels.values():
        nature = lien.reltype.rsplit("/", 1)[-1]
        if nature in ("footnotes", "endnotes") and not lien.is_external:
            racine = marques._analyser(lien.target_part.blob)
            for note in racine if racine is not None else ():
                if texte := texte_bloc(note).strip():
                    notes[f"{nature[:-1]}{note.get(qn('w:id'))}"] = texte
    return notes


def _appels(bloc: Any, notes: dict[str, str]) -> Iterator[tuple[Any, str]]:
    """Les appels de note d'un bloc, et le texte de chacune."""
    for appel in bloc.iter(qn("w:footnoteReference"), qn("w:endnoteReference")):
        nature = "footnote" if appel.tag == qn("w:footnoteReference") else "endnote"
        if texte := notes.get(f"{nature}{appel.get(qn('w:id'))}"):
            yield appel, texte


def _copier(bloc: Any, notes: dict[str, str]) -> Any:
    """Une copie qui vit hors de son document : notes écrites dans le texte, remarques et signets retirés."""
    copie = copy.deepcopy(bloc)
    for appel, texte in list(_appels(copie, notes)):
        appel.getparent().replace(appel, element("w:t", f" [note : {texte}]"))
    for nom in _PROPRES_AU_DOCUMENT:
        for piece in list(copie.iter(qn(nom))):
            piece.getparent().remove(piece)
    return copie


_PROPRES_AU_DOCUMENT = (
    "w:commentRangeStart",
    "w:commentRangeEnd",
    "w:commentReference",
    "w:footnoteReference",
    "w:endnoteReference",
    "w:bookmarkStart",
    "w:bookmarkEnd",
    "w:sectPr",
    "w:permStart",
    "w:permEnd",
    "w:lastRenderedPageBreak",
    "w:proofErr",
)


def _remarques(document: Document) -> tuple[Remarque, ...]:
    """Les remarques en marge, avec le passage visé et le titre qui le précède."""
    places, titre, en_cours = {}, "", {}
    for piece in document.element.body.iter(
        qn("w:p"), qn("w:t"), qn("w:commentRangeStart"), qn("w:commentRangeEnd"), qn("w:commentReference")
    ):
        numero = piece.get(qn("w:id"), "")
        if piece.tag == qn("w:p"):
            titre = texte_bloc(piece).strip() if _est_titre(document, piece) else titre
        elif piece.tag == qn("w:t"):
            for textes in en_cours.values():
                textes.append(piece.text or "")
        elif piece.tag == qn("w:commentRangeEnd"):
            en_cours.pop(numero, None)
        else:
            places.setdefault(numero, (titre, []))
            if piece.tag == qn("w:commentRangeStart"):
                en_cours[numero] = places[numero][1]
    return tuple(
        Remarque(
            texte=c.text.strip(),
            passage=" ".join("".join(places.get(str(c.comment_id), ("", []))[1]).split()),
            apres=places.get(str(c.comment_id), ("", []))[0],
            auteur=c.author or "",
            initiales=c.initials or "",
        )
        for c in document.comments
        if c.text.strip()
    )
