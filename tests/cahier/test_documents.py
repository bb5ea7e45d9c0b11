"""Les paramètres, les documents de la campagne et la table que le cahier exporte."""

from __future__ import annotations

import io

import nbformat
import polars as pl
import pytest

from observatoire.cahiers.documents import CARNET, document_cahier, documents
from observatoire.cahiers.parametres import controler_cahier
from observatoire.campagne.donnees_types import COLONNES_CONTRAT
from observatoire.erreurs import ErreurParametre
from observatoire.espace import Espace
from observatoire.restitution.cahier import fiche_cahier, table_cahier
from tests.cahier.fabrique import espace_cahier, par_departement, preparer

RECUS = {"a.csv": par_departement(2020, {"44": (30, 100), "49": (10, 50), "53": (2, 40)})}


def test_un_document_par_theme_et_par_annee(racine):
    rendus = documents(Espace(racine))
    assert {(d.nom, d.annee) for d in rendus if d.parametres["region"] == "52"} == {
        ("cahier_52", 2017),
        ("cahier_52", 2020),
        ("cahier_52_hebergement", 2020),
    }
    assert all(d.carnet == CARNET and (racine / "notebooks" / d.carnet).is_file() for d in rendus)
    assert [d.annee for d in documents(Espace(racine), [2017], "public")] == [2017]


def test_le_carnet_a_les_parametres_du_document(racine):
    """Le carnet livré déclare exactement les paramètres que la campagne lui injecte."""
    carnet = nbformat.read(racine / "notebooks" / CARNET, as_version=4)
    (cellule,) = [c for c in carnet.cells if "parameters" in c.metadata.get("tags", [])]
    declares = {ligne.split("=")[0].strip() for ligne in cellule.source.splitlines()}
    assert declares == set(document_cahier(Espace(racine), "52", 2020).parametres)


@pytest.mark.parametrize(
    ("recus", "attendu"),
    [
        ({"region": "52", "annee": 2020, "themes": ""}, "Paramètre « themes » inconnu.*Vouliez-vous dire « theme »"),
        ({"region": "52"}, "Le paramètre « annee » manque"),
        ({"region": "53", "annee": 2020}, "Région « 53 » inconnu"),
        ({"region": "52", "annee": 2019}, "ne couvre pas l'année 2019.*2017, 2020"),
        ({"region": "52", "annee": 2020, "theme": "hebergemant"}, "Thème « hebergemant ».*« hebergement »"),
        ({"region": "52", "annee": 2020, "diffusion": "prive"}, "Diffusion « prive » inconnue"),
    ],
)
def test_un_parametre_mauvais_est_refuse(racine, recus, attendu):
    with pytest.raises(ErreurParametre, match=attendu):
        controler_cahier(Espace(racine), recus)


def test_un_theme_vide_est_le_premier(racine):
    assert controler_cahier(Espace(racine), {"region": "52", "annee": "2020"}).theme == "insertion"


def test_la_table_exportee_est_celle_du_contrat_et_se_reimporte(tmp_path):
    """La table d'un cahier a les colonnes que le cahier sait recevoir, et rien de ce qui est masqué."""
    espace = espace_cahier(tmp_path, RECUS)
    publique = preparer(espace, "public")
    table = pl.read_csv(io.StringIO(table_cahier(publique)), infer_schema=False)
    assert tuple(table.columns) == COLONNES_CONTRAT
    masquees = table.filter(pl.col("etat").is_in(["masque", "masque_secondaire"]))
    assert masquees.height >= 2
    assert masquees.select("valeur", "numerateur", "denominateur", "base").null_count().row(0) == (masquees.height,) * 4
    assert table_cahier(preparer(espace, "public")) == table_cahier(publique)


def test_la_fiche_dit_l_etat_l_empreinte_et_le_chiffre_cle(tmp_path):
    espace = espace_cahier(tmp_path, RECUS)
    fiche = fiche_cahier(preparer(espace))
    assert fiche["etat"] == "publiable" and len(fiche["empreinte"]) == 64
    assert fiche["chiffre_cle"]["valeur"].replace("\u00a0", " ") == "22,1 %"
    (espace.donnees / "cahiers" / "52" / "recus" / "a.csv").open("a").write("")
    assert fiche_cahier(preparer(espace))["empreinte"] == fiche["empreinte"]


def test_l_empreinte_bouge_avec_une_table_recue(tmp_path):
    espace = espace_cahier(tmp_path, RECUS)
    avant = preparer(espace).empreinte
    fichier = espace.donnees / "cahiers" / "52" / "recus" / "a.csv"
    fichier.write_text(fichier.read_text(encoding="utf-8").replace("30,100,100", "31,100,100"), encoding="utf-8")
    assert preparer(espace).empreinte != avant
