"""Les relations qu'un lecteur déclare à côté du CSV : ce que le rapport dit et qu'aucune règle ne devine.

`FICHIER.relations.toml`, voisin de `FICHIER.csv`, tient des `[[relations]]` : une `formule` d'égalité et ses
`termes`, chacun un choix de lignes par colonne. Voir docs/controler.md.
"""

from __future__ import annotations

import ast
import operator
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from observatoire.controle_imprime.bilan import PROUVE, Constat, Verification, lignes, numeros
from observatoire.controle_imprime.lecture import COLONNES, Fait, Imprime, lire
from observatoire.controle_imprime.nombres import Intervalle, ecrire, exact
from observatoire.controle_imprime.registre import Resultats
from observatoire.controle_imprime.selection import somme_en_mots
from observatoire.erreurs import ErreurFichier, exiger_connu

NOM_DE_REGLE = "relations"
CHOIX = (*COLONNES[:10], "unite", "fichier", "agregat")
AGREGATS = ("unique", "somme", "compte")
_OPERATIONS: dict[type, Callable[[Intervalle, Intervalle], Intervalle]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_SIGNES = {ast.Add: "+", ast.Sub: "−", ast.Mult: "×", ast.Div: "/"}


@dataclass(frozen=True)
class Terme:
    """Un terme d'une formule : les lignes choisies et leur valeur possible."""

    faits: tuple[Fait, ...]
    intervalle: Intervalle
    imprime: str
    ailleurs: str = ""


def fichier_de_relations(fichier: Path) -> Path:
    """Le fichier de relations voisin d'un CSV (il peut ne pas exister)."""
    return Path(fichier).with_suffix(".relations.toml")


def relations(imprime: Imprime, declare: Path) -> Resultats:
    """Contrôle chaque relation déclarée ; lève `ErreurFichier` si l'une est mal écrite ou ne trouve pas ses lignes."""
    try:
        contenu = tomllib.loads(declare.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as erreur:
        raise ErreurFichier(f"{declare} est illisible : {erreur}.", "Corrigez le fichier TOML.") from erreur
    inconnues = sorted(set(contenu) - {"relations"})
    if inconnues or not isinstance(contenu.get("relations"), list):
        quoi = f"clé inconnue, {', '.join(inconnues)}" if inconnues else "aucune relation"
        raise ErreurFichier(f"{declare} : {quoi}.", "Écrivez une table [[relations]] par relation.")
    autres: dict[str, Imprime] = {}
    for rang, declaration in enumerate(contenu["relations"], 1):
        yield _controler(imprime, declare, rang, declaration, autres)


def _controler(
    imprime: Imprime, declare: Path, rang: int, declaration: dict[str, Any], autres: dict[str, Imprime]
) -> Constat | Verification:
    ou = f"{declare}, relation {rang}"
    manque = [c for c in ("libelle", "formule", "termes") if c not in declaration]
    if manque:
        raise ErreurFichier(f"{ou} : il manque {', '.join(manque)}.", "Une relation a libelle, formule et termes.")
    termes = {
        nom: _terme(f"{ou}, terme « {nom} »", imprime, declare, choix, autres)
        for nom, choix in declaration["termes"].items()
    }
    gauche, droite = _cotes(ou, declaration["formule"])
    (imprimee, mots_gauche), (calculee, mots_droite) = (_evaluer(ou, cote, termes) for cote in (gauche, droite))
    ici = numeros(*(t.faits for t in termes.values() if not t.ailleurs))
    ailleurs = "".join(f" {t.ailleurs}." for t in termes.values() if t.ailleurs)
    calcul = f"{declaration['libelle']} : {mots_droite} = {_valeur(calculee)}"
    if imprimee.croise(calculee):
        return Verification(ici, f"{calcul}.{ailleurs}", NOM_DE_REGLE)
    return Constat(
        "relation rompue",
        PROUVE,
        ici,
        mots_gauche,
        _valeur(calculee),
        f"{calcul}, et non {mots_gauche}.{ailleurs}",
        NOM_DE_REGLE,
    )


def _terme(ou: str, imprime: Imprime, declare: Path, choix: dict[str, Any], autres: dict[str, Imprime]) -> Terme:
    for colonne in choix:
        if colonne not in CHOIX:
            raise ErreurFichier(f"{ou} : colonne « {colonne} » inconnue.", f"Colonnes possibles : {', '.join(CHOIX)}.")
    agregat, voisin = str(choix.get("agregat", "unique")), choix.get("fichier")
    exiger_connu(agregat, AGREGATS, f"{ou} : agrégat")
    if voisin:
        autres.setdefault(voisin, lire(declare.parent / voisin))
    criteres = {c: str(v) for c, v in choix.items() if c not in ("fichier", "agregat")}
    faits = tuple(f for f in (autres[voisin] if voisin else imprime) if _convient(f, criteres))
    if not faits or (agregat == "unique" and len({f.valeur for f in faits}) > 1):
        quoi = "aucune ligne ne convient" if not faits else f"{len(faits)} lignes de valeurs différentes conviennent"
        raise ErreurFichier(f"{ou} : {quoi}.", 'Précisez les colonnes, ou dites agregat = "somme".')
    ailleurs = f"{voisin}, {lignes(faits)}" if voisin else ""
    return Terme(faits, *_agreger(agregat, faits), ailleurs)


def _convient(fait: Fait, criteres: dict[str, str]) -> bool:
    ventilations = [*fait.ventilations, ("", ""), ("", "")]
    valeurs = {c: getattr(fait, c) for c in (*COLONNES[:6], "unite")}
    for rang in (0, 1):
        valeurs[f"ventilation_{rang + 1}"], valeurs[f"modalite_{rang + 1}"] = ventilations[rang]
    return all(valeurs[c] == v for c, v in criteres.items())


def _agreger(agregat: str, faits: tuple[Fait, ...]) -> tuple[Intervalle, str]:
    if agregat == "compte":
        return exact(len(faits)), ecrire(len(faits))
    if agregat == "unique":
        return faits[0].intervalle, ecrire(faits[0].valeur)
    total = exact(0)
    for fait in faits:
        total = total + fait.intervalle
    return total, somme_en_mots(faits)


def _cotes(ou: str, formule: str) -> tuple[ast.expr, ast.expr]:
    cotes = str(formule).split("=")
    try:
        gauche, droite = (ast.parse(c.strip(), mode="eval").body for c in cotes)
    except (SyntaxError, ValueError) as erreur:
        raise ErreurFichier(
            f"{ou} : la formule « {formule} » est illisible.", "Écrivez par exemple « total = a + b »."
        ) from erreur
    return gauche, droite


def _evaluer(ou: str, noeud: ast.expr, termes: dict[str, Terme]) -> tuple[Intervalle, str]:
    if isinstance(noeud, ast.Name) and noeud.id in termes:
        return termes[noeud.id].intervalle, termes[noeud.id].imprime
    if isinstance(noeud, ast.Constant) and isinstance(noeud.value, int | float):
        valeur = Fraction(str(noeud.value))
        return exact(valeur), ecrire(valeur)
    if isinstance(noeud, ast.BinOp) and type(noeud.op) in _OPERATIONS:
        (gauche, mots_gauche), (droite, mots_droite) = (_evaluer(ou, n, termes) for n in (noeud.left, noeud.right))
        try:
            valeur = _OPERATIONS[type(noeud.op)](gauche, droite)
        except ZeroDivisionError as erreur:
            raise ErreurFichier(f"{ou} : division par zéro.", "Vérifiez la base choisie.") from erreur
        fort = isinstance(noeud.op, ast.Mult | ast.Div)
        gauche_, droite_ = _entoure(mots_gauche, fort), _entoure(mots_droite, fort or isinstance(noeud.op, ast.Sub))
        texte = f"{gauche_} {_SIGNES[type(noeud.op)]} {droite_}"
        return valeur, texte
    raise ErreurFichier(
        f"{ou} : « {ast.unparse(noeud)} » n'est ni un terme, ni un nombre, ni + − × /.",
        f"Termes déclarés : {', '.join(termes)}.",
    )


def _entoure(texte: str, entourer: bool) -> str:
    return f"({texte})" if entourer and (" + " in texte or " − " in texte) else texte


def _valeur(intervalle: Intervalle) -> str:
    if intervalle.bas == intervalle.haut:
        return ecrire(intervalle.bas)
    return f"{ecrire(intervalle.bas, 2)} à {ecrire(intervalle.haut, 2)}"
