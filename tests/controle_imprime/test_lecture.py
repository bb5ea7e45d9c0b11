"""Lire un CSV bien ou mal formé, et rendre le bilan."""

from __future__ import annotations

import json

import pytest

from observatoire.controle_imprime import COLONNES, controler
from observatoire.erreurs import ErreurFichier
from tests.controle_imprime.fabrique import bilan, chiffre, ecrire, repartition

ENTETE = ",".join(COLONNES)
LIGNE = "1 Public,Accueil,Ville,2022,texte,suivis,,,,,{valeur},nombre"


@pytest.mark.parametrize(
    ("contenu", "attendu"),
    [
        ("", "il manque la colonne"),
        (ENTETE.replace(",valeur", ""), "il manque la colonne valeur"),
        (ENTETE.replace(",", ";"), "virgules"),
        (ENTETE + ",valeur\n", "colonne en double, valeur"),
        (ENTETE + "\n", "aucune ligne"),
        (f"{ENTETE}\n{LIGNE.format(valeur='douze')}", "ligne 2, colonne valeur : « douze » n'est pas un nombre"),
        (f"{ENTETE}\n{LIGNE.format(valeur='')}", "ligne 2, colonne valeur"),
        (f"{ENTETE}\n{LIGNE.format(valeur='nan')}", "ligne 2, colonne valeur"),
        (f"{ENTETE}\n{LIGNE.format(valeur='8,2')}", "13 valeurs pour 12 colonnes"),
        (f'{ENTETE}\n"{LIGNE.format(valeur="8")}', "guillemets"),
        (f"{ENTETE}\n1 Public,Accueil,Ville,2022,texte,,,,,,3,nombre", "colonne indicateur : vide"),
        (f"{ENTETE}\n1 Public,Accueil,Ville,2022,texte,—,,,,,3,nombre", "colonne indicateur : vide"),
        (f"{ENTETE}\n1 Public,Accueil,Ville,2022,texte,suivis,sexe,,,,3,nombre", "colonne modalite_1 : vide"),
        (f"{ENTETE}\n1 Public,Accueil,Ville,2022,texte,suivis,,,,femmes,3,nombre", "colonne ventilation_2 : vide"),
    ],
)
def test_un_csv_mal_forme_se_dit(tmp_path, contenu, attendu):
    fichier = tmp_path / "chiffres.csv"
    fichier.write_text(contenu, encoding="utf-8")
    with pytest.raises(ErreurFichier, match=r"chiffres\.csv") as erreur:
        controler(fichier)
    assert attendu in str(erreur.value)
    assert erreur.value.remede


def test_un_fichier_absent_ou_d_un_autre_codage(tmp_path):
    with pytest.raises(ErreurFichier, match="ne s'ouvre pas"):
        controler(tmp_path / "rien.csv")
    (tmp_path / "latin.csv").write_bytes(f"{ENTETE}\n{LIGNE.format(valeur=3)} réunis".encode("latin-1"))
    with pytest.raises(ErreurFichier, match="UTF-8"):
        controler(tmp_path / "latin.csv")


def test_les_lignes_sont_celles_du_fichier(tmp_path):
    """Un texte sur deux lignes décale les suivantes ; les colonnes en plus et la marque d'ordre ne gênent pas."""
    lignes = repartition("relogements", "bailleur", {"A": 1, "B": 2, "Total": 4}, tableau="t")
    lignes[0]["texte_original"] = "un texte\nsur deux lignes"
    fichier = ecrire(tmp_path / "chiffres.csv", lignes)
    fichier.write_bytes(b"\xef\xbb\xbf" + fichier.read_bytes())
    assert controler(fichier).constats[0].lignes == (5, 2, 4)


def test_sortie_texte_dictionnaire_et_code(tmp_path):
    lignes = repartition("relogements", "bailleur", {"A": 1, "B": 2, "Total": 4}, tableau="t")
    resultat = bilan(tmp_path, *lignes)
    texte = "\n".join(resultat.en_texte())
    assert "[prouvé] total faux — lignes 4, 2, 3" in texte
    assert "imprimé : 4 ; recalculé : 3" in texte
    assert "1 incohérence prouvée, 0 suspecte." in texte
    assert resultat.code_sortie == 3
    donnees = json.loads(json.dumps(resultat.en_dict()))
    assert (donnees["prouves"], donnees["suspects"], donnees["chiffres"]) == (1, 0, 3)
    assert donnees["constats"][0] == {
        "nature": "total faux",
        "niveau": "prouvé",
        "lignes": [4, 2, 3],
        "imprime": "4",
        "recalcule": "3",
        "calcul": "relogements, Total : 1 + 2 = 3, et non 4.",
        "regle": "totaux",
    }


def test_rien_a_dire(tmp_path):
    resultat = bilan(tmp_path, chiffre("suivis", 4))
    assert resultat.code_sortie == 0 and not resultat.prouves
    assert "Aucune incohérence trouvée." in resultat.en_texte()
