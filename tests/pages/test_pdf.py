"""Le PDF d'une page : ses balises, ses signets, ses feuilles, et ce qu'on y lit."""

from __future__ import annotations

import io
import re
import shutil
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest

from observatoire.campagne.publier import publier
from observatoire.restitution import pdf
from observatoire.restitution.gabarit import css, entete_imprime
from observatoire.restitution.pdf import ErreurImpression, Imprimante, imprimer, trouver_chromium
from observatoire.restitution.rapport import Rapport
from tests.restitution import fabrique

TITRE = "Essai « 2022 » — rapport d'activité"
FEUILLE_A4 = (595, 842)


def _nue(texte: str) -> str:
    """Le texte sans ses blancs, ses tirets de coupure ni ses ligatures, que l'impression déplace."""
    return re.sub(r"[\s\xad]+", "", unicodedata.normalize("NFKC", texte))


def _lire(fichier: Path) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(fichier.read_bytes()))


def _balises(noeud, dans: tuple[str, ...] = ()) -> Iterator[tuple[str, dict, tuple[str, ...]]]:
    """Chaque balise du PDF, ses attributs, et les balises qui la contiennent."""
    noeud = noeud.get_object()
    if isinstance(noeud, list):
        for enfant in noeud:
            yield from _balises(enfant, dans)
    elif isinstance(noeud, dict):
        nom = noeud.get("/S")
        if nom:
            yield nom, noeud, dans
        if "/K" in noeud:
            yield from _balises(noeud["/K"], (*dans, nom) if nom else dans)


def _signets(niveau: list) -> Iterator[str]:
    for signet in niveau:
        if isinstance(signet, list):
            yield from _signets(signet)
        else:
            yield signet.title


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    """La page d'un rapport interne, faite sans noyau, avec un lien vers un fichier voisin."""
    dossier = tmp_path_factory.mktemp("pdf")
    carnet = fabrique.carnet_execute(Rapport(fabrique.donnees()), dossier)
    html = publier(carnet, dossier / "essai.html", TITRE, "interne")
    lie = html.read_text(encoding="utf-8").replace("</main>", '<p><a href="voisin.html">Lire le voisin</a></p></main>')
    html.write_text(lie, encoding="utf-8")
    return html


@pytest.fixture(scope="module")
def imprimante(chromium) -> Iterator[Imprimante]:
    with Imprimante(chromium) as ouverte:
        yield ouverte


@pytest.fixture(scope="module")
def rapport(imprimante, page) -> pypdf.PdfReader:
    """Le PDF de cette page."""
    return _lire(imprimante.imprimer(page, page.with_suffix(".pdf")))


@pytest.fixture(scope="module")
def textes(rapport) -> list[str]:
    return [_nue(feuille.extract_text()) for feuille in rapport.pages]


