"""Les anomalies relevées dans les rapports du LTIAE et du CLLAJ : une par test."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from itertools import product

import polars as pl
import pytest

from observatoire.entrepot import lire_entrepot
from observatoire.regles import tranche_age, tranches_age
from observatoire.services import lire_service
from tests.reference.lecture import IMPRIMES, arrondi, cellules, valeur
from tests.reference.verifications.ltiae_cllaj import (
    colonnes_imprimees,
    listes_par_mesure,
    mesures_terminees,
    nom_en_serie,
    serie_recue,
)


@pytest.mark.parametrize("colonne", ["theme", "partenaire"])
def test_les_quatorze_colonnes_sont_les_mesures_terminees(espace_complet, colonne):
    """Les 14 listes de croix imprimées sont, ensemble, celles des mesures terminées dans l'année."""
    assert Counter(colonnes_imprimees(colonne).values()) == listes_par_mesure(espace_complet, colonne)


def test_la_serie_recue_est_celle_de_l_imprime(espace_complet):
    """Les chiffres reçus agrégés de 2019 à 2021 sont exactement ceux que l'imprimé de 2022 rappelle."""
    rappeles = {
        nom_en_serie(ligne): ligne["valeur_imprimee"]
        for ligne in IMPRIMES["cllaj_2022"]
        if ligne["annee"] in ("2019", "2020", "2021") and ligne["indicateur"]
    }
    assert len(rappeles) == 18
    assert serie_recue(espace_complet, "cllaj") == rappeles


def test_l1_total_des_relogements(espace_complet):
    """L1 : le total imprimé est 8 ; la somme des bailleurs est 7."""
    bailleurs = cellules(espace_complet, "ltiae", 2022, "relogements_par_bailleur", "bailleur", "*")
    assert bailleurs["valeur"].sum() == 7
    assert valeur(espace_complet, "ltiae", 2022, "relogements_par_bailleur") == 7


def test_l2_relogements_publics(espace_complet):
    """L2 : 5, 6, 7 puis 8 relogements selon la page ; il y en a 7, dont 6 hors intermédiation locative."""
    assert valeur(espace_complet, "ltiae", 2022, "relogements") == 7
    assert valeur(espace_complet, "ltiae", 2022, "matrice_parcours", "logement_sortie", "PUBLIC") == 6
    assert valeur(espace_complet, "ltiae", 2022, "matrice_parcours", "logement_sortie", "PUBLIC|IML") == 7


def test_l3_relogements_prives(espace_complet):
    """L3 : le résumé annonce 4 relogements privés ; aucun n'est dans les données, ni au parcours."""
    assert valeur(espace_complet, "ltiae", 2022, "relogements", "parc", "PRIVE") == 0
    assert valeur(espace_complet, "ltiae", 2022, "matrice_parcours", "logement_sortie", "PRIVE") == 0


def test_l4_base_du_parcours(espace_complet):
    """L4 : le commentaire du parcours écrit 13 mesures ; il y en a 14, comme le total du tableau."""
    assert valeur(espace_complet, "ltiae", 2022, "matrice_parcours") == 14
    assert valeur(espace_complet, "ltiae", 2022, "taux_sortie_logement", champ="denominateur") == 14


def test_l5_part_relogee(espace_complet):
    """L5 : 57 % imprimés héritent du total faux ; 7 mesures sur 14 font 50 %."""
    assert valeur(espace_complet, "ltiae", 2022, "taux_sortie_logement", champ="numerateur") == 7
    assert valeur(espace_complet, "ltiae", 2022, "taux_sortie_logement") == 50


def test_l6_part_de_perte_de_lien(espace_complet):
    """L6 : 35 % sont tronqués ; 5 sur 14 font 35,7 %, arrondis à 36 %."""
    part = valeur(espace_complet, "ltiae", 2022, "taux_rupture_lien")
    assert part == pytest.approx(500 / 14)
    assert arrondi(part, 0) == 36


def test_l7_baisse_de_la_file_active(espace_complet):
    """L7 : la baisse n'est pas entre mars et avril : elle va de janvier à mars, avril remonte de 4."""
    mois = [
        valeur(espace_complet, "ltiae", 2022, "file_active_mensuelle", "mois", f"2022-{n:02d}") for n in range(1, 5)
    ]
    assert mois[0] > mois[1] > mois[2]
    assert mois[3] - mois[2] == 4


def titres(espace, service: str) -> list[str]:
    """Les titres imprimés d'un service : sections et tableaux de son réglage."""
    sections = lire_service(espace, service).sections
    lus = [s.titre for s in sections] + [b["titre"] for s in sections for b in s.blocs if "titre" in b]
    assert len(lus) > 10
    return lus


@pytest.mark.parametrize("service", ["ltiae", "cllaj"])
def test_l8_annee_du_titre(espace_complet, service):
    """L8 : le sommaire dit 2021, le corps 2022 ; aucun titre n'écrit l'année, elle vient du paramètre."""
    assert not [titre for titre in titres(espace_complet, service) if re.search(r"\b(19|20)\d\d\b", titre)]


