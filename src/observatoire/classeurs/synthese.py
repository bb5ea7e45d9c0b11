"""Le classeur de la synthèse d'une association : les personnes comptées une fois, puis chaque service."""

from __future__ import annotations

from dataclasses import replace

from observatoire.campagne.donnees_types import Definition
from observatoire.classeurs.blocs import Rangees, feuille_bloc
from observatoire.classeurs.contenu import Classeur, Feuille
from observatoire.classeurs.formats import format_de
from observatoire.classeurs.rapport import avertissement, definitions, provenance
from observatoire.restitution import locale
from observatoire.restitution.cellules import ABSENTE, Cellule, Vue
from observatoire.syntheses.personnes import DISTINCTES, seuils_communs
from observatoire.syntheses.preparation import DonneesSynthese

_PERSONNES, _SERVICES = "Personnes aidées", "Chaque service en bref"


def classeur_synthese(donnees: DonneesSynthese) -> Classeur:
    """Le classeur d'une synthèse : des cellules protégées et rien d'autre."""
    annee, presents = donnees.parametres.annee, donnees.presents
    source = f"données de {locale.enumeration(s.service.libelle_court for s in presents)}"
    par_nombre = replace(
        donnees.personnes,
        titre="Personnes, par nombre de services qui les ont suivies",
        graphique="barres",
        definitions=(DISTINCTES,),
        table=donnees.par_nombre,
        precedente=donnees.par_nombre.clear(),
    )
    feuilles = [feuille_bloc(b, _PERSONNES, source) for b in (donnees.personnes, donnees.par_service, par_nombre)]
    seuils = seuils_communs([s.service for s in presents])
    return Classeur(
        titre=f"{donnees.association} {annee}",
        surtitre="Synthèse",
        lieu=donnees.couverture,
        presentation="Les personnes aidées, comptées une fois, et chaque service en quelques chiffres.",
        avertissement=avertissement(donnees.parametres.diffusion),
        fiche=(
            ("Association", donnees.association),
            ("Année", str(annee)),
            ("Services comptés", locale.enumeration(s.service.libelle_court for s in presents)),
            *((("Services manquants", _manquants(donnees)),) if donnees.manquants else ()),
            *provenance(donnees.parametres.diffusion, seuils, donnees.etat, donnees.empreinte),
            ("Version du logiciel", donnees.version_code),
        ),
        feuilles=(*(f for f in feuilles if f is not None), _chiffres(donnees, source)),
        definitions=definitions(donnees.blocs),
    )


def _manquants(donnees: DonneesSynthese) -> str:
    return locale.enumeration(s.service.libelle_court for s in donnees.manquants)


def _chiffres(donnees: DonneesSynthese, source: str) -> Feuille:
    """Les chiffres clés de tous les services dans un seul tableau, qu'un tableur peut filtrer."""
    annee = donnees.parametres.annee
    lignes: list[tuple[str, Definition, Cellule, Cellule]] = []
    for resume in donnees.presents:
        vue = Vue(resume.chiffres)
        lignes += [
            (resume.service.libelle_court, d, vue.total(d.nom), vue.total_precedent(d.nom)) for d in vue.definitions
        ]
    formats = [format_de(cellules) for _, _, *cellules in lignes]
    rangees = Rangees()
    rangees.texte("Service", [service for service, *_ in lignes])
    rangees.texte("Indicateur", [d.libelle for _, d, *_ in lignes])
    rangees.texte("Unité", [d.unite for _, d, *_ in lignes])
    for rang, quand in ((2, annee), (3, annee - 1)):
        cellules = [ligne[rang] for ligne in lignes]
        rangees.mixtes(str(quand), cellules, formats)
        parts = [c if c.unite == "%" else ABSENTE for c in cellules]
        rangees.termes(f"Effectif {quand}", parts, "numerateur")
        rangees.termes(f"Base {quand}", parts, "base")
    avant = [("Période", f"{annee} et {annee - 1}"), ("Unité", "dite à chaque ligne"), ("Source", source)]
    return rangees.feuille("Chiffres clés de chaque service", avant, _SERVICES)
