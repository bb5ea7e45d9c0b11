"""Les formats de nombre d'un classeur : le nombre entier est gardé, son écriture suit la précision du rapport."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from observatoire.classeurs.contenu import Nombre
from observatoire.restitution import locale
from observatoire.restitution.cellules import Cellule
from observatoire.restitution.locale import INSECABLE

# clé → (décimales, ce qui suit le nombre, séparateur de milliers) ; « % » multiplie par cent.
FORMATS: dict[str, tuple[int, str, bool]] = {
    "n0": (0, "", True),
    "n1": (1, "", True),
    "n2": (2, "", True),
    "p0": (0, "%", False),
    "p1": (1, "%", False),
    "p2": (2, "%", False),
    "e0": (0, "€", True),
    "e2": (2, "€", True),
    "annee": (0, "", False),
    "jour": (0, "jour", False),
    "brut": (0, "", False),
}
ORIGINE_JOURS = date(1899, 12, 30)  # le jour zéro des tableurs
_CODES = {"jour": "dd/mm/yyyy", "brut": "General"}
BASE_MINIMALE = 10  # en deçà, la page n'écrit pas de pourcentage : le classeur non plus


def code_excel(cle: str) -> str:
    """Le code de format d'un tableur : « #,##0.0 », « 0" "% », « #,##0" €" »."""
    decimales, suite, milliers = FORMATS[cle]
    if cle in _CODES:
        return _CODES[cle]
    base = ("#,##0" if milliers else "0") + ("." + "0" * decimales if decimales else "")
    # L'espace insécable est entre guillemets : un tableur n'admet nu que l'espace ordinaire.
    if suite == "%":
        return f'{base}"{INSECABLE}"%'
    return f'{base}"{INSECABLE}{suite}"' if suite else base


def afficher(nombre: Nombre) -> str:
    """Ce qu'un tableur en français montre d'un nombre : « 1 234,5 », « 41 % », « 31/12/2022 »."""
    decimales, suite, milliers = FORMATS[nombre.format]
    if nombre.format == "jour":
        return f"{ORIGINE_JOURS + timedelta(days=nombre.valeur):%d/%m/%Y}"
    if nombre.format == "brut":
        return repr(nombre.valeur).replace(".", ",")
    valeur = nombre.valeur * 100 if suite == "%" else nombre.valeur
    texte = locale.nombre(valeur, decimales)
    return (texte if milliers else texte.replace(locale.FINE, "")) + (INSECABLE + suite if suite else "")


def format_de(cellules: Iterable[Cellule], *, effectif: bool = False, euros: bool = False) -> str:
    """Le format commun à des cellules d'une même colonne.

    Entrées : `effectif`, on écrira le nombre d'unités et non la part ; `euros`, ces unités sont des euros.
    """
    publiees = [c for c in cellules if c.publiee]
    if effectif:
        return _simple([c.effectif for c in publiees], "€" if euros else "")
    unite = publiees[0].unite if publiees else ""
    if unite == "%":
        bases = [c.base for c in publiees if c.base is not None and c.base >= BASE_MINIMALE]
        return f"p{min((locale.decimales_part(b, euros) for b in bases), default=0)}"
    return _simple([c.valeur for c in publiees if c.valeur is not None], unite)


def _simple(valeurs: Sequence[float], unite: str) -> str:
    entiers = all(float(v).is_integer() for v in valeurs)
    if unite.startswith(("€", "euro")):
        return "e0" if entiers or all(abs(v) >= 100 for v in valeurs) else "e2"
    if entiers or (unite == "heures" and any(abs(v) >= 100 for v in valeurs)):
        return "n0"
    return "n2" if unite == "ETP" and any(round(v, 1) != round(v, 2) for v in valeurs) else "n1"


def ecrire(cellule: Cellule, cle: str) -> Nombre:
    """La valeur d'une cellule publiée ; un pourcentage devient une fraction, que le format multiplie."""
    valeur = cellule.valeur or 0.0
    return Nombre(valeur / 100 if FORMATS[cle][1] == "%" else valeur, cle)


def jour(valeur: date | None) -> Nombre | None:
    """Une date, telle qu'un tableur la compte."""
    return None if valeur is None else Nombre((valeur - ORIGINE_JOURS).days, "jour")
