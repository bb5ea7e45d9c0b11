"""Lire une page publiée pour en faire un document : le carnet exécuté a déjà toutes les cellules protégées.

Partir de la page garantit que Word ne dit rien de plus, ni d'autre, que ce qu'elle imprime : un chiffre masqué
y est déjà masqué, dans les tableaux comme dans les phrases.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from lxml import html

from observatoire.documents_word.contenu import (
    Case,
    Contenu,
    Element,
    Image,
    Morceau,
    Paragraphe,
    Rangee,
    Tableau,
    Texte,
    Titre,
    Tuile,
    Tuiles,
    Zone,
    brut,
)
from observatoire.documents_word.legende import signes
from observatoire.documents_word.zones import AVANT_PROPOS, nom_zone
from observatoire.erreurs import ErreurFichier

# La classe d'un paragraphe de la page → son style dans le document.
STYLES = {
    "chapeau": "Chapeau",
    "phrase": "Phrase",
    "base": "Note",
    "notes": "Note",
    "legende-etats": "Note",
    "source": "Note",
    "commentaires": "Commentaire",
    "commentaire": "Commentaire",
    "intertitre": "Commentaire, intertitre",
    "derogations": "Alerte",
    "interdit": "Avertissement",
    "verdict": "Constat",
    "retenue": "Alerte",
    "reste": "Note",
    "remede": "Note",
    "niveau": "Terme",
}
# Un intitulé (« Commentaire du service ») prend le style de ce qu'il annonce.
_INTITULES = {"Commentaire": "Commentaire, intitulé", "Alerte": "Alerte, intitulé"}
# Ce que le document n'imprime pas : la relecture sert à l'écran ; un texte venu de Word y est déjà, dans sa zone.
_ECRAN, _REPRIS = "relecture", "federation"
_TITRES = ("h2", "h3", "h4", "h5", "h6")
LEGENDE = "Légende du graphique"
_BLOCS = {"p", "div", "section", "figure", "ul", "ol", "dl", "table", "h1", "h2", "h3", "h4", "h5", "h6", "details"}
_BLOCS |= {"summary", "article", "figcaption", "blockquote", "header", "footer", "nav", "aside", "main", "hr", "pre"}
_IGNORES = {"script", "style", "template", "noscript", "button", "input", "select", "label", "svg"}
_SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)


def lire_carnet(carnet: Path, zones: bool = False) -> Contenu:
    """Le contenu d'un carnet exécuté. `zones` : ménager un endroit où écrire après chaque partie.

    Lève `ErreurFichier` si le carnet manque ou n'est pas le rendu d'un document.
    """
    try:
        cellules = json.loads(carnet.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError) as erreur:
        raise ErreurFichier(
            f"Le carnet rendu {carnet.name} ne se lit pas.", "Rendez de nouveau le document, puis recommencez."
        ) from erreur
    sorties = (s.get("data", {}).get("text/html") for c in cellules for s in c.get("outputs", ()))
    return lire_page(("".join(s) for s in sorties if s), zones)


def lire_page(fragments: Iterable[str], zones: bool = False) -> Contenu:
    """Le contenu de morceaux de page, dans leur ordre. Lève `ErreurFichier` s'il n'y a pas de titre de page."""
    dessins: list[str] = []
    # L'analyse HTML mettrait en minuscules les attributs d'un dessin : il est mis de côté, tel quel.
    page = _SVG.sub(lambda m: _mettre_de_cote(m.group(0), dessins), "\n".join(fragments))
    racine = html.document_fromstring(f"<main>{page}</main>")
    titre = racine.find(".//h1")
    if titre is None:
        raise ErreurFichier("Ce carnet n'a pas de titre : ce n'est pas un document publié.", "Rendez-le de nouveau.")
    lecteur = _Lecteur(zones, dessins)
    corps = tuple(lecteur.corps(racine))
    surtitre = titre.find("span[@class='surtitre']")
    entier = brut(_texte(titre))
    avant = brut(_texte(surtitre)) if surtitre is not None else ""
    return Contenu(
        titre=entier.removeprefix(avant).strip(),
        surtitre=avant,
        lieu=_premier(racine, "lieu"),
        presentation=_premier(racine, "presentation"),
        fiche=tuple(brut(_texte(li)) for li in racine.xpath(".//ul[@class='fiche']/li")),
        avertissement=_premier(racine, "interdit"),
        corps=corps,
    )


def _mettre_de_cote(dessin: str, dessins: list[str]) -> str:
    dessins.append(dessin)
    return f'<svg data-rang="{len(dessins) - 1}"></svg>'


def _premier(racine: html.HtmlElement, classe: str) -> str:
    trouves = racine.xpath(f".//p[{_a_classe(classe)}]")
    return brut(_texte(trouves[0])) if trouves else ""


def _a_classe(nom: str) -> str:
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {nom} ')"


def _classes(noeud: html.HtmlElement) -> set[str]:
    return set((noeud.get("class") or "").split())


class _Lecteur:
    """Parcourt la page et en tire les éléments, dans l'ordre de lecture."""

    def __init__(self, zones: bool, dessins: list[str]) -> None:
        self.zones, self.dessins = zones, dessins
        self._suites = 0

    def corps(self, racine: html.HtmlElement) -> Iterator[Element]:
        """Tout sauf le bandeau et le sommaire, que le document recompose."""
        ouvert = False
        for noeud in racine.find("body/main"):
            if isinstance(noeud.tag, str) and not _est_couverture(noeud):
                if self.zones and not ouvert and noeud.tag == "section":
                    ouvert = True
                    yield Zone(AVANT_PROPOS, "Avant-propos")
                yield from self.noeud(noeud)

    def noeud(self, noeud: html.HtmlElement, style: str = "Normal") -> Iterator[Element]:
        """Les éléments d'un nœud ; `style` : celui que son parent lui donne."""
        classes = _classes(noeud)
        if noeud.tag in _IGNORES or noeud.get("aria-hidden") == "true" or noeud.get("hidden") is not None:
            return
        if _ECRAN in classes or (self.zones and _REPRIS in classes):
            return
        if noeud.tag == "figure":
            yield from self._figure(noeud)
        elif noeud.tag == "section":
            yield from self._section(noeud, style)
        elif noeud.tag == "table":
            yield tableau(noeud)
        elif noeud.tag == "ul" and "tuiles" in classes:
            yield Tuiles(tuple(_tuile(li) for li in noeud.findall("li")))
        elif noeud.tag == "ul" and "legende" in classes:
            yield Paragraphe(_legende(noeud), LEGENDE)
        elif noeud.tag in ("ul", "ol"):
            yield from self._liste(noeud, "Alerte" if "alertes" in classes else "")
        elif noeud.tag == "dl":
            yield from self._definitions(noeud)
        elif noeud.tag in _TITRES:
            yield from self._titre(noeud)
        elif noeud.tag in ("summary", "h1"):
            return
        elif noeud.tag in ("p", "pre"):
            yield from self._paragraphe(noeud, style)
        else:
            yield from self._contenant(noeud, _style(classes, style))

    def _contenant(self, noeud: html.HtmlElement, style: str) -> Iterator[Element]:
        """Un nœud quelconque : ses blocs, ou un paragraphe s'il n'a que du texte."""
        if any(fils.tag in _BLOCS for fils in noeud):
            for fils in noeud:
                if isinstance(fils.tag, str):
                    yield from self.noeud(fils, style)
        elif texte := _texte(noeud):
            yield Paragraphe(texte, style)

    def _paragraphe(self, noeud: html.HtmlElement, style: str) -> Iterator[Element]:
        classes = _classes(noeud)
        voulu = _INTITULES.get(style, style) if "quoi" in classes else _style(classes, style)
        if texte := _texte(noeud):
            yield Paragraphe(texte, voulu, noeud.get("id") or "")

    def _titre(self, noeud: html.HtmlElement) -> Iterator[Element]:
        """Un titre ; celui d'une figure se coupe : la variable fait le titre, le constat vient dessous."""
        ancre = _ancre(noeud)
        niveau = min(3, int(noeud.tag[1]) - 1)
        dans_liste = any(parent.tag in ("li", "dd") for parent in noeud.iterancestors())
        surtitre = noeud.find("span[@class='surtitre']")
        constat = noeud.find("span[@class='constat']")
        if surtitre is not None and constat is not None:
            yield Titre(_texte(surtitre), niveau, ancre)
            yield Paragraphe(_texte(constat), "Constat")
        elif dans_liste:
            yield Paragraphe(_texte(noeud), "Terme", ancre)
        else:
            yield Titre(_numerote(noeud), niveau, ancre)

    def _section(self, noeud: html.HtmlElement, style: str) -> Iterator[Element]:
        """Une section ; l'endroit où la commenter suit son titre et son chapeau."""
        attend = self.zones and noeud.find(".//figure") is not None
        for fils in noeud:
            if attend and (fils.tag == "figure" or fils.find(".//figure") is not None):
                attend = False
                titre = noeud.find("h2")
                yield Zone(nom_zone(noeud.get("id") or ""), brut(_texte(titre)) if titre is not None else "")
            if isinstance(fils.tag, str):
                yield from self.noeud(fils, style)

    def _figure(self, noeud: html.HtmlElement) -> Iterator[Element]:
        """Une figure : ses textes et ses tableaux, son image, et l'endroit où la commenter."""
        titre, image = _titre_figure(noeud), self._image(noeud)
        muettes = noeud.find(".//table") is not None  # un tableau dit déjà la valeur des tuiles
        for element in self._parties(noeud):
            if isinstance(element, Tuiles) and muettes:
                continue
            if image is not None and isinstance(element, Paragraphe) and element.style == LEGENDE:
                image = replace(image, couleurs=element.texte)
                continue
            if image is not None and isinstance(element, Tableau):
                yield image
                image = None
            yield element
        if image is not None:
            yield image
        if self.zones and noeud.get("id"):
            yield Zone(nom_zone(noeud.get("id")), titre)

    def _image(self, figure: html.HtmlElement) -> Image | None:
        """La première image fixe d'une figure, en grande largeur, et sa description."""
        trouves = figure.xpath(f".//div[{_a_classe('large')}]//svg") or figure.xpath(".//svg")
        if not trouves:
            return None
        legende = figure.find("figcaption")
        description = brut(_texte(legende, sans=("summary",))) if legende is not None else ""
        titre = _titre_figure(figure)
        dessin = self.dessins[int(trouves[0].get("data-rang"))]
        return Image(dessin, titre, f"{titre}. {description}" if description else titre)

    def _parties(self, noeud: html.HtmlElement) -> Iterator[Element]:
        for fils in noeud:
            if isinstance(fils.tag, str) and fils.tag != "figcaption":
                yield from self.noeud(fils)

    def _liste(self, noeud: html.HtmlElement, style: str) -> Iterator[Element]:
        """Une liste : un paragraphe par entrée ; une entrée composée rend ses propres blocs."""
        self._suites += noeud.tag == "ol"
        suite = self._suites if noeud.tag == "ol" else 0
        rang = sum(1 for parent in noeud.iterancestors() if parent.tag in ("ul", "ol"))
        style = style or ("List Number" if suite else "List Bullet") + (" 2" if rang else "")
        for li in noeud.findall("li"):
            if any(fils.tag in _BLOCS - {"ul", "ol"} for fils in li):
                fiche = any(fils.tag in _TITRES for fils in li)  # une entrée titrée n'est pas une puce
                yield from self._contenant(li, "Normal" if fiche else style)
                continue
            if texte := _texte(li, sans=("ul", "ol")):
                yield Paragraphe(texte, style, suite=suite)
            for fils in li.iterchildren("ul", "ol"):
                yield from self._liste(fils, "")

    def _definitions(self, noeud: html.HtmlElement) -> Iterator[Element]:
        """Une liste de définitions : courtes sur une ligne, longues sous leur terme."""
        for groupe in noeud.iterchildren("div"):
            terme = groupe.find("dt")
            ancre = groupe.get("id") or ""
            for sens in groupe.iterchildren("dd"):
                if any(fils.tag in _BLOCS for fils in sens):
                    yield Paragraphe(_texte(terme), "Terme", ancre)
                    if "glossaire" in _classes(noeud):
                        yield from _glose(sens)
                    else:
                        yield from self._contenant(sens, "Normal")
                else:
                    gras = tuple(replace(m, gras=True) for m in _texte(terme))
                    yield Paragraphe((*gras, Morceau("\u00a0: "), *_texte(sens)), "Définition courte", ancre)


