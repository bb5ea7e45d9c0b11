"""Le verdict de qualité d'un service et d'une année, rangé avec l'empreinte des données qu'il juge.

Lire un verdict n'importe pas Great Expectations : il n'est recalculé que si les données, les suites,
les nomenclatures ou les réglages qui comptent ont bougé. Un verdict ne contient aucune valeur brute :
des règles, des comptes et des textes des suites.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from observatoire.entrepot import Entrepot, lire_entrepot
from observatoire.espace import Espace
from observatoire.qualite.reception import empreinte_rejets
from observatoire.qualite.suites import TYPE_RECEPTION, fichiers_suites, lire_suites
from observatoire.services import Service, lire_service

PUBLIABLE, PARTIEL, BLOQUE = "publiable", "partiel", "bloque"
CRITIQUE, ALERTE, INFORMATION = "critical", "warning", "info"


@dataclass(frozen=True)
class ResultatRegle:
    """Une règle jugée : combien de lignes examinées, combien en défaut, et ce qu'il faut en dire.

    `colonnes` s'écrit « table.colonne ». `lignes` et `echecs` sont des comptes, jamais des valeurs.
    """

    regle: str
    table: str
    colonnes: tuple[str, ...]
    severite: str
    structurelle: bool
    reussie: bool
    lignes: int
    echecs: int
    explication: str
    remede: str
    famille: str = ""

    @property
    def bloquante(self) -> bool:
        """Vrai si l'échec interdit le rapport entier."""
        return not self.reussie and self.structurelle and self.severite == CRITIQUE

    @property
    def part_echecs(self) -> float | None:
        """Part de lignes en défaut, de 0 à 1 ; vide si rien n'a été examiné."""
        return self.echecs / self.lignes if self.lignes else None


@dataclass(frozen=True)
class Verdict:
    """Ce que la qualité des données permet de publier pour un service et une année."""

    service: str
    annee: int
    empreinte: str  # des données jugées
    resultats: tuple[ResultatRegle, ...]
    empreinte_regles: str = ""  # des suites, nomenclatures et réglages qui ont jugé
    non_recues: tuple[str, ...] = ()  # « table.colonne » que le service ne fournit pas

    @property
    def etat(self) -> str:
        """« bloque » (rien ne se publie), « partiel » (des colonnes sont retenues) ou « publiable »."""
        if self.bloquants:
            return BLOQUE
        return PARTIEL if self.colonnes_retenues else PUBLIABLE

    @property
    def bloquants(self) -> tuple[ResultatRegle, ...]:
        """Les échecs structurels : table manquante, clé vide ou en double."""
        return tuple(r for r in self.resultats if r.bloquante)

    @property
    def colonnes_retenues(self) -> dict[str, tuple[str, ...]]:
        """Colonnes dont un contrôle critique échoue, avec les explications : leurs indicateurs sont retenus."""
        retenues: dict[str, list[str]] = {}
        for resultat in self.resultats:
            if not resultat.reussie and resultat.severite == CRITIQUE and not resultat.structurelle:
                for colonne in resultat.colonnes:
                    retenues.setdefault(colonne, []).append(resultat.explication)
        return {colonne: tuple(textes) for colonne, textes in sorted(retenues.items())}

    def avertissements(self, colonnes: Iterable[str] | None = None) -> tuple[ResultatRegle, ...]:
        """Les alertes qui touchent une des `colonnes` (« table.colonne »), ou toutes si rien n'est donné."""
        voulues = None if colonnes is None else set(colonnes)
        return tuple(
            r
            for r in self.resultats
            if not r.reussie and r.severite == ALERTE and (voulues is None or voulues & set(r.colonnes))
        )

    def en_dict(self) -> dict[str, Any]:
        """Le verdict en types JSON, état compris pour qui lit le fichier."""
        return {**json.loads(json.dumps(asdict(self))), "etat": self.etat}

    @classmethod
    def depuis_dict(cls, brut: dict[str, Any]) -> Verdict:
        """L'inverse de `en_dict`. Lève `KeyError` ou `TypeError` si le contenu n'est pas un verdict."""
        resultats = tuple(ResultatRegle(**{**r, "colonnes": tuple(r["colonnes"])}) for r in brut["resultats"])
        return cls(
            service=brut["service"],
            annee=brut["annee"],
            empreinte=brut["empreinte"],
            resultats=resultats,
            empreinte_regles=brut["empreinte_regles"],
            non_recues=tuple(brut["non_recues"]),
        )


