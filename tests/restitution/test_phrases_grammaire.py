"""Toute phrase générée, pour chaque indicateur du catalogue et des cellules quelconques, est du français."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observatoire.restitution import phrases
from tests.restitution import fabrique_phrases
from tests.restitution.grammaire import fautes, fautes_de_phrase

DEFINITIONS = fabrique_phrases.definitions()
FAMILLES = sorted({d.forme for d in DEFINITIONS})


def controler(bloc) -> list[str]:
    libelles = (*fabrique_phrases.MODALITES, bloc.titre, *(d.libelle for d in bloc.definitions))
    trouvees = fautes_de_phrase(phrases.phrase(bloc), *libelles)
    trouvees += fautes_de_phrase(phrases.description(bloc), *libelles)
    titre = phrases.constat(bloc)
    trouvees += fautes(titre, *libelles) + (["titre à point final"] if titre.endswith(".") else [])
    return trouvees


@pytest.mark.parametrize("forme", FAMILLES)
def test_les_phrases_de_chaque_forme_sont_du_francais(forme):
    siennes = [d for d in DEFINITIONS if d.forme == forme]

    @settings(max_examples=40 + 3 * len(siennes), deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.sampled_from(siennes).flatmap(fabrique_phrases.blocs))
    def verifier(bloc):
        assert not controler(bloc), (phrases.phrase(bloc), phrases.constat(bloc), phrases.description(bloc))

    verifier()


@pytest.mark.parametrize(
    "texte",
    [
        "25 ménage.",
        "1 ménages.",
        "0 demandes.",
        "aucun demande.",
        "un seul ménages.",
        "plus de un ménage.",
        "un dossier (s).",
        "soit 12.5.",
        "deux  espaces.",
        "Base : 12.",
        "None.",
        "2 des 2 réponses connues.",
        "« A »  ; ; « B ».",
        "de les ménages.",
    ],
)
def test_le_controle_voit_les_fautes(texte):
    """Sans quoi les tests d'au-dessus ne pourraient pas échouer."""
    assert fautes(texte)


def test_le_controle_laisse_passer_le_francais():
    nb = "\u00a0"
    assert not fautes_de_phrase(f"«{nb}A{nb}» vient en tête{nb}: 1{nb}ménage sur 25, soit 4{nb}%.")
    assert fautes_de_phrase("sans capitale.") and fautes_de_phrase("Sans point")