def test_l9_comparaison_a_l_annee_precedente(espace_complet):
    """L9 : l'imprimé compare 2022 à 2020 ; l'évolution se calcule sur l'année précédente."""
    avant, apres = (valeur(espace_complet, "ltiae", annee, "menages_accompagnes") for annee in (2021, 2022))
    evolution = valeur(espace_complet, "ltiae", 2022, "evolution_n_1", "indicateur", "menages_accompagnes")
    assert evolution == pytest.approx(100 * (apres - avant) / avant)


def test_l10_unite_de_compte(espace_complet):
    """L10 : 25 « personnes » sont 25 ménages ; l'unité voyage avec le chiffre."""
    total = cellules(espace_complet, "ltiae", 2022, "menages_accompagnes")
    assert total["valeur"].to_list() == [25]
    assert total["unite"].to_list() == ["ménages"]


def test_l11_colonnes_par_mesure(espace_complet):
    """L11 : les 14 colonnes titrées « mois » sont les 14 mesures terminées, base des thèmes et partenaires."""
    for indicateur, colonne in (("themes_travailles", "theme"), ("partenaires_sollicites", "partenaire")):
        lignes = cellules(espace_complet, "ltiae", 2022, indicateur, colonne, "*")
        assert set(lignes["denominateur"]) == {14}


def test_l12_mesure_sans_partenaire(espace_complet):
    """L12 : la colonne 1 est vide d'un côté, à 0 de l'autre ; la mesure sans acte reste dans la base et vaut 0."""
    assert listes_par_mesure(espace_complet, "theme")[frozenset()] == 1
    assert listes_par_mesure(espace_complet, "partenaire")[frozenset()] == 1
    ligne = cellules(espace_complet, "ltiae", 2022, "partenaires_sollicites", "partenaire", "EMPLOI")
    assert (ligne["numerateur"].item(), ligne["denominateur"].item()) == (13, 14)


def test_l13_tranches_d_age_sans_trou(espace_complet):
    """L13 : 25 ans et plus de 60 ans n'entraient nulle part ; chaque âge a une tranche et une seule."""
    bornes = lire_service(espace_complet, "ltiae").parametres.bornes_age
    assert bornes == [0, 25, 41, 51, 61]
    ages = pl.DataFrame({"age": range(121)}).with_columns(tranche=tranche_age("age", bornes))
    assert ages["tranche"].null_count() == 0
    assert ages["tranche"].unique(maintain_order=True).to_list() == tranches_age(bornes)
    classe = dict(ages.iter_rows())
    assert classe[24] != classe[25] == classe[26] == classe[40]
    assert classe[60] != classe[61] == classe[120]
    lignes = cellules(espace_complet, "ltiae", 2022, "menages_accompagnes", "age_tranche", "*")
    assert lignes["valeur"].sum() == 25


def test_l14_base_des_arrets(espace_complet):
    """L14 : les arrêts ne portent pas sur les mesures orientées mais sur les 14 mesures terminées."""
    lignes = cellules(espace_complet, "ltiae", 2022, "motifs_fin", "motif_fin", "INCARCERATION|PERTE_LIEN")
    assert set(lignes["denominateur"]) == {14}
    perdus = valeur(espace_complet, "ltiae", 2022, "matrice_parcours", "logement_sortie", "INCONNU|DETENTION")
    assert lignes["numerateur"].sum() == perdus == 7


def test_l15_arrets_et_non_signature(espace_complet):
    """L15 : 8 mesures arrêtées sont 7 arrêts et 1 mesure jamais commencée, comptée à part."""
    arrets = valeur(
        espace_complet, "ltiae", 2022, "motifs_fin", "motif_fin", "INCARCERATION|PERTE_LIEN", champ="numerateur"
    )
    assert arrets == 7
    assert valeur(espace_complet, "ltiae", 2022, "non_signature_mesures") == 1


def test_l16_base_de_la_duree_moyenne(espace_complet):
    """L16 : la moyenne de 7 mois dit sa base : les 14 mesures terminées, la plus longue comprise."""
    duree = cellules(espace_complet, "ltiae", 2022, "duree_moyenne_accompagnement")
    assert duree["base"].item() == 14
    assert arrondi(duree["valeur"].item(), 0) == 7
    menages = mesures_terminees(espace_complet)["id_menage"]
    parcours = (
        lire_entrepot(espace_complet, "ltiae")
        .table("mesure")
        .filter(pl.col("id_menage").is_in(menages.implode()))
        .group_by("id_menage")
        .agg((pl.col("date_fin").max() - pl.col("date_debut").min()).dt.total_days().alias("j"))
    )
    assert duree["valeur"].item() == pytest.approx(parcours["j"].sum() / 30.4375 / 14)


