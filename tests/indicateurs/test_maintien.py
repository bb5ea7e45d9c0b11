"""Le maintien dans le logement et dans l'emploi : bases, censures à droite, courbes de survie."""

from datetime import date, timedelta
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.indicateurs import calculer
from observatoire.indicateurs.formes import Survie
from tests.atelier import SERVICE, cellules, espace_de, total
from tests.indicateurs.test_emploi import contrat, foyer, plus_mois

J = date


def photo(menage, jour, logement, moment="enquete"):
    return {"id_menage": f"M{menage}", "date": jour, "moment": moment, "logement": logement}


def acces(menage, jour, parc="PUBLIC"):
    return {"id_relogement": f"r{menage}", "id_menage": f"M{menage}", "date": jour, "parc": parc}


def fraction(espace, nom, annee=2022):
    return total(espace, nom, annee, "numerateur"), total(espace, nom, annee, "denominateur")


# --- Logement -------------------------------------------------------------------------------------


def test_un_menage_qui_n_a_pas_pu_atteindre_six_mois_n_est_pas_dans_la_base(tmp_path):
    tables = foyer(J(2022, 1, 3), J(2022, 1, 3), J(2022, 1, 3))
    relogements = [acces(0, J(2022, 2, 1)), acces(1, J(2022, 6, 30)), acces(2, J(2022, 7, 1))]
    espace = espace_de(tmp_path, **tables, relogement=relogements)
    assert fraction(espace, "taux_maintien_logement_3_mois") == (3, 3)
    assert fraction(espace, "taux_maintien_logement_6_mois") == (2, 2)  # le 1er juillet mène au 1er janvier 2023
    assert fraction(espace, "taux_maintien_logement_12_mois") == (0, 0)
    assert total(espace, "taux_maintien_logement_12_mois") is None
    assert fraction(espace, "taux_maintien_logement_12_mois", 2023) == (3, 3)


def test_un_logement_perdu_puis_connu(tmp_path):
    tables = foyer(J(2021, 1, 4), J(2021, 1, 4))
    relogements = [acces(0, J(2021, 2, 1)), acces(1, J(2021, 2, 1))]
    photos = [photo(0, J(2021, 6, 15), "TIERS_A"), photo(1, J(2021, 6, 15), "PRIVE")]
    espace = espace_de(tmp_path, **tables, relogement=relogements, situation=photos)
    assert fraction(espace, "taux_maintien_logement_3_mois") == (2, 2)
    assert fraction(espace, "taux_maintien_logement_6_mois") == (1, 2)


def test_un_suivi_interrompu_reste_dans_la_base_sans_etre_maintenu(tmp_path):
    """Sorti du programme deux mois après l'accès, sans nouvelle : à six mois, on ne sait pas."""
    tables = foyer(J(2021, 1, 4), fin=J(2021, 4, 1))
    lignes = {**tables, "relogement": [acces(0, J(2021, 2, 1))]}
    tous = espace_de(tmp_path / "toutes", **lignes)
    assert fraction(tous, "taux_maintien_logement_6_mois") == (0, 1)
    table = calculer(tous, SERVICE, 2022, ["taux_maintien_logement_6_mois"])
    assert table["non_renseignes"].to_list() == [1]
    connus = espace_de(tmp_path / "connues", 'denominateur_sortie = "connues"', **lignes)
    assert fraction(connus, "taux_maintien_logement_6_mois") == (0, 0)
    enquete = espace_de(tmp_path / "enquete", **lignes, situation=[photo(0, J(2021, 11, 2), "PUBLIC")])
    assert fraction(enquete, "taux_maintien_logement_6_mois") == (1, 1)


def test_une_photo_inconnue_n_est_ni_une_perte_ni_une_nouvelle(tmp_path):
    tables = foyer(J(2021, 1, 4), fin=J(2021, 4, 1))
    espace = espace_de(
        tmp_path, **tables, relogement=[acces(0, J(2021, 2, 1))], situation=[photo(0, J(2021, 12, 1), "INCONNU")]
    )
    assert fraction(espace, "taux_maintien_logement_6_mois") == (0, 1)
    assert cellules(espace, "survie_dans_le_logement", colonne="valeur")["12"] == 100


def test_un_maintien_n_est_pas_un_acces(tmp_path):
    espace = espace_de(tmp_path, **foyer(J(2021, 1, 4)), relogement=[acces(0, J(2021, 2, 1), "MAINTIEN")])
    assert fraction(espace, "taux_maintien_logement_3_mois") == (0, 0)


