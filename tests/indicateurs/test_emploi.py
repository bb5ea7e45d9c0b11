"""Contrats, heures, contacts et accès à l'emploi, sur de petits services écrits à la main."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.erreurs import ErreurDefinition
from observatoire.indicateurs import calculer
from observatoire.indicateurs.registre import en_vigueur
from observatoire.indicateurs.reglages import notes
from observatoire.services import lire_service
from tests.atelier import SERVICE, cellules, espace_de, total

J = date


def foyer(*entrees, fin=None):
    """Des ménages d'une personne, un par date d'entrée : tables menage, membre, personne et mesure."""
    return {
        "personne": [{"id_personne": f"p{i}", "genre": "F" if i % 2 else "H"} for i in range(len(entrees))],
        "menage": [{"id_menage": f"M{i}", "id_referent": f"p{i}"} for i in range(len(entrees))],
        "membre": [
            {"id_menage": f"M{i}", "id_personne": f"p{i}", "role": "referent", "debut": jour}
            for i, jour in enumerate(entrees)
        ],
        "mesure": [
            {"id_mesure": f"m{i}", "id_menage": f"M{i}", "rang": 1, "date_debut": jour, "date_fin": fin}
            for i, jour in enumerate(entrees)
        ],
    }


def contrat(numero, personne, debut, fin=None, type_contrat="CDD", **reste):
    return {
        "id_contrat": f"c{numero}",
        "id_personne": f"p{personne}",
        "date_debut": debut,
        "date_fin": fin,
        "type_contrat": type_contrat,
        **reste,
    }


def contact(personne, jour, nature="premier_contact"):
    return {"id_personne": f"p{personne}", "date": jour, "nature": nature}


# --- Contrats et heures ---------------------------------------------------------------------------


def test_un_contrat_a_cheval_partage_ses_heures_selon_ses_jours(tmp_path):
    lignes = [contrat(1, 0, J(2021, 12, 22), J(2022, 1, 11), heures=40.0)]
    espace = espace_de(tmp_path, **foyer(J(2021, 1, 1)), contrat_travail=lignes)
    assert total(espace, "heures_travaillees", 2021) == 20
    assert total(espace, "heures_travaillees", 2022) == 20
    assert total(espace, "contrats_travail", 2022) == 1
    assert total(espace, "contrats_debutes", 2022) == 0
    assert cellules(espace, "heures_par_mois")["2022-01"] == 20
    assert total(espace, "duree_moyenne_contrats", 2022) == 20
    assert total(espace, "heures_par_contrat", 2022) == 40
    assert total(espace, "duree_moyenne_contrats", 2021) is None


def test_deux_contrats_d_une_personne_font_une_personne_au_travail(tmp_path):
    lignes = [
        contrat(1, 0, J(2022, 3, 1), J(2022, 3, 4), "MISSION_JOURNEE", heures=24.0, employeur_type="SIAE"),
        contrat(2, 0, J(2022, 3, 8), J(2022, 3, 11), "MISSION_JOURNEE", heures=24.0, employeur_type="SIAE"),
        contrat(3, 1, J(2022, 5, 2), J(2022, 5, 5), "CDD", heures=12.0, employeur_type="ENTREPRISE"),
    ]
    espace = espace_de(tmp_path, **foyer(J(2022, 1, 1), J(2022, 1, 1)), contrat_travail=lignes)
    assert total(espace, "personnes_au_travail") == 2
    par_mois = cellules(espace, "personnes_au_travail_par_mois")
    assert (par_mois["2022-03"], par_mois["2022-04"], par_mois["2022-05"]) == (1, 0, 1)
    assert total(espace, "personnes_au_travail_par_mois") == 2
    assert total(espace, "heures_mensuelles_moyennes") == 30  # (48 + 12) heures sur deux mois travaillés
    assert cellules(espace, "types_contrats") == {"MISSION_JOURNEE": 2, "CDD": 1}
    assert cellules(espace, "employeurs") == {"SIAE": 2, "ENTREPRISE": 1}


def test_sans_contrat_dans_l_annee_les_comptes_sont_nuls(tmp_path):
    espace = espace_de(
        tmp_path, **foyer(J(2022, 1, 1)), contrat_travail=[contrat(1, 0, J(2020, 1, 1), J(2020, 2, 1), heures=9.0)]
    )
    for nom in ("contrats_travail", "personnes_au_travail", "heures_travaillees", "heures_mensuelles_moyennes"):
        assert total(espace, nom) == 0
    assert total(espace, "heures_par_contrat") is None


def test_les_heures_d_un_contrat_en_cours_vont_jusqu_au_dernier_jour_connu(tmp_path):
    lignes = [
        contrat(1, 0, J(2021, 12, 12), None, "CDI", heures=40.0),
        contrat(2, 1, J(2021, 12, 1), J(2022, 1, 21), heures=0.0),
    ]
    espace = espace_de(tmp_path, **foyer(J(2021, 1, 1), J(2021, 1, 1)), contrat_travail=lignes)
    assert total(espace, "heures_travaillees", 2021) == 20
    assert total(espace, "heures_travaillees", 2022) == 20
    assert total(espace, "heures_travaillees", 2023) == 0


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.dates(J(2020, 6, 1), J(2023, 6, 1)), st.integers(1, 500), st.integers(1, 800)),
        min_size=1,
        max_size=8,
    )
)
def test_aucune_heure_ne_se_perd_ni_ne_se_double(tmp_path_factory, contrats):
    """Les heures des années se somment aux heures des contrats, et les douze mois à l'année."""
    lignes = [contrat(i, 0, d, d + timedelta(days=n), heures=float(h)) for i, (d, n, h) in enumerate(contrats)]
    espace = espace_de(tmp_path_factory.mktemp("heures"), **foyer(J(2020, 1, 1)), contrat_travail=lignes)
    annees = [total(espace, "heures_travaillees", annee) for annee in range(2020, 2026)]
    assert sum(annees) == pytest.approx(sum(h for _, _, h in contrats))
    assert sum(cellules(espace, "heures_par_mois").values()) == pytest.approx(annees[2])


