"""Mesurer le contrôle qualité : notre moteur et Great Expectations sur pandas, mêmes règles, mêmes lignes.

Depuis la racine du projet : `.venv/bin/python -m tests.bench.bench_qualite [LIGNES…]` (5 000 et un million par
défaut). Les règles comparées sont celles de la suite `mesure` que les attentes livrées avec Great Expectations savent
dire, sauf les références : il faudrait lui écrire un million d'identifiants dans une liste de valeurs permises. Le
chargement des bibliothèques et la conversion en pandas ne sont comptés à personne. Le dernier chiffre est un verdict
entier : toutes les règles, sur toutes les tables d'un service de ce nombre de lignes, lecture comprise.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from observatoire.entrepot import ecrire_entrepot, lire_entrepot
from observatoire.espace import Espace
from observatoire.qualite.controles import CONTROLES
from observatoire.qualite.moteur import VERDICT_SEULEMENT, examiner
from observatoire.qualite.validation import valider
from observatoire.services import lire_service
from tests.bench.grandes_tables import ANNEE, REGLAGE, SERVICE, TABLES_PLEINES, grandes_tables, mesures
from tests.qualite.equivalents import Comptes, Equivalent, Serie, equivalent

LIGNES = (5_000, 1_000_000)
Reglages = dict[str, Any]


@dataclass(frozen=True)
class Duree:
    """Une durée en secondes : à la montre, et en temps de calcul de tous les cœurs.

    Sur une machine occupée, seule la seconde ne dit pas aussi ce que faisaient les autres.
    """

    montre: float
    calcul: float

    def __str__(self) -> str:
        return f"{self.montre:8.2f} s à la montre, {self.calcul:7.2f} s de calcul"


@dataclass(frozen=True)
class Mesure:
    """Les durées : `lignes` mesures et `regles` règles comparées ; le verdict d'un service de cette taille."""

    lignes: int
    regles: int
    moteur: Duree
    nos_attentes: Duree
    de_serie: Duree
    lignes_service: int
    regles_verdict: int
    verdict: Duree

    @property
    def rapport(self) -> float:
        """Temps de calcul de Great Expectations de série rapporté à celui du moteur."""
        return self.de_serie.calcul / self.moteur.calcul

    def __str__(self) -> str:
        return (
            f"{_millier(self.lignes)} lignes, {self.regles} règles :\n"
            f"  Great Expectations de série, pandas {self.de_serie}\n"
            f"  Great Expectations, nos attentes    {self.nos_attentes}\n"
            f"  notre moteur                        {self.moteur}   ({self.rapport:.0f} fois plus vite)\n"
            f"  verdict du service entier           {self.verdict}   "
            f"({_millier(self.lignes_service)} lignes, {self.regles_verdict} règles)"
        )


def _millier(nombre: int) -> str:
    return f"{nombre:_}".replace("_", " ")


def _chronometrer(travail: Callable[[], Any], fois: int) -> tuple[Duree, Any]:
    """Les meilleures durées de plusieurs essais, et ce que rend le dernier."""
    montres, calculs, rendu = [], [], None
    for _ in range(fois):
        montre, calcul = time.perf_counter(), time.process_time()
        rendu = travail()
        montres.append(time.perf_counter() - montre)
        calculs.append(time.process_time() - calcul)
    return Duree(min(montres), min(calculs)), rendu


def _du_moteur(lot: pl.DataFrame, regles: Sequence[tuple[str, Reglages]]) -> list[Comptes]:
    examens = [
        CONTROLES[type_](lot, **{c: v for c, v in reglages.items() if c not in VERDICT_SEULEMENT})
        for type_, reglages in regles
    ]
    return [(examen.lignes, examen.echecs) for examen in examens]


def _de_nos_attentes(serie: Serie, cadre: Any, regles: Sequence[tuple[str, Reglages]]) -> list[Comptes]:
    import great_expectations as gx

    ecrites = [{"type": type_, "kwargs": k, "meta": {"rang": rang}} for rang, (type_, k) in enumerate(regles)]
    rendus = serie.lot(cadre).validate(gx.ExpectationSuite(name="mesure", expectations=ecrites)).results
    par_rang = {r.expectation_config.meta["rang"]: r.result for r in rendus}
    return [(par_rang[i]["element_count"], par_rang[i]["unexpected_count"]) for i in range(len(regles))]


def _regles_comparees(espace: Espace) -> list[tuple[str, Reglages, Equivalent]]:
    """Les règles de la suite `mesure`, réglages résolus, qui ont un équivalent de série praticable."""
    jugees = [e for e in examiner(espace, SERVICE, ANNEE) if e.regle.table == "mesure"]
    resolues = [(e.regle.attente["type"], dict(e.reglages)) for e in jugees if e.regle.famille != "reference"]
    traduites = [(type_, k, equivalent(type_, k, {})) for type_, k in resolues]
    return [(type_, k, e) for type_, k, e in traduites if e is not None]


def _espace(dossier: Path, tables: dict[str, pl.DataFrame]) -> Espace:
    services = dossier / "data" / "services"
    services.mkdir(parents=True)
    (services / f"{SERVICE}.toml").write_text(REGLAGE, encoding="utf-8")
    espace = Espace(dossier)
    ecrire_entrepot(espace, SERVICE, tables, {})
    return espace


def mesurer(lignes: int, dossier: Path, fois: int = 1) -> Mesure:
    """Juge un service de `lignes` lignes, puis autant de mesures de trois façons, dont il exige les mêmes comptes."""
    tables = grandes_tables(max(1, lignes // TABLES_PLEINES))
    espace = _espace(dossier / f"espace-{lignes}", tables)
    fiche, entrepot = lire_service(espace, SERVICE), lire_entrepot(espace, SERVICE)
    duree_verdict, jugement = _chronometrer(lambda: valider(espace, fiche, entrepot, ANNEE), fois)
    comparees = _regles_comparees(espace)
    notres, de_serie = [(type_, k) for type_, k, _ in comparees], [e for *_, e in comparees]
    lot, serie = mesures(lignes), Serie()
    cadre, arrow = lot.to_pandas(), lot.to_pandas(use_pyarrow_extension_array=True)
    duree_moteur, comptes = _chronometrer(lambda: _du_moteur(lot, notres), fois)
    duree_attentes, des_attentes = _chronometrer(lambda: _de_nos_attentes(serie, arrow, notres), fois)
    duree_serie, juges = _chronometrer(lambda: serie.juger(cadre, de_serie), fois)
    if not comptes == des_attentes == [compte for compte, _ in juges]:
        raise AssertionError("les trois façons ne comptent pas les mêmes lignes")
    return Mesure(
        lignes,
        len(comparees),
        duree_moteur,
        duree_attentes,
        duree_serie,
        sum(table.height for table in tables.values()),
        sum(len(v["results"]) for v in jugement.validations[ANNEE]),
        duree_verdict,
    )


if __name__ == "__main__":
    demandes = [int(n) for n in sys.argv[1:]] or LIGNES
    with tempfile.TemporaryDirectory() as temporaire:
        print(f"Great Expectations et notre moteur, le {date.today():%d/%m/%Y}")
        for demande in demandes:
            print(mesurer(demande, Path(temporaire), fois=3 if demande < 100_000 else 1))