def _glose(sens: html.HtmlElement) -> Iterator[Element]:
    """Une définition : son texte, puis le détail du calcul sur une ligne plutôt qu'en liste."""
    for paragraphe in sens.iter("p"):
        yield Paragraphe(_texte(paragraphe), "Normal")
    details = [_texte(li) for li in sens.iter("li")]
    if details:
        yield Paragraphe(sum(((*d, Morceau(" · ")) for d in details), ())[:-1], "Note")


def _est_couverture(noeud: html.HtmlElement) -> bool:
    classes = _classes(noeud)
    if classes & {"interdit", "bandeau", "titre-sommaire"}:
        return True
    return noeud.tag == "details" and noeud.find("summary") is not None and noeud.findtext("summary") == "Sommaire"


def _style(classes: set[str], defaut: str) -> str:
    return next((STYLES[c] for c in sorted(classes) if c in STYLES), defaut)


def _ancre(noeud: html.HtmlElement) -> str:
    """L'ancre d'un titre : la sienne, ou celle de la partie qu'il ouvre."""
    for candidat in (noeud, noeud.getparent()):
        if candidat is not None and candidat.get("id"):
            ancre = candidat.get("id")
            return ancre.removesuffix("-titre").removesuffix("-t") if candidat is noeud else ancre
    return ""