# --- Accès à l'emploi -----------------------------------------------------------------------------


def test_une_entree_trop_recente_n_est_pas_dans_la_base(tmp_path):
    """Entrées en janvier et en juin : six mois ont passé ; en octobre, non, même avec un emploi."""
    tables = foyer(J(2022, 1, 10), J(2022, 6, 10), J(2022, 10, 3))
    lignes = [contrat(1, 0, J(2022, 3, 1)), contrat(2, 1, J(2022, 12, 20)), contrat(3, 2, J(2022, 10, 10))]
    espace = espace_de(tmp_path, **tables, contrat_travail=lignes)
    assert total(espace, "taux_acces_emploi_delai", colonne="denominateur") == 2
    assert total(espace, "taux_acces_emploi_delai", colonne="numerateur") == 1
    assert total(espace, "taux_acces_emploi_delai") == 50
    assert total(espace, "acces_emploi") == 3


def test_le_delai_d_acces_a_l_emploi_est_un_reglage(tmp_path):
    tables = foyer(J(2022, 1, 10))
    lignes = [contrat(1, 0, J(2022, 9, 1))]
    for mois, attendu in ((6, 0), (9, 100)):
        espace = espace_de(tmp_path / str(mois), f"delai_acces_emploi = {mois}", **tables, contrat_travail=lignes)
        assert total(espace, "taux_acces_emploi_delai") == attendu


def test_le_dernier_jour_du_delai_compte(tmp_path):
    tables = foyer(J(2022, 1, 10), J(2022, 1, 10))
    lignes = [contrat(1, 0, J(2022, 7, 10)), contrat(2, 1, J(2022, 7, 11))]
    contacts = [contact(0, J(2022, 2, 9)), contact(1, J(2022, 2, 10))]
    espace = espace_de(tmp_path, **tables, contrat_travail=lignes, contact_employeur=contacts)
    assert total(espace, "taux_acces_emploi_delai", colonne="numerateur") == 1
    assert total(espace, "taux_premier_contact", colonne="numerateur") == 1


def test_premier_contact_dans_le_delai(tmp_path):
    tables = foyer(J(2022, 1, 3), J(2022, 1, 3), J(2022, 12, 15))
    contacts = [
        contact(0, J(2022, 1, 20)),
        contact(0, J(2022, 3, 1), "mise_en_relation"),
        contact(1, J(2022, 2, 20)),
        contact(2, J(2022, 12, 16)),
    ]
    espace = espace_de(tmp_path, **tables, contact_employeur=contacts)
    assert total(espace, "taux_premier_contact", colonne="denominateur") == 2  # la troisième vient d'entrer
    assert total(espace, "taux_premier_contact") == 50
    assert total(espace, "contacts_employeur") == 4
    assert total(espace, "delai_premier_contact_moyen") == pytest.approx((17 + 48 + 1) / 3)


def test_un_contact_d_avant_l_entree_ne_compte_pas(tmp_path):
    espace = espace_de(tmp_path, **foyer(J(2022, 3, 1)), contact_employeur=[contact(0, J(2022, 2, 1))])
    assert total(espace, "taux_premier_contact") == 0


