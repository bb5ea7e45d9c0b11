"""Ce qui a été écrit dans Word, en HTML : paragraphes, gras, italique, listes, tableaux ; le texte est échappé.

Une image ne passe pas dans la page ; elle y laisse une mention, et reste dans le document Word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from docx.oxml.ns import qn
from markupsafe import Markup

from observatoire.documents_word.greffe import nature_liste
from observatoire.documents_word.marques import ECARTES
from observatoire.documents_word.reprise import Commentaire, a_un_dessin
from observatoire.restitution import locale

IMAGE = "[image, à voir dans le document Word]"
_PRIVES = re.compile("[\ue000-\uf8ff]")  # puces de Word, sans dessin hors de leur police
_PIECES = tuple(qn(f"w:{n}") for n in ("t", "tab", "br", "cr", "noBreakHyphen"))
_NOMBRE = re.compile(r"^[+−-]?\d[\d\s.,]*(?:%|€)?$")
_NON = ("0", "false", "none", "off")
_ADRESSE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_GRAS, _ITALIQUE = "strong", "emphasis"
_ENTETE, _PREMIERE = 0x20, 0x80  # ce que dit le réglage d'un tableau Word de sa première rangée, de sa première colonne


@dataclass(frozen=True)
class Alinea:
    """Un paragraphe, une liste ou un tableau : son texte, pour le relire, et son HTML."""

    texte: str
    html: Markup


@dataclass(frozen=True)
class _Entree:
    """Une entrée de liste : son niveau, si elle est numérotée, son contenu."""

    niveau: int
    numerotee: bool
    texte: str
    html: Markup


def en_alineas(commentaire: Commentaire) -> list[Alinea]:
    """Les alinéas d'un commentaire repris, dans l'ordre ; une suite d'entrées de liste n'en fait qu'un."""
    lecteur = _Lecteur(commentaire.source, commentaire.titre)
    pieces = [p for bloc in commentaire.blocs for p in lecteur.pieces(bloc)]
    alineas: list[Alinea] = []
    for liste, suite in groupby(pieces, key=lambda p: isinstance(p, _Entree)):
        groupe = tuple(suite)
        alineas += [_liste(groupe)] if liste else groupe
    return alineas


class _Lecteur:
    """Met en HTML les blocs d'un document : ses styles et ses listes disent ce qu'ils sont."""

    def __init__(self, source: Any, titre: str) -> None:
        self.source, self.titre = source, titre

    @cached_property
    def _styles(self) -> dict[str, Any]:
        return {s.style_id: s for s in self.source.document.styles}

    def _nom(self, identifiant: str | None) -> str:
        style = self._styles.get(identifiant)
        return (style.name or "").lower() if style is not None else ""

    def pieces(self, bloc: Any) -> Iterator[Alinea | _Entree]:
        """L'alinéa ou l'entrée de liste d'un bloc ; rien s'il est vide."""
        if bloc.tag == qn("w:tbl"):
            yield self._tableau(bloc)
            return
        texte, html = self._en_ligne(bloc)
        if not texte.strip():
            return
        if (place := self._place(bloc)) is not None:
            yield _Entree(*place, texte, html)
            return
        titre = self._nom(bloc.style).startswith(("heading", "titre", "title"))
        yield Alinea(texte, Markup('<p class="{}">{}</p>').format("intertitre" if titre else "commentaire", html))

    # Listes

    def _place(self, paragraphe: Any) -> tuple[int, bool] | None:
        """Le niveau d'une entrée de liste, et si elle est numérotée ; `None` pour un paragraphe ordinaire."""
        nom, style = self._nom(paragraphe.style), self._styles.get(paragraphe.style)
        chemin = f"{qn('w:pPr')}/{qn('w:numPr')}"
        reglage = paragraphe.find(chemin)
        if reglage is None and style is not None:
            reglage = style.element.find(chemin)
        if reglage is None:
            return None
        numero, niveau = (_valeur(reglage.find(qn(n))) for n in ("w:numId", "w:ilvl"))
        if numero in ("", "0"):
            return None
        puce = nature_liste(self.source, numero, niveau or "0") == "bullet"
        rang = int(niveau) if niveau else 0
        return rang or int(nom[-1]) - 1 if nom[-1:].isdigit() and nom[-1] != "0" else rang, not puce

    # Texte

    def _en_ligne(self, bloc: Any) -> tuple[str, Markup]:
        """Le texte d'un bloc et son HTML : gras, italique, passages à la ligne, adresse des liens."""
        morceaux: list[tuple[str, bool, bool]] = []
        for piece in bloc.iter(*_PIECES):
            if any(parent.tag in ECARTES for parent in piece.iterancestors()):
                continue
            morceaux.append((_texte(piece), *self._allure(piece.getparent())))
            if adresse := self._adresse(piece):
                morceaux.append((f" ({adresse})", False, False))
        if a_un_dessin(bloc):
            morceaux.append((f" {IMAGE}", False, True))
        html = Markup("")
        for allure, suite in groupby(morceaux, key=lambda m: m[1:]):
            html += _habiller("".join(m[0] for m in suite), *allure)
        return "".join(m[0] for m in morceaux).strip(), html

    def _allure(self, course: Any) -> tuple[bool, bool]:
        reglages = course.find(qn("w:rPr"))
        if reglages is None:
            return False, False
        style = reglages.find(qn("w:rStyle"))
        nom = self._nom(_valeur(style)) if style is not None else ""
        return _actif(reglages, "w:b", nom == _GRAS), _actif(reglages, "w:i", nom == _ITALIQUE)

    def _adresse(self, piece: Any) -> str:
        """L'adresse d'un lien, après son dernier mot : la page n'appelle rien hors d'elle, mais se lit sur papier."""
        lien = next(piece.iterancestors(qn("w:hyperlink")), None)
        if lien is None or piece is not [*lien.iter(*_PIECES)][-1]:
            return ""
        relation = self.source.rels.get(lien.get(_ADRESSE, ""))
        adresse = relation.target_ref if relation is not None and relation.is_external else ""
        return adresse if adresse not in "".join(map(_texte, lien.iter(*_PIECES))) else ""

    # Tableaux

    def _tableau(self, tableau: Any) -> Alinea:
        """Un tableau, ses en-têtes où le document les dit."""
        titre = f"Tableau de la fédération, {locale.minuscule(self.titre)}"
        entete, premiere = _bandes(tableau)
        rangees = [[self._case(c) for c in r.iterchildren(qn("w:tc"))] for r in tableau.iterchildren(qn("w:tr"))]
        if len(rangees) < 2:
            entete = False
        tete = Markup("<thead>{}</thead>").format(_rangee(rangees[0], "col", "col")) if entete else Markup("")
        corps = Markup("").join(_rangee(r, "row" if premiere else "", "") for r in rangees[entete:])
        html = Markup(
            '<div class="defile" role="region" tabindex="0" aria-label="{}"><table><caption>{}</caption>{}'
            "<tbody>{}</tbody></table></div>"
        ).format(titre, titre, tete, corps)
        return Alinea("\n".join(" ".join(t for t, _, _ in r) for r in rangees), html)

    def _case(self, case: Any) -> tuple[str, Markup, int]:
        lus = [self._en_ligne(p) for p in case.iter(qn("w:p"))]
        etendue = case.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
        pleins = [(t, h) for t, h in lus if t.strip()]
        html = Markup("<br/>").join(h for _, h in pleins)
        return " ".join(t for t, _ in pleins), html, int(_valeur(etendue) or 1)


