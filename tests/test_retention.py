"""La durée de conservation : qui part, ce qui reste, et qu'aucun octet de ce qui part ne demeure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from observatoire import modele
from observatoire.campagne.donnees_types import COLONNES_CONTRAT
from observatoire.campagne.editions import garder, lire_editions
from observatoire.campagne.portail import ecrire_portail
from observatoire.entrepot import lire_entrepot
from observatoire.erreurs import ErreurFichier, ErreurParametre, RapportBloque
from observatoire.espace import Espace
from observatoire.indicateurs import calculer
from observatoire.livraisons import enregistrer, livraisons
from observatoire.nettoyage.doublons import MASQUE, masque
from observatoire.qualite import verdict
from observatoire.retention import PERSONNELLES, SOURCE, BilanPurge, duree_du_service, purger
from observatoire.services import lire_service
from tests.qualite.fabrique import REGLAGE, tables_propres

SERVICE = "essai"
JOUR = dt.date(2024, 6, 1)
Tables = dict[str, pl.DataFrame]


@pytest.fixture
def espace(tmp_path: Path) -> Espace:
    services = tmp_path / "espace" / "data" / "services"
    services.mkdir(parents=True)
    (services / f"{SERVICE}.toml").write_text('libelle = "Essai"\n', encoding="utf-8")
    return Espace(tmp_path / "espace")


@pytest.fixture
def sans_calcul(monkeypatch: pytest.MonkeyPatch) -> None:
    """Les agrégats ont leurs tests : ici, seul compte qui part."""
    monkeypatch.setattr("observatoire.retention._agregats", lambda _espace, _service, bilan: (bilan, None))


def lignes(nom: str, *donnees: Mapping[str, Any]) -> Tables:
    schema = modele.table_vide(nom).schema
    defaut = {"id_service": SERVICE} if "id_service" in schema else {}
    cadre = pl.DataFrame(
        [{**defaut, "_fichier": f"{nom}.csv", "_ligne": n, **d} for n, d in enumerate(donnees, 2)], schema=schema
    )
    return {nom: avec_masque(nom, cadre)}


def avec_masque(nom: str, cadre: pl.DataFrame) -> pl.DataFrame:
    colonnes = list(modele.table(nom).schema)
    return cadre.with_columns(pl.lit(masque(colonnes, colonnes), dtype=pl.Int64).alias(MASQUE))


def importer(espace: Espace, *parts: Tables, somme: str = "1", rejets: pl.DataFrame | None = None) -> str:
    tables: Tables = {}
    for part in parts:
        for nom, cadre in part.items():
            tables[nom] = pl.concat([tables[nom], cadre]) if nom in tables else cadre
    fiche = {"fichiers": {f"{somme}.csv": {"sha256": somme}}}
    return enregistrer(espace, SERVICE, tables, fiche, rejets, rejets).id


def menage(nom: str, jour: dt.date, **acte: Any) -> Tables:
    """Un ménage d'une personne, vu une seule fois."""
    return {
        **lignes("personne", {"id_personne": f"pers-{nom}", "genre": "F"}),
        **lignes("menage", {"id_menage": f"men-{nom}", "id_referent": f"pers-{nom}"}),
        **lignes("membre", {"id_menage": f"men-{nom}", "id_personne": f"pers-{nom}", "role": "referent"}),
        **lignes(
            "acte",
            {"id_acte": f"acte-{nom}", "id_menage": f"men-{nom}", "type_acte": "ENTRETIEN", "date": jour, **acte},
        ),
    }


def restants(espace: Espace, nom: str, colonne: str) -> list[str]:
    return sorted(lire_entrepot(espace, SERVICE).table(nom)[colonne].drop_nulls().unique())


