"""L'import de bout en bout : correspondances, rejets, corrections, conservation, lecture directe."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire import modele
from observatoire.entrepot import lire_entrepot
from observatoire.erreurs import ErreurDefinition, ErreurFichier, ErreurParametre
from observatoire.espace import Espace
from observatoire.importation import BilanImport, importer
from observatoire.nettoyage.personnel import MASQUE_VALEUR
from tests.collecte.classeurs import ecrire_ods, ecrire_xlsx
from tests.nettoyage.outils import RAPIDE, pseudonymes

REGLAGE = """
libelle = "Essai"
[[import.fichiers]]
motif = "mesures_*"
format_date = "jma"
  [[import.fichiers.tables]]
  table = "mesure"
  colonnes = { id_mesure = "N° mesure", id_menage = "N° dossier", date_debut = "Début", date_fin = "Fin" }
  constantes = { type_mesure = "ACCES" }
  [[import.fichiers.tables]]
  table = "menage"
  colonnes = { id_menage = "N° dossier" }
  [[import.fichiers.tables]]
  table = "situation"
  colonnes = { id_menage = "N° dossier", date = "Début", composition = "Composition", ressources = "Ressources" }
  constantes = { moment = "entree" }
  si_renseigne = ["Début"]
  [[import.fichiers.tables]]
  table = "situation"
  colonnes = { id_menage = "N° dossier", date = "Fin", logement = "Logement à la sortie" }
  constantes = { moment = "sortie" }
  si_renseigne = ["Fin"]
[[import.fichiers]]
motif = "actes.*"
feuille = "Export"
format_date = "jma"
  [[import.fichiers.tables]]
  table = "acte"
  colonnes = { id_acte = "Id", date = "Le", type_acte = "Type" }
