"""Les documents qui ne sont pas le rapport d'un service : cahier régional, plan d'actions, synthèse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from observatoire.espace import Espace


@dataclass(frozen=True)
class Document:
    """Un carnet à exécuter et à publier : `reports/<diffusion>/<annee>/<nom>.html`, `.ipynb` et `.csv`.

    `genre` range le document au portail, `carnet` est le nom du fichier de `notebooks/`, `parametres` ce que
    papermill y injecte et `titre` celui de la page.
    """

    genre: str
    nom: str
    annee: int
    diffusion: str
    carnet: str
    parametres: dict[str, Any]
    titre: str


def documents_de(espace: Espace, annees: Sequence[int] | None, diffusion: str) -> list[Document]:
    """Tous les documents que les données de l'espace permettent, cahiers puis plans puis synthèses.

    `annees` : toutes celles qui s'y prêtent si `None`.
    """
    from observatoire import cahiers, plans, syntheses

    return [
        document for source in (cahiers, plans, syntheses) for document in source.documents(espace, annees, diffusion)
    ]
