"""Impayés, prolongations, admissions et relais à la sortie : les règles une à une."""

from __future__ import annotations

from datetime import date

import pytest

from tests.atelier import cellules, espace_de, total


def menages(*codes):
    return [{"id_menage": c, "id_referent": f"P{c}"} for c in codes]


def sejour(menage, entree, sortie=None, motif=None):
    return {
        "id_sejour": f"S{menage}",
        "id_menage": menage,
        "date_entree": entree,
        "date_sortie": sortie,
        "motif_fin": motif,
    }


# --- Impayés --------------------------------------------------------------------------------------------------------


def mois_du(menage, mois, impaye, solde):
    return {"id_menage": menage, "mois": mois, "impaye": impaye, "solde": solde}


@pytest.fixture
def redevances(tmp_path):
    sejours = [sejour(m, date(2021, 1, 1)) for m in ("A", "B", "C")]
    sejours.append(sejour("D", date(2021, 1, 1), date(2022, 6, 1)))
    dettes = [
        # A : un impayé d'une autre année ne compte pas.
        mois_du("A", "2021-12", "oui", 100),
        mois_du("A", "2022-01", "non", 0),
        # B : deux mois impayés, réglés depuis.
        mois_du("B", "2022-02", "oui", 100),
        mois_du("B", "2022-03", "oui", 200),
        mois_du("B", "2022-12", "non", 0),
        # D : sorti en juin, sa dette court jusqu'en décembre.
        *(mois_du("D", f"2022-{m:02d}", "oui" if m == 5 else "non", 95) for m in range(5, 13)),
    ]
    return espace_de(tmp_path, menage=menages("A", "B", "C", "D"), sejour=sejours, dette_mois=dettes)


def test_impayes_parmi_les_accueillis(redevances):
    assert total(redevances, "part_menages_impaye", colonne="numerateur") == 2
    assert total(redevances, "part_menages_impaye", colonne="denominateur") == 4
    assert total(redevances, "mois_impayes_moyens") == pytest.approx(3 / 2)


def test_dette_en_fin_de_periode_sortants_compris(redevances):
    """Le solde du dernier mois fait foi, même si le ménage est parti."""
    assert total(redevances, "part_en_dette_31_12", colonne="numerateur") == 1


def test_sans_impaye_pas_de_moyenne(tmp_path):
    espace = espace_de(tmp_path, menage=menages("A"), sejour=[sejour("A", date(2022, 1, 1))])
    assert total(espace, "mois_impayes_moyens") is None


# --- Prolongations --------------------------------------------------------------------------------------------------


def mesure(code, menage, debut, prolongation, rang=1):
    return {
        "id_mesure": code,
        "id_menage": menage,
        "rang": rang,
        "date_debut": debut,
        "prolongation_exceptionnelle": prolongation,
    }


def test_prolongations_et_menages_prolonges(tmp_path):
    """Trois prolongations pour deux ménages ; un renouvellement ordinaire n'en est pas une."""
    espace = espace_de(
        tmp_path,
        menage=menages("A", "B", "C"),
        mesure=[
            mesure("A1", "A", date(2021, 4, 1), "non"),
            mesure("A2", "A", date(2022, 4, 1), "oui", 2),
            mesure("A3", "A", date(2022, 7, 1), "oui", 3),
            mesure("B2", "B", date(2022, 1, 1), "oui", 2),
            mesure("B3", "B", date(2021, 6, 1), "oui", 2),
            mesure("C2", "C", date(2022, 5, 1), None, 2),
        ],
    )
    assert total(espace, "prolongations") == 3
    assert total(espace, "menages_prolonges") == 2
    assert total(espace, "renouvellements") == 4


# --- Admissions -----------------------------------------------------------------------------------------------------


def demande(code, menage, jour, suite, prescripteur=None):
    return {
        "id_demande": code,
        "id_menage": menage,
        "date_demande": jour,
        "suite": suite,
        "prescripteur": prescripteur,
    }


@pytest.fixture
def demandes(tmp_path):
    return espace_de(
        tmp_path,
        menage=menages("A", "B", "C", "D", "E"),
        demande=[
            demande("D1", "A", date(2022, 2, 1), "ADMISE", "CCAS"),
            # Admise, entrée l'année suivante : elle compte dans sa cohorte.
            demande("D2", "B", date(2022, 12, 1), "ADMISE", "INTERNE"),
            # Admise sans entrée.
            demande("D3", "C", date(2022, 3, 1), "ADMISE", "SPONTANE"),
            # Refusée, et pourtant présente auparavant.
            demande("D4", "D", date(2022, 6, 1), "REFUS_SERVICE", "NR"),
            demande("D5", None, date(2022, 7, 1), "SANS_SUITE"),
            # Entrée par une mesure reliée.
            demande("D6", "E", date(2022, 8, 1), "NR", "DEPT"),
        ],
        sejour=[
            sejour("A", date(2022, 3, 1)),
            sejour("B", date(2023, 1, 10)),
            sejour("C", date(2021, 1, 1), date(2021, 6, 1)),
            sejour("D", date(2021, 1, 1), date(2021, 6, 1)),
        ],
        mesure=[{"id_mesure": "X", "id_menage": "E", "id_demande": "D6", "date_debut": date(2022, 9, 1), "rang": 1}],
    )


def test_taux_admission_sur_la_cohorte(demandes):
    assert total(demandes, "taux_admission", colonne="numerateur") == 3
    assert total(demandes, "taux_admission", colonne="denominateur") == 6


