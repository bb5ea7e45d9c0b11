"""Relire un classeur : les mêmes cellules que celles du document, par le lecteur de tableurs de la collecte."""

from __future__ import annotations

import hashlib
from pathlib import Path

import fastexcel
import polars as pl

from observatoire.campagne.donnees_types import COLONNES_CONTRAT, ETATS, SCHEMA_TABLE
from observatoire.classeurs.grille import COUVERTURE, DONNEES, EMPREINTE_TABLE
from observatoire.collecte.lecture import lire_tableau
from observatoire.collecte.tableau import Tableau
from observatoire.entrepot import FORMULE, sans_formules
from observatoire.erreurs import ErreurFichier, suggestion

_NOMBRES = tuple(c for c in COLONNES_CONTRAT if SCHEMA_TABLE[c].is_numeric())


def lire_classeur(fichier: Path, controler: bool = True) -> pl.DataFrame:
    """Les cellules d'un classeur XLSX ou ODS écrit par `ecrire_classeur`, typées, aux colonnes du contrat.

    `controler` : exiger que la table soit celle que le classeur a publiée. Lève `ErreurFichier` si le fichier ne se lit
    pas, si une colonne manque, si une valeur n'est pas du bon type (feuille, ligne, colonne et valeur sont dites), ou
    si la table a changé depuis.
    """
    tableau = lire_tableau(fichier, COLONNES_CONTRAT, feuille=DONNEES)
    lue = _typer(fichier, tableau)
    if controler:
        _exiger_intacte(fichier, lue)
    return lue


def empreinte_table(table: pl.DataFrame) -> str:
    """SHA-256 de la table ordonnée, telle que le CSV publié l'écrit."""
    texte = sans_formules(table.select(COLONNES_CONTRAT)).write_csv()
    return hashlib.sha256(texte.encode("utf-8")).hexdigest()


def _typer(fichier: Path, tableau: Tableau) -> pl.DataFrame:
    brut = tableau.donnees
    manquantes = [c for c in COLONNES_CONTRAT if c not in brut.columns]
    if manquantes:
        raise ErreurFichier(
            f"{fichier.name}, feuille « {DONNEES} » : colonne « {manquantes[0]} » absente.",
            f"{suggestion(manquantes[0], brut.columns)} Attendues : {', '.join(COLONNES_CONTRAT)}.".strip(),
        )
    vides = brut.with_columns(pl.col(pl.String).replace("", None))
    for colonne in _NOMBRES:
        lus = vides[colonne].cast(SCHEMA_TABLE[colonne], strict=False)
        fautives = vides.filter(vides[colonne].is_not_null() & lus.is_null())
        _refuser(fichier, fautives, colonne, "n'est pas un nombre", "Publiez de nouveau le classeur.")
    inconnus = vides.filter(~pl.col("etat").is_in(ETATS).fill_null(False))
    _refuser(fichier, inconnus, "etat", "n'est pas un état", f"États : {', '.join(ETATS)}.")
    types = {c: SCHEMA_TABLE[c] for c in COLONNES_CONTRAT}
    exacts = vides.with_columns(_exacts(fichier, tableau))
    return sans_apostrophe(exacts.select(pl.col(c).cast(t) for c, t in types.items()))


def _exacts(fichier: Path, tableau: Tableau) -> list[pl.Series]:
    """Les nombres de la table avec tous leurs chiffres : la collecte lit en texte, arrondi au milliardième."""
    feuille = fastexcel.read_excel(fichier.read_bytes()).load_sheet(
        DONNEES,
        header_row=tableau.ligne_entete - 1,
        dtypes={c: "float" if c in _NOMBRES else "string" for c in tableau.colonnes},
    )
    rangs = tableau.donnees["_ligne"] - tableau.ligne_entete - 1
    return [feuille.to_polars()[c].gather(rangs) for c in _NOMBRES]


def _refuser(fichier: Path, fautives: pl.DataFrame, colonne: str, quoi: str, remede: str) -> None:
    for ligne, valeur in fautives.select("_ligne", colonne).rows():
        raise ErreurFichier(
            f"{fichier.name}, feuille « {DONNEES} », ligne {ligne}, colonne {colonne} : « {valeur or ''} » {quoi}.",
            remede,
        )


def sans_apostrophe(table: pl.DataFrame) -> pl.DataFrame:
    """Retire l'apostrophe mise à l'écriture devant un texte qu'un tableur calculerait."""
    texte = pl.col(pl.String)
    protege = texte.str.contains(FORMULE.replace("^", "^'", 1))
    return table.with_columns(pl.when(protege).then(texte.str.slice(1)).otherwise(texte).name.keep())


def _exiger_intacte(fichier: Path, lue: pl.DataFrame) -> None:
    dite = _empreinte_dite(fichier)
    if not dite:
        raise ErreurFichier(
            f"{fichier.name}, feuille « {COUVERTURE} » : la ligne « {EMPREINTE_TABLE} » manque.",
            "Reprenez le classeur tel qu'il a été publié.",
        )
    if dite != empreinte_table(lue):
        raise ErreurFichier(
            f"{fichier.name}, feuille « {DONNEES} » : la table a changé depuis la publication "
            f"({lue.height} lignes lues).",
            "Reprenez le classeur tel qu'il a été publié, ou publiez-le de nouveau.",
        )


def _empreinte_dite(fichier: Path) -> str:
    lecteur = fastexcel.read_excel(fichier.read_bytes())
    if COUVERTURE not in lecteur.sheet_names:
        return ""
    feuille = lecteur.load_sheet(COUVERTURE, header_row=None, skip_rows=0, dtypes="string").to_polars()
    return next((r[1] or "" for r in feuille.iter_rows() if len(r) > 1 and r[0] == EMPREINTE_TABLE), "")