def _titre_figure(figure: html.HtmlElement) -> str:
    """Le nom d'une figure, sans son constat."""
    titre = figure.find(".//h3")
    if titre is None:
        return ""
    surtitre = titre.find("span[@class='surtitre']")
    return brut(_texte(surtitre if surtitre is not None else titre))


# Tableaux


def tableau(noeud: html.HtmlElement) -> Tableau:
    """Un tableau de la page : chaque case y garde son texte, son étendue et son rôle."""
    legende = noeud.find("caption")
    return Tableau(
        legende=brut(_texte(legende)) if legende is not None else "",
        entetes=tuple(_rangee(r) for r in noeud.xpath("./thead/tr")),
        corps=tuple(_rangee(r) for r in noeud.xpath("./tbody/tr | ./tr")),
        totaux=tuple(_rangee(r) for r in noeud.xpath("./tfoot/tr")),
    )


def _rangee(noeud: html.HtmlElement) -> Rangee:
    return tuple(_case(c) for c in noeud.iterchildren("th", "td"))


def _case(noeud: html.HtmlElement) -> Case:
    texte = _texte(noeud)
    return Case(
        texte=texte,
        colonnes=int(noeud.get("colspan") or 1),
        rangees=int(noeud.get("rowspan") or 1),
        entete=noeud.tag == "th",
        nombre=noeud.tag == "td" and "texte" not in _classes(noeud),
    )


