"""Les `{{ … }}` d'un commentaire : un nom, ou une fonction et des valeurs écrites. Rien ne s'exécute.

Une expression est lue par l'analyseur de Python, puis seules trois formes sont admises : un nom, un appel d'une
fonction connue, une valeur écrite (texte ou nombre). Tout le reste est refusé avant d'être évalué.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from observatoire.commentaires.defauts import Defauts
from observatoire.erreurs import ErreurDefinition

_ACCOLADES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_GUILLEMETS = str.maketrans({"“": '"', "”": '"', "„": '"', "‟": '"', "’": "'", "‘": "'", "\u00a0": " ", "\u202f": " "})
_FRANCAIS = re.compile(r"«\s*(.*?)\s*»")
_LONGUEUR = 300
PREMIER_REPERE = 0xE000
DERNIER_REPERE = 0xF8FF


@dataclass(frozen=True)
class Expression:
    """Une injection : un nom (d'indicateur, de variable ou de fonction), ses arguments, et où elle est écrite."""

    nom: str
    arguments: tuple[str | int | float, ...]
    options: tuple[tuple[str, str | int | float], ...]
    appel: bool
    ecrite: str
    ligne: int


def extraire(texte: str, nom: str, premiere_ligne: int, defauts: Defauts | None = None) -> tuple[str, list[Expression]]:
    """Le texte où chaque expression est remplacée par un repère d'un caractère, et les expressions dans l'ordre.

    `nom` : le fichier, pour les messages ; `defauts` : où retenir une expression mal écrite, ôtée du texte. Sans lui,
    lève `ErreurDefinition`.
    """
    expressions: list[Expression] = []
    siens = Defauts() if defauts is None else defauts

    def remplacer(trouve: re.Match[str]) -> str:
        ligne = premiere_ligne + texte.count("\n", 0, trouve.start())
        # Une expression sur deux lignes n'en laisse pas moins deux lignes derrière elle.
        lignes = "\n" * trouve.group(0).count("\n")
        if PREMIER_REPERE + len(expressions) > DERNIER_REPERE:
            raise ErreurDefinition(f"{nom}, ligne {ligne} : trop de chiffres injectés dans une seule section.")
        with siens.retenir():
            expressions.append(_lire(trouve.group(1), nom, ligne))
            return chr(PREMIER_REPERE + len(expressions) - 1) + lignes
        return lignes

    marque = _ACCOLADES.sub(remplacer, texte)
    for signe, conseil in (("{{", "Fermez-la par « }} »."), ("}}", "Ouvrez-la par « {{ »."), ("{%", "Retirez-la.")):
        if (rang := marque.find(signe)) >= 0:
            ligne = premiere_ligne + marque.count("\n", 0, rang)
            siens.noter(
                ErreurDefinition(f"{nom}, ligne {ligne} : une injection est mal écrite près de « {signe} ».", conseil)
            )
    if defauts is None:
        siens.lever()
    return marque, expressions


def _lire(texte: str, nom: str, ligne: int) -> Expression:
    ecrite = " ".join(texte.split())
    propre = _FRANCAIS.sub(r'"\1"', ecrite.translate(_GUILLEMETS))
    refus = ErreurDefinition(
        f"{nom}, ligne {ligne} : « {{{{ {ecrite[:80]} }}}} » n'est pas une injection.",
        'Écrivez un nom, « {{ menages_accompagnes }} », ou une fonction, « {{ part("composition_familiale", '
        '"Homme seul") }} ».',
    )
    if len(propre) > _LONGUEUR:
        raise refus
    try:
        arbre = ast.parse(propre, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as erreur:
        raise refus from erreur
    if isinstance(arbre, ast.Name):
        return Expression(arbre.id, (), (), False, ecrite, ligne)
    if not isinstance(arbre, ast.Call) or not isinstance(arbre.func, ast.Name):
        raise refus
    arguments = tuple(_valeur(a, refus) for a in arbre.args)
    options = tuple((o.arg or "", _valeur(o.value, refus)) for o in arbre.keywords)
    if any(not cle for cle, _ in options):
        raise refus
    return Expression(arbre.func.id, arguments, options, True, ecrite, ligne)


def _valeur(noeud: ast.expr, refus: ErreurDefinition) -> str | int | float:
    """Une valeur écrite ; un nom nu se lit comme un texte : `part(composition_familiale, "Couple")`."""
    if isinstance(noeud, ast.Name):
        return noeud.id
    if isinstance(noeud, ast.Constant) and type(noeud.value) in (str, int, float):
        return noeud.value
    raise refus


def est_repere(caractere: str) -> bool:
    """Ce caractère tient-il la place d'une expression ?"""
    return PREMIER_REPERE <= ord(caractere) <= DERNIER_REPERE


def rang(caractere: str) -> int:
    """Le rang de l'expression dont ce caractère tient la place."""
    return ord(caractere) - PREMIER_REPERE
