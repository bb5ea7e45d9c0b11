"""Les pages engendrées sont à jour et leurs liens mènent quelque part."""

from __future__ import annotations

import re
from pathlib import Path

from observatoire.documentation import FICHIER, dictionnaire, ecrire_dictionnaire
from observatoire.modele import TABLES
from tests.maison.fichiers import RACINE, textes_du_projet


def test_le_dictionnaire_est_a_jour() -> None:
    """docs/dictionnaire.md est ce que le modèle dit aujourd'hui."""
    attendu = dictionnaire()
    assert (RACINE / FICHIER).read_text(encoding="utf-8") == attendu, "lancez « make dictionnaire »"


def test_le_dictionnaire_dit_tout_le_modele() -> None:
    """Chaque table, chaque colonne, et un titre par lien interne."""
    texte = dictionnaire()
    titres = re.findall(r"^### (\S+)$", texte, flags=re.M)
    assert len(titres) == len(set(titres))
    assert set(TABLES) <= set(titres)
    liens = set(re.findall(r"\]\(#(\w+)\)", texte))
    assert len(liens) > 30
    assert liens <= set(titres)
    for table in TABLES.values():
        section = texte.split(f"### {table.nom}\n")[1].split("\n### ")[0]
        for colonne in table.colonnes:
            assert f"| `{colonne}` |" in section, f"{table.nom}.{colonne}"


def test_ecrire_deux_fois_ne_change_rien(tmp_path: Path) -> None:
    """La deuxième écriture voit que la page est à jour."""
    page = tmp_path / "docs" / "dictionnaire.md"
    assert ecrire_dictionnaire(page)
    assert not ecrire_dictionnaire(page)


def test_chaque_cible_du_makefile_est_expliquee() -> None:
    """Une cible publique sans explication n'apparaîtrait pas dans « make aide »."""
    makefile = (RACINE / "Makefile").read_text(encoding="utf-8")
    publiques = re.search(r"^\.PHONY: (.*)$", makefile, flags=re.M).group(1).split()
    expliquees = re.findall(r"^([a-z]+):.*## \S", makefile, flags=re.M)
    assert len(publiques) > 5
    assert sorted(publiques) == sorted(expliquees)


def test_les_liens_des_pages_menent_quelque_part() -> None:
    """Un lien relatif d'une page Markdown désigne un fichier ou un dossier du projet."""
    liens = 0
    for nom, texte in textes_du_projet().items():
        if not nom.endswith(".md"):
            continue
        for cible in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", texte):
            liens += 1
            assert (RACINE / nom).parent.joinpath(cible).exists(), f"{nom} → {cible}"
    assert liens > 10