[import.modalites.composition]
"Isolé" = "HS"
"""

ENTETE = "N° mesure;N° Dossier;Début;Fin;Composition;Ressources;Logement à la sortie;Observations"
LIGNES = [
    "M1;D1;03/01/2022;15/06/2022;Isolé;1 352,83 €;PUBLIC;bien",
    "M2;D2;31/02/2022;;femme seule;0;;",  # date impossible
    "M3;D3;3-3-22;;FEMME-SEULE;NC;;=cmd()",  # année courte, tiret, montant absent
    "M1;D1;03/01/2022;15/06/2022;Isolé;1352,83;Parc public;",  # double de la première ligne de données
    "M4;D4;01/04/2022;;HS;12;;",
    "M4;D5;01/04/2022;;HS;12;;",  # même mesure, autre dossier
    ";D6;01/04/2022;;martien;12;;",  # mesure sans numéro, modalité inconnue
]


@pytest.fixture
def espace(tmp_path: Path) -> Espace:
    return nouvel_espace(tmp_path / "espace")


def nouvel_espace(racine: Path, reglage: str = REGLAGE) -> Espace:
    services = racine / "data" / "services"
    services.mkdir(parents=True)
    (services / "essai.toml").write_text(reglage, encoding="utf-8")
    (services / "voisin.toml").write_text('libelle = "Voisin"\n', encoding="utf-8")
    return Espace.ouvrir(racine)


def deposer(dossier: Path, nom: str, lignes: list[str], encodage: str = "cp1252") -> Path:
    dossier.mkdir(parents=True, exist_ok=True)
    fichier = dossier / nom
    fichier.write_bytes("\r\n".join(lignes).encode(encodage))
    return fichier


def export(dossier: Path, nom: str = "Mesures_2022.csv") -> Path:
    return deposer(dossier, nom, ["Export du logiciel", "Édité le 03/01/2023", "", ENTETE, *LIGNES])


def conserve(bilan: BilanImport) -> bool:
    return bilan.comptes.select(
        (pl.col("lues") == pl.col("gardees") + pl.col("fusionnees") + pl.col("rejetees")).all()
    ).item()


def test_comptes_par_table(espace: Espace, tmp_path: Path) -> None:
    bilan = importer(espace, export(tmp_path / "depot"), "essai")
    lus = bilan.comptes.select("table", "lues", "gardees", "corrigees", "fusionnees", "rejetees", "hors_champ").rows()
    assert lus == [
        ("mesure", 7, 2, 1, 1, 4, 0),
        ("menage", 7, 6, 0, 1, 0, 0),
        ("situation", 7, 4, 1, 1, 2, 0),
        ("situation", 2, 1, 0, 1, 0, 5),
    ]
    assert conserve(bilan)
    assert (bilan.lues, bilan.rejetees) == (23, 6)
    assert bilan.par_fichier["lues"].to_list() == [23]
    assert bilan.par_table.filter(pl.col("table") == "situation")["gardees"].item() == 5


def test_valeurs_rangees(espace: Espace, tmp_path: Path) -> None:
    """Types du modèle, constantes, service rempli, montant absent distinct de zéro, ligne de la source."""
    importer(espace, export(tmp_path / "depot"), "essai")
    lu = lire_entrepot(espace, "essai")
    (m1,) = pseudonymes(espace, "mesure", "M1")
    mesure = lu.table("mesure").row(by_predicate=pl.col("id_mesure") == m1, named=True)
    assert (mesure["id_service"], mesure["type_mesure"]) == ("essai", "ACCES")
    assert (mesure["date_debut"], mesure["date_fin"]) == (dt.date(2022, 1, 3), dt.date(2022, 6, 15))
    assert (mesure["_fichier"], mesure["_ligne"]) == ("Mesures_2022.csv", 5)
    situation = lu.table("situation").filter(pl.col("moment") == "entree")
    lues = {r["id_menage"]: (r["ressources"], r["composition"]) for r in situation.iter_rows(named=True)}
    attendues = [(Decimal("1352.83"), "HS"), (None, "FS"), (Decimal(12), "HS"), (Decimal(12), "HS")]
    assert lues == dict(zip(pseudonymes(espace, "menage", "D1", "D3", "D4", "D5"), attendues, strict=True))
    assert lu.table("situation").filter(pl.col("moment") == "sortie")["logement"].to_list() == ["PUBLIC"]


def test_rejets_listes(espace: Espace, tmp_path: Path) -> None:
    """Chaque rejet dit le fichier, la ligne, la colonne de l'export, l'écriture, la règle, le motif et le remède."""
    bilan = importer(espace, export(tmp_path / "depot"), "essai")
    rejets = bilan.rejets.select("ligne", "table", "colonne", "valeur", "regle", "motif").rows()
    assert (6, "mesure", "Début", "31/02/2022", "date_impossible", "date qui n'existe pas") in rejets
    assert (11, "mesure", "N° mesure", None, "valeur_absente", "valeur obligatoire absente") in rejets
    motif = "modalité inconnue de la liste composition"
    assert (11, "situation", "Composition", "martien", "modalite_inconnue", motif) in rejets
    assert (bilan.rejets["remede"] != "").all() and bilan.rejets["regle"].null_count() == 0


def test_deux_lignes_contraires_se_montrent_toutes_les_deux(espace: Espace, tmp_path: Path) -> None:
    """Chacune nomme l'autre et dit ce qui les oppose ; l'identifiant n'y est pas en clair."""
    lignes = ["M4;D4;01/04/2022;;HS;12;;", "M4;D4;02/04/2022;;HS;12;;"]
    bilan = importer(espace, deposer(tmp_path, "mesures_1.csv", [ENTETE, *lignes]), "essai")
    rejets = bilan.rejets.filter(pl.col("table") == "mesure")
    assert rejets.select("ligne", "colonne", "regle").rows() == [
        (2, "date_debut", "cle_contradictoire"), (3, "date_debut", "cle_contradictoire"),
    ]  # fmt: skip
    assert rejets["valeur"].to_list() == [
        "date_debut = 2022-04-01 ; l'autre ligne : date_debut = 2022-04-02",
        "date_debut = 2022-04-02 ; l'autre ligne : date_debut = 2022-04-01",
    ]
    assert rejets["motif"][0] == "même id_mesure que mesures_1.csv, ligne 3, avec d'autres valeurs"
    assert json.loads(rejets["cellules"][1])["Début"] == "02/04/2022"
    assert "M4" not in rejets.write_csv() and "D4" not in rejets.write_csv()


def test_ligne_rejetee_gardee_entiere(espace: Espace, tmp_path: Path) -> None:
    """Un rejet porte toutes les cellules utiles de sa ligne, les personnelles masquées."""
    fichier = deposer(tmp_path, "mesures_1.csv", [ENTETE, "M1;D1;31/02/2022;;HS;12,50;;un secret"])
    bilan = importer(espace, fichier, "essai")
    rejet = bilan.rejets.filter(pl.col("table") == "mesure").row(0, named=True)
    assert json.loads(rejet["cellules"]) == {
        "N° mesure": MASQUE_VALEUR, "N° Dossier": MASQUE_VALEUR, "Début": "31/02/2022", "Fin": None,
        "Composition": "HS", "Ressources": "12,50", "Logement à la sortie": None,
    }  # fmt: skip


