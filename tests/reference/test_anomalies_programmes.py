"""Les anomalies imprimées des programmes, une par test : ce que la maison recalcule à la place."""

from __future__ import annotations

from observatoire.entrepot import lire_entrepot
from tests.reference.lecture import IMPRIMES, cellules, valeur
from tests.reference.verifications import VERIFICATIONS

PROGRAMMES, FICHE_2018 = IMPRIMES["programmes_2020"], IMPRIMES["aide_accueil_2018"]


def lignes(imprimees: list[dict[str, str]], **colonnes: str) -> list[dict[str, str]]:
    """Les lignes imprimées qui ont ces valeurs ; il doit y en avoir."""
    trouvees = [ligne for ligne in imprimees if all(ligne[c] == v for c, v in colonnes.items())]
    assert trouvees, colonnes
    return trouvees


def test_c2_annee_de_la_premiere_immersion(espace_complet):
    """C2 : l'imprimé date de janvier 2020 une immersion d'un territoire entré au programme en septembre 2020."""
    (ligne,) = lignes(PROGRAMMES, indicateur_imprime="annee_premiere_immersion")
    assert (ligne["valeur_imprimee"], ligne["anomalie"], ligne["attendu"]) == ("2020", "C2", "2021")
    VERIFICATIONS[ligne["verification"]](espace_complet, ligne["service"], ligne)
    axes = ("type_contrat", "IMMERSION")
    for annee, attendu in ((2020, 0), (2021, 7)):
        lues = cellules(
            espace_complet, ligne["service"], annee, "contrats_debutes", *axes, territoire=ligne["territoire"]
        )
        assert lues["valeur"].sum() == attendu


def test_c4_etapes_du_parcours(espace_complet):
    """C4 : quatre étapes annoncées, cinq décrites : les actes de l'année en montrent cinq."""
    (ligne,) = lignes(PROGRAMMES, anomalie="C4")
    assert ligne["valeur_imprimee"] == "4"
    assert valeur(espace_complet, ligne["service"], 2020, "formes_accompagnement") == 5
    types = cellules(espace_complet, ligne["service"], 2020, "actes_par_type", "type_acte", "*")
    assert set(types["modalite_1"]) == {"ALLER_VERS", "ACTIVITE", "ENTRETIEN", "ORIENTATION", "TRIPARTITE"}


def test_c5_chantiers_partenaires(espace_complet):
    """C5 : six chantiers annoncés en 2018 ; un de 2009, un de 2013 et cinq de 2015 en font sept."""
    (ligne,) = lignes(FICHE_2018, anomalie="C5")
    assert ligne["valeur_imprimee"] == "6"
    cites = lignes(PROGRAMMES, indicateur_imprime="chantiers_insertion_entrants_cites")
    assert [(c["annee"], c["valeur_imprimee"]) for c in cites] == [("2009", "1"), ("2013", "1"), ("2015", "5")]
    assert valeur(espace_complet, ligne["service"], 2018, "organismes_prescripteurs") == 7
    demandes = lire_entrepot(espace_complet, ligne["service"]).table("demande")
    assert demandes["organisme"].drop_nulls().n_unique() == sum(int(c["valeur_imprimee"]) for c in cites)
