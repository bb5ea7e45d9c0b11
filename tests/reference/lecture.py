"""Lire les chiffres imprimés recopiés, et les cellules que calcule la maison pour les retrouver."""

from __future__ import annotations

import csv
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl

from observatoire.indicateurs import calculer

ICI = Path(__file__).parent
STATUTS = ("reproduit", "anomalie", "microdonnee", "texte")


def lire_csv(chemin: str) -> list[dict[str, str]]:
    """Les lignes d'un CSV de ce dossier."""
    with (ICI / chemin).open(encoding="utf-8", newline="") as fichier:
        return list(csv.DictReader(fichier))


# Les lignes imprimées, par fichier de `imprimes/`.
IMPRIMES = {f.stem: lire_csv(f"imprimes/{f.name}") for f in sorted((ICI / "imprimes").glob("*.csv"))}
ANOMALIES = lire_csv("anomalies.csv")


# --- Lecture d'une cellule calculée ---------------------------------------------------------------

_CALCULS: dict[tuple, pl.DataFrame] = {}


def table_calculee(espace, service: str, annee: int, indicateur: str, ventilations: tuple[str, ...]) -> pl.DataFrame:
    """La table ordonnée d'un indicateur, calculée une fois par session de tests."""
    cle = (str(espace.racine), service, annee, indicateur, ventilations)
    if cle not in _CALCULS:
        _CALCULS[cle] = calculer(espace, service, annee, indicateurs=[indicateur], ventilations=ventilations)
    return _CALCULS[cle]


def cellules(
    espace, service: str, annee: int, indicateur: str, *axes: str, version: str = "", territoire: str = ""
) -> pl.DataFrame:
    """Les lignes de l'indicateur croisées par `axes` = colonne, modalités[, colonne, modalités].

    `territoire` vide : l'ensemble du service.
    """
    demandes = {c: m for c, m in zip(axes[::2], axes[1::2], strict=True) if c}
    table = table_calculee(espace, service, annee, indicateur, tuple(demandes))
    du_territoire = pl.col("territoire") == territoire if territoire else pl.col("territoire").is_null()
    table = table.filter((pl.col("indicateur") == indicateur) & du_territoire)
    if version:
        table = table.filter(pl.col("version_definition") == version)
    assert not table.is_empty(), f"{indicateur} n'a rendu aucune ligne pour {service} {annee} {version}"
    v1, v2 = pl.col("ventilation_1"), pl.col("ventilation_2")
    if not demandes:
        return table.filter(v1.is_null() & v2.is_null())
    if len(demandes) == 1:
        ((colonne, modalites),) = demandes.items()
        return table.filter((v1 == colonne) & v2.is_null() & _parmi("modalite_1", modalites))
    (c1, m1), (c2, m2) = demandes.items()
    droit = (v1 == c1) & (v2 == c2) & _parmi("modalite_1", m1) & _parmi("modalite_2", m2)
    envers = (v1 == c2) & (v2 == c1) & _parmi("modalite_1", m2) & _parmi("modalite_2", m1)
    return table.filter(droit | envers)


def _parmi(colonne: str, modalites: str) -> pl.Expr:
    return pl.col(colonne).is_not_null() if modalites == "*" else pl.col(colonne).is_in(modalites.split("|"))


def valeur(
    espace,
    service: str,
    annee: int,
    indicateur: str,
    *axes: str,
    champ: str = "valeur",
    version: str = "",
    territoire: str = "",
) -> float:
    """Une cellule, ou la somme de plusieurs ; une modalité sans effectif n'est pas écrite et vaut 0."""
    lues = cellules(espace, service, annee, indicateur, *axes, version=version, territoire=territoire)
    assert lues[champ].null_count() == 0, f"{indicateur} {axes} : {champ} vide"
    if not any(axes):
        assert lues.height == 1, f"{indicateur} : {lues.height} lignes de total"
    return float(lues[champ].sum())


def arrondi(nombre: float | str, decimales: int) -> Decimal:
    """Arrondi de l'imprimé : au plus proche, la moitié vers le haut (14,5 s'imprime 15)."""
    exact = Decimal(nombre) if isinstance(nombre, str) else Decimal(repr(round(nombre, 9)))
    return exact.quantize(Decimal(1).scaleb(-decimales), ROUND_HALF_UP)
