"""Les paramètres d'un cahier : leurs types, leurs valeurs permises, contrôlés en un seul endroit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from observatoire.cahiers.reglage import lire_cahier, regions
from observatoire.erreurs import ErreurParametre, exiger_connu, suggestion
from observatoire.espace import Espace
from observatoire.protection import DIFFUSIONS
from observatoire.services import exiger_annee


@dataclass(frozen=True)
class ParametresCahier:
    """Les paramètres du carnet d'un cahier régional, contrôlés."""

    region: str
    annee: int
    theme: str
    diffusion: str = "public"

    def en_dict(self) -> dict[str, Any]:
        return asdict(self)


def controler_cahier(espace: Espace, recus: Mapping[str, Any]) -> ParametresCahier:
    """Contrôle des paramètres venus du dehors ; un thème vide est le premier du cahier.

    Lève `ErreurParametre` pour un nom inconnu (avec suggestion), un paramètre manquant, une région sans cahier, une
    année que le thème ne couvre pas ou une diffusion inconnue.
    """
    noms = [f.name for f in fields(ParametresCahier)]
    for nom in recus:
        if nom not in noms:
            raise ErreurParametre(
                f"Paramètre « {nom} » inconnu.",
                f"{suggestion(nom, noms)} Paramètres possibles : {', '.join(noms)}.".strip(),
            )
    for nom in ("region", "annee"):
        if recus.get(nom) in (None, ""):
            raise ErreurParametre(f"Le paramètre « {nom} » manque.", "Donnez la région et l'année du cahier.")
    region = str(recus["region"])
    exiger_connu(region, regions(espace), "Région")
    diffusion = str(recus.get("diffusion", ParametresCahier.diffusion))
    exiger_connu(diffusion, DIFFUSIONS, "Diffusion")
    theme = lire_cahier(espace, region).theme(str(recus.get("theme") or ""))
    annee = exiger_annee(recus["annee"])
    if annee not in theme.annees:
        raise ErreurParametre(
            f"Le thème « {theme.id} » ne couvre pas l'année {annee}.",
            f"Années de ce thème : {', '.join(map(str, theme.annees))}.",
        )
    return ParametresCahier(region, annee, theme.id, diffusion)
