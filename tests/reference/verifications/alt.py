"""Contrôles de chiffres de l'ALT : ceux qui réunissent les deux groupes, ou se lisent ménage par ménage."""

from __future__ import annotations

from datetime import date

import polars as pl

from observatoire.entrepot import lire_entrepot
from observatoire.restitution import locale
from observatoire.services import lire_service
from tests.reference.lecture import arrondi, valeur

GROUPES = ("alt_jeunes", "alt_familles")
FIN_D_ANNEE = date(2022, 12, 31)


def conventions(espace, service: str, dispositif: str = "FAL") -> pl.DataFrame:
    """Les conventions d'un groupe pour ce dispositif, ouvertes le dernier jour de l'année."""
    return (
        lire_entrepot(espace, service)
        .table("convention")
        .filter((pl.col("dispositif") == dispositif) & (pl.col("debut") <= FIN_D_ANNEE) & (pl.col("fin") > FIN_D_ANNEE))
    )


def somme_des_groupes(espace, indicateur: str, *axes: str, champ: str = "valeur") -> float:
    """La somme d'une cellule sur les deux groupes."""
    return sum(valeur(espace, service, 2022, indicateur, *axes, champ=champ) for service in GROUPES)


def verifier_agrement(espace, service, ligne):
    """La plus ancienne convention du service commence l'année de l'agrément."""
    debut = lire_entrepot(espace, service).table("convention")["debut"].min()
    assert debut.year == int(ligne["valeur_imprimee"])


def verifier_fal(espace, _service, ligne):
    """Les accompagnements financés sont les objectifs des deux conventions en cours."""
    finances = sum(conventions(espace, service)["objectif"].sum() for service in GROUPES)
    assert finances == int(ligne["valeur_imprimee"])


def verifier_accompagnements(espace, _service, ligne):
    """Un accompagnement par place ouverte en fin d'année."""
    assert somme_des_groupes(espace, "capacite_mensuelle", "mois", "2022-12") == int(ligne["valeur_imprimee"])


def verifier_duree_convention(espace, _service, ligne):
    """La convention en cours des deux groupes a la durée imprimée."""
    for service in GROUPES:
        for debut, fin in conventions(espace, service).select("debut", "fin").iter_rows():
            assert arrondi((fin - debut).days / 365.25, 1) == arrondi(ligne["valeur_imprimee"], 1)


def verifier_etp(espace, _service, ligne):
    """Les équivalents temps plein des deux groupes font ensemble le chiffre imprimé."""
    etp = somme_des_groupes(espace, "etp_accompagnement")
    assert arrondi(etp, 1) == arrondi(ligne["valeur_imprimee"], 1)


def verifier_nouveaux_logements(espace, _service, ligne):
    """Les nouveaux logements viennent tous du bailleur nommé."""
    nouveaux = somme_des_groupes(espace, "nouveaux_logements")
    assert nouveaux == somme_des_groupes(espace, "nouveaux_logements", "bailleur", "P de C Habitat")
    assert nouveaux == int(ligne["valeur_imprimee"])


def verifier_orientation(espace, _service, ligne):
    """La part des deux groupes se recalcule sur leurs sommes, jamais comme une moyenne de parts."""
    orientees, connues = (
        somme_des_groupes(espace, "part_orientation_partenaires", champ=c) for c in ("numerateur", "denominateur")
    )
    assert arrondi(100 * orientees / connues, 0) == arrondi(ligne["valeur_imprimee"], 0)


def prolongations_par_menage(espace, service: str, annee: int = 2022) -> list[int]:
    """Nombre de prolongations exceptionnelles de chaque ménage prolongé dans l'année, du plus au moins."""
    mesures = (
        lire_entrepot(espace, service)
        .table("mesure")
        .filter((pl.col("prolongation_exceptionnelle") == "oui") & (pl.col("date_debut").dt.year() == annee))
    )
    return sorted(mesures.group_by("id_menage").len()["len"], reverse=True)


def verifier_prolongations(espace, service, ligne):
    """Le premier jeune a le plus de prolongations, le second le suit."""
    rang = {"un premier jeune": 0, "un second jeune": 1}[ligne["modalite_imprimee_1"]]
    assert prolongations_par_menage(espace, service)[rang] == int(ligne["valeur_imprimee"])


def verifier_duree(espace, service, ligne):
    """La durée moyenne des sortants s'écrit avec les mois et les jours imprimés (transcrits en mois de 30 jours)."""
    entiers, reste = divmod(float(ligne["valeur_imprimee"]), 1)
    jours = round(reste * 30)
    ecrite = locale.duree(valeur(espace, service, int(ligne["annee"]), "duree_moyenne_sejour_sortants"))
    ans, mois = divmod(int(entiers), 12)
    attendue = " ".join(f"{n} {mot}" for n, mot in ((ans, "an"), (mois, "mois")) if n)
    assert ecrite.replace(locale.INSECABLE, " ") == f"{attendue} et {jours} jour{'s' if jours > 1 else ''}"


def verifier_duree_maximale(espace, _service, ligne):
    """Le réglage duree_max des deux groupes est le délai imprimé."""
    for service in GROUPES:
        assert lire_service(espace, service).parametres.duree_max == 12 * int(ligne["valeur_imprimee"])


def verifier_age_pivot(espace, service, ligne):
    """La dernière borne d'âge des jeunes est l'âge qui partage les deux portes d'entrée."""
    assert lire_service(espace, service).parametres.bornes_age[-1] == int(ligne["valeur_imprimee"])


VERIFICATIONS = {
    "annee_agrement": verifier_agrement,
    "fal_finances": verifier_fal,
    "accompagnements_assures": verifier_accompagnements,
    "duree_convention_fal": verifier_duree_convention,
    "etp_des_deux_groupes": verifier_etp,
    "nouveaux_logements_des_deux_groupes": verifier_nouveaux_logements,
    "orientation_des_deux_groupes": verifier_orientation,
    "prolongations_par_jeune": verifier_prolongations,
    "duree_en_lettres": verifier_duree,
    "duree_maximale_alt": verifier_duree_maximale,
    "age_pivot": verifier_age_pivot,
}
