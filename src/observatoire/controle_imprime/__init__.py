"""Contrôler les chiffres imprimés d'un rapport, quel qu'il soit : totaux, pourcentages, contradictions, séries.

`controler(fichier)` lit un CSV ordonné (une ligne par chiffre imprimé), applique chaque règle du registre et rend un
`Bilan` : constats prouvés ou suspects, et relations qui tiennent. Voir docs/controler.md.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from observatoire.controle_imprime import regles as _regles  # noqa: F401 - les inscrit au registre
from observatoire.controle_imprime.bilan import PROUVE, SUSPECT, Bilan, Constat, Verification
from observatoire.controle_imprime.lecture import COLONNES, FACULTATIVES, Imprime, lire
from observatoire.controle_imprime.registre import REGLES
from observatoire.controle_imprime.relations import fichier_de_relations, relations

__all__ = [
    "COLONNES",
    "FACULTATIVES",
    "PROUVE",
    "REGLES",
    "SUSPECT",
    "Bilan",
    "Constat",
    "Verification",
    "controler",
]


def controler(fichier: Path, declare: Path | None = None) -> Bilan:
    """Contrôle les chiffres imprimés d'un rapport.

    Paramètres : `fichier`, un CSV aux colonnes `COLONNES` (`texte_original` est facultative) ; `declare`, un fichier
    de relations (par défaut `FICHIER.relations.toml` à côté du CSV, s'il existe).
    Rend un `Bilan` ; lève `ErreurFichier` si un fichier est illisible ou mal formé.
    """
    fichier = Path(fichier)
    imprime = lire(fichier)
    voisin = fichier_de_relations(fichier)
    declare = declare or (voisin if voisin.exists() else None)
    resultats = _appliquer(imprime, declare)
    constats = [r for r in resultats if isinstance(r, Constat)]
    verifications = [r for r in resultats if isinstance(r, Verification)]
    constats.sort(key=lambda c: (c.niveau != PROUVE, c.lignes))
    return Bilan(fichier, len(imprime.faits), tuple(constats), tuple(verifications))


def _appliquer(imprime: Imprime, declare: Path | None) -> list[Constat | Verification]:
    resultats = [replace(r, regle=regle.nom) for regle in REGLES.values() for r in regle.appliquer(imprime)]
    return resultats + (list(relations(imprime, declare)) if declare else [])
