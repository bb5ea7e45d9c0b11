"""Comparer des libellés : normalisation, racines, et le vocabulaire du contrôle (`vocabulaire.toml`)."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any

LONGUEUR_RACINE = 6


@cache
def vocabulaire() -> dict[str, Any]:
    """Le vocabulaire livré avec le contrôle."""
    return tomllib.loads((files("observatoire.controle_imprime") / "vocabulaire.toml").read_text(encoding="utf-8"))


@cache
def mots(texte: str) -> tuple[str, ...]:
    """Les mots d'un libellé ou d'un nom d'indicateur, en minuscules et sans accent."""
    nu = unicodedata.normalize("NFKD", texte.lower().replace("œ", "oe"))
    nu = "".join(c for c in nu if not unicodedata.combining(c))
    return tuple(re.findall(r"[a-z0-9]+", nu))


@cache
def racines(texte: str) -> frozenset[str]:
    """Les racines des mots qui portent : « refus d'orientation » et `refus_orientation` ont les mêmes."""
    vides = set(vocabulaire()["mots_vides"])
    return frozenset(_racine(m) for m in mots(texte) if m not in vides)


def _racine(mot: str) -> str:
    return mot.rstrip("sx")[:LONGUEUR_RACINE] if len(mot) > 3 else mot


@cache
def modalite_normale(texte: str) -> str:
    """Le nom commun d'une modalité : sans accent, et le premier de ses synonymes."""
    nu = " ".join(mots(_signes_en_mots(texte)))
    for nom, autres in vocabulaire()["synonymes"].items():
        if nu == nom or nu in autres:
            return nom
    return nu


def _signes_en_mots(texte: str) -> str:
    """« <25 ans », « - de 25 ans » et « +25 ans » ne se confondent pas une fois les signes retirés."""
    for signe, mot in (("≤", " moins egal "), ("≥", " plus egal "), ("<", " moins "), (">", " plus "), ("+", " plus ")):
        texte = texte.replace(signe, mot)
    return re.sub(r"(?:^|(?<=\s))[-−–](?=\s*(?:\d|de\b))", " moins ", texte)


@cache
def est_rapport(indicateur: str) -> bool:
    """Vrai pour `demandes_par_menage`, un rapport de deux comptes ; faux pour `heures_par_mois`, un compte daté."""
    suites = zip(mots(indicateur), mots(indicateur)[1:], strict=False)
    return any(mot == "par" and suivant not in vocabulaire()["periodes"] for mot, suivant in suites)


@cache
def passe_partout(modalite: str) -> bool:
    """Vrai pour « Autre » ou « Non renseigné » : des modalités de n'importe quelle ventilation."""
    return " ".join(mots(modalite)) in vocabulaire()["modalites_passe_partout"]


@cache
def est_total(modalite: str) -> bool:
    """Vrai pour « Total », « Ensemble », « Total des deux opérations » ; faux pour « Total hors relais »."""
    return _commence_en_total(modalite) and not _restreinte(modalite)


@cache
def hors_somme(modalite: str) -> bool:
    """Vrai pour une ligne déjà comptée par les autres : « Sous-total », « dont femmes », « Total hors relais »."""
    debut = mots(modalite)[:2]
    return (
        debut[:1] == ("dont",) or debut == ("sous", "total") or (_commence_en_total(modalite) and _restreinte(modalite))
    )


def _commence_en_total(modalite: str) -> bool:
    return bool(mots(modalite)) and mots(modalite)[0] in vocabulaire()["totaux"]


def _restreinte(modalite: str) -> bool:
    return not {"hors", "sans", "dont"}.isdisjoint(mots(modalite))


@cache
def porte(indicateur: str, liste: str) -> bool:
    """Vrai si un mot de l'indicateur est dans cette liste du vocabulaire."""
    return not set(mots(indicateur)).isdisjoint(vocabulaire()[liste])


@cache
def indicateur_canonique(indicateur: str) -> str:
    """L'indicateur sans le suffixe qui dit que le fait est cité une seconde fois."""
    for suffixe in vocabulaire()["suffixes_de_citation"]:
        if indicateur.endswith(f"_{suffixe}"):
            return indicateur.removesuffix(f"_{suffixe}") or indicateur
    return indicateur


@cache
def rubrique(page_section: str) -> str:
    """Le titre d'une rubrique sans sa parenthèse : « 2 Le public (ressources) » est dans « 2 Le public »."""
    return re.sub(r"\s*\([^)]*\)\s*$", "", page_section).strip()


def forme_partition(modalites: frozenset[str]) -> bool:
    """Vrai si ces modalités (normalisées) font à elles seules un tout (hommes et femmes…)."""
    return any(modalites == {modalite_normale(m) for m in p} for p in vocabulaire()["partitions"])
