"""Le cahier régional prêt à afficher, partie par partie : ce que son carnet appelle.

import observatoire as obs
cahier = obs.cahier("52", 2020, "", "interne")
cahier.entete()
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import polars as pl
from markupsafe import Markup

from observatoire.cahiers.contenu import DonneesCahier, Figure
from observatoire.cahiers.donnees import preparer_cahier
from observatoire.cahiers.parametres import controler_cahier
from observatoire.campagne.changements import Changements
from observatoire.campagne.donnees_types import COLONNES_CONTRAT, Bloc
from observatoire.campagne.fiche import imprime
from observatoire.campagne.origine import Origine
from observatoire.classeurs.cahier import classeur_cahier
from observatoire.entrepot import sans_formules
from observatoire.espace import Espace
from observatoire.restitution import cahier_page, cahier_suivi, changements, page
from observatoire.restitution.cahier_tableaux import pourcentage
from observatoire.restitution.cellules import Vue
from observatoire.restitution.rapport import Fragment, Provenance, _styles
from observatoire.restitution.tuiles import chiffre

if TYPE_CHECKING:
    from observatoire.documents_word.textes import TextesFederation

_VALEURS = ("valeur", "numerateur", "denominateur", "base")


@dataclass(frozen=True)
class Cahier:
    """Le cahier d'une région, d'une année et d'un thème ; chaque méthode rend une partie à afficher."""

    donnees: DonneesCahier
    origine: Origine = field(default_factory=Origine)
    depuis: Changements | None = None  # ce qui a changé depuis l'édition précédente, s'il y en a une
    textes: TextesFederation | None = None  # ce que la fédération a écrit dans le Word gardé

    def entete(self) -> Fragment:
        """Le bandeau de tête."""
        return Fragment(_styles() + cahier_page.css() + cahier_page.bandeau(self.donnees), "bandeau")

    def sommaire(self) -> Fragment:
        """La table des matières."""
        return Fragment(cahier_page.sommaire(self.donnees, bool(self.depuis)), "sommaire")

    def methode(self) -> Fragment:
        """L'encadré de méthode : sources, taux de réponse, règles."""
        avant = self.textes.avant_propos() if self.textes else Markup("")
        return Fragment(avant + cahier_page.methode(self.donnees), "méthode et sources")

    def sections(self) -> Iterator[Fragment]:
        """Les sections, dans l'ordre du thème : une à la fois."""
        for rang, section in enumerate(self.donnees.sections, 1):
            texte = self.textes.bloc if self.textes else None
            yield Fragment(cahier_page.section(self.donnees, section, rang, texte), section.titre)

    def fiches(self) -> Fragment:
        """Les fiches-actions."""
        return Fragment(cahier_page.fiches(self.donnees), "fiches-actions")

    def changements(self) -> Fragment:
        """Ce qui a changé depuis la dernière édition, et pourquoi ; rien pour une première."""
        sujet = cahier_suivi.sujet_cahier(self.donnees)
        return Fragment(changements.section(sujet, self.depuis), "ce qui a changé")

    def lexique(self) -> Fragment:
        """Les sigles employés."""
        return Fragment(cahier_page.lexique(self.donnees), "lexique")

    def definitions(self) -> Fragment:
        """Les définitions des indicateurs employés ; dans l'édition interne, ce qui reste à relire des textes."""
        relecture = self.textes.panneau() if self.textes else Markup("")
        return Fragment(page.definitions(self.donnees) + relecture, "définitions")

    def provenance(self) -> Fragment:
        """D'où viennent les chiffres ; porte aussi la table protégée, que la campagne range à côté de la page."""
        d = self.donnees
        pied = cahier_page.provenance(d, changements.edition(self.depuis))
        fiche = {**fiche_cahier(d), **self.origine.en_dict()}
        if self.textes and self.textes.contredits:
            fiche["contredits"] = self.textes.contredits
        return Provenance(pied, "provenance", fiche, classeur_cahier(d))


