"""Périodes et durées."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.erreurs import ErreurParametre
from observatoire.periode import Periode, duree_en_toutes_lettres, en_mois


def test_annee_civile():
    periode = Periode.de_l_annee(2022)
    assert (periode.debut, periode.fin, periode.dernier_jour) == (
        date(2022, 1, 1),
        date(2023, 1, 1),
        date(2022, 12, 31),
    )
    assert periode.jours == 365


def test_annee_decalee_porte_l_annee_de_sa_fin():
    periode = Periode.de_l_annee(2022, "10-01")
    assert (periode.debut, periode.fin) == (date(2021, 10, 1), date(2022, 10, 1))
    assert periode.mois()[0][0] == "2021-10"
    assert periode.mois()[-1][0] == "2022-09"


@pytest.mark.parametrize("debut", ["02-29", "13-01", "1-1", "janvier", "00-10", "01-01; import os"])
def test_debut_de_periode_impossible_est_refuse(debut):
    with pytest.raises(ErreurParametre):
        Periode.de_l_annee(2022, debut)


@given(st.integers(2000, 2060), st.integers(1, 12), st.integers(1, 28))
def test_les_mois_couvrent_la_periode_sans_trou(annee, mois, jour):
    periode = Periode.de_l_annee(annee, f"{mois:02d}-{jour:02d}")
    mois_de_la_periode = periode.mois()
    assert len(mois_de_la_periode) == 12
    assert mois_de_la_periode[0][1] == periode.debut
    assert mois_de_la_periode[-1][2] == periode.fin
    for (_, _, fin), (_, debut, _) in itertools.pairwise(mois_de_la_periode):
        assert fin == debut
    assert sum((f - d).days for _, d, f in mois_de_la_periode) == periode.jours


@pytest.mark.parametrize(
    ("mois", "texte"),
    [
        (8 + 1 / 30, "8 mois et 1 jour"),
        (12 + 3 + 13 / 30, "1 an 3 mois et 13 jours"),
        (0, "0 jour"),
        (1, "1 mois"),
        (24, "2 ans"),
        (12 + 1 / 30, "1 an et 1 jour"),
        (5.9999999, "6 mois"),
    ],
)
def test_duree_en_toutes_lettres(mois, texte):
    assert duree_en_toutes_lettres(mois) == texte


def test_duree_negative_est_une_erreur():
    with pytest.raises(ValueError, match="négative"):
        duree_en_toutes_lettres(-1)


@given(st.integers(0, 40), st.integers(0, 11), st.integers(0, 29))
def test_duree_ecrite_se_relit(ans, mois, jours):
    texte = duree_en_toutes_lettres(12 * ans + mois + jours / 30)
    mots = texte.replace(" et ", " ").split()
    lus = {"an": 0, "ans": 0, "mois": 0, "jour": 0, "jours": 0}
    for nombre, unite in zip(mots[::2], mots[1::2], strict=True):
        lus[unite] = int(nombre)
    assert (lus["an"] + lus["ans"], lus["mois"], lus["jour"] + lus["jours"]) == (ans, mois, jours)


def test_le_mois_vaut_30_4375_jours():
    assert en_mois(365.25) == 12
    assert en_mois(timedelta(days=487).days) == 16
