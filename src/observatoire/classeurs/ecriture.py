"""Écrire un classeur, dans le format que dit le nom du fichier."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from observatoire.classeurs.contenu import Classeur
from observatoire.classeurs.grille import Page, mettre_en_page
from observatoire.classeurs.lecture import empreinte_table
from observatoire.classeurs.ods import octets_ods
from observatoire.classeurs.xlsx import octets_xlsx
from observatoire.ecriture import remplacer_fichier
from observatoire.erreurs import ErreurFichier, ErreurParametre

_ECRIVAINS: dict[str, Callable[[Sequence[Page], str, str, str], bytes]] = {"xlsx": octets_xlsx, "ods": octets_ods}
FORMATS_FICHIER = tuple(_ECRIVAINS)


def ecrire_classeur(classeur: Classeur, table: pl.DataFrame, *cibles: Path) -> list[Path]:
    """Écrit le même classeur dans chaque fichier, d'un seul geste chacun ; rend les fichiers écrits.

    Entrées : `table`, les cellules protégées du document, aux colonnes du contrat ; `cibles`, des fichiers `.xlsx` ou
    `.ods`. Lève `ErreurParametre` pour une autre extension, `ErreurFichier` si un fichier ne peut pas être remplacé.
    """
    for cible in cibles:
        if cible.suffix.lstrip(".") not in FORMATS_FICHIER:
            raise ErreurParametre(
                f"{cible.name} : « {cible.suffix} » n'est pas un format de classeur.",
                f"Formats : {', '.join(FORMATS_FICHIER)}.",
            )
    pages = mettre_en_page(classeur, table, empreinte_table(table))
    titre = f"{classeur.surtitre} : {classeur.titre}"
    for cible in cibles:
        ecrire = _ECRIVAINS[cible.suffix.lstrip(".")]
        octets = ecrire(pages, titre, classeur.lieu, classeur.avertissement)
        try:
            remplacer_fichier(cible, octets)
        except OSError as erreur:
            raise ErreurFichier(
                f"{cible} : ce fichier ne peut pas être remplacé.", "Fermez-le dans le tableur, puis relancez."
            ) from erreur
    return list(cibles)