def test_qui_travaille_deja_n_a_pas_a_acceder_a_l_emploi(tmp_path):
    tables = foyer(J(2022, 1, 10), J(2022, 1, 10))
    lignes = [contrat(1, 0, J(2021, 11, 1), J(2022, 9, 1), "CDDI"), contrat(2, 1, J(2022, 2, 1), None, "CDI")]
    espace = espace_de(tmp_path, **tables, contrat_travail=lignes)
    assert total(espace, "taux_acces_emploi", colonne="denominateur") == 1
    assert total(espace, "taux_acces_emploi") == 100
    assert total(espace, "delai_acces_emploi_moyen") == 22
    assert total(espace, "delai_acces_emploi_median") == 22


def test_une_mission_a_la_journee_n_est_un_emploi_que_si_le_service_le_dit(tmp_path):
    tables = foyer(J(2022, 1, 10))
    lignes = [contrat(1, 0, J(2022, 2, 1), J(2022, 2, 4), "MISSION_JOURNEE")]
    assert total(espace_de(tmp_path / "a", **tables, contrat_travail=lignes), "acces_emploi") == 0
    reglage = 'contrats_emploi = ["MISSION_JOURNEE", "CDD"]'
    assert total(espace_de(tmp_path / "b", reglage, **tables, contrat_travail=lignes), "acces_emploi") == 1


@pytest.mark.parametrize(
    ("nom", "ligne", "attendu"),
    [
        ("cdi", {"type_contrat": "CDI"}, 1),
        ("cdd de six mois", {"fin": J(2022, 8, 1)}, 1),
        ("cdd plus court", {"fin": J(2022, 7, 31)}, 0),
        ("cddi de huit mois", {"fin": J(2022, 10, 1), "type_contrat": "CDDI"}, 0),
        ("cddi dit durable", {"fin": J(2022, 10, 1), "type_contrat": "CDDI", "durable": "oui"}, 1),
        ("cdi dit non durable", {"type_contrat": "CDI", "durable": "non"}, 0),
        ("non renseigné", {"type_contrat": "CDI", "durable": "NR"}, 1),
    ],
)
def test_emploi_durable(tmp_path, nom, ligne, attendu):
    espace = espace_de(tmp_path, **foyer(J(2022, 1, 10)), contrat_travail=[contrat(1, 0, J(2022, 2, 1), **ligne)])
    assert total(espace, "acces_emploi_durable") == attendu, nom
    assert total(espace, "taux_acces_emploi_durable") == 100 * attendu


def test_les_enfants_ne_sont_pas_dans_la_base(tmp_path):
    tables = foyer(J(2022, 1, 10))
    for role, personne in (("conjoint", "p8"), ("enfant", "p9")):
        tables["personne"].append({"id_personne": personne})
        tables["membre"].append({"id_menage": "M0", "id_personne": personne, "role": role, "debut": J(2022, 1, 10)})
    espace = espace_de(tmp_path, **tables, contrat_travail=[contrat(1, 0, J(2022, 2, 1))])
    assert total(espace, "taux_acces_emploi", colonne="denominateur") == 2


def test_un_emploi_revient_au_dernier_parcours_commence(tmp_path):
    """Deux passages dans le programme : l'emploi trouvé au second ne compte pas pour le premier."""
    tables = foyer(J(2020, 1, 10), fin=J(2020, 6, 1))
    tables["mesure"].append({"id_mesure": "m9", "id_menage": "M0", "rang": 1, "date_debut": J(2022, 1, 10)})
    espace = espace_de(tmp_path, **tables, contrat_travail=[contrat(1, 0, J(2022, 2, 1))])
    assert total(espace, "taux_acces_emploi_delai", colonne="denominateur") == 2
    assert total(espace, "taux_acces_emploi_delai", colonne="numerateur") == 1
    assert total(espace, "acces_emploi") == 1
    assert total(espace, "taux_acces_emploi", colonne="denominateur") == 1


def test_la_cohorte_de_la_periode_ne_garde_que_les_echeances_de_l_annee(tmp_path):
    tables = foyer(J(2021, 1, 10), J(2022, 1, 10))
    lignes = [contrat(1, 0, J(2021, 2, 1))]
    for cohorte, base in (("origine", 2), ("periode", 1)):
        espace = espace_de(tmp_path / cohorte, f'cohorte_suivi = "{cohorte}"', **tables, contrat_travail=lignes)
        assert total(espace, "taux_acces_emploi_delai", colonne="denominateur") == base


