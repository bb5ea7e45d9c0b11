"""Ce que disent les en-têtes : écritures connues du secteur, ressemblance avec les noms du modèle, moment."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from rapidfuzz import fuzz

from observatoire import modele
from observatoire.erreurs import ErreurDefinition, suggestion
from observatoire.espace import Espace
from observatoire.nettoyage.texte import normaliser

FICHIER = "data/referentiels/entetes_connues.csv"
_MOTS_VIDES = frozenset(
    (
        *("a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "n", "no", "num", "numero"),
        *("nb", "nombre", "ou", "par", "pour", "sur", "un", "une"),
    )
)
_MOMENTS = {
    "sortie": (
        "a la sortie",
        "de sortie",
        "apres",
        "en fin de mesure",
        "en fin d accompagnement",
        "au depart",
        "sortie",
    ),
    "entree": (
        "a l entree",
        "d entree",
        "avant",
        "au debut",
        "en debut",
        "a l admission",
        "initiale",
        "initial",
        "en debut de mesure",
        "anterieur",
        "entree",
        "a l arrivee",
    ),
    "demande": ("a la demande", "au moment de la demande", "lors de la demande", "au premier accueil"),
    "enquete": ("a l enquete", "au 31 12", "lors de l enquete", "6 mois apres"),
}
# Un en-tête qui ne dit que « numéro » : l'identifiant de ce que la feuille énumère.
_NUMEROS_NUS = frozenset({"n", "no", "num", "numero", "id", "identifiant", "ref", "reference", "code", "cle", "uid"})


@dataclass(frozen=True)
class Connue:
    """Une écriture d'en-tête et ce qu'elle désigne ; `table` et `moment` vides valent pour tous."""

    table: str
    colonne: str
    moment: str
    cle: str


@dataclass(frozen=True)
class Ressemblance:
    """À quel point un en-tête désigne une colonne du modèle (0 à 1), et pourquoi."""

    note: float
    moment: str = ""
    raison: str = ""


@dataclass(frozen=True)
class Entetes:
    """Le répertoire des en-têtes connus."""

    connues: tuple[Connue, ...]
    tables: dict[str, tuple[str, ...]] = field(default_factory=dict)  # table → noms de fichiers ou de feuilles

    @classmethod
    def lire(cls, espace: Espace) -> Entetes:
        """Le répertoire de l'espace, sinon celui livré ; lève `ErreurDefinition` s'il cite une colonne inconnue."""
        fichier = espace.ressource(FICHIER)
        return _lire(fichier, fichier.stat().st_mtime_ns)

    def connu(self, entete: str | None) -> bool:
        return bool(entete) and normaliser(entete) in self._cles

    @cached_property
    def _cles(self) -> frozenset[str]:
        return frozenset(c.cle for c in self.connues)

    @cached_property
    def _par_colonne(self) -> dict[str, list[Connue]]:
        rangees: dict[str, list[Connue]] = {}
        for connue in self.connues:
            rangees.setdefault(connue.colonne, []).append(connue)
        return rangees

    def table_nommee(self, *noms: str) -> set[str]:
        """Les tables dont un nom figure dans un nom de fichier ou de feuille."""
        mots = f" {' '.join(normaliser(n) for n in noms)} "
        return {table for table, ecrits in self.tables.items() if any(f" {e} " in mots for e in ecrits)}

    def ressemblance(self, entete: str, table: str, colonne: str) -> Ressemblance:
        """La ressemblance d'un en-tête avec une colonne d'une table du modèle."""
        cle = normaliser(entete)
        if cle == normaliser(colonne):
            return Ressemblance(1.0, "", "même nom que dans le modèle")
        moment, nue = separer_moment(cle) if table == "situation" else ("", cle)
        meilleure = Ressemblance(0.0)
        for connue in self._par_colonne.get(colonne, ()):
            if connue.table not in ("", table):
                continue
            if connue.moment and moment and connue.moment != moment:
                continue
            note = max(_comparer(cle, connue.cle), 0.98 * _comparer(nue, connue.cle) if nue != cle else 0.0)
            if note > meilleure.note:
                raison = "en-tête connu" if note >= 0.97 else f"proche de « {connue.cle} » ({note:.0%})"
                meilleure = Ressemblance(note, moment or connue.moment, raison)
        description = modele.VARIABLES[colonne].description
        # Une description n'est qu'un indice : elle ne suffit jamais à décider.
        decrit = 0.45 * fuzz.token_set_ratio(_sans_mots_vides(nue), _sans_mots_vides(normaliser(description))) / 100
        if decrit > max(meilleure.note, 0.4):
            return Ressemblance(decrit, moment, f"proche de la description « {description} »")
        return meilleure


@lru_cache(maxsize=4)
def _lire(fichier: Path, _modifie: int) -> Entetes:
    connues, tables = [], {}
    with fichier.open(encoding="utf-8", newline="") as flux:
        for rang, ligne in enumerate(csv.DictReader(flux), start=2):
            table, colonne, ecritures = ligne["table"], ligne["colonne"], ligne["entetes"].split("|")
            _controler(f"{FICHIER}, ligne {rang}", table, colonne)
            if not colonne:
                tables[table] = tuple({normaliser(e) for e in (*ecritures, table)} - {""})
                continue
            connues += [Connue(table, colonne, ligne["moment"], normaliser(e)) for e in ecritures]
    return Entetes(tuple(c for c in connues if c.cle), tables)


def _controler(lieu: str, table: str, colonne: str) -> None:
    if table and table not in modele.TABLES:
        raise ErreurDefinition(f"{lieu} : table « {table} » inconnue.", suggestion(table, modele.TABLES))
    possibles = modele.TABLES[table].colonnes if table else modele.VARIABLES
    if colonne and colonne not in possibles:
        raise ErreurDefinition(f"{lieu} : colonne « {colonne} » inconnue.", suggestion(colonne, possibles))


def separer_moment(cle: str) -> tuple[str, str]:
    """(moment ou vide, en-tête sans les mots qui le disent) d'un en-tête normalisé."""
    for moment, ecritures in _MOMENTS.items():
        for ecriture in sorted(ecritures, key=len, reverse=True):
            if f" {ecriture} " in f" {cle} ":
                nue = f" {cle} ".replace(f" {ecriture} ", " ").strip()
                return (moment, nue) if nue else ("", cle)
    return "", cle


