"""Nettoyage : du texte d'une cellule à la valeur typée du modèle, une préoccupation par fichier."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from observatoire.espace import Espace
from observatoire.modele import Colonne, Type
from observatoire.nettoyage.communes import Communes, lire_communes, nettoyer_communes
from observatoire.nettoyage.dates import ORIGINE_1900, PIVOT, PIVOT_NAISSANCE, nettoyer_dates, nettoyer_mois
from observatoire.nettoyage.identifiants import nettoyer_identifiants, nettoyer_textes
from observatoire.nettoyage.modalites import Vocabulaire, nettoyer_listes, nettoyer_modalites
from observatoire.nettoyage.montants import nettoyer_montants
from observatoire.nettoyage.nombres import nettoyer_entiers, nettoyer_nombres
from observatoire.nettoyage.rejets import MOTIF_CELLULE
from observatoire.nettoyage.resultat import Nettoyee, appliquer, appliquer_a_tout
from observatoire.nettoyage.texte import cle as cle_de_texte
from observatoire.nomenclatures import lire_nomenclature

if TYPE_CHECKING:
    from observatoire.pseudonymes import Cle

_MOTS_OUTILS = {"des", "les", "une", "aux", "par", "sur", "pour", "avec", "sans", "dans", "ben", "van", "von"}
COLONNES_COMMUNE = ("commune", "commune_origine")


@dataclass
class Contexte:
    """Ce qu'il faut savoir pour nettoyer un fichier d'un service.

    `ecritures` : modalités déclarées par le service. `ordre` : ordre déclaré des dates, vide si le service n'en
    dit rien. `origine_dates` : jour zéro des numéros de tableur. `accepter_proches` : appliquer une modalité
    proche et sans rivale. `cle` : la clé des pseudonymes ; None quand les identifiants en sont déjà.
    `format_modele` : le fichier est écrit avec les colonnes du modèle.
    """

    espace: Espace
    ecritures: dict[str, dict[str, Any]] = field(default_factory=dict)
    origine: str = ""
    ordre: str = ""
    origine_dates: dt.date = ORIGINE_1900
    accepter_proches: bool = False
    cle: Cle | None = None
    format_modele: bool = False
    _vocabulaires: dict[str, Vocabulaire] = field(default_factory=dict)

    def vocabulaire(self, colonne: Colonne) -> Vocabulaire:
        """Vocabulaire d'une colonne : écritures propres à la colonne, puis à sa nomenclature."""
        variable = colonne.variable
        if variable.nom not in self._vocabulaires:
            ecritures = {**self.ecritures.get(variable.nomenclature, {}), **self.ecritures.get(variable.nom, {})}
            self._vocabulaires[variable.nom] = Vocabulaire.de(
                lire_nomenclature(self.espace, variable.nomenclature), ecritures, self.origine
            )
        return self._vocabulaires[variable.nom]

    def communes(self) -> Communes:
        return lire_communes(self.espace)

    @cached_property
    def mots_du_secteur(self) -> frozenset[str]:
        """Les mots des vocabulaires et des écritures du service : ce ne sont pas des noms de personnes."""
        noms = sorted(f.stem for f in self.espace.ressource("data/nomenclatures").glob("*.csv"))
        textes = [e for liste in self.ecritures.values() for e in liste]
        for nom in noms:
            modalites = lire_nomenclature(self.espace, nom).modalites
            textes += [t for c in ("code", "libelle", "variantes") for t in modalites[c].drop_nulls()]
        cles = pl.DataFrame({"t": textes}, schema={"t": pl.String}).select(cle_de_texte(pl.col("t")).str.split(" "))
        mots = {mot for mot in cles.explode("t")["t"].unique() if mot and len(mot) > 2}
        return frozenset(mots - _MOTS_OUTILS)


def nettoyer_colonne(serie: pl.Series, colonne: Colonne, contexte: Contexte, entete: str = "") -> Nettoyee:
    """Convertit une colonne de texte vers le type de `colonne`, ligne à ligne ; `entete` est celui de l'export.

    Ne lève rien pour une valeur illisible : elle a un motif. Lève `ErreurDefinition` si les écritures du
    service désignent un code inconnu, `ErreurParametre` si une nomenclature manque.
    """
    from observatoire.collecte.tableau import cellule_en_erreur

    if not serie.str.starts_with("#").any():
        return _nettoyer(serie, colonne, contexte, entete)
    # « #N/A » n'est pas une absence dite par le service : c'est une formule en panne.
    cadre = pl.DataFrame({"v": serie}).with_columns(erreur=cellule_en_erreur(pl.col("v")))
    propre = _nettoyer(cadre.select(pl.when(~pl.col("erreur")).then("v").alias("v"))["v"], colonne, contexte, entete)
    motif = pl.when("erreur").then(pl.lit(MOTIF_CELLULE))
    motifs = cadre.with_columns(m=propre.motifs if propre.motifs is not None else pl.lit(None, pl.String)).select(
        pl.coalesce(motif, "m").alias("m")
    )["m"]
    return Nettoyee(
        propre.valeurs, motifs if motifs.null_count() < motifs.len() else None, propre.natures, propre.propositions
    )


def _nettoyer(serie: pl.Series, colonne: Colonne, contexte: Contexte, entete: str) -> Nettoyee:
    type_, ordre, origine = colonne.variable.type, contexte.ordre, contexte.origine_dates
    if type_ is Type.TEXTE:
        return appliquer(serie, nettoyer_textes, directe=4)
    if colonne.nom in COLONNES_COMMUNE and not colonne.obligatoire:
        return appliquer(
            serie, lambda b: nettoyer_communes(b, contexte.communes(), entete, insee=contexte.format_modele)
        )
    if type_ is Type.IDENTIFIANT:
        return appliquer_a_tout(serie, nettoyer_identifiants)
    if type_ is Type.DATE:
        return appliquer(serie, lambda b: nettoyer_dates(b, ordre, PIVOT, origine), directe=2)
    if type_ is Type.MOIS:
        pivot = PIVOT_NAISSANCE if colonne.nom == "naissance" else PIVOT
        return appliquer(serie, lambda b: nettoyer_mois(b, ordre, pivot, origine), directe=2)
    if type_ is Type.MONTANT:
        return appliquer(serie, nettoyer_montants, directe=16)
    if type_ is Type.ENTIER:
        return appliquer(serie, nettoyer_entiers, directe=4)
    if type_ is Type.DECIMAL:
        return appliquer(serie, nettoyer_nombres, directe=4)
    nettoyeur = nettoyer_listes if type_ is Type.CODES else nettoyer_modalites
    return appliquer(serie, lambda b: nettoyeur(b, contexte.vocabulaire(colonne), contexte.accepter_proches))
