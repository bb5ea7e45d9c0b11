"""Écrire un classeur en ODS, le format de tableur des administrations : les mêmes feuilles que le XLSX."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import cache
from xml.sax.saxutils import escape, quoteattr

from observatoire.classeurs.contenu import Nombre
from observatoire.classeurs.formats import FORMATS, ORIGINE_JOURS, afficher
from observatoire.classeurs.grille import Case, Page, Rangee
from observatoire.classeurs.styles import CORPS, ENCRE, FILET, NUIT, POLICE, STYLES, Style
from observatoire.classeurs.xlsx import derniere
from observatoire.restitution.locale import INSECABLE

TYPE_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_JOUR = (1980, 1, 1, 0, 0, 0)  # la plus ancienne date d'une archive : aucune heure d'écriture n'y reste
_CM_PAR_SIGNE = 0.2
_ESPACES = " ".join(
    f'xmlns:{prefixe}="{adresse}"'
    for prefixe, adresse in {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "number": "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0",
        "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
        "meta": "urn:oasis:names:tc:opendocument:xmlns:meta:1.0",
        "manifest": "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0",
        "config": "urn:oasis:names:tc:opendocument:xmlns:config:1.0",
        "dc": "http://purl.org/dc/elements/1.1/",
        "xlink": "http://www.w3.org/1999/xlink",
    }.items()
)
_VERSION = 'office:version="1.3"'
_TETE = '<?xml version="1.0" encoding="UTF-8"?>'


def octets_ods(pages: Sequence[Page], titre: str, sujet: str, avertissement: str) -> bytes:
    """Les octets d'un classeur, les mêmes pour les mêmes pages."""
    fichiers = {
        "content.xml": _contenu(pages),
        "styles.xml": _styles(titre, avertissement),
        "meta.xml": _meta(titre, sujet, avertissement),
        "settings.xml": _reglages(pages),
    }
    fichiers["META-INF/manifest.xml"] = _manifeste(fichiers)
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w") as archive:
        # Le type vient en premier et sans compression : c'est à lui que le format se reconnaît.
        _ranger(archive, "mimetype", TYPE_ODS, zipfile.ZIP_STORED)
        for nom, texte in fichiers.items():
            _ranger(archive, nom, texte, zipfile.ZIP_DEFLATED)
    return sortie.getvalue()


def _ranger(archive: zipfile.ZipFile, nom: str, texte: str, compression: int) -> None:
    entree = zipfile.ZipInfo(nom, _JOUR)
    entree.compress_type, entree.external_attr = compression, 0o644 << 16
    archive.writestr(entree, texte.encode("utf-8"))


# Les feuilles


def _contenu(pages: Sequence[Page]) -> str:
    feuilles = "".join(_feuille(page, rang) for rang, page in enumerate(pages))
    automatiques = "".join(
        [*_styles_nombres(), *_styles_cases(pages), *_styles_colonnes(pages), *_styles_rangees(pages)]
    )
    tables = "".join(_table_nommee(page) for page in pages if page.entete is not None)
    return (
        f"{_TETE}<office:document-content {_ESPACES} {_VERSION}><office:automatic-styles>{automatiques}"
        f"</office:automatic-styles><office:body><office:spreadsheet>{feuilles}"
        f"<table:database-ranges>{tables}</table:database-ranges>"
        "</office:spreadsheet></office:body></office:document-content>"
    )


def _feuille(page: Page, rang: int) -> str:
    sens = "paysage" if page.paysage else "portrait"
    colonnes = "".join(
        f'<table:table-column table:style-name="{_nom_colonne(largeur)}" table:default-cell-style-name="Default"/>'
        for largeur in page.largeurs
    )
    morceaux = []
    for numero, rangee in enumerate(page.rangees):
        texte = _rangee(page, rangee)
        if numero == page.entete:
            texte = f"<table:table-header-rows>{texte}</table:table-header-rows>"
        morceaux.append(texte)
    return (
        f'<table:table table:name={quoteattr(page.nom)} table:style-name="ta_{sens}">'
        f"{colonnes}{''.join(morceaux)}</table:table>"
    )


