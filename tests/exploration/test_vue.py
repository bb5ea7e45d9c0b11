"""Une vue : les cellules du rapport, ce qu'elles disent, ce qui s'emporte."""

from __future__ import annotations

import io
import tomllib
from itertools import product

import polars as pl
import pytest

from observatoire.campagne.donnees import preparer_rapport
from observatoire.campagne.filtres import DANS, HORS, calculer_filtre, garder_filtre
from observatoire.erreurs import ErreurParametre
from observatoire.exploration import Atelier, controler_demande
from observatoire.exploration.ajout import ajouter_au_rapport, bloc_de_rapport
from observatoire.exploration.exports import nom_de_fichier
from observatoire.indicateurs.registre import en_vigueur
from observatoire.protection import proteger
from observatoire.services import lire_service

CLE = ["indicateur", "annee", "ventilation_1", "modalite_1", "ventilation_2", "modalite_2"]


@pytest.fixture(scope="module")
def atelier(espace_exemple):
    return Atelier(espace_exemple)


def voir(atelier, **parametres):
    tous = {"services": "cllaj", "annees": 2022, "indicateur": "part_sans_ressource", **parametres}
    return atelier.voir(controler_demande(atelier.espace, tous))


@pytest.mark.parametrize("diffusion", ["interne", "public"])
def test_la_vue_a_les_cellules_du_rapport(atelier, diffusion):
    rapport = preparer_rapport(atelier.espace, "cllaj", 2022, diffusion)
    (bloc,) = [b for b in rapport.blocs if b.titre == "Composition familiale"]
    vue = voir(atelier, indicateur="composition_familiale", diffusion=diffusion)
    assert vue.bloc.cellules.equals(bloc.cellules)


def test_les_cellules_publiques_d_un_filtre_ne_se_retrouvent_pas_par_difference(atelier):
    """Pour toute cellule publiée d'une part filtrée, le reste compte zéro unité ou au moins le seuil."""
    service, vues = lire_service(atelier.espace, "cllaj"), 0
    seuil = service.parametres.seuil_diffusion
    calculateur = atelier.calculateur("cllaj", 2022)
    filtres = ({"qpv": ["oui"]}, {"genre": ["F"]}, {"genre": ["H"], "parcours_ase": ["oui"]})
    indicateurs = ("composition_familiale", "situation_emploi_entree", "repartition_genre")
    for nom, filtre in product(indicateurs, filtres):
        declare = en_vigueur(nom, 2022)
        if not set(filtre) <= set(c.valeur for c in atelier.ventilations(nom, "cllaj", 2022)) | {"genre"}:
            continue
        brute = calculer_filtre(calculateur, declare, (), filtre)
        gardees = garder_filtre(proteger(brute, "public", service.parametres)).filter(pl.col("etat") == "publie")
        reste = brute.filter(pl.col("territoire") == HORS).select(*CLE, pl.col("effectif").alias("reste"))
        vu = gardees.join(reste, on=CLE, how="left", nulls_equal=True).with_columns(pl.col("reste").fill_null(0))
        petits = vu.filter((pl.col("reste") > 0) & (pl.col("reste") < seuil))
        assert petits.is_empty(), (nom, filtre, petits)
        vues += vu.height
    assert vues > 10


def test_un_filtre_et_son_reste_font_l_ensemble(atelier):
    brute = calculer_filtre(
        atelier.calculateur("cllaj", 2022), en_vigueur("composition_familiale", 2022), (), {"qpv": ["oui"]}
    )
    sommes = brute.with_columns(pl.col("territoire").fill_null("ensemble")).pivot(
        "territoire", index=[*CLE[2:4]], values="numerateur", aggregate_function="sum"
    )
    assert sommes.height > 2
    parts = sommes.select(pl.col(DANS).fill_null(0) + pl.col(HORS).fill_null(0)).to_series()
    assert parts.to_list() == sommes["ensemble"].to_list()


def test_le_code_de_la_vue_redonne_les_memes_cellules(atelier, monkeypatch):
    monkeypatch.setenv("OBSERVATOIRE_ESPACE", str(atelier.espace.racine))
    vues = [
        voir(atelier, ventilations=["genre"], filtres={"qpv": ["oui"]}, diffusion="public"),
        voir(atelier, comparaison="annees", annees=[2021, 2022]),
        voir(atelier, services=["cllaj", "ltiae"], indicateur="composition_familiale"),
    ]
    composition = voir(atelier, indicateur="composition_familiale")
    vues.append(atelier.detail(composition.demande, "composition", "HS"))
    for vue in vues:
        portee: dict = {}
        exec(vue.code(), portee)
        assert portee["vue"].table.equals(vue.table)
        assert portee["vue"].titre == vue.titre


