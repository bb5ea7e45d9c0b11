"""Les contrôles, un par un : ce qu'ils examinent, ce qu'ils refusent, ce qu'ils tolèrent."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from observatoire.erreurs import ErreurDefinition
from observatoire.qualite import controles
from observatoire.qualite.controles import tables_liees


def fautives(examen: controles.Examen) -> list[int]:
    return examen.fautives.arg_true().to_list()


def test_vide_et_nr_manquent_mais_refus_et_sans_objet_sont_des_reponses():
    lot = pl.DataFrame({"genre": ["F", None, "NR", "REF", "SO", "NSP"]})
    assert fautives(controles.renseigne(lot, ["genre"], ["NR"])) == [1, 2]
    assert fautives(controles.renseigne(lot, ["genre"])) == [1]


def test_plusieurs_colonnes_sont_toutes_exigees():
    lot = pl.DataFrame({"a": ["1", None, "3"], "b": ["1", "2", None]})
    assert fautives(controles.renseigne(lot, ["a", "b"])) == [1, 2]


def test_si_et_si_renseigne_restreignent_les_lignes_examinees():
    lot = pl.DataFrame({"type_acte": ["DOSSIER", "ENTRETIEN", None], "x": [None, None, "v"], "y": ["v", "v", None]})
    examen = controles.renseigne(lot, ["x"], si={"type_acte": ["DOSSIER"]})
    assert (examen.lignes, fautives(examen)) == (1, [0])
    assert controles.renseigne(lot, ["x"], si_renseigne=["y"]).lignes == 2


def test_part_toleree_et_effectif_minimum():
    lot = pl.DataFrame({"x": ["v"] * 5 + [None] * 5})
    examen = controles.renseigne(lot, ["x"])
    assert examen.reussi(0.5) and not examen.reussi(0.49)
    assert examen.reussi(0.0, effectif_minimum=11) and not examen.reussi(0.0, effectif_minimum=10)


def test_un_lot_vide_respecte_toute_regle():
    examen = controles.renseigne(pl.DataFrame({"x": []}, schema={"x": pl.String}), ["x"])
    assert (examen.lignes, examen.echecs, examen.reussi()) == (0, 0, True)


def test_toutes_les_lignes_d_une_cle_double_sont_en_defaut_vides_compris():
    lot = pl.DataFrame({"a": ["1", "1", "2", None, None], "b": [None, None, "x", "y", "y"]})
    assert fautives(controles.cle_unique(lot, ["a", "b"])) == [0, 1, 3, 4]


def test_reference_inconnue_mais_vide_admis():
    lot = pl.DataFrame({"id_menage": ["M1", "M9", None]})
    with tables_liees({"menage": pl.DataFrame({"id_menage": ["M1", "M2"]})}):
        examen = controles.reference(lot, "id_menage", "menage", "id_menage")
    assert (examen.lignes, fautives(examen)) == (2, [1])


def test_reference_vers_une_table_jamais_recue_n_est_pas_jugee():
    lot = pl.DataFrame({"id_menage": ["M1"]})
    with tables_liees({"menage": pl.DataFrame(schema={"id_menage": pl.String})}):
        assert controles.reference(lot, "id_menage", "menage", "id_menage").lignes == 0


def test_reference_sans_tables_liees_dit_quoi_faire():
    with pytest.raises(ErreurDefinition, match="tables_liees"):
        controles.reference(pl.DataFrame({"a": ["x"]}), "a", "menage", "id_menage")


def test_code_inconnu_et_marques_d_absence_admises():
    lot = pl.DataFrame({"genre": ["F", "X", None, "NR", "SO", "REF"]})
    assert fautives(controles.modalites(lot, "genre", ["F", "H"])) == [1]


def test_liste_de_codes_separes():
    lot = pl.DataFrame({"motifs": ["SANTE | DETTES", "SANTE|FAUX", "FAUX", None]})
    assert fautives(controles.modalites(lot, "motifs", ["SANTE", "DETTES"], "|")) == [1, 2]


def test_dates_en_ordre_le_meme_jour_est_admis():
    lot = pl.DataFrame({"d": [date(2022, 1, 2)] * 4, "f": [date(2022, 1, 2), date(2022, 1, 1), date(2022, 2, 1), None]})
    examen = controles.dates_ordonnees(lot, "d", "f")
    assert (examen.lignes, fautives(examen)) == (3, [1])


def test_date_a_venir():
    lot = pl.DataFrame({"d": [date(2022, 1, 2), date(2022, 1, 3), None]})
    assert fautives(controles.date_passee(lot, "d", "2022-01-02")) == [1]


@pytest.mark.parametrize(("minimum", "maximum", "attendues"), [(0, 10, [0, 3]), (0, None, [0]), (None, 10, [3])])
def test_bornes_comprises_et_facultatives(minimum, maximum, attendues):
    lot = pl.DataFrame({"n": [-1, 0, 10, 11, None]})
    assert fautives(controles.valeurs_entre(lot, "n", minimum, maximum)) == attendues


def test_age_plausible_de_0_a_110_ans_et_mois_illisible_refuse():
    lot = pl.DataFrame({"naissance": ["2022-06", "2022-07", "1912-06", "1911-06", "mars", None]})
    examen = controles.age_plausible(lot, "naissance", "2022-06-30")
    assert (examen.lignes, fautives(examen)) == (5, [1, 3, 4])


def photos() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id_menage": ["M1", "M2", "M3", "M4", "M4"],
            "id_mesure": ["X1", None, None, "AUTRE", None],
            "id_sejour": pl.Series([None] * 5, dtype=pl.String),
            "moment": ["sortie", "sortie", "sortie", "sortie", "entree"],
            "date": [date(2020, 1, 1), date(2022, 3, 31), date(2022, 4, 2), date(2022, 3, 1), date(2022, 3, 1)],
        }
    )


def test_photo_de_sortie_liee_sinon_a_31_jours_au_plus():
    """X1 liée de loin ; X2 à 30 jours ; X3 à 32 jours ; X4 : la seule sortie proche est liée à une autre mesure."""
    fin = date(2022, 3, 1)
    lot = pl.DataFrame(
        {"id_mesure": ["X1", "X2", "X3", "X4"], "id_menage": ["M1", "M2", "M3", "M4"], "date_fin": [fin] * 4}
    )
    with tables_liees({"situation": photos()}):
        assert fautives(controles.photo_episode(lot, "date_fin", "sortie")) == [2, 3]


def test_photo_de_profil_d_avant_la_fin_de_periode():
    lot = pl.DataFrame({"id_menage": ["M1", "M3", "M5"]})
    with tables_liees({"situation": photos()}):
        assert fautives(controles.photo_profil(lot, "sortie", "2022-04-01")) == [1, 2]


def test_table_manquante_et_lignes_contredites():
    vide = pl.DataFrame()
    assert controles.table_recue(vide, "mesure", ["mesure"]).echecs == 1
    assert controles.table_recue(vide, "mesure", ["acte"]).echecs == 0
    assert controles.sans_contradiction(vide, "mesure", {"mesure": 2}).echecs == 2
    assert controles.sans_contradiction(vide, "acte", {"mesure": 2}).reussi()
