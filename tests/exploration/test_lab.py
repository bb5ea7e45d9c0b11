"""Le carnet d'exploration dans un vrai JupyterLab : à la souris, au clavier, en français, sans appel au-dehors."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path

import pytest

from observatoire.espace import Espace
from observatoire.exploration.ouvrir import lancer
from observatoire.exploration.reglages_lab import CARNET
from tests.exploration.lab import Carnet, carnet_ouvert, jupyter_isole

pytestmark = pytest.mark.page

# La vue que « observatoire explorer » transmet : le carnet la montre sans qu'on y touche.
DEMANDE = {
    "services": ["cllaj"],
    "annees": [2022],
    "indicateur": "part_sans_ressource",
    "ventilations": ["composition"],
}


@pytest.fixture
def espace(espace_exemple: Espace, tmp_path: Path) -> Espace:
    """Un espace à soi, car JupyterLab enregistre ses carnets ; sa clé et ses données sont celles de l'exemple."""
    return Espace(Path(shutil.copytree(espace_exemple.racine, tmp_path / "espace")))


def test_un_analyste_explore_dans_son_navigateur(espace, chromium, tmp_path):
    from playwright.sync_api import sync_playwright

    with lancer(espace, DEMANDE, environnement=jupyter_isole(tmp_path)) as laboratoire, sync_playwright() as moteur:
        navigateur = moteur.chromium.launch(executable_path=str(chromium), args=["--no-sandbox", "--disable-gpu"])
        with carnet_ouvert(navigateur, laboratoire) as carnet:
            carnet.executer_tout()
            attendre_vue(carnet, "Part sans ressource, par composition familiale · CLLAJ · 2022", "interne")
            carnet.capturer("1_premiere_vue")
            choisir_une_barre(carnet)
            changer_de_chiffre(carnet)
            au_clavier(carnet)
            passer_en_diffusable(carnet)
            exporter(carnet, espace)
            assert sans_nom(carnet) == [], "tout contrôle a un nom"
            enregistrer(carnet, espace)
            assert carnet.erreurs == []
            assert carnet.dehors == [], "rien ne sort de cette machine"
            assert carnet.plaintes == []
        navigateur.close()


def attendre_vue(carnet: Carnet, titre: str, edition: str) -> None:
    """Attend que l'en-tête dise ce chiffre, cette année et cette édition, puis que le reste ait suivi."""
    attendu = f"interne {titre}" if edition == "interne" else titre
    motif = re.compile(f"^{re.escape(attendu)}".replace(r"\ ", r"\s+"))
    carnet.sorties.locator(".obs-surtitre", has_text=motif).first.wait_for()
    carnet.attendre_noyau()


def lignes(carnet: Carnet, ou: str = ".obs-droite") -> dict[str, list[str]]:
    """Le dernier tableau d'un panneau : en-tête de ligne → cellules, telles qu'elles se lisent."""
    rangees = carnet.sorties.locator(ou).locator("table").last.locator("tr")
    lues = rangees.evaluate_all(
        """trs => trs.map(tr => [...tr.querySelectorAll("th[scope=row], td")]
            .map(c => c.innerText.replace(/\\s/g, " ").trim()))"""
    )
    return {ligne[0]: ligne[1:] for ligne in lues if len(ligne) > 1}


def choisir_une_barre(carnet: Carnet) -> None:
    """Un clic sur une barre montre ce qu'elle devient, années côte à côte ; « Retirer la sélection » revient."""
    detail = carnet.sorties.locator(".obs-detail")
    assert not detail.is_visible()
    carnet.barre(0).click()
    detail.locator(".obs-surtitre").wait_for()
    choisie = carnet.page.get_by_label("Choisir une modalité")
    libelle = choisie.evaluate("e => e.selectedOptions[0].textContent").replace("\xa0", " ")
    effectif, part, *_ = lignes(carnet)[libelle]
    par_annee = lignes(carnet, ".obs-detail")
    assert set(par_annee) >= {"2021", "2022"}
    assert par_annee["2022"][0].startswith(f"{part} ({effectif} sur")
    carnet.capturer("2_une_barre_choisie")
    carnet.page.get_by_role("button", name="Retirer la sélection").click()
    detail.wait_for(state="hidden")


def changer_de_chiffre(carnet: Carnet) -> None:
    """On cherche un mot, on choisit un chiffre, puis une autre ventilation : la vue et le tableau suivent."""
    carnet.page.get_by_label("Chercher un chiffre").fill("seuil de pauvreté")
    liste = carnet.page.get_by_label("Chiffre", exact=True)
    carnet.page.wait_for_function(
        "e => e.options[0]?.textContent.replace(/\\s/g, ' ') === 'Part sous le seuil de pauvreté'",
        arg=liste.element_handle(),
    )
    liste.select_option(index=0)
    attendre_vue(carnet, "Part sous le seuil de pauvreté, par composition familiale · CLLAJ · 2022", "interne")
    carnet.page.get_by_label("Ventiler par").select_option(label="Genre")
    attendre_vue(carnet, "Part sous le seuil de pauvreté, par genre · CLLAJ · 2022", "interne")
    assert {"Femme", "Homme", "Total"} <= set(lignes(carnet))
    carnet.capturer("3_autre_chiffre")


