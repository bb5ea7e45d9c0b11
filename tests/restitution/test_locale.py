"""L'écriture française des nombres, des dates et des noms."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.restitution import locale

NB, FINE, MOINS = locale.INSECABLE, locale.FINE, locale.MOINS


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        (0, "0"),
        (25.0, "25"),
        (7.4, "7,4"),
        (1352.83, f"1{FINE}352,8"),
        (1234567, f"1{FINE}234{FINE}567"),
        (-8.9, f"{MOINS}8,9"),
        (7.04, "7,0"),
    ],
)
def test_nombre(valeur, attendu):
    assert locale.nombre(valeur) == attendu


@pytest.mark.parametrize(
    ("valeur", "decimales", "attendu"), [(0.5, 0, "1"), (2.5, 0, "3"), (1.005, 2, "1,01"), (-0.4, 0, "0")]
)
def test_arrondi_commercial(valeur, decimales, attendu):
    """0,5 monte, comme à l'imprimé ; un zéro n'a pas de signe."""
    assert locale.nombre(valeur, decimales).replace(MOINS, "-") == attendu.replace(MOINS, "-")


@pytest.mark.parametrize(
    ("valeur", "base", "attendu"),
    [
        (64.0, 25, f"64{NB}%"),
        (64.28, 14, f"64{NB}%"),
        (8.209, 268, f"8,2{NB}%"),
        (50.0, 268, f"50{NB}%"),
        (88.9223, 4649, f"88,92{NB}%"),
    ],
)
def test_pourcentage_a_l_unite_sous_cent(valeur, base, attendu):
    assert locale.pourcentage(valeur, base) == attendu


def test_signe():
    assert [locale.signe(v) for v in (6, -3.5, 0)] == ["+6", f"{MOINS}3,5", "0"]
    assert locale.signe(-0.04, 1) == "0,0"


@pytest.mark.parametrize(
    ("jours", "attendu"),
    [
        (0, "0 jour"),
        (1, "1 jour"),
        (30, "30 jours"),
        (244.5, "8 mois et 1 jour"),
        (365.25, "1 an"),
        (469.7273, "1 an 3 mois et 13 jours"),
        (731, "2 ans"),
        (740, "2 ans et 9 jours"),
    ],
)
def test_duree_en_lettres(jours, attendu):
    assert locale.duree(jours).replace(NB, " ") == attendu


@given(st.floats(0, 20_000))
def test_duree_perd_moins_d_un_jour(jours):
    """Les ans, mois et jours écrits redonnent la durée, au jour entamé près."""
    ecrite = re.findall(r"(\d+)\s(an|mois|jour)", locale.duree(jours))
    poids = {"an": 12 * 30.4375, "mois": 30.4375, "jour": 1}
    assert 0 <= jours - sum(int(n) * poids[mot] for n, mot in ecrite) < 1 + 1e-6


def test_une_duree_longue_se_lit_aussi_en_mois():
    assert locale.valeur_unite(244.5, "jours") == f"244,5{NB}jours (8{NB}mois et 1{NB}jour)"
    assert locale.valeur_unite(29, "jours") == f"29{NB}jours"


def test_montant_et_unites():
    assert locale.valeur_unite(1352.83, "€ par mois") == f"1{FINE}353{NB}€ par mois"
    assert locale.valeur_unite(1, "ménages") == f"1{NB}ménage"
    assert locale.valeur_unite(7.4, "mois") == f"7,4{NB}mois"


def test_dates_et_mois():
    assert locale.jour(date(2022, 1, 1)) == "1er janvier 2022"
    assert locale.mois("2022-08") == "août"
    assert locale.mois("2022-02", abrege=True) == "févr."
    assert locale.mois("hors calendrier") == "hors calendrier"


@pytest.mark.parametrize(
    ("mot", "attendu"),
    [
        ("avril", "d'avril"),
        ("mars", "de mars"),
        ("août", "d'août"),
        ("hébergement", "d'hébergement"),
        ("handicap", "de handicap"),
    ],
)
def test_elision(mot, attendu):
    assert locale.de(mot) == attendu


@pytest.mark.parametrize(
    ("quantite", "attendu"),
    [
        (0, "aucune mesure"),
        (1, "une seule mesure"),
        (1.5, f"1,5{NB}mesure"),
        (2, f"2{NB}mesures"),
    ],
)
def test_accord(quantite, attendu):
    assert locale.compte(quantite, locale.nom_unite("mesures")) == attendu


def test_nom_inconnu_ne_s_invente_pas():
    assert locale.nom_unite("unités dont la situation est connue") is None


def test_enumeration():
    assert locale.enumeration(["a"]) == "a"
    assert locale.enumeration(["a", "b", "c"]) == "a, b et c"


@given(st.floats(min_value=-1e12, max_value=1e12), st.integers(0, 3))
def test_nombre_se_relit(valeur, decimales):
    """Aucun chiffre perdu : le nombre écrit se relit à l'arrondi près."""
    relu = float(locale.nombre(valeur, decimales).replace(FINE, "").replace(",", ".").replace(MOINS, "-"))
    assert relu == pytest.approx(valeur, abs=0.5000001 * 10**-decimales, rel=1e-9)
