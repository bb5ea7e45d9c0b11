"""Refait l'échantillon : exports bruts de data/exemple, séries publiées et tables de provenance.

Usage : `python tests/reference/generer.py [FAMILLE…]`, toutes les familles par défaut. Chaque chiffre est
compté et comparé à l'imprimé avant toute écriture. Deux exécutions écrivent les mêmes octets.
"""

from __future__ import annotations

import sys
from pathlib import Path

ICI = Path(__file__).resolve().parent
RACINE = ICI.parents[1]
sys.path.insert(0, str(ICI))

from generateur import exports_bruts  # noqa: E402
from generateur.ecriture import ecrire_exports  # noqa: E402
from generateur.familles import familles  # noqa: E402
from generateur.marges import ecrire_provenance  # noqa: E402
from generateur.series import ecrire_series  # noqa: E402


def principal(noms: list[str]) -> None:
    """Contrôle les marges, puis écrit les exports, les séries et la provenance des familles nommées."""
    inconnues = set(noms) - set(familles())
    if inconnues:
        raise SystemExit(f"Famille inconnue : {', '.join(sorted(inconnues))}. Familles : {', '.join(familles())}.")
    for nom, module in familles().items():
        if noms and nom not in noms:
            continue
        for service in module.SERVICES:
            nombre = ecrire_provenance(service, ICI / "provenance" / f"{service}.csv")
            fichiers = ecrire_exports(exports_bruts(service), RACINE / "data" / "exemple" / service)
            poids = sum(f.stat().st_size for f in fichiers)
            ecrire_series(service, RACINE / "data" / "publie")
            print(f"{service} : {nombre} chiffres comptés, {len(fichiers)} exports, {poids // 1024} Ko")


if __name__ == "__main__":
    principal(sys.argv[1:])
