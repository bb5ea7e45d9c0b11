"""Le LTIAE : mesures d'accompagnement vers le logement de salariés en insertion."""

from __future__ import annotations

from generateur import marges_ltiae
from generateur.exports import exports_ltiae
from generateur.ltiae import tables_ltiae
from generateur.series import series_ltiae

SERVICES = ("ltiae",)


def tables():
    return {"ltiae": tables_ltiae()}


def exports(t):
    return {"ltiae": exports_ltiae(t["ltiae"])}


def compter(t):
    return {"ltiae": marges_ltiae.compter(t["ltiae"])}


def series():
    return {"ltiae": series_ltiae()}
