"""Les empreintes du contenu : la même pour les mêmes valeurs, d'un passage, d'une machine à l'autre.

SHA-256 des octets de chaque colonne, lignes triées par clé : longueurs et textes, entiers et réels en petit
boutiste, montants en centimes. Rien n'y dépend de la version de polars ni du codage Parquet, à la différence de
`hash_rows` ou d'un hachage du fichier. Les colonnes entièrement vides n'y comptent pas : une colonne
facultative ajoutée au modèle ne fait pas croire que les données ont changé.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import numpy as np
import polars as pl

from observatoire import modele
from observatoire.tri import trier_par


def ordre(nom: str) -> list[str]:
    """Toutes les colonnes d'une table, clé d'abord : un tri qui ne laisse aucune égalité de hasard."""
    declaree = modele.table(nom)
    return [*declaree.cle, *(c for c in declaree.schema if c not in declaree.cle)]


def trier(nom: str, cadre: pl.DataFrame) -> pl.DataFrame:
    """Les lignes triées par clé ; si une clé est en double, par toutes les colonnes puis la provenance."""
    cle = list(modele.table(nom).cle)
    triee = trier_par(cadre, cle)
    egales = [pl.col(c).eq_missing(pl.col(c).shift(1)) for c in cle]
    # La première ligne n'a pas de voisine : son « double » viendrait d'une clé vide.
    if triee.height < 2 or not triee.select(pl.all_horizontal(egales).slice(1).any()).item():
        return triee
    return cadre.sort([*ordre(nom), *(c for c in modele.PROVENANCE if c in cadre.columns)], nulls_last=True)


def empreinte_colonnes(triee: pl.DataFrame, colonnes: Iterable[str]) -> str:
    """SHA-256 hexadécimal des valeurs de ces colonnes, dans l'ordre des lignes de `triee`."""
    total = hashlib.sha256(f"{triee.height}\n".encode())
    for nom in colonnes:
        serie = triee[nom]
        if serie.null_count() < serie.len():
            total.update(f"{nom}\n".encode())
            for octets in _octets(serie):
                total.update(octets)
    return total.hexdigest()


def _octets(serie: pl.Series) -> Iterable[bytes | memoryview]:
    """Les octets canoniques d'une colonne : ses vides, puis ses valeurs."""
    yield serie.is_null().to_numpy().tobytes() if serie.null_count() else b"-"
    if serie.dtype == pl.String:
        # Les tampons d'Arrow : les textes bout à bout et où chacun finit, sans passer par une chaîne Python.
        textes = serie.fill_null("").rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
        bornes = np.frombuffer(textes.buffers()[1], dtype=np.int64)[textes.offset : textes.offset + len(textes) + 1]
        yield np.diff(bornes).astype("<u4").tobytes()
        if bornes[-1] > bornes[0]:
            yield memoryview(textes.buffers()[2])[bornes[0] : bornes[-1]]
        return
    reel = serie.dtype.is_float()
    nombres = serie.to_physical().cast(pl.Float64 if reel else pl.Int64).fill_null(0)
    yield nombres.to_numpy().astype("<f8" if reel else "<i8").tobytes()


def empreinte_table(nom: str, triee: pl.DataFrame) -> str:
    """L'empreinte des valeurs d'une table déjà triée ; la provenance n'y compte pas, une table vide n'en a pas."""
    return empreinte_colonnes(triee, modele.table(nom).schema) if triee.height else ""


def reunir(empreintes: Mapping[str, str]) -> str:
    """L'empreinte d'un ensemble de parties nommées ; une partie sans empreinte ne compte pas."""
    lignes = [f"{nom}:{empreintes[nom]}\n" for nom in sorted(empreintes) if empreintes[nom]]
    return hashlib.sha256("".join(lignes).encode()).hexdigest()
