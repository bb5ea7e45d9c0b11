"""Juger un écart entre deux taux : trop peu, hasard possible, écart net ; jamais sur des cellules masquées."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.restitution.cellules import Cellule
from observatoire.restitution.comparaison import jugement, note, probabilite_exacte
from tests.restitution import fabrique

SORTIES = fabrique.definition("taux_sortie_logement", denominateur="parcours terminés dans la période")


def part(numerateur: float, base: float, etat: str = "publie") -> Cellule:
    return Cellule(etat, 100 * numerateur / base, numerateur, base, "%")


def fisher_par_denombrement(a: int, n: int, b: int, m: int) -> float:
    """La somme des tableaux de mêmes marges qui ne sont pas plus probables que celui observé."""
    total = a + b

    def poids(x: int) -> int:
        return comb(n, x) * comb(m, total - x) if 0 <= total - x <= m else 0

    observe = poids(a)
    return sum(p for x in range(n + 1) if (p := poids(x)) and p <= observe * (1 + 1e-9)) / comb(n + m, total)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 25), st.integers(1, 25), st.data())
def test_la_probabilite_est_celle_du_denombrement(n, m, donnees):
    a, b = donnees.draw(st.integers(0, n)), donnees.draw(st.integers(0, m))
    assert probabilite_exacte(a, n, b, m) == pytest.approx(fisher_par_denombrement(a, n, b, m), abs=1e-9)


@pytest.mark.parametrize(
    ("apres", "avant", "attendu"),
    [
        (part(7, 14), part(5, 12), "cet écart peut tenir au hasard"),
        (part(60, 100), part(30, 100), "l'écart est net"),
        (part(3, 8), part(5, 12), "trop peu pour conclure (n\u00a0=\u00a08)"),
        (part(5, 10), part(6, 12), ""),
        (part(7, 14), part(5, 12, "masque"), ""),
        (Cellule("publie", 7.0, None, 14.0, "mois"), Cellule("publie", 6.0, None, 12.0, "mois"), ""),
    ],
)
def test_jugement(apres, avant, attendu):
    assert jugement(apres, avant, SORTIES) == attendu


def test_la_note_dit_le_test_et_ses_effectifs():
    lue = note([(SORTIES, part(7, 14), part(5, 12))], 2022)
    assert "5 sur 12 puis 7 sur 14, p\u00a0=\u00a00,71" in lue and lue.startswith("Test exact de Fisher de 2021 à 2022")
    assert note([(SORTIES, part(3, 8), part(5, 12))], 2022) == ""
    assert "p\u00a0<\u00a00,001" in note([(SORTIES, part(90, 100), part(10, 100))], 2022)
    assert "p\u00a0>\u00a00,99" in note([(SORTIES, part(7, 21), part(5, 16))], 2022)
    assert note([], 2022) == ""


def test_des_journees_ne_se_jugent_pas():
    """Mille journées ne sont pas mille situations : un écart d'occupation n'a pas de test."""
    occupation = fabrique.definition("taux_sortie_logement", denominateur="journées théoriques de la période")
    assert jugement(part(3400, 3650), part(3000, 3650), occupation) == ""


def test_une_part_impossible_est_refusee():
    with pytest.raises(ValueError, match="13/12"):
        probabilite_exacte(13, 12, 1, 10)
