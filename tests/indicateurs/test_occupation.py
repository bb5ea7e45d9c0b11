"""Places, séjours et groupes d'un dispositif : capacité, taux, vacance, personnes hébergées, passages."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.entrepot import ecrire_entrepot
from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace
from observatoire.indicateurs import calculer
from observatoire.indicateurs.registre import en_vigueur
from observatoire.indicateurs.reglages import notes
from observatoire.protection import proteger
from observatoire.services import lire_service
from tests.atelier import SERVICE, cellules, en_table, espace_de, total

J = date
AUTRE = "essai_bis"
DEPUIS_TOUJOURS = J(2020, 1, 1)


def place(numero, nb, ouverture=DEPUIS_TOUJOURS, fermeture=None, **reste):
    return {"id_place": f"L{numero}", "nb_places": nb, "ouverture": ouverture, "fermeture": fermeture, **reste}


def sejour(numero, entree, sortie=None, place=1, personne=None, **reste):
    return {
        "id_sejour": f"s{numero}",
        "id_menage": personne or f"M{numero}",
        "id_personne": personne or f"M{numero}",
        "id_place": f"L{place}",
        "date_entree": entree,
        "date_sortie": sortie,
        **reste,
    }


def foyers(*personnes):
    return {
        "personne": [{"id_personne": p} for p in personnes],
        "menage": [{"id_menage": p, "id_referent": p} for p in personnes],
    }


def deux_groupes(dossier: Path, un: list[dict], deux: list[dict], places: int = 3) -> Espace:
    """Deux services liés l'un à l'autre, `essai` et `essai_bis`, avec leurs séjours."""
    espace = espace_de(
        dossier,
        f'services_lies = ["{AUTRE}"]\nlibelle_court = "Petits"',
        sejour=un,
        place=[place(1, places)],
        **foyers(*{s["id_personne"] for s in un}),
    )
    reglage = f'libelle_court = "Grands"\nservices_lies = ["{SERVICE}"]\n'
    (espace.dossier_services / f"{AUTRE}.toml").write_text(reglage, encoding="utf-8")
    tables = {"sejour": deux, "place": [place(2, 2, J(2022, 7, 1))], **foyers(*{s["id_personne"] for s in deux})}
    propres = {
        nom: en_table(
            nom, [{**ligne, "id_service": AUTRE} if nom in ("sejour", "place") else ligne for ligne in lignes]
        )
        for nom, lignes in tables.items()
    }
    ecrire_entrepot(espace, AUTRE, propres, {})
    return espace


def total_de(espace: Espace, service: str, indicateur: str, annee: int = 2022) -> float:
    table = calculer(espace, service, annee, [indicateur])
    return table.filter(pl.col("ventilation_1").is_null())["valeur"].item()


# --- Capacité -------------------------------------------------------------------------------------


def test_capacite_avant_et_apres(tmp_path):
    places = [
        place(1, 2),
        place(2, 3, J(2022, 3, 1)),
        place(3, 1, J(2021, 1, 1), J(2022, 6, 1)),
        place(4, 1, J(2022, 1, 1)),
    ]
    espace = espace_de(tmp_path, place=places)
    assert total(espace, "capacite_debut") == 3  # la place ouverte le 1er janvier n'était pas ouverte la veille
    assert total(espace, "places_creees") == 4
    assert total(espace, "capacite_date") == 6
    assert total(espace, "capacite_moyenne") == pytest.approx((2 * 365 + 3 * 306 + 151 + 365) / 365)
    en_logements = espace_de(tmp_path / "logement", 'base_occupation = "logement"', place=places)
    assert total(en_logements, "capacite_date") == 3


def test_un_logement_en_travaux_est_ouvert_mais_pas_en_service(tmp_path):
    tables = {
        "place": [place(1, 2, J(2022, 2, 1)), place(2, 2, J(2022, 11, 1))],
        "indisponibilite": [{"id_place": "L2", "debut": J(2022, 11, 1), "fin": J(2023, 1, 10), "motif": "TRAVAUX"}],
    }
    espace = espace_de(tmp_path, **tables)
    assert total(espace, "logements_ouverts_dispositif") == 2
    assert total(espace, "logements_mis_en_service") == 1
    assert total(espace, "capacite_date") == 4
    deduites = espace_de(tmp_path / "deduites", "indisponibilites_deduites = true", **tables)
    assert total(deduites, "capacite_date") == 2


# --- Journées et taux -----------------------------------------------------------------------------


def test_la_vacance_se_partage_entre_travaux_et_attente(tmp_path):
    espace = espace_de(
        tmp_path,
        place=[place(1, 2, J(2022, 1, 1), J(2022, 1, 31))],
        indisponibilite=[
            {"id_place": "L1", "debut": J(2022, 1, 1), "fin": J(2022, 1, 6), "motif": "TRAVAUX"},
            {"id_place": "L1", "debut": J(2022, 1, 4), "fin": J(2022, 1, 8), "motif": "TRAVAUX"},
        ],
        sejour=[sejour(1, J(2022, 1, 11), J(2022, 1, 21))],
        **foyers("M1"),
    )
    vacance = cellules(espace, "journees_indisponibles")
    assert vacance == {"TRAVAUX": 14, "ATTENTE": 36}
    assert sum(vacance.values()) == total(espace, "journees_theoriques") - total(espace, "journees_realisees")


@pytest.mark.parametrize("reglage", ["", 'base_occupation = "logement"', "jour_sortie_compte = true"])
def test_un_logement_habite_pendant_ses_travaux_n_est_pas_vide(tmp_path, reglage):
    """Théoriques − réalisées = vacance, même si une place du logement en travaux est occupée."""
    espace = espace_de(
        tmp_path,
        reglage,
        place=[place(1, 2), place(2, 1)],
        indisponibilite=[{"id_place": "L1", "debut": J(2021, 12, 1), "fin": J(2022, 1, 11), "motif": "TRAVAUX"}],
        sejour=[sejour(1, J(2022, 1, 6), J(2022, 3, 1)), sejour(2, J(2022, 2, 1), J(2022, 2, 11), place=2)],
        **foyers("M1", "M2"),
    )
    vacance = cellules(espace, "journees_indisponibles")
    assert vacance["TRAVAUX"] == (5 if "logement" in reglage else 15)
    assert sum(vacance.values()) == total(espace, "journees_theoriques") - total(espace, "journees_realisees")


def test_taux_du_dernier_jour(tmp_path):
    tables = {
        "place": [place(1, 2), place(2, 1), place(3, 1, J(2020, 1, 1), J(2022, 12, 31))],
        "sejour": [
            sejour(1, J(2022, 1, 1)),
            sejour(2, J(2022, 1, 1)),
            sejour(3, J(2022, 1, 1), J(2022, 12, 31), place=2),  # sort le dernier jour : absent
        ],
        **foyers("M1", "M2", "M3"),
    }
    espace = espace_de(tmp_path, **tables)
    assert total(espace, "taux_occupation_instantane") == pytest.approx(200 / 3)
    en_logements = espace_de(tmp_path / "logement", 'base_occupation = "logement"', **tables)
    assert total(en_logements, "taux_occupation_instantane") == 50  # deux personnes, un seul logement occupé


def test_rotation_et_anciennete(tmp_path):
    espace = espace_de(
        tmp_path,
        place=[place(1, 2)],
        sejour=[sejour(1, J(2022, 7, 1)), sejour(2, J(2021, 1, 1), J(2022, 5, 1)), sejour(3, J(2021, 12, 31))],
        **foyers("M1", "M2", "M3"),
    )
    assert total(espace, "taux_rotation") == pytest.approx((1 + 1) / 2 / 2)
    assert total(espace, "anciennete_presents") == pytest.approx((183 + 365) / 2 / 30.4375)


def test_sejours_longs_en_mois_de_calendrier(tmp_path):
    sejours = [
        sejour(1, J(2021, 2, 28), J(2022, 2, 28)),  # douze mois juste
        sejour(2, J(2021, 2, 27), J(2022, 2, 28)),
        sejour(3, J(2021, 12, 1)),
    ]
    tables = {"place": [place(1, 3)], "sejour": sejours, **foyers("M1", "M2", "M3")}
    espace = espace_de(tmp_path, "duree_max = 12", **tables)
    assert cellules(espace, "part_sejours_longs") == {}
    assert total(espace, "part_sejours_longs", colonne="numerateur") == 2
    assert total(espace, "part_sejours_longs", colonne="denominateur") == 3
    sans = espace_de(tmp_path / "sans", **tables)
    assert total(sans, "part_sejours_longs") is None


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.dates(J(2021, 6, 1), J(2023, 2, 1)), st.one_of(st.none(), st.integers(0, 500))),
        min_size=1,
        max_size=6,
    ),
    st.lists(st.tuples(st.dates(J(2021, 6, 1), J(2023, 2, 1)), st.integers(1, 4)), min_size=1, max_size=4),
)
def test_le_taux_annuel_se_recompte_jour_par_jour(tmp_path_factory, sejours, ouvertures):
    places = [place(i, nb, ouverture) for i, (ouverture, nb) in enumerate(ouvertures, 1)]
    lignes = [
        sejour(i, entree, None if duree is None else entree + timedelta(days=duree))
        for i, (entree, duree) in enumerate(sejours)
    ]
    espace = espace_de(
        tmp_path_factory.mktemp("taux"), place=places, sejour=lignes, **foyers(*(s["id_menage"] for s in lignes))
    )
    jours = [J(2022, 1, 1) + timedelta(days=k) for k in range(365)]
    offertes = sum(p["nb_places"] for j in jours for p in places if p["ouverture"] <= j)
    occupees = sum(
        s["date_entree"] <= j and (s["date_sortie"] is None or s["date_sortie"] > j) for j in jours for s in lignes
    )
    assert total(espace, "journees_theoriques") == offertes
    assert total(espace, "journees_realisees") == occupees
    attendu = pytest.approx(100 * occupees / offertes) if offertes else None
    assert total(espace, "taux_occupation_annuel") == attendu


# --- Personnes hébergées --------------------------------------------------------------------------


def test_un_sejour_de_menage_heberge_tous_ses_membres(tmp_path):
    espace = espace_de(
        tmp_path,
        place=[place(1, 4)],
        sejour=[{**sejour(1, J(2022, 1, 5), personne="P1"), "id_menage": "F1", "id_personne": None}],
        personne=[{"id_personne": p, "genre": g} for p, g in (("P1", "F"), ("P2", "H"), ("P3", "F"))],
        menage=[{"id_menage": "F1", "id_referent": "P1"}],
        membre=[{"id_menage": "F1", "id_personne": p, "debut": J(2022, 1, 5)} for p in ("P1", "P2")]
        + [{"id_menage": "F1", "id_personne": "P3", "debut": J(2020, 1, 1), "fin": J(2021, 1, 1)}],
    )
    assert total(espace, "personnes_hebergees") == 2
    assert cellules(espace, "personnes_hebergees", ["genre"]) == {"F": 1, "H": 1}
    assert total(espace, "nouveaux_accueillis") == 1


def test_ressource_a_la_sortie(tmp_path):
    def photo(n, ressource, montant):
        return {
            "id_menage": f"M{n}",
            "moment": "sortie",
            "date": J(2022, 5, 1),
            "ressource_principale": ressource,
            "ressources": montant,
        }

    espace = espace_de(
        tmp_path,
        place=[place(1, 3)],
        sejour=[sejour(n, J(2021, 5, 1), J(2022, 5, 1)) for n in (1, 2, 3)],
        situation=[photo(1, "SALAIRE", 1200), photo(2, "AUCUNE", 0)],
        **foyers("M1", "M2", "M3"),
    )
    assert cellules(espace, "ressources_sortie") == {"SALAIRE": 1, "AUCUNE": 1, "NR": 1}
    assert total(espace, "ressources_sortie", colonne="denominateur") == 3
    assert total(espace, "revenu_moyen_sortie") == 600  # deux montants connus, le zéro compris


# --- Groupes d'un même dispositif -----------------------------------------------------------------


def test_un_passage_n_est_ni_entree_ni_sortie(tmp_path):
    petits = [
        sejour(1, J(2021, 9, 1), J(2022, 4, 4), personne="A"),
        sejour(2, J(2022, 2, 1), J(2022, 6, 1), personne="B"),
        sejour(3, J(2022, 3, 1), personne="C"),
    ]
    grands = [
        sejour(4, J(2022, 4, 4), personne="A", place=2),
        sejour(5, J(2022, 5, 2), personne="D", place=2),
    ]
    espace = deux_groupes(tmp_path, petits, grands)
    assert (total(espace, "entrees"), total(espace, "sorties")) == (2, 1)
    assert cellules(espace, "devenir_heberges") == {"passage": 1, "present": 1, "sorti": 1}
    assert cellules(espace, "motifs_fin") == {"NR": 1}
    assert cellules(espace, "passages_de_groupe", ["sens"]) == {"depart": 1}
    assert [total_de(espace, AUTRE, n) for n in ("entrees", "sorties", "passages_de_groupe")] == [1, 0, 1]
    assert total(espace, "personnes_distinctes_dispositif") == 4
    assert cellules(espace, "personnes_distinctes_dispositif", ["groupe"]) == {SERVICE: 3, AUTRE: 2}
    assert total(espace, "capacite_dispositif") == 5
    assert total(espace, "capacite_dispositif_debut") == 3
    assert total(espace, "capacite_date") == 3


@pytest.mark.parametrize(("ecart", "passe"), [(0, True), (30, True), (31, False)])
def test_un_passage_se_fait_en_moins_de_jours_que_le_delai(tmp_path, ecart, passe):
    sortie = J(2022, 4, 4)
    espace = deux_groupes(
        tmp_path,
        [sejour(1, J(2021, 9, 1), sortie, personne="A")],
        [sejour(2, sortie + timedelta(days=ecart), personne="A", place=2)],
    )
    assert total(espace, "sorties") == (0 if passe else 1)
    assert total_de(espace, AUTRE, "entrees") == (0 if passe else 1)


def test_le_nombre_de_passages_ne_se_deduit_pas_d_un_tableau_public(tmp_path):
    """Huit et sept personnes dont deux communes : l'ensemble public est masqué, il dirait les deux."""
    petits = [sejour(i, J(2022, 1, 1), J(2022, 7, 1), personne=f"P{i}") for i in range(8)]
    grands = [sejour(20 + i, J(2022, 7, 1), personne=f"P{i}", place=2) for i in range(2)]
    grands += [sejour(30 + i, J(2022, 7, 1), personne=f"G{i}", place=2) for i in range(5)]
    espace = deux_groupes(tmp_path, petits, grands)
    table = calculer(espace, SERVICE, 2022, ["personnes_distinctes_dispositif"], ["groupe"])
    assert table.filter(pl.col("modalite_1").is_null())["valeur"].item() == 13
    publique = proteger(table, "public", lire_service(espace, SERVICE).parametres)
    ensemble = publique.filter(pl.col("modalite_1").is_null())
    assert ensemble["valeur"].item() is None and ensemble["etat"].item() == "masque"


