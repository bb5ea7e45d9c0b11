"""L'entrepôt : d'un seul tenant, une empreinte du contenu, des clés remplacées."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from observatoire import entrepot, modele
from observatoire.entrepot import ecrire_entrepot, empreinte_de, en_csv, lire_entrepot, mettre_a_jour
from observatoire.erreurs import ErreurFichier, ErreurParametre
from observatoire.espace import Espace
from observatoire.nettoyage.doublons import MASQUE, masque
from observatoire.nettoyage.lots import REJET

SANS_REJET = pl.DataFrame(schema=REJET)


@pytest.fixture
def espace(tmp_path: Path) -> Espace:
    services = tmp_path / "data" / "services"
    services.mkdir(parents=True)
    (services / "essai.toml").write_text('libelle = "Essai"\n', encoding="utf-8")
    return Espace.ouvrir(tmp_path)


def table(nom: str, *lignes: dict[str, Any]) -> pl.DataFrame:
    schema = modele.table_vide(nom).schema
    return pl.DataFrame(
        [{"_fichier": "x.csv", "_ligne": n, **ligne} for n, ligne in enumerate(lignes, 2)], schema=schema
    )


def nouvelles(nom: str, *lignes: dict[str, Any]) -> dict[str, pl.DataFrame]:
    """Des lignes d'import qui déclarent les colonnes de leur première ligne."""
    colonnes = list(modele.table(nom).schema)
    bits = masque(colonnes, [c for c in lignes[0] if c in colonnes])
    return {nom: table(nom, *lignes).with_columns(pl.lit(bits, dtype=pl.Int64).alias(MASQUE))}


def personnes(nombre: int) -> pl.DataFrame:
    return table("personne", *({"id_personne": f"P{n:03d}", "genre": "F"} for n in range(nombre)))


def test_entrepot_vide(espace: Espace) -> None:
    """Une table jamais livrée est vide et typée, jamais une erreur."""
    lu = lire_entrepot(espace, "essai")
    assert lu.vide and not lu.presente("mesure") and lu.tables == [] and lu.livraison == {}
    assert lu.table("mesure").schema == modele.table_vide("mesure").schema
    assert len(lu.empreinte) == 64


def test_service_ou_table_inconnus(espace: Espace) -> None:
    with pytest.raises(ErreurParametre, match=r"Service « \.\./\.\./etc » inconnu"):
        lire_entrepot(espace, "../../etc")
    with pytest.raises(ErreurParametre, match="Vouliez-vous dire « mesure »"):
        lire_entrepot(espace, "essai").table("mesures")


def test_aller_retour_type_et_trie(espace: Espace) -> None:
    situation = {
        "id_menage": "M1", "id_service": "essai", "moment": "entree", "date": dt.date(2022, 1, 3),
        "ressources": Decimal("1352.83"), "nb_adultes": 1,
    }  # fmt: skip
    cadre = table("situation", {**situation, "id_menage": "M2"}, situation)
    ecrire_entrepot(espace, "essai", {"situation": cadre}, {"note": "à la main"})
    lu = lire_entrepot(espace, "essai")
    assert lu.table("situation").equals(cadre.reverse())
    assert lu.livraison == {"note": "à la main"} and not lu.vide


def test_empreinte_du_contenu_seul() -> None:
    """Ni l'ordre des lignes, ni leur provenance, ni une table vide ne changent l'empreinte."""
    cadre = personnes(50)
    reference = empreinte_de({"personne": cadre})
    melange = cadre.sample(fraction=1, shuffle=True, seed=random.Random(3).randint(0, 99))
    ailleurs = melange.with_columns(_fichier=pl.lit("autre.csv"), _ligne=pl.lit(1, dtype=pl.Int64))
    assert empreinte_de({"personne": ailleurs, "menage": modele.table_vide("menage")}) == reference
    assert empreinte_de({"personne": cadre.with_columns(genre=pl.lit("H"))}) != reference
    assert empreinte_de({"personne": cadre.with_columns(genre=pl.lit(None, dtype=pl.String))}) != reference
    assert empreinte_de({"personne": cadre.head(49)}) != reference


