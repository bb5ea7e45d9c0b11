"""La page d'un rapport et le portail, ouverts hors ligne dans un vrai Chromium."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from observatoire.campagne.portail import ecrire_portail
from observatoire.campagne.publier import publier
from observatoire.espace import Espace
from observatoire.restitution.qualite import Qualite
from observatoire.restitution.rapport import Rapport
from tests.restitution import fabrique, fabrique_qualite

pytestmark = pytest.mark.page
GRAPHIQUES = 6  # blocs dessinés du rapport d'essai ; le bloc retenu et les totaux n'en ont pas


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    """Un rapport interne, une page de qualité et un portail, faits sans noyau."""
    dossier = tmp_path_factory.mktemp("pages")
    rapport = Rapport(fabrique.donnees())
    carnet = fabrique.carnet_execute(rapport, dossier)
    qualite = dossier / "qualite"
    qualite.mkdir()
    (dossier / "data" / "services").mkdir(parents=True)
    espace = Espace(dossier)
    html = publier(carnet, espace.rapports / "interne" / "2022" / "essai.html", "Essai 2022", "interne")
    ecrire_portail(
        espace,
        [
            {
                "service": "essai",
                "annee": 2022,
                "diffusion": "interne",
                "etat": "publie",
                "html": html.relative_to(espace.rapports).as_posix(),
                "chiffre_cle": {"valeur": "25", "libelle": "Ménages"},
            },
            {
                "service": "essai",
                "annee": 2021,
                "diffusion": "interne",
                "etat": "erreur",
                "message": "Le noyau est tombé.",
            },
        ],
    )
    return {
        "rapport": html,
        "portail": espace.rapports / "index.html",
        "qualite": fabrique_qualite.publier_page(Qualite(fabrique_qualite.donnees(cles=2)), qualite),
    }


@pytest.fixture(scope="module")
def navigateur(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as moteur:
        lance = moteur.chromium.launch(executable_path=str(chromium), args=["--no-sandbox", "--disable-gpu"])
        yield lance
        lance.close()


class Lecture:
    """Une page ouverte, tout accès refusé hors du fichier lui-même, et ce qu'elle a tenté ou signalé."""

    def __init__(self, navigateur, fichier: Path, largeur: int = 1280, **options) -> None:
        self.requetes: list[str] = []
        self.messages: list[str] = []
        self.contexte = navigateur.new_context(viewport={"width": largeur, "height": 900}, **options)
        self.contexte.route("**/*", self._filtrer)
        self.page = self.contexte.new_page()
        self.page.on("console", lambda m: self.messages.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.messages.append(str(e)))
        self.adresse = fichier.as_uri()
        self.page.goto(self.adresse)

    def _filtrer(self, route) -> None:
        if route.request.url == self.adresse:
            route.continue_()
        else:
            self.requetes.append(route.request.url)
            route.abort()

    def attendre_animation(self) -> Lecture:
        """Passe devant chaque graphique, qui s'anime à l'approche, puis revient en haut."""
        self.page.evaluate("""async () => {
          // Une machine chargée peut manquer un passage : on repasse tant que tout n'est pas animé.
          for (const fin = Date.now() + 20000; Date.now() < fin;) {
            for (const graphique of document.querySelectorAll('.graphique')) {
              graphique.scrollIntoView({ behavior: 'instant', block: 'center' });
              await new Promise((suite) => requestAnimationFrame(() => requestAnimationFrame(suite)));
            }
            if (document.documentElement.dataset.graphiques) break;
            await new Promise((suite) => setTimeout(suite, 200));
          }
          scrollTo({ top: 0, behavior: 'instant' });
        }""")
        self.page.wait_for_selector("html[data-graphiques=animes]", timeout=20_000)
        return self

    def __enter__(self) -> Lecture:
        return self

    def __exit__(self, *_) -> None:
        self.contexte.close()


def test_rapport_hors_ligne_anime_et_sans_erreur(navigateur, pages):
    with Lecture(navigateur, pages["rapport"]) as lecture:
        lecture.attendre_animation()
        assert lecture.page.locator(".graphique.anime .vivant svg").count() == GRAPHIQUES
        assert lecture.page.locator(".graphique").count() == GRAPHIQUES
        assert lecture.requetes == [] and lecture.messages == []


def test_graphique_anime_dit_la_meme_chose_que_l_image_fixe(navigateur, pages):
    with Lecture(navigateur, pages["rapport"]) as lecture:
        lecture.attendre_animation()
        textes = lecture.page.evaluate("""() => {
          const lus = (g, ou) => [...g.querySelectorAll(ou + ' svg text')].map(t => t.textContent).sort();
          return [...document.querySelectorAll('.graphique')].map(g => [lus(g, '.fixe.large'), lus(g, '.vivant')]);
        }""")
    assert len(textes) == GRAPHIQUES
    assert all(fixe == vivant and fixe for fixe, vivant in textes)


def test_images_fixes_sans_script(navigateur, pages):
    with Lecture(navigateur, pages["rapport"], java_script_enabled=False) as lecture:
        visibles = lecture.page.locator(".graphique .fixe.large svg:visible")
        assert visibles.count() == GRAPHIQUES and lecture.requetes == []


@pytest.mark.parametrize("nom", ["rapport", "portail", "qualite"])
def test_structure(navigateur, pages, nom):
    with Lecture(navigateur, pages[nom]) as lecture:
        page = lecture.page
        assert page.locator("html").get_attribute("lang") == "fr" and page.title()
        assert page.locator("h1").count() == 1
        for repere in ("header", "main", "footer"):
            assert page.locator(f"body > {repere}, body > .cadre > {repere}").count() == 1
        niveaux = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
        assert all(b - a <= 1 for a, b in pairwise(niveaux)), "un niveau de titre est sauté"
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.hash") == "#contenu", "le lien d'évitement vient en premier"
        identifiants = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(identifiants) == len(set(identifiants))
        assert lecture.requetes == [] and lecture.messages == []


