"""Le moteur : évalue en polars les règles des suites, pour un service et ses années.

Il ne charge ni Great Expectations ni pandas. Chaque règle rend un `Examen` aligné sur les lignes qu'elle
regarde : le verdict en tire des comptes, le fichier de corrections la liste des lignes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from observatoire.entrepot import Entrepot, lire_entrepot
from observatoire.erreurs import ErreurDefinition, ErreurObservatoire, suggestion
from observatoire.espace import Espace
from observatoire.modele import TABLES, VARIABLES
from observatoire.nomenclatures import lire_nomenclature
from observatoire.qualite.controles import CONTROLES, Examen, annee_precedente, tables_liees
from observatoire.qualite.perimetre import PERIMETRES, TOUTE_LA_TABLE, annees_d_activite
from observatoire.qualite.reception import cles_contradictoires, colonnes_recues, tables_manquantes
from observatoire.qualite.seuils import lire_seuils
from observatoire.qualite.suites import Regle, lire_suites
from observatoire.services import Service, lire_service
from observatoire.univers.contexte import Contexte

ANNEES_MAX = 6  # les plus récentes ; une année plus ancienne se juge à la demande
COMPARAISON = "comparaison"  # famille des règles qui lisent aussi l'année d'avant
VERDICT_SEULEMENT = ("part_toleree", "effectif_minimum")  # ce que lit le verdict, et non le contrôle


@dataclass(frozen=True)
class Examinee:
    """Une règle et ce qu'elle a vu : `lot`, les lignes jugées avec leur provenance, et leur `examen`.

    `reglages` : les réglages de la règle, paramètres et seuils remplacés par leur valeur.
    """

    regle: Regle
    lot: pl.DataFrame
    examen: Examen
    reglages: Mapping[str, Any]

    @property
    def reussie(self) -> bool:
        """Vrai si la part de lignes fautives ne dépasse pas ce que la règle tolère."""
        return self.examen.reussi(self.reglages.get("part_toleree", 0.0), self.reglages.get("effectif_minimum", 0))

    @property
    def fautives(self) -> pl.DataFrame:
        """Les lignes fautives ; aucune si la règle ne juge qu'un ensemble."""
        alignee = self.examen.fautives.len() == self.lot.height and self.regle.niveau == "ligne"
        return self.lot.filter(self.examen.fautives) if alignee else self.lot.head(0)


class Passe:
    """Les règles d'un service appliquées à ses données, année après année.

    Les règles qui regardent toute une table ne sont évaluées qu'une fois.
    """

    def __init__(self, espace: Espace, service: Service, entrepot: Entrepot) -> None:
        self.espace, self.service, self.entrepot = espace, service, entrepot
        self.tables = {nom: entrepot.table(nom) for nom in TABLES}
        self._recues = colonnes_recues(service, self.tables)
        self._contextes: dict[int, Contexte] = {}
        self._lots: dict[tuple[int, str, str], pl.DataFrame] = {}
        suites = lire_suites(espace)
        self._toutes = [r for suite in suites.values() for r in suite]
        self.regles = [r for r in self._toutes if self._applicable(r)]

    def _applicable(self, regle: Regle) -> bool:
        """Une règle de remplissage ne juge que les colonnes que le service fournit."""
        return regle.famille != "remplissage" or f"{regle.table}.{regle.colonne}" in self._recues

    @property
    def non_recues(self) -> tuple[str, ...]:
        """Les colonnes « table.colonne » que les suites jugent et que le service ne fournit pas."""
        jugees = {f"{r.table}.{r.colonne}" for r in self._toutes if r.famille == "remplissage"}
        return tuple(sorted(jugees - self._recues))

    def annees(self, voulue: int) -> list[int]:
        """L'année voulue et les autres années d'activité récentes, triées."""
        return sorted({voulue, *annees_d_activite(self.tables, self.service.periode)[-ANNEES_MAX:]})

    def examiner(self, annee: int) -> list[Examinee]:
        """Toutes les règles, dans l'ordre des suites. Lève `ErreurDefinition` si l'une ne peut pas s'évaluer."""
        contexte = self._contexte(annee)
        reglages = {**self._communs, **_dates(contexte)}
        avant = self._annee_comparable(annee)
        rendues = []
        with tables_liees(self.tables):
            for regle in self.regles:
                if regle.perimetre == TOUTE_LA_TABLE:
                    rendues.append(self._de_table[regle.regle])
                    continue
                compare = regle.famille == COMPARAISON and avant is not None
                with annee_precedente({regle.table: self._lot(avant, regle)} if compare else {}):
                    rendues.append(_examiner(regle, self._lot(annee, regle), reglages))
        return rendues

    def _lot(self, annee: int, regle: Regle) -> pl.DataFrame:
        """Les lignes qu'une règle regarde une année donnée."""
        cle = (annee, regle.perimetre, regle.table)
        if cle not in self._lots:
            self._lots[cle] = PERIMETRES[regle.perimetre](self._contexte(annee), regle.table)
        return self._lots[cle]

    def _annee_comparable(self, annee: int) -> int | None:
        """L'année d'avant, si les livraisons couvrent les deux et si l'année jugée est finie."""
        avant, parametres = annee - 1, self.service.parametres
        couvertes = parametres.couvre(annee) and parametres.couvre(avant)
        finie = self.service.periode(annee).fin <= date.today()
        return avant if couvertes and finie and avant in self._actives else None

    @cached_property
    def _actives(self) -> list[int]:
        return annees_d_activite(self.tables, self.service.periode)

    def _contexte(self, annee: int) -> Contexte:
        if annee not in self._contextes:
            self._contextes[annee] = Contexte(self.espace, self.service, self.service.periode(annee), self.entrepot)
        return self._contextes[annee]

    @cached_property
    def _de_table(self) -> dict[str, Examinee]:
        regles = [r for r in self.regles if r.perimetre == TOUTE_LA_TABLE]
        return {r.regle: _examiner(r, self.tables[r.table], self._communs) for r in regles}

    @cached_property
    def _communs(self) -> dict[str, Any]:
        """Ce que les suites nomment par `$PARAMETER` et qui ne dépend pas de l'année."""
        listes = sorted({v.nomenclature for v in VARIABLES.values() if v.nomenclature})
        return {
            **{f"nomenclature_{liste}": lire_nomenclature(self.espace, liste).codes for liste in listes},
            **lire_seuils(self.espace, self.service),
            "jour_controle": date.today().isoformat(),
            "moment_profil": self.service.parametres.moment_profil,
            "tables_manquantes": tables_manquantes(self.service, self.entrepot, self.tables),
            "cles_contradictoires": cles_contradictoires(self.entrepot),
            "id_service": [self.service.id],
            "delai_parcours": self.service.parametres.delai_parcours,
            "base_occupation": self.service.parametres.base_occupation,
        }


