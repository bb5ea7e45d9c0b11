"""La fiche d'un rapport : sa table protégée et ce que le manifeste en garde, rangées dans le carnet exécuté.

Le carnet les calcule avec ses figures : la page, la table et le manifeste ne peuvent pas différer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import polars as pl

from observatoire.campagne.donnees_types import COLONNES_CONTRAT, Bloc, DonneesRapport
from observatoire.campagne.origine import Origine
from observatoire.entrepot import sans_formules
from observatoire.restitution import replis
from observatoire.restitution.cellules import Vue
from observatoire.restitution.tuiles import chiffre

TYPE_FICHE = "application/vnd.observatoire.rapport+json"
_VALEURS = ("valeur", "numerateur", "denominateur", "base")
CHIFFRES_DU_PORTAIL = 4


def fiche_rapport(donnees: DonneesRapport, origine: Origine | None = None) -> dict[str, Any]:
    """La fiche en types JSON : état, empreinte, versions, chiffres clés, origine, et la table protégée en CSV.

    `origine` : sources, livraisons et réglages du rapport ; sans elle, la fiche ne dit que l'empreinte.
    """
    table, cles = table_protegee(donnees), _chiffres_cles(donnees)
    return {
        **(origine.en_dict() if origine else {}),
        "etat": donnees.etat,
        "empreinte": donnees.empreinte,
        "versions": {"code": donnees.version_code, "definitions": _versions(donnees)},
        "chiffre_cle": cles[0] if cles else None,
        "chiffres_cles": cles,
        "imprime": imprime(_parties(donnees)),
        "sha256_table": hashlib.sha256(table.encode("utf-8")).hexdigest(),
        "table": table,
    }


def _parties(donnees: DonneesRapport) -> Iterable[tuple[str, Iterable[Bloc]]]:
    """Les chiffres clés, puis les sections et ceux de leurs tableaux que la page montre."""
    titre = donnees.chiffres_cles.titre or "Chiffres clés"
    yield titre, [replace(donnees.chiffres_cles, cle="chiffres-cles", titre=titre)]
    for section in donnees.sections:
        yield section.titre, replis.trier(section.blocs)[0]


def imprime(sections: Iterable[tuple[str, Iterable[Bloc]]]) -> list[dict[str, Any]]:
    """Ce qu'un document imprime, tableau par tableau, pour que le portail y mène : section, titre, ancre, indicateurs.

    Seuls comptent les indicateurs dont le tableau publie au moins une cellule.
    """
    return [
        {"section": titre, "titre": bloc.titre, "ancre": bloc.cle, "indicateurs": sorted(publies)}
        for titre, blocs in sections
        for bloc in blocs
        if (publies := set(bloc.table.filter(pl.col("etat") == "publie")["indicateur"]))
    ]


def table_protegee(donnees: DonneesRapport) -> str:
    """La table ordonnée du rapport en CSV : colonnes du contrat, sans doublon, triée, donc reproductible."""
    tables = [bloc.cellules.select(COLONNES_CONTRAT) for bloc in donnees.blocs if not bloc.cellules.is_empty()]
    if not tables:
        return ",".join(COLONNES_CONTRAT) + "\n"
    cles = [c for c in COLONNES_CONTRAT if c not in _VALEURS]
    table = pl.concat(tables).unique(maintain_order=True).sort([*cles, *_VALEURS], nulls_last=False)
    return sans_formules(table).write_csv()


def lire_fiche(carnet: Any) -> dict[str, Any]:
    """La fiche rangée dans un carnet exécuté ; lève `KeyError` s'il n'en a pas."""
    for cellule in carnet.cells:
        for sortie in cellule.get("outputs", ()):
            if TYPE_FICHE in sortie.get("data", {}):
                return sortie["data"][TYPE_FICHE]
    raise KeyError(TYPE_FICHE)


def _versions(donnees: DonneesRapport) -> dict[str, str]:
    """La version en vigueur de chaque indicateur : d'une série, la première citée, qui est celle de l'année."""
    versions: dict[str, str] = {}
    for definition in (d for bloc in donnees.blocs for d in bloc.definitions):
        versions.setdefault(definition.nom, definition.version)
    return dict(sorted(versions.items()))


def _chiffres_cles(donnees: DonneesRapport) -> list[dict[str, str]]:
    """Les premiers chiffres clés publiés, pour le portail."""
    vue = Vue(donnees.chiffres_cles)
    publies = [(d, c) for d in vue.definitions if (c := vue.total(d.nom)).publiee]
    return [{"valeur": "".join(chiffre(c)), "libelle": d.libelle} for d, c in publies[:CHIFFRES_DU_PORTAIL]]