# Textes


def _numerote(titre: html.HtmlElement) -> Texte:
    """Un titre ; son numéro, s'il se lit, est séparé de ce qui suit."""
    numero = titre.find("span[@class='numero']")
    if numero is None or numero.get("aria-hidden") == "true":
        return _texte(titre)
    return (Morceau(f"{brut(_texte(numero))} — "), *_texte(titre, sans=("span",)))


def _tuile(noeud: html.HtmlElement) -> Tuile:
    def dire(classe: str) -> str:
        trouves = noeud.xpath(f".//*[{_a_classe(classe)}]")
        return brut(_texte(trouves[0])) if trouves else ""

    unite = dire("unite")
    return Tuile(dire("valeur").removesuffix(unite), unite, dire("quoi"), dire("tendance"))


def _legende(noeud: html.HtmlElement) -> Texte:
    """Les entrées d'une légende, chacune précédée de son signe."""
    morceaux: list[Morceau] = []
    for li in noeud.findall("li"):
        pastille = li.find("span")
        classes = (pastille.get("class") or "") if pastille is not None else ""
        morceaux += [*signes(classes), Morceau("\u00a0"), *_texte(li), Morceau("    ")]
    return tuple(morceaux[:-1])


def _texte(noeud: html.HtmlElement, sans: tuple[str, ...] = ()) -> Texte:
    """Le texte d'un nœud en morceaux, blancs réduits ; ce qui ne sert qu'à l'œil ou au lecteur d'écran est omis."""
    morceaux = _reduire(_morceaux(noeud, Morceau(""), sans))
    return tuple(_rogner(morceaux))


