"""Générateur de l'échantillon : des exports bruts fictifs dont le résultat propre redonne les chiffres imprimés.

Trois temps : des tables propres calées sur les marges (un module par famille de services, dans `familles`),
un contrôle par comptage direct (`marges`), puis leur mise en exports bruts et leur salissure (`exports`,
`salissure`, `ecriture`). Aucune personne réelle : tout est tiré au sort, de façon reproductible.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from generateur.ecriture import octets_des_exports
from generateur.familles import famille_de
from generateur.salissure import Export


@cache
def _tables_de(famille: str) -> dict[str, dict[str, pl.DataFrame]]:
    from generateur.familles import familles

    return familles()[famille].tables()


def tables_propres(service: str) -> dict[str, pl.DataFrame]:
    """La vérité propre d'un service : table du modèle → lignes. Elle n'est écrite nulle part."""
    return _tables_de(famille_de(service).__name__.rpartition(".")[2])[service]


def exports_bruts(service: str) -> list[Export]:
    """Les exports d'un service, avant leur salissure."""
    module = famille_de(service)
    return module.exports({s: tables_propres(s) for s in module.SERVICES})[service]


def lignes_a_rejeter(service: str) -> dict[str, int]:
    """Nombre de lignes ajoutées pour être rejetées, par fichier d'export du service."""
    nombres: dict[str, int] = {}
    for export in exports_bruts(service):
        nombres[export.fichier] = nombres.get(export.fichier, 0) + len(export.a_rejeter)
    return nombres


def octets_de_l_echantillon(service: str) -> dict[str, bytes]:
    """Les exports bruts d'un service, fraîchement générés : nom de fichier → contenu."""
    return octets_des_exports(exports_bruts(service))
