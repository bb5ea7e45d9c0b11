"""Les contrôles d'une année à l'autre, et les seuils : des données que le type de service ou le service remplace."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from observatoire.espace import Espace, racine_gabarit
from observatoire.modele import TABLES
from observatoire.nomenclatures import lire_nomenclature
from observatoire.qualite import controles
from observatoire.qualite.controles import CONTROLES, annee_precedente
from observatoire.qualite.suites import lire_suites
from observatoire.services import lire_service
from tests.qualite.fabrique import SERVICE, espace_d_essai

ESPACE = Espace(racine_gabarit())
REGLES = [regle for suite in lire_suites(ESPACE).values() for regle in suite]


def lot(**effectifs: int) -> pl.DataFrame:
    """Des demandes dont le motif a ces effectifs ; `vide` : sans motif."""
    motifs = [None if motif == "vide" else motif for motif, n in effectifs.items() for _ in range(n)]
    return pl.DataFrame({"id_demande": [f"D{i}" for i in range(len(motifs))], "motif": motifs}, schema_overrides=TEXTE)


TEXTE = {"id_demande": pl.String, "motif": pl.String}


def stable(
    controle: controles.Controle, avant: pl.DataFrame, cette_annee: pl.DataFrame, **reglages: Any
) -> bool | None:
    """Vrai si la règle passe, faux si elle est en défaut, rien si elle n'a rien comparé."""
    with annee_precedente({"demande": avant}):
        examen = controle(cette_annee, "demande", **{"effectif_comparable": 30, **reglages})
    assert examen.lignes in (0, 1)
    return None if examen.lignes == 0 else examen.reussi()


@pytest.mark.parametrize(
    ("avant", "maintenant", "attendu"),
    [(40, 60, True), (40, 61, False), (40, 20, True), (40, 19, False), (40, 0, False), (29, 90, None), (0, 50, None)],
)
def test_un_effectif_ne_varie_pas_de_plus_de_moitie(avant, maintenant, attendu):
    reglages = {"colonne": "id_demande", "variation": 0.5}
    assert stable(controles.effectif_stable, lot(RUE=avant), lot(RUE=maintenant), **reglages) is attendu


@pytest.mark.parametrize(
    ("avant", "maintenant", "attendu"),
    [
        ({"RUE": 40}, {"RUE": 34, "vide": 6}, True),
        ({"RUE": 40}, {"RUE": 33, "vide": 7}, False),
        ({"RUE": 40}, {"RUE": 33, "NR": 7}, False),
        ({"RUE": 20, "vide": 20}, {"RUE": 20, "vide": 20}, True),
        ({"RUE": 33, "vide": 7}, {"RUE": 40}, True),
        ({"RUE": 40}, {"vide": 29}, None),
    ],
)
def test_les_vides_ne_montent_pas_d_un_coup(avant, maintenant, attendu):
    reglages = {"colonne": "motif", "hausse": 0.15, "marques": ["NR"]}
    assert stable(controles.remplissage_stable, lot(**avant), lot(**maintenant), **reglages) is attendu


@pytest.mark.parametrize(
    ("avant", "maintenant", "attendu"),
    [
        ({"RUE": 50, "TIERS": 50}, {"RUE": 50, "TIERS": 50}, True),
        ({"RUE": 50, "TIERS": 50}, {"RUE": 500, "TIERS": 500}, True),
        ({"RUE": 50, "TIERS": 50}, {"RUE": 84, "TIERS": 16}, True),
        ({"RUE": 50, "TIERS": 50}, {"RUE": 86, "TIERS": 14}, False),
        ({"RUE": 50, "TIERS": 50}, {"SANTE": 100}, False),
        ({"RUE": 50, "TIERS": 50}, {"RUE": 50, "TIERS": 50, "vide": 400, "NR": 50}, True),
        ({"RUE": 29}, {"TIERS": 100}, None),
    ],
)
def test_une_repartition_ne_se_renverse_pas(avant, maintenant, attendu):
    reglages = {"colonne": "motif", "ecart": 0.35}
    assert stable(controles.repartition_stable, lot(**avant), lot(**maintenant), **reglages) is attendu


def test_un_ecart_que_le_hasard_explique_ne_se_signale_pas():
    """Vingt motifs pour trente demandes : le seul hasard les répartit autrement chaque année."""
    avant = lot(**{f"M{i}": 2 for i in range(15)})
    maintenant = lot(**{f"M{i}": 2 for i in range(5, 20)})
    assert stable(controles.repartition_stable, avant, maintenant, colonne="motif", ecart=0.3) is True
    assert (
        stable(controles.repartition_stable, lot(RUE=15, TIERS=15), lot(RUE=27, TIERS=3), colonne="motif", ecart=0.3)
        is False
    )


