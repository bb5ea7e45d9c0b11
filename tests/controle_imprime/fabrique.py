"""Fabriquer un petit CSV de chiffres imprimés."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from observatoire.controle_imprime import COLONNES, Bilan, controler

MOIS = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
DEFAUT = {"page_section": "1 Public", "service": "Accueil", "territoire": "Ville", "annee": "2022", "unite": "nombre"}


def chiffre(indicateur: str, valeur: Any, *ventilations: tuple[str, str], **colonnes: Any) -> dict[str, str]:
    """Une ligne : `chiffre("menages", 3, ("sexe", "femmes"), tableau="profil")` ; une phrase sans `tableau`."""
    paires = [*ventilations, ("", ""), ("", "")][:2]
    ventilees = {
        f"{nom}_{r}": v
        for r, paire in enumerate(paires, 1)
        for nom, v in zip(("ventilation", "modalite"), paire, strict=True)
    }
    ligne = {"tableau": "texte", **DEFAUT, "indicateur": indicateur, "valeur": valeur, **ventilees, **colonnes}
    return {c: str(v) for c, v in ligne.items()}


def repartition(indicateur: str, ventilation: str, valeurs: dict[str, Any], **colonnes: Any) -> list[dict[str, str]]:
    """Une ligne par modalité."""
    return [chiffre(indicateur, v, (ventilation, m), **colonnes) for m, v in valeurs.items()]


def ecrire(fichier: Path, lignes: list[dict[str, str]]) -> Path:
    """Écrit le CSV et rend son chemin."""
    colonnes = [*COLONNES, *(["texte_original"] if any("texte_original" in x for x in lignes) else [])]
    with fichier.open("w", encoding="utf-8", newline="") as sortie:
        ecrivain = csv.DictWriter(sortie, colonnes, restval="", lineterminator="\n")
        ecrivain.writeheader()
        ecrivain.writerows(lignes)
    return fichier


def bilan(dossier: Path, *lignes: dict[str, str]) -> Bilan:
    """Le bilan de ces lignes ; la première porte le numéro 2 du CSV."""
    return controler(ecrire(dossier / "chiffres.csv", list(lignes)))


def natures(resultat: Bilan) -> list[tuple[str, str]]:
    """(nature, niveau) de chaque constat."""
    return [(c.nature, c.niveau) for c in resultat.constats]
