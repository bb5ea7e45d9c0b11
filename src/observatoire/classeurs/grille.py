"""La mise en page d'un classeur, la même pour tous les formats : des pages de cases, chacune avec son style.

Conventions du service statistique public britannique pour des classeurs accessibles : une couverture, un sommaire, des
notes, un tableau par feuille, le titre en A1, une seule ligne d'en-tête, aucune fusion dans un tableau.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from observatoire.campagne.donnees_types import COLONNES_CONTRAT
from observatoire.classeurs.blocs import MARQUE_SANS_PART, SANS_PART
from observatoire.classeurs.contenu import Cellule, Classeur, Feuille, Nombre
from observatoire.classeurs.formats import afficher
from observatoire.classeurs.styles import STYLES
from observatoire.entrepot import FORMULE
from observatoire.restitution import locale
from observatoire.restitution.etats import PAR_POIDS, etat

COUVERTURE, SOMMAIRE, NOTES, DEFINITIONS, DONNEES = "Couverture", "Sommaire", "Notes", "Définitions", "Données"
EMPREINTE_TABLE, NOMBRE_CELLULES = "Empreinte de la table", "Nombre de cellules"
LARGEUR_LIBELLE, LARGEUR_TEXTE, LARGEUR_NOMBRE, LARGEUR_PAGE = 46, 52, 12, 96
_INTERLIGNE = 15.0  # points, en Arial 11
_MARQUES = frozenset({MARQUE_SANS_PART, *(etat(e).marque for e in (*PAR_POIDS, "rupture", "absente"))})


class Case(NamedTuple):
    """Une case : sa valeur, son style (voir `STYLES`), la feuille où elle mène."""

    valeur: Cellule
    style: str = "texte"
    lien: str = ""


class Rangee(NamedTuple):
    """Une rangée ; `etendue` : sa seule case se lit sur toute la largeur ; `hauteur` en points si elle est imposée."""

    cases: tuple[Case, ...]
    etendue: bool = False
    hauteur: float | None = None


@dataclass
class Page:
    """Une feuille prête à écrire. `entete` : rang de la ligne d'en-tête du tableau ; `nom_table` : le sien."""

    nom: str
    largeurs: list[float]
    rangees: list[Rangee] = field(default_factory=list)
    entete: int | None = None
    nom_table: str = ""
    filtrable: bool = False

    @property
    def paysage(self) -> bool:
        return sum(self.largeurs) > LARGEUR_PAGE

    @property
    def portee(self) -> int:
        """Combien de colonnes tient une phrase écrite sur toute la largeur."""
        total = 0.0
        for rang, largeur in enumerate(self.largeurs, 1):
            total += largeur
            if total >= LARGEUR_PAGE:
                return rang
        return len(self.largeurs)

    def __post_init__(self) -> None:
        # Des colonnes vides à droite d'un tableau étroit : ses phrases tiennent la largeur de la page.
        while sum(self.largeurs) < LARGEUR_PAGE:
            self.largeurs.append(min(LARGEUR_NOMBRE, LARGEUR_PAGE - sum(self.largeurs)))

    def phrase(self, texte: str, style: str = "texte", lien: str = "") -> None:
        """Ajoute une phrase sur toute la largeur, à la hauteur qu'il lui faut."""
        largeur = sum(self.largeurs[: self.portee])
        grand = {"titre": 1.5, "surtitre": 1.1}.get(style, 1.0)
        lignes = len(textwrap.wrap(texte, max(10, int(largeur / grand)))) or 1
        hauteur = _INTERLIGNE * grand * lignes + 3
        self.rangees.append(Rangee((Case(texte, style, lien),), True, hauteur))

    def tableau(self, colonnes: Sequence[str], rangees: Iterable[Sequence[Case]], nombres: Sequence[bool]) -> None:
        """Ajoute un tableau : ses en-têtes, alignés sur leurs colonnes, puis ses rangées."""
        self.entete = len(self.rangees)
        titres = [Case(c, "entete_nombre" if n else "entete") for c, n in zip(colonnes, nombres, strict=True)]
        lignes = max(_lignes(c, largeur) for c, largeur in zip(colonnes, self.largeurs, strict=False))
        self.rangees.append(Rangee(tuple(titres), hauteur=_INTERLIGNE * lignes + 6))
        self.rangees += [Rangee(tuple(map(_inerte, r)), hauteur=self._hauteur(r)) for r in rangees]

    def _hauteur(self, cases: Sequence[Case]) -> float | None:
        """La hauteur d'une rangée dont un texte tient sur plusieurs lignes ; celle du tableur sinon."""
        lignes = max(
            _lignes(c.valeur, largeur + 1) if isinstance(c.valeur, str) and STYLES[c.style].renvoi else 1
            for c, largeur in zip(cases, self.largeurs, strict=False)
        )
        return _INTERLIGNE * lignes + 2 if lignes > 1 else None