@pytest.mark.parametrize("nom", ["rapport", "portail", "qualite"])
@pytest.mark.parametrize("largeur", [390, 1280])
def test_pas_de_defilement_horizontal(navigateur, pages, nom, largeur):
    with Lecture(navigateur, pages[nom], largeur) as lecture:
        if nom == "rapport":
            lecture.attendre_animation()
        assert lecture.page.evaluate("document.documentElement.scrollWidth") <= largeur


def test_telephone_replie_les_tableaux_dessines(navigateur, pages):
    """Repliés mais atteignables au clavier ; ouverts sur un écran large, sans script et à l'impression."""
    ouverts = "[...document.querySelectorAll('.donnees details.repli-mobile')].map(d => d.open)"
    with Lecture(navigateur, pages["rapport"], 390) as lecture:
        page = lecture.page
        lecture.attendre_animation()
        assert page.evaluate(ouverts) == [False] * GRAPHIQUES
        assert page.locator(".donnees .base:visible").count() > 0
        page.locator(".donnees details.repli-mobile > summary").first.focus()
        page.keyboard.press("Enter")
        assert page.locator(".donnees details.repli-mobile table").first.is_visible()
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert all(page.evaluate(ouverts))
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.evaluate(ouverts) == [True] + [False] * (GRAPHIQUES - 1)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.wait_for_function(f"({ouverts}).every(Boolean)")
        assert page.locator(".donnees details.repli-mobile > summary:visible").count() == 0
    with Lecture(navigateur, pages["rapport"], 390, java_script_enabled=False) as lecture:
        assert lecture.page.locator(".donnees details.repli-mobile table:visible").count() == GRAPHIQUES


@pytest.mark.parametrize("nom", ["portail", "qualite"])
def test_lignes_en_cartes_au_telephone(navigateur, pages, nom):
    """Au portail comme au contrôle, rien ne se cache dans un défilement de côté."""
    with Lecture(navigateur, pages[nom], 390) as lecture:
        for zone in lecture.page.locator(".defile").all():
            assert zone.evaluate("e => e.scrollWidth <= e.clientWidth")
        visibles = lecture.page.locator("tbody td:visible").all()
        assert visibles
        for case in visibles:
            boite = case.bounding_box()
            assert boite["x"] >= 0 and boite["x"] + boite["width"] <= 390


def test_tableaux_entiers_a_1280(navigateur, pages):
    with Lecture(navigateur, pages["rapport"]) as lecture:
        debords = "[...document.querySelectorAll('.defile')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
        assert lecture.page.evaluate(debords) == 0


def test_texte_des_graphiques_lisible_au_telephone(navigateur, pages):
    with Lecture(navigateur, pages["rapport"], 390) as lecture:
        lecture.attendre_animation()
        hauteurs = lecture.page.evaluate("""() => [...document.querySelectorAll('.vivant svg text')]
          .filter(t => t.textContent.trim()).map(t => Math.max(t.getBoundingClientRect().height,
                                                               t.getBoundingClientRect().width / 4))""")
    assert hauteurs and min(hauteurs) >= 2.5
    assert sorted(hauteurs)[len(hauteurs) // 2] >= 11


def test_mode_sombre_change_les_graphiques_sans_les_redessiner(navigateur, pages):
    teintes = []
    for mode in ("light", "dark"):
        with Lecture(navigateur, pages["rapport"], color_scheme=mode) as lecture:
            lecture.attendre_animation()
            teintes.append(
                lecture.page.evaluate(
                    "[document.body, document.querySelector('.vivant svg text')]"
                    ".map(e => getComputedStyle(e)).map(s => s.backgroundColor + s.fill)"
                )
            )
    assert teintes[0][0] != teintes[1][0] and teintes[0][1] != teintes[1][1]


def test_aucune_adresse_dans_le_code_de_la_page(pages):
    """Hors du moteur de graphiques et des espaces de noms, la page ne nomme aucune adresse."""
    for fichier in pages.values():
        texte = re.sub(
            r'<script type="text/plain" id="vega">.*?</script>',
            "",
            fichier.read_text(encoding="utf-8"),
            flags=re.DOTALL,
        )
        adresses = set(re.findall(r"https?://[^\s\"'<>)\\]+", texte))
        assert adresses <= {"http://www.w3.org/2000/svg"}, adresses


def test_poids(pages):
    assert pages["rapport"].stat().st_size < 1_600_000


def test_impression_a4(navigateur, pages, tmp_path):
    """À l'impression : l'image fixe, pas la vivante ; le sommaire ne nomme que les sections."""
    with Lecture(navigateur, pages["rapport"]) as lecture:
        lecture.attendre_animation()
        lecture.page.emulate_media(media="print")
        assert lecture.page.locator(".vivant svg:visible").count() == 0
        assert lecture.page.locator(".graphique .fixe svg:visible").count() == GRAPHIQUES
        sommaire = lecture.page.locator("nav.sommaire")
        assert sommaire.is_visible() and sommaire.locator("a").first.is_visible()
        assert not sommaire.locator("ol ol").first.is_visible()
        assert sommaire.evaluate("e => getComputedStyle(e).position") == "static"
        pdf = lecture.page.pdf(prefer_css_page_size=True, path=tmp_path / "rapport.pdf")
    assert re.search(rb"/MediaBox\s*\[\s*0 0 59[45](?:\.\d+)? 84[12](?:\.\d+)?", pdf)
