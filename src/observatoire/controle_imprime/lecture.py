"""Lire les chiffres imprimés d'un rapport : un CSV ordonné, une ligne par chiffre."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from observatoire.controle_imprime.mots import (
    est_rapport,
    est_total,
    indicateur_canonique,
    modalite_normale,
    mots,
    passe_partout,
    porte,
    rubrique,
)
from observatoire.controle_imprime.nombres import Intervalle, arrondi, exact
from observatoire.erreurs import ErreurFichier

COLONNES = (
    *("page_section", "service", "territoire", "annee", "tableau", "indicateur"),
    *("ventilation_1", "modalite_1", "ventilation_2", "modalite_2", "valeur", "unite"),
)
FACULTATIVES = ("source", "texte_original")
TEXTE = "texte"  # valeur de `tableau` pour une phrase du commentaire
UNITES_EXACTES = ("nombre", "places", "points", "annee", "mois-mesures")
UNITES_ADDITIVES = ("nombre", "places", "euros", "etp", "points", "heures", "mois", "jours")


@dataclass(frozen=True, eq=False)
class Fait:
    """Un chiffre imprimé : sa ligne dans le CSV, où il est imprimé, ce qu'il compte et sa valeur."""

    ligne: int
    page_section: str
    service: str
    territoire: str
    annee: str
    tableau: str
    indicateur: str
    ventilations: tuple[tuple[str, str], ...]
    valeur: Decimal
    unite: str
    texte: str = ""

    @cached_property
    def nombre(self) -> Fraction:
        """La valeur imprimée, exacte."""
        return Fraction(self.valeur)

    @cached_property
    def intervalle(self) -> Intervalle:
        """Les valeurs possibles avant arrondi : elle-même pour un compte, un intervalle pour une mesure."""
        entier = self.valeur == self.valeur.to_integral_value()
        return exact(self.nombre) if self.unite in UNITES_EXACTES and entier else arrondi(self.valeur)

    @cached_property
    def fait(self) -> str:
        """L'indicateur, sans le suffixe d'une seconde citation."""
        return indicateur_canonique(self.indicateur)

    @cached_property
    def cite(self) -> bool:
        """Vrai si la ligne cite un fait compté ailleurs (`…_base_citee`, `…_annoncees`)."""
        return self.fait != self.indicateur

    @cached_property
    def rubrique(self) -> str:
        """Le titre de la rubrique, sans sous-titre entre parenthèses."""
        return rubrique(self.page_section)

    @cached_property
    def dans_texte(self) -> bool:
        """Vrai si le chiffre vient d'une phrase, non d'un tableau."""
        return self.tableau == TEXTE

    @cached_property
    def perimetre(self) -> tuple[str, str, str]:
        """Service, territoire, année."""
        return self.service, self.territoire, self.annee

    @cached_property
    def additif(self) -> bool:
        """Vrai si la somme de deux modalités a un sens."""
        rapport = porte(self.indicateur, "non_additifs") or est_rapport(self.indicateur)
        return self.unite in UNITES_ADDITIVES and not rapport

    @cached_property
    def modalites(self) -> frozenset[str]:
        """Les modalités hors totaux, sous leur nom commun.

        Un numéro ou un passe-partout (« Autre ») garde le nom de sa ventilation.
        """
        return frozenset(
            f"{v}={m}" if m.replace(".", "").isdigit() or passe_partout(m) else modalite_normale(m)
            for v, m in self.ventilations
            if not est_total(m)
        )

    def modalite(self, ventilation: str) -> str:
        """La modalité imprimée d'une ventilation, vide s'il n'y en a pas."""
        return dict(self.ventilations).get(ventilation, "")


@dataclass(frozen=True, eq=False)
class Imprime:
    """Tous les chiffres d'un fichier."""

    fichier: Path
    faits: tuple[Fait, ...]

    def __iter__(self) -> Iterator[Fait]:
        return iter(self.faits)

    def du_perimetre(self, fait: Fait) -> list[Fait]:
        """Les chiffres du même service, territoire et année."""
        return self._par_perimetre[fait.perimetre]

    @cached_property
    def _par_perimetre(self) -> dict[tuple[str, str, str], list[Fait]]:
        groupes: dict[tuple[str, str, str], list[Fait]] = {}
        for fait in self.faits:
            groupes.setdefault(fait.perimetre, []).append(fait)
        return groupes


