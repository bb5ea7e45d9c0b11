"""Petits outils de comptage, et la liste où chaque chiffre est rangé avec sa provenance."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Any

import polars as pl

IMPRIME, RECALCULE, INVENTE = "imprimé", "recalculé", "inventé"
Ligne = tuple[int, str, Any, Any, str, str, str]


class Releve:
    """Les chiffres d'un service : attendu (vide s'il est inventé), compté, source, anomalie, remarque."""

    def __init__(self) -> None:
        self.lignes: list[Ligne] = []

    def imprime(self, annee: int, nom: str, attendu: Any, compte: Any, remarque: str = "") -> None:
        self.lignes.append((annee, nom, attendu, compte, IMPRIME, "", remarque))

    def recalcule(self, annee: int, nom: str, attendu: Any, compte: Any, anomalie: str, remarque: str = "") -> None:
        self.lignes.append((annee, nom, attendu, compte, RECALCULE, anomalie, remarque))

    def invente(self, annee: int, nom: str, compte: Any, remarque: str = "") -> None:
        self.lignes.append((annee, nom, None, compte, INVENTE, "", remarque))

    def repartition(
        self, annee: int, nom: str, table: pl.DataFrame, colonne: str, remarque: str = "", sauf: tuple[str, ...] = ()
    ) -> None:
        """Une répartition inventée : un chiffre par modalité, `sauf` celles qui sont imprimées ailleurs."""
        nombres = table.group_by(colonne).len().sort(colonne, nulls_last=True)
        for modalite, nombre in nombres.iter_rows():
            if modalite not in sauf:
                self.invente(annee, f"{nom} : {modalite if modalite is not None else 'vide'}", nombre, remarque)


def de_l_annee(table: pl.DataFrame, colonne: str, annee: int) -> pl.DataFrame:
    """Les lignes dont la date tombe dans l'année civile."""
    return table.filter(pl.col(colonne).dt.year() == annee)


def presents_le(mesures: pl.DataFrame, jour: date) -> pl.DataFrame:
    """Épisodes [début, fin[ qui contiennent le jour."""
    return mesures.filter((pl.col("date_debut") <= jour) & (pl.col("date_fin").is_null() | (pl.col("date_fin") > jour)))


def fins_de_mois(annee: int) -> list[date]:
    return [date(annee, m, monthrange(annee, m)[1]) for m in range(1, 13)]


def comptes(actes: pl.DataFrame) -> pl.DataFrame:
    """Les actes qui comptent : ni absents ni annulés."""
    return actes.filter(~pl.col("presence").is_in(["absent", "annule"]).fill_null(False))


def ages(photos: pl.DataFrame) -> list[int]:
    """Années pleines au jour de chaque photo (colonnes `naissance` et `date`)."""
    return [
        (jour.year * 12 + jour.month - int(mois[:4]) * 12 - int(mois[5:])) // 12
        for mois, jour in photos.select("naissance", "date").iter_rows()
    ]
