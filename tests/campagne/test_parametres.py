"""Les paramètres d'un rapport, contrôlés en un seul endroit."""

import pytest

from observatoire.campagne.parametres import ParametresRapport, controler_parametres
from observatoire.erreurs import ErreurParametre
from observatoire.espace import Espace


@pytest.fixture
def espace(tmp_path) -> Espace:
    services = tmp_path / "data" / "services"
    services.mkdir(parents=True)
    (services / "essai.toml").write_text('libelle = "Essai"\n', encoding="utf-8")
    return Espace(tmp_path)


def test_parametres_types(espace):
    lus = controler_parametres(espace, {"service": "essai", "annee": "2022", "diffusion": "interne"})
    assert lus == ParametresRapport("essai", 2022, "interne")


def test_public_par_defaut(espace):
    assert controler_parametres(espace, {"service": "essai", "annee": 2022}).diffusion == "public"


@pytest.mark.parametrize(
    ("recus", "attendu"),
    [
        ({"service": "essai", "anee": 2022}, "Vouliez-vous dire « annee » ?"),
        ({"service": "esai", "annee": 2022}, "Vouliez-vous dire « essai » ?"),
        ({"service": "essai", "annee": 2022, "diffusion": "publique"}, "Vouliez-vous dire « public » ?"),
        ({"service": "essai", "annee": "deux mille"}, "Année « deux mille » illisible"),
        ({"service": "essai", "annee": True}, "illisible"),
        ({"service": "essai", "annee": 2022.0}, "illisible"),
        ({"service": "essai"}, "« annee » manque"),
        ({"annee": 2022}, "« service » manque"),
    ],
)
def test_refus_avec_suggestion(espace, recus, attendu):
    with pytest.raises(ErreurParametre, match=r"(?s).*") as refus:
        controler_parametres(espace, recus)
    assert attendu in str(refus.value)


@pytest.mark.parametrize("valeur", ["__import__('os').system('false')", "2022; import os", "../essai", "essai\n"])
def test_rien_n_est_evalue(espace, valeur):
    """Un paramètre n'est jamais du code ni un chemin : il est refusé tel quel."""
    for nom in ("service", "annee", "diffusion"):
        with pytest.raises(ErreurParametre):
            controler_parametres(espace, {"service": "essai", "annee": 2022, nom: valeur})