def test_qui_est_deja_loge_est_suivi_depuis_sa_premiere_photo(tmp_path):
    photos = [photo(0, J(2022, 1, 3), "PUBLIC", "entree"), photo(0, J(2022, 5, 20), "RUE", "sortie")]
    espace = espace_de(tmp_path, **foyer(J(2022, 1, 3)), situation=photos)
    assert fraction(espace, "taux_maintien_logement_3_mois") == (1, 1)
    assert fraction(espace, "taux_maintien_logement_6_mois") == (0, 1)


def test_ce_qui_compte_comme_logement_est_un_reglage(tmp_path):
    photos = [photo(0, J(2022, 1, 3), "IML", "entree")]
    for reglage, base in (("", 0), ('sorties_logement = ["PUBLIC", "IML"]', 1)):
        espace = espace_de(tmp_path / str(base), reglage, **foyer(J(2022, 1, 3)), situation=photos)
        assert fraction(espace, "taux_maintien_logement_3_mois") == (base, base)


def test_la_cohorte_de_la_periode(tmp_path):
    tables = foyer(J(2020, 1, 4), J(2020, 1, 4))
    relogements = [acces(0, J(2020, 2, 1)), acces(1, J(2021, 10, 1))]
    for cohorte, base in (("origine", 2), ("periode", 1)):
        espace = espace_de(tmp_path / cohorte, f'cohorte_suivi = "{cohorte}"', **tables, relogement=relogements)
        assert fraction(espace, "taux_maintien_logement_6_mois") == (base, base)


# --- Depuis l'origine -----------------------------------------------------------------------------


def test_part_de_locataires_parmi_les_menages_suivis_depuis_l_origine(tmp_path):
    """Quatre ménages depuis 2019 : un locataire, un parti, un perdu de vue, un jamais relogé ; le cinquième viendra."""
    tables = foyer(*[J(2019, 3, 1)] * 4, J(2023, 3, 1))
    photos = [
        photo(0, J(2020, 1, 1), "PUBLIC", "sortie"),
        photo(1, J(2020, 1, 1), "PUBLIC", "sortie"),
        photo(1, J(2021, 1, 1), "TIERS_F"),
        photo(2, J(2020, 1, 1), "PRIVE", "sortie"),
        photo(2, J(2021, 1, 1), "INCONNU"),
        photo(3, J(2019, 3, 1), "PUBLIC", "demande"),
    ]
    espace = espace_de(tmp_path, **tables, situation=photos)
    assert total(espace, "menages_suivis_origine") == 4
    assert fraction(espace, "part_locataires_origine") == (1, 4)
    assert fraction(espace, "part_locataires_origine", 2020) == (3, 4)
    assert fraction(espace, "part_locataires_origine", 2023) == (1, 5)


# --- Emploi ---------------------------------------------------------------------------------------


def test_emploi_garde_a_trois_six_et_douze_mois(tmp_path):
    tables = foyer(*[J(2021, 1, 4)] * 3)
    lignes = [
        contrat(1, 0, J(2021, 2, 1), J(2021, 8, 1)),  # six mois jour pour jour : perdu ce jour-là
        contrat(2, 1, J(2021, 2, 1), None, "CDI"),
        contrat(3, 2, J(2022, 8, 1), J(2022, 12, 1)),
    ]
    espace = espace_de(tmp_path, **tables, contrat_travail=lignes)
    assert fraction(espace, "taux_maintien_emploi_3_mois") == (3, 3)
    assert fraction(espace, "taux_maintien_emploi_6_mois") == (1, 2)
    assert fraction(espace, "taux_maintien_emploi_12_mois") == (1, 2)


def test_deux_contrats_proches_font_un_seul_emploi(tmp_path):
    lignes = [contrat(1, 0, J(2021, 2, 1), J(2021, 4, 1)), contrat(2, 0, J(2021, 4, 20), J(2021, 12, 1))]
    for jours, maintenus in ((31, 1), (10, 0)):
        espace = espace_de(
            tmp_path / str(jours), f"interruption_emploi = {jours}", **foyer(J(2021, 1, 4)), contrat_travail=lignes
        )
        assert fraction(espace, "taux_maintien_emploi_6_mois") == (maintenus, 1)


def test_qui_travaillait_deja_est_suivi_depuis_son_entree(tmp_path):
    """Un contrat fini avant l'entrée ne compte pas ; celui qui la couvre commence avec elle."""
    lignes = [contrat(1, 0, J(2019, 1, 1), J(2019, 6, 1)), contrat(2, 0, J(2020, 6, 1), J(2021, 5, 1), "CDDI")]
    espace = espace_de(tmp_path, **foyer(J(2021, 1, 4)), contrat_travail=lignes)
    assert fraction(espace, "taux_maintien_emploi_3_mois") == (1, 1)
    assert fraction(espace, "taux_maintien_emploi_6_mois") == (0, 1)


