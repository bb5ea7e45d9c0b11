"""Demandes en attente, réponses, diagnostics, captation, glissement de bail : des espaces écrits à la main."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.atelier import cellules, espace_de, total


def _demande(rang: int, menage: str | None, jour: date, suite: str | None, decision: date | None = None) -> dict:
    return {
        "id_demande": f"D{rang}",
        "id_menage": menage,
        "date_demande": jour,
        "suite": suite,
        "date_decision": decision,
    }


DEMANDES = [
    _demande(1, "M1", date(2021, 12, 1), "REFUS_MENAGE", date(2022, 1, 10)),
    _demande(2, "M1", date(2022, 12, 1), "LISTE_ATTENTE"),
    _demande(3, "M2", date(2022, 6, 1), "ADMISE", date(2023, 1, 15)),  # décidée depuis : elle attendait encore
    _demande(4, "M3", date(2022, 5, 1), "ADMISE", date(2022, 6, 1)),
    _demande(5, None, date(2022, 5, 1), "SANS_SUITE"),  # décidée sans date : elle n'attend plus
    _demande(6, "M4", date(2022, 3, 1), None),
    _demande(7, "M4", date(2023, 1, 2), "EN_COURS"),
]
MENAGES = [{"id_menage": f"M{n}"} for n in range(1, 5)]


def test_le_stock_attend_au_dernier_jour(tmp_path):
    espace = espace_de(tmp_path, menage=MENAGES, demande=DEMANDES)
    assert total(espace, "demandes_en_attente") == 3
    assert total(espace, "menages_en_attente") == 3
    jours = [(date(2022, 12, 31) - d).days for d in (date(2022, 12, 1), date(2022, 6, 1), date(2022, 3, 1))]
    assert total(espace, "anciennete_demandes_en_attente") == pytest.approx(sum(jours) / 3)
    assert total(espace, "anciennete_mediane_en_attente") == sorted(jours)[1]
    assert cellules(espace, "attente_par_anciennete") == {"moins d'un mois": 1, "6-11 mois": 2}


def test_l_anciennete_peut_courir_depuis_la_premiere_demande(tmp_path):
    """Sans remise à zéro, le refus de janvier ne fait pas perdre à M1 l'ancienneté de décembre 2021."""
    espace = espace_de(tmp_path, "anciennete_remise_a_zero = false", menage=MENAGES, demande=DEMANDES)
    jours = [(date(2022, 12, 31) - d).days for d in (date(2021, 12, 1), date(2022, 6, 1), date(2022, 3, 1))]
    assert total(espace, "anciennete_demandes_en_attente") == pytest.approx(sum(jours) / 3)


def test_la_reponse_positive_porte_sur_les_demandes_recues(tmp_path):
    espace = espace_de(tmp_path, menage=MENAGES, demande=DEMANDES)
    assert total(espace, "taux_reponse_positive_siao", colonne="numerateur") == 2
    assert total(espace, "taux_reponse_positive_siao", colonne="denominateur") == 5
    assert total(espace, "menages_demandeurs") == 4
    assert total(espace, "demandes_par_menage") == 1


def test_une_reponse_positive_est_un_reglage(tmp_path):
    espace = espace_de(tmp_path, 'suites_positives = ["ADMISE", "LISTE_ATTENTE"]', menage=MENAGES, demande=DEMANDES)
    assert total(espace, "taux_reponse_positive_siao") == 60


@settings(max_examples=25, deadline=None)
@given(
    demandes=st.lists(
        st.tuples(st.integers(0, 700), st.sampled_from(["ADMISE", "EN_COURS", "SANS_SUITE"]), st.integers(1, 300)),
        min_size=1,
        max_size=10,
    )
)
def test_le_stock_ne_depend_que_des_dates(demandes, tmp_path_factory):
    """Recompte direct : reçue au plus tard le 31 décembre 2022 et sans décision ce jour-là."""
    dernier, lignes, attendu = date(2022, 12, 31), [], 0
    for rang, (decalage, suite, delai) in enumerate(demandes):
        jour = date(2021, 6, 1) + timedelta(days=decalage)
        decision = None if suite == "EN_COURS" else jour + timedelta(days=delai)
        lignes.append(_demande(rang, "M1", jour, suite, decision))
        attendu += jour <= dernier and (decision is None or decision > dernier)
    espace = espace_de(tmp_path_factory.mktemp("attente"), menage=[{"id_menage": "M1"}], demande=lignes)
    assert total(espace, "demandes_en_attente") == attendu


def _mesure(rang: int, sorte: str, debut: date | None, fin: date | None, motif: str | None = None) -> dict:
    return {
        "id_mesure": f"X{rang}",
        "id_menage": f"M{rang}",
        "rang": 1,
        "type_mesure": sorte,
        "date_notification": date(2022, 1, 1),
        "date_debut": debut,
        "date_fin": fin,
        "motif_fin": motif,
    }


MESURES = [
    _mesure(1, "DIAGNOSTIC", date(2022, 1, 5), date(2022, 1, 21), "NON_LIEU"),
    _mesure(2, "DIAGNOSTIC", date(2022, 1, 5), date(2022, 1, 31), "PRECONISATION"),
    _mesure(3, "DIAGNOSTIC", date(2022, 12, 5), None),
    _mesure(4, "VERS", date(2022, 2, 1), None),
]


