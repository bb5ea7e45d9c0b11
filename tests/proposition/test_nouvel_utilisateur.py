"""Le chemin entier d'un nouvel utilisateur : proposer, trancher, importer, préparer le rapport."""

from __future__ import annotations

import time
from pathlib import Path

import polars as pl
import pytest

from observatoire.campagne.annees import annees_recues
from observatoire.campagne.donnees import preparer_rapport
from observatoire.collecte.indecis import indecisions
from observatoire.entrepot import lire_entrepot
from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace
from observatoire.importation import BilanImport, importer
from observatoire.proposition import proposer
from observatoire.services import lire_service
from tests.proposition.envois import envoi_en_deux, envoi_large, exemple_renomme, trancher

FICHE = {"libelle": "Service d'essai", "type_service": "FSL_ASLL"}


def regler(espace: Espace, envoi: Path, service: str, reponses: dict[str, str]) -> str:
    """Propose, constate que l'import refuse tant que rien n'est tranché, tranche, et rend le brouillon."""
    brouillon = proposer(espace, envoi, service).ecrire()
    texte = brouillon.read_text(encoding="utf-8")
    definitif = brouillon.with_name(f"{service}.toml")
    definitif.write_text(texte, encoding="utf-8")
    brouillon.unlink()
    ligne = indecisions(texte)[0].ligne
    with pytest.raises(ErreurDefinition, match=rf"{service}\.toml : .* à trancher : ligne {ligne} \(libelle\)"):
        importer(espace, envoi, service)
    definitif.write_text(trancher(texte, {**FICHE, **reponses}), encoding="utf-8")
    return texte


def totaux(espace: Espace, service: str, annee: int) -> dict[str, float | None]:
    """Indicateur → total, pour tous les blocs du rapport."""
    donnees = preparer_rapport(espace, service, annee, "interne")
    tables = [b.table for s in donnees.sections for b in s.blocs]
    lignes = pl.concat(tables).filter(pl.col("ventilation_1").is_null())
    assert set(lignes["etat"]) <= {"publie", "sans_objet"}, lignes.filter(pl.col("etat") != "publie")
    return dict(lignes.select("indicateur", "valeur").iter_rows())


def conserve(bilan: BilanImport) -> bool:
    return bilan.lues == bilan.gardees + bilan.fusionnees + bilan.rejetees


def test_un_export_large_devient_un_rapport(espace_neuf: Espace, tmp_path: Path) -> None:
    """Une ligne par ménage : huit tables, aucune ligne perdue, en moins de dix minutes."""
    depart = time.monotonic()
    envoi = envoi_large(tmp_path / "envoi")
    regler(espace_neuf, envoi, "asll_essai", {"Autre situation": "SANS_ACTIVITE"})
    bilan = importer(espace_neuf, envoi, "asll_essai")
    assert conserve(bilan) and bilan.rejetees == 0
    gardees = dict(bilan.par_table.select("table", "gardees").iter_rows())
    assert {t: gardees[t] for t in ("personne", "menage", "membre", "demande", "mesure")} == dict.fromkeys(
        ("personne", "menage", "membre", "demande", "mesure"), 120
    )
    lu = lire_entrepot(espace_neuf, "asll_essai")
    sorties = lu.table("situation").filter(pl.col("moment") == "sortie")
    assert sorties.height == lu.table("mesure")["date_fin"].drop_nulls().len() > 10
    assert set(lu.table("situation")["id_mesure"]) == set(lu.table("mesure")["id_mesure"])
    service = lire_service(espace_neuf, "asll_essai")
    calcules = totaux(espace_neuf, "asll_essai", max(a for a in annees_recues(espace_neuf, service) if a <= 2022))
    assert calcules["menages_accompagnes"] and calcules["motifs_fin"] == pytest.approx(100)
    assert time.monotonic() - depart < 600


def test_deux_fichiers_relies_deviennent_un_rapport(espace_neuf: Espace, tmp_path: Path) -> None:
    """Le ménage d'une mesure vit dans le fichier des personnes : il est retrouvé par le code de l'usager."""
    envoi = envoi_en_deux(tmp_path / "envoi")
    texte = regler(espace_neuf, envoi, "deux_fichiers", {})
    assert 'joindre = { fichier = "personnes.csv", par = "Code usager" }' in texte
    bilan = importer(espace_neuf, envoi, "deux_fichiers")
    assert conserve(bilan) and bilan.rejetees == 0 and not bilan.ignores
    lu = lire_entrepot(espace_neuf, "deux_fichiers")
    assert lu.table("mesure")["id_menage"].null_count() == 0
    assert set(lu.table("mesure")["id_menage"]) == set(lu.table("menage")["id_menage"])
    assert totaux(espace_neuf, "deux_fichiers", 2022)["menages_accompagnes"] == 60


def test_l_echantillon_renomme_redonne_les_chiffres_imprimes(
    espace_neuf: Espace, espace_exemple: Espace, tmp_path: Path
) -> None:
    """Les mêmes données sous d'autres en-têtes donnent les mêmes chiffres que le réglage écrit à la main."""
    envoi = exemple_renomme(espace_exemple.donnees / "exemple" / "cllaj", tmp_path / "envoi")
    reponses = {
        "Problème exposé": "demande.motif", "type_acte": "ATELIER", "Tel": "APPEL", "Conseiller IAE": "SIAE",
        "Compagne/compagnon": "conjoint",
    }  # fmt: skip
    regler(espace_neuf, envoi, "autre_logiciel", reponses)
    bilan = importer(espace_neuf, envoi, "autre_logiciel")
    assert conserve(bilan) and not bilan.ignores
    obtenus = totaux(espace_neuf, "autre_logiciel", 2022)
    attendus = totaux(espace_exemple, "cllaj", 2022)
    communs = ("entretiens_realises", "participants_ateliers", "participations", "dossiers_constitues")
    assert {c: obtenus[c] for c in communs} == {c: attendus[c] for c in communs}
    assert obtenus["entretiens_realises"] == 260
