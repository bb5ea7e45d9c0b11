"""Trouver la ligne d'en-tête d'un export : celle qui ressemble le plus aux colonnes attendues."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from observatoire.collecte.tableau import Apercu
from observatoire.nettoyage.texte import normaliser

LIGNES_EXAMINEES = 200


def score(cellules: Iterable[str | None], attendues: Collection[str]) -> int:
    """Nombre de colonnes attendues présentes dans une ligne ; `attendues` est déjà normalisé."""
    return len({normaliser(c) for c in cellules if c} & set(attendues))


def trouver_entete(apercu: Apercu, attendues: Collection[str]) -> int | None:
    """Rang, dans l'aperçu, de la ligne d'en-tête ; None si aucune cellule n'est attendue.

    À égalité, la première ligne l'emporte : un en-tête répété plus bas reste une ligne de données.
    Sans colonne attendue, c'est la première des lignes les plus remplies de texte.
    """
    cles = {normaliser(a) for a in attendues} - {""}
    if not cles:
        return _ligne_la_plus_remplie(apercu)
    notes = [score(cellules, cles) for _, cellules in apercu.lignes]
    return notes.index(max(notes)) if any(notes) else None


def _ligne_la_plus_remplie(apercu: Apercu) -> int | None:
    """La première ligne qui a autant de cellules en lettres que la mieux remplie."""
    notes = [len({normaliser(c) for c in cellules if any(x.isalpha() for x in c)}) for _, cellules in apercu.lignes]
    return notes.index(max(notes)) if any(notes) else None
