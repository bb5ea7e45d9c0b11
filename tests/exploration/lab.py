"""Conduire un carnet dans un vrai JupyterLab, comme le fait un analyste : à la souris, au clavier, en français.

Tout appel hors de la machine est refusé et retenu ; la console du navigateur aussi.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, Route, WebSocket

from observatoire.exploration.ouvrir import Laboratoire

ATTENTE = 30_000
# Où ranger les captures, pour les regarder : OBSERVATOIRE_CAPTURES=DOSSIER ; sans elle, rien n'est écrit.
CAPTURES = os.environ.get("OBSERVATOIRE_CAPTURES", "")


def jupyter_isole(dossier: Path) -> dict[str, str]:
    """Les variables qui tiennent Jupyter loin des réglages du compte qui lance les tests."""
    return {
        "JUPYTER_CONFIG_DIR": str(dossier / "config"),
        "JUPYTER_DATA_DIR": str(dossier / "data"),
        "IPYTHONDIR": str(dossier / "ipython"),
    }


class Carnet:
    """Un carnet ouvert. `dehors` : les adresses refusées ; `plaintes` : les erreurs de la console."""

    def __init__(self, page: Page, laboratoire: Laboratoire) -> None:
        self.page, self.laboratoire = page, laboratoire
        self.dehors: list[str] = []
        self.plaintes: list[str] = []
        page.set_default_timeout(ATTENTE)
        page.route("**/*", self._garder)
        page.on("websocket", self._ecouter)
        page.on("console", lambda m: self.plaintes.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda erreur: self.plaintes.append(str(erreur)))

    def _garder(self, route: Route) -> None:
        adresse = route.request.url
        if adresse.startswith((self.laboratoire.url, "data:", "blob:")):
            route.continue_()
        else:
            self.dehors.append(adresse)
            route.abort()

    def _ecouter(self, prise: WebSocket) -> None:
        if not prise.url.startswith(self.laboratoire.url.replace("http://", "ws://")):
            self.dehors.append(prise.url)

    def ouvrir(self) -> None:
        """Ouvre l'adresse que donne « observatoire explorer », et attend le carnet et son noyau."""
        self.page.goto(self.laboratoire.adresse)
        self.page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        self.attendre_noyau()

    def attendre_noyau(self) -> None:
        """Attend que le noyau n'ait plus rien à faire."""
        self.page.locator(".jp-StatusBar-Widget").get_by_text("| Inactif").wait_for()

    def executer_tout(self) -> None:
        """Menu « Exécution », « Exécuter toutes les cellules »."""
        self.page.get_by_role("menuitem", name="Exécution", exact=True).click()
        self.page.get_by_role("menuitem", name="Exécuter toutes les cellules", exact=True).click()

    @property
    def sorties(self) -> Locator:
        """Ce que les cellules affichent."""
        return self.page.locator(".jp-OutputArea-output")

    @property
    def erreurs(self) -> list[str]:
        """Les traces d'exécution affichées par le carnet : il n'en faut aucune."""
        trace = "[data-mime-type='application/vnd.jupyter.stderr'], [data-mime-type='application/vnd.jupyter.error']"
        return self.sorties.locator(trace).all_inner_texts()

    def barre(self, rang: int) -> Locator:
        """Une barre du premier graphique, de haut en bas."""
        return self.sorties.locator(".vega-embed svg .marques_marks path").nth(rang)

    def capturer(self, nom: str) -> None:
        """Garde une image de l'écran si on a demandé à les regarder."""
        if CAPTURES:
            Path(CAPTURES).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(CAPTURES) / f"{nom}.png")


@contextmanager
def carnet_ouvert(navigateur: Browser, laboratoire: Laboratoire) -> Iterator[Carnet]:
    """Le carnet d'exploration, ouvert dans un onglet neuf, en français, sur un écran d'ordinateur portable."""
    contexte = navigateur.new_context(viewport={"width": 1366, "height": 900}, locale="fr-FR", accept_downloads=True)
    try:
        carnet = Carnet(contexte.new_page(), laboratoire)
        try:
            carnet.ouvrir()
            yield carnet
        except Exception:
            carnet.capturer("echec")
            raise
    finally:
        contexte.close()
