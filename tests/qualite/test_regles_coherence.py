"""Les contrôles de cohérence, un par un : rangs, durées, places, flux, composition du ménage."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from observatoire.espace import Espace, racine_gabarit
from observatoire.modele import table_vide
from observatoire.qualite import controles
from observatoire.qualite.controles import Examen, tables_liees
from observatoire.qualite.suites import lire_suites

J = date


def table(nom: str, *lignes: dict[str, Any]) -> pl.DataFrame:
    """Des lignes d'une table du modèle, les colonnes absentes à vide."""
    vide = table_vide(nom)
    return pl.DataFrame(
        [{**dict.fromkeys(vide.columns), **ligne} for ligne in lignes], schema=vide.schema, orient="row"
    )


def fautives(examen: Examen) -> list[int]:
    assert examen.examinees.len() == examen.fautives.len()
    return examen.fautives.arg_true().to_list()


# --- D'une table à l'autre ------------------------------------------------------------------------

LIEE = {"cle": "id_demande", "table_visee": "demande", "cle_visee": "id_demande"}


def test_une_mesure_ne_commence_pas_avant_sa_demande_le_meme_jour_est_admis():
    demandes = table(
        "demande",
        *({"id_demande": f"D{i}", "date_demande": jour} for i, jour in enumerate([J(2022, 3, 1)] * 3 + [None])),
    )
    debuts = [J(2022, 3, 1), J(2022, 2, 28), None, J(2022, 1, 1), J(2022, 1, 1)]
    lot = table(
        "mesure", *({"id_demande": f"D{i}" if i < 4 else "D9", "date_debut": jour} for i, jour in enumerate(debuts))
    )
    with tables_liees({"demande": demandes}):
        examen = controles.date_apres_liee(lot, "date_debut", colonne_visee="date_demande", **LIEE)
    assert (examen.lignes, fautives(examen)) == (2, [1])


def test_une_mesure_porte_le_menage_de_sa_demande():
    demandes = table("demande", {"id_demande": "D0", "id_menage": "M0"}, {"id_demande": "D1", "id_menage": None})
    lot = table("mesure", *({"id_demande": d, "id_menage": "M1"} for d in ("D0", "D1", None, "D9")))
    with tables_liees({"demande": demandes}):
        examen = controles.meme_valeur_liee(lot, "id_menage", colonne_visee="id_menage", **LIEE)
    assert (examen.lignes, fautives(examen)) == (1, [0])


def test_une_demande_en_double_ne_dedouble_pas_la_mesure():
    demandes = table("demande", *[{"id_demande": "D0", "id_menage": "M0"}] * 2)
    with tables_liees({"demande": demandes}):
        lot = table("mesure", {"id_demande": "D0", "id_menage": "M0"})
        assert controles.meme_valeur_liee(lot, "id_menage", colonne_visee="id_menage", **LIEE).lignes == 1


# --- Durées ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fin", "fautive"),
    [(J(2022, 7, 15), False), (J(2022, 7, 16), True), (None, True), (J(2022, 1, 1), False), (J(2030, 1, 1), True)],
    ids=["six mois", "un jour de trop", "jamais finie", "finie avant de commencer", "finie bien plus tard"],
)
def test_une_mesure_de_six_mois_au_plus_a_la_fin_de_l_annee(fin, fautive):
    lot = table("mesure", {"date_debut": J(2022, 1, 15), "date_fin": fin})
    examen = controles.duree_tenable(lot, "date_debut", "date_fin", mois=6, jour="2023-01-01")
    assert fautives(examen) == ([0] if fautive else [])


def test_une_duree_ne_compte_pas_ce_qui_suit_la_periode_ni_les_prolongations_dites():
    lot = table(
        "mesure",
        {"date_debut": J(2022, 11, 1), "date_fin": J(2024, 1, 1)},
        {"date_debut": J(2020, 1, 1), "prolongation_exceptionnelle": "oui"},
        {"date_debut": J(2020, 1, 1), "prolongation_exceptionnelle": "non"},
    )
    sauf = {"prolongation_exceptionnelle": ["oui"]}
    examen = controles.duree_tenable(lot, "date_debut", "date_fin", mois=6, jour="2023-01-01", sauf=sauf)
    assert (examen.lignes, fautives(examen)) == (2, [2])


def test_un_mois_a_venir():
    lot = table("dette_mois", *({"mois": m} for m in ("2022-05", "2022-06", "2022-07", None)))
    assert fautives(controles.date_passee(lot, "mois", "2022-06-15")) == [2]


