"""Les autres formats d'un document publié : Excel, ODS, Word, PDF, tirés du carnet exécuté et de sa page.

Tous disent les mêmes cellules protégées. Un format qu'on ne demande pas ne survit pas à un nouveau rendu : il
contredirait la page ; sauf le Word d'un cahier, où la fédération a pu écrire.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from observatoire.erreurs import exiger_connu
from observatoire.espace import Espace

HTML, XLSX, ODS, DOCX, PDF = FORMATS = ("html", "xlsx", "ods", "docx", "pdf")
PAR_DEFAUT = (HTML, XLSX)
GENRES_A_REMPLIR = ("cahier",)  # leur Word revient rempli par la fédération


def lire_formats(demandes: Iterable[str]) -> tuple[str, ...]:
    """Les formats demandés, la page toujours comprise ; lève `ErreurParametre` si l'un est inconnu."""
    voulus = [f.strip().lower() for demande in demandes for f in demande.split(",") if f.strip()]
    for voulu in voulus:
        exiger_connu(voulu, FORMATS, "Format")
    return tuple(f for f in FORMATS if f == HTML or f in voulus)


def ecrire_formats(
    espace: Espace,
    carnet: Path,
    identite: dict[str, Any],
    formats: Sequence[str],
    genre: str = "",
    modele: Path | None = None,
) -> list[str]:
    """Écrit à côté du carnet exécuté les formats demandés, sauf le PDF, et retire les autres.

    `identite` : service ou document, année, diffusion. Rend ce que l'écriture a d'important à dire. Lève
    `ErreurFichier` si le modèle Word ou un commentaire gardé ne se lit pas.
    """
    from observatoire.classeurs.publication import publier_classeurs

    publier_classeurs(carnet, [f for f in (XLSX, ODS) if f in formats])
    for absent in set(FORMATS[1:]) - set(formats):
        if absent != DOCX or genre not in GENRES_A_REMPLIR:
            carnet.with_suffix(f".{absent}").unlink(missing_ok=True)
    if DOCX not in formats:
        return []
    from observatoire.documents_word import publier_docx

    bilan = publier_docx(espace, carnet, identite["service"], identite["annee"], identite["diffusion"], genre, modele)
    return list(bilan.en_texte()) if genre in GENRES_A_REMPLIR else []


def exiger_imprimante() -> None:
    """Lève `ErreurImpression` si Chromium manque : mieux vaut le dire avant de tout rendre."""
    from observatoire.restitution.pdf import Imprimante

    Imprimante()


def imprimer_pages(pages: Iterable[Path]) -> list[Path]:
    """Imprime les pages en PDF, à côté d'elles ; lève `ErreurImpression` si Chromium manque."""
    from observatoire.restitution.pdf import imprimer

    return imprimer(pages)