def _inerte(case: Case) -> Case:
    """La même case, où un texte qu'un tableur calculerait une fois recopié reçoit une apostrophe."""
    calculable = isinstance(case.valeur, str) and re.match(FORMULE, case.valeur)
    return case._replace(valeur=f"'{case.valeur}") if calculable else case


def _lignes(texte: str, largeur: float) -> int:
    return len(textwrap.wrap(texte, max(4, int(largeur) - 3))) or 1


def mettre_en_page(classeur: Classeur, table: pl.DataFrame, empreinte: str) -> list[Page]:
    """Toutes les feuilles d'un classeur, dans l'ordre. `table` : les cellules protégées, aux colonnes du contrat."""
    tableaux = [_tableau(rang, feuille) for rang, feuille in enumerate(classeur.feuilles, 1)]
    return [
        _couverture(classeur, table, empreinte),
        _sommaire(classeur),
        _notes(classeur),
        _definitions(classeur.definitions),
        *tableaux,
        _donnees(table),
    ]


def nom_tableau(rang: int) -> str:
    """Le nom de la feuille d'un tableau."""
    return f"Tableau {rang}"


# Les feuilles


def _couverture(classeur: Classeur, table: pl.DataFrame, empreinte: str) -> Page:
    page = Page(COUVERTURE, [30, 70])
    page.phrase(classeur.titre, "titre")
    page.phrase(classeur.surtitre, "surtitre")
    if classeur.avertissement:
        page.phrase(classeur.avertissement, "avertissement")
    for texte in (classeur.lieu, classeur.presentation):
        if texte:
            page.phrase(texte)
    page.phrase("Voir le sommaire", "lien", SOMMAIRE)
    fiche = [*classeur.fiche, (NOMBRE_CELLULES, locale.nombre(table.height)), (EMPREINTE_TABLE, empreinte)]
    page.nom_table = "Provenance"
    page.tableau(("Provenance", "Détail"), [(Case(n, "ligne"), Case(t, "cellule")) for n, t in fiche], (False, False))
    page.phrase("Ce classeur ne contient que des agrégats : aucune donnée de personne.")
    return page


def _sommaire(classeur: Classeur) -> Page:
    page = Page(SOMMAIRE, [14, 60, 40], nom_table=SOMMAIRE)
    page.phrase("Sommaire", "titre")
    page.phrase("Chaque feuille ne contient qu'un tableau. La première colonne mène à la feuille.")
    lignes = [
        (COUVERTURE, "Ce qu'est ce document et d'où viennent ses chiffres", ""),
        (NOTES, "Ce que veulent dire les marques, et comment lire les tableaux", ""),
        (DEFINITIONS, "Ce que compte chaque indicateur", ""),
        *((nom_tableau(rang), f.titre, f.section) for rang, f in enumerate(classeur.feuilles, 1)),
        (DONNEES, "Toutes les cellules en une seule table, à reprendre dans un autre outil", ""),
    ]
    rangees = [
        (Case(nom, "lien_ligne", nom), Case(texte, "cellule"), Case(section or None, "cellule"))
        for nom, texte, section in lignes
    ]
    page.tableau(("Feuille", "Contenu", "Partie"), rangees, (False, False, False))
    return page


def _notes(classeur: Classeur) -> Page:
    page = Page(NOTES, [24, 96], nom_table=NOTES)
    page.phrase(NOTES, "titre")
    page.phrase("Retour au sommaire", "lien", SOMMAIRE)
    employes = {e for feuille in classeur.feuilles for e in feuille.etats}
    lignes = [("0", "un vrai zéro, compté"), *legende(employes)]
    lignes += [
        ("Parts", "une part est un nombre de 0 à 1 affiché en pourcentage ; aucune sous une base de 10"),
        ("Année précédente", "les chiffres de l'année précédente suivent les définitions de cette année-là"),
        (
            DONNEES,
            "une ligne par cellule de l'année, aux noms et aux codes du logiciel ; une part y va de 0 à 100 ; la "
            "colonne « etat » dit pourquoi une valeur manque",
        ),
        *classeur.notes,
    ]
    rangees = [(Case(n, "ligne"), Case(locale.typographie(t), "cellule")) for n, t in lignes]
    page.tableau(("Marque ou sujet", "Ce qu'il faut savoir"), rangees, (False, False))
    return page


