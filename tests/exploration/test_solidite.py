"""L'examen d'un écart : le hasard, les réponses manquantes, la définition."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from observatoire.exploration.solidite import FRAGILE, HASARD, MUET, NET, RUPTURE, TROP_PEU, Ecart, examiner
from observatoire.indicateurs.registre import en_vigueur
from observatoire.restitution.cellules import Cellule

TAUX = en_vigueur("part_sans_ressource", 2022).definition
AGE = en_vigueur("age_moyen", 2022).definition


def part(numerateur, base, inconnus=0, version="1"):
    return Cellule("publie", 100 * numerateur / base, numerateur, base, "%", inconnus, version)


def juger(avant, apres, definition=TAUX, **autres):
    return examiner(definition, Ecart(avant, apres, ("en 2021", "en 2022"), **autres))


def test_chaque_reponse():
    assert juger(part(40, 290), part(47, 268)).verdict == HASARD
    assert juger(part(20, 200), part(80, 200)).verdict == NET
    assert juger(part(20, 200, inconnus=150), part(80, 200)).verdict == FRAGILE
    assert juger(part(2, 8), part(5, 9)).verdict == TROP_PEU
    assert juger(part(20, 200), part(80, 200, version="2")).verdict == RUPTURE
    moyenne = Cellule("publie", 21.0, 2100.0, 100.0, "ans", 0, "1")
    assert juger(moyenne, Cellule("publie", 23.0, 2300.0, 100.0, "ans", 0, "1"), AGE).verdict == MUET
    assert juger(part(20, 200), Cellule("masque")) is None


def test_un_ecart_choisi_parmi_plusieurs_doit_etre_plus_net():
    seul = juger(part(10, 60), part(22, 60))
    choisi = juger(part(10, 60), part(22, 60), essais=6)
    assert (seul.verdict, choisi.verdict) == (NET, HASARD)
    assert "6 écarts" in choisi.raisons[0]


def test_des_inconnus_masques_ne_se_jugent_pas():
    assert "n'est pas publié" in juger(part(20, 200, inconnus=None), part(80, 200)).raisons[-1]


@given(st.integers(10, 400), st.integers(10, 400), st.data())
def test_net_seulement_si_le_test_exact_le_dit(n, m, tirage):
    a, b = tirage.draw(st.integers(0, n)), tirage.draw(st.integers(0, m))
    examen = juger(part(a, n), part(b, m))
    p = fisher_exact([[a, n - a], [b, m - b]]).pvalue
    if a / n == b / m:
        assert examen.verdict == MUET
    else:
        assert (examen.verdict == NET) == (p < 0.05)


@given(st.integers(10, 200), st.integers(10, 200), st.integers(0, 60), st.integers(0, 60), st.data())
def test_fragile_seulement_si_une_reponse_possible_renverse_l_ecart(n, m, u, v, tirage):
    """On essaie toutes les réponses que les manquants auraient pu faire."""
    a, b = tirage.draw(st.integers(0, n)), tirage.draw(st.integers(0, m))
    examen = juger(part(a, n, u), part(b, m, v))
    if examen.verdict not in (NET, FRAGILE):
        return
    sens = b / m > a / n
    possibles = [
        (((b + y) / (m + v) > (a + x) / (n + u)) if sens else ((b + y) / (m + v) < (a + x) / (n + u)))
        and fisher_exact([[a + x, n + u - a - x], [b + y, m + v - b - y]]).pvalue < 0.05
        for x in (0, u)
        for y in (0, v)
    ]
    assert (examen.verdict == NET) == all(possibles)
