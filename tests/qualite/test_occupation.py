"""Les séjours et les places passent la même porte : références, dates, et séjours hors de l'ouverture."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from observatoire.qualite import verdict
from observatoire.qualite.controles import sejour_ouvert, tables_liees
from tests.qualite.fabrique import ANNEE, SERVICE, espace_d_essai, table, tables_propres


def sejours(**changements) -> dict[str, pl.DataFrame]:
    """Les tables propres avec douze séjours dans un logement ouvert ; `changements` abîme le premier séjour."""
    lignes = [
        {
            "id_sejour": f"S{i}",
            "id_service": SERVICE,
            "id_menage": f"M{i}",
            "id_place": "L1",
            "date_entree": date(2022, 1, 10),
            "date_sortie": date(2022, 6, 10),
            "motif_fin": "ACCES_LOGT",
        }
        for i in range(12)
    ]
    lignes[0] |= changements
    place = {
        "id_place": "L1",
        "id_service": SERVICE,
        "nb_places": 12,
        "ouverture": date(2022, 1, 10),
        "fermeture": date(2022, 6, 10),
    }
    propres = tables_propres()
    sorties = propres["situation"].filter(pl.col("moment") == "sortie").with_columns(date=date(2022, 6, 10))
    return {
        **propres,
        "situation": pl.concat([propres["situation"], sorties]),
        "sejour": table("sejour", lignes),
        "place": table("place", [place]),
    }


def defauts(dossier, tables) -> set[str]:
    rendu = verdict(espace_d_essai(dossier, tables), SERVICE, ANNEE)
    return {r.regle for r in rendu.resultats if not r.reussie}


def test_un_sejour_egal_a_l_ouverture_de_sa_place_est_admis(tmp_path):
    assert defauts(tmp_path, sejours()) == set()


@pytest.mark.parametrize(
    ("changement", "aussi"),
    [
        ({"date_entree": date(2022, 1, 9)}, set()),
        ({"date_sortie": date(2022, 6, 11)}, set()),
        ({"date_sortie": None, "motif_fin": None}, {"sejour.occupation"}),  # juin : 30 jours pour 9 jours offerts
    ],
    ids=["avant l'ouverture", "après la fermeture", "encore présent après la fermeture"],
)
def test_un_sejour_hors_de_l_ouverture_compte_et_alerte(tmp_path, changement, aussi):
    tables = sejours(**changement)
    rendu = verdict(espace_d_essai(tmp_path, tables), SERVICE, ANNEE)
    assert rendu.etat == "publiable"
    assert {r.regle for r in rendu.avertissements()} == {"sejour.hors_ouverture", *aussi}


def test_un_sejour_sur_une_place_inconnue_se_dit_autrement(tmp_path):
    trouves = defauts(tmp_path, sejours(id_place="L9"))
    assert trouves == {"sejour.id_place.reference", "sejour.id_place.reference_isolee"}


def test_l_examen_reste_aligne_sur_le_lot():
    lot = pl.DataFrame(
        {
            "id_place": ["B", None, "A", "Z"],
            "date_entree": [date(2022, 1, 1)] * 4,
            "date_sortie": [None, None, date(2022, 2, 1), None],
        },
        schema={"id_place": pl.String, "date_entree": pl.Date, "date_sortie": pl.Date},
    )
    places = pl.DataFrame(
        {"id_place": ["A", "B"], "ouverture": [date(2021, 1, 1), date(2022, 1, 2)], "fermeture": [None, None]},
        schema={"id_place": pl.String, "ouverture": pl.Date, "fermeture": pl.Date},
    )
    with tables_liees({"place": places}):
        examen = sejour_ouvert(lot)
    assert examen.fautives.to_list() == [True, False, False, False]
    assert examen.lignes == 2
