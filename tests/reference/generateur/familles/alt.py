"""ALT : logement temporaire des jeunes, et des familles et jeunes couples."""

from __future__ import annotations

from generateur import marges_alt
from generateur.alt import FAMILLES, JEUNES, tables_groupe
from generateur.alt_exports import exports_groupe

GROUPES = {g.service: g for g in (JEUNES, FAMILLES)}
SERVICES = tuple(GROUPES)


def tables():
    return {service: tables_groupe(g) for service, g in GROUPES.items()}


def exports(t):
    return {service: exports_groupe(g, t[service]) for service, g in GROUPES.items()}


def compter(t):
    return {service: marges_alt.compter(g, t[service]) for service, g in GROUPES.items()}


def series():
    return {}
