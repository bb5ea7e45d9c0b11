"""Réunir les lignes d'une même clé : doublons exacts, compléments, contradictions.

Deux lignes identiques n'en font qu'une. Deux lignes de même clé qui se contredisent sont refusées toutes
les deux : on ne choisit pas à la place du service. Les tables nourries par plusieurs fichiers (personne,
ménage, membre) se complètent ; une contradiction y garde la première ligne et refuse la suivante.
Une colonne qu'un fichier ne déclare pas n'y est pas vide : elle y est inconnue.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from observatoire.nettoyage.personnel import MASQUE_VALEUR

TABLES_PARTAGEES = ("personne", "menage", "membre")
MASQUE = "_masque"  # bits des colonnes que le fichier de la ligne déclare
_RANG = "_rang"
_DE_CONFLIT = ("_colonnes", "_ici", "_autre", "_contre")


@dataclass(frozen=True)
class Dedoublonnage:
    """Les lignes gardées, les lignes fondues dans une autre, et les lignes refusées.

    `refusees` a quatre colonnes de plus : `_colonnes` (celles qui se contredisent), `_ici` (ce que la ligne y
    porte), `_autre` (fichier et ligne de l'autre ligne) et `_contre` (ce que l'autre y porte).
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
    lignes: pl.DataFrame,
    cle: Sequence[str],
    colonnes: Sequence[str],
    partagee: bool = False,
    discretes: Collection[str] = (),
) -> Dedoublonnage:
    """Réunit les lignes de même clé.

    Entrées : `lignes` avec les colonnes du modèle, `_fichier`, `_ligne` et `_masque` ; `partagee` pour une
    table que plusieurs fichiers nourrissent ; `discretes`, les colonnes dont la valeur ne se montre pas. Toute
    ligne reçue est gardée, fondue ou refusée.
    """
    lignes = lignes.with_row_index(_RANG)
    doubles = _repetees(lignes, cle)
    if doubles is None:
        return _rendre(lignes, lignes.head(0), _sans_conflit(lignes.head(0)))
    multiples = lignes.filter(doubles)
    # Les répétitions exactes d'abord : elles font presque tous les doublons, et ne demandent aucun examen.
    uniques = _sans_repetition(multiples, [*colonnes, MASQUE])
    diverses = _repetees(uniques, cle)
    if diverses is None:
        premieres = _marquer(lignes.height, uniques[_RANG]) | ~doubles
        return _rendre(lignes.filter(premieres), lignes.filter(~premieres), _sans_conflit(lignes.head(0)))
    a_examiner = uniques.filter(diverses).select(cle).unique()
    examinees = multiples.join(a_examiner, on=list(cle), how="semi", nulls_equal=True, maintain_order="left")
    a_part = _marquer(lignes.height, examinees[_RANG])
    premieres = (_marquer(lignes.height, uniques[_RANG]) | ~doubles) & ~a_part
    fait = _examiner(examinees, cle, colonnes, partagee, discretes)
    return _rendre(
        pl.concat([lignes.filter(premieres), fait.gardees]),
        pl.concat([lignes.filter(~premieres & ~a_part), fait.fusionnees]),
        fait.refusees,
    )


def _repetees(lignes: pl.DataFrame, cle: Sequence[str]) -> pl.Series | None:
    """Vrai pour les lignes dont la clé se répète ; None si aucune ne se répète.

    Les empreintes des clés écartent, à peu de frais, les lignes sûrement seules. Deux clés de même empreinte par
    hasard ne font que passer à l'examen, qui compare les valeurs.
    """
    empreintes = lignes.select(cle).hash_rows()
    return None if empreintes.n_unique() == lignes.height else empreintes.is_duplicated()


def _sans_repetition(lignes: pl.DataFrame, colonnes: Sequence[str]) -> pl.DataFrame:
    """La première de chaque suite de lignes identiques, dans l'ordre.

    Une empreinte tient lieu des valeurs, dix fois plus vite comparée. Si elle confondait deux lignes, une seconde,
    de graine tirée au sort elle aussi, ne compterait pas le même nombre de lignes : les valeurs sont alors lues.
    """
    comparees = lignes.select(colonnes)
    une, autre = (comparees.hash_rows(secrets.randbits(63)) for _ in range(2))
    if une.n_unique() != autre.n_unique():
        return lignes.unique(colonnes, keep="first", maintain_order=True)
    return lignes.filter(une.is_first_distinct())


def _marquer(hauteur: int, rangs: pl.Series) -> pl.Series:
    """Vrai aux rangs donnés."""
    return pl.Series([False]).new_from_index(0, hauteur).scatter(rangs, True)


def _examiner(
    lignes: pl.DataFrame, cle: Sequence[str], colonnes: Sequence[str], partagee: bool, discretes: Collection[str]
) -> Dedoublonnage:
    """Réunit des lignes de même clé dont certaines diffèrent."""
    groupes = lignes.group_by(cle, maintain_order=True).agg(_conflits(colonnes, cle, partagee))
    conflit = groupes.filter(pl.col("_colonnes") != "").select(*cle, "_colonnes")
    contraires = lignes.join(conflit, on=list(cle), how="inner", nulls_equal=True, maintain_order="left")
    accordees = lignes.join(conflit, on=list(cle), how="anti", nulls_equal=True, maintain_order="left")
    gardees, fondues = _fondre(accordees, cle, colonnes)
    if contraires.is_empty():
        return Dedoublonnage(gardees, fondues, _sans_conflit(lignes.head(0)))
    if partagee:
        premieres, suivantes, refusees = _garder_les_premieres(contraires, cle, colonnes, discretes)
        return Dedoublonnage(pl.concat([gardees, premieres]), pl.concat([fondues, suivantes]), refusees)
    return Dedoublonnage(gardees, fondues, _nommer_l_autre(contraires, cle, colonnes, discretes))


