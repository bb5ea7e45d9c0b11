"""Le lexique des sigles : ceux que le texte du cahier emploie, et eux seuls."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from observatoire.erreurs import ErreurFichier
from observatoire.espace import Espace

# Deux capitales au moins, chiffres permis ensuite ; « I » ou « II » n'en est pas un, ni un mot coupé.
_SIGLE = re.compile(r"(?<!\w)[A-ZÉÈÀÇ]{2}[A-Z0-9ÉÈÀÇ]*(?!\w)")
_ROMAIN = re.compile(r"[IVXLC]+")
_COLONNES = ("sigle", "libelle", "variantes")


@dataclass(frozen=True)
class Sigle:
    """Un sigle employé et ce qu'il veut dire."""

    sigle: str
    libelle: str


@dataclass(frozen=True)
class Lexique:
    """Les sigles employés par un texte : expliqués, inconnus, et ceux qu'une autre écriture remplace."""

    connus: tuple[Sigle, ...]
    inconnus: tuple[str, ...]
    a_remplacer: tuple[tuple[str, str], ...]

    @property
    def alertes(self) -> tuple[str, ...]:
        """Ce qu'il faut corriger dans les textes, une phrase par sigle."""
        return (
            *(f"Le sigle « {s} » est employé sans être expliqué : ajoutez-le au lexique." for s in self.inconnus),
            *(
                f"Le sigle « {s} » s'écrit « {bon} » : deux écritures pour une même chose."
                for s, bon in self.a_remplacer
            ),
        )


@lru_cache(maxsize=8)
def _lire(fichier: Path, _modifie: int) -> tuple[dict[str, str], dict[str, str]]:
    table = pl.read_csv(fichier, infer_schema=False)
    if tuple(table.columns) != _COLONNES:
        raise ErreurFichier(f"{fichier} : colonnes {', '.join(table.columns)}.", f"Attendues : {', '.join(_COLONNES)}.")
    doubles = table.filter(pl.col("sigle").is_duplicated())["sigle"].to_list()
    if doubles:
        raise ErreurFichier(f"{fichier} : le sigle « {doubles[0]} » est donné deux fois.", "Gardez-en un seul.")
    libelles = dict(table.select("sigle", "libelle").iter_rows())
    variantes = {
        v: ligne["sigle"]
        for ligne in table.filter(pl.col("variantes").is_not_null()).iter_rows(named=True)
        for v in ligne["variantes"].split("|")
    }
    return libelles, variantes


def employes(textes: Iterable[str]) -> list[str]:
    """Les sigles qu'emploient des textes, triés ; les nombres romains n'en sont pas."""
    trouves = {s for texte in textes for s in _SIGLE.findall(texte) if not _ROMAIN.fullmatch(s)}
    return sorted(trouves)


def lexique(espace: Espace, textes: Iterable[str]) -> Lexique:
    """Le lexique d'un texte, construit de `data/referentiels/sigles.csv` ; lève `ErreurFichier` s'il se lit mal."""
    fichier = espace.ressource("data/referentiels/sigles.csv")
    libelles, variantes = _lire(fichier, fichier.stat().st_mtime_ns)
    vus = employes(textes)
    return Lexique(
        connus=tuple(Sigle(s, libelles[s]) for s in vus if s in libelles),
        inconnus=tuple(s for s in vus if s not in libelles and s not in variantes),
        a_remplacer=tuple((s, variantes[s]) for s in vus if s not in libelles and s in variantes),
    )
