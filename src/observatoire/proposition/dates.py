"""Dire dans quel ordre les dates d'un fichier sont écrites, quand leurs valeurs le prouvent."""

from __future__ import annotations

import polars as pl

from observatoire import modele
from observatoire.collecte.indecis import MARQUE
from observatoire.modele import Type
from observatoire.proposition.plan import Plan

_DEUX = r"^(\d{1,2})[-/. ](\d{1,2})[-/. ](?:\d{4}|\d{2})(?:\D|$)"


def ordre_des_dates(plan: Plan) -> tuple[str, str] | None:
    """(ordre, raison) à déclarer pour un fichier : prouvé par ses valeurs, ou « ? » si rien ne le prouve.

    None si le fichier n'a pas de date ambiguë.
    """
    entetes = {
        e
        for t in plan.tables
        for c, e in t.colonnes.items()
        if isinstance(e, str) and modele.VARIABLES[c].type in (Type.DATE, Type.MOIS)
    }
    jours = mois = 0
    ambigues = False
    for profil in (plan.profils[e] for e in entetes if e in plan.profils):
        morceaux = profil.valeurs.select(
            "n",
            un=pl.col("valeur").str.extract(_DEUX, 1).cast(pl.Int64),
            deux=pl.col("valeur").str.extract(_DEUX, 2).cast(pl.Int64),
        ).drop_nulls()
        doubles = (pl.col("un") != pl.col("deux")) & (pl.max_horizontal("un", "deux") <= 12)
        ambigues |= morceaux.filter(doubles).height > 0
        jours += morceaux.filter(pl.col("un") > 12)["n"].sum()
        mois += morceaux.filter(pl.col("deux") > 12)["n"].sum()
    if not ambigues:
        return None
    if jours and not mois:
        return "jma", f"{jours} dates ont un jour au-delà de 12 en premier : jour/mois/année."
    if mois and not jours:
        return "mja", f"{mois} dates ont un jour au-delà de 12 en second : mois/jour/année."
    if not jours:
        return MARQUE, 'Rien dans les dates ne dit leur ordre : "jma" (jour/mois/année) ou "mja" (mois/jour/année).'
    return (
        "jma",
        f"{jours} dates s'écrivent jour/mois, {mois} mois/jour : ces dernières, rejetées, sont à corriger.",
    )
