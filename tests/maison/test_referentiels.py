"""Les référentiels livrés : cohérents entre eux et sans valeur illisible."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import polars as pl
import pytest

from observatoire.espace import Espace
from observatoire.nomenclatures import lire_nomenclature
from tests.maison.fichiers import RACINE

DOSSIER = RACINE / "data" / "referentiels"


def _csv(nom: str) -> pl.DataFrame:
    return pl.read_csv(DOSSIER / f"{nom}.csv", infer_schema=False)


@pytest.fixture(scope="module")
def communes() -> pl.DataFrame:
    return pl.read_parquet(DOSSIER / "communes.parquet")


def test_les_communes_sont_rattachees(communes: pl.DataFrame) -> None:
    """Un code par commune, un seul millésime, et des rattachements qui existent."""
    assert communes.columns == ["code", "libelle", "epci", "departement", "region", "millesime"]
    assert 34_000 < communes.height < 36_000
    assert communes["code"].is_unique().all()
    assert communes["code"].str.len_chars().unique().to_list() == [5]
    assert communes["millesime"].n_unique() == 1
    assert set(communes["departement"]) <= set(_csv("departements")["code"])
    assert set(communes["region"]) <= set(_csv("regions")["code"])
    assert set(communes["epci"].drop_nulls()) <= set(_csv("epci")["code"])
    assert communes["epci"].null_count() < 150


def test_les_anciennes_communes_menent_a_une_commune(communes: pl.DataFrame) -> None:
    """Chaque ancien code ou nom mène à une commune en vigueur."""
    anciennes = pl.read_parquet(DOSSIER / "communes_anciennes.parquet")
    assert anciennes.columns == ["ancien_code", "ancien_libelle", "nature", "commune"]
    assert anciennes.height > 4_000
    assert set(anciennes["commune"]) <= set(communes["code"])
    paris = anciennes.filter(pl.col("ancien_code") == "75120")
    assert paris["commune"].to_list() == ["75056"]


def test_les_codes_postaux_menent_a_une_commune(communes: pl.DataFrame) -> None:
    """Chaque couple est unique et désigne une commune en vigueur."""
    couples = pl.read_parquet(DOSSIER / "codes_postaux.parquet")
    assert couples.height > 30_000
    assert couples.is_unique().all()
    assert set(couples["commune"]) <= set(communes["code"])
    assert couples["code_postal"].str.contains(r"^\d{5}$").all()


def test_les_reperes_se_lisent() -> None:
    """Un repère par nom et par année, un nombre, une source et un statut connu."""
    reperes = _csv("reperes")
    assert reperes.columns == ["annee", "repere", "valeur", "unite", "source", "statut"]
    assert reperes.height > 200
    assert reperes.select("annee", "repere").is_unique().all()
    assert reperes.null_count().row(0) == (0,) * 6
    assert (reperes["valeur"].cast(pl.Float64) > 0).all()
    assert set(reperes["statut"]) == {"verifie", "verifie_source_secondaire", "a_verifier"}
    seuils = reperes.filter(pl.col("repere") == "seuil_pauvrete_60_uc")
    assert {"2019", "2020", "2021", "2022"} <= set(seuils["annee"])


def test_ethos_light_couvre_la_liste_logement() -> None:
    """Chaque situation de logement a sa place dans la grille, dans le même ordre."""
    assert _csv("ethos_light")["code"].to_list() == lire_nomenclature(Espace(RACINE), "logement").codes


def test_les_referentiels_restent_legers() -> None:
    """Le paquet s'installe vite : moins de 1,5 Mo en tout."""
    tailles = [f.stat().st_size for f in DOSSIER.iterdir() if f.is_file()]
    assert len(tailles) >= 8
    assert sum(tailles) < 1_500_000


def test_construire_suit_une_fusion(tmp_path: Path) -> None:
    """Sur un paquet réduit : millésime, fusion nommée et non nommée, commune sans intercommunalité."""
    paquet = tmp_path / "paquet"
    (paquet / "data").mkdir(parents=True)
    base = {"departement": "01", "region": "84"}
    contenu = {
        "package.json": {"version": "5.3.0"},
        "data/communes.json": [
            {"code": "01015", "nom": "Neuve", "type": "commune-actuelle", "anciensCodes": ["01340", "01015"],
             "codesPostaux": ["01300"], **base},
            {"code": "01015", "nom": "Vieille", "type": "commune-deleguee", "chefLieu": "01015", **base},
            {"code": "01002", "nom": "Île", "type": "commune-actuelle", **base},
        ],
        "data/epci.json": [{"code": "200", "nom": "CC", "type": "CC", "membres": [{"code": "01015"}]}],
        "data/departements.json": [{"code": "01", "nom": "Ain", "region": "84"}],
        "data/regions.json": [{"code": "84", "nom": "Région"}],
    }  # fmt: skip
    for nom, valeur in contenu.items():
        (paquet / nom).write_text(json.dumps(valeur), encoding="utf-8")
    runpy.run_path(str(DOSSIER / "construire.py"))["principal"](paquet, tmp_path)
    communes = pl.read_parquet(tmp_path / "communes.parquet")
    assert communes.rows() == [("01002", "Île", None, "01", "84", 2025), ("01015", "Neuve", "200", "01", "84", 2025)]
    anciennes = pl.read_parquet(tmp_path / "communes_anciennes.parquet").rows()
    assert anciennes == [("01015", "Vieille", "deleguee", "01015"), ("01340", None, "fusionnee", "01015")]
    assert pl.read_parquet(tmp_path / "codes_postaux.parquet").rows() == [("01300", "01015")]
