"""Chaque réglage d'un service change le chiffre qu'il doit changer, et lui seul."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.erreurs import ErreurDefinition, ErreurParametre
from observatoire.indicateurs import calculer, en_vigueur
from observatoire.indicateurs.reglages import definition_du_service, notes
from observatoire.services import Parametres, lire_service
from tests.atelier import SERVICE, cellules, espace_de, total

J = date


def mesure(numero, debut, fin=None, menage=None, **reste):
    return {
        "id_mesure": f"m{numero}",
        "id_menage": menage or f"M{numero}",
        "rang": 1,
        "date_debut": debut,
        "date_fin": fin,
        **reste,
    }


def test_regle_mois(tmp_path):
    mesures = [mesure(1, J(2022, 1, 10), J(2022, 3, 16))]
    attendus = {"mois_entame": 3, "dernier_jour": 2, "prorata": 65 / 30.4375}
    for regle, attendu in attendus.items():
        espace = espace_de(tmp_path / regle, f'regle_mois = "{regle}"', mesure=mesures)
        assert total(espace, "mois_mesures") == pytest.approx(attendu)
    serie = cellules(espace_de(tmp_path / "serie", 'regle_mois = "prorata"', mesure=mesures), "file_active_mensuelle")
    assert serie["2022-01"] == pytest.approx(22 / 31)
    assert serie["2022-02"] == 1
    assert serie["2022-03"] == pytest.approx(15 / 31)
    assert serie["2022-12"] == 0


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.dates(J(2021, 6, 1), J(2023, 2, 1)), st.integers(0, 500)), min_size=1, max_size=8))
def test_file_active_en_fin_de_mois_comme_a_la_main(tmp_path_factory, intervalles):
    mesures = [mesure(i, d, d + timedelta(days=n)) for i, (d, n) in enumerate(intervalles)]
    espace = espace_de(tmp_path_factory.mktemp("mois"), 'regle_mois = "dernier_jour"', mesure=mesures)
    serie = cellules(espace, "file_active_mensuelle")
    for mois in range(1, 13):
        dernier = (J(2022, mois, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        attendu = sum(d <= dernier < d + timedelta(days=n) for d, n in intervalles)
        assert serie[f"2022-{mois:02d}"] == attendu
    assert total(espace, "mois_mesures") == sum(serie.values())
    entrees, sorties = (cellules(espace, f"{nom}_mensuelles") for nom in ("entrees", "sorties"))
    assert (total(espace, "entrees"), total(espace, "sorties")) == (sum(entrees.values()), sum(sorties.values()))
    for mois in range(2, 13):
        avant, ici = f"2022-{mois - 1:02d}", f"2022-{mois:02d}"
        assert serie[ici] == serie[avant] + entrees[ici] - sorties[ici]


def test_un_mois_d_une_periode_decalee_commence_en_cours_de_mois(tmp_path):
    mesures = [mesure(1, J(2021, 9, 20), J(2022, 9, 14)), mesure(2, J(2021, 10, 14), J(2021, 10, 15))]
    espace = espace_de(tmp_path, 'periode_debut = "09-15"', mesure=mesures)
    entrees, sorties = cellules(espace, "entrees_mensuelles"), cellules(espace, "sorties_mensuelles")
    assert {m for m, n in entrees.items() if n == 2} == {"2021-09"} and sum(entrees.values()) == 2
    assert {m for m, n in sorties.items() if n} == {"2021-10", "2022-08"}


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.dates(J(2021, 6, 1), J(2023, 2, 1)), st.one_of(st.none(), st.integers(0, 500))),
        min_size=1,
        max_size=8,
    )
)
def test_stock_plus_entrees_moins_sorties_fait_le_stock_final(tmp_path_factory, intervalles):
    mesures = [mesure(i, d, None if n is None else d + timedelta(days=n)) for i, (d, n) in enumerate(intervalles)]
    espace = espace_de(tmp_path_factory.mktemp("stock"), mesure=mesures)
    stock = {an: total(espace, "presents_31_12", an) for an in (2021, 2022)}
    assert stock[2021] + total(espace, "entrees") - total(espace, "sorties") == stock[2022]


def test_date_debut_retenue(tmp_path):
    lignes = [
        mesure(
            1,
            J(2022, 2, 1),
            date_notification=J(2021, 12, 1),
            date_signature=J(2022, 3, 1),
            date_premier_rdv=J(2021, 12, 20),
            date_bail=None,
        )
    ]
    attendus = {"debut": 1, "notification": 0, "premier_rdv": 0, "signature": 1, "bail": 0}
    for choix, premieres in attendus.items():
        espace = espace_de(tmp_path / choix, f'date_debut_retenue = "{choix}"', mesure=lignes)
        assert total(espace, "premieres_mesures") == premieres
        # Sans bail, la mesure n'a pas de début retenu : elle n'est jamais un épisode.
        assert total(espace, "menages_accompagnes") == (0 if choix == "bail" else 1)


def test_mesure_jamais_demarree_n_est_ni_accompagnee_ni_sortie(tmp_path):
    espace = espace_de(tmp_path, mesure=[mesure(1, None, J(2022, 5, 1), date_notification=J(2022, 3, 1))])
    assert total(espace, "menages_accompagnes") == 0
    assert total(espace, "sorties") == 0
    assert total(espace, "non_signature_mesures") == 1


def test_delai_parcours_et_base_sorties(tmp_path):
    mesures = [
        mesure(1, J(2022, 1, 1), J(2022, 3, 1), "A"),
        mesure(2, J(2022, 3, 21), J(2022, 6, 1), "A", rang=2),
        mesure(3, J(2022, 10, 1), J(2022, 11, 1), "A"),
    ]
    attendus = [("", 2), ("delai_parcours = 10", 3), ('base_sorties = "episode"', 3), ('base_sorties = "menage"', 1)]
    for i, (reglage, sorties) in enumerate(attendus):
        assert total(espace_de(tmp_path / str(i), reglage, mesure=mesures), "sorties") == sorties


def test_duree_par_parcours_renouvellements_inclus(tmp_path):
    mesures = [
        mesure(1, J(2021, 1, 1), J(2021, 7, 1), "A"),
        mesure(2, J(2021, 7, 1), J(2022, 1, 1), "A", rang=2),
        mesure(3, J(2022, 1, 1), J(2022, 7, 1), "B"),
    ]
    espace = espace_de(tmp_path, mesure=mesures)
    assert total(espace, "duree_moyenne_accompagnement") == pytest.approx((365 + 181) / 2 / 30.4375)
    assert cellules(espace, "duree_accompagnement_tranches") == {"moins de 6 mois": 1, "6-11 mois": 1}


def test_periode_decalee(tmp_path):
    mesures = [mesure(1, J(2021, 11, 1), J(2022, 2, 1)), mesure(2, J(2022, 11, 1))]
    espace = espace_de(tmp_path, 'periode_debut = "10-01"', mesure=mesures)
    assert total(espace, "premieres_mesures", 2022) == 1
    assert total(espace, "premieres_mesures", 2023) == 1
    assert total(espace, "premieres_mesures", 2021) == 0


def situation(menage, moment, jour, **reste):
    return {"id_menage": menage, "moment": moment, "date": jour, **reste}


def test_un_enfant_sans_ressource_saisie_n_est_pas_un_non_renseigne(tmp_path):
    """La base des ressources : adultes et personnes de référence, plus les mineurs qui ont une ressource."""
    naissances = {"A": "1990-01", "enfant": "2015-01", "jeune": "2005-01", "seul": "2005-01"}
    espace = espace_de(
        tmp_path,
        'unite_profil = "personne"',
        personne=[{"id_personne": p, "naissance": n} for p, n in naissances.items()],
        menage=[{"id_menage": "A", "id_referent": "A"}, {"id_menage": "B", "id_referent": "seul"}],
        membre=[
            *({"id_menage": "A", "id_personne": p, "debut": J(2022, 1, 1)} for p in ("A", "enfant", "jeune")),
            {"id_menage": "B", "id_personne": "seul", "debut": J(2022, 1, 1)},
        ],
        mesure=[mesure(1, J(2022, 2, 1), None, "A"), mesure(2, J(2022, 2, 1), None, "B")],
        situation=[
            situation("A", "entree", J(2022, 2, 1), id_personne="A", ressource_principale="RSA"),
            situation("A", "entree", J(2022, 2, 1), id_personne="enfant"),
            situation("A", "entree", J(2022, 2, 1), id_personne="jeune", ressource_principale="SALAIRE"),
            situation("B", "entree", J(2022, 2, 1), id_personne="seul"),
        ],
    )
    assert cellules(espace, "ressource_principale") == {"RSA": 1, "SALAIRE": 1}
    assert total(espace, "ressource_principale", colonne="non_renseignes") == 1  # le référent


def test_un_age_lu_sur_le_referent_compte_des_menages():
    definition = en_vigueur("age_tranches", 2022).definition
    dits = {p: definition_du_service(definition, Parametres(population_age=p)) for p in ("referent", "tous")}
    assert dits["referent"].denominateur.startswith("ménages") and dits["referent"].numerateur.startswith("ménages")
    assert dits["tous"] == definition


def test_photos_liees_puis_la_plus_proche_a_31_jours_au_plus(tmp_path):
    mesures = [
        mesure(1, J(2022, 2, 1), J(2022, 9, 1), "A"),
        mesure(2, J(2022, 2, 1), J(2022, 9, 1), "B"),
        mesure(3, J(2022, 2, 1), J(2022, 9, 1), "C"),
    ]
    photos = [
        situation("A", "entree", J(2021, 1, 1), logement="RUE", id_mesure="m1"),
        situation("A", "entree", J(2022, 2, 1), logement="HOTEL"),
        situation("B", "entree", J(2022, 3, 4), logement="TIERS_A"),
        situation("B", "entree", J(2022, 2, 3), logement="ASE"),
        situation("C", "entree", J(2022, 3, 5), logement="PRIVE"),
        situation("A", "sortie", J(2022, 9, 1), logement="PUBLIC"),
        situation("B", "sortie", J(2022, 9, 20), logement="INCONNU"),
    ]
    espace = espace_de(tmp_path, mesure=mesures, situation=photos)
    assert cellules(espace, "matrice_parcours") == {
        ("RUE", "PUBLIC"): 1,
        ("ASE", "INCONNU"): 1,
        ("NR", "NR"): 1,
    }
    assert total(espace, "taux_sortie_logement") == pytest.approx(100 / 3)
    assert total(espace, "part_situations_inconnues_sortie") == pytest.approx(200 / 3)


def test_denominateur_et_codes_de_sortie(tmp_path):
    mesures = [mesure(i, J(2022, 1, 1), J(2022, 9, 1), f"M{i}") for i in range(4)]
    photos = [
        situation(f"M{i}", "sortie", J(2022, 9, 1), logement=code)
        for i, code in enumerate(["PUBLIC", "IML", "INCONNU", "RUE"])
    ]
    attendus = [
        ("", 25),
        ('denominateur_sortie = "connues"', 100 / 3),
        ('sorties_logement = ["PUBLIC", "IML"]', 50),
        ('sorties_logement = ["IML"]\ndenominateur_sortie = "connues"', 100 / 3),
    ]
    for i, (reglage, attendu) in enumerate(attendus):
        espace = espace_de(tmp_path / str(i), reglage, mesure=mesures, situation=photos)
        assert total(espace, "taux_sortie_logement") == pytest.approx(attendu)
        assert total(espace, "sorties") == 4


def test_profil_la_photo_la_plus_recente_avant_la_fin_de_periode(tmp_path):
    photos = [
        situation("A", "entree", J(2021, 1, 1), composition="HS"),
        situation("A", "entree", J(2022, 5, 1), composition="CAE"),
        situation("A", "entree", J(2023, 1, 1), composition="FS"),
        situation("A", "sortie", J(2022, 8, 1), composition="MI"),
    ]
    espace = espace_de(tmp_path, mesure=[mesure(1, J(2020, 1, 1), menage="A")], situation=photos)
    assert cellules(espace, "composition_familiale", annee=2022) == {"CAE": 1}
    assert cellules(espace, "composition_familiale", annee=2021) == {"HS": 1}
    autre = espace_de(
        tmp_path / "sortie", 'moment_profil = "sortie"', mesure=[mesure(1, J(2020, 1, 1), menage="A")], situation=photos
    )
    assert cellules(autre, "composition_familiale") == {"MI": 1}


def test_population_age(tmp_path):
    tables = {
        "personne": [
            {"id_personne": p, "naissance": n} for p, n in [("P1", "1990-06"), ("P2", "1992-01"), ("P3", "2015-03")]
        ],
        "menage": [{"id_menage": "A", "id_referent": "P1"}],
        "membre": [{"id_menage": "A", "id_personne": p, "debut": J(2020, 1, 1)} for p in ("P1", "P2", "P3")],
        "mesure": [mesure(1, J(2022, 6, 15), menage="A")],
        "situation": [situation("A", "entree", J(2022, 6, 15))],
    }
    for population, ages in {"referent": [32], "adultes": [32, 30], "tous": [32, 30, 7]}.items():
        espace = espace_de(
            tmp_path / population, f'population_age = "{population}"\nbornes_age = [0, 18, 31]', **tables
        )
        assert total(espace, "age_moyen", colonne="numerateur") == sum(ages)
        assert total(espace, "age_moyen", colonne="base") == len(ages)
    assert cellules(espace, "age_tranches") == {"0-17": 1, "18-30": 1, "31 et plus": 1}


def test_non_renseignes_hors_de_la_base_des_profils_mais_comptes(tmp_path):
    mesures = [mesure(i, J(2022, 1, 1), menage=f"M{i}") for i in range(5)]
    photos = [
        situation(f"M{i}", "entree", J(2022, 1, 1), composition=c, ressources=r)
        for i, (c, r) in enumerate([("HS", 0), ("HS", 500), ("NR", None), ("REF", None)])
    ]
    espace = espace_de(tmp_path, mesure=mesures, situation=photos)
    assert total(espace, "composition_familiale", colonne="denominateur") == 2
    assert total(espace, "composition_familiale", colonne="non_renseignes") == 3
    assert total(espace, "ressources_moyennes_tous") == 250
    assert total(espace, "ressources_moyennes_avec_ressources") == 500
    assert total(espace, "part_sans_ressource") == 50
    assert total(espace, "ressources_medianes") == 250
    assert total(espace, "ressources_moyennes_tous", colonne="base") == 2


def test_seuils_de_ressources(tmp_path):
    mesures = [mesure(i, J(2022, 1, 1), menage=f"M{i}") for i in range(3)]
    photos = [
        situation("M0", "entree", J(2022, 1, 1), ressources=579.99, nb_14_et_plus=1),
        situation("M1", "entree", J(2022, 1, 1), ressources=580, nb_14_et_plus=1),
        situation("M2", "entree", J(2022, 1, 1), ressources=1300, nb_14_et_plus=2, nb_moins_14=2),
    ]
    espace = espace_de(tmp_path, mesure=mesures, situation=photos)
    assert total(espace, "part_ressources_faibles", colonne="numerateur") == 1
    # 1 300 € pour 2,1 unités de consommation : 619 €, sous le seuil de 2022.
    assert total(espace, "part_sous_seuil_pauvrete", colonne="numerateur") == 3
    haut = espace_de(tmp_path / "haut", "seuil_ressources_faibles = 600", mesure=mesures, situation=photos)
    assert total(haut, "part_ressources_faibles", colonne="numerateur") == 2


def test_taux_de_refus_sur_les_seules_demandes_decidees_dans_la_periode(tmp_path):
    suites = [
        ("ADMISE", J(2022, 2, 1)),
        ("REFUS_SERVICE", J(2022, 3, 1)),
        ("REFUS_MENAGE", J(2022, 4, 1)),
        ("EN_COURS", J(2022, 5, 1)),
        ("LISTE_ATTENTE", J(2022, 5, 1)),
        ("REFUS_SERVICE", J(2023, 1, 5)),
        ("SANS_SUITE", J(2022, 6, 1)),
    ]
    demandes = [
        {"id_demande": f"d{i}", "date_demande": J(2022, 1, 15), "suite": s, "date_decision": d}
        for i, (s, d) in enumerate(suites)
    ]
    espace = espace_de(tmp_path, demande=demandes)
    assert total(espace, "taux_refus", colonne="denominateur") == 4
    assert total(espace, "taux_refus") == 50
    assert total(espace, "demandes_recues") == 7
    assert sum(cellules(espace, "suites_demandes").values()) == 7


def test_delai_admission_par_mesure_de_rang_1_et_par_premier_sejour(tmp_path):
    demandes = [
        {"id_demande": "d1", "id_menage": "A", "date_demande": J(2022, 1, 1), "suite": "ADMISE"},
        {"id_demande": "d2", "id_menage": "B", "date_demande": J(2022, 1, 1), "suite": "ADMISE"},
        {"id_demande": "d3", "id_menage": "C", "date_demande": J(2022, 1, 1), "suite": "SANS_SUITE"},
    ]
    mesures = [
        mesure(1, J(2022, 1, 11), menage="A", id_demande="d1"),
        mesure(2, J(2022, 6, 1), menage="A", id_demande="d1", rang=2),
    ]
    sejours = [
        {"id_sejour": "s0", "id_menage": "B", "date_entree": J(2021, 5, 1), "date_sortie": J(2021, 6, 1)},
        {"id_sejour": "s1", "id_menage": "B", "date_entree": J(2022, 1, 31)},
        {"id_sejour": "s2", "id_menage": "C", "date_entree": J(2022, 2, 1)},
    ]
    espace = espace_de(tmp_path, demande=demandes, mesure=mesures, sejour=sejours)
    assert total(espace, "delai_admission") == 20
    assert total(espace, "delai_admission", colonne="base") == 2


def test_occupation_et_ses_reglages(tmp_path):
    tables = {
        "place": [
            {"id_place": "p1", "nb_places": 2, "ouverture": J(2021, 1, 1)},
            {"id_place": "p2", "nb_places": 1, "ouverture": J(2022, 7, 1), "fermeture": J(2022, 7, 11)},
        ],
        "indisponibilite": [
            {"id_place": "p1", "debut": J(2022, 1, 1), "fin": J(2022, 1, 11)},
            {"id_place": "p1", "debut": J(2022, 1, 6), "fin": J(2022, 1, 16)},
        ],
        "sejour": [
            {
                "id_sejour": "s1",
                "id_place": "p1",
                "id_menage": "A",
                "date_entree": J(2021, 12, 1),
                "date_sortie": J(2022, 1, 11),
            },
            {
                "id_sejour": "s2",
                "id_place": "p1",
                "id_menage": "B",
                "date_entree": J(2022, 1, 6),
                "date_sortie": J(2022, 1, 16),
            },
            {
                "id_sejour": "s3",
                "id_place": "p2",
                "id_menage": "C",
                "date_entree": J(2022, 7, 3),
                "date_sortie": J(2022, 7, 3),
            },
        ],
    }
    attendus = {
        "": (740, 20),
        'base_occupation = "logement"': (375, 15),
        "indisponibilites_deduites = true": (710, 20),
        "jour_sortie_compte = true": (740, 23),
    }
    for i, (reglage, (theoriques, realisees)) in enumerate(attendus.items()):
        espace = espace_de(tmp_path / str(i), reglage, **tables)
        assert total(espace, "journees_theoriques") == theoriques, reglage
        assert total(espace, "journees_realisees") == realisees, reglage
        assert total(espace, "taux_occupation_annuel") == pytest.approx(realisees / theoriques * 100)


def test_durees_de_sejour_des_sortants(tmp_path):
    sejours = [
        {
            "id_sejour": f"s{i}",
            "id_menage": f"M{i}",
            "date_entree": J(2022, 1, 1),
            "date_sortie": J(2022, 1, 1) + timedelta(days=n),
        }
        for i, n in enumerate([10, 20, 60])
    ]
    espace = espace_de(
        tmp_path, sejour=[*sejours, {"id_sejour": "s9", "id_menage": "M9", "date_entree": J(2020, 1, 1)}]
    )
    assert total(espace, "duree_moyenne_sejour_sortants") == 30
    assert total(espace, "duree_mediane_sejour_sortants") == 20


def test_impayes_parmi_les_accompagnes(tmp_path):
    dettes = [
        {"id_menage": "A", "mois": f"2022-{m:02d}", "impaye": "oui" if m in (3, 4) else "non", "solde": 50}
        for m in range(1, 13)
    ]
    dettes += [
        {"id_menage": "B", "mois": "2022-05", "impaye": "oui", "solde": 10},
        {"id_menage": "A", "mois": "2021-05", "impaye": "oui", "solde": 10},
        {"id_menage": "Z", "mois": "2022-05", "impaye": "oui", "solde": 10},
    ]
    mesures = [mesure(i, J(2022, 1, 1), menage=m) for i, m in enumerate("ABCD")]
    espace = espace_de(tmp_path, mesure=mesures, dette_mois=dettes)
    assert total(espace, "part_menages_impaye") == 50
    assert total(espace, "mois_impayes_moyens") == 1.5
    assert total(espace, "part_en_dette_31_12") == 25


def test_ponderation_et_coefficients(tmp_path):
    mesures = [
        mesure(1, J(2022, 1, 1), J(2022, 7, 2), intensite="RENFORCEE"),
        mesure(2, J(2021, 1, 1), coefficient=0.5, intensite="RENFORCEE"),
        mesure(3, J(2022, 12, 31)),
    ]
    reglage = "[coefficients]\nSIMPLE = 1\nRENFORCEE = 2"
    espace = espace_de(tmp_path / "duree", reglage, mesure=mesures)
    assert total(espace, "mesures_ponderees") == pytest.approx(2 * 182 / 365 + 0.5 + 1 / 365)
    somme = espace_de(tmp_path / "somme", f'ponderation = "somme"\n{reglage}', mesure=mesures)
    assert total(somme, "mesures_ponderees") == pytest.approx(3.5)


def test_objectif_de_convention_ramene_a_la_partie_commune(tmp_path):
    mesures = [mesure(1, J(2021, 1, 1)), mesure(2, J(2021, 1, 1))]
    conventions = [
        {"id_convention": "c1", "debut": J(2022, 7, 2), "fin": J(2023, 7, 2), "objectif": 4, "unite_objectif": "points"}
    ]
    espace = espace_de(tmp_path, mesure=mesures, convention=conventions)
    assert total(espace, "taux_realisation_convention", colonne="denominateur") == pytest.approx(4 * 183 / 365)


def test_objectifs_atteints_un_partiel_n_est_pas_atteint(tmp_path):
    mesures = [
        mesure(i, J(2022, 1, 1), J(2022, 6, 1), objectif_atteint=o)
        for i, o in enumerate(["oui", "oui", "partiel", "non", None])
    ]
    assert total(espace_de(tmp_path, mesure=mesures), "taux_objectifs_atteints") == 40


def test_themes_une_fois_par_mesure_terminee(tmp_path):
    mesures = [
        mesure(1, J(2022, 1, 1), J(2022, 6, 1)),
        mesure(2, J(2022, 1, 1), J(2022, 6, 1)),
        mesure(3, J(2022, 1, 1)),
    ]
    actes = [
        {"id_acte": f"a{i}", "type_acte": "ENTRETIEN", "date": J(2021, 3, 1), "id_mesure": m, "theme": t, "presence": p}
        for i, (m, t, p) in enumerate(
            [
                ("m1", "SOINS", None),
                ("m1", "SOINS", "present"),
                ("m1", "EMPLOI", "absent"),
                ("m2", "SOINS", None),
                ("m3", "SOINS", None),
                ("m2", None, None),
            ]
        )
    ]
    espace = espace_de(tmp_path, mesure=mesures, acte=actes)
    assert cellules(espace, "themes_travailles") == {"SOINS": 2}
    assert total(espace, "themes_travailles", colonne="denominateur") == 2


def test_le_total_de_reponses_multiples_est_un_compte_sans_part(tmp_path):
    """Trois thèmes pour une mesure : « 300 % » ne voudrait rien dire ; sans mesure, le total est sans objet."""
    mesures = [mesure(1, J(2022, 1, 1), J(2022, 6, 1)), mesure(2, J(2023, 1, 1))]
    actes = [
        {"id_acte": t, "type_acte": "ENTRETIEN", "date": J(2022, 3, 1), "id_mesure": "m1", "theme": t}
        for t in ("SOINS", "EMPLOI", "ADMINISTRATIF")
    ]
    espace = espace_de(tmp_path, mesure=mesures, acte=actes)
    lus = ["valeur", "numerateur", "denominateur", "base", "etat"]
    totaux = [
        calculer(espace, SERVICE, annee, ["themes_travailles"]).filter(pl.col("ventilation_1").is_null()).select(lus)
        for annee in (2022, 2023)
    ]
    assert totaux[0].rows() == [(None, 3.0, 1.0, 1.0, "publie")]
    assert totaux[1]["etat"].to_list() == ["sans_objet"]
    parts = calculer(espace, SERVICE, 2022, ["themes_travailles"]).filter(pl.col("ventilation_1").is_not_null())
    assert parts["valeur"].to_list() == [100.0] * 3


def test_types_d_atelier_et_participations(tmp_path):
    actes = [
        {"id_acte": "a1", "type_acte": "ATELIER", "date": J(2022, 3, 1), "effectif_anonyme": 4},
        {"id_acte": "a2", "type_acte": "ACTIVITE", "date": J(2022, 3, 2)},
        {"id_acte": "a3", "type_acte": "ATELIER", "date": J(2022, 3, 3), "presence": "annule"},
    ]
    presences = [{"id_acte": a, "id_personne": p} for a, p in [("a1", "P1"), ("a2", "P1"), ("a2", "P2"), ("a3", "P3")]]
    espace = espace_de(tmp_path / "tous", acte=actes, participation=presences)
    assert total(espace, "ateliers_realises") == 2
    assert total(espace, "participants_ateliers") == 2
    assert total(espace, "participations") == 7
    ateliers = espace_de(tmp_path / "ateliers", 'types_atelier = ["ATELIER"]', acte=actes, participation=presences)
    assert total(ateliers, "ateliers_realises") == 1
    assert total(ateliers, "participations") == 5


def test_relogements_sans_les_maintiens(tmp_path):
    lignes = [
        {"id_relogement": f"r{i}", "id_menage": "A", "date": d, "parc": p}
        for i, (d, p) in enumerate(
            [
                (J(2022, 1, 1), "PUBLIC"),
                (J(2022, 12, 31), "PRIVE"),
                (J(2023, 1, 1), "PUBLIC"),
                (J(2022, 5, 1), "MAINTIEN"),
            ]
        )
    ]
    espace = espace_de(tmp_path, relogement=lignes)
    assert total(espace, "relogements") == 2
    assert cellules(espace, "issues_logement") == {"PUBLIC": 1, "PRIVE": 1, "MAINTIEN": 1}


def test_financement_a_cheval_au_prorata_des_jours(tmp_path):
    conventions = [
        {
            "id_convention": "c1",
            "financeur": "État",
            "debut": J(2022, 7, 2),
            "fin": J(2023, 7, 2),
            "montant": 3650,
            "nature": "realise",
        },
        {
            "id_convention": "c2",
            "financeur": "Département",
            "debut": J(2022, 1, 1),
            "fin": J(2023, 1, 1),
            "montant": 1830,
            "nature": "realise",
        },
        {
            "id_convention": "c3",
            "financeur": "État",
            "debut": J(2023, 1, 1),
            "fin": J(2024, 1, 1),
            "montant": 100,
            "nature": "previsionnel",
        },
    ]
    espace = espace_de(tmp_path, convention=conventions)
    assert cellules(espace, "financements_repartition") == {"État": 1830, "Département": 1830}
    assert cellules(espace, "financements_previsionnels") == {"État": 100}


def test_territoires_a_cote_de_l_ensemble(tmp_path):
    mesures = [mesure(i, J(2022, 1, 1), territoire=t) for i, t in enumerate(["CAHC", "CAHC", "CALL"])]
    espace = espace_de(tmp_path, 'territoires = ["CAHC", "CALL"]', mesure=mesures)
    table = calculer(espace, SERVICE, 2022, ["premieres_mesures"])
    assert dict(zip(table["territoire"], table["valeur"], strict=True)) == {None: 3, "CAHC": 2, "CALL": 1}


def test_total_ecrit_meme_a_zero_et_non_recu_distinct(tmp_path):
    espace = espace_de(tmp_path, mesure=[])
    table = calculer(espace, SERVICE, 2022, ["menages_accompagnes", "taux_sortie_logement", "demandes_recues"])
    etats = dict(zip(table["indicateur"], zip(table["etat"], table["valeur"], strict=True), strict=True))
    assert etats == {
        "menages_accompagnes": ("publie", 0),
        "taux_sortie_logement": ("sans_objet", None),
        "demandes_recues": ("non_recu", None),
    }


def test_modalite_declaree_ecrite_a_zero_une_autre_non(tmp_path):
    photos = [situation("M1", "entree", J(2022, 1, 1), composition="HS")]
    mesures = [mesure(1, J(2022, 1, 1))]
    espace = espace_de(tmp_path / "sans", mesure=mesures, situation=photos)
    assert cellules(espace, "composition_familiale") == {"HS": 1}
    reglage = '[modalites_declarees]\ncomposition = ["HS", "CAE"]'
    espace = espace_de(tmp_path / "avec", reglage, mesure=mesures, situation=photos)
    assert cellules(espace, "composition_familiale") == {"HS": 1, "CAE": 0}
    assert cellules(espace, "composition_familiale", colonne="valeur") == {"HS": 100, "CAE": 0}


def test_ventilation_inconnue_propose_un_nom(tmp_path):
    espace = espace_de(tmp_path, mesure=[mesure(1, J(2022, 1, 1))])
    with pytest.raises(ErreurParametre, match="composition"):
        calculer(espace, SERVICE, 2022, ["menages_accompagnes"], ["compositions"])
    with pytest.raises(ErreurParametre, match="menages_accompagnes"):
        calculer(espace, SERVICE, 2022, ["menage_accompagne"])


@pytest.mark.parametrize("colonne", ["id_menage", "id_personne", "naissance", "_fichier"])
def test_aucun_identifiant_ne_ventile(tmp_path, colonne):
    espace = espace_de(tmp_path, mesure=[mesure(1, J(2022, 1, 1))])
    with pytest.raises(ErreurParametre):
        calculer(espace, SERVICE, 2022, ["menages_accompagnes"], [colonne])


@pytest.mark.parametrize(
    "reglage",
    [
        'regle_moi = "prorata"',
        'regle_mois = "au hasard"',
        "bornes_age = [25, 18]",
        "bornes_ressources = [500, 500]",
        'delai_parcours = "31"',
        "indisponibilites_deduites = 1",
        "delai_parcours = true",
    ],
)
def test_reglage_faux_refuse_avec_le_fichier(tmp_path, reglage):
    espace = espace_de(tmp_path, reglage, mesure=[])
    with pytest.raises(ErreurDefinition, match=r"essai\.toml"):
        calculer(espace, SERVICE, 2022, ["menages_accompagnes"])


def test_regroupement_des_modalites(tmp_path):
    mesures = [mesure(i, J(2022, 1, 1)) for i in range(3)]
    photos = [situation(f"M{i}", "entree", J(2022, 1, 1), composition=c) for i, c in enumerate(["HS", "FS", "CAE"])]
    espace = espace_de(tmp_path, mesure=mesures, situation=photos)
    table = calculer(espace, SERVICE, 2022, ["composition_familiale"], regrouper=True)
    cellules_ = table.filter(pl.col("ventilation_1") == "composition_groupe")
    assert dict(zip(cellules_["modalite_1"], cellules_["numerateur"], strict=True)) == {
        "Isolé": 2,
        "Couple avec enfant": 1,
    }


def test_une_annee_hors_des_livraisons_est_non_recue(tmp_path):
    espace = espace_de(tmp_path, "premiere_annee = 2021\nderniere_annee = 2022", mesure=[mesure(1, J(2019, 1, 1))])
    etats = {an: calculer(espace, SERVICE, an, ["menages_accompagnes"])["etat"][0] for an in range(2020, 2024)}
    assert etats == {2020: "non_recu", 2021: "publie", 2022: "publie", 2023: "non_recu"}
    assert calculer(espace, SERVICE, 2021, ["evolution_n_1"]).is_empty()


def test_une_modalite_sans_effectif_ne_s_ecrit_pas(tmp_path):
    actes = [
        {"id_acte": "a1", "type_acte": "ENTRETIEN", "date": J(2022, 3, 1), "lieu": "Siège"},
        {"id_acte": "a2", "type_acte": "APPEL", "date": J(2022, 3, 1), "lieu": "Forum"},
    ]
    espace = espace_de(tmp_path, acte=actes)
    assert cellules(espace, "entretiens_realises", ["lieu"]) == {"Siège": 1}
    assert total(espace, "visites_domicile") == 0


def test_objectif_du_service_sans_convention_et_unites(tmp_path):
    mesures = [mesure(1, J(2022, 1, 1), menage="A"), mesure(2, J(2022, 1, 1), menage="A"), mesure(3, J(2022, 7, 2))]
    attendus = {"points": 2.5013698630136987, "mesures": 3, "menages": 2, "mois_mesures": 913 / 30.4375}
    for unite, realise in attendus.items():
        espace = espace_de(
            tmp_path / unite, f'objectif = 10\nunite_objectif = "{unite}"', mesure=mesures, convention=[]
        )
        assert total(espace, "taux_realisation_convention", colonne="numerateur") == pytest.approx(realise)
        assert total(espace, "taux_realisation_convention") == pytest.approx(realise * 10)


def test_convention_en_etp_ne_se_rapporte_pas_aux_mesures(tmp_path):
    conventions = [
        {"id_convention": "c", "debut": J(2022, 1, 1), "fin": J(2023, 1, 1), "objectif": 2, "unite_objectif": "etp"}
    ]
    espace = espace_de(tmp_path, mesure=[mesure(1, J(2022, 1, 1))], convention=conventions)
    assert total(espace, "taux_realisation_convention") is None


def test_un_service_sans_libelle_prend_son_identifiant(tmp_path):
    espace = espace_de(tmp_path, mesure=[])
    fichier = tmp_path / "data" / "services" / "essai.toml"
    fichier.write_text("delai_parcours = 10\n", encoding="utf-8")
    assert lire_service(espace, SERVICE).libelle == "ESSAI"


# --- Chaque réglage change son chiffre et s'imprime sous le tableau --------------------------------


def phrases(espace, indicateur, annee=2022) -> str:
    """Ce qui s'imprime sous le tableau d'un indicateur."""
    return " ".join(notes(espace, lire_service(espace, SERVICE), [en_vigueur(indicateur, annee)], annee))


ACCOMPAGNEMENTS = {
    "mesure": [
        mesure(
            1,
            J(2022, 2, 15),
            J(2022, 10, 20),
            "A",
            intensite="RENFORCEE",
            date_notification=J(2021, 12, 1),
            date_premier_rdv=J(2021, 12, 20),
            date_signature=J(2022, 10, 3),
        ),
        mesure(2, J(2022, 11, 5), None, "A", rang=2, date_notification=J(2022, 11, 1)),
        mesure(3, J(2021, 6, 1), J(2022, 3, 10), "B", intensite="SIMPLE", date_notification=J(2021, 5, 1)),
        mesure(4, J(2022, 11, 1), None, "C", intensite="SIMPLE", date_notification=J(2022, 10, 15)),
    ],
    "acte": [
        {"id_acte": "a1", "type_acte": "ENTRETIEN", "date": J(2022, 5, 2), "id_menage": "D"},
        {"id_acte": "a2", "type_acte": "ATELIER", "date": J(2022, 5, 3), "effectif_anonyme": 6},
        {"id_acte": "a3", "type_acte": "ACTIVITE", "date": J(2022, 5, 4), "effectif_anonyme": 3},
    ],
    "menage": [{"id_menage": m, "id_referent": f"P{m}"} for m in "ABCD"],
    "personne": [
        {"id_personne": p, "naissance": n, "genre": g}
        for p, n, g in [
            ("PA", "1990-06", "F"),
            ("PA2", "2014-03", "H"),
            ("PA3", "1992-01", "H"),
            ("PB", "1999-01", "H"),
            ("PC", "1984-02", "F"),
            ("PD", "1975-02", "F"),
        ]
    ],
    "membre": [
        {"id_menage": m, "id_personne": p, "debut": J(2020, 1, 1)}
        for m, p in [("A", "PA"), ("A", "PA2"), ("A", "PA3"), ("B", "PB"), ("C", "PC"), ("D", "PD")]
    ],
    "situation": [
        situation("A", "entree", J(2022, 2, 15), composition="FSE", logement="RUE", emploi="CDD", ressources=500),
        situation("A", "demande", J(2022, 1, 15), composition="FS", logement="TIERS_F", emploi="CDD", ressources=700),
        situation("B", "entree", J(2021, 6, 1), composition="HS", logement="PUBLIC", emploi="IAE", ressources=900),
        situation("A", "sortie", J(2022, 10, 20), logement="IML"),
        situation("B", "sortie", J(2022, 3, 10), logement="INCONNU"),
        situation("C", "entree", J(2022, 11, 1), composition="FS", logement="TIERS_A", emploi="CDI_TP", ressources=0),
    ],
    "place": [
        {"id_place": "p1", "nb_places": 2, "ouverture": J(2022, 1, 1)},
        {"id_place": "p2", "nb_places": 1, "ouverture": J(2022, 7, 1)},
    ],
    "indisponibilite": [{"id_place": "p2", "debut": J(2022, 7, 1), "fin": J(2022, 7, 11)}],
    "sejour": [
        {
            "id_sejour": "s1",
            "id_place": "p1",
            "id_menage": "B",
            "date_entree": J(2021, 12, 1),
            "date_sortie": J(2022, 2, 1),
        }
    ],
}
COURT = "delai_parcours = 5"  # deux mesures à quinze jours d'écart font deux parcours
PRORATA = 'regle_mois = "prorata"'

# réglage → indicateur qu'il change, écritures du TOML et ce que chacune imprime ; « » : le défaut ne dit rien.
REGLAGES_IMPRIMES = {
    "unite_compte": (
        "menages_accompagnes",
        {'unite_compte = "menage"': "", 'unite_compte = "situation"': "au moins un acte dans la période"},
    ),
    "unite_profil": (
        "repartition_genre",
        {'unite_profil = "menage"': "Base : les ménages", 'unite_profil = "personne"': "Base : les personnes"},
    ),
    "population_age": (
        "age_moyen",
        {
            'population_age = "referent"': "personne de référence",
            'population_age = "adultes"': "des adultes",
            'population_age = "tous"': "toutes les personnes",
        },
    ),
    "regle_mois": (
        "mois_mesures",
        {
            'regle_mois = "mois_entame"': "un jour de présence",
            'regle_mois = "dernier_jour"': "le dernier jour du mois",
            'regle_mois = "prorata"': "au prorata des jours",
        },
    ),
    "jour_sortie_compte": (
        "journees_realisees",
        {
            "jour_sortie_compte = false": "jour de sortie non compté",
            "jour_sortie_compte = true": "jour de sortie compté",
        },
    ),
    "base_occupation": (
        "journees_theoriques",
        {'base_occupation = "place"': "comptées par place", 'base_occupation = "logement"': "comptées par logement"},
    ),
    "indisponibilites_deduites": (
        "journees_theoriques",
        {"indisponibilites_deduites = false": "non déduites", "indisponibilites_deduites = true": "déduites"},
    ),
    "periode_debut": (
        "premieres_mesures",
        {'periode_debut = "01-01"': "", 'periode_debut = "10-01"': "du 01/10/2021 au 30/09/2022"},
    ),
    "date_debut_retenue": (
        "mois_mesures",
        {
            PRORATA: "",
            f'{PRORATA}\ndate_debut_retenue = "notification"': "commence à la notification",
            f'{PRORATA}\ndate_debut_retenue = "premier_rdv"': "commence au premier rendez-vous",
            f'{PRORATA}\ndate_debut_retenue = "signature"': "commence à la signature du contrat",
            f'{PRORATA}\ndate_debut_retenue = "bail"': "commence à la signature du bail",
        },
    ),
    "base_sorties": (
        "sorties",
        {
            f'{COURT}\nbase_sorties = "parcours"': "par parcours",
            f'{COURT}\nbase_sorties = "episode"': "par mesure ou séjour",
            f'{COURT}\nbase_sorties = "menage"': "par ménage",
        },
    ),
    "delai_parcours": ("sorties", {"delai_parcours = 31": "31 jours", COURT: "5 jours"}),
    "sorties_logement": (
        "taux_sortie_logement",
        {
            COURT: "locataire du parc social",
            f'{COURT}\nsorties_logement = ["IML"]': "logement : intermédiation locative",
        },
    ),
    "sorties_positives": (
        "taux_sortie_positive",
        {
            COURT: "positives : aucune",
            f'{COURT}\nsorties_positives = ["IML"]': "positives : intermédiation locative",
        },
    ),
    "denominateur_sortie": (
        "taux_sortie_logement",
        {
            f'{COURT}\nsorties_logement = ["IML"]': "issue inconnue comprise",
            f'{COURT}\nsorties_logement = ["IML"]\ndenominateur_sortie = "connues"': "dont l'issue est connue",
        },
    ),
    "moment_profil": (
        "ressources_moyennes_tous",
        {'moment_profil = "entree"': "début de mesure", 'moment_profil = "demande"': "de la demande"},
    ),
    "ponderation": (
        "mesures_ponderees",
        {'ponderation = "duree"': "par leur durée", 'ponderation = "somme"': "sans tenir compte de leur durée"},
    ),
    "coefficients": (
        "mesures_ponderees",
        {"": "", "coefficients = { SIMPLE = 1, RENFORCEE = 2.5 }": "simple 1, renforcée 2,5"},
    ),
    "objectif": (
        "taux_realisation_convention",
        {"objectif = 10": "faute de convention datée : 10 points", "objectif = 12": "12 points"},
    ),
    "unite_objectif": (
        "taux_realisation_convention",
        {
            'objectif = 10\nunite_objectif = "points"': "10 points",
            'objectif = 10\nunite_objectif = "mesures"': "10 mesures",
            'objectif = 10\nunite_objectif = "mois_mesures"': "10 mois-mesures",
        },
    ),
    "duree_max": (
        "accompagnements_prolonges",
        {"duree_max = 8": "8 mois", "duree_max = 12": "12 mois", "": "pas de durée maximale"},
    ),
    "types_atelier": (
        "ateliers_realises",
        {"": "atelier collectif, activité collective", 'types_atelier = ["ATELIER"]': "comptés : atelier collectif."},
    ),
    "seuil_ressources_faibles": (
        "part_ressources_faibles",
        {"seuil_ressources_faibles = 580": "580 €", "seuil_ressources_faibles = 400": "400 €"},
    ),
    "logements_difficiles": (
        "part_logement_difficile",
        {"": "à la rue", 'logements_difficiles = ["RUE"]': "difficiles : à la rue, abri de fortune."},
    ),
    "emplois_action_logement": (
        "aio_action_logement",
        {"": "CDI à temps plein", 'emplois_action_logement = ["CDD"]': "retenus : CDD."},
    ),
}


@pytest.mark.parametrize("reglage", REGLAGES_IMPRIMES)
def test_un_reglage_change_le_chiffre_et_s_imprime(tmp_path, reglage):
    """Deux valeurs d'un réglage donnent deux chiffres, et chacune se lit sous le tableau."""
    indicateur, ecritures = REGLAGES_IMPRIMES[reglage]
    valeurs, imprimes = [], []
    for rang, (toml, phrase) in enumerate(ecritures.items()):
        espace = espace_de(tmp_path / str(rang), toml, **ACCOMPAGNEMENTS)
        valeurs.append((total(espace, indicateur), total(espace, indicateur, colonne="denominateur")))
        imprimes.append(phrases(espace, indicateur))
        assert phrase in imprimes[-1], imprimes[-1]
    assert len(set(imprimes)) == len(imprimes), "deux valeurs du réglage s'impriment pareil"
    assert len(set(valeurs)) == len(valeurs), valeurs
