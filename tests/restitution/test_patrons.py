"""Les tournures des phrases générées : accord, élision, précision."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.restitution import locale, patrons
from tests.restitution.grammaire import fautes

MENAGE = locale.nom_unite("ménages")
DEMANDE = locale.nom_unite("demandes")
EURO = locale.nom_unite("euro")
NOMS = sorted(set(locale._NOMS.values()))


def lisible(texte: str) -> str:
    return texte.replace(locale.INSECABLE, " ").replace(locale.FINE, " ")


@pytest.mark.parametrize(
    ("quantite", "base", "nom", "attendu"),
    [
        (95, 100, MENAGE, "plus de neuf ménages sur dix"),
        (75, 100, DEMANDE, "trois demandes sur quatre"),
        (66, 100, MENAGE, "près de deux ménages sur trois"),
        (80, 100, DEMANDE, "quatre demandes sur cinq"),
        (40, 100, MENAGE, "deux ménages sur cinq"),
        (13, 40, DEMANDE, "près d'une demande sur trois"),
        (100, 100, DEMANDE, "toutes les demandes"),
        (50, 100, DEMANDE, "une demande sur deux"),
        (51, 100, DEMANDE, "plus d'une demande sur deux"),
        (48, 100, MENAGE, "près d'un ménage sur deux"),
        (44, 100, MENAGE, "plus de deux ménages sur cinq"),
        (25, 100, MENAGE, "un ménage sur quatre"),
        (24, 100, MENAGE, ""),
        (0, 0, MENAGE, ""),
        (3, 2, MENAGE, ""),
    ],
)
def test_fraction(quantite, base, nom, attendu):
    assert patrons.fraction(quantite, base, nom) == attendu


@pytest.mark.parametrize(
    ("quantite", "nom", "attendu"),
    [
        (25, MENAGE, "les 25 ménages"),
        (1, MENAGE, "le seul ménage"),
        (1, DEMANDE, "la seule demande"),
        (153000, EURO, "153 000 €"),
        (12, None, "la totalité (12)"),
        (1.5, locale.nom_unite("ETP"), "1,5 ETP"),
        (0.8, locale.nom_unite("ETP"), "0,8 ETP"),
        (1.5, locale.nom_unite("places"), "1,5 place"),
        (2.7, locale.nom_unite("ETP"), "2,7 ETP"),
    ],
)
def test_tout(quantite, nom, attendu):
    assert lisible(patrons.tout(quantite, nom)) == attendu


@given(st.integers(1, 3000), st.data())
def test_une_fraction_ne_trompe_pas(base, donnees):
    """Dite telle quelle, elle vaut la part à deux points près ; « plus de » et « près de » sont du bon côté."""
    quantite = donnees.draw(st.integers(0, base))
    dite = patrons.fraction(quantite, base, MENAGE)
    if not dite or dite.startswith("tous"):
        assert quantite == base or 4 * quantite < base
        return
    chiffres = {"un": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "neuf": 9, "dix": 10}
    approche, nue = dite.split(" ", 1) if dite.startswith(("plus", "près")) else ("", dite)
    haut, bas = (chiffres[m] for m in nue.removeprefix("d'").replace("de ", "", 1).split() if m in chiffres)
    ecart = 100 * quantite / base - 100 * haut / bas
    assert {"": abs(ecart) <= 2, "plus": 0 < ecart < 10, "près": -3 <= ecart < 0}[approche] or abs(ecart) < 1e-6


def test_reponses_connues():
    assert patrons.reponses_connues(12, 25) == "12 des 25 réponses connues"
    assert patrons.reponses_connues(2, 2) == "les 2 réponses connues"
    assert patrons.reponses_connues(1, 1) == "la seule réponse connue"
    assert patrons.reponses_connues(1, 3) == "1 des 3 réponses connues"


@pytest.mark.parametrize(
    ("ecart", "nom", "unite", "attendu"),
    [
        (2, MENAGE, "ménages", "soit 2 de plus qu'en 2021"),
        (-1, MENAGE, "ménages", "soit un de moins qu'en 2021"),
        (1, DEMANDE, "demandes", "soit une de plus qu'en 2021"),
        (1, None, "", "soit 1 de plus qu'en 2021"),
        (-1200, EURO, "€", "soit 1 200 € de moins qu'en 2021"),
        (0.25, locale.nom_unite("ETP"), "ETP", "soit 0,25 de plus qu'en 2021"),
    ],
)
def test_de_plus(ecart, nom, unite, attendu):
    assert lisible(patrons.de_plus(ecart, 2021, nom, unite)) == attendu


@pytest.mark.parametrize(
    ("nom", "attendu"),
    [
        ("CAHC", "sur la CAHC"),
        ("CALL", "sur la CALL"),
        ("CA d'Hénin-Carvin", "sur la CA d'Hénin-Carvin"),
        ("CC du Pays de Sources", "sur la CC du Pays de Sources"),
        ("Métropole de Lyon", "sur la métropole de Lyon"),
        ("Agglomération lensoise", "sur l'agglomération lensoise"),
        ("Grenoble-Alpes Métropole", "sur Grenoble-Alpes Métropole"),
        ("Segré-en-Anjou", "pour Segré-en-Anjou"),
        ("Angers et première couronne", "pour Angers et première couronne"),
        ("Calais", "pour Calais"),
    ],
)
def test_dans_le_territoire(nom, attendu):
    assert patrons.dans_le_territoire(nom) == attendu


def test_annees_muettes_reunies_par_raison():
    assert patrons.muettes([(2021, "masqué"), (2020, "masqué"), (2019, "non reçu")]) == (
        "masqué en 2020 et 2021, non reçu en 2019"
    )
    assert patrons.muettes([]) == ""


def test_sans_cas_et_aucun():
    assert patrons.sans_cas(locale.nom_unite("sorties"), 2022) == "aucune sortie en 2022"
    assert patrons.sans_cas(None, 2022) == "aucun cas en 2022"
    assert patrons.sans_cas(EURO, 2022) == "aucun montant en 2022"
    assert [patrons.aucun(n) for n in (MENAGE, DEMANDE)] == ["aucun", "aucune"]


def test_manque_accorde_son_verbe():
    assert patrons.manque(1, 3, "1 demande") == "1 demande sur 3 n'a pas de réponse connue"
    assert patrons.manque(2, 3, "2 demandes") == "2 demandes sur 3 n'ont pas de réponse connue"


def test_les_reponses_qui_manquent_s_accordent():
    assert lisible(patrons.reponses_manquantes(1)) == "1 réponse manque"
    assert lisible(patrons.reponses_manquantes(102)) == "102 réponses manquent"


def test_en_tete():
    assert patrons.en_tete(["« A »"]) == "« A » vient en tête"
    assert patrons.en_tete(["« A »", "« B »"], " partout") == "« A » et « B » viennent en tête à égalité partout"


@given(st.integers(0, 5000), st.integers(0, 5000), st.sampled_from(NOMS))
def test_toute_tournure_est_du_francais(n, base, nom):
    morceaux = [
        patrons.fraction(min(n, base), base, nom),
        patrons.tout(n, nom),
        patrons.reponses_connues(min(n, base), base or 1),
        patrons.de_plus(n or 1, 2021, nom),
        patrons.sans_cas(nom, 2022),
    ]
    assert not [f for morceau in morceaux for f in fautes(morceau)]


@pytest.mark.parametrize(
    ("quantite", "base", "attendu"),
    [
        (1, 1.5, "les deux tiers des ETP"),
        (15.5, 16.5, "plus des trois quarts des ETP"),
        (3, 4, "les trois quarts des ETP"),
        (2, 4, "la moitié des ETP"),
        (1, 4.5, ""),
        (1, 0, ""),
    ],
)
def test_portion(quantite, base, attendu):
    assert patrons.portion(quantite, base, locale.nom_unite("ETP")) == attendu
