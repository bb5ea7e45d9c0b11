"""L'index de recherche d'un portail : chaque tableau imprimé, ses mots, et les rapports où le lire.

La page l'embarque : il est dédoublonné d'une année à l'autre, et ne contient que des titres et des libellés.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from observatoire.restitution import locale


def index_recherche(fiches: Iterable[tuple[Mapping[str, Any], str]]) -> dict[str, Any]:
    """L'index des tableaux que les rapports d'un portail impriment.

    `fiches` : celles du manifeste, chacune avec le nom court de son service ou de son document. Rend `mots`, les
    libellés d'indicateurs, et `sujets` : nom, pages par année, et tableaux (section, titre, rangs de ses mots, et ses
    ancres par année). De deux diffusions d'une même année, l'interne, qui a tout, est celle où l'on mène.
    """
    mots: dict[str, int] = {}
    sujets: dict[str, dict[str, Any]] = {}
    for fiche, nom in sorted(fiches, key=lambda f: (f[0]["service"], -f[0]["annee"], f[0]["diffusion"] != "interne")):
        sujet = sujets.setdefault(fiche["service"], {"nom": nom, "pages": {}, "tableaux": {}})
        annee = str(fiche["annee"])
        if not fiche.get("imprime") or not fiche.get("html") or annee in sujet["pages"]:
            continue
        sujet["pages"][annee] = fiche["html"]
        for tableau in fiche["imprime"]:
            rangs = [mots.setdefault(_libelle(i), len(mots)) for i in tableau["indicateurs"]]
            dits = (tableau["section"], tableau["titre"])
            gardes = sujet["tableaux"].setdefault(dits, {"mots": [], "ancres": {}})
            gardes["mots"] = sorted({*gardes["mots"], *rangs})
            gardes["ancres"].setdefault(annee, tableau["ancre"])
    return {
        "mots": list(mots),
        "sujets": {cle: _compact(sujet) for cle, sujet in sujets.items() if sujet["tableaux"]},
    }


def _compact(sujet: Mapping[str, Any]) -> dict[str, Any]:
    """Une ancre par tableau suffit quand toutes ses années ont la même."""
    tableaux = []
    for (section, titre), t in sujet["tableaux"].items():
        ancres = set(t["ancres"].values())
        ou = [list(t["ancres"]), ancres.pop()] if len(ancres) == 1 else [list(t["ancres"]), t["ancres"]]
        tableaux.append([locale.typographie(section), locale.typographie(titre), t["mots"], *ou])
    return {"nom": sujet["nom"], "pages": sujet["pages"], "tableaux": tableaux}


@lru_cache(maxsize=1)
def _libelles() -> dict[str, str]:
    from observatoire.documentation_indicateurs import definitions

    return {d.nom: locale.typographie(d.libelle) for d in definitions()}


def _libelle(indicateur: str) -> str:
    return _libelles().get(indicateur, indicateur)