def test_le_libelle_du_groupe_est_celui_de_son_service(tmp_path):
    espace = deux_groupes(tmp_path, [sejour(1, J(2022, 1, 1), personne="A")], [sejour(2, J(2022, 1, 1), personne="B")])
    table = calculer(espace, SERVICE, 2022, ["personnes_distinctes_dispositif"], ["groupe"])
    assert set(table["libelle_1"].drop_nulls()) == {"Petits", "Grands"}
    phrases = notes(espace, lire_service(espace, SERVICE), [en_vigueur("sorties", 2022)], 2022)
    assert any("Grands" in p and "ni une entrée ni une sortie" in p for p in phrases)


def test_un_service_lie_sans_donnees_se_dit_sous_le_tableau(tmp_path):
    espace = espace_de(tmp_path, f'services_lies = ["{AUTRE}"]', sejour=[sejour(1, J(2022, 1, 1))], **foyers("M1"))
    (espace.dossier_services / f"{AUTRE}.toml").write_text('libelle_court = "Grands"', encoding="utf-8")
    assert total(espace, "entrees") == 1
    phrases = notes(espace, lire_service(espace, SERVICE), [en_vigueur("entrees", 2022)], 2022)
    assert any("Grands (aucune donnée reçue)" in p for p in phrases)


