"""Publier le document Word d'une page déjà rendue, avec le modèle de l'association et les commentaires gardés."""

from __future__ import annotations

from pathlib import Path

from observatoire.documents_word.conservation import fichier_conserve
from observatoire.documents_word.ecriture import BilanWord, ecrire_docx
from observatoire.documents_word.lecture import lire_carnet
from observatoire.documents_word.marques import Identite
from observatoire.documents_word.reprise import reprendre
from observatoire.espace import Espace

MODELE = "data/modeles/reference.docx"
GENRES_A_COMPLETER = ("cahier",)  # ce que la fédération finit dans Word


def publier_docx(
    espace: Espace, carnet: Path, nom: str, annee: int, diffusion: str, genre: str = "", modele: Path | None = None
) -> BilanWord:
    """Écrit le `.docx` d'un carnet exécuté, à côté de lui.

    `genre` : un cahier a des zones à remplir, et reprend celles que la fédération a déjà remplies. `modele` : celui de
    l'association, à défaut `data/modeles/reference.docx`, à défaut celui de la maison. Lève `ErreurFichier` si le
    carnet, le modèle ou le document gardé ne se lit pas.
    """
    identite = Identite(nom, annee, diffusion)
    modele = modele or _modele(espace)
    a_completer = genre in GENRES_A_COMPLETER
    garde = fichier_conserve(espace, identite)
    reprise = reprendre(garde) if a_completer and garde.is_file() else None
    contenu = lire_carnet(carnet, zones=a_completer)
    return ecrire_docx(contenu, carnet.with_suffix(".docx"), modele, reprise, identite)


def _modele(espace: Espace) -> Path | None:
    fichier = espace.ressource(MODELE)
    return fichier if fichier.is_file() else None
