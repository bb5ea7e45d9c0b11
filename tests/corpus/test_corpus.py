"""Le corpus : chaque fichier difficile est lu, refusé ou compté comme annoncé, et rien ne s'y perd."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from observatoire.collecte import lire_tableau
from observatoire.erreurs import ErreurObservatoire
from observatoire.espace import Espace
from observatoire.importation import importer
from tests.corpus.fabrique import Cas, tous_les_cas

CAS = tous_les_cas()


@pytest.fixture(params=CAS, ids=lambda cas: cas.nom)
def cas(request: pytest.FixtureRequest) -> Cas:
    return request.param


@pytest.fixture
def depose(cas: Cas, tmp_path: Path) -> Path:
    """Le fichier du cas, écrit dans un dépôt neuf."""
    chemin = tmp_path / "depot" / cas.fichier
    chemin.parent.mkdir()
    cas.ecrire(chemin)
    return chemin


@pytest.fixture
def espace(cas: Cas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Espace:
    """Un espace neuf dont le service « essai » suit le réglage du cas."""
    monkeypatch.setenv("OBSERVATOIRE_CLE", str(tmp_path / "secret.cle"))
    services = tmp_path / "espace" / "data" / "services"
    services.mkdir(parents=True)
    (services / "essai.toml").write_text(cas.reglage, encoding="utf-8")
    return Espace.ouvrir(tmp_path / "espace")


def test_le_corpus_est_fourni() -> None:
    """L'énoncé demande au moins quarante fichiers difficiles."""
    assert len(CAS) >= 40


def test_lecture(cas: Cas, depose: Path) -> None:
    """Chaque fichier se lit avec ses lignes, ses mises de côté et ses remarques, ou se refuse avec un remède."""
    if cas.refus and cas.lu:
        with pytest.raises(ErreurObservatoire, match=cas.refus) as erreur:
            lire_tableau(depose, cas.attendues)
        assert cas.fichier in erreur.value.message and erreur.value.remede
        return
    tableau = lire_tableau(depose, cas.attendues)
    if cas.lignes is not None:
        assert tableau.donnees.height == cas.lignes
        assert tuple(tableau.hors_tableau["nature"]) == tuple(cas.hors_tableau)
    remarques = " ".join(tableau.remarques)
    for morceau in cas.dit:
        assert re.search(morceau, remarques), remarques


def test_import(cas: Cas, depose: Path, espace: Espace) -> None:
    """L'import compte ce qui est annoncé ; lues = gardées + fusionnées + rejetées, toujours."""
    if cas.refus:
        with pytest.raises(ErreurObservatoire, match=cas.refus):
            importer(espace, depose, "essai")
        assert not list(espace.racine.rglob("*.parquet")), "un fichier refusé ne range rien"
        return
    bilan = importer(espace, depose, "essai")
    assert bilan.lues == bilan.gardees + bilan.fusionnees + bilan.rejetees
    assert {compte: getattr(bilan, compte) for compte in cas.comptes} == dict(cas.comptes)
    if cas.motifs is not None:
        assert tuple(bilan.rejets["motif"]) == tuple(cas.motifs)
    if cas.verifier is not None:
        cas.verifier(bilan, espace)
