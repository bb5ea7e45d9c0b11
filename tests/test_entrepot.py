"""L'entrepôt : d'un seul tenant, une empreinte du contenu, des clés remplacées."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from observatoire import modele, rangement
from observatoire.entrepot import ecrire_entrepot, empreinte_de, en_csv, lire_entrepot
from observatoire.erreurs import ErreurFichier, ErreurParametre
from observatoire.espace import Espace
from observatoire.livraisons import enregistrer, livraisons
from observatoire.nettoyage.doublons import MASQUE, masque
from observatoire.nettoyage.lots import REJET

EMPREINTE_CONNUE = "8c12f36a245c7a4975646641e51898cd7146fb70013a7679a948201f1770e33c"


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


def test_une_empreinte_ne_depend_que_des_valeurs() -> None:
    """Une valeur connue d'avance : elle ne change ni avec la machine, ni avec la version des bibliothèques."""
    lignes = table(
        "situation",
        {
            "id_menage": "M1",
            "id_service": "essai",
            "moment": "entree",
            "date": dt.date(2022, 1, 3),
            "ressources": Decimal("1352.83"),
            "nb_adultes": 2,
        },
        {"id_menage": "É", "id_service": "essai", "moment": "sortie", "date": dt.date(2022, 5, 3)},
    )
    convention = table(
        "convention", {"id_convention": "C", "id_service": "essai", "debut": dt.date(2022, 1, 1), "objectif": 12.5}
    )
    empreinte = empreinte_de({"situation": lignes, "convention": convention})
    assert empreinte == EMPREINTE_CONNUE


@pytest.mark.parametrize(
    ("colonne", "valeur"),
    [("genre", ""), ("genre", "\0"), ("naissance", "F"), ("id_personne", "P00")],
)
def test_empreintes_distinctes(colonne: str, valeur: str) -> None:
    """Un vide, un texte vide, une valeur dans une autre colonne ou déplacée d'une ligne ne se confondent pas."""
    cadre = table("personne", {"id_personne": "P0", "genre": None}, {"id_personne": "0P", "genre": "F"})
    autre = cadre.with_columns(pl.lit(valeur, pl.String).alias(colonne))
    assert empreinte_de({"personne": autre}) != empreinte_de({"personne": cadre})


def test_cles_en_double_rangees_pareil(espace: Espace) -> None:
    """Deux lignes de même clé (un entrepôt écrit à la main) : l'empreinte ne dépend pas de leur ordre."""
    cadre = table("personne", {"id_personne": "P", "genre": "F"}, {"id_personne": "P", "genre": "H"})
    assert empreinte_de({"personne": cadre}) == empreinte_de({"personne": cadre.reverse()})
    ecrire_entrepot(espace, "essai", {"personne": cadre}, {})
    assert lire_entrepot(espace, "essai").table("personne").height == 2


def test_empreinte_notee_a_l_ecriture_et_refaite_si_le_fichier_change(espace: Espace) -> None:
    """Lire l'empreinte ne relit pas les tables ; un fichier changé à la main se voit quand même."""
    ecrire_entrepot(espace, "essai", {"personne": personnes(5)}, {})
    fichier = lire_entrepot(espace, "essai").fichier("personne")
    assert lire_entrepot(espace, "essai").empreinte == empreinte_de({"personne": personnes(5)})
    lue = pl.read_parquet(fichier)
    pl.concat([lue, lue.head(1)]).write_parquet(fichier)
    changee = pl.concat([personnes(5), personnes(1)])
    assert lire_entrepot(espace, "essai").empreinte == empreinte_de({"personne": changee})


def test_un_entrepot_ouvert_ne_change_pas_sous_la_lecture(espace: Espace) -> None:
    """Un import pendant un rapport : le rapport finit sur l'état qu'il a ouvert."""
    ecrire_entrepot(espace, "essai", {"personne": personnes(1)}, {})
    enregistrer(espace, "essai", nouvelles("personne", {"id_personne": "A"}), {})
    ouvert = lire_entrepot(espace, "essai")
    enregistrer(espace, "essai", nouvelles("personne", {"id_personne": "B"}), {})
    assert ouvert.table("personne").height == 2 and ouvert.presente("personne")
    assert ouvert.empreinte == empreinte_de({"personne": ouvert.table("personne")})
    assert lire_entrepot(espace, "essai").table("personne").height == 3


def test_un_etat_efface_se_dit(espace: Espace) -> None:
    """Deux imports de plus et l'état ouvert n'existe plus : une erreur, jamais une table vide."""
    ouverts = []
    for nom in "ABCD":
        enregistrer(espace, "essai", nouvelles("personne", {"id_personne": nom}), {})
        ouverts.append(lire_entrepot(espace, "essai"))
    with pytest.raises(ErreurFichier, match="a changé pendant la lecture"):
        ouverts[1].table("personne")


