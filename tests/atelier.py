"""De petits espaces de travail écrits à la main, pour éprouver une règle à la fois."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from observatoire import modele
from observatoire.entrepot import ecrire_entrepot
from observatoire.espace import Espace
from observatoire.indicateurs import calculer

SERVICE = "essai"


def en_table(nom: str, lignes: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Une table du modèle, complétée de vides et de provenance ; `id_service` est rempli s'il manque."""
    schema = modele.table_vide(nom).schema
    remplies = []
    for numero, ligne in enumerate(lignes, start=2):
        inconnues = set(ligne) - set(schema)
        assert not inconnues, f"{nom} n'a pas de colonne {inconnues}"
        defaut = {"id_service": SERVICE} if "id_service" in schema else {}
        remplies.append({**defaut, "_fichier": f"{nom}.csv", "_ligne": numero, **ligne})
    return pl.DataFrame(remplies, schema=schema)


def espace_de(dossier: Path, reglages: str = "", **tables: Sequence[Mapping[str, Any]]) -> Espace:
    """Un espace à un service, `essai`, réglé par `reglages` (TOML) et rempli de ces tables."""
    services = dossier / "data" / "services"
    services.mkdir(parents=True, exist_ok=True)
    (services / f"{SERVICE}.toml").write_text(f'libelle = "Service d\'essai"\n{reglages}\n', encoding="utf-8")
    espace = Espace(dossier)
    ecrire_entrepot(espace, SERVICE, {nom: en_table(nom, lignes) for nom, lignes in tables.items()}, {})
    return espace


def total(espace: Espace, indicateur: str, annee: int = 2022, colonne: str = "valeur") -> float | None:
    """La valeur du total d'un indicateur."""
    table = calculer(espace, SERVICE, annee, [indicateur])
    lignes = table.filter(pl.col("ventilation_1").is_null() & pl.col("territoire").is_null())
    return lignes[colonne][0]


def cellules(
    espace: Espace, indicateur: str, ventilations: Sequence[str] = (), annee: int = 2022, colonne: str = "numerateur"
) -> dict[Any, float | None]:
    """Les cellules d'un indicateur, par modalité (ou couple de modalités pour un croisement), marges exclues."""
    table = calculer(espace, SERVICE, annee, [indicateur], ventilations)
    profondeur = 2 if table["ventilation_2"].is_not_null().any() else 1
    lignes = table.filter(pl.col(f"ventilation_{profondeur}").is_not_null())
    if profondeur == 1:
        return dict(zip(lignes["modalite_1"], lignes[colonne], strict=True))
    return dict(zip(zip(lignes["modalite_1"], lignes["modalite_2"], strict=True), lignes[colonne], strict=True))
