"""Préparer un cahier : réunir, additionner, passer la porte de sortie ; rien d'autre n'est imprimé."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from observatoire import __version__
from observatoire.cahiers.contenu import DonneesCahier, SectionDonnees
from observatoire.cahiers.fiches import controler_renvois, lire_fiches, numeroter
from observatoire.cahiers.figures import Atelier
from observatoire.cahiers.parametres import ParametresCahier
from observatoire.cahiers.reglage import ReglageCahier, lire_cahier
from observatoire.cahiers.sigles import lexique
from observatoire.entrepot import lire_entrepot
from observatoire.espace import Espace


def preparer_cahier(espace: Espace, demande: ParametresCahier) -> DonneesCahier:
    """Tout ce qu'imprime un cahier : des cellules protégées, et rien d'autre.

    `demande` : paramètres contrôlés (voir `controler_cahier`). Lève `ErreurDefinition` si le cahier ou une fiche est
    mal écrit, `ErreurFichier` si une table reçue ne se lit pas, `ErreurParametre` pour un indicateur inconnu.
    """
    reglage = lire_cahier(espace, demande.region)
    theme = reglage.theme(demande.theme)
    fiches = lire_fiches(reglage.dossier / "fiches", theme.fiches_de(demande.annee))
    atelier = Atelier(espace, reglage, demande)
    sections = []
    for section in theme.sections:
        if demande.annee not in (section.annees or [demande.annee]):
            continue
        controler_renvois(section.presentation, fiches, f"section « {section.titre} »")
        figures = [f for bloc in section.blocs for f in atelier.figures(bloc)]
        sections.append(SectionDonnees(section.titre, numeroter(section.presentation, fiches), tuple(figures)))
    sources = atelier.methode()
    textes = [reglage.titre, reglage.demarche, theme.titre, theme.presentation]
    textes += [t for f in fiches for t in f.textes]
    textes += [t for s in sections for t in (s.titre, s.presentation, *_textes_des_figures(s))]
    textes += [t for s in sources for t in (s.source, s.champ)]
    return DonneesCahier(
        reglage=reglage,
        theme=theme,
        annee=demande.annee,
        diffusion=demande.diffusion,
        sections=tuple(sections),
        sources=sources,
        fiches=fiches,
        lexique=lexique(espace, textes),
        etat=atelier.etat(),
        empreinte=_empreinte(espace, reglage, atelier),
        parametres=atelier.parametres,
        version_code=__version__,
    )


def _textes_des_figures(section: SectionDonnees) -> Iterable[str]:
    for figure in section.figures:
        yield figure.bloc.titre
        yield from figure.bloc.notes
        yield from (d.libelle for d in figure.bloc.definitions)
        yield from figure.bloc.table["libelle_1"].drop_nulls().to_list()


def _empreinte(espace: Espace, reglage: ReglageCahier, atelier: Atelier) -> str:
    """L'empreinte de tout ce dont le cahier dépend : ses fichiers et les données des services employés."""
    total = hashlib.sha256()
    for fichier in sorted(_fichiers(reglage.dossier)):
        total.update(f"{fichier.relative_to(reglage.dossier).as_posix()}\n".encode())
        total.update(hashlib.sha256(fichier.read_bytes()).digest())
    for nom in sorted(atelier.employes):
        total.update(f"{nom}:{lire_entrepot(espace, nom).empreinte}\n".encode())
    return total.hexdigest()


def _fichiers(dossier: Path) -> Iterable[Path]:
    return (f for f in dossier.rglob("*") if f.is_file() and not f.name.startswith("."))
