"""Les commentaires du chef de service : un texte par section, ses chiffres pris dans les tableaux du rapport."""

from observatoire.commentaires.bilan import Bilan, bilan_commentaires
from observatoire.commentaires.brouillon import ecrire_brouillon
from observatoire.commentaires.commentaires import Commentaires, commenter
from observatoire.commentaires.lecture import chemin_brouillon, chemin_commentaires, lire_fichier

__all__ = [
    "Bilan",
    "Commentaires",
    "bilan_commentaires",
    "chemin_brouillon",
    "chemin_commentaires",
    "commenter",
    "ecrire_brouillon",
    "lire_fichier",
]
