"""Un plan d'action municipal : ce qu'il prévoit, où il en est, et ce que ses propres chiffres contredisent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from observatoire.campagne.documents import Document
    from observatoire.espace import Espace

GENRE, CARNET = "plan", "plan_actions.ipynb"


def nom_plan(service: str) -> str:
    """Le nom de fichier du plan d'un service, sans extension."""
    return f"plan_{service}"


def documents(espace: Espace, annees: Sequence[int] | None = None, diffusion: str = "interne") -> list[Document]:
    """Les plans d'action que les données permettent : un par service qui a des actions et par année connue.

    `annees` : toutes celles où l'état du plan est connu si `None`.
    """
    from observatoire.campagne.documents import Document
    from observatoire.plans.parametres import ParametresPlan
    from observatoire.plans.preparation import annees_du_plan
    from observatoire.services import lire_service

    rendus = []
    for nom in espace.services():
        service = lire_service(espace, nom)
        for annee in annees_du_plan(espace, service):
            if annees is None or annee in annees:
                parametres = ParametresPlan(nom, annee, diffusion).en_dict()
                titre = f"{service.libelle_court} {annee} — plan d'action"
                rendus.append(Document(GENRE, nom_plan(nom), annee, diffusion, CARNET, parametres, titre))
    return rendus
