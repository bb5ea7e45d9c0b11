"""Les vocabulaires contrôlés : `data/nomenclatures/<liste>.csv`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from observatoire.erreurs import ErreurParametre, suggestion
from observatoire.espace import Espace

COLONNES = (
    "code",
    "libelle",
    "ordre",
    "regroupement",
    "sortie_logement",
    "sortie_positive",
    "valable_du",
    "valable_au",
    "variantes",
)


@dataclass(frozen=True)
class Nomenclature:
    """Une liste de modalités : code, libellé, ordre d'impression, regroupement, variantes d'écriture."""

    nom: str
    modalites: pl.DataFrame

    @property
    def codes(self) -> list[str]:
        return self.modalites["code"].to_list()

    @property
    def libelles(self) -> dict[str, str]:
        return dict(zip(self.modalites["code"], self.modalites["libelle"], strict=True))

    @property
    def regroupements(self) -> dict[str, str]:
        """Code → poste d'impression (le libellé lui-même quand la liste ne regroupe pas)."""
        groupe = self.modalites["regroupement"].fill_null(self.modalites["libelle"])
        return dict(zip(self.modalites["code"], groupe, strict=True))

    def codes_marques(self, marque: str) -> list[str]:
        """Codes dont la colonne `marque` (sortie_logement, sortie_positive) vaut « oui »."""
        return self.modalites.filter(pl.col(marque) == "oui")["code"].to_list()


@lru_cache(maxsize=256)
def _lire(fichier: Path, _modifie: int) -> Nomenclature:
    modalites = pl.read_csv(fichier, infer_schema=False, encoding="utf8")
    manquantes = [c for c in ("code", "libelle") if c not in modalites.columns]
    if manquantes:
        raise ErreurParametre(f"{fichier} : colonne {', '.join(manquantes)} absente.")
    modalites = modalites.with_columns(
        pl.lit(None, dtype=pl.String).alias(c) for c in COLONNES if c not in modalites.columns
    ).select(COLONNES)
    modalites = modalites.with_columns(pl.col("ordre").cast(pl.Int64)).sort("ordre", "code", nulls_last=True)
    doubles = modalites.filter(pl.col("code").is_duplicated())["code"].unique().sort().to_list()
    if doubles:
        raise ErreurParametre(f"{fichier} : code en double ({', '.join(doubles)}).", "Gardez-en un seul.")
    return Nomenclature(fichier.stem, modalites)


def lire_nomenclature(espace: Espace, nom: str) -> Nomenclature:
    """La nomenclature `nom` de l'espace, sinon celle livrée ; lève `ErreurParametre` si elle n'existe pas."""
    fichier = espace.ressource(f"data/nomenclatures/{nom}.csv")
    if not fichier.is_file():
        connues = [f.stem for f in espace.ressource("data/nomenclatures").glob("*.csv")]
        raise ErreurParametre(f"Nomenclature « {nom} » inconnue.", suggestion(nom, connues))
    return _lire(fichier, fichier.stat().st_mtime_ns)
