"""Réunir les lignes d'une même clé : doublons exacts, compléments, contradictions.

Deux lignes identiques n'en font qu'une. Deux lignes de même clé qui se contredisent sont refusées toutes
les deux : on ne choisit pas à la place du service. Les tables nourries par plusieurs fichiers (personne,
ménage, membre) se complètent ; une contradiction y garde la première ligne et refuse la suivante.
Une colonne qu'un fichier ne déclare pas n'y est pas vide : elle y est inconnue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

TABLES_PARTAGEES = ("personne", "menage", "membre")
MASQUE = "_masque"  # bits des colonnes que le fichier de la ligne déclare
_RANG, _GROUPE = "_rang", "_groupe"


@dataclass(frozen=True)
class Dedoublonnage:
    """Les lignes gardées, les lignes fondues dans une autre, et les lignes refusées.

    `refusees` a deux colonnes de plus : `_colonnes` (celles qui se contredisent) et `_autre` (fichier et
    ligne de l'autre ligne).
    """

    gardees: pl.DataFrame
    fusionnees: pl.DataFrame
    refusees: pl.DataFrame


def bit(colonnes: Sequence[str], nom: str) -> int:
    """Bit de la colonne `nom` dans le masque des colonnes déclarées."""
    return 1 << list(colonnes).index(nom)


def masque(colonnes: Sequence[str], declarees: Sequence[str]) -> int:
    """Masque des colonnes `declarees` parmi `colonnes`."""
    return sum(bit(colonnes, c) for c in set(declarees))


def dedoublonner(
    lignes: pl.DataFrame, cle: Sequence[str], colonnes: Sequence[str], partagee: bool = False
) -> Dedoublonnage:
    """Réunit les lignes de même clé.

    Entrées : `lignes` avec les colonnes du modèle, `_fichier`, `_ligne` et `_masque` ; `partagee` pour une
    table que plusieurs fichiers nourrissent. Toute ligne reçue est gardée, fondue ou refusée.
    """
    lignes = lignes.with_row_index(_RANG)
    doubles = lignes.select(pl.struct(cle).is_duplicated()).to_series()
    if not doubles.any():
        return _rendre(lignes, lignes.head(0), _sans_conflit(lignes.head(0)))
    seules, multiples = lignes.filter(~doubles), lignes.filter(doubles)
    groupes = multiples.group_by(cle, maintain_order=True).agg(_conflits(colonnes, cle, partagee))
    conflit = groupes.filter(pl.col("_colonnes") != "").select(*cle, "_colonnes")
    contraires = multiples.join(conflit, on=list(cle), how="inner", nulls_equal=True, maintain_order="left")
    accordees = multiples.join(conflit, on=list(cle), how="anti", nulls_equal=True, maintain_order="left")
    gardees, fondues = _fondre(accordees, cle, colonnes)
    if contraires.is_empty():
        return _rendre(pl.concat([seules, gardees]), fondues, _sans_conflit(lignes.head(0)))
    if partagee:
        premieres, suivantes, refusees = _garder_les_premieres(contraires, cle, colonnes)
        return _rendre(pl.concat([seules, gardees, premieres]), pl.concat([fondues, suivantes]), refusees)
    return _rendre(pl.concat([seules, gardees]), fondues, _nommer_l_autre(contraires, cle))


def _rendre(gardees: pl.DataFrame, fondues: pl.DataFrame, refusees: pl.DataFrame) -> Dedoublonnage:
    return Dedoublonnage(*(cadre.sort(_RANG).drop(_RANG) for cadre in (gardees, fondues, refusees)))


def _sans_conflit(vides: pl.DataFrame) -> pl.DataFrame:
    return vides.with_columns(_colonnes=pl.lit("", pl.String), _autre=pl.lit("", pl.String))


def _declare(colonnes: Sequence[str], nom: str) -> pl.Expr:
    return (pl.col(MASQUE) & bit(colonnes, nom)) != 0


def _conflits(colonnes: Sequence[str], cle: Sequence[str], partagee: bool) -> pl.Expr:
    """Noms des colonnes qui se contredisent dans un groupe, séparés par une virgule (vide = aucune)."""
    noms = []
    for nom in colonnes:
        if nom in cle:
            continue
        connues = pl.col(nom).filter(pl.col(nom).is_not_null() if partagee else _declare(colonnes, nom))
        noms.append(pl.when(connues.n_unique() > 1).then(pl.lit(nom)))
    if not noms:
        return pl.lit("").alias("_colonnes")
    return pl.concat_str(noms, separator=", ", ignore_nulls=True).alias("_colonnes")


def _fondre(lignes: pl.DataFrame, cle: Sequence[str], colonnes: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Une ligne par clé, chaque colonne prenant sa première valeur connue ; et les lignes fondues dedans."""
    if lignes.is_empty():
        return lignes, lignes
    valeurs = [pl.col(c).drop_nulls().first() for c in colonnes if c not in cle]
    premieres = [pl.col(c).first() for c in (_RANG, "_fichier", "_ligne")]
    autres = [c for c in lignes.columns if c not in {*colonnes, _RANG, "_fichier", "_ligne", MASQUE}]
    reunies = lignes.group_by(cle, maintain_order=True).agg(
        *valeurs, *premieres, *(pl.col(c).first() for c in autres), pl.col(MASQUE).bitwise_or()
    )
    fondues = lignes.join(reunies.select(_RANG), on=_RANG, how="anti", maintain_order="left")
    return reunies.select(lignes.columns), fondues


def _lieu() -> pl.Expr:
    return pl.format("{}, ligne {}", "_fichier", "_ligne")


def _nommer_l_autre(lignes: pl.DataFrame, cle: Sequence[str]) -> pl.DataFrame:
    """Ajoute à chaque ligne refusée le lieu d'une autre ligne de sa clé (la suivante pour la première)."""
    nommees = lignes.sort(_RANG).with_columns(
        _premiere=_lieu().first().over(cle),
        _deuxieme=_lieu().get(1).over(cle),
        _en_tete=pl.col(_RANG) == pl.col(_RANG).min().over(cle),
    )
    autre = pl.when("_en_tete").then("_deuxieme").otherwise("_premiere")
    return nommees.with_columns(_autre=autre).drop("_premiere", "_deuxieme", "_en_tete")


def _garder_les_premieres(
    lignes: pl.DataFrame, cle: Sequence[str], colonnes: Sequence[str]
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Lit chaque groupe dans l'ordre : une ligne compatible complète la première, une contraire est refusée."""
    gardees: dict[tuple, dict] = {}
    suite: list[int] = []
    refus: list[tuple[int, str, str]] = []
    for ligne in lignes.sort(_RANG).iter_rows(named=True):
        identite = tuple(ligne[c] for c in cle)
        retenue = gardees.setdefault(identite, ligne)
        if retenue is ligne:
            continue
        contraires = [c for c in colonnes if ligne[c] is not None and retenue[c] is not None and ligne[c] != retenue[c]]
        if contraires:
            lieu = f"{retenue['_fichier']}, ligne {retenue['_ligne']}"
            refus.append((ligne[_RANG], ", ".join(contraires), lieu))
            continue
        suite.append(ligne[_RANG])
        retenue.update({c: ligne[c] for c in colonnes if retenue[c] is None})
        retenue[MASQUE] |= ligne[MASQUE]
    lignes = lignes.drop("_colonnes")
    premieres = pl.DataFrame(list(gardees.values()), schema={**lignes.schema, "_colonnes": pl.String}).drop("_colonnes")
    suivantes = lignes.filter(pl.col(_RANG).is_in(suite))
    schema = {_RANG: lignes.schema[_RANG], "_colonnes": pl.String, "_autre": pl.String}
    refusees = lignes.join(pl.DataFrame(refus, schema=schema, orient="row"), on=_RANG, how="inner")
    return premieres, suivantes, refusees
