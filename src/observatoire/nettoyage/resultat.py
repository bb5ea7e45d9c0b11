"""Ce que rend tout nettoyage : la valeur propre, ou le motif du refus, et la correction faite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

# Un nettoyeur reçoit les écritures distinctes d'une colonne (sans null) et rend une table
# `brut, valeur, motif, nature` : motif null = lisible ; nature null = rien à signaler.
Nettoyeur = Callable[[pl.Series], pl.DataFrame]


@dataclass(frozen=True)
class Nettoyee:
    """Une colonne propre, ligne à ligne.

    `motifs` (texte) et `natures` (texte) valent None quand aucune ligne n'est refusée ou corrigée.
    """

    valeurs: pl.Series
    motifs: pl.Series | None = None
    natures: pl.Series | None = None

    def filtrer(self, garde: pl.Series) -> Nettoyee:
        """La même colonne, pour les lignes où `garde` est vrai."""
        return Nettoyee(
            self.valeurs.filter(garde),
            None if self.motifs is None else self.motifs.filter(garde),
            None if self.natures is None else self.natures.filter(garde),
        )


def verdict(
    bruts: pl.Series,
    *,
    valeur: pl.Expr,
    motif: pl.Expr | None = None,
    nature: pl.Expr | None = None,
    etapes: list[dict[str, pl.Expr]] | None = None,
) -> pl.DataFrame:
    """Assemble la table rendue par un nettoyeur ; `etapes` nomme des calculs intermédiaires."""
    cadre = pl.DataFrame({"brut": bruts.cast(pl.String)})
    for etape in etapes or []:
        cadre = cadre.with_columns(**etape)
    rien = pl.lit(None, dtype=pl.String)
    return cadre.select(
        "brut",
        valeur=valeur,
        motif=rien if motif is None else motif,
        nature=rien if nature is None else nature,
    )


def appliquer(serie: pl.Series, nettoyeur: Nettoyeur) -> Nettoyee:
    """Nettoie une colonne en ne traitant chaque écriture distincte qu'une fois."""
    table = nettoyeur(serie.drop_nulls().unique())
    lignes = pl.DataFrame({"brut": serie}).join(table, on="brut", how="left", maintain_order="left")
    return Nettoyee(
        lignes["valeur"],
        None if table["motif"].null_count() == table.height else lignes["motif"],
        None if table["nature"].null_count() == table.height else lignes["nature"],
    )
