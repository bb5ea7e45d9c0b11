"""Séries longues : plusieurs années d'un indicateur, calculées ou reçues déjà agrégées."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import polars as pl

from observatoire import modele
from observatoire.entrepot import lire_entrepot
from observatoire.espace import Espace
from observatoire.indicateurs.calcul import SCHEMA_CALCUL, Calculateur
from observatoire.indicateurs.registre import applicables, en_vigueur
from observatoire.retention import SOURCE
from observatoire.services import lire_service

# Unités qui peuvent suivre le nom d'un chiffre importé d'un tableau où le même nom en porte plusieurs.
UNITES_RECUES = ("nombre", "%", "mois", "jours", "ans", "heures", "euros", "etp", "places", "points")


@lru_cache(maxsize=32)
def _lire(fichier: Path, _modifie: int) -> pl.DataFrame:
    brut = pl.read_csv(fichier, infer_schema=False)
    return brut.select(pl.col(nom).cast(type_) for nom, type_ in modele.table("serie_agregee").schema.items())


def series_agregees(espace: Espace, service: str) -> pl.DataFrame:
    """Les chiffres d'un service reçus déjà agrégés : `data/publie/<service>.csv`, puis ceux qu'il a importés."""
    colonnes = list(modele.table("serie_agregee").schema)
    fichier = espace.donnees / "publie" / f"{service}.csv"
    importees = lire_entrepot(espace, service).table("serie_agregee").select(colonnes)
    if not fichier.is_file():
        return importees
    return pl.concat([_lire(fichier, fichier.stat().st_mtime_ns), importees])


def historique(
    espace: Espace,
    service: str,
    indicateur: str,
    annee: int,
    annees: int = 5,
    calculateur: Callable[[int], Calculateur] | None = None,
    recues: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Le total d'un indicateur sur `annees` années jusqu'à `annee`, une ligne par année et par définition.

    Une année couverte par les données est calculée, avec la définition en vigueur et les anciennes (série à
    définition constante) ; une année plus ancienne, qu'une purge a entamée ou dont rien n'est arrivé que des chiffres
    déjà agrégés, vient de ceux-ci. `calculateur` (année → calculs de l'année) et `recues` évitent de relire ce que
    l'appelant a déjà lu. Mêmes colonnes que `calculer`.
    """
    fiche = lire_service(espace, service)
    purgees = lire_entrepot(espace, service).annees_purgees
    recues = series_agregees(espace, service) if recues is None else recues
    de_l_annee = calculateur or (lambda an: Calculateur(espace, fiche, an))
    blocs = []
    for an in range(annee - annees + 1, annee + 1):
        bloc = pl.DataFrame(schema=SCHEMA_CALCUL)
        if fiche.parametres.couvre(an) and an not in purgees:
            table = pl.concat([de_l_annee(an).calculer(v) for v in applicables(indicateur, an)])
            bloc = table.filter(
                pl.col("ventilation_1").is_null() & pl.col("territoire").is_null() & (pl.col("etat") != "non_recu")
            )
        blocs.append(bloc if bloc.height else total_recu(recues, service, indicateur, an))
    return pl.concat(blocs)


def total_recu(recues: pl.DataFrame, service: str, indicateur: str, annee: int) -> pl.DataFrame:
    """Le total d'un indicateur tel qu'il a été reçu pour une année : une ligne au plus.

    Ce que la purge a conservé passe d'abord, puis l'ensemble avant un territoire, puis la première source. Un nom
    importé peut être suivi de son unité (« relogements.nombre »).
    """
    du_nom = pl.col("indicateur").str.contains(f"^{re.escape(indicateur)}([.]({'|'.join(UNITES_RECUES)}))?$")
    lignes = (
        recues.filter((pl.col("annee") == annee) & du_nom)
        .sort((pl.col("source") != SOURCE), pl.col("territoire").is_not_null(), maintain_order=True)
        .head(1)
        .with_columns(pl.lit(indicateur).alias("indicateur"))
    )
    return _lignes_recues(lignes, service, annee)


def _lignes_recues(recues: pl.DataFrame, service: str, annee: int) -> pl.DataFrame:
    lignes = []
    for recue in recues.iter_rows(named=True):
        declare = en_vigueur(recue["indicateur"], annee)
        lignes.append(
            {
                "service": service,
                "territoire": None,
                "annee": annee,
                "indicateur": recue["indicateur"],
                "valeur": recue["valeur"],
                "numerateur": recue["numerateur"],
                "denominateur": recue["denominateur"],
                "base": recue["denominateur"],
                "unite": declare.definition.unite,
                "etat": "publie" if recue["valeur"] is not None else "non_renseigne",
                "version_definition": declare.definition.version,
                "effectif": recue["numerateur"] or recue["valeur"],
                "personnel": declare.personnel,
                "montant": declare.montant,
                "interne_seulement": False,
                "forme": declare.definition.forme,
            }
        )
    return pl.DataFrame(lignes, schema=SCHEMA_CALCUL)
