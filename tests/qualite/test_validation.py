"""La chaîne entière, Great Expectations compris : on abîme les tables propres défaut par défaut."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from observatoire.entrepot import REJETS, ecrire_entrepot
from observatoire.espace import Espace, racine_gabarit
from observatoire.qualite import Verdict, verdict
from observatoire.qualite.suites import fichiers_suites
from observatoire.qualite.verdict import fichier_verdict
from tests.qualite.fabrique import ANNEE, SERVICE, Tables, abimer, espace_d_essai, tables_propres


def juger(dossier: Path, tables: Tables) -> Verdict:
    return verdict(espace_d_essai(dossier, tables), SERVICE, ANNEE)


def en_defaut(rendu: Verdict) -> set[str]:
    return {r.regle for r in rendu.resultats if not r.reussie}


def test_des_tables_propres_ne_declenchent_rien_et_les_regles_ont_bien_regarde(tmp_path):
    rendu = juger(tmp_path, tables_propres())
    assert (rendu.etat, en_defaut(rendu)) == ("publiable", set())
    assert sum(r.lignes > 0 for r in rendu.resultats) > 100


def test_une_cle_en_double_bloque(tmp_path):
    tables = tables_propres()
    tables["mesure"] = pl.concat([tables["mesure"], tables["mesure"].head(1)])
    rendu = juger(tmp_path, tables)
    assert rendu.etat == "bloque"
    assert [r.regle for r in rendu.bloquants] == ["mesure.cle_unique"]
    assert rendu.bloquants[0].echecs == 2


@pytest.mark.parametrize("marque", [None, "NR"])
def test_une_colonne_trop_vide_est_seule_retenue(tmp_path, marque):
    rendu = juger(tmp_path, abimer(tables_propres(), "situation", "emploi", marque, 20))
    assert rendu.etat == "partiel"
    assert set(rendu.colonnes_retenues) == {"situation.emploi"}
    assert en_defaut(rendu) == {"situation.emploi.remplissage", "situation.emploi.remplissage_faible"}


# Défaut → ce qui l'introduit dans les tables propres, et toutes les règles qu'il déclenche.
DEFAUTS = {
    "une colonne un peu vide": (
        lambda t: abimer(t, "demande", "prescripteur", None, 4),
        {"demande.prescripteur.remplissage_faible"},
    ),
    "une référence isolée": (
        lambda t: abimer(t, "situation", "id_menage", "M999", 1),
        {"situation.id_menage.reference_isolee"},
    ),
    "des références perdues": (
        lambda t: abimer(t, "relogement", "id_mesure", "X999", 3),
        {"relogement.id_mesure.reference", "relogement.id_mesure.reference_isolee"},
    ),
    "un code inconnu": (lambda t: abimer(t, "mesure", "motif_fin", "GAGNE", 1), {"mesure.motif_fin.vocabulaire"}),
    "une date inversée": (
        lambda t: abimer(t, "demande", "date_decision", date(2021, 12, 1), 1),
        {"demande.date_demande.avant.date_decision.isole"},
    ),
    "des dates inversées": (
        lambda t: abimer(t, "demande", "date_decision", date(2021, 12, 1), 3),
        {"demande.date_demande.avant.date_decision", "demande.date_demande.avant.date_decision.isole"},
    ),
    "une décision à venir": (
        lambda t: abimer(t, "demande", "date_decision", date(2990, 1, 1), 1),
        {"demande.date_decision.pas_de_futur", "mesure.date_decision.avant.date_debut.isole"},
    ),
    "une naissance impossible": (
        lambda t: abimer(t, "personne", "naissance", "1870-01", 1),
        {"personne.naissance.age", "personne.naissance.age_isole", "personne.naissance.plausible"},
    ),
    "des ressources annuelles": (
        lambda t: abimer(t, "situation", "ressources", Decimal(13000), 1),
        {"situation.ressources.valeurs"},
    ),
    "une sortie sans photo": (
        lambda t: {
            **t,
            "situation": t["situation"].filter(
                ~((pl.col("moment") == "sortie") & pl.col("id_menage").is_in(["M0", "M1"]))
            ),
        },
        {"mesure.photo_sortie_faible"},
    ),
    "les photos d'entrée perdues": (
        lambda t: {**t, "situation": t["situation"].filter(pl.col("moment") == "sortie")},
        {"menage.photo_profil", "menage.photo_profil_faible"},
    ),
    "un autre service": (lambda t: abimer(t, "convention", "id_service", "voisin", 1), {"convention.id_service.autre"}),
    "une clé vide": (
        lambda t: abimer(t, "demande", "id_demande", None, 1),
        {"demande.cle_renseignee", "mesure.id_demande.reference", "mesure.id_demande.reference_isolee"},
    ),
}


@pytest.mark.parametrize("defaut", DEFAUTS)
def test_chaque_defaut_declenche_sa_regle_et_elle_seule(tmp_path, defaut):
    changer, attendues = DEFAUTS[defaut]
    assert en_defaut(juger(tmp_path, changer(tables_propres()))) == attendues


def test_une_table_declaree_dont_aucun_fichier_n_arrive_bloque(tmp_path):
    rendu = juger(tmp_path, {**tables_propres(), "mesure": tables_propres()["mesure"].head(0)})
    assert [r.regle for r in rendu.bloquants] == ["mesure.recue"]


def test_une_livraison_au_format_du_modele_n_est_tenue_a_aucune_table(tmp_path):
    tables = {nom: t.with_columns(_fichier=pl.lit(f"{nom}.csv")) for nom, t in tables_propres().items()}
    assert juger(tmp_path, {**tables, "mesure": tables["mesure"].head(0)}).etat == "publiable"


def test_des_lignes_contredites_a_l_import_bloquent(tmp_path):
    espace = espace_d_essai(tmp_path)
    assert verdict(espace, SERVICE, ANNEE).etat == "publiable"
    rejets = (
        "fichier;feuille;ligne;table;colonne;valeur;motif;remede\n"
        "mesures_2022.csv;;7;mesure;date_fin;X3;même id_mesure que mesures_2022.csv, ligne 6, avec d'autres valeurs;\n"
        "mesures_2022.csv;;9;mesure;date_fin;hier;date illisible;\n"
    )
    (espace.entrepot(SERVICE) / REJETS).write_text(rejets, encoding="utf-8-sig")
    rendu = verdict(espace, SERVICE, ANNEE)
    assert [(r.regle, r.echecs) for r in rendu.bloquants] == [("mesure.cle_contradictoire", 1)]


def test_une_colonne_que_le_service_ne_fournit_pas_n_est_pas_mal_remplie(tmp_path):
    """`qpv` n'est ni déclarée ni remplie : non reçue. `motif_fin` est déclarée par le service : retenue."""
    rendu = juger(tmp_path / "a", abimer(tables_propres(), "demande", "qpv", None))
    assert "demande.qpv" in rendu.non_recues and rendu.etat == "publiable"
    rendu = juger(tmp_path / "b", abimer(tables_propres(), "mesure", "motif_fin", None))
    assert "mesure.motif_fin" in rendu.colonnes_retenues and "mesure.motif_fin" not in rendu.non_recues