def cahier(region: str, annee: int, theme: str = "", diffusion: str = "public") -> Cahier:
    """Le cahier d'une région dans l'espace courant ; un thème vide est le premier du cahier.

    Lève `ErreurParametre` pour un paramètre inconnu ou mal typé, `ErreurDefinition` si le cahier est mal écrit,
    `ErreurFichier` si une table reçue ne se lit pas.
    """
    espace = Espace.ouvrir()
    recus = {"region": region, "annee": annee, "theme": theme, "diffusion": diffusion}
    donnees = preparer_cahier(espace, controler_cahier(espace, recus))
    suivi = cahier_suivi.suivre(espace, donnees, fiche_cahier(donnees))
    return Cahier(donnees, *suivi, textes_federation(espace, donnees))


def textes_federation(espace: Espace, donnees: DonneesCahier) -> TextesFederation | None:
    """Ce que la fédération a écrit dans le Word gardé de ce cahier ; `None` s'il n'y en a pas.

    Lève `ErreurFichier` si ce document ne se lit pas.
    """
    from observatoire.commentaires import Relecteur
    from observatoire.documents_word import Identite, fichier_conserve
    from observatoire.documents_word.textes import lire_textes

    sujet = cahier_suivi.sujet_cahier(donnees)
    rempli = fichier_conserve(espace, Identite(sujet.nom, sujet.annee, sujet.diffusion))
    if not rempli.is_file():
        return None
    relecteur = Relecteur(donnees.annee, [(s.titre, _comparable(f)) for s in donnees.sections for f in s.figures])
    nom, plan = rempli.relative_to(espace.racine).as_posix(), cahier_page.plan_des_textes(donnees)
    return lire_textes(rempli, nom, donnees.diffusion, plan, relecteur)


def _comparable(figure: Figure) -> Bloc:
    """Le tableau auquel un texte se compare ; de repères, leurs seuls totaux : leurs bornes ne les détaillent pas."""
    if figure.genre != "reperes":
        return figure.bloc
    return replace(figure.bloc, table=figure.bloc.table.filter(pl.col("ventilation_1").is_null()))


def fiche_cahier(donnees: DonneesCahier) -> dict[str, Any]:
    """La fiche en types JSON : état, empreinte, versions, chiffre clé, et la table protégée en CSV."""
    table = table_cahier(donnees)
    versions = {d.nom: d.version for bloc in donnees.blocs for d in bloc.definitions}
    return {
        "etat": donnees.etat,
        "empreinte": donnees.empreinte,
        "versions": {"code": donnees.version_code, "definitions": dict(sorted(versions.items()))},
        "chiffre_cle": _chiffre_cle(donnees),
        "imprime": imprime((s.titre, (f.bloc for f in s.figures)) for s in donnees.sections),
        "sha256_table": hashlib.sha256(table.encode("utf-8")).hexdigest(),
        "table": table,
    }


def table_cahier(donnees: DonneesCahier) -> str:
    """La table ordonnée du cahier en CSV : colonnes du contrat, sans doublon, triée, donc reproductible."""
    tables = [b.cellules.select(COLONNES_CONTRAT) for b in donnees.blocs if not b.cellules.is_empty()]
    if not tables:
        return ",".join(COLONNES_CONTRAT) + "\n"
    cles = [c for c in COLONNES_CONTRAT if c not in _VALEURS]
    table = pl.concat(tables).unique(maintain_order=True).sort([*cles, *_VALEURS], nulls_last=False)
    return sans_formules(table).write_csv()


def _chiffre_cle(donnees: DonneesCahier) -> dict[str, str] | None:
    """Le total du premier tableau par département qui en publie un, pour le portail."""
    for figure in donnees.figures:
        vue = Vue(figure.bloc)
        if figure.genre == "departements" and (total := vue.total(vue.definition.nom)).publiee:
            valeur = pourcentage(figure, total) if total.unite == "%" else "".join(chiffre(total))
            return {"valeur": valeur, "libelle": vue.definition.libelle}
    return None
