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


def test_un_format_deja_la_est_refait_avec_la_page(espace_jetable):
    """Excel d'abord, ODS ensuite : l'Excel suit, de la même table protégée ; un rapport bloqué n'en garde aucun."""
    from observatoire.classeurs.lecture import lire_classeur

    (rendu,) = executer.rendre(espace_jetable, [("ltiae", 2022)], "public", formats=("html", "xlsx"))
    classeur = rendu.html.with_suffix(".xlsx")
    classeur.write_bytes(b"perime")
    (rendu,) = executer.rendre(espace_jetable, [("ltiae", 2022)], "public", formats=("html", "ods"))
    assert {f.suffix for f in rendu.html.parent.glob("ltiae.*")} == {".html", ".ipynb", ".csv", ".xlsx", ".ods"}
    lignes = len(rendu.table.read_text(encoding="utf-8").splitlines()) - 1
    assert lire_classeur(classeur).height == lire_classeur(classeur.with_suffix(".ods")).height == lignes
