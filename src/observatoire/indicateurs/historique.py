"""Séries longues : plusieurs années d'un indicateur, calculées ou reçues déjà agrégées."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import polars as pl

from observatoire import modele
from observatoire.entrepot import lire_entrepot
from observatoire.espace import Espace
from observatoire.indicateurs.calcul import SCHEMA_CALCUL, calculer
from observatoire.indicateurs.registre import en_vigueur
from observatoire.retention import SOURCE
from observatoire.services import lire_service


@lru_cache(maxsize=32)
def _lire(fichier: Path, _modifie: int) -> pl.DataFrame:
    brut = pl.read_csv(fichier, infer_schema=False)
    return brut.select(pl.col(nom).cast(type_) for nom, type_ in modele.table("serie_agregee").schema.items())


def series_agregees(espace: Espace, service: str) -> pl.DataFrame:
    """Les chiffres reçus déjà agrégés d'un service (`data/publie/<service>.csv`), vides s'il n'y en a pas."""
    fichier = espace.donnees / "publie" / f"{service}.csv"
    if not fichier.is_file():
        return pl.DataFrame(schema=modele.table("serie_agregee").schema)
    return _lire(fichier, fichier.stat().st_mtime_ns)


def historique(espace: Espace, service: str, indicateur: str, annee: int, annees: int = 5) -> pl.DataFrame:
    """Le total d'un indicateur sur `annees` années jusqu'à `annee`, une ligne par année et par définition.

    Une année couverte par les données est calculée, avec la définition en vigueur et les anciennes (série à
    définition constante) ; une année plus ancienne, ou qu'une purge a entamée, vient des séries agrégées. Mêmes
    colonnes que `calculer`.
    """
    fiche = lire_service(espace, service)
    purgees = lire_entrepot(espace, service).annees_purgees
    recues = series_agregees(espace, service).filter(pl.col("indicateur") == indicateur)
    blocs = []
    for an in range(annee - annees + 1, annee + 1):
        if fiche.parametres.couvre(an) and an not in purgees:
            table = calculer(espace, service, an, [indicateur])
            blocs.append(table.filter(pl.col("ventilation_1").is_null() & pl.col("territoire").is_null()))
        else:
            blocs.append(_lignes_recues(_de_l_annee(recues, an), service, an))
    table = pl.concat(blocs)
    return table.filter(pl.col("etat") != "non_recu")


def _de_l_annee(recues: pl.DataFrame, annee: int) -> pl.DataFrame:
    """Les chiffres d'une année : ceux que la purge a conservés s'il y en a, sinon ceux des rapports imprimés."""
    lignes = recues.filter(pl.col("annee") == annee)
    conservees = lignes.filter((pl.col("source") == SOURCE) & pl.col("territoire").is_null())
    return conservees if conservees.height else lignes.filter(pl.col("source") != SOURCE)


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
                "etat": "publie",
                "version_definition": declare.definition.version,
                "effectif": recue["numerateur"] or recue["valeur"],
                "personnel": declare.personnel,
                "montant": declare.montant,
                "interne_seulement": False,
                "forme": declare.definition.forme,
            }
        )
    return pl.DataFrame(lignes, schema=SCHEMA_CALCUL)
