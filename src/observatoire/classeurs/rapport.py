"""Le classeur du rapport d'un service : ses chiffres clés, puis ses tableaux dans l'ordre de la page."""

from __future__ import annotations

import re
from collections.abc import Iterable

from observatoire.campagne.donnees_types import Bloc, Definition, DonneesRapport
from observatoire.classeurs.blocs import feuille_bloc
from observatoire.classeurs.contenu import Classeur, Feuille
from observatoire.restitution import locale, page
from observatoire.services import Parametres

COLONNES_DEFINITIONS = (
    "Indicateur",
    "Nom dans les données",
    "Définition",
    "Numérateur",
    "Dénominateur",
    "Unité",
    "Précautions",
    "Source",
    "Version",
)


def classeur_rapport(donnees: DonneesRapport) -> Classeur:
    """Le classeur d'un rapport : des cellules protégées et rien d'autre."""
    service, source = donnees.service, source_service(donnees)
    feuilles = [feuille_bloc(donnees.chiffres_cles, "Chiffres clés", source)]
    feuilles += [feuille_bloc(bloc, section.titre, source) for section in donnees.sections for bloc in section.blocs]
    return Classeur(
        titre=f"{service.libelle} {donnees.annee}",
        surtitre="Rapport d'activité",
        lieu=" · ".join(t for t in (service.association, service.territoire) if t),
        presentation=locale.typographie(service.presentation),
        avertissement=avertissement(donnees.diffusion),
        fiche=fiche_service(donnees),
        feuilles=tuple(f for f in feuilles if f is not None),
        definitions=definitions(donnees.blocs),
    )


def source_service(donnees: DonneesRapport) -> str:
    """« Données de LTIAE » ; la couverture en dit la période au jour près."""
    return f"données de {donnees.service.libelle_court}"


def fiche_service(donnees: DonneesRapport) -> tuple[tuple[str, str], ...]:
    """D'où viennent les chiffres d'un service : période, diffusion, état, données et logiciel."""
    return (
        ("Service", f"{donnees.service.libelle} ({donnees.service.id})"),
        ("Période", str(donnees.periode)),
        *provenance(donnees.diffusion, donnees.service.parametres, donnees.etat, donnees.empreinte),
        ("Version du logiciel", donnees.version_code),
    )


def provenance(diffusion: str, parametres: Parametres, etat: str, empreinte: str) -> Iterable[tuple[str, str]]:
    """Ce que tout classeur dit de ses chiffres : à qui ils s'adressent, leur état, de quelles données ils viennent."""
    yield "Diffusion", page.DIFFUSIONS.get(diffusion, diffusion)
    if diffusion == "public":
        yield (
            "Masquage",
            f"effectifs masqués sous {parametres.seuil_diffusion}, ou sous {parametres.seuil_diffusion_montant} dès "
            "qu'un montant est croisé",
        )
    yield "État des données", page.ETATS_VERDICT.get(etat, (etat, ""))[0]
    yield "Empreinte des données", empreinte


def avertissement(diffusion: str) -> str:
    """Ce que porte la première feuille d'un classeur interne."""
    return page.AVERTISSEMENT_INTERNE if diffusion == "interne" else ""


def definitions(blocs: Iterable[Bloc]) -> Feuille:
    """Les définitions des indicateurs employés, une par ligne, dans l'ordre alphabétique."""
    uniques = {(d.nom, d.version): d for bloc in blocs for d in bloc.definitions}
    triees = sorted(uniques.values(), key=lambda d: (page.ancre(d.libelle), d.version))
    return Feuille("Définitions", COLONNES_DEFINITIONS, tuple(_definition(d) for d in triees))


def _definition(definition: Definition) -> tuple[str | None, ...]:
    textes = (
        definition.libelle,
        definition.nom,
        _sans_exemple(definition.description),
        definition.numerateur,
        definition.denominateur,
        definition.unite,
        definition.pieges,
        definition.source,
    )
    return (*(locale.typographie(t.replace("`", "")) or None for t in textes), definition.version or None)


def _sans_exemple(description: str) -> str:
    """Le texte d'une définition sans l'exemple de code qui peut le suivre."""
    return " ".join(re.split(r"\s+(?:Exemples?\s*:|>>>)", description)[0].split())
