"""Comparer des textes saisis à la main : casse, accents, ponctuation et espaces ne comptent pas."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import polars as pl

_LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss"}
_HORS_MOTS = re.compile(r"[\W_]+")
_ESPACES = r"[\s\x{a0}\x{2007}\x{202f}\x{200b}\x{feff}]+"


def normaliser(texte: object) -> str:
    """Clé de comparaison d'un texte : minuscules, sans accent, ponctuation réduite à un espace.

    `normaliser("  N° de l'Été ")` donne `"n de l ete"`. Un texte sans lettre ni chiffre donne `""`.
    """
    return _normaliser(str(texte))


@lru_cache(maxsize=16_384)
def _normaliser(texte: str) -> str:
    if not texte.isascii():
        texte = unicodedata.normalize("NFKD", texte).lower()
        for ligature, lettres in _LIGATURES.items():
            texte = texte.replace(ligature, lettres)
        texte = "".join(c for c in texte if not unicodedata.category(c).startswith("M"))
    return _HORS_MOTS.sub(" ", texte.lower()).strip()


def cle(expression: pl.Expr) -> pl.Expr:
    """La même clé que `normaliser`, en expression polars."""
    minuscules = expression.str.normalize("NFKD").str.to_lowercase()
    return (
        minuscules.str.replace_many(list(_LIGATURES), list(_LIGATURES.values()))
        .str.replace_all(r"\p{M}", "")
        .str.replace_all(r"[^\p{L}\p{N}]+", " ")
        .str.strip_chars(" ")
    )


def propre(expression: pl.Expr) -> pl.Expr:
    """Texte sans espaces autour ni espaces doubles ou insécables ; vide devient null, les retours restent."""
    texte = expression.str.replace_all(r"[\t\x{a0}\x{2007}\x{202f}\x{200b}\x{feff} ]+", " ").str.strip_chars()
    return pl.when(texte != "").then(texte)


def compact(expression: pl.Expr) -> pl.Expr:
    """Texte sur une ligne : toute suite d'espaces, insécables et retours compris, devient un espace."""
    return expression.str.replace_all(_ESPACES, " ").str.strip_chars(" ")