@pytest.fixture(scope="module")
def lue(chromium, page) -> dict:
    """Ce que le navigateur montre de la page imprimée, thème sombre demandé, et l'impression qu'il en fait."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as moteur:
        navigateur = moteur.chromium.launch(executable_path=str(chromium), args=["--no-sandbox", "--disable-gpu"])
        onglet = navigateur.new_page(viewport={"width": 680, "height": 1000}, color_scheme="dark")
        onglet.goto(page.as_uri())
        onglet.locator(".graphique").first.scroll_into_view_if_needed()
        onglet.wait_for_selector(".graphique.anime", timeout=20_000)
        imprimee = onglet.pdf(prefer_css_page_size=True, print_background=False)
        onglet.emulate_media(media="print", color_scheme="dark")
        vue = onglet.evaluate("""() => ({
          fond: getComputedStyle(document.body).backgroundColor,
          encre: getComputedStyle(document.body).color,
          largeur: document.documentElement.scrollWidth,
          dessins: [...document.querySelectorAll(".graphique")].map(
            (g) => [...g.querySelectorAll("svg")].filter((s) => s.checkVisibility()).length),
          descriptions: [...document.querySelectorAll(".graphique")].map(
            (g) => g.closest("figure").querySelector("figcaption p").textContent),
          titres: [...document.querySelectorAll("h1,h2,h3")].map((t) => t.innerText),
          tableaux: [...document.querySelectorAll("table")].filter((t) => t.checkVisibility()).length,
          cellules: [...document.querySelectorAll("th,td")].filter((c) => c.checkVisibility()).map((c) => c.innerText),
          blocs: [...document.querySelectorAll(".bloc")].map((b) => [
            b.querySelector("h3").innerText, b.querySelector(".notes")?.innerText ?? "",
            b.querySelectorAll("tbody tr").length]),
        })""")
        navigateur.close()
    return vue | {"imprimee": pypdf.PdfReader(io.BytesIO(imprimee))}


# Ce qu'est le fichier


@pytest.mark.page
def test_pdf_balise_en_francais_et_titre(rapport):
    racine = rapport.trailer["/Root"]
    assert racine["/MarkInfo"]["/Marked"] and racine["/Lang"].startswith("fr")
    assert racine["/ViewerPreferences"]["/DisplayDocTitle"]
    assert rapport.metadata.title == TITRE and rapport.metadata.creator == "observatoire"


@pytest.mark.page
def test_signets_suivent_les_titres(rapport, lue):
    assert [_nue(s) for s in _signets(rapport.outline)] == [_nue(t) for t in lue["titres"]]


@pytest.mark.page
def test_dessins_decrits_et_tableaux_lus(rapport, lue):
    balises = list(_balises(rapport.trailer["/Root"]["/StructTreeRoot"]["/K"]))
    compte = Counter(nom for nom, _, _ in balises)
    assert compte["/H1"] == 1 and compte["/Table"] == lue["tableaux"]
    decrites = [_nue(noeud.get("/Alt", "")) for nom, noeud, _ in balises if nom == "/Figure"]
    assert decrites == [_nue(d) for d in lue["descriptions"]] and all(decrites)
    assert not [nom for nom, _, dans in balises if nom in ("/Table", "/H3") and "/Figure" in dans]
    portees = {a["/Scope"] for nom, n, _ in balises if nom == "/TH" for a in n.get("/A", []) if "/Scope" in a}
    assert portees == {"/Column", "/Row"}


@pytest.mark.page
def test_aucune_adresse_de_la_machine(rapport, page):
    liens = [a.get_object() for feuille in rapport.pages for a in feuille.get("/Annots", [])]
    assert liens, "les liens du rapport vers ses définitions restent"
    assert not [lien for lien in liens if "/URI" in lien.get("/A", {})]
    assert str(page.parent).encode() not in page.with_suffix(".pdf").read_bytes()


# Ce qu'on y lit


@pytest.mark.page
def test_feuilles_a4_titrees_et_numerotees(rapport, textes):
    assert len(textes) > 2
    for rang, (feuille, texte) in enumerate(zip(rapport.pages, textes, strict=True), 1):
        assert tuple(round(float(c)) for c in feuille.mediabox[2:]) == FEUILLE_A4
        assert f"{rang}/{len(textes)}" in texte and _nue("Usage interne — ne pas diffuser") in texte
        assert (_nue(TITRE) in texte) == (rang > 1)


@pytest.mark.page
def test_toutes_les_cellules_sont_imprimees(textes, lue):
    tout = "".join(textes)
    assert len(lue["cellules"]) > 50
    assert [c for c in lue["cellules"] if _nue(c) not in tout] == []


@pytest.mark.page
def test_un_bloc_court_tient_sur_une_feuille(textes, lue):
    for titre, notes, lignes in lue["blocs"]:
        feuilles = [rang for rang, texte in enumerate(textes) if _nue(titre) in texte]
        assert feuilles, titre
        if notes and lignes < 14:
            assert any(_nue(notes) in textes[rang] for rang in feuilles), titre


@pytest.mark.page
def test_l_impression_du_navigateur_est_la_meme(textes, lue):
    assert lue["fond"] == "rgb(255, 255, 255)" and max(map(int, re.findall(r"\d+", lue["encre"])[:3])) < 80
    assert lue["largeur"] <= 680 and set(lue["dessins"]) == {1}
    assert [_nue(feuille.extract_text()) for feuille in lue["imprimee"].pages] == textes


@pytest.mark.page
def test_un_long_tableau_repete_son_entete_et_aucun_titre_ne_reste_seul(imprimante, tmp_path):
    lignes = "".join(f"<tr><th scope='row'>Commune {n}</th><td>{n}</td></tr>" for n in range(1, 71))
    courtes = "".join(
        f"<section><h2>Partie {n}</h2><p class='chapeau'>Chapeau {n}, sur une ligne.</p><figure class='bloc'>"
        f"<h3>Bloc {n}</h3><div style='height:{60 + 7 * n}mm'>Corps {n}.</div></figure></section>"
        for n in range(1, 10)
    )
    page = tmp_path / "long.html"
    page.write_text(
        f"<html lang='fr'><title>Long</title><style>{css()}{entete_imprime('Long')}</style><body><main><section>"
        "<h2>Longue</h2><figure class='bloc'><h3>Communes</h3><div class='corps'><table><thead><tr><th scope='col'>"
        f"Intitulé répété</th><th scope='col'>Nombre</th></tr></thead><tbody>{lignes}</tbody></table></div></figure>"
        f"</section>{courtes}</main></body></html>",
        encoding="utf-8",
    )
    textes = [_nue(f.extract_text()) for f in _lire(imprimante.imprimer(page, tmp_path / "long.pdf")).pages]
    longues = [t for t in textes if re.search(r"Commune\d", t)]
    assert len(longues) > 1 and all("Intitulérépété" in t for t in longues)
    for n in range(1, 10):
        (feuille,) = [t for t in textes if f"Partie{n}" in t]
        assert all(f"{mot}{n}" in feuille for mot in ("Chapeau", "Bloc", "Corps"))


def test_entete_imprime_echappe_le_titre():
    regle = entete_imprime('a"b</style>\\\n')
    assert "</" not in regle and regle.count('"') == 2 and "\n" not in regle


# Ce qui peut manquer


def test_chromium_absent_dit_quoi_faire(monkeypatch):
    monkeypatch.delenv(pdf.VARIABLE_CHROMIUM, raising=False)
    monkeypatch.setattr(pdf, "trouver_chromium", lambda: None)
    with pytest.raises(ErreurImpression, match="imprimez-la"):
        imprimer([Path("page.html")])


def test_chromium_designe(monkeypatch, tmp_path):
    programme = _programme(tmp_path, "exit 0")
    monkeypatch.setenv(pdf.VARIABLE_CHROMIUM, str(programme))
    assert trouver_chromium() == programme
    monkeypatch.setenv(pdf.VARIABLE_CHROMIUM, str(tmp_path / "absent"))
    with pytest.raises(ErreurImpression, match=r"absent.*n'est pas un programme"):
        trouver_chromium()
    monkeypatch.delenv(pdf.VARIABLE_CHROMIUM)
    assert trouver_chromium(lambda nom: nom if nom == "google-chrome" else None) == Path("google-chrome")
    assert trouver_chromium(lambda nom: None) is None


@pytest.mark.skipif(shutil.which("sh") is None, reason="Il faut un interprète de commandes.")
@pytest.mark.parametrize(
    ("corps", "attendu"),
    [
        ("echo bibliothèque introuvable >&2; exit 1", "s'est arrêté.*bibliothèque introuvable"),
        ("exec sleep 30", "n'a pas répondu en 0 secondes"),
    ],
)
def test_chromium_qui_ne_repond_pas(tmp_path, corps, attendu):
    with pytest.raises(ErreurImpression, match=attendu), Imprimante(_programme(tmp_path, corps), delai=0.3):
        pytest.fail("Un programme qui ne répond pas n'imprime rien.")


@pytest.mark.page
def test_page_absente_puis_bonne_page(imprimante, page, tmp_path):
    with pytest.raises(ErreurImpression, match=r"absente\.html n'existe pas"):
        imprimante.imprimer(tmp_path / "absente.html", tmp_path / "absente.pdf")
    assert list(tmp_path.iterdir()) == []
    imprimante.imprimer(page, tmp_path / "bonne.pdf")
    assert [f.name for f in tmp_path.iterdir()] == ["bonne.pdf"]


def _programme(dossier: Path, corps: str) -> Path:
    fichier = dossier / "programme"
    fichier.write_text(f"#!/bin/sh\n{corps}\n", encoding="utf-8")
    fichier.chmod(fichier.stat().st_mode | stat.S_IXUSR)
    return fichier
