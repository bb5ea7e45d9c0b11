"""Trouver un indicateur par des mots : son nom, son libellé, sa définition ; les fautes de frappe sont pardonnées."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from rapidfuzz import fuzz, process

from observatoire.campagne.donnees_types import Definition

_VIDES = frozenset(
    (
        *("a", "au", "aux", "avec", "ce", "ces", "d", "dans", "de", "des", "du", "en", "est", "et", "l", "la", "le"),
        *("les", "leur", "ou", "par", "pour", "qu", "que", "qui", "s", "sa", "son", "sur", "un", "une"),
    )
)
_RESSEMBLANCE = 82  # sous ce score, deux mots ne sont plus une faute de frappe l'un de l'autre
# Où un mot est trouvé, et ce qu'il pèse.
_POIDS = {
    "libelle": 8,
    "nom": 6,
    "famille": 3,
    "description": 2,
    "numerateur": 2,
    "denominateur": 1,
    "pieges": 1,
}


def chercher(texte: str, definitions: Sequence[Definition]) -> list[Definition]:
    """Les définitions qui répondent à tous les mots, les plus proches d'abord ; à défaut, à l'un d'eux.

    Un mot répond s'il commence un mot de la définition, ou lui ressemble. Sans aucun mot, toutes, dans leur ordre.
    """
    mots = _mots(texte)
    if not mots:
        return list(definitions)
    notees = [(d, [_note(mot, d) for mot in mots]) for d in definitions]
    complets = [(d, sum(notes)) for d, notes in notees if all(notes)]
    gardees = complets or [(d, sum(notes)) for d, notes in notees if any(notes)]
    return [d for d, _ in sorted(gardees, key=lambda paire: -paire[1])]


def _note(mot: str, definition: Definition) -> float:
    """Le poids du meilleur endroit où un mot est trouvé ; 0 s'il n'y est pas."""
    trouves = (p for champ, p in _POIDS.items() if any(m.startswith(mot) for m in _mots(getattr(definition, champ))))
    exact = max(trouves, default=0)
    if exact or len(mot) < 4:
        return exact
    proches = _mots(f"{definition.libelle} {definition.nom}")
    trouve = process.extractOne(mot, proches, scorer=fuzz.ratio, score_cutoff=_RESSEMBLANCE)
    return 4.0 if trouve else 0.0


def _mots(texte: str) -> list[str]:
    """Les mots d'un texte, en minuscules sans accents et sans pluriel, hors mots vides."""
    nu = unicodedata.normalize("NFKD", texte).encode("ascii", "ignore").decode().lower()
    mots = [m for m in re.split(r"[^a-z0-9]+", nu) if m and m not in _VIDES]
    return [m.rstrip("sx") if len(m) > 3 else m for m in mots]
