"""Ce que la qualité retient : les seuls indicateurs qui lisent la colonne, ou le seul détail qu'elle ventile."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from observatoire.espace import Espace, racine_gabarit
from observatoire.indicateurs import calculer
from observatoire.indicateurs.calcul import TERRITOIRE, TOUT, Calculateur, evolutions, motifs_de_retenue, retenir
from observatoire.indicateurs.registre import REGISTRE, en_vigueur
from observatoire.modele import TABLES
from observatoire.qualite import ResultatRegle, Verdict
from observatoire.qualite.suites import lire_suites
from observatoire.services import lire_service
from observatoire.univers import trouver_univers
from tests.atelier import SERVICE, espace_de


def echec(*colonnes: str, **autres) -> ResultatRegle:
    champs = {
        "regle": f"{colonnes[0]}.remplissage",
        "table": colonnes[0].split(".")[0],
        "colonnes": colonnes,
        "severite": "critical",
        "structurelle": False,
        "reussie": False,
        "lignes": 12,
        "echecs": 9,
        "explication": f"La colonne {colonnes[0]} manque trop souvent.",
        "remede": "Complétez-la.",
    }
    return ResultatRegle(**{**champs, **autres})


def juge(*echecs: ResultatRegle, annee: int = 2022) -> Verdict:
    return Verdict(SERVICE, annee, "ab" * 32, echecs)


@pytest.fixture
def espace(tmp_path: Path):
    mesures = [
        {
            "id_mesure": f"X{annee}{i}",
            "id_menage": f"M{i}",
            "rang": 1,
            "type_mesure": ("ASLL", "MASP")[i % 2],
            "territoire": ("Nord", "Sud")[i % 2],
            "date_debut": date(annee, 2, 1),
            "date_fin": date(annee, 11, 1),
        }
        for annee in (2021, 2022)
        for i in range(12 + annee - 2021)
    ]
    return espace_de(tmp_path, 'territoires = ["Nord", "Sud"]', mesure=mesures)


def etats(table: pl.DataFrame) -> dict[tuple, str]:
    cles = ("territoire", "ventilation_1", "modalite_1")
    return {tuple(ligne[c] for c in cles): ligne["etat"] for ligne in table.iter_rows(named=True)}


def test_l_indicateur_qui_lit_la_colonne_est_retenu_et_lui_seul(espace):
    table = calculer(
        espace, SERVICE, 2022, ["premieres_mesures", "menages_accompagnes"], verdict=juge(echec("mesure.rang"))
    )
    par_indicateur = {nom: set(t["etat"]) for (nom,), t in table.group_by("indicateur")}
    assert par_indicateur == {"premieres_mesures": {"retenu"}, "menages_accompagnes": {"publie"}}
    retenues = table.filter(pl.col("etat") == "retenu")
    assert retenues.select("valeur", "numerateur", "base", "non_renseignes").null_count().sum_horizontal()[0] == (
        4 * retenues.height
    )


def test_une_colonne_qui_ne_fait_que_ventiler_ne_retient_que_le_detail(espace):
    lus = etats(
        calculer(
            espace, SERVICE, 2022, ["menages_accompagnes"], ["type_mesure"], verdict=juge(echec("mesure.type_mesure"))
        )
    )
    assert {etat for (_, v, _), etat in lus.items() if v} == {"retenu"}
    assert {etat for (_, v, _), etat in lus.items() if not v} == {"publie"}


def test_un_territoire_douteux_ne_retient_que_les_territoires(espace):
    lus = etats(calculer(espace, SERVICE, 2022, ["premieres_mesures"], verdict=juge(echec("mesure.territoire"))))
    assert lus == {(None, None, None): "publie", ("Nord", None, None): "retenu", ("Sud", None, None): "retenu"}


def test_un_defaut_de_structure_retient_tout(espace):
    """Une année passée bloquée ne s'imprime pas à côté de l'année du rapport, même si rien d'elle n'est « retenu »."""
    structure = echec("mesure.id_mesure", structurelle=True, explication="Deux mesures ont le même numéro.")
    table = calculer(espace, SERVICE, 2022, ["menages_accompagnes"], verdict=juge(structure))
    assert set(table["etat"]) == {"retenu"}
    motifs = motifs_de_retenue(en_vigueur("menages_accompagnes", 2022), juge(structure))
    assert motifs == {TOUT: ("Deux mesures ont le même numéro.",)}


def test_les_actes_ne_touchent_les_menages_que_d_un_service_de_situations(espace):
    """Là où une mesure ou un séjour dit qui est suivi, un défaut des actes ne met pas en doute le nombre de ménages."""
    declare, parametres = en_vigueur("menages_accompagnes", 2022), lire_service(espace, SERVICE).parametres
    actes = juge(echec("acte.date"))
    assert motifs_de_retenue(declare, actes, (), replace(parametres, unite_compte="menage")) == {}
    assert TOUT in motifs_de_retenue(declare, actes, (), replace(parametres, unite_compte="situation"))
    assert TOUT in motifs_de_retenue(en_vigueur("entretiens_realises", 2022), actes, (), parametres)


def test_les_regles_de_sortie_livrees_epargnent_les_chiffres_d_entree():
    regles = {r.regle: r for suite in lire_suites(Espace(racine_gabarit())).values() for r in suite}
    for nom in ("situation.logement_sortie.remplissage", "situation.logement_sortie.remplissage_faible"):
        assert not regles[nom].touche(en_vigueur("situation_logement_entree", 2022).colonnes_modele())
        assert regles[nom].touche(en_vigueur("taux_sortie_logement", 2022).colonnes_modele())
    ordre = regles["mesure.date_decision.avant.date_debut.isole"]
    assert not ordre.touche(en_vigueur("menages_accompagnes", 2022).colonnes_modele())
    assert ordre.touche(en_vigueur("menages_accompagnes", 2022).colonnes_modele() | {"demande.date_decision"})


def test_un_echec_admis_ne_retient_rien(espace):
    admis = echec("mesure.rang", derogation="Admis par la direction jusqu'au 31 décembre 2026.")
    table = calculer(espace, SERVICE, 2022, ["premieres_mesures"], verdict=juge(admis))
    assert set(table["etat"]) == {"publie"}


def test_ce_qui_n_est_pas_recu_n_est_pas_dit_retenu(espace):
    juge_sejours = juge(echec("sejour.date_entree"))
    declare = en_vigueur("journees_realisees", 2022)
    calcul = Calculateur(espace, lire_service(espace, SERVICE), 2022)
    assert not calcul.recu(declare) and "sejour.date_entree" in declare.colonnes_modele()
    assert set(retenir(calcul.calculer(declare), declare, juge_sejours)["etat"]) == {"non_recu"}


@pytest.mark.parametrize("mauvaise", [2021, 2022])
def test_une_evolution_est_retenue_si_l_une_des_deux_annees_l_est(espace, mauvaise):
    fiche = lire_service(espace, SERVICE)
    juges = {a: juge(echec("mesure.rang"), annee=a) if a == mauvaise else juge(annee=a) for a in (2021, 2022)}
    table = evolutions(
        espace,
        fiche,
        2022,
        Calculateur(espace, fiche, 2022),
        juges[2022],
        seulement=["premieres_mesures", "menages_accompagnes"],
        verdict_precedent=juges[2021],
    )
    lus = dict(zip(table["modalite_1"], table["etat"], strict=True))
    assert lus == {"premieres_mesures": "retenu", "menages_accompagnes": "publie"}
    assert table.filter(pl.col("etat") == "retenu")["valeur"].to_list() == [None]


VARIANTES = [(nom, rang) for nom, variantes in REGISTRE.items() for rang in range(len(variantes))]


@pytest.mark.parametrize("table", sorted(TABLES))
def test_tout_indicateur_suit_les_colonnes_de_ses_expressions(table):
    """Pour chaque colonne de la table : les indicateurs qui la lisent sont retenus, aucun autre ne l'est."""
    for colonne in (f"{table}.{c}" for c in TABLES[table].colonnes):
        rendu = juge(echec(colonne))
        retenus = {(n, r) for n, r in VARIANTES if motifs_de_retenue(REGISTRE[n][r], rendu)}
        lecteurs = {(n, r) for n, r in VARIANTES if colonne in REGISTRE[n][r].colonnes_modele()}
        assert retenus == lecteurs, colonne


def test_chaque_ventilation_offerte_a_ses_colonnes_et_n_est_retenue_que_par_elles():
    vues = 0
    for nom, rang in VARIANTES:
        declare = REGISTRE[nom][rang]
        lues = declare.colonnes_modele()
        for ventilation, colonnes in trouver_univers(declare.definition.univers).origines.items():
            for colonne in set(colonnes) - lues:
                motifs = motifs_de_retenue(declare, juge(echec(colonne)), [ventilation])
                assert set(motifs) == {ventilation}, (nom, ventilation, colonne)
                assert not motifs_de_retenue(declare, juge(echec(colonne)))
                vues += 1
    assert vues > 500


def test_un_indicateur_retenu_par_deux_controles_dit_les_deux_raisons_une_fois():
    declare = en_vigueur("premieres_mesures", 2022)
    deux = juge(
        echec("mesure.rang"),
        echec("mesure.date_debut", "mesure.rang", regle="mesure.date_debut.ordre", explication="Dates en désordre."),
    )
    (textes,) = motifs_de_retenue(declare, deux, [TERRITOIRE]).values()
    assert sorted(textes) == ["Dates en désordre.", "La colonne mesure.rang manque trop souvent."]
