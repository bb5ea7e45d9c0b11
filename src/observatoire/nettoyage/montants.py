"""Lire les montants en euros : `1 352,83 €`, `1.352,83`, `-45`, `(12,50)`.

Un montant vide ou marqué absent reste vide : il n'est jamais 0. Une écriture qui peut se lire de deux
façons (`1.352` : mille trois cent cinquante-deux, ou un et quelques ?) est refusée, jamais devinée.
"""

from __future__ import annotations

import polars as pl

from observatoire.nettoyage import absences
from observatoire.nettoyage.resultat import verdict
from observatoire.nettoyage.texte import compact

_MONNAIE = r"(?i)€|\beuros?\b|\beur\b"
_VIRGULE = r"^\d+,\d+$"  # 1352,83
_POINT = r"^\d+\.\d+$"  # 1352.83
_ENTIER = r"^\d+$"
_MILLE_POINT = r"^\d{1,3}(?:\.\d{3})+,\d+$|^\d{1,3}(?:\.\d{3}){2,}$"  # 1.352,83 ou 1.352.000
_MILLE_VIRGULE = r"^\d{1,3}(?:,\d{3})+\.\d+$|^\d{1,3}(?:,\d{3}){2,}$"  # 1,352.83
_AMBIGU = r"^[1-9]\d{0,2}[.,]\d{3}$"
_SIMPLE = r"^\d{1,11}(?:[.,]\d{1,2})?$"
_ESPACES_MILLE = r"^\d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?$"

MOTIF_ILLISIBLE = "montant illisible"
MOTIF_AMBIGU = "montant ambigu : milliers ou décimales ?"


def _etapes() -> list[dict[str, pl.Expr]]:
    """Étapes qui donnent `_signe` (1 ou -1) et `_nombre` (texte à point décimal, ou null)."""
    texte = compact(pl.col("brut").str.replace_all(_MONNAIE, " ").str.replace_all("[\u2212\u2013]", "-"))
    texte = texte.str.replace_all("\u2019", "'")
    negatif = pl.col("_t").str.contains(r"^-|-$|^\(.*\)$")
    corps = pl.col("_t").str.replace(r"^\((.*)\)$", "$1").str.replace(r"^[-+] ?", "").str.replace(r" ?-$", "")
    groupe = pl.col("_corps").str.contains(_ESPACES_MILLE)
    return [
        {"_t": texte, "_marque": absences.marque(pl.col("brut"))},
        {"_negatif": negatif, "_corps": corps.str.strip_chars(" ")},
        {"_serre": pl.when(groupe).then(pl.col("_corps").str.replace_all("[ ']", "")).otherwise(pl.col("_corps"))},
        {"_groupe": groupe},
    ]


def _nombre(decoupe: pl.Expr) -> pl.Expr:
    serre = pl.col("_serre")
    virgule_en_point = serre.str.replace(",", ".", literal=True)
    return (
        pl.when(serre.str.contains(_MILLE_POINT))
        .then(serre.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True))
        .when(serre.str.contains(_MILLE_VIRGULE))
        .then(serre.str.replace_all(",", "", literal=True))
        .when(decoupe)
        .then(None)
        .when(serre.str.contains(_VIRGULE) | serre.str.contains(_POINT) | serre.str.contains(_ENTIER))
        .then(virgule_en_point)
    )


def _lire_simples(bruts: pl.Series) -> pl.Series:
    """Les écritures qui n'appellent aucun soin (`1352`, `1352,83`), ou null : l'essentiel d'un export."""
    simple = pl.col("brut").str.contains(_SIMPLE)
    point = pl.when(simple).then(pl.col("brut").str.replace(",", ".", literal=True))
    return pl.DataFrame({"brut": bruts}).select(point.cast(pl.Decimal(14, 2), strict=False).alias("v"))["v"]


def nettoyer_montants(bruts: pl.Series) -> pl.DataFrame:
    """Lit des montants ; rend `brut, valeur (euros, décimal exact à deux chiffres), motif, nature`.

    Plus de deux décimales (calcul de tableur) : arrondi au centime, signalé.
    """
    simples = _lire_simples(bruts)
    reste = (simples.is_null() & bruts.is_not_null()).arg_true()
    motifs, natures = (pl.Series([None], dtype=pl.String).new_from_index(0, bruts.len()) for _ in range(2))
    if reste.len():
        lues = _lire_difficiles(bruts.gather(reste))
        simples = simples.scatter(reste, lues["valeur"])
        motifs, natures = motifs.scatter(reste, lues["motif"]), natures.scatter(reste, lues["nature"])
    return pl.DataFrame({"brut": bruts, "valeur": simples, "motif": motifs, "nature": natures})


def _lire_difficiles(bruts: pl.Series) -> pl.DataFrame:
    """Lit les montants à espaces, monnaie, milliers, signe, marques d'absence."""
    ambigu = pl.col("_serre").str.contains(_AMBIGU) & ~pl.col("_groupe")
    signe = pl.when(pl.col("_negatif")).then(pl.lit("-")).otherwise(pl.lit(""))
    valeur = (signe + pl.col("_nombre")).str.to_decimal(scale=2).cast(pl.Decimal(14, 2), strict=False)
    blanc = pl.col("brut").is_null() | (pl.col("brut").str.strip_chars() == "")
    absent = pl.col("_marque").is_not_null()
    arrondi = pl.col("_nombre").str.contains(r"\.\d{2}\d*[1-9]\d*$") & ~pl.col("_nombre").str.contains(r"\.\d{2}$")
    return verdict(
        bruts,
        etapes=[*_etapes(), {"_nombre": _nombre(ambigu)}, {"_valeur": valeur}],
        valeur=pl.col("_valeur"),
        motif=pl.when(blanc | absent | pl.col("_valeur").is_not_null())
        .then(None)
        .when(ambigu)
        .then(pl.lit(MOTIF_AMBIGU))
        .otherwise(pl.lit(MOTIF_ILLISIBLE)),
        nature=pl.when(absent).then(pl.lit(absences.NATURE)).when(arrondi).then(pl.lit("arrondi au centime")),
    )
