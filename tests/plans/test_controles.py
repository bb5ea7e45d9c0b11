"""Chaque contradiction d'une fiche est dite, et une fiche qui se tient ne lève rien."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from observatoire.plans.controles import A_PRECISER, PROUVE, Constat
from observatoire.plans.parametres import controler_parametres
from observatoire.plans.preparation import preparer_plan
from tests.plans.fabrique import SERVICE, action, budget, cible, jalon, plan_d_essai


@pytest.fixture(autouse=True)
def _sans_qualite(monkeypatch):
    """La qualité n'est pas l'objet ici : un verdict sans règle."""
    from observatoire.plans import preparation
    from observatoire.qualite import Verdict

    monkeypatch.setattr(preparation, "verdict", lambda espace, service, annee: Verdict(service, annee, "ab" * 32, ()))


def constats(dossier: Path, annee: int = 2022, **tables) -> list[Constat]:
    espace = plan_d_essai(dossier, **{"jalon": [], "indicateur_action": [], "action": [action("A")], **tables})
    lus = controler_parametres(espace, {"service": SERVICE, "annee": annee, "diffusion": "interne"})
    return list(preparer_plan(espace, lus).constats)


def test_une_fiche_qui_se_tient_ne_leve_rien(tmp_path):
    tables = {
        "action": [action("A", budget_annonce=Decimal(600))],
        "budget_action": [
            budget("A", 2021, 500, annee_fin=2022, cout_unitaire=250, versements_par_an=1, poste="Aide"),
            budget("A", 2021, 100, poste="Étude"),
        ],
        "indicateur_action": [
            cible("A", "Âge", 25, unite="ans", public="Jeunes"),
            cible("A", "Âge", 60, unite="ans", public="Aînés"),
        ],
    }
    assert constats(tmp_path, **tables) == []


def test_un_budget_que_son_calcul_ne_donne_pas(tmp_path):
    (dit,) = constats(tmp_path, budget_action=[budget("A", 2021, 90, cout_unitaire=50, quantite=2.0, poste="Prêts")])
    assert (dit.regle, dit.niveau, dit.action) == ("budget_hors_calcul", PROUVE, "Action A")
    assert "90\u00a0€ annoncés" in dit.texte and "= 100\u00a0€" in dit.texte.replace("\u00a0=", " =").replace(
        "=\u00a0", "= "
    )
    assert "inférieure au calcul de 10\u00a0€ (10\u00a0%)" in dit.texte


def test_un_autre_nombre_de_versements_conviendrait(tmp_path):
    trop = budget("A", 2021, 200, cout_unitaire=50, versements_par_an=4, premier_versement=date(2021, 7, 1))
    (dit,) = constats(tmp_path, budget_action=[trop])
    assert dit.niveau == A_PRECISER
    assert "2\u00a0versements" in dit.texte and "Avec 4 versements, elle conviendrait." in dit.texte


def test_un_total_qui_n_est_pas_la_somme(tmp_path):
    tables = {
        "action": [action("A", budget_annonce=Decimal(700))],
        "budget_action": [budget("A", 2021, 400, poste="Un"), budget("A", 2021, 200, poste="Deux")],
    }
    (dit,) = constats(tmp_path, **tables)
    assert (dit.regle, dit.niveau) == ("total_annonce", PROUVE)
    assert "700\u00a0€" in dit.texte and "600\u00a0€" in dit.texte


def test_un_budget_date_d_avant_l_action(tmp_path):
    (dit,) = constats(tmp_path, budget_action=[budget("A", 2020, 400, annee_fin=2021)])
    assert (dit.regle, dit.niveau) == ("budget_avant_l_action", A_PRECISER)
    assert "2020 à 2021" in dit.texte and "janvier 2021" in dit.texte


def test_une_grandeur_en_deux_unites(tmp_path):
    tables = {
        "indicateur_action": [
            cible("A", "Plafond", 100, unite="euros par part", public="Jeunes", nature="critere"),
            cible("A", "Plafond", 300, public="Familles", nature="critere"),
        ],
        "budget_action": [],
    }
    (dit,) = constats(tmp_path, **tables)
    assert dit.regle == "unites_differentes"
    assert "100\u00a0euros par part" in dit.texte and "unité absente" in dit.texte


def test_une_depense_au_dela_du_prevu(tmp_path):
    lignes = [budget("A", 2021, 100), budget("A", 2021, 60, "execute"), budget("A", 2022, 60, "execute")]
    assert [c.regle for c in constats(tmp_path / "un", annee=2021, budget_action=lignes)] == []
    assert [c.regle for c in constats(tmp_path / "deux", annee=2022, budget_action=lignes)] == ["depense_au_dela"]


def test_une_action_close_avant_ses_etapes(tmp_path):
    tables = {
        "action": [action("A", etat="realisee", date_etat=date(2022, 6, 1))],
        "jalon": [jalon("A", "Bilan", date(2023, 12, 31), "prevue", date(2021, 1, 1))],
        "budget_action": [],
    }
    assert constats(tmp_path / "avant", annee=2021, **tables) == []
    (dit,) = constats(tmp_path / "apres", annee=2022, **tables)
    assert dit.regle == "close_avant_ses_etapes" and "1 de ses étapes ne l" in dit.texte


def test_les_ecarts_prouves_viennent_d_abord(tmp_path):
    lignes = [budget("A", 2020, 90, cout_unitaire=50, quantite=2.0)]
    assert [c.niveau for c in constats(tmp_path, budget_action=lignes)] == [PROUVE, A_PRECISER]
