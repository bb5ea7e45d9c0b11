"""Nos attentes redites avec celles que Great Expectations livre, pour comparer verdicts et durées.

Une attente de Great Expectations ignore les vides, ne lit pas deux tables et ne connaît pas nos marques
d'absence : il en faut parfois deux pour une des nôtres, et certaines n'ont pas d'équivalent. Les comptes se
recomposent (lignes examinées, lignes fautives) et se comparent à ceux de notre examen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from observatoire.modele import ABSENCES
from observatoire.qualite import attentes  # noqa: F401  coupe la télémétrie avant l'import de GX

import great_expectations as gx  # isort: skip
import great_expectations.expectations as serie  # isort: skip
from great_expectations.expectations.row_conditions import Column  # isort: skip

SANS_VALEUR = {"result_format": "BASIC", "partial_unexpected_count": 0}
Comptes = tuple[int, int]  # lignes examinées, lignes fautives
Resultats = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Equivalent:
    """Les attentes de série qui disent la même chose, et comment en recomposer les comptes."""

    attentes: tuple[Any, ...]
    compter: Callable[[Resultats], Comptes]


def _sans_les_vides(resultats: Resultats) -> Comptes:
    (seul,) = resultats
    return seul["element_count"] - seul.get("missing_count", 0), seul["unexpected_count"]


def _vides_puis_marques(resultats: Resultats) -> Comptes:
    """Vides et valeurs marquées absentes ne se recouvrent pas : leurs comptes s'ajoutent."""
    return resultats[0]["element_count"], sum(r["unexpected_count"] for r in resultats)


def _doubles_puis_vides(resultats: Resultats) -> Comptes:
    """L'unicité de série ignore les vides ; chez nous deux clés vides sont deux fois la même."""
    doubles, vides = resultats
    return doubles["element_count"], doubles["unexpected_count"] + (n if (n := vides["unexpected_count"]) > 1 else 0)


def _condition(si: Mapping[str, Sequence[Any]] | None, si_renseigne: Sequence[str] | None) -> dict[str, Any]:
    conditions = [Column(c).is_in(list(valeurs)) for c, valeurs in (si or {}).items()]
    conditions += [Column(c).is_not_null() for c in si_renseigne or ()]
    if not conditions:
        return {}
    reunies = conditions[0]
    for suivante in conditions[1:]:
        reunies = reunies & suivante
    return {"row_condition": reunies}


def _renseigne(k: Mapping[str, Any], communs: dict[str, Any]) -> Equivalent | None:
    if len(k["colonnes"]) > 1:
        return None  # « l'une ou l'autre » ne se recompose pas de comptes par colonne
    (colonne,) = k["colonnes"]
    vides = serie.ExpectColumnValuesToNotBeNull(column=colonne, **communs)
    if not k.get("marques"):
        return Equivalent((vides,), lambda r: (r[0]["element_count"], r[0]["unexpected_count"]))
    marques = serie.ExpectColumnValuesToNotBeInSet(column=colonne, value_set=k["marques"], **communs)
    return Equivalent((vides, marques), _vides_puis_marques)


def _cle_unique(k: Mapping[str, Any], communs: dict[str, Any]) -> Equivalent:
    if len(k["colonnes"]) > 1:
        attente = serie.ExpectCompoundColumnsToBeUnique(
            column_list=k["colonnes"], ignore_row_if="never", **{c: v for c, v in communs.items() if c != "mostly"}
        )
        return Equivalent((attente,), lambda r: (r[0]["element_count"], r[0]["unexpected_count"]))
    (colonne,) = k["colonnes"]
    return Equivalent(
        (
            serie.ExpectColumnValuesToBeUnique(column=colonne, **communs),
            serie.ExpectColumnValuesToNotBeNull(column=colonne, **communs),
        ),
        _doubles_puis_vides,
    )


def _modalites(k: Mapping[str, Any], communs: dict[str, Any]) -> Equivalent:
    codes = [*k["codes"], *ABSENCES]
    if not k.get("separateur"):
        attente = serie.ExpectColumnValuesToBeInSet(column=k["colonne"], value_set=codes, **communs)
        return Equivalent((attente,), _sans_les_vides)
    un = rf"\s*(?:{'|'.join(map(re.escape, codes))})\s*"
    liste = f"^{un}(?:{re.escape(k['separateur'])}{un})*$"
    return Equivalent(
        (serie.ExpectColumnValuesToMatchRegex(column=k["colonne"], regex=liste, **communs),), _sans_les_vides
    )


