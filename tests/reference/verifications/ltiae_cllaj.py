"""Contrôles de chiffres du LTIAE et du CLLAJ qui se lisent dans l'entrepôt, les réglages ou les séries reçues."""

from __future__ import annotations

from collections import Counter

import polars as pl

from observatoire.entrepot import lire_entrepot
from observatoire.periode import Periode
from observatoire.services import lire_service
from tests.reference.lecture import IMPRIMES, arrondi, valeur


def mesures_terminees(espace, service: str = "ltiae", annee: int = 2022) -> pl.DataFrame:
    periode = Periode.de_l_annee(annee)
    mesures = lire_entrepot(espace, service).table("mesure")
    return mesures.filter(
        pl.col("date_debut").is_not_null() & pl.col("date_fin").is_between(periode.debut, periode.dernier_jour)
    )


def listes_par_mesure(espace, colonne: str) -> Counter[frozenset[str]]:
    """Les listes de thèmes (ou de partenaires) des mesures terminées, chacune avec son nombre de mesures."""
    actes = (
        lire_entrepot(espace, "ltiae")
        .table("acte")
        .filter(pl.col(colonne).is_not_null() & ~pl.col("presence").is_in(["absent", "annule"]).fill_null(False))
    )
    par_mesure = {m: set() for m in mesures_terminees(espace)["id_mesure"]}
    for mesure, modalite in actes.select("id_mesure", colonne).iter_rows():
        if mesure in par_mesure:
            par_mesure[mesure].add(modalite)
    return Counter(frozenset(liste) for liste in par_mesure.values())


def colonnes_imprimees(colonne: str) -> dict[str, frozenset[str]]:
    """Les croix du tableau imprimé : numéro de colonne → liste de modalités, colonnes vides comprises."""
    listes: dict[str, set[str]] = {str(n): set() for n in range(1, 15)}
    for ligne in IMPRIMES["ltiae_2022"]:
        if ligne["ventilation_1"] == colonne and ligne["statut"] == "microdonnee":
            listes[ligne["modalite_imprimee_2"]].add(ligne["modalite_1"])
    return {numero: frozenset(liste) for numero, liste in listes.items()}


def verifier_colonne(colonne: str):
    """Contrôle d'une croix ou d'un total de colonne : la mesure qu'elle décrit existe dans l'entrepôt."""

    def verifier(espace, _service, ligne):
        imprimees, calculees = colonnes_imprimees(colonne), listes_par_mesure(espace, colonne)
        liste = imprimees[ligne["modalite_imprimee_2"]]
        if ligne["modalite_imprimee_1"] == "Total":
            assert len(liste) == int(ligne["valeur_imprimee"])
        else:
            assert ligne["modalite_1"] in liste
        semblables = sum(1 for autre in imprimees.values() if autre == liste)
        assert calculees[liste] == semblables, f"{sorted(liste)} : {calculees[liste]} mesures au lieu de {semblables}"

    return verifier


def verifier_enfants(espace, service, ligne):
    """Les couples avec enfants accompagnés en 2022 ont 6, 7 et, pour les autres, un enfant."""
    entrepot, periode = lire_entrepot(espace, service), Periode.de_l_annee(2022)
    accompagnes = (
        entrepot.table("mesure")
        .filter(
            (pl.col("date_debut") <= periode.dernier_jour)
            & (pl.col("date_fin").is_null() | (pl.col("date_fin") > periode.debut))
        )["id_menage"]
        .unique()
    )
    couples = (
        entrepot.table("situation")
        .filter(
            (pl.col("moment") == "entree")
            & (pl.col("composition") == "CAE")
            & pl.col("id_menage").is_in(accompagnes.implode())
        )["id_menage"]
        .unique()
    )
    enfants = entrepot.table("membre").filter(
        (pl.col("role") == "enfant") & pl.col("id_menage").is_in(couples.implode())
    )
    comptes = Counter(enfants.group_by("id_menage").len()["len"].to_list())
    imprime = int(ligne["valeur_imprimee"])
    autres = valeur(espace, service, 2022, "menages_accompagnes", "composition", "CAE") - 2
    assert comptes[imprime] == (autres if imprime == 1 else 1), f"enfants par couple : {dict(comptes)}"


def verifier_incarcerations(espace, service, _ligne):
    """Les incarcérations racontées une par une font ensemble celles du tableau des arrêts."""
    racontees = [ligne for ligne in IMPRIMES["ltiae_2022"] if ligne["verification"] == "incarcerations"]
    somme = sum(int(ligne["valeur_imprimee"]) for ligne in racontees)
    assert valeur(espace, service, 2022, "motifs_fin", "motif_fin", "INCARCERATION", champ="numerateur") == somme


