"""Les paramètres d'un carnet de plan d'action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from observatoire.erreurs import ErreurParametre, suggestion
from observatoire.espace import Espace, exiger_connu
from observatoire.protection import DIFFUSIONS
from observatoire.services import Service, exiger_annee, lire_service


@dataclass(frozen=True)
class ParametresPlan:
    """Les paramètres d'un carnet de plan, contrôlés. `date` : jour de l'état, AAAA-MM-JJ ; vide, la fin de l'année."""

    service: str
    annee: int
    diffusion: str = "public"
    date: str = ""

    def en_dict(self) -> dict[str, Any]:
        return asdict(self)

    def jour(self, service: Service) -> date:
        """Le jour où l'état du plan est arrêté."""
        return date.fromisoformat(self.date) if self.date else service.periode(self.annee).dernier_jour


def controler_parametres(espace: Espace, recus: Mapping[str, Any]) -> ParametresPlan:
    """Contrôle des paramètres venus du dehors.

    Lève `ErreurParametre` pour un nom inconnu, un paramètre manquant, un service que l'espace ne déclare pas, une
    année ou une diffusion qui n'en est pas une, une date illisible ou hors de l'année.
    """
    noms = [f.name for f in fields(ParametresPlan)]
    for nom in recus:
        if nom not in noms:
            raise ErreurParametre(
                f"Paramètre « {nom} » inconnu.",
                f"{suggestion(nom, noms)} Paramètres possibles : {', '.join(noms)}.".strip(),
            )
    for nom in ("service", "annee"):
        if recus.get(nom) in (None, ""):
            raise ErreurParametre(f"Le paramètre « {nom} » manque.", "Donnez le service et l'année du plan.")
    exiger_connu(str(recus["service"]), espace.services(), "Service")
    diffusion = str(recus.get("diffusion", ParametresPlan.diffusion))
    exiger_connu(diffusion, DIFFUSIONS, "Diffusion")
    lus = ParametresPlan(str(recus["service"]), exiger_annee(recus["annee"]), diffusion, str(recus.get("date") or ""))
    _exiger_jour(lus, lire_service(espace, lus.service))
    return lus


def _exiger_jour(lus: ParametresPlan, service: Service) -> None:
    periode = service.periode(lus.annee)
    try:
        jour = lus.jour(service)
    except ValueError as erreur:
        raise ErreurParametre(
            f"Date « {lus.date} » illisible.", f"Écrivez AAAA-MM-JJ, par exemple {periode.dernier_jour.isoformat()}."
        ) from erreur
    if not periode.debut <= jour < periode.fin:
        raise ErreurParametre(
            f"Date « {lus.date} » hors de l'année {lus.annee}.",
            f"Donnez un jour du {periode.debut.isoformat()} au {periode.dernier_jour.isoformat()}.",
        )
