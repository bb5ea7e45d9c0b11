"""Le verdict de qualité d'un service et d'une année, rangé avec l'empreinte des données qu'il juge.

Il est rangé au format de Great Expectations (une validation par table). Le lire n'importe pas Great
Expectations : il n'est recalculé que si les données, les suites, les seuils, les nomenclatures ou les réglages
qui comptent ont bougé. Il ne contient aucune valeur brute : des règles, des comptes et des textes des suites.
Les dérogations s'y appliquent à la lecture, au jour dit : une dérogation expirée ne couvre plus rien.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from observatoire.ecriture import remplacer_fichier
from observatoire.entrepot import Entrepot, lire_entrepot
from observatoire.espace import Espace
from observatoire.qualite.derogations import deroger, lire_derogations
from observatoire.qualite.historique import consigner
from observatoire.qualite.reception import empreinte_rejets
from observatoire.qualite.seuils import FICHIER as SEUILS
from observatoire.qualite.suites import TYPE_RECEPTION, fichiers_suites, lire_suites, touche
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
    niveau: str = "ligne"  # ou « ensemble » : la règle juge la table ou l'année, pas ses lignes une à une
    derogation: str = ""  # pourquoi l'échec est admis, décidé par quelle fonction et jusqu'à quand
    avec: tuple[str, ...] = ()  # ce qu'un chiffre doit lire en plus pour que la règle le touche

    @property
    def active(self) -> bool:
        """Vrai si la règle échoue et qu'aucune dérogation ne couvre cet échec."""
        return not self.reussie and not self.derogation

    @property
    def bloquante(self) -> bool:
        """Vrai si l'échec interdit le rapport entier."""
        return self.active and self.structurelle and self.severite == CRITIQUE

    @property
    def retenante(self) -> bool:
        """Vrai si l'échec retient les chiffres qu'il touche, et eux seuls."""
        return self.active and self.severite == CRITIQUE and not self.structurelle

    def touche(self, lues: Set[str]) -> bool:
        """Un chiffre qui lit ces « table.colonne » souffre-t-il de cet échec ?"""
        return touche(self.colonnes, self.avec, lues)

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
        for resultat in (r for r in self.resultats if r.retenante):
            for colonne in resultat.colonnes:
                retenues.setdefault(colonne, []).append(resultat.explication)
        return {colonne: tuple(textes) for colonne, textes in sorted(retenues.items())}

    def retenues(self, lues: Set[str]) -> dict[str, tuple[str, ...]]:
        """Les colonnes retenues pour un chiffre qui lit ces « table.colonne », avec les explications."""
        trouvees: dict[str, list[str]] = {}
        for resultat in (r for r in self.resultats if r.retenante and r.touche(lues)):
            for colonne in lues.intersection(resultat.colonnes):
                trouvees.setdefault(colonne, []).append(resultat.explication)
        return {colonne: tuple(textes) for colonne, textes in sorted(trouvees.items())}

    def avertissements(self, colonnes: Iterable[str] | None = None) -> tuple[ResultatRegle, ...]:
        """Les alertes qui touchent un chiffre lisant ces `colonnes` (« table.colonne »), ou toutes sans rien."""
        lues = None if colonnes is None else frozenset(colonnes)
        actives = (r for r in self.resultats if r.active and r.severite == ALERTE)
        return tuple(r for r in actives if lues is None or r.touche(lues))

    @property
    def derogees(self) -> tuple[ResultatRegle, ...]:
        """Les échecs qu'une dérogation en cours couvre."""
        return tuple(r for r in self.resultats if r.derogation)

    def en_dict(self) -> dict[str, Any]:
        """Le verdict en types JSON, état compris pour qui lit le fichier."""
        return {**json.loads(json.dumps(asdict(self))), "etat": self.etat}


def verdict(espace: Espace, service: str, annee: int) -> Verdict:
    """Le verdict du service pour l'année : lu s'il juge les données présentes, sinon recalculé et rangé.

    Le recalcul juge d'un coup toutes les années d'activité du service : les carnets n'ont plus qu'à lire.
    Lève `ErreurParametre` si le service n'existe pas, `ErreurDefinition` si une suite ou une dérogation se contredit.
    """
    derogations, jour = lire_derogations(espace), date.today()
    rendus, refaits = _verdicts(espace, service, annee)
    couverts = {a: deroger(rendu, derogations, jour) for a, rendu in rendus.items()}
    if refaits or any(d.service == service for d in derogations):
        for couvert in couverts.values():
            consigner(espace, couvert)
    return couverts[annee]