def test_fichier_de_rejets(espace: Espace, tmp_path: Path) -> None:
    """Le fichier de rejets s'ouvre dans un tableur, sans formule ; un import réparé le vide."""
    lignes = [ENTETE, '=cmd()|x;"=1+1";03/01/2022;;=HYPERLINK();1;;', "-5;D2;demain;;;;;"]
    bilan = importer(espace, deposer(tmp_path / "depot", "mesures_1.csv", lignes), "essai")
    assert bilan.fichier_rejets is not None
    octets = bilan.fichier_rejets.read_bytes()
    assert octets.startswith(b"\xef\xbb\xbffichier;feuille;ligne;table;colonne;valeur;regle;motif;remede;cellules")
    assert ";'=HYPERLINK();" in octets.decode() and ";=" not in octets.decode()
    repare = importer(espace, deposer(tmp_path / "depot", "mesures_1.csv", [ENTETE, LIGNES[0]]), "essai")
    assert repare.fichier_rejets is None and repare.rejets.is_empty()


def test_rejets_d_un_autre_fichier_gardes(espace: Espace, tmp_path: Path) -> None:
    """Importer un second fichier n'efface pas les rejets du premier."""
    importer(espace, deposer(tmp_path, "mesures_1.csv", [ENTETE, LIGNES[1]]), "essai")
    bilan = importer(espace, deposer(tmp_path, "mesures_2.csv", [ENTETE, LIGNES[0]]), "essai")
    assert bilan.rejets.is_empty() and bilan.fichier_rejets is not None
    assert "mesures_1.csv" in bilan.fichier_rejets.read_text(encoding="utf-8-sig")


def test_corrections_listees(espace: Espace, tmp_path: Path) -> None:
    """Chaque correction d'une ligne gardée est listée avant et après, et comptée."""
    corrections = importer(espace, export(tmp_path / "depot"), "essai").corrections
    lues = corrections.select("table", "colonne", "avant", "apres", "lignes").rows()
    assert ("mesure", "date_debut", "3-3-22", "2022-03-03", 1) in lues
    assert ("situation", "composition", "FEMME-SEULE", "FS", 1) in lues
    assert ("situation", "ressources", "NC", None, 1) in lues
    assert not any(avant == "Isolé" for _, _, avant, _, _ in lues)


def test_colonnes_non_declarees_ni_rangees_ni_tues(espace: Espace, tmp_path: Path) -> None:
    bilan = importer(espace, export(tmp_path / "depot"), "essai")
    assert bilan.colonnes_ignorees == {"Mesures_2022.csv": ("Observations",)}


def test_reimport_sans_effet(espace: Espace, tmp_path: Path) -> None:
    """Le même fichier deux fois, ou ses lignes dans un autre ordre, donne la même empreinte."""
    fichier = export(tmp_path / "depot")
    premier = importer(espace, fichier, "essai")
    second = importer(espace, fichier, "essai")
    assert second.empreinte == premier.empreinte == lire_entrepot(espace, "essai").empreinte
    assert second.comptes.equals(premier.comptes)
    autre = nouvel_espace(tmp_path / "autre")
    inverse = deposer(tmp_path / "inverse", "mesures_0.csv", [ENTETE, *reversed(LIGNES)])
    assert importer(autre, inverse, "essai").empreinte == premier.empreinte


def test_fichier_corrige_resout_le_rejet(espace: Espace, tmp_path: Path) -> None:
    importer(espace, export(tmp_path / "depot"), "essai")
    corrigees = [ligne.replace("31/02", "28/02").replace("martien", "HS") for ligne in LIGNES]
    deposer(tmp_path / "depot", "Mesures_2022.csv", [ENTETE, *corrigees])
    bilan = importer(espace, tmp_path / "depot", "essai")
    assert set(bilan.rejets["table"]) == {"mesure"}
    assert pseudonymes(espace, "mesure", "M2")[0] in lire_entrepot(espace, "essai").table("mesure")["id_mesure"]


def test_feuille_d_un_classeur(espace: Espace, tmp_path: Path) -> None:
    """La feuille déclarée, sous son bloc de titre ; la feuille figure dans les comptes et les rejets."""
    lignes = [["Actes 2022"], [], ["Id", "Le", "Type"], ["A1", dt.date(2022, 3, 1), "Entretien"], ["A2", "?", "Visite"]]
    ecrire_xlsx(tmp_path / "actes.xlsx", {"Sommaire": [["Id", "Le", "Type"]], "Export": lignes})
    bilan = importer(espace, tmp_path / "actes.xlsx", "essai")
    assert bilan.comptes.select("feuille", "gardees", "rejetees").rows() == [("Export", 1, 1)]
    assert bilan.rejets.select("feuille", "ligne", "motif").rows() == [("Export", 5, "valeur obligatoire absente")]


