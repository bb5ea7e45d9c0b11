"""Les contrats de travail et les contacts avec un employeur passent la même porte que les autres tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from observatoire.qualite import verdict
from observatoire.qualite.controles import heures_plausibles
from observatoire.qualite.perimetre import lignes_de_l_annee
from observatoire.services import lire_service
from observatoire.univers import Contexte
from tests.qualite.fabrique import ANNEE, NB, SERVICE, Tables, abimer, espace_d_essai, table, tables_propres

JOUR_CONTROLE = "2022-12-31"


def tables_de_l_emploi() -> Tables:
    """Les tables propres, avec un CDD de six mois et un premier contact par ménage."""
    contrats = [
        {
            "id_contrat": f"C{i}",
            "id_service": SERVICE,
            "id_personne": f"P{i}",
            "id_menage": f"M{i}",
            "type_contrat": "CDDI",
            "employeur_type": "SIAE",
            "date_debut": date(2022, 2, 1),
            "date_fin": date(2022, 8, 1),
            "heures": Decimal(670),
            "durable": "non",
        }
        for i in range(NB)
    ]
    contacts = [
        {"id_personne": f"P{i}", "id_service": SERVICE, "date": date(2022, 1, 20), "nature": "premier_contact"}
        for i in range(NB)
    ]
    return {
        **tables_propres(),
        "contrat_travail": table("contrat_travail", contrats),
        "contact_employeur": table("contact_employeur", contacts),
    }


def juger(dossier, tables: Tables):
    return verdict(espace_d_essai(dossier, tables), SERVICE, ANNEE)


def defauts(dossier, tables: Tables) -> set[str]:
    return {r.regle for r in juger(dossier, tables).resultats if not r.reussie}


def test_des_contrats_et_des_contacts_propres_sont_regardes_et_passent(tmp_path):
    rendu = juger(tmp_path, tables_de_l_emploi())
    assert (rendu.etat, [r.regle for r in rendu.resultats if not r.reussie]) == ("publiable", [])
    vues = {r.regle for r in rendu.resultats if r.lignes}
    assert {"contrat_travail.heures.par_jour", "contact_employeur.nature.vocabulaire"} <= vues


# Défaut → ce qui l'introduit, et toutes les règles qu'il déclenche.
C, K = "contrat_travail", "contact_employeur"
DEFAUTS = {
    "une personne inconnue": (
        lambda t: abimer(t, C, "id_personne", "P999", 1),
        {f"{C}.id_personne.reference", f"{C}.id_personne.reference_isolee"},
    ),
    "un ménage inconnu": (
        lambda t: abimer(t, C, "id_menage", "M999", 1),
        {f"{C}.id_menage.reference", f"{C}.id_menage.reference_isolee"},
    ),
    "un type de contrat inconnu": (
        lambda t: abimer(t, C, "type_contrat", "VACATION", 1),
        {f"{C}.type_contrat.vocabulaire"},
    ),
    "un employeur inconnu": (
        lambda t: abimer(t, C, "employeur_type", "VOISIN", 1),
        {f"{C}.employeur_type.vocabulaire"},
    ),
    "un durable inconnu": (lambda t: abimer(t, C, "durable", "peut-être", 1), {f"{C}.durable.vocabulaire"}),
    "une fin avant le début": (
        lambda t: abimer(t, C, "date_fin", date(2022, 1, 31), 1),
        {f"{C}.date_debut.avant.date_fin.isole"},
    ),
    "des fins avant le début": (
        lambda t: abimer(t, C, "date_fin", date(2022, 1, 31), 3),
        {f"{C}.date_debut.avant.date_fin", f"{C}.date_debut.avant.date_fin.isole"},
    ),
    "un contrat sans début": (lambda t: abimer(t, C, "date_debut", None, 1), {f"{C}.date_debut.renseignee"}),
    "un contrat à venir": (
        lambda t: abimer(abimer(t, C, "date_fin", None, 1), C, "date_debut", date(2990, 1, 1), 1),
        {f"{C}.date_debut.pas_de_futur"},
    ),
    "des heures négatives": (lambda t: abimer(t, C, "heures", Decimal(-7), 1), {f"{C}.heures.valeurs"}),
    "trop d'heures pour six mois": (lambda t: abimer(t, C, "heures", Decimal(1811), 1), {f"{C}.heures.par_jour"}),
    "des types peu remplis": (
        lambda t: abimer(t, C, "type_contrat", None, 4),
        {f"{C}.type_contrat.remplissage_faible"},
    ),
    "des heures peu remplies": (
        lambda t: abimer(t, C, "heures", None, 7),
        {f"{C}.heures.remplissage", f"{C}.heures.remplissage_faible"},
    ),
    "un contrat d'un autre service": (lambda t: abimer(t, C, "id_service", "voisin", 1), {f"{C}.id_service.autre"}),
    "un contrat en double": (
        lambda t: abimer(t, C, "id_contrat", "C1", 1),
        {f"{C}.cle_unique"},
    ),
    "un contact d'une inconnue": (
        lambda t: abimer(t, K, "id_personne", "P999", 1),
        {f"{K}.id_personne.reference", f"{K}.id_personne.reference_isolee"},
    ),
    "une nature de contact inconnue": (lambda t: abimer(t, K, "nature", "CAFE", 1), {f"{K}.nature.vocabulaire"}),
    "un contact à venir": (
        lambda t: abimer(t, K, "date", date(2990, 1, 1), 1),
        {f"{K}.date.pas_de_futur"},
    ),
    "un contact sans date": (lambda t: abimer(t, K, "date", None, 1), {f"{K}.cle_renseignee"}),
    "un contact en double": (
        lambda t: {**t, K: pl.concat([t[K], t[K].head(1)])},
        {f"{K}.cle_unique"},
    ),
}


@pytest.mark.parametrize("defaut", DEFAUTS)
def test_chaque_defaut_declenche_sa_regle_et_elle_seule(tmp_path, defaut):
    changer, attendues = DEFAUTS[defaut]
    assert defauts(tmp_path, changer(tables_de_l_emploi())) == attendues


def test_des_heures_mal_remplies_retiennent_leurs_seuls_chiffres(tmp_path):
    """Un contrat d'insertion sans heures passerait pour un contrat de zéro heure : ses heures sont retenues."""
    rendu = juger(tmp_path, abimer(tables_de_l_emploi(), C, "heures", None, NB - 1))
    assert rendu.etat == "partiel"
    assert set(rendu.colonnes_retenues) == {f"{C}.heures"}


