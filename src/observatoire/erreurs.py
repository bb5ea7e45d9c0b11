"""Les erreurs que l'utilisateur lit : en français, avec le remède."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches


class ErreurObservatoire(Exception):
    """Toute erreur prévue : un message d'une phrase et, si possible, un remède.

    Paramètres : `message` (ce qui ne va pas, avec la valeur en cause) et `remede` (quoi faire).
    La ligne de commande les imprime sans trace d'exécution et sort avec le code 2.
    """

    def __init__(self, message: str, remede: str = "") -> None:
        self.message = message
        self.remede = remede
        super().__init__(f"{message} {remede}".strip())

    def _render_traceback_(self) -> list[str]:
        """Dans un carnet, une phrase et son remède plutôt qu'une trace d'exécution."""
        return [str(self)]


class ErreurFichier(ErreurObservatoire):
    """Un fichier ne peut pas être lu ou compris."""


class ErreurParametre(ErreurObservatoire):
    """Un paramètre est inconnu, mal typé ou hors de ses valeurs permises."""


class ErreurDefinition(ErreurObservatoire):
    """Une déclaration du code ou d'un fichier de réglage se contredit."""


class ErreursReunies(ErreurDefinition):
    """Plusieurs défauts d'un même fichier, dits ensemble : chacun avec sa place, sa valeur et son remède."""

    def __init__(self, erreurs: Iterable[ErreurObservatoire]) -> None:
        self.erreurs = tuple(erreurs)
        suite = " ".join(f"({rang}) {erreur}" for rang, erreur in enumerate(self.erreurs, 1))
        super().__init__(f"{len(self.erreurs)} erreurs à corriger. {suite}")

    def __reduce__(self) -> tuple[object, ...]:
        return ErreursReunies, (self.erreurs,)


class RapportBloque(ErreurObservatoire):
    """La qualité des données interdit de publier ce rapport."""


def suggestion(valeur: str, connus: Iterable[str]) -> str:
    """Phrase « Vouliez-vous dire … ? » pour un nom mal écrit, vide si rien n'est proche."""
    proches = get_close_matches(str(valeur), [str(c) for c in connus], n=1, cutoff=0.5)
    return f"Vouliez-vous dire « {proches[0]} » ?" if proches else ""


# Les genres d'objets que l'on nomme au féminin.
_FEMININS = {
    "Année",
    "Association",
    "Colonne",
    "Comparaison",
    "Diffusion",
    "Feuille",
    "Livraison",
    "Modalité",
    "Région",
    "Règle",
    "Table",
}


def defaut_toml(fichier: object, erreur: ValueError) -> str:
    """Ce que la lecture d'un TOML a d'illisible, en français, ligne et colonne comprises quand elles sont connues."""
    lieu = re.search(r"at line (\d+), column (\d+)", str(erreur))
    ou = f", ligne {lieu[1]}, colonne {lieu[2]}" if lieu else ""
    quoi = (
        "il n'est pas en UTF-8" if isinstance(erreur, UnicodeDecodeError) else "guillemet, crochet ou signe = mal placé"
    )
    return f"{fichier}{ou} : ce fichier ne se lit pas comme un TOML ({quoi})."


def exiger_connu(valeur: str, connus: Iterable[str], quoi: str) -> None:
    """Lève `ErreurParametre` si `valeur` n'est pas dans `connus`, avec la liste et une suggestion."""
    liste = sorted(str(c) for c in connus)
    if str(valeur) not in liste:
        raise ErreurParametre(
            f"{quoi} « {valeur} » inconnu{'e' if quoi.split()[0] in _FEMININS else ''}.",
            f"{suggestion(valeur, liste)} Valeurs possibles : {', '.join(liste) or 'aucune'}.".strip(),
        )
