"""Ce qu'un rapport contient, une fois calculé et protégé : le seul matériau de la restitution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from observatoire.periode import Periode
    from observatoire.qualite import Verdict
    from observatoire.services import Service

# Colonnes de la table ordonnée, dans l'ordre de l'export.
COLONNES_CONTRAT: tuple[str, ...] = (
    "service",
    "territoire",
    "annee",
    "indicateur",
    "ventilation_1",
    "modalite_1",
    "ventilation_2",
    "modalite_2",
    "valeur",
    "numerateur",
    "denominateur",
    "base",
    "unite",
    "etat",
    "version_definition",
)
# Colonnes d'appui à l'impression, ajoutées par le calcul.
COLONNES_IMPRESSION: tuple[str, ...] = ("libelle_1", "libelle_2", "ordre_1", "ordre_2", "non_renseignes")

SCHEMA_TABLE: dict[str, pl.DataType] = {
    "service": pl.String(),
    "territoire": pl.String(),
    "annee": pl.Int64(),
    "indicateur": pl.String(),
    "ventilation_1": pl.String(),
    "modalite_1": pl.String(),
    "ventilation_2": pl.String(),
    "modalite_2": pl.String(),
    "valeur": pl.Float64(),
    "numerateur": pl.Float64(),
    "denominateur": pl.Float64(),
    "base": pl.Float64(),
    "unite": pl.String(),
    "etat": pl.String(),
    "version_definition": pl.String(),
    "libelle_1": pl.String(),
    "libelle_2": pl.String(),
    "ordre_1": pl.Int64(),
    "ordre_2": pl.Int64(),
    "non_renseignes": pl.Int64(),
}

ETATS: tuple[str, ...] = (
    "publie",
    "masque",
    "masque_secondaire",
    "sans_objet",
    "non_renseigne",
    "non_recu",
    "retenu",
)

GRAPHIQUES: tuple[str, ...] = (
    "tuiles",
    "barres",
    "comparaison",
    "serie",
    "matrice",
    "historique",
    "tableau",
    "territoires",
)
# Dessins que les cellules font choisir, et qu'un service peut imposer : dessin → graphique dont il lit les cellules.
DESSINS: dict[str, str] = {
    "survie": "barres",
    "gaufre": "barres",
    "pyramide": "matrice",
    "points": "territoires",
    "multiples": "historique",
    "mouvements": "serie",
}


@dataclass(frozen=True)
class Definition:
    """La définition d'un indicateur, telle que le glossaire du rapport l'imprime."""

    nom: str
    libelle: str
    famille: str
    unite: str
    univers: str
    description: str
    numerateur: str
    denominateur: str
    source: str
    pieges: str
    version: str
    forme: str  # effectif rapport moyenne mediane repartition matrice serie citations


@dataclass(frozen=True)
class Retenue:
    """Ce que la qualité retient d'un indicateur dans un bloc, et pourquoi.

    `ventilation` : vide si tout l'indicateur est retenu, sinon la variable du seul détail retenu (« territoire »
    compris). `motifs` : les explications des contrôles qui échouent, sans aucune valeur.
    """

    indicateur: str
    annee: int
    ventilation: str
    motifs: tuple[str, ...]


@dataclass(frozen=True)
class Bloc:
    """Un tableau du rapport et son graphique : des cellules protégées, et rien d'autre."""

    cle: str
    titre: str
    graphique: str
    definitions: tuple[Definition, ...]
    table: pl.DataFrame
    precedente: pl.DataFrame
    cellules: pl.DataFrame  # toutes les cellules du calcul, avant le zoom : ce que l'export écrit
    notes: tuple[str, ...]
    alertes: tuple[str, ...]
    reglage: dict
    colonnes: tuple[Definition, ...] = ()  # ce que le tableau imprime côte à côte, si ce n'est pas `definitions`
    retenues: tuple[Retenue, ...] = ()  # ce que la qualité retient, dit à la place du chiffre
    derogations: tuple[str, ...] = ()  # les échecs admis qui touchent ces chiffres, et qui l'a décidé


@dataclass(frozen=True)
class SectionRapport:
    """Une section du rapport, dans l'ordre du service."""

    titre: str
    presentation: str
    blocs: tuple[Bloc, ...]


@dataclass(frozen=True)
class DonneesRapport:
    """Tout ce qu'un rapport imprime, pour un service, une période et une diffusion."""

    service: Service
    annee: int
    periode: Periode
    diffusion: str
    verdict: Verdict
    sections: tuple[SectionRapport, ...]
    empreinte: str
    version_code: str
    chiffres_cles: Bloc

    @property
    def etat(self) -> str:
        """« bloque », « partiel » si la qualité retient au moins un chiffre de ce rapport, sinon « publiable »."""
        retenu = any(bloc.retenues for bloc in self.blocs)
        return "publiable" if self.verdict.etat == "partiel" and not retenu else self.verdict.etat

    @property
    def blocs(self) -> tuple[Bloc, ...]:
        """Tous les blocs, chiffres clés d'abord."""
        return (self.chiffres_cles, *(bloc for section in self.sections for bloc in section.blocs))
