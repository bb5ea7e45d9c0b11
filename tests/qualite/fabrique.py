"""Un petit service propre, fait à la main, que les tests abîment défaut par défaut."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from observatoire.entrepot import ecrire_entrepot
from observatoire.espace import Espace
from observatoire.modele import table_vide
from observatoire.qualite import ResultatRegle

SERVICE = "essai"
ANNEE = 2022
NB = 12  # ménages ; au-dessus de l'effectif minimum des règles de remplissage

REGLAGE = """
libelle = "Service d'essai"

[[import.fichiers]]
motif = "mesures_*.csv"
  [[import.fichiers.tables]]
  table = "mesure"
  colonnes = { id_mesure = "N°", date_debut = "Début", date_fin = "Fin", motif_fin = "Motif" }
  constantes = { type_mesure = "ACCES" }
[[import.fichiers]]
motif = "menages_*.csv"
  [[import.fichiers.tables]]
  table = "menage"
  colonnes = { id_menage = "Dossier" }
"""


def table(nom: str, lignes: list[dict[str, Any]]) -> pl.DataFrame:
    """Une table du modèle, colonnes absentes à vide, avec une provenance."""
    vide = table_vide(nom)
    completes = [
        {**dict.fromkeys(vide.columns), "_fichier": f"{nom}s_2022.csv", "_ligne": i + 2, **ligne}
        for i, ligne in enumerate(lignes)
    ]
    return pl.DataFrame(completes, schema=vide.schema, orient="row")


def tables_propres() -> dict[str, pl.DataFrame]:
    """Douze ménages d'une personne, chacun une demande, une mesure terminée, deux photos, un acte, un relogement."""
    n, debut = range(NB), date(2022, 1, 10)
    fin = [debut + timedelta(days=100 + i) for i in n]
    commun = [{"id_service": SERVICE, "id_menage": f"M{i}"} for i in n]
    seul = [("FS", "HS")[i % 2] for i in n]  # comme le genre de la personne
    photo = {
        "nb_adultes": 1,
        "nb_14_et_plus": 1,
        "nb_moins_14": 0,
        "emploi": "IAE",
        "ressource_principale": "SALAIRE",
        "ressources": Decimal("1100.50"),
    }
    return {
        "personne": table(
            "personne",
            [
                {"id_personne": f"P{i}", "naissance": f"19{70 + i}-05", "genre": "FH"[i % 2], "parcours_ase": "non"}
                for i in n
            ],
        ),
        "menage": table("menage", [{"id_menage": f"M{i}", "id_referent": f"P{i}"} for i in n]),
        "membre": table(
            "membre", [{"id_menage": f"M{i}", "id_personne": f"P{i}", "role": "referent", "debut": debut} for i in n]
        ),
        "demande": table(
            "demande",
            [
                {
                    **commun[i],
                    "id_demande": f"D{i}",
                    "date_demande": date(2022, 1, 3),
                    "prescripteur": "SIAE",
                    "organisme": "Chantier",
                    "motif": "RUE",
                    "motifs_annexes": "SANTE | DETTES",
                    "qpv": "non",
                    "commune_origine": "38185",
                    "date_decision": date(2022, 1, 5),
                    "suite": "ADMISE",
                }
                for i in n
            ],
        ),
        "mesure": table(
            "mesure",
            [
                {
                    **commun[i],
                    "id_mesure": f"X{i}",
                    "rang": 1,
                    "id_demande": f"D{i}",
                    "type_mesure": "ACCES",
                    "date_notification": date(2022, 1, 6),
                    "date_debut": debut,
                    "date_fin": fin[i],
                    "motif_fin": "ACCES_LOGT",
                    "objectif_atteint": "oui",
                }
                for i in n
            ],
        ),
        "situation": table(
            "situation",
            [
                {**commun[i], **photo, "moment": moment, "date": jour, "logement": logement, "composition": seul[i]}
                for i in n
                for moment, jour, logement in (("entree", debut, "RUE"), ("sortie", fin[i], "PUBLIC"))
            ],
        ),
        "acte": table(
            "acte",
            [
                {
                    **commun[i],
                    "id_acte": f"A{i}",
                    "type_acte": "ENTRETIEN",
                    "date": debut,
                    "lieu": "Maison de quartier",
                    "id_mesure": f"X{i}",
                }
                for i in n
            ],
        ),
        "participation": table("participation", [{"id_acte": "A0", "id_personne": "P1"}]),
        "relogement": table(
            "relogement",
            [
                {
                    **commun[i],
                    "id_relogement": f"R{i}",
                    "id_mesure": f"X{i}",
                    "date": fin[i],
                    "parc": "PUBLIC",
                    "bailleur": "Office",
                    "contingent": "ETAT",
                }
                for i in n
            ],
        ),
        "convention": table(
            "convention",
            [
                {
                    "id_convention": "C1",
                    "id_service": SERVICE,
                    "financeur": "Département",
                    "debut": date(2022, 1, 1),
                    "fin": date(2023, 1, 1),
                    "montant": Decimal(25000),
                    "unite_objectif": "mesures",
                    "objectif": 12.0,
                }
            ],
        ),
    }


def espace_d_essai(dossier: Path, tables: dict[str, pl.DataFrame] | None = None) -> Espace:
    """Un espace de travail d'un seul service, avec ces tables dans l'entrepôt (les tables propres par défaut)."""
    (dossier / "data" / "services").mkdir(parents=True)
    (dossier / "data" / "services" / f"{SERVICE}.toml").write_text(REGLAGE, encoding="utf-8")
    espace = Espace(dossier)
    ecrire_entrepot(espace, SERVICE, tables_propres() if tables is None else tables, {})
    return espace


Tables = dict[str, pl.DataFrame]


def abimer(tables: Tables, nom: str, colonne: str, valeur: Any, lignes: int = NB) -> Tables:
    """Les mêmes tables, les `lignes` premières lignes de `nom` portant `valeur` dans `colonne`."""
    type_ = tables[nom].schema[colonne]
    change = pl.when(pl.int_range(pl.len()) < lignes).then(pl.lit(valeur, dtype=type_)).otherwise(pl.col(colonne))
    return {**tables, nom: tables[nom].with_columns(change.alias(colonne))}


def validations(resultats: Iterable[ResultatRegle]) -> list[dict[str, Any]]:
    """Des résultats écrits comme les range un verdict : une validation au format de Great Expectations par table."""
    par_table: dict[str, list[dict[str, Any]]] = {}
    for r in resultats:
        meta = {cle: getattr(r, cle) for cle in ("regle", "colonnes", "structurelle", "explication", "remede")}
        config = {"type": "attendre_renseigne", "kwargs": {}, "severity": r.severite}
        config["meta"] = {**meta, "famille": r.famille, "niveau": r.niveau}
        comptes = {"element_count": r.lignes, "unexpected_count": r.echecs}
        par_table.setdefault(r.table, []).append(
            {"success": r.reussie, "expectation_config": config, "result": comptes}
        )
    return [{"suite_name": table, "results": liste} for table, liste in par_table.items()]
