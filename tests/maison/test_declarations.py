"""Les déclarations sont complètes et servies : univers, indicateurs, glossaire, services."""

from __future__ import annotations

import ast
import inspect

import polars as pl
import pytest

from observatoire import indicateurs, modele
from observatoire.documentation_indicateurs import definitions, glossaire
from observatoire.espace import Espace
from observatoire.indicateurs.registre import REGISTRE
from observatoire.services import CHOIX, Parametres, lire_service
from observatoire.syntheses.personnes import DEFINITIONS
from observatoire.univers import UNIVERS, Contexte

COLONNES_DU_MODELE = {f"{t.nom}.{c}" for t in modele.TABLES.values() for c in t.colonnes}
TOUS = [v for variantes in REGISTRE.values() for v in variantes]


def test_on_controle_bien_des_declarations():
    assert len(TOUS) > 50
    assert len(UNIVERS) > 15
    assert len(COLONNES_DU_MODELE) > 100


@pytest.mark.parametrize("nom", sorted(UNIVERS))
def test_chaque_colonne_d_univers_vient_du_modele(nom):
    univers = UNIVERS[nom]
    sources = {*univers.structure, *(s for origines in univers.origines.values() for s in origines)}
    assert sources <= COLONNES_DU_MODELE, sources - COLONNES_DU_MODELE
    assert univers.description and univers.unite


def test_chaque_univers_sert_a_un_indicateur():
    assert set(UNIVERS) - {v.definition.univers for v in TOUS} == set()


@pytest.mark.parametrize("variante", TOUS, ids=lambda v: f"{v.nom}-{v.definition.version}")
def test_chaque_indicateur_dit_ce_qu_il_compte(variante):
    d = variante.definition
    for champ in (d.libelle, d.description, d.unite, d.numerateur, d.denominateur, d.source):
        assert champ.strip()
    assert variante.colonnes_modele() <= COLONNES_DU_MODELE
    assert variante.colonnes_modele(), "un indicateur lit au moins une colonne du modèle"


@pytest.mark.parametrize("nom", sorted(UNIVERS))
def test_chaque_univers_produit_les_colonnes_qu_il_declare(nom, espace_exemple):
    contexte = Contexte.ouvrir(espace_exemple, lire_service(espace_exemple, "ltiae"), 2022)
    schema = UNIVERS[nom].construire(contexte).collect_schema()
    manquantes = set(UNIVERS[nom].origines) - set(schema)
    # Une colonne déclarée n'est absente que si l'univers d'un autre réglage la porte.
    assert manquantes <= {"territoire"}, manquantes


def test_les_variantes_datees_ont_le_meme_libelle_et_la_meme_unite():
    datees = [v for v in REGISTRE.values() if len(v) > 1]
    assert datees
    for variantes in datees:
        assert len({(v.definition.libelle, v.definition.unite) for v in variantes}) == 1


def test_le_glossaire_livre_est_a_jour(racine):
    assert (racine / "docs" / "glossaire.md").read_text(encoding="utf-8") == glossaire()


def test_le_glossaire_definit_chaque_indicateur():
    page = glossaire()
    assert len(definitions()) == len(TOUS) + len(DEFINITIONS) + 1
    for d in definitions():
        assert f"`{d.nom}`" in page


@pytest.mark.parametrize("service", ["ltiae", "cllaj"])
def test_chaque_service_livre_se_lit_et_a_ses_sections(racine, service):
    fiche = lire_service(Espace(racine), service)
    assert fiche.sections and fiche.correspondances
    for section in fiche.sections:
        for bloc in section.blocs:
            for nom in bloc["indicateurs"]:
                assert nom in REGISTRE


def test_chaque_reglage_a_choix_est_un_parametre():
    connus = set(inspect.signature(Parametres).parameters)
    assert set(CHOIX) <= connus
    for cle, permis in CHOIX.items():
        assert getattr(Parametres(), cle) in permis


def test_aucun_service_nomme_dans_le_code(racine):
    """Un service est un fichier de réglage : aucune chaîne du code n'en est l'identifiant."""
    identifiants = {f.stem for f in (racine / "data" / "services").glob("*.toml")}
    assert {"ltiae", "cllaj"} <= identifiants
    lus = 0
    for fichier in (racine / "src").rglob("*.py"):
        for noeud in ast.walk(ast.parse(fichier.read_text(encoding="utf-8"))):
            if isinstance(noeud, ast.Constant) and isinstance(noeud.value, str):
                lus += 1
                assert noeud.value not in identifiants, f"{fichier}:{noeud.lineno} nomme {noeud.value}"
    assert lus > 1000


def test_les_expressions_ne_lisent_que_leur_univers():
    for variante in TOUS:
        lues = variante.forme.colonnes_lues()
        assert lues <= set(UNIVERS[variante.definition.univers].origines)
        assert all(isinstance(e, pl.Expr) for e in variante.forme.agregats().values())


def test_les_noms_publics_existent():
    for nom in indicateurs.__all__:
        assert hasattr(indicateurs, nom)
