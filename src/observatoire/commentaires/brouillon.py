"""Un brouillon de commentaire : le texte de l'an passé rangé dans les sections de cette année, à relire.

Il s'écrit à côté du commentaire, sous un nom que rien n'imprime : relu, il prend sa place en changeant de nom.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from observatoire.campagne.annees import annees_recues
from observatoire.campagne.donnees import preparer_rapport
from observatoire.campagne.donnees_types import DonneesRapport
from observatoire.commentaires.chiffres import Chiffres
from observatoire.commentaires.expressions import extraire
from observatoire.commentaires.lecture import (
    AVANT_PROPOS,
    CHIFFRES_CLES,
    PARTIES_LIBRES,
    Fichier,
    Partie,
    chemin_brouillon,
    chemin_commentaires,
    lire_fichier,
    plier,
)
from observatoire.commentaires.nombres import nombres_tapes
from observatoire.erreurs import ErreurObservatoire, ErreurParametre
from observatoire.espace import Espace
from observatoire.restitution.gabarit import ecrire_atomique
from observatoire.services import lire_service

_ANNEES = re.compile(r"\b20\d\d\b")


def ecrire_brouillon(espace: Espace, service: str, annee: int) -> tuple[str, str]:
    """Écrit le brouillon d'une année ; rend son chemin et celui du texte dont il vient (vide s'il n'y en a pas).

    Une année dont les données ne sont pas encore là a son brouillon : ses chiffres se vérifieront à leur arrivée.
    Lève `ErreurParametre` si un brouillon attend déjà (rien n'est écrasé), `RapportBloque` ou `ErreurParametre` si le
    rapport de l'année ne se prépare pas.
    """
    cible = chemin_brouillon(espace, service, annee)
    nom = cible.relative_to(espace.racine).as_posix()
    if cible.exists():
        final = chemin_commentaires(espace, service, annee).name
        raise ErreurParametre(f"{nom} existe déjà.", f"Relisez-le, puis renommez-le en {final}, ou effacez-le.")
    donnees = preparer_rapport(espace, service, annee, "interne")
    source = _dernier(espace, service, annee)
    attend = sans_donnees(espace, service, annee)
    ecrire_atomique(cible, "\n".join(_rediger(espace, donnees, source, attend)) + "\n")
    return nom, source.nom if source else ""


def sans_donnees(espace: Espace, service: str, annee: int) -> bool:
    """Vrai si rien n'a encore été reçu pour cette année. Lève `ErreurParametre` pour un service inconnu."""
    return annee not in annees_recues(espace, lire_service(espace, service))


def _dernier(espace: Espace, service: str, annee: int) -> Fichier | None:
    """Le commentaire le plus récent d'avant cette année."""
    dossier = chemin_commentaires(espace, service, annee).parent
    annees = sorted(
        (int(f.stem) for f in dossier.glob("*.md") if f.stem.isdigit() and int(f.stem) < annee), reverse=True
    )
    return lire_fichier(espace, service, annees[0]) if annees else None


def _rediger(espace: Espace, donnees: DonneesRapport, source: Fichier | None, attend: bool) -> Iterator[str]:
    """Les lignes du brouillon : chaque section de l'année, ses chiffres à injecter, le texte de l'an passé.

    `attend` : les données de l'année ne sont pas encore là, donc seuls les noms se vérifient.
    """
    restantes = {(plier(p.section), plier(p.figure)): p for p in (source.parties if source else ())}
    reprendre = partial(_reprendre, restantes, chiffres=Chiffres(espace, donnees), attend=attend)
    yield f"# {donnees.service.libelle_court} {donnees.annee}, commentaires"
    yield ""
    yield from _mode_emploi(source, donnees.annee if attend else None)
    yield from reprendre(AVANT_PROPOS, "")
    for section in [CHIFFRES_CLES, *(s.titre for s in donnees.sections), *PARTIES_LIBRES]:
        blocs = next((s.blocs for s in donnees.sections if s.titre == section), ())
        yield f"## {section}"
        yield ""
        noms = dict.fromkeys(d.nom for b in blocs for d in b.definitions)
        if noms:
            yield f"<!-- Chiffres à injecter : {', '.join(noms)} -->"
            yield ""
        yield from reprendre(section, "")
        for bloc in blocs:
            reprises = list(reprendre(section, bloc.titre))
            if reprises:
                yield f"### {bloc.titre}"
                yield ""
                yield from reprises
    yield from _perdues(restantes)


def _mode_emploi(source: Fichier | None, attendue: int | None) -> Iterator[str]:
    yield "<!--"
    if source:
        yield f"Brouillon tiré de {source.nom}. Relisez-le, puis retirez « .brouillon » du nom du fichier."
    else:
        yield "Écrivez sous chaque titre, puis retirez « .brouillon » du nom du fichier."
    if attendue:
        yield f"{attendue} n'a pas encore de données : les chiffres injectés se vérifieront à leur arrivée."
    yield 'Un chiffre se prend dans le tableau : {{ nom }}, {{ part("nom", "modalité") }}, {{ evolution("nom") }}.'
    yield "-->"
    yield ""


def _reprendre(
    restantes: dict[tuple[str, str], Partie], section: str, figure: str, *, chiffres: Chiffres, attend: bool
) -> Iterator[str]:
    """Le texte de l'an passé d'une section ou d'une figure, précédé de ce qu'il faut y relire."""
    partie = restantes.pop((plier(section), plier(figure)), None)
    if partie is None:
        return
    if partie.interne:
        yield "diffusion : interne"
        yield ""
    if points := _a_relire(partie, section, figure, chiffres, attend):
        yield f"<!-- À relire : {' ; '.join(points)} -->".replace("--> -->", "-->")
        yield ""
    yield partie.texte.strip("\n")
    yield ""


def _a_relire(partie: Partie, section: str, figure: str, chiffres: Chiffres, attend: bool) -> list[str]:
    """Ce que le texte repris a de périssable : nombres tapés, années, injections que le rapport n'a plus."""
    marque, expressions = extraire(partie.texte, "texte repris", partie.ligne)
    points = [f"« {n.ecrit} », tapé à la main" for n in nombres_tapes(marque)]
    points += [f"l'année {a}, tapée à la main" for a in dict.fromkeys(_ANNEES.findall(marque))]
    for expression in expressions:
        if attend and chiffres.connait(expression):
            continue
        try:
            chiffres.evaluer(expression, "texte repris", section, figure)
        except ErreurObservatoire:
            points.append(f"« {{{{ {expression.ecrite} }}}} », que ce rapport n'a plus")
    return [p.replace("-->", "") for p in points]


def _perdues(restantes: dict[tuple[str, str], Partie]) -> Iterator[str]:
    """Les textes dont la section ou la figure n'existe plus : gardés en pense-bête, jamais perdus."""
    for partie in restantes.values():
        titre = f"{partie.section}, {partie.figure}" if partie.figure else partie.section
        yield f"<!-- Texte de « {titre} », que ce rapport n'a plus :"
        yield ""
        yield partie.texte.strip("\n").replace("-->", "")
        yield "-->"
        yield ""
