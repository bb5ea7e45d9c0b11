"""L'évaluation des suites par Great Expectations : une passe par service, toutes ses années d'un coup.

Le contexte est éphémère, sans télémétrie ni barre de progression. Des résultats de GX on ne garde que
la réussite et deux comptes. Ce module importe Great Expectations : `verdict` ne l'appelle que si un
verdict doit être refait.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from observatoire.entrepot import Entrepot
from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace
from observatoire.modele import TABLES, VARIABLES, table_vide
from observatoire.nomenclatures import lire_nomenclature
from observatoire.qualite import attentes  # noqa: F401  enregistre nos attentes, et coupe la télémétrie avant GX
from observatoire.qualite.controles import tables_liees
from observatoire.qualite.perimetre import PERIMETRES, TOUTE_LA_TABLE, annees_d_activite
from observatoire.qualite.reception import cles_contradictoires, colonnes_recues, tables_manquantes
from observatoire.qualite.suites import Regle, lire_suites
from observatoire.qualite.verdict import ResultatRegle
from observatoire.services import Service
from observatoire.univers.contexte import Contexte

import great_expectations as gx  # isort: skip  après attentes, qui règle l'environnement

ANNEES_MAX = 6  # les plus récentes ; une année plus ancienne se juge à la demande
SANS_VALEUR = {"result_format": "BASIC", "partial_unexpected_count": 0}


@dataclass(frozen=True)
class Jugement:
    """Les résultats de chaque année et les colonnes que le service ne fournit pas."""

    resultats: dict[int, tuple[ResultatRegle, ...]]
    non_recues: tuple[str, ...]


def valider(espace: Espace, service: Service, entrepot: Entrepot, annee: int) -> Jugement:
    """Évalue toutes les suites pour `annee` et les autres années d'activité récentes du service.

    Lève `ErreurDefinition` si une suite ne se charge pas entière ou si une règle ne peut pas s'évaluer.
    """
    tables = {nom: entrepot.table(nom) for nom in TABLES}
    recues = colonnes_recues(service, tables)
    regles = [r for suite in lire_suites(espace).values() for r in suite if _applicable(r, recues)]
    communs = _reglages_communs(espace, service, entrepot, tables)
    lots = Lots()
    with tables_liees(tables):
        de_table = _evaluer(lots, [r for r in regles if r.perimetre == TOUTE_LA_TABLE], communs, tables)
        par_annee = {}
        for a in _annees(service, tables, annee):
            contexte = Contexte(espace, service, service.periode(a), entrepot)
            par_annee[a] = {**de_table, **_evaluer_annee(lots, regles, communs, contexte)}
    return Jugement(
        {a: tuple(resultats[r.regle] for r in regles) for a, resultats in par_annee.items()},
        tuple(sorted(_colonnes_jugees(espace) - recues)),
    )


def _annees(service: Service, tables: Mapping[str, pl.DataFrame], annee: int) -> list[int]:
    return sorted({annee, *annees_d_activite(tables, service.periode)[-ANNEES_MAX:]})


def _applicable(regle: Regle, recues: set[str]) -> bool:
    """Une règle de remplissage ne juge que les colonnes que le service fournit."""
    return regle.famille != "remplissage" or f"{regle.table}.{regle.colonne}" in recues


def _colonnes_jugees(espace: Espace) -> set[str]:
    return {
        f"{r.table}.{r.colonne}" for suite in lire_suites(espace).values() for r in suite if r.famille == "remplissage"
    }


def _reglages_communs(
    espace: Espace, service: Service, entrepot: Entrepot, tables: Mapping[str, pl.DataFrame]
) -> dict[str, Any]:
    """Ce que les suites nomment par `$PARAMETER` et qui ne dépend pas de l'année."""
    listes = sorted({v.nomenclature for v in VARIABLES.values() if v.nomenclature})
    codes = {f"nomenclature_{liste}": lire_nomenclature(espace, liste).codes for liste in listes}
    return {
        **codes,
        "jour_controle": date.today().isoformat(),
        "moment_profil": service.parametres.moment_profil,
        "tables_manquantes": tables_manquantes(service, entrepot, tables),
        "cles_contradictoires": cles_contradictoires(entrepot),
        "id_service": [service.id],
    }