def numero_nu(entete: str) -> bool:
    """Vrai pour « N° », « Réf. », « Identifiant »… : un numéro qui ne dit pas de quoi."""
    return set(normaliser(entete).split()) <= _NUMEROS_NUS and bool(normaliser(entete))


def _sans_mots_vides(cle: str) -> str:
    return " ".join(m for m in cle.split() if m not in _MOTS_VIDES)


@lru_cache(maxsize=200_000)
def _comparer(cle: str, connue: str) -> float:
    """Ressemblance de deux en-têtes normalisés, de 0 à 1."""
    if cle == connue:
        return 1.0
    une, autre = _sans_mots_vides(cle), _sans_mots_vides(connue)
    if not une or not autre:
        return 0.0
    if sorted(une.split()) == sorted(autre.split()):
        return 0.97
    proche = fuzz.token_sort_ratio(une, autre) / 100
    mots, siens = set(une.split()), set(autre.split())
    if siens < mots:
        # « Situation familiale du ménage » contient « situation familiale ».
        proche = max(proche, 0.85 if len(siens) / len(mots) >= 0.6 else 0.55)
    elif mots < siens:
        proche = max(proche, 0.6)
    # Deux mots courts se ressemblent toujours un peu.
    return proche if proche >= (0.7 if min(len(une), len(autre)) > 4 else 0.85) or siens < mots or mots < siens else 0.0
