"""Ce que rend la lecture d'un fichier : un aperçu brut, puis un tableau à colonnes nommées."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from observatoire.erreurs import ErreurFichier, suggestion
from observatoire.nettoyage.texte import normaliser

LIGNE = "_ligne"  # numéro de la ligne dans le fichier source, à partir de 1


@dataclass(frozen=True)
class Apercu:
    """Les premières lignes d'un fichier ou d'une feuille, avec leur numéro dans la source."""

    feuille: str
    lignes: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Tableau:
    """Un tableau lu : toutes les cellules en texte, et la ligne de la source dans `_ligne`.

    `fichier` est le nom affiché ; `feuille` est vide hors classeur ; `ligne_entete` la ligne de l'en-tête.
    """

    fichier: str
    feuille: str
    ligne_entete: int
    donnees: pl.DataFrame

    @property
    def colonnes(self) -> list[str]:
        return [c for c in self.donnees.columns if c != LIGNE]

    @property
    def colonnes_remplies(self) -> list[str]:
        """Les colonnes qui ont au moins une cellule."""
        return [c for c in self.colonnes if self.donnees[c].null_count() < self.donnees.height]

    @property
    def lieu(self) -> str:
        """Le fichier et la feuille, comme on les nomme dans un message."""
        return f"{self.fichier}, feuille « {self.feuille} »" if self.feuille else self.fichier

    @cached_property
    def _par_cle(self) -> dict[str, str]:
        trouvees: dict[str, str] = {}
        for nom in self.colonnes:
            trouvees.setdefault(normaliser(nom), nom)
        return trouvees

    def colonne(self, entete: str) -> str | None:
        """Le nom exact de la colonne dont l'en-tête s'écrit à peu près comme `entete`, ou None."""
        return entete if entete in self.donnees.columns else self._par_cle.get(normaliser(entete))

    def exiger(self, entete: str) -> str:
        """Comme `colonne`, mais lève `ErreurFichier` avec le fichier, la colonne et la plus proche."""
        trouvee = self.colonne(entete)
        if trouvee is None:
            raise ErreurFichier(
                f"{self.lieu} : colonne « {entete} » introuvable (en-tête lu ligne {self.ligne_entete}).",
                f"{suggestion(entete, self.colonnes)} Colonnes lues : {', '.join(self.colonnes)}.".strip(),
            )
        return trouvee


def nommer_colonnes(entete: tuple[str | None, ...], largeur: int) -> list[str]:
    """Noms uniques des colonnes : un en-tête vide devient « colonne N », un doublon prend un numéro."""
    noms: list[str] = []
    for rang in range(largeur):
        brut = entete[rang] if rang < len(entete) else None
        nom = " ".join((brut or "").split()) or f"colonne {rang + 1}"
        base, suite = nom, 2
        while nom in noms or nom == LIGNE:
            nom, suite = f"{base} ({suite})", suite + 1
        noms.append(nom)
    return noms


def sans_lignes_vides(donnees: pl.DataFrame) -> pl.DataFrame:
    """Retire les lignes dont toutes les cellules sont vides : elles ne sont pas des lignes lues."""
    restantes = pl.Series("vide", [True]).new_from_index(0, donnees.height)
    for nom in donnees.columns:
        if nom == LIGNE:
            continue
        if not restantes.any():
            return donnees
        restantes = restantes & (donnees[nom].is_null() | (donnees[nom].str.strip_chars() == ""))
    return donnees.filter(~restantes) if restantes.any() else donnees
