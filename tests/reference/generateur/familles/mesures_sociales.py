"""Les accompagnements sociaux liés au logement : FSL ASLL et ASL des jeunes passés par l'aide sociale à l'enfance."""

from __future__ import annotations

import polars as pl

from generateur.comptage import Ligne
from generateur.exports_mesures import exports_asl, exports_fsl
from generateur.marges_mesures import compter_asl, compter_fsl
from generateur.mesures_asl import tables_asl
from generateur.mesures_fsl import tables_fsl
from generateur.salissure import Export

SERVICES = ("fsl_asll", "asl_jeunes_ase")
Tables = dict[str, pl.DataFrame]


def tables() -> dict[str, Tables]:
    """La vérité propre des deux services."""
    return {"fsl_asll": tables_fsl(), "asl_jeunes_ase": tables_asl()}


def exports(t: dict[str, Tables]) -> dict[str, list[Export]]:
    """Leurs exports bruts."""
    return {"fsl_asll": exports_fsl(t["fsl_asll"]), "asl_jeunes_ase": exports_asl(t["asl_jeunes_ase"])}


def compter(t: dict[str, Tables]) -> dict[str, list[Ligne]]:
    """Leurs chiffres, comptés et comparés à l'imprimé."""
    return {"fsl_asll": compter_fsl(t["fsl_asll"]), "asl_jeunes_ase": compter_asl(t["asl_jeunes_ase"])}


def series() -> dict[str, list[tuple]]:
    """Aucun chiffre des années antérieures n'est imprimé."""
    return {}
