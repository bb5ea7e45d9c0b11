"""La fiche d'un rapport : sa table protégée et ce que le manifeste en garde, rangées dans le carnet exécuté.

Le carnet les calcule avec ses figures : la page, la table et le manifeste ne peuvent pas différer.
"""

from __future__ import annotations

import hashlib
from typing import Any

import polars as pl

from observatoire.campagne.donnees_types import COLONNES_CONTRAT, DonneesRapport
from observatoire.entrepot import sans_formules
from observatoire.restitution.cellules import Vue
from observatoire.restitution.tuiles import chiffre

TYPE_FICHE = "application/vnd.observatoire.rapport+json"
_VALEURS = ("valeur", "numerateur", "denominateur", "base")


def fiche_rapport(donnees: DonneesRapport) -> dict[str, Any]:
    """La fiche en types JSON : état, empreinte, versions, chiffre clé, et la table protégée en CSV."""
    table = table_protegee(donnees)
    return {
        "etat": donnees.verdict.etat,
        "empreinte": donnees.empreinte,
        "versions": {"code": donnees.version_code, "definitions": _versions(donnees)},
        "chiffre_cle": _chiffre_cle(donnees),
        "sha256_table": hashlib.sha256(table.encode("utf-8")).hexdigest(),
        "table": table,
    }


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
    uniques = {d.nom: d for bloc in donnees.blocs for d in bloc.definitions}
    return {nom: uniques[nom].version for nom in sorted(uniques)}


def _chiffre_cle(donnees: DonneesRapport) -> dict[str, str] | None:
    """Le premier chiffre clé publié, pour le portail."""
    vue = Vue(donnees.chiffres_cles)
    for definition in vue.definitions:
        cellule = vue.total(definition.nom)
        if cellule.publiee:
            return {"valeur": "".join(chiffre(cellule)), "libelle": definition.libelle}
    return None
