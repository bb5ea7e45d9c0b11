"""Observatoire : de l'export brut au rapport publié. `import observatoire as obs` suffit à un carnet."""

from __future__ import annotations

import os

# Rien ne téléphone à la maison : à poser avant tout import de Great Expectations.
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

__version__ = "0.1.0"

__all__ = ["Espace", "cahier", "calculer", "explorer", "plan", "rapport", "synthese", "voir"]


def __getattr__(nom: str):
    """Charge à la demande ce qu'un carnet appelle : `import observatoire` reste immédiat."""
    if nom == "Espace":
        from observatoire.espace import Espace

        return Espace
    if nom == "calculer":
        from observatoire.indicateurs import calculer

        return calculer
    if nom == "cahier":
        from observatoire.restitution.cahier import cahier

        return cahier
    if nom == "rapport":
        from observatoire.restitution.rapport import rapport

        return rapport
    if nom == "plan":
        from observatoire.restitution.plan import plan

        return plan
    if nom == "synthese":
        from observatoire.restitution.synthese import synthese

        return synthese
    if nom == "explorer":
        from observatoire.exploration.explorateur import explorer

        return explorer
    if nom == "voir":
        from observatoire.exploration.vue import voir

        return voir
    raise AttributeError(f"module 'observatoire' has no attribute {nom!r}")
