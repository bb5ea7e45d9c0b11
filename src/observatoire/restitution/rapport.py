"""Ce que les carnets appellent : un rapport prêt à afficher, partie par partie.

import observatoire as obs
rapport = obs.rapport("ltiae", 2022, "interne")
rapport.entete()
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from observatoire.campagne.changements import Changements, lire_changements, sujet_rapport
from observatoire.campagne.donnees import preparer_rapport
from observatoire.campagne.donnees_types import Bloc, DonneesRapport
from observatoire.campagne.fiche import TYPE_FICHE, fiche_rapport
from observatoire.campagne.origine import Origine, empreinte_donnees, lire_origine
from observatoire.campagne.parametres import controler_parametres
from observatoire.classeurs.contenu import TYPE_CLASSEUR, Classeur, en_json
from observatoire.classeurs.rapport import classeur_rapport
from observatoire.commentaires import Commentaires, commenter
from observatoire.espace import Espace
from observatoire.restitution import changements, page
from observatoire.restitution.gabarit import css

if TYPE_CHECKING:
    from observatoire.restitution.qualite import Qualite


@dataclass(frozen=True)
class Fragment:
    """Un morceau de page, affiché en HTML par un carnet comme par la publication."""

    html: Markup
    nom: str

    def _repr_html_(self) -> str:
        return str(self.html)

    def __repr__(self) -> str:
        return f"<{self.nom}>"


@dataclass(frozen=True)
class Provenance(Fragment):
    """Le pied du rapport, accompagné de sa fiche et du contenu de ses classeurs."""

    fiche: dict[str, Any]
    classeur: Classeur | None = None

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        affiche = {"text/html": self._repr_html_(), TYPE_FICHE: self.fiche, "text/plain": repr(self)}
        return affiche if self.classeur is None else {**affiche, TYPE_CLASSEUR: en_json(self.classeur)}


@dataclass(frozen=True)
class Rapport:
    """Le rapport d'un service et d'une année ; chaque méthode rend une partie à afficher."""

    donnees: DonneesRapport
    origine: Origine = field(default_factory=Origine)
    depuis: Changements | None = None  # ce qui a changé depuis l'édition précédente, s'il y en a une
    commentaires: Commentaires | None = None  # ce que le chef de service a écrit, chiffres injectés

    def entete(self) -> Fragment:
        """Le bandeau de tête."""
        d = self.donnees
        bandeau = page.bandeau(d.service, d.annee, d.periode, d.diffusion, d.etat)
        return Fragment(_styles() + bandeau, "bandeau")

    def sommaire(self) -> Fragment:
        """La table des matières."""
        autres = list(self.commentaires.sommaire()) if self.commentaires else []
        autres += [(changements.CLE, changements.TITRE)] if self.depuis else []
        return Fragment(page.sommaire(self.donnees.sections, autres), "sommaire")

    def chiffres_cles(self) -> Fragment:
        """Les chiffres clés, avec l'écart à l'année précédente."""
        cles = page.chiffres_cles(self.donnees.chiffres_cles)
        return Fragment(self.commentaires.autour(cles) if self.commentaires else cles, "chiffres clés")

    def sections(self) -> Iterator[Fragment]:
        """Les sections, dans l'ordre du service : une à la fois, pour l'afficher aussitôt."""
        for rang, section in enumerate(self.donnees.sections, 1):
            commente = self.commentaires.de(section.titre) if self.commentaires else None
            yield Fragment(page.section(section, rang, commente), section.titre)
        if self.commentaires and (libres := self.commentaires.libres()):
            yield Fragment(libres, "perspectives")

    def changements(self) -> Fragment:
        """Ce qui a changé depuis la dernière édition, et pourquoi ; rien pour une première."""
        return Fragment(changements.section(sujet_rapport(self.donnees), self.depuis), "ce qui a changé")

    def qualite(self) -> Fragment:
        """Le panneau de qualité des données ; dans l'édition interne, ce qui reste à relire des commentaires."""
        relecture = self.commentaires.panneau() if self.commentaires else Markup("")
        return Fragment(page.qualite(self.donnees) + relecture, "qualité des données")

    def definitions(self) -> Fragment:
        """Les définitions des indicateurs employés."""
        return Fragment(page.definitions(self.donnees), "définitions")

    def provenance(self) -> Fragment:
        """D'où viennent les chiffres ; porte aussi la table protégée, que la campagne range à côté de la page."""
        fiche = fiche_rapport(self.donnees, self.origine)
        pied = page.provenance(self.donnees, self.origine, changements.edition(self.depuis), fiche["sha256_table"])
        if self.commentaires and self.commentaires.contredits:
            fiche = {**fiche, "contredits": self.commentaires.contredits}
        return Provenance(pied, "provenance", fiche, classeur_rapport(self.donnees))


def rapport(service: str, annee: int, diffusion: str = "public") -> Rapport:
    """Le rapport d'un service et d'une année, dans l'espace courant.

    Lève `ErreurParametre` pour un paramètre inconnu ou mal typé, `RapportBloque` si la qualité des données
    interdit de publier, `ErreurDefinition` si le commentaire du rapport est mal écrit.
    """
    espace = Espace.ouvrir()
    lus = controler_parametres(espace, {"service": service, "annee": annee, "diffusion": diffusion})
    donnees = nommer_unites(preparer_rapport(espace, lus.service, lus.annee, lus.diffusion))
    donnees = replace(donnees, empreinte=empreinte_donnees(espace, donnees.service))
    origine = lire_origine(espace, donnees.service, donnees.verdict.empreinte_regles, lus.annee)
    depuis = lire_changements(espace, sujet_rapport(donnees), origine, fiche_rapport(donnees, origine))
    return Rapport(donnees, origine, depuis, commenter(espace, donnees))


def nommer_unites(donnees: DonneesRapport) -> DonneesRapport:
    """Dit « personnes » ou « ménages » là où une définition dit « unités », selon ce que le service dénombre."""
    nom = "personnes" if donnees.service.parametres.unite_profil == "personne" else "ménages"

    def nommer(bloc: Bloc) -> Bloc:
        definitions = tuple(
            replace(d, **{c: re.sub(r"\bunités\b", nom, getattr(d, c)) for c in ("numerateur", "denominateur")})
            for d in bloc.definitions
        )
        return replace(bloc, definitions=definitions)

    sections = tuple(replace(s, blocs=tuple(map(nommer, s.blocs))) for s in donnees.sections)
    return replace(donnees, sections=sections, chiffres_cles=nommer(donnees.chiffres_cles))


def controle(service: str, annee: int, diffusion: str = "public") -> Qualite:
    """La page de qualité d'un service et d'une année, rendue à la place d'un rapport bloqué. Lève `ErreurParametre`."""
    from observatoire.restitution.qualite import qualite

    return qualite(service, annee, diffusion)


def _styles() -> Markup:
    """La feuille de style du carnet ; la publication la retire, la page a la sienne."""
    return Markup("<style data-carnet>{}</style>").format(Markup(css()))
