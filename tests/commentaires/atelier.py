"""Un espace d'essai et son rapport fait à la main, pour éprouver les commentaires sans calcul."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from observatoire.campagne.donnees_types import Bloc, DonneesRapport
from observatoire.commentaires import Commentaires, chemin_commentaires, commenter
from observatoire.espace import Espace
from observatoire.indicateurs.registre import REGISTRE, trouver
from observatoire.services import Section
from tests.restitution import fabrique


def rapport(diffusion: str = "interne") -> DonneesRapport:
    """Le rapport d'essai, dont le service déclare les sections qu'il imprime."""
    donnees = fabrique.donnees(diffusion)
    sections = tuple(Section(s.titre, ()) for s in donnees.sections)
    imprimees = tuple(replace(s, blocs=tuple(map(du_catalogue, s.blocs))) for s in donnees.sections)
    return replace(donnees, sections=imprimees, service=replace(donnees.service, sections=sections))


def du_catalogue(bloc: Bloc) -> Bloc:
    """Le bloc, ses indicateurs dans la population que le catalogue leur donne."""
    definitions = tuple(
        replace(d, univers=trouver(d.nom)[0].definition.univers) if d.nom in REGISTRE else d for d in bloc.definitions
    )
    return replace(bloc, definitions=definitions)


def ecrire(espace: Espace, texte: str, annee: int = 2022) -> Path:
    """Range un commentaire du service d'essai."""
    chemin = chemin_commentaires(espace, "essai", annee)
    chemin.parent.mkdir(parents=True, exist_ok=True)
    chemin.write_text(texte, encoding="utf-8")
    return chemin


def commente(espace: Espace, texte: str, diffusion: str = "interne") -> Commentaires:
    """Le rapport d'essai, commenté par ce texte."""
    ecrire(espace, texte)
    return commenter(espace, rapport(diffusion))


def lisible(html: object) -> str:
    """Le texte d'un HTML, espaces ordinaires."""
    return str(html).replace("\u00a0", " ").replace("\u202f", " ").replace("&#39;", "'")