def test_le_remplissage_se_juge_sur_les_lignes_de_l_annee(tmp_path):
    """Les demandes de 2021, vides, n'abîment que le verdict de 2021 ; les deux années se jugent d'un coup."""
    tables = tables_propres()
    anciennes = tables["demande"].with_columns(
        id_demande=pl.format("A{}", "id_demande"),
        date_demande=date(2021, 5, 1),
        date_decision=date(2021, 5, 2),
        organisme=pl.lit(None, dtype=pl.String),
    )
    espace = espace_d_essai(tmp_path, {**tables, "demande": pl.concat([tables["demande"], anciennes])})
    assert verdict(espace, SERVICE, 2022).etat == "publiable"
    assert fichier_verdict(espace, SERVICE, 2021).is_file()
    assert set(verdict(espace, SERVICE, 2021).colonnes_retenues) == {"demande.organisme"}


def test_un_verdict_se_refait_quand_les_donnees_ou_les_suites_bougent(tmp_path):
    espace = espace_d_essai(tmp_path)
    premier = verdict(espace, SERVICE, ANNEE)
    octets = fichier_verdict(espace, SERVICE, ANNEE).read_bytes()
    assert verdict(espace, SERVICE, ANNEE) == premier
    ecrire_entrepot(espace, SERVICE, abimer(tables_propres(), "mesure", "rang", None, 8), {})
    second = verdict(espace, SERVICE, ANNEE)
    assert second.empreinte != premier.empreinte and "mesure.rang" in second.colonnes_retenues
    ecrire_entrepot(espace, SERVICE, tables_propres(), {})
    assert verdict(espace, SERVICE, ANNEE) == premier
    assert fichier_verdict(espace, SERVICE, ANNEE).read_bytes() == octets
    _adoucir(espace)
    troisieme = verdict(espace, SERVICE, ANNEE)
    assert troisieme.empreinte == premier.empreinte and troisieme.empreinte_regles != premier.empreinte_regles


