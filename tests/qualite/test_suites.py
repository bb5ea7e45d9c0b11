"""Les suites livrées : complètes, rattachées au modèle, lisibles par Great Expectations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from observatoire import modele
from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace, racine_gabarit
from observatoire.qualite.suites import Regle, fichiers_suites, lire_suites
from tests.qualite.fabrique import espace_d_essai

TABLES = (
    "personne",
    "menage",
    "membre",
    "demande",
    "mesure",
    "situation",
    "acte",
    "participation",
    "relogement",
    "convention",
    "contrat_travail",
    "contact_employeur",
)
ESPACE = Espace(racine_gabarit())
REGLES = [regle for suite in lire_suites(ESPACE).values() for regle in suite]


def test_chaque_table_a_sa_suite_et_il_y_a_bien_des_regles():
    assert set(TABLES) <= set(lire_suites(ESPACE))
    assert len(REGLES) > 100


@pytest.mark.parametrize("regle", REGLES, ids=lambda r: r.regle)
def test_chaque_regle_parle_au_lecteur_et_nomme_des_colonnes_du_modele(regle: Regle):
    for texte in (regle.explication, regle.remede):
        assert texte[0].isupper() and texte.endswith(".") and len(texte) > 15
    assert regle.regle.startswith(f"{regle.table}.")
    assert regle.colonnes
    for colonne in regle.colonnes:
        table, _, nom = colonne.partition(".")
        assert nom in modele.table(table).colonnes, colonne


@pytest.mark.parametrize("table", TABLES)
def test_chaque_suite_controle_la_cle_et_toutes_les_references_et_vocabulaires(table: str):
    regles = {r.regle: r for r in REGLES if r.table == table}
    for nom in ("recue", "cle_renseignee", "cle_unique", "cle_contradictoire"):
        assert f"{table}.{nom}" in regles
    assert regles[f"{table}.cle_unique"].attente["kwargs"]["colonnes"] == list(modele.table(table).cle)
    assert regles[f"{table}.cle_unique"].structurelle
    for colonne in modele.table(table).colonnes.values():
        if colonne.variable.nomenclature:
            parametre = regles[f"{table}.{colonne.nom}.vocabulaire"].attente["kwargs"]["codes"]
            assert parametre == {"$PARAMETER": f"nomenclature_{colonne.variable.nomenclature}"}
        if colonne.reference.split(".")[0] in TABLES:
            visee = regles[f"{table}.{colonne.nom}.reference"].attente["kwargs"]
            assert f"{visee['table_visee']}.{visee['colonne_visee']}" == colonne.reference


@pytest.mark.parametrize(
    ("changement", "dit"),
    [
        ({"severity": "grave"}, "severity"),
        ({"meta": {"regle": "mesure.x"}}, "meta sans"),
    ],
)
def test_une_regle_mal_declaree_est_refusee_avec_son_nom(tmp_path: Path, changement: dict, dit: str):
    espace = espace_d_essai(tmp_path)
    bonne = json.loads((fichiers_suites(ESPACE)[0]).read_text(encoding="utf-8"))["expectations"][0]
    (tmp_path / "expectations").mkdir()
    suite = {"name": "mesure", "expectations": [{**bonne, **changement}]}
    (tmp_path / "expectations" / "mesure.json").write_text(json.dumps(suite), encoding="utf-8")
    with pytest.raises(ErreurDefinition, match=dit):
        lire_suites(espace)


def test_publier_sans_aucune_suite_est_refuse(tmp_path: Path):
    espace = espace_d_essai(tmp_path)
    (tmp_path / "expectations").mkdir()
    with pytest.raises(ErreurDefinition, match="aucune suite"):
        fichiers_suites(espace)
