"""Les zooms du CLLAJ : les mêmes indicateurs, filtrés ; et ses financements, réalisés et prévus."""

from __future__ import annotations

import polars as pl
import pytest

from observatoire.campagne.donnees import preparer_rapport
from observatoire.services import lire_service
from tests.reference.lecture import cellules, valeur

SERVICE = "cllaj"
ZOOMS = {"parcours_ase": "oui", "qpv": "oui", "prescripteur": "ML", "releve_action_logement": "oui"}


@pytest.fixture(scope="module")
def blocs(espace_complet):
    return preparer_rapport(espace_complet, SERVICE, 2022, "interne").blocs


def test_les_quatre_zooms_sont_des_filtres(espace_complet):
    """Chaque zoom est une clé `zoom` d'un bloc, et plusieurs tableaux s'y répètent."""
    fiche = lire_service(espace_complet, SERVICE)
    poses = [b["zoom"] for s in fiche.sections for b in s.blocs if "zoom" in b]
    for colonne, modalite in ZOOMS.items():
        assert poses.count({colonne: modalite}) >= 4, colonne
    assert len(poses) == sum(poses.count({c: m}) for c, m in ZOOMS.items())


def test_un_zoom_redonne_la_case_du_tableau_croise(espace_complet, blocs):
    """Le total d'un zoom est la marge du tableau croisé de l'indicateur par la colonne du zoom."""
    controles = 0
    for bloc in blocs:
        zoom = bloc.reglage.get("zoom")
        if not zoom:
            continue
        ((colonne, modalite),) = zoom.items()
        for indicateur in bloc.reglage["indicateurs"]:
            total = bloc.table.filter((pl.col("indicateur") == indicateur) & pl.col("ventilation_1").is_null())
            marge = cellules(espace_complet, SERVICE, 2022, indicateur, colonne, modalite)
            assert total["valeur"].to_list() == marge["valeur"].to_list(), bloc.titre
            controles += 1
    assert controles >= 25


def test_le_zoom_action_logement_porte_sur_les_accueils_comptes(espace_complet, blocs):
    """Les jeunes du zoom Action Logement sont ceux que compte l'indicateur du même nom."""
    genre = next(b for b in blocs if b.reglage.get("zoom") == {"releve_action_logement": "oui"})
    assert genre.reglage["indicateurs"] == ["repartition_genre"]
    base = genre.table.filter(pl.col("ventilation_1").is_null())["denominateur"].item()
    assert base == valeur(espace_complet, SERVICE, 2022, "aio_action_logement")


def test_financements_realises_et_prevus(espace_complet, blocs):
    """Le rapport imprime les financements de l'année et ceux que l'on prévoit pour la suivante, par financeur."""
    for indicateur in ("financements_repartition", "financements_previsionnels"):
        bloc = next(b for b in blocs if b.reglage["indicateurs"] == [indicateur])
        montants = bloc.table.filter(pl.col("ventilation_1") == "financeur")
        total = bloc.table.filter(pl.col("ventilation_1").is_null())["numerateur"].item()
        assert montants.height >= 5
        assert montants["numerateur"].sum() == pytest.approx(total)
    prevu = next(b for b in blocs if b.reglage["indicateurs"] == ["financements_previsionnels"])
    assert any("2023" in note for note in prevu.notes)
