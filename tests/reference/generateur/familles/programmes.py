"""Les programmes du cahier régional : un générateur, une ligne de paramètres par programme."""

from __future__ import annotations

from generateur.programmes_exports import exports_du_programme
from generateur.programmes_lignes import tables_du_programme
from generateur.programmes_marges import compter as compter_un
from generateur.programmes_table import ACTES, PLACES, PROGRAMMES

SERVICES = tuple(p.service for p in PROGRAMMES)
TITRES = {p.service: f"{p.prefixe} - suivi des participants" for p in PROGRAMMES}


def tables():
    return {p.service: tables_du_programme(p, PLACES.get(p.service, ()), ACTES.get(p.service, ())) for p in PROGRAMMES}


def exports(t):
    return {service: exports_du_programme(service, TITRES[service], t[service]) for service in t}


def compter(t):
    return {service: compter_un(service, t[service]) for service in t}


def series():
    return {}
