"""Les suites : `expectations/<table>.json`, lues sans importer Great Expectations.

La suite est la liste unique des règles. Chaque règle porte sa sévérité et, dans `meta`, ce que le
lecteur a besoin de savoir : `regle` (identifiant stable), `explication`, `remede`, `colonnes`
(« table.colonne »), `structurelle`, `famille` et `perimetre` (les lignes qu'elle regarde) ; et, s'il y a lieu, `niveau`
(« ensemble » pour une règle qui juge la table entière et non ses lignes), `entraine`, les règles que le même défaut
déclenche aussi, et `avec`, ce qu'un chiffre doit lire en plus pour que la règle le touche (une fiche de sortie se
reconnaît à son moment ; deux dates qui se contredisent ne faussent que ce qui les rapproche).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace
from observatoire.modele import table as table_du_modele
from observatoire.qualite.perimetre import PERIMETRES

SEVERITES = ("critical", "warning", "info")
FAMILLES = (
    *("reception", "cle", "reference", "vocabulaire", "dates", "valeurs", "remplissage", "photos"),
    *("coherence", "comparaison"),
)
NIVEAUX = ("ligne", "ensemble")
META_EXIGEES = ("regle", "explication", "remede", "colonnes", "structurelle", "famille", "perimetre")
TYPE_RECEPTION = "attendre_table_recue"


@dataclass(frozen=True)
class Regle:
    """Une règle d'une suite : ce qu'elle dit au lecteur, et l'attente GX qui l'évalue."""

    regle: str
    table: str
    colonnes: tuple[str, ...]
    severite: str
    structurelle: bool
    famille: str
    perimetre: str
    explication: str
    remede: str
    attente: dict[str, Any]
    niveau: str = "ligne"
    entraine: tuple[str, ...] = ()
    avec: tuple[str, ...] = ()

    @property
    def colonne(self) -> str:
        """La colonne de la table que juge une règle de remplissage."""
        return self.attente["kwargs"]["colonnes"][0]

    def touche(self, lues: Set[str]) -> bool:
        """Un chiffre qui lit ces « table.colonne » souffre-t-il du défaut que la règle cherche ?"""
        return touche(self.colonnes, self.avec, lues)


def touche(colonnes: Iterable[str], avec: Iterable[str], lues: Set[str]) -> bool:
    """Lit-on l'une de ces colonnes, et toutes celles sans lesquelles le défaut ne compte pas ?"""
    return not lues.isdisjoint(colonnes) and lues.issuperset(avec)


def fichiers_suites(espace: Espace) -> list[Path]:
    """Les suites de l'espace, sinon celles livrées avec la bibliothèque, triées par nom.

    Lève `ErreurDefinition` s'il n'y en a aucune : publier sans contrôle n'est pas permis.
    """
    dossier = espace.ressource("expectations")
    fichiers = sorted(dossier.glob("*.json")) if dossier.is_dir() else []
    if not fichiers:
        raise ErreurDefinition(f"{dossier} : aucune suite de qualité.", "Remettez les fichiers <table>.json.")
    return fichiers


def lire_suites(espace: Espace) -> dict[str, tuple[Regle, ...]]:
    """Les règles de chaque table. Lève `ErreurDefinition` si une suite est illisible ou incomplète."""
    suites = {f.stem: _lire(f, f.stat().st_mtime_ns) for f in fichiers_suites(espace)}
    _exiger_identifiants_distincts(suites)
    return suites


@lru_cache(maxsize=128)
def _lire(fichier: Path, _modifie: int) -> tuple[Regle, ...]:
    try:
        brut = json.loads(fichier.read_text(encoding="utf-8"))
        attentes = brut["expectations"]
    except (ValueError, KeyError, TypeError) as erreur:
        raise ErreurDefinition(f"{fichier} n'est pas une suite lisible : {erreur}.") from erreur
    table_du_modele(fichier.stem)
    return tuple(_regle(fichier, attente) for attente in attentes)


def _regle(fichier: Path, attente: dict[str, Any]) -> Regle:
    meta = attente.get("meta", {})
    absentes = [c for c in META_EXIGEES if c not in meta]
    nom = meta.get("regle", attente.get("type", "?"))
    if absentes:
        raise ErreurDefinition(f"{fichier.name}, règle « {nom} » : meta sans {', '.join(absentes)}.")
    for champ, valeur, permis in (
        ("severity", attente.get("severity"), SEVERITES),
        ("famille", meta["famille"], FAMILLES),
        ("perimetre", meta["perimetre"], tuple(PERIMETRES)),
        ("niveau", meta.get("niveau", "ligne"), NIVEAUX),
    ):
        if valeur not in permis:
            raise ErreurDefinition(
                f"{fichier.name}, règle « {nom} » : {champ} = « {valeur} ».", f"Choix : {', '.join(permis)}."
            )
    return Regle(
        regle=nom,
        table=fichier.stem,
        colonnes=tuple(meta["colonnes"]),
        severite=attente["severity"],
        structurelle=meta["structurelle"],
        famille=meta["famille"],
        perimetre=meta["perimetre"],
        explication=meta["explication"],
        remede=meta["remede"],
        attente=attente,
        niveau=meta.get("niveau", "ligne"),
        entraine=tuple(meta.get("entraine", ())),
        avec=tuple(meta.get("avec", ())),
    )


def _exiger_identifiants_distincts(suites: dict[str, tuple[Regle, ...]]) -> None:
    vus: set[str] = set()
    for regle in (r for regles in suites.values() for r in regles):
        if regle.regle in vus:
            raise ErreurDefinition(f"Règle de qualité « {regle.regle} » déclarée deux fois.")
        vus.add(regle.regle)
