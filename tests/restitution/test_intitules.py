"""Un service qui a ses mots les voit imprimés : titre de la colonne et modalités."""

from __future__ import annotations

import pytest

from observatoire.campagne.donnees import preparer_rapport
from observatoire.restitution.tableaux import tableau


def tableau_de(espace, service: str, titre: str) -> str:
    sections = preparer_rapport(espace, service, 2022, "interne").sections
    bloc = next(b for s in sections for b in s.blocs if b.titre == titre)
    return str(tableau(bloc))


@pytest.mark.parametrize(
    ("service", "modalites"), [("tremplins_majeurs", ("Femme", "Homme")), ("tremplins_mineurs", ("Fille", "Garçon"))]
)
def test_s_identifie_comme(espace_complet, service, modalites):
    html = tableau_de(espace_complet, service, "Accueillis : s'identifie comme").replace("&#39;", "'")
    assert ">S'identifie comme</th>" in html
    assert ">Genre</th>" not in html
    for modalite in modalites:
        assert modalite in html
