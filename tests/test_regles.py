"""Les règles de lecture, une à une, contre un calcul naïf jour par jour."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire import regles

P0, P1 = date(2022, 1, 1), date(2023, 1, 1)
JOURS = st.dates(date(2021, 6, 1), date(2023, 6, 30))


def evaluer(expression: pl.Expr, **colonnes):
    schema = {"debut": pl.Date, "fin": pl.Date}
    cadre = pl.DataFrame(
        {k: [v] for k, v in colonnes.items()}, schema_overrides={k: t for k, t in schema.items() if k in colonnes}
    )
    return cadre.select(expression.alias("x"))["x"][0]


def jours_naifs(debut: date, fin: date | None, *, sortie_comptee: bool = False) -> int:
    fin = (fin + timedelta(days=1) if sortie_comptee else fin) if fin else P1 + timedelta(days=900)
    jour, nombre = debut, 0
    while jour < fin:
        nombre += P0 <= jour < P1
        jour += timedelta(days=1)
    return nombre


@given(JOURS, st.one_of(st.none(), JOURS), st.booleans())
def test_jours_dans_la_periode_comme_jour_par_jour(debut, fin, sortie_comptee):
    if fin and fin < debut:
        debut, fin = fin, debut
    calcule = evaluer(regles.jours_dans(P0, P1, sortie_comptee=sortie_comptee), debut=debut, fin=fin)
    assert calcule == jours_naifs(debut, fin, sortie_comptee=sortie_comptee)


@given(JOURS, st.one_of(st.none(), JOURS))
def test_present_des_un_jour_ou_jour_nul(debut, fin):
    if fin and fin < debut:
        debut, fin = fin, debut
    attendu = jours_naifs(debut, fin) > 0 or (fin == debut and P0 <= debut < P1)
    assert evaluer(regles.present(P0, P1), debut=debut, fin=fin) == attendu


@pytest.mark.parametrize(
    ("debut", "fin", "present", "jours"),
    [
        (date(2021, 5, 1), date(2022, 1, 1), False, 0),
        (date(2021, 5, 1), date(2022, 1, 2), True, 1),
        (date(2022, 12, 31), None, True, 1),
        (date(2023, 1, 1), None, False, 0),
        (date(2022, 6, 1), date(2022, 6, 1), True, 0),
        (date(2022, 6, 10), date(2022, 6, 1), False, 0),
        (None, None, False, None),
    ],
)
def test_bornes_de_la_periode(debut, fin, present, jours):
    assert evaluer(regles.present(P0, P1), debut=debut, fin=fin) is present
    if jours is not None:
        assert evaluer(regles.jours_dans(P0, P1), debut=debut, fin=fin) == jours


def test_jour_de_sortie_compte_un_jour_nul_vaut_un():
    jour = date(2022, 6, 1)
    assert evaluer(regles.jours_dans(P0, P1, sortie_comptee=True), debut=jour, fin=jour) == 1


@given(st.integers(1930, 2022), st.integers(1, 12), st.dates(date(2019, 1, 1), date(2024, 12, 31)))
def test_age_en_annees_pleines(annee, mois, au):
    naissance = date(annee, mois, 1)
    if naissance > au:
        return
    attendu = au.year - annee - ((au.month, au.day) < (mois, 1))
    assert evaluer(regles.age("naissance", "au"), naissance=f"{annee}-{mois:02d}", au=au) == attendu


@given(st.lists(st.integers(0, 90), min_size=1, max_size=6, unique=True).map(sorted), st.integers(0, 110))
def test_tranches_d_age_sans_trou_ni_recouvrement(bornes, age):
    tranche = evaluer(regles.tranche_age("age", bornes), age=age)
    if age < bornes[0]:
        assert tranche == f"moins de {bornes[0]}"
    else:
        rang = max(i for i, b in enumerate(bornes) if b <= age)
        assert tranche == regles.tranches_age(bornes)[rang]


def test_25_ans_va_dans_la_tranche_qui_commence_a_25():
    assert regles.tranches_age([0, 25, 41, 51, 61]) == ["0-24", "25-40", "41-50", "51-60", "61 et plus"]
    assert evaluer(regles.tranche_age("age", [0, 25, 41]), age=25) == "25-40"


@pytest.mark.parametrize(
    ("grands", "petits", "attendu"), [(1, 0, 1.0), (2, 0, 1.5), (2, 2, 2.1), (None, None, 1.0), (0, 1, 1.0)]
)
def test_unites_de_consommation(grands, petits, attendu):
    cadre = pl.DataFrame(
        {"nb_14_et_plus": [grands], "nb_adultes": [None], "nb_moins_14": [petits]},
        schema={"nb_14_et_plus": pl.Int64, "nb_adultes": pl.Int64, "nb_moins_14": pl.Int64},
    )
    assert cadre.select(regles.unites_consommation()).item() == pytest.approx(attendu)


@pytest.mark.parametrize(
    ("valeur", "connue"), [("NSP", True), ("F", True), ("NR", False), ("SO", False), ("REF", False), (None, False)]
)
def test_nsp_est_une_reponse_nr_so_ref_n_en_sont_pas(valeur, connue):
    cadre = pl.DataFrame({"genre": [valeur]}, schema={"genre": pl.String})
    assert cadre.select(regles.renseigne("genre")).item() is connue


@pytest.mark.parametrize(
    ("presence", "compte"), [("present", True), (None, True), ("absent", False), ("annule", False)]
)
def test_un_acte_absent_ou_annule_ne_compte_pas(presence, compte):
    cadre = pl.DataFrame({"presence": [presence]}, schema={"presence": pl.String})
    assert cadre.select(regles.acte_compte()).item() is compte


def parcours_de(intervalles, delai=31, fournis=None):
    lignes = [
        {"id_menage": "M", "id_episode": f"e{i}", "debut": d, "fin": f, "id_parcours": (fournis or {}).get(i)}
        for i, (d, f) in enumerate(intervalles)
    ]
    schema = {
        "id_menage": pl.String,
        "id_episode": pl.String,
        "debut": pl.Date,
        "fin": pl.Date,
        "id_parcours": pl.String,
    }
    cadre = regles.parcours(pl.LazyFrame(lignes, schema=schema), delai).collect()
    return dict(zip(cadre["id_episode"], cadre["id_parcours"], strict=True))


def test_ecart_de_30_jours_meme_parcours_31_jours_un_autre():
    fin = date(2022, 3, 1)
    debut = date(2022, 1, 1)
    proche = parcours_de([(debut, fin), (fin + timedelta(days=30), None)])
    loin = parcours_de([(debut, fin), (fin + timedelta(days=31), None)])
    assert proche["e0"] == proche["e1"]
    assert loin["e0"] != loin["e1"]


def test_l_ecart_se_mesure_a_la_plus_grande_fin_deja_vue():
    parcours = parcours_de(
        [(date(2022, 1, 1), date(2022, 12, 1)), (date(2022, 2, 1), date(2022, 2, 2)), (date(2022, 6, 1), None)]
    )
    assert len(set(parcours.values())) == 1


def test_identifiant_de_parcours_fourni_l_emporte():
    parcours = parcours_de([(date(2022, 1, 1), date(2022, 3, 1)), (date(2022, 3, 1), None)], fournis={0: "A", 1: "B"})
    assert parcours == {"e0": "A", "e1": "B"}


@given(st.lists(st.tuples(JOURS, st.integers(0, 90)), min_size=1, max_size=6))
def test_jours_distincts_ne_comptent_pas_deux_fois_un_jour(intervalles):
    lignes = [{"id_menage": "M", "debut": d, "fin": d + timedelta(days=n)} for d, n in intervalles]
    cadre = pl.LazyFrame(lignes, schema={"id_menage": pl.String, "debut": pl.Date, "fin": pl.Date})
    calcule = regles.jours_distincts(cadre, "id_menage").select(regles.jours_dans(P0, P1).sum()).collect().item()
    naifs = {d + timedelta(days=k) for d, n in intervalles for k in range(n)}
    assert calcule == sum(P0 <= j < P1 for j in naifs)