# --- Places ---------------------------------------------------------------------------------------

SEJOURS = {"table": "sejour", "cle": ["id_sejour"], "par": "id_place", "debut": "date_entree", "fin": "date_sortie"}
CAPACITE = {"table_capacite": "place", "colonne_capacite": "nb_places"}


def sejour(nom: str, entree: date | None, sortie: date | None = None, place: str | None = "A") -> dict[str, Any]:
    return {"id_sejour": nom, "id_menage": f"M{nom}", "id_place": place, "date_entree": entree, "date_sortie": sortie}


def chevauchements(sejours: pl.DataFrame, lot: pl.DataFrame | None = None, **capacites: int | None) -> Examen:
    places = table("place", *({"id_place": p, "nb_places": n} for p, n in capacites.items()))
    with tables_liees({"sejour": sejours, "place": places}):
        return controles.sans_chevauchement(sejours if lot is None else lot, **SEJOURS, **CAPACITE)


def test_le_sejour_en_trop_est_celui_qui_entre_quand_tout_est_pris():
    lot = table(
        "sejour",
        sejour("1", J(2022, 1, 1), J(2022, 3, 1)),
        sejour("2", J(2022, 2, 1)),
        sejour("3", J(2022, 2, 15)),
        sejour("4", J(2022, 3, 1)),
    )
    assert fautives(chevauchements(lot, A=1)) == [1, 2, 3]
    assert fautives(chevauchements(lot, A=2)) == [2, 3]
    assert fautives(chevauchements(lot, A=3)) == []


def test_on_entre_le_jour_ou_l_autre_sort_et_un_jour_nul_n_occupe_rien():
    lot = table(
        "sejour",
        sejour("1", J(2022, 1, 1), J(2022, 2, 1)),
        sejour("2", J(2022, 2, 1), J(2022, 2, 1)),
        sejour("3", J(2022, 2, 1), J(2022, 5, 1)),
        sejour("4", J(2022, 3, 1), J(2022, 2, 1)),
        sejour("5", J(2022, 3, 1), place=None),
        sejour("6", J(2022, 3, 1), place="inconnue"),
    )
    examen = chevauchements(lot, A=1)
    assert (examen.lignes, fautives(examen)) == (2, [])


def test_le_chevauchement_se_lit_sur_toute_la_table_et_reste_aligne_sur_le_lot():
    tous = table(
        "sejour", sejour("1", J(2020, 1, 1)), sejour("2", J(2021, 1, 1)), sejour("3", J(2022, 1, 1), place="B")
    )
    assert fautives(chevauchements(tous, tous[[2, 1]], A=1, B=1)) == [1]


def test_le_chevauchement_egale_un_compte_naif():
    """Sur des séjours tirés au sort : une place porte-t-elle, au jour d'entrée, plus d'arrivés que de places ?"""
    alea = random.Random(5)
    for _ in range(30):
        lignes = []
        for i in range(25):
            entree = J(2022, 1, 1) + timedelta(days=alea.randrange(60))
            sortie = None if alea.random() < 0.2 else entree + timedelta(days=alea.randrange(-3, 30))
            lignes.append(sejour(f"{i:02d}", entree, sortie, alea.choice("AB")))
        fin = {s["id_sejour"]: s["date_sortie"] or J(9999, 1, 1) for s in lignes}
        pleins = [s for s in lignes if s["date_entree"] < fin[s["id_sejour"]]]
        attendues = [
            i
            for i, s in enumerate(lignes)
            if s in pleins
            and sum(
                (a["date_entree"], a["id_sejour"]) <= (s["date_entree"], s["id_sejour"])
                and fin[a["id_sejour"]] > s["date_entree"]
                for a in pleins
                if a["id_place"] == s["id_place"]
            )
            > 2
        ]
        assert fautives(chevauchements(table("sejour", *lignes), A=2, B=2)) == attendues


def test_deux_indisponibilites_de_la_meme_place():
    lot = table(
        "indisponibilite",
        {"id_place": "A", "debut": J(2022, 1, 1), "fin": J(2022, 2, 1)},
        {"id_place": "A", "debut": J(2022, 1, 20), "fin": J(2022, 1, 25)},
        {"id_place": "B", "debut": J(2022, 1, 20)},
    )
    with tables_liees({"indisponibilite": lot}):
        examen = controles.sans_chevauchement(lot, "indisponibilite", ["id_place", "debut"], "id_place", "debut", "fin")
    assert fautives(examen) == [1]