def test_l_annee_par_annee_dit_l_ecart_la_base_et_les_inconnus(atelier):
    vue = voir(atelier, comparaison="annees", annees=[2020, 2021, 2022])
    assert vue.bloc.graphique == "historique"
    assert [e.verdict for e in vue.examens] == ["hasard", "hasard"]
    assert "252 personnes · 7 inconnus" in vue.base.replace("\xa0", " ")
    assert "fois sur 100" in vue.examens[1].raisons[0]


def test_une_rupture_de_serie_est_dite_et_ne_se_juge_pas(atelier):
    vue = voir(atelier, indicateur="demandeurs_distincts_cllaj", comparaison="annees", annees=[2020, 2021, 2022])
    assert "Rupture de série" in vue.notes[0]
    assert {e.verdict for e in vue.examens} == {"rupture"}


def test_le_cout_public_compte_les_cellules_masquees(atelier):
    interne = voir(atelier, ventilations=["genre", "age_tranche"])
    publique = voir(atelier, ventilations=["genre", "age_tranche"], diffusion="public")
    masquees = publique.table.filter(pl.col("etat").str.starts_with("masque")).height
    assert interne.cout == publique.cout
    assert interne.cout.masquees == masquees > 0
    assert interne.table.filter(pl.col("etat").str.starts_with("masque")).is_empty()
    assert "sont masquées" in interne.cout.phrase


def test_deux_vues_differentes_ont_deux_noms_de_fichier(atelier):
    annees = {"comparaison": "annees", "annees": [2020, 2021]}
    demandes = ({}, {"filtres": {"genre": ["F"]}}, annees, {"diffusion": "public"})
    noms = {nom_de_fichier(voir(atelier, **d), "csv") for d in demandes}
    assert len(noms) == len(demandes)
    assert "cllaj_2022_part_sans_ressource_genre-f_interne.csv" in noms


def test_les_colonnes_d_une_vue_annee_par_annee_portent_leur_annee(atelier):
    vue = voir(atelier, indicateur="composition_familiale", comparaison="annees", annees=[2020, 2021, 2022])
    assert "effectif et part de 2020 à 2022" in vue.tableau()
    assert "par année" in vue.description() and "territoire" not in vue.description()


def test_une_annee_jamais_recue_est_refusee(atelier):
    with pytest.raises(ErreurParametre, match="2020, 2021, 2022"):
        voir(atelier, annees=2035)


def test_une_ventilation_se_juge_contre_l_an_passe(atelier):
    (examen,) = voir(atelier, indicateur="composition_familiale").examens
    assert "en 2021" in examen.constat and "écarts parmi lesquels" in examen.raisons[0]


def test_la_marque_cliquee_devient_le_reste_de_la_vue(atelier):
    vue = voir(atelier, ventilations=["genre", "age_tranche"])
    colonne, code = vue.code_choisi({"ligne": "Femme", "colonne": "18-21 ans"})
    assert (colonne, code) == ("genre", "F")
    detail = atelier.detail(vue.demande, colonne, code)
    filtree = voir(atelier, ventilations=["age_tranche"], filtres={"genre": ["F"]}, comparaison="aucune")
    assert detail.table.equals(filtree.table)
    barres = voir(atelier, indicateur="composition_familiale")
    seule = atelier.detail(barres.demande, *barres.code_choisi({"modalite": "Homme seul"}))
    assert seule.bloc.graphique == "historique"
    par_annee = seule.bloc.table.filter(pl.col("annee") == 2022)
    attendue = barres.table.filter(pl.col("modalite_1") == "HS")
    assert par_annee["numerateur"].to_list() == attendue["numerateur"].to_list()


def test_la_selection_est_posee_sur_les_marques(atelier):
    graphique = voir(atelier, indicateur="composition_familiale").graphique()
    (choix,) = [p for p in graphique.to_dict()["params"] if p["name"] == "choix"]
    assert choix["select"] == {"type": "point", "fields": ["modalite"]}
    assert choix["views"] == ["marques"]


def test_les_exports_ont_les_memes_cellules(atelier):
    vue = voir(atelier, indicateur="composition_familiale", diffusion="public")
    lue = pl.read_csv(io.BytesIO(vue.exporter("csv")), infer_schema=False)
    assert lue["etat"].to_list() == vue.table["etat"].to_list()
    assert (
        lue.filter(pl.col("etat") == "masque")["valeur"].null_count() == lue.filter(pl.col("etat") == "masque").height
    )
    assert vue.exporter("xlsx").startswith(b"PK")
    assert vue.exporter("png").startswith(b"\x89PNG")
    svg = vue.exporter("svg").decode()
    assert "Composition familiale" in svg and "218 ménages" in svg.replace("\xa0", " ")
    with pytest.raises(ErreurParametre, match="csv"):
        vue.exporter("pdf")
    with pytest.raises(ErreurParametre, match="graphique"):
        voir(atelier).exporter("png")


