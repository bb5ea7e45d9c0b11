"""Contrôles des chiffres imprimés qui ne sont pas des cellules : un module par famille de services.

Chaque module offre `VERIFICATIONS` : nom → fonction(espace, service, ligne), qui échoue si le chiffre n'est pas là.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module

VERIFICATIONS: dict[str, Callable] = {}
for _module in sorted(m.name for m in pkgutil.iter_modules(__path__)):
    for _nom, _fonction in import_module(f"{__name__}.{_module}").VERIFICATIONS.items():
        if _nom in VERIFICATIONS:
            raise ImportError(f"Vérification « {_nom} » écrite deux fois.")
        VERIFICATIONS[_nom] = _fonction
