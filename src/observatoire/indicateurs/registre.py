"""Déclarer, trouver et calculer les indicateurs : un nom, un univers, une expression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from observatoire.campagne.donnees_types import Definition
from observatoire.erreurs import ErreurDefinition, exiger_connu
from observatoire.indicateurs.formes import Forme
from observatoire.indicateurs.libelles import SUFFIXE_GROUPE
from observatoire.services import Parametres
from observatoire.univers import trouver_univers


@dataclass(frozen=True)
class Indicateur:
    """Un indicateur déclaré : sa définition et sa forme. Une définition datée est une variante du même nom."""

    definition: Definition
    forme: Forme
    personnel: bool  # compte des personnes : soumis au seuil de diffusion
    montant: bool  # croise un montant : seuil de diffusion plus haut
    interne_seulement: bool
    valable_depuis: int | None
    codes: tuple[str, ...] = ()  # les réglages et les noms du catalogue dont il dépend : dits au seul glossaire
    essai: bool = False  # déclaré dans un carnet, donc à redéclarer autant de fois qu'on exécute sa cellule

    @property
    def nom(self) -> str:
        return self.definition.nom

    def colonnes_modele(self, parametres: Parametres | None = None) -> set[str]:
        """Les « table.colonne » du modèle que lit l'indicateur, tirées de ses expressions.

        `parametres` : pour ne garder que ce qu'il lit dans un service ainsi réglé ; sans eux, dans tout service.
        """
        if parametres is None:
            return set(self._colonnes)
        return trouver_univers(self.definition.univers).colonnes_lues(self.forme.colonnes_lues(), parametres)

    def colonnes_du_detail(self, ventilation: str) -> set[str]:
        """Les « table.colonne » d'où vient une ventilation de l'indicateur, regroupée ou non ; aucune s'il l'ignore."""
        origines = trouver_univers(self.definition.univers).origines
        return set(origines.get(ventilation.removesuffix(SUFFIXE_GROUPE), ()))

    @cached_property
    def _colonnes(self) -> frozenset[str]:
        """Tirées une seule fois : les expressions d'une forme ne changent pas."""
        return frozenset(trouver_univers(self.definition.univers).colonnes_lues(self.forme.colonnes_lues()))


REGISTRE: dict[str, list[Indicateur]] = {}


def indicateur(
    *,
    univers: str,
    unite: str,
    famille: str,
    libelle: str,
    numerateur: str,
    denominateur: str = "sans objet",
    source: str,
    codes: str = "",
    pieges: str = "",
    valable_depuis: int | None = None,
    nom: str | None = None,
    personnel: bool = True,
    montant: bool = False,
    interne_seulement: bool = False,
) -> Callable[[Callable[[], Forme]], Callable[[], Forme]]:
    """Déclare un indicateur : la fonction décorée, sans argument, rend sa forme ; son nom est celui de l'indicateur.

    `valable_depuis` date une variante ; deux variantes d'un même nom se distinguent par cette année. `codes` : les
    réglages et les noms du catalogue dont il dépend, séparés par des espaces ; les textes les disent en mots. Lève
    `ErreurDefinition` si l'univers, la description ou une colonne manque, ou si le nom est pris.
    """

    def declarer(fonction: Callable[[], Forme]) -> Callable[[], Forme]:
        cle = nom or fonction.__name__
        forme = fonction()
        if not (fonction.__doc__ or "").strip():
            raise ErreurDefinition(f"L'indicateur « {cle} » n'a pas de définition écrite.")
        essai = fonction.__module__ == "__main__"
        variantes = [v for v in REGISTRE.get(cle, ()) if not (essai and v.essai and v.valable_depuis == valable_depuis)]
        if any(v.valable_depuis == valable_depuis for v in variantes):
            raise ErreurDefinition(f"L'indicateur « {cle} » est déclaré deux fois.", "Donnez-lui un autre nom.")
        declare = Indicateur(
            definition=Definition(
                nom=cle,
                libelle=libelle,
                famille=famille,
                unite=unite,
                univers=univers,
                description=" ".join(fonction.__doc__.split()),
                numerateur=numerateur,
                denominateur=denominateur,
                source=source,
                pieges=pieges,
                version=str(valable_depuis or 1),
                forme=forme.nom,
            ),
            forme=forme,
            personnel=personnel,
            montant=montant,
            interne_seulement=interne_seulement,
            valable_depuis=valable_depuis,
            codes=tuple(codes.split()),
            essai=essai,
        )
        declare.colonnes_modele()  # une colonne sans origine échoue à la déclaration, pas au calcul
        variantes.append(declare)
        REGISTRE[cle] = sorted(variantes, key=lambda v: v.valable_depuis or 0)
        return fonction

    return declarer


def noms() -> list[str]:
    """Les noms du catalogue, dans l'ordre de déclaration (par famille)."""
    return list(REGISTRE)


def trouver(nom: str) -> list[Indicateur]:
    """Les variantes d'un indicateur, de la plus ancienne à la plus récente ; lève `ErreurParametre` sinon."""
    exiger_connu(nom, REGISTRE, "Indicateur")
    return REGISTRE[nom]


def applicables(nom: str, annee: int) -> list[Indicateur]:
    """Les variantes en vigueur pour `annee` : la plus récente d'abord, puis celles qu'elle a remplacées.

    Les anciennes servent à publier la série à définition constante à côté de la série imprimée.
    """
    variantes = [v for v in trouver(nom) if v.valable_depuis is None or v.valable_depuis <= annee]
    return list(reversed(variantes or trouver(nom)[:1]))


def en_vigueur(nom: str, annee: int) -> Indicateur:
    """La variante d'un indicateur qui s'applique à `annee`."""
    return applicables(nom, annee)[0]
