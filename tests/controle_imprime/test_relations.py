"""Les relations qu'un lecteur déclare à côté du CSV."""

from __future__ import annotations

import pytest

from observatoire.controle_imprime import controler
from observatoire.erreurs import ErreurObservatoire
from tests.controle_imprime.fabrique import chiffre, ecrire, natures, repartition

RELATION = """
[[relations]]
libelle = "Places prises"
formule = "places = presents - sortis + prevus"
[relations.termes]
places = { indicateur = "capacite" }
presents = { indicateur = "jeunes_accueillis", modalite_1 = "Total" }
sortis = { indicateur = "departs" }
prevus = { indicateur = "accueils_prevus", annee = 2023 }
"""


def controler_avec(dossier, relations, *lignes):
    fichier = ecrire(dossier / "rapport.csv", list(lignes))
    (dossier / "rapport.relations.toml").write_text(relations, encoding="utf-8")
    return controler(fichier)


def comptes(places):
    return [
        chiffre("capacite", places, unite="places"),
        *repartition("jeunes_accueillis", "sexe", {"garçon": 12, "fille": 10, "Total": 22}),
        chiffre("departs", 9),
        chiffre("accueils_prevus", 2, annee=2023),
    ]


def test_une_relation_qui_tient(tmp_path):
    resultat = controler_avec(tmp_path, RELATION, *comptes(15))
    assert natures(resultat) == []
    assert "22 − 9 + 2 = 15" in next(v for v in resultat.verifications if v.regle == "relations").calcul


def test_une_relation_rompue(tmp_path):
    resultat = controler_avec(tmp_path, RELATION, *comptes(22))
    assert natures(resultat) == [("relation rompue", "prouvé")]
    constat = resultat.constats[0]
    assert (constat.imprime, constat.recalcule, constat.lignes) == ("22", "15", (2, 5, 6, 7))


def test_l_arrondi_imprime_est_compte(tmp_path):
    relation = """
[[relations]]
libelle = "Taux"
formule = "taux = 100 * n / base"
termes = { taux = { unite = "%" }, n = { indicateur = "atteints" }, base = { indicateur = "arrets" } }
"""
    lignes = [chiffre("atteints", 19), chiffre("arrets", 27)]
    assert natures(controler_avec(tmp_path, relation, *lignes, chiffre("reussite", 70, unite="%"))) == []
    assert natures(controler_avec(tmp_path, relation, *lignes, chiffre("reussite", 71, unite="%"))) == [
        ("relation rompue", "prouvé")
    ]


def test_somme_compte_et_autre_fichier(tmp_path):
    relation = """
[[relations]]
libelle = "Partenaires"
formule = "partenaires = entres"
termes.partenaires = { indicateur = "partenaires" }
termes.entres = { fichier = "autre.csv", indicateur = "entres", agregat = "somme" }
[[relations]]
libelle = "Années"
formule = "annees = vues"
termes.annees = { indicateur = "annees" }
termes.vues = { fichier = "autre.csv", indicateur = "entres", agregat = "compte" }
"""
    ecrire(tmp_path / "autre.csv", [chiffre("entres", v, annee=a) for v, a in ((1, 2009), (1, 2013), (5, 2015))])
    resultat = controler_avec(tmp_path, relation, chiffre("partenaires", 6), chiffre("annees", 3))
    assert [(c.imprime, c.recalcule, c.lignes) for c in resultat.constats] == [("6", "7", (2,))]
    assert "autre.csv, lignes 2, 3, 4" in resultat.constats[0].calcul
    assert any(v.calcul.startswith("Années") for v in resultat.verifications)


@pytest.mark.parametrize(
    ("relations", "attendu"),
    [
        ("relations = [", "illisible"),
        ("", "aucune relation"),
        ("[[relation]]\nlibelle = 'x'", "clé inconnue, relation"),
        ("[[relations]]\nlibelle = 'x'", "il manque formule, termes"),
        (RELATION.replace("places = presents - sortis + prevus", "places"), "illisible"),
        (RELATION.replace("- sortis", "- absents"), "« absents »"),
        (RELATION.replace("- sortis", "** sortis"), "sortis"),
        (RELATION.replace("- sortis", "/ 0"), "division par zéro"),
        (RELATION.replace('"departs"', '"rien"'), "aucune ligne ne convient"),
        (RELATION.replace('modalite_1 = "Total"', 'tableau = "texte"'), "3 lignes de valeurs différentes"),
        (RELATION.replace("modalite_1", "modalite"), "colonne « modalite » inconnue"),
        (RELATION.replace("annee = 2023", 'agregat = "produit"'), "« produit » inconnu"),
    ],
)
def test_une_relation_mal_ecrite_se_dit(tmp_path, relations, attendu):
    with pytest.raises(ErreurObservatoire) as erreur:
        controler_avec(tmp_path, relations, *comptes(15))
    assert attendu in str(erreur.value) and "relations.toml" in str(erreur.value)
