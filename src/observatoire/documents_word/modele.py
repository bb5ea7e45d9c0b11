"""Les styles d'un document : ceux de la maison, ou ceux du modèle d'une association.

Un modèle est un `.docx` quelconque : ses marges, ses en-têtes, son logo et ses styles sont gardés, son texte est
retiré. Un style qui lui manque est ajouté, tel que la maison le règle ; rien d'autre n'y est changé.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from observatoire.documents_word.ooxml import element
from observatoire.erreurs import ErreurFichier
from observatoire.paquet import figer
from observatoire.restitution import theme

LANGUE = "fr-FR"
TEXTE, TITRES = "Arial", "Georgia"
STYLE_TABLEAU = "Tableau observatoire"


@dataclass(frozen=True)
class Style:
    """Un style de paragraphe : ce qui change par rapport à celui dont il part. Tailles et blancs en points."""

    nom: str
    base: str = "Normal"
    taille: float | None = None
    gras: bool | None = None
    italique: bool | None = None
    couleur: str = ""
    avant: float | None = None
    apres: float | None = None
    suivi: bool | None = None  # reste sur la même page que le paragraphe suivant
    titre: bool = False  # police des titres
    retrait: float | None = None  # en centimètres
    filet: str = ""  # couleur d'un trait à gauche
    droite: bool = False


STYLES = (
    Style("Normal", "", 10.5, couleur="encre", avant=0, apres=6),
    Style("Title", "", 28, True, couleur="bande", avant=4, apres=6, titre=True),
    Style("Subtitle", "", 12, italique=False, couleur="doux", apres=10),
    Style("Heading 1", "", 19, True, couleur="bande", avant=26, apres=8, suivi=True, titre=True),
    Style("Heading 2", "", 13.5, True, couleur="encre", avant=18, apres=2, suivi=True, titre=True),
    Style("Heading 3", "", 11.5, True, couleur="encre", avant=12, apres=2, suivi=True, titre=True),
    Style("Caption", "", 9, True, couleur="encre", avant=8, apres=3, suivi=True),
    Style("List Bullet", "", apres=3),
    Style("List Bullet 2", "", apres=3),
    Style("List Number", "", apres=3),
    Style("List Number 2", "", apres=3),
    Style("Header", "", 8.5, couleur="doux"),
    Style("Footer", "", 8.5, couleur="doux"),
    Style("Titre du sommaire", taille=14, gras=True, couleur="bande", avant=18, apres=6, suivi=True, titre=True),
    Style("toc 1", taille=10.5, gras=True, avant=5, apres=1),
    Style("toc 2", taille=9.5, apres=1, retrait=0.6, couleur="doux"),
    Style("Surtitre", taille=12, gras=True, couleur="fort", avant=40, apres=0, suivi=True),
    Style("Lieu", taille=10, couleur="doux", apres=0),
    Style("Avertissement", taille=10.5, gras=True, couleur="grave", apres=6),
    Style("Chapeau", taille=11, italique=True, couleur="doux", apres=8),
    Style("Constat", taille=11, gras=True, couleur="fort", apres=4, suivi=True),
    Style("Phrase", suivi=True),
    Style("Légende du graphique", taille=9, couleur="doux", avant=4, apres=2, suivi=True),
    Style("Graphique", avant=4, apres=0, suivi=True),
    Style("Légende de figure", "Caption", avant=0, apres=8, suivi=False),
    Style("Note", taille=8.5, couleur="doux", avant=3, apres=3),
    Style("Alerte", taille=9.5, couleur="alerte", avant=2, apres=3, retrait=0.3, filet="alerte"),
    Style("Terme", gras=True, avant=8, apres=2, suivi=True),
    Style("Définition courte", taille=9.5, apres=2),
    Style("Case", taille=9, avant=1.5, apres=1.5),
    Style("Case nombre", "Case", droite=True),
    Style("Chiffre clé", taille=22, gras=True, couleur="fort", avant=4, apres=0, suivi=True, titre=True),
    Style("Chiffre clé, libellé", taille=9.5, gras=True, apres=0, suivi=True),
    Style("Chiffre clé, évolution", taille=8.5, couleur="doux", apres=4),
    Style("Alerte, intitulé", "Alerte", gras=True, suivi=True),
    Style("Commentaire", avant=2, apres=6, retrait=0.3, filet="second"),
    Style("Commentaire, intitulé", "Commentaire", taille=9, gras=True, couleur="doux", apres=2, suivi=True),
    Style("Commentaire, intertitre", "Commentaire", gras=True, suivi=True),
)


def ouvrir_modele(modele: Path | None) -> Document:
    """Un document vide aux styles voulus : ceux du modèle s'il y en a un, ceux de la maison sinon.

    Lève `ErreurFichier` si le modèle n'est pas un document Word lisible.
    """
    if modele is None:
        return docx.Document(io.BytesIO(_maison()))
    document = ouvrir(modele)
    _preparer(document, neuf=False)
    return document


@lru_cache(maxsize=1)
def _maison() -> bytes:
    """Le document vide de la maison, fait une fois."""
    document = docx.Document()
    _mettre_en_page(document)
    _preparer(document, neuf=True)
    _rajeunir(document)
    tampon = io.BytesIO()
    document.save(tampon)
    return tampon.getvalue()


def _rajeunir(document: Document) -> None:
    """Le document vide fourni date de Word 2010, en anglais : ni mode de compatibilité, ni aperçu d'un autre."""
    reglages = document.settings.element
    for ancien in (*reglages.iter(qn("w:useFELayout")), *reglages.iter(qn("w:proofState"))):
        ancien.getparent().remove(ancien)
    for reglage in reglages.iter(qn("w:compatSetting")):
        if reglage.get(qn("w:name")) == "compatibilityMode":
            reglage.set(qn("w:val"), "15")
    for nom, signe in (("w:decimalSymbol", ","), ("w:listSeparator", ";")):
        for reglage in reglages.iter(qn(nom)):
            reglage.set(qn("w:val"), signe)
    liens = document.part.package.rels
    for numero in [n for n, lien in liens.items() if lien.reltype.endswith("/thumbnail")]:
        del liens[numero]


