"""Contrôles de chiffres d'un plan d'action qui se lisent dans ses fiches : échéances, termes de budget, cibles.

Dans le fichier des imprimés, `modalite_1` est le numéro de fiche, `modalite_2` l'étape, le poste ou la grandeur
(« grandeur|public »), `champ` ce qu'on y lit.
"""

from __future__ import annotations

import polars as pl

from observatoire.entrepot import lire_entrepot
from observatoire.plans.calcul import avec_calcul
from tests.reference.lecture import arrondi


def _une(table: pl.DataFrame, **valeurs: str) -> dict:
    """La seule ligne de la table qui porte ces valeurs."""
    lignes = table.filter(*(pl.col(c) == v for c, v in valeurs.items())).to_dicts()
    assert len(lignes) == 1, f"{valeurs} : {len(lignes)} lignes"
    return lignes[0]


def budget(espace, service: str, action: str, poste: str) -> dict:
    """Un montant prévu et son calcul refait."""
    prevus = avec_calcul(lire_entrepot(espace, service).table("budget_action").lazy()).collect()
    return _une(prevus, id_action=action, poste=poste, nature="prevu")


def annee_jalon(espace, service, ligne) -> None:
    jalons = lire_entrepot(espace, service).table("jalon")
    jalon = _une(jalons, id_action=ligne["modalite_1"], libelle=ligne["modalite_2"])
    assert jalon[ligne["champ"]].year == int(ligne["valeur_imprimee"])


def terme_budget(espace, service, ligne) -> None:
    trouve = budget(espace, service, ligne["modalite_1"], ligne["modalite_2"])
    termes = {
        **{c: trouve[c] for c in ("montant", "cout_unitaire", "cout_unitaire_max")},
        "annees": trouve["derniere_annee"] - trouve["annee"] + 1,
        "recettes": 100 - (trouve["part"] or 0),
    }
    assert termes[ligne["champ"]] == float(ligne["valeur_imprimee"])


def cible_action(espace, service, ligne) -> None:
    cibles = lire_entrepot(espace, service).table("indicateur_action")
    grandeur, _, public = ligne["modalite_2"].partition("|")
    if ligne["champ"] == "publics":
        siennes = cibles.filter(pl.col("id_action") == ligne["modalite_1"], pl.col("indicateur") == grandeur)
        assert siennes["public"].n_unique() == int(ligne["valeur_imprimee"])
        return
    if public:
        cibles = cibles.filter(pl.col("public") == public)
    trouvee = _une(cibles, id_action=ligne["modalite_1"], indicateur=grandeur)
    decimales = int(ligne["decimales"])
    assert arrondi(trouvee[ligne["champ"]], decimales) == arrondi(ligne["valeur_imprimee"], decimales)


def budget_impossible(espace, service, ligne) -> None:
    trouve = budget(espace, service, ligne["modalite_1"], ligne["modalite_2"])
    assert trouve["montant"] == int(ligne["valeur_imprimee"])
    assert trouve["incoherent"] and trouve["maximum_centimes"] < trouve["montant"] * 100


VERIFICATIONS = {
    "annee_jalon": annee_jalon,
    "terme_budget": terme_budget,
    "cible_action": cible_action,
    "budget_impossible": budget_impossible,
}
