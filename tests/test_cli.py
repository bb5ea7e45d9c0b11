"""La ligne de commande : ce qu'elle imprime, ses erreurs en français et ses codes de sortie."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import polars as pl
import pytest

from observatoire.campagne.donnees_types import COLONNES_CONTRAT
from observatoire.cli import CODE_BLOQUE, CODE_ERREUR, principal
from observatoire.entrepot import lire_entrepot
from observatoire.espace import Espace, creer_espace
from observatoire.livraisons import livraisons as lister_livraisons


@pytest.fixture
def lancer(capsys):
    """Lance une commande ; rend (code, sortie standard, sortie d'erreur)."""

    def _lancer(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as fin:
            principal([str(a) for a in arguments])
        sortie = capsys.readouterr()
        return fin.value.code, sortie.out, sortie.err

    return _lancer


def table(texte: str) -> pl.DataFrame:
    return pl.read_csv(io.StringIO(texte), infer_schema=False)


def test_mois_mesures_140(lancer, espace_exemple: Espace):
    code, sortie, _ = lancer(
        "indicateurs",
        "--service",
        "ltiae",
        "--annee",
        "2022",
        "--indicateur",
        "mois_mesures",
        "--espace",
        espace_exemple.racine,
    )
    lue = table(sortie)
    assert code == 0
    assert tuple(lue.columns) == COLONNES_CONTRAT
    assert [float(v) for v in lue["valeur"]] == [140]


def test_frequentation_et_evolution_a_definition_constante(lancer, espace_exemple: Espace):
    _, sortie, _ = lancer(
        "indicateurs",
        "--service",
        "cllaj",
        "--annee",
        "2022",
        "--indicateur",
        "demandeurs_distincts_cllaj",
        "--indicateur",
        "evolution_n_1",
        "--espace",
        espace_exemple.racine,
    )
    lue = table(sortie)
    frequentation = lue.filter(pl.col("indicateur") == "demandeurs_distincts_cllaj")
    assert dict(zip(frequentation["version_definition"], frequentation["valeur"], strict=True)) == {
        "2022": "580.0",
        "2019": "504.0",
    }
    evolution = lue.filter(pl.col("modalite_1") == "demandeurs_distincts_cllaj")
    assert round(float(evolution["valeur"][0]), 1) == -8.9
    assert evolution["version_definition"].to_list() == ["2019"]


def test_tous_les_indicateurs_d_un_service(lancer, espace_exemple: Espace):
    code, sortie, _ = lancer("indicateurs", "--service", "ltiae", "--annee", "2022", "--espace", espace_exemple.racine)
    lue = table(sortie)
    assert code == 0
    assert lue["indicateur"].n_unique() > 60
    assert set(lue["etat"]) >= {"publie", "non_recu"}
    # Le total de chaque indicateur est toujours écrit.
    totaux = lue.filter(pl.col("ventilation_1").is_null())["indicateur"].unique()
    assert set(lue["indicateur"]) - set(totaux) == {"evolution_n_1"}


def test_cle_unique_de_la_table_ordonnee(lancer, espace_exemple: Espace):
    _, sortie, _ = lancer("indicateurs", "--service", "cllaj", "--annee", "2022", "--espace", espace_exemple.racine)
    cle = [
        "service",
        "territoire",
        "annee",
        "indicateur",
        "ventilation_1",
        "modalite_1",
        "ventilation_2",
        "modalite_2",
        "version_definition",
    ]
    assert not table(sortie).select(pl.struct(cle).is_duplicated().any()).item()


def test_ventilations_croisees_et_libelles(lancer, espace_exemple: Espace):
    _, sortie, _ = lancer(
        "indicateurs",
        "--service",
        "ltiae",
        "--annee",
        "2022",
        "--indicateur",
        "relogements",
        "--ventilation",
        "bailleur",
        "--ventilation",
        "contingent",
        "--libelles",
        "--espace",
        espace_exemple.racine,
    )
    lue = table(sortie)
    assert lue.filter(pl.col("ventilation_2").is_not_null())["valeur"].cast(pl.Float64).sum() == 7
    assert "Action Logement" in set(lue["modalite_1"]) | set(lue["modalite_2"])


def test_public_masque_et_interne_montre(lancer, espace_exemple: Espace):
    commande = [
        "indicateurs",
        "--service",
        "ltiae",
        "--annee",
        "2022",
        "--indicateur",
        "matrice_parcours",
        "--espace",
        espace_exemple.racine,
        "--diffusion",
    ]
    _, interne, _ = lancer(*commande, "interne")
    _, public, _ = lancer(*commande, "public")
    assert set(table(interne)["etat"]) == {"publie"}
    publies = table(public).filter(pl.col("etat") == "publie")["valeur"].cast(pl.Float64)
    assert (publies >= 5).all()
    assert "masque" in set(table(public)["etat"])


@pytest.mark.parametrize("format_", ["csv", "json", "xlsx", "parquet"])
def test_chaque_format_rend_les_memes_cellules(lancer, espace_exemple: Espace, tmp_path, format_):
    fichier = tmp_path / f"table.{format_}"
    commande = [
        "indicateurs",
        "--service",
        "ltiae",
        "--annee",
        "2022",
        "--indicateur",
        "composition_familiale",
        "--espace",
        espace_exemple.racine,
    ]
    _, attendu, _ = lancer(*commande)
    code, _, _ = lancer(*commande, "--format", format_, "--sortie", fichier)
    lire = {"csv": pl.read_csv, "json": pl.read_json, "xlsx": pl.read_excel, "parquet": pl.read_parquet}[format_]
    assert code == 0
    lue = lire(fichier)
    assert lue["modalite_1"].to_list() == table(attendu)["modalite_1"].to_list()
    assert lue["valeur"].cast(pl.Float64).to_list() == table(attendu)["valeur"].cast(pl.Float64).to_list()


ERREURS = {
    "service inconnu": (["--service", "ltia", "--annee", "2022"], "ltiae"),
    "service qui remonte les dossiers": (["--service", "../../etc", "--annee", "2022"], "inconnu"),
    "année illisible": (["--service", "ltiae", "--annee", "2022); import os"], "Année"),
    "année hors du temps": (["--service", "ltiae", "--annee", "22"], "Année"),
    "indicateur mal écrit": (["--service", "ltiae", "--annee", "2022", "--indicateur", "mois_mesure"], "mois_mesures"),
    "diffusion inconnue": (["--service", "ltiae", "--annee", "2022", "--diffusion", "publik"], "public"),
    "format inconnu": (["--service", "ltiae", "--annee", "2022", "--format", "xls"], "xlsx"),
    "format sans fichier": (["--service", "ltiae", "--annee", "2022", "--format", "xlsx"], "--sortie"),
    "option inconnue": (["--servise", "ltiae"], "--service"),
    "option manquante": (["--service", "ltiae"], "--annee"),
}


@pytest.mark.parametrize("cas", ERREURS)
def test_erreurs_claires_et_code_2(lancer, espace_exemple: Espace, cas):
    arguments, attendu = ERREURS[cas]
    code, sortie, erreur = lancer("indicateurs", *arguments, "--espace", espace_exemple.racine)
    assert code == CODE_ERREUR
    assert attendu in erreur
    assert sortie == ""
    assert "Traceback" not in erreur


def test_hors_d_un_espace_de_travail(lancer, tmp_path):
    code, _, erreur = lancer("services", "--espace", tmp_path)
    assert code == CODE_ERREUR
    assert "observatoire init" in erreur


def test_commande_inconnue_propose(lancer):
    code, _, erreur = lancer("indicateur")
    assert code == CODE_ERREUR
    assert "indicateurs" in erreur and "inconnue" in erreur


def test_init_refuse_un_dossier_plein_et_remplit_un_neuf(lancer, tmp_path):
    code, _, _ = lancer("init", tmp_path / "neuf")
    assert code == 0
    for piece in ("notebooks", "expectations", "data/exemple/ltiae", "data/services", "data/nomenclatures"):
        assert any((tmp_path / "neuf" / piece).iterdir())
    code, _, erreur = lancer("init", tmp_path / "neuf")
    assert code == CODE_ERREUR
    assert "pas vide" in erreur


def test_importer_compte_et_liste_les_rejets(lancer, tmp_path):
    espace = creer_espace(tmp_path / "espace")
    code, sortie, _ = lancer(
        "importer", espace.donnees / "exemple" / "ltiae", "--service", "ltiae", "--espace", espace.racine
    )
    assert code == 0
    assert "rejetées" in sortie
    fichier = lire_entrepot(espace, "ltiae").fichier_rejets
    rejets = pl.read_csv(fichier, separator=";", infer_schema=False)
    assert rejets.height > 0
    assert {"fichier", "ligne", "colonne", "valeur", "motif", "remede"} <= set(rejets.columns)


def test_importer_tout_un_dossier_par_service(lancer, tmp_path):
    """Chaque sous-dossier va au service qui porte son nom ; un nom inconnu est refusé avant tout import."""
    espace = creer_espace(tmp_path / "espace")
    depot = tmp_path / "depot"
    for service in ("ltiae", "cllaj"):
        (depot / service).mkdir(parents=True)
    mesures = "id_mesure,id_service,id_menage,date_debut\nm1,,f1,2022-01-03\n"
    (depot / "ltiae" / "mesure.csv").write_text(mesures, encoding="utf-8")
    (depot / "cllaj" / "menage.csv").write_text("id_menage\nf2\n", encoding="utf-8")
    code, sortie, _ = lancer("importer", depot, "--tout", "--espace", espace.racine)
    assert code == 0 and "ltiae" in sortie and "cllaj" in sortie
    assert lire_entrepot(espace, "ltiae").table("mesure").height == 1
    assert lire_entrepot(espace, "cllaj").table("menage").height == 1
    (depot / "ltia").mkdir()
    code, _, erreur = lancer("importer", depot, "--tout", "--espace", espace.racine)
    assert code == CODE_ERREUR and "ltia" in erreur


@pytest.mark.parametrize(
    ("arguments", "attendu"),
    [((), "--service"), (("--tout", "--service", "ltiae"), "--tout"), (("--tout", "--proposer"), "--tout")],
)
def test_importer_demande_ou_vont_les_fichiers(lancer, espace_exemple: Espace, arguments, attendu):
    dossier = espace_exemple.donnees / "exemple"
    code, _, erreur = lancer("importer", dossier, *arguments, "--espace", espace_exemple.racine)
    assert code == CODE_ERREUR and attendu in erreur


def test_rendre_dit_les_rapports_en_erreur(lancer, espace_jetable: Espace, monkeypatch):
    """Un rapport qui échoue se lit dans le résumé et dans le code de sortie."""
    from observatoire.campagne import executer

    def tomber(*_):
        raise RuntimeError("le carnet est tombé")

    monkeypatch.setattr(executer, "executer_carnet", tomber)
    code, sortie, erreur = lancer("rendre", "--service", "ltiae", "--annee", "2022", "--espace", espace_jetable.racine)
    assert code == CODE_ERREUR
    assert "2 en erreur" in sortie and "le carnet est tombé" in erreur  # le rapport et sa page de qualité


IMPRIMES = (
    "source,page_section,service,territoire,annee,tableau,indicateur,ventilation_1,modalite_1,ventilation_2,modalite_2,"
    "valeur,unite\n"
    "essai.txt,1,Service,Nord,2022,mesures,mesures,type,accès,,,4,nombre\n"
    "essai.txt,1,Service,Nord,2022,mesures,mesures,type,maintien,,,3,nombre\n"
    "essai.txt,1,Service,Nord,2022,mesures,mesures,type,Total,,,{total},nombre\n"
)


def test_controler_un_rapport_imprime(lancer, tmp_path):
    """Un total faux est dit, ligne à l'appui, avec le code 3 ; un rapport juste rend le code 0."""
    fichier = tmp_path / "imprimes.csv"
    fichier.write_text(IMPRIMES.format(total=8), encoding="utf-8")
    code, sortie, _ = lancer("controler", fichier)
    assert code == CODE_BLOQUE
    assert "8" in sortie and "7" in sortie
    code, sortie, _ = lancer("controler", fichier, "--json")
    assert code == CODE_BLOQUE and len(json.loads(sortie)["constats"]) == 1
    fichier.write_text(IMPRIMES.format(total=7), encoding="utf-8")
    assert lancer("controler", fichier)[0] in (0, None)
    assert lancer("controler", tmp_path / "absent.csv")[0] == CODE_ERREUR


def test_importer_un_chemin_absent(lancer, espace_exemple: Espace, tmp_path):
    code, _, erreur = lancer("importer", tmp_path / "rien.csv", "--service", "ltiae", "--espace", espace_exemple.racine)
    assert code == CODE_ERREUR
    assert "rien.csv" in erreur


def test_verifier_publiable_puis_bloque(lancer, espace_jetable: Espace):
    code, sortie, _ = lancer(
        "verifier", "--service", "ltiae", "--annee", "2022", "--json", "--espace", espace_jetable.racine
    )
    assert code == 0
    verdicts = json.loads(sortie)
    assert [(v["service"], v["annee"], v["etat"]) for v in verdicts] == [("ltiae", 2022, "publiable")]
    fichier = lire_entrepot(espace_jetable, "ltiae").fichier("mesure")
    mesures = pl.read_parquet(fichier)
    pl.concat([mesures, mesures.head(1)]).write_parquet(fichier)
    code, sortie, _ = lancer("verifier", "--service", "ltiae", "--annee", "2022", "--espace", espace_jetable.racine)
    assert code == CODE_BLOQUE
    assert "bloqué" in sortie


def test_catalogue_glossaire_services(lancer, espace_exemple: Espace, tmp_path):
    _, sortie, _ = lancer("catalogue", "--cherche", "relogement", "--json")
    assert {d["nom"] for d in json.loads(sortie)} >= {"relogements", "relogements_par_bailleur"}
    _, sortie, _ = lancer("glossaire", "taux_sortie_logement")
    assert "Dénominateur" in sortie
    code, _, erreur = lancer("glossaire", "taux_sorti_logement")
    assert (code, "taux_sortie_logement" in erreur) == (CODE_ERREUR, True)
    _, sortie, _ = lancer("services", "--espace", espace_exemple.racine)
    assert "ltiae" in sortie and "2020–2022" in sortie
    lancer("glossaire", "--sortie", tmp_path / "g.md")
    assert (tmp_path / "g.md").read_text(encoding="utf-8").startswith("# Glossaire")


def test_chaque_commande_a_une_aide_en_francais(lancer):
    commandes = (
        "init",
        "importer",
        "livraisons",
        "retirer",
        "purger",
        "verifier",
        "indicateurs",
        "rendre",
        "services",
        "catalogue",
        "glossaire",
    )
    for commande in commandes:
        code, sortie, _ = lancer(commande, "--help")
        assert code == 0
        assert "Utilisation" in sortie
        assert "Show this message" not in sortie and "Usage:" not in sortie


def test_livraisons_retirer_et_reimporter(lancer, tmp_path):
    espace = creer_espace(tmp_path / "espace")
    ici = ("--service", "ltiae", "--espace", espace.racine)
    exports = espace.donnees / "exemple" / "ltiae"
    lancer("importer", exports, *ici)
    _, sortie, _ = lancer("importer", exports, *ici)
    assert "rien n'a changé" in sortie
    [livraison] = lister_livraisons(espace, "ltiae")
    _, sortie, _ = lancer("livraisons", *ici)
    assert livraison.id in sortie and "active" in sortie
    code, sortie, _ = lancer("retirer", livraison.id, *ici)
    assert code == 0 and "retirée" in sortie
    assert lire_entrepot(espace, "ltiae").table("mesure").is_empty()
    code, _, erreur = lancer("retirer", "2022-01-01-rien", *ici)
    assert (code, "Livraison" in erreur) == (CODE_ERREUR, True)


def test_purger_montre_puis_efface(lancer, espace_jetable: Espace):
    ici = ("--service", "ltiae", "--espace", espace_jetable.racine, "--a-la-date", "2024-06-01", "--duree", "24")
    avant = lire_entrepot(espace_jetable, "ltiae").table("menage").height
    code, sortie, _ = lancer("purger", *ici)
    assert code == 0 and "--confirmer" in sortie
    assert lire_entrepot(espace_jetable, "ltiae").table("menage").height == avant
    code, sortie, _ = lancer("purger", *ici, "--confirmer")
    assert code == 0 and "effacés" in sortie
    assert lire_entrepot(espace_jetable, "ltiae").table("menage").height < avant
    code, _, erreur = lancer("purger", "--service", "ltiae", "--espace", espace_jetable.racine, "--a-la-date", "hier")
    assert (code, "hier" in erreur) == (CODE_ERREUR, True)


def test_proposer_redige_un_brouillon_qui_n_est_pas_un_service(lancer, espace_jetable: Espace):
    exports = espace_jetable.donnees / "exemple" / "ltiae"
    code, sortie, _ = lancer(
        "importer", exports, "--service", "asll_nord", "--proposer", "--espace", espace_jetable.racine
    )
    assert code == 0
    brouillon = espace_jetable.dossier_services / "asll_nord.brouillon.toml"
    assert sortie.strip().endswith(str(brouillon)) and brouillon.is_file()
    assert "asll_nord" not in " ".join(espace_jetable.services())
    code, _, erreur = lancer("importer", exports, "--service", "asll_nord", "--espace", espace_jetable.racine)
    assert (code, "asll_nord" in erreur) == (CODE_ERREUR, True)
    code, _, _ = lancer("importer", exports, "--service", "../../etc", "--proposer", "--espace", espace_jetable.racine)
    assert code == CODE_ERREUR


def test_une_formule_dans_un_texte_ne_sort_pas_en_formule(lancer, espace_jetable: Espace, tmp_path):
    fichier = lire_entrepot(espace_jetable, "ltiae").fichier("demande")
    piege = '=HYPERLINK("http://exemple.invalid";"cliquez")'
    pl.read_parquet(fichier).with_columns(pl.lit(piege).alias("organisme")).write_parquet(fichier)
    commande = (
        "indicateurs",
        "--service",
        "ltiae",
        "--annee",
        "2022",
        "--indicateur",
        "demandes_par_organisme",
        "--espace",
        espace_jetable.racine,
    )
    _, sortie, _ = lancer(*commande)
    assert f"'{piege}" in table(sortie)["modalite_1"].to_list()
    lancer(*commande, "--format", "xlsx", "--sortie", tmp_path / "t.xlsx")
    with zipfile.ZipFile(tmp_path / "t.xlsx") as classeur:
        feuille = classeur.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in feuille and "<hyperlink" not in feuille
