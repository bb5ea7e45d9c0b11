"""Un fichier rempli de données personnelles, importé, n'en laisse aucune dans l'espace de travail."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from observatoire.entrepot import lire_entrepot
from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace
from observatoire.importation import BilanImport, importer
from observatoire.nettoyage.personnel import MASQUE_VALEUR
from observatoire.nettoyage.texte import normaliser
from tests.collecte.classeurs import ecrire_xlsx
from tests.nettoyage.outils import COURRIEL, TELEPHONE, pseudonymes

# Tout ce qui ne doit se retrouver nulle part ; des mots inventés, qu'aucun vocabulaire ne contient.
SECRETS = (
    "Zorglubine", "Quetzalovitch", "Xylophanie", "Bartholomiou", "Krazoukine", "Wilfrandine",
    TELEPHONE, TELEPHONE.replace(" ", ""), COURRIEL, "2 87 05 62 427 084 36", "287056242708436",
    "17 rue des Mimosas", "17/05/1987", "1987-05-17", "17 mai 1987", "hospitalisation",
    "DOSSIER-4711", "DOSSIER-4712", "DOSSIER-4713", "DOSSIER-4714", "ACTE-9901", "ACTE-9902", "ACTE-9903",
)  # fmt: skip
REGLAGE = """
libelle = "Essai"
[import]
format_date = "jma"
[[import.fichiers]]
motif = "usagers*"
  [[import.fichiers.tables]]
  table = "personne"
  colonnes = { id_personne = ["Nom", "Prénom", "Date de naissance"], naissance = "Date de naissance", genre = "Sexe" }
  [[import.fichiers.tables]]
  table = "menage"
  colonnes = { id_menage = "N° dossier", id_referent = ["Nom", "Prénom", "Date de naissance"] }
  [[import.fichiers.tables]]
  table = "situation"
  constantes = { moment = "entree" }
  [import.fichiers.tables.colonnes]
  id_menage = "N° dossier"
  id_personne = ["Nom", "Prénom", "Date de naissance"]
  date = "Entrée"
  composition = "Composition"
  logement = "Logement"
  ressources = "Ressources"
  commune = "Commune"
[[import.fichiers]]
motif = "actes*"
  [[import.fichiers.tables]]
  table = "acte"
  colonnes = { id_acte = "N°", id_menage = "N° dossier", date = "Date", type_acte = "Type", lieu = "Lieu" }
"""
ENTETE = (
    "N° dossier;Nom;Prénom;Date de naissance;N° SS;Téléphone;Mail;Adresse;Sexe;Entrée;Composition;Logement;"
    "Ressources;Commune;Commentaire"
)
PRIVE = f"2 87 05 62 427 084 36;{TELEPHONE};{COURRIEL};17 rue des Mimosas"
LIGNES = [
    f"DOSSIER-4711;Zorglubine;Xylophanie;17/05/1987;{PRIVE};F;03/01/2022;HS;PUBLIC;500;Lens;hospitalisation",
    # Des données personnelles tombées dans des colonnes utiles, qui font rejeter ou corriger la ligne.
    f"DOSSIER-4712;Quetzalovitch;Bartholomiou;17 mai 1987;{PRIVE};Xylophanie;"
    f"une hospitalisation en mars puis un retour chez sa tante;Mme Zorglubine;PUBLIC;{TELEPHONE.replace(' ', '')};"
    "17 rue des Mimosas 62300 LENS;",
    f"DOSSIER-4713;Krazoukine;Wilfrandine;1987-05-17;{PRIVE};F;04/01/2022;Zorglubine;{TELEPHONE};"
    f"{COURRIEL};Zorglubine Xylophanie;",
    f"DOSSIER-4713;Krazoukine;Wilfrandine;17/05/1987;{PRIVE};H;04/01/2022;HS;PRIVE;1;Lens;",
    f"DOSSIER-4713;Krazoukine;Wilfrandine;17/05/1987;{PRIVE};H;04/01/2022;FS;PRIVE;2;Lens;",
    f"DOSSIER-4714;Krazoukine;;17/05/1987;{PRIVE};H;04/01/2022;FS;PRIVE;2;Lens;",
    "",
    "Note : Mme Zorglubine a quitté le dispositif après son hospitalisation",
]
ACTES = [
    ["N°", "N° dossier", "Date", "Type", "Lieu"],
    ["ACTE-9901", "DOSSIER-4711", "03/01/2022", "Entretien", "Mission locale"],
    ["ACTE-9902", "DOSSIER-4711", "03/01/2022", "Entretien", "17 rue des Mimosas"],
    ["ACTE-9903", "DOSSIER-4711", TELEPHONE, "chez Mme Zorglubine", "chez M. Quetzalovitch"],
    ["ACTE-9901", "DOSSIER-4711", "03/01/2022", "Visite", "hospitalisation de la personne " + "x" * 200],
]  # fmt: skip


@pytest.fixture
def espace(tmp_path: Path) -> Espace:
    return nouvel_espace(tmp_path / "espace", "essai")


def nouvel_espace(racine: Path, *services: str) -> Espace:
    (racine / "data" / "services").mkdir(parents=True)
    for service in services:
        (racine / "data" / "services" / f"{service}.toml").write_text(REGLAGE, encoding="utf-8")
    return Espace.ouvrir(racine)


def deposer(dossier: Path) -> Path:
    """Les exports, hors de l'espace de travail."""
    dossier.mkdir()
    (dossier / "usagers.csv").write_text("\n".join([ENTETE, *LIGNES]), encoding="utf-8")
    ecrire_xlsx(dossier / "actes.xlsx", {"Actes": ACTES})
    return dossier


