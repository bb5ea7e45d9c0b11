"""Chaque chiffre imprimé des cinq documents est suivi une fois, et le README dit le compte."""

from __future__ import annotations

import pytest

from tests.reference.bilan import DOCUMENTS, README, comptes, ecrire_readme, lire_readme, suivies, tableau, transcrites
from tests.reference.lecture import ICI, IMPRIMES, STATUTS


def test_chaque_transcription_est_un_document():
    assert {f.stem for f in (ICI / "publie").glob("*.csv")} == set(DOCUMENTS)
    assert {ligne["document"] for lignes in IMPRIMES.values() for ligne in lignes} <= set(DOCUMENTS)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_chaque_ligne_transcrite_est_suivie_une_fois(document):
    """Ni oubliée, ni suivie deux fois, ni changée de valeur en la recopiant."""
    source, suivi = transcrites(document), suivies(document)
    assert max(source.values()) == 1
    oubliees = [ligne for ligne in source if ligne not in suivi]
    assert not oubliees, f"{len(oubliees)} lignes de {document} ne sont pas suivies : {oubliees[:5]}"
    en_trop = [ligne for ligne, fois in suivi.items() if fois != source[ligne]]
    assert not en_trop, f"{len(en_trop)} lignes en trop pour {document} : {en_trop[:5]}"
    assert sum(suivi.values()) == sum(source.values())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_les_statuts_font_le_total(document):
    par_statut = comptes(document)
    assert tuple(par_statut) == STATUTS
    assert sum(par_statut.values()) == sum(suivies(document).values())


def test_le_readme_imprime_le_compte():
    attendu = tableau()
    assert lire_readme(README.read_text(encoding="utf-8")) == attendu, "lancez « python -m tests.reference.bilan »"
    assert attendu.count("\n") == len(DOCUMENTS) + 2


def test_le_tableau_s_ecrit_entre_ses_reperes(tmp_path):
    fichier = tmp_path / "README.md"
    fichier.write_text("avant\n<!-- bilan:debut -->\nvieux\n<!-- bilan:fin -->\naprès\n", encoding="utf-8")
    assert ecrire_readme(fichier) and not ecrire_readme(fichier)
    texte = fichier.read_text(encoding="utf-8")
    assert texte.startswith("avant\n") and texte.endswith("\naprès\n") and "vieux" not in texte
    assert lire_readme(texte) == tableau()


@pytest.mark.parametrize("texte", ["rien", "<!-- bilan:debut -->", "<!-- bilan:fin --><!-- bilan:debut -->"])
def test_un_readme_sans_reperes_se_dit(texte):
    with pytest.raises(ValueError, match="README"):
        lire_readme(texte)
