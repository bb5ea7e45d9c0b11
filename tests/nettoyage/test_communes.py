"""Les communes : codes, noms, codes postaux, anciennes communes ; une inconnue est signalée, jamais devinée."""

from __future__ import annotations

import polars as pl
import pytest

from observatoire.espace import Espace, racine_gabarit
from observatoire.nettoyage.communes import (
    NATURE_ANCIENNE,
    NATURE_CONTREDITE,
    NATURE_DEUX_CODES,
    NATURE_HOMONYME,
    NATURE_INCONNUE,
    NATURE_NOM,
    NATURE_PLUSIEURS,
    NATURE_POSTAL,
    NATURE_ZERO,
    Communes,
    _cles,
    cle_commune,
    deriver_territoires,
    lire_communes,
    nettoyer_communes,
)
from tests.nettoyage.outils import issue

COMMUNES = Communes.de(
    pl.DataFrame(
        [("62427", "Hénin-Beaumont"), ("01004", "Ambérieu-en-Bugey"), ("2A004", "Ajaccio"), ("42207", "Saint-Chamond"),
         ("93066", "Saint-Denis"), ("11339", "Saint-Denis"), ("62667", "Le Portel"), ("75056", "Paris"),
         ("59155", "Dunkerque"), ("59350", "Lille"), ("62300", "Cuinchy"), ("62498", "Lens")],
        schema=["code", "libelle"], orient="row",
    ),
    pl.DataFrame(
        [("62110", "Berguette", "associee", "62473"), ("59540", "Saint-Pol-sur-Mer", "associee", "59183"),
         ("01003", None, "fusionnee", "01165")],
        schema=["ancien_code", "ancien_libelle", "nature", "commune"], orient="row",
    ),
    pl.DataFrame(
        [("62110", "62427"), ("59140", "59155"), ("62300", "62498"), ("59800", "59350"), ("59999", "59350"),
         ("59999", "59155"), ("11000", "11339")],
        schema=["code_postal", "commune"], orient="row",
    ),
    {"bt": ["beaumont"]},
)  # fmt: skip


@pytest.mark.parametrize(
    ("ecriture", "attendu"),
    [
        ("62427", ("62427", None, None)),
        ("2a004", ("2A004", None, None)),
        ("1004", ("01004", None, NATURE_ZERO)),
        ("HENIN  BEAUMONT", ("62427", None, NATURE_NOM)),
        ("HENIN BT", ("62427", None, NATURE_NOM)),
        ("62110", ("62427", None, NATURE_POSTAL)),
        ("62110 hénin beaumont", ("62427", None, NATURE_NOM)),
        ("Hénin-Beaumont (62)", ("62427", None, NATURE_NOM)),
        ("12 rue des Lilas, 62110 HENIN-BEAUMONT", ("62427", None, NATURE_NOM)),
        ("PORTEL (LE)", ("62667", None, NATURE_NOM)),
        ("Portel", ("62667", None, NATURE_NOM)),
        ("LILLE CEDEX 9", ("59350", None, NATURE_NOM)),
        ("ville de Lille", ("59350", None, NATURE_NOM)),
        ("Paris 12e arrondissement", ("75056", None, NATURE_NOM)),
        ("PARIS 12", ("75056", None, NATURE_NOM)),
        ("Lille 12", (None, None, NATURE_INCONNUE)),
        ("St Chamond", ("42207", None, NATURE_NOM)),
        ("St Pol sur Mer", ("59183", None, NATURE_ANCIENNE)),
        ("01003", ("01165", None, NATURE_ANCIENNE)),
        ("Saint-Denis", (None, None, NATURE_HOMONYME)),
        ("Saint-Denis (93)", ("93066", None, NATURE_NOM)),
        ("11000 SAINT DENIS", ("11339", None, NATURE_NOM)),
        ("62110 Lille", (None, None, NATURE_CONTREDITE)),
        ("59999", (None, None, NATURE_PLUSIEURS)),
        ("62300", (None, None, NATURE_DEUX_CODES)),
        ("Trifouilly", (None, None, NATURE_INCONNUE)),
        ("Henin Beaumon", (None, None, NATURE_INCONNUE)),
        ("99999", (None, None, NATURE_INCONNUE)),
        ("NC", (None, None, "marque d'absence")),
        ("", (None, None, None)),
    ],
)
def test_commune(ecriture: str, attendu: tuple[str | None, str | None, str | None]) -> None:
    assert issue(nettoyer_communes, ecriture, COMMUNES) == attendu


@pytest.mark.parametrize(
    ("ecriture", "proposition"),
    [
        ("Saint-Denis", "Saint-Denis (11339) | Saint-Denis (93066)"),
        ("Henin Beaumon", "Hénin-Beaumont (62427)"),
        ("62110 Lille", "Lille (59350) | Hénin-Beaumont (62427)"),
        ("62300", "Cuinchy (62300) | Lens (62498)"),
        ("59999", "Dunkerque (59155) | Lille (59350)"),
        ("Trifouilly", None),
    ],
)
def test_candidates_listees(ecriture: str, proposition: str | None) -> None:
    """Ce qui n'est pas reconnu est listé avec les communes possibles."""
    assert nettoyer_communes(pl.Series([ecriture]), COMMUNES)["proposition"].to_list() == [proposition]


def test_la_colonne_prouve_le_sens_de_ses_codes() -> None:
    """62300 est un code Insee à côté de codes Insee, un code postal à côté de codes postaux."""
    for temoin, attendue in (("62427", "62300"), ("62110", "62498")):
        assert nettoyer_communes(pl.Series(["62300", temoin]), COMMUNES)["valeur"][0] == attendue
    assert nettoyer_communes(pl.Series(["62300", "62110", "62427"]), COMMUNES)["valeur"][0] is None


@pytest.mark.parametrize(("entete", "code"), [("Code postal", "62498"), ("Code Insee", "62300"), ("Ville", None)])
def test_l_en_tete_dit_le_sens_des_codes(entete: str, code: str | None) -> None:
    assert nettoyer_communes(pl.Series(["62300"]), COMMUNES, entete)["valeur"][0] == code


def test_referentiel_livre() -> None:
    """Les exemples du terrain, dans le vrai référentiel, avec son millésime."""
    communes = lire_communes(Espace(racine_gabarit()))
    assert len(communes.codes) > 30_000 and communes.millesime >= 2026
    for ecriture in ("HENIN BT", "Hénin-Beaumont", "62110", "62427"):
        assert communes.reconnaitre(ecriture).code == "62427", ecriture
    assert communes.reconnaitre("Liévin").code == "62510"
    assert communes.reconnaitre("Bellegarde sur Valserine") == communes.reconnaitre("Bellegarde-sur-Valserine")
    assert communes.libelles[communes.reconnaitre("Bellegarde-sur-Valserine").code or ""] == "Valserhône"


def test_la_cle_d_un_nom_est_celle_du_referentiel() -> None:
    """La clé calculée nom par nom est celle que l'on calcule pour tout le référentiel."""
    noms = ["St-Étienne", "L'Haÿ-les-Roses", "Ste Marie  CEDEX 2", "Œuilly", "Ville de Lens", "", "Bourg (Ville)"]
    assert _cles(pl.Series(noms)).to_list() == [cle_commune(nom) for nom in noms]


def test_territoires_derives() -> None:
    derives = deriver_territoires(Espace(racine_gabarit()), pl.Series(["62427", None, "99999"]))
    assert derives.select("departement", "region").rows() == [("62", "32"), (None, None), (None, None)]
    assert derives["epci"][0] and derives["millesime"][0] >= 2026
