"""Accompagnements sociaux : actes résumés, prolongations, objectifs, tranches et bornes de ressources, territoires."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire import regles
from observatoire.indicateurs import calculer
from tests.atelier import SERVICE, cellules, espace_de, total

J = date
DEUX = 'territoires = ["Nord", "Sud"]'


def mesure(numero, debut, fin=None, **reste):
    return {
        "id_mesure": f"m{numero}",
        "id_menage": f"M{numero}",
        "rang": 1,
        "date_debut": debut,
        "date_fin": fin,
        **reste,
    }


def par_territoire(espace, indicateur, colonne="valeur", annee=2022):
    table = calculer(espace, SERVICE, annee, [indicateur]).filter(pl.col("ventilation_1").is_null())
    return dict(zip(table["territoire"], table[colonne], strict=True))


def acte(numero, type_acte="VISITE", nombre=None, **reste):
    return {
        "id_acte": f"a{numero}",
        "type_acte": type_acte,
        "date": J(2022, 3, 31),
        "id_menage": "M1",
        "id_mesure": "m1",
        "nombre": nombre,
        **reste,
    }


def test_un_releve_compte_pour_le_nombre_d_actes_qu_il_resume(tmp_path):
    actes = [
        acte(1, nombre=7),
        acte(2),
        acte(3, nombre=4, presence="annule"),
        acte(4, nombre=5, date=J(2023, 1, 1)),
        acte(5, "ENTRETIEN", 3),
        acte(6, "DOSSIER", 2, type_dossier="FAJ"),
        acte(7, "ORIENTATION", 2),
        acte(8, "APPEL", 6, id_menage=None, id_mesure=None),
    ]
    espace = espace_de(tmp_path, mesure=[mesure(1, J(2022, 1, 1))], acte=actes)
    assert total(espace, "visites_domicile") == 8
    assert total(espace, "entretiens_realises") == 3
    assert total(espace, "entretiens_par_situation") == 3
    assert cellules(espace, "dossiers_constitues", ["type_dossier"]) == {"FAJ": 2}
    assert total(espace, "orientations_preconisees") == 2
    assert total(espace, "actes_coordination") == 6


@settings(max_examples=15, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(1, 40)), min_size=1, max_size=12))
def test_resumer_des_visites_ne_change_pas_leur_nombre(tmp_path_factory, nombres):
    """Un relevé de n visites et n lignes d'une visite donnent le même compte."""
    mesures = [mesure(1, J(2022, 1, 1))]
    resume = espace_de(
        tmp_path_factory.mktemp("resume"), mesure=mesures, acte=[acte(i, nombre=n) for i, n in enumerate(nombres)]
    )
    detail = [acte(f"{i}-{k}") for i, n in enumerate(nombres) for k in range(n or 1)]
    etale = espace_de(tmp_path_factory.mktemp("etale"), mesure=mesures, acte=detail)
    assert total(resume, "visites_domicile") == total(etale, "visites_domicile") == len(detail)


def test_charge_par_etp(tmp_path):
    tables = {
        "mesure": [mesure(1, J(2022, 1, 1)), mesure(2, J(2022, 7, 1))],
        "convention": [
            {"id_convention": "c1", "debut": J(2022, 1, 1), "fin": J(2023, 1, 1), "etp": 1},
            {"id_convention": "c2", "debut": J(2022, 1, 1), "fin": J(2023, 1, 1), "etp": 0.5},
            {"id_convention": "c3", "debut": J(2021, 1, 1), "fin": J(2022, 1, 1), "etp": 3},
            {"id_convention": "c4", "debut": J(2022, 1, 1), "fin": J(2023, 1, 1), "objectif": 10},
        ],
        "acte": [acte(1, nombre=30), acte(2, "APPEL", 8)],
    }
    espace = espace_de(tmp_path, **tables)
    assert total(espace, "visites_par_etp") == pytest.approx(30 / 1.5)
    # Douze mois d'un ménage et six d'un autre : une file active moyenne d'un ménage et demi.
    assert total(espace, "menages_par_etp") == pytest.approx(1.5 / 1.5)


def test_accompagnements_prolonges_a_leur_fin_ou_au_dernier_jour(tmp_path):
    mesures = [
        mesure(1, J(2021, 3, 1), J(2022, 3, 1)),  # un an jour pour jour : la durée maximale, sans plus
        mesure(2, J(2021, 3, 1), J(2022, 3, 2)),
        mesure(3, J(2021, 12, 31)),
        mesure(4, J(2022, 1, 1)),
        mesure(5, J(2020, 1, 1), J(2021, 6, 1)),
    ]
    espace = espace_de(tmp_path / "an", "duree_max = 12", mesure=mesures)
    assert total(espace, "accompagnements_prolonges") == 2
    assert total(espace, "part_accompagnements_prolonges") == 50
    assert total(espace, "accompagnements_prolonges", 2021) == 1
    assert total(espace_de(tmp_path / "court", "duree_max = 6", mesure=mesures), "accompagnements_prolonges") == 4
    sans = espace_de(tmp_path / "sans", mesure=mesures)
    assert total(sans, "accompagnements_prolonges", colonne="etat") == "sans_objet"
    vide = espace_de(tmp_path / "vide", "duree_max = 12", mesure=[])
    assert total(vide, "accompagnements_prolonges") == 0