def test_ods(espace: Espace, tmp_path: Path) -> None:
    ecrire_ods(tmp_path / "actes.ods", {"Export": [["Id", "Le", "Type"], ["A1", "01/03/2022", "ENTRETIEN"]]})
    assert importer(espace, tmp_path / "actes.ods", "essai").gardees == 1


def test_ordre_de_date_declare(tmp_path: Path) -> None:
    espace = nouvel_espace(tmp_path / "espace", REGLAGE.replace('"jma"', '"mja"'))
    importer(espace, deposer(tmp_path, "mesures_1.csv", [ENTETE, "M1;D1;03/25/2022;;;;;"]), "essai")
    assert lire_entrepot(espace, "essai").table("mesure")["date_debut"].to_list() == [dt.date(2022, 3, 25)]


def test_lignes_choisies_par_valeur(tmp_path: Path) -> None:
    reglage = """
libelle = "Essai"
[[import.fichiers]]
motif = "journal.csv"
format_date = "jma"
  [[import.fichiers.tables]]
  table = "acte"
  colonnes = { id_acte = "Id", date = "Date", type_acte = "Type" }
  si = { "Type" = ["Atelier", "Visite"] }
"""
    espace = nouvel_espace(tmp_path / "espace", reglage)
    lignes = ["Id;Date;Type", "1;01/02/2022;ATELIER ", "2;01/02/2022;Réunion interne", "3;01/02/2022;visite"]
    bilan = importer(espace, deposer(tmp_path, "JOURNAL.CSV", lignes), "essai")
    assert bilan.comptes.select("lues", "gardees", "hors_champ").rows() == [(2, 2, 1)]


# --- Lecture directe -------------------------------------------------------------------------------------


def test_dossier_au_format_du_modele(espace: Espace, tmp_path: Path) -> None:
    """Un dossier de fichiers nommés comme les tables se lit sans correspondance, malgré les motifs du service."""
    depot = tmp_path / "depot"
    deposer(depot, "menage.csv", ["id_menage,id_referent", "M1,P1"], "utf-8")
    pl.DataFrame(
        {"id_personne": ["P1"], "naissance": [dt.date(1999, 5, 3)], "genre": ["F"], "parcours_ase": [None]}
    ).write_parquet(depot / "personne.parquet")
    ecrire_xlsx(
        depot / "mesure.xlsx",
        {"F1": [["id_mesure", "id_menage", "date_debut", "coefficient"], ["001", "M1", dt.date(2022, 1, 3), 0.5]]},
    )
    bilan = importer(espace, depot, "essai")
    assert bilan.gardees == 3 and bilan.rejets.is_empty()
    lu = lire_entrepot(espace, "essai")
    assert lu.table("personne")["naissance"].to_list() == ["1999-05"]
    assert lu.table("mesure").select("id_mesure", "id_service", "date_debut", "coefficient").row(0) == (
        *pseudonymes(espace, "mesure", "001"), "essai", dt.date(2022, 1, 3), 0.5,
    )  # fmt: skip


@pytest.mark.parametrize("nom", sorted(modele.TABLES))
def test_toute_table_du_modele_se_lit(espace: Espace, tmp_path: Path, nom: str) -> None:
    """Chaque table du modèle, écrite avec ses colonnes, s'importe et se relit."""
    exemples = {"date": "2022-01-03", "mois": "2022-01", "entier": "2022", "décimal": "1.5", "montant": "12.50"}
    valeurs = {c.nom: exemples.get(c.variable.type.value, "x1") for c in modele.table(nom).colonnes.values()}
    for colonne in modele.table(nom).colonnes.values():
        if colonne.variable.nomenclature:
            fichier = espace.ressource(f"data/nomenclatures/{colonne.variable.nomenclature}.csv")
            valeurs[colonne.nom] = pl.read_csv(fichier, infer_schema=False)["code"][0]
    pl.DataFrame([valeurs]).write_csv(tmp_path / f"{nom}.csv")
    bilan = importer(espace, tmp_path / f"{nom}.csv", "essai")
    assert bilan.rejets.is_empty()
    assert (bilan.gardees, bilan.colonnes_ignorees) == (1, {})
    assert lire_entrepot(espace, "essai").table(nom).height == 1


def test_colonne_obligatoire_absente(espace: Espace, tmp_path: Path) -> None:
    deposer(tmp_path, "mesure.csv", ["id_mesures;id_menage", "1;2"])
    with pytest.raises(ErreurFichier, match=r"mesure\.csv : colonne « id_mesure » introuvable.*« id_mesures »"):
        importer(espace, tmp_path / "mesure.csv", "essai")


