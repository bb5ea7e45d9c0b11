"""Les commentaires du chef de service : un texte par section, ses chiffres pris dans les tableaux du rapport."""

from observatoire.commentaires.bilan import Bilan, annoncer_contradictions, bilan_commentaires
from observatoire.commentaires.brouillon import ecrire_brouillon, sans_donnees
from observatoire.commentaires.commentaires import Commentaires, commentaire, commenter, panneau
from observatoire.commentaires.lecture import chemin_brouillon, chemin_commentaires, lire_fichier
from observatoire.commentaires.relecture import CONTREDIT, Relecteur, Remarque

__all__ = [
    "CONTREDIT",
    "Bilan",
    "Commentaires",
    "Relecteur",
    "Remarque",
    "annoncer_contradictions",
    "bilan_commentaires",
    "chemin_brouillon",
    "chemin_commentaires",
    "commentaire",
    "commenter",
    "ecrire_brouillon",
    "lire_fichier",
    "panneau",
    "sans_donnees",
]
