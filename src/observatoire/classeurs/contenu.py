"""Ce qu'un classeur contient, avant d'être écrit : une couverture, des tableaux, des définitions.

Un carnet exécuté le range à côté de sa page, en types JSON : la page et les classeurs viennent du même calcul.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, TypeAlias

TYPE_CLASSEUR = "application/vnd.observatoire.classeur+json"


class Nombre(NamedTuple):
    """Un nombre et son format d'affichage (voir `formats.FORMATS`) ; une part va de 0 à 1."""

    valeur: float
    format: str


Cellule: TypeAlias = Nombre | str | None


@dataclass(frozen=True)
class Feuille:
    """Un tableau du classeur.

    `colonnes` : un titre par colonne, tous différents ; la première nomme la ligne. `totaux` : nombre de rangées de
    total, à la fin. `avant` : ce qui se lit avant le tableau (unité, champ, source, réserves), un couple par phrase.
    `etats` : les marques que portent les cases sans valeur.
    """

    titre: str
    colonnes: tuple[str, ...]
    rangees: tuple[tuple[Cellule, ...], ...]
    section: str = ""
    avant: tuple[tuple[str, str], ...] = ()
    totaux: int = 0
    etats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Classeur:
    """Un classeur prêt à écrire. `feuilles` et `definitions` n'ont que des agrégats protégés et des textes.

    `fiche` : d'où viennent les chiffres, un couple (nom, texte) par ligne ; `notes` : ce qu'il faut savoir pour lire
    tous les tableaux.
    """

    titre: str
    surtitre: str
    lieu: str
    presentation: str
    avertissement: str
    fiche: tuple[tuple[str, str], ...]
    feuilles: tuple[Feuille, ...]
    definitions: Feuille
    notes: tuple[tuple[str, str], ...] = ()


def en_json(classeur: Classeur) -> dict[str, Any]:
    """Le classeur en types JSON, tel qu'un carnet le garde."""
    return asdict(classeur)


def depuis_json(lu: Mapping[str, Any]) -> Classeur:
    """Le classeur qu'un carnet a gardé. Lève `KeyError` ou `TypeError` s'il n'a pas cette forme."""
    champs = {nom: lu[nom] for nom in ("titre", "surtitre", "lieu", "presentation", "avertissement")}
    return Classeur(
        **champs,
        fiche=_couples(lu["fiche"]),
        feuilles=tuple(_feuille(f) for f in lu["feuilles"]),
        definitions=_feuille(lu["definitions"]),
        notes=_couples(lu["notes"]),
    )


def _feuille(lu: Mapping[str, Any]) -> Feuille:
    return Feuille(
        titre=lu["titre"],
        colonnes=tuple(lu["colonnes"]),
        rangees=tuple(tuple(map(_cellule, rangee)) for rangee in lu["rangees"]),
        section=lu["section"],
        avant=_couples(lu["avant"]),
        totaux=lu["totaux"],
        etats=tuple(lu["etats"]),
    )


def _couples(lus: Iterable[Iterable[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((nom, texte) for nom, texte in lus)


def _cellule(lue: Any) -> Cellule:
    return Nombre(*lue) if isinstance(lue, list | tuple) else lue