def test_un_renouvellement_prolonge_le_meme_accompagnement(tmp_path):
    mesures = [
        mesure(1, J(2021, 3, 1), J(2021, 9, 1), id_menage="A"),
        mesure(2, J(2021, 9, 10), J(2022, 6, 1), id_menage="A", rang=2),
    ]
    espace = espace_de(tmp_path, "duree_max = 12", mesure=mesures)
    assert total(espace, "accompagnements_prolonges") == 1
    coupe = espace_de(tmp_path / "coupe", "duree_max = 12\ndelai_parcours = 5", mesure=mesures)
    assert total(coupe, "accompagnements_prolonges") == 0


def test_objectifs_initiaux_une_fois_par_mesure_renseignee(tmp_path):
    mesures = [
        mesure(1, J(2022, 1, 1), objectifs="BUDGET_DETTES|EMPLOI", territoire="Nord"),
        mesure(2, J(2022, 1, 1), objectifs="BUDGET_DETTES|BUDGET_DETTES", territoire="Sud"),
        mesure(3, J(2022, 1, 1), objectifs="NR", territoire="Sud"),
        mesure(4, J(2022, 1, 1), territoire="Sud"),
        mesure(5, J(2023, 1, 1), objectifs="SOINS", territoire="Sud"),
    ]
    espace = espace_de(tmp_path, DEUX, mesure=mesures)
    table = calculer(espace, SERVICE, 2022, ["objectifs_initiaux"]).filter(pl.col("modalite_1") == "BUDGET_DETTES")
    lus = {t: (n, d) for t, n, d in table.select("territoire", "numerateur", "denominateur").iter_rows()}
    assert lus == {None: (2, 2), "Nord": (1, 1), "Sud": (1, 1)}


def test_etendue_et_tranches_des_ressources(tmp_path):
    montants = [0, 1, 499.99, 500, 749, 1500, None]
    mesures = [mesure(i, J(2022, 1, 1)) for i, _ in enumerate(montants)]
    photos = [
        {"id_menage": f"M{i}", "moment": "entree", "date": J(2022, 1, 1), "ressources": r}
        for i, r in enumerate(montants)
    ]
    espace = espace_de(tmp_path, mesure=mesures, situation=photos)
    assert total(espace, "ressources_minimum") == 0
    assert total(espace, "ressources_maximum") == 1500
    assert total(espace, "ressources_minimum", colonne="base") == 6
    tranches = cellules(espace, "ressources_tranches")
    assert tranches == {
        "aucune ressource": 1,
        "1-499 €": 2,
        "500-749 €": 2,
        "750-999 €": 0,
        "1000-1249 €": 0,
        "1250-1499 €": 0,
        "1500 € et plus": 1,
    }
    imprimes = calculer(espace, SERVICE, 2022, ["ressources_tranches"])["libelle_1"].drop_nulls().to_list()
    assert imprimes[-3:] == ["1\u202f000-1\u202f249 €", "1\u202f250-1\u202f499 €", "1\u202f500 € et plus"]
    autre = espace_de(tmp_path / "autre", "bornes_ressources = [600]", mesure=mesures, situation=photos)
    assert cellules(autre, "ressources_tranches") == {"moins de 600 €": 4, "600 € et plus": 2}


def test_l_etendue_ne_sort_jamais_en_public(tmp_path):
    from observatoire.protection import proteger
    from observatoire.services import Parametres

    mesures = [mesure(i, J(2022, 1, 1)) for i in range(40)]
    photos = [
        {"id_menage": f"M{i}", "moment": "entree", "date": J(2022, 1, 1), "ressources": 500 + i} for i in range(40)
    ]
    espace = espace_de(tmp_path, mesure=mesures, situation=photos)
    table = calculer(espace, SERVICE, 2022, ["ressources_minimum", "ressources_maximum", "ressources_moyennes_tous"])
    publique = proteger(table, "public", Parametres())
    etats = dict(zip(publique["indicateur"], publique["etat"], strict=True))
    assert etats == {
        "ressources_minimum": "masque",
        "ressources_maximum": "masque",
        "ressources_moyennes_tous": "publie",
    }
    assert publique.filter(pl.col("etat") == "masque")["valeur"].null_count() == 2


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 3000), min_size=1, max_size=6, unique=True).map(sorted),
    st.lists(st.one_of(st.none(), st.integers(0, 400_000)), max_size=30),
)
def test_chaque_montant_tombe_dans_une_tranche_et_une_seule(bornes, centimes):
    lues = pl.DataFrame({"c": centimes}, schema={"c": pl.Int64}).select(regles.tranche_montant("c", bornes)).to_series()
    libelles = regles.tranches_montant(bornes)
    assert len(set(libelles)) == len(bornes) + 1
    for montant, libelle in zip(centimes, lues, strict=True):
        if montant is None:
            assert libelle is None
        else:
            assert libelles.index(libelle) == sum(100 * borne <= montant for borne in bornes)