@pytest.mark.parametrize("service", ["ltiae"])
def test_l17_titres_sans_numero(espace_complet, service):
    """L17 : 12 points au sommaire, 11 dans le corps ; nos titres sont uniques et sans numéro écrit à la main."""
    verifier_titres(espace_complet, service)


@pytest.mark.parametrize("service", ["cllaj"])
def test_h21_titres_sans_numero(espace_complet, service):
    """H21 : trois rubriques portent le même numéro ; nos titres sont uniques et sans numéro écrit à la main."""
    verifier_titres(espace_complet, service)


def verifier_titres(espace, service: str) -> None:
    sections = [s.titre for s in lire_service(espace, service).sections]
    assert len(set(sections)) == len(sections)
    assert not [titre for titre in titres(espace, service) if re.match(r"\s*([0-9]+|[IVX]+)\s*[-–.)]", titre)]


def test_h1_frequentation_a_definition_constante(espace_complet):
    """H1 : 580 et +4,9 % cachent une rupture ; à définition constante 504, soit −8,9 % sur 2021."""
    nom = "demandeurs_distincts_cllaj"
    assert valeur(espace_complet, "cllaj", 2022, nom, version="2022") == 580
    constante = valeur(espace_complet, "cllaj", 2022, nom, version="2019")
    precedente = valeur(espace_complet, "cllaj", 2021, nom, version="2019")
    assert (precedente, constante) == (553, 504)
    assert arrondi(100 * (constante - precedente) / precedente, 1) == Decimal("-8.9")
    assert arrondi(100 * (580 - precedente) / precedente, 1) == Decimal("4.9")


def test_h2_personnes_et_situations(espace_complet):
    """H2 : « 268 dossiers » sont 268 personnes pour 218 situations ; l'unité de chacun est dite."""
    personnes = cellules(espace_complet, "cllaj", 2022, "personnes_accompagnees")
    situations = cellules(espace_complet, "cllaj", 2022, "situations_accompagnees")
    assert (personnes["valeur"].item(), situations["valeur"].item()) == (268, 218)
    assert (personnes["unite"].item(), situations["unite"].item()) == ("personnes", "situations")


def test_h3_base_des_pourcentages(espace_complet):
    """H3 : 8,2 % et 38,8 % n'ont de sens que sur 268 personnes : 22 et 104 ; la base est écrite."""
    plus_de_26 = cellules(espace_complet, "cllaj", 2022, "age_tranches", "age_tranche", "26-30|31 et plus")
    assert plus_de_26["numerateur"].sum() == 22
    assert set(plus_de_26["denominateur"]) == {268}
    faibles = cellules(espace_complet, "cllaj", 2022, "part_ressources_faibles")
    assert (faibles["numerateur"].item(), faibles["denominateur"].item()) == (104, 268)
    sur_218 = {arrondi(100 * n / 218, 1) for n in range(219)}
    assert not {Decimal("8.2"), Decimal("38.8")} & sur_218


def test_h4_moyennes_du_zoom_ase(espace_complet):
    """H4 : 632 € et 732 € sont impossibles à 21 jeunes ; nos deux moyennes gardent une même base, dite."""
    possibles = [
        (avec, tous)
        for tous, avec in product(range(1, 22), range(1, 22))
        if avec <= tous and 631.5 / 732.5 <= avec / tous <= 632.5 / 731.5
    ]
    assert possibles == []
    axes = ("parcours_ase", "oui")
    tous = cellules(espace_complet, "cllaj", 2022, "ressources_moyennes_tous", *axes)
    avec = cellules(espace_complet, "cllaj", 2022, "ressources_moyennes_avec_ressources", *axes)
    assert avec["base"].item() < tous["base"].item() <= 21
    somme = tous["valeur"].item() * tous["base"].item()
    assert somme == pytest.approx(avec["valeur"].item() * avec["base"].item())


def test_h15_jeunes_des_quartiers(espace_complet):
    """H15 : 97, 35 et 44 ne disent pas leur lien ; 97 = 35 suivis + 44 et 18 touchés en allant vers."""
    assert valeur(espace_complet, "cllaj", 2022, "jeunes_qpv") == 97
    assert valeur(espace_complet, "cllaj", 2022, "jeunes_qpv", "canal", "dossier") == 35
    par_lieu = cellules(espace_complet, "cllaj", 2022, "jeunes_aller_vers", "lieu", "*", "qpv", "oui")
    assert sorted(par_lieu["valeur"]) == [18, 44]


def test_h19_chiffres_mal_lus(espace_complet):
    """H19 : « I », « I » et « 2 I » sont 1, 1 et 21."""
    mal_lus = [ligne for ligne in IMPRIMES["cllaj_2022"] if ligne["anomalie"] == "H19"]
    lus = [
        valeur(
            espace_complet,
            "cllaj",
            2022,
            ligne["indicateur"],
            ligne["ventilation_1"],
            ligne["modalite_1"],
            champ=ligne["champ"],
        )
        for ligne in mal_lus
    ]
    assert lus == [1, 1, 21]
