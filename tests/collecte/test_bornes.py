"""Un fichier piégé est refusé vite et sans remplir la mémoire : mesuré dans un processus à part, bridé."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.corpus.fabrique import Cas, tous_les_cas

PIEGES = (
    "cellule de 10 Mo",
    "cellule de 10 Mo entre guillemets",
    "cellule de 10 Mo dans un ODS",
    "archive qui se déploie à 600 Mo",
    "archive qui ment sur ses tailles",
    "cellule égarée à l'autre bout de la feuille",
    "cellules d'ODS répétées jusqu'au bout de la feuille",
    "même long texte dans 200 000 cellules",
    "un milliard d'espaces dans une cellule d'ODS",
    "entités XML qui se démultiplient",
    "Parquet de 500 millions de cellules",
)
MEMOIRE_MO, SECONDES = 600, 5.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="La mémoire se mesure dans /proc, propre à Linux.")
# Le processus compte sa mémoire et son temps de calcul ; le système le tue s'il dépasse de beaucoup.
PROGRAMME = """
import json, resource, sys, time
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (8 * 1024**3, 8 * 1024**3))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from observatoire.collecte import lire_tableau
from observatoire.erreurs import ErreurObservatoire
resultats = {}
for nom, chemin in json.load(sys.stdin).items():
    debut = time.process_time()
    try:
        lire_tableau(Path(chemin), ["N° mesure"])
        message = "lu"
    except ErreurObservatoire as erreur:
        message = erreur.message
    # VmHWM, et non ru_maxrss : celui-ci garde la mémoire du processus qui a lancé celui-là.
    etat = Path("/proc/self/status").read_text()
    pic = int(etat.split("VmHWM:")[1].split()[0]) // 1024
    resultats[nom] = [message, round(time.process_time() - debut, 2), pic]
print(json.dumps(resultats))
"""


def cas(nom: str) -> Cas:
    return next(c for c in tous_les_cas() if c.nom == nom)


@pytest.fixture(scope="module")
def constats(tmp_path_factory: pytest.TempPathFactory, racine: Path) -> dict[str, tuple[str, float, int]]:
    """(message, secondes de calcul, pic de mémoire en Mo depuis le début) de chaque fichier piégé."""
    depot, chemins = tmp_path_factory.mktemp("pieges"), {}
    for rang, nom in enumerate(PIEGES):
        chemins[nom] = depot / f"{rang}_{cas(nom).fichier}"
        cas(nom).ecrire(chemins[nom])
    rendu = subprocess.run(
        [sys.executable, "-c", PROGRAMME],
        input=json.dumps({nom: str(c) for nom, c in chemins.items()}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"PYTHONPATH": str(racine / "src"), "PATH": ""},
    )
    assert rendu.returncode == 0, rendu.stderr
    return {nom: tuple(constat) for nom, constat in json.loads(rendu.stdout).items()}


@pytest.mark.parametrize("nom", PIEGES)
def test_refus_borne(nom: str, constats: dict[str, tuple[str, float, int]]) -> None:
    """Le message est celui annoncé, en moins de cinq secondes de calcul et de 600 Mo."""
    message, secondes, pic = constats[nom]
    assert cas(nom).refus.split(".*")[0] in message
    assert secondes < SECONDES
    assert pic < MEMOIRE_MO