def _preparer(document: Document, neuf: bool) -> None:
    _vider(document)
    _langue(document)
    styles = {(s.name or "").lower(): s for s in document.styles}
    for style in STYLES:
        _regler(document, styles, style, neuf)
    if STYLE_TABLEAU.lower() not in styles:
        _style_tableau(document)


def ouvrir(fichier: Path) -> Document:
    """Ouvre un document Word. Lève `ErreurFichier` s'il manque, ou si ce n'en est pas un."""
    try:
        return docx.Document(io.BytesIO(fichier.read_bytes()))
    except OSError as erreur:
        raise ErreurFichier(
            f"Impossible de lire « {fichier} » : {erreur.strerror or erreur}.", "Vérifiez le nom et le dossier."
        ) from erreur
    except Exception as erreur:  # archive abîmée, autre format, XML invalide : un seul remède
        raise ErreurFichier(
            f"« {fichier.name} » n'est pas un document Word lisible.",
            "Ouvrez-le dans Word ou LibreOffice et enregistrez-le au format .docx.",
        ) from erreur


def ecrire_modele(cible: Path) -> Path:
    """Écrit le modèle de la maison, que l'association adapte : styles, marges, et un exemple de chacun."""
    document = ouvrir_modele(None)
    document.add_paragraph("Modèle des documents", style="Title")
    document.add_paragraph(
        "Changez les styles, les marges, l'en-tête et le pied de page, puis rangez ce fichier dans "
        "data/modeles/reference.docx : les prochains documents les prendront. Son texte ne sera pas repris."
    )
    for style in STYLES:
        document.add_paragraph(style.nom, style=style.nom)
    _exemple_tableau(document)
    tampon = io.BytesIO()
    document.save(tampon)
    cible.parent.mkdir(parents=True, exist_ok=True)
    cible.write_bytes(figer(tampon.getvalue()))
    return cible


def _exemple_tableau(document: Document) -> None:
    tableau = document.add_table(2, 2, style=STYLE_TABLEAU)
    for case, texte in zip(tableau._cells, ("En-tête", "2022", "Ligne", "12"), strict=True):
        case.text = texte


def _vider(document: Document) -> None:
    """Retire le texte du modèle ; la mise en page de sa dernière section reste."""
    corps = document.element.body
    for fils in list(corps):
        if fils.tag != qn("w:sectPr"):
            corps.remove(fils)


