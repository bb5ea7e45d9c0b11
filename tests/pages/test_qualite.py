"""La page de qualité ouverte hors ligne dans Chromium : large, téléphone, sombre, imprimée."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from observatoire.restitution.qualite import Qualite
from tests.pages.test_rapport import Lecture, navigateur  # noqa: F401 (une fixture)
from tests.restitution import fabrique_qualite as fabrique

pytestmark = pytest.mark.page
# Contraste du texte d'un élément sur son fond, le premier qui ne soit pas transparent (WCAG 2, 1.4.3).
CONTRASTES = """(choix) => {
  const lire = (c) => c.match(/[\\d.]+/g).map(Number);
  const clarte = ([r, v, b]) => [r, v, b].map(x => x / 255)
    .map(x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)
    .reduce((t, x, i) => t + x * [0.2126, 0.7152, 0.0722][i], 0);
  const fond = (e) => { for (; e; e = e.parentElement) {
    const c = lire(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0.99) return c; } };
  return [...document.querySelectorAll(choix)].map(e => {
    const [a, b] = [clarte(lire(getComputedStyle(e).color)), clarte(fond(e))].sort((x, y) => y - x);
    return [(a + 0.05) / (b + 0.05), e.className + ' ' + e.textContent.slice(0, 30)];
  });
}"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    """Une page interne où tout arrive, et une page publique bloquée."""
    dossiers = {nom: tmp_path_factory.mktemp(nom) for nom in ("partiel", "bloque")}
    return {
        "partiel": fabrique.publier_page(Qualite(fabrique.donnees()), dossiers["partiel"]),
        "bloque": fabrique.publier_page(Qualite(fabrique.donnees("public", cles=2)), dossiers["bloque"]),
    }


@pytest.mark.parametrize("largeur", [390, 1280])
def test_hors_ligne_sans_defilement_ni_erreur(navigateur, pages, largeur):  # noqa: F811
    with Lecture(navigateur, pages["partiel"], largeur) as lecture:
        page = lecture.page
        assert page.evaluate("document.documentElement.scrollWidth") <= largeur
        assert lecture.requetes == [] and lecture.messages == []
        assert page.locator("h1").count() == 1 and page.locator("script").count() == 0
        identifiants = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(identifiants) == len(set(identifiants))
        perdus = page.evaluate(
            "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.hash.slice(1))"
            ".filter(c => !document.getElementById(c))"
        )
        assert perdus == []
        # Aucun tableau ne cache de colonne derrière un défilement, même sur un téléphone.
        caches = page.evaluate(
            "[...document.querySelectorAll('.defile')].filter(d => d.scrollWidth > d.clientWidth + 1)"
            ".map(d => d.getAttribute('aria-label'))"
        )
        assert caches == []


def test_la_page_bloquee_dit_d_abord_pourquoi(navigateur, pages):  # noqa: F811
    with Lecture(navigateur, pages["bloque"]) as lecture:
        titres = lecture.page.locator("main h2").all_inner_texts()
        assert titres[0] == "Pourquoi ce rapport n'est pas publié"
        assert "Usage interne" not in lecture.page.locator("body").inner_text()
        assert lecture.page.locator(".interdit").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_le_texte_des_cases_et_des_mentions_se_lit(navigateur, pages, theme):  # noqa: F811
    with Lecture(navigateur, pages["partiel"], color_scheme=theme) as lecture:
        choix = ".chaleur td, .correction p, .retenues p, .gravite, .pastille, .admises p, .legende-chaleur li"
        lus = lecture.page.evaluate(CONTRASTES, choix)
        assert len(lus) > 40 and [x for x in lus if x[0] < 4.5] == []


def test_une_case_ne_tient_jamais_a_sa_seule_couleur(navigateur, pages):  # noqa: F811
    with Lecture(navigateur, pages["partiel"]) as lecture:
        cases = lecture.page.locator(".chaleur td:not(.nb)")
        assert all(texte.strip() for texte in cases.all_inner_texts())
        teintes = cases.evaluate_all("l => l.map(e => [e.className, getComputedStyle(e).backgroundColor])")
        par_classe = {classe: fond for classe, fond in teintes if classe.startswith("teinte")}
        assert len(set(par_classe.values())) == len(par_classe) > 2
        entetes = lecture.page.locator(".chaleur th").evaluate_all("l => l.map(e => e.scope)")
        assert set(entetes) == {"col", "row", "rowgroup"}


def test_l_impression_garde_tout_et_tient_en_peu_de_pages(navigateur, pages):  # noqa: F811
    with Lecture(navigateur, pages["partiel"]) as lecture:
        lecture.page.emulate_media(media="print")
        assert lecture.page.locator(".sommaire").is_hidden()
        assert lecture.page.locator(".chaleur").is_visible() and lecture.page.locator(".barre").first.is_visible()
        pdf = lecture.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 4
