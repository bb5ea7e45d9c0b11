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


def test_le_word_d_un_cahier_deja_rempli_est_repris_avant_d_etre_recrit(espace_jetable, monkeypatch):
    """Un texte neuf est gardé une fois ; le même, relu au rendu suivant, ne se garde pas deux fois."""
    from observatoire import documents_word
    from observatoire.documents_word.reprise import Reprise

    class Texte:
        def __init__(self, texte: str) -> None:
            self.texte = texte

    fichier = espace_jetable.rapports / "cahier_52.docx"
    fichier.parent.mkdir(parents=True, exist_ok=True)
    fichier.write_bytes(b"docx")
    identite = {"service": "cahier_52", "annee": 2022, "diffusion": "interne"}
    garde = documents_word.fichier_conserve(espace_jetable, documents_word.Identite("cahier_52", 2022, "interne"))
    gardes: list[str] = []

    def conserver(_espace, source, _qui):
        garde.parent.mkdir(parents=True, exist_ok=True)
        garde.write_bytes(source.read_bytes())
        gardes.append(source.name)
        return garde, ["gardé"]

    monkeypatch.setattr(documents_word, "reprendre", lambda _f: Reprise(commentaires={"a": Texte("Texte")}))
    monkeypatch.setattr(documents_word, "conserver", conserver)
    assert formats.reprendre_sur_place(espace_jetable, fichier, identite) == ["gardé"]
    assert formats.reprendre_sur_place(espace_jetable, fichier, identite) == []
    assert gardes == ["cahier_52.docx"]