def _adoucir(espace: Espace) -> None:
    """Donne à l'espace ses propres suites, avec un texte changé."""
    dossier = espace.racine / "expectations"
    dossier.mkdir()
    for fichier in fichiers_suites(Espace(racine_gabarit())):
        texte = fichier.read_text(encoding="utf-8").replace("Corrigez", "Reprenez")
        (dossier / fichier.name).write_text(texte, encoding="utf-8")


def test_aucune_valeur_brute_dans_ce_qui_est_range(tmp_path):
    """Chaque valeur fautive est un mot rare : aucun ne se retrouve dans le verdict rangé."""
    tables = tables_propres()
    rares = {
        ("personne", "genre"): "GENREZZ",
        ("situation", "emploi"): "EMPLOIZZ",
        ("acte", "id_menage"): "MENAGEZZ",
        ("mesure", "motif_fin"): "MOTIFZZ",
        ("demande", "commune_origine"): "COMMUNEZZ",
        ("personne", "naissance"): "NAISSANCEZZ",
        ("demande", "organisme"): "ORGANISMEZZ",
    }
    for (table, colonne), valeur in rares.items():
        tables = abimer(tables, table, colonne, valeur)
    tables = abimer(tables, "situation", "ressources", Decimal("98765.43"))
    tables["personne"] = pl.concat([tables["personne"], tables["personne"].head(1)])
    espace = espace_d_essai(tmp_path, tables)
    assert len(en_defaut(verdict(espace, SERVICE, ANNEE))) >= 8
    range_ = fichier_verdict(espace, SERVICE, ANNEE).read_text(encoding="utf-8")
    assert "ZZ" not in range_ and "98765" not in range_
    identifiants = [*tables["menage"]["id_menage"], *tables["mesure"]["id_mesure"]]
    assert identifiants and not [i for i in identifiants if f'"{i}"' in range_]


def test_lire_un_verdict_n_importe_pas_great_expectations(tmp_path):
    """Dans un processus neuf, un verdict à jour se lit sans GX ni pandas."""
    espace = espace_d_essai(tmp_path)
    verdict(espace, SERVICE, ANNEE)
    programme = (
        "import sys; from observatoire.espace import Espace; from observatoire.qualite import verdict;"
        f"v = verdict(Espace.ouvrir(sys.argv[1]), {SERVICE!r}, {ANNEE});"
        "print(v.etat, 'great_expectations' in sys.modules, 'pandas' in sys.modules)"
    )
    sortie = subprocess.run(
        [sys.executable, "-c", programme, str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout
    assert sortie.split() == ["publiable", "False", "False"]


def test_chaque_suite_se_charge_entiere_dans_great_expectations():
    import great_expectations as gx

    from observatoire.qualite import attentes

    chargees = 0
    for fichier in fichiers_suites(Espace(racine_gabarit())):
        brut = json.loads(fichier.read_text(encoding="utf-8"))
        suite = gx.ExpectationSuite(**brut)
        assert len(suite.expectations) == len(brut["expectations"])
        assert all(isinstance(a, attentes.AttentePolars) for a in suite.expectations)
        chargees += len(suite.expectations)
    assert chargees > 100


def test_nos_attentes_servent_a_qui_utilise_great_expectations_avec_pandas():
    """Un lot pandas ordinaire, une attente construite à la main : le résultat ne porte que des comptes."""
    import great_expectations as gx
    import pandas as pd

    from observatoire.qualite.attentes import AttendreModalites

    contexte = gx.get_context(mode="ephemeral")
    contexte.variables.progress_bars = {"globally": False, "metric_calculations": False}
    actif = contexte.data_sources.add_pandas("essai").add_dataframe_asset("t").add_batch_definition_whole_dataframe("b")
    lot = actif.get_batch({"dataframe": pd.DataFrame({"genre": ["F", "X", None]})})
    rendu = lot.validate(AttendreModalites(colonne="genre", codes=["F", "H"], severity="warning"))
    assert (rendu.success, rendu.result) == (False, {"element_count": 2, "unexpected_count": 1})