def test_l_objectif_demande_une_convention_qui_porte_sur_le_chiffre(atelier):
    with pytest.raises(ErreurParametre, match="objectif"):
        voir(atelier, comparaison="objectif")


def test_une_recherche_pardonne_les_fautes_et_les_accents(atelier):
    def premier(mots):
        return atelier.chercher(mots, ["cllaj"], 2022)[0].nom

    assert premier("jeunes sans ressources") == "part_sans_ressource"
    assert premier("compositon familliale") == "composition_familiale"
    assert premier("AGE MOYEN") == "age_moyen"
    assert atelier.chercher("zzzz", ["cllaj"], 2022) == []
    assert len(atelier.chercher("", ["cllaj"], 2022)) > 20


def test_aucun_identifiant_ne_se_propose(atelier):
    offertes = {
        c.valeur for d in atelier.indicateurs(["cllaj"], 2022) for c in atelier.ventilations(d.nom, "cllaj", 2022)
    }
    assert len(offertes) > 10
    assert not [c for c in offertes if c.startswith("id_") or c == "personne"]


def test_ajouter_au_rapport_ne_touche_qu_a_sa_section(espace_jetable):
    atelier = Atelier(espace_jetable)
    fichier = espace_jetable.dossier_services / "cllaj.toml"
    avant = fichier.read_text(encoding="utf-8")
    vue = voir(atelier, ventilations=["genre"], filtres={"qpv": ["oui"]})
    message = ajouter_au_rapport(vue, "Ressources et emploi", "Sans ressource, en quartier prioritaire")
    apres = fichier.read_text(encoding="utf-8")
    assert "data/services/cllaj.toml" in message
    assert [ligne for ligne in avant.splitlines() if ligne not in apres.splitlines()] == []
    section = next(s for s in tomllib.loads(apres)["sections"] if s["titre"] == "Ressources et emploi")
    assert section["blocs"][-1] == {
        "titre": "Sans ressource, en quartier prioritaire",
        "indicateurs": ["part_sans_ressource"],
        "ventilations": ["genre"],
        "filtres": {"qpv": ["oui"]},
    }
    rapport = preparer_rapport(espace_jetable, "cllaj", 2022, "interne")
    (bloc,) = [b for b in rapport.blocs if b.titre == "Sans ressource, en quartier prioritaire"]
    assert bloc.cellules.equals(vue.bloc.cellules)
    assert "Filtre : Quartier prioritaire, Oui." in bloc.notes
    with pytest.raises(ErreurParametre, match="déjà"):
        ajouter_au_rapport(
            voir(atelier, ventilations=["genre"]), "Ressources et emploi", "Sans ressource, en quartier prioritaire"
        )
    ajouter_au_rapport(voir(atelier, comparaison="annees", annees=[2021, 2022]), "Une section neuve")
    neuve = tomllib.loads(fichier.read_text(encoding="utf-8"))["sections"][-1]
    assert (neuve["titre"], neuve["blocs"][0]["graphique"], neuve["blocs"][0]["annees"]) == (
        "Une section neuve",
        "historique",
        2,
    )


def test_une_vue_de_deux_services_n_entre_pas_dans_un_rapport(atelier):
    vue = voir(atelier, services=["cllaj", "ltiae"], indicateur="composition_familiale")
    with pytest.raises(ErreurParametre, match="cahier régional"):
        bloc_de_rapport(vue)


def test_une_tranche_d_age_vide_n_a_ni_taux_ni_base(atelier):
    """Personne de 31 ans et plus au CLLAJ : une répartition y compte zéro, un taux ou une moyenne n'y existe pas."""
    taux = voir(atelier, ventilations=["age_tranche"]).table.filter(pl.col("modalite_1") == "31 et plus")
    assert taux.select("valeur", "base", "etat").rows() == [(None, 0.0, "sans_objet")]
    moyenne = voir(atelier, indicateur="ressources_moyennes_tous", ventilations=["age_tranche"]).table
    assert moyenne.filter(pl.col("modalite_1") == "31 et plus")["etat"].to_list() == ["sans_objet"]
    parts = voir(atelier, indicateur="age_tranches").table.filter(pl.col("modalite_1") == "31 et plus")
    assert parts.select("valeur", "numerateur", "etat").rows() == [(0.0, 0.0, "publie")]
