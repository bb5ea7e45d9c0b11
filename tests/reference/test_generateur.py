"""L'échantillon : le générateur est reproductible, ses exports sont ceux du dépôt, l'import les rend propres."""

from __future__ import annotations

import csv
import io
import shutil
import sys
import zipfile
from pathlib import Path

import polars as pl
import pytest

ICI = Path(__file__).parent
sys.path.insert(0, str(ICI))

from generateur import lignes_a_rejeter, octets_de_l_echantillon, tables_propres  # noqa: E402
from generateur.familles import familles, services  # noqa: E402
from generateur.marges import chiffres, ecrire_provenance  # noqa: E402
from generateur.series import ecrire_series  # noqa: E402
from observatoire import modele  # noqa: E402
from observatoire.entrepot import lire_entrepot  # noqa: E402
from observatoire.espace import Espace  # noqa: E402
from observatoire.importation import importer  # noqa: E402
from observatoire.nomenclatures import lire_nomenclature  # noqa: E402
from observatoire.pseudonymes import ESPECES, Cle  # noqa: E402

RACINE = ICI.parents[1]
SERVICES = services()
POIDS_MAXIMAL = 2_000_000


def contenu(octets: bytes) -> object:
    """Le contenu d'un fichier ; pour un classeur, ses parties décompressées (la compression peut varier)."""
    if not octets.startswith(b"PK"):
        return octets
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        return {nom: archive.read(nom) for nom in archive.namelist()}


@pytest.fixture(scope="module")
def espace_importe(tmp_path_factory) -> tuple[Espace, dict]:
    """Un espace neuf où les exports du dépôt ont été importés, et le bilan de chaque service."""
    racine = tmp_path_factory.mktemp("echantillon")
    shutil.copytree(RACINE / "data" / "services", racine / "data" / "services")
    espace = Espace.ouvrir(racine)
    return espace, {s: importer(espace, RACINE / "data" / "exemple" / s, s) for s in SERVICES}