def _rendre(gardees: pl.DataFrame, fondues: pl.DataFrame, refusees: pl.DataFrame) -> Dedoublonnage:
    """Remet les lignes dans l'ordre de lecture."""
    cadres = (c if c[_RANG].is_sorted() else c.sort(_RANG) for c in (gardees, fondues, refusees))
    return Dedoublonnage(*(cadre.drop(_RANG) for cadre in cadres))


def _sans_conflit(vides: pl.DataFrame) -> pl.DataFrame:
    return vides.with_columns(pl.lit("", pl.String).alias(c) for c in _DE_CONFLIT)


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


def _dire(colonnes: Sequence[str], discretes: Collection[str]) -> pl.Expr:
    """« genre = F, ville = (vide) » : ce qu'une ligne porte dans les colonnes de `_colonnes`."""
    en_cause = pl.col("_colonnes").str.split(", ")
    dites = []
    for nom in colonnes:
        valeur = pl.lit(MASQUE_VALEUR) if nom in discretes else pl.col(nom).cast(pl.String)
        valeur = pl.when(pl.col(nom).is_null()).then(pl.lit("(vide)")).otherwise(valeur)
        dites.append(pl.when(en_cause.list.contains(nom)).then(pl.format("{} = {}", pl.lit(nom), valeur)))
    return pl.concat_str(dites, separator=", ", ignore_nulls=True)


def _nommer_l_autre(
    lignes: pl.DataFrame, cle: Sequence[str], colonnes: Sequence[str], discretes: Collection[str]
) -> pl.DataFrame:
    """Ajoute à chaque ligne refusée le lieu et les valeurs d'une autre ligne de sa clé, qui la contredit."""
    nommees = lignes.sort(_RANG).with_columns(_ici=_dire(colonnes, discretes), _lieu=_lieu())
    # L'autre ligne : la première du groupe ; pour elle et ses répétitions, la première qui en diffère.
    premiere, deuxieme = pl.col("_ici").first().over(cle), pl.col("_ici") != pl.col("_ici").first().over(cle)
    nommees = nommees.with_columns(
        _en_tete=pl.col("_ici") == premiere,
        _lieu_1=pl.col("_lieu").first().over(cle),
        _ici_1=premiere,
        _lieu_2=pl.col("_lieu").filter(deuxieme).first().over(cle),
        _ici_2=pl.col("_ici").filter(deuxieme).first().over(cle),
    )
    # Deux lignes qui ne diffèrent que par une valeur masquée : la suivante.
    suivante = [pl.col(c).get(1, null_on_oob=True).over(cle) for c in ("_lieu", "_ici")]
    nommees = nommees.with_columns(
        _autre=pl.when("_en_tete").then(pl.coalesce("_lieu_2", suivante[0])).otherwise("_lieu_1"),
        _contre=pl.when("_en_tete").then(pl.coalesce("_ici_2", suivante[1])).otherwise("_ici_1"),
    )
    return nommees.select(*(c for c in lignes.columns if c != "_colonnes"), *_DE_CONFLIT)


def _garder_les_premieres(
    lignes: pl.DataFrame, cle: Sequence[str], colonnes: Sequence[str], discretes: Collection[str]
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Lit chaque groupe dans l'ordre : une ligne compatible complète la première, une contraire est refusée."""
    gardees: dict[tuple, dict] = {}
    suite: list[int] = []
    refus: list[tuple[int, str, str, str]] = []
    for ligne in lignes.sort(_RANG).iter_rows(named=True):
        identite = tuple(ligne[c] for c in cle)
        retenue = gardees.setdefault(identite, ligne)
        if retenue is ligne:
            continue
        contraires = [c for c in colonnes if ligne[c] is not None and retenue[c] is not None and ligne[c] != retenue[c]]
        if contraires:
            lieu = f"{retenue['_fichier']}, ligne {retenue['_ligne']}"
            dites = (f"{c} = {MASQUE_VALEUR if c in discretes else retenue[c]}" for c in contraires)
            refus.append((ligne[_RANG], ", ".join(contraires), lieu, ", ".join(dites)))
            continue
        suite.append(ligne[_RANG])
        retenue.update({c: ligne[c] for c in colonnes if retenue[c] is None})
        retenue[MASQUE] |= ligne[MASQUE]
    lignes = lignes.drop("_colonnes")
    premieres = pl.DataFrame(list(gardees.values()), schema={**lignes.schema, "_colonnes": pl.String}).drop("_colonnes")
    suivantes = lignes.filter(pl.col(_RANG).is_in(suite))
    schema = {_RANG: lignes.schema[_RANG], "_colonnes": pl.String, "_autre": pl.String, "_contre": pl.String}
    refusees = lignes.join(pl.DataFrame(refus, schema=schema, orient="row"), on=_RANG, how="inner")
    refusees = refusees.with_columns(_ici=_dire(colonnes, discretes))
    return premieres, suivantes, refusees.select(*lignes.columns, *_DE_CONFLIT)
