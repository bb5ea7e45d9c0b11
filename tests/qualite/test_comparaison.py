"""Mêmes verdicts : notre moteur et GX rejouant nos suites ; nos attentes et celles que GX livre."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import great_expectations as gx
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observatoire.entrepot import Entrepot, lire_entrepot
from observatoire.espace import Espace
from observatoire.modele import PROVENANCE, TABLES
from observatoire.qualite.controles import CONTROLES, annee_precedente, tables_liees
from observatoire.qualite.moteur import VERDICT_SEULEMENT, Examinee, Passe
from observatoire.services import lire_service
from tests.qualite.equivalents import SANS_VALEUR, Serie, equivalent
from tests.qualite.temoin import SERVICE, EntrepotTemoin, Tables, espace_temoin, tables_temoin

ANNEE = 2022
Verdicts = dict[str, tuple[bool, int, int]]  # règle → réussie, lignes examinées, lignes fautives


# --- Notre moteur et Great Expectations rejouant les mêmes suites ---------------------------------------


def parametres(examinees: Sequence[Examinee]) -> dict[str, Any]:
    """Les paramètres des suites, comme les donnerait quiconque les rejoue avec Great Expectations."""
    kwargs = ((e, cle, valeur) for e in examinees for cle, valeur in e.regle.attente["kwargs"].items())
    return {v["$PARAMETER"]: e.reglages[cle] for e, cle, v in kwargs if isinstance(v, dict) and "$PARAMETER" in v}


def de_great_expectations(
    examinees: Sequence[Examinee], precedentes: Sequence[Examinee], tables: Mapping[str, pl.DataFrame]
) -> Verdicts:
    """Chaque table et périmètre : un lot pandas, la suite telle que le fichier l'écrit, `validate`."""
    rendus: Verdicts = {}
    serie, reglages = Serie(), parametres(examinees)
    lots = {(e.regle.table, e.regle.perimetre): e.lot for e in examinees}
    avant = {(e.regle.table, e.regle.perimetre): e.lot for e in precedentes}
    for (table, perimetre), lot in lots.items():
        regles = [e.regle for e in examinees if (e.regle.table, e.regle.perimetre) == (table, perimetre)]
        suite = gx.ExpectationSuite(name=table, expectations=[r.attente for r in regles])
        utiles = {nom: reglages[nom] for nom in suite.suite_parameter_options if nom in reglages}
        cadre = lot.drop(PROVENANCE).to_pandas(use_pyarrow_extension_array=True)
        with tables_liees(tables), annee_precedente({table: avant[table, perimetre]}):
            rapport = serie.lot(cadre).validate(suite, result_format=SANS_VALEUR, expectation_parameters=utiles)
        assert len(rapport.results) == len(regles)
        for r in rapport.results:
            nom = r.expectation_config.meta["regle"]
            assert "element_count" in r.result, (nom, r.exception_info)
            rendus[nom] = (bool(r.success), r.result["element_count"], r.result["unexpected_count"])
    return rendus


def comparer(espace: Espace, service: str, entrepot: Entrepot) -> Verdicts:
    """Les deux verdicts de 2022, exigés égaux règle pour règle."""
    passe = Passe(espace, lire_service(espace, service), entrepot)
    examinees, precedentes = passe.examiner(ANNEE), passe.examiner(ANNEE - 1)
    notre = {e.regle.regle: (e.reussie, e.examen.lignes, e.examen.echecs) for e in examinees}
    autre = de_great_expectations(examinees, precedentes, {t: entrepot.table(t) for t in TABLES})
    assert {regle: (vu, autre[regle]) for regle, vu in notre.items() if autre[regle] != vu} == {}
    return notre


def test_l_echantillon_a_le_meme_verdict(espace_exemple: Espace) -> None:
    verdicts = comparer(espace_exemple, "ltiae", lire_entrepot(espace_exemple, "ltiae"))
    assert sum(lignes > 0 for _, lignes, _ in verdicts.values()) > 100


def abimer_au_hasard(tables: Tables, hasard: random.Random, part: float) -> Tables:
    """Les mêmes tables, où chaque cellule a `part` de chances de devenir vide, fausse, lointaine ou celle d'une autre
    ligne ; quelques lignes se répètent."""
    return {nom: _abimer(table, hasard, part) for nom, table in tables.items()}


def _abimer(table: pl.DataFrame, hasard: random.Random, part: float) -> pl.DataFrame:
    abimees = {}
    for nom, type_ in table.schema.items():
        valeurs = table[nom].to_list()
        if nom not in PROVENANCE:
            valeurs = [_fausse(v, valeurs, type_, hasard) if hasard.random() < part else v for v in valeurs]
        abimees[nom] = pl.Series(nom, valeurs, dtype=type_)
    abimee = pl.DataFrame(abimees, schema=table.schema)
    return pl.concat([abimee, abimee.head(1)]) if hasard.random() < 0.3 else abimee


