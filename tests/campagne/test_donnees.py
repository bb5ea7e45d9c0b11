"""Préparer un rapport : la porte qualité, les zooms, les notes et la comparaison d'une année sur l'autre."""

from __future__ import annotations

import polars as pl
import pytest

from observatoire.campagne.donnees import ancre, preparer_rapport
from observatoire.entrepot import lire_entrepot
from observatoire.erreurs import ErreurDefinition, RapportBloque
from observatoire.espace import Espace
from observatoire.indicateurs import calculer
from observatoire.qualite import verdict


@pytest.fixture(scope="module")
def ltiae(espace_exemple: Espace):
    return preparer_rapport(espace_exemple, "ltiae", 2022, "interne")


@pytest.fixture(scope="module")
def cllaj(espace_exemple: Espace):
    return preparer_rapport(espace_exemple, "cllaj", 2022, "interne")


def bloc(donnees, cle: str):
    return next(b for b in donnees.blocs if b.cle == cle)


def valeur(table: pl.DataFrame, indicateur: str) -> float:
    ligne = table.filter((pl.col("indicateur") == indicateur) & pl.col("ventilation_1").is_null())
    return ligne["valeur"][0]


def test_les_sections_suivent_l_ordre_du_service(ltiae):
    assert [s.titre for s in ltiae.sections] == [*(s.titre for s in ltiae.service.sections), "Tendances"]
    assert len(ltiae.sections) == 15
    cles = [b.cle for b in ltiae.blocs]
    assert len(cles) == len(set(cles))


def test_l_annee_precedente_accompagne_chaque_chiffre(ltiae):
    cles = ltiae.chiffres_cles
    assert valeur(cles.table, "menages_accompagnes") == 25
    assert valeur(cles.precedente, "menages_accompagnes") > 0
    assert set(cles.precedente["annee"]) == {2021}


def test_les_tendances_montrent_les_chiffres_cles_sur_cinq_ans(ltiae):
    """Chaque chiffre clé que le service ne montre pas déjà année par année l'est en fin de rapport."""
    tendance = ltiae.sections[-1].blocs[0]
    montres = {"menages_accompagnes"}  # le service en fait déjà un historique
    assert {d.nom for d in tendance.definitions} == set(ltiae.service.chiffres_cles) - montres
    series = tendance.table.filter(pl.col("ventilation_1").is_null())
    assert set(series["annee"]) == {2020, 2021, 2022}
    mois = series.filter(pl.col("indicateur") == "mois_mesures").sort("annee")
    assert mois["valeur"].to_list()[-1] == 140


def test_la_premiere_annee_livree_ne_se_compare_a_rien(espace_exemple: Espace):
    donnees = preparer_rapport(espace_exemple, "ltiae", 2020, "interne")
    assert all(b.precedente.is_empty() for b in donnees.blocs)
    assert valeur(donnees.chiffres_cles.table, "menages_accompagnes") == 23


def test_le_zoom_ne_garde_que_son_public_et_l_export_garde_la_ventilation(cllaj):
    zoom = bloc(cllaj, "jeunes-ase-genre")
    assert zoom.table.filter(pl.col("ventilation_1").is_null())["numerateur"].to_list() == [21]
    assert zoom.table["ventilation_2"].null_count() == zoom.table.height
    # L'export ne prend pas le total du zoom pour celui du service.
    assert zoom.cellules.filter(pl.col("ventilation_1").is_null())["numerateur"].to_list() == [268]
    assert set(zoom.cellules["modalite_2"].drop_nulls()) >= {"oui"}


def test_les_reglages_qui_changent_un_chiffre_sont_imprimes(ltiae, cllaj):
    assert any("dernier jour du mois" in n for n in bloc(ltiae, "menages-suivis-simultanement-mois-par-mois").notes)
    assert any("intermédiation locative" in n for n in bloc(ltiae, "resultats-des-accompagnements-termines").notes)
    ressources = bloc(cllaj, "ressources-du-public").notes
    assert any("580" in n for n in ressources)
    assert any("Insee" in n for n in ressources)


def test_l_historique_porte_les_deux_definitions_et_l_evolution_constante(cllaj):
    serie = bloc(cllaj, "jeunes-ayant-sollicite-le-cllaj")
    totaux = serie.table.filter(pl.col("indicateur") == "demandeurs_distincts_cllaj")
    assert {(a, v): x for a, v, x in totaux.select("annee", "version_definition", "valeur").iter_rows()} == {
        (2019, "2019"): 526,
        (2020, "2019"): 440,
        (2021, "2019"): 553,
        (2022, "2019"): 504,
        (2022, "2022"): 580,
    }
    evolution = serie.table.filter(pl.col("indicateur") == "evolution_n_1")["valeur"][0]
    assert round(evolution, 1) == -8.9
    assert {d.version for d in serie.definitions} == {"2019", "2022"}


def modifier(espace: Espace, service: str, table: str, changer) -> None:
    fichier = lire_entrepot(espace, service).fichier(table)
    changer(pl.read_parquet(fichier)).write_parquet(fichier)


def test_une_cle_en_double_bloque_le_rapport(espace_jetable: Espace):
    modifier(espace_jetable, "ltiae", "mesure", lambda t: pl.concat([t, t.head(1)]))
    with pytest.raises(RapportBloque) as erreur:
        preparer_rapport(espace_jetable, "ltiae", 2022, "interne")
    assert erreur.value.remede


