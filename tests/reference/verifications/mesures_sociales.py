"""Chiffres imprimés des accompagnements sociaux liés au logement qui ne sont pas des cellules."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl

from observatoire.entrepot import lire_entrepot
from observatoire.services import lire_service
from tests.reference.lecture import arrondi, cellules, valeur


def conventions(espace, service: str) -> pl.DataFrame:
    return lire_entrepot(espace, service).table("convention")


def annee_agrement_asll(espace, service, ligne):
    """L'agrément, première des conventions du service, date de l'année imprimée."""
    assert conventions(espace, service)["debut"].min().year == int(ligne["valeur_imprimee"])


def duree_convention_signee(espace, service, ligne):
    """La convention signée pour chaque territoire a la durée imprimée."""
    signees = conventions(espace, service).filter(pl.col("nature") == "previsionnel")
    durees = {str(arrondi((fin - debut).days / 365.25, 1)) for debut, fin in signees.select("debut", "fin").iter_rows()}
    assert durees == {str(arrondi(ligne["valeur_imprimee"], 1))}


def postes_finances(espace, service, ligne):
    """Les postes ouverts dans l'année, tous, à temps plein ou à mi-temps."""
    annee = int(ligne["annee"])
    ouverts = conventions(espace, service).filter(
        pl.col("etp").is_not_null() & (pl.col("debut") < date(annee + 1, 1, 1)) & (pl.col("fin") > date(annee, 1, 1))
    )
    quotite = {"temps plein": 1.0, "mi-temps": 0.5}.get(ligne["modalite_imprimee_1"])
    voulus = ouverts if quotite is None else ouverts.filter(pl.col("etp") == quotite)
    assert voulus.height == int(ligne["valeur_imprimee"])


def part_seuls_de_plus_de_30_ans(espace, service, ligne):
    """Les personnes seules de plus de 30 ans, en part de tous les ménages accompagnés."""
    axes = ("composition", "HS|FS", "age_tranche", "31-40|41-50|51-60|61 et plus")
    seuls = valeur(espace, service, 2022, "menages_accompagnes", *axes)
    tous = valeur(espace, service, 2022, "menages_accompagnes")
    assert arrondi(100 * seuls / tous, 0) == arrondi(ligne["valeur_imprimee"], 0)
    assert 100 * seuls / tous < float(ligne["valeur_imprimee"]), "l'imprimé dit « presque »"


def age_du_public(espace, service, ligne):
    """Les bornes d'âge du public sont celles du réglage."""
    bornes = lire_service(espace, service).parametres.bornes_age
    reglee = bornes[0] if ligne["modalite_imprimee_1"] == "minimum" else bornes[-1] - 1
    assert reglee == int(ligne["valeur_imprimee"])


def _objectifs(espace, service) -> pl.DataFrame:
    return conventions(espace, service).filter(pl.col("objectif").is_not_null())


def periodes_de_convention(espace, service, ligne):
    """Le bilan civil recouvre le nombre imprimé de périodes de convention."""
    annee = int(ligne["annee"])
    touchees = _objectifs(espace, service).filter(
        (pl.col("debut") < date(annee + 1, 1, 1)) & (pl.col("fin") > date(annee, 1, 1))
    )
    assert touchees.height == int(ligne["valeur_imprimee"])


def mesures_conventionnees(espace, service, ligne):
    """L'objectif d'une période, en mesures simples ou en mesures renforcées selon le coefficient."""
    debut = datetime.strptime(ligne["modalite_imprimee_2"].split("-")[0], "%d/%m/%Y").date()
    objectif = _objectifs(espace, service).filter(pl.col("debut") == debut)["objectif"].item()
    code = {"simple": "SIMPLE", "renforcée": "RENFORCEE"}[ligne["modalite_imprimee_1"]]
    coefficient = lire_service(espace, service).parametres.coefficients[code]
    assert objectif / coefficient == int(ligne["valeur_imprimee"])


def ages_les_plus_frequents(espace, service, ligne):
    """Les deux âges les plus fréquents du territoire sont ceux de la phrase imprimée."""
    lues = cellules(espace, service, 2022, "age_tranches", "age_tranche", "*", territoire=ligne["territoire"])
    deux = lues.sort("numerateur", descending=True).head(2)["modalite_1"].cast(pl.Int64)
    borne = deux.min() if ligne["modalite_imprimee_1"] == "minimum" else deux.max()
    assert borne == int(ligne["valeur_imprimee"])


def jeunes_du_fonds_de_solvabilisation(espace, service, ligne):
    """Les dossiers de solvabilisation de l'année concernent autant de jeunes différents."""
    dossiers = (
        lire_entrepot(espace, service)
        .table("acte")
        .filter((pl.col("type_dossier") == "SOLVABILISATION") & (pl.col("date").dt.year() == int(ligne["annee"])))
    )
    assert dossiers["id_menage"].n_unique() == int(ligne["valeur_imprimee"])


def duree_maximale(espace, service, ligne):
    """La durée maximale réglée, en mois, est celle de l'imprimé, en années."""
    assert lire_service(espace, service).parametres.duree_max == 12 * int(ligne["valeur_imprimee"])


VERIFICATIONS = {
    "annee_agrement_asll": annee_agrement_asll,
    "duree_convention_signee": duree_convention_signee,
    "postes_finances": postes_finances,
    "part_seuls_de_plus_de_30_ans": part_seuls_de_plus_de_30_ans,
    "age_du_public": age_du_public,
    "periodes_de_convention": periodes_de_convention,
    "mesures_conventionnees": mesures_conventionnees,
    "ages_les_plus_frequents": ages_les_plus_frequents,
    "jeunes_du_fonds_de_solvabilisation": jeunes_du_fonds_de_solvabilisation,
    "duree_maximale": duree_maximale,
}
