"""Les vocabulaires livrés : complets, sans double, sans écriture ambiguë."""

from __future__ import annotations

import re
import unicodedata

import polars as pl
import pytest

from observatoire.espace import Espace
from observatoire.modele import TABLES, VARIABLES
from observatoire.nomenclatures import COLONNES, lire_nomenclature
from observatoire.services import Parametres
from tests.maison.fichiers import RACINE

ESPACE = Espace(RACINE)
DOSSIER = RACINE / "data" / "nomenclatures"
NOMMEES = sorted({c.variable.nomenclature for t in TABLES.values() for c in t.colonnes.values()} - {""})


def _sans_signes(texte: str) -> str:
    plat = "".join(c for c in unicodedata.normalize("NFKD", texte.casefold()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", plat))


def test_chaque_liste_livree_est_nommee_par_le_modele() -> None:
    """Une liste que rien n'emploie serait une pièce vide, une liste absente une panne à l'import."""
    assert len(NOMMEES) > 30
    assert sorted(f.stem for f in DOSSIER.glob("*.csv")) == NOMMEES


@pytest.mark.parametrize("nom", NOMMEES)
def test_la_liste_est_bien_faite(nom: str) -> None:
    """Colonnes convenues, codes uniques, ordre sans trou, libellés remplis, marques oui ou vides."""
    brut = pl.read_csv(DOSSIER / f"{nom}.csv", infer_schema=False)
    assert tuple(brut.columns) == COLONNES
    liste = lire_nomenclature(ESPACE, nom).modalites
    assert liste.height >= 2
    assert liste["code"].is_unique().all()
    assert liste["ordre"].to_list() == list(range(1, liste.height + 1))
    assert liste["libelle"].null_count() == 0
    assert liste["libelle"].is_unique().all()
    assert set(liste["sortie_logement"].drop_nulls()) | set(liste["sortie_positive"].drop_nulls()) <= {"oui"}


@pytest.mark.parametrize("nom", NOMMEES)
def test_une_ecriture_ne_designe_qu_une_modalite(nom: str) -> None:
    """Code, libellé et variantes, lus sans accents ni ponctuation, ne se confondent pas d'une modalité à l'autre."""
    vues: dict[str, str] = {}
    for code, libelle, variantes in (
        lire_nomenclature(ESPACE, nom).modalites.select("code", "libelle", "variantes").iter_rows()
    ):
        ecritures = {_sans_signes(e) for e in (code, libelle, *(variantes or "").split("|"))} - {""}
        assert ecritures
        for ecriture in ecritures:
            assert vues.setdefault(ecriture, code) == code, f"« {ecriture} » : {vues[ecriture]} ou {code} ?"


def test_chaque_variable_du_modele_sert() -> None:
    """Une variable déclarée et portée par aucune table serait du bois mort."""
    portees = {c for t in TABLES.values() for c in t.colonnes}
    assert len(portees) > 100
    assert set(VARIABLES) == portees


def test_les_cles_et_references_du_modele_existent() -> None:
    """Une clé est faite de colonnes de la table ; une référence désigne la colonne d'une autre table."""
    references = 0
    for table in TABLES.values():
        assert set(table.cle) <= set(table.colonnes), table.nom
        for colonne in table.colonnes.values():
            if colonne.reference:
                visee, _, nom = colonne.reference.partition(".")
                assert nom in TABLES[visee].colonnes, f"{table.nom}.{colonne.nom}"
                references += 1
    assert references > 20


def test_les_reglages_par_defaut_parlent_les_vocabulaires() -> None:
    """Les listes de codes par défaut d'un service existent, et les sorties logement sont celles marquées."""
    defauts = Parametres()
    logement = lire_nomenclature(ESPACE, "logement")
    assert defauts.sorties_logement == logement.codes_marques("sortie_logement")
    assert set(defauts.logements_difficiles) <= set(logement.codes)
    assert set(defauts.emplois_action_logement) <= set(lire_nomenclature(ESPACE, "emploi").codes)
    assert set(defauts.types_atelier) <= set(lire_nomenclature(ESPACE, "type_acte").codes)