def test_un_service_lie_inconnu_est_nomme(tmp_path):
    espace = espace_de(
        tmp_path, 'services_lies = ["esai_bis"]', sejour=[sejour(1, J(2022, 1, 1))], place=[place(1, 1)], **foyers("M1")
    )
    (espace.dossier_services / f"{AUTRE}.toml").write_text("", encoding="utf-8")
    with pytest.raises(ErreurDefinition, match=r"esai_bis.*Vouliez-vous dire « essai_bis »"):
        total(espace, "entrees")


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.dates(J(2021, 6, 1), J(2022, 12, 1)),
            st.one_of(st.none(), st.integers(20, 400)),
            st.booleans(),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_stock_entrees_passages_et_sorties_bouclent(tmp_path_factory, sejours):
    """Stock + entrées + arrivées − sorties − départs = stock final, dans chaque groupe."""
    petits, grands = [], []
    for i, (entree, duree, passe) in enumerate(sejours):
        sortie = None if duree is None else entree + timedelta(days=duree)
        petits.append(sejour(i, entree, sortie, personne=f"P{i}"))
        if passe and sortie:
            grands.append(sejour(100 + i, sortie, personne=f"P{i}", place=2))
    espace = deux_groupes(tmp_path_factory.mktemp("groupes"), petits, grands)
    for service in (SERVICE, AUTRE):
        stock = {an: total_de(espace, service, "presents_31_12", an) for an in (2021, 2022)}
        par_sens = calculer(espace, service, 2022, ["passages_de_groupe"], ["sens"])
        sens = dict(par_sens.select("modalite_1", "valeur").iter_rows())
        mouvement = total_de(espace, service, "entrees") + sens.get("arrivee", 0)
        mouvement -= total_de(espace, service, "sorties") + sens.get("depart", 0)
        assert stock[2021] + mouvement == stock[2022]


