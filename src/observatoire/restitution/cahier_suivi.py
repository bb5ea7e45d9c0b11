"""Ce dont un cahier régional vient, et ce qui le distingue de son édition précédente."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from observatoire.cahiers.contenu import DonneesCahier
from observatoire.cahiers.documents import nom_cahier
from observatoire.cahiers.parametres import ParametresCahier
from observatoire.campagne.changements import Changements, Sujet, lire_changements
from observatoire.campagne.editions import lire_table
from observatoire.campagne.origine import Origine, origine_document
from observatoire.espace import Espace


def suivre(espace: Espace, donnees: DonneesCahier, fiche: Mapping[str, Any]) -> tuple[Origine, Changements | None]:
    """L'origine d'un cahier et ce qui a changé depuis son édition précédente, s'il en a une.

    `fiche` : celle du cahier qui vient d'être calculé, table comprise.
    """
    from observatoire.documents_word import Identite, fichier_conserve

    sujet = sujet_cahier(donnees)
    rempli = fichier_conserve(espace, Identite(sujet.nom, sujet.annee, sujet.diffusion))
    parametres = {"region": donnees.reglage.region, "annee": donnees.annee}
    services = set(lire_table(fiche["table"])["service"])
    origine = origine_document(espace, parametres, services, [rempli.relative_to(espace.racine).as_posix()])
    return origine, lire_changements(espace, sujet, origine, fiche)


def sujet_cahier(donnees: DonneesCahier) -> Sujet:
    """Le cahier, pour le comparer à son édition d'avant."""
    demande = ParametresCahier(donnees.reglage.region, donnees.annee, donnees.theme.id, donnees.diffusion)
    return Sujet(
        nom=nom_cahier(demande, donnees.theme == donnees.reglage.themes[0]),
        annee=donnees.annee,
        diffusion=donnees.diffusion,
        parametres=donnees.parametres,
        blocs=tuple((figure.bloc.cle, figure.bloc) for figure in donnees.figures),
        noms={code: nom for figure in donnees.figures for code, nom in figure.zones.items()},
    )
