"""Publier un carnet exécuté : une page autonome, par nbconvert et notre gabarit."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat

from observatoire.restitution.gabarit import DOSSIER, ecrire_atomique, ressources_page

GABARIT = "observatoire"
_STYLE_CARNET = re.compile(r"<style data-carnet>.*?</style>", re.DOTALL)

_DESSIN = re.compile(r'(<script type="application/json">)(.*?)(</script>)', re.DOTALL)


def publier(carnet: Path, cible: Path, titre: str, diffusion: str) -> Path:
    """Convertit un carnet exécuté en une page HTML qui n'appelle rien hors d'elle-même.

    `titre` est celui de l'onglet. La page est écrite d'un seul geste. Le code et les cellules de texte du
    carnet n'y paraissent pas : seulement ce que les cellules affichent en HTML.
    """
    from nbconvert.exporters import TemplateExporter

    lu = nbformat.reads(carnet.read_text(encoding="utf-8"), as_version=4)
    dessins: list[Any] = []
    for cellule in lu.cells:
        for sortie in cellule.get("outputs", ()):
            html = sortie.get("data", {}).get("text/html")
            if html:
                sortie["data"]["text/html"] = _extraire(_STYLE_CARNET.sub("", html), dessins)
    exportateur = TemplateExporter(
        template_name=GABARIT,
        extra_template_basedirs=[str(DOSSIER)],
        template_extension=".html.j2",
        file_extension=".html",
    )
    ressources = ressources_page(titre, diffusion, bool(dessins), dessins)
    page, _ = exportateur.from_notebook_node(lu, {"observatoire": ressources})
    return ecrire_atomique(cible, page)


def _extraire(html: str, dessins: list[Any]) -> str:
    """Range à part la spécification de chaque graphique : la figure n'en garde que le rang.

    Les spécifications se ressemblent : ensemble et comprimées, elles pèsent quinze fois moins.
    """

    def ranger(lu: re.Match[str]) -> str:
        dessins.append(json.loads(lu[2]))
        return f"{lu[1]}{len(dessins) - 1}{lu[3]}"

    return _DESSIN.sub(ranger, html)
