"""Les cahiers que l'espace permet de rendre, pour la campagne et la ligne de commande."""

from __future__ import annotations

from collections.abc import Sequence

from observatoire.cahiers.parametres import ParametresCahier, controler_cahier
from observatoire.cahiers.reglage import Theme, lire_cahier, regions
from observatoire.campagne.documents import Document
from observatoire.espace import Espace
from observatoire.restitution.locale import minuscule

GENRE, CARNET = "cahier", "cahier_regional.ipynb"


def documents(espace: Espace, annees: Sequence[int] | None = None, diffusion: str = "interne") -> list[Document]:
    """Un document par région, par thème et par année qui s'y prête ; toutes les années si `annees` est vide."""
    voulues = set(annees) if annees is not None else None
    trouves = []
    for region in regions(espace):
        for theme in lire_cahier(espace, region).themes:
            trouves += [
                document_cahier(espace, region, annee, theme.id, diffusion)
                for annee in theme.annees
                if voulues is None or annee in voulues
            ]
    return trouves


def document_cahier(espace: Espace, region: str, annee: int, theme: str = "", diffusion: str = "interne") -> Document:
    """Le document d'un cahier, prêt à rendre ; le premier thème porte le nom de la région seule.

    Lève `ErreurParametre` pour une région, une année, un thème ou une diffusion qui ne conviennent pas.
    """
    lus = controler_cahier(espace, {"region": region, "annee": annee, "theme": theme, "diffusion": diffusion})
    reglage = lire_cahier(espace, region)
    choisi = reglage.theme(lus.theme)
    return Document(
        genre=GENRE,
        nom=nom_cahier(lus, choisi == reglage.themes[0]),
        annee=lus.annee,
        diffusion=lus.diffusion,
        carnet=CARNET,
        parametres=lus.en_dict(),
        titre=titre_cahier(reglage.libelle_region, lus.annee, choisi),
    )


def nom_cahier(parametres: ParametresCahier, premier: bool) -> str:
    """Le nom de fichier d'un cahier, sans extension."""
    return f"cahier_{parametres.region}" + ("" if premier else f"_{parametres.theme}")


def titre_cahier(region: str, annee: int, theme: Theme) -> str:
    """Le titre de la page et de l'onglet d'un cahier."""
    return f"{region} {annee} — cahier régional, {minuscule(theme.titre)}"