def traces(espace: Espace, mots: Sequence[str]) -> list[str]:
    """Où un mot se lit encore dans l'espace : octets de chaque fichier, et toutes les colonnes des Parquet."""
    trouves = []
    for fichier in sorted(f for f in espace.racine.rglob("*") if f.is_file()):
        octets = fichier.read_bytes()
        textes = octets.decode("utf-8", errors="replace")
        if fichier.suffix == ".parquet":
            textes += pl.read_parquet(fichier).write_csv()
        trouves += [f"{fichier.relative_to(espace.racine)} : {mot}" for mot in mots if mot in textes]
    return trouves


# --- Qui part ----------------------------------------------------------------------------------------------------


def test_toutes_les_tables_de_personnes_sont_purgees() -> None:
    """Une table qui porte un ménage ou une personne ne peut pas échapper à la purge."""
    portent = {nom for nom, t in modele.TABLES.items() if {"id_menage", "id_personne"} & set(t.colonnes)}
    assert portent == set(PERSONNELLES)


@pytest.mark.usefixtures("sans_calcul")
@pytest.mark.parametrize(
    ("dernier", "part"),
    [
        (dt.date(2022, 5, 31), True),
        (dt.date(2022, 6, 1), False),
        (dt.date(2024, 5, 1), False),
        (dt.date(2015, 1, 1), True),
    ],
)
def test_limite_au_jour_pres(espace: Espace, dernier: dt.date, part: bool) -> None:
    importer(espace, menage("ancien", dernier))
    bilan = purger(espace, SERVICE, JOUR, 24)
    assert bilan.limite == dt.date(2022, 6, 1)
    assert (bilan.menages, bilan.personnes) == ((1, 1) if part else (0, 0))
    assert restants(espace, "menage", "id_menage") == ([] if part else ["men-ancien"])


FAITS: dict[str, dict[str, Any]] = {
    "demande": {"id_demande": "d", "date_demande": dt.date(2016, 1, 1), "date_decision": dt.date(2023, 1, 1)},
    "mesure": {"id_mesure": "m", "date_notification": dt.date(2016, 1, 1), "date_signature": dt.date(2023, 1, 1)},
    "sejour": {"id_sejour": "s", "date_entree": dt.date(2016, 1, 1), "date_sortie": dt.date(2023, 1, 1)},
    "situation": {"moment": "sortie", "date": dt.date(2023, 1, 1)},
    "relogement": {"id_relogement": "r", "date": dt.date(2016, 1, 1), "date_connaissance": dt.date(2023, 1, 1)},
    "dette_mois": {"mois": "2023-01"},
    "contrat_travail": {
        "id_contrat": "c",
        "id_personne": "pers-x",
        "date_debut": dt.date(2016, 1, 1),
        "date_fin": dt.date(2023, 1, 1),
    },
}


@pytest.mark.usefixtures("sans_calcul")
@pytest.mark.parametrize("table", FAITS)
def test_chaque_fait_est_un_contact(espace: Espace, table: str) -> None:
    """La dernière date de n'importe quel fait compte ; sans lui, le ménage partirait."""
    importer(espace, menage("x", dt.date(2016, 1, 1)), lignes(table, {"id_menage": "men-x", **FAITS[table]}))
    assert purger(espace, SERVICE, JOUR, 24).vide
    assert purger(espace, SERVICE, JOUR, 12).menages == 1


@pytest.mark.usefixtures("sans_calcul")
def test_ce_qui_n_est_pas_un_contact(espace: Espace) -> None:
    """Une fin prévue ou une naissance ne disent pas qu'on a vu le ménage."""
    prevue = {
        "id_mesure": "m",
        "id_menage": "men-x",
        "date_debut": dt.date(2016, 1, 1),
        "date_fin": dt.date(2016, 3, 1),
        "date_fin_prevue": dt.date(2030, 1, 1),
    }
    enfant = lignes("personne", {"id_personne": "enfant", "naissance": "2023-11"})
    lien = lignes("membre", {"id_menage": "men-x", "id_personne": "enfant"})
    importer(espace, menage("x", dt.date(2016, 1, 1)), lignes("mesure", prevue), enfant, lien)
    bilan = purger(espace, SERVICE, JOUR, 24)
    assert (bilan.menages, bilan.personnes) == (1, 2)


