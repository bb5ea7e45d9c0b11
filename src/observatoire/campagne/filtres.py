"""Filtrer un tableau : la part d'une population que retiennent des modalités, et ce qui la protège.

Un chiffre filtré se retrouve par différence avec l'ensemble et avec le reste. Le calcul rend donc les trois à la porte
de sortie, qui les protège comme des territoires et leur somme ; seule la part filtrée est ensuite imprimée.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import and_

import polars as pl

from observatoire.erreurs import ErreurParametre, suggestion
from observatoire.espace import Espace
from observatoire.indicateurs.calcul import Calculateur, motifs_de_retenue, retenir, vider
from observatoire.indicateurs.formes import Citations, Survie
from observatoire.indicateurs.libelles import TITRES, decrire, titre_variable
from observatoire.indicateurs.registre import Indicateur
from observatoire.modele import NON_RENSEIGNE
from observatoire.qualite import Verdict
from observatoire.services import Parametres, Service
from observatoire.univers import trouver_univers

DANS, HORS = "dans le filtre", "hors du filtre"
Filtres = Mapping[str, Sequence[str]]


def colonnes_de_filtre(indicateur: Indicateur) -> list[str]:
    """Les colonnes qui peuvent filtrer un indicateur : celles que déclare sa population, et qui ont un titre.

    Les citations d'une question à plusieurs réponses ne se filtrent pas par leurs propres réponses, ni une courbe de
    survie par ses échéances : leur base n'y a pas de valeur.
    """
    univers = trouver_univers(indicateur.definition.univers)
    propres = indicateur.forme.dimensions if isinstance(indicateur.forme, Citations | Survie) else ()
    return [c for c in univers.origines if c in TITRES and c not in propres]


def calculer_filtre(
    calculateur: Calculateur,
    indicateur: Indicateur,
    ventilations: Sequence[str],
    filtres: Filtres,
    *,
    regrouper: bool = False,
    complement: bool = True,
) -> pl.DataFrame:
    """Les lignes d'un indicateur pour l'ensemble, la part filtrée (`DANS`) et le reste (`HORS`).

    `filtres` : colonne de la population → modalités gardées ; plusieurs colonnes se cumulent. `complement` : faux quand
    rien ne sera masqué, le reste ne servant qu'à protéger. Lève `ErreurParametre` si l'indicateur n'a pas la colonne.
    Source : règles de publication de l'observatoire, « différence entre tableaux ».
    """
    garde = _condition(calculateur, indicateur, filtres)
    parts = {DANS: garde, HORS: ~garde} if complement else {DANS: garde}
    return calculateur.calculer(indicateur, ventilations, regrouper=regrouper, parts=parts)


def _condition(calculateur: Calculateur, indicateur: Indicateur, filtres: Filtres) -> pl.Expr:
    permises = colonnes_de_filtre(indicateur)
    if not calculateur.recu(indicateur):
        return pl.lit(True)
    schema = calculateur.population(indicateur.definition.univers).schema
    textes = sorted(c for c in permises if schema.get(c) == pl.String())
    for colonne, modalites in filtres.items():
        if colonne not in textes:
            raise ErreurParametre(
                f"L'indicateur « {indicateur.nom} » ne se filtre pas par « {colonne} ».",
                f"{suggestion(colonne, textes)} Filtres possibles : {', '.join(textes) or 'aucun'}.".strip(),
            )
        if not modalites:
            raise ErreurParametre(f"Le filtre « {colonne} » ne garde aucune modalité.", "Donnez-en une, ou retirez-le.")
    return reduce(and_, (pl.col(c).fill_null(NON_RENSEIGNE).is_in(list(m)) for c, m in filtres.items()))


def retenir_filtre(
    lignes: pl.DataFrame,
    indicateur: Indicateur,
    verdict: Verdict | None,
    filtres: Iterable[str],
    parametres: Parametres | None = None,
) -> pl.DataFrame:
    """Retient ce que la qualité retient : le tableau comme sans filtre, et les parts si elle retient un filtre."""
    parts = lignes["territoire"]
    lignes = retenir(lignes.with_columns(pl.lit(None, pl.String).alias("territoire")), indicateur, verdict, parametres)
    lignes = lignes.with_columns(parts)
    if not motifs_de_retenue(indicateur, verdict, list(filtres), parametres):
        return lignes
    return vider(lignes, pl.col("territoire").is_not_null())


def garder_filtre(protegee: pl.DataFrame) -> pl.DataFrame:
    """La part filtrée d'une table protégée, devenue tout le tableau ; un service sans donnée garde sa ligne vide."""
    parts = protegee.filter(pl.col("territoire") == DANS)
    lignes = parts if parts.height else protegee.filter(pl.col("territoire").is_null())
    return lignes.with_columns(pl.lit(None, pl.String).alias("territoire"))


def dire_filtres(espace: Espace, service: Service, indicateur: Indicateur, filtres: Filtres) -> tuple[str, ...]:
    """Ce qu'un tableau filtré ne compte pas, en une phrase : « Filtre : quartier prioritaire, oui. » ; rien sinon."""
    lus = lire_libelles(espace, service, indicateur, filtres)
    parts = [f"{titre}, {' ou '.join(gardees)}" for titre, gardees in lus]
    return (f"Filtre : {' ; '.join(parts)}.",) if parts else ()


def lire_libelles(
    espace: Espace, service: Service, indicateur: Indicateur, filtres: Filtres
) -> list[tuple[str, list[str]]]:
    """Chaque filtre en mots : le titre de sa variable, et les libellés de ses modalités gardées."""
    univers = trouver_univers(indicateur.definition.univers)
    lus = []
    for colonne, modalites in filtres.items():
        libelles = decrire(espace, service, univers, colonne, list(modalites))
        lus.append((titre_variable(colonne), [libelles[m][0] for m in modalites]))
    return lus
