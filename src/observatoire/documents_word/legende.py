"""La légende d'un graphique dans un document : les signes de la page, dans les couleurs que la page leur donne.

La couleur d'un signe se lit dans la feuille de style : recopiée ici, elle finirait par contredire l'image.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from observatoire.documents_word.contenu import Morceau
from observatoire.restitution import theme
from observatoire.restitution.gabarit import DOSSIER

# La classe d'un signe qui n'est pas un aplat → le caractère qui le dessine.
_FORMES = {
    "trait": "—",
    "repere-ensemble": "|",
    "trait-rupture": "¦",
    "trait-jour": "¦",
    "point-circle": "●",
    "point-diamond": "◆",
    "losange": "◆",
}
_HACHURES = "teinte-hachures"
_APLAT, _BANDE = "\u2003", "\u2004"  # un cadratin ; un tiers, quand plusieurs couleurs se partagent le signe
_REGLE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SELECTEUR = re.compile(r"^(?:\.gantt )?(?:\.legende )?(?:span)?\.([\w-]+)$")
_PEINTURE = re.compile(r"(?:background|border-left):([^;]*)")


def signes(classes: str) -> tuple[Morceau, ...]:
    """Les morceaux qui dessinent le signe d'une entrée de légende, d'après les classes qu'il porte dans la page."""
    noms = classes.split()
    teintes = next((_teintes()[n] for n in reversed(noms) if n in _teintes()), ("voile",))
    couleurs = [_hexadecimal(t) for t in teintes]
    if _HACHURES in noms:
        trait, fond = couleurs
        return (Morceau(_APLAT, couleur=fond, hachures=trait),)
    forme = next((_FORMES[n] for n in noms if n in _FORMES), "")
    if forme:
        return (Morceau(forme, gras=True, encre=couleurs[0]),)
    return tuple(Morceau(_BANDE if len(couleurs) > 1 else _APLAT, couleur=c) for c in couleurs)


@lru_cache(maxsize=1)
def _teintes() -> dict[str, tuple[str, ...]]:
    """Les couleurs nommées de chaque signe, lues dans les feuilles de style de la page."""
    feuilles = sorted((DOSSIER / "observatoire").glob("*.css"))
    return {classe: noms for feuille in feuilles for classe, noms in _lire(feuille.read_text("utf-8"))}


def _lire(feuille: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for selecteurs, declarations in _REGLE.findall(re.sub(r"/\*.*?\*/", "", feuille, flags=re.DOTALL)):
        peintures = " ".join(_PEINTURE.findall(declarations))
        noms = dict.fromkeys(n.replace("-", "_") for n in re.findall(r"var\(--([\w-]+)\)", peintures))
        for selecteur in selecteurs.split(",") if noms else ():
            if trouve := _SELECTEUR.match(selecteur.strip()):
                yield trouve[1], tuple(noms)


def _hexadecimal(nom: str) -> str:
    return {**theme.COULEURS, **theme.COULEURS_PAGE}[nom][0]
