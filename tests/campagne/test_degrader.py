"""Dégrader sans s'arrêter : chaque année d'un rapport suit son propre verdict, et chaque retenue dit sa raison."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from observatoire.campagne import donnees as preparation
from observatoire.campagne.donnees import preparer_rapport
from observatoire.campagne.donnees_types import SCHEMA_TABLE
from observatoire.campagne.territoires import cote_a_cote
from observatoire.espace import Espace
from observatoire.indicateurs.registre import en_vigueur
from observatoire.qualite import ResultatRegle, Verdict

RANG = "Trop peu de lignes renseignent le rang."
ASE = "La prise en charge manque."


def echec(colonne: str, explication: str = RANG, **autres) -> ResultatRegle:
    champs = {"severite": "critical", "structurelle": False, "reussie": False, "derogation": ""} | autres
    return ResultatRegle(
        regle=f"{colonne}.essai",
        table=colonne.split(".")[0],
        colonnes=(colonne,),
        lignes=20,
        echecs=15,
        explication=explication,
        remede="Complétez l'export.",
        **champs,
    )


def preparer(espace: Espace, echecs: dict[int, list[ResultatRegle]], service: str):
    """Le rapport interne de 2022 d'un service dont certaines années ont ces échecs-là, et pas d'autres."""

    def juger(_, nom: str, annee: int) -> Verdict:
        return Verdict(nom, annee, "ab" * 32, tuple(echecs.get(annee, ())))

    with pytest.MonkeyPatch.context() as echange:
        echange.setattr(preparation, "verdict", juger)
        return preparer_rapport(espace, service, 2022, "interne")


@pytest.fixture
def rendre(espace_exemple: Espace):
    return lambda echecs: preparer(espace_exemple, echecs, "ltiae")


@pytest.fixture(scope="module")
def cllaj(espace_exemple: Espace):
    """Le CLLAJ : des actes douteux avant 2022, et la prise en charge de 2022."""
    actes = [echec("acte.date"), echec("acte.type_acte")]
    echecs = {**dict.fromkeys(range(2018, 2022), actes), 2022: [echec("personne.parcours_ase", ASE)]}
    return preparer(espace_exemple, echecs, "cllaj")


def bloc(donnees, cle):
    return next(b for b in donnees.blocs if b.cle == cle)


def totaux(table: pl.DataFrame, indicateur: str) -> dict[int, str]:
    lignes = table.filter(pl.col("ventilation_1").is_null() & (pl.col("indicateur") == indicateur))
    return dict(lignes.select("annee", "etat").iter_rows())


def test_une_annee_passee_suit_son_propre_verdict(rendre):
    """Le rang de 2021 est douteux : 2021 est retenu dans la tendance et à côté de 2022, et rien d'autre."""
    donnees = rendre({2021: [echec("mesure.rang")]})
    assert totaux(donnees.sections[-1].blocs[0].table, "premieres_mesures") == {
        2020: "publie",
        2021: "retenu",
        2022: "publie",
    }
    cles = donnees.chiffres_cles
    assert totaux(cles.table, "premieres_mesures") == {2022: "publie"}
    assert totaux(cles.precedente, "premieres_mesures") == {2021: "retenu"}
    assert totaux(cles.precedente, "menages_accompagnes") == {2021: "publie"}
    assert [(r.indicateur, r.annee, r.motifs) for r in cles.retenues] == [("premieres_mesures", 2021, (RANG,))]


def test_un_rang_douteux_cette_annee_ne_touche_pas_les_autres(rendre):
    tendance = rendre({2022: [echec("mesure.rang")]}).sections[-1].blocs[0]
    assert totaux(tendance.table, "premieres_mesures") == {2020: "publie", 2021: "publie", 2022: "retenu"}


def test_une_annee_passee_bloquee_ne_s_imprime_nulle_part(rendre):
    """Un défaut de structure de 2021 ne bloque pas 2022, mais aucun chiffre de 2021 n'y paraît."""
    structure = echec("mesure.id_mesure", "Deux mesures ont le même numéro.", structurelle=True)
    donnees = rendre({2021: [structure]})
    etats = {e for b in donnees.blocs for e in b.precedente["etat"]}
    assert etats <= {"retenu", "non_recu"}
    evolutions = [b.table.filter(pl.col("indicateur") == "evolution_n_1") for b in donnees.blocs]
    assert {e for t in evolutions for e in t["etat"]} <= {"retenu", "sans_objet"}
    assert {r.motifs for b in donnees.blocs for r in b.retenues} == {("Deux mesures ont le même numéro.",)}
    assert all(r.annee == 2021 for b in donnees.blocs for r in b.retenues)