def test_une_colonne_trop_vide_retient_ses_seuls_indicateurs(espace_jetable: Espace):
    vider = pl.when(pl.int_range(pl.len()) % 4 == 0).then(pl.col("ressource_principale")).alias("ressource_principale")
    modifier(espace_jetable, "ltiae", "situation", lambda t: t.with_columns(vider))
    donnees = preparer_rapport(espace_jetable, "ltiae", 2022, "interne")
    assert donnees.verdict.etat == "partiel"
    etats = {b.cle: set(b.table["etat"]) for b in donnees.blocs}
    # Le bloc ventile par la ressource : ni son compte, ni ses parts ne sont fiables.
    assert "retenu" in etats["ressource-principale-premieres-mesures-et-total"]
    touche = bloc(donnees, "ressource-principale-premieres-mesures-et-total")
    # La raison est dite à la place du chiffre, et pour son seul détail : le total se lit toujours.
    assert {(r.indicateur, r.ventilation) for r in touche.retenues if r.annee == 2022} == {
        ("premieres_mesures", "ressource_principale"),
        ("menages_accompagnes", "ressource_principale"),
    }
    assert all("ressource principale" in motif for r in touche.retenues for motif in r.motifs)
    assert valeur(touche.table, "menages_accompagnes") == 25
    # Une alerte sur la colonne retenue n'a plus de chiffre à nuancer.
    assert not any("ressource principale" in alerte for alerte in touche.alertes)
    assert not any(b.retenues for b in donnees.blocs if b is not touche)
    for cle in (
        "parcours-logement-au-debut-et-a-la-fin",
        "themes-travailles",
        "suites-donnees-aux-demandes",
        "composition-familiale-premieres-mesures-et-total",
    ):
        assert etats[cle] == {"publie"}, cle
    assert valeur(donnees.chiffres_cles.table, "menages_accompagnes") == 25


def test_un_indicateur_retenu_n_a_pas_d_evolution(espace_jetable: Espace):
    vider = pl.when(pl.int_range(pl.len()) % 20 == 0).then(pl.col("rang")).alias("rang")
    modifier(espace_jetable, "ltiae", "mesure", lambda t: t.with_columns(vider))
    juge = verdict(espace_jetable, "ltiae", 2022)
    assert "mesure.rang" in juge.colonnes_retenues
    table = calculer(espace_jetable, "ltiae", 2022, ["evolution_n_1"], verdict=juge)
    etats = dict(zip(table["modalite_1"], table["etat"], strict=True))
    assert etats["premieres_mesures"] == "retenu"
    assert etats["menages_accompagnes"] == "publie"
    assert table.filter(pl.col("etat") == "retenu")["valeur"].null_count() >= 1


@pytest.mark.parametrize(
    ("ancien", "nouveau", "attendu"),
    [
        ('indicateurs = ["matrice_parcours"]', 'indicateurs = ["matrice_parcour"]', "matrice_parcours"),
        ('indicateurs = ["matrice_parcours"]', 'indicateur = ["matrice_parcours"]', "indicateurs"),
        (
            'indicateurs = ["matrice_parcours"]',
            'indicateurs = ["matrice_parcours"]\n  graphique = "camembert"',
            "camembert",
        ),
        ('indicateurs = ["matrice_parcours"]', "indicateurs = []", "indicateurs"),
    ],
)
def test_une_section_mal_ecrite_dit_ou_et_quoi(espace_jetable: Espace, ancien, nouveau, attendu):
    fichier = espace_jetable.dossier_services / "ltiae.toml"
    texte = fichier.read_text(encoding="utf-8")
    assert ancien in texte
    fichier.write_text(texte.replace(ancien, nouveau), encoding="utf-8")
    with pytest.raises(Exception, match=attendu) as erreur:
        preparer_rapport(espace_jetable, "ltiae", 2022, "interne")
    if attendu != "matrice_parcours":
        assert isinstance(erreur.value, ErreurDefinition)
        assert "ltiae.toml" in str(erreur.value)


def test_les_mouvements_du_mois_restent_internes(ltiae, espace_exemple: Espace):
    """À côté de la file active publiée, une entrée masquée d'un mois se retrouverait par différence."""
    cle, mouvements = "menages-suivis-simultanement-mois-par-mois", {"entrees_mensuelles", "sorties_mensuelles"}
    lu = bloc(ltiae, cle)
    assert {d.nom for d in lu.definitions} == {"file_active_mensuelle", *mouvements}
    assert (valeur(lu.table, "entrees_mensuelles"), valeur(lu.table, "sorties_mensuelles")) == (13, 14)
    public = bloc(preparer_rapport(espace_exemple, "ltiae", 2022, "public"), cle)
    assert [d.nom for d in public.definitions] == ["file_active_mensuelle"]
    assert not mouvements & {*public.table["indicateur"], *public.cellules["indicateur"]}
    assert "En diffusion interne seulement : entrées par mois, sorties par mois." in public.notes


def test_ancre():
    assert ancre("Âge de la personne — référence") == "age-de-la-personne-reference"
    assert ancre("???") == "bloc"
