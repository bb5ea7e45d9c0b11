"""Les documents Word : le rapport et le cahier d'une page publiée, que la fédération complète et que l'on reprend."""

from observatoire.documents_word.conservation import conserver, fichier_conserve
from observatoire.documents_word.ecriture import BilanWord, ecrire_docx
from observatoire.documents_word.lecture import lire_carnet, lire_page
from observatoire.documents_word.marques import Identite
from observatoire.documents_word.modele import ecrire_modele
from observatoire.documents_word.publication import publier_docx
from observatoire.documents_word.reprise import Commentaire, Reprise, reprendre

__all__ = [
    "BilanWord",
    "Commentaire",
    "Identite",
    "Reprise",
    "conserver",
    "ecrire_docx",
    "ecrire_modele",
    "fichier_conserve",
    "lire_carnet",
    "lire_page",
    "publier_docx",
    "reprendre",
]
