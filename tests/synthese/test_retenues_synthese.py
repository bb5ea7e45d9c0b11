"""Une synthèse dont un service est retenu par la qualité : la raison est dite, et n'est pas un zéro."""

from __future__ import annotations

import pytest

from observatoire.campagne import donnees as preparation_rapport
from observatoire.qualite import ResultatRegle, Verdict
from observatoire.restitution.synthese import Synthese
from observatoire.syntheses import preparation
from observatoire.syntheses.parametres import controler_parametres
from tests.synthese.fabrique import CLE, association

MOTIF = "Trop peu de membres sont rattachés à leur ménage."


@pytest.fixture(scope="module")
def synthese(tmp_path_factory):
    """« Quai » a des membres douteux ; « Pont » n'a rien à se reprocher."""
    espace = association(tmp_path_factory.mktemp("retenue"), {"pont": list("abcd"), "quai": list("cde")})
    echec = ResultatRegle("r", "membre", ("membre.id_personne",), "critical", False, False, 9, 8, MOTIF, "Complétez.")

    def juger(_, nom, annee):
        return Verdict(nom, annee, "ab" * 32, (echec,) if nom == "quai" else ())

    with pytest.MonkeyPatch.context() as echange:
        echange.setattr(preparation, "verdict", juger)
        echange.setattr(preparation_rapport, "verdict", juger)
        lus = controler_parametres(espace, {"association": CLE, "annee": 2022, "diffusion": "interne"})
        yield Synthese(preparation.preparer_synthese(espace, lus))


def test_le_service_retenu_manque_au_compte_et_la_raison_est_dite(synthese):
    html = str(synthese.personnes().html)
    assert "Quai n&#39;y est pas, retenu par le contrôle de la qualité\u00a0: trop peu de membres" in html
    assert "aucune personne n&#39;y est comptée" not in html


def test_son_chiffre_cle_est_retenu_avec_la_raison_et_les_autres_restent(synthese):
    html = str(synthese.services().html)
    assert "<b>retenu</b>" in html and "Trop peu de membres sont rattachés à leur ménage" in html
    assert "<b>3<span>" in html, "les ménages ne lisent pas la colonne en cause"
