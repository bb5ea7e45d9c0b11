"""Les tables propres d'un très gros service : une année, autant de mesures qu'on veut, et quelques défauts."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from observatoire.modele import table_vide

SERVICE, ANNEE = "grand", 2022
TABLES_PLEINES = 7  # lignes de tout le service pour une mesure, à peu près
REGLAGE = 'libelle = "Grand service"\n'
JOUR_UN = (date(ANNEE, 1, 1) - date(1970, 1, 1)).days


def _identifiants(prefixe: str, numeros: np.ndarray) -> pl.Expr:
    """Des identifiants de la longueur d'un pseudonyme."""
    return pl.format("{}_{}", pl.lit(prefixe), pl.lit(pl.Series(numeros)).hash(7).cast(pl.String).str.zfill(20))


def _parmi(hasard: np.random.Generator, valeurs: list, lignes: int) -> pl.Expr:
    return pl.lit(pl.Series(valeurs).gather(hasard.integers(0, len(valeurs), lignes)))


def _jours(numeros: np.ndarray) -> pl.Expr:
    return pl.lit(pl.Series(JOUR_UN + numeros, dtype=pl.Int32).cast(pl.Date))


def _rares(hasard: np.random.Generator, lignes: int, part: float) -> pl.Expr:
    return pl.lit(pl.Series(hasard.random(lignes) < part))


def _table(nom: str, colonnes: dict[str, pl.Expr]) -> pl.DataFrame:
    """Une table du modèle, les colonnes qui ne sont pas données à vide."""
    schema = table_vide(nom).schema
    provenance = {"_fichier": pl.lit(f"{nom}.csv"), "_ligne": pl.int_range(2, pl.len() + 2)}
    donnees = pl.select(**colonnes).with_columns(id_service=pl.lit(SERVICE), **provenance)
    absentes = [pl.lit(None, type_).alias(c) for c, type_ in schema.items() if c not in donnees.columns]
    return donnees.with_columns(absentes).select(pl.col(c).cast(type_) for c, type_ in schema.items())


def mesures(lignes: int, graine: int = 2022) -> pl.DataFrame:
    """La table mesure : `lignes` mesures de l'année, quatre ménages pour cinq mesures, un pour cent de défauts."""
    hasard = np.random.default_rng(graine)
    rangs = np.arange(lignes)
    debut = hasard.integers(0, 300, lignes)
    fin = debut + hasard.integers(-3, 250, lignes)
    rang = np.where(rangs < lignes * 4 // 5, 1, 2)
    vide = _rares(hasard, lignes, 0.01)
    return _table(
        "mesure",
        {
            "id_mesure": _identifiants("mes", rangs),
            "id_menage": _identifiants("men", rangs % max(1, lignes * 4 // 5)),
            "id_demande": _identifiants("dem", rangs),
            "rang": pl.lit(pl.Series(rang)),
            "type_mesure": pl.when(~vide).then(_parmi(hasard, ["ACCES", "MAINTIEN", "NR"], lignes)),
            "intensite": _parmi(hasard, ["R", "S", None], lignes),
            "coefficient": _parmi(hasard, [0.5, 1.0, None, 12.0], lignes),
            "date_notification": _jours(debut - hasard.integers(0, 30, lignes)),
            "date_debut": pl.when(~vide).then(_jours(debut)),
            "date_signature": _jours(debut + hasard.integers(0, 20, lignes)),
            "date_fin_prevue": _jours(debut + 180),
            "date_fin": pl.when(_jours(fin) < date(ANNEE, 12, 31)).then(_jours(fin)),
            "motif_fin": pl.when(_jours(fin) < date(ANNEE, 12, 31)).then(
                _parmi(hasard, ["ACCES_LOGT", "DEMENAGEMENT", "NR", "INCONNU"], lignes)
            ),
            "objectif_atteint": _parmi(hasard, ["oui", "non", None], lignes),
            "objectifs": _parmi(hasard, ["SANTE | DETTES", "SANTE", None, "DETTES | LOGEMENT"], lignes),
        },
    )


def grandes_tables(lignes: int, graine: int = 2022) -> dict[str, pl.DataFrame]:
    """Le service entier : `lignes` mesures, leurs demandes, leurs ménages d'une personne, leurs photos, un acte."""
    hasard = np.random.default_rng(graine + 1)
    suivies = mesures(lignes, graine)
    nombre = max(1, lignes * 4 // 5)
    rangs = np.arange(nombre)
    mois = [f"{annee}-{m:02d}" for annee in range(1950, 2004) for m in range(1, 13)]
    photo = {
        "composition": pl.lit("HS"),
        "nb_adultes": pl.lit(1),
        "nb_14_et_plus": pl.lit(1),
        "nb_moins_14": pl.lit(0),
    }
    photos = [
        _table(
            "situation",
            {
                "id_menage": pl.lit(suivies["id_menage"]),
                "id_mesure": pl.lit(suivies["id_mesure"]),
                "moment": pl.lit(moment),
                "date": pl.lit(suivies[jour]),
                **photo,
                "logement": _parmi(hasard, ["RUE", "PUBLIC", "NR"], lignes),
                "emploi": _parmi(hasard, ["IAE", "CDI", None], lignes),
                "ressources": _parmi(hasard, [500, 1100, 1352], lignes),
            },
        ).filter(pl.col("date").is_not_null())
        for moment, jour in (("entree", "date_debut"), ("sortie", "date_fin"))
    ]
    return {
        "personne": _table(
            "personne",
            {
                "id_personne": _identifiants("per", rangs),
                "naissance": _parmi(hasard, mois, nombre),
                "genre": _parmi(hasard, ["F", "H"], nombre),
            },
        ),
        "menage": _table(
            "menage", {"id_menage": _identifiants("men", rangs), "id_referent": _identifiants("per", rangs)}
        ),
        "membre": _table(
            "membre",
            {
                "id_menage": _identifiants("men", rangs),
                "id_personne": _identifiants("per", rangs),
                "role": pl.lit("referent"),
                "debut": _jours(np.zeros(nombre, dtype=int)),
            },
        ),
        "demande": _table(
            "demande",
            {
                "id_demande": pl.lit(suivies["id_demande"]),
                "id_menage": pl.lit(suivies["id_menage"]),
                "date_demande": pl.lit(suivies["date_notification"].dt.offset_by("-10d")),
                "prescripteur": _parmi(hasard, ["SIAE", "DEPT", None], lignes),
                "motif": _parmi(hasard, ["RUE", "SANTE"], lignes),
                "date_decision": pl.lit(suivies["date_notification"]),
                "suite": pl.lit("ADMISE"),
            },
        ),
        "mesure": suivies,
        "situation": pl.concat(photos),
        "acte": _table(
            "acte",
            {
                "id_acte": _identifiants("act", np.arange(lignes)),
                "id_menage": pl.lit(suivies["id_menage"]),
                "id_mesure": pl.lit(suivies["id_mesure"]),
                "type_acte": pl.lit("ENTRETIEN"),
                "date": pl.lit(suivies["date_debut"].fill_null(date(ANNEE, 1, 3))),
            },
        ),
    }