def _rangee(page: Page, rangee: Rangee) -> str:
    style = _nom_rangee(rangee.hauteur)
    if rangee.etendue and page.portee > 1:
        fusion = f' table:number-columns-spanned="{page.portee}" table:number-rows-spanned="1"'
        suite = f'<table:covered-table-cell table:number-columns-repeated="{page.portee - 1}"/>'
        cases = _case(rangee.cases[0], fusion) + suite
    else:
        cases = "".join(_case(case) for case in rangee.cases)
    return f'<table:table-row table:style-name="{style}">{cases}</table:table-row>'


def _case(case: Case, fusion: str = "") -> str:
    valeur = case.valeur
    if isinstance(valeur, Nombre):
        style = f'table:style-name="{_nom_case(case.style, valeur.format)}"'
        return (
            f"<table:table-cell {style} {_typee(valeur)}{fusion}>"
            f"<text:p>{escape(afficher(valeur))}</text:p></table:table-cell>"
        )
    style = f'table:style-name="{_nom_case(case.style)}"'
    if not valeur:
        return f"<table:table-cell {style}{fusion}/>"
    texte = _texte(valeur)
    if case.lien:
        adresse = quoteattr(f"#'{case.lien}'.A1")
        texte = f'<text:a xlink:type="simple" xlink:href={adresse}>{texte}</text:a>'
    return f'<table:table-cell {style} office:value-type="string"{fusion}><text:p>{texte}</text:p></table:table-cell>'


def _texte(valeur: str) -> str:
    """Un texte échappé ; les blancs qui se suivent, que le format réduirait, y sont comptés."""
    propre = "".join(c for c in valeur if c in "\t\n" or c >= " ")
    ecrit = escape(propre).replace("\n", "<text:line-break/>").replace("\t", "<text:tab/>")
    morceaux = ecrit.split("  ")
    ecrit = " <text:s/>".join(morceaux)
    return "<text:s/>" + ecrit[1:] if ecrit.startswith(" ") else ecrit


def _typee(nombre: Nombre) -> str:
    if nombre.format == "jour":
        return f'office:value-type="date" office:date-value="{ORIGINE_JOURS + timedelta(days=nombre.valeur):%Y-%m-%d}"'
    genre = "percentage" if FORMATS[nombre.format][1] == "%" else "float"
    return f'office:value-type="{genre}" office:value="{nombre.valeur!r}"'


def _table_nommee(page: Page) -> str:
    """Le tableau d'une feuille, nommé, sa première rangée dite d'en-tête."""
    debut, fin = page.entete, derniere(page)
    largeur = len(page.rangees[debut].cases)
    feuille = "'" + page.nom + "'"
    etendue = quoteattr(f"{feuille}.A{debut + 1}:{feuille}.{_lettre(largeur)}{fin + 1}")
    return (
        f'<table:database-range table:name="{page.nom_table}" table:target-range-address={etendue} '
        f'table:contains-header="true" table:display-filter-buttons="{str(page.filtrable).lower()}"/>'
    )


def _lettre(colonne: int) -> str:
    lettres = ""
    while colonne:
        colonne, reste = divmod(colonne - 1, 26)
        lettres = chr(65 + reste) + lettres
    return lettres


# Les styles


def _styles_nombres() -> Iterator[str]:
    """Un style de nombre par format ; les unités sont écrites dans le style, jamais dans la case."""
    for cle, (decimales, suite, milliers) in FORMATS.items():
        nom = f'style:name="N_{cle}" number:language="fr" number:country="FR"'
        nombre = (
            f'<number:number number:decimal-places="{decimales}" number:min-decimal-places="{decimales}" '
            f'number:min-integer-digits="1" number:grouping="{str(milliers).lower()}"/>'
        )
        if cle == "jour":
            yield (
                f'<number:date-style {nom}><number:day number:style="long"/><number:text>/</number:text>'
                '<number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/>'
                "</number:date-style>"
            )
        elif cle == "brut":
            yield f'<number:number-style {nom}><number:number number:min-integer-digits="1"/></number:number-style>'
        elif suite == "%":
            unite = f"<number:text>{INSECABLE}%</number:text>"
            yield f"<number:percentage-style {nom}>{nombre}{unite}</number:percentage-style>"
        else:
            unite = f"<number:text>{INSECABLE}{suite}</number:text>" if suite else ""
            yield f"<number:number-style {nom}>{nombre}{unite}</number:number-style>"


