"""Ce que rend la lecture d'un fichier : un aperçu brut, puis un tableau à colonnes nommées."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from observatoire.erreurs import ErreurFichier, suggestion
from observatoire.nettoyage.texte import normaliser

LIGNE = "_ligne"  # numéro de la ligne dans le fichier source, à partir de 1
HORS_TABLEAU: dict[str, Any] = {"ligne": pl.Int64, "nature": pl.String, "contenu": pl.String}
CELLULE_MAXIMALE = 1_000_000  # caractères ; au-delà, ce n'est plus une cellule mais un fichier avalé
JAMAIS_CALCULEE = "#NON CALCULÉ!"  # une formule que rien n'a jamais calculée : sa valeur est inconnue
ERREURS_DE_CELLULE = (
    "#N/A",
    "#REF!",
    "#DIV/0!",
    "#VALEUR!",
    "#VALUE!",
    "#NOM?",
    "#NAME?",
    "#NOMBRE!",
    "#NUM!",
    "#NUL!",
    "#NULL!",
    "#ERREUR!",
    JAMAIS_CALCULEE,
)
_ENTRE_NIVEAUX = " – "


@dataclass(frozen=True)
class Apercu:
    """Les premières lignes d'un fichier ou d'une feuille, avec leur numéro dans la source."""

    feuille: str
    lignes: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Tableau:
    """Un tableau lu : toutes les cellules en texte, et la ligne de la source dans `_ligne`.

    `fichier` est le nom affiché ; `feuille` est vide hors classeur ; `ligne_entete` la ligne de l'en-tête.
    `hors_tableau` : les lignes mises de côté (ligne, nature, contenu), jamais importées ; avec `donnees`,
    elles font toutes les lignes non vides sous l'en-tête. `date_1904` : les numéros de jour partent de 1904.
    `remarques` : ce que le lecteur doit savoir de cette lecture, en phrases.
    """

    fichier: str
    feuille: str
    ligne_entete: int
    donnees: pl.DataFrame
    hors_tableau: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=HORS_TABLEAU))
    date_1904: bool = False
    remarques: tuple[str, ...] = ()

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

    @cached_property
    def _par_libelle(self) -> dict[str, list[str]]:
        """Sous un en-tête à deux niveaux, les colonnes de chaque libellé du niveau bas."""
        trouvees: dict[str, list[str]] = {}
        for nom in self.colonnes:
            if _ENTRE_NIVEAUX in nom:
                trouvees.setdefault(normaliser(nom.split(_ENTRE_NIVEAUX, 1)[1]), []).append(nom)
        return trouvees

    def colonne(self, entete: str) -> str | None:
        """Le nom exact de la colonne dont l'en-tête s'écrit à peu près comme `entete`, ou None.

        Sous un en-tête à deux niveaux (« Sortie – Date »), le niveau bas suffit s'il est seul de son nom ;
        lève `ErreurFichier` s'il ne l'est pas.
        """
        exacte = entete if entete in self.donnees.columns else self._par_cle.get(normaliser(entete))
        if exacte is not None:
            return exacte
        possibles = self._par_libelle.get(normaliser(entete), [])
        if len(possibles) > 1:
            raise ErreurFichier(
                f"{self.lieu} : plusieurs colonnes s'appellent « {entete} » : "
                f"{', '.join(f'« {p} »' for p in possibles)}.",
                "Écrivez le nom entier dans la correspondance, groupe compris.",
            )
        return possibles[0] if possibles else None

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


def nommer_niveaux(groupe: str, libelle: str) -> str:
    """Le nom d'une colonne sous un en-tête à deux niveaux : « Sortie – Date », ou le seul niveau rempli."""
    groupe, libelle = " ".join(groupe.split()), " ".join(libelle.split())
    if not groupe or not libelle or normaliser(groupe) == normaliser(libelle):
        return libelle or groupe
    return f"{groupe}{_ENTRE_NIVEAUX}{libelle}"


def cellule_en_erreur(texte: pl.Expr) -> pl.Expr:
    """Vrai pour une cellule qui porte une erreur de tableur (#N/A, #REF!…) ou une formule jamais calculée."""
    return texte.str.strip_chars().str.to_uppercase().is_in(ERREURS_DE_CELLULE).fill_null(False)


def refuser_cellules_demesurees(donnees: pl.DataFrame, lieu: str) -> None:
    """Lève `ErreurFichier`, avec la ligne et la colonne, si une cellule dépasse `CELLULE_MAXIMALE`."""
    for nom in donnees.columns:
        if nom == LIGNE or (donnees[nom].str.len_bytes().max() or 0) <= CELLULE_MAXIMALE:
            continue
        trop = donnees.filter(pl.col(nom).str.len_bytes() > CELLULE_MAXIMALE)
        raise ErreurFichier(
            f"{lieu}, ligne {trop[LIGNE][0]} : une cellule dépasse {CELLULE_MAXIMALE} caractères.",
            "Un guillemet ouvert n'est sans doute jamais refermé : corrigez cette ligne.",
        )


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