@pytest.mark.usefixtures("sans_calcul")
@pytest.mark.parametrize(
    ("table", "fait"),
    [
        ("mesure", {"id_mesure": "m", "date_debut": dt.date(2016, 1, 1)}),
        ("sejour", {"id_sejour": "s", "date_entree": dt.date(2016, 1, 1)}),
        ("contrat_travail", {"id_contrat": "c", "id_personne": "pers-x", "date_debut": dt.date(2016, 1, 1)}),
    ],
)
def test_un_accompagnement_ouvert_garde_le_menage(espace: Espace, table: str, fait: dict[str, Any]) -> None:
    importer(espace, menage("x", dt.date(2016, 1, 1)), lignes(table, {"id_menage": "men-x", **fait}))
    bilan = purger(espace, SERVICE, JOUR, 24)
    assert bilan.vide and bilan.ouverts == 1
    assert restants(espace, "menage", "id_menage") == ["men-x"]


@pytest.mark.usefixtures("sans_calcul")
def test_une_mesure_jamais_demarree_ne_garde_pas(espace: Espace) -> None:
    jamais = {"id_mesure": "m", "id_menage": "men-x", "date_notification": dt.date(2016, 1, 1)}
    importer(espace, menage("x", dt.date(2016, 1, 1)), lignes("mesure", jamais))
    assert purger(espace, SERVICE, JOUR, 24).menages == 1


@pytest.mark.usefixtures("sans_calcul")
def test_une_personne_de_deux_menages_reste_avec_celui_qui_reste(espace: Espace) -> None:
    commune = lignes("membre", {"id_menage": "men-recent", "id_personne": "pers-ancien"})
    importer(espace, menage("ancien", dt.date(2016, 1, 1)), menage("recent", dt.date(2024, 1, 1)), commune)
    bilan = purger(espace, SERVICE, JOUR, 24)
    assert (bilan.menages, bilan.personnes) == (1, 0)
    assert restants(espace, "personne", "id_personne") == ["pers-ancien", "pers-recent"]
    assert restants(espace, "membre", "id_menage") == ["men-recent"]


@pytest.mark.usefixtures("sans_calcul")
def test_un_atelier_recent_est_un_contact(espace: Espace) -> None:
    """La présence d'une personne à un acte collectif vaut pour ses ménages ; sans ménage, pour elle."""
    atelier = lignes(
        "acte",
        {"id_acte": "atelier", "type_acte": "ATELIER", "date": dt.date(2024, 1, 1)},
        {"id_acte": "vieux", "type_acte": "ATELIER", "date": dt.date(2016, 1, 1)},
    )
    presences = lignes(
        "participation",
        {"id_acte": "atelier", "id_personne": "pers-a"},
        {"id_acte": "atelier", "id_personne": "seule"},
        {"id_acte": "vieux", "id_personne": "partie"},
        {"id_acte": "vieux", "id_personne": "pers-b"},
    )
    seules = lignes("personne", {"id_personne": "seule"}, {"id_personne": "partie"})
    importer(espace, menage("a", dt.date(2016, 1, 1)), menage("b", dt.date(2016, 1, 1)), atelier, presences, seules)
    bilan = purger(espace, SERVICE, JOUR, 24)
    assert (bilan.menages, bilan.personnes) == (1, 2)
    assert restants(espace, "personne", "id_personne") == ["pers-a", "seule"]
    assert restants(espace, "acte", "id_acte") == ["acte-a", "atelier", "vieux"]
    assert restants(espace, "participation", "id_personne") == ["pers-a", "seule"]


