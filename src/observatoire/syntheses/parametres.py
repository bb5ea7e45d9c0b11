"""Les paramètres d'un carnet de synthèse, et les associations que l'espace déclare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from observatoire.campagne.donnees import ancre
from observatoire.erreurs import ErreurParametre, suggestion
from observatoire.espace import Espace, exiger_connu
from observatoire.protection import DIFFUSIONS
from observatoire.services import Service, exiger_annee, lire_service


@dataclass(frozen=True)
class ParametresSynthese:
    """Les paramètres d'un carnet de synthèse, contrôlés. `association` : son nom en ancre de page."""

    association: str
    annee: int
    diffusion: str = "public"

    def en_dict(self) -> dict[str, Any]:
        return asdict(self)


def associations(espace: Espace) -> dict[str, list[Service]]:
    """Les associations de l'espace : ancre de leur nom → leurs services, triés. Un service sans association n'en fait
    partie d'aucune."""
    groupes: dict[str, list[Service]] = {}
    for nom in espace.services():
        service = lire_service(espace, nom)
        if service.association.strip():
            groupes.setdefault(ancre(service.association), []).append(service)
    return dict(sorted(groupes.items()))


def controler_parametres(espace: Espace, recus: Mapping[str, Any]) -> ParametresSynthese:
    """Contrôle des paramètres venus du dehors.

    Lève `ErreurParametre` pour un nom inconnu, un paramètre manquant, une association, une année ou une diffusion
    inconnues. Le nom de l'association s'écrit en clair ou en ancre.
    """
    noms = [f.name for f in fields(ParametresSynthese)]
    for nom in recus:
        if nom not in noms:
            raise ErreurParametre(
                f"Paramètre « {nom} » inconnu.",
                f"{suggestion(nom, noms)} Paramètres possibles : {', '.join(noms)}.".strip(),
            )
    for nom in ("association", "annee"):
        if recus.get(nom) in (None, ""):
            raise ErreurParametre(f"Le paramètre « {nom} » manque.", "Donnez l'association et l'année de la synthèse.")
    association = ancre(str(recus["association"]))
    exiger_connu(association, associations(espace), "Association")
    diffusion = str(recus.get("diffusion", ParametresSynthese.diffusion))
    exiger_connu(diffusion, DIFFUSIONS, "Diffusion")
    return ParametresSynthese(association, exiger_annee(recus["annee"]), diffusion)
