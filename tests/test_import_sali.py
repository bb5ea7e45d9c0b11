"""Une table propre, salie de toutes les façons, revient propre de l'import ; et rien ne s'y perd."""

from __future__ import annotations

import csv
import datetime as dt
import io
import unicodedata
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.entrepot import lire_entrepot
from observatoire.espace import Espace
from observatoire.importation import importer
from tests.collecte.classeurs import ecrire_ods, ecrire_xlsx
from tests.nettoyage.outils import pseudonymes

REGLAGE = """
libelle = "Essai"
[[import.fichiers]]
motif = "suivi*"
format_date = "jma"
  [[import.fichiers.tables]]
  table = "mesure"
  [import.fichiers.tables.colonnes]
  id_mesure = "N° mesure"
  id_menage = "N° dossier"
  rang = "Rang"
  type_mesure = "Type de mesure"
  date_debut = "Début"
  date_fin = "Fin"
  motif_fin = "Motif de fin"
  [[import.fichiers.tables]]
  table = "situation"
  constantes = { moment = "entree" }
  [import.fichiers.tables.colonnes]
  id_menage = "N° dossier"
  date = "Début"
  composition = "Situation familiale"
  ressources = "Ressources"
  commune = "Commune"
"""
MESURE = ("id_mesure", "id_menage", "rang", "type_mesure", "date_debut", "date_fin", "motif_fin")
SITUATION = ("id_menage", "date", "composition", "ressources", "commune")
EN_TETES = {
    "id_mesure": "N° mesure", "id_menage": "N° dossier", "rang": "Rang", "type_mesure": "Type de mesure",
    "date_debut": "Début", "date_fin": "Fin", "motif_fin": "Motif de fin", "composition": "Situation familiale",
    "ressources": "Ressources", "commune": "Commune",
}  # fmt: skip
# Des écritures d'une même modalité ou commune, telles que les exports les donnent.
ECRITURES: dict[str, dict[str, list[str]]] = {
    "type_mesure": {"ACCES": ["ACCES", "acces", " Acces "], "MAINTIEN": ["MAINTIEN", "maintien"]},
    "motif_fin": {
        "PERTE_LIEN": ["PERTE_LIEN", "Perte de lien", "PERDU DE VUE", "rupture  de lien"],
        "ACCES_LOGT": ["Accès à un logement", "acces a un logement", "RELOGEMENT"],
        "NR": ["NC", "?", "non renseigné", "Néant"],
    },
    "composition": {"HS": ["HS", "Homme seul", "HOMME-SEUL"], "FSE": ["FSE", "Femme seule avec enfant(s)"]},
    "commune": {
        "62427": ["62427", "Hénin-Beaumont", "HENIN BEAUMONT", "henin bt", "62110", "62110 Hénin-Beaumont"],
        "62498": ["62498", "LENS", "Lens (62)", "lens cedex"],
        "62667": ["Le Portel", "PORTEL (LE)", "le  portel"],
    },
}
MOIS = [
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
]
SANS_DATE, SANS_MONTANT = ["", " ", "NC", "-", "non renseigné"], ["", "  ", "NC", "?", "n/a"]


