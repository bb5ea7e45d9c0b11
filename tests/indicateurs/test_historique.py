"""Séries longues : années calculées, années reçues, ruptures."""

from __future__ import annotations

import pytest

from observatoire.espace import Espace
from observatoire.indicateurs.historique import historique


def lignes(table, *colonnes):
    return [tuple(r) for r in table.select(colonnes).iter_rows()]


def test_frequentation_2019_a_2022_imprimee_et_a_definition_constante(espace_exemple: Espace):
    table = historique(espace_exemple, "cllaj", "demandeurs_distincts_cllaj", 2022, 4)
    assert lignes(table, "annee", "version_definition", "valeur") == [
        (2019, "2019", 526),
        (2020, "2019", 440),
        (2021, "2019", 553),
        (2022, "2022", 580),
        (2022, "2019", 504),
    ]


def test_une_annee_sans_donnee_ni_serie_recue_n_apparait_pas(espace_exemple: Espace):
    table = historique(espace_exemple, "ltiae", "menages_accompagnes", 2022, 5)
    assert [a for (a,) in lignes(table, "annee")] == [2020, 2021, 2022]
    assert lignes(table, "valeur")[0] == (23,)


@pytest.mark.parametrize("annee", [2020, 2021])
def test_part_sous_le_seuil_de_ressources_des_annees_anterieures(espace_exemple: Espace, annee):
    table = historique(espace_exemple, "cllaj", "part_ressources_faibles", annee, 1)
    valeur = lignes(table, "valeur")[0][0]
    assert 0 < valeur < 100
    if annee == 2021:
        assert round(valeur) == 30