def _styles_cases(pages: Iterable[Page]) -> Iterator[str]:
    employes = {
        (c.style, c.valeur.format if isinstance(c.valeur, Nombre) else "")
        for page in pages
        for rangee in page.rangees
        for c in rangee.cases
    }
    for nom, format_ in sorted(employes):
        nombre = f' style:data-style-name="N_{format_}"' if format_ else ""
        yield (
            f'<style:style style:name="{_nom_case(nom, format_)}" style:family="table-cell" '
            f'style:parent-style-name="Default"{nombre}>{_proprietes(STYLES[nom])}</style:style>'
        )


@cache
def _nom_case(nom: str, format_: str = "") -> str:
    return f"ce_{nom}_{format_}" if format_ else f"ce_{nom}"


def _proprietes(style: Style) -> str:
    hauteur = "middle" if style.centre else "top"
    case = f'style:vertical-align="{hauteur}" fo:wrap-option="{"wrap" if style.renvoi else "no-wrap"}"'
    if style.retrait:
        case += ' fo:padding-left="0.15cm" fo:padding-right="0.15cm"'
    if style.fond:
        case += f' fo:background-color="{style.fond}"'
    if style.filet:
        case += f' fo:border-bottom="0.5pt solid {FILET}"'
    if style.haut:
        case += f' fo:border-top="1.5pt solid {NUIT}"'
    texte = f'fo:color="{style.couleur}" fo:font-size="{style.corps}pt"'
    if style.gras:
        texte += ' fo:font-weight="bold"'
    if style.italique:
        texte += ' fo:font-style="italic"'
    if style.souligne:
        texte += ' style:text-underline-style="solid" style:text-underline-width="auto"'
    return (
        f"<style:table-cell-properties {case}/>"
        f'<style:paragraph-properties fo:text-align="{"end" if style.droite else "start"}"/>'
        f"<style:text-properties {texte}/>"
    )


def _styles_colonnes(pages: Iterable[Page]) -> Iterator[str]:
    for largeur in sorted({largeur for page in pages for largeur in page.largeurs}):
        yield (
            f'<style:style style:name="{_nom_colonne(largeur)}" style:family="table-column">'
            f'<style:table-column-properties style:column-width="{largeur * _CM_PAR_SIGNE:.2f}cm"/></style:style>'
        )


def _nom_colonne(largeur: float) -> str:
    return f"co_{largeur:g}".replace(".", "_")


def _styles_rangees(pages: Iterable[Page]) -> Iterator[str]:
    hauteurs = {r.hauteur for page in pages for r in page.rangees}
    for hauteur in sorted(hauteurs, key=lambda h: h or 0):
        libre = 'style:use-optimal-row-height="true"'
        voulue = f'style:row-height="{hauteur:.1f}pt" style:use-optimal-row-height="false"' if hauteur else libre
        yield (
            f'<style:style style:name="{_nom_rangee(hauteur)}" style:family="table-row">'
            f"<style:table-row-properties {voulue}/></style:style>"
        )
    for sens in ("portrait", "paysage"):
        yield (
            f'<style:style style:name="ta_{sens}" style:family="table" style:master-page-name="mp_{sens}">'
            '<style:table-properties table:display="true"/></style:style>'
        )


def _nom_rangee(hauteur: float | None) -> str:
    return "ro" if hauteur is None else f"ro_{hauteur:.1f}".replace(".", "_")


