"""Exports sans numéro, larges ou en deux fichiers : ce que la correspondance en assemble, et ce qu'elle refuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from observatoire.entrepot import lire_entrepot
from observatoire.espace import Espace
from observatoire.importation import BilanImport
from tests.corpus.fabrique import Cas, en_octets, texte

COMPOSE = """
libelle = "Essai"
[[import.fichiers]]
motif = "export*.csv"
  [[import.fichiers.tables]]
  table = "acte"
  colonnes = {{ id_acte = {{ compose = ["Dossier", "Le"]{suite} }}, id_menage = "Dossier", date = "Le" }}
  constantes = {{ type_acte = "ENTRETIEN" }}
"""
JOINT = """
libelle = "Essai"
[[import.fichiers]]
motif = "export*.csv"
joindre = { fichier = "usagers*.csv", par = { "Code" = "Usager" } }
  [[import.fichiers.tables]]
  table = "acte"
  colonnes = { id_acte = "N°", id_menage = "Foyer", date = "Le" }
  constantes = { type_acte = "ENTRETIEN" }
  si_renseigne = ["Le"]
"""
PERSONNES = """
libelle = "Essai"
[[import.fichiers]]
motif = "export*.csv"
  [[import.fichiers.tables]]
  table = "personne"
  colonnes = { id_personne = ["Nom", "Prénom", "Né(e) le"], naissance = "Né(e) le", genre = "Sexe" }
"""
PHOTOS = """
libelle = "Essai"
[[import.fichiers]]
motif = "export*.csv"
  [[import.fichiers.tables]]
  table = "menage"
  colonnes = { id_menage = "Dossier" }
  [[import.fichiers.tables]]
  table = "situation"
  constantes = { moment = "entree" }
  colonnes = { id_menage = "Dossier", date = "Entrée", logement = "Avant" }
  [[import.fichiers.tables]]
  table = "situation"
  constantes = { moment = "sortie" }
  si_renseigne = ["Sortie"]
  colonnes = { id_menage = "Dossier", date = "Sortie", logement = "Après" }
"""
ENTRETIENS = (("D1", "13/01/2022"), ("D2", "13/01/2022"), ("D1", "2022-01-13"), ("", "14/01/2022"))
ACTES = (("N°", "Code", "Le"), ("1", "U1", "13/01/2022"), ("2", "U2", "14/01/2022"), ("3", "U9", "15/01/2022"))


def _csv(*lignes: Sequence[str]) -> Callable[[Path], object]:
    return en_octets(texte(lignes).encode("cp1252"))


def _avec_usagers(*usagers: Sequence[str]) -> Callable[[Path], object]:
    """L'export, et le fichier des usagers à côté de lui."""

    def ecrire(chemin: Path) -> None:
        _csv(*ACTES)(chemin)
        if usagers:
            _csv(("Usager", "Foyer"), *usagers)(chemin.with_name("usagers_2022.csv"))

    return ecrire


def _memes_menages(bilan: BilanImport, espace: Espace) -> None:
    """Sans correspondant, l'acte est gardé sans ménage."""
    assert lire_entrepot(espace, "essai").table("acte")["id_menage"].null_count() == 1


def _deux_personnes(bilan: BilanImport, espace: Espace) -> None:
    """Une seule personne pour trois écritures de son nom, et aucun nom dans l'espace."""
    assert lire_entrepot(espace, "essai").table("personne").height == 2
    fichiers = [f for f in espace.racine.rglob("*") if f.is_file()]
    assert len(fichiers) > 3 and not [f.name for f in fichiers if b"dupr" in f.read_bytes().lower()]


def _photos(bilan: BilanImport, espace: Espace) -> None:
    lues = lire_entrepot(espace, "essai").table("situation").select("moment", "logement").sort(pl.all())
    assert lues.rows() == [("entree", "PRIVE"), ("entree", "RUE"), ("sortie", "PUBLIC")]


