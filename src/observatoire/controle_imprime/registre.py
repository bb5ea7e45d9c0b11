"""Le registre des règles : chacune lit tous les chiffres et rend des constats et des vérifications."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from observatoire.controle_imprime.bilan import Constat, Verification
from observatoire.controle_imprime.lecture import Imprime
from observatoire.erreurs import ErreurDefinition

Resultats = Iterator[Constat | Verification]


@dataclass(frozen=True)
class Regle:
    """Une règle : son nom, ce qu'elle contrôle en une phrase, sa fonction."""

    nom: str
    quoi: str
    appliquer: Callable[[Imprime], Resultats]


REGLES: dict[str, Regle] = {}


def regle(quoi: str) -> Callable[[Callable[[Imprime], Resultats]], Callable[[Imprime], Resultats]]:
    """Inscrit une règle sous le nom de sa fonction ; lève `ErreurDefinition` si le nom est pris."""

    def inscrire(fonction: Callable[[Imprime], Resultats]) -> Callable[[Imprime], Resultats]:
        nom = fonction.__name__
        if nom in REGLES:
            raise ErreurDefinition(f"Deux règles s'appellent « {nom} ».", "Renommez-en une.")
        REGLES[nom] = Regle(nom, quoi, fonction)
        return fonction

    return inscrire