def test_rien_n_est_observe_apres_la_date_d_observation(tmp_path):
    tables = foyer(J(2022, 1, 10), J(2022, 4, 4))
    lignes = [contrat(1, 0, J(2022, 2, 1)), contrat(2, 1, J(2022, 9, 1))]
    espace = espace_de(tmp_path, 'date_observation = "2022-08-31"', **tables, contrat_travail=lignes)
    assert total(espace, "taux_acces_emploi_delai", colonne="denominateur") == 1
    assert total(espace, "acces_emploi") == 1
    faux = espace_de(tmp_path / "faux", 'date_observation = "31/08/2022"', **tables, contrat_travail=lignes)
    with pytest.raises(ErreurDefinition, match="date_observation"):
        total(faux, "acces_emploi")


def test_situation_a_la_sortie(tmp_path):
    tables = foyer(J(2021, 1, 10), J(2021, 1, 10), J(2021, 1, 10), fin=J(2022, 5, 1))
    photos = [
        {"id_menage": "M0", "moment": "sortie", "date": J(2022, 5, 1), "emploi": "CDI_TP", "logement": "PUBLIC"},
        {"id_menage": "M1", "moment": "sortie", "date": J(2022, 5, 20), "emploi": "DEMANDEUR", "logement": "INCONNU"},
        {"id_menage": "M2", "moment": "sortie", "date": J(2022, 9, 1), "emploi": "CDD"},  # trop loin de la sortie
    ]
    espace = espace_de(tmp_path, **tables, situation=photos)
    assert cellules(espace, "situation_emploi_sortie") == {"CDI_TP": 1, "DEMANDEUR": 1, "NR": 1}
    assert cellules(espace, "situation_logement_sortie") == {"PUBLIC": 1, "INCONNU": 1, "NR": 1}


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.dates(J(2021, 1, 1), J(2022, 12, 31)), st.one_of(st.none(), st.integers(0, 400))),
        min_size=1,
        max_size=8,
    )
)
def test_acces_dans_le_delai_comme_a_la_main(tmp_path_factory, suivis):
    """Base : entrée plus de six mois avant la fin de l'année ; numérateur : emploi au plus tard ce jour-là."""
    lignes = [contrat(i, i, d + timedelta(days=n)) for i, (d, n) in enumerate(suivis) if n is not None]
    lignes.append(contrat(99, 0, J(2030, 1, 1)))
    espace = espace_de(tmp_path_factory.mktemp("acces"), **foyer(*(d for d, _ in suivis)), contrat_travail=lignes)
    base = [(d, n) for d, n in suivis if plus_mois(d, 6) <= J(2022, 12, 31)]
    atteints = [1 for d, n in base if n is not None and d + timedelta(days=n) <= plus_mois(d, 6)]
    assert total(espace, "taux_acces_emploi_delai", colonne="denominateur") == len(base)
    assert total(espace, "taux_acces_emploi_delai", colonne="numerateur") == len(atteints)


def plus_mois(jour: date, mois: int) -> date:
    """Le même jour, tant de mois plus tard, ou le dernier jour du mois s'il n'existe pas."""
    rang = jour.year * 12 + jour.month - 1 + mois
    suivant = date(rang // 12, rang % 12 + 1, 28) + timedelta(days=4)
    dernier = (suivant.replace(day=1) - timedelta(days=1)).day
    return date(rang // 12, rang % 12 + 1, min(jour.day, dernier))


def test_les_reglages_s_impriment(tmp_path):
    reglages = 'delai_acces_emploi = 4\ndelai_premier_contact = 15\ncohorte_suivi = "periode"'
    espace = espace_de(tmp_path, reglages, **foyer(J(2022, 1, 10)))
    service = lire_service(espace, SERVICE)
    declares = [en_vigueur(n, 2022) for n in ("taux_acces_emploi_delai", "taux_premier_contact")]
    ecrites = " ".join(notes(espace, service, declares, 2022))
    assert "4 mois" in ecrites and "15 jours" in ecrites and "dont l'échéance tombe dans l'année" in ecrites


def test_par_territoire(tmp_path):
    tables = foyer(J(2022, 1, 10), J(2022, 1, 10))
    tables["mesure"][0]["territoire"], tables["mesure"][1]["territoire"] = "Nord", "Sud"
    lignes = [contrat(1, 0, J(2022, 2, 1), J(2022, 2, 11), heures=30.0)]
    espace = espace_de(tmp_path, 'territoires = ["Nord", "Sud"]', **tables, contrat_travail=lignes)
    table = calculer(espace, SERVICE, 2022, ["heures_travaillees", "taux_acces_emploi"])
    lues = {(i, t): v for i, t, v in table.select("indicateur", "territoire", "valeur").iter_rows()}
    assert lues["heures_travaillees", "Nord"] == 30 and lues["heures_travaillees", "Sud"] == 0
    assert lues["taux_acces_emploi", "Nord"] == 100 and lues["taux_acces_emploi", None] == 50
