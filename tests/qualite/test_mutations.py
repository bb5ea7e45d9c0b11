"""Chaque règle des suites est mise à l'épreuve : on casse son sujet dans le témoin, elle seule doit le dire.

Une règle nouvelle dont le type n'a pas de mutateur fait échouer son test.
"""

from __future__ import annotations

import pytest

from observatoire.modele import TABLES
from tests.qualite.banc import REGLES, Banc
from tests.qualite.mutations import dependantes
from tests.qualite.temoin import ANNEES, tables_temoin

PAR_NOM = {r.regle: r for r in REGLES}


@pytest.fixture(scope="module")
def banc(tmp_path_factory: pytest.TempPathFactory) -> Banc:
    return Banc(tmp_path_factory.mktemp("temoin"))


def test_chaque_reference_et_chaque_liste_du_modele_ont_leur_regle():
    """Une table, une référence ou une liste ajoutée au modèle sans règle ne se mettrait pas à l'épreuve."""
    jugees = {(r.attente["type"], r.table, r.attente["kwargs"].get("colonne")) for r in REGLES}
    colonnes = [(nom, c) for nom, table in TABLES.items() for c in table.colonnes.values()]
    exigees = {("attendre_reference", nom, c.nom) for nom, c in colonnes if c.reference}
    exigees |= {("attendre_modalites", nom, c.nom) for nom, c in colonnes if c.variable.nomenclature}
    assert exigees - jugees == set()
    assert {r.table for r in REGLES} == set(TABLES)


def test_le_temoin_remplit_toutes_les_tables_et_toutes_leurs_colonnes():
    tables = tables_temoin()
    assert set(tables) == set(TABLES)
    vides = [
        f"{nom}.{c}" for nom, table in tables.items() for c in table.columns if table[c].null_count() == len(table)
    ]
    assert vides == []


@pytest.mark.parametrize("annee", ANNEES)
def test_le_temoin_sain_ne_declenche_rien(banc: Banc, annee: int):
    assert set(banc.examens[annee]) == set(PAR_NOM)
    assert [nom for nom, e in banc.examens[annee].items() if not e.reussie] == []


def test_chaque_regle_regarde_des_lignes_du_temoin(banc: Banc):
    jugent = [e for e in banc.examens[ANNEES[1]].values() if e.regle.attente["type"] != "attendre_sans_contradiction"]
    assert [e.regle.regle for e in jugent if not e.examen.lignes] == []


@pytest.mark.parametrize("nom", PAR_NOM)
def test_casser_le_sujet_d_une_regle_la_declenche_elle_et_ses_dependantes(banc: Banc, nom: str):
    """À chaque mutant la règle échoue, et rien d'autre que ce qu'elle annonce ; tout ce qu'elle annonce arrive."""
    prevues = {nom, *dependantes(nom, banc.examens[ANNEES[1]])}
    vues: set[str] = set()
    for mutant in banc.mutants(PAR_NOM[nom]):
        declenchees = banc.en_defaut(mutant)
        assert nom in declenchees, f"{mutant.nom} : la règle ne dit rien"
        assert declenchees <= prevues, f"{mutant.nom} : déclenche aussi {sorted(declenchees - prevues)}"
        vues |= declenchees
    assert vues == prevues, f"annoncées et jamais déclenchées : {sorted(prevues - vues)}"


@pytest.mark.parametrize("nom", list(PAR_NOM)[:: max(1, len(PAR_NOM) // 8)])
def test_le_banc_dit_comme_le_moteur_qui_juge_tout(banc: Banc, nom: str):
    mutant = next(iter(banc.mutants(PAR_NOM[nom])))
    assert banc.en_defaut(mutant) == banc.tout_juger(mutant)
