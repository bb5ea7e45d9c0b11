"""Le verdict lui-même : états, colonnes retenues, aller-retour, sans Great Expectations."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from observatoire.periode import Periode
from observatoire.qualite import ResultatRegle, Verdict, verdict
from observatoire.qualite.perimetre import annees_d_activite
from observatoire.qualite.verdict import fichier_verdict, lire_verdict, ranger_verdict
from tests.qualite.fabrique import ANNEE, SERVICE, espace_d_essai, tables_propres, validations

REGLE = ResultatRegle(
    "mesure.rang.remplissage", "mesure", ("mesure.rang",), "critical", False, True, 12, 0, "Trop de vides.", "Saisir."
)


def rendu(*resultats: ResultatRegle) -> Verdict:
    return Verdict(SERVICE, ANNEE, "abc", resultats, "def", ("demande.qpv",))


@pytest.mark.parametrize(
    ("changements", "etat"),
    [
        ({}, "publiable"),
        ({"reussie": False}, "partiel"),
        ({"reussie": False, "structurelle": True}, "bloque"),
        ({"reussie": False, "severite": "warning"}, "publiable"),
        ({"reussie": False, "severite": "warning", "structurelle": True}, "publiable"),
        ({"reussie": False, "severite": "info"}, "publiable"),
    ],
)
def test_l_etat_suit_la_severite_et_la_structure(changements, etat):
    assert rendu(REGLE, replace(REGLE, **changements)).etat == etat


def test_colonnes_retenues_reunit_les_explications_d_une_colonne():
    autre = replace(REGLE, reussie=False, explication="Dates inversées.", colonnes=("mesure.rang", "mesure.date_fin"))
    retenues = rendu(replace(REGLE, reussie=False), autre).colonnes_retenues
    assert retenues == {
        "mesure.date_fin": ("Dates inversées.",),
        "mesure.rang": ("Trop de vides.", "Dates inversées."),
    }


def test_les_avertissements_se_filtrent_par_colonne():
    alerte = replace(REGLE, reussie=False, severite="warning")
    assert rendu(REGLE, alerte).avertissements({"mesure.rang"}) == (alerte,)
    assert rendu(REGLE, alerte).avertissements({"mesure.date_fin"}) == ()
    assert rendu(REGLE, alerte).avertissements() == (alerte,)


def test_une_regle_de_fiches_de_sortie_ne_touche_que_les_chiffres_de_sortie():
    """Le logement de sortie et celui d'entrée sont une même colonne : le moment de la fiche les distingue."""
    sortie = {"colonnes": ("situation.logement",), "avec": ("situation.moment",), "reussie": False}
    alerte = replace(REGLE, **sortie, severite="warning")
    retenue = replace(REGLE, **sortie)
    entree, fin = {"situation.logement"}, {"situation.logement", "situation.moment"}
    assert rendu(alerte).avertissements(entree) == () and rendu(alerte).avertissements(fin) == (alerte,)
    assert rendu(retenue).retenues(entree) == {}
    assert rendu(retenue).retenues(fin) == {"situation.logement": ("Trop de vides.",)}
    assert rendu(retenue).etat == "partiel"


def test_une_derogation_leve_la_retenue_et_l_alerte_mais_se_lit():
    critique = replace(REGLE, reussie=False, derogation="Admis jusqu'au 31/12.")
    alerte = replace(critique, severite="warning")
    couvert = rendu(critique, alerte)
    assert couvert.etat == "publiable" and couvert.avertissements() == ()
    assert couvert.derogees == (critique, alerte)


def test_part_d_echecs():
    assert replace(REGLE, echecs=3).part_echecs == 0.25
    assert replace(REGLE, lignes=0).part_echecs is None


def test_un_verdict_illisible_est_comme_absent(tmp_path):
    espace = espace_d_essai(tmp_path)
    ranger_verdict(espace, rendu(REGLE), validations(rendu(REGLE).resultats))
    assert lire_verdict(espace, SERVICE, ANNEE) == rendu(REGLE)
    for contenu in ("{", "[]", '{"service": "essai"}'):
        fichier_verdict(espace, SERVICE, ANNEE).write_text(contenu, encoding="utf-8")
        assert lire_verdict(espace, SERVICE, ANNEE) is None


def test_un_entrepot_vide_bloque_et_dit_ce_qui_manque(tmp_path):
    rien = verdict(espace_d_essai(tmp_path, {}), SERVICE, ANNEE)
    assert rien.etat == "bloque"
    assert "mesure.recue" in {r.regle for r in rien.bloquants}


def test_annees_d_activite_suivent_la_periode_du_service():
    tables = {nom: t.head(0) for nom, t in tables_propres().items()}
    tables["sejour"] = tables["mesure"].select(date_entree="date_debut")
    tables["acte"] = tables_propres()["acte"].head(2).with_columns(date=date(2021, 10, 1))
    assert annees_d_activite(tables, lambda a: Periode.de_l_annee(a)) == [2021]
    assert annees_d_activite(tables, lambda a: Periode.de_l_annee(a, "10-01")) == [2022]
