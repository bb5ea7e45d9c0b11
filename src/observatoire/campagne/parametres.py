"""Les paramètres d'un rapport : leurs types, leurs valeurs permises, contrôlés en un seul endroit.

La ligne de commande, les carnets et la campagne passent par ici. Aucun paramètre n'est jamais évalué
comme du code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from observatoire.erreurs import ErreurParametre, exiger_connu, suggestion
from observatoire.espace import Espace
from observatoire.protection import DIFFUSIONS
from observatoire.services import exiger_annee


@dataclass(frozen=True)
class ParametresRapport:
    """Les paramètres d'un carnet de rapport, contrôlés."""

    service: str
    annee: int
    diffusion: str = "public"

    def en_dict(self) -> dict[str, Any]:
        return asdict(self)


def controler_parametres(espace: Espace, recus: Mapping[str, Any]) -> ParametresRapport:
    """Contrôle des paramètres venus du dehors.

    Lève `ErreurParametre` pour un nom inconnu (avec suggestion), un paramètre manquant, un service que
    l'espace ne déclare pas, une année qui n'en est pas une ou une diffusion inconnue.
    """
    noms = [f.name for f in fields(ParametresRapport)]
    for nom in recus:
        if nom not in noms:
            raise ErreurParametre(
                f"Paramètre « {nom} » inconnu.",
                f"{suggestion(nom, noms)} Paramètres possibles : {', '.join(noms)}.".strip(),
            )
    for nom in ("service", "annee"):
        if recus.get(nom) in (None, ""):
            raise ErreurParametre(f"Le paramètre « {nom} » manque.", "Donnez le service et l'année du rapport.")
    exiger_connu(str(recus["service"]), espace.services(), "Service")
    diffusion = recus.get("diffusion", ParametresRapport.diffusion)
    exiger_connu(str(diffusion), DIFFUSIONS, "Diffusion")
    return ParametresRapport(str(recus["service"]), exiger_annee(recus["annee"]), str(diffusion))
