"""Ce que le service a livré : tables manquantes, colonnes reçues, lignes que l'import a dû écarter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import PurePath
from typing import Any

import polars as pl

from observatoire.entrepot import Entrepot
from observatoire.modele import PROVENANCE
from observatoire.nettoyage.rejets import CLE_CONTRADICTOIRE, regle
from observatoire.services import Service


def _correspondances(service: Service) -> Iterator[tuple[str, dict[str, Any]]]:
    """Les couples (motif de fichier, correspondance d'une table) du fichier de réglage."""
    for fichier in service.correspondances.get("fichiers", ()):
        for correspondance in fichier.get("tables", ()):
            yield fichier["motif"].lower(), correspondance


def _fichiers_lus(entrepot: Entrepot, tables: Mapping[str, pl.DataFrame]) -> set[str]:
    noms = {*entrepot.livraison.get("fichiers", {}), *pl.concat([t["_fichier"] for t in tables.values()]).drop_nulls()}
    return {PurePath(nom.replace("\\", "/")).name.lower() for nom in noms}


def tables_manquantes(service: Service, entrepot: Entrepot, tables: Mapping[str, pl.DataFrame]) -> list[str]:
    """Les tables que le service déclare et dont aucun fichier n'est arrivé.

    Une table sans ligne dont le fichier est arrivé n'est pas manquante. Une livraison au format du modèle
    (aucun fichier ne répond aux motifs du service) n'est tenue à aucune table.
    """
    lus = _fichiers_lus(entrepot, tables)
    motifs: dict[str, set[str]] = {}
    for motif, correspondance in _correspondances(service):
        motifs.setdefault(correspondance["table"], set()).add(motif)
    arrives = {motif for connus in motifs.values() for motif in connus if any(fnmatch(f, motif) for f in lus)}
    if not arrives:
        return []
    return sorted(nom for nom, connus in motifs.items() if not connus & arrives and tables[nom].is_empty())


def colonnes_recues(service: Service, tables: Mapping[str, pl.DataFrame]) -> set[str]:
    """Les colonnes « table.colonne » que le service déclare fournir, ou qui portent au moins une valeur.

    Une colonne que le service ne fournit pas n'est pas « mal remplie » : elle n'est pas reçue.
    """
    recues = {
        f"{nom}.{colonne}"
        for nom, table in tables.items()
        for colonne in table.columns
        if colonne not in PROVENANCE and table[colonne].null_count() < table.height
    }
    for _, correspondance in _correspondances(service):
        fournies = {**correspondance.get("colonnes", {}), **correspondance.get("constantes", {})}
        recues |= {f"{correspondance['table']}.{colonne}" for colonne in fournies}
    return recues


def cles_contradictoires(entrepot: Entrepot) -> dict[str, int]:
    """Par table, le nombre de lignes que l'import a écartées parce que deux lignes de même clé se contredisent."""
    fichier = entrepot.fichier_rejets
    if not fichier.is_file():
        return {}
    rejets = pl.read_csv(fichier, separator=";", infer_schema=False, encoding="utf8")
    # Un rejet d'avant la colonne « regle » ne la dit que par son motif, même réuni à des rejets récents.
    codes = [pl.col("regle")] if "regle" in rejets.columns else []
    contraires = rejets.filter(pl.coalesce(*codes, regle(pl.col("motif"))) == CLE_CONTRADICTOIRE)
    return dict(contraires.group_by("table").len().sort("table").iter_rows())


def empreinte_rejets(entrepot: Entrepot) -> bytes:
    """Ce qui change quand les lignes écartées changent, même si les lignes gardées restent les mêmes."""
    fichier = entrepot.fichier_rejets
    return fichier.read_bytes() if fichier.is_file() else b""