def test_lignes_d_un_autre_service(espace: Espace, tmp_path: Path) -> None:
    """Une ligne d'un autre service déclaré est rejetée ; un nom local est remplacé et signalé."""
    lignes = ["id_mesure;id_service;id_menage", "1;voisin;M", "2;essai;M", "3;Notre service;M", "4;;M"]
    bilan = importer(espace, deposer(tmp_path, "mesure.csv", lignes), "essai")
    assert bilan.rejets.select("ligne", "motif").rows() == [(2, "ligne du service voisin, importée pour essai")]
    assert lire_entrepot(espace, "essai").table("mesure")["id_service"].to_list() == ["essai"] * 3
    assert bilan.corrigees == 1


def test_commune_inconnue_laisse_la_ligne(espace: Espace, tmp_path: Path) -> None:
    """Les zéros de tête restent ; une commune inconnue est vidée, la ligne gardée, le fait listé."""
    lignes = ["id_place;nb_places;ouverture;commune", "0012;2;2020-01-01;62427", "13;1;2020-01-01;Trifouilly"]
    bilan = importer(espace, deposer(tmp_path, "place.csv", lignes), "essai")
    places = lire_entrepot(espace, "essai").table("place")
    assert places.select("id_place", "commune").rows() == [("0012", "62427"), ("13", None)]
    assert bilan.corrections.select("avant", "nature").rows() == [("Trifouilly", "commune inconnue, laissée vide")]


def test_personne_de_plusieurs_fichiers(espace: Espace, tmp_path: Path) -> None:
    """Deux fichiers se complètent ; une contradiction garde la première et liste la seconde."""
    deposer(tmp_path / "d/a", "personne.csv", ["id_personne;naissance;genre", "P1;1999-05;", "P2;2000-01;F"])
    deposer(tmp_path / "d/b", "personne.csv", ["id_personne;naissance;genre", "P1;;H", "P2;2000-01;H"])
    bilan = importer(espace, tmp_path / "d", "essai")
    lu = lire_entrepot(espace, "essai").table("personne")
    p1, p2 = pseudonymes(espace, "personne", "P1", "P2")
    assert set(lu.select("id_personne", "naissance", "genre").rows()) == {(p1, "1999-05", "H"), (p2, "2000-01", "F")}
    assert bilan.comptes.select("fichier", "gardees", "fusionnees", "rejetees").rows() == [
        ("a/personne.csv", 2, 0, 0), ("b/personne.csv", 0, 1, 1),
    ]  # fmt: skip
    assert bilan.rejets.select("fichier", "colonne").rows() == [("b/personne.csv", "genre")]


# --- Erreurs ---------------------------------------------------------------------------------------------


def test_colonne_de_l_export_introuvable(espace: Espace, tmp_path: Path) -> None:
    """Une colonne renommée dans l'export : le fichier, la colonne et la plus proche ; rien n'est écrit."""
    deposer(tmp_path, "mesures_1.csv", [ENTETE.replace("N° mesure", "Numéro mesure"), *LIGNES])
    attendu = r"mesures_1\.csv : colonne « N° mesure » introuvable.*Vouliez-vous dire « Numéro mesure »"
    with pytest.raises(ErreurFichier, match=attendu):
        importer(espace, tmp_path / "mesures_1.csv", "essai")
    assert lire_entrepot(espace, "essai").tables == []


def test_fichier_ignore_avec_conseil(espace: Espace, tmp_path: Path) -> None:
    export(tmp_path / "depot")
    deposer(tmp_path / "depot", "mesure_2022.txt", ["x"])
    deposer(tmp_path / "depot", ".~lock.mesures_2022.csv#", ["x"])
    ignores = importer(espace, tmp_path / "depot", "essai").ignores
    assert [i.fichier for i in ignores] == ["mesure_2022.txt"]
    assert "Vouliez-vous dire" in ignores[0].conseil and "mesures_*" in ignores[0].conseil


def test_aucun_fichier_reconnu(espace: Espace, tmp_path: Path) -> None:
    deposer(tmp_path / "depot", "notes.txt", ["x"])
    with pytest.raises(ErreurFichier, match=r"aucun fichier reconnu pour le service essai.*notes\.txt"):
        importer(espace, tmp_path / "depot", "essai")


@pytest.mark.parametrize(("chemin", "message"), [("absent", "n'existe pas"), ("vide", "est vide")])
def test_rien_a_lire(espace: Espace, tmp_path: Path, chemin: str, message: str) -> None:
    (tmp_path / "vide").mkdir()
    with pytest.raises(ErreurFichier, match=message):
        importer(espace, tmp_path / chemin, "essai")


