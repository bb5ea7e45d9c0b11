"""Les « ? » d'un réglage : où ils sont, ce qui n'en est pas, et les refus qui les nomment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.collecte.indecis import indecisions, refuser_brouillon, refuser_indecis
from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace
from observatoire.proposition.redaction import chaine


def trouver(texte: str) -> list[tuple[int, str]]:
    return [(i.ligne, i.cle) for i in indecisions(texte)]


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ('libelle = "?"\n', [(1, "libelle")]),
        ("libelle = '?'\n", [(1, "libelle")]),
        ('# libelle = "?"\nx = "a ?"\n', []),
        ('"?" = "NR"\n', []),
        ('"?" = "?"\n', [(1, "?")]),
        ('"Autre chose" = "?"  # « ? »\n', [(1, "Autre chose")]),
        ('\n\nconstantes = { moment = "?", a = "b" }\n', [(3, "moment")]),
        ('si = { "Type" = [\n "a",\n "?"] }\n', [(3, "Type")]),
        ('x = """\n"?"\n= "?"\n"""\ny = "?"\n', [(5, "y")]),
        ('x = "a # b"\nclé.b-c = "?"\n', [(2, "clé.b-c")]),
        ('x = "\\"?\\""\n', []),
    ],
)
def test_reconnaitre_les_indecisions(texte: str, attendu: list[tuple[int, str]]) -> None:
    assert trouver(texte) == attendu


@given(st.lists(st.tuples(st.text(min_size=1), st.one_of(st.just("?"), st.text())), max_size=8))
def test_aucun_texte_ne_trompe_le_compte(couples: list[tuple[str, str]]) -> None:
    """Quels que soient les textes, seules les valeurs « ? » sont comptées, chacune à sa ligne."""
    valides = [(c, v) for c, v in couples if not re.search(r"[\ud800-\udfff]", c + v)]
    texte = "\n".join(f"{chaine(c)} = {chaine(v)}  # {chaine(c)} ?" for c, v in valides)
    assert [i.ligne for i in indecisions(texte)] == [n for n, (_, v) in enumerate(valides, 1) if v == "?"]


def test_le_refus_nomme_les_lignes(tmp_path: Path) -> None:
    fichier = tmp_path / "essai.toml"
    fichier.write_text('libelle = "?"\nx = 1\n"Ville" = "?"\n', encoding="utf-8")
    with pytest.raises(ErreurDefinition, match=r"essai\.toml : 2 lignes .* ligne 1 \(libelle\), ligne 3 \(Ville\)\."):
        refuser_indecis(fichier)
    fichier.write_text("".join(f'c{i} = "?"\n' for i in range(30)), encoding="utf-8")
    with pytest.raises(ErreurDefinition, match=r"30 lignes .* ligne 12 \(c11\) et 18 autres\."):
        refuser_indecis(fichier)
    fichier.write_text('libelle = "Essai"\n', encoding="utf-8")
    refuser_indecis(fichier)
    refuser_indecis(tmp_path / "absent.toml")


def test_un_brouillon_ne_s_importe_pas(espace_neuf: Espace) -> None:
    """Tant que le service n'est qu'un brouillon, le refus dit quoi trancher, puis de le renommer."""
    brouillon = espace_neuf.dossier_services / "essai.brouillon.toml"
    brouillon.write_text('\nlibelle = "?"\n', encoding="utf-8")
    for identifiant in ("essai", "essai.brouillon"):
        with pytest.raises(ErreurDefinition, match=r"essai\.brouillon\.toml : une ligne .* ligne 2 \(libelle\)"):
            refuser_brouillon(espace_neuf, identifiant)
    brouillon.write_text('libelle = "Essai"\n', encoding="utf-8")
    with pytest.raises(ErreurDefinition, match="encore un brouillon") as erreur:
        refuser_brouillon(espace_neuf, "essai")
    assert "Renommez-le en essai.toml" in erreur.value.remede
    (espace_neuf.dossier_services / "essai.toml").write_text('libelle = "Essai"\n', encoding="utf-8")
    refuser_brouillon(espace_neuf, "essai")
    refuser_brouillon(espace_neuf, "inconnu")
    refuser_brouillon(espace_neuf, "../../etc")
