"""Le cahier régional prêt à afficher, partie par partie : ce que son carnet appelle.

import observatoire as obs
cahier = obs.cahier("52", 2020, "", "interne")
cahier.entete()
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from observatoire.cahiers.contenu import DonneesCahier
from observatoire.cahiers.donnees import preparer_cahier
from observatoire.cahiers.parametres import controler_cahier
from observatoire.campagne.donnees_types import COLONNES_CONTRAT
from observatoire.classeurs.cahier import classeur_cahier
from observatoire.entrepot import sans_formules
from observatoire.espace import Espace
from observatoire.restitution import cahier_page, page
from observatoire.restitution.cahier_tableaux import pourcentage
from observatoire.restitution.cellules import Vue
from observatoire.restitution.rapport import Fragment, Provenance, _styles
from observatoire.restitution.tuiles import chiffre

_VALEURS = ("valeur", "numerateur", "denominateur", "base")


@dataclass(frozen=True)
class Cahier:
    """Le cahier d'une région, d'une année et d'un thème ; chaque méthode rend une partie à afficher."""

    donnees: DonneesCahier

    def entete(self) -> Fragment:
        """Le bandeau de tête."""
        return Fragment(_styles() + cahier_page.css() + cahier_page.bandeau(self.donnees), "bandeau")

    def sommaire(self) -> Fragment:
        """La table des matières."""
        return Fragment(cahier_page.sommaire(self.donnees), "sommaire")

    def methode(self) -> Fragment:
        """L'encadré de méthode : sources, taux de réponse, règles."""
        return Fragment(cahier_page.methode(self.donnees), "méthode et sources")

    def sections(self) -> Iterator[Fragment]:
        """Les sections, dans l'ordre du thème : une à la fois."""
        for rang, section in enumerate(self.donnees.sections, 1):
            yield Fragment(cahier_page.section(self.donnees, section, rang), section.titre)

    def fiches(self) -> Fragment:
        """Les fiches-actions."""
        return Fragment(cahier_page.fiches(self.donnees), "fiches-actions")

    def lexique(self) -> Fragment:
        """Les sigles employés."""
        return Fragment(cahier_page.lexique(self.donnees), "lexique")

    def definitions(self) -> Fragment:
        """Les définitions des indicateurs employés."""
        return Fragment(page.definitions(self.donnees), "définitions")

    def provenance(self) -> Fragment:
        """D'où viennent les chiffres ; porte aussi la table protégée, que la campagne range à côté de la page."""
        d = self.donnees
        return Provenance(cahier_page.provenance(d), "provenance", fiche_cahier(d), classeur_cahier(d))


def cahier(region: str, annee: int, theme: str = "", diffusion: str = "public") -> Cahier:
    """Le cahier d'une région dans l'espace courant ; un thème vide est le premier du cahier.

    Lève `ErreurParametre` pour un paramètre inconnu ou mal typé, `ErreurDefinition` si le cahier est mal écrit,
    `ErreurFichier` si une table reçue ne se lit pas.
    """
    espace = Espace.ouvrir()
    recus = {"region": region, "annee": annee, "theme": theme, "diffusion": diffusion}
    return Cahier(preparer_cahier(espace, controler_cahier(espace, recus)))


def fiche_cahier(donnees: DonneesCahier) -> dict[str, Any]:
    """La fiche en types JSON : état, empreinte, versions, chiffre clé, et la table protégée en CSV."""
    table = table_cahier(donnees)
    versions = {d.nom: d.version for bloc in donnees.blocs for d in bloc.definitions}
    return {
        "etat": donnees.etat,
        "empreinte": donnees.empreinte,
        "versions": {"code": donnees.version_code, "definitions": dict(sorted(versions.items()))},
        "chiffre_cle": _chiffre_cle(donnees),
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