def test_part_orientee_par_un_partenaire(demandes):
    """Base : l'origine connue. Le service voisin est un partenaire, la venue spontanée non."""
    assert total(demandes, "part_orientation_partenaires", colonne="numerateur") == 3
    assert total(demandes, "part_orientation_partenaires", colonne="denominateur") == 4


def test_une_demande_decrit_son_public(tmp_path):
    """Composition : la photo de demande à 31 jours au plus ; genre et âge : ceux de la personne de référence."""
    espace = espace_de(
        tmp_path,
        "bornes_age = [18, 22, 26]",
        menage=menages("A", "B"),
        personne=[
            {"id_personne": "PA", "genre": "F", "naissance": "2002-05"},
            {"id_personne": "PB", "genre": "H", "naissance": "1999-01"},
        ],
        demande=[
            demande("D1", "A", date(2022, 4, 30), "ADMISE"),
            demande("D2", "B", date(2022, 6, 1), "SANS_SUITE"),
            demande("D3", None, date(2022, 6, 1), "SANS_SUITE"),
        ],
        situation=[
            {"id_menage": "A", "moment": "demande", "date": date(2022, 5, 10), "composition": "FSE"},
            {"id_menage": "A", "moment": "entree", "date": date(2022, 4, 30), "composition": "CAE"},
            {"id_menage": "B", "moment": "demande", "date": date(2022, 1, 1), "composition": "HS"},
        ],
    )
    assert cellules(espace, "demandes_recues", ["composition"]) == {"FSE": 1, "NR": 2}
    assert cellules(espace, "demandes_recues", ["genre"]) == {"F": 1, "H": 1, "NR": 1}
    # La photo de A est prise après son anniversaire : c'est elle qui date l'âge.
    assert cellules(espace, "demandes_recues", ["age_tranche"]) == {"18-21": 1, "22-25": 1, "26 et plus": 0, "NR": 1}


# --- Relais à la sortie ---------------------------------------------------------------------------------------------


def orientation(code, menage, jour, dispositif, **colonnes):
    return {
        "id_acte": code,
        "id_menage": menage,
        "type_acte": "ORIENTATION",
        "date": jour,
        "dispositif": dispositif,
        **colonnes,
    }


def test_accompagnement_a_la_sortie(tmp_path):
    fin = date(2022, 6, 1)
    espace = espace_de(
        tmp_path,
        menage=menages("A", "B", "C", "D"),
        sejour=[
            *(sejour(m, date(2021, 9, 1), fin, "ACCES_LOGT") for m in ("A", "B", "C")),
            sejour("D", date(2022, 1, 1)),
        ],
        acte=[
            # A : la dernière orientation l'emporte.
            orientation("1", "A", date(2022, 5, 10), "Dispositif X"),
            orientation("2", "A", date(2022, 5, 20), "Dispositif Y"),
            # B : trop loin de la fin, puis annulée.
            orientation("3", "B", date(2022, 3, 1), "Dispositif X"),
            orientation("4", "B", date(2022, 5, 30), "Dispositif X", presence="annule"),
            # C : dans les jours qui suivent.
            orientation("5", "C", date(2022, 6, 20), "Dispositif X"),
            orientation("6", "D", date(2022, 6, 1), "Dispositif X"),
        ],
    )
    assert cellules(espace, "accompagnement_sortie") == {"Dispositif X": 1, "Dispositif Y": 1, "Sans relais": 1}
    assert total(espace, "part_sorties_avec_relais", colonne="numerateur") == 2
    assert total(espace, "part_sorties_avec_relais", colonne="denominateur") == 3


# --- Territoire d'un ménage hébergé et suivi ------------------------------------------------------------------------


def test_le_territoire_vient_de_la_mesure_meme_si_le_sejour_est_plus_recent(tmp_path):
    """Un séjour n'a pas de territoire : il n'efface pas celui de la mesure qui l'accompagne."""
    espace = espace_de(
        tmp_path,
        'territoires = ["NORD", "SUD"]',
        menage=menages("A", "B"),
        mesure=[
            {"id_mesure": "1", "id_menage": "A", "date_debut": date(2022, 1, 1), "territoire": "NORD", "rang": 1},
            {"id_mesure": "2", "id_menage": "B", "date_debut": date(2022, 1, 1), "territoire": "SUD", "rang": 1},
        ],
        sejour=[sejour("A", date(2022, 2, 1)), sejour("B", date(2022, 1, 1))],
    )
    from observatoire.indicateurs import calculer

    table = calculer(espace, "essai", 2022, ["menages_accompagnes"])
    assert dict(zip(table["territoire"], table["valeur"], strict=True)) == {None: 2, "NORD": 1, "SUD": 1}


@pytest.mark.parametrize(("motif", "attendu"), [("EXPULSION", 1), ("RUE", 1)])
def test_menages_par_motif_et_origine(tmp_path, motif, attendu):
    """Motif et agglomération d'origine : ceux de la dernière demande du ménage."""
    espace = espace_de(
        tmp_path,
        menage=menages("A", "B"),
        sejour=[sejour("A", date(2022, 2, 1)), sejour("B", date(2022, 3, 1))],
        demande=[
            {**demande("D0", "A", date(2021, 1, 1), "SANS_SUITE"), "motif": "AUTONOMIE", "commune_origine": "62215"},
            {**demande("D1", "A", date(2022, 1, 1), "ADMISE"), "motif": "EXPULSION", "commune_origine": "62413"},
            {**demande("D2", "B", date(2022, 2, 1), "ADMISE"), "motif": "RUE", "commune_origine": "62427"},
        ],
    )
    assert cellules(espace, "menages_accompagnes", ["motif"])[motif] == attendu
    assert cellules(espace, "menages_accompagnes", ["epci"]) == {"246200299": 1, "246200364": 1}
