"""Chaque service livré se tient : son échantillon s'importe, se publie, et remplit toutes les sections de son rapport.

Les six petits services n'ont pas de rapport imprimé à redonner : ce qu'on leur demande est de servir tels quels.
Les contrôles de fiche et de sections valent pour tous les services livrés.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import polars as pl
import pytest

ICI = Path(__file__).parent
sys.path.insert(0, str(ICI))

from generateur import lignes_a_rejeter, tables_propres  # noqa: E402
from generateur.familles import legers  # noqa: E402
from observatoire.campagne.annees import annees_recues  # noqa: E402
from observatoire.campagne.donnees import preparer_rapport  # noqa: E402
from observatoire.indicateurs import calculer  # noqa: E402
from observatoire.qualite import verdict  # noqa: E402
from observatoire.services import lire_service  # noqa: E402

RACINE = ICI.parents[1]
ANNEES = (2020, 2021, 2022)
TOUS = sorted(f.stem for f in (RACINE / "data" / "services").glob("*.toml"))
POIDS_MAXIMAL = 70_000
# Clés d'un service que chaque association retrouve dans les siens (paramètres du domaine).
FICHE_MINIMALE = ("libelle", "libelle_court", "type_service", "association", "territoire", "presentation")


def total(espace, service: str, annee: int, indicateur: str) -> float | None:
    table = calculer(espace, service, annee, [indicateur])
    return table.filter(pl.col("ventilation_1").is_null() & pl.col("territoire").is_null())["valeur"][0]


@pytest.mark.parametrize("service", legers.SERVICES)
def test_l_echantillon_s_importe_sans_autre_rejet_que_prevu(espace_complet, service):
    """Seules les lignes ajoutées pour être rejetées le sont, fichier par fichier."""
    fichier = espace_complet.donnees / "entrepot" / service / "rejets.csv"
    with fichier.open(encoding="utf-8-sig", newline="") as flux:
        lignes = {(r["fichier"], r["feuille"], r["ligne"]) for r in csv.DictReader(flux, delimiter=";")}
    prevus = {nom: n for nom, n in lignes_a_rejeter(service).items() if n}
    assert {nom: sum(x[0] == nom for x in lignes) for nom in {x[0] for x in lignes}} == prevus


@pytest.mark.parametrize("service", legers.SERVICES)
def test_l_echantillon_est_petit_et_couvre_trois_ans(service):
    """Un échantillon d'exemple reste léger, et il a de 20 à 90 ménages suivis ou demandeurs."""
    poids = sum(f.stat().st_size for f in (RACINE / "data" / "exemple" / service).iterdir())
    assert poids < POIDS_MAXIMAL
    tables = tables_propres(service)
    assert 20 <= tables["menage"].height <= 90
    assert set(ANNEES) <= set(tables["demande"]["date_demande"].dt.year())


@pytest.mark.parametrize("annee", ANNEES)
@pytest.mark.parametrize("service", legers.SERVICES)
def test_le_rapport_est_publiable(espace_complet, service, annee):
    """Aucun manquement ne bloque le rapport, aucune colonne n'est retenue."""
    juge = verdict(espace_complet, service, annee)
    assert not juge.bloquants, [r.explication for r in juge.bloquants]
    assert not juge.colonnes_retenues


@pytest.mark.parametrize("service", TOUS)
def test_chaque_section_a_des_chiffres(espace_complet, service):
    """Tout bloc déclaré sort avec au moins une cellule publiée, et chaque section avec un chiffre non nul.

    On lit la dernière année reçue, celle que le portail ouvre : 2022, ou 2020 pour un service qui s'y arrête.
    """
    fiche = lire_service(espace_complet, service)
    annee = max(a for a in annees_recues(espace_complet, fiche) if a <= ANNEES[-1])
    rapport = preparer_rapport(espace_complet, service, annee, "interne")
    titres = [s.titre for s in rapport.sections]
    assert titres[: len(fiche.sections)] == [s.titre for s in fiche.sections]
    for section in rapport.sections:
        assert section.blocs
        for bloc in section.blocs:
            publiees = bloc.table.filter((pl.col("etat") == "publie") & pl.col("valeur").is_not_null())
            assert publiees.height, f"{section.titre} : « {bloc.titre} » est vide"
        valeurs = pl.concat([b.table["valeur"] for b in section.blocs]).drop_nulls()
        assert (valeurs != 0).any(), f"« {section.titre} » n'a que des zéros"


@pytest.mark.parametrize("service", TOUS)
def test_la_fiche_est_complete(espace_complet, service):
    """Une association reconnaît son service : libellés, territoire, présentation, chiffres clés, import."""
    fiche = lire_service(espace_complet, service)
    for champ in FICHE_MINIMALE:
        assert getattr(fiche, champ), champ
    assert fiche.association.startswith("Association fictive") or fiche.type_service == "CCAS"
    assert 1 <= len(fiche.chiffres_cles) <= 6
    assert fiche.correspondances["fichiers"]


@pytest.mark.parametrize("annee", ANNEES)
def test_les_comptes_de_provenance_sont_ceux_de_la_maison(espace_complet, annee):
    """Le comptage direct des tables propres et l'indicateur du même nom donnent le même chiffre."""
    compares = 0
    for service in legers.SERVICES:
        with (ICI / "provenance" / f"{service}.csv").open(encoding="utf-8", newline="") as flux:
            for ligne in csv.DictReader(flux):
                nom = ligne["chiffre"].removesuffix(" (total)")
                if ":" in nom or ligne["annee"] != str(annee):
                    continue
                if nom == "financements_repartition":
                    table = calculer(espace_complet, service, annee, [nom])
                    calcule = table.filter(pl.col("ventilation_1").is_null())["numerateur"][0]
                elif nom == "journees de séjour":
                    if lire_service(espace_complet, service).parametres.base_occupation != "place":
                        continue
                    calcule = total(espace_complet, service, annee, "journees_realisees")
                else:
                    calcule = total(espace_complet, service, annee, nom)
                assert calcule == pytest.approx(float(ligne["valeur"])), f"{service} {annee} {nom}"
                compares += 1
    assert compares > 20


@pytest.mark.parametrize(("un", "autre"), [("avdl", "iml"), ("chrs", "siao"), ("iae", "ltiae")])
def test_des_personnes_passent_d_un_service_a_l_autre(un, autre):
    """Une personne suivie par deux services de l'association y porte le même identifiant."""
    communes = set(tables_propres(un)["personne"]["id_personne"]) & set(
        tables_propres(autre)["personne"]["id_personne"]
    )
    assert len(communes) >= 2


def test_un_diagnostic_n_est_pas_une_mesure(espace_complet):
    """Les diagnostics ont leurs chiffres ; aucun n'entre dans les mesures exercées ni dans la file active."""
    mesures = calculer(espace_complet, "avdl", 2022, ["mesures_exercees"], ["type_mesure"])
    assert "DIAGNOSTIC" not in mesures["modalite_1"].to_list()
    assert total(espace_complet, "avdl", 2022, "diagnostics_realises") > 0
