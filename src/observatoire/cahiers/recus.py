"""Les tables reçues déjà agrégées : `data/cahiers/<région>/recus/`, aux colonnes de la table ordonnée.

Une association envoie la table ou le classeur que son rapport a écrit (`.csv`, `.xlsx`, `.ods`), tel quel ; une enquête
s'y range avec une ligne par département (`ventilation_1 = departement`, `modalite_1` = code). Une cellule reçue sans
valeur garde son état.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import polars as pl

from observatoire.cahiers.reglage import Recu, ReglageCahier
from observatoire.campagne.donnees_types import COLONNES_CONTRAT, ETATS, SCHEMA_TABLE
from observatoire.erreurs import ErreurFichier, suggestion

DEPARTEMENT = "departement"
_NOMBRES = ("valeur", "numerateur", "denominateur", "base")


def lire_recu(reglage: ReglageCahier, recu: Recu) -> pl.DataFrame:
    """Les lignes d'une table reçue, typées, avec leur `ligne` dans le fichier.

    Lève `ErreurFichier` si une colonne manque, si un nombre, une année ou un état ne se lit pas, ou si la même cellule
    est donnée deux fois : le message nomme le fichier, la ligne, la colonne et la valeur.
    """
    fichier = reglage.dossier / "recus" / recu.fichier
    return _lire(fichier, fichier.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _lire(fichier: Path, _modifie: int) -> pl.DataFrame:
    try:
        brut = _en_texte(fichier)
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as erreur:
        raise ErreurFichier(f"{fichier} n'est pas un CSV lisible : {erreur}.") from erreur
    manquantes = [c for c in COLONNES_CONTRAT if c not in brut.columns]
    if manquantes:
        raise ErreurFichier(
            f"{fichier} : colonne « {manquantes[0]} » absente.",
            f"{suggestion(manquantes[0], brut.columns)} Attendues, dans la table ordonnée : "
            f"{', '.join(COLONNES_CONTRAT)}.".strip(),
        )
    brut = brut.select(COLONNES_CONTRAT).with_row_index("ligne", offset=2)
    for colonne in (*_NOMBRES, "annee"):
        _exiger_nombre(fichier, brut, colonne)
    for ligne, etat in brut.filter(~pl.col("etat").is_in(ETATS).fill_null(False)).select("ligne", "etat").rows():
        raise ErreurFichier(
            f"{fichier}, ligne {ligne} : état « {etat or ''} » inconnu.",
            f"{suggestion(etat or '', ETATS)} États : {', '.join(ETATS)}.".strip(),
        )
    lue = brut.with_columns(pl.col(c).cast(SCHEMA_TABLE[c]) for c in (*_NOMBRES, "annee"))
    _refuser_les_doubles(fichier, lue)
    _refuser_les_parts_impossibles(fichier, lue)
    return lue


def _en_texte(fichier: Path) -> pl.DataFrame:
    if fichier.suffix.lower() not in (".xlsx", ".ods"):
        return pl.read_csv(fichier, infer_schema=False)
    from observatoire.classeurs.lecture import lire_classeur

    return lire_classeur(fichier).cast(pl.String)


def _exiger_nombre(fichier: Path, brut: pl.DataFrame, colonne: str) -> None:
    illisibles = brut.filter(
        pl.col(colonne).is_not_null() & pl.col(colonne).cast(SCHEMA_TABLE[colonne], strict=False).is_null()
    )
    for ligne, valeur in illisibles.select("ligne", colonne).rows():
        raise ErreurFichier(
            f"{fichier}, ligne {ligne}, colonne {colonne} : « {valeur} » n'est pas un nombre.",
            "Écrivez-le sans espace, avec un point décimal ; une case vide est une valeur absente.",
        )


def _refuser_les_doubles(fichier: Path, lue: pl.DataFrame) -> None:
    cle = ["territoire", "annee", "indicateur", "ventilation_1", "modalite_1", "ventilation_2", "modalite_2"]
    cle += ["service", "version_definition"]
    doubles = lue.filter(pl.struct(cle).is_duplicated())
    if doubles.height:
        lignes = ", ".join(str(n) for n in doubles["ligne"][:4])
        raise ErreurFichier(
            f"{fichier} : la même cellule est donnée plusieurs fois (lignes {lignes}).", "Gardez-en une seule."
        )


def _refuser_les_parts_impossibles(fichier: Path, lue: pl.DataFrame) -> None:
    """Un numérateur qui dépasse son dénominateur, ou une part que ses deux nombres démentent."""
    parts = lue.filter((pl.col("unite") == "%") & pl.col("numerateur").is_not_null() & (pl.col("denominateur") > 0))
    trop = parts.filter(pl.col("numerateur") > pl.col("denominateur"))
    for ligne, n, d in trop.select("ligne", "numerateur", "denominateur").rows():
        raise ErreurFichier(
            f"{fichier}, ligne {ligne} : numérateur {n:g} plus grand que le dénominateur {d:g}.",
            "Vérifiez que les deux colonnes ne sont pas inversées.",
        )
    recalcule = pl.col("numerateur") / pl.col("denominateur") * 100
    fausses = parts.filter((pl.col("valeur") - recalcule).abs() > 1)
    for ligne, v, n, d in fausses.select("ligne", "valeur", "numerateur", "denominateur").rows():
        raise ErreurFichier(
            f"{fichier}, ligne {ligne}, colonne valeur : {v:g} % ne se retrouve pas ({n:g} sur {d:g} font "
            f"{n / d * 100:.1f} %).",
            "Corrigez la valeur, ou laissez-la vide : elle est recalculée.",
        )
