"""Additionner, cellule à cellule, des tables de même forme : matrices de parcours, effectifs par commune."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from observatoire.cahiers.apports import Mesure
from observatoire.cahiers.territoires import ETATS_PAR_POIDS
from observatoire.indicateurs.calcul import SCHEMA_CALCUL

ADRESSE = ("ventilation_1", "modalite_1", "ventilation_2", "modalite_2")
Rangs = Mapping[str, tuple[str, int]]


def rangs(libelles: Mapping[str, str]) -> Rangs:
    """Code → libellé et rang d'impression, dans l'ordre donné."""
    return {code: (libelle, rang) for rang, (code, libelle) in enumerate(libelles.items())}


def table_croisee(
    apports: pl.DataFrame, m: Mesure, service: str, annee: int, libelles: Mapping[str, Rangs]
) -> pl.DataFrame:
    """La somme des cellules publiées de toutes les structures, aux colonnes d'un calcul, avant protection.

    `apports` : lignes d'une année (voir `Collecte.lignes`) ; `libelles` : par ventilation, ses modalités dans l'ordre.
    Une adresse que personne ne publie garde l'état qui dit pourquoi ; sans aucun apport, une seule ligne « non reçu ».
    """
    publie = pl.col("etat") == "publie"
    rang = {etat: n for n, etat in enumerate(ETATS_PAR_POIDS)}
    pire = pl.col("etat").replace_strict(rang, default=len(rang), return_dtype=pl.Int64).min()
    muet = pire.replace_strict(dict(enumerate(ETATS_PAR_POIDS)), default="non_recu", return_dtype=pl.String)
    sommes = apports.group_by(ADRESSE).agg(
        pl.when(publie.any()).then(pl.col(c).filter(publie).sum()).alias(c) for c in ("valeur", "effectif")
    )
    etats = apports.group_by(ADRESSE).agg(pl.when(publie.any()).then(pl.lit("publie")).otherwise(muet).alias("etat"))
    sommes = sommes.join(etats, on=ADRESSE, nulls_equal=True)
    commun = {
        "service": service,
        "annee": annee,
        "indicateur": m.nom,
        "unite": m.definition.unite,
        "etat": "non_recu",
        "version_definition": m.definition.version,
        "personnel": m.personnel,
        "montant": m.montant,
        "interne_seulement": bool(m.declare and m.declare.interne_seulement),
        "forme": m.definition.forme,
    }
    lignes = [{**commun, **_decrire(somme, libelles)} for somme in sommes.to_dicts() or [{}]]
    return pl.DataFrame(lignes, schema=SCHEMA_CALCUL).sort(
        "ventilation_1", "ventilation_2", "ordre_1", "modalite_1", "ordre_2", "modalite_2", nulls_last=False
    )


def _decrire(somme: dict, libelles: Mapping[str, Rangs]) -> dict:
    decrite = {**somme, "numerateur": somme.get("valeur")}
    for rang in "12":
        ventilation, modalite = somme.get(f"ventilation_{rang}"), somme.get(f"modalite_{rang}")
        connus = libelles.get(ventilation, {})
        decrite[f"libelle_{rang}"], decrite[f"ordre_{rang}"] = connus.get(modalite, (modalite, len(connus)))
    return decrite
