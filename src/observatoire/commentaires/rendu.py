"""Du Markdown d'un commentaire à la page : mise en forme sobre, chiffres injectés, aucun HTML de l'auteur.

Sont admis : paragraphes, listes, gras, italique, citations, intertitres. Une image est refusée (une page n'appelle
rien hors d'elle-même) ; un lien s'imprime avec son adresse, car un rapport se lit aussi sur papier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from observatoire.commentaires.chiffres import Chiffres, Valeur
from observatoire.commentaires.defauts import Defauts
from observatoire.commentaires.expressions import Expression, est_repere, extraire, rang
from observatoire.commentaires.lecture import Partie
from observatoire.commentaires.nombres import nombres_tapes
from observatoire.erreurs import ErreurDefinition
from observatoire.restitution import locale

_REGLES_RETIREES = ("code", "fence", "lheading", "reference", "html_block", "autolink", "html_inline", "backticks")


@dataclass(frozen=True)
class Paragraphe:
    """Un paragraphe (ou une liste) : son texte tel qu'il se lit, son HTML, sa ligne et ce qu'il injecte.

    `texte` garde un repère à la place de chaque chiffre injecté : ce qui reste a été tapé.
    """

    texte: str
    html: Markup
    ligne: int
    injections: tuple[tuple[Expression, Valeur], ...] = ()

    @property
    def tape_un_nombre(self) -> bool:
        return bool(nombres_tapes(self.texte))


@dataclass(frozen=True)
class ParagraphesPartie:
    """Une partie prête à imprimer."""

    partie: Partie
    paragraphes: tuple[Paragraphe, ...]


@lru_cache(maxsize=1)
def _analyseur() -> MarkdownIt:
    analyseur = MarkdownIt("commonmark", {"html": False, "breaks": False, "xhtmlOut": True})
    return analyseur.disable([r for r in _REGLES_RETIREES])


def rendre_partie(partie: Partie, fichier: str, chiffres: Chiffres, defauts: Defauts) -> ParagraphesPartie:
    """Une partie mise en forme, ses chiffres injectés.

    Une injection fausse ou une image est retenue dans `defauts`, qui en nomme le fichier et la ligne.
    """
    marque, expressions = extraire(partie.texte, fichier, partie.ligne, defauts)
    valeurs = [Valeur("", False)] * len(expressions)
    for place, expression in enumerate(expressions):
        with defauts.retenir():
            valeurs[place] = chiffres.evaluer(expression, fichier, partie.section, partie.figure)
    jetons = _analyseur().parse(marque)
    paragraphes = []
    for groupe in _groupes(jetons):
        ligne = partie.ligne + (groupe[0].map or [0])[0]
        _preparer(groupe, fichier, ligne, defauts)
        texte = _texte(groupe)
        html = _injecter(_analyseur().renderer.render(groupe, _analyseur().options, {}), valeurs)
        siennes = tuple((expressions[rang(c)], valeurs[rang(c)]) for c in texte if est_repere(c))
        if texte.strip():
            paragraphes.append(Paragraphe(texte, html, ligne, siennes))
    return ParagraphesPartie(partie, tuple(paragraphes))


def _groupes(jetons: Sequence[Token]) -> list[list[Token]]:
    """Les jetons, réunis par élément de premier niveau."""
    groupes: list[list[Token]] = []
    for jeton in jetons:
        if jeton.level == 0 and jeton.nesting >= 0:
            groupes.append([])
        groupes[-1].append(jeton)
    return groupes


def _preparer(groupe: list[Token], fichier: str, ligne: int, defauts: Defauts) -> None:
    """Intertitres en paragraphes, liens avec leur adresse, espaces insécables."""
    for jeton in groupe:
        if jeton.type in ("heading_open", "heading_close"):
            jeton.tag = "p"
            jeton.attrs = {"class": "intertitre"} if jeton.nesting > 0 else {}
        if jeton.type == "paragraph_open" and jeton.level == 0:
            jeton.attrs = {"class": "commentaire"}
        if jeton.children:
            jeton.children = _en_ligne(jeton.children, fichier, ligne, defauts)


def _en_ligne(jetons: list[Token], fichier: str, ligne: int, defauts: Defauts) -> list[Token]:
    gardes: list[Token] = []
    adresses: list[str] = []
    for jeton in jetons:
        if jeton.type == "image":
            message = f"{fichier}, ligne {ligne} : une image ne se met pas dans un commentaire."
            remede = "Retirez-la : la page ne porte que les graphiques tirés des tableaux."
            defauts.noter(ErreurDefinition(message, remede))
        elif jeton.type == "link_open":
            adresses.append(str(jeton.attrs.get("href", "")))
        elif jeton.type == "link_close":
            adresse = adresses.pop()
            gardes.append(_texte_brut(f" ({adresse})" if adresse else ""))
        else:
            if jeton.type == "text":
                jeton.content = locale.typographie(jeton.content)
            gardes.append(jeton)
    return gardes


def _texte_brut(contenu: str) -> Token:
    jeton = Token("text", "", 0)
    jeton.content = contenu
    return jeton


def _texte(groupe: list[Token]) -> str:
    """Le texte nu d'un groupe, une phrase par élément."""
    morceaux = []
    for jeton in groupe:
        if jeton.type == "inline":
            enfants = jeton.children or []
            morceaux.append(
                "".join(e.content if e.type == "text" else " " if "break" in e.type else "" for e in enfants)
            )
    return "\n".join(morceaux)


def _injecter(html: str, valeurs: Sequence[Valeur]) -> Markup:
    """Le HTML où chaque repère laisse place à sa valeur, échappée."""
    return Markup("".join(str(escape(valeurs[rang(c)].texte)) if est_repere(c) else c for c in html))