def lire(fichier: Path) -> Imprime:
    """Lit un CSV de chiffres imprimés (UTF-8, virgule, point décimal).

    Lève `ErreurFichier` avec la ligne, la colonne et le remède si le fichier ou une valeur est illisible.
    """
    fichier = Path(fichier)
    try:
        texte = fichier.read_text(encoding="utf-8-sig")
    except OSError as erreur:
        raise ErreurFichier(f"{fichier} ne s'ouvre pas.", "Vérifiez le chemin et les droits de lecture.") from erreur
    except UnicodeDecodeError as erreur:
        raise ErreurFichier(f"{fichier} n'est pas en UTF-8.", "Enregistrez-le en « CSV UTF-8 ».") from erreur
    return Imprime(fichier, tuple(_faits(fichier, texte)))


def _faits(fichier: Path, texte: str) -> Iterator[Fait]:
    lecteur = csv.reader(texte.splitlines(keepends=True), strict=True)
    entete = _entete(fichier, next(lecteur, []))
    vues, debut = 0, lecteur.line_num + 1
    try:
        for valeurs in lecteur:
            if valeurs:
                vues += 1
                yield _fait(fichier, debut, entete, valeurs)
            debut = lecteur.line_num + 1
    except csv.Error as erreur:
        raise ErreurFichier(f"{fichier}, ligne {debut} : guillemets mal fermés.", "Corrigez la ligne.") from erreur
    if not vues:
        raise ErreurFichier(f"{fichier} n'a aucune ligne de chiffres.", "Ajoutez une ligne par chiffre imprimé.")


def _entete(fichier: Path, entete: list[str]) -> list[str]:
    colonnes = [c.strip() for c in entete]
    manquantes = [c for c in COLONNES if c not in colonnes]
    if manquantes:
        remede = (
            "Séparez les colonnes par des virgules."
            if any(";" in c for c in colonnes)
            else (f"Colonnes attendues : {', '.join(COLONNES)} ({', '.join(FACULTATIVES)} sont facultatives).")
        )
        raise ErreurFichier(f"{fichier} : il manque la colonne {', '.join(manquantes)}.", remede)
    doubles = sorted({c for c in colonnes if colonnes.count(c) > 1})
    if doubles:
        raise ErreurFichier(f"{fichier} : colonne en double, {', '.join(doubles)}.", "Gardez-en une.")
    return colonnes


def _fait(fichier: Path, ligne: int, entete: list[str], valeurs: list[str]) -> Fait:
    ou = f"{fichier}, ligne {ligne}"
    if len(valeurs) != len(entete):
        raise ErreurFichier(
            f"{ou} : {len(valeurs)} valeurs pour {len(entete)} colonnes.",
            "Mettez entre guillemets un texte qui contient une virgule.",
        )
    cellules = dict(zip(entete, (v.strip() for v in valeurs), strict=True))
    if not mots(cellules["indicateur"]):
        raise ErreurFichier(f"{ou}, colonne indicateur : vide.", "Donnez un nom à ce que compte le chiffre.")
    return Fait(
        ligne=ligne,
        **{c: cellules[c] for c in COLONNES[:6]},
        ventilations=tuple(_ventilations(ou, cellules)),
        valeur=_valeur(ou, cellules["valeur"]),
        unite=cellules["unite"],
        texte=cellules.get("texte_original", ""),
    )


def _ventilations(ou: str, cellules: dict[str, str]) -> Iterator[tuple[str, str]]:
    for rang in ("1", "2"):
        ventilation, modalite = cellules[f"ventilation_{rang}"], cellules[f"modalite_{rang}"]
        if bool(ventilation) != bool(modalite):
            vide = f"{'modalite' if ventilation else 'ventilation'}_{rang}"
            raise ErreurFichier(f"{ou}, colonne {vide} : vide.", "Ventilation et modalité vont ensemble.")
        if ventilation:
            yield ventilation, modalite


def _valeur(ou: str, texte: str) -> Decimal:
    try:
        valeur = Decimal(texte)
    except InvalidOperation:
        valeur = Decimal("NaN")
    if not valeur.is_finite():
        raise ErreurFichier(
            f"{ou}, colonne valeur : « {texte} » n'est pas un nombre.",
            "Écrivez-le avec un point décimal, sans espace ni unité.",
        )
    return valeur