def occupation(lot: pl.DataFrame, base: str = "place", maximum: float = 1.0, **place: Any) -> Examen:
    places = table("place", {"id_place": "A", "nb_places": 2, "ouverture": J(2022, 3, 1), **place})
    with tables_liees({"place": places}):
        return controles.occupation_tenable(lot, "2022-01-01", "2023-01-01", base, maximum)


def test_l_occupation_se_juge_chaque_mois_ouvert():
    """Dix mois ouverts ; en avril trois séjours pour deux places, en mai le troisième part le 2."""
    lot = table(
        "sejour",
        sejour("1", J(2022, 3, 1)),
        sejour("2", J(2022, 3, 1), J(2022, 12, 1)),
        sejour("3", J(2022, 4, 1), J(2022, 5, 2)),
    )
    examen = occupation(lot)
    assert (examen.lignes, fautives(examen)) == (10, [1, 2])
    assert fautives(occupation(lot, maximum=1.05)) == [1]
    assert fautives(occupation(lot, maximum=1.5)) == []
    assert occupation(lot, fermeture=J(2022, 3, 1)).lignes == 0


def test_un_logement_partage_n_est_occupe_qu_une_fois():
    lot = table("sejour", *(sejour(str(i), J(2022, 3, 1)) for i in range(5)))
    assert fautives(occupation(lot, "logement")) == []
    assert len(fautives(occupation(lot))) == 10


# --- Rangs et flux --------------------------------------------------------------------------------


def mesure(nom: str, rang: int | None, debut: date | None, fin: date | None = None, **plus: Any) -> dict[str, Any]:
    return {"id_mesure": nom, "id_menage": "M1", "rang": rang, "date_debut": debut, "date_fin": fin, **plus}


def test_une_premiere_mesure_n_en_suit_pas_une_autre_de_pres():
    lot = table(
        "mesure",
        mesure("1", 1, J(2021, 1, 1), J(2021, 7, 1)),
        mesure("2", 1, J(2021, 7, 20), J(2021, 12, 1)),
        mesure("3", 2, J(2021, 12, 1), J(2022, 3, 1)),
        mesure("4", 1, J(2022, 4, 1)),
        mesure("5", 1, J(2021, 2, 1), id_menage="M2"),
        mesure("6", None, J(2021, 3, 1), id_menage="M2"),
    )
    with tables_liees({"mesure": lot}):
        examen = controles.premiere_sans_precedente(lot, delai=31)
        assert (examen.lignes, fautives(examen)) == (4, [1])
        assert fautives(controles.premiere_sans_precedente(lot, delai=32)) == [1, 3]


def test_un_identifiant_de_parcours_fourni_separe_deux_premieres_mesures():
    lot = table(
        "mesure",
        mesure("1", 1, J(2021, 1, 1), J(2021, 7, 1), id_parcours="A"),
        mesure("2", 1, J(2021, 7, 1), id_parcours="B"),
    )
    with tables_liees({"mesure": lot}):
        assert fautives(controles.premiere_sans_precedente(lot, delai=31)) == []


def test_un_renouvellement_suit_une_mesure_sauf_au_debut_de_l_historique():
    lot = table(
        "mesure",
        mesure("1", 2, J(2021, 6, 1), id_menage="M2"),
        mesure("2", 2, J(2022, 6, 1), id_menage="M3"),
        mesure("3", 1, J(2021, 1, 1)),
        mesure("4", 2, J(2022, 6, 1)),
        mesure("5", 2, None, id_menage="M4"),
    )
    with tables_liees({"mesure": lot}):
        examen = controles.renouvellement_precede(lot, mois=12)
    assert (examen.lignes, fautives(examen)) == (2, [1])


FLUX = {
    "table": "mesure",
    "debut": "date_debut",
    "fin": "date_fin",
    "debut_periode": "2022-01-01",
    "fin_periode": "2023-01-01",
    "delai": 31,
}


