"""Mesurer l'import : sa durée rapportée à celle de `polars.read_csv` sur le même fichier, et sa mémoire.

Depuis la racine du projet : `.venv/bin/python -m tests.bench.bench_import [LIGNES]` (un million par défaut).
Chaque mesure tourne dans un processus neuf, et la meilleure de plusieurs est retenue : les autres disent surtout
ce que la machine faisait à côté.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.bench.grand_export import COLONNES, REGLAGE, ecrire_grand_export

LIGNES = 1_000_000
_MESURE = """
import json, sys, time
from pathlib import Path
quoi, fichier, espace = sys.argv[1:]
import polars as pl
if quoi == "import":
    from observatoire.espace import Espace
    from observatoire.importation import importer
debut = time.perf_counter()
if quoi == "import":
    bilan = importer(Espace.ouvrir(espace), Path(fichier), "grand")
    comptes = [bilan.lues, bilan.gardees, bilan.fusionnees, bilan.rejetees]
else:
    comptes = [pl.read_csv(fichier, separator=";").height]
secondes = time.perf_counter() - debut
try:
    import resource
    memoire = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
except ImportError:
    memoire = 0.0
print(json.dumps({"secondes": secondes, "memoire": memoire, "comptes": comptes}))
"""


@dataclass(frozen=True)
class Mesure:
    """Une mesure : durées en secondes, tailles en mégaoctets, comptes du bilan (lues, gardées, fondues, rejetées)."""

    lignes: int
    fichier: float
    lecture: float
    importation: float
    memoire_lecture: float
    memoire_import: float
    comptes: tuple[int, ...]

    @property
    def rapport(self) -> float:
        """Durée de l'import rapportée à celle de `polars.read_csv`."""
        return self.importation / self.lecture

    def __str__(self) -> str:
        return (
            f"{f'{self.lignes:_}'.replace('_', ' ')} lignes, {len(COLONNES)} colonnes, {self.fichier:.0f} Mo : "
            f"polars.read_csv {self.lecture:.2f} s ({self.memoire_lecture:.0f} Mo), "
            f"import {self.importation:.2f} s ({self.memoire_import:.0f} Mo), rapport {self.rapport:.1f}"
        )


def _lancer(quoi: str, fichier: Path, espace: Path, cle: Path) -> dict:
    environnement = {**os.environ, "OBSERVATOIRE_CLE": str(cle)}
    commande = [sys.executable, "-c", _MESURE, quoi, str(fichier), str(espace)]
    fait = subprocess.run(commande, env=environnement, check=True, capture_output=True, text=True)
    return json.loads(fait.stdout.splitlines()[-1])


def mesurer(lignes: int, dossier: Path, fois: int = 2) -> Mesure:
    """Écrit un grand export dans `dossier`, le lit et l'importe `fois` fois, et garde les meilleures durées."""
    fichier = ecrire_grand_export(dossier / "grand_export.csv", lignes)
    lectures = [_lancer("lecture", fichier, dossier, dossier / "essai.cle") for _ in range(fois + 1)]
    imports = []
    for rang in range(fois):
        espace = dossier / f"espace-{rang}"
        (espace / "data" / "services").mkdir(parents=True)
        (espace / "data" / "services" / "grand.toml").write_text(REGLAGE, encoding="utf-8")
        imports.append(_lancer("import", fichier, espace, dossier / "cles" / "essai.cle"))
    return Mesure(
        lignes,
        fichier.stat().st_size / 1e6,
        min(lecture["secondes"] for lecture in lectures),
        min(fait["secondes"] for fait in imports),
        min(lecture["memoire"] for lecture in lectures),
        max(fait["memoire"] for fait in imports),
        tuple(imports[0]["comptes"]),
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporaire:
        print(mesurer(int(sys.argv[1]) if len(sys.argv) > 1 else LIGNES, Path(temporaire)))