@pytest.mark.usefixtures("sans_calcul")
def test_les_demandes_sans_menage(espace: Espace) -> None:
    """Une demande sans ménage part quand elle est ancienne, sauf si une mesure en est née."""
    importer(
        espace,
        lignes(
            "demande",
            {"id_demande": "vieille-demande", "date_demande": dt.date(2016, 1, 1)},
            {"id_demande": "recente", "date_demande": dt.date(2024, 1, 1)},
            {"id_demande": "suivie", "date_demande": dt.date(2016, 1, 1)},
        ),
        lignes(
            "mesure",
            {
                "id_mesure": "m",
                "id_menage": "men-x",
                "id_demande": "suivie",
                "date_debut": dt.date(2016, 1, 1),
                "date_fin": dt.date(2024, 1, 1),
            },
        ),
    )
    bilan = purger(espace, SERVICE, JOUR, 24)
    assert bilan.demandes == 1 and bilan.lignes == {"demande": 1}
    assert restants(espace, "demande", "id_demande") == ["recente", "suivie"]
    assert traces(espace, ["vieille-demande"]) == []


@pytest.mark.usefixtures("sans_calcul")
def test_sans_aucune_date_le_jour_de_reception_compte(espace: Espace) -> None:
    importer(espace, lignes("menage", {"id_menage": "men-x"}), lignes("personne", {"id_personne": "pers-x"}))
    assert purger(espace, SERVICE, JOUR, 24).vide
    tard = dt.date.today() + dt.timedelta(days=800)
    bilan = purger(espace, SERVICE, tard, 24, simuler=True)
    assert (bilan.menages, bilan.personnes) == (1, 1)


# --- Rien ne reste -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("sans_calcul")
def test_rien_ne_reste_dans_aucune_livraison(espace: Espace) -> None:
    """Livraisons passées, valeurs depuis recouvertes, fusions, rejets et corrections : aucun octet ne demeure."""
    rejets = pl.DataFrame(
        {
            "fichier": ["1.csv"] * 3,
            "table": ["mesure"] * 3,
            "valeur": ["men-parti-le-premier · 2016", "autre", "men-reste-ici"],
        }
    )
    ancien = menage("parti-le-premier", dt.date(2016, 1, 1))
    importer(espace, ancien, menage("reste-ici", dt.date(2024, 1, 1)), somme="1", rejets=rejets)
    corrige = menage("parti-le-premier", dt.date(2016, 2, 1), lieu="Maison de quartier")
    importer(espace, corrige, menage("part-aussi", dt.date(2017, 1, 1)), somme="2")
    mesure = {"id_mesure": "mes-partie", "date_debut": dt.date(2016, 1, 1), "date_fin": dt.date(2016, 2, 1)}
    importer(espace, lignes("mesure", {**mesure, "id_menage": "men-parti-le-premier"}), somme="3")
    rendue = {**mesure, "id_menage": "men-reste-ici"}
    importer(espace, lignes("mesure", rendue), somme="4")
    importer(espace, lignes("convention", {"id_convention": "C", "debut": dt.date(2016, 1, 1)}), somme="5")

    mots = [f"{t}-{m}" for t in ("men", "pers", "acte") for m in ("parti-le-premier", "part-aussi")]
    assert all(any(mot in trace for trace in traces(espace, mots)) for mot in mots)
    bilan = purger(espace, SERVICE, JOUR, 24)
    assert traces(espace, mots) == []
    assert (bilan.menages, bilan.personnes) == (2, 2)
    assert bilan.lignes == {"personne": 2, "menage": 2, "membre": 2, "acte": 2}
    assert [bool(i.purgee) for i in livraisons(espace, SERVICE)] == [True, True, True, False, False]
    assert restants(espace, "mesure", "id_menage") == ["men-reste-ici"]
    lu = pl.read_csv(espace.entrepot(SERVICE) / "rejets.csv", separator=";", infer_schema=False)
    assert lu["valeur"].to_list() == ["autre", "men-reste-ici"]


