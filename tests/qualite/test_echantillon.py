"""La porte de qualité devant l'échantillon : ouverte quand il est propre, fermée quand on l'abîme."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from observatoire.espace import Espace
from observatoire.importation import importer
from observatoire.qualite import Verdict, verdict

PRESCRIPTIONS = "prescriptions_2022.csv"


def reimporter(espace: Espace, changer: Callable[[list[str]], list[str]]) -> Verdict:
    """Change les lignes des prescriptions de 2022, réimporte le fichier et juge l'année."""
    fichier: Path = espace.donnees / "exemple" / "ltiae" / PRESCRIPTIONS
    lignes = fichier.read_bytes().decode("cp1252").splitlines()
    fichier.write_bytes("\r\n".join([*changer(lignes), ""]).encode("cp1252"))
    importer(espace, fichier, "ltiae")
    return verdict(espace, "ltiae", 2022)


@pytest.mark.parametrize("service", ["ltiae", "cllaj"])
def test_l_echantillon_est_publiable_avec_peu_d_alertes(espace_jetable: Espace, service: str):
    verdicts = [verdict(espace_jetable, service, annee) for annee in (2020, 2021, 2022)]
    assert [v.etat for v in verdicts] == ["publiable"] * 3
    alertes = [r.regle for v in verdicts for r in v.avertissements()]
    assert 0 < len(alertes) <= 6, alertes


def test_une_prescription_en_double_qui_se_contredit_bloque_puis_se_repare(espace_jetable: Espace):
    def doubler(lignes: list[str]) -> list[str]:
        champs = lignes[-1].split(";")
        champs[lignes[0].split(";").index("Reçue le")] = "01/02/2022"
        return [*lignes, ";".join(champs)]

    bloque = reimporter(espace_jetable, doubler)
    assert [(r.regle, r.echecs) for r in bloque.bloquants] == [("demande.cle_contradictoire", 2)]
    assert reimporter(espace_jetable, lambda lignes: lignes[:-1]).etat == "publiable"


def test_une_colonne_videe_dans_l_export_est_seule_retenue(espace_jetable: Espace):
    def vider(lignes: list[str]) -> list[str]:
        rang = lignes[0].split(";").index("Motif principal")
        champs = [ligne.split(";") for ligne in lignes[1:]]
        return [lignes[0], *(";".join("" if i == rang else c for i, c in enumerate(ligne)) for ligne in champs)]

    assert set(reimporter(espace_jetable, vider).colonnes_retenues) == {"demande.motif"}
