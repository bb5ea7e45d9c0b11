"""Le catalogue des indicateurs et leur calcul."""

from observatoire.indicateurs import (
    activite,
    contenu,
    demandes,
    durees,
    impayes,
    moyens,
    occupation,
    public,
    ressources,
    resultats,
)
from observatoire.indicateurs.calcul import EVOLUTION, calculer, table_contrat
from observatoire.indicateurs.registre import en_vigueur, indicateur, noms, trouver

__all__ = ["EVOLUTION", "calculer", "en_vigueur", "indicateur", "noms", "table_contrat", "trouver"]

# Importés pour leurs déclarations, dans l'ordre du catalogue.
FAMILLES = (activite, demandes, public, ressources, resultats, durees, contenu, moyens, occupation, impayes)