def _mettre_en_page(document: Document) -> None:
    """A4, marges de deux centimètres."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin, section.bottom_margin = Cm(2.2), Cm(2)
    section.header_distance = section.footer_distance = Cm(1)


def _langue(document: Document) -> None:
    """Dit le français partout où Word cherche une langue."""
    styles = document.styles.element
    defauts = styles.find(qn("w:docDefaults"))
    if defauts is None:
        defauts = element("w:docDefaults")
        styles.insert(0, defauts)
    for nom in ("w:rPrDefault", "w:rPr"):
        suivant = defauts.find(qn(nom))
        if suivant is None:
            suivant = element(nom)
            defauts.append(suivant)
        defauts = suivant
    ancienne = defauts.find(qn("w:lang"))
    if ancienne is not None:
        defauts.remove(ancienne)
    defauts.append(element("w:lang", val=LANGUE, eastAsia=LANGUE, bidi="ar-SA"))
    reglages = document.settings.element
    for vieux in reglages.findall(qn("w:themeFontLang")):
        vieux.attrib.clear()
        vieux.set(qn("w:val"), LANGUE)


def _regler(document: Document, styles: dict[str, Any], voulu: Style, neuf: bool) -> None:
    """Ajoute un style absent ; sur un document neuf, règle aussi ceux que la bibliothèque fournit."""
    style = styles.get(voulu.nom.lower())
    if style is not None and not neuf:
        return
    if style is None:
        style = styles[voulu.nom.lower()] = document.styles.add_style(voulu.nom, WD_STYLE_TYPE.PARAGRAPH)
    style.hidden, style.quick_style = False, True
    if base := styles.get(voulu.base.lower()):
        style.base_style = base
    _police(style, voulu)
    _paragraphe(style, voulu)


def _police(style: Any, voulu: Style) -> None:
    police = style.font
    for espacement in style.element.get_or_add_rPr().findall(qn("w:spacing")):  # lettres écartées du modèle fourni
        espacement.getparent().remove(espacement)
    if voulu.taille:
        police.size = Pt(voulu.taille)
    if voulu.gras is not None:
        police.bold = voulu.gras
    if voulu.italique is not None:
        police.italic = voulu.italique
    if voulu.couleur:
        police.color.rgb = RGBColor.from_string(teinte(voulu.couleur))
    if voulu.titre or voulu.nom == "Normal" or not voulu.base:
        nommer_police(style.element.get_or_add_rPr(), TITRES if voulu.titre else TEXTE)


def nommer_police(rpr: Any, nom: str) -> None:
    """Une même police pour toutes les écritures, à la place de celle du thème."""
    polices = rpr.get_or_add_rFonts()
    for attribut in list(polices.attrib):
        del polices.attrib[attribut]
    for ecriture in ("ascii", "hAnsi", "cs", "eastAsia"):
        polices.set(qn(f"w:{ecriture}"), nom)


def _paragraphe(style: Any, voulu: Style) -> None:
    forme = style.paragraph_format
    if voulu.avant is not None:
        forme.space_before = Pt(voulu.avant)
    if voulu.apres is not None:
        forme.space_after = Pt(voulu.apres)
    if voulu.suivi is not None:
        forme.keep_with_next = voulu.suivi
    if voulu.retrait is not None:
        forme.left_indent = Cm(voulu.retrait)
    if voulu.droite:
        forme.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    forme.widow_control = True
    ppr = style.element.get_or_add_pPr()
    for ancien in ppr.findall(qn("w:pBdr")):
        ppr.remove(ancien)
    if voulu.filet:
        bords = element("w:pBdr")
        bords.append(element("w:left", val="single", sz="18", space="8", color=teinte(voulu.filet)))
        ppr.insert_element_before(bords, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:contextualSpacing", "w:jc")


def teinte(nom: str) -> str:
    """La teinte claire d'une couleur de la page, en hexadécimal sans dièse."""
    return {**theme.COULEURS, **theme.COULEURS_PAGE}[nom][0].lstrip("#").upper()


def _style_tableau(document: Document) -> None:
    """Le style des tableaux : filets fins, en-tête et total en gras."""
    style = document.styles.add_style(STYLE_TABLEAU, WD_STYLE_TYPE.TABLE)
    style.hidden, style.quick_style = False, True
    filet, fort = teinte("filet"), teinte("bande")
    bords = element("w:tblBorders")
    for cote, trait, couleur in (("top", "8", fort), ("bottom", "8", fort), ("insideH", "4", filet)):
        bords.append(element(f"w:{cote}", val="single", sz=trait, space="0", color=couleur))
    marges = element("w:tblCellMar")
    for cote in ("left", "right"):
        marges.append(element(f"w:{cote}", w="70", type="dxa"))
    reglages = element("w:tblPr")
    reglages.append(bords)
    reglages.append(marges)
    style.element.append(reglages)
    style.element.append(_bande("firstRow", fort, "bottom"))
    style.element.append(_bande("lastRow", fort, "top"))


def _bande(quand: str, couleur: str, cote: str) -> Any:
    """La mise en forme d'une rangée d'en-tête ou de total : gras, filet fort."""
    bande = element("w:tblStylePr", type=quand)
    course = element("w:rPr")
    course.append(element("w:b"))
    bande.append(course)
    case = element("w:tcPr")
    bords = element("w:tcBorders")
    bords.append(element(f"w:{cote}", val="single", sz="8", space="0", color=couleur))
    case.append(bords)
    bande.append(case)
    return bande
