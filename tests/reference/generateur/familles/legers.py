"""Les petits services sans rapport imprimé : accompagnement, location, hébergement, orientation, insertion."""

from __future__ import annotations

from datetime import date

import polars as pl

from generateur import legers_exports
from generateur.comptage import Ligne, Releve, de_l_annee, presents_le
from generateur.legers_fabrique import Fabrique
from generateur.legers_profils import PROFILS
from generateur.legers_services import HISTOIRES
from generateur.ltiae import tables_ltiae
from generateur.salissure import Export

SERVICES = ("avdl", "chrs", "iae", "iml", "pension_famille", "siao")
ANNEES = (2020, 2021, 2022)
# Un service qui suit des personnes déjà connues d'un autre, dans l'ordre où les histoires s'écrivent.
RELAIS = (
    ("avdl", None),
    ("iml", "avdl"),
    ("pension_famille", "iml"),
    ("chrs", None),
    ("siao", "chrs"),
    ("iae", "ltiae"),
)


def tables() -> dict[str, dict[str, pl.DataFrame]]:
    """Les tables propres des six services ; une personne passée de l'un à l'autre garde son identifiant."""
    connus: dict[str, list[dict]] = {"ltiae": _salaries_connus()}
    resultats = {}
    for service, source in RELAIS:
        fabrique = Fabrique(service, PROFILS[service])
        connus[service] = HISTOIRES[service](fabrique, list(connus[source]) if source else [])
        resultats[service] = fabrique.tables()
    return resultats


def _salaries_connus() -> list[dict]:
    """Neuf référents du LTIAE, que leur structure d'insertion suit aussi."""
    t = tables_ltiae()
    referents = t["menage"].join(t["personne"], left_on="id_referent", right_on="id_personne").sort("id_menage")
    retenus = referents.filter(pl.col("naissance").is_not_null() & pl.col("genre").is_in(["H", "F"])).tail(9)
    return [
        {"id_personne": p, "naissance": n, "genre": g}
        for p, n, g in retenus.select("id_referent", "naissance", "genre").iter_rows()
    ]


def exports(t: dict[str, dict[str, pl.DataFrame]]) -> dict[str, list[Export]]:
    """Les exports bruts de chaque service."""
    return {service: legers_exports.exports(service, t[service]) for service in SERVICES}


def compter(t: dict[str, dict[str, pl.DataFrame]]) -> dict[str, list[Ligne]]:
    """Les chiffres inventés de chaque service, comptés sur les tables propres."""
    return {service: _releve(service, t[service]).lignes for service in SERVICES}


def _releve(service: str, t: dict[str, pl.DataFrame]) -> Releve:
    releve = Releve()
    for annee in ANNEES:
        demandes = de_l_annee(t["demande"], "date_demande", annee)
        releve.invente(annee, "demandes_recues", demandes.height)
        releve.repartition(annee, "suites_demandes", demandes, "suite")
        if "mesure" in t:
            _compter_mesures(releve, annee, t)
        if "sejour" in t:
            _compter_sejours(releve, annee, t)
        if "relogement" in t:
            releve.invente(annee, "relogements", de_l_annee(t["relogement"], "date", annee).height)
        if "contrat_travail" in t:
            releve.invente(annee, "contrats_debutes", de_l_annee(t["contrat_travail"], "date_debut", annee).height)
        montants = t["convention"].filter(pl.col("debut").dt.year() == annee)["montant"].sum()
        releve.invente(annee, "financements_repartition (total)", montants)
    return releve


def _compter_mesures(releve: Releve, annee: int, t: dict[str, pl.DataFrame]) -> None:
    diagnostic = pl.col("type_mesure") == "DIAGNOSTIC"
    mesures = t["mesure"].filter(~diagnostic)
    releve.invente(
        annee,
        "premieres_mesures",
        de_l_annee(mesures.filter(pl.col("rang") == 1), "date_debut", annee).height,
    )
    releve.invente(annee, "presents_31_12", presents_le(mesures, date(annee, 12, 31))["id_menage"].n_unique())
    diagnostics = t["mesure"].filter(diagnostic)
    if diagnostics.height:
        rendus = de_l_annee(diagnostics, "date_fin", annee)
        releve.invente(annee, "diagnostics_realises", rendus.height)
        releve.repartition(annee, "conclusions_diagnostics", rendus, "motif_fin")


def _compter_sejours(releve: Releve, annee: int, t: dict[str, pl.DataFrame]) -> None:
    """Ménages présents, et journées comptées une à une : jour de sortie non compté."""
    debut, fin = date(annee, 1, 1), date(annee + 1, 1, 1)
    presents = t["sejour"].filter(
        (pl.col("date_entree") < fin) & (pl.col("date_sortie").is_null() | (pl.col("date_sortie") > debut))
    )
    releve.invente(annee, "menages_accompagnes", presents["id_menage"].n_unique())
    jours = sum(
        (min(sortie or fin, fin) - max(entree, debut)).days
        for entree, sortie in presents.select("date_entree", "date_sortie").iter_rows()
    )
    releve.invente(annee, "journees de séjour", jours, "base place : journees_realisees")


def series() -> dict[str, list[tuple]]:
    """Aucun chiffre antérieur reçu."""
    return {}