def test_cle_remplacee_et_le_reste_garde(espace: Espace) -> None:
    mesure = {"id_mesure": "A", "id_service": "essai", "id_menage": "M1", "date_fin": dt.date(2022, 5, 1)}
    mettre_a_jour(espace, "essai", nouvelles("mesure", mesure, {**mesure, "id_mesure": "B"}), {}, SANS_REJET)
    mettre_a_jour(espace, "essai", nouvelles("mesure", {**mesure, "date_fin": None}), {}, SANS_REJET)
    lu = lire_entrepot(espace, "essai").table("mesure")
    assert lu.select("id_mesure", "date_fin").rows() == [("A", None), ("B", dt.date(2022, 5, 1))]


def test_colonne_non_declaree_gardee(espace: Espace) -> None:
    """Un fichier qui ne déclare pas une colonne ne l'efface pas."""
    mesure = {"id_mesure": "A", "id_service": "essai", "id_menage": "M1"}
    mettre_a_jour(espace, "essai", nouvelles("mesure", {**mesure, "rang": 2}), {}, SANS_REJET)
    mettre_a_jour(espace, "essai", nouvelles("mesure", {**mesure, "territoire": "CALL"}), {}, SANS_REJET)
    assert lire_entrepot(espace, "essai").table("mesure").select("rang", "territoire").rows() == [(2, "CALL")]


def test_table_partagee_jamais_effacee(espace: Espace) -> None:
    mettre_a_jour(espace, "essai", nouvelles("personne", {"id_personne": "P", "genre": "F"}), {}, SANS_REJET)
    suite = nouvelles("personne", {"id_personne": "P", "genre": None, "naissance": "1999-05"})
    mettre_a_jour(espace, "essai", suite, {}, SANS_REJET)
    assert lire_entrepot(espace, "essai").table("personne").row(0)[:3] == ("P", "1999-05", "F")


def test_panne_pendant_l_ecriture(espace: Espace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Une écriture interrompue laisse l'ancienne livraison entière."""
    ecrire_entrepot(espace, "essai", {"personne": personnes(2)}, {})

    def panne(_: Path) -> None:
        raise OSError("disque plein")

    monkeypatch.setattr(entrepot, "_synchroniser", panne)
    with pytest.raises(OSError, match="disque plein"):
        ecrire_entrepot(espace, "essai", {"personne": personnes(9)}, {})
    assert lire_entrepot(espace, "essai").table("personne").height == 2


def test_coupure_entre_les_deux_renommages(espace: Espace) -> None:
    """L'ancienne livraison, mise de côté, se lit encore et se remet en place à l'écriture suivante."""
    ecrire_entrepot(espace, "essai", {"personne": personnes(2)}, {})
    dossier = espace.entrepot("essai")
    dossier.rename(dossier.with_name(".essai.ancien"))
    assert lire_entrepot(espace, "essai").table("personne").height == 2
    mettre_a_jour(espace, "essai", nouvelles("menage", {"id_menage": "M"}), {}, SANS_REJET)
    assert lire_entrepot(espace, "essai").tables == ["personne", "menage"]
    assert sorted(p.name for p in dossier.parent.iterdir()) == [".essai.verrou", "essai"]


def test_verdicts_gardes(espace: Espace) -> None:
    ecrire_entrepot(espace, "essai", {"personne": personnes(1)}, {})
    qualite = espace.entrepot("essai") / "qualite"
    qualite.mkdir()
    (qualite / "2022.json").write_text("{}", encoding="utf-8")
    ecrire_entrepot(espace, "essai", {"personne": personnes(2)}, {})
    assert (qualite / "2022.json").is_file()


def test_table_abimee(espace: Espace) -> None:
    ecrire_entrepot(espace, "essai", {"personne": personnes(1)}, {})
    (espace.entrepot("essai") / "personne.parquet").write_bytes(b"PAR1 rien")
    with pytest.raises(ErreurFichier, match="table abîmée"):
        lire_entrepot(espace, "essai").table("personne")


@pytest.mark.parametrize("texte", ["=1+1", "+33", "-12", "@a", "\t=1", "\r=1"])
def test_csv_sans_formule(texte: str) -> None:
    lu = en_csv(pl.DataFrame({"v": [texte]})).decode("utf-8-sig")
    assert lu.split("\n", 1)[1].lstrip('"').startswith("'" + texte[0])