def test_un_chiffre_recu_deja_agrege_n_est_pas_retenu_par_une_table_qu_il_ne_lit_pas(cllaj):
    """L'année 2019 du CLLAJ n'est arrivée qu'en chiffres : les tables, vides cette année-là, ne la jugent pas."""
    serie = bloc(cllaj, "jeunes-ayant-sollicite-le-cllaj").table
    lues = serie.filter(pl.col("indicateur") == "demandeurs_distincts_cllaj").unique(["annee", "etat"])
    assert dict(lues.select("annee", "etat").iter_rows()) == {
        2019: "publie",
        2020: "retenu",
        2021: "retenu",
        2022: "publie",
    }


def test_une_alerte_ne_se_lit_que_sous_les_figures_qu_elle_touche(rendre):
    alerte = echec("demande.motif_suite", "Le motif des refus manque souvent.", severite="warning")
    donnees = rendre({2022: [alerte]})
    assert donnees.verdict.etat == "publiable"
    touches = {b.cle for b in donnees.blocs if b.alertes}
    assert touches == {"suites-donnees-par-motif"}


def test_une_alerte_sur_deux_colonnes_reste_si_l_une_est_publiee(rendre):
    """Le rang est retenu ; l'alerte porte aussi sur le début, que l'autre chiffre du bloc lit toujours."""
    deux = ResultatRegle(
        **{**vars(echec("mesure.rang", "Rang et début se contredisent.", severite="warning"))}
        | {"colonnes": ("mesure.rang", "mesure.date_debut")}
    )
    seule = echec("mesure.rang", "Bien des rangs manquent.", severite="warning")
    donnees = rendre({2022: [echec("mesure.rang"), deux, seule]})
    assert "Rang et début se contredisent." in donnees.chiffres_cles.alertes
    assert not any("Bien des rangs manquent." in b.alertes for b in donnees.blocs)


def test_une_derogation_publie_le_chiffre_et_le_dit_dessous(rendre):
    admis = echec("mesure.rang", derogation="Admis par la direction du pôle jusqu'au 31 décembre 2026.")
    donnees = rendre({2022: [admis]})
    assert donnees.verdict.etat == "publiable"
    assert totaux(donnees.chiffres_cles.table, "premieres_mesures") == {2022: "publie"}
    assert donnees.chiffres_cles.derogations == (f"{RANG} Admis par la direction du pôle jusqu'au 31 décembre 2026.",)
    lecteurs = {b.cle for b in donnees.blocs if b.derogations}
    assert "suites-donnees-par-motif" not in lecteurs and "chiffres-cles" in lecteurs


def test_un_zoom_retenu_ne_devient_pas_un_tableau_vide(cllaj):
    zooms = [b for b in cllaj.blocs if "parcours_ase" in (b.reglage.get("zoom") or {})]
    assert zooms
    for zoom in zooms:
        assert set(zoom.table["etat"]) == {"retenu"}, zoom.cle
        assert (ASE,) in {r.motifs for r in zoom.retenues}


def test_un_public_que_rien_ne_compte_est_un_zero_ou_sans_objet():
    """Nul jeune de ce public : zéro ménage, et une moyenne sans objet ; jamais un tableau vide sans raison."""
    colonnes = {"service": "s", "annee": 2022, "version_definition": "1", "etat": "publie"}
    lignes = [
        {**colonnes, "indicateur": nom, "valeur": v, "numerateur": v, "base": 9.0, "denominateur": 9.0}
        for nom, v in (("compte", 9.0), ("moyenne", 4.5))
    ]
    table = pl.DataFrame(lignes, schema=SCHEMA_TABLE)
    zoomee = preparation._zoomer(table, {"parcours_ase": "oui"}, {"compte": "effectif", "moyenne": "moyenne"})
    lus = {x["indicateur"]: (x["etat"], x["valeur"]) for x in zoomee.to_dicts()}
    assert lus == {"compte": ("publie", 0.0), "moyenne": ("sans_objet", None)}


@pytest.mark.parametrize(
    ("etat", "attendu"), [("publie", "sans_objet"), ("non_recu", "non_recu"), ("retenu", "retenu")]
)
def test_un_territoire_que_le_calcul_n_ecrit_pas_dit_pourquoi(etat, attendu):
    """Un chiffre sans territoire est sans objet pour chacun d'eux ; non reçu ou retenu, il l'est partout."""
    ligne = {"indicateur": "personnel", "annee": 2022, "version_definition": "1", "etat": etat, "valeur": 3.0}
    table = pl.DataFrame([ligne], schema=SCHEMA_TABLE)
    definition = en_vigueur("menages_accompagnes", 2022).definition
    definition = replace(definition, nom="personnel")
    lues, colonnes = cote_a_cote(table, [definition], ["Nord", "Sud"], "essai")
    assert [c.nom for c in colonnes] == ["Nord", "Sud", "Ensemble"]
    assert dict(lues.select("indicateur", "etat").iter_rows()) == {"Ensemble": etat, "Nord": attendu, "Sud": attendu}
    assert lues.filter(pl.col("indicateur") != "Ensemble")["valeur"].null_count() == 2
