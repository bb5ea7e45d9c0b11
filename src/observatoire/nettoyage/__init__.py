"""Nettoyage : du texte d'une cellule à la valeur typée du modèle, une préoccupation par fichier."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from observatoire.espace import Espace
from observatoire.modele import Colonne, Type
from observatoire.nettoyage.communes import Communes, lire_communes, nettoyer_communes
from observatoire.nettoyage.dates import PIVOT, PIVOT_NAISSANCE, nettoyer_dates, nettoyer_mois
from observatoire.nettoyage.identifiants import nettoyer_identifiants, nettoyer_textes
from observatoire.nettoyage.modalites import Vocabulaire, nettoyer_listes, nettoyer_modalites
from observatoire.nettoyage.montants import nettoyer_montants
from observatoire.nettoyage.nombres import nettoyer_entiers, nettoyer_nombres
from observatoire.nettoyage.resultat import Nettoyee, appliquer
from observatoire.nomenclatures import lire_nomenclature

COLONNES_COMMUNE = ("commune", "commune_origine")

REMEDES: dict[Type, str] = {
    Type.DATE: "Écrivez la date sous la forme 31/12/2022.",
    Type.MOIS: "Écrivez le mois sous la forme 2022-12 ou 12/2022.",
    Type.MONTANT: "Écrivez le montant sous la forme 1352,83, ou laissez la cellule vide.",
    Type.ENTIER: "Écrivez un nombre entier, ou laissez la cellule vide.",
    Type.DECIMAL: "Écrivez un nombre, ou laissez la cellule vide.",
    Type.CODE: "Corrigez l'écriture, ou déclarez-la dans [import.modalites] du service.",
    Type.CODES: "Corrigez l'écriture, ou déclarez-la dans [import.modalites] du service.",
}


@dataclass
class Contexte:
    """Ce qu'il faut savoir pour nettoyer : l'espace, les écritures du service et l'ordre des dates."""

    espace: Espace
    ecritures: dict[str, dict[str, Any]] = field(default_factory=dict)
    origine: str = ""
    ordre: str = "jma"
    _vocabulaires: dict[str, Vocabulaire] = field(default_factory=dict)

    def vocabulaire(self, colonne: Colonne) -> Vocabulaire:
        """Vocabulaire d'une colonne : écritures propres à la colonne, puis à sa nomenclature."""
        variable = colonne.variable
        if variable.nom not in self._vocabulaires:
            ecritures = {**self.ecritures.get(variable.nomenclature, {}), **self.ecritures.get(variable.nom, {})}
            self._vocabulaires[variable.nom] = Vocabulaire.de(
                lire_nomenclature(self.espace, variable.nomenclature), ecritures, self.origine
            )
        return self._vocabulaires[variable.nom]

    def communes(self) -> Communes:
        return lire_communes(self.espace)


def nettoyer_colonne(serie: pl.Series, colonne: Colonne, contexte: Contexte) -> Nettoyee:
    """Convertit une colonne de texte vers le type de `colonne`, ligne à ligne.

    Ne lève rien pour une valeur illisible : elle a un motif. Lève `ErreurDefinition` si les écritures du
    service désignent un code inconnu, `ErreurParametre` si une nomenclature manque.
    """
    type_ = colonne.variable.type
    if type_ is Type.TEXTE:
        return nettoyer_textes(serie)
    if colonne.nom in COLONNES_COMMUNE and not colonne.obligatoire:
        return appliquer(serie, lambda b: nettoyer_communes(b, contexte.communes()))
    if type_ is Type.IDENTIFIANT:
        return nettoyer_identifiants(serie)
    if type_ is Type.DATE:
        return appliquer(serie, lambda b: nettoyer_dates(b, contexte.ordre, PIVOT))
    if type_ is Type.MOIS:
        pivot = PIVOT_NAISSANCE if colonne.nom == "naissance" else PIVOT
        return appliquer(serie, lambda b: nettoyer_mois(b, contexte.ordre, pivot))
    if type_ is Type.MONTANT:
        return appliquer(serie, nettoyer_montants)
    if type_ is Type.ENTIER:
        return appliquer(serie, nettoyer_entiers)
    if type_ is Type.DECIMAL:
        return appliquer(serie, nettoyer_nombres)
    if type_ is Type.CODES:
        return appliquer(serie, lambda b: nettoyer_listes(b, contexte.vocabulaire(colonne)))
    return appliquer(serie, lambda b: nettoyer_modalites(b, contexte.vocabulaire(colonne)))