@pytest.mark.usefixtures("sans_calcul")
def test_les_rejets_partent_avec_l_age_de_leur_livraison(espace: Espace) -> None:
    """Rien ne date une ligne rejetée : elle ne survit pas à la durée, comptée depuis son import."""
    refus = pl.DataFrame({"fichier": ["1.csv"], "valeur": ["ligne-rejetee"]})
    importer(espace, menage("x", dt.date.today() + dt.timedelta(days=900)), rejets=refus)
    assert purger(espace, SERVICE, dt.date.today(), 1).vide
    tard = dt.date.today() + dt.timedelta(days=800)
    assert purger(espace, SERVICE, tard, 24, simuler=True).livraisons == (livraisons(espace, SERVICE)[0].id,)


@pytest.mark.usefixtures("sans_calcul")
def test_purger_deux_fois_ne_change_rien(espace: Espace) -> None:
    importer(espace, menage("ancien", dt.date(2016, 1, 1)), menage("recent", dt.date(2024, 1, 1)))
    assert not purger(espace, SERVICE, JOUR, 24).vide
    carnet = (espace.entrepot(SERVICE) / "carnet.json").read_bytes()
    assert purger(espace, SERVICE, JOUR, 24) == BilanPurge(SERVICE, dt.date(2022, 6, 1))
    assert (espace.entrepot(SERVICE) / "carnet.json").read_bytes() == carnet


@pytest.mark.usefixtures("sans_calcul")
def test_reimporter_l_ancien_export_ne_ressuscite_personne(espace: Espace) -> None:
    """Le même contenu est reconnu après la purge : rien n'est ajouté."""
    tables = (menage("ancien", dt.date(2016, 1, 1)), menage("recent", dt.date(2024, 1, 1)))
    importer(espace, *tables)
    purger(espace, SERVICE, JOUR, 24)
    importer(espace, *tables)
    assert restants(espace, "menage", "id_menage") == ["men-recent"] and traces(espace, ["men-ancien"]) == []


@pytest.mark.usefixtures("sans_calcul")
def test_simuler_n_ecrit_rien(espace: Espace) -> None:
    importer(espace, menage("ancien", dt.date(2016, 1, 1)))
    avant = {f: f.read_bytes() for f in espace.racine.rglob("*") if f.is_file()}
    simule = purger(espace, SERVICE, JOUR, 24, simuler=True)
    assert simule.simulee and simule.menages == 1 and simule.lignes["acte"] == 1
    assert {f: f.read_bytes() for f in espace.racine.rglob("*") if f.is_file()} == avant


def test_entrepot_vide(espace: Espace) -> None:
    assert purger(espace, SERVICE, JOUR, 24).vide


@pytest.mark.parametrize("duree", [0, -3, 1.5, True, "24"])
def test_duree_impossible(espace: Espace, duree: Any) -> None:
    with pytest.raises(ErreurParametre, match="Durée de conservation"):
        purger(espace, SERVICE, JOUR, duree)


def test_parametres_refuses(espace: Espace) -> None:
    with pytest.raises(ErreurParametre, match="à venir"):
        purger(espace, SERVICE, dt.date.today() + dt.timedelta(days=1), 24)
    with pytest.raises(ErreurParametre, match="Service « autre » inconnu"):
        purger(espace, "autre", JOUR, 24)


def test_duree_du_service(espace: Espace) -> None:
    assert duree_du_service(lire_service(espace, SERVICE)) == 24


# --- Les agrégats --------------------------------------------------------------------------------------------------


def espace_propre(dossier: Path, tables: Tables | None = None) -> Espace:
    """Douze ménages suivis et sortis en 2022, dans un service réglé."""
    services = dossier / "data" / "services"
    services.mkdir(parents=True)
    (services / f"{SERVICE}.toml").write_text(f"premiere_annee = 2022\n{REGLAGE}", encoding="utf-8")
    espace = Espace(dossier)
    importer(espace, {nom: avec_masque(nom, t) for nom, t in (tables or tables_propres()).items()})
    return espace


