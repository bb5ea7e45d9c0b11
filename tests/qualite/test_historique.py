"""L'histoire des verdicts : une ligne par verdict qui dit autre chose, des comptes seulement."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.entrepot import ecrire_entrepot
from observatoire.espace import Espace
from observatoire.livraisons import livraisons, retirer
from observatoire.qualite import ResultatRegle, Verdict
from observatoire.qualite.historique import (
    ETATS,
    Passage,
    Releve,
    _en_ligne,
    _passages,
    comptes,
    consigner,
    fichier_historique,
    lire_historique,
)
from tests.qualite.fabrique import ANNEE, SERVICE, espace_d_essai, tables_propres

MIDI = datetime(2023, 2, 3, 12, 0, tzinfo=UTC)
REUSSI = ResultatRegle("mesure.rang.valeurs", "mesure", ("mesure.rang",), "warning", False, True, 12, 0, "E.", "R.")
ALERTE = replace(REUSSI, regle="mesure.rang.remplissage_faible", reussie=False, echecs=3)


def rendu(*resultats: ResultatRegle, annee: int = ANNEE, empreinte: str = "abc", regles: str = "def") -> Verdict:
    return Verdict(SERVICE, annee, empreinte, resultats or (REUSSI, ALERTE), regles)


@pytest.fixture
def espace(tmp_path: Path) -> Espace:
    return espace_d_essai(tmp_path)


def test_un_verdict_consigne_se_relit_entier(espace):
    ecrit = consigner(espace, rendu(), MIDI)
    assert lire_historique(espace, SERVICE) == [ecrit]
    [livraison] = livraisons(espace, SERVICE)
    assert (ecrit.instant, ecrit.annee, ecrit.livraison, ecrit.etat) == (MIDI, ANNEE, livraison.id, "publiable")
    assert ecrit.regles == {REUSSI.regle: Releve(12, 0, True), ALERTE.regle: Releve(12, 3, False)}
    assert ecrit.regles[ALERTE.regle].part == 0.25
    assert (ecrit.tables["mesure"], ecrit.tables["situation"]) == (12, 24)
    assert ecrit.comptes == {**dict.fromkeys(ETATS, 0), "alertes": 1, "reussis": 1}


def test_chaque_controle_est_compte_dans_un_seul_etat():
    echec = replace(ALERTE, severite="critical")
    resultats = (
        REUSSI,
        ALERTE,
        echec,
        replace(echec, structurelle=True),
        replace(ALERTE, severite="info"),
        replace(echec, derogation="Dérogation."),
    )
    assert comptes(rendu(*resultats)) == dict.fromkeys(ETATS, 1)


def test_redire_la_meme_chose_n_ajoute_rien(espace):
    consigner(espace, rendu(), MIDI)
    assert consigner(espace, rendu(), MIDI + timedelta(days=1)) is None
    assert consigner(espace, rendu(regles="code changé, mêmes résultats")) is None
    assert len(lire_historique(espace, SERVICE)) == 1


@pytest.mark.parametrize(
    "autre",
    [
        rendu(empreinte="xyz"),
        rendu(REUSSI, replace(ALERTE, echecs=4)),
        rendu(REUSSI),
        rendu(REUSSI, replace(ALERTE, derogation="Dérogation.")),
    ],
)
def test_dire_autre_chose_s_ajoute_et_y_revenir_aussi(espace, autre):
    for verdict in (rendu(), autre, rendu()):
        assert consigner(espace, verdict) is not None
    assert len(lire_historique(espace, SERVICE)) == 3


def test_chaque_annee_a_son_histoire(espace):
    for annee in (2021, 2022, 2021, 2022):
        consigner(espace, rendu(annee=annee))
    assert [p.annee for p in lire_historique(espace, SERVICE)] == [2021, 2022]
    assert [p.annee for p in lire_historique(espace, SERVICE, 2021)] == [2021]


def test_sans_livraison_rien_ne_s_ecrit(tmp_path):
    (tmp_path / "data" / "services").mkdir(parents=True)
    (tmp_path / "data" / "services" / "essai.toml").write_text('libelle = "Essai"\n', encoding="utf-8")
    espace = Espace(tmp_path)
    assert consigner(espace, rendu()) is None
    assert lire_historique(espace, SERVICE) == []
    assert not (espace.donnees / "entrepot").exists()


def test_l_histoire_survit_au_retrait_et_au_remplacement_des_livraisons(espace):
    consigner(espace, rendu())
    [livraison] = livraisons(espace, SERVICE)
    retirer(espace, SERVICE, livraison.id)
    vide = consigner(espace, rendu(empreinte="vide"))
    assert (vide.livraisons, vide.livraison, vide.tables) == ((), "", {})
    ecrire_entrepot(espace, SERVICE, tables_propres(), {})
    consigner(espace, rendu())
    assert len(lire_historique(espace, SERVICE)) == 3


@pytest.mark.parametrize("reste", [b'{"instant": "2023-', b"[]\n", b"12\n", b'{"regles": {"a": [1]}}\n', b"\xff\n"])
def test_une_ligne_coupee_ne_cache_pas_les_autres(espace, reste):
    premier = consigner(espace, rendu())
    fichier = fichier_historique(espace, SERVICE)
    with fichier.open("ab") as flux:
        flux.write(reste)
    assert lire_historique(espace, SERVICE) == [premier]
    assert consigner(espace, rendu()) is None
    second = consigner(espace, rendu(empreinte="suite"))
    assert lire_historique(espace, SERVICE) == [premier, second]


def test_une_ligne_ne_porte_que_des_comptes_et_des_noms_de_regles(espace):
    consigner(espace, rendu(REUSSI, replace(ALERTE, explication="Texte.", derogation="Décidée.")))
    ligne = json.loads(fichier_historique(espace, SERVICE).read_text(encoding="utf-8"))
    assert {type(n) for releve in ligne["regles"].values() for n in releve} == {int}
    assert {type(n) for n in (*ligne["tables"].values(), *ligne["comptes"].values())} == {int}
    textes = {cle for cle, valeur in ligne.items() if isinstance(valeur, str)}
    assert textes == {"instant", "service", "empreinte", "empreinte_regles", "etat"}


RELEVES = st.builds(Releve, st.integers(0, 10**6), st.integers(0, 10**6), st.booleans(), st.booleans())
PASSAGES = st.builds(
    Passage,
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)),
    st.just(SERVICE),
    st.integers(1990, 2100),
    st.lists(st.text(), max_size=2).map(tuple),
    st.text(),
    st.text(),
    st.sampled_from(["publiable", "partiel", "bloque"]),
    st.dictionaries(st.sampled_from(ETATS), st.integers(0, 500)),
    st.dictionaries(st.text(), st.integers(0, 10**6), max_size=3),
    st.dictionaries(st.text(), RELEVES, max_size=4),
)


@given(PASSAGES)
def test_toute_ligne_ecrite_se_relit(passage):
    ligne = _en_ligne(passage)
    assert ligne.count(b"\n") == 1
    assert list(_passages([ligne])) == [passage]


def test_deux_ecritures_simultanees_ne_font_qu_une_ligne(espace):
    annees = [annee for annee in range(2000, 2010) for _ in range(4)]
    with ThreadPoolExecutor(8) as fils:
        ecrites = list(fils.map(lambda annee: consigner(espace, rendu(annee=annee)), annees))
    assert sum(passage is not None for passage in ecrites) == 10
    assert sorted(p.annee for p in lire_historique(espace, SERVICE)) == sorted(set(annees))
