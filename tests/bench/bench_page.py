"""Mesurer l'ouverture d'une page dans Chromium : premier affichage, page lue, premier graphique animé.

Depuis la racine du projet : `.venv/bin/python -m tests.bench.bench_page PAGE.html… [--fois 5]`. Chaque ouverture a
son propre contexte, sans cache. La médiane est rendue, avec le temps de calcul de la page : sur une machine occupée,
lui seul ne dit pas aussi ce que faisaient les autres.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.conftest import trouver_chromium

_JALONS = """() => {
  const [ouverture] = performance.getEntriesByType('navigation');
  const [peinte] = performance.getEntriesByName('first-contentful-paint');
  return [peinte.startTime, ouverture.domContentLoadedEventEnd, ouverture.loadEventEnd];
}"""


@dataclass(frozen=True)
class Ouverture:
    """Médianes d'une page, en millisecondes depuis la demande.

    `calcul` : temps de processeur jusqu'au premier affichage.
    """

    octets: int
    graphiques: int
    peinte: float
    lue: float
    chargee: float
    calcul: float
    animee: float

    def __str__(self) -> str:
        return (
            f"{self.octets / 1e6:.2f} Mo, {self.graphiques} graphiques : premier affichage {self.peinte:.0f} ms, "
            f"page lue {self.lue:.0f} ms, chargée {self.chargee:.0f} ms, {self.calcul:.0f} ms de calcul, "
            f"premier graphique animé {self.animee:.0f} ms"
        )


def mesurer(fichier: Path, navigateur, fois: int = 5) -> Ouverture:
    """Ouvre `fichier` (une page à graphiques) `fois` fois dans `navigateur`, à 1280 pixels de large."""
    tours = [_ouvrir(fichier, navigateur) for _ in range(fois)]
    jalons = [median(valeurs) for valeurs in zip(*(jalons for _, jalons in tours), strict=True)]
    return Ouverture(fichier.stat().st_size, tours[0][0], *jalons)


def _ouvrir(fichier: Path, navigateur) -> tuple[int, tuple[float, ...]]:
    contexte = navigateur.new_context(viewport={"width": 1280, "height": 900})
    page = contexte.new_page()
    suivi = contexte.new_cdp_session(page)
    suivi.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})
    suivi.send("Performance.enable")
    page.goto(fichier.resolve().as_uri())
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
    calcul = {m["name"]: m["value"] for m in suivi.send("Performance.getMetrics")["metrics"]}["TaskDuration"]
    peinte, lue, chargee = page.evaluate(_JALONS)
    animee = page.evaluate("""async () => {
      const graphique = document.querySelector('.graphique');
      graphique.scrollIntoView({behavior: 'instant'});
      while (!graphique.classList.contains('anime')) await new Promise(requestAnimationFrame);
      return performance.now();
    }""")
    nombre = page.locator(".graphique").count()
    contexte.close()
    return nombre, (peinte, lue, chargee, calcul * 1000, animee)


def principal(arguments: Sequence[str] | None = None) -> None:
    """Imprime une ligne par page."""
    from playwright.sync_api import sync_playwright

    lecture = argparse.ArgumentParser(description=__doc__)
    lecture.add_argument("pages", nargs="+", type=Path)
    lecture.add_argument("--fois", type=int, default=5)
    lus = lecture.parse_args(arguments)
    chromium = trouver_chromium(shutil.which, exige=True)
    with sync_playwright() as moteur:
        navigateur = moteur.chromium.launch(executable_path=str(chromium), args=["--no-sandbox", "--disable-gpu"])
        for fichier in lus.pages:
            print(f"{fichier.name} : {mesurer(fichier, navigateur, lus.fois)}")
        navigateur.close()


if __name__ == "__main__":
    principal()