def pseudonymisees(espace: Espace, tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Les mêmes tables, chaque identifiant remplacé par le pseudonyme que l'import lui donne."""
    secret = Cle.ouvrir(espace)
    return {
        nom: table.with_columns(secret.pseudonymiser(table[c], ESPECES[c]) for c in table.columns if c in ESPECES)
        for nom, table in tables.items()
    }


@pytest.mark.parametrize("famille", familles())
def test_le_generateur_est_reproductible(famille):
    """Deux constructions donnent les mêmes tables propres."""
    for service, refaites in familles()[famille].tables().items():
        assert set(refaites) == set(tables_propres(service))
        for nom, table in tables_propres(service).items():
            assert table.equals(refaites[nom]), f"{service}.{nom}"


def test_chaque_service_de_l_echantillon_a_ses_exports():
    """Le dossier d'exemple a un dossier par service du générateur, et aucun autre."""
    assert sorted(d.name for d in (RACINE / "data" / "exemple").iterdir() if d.is_dir()) == SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_les_exports_du_depot_sont_ceux_du_generateur(service):
    """Les fichiers de data/exemple sont, à l'octet près, ceux qu'une génération fraîche écrirait."""
    dossier = RACINE / "data" / "exemple" / service
    attendus = octets_de_l_echantillon(service)
    assert {f.name for f in dossier.iterdir()} == set(attendus)
    for nom, octets in attendus.items():
        assert contenu((dossier / nom).read_bytes()) == contenu(octets), f"{nom} : relancez tests/reference/generer.py"


def test_l_echantillon_reste_leger():
    """Tous les exports tiennent en moins de deux mégaoctets."""
    poids = [f.stat().st_size for f in (RACINE / "data" / "exemple").rglob("*") if f.is_file()]
    assert len(poids) > 20
    assert sum(poids) < POIDS_MAXIMAL


@pytest.mark.parametrize("service", SERVICES)
def test_la_provenance_et_les_series_sont_a_jour(tmp_path, service):
    """La table de provenance et les séries publiées du dépôt sont celles du générateur."""
    ecrire_provenance(service, tmp_path / "provenance.csv")
    assert (tmp_path / "provenance.csv").read_text("utf-8") == (ICI / "provenance" / f"{service}.csv").read_text(
        "utf-8"
    )
    if serie := ecrire_series(service, tmp_path):
        assert serie.read_text("utf-8") == (RACINE / "data" / "publie" / f"{service}.csv").read_text("utf-8")


@pytest.mark.parametrize("service", SERVICES)
def test_chaque_chiffre_dit_d_ou_il_vient(service):
    """La provenance est connue, un chiffre recalculé nomme son anomalie, aucun chiffre n'est en double."""
    releve = list(chiffres(service))
    assert releve
    assert {c.source for c in releve} <= {"imprimé", "recalculé", "inventé"}
    assert all(c.anomalie for c in releve if c.source == "recalculé")
    assert len({(c.service, c.annee, c.nom) for c in releve}) == len(releve)


@pytest.mark.parametrize("service", SERVICES)
def test_les_tables_propres_se_tiennent(service):
    """Références existantes, modalités des nomenclatures, intervalles dans l'ordre, aucune personne nommée."""
    tables = tables_propres(service)
    espace = Espace(RACINE)
    for nom, table in tables.items():
        for colonne in modele.table(nom).colonnes.values():
            valeurs = table[colonne.nom].drop_nulls()
            if colonne.obligatoire:
                assert valeurs.len() == table.height, f"{nom}.{colonne.nom}"
            if colonne.reference:
                cible, cle = colonne.reference.split(".")
                if not valeurs.is_empty():
                    assert set(valeurs) <= set(tables[cible][cle]), f"{nom}.{colonne.nom}"
            if colonne.variable.nomenclature:
                codes = {code for valeur in valeurs for code in valeur.split("|")}
                permis = lire_nomenclature(espace, colonne.variable.nomenclature).codes
                assert codes <= set(permis), f"{nom}.{colonne.nom}"
    for debut, fin in (
        ("date_debut", "date_fin"),
        ("debut", "fin"),
        ("date_demande", "date_decision"),
        ("date_notification", "date_debut"),
        ("date_debut", "date_signature"),
    ):
        for nom, table in tables.items():
            if {debut, fin} <= set(table.columns):
                assert table.filter(pl.col(debut) > pl.col(fin)).is_empty(), f"{nom} : {debut} après {fin}"
    if {"situation", "membre"} <= set(tables):
        photos = tables["situation"].join(tables["membre"], on="id_menage").filter(pl.col("date") < pl.col("debut"))
        assert photos.is_empty()


@pytest.mark.parametrize("service", SERVICES)
def test_les_actes_et_les_relogements_tombent_dans_leur_mesure(service):
    """Un acte lié à une mesure a lieu pendant elle ; un relogement lié aussi."""
    tables = tables_propres(service)
    if "mesure" not in tables:
        return
    mesures = tables["mesure"].select("id_mesure", "date_debut", "date_fin")
    for nom in {"acte", "relogement"} & set(tables):
        lies = tables[nom].join(mesures, on="id_mesure")
        dehors = lies.filter((pl.col("date") < pl.col("date_debut")) | (pl.col("date") >= pl.col("date_fin")))
        assert dehors.is_empty(), nom


@pytest.mark.parametrize("service", SERVICES)
def test_l_import_des_exports_rend_les_tables_propres(espace_importe, service):
    """Après nettoyage, l'entrepôt est la vérité propre, identifiants en pseudonymes, ni plus ni moins."""
    espace, _ = espace_importe
    entrepot = lire_entrepot(espace, service)
    attendues = pseudonymisees(espace, tables_propres(service))
    for nom in modele.TABLES:
        if nom not in attendues:
            assert not entrepot.presente(nom), nom
            continue
        cle = modele.table(nom).cle
        lue = entrepot.table(nom).select(attendues[nom].columns).sort(*cle)
        attendue = attendues[nom].sort(*cle)
        assert lue.height == attendue.height, nom
        for colonne in attendue.columns:
            ecarts = (
                lue.select(*cle)
                .with_columns(lu=lue[colonne], attendu=attendue[colonne])
                .filter(pl.col("lu").ne_missing(pl.col("attendu")))
            )
            assert ecarts.is_empty(), f"{nom}.{colonne} : {ecarts.head(3).to_dicts()}"


@pytest.mark.parametrize("service", SERVICES)
def test_seules_les_lignes_fautives_sont_rejetees(espace_importe, service):
    """Chaque ligne ajoutée pour être rejetée l'est, et elle seule ; les doublons sont fondus."""
    bilan = espace_importe[1][service]
    rejets = bilan.rejets.select("fichier", "feuille", "ligne").unique()
    obtenus = dict(rejets.group_by("fichier").len().iter_rows())
    assert obtenus == lignes_a_rejeter(service)
    assert bilan.ignores == ()
    assert bilan.fusionnees >= len(obtenus)
    assert bilan.lues == bilan.gardees + bilan.fusionnees + bilan.rejetees


def test_la_provenance_se_lit_comme_une_table():
    """Le fichier de provenance a une ligne par chiffre, et tous les chiffres imprimés clés y sont."""
    lignes = {}
    for fichier in (ICI / "provenance").glob("*.csv"):
        with fichier.open(encoding="utf-8", newline="") as flux:
            lignes.update(
                {(ligne["service"], ligne["annee"], ligne["chiffre"]): ligne for ligne in csv.DictReader(flux)}
            )
    assert lignes["ltiae", "2022", "mois-mesures"]["valeur"] == "140"
    assert lignes["ltiae", "2022", "relogements"] | {"remarque": ""} == {
        "service": "ltiae",
        "annee": "2022",
        "chiffre": "relogements",
        "valeur": "7",
        "source": "recalculé",
        "anomalie": "L1",
        "remarque": "",
    }
    assert lignes["cllaj", "2022", "jeunes ayant sollicité, définition 2022"]["valeur"] == "580"
    assert lignes["cllaj", "2022", "jeunes ayant sollicité, définition 2019"]["anomalie"] == "H1"
