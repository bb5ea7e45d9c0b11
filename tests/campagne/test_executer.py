"""La campagne : carnets exécutés par papermill, pages, portail, et un échec qui n'arrête rien."""

import json
from dataclasses import replace

import nbformat
import pytest

from observatoire.campagne import executer
from observatoire.campagne.donnees_types import COLONNES_CONTRAT
from observatoire.campagne.fiche import TYPE_FICHE
from observatoire.campagne.parametres import ParametresRapport
from observatoire.campagne.portail import ecrire_portail, lire_manifeste
from observatoire.erreurs import ErreurObservatoire, ErreurParametre
from observatoire.qualite.verdict import ResultatRegle, ranger_verdict, verdict
from observatoire.restitution.page import AVERTISSEMENT_INTERNE
from tests.qualite.fabrique import validations


def bloquer(espace, service: str, annee: int) -> str:
    """Range un verdict bloquant pour les données présentes, comme l'aurait fait une clé en double."""
    explication = "Deux lignes portent le même numéro de mesure."
    fautif = ResultatRegle(
        "cle_unique",
        "mesure",
        ("mesure.id_mesure",),
        "critical",
        True,
        False,
        40,
        2,
        explication,
        "Supprimez la ligne en double.",
    )
    juge = verdict(espace, service, annee)
    abime = replace(juge, resultats=(*juge.resultats, fautif))
    ranger_verdict(espace, abime, validations(abime.resultats))
    return explication


def test_campagne_reelle(espace_jetable):
    """Un rapport publié, un rapport bloqué : leurs fichiers, le portail et le manifeste."""
    explication = bloquer(espace_jetable, "ltiae", 2021)
    suivis: list[str] = []
    rendus = executer.rendre(espace_jetable, [("ltiae", 2022), ("ltiae", 2021)], "interne", suivi=suivis.append)
    assert [(r.annee, r.etat) for r in rendus] == [(2022, "publie"), (2021, "bloque")]
    assert sorted(suivis) == ["ltiae 2021 : bloqué", "ltiae 2022 : publié"]
    publie, bloque = rendus
    rapports = espace_jetable.rapports

    page = publie.html.read_text(encoding="utf-8")
    assert publie.html == rapports / "interne" / "2022" / "ltiae.html"
    assert page.startswith('<!DOCTYPE html>\n<html lang="fr">') and page.count("<h1") == 1
    assert AVERTISSEMENT_INTERNE in page and "obs.rapport(" not in page  # le code reste au carnet
    assert publie.table.read_text(encoding="utf-8").splitlines()[0] == ",".join(COLONNES_CONTRAT)

    carnet = nbformat.read(publie.carnet, as_version=4)
    nbformat.validate(carnet)
    texte = publie.carnet.read_text(encoding="utf-8")
    assert 'service = \\"ltiae\\"' in texte and str(espace_jetable.racine) not in texte
    assert "start_time" not in texte and "iopub" not in texte  # ni heure ni durée : mêmes données, mêmes octets

    assert explication in bloque.html.read_text(encoding="utf-8") and explication in bloque.message
    assert bloque.table is None and not (rapports / "interne" / "2021" / "ltiae.csv").exists()

    manifeste = json.loads((rapports / "manifeste.json").read_text(encoding="utf-8"))
    fiches = {f["annee"]: f for f in manifeste["rapports"]}
    assert fiches[2022]["etat"] == "publie" and len(fiches[2022]["sha256_table"]) == 64
    assert fiches[2021]["etat"] == "bloque"
    portail = (rapports / "index.html").read_text(encoding="utf-8")
    assert 'href="interne/2022/ltiae.html"' in portail and "bloqué" in portail


@pytest.fixture
def carnets_feints(monkeypatch, espace_exemple, tmp_path):
    """Remplace le noyau : chaque carnet rend une fiche toute faite, sauf ceux de 2020, qui tombent."""

    def executer_carnet(espace, nom, parametres, cible, atelier):
        if parametres["annee"] == 2020:
            raise RuntimeError("le noyau s'est arrêté")
        fiche = {
            "etat": "publiable",
            "empreinte": "e",
            "versions": {},
            "chiffre_cle": None,
            "sha256_table": "s",
            "table": ",".join(COLONNES_CONTRAT) + "\n",
        }
        sortie = nbformat.v4.new_output("display_data", {"text/html": "<p>Corps</p>", TYPE_FICHE: fiche})
        carnet = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[sortie])])
        cible.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(carnet, cible)
        return cible, carnet

    monkeypatch.setattr(executer, "executer_carnet", executer_carnet)