CAS = [
    Cas(
        "clé composée, ligne réécrite fondue, ligne sans dossier rejetée",
        "export.csv",
        _csv(("Dossier", "Le"), *ENTRETIENS),
        COMPOSE.format(suite=""),
        ("Dossier", "Le"),
        lignes=4,
        comptes={"lues": 4, "gardees": 2, "fusionnees": 1, "rejetees": 1},
        motifs=["valeur obligatoire absente"],
    ),
    Cas(
        "clé composée avec rang, deux lignes semblables comptent pour deux",
        "export.csv",
        _csv(("Dossier", "Le"), *ENTRETIENS),
        COMPOSE.format(suite=", rang = true"),
        ("Dossier", "Le"),
        lignes=4,
        comptes={"lues": 4, "gardees": 3, "fusionnees": 0, "rejetees": 1},
    ),
    Cas(
        "ménage pris dans un second fichier",
        "export_2022.csv",
        _avec_usagers(("u1 ", "F1"), ("U2", "F2"), ("U2", "F2")),
        JOINT,
        ("N°", "Code", "Le"),
        lignes=3,
        comptes={"lues": 3, "gardees": 3, "rejetees": 0},
        verifier=_memes_menages,
    ),
    Cas(
        "second fichier absent",
        "export_2022.csv",
        _avec_usagers(),
        JOINT,
        ("N°", "Code", "Le"),
        refus=r"export_2022\.csv : le fichier à joindre « usagers\*\.csv » n'est pas dans l'envoi",
        lu=False,
    ),
    Cas(
        "second fichier qui se contredit",
        "export_2022.csv",
        _avec_usagers(("U1", "F1"), ("U1", "F3")),
        JOINT,
        ("N°", "Code", "Le"),
        refus=r"usagers_2022\.csv, ligne 2 et usagers_2022\.csv, ligne 3 : même .* « Foyer » diffère",
        lu=False,
    ),
    Cas(
        "second fichier sans aucune ligne commune",
        "export_2022.csv",
        _avec_usagers(("X1", "F1")),
        JOINT,
        ("N°", "Code", "Le"),
        refus=r"export_2022\.csv : aucune ligne ne se retrouve dans usagers_2022\.csv",
        lu=False,
    ),
    Cas(
        "personnes reconnues à leur état civil",
        "export.csv",
        _csv(
            ("Nom", "Prénom", "Né(e) le", "Sexe"),
            ("DUPRÉ", "Anne-Lise", "25/06/1971", "F"),
            ("Dupré", "anne lise", "1971-06-25", "F"),
            ("dupre", "Anne Lise", "25-6-1971", "F"),
            ("Dupré", "Hugo", "13/01/1990", "M"),
            ("Dupré", "Zoé", "", "F"),
        ),
        PERSONNES,
        ("Nom", "Prénom", "Né(e) le", "Sexe"),
        lignes=5,
        comptes={"lues": 5, "gardees": 2, "fusionnees": 2, "rejetees": 1},
        verifier=_deux_personnes,
    ),
    Cas(
        "une ligne par ménage avec ses deux photos",
        "export.csv",
        _csv(
            ("Dossier", "Entrée", "Avant", "Sortie", "Après"),
            ("D1", "13/01/2022", "Rue", "20/05/2022", "Parc public"),
            ("D2", "14/02/2022", "Parc privé", "", ""),
        ),
        PHOTOS,
        ("Dossier", "Entrée", "Avant", "Sortie", "Après"),
        lignes=2,
        comptes={"lues": 5, "gardees": 5, "rejetees": 0},
        verifier=_photos,
    ),
    Cas(
        "réglage qui laisse des points d'interrogation",
        "export.csv",
        _csv(("Dossier", "Le"), *ENTRETIENS),
        COMPOSE.format(suite="").replace('"Essai"', '"?"').replace('id_menage = "Dossier"', 'id_menage = "?"'),
        ("Dossier", "Le"),
        refus=r"essai\.toml : 2 lignes restent à trancher : ligne 2 \(libelle\), ligne 7 \(id_menage\)",
        lu=False,
    ),
]
