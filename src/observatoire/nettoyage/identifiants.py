"""Nettoyer les identifiants et les textes libres, sans jamais les convertir en nombres."""

from __future__ import annotations

import polars as pl

from observatoire.nettoyage import absences
from observatoire.nettoyage.texte import compact, propre

# Ni espace, ni caractère hors de l'ASCII : aucun nettoyage n'y changerait rien.
_A_REPRENDRE = r"[^!-~]"


def _nettoyer(bruts: pl.Series, nettoyage: pl.Expr) -> pl.DataFrame:
    """Table `brut, valeur, motif, nature` : texte repris s'il le faut, vidé si c'est une marque d'absence."""
    valeurs = bruts
    if bruts.str.contains(_A_REPRENDRE).any() or (bruts == "").any():
        valeurs = pl.DataFrame({"v": bruts}).select(nettoyage.alias("v"))["v"]
    absentes = _marques(valeurs)
    table = pl.DataFrame({"brut": bruts, "valeur": valeurs}).with_columns(
        motif=pl.lit(None, pl.String), nature=pl.lit(None, pl.String)
    )
    if absentes.is_empty():
        return table
    absente = pl.col("valeur").is_in(absentes.implode())
    return table.with_columns(
        valeur=pl.when(~absente).then("valeur"), nature=pl.when(absente).then(pl.lit(absences.NATURE))
    )


def _marques(propres: pl.Series) -> pl.Series:
    """Les marques d'absence présentes. Une marque n'a pas de chiffre : les autres valeurs ne sont pas examinées.

    « % », « ‰ » et « € » sont des unités, pas des marques.
    """
    sans_chiffre = propres.filter(~propres.str.contains(r"\d|^[%‰€]$").fill_null(True)).unique()
    cadre = pl.DataFrame({"v": sans_chiffre}, schema={"v": pl.String})
    return cadre.filter(absences.marque(pl.col("v")).is_not_null())["v"]


def nettoyer_textes(bruts: pl.Series) -> pl.DataFrame:
    """Textes sans espaces superflus ; une marque d'absence devient vide. Rend `brut, valeur, motif, nature`."""
    return _nettoyer(bruts, propre(pl.col("v")))


def nettoyer_identifiants(bruts: pl.Series) -> pl.DataFrame:
    """Identifiants en texte (zéros de tête gardés) ; une marque d'absence devient vide."""
    texte = compact(pl.col("v"))
    return _nettoyer(bruts, pl.when(texte != "").then(texte))
