"""Accessibilité de chaque genre de page : axe, lecture au clavier, mouvement réduit, rien qui sorte du fichier."""

from __future__ import annotations

import re
from pathlib import Path

import axe_playwright_python
import pytest

from observatoire.campagne.publier import publier
from observatoire.restitution.qualite import Qualite
from observatoire.restitution.rapport import Rapport
from tests.pages.test_cahier import publier_cahier
from tests.pages.test_plan import publier_plan
from tests.pages.test_rapport import Lecture, navigateur  # noqa: F401 (une fixture)
from tests.pages.test_rapport import pages as pages_rapport  # noqa: F401 (une fixture)
from tests.pages.test_synthese import donnees_synthese, publier_synthese
from tests.restitution import fabrique, fabrique_qualite

pytestmark = pytest.mark.page
GENRES = ("interne", "public", "bloque", "qualite", "cahier", "plan", "synthese", "portail", "glossaire")
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
NORMES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PASSER_AXE = """async (regles) => (await axe.run(document, {runOnly: regles, resultTypes: ['violations']}))
  .violations.flatMap(v => v.nodes.map(n => v.id + ' ' + n.target + ' ' + n.html.slice(0, 120)))"""
# Le texte d'une image n'a pas de fond qu'axe sache lire : ses contrastes sont éprouvés avec le thème.
SANS_IMAGES = "document.querySelectorAll('svg').forEach(e => e.remove())"
# Après une première lecture entière, ce qui se répète à l'identique n'est plus relu : axe est lent.
ABREGER = """() => document.querySelectorAll(
  'tbody tr:nth-child(n+4):not(:last-child), .glossaire > :nth-child(n+4)').forEach(e => e.remove())"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory, pages_rapport) -> dict[str, Path]:  # noqa: F811
    """Une page de chaque genre, faite sans noyau."""
    ou = {genre: tmp_path_factory.mktemp(genre) for genre in GENRES}
    carnet = fabrique.carnet_execute(Rapport(fabrique.donnees("public")), ou["public"])
    return {
        "interne": pages_rapport["rapport"],
        "portail": pages_rapport["portail"],
        "glossaire": pages_rapport["portail"].parent / "glossaire.html",
        "public": publier(carnet, ou["public"] / "public.html", "Essai 2022", "public"),
        "qualite": fabrique_qualite.publier_page(Qualite(fabrique_qualite.donnees()), ou["qualite"]),
        "bloque": pages_rapport["qualite"],
        "cahier": publier_cahier(ou["cahier"], 2020),
        "plan": publier_plan(ou["plan"]),
        "synthese": publier_synthese(donnees_synthese(), ou["synthese"]),
    }


@pytest.mark.parametrize("genre", GENRES)
def test_axe_ne_trouve_rien(navigateur, pages, genre):  # noqa: F811
    """Large et téléphone : toutes les règles en clair ; en sombre, où seules les couleurs changent, les contrastes."""
    with Lecture(navigateur, pages[genre]) as lecture:
        page = lecture.page
        page.evaluate(AXE)
        page.evaluate(SANS_IMAGES)
        if genre == "glossaire":  # deux cents articles du même moule
            page.evaluate(ABREGER)
        for largeur in (1280, 390):
            page.set_viewport_size({"width": largeur, "height": 900})
            for mode, regles in (("light", NORMES), ("dark", ["color-contrast"])):
                page.emulate_media(color_scheme=mode)
                assert page.evaluate(PASSER_AXE, regles) == [], (genre, largeur, mode)
                page.evaluate(ABREGER)


# Les mots d'un chiffre clé ou d'un titre que la fin de la ligne coupe en deux.
_MOTS_COUPES = """() => {
  const plage = document.createRange(), coupes = [];
  for (const e of document.querySelectorAll('.quoi, h1, h2, h3')) {
    const textes = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
    while (textes.nextNode()) for (const mot of textes.currentNode.data.matchAll(/(?<!\\S)[\\p{L}'’,]{3,}(?!\\S)/gu)) {
      plage.setStart(textes.currentNode, mot.index);
      plage.setEnd(textes.currentNode, mot.index + mot[0].length);
      if (new Set([...plage.getClientRects()].map(r => Math.round(r.top))).size > 1) coupes.push(mot[0]);
    }
  }
  return coupes;
}"""


@pytest.mark.parametrize("genre", ["interne", "qualite", "cahier", "plan", "synthese", "portail"])
def test_petit_telephone(navigateur, pages, genre):  # noqa: F811
    """À 390 comme à 360 pixels, rien ne déborde et aucun mot ne se coupe, même le plus long ou un nom de fichier."""
    with Lecture(navigateur, pages[genre], 390) as lecture:
        page = lecture.page
        page.evaluate("""() => {
          const tuiles = [...document.querySelectorAll('.tuile .quoi')].slice(0, 2);
          for (const tuile of tuiles) tuile.textContent = "Durée d'accompagnement et renouvellements";
          const note = document.createElement('p');
          note.innerHTML = '<code>data/commentaires/un_service_au_nom_tres_long/2022.md</code>';
          document.querySelector('main').append(note);
        }""")
        for largeur in (390, 360):
            page.set_viewport_size({"width": largeur, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= largeur, largeur
            assert page.evaluate(_MOTS_COUPES) == [], largeur


@pytest.mark.parametrize("genre", ["public", "cahier", "synthese", "glossaire"])
def test_identifiants_uniques(pages, genre):
    """Un identifiant écrit deux fois égare un lien ; axe ne le dit plus."""
    identifiants = re.findall(r'\sid="([^"]+)"', pages[genre].read_text(encoding="utf-8"))
    assert len(identifiants) == len(set(identifiants)) > 10


def test_axe_trouve_ce_qu_on_abime(navigateur, pages):  # noqa: F811
    """Témoin : une couleur trop pâle en sombre et un tableau sans en-tête se voient."""
    with Lecture(navigateur, pages["interne"], color_scheme="dark") as lecture:
        page = lecture.page
        page.evaluate(AXE)
        page.evaluate("document.querySelector('.interdit').style.color = '#fff'")
        page.evaluate("document.querySelector('.graphique [role=img]').removeAttribute('aria-label')")
        page.evaluate(SANS_IMAGES)
        page.evaluate(ABREGER)
        regles = {trouve.split()[0] for trouve in page.evaluate(PASSER_AXE, ["color-contrast", "role-img-alt"])}
        assert {"color-contrast", "role-img-alt"} <= regles


# Ce que la touche Tab peut atteindre, dans l'ordre du document.
_CHOIX = """[...document.querySelectorAll('a[href], summary, input, button, select, [tabindex="0"]')]"""
# Ce qu'elle doit atteindre : ni replié, ni caché ; le second rang du sommaire, lui, suit la lecture.
_DUS = f"""{_CHOIX}.flatMap((e, rang) =>
  e.checkVisibility({{visibilityProperty: true}}) && !e.closest('ol ol') ? [rang] : [])"""
# L'arrêt du clavier : son rang, l'épaisseur et le contraste de son cadre, et si quelque chose le recouvre.
_ARRET = f"""() => {{
  const ici = document.activeElement, style = getComputedStyle(ici), boite = ici.getClientRects()[0];
  const lire = (c) => c.match(/[\\d.]+/g).map(Number);
  const lineaire = (x) => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
  const clarte = (c) => c.slice(0, 3).reduce((t, x, i) => t + lineaire(x / 255) * [0.2126, 0.7152, 0.0722][i], 0);
  const fond = (e) => {{
    for (; e; e = e.parentElement) {{
      const c = lire(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0.99) return c;
    }}
    return [255, 255, 255];
  }};
  const [a, b] = [clarte(lire(style.outlineColor)), clarte(fond(ici.parentElement))].sort((x, y) => y - x);
  const points = [0.05, 0.5, 0.95].map(p => [boite.left + boite.width * p, boite.top + boite.height / 2]);
  return {{
    rang: {_CHOIX}.indexOf(ici), texte: ici.textContent.trim().slice(0, 40),
    cadre: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth), contraste: (a + 0.05) / (b + 0.05),
    vu: points.some(([x, y]) => ici.contains(document.elementFromPoint(x, y))),
  }};
}}"""


def _parcourir(page, touche: str, au_plus: int = 300) -> list[dict]:
    """Les arrêts du clavier dans un sens, jusqu'à ce qu'il sorte de la page."""
    arrets = []
    for _ in range(au_plus):
        page.keyboard.press(touche)
        if page.evaluate("[document.body, document.documentElement].includes(document.activeElement)"):
            return arrets
        arrets.append(page.evaluate(_ARRET))
    raise AssertionError("le clavier ne sort pas de la page")


@pytest.mark.parametrize("genre", ["interne", "portail"])
def test_lecture_au_clavier(navigateur, pages, genre):  # noqa: F811
    """Tab passe partout et dans l'ordre, puis revient ; chaque arrêt a un cadre contrasté, que rien ne recouvre."""
    with Lecture(navigateur, pages[genre], color_scheme="dark" if genre == "portail" else "light") as lecture:
        page = lecture.page
        page.add_style_tag(content="html{scroll-behavior:auto!important}")
        dus = page.evaluate(_DUS)
        allee = _parcourir(page, "Tab")
        retour = _parcourir(page, "Shift+Tab")
    arrets = allee + retour
    rangs = [arret["rang"] for arret in allee]
    assert rangs == sorted(set(rangs)) and set(dus) <= set(rangs) and len(dus) > 5
    assert set(dus) - {rangs[-1]} <= {arret["rang"] for arret in retour}
    assert [a for a in arrets if a["cadre"] < 2 or a["contraste"] < 3] == []
    assert [a for a in arrets if not a["vu"]] == []


def test_description_et_tableau_a_une_touche(navigateur, pages):  # noqa: F811
    """Au téléphone, chaque graphique donne son tableau et sa description à qui n'a qu'un clavier."""
    with Lecture(navigateur, pages["interne"], 390) as lecture:
        page = lecture.page
        for figure in page.locator("figure.bloc:has(.graphique)").all():
            for plis, contenu in ((".donnees details", "table"), ("figcaption details", "p")):
                pli = figure.locator(plis).first
                assert not pli.locator(contenu).first.is_visible()
                pli.locator("> summary").focus()
                page.keyboard.press("Enter")
                assert pli.locator(contenu).first.is_visible()


def test_mouvement_reduit(navigateur, pages):  # noqa: F811
    """Rien ne bouge seul ; le défilement doux s'arrête pour qui le demande."""
    mouvements = """[...document.querySelectorAll('*')].map(e => getComputedStyle(e))
      .filter(s => parseFloat(s.transitionDuration) || parseFloat(s.animationDuration)).length"""
    for demande, defilement in (("reduce", "auto"), ("no-preference", "smooth")):
        with Lecture(navigateur, pages["interne"], reduced_motion=demande) as lecture:
            page = lecture.page
            assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == defilement
            if demande == "reduce":
                lecture.attendre_animation()
                assert page.evaluate(mouvements) == 0 and page.evaluate("document.getAnimations().length") == 0


def test_rien_ne_sort_de_la_page(navigateur, pages):  # noqa: F811
    """Ni à l'ouverture, ni animée, ni imprimée ; et la politique refuse ce qu'on y ajouterait."""
    tentatives = """async () => {
      const refus = [];
      document.addEventListener('securitypolicyviolation', (e) => refus.push(e.effectiveDirective));
      await fetch('https://exemple.invalid/').catch(() => 0);
      for (const [balise, adresse] of [['img', 'src'], ['script', 'src'], ['iframe', 'src']]) {
        document.body.append(Object.assign(document.createElement(balise), {[adresse]: 'https://exemple.invalid/x'}));
      }
      document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.entre = true'}));
      for (const fin = Date.now() + 5000; !refus.some((r) => r.startsWith('frame')) && Date.now() < fin;) {
        await new Promise((suite) => setTimeout(suite, 50));
      }
      return [refus.map(r => r.split('-')[0]), window.entre];
    }"""
    for genre in ("interne", "cahier", "plan"):
        with Lecture(navigateur, pages[genre]) as lecture:
            lecture.attendre_animation()
            lecture.page.emulate_media(media="print")
            assert lecture.requetes == [] and lecture.messages == []
            if genre == "interne":
                refus, entre = lecture.page.evaluate(tentatives)
                assert {"connect", "img", "script", "frame"} <= set(refus) and entre is None and lecture.requetes == []


def test_le_premier_affichage_n_attend_pas_le_moteur(navigateur, pages):  # noqa: F811
    """L'image fixe se peint d'abord ; le moteur ne se déplie qu'à l'approche d'un graphique."""
    with Lecture(navigateur, pages["interne"]) as lecture:
        page = lecture.page
        page.add_init_script("""new MutationObserver((_, guet) => {
          if (!window.vegaEmbed) return; window.venu = performance.now(); guet.disconnect();
        }).observe(document, {childList: true, subtree: true})""")
        page.reload()
        lecture.attendre_animation()
        peinte, venu = page.evaluate(
            "[performance.getEntriesByName('first-contentful-paint')[0].startTime, window.venu]"
        )
        assert 0 < peinte < venu
    with Lecture(navigateur, pages["cahier"]) as lecture:
        page = lecture.page
        page.evaluate("document.querySelectorAll('.graphique').forEach(g => { g.style.marginTop = '4000px' })")
        page.wait_for_timeout(150)
        assert page.evaluate("typeof window.vegaEmbed") == "undefined"
        assert page.locator(".graphique .fixe.large svg").first.bounding_box()["height"] > 50
