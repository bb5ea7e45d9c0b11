"""Les familles de services de l'échantillon : un module chacune, trouvé par sa présence ici.

Un module de famille offre `SERVICES` (identifiants), `tables()` (service → tables propres), `exports(tables)`
(service → exports bruts), `compter(tables)` (service → chiffres comptés) et `series()` (service → chiffres
des années antérieures, reçus agrégés).
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType


@cache
def familles() -> dict[str, ModuleType]:
    """Les modules de famille, par leur nom."""
    noms = sorted(m.name for m in pkgutil.iter_modules(__path__))
    return {nom: import_module(f"{__name__}.{nom}") for nom in noms}


@cache
def famille_de(service: str) -> ModuleType:
    """La famille qui porte un service ; lève `KeyError` s'il n'est d'aucune."""
    for module in familles().values():
        if service in module.SERVICES:
            return module
    raise KeyError(service)


def services() -> list[str]:
    """Tous les services de l'échantillon, triés."""
    return sorted(s for module in familles().values() for s in module.SERVICES)
