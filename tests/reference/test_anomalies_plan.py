"""Les anomalies d'un plan d'action imprimé : ce que ses propres chiffres contredisent, dit sur la page."""

from __future__ import annotations

import pytest

from observatoire.plans.controles import A_PRECISER, PROUVE
from observatoire.plans.parametres import controler_parametres
from observatoire.plans.preparation import preparer_plan
from tests.reference.lecture import valeur
from tests.reference.verifications.plan import budget

SERVICE = "ccas_grenoble"


@pytest.fixture(scope="module")
def plan(espace_complet):
    """Le plan à la fin de sa première année."""
    lus = controler_parametres(espace_complet, {"service": SERVICE, "annee": 2009, "diffusion": "interne"})
    return preparer_plan(espace_complet, lus)


def constat(plan, regle: str, action: str):
    (trouve,) = [c for c in plan.constats if (c.regle, c.id_action) == (regle, action)]
    return trouve


def test_g1_cout_sur_cinq_ans(espace_complet, plan):
    """G1 : 350 000 € sont annoncés ; 102 000 € sur cinq ans, recettes de 30 % déduites, font 357 000 €."""
    assert valeur(espace_complet, SERVICE, 2009, "budget_recalcule", "action", "Accès aux droits") == 357_000
    assert valeur(espace_complet, SERVICE, 2009, "budget_prevu", "action", "Accès aux droits") == 350_000
    dit = constat(plan, "budget_hors_calcul", "CS-3")
    assert dit.niveau == PROUVE
    for morceau in ("350\u202f000", "357\u202f000", "7\u202f000", "inférieure au calcul", "2\u00a0%"):
        assert morceau in dit.texte
    assert "conviendrait" not in dit.texte


def test_g2_budget_et_versements(espace_complet, plan):
    """G2 : 255 000 € en 2008 et 2009 ; trois versements en 2009 en font 211 500 au plus, quatre conviendraient."""
    aide = budget(espace_complet, SERVICE, "ASF-6", "Allocation trimestrielle")
    assert (aide["versements"], aide["minimum_centimes"], aide["maximum_centimes"]) == (3, 14_100_000, 21_150_000)
    dit = constat(plan, "budget_hors_calcul", "ASF-6")
    assert dit.niveau == A_PRECISER
    assert "211\u202f500" in dit.texte and "4 versements, elle conviendrait" in dit.texte
    assert "2008 à 2009" in constat(plan, "budget_avant_l_action", "ASF-6").texte


def test_g3_unite_du_reste_a_vivre(plan):
    """G3 : 100 € par unité de consommation pour les uns, 300 € sans le dire pour les autres."""
    dit = constat(plan, "unites_differentes", "ASF-6")
    assert dit.niveau == A_PRECISER
    assert "par unité de consommation" in dit.texte and "300" in dit.texte


def test_les_identites_verifiees_ne_sont_pas_signalees(espace_complet, plan):
    """Les totaux justes ne lèvent aucune alerte : 5 × 50 000, 30 000 + 200 000, 100 prêts de 2 000 €."""
    assert {(c.regle, c.id_action) for c in plan.constats} == {
        ("budget_hors_calcul", "CS-3"),
        ("budget_hors_calcul", "ASF-6"),
        ("budget_avant_l_action", "ASF-6"),
        ("unites_differentes", "ASF-6"),
    }
    assert valeur(espace_complet, SERVICE, 2009, "budgets_incoherents") == 2
