"""Des listes de lignes aux tables du modèle : toutes les colonnes, les bons types, l'ordre de la clé."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import polars as pl

from observatoire import modele


class Lignes:
    """Accumule les lignes d'un service, table par table."""

    def __init__(self) -> None:
        self.par_table: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def ajouter(self, table: str, **valeurs: Any) -> dict[str, Any]:
        """Ajoute une ligne ; lève `KeyError` si une colonne n'est pas au modèle."""
        inconnues = set(valeurs) - set(modele.table(table).colonnes)
        if inconnues:
            raise KeyError(f"{table} : colonnes inconnues {sorted(inconnues)}")
        self.par_table[table].append(valeurs)
        return valeurs

    def tables(self) -> dict[str, pl.DataFrame]:
        return {nom: en_table(nom, lignes) for nom, lignes in sorted(self.par_table.items())}


def en_table(nom: str, lignes: list[dict[str, Any]]) -> pl.DataFrame:
    """La table `nom` triée par sa clé ; lève `ValueError` si une clé est en double."""
    table = modele.table(nom)
    colonnes = {c: [ligne.get(c) for ligne in lignes] for c in table.colonnes}
    cadre = pl.DataFrame(colonnes, schema=table.schema).sort(*table.cle, nulls_last=False)
    if cadre.select(table.cle).is_duplicated().any():
        raise ValueError(f"{nom} : clé en double.")
    return cadre


def euros(centimes: int | None) -> Decimal | None:
    """Un montant exact au centime."""
    return None if centimes is None else Decimal(centimes) / 100
