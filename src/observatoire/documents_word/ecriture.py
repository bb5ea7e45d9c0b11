"""Écrire un document Word : titres, légendes, tableaux et images réels, zones à remplir, commentaires repris."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_TAB_ALIGNMENT
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Pt, RGBColor
from docx.text.paragraph import Paragraph as ParagrapheWord

from observatoire.documents_word import marques
from observatoire.documents_word.contenu import (
    Contenu,
    Element,
    Image,
    Morceau,
    Paragraphe,
    Tableau,
    Texte,
    Titre,
    Tuile,
    Tuiles,
    Zone,
    brut,
)
from observatoire.documents_word.greffe import Greffe, poser_liste, recommencer
from observatoire.documents_word.marques import Identite, texte_bloc
from observatoire.documents_word.mesures import CHASSE, DRESSE, MARGES, Grille, colonnes_de_nombres, grille_de, mesurer
from observatoire.documents_word.modele import LANGUE, STYLE_TABLEAU, ouvrir_modele, teinte
from observatoire.documents_word.ooxml import Numeros, champ, element, lien_interne, poser_signet, zone
from observatoire.documents_word.reprise import IMAGE_PRODUITE, Commentaire, Remarque, Reprise, Trouvaille, a_un_dessin
from observatoire.documents_word.zones import HORS_ZONES, invitation, nom_signet
from observatoire.paquet import figer
from observatoire.restitution.gabarit import ecrire_atomique
from observatoire.restitution.locale import pluriel

DISPARUS = "Commentaires dont le bloc a disparu"
DEBORDES = "Textes écrits hors des zones"
_PIXEL = 9525  # un pixel CSS en unités de Word
_NETTETE = 2  # près de 200 points par pouce
_HAUTEUR, _REDUCTION = Cm(9.5), 0.72  # hauteur visée d'une image, et réduction au-delà de laquelle on ne lit plus
_TUILES_PAR_RANGEE = 3
_PETIT_TABLEAU = 16
_SOMMAIRE_LONG = 36


@dataclass(frozen=True)
class BilanWord:
    """Ce qu'il est advenu des textes de la fédération : gardés à leur place, en annexe, et zones encore vides."""

    fichier: Path
    gardes: tuple[str, ...] = ()
    disparus: tuple[str, ...] = ()
    hors_zones: int = 0
    remarques: int = 0
    vides: tuple[str, ...] = ()
    objets_perdus: int = 0

    def en_texte(self) -> list[str]:
        """Le bilan en phrases, à dire à qui a lancé la commande."""
        phrases = []
        if self.gardes:
            n = len(self.gardes)
            phrases.append("1 commentaire gardé à sa place." if n == 1 else f"{n} commentaires gardés à leur place.")
        for titre in self.disparus:
            phrases.append(f"Le bloc « {titre} » a disparu : son commentaire est en annexe, « {DISPARUS} ».")
        if n := self.hors_zones:
            verbe = "était" if n == 1 else "étaient"
            phrases.append(
                f"{n} {pluriel(n, 'passage', 'passages')} {verbe} hors des zones : en annexe, « {DEBORDES} »."
            )
        if n := self.remarques:
            phrases.append(f"{n} {pluriel(n, 'remarque', 'remarques')} en marge {pluriel(n, 'gardée', 'gardées')}.")
        if n := self.objets_perdus:
            phrases.append(
                f"{n} {pluriel(n, 'objet', 'objets')} (graphique de tableur, formulaire) à recoller à la main."
            )
        if self.vides:
            liste = ", ".join(f"« {t} »" for t in self.vides)
            phrases.append(f"Sans commentaire ({len(self.vides)}) : {liste}.")
        return phrases


