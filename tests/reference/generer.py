"""Refait l'échantillon : exports bruts de data/exemple, séries publiées et table de provenance.

Usage : `python tests/reference/generer.py`. Chaque chiffre est compté et comparé à l'imprimé avant
toute écriture. Deux exécutions écrivent les mêmes octets.
"""

from __future__ import annotations

import sys
from pathlib import Path

ICI = Path(__file__).resolve().parent
RACINE = ICI.parents[1]
sys.path.insert(0, str(ICI))

from generateur import tables_propres  # noqa: E402
from generateur.ecriture import ecrire_exports  # noqa: E402
from generateur.exports import EXPORTS  # noqa: E402
from generateur.marges import ecrire_provenance  # noqa: E402
from generateur.series import ecrire_series  # noqa: E402


def principal() -> None:
    """Contrôle les marges, puis écrit les exports, les séries et la provenance."""
    tables = tables_propres()
    nombre = ecrire_provenance(tables, ICI / "provenance.csv")
    print(f"{nombre} chiffres comptés et rangés dans tests/reference/provenance.csv")
    for service, exports in EXPORTS.items():
        fichiers = ecrire_exports(exports(tables[service]), RACINE / "data" / "exemple" / service)
        poids = sum(f.stat().st_size for f in fichiers)
        print(f"{service} : {len(fichiers)} exports, {poids // 1024} Ko")
    ecrire_series(RACINE / "data" / "publie")


if __name__ == "__main__":
    principal()