def verifier_convention(dispositif: str):
    """Contrôle de la durée imprimée d'une convention, lue de son premier jour à celui qui suit sa fin."""

    def verifier(espace, service, ligne):
        conventions = lire_entrepot(espace, service).table("convention").filter(pl.col("dispositif") == dispositif)
        durees = {
            str(arrondi((fin - debut).days / 365.25, 1))
            for debut, fin in conventions.select("debut", "fin").drop_nulls().iter_rows()
        }
        assert str(arrondi(ligne["valeur_imprimee"], 1)) in durees, f"{dispositif} : durées lues {sorted(durees)}"

    return verifier


def verifier_communes(espace, _service, ligne):
    """L'intercommunalité du service réunit le nombre imprimé de communes."""
    communes = pl.read_parquet(espace.ressource("data/referentiels/communes.parquet"))
    epci = communes.filter(pl.col("code") == "62427")["epci"].item()  # Hénin-Beaumont
    assert communes.filter(pl.col("epci") == epci)["code"].n_unique() == int(ligne["valeur_imprimee"])


def verifier_age_public(rang: int, decalage: int):
    """Contrôle d'une borne d'âge du public par le réglage `bornes_age`."""

    def verifier(espace, service, ligne):
        bornes = lire_service(espace, service).parametres.bornes_age
        assert bornes[rang] + decalage == int(ligne["valeur_imprimee"])

    return verifier


def verifier_seuil(espace, service, ligne):
    """Le seuil de ressources faibles réglé est celui de l'imprimé."""
    assert lire_service(espace, service).parametres.seuil_ressources_faibles == float(ligne["valeur_imprimee"])


def verifier_baisse(espace, service, ligne):
    """Le financement de la politique de la ville baisse de 20 % entre 2022 et le prévisionnel 2023."""
    realise, prevu = (
        valeur(espace, service, 2022, nom, "financeur", "Politique de la ville", champ="numerateur")
        for nom in ("financements_repartition", "financements_previsionnels")
    )
    assert arrondi(100 * (realise - prevu) / realise, 0) == arrondi(ligne["valeur_imprimee"], 0)


def verifier_ase_incomplets(espace, service, ligne):
    """Parmi les jeunes au parcours ASE, deux garçons n'ont ni logement ni emploi renseigné."""
    entrepot = lire_entrepot(espace, service)
    jeunes = entrepot.table("personne").filter(pl.col("parcours_ase") == "oui")
    photos = entrepot.table("situation").filter(
        (pl.col("moment") == "demande")
        & (pl.col("date").dt.year() == 2022)
        & (pl.col("logement").fill_null("NR") == "NR")
        & (pl.col("emploi").fill_null("NR") == "NR")
    )
    incomplets = jeunes.join(photos, on="id_personne", how="semi")
    assert incomplets.height == int(ligne["valeur_imprimee"])
    assert set(incomplets["genre"]) == {"H"}


def verifier_attributions(espace, service, ligne):
    """Les logements obtenus dans les 31 jours qui suivent le début de la mesure."""
    entrepot = lire_entrepot(espace, service)
    mesures = entrepot.table("mesure").filter(pl.col("rang") == 1).select("id_menage", "date_debut")
    delais = (
        entrepot.table("relogement")
        .filter(pl.col("date").dt.year() == 2022)
        .join(mesures, on="id_menage")
        .select((pl.col("date") - pl.col("date_debut")).dt.total_days())
    )
    assert delais.to_series().is_between(0, 31).sum() == int(ligne["valeur_imprimee"])


def serie_recue(espace, service: str) -> dict[tuple[str, str], str]:
    """Les chiffres reçus agrégés du service : (année, indicateur[.modalité]) → valeur, comme imprimée."""
    recue = pl.read_csv(espace.ressource(f"data/publie/{service}.csv"), infer_schema=False)
    return {(annee, nom): valeur for annee, nom, valeur in recue.select("annee", "indicateur", "valeur").iter_rows()}


def nom_en_serie(ligne: dict[str, str]) -> tuple[str, str]:
    return ligne["annee"], ".".join(m for m in (ligne["indicateur"], ligne["modalite_1"]) if m)


def verifier_serie_recue(espace, service, ligne):
    """Une année antérieure aux données se lit dans les chiffres reçus agrégés du service."""
    assert serie_recue(espace, service)[nom_en_serie(ligne)] == ligne["valeur_imprimee"]


VERIFICATIONS = {
    "themes_par_mesure": verifier_colonne("theme"),
    "partenaires_par_mesure": verifier_colonne("partenaire"),
    "enfants_par_couple": verifier_enfants,
    "incarcerations": verifier_incarcerations,
    "duree_convention_cllaj": verifier_convention("CLLAJ"),
    "duree_convention_ase": verifier_convention("CLLAJ ASE"),
    "communes_epci": verifier_communes,
    "age_public_minimum": verifier_age_public(0, 0),
    "age_public_maximum": verifier_age_public(-1, -1),
    "seuil_ressources_faibles": verifier_seuil,
    "baisse_politique_ville": verifier_baisse,
    "ase_incomplets": verifier_ase_incomplets,
    "attributions_des_le_debut": verifier_attributions,
    "serie_recue": verifier_serie_recue,
}
