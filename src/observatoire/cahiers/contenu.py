"""Ce qu'un cahier contient, une fois calculé et protégé : le seul matériau de sa restitution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from observatoire.cahiers.fiches import FicheAction
from observatoire.cahiers.reglage import ReglageCahier, Theme
from observatoire.cahiers.sigles import Lexique
from observatoire.campagne.donnees_types import Bloc
from observatoire.services import Parametres


@dataclass(frozen=True)
class Figure:
    """Un tableau du cahier et d'où il vient. `ruptures` : ce qui empêche de lire l'écart à l'année précédente."""

    genre: str
    bloc: Bloc
    sources: tuple[str, ...] = ()
    sources_avant: tuple[str, ...] = ()
    ruptures: tuple[str, ...] = ()
    decimales: int | None = None
    zones: Mapping[str, str] = field(default_factory=dict)  # code → nom des territoires, dans l'ordre
    contours: Mapping[str, Any] | None = None
    attribution: str = ""


@dataclass(frozen=True)
class SectionDonnees:
    """Une section calculée : un titre, une présentation dont les renvois sont numérotés, des figures."""

    titre: str
    presentation: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class SourceMethode:
    """Une source du cahier, pour l'encadré de méthode ; un nombre de structures inconnu reste vide."""

    source: str
    champ: str
    annees: tuple[int, ...]
    interrogees: int | None
    repondantes: int | None
    note: str = ""


@dataclass(frozen=True)
class DonneesCahier:
    """Tout ce qu'imprime un cahier, pour une région, une année, un thème et une diffusion."""

    reglage: ReglageCahier
    theme: Theme
    annee: int
    diffusion: str
    sections: tuple[SectionDonnees, ...]
    sources: tuple[SourceMethode, ...]
    fiches: tuple[FicheAction, ...]
    lexique: Lexique
    etat: str
    empreinte: str
    parametres: Parametres
    version_code: str

    @property
    def figures(self) -> tuple[Figure, ...]:
        return tuple(figure for section in self.sections for figure in section.figures)

    @property
    def blocs(self) -> tuple[Bloc, ...]:
        return tuple(figure.bloc for figure in self.figures)
