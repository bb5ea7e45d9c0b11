"""Ce que les pages de portail embarquent : feuille de style, script de recherche, politique de sécurité."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from markupsafe import Markup

from observatoire.restitution.gabarit import DOSSIER, css, politique

_PAGE = DOSSIER / "observatoire"


@lru_cache(maxsize=1)
def _style() -> str:
    return css() + (_PAGE / "portail.css").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _script() -> str:
    return (_PAGE / "portail.js").read_text(encoding="utf-8")


def ressources_portail(titre: str, diffusion: str) -> dict[str, Any]:
    """Ce que le gabarit d'un portail attend ; `titre` : celui de l'onglet."""
    return {
        "titre": titre,
        "diffusion": diffusion,
        "css": Markup(_style()),
        "script": Markup(_script()),
        "politique": politique((_script(),)),
    }
