"""Les documents qui ne sont pas le rapport d'un service : cahier régional, plan d'actions, synthèse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from observatoire.espace import Espace
from observatoire.services import lire_service


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

    @property
    def identite(self) -> dict[str, Any]:
        """Ce qui le désigne au manifeste et dans `reports/`, comme le service désigne son rapport."""
        return {"service": self.nom, "annee": self.annee, "diffusion": self.diffusion}


def documents_de(espace: Espace, annees: Sequence[int] | None, diffusion: str) -> list[Document]:
    """Tous les documents que les données de l'espace permettent, cahiers puis plans puis synthèses.

    `annees` : toutes celles qui s'y prêtent si `None`.
    """
    from observatoire import cahiers, plans, syntheses

    return [
        document for source in (cahiers, plans, syntheses) for document in source.documents(espace, annees, diffusion)
    ]


def pages_qualite(espace: Espace, couples: Iterable[tuple[str, int]], diffusion: str) -> list[Document]:
    """La page de qualité de chaque service à rendre, à la plus récente de ses années demandées.

    Aucune en diffusion publique : elle dit à un service quoi corriger, et ne s'adresse qu'à lui.
    """
    from observatoire.campagne.qualite import document_qualite

    if diffusion != "interne":
        return []
    dernieres: dict[str, int] = {}
    for service, annee in couples:
        dernieres[service] = max(int(annee), dernieres.get(service, 0))
    return [document_qualite(lire_service(espace, s), annee, diffusion) for s, annee in dernieres.items()]