def choisir(valeurs: list[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from(valeurs)


lignes_propres = st.lists(
    st.fixed_dictionaries(
        {
            "rang": st.none() | st.integers(1, 9),
            "type_mesure": choisir(["ACCES", "MAINTIEN", None]),
            "date_debut": st.dates(dt.date(2015, 1, 1), dt.date(2024, 12, 31)),
            "date_fin": st.none() | st.dates(dt.date(2015, 1, 1), dt.date(2029, 12, 31)),
            "motif_fin": choisir([*ECRITURES["motif_fin"], None]),
            "composition": choisir([*ECRITURES["composition"], None]),
            "ressources": st.none() | st.decimals(-999, 99_999, places=2),
            "commune": choisir([*ECRITURES["commune"], None]),
        }
    ),
    min_size=1,
    max_size=12,
)


def salir_date(jour: dt.date | None, hasard: Random) -> str:
    if jour is None:
        return hasard.choice(SANS_DATE)
    return hasard.choice(
        [f"{jour:%d/%m/%Y}", f"{jour.day}/{jour.month}/{jour:%y}", f"{jour:%d-%m-%Y}", jour.isoformat(),
         f"{jour.isoformat()} 00:00:00", f"{jour:%Y%m%d}", f"{jour.day} {MOIS[jour.month - 1]} {jour.year}",
         str((jour - dt.date(1899, 12, 30)).days)]
    )  # fmt: skip


def salir_montant(montant: Decimal | None, hasard: Random) -> str:
    if montant is None:
        return hasard.choice(SANS_MONTANT)
    point = f"{montant:.2f}"
    milliers = f"{montant:,.2f}".replace(",", " ").replace(".", ",")
    return hasard.choice([point, point.replace(".", ","), f"{milliers} €", f"{milliers} euros", f" {point} "])


def salir_cellule(colonne: str, valeur: Any, hasard: Random) -> str:
    if colonne.startswith("date"):
        return salir_date(valeur, hasard)
    if colonne == "ressources":
        return salir_montant(valeur, hasard)
    if valeur is None:
        return hasard.choice(["", " "])
    if colonne in ECRITURES:
        return hasard.choice(ECRITURES[colonne][valeur])
    if colonne == "rang":
        return hasard.choice([str(valeur), f"{valeur},0", f" {valeur}"])
    return hasard.choice([valeur, f" {valeur}", f"{valeur}\u00a0 "])


def salir_en_tete(entete: str, hasard: Random) -> str:
    sans_accent = "".join(c for c in unicodedata.normalize("NFD", entete) if not unicodedata.combining(c))
    return hasard.choice([entete, entete.upper(), f" {entete} ", sans_accent, entete.replace(" ", "  ")])


def salir(lignes: list[dict[str, Any]], hasard: Random) -> list[list[str]]:
    """L'export : colonnes dans le désordre, lignes mêlées, certaines répétées sous d'autres écritures."""
    colonnes = hasard.sample(list(EN_TETES), len(EN_TETES))
    melees = [*lignes, *hasard.choices(lignes, k=hasard.randint(0, 4))]
    hasard.shuffle(melees)
    corps = [[salir_cellule(c, ligne[c], hasard) for c in colonnes] for ligne in melees]
    return [[salir_en_tete(EN_TETES[c], hasard) for c in colonnes], *corps]


def ecrire(dossier: Path, table: list[list[str]], hasard: Random) -> Path:
    """Écrit l'export dans un format, un encodage et avec un séparateur tirés au sort."""
    genre = hasard.choice(["csv", "csv", "csv", "xlsx", "ods", "parquet"])
    fichier = dossier / f"suivi.{genre}"
    titre = [["Export du logiciel"], []] if hasard.random() < 0.3 else []
    if genre == "xlsx":
        ecrire_xlsx(fichier, {"Feuille": [*titre, *table]})
    elif genre == "ods":
        ecrire_ods(fichier, {"Feuille": [*titre, *table]})
    elif genre == "parquet":
        pl.DataFrame(table[1:], schema=dict.fromkeys(table[0], pl.String), orient="row").write_parquet(fichier)
    else:
        flux = io.StringIO()
        csv.writer(flux, delimiter=hasard.choice(";,\t|"), lineterminator=hasard.choice(["\n", "\r\n"])).writerows(
            [*titre, *table]
        )
        fichier.write_bytes(flux.getvalue().encode(hasard.choice(["utf-8", "utf-8-sig", "cp1252", "utf-16"])))
    return fichier


def nouvel_espace(racine: Path) -> Espace:
    (racine / "data" / "services").mkdir(parents=True)
    (racine / "data" / "services" / "essai.toml").write_text(REGLAGE, encoding="utf-8")
    return Espace.ouvrir(racine)


def attendue(espace: Espace, lignes: list[dict[str, Any]], colonnes: tuple[str, ...]) -> set[tuple[Any, ...]]:
    """Les lignes propres, identifiants en pseudonymes."""
    tables = {c: [ligne[c] for ligne in lignes] for c in colonnes}
    for colonne in ("id_mesure", "id_menage"):
        if colonne in tables:
            tables[colonne] = pseudonymes(espace, colonne.removeprefix("id_"), *tables[colonne])
    return set(zip(*tables.values(), strict=True))


@settings(max_examples=40, deadline=None)
@given(lignes=lignes_propres, hasard=st.randoms(use_true_random=False))
def test_la_table_salie_revient_propre(
    tmp_path_factory: pytest.TempPathFactory, lignes: list[dict[str, Any]], hasard: Random
) -> None:
    """Encodage, séparateur, format, casse, espaces, ordre, doublons : l'import rend la table de départ."""
    racine = tmp_path_factory.mktemp("sali")
    espace = nouvel_espace(racine / "espace")
    for rang, ligne in enumerate(lignes):
        ligne |= {"id_mesure": f"M-{rang:03}", "id_menage": f"D {rang}", "date": ligne["date_debut"]}
    table = salir(lignes, hasard)
    bilan = importer(espace, ecrire(racine, table, hasard), "essai")
    assert bilan.rejets.is_empty(), bilan.rejets.rows()
    lu = lire_entrepot(espace, "essai")
    for nom, colonnes in (("mesure", MESURE), ("situation", SITUATION)):
        assert set(lu.table(nom).select(colonnes).rows()) == attendue(espace, lignes, colonnes)
    repetees = len(table) - 1 - len(lignes)
    assert (
        bilan.comptes.select("lues", "gardees", "fusionnees", "rejetees").rows()
        == [(len(table) - 1, len(lignes), repetees, 0)] * 2
    )
    doublons = bilan.corrections.filter(pl.col("nature").str.starts_with("doublon"))
    assert doublons["lignes"].sum() == 2 * repetees
