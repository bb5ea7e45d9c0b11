"""Le profil d'une table : des comptes justes, rien d'un identifiant ni d'un texte libre, rien en public."""

from __future__ import annotations

import re
from datetime import date

import pytest

from observatoire.erreurs import ErreurParametre
from observatoire.exploration.profil import HORS_VOCABULAIRE, profiler
from tests.atelier import SERVICE, espace_de

J = date


def situation(numero, logement, ressources=None):
    return {
        "id_menage": f"M{numero}",
        "moment": "entree",
        "date": J(2022, 3, 1),
        "logement": logement,
        "ressources": ressources,
    }


@pytest.fixture(scope="module")
def espace(tmp_path_factory):
    logements = ["RUE", "RUE", "PUBLIC", "NR", None, "Chez Untel, 3e étage"]
    return espace_de(
        tmp_path_factory.mktemp("profil"),
        menage=[{"id_menage": f"M{i}"} for i in range(6)],
        situation=[situation(i, code) for i, code in enumerate(logements)],
        demande=[
            {
                "id_demande": f"D{i}",
                "id_menage": f"M{i}",
                "date_demande": J(2021 + i % 2, 2, 1 + i),
                "organisme": f"Organisme secret {i}",
                "motifs_annexes": "SANTE|DETTES" if i else None,
            }
            for i in range(4)
        ],
        mesure=[
            {"id_mesure": "m0", "id_menage": "M0", "rang": 1, "date_debut": J(2022, 5, 1), "date_fin": J(2022, 4, 1)},
            {"id_mesure": "m1", "id_menage": "M1", "rang": 1, "date_debut": J(2022, 5, 1), "date_fin": J(2022, 9, 1)},
        ],
    )


def test_une_colonne_de_code_compte_ses_modalites_en_francais(espace):
    colonne = profiler(espace, SERVICE, "situation").colonne("logement")
    assert (colonne.lignes, colonne.remplies, colonne.distinctes) == (6, 4, 3), "« non renseigné » ne remplit pas"
    assert colonne.taux == pytest.approx(400 / 6)
    comptes = dict(colonne.modalites)
    assert sorted(comptes.values(), reverse=True) == [2, 1, 1]
    assert not {"RUE", "PUBLIC"} & set(comptes), "un code ne se lit pas"
    assert colonne.absences == (("Non renseigné", 1),)


def test_une_valeur_hors_vocabulaire_se_compte_sans_se_montrer(espace):
    profil = profiler(espace, SERVICE, "situation")
    assert dict(profil.colonne("logement").modalites)[HORS_VOCABULAIRE] == 1
    assert "Untel" not in profil.html()


def test_une_reponse_multiple_compte_chacune_des_siennes(espace):
    colonne = profiler(espace, SERVICE, "demande").colonne("motifs_annexes")
    assert colonne.remplies == 3
    assert sorted(n for _, n in colonne.modalites) == [3, 3]


def test_ni_identifiant_ni_texte_libre_n_est_montre(espace):
    profil = profiler(espace, SERVICE, "demande")
    html = str(profil.html())
    assert profil.colonne("organisme").distinctes == 4
    assert not re.search(r"Organisme secret|\bD[0-3]\b|\bM[0-3]\b", html)
    assert html.count("comptée, jamais montrée") == 4  # id_demande, id_service, id_menage, organisme


def test_une_valeur_loin_des_autres_est_comptee_avec_ses_bornes(tmp_path):
    lignes = [situation(i, "RUE", 500 + i) for i in range(12)] + [situation(12, "RUE", 99_999)]
    espace = espace_de(tmp_path, menage=[{"id_menage": f"M{i}"} for i in range(13)], situation=lignes)
    colonne = profiler(espace, SERVICE, "situation").colonne("ressources")
    assert colonne.ecartees == 1
    assert colonne.bornes is not None
    assert dict(colonne.quantiles)["médiane"].startswith("506")
    assert "1 valeur écartée, hors de " in profiler(espace, SERVICE, "situation").html()


def test_les_controles_d_une_colonne_disent_combien_de_lignes_ils_reprennent(espace):
    profil = profiler(espace, SERVICE, "mesure", 2022)
    inversees = [r for r in profil.colonne("date_fin").defauts if "ordre" in r.regle or "fin" in r.regle]
    assert inversees
    assert inversees[0].echecs == 1
    assert inversees[0].remede in profil.html().unescape()
    assert not profil.colonne("id_mesure").defauts


def test_une_annee_ne_lit_que_ses_lignes(espace):
    assert profiler(espace, SERVICE, "demande").lignes == 4
    assert profiler(espace, SERVICE, "demande", 2021).lignes == 2
    assert "année 2021 : 2 lignes" in str(profiler(espace, SERVICE, "demande", 2021).html()).replace("\u00a0", " ")


def test_refuse_en_public_et_ne_s_affiche_pas_dans_une_cellule(espace):
    with pytest.raises(ErreurParametre) as refus:
        profiler(espace, SERVICE, "situation", diffusion="public")
    assert refus.value.remede
    profil = profiler(espace, SERVICE, "situation")
    for rendu in (profil._repr_html_(), repr(profil), str(profil)):
        assert "RUE" not in rendu
        assert "rue" not in rendu.lower().split()
        assert "<table" not in rendu


def test_une_table_inconnue_ou_non_livree_dit_quoi_choisir(espace):
    with pytest.raises(ErreurParametre, match="situation"):
        profiler(espace, SERVICE, "situations")
    with pytest.raises(ErreurParametre, match="Tables livrées : menage, demande, mesure, situation"):
        profiler(espace, SERVICE, "sejour")


def test_le_remplissage_se_dessine(espace):
    dessin = profiler(espace, SERVICE, "situation").graphique().to_dict()
    valeurs = {v["colonne"]: v["taux"] for v in dessin["data"]["values"]}
    assert valeurs["Situation de logement"] == pytest.approx(66.67)
