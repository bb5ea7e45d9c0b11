"""Les anomalies relevées dans le rapport de l'hébergement éducatif de jeunes : une par test."""

from __future__ import annotations

import polars as pl

from observatoire.entrepot import lire_entrepot
from tests.reference.lecture import cellules, valeur

MAJEURS, MINEURS = "tremplins_majeurs", "tremplins_mineurs"


def test_h5_appartements_mis_en_service(espace_complet):
    """H5 : 6 appartements sont annoncés mis en service ; l'un s'aménage encore en décembre : 5 le sont."""
    assert valeur(espace_complet, MAJEURS, 2022, "logements_ouverts_dispositif") == 6
    assert valeur(espace_complet, MAJEURS, 2022, "logements_mis_en_service") == 5
    travaux = lire_entrepot(espace_complet, MAJEURS).table("indisponibilite")
    assert travaux.filter(pl.col("fin").dt.year() == 2023)["motif"].to_list() == ["TRAVAUX"]


def test_h6_places_et_presents(espace_complet):
    """H6 : 22 places pour « deux derniers » jeunes attendus ; 13 majeurs et 4 mineurs présents, 19 avec eux."""
    places = valeur(espace_complet, MAJEURS, 2022, "capacite_dispositif")
    majeurs, mineurs = (valeur(espace_complet, s, 2022, "personnes_presentes_fin") for s in (MAJEURS, MINEURS))
    assert (places, majeurs, mineurs) == (22, 13, 4)
    accueillis = valeur(espace_complet, MAJEURS, 2022, "personnes_hebergees")
    assert majeurs == accueillis - valeur(espace_complet, MAJEURS, 2022, "sorties")
    assert majeurs + mineurs + 2 == 19 < places


def test_h7_presents_au_premier_jour(espace_complet):
    """H7 : 22 accueillis moins 12 nouveaux feraient 10 présents pour 9 places ; sans les 3 passages il y en a 7."""
    accueillis, nouveaux, passages = (
        valeur(espace_complet, MAJEURS, 2022, nom)
        for nom in ("personnes_hebergees", "nouveaux_accueillis", "passages_de_groupe")
    )
    presents = valeur(espace_complet, MAJEURS, 2021, "personnes_presentes_fin")
    places = valeur(espace_complet, MAJEURS, 2022, "capacite_debut")
    assert accueillis - nouveaux == 10 > places == 9
    assert accueillis - nouveaux - passages == presents == 7
    assert valeur(espace_complet, MAJEURS, 2022, "entrees") == nouveaux


def test_h8_jeunes_distincts(espace_complet):
    """H8 : 22 majeurs et 8 mineurs sont 27 jeunes : les 3 passés de l'un à l'autre ne comptent qu'une fois."""
    for service in (MAJEURS, MINEURS):
        assert valeur(espace_complet, service, 2022, "personnes_distinctes_dispositif") == 27
        assert valeur(espace_complet, service, 2022, "passages_de_groupe") == 3
    groupes = cellules(espace_complet, MAJEURS, 2022, "personnes_distinctes_dispositif", "groupe", "*")
    assert dict(groupes.select("modalite_1", "valeur").iter_rows()) == {MAJEURS: 22, MINEURS: 8}
    assert valeur(espace_complet, MINEURS, 2022, "sorties") == 1
