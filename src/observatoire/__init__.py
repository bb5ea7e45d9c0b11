"""Observatoire : de l'export brut au rapport publié. `import observatoire as obs` suffit à un carnet."""

from __future__ import annotations

import os

# Rien ne téléphone à la maison : à poser avant tout import de Great Expectations.
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

__version__ = "0.1.0"

__all__ = ["Espace", "calculer", "rapport"]


def __getattr__(nom: str):
    """Charge à la demande ce qu'un carnet appelle : `import observatoire` reste immédiat."""
    if nom == "Espace":
        from observatoire.espace import Espace

        return Espace
    if nom == "calculer":
        from observatoire.indicateurs import calculer

        return calculer
    if nom == "rapport":
        from observatoire.restitution.rapport import rapport

        return rapport
    raise AttributeError(f"module 'observatoire' has no attribute {nom!r}")