def test_un_echec_n_arrete_pas_les_autres(espace_jetable, carnets_feints):
    rendus = executer.rendre(espace_jetable, [("ltiae", 2020), ("ltiae", 2022), ("cllaj", 2020)], "public")
    assert [r.etat for r in rendus] == ["erreur", "publie", "erreur"]
    assert rendus[0].message == "RuntimeError : le noyau s'est arrêté"
    etats = {(f["service"], f["annee"]): f["etat"] for f in lire_manifeste(espace_jetable)["rapports"]}
    assert etats == {("ltiae", 2020): "erreur", ("ltiae", 2022): "publie", ("cllaj", 2020): "erreur"}
    assert "en erreur" in (espace_jetable.rapports / "index.html").read_text(encoding="utf-8")


def test_verdict_calcule_avant_les_carnets(espace_jetable, carnets_feints, monkeypatch):
    """Les carnets ne font que lire : le verdict est demandé une fois par rapport, avant tout le reste."""
    demandes = []

    def noter(espace, service, annee):
        demandes.append((service, annee))
        return verdict(espace, service, annee)

    monkeypatch.setattr(executer, "verdict", noter)
    executer.rendre(espace_jetable, [("ltiae", 2021), ("ltiae", 2022)], "public")
    assert demandes == [("ltiae", 2021), ("ltiae", 2022)]


def test_parametre_faux_refuse_avant_tout_travail(espace_jetable, carnets_feints):
    with pytest.raises(ErreurParametre, match="ltiae"):
        executer.rendre(espace_jetable, [("ltiae", 2022), ("ltia", 2022)], "public")
    with pytest.raises(ErreurParametre, match="au moins un"):
        executer.rendre(espace_jetable, [("ltiae", 2022)], "public", travailleurs=0)
    assert not (espace_jetable.rapports / "manifeste.json").exists()


def test_carnet_absent_se_dit(espace_jetable, monkeypatch, tmp_path):
    monkeypatch.setattr(type(espace_jetable), "ressource", lambda self, chemin: tmp_path / "rien")
    with pytest.raises(ErreurObservatoire, match="rapport_service"):
        executer.executer_carnet(espace_jetable, executer.CARNET_RAPPORT, {}, tmp_path, None)


def test_manifeste_se_complete_et_oublie_les_disparus(espace_jetable, carnets_feints):
    executer.rendre(espace_jetable, [("ltiae", 2022)], "public")
    executer.rendre(espace_jetable, [("ltiae", 2021)], "public")
    assert [f["annee"] for f in lire_manifeste(espace_jetable)["rapports"]] == [2021, 2022]
    (espace_jetable.rapports / "public" / "2021" / "ltiae.html").unlink()
    assert [f["annee"] for f in ecrire_portail(espace_jetable, [])] == [2022]


def test_carnets_livres_sans_sortie_et_parametres(racine):
    """Les carnets versés n'ont ni sortie ni compteur, et une seule cellule de paramètres."""
    carnets = [racine / "notebooks" / nom for nom in (executer.CARNET_RAPPORT, executer.CARNET_QUALITE)]
    for fichier in carnets:
        carnet = nbformat.read(fichier, as_version=4)
        code = [c for c in carnet.cells if c.cell_type == "code"]
        assert code and not any(c.outputs or c.execution_count for c in code)
        parametres = [c for c in code if "parameters" in c.metadata.get("tags", [])]
        assert len(parametres) == 1
        assert {ligne.split(" =")[0] for ligne in parametres[0].source.splitlines()} == set(
            ParametresRapport("", 0).en_dict()
        )
        assert all(len(c.source.splitlines()) <= 5 for c in code), "des cellules courtes"
