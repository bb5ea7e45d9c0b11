"""La page d'un plan d'action, ouverte hors ligne dans Chromium."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from observatoire.campagne.publier import publier
from observatoire.nomenclatures import lire_nomenclature
from observatoire.plans.parametres import controler_parametres
from observatoire.plans.preparation import preparer_plan
from observatoire.restitution.plan import Plan
from tests.atelier import SERVICE
from tests.pages.test_rapport import Lecture, navigateur  # noqa: F401 (une fixture)
from tests.plans.fabrique import action, budget, plan_d_essai
from tests.restitution import fabrique

pytestmark = pytest.mark.page
GRAPHIQUES = 5  # états, calendrier, étapes, budget, évaluation


def publier_plan(dossier: Path) -> Path:
    """Un plan où un budget ne tombe pas juste, avec une balise dans un texte libre."""
    espace = plan_d_essai(
        dossier,
        action=[action("A", libelle="Ouvrir <b>un lieu</b> d'accueil"), action("B", enjeu="Droits")],
        budget_action=[
            budget("A", 2021, 350, annee_fin=2025, cout_unitaire=102, versements_par_an=1, part=70.0, poste="Aide"),
            budget("A", 2021, 40, "execute", poste="Aide"),
        ],
    )
    lus = controler_parametres(espace, {"service": SERVICE, "annee": 2022, "diffusion": "interne"})
    plan = Plan(preparer_plan(espace, lus), lire_nomenclature(espace, "etat").libelles)
    parties = [
        (plan.entete(), "entete"),
        (plan.sommaire(), "sommaire"),
        *((partie, "") for partie in (plan.chiffres_cles(), plan.constats(), plan.actions(), plan.calendrier())),
        *((partie, "") for partie in (plan.echeances(), plan.budget(), plan.evaluation(), plan.qualite())),
        (plan.definitions(), ""),
        (plan.provenance(), "pied"),
    ]
    carnet = fabrique.carnet_execute(None, dossier, parties)
    return publier(carnet, dossier / "plan.html", "Plan", "interne")


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    return publier_plan(tmp_path_factory.mktemp("plan"))


@pytest.mark.parametrize("largeur", [390, 1280])
def test_hors_ligne_sans_defilement_ni_erreur(navigateur, page, largeur):  # noqa: F811
    with Lecture(navigateur, page, largeur) as lecture:
        lecture.attendre_animation()
        assert lecture.page.evaluate("document.documentElement.scrollWidth") <= largeur
        assert lecture.requetes == [] and lecture.messages == []
        assert lecture.page.locator(".graphique.anime .vivant svg").count() == GRAPHIQUES
        identifiants = lecture.page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(identifiants) == len(set(identifiants))


def test_le_calendrier_dessine_chaque_action_et_chaque_etape(navigateur, page):  # noqa: F811
    """Le graphique animé dit la même chose que l'image fixe, et le tableau est à côté."""
    with Lecture(navigateur, page) as lecture:
        lecture.attendre_animation()
        textes = lecture.page.evaluate("""() => {
          const g = document.querySelector('#gantt .graphique');
          const lus = ou => [...g.querySelectorAll(ou + ' svg text')].map(t => t.textContent).sort();
          return [lus('.fixe.large'), lus('.fixe.etroit'), lus('.vivant')];
        }""")
        large, etroit, vivant = textes
        assert vivant in (large, etroit) and "2021" in large
        assert any("engagée" in t for t in large)
        boites = [lecture.page.locator(f"#gantt {ou}").bounding_box() for ou in (".graphique", "table")]
        assert boites[0]["x"] + boites[0]["width"] <= boites[1]["x"], "le tableau est à côté du calendrier"
        assert lecture.page.locator("#gantt tbody tr:not(.groupe)").count() == 2


def test_les_tableaux_tiennent_a_1280(navigateur, page):  # noqa: F811
    with Lecture(navigateur, page) as lecture:
        debords = "[...document.querySelectorAll('.defile')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
        assert lecture.page.evaluate(debords) == 0


def test_le_budget_faux_est_signale_et_le_texte_libre_echappe(navigateur, page):  # noqa: F811
    with Lecture(navigateur, page) as lecture:
        constat = lecture.page.locator(".constats li.prouve")
        assert "357" in constat.inner_text() and "350" in constat.inner_text()
        assert lecture.page.locator("#budget .faux").inner_text() == "ne donne pas le montant"
        assert lecture.page.locator(".constats h3").first.inner_text() == "Ouvrir <b>un lieu</b> d'accueil"
        assert lecture.page.locator(".constats b").count() == 0


def test_impression_a4(navigateur, page):  # noqa: F811
    with Lecture(navigateur, page) as lecture:
        lecture.attendre_animation()
        lecture.page.emulate_media(media="print")
        assert lecture.page.locator(".graphique .fixe svg:visible").count() == GRAPHIQUES
        pdf = lecture.page.pdf(prefer_css_page_size=True)
    assert re.search(rb"/MediaBox\s*\[\s*0 0 59[45](?:\.\d+)? 84[12](?:\.\d+)?", pdf)


def test_le_temps_du_calendrier_est_exact():
    """Le 1er janvier tombe sur l'année ; une année bissextile reste entre deux entiers."""
    from observatoire.restitution.gantt import annee_decimale

    assert annee_decimale(date(2009, 1, 1)) == 2009
    assert annee_decimale(date(2012, 12, 31)) < 2013
    assert annee_decimale(date(2011, 7, 2)) == pytest.approx(2011.5, abs=0.002)
