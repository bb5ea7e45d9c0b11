"""Assembler un tableau lu avant de le nettoyer : colonnes d'un autre fichier, valeurs composées.

Une jointure ajoute à chaque ligne les colonnes d'un autre fichier de l'envoi, retrouvées par un identifiant
local ; une composition fait une valeur de plusieurs colonnes. Aucune ligne n'est ajoutée ni retirée, et
`_ligne` reste celle du fichier principal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from observatoire.collecte.correspondances import Composition, Correspondance, Jointure
from observatoire.collecte.lecture import lire_tableau
from observatoire.collecte.tableau import LIGNE, Tableau
from observatoire.erreurs import ErreurFichier
from observatoire.nettoyage.absences import marque, vide
from observatoire.nettoyage.dates import ORIGINE_1900, ORIGINE_1904, PIVOT, PIVOT_NAISSANCE, nettoyer_dates
from observatoire.nettoyage.texte import compact, normaliser
from observatoire.pseudonymes import identite

_CLE, _ORIGINE = "_cle_jointure", "_origine"
_DATE = r"^\s*(?:\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}|\d{4}[-/.]\d{1,2}[-/.]\d{1,2})(?:[T ]+\d{1,2}[:hH]\d{2}.*)?\s*$"
_JOUR_EXCEL = r"^\s*\d{5}(?:[.,]0+)?\s*$"
_MOTS_NAISSANCE = frozenset({"naissance", "ne", "nee", "ddn"})
_MOTS_DATE = _MOTS_NAISSANCE | {"date", "jour"}


def assembler(tableau: Tableau, correspondance: Correspondance, fichiers: Sequence[tuple[str, Path]] = ()) -> Tableau:
    """Le tableau complété des colonnes jointes et composées que la correspondance demande.

    Entrées : `fichiers`, les (nom affiché, chemin) de l'envoi, où chercher les fichiers à joindre. Lève
    `ErreurFichier` si un fichier à joindre manque ou se contredit, ou si une colonne n'existe pas.
    """
    for jointure in correspondance.jointures:
        tableau = _joindre(tableau, jointure, _manquantes(tableau, correspondance), fichiers)
    composees = dict.fromkeys(c for a in correspondance.alimentations for c in a.compositions)
    if not composees:
        return tableau
    en_1904 = tableau.date_1904 if correspondance.date_1904 is None else correspondance.date_1904
    dates = _Dates(
        correspondance.ordre if correspondance.ordre_declare else "", ORIGINE_1904 if en_1904 else ORIGINE_1900
    )
    colonnes = [_composer(tableau, c, dates).alias(c.nom) for c in composees]
    return replace(tableau, donnees=tableau.donnees.with_columns(colonnes))


def fichiers_joints(correspondances: Iterable[Correspondance], fichiers: Iterable[tuple[str, Path]]) -> set[str]:
    """Les noms des fichiers de l'envoi qui ne servent qu'à en compléter d'autres : ils ne sont pas ignorés."""
    jointures = [j for c in correspondances for j in c.jointures]
    return {nom for nom, _ in fichiers if any(j.convient(Path(nom).name) for j in jointures)}


def _manquantes(tableau: Tableau, correspondance: Correspondance) -> list[str]:
    """Les en-têtes demandés que le tableau n'a pas : c'est au fichier joint de les donner."""
    return [e for e in correspondance.sources if tableau.colonne(e) is None]


def _joindre(
    tableau: Tableau, jointure: Jointure, manquantes: Sequence[str], fichiers: Sequence[tuple[str, Path]]
) -> Tableau:
    """Ajoute à chaque ligne les colonnes `manquantes` de la ligne de même clé dans le fichier joint."""
    autres = [
        lire_tableau(chemin, [*jointure.par.values(), *manquantes], jointure.feuille, nom)
        for nom, chemin in _a_joindre(tableau, jointure, fichiers)
    ]
    voulues = [e for e in manquantes if any(a.colonne(e) for a in autres)]
    if not voulues:
        return tableau
    droite = pl.concat([_droite(autre, jointure, voulues) for autre in autres])
    droite = _sans_doublon(droite, jointure, voulues)
    ici = tableau.donnees.with_columns(_cle([tableau.exiger(e) for e in jointure.par]).alias(_CLE))
    if ici.height and not ici[_CLE].is_in(droite[_CLE].implode()).any():
        raise ErreurFichier(
            f"{tableau.lieu} : aucune ligne ne se retrouve dans {', '.join(a.lieu for a in autres)} "
            f"par {_dire(jointure)}.",
            "Vérifiez « par » dans joindre : les deux colonnes doivent porter le même identifiant.",
        )
    jointes = ici.join(droite, on=_CLE, how="left", maintain_order="left").drop(_CLE)
    return replace(tableau, donnees=jointes.select(*[c for c in jointes.columns if c != LIGNE], LIGNE))


def _dire(jointure: Jointure) -> str:
    return " et ".join(f"« {g} »" if g == d else f"« {g} » = « {d} »" for g, d in jointure.par.items())