def test_panne_pendant_l_ecriture(espace: Espace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Une écriture interrompue laisse l'ancienne livraison entière, et la suivante efface ses restes."""
    ecrire_entrepot(espace, "essai", {"personne": personnes(2)}, {})

    def panne(*_: object) -> None:
        raise OSError("disque plein")

    with monkeypatch.context() as pieges, pytest.raises(OSError, match="disque plein"):
        pieges.setattr(rangement, "synchroniser", panne)
        ecrire_entrepot(espace, "essai", {"personne": personnes(9)}, {})
    assert lire_entrepot(espace, "essai").table("personne").height == 2
    ecrire_entrepot(espace, "essai", {"personne": personnes(3)}, {})
    restes = [p.name for p in (espace.entrepot("essai") / "livraisons").iterdir()]
    assert not any(nom.startswith(".") for nom in restes)
    assert lire_entrepot(espace, "essai").table("personne").height == 3


# --- L'ancien rangement ----------------------------------------------------------------------------------------


def ancien_rangement(espace: Espace, dossier: Path) -> None:
    """Un entrepôt d'avant le carnet : une table par fichier, une fiche, des rejets."""
    dossier.mkdir(parents=True)
    personnes(2).write_parquet(dossier / "personne.parquet")
    (dossier / "livraison.json").write_text('{"fichiers": {"p.csv": {"sha256": "x"}}}', encoding="utf-8")
    rejets = pl.DataFrame({c: ["1" if c == "ligne" else "p.csv" if c == "fichier" else "v"] for c in REJET})
    (dossier / "rejets.csv").write_bytes(en_csv(rejets))
    (dossier / "qualite").mkdir()
    (dossier / "qualite" / "2022.json").write_text("{}", encoding="utf-8")


@pytest.mark.parametrize("attente", [False, True], ids=["en place", "coupure entre ses deux renommages"])
def test_ancien_rangement_lu_puis_repris(espace: Espace, attente: bool) -> None:
    dossier = espace.entrepot("essai")
    ancien_rangement(espace, dossier.with_name(".essai.ancien") if attente else dossier)
    lu = lire_entrepot(espace, "essai")
    assert (lu.tables, lu.table("personne").height, lu.vide) == (["personne"], 2, False)
    assert lu.livraison["fichiers"] == {"p.csv": {"sha256": "x"}} and lu.fichier_rejets.is_file()
    assert lu.empreinte == empreinte_de({"personne": personnes(2)})
    avant = lu.table("personne")
    [ancienne] = livraisons(espace, "essai")
    enregistrer(espace, "essai", nouvelles("menage", {"id_menage": "M"}), {"fichiers": {"m.csv": {}}})
    repris = lire_entrepot(espace, "essai")
    assert repris.tables == ["personne", "menage"] and set(repris.livraison["fichiers"]) == {"p.csv", "m.csv"}
    assert repris.table("personne").equals(avant)
    with pytest.raises(ErreurFichier, match="a changé pendant la lecture"):
        lu.table("personne")
    assert livraisons(espace, "essai")[0].id == ancienne.id
    assert (dossier / "qualite" / "2022.json").is_file()
    assert pl.read_csv(dossier / "rejets.csv", separator=";")["fichier"].to_list() == ["p.csv"]
    assert sorted(p.name for p in dossier.parent.iterdir()) == [".essai.verrou", "essai"]
    places = ["carnet.json", "fusions", "livraisons", "qualite", "rejets.csv"]
    assert sorted(p.name for p in dossier.iterdir()) == places


def test_verdicts_gardes(espace: Espace) -> None:
    ecrire_entrepot(espace, "essai", {"personne": personnes(1)}, {})
    qualite = espace.entrepot("essai") / "qualite"
    qualite.mkdir()
    (qualite / "2022.json").write_text("{}", encoding="utf-8")
    ecrire_entrepot(espace, "essai", {"personne": personnes(2)}, {})
    assert (qualite / "2022.json").is_file()


def test_table_abimee(espace: Espace) -> None:
    ecrire_entrepot(espace, "essai", {"personne": personnes(1)}, {})
    lire_entrepot(espace, "essai").fichier("personne").write_bytes(b"PAR1 rien")
    with pytest.raises(ErreurFichier, match="table abîmée"):
        lire_entrepot(espace, "essai").table("personne")


@pytest.mark.parametrize("contenu", ["", "{", "[]", '{"version": 99}', '{"version": 1, "livraisons": [{}]}'])
def test_carnet_abime(espace: Espace, contenu: str) -> None:
    """Un carnet illisible arrête tout : rien n'est lu ni réécrit au hasard."""
    ecrire_entrepot(espace, "essai", {"personne": personnes(1)}, {})
    (espace.entrepot("essai") / "carnet.json").write_text(contenu, encoding="utf-8")
    with pytest.raises(ErreurFichier, match="carnet de l'entrepôt abîmé"):
        lire_entrepot(espace, "essai")
    with pytest.raises(ErreurFichier, match="carnet de l'entrepôt abîmé"):
        enregistrer(espace, "essai", nouvelles("menage", {"id_menage": "M"}), {})
    assert list((espace.entrepot("essai") / "livraisons").iterdir())


def test_colonne_ajoutee_au_modele(espace: Espace) -> None:
    """Un fichier écrit avant l'ajout d'une colonne se lit, la colonne vide."""
    ecrire_entrepot(espace, "essai", {"personne": personnes(2)}, {})
    fichier = lire_entrepot(espace, "essai").fichier("personne")
    pl.read_parquet(fichier).drop("parcours_ase", "_masque").write_parquet(fichier)
    assert lire_entrepot(espace, "essai").table("personne").equals(personnes(2))


@pytest.mark.parametrize("texte", ["=1+1", "+33", "-12", "@a", "\t=1", "\r=1"])
def test_csv_sans_formule(texte: str) -> None:
    lu = en_csv(pl.DataFrame({"v": [texte]})).decode("utf-8-sig")
    assert lu.split("\n", 1)[1].lstrip('"').startswith("'" + texte[0])
