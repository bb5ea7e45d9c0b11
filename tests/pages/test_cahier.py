"""La page d'un cahier régional, ouverte hors ligne dans un vrai Chromium."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from observatoire.cahiers.parametres import controler_cahier
from observatoire.campagne.publier import publier
from observatoire.espace import Espace
from observatoire.restitution.cahier import Cahier, preparer_cahier
from tests.pages.test_rapport import Lecture, navigateur  # noqa: F401  la fixture sert par son nom
from tests.restitution import fabrique

pytestmark = pytest.mark.page
CARTES_2020 = 2  # sorties de CHRS et ateliers : les programmes n'ont rien transmis dans cet espace


def publier_cahier(dossier: Path, annee: int) -> Path:
    """Le cahier livré, sans aucun service importé : tables reçues, fiches et lexique, faits sans noyau."""
    (dossier / "data" / "services").mkdir(parents=True, exist_ok=True)
    espace = Espace(dossier)
    demande = {"region": "52", "annee": annee, "theme": "", "diffusion": "public"}
    cahier = Cahier(preparer_cahier(espace, controler_cahier(espace, demande)))
    parties = [
        (cahier.entete(), "entete"),
        (cahier.sommaire(), "sommaire"),
        (cahier.methode(), ""),
        *((s, "") for s in cahier.sections()),
        (cahier.fiches(), ""),
        (cahier.lexique(), ""),
        (cahier.definitions(), ""),
        (cahier.provenance(), "pied"),
    ]
    ou = dossier / str(annee)
    ou.mkdir()
    carnet = fabrique.carnet_execute(None, ou, parties)
    return publier(carnet, ou / "cahier_52.html", "Cahier d'essai", "public")


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[int, Path]:
    dossier = tmp_path_factory.mktemp("cahier")
    return {annee: publier_cahier(dossier, annee) for annee in (2017, 2020)}


def _texte(zone) -> str:
    return re.sub(r"\s+", " ", zone.inner_text().replace("\u202f", "").replace("\u00a0", " "))


def test_le_tableau_imprime_les_sommes_et_nomme_les_deux_sources(navigateur, pages):  # noqa: F811
    with Lecture(navigateur, pages[2017]) as lecture:
        figure = lecture.page.locator("figure.bloc").first
        total = [_texte(c) for c in figure.locator("tfoot td").all()]
        assert total == ["223", "1304", "17 %", "228", "1183", "19 %"]
        corps = [[_texte(c) for c in r.locator("td").all()] for r in figure.locator("tbody tr").all()]
        assert len(corps) == 5
        assert [sum(int(r[n]) for r in corps) for n in (0, 1, 3, 4)] == [223, 1304, 228, 1183]
        assert "2016 ‖" in _texte(figure.locator("thead"))
        source = _texte(figure.locator(".source").first)
        assert "Enquête AHI 2016 (2016)" in source and "Enquête CINODE 2017 (2017)" in source
        assert "ne se comparent pas" in _texte(figure.locator(".phrase"))
        assert lecture.requetes == [] and lecture.messages == []


def test_la_carte_est_la_avec_sa_mention_et_ses_hachures(navigateur, pages):  # noqa: F811
    with Lecture(navigateur, pages[2020]) as lecture:
        lecture.attendre_animation()
        page = lecture.page
        assert page.locator(".avec-carte .graphique.anime .vivant svg").count() == CARTES_2020
        premiere = page.locator("figure.bloc").first
        noms = premiere.locator(".vivant svg text").all_text_contents()
        assert {"Loire-Atlantique", "Sarthe", "masqué", "non reçu"} <= set(noms)
        assert premiere.locator(".legende .teinte-hachures").count() == 1
        assert premiere.locator(".fixe.large svg path").count() >= 6
        assert "Natural Earth" in _texte(premiere.locator(".attribution"))
        premiere.locator("figcaption summary").click()
        assert "Mayenne masqué" in _texte(premiere.locator("figcaption p"))
        assert lecture.requetes == [] and lecture.messages == []


def test_l_image_fixe_dit_la_meme_chose(navigateur, pages):  # noqa: F811
    with Lecture(navigateur, pages[2020]) as lecture:
        lecture.attendre_animation()
        textes = lecture.page.evaluate("""() => {
          const lus = (g, ou) => [...g.querySelectorAll(ou + ' svg text')].map(t => t.textContent).sort();
          return [...document.querySelectorAll('.graphique')].map(g => [lus(g, '.fixe.large'), lus(g, '.vivant')]);
        }""")
    assert len(textes) > CARTES_2020
    assert all(fixe == vivant and fixe for fixe, vivant in textes)


def test_sans_script_la_carte_reste(navigateur, pages):  # noqa: F811
    with Lecture(navigateur, pages[2020], java_script_enabled=False) as lecture:
        assert lecture.page.locator(".avec-carte .fixe.large svg:visible").count() == CARTES_2020


def test_les_renvois_menent_aux_fiches(navigateur, pages):  # noqa: F811
    with Lecture(navigateur, pages[2020]) as lecture:
        page = lecture.page
        assert page.locator("article.fiche-action").count() == 9
        assert page.locator("article.fiche-action dt").count() == 72
        liens = page.locator('main a[href^="#fiche-"]').all()
        assert len(liens) > 10
        for lien in liens:
            fiche = page.locator(lien.get_attribute("href"))
            numero = re.search(r"fiche n° (\d+)", _texte(lien)).group(1)
            assert fiche.count() == 1 and _texte(fiche.locator("h3 .numero")).endswith(numero)


@pytest.mark.parametrize("annee", [2017, 2020])
@pytest.mark.parametrize("largeur", [390, 1280])
def test_ni_defilement_ni_saut_de_titre_ni_doublon(navigateur, pages, annee, largeur):  # noqa: F811
    with Lecture(navigateur, pages[annee], largeur) as lecture:
        lecture.attendre_animation()
        page = lecture.page
        assert page.evaluate("document.documentElement.scrollWidth") <= largeur
        assert page.locator("h1").count() == 1
        niveaux = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
        assert all(b - a <= 1 for a, b in pairwise(niveaux))
        identifiants = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(identifiants) == len(set(identifiants))
        if largeur == 1280:
            debords = "[...document.querySelectorAll('.defile')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
            assert page.evaluate(debords) == 0
        else:
            hauteurs = page.evaluate("""() => [...document.querySelectorAll('.avec-carte .vivant svg text')]
              .map(t => t.getBoundingClientRect().height)""")
            assert min(hauteurs) >= 9


def test_aucune_adresse_et_poids(pages):
    for fichier in pages.values():
        texte = re.sub(
            r'<script type="text/plain" id="vega">.*?</script>',
            "",
            fichier.read_text(encoding="utf-8"),
            flags=re.DOTALL,
        )
        assert set(re.findall(r"https?://[^\s\"'<>)\\]+", texte)) <= {"http://www.w3.org/2000/svg"}
        assert fichier.stat().st_size < 1_600_000
