"""Générateur de l'échantillon : des exports bruts fictifs dont le résultat propre redonne les chiffres imprimés.

Trois temps : des tables propres calées sur les marges (`ltiae`, `cllaj`), un contrôle par comptage
direct (`marges`), puis leur mise en exports bruts et leur salissure (`exports`, `salissure`, `ecriture`).
Aucune personne réelle : tout est tiré au sort, de façon reproductible.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from generateur.cllaj import tables_cllaj
from generateur.ecriture import octets_des_exports
from generateur.exports import EXPORTS
from generateur.ltiae import tables_ltiae


@cache
def tables_propres() -> dict[str, dict[str, pl.DataFrame]]:
    """La vérité propre : service → table du modèle → lignes. Elle n'est écrite nulle part."""
    return {"cllaj": tables_cllaj(), "ltiae": tables_ltiae()}


def lignes_a_rejeter(service: str) -> dict[str, int]:
    """Nombre de lignes ajoutées pour être rejetées, par fichier d'export du service."""
    nombres: dict[str, int] = {}
    for export in EXPORTS[service](tables_propres()[service]):
        nombres[export.fichier] = nombres.get(export.fichier, 0) + len(export.a_rejeter)
    return nombres


def octets_de_l_echantillon(service: str) -> dict[str, bytes]:
    """Les exports bruts d'un service, fraîchement générés : nom de fichier → contenu."""
    return octets_des_exports(EXPORTS[service](tables_propres()[service]))
