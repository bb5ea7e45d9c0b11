"""Une écriture tuée (SIGKILL) à n'importe quel moment laisse l'ancien état ou le nouveau, jamais un mélange."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import polars as pl
import pytest

from observatoire.entrepot import lire_entrepot
from observatoire.livraisons import enregistrer, livraisons
from tests.test_livraisons import SERVICE, fiche, fichiers, mesures, nouvel_espace

RACINE = Path(__file__).parents[1]
OPERATIONS = (
    "premier import",
    "import suivant",
    "reprise de l'ancien rangement",
    "retrait",
    "purge",
    "remplacement",
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="ce système ne sait pas tuer net un processus")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_tuee_a_chaque_pas(operation: str, tmp_path: Path) -> None:
    """Chaque appel au système de fichiers est le dernier, l'un après l'autre."""
    lance = subprocess.run(
        [sys.executable, "-m", "tests.coupures", operation, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=RACINE,
        timeout=600,
        check=False,
        env={**os.environ, "POLARS_MAX_THREADS": "1"},
    )
    assert lance.returncode == 0, lance.stderr
    assert int(lance.stdout) > 10, "trop peu de pas : l'essai ne prouve rien"


ENDURANCE = textwrap.dedent("""
    import sys
    from pathlib import Path
    from observatoire.espace import Espace
    from observatoire.livraisons import enregistrer
    from tests.test_coupures import livraison
    from tests.test_livraisons import SERVICE
    espace, depart = Espace(Path(sys.argv[1])), int(sys.argv[2])
    print("prêt", flush=True)
    for n in range(depart, depart + 1000):
        enregistrer(espace, SERVICE, *livraison(n))
""")
LIGNES = 20_000


def livraison(numero: int) -> tuple[dict[str, pl.DataFrame], dict]:
    """Une livraison qui redonne toujours les mêmes clés, avec son numéro partout."""
    une = mesures({"id_mesure": "A", "rang": numero})["mesure"]
    cles = pl.Series("id_mesure", [f"{i:06d}" for i in range(LIGNES)])
    return {"mesure": une.drop("id_mesure").join(cles.to_frame(), how="cross").select(une.columns)}, fiche(
        x=str(numero)
    )


def test_tuee_au_hasard(tmp_path: Path) -> None:
    """Des imports de vingt mille lignes, tués après un délai quelconque : une seule valeur partout, toutes les clés."""
    espace, hasard, derniere = nouvel_espace(tmp_path / "espace"), random.Random(7), 0
    enregistrer(espace, SERVICE, *livraison(0))
    for _ in range(8):
        lance = subprocess.Popen(
            [sys.executable, "-c", ENDURANCE, str(espace.racine), str(derniere + 1)], stdout=subprocess.PIPE, cwd=RACINE
        )
        assert lance.stdout.readline() == "prêt\n".encode()
        time.sleep(hasard.uniform(0, 0.6))
        lance.kill()
        assert lance.wait() == -9
        lance.stdout.close()
        rangs = lire_entrepot(espace, SERVICE).table("mesure")["rang"]
        assert rangs.len() == LIGNES and rangs.n_unique() == 1 and rangs[0] >= derniere
        assert len(livraisons(espace, SERVICE)) == rangs[0] + 1
        derniere = rangs[0]
    assert derniere > 0, "aucun import n'a eu le temps de finir"
    assert enregistrer(espace, SERVICE, *livraison(derniere + 1)).nouvelle
    assert not [f for f in fichiers(espace) if ".tmp-" in f]
