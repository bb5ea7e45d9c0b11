"""Les anomalies relevées dans les rapports du FSL ASLL et de l'ASL jeunes ASE : une par test."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from observatoire.entrepot import lire_entrepot
from observatoire.indicateurs.calcul import Calculateur
from observatoire.indicateurs.registre import en_vigueur
from observatoire.services import lire_service
from tests.reference.lecture import IMPRIMES, arrondi, valeur

FSL, ASL = "fsl_asll", "asl_jeunes_ase"
TERRITOIRES = ("CAHC", "CALL")


def test_h13_realisation_de_la_convention(espace_complet):
    """H13 : une seule phrase parle de suractivité ; elle ne vaut que pour l'un des deux territoires, pas l'ensemble."""
    taux = {t: valeur(espace_complet, FSL, 2022, "taux_realisation_convention", territoire=t) for t in TERRITOIRES}
    assert {t: str(arrondi(x, 2)) for t, x in taux.items()} == {"CAHC": "55.33", "CALL": "110.08"}
    points = {t: valeur(espace_complet, FSL, 2022, "mesures_ponderees", territoire=t) for t in TERRITOIRES}
    assert {t: str(arrondi(x, 1)) for t, x in points.items()} == {"CAHC": "33.2", "CALL": "44.0"}
    ensemble = valeur(espace_complet, FSL, 2022, "taux_realisation_convention")
    assert ensemble == pytest.approx(100 * sum(points.values()) / 100)
    assert taux["CAHC"] < ensemble < 100 < taux["CALL"]
    assert ensemble != pytest.approx(sum(taux.values()) / 2), "ce n'est pas la moyenne des deux taux"


def test_h14_objectifs_atteints(espace_complet):
    """H14 : 70 % « de l'activité » ; la base est les arrêts du territoire, et les deux territoires sont comptés."""
    lire = {
        c: valeur(espace_complet, FSL, 2022, "taux_objectifs_atteints", champ=c, territoire="CAHC")
        for c in ("numerateur", "denominateur", "valeur")
    }
    assert (lire["numerateur"], lire["denominateur"]) == (19, 27)
    assert str(arrondi(lire["valeur"], 1)) == "70.4"
    assert lire["denominateur"] == valeur(espace_complet, FSL, 2022, "sorties", territoire="CAHC")
    assert lire["denominateur"] != valeur(espace_complet, FSL, 2022, "mesures_exercees", territoire="CAHC")
    ensemble = valeur(espace_complet, FSL, 2022, "taux_objectifs_atteints", champ="denominateur")
    assert ensemble == 27 + valeur(espace_complet, FSL, 2022, "sorties", territoire="CALL")


def convention_decalee(espace, annee: int, indicateur: str) -> dict:
    """Le total d'un indicateur sur la période d'octobre à septembre que désigne `annee`."""
    fiche = lire_service(espace, ASL)
    decalee = replace(fiche, parametres=replace(fiche.parametres, periode_debut="10-01"))
    table = Calculateur(espace, decalee, annee).calculer(en_vigueur(indicateur, annee))
    return table.filter(pl.col("territoire").is_null()).row(0, named=True)


def test_h16_periode_de_la_convention(espace_complet):
    """H16 : convention d'octobre à septembre, bilan civil ; chaque période a son taux, l'année civile en mêle deux."""
    assert lire_service(espace_complet, ASL).parametres.periode_debut == "01-01"
    civil = {
        c: valeur(espace_complet, ASL, 2022, "taux_realisation_convention", champ=c) for c in ("numerateur", "valeur")
    }
    for annee in (2022, 2023):
        decale = convention_decalee(espace_complet, annee, "taux_realisation_convention")
        assert decale["denominateur"] == 28
        assert decale["numerateur"] != civil["numerateur"]
    # À la main : jours pondérés du 1er octobre 2021 au 30 septembre 2022.
    debut, fin = date(2021, 10, 1), date(2022, 10, 1)
    mesures = lire_entrepot(espace_complet, ASL).table("mesure")
    jours = sum(
        {"SIMPLE": 1, "RENFORCEE": 2}[intensite] * max(0, (min(f or fin, fin) - max(d, debut)).days)
        for intensite, d, f in mesures.select("intensite", "date_debut", "date_fin").iter_rows()
    )
    decale = convention_decalee(espace_complet, 2022, "taux_realisation_convention")
    assert decale["valeur"] == pytest.approx(100 * jours / 365 / 28)
    premieres = convention_decalee(espace_complet, 2022, "premieres_mesures")
    assert premieres["valeur"] != valeur(espace_complet, ASL, 2022, "premieres_mesures")


