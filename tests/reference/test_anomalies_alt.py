"""Les anomalies relevées dans les pages de l'ALT : une par test."""

from __future__ import annotations

import polars as pl
import pytest

from observatoire.entrepot import lire_entrepot
from observatoire.restitution import locale
from tests.reference.lecture import IMPRIMES, valeur
from tests.reference.verifications.alt import GROUPES, conventions, prolongations_par_menage, somme_des_groupes

JEUNES, FAMILLES = GROUPES


def places_en(espace, service: str, mois: str) -> float:
    return valeur(espace, service, 2022, "capacite_mensuelle", "mois", mois)


def test_h9_demandes_des_deux_groupes(espace_complet):
    """H9 : « autant » de demandes de familles que de jeunes ; il y en a 38 contre 40, soit 5 % de moins."""
    jeunes, familles = (valeur(espace_complet, s, 2022, "demandes_recues") for s in GROUPES)
    assert (jeunes, familles) == (40, 38)
    assert 100 * (familles - jeunes) / jeunes == pytest.approx(-5)


def test_h10_unite_du_parc(espace_complet):
    """H10 : 14 « hébergements » pour 16 logements listés ; ce sont 14 places, dans 10 logements en fin d'année."""
    assert valeur(espace_complet, JEUNES, 2022, "logements_mobilises") == 16
    assert valeur(espace_complet, JEUNES, 2022, "logements_31_12") == 10
    assert places_en(espace_complet, JEUNES, "2022-12") == 14
    regle = {"T1": 1, "T1_BIS": 1, "T2": 1, "T3": 2, "T4": 3}
    for typologie, places in (
        lire_entrepot(espace_complet, JEUNES).table("place").select("typologie", "nb_places").iter_rows()
    ):
        assert places == regle[typologie], f"{typologie} : {places} places"


def test_h11_calendrier_du_parc(espace_complet):
    """H11 : « 17 jusque août, 14 ensuite » ; la règle des dates donne 19 en septembre et octobre, 14 en décembre."""
    places = {m: places_en(espace_complet, JEUNES, f"2022-{m:02d}") for m in range(1, 13)}
    assert {places[m] for m in range(1, 8)} == {17}
    assert [places[m] for m in (9, 10, 11, 12)] == [19, 19, 13, 14]
    rendus = lire_entrepot(espace_complet, JEUNES).table("place").filter(pl.col("fermeture").is_not_null())
    assert rendus["nb_places"].sum() == valeur(espace_complet, JEUNES, 2022, "logements_rendus") == 6
    # Le dénominateur imprimé n'est pas reconstituable : le nôtre est compté jour par jour, bail par bail.
    assert valeur(espace_complet, JEUNES, 2022, "taux_occupation_logements", champ="denominateur") == 4649


def test_h12_trois_nombres_proches(espace_complet):
    """H12 : 23 financés, 24 accompagnements, 27 places jusqu'en août : financement, suivi, place, trois objets."""
    assert sum(conventions(espace_complet, s)["objectif"].sum() for s in GROUPES) == 23
    assert somme_des_groupes(espace_complet, "capacite_mensuelle", "mois", "2022-12") == 24
    assert somme_des_groupes(espace_complet, "capacite_mensuelle", "mois", "2022-07") == 27


def test_h18_sens_des_variations(espace_complet):
    """H18 : quatre flèches perdues ; recalculé sur les deux années, seul le nombre de demandes des jeunes baisse."""
    ecarts = {
        (service, nom): valeur(espace_complet, service, 2022, "evolution_n_1", "indicateur", nom, champ="numerateur")
        for service in GROUPES
        for nom in ("demandes_recues", "menages_accompagnes")
    }
    assert list(ecarts.values()) == [-9, 6, 20, 5]
    imprimes = [
        abs(float(ligne["valeur_imprimee"]))
        for ligne in IMPRIMES["alt_2022"]
        if ligne["indicateur_imprime"].endswith("_sens_perdu")
    ]
    assert sorted(imprimes) == sorted(abs(e) for e in ecarts.values())


# --- Ce que le texte affirme sans le chiffrer -------------------------------------------------------------------


def test_la_duree_des_jeunes_est_celle_de_l_annee_precedente(espace_complet):
    """Le texte dit la durée égale à celle de l'année d'avant : elle s'écrit de la même façon."""
    durees = [valeur(espace_complet, JEUNES, annee, "duree_moyenne_sejour_sortants") for annee in (2021, 2022)]
    assert locale.duree(durees[0]) == locale.duree(durees[1])


def test_la_duree_des_familles_augmente(espace_complet):
    """Le texte dit la durée des familles en augmentation."""
    avant, maintenant = (
        valeur(espace_complet, FAMILLES, annee, "duree_moyenne_sejour_sortants") for annee in (2021, 2022)
    )
    assert maintenant > avant


@pytest.mark.parametrize(("service", "stock", "fin"), [(JEUNES, 16, 11), (FAMILLES, 10, 10)])
def test_les_stocks_bouclent(espace_complet, service, stock, fin):
    """I25 : présents au 1er janvier = accueillis − nouveaux ; au 31 décembre = accueillis − sortis."""
    accueillis, entrees, sorties = (
        valeur(espace_complet, service, 2022, nom) for nom in ("menages_accompagnes", "entrees", "sorties")
    )
    assert accueillis - entrees == valeur(espace_complet, service, 2021, "presents_31_12") == stock
    assert accueillis - sorties == valeur(espace_complet, service, 2022, "presents_31_12") == fin


def test_prolongations_des_jeunes(espace_complet):
    """I26 : huit prolongations, dont trois pour un jeune et deux pour un autre, les trois dernières à un chacun."""
    assert prolongations_par_menage(espace_complet, JEUNES) == [3, 2, 1, 1, 1]
    assert valeur(espace_complet, JEUNES, 2022, "menages_prolonges") == 5
    assert valeur(espace_complet, JEUNES, 2022, "renouvellements") == 8


def test_des_jeunes_viennent_du_cllaj(espace_complet):
    """Les mêmes personnes passent du CLLAJ à l'ALT : elles portent le même pseudonyme."""
    ici, avant = (lire_entrepot(espace_complet, s).table("personne")["id_personne"] for s in (JEUNES, "cllaj"))
    communes = set(ici) & set(avant)
    assert len(communes) == 12
