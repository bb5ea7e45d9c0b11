"""Le catalogue des indicateurs et leur calcul."""

from observatoire.indicateurs import (
    activite,
    admissions,
    contenu,
    demandes,
    durees,
    emploi,
    impayes,
    insertion,
    maintien,
    moyens,
    occupation,
    orientation,
    parc,
    plans,
    public,
    relais,
    ressources,
    resultats,
)
from observatoire.indicateurs.calcul import EVOLUTION, calculer, table_contrat
from observatoire.indicateurs.registre import en_vigueur, indicateur, noms, trouver

__all__ = ["EVOLUTION", "calculer", "en_vigueur", "indicateur", "noms", "table_contrat", "trouver"]

# Importés pour leurs déclarations, dans l'ordre du catalogue.
FAMILLES = (
    activite,
    demandes,
    orientation,
    admissions,
    public,
    ressources,
    resultats,
    relais,
    durees,
    contenu,
    moyens,
    occupation,
    parc,
    impayes,
    emploi,
    insertion,
    maintien,
    plans,
)
