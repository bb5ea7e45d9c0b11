"""Une structure retenue par la qualité : nommée, avec sa raison, dans tout ce qui ne peut pas la compter."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from observatoire.cahiers import apports
from observatoire.cahiers.apports import mesure
from observatoire.cahiers.croisements import table_croisee
from observatoire.cahiers.figures import Atelier
from observatoire.qualite import ResultatRegle, Verdict
from observatoire.restitution.cahier_page import figure
from tests.atelier import SERVICE, espace_de
from tests.cahier.fabrique import cellules, espace_cahier, ligne, preparer

MOTIF = "Trop peu de lignes renseignent le début."
BLOCS = '{ titre = "Accompagnés", genre = "departements", indicateurs = ["menages_accompagnes"], types = ["CHRS"] }'
REGLAGE = 'type_service = "CHRS"\ndepartement = "44"\nassociation = "Association fictive"\npremiere_annee = 2020'


@pytest.fixture
def espace(tmp_path, monkeypatch):
    """Un service de Loire-Atlantique dont le début des mesures est douteux, et une table reçue du Maine-et-Loire."""
    echec = ResultatRegle("r", "mesure", ("mesure.date_debut",), "critical", False, False, 9, 8, MOTIF, "Complétez.")
    monkeypatch.setattr(apports, "verdict", lambda _, nom, annee: Verdict(nom, annee, "ab" * 32, (echec,)))
    espace_cahier(tmp_path, {"d49.csv": [ligne(2020, "menages_accompagnes", valeur=4, unite="ménages")]}, blocs=BLOCS)
    mesures = [{"id_mesure": f"m{n}", "id_menage": f"h{n}", "date_debut": date(2020, 2, 1)} for n in range(3)]
    return espace_de(tmp_path, REGLAGE, mesure=mesures, menage=[{"id_menage": f"h{n}"} for n in range(3)])


def test_la_structure_retenue_est_nommee_avec_sa_raison(espace):
    donnees = preparer(espace)
    assert cellules(donnees, "etat")["44"] == "retenu" and cellules(donnees)[None] == 4
    (alerte,) = donnees.figures[0].bloc.alertes
    assert alerte.startswith("Total partiel : ") and "Association fictive" in alerte and MOTIF in alerte
    assert "Les autres structures ne dépendent pas de ses données." in alerte
    html = str(figure(donnees.figures[0]))
    assert "retenu" in html and MOTIF in html


def test_un_croisement_que_personne_ne_publie_dit_pourquoi(espace):
    """Rien de publié n'est pas « rien de reçu », et un détail retenu n'est pas une suite de zéros."""
    collecte = Atelier(espace, preparer(espace).reglage, preparer_demande(espace)).collecte
    m = mesure(collecte.reglage, "menages_accompagnes", 2020)
    schema = apports.SCHEMA_APPORT
    lignes = [
        {"etat": "retenu", "structure": SERVICE},
        {"etat": "retenu", "structure": SERVICE, "ventilation_1": "commune", "modalite_1": "A"},
        {"etat": "publie", "structure": "b", "valeur": 5.0, "effectif": 5.0},
    ]
    seule = table_croisee(pl.DataFrame(lignes[:2], schema=schema), m, SERVICE, 2020, {})
    assert seule["etat"].to_list() == ["retenu", "retenu"] and seule["valeur"].null_count() == 2
    deux = table_croisee(pl.DataFrame(lignes, schema=schema), m, SERVICE, 2020, {})
    assert deux.select("modalite_1", "etat", "valeur").rows() == [(None, "publie", 5.0), ("A", "retenu", None)]
    assert table_croisee(pl.DataFrame(schema=schema), m, SERVICE, 2020, {})["etat"].to_list() == ["non_recu"]


def preparer_demande(espace):
    from observatoire.cahiers.parametres import controler_cahier

    return controler_cahier(espace, {"region": "52", "annee": 2020, "theme": "", "diffusion": "interne"})


def test_un_taux_recu_sans_ses_effectifs_le_dit(tmp_path):
    """Une source qui ne donne que le taux : « non reçu », légende comprise, plutôt qu'un tiret sans raison."""
    lignes = [ligne(2020, ventilation_1="departement", modalite_1="44", valeur=30)]
    html = str(figure(preparer(espace_cahier(tmp_path, {"a.csv": lignes})).figures[0]))
    assert "non reçu" in html and "la donnée n&#39;a pas été transmise" in html and ">—<" not in html
