"""La vue de départ : ce qui manque à une demande pour montrer quelque chose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from observatoire.erreurs import ErreurParametre, exiger_connu
from observatoire.espace import Espace
from observatoire.exploration.atelier import Atelier
from observatoire.services import exiger_annee


def completer(espace: Espace, recus: Mapping[str, Any], atelier: Atelier | None = None) -> dict[str, Any]:
    """Les paramètres reçus et, à défaut : le premier service qui a des données, sa dernière année, son premier chiffre.

    Rien n'est contrôlé ici que ce qu'il faut pour compléter : `controler_demande` vient ensuite.
    Lève `ErreurParametre` pour un service ou une année inconnus, et s'il n'y a rien à montrer.
    """
    atelier = atelier or Atelier(espace)
    complets = dict(recus)
    if not complets.get("services"):
        complets["services"] = [_premier_service(atelier)]
    services = _liste(complets["services"])
    for service in services:
        exiger_connu(str(service), espace.services(), "Service")
    if not complets.get("annees"):
        complets["annees"] = [_derniere_annee(atelier, str(services[0]))]
    if not complets.get("indicateur"):
        annee = max(exiger_annee(a) for a in _liste(complets["annees"]))
        complets["indicateur"] = _premier_indicateur(atelier, [str(s) for s in services], annee)
    return complets


def _liste(valeur: Any) -> list[Any]:
    return list(valeur) if isinstance(valeur, list | tuple) else [valeur]


def _premier_service(atelier: Atelier) -> str:
    presents = atelier.services()
    if not presents:
        raise ErreurParametre(
            "Aucun service n'a de données.", "Commencez par « observatoire importer CHEMIN --service ID »."
        )
    return presents[0].valeur


def _derniere_annee(atelier: Atelier, service: str) -> int:
    annees = atelier.annees(service)
    if not annees:
        raise ErreurParametre(
            f"Le service « {service} » n'a reçu aucune donnée.",
            f"Commencez par « observatoire importer CHEMIN --service {service} ».",
        )
    return annees[-1]


def _premier_indicateur(atelier: Atelier, services: list[str], annee: int) -> str:
    permis = atelier.indicateurs(services, annee)
    if not permis:
        raise ErreurParametre(
            f"Aucun chiffre ne se calcule en {annee} pour {', '.join(services)}.", "Choisissez une autre année."
        )
    return permis[0].nom
