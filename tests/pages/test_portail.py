"""La recherche du portail dans un vrai Chromium : elle filtre, elle le dit, et la page vit sans elle."""

from __future__ import annotations

from pathlib import Path

import pytest

from observatoire.campagne.portail import ecrire_portail
from observatoire.espace import Espace

pytestmark = pytest.mark.page
TABLEAU = {"section": "Situation à l'entrée", "titre": "Ressource principale", "ancre": "ressource-principale"}
IMPRIME = {"imprime": [{**TABLEAU, "indicateurs": ["ressources_moyennes_tous"]}]}


@pytest.fixture(scope="module")
def portail(tmp_path_factory) -> Path:
    """Deux services et un document d'ensemble, dans les deux diffusions."""
    espace = Espace(tmp_path_factory.mktemp("portail"))
    espace.dossier_services.mkdir(parents=True)
    for nom, libelle, ville in (("abri", "Hébergement d'été", "Angers"), ("toit", "Logement temporaire", "Nantes")):
        toml = f'libelle = "{libelle}"\nlibelle_court = "{nom}"\nassociation = "Le Seuil"\nterritoire = "{ville}"\n'
        (espace.dossier_services / f"{nom}.toml").write_text(toml, encoding="utf-8")
    fiches = []
    for diffusion, service, annee, autres in (
        ("interne", "abri", 2022, {"etat": "bloque", "message": "Deux mesures portent le même numéro."}),
        ("interne", "abri", 2021, {"etat": "publie"}),
        ("interne", "toit", 2022, {"etat": "publie", "chiffre_cle": {"valeur": "25", "libelle": "Ménages"}, **IMPRIME}),
        ("public", "toit", 2022, {"etat": "partiel"}),
        (
            "interne",
            "synthese_seuil",
            2022,
            {"etat": "publie", "genre": "synthese", "titre": "Le Seuil 2022 — synthèse"},
        ),
    ):
        page = espace.rapports / diffusion / str(annee) / f"{service}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("<p>Page</p>", encoding="utf-8")
        adresse = page.relative_to(espace.rapports).as_posix()
        fiches.append({"service": service, "annee": annee, "diffusion": diffusion, "html": adresse, **autres})
    ecrire_portail(espace, fiches)
    return espace.rapports / "index.html"


@pytest.fixture(scope="module")
def navigateur(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as moteur:
        lance = moteur.chromium.launch(executable_path=str(chromium), args=["--no-sandbox", "--disable-gpu"])
        yield lance
        lance.close()


def visibles(page) -> list[str]:
    return page.evaluate(
        "[...document.querySelectorAll('[data-ligne]')].filter(e => e.checkVisibility())"
        ".map(e => e.querySelector('th,.sujet').firstChild.textContent.trim())"
    )


def test_recherche_filtre_sans_accent_et_le_dit(navigateur, portail):
    page = navigateur.new_page(viewport={"width": 390, "height": 900})
    erreurs = []
    page.on("console", lambda m: erreurs.append(m.text) if m.type in ("error", "warning") else None)
    page.goto(portail.as_uri())
    assert len(visibles(page)) == 3
    page.get_by_label("Chercher dans les rapports").fill("HEBERGEMENT ete")
    assert visibles(page) == ["Hébergement d'été"]
    assert page.get_by_role("status").inner_text() == "1 service."
    assert not page.locator("#documents").is_visible(), "une section sans réponse se retire"
    page.get_by_label("Chercher dans les rapports").fill("zzz")
    assert visibles(page) == [] and page.get_by_role("status").inner_text() == "Rien ne correspond."
    page.get_by_label("Chercher dans les rapports").fill("")
    page.get_by_label("État", exact=True).select_option("bloque")
    assert visibles(page) == ["Hébergement d'été"]
    page.get_by_label("État", exact=True).select_option("")
    assert len(visibles(page)) == 3 and page.get_by_role("status").inner_text() == ""
    assert erreurs == []
    page.close()


def test_un_mot_du_rapport_mene_au_tableau_qui_l_imprime(navigateur, portail):
    """« ressources » n'est écrit nulle part sur le portail : il trouve le rapport, et l'endroit."""
    page = navigateur.new_page(viewport={"width": 390, "height": 900})
    page.goto(portail.as_uri())
    champ = page.get_by_label("Chercher dans les rapports")
    for saisie in ("ressources", "TOIT ressources 2022", "l'entrée"):
        champ.fill(saisie)
        assert visibles(page) == ["Logement temporaire"], saisie
        assert page.get_by_role("status").inner_text() == "1 service, 1 tableau."
        (lien,) = page.locator("#reponses a").all()
        assert lien.get_attribute("href") == "interne/2022/toit.html#ressource-principale"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    champ.fill("abri ressources")
    assert visibles(page) == [] and not page.locator("#reponses").is_visible()
    champ.fill("")
    assert not page.locator("#reponses").is_visible() and len(visibles(page)) == 3
    page.close()


def test_un_mot_se_cherche_par_son_debut_et_une_faute_propose_le_plus_proche(navigateur, portail):
    """« bergement » ne trouve pas « hébergement » ; « resourses » propose « ressources »."""
    page = navigateur.new_page(viewport={"width": 390, "height": 900})
    page.goto(portail.as_uri())
    champ = page.get_by_label("Chercher dans les rapports")
    champ.fill("bergement")
    assert visibles(page) == [] and page.locator(".propositions button").all_inner_texts() == ["hébergement"]
    champ.fill("toit resourses")
    assert page.get_by_role("status").inner_text() == "Rien ne correspond."
    assert "toit ressources" in page.locator(".propositions button").all_inner_texts()
    page.get_by_role("button", name="toit ressources", exact=True).click()
    assert visibles(page) == ["Logement temporaire"] and not page.locator(".propositions").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_un_telephone_replie_les_annees_anciennes_et_mene_a_chaque_association(navigateur, portail):
    page = navigateur.new_page(viewport={"width": 390, "height": 900})
    page.goto(portail.as_uri())
    abri = page.locator('tr[data-nom="abri"]')
    annees = abri.locator("td:visible")
    assert [a.get_attribute("data-colonne") for a in annees.all()] == ["2022"]
    abri.locator("summary").click()
    assert annees.count() == 2
    page.reload()
    page.get_by_label("Chercher dans les rapports").fill("abri 2021")
    assert annees.count() == 2, "l'année cherchée se déplie"
    assert page.locator(".sauts a").count() == 0, "une seule association : rien où sauter"
    page.set_viewport_size({"width": 1280, "height": 900})
    page.reload()
    assert annees.count() == 2 and not abri.locator("summary").is_visible()
    page.close()


def test_sans_script_tout_se_lit_et_la_recherche_se_tait(navigateur, portail):
    contexte = navigateur.new_context(java_script_enabled=False)
    for nom in ("index.html", "glossaire.html"):
        page = contexte.new_page()
        page.goto(portail.with_name(nom).as_uri())
        assert not page.locator(".recherche").is_visible()
        assert page.locator("[data-ligne]:visible").count() == page.locator("[data-ligne]").count() > 0
    contexte.close()