# --- Courbe de survie -----------------------------------------------------------------------------


def kaplan_meier(suivis, limite) -> Fraction:
    """L'estimateur écrit comme dans les manuels : à chaque jour de perte, 1 − pertes / encore suivis."""
    survie = Fraction(1)
    for jour in sorted({d for d, perdu in suivis if perdu and d <= limite}):
        encore = sum(d >= jour for d, _ in suivis)
        pertes = sum(d == jour and perdu for d, perdu in suivis)
        survie *= 1 - Fraction(pertes, encore)
    return survie


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=25), st.integers(0, 400))
def test_la_courbe_est_celle_des_manuels(suivis, limite):
    forme = Survie("mois_ecoules", "duree", "perdu", "limite")
    table = pl.DataFrame(
        {"duree": [d for d, _ in suivis], "perdu": [p for _, p in suivis], "limite": [float(limite)] * len(suivis)}
    )
    lue = table.select(e.alias(n) for n, e in forme.agregats().items()).row(0, named=True)
    assert lue["valeur"] == pytest.approx(float(kaplan_meier(suivis, limite)) * 100)
    assert lue["base"] == len(suivis)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=25), st.integers(0, 400))
def test_sans_censure_la_courbe_est_une_simple_proportion(durees, limite):
    forme = Survie("mois_ecoules", "duree", "perdu", "limite")
    table = pl.DataFrame({"duree": durees, "perdu": [True] * len(durees), "limite": [float(limite)] * len(durees)})
    valeur = table.select(forme.agregats()["valeur"].alias("v"))["v"].item()
    assert valeur == pytest.approx(100 * sum(d > limite for d in durees) / len(durees))


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.dates(J(2021, 2, 1), J(2022, 12, 31)), st.one_of(st.none(), st.integers(1, 400))),
        min_size=1,
        max_size=10,
    )
)
def test_courbe_et_taux_d_un_service_comme_a_la_main(tmp_path_factory, suivis):
    """Accès au logement et pertes tirés au sort : la courbe décroît, et les taux se recomptent un à un."""
    relogements = [acces(i, d) for i, (d, _) in enumerate(suivis)]
    pertes = [photo(i, d + timedelta(days=n), "RUE") for i, (d, n) in enumerate(suivis) if n is not None]
    espace = espace_de(
        tmp_path_factory.mktemp("survie"),
        **foyer(*[J(2021, 1, 4)] * len(suivis)),
        relogement=relogements,
        situation=pertes,
    )
    fin = J(2023, 1, 1)
    observes = []
    for depart, duree in suivis:
        perte = None if duree is None else depart + timedelta(days=duree)
        perdu = perte is not None and perte < fin
        observes.append((((perte if perdu else fin) - depart).days, perdu))
    courbe = cellules(espace, "survie_dans_le_logement", colonne="valeur")
    for mois in range(1, 13):
        assert courbe[f"{mois:02d}"] == pytest.approx(float(kaplan_meier(observes, mois * 30.4375)) * 100)
    assert list(courbe.values()) == sorted(courbe.values(), reverse=True)
    assert total(espace, "survie_dans_le_logement") == pytest.approx(courbe["12"])
    for mois in (3, 6, 12):
        atteints = [(d, n) for d, n in suivis if plus_mois(d, mois) < fin]
        gardes = [1 for d, n in atteints if n is None or d + timedelta(days=n) > plus_mois(d, mois)]
        assert fraction(espace, f"taux_maintien_logement_{mois}_mois") == (len(gardes), len(atteints))


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 30))
def test_des_donnees_d_apres_la_periode_ne_changent_pas_ses_chiffres(tmp_path_factory, jours):
    """Ce qui arrive en 2023 ne se lit pas dans le rapport 2022."""
    tables = foyer(J(2022, 1, 3), J(2022, 1, 3))
    relogements = [acces(0, J(2022, 2, 1)), acces(1, J(2022, 9, 1))]
    apres = [photo(0, J(2022, 12, 31) + timedelta(days=jours), "RUE")]
    avant, ensuite = (
        espace_de(tmp_path_factory.mktemp("apres"), **tables, relogement=relogements, situation=photos)
        for photos in ([photo(0, J(2022, 2, 1), "PUBLIC")], [photo(0, J(2022, 2, 1), "PUBLIC"), *apres])
    )
    noms = ["taux_maintien_logement_6_mois", "survie_dans_le_logement", "part_locataires_origine"]
    assert calculer(avant, SERVICE, 2022, noms).equals(calculer(ensuite, SERVICE, 2022, noms))
