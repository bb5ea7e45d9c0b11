"""La seule porte de sortie : aucune cellule ne quitte la maison sans passer par `proteger`."""

from observatoire.protection.secret import DIFFUSIONS, proteger

__all__ = ["DIFFUSIONS", "proteger"]
