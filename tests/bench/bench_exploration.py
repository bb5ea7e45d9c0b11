"""Mesurer l'explorateur : ce que dure chaque geste, du contrôle touché aux composants refaits, sur un gros service.

Depuis la racine du projet : `.venv/bin/python -m tests.bench.bench_exploration [MESURES…]` (5 000 et un million par
défaut). Chaque geste passe par les mêmes appels que les contrôles (`Explorateur.choisir`, `choisir_marque`) : demande,
calcul, protection, phrases, tableau, spécification du graphique, état envoyé aux composants. Une vue déjà vue est
oubliée avant chaque geste : aucun ne profite de la mémoire d'un autre. Ce qui ne se fait qu'une fois (le verdict de
qualité, les populations) est mesuré à part : l'explorateur le fait en l'annonçant. Le tracé dans le navigateur n'y est
pas : il ne dépend que du nombre de cellules.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from observatoire.exploration import Atelier
from observatoire.exploration.demande import controler_demande
from observatoire.exploration.explorateur import Explorateur
from observatoire.exploration.widgets_etat import etat_de
from tests.bench.bench_qualite import _espace
from tests.bench.grandes_tables import ANNEE, SERVICE, grandes_tables

MESURES = (5_000, 1_000_000)
FOIS = 3
# Les gestes d'une exploration, dans l'ordre où on les ferait ; « marque » : un clic sur une barre.
GESTES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("un autre chiffre", {"indicateur": "repartition_genre"}),
    ("une répartition", {"indicateur": "situation_logement_entree"}),
    ("clic sur une barre", {"marque": ("logement_entree", "RUE")}),
    ("un taux", {"indicateur": "part_sans_ressource"}),
    ("une ventilation", {"ventilations": ["genre"]}),
    ("deux ventilations", {"ventilations": ["genre", "age_tranche"]}),
    ("un filtre", {"filtres": {"genre": ["F"]}, "ventilations": ["age_tranche"]}),
    ("l'édition diffusable", {"diffusion": "public"}),
    ("l'édition interne", {"diffusion": "interne"}),
    ("sans filtre", {"filtres": {}, "ventilations": ["logement_entree"]}),
    ("un compte", {"indicateur": "mesures_exercees", "ventilations": ["type_mesure"]}),
    ("année par année", {"comparaison": "annees", "ventilations": []}),
    ("avec l'année précédente", {"comparaison": "annee_precedente"}),
    ("une médiane", {"indicateur": "ressources_medianes", "ventilations": ["genre"]}),
)


@dataclass(frozen=True)
class Durees:
    """En secondes : l'ouverture (verdict, première vue), les populations, puis chaque geste (nom → médiane)."""

    mesures: int
    ouverture: float
    populations: float
    gestes: dict[str, float]

    @property
    def mediane(self) -> float:
        """La durée médiane d'un geste."""
        return statistics.median(self.gestes.values())

    def __str__(self) -> str:
        combien = f"{self.mesures:_}".replace("_", " ")
        lignes = [
            f"{combien} mesures : ouverture {self.ouverture:.1f} s, populations {self.populations:.1f} s",
            *(f"  {nom:<26} {1000 * duree:6.0f} ms" for nom, duree in self.gestes.items()),
            f"  médiane des gestes         {1000 * self.mediane:6.0f} ms",
        ]
        return "\n".join(lignes)


def mesurer(mesures: int, dossier: Path, fois: int = FOIS) -> Durees:
    """Ouvre l'explorateur sur un service de tant de mesures et fait chaque geste `fois` fois."""
    espace = _espace(dossier / f"espace-{mesures}", _tables(mesures))
    atelier, debut = Atelier(espace), time.perf_counter()
    depart = {"services": SERVICE, "annees": ANNEE, "indicateur": "composition_familiale"}
    explorateur = Explorateur(atelier, etat_de(controler_demande(espace, depart)), preparer=False)
    ouverture, debut = time.perf_counter() - debut, time.perf_counter()
    atelier.preparer(SERVICE, [ANNEE, ANNEE - 1])
    populations = time.perf_counter() - debut
    durees: dict[str, list[float]] = {nom: [] for nom, _ in GESTES}
    for _ in range(fois):
        for nom, changements in GESTES:
            durees[nom].append(_geste(explorateur, dict(changements)))
    return Durees(mesures, ouverture, populations, {nom: statistics.median(d) for nom, d in durees.items()})


def _geste(explorateur: Explorateur, changements: dict[str, Any]) -> float:
    """La durée d'un geste. Lève `AssertionError` si l'explorateur l'a refusé : une erreur irait trop vite."""
    explorateur.atelier.oublier_vues()
    debut = time.perf_counter()
    marque = changements.pop("marque", None)
    vue = explorateur.choisir_marque(marque) if marque else explorateur.choisir(**changements)
    duree = time.perf_counter() - debut
    assert vue is not None and not explorateur.erreur, explorateur.erreur
    return duree


def _tables(mesures: int) -> dict[str, pl.DataFrame]:
    """Un gros service sans doublon de situation : l'année se publie."""
    tables = grandes_tables(mesures)
    cle = ["id_menage", "id_personne", "date", "moment"]
    return {**tables, "situation": tables["situation"].unique(cle, keep="first", maintain_order=True)}


if __name__ == "__main__":
    demandes = [int(n) for n in sys.argv[1:]] or MESURES
    with tempfile.TemporaryDirectory() as temporaire:
        print(f"L'explorateur, geste par geste, le {date.today():%d/%m/%Y}")
        for demande in demandes:
            print(mesurer(demande, Path(temporaire)))