def _rangee(cases: Sequence[tuple[str, Markup, int]], premiere: str, autres: str) -> Markup:
    """Une rangée ; `premiere` et `autres` : la portée de l'en-tête que sont ses cases, vide pour une donnée."""
    html = Markup("")
    for rang, (texte, contenu, etendue) in enumerate(cases):
        portee = autres if rang else premiere
        etale = Markup(' colspan="{}"').format(etendue) if etendue > 1 else Markup("")
        if portee:
            html += Markup('<th scope="{}"{}>{}</th>').format(portee, etale, contenu)
        else:
            classe = Markup("") if _NOMBRE.match(texte) else Markup(' class="texte"')
            html += Markup("<td{}{}>{}</td>").format(classe, etale, contenu)
    return Markup("<tr>{}</tr>").format(html)


def _bandes(tableau: Any) -> tuple[bool, bool]:
    """La première rangée et la première colonne d'un tableau sont-elles des en-têtes ?"""
    reglage = tableau.find(f"{qn('w:tblPr')}/{qn('w:tblLook')}")
    repetee = tableau.find(f"{qn('w:tr')}/{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
    if reglage is None:
        return repetee, False
    code = reglage.get(qn("w:val"), "")
    bits = int(code, 16) if re.fullmatch(r"[0-9A-Fa-f]+", code) else 0
    dits = (reglage.get(qn(f"w:{n}")) for n in ("firstRow", "firstColumn"))
    rangee, colonne = (
        dit not in _NON if dit else bool(bits & bit) for dit, bit in zip(dits, (_ENTETE, _PREMIERE), strict=True)
    )
    return rangee or repetee, colonne


def _liste(entrees: Sequence[_Entree]) -> Alinea:
    html, reste = Markup(""), list(entrees)
    while reste:
        html += _sous_liste(reste)
    return Alinea("\n".join(e.texte for e in entrees), html)


def _sous_liste(entrees: list[_Entree]) -> Markup:
    """La liste que commence la première entrée ; retire de `entrees` celles qu'elle prend, sous-listes comprises."""
    tete = entrees[0]
    items: list[Markup] = []
    while entrees and entrees[0].niveau >= tete.niveau:
        if entrees[0].niveau > tete.niveau:
            items[-1] += _sous_liste(entrees)
        elif entrees[0].numerotee != tete.numerotee:
            break
        else:
            items.append(entrees.pop(0).html)
    balise = "ol" if tete.numerotee else "ul"
    contenu = Markup("").join(Markup("<li>{}</li>").format(i) for i in items)
    return Markup(f"<{balise}>{{}}</{balise}>").format(contenu)


def _texte(piece: Any) -> str:
    if piece.tag == qn("w:t"):
        return _PRIVES.sub("", piece.text or "")
    if piece.tag == qn("w:noBreakHyphen"):
        return "-"
    saut = piece.tag == qn("w:cr") or (piece.tag == qn("w:br") and piece.get(qn("w:type")) in (None, "textWrapping"))
    return "\n" if saut else " "


def _habiller(texte: str, gras: bool, italique: bool) -> Markup:
    html = Markup("<br/>").join(Markup.escape(locale.typographie(ligne)) for ligne in texte.split("\n"))
    if not texte.strip():
        return html
    html = Markup("<em>{}</em>").format(html) if italique else html
    return Markup("<strong>{}</strong>").format(html) if gras else html


def _actif(reglages: Any, nom: str, defaut: bool) -> bool:
    reglage = reglages.find(qn(nom))
    return defaut if reglage is None else reglage.get(qn("w:val"), "1") not in _NON


def _valeur(piece: Any) -> str:
    return piece.get(qn("w:val"), "") if piece is not None else ""
