"""Les anomalies du cahier régional imprimé : ce que la maison fait à la place."""

from __future__ import annotations

import re

import pytest

from observatoire.cahiers.fiches import lire_fiches, numeroter
from observatoire.cahiers.reglage import lire_cahier
from observatoire.cahiers.sigles import lexique
from observatoire.espace import Espace
from tests.reference.verifications.cahier import REGION, figures_de


@pytest.fixture(scope="module")
def depot(racine) -> Espace:
    """Le dépôt lui-même : ces contrôles ne lisent que les textes et les tables du cahier."""
    return Espace(racine)


def test_c1_departements_avec_un_atelier(depot):
    """C1 : l'imprimé annonce trois départements, les cinq associations sont dans quatre."""
    (figure,) = figures_de(depot, 2020, "associations_avec_aava")
    valeurs = dict(figure.bloc.table.select("modalite_1", "valeur").iter_rows())
    assert valeurs[None] == 5
    assert {code for code, valeur in valeurs.items() if code and valeur} == {"44", "49", "53", "72"}
    assert valeurs["85"] == 0, "un recensement à zéro s'imprime 0, non « non reçu »"


def test_c3_renvois_numerotes(depot):
    """C3 : les renvois imprimés disaient n° 4, 5, 6 ; calculés, ils disent 3, 4, 5."""
    reglage = lire_cahier(depot, REGION)
    theme = reglage.themes[0]
    fiches = lire_fiches(reglage.dossier / "fiches", theme.fiches)
    (section,) = [s for s in theme.sections if "[[igloo]]" in s.presentation]
    texte = numeroter(section.presentation, fiches)
    numeros = {
        f.titre.split(" (")[0]: int(n) for f in fiches for n in re.findall(rf"n° (\d+), {re.escape(f.titre)}", texte)
    }
    assert numeros == {"IGLOO": 3, "Action mutualisée": 4, "ASLLIP": 5, "EMILE": 9}


def test_c6_une_mesure_un_seul_sigle(depot):
    """C6 : une même mesure a deux sigles dans l'imprimé ; le lexique n'en garde qu'un et signale l'autre."""
    juge = lexique(depot, ["La mesure ASLLI", "la mesure ASLLIP"])
    assert [s.sigle for s in juge.connus] == ["ASLLIP"]
    assert juge.a_remplacer == (("ASLLI", "ASLLIP"),)
    reglage = lire_cahier(depot, REGION)
    textes = [f.read_text(encoding="utf-8") for f in sorted((reglage.dossier / "fiches").glob("*.md"))]
    assert not lexique(depot, textes).alertes