def ecrire_docx(
    contenu: Contenu,
    cible: Path,
    modele: Path | None = None,
    reprise: Reprise | None = None,
    identite: Identite | None = None,
) -> BilanWord:
    """Écrit le document d'un seul geste et dit ce que sont devenus les commentaires repris.

    `modele` : le `.docx` dont les styles servent. `reprise` : ce qu'un document rempli a rapporté ; rien n'en est
    perdu, ce qui n'a plus sa place va en annexe. Lève `ErreurFichier` si le modèle ne se lit pas.
    """
    redaction = _Redaction(contenu, ouvrir_modele(modele), reprise or Reprise(), identite)
    octets, bilan = redaction.rediger(cible)
    ecrire_atomique(cible, octets)
    return bilan


class _Redaction:
    """La mise en document d'un contenu, d'un bout à l'autre."""

    def __init__(self, contenu: Contenu, document: Document, reprise: Reprise, identite: Identite | None) -> None:
        self.contenu, self.document, self.reprise, self.identite = contenu, document, reprise, identite
        self.styles = {(s.name or "").lower(): s.style_id for s in document.styles}
        self.numeros = Numeros()
        self.greffe = Greffe(document, self.numeros)
        self.zones: dict[str, str] = {}
        self.gardes: list[str] = []
        self.vides: list[str] = []
        self.comptes = {"Tableau": 0, "Figure": 0}
        self.suites: dict[int, str] = {}
        self.signets = {e.ancre for e in contenu.corps if isinstance(e, Titre | Paragraphe) and e.ancre}
        section = document.sections[-1]
        self.largeur = section.page_width - section.left_margin - section.right_margin
        self.hauteur = section.page_height - section.top_margin - section.bottom_margin

    def rediger(self, cible: Path) -> tuple[bytes, BilanWord]:
        """Les octets du document et le bilan des commentaires."""
        self._proprietes()
        self._entete_et_pied()
        self._couverture()
        self._sommaire()
        for element_ in self.contenu.corps:
            self._element(element_)
        disparus = self._disparus()
        hors_zones = self._debordes()
        self._remarques(self.reprise.remarques)
        marques.poser(self.document, self.identite, self.zones, self._textes_produits())
        tampon = io.BytesIO()
        self.document.save(tampon)
        bilan = BilanWord(
            fichier=cible,
            gardes=tuple(self.gardes),
            disparus=tuple(disparus),
            hors_zones=hors_zones,
            remarques=len(self.reprise.remarques),
            vides=tuple(self.vides),
            objets_perdus=self.greffe.objets_perdus,
        )
        return figer(tampon.getvalue()), bilan

    # Autour du texte

    def _proprietes(self) -> None:
        proprietes = self.document.core_properties
        proprietes.title = f"{self.contenu.titre} — {self.contenu.surtitre.lower()}"
        proprietes.subject, proprietes.author = self.contenu.presentation, self.contenu.lieu
        proprietes.language, proprietes.comments, proprietes.keywords = LANGUE, "", ""

    def _entete_et_pied(self) -> None:
        """Le titre et l'avertissement en haut, la page en bas ; l'en-tête d'un modèle est gardé."""
        section = self.document.sections[-1]
        haut, bas = section.header, section.footer
        if _muet(haut):
            section.different_first_page_header_footer = True  # la couverture dit déjà tout
            paragraphe = _premier(haut)
            self._styler(paragraphe, "Header")
            _tabuler(paragraphe, self.largeur)
            paragraphe.add_run(f"{self.contenu.surtitre} · {self.contenu.titre}")
            if self.contenu.avertissement:
                self._rouge(paragraphe.add_run(f"\t{self.contenu.avertissement}"))
        elif self.contenu.avertissement:
            self._rouge(self._styler(haut.add_paragraph(), "Header").add_run(self.contenu.avertissement))
        for pied in (bas, section.first_page_footer) if section.different_first_page_header_footer else (bas,):
            if _muet(pied):
                self._pied(_premier(pied))

    def _pied(self, paragraphe: ParagrapheWord) -> None:
        self._styler(paragraphe, "Footer")
        _tabuler(paragraphe, self.largeur)
        paragraphe.add_run(f"{self.contenu.lieu}\tPage\u00a0")
        champ(paragraphe, "PAGE", "1")
        paragraphe.add_run(" sur ")
        champ(paragraphe, "NUMPAGES", "1")

    def _rouge(self, course: Any) -> None:
        course.bold = True
        course.font.color.rgb = RGBColor.from_string(teinte("grave"))

    def _couverture(self) -> None:
        if self.contenu.avertissement:
            self._paragraphe(self.contenu.avertissement, "Avertissement")
        self._paragraphe(self.contenu.lieu, "Lieu")
        self._paragraphe(self.contenu.surtitre, "Surtitre")
        self._paragraphe(self.contenu.titre, "Title")
        self._paragraphe(self.contenu.presentation, "Subtitle")
        self._paragraphe(" · ".join(self.contenu.fiche), "Lieu")

    def _sommaire(self) -> None:
        """Une vraie table des matières : déjà remplie de liens, ses pages se calculent à l'ouverture."""
        titres = [e for e in (*self.contenu.corps, *self._annexes()) if isinstance(e, Titre) and e.niveau <= 2]
        niveaux = 1 if len(titres) > _SOMMAIRE_LONG else 2
        titres = [t for t in titres if t.niveau <= niveaux]
        if not titres:
            return
        self._paragraphe("Sommaire", "Titre du sommaire")
        for rang, titre in enumerate(titres):
            paragraphe = self._alinea(f"toc {titre.niveau}")
            if rang == 0:
                _ouvrir_champ(paragraphe, rf'TOC \o "1-{niveaux}" \h \z \u')
            course = element("w:r")
            course.append(element("w:t", brut(titre.texte)))
            if titre.ancre:
                lien_interne(paragraphe, nom_signet(titre.ancre), [course])
            else:
                paragraphe._p.append(course)
        _fermer_champ(paragraphe)
        self.document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    def _annexes(self) -> list[Titre]:
        """Les titres que les commentaires repris ajouteront à la fin."""
        attendues = {e.ancre for e in self.contenu.corps if isinstance(e, Zone)}
        disparus = [c.titre for a, c in self.reprise.commentaires.items() if a not in {*attendues, HORS_ZONES}]
        return [Titre((Morceau(t),), n) for t, n in [(DISPARUS, 1), *((t, 2) for t in disparus)]] if disparus else []

    # Éléments

    def _element(self, contenu: Element) -> None:
        ecrire = {
            Titre: self._titre,
            Paragraphe: self._texte_courant,
            Tableau: self._tableau,
            Image: self._image,
            Tuiles: self._tuiles,
            Zone: self._zone,
        }[type(contenu)]
        ecrire(contenu)

    def _titre(self, titre: Titre) -> None:
        paragraphe = self._alinea(f"Heading {titre.niveau}")
        self._courses(paragraphe, titre.texte)
        if titre.ancre:
            poser_signet(paragraphe, nom_signet(titre.ancre), self.numeros)

    def _texte_courant(self, contenu: Paragraphe) -> None:
        paragraphe = self._alinea(contenu.style)
        self._courses(paragraphe, contenu.texte)
        if contenu.suite:
            if contenu.suite not in self.suites:
                self.suites[contenu.suite] = recommencer(self.document, contenu.style)
            poser_liste(paragraphe._p, self.suites[contenu.suite])
        if contenu.ancre:
            poser_signet(paragraphe, nom_signet(contenu.ancre), self.numeros)

    def _paragraphe(self, texte: str, style: str) -> ParagrapheWord | None:
        return self._alinea(style, texte) if texte else None

    def _alinea(self, style: str, texte: str = "") -> ParagrapheWord:
        return self._styler(self.document.add_paragraph(texte), style)

    def _styler(self, paragraphe: ParagrapheWord, style: str) -> ParagrapheWord:
        """Donne son style à un paragraphe, par identifiant : par nom, la recherche prendrait l'essentiel du temps."""
        paragraphe._p.style = self.styles[style.lower()]
        return paragraphe

    def _courses(self, paragraphe: ParagrapheWord, texte: Texte) -> None:
        for morceau in texte:
            course = paragraphe.add_run(morceau.texte)
            _allure(course, morceau)
            if morceau.lien in self.signets and morceau.lien:
                paragraphe._p.remove(course._r)
                lien_interne(paragraphe, nom_signet(morceau.lien), [course._r])

    def _legende(self, nature: str, texte: str, style: str) -> None:
        """« Tableau 3. Ce qu'il montre », numéroté par Word, que la liste des tableaux sait retrouver."""
        self.comptes[nature] += 1
        paragraphe = self._alinea(style)
        paragraphe.add_run(f"{nature} ")
        champ(paragraphe, rf"SEQ {nature} \* ARABIC", str(self.comptes[nature]))
        paragraphe.add_run(f". {texte}")

    def _image(self, image: Image) -> None:
        paragraphe = self._alinea("Graphique")
        if image.couleurs:  # dans le même paragraphe : une légende ne quitte pas son image
            self._courses(paragraphe, image.couleurs)
            for course in paragraphe.runs:
                course.font.size = Pt(9)
            paragraphe.add_run().add_break()
        octets, largeur, hauteur = _png(image.svg)
        echelle = self._echelle(largeur * _PIXEL, hauteur * _PIXEL)
        forme = paragraphe.add_run().add_picture(io.BytesIO(octets), width=Emu(int(largeur * _PIXEL * echelle)))
        numero = self.numeros.image()
        for cote in ("distT", "distB", "distL", "distR"):  # sans quoi LibreOffice écarte l'image de la marge
            forme._inline.set(cote, "0")
        description = forme._inline.docPr
        description.set("id", numero)
        description.set("name", f"{IMAGE_PRODUITE}{numero}")
        description.set("descr", image.description)
        self._legende("Figure", image.legende, "Légende de figure")

    def _echelle(self, largeur: float, hauteur: float) -> float:
        """Réduit une image trop haute, sans rendre son texte illisible, et jamais plus grande que la page."""
        moderee = max(_REDUCTION, _HAUTEUR / hauteur)
        return min(1, self.largeur / largeur, moderee, 0.85 * self.hauteur / hauteur)

    def _tuiles(self, contenu: Tuiles) -> None:
        """Les chiffres clés, trois par rangée, lus de gauche à droite."""
        rang = min(_TUILES_PAR_RANGEE, len(contenu.tuiles))
        rangees = -(-len(contenu.tuiles) // rang)
        self._separer()
        tableau = self.document.add_table(rangees, rang)
        tableau.autofit = False
        for place, tuile in enumerate(contenu.tuiles):
            self._tuile(tableau.cell(place // rang, place % rang), tuile)
        for rangee in tableau.rows:
            _rangee(rangee, entete=False)
        _decrire(tableau, "Chiffres clés")

    def _tuile(self, case: Any, tuile: Tuile) -> None:
        paragraphe = case.paragraphs[0]
        self._styler(paragraphe, "Chiffre clé")
        paragraphe.add_run(tuile.valeur)
        if tuile.unite:
            unite = paragraphe.add_run(tuile.unite)
            unite.font.size, unite.bold = Pt(12), False
        self._styler(case.add_paragraph(tuile.quoi), "Chiffre clé, libellé")
        if tuile.tendance:
            self._styler(case.add_paragraph(tuile.tendance), "Chiffre clé, évolution")

    def _separer(self) -> None:
        """Un paragraphe vide après un tableau : deux qui se suivent n'en feraient qu'un dans Word."""
        dernier = self.document.element.body.sectPr.getprevious()
        if dernier is not None and dernier.tag == qn("w:tbl"):
            self._alinea("Note")

    # Tableaux

    def _tableau(self, contenu: Tableau) -> None:
        self._separer()
        if contenu.legende:
            self._legende("Tableau", contenu.legende, "Caption")
        colonnes = max((sum(c.colonnes for c in r) for r in contenu.rangees), default=0)
        if not colonnes:
            return
        grille = grille_de(contenu, colonnes)
        mesures = mesurer(grille, colonnes, len(contenu.entetes), Emu(int(self.largeur)).pt)
        tableau = self.document.add_table(len(contenu.rangees), colonnes, style=STYLE_TABLEAU)
        tableau.alignment, tableau.autofit = WD_TABLE_ALIGNMENT.LEFT, False
        forts = {*range(len(contenu.entetes)), *range(len(contenu.rangees) - len(contenu.totaux), len(contenu.rangees))}
        self._cases(tableau, grille, mesures.taille, forts)
        _dimensionner(tableau, mesures.largeurs)
        if mesures.dresse:
            _dresser(tableau, grille, len(contenu.entetes), mesures.taille)
        for rang, rangee in enumerate(tableau.rows):
            _rangee(rangee, entete=rang < len(contenu.entetes))
        _tenir(tableau)
        _bandes(tableau, bool(contenu.entetes), bool(contenu.totaux))
        _decrire(tableau, contenu.legende)

    def _cases(self, tableau: Any, grille: Grille, taille: float, forts: set[int]) -> None:
        """Écrit les cases ; `forts` : les rangées d'en-tête et de total, en gras comme un titre de groupe."""
        nombres = colonnes_de_nombres(grille)
        cases = [list(r.cells) for r in tableau.rows]
        for (rang, place), contenu in grille.items():
            case = cases[rang][place]
            if contenu.colonnes > 1 or contenu.rangees > 1:
                case = case.merge(cases[rang + contenu.rangees - 1][place + contenu.colonnes - 1])
            paragraphe = case.paragraphs[0]
            a_droite = place in nombres
            self._styler(paragraphe, "Case nombre" if a_droite else "Case")
            if contenu.colonnes > 1 and a_droite:
                paragraphe.alignment = WD_ALIGN_PARAGRAPH.CENTER
            self._courses(paragraphe, contenu.texte)
            for course in paragraphe.runs:
                course.font.size = Pt(taille)
                course.bold = rang in forts or contenu.colonnes == len(tableau.columns) or course.bold

    # Zones

    def _zone(self, contenu: Zone) -> None:
        """Une zone : le commentaire déjà écrit, ou l'invitation à l'écrire."""
        self.zones[contenu.ancre] = contenu.titre
        repris = self.reprise.commentaires.get(contenu.ancre)
        if repris is None:
            self.vides.append(contenu.titre)
        else:
            self.gardes.append(contenu.titre)
        self._poser_zone(contenu.ancre, contenu.titre, self._blocs(repris) if repris else [])

    def _blocs(self, contenu: Commentaire | Trouvaille) -> list[Any]:
        return [self.greffe.bloc(b, contenu.source) for b in contenu.blocs]

    def _poser_zone(self, nom: str, titre: str, blocs: Sequence[Any]) -> None:
        self._separer()  # LibreOffice perd un signet posé contre un tableau
        vide = not blocs
        if vide:
            paragraphe = self._alinea("Commentaire")
            course = paragraphe.add_run(invitation(nom))
            course.italic = True
            course.font.color.rgb = RGBColor.from_string(teinte("tiers"))
            blocs = [paragraphe._p]
        elif blocs[-1].tag == qn("w:tbl"):  # une zone finit par un paragraphe, où le curseur se pose
            blocs = [*blocs, element("w:p")]
        fin = self.document.element.body.sectPr
        for piece in zone(nom, titre, blocs, vide, self.numeros):
            fin.addprevious(piece)

    def _disparus(self) -> list[str]:
        """L'annexe des commentaires dont la partie n'existe plus ; chacun garde sa zone, donc sa place au retour."""
        reserves = {*self.zones, HORS_ZONES}
        orphelins = [c for ancre, c in self.reprise.commentaires.items() if ancre not in reserves]
        if orphelins:
            self._titre(Titre((Morceau(DISPARUS),), 1))
        for orphelin in orphelins:
            self._titre(Titre((Morceau(orphelin.titre),), 2))
            self.zones[orphelin.ancre] = orphelin.titre
            self._poser_zone(orphelin.ancre, orphelin.titre, self._blocs(orphelin))
        return [o.titre for o in orphelins]

    def _debordes(self) -> int:
        """L'annexe de ce qui a été écrit hors des zones, sauf ce que ce document imprime déjà."""
        ecrits = {marques.empreinte(t) for t in self._textes_produits()}
        neufs = [t for t in self.reprise.hors_zones if not _deja_ecrit(t, ecrits)]
        ancien = self.reprise.commentaires.get(HORS_ZONES)
        if not neufs and ancien is None:
            return 0
        blocs = self._blocs(ancien) if ancien is not None else []
        precedent = None
        for trouvaille in neufs:
            if trouvaille.apres and trouvaille.apres != precedent:
                blocs.append(self._mention(f"Après « {trouvaille.apres} » :"))
                precedent = trouvaille.apres
            blocs += self._blocs(trouvaille)
        self._titre(Titre((Morceau(DEBORDES),), 1))
        self.zones[HORS_ZONES] = DEBORDES
        self._poser_zone(HORS_ZONES, DEBORDES, blocs)
        return len(neufs)

    def _mention(self, texte: str) -> Any:
        return self._alinea("Terme", texte)._p

    def _remarques(self, remarques: Iterable[Remarque]) -> None:
        """Remet en marge chaque remarque, en face du titre qui précédait le passage visé."""
        titres = {p.text: p for p in self.document.paragraphs if p.text and p.runs}
        defaut = next(p for p in self.document.paragraphs if p.runs)
        for remarque in remarques:
            visee = titres.get(remarque.apres, defaut)
            passage = f"Sur « {remarque.passage} » : " if remarque.passage and remarque.passage != visee.text else ""
            self.document.add_comment(
                visee.runs,
                text=remarque.texte if remarque.texte.startswith(passage or "\0") else passage + remarque.texte,
                author=remarque.auteur,
                initials=remarque.initiales,
            )

    def _textes_produits(self) -> list[str]:
        """Le texte de chaque paragraphe écrit hors des zones, cases de tableau comprises."""
        dans_zone = {p for s in self.document.element.body.iter(qn("w:sdt")) for p in s.iter(qn("w:p"))}
        return [texte_bloc(p) for p in self.document.element.body.iter(qn("w:p")) if p not in dans_zone]


# Outils


def _deja_ecrit(trouvaille: Trouvaille, ecrits: set[str]) -> bool:
    """Ce document imprime-t-il déjà tout ce texte ? Une image venue d'ailleurs n'est jamais déjà là."""
    if any(a_un_dessin(b) for b in trouvaille.blocs):
        return False
    paragraphes = (p for b in trouvaille.blocs for p in (b, *b.iterdescendants(qn("w:p"))) if p.tag == qn("w:p"))
    return all(marques.empreinte(texte_bloc(p)) in ecrits for p in paragraphes if texte_bloc(p).strip())


def _muet(partie: Any) -> bool:
    """Cet en-tête ou ce pied de page est-il vide ? Un logo compte pour un contenu."""
    return not any(p.text.strip() for p in partie.paragraphs) and not partie._element.findall(f".//{qn('w:drawing')}")


def _premier(partie: Any) -> ParagrapheWord:
    return partie.paragraphs[0] if partie.paragraphs else partie.add_paragraph()


def _tabuler(paragraphe: ParagrapheWord, largeur: int) -> None:
    """Une seule tabulation, calée sur la marge de droite."""
    arrets = paragraphe.paragraph_format.tab_stops
    for position in (4680, 9360, 4320, 8640):  # celles des styles fournis
        arrets.add_tab_stop(Pt(position / 20), WD_TAB_ALIGNMENT.CLEAR)
    arrets.add_tab_stop(Emu(int(largeur)), WD_TAB_ALIGNMENT.RIGHT)


def _allure(course: Any, morceau: Morceau) -> None:
    if morceau.gras:
        course.bold = True
    if morceau.italique:
        course.italic = True
    if morceau.encre:
        course.font.color.rgb = RGBColor.from_string(_sans_diese(morceau.encre))
    if morceau.couleur:  # une pastille : un blanc sur fond de couleur, cerné pour qu'une teinte pâle se voie
        reglages = course._r.get_or_add_rPr()
        motif, trait = ("thinDiagStripe", _sans_diese(morceau.hachures)) if morceau.hachures else ("clear", "auto")
        reglages.append(element("w:bdr", val="single", sz="4", space="0", color=teinte("tiers")))
        reglages.append(element("w:shd", val=motif, color=trait, fill=_sans_diese(morceau.couleur)))


def _sans_diese(couleur: str) -> str:
    return couleur.lstrip("#").upper()


def _ouvrir_champ(paragraphe: ParagrapheWord, instruction: str) -> None:
    for piece in (
        element("w:fldChar", fldCharType="begin", dirty="true"),
        element("w:instrText", f" {instruction} "),
        element("w:fldChar", fldCharType="separate"),
    ):
        course = element("w:r")
        course.append(piece)
        paragraphe._p.append(course)


def _fermer_champ(paragraphe: ParagrapheWord) -> None:
    course = element("w:r")
    course.append(element("w:fldChar", fldCharType="end"))
    paragraphe._p.append(course)


@lru_cache(maxsize=256)
def _png(svg: str) -> tuple[bytes, float, float]:
    """L'image d'un dessin et ses dimensions en pixels."""
    import vl_convert

    largeur, hauteur = (float(re.search(rf'{cote}="([\d.]+)', svg).group(1)) for cote in ("width", "height"))
    return vl_convert.svg_to_png(svg, scale=_NETTETE), largeur, hauteur


def _dresser(tableau: Any, grille: Grille, entetes: int, taille: float) -> None:
    """Écrit de bas en haut les titres de colonnes, sauf le premier."""
    titres = [(rang, place) for rang, place in grille if rang < entetes and place]
    for rang, place in titres:
        case = tableau.cell(rang, place)
        case._tc.get_or_add_tcPr().append(element("w:textDirection", val="btLr"))
        case.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.LEFT
    signes = max(min(len(brut(grille[t].texte)), DRESSE) for t in titres)
    for rangee in list(tableau.rows)[:entetes]:
        rangee.height = Pt(signes * taille * CHASSE + MARGES)


def _dimensionner(tableau: Any, mesures: Sequence[float]) -> None:
    for colonne, mesure in zip(tableau.columns, mesures, strict=True):
        colonne.width = Pt(mesure)
    for rangee in tableau._tbl.tr_lst:
        place = 0
        for case in rangee.tc_lst:
            etendue = case.grid_span
            case.width = Pt(sum(mesures[place : place + etendue]))
            place += etendue


def _tenir(tableau: Any) -> None:
    """Un petit tableau reste sur une page ; un grand n'y laisse ni son en-tête, ni son total tout seuls."""
    rangees = tableau._tbl.tr_lst
    liees = rangees[:-1] if len(rangees) <= _PETIT_TABLEAU else [*rangees[:3], *rangees[-3:-1]]
    for rangee in liees:
        for paragraphe in rangee.iter(qn("w:p")):
            paragraphe.get_or_add_pPr().keepNext_val = True


def _rangee(rangee: Any, entete: bool) -> None:
    """Une rangée ne se coupe pas ; celles d'en-tête se répètent à chaque page."""
    reglages = rangee._tr.get_or_add_trPr()
    reglages.append(element("w:cantSplit"))
    if entete:
        reglages.append(element("w:tblHeader"))


def _bandes(tableau: Any, entete: bool, total: bool) -> None:
    """Dit à Word quelles rangées et quelles colonnes sont des en-têtes."""
    reglages = tableau._tbl.tblPr
    for ancien in reglages.findall(qn("w:tblLook")):
        reglages.remove(ancien)
    reglages.append(
        element(
            "w:tblLook",
            val="04A0",
            firstRow="1" if entete else "0",
            lastRow="1" if total else "0",
            firstColumn="1",
            lastColumn="0",
            noHBand="1",
            noVBand="1",
        )
    )


def _decrire(tableau: Any, texte: str) -> None:
    """Le texte de remplacement du tableau, après ses autres réglages comme le veut le format."""
    if texte:
        tableau._tbl.tblPr.append(element("w:tblCaption", val=texte[:250]))
