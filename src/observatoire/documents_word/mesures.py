"""La place des cases d'un tableau et la largeur de ses colonnes : aucun mot coupé tant que la page le permet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from observatoire.documents_word.contenu import Case, Tableau, brut
from observatoire.restitution.etats import ETATS

_TAILLES = (9, 8.5, 8, 7.5)  # tailles essayées pour le texte d'un tableau, de la plus lisible à la moins
CHASSE, MARGES = 0.6, 9  # largeur d'un signe en parts de la taille du texte, et marges d'une case en points
_LIGNE = 56  # signes au-delà desquels une case passe à la ligne
DRESSE = 28  # signes d'un titre dressé, au-delà desquels il prend deux lignes
_MARQUES = {"·", *(etat.marque for etat in ETATS.values())}  # « · » : pas de pourcentage sur une base trop petite
_ETROITE = 0.6  # part de la page qu'un tableau prend au moins

Grille: TypeAlias = dict[tuple[int, int], Case]  # (rang, colonne) du coin haut gauche → case


def grille_de(tableau: Tableau, colonnes: int) -> Grille:
    """Chaque case à sa place, étendues comprises : (rang, colonne) de son coin haut gauche."""
    prises: set[tuple[int, int]] = set()
    grille: Grille = {}
    for rang, rangee in enumerate(tableau.rangees):
        place = 0
        for case in rangee:
            while (rang, place) in prises:
                place += 1
            etendue = min(case.colonnes, colonnes - place)
            grille[(rang, place)] = case if etendue == case.colonnes else Case(case.texte, etendue, 1, case.entete)
            hauteur = min(case.rangees, len(tableau.rangees) - rang)
            prises |= {(rang + r, place + c) for r in range(hauteur) for c in range(etendue)}
            place += etendue
    return grille


def colonnes_de_nombres(grille: Grille) -> set[int]:
    """Les colonnes où se lisent des chiffres, ou l'état qui en tient lieu : alignées à droite, titres compris."""
    return {place for (_, place), case in grille.items() if case.nombre and _chiffree(brut(case.texte))}


def _chiffree(texte: str) -> bool:
    return any(signe.isdigit() for signe in texte) or texte.strip() in _MARQUES


@dataclass(frozen=True)
class Mesures:
    """La taille du texte d'un tableau, la largeur de ses colonnes en points, et si ses titres sont dressés."""

    taille: float
    largeurs: tuple[float, ...]
    dresse: bool = False


def mesurer(grille: Grille, colonnes: int, entetes: int, largeur: float) -> Mesures:
    """Aucun mot n'est coupé si la page le permet ; au besoin le texte rapetisse, puis les titres se dressent."""
    for dresse in (False, True):
        for taille in _TAILLES:
            minima = _minima(grille, colonnes, taille, entetes if dresse else 0)
            if sum(minima) <= largeur:
                souhaits = _souhaits(grille, colonnes, taille, entetes if dresse else 0)
                return Mesures(taille, _partager(minima, souhaits, largeur), dresse)
    echelle = largeur / sum(minima)
    return Mesures(taille, tuple(m * echelle for m in minima), True)


def _minima(grille: Grille, colonnes: int, taille: float, dressees: int) -> list[float]:
    """La place du plus long mot de chaque colonne ; un titre étendu se partage entre les siennes."""

    def place_de(case: Case) -> float:
        mots = re.split(r"[ \-]", brut(case.texte))
        return max(map(len, mots)) * taille * CHASSE + MARGES

    minima = [2 * taille * CHASSE + MARGES] * colonnes
    for (rang, place), case in grille.items():
        if rang < dressees and place:
            lignes = -(-len(brut(case.texte)) // (DRESSE - 4))
            minima[place] = max(minima[place], lignes * 1.2 * taille + MARGES)
        elif case.colonnes == 1:
            minima[place] = max(minima[place], place_de(case))
    for (_, place), case in grille.items():
        siennes = range(place, place + case.colonnes)
        manque = place_de(case) - sum(minima[c] for c in siennes)
        if 1 < case.colonnes < colonnes and manque > 0 and not dressees:
            for colonne in siennes:
                minima[colonne] += manque / case.colonnes
    return minima


def _souhaits(grille: Grille, colonnes: int, taille: float, dressees: int) -> list[float]:
    """La place qu'il faudrait à chaque colonne pour tenir sur une ligne."""
    souhaits = [0.0] * colonnes
    for (rang, place), case in grille.items():
        if case.colonnes == 1 and not (rang < dressees and place):
            signes = min(len(brut(case.texte)), _LIGNE)
            souhaits[place] = max(souhaits[place], signes * taille * CHASSE + MARGES)
    return souhaits


def _partager(minima: Sequence[float], souhaits: Sequence[float], largeur: float) -> tuple[float, ...]:
    """Les minima, plus une part de ce qui reste ; une table étroite ne s'étale pas : on y suit une ligne de l'œil."""
    besoins = [max(0.0, s - m) for s, m in zip(souhaits, minima, strict=True)]
    reste = largeur - sum(minima)
    part = reste / sum(besoins) if sum(besoins) > reste else 1
    mesures = [m + b * part for m, b in zip(minima, besoins, strict=True)]
    echelle = max(1.0, _ETROITE * largeur / sum(mesures))
    return tuple(m * echelle for m in mesures)
