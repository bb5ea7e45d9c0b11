"""Explorer : une vue choisie, calculée et protégée comme un tableau de rapport, et ce qu'elle permet d'affirmer."""

from observatoire.exploration.atelier import Atelier
from observatoire.exploration.demande import COMPARAISONS, Demande, controler_demande
from observatoire.exploration.vue import VueExploree, voir

__all__ = ["COMPARAISONS", "Atelier", "Demande", "VueExploree", "controler_demande", "voir"]