def _a_joindre(tableau: Tableau, jointure: Jointure, fichiers: Sequence[tuple[str, Path]]) -> list[tuple[str, Path]]:
    """Les fichiers de l'envoi que vise la jointure ; à défaut, leurs voisins de dossier."""
    trouves = [(nom, chemin) for nom, chemin in fichiers if jointure.convient(Path(nom).name)]
    if not trouves:
        voisins = {c for _, chemin in fichiers for c in chemin.parent.iterdir() if c.is_file()}
        trouves = sorted((c.name, c) for c in voisins if jointure.convient(c.name))
    if not trouves:
        raise ErreurFichier(
            f"{tableau.lieu} : le fichier à joindre « {jointure.motif} » n'est pas dans l'envoi.",
            "Importez le dossier qui contient les deux fichiers.",
        )
    return trouves


def _cle(colonnes: Sequence[str]) -> pl.Expr:
    """La clé de rapprochement : identifiants sans espace superflu ni casse, vide si l'un manque."""
    parts = [compact(pl.col(c)).str.to_lowercase() for c in colonnes]
    return pl.concat_str([pl.when(p != "").then(p) for p in parts], separator="\x1f")


def _droite(autre: Tableau, jointure: Jointure, voulues: Sequence[str]) -> pl.DataFrame:
    """La clé et les colonnes voulues d'un fichier joint, avec leur ligne d'origine."""
    cles = [autre.exiger(e) for e in jointure.par.values()]
    colonnes = [(pl.col(t) if (t := autre.colonne(e)) else pl.lit(None, pl.String)).alias(e) for e in voulues]
    return autre.donnees.select(
        _cle(cles).alias(_CLE),
        pl.format("{}, ligne {}", pl.lit(autre.lieu), LIGNE).alias(_ORIGINE),
        *colonnes,
    ).filter(pl.col(_CLE).is_not_null())


def _sans_doublon(droite: pl.DataFrame, jointure: Jointure, voulues: Sequence[str]) -> pl.DataFrame:
    """Une ligne par clé ; lève `ErreurFichier` si deux lignes de même clé se contredisent."""
    uniques = droite.unique([_CLE, *voulues], keep="first", maintain_order=True)
    doubles = uniques.filter(pl.col(_CLE).is_duplicated())
    if doubles.height:
        premiere = doubles.filter(pl.col(_CLE) == doubles[_CLE][0])
        fautives = [v for v in voulues if premiere[v].n_unique() > 1]
        raise ErreurFichier(
            f"{premiere[_ORIGINE][0]} et {premiere[_ORIGINE][1]} : même {_dire(jointure)}, mais "
            f"{', '.join(f'« {v} »' for v in fautives)} diffère : laquelle joindre ?",
            "Corrigez l'une des deux lignes, ou joignez par une colonne qui n'y figure qu'une fois.",
        )
    return uniques.drop(_ORIGINE)


@dataclass(frozen=True)
class _Dates:
    """Comment lire les dates d'un fichier."""

    ordre: str
    origine: dt.date


def _composer(tableau: Tableau, composition: Composition, dates: _Dates) -> pl.Series:
    """La valeur composée de chaque ligne ; vide si une partie exigée manque."""
    exigees = [_partie(tableau, e, dates, exacte=composition.identite) for e in composition.parts]
    if composition.identite:
        return identite(exigees)
    facultatives = [_partie(tableau, e, dates) for e in composition.facultatives]
    cadre = pl.DataFrame([s.alias(str(i)) for i, s in enumerate([*exigees, *facultatives])])
    noms = cadre.columns
    complete = pl.all_horizontal(pl.col(n).is_not_null() for n in noms[: len(exigees)])
    texte = pl.concat_str([pl.col(n) for n in noms], separator=composition.separateur, ignore_nulls=True)
    if composition.suffixe:
        texte = texte + pl.lit(f"{composition.separateur}{composition.suffixe}")
    valeur = cadre.select(pl.when(complete).then(texte).alias("valeur"))
    if composition.rang:
        numero = pl.int_range(1, pl.len() + 1).over("valeur")
        valeur = valeur.select(pl.format("{}{}{}", "valeur", pl.lit(composition.separateur), numero).alias("valeur"))
    return valeur["valeur"]


def _partie(tableau: Tableau, entete: str, dates: _Dates, *, exacte: bool = False) -> pl.Series:
    """Une colonne d'une composition : texte sans espace superflu, dates écrites AAAA-MM-JJ.

    `exacte` : une date qui ne se lit pas devient vide, car la même personne aurait sinon deux identités.
    """
    colonne = tableau.exiger(entete)
    brut = pl.col(colonne)
    propre = tableau.donnees.select(
        pl.when(~vide(brut) & marque(brut).is_null()).then(compact(brut)).alias(entete)
    ).to_series()
    a_lire = propre.drop_nulls().unique()
    datees = a_lire.filter(a_lire.str.contains(_DATE))
    mots = set(normaliser(entete).split())
    # Un numéro de jour d'Excel n'est une date que dans une colonne de dates.
    if _MOTS_DATE & mots or datees.len() * 2 > a_lire.len():
        datees = a_lire.filter(a_lire.str.contains(_DATE) | a_lire.str.contains(_JOUR_EXCEL))
    if datees.is_empty():
        return propre
    pivot = PIVOT_NAISSANCE if mots & _MOTS_NAISSANCE else PIVOT
    lues = nettoyer_dates(datees, dates.ordre, pivot, dates.origine)
    ecrites = lues.select("brut", pl.col("valeur").dt.to_string("%Y-%m-%d"))
    if not exacte:
        ecrites = ecrites.filter(pl.col("valeur").is_not_null())
    return propre.replace(ecrites["brut"], ecrites["valeur"])