def _styles(titre: str, avertissement: str) -> str:
    langue = 'fo:language="fr" fo:country="FR"'
    bords = 'fo:min-height="0.8cm" fo:margin-left="0cm" fo:margin-right="0cm"'
    pages, maitres = [], []
    for sens, (largeur, hauteur) in {"portrait": ("21cm", "29.7cm"), "paysage": ("29.7cm", "21cm")}.items():
        orientation = "landscape" if sens == "paysage" else "portrait"
        pages.append(
            f'<style:page-layout style:name="pl_{sens}"><style:page-layout-properties fo:page-width="{largeur}" '
            f'fo:page-height="{hauteur}" style:print-orientation="{orientation}" style:first-page-number="continue" '
            'fo:margin-top="1.5cm" '
            'fo:margin-bottom="1.3cm" fo:margin-left="1.3cm" fo:margin-right="1.3cm" style:scale-to-X="1" '
            f'style:scale-to-Y="0"/><style:header-style><style:header-footer-properties {bords} '
            'fo:margin-bottom="0.5cm"/></style:header-style><style:footer-style><style:header-footer-properties '
            f'{bords} fo:margin-top="0.3cm"/></style:footer-style></style:page-layout>'
        )
        maitres.append(
            f'<style:master-page style:name="mp_{sens}" style:page-layout-name="pl_{sens}"><style:header>'
            f"<text:p>{escape(titre)}</text:p></style:header>"
            "<style:footer><style:region-left><text:p><text:sheet-name>Feuille</text:sheet-name></text:p>"
            f"</style:region-left><style:region-center><text:p>{escape(avertissement)}</text:p></style:region-center>"
            "<style:region-right><text:p>Page <text:page-number>1</text:page-number> sur "
            "<text:page-count>1</text:page-count></text:p></style:region-right></style:footer></style:master-page>"
        )
    return (
        f"{_TETE}<office:document-styles {_ESPACES} {_VERSION}><office:styles><style:default-style "
        f'style:family="table-cell"><style:text-properties fo:font-family="{POLICE}" fo:font-size="{CORPS}pt" '
        f'fo:color="{ENCRE}" {langue}/></style:default-style><style:style style:name="Default" '
        f'style:family="table-cell"/></office:styles><office:automatic-styles>{"".join(pages)}'
        f"</office:automatic-styles><office:master-styles>{''.join(maitres)}</office:master-styles>"
        "</office:document-styles>"
    )


# Le reste du paquet


def _meta(titre: str, sujet: str, avertissement: str) -> str:
    return (
        f"{_TETE}<office:document-meta {_ESPACES} {_VERSION}><office:meta><dc:title>{escape(titre)}</dc:title>"
        f"<dc:subject>{escape(sujet)}</dc:subject><dc:description>{escape(avertissement)}</dc:description>"
        "<dc:language>fr-FR</dc:language></office:meta></office:document-meta>"
    )


def _reglages(pages: Sequence[Page]) -> str:
    """À l'ouverture : la couverture d'abord, l'en-tête des données figée, pas de quadrillage hors des données."""
    vues = "".join(_vue(page) for page in pages)
    return (
        f"{_TETE}<office:document-settings {_ESPACES} {_VERSION}><office:settings><config:config-item-set "
        'config:name="ooo:view-settings"><config:config-item-map-indexed config:name="Views">'
        '<config:config-item-map-entry><config:config-item config:name="ActiveTable" config:type="string">'
        f'{escape(pages[0].nom)}</config:config-item><config:config-item-map-named config:name="Tables">{vues}'
        "</config:config-item-map-named></config:config-item-map-entry></config:config-item-map-indexed>"
        "</config:config-item-set></office:settings></office:document-settings>"
    )


def _vue(page: Page) -> str:
    items = [("ShowGrid", "boolean", str(page.filtrable).lower())]
    if page.filtrable and page.entete is not None:
        figee = str(page.entete + 1)
        items += [("VerticalSplitMode", "short", "2"), ("VerticalSplitPosition", "int", figee)]
        items += [("PositionBottom", "int", figee), ("ActiveSplitRange", "short", "2")]
    lignes = "".join(
        f'<config:config-item config:name="{n}" config:type="{t}">{v}</config:config-item>' for n, t, v in items
    )
    return f"<config:config-item-map-entry config:name={quoteattr(page.nom)}>{lignes}</config:config-item-map-entry>"


def _manifeste(fichiers: Iterable[str]) -> str:
    entrees = "".join(
        f'<manifest:file-entry manifest:full-path="{nom}" manifest:media-type="text/xml"/>' for nom in fichiers
    )
    return (
        f'{_TETE}<manifest:manifest {_ESPACES} manifest:version="1.3"><manifest:file-entry manifest:full-path="/" '
        f'manifest:version="1.3" manifest:media-type="{TYPE_ODS}"/>{entrees}</manifest:manifest>'
    )
