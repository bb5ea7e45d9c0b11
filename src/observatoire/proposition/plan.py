"""Ce que la proposition retient d'un groupe de feuilles : candidats, tables nourries, colonnes écartées."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from observatoire import modele
from observatoire.proposition.exports import Groupe
from observatoire.proposition.profils import Profil

DECIDE, POSSIBLE = 0.7, 0.4
GAIN_MINIMAL = 0.6  # en dessous, aucune table n'explique assez la feuille
# Ces tables ne viennent pas d'un export de suivi, ou se déduisent des autres.
HORS_CHOIX = ("service", "nomenclature", "territoire", "commentaire", "menage", "participation")
DATE_PRINCIPALE = {
    "demande": "date_demande",
    "mesure": "date_debut",
    "sejour": "date_entree",
    "situation": "date",
    "acte": "date",
    "relogement": "date",
    "place": "ouverture",
    "contrat_travail": "date_debut",
    "contact_employeur": "date",
    "convention": "debut",
    "indisponibilite": "debut",
    "indicateur_action": "date",
}
# D'où vient la date d'une photo ou d'un relogement que l'export ne date pas : colonnes déjà reconnues, dans l'ordre.
DATES_DE_REPLI = {
    ("situation", "entree"): (("mesure", "date_debut"), ("sejour", "date_entree"), ("demande", "date_demande")),
    ("situation", "sortie"): (("mesure", "date_fin"), ("sejour", "date_sortie")),
    ("situation", "demande"): (("demande", "date_demande"),),
    ("relogement", ""): (("mesure", "date_bail"), ("mesure", "date_fin"), ("sejour", "date_sortie")),
}
CLE_PROPRE = {t.nom: f"id_{t.nom}" for t in modele.TABLES.values() if f"id_{t.nom}" in t.colonnes}


@dataclass(frozen=True)
class Candidat:
    """Une colonne du modèle possible pour une colonne de l'export : note de 0 à 1 et raisons."""

    table: str
    colonne: str
    moment: str
    note: float
    nom: float
    raison: str

    @property
    def cible(self) -> tuple[str, str, str]:
        return self.table, self.colonne, self.moment

    def __str__(self) -> str:
        milieu = f".{self.moment}" if self.moment else ""
        return f"{self.table}{milieu}.{self.colonne}"


@dataclass
class Alimente:
    """Une table proposée : ses colonnes avec leur raison, ses constantes, ses conditions.

    Une valeur de `colonnes` est un en-tête, une liste d'en-têtes (identité), une composition ou « ? ».
    """

    table: str
    colonnes: dict[str, Any] = field(default_factory=dict)
    raisons: dict[str, str] = field(default_factory=dict)
    constantes: dict[str, str] = field(default_factory=dict)
    si_renseigne: list[str] = field(default_factory=list)
    si: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def poser(self, colonne: str, valeur: Any, raison: str) -> None:
        self.colonnes[colonne], self.raisons[colonne] = valeur, raison


@dataclass(frozen=True)
class Ecartee:
    """Une colonne proposée comme non importée, et pourquoi."""

    entete: str
    raison: str


@dataclass(frozen=True)
class Indecise:
    """Une colonne laissée au choix : les places possibles, de la plus à la moins probable."""

    entete: str
    possibles: tuple[Candidat, ...]
    vu: str


@dataclass
class Plan:
    """Ce que la proposition fait d'un groupe de feuilles."""

    groupe: Groupe
    profils: dict[str, Profil]
    tables: list[Alimente] = field(default_factory=list)
    ecartees: list[Ecartee] = field(default_factory=list)
    indecises: list[Indecise] = field(default_factory=list)
    jointures: list[tuple[str, str]] = field(default_factory=list)  # (motif, colonne commune)
    notes: list[str] = field(default_factory=list)
    ordre_dates: tuple[str, str] | None = None

    def table(self, nom: str) -> Alimente | None:
        return next((t for t in self.tables if t.table == nom), None)

    def entete_de(self, table: str, colonne: str) -> Any:
        """Ce que le plan donne à une colonne du modèle ; None si rien ou encore indécis."""
        trouve = self.table(table)
        valeur = trouve.colonnes.get(colonne) if trouve else None
        return None if valeur == "?" else valeur

    def identifiant(self, colonne: str) -> Any:
        """L'en-tête que le plan tient pour cet identifiant, dans n'importe quelle table."""
        return next((t.colonnes[colonne] for t in self.tables if t.colonnes.get(colonne, "?") != "?"), None)


def entetes_dans(valeur: Any) -> list[str]:
    """Les en-têtes de l'export que cite une valeur de `colonnes`."""
    if isinstance(valeur, str):
        return [valeur]
    if isinstance(valeur, list):
        return valeur
    return [*valeur.get("compose", ()), *valeur.get("facultatives", ())]
