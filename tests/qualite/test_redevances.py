"""Les redevances : ce que le contrôle regarde, et ce qu'il retient."""

from __future__ import annotations

from datetime import date

import pytest

from observatoire.qualite import verdict
from observatoire.qualite.perimetre import lignes_de_l_annee
from observatoire.services import lire_service
from observatoire.univers import Contexte
from tests.atelier import SERVICE, espace_de

MENAGES = [{"id_menage": f"M{n}", "id_referent": f"P{n}"} for n in range(12)]


def espace_des_redevances(dossier, impaye: str | None):
    """Douze ménages hébergés en 2022, un mois de redevance chacun, et un mois de l'année d'avant."""
    sejours = [
        {"id_sejour": f"S{n}", "id_menage": m["id_menage"], "date_entree": date(2022, 1, 3)}
        for n, m in enumerate(MENAGES)
    ]
    mois = [{"id_menage": m["id_menage"], "mois": "2022-03", "impaye": impaye, "solde": 0} for m in MENAGES]
    mois.append({"id_menage": "M0", "mois": "2021-12", "impaye": "oui", "solde": 80})
    return espace_de(dossier, menage=MENAGES, sejour=sejours, dette_mois=mois)


def test_seuls_les_mois_de_la_periode_sont_juges(tmp_path):
    espace = espace_des_redevances(tmp_path, "non")
    contexte = Contexte.ouvrir(espace, lire_service(espace, SERVICE), 2022)
    assert lignes_de_l_annee(contexte, "dette_mois")["mois"].unique().to_list() == ["2022-03"]


@pytest.mark.parametrize(("impaye", "retenue"), [("non", False), (None, True)])
def test_des_impayes_non_renseignes_retiennent_leurs_chiffres(tmp_path, impaye, retenue):
    """Un mois sans réponse passerait pour réglé : la colonne est retenue, pas le rapport."""
    juge = verdict(espace_des_redevances(tmp_path, impaye), SERVICE, 2022)
    assert ("dette_mois.impaye" in juge.colonnes_retenues) is retenue
