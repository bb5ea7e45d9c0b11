"""Reconnaître une commune : code Insee, ou nom tel qu'il figure au code officiel géographique."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from observatoire.espace import Espace
from observatoire.nettoyage import absences
from observatoire.nettoyage.texte import cle, compact

NATURE_NOM, NATURE_INCONNUE = "commune reconnue par son nom", "commune inconnue, laissée vide"
NATURE_HOMONYME, NATURE_ZERO = "commune homonyme, laissée vide", "zéro de tête rétabli"


_ABREGES = {r"\bst\b": "saint", r"\bste\b": "sainte"}


def _cle_commune(nom: pl.Expr) -> pl.Expr:
    """Clé d'un nom de commune : comme un texte, avec « st » et « ste » écrits en entier."""
    texte = cle(nom)
    for abrege, entier in _ABREGES.items():
        texte = texte.str.replace_all(abrege, entier)
    return texte


def cle_commune(nom: str) -> str:
    """La même clé, pour un seul nom."""
    return pl.select(_cle_commune(pl.lit(nom))).item()


@dataclass(frozen=True)
class Communes:
    """Le référentiel des communes : les codes connus, et les codes de chaque nom."""

    codes: frozenset[str]
    par_nom: dict[str, list[str]]

    @classmethod
    def de(cls, referentiel: pl.DataFrame) -> Communes:
        """Lit un référentiel à colonnes `code` et `libelle`."""
        noms = (
            referentiel.select(_cle_commune(pl.col("libelle")).alias("nom"), "code")
            .drop_nulls()
            .group_by("nom")
            .agg(pl.col("code").unique().sort())
        )
        return cls(frozenset(referentiel["code"]), dict(noms.iter_rows()))

    def reconnaitre(self, texte: str) -> tuple[str | None, str | None]:
        """(code ou None, nature de la correction ou None) pour une écriture non vide."""
        haut = texte.upper()
        if haut in self.codes:
            return haut, None
        if haut.isdigit() and len(haut) == 4 and f"0{haut}" in self.codes:
            return f"0{haut}", NATURE_ZERO
        trouves = self.par_nom.get(cle_commune(texte), ())
        if len(trouves) == 1:
            return trouves[0], NATURE_NOM
        return None, NATURE_HOMONYME if trouves else NATURE_INCONNUE


@lru_cache(maxsize=8)
def _lire(fichier: Path, _modifie: int) -> Communes:
    return Communes.de(pl.read_parquet(fichier))


def lire_communes(espace: Espace) -> Communes:
    """Le référentiel `data/referentiels/communes.parquet` ; vide s'il n'y est pas."""
    fichier = espace.ressource("data/referentiels/communes.parquet")
    return _lire(fichier, fichier.stat().st_mtime_ns) if fichier.is_file() else Communes(frozenset(), {})


def nettoyer_communes(bruts: pl.Series, communes: Communes) -> pl.DataFrame:
    """Traduit des communes en codes Insee ; rend `brut, valeur, motif (toujours null), nature`.

    Une commune inconnue ou homonyme est laissée vide et signalée : la ligne reste.
    """
    cadre = pl.DataFrame({"brut": bruts}).with_columns(
        _t=compact(pl.col("brut")), _marque=absences.marque(pl.col("brut"))
    )
    lignes = []
    for brut, texte, marque in cadre.iter_rows():
        if texte == "":
            code, nature = None, None
        elif marque is not None:
            code, nature = None, absences.NATURE
        else:
            code, nature = communes.reconnaitre(texte)
        lignes.append((brut, code, None, nature))
    schema = dict.fromkeys(("brut", "valeur", "motif", "nature"), pl.String)
    return pl.DataFrame(lignes, schema=schema, orient="row")