def test_si_restreint_les_deux_annees():
    avant, maintenant = lot(RUE=40, TIERS=40), lot(RUE=10, TIERS=40)
    reglages = {"colonne": "id_demande", "variation": 0.5}
    assert stable(controles.effectif_stable, avant, maintenant, **reglages) is True
    assert stable(controles.effectif_stable, avant, maintenant, si={"motif": ["RUE"]}, **reglages) is False


@pytest.mark.parametrize("precedente", [{}, {"mesure": lot(RUE=40)}])
def test_sans_annee_precedente_rien_n_est_compare(precedente):
    with annee_precedente(precedente):
        for controle, propre in (
            (controles.effectif_stable, {"variation": 0.1}),
            (controles.remplissage_stable, {"hausse": 0.1}),
            (controles.repartition_stable, {"ecart": 0.1}),
        ):
            assert controle(lot(RUE=40), "demande", "motif", effectif_comparable=1, **propre).lignes == 0


# --- Les suites : complètes, et leurs seuils en données -------------------------------------------


def test_chaque_table_du_modele_a_sa_suite():
    assert set(lire_suites(ESPACE)) == set(TABLES)


def test_chaque_controle_sert_et_chaque_regle_a_le_sien():
    assert {r.attente["type"] for r in REGLES} == set(CONTROLES)


def _seuils() -> dict[str, Any]:
    import tomllib

    return tomllib.loads((racine_gabarit() / "expectations" / "seuils.toml").read_text(encoding="utf-8"))


def test_chaque_seuil_nomme_existe_et_chaque_seuil_sert():
    nommes = set(re.findall(r'"seuil_(\w+)"', json.dumps([r.attente for r in REGLES])))
    assert nommes == set(_seuils()["commun"])


def test_les_types_de_service_sont_ceux_de_la_nomenclature_et_leurs_seuils_existent():
    seuils = _seuils()
    assert set(seuils["type_service"]) <= set(lire_nomenclature(ESPACE, "type_service").codes)
    for propres in seuils["type_service"].values():
        assert set(propres) <= set(seuils["commun"])


def test_aucune_part_ni_aucun_effectif_n_est_ecrit_dans_une_suite():
    for regle in REGLES:
        for champ in (
            "part_toleree",
            "effectif_minimum",
            "effectif_comparable",
            "variation",
            "hausse",
            "ecart",
            "mois",
        ):
            assert isinstance(regle.attente["kwargs"].get(champ, {}), dict), (regle.regle, champ)


def test_aucun_texte_ne_fige_un_seuil():
    fige = re.compile(r"\d ?[%€]|\d{2,} mois|moitié|vingtième|sur (?:dix|cinq|vingt)|deux cents|mille")
    for regle in REGLES:
        assert "seuil_" not in json.dumps(regle.attente["kwargs"]) or not fige.search(regle.explication), regle.regle


def test_un_type_de_service_ou_un_service_remplace_un_seuil(tmp_path: Path):
    from observatoire.qualite.seuils import lire_seuils

    espace = espace_d_essai(tmp_path)
    fichier = tmp_path / "data" / "services" / f"{SERVICE}.toml"
    texte = fichier.read_text(encoding="utf-8")

    def seuils(debut: str = "", fin: str = "") -> dict[str, float]:
        fichier.write_text(debut + texte + fin, encoding="utf-8")
        return lire_seuils(espace, lire_service(espace, SERVICE))

    communs = _seuils()["commun"]
    assert seuils()["seuil_mesure_mois_maximum"] == communs["mesure_mois_maximum"]
    assert seuils("duree_max = 18\n")["seuil_mesure_mois_maximum"] == 18
    propre = "\n[qualite.seuils]\nmesure_mois_maximum = 24\n"
    assert seuils("duree_max = 18\n", propre)["seuil_mesure_mois_maximum"] == 24
    pension = seuils('type_service = "PENSION_FAMILLE"\n')
    assert pension["seuil_sejour_mois_maximum"] == _seuils()["type_service"]["PENSION_FAMILLE"]["sejour_mois_maximum"]
    assert pension["seuil_sejour_mois_maximum"] > communs["sejour_mois_maximum"]