def legende(etats: Iterable[str]) -> list[tuple[str, str]]:
    """Ce que veulent dire des marques, dans un ordre constant : un couple (marque, sens) par état."""
    connus = set(etats)
    lignes = [(etat(e).marque, etat(e).sens) for e in (*PAR_POIDS, "rupture", "absente") if e in connus]
    if SANS_PART in connus:
        lignes.append((MARQUE_SANS_PART, "pas de pourcentage sous une base de 10"))
    return lignes


def _definitions(feuille: Feuille) -> Page:
    page = Page(DEFINITIONS, [28, 26, 50, 36, 36, 14, 44, 30, 10], nom_table="Definitions")
    page.phrase(feuille.titre, "titre")
    page.phrase("Retour au sommaire", "lien", SOMMAIRE)
    rangees = [(Case(r[0], "ligne"), *(Case(c, "cellule") for c in r[1:])) for r in feuille.rangees]
    page.tableau(feuille.colonnes, rangees, [False] * len(feuille.colonnes))
    return page


def _tableau(rang: int, feuille: Feuille) -> Page:
    nombres = [r > 0 and _de_nombres([x[r] for x in feuille.rangees]) for r in range(len(feuille.colonnes))]
    page = Page(nom_tableau(rang), _largeurs(feuille, nombres), nom_table=f"Tableau_{rang}")
    page.phrase(f"{nom_tableau(rang)}. {feuille.titre}", "titre")
    page.phrase("Retour au sommaire", "lien", SOMMAIRE)
    marques = " ; ".join(f"{marque} : {sens}" for marque, sens in legende(feuille.etats))
    for nom, texte in (*feuille.avant, *((("Marques", marques),) if marques else ())):
        page.phrase(locale.typographie(f"{nom} : {texte}"))
    fin = len(feuille.rangees) - feuille.totaux
    rangees = [
        [_case(c, rang, nombres[rang], i >= fin) for rang, c in enumerate(r)] for i, r in enumerate(feuille.rangees)
    ]
    page.tableau(feuille.colonnes, rangees, nombres)
    return page


def _de_nombres(colonne: Sequence[Cellule]) -> bool:
    """Une colonne de nombres, marques comprises ; une colonne qui n'a que des marques en est une aussi."""
    textes = [c for c in colonne if isinstance(c, str)]
    chiffres = any(isinstance(c, Nombre) for c in colonne)
    return chiffres or (bool(textes) and all(c in _MARQUES for c in textes))


def _case(valeur: Cellule, rang: int, nombre: bool, total: bool) -> Case:
    if rang == 0:
        style = "ligne"
    elif isinstance(valeur, Nombre):
        style = "valeur"
    else:
        style = "marque" if nombre and valeur in _MARQUES else "cellule"
    return Case(valeur, f"total_{style}" if total else style)


def _largeurs(feuille: Feuille, nombres: Sequence[bool]) -> list[float]:
    largeurs = []
    for rang, (titre, nombre) in enumerate(zip(feuille.colonnes, nombres, strict=True)):
        mot = max((len(m) for m in titre.split()), default=0) + 4
        if nombre:
            textes = [afficher(c) if isinstance(c, Nombre) else c or "" for c in (r[rang] for r in feuille.rangees)]
            largeurs.append(float(max(LARGEUR_NOMBRE, mot, *(len(t) + 3 for t in textes))))
            continue
        contenu = max((len(r[rang]) for r in feuille.rangees if isinstance(r[rang], str)), default=0) + 3
        plafond = LARGEUR_LIBELLE if rang == 0 else LARGEUR_TEXTE
        largeurs.append(float(max(min(contenu, plafond), mot, 12)))
    return largeurs


def _donnees(table: pl.DataFrame) -> Page:
    larges = {"service": 20, "indicateur": 36, "modalite_1": 22, "modalite_2": 22, "ventilation_1": 22}
    page = Page(DONNEES, [float(larges.get(c, 16)) for c in COLONNES_CONTRAT], nom_table="Donnees", filtrable=True)
    types = table.select(COLONNES_CONTRAT).schema
    nombres = [t.is_numeric() for t in types.values()]
    rangees = [
        [Case(_donnee(v), "donnee_nombre" if n else "donnee") for v, n in zip(ligne, nombres, strict=True)]
        for ligne in table.select(COLONNES_CONTRAT).iter_rows()
    ]
    page.tableau(COLONNES_CONTRAT, rangees, nombres)
    return page


def _donnee(valeur: object) -> Cellule:
    if valeur is None or isinstance(valeur, str):
        return valeur
    return Nombre(valeur, "brut")