def test_le_territoire_d_une_demande_est_le_sien_sinon_celui_de_sa_mesure(tmp_path):
    demandes = [
        {"id_demande": "d1", "date_demande": J(2022, 1, 5), "prescripteur": "ML", "territoire": "Nord"},
        {"id_demande": "d2", "date_demande": J(2022, 1, 5), "prescripteur": "ML", "motifs_annexes": "SANTE"},
        {"id_demande": "d3", "date_demande": J(2022, 1, 5), "prescripteur": "CCAS"},
    ]
    mesures = [
        mesure(1, J(2022, 2, 1), id_demande="d1", territoire="Sud"),
        mesure(2, J(2022, 2, 1), id_demande="d2", territoire="Sud"),
    ]
    espace = espace_de(tmp_path, DEUX, demande=demandes, mesure=mesures)
    assert par_territoire(espace, "demandes_recues") == {None: 3, "Nord": 1, "Sud": 1}
    assert par_territoire(espace, "problematiques_annexes", "denominateur") == {None: 1, "Nord": 0, "Sud": 1}


def test_le_territoire_d_un_acte_est_celui_de_sa_mesure_sinon_de_son_menage(tmp_path):
    mesures = [mesure(1, J(2022, 1, 1), territoire="Nord"), mesure(2, J(2022, 1, 1), territoire="Sud")]
    actes = [
        acte(1, nombre=3),
        acte(2, nombre=2, id_menage="M2", id_mesure=None),
        acte(3, id_menage=None, id_mesure=None),
    ]
    espace = espace_de(tmp_path, DEUX, mesure=mesures, acte=actes)
    assert par_territoire(espace, "visites_domicile") == {None: 6, "Nord": 3, "Sud": 2}


def test_ages_et_mois_par_territoire(tmp_path):
    tables = {
        "mesure": [mesure(1, J(2022, 1, 1), territoire="Nord"), mesure(2, J(2022, 7, 1), territoire="Sud")],
        "menage": [{"id_menage": f"M{i}", "id_referent": f"P{i}"} for i in (1, 2)],
        "personne": [{"id_personne": "P1", "naissance": "2000-01"}, {"id_personne": "P2", "naissance": "1990-01"}],
        "situation": [{"id_menage": f"M{i}", "moment": "entree", "date": J(2022, 7, 1)} for i in (1, 2)],
    }
    espace = espace_de(tmp_path, DEUX, **tables)
    assert par_territoire(espace, "age_moyen") == {None: 27, "Nord": 22, "Sud": 32}
    assert par_territoire(espace, "mois_mesures") == {None: 18, "Nord": 12, "Sud": 6}


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.dates(J(2021, 1, 1), J(2022, 12, 1)), st.integers(1, 700), st.booleans(), st.booleans()),
        min_size=1,
        max_size=8,
    )
)
def test_l_ensemble_est_la_somme_des_territoires(tmp_path_factory, lignes):
    """Mesures, points et durées : le numérateur et le dénominateur de l'ensemble sont ceux des deux territoires."""
    mesures = [
        mesure(
            i,
            debut,
            debut + timedelta(days=jours),
            territoire="Nord" if nord else "Sud",
            intensite="RENFORCEE" if renforcee else "SIMPLE",
        )
        for i, (debut, jours, nord, renforcee) in enumerate(lignes)
    ]
    reglage = f"{DEUX}\n[coefficients]\nSIMPLE = 1\nRENFORCEE = 2"
    espace = espace_de(tmp_path_factory.mktemp("territoires"), reglage, mesure=mesures)
    for indicateur in ("mesures_exercees", "mesures_ponderees", "sorties", "duree_moyenne_accompagnement"):
        for colonne in ("numerateur", "denominateur"):
            lus = par_territoire(espace, indicateur, colonne)
            if lus[None] is not None:
                assert lus["Nord"] + lus["Sud"] == pytest.approx(lus[None])


def test_prise_en_charge_anterieure(tmp_path):
    tables = {
        "mesure": [mesure(i, J(2022, 1, 1)) for i in range(4)],
        "menage": [{"id_menage": f"M{i}", "id_referent": f"P{i}"} for i in range(4)],
        "personne": [
            {"id_personne": f"P{i}", "prise_en_charge": p}
            for i, p in enumerate(["MECS", "MECS", "FAMILLE_ACCUEIL", "NR"])
        ],
        "situation": [{"id_menage": f"M{i}", "moment": "entree", "date": J(2022, 1, 1)} for i in range(4)],
    }
    espace = espace_de(tmp_path, **tables)
    assert cellules(espace, "prise_en_charge_anterieure") == {"MECS": 2, "FAMILLE_ACCUEIL": 1}
    assert total(espace, "prise_en_charge_anterieure", colonne="denominateur") == 3