@pytest.fixture
def bilan(espace: Espace, tmp_path: Path) -> BilanImport:
    return importer(espace, deposer(tmp_path / "depot"), "essai")


def textes(racine: Path) -> dict[str, str]:
    """Tout ce qu'un curieux peut lire dans un dossier : noms, octets, et tables Parquet décodées."""
    lus = {}
    for fichier in sorted(racine.rglob("*")):
        nom = fichier.relative_to(racine).as_posix()
        lus[nom] = nom
        if fichier.is_file():
            octets = fichier.read_bytes()
            lus[nom] += "".join(octets.decode(e, errors="ignore") for e in ("utf-8", "cp1252", "utf-16-le"))
        if fichier.suffix == ".parquet":
            lus[nom] += pl.read_parquet(fichier).write_csv()
    return lus


def trouves(racine: Path, cherches: tuple[str, ...]) -> set[tuple[str, str]]:
    """(fichier, secret) pour chaque secret écrit quelque part, à la casse et aux accents près."""
    return {
        (nom, secret)
        for nom, texte in textes(racine).items()
        for secret in cherches
        if secret.casefold() in texte.casefold() or f" {normaliser(secret)} " in f" {normaliser(texte)} "
    }


def test_aucune_donnee_personnelle_dans_l_espace(espace: Espace, bilan: BilanImport) -> None:
    """Ni dans les tables, ni dans les rejets, ni dans les corrections, ni dans les noms de fichiers."""
    reglage = espace.dossier_services / "essai.toml"
    assert trouves(espace.racine, SECRETS) == set()
    # La recherche voit bien ce qui est rangé, jusque dans les tables.
    assert {f for f, _ in trouves(espace.racine, ("Mission locale",))} - {reglage.name} != set()
    assert bilan.rejetees and not bilan.corrections.is_empty()


def test_le_bilan_lui_meme_est_discret(bilan: BilanImport) -> None:
    """Ce que la ligne de commande imprime ne contient pas davantage de données personnelles."""
    ecrit = bilan.rejets.write_csv() + bilan.corrections.write_csv() + str(bilan)
    assert [s for s in SECRETS if s.casefold() in ecrit.casefold()] == []
    assert MASQUE_VALEUR in ecrit and "03/01/2022" in bilan.rejets.write_csv() + "03/01/2022"


def test_les_colonnes_non_declarees_sont_nommees(bilan: BilanImport) -> None:
    assert bilan.colonnes_ignorees["usagers.csv"] == ("N° SS", "Téléphone", "Mail", "Adresse", "Commentaire")


