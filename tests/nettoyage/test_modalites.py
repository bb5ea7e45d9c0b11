"""Les modalités : écriture du service, code, libellé, variantes ; rien n'est deviné."""

from __future__ import annotations

import polars as pl
import pytest

from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace, racine_gabarit
from observatoire.nettoyage.modalites import NATURE, Vocabulaire, nettoyer_listes, nettoyer_modalites
from observatoire.nomenclatures import COLONNES, Nomenclature, lire_nomenclature
from tests.nettoyage.outils import issue


def nomenclature() -> Nomenclature:
    lignes = [
        ("HS", "Homme seul", "isolé|Monsieur seul"),
        ("FSE", "Femme seule avec enfant(s)", None),
        ("NR", "Non renseigné", None),
    ]
    cadre = pl.DataFrame(lignes, schema=["code", "libelle", "variantes"], orient="row")
    vides = [pl.lit(None, dtype=pl.String).alias(c) for c in COLONNES if c not in cadre.columns]
    return Nomenclature("composition", cadre.with_columns(vides).select(COLONNES))


@pytest.fixture
def vocabulaire() -> Vocabulaire:
    return Vocabulaire.de(nomenclature(), {"Isolé": "FSE", "à supprimer": ""}, "essai.toml")


@pytest.mark.parametrize(
    ("ecriture", "code"),
    [
        ("HS", "HS"),
        ("Homme seul", "HS"),
        ("Isolé", "FSE"),
        ("Non renseigné", "NR"),
        ("à supprimer", None),
        (" HS ", "HS"),
        ("HOMME  SEUL", "HS"),
        ("monsieur seul", "HS"),
    ],
)
def test_traduction_sans_correction(vocabulaire: Vocabulaire, ecriture: str, code: str | None) -> None:
    """L'écriture du service l'emporte sur la nomenclature ; une écriture exacte n'est pas une correction."""
    assert issue(nettoyer_modalites, ecriture, vocabulaire) == (code, None, None)


@pytest.mark.parametrize(
    ("ecriture", "code"),
    [
        ("monsieur-seul", "HS"),
        ("ISOLE", "FSE"),
        ("femme seule, avec enfants", "FSE"),
        ("Femme seule avec enfant", "FSE"),
    ],
)
def test_ecriture_corrigee_et_signalee(vocabulaire: Vocabulaire, ecriture: str, code: str) -> None:
    assert issue(nettoyer_modalites, ecriture, vocabulaire) == (code, None, NATURE)


def test_modalite_proche_proposee_jamais_appliquee(vocabulaire: Vocabulaire) -> None:
    valeur, motif, nature = issue(nettoyer_modalites, "Home seul", vocabulaire)
    assert (valeur, nature) == (None, None)
    assert motif == "modalité inconnue de la liste composition. Vouliez-vous dire « Homme seul » ?"


def test_aucune_proposition_lointaine(vocabulaire: Vocabulaire) -> None:
    assert issue(nettoyer_modalites, "martien", vocabulaire)[1] == "modalité inconnue de la liste composition."


def test_marques_et_vide(vocabulaire: Vocabulaire) -> None:
    """NC écrit donne NR ; vide reste vide ; sans objet et refus restent distincts."""
    ecritures = {"NC": "NR", "?": "NR", "sans objet": "SO", "REF": "REF", "": None}
    for ecriture, code in ecritures.items():
        assert issue(nettoyer_modalites, ecriture, vocabulaire)[:2] == (code, None)


def test_le_vocabulaire_passe_avant_les_marques() -> None:
    """« inconnu » est une modalité de logement, pas une marque d'absence."""
    logement = Vocabulaire.de(lire_nomenclature(Espace(racine_gabarit()), "logement"))
    assert issue(nettoyer_modalites, "INCONNU", logement)[0] == "INCONNU"


def test_listes(vocabulaire: Vocabulaire) -> None:
    """Plusieurs modalités dans une cellule ; un libellé à virgule n'est pas coupé."""
    assert issue(nettoyer_listes, "Homme seul | HS;Isolé", vocabulaire)[:2] == ("HS|FSE", None)
    assert issue(nettoyer_listes, "HS, FSE", vocabulaire)[0] == "HS|FSE"
    assert issue(nettoyer_listes, "femme seule, avec enfants", vocabulaire)[0] == "FSE"
    assert issue(nettoyer_listes, "HS | martien", vocabulaire)[0] is None
    assert "liste composition" in (issue(nettoyer_listes, "HS | martien", vocabulaire)[1] or "")
    assert issue(nettoyer_listes, "", vocabulaire) == (None, None, None)


def test_code_inconnu_dans_le_reglage() -> None:
    with pytest.raises(
        ErreurDefinition, match=r"essai\.toml : « Isolé » désigne le code « HSS ».*Vouliez-vous dire « HS »"
    ):
        Vocabulaire.de(nomenclature(), {"Isolé": "HSS"}, "essai.toml")
