"""Collecte : lire n'importe quel export, trouver son en-tête, garder chaque cellule en texte et sa ligne."""

from observatoire.collecte.lecture import apercus, lire_tableau
from observatoire.collecte.tableau import Apercu, Tableau

__all__ = ["Apercu", "Tableau", "apercus", "lire_tableau"]