def test_l_annee_d_un_contrat_est_celle_de_ses_jours_celle_d_un_contact_son_jour(tmp_path):
    tables = abimer(tables_de_l_emploi(), C, "date_debut", date(2021, 3, 1), 2)
    tables = abimer(tables, C, "date_fin", date(2021, 9, 1), 1)
    tables = abimer(tables, K, "date", date(2021, 12, 31), 5)
    espace = espace_d_essai(tmp_path, tables)
    contexte = Contexte.ouvrir(espace, lire_service(espace, SERVICE), ANNEE)
    assert lignes_de_l_annee(contexte, C).height == NB - 1
    assert lignes_de_l_annee(contexte, K).height == NB - 5


@pytest.mark.parametrize(
    ("fin", "heures", "admises"),
    [
        (date(2022, 2, 2), 10, True),
        (date(2022, 2, 2), 10.5, False),
        (None, 3330, True),
        (None, 3331, False),
        (date(2022, 2, 1), 50, True),
        (None, None, True),
    ],
    ids=["un jour plein", "un jour trop plein", "en cours", "en cours, trop", "fin au jour du début", "sans heures"],
)
def test_dix_heures_par_jour_au_plus_jusqu_a_la_fin_ou_au_jour_du_controle(fin, heures, admises):
    ligne = {"date_debut": date(2022, 2, 1), "date_fin": fin, "heures": heures}
    schema = {"date_debut": pl.Date, "date_fin": pl.Date, "heures": pl.Float64}
    examen = heures_plausibles(pl.DataFrame([ligne], schema=schema), par_jour=10, jour=JOUR_CONTROLE)
    assert (examen.echecs == 0) is admises
