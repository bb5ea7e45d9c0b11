"""Reconstruit les référentiels géographiques à partir du paquet npm `@etalab/decoupage-administratif`.

Usage : `python data/referentiels/construire.py DOSSIER`, où DOSSIER est le paquet décompressé
(celui qui contient `package.json` et `data/communes.json`). Le mode d'emploi complet est dans le
LISEZ-MOI du dossier. Deux exécutions sur le même paquet donnent les mêmes tables.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import polars as pl

# La version majeure du paquet suit le millésime du code officiel géographique : 6.x = 2026.
DECALAGE_MILLESIME = 2020
ACTUELLE = "commune-actuelle"
ICI = Path(__file__).parent


def _json(paquet: Path, nom: str) -> Any:
    fichier = paquet / nom
    if not fichier.is_file():
        sys.exit(f"« {fichier} » manque. Donnez le dossier du paquet décompressé (celui de package.json).")
    return json.loads(fichier.read_text(encoding="utf-8"))


def millesime(paquet: Path) -> int:
    """Année du code officiel géographique, déduite de la version du paquet."""
    return DECALAGE_MILLESIME + int(_json(paquet, "package.json")["version"].split(".")[0])


def communes(brut: list[dict[str, Any]], epci: list[dict[str, Any]], annee: int) -> pl.DataFrame:
    """Les communes en vigueur, avec leur intercommunalité (vide pour celles qui n'en ont pas)."""
    membre_de = {membre["code"]: groupe["code"] for groupe in epci for membre in groupe["membres"]}
    lignes = [
        (c["code"], c["nom"], membre_de.get(c["code"]), c["departement"], c["region"], annee)
        for c in brut
        if c["type"] == ACTUELLE
    ]
    schema = {c: pl.String for c in ("code", "libelle", "epci", "departement", "region")} | {"millesime": pl.Int16}
    return pl.DataFrame(lignes, schema=schema, orient="row").sort("code")


def communes_anciennes(brut: list[dict[str, Any]]) -> pl.DataFrame:
    """Codes et noms qui ne sont plus ceux d'une commune, avec la commune actuelle.

    `nature` : deleguee, associee, arrondissement (Paris, Lyon, Marseille) ou fusionnee (le paquet n'en
    donne que le code). Une commune déléguée peut garder le code de la commune nouvelle : seul son nom est ancien.
    """
    lignes: list[tuple[str, str | None, str, str]] = []
    for c in brut:
        if c["type"] in ("commune-deleguee", "commune-associee"):
            lignes.append((c["code"], c["nom"], c["type"].removeprefix("commune-"), c["chefLieu"]))
        elif c["type"] == "arrondissement-municipal":
            lignes.append((c["code"], c["nom"], "arrondissement", c["commune"]))
    nommees = {code for code, *_ in lignes}
    for c in brut:
        if c["type"] == ACTUELLE:
            disparus = set(c.get("anciensCodes", ())) - nommees
            lignes.extend((code, None, "fusionnee", c["code"]) for code in sorted(disparus))
    schema = dict.fromkeys(("ancien_code", "ancien_libelle", "nature", "commune"), pl.String)
    return pl.DataFrame(lignes, schema=schema, orient="row").unique().sort("ancien_code", "commune", "nature")


def codes_postaux(brut: list[dict[str, Any]]) -> pl.DataFrame:
    """Les couples code postal × commune actuelle (un code postal couvre souvent plusieurs communes)."""
    couples = {(cp, c["code"]) for c in brut if c["type"] == ACTUELLE for cp in c.get("codesPostaux", ())}
    schema = dict.fromkeys(("code_postal", "commune"), pl.String)
    return pl.DataFrame(sorted(couples), schema=schema, orient="row")


def _liste(brut: list[dict[str, Any]], **champs: str) -> pl.DataFrame:
    """Une petite table : `champs` donne, pour chaque colonne écrite, la clé lue dans le paquet."""
    lignes = [tuple(ligne[cle] for cle in champs.values()) for ligne in brut]
    return pl.DataFrame(lignes, schema=dict.fromkeys(champs, pl.String), orient="row").sort("code")


def principal(paquet: Path, sortie: Path = ICI) -> None:
    """Écrit les six tables dans `sortie`."""
    annee = millesime(paquet)
    brut, epci = _json(paquet, "data/communes.json"), _json(paquet, "data/epci.json")
    grandes = {
        "communes": communes(brut, epci, annee),
        "communes_anciennes": communes_anciennes(brut),
        "codes_postaux": codes_postaux(brut),
    }
    petites = {
        "epci": _liste(epci, code="code", libelle="nom", nature="type"),
        "departements": _liste(_json(paquet, "data/departements.json"), code="code", libelle="nom", region="region"),
        "regions": _liste(_json(paquet, "data/regions.json"), code="code", libelle="nom"),
    }
    for nom, table in grandes.items():
        table.write_parquet(sortie / f"{nom}.parquet", compression="zstd", compression_level=19)
    for nom, table in petites.items():
        table.write_csv(sortie / f"{nom}.csv")
    for nom, table in (grandes | petites).items():
        print(f"{nom} : {table.height} lignes (millésime {annee})")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage : python data/referentiels/construire.py DOSSIER_DU_PAQUET")
    principal(Path(sys.argv[1]))