def _fausse(valeur: Any, valeurs: list[Any], type_: pl.DataType, hasard: random.Random) -> Any:
    choix = [None, hasard.choice(valeurs)]
    if type_ == pl.Date:
        choix += [date(2990, 1, 1), (valeur or date(2022, 6, 1)) + timedelta(days=hasard.randint(-900, 900))]
    elif type_ == pl.String:
        choix += ["INCONNU", "NR", "SANTE | INCONNU"]
    elif type_.is_integer():
        choix += [-1, 900]
    elif type_.is_decimal():
        choix += [Decimal(-1), Decimal(99_999)]
    elif type_.is_float():
        choix += [-1.0, 9e6]
    return hasard.choice(choix)


def test_des_tables_abimees_au_hasard_ont_le_meme_verdict(tmp_path: Path) -> None:
    """Toutes les tables du modèle, une cellule sur vingt abîmée : toutes les règles ont quelque chose à dire."""
    tables = abimer_au_hasard(tables_temoin(), random.Random(2022), 0.05)
    espace = espace_temoin(tmp_path)
    verdicts = comparer(espace, SERVICE, EntrepotTemoin(SERVICE, espace.entrepot(SERVICE), en_memoire=tables))
    assert sum(lignes > 0 for _, lignes, _ in verdicts.values()) > 0.9 * len(verdicts)
    assert sum(not reussie for reussie, *_ in verdicts.values()) > 100


# --- Nos attentes et celles que Great Expectations livre ------------------------------------------------

PARENTS = pl.DataFrame({"cle": ["a", "b", "c", None]})
# Le type de l'attente et ses réglages, sur le cadre que tire `cadres`.
ATTENTES: list[tuple[str, dict[str, Any]]] = [
    ("attendre_renseigne", {"colonnes": ["texte"]}),
    ("attendre_renseigne", {"colonnes": ["texte"], "marques": ["NR"], "part_toleree": 0.2}),
    ("attendre_renseigne", {"colonnes": ["debut"], "si": {"entier": [1, 2]}}),
    ("attendre_renseigne", {"colonnes": ["debut"], "si": {"texte": ["a", "b"]}, "si_renseigne": ["fin"]}),
    ("attendre_cle_unique", {"colonnes": ["texte"]}),
    ("attendre_cle_unique", {"colonnes": ["texte", "debut"]}),
    ("attendre_cle_unique", {"colonnes": ["texte", "entier", "fin"]}),
    ("attendre_modalites", {"colonne": "texte", "codes": ["a", "b"], "part_toleree": 0.5}),
    ("attendre_modalites", {"colonne": "liste", "codes": ["a", "b"], "separateur": "|"}),
    ("attendre_dates_ordonnees", {"avant": "debut", "apres": "fin", "part_toleree": 0.1}),
    ("attendre_dates_ordonnees", {"avant": "debut", "apres": "fin", "si": {"texte": ["a"]}}),
    ("attendre_date_passee", {"colonne": "debut", "jour": "2022-01-02"}),
    ("attendre_valeurs_entre", {"colonne": "entier", "minimum": 1, "maximum": 3}),
    ("attendre_valeurs_entre", {"colonne": "decimal", "minimum": 0.5}),
    ("attendre_valeurs_entre", {"colonne": "decimal", "maximum": 0.5}),
    ("attendre_reference", {"colonne": "texte", "table_visee": "parent", "colonne_visee": "cle"}),
]
JOURS = st.none() | st.dates(date(2022, 1, 1), date(2022, 1, 4))
SCHEMA = {
    "texte": pl.String,
    "liste": pl.String,
    "debut": pl.Date,
    "fin": pl.Date,
    "entier": pl.Int64,
    "decimal": pl.Float64,
}
LIGNES = st.tuples(
    st.sampled_from([None, "a", "b", "z", "NR", "SO", ""]),
    st.sampled_from([None, "a", "a|b", " a | b ", "a | z", "z", "REF", "a|", ""]),
    JOURS,
    JOURS,
    st.none() | st.integers(0, 4),
    st.none() | st.sampled_from([0.0, 0.5, 0.75, -1.0]),
)


@pytest.fixture(scope="module")
def serie() -> Serie:
    return Serie()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lignes=st.lists(LIGNES, min_size=1, max_size=12))
def test_nos_attentes_comptent_comme_celles_que_gx_livre(serie: Serie, lignes: list[tuple]) -> None:
    """Vides compris : mêmes lignes examinées, mêmes lignes fautives, donc même verdict."""
    cadre = pl.DataFrame(lignes, schema=SCHEMA, orient="row")
    liees = {"parent": PARENTS}
    de_serie = serie.juger(cadre.to_pandas(), [equivalent(type_, k, liees) for type_, k in ATTENTES])
    with tables_liees(liees):
        notres = [
            CONTROLES[type_](cadre, **{c: v for c, v in k.items() if c not in VERDICT_SEULEMENT})
            for type_, k in ATTENTES
        ]
    for (type_, k), examen, (comptes, reussie) in zip(ATTENTES, notres, de_serie, strict=True):
        assert (examen.lignes, examen.echecs) == comptes, (type_, k)
        if reussie is not None:
            assert examen.reussi(k.get("part_toleree", 0.0)) == reussie, (type_, k)
