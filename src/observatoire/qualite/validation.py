"""Le verdict au format de Great Expectations : nos examens, remis aux attentes GX des suites.

Les suites sont chargées par GX, qui en contrôle les réglages et écrit le résultat de chaque attente ; le moteur
les a évaluées en polars. GX rejouant lui-même les suites rend les mêmes verdicts, avec un lot pandas et une
passe de métriques par attente en plus. Ce module importe Great Expectations (plusieurs secondes) :
`verdict` ne l'appelle que si un verdict doit être refait.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from observatoire.entrepot import Entrepot
from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace
from observatoire.qualite import attentes  # enregistre nos attentes, et coupe la télémétrie avant GX
from observatoire.qualite.controles import Examen
from observatoire.qualite.moteur import Examinee, Passe
from observatoire.qualite.suites import fichiers_suites
from observatoire.services import Service

import great_expectations as gx  # isort: skip  après attentes, qui règle l'environnement


@dataclass(frozen=True)
class Jugement:
    """Les validations GX de chaque année (une par table) et les colonnes que le service ne fournit pas."""

    validations: dict[int, tuple[dict[str, Any], ...]]
    non_recues: tuple[str, ...]


def valider(espace: Espace, service: Service, entrepot: Entrepot, annee: int) -> Jugement:
    """Évalue toutes les suites pour `annee` et les autres années d'activité récentes du service.

    Lève `ErreurDefinition` si une suite ne se charge pas entière ou si une règle ne peut pas s'évaluer.
    """
    passe = Passe(espace, service, entrepot)
    modeles: dict[str, dict[str, Any]] = {}
    for fichier in fichiers_suites(espace):
        modeles |= _modeles(fichier, fichier.stat().st_mtime_ns)
    annees = {a: _validations(modeles, passe.examiner(a)) for a in passe.annees(annee)}
    return Jugement(annees, passe.non_recues)


@lru_cache(maxsize=128)
def _modeles(fichier: Path, _modifie: int) -> dict[str, dict[str, Any]]:
    """Règle → son résultat GX en types JSON, comptes à remplir : GX ne charge et n'écrit une suite qu'une fois."""
    brut = json.loads(fichier.read_text(encoding="utf-8"))["expectations"]
    suite = gx.ExpectationSuite(name=fichier.stem, expectations=brut)
    if len(suite.expectations) != len(brut):
        raise ErreurDefinition(f"{fichier} : une attente est mal écrite.", "Vérifiez ses kwargs.")
    personne = Examen(pl.Series([], dtype=pl.Boolean), pl.Series([], dtype=pl.Boolean))
    return {a.meta["regle"]: a.resultat(personne, True).to_json_dict() for a in suite.expectations}


def _validations(modeles: Mapping[str, dict[str, Any]], examinees: Sequence[Examinee]) -> tuple[dict[str, Any], ...]:
    """Le résultat GX de chaque table, en types JSON."""
    par_table: dict[str, list[Examinee]] = {}
    for examinee in examinees:
        par_table.setdefault(examinee.regle.table, []).append(examinee)
    return tuple(_validation(table, modeles, liste) for table, liste in par_table.items())


def _validation(table: str, modeles: Mapping[str, dict[str, Any]], examinees: Sequence[Examinee]) -> dict[str, Any]:
    resultats = [
        {**modeles[e.regle.regle], "success": e.reussie, "result": attentes.comptes(e.examen)} for e in examinees
    ]
    reussies = sum(r["success"] for r in resultats)
    return {
        "success": reussies == len(resultats),
        "results": resultats,
        "suite_name": table,
        "suite_parameters": {},
        "statistics": {
            "evaluated_expectations": len(resultats),
            "successful_expectations": reussies,
            "unsuccessful_expectations": len(resultats) - reussies,
            "success_percent": 100 * reussies / len(resultats),
        },
        "meta": {},
    }
