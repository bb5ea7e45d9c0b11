"""Emporter une vue : une table, un classeur, une image ; les cellules protégées et leur provenance, rien d'autre."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from observatoire import __version__
from observatoire.campagne.donnees import ancre
from observatoire.classeurs.blocs import feuille_bloc
from observatoire.classeurs.contenu import Classeur
from observatoire.classeurs.rapport import avertissement, definitions
from observatoire.entrepot import sans_formules
from observatoire.erreurs import ErreurParametre, exiger_connu
from observatoire.exploration.demande import AUCUNE, PRECEDENTE
from observatoire.restitution import graphiques, locale, page, theme

if TYPE_CHECKING:
    from observatoire.exploration.vue import VueExploree

FORMATS = ("csv", "xlsx", "png", "svg")
ECHELLE_PNG = 2
PROTEGEE_SEULE = (
    "Cette vue est protégée seule : rapprochée d'autres vues publiques qui la recoupent, elle pourrait redonner une "
    "cellule masquée. Relisez ensemble ce que vous diffusez ensemble."
)


def exporter(vue: VueExploree, format_: str) -> bytes:
    """Les octets d'une vue dans un format ; voir `VueExploree.exporter`."""
    exiger_connu(format_, FORMATS, "Format")
    if format_ == "csv":
        return sans_formules(vue.table).write_csv().encode()
    if format_ == "xlsx":
        return _classeur(vue)
    return _image(vue, format_)


def nom_de_fichier(vue: VueExploree, format_: str) -> str:
    """« cllaj_2020-2022_part_sans_ressource_genre-f_annees_public.csv » : deux vues différentes ont deux noms."""
    d = vue.demande
    annees = str(d.annee) if len(d.annees) == 1 else f"{min(d.annees)}-{d.annee}"
    filtres = [ancre(f"{colonne} {' '.join(gardees)}") for colonne, gardees in d.filtres_tous.items()]
    comparaison = [] if d.comparaison in (AUCUNE, PRECEDENTE) else [d.comparaison]
    regroupe = ["regroupe"] if d.regrouper else []
    parts = [*d.services, annees, d.indicateur, *d.ventilations, *regroupe, *filtres, *comparaison, d.diffusion]
    return "_".join(parts) + f".{format_}"


def provenance(vue: VueExploree) -> tuple[tuple[str, str], ...]:
    """D'où viennent les chiffres d'une vue : services, années, diffusion, filtres, données, logiciel."""
    d = vue.demande
    return (
        ("Services", locale.enumeration(s.libelle for s in vue.services)),
        ("Années", ", ".join(map(str, d.annees))),
        ("Diffusion", page.DIFFUSIONS.get(d.diffusion, d.diffusion)),
        ("Base", vue.base),
        *((("Filtres", " ".join(n for n in vue.bloc.notes if n.startswith("Filtre"))),) if d.filtres_tous else ()),
        ("Empreinte des données", ", ".join(vue.empreintes)),
        ("Version du logiciel", __version__),
    )


def mises_en_garde(vue: VueExploree) -> tuple[str, ...]:
    """Ce qu'il faut savoir avant de diffuser une vue ; rien d'une vue interne, qui ne se diffuse pas."""
    return (PROTEGEE_SEULE,) if vue.demande.diffusion == "public" else ()


def _classeur(vue: VueExploree) -> bytes:
    from observatoire.classeurs.grille import mettre_en_page
    from observatoire.classeurs.lecture import empreinte_table
    from observatoire.classeurs.xlsx import octets_xlsx

    noms = locale.enumeration(s.libelle_court for s in vue.services)
    feuille = feuille_bloc(vue.bloc, "Exploration", f"données de {noms}")
    contenu = Classeur(
        titre=vue.bloc.titre,
        surtitre="Vue explorée",
        lieu=noms,
        presentation=vue.phrase,
        avertissement=avertissement(vue.demande.diffusion),
        fiche=provenance(vue),
        feuilles=() if feuille is None else (feuille,),
        definitions=definitions([vue.bloc]),
        notes=tuple(("À savoir", n) for n in (*vue.alertes, *vue.notes, *mises_en_garde(vue))),
    )
    pages = mettre_en_page(contenu, vue.table, empreinte_table(vue.table))
    return octets_xlsx(pages, f"{contenu.surtitre} : {contenu.titre}", contenu.lieu, contenu.avertissement)


def _image(vue: VueExploree, format_: str) -> bytes:
    import vl_convert

    dessin = graphiques.graphique(vue.bloc)
    if dessin is None:
        raise ErreurParametre("Cette vue n'a pas de graphique à exporter.", "Choisissez CSV ou Excel.")
    spec = _titree(dessin.large, vue)
    if format_ == "svg":
        return vl_convert.vegalite_to_svg(spec, **theme.options_rendu()).encode()
    return vl_convert.vegalite_to_png(spec, scale=ECHELLE_PNG, **theme.options_rendu())


def _titree(spec: dict[str, Any], vue: VueExploree) -> dict[str, Any]:
    """Le dessin avec son titre et sa base : une image sortie de la page se comprend seule."""
    limites = textwrap.wrap(" ".join(mises_en_garde(vue)), 90)
    mention = [vue.base, page.DIFFUSIONS.get(vue.demande.diffusion, vue.demande.diffusion)]
    titre = {
        "text": textwrap.wrap(vue.titre, 70),
        "subtitle": [*textwrap.wrap(vue.surtitre, 90), *textwrap.wrap(" · ".join(filter(None, mention)), 90), *limites],
        "anchor": "start",
        "fontSize": 15,
        "subtitleFontSize": 11,
        "offset": 14,
    }
    return {**spec, "title": titre, "background": "white", "padding": 14}
