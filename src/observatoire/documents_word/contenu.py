"""Ce qu'un document Word contient, avant d'être écrit : titres, paragraphes, tableaux, images, zones à remplir."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Morceau:
    """Un bout de texte d'une même allure. `lien` : l'ancre où il mène.

    Un signe de légende a une `couleur` de fond, parfois hachurée d'une autre (`hachures`), ou une `encre`.
    """

    texte: str
    gras: bool = False
    italique: bool = False
    lien: str = ""
    couleur: str = ""
    hachures: str = ""
    encre: str = ""


Texte: TypeAlias = tuple[Morceau, ...]


@dataclass(frozen=True)
class Titre:
    """Un titre de niveau 1 à 3, et l'ancre que la page lui donne."""

    texte: Texte
    niveau: int
    ancre: str = ""


@dataclass(frozen=True)
class Paragraphe:
    """Un paragraphe et le nom de son style ; `suite` : le numéro de la liste numérotée à laquelle il appartient."""

    texte: Texte
    style: str = "Normal"
    ancre: str = ""
    suite: int = 0


@dataclass(frozen=True)
class Case:
    """Une case de tableau, éventuellement étendue à plusieurs colonnes ou rangées."""

    texte: Texte
    colonnes: int = 1
    rangees: int = 1
    entete: bool = False
    nombre: bool = False


Rangee: TypeAlias = tuple[Case, ...]


@dataclass(frozen=True)
class Tableau:
    """Un tableau : sa légende, ses rangées d'en-tête (répétées à chaque page), son corps et ses totaux."""

    legende: str
    entetes: tuple[Rangee, ...]
    corps: tuple[Rangee, ...]
    totaux: tuple[Rangee, ...] = ()

    @property
    def rangees(self) -> tuple[Rangee, ...]:
        return (*self.entetes, *self.corps, *self.totaux)


@dataclass(frozen=True)
class Image:
    """Un graphique (SVG), sa légende, et sa description, lue à la place de l'image par qui ne la voit pas.

    `couleurs` : le sens des couleurs, écrit au-dessus de l'image.
    """

    svg: str
    legende: str
    description: str
    couleurs: Texte = ()


@dataclass(frozen=True)
class Tuile:
    """Un chiffre clé : sa valeur, son unité, ce qu'il compte, son évolution."""

    valeur: str
    unite: str
    quoi: str
    tendance: str = ""


@dataclass(frozen=True)
class Tuiles:
    """Des chiffres clés, côte à côte."""

    tuiles: tuple[Tuile, ...]


@dataclass(frozen=True)
class Zone:
    """L'endroit où la fédération écrit : une ancre stable et le titre de la partie commentée."""

    ancre: str
    titre: str


Element: TypeAlias = Titre | Paragraphe | Tableau | Image | Tuiles | Zone


@dataclass(frozen=True)
class Contenu:
    """Un document prêt à écrire. `corps` n'a que des agrégats protégés : il vient de la page publiée."""

    titre: str
    surtitre: str
    lieu: str
    presentation: str
    fiche: tuple[str, ...]
    avertissement: str
    corps: tuple[Element, ...] = field(default=())


def brut(texte: Texte) -> str:
    """Le texte sans son allure."""
    return "".join(m.texte for m in texte)


def simple(texte: str, gras: bool = False, italique: bool = False) -> Texte:
    """Un texte d'un seul morceau."""
    return (Morceau(texte, gras, italique),) if texte else ()