def publier_interne(espace: Espace) -> None:
    """Le rapport interne de 2022, tel que la campagne l'aurait rangé."""
    page = espace.rapports / "interne" / "2022" / f"{SERVICE}.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p>Rapport</p>", encoding="utf-8")
    identite = {"service": SERVICE, "annee": 2022, "diffusion": "interne"}
    table = ",".join(COLONNES_CONTRAT) + f"\n{SERVICE},,2022,menages_accompagnes,,,,,2,2,,2,ménages,publie,1\n"
    garder(espace, identite, {"empreinte": "e", "sha256_table": "s"}, table)
    ecrire_portail(espace, [{**identite, "etat": "publie", "html": "interne/2022/essai.html"}])


def series(espace: Espace) -> pl.DataFrame:
    return pl.read_csv(espace.donnees / "publie" / f"{SERVICE}.csv", infer_schema=False)


def test_agregats_conserves_avant_l_effacement(tmp_path: Path) -> None:
    """Les chiffres de l'année restent lisibles, les mêmes qu'avant la purge ; les lignes écrites à la main aussi."""
    espace = espace_propre(tmp_path / "espace")
    publie = espace.donnees / "publie"
    publie.mkdir()
    entete = "source,annee,territoire,indicateur,numerateur,denominateur,valeur,rupture"
    main = "Rapport imprimé,2021,Secteur,menages_accompagnes,,,23,non"
    (publie / f"{SERVICE}.csv").write_text(f"{entete}\n{main}\n", encoding="utf-8")
    attendue = calculer(espace, SERVICE, 2022, ["menages_accompagnes", "composition_familiale"])
    accompagnes = attendue.filter(pl.col("indicateur") == "menages_accompagnes")["valeur"][0]
    assert accompagnes == 12

    publier_interne(espace)
    assert purger(espace, SERVICE, dt.date(2026, 1, 1), 24, simuler=True).editions == 0
    assert lire_editions(espace, "interne", 2022, SERVICE)[0].table is not None, "simuler n'efface rien"
    bilan = purger(espace, SERVICE, dt.date(2026, 1, 1), 24)
    assert (bilan.menages, bilan.annees, bilan.annees_bloquees) == (12, (2022,), ())
    assert (bilan.editions, bilan.rapports) == (1, ("interne/2022/essai.html",))
    assert lire_editions(espace, "interne", 2022, SERVICE)[0].table is None, "l'édition interne n'est pas masquée"
    gardees = series(espace)
    assert bilan.agregats == gardees.height - 1 and bilan.fichier.name == f"{SERVICE}.csv"
    assert gardees.columns == entete.split(",") and gardees.row(0)[6] == "23"
    notres = gardees.filter(pl.col("source") == SOURCE)
    assert set(notres["annee"]) == {"2022"} and set(notres["rupture"]) <= {"oui", "non"}
    valeurs = dict(notres.select("indicateur", "valeur").iter_rows())
    assert valeurs["menages_accompagnes"] == "12"
    assert (valeurs["composition_familiale.HS"], valeurs["composition_familiale.FS"]) == ("50", "50")
    assert not any(nom.startswith("evolution_n_1") for nom in valeurs)
    assert lire_entrepot(espace, SERVICE).annees_purgees == (2022,)
    assert lire_entrepot(espace, SERVICE).table("mesure").is_empty()


