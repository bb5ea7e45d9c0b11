"""Un plan d'action écrit à la main : deux enjeux, trois actions, de quoi éprouver chaque règle."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from observatoire.espace import Espace
from tests.atelier import SERVICE, espace_de


def action(numero: str, **valeurs: Any) -> dict[str, Any]:
    defaut = {
        "id_action": numero,
        "plan": "Plan d'essai",
        "enjeu": "Logement",
        "libelle": f"Action {numero}",
        "echeance_debut": date(2021, 1, 1),
        "echeance_fin": date(2023, 12, 31),
        "etat": "engagee",
        "date_etat": date(2021, 2, 1),
    }
    return defaut | valeurs


def jalon(numero: str, libelle: str, fin: date, etat: str | None, constat: date | None = None) -> dict[str, Any]:
    return {
        "id_action": numero,
        "libelle": libelle,
        "echeance_debut": date(fin.year, 1, 1),
        "echeance_fin": fin,
        "etat": etat,
        "date_etat": constat,
    }


def budget(numero: str, annee: int, montant: float | str, nature: str = "prevu", **valeurs: Any) -> dict[str, Any]:
    exacts = {c: Decimal(str(valeurs.pop(c))) for c in ("cout_unitaire", "cout_unitaire_max") if c in valeurs}
    base = {"id_action": numero, "annee": annee, "nature": nature, "montant": Decimal(str(montant))}
    return {**base, **exacts, **valeurs}


def cible(numero: str, indicateur: str, cible_: float, **valeurs: Any) -> dict[str, Any]:
    return {"id_action": numero, "indicateur": indicateur, "cible": cible_, **valeurs}


def plan_d_essai(dossier: Path, **tables: Any) -> Espace:
    """Un espace dont le service « essai » porte un plan ; chaque table peut être remplacée."""
    completes = {
        "action": [action("A"), action("B", enjeu="Droits", etat="realisee", date_etat=date(2022, 6, 1))],
        "jalon": [
            jalon("A", "Étude", date(2021, 6, 30), "realisee", date(2021, 6, 1)),
            jalon("A", "Ouverture", date(2022, 6, 30), "realisee", date(2023, 1, 15)),
            jalon("A", "Bilan", date(2023, 12, 31), "prevue", date(2021, 1, 1)),
            jalon("B", "Lancement", date(2021, 3, 31), "reportee", date(2021, 3, 1)),
        ],
        "budget_action": [
            budget("A", 2021, 1000, annee_fin=2023, poste="Local", financeur="Ville"),
            budget("A", 2021, 300, "execute", poste="Local", financeur="Ville"),
            budget("A", 2022, 350, "execute", poste="Local", financeur="Ville"),
        ],
        "indicateur_action": [
            cible("A", "Personnes reçues", 50, unite="personnes", valeur=3, date=date(2022, 12, 1)),
            cible("A", "Délai", 10, unite="jours", nature="evaluation", valeur=12, date=date(2023, 5, 1)),
            cible("B", "Prêts", 100, unite="prêts", nature="objectif"),
        ],
        **tables,
    }
    reglages = 'libelle_court = "Essai"\ntype_service = "CCAS"\nassociation = "Ville fictive"'
    return espace_de(dossier, reglages, **completes)


__all__ = ["SERVICE", "action", "budget", "cible", "jalon", "plan_d_essai"]
