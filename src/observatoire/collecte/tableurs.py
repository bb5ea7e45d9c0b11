"""Lire un classeur XLSX, XLS, XLSB ou ODS : les valeurs affichées des formules, chaque cellule en texte."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import fastexcel
import polars as pl

from observatoire.collecte.entete import LIGNES_EXAMINEES, score, trouver_entete
from observatoire.collecte.tableau import LIGNE, Apercu, Tableau, nommer_colonnes, sans_lignes_vides
from observatoire.erreurs import ErreurFichier, suggestion
from observatoire.nettoyage.texte import normaliser


def _ouvrir(chemin: Path, nom: str) -> fastexcel.ExcelReader:
    try:
        return fastexcel.read_excel(chemin.read_bytes())
    except fastexcel.FastExcelError as erreur:
        raise ErreurFichier(
            f"{nom} : classeur illisible, abîmé ou protégé par un mot de passe.",
            "Ouvrez-le dans un tableur, puis enregistrez-le en XLSX sans mot de passe.",
        ) from erreur


def _cellules(classeur: fastexcel.ExcelReader, feuille: str, nom: str, lignes: int | None = None) -> pl.DataFrame:
    """Toutes les cellules d'une feuille en texte, lignes vides du début comprises."""
    try:
        lue = classeur.load_sheet(feuille, header_row=None, skip_rows=0, n_rows=lignes, dtypes="string")
        return lue.to_polars()
    except fastexcel.FastExcelError as erreur:
        raise ErreurFichier(f"{nom}, feuille « {feuille} » : lecture impossible.", "Refaites l'export.") from erreur


def _apercu(classeur: fastexcel.ExcelReader, feuille: str, nom: str) -> Apercu:
    debut = _cellules(classeur, feuille, nom, LIGNES_EXAMINEES)
    lignes = tuple((i, tuple(c or "" for c in ligne)) for i, ligne in enumerate(debut.iter_rows(), start=1))
    return Apercu(feuille, lignes)


def apercus_classeur(chemin: Path, nom: str) -> list[Apercu]:
    """Un aperçu par feuille."""
    classeur = _ouvrir(chemin, nom)
    return [_apercu(classeur, feuille, nom) for feuille in classeur.sheet_names]


def _choisir_feuille(classeur: fastexcel.ExcelReader, nom: str, attendues: Collection[str], voulue: str) -> Apercu:
    """La feuille voulue, sinon celle dont une ligne montre le plus de colonnes attendues."""
    if voulue:
        par_cle = {normaliser(f): f for f in classeur.sheet_names}
        if normaliser(voulue) not in par_cle:
            raise ErreurFichier(
                f"{nom} : feuille « {voulue} » absente.",
                f"{suggestion(voulue, classeur.sheet_names)} Feuilles : {', '.join(classeur.sheet_names)}.".strip(),
            )
        return _apercu(classeur, par_cle[normaliser(voulue)], nom)
    cles = {normaliser(a) for a in attendues}
    lus = [_apercu(classeur, feuille, nom) for feuille in classeur.sheet_names]
    if not lus:
        raise ErreurFichier(f"{nom} n'a aucune feuille.", "Refaites l'export.")
    return max(lus, key=lambda a: max((score(c, cles) for _, c in a.lignes), default=0))


def lire_classeur(chemin: Path, nom: str, attendues: Collection[str], feuille: str = "") -> Tableau:
    """Lit la feuille voulue, sinon la plus ressemblante, sous la ligne d'en-tête trouvée.

    `_ligne` est le numéro de ligne de la feuille. Lève `ErreurFichier` si le classeur, la feuille ou
    l'en-tête manque.
    """
    classeur = _ouvrir(chemin, nom)
    apercu = _choisir_feuille(classeur, nom, attendues, feuille)
    rang = trouver_entete(apercu, attendues)
    if rang is None:
        raise ErreurFichier(
            f"{nom}, feuille « {apercu.feuille} » : aucune des colonnes attendues n'a été trouvée.",
            "Vérifiez le fichier et la feuille.",
        )
    ligne_entete, entete = apercu.lignes[rang]
    cellules = _cellules(classeur, apercu.feuille, nom)
    noms = nommer_colonnes(entete, cellules.width)
    donnees = cellules.rename(dict(zip(cellules.columns, noms, strict=True))).with_columns(
        (pl.int_range(pl.len(), dtype=pl.Int64) + 1).alias(LIGNE)
    )
    return Tableau(nom, apercu.feuille, ligne_entete, sans_lignes_vides(donnees.slice(ligne_entete)))