def _dates_ordonnees(k: Mapping[str, Any], communs: dict[str, Any]) -> Equivalent:
    attente = serie.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A=k["apres"], column_B=k["avant"], or_equal=True, ignore_row_if="either_value_is_missing", **communs
    )
    return Equivalent((attente,), _sans_les_vides)


def _entre(colonne: str, minimum: Any, maximum: Any, communs: dict[str, Any]) -> Equivalent:
    attente = serie.ExpectColumnValuesToBeBetween(column=colonne, min_value=minimum, max_value=maximum, **communs)
    return Equivalent((attente,), _sans_les_vides)


def _reference(k: Mapping[str, Any], communs: dict[str, Any], liees: Mapping[str, pl.DataFrame]) -> Equivalent | None:
    connus = liees[k["table_visee"]][k["colonne_visee"]].drop_nulls().unique().to_list()
    if not connus:
        return None  # une table jamais reçue a sa propre règle : rien n'est examiné
    attente = serie.ExpectColumnValuesToBeInSet(column=k["colonne"], value_set=connus, **communs)
    return Equivalent((attente,), _sans_les_vides)


def equivalent(type_: str, reglages: Mapping[str, Any], liees: Mapping[str, pl.DataFrame]) -> Equivalent | None:
    """L'équivalent de série d'une de nos attentes, réglages résolus ; rien si Great Expectations n'en a pas."""
    communs = {
        "mostly": 1 - reglages.get("part_toleree", 0.0),
        **_condition(reglages.get("si"), reglages.get("si_renseigne")),
    }
    match type_:
        case "attendre_renseigne":
            return _renseigne(reglages, communs)
        case "attendre_cle_unique":
            return _cle_unique(reglages, communs)
        case "attendre_modalites":
            return _modalites(reglages, communs)
        case "attendre_dates_ordonnees":
            return _dates_ordonnees(reglages, communs)
        case "attendre_date_passee":
            return _entre(reglages["colonne"], None, datetime.fromisoformat(reglages["jour"]), communs)
        case "attendre_valeurs_entre":
            return _entre(reglages["colonne"], reglages.get("minimum"), reglages.get("maximum"), communs)
        case "attendre_reference":
            return _reference(reglages, communs, liees)
    return None


class Serie:
    """Un contexte Great Expectations éphémère sur pandas, sans barre de progression."""

    def __init__(self) -> None:
        contexte = gx.get_context(mode="ephemeral")
        contexte.variables.progress_bars = {"globally": False, "metric_calculations": False}
        actif = contexte.data_sources.add_pandas("comparaison").add_dataframe_asset("lot")
        self._lot = actif.add_batch_definition_whole_dataframe("entier")

    def lot(self, cadre: Any) -> Any:
        """Un lot GX d'un cadre pandas."""
        return self._lot.get_batch({"dataframe": cadre})

    def juger(self, cadre: Any, equivalents: Sequence[Equivalent]) -> list[tuple[Comptes, bool | None]]:
        """Les comptes de chaque équivalent, d'une seule validation de suite ; et, s'il tient en une attente, ce qu'elle
        en conclut."""
        toutes = [a for e in equivalents for a in e.attentes]
        for rang, attente in enumerate(toutes):
            attente.meta = {"rang": rang}
        suite = gx.ExpectationSuite(name="serie", expectations=toutes)
        rendus = self.lot(cadre).validate(suite, result_format=SANS_VALEUR).results
        par_rang = {r.expectation_config.meta["rang"]: r for r in rendus}
        assert len(par_rang) == len(toutes), "Great Expectations n'a pas rendu toutes les attentes"
        suivants = iter(range(len(toutes)))
        siens = [[par_rang[next(suivants)] for _ in e.attentes] for e in equivalents]
        return [
            (e.compter([r.result for r in groupe]), bool(groupe[0].success) if len(groupe) == 1 else None)
            for e, groupe in zip(equivalents, siens, strict=True)
        ]
