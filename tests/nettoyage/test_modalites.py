"""Les modalités : écriture du service, code, libellé, variantes ; rien n'est deviné."""

from __future__ import annotations

import polars as pl
import pytest

from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace, racine_gabarit
from observatoire.nettoyage.modalites import NATURE, NATURE_PROCHE, Vocabulaire, nettoyer_listes, nettoyer_modalites
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
    """Sans l'accord du service, la modalité proche est proposée et la ligne refusée."""
    lue = nettoyer_modalites(pl.Series(["Home seul"]), vocabulaire).row(0, named=True)
    assert (lue["valeur"], lue["nature"]) == (None, None)
    assert lue["motif"] == "modalité inconnue de la liste composition"
    assert lue["proposition"] == "Vouliez-vous dire « Homme seul » ?"


def test_modalite_proche_acceptee_si_le_service_le_veut(vocabulaire: Vocabulaire) -> None:
    lue = nettoyer_modalites(pl.Series(["Home seul", "martien"]), vocabulaire, True)
    assert lue.select("valeur", "motif", "nature").rows() == [
        ("HS", None, NATURE_PROCHE), (None, "modalité inconnue de la liste composition", None),
    ]  # fmt: skip
    assert issue(nettoyer_listes, "Home seul|FSE", vocabulaire, True) == ("HS|FSE", None, NATURE_PROCHE)


def test_deux_modalites_aussi_proches_ne_se_devinent_pas() -> None:
    """Entre deux modalités aussi ressemblantes, aucune n'est appliquée, les deux sont proposées."""
    lignes = [("A1", "Foyer mixte A"), ("A2", "Foyer mixte B")]
    cadre = pl.DataFrame(lignes, schema=["code", "libelle"], orient="row")
    vides = [pl.lit(None, dtype=pl.String).alias(c) for c in COLONNES if c not in cadre.columns]
    rivales = Vocabulaire.de(Nomenclature("essai", cadre.with_columns(vides).select(COLONNES)))
    lue = nettoyer_modalites(pl.Series(["Foyer mixte C"]), rivales, True).row(0, named=True)
    assert lue["valeur"] is None
    assert "« Foyer mixte A »" in lue["proposition"] and "« Foyer mixte B »" in lue["proposition"]


def test_aucune_proposition_lointaine(vocabulaire: Vocabulaire) -> None:
    lue = nettoyer_modalites(pl.Series(["martien"]), vocabulaire).row(0, named=True)
    assert (lue["motif"], lue["proposition"]) == ("modalité inconnue de la liste composition", None)


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