def _morceaux(noeud: html.HtmlElement, allure: Morceau, sans: tuple[str, ...]) -> Iterator[Morceau]:
    if noeud.text:
        yield replace(allure, texte=noeud.text)
    for fils in noeud:
        if isinstance(fils.tag, str) and fils.tag not in sans and not _omis(fils):
            yield from _morceaux(fils, _allure(fils, allure), sans)
            if fils.tag in _BLOCS:
                yield replace(allure, texte=" ")
        if fils.tail:
            yield replace(allure, texte=fils.tail)


def _omis(noeud: html.HtmlElement) -> bool:
    if noeud.tag in _IGNORES or noeud.get("aria-hidden") == "true":
        return True
    return "lu" in _classes(noeud) and "numero" not in _classes(noeud.getparent())


def _allure(noeud: html.HtmlElement, allure: Morceau) -> Morceau:
    if noeud.tag in ("b", "strong"):
        return replace(allure, gras=True)
    if noeud.tag in ("i", "em"):
        return replace(allure, italique=True)
    if noeud.tag == "a" and (noeud.get("href") or "").startswith("#"):
        return replace(allure, lien=noeud.get("href")[1:])
    if noeud.tag == "br":
        return replace(allure, texte=" ")
    return allure


def _reduire(morceaux: Iterable[Morceau]) -> list[Morceau]:
    """Fond les morceaux de même allure et réduit les blancs ordinaires ; les espaces insécables restent."""
    fondus: list[Morceau] = []
    for morceau in morceaux:
        dernier = fondus[-1] if fondus else None
        texte = re.sub(r"[ \t\r\n]+", " ", morceau.texte)
        if dernier is not None and dernier.texte.endswith(" "):
            texte = texte.removeprefix(" ")
        if not texte:
            continue
        if dernier is not None and replace(dernier, texte="") == replace(morceau, texte=""):
            fondus[-1] = replace(dernier, texte=dernier.texte + texte)
        else:
            fondus.append(replace(morceau, texte=texte))
    return fondus


def _rogner(morceaux: list[Morceau]) -> list[Morceau]:
    if morceaux:
        morceaux[0] = replace(morceaux[0], texte=morceaux[0].texte.lstrip(" "))
        morceaux[-1] = replace(morceaux[-1], texte=morceaux[-1].texte.rstrip(" "))
    return [m for m in morceaux if m.texte]
