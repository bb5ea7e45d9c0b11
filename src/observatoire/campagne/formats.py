"""Les autres formats d'un document publié : Excel, ODS, Word, PDF, tirés du carnet exécuté et de sa page.

Tous disent les mêmes cellules protégées. Un format déjà là est refait même s'il n'est pas demandé : laissé tel quel,
il contredirait la page. Le Word d'un cahier, où la fédération a pu écrire, est relu avant d'être refait.
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
    """Écrit à côté du carnet exécuté les formats demandés ou déjà là, sauf le PDF.

    `identite` : service ou document, année, diffusion. Rend ce que l'écriture a d'important à dire. Lève
    `ErreurFichier` si le modèle Word ou un commentaire gardé ne se lit pas.
    """
    from observatoire.classeurs.publication import publier_classeurs

    voulus = {f for f in FORMATS if f in formats or carnet.with_suffix(f".{f}").is_file()}
    publier_classeurs(carnet, [f for f in (XLSX, ODS) if f in voulus])
    if DOCX not in voulus:
        return []
    from observatoire.documents_word import publier_docx

    a_remplir = genre in GENRES_A_REMPLIR
    dits = reprendre_sur_place(espace, carnet.with_suffix(".docx"), identite) if a_remplir else []
    bilan = publier_docx(espace, carnet, identite["service"], identite["annee"], identite["diffusion"], genre, modele)
    return [*dits, *bilan.en_texte()] if a_remplir else []


def reprendre_sur_place(espace: Espace, fichier: Path, identite: dict[str, Any]) -> list[str]:
    """Garde ce que la fédération a écrit dans le Word déjà là, s'il en dit plus que ce qui est gardé."""
    from observatoire.documents_word import Identite, conserver, fichier_conserve, reprendre

    if not fichier.is_file():
        return []
    qui = Identite(identite["service"], identite["annee"], identite["diffusion"])
    ecrit, garde = reprendre(fichier), fichier_conserve(espace, qui)
    if not ecrit.commentaires and not ecrit.hors_zones:
        return []
    deja = {ancre: c.texte for ancre, c in reprendre(garde).commentaires.items()} if garde.is_file() else {}
    if not ecrit.hors_zones and deja == {ancre: c.texte for ancre, c in ecrit.commentaires.items()}:
        return []
    _, messages = conserver(espace, fichier, qui)
    return messages


def exiger_imprimante() -> None:
    """Lève `ErreurImpression` si Chromium manque : mieux vaut le dire avant de tout rendre."""
    from observatoire.restitution.pdf import Imprimante

    Imprimante()


def imprimer_pages(pages: Iterable[Path], formats: Sequence[str]) -> list[Path]:
    """Imprime en PDF les pages demandées ou déjà imprimées ; lève `ErreurImpression` si un PDF voulu est impossible.

    Sans Chromium, un PDF d'un rendu passé que l'on ne demandait pas est retiré : il contredirait la page.
    """
    from observatoire.restitution.pdf import imprimer, trouver_chromium

    voulues = [p for p in pages if PDF in formats or p.with_suffix(".pdf").is_file()]
    if voulues and PDF not in formats and trouver_chromium() is None:
        for page in voulues:
            page.with_suffix(".pdf").unlink()
        return []
    return imprimer(voulues) if voulues else []
