"""Un plan au jour demandé : états, échéances, budgets, évaluation, diffusion, documents."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from observatoire.erreurs import ErreurFichier, ErreurParametre
from observatoire.plans import documents
from observatoire.plans.parametres import controler_parametres
from observatoire.plans.preparation import annees_du_plan, preparer_plan
from observatoire.services import lire_service
from tests.atelier import SERVICE, cellules, espace_de, total
from tests.plans.fabrique import action, budget, plan_d_essai


def preparer(espace, annee: int = 2022, diffusion: str = "interne", jour: str = ""):
    recus = {"service": SERVICE, "annee": annee, "diffusion": diffusion, "date": jour}
    return preparer_plan(espace, controler_parametres(espace, recus))


def test_l_etat_est_celui_du_jour(tmp_path):
    """Réalisée en juin 2022, une action était engagée à la fin de 2021 et prévue à la fin de 2020."""
    espace = plan_d_essai(tmp_path)
    assert cellules(espace, "actions_plan", ["etat"], 2022) == {"engagee": 1, "realisee": 1}
    assert cellules(espace, "actions_plan", ["etat"], 2021) == {"engagee": 2}
    assert cellules(espace, "actions_plan", ["etat"], 2020) == {"prevue": 2}


def test_un_etat_jamais_dit_reste_inconnu(tmp_path):
    espace = plan_d_essai(tmp_path, action=[action("A", etat=None, date_etat=None)])
    assert cellules(espace, "actions_plan", ["etat"], 2022) == {"NR": 1}


def test_les_echeances_depassees_dependent_du_jour(tmp_path):
    """Faite en janvier 2023, l'ouverture due en juin 2022 est dépassée à la fin de 2022, pas à la fin de 2023."""
    espace = plan_d_essai(tmp_path)
    assert total(espace, "jalons_depasses", 2021) == 1  # le lancement reporté
    assert total(espace, "jalons_depasses", 2022) == 2
    assert total(espace, "jalons_depasses", 2023) == 1  # le bilan, dû le dernier jour, ne l'est pas encore
    assert total(espace, "jalons_depasses", 2024) == 2
    attendus = {"realise": 1, "depasse": 2, "a_venir": 1}
    assert cellules(espace, "jalons_plan", ["avancement"], 2022) == attendus


@pytest.mark.parametrize(("jour", "nombre"), [("2022-06-30", 1), ("2022-07-01", 2), ("2022-12-31", 2)])
def test_le_jour_de_l_etat_est_un_parametre(tmp_path, jour, nombre):
    """Une échéance est dépassée dès le lendemain de son jour."""
    plan = preparer(plan_d_essai(tmp_path), jour=jour)
    assert plan.fiches.jalons["depasse"].sum() == nombre
    assert plan.jour == date.fromisoformat(jour)


def test_un_budget_s_etale_sans_perdre_un_centime(tmp_path):
    """1 000 € sur trois ans : le reste de la division va à la première année."""
    espace = plan_d_essai(tmp_path)
    parts = cellules(espace, "budget_prevu", ["annee"], 2022)
    assert parts == {"2021": 333.34, "2022": 333.33, "2023": 333.33}
    assert total(espace, "budget_prevu") == 1000


def test_la_depense_s_arrete_a_l_annee(tmp_path):
    espace = plan_d_essai(tmp_path)
    assert [total(espace, "budget_execute", a) for a in (2020, 2021, 2022)] == [0, 300, 650]
    assert total(espace, "taux_execution_budget", 2022) == pytest.approx(650 / 666.67 * 100)
    budgets = preparer(espace, 2022).budget.table
    a_venir = budgets.filter((pl.col("indicateur") == "budget_execute") & (pl.col("modalite_1") == "2023"))
    assert a_venir["etat"].to_list() == ["sans_objet"] and a_venir["valeur"].to_list() == [None]


def test_le_budget_recalcule_ne_compte_qu_une_fois(tmp_path):
    """Un montant étalé sur cinq ans n'est recalculé qu'une fois."""
    lignes = [budget("A", 2021, 350, annee_fin=2025, cout_unitaire=102, versements_par_an=1, part=70.0)]
    espace = plan_d_essai(tmp_path, budget_action=lignes)
    assert total(espace, "budget_recalcule") == 357
    assert total(espace, "budgets_incoherents") == 1


def test_seules_les_evaluations_se_renseignent(tmp_path):
    """Un objectif n'est pas une évaluation ; une mesure datée de plus tard ne compte pas encore."""
    espace = plan_d_essai(tmp_path)
    assert total(espace, "indicateurs_evaluation") == 2
    assert total(espace, "taux_indicateurs_renseignes", 2022) == 50
    assert total(espace, "taux_indicateurs_renseignes", 2023) == 100


def test_une_petite_mesure_de_personnes_ne_se_publie_pas(tmp_path):
    """3 personnes reçues : tues en diffusion publique, dites en interne ; 12 jours ne comptent personne."""
    espace = plan_d_essai(tmp_path)
    for diffusion, attendu in (("public", None), ("interne", 3.0)):
        cibles = preparer(espace, 2023, diffusion).fiches.cibles
        recues = cibles.filter(pl.col("indicateur") == "Personnes reçues")
        assert recues["valeur"].to_list() == [attendu]
        assert recues["masquee"].to_list() == [diffusion == "public"]
        assert cibles.filter(pl.col("indicateur") == "Délai")["valeur"].to_list() == [12.0]


def test_sans_action_pas_de_plan(tmp_path):
    espace = espace_de(tmp_path, acte=[])
    with pytest.raises(ErreurFichier, match="aucune action"):
        preparer(espace)
    assert documents(espace) == []


@pytest.mark.parametrize(
    ("change", "dit"),
    [
        ({"date": "2021-12-31"}, "hors de l'année"),
        ({"date": "hier"}, "illisible"),
        ({"annee": ""}, "annee"),
        ({"diffusion": "privee"}, "Diffusion"),
        ({"service": "inconnu"}, "Service"),
        ({"jour": "2022-01-01"}, "Paramètre « jour » inconnu"),
    ],
)
def test_un_mauvais_parametre_est_refuse(tmp_path, change, dit):
    espace = plan_d_essai(tmp_path)
    with pytest.raises(ErreurParametre, match=dit):
        controler_parametres(espace, {"service": SERVICE, "annee": 2022, **change})


def test_les_documents_couvrent_les_annees_connues(tmp_path):
    """De la première échéance au dernier état constaté ; les années demandées s'y retrouvent seules."""
    espace = plan_d_essai(tmp_path)
    assert annees_du_plan(espace, lire_service(espace, SERVICE)) == [2021, 2022, 2023]
    rendus = documents(espace, [2022, 2030], "public")
    assert [(d.nom, d.annee, d.diffusion, d.carnet) for d in rendus] == [
        (f"plan_{SERVICE}", 2022, "public", "plan_actions.ipynb")
    ]
    assert controler_parametres(espace, rendus[0].parametres).annee == 2022