def _verdicts(espace: Espace, service: str, annee: int) -> tuple[dict[int, Verdict], bool]:
    """Les verdicts connus de l'année, ou ceux de toutes les années s'il a fallu les refaire ; et s'il l'a fallu."""
    fiche = lire_service(espace, service)
    entrepot = lire_entrepot(espace, service)
    regles = empreinte_regles(espace, fiche, entrepot)
    if entrepot.vide:
        return {annee: _rien_recu(espace, service, annee, entrepot.empreinte, regles)}, False
    connu = lire_verdict(espace, service, annee)
    if connu and (connu.empreinte, connu.empreinte_regles) == (entrepot.empreinte, regles):
        return {annee: connu}, False
    return _recalculer(espace, fiche, entrepot, annee, regles), True


def _recalculer(espace: Espace, fiche: Service, entrepot: Entrepot, annee: int, regles: str) -> dict[int, Verdict]:
    from observatoire.qualite.validation import valider  # importe Great Expectations

    jugement = valider(espace, fiche, entrepot, annee)
    rendus = {}
    for a, validations in jugement.validations.items():
        rendus[a] = Verdict(fiche.id, a, entrepot.empreinte, _resultats(validations), regles, jugement.non_recues)
        ranger_verdict(espace, rendus[a], validations)
    return rendus


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
    """Le verdict rangé, sans ses dérogations ; rien s'il n'y en a pas ou s'il est illisible (il sera refait)."""
    try:
        brut = json.loads(fichier_verdict(espace, service, annee).read_text(encoding="utf-8"))
        return Verdict(
            service=brut["service"],
            annee=brut["annee"],
            empreinte=brut["empreinte"],
            resultats=_resultats(brut["validations"]),
            empreinte_regles=brut["empreinte_regles"],
            non_recues=tuple(brut["non_recues"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def ranger_verdict(espace: Espace, rendu: Verdict, validations: Sequence[Mapping[str, Any]]) -> Path:
    """Écrit le verdict et ses validations GX d'un seul geste : un lecteur voit l'ancien ou le nouveau, jamais une
    moitié."""
    cible = fichier_verdict(espace, rendu.service, rendu.annee)
    contenu = {
        "service": rendu.service,
        "annee": rendu.annee,
        "etat": rendu.etat,
        "empreinte": rendu.empreinte,
        "empreinte_regles": rendu.empreinte_regles,
        "non_recues": rendu.non_recues,
        "validations": validations,
    }
    cible.parent.mkdir(parents=True, exist_ok=True)
    remplacer_fichier(cible, (json.dumps(contenu, ensure_ascii=False, separators=(",", ":")) + "\n").encode())
    return cible


def _resultats(validations: Iterable[Mapping[str, Any]]) -> tuple[ResultatRegle, ...]:
    """Nos résultats, lus de validations au format GX."""
    return tuple(_resultat(v["suite_name"], resultat) for v in validations for resultat in v["results"])


def _resultat(table: str, rendu: Mapping[str, Any]) -> ResultatRegle:
    attente, comptes = rendu["expectation_config"], rendu["result"]
    meta = attente["meta"]
    return ResultatRegle(
        regle=meta["regle"],
        table=table,
        colonnes=tuple(meta["colonnes"]),
        severite=attente["severity"],
        structurelle=meta["structurelle"],
        reussie=rendu["success"],
        lignes=comptes["element_count"],
        echecs=comptes["unexpected_count"],
        explication=meta["explication"],
        remede=meta["remede"],
        famille=meta["famille"],
        niveau=meta.get("niveau", "ligne"),
        avec=tuple(meta.get("avec", ())),
    )


def empreinte_regles(espace: Espace, fiche: Service, entrepot: Entrepot) -> str:
    """Empreinte de ce qui juge : suites, nomenclatures, code des contrôles, réglages, correspondances ; et des
    lignes que l'import a écartées, que l'empreinte des données ne voit pas."""
    somme = hashlib.sha256(f"polars {pl.__version__}".encode())
    nomenclatures = sorted(espace.ressource("data/nomenclatures").glob("*.csv"))
    code = sorted(Path(__file__).parent.glob("*.py"))
    seuils = espace.ressource(f"expectations/{SEUILS}")
    for fichier in [*fichiers_suites(espace), seuils, *nomenclatures, *code]:
        somme.update(fichier.name.encode() + b"\0" + fichier.read_bytes() + b"\0")
    reglages = {"parametres": asdict(fiche.parametres), "import": fiche.correspondances, "seuils": fiche.seuils}
    somme.update(empreinte_rejets(entrepot))
    somme.update(json.dumps(reglages, sort_keys=True, default=str).encode())
    return somme.hexdigest()