def test_diagnostics_et_mesures_ne_s_additionnent_pas(tmp_path):
    """Les types hors mesures quittent les comptes de mesures, jamais celui des diagnostics."""
    espace = espace_de(tmp_path, 'types_hors_mesures = ["DIAGNOSTIC"]', menage=MENAGES, mesure=MESURES)
    assert total(espace, "mesures_exercees") == 1
    assert total(espace, "menages_accompagnes") == 1
    assert total(espace, "diagnostics_realises") == 2
    assert total(espace, "taux_non_lieu") == 50
    assert total(espace, "delai_diagnostic") == 25
    assert cellules(espace, "conclusions_diagnostics") == {"NON_LIEU": 1, "PRECONISATION": 1}


def test_sans_ce_reglage_un_diagnostic_est_une_mesure(tmp_path):
    espace = espace_de(tmp_path, menage=MENAGES, mesure=MESURES)
    assert total(espace, "mesures_exercees") == 4
    assert total(espace, "diagnostics_realises") == 2


def location(dossier):
    """Deux logements captés, l'un en 2021 : M1 y devient locataire en titre, M2 lui succède ; l'autre, vide."""
    return espace_de(
        dossier,
        menage=MENAGES,
        place=[
            {
                "id_place": "L1",
                "nb_places": 2,
                "ouverture": date(2021, 3, 1),
                "date_captation": date(2021, 2, 1),
                "modalite_gestion": "BAIL_GLISSANT",
            },
            {"id_place": "L2", "nb_places": 2, "ouverture": date(2022, 9, 1), "date_captation": date(2022, 8, 1)},
        ],
        sejour=[
            {
                "id_sejour": "S1",
                "id_place": "L1",
                "id_menage": "M1",
                "date_entree": date(2021, 3, 3),
                "date_sortie": date(2022, 6, 1),
                "motif_fin": "GLISSEMENT_BAIL",
            },
            {"id_sejour": "S2", "id_place": "L2", "id_menage": "M2", "date_entree": date(2022, 9, 20)},
            {
                "id_sejour": "S3",
                "id_place": None,
                "id_menage": "M3",
                "date_entree": date(2022, 1, 1),
                "date_sortie": date(2022, 1, 11),
                "motif_fin": "ACCES_LOGT",
            },
        ],
    )


def test_le_glissement_de_bail_est_une_sortie_comptee(tmp_path):
    espace = location(tmp_path)
    assert total(espace, "glissements_bail") == 1
    assert total(espace, "taux_glissement_bail") == 50
    assert cellules(espace, "menages_loges", ["modalite_gestion"], colonne="valeur") == {"BAIL_GLISSANT": 1, "NR": 2}


def test_la_captation_se_date(tmp_path):
    """Le délai va de la captation à la première entrée, pour les logements occupés la première fois dans l'année."""
    espace = location(tmp_path)
    assert total(espace, "logements_captes") == 1
    assert total(espace, "delai_captation") == 50
    assert total(espace, "delai_captation", 2021) == 30


def test_la_prise_en_charge_en_flux_se_partage_entre_les_accueillis(tmp_path):
    """151 jours de M1, 103 de M2, 10 de M3, sur trois ménages."""
    espace = location(tmp_path)
    assert total(espace, "duree_moyenne_prise_en_charge_flux") == pytest.approx((151 + 103 + 10) / 3)


def residents(dossier):
    """Trois résidents, dont un participe ; l'un n'a pas répondu sur sa protection."""
    photos = {"1": "CURATELLE", "2": "AUCUNE", "3": "NR"}
    return espace_de(
        dossier,
        personne=[
            {"id_personne": f"P{n}", "naissance": m} for n, m in (("1", "1960-01"), ("2", "1972-01"), ("3", None))
        ],
        menage=[{"id_menage": f"M{n}", "id_referent": f"P{n}"} for n in photos],
        sejour=[
            {"id_sejour": f"S{n}", "id_menage": f"M{n}", "id_personne": f"P{n}", "date_entree": date(2022, 1, 3)}
            for n in photos
        ],
        situation=[
            {"id_menage": f"M{n}", "moment": "entree", "date": date(2022, 1, 3), "protection": code}
            for n, code in photos.items()
        ],
        acte=[{"id_acte": "A1", "type_acte": "ACTIVITE", "date": date(2022, 5, 1)}],
        participation=[{"id_acte": "A1", "id_personne": "P1"}, {"id_acte": "A1", "id_personne": "AILLEURS"}],
    )


def test_les_residents_ont_un_age_une_protection_une_vie_collective(tmp_path):
    espace = residents(tmp_path)
    assert total(espace, "part_50_ans_et_plus") == 100  # 62 et 50 ans ; l'âge inconnu n'est pas dans la base
    assert cellules(espace, "mesures_protection") == {"AUCUNE": 1, "CURATELLE": 1}
    assert total(espace, "taux_participation_collective") == pytest.approx(100 / 3)
