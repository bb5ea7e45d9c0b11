"""Le CLLAJ : accueil, information et orientation des jeunes."""

from __future__ import annotations

from generateur import marges_cllaj
from generateur.cllaj import tables_cllaj
from generateur.exports import exports_cllaj
from generateur.series import series_cllaj

SERVICES = ("cllaj",)


def tables():
    return {"cllaj": tables_cllaj()}


def exports(t):
    return {"cllaj": exports_cllaj(t["cllaj"])}


def compter(t):
    return {"cllaj": marges_cllaj.compter(t["cllaj"])}


def series():
    return {"cllaj": series_cllaj()}
