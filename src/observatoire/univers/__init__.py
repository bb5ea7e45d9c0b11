"""Les populations d'une période : une fonction par population, déclarée avec l'origine de ses colonnes."""

from observatoire.univers import (
    accueil,
    actes,
    admissions,
    demandes,
    emploi,
    insertion,
    maintien,
    menages,
    mesures,
    moyens,
    occupation,
    orientation,
    parc,
    parcours,
    plans,
    relais,
)
from observatoire.univers.contexte import UNIVERS, Contexte, Univers, trouver_univers, univers

__all__ = ["UNIVERS", "Contexte", "Univers", "trouver_univers", "univers"]

# Importés pour leurs déclarations.
_POPULATIONS = (
    accueil,
    actes,
    admissions,
    demandes,
    emploi,
    insertion,
    maintien,
    menages,
    mesures,
    moyens,
    occupation,
    orientation,
    parc,
    parcours,
    plans,
    relais,
)