def test_service_inconnu(espace: Espace, tmp_path: Path) -> None:
    with pytest.raises(ErreurParametre, match="Vouliez-vous dire « essai »"):
        importer(espace, export(tmp_path), "essais")


@pytest.mark.parametrize(
    ("avant", "apres", "message"),
    [
        ('table = "mesure"', 'table = "mesures"', "table inconnue du modèle. Vouliez-vous dire « mesure »"),
        ("date_debut =", "date_debu =", "colonne « date_debu » inconnue du modèle. Vouliez-vous dire « date_debut »"),
        ('id_mesure = "N° mesure", ', "", "colonne obligatoire « id_mesure » sans correspondance"),
        ("si_renseigne", "si_renseignee", "clé « si_renseignee » inconnue. Vouliez-vous dire « si_renseigne »"),
        ('motif = "mesures_*"', "", "la clé « motif » manque"),
        ("modalites.composition", "modalites.compo", "n'est ni une nomenclature ni une colonne"),
        ('"Isolé" = "HS"', '"Isolé" = "HZ"', "« Isolé » désigne le code « HZ »"),
        ('type_mesure = "ACCES"', 'type_mesure = "ACES"', "constante type_mesure = « ACES » refusée"),
        ('type_mesure = "ACCES"', 'id_mesure = "1"', "« id_mesure » vient à la fois"),
        ('format_date = "jma"', 'format_date = "xyz"', "format_date « xyz » inconnu"),
    ],
)
def test_reglage_fautif(tmp_path: Path, avant: str, apres: str, message: str) -> None:
    """Une faute dans le réglage nomme le fichier, la clé et la plus proche."""
    espace = nouvel_espace(tmp_path / "espace", REGLAGE.replace(avant, apres, 1))
    with pytest.raises(ErreurDefinition) as erreur:
        importer(espace, export(tmp_path / "depot"), "essai")
    assert message in str(erreur.value) and "essai.toml" in str(erreur.value)


# --- Ambiguïtés et corrections ---------------------------------------------------------------------------


def sans_format(reglage: str = REGLAGE) -> str:
    return reglage.replace('format_date = "jma"\n', "")


def test_date_ambigue_lue_comme_la_colonne_le_prouve(tmp_path: Path) -> None:
    """03/04/2022 à côté de 25/12/2022 est le 3 avril ; le bilan le dit, sans compter la ligne comme corrigée."""
    espace = nouvel_espace(tmp_path / "espace", sans_format())
    lignes = ["M1;D1;03/04/2022;;;;;", "M2;D2;25/12/2022;;;;;"]
    bilan = importer(espace, deposer(tmp_path, "mesures_1.csv", [ENTETE, *lignes]), "essai")
    assert set(lire_entrepot(espace, "essai").table("mesure")["date_debut"]) == {
        dt.date(2022, 4, 3), dt.date(2022, 12, 25),
    }  # fmt: skip
    dite = bilan.corrections.filter(pl.col("colonne") == "date_debut").row(0, named=True)
    assert (dite["avant"], dite["apres"], dite["lignes"]) == ("03/04/2022", "2022-04-03", 1)
    assert "comme le prouvent les autres dates" in dite["nature"]
    assert bilan.corrigees == 0


def test_date_ambigue_refusee_si_rien_ne_prouve(tmp_path: Path) -> None:
    """Rien ne le prouve, le service n'en dit rien : la ligne est rejetée, le remède nomme le réglage."""
    espace = nouvel_espace(tmp_path / "espace", sans_format())
    fichier = deposer(tmp_path, "mesures_1.csv", [ENTETE, "M1;D1;03/04/2022;;;;;"])
    rejet = importer(espace, fichier, "essai").rejets.filter(pl.col("table") == "mesure").row(0, named=True)
    assert (rejet["regle"], rejet["valeur"]) == ("date_ambigue", "03/04/2022")
    assert "format_date" in rejet["remede"]
    (espace.dossier_services / "essai.toml").write_text(REGLAGE, encoding="utf-8")
    assert importer(espace, fichier, "essai").rejets.is_empty()


@pytest.mark.parametrize("accepter", [False, True])
def test_modalite_proche(tmp_path: Path, accepter: bool) -> None:
    """Proposée dans le remède ; appliquée et listée seulement si le service l'accepte."""
    reglage = REGLAGE.replace("[[import", f"[import]\naccepter_proches = {str(accepter).lower()}\n[[import", 1)
    espace = nouvel_espace(tmp_path / "espace", reglage)
    fichier = deposer(tmp_path, "mesures_1.csv", [ENTETE, "M1;D1;03/01/2022;;Home seul;12;;"])
    bilan = importer(espace, fichier, "essai")
    situation = lire_entrepot(espace, "essai").table("situation")
    if accepter:
        assert bilan.rejets.is_empty() and situation["composition"].to_list() == ["HS"]
        assert ("Home seul", "HS", "modalité proche acceptée") in bilan.corrections.select(
            "avant", "apres", "nature"
        ).rows()
    else:
        assert bilan.rejets["remede"][0].startswith("Vouliez-vous dire « Homme seul » ?")
        assert situation.is_empty()


