"""Le parc de logements : ce qui est mobilisé, ouvert, rendu, occupé, et la capacité mois par mois."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.atelier import cellules, espace_de, total

CARVIN, HENIN, HARNES = "62215", "62427", "62413"


def logement(code, ouverture, fermeture=None, **colonnes):
    return {
        "id_place": code,
        "nb_places": 1,
        "typologie": "T1",
        "bailleur": "Bailleur A",
        "commune": CARVIN,
        "ouverture": ouverture,
        "fermeture": fermeture,
        **colonnes,
    }


def sejour(code, place, entree, sortie=None):
    return {
        "id_sejour": code,
        "id_place": place,
        "id_menage": f"M{code}",
        "date_entree": entree,
        "date_sortie": sortie,
    }


PARC = [
    logement("ouvert", date(2020, 1, 1)),
    logement("rendu", date(2020, 1, 1), date(2022, 11, 1), commune=HENIN, bailleur="Bailleur B"),
    logement("neuf", date(2022, 9, 5), typologie="T3", nb_places=2, commune=HARNES),
    logement("ancien", date(2019, 1, 1), date(2022, 1, 1)),
    logement("futur", date(2023, 1, 1)),
]


@pytest.fixture
def parc(tmp_path):
    sejours = [
        sejour("S1", "ouvert", date(2021, 6, 1), date(2022, 3, 2)),
        sejour("S2", "rendu", date(2022, 1, 1), date(2022, 11, 1)),
        # Deux occupants dans le logement partagé : ses jours ne comptent qu'une fois.
        sejour("S3", "neuf", date(2022, 9, 5)),
        sejour("S4", "neuf", date(2022, 10, 1), date(2022, 12, 1)),
    ]
    return espace_de(tmp_path, place=PARC, sejour=sejours)


def test_mouvements_du_parc(parc):
    """Ni le logement rendu avant l'année, ni celui de l'an prochain : ils n'ont aucun jour dans la période."""
    assert total(parc, "logements_mobilises") == 3
    assert total(parc, "logements_31_12") == 2
    assert total(parc, "nouveaux_logements") == 1
    assert total(parc, "logements_rendus") == 1


def test_parc_par_commune_type_et_bailleur(parc):
    assert cellules(parc, "logements_mobilises", ["commune", "typologie_bailleur"]) == {
        (CARVIN, "T1 — Bailleur A"): 1,
        (HENIN, "T1 — Bailleur B"): 1,
        (HARNES, "T3 — Bailleur A"): 1,
    }
    assert cellules(parc, "logements_mobilises", ["epci"]) == {"246200299": 2, "246200364": 1}


def test_un_logement_sans_bailleur_garde_son_type(tmp_path):
    espace = espace_de(tmp_path, place=[logement("L", date(2020, 1, 1), bailleur=None)])
    assert cellules(espace, "logements_mobilises", ["typologie_bailleur"]) == {"T1": 1}


def test_occupation_par_logement(parc):
    """60 jours, puis 304, puis 118 pour le logement partagé ; la capacité suit les dates des baux."""
    assert total(parc, "taux_occupation_logements", colonne="numerateur") == 60 + 304 + 118
    assert total(parc, "taux_occupation_logements", colonne="denominateur") == 365 + 304 + 118


def test_capacite_de_chaque_mois(parc):
    """Le dernier jour du mois fait foi : un bail rendu le 1er novembre ne compte plus en octobre."""
    capacite = cellules(parc, "capacite_mensuelle", ["mois"])
    assert [capacite[f"2022-{m:02d}"] for m in (8, 9, 10, 11)] == [2, 4, 4, 3]
    assert total(parc, "capacite_mensuelle") == pytest.approx((8 * 2 + 2 * 4 + 2 * 3) / 12)


def test_un_parc_vide_n_a_pas_de_taux(tmp_path):
    espace = espace_de(tmp_path, place=[logement("futur", date(2023, 1, 1))])
    assert total(espace, "logements_mobilises") == 0
    assert total(espace, "taux_occupation_logements") is None


jours = st.integers(0, 800).map(lambda n: date(2021, 6, 1) + timedelta(days=n))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(jours, st.integers(0, 300)), max_size=6))
def test_un_logement_n_est_jamais_occupe_plus_que_les_jours_de_ses_sejours(tmp_path_factory, durees):
    """L'occupation comptée est celle de l'union des séjours, jour par jour."""
    sejours = [
        sejour(f"S{n}", "ouvert", debut, debut + timedelta(days=duree)) for n, (debut, duree) in enumerate(durees)
    ]
    espace = espace_de(tmp_path_factory.mktemp("parc"), place=PARC[:1], sejour=sejours)
    attendus = {debut + timedelta(days=k) for debut, duree in durees for k in range(duree)}
    dans_l_annee = sum(j.year == 2022 for j in attendus)
    assert total(espace, "taux_occupation_logements", colonne="numerateur") == dans_l_annee
