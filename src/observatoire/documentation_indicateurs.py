"""Le glossaire des indicateurs, tiré des déclarations."""

from __future__ import annotations

from collections.abc import Sequence

from observatoire.campagne.donnees_types import Definition
from observatoire.indicateurs import EVOLUTION, noms, trouver
from observatoire.univers import trouver_univers

FAMILLES = {
    "activite": "Activité",
    "demandes": "Demandes",
    "public": "Public",
    "ressources": "Ressources",
    "resultats": "Résultats",
    "durees": "Durées",
    "contenu": "Contenu de l'accompagnement",
    "moyens": "Moyens",
    "occupation": "Occupation",
    "impayes": "Impayés",
    "plans": "Plans d'action",
    "emploi": "Emploi",
    "maintien": "Maintien",
    "qualite": "Qualité",
}


def definitions() -> list[Definition]:
    """Toutes les définitions, variantes datées comprises, dans l'ordre du catalogue."""
    from observatoire.indicateurs.calcul import DEFINITION_EVOLUTION
    from observatoire.syntheses.personnes import DEFINITIONS

    return [*(v.definition for nom in noms() for v in trouver(nom)), *DEFINITIONS, DEFINITION_EVOLUTION]


def glossaire(indicateurs: Sequence[str] | None = None) -> str:
    """Le glossaire en Markdown, par famille ; celui de quelques indicateurs si on les nomme."""
    retenues = [d for d in definitions() if indicateurs is None or d.nom in indicateurs]
    lignes = ["# Glossaire des indicateurs", ""]
    if indicateurs is None:
        lignes += ["Page générée par `observatoire glossaire` : ne pas la modifier à la main.", ""]
    for famille, titre in FAMILLES.items():
        de_la_famille = [d for d in retenues if d.famille == famille]
        if not de_la_famille:
            continue
        lignes += [f"## {titre}", ""]
        for definition in de_la_famille:
            lignes += _fiche(definition)
    return "\n".join(lignes).rstrip() + "\n"


def _fiche(d: Definition) -> list[str]:
    version = "" if d.version == "1" else f" (définition depuis {d.version})"
    population = trouver_univers(d.univers).description.split("\n\n")[0] if d.nom != EVOLUTION else "tout indicateur"
    champs = [
        ("Nom", f"`{d.nom}`"),
        ("Unité", d.unite),
        ("Numérateur", d.numerateur),
        ("Dénominateur", d.denominateur),
        ("Population", " ".join(population.split())),
        ("Source", d.source),
        ("À savoir", d.pieges),
        ("Noms dans les fichiers", ", ".join(f"`{code}`" for code in _codes(d))),
    ]
    return [
        f"### {d.libelle}{version}",
        "",
        d.description,
        "",
        *(f"- {nom} : {valeur}" for nom, valeur in champs if valeur),
        "",
    ]


def _codes(d: Definition) -> tuple[str, ...]:
    """Les réglages et les noms du catalogue derrière les mots d'une définition."""
    variantes = trouver(d.nom) if d.nom in noms() else []
    return next((v.codes for v in variantes if v.definition is d), ())
