"""Lire des exports inconnus : chaque feuille de chaque fichier, réunies quand elles se ressemblent."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from observatoire.collecte import Tableau, apercus, lire_tableau
from observatoire.collecte.tableau import LIGNE, Apercu
from observatoire.erreurs import ErreurFichier, ErreurObservatoire
from observatoire.nettoyage.texte import normaliser
from observatoire.proposition.entetes import Entetes

RESSEMBLANCE = 0.8  # part d'en-têtes communs au-delà de laquelle deux fichiers ont la même forme
EXTENSIONS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsb", ".xlsm", ".ods", ".parquet", ".pq")
_SPECIAUX = re.compile(r"[*?\[\]]")


@dataclass(frozen=True)
class Feuille:
    """Une feuille lue : son fichier, son nom (vide hors classeur) et son tableau."""

    fichier: str
    chemin: Path
    tableau: Tableau

    @property
    def cles(self) -> frozenset[str]:
        return frozenset(normaliser(c) for c in self.tableau.colonnes)


@dataclass(frozen=True)
class Groupe:
    """Des feuilles de même forme, que le même motif de nom reconnaît."""

    motif: str
    feuille: str
    feuilles: tuple[Feuille, ...]
    donnees: pl.DataFrame

    @property
    def colonnes(self) -> list[str]:
        return self.donnees.columns

    @property
    def lieu(self) -> str:
        noms = ", ".join(f.fichier for f in self.feuilles[:3]) + (", …" if len(self.feuilles) > 3 else "")
        return f"{noms}, feuille « {self.feuille} »" if self.feuille else noms


def lister(chemin: Path) -> list[tuple[str, Path]]:
    """(nom, chemin) des fichiers d'un envoi ; lève `ErreurFichier` s'il n'existe pas ou n'a aucun fichier lisible."""
    if chemin.is_file():
        return [(chemin.name, chemin)]
    if not chemin.is_dir():
        raise ErreurFichier(f"« {chemin} » n'existe pas.", "Donnez un fichier ou un dossier d'exports.")
    trouves = [
        (f.relative_to(chemin).as_posix(), f)
        for f in chemin.rglob("*")
        if f.is_file()
        and f.suffix.casefold() in EXTENSIONS
        and not any(p.startswith((".", "~$")) for p in f.relative_to(chemin).parts)
    ]
    if not trouves:
        raise ErreurFichier(
            f"Le dossier « {chemin} » n'a aucun export.", "Déposez-y des CSV, des classeurs ou des Parquet."
        )
    return sorted(trouves)


def lire_exports(chemin: Path, entetes: Entetes) -> tuple[list[Groupe], list[str]]:
    """Les groupes de feuilles d'un envoi, et une phrase par fichier ou feuille qui n'a pas pu être lu.

    Lève `ErreurFichier` si rien ne se lit.
    """
    feuilles: list[Feuille] = []
    illisibles: list[str] = []
    for nom, fichier in lister(chemin):
        try:
            lues = [_lire(fichier, nom, apercu, entetes) for apercu in apercus(fichier, nom)]
        except ErreurObservatoire as erreur:
            illisibles.append(str(erreur))
            continue
        retenues = [f for f in lues if f is not None]
        feuilles += retenues
        if not retenues:
            illisibles.append(f"{nom} : aucun tableau n'y a été trouvé.")
    if not feuilles:
        raise ErreurFichier(
            " ".join(illisibles[:3]) or f"« {chemin} » : rien à lire.",
            "Donnez un export qui a une ligne d'en-têtes.",
        )
    return _grouper(feuilles), illisibles


def _lire(chemin: Path, nom: str, apercu: Apercu, entetes: Entetes) -> Feuille | None:
    """La feuille lue sous sa ligne d'en-têtes ; None si elle n'a pas deux colonnes nommées."""
    entete = _ligne_entete(apercu, entetes)
    if entete is None:
        return None
    tableau = lire_tableau(chemin, [c for c in entete if c], apercu.feuille, nom)
    return Feuille(nom, chemin, tableau) if len(tableau.colonnes) > 1 else None


def _ligne_entete(apercu: Apercu, entetes: Entetes) -> tuple[str, ...] | None:
    """La ligne qui montre au moins deux en-têtes connus, sinon la première des mieux remplies en lettres."""
    if not apercu.lignes:
        return None
    connus = [sum(entetes.connu(c) for c in cellules) for _, cellules in apercu.lignes]
    if max(connus) >= 2:
        return apercu.lignes[connus.index(max(connus))][1]
    remplies = [len({normaliser(c) for c in ligne if any(x.isalpha() for x in c)}) for _, ligne in apercu.lignes]
    return apercu.lignes[remplies.index(max(remplies))][1] if max(remplies) else None


def _grouper(feuilles: list[Feuille]) -> list[Groupe]:
    """Réunit les feuilles de même nom de feuille et de mêmes en-têtes, puis leur trouve un motif commun."""
    paquets: list[list[Feuille]] = []
    for feuille in feuilles:
        for paquet in paquets:
            if _se_ressemblent(paquet[0], feuille):
                paquet.append(feuille)
                break
        else:
            paquets.append([feuille])
    plusieurs = {f.fichier for f in feuilles if sum(g.fichier == f.fichier for g in feuilles) > 1}
    groupes = []
    for paquet in paquets:
        # Deux feuilles d'un même classeur ne se distinguent que par leur nom de feuille.
        classeur = any(f.fichier in plusieurs for f in paquet)
        siens = {f.fichier for f in paquet}
        autres = {f.fichier for f in feuilles if f.fichier not in siens}
        motifs = _motifs([f.fichier for f in paquet], autres)
        for motif, noms in motifs.items():
            membres = [f for f in paquet if f.fichier in noms]
            nom_feuille = membres[0].tableau.feuille if classeur else ""
            groupes.append(Groupe(motif, nom_feuille, tuple(membres), _reunir(membres)))
    return groupes


def _se_ressemblent(une: Feuille, autre: Feuille) -> bool:
    if normaliser(une.tableau.feuille) != normaliser(autre.tableau.feuille) or une.fichier == autre.fichier:
        return False
    communs, tous = une.cles & autre.cles, une.cles | autre.cles
    return len(communs) >= RESSEMBLANCE * len(tous)


def _motifs(fichiers: list[str], autres: set[str]) -> dict[str, list[str]]:
    """Motif → fichiers : années et numéros remplacés par `*` quand cela n'attrape aucun autre fichier."""
    motifs: dict[str, list[str]] = {}
    for fichier in fichiers:
        nom = fichier.rsplit("/", 1)[-1]
        exact = _SPECIAUX.sub("?", nom)
        large = re.sub(r"\d{2,}(?:[-_. ]?\d+)*|(?<=[_ -])\d", "*", exact)
        pris = any(fnmatch.fnmatchcase(a.rsplit("/", 1)[-1].casefold(), large.casefold()) for a in autres)
        motif = exact if pris or large.strip("*_-. ").casefold() in ("", "csv", "xlsx", "ods") else large
        motifs.setdefault(motif, []).append(fichier)
    return motifs


def _reunir(feuilles: list[Feuille]) -> pl.DataFrame:
    """Les lignes de feuilles de même forme, sous les en-têtes de la première.

    Deux en-têtes que seules la casse ou les accents séparent gardent chacun le leur.
    """
    modele = _uniques(feuilles[0])
    cadres = []
    for feuille in feuilles:
        siens = _uniques(feuille)
        noms = {siens[cle]: modele[cle] for cle in siens.keys() & modele.keys()}
        cadres.append(feuille.tableau.donnees.drop(LIGNE, strict=False).rename(noms))
    return pl.concat(cadres, how="diagonal")


def _uniques(feuille: Feuille) -> dict[str, str]:
    """En-tête normalisé → en-tête, pour ceux qu'aucun autre de la feuille n'égale une fois normalisé."""
    cles = [normaliser(c) for c in feuille.tableau.colonnes]
    return {cle: c for cle, c in zip(cles, feuille.tableau.colonnes, strict=True) if cle and cles.count(cle) == 1}