def au_clavier(carnet: Carnet) -> None:
    """Sans souris : une flèche change une liste, Entrée ouvre un volet ; JupyterLab ne prend aucune de ces touches."""
    page = carnet.page
    page.get_by_label("Ventiler par").focus()
    page.keyboard.press("Home")
    attendre_vue(carnet, "Part sous le seuil de pauvreté · CLLAJ · 2022", "interne")
    page.keyboard.press("ArrowDown")
    attendre_vue(carnet, "Part sous le seuil de pauvreté, par", "interne")
    page.get_by_role("button", name="Voir le code").focus()
    page.keyboard.press("Enter")
    code = page.get_by_label("Le code de cette vue")
    code.wait_for()
    assert "obs.voir(" in code.input_value() and "part_sous_seuil_pauvrete" in code.input_value()
    page.keyboard.press("Space")
    code.wait_for(state="hidden")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Exporter"
    page.get_by_label("Ventiler par").select_option(label="Composition familiale")
    attendre_vue(carnet, "Part sous le seuil de pauvreté, par composition familiale", "interne")


def passer_en_diffusable(carnet: Carnet) -> None:
    """« Diffusable » : ce qui serait masqué l'est, et la phrase d'à côté dit ce que cela coûte."""
    avant = lignes(carnet)
    carnet.page.get_by_role("button", name="Diffusable").click()
    attendre_vue(carnet, "Part sous le seuil de pauvreté, par composition familiale", "public")
    for _ in range(50):  # l'en-tête arrive avant le tableau : on attend le second
        apres = lignes(carnet)
        if apres != avant:
            break
        carnet.page.wait_for_timeout(200)
    assert set(apres) == set(avant)
    assert [nom for nom in apres if apres[nom] != avant[nom]], "de petits effectifs sont masqués"
    assert "diffusion publique" in carnet.sorties.locator(".obs-cout").inner_text()
    carnet.capturer("4_diffusable")


def exporter(carnet: Carnet, espace: Espace) -> None:
    """L'export CSV, téléchargé comme écrit dans l'espace : les cellules protégées, les mêmes qu'à l'écran."""
    carnet.page.get_by_role("button", name="Exporter", exact=True).click()
    carnet.page.get_by_role("button", name="CSV").click()
    lien = carnet.page.get_by_role("link", name="Télécharger")
    with carnet.page.expect_download() as attente:
        lien.click()
    octets = Path(attente.value.path()).read_bytes()
    (ecrit,) = (espace.rapports / "exports" / "public").glob("*.csv")
    assert octets == ecrit.read_bytes()
    cellules = list(csv.DictReader(io.StringIO(octets.decode("utf-8-sig"))))
    masquees = [c for c in cellules if c["etat"].startswith("masque")]
    assert masquees and all(c["valeur"] == c["numerateur"] == "" for c in masquees)
    carnet.capturer("5_export")


def sans_nom(carnet: Carnet) -> list[str]:
    """Les contrôles visibles de l'explorateur que rien ne nomme."""
    return carnet.sorties.locator(".obs-explorateur :is(input, select, button, textarea)").evaluate_all(
        """es => es.filter(e => e.checkVisibility())
            .filter(e => !(e.labels?.[0]?.textContent || e.getAttribute("aria-label") ||
                           (e.tagName === "BUTTON" && e.textContent)).trim())
            .map(e => e.outerHTML.slice(0, 200))"""
    )


def enregistrer(carnet: Carnet, espace: Espace) -> None:
    """Le carnet enregistré ne garde que la phrase de l'explorateur : ni l'état des contrôles, ni un chiffre."""
    carnet.page.get_by_role("menuitem", name="Fichier", exact=True).click()
    carnet.page.get_by_role("menuitem", name="Sauvegarder Notebook").click()
    carnet.page.locator(".lm-TabBar-tab.jp-mod-dirty").wait_for(state="detached")
    enregistre = json.loads((espace.racine / CARNET).read_text(encoding="utf-8"))
    assert "widgets" not in enregistre["metadata"]
    (sortie,) = (s for cellule in enregistre["cells"] for s in cellule.get("outputs", ()))
    assert set(sortie["data"]) == {"application/vnd.jupyter.widget-view+json", "text/plain"}
    assert "%" not in "".join(sortie["data"]["text/plain"])
