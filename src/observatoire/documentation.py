"""Le dictionnaire des données, engendré à partir du modèle : il ne peut pas s'en écarter."""

from __future__ import annotations

import sys
from pathlib import Path

from observatoire.espace import Espace, racine_gabarit
from observatoire.modele import TABLES, Colonne, Table
from observatoire.nomenclatures import Nomenclature, lire_nomenclature

FICHIER = "docs/dictionnaire.md"

_ENTETE = """\
# Dictionnaire des données

Page engendrée par `make dictionnaire` à partir de `src/observatoire/modele.py` et de `data/nomenclatures/` :
ne la modifiez pas à la main.

Un dossier de fichiers nommés `<table>.csv`, `<table>.xlsx` ou `<table>.parquet`, avec ces colonnes, s'importe sans
aucun réglage. Un intervalle va du jour de début, compté, au jour de fin, non compté ; une fin vide veut dire « en
cours ». Un montant vide n'est jamais zéro. L'entrepôt ajoute à chaque ligne sa provenance : `_fichier` et `_ligne`.

Colonne **obl.** : « oui » si une ligne sans cette valeur est rejetée à l'import. **Désigne** : la table et la
colonne visées.
"""


def dictionnaire() -> str:
    """Le dictionnaire des données, en Markdown.

    Pour chaque table : ce qu'est une ligne, sa clé, ses colonnes (type, vocabulaire, unité, obligation,
    table désignée) ; puis chaque vocabulaire avec ses modalités. Lève `ErreurParametre` si le modèle
    nomme un vocabulaire qui n'existe pas. Source : `modele.py` et les vocabulaires livrés.
    """
    livre = Espace(racine_gabarit())
    parties = [_ENTETE, "## Tables\n", *(_table(t) for t in TABLES.values()), "## Vocabulaires\n"]
    parties.extend(_vocabulaire(lire_nomenclature(livre, nom), tables) for nom, tables in _emplois().items())
    return "\n".join(parties)


def _table(table: Table) -> str:
    lignes = [
        f"### {table.nom}\n",
        f"{table.description} Clé : {_codes(table.cle)}.\n",
        "| colonne | ce que c'est | type | vocabulaire | unité | obl. | désigne |",
        "|---|---|---|---|---|---|---|",
        *(_colonne(c) for c in table.colonnes.values()),
    ]
    return "\n".join(lignes) + "\n"


def _colonne(colonne: Colonne) -> str:
    variable = colonne.variable
    vocabulaire = f"[{variable.nomenclature}](#{variable.nomenclature})" if variable.nomenclature else ""
    cases = (
        f"`{colonne.nom}`",
        variable.description,
        variable.type.value,
        vocabulaire,
        variable.unite,
        "oui" if colonne.obligatoire else "",
        f"`{colonne.reference}`" if colonne.reference else "",
    )
    return _ligne(cases)


def _emplois() -> dict[str, list[str]]:
    """Vocabulaire → colonnes (« table.colonne ») qui l'emploient, par ordre alphabétique des vocabulaires."""
    emplois: dict[str, list[str]] = {}
    for table in TABLES.values():
        for colonne in table.colonnes.values():
            if colonne.variable.nomenclature:
                emplois.setdefault(colonne.variable.nomenclature, []).append(f"{table.nom}.{colonne.nom}")
    return dict(sorted(emplois.items()))


def _vocabulaire(liste: Nomenclature, emplois: list[str]) -> str:
    modalites = liste.modalites.select("code", "libelle", "regroupement").fill_null("")
    lignes = [
        f"### {liste.nom}\n",
        f"Employé par {_codes(emplois)}.\n",
        "| code | libellé | regroupement |",
        "|---|---|---|",
        *(_ligne((f"`{code}`", libelle, groupe)) for code, libelle, groupe in modalites.iter_rows()),
    ]
    return "\n".join(lignes) + "\n"


def _ligne(cases: tuple[str, ...]) -> str:
    return "| " + " | ".join(case.replace("|", "\\|") for case in cases) + " |"


def _codes(noms: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{nom}`" for nom in noms)


def ecrire_dictionnaire(fichier: Path) -> bool:
    """Écrit le dictionnaire dans `fichier` ; rend vrai si son contenu a changé."""
    texte = dictionnaire()
    if fichier.is_file() and fichier.read_text(encoding="utf-8") == texte:
        return False
    fichier.parent.mkdir(parents=True, exist_ok=True)
    fichier.write_text(texte, encoding="utf-8")
    return True


if __name__ == "__main__":
    cible = Path(sys.argv[1] if len(sys.argv) > 1 else FICHIER)
    print(f"{cible} : {'réécrit' if ecrire_dictionnaire(cible) else 'déjà à jour'}")
