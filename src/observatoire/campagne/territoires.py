"""Un tableau par territoire : les territoires du service côte à côte, puis l'ensemble recalculé sur les sommes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from observatoire.campagne.donnees_types import Definition
from observatoire.erreurs import ErreurDefinition

ENSEMBLE = "Ensemble"
INDICATEUR = "indicateur"  # ventilation d'un tableau dont les lignes sont des indicateurs


def cote_a_cote(
    table: pl.DataFrame, definitions: Sequence[Definition], territoires: Sequence[str], ou: str
) -> tuple[pl.DataFrame, tuple[Definition, ...]]:
    """Remet une table protégée en colonnes de territoires ; rend les cellules et une colonne par territoire.

    Avec une ventilation, les lignes restent ses modalités ; sans ventilation, ce sont les indicateurs. L'ensemble
    vient en dernier : il est calculé sur toutes les lignes, jamais sur les taux des territoires. Lève
    `ErreurDefinition`, qui nomme `ou`, sans territoire déclaré ou si plusieurs indicateurs sont ventilés.
    """
    if not territoires:
        raise ErreurDefinition(f"{ou} : le service ne déclare aucun territoire.", 'Écrivez territoires = ["…", "…"].')
    ventilee = table["ventilation_1"].is_not_null().any()
    noms = {d.nom: d for d in definitions}
    if ventilee and len(noms) > 1:
        raise ErreurDefinition(
            f"{ou} : un tableau ventilé par territoire n'imprime qu'un indicateur.",
            "Faites un bloc par indicateur, ou retirez la ventilation.",
        )
    table = pl.concat([table, _totaux_absents(table, territoires)])
    colonne = pl.format("{}", pl.col("territoire").fill_null(ENSEMBLE)).alias("indicateur")
    if not ventilee:
        libelles = {d.nom: d.libelle for d in noms.values()}
        table = table.with_columns(
            pl.lit(INDICATEUR).alias("ventilation_1"),
            pl.col("indicateur").alias("modalite_1"),
            pl.col("indicateur").replace_strict(libelles).alias("libelle_1"),
            pl.col("indicateur").replace_strict({nom: rang for rang, nom in enumerate(noms)}).alias("ordre_1"),
        )
    cellules = table.with_columns(colonne, pl.lit(None, pl.String).alias("territoire"))
    modele = next(iter(noms.values()))
    if not ventilee:
        modele = replace(modele, unite="", forme="effectif", denominateur="sans objet", numerateur="")
    return cellules, tuple(replace(modele, nom=nom, libelle=nom) for nom in (*territoires, ENSEMBLE))


def _totaux_absents(table: pl.DataFrame, territoires: Sequence[str]) -> pl.DataFrame:
    """Les totaux de territoire que le calcul n'écrit pas : non reçus ou retenus comme l'ensemble, sinon sans objet."""
    totaux = table.filter(pl.col("ventilation_1").is_null())
    ensemble = totaux.filter(pl.col("territoire").is_null())
    attendus = pl.concat([ensemble.with_columns(pl.lit(t).alias("territoire")) for t in territoires])
    comme_lui = pl.col("etat").is_in(["non_recu", "retenu"])
    return attendus.join(
        totaux, on=["indicateur", "territoire", "annee", "version_definition"], how="anti", nulls_equal=True
    ).with_columns(
        *(pl.lit(None, table.schema[c]).alias(c) for c in ("valeur", "numerateur", "denominateur", "base")),
        pl.lit(None, table.schema["non_renseignes"]).alias("non_renseignes"),
        pl.when(comme_lui).then("etat").otherwise(pl.lit("sans_objet")).alias("etat"),
    )
