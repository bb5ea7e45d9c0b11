"""Nettoyer les identifiants et les textes libres, sans jamais les convertir en nombres."""

from __future__ import annotations

import polars as pl

from observatoire.nettoyage import absences
from observatoire.nettoyage.resultat import Nettoyee
from observatoire.nettoyage.texte import compact, propre


def _vider_les_marques(propres: pl.Series) -> Nettoyee:
    """Vide les marques d'absence. Une marque n'a pas de chiffre : les autres valeurs ne sont pas examinées."""
    sans_chiffre = propres.filter(~propres.str.contains(r"\d").fill_null(True)).unique()
    cadre = pl.DataFrame({"v": sans_chiffre}, schema={"v": pl.String})
    marques = cadre.filter(absences.marque(pl.col("v")).is_not_null())["v"]
    if marques.is_empty():
        return Nettoyee(propres)
    absentes = propres.is_in(marques.implode()).fill_null(False)
    cadre = pl.DataFrame({"v": propres, "absente": absentes}).select(
        valeur=pl.when(~pl.col("absente")).then(pl.col("v")),
        nature=pl.when(pl.col("absente")).then(pl.lit(absences.NATURE)),
    )
    return Nettoyee(cadre["valeur"], None, cadre["nature"])


def nettoyer_textes(serie: pl.Series) -> Nettoyee:
    """Textes sans espaces superflus ; une marque d'absence devient vide."""
    propres = pl.DataFrame({"v": serie}).select(propre(pl.col("v")))["v"]
    return _vider_les_marques(propres)


def nettoyer_identifiants(serie: pl.Series) -> Nettoyee:
    """Identifiants en texte (zéros de tête gardés) ; une marque d'absence devient vide."""
    texte = compact(pl.col("v"))
    propres = pl.DataFrame({"v": serie}).select(pl.when(texte != "").then(texte).alias("v"))["v"]
    return _vider_les_marques(propres)