def verdict(espace: Espace, service: str, annee: int) -> Verdict:
    """Le verdict du service pour l'année : lu s'il juge les données présentes, sinon recalculé et rangé.

    Le recalcul juge d'un coup toutes les années d'activité du service : les carnets n'ont plus qu'à lire.
    Lève `ErreurParametre` si le service n'existe pas, `ErreurDefinition` si une suite se contredit.
    """
    fiche = lire_service(espace, service)
    entrepot = lire_entrepot(espace, service)
    regles = empreinte_regles(espace, fiche, entrepot)
    if entrepot.vide:
        return _rien_recu(espace, service, annee, entrepot.empreinte, regles)
    connu = lire_verdict(espace, service, annee)
    if connu and (connu.empreinte, connu.empreinte_regles) == (entrepot.empreinte, regles):
        return connu
    return _recalculer(espace, fiche, entrepot, annee, regles)


def _recalculer(espace: Espace, fiche: Service, entrepot: Entrepot, annee: int, regles: str) -> Verdict:
    from observatoire.qualite.validation import valider  # importe Great Expectations

    jugement = valider(espace, fiche, entrepot, annee)
    verdicts = {
        a: Verdict(fiche.id, a, entrepot.empreinte, resultats, regles, jugement.non_recues)
        for a, resultats in jugement.resultats.items()
    }
    for rendu in verdicts.values():
        ranger_verdict(espace, rendu)
    return verdicts[annee]


def _rien_recu(espace: Espace, service: str, annee: int, empreinte: str, regles: str) -> Verdict:
    """Sans aucune donnée, toutes les règles de réception échouent : nul besoin d'évaluer les autres."""
    receptions = (r for suite in lire_suites(espace).values() for r in suite if r.attente["type"] == TYPE_RECEPTION)
    resultats = tuple(
        ResultatRegle(
            r.regle, r.table, r.colonnes, r.severite, r.structurelle, False, 1, 1, r.explication, r.remede, r.famille
        )
        for r in receptions
    )
    return Verdict(service, annee, empreinte, resultats, regles)


def fichier_verdict(espace: Espace, service: str, annee: int) -> Path:
    return espace.entrepot(service) / "qualite" / f"{annee}.json"


def lire_verdict(espace: Espace, service: str, annee: int) -> Verdict | None:
    """Le verdict rangé, ou rien s'il n'y en a pas ou s'il est illisible (il sera refait)."""
    try:
        return Verdict.depuis_dict(json.loads(fichier_verdict(espace, service, annee).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def ranger_verdict(espace: Espace, rendu: Verdict) -> Path:
    """Écrit le verdict d'un seul geste : un lecteur voit l'ancien ou le nouveau, jamais une moitié."""
    cible = fichier_verdict(espace, rendu.service, rendu.annee)
    cible.parent.mkdir(parents=True, exist_ok=True)
    texte = json.dumps(rendu.en_dict(), ensure_ascii=False, indent=1) + "\n"
    descripteur, provisoire = tempfile.mkstemp(dir=cible.parent, suffix=".provisoire")
    with os.fdopen(descripteur, "w", encoding="utf-8") as flux:
        flux.write(texte)
    os.replace(provisoire, cible)
    return cible


def empreinte_regles(espace: Espace, fiche: Service, entrepot: Entrepot) -> str:
    """Empreinte de ce qui juge : suites, nomenclatures, code des contrôles, réglages, correspondances ; et des
    lignes que l'import a écartées, que l'empreinte des données ne voit pas."""
    somme = hashlib.sha256(f"polars {pl.__version__}".encode())
    nomenclatures = sorted(espace.ressource("data/nomenclatures").glob("*.csv"))
    code = sorted(Path(__file__).parent.glob("*.py"))
    for fichier in [*fichiers_suites(espace), *nomenclatures, *code]:
        somme.update(fichier.name.encode() + b"\0" + fichier.read_bytes() + b"\0")
    reglages = {"parametres": asdict(fiche.parametres), "import": fiche.correspondances}
    somme.update(empreinte_rejets(entrepot))
    somme.update(json.dumps(reglages, sort_keys=True, default=str).encode())
    return somme.hexdigest()