def examiner(espace: Espace, service: str, annee: int) -> list[Examinee]:
    """Toutes les règles d'un service pour une année, avec les lignes que chacune a vues.

    Lève `ErreurParametre` si le service n'existe pas, `ErreurDefinition` si une suite ou un seuil se contredit.
    """
    return Passe(espace, lire_service(espace, service), lire_entrepot(espace, service)).examiner(annee)


def _dates(contexte: Contexte) -> dict[str, str]:
    """Les bornes de la période, en AAAA-MM-JJ ; `fin_periode` est le premier jour qui n'en est plus."""
    debut, fin = contexte.periode.debut, contexte.periode.fin
    return {
        "debut_periode": debut.isoformat(),
        "fin_periode": fin.isoformat(),
        "dernier_jour": (fin - timedelta(days=1)).isoformat(),
    }


def _examiner(regle: Regle, lot: pl.DataFrame, parametres: Mapping[str, Any]) -> Examinee:
    reglages = resoudre(regle, parametres)
    controle = CONTROLES.get(regle.attente["type"])
    if controle is None:
        raise ErreurDefinition(
            f"expectations/{regle.table}.json, règle « {regle.regle} » : type « {regle.attente['type']} » inconnu.",
            suggestion(regle.attente["type"], CONTROLES),
        )
    propres = {cle: valeur for cle, valeur in reglages.items() if cle not in VERDICT_SEULEMENT}
    try:
        return Examinee(regle, lot, controle(lot, **propres), reglages)
    except ErreurObservatoire:
        raise
    except (TypeError, ValueError, KeyError, pl.exceptions.PolarsError):
        # Une erreur d'évaluation n'est pas un défaut des données. Son message peut citer une valeur : on le tait.
        raise ErreurDefinition(
            f"La règle de qualité « {regle.regle} » ne peut pas s'évaluer.",
            f"Vérifiez ses réglages dans expectations/{regle.table}.json.",
        ) from None


def resoudre(regle: Regle, parametres: Mapping[str, Any]) -> dict[str, Any]:
    """Les réglages d'une règle, chaque `$PARAMETER` remplacé par sa valeur ; lève `ErreurDefinition` s'il manque."""
    return {cle: _valeur(regle, valeur, parametres) for cle, valeur in regle.attente["kwargs"].items()}


def _valeur(regle: Regle, valeur: Any, parametres: Mapping[str, Any]) -> Any:
    if not (isinstance(valeur, dict) and "$PARAMETER" in valeur):
        return valeur
    nom = valeur["$PARAMETER"]
    if nom not in parametres:
        raise ErreurDefinition(
            f"expectations/{regle.table}.json, règle « {regle.regle} » : paramètre « {nom} » inconnu.",
            suggestion(nom, parametres),
        )
    return parametres[nom]
