"""Emploi à la sortie, emploi à l'enquête, sorties de l'insertion : des espaces écrits à la main."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.espace import Espace
from tests.atelier import cellules, espace_de, total

PERSONNES = [
    {"id_personne": "P1", "naissance": "1980-01", "genre": "H"},
    {"id_personne": "P2", "naissance": "1985-06", "genre": "F"},
    {"id_personne": "P3", "naissance": "2010-01", "genre": "F"},
    {"id_personne": "P4", "naissance": "1999-03", "genre": "H"},
]


def hebergement(dossier: Path, reglages: str = "", **remplacements) -> Espace:
    """M1 : P1 et son enfant P3 sortent, P2 reste. M2 : P4 sort sans que l'on sache son emploi."""

    def sejour(personne: str, menage: str, sortie: date | None) -> dict:
        return {
            "id_sejour": f"S{personne}",
            "id_menage": menage,
            "id_personne": personne,
            "date_entree": date(2021, 5, 1),
            "date_sortie": sortie,
        }

    def photo(personne: str, menage: str, moment: str, jour: date, emploi: str | None) -> dict:
        return {"id_menage": menage, "id_personne": personne, "moment": moment, "date": jour, "emploi": emploi}

    tables = {
        "personne": PERSONNES,
        "menage": [{"id_menage": "M1", "id_referent": "P1"}, {"id_menage": "M2", "id_referent": "P4"}],
        "membre": [
            {"id_menage": m, "id_personne": p, "role": r, "debut": date(2021, 5, 1)}
            for m, p, r in (
                ("M1", "P1", "referent"),
                ("M1", "P2", "conjoint"),
                ("M1", "P3", "enfant"),
                ("M2", "P4", "referent"),
            )
        ],
        "sejour": [
            sejour("P1", "M1", date(2022, 9, 1)),
            sejour("P3", "M1", date(2022, 9, 1)),
            sejour("P2", "M1", None),
            sejour("P4", "M2", date(2022, 6, 1)),
        ],
        "situation": [
            photo("P1", "M1", "entree", date(2021, 5, 1), "DEMANDEUR"),
            photo("P2", "M1", "entree", date(2021, 5, 1), "DEMANDEUR"),
            photo("P4", "M2", "entree", date(2021, 5, 1), "CDD"),
            photo("P1", "M1", "enquete", date(2022, 3, 15), "CDD"),
            photo("P2", "M1", "enquete", date(2022, 3, 15), "FORMATION"),
            photo("P4", "M2", "enquete", date(2022, 3, 15), "DEMANDEUR"),
            photo("P3", "M1", "enquete", date(2022, 3, 15), "SCOLARITE"),
            photo("P1", "M1", "sortie", date(2022, 9, 1), "CDI_TP"),
        ],
    }
    return espace_de(dossier, reglages, **{**tables, **remplacements})


def test_un_sejour_nominatif_fait_sortir_sa_personne(tmp_path):
    """P1 sort, son ménage reste : un adulte de plus parmi les sortis ; l'enfant n'en est pas."""
    espace = hebergement(tmp_path)
    assert total(espace, "adultes_sortis") == 2
    assert total(espace, "taux_sortie_emploi_chrs") == 50
    assert cellules(espace, "emploi_a_la_sortie") == {"CDI_TP": 1, "NR": 1}


def test_le_denominateur_peut_ne_garder_que_les_issues_connues(tmp_path):
    espace = hebergement(tmp_path, 'denominateur_sortie = "connues"')
    assert total(espace, "taux_sortie_emploi_chrs") == 100


def test_l_age_adulte_est_un_reglage(tmp_path):
    """À 10 ans, l'enfant de 12 ans entre dans la base."""
    assert total(hebergement(tmp_path, "age_adulte = 10"), "adultes_sortis") == 3


def test_ce_qui_est_un_emploi_est_un_reglage(tmp_path):
    assert total(hebergement(tmp_path, 'emplois_en_activite = ["CDD"]'), "taux_sortie_emploi_chrs") == 0


def test_l_emploi_a_l_enquete_se_lit_sur_la_meme_population(tmp_path):
    """Trois adultes présents et connus aux deux dates : 1 inséré à l'entrée, 2 à l'enquête."""
    espace = hebergement(tmp_path)
    assert total(espace, "part_emploi_entree") == pytest.approx(100 / 3)
    assert total(espace, "part_emploi_enquete") == pytest.approx(200 / 3)
    assert total(espace, "evolution_emploi_entree_enquete") == pytest.approx(100 / 3)
    assert total(espace, "evolution_emploi_entree_enquete", colonne="denominateur") == 3


def test_une_enquete_apres_la_sortie_ne_compte_pas(tmp_path):
    """Une personne déjà sortie n'est pas présente à l'enquête."""
    tardive = [
        {"id_menage": "M2", "id_personne": "P4", "moment": m, "date": d, "emploi": "CDD"}
        for m, d in (("entree", date(2021, 5, 1)), ("enquete", date(2022, 11, 1)))
    ]
    espace = hebergement(tmp_path, situation=tardive)
    assert total(espace, "part_emploi_enquete", colonne="denominateur") == 0