def _evaluer_annee(
    lots: Lots, regles: Iterable[Regle], communs: Mapping[str, Any], contexte: Contexte
) -> dict[str, ResultatRegle]:
    reglages = {**communs, "fin_periode": contexte.periode.fin.isoformat()}
    resultats: dict[str, ResultatRegle] = {}
    for nom in [p for p in PERIMETRES if p != TOUTE_LA_TABLE]:
        concernees = [r for r in regles if r.perimetre == nom]
        lignes = {t: PERIMETRES[nom](contexte, t) for t in {r.table for r in concernees}}
        resultats |= _evaluer(lots, concernees, reglages, lignes)
    return resultats


def _evaluer(
    lots: Lots, regles: list[Regle], reglages: Mapping[str, Any], lignes: Mapping[str, pl.DataFrame]
) -> dict[str, ResultatRegle]:
    resultats: dict[str, ResultatRegle] = {}
    for table in dict.fromkeys(r.table for r in regles):
        de_la_table = [r for r in regles if r.table == table]
        resultats |= lots.evaluer(table, lignes[table], de_la_table, reglages)
    return resultats


class Lots:
    """Le contexte GX éphémère d'une passe, et un actif par table du modèle."""

    def __init__(self) -> None:
        self._contexte = gx.get_context(mode="ephemeral")
        self._contexte.variables.progress_bars = {"globally": False, "metric_calculations": False}
        self._source = self._contexte.data_sources.add_pandas("entrepot")
        self._actifs: dict[str, Any] = {}

    def _lot(self, table: str, lignes: pl.DataFrame) -> Any:
        if table not in self._actifs:
            actif = self._source.add_dataframe_asset(table)
            self._actifs[table] = actif.add_batch_definition_whole_dataframe("lignes")
        arrow = lignes.select(table_vide(table).columns).to_pandas(use_pyarrow_extension_array=True)
        return self._actifs[table].get_batch({"dataframe": arrow})

    def evaluer(
        self, table: str, lignes: pl.DataFrame, regles: list[Regle], reglages: Mapping[str, Any]
    ) -> dict[str, ResultatRegle]:
        """Évalue les règles d'une table sur des lignes ; rend identifiant de règle → résultat."""
        suite = gx.ExpectationSuite(name=table, expectations=[r.attente for r in regles])
        if len(suite.expectations) != len(regles):
            raise ErreurDefinition(f"expectations/{table}.json : une attente est mal écrite.", "Vérifiez ses kwargs.")
        utiles = {nom: reglages[nom] for nom in suite.suite_parameter_options if nom in reglages}
        rapport = self._lot(table, lignes).validate(suite, result_format=SANS_VALEUR, expectation_parameters=utiles)
        rendus = {r.expectation_config.meta["regle"]: r for r in rapport.results}
        return {r.regle: _resultat(r, rendus[r.regle]) for r in regles}


def _resultat(regle: Regle, rendu: Any) -> ResultatRegle:
    # Une erreur d'évaluation n'est pas un défaut des données. Son message peut citer une valeur : on le tait.
    if "unexpected_count" not in rendu.result:
        raise ErreurDefinition(
            f"La règle de qualité « {regle.regle} » ne peut pas s'évaluer.",
            f"Vérifiez ses réglages dans expectations/{regle.table}.json.",
        )
    return ResultatRegle(
        regle=regle.regle,
        table=regle.table,
        colonnes=regle.colonnes,
        severite=regle.severite,
        structurelle=regle.structurelle,
        reussie=bool(rendu.success),
        lignes=int(rendu.result["element_count"]),
        echecs=int(rendu.result["unexpected_count"]),
        explication=regle.explication,
        remede=regle.remede,
        famille=regle.famille,
    )
