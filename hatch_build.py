"""À la construction du paquet, y embarquer le gabarit d'un espace de travail (ce que `init` recopie)."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def dossiers_du_gabarit(racine: Path) -> list[str]:
    """Les dossiers et fichiers de `GABARIT` (espace.py) présents dans le dépôt, lus sans importer le projet."""
    arbre = ast.parse((racine / "src" / "observatoire" / "espace.py").read_text(encoding="utf-8"))
    for noeud in arbre.body:
        if isinstance(noeud, ast.Assign) and ast.unparse(noeud.targets[0]) == "GABARIT":
            return [d for d in ast.literal_eval(noeud.value) if (racine / d).exists()]
    raise ValueError("GABARIT est introuvable dans espace.py")


class CrochetGabarit(BuildHookInterface):
    """Ajoute le gabarit au paquet ; une installation modifiable lit les dossiers du dépôt, elle n'en a pas besoin."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Déclare chaque dossier du gabarit sous `observatoire/_gabarit/`."""
        if version == "editable":
            return
        for dossier in dossiers_du_gabarit(Path(self.root)):
            build_data["force_include"][dossier] = f"observatoire/_gabarit/{dossier}"
