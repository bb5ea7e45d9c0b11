"""Les formats d'un document : ceux qu'on demande sont écrits, les autres ne survivent pas au rendu."""

from __future__ import annotations

import pytest

from observatoire.campagne import executer, formats
from observatoire.erreurs import ErreurParametre


def test_les_formats_se_lisent_avec_ou_sans_virgules():
    assert formats.lire_formats(["docx, XLSX", "pdf"]) == ("html", "xlsx", "docx", "pdf")
    assert formats.lire_formats([]) == ("html",)
    with pytest.raises(ErreurParametre, match="docx"):
        formats.lire_formats(["dcox"])


def test_un_format_qu_on_ne_demande_plus_ne_contredit_pas_la_page(espace_jetable):
    """Excel et Word à la première fois, ODS à la seconde : il ne reste que l'ODS, de la même table protégée."""
    from observatoire.classeurs.lecture import lire_classeur

    (rendu,) = executer.rendre(espace_jetable, [("ltiae", 2022)], "public", formats=("html", "xlsx", "docx"))
    assert rendu.etat in ("publie", "partiel")
    assert {f.suffix for f in rendu.html.parent.glob("ltiae.*")} == {".html", ".ipynb", ".csv", ".xlsx", ".docx"}
    (rendu,) = executer.rendre(espace_jetable, [("ltiae", 2022)], "public", formats=("html", "ods"))
    assert {f.suffix for f in rendu.html.parent.glob("ltiae.*")} == {".html", ".ipynb", ".csv", ".ods"}
    table = lire_classeur(rendu.html.with_suffix(".ods"))
    assert table.height == len(rendu.table.read_text(encoding="utf-8").splitlines()) - 1
