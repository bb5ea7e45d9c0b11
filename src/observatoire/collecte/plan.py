"""Ce qu'un classeur dit de lui-même, hors valeurs : masqué, fusionné, jamais calculé, calendrier, étendue.

Lu avant d'ouvrir le classeur, pour refuser ce qui occuperait une mémoire démesurée.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from observatoire.collecte.entete import Fusion
from observatoire.erreurs import ErreurFichier

CELLULES_MAXIMALES = 20_000_000  # rectangle qui contient toutes les cellules d’une feuille : environ 1 Go
TEXTE_MAXIMAL = 1024**3  # octets de texte d'une feuille, les textes partagés comptés à chaque emploi
REMEDE_TROP_GRAND = "Supprimez ce qui est loin du tableau, ou enregistrez la feuille en CSV, puis réimportez."


@dataclass
class Feuille:
    """Une feuille, lignes et colonnes numérotées de 1. `lignes_masquees` : couples (première, dernière).

    `jamais_calculees` : les cellules (ligne, colonne) dont la formule n'a pas de valeur enregistrée.
    """

    nom: str
    visible: bool = True
    colonnes_masquees: set[int] = field(default_factory=set)
    lignes_masquees: list[tuple[int, int]] = field(default_factory=list)
    fusions: list[Fusion] = field(default_factory=list)
    jamais_calculees: list[tuple[int, int]] = field(default_factory=list)
    derniere_ligne: int = 0
    derniere_colonne: int = 0

    def etendre(self, ligne: int, colonne: int) -> None:
        self.derniere_ligne = max(self.derniere_ligne, ligne)
        self.derniere_colonne = max(self.derniere_colonne, colonne)


@dataclass(frozen=True)
class Plan:
    """Un classeur : ses feuilles par nom, et le calendrier de ses numéros de jour."""

    feuilles: Mapping[str, Feuille]
    date_1904: bool = False

    def feuille(self, nom: str) -> Feuille:
        return self.feuilles.get(nom) or Feuille(nom)


def refuser_etendue(nom: str, feuille: Feuille) -> None:
    """Lève `ErreurFichier` si une feuille s'étend si loin que l'ouvrir remplirait la mémoire."""
    cellules = feuille.derniere_ligne * feuille.derniere_colonne
    if cellules > CELLULES_MAXIMALES:
        raise ErreurFichier(
            f"{nom}, feuille « {feuille.nom} » : elle s'étend jusqu'à la ligne {feuille.derniere_ligne} et la "
            f"colonne {lettres(feuille.derniere_colonne)}, {cellules // 1_000_000} millions de cellules.",
            REMEDE_TROP_GRAND,
        )


def lettres(colonne: int) -> str:
    """Le nom d'une colonne de tableur : 1 donne « A », 28 donne « AB »."""
    nom = ""
    while colonne:
        colonne, reste = divmod(colonne - 1, 26)
        nom = chr(65 + reste) + nom
    return nom


def numero(nom: str) -> int:
    """Le numéro d'une colonne de tableur : « A » donne 1, « AB » donne 28."""
    valeur = 0
    for lettre in nom:
        valeur = valeur * 26 + ord(lettre) - 64
    return valeur
