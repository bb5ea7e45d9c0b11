"""L'hébergement éducatif de jeunes de l'aide sociale à l'enfance : un groupe de majeurs, un groupe de mineurs."""

from __future__ import annotations

from generateur import tremplins_marges
from generateur.tremplins import tables_tremplins
from generateur.tremplins_calendrier import MAJEURS, MINEURS
from generateur.tremplins_exports import exports_tremplins

SERVICES = (MAJEURS, MINEURS)


def tables():
    return tables_tremplins()


def exports(t):
    return {groupe: exports_tremplins(groupe, t[groupe]) for groupe in SERVICES}


def compter(t):
    return {
        MAJEURS: tremplins_marges.compter(t[MAJEURS], t[MINEURS]),
        MINEURS: tremplins_marges.compter(t[MINEURS], t[MAJEURS]),
    }


def series():
    return {}