def test_doublons_listes(espace: Espace, tmp_path: Path) -> None:
    """Chaque doublon retiré dit dans quelle ligne il est fondu."""
    lignes = ["M1;D1;03/01/2022;;;;;", "M2;D2;03/01/2022;;;;;", "M1;D1;2022-01-03;;;;;"]
    bilan = importer(espace, deposer(tmp_path, "mesures_1.csv", [ENTETE, *lignes]), "essai")
    doublons = bilan.corrections.filter((pl.col("table") == "mesure") & pl.col("nature").str.starts_with("doublon"))
    assert doublons.select("avant", "apres", "lignes").rows() == [("ligne 4", "fondue dans mesures_1.csv, ligne 2", 1)]


def test_beaucoup_de_doublons_restent_comptes(espace: Espace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Au-delà d'un plafond ils ne sont plus nommés un à un, mais leur nombre reste juste."""
    monkeypatch.setattr("observatoire.importation.DOUBLONS_NOMMES", 3)
    bilan = importer(espace, deposer(tmp_path, "mesures_1.csv", [ENTETE, *["M1;D1;03/01/2022;;;;;"] * 11]), "essai")
    doublons = bilan.corrections.filter((pl.col("table") == "menage") & pl.col("nature").str.starts_with("doublon"))
    assert (doublons.height, doublons["lignes"].sum(), doublons["lignes"].max()) == (4, 10, 7)


def test_corrections_dans_un_fichier(espace: Espace, tmp_path: Path) -> None:
    """Les corrections s'ouvrent dans un tableur, à côté des rejets, sans formule."""
    importer(espace, deposer(tmp_path, "mesures_1.csv", [ENTETE, "M1;D1;03/01/2022;;=FEMME seule;12;;"]), "essai")
    ecrit = (espace.entrepot("essai") / "corrections.csv").read_text(encoding="utf-8-sig")
    assert ecrit.startswith("fichier;feuille;table;colonne;nature;avant;apres;proposition;lignes;premiere_ligne\n")
    assert ";'=FEMME seule;FS;" in ecrit and ";=" not in ecrit


def test_cellule_en_erreur_refusee(espace: Espace, tmp_path: Path) -> None:
    """« #N/A » est une formule en panne, pas une absence dite par le service."""
    fichier = deposer(tmp_path, "mesures_1.csv", [ENTETE, "M1;D1;03/01/2022;#N/A;HS;#REF!;;"])
    rejets = importer(espace, fichier, "essai").rejets
    assert rejets.filter(pl.col("table") == "mesure").select("colonne", "valeur", "regle").rows() == [
        ("Fin", "#N/A", "cellule_en_erreur")
    ]
    assert "Ressources" in rejets.filter(pl.col("regle") == "cellule_en_erreur")["colonne"]


def test_ligne_de_total_comptee_et_listee(espace: Espace, tmp_path: Path) -> None:
    """Un total sous le tableau n'est pas une ligne : il est compté à part, et listé."""
    corps = [LIGNES[0], *(f"M{i};D{i};03/01/2022;;HS;10;;" for i in range(20, 26))]
    fichier = deposer(tmp_path, "mesures_1.csv", [ENTETE, *corps, "", "Total;;;;;1412,83;;"])
    bilan = importer(espace, fichier, "essai")
    mesure = bilan.comptes.filter(pl.col("table") == "mesure").row(0, named=True)
    assert (mesure["lues"], mesure["hors_tableau"], mesure["rejetees"]) == (7, 1, 0)
    hors = bilan.corrections.filter(pl.col("nature").str.starts_with("ligne hors du tableau"))
    assert hors.select("premiere_ligne", "lignes").rows() == [(10, 1)]


def test_commune_ambigue_listee_avec_ses_candidates(espace: Espace, tmp_path: Path) -> None:
    lignes = ["id_place;nb_places;ouverture;commune", "1;2;2020-01-01;Saint-Denis", "2;1;2020-01-01;HENIN BT"]
    bilan = importer(espace, deposer(tmp_path, "place.csv", lignes), "essai")
    places = lire_entrepot(espace, "essai").table("place")
    assert dict(places.select("id_place", "commune").iter_rows()) == {"1": None, "2": "62427"}
    ambigue = bilan.corrections.filter(pl.col("avant") == "Saint-Denis").row(0, named=True)
    assert "Saint-Denis (93066)" in ambigue["proposition"]
    assert bilan.millesime == lire_entrepot(espace, "essai").livraison["millesime_cog"] >= 2026


# --- Conservation ----------------------------------------------------------------------------------------

cellules = st.tuples(
    st.sampled_from(["M1", "M2", "M3", "", "NC"]),
    st.sampled_from(["D1", "D2", "?"]),
    st.sampled_from(["03/01/2022", "2022-01-03", "31/02/2022", "", "44564", "#N/A"]),
    st.sampled_from(["", "15/06/2022", "-", "hier"]),
    st.sampled_from(["Isolé", "HS", "martien", "NC", "", "Home seul"]),
    st.sampled_from(["12", "1.352", "", "NC"]),
    st.sampled_from(["PUBLIC", "parc public", ""]),
)


@RAPIDE
@given(
    st.lists(st.lists(cellules, max_size=12), min_size=1, max_size=2),
    st.booleans(),
    st.sampled_from(["", 'format_date = "jma"\n']),
)
def test_rien_ne_se_perd(
    tmp_path_factory: pytest.TempPathFactory, fichiers: list[list[tuple[str, ...]]], proches: bool, ordre: str
) -> None:
    """Lues = gardées + fusionnées + rejetées, pour chaque fichier et chaque table, quelles que soient les lignes."""
    racine = tmp_path_factory.mktemp("conservation")
    reglage = sans_format().replace('motif = "mesures_*"\n', f'motif = "mesures_*"\n{ordre}')
    reglage = reglage.replace("[[import", f"[import]\naccepter_proches = {str(proches).lower()}\n[[import", 1)
    espace = nouvel_espace(racine / "espace", reglage)
    for rang, lignes in enumerate(fichiers):
        deposer(racine / "depot", f"mesures_{rang}.csv", [ENTETE, *(";".join([*ligne, "x"]) for ligne in lignes)])
    bilan = importer(espace, racine / "depot", "essai")
    assert conserve(bilan)
    for rang, lignes in enumerate(fichiers):
        comptes = bilan.comptes.filter(pl.col("fichier") == f"mesures_{rang}.csv")
        assert (comptes["lues"] + comptes["hors_champ"] + comptes["hors_tableau"]).to_list() == [len(lignes)] * 4
    lu = lire_entrepot(espace, "essai")
    gardees = dict(bilan.par_table.select("table", "gardees").iter_rows())
    assert {nom: lu.table(nom).height for nom in gardees} == gardees
    for nom in gardees:
        assert lu.table(nom).select(pl.struct(modele.table(nom).cle).is_unique().all()).item()
    # Chaque ligne rejetée est dans les rejets, entière et avec sa règle.
    rejetees = bilan.rejets.select("fichier", "table", "ligne").unique().group_by("table").len()
    comptees = bilan.par_table.filter(pl.col("rejetees") > 0).select("table", pl.col("rejetees").cast(pl.UInt32))
    # Une ligne peut être rejetée deux fois d'une table qu'elle nourrit deux fois.
    assert all(n <= dict(comptees.iter_rows())[t] for t, n in rejetees.iter_rows())
    assert set(rejetees["table"]) == set(comptees["table"])
    assert bilan.rejets["regle"].null_count() == 0 == bilan.rejets["cellules"].null_count()


@RAPIDE
@given(st.lists(cellules, min_size=1, max_size=10))
def test_reimporter_une_correction_resout_les_rejets(
    tmp_path_factory: pytest.TempPathFactory, lignes: list[tuple[str, ...]]
) -> None:
    """Quelles qu'aient été les fautes, le fichier corrigé du même nom ne laisse aucun rejet et ne double rien."""
    racine = tmp_path_factory.mktemp("reparation")
    espace = nouvel_espace(racine / "espace")
    fautives = [";".join([*ligne, "x"]) for ligne in lignes]
    importer(espace, deposer(racine, "mesures_x.csv", [ENTETE, *fautives]), "essai")
    saines = [f"M{i};D{i};03/01/2022;;HS;12;;" for i in range(1, 4)]
    bilan = importer(espace, deposer(racine, "mesures_x.csv", [ENTETE, *saines]), "essai")
    assert bilan.rejets.is_empty() and bilan.fichier_rejets is None
    assert bilan.par_table.filter(pl.col("table") == "mesure")["gardees"].item() == 3
    mesure = lire_entrepot(espace, "essai").table("mesure")
    assert mesure["id_mesure"].is_unique().all() and mesure.height == 3
