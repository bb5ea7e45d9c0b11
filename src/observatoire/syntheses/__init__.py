"""La synthèse d'une association pour ses dirigeants : les personnes comptées une fois, et chaque service en bref."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from observatoire.campagne.documents import Document
    from observatoire.espace import Espace

GENRE, CARNET = "synthese", "synthese.ipynb"
SERVICES_MINIMAUX = 2  # un seul service : son rapport dit déjà tout


def nom_synthese(association: str) -> str:
    """Le nom de fichier de la synthèse d'une association, sans extension."""
    return f"synthese_{association}"


def documents(espace: Espace, annees: Sequence[int] | None = None, diffusion: str = "interne") -> list[Document]:
    """Les synthèses que les données permettent : une par association de plusieurs services et par année reçue.

    `annees` : toutes celles qu'un de ses services a reçues si `None`.
    """
    from observatoire.campagne.annees import annees_recues
    from observatoire.campagne.documents import Document
    from observatoire.syntheses.parametres import ParametresSynthese, associations

    rendus = []
    for cle, services in associations(espace).items():
        if len(services) < SERVICES_MINIMAUX:
            continue
        connues = sorted({annee for service in services for annee in annees_recues(espace, service)})
        for annee in connues:
            if annees is None or annee in annees:
                parametres = ParametresSynthese(cle, annee, diffusion).en_dict()
                titre = f"{services[0].association} {annee} — synthèse"
                rendus.append(Document(GENRE, nom_synthese(cle), annee, diffusion, CARNET, parametres, titre))
    return rendus