@pytest.mark.parametrize(
    ("lignes", "attendues"),
    [
        ([mesure("1", 1, J(2021, 1, 1))], []),
        ([mesure("1", 1, J(2022, 1, 1), J(2023, 1, 1))], []),
        ([mesure("1", 1, J(2021, 1, 1), J(2022, 1, 1)), mesure("2", 2, J(2022, 1, 20))], []),
        ([mesure("1", 1, J(2021, 1, 1), J(2022, 2, 1)), mesure("2", 1, J(2022, 9, 1))], []),
        ([mesure("1", 1, J(2022, 2, 1), id_parcours="A"), mesure("2", 1, J(2022, 3, 1), id_parcours="B")], [0, 1]),
        ([mesure("1", 1, J(2021, 2, 1), id_parcours="A"), mesure("2", 1, J(2022, 3, 1), id_parcours="B")], [0, 1]),
        ([mesure("1", 1, J(2022, 2, 1), J(2022, 1, 1))], []),
        ([mesure("1", 1, None, J(2022, 1, 1))], []),
    ],
    ids=["présent", "toute l'année", "renouvelée", "revenu", "deux parcours", "un second parcours", "inversée", "nue"],
)
def test_present_plus_entrees_moins_sorties_donne_present(lignes, attendues):
    lot = table("mesure", *lignes)
    with tables_liees({"mesure": lot}):
        assert fautives(controles.flux_equilibres(lot, **FLUX)) == attendues


def test_deux_personnes_d_un_menage_ont_chacune_leur_sejour():
    lot = table(
        "sejour",
        {**sejour("1", J(2022, 1, 1)), "id_menage": "M", "id_personne": "P1", "id_parcours": "A"},
        {**sejour("2", J(2022, 2, 1)), "id_menage": "M", "id_personne": "P2", "id_parcours": "B"},
    )
    reglages = {**FLUX, "table": "sejour", "debut": "date_entree", "fin": "date_sortie"}
    with tables_liees({"sejour": lot}):
        assert fautives(controles.flux_equilibres(lot, **reglages)) == []
    memes = lot.with_columns(id_personne=pl.lit(None, pl.String))
    with tables_liees({"sejour": memes}):
        assert fautives(controles.flux_equilibres(memes, **reglages)) == [0, 1]


# --- Composition ----------------------------------------------------------------------------------

ADULTES = {"HS": [1, 1], "CAE": [2, 2], "GSE": [2, 99]}
ENFANTS = {"HS": [0, 0], "CAE": [1, 99], "GSE": [0, 0]}


@pytest.mark.parametrize(
    ("composition", "adultes", "grands", "petits", "fautive"),
    [
        ("HS", 1, 1, 0, False),
        ("HS", 2, 2, 0, True),
        ("HS", 1, 1, 1, True),
        ("CAE", 2, 3, 0, False),
        ("CAE", 2, 2, 0, True),
        ("CAE", 2, None, None, False),
        ("GSE", 3, 3, 0, False),
        ("MI", 0, 1, 0, False),
        ("HS", None, None, None, False),
    ],
)
def test_la_composition_va_avec_les_nombres(composition, adultes, grands, petits, fautive):
    nombres = {"nb_adultes": adultes, "nb_14_et_plus": grands, "nb_moins_14": petits}
    lot = table("situation", {"composition": composition, **nombres})
    assert fautives(controles.composition_chiffree(lot, ADULTES, ENFANTS)) == ([0] if fautive else [])


def test_la_photo_d_une_personne_ne_compte_qu_elle():
    lot = table("situation", {"composition": "CAE", "nb_adultes": 1, "id_personne": "P1"})
    assert controles.composition_chiffree(lot, ADULTES, ENFANTS).lignes == 0


AVEC, SANS = {"conjoint": ["CAE"], "enfant": ["CAE", "HSE"]}, {"conjoint": ["HS", "HSE"], "enfant": ["HS"]}


def membres(*roles: str, **plus: Any) -> list[dict[str, Any]]:
    return [{"id_menage": "M1", "id_personne": f"P{r}", "role": r, **plus} for r in ("referent", *roles)]


@pytest.mark.parametrize(
    ("composition", "du_menage", "fautive"),
    [
        ("HS", membres(), False),
        ("HS", membres("conjoint"), True),
        ("HS", membres("enfant"), True),
        ("HS", membres("enfant", garde="week_end"), False),
        ("HSE", membres("enfant", garde="week_end"), False),
        ("HSE", membres(), True),
        ("CAE", membres("conjoint", "enfant"), False),
        ("CAE", membres("enfant"), True),
        ("HS", membres("conjoint", debut=J(2022, 6, 2)), False),
        ("HS", membres("conjoint", debut=J(2022, 1, 1), fin=J(2022, 6, 1)), False),
        ("NR", membres("conjoint"), False),
        ("CAE", [], False),
    ],
)
def test_la_composition_va_avec_les_membres_du_jour(composition, du_menage, fautive):
    autres = [{"id_menage": "M2", "id_personne": f"Q{r}", "role": r} for r in ("conjoint", "enfant")]
    lot = table("situation", {"id_menage": "M1", "date": J(2022, 6, 1), "composition": composition})
    with tables_liees({"membre": table("membre", *du_menage, *autres)}):
        examen = controles.composition_et_membres(lot, AVEC, SANS, ["week_end"])
    assert fautives(examen) == ([0] if fautive else [])