def insertion(dossier: Path, reglages: str = "") -> Espace:
    """Six parcours terminés en 2022 : durable, transition, positive, autre, trop court, déménagement."""
    fins = {
        "A": ("CDI_TP", "OBJECTIF", date(2021, 6, 1)),
        "B": ("CDD", "OBJECTIF", date(2021, 6, 1)),
        "C": ("FORMATION", "OBJECTIF", date(2021, 6, 1)),
        "D": ("DEMANDEUR", "FIN_DUREE", date(2021, 6, 1)),
        "E": ("CDI_TP", "OBJECTIF", date(2022, 3, 1)),
        "F": ("DEMANDEUR", "DEMENAGEMENT", date(2021, 6, 1)),
    }
    logements = {"A": ("HU", "PUBLIC"), "B": ("HU", "INCONNU"), "C": ("HU", "TIERS_A"), "D": ("PUBLIC", "PUBLIC")}
    fin = date(2022, 4, 1)
    photos = []
    for x, (emploi, _, debut) in fins.items():
        avant, apres = logements.get(x, ("PUBLIC", "PUBLIC"))
        commun = {"id_menage": f"M{x}", "id_mesure": f"X{x}"}
        photos += [
            {**commun, "moment": "entree", "date": debut, "logement": avant, "emploi": "DEMANDEUR"},
            {**commun, "moment": "sortie", "date": fin, "logement": apres, "emploi": emploi},
        ]
    return espace_de(
        dossier,
        reglages,
        personne=[{"id_personne": f"P{x}", "naissance": "1990-01"} for x in fins],
        menage=[{"id_menage": f"M{x}", "id_referent": f"P{x}"} for x in fins],
        mesure=[
            {"id_mesure": f"X{x}", "id_menage": f"M{x}", "rang": 1, "date_debut": d, "date_fin": fin, "motif_fin": m}
            for x, (_, m, d) in fins.items()
        ],
        situation=photos,
    )


def test_les_sorties_de_l_insertion_ont_trois_categories_dynamiques(tmp_path):
    """E (un mois) et F (déménagement) sont retirés : trois dynamiques sur quatre."""
    espace = insertion(tmp_path)
    assert total(espace, "taux_sorties_dynamiques_iae") == 75
    for nom in ("taux_sorties_durables_iae", "taux_sorties_transition_iae", "taux_sorties_positives_iae"):
        assert total(espace, nom) == 25
    assert cellules(espace, "sorties_par_categorie") == {"durable": 1, "transition": 1, "positive": 1, "autre": 1}
    assert cellules(espace, "sorties_retirees", ["raison_retrait"], colonne="valeur") == {"motif": 1, "duree": 1}


@pytest.mark.parametrize(
    ("reglages", "attendu"),
    [
        ("duree_minimale_sortie = 0", 80),
        ("sorties_retirees = []", 60),
        ('sorties_positives_iae = ["IAE"]', 50),
        ('sorties_transition = []\nsorties_durables = ["CDI_TP"]', 50),
    ],
)
def test_les_categories_sont_des_reglages(tmp_path, reglages, attendu):
    assert total(insertion(tmp_path, reglages), "taux_sorties_dynamiques_iae") == attendu


def test_un_frein_logement_leve_demande_une_issue_connue(tmp_path):
    """Trois parcours commencés à l'hébergement d'urgence : un logé, un inconnu, un encore hébergé par un tiers."""
    espace = insertion(tmp_path)
    assert total(espace, "taux_frein_logement_leve") == pytest.approx(100 / 3)
    assert total(espace, "taux_frein_logement_leve", colonne="denominateur") == 3


def test_les_heures_font_des_equivalents_temps_plein(tmp_path):
    espace = espace_de(
        tmp_path,
        "heures_etp = 1000",
        personne=[{"id_personne": "P1"}],
        contrat_travail=[
            {
                "id_contrat": "T1",
                "id_personne": "P1",
                "type_contrat": "CDDI",
                "date_debut": date(2022, 1, 10),
                "date_fin": date(2022, 7, 10),
                "heures": 500.0,
            }
        ],
    )
    assert total(espace, "etp_insertion") == 0.5


@settings(max_examples=25, deadline=None)
@given(emplois=st.lists(st.sampled_from(["CDI_TP", "CDD", "FORMATION", "DEMANDEUR", None]), min_size=1, max_size=8))
def test_les_trois_categories_font_les_sorties_dynamiques(emplois, tmp_path_factory):
    """Durable + transition + positive = dynamique, quelles que soient les issues."""
    fin = date(2022, 5, 1)
    espace = espace_de(
        tmp_path_factory.mktemp("sorties"),
        menage=[{"id_menage": f"M{n}"} for n in range(len(emplois))],
        mesure=[
            {"id_mesure": f"X{n}", "id_menage": f"M{n}", "date_debut": date(2021, 1, 1), "date_fin": fin}
            for n in range(len(emplois))
        ],
        situation=[
            {"id_menage": f"M{n}", "id_mesure": f"X{n}", "moment": "sortie", "date": fin, "emploi": e}
            for n, e in enumerate(emplois)
        ],
    )
    parts = [total(espace, f"taux_sorties_{c}_iae") for c in ("durables", "transition", "positives")]
    assert sum(parts) == pytest.approx(total(espace, "taux_sorties_dynamiques_iae"))
