"""Le glossaire des portails : chaque indicateur, sa définition, ses versions, et les services qui l'impriment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from observatoire.campagne.donnees_types import Definition
from observatoire.campagne.habillage import ressources_portail
from observatoire.restitution import locale
from observatoire.restitution.gabarit import rendre_gabarit
from observatoire.restitution.page import _en_ligne, _sans_exemple


def page_glossaire(imprimeurs: Mapping[str, Sequence[str]], diffusion: str) -> str:
    """La page des définitions d'une diffusion.

    `imprimeurs` : indicateur → services dont un rapport de ce portail l'imprime. La diffusion publique tait les
    indicateurs qui ne sortent jamais de l'interne.
    """
    from observatoire.documentation_indicateurs import FAMILLES, definitions
    from observatoire.indicateurs.registre import REGISTRE

    internes = {nom for nom, variantes in REGISTRE.items() if all(v.interne_seulement for v in variantes)}
    tues = internes if diffusion == "public" else set()
    par_nom: dict[str, list[Definition]] = {}
    for definition in definitions():
        if definition.nom not in tues:
            par_nom.setdefault(definition.nom, []).append(definition)
    familles = []
    for code, titre in FAMILLES.items():
        entrees = [_entree(v, imprimeurs.get(nom, ())) for nom, v in par_nom.items() if v[-1].famille == code]
        if entrees:
            familles.append({"code": code, "titre": titre, "entrees": sorted(entrees, key=lambda e: e["tri"])})
    return rendre_gabarit(
        "glossaire.html.j2",
        page=ressources_portail("Observatoire — glossaire", diffusion),
        diffusion=diffusion,
        familles=familles,
        total=len(par_nom),
    )


def _entree(variantes: Sequence[Definition], services: Sequence[str]) -> dict[str, Any]:
    """Une entrée : la version en vigueur, puis celles qu'elle a remplacées."""
    *anciennes, derniere = variantes
    return {
        "nom": derniere.nom,
        "libelle": locale.typographie(derniere.libelle),
        "tri": locale.minuscule(derniere.libelle).translate(str.maketrans("àâäéèêëîïôöùûüç", "aaaeeeeiioouuuc")),
        "description": _en_ligne(_sans_exemple(derniere.description)),
        "champs": _champs(derniere),
        "version": _version(derniere),
        "anciennes": [{"version": _version(d), "description": _en_ligne(d.description)} for d in reversed(anciennes)],
        "services": locale.enumeration(services),
    }


def _version(definition: Definition) -> str:
    if definition.version == "1":
        return "version 1"
    return f"version {definition.version}, pour les années {definition.version} et suivantes"


def _champs(definition: Definition) -> list[dict[str, Any]]:
    champs = (
        ("Numérateur", definition.numerateur),
        ("Dénominateur", "" if definition.denominateur == "sans objet" else definition.denominateur),
        ("Population", _population(definition)),
        ("Unité", definition.unite),
        ("Précautions", definition.pieges),
        ("Source", definition.source),
    )
    return [{"nom": nom, "valeur": _en_ligne(valeur)} for nom, valeur in champs if valeur]


def _population(definition: Definition) -> str:
    from observatoire.indicateurs.calcul import EVOLUTION
    from observatoire.univers import trouver_univers

    if definition.nom == EVOLUTION:
        return "tout indicateur"
    return " ".join(trouver_univers(definition.univers).description.split("\n\n")[0].split())
