"""Le banc d'ouverture des pages tourne et mesure ce qu'il dit. Aucune durée n'est exigée ici."""

from __future__ import annotations

import pytest

from observatoire.campagne.publier import publier
from observatoire.restitution.rapport import Rapport
from tests.bench.bench_page import mesurer
from tests.pages.test_rapport import navigateur  # noqa: F401 (une fixture)
from tests.restitution import fabrique


@pytest.mark.page
def test_le_banc_ouvre_une_page(navigateur, tmp_path):  # noqa: F811
    seule = fabrique.donnees()
    rapport = Rapport(fabrique.donnees(sections=seule.sections[:1]))
    page = publier(fabrique.carnet_execute(rapport, tmp_path), tmp_path / "essai.html", "Essai", "interne")
    mesure = mesurer(page, navigateur, fois=1)
    print(f"\n{mesure}")
    assert mesure.octets == page.stat().st_size and mesure.graphiques == 2
    assert mesure.peinte > 0 and 0 < mesure.lue <= mesure.chargee and mesure.calcul > 0 and mesure.animee > 0