# --- Libellés du service --------------------------------------------------------------------------


def test_le_service_imprime_ses_propres_libelles(tmp_path):
    espace = espace_de(
        tmp_path,
        '[libelles_imprimes]\ngenre = "S\'identifie comme"\n"genre.F" = "Fille"',
        place=[place(1, 2)],
        sejour=[sejour(1, J(2022, 1, 1)), sejour(2, J(2022, 1, 1))],
        personne=[{"id_personne": "M1", "genre": "F"}, {"id_personne": "M2", "genre": "H"}],
        menage=[{"id_menage": f"M{n}", "id_referent": f"M{n}"} for n in (1, 2)],
    )
    table = calculer(espace, SERVICE, 2022, ["personnes_hebergees"], ["genre"])
    libelles = dict(table.select("modalite_1", "libelle_1").iter_rows())
    assert (libelles["F"], libelles["H"]) == ("Fille", "Homme")


def test_moyen_de_deplacement_et_permis(tmp_path):
    def photo(n, mobilite, permis):
        return {
            "id_menage": f"M{n}",
            "moment": "entree",
            "date": J(2022, 1, 1),
            "mobilite": mobilite,
            "permis": permis,
        }

    espace = espace_de(
        tmp_path,
        place=[place(1, 3)],
        sejour=[sejour(n, J(2022, 1, 1)) for n in (1, 2, 3)],
        situation=[photo(1, "BUS", "CODE"), photo(2, "BUS", "NR")],
        **foyers("M1", "M2", "M3"),
    )
    assert cellules(espace, "moyens_de_deplacement") == {"BUS": 2}
    assert total(espace, "moyens_de_deplacement", colonne="denominateur") == 2
    assert cellules(espace, "permis_de_conduire") == {"CODE": 1}
