"""Ce que rend tout nettoyage : la valeur propre, ou le motif du refus, et la correction faite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

# Un nettoyeur reçoit des écritures et rend une table `brut, valeur, motif, nature`, ligne pour ligne : motif
# null = lisible ; nature null = rien à signaler. Une colonne `proposition` (texte) est facultative.
Nettoyeur = Callable[[pl.Series], pl.DataFrame]

_ECHANTILLON = 20_000


@dataclass(frozen=True)
class Nettoyee:
    """Une colonne propre, ligne à ligne.

    `motifs`, `natures` et `propositions` (ce que l'on propose pour réparer) sont des textes ; ils valent None
    quand aucune ligne n'est refusée, corrigée ou accompagnée d'une proposition.
    """

    valeurs: pl.Series
    motifs: pl.Series | None = None
    natures: pl.Series | None = None
    propositions: pl.Series | None = None

    def filtrer(self, garde: pl.Series) -> Nettoyee:
        """La même colonne, pour les lignes où `garde` est vrai."""
        return Nettoyee(
            self.valeurs.filter(garde),
            *(None if s is None else s.filter(garde) for s in (self.motifs, self.natures, self.propositions)),
        )

    def avec_valeurs(self, valeurs: pl.Series) -> Nettoyee:
        """Les mêmes motifs et corrections, pour d'autres valeurs."""
        return Nettoyee(valeurs, self.motifs, self.natures, self.propositions)


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


def appliquer(serie: pl.Series, nettoyeur: Nettoyeur, *, directe: int = 0) -> Nettoyee:
    """Nettoie une colonne en ne traitant chaque écriture distincte qu'une fois.

    `directe` : le nettoyeur accepte les null et les répétitions, et une colonne où une écriture sert en moyenne à
    moins de lignes que cela lui est donnée telle quelle ; 0 pour un nettoyeur qui ne les accepte pas.
    """
    if directe and _se_repete_peu(serie, directe):
        return appliquer_a_tout(serie, nettoyeur)
    table = nettoyeur(serie.drop_nulls().unique())
    if table.is_empty():
        return Nettoyee(pl.Series([None], dtype=table.schema["valeur"]).new_from_index(0, serie.len()))
    # Un rang par ligne, puis une simple recopie : moins cher que de joindre toute la table.
    rangs = pl.int_range(table.height, dtype=pl.UInt32, eager=True)
    rang = serie.replace_strict(table["brut"], rangs, default=None, return_dtype=pl.UInt32)
    return _colonne(table, lambda nom: table[nom].gather(rang))


def _se_repete_peu(serie: pl.Series, lignes_par_ecriture: int) -> bool:
    """Vrai si, sur un échantillon régulier, une écriture sert à moins de lignes que cela.

    Ne décide que du chemin, pas du résultat : une petite colonne compte entière.
    """
    echantillon = serie.gather_every(max(1, serie.len() // _ECHANTILLON))
    return echantillon.n_unique() * lignes_par_ecriture > echantillon.len()


def appliquer_a_tout(serie: pl.Series, nettoyeur: Nettoyeur) -> Nettoyee:
    """Nettoie une colonne d'un coup, vides et répétitions compris : pour celles où presque rien ne se répète."""
    table = nettoyeur(serie)
    return _colonne(table, lambda nom: table[nom])


def _colonne(table: pl.DataFrame, ligne_a_ligne: Callable[[str], pl.Series]) -> Nettoyee:
    """La colonne ligne à ligne ; ce dont la table n'a aucune valeur n'y est pas."""
    utiles = [
        ligne_a_ligne(nom) if nom in table.columns and table[nom].null_count() < table.height else None
        for nom in ("motif", "nature", "proposition")
    ]
    return Nettoyee(ligne_a_ligne("valeur"), *utiles)