def test_un_role_que_le_service_ne_decrit_jamais_n_est_pas_exige():
    lot = table("situation", {"id_menage": "M1", "date": J(2022, 6, 1), "composition": "CAE"})
    with tables_liees({"membre": table("membre", *membres())}):
        assert fautives(controles.composition_et_membres(lot, AVEC, SANS)) == []


def test_un_homme_seul_n_a_pas_une_femme_pour_referent():
    personnes = table(
        "personne", *({"id_personne": p, "genre": g} for p, g in (("P1", "F"), ("P2", "H"), ("P3", "NSP")))
    )
    menages = table("menage", *({"id_menage": f"M{i}", "id_referent": f"P{i}"} for i in (1, 2, 3)))
    lot = table("situation", *({"id_menage": m, "composition": "HS"} for m in ("M1", "M2", "M3", "M9")))
    with tables_liees({"personne": personnes, "menage": menages}):
        examen = controles.composition_et_genre(lot, {"HS": "H", "FS": "F"})
    assert (examen.lignes, fautives(examen)) == (2, [0])


# --- Photos de sortie des séjours -----------------------------------------------------------------


def test_la_sortie_d_un_sejour_a_sa_photo_un_deces_n_en_demande_pas():
    lot = table(
        "sejour",
        sejour("1", J(2022, 1, 1), J(2022, 6, 1)),
        sejour("2", J(2022, 1, 1), J(2022, 6, 1)),
        sejour("3", J(2022, 1, 1), J(2022, 6, 1)),
        {**sejour("4", J(2022, 1, 1), J(2022, 6, 1)), "motif_fin": "DECES"},
    )
    photos = table(
        "situation",
        {"id_menage": "M1", "id_sejour": "1", "moment": "sortie", "date": J(2022, 1, 1)},
        {"id_menage": "M2", "moment": "sortie", "date": J(2022, 7, 2)},
        {"id_menage": "M3", "moment": "entree", "date": J(2022, 6, 1)},
    )
    with tables_liees({"situation": photos}):
        examen = controles.photo_episode(lot, "date_sortie", "sortie", lien="id_sejour", sauf={"motif_fin": ["DECES"]})
    assert (examen.lignes, fautives(examen)) == (3, [2])


def test_des_photos_de_sortie_qui_manquent_ne_retiennent_que_les_chiffres_de_sortie():
    from observatoire.indicateurs.registre import en_vigueur

    regles = {r.regle: r for suite in lire_suites(Espace(racine_gabarit())).values() for r in suite}
    for regle in ("mesure.photo_sortie", "sejour.photo_sortie"):
        retenues = set(regles[regle].colonnes)
        for sortie in ("taux_sortie_logement", "matrice_parcours", "situation_emploi_sortie", "revenu_moyen_sortie"):
            assert retenues & en_vigueur(sortie, 2022).colonnes_modele(), sortie
        for autre in ("situation_logement_entree", "menages_accompagnes", "motifs_fin", "ressources_moyennes_tous"):
            assert not retenues & en_vigueur(autre, 2022).colonnes_modele(), autre


def test_nos_attentes_lisent_les_instants_de_pandas_ordinaire():
    """Un lot et une table liée venus de pandas, dates en instants : le même verdict qu'avec des jours."""
    import great_expectations as gx
    import pandas as pd

    from observatoire.qualite.attentes import AttendreSansChevauchement

    contexte = gx.get_context(mode="ephemeral")
    contexte.variables.progress_bars = {"globally": False, "metric_calculations": False}
    actif = contexte.data_sources.add_pandas("essai").add_dataframe_asset("t").add_batch_definition_whole_dataframe("b")
    lot = pd.DataFrame(
        {
            "id_sejour": ["1", "2"],
            "id_place": ["A", "A"],
            "date_entree": pd.to_datetime(["2022-01-01", "2022-02-01"]),
            "date_sortie": pd.to_datetime([None, None]),
        }
    )
    places = pl.DataFrame({"id_place": ["A"], "nb_places": [1]})
    with tables_liees({"sejour": pl.from_pandas(lot), "place": places}):
        rendu = actif.get_batch({"dataframe": lot}).validate(AttendreSansChevauchement(**SEJOURS, **CAPACITE))
    assert (rendu.success, rendu.result) == (False, {"element_count": 2, "unexpected_count": 1})