def test_agregats_proteges(tmp_path: Path) -> None:
    """Une cellule que le secret masque ne se retrouve pas dans le fichier publié."""
    tables = tables_propres()
    rare = pl.when(pl.int_range(pl.len()) < 2).then(pl.lit("CSE")).otherwise(pl.col("composition"))
    tables["situation"] = tables["situation"].with_columns(composition=rare)
    espace = espace_propre(tmp_path / "espace", tables)
    brutes = calculer(espace, SERVICE, 2022, ["composition_familiale"]).filter(pl.col("ventilation_1").is_not_null())
    assert brutes["effectif"].min() < 5
    bilan = purger(espace, SERVICE, dt.date(2026, 1, 1), 24)
    noms = series(espace)["indicateur"]
    assert bilan.masques > 0 and "composition_familiale" in noms.str.split(".").list.first().to_list()
    # La rare est tue, et une autre avec elle : sinon le total la rendrait.
    gardees = {nom for nom in noms if nom.startswith("composition_familiale.")}
    assert "composition_familiale.CSE" not in gardees
    assert not {"composition_familiale.HS", "composition_familiale.FS"} <= gardees


def test_purge_reprise_sans_doublon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Coupée après l'écriture des agrégats, la purge se refait : les séries ne sont pas en double."""
    espace = espace_propre(tmp_path / "espace")

    def coupure(*_: object) -> None:
        raise OSError("coupure")

    with monkeypatch.context() as pieges, pytest.raises(OSError, match="coupure"):
        pieges.setattr("observatoire.retention._effacer", coupure)
        purger(espace, SERVICE, dt.date(2026, 1, 1), 24)
    premieres = series(espace)
    assert lire_entrepot(espace, SERVICE).table("mesure").height == 12 and premieres.height > 20
    purger(espace, SERVICE, dt.date(2026, 1, 1), 24)
    assert series(espace).equals(premieres) and lire_entrepot(espace, SERVICE).table("mesure").is_empty()
    cles = list(modele.table("serie_agregee").cle)
    assert not premieres.select(pl.struct(cles).is_duplicated().any()).item()


def test_une_annee_deja_purgee_garde_ses_chiffres(tmp_path: Path) -> None:
    """La seconde purge d'une même année ne remplace pas des chiffres entiers par des chiffres amputés."""
    espace = espace_propre(tmp_path / "espace")
    purger(espace, SERVICE, dt.date(2026, 1, 1), 24)
    premieres = series(espace)
    importer(espace, menage("retardataire", dt.date(2022, 3, 1)), somme="2")
    bilan = purger(espace, SERVICE, dt.date(2026, 1, 1), 24)
    assert bilan.menages == 1 and bilan.annees == () and series(espace).equals(premieres)


def test_une_annee_bloquee_ne_se_perd_pas_en_silence(tmp_path: Path) -> None:
    tables = tables_propres()
    espace = espace_propre(tmp_path / "espace", {**tables, "mesure": tables["mesure"].head(0)})
    assert verdict(espace, SERVICE, 2022).bloquants
    assert purger(espace, SERVICE, dt.date(2026, 1, 1), 24, simuler=True).annees_bloquees == (2022,)
    with pytest.raises(RapportBloque, match="seraient perdus"):
        purger(espace, SERVICE, dt.date(2026, 1, 1), 24)
    assert lire_entrepot(espace, SERVICE).table("acte").height == 12
    bilan = purger(espace, SERVICE, dt.date(2026, 1, 1), 24, sans_agregats=True)
    assert bilan.agregats == 0 and lire_entrepot(espace, SERVICE).table("acte").is_empty()


@pytest.mark.parametrize("contenu", ["a,b\n1,2\n", "source;annee\nx;1\n"])
def test_fichier_publie_incomprehensible(tmp_path: Path, contenu: str) -> None:
    """Un fichier publié illisible arrête la purge avant tout effacement."""
    espace = espace_propre(tmp_path / "espace")
    (espace.donnees / "publie").mkdir()
    (espace.donnees / "publie" / f"{SERVICE}.csv").write_text(contenu, encoding="utf-8")
    with pytest.raises(ErreurFichier, match="colonnes absentes"):
        purger(espace, SERVICE, dt.date(2026, 1, 1), 24)
    assert lire_entrepot(espace, SERVICE).table("mesure").height == 12