def test_ce_qui_reste_utile_est_range(espace: Espace, bilan: BilanImport) -> None:
    """La naissance devient un mois, l'adresse une commune ; les lieux personnels ou trop longs sont vidés."""
    lu = lire_entrepot(espace, "essai")
    assert set(lu.table("personne")["naissance"]) == {"1987-05"}
    assert set(lu.table("situation")["commune"]) == {"62498"}
    assert set(lu.table("acte")["lieu"]) <= {"Mission locale", None}
    natures = set(bilan.corrections["nature"])
    assert "donnée personnelle reconnue, non gardée" in natures
    assert any(n.startswith("ligne hors du tableau") for n in natures)


def test_identite_incomplete_refusee(bilan: BilanImport) -> None:
    """Sans prénom, deux homonymes se confondraient : la ligne est rejetée, jamais devinée."""
    rejet = bilan.rejets.filter((pl.col("ligne") == 7) & (pl.col("table") == "personne")).row(0, named=True)
    assert (rejet["regle"], rejet["valeur"]) == ("valeur_absente", None)


def test_la_meme_personne_dans_deux_services(tmp_path: Path) -> None:
    """Deux services d'une association, deux écritures de la même identité : un seul pseudonyme."""
    espace = nouvel_espace(tmp_path / "espace", "un", "deux")
    identites = {"un": "DE-L'ÉTANG;Zoé Anne;03/05/1999", "deux": "de l etang;ZOÉ-ANNE;1999-05-03"}
    for service, identite in identites.items():
        fichier = tmp_path / service / "usagers.csv"
        fichier.parent.mkdir()
        fichier.write_text(f"{ENTETE}\nD{service};{identite};;;;;F;03/01/2022;HS;PUBLIC;1;Lens;", encoding="utf-8")
        importer(espace, fichier, service)
    lues = [lire_entrepot(espace, s).table("personne")["id_personne"].to_list() for s in identites]
    assert lues[0] == lues[1] and lues[0][0].startswith("per_")


def test_colonne_personnelle_dans_une_colonne_en_clair(tmp_path: Path) -> None:
    """Un réglage qui rangerait une adresse en clair est refusé avant toute écriture."""
    espace = nouvel_espace(tmp_path / "espace")
    reglage = REGLAGE.replace('lieu = "Lieu"', 'lieu = "Adresse de la personne"')
    (espace.dossier_services / "essai.toml").write_text(reglage, encoding="utf-8")
    (tmp_path / "actes.csv").write_text("N°;N° dossier;Date;Type;Adresse de la personne\n1;2;3;4;5", encoding="utf-8")
    with pytest.raises(ErreurDefinition, match=r"actes\.csv : la colonne « Adresse de la personne » \(une adresse\)"):
        importer(espace, tmp_path / "actes.csv", "essai")
    assert not (espace.donnees / "entrepot" / "essai").exists()


def test_pseudonymes_fournis(tmp_path: Path) -> None:
    """Des pseudonymes déjà faits se rangent tels quels ; un courriel à leur place est refusé."""
    espace = nouvel_espace(tmp_path / "espace")
    reglage = 'libelle = "Essai"\n[import]\npseudonymes = "fournis"\n'
    (espace.dossier_services / "essai.toml").write_text(reglage, encoding="utf-8")
    lignes = f"id_personne;naissance\nab12;1987-05\n{COURRIEL};1990-01"
    (tmp_path / "personne.csv").write_text(lignes, encoding="utf-8")
    bilan = importer(espace, tmp_path / "personne.csv", "essai")
    assert lire_entrepot(espace, "essai").table("personne")["id_personne"].to_list() == ["ab12"]
    assert bilan.rejets.select("regle", "valeur").rows() == [("donnee_personnelle", MASQUE_VALEUR)]


def test_pseudonymes_calcules_par_defaut(espace: Espace, tmp_path: Path) -> None:
    """Les identifiants d'une table au format du modèle sont pseudonymisés aussi ; une place garde son numéro."""
    (tmp_path / "sejour.csv").write_text(
        "id_sejour;id_place;id_menage;date_entree\nS1;PL-12;M1;2022-01-03", encoding="utf-8"
    )
    importer(espace, tmp_path / "sejour.csv", "essai")
    lu = lire_entrepot(espace, "essai").table("sejour").row(0, named=True)
    assert lu["id_place"] == "PL-12"
    assert [lu["id_sejour"], lu["id_menage"]] == [
        *pseudonymes(espace, "sejour", "S1"), *pseudonymes(espace, "menage", "M1"),
    ]  # fmt: skip
