"""Un plan dont un contrôle retient une colonne : aucun chiffre, aucun constat, aucune liste n'en est tiré."""

from __future__ import annotations

import pytest

from observatoire.nomenclatures import lire_nomenclature
from observatoire.plans import preparation
from observatoire.plans.parametres import controler_parametres
from observatoire.plans.preparation import preparer_plan
from observatoire.qualite import ResultatRegle, Verdict
from observatoire.restitution.plan import Plan
from tests.atelier import SERVICE
from tests.plans.fabrique import plan_d_essai

MOTIF = "Trop peu de lignes renseignent l'état."


@pytest.fixture
def rendre(tmp_path, monkeypatch):
    espace = plan_d_essai(tmp_path)

    def rendu(colonne: str, annees=(2022,), **autres) -> Plan:
        champs = {"severite": "critical"} | autres
        echec = ResultatRegle(
            regle="r", table=colonne.split(".")[0], colonnes=(colonne,), structurelle=False, reussie=False, lignes=9,
            echecs=8, explication=MOTIF, remede="Complétez.", **champs,
        )  # fmt: skip
        monkeypatch.setattr(
            preparation,
            "verdict",
            lambda _, nom, annee: Verdict(nom, annee, "ab" * 32, (echec,) if annee in annees else ()),
        )
        recus = {"service": SERVICE, "annee": 2022, "diffusion": "interne", "date": ""}
        donnees = preparer_plan(espace, controler_parametres(espace, recus))
        return Plan(donnees, lire_nomenclature(espace, "etat").libelles)

    return rendu


def test_un_avancement_retenu_n_est_pas_zero_etape_sur_zero(rendre):
    plan = rendre("jalon.etat")
    for html in (str(plan.calendrier().html), str(plan.echeances().html)):
        assert "retenu" in html and "renseignent l&#39;état" in html
    assert "0 étape" not in str(plan.calendrier().html)
    assert "Étape</th>" not in str(plan.echeances().html), "la liste vient de la colonne retenue"
    assert "retenue" not in str(plan.budget().html), "le budget ne lit pas cette colonne"


def test_un_montant_retenu_ne_dit_pas_qu_aucun_budget_n_est_prevu(rendre):
    html = str(rendre("budget_action.montant").budget().html)
    assert "retenu" in html and "Aucun budget prévu" not in html


def test_une_retenue_de_l_annee_d_avant_ne_touche_que_la_tendance(rendre):
    plan = rendre("jalon.etat", annees=(2021,))
    cles = plan.donnees.rapport.chiffres_cles
    assert set(cles.table["etat"]) <= {"publie", "sans_objet"}
    assert {r.annee for r in cles.retenues} == {2021}
    assert "retenu" not in str(plan.calendrier().html)


def test_une_derogation_se_lit_sous_la_figure_du_plan(rendre):
    plan = rendre("jalon.etat", derogation="Admis par la direction jusqu'au 31 décembre 2026.")
    assert "Publié par dérogation" in str(plan.calendrier().html)