def test_h16_les_deux_periodes_sont_imprimees(espace_complet):
    """H16 : le rapport imprime le taux de la convention et celui de l'année civile, chacun avec sa période."""
    from observatoire.campagne.donnees import preparer_rapport

    rapport = preparer_rapport(espace_complet, ASL, 2022, "interne")
    blocs = [b for b in rapport.blocs if "taux_realisation_convention" in b.reglage["indicateurs"]]
    assert [b.reglage.get("reglages", {}).get("periode_debut") for b in blocs] == ["10-01", None]
    decale, civil = blocs
    assert any("01/10/2021 au 30/09/2022" in note for note in decale.notes)
    assert not any("01/10" in note for note in civil.notes)
    taux = [b.table.filter(pl.col("indicateur") == "taux_realisation_convention")["valeur"][0] for b in blocs]
    assert taux[0] != taux[1]


@pytest.mark.parametrize(("service", "imprime"), [(FSL, 51), (ASL, 12)])
def test_h17_total_de_territoire_perdu(espace_complet, service, imprime):
    """H17 : le total d'un territoire est perdu ; la maison le calcule, et l'ensemble est la somme des deux."""
    lu = {t: valeur(espace_complet, service, 2022, "mesures_exercees", territoire=t) for t in TERRITOIRES}
    assert lu["CALL"] == imprime
    assert sum(lu.values()) == valeur(espace_complet, service, 2022, "mesures_exercees")
    for territoire, total in lu.items():
        arrets = valeur(espace_complet, service, 2022, "sorties", territoire=territoire)
        ouvertes = valeur(espace_complet, service, 2022, "presents_31_12", territoire=territoire)
        assert total - arrets == ouvertes
        assert total >= valeur(espace_complet, service, 2022, "premieres_mesures", territoire=territoire)


def test_h19_arrets_mal_lus(espace_complet):
    """H19 : « garrêts » se lit 9 arrêts ; 12 mesures moins 9 font bien les 3 encore ouvertes."""
    assert valeur(espace_complet, ASL, 2022, "sorties", territoire="CALL") == 9
    assert valeur(espace_complet, ASL, 2022, "presents_31_12", territoire="CALL") == 3


def test_h20_motifs_et_difficultes_sont_ceux_des_demandes(espace_complet):
    """H20 : deux titres des demandes sont imprimés sous les sorties ; le rapport les remet à leur place."""
    fiche = lire_service(espace_complet, FSL)
    rubrique = {nom: s.titre for s in fiche.sections for b in s.blocs for nom in b["indicateurs"]}
    assert rubrique["motifs_demande"] == rubrique["problematiques_annexes"] != rubrique["motifs_fin"]
    demandes = valeur(espace_complet, FSL, 2022, "demandes_recues")
    base = valeur(espace_complet, FSL, 2022, "motifs_demande", champ="denominateur")
    connus = (
        lire_entrepot(espace_complet, FSL)
        .table("demande")
        .filter((pl.col("date_demande").dt.year() == 2022) & (pl.col("motif") != "NR"))
    )
    assert base == connus.height <= demandes
    assert base != valeur(espace_complet, FSL, 2022, "sorties")


def test_le_total_de_territoires_n_est_jamais_une_moyenne_de_moyennes(espace_complet):
    """La durée et les ressources de l'ensemble se recalculent sur la somme des deux territoires."""
    for indicateur in ("duree_moyenne_accompagnement", "ressources_moyennes_tous"):
        lu = {
            (t, c): valeur(espace_complet, FSL, 2022, indicateur, champ=c, territoire=t)
            for t in (*TERRITOIRES, "")
            for c in ("numerateur", "denominateur", "valeur")
        }
        for champ in ("numerateur", "denominateur"):
            assert sum(lu[t, champ] for t in TERRITOIRES) == pytest.approx(lu["", champ])
        assert lu["", "valeur"] == pytest.approx(lu["", "numerateur"] / lu["", "denominateur"])


def test_chaque_chiffre_imprime_des_deux_services_est_retrouve():
    """Aucun chiffre de ces deux services n'est laissé au texte."""
    lignes = IMPRIMES["mesures_sociales_2022"]
    assert len(lignes) == 56
    assert {ligne["statut"] for ligne in lignes} == {"reproduit", "microdonnee"}
