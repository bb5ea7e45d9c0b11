"""Le calcul annoncé d'un budget, refait : versements, bornes, écart."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.plans.calcul import avec_calcul
from tests.atelier import en_table
from tests.plans.fabrique import budget


def refait(**valeurs) -> dict:
    """Le calcul d'un seul budget."""
    annee, montant = valeurs.pop("annee", 2021), valeurs.pop("montant", 1000)
    ligne = budget("A", annee, montant, **valeurs)
    return avec_calcul(en_table("budget_action", [ligne]).lazy()).collect().to_dicts()[0]


@pytest.mark.parametrize(
    ("rythme", "fin", "premier", "attendu"),
    [
        (None, None, None, 1),
        (1, 2025, None, 5),
        (4, None, None, 4),
        (4, None, date(2021, 4, 1), 3),
        (4, None, date(2021, 4, 30), 3),
        (4, 2022, date(2021, 4, 1), 7),
        (12, None, date(2021, 12, 31), 1),
        (1, 2022, date(2021, 7, 1), 2),
        (4, None, date(2022, 2, 1), 0),
    ],
)
def test_nombre_de_versements(rythme, fin, premier, attendu):
    """Quatre versements par an à partir d'avril en font trois ; après la dernière année, aucun."""
    rendu = refait(versements_par_an=rythme, annee_fin=fin, premier_versement=premier, cout_unitaire=10)
    assert rendu["versements"] == attendu


def test_sans_cout_unitaire_rien_n_est_refait():
    """Un montant que la fiche n'explique pas est gardé tel quel, et n'est jamais dit faux."""
    rendu = refait(montant=1234, quantite=3.0, part=50.0)
    assert not rendu["calculable"] and not rendu["incoherent"]
    assert rendu["recalcule_centimes"] == 123_400


def test_chaque_terme_compte():
    """Coût × quantité × versements × part, au centime."""
    rendu = refait(
        montant="315.00", cout_unitaire="10.50", quantite=4.0, versements_par_an=1, annee_fin=2030, part=75.0
    )
    assert rendu["recalcule_centimes"] == 31_500 and not rendu["incoherent"]


@pytest.mark.parametrize(("montant", "faux", "proche"), [(99, True, 100), (100, False, 100), (151, True, 150)])
def test_une_fourchette_borne_le_montant(montant, faux, proche):
    """Un montant dans la fourchette convient ; hors d'elle, le plus proche possible est rendu."""
    rendu = refait(montant=montant, cout_unitaire=100, cout_unitaire_max=150)
    assert (rendu["incoherent"], rendu["recalcule_centimes"]) == (faux, proche * 100)


@given(
    montant=st.integers(0, 10**7),
    bas=st.integers(1, 10**5),
    plus=st.integers(0, 10**5),
    quantite=st.none() | st.integers(1, 500),
    rythme=st.none() | st.integers(1, 12),
    annees=st.integers(1, 6),
)
def test_le_recalcul_reste_dans_ses_bornes(montant, bas, plus, quantite, rythme, annees):
    """Le montant recalculé est dans la fourchette ; il est l'annoncé si, et seulement si, l'annoncé y est."""
    facteur = (quantite or 1) * (rythme * annees if rythme else 1)
    rendu = refait(
        montant=montant,
        cout_unitaire=bas,
        cout_unitaire_max=bas + plus,
        quantite=None if quantite is None else float(quantite),
        versements_par_an=rythme,
        annee_fin=2020 + annees,
    )
    assert rendu["minimum_centimes"] == bas * facteur * 100
    assert rendu["maximum_centimes"] == (bas + plus) * facteur * 100
    assert rendu["minimum_centimes"] <= rendu["recalcule_centimes"] <= rendu["maximum_centimes"]
    dedans = bas * facteur <= montant <= (bas + plus) * facteur
    assert rendu["incoherent"] is not dedans
    assert (rendu["recalcule_centimes"] == montant * 100) is dedans


def test_plusieurs_budgets_gardent_leurs_lignes():
    """Une ligne par montant, dans l'ordre reçu."""
    lignes = [budget("A", 2021, Decimal(5)), budget("B", 2022, Decimal(6), cout_unitaire=6)]
    rendu = avec_calcul(en_table("budget_action", lignes).lazy()).collect()
    assert rendu["id_action"].to_list() == ["A", "B"]
    assert rendu.select(pl.col("calculable")).to_series().to_list() == [False, True]
