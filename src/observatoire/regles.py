"""Les règles de lecture, codées une seule fois, en expressions polars.

Chaque fonction rend une expression sur les colonnes `debut` et `fin` d'un épisode, d'une place ou
d'une appartenance : intervalle [debut, fin[, fin vide = en cours, borné à la période.
Source : règles de calcul tranchées de l'observatoire.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from observatoire.modele import ABSENCES, NON_RENSEIGNE

INFINI = date(9999, 12, 31)  # fin d'un intervalle en cours, pour comparer sans cas particulier
ECART_PHOTO_MAX = 31  # jours tolérés entre une photo non liée et le jour de l'épisode


def dans(colonne: str, debut: date, fin: date) -> pl.Expr:
    """Vrai si la date `colonne` tombe dans [debut, fin[ ; une date vide n'y tombe jamais."""
    return ((pl.col(colonne) >= debut) & (pl.col(colonne) < fin)).fill_null(False)


def present(debut: date, fin: date) -> pl.Expr:
    """Vrai si l'épisode a au moins un jour dans [debut, fin[, ou s'il est d'un jour nul dans cette période."""
    d, f = pl.col("debut"), pl.col("fin").fill_null(INFINI)
    un_jour = (d < f) & (d < fin) & (f > debut)
    jour_nul = (d == f) & (d >= debut) & (d < fin)
    return (un_jour | jour_nul).fill_null(False)


def present_le(jour: date) -> pl.Expr:
    """Vrai si l'épisode est ouvert le jour donné : debut ≤ jour < fin."""
    return ((pl.col("debut") <= jour) & (pl.col("fin").fill_null(INFINI) > jour)).fill_null(False)


def jours_dans(debut: date, fin: date, *, sortie_comptee: bool = False) -> pl.Expr:
    """Nombre de jours de l'intervalle dans [debut, fin[ ; hors période = 0, jamais négatif.

    Avec `sortie_comptee`, le jour de sortie compte et un intervalle d'un jour nul vaut 1.
    """
    sortie = pl.col("fin") + timedelta(days=1) if sortie_comptee else pl.col("fin")
    d = pl.max_horizontal(pl.col("debut"), pl.lit(debut))
    f = pl.min_horizontal(sortie.fill_null(fin), pl.lit(fin))
    return (f - d).dt.total_days().clip(lower_bound=0)


def duree_jours() -> pl.Expr:
    """Durée complète de l'intervalle en jours (fin − debut) ; vide s'il est en cours."""
    return (pl.col("fin") - pl.col("debut")).dt.total_days()


def age(naissance: str, au: str) -> pl.Expr:
    """Âge en années pleines au jour `au` ; `naissance` AAAA-MM vaut le premier du mois."""
    annee = pl.col(naissance).str.slice(0, 4).cast(pl.Int64, strict=False)
    mois = pl.col(naissance).str.slice(5, 2).cast(pl.Int64, strict=False)
    avant = (pl.col(au).dt.month() < mois).cast(pl.Int64)
    return pl.col(au).dt.year().cast(pl.Int64) - annee - avant


def tranches_age(bornes: Sequence[int]) -> list[str]:
    """Libellés des tranches, sans trou : [0, 25, 41] donne « 0-24 », « 25-40 », « 41 et plus »."""
    suites = itertools.pairwise(bornes)
    return [*(f"{a}-{b - 1}" if b - 1 > a else f"{a}" for a, b in suites), f"{bornes[-1]} et plus"]


def tranche_age(colonne: str, bornes: Sequence[int]) -> pl.Expr:
    """Tranche de l'âge `colonne`, bornes fermées à gauche et ouvertes à droite.

    Un âge sous la première borne va dans « moins de … » : aucune personne ne tombe entre deux classes.
    """
    expression = pl.when(pl.col(colonne) < bornes[0]).then(pl.lit(f"moins de {bornes[0]}"))
    for libelle, borne in zip(tranches_age(bornes), bornes[1:], strict=False):
        expression = expression.when(pl.col(colonne) < borne).then(pl.lit(libelle))
    derniere = pl.lit(tranches_age(bornes)[-1])
    return expression.when(pl.col(colonne) >= bornes[-1]).then(derniere).otherwise(None)


def tranches_montant(bornes: Sequence[int]) -> list[str]:
    """Libellés des tranches de montant, en euros : [1, 500] donne « aucune ressource », « 1-499 € », « 500 € et plus ».

    Une première borne de 1 € isole les montants nuls ; plus haute, la première tranche dit « moins de … € ».
    """
    premiere = "aucune ressource" if bornes[0] == 1 else f"moins de {bornes[0]} €"
    return [premiere, *(f"{a}-{b - 1} €" for a, b in itertools.pairwise(bornes)), f"{bornes[-1]} € et plus"]


def tranche_montant(colonne: str, bornes: Sequence[int]) -> pl.Expr:
    """Tranche du montant `colonne` (en centimes), bornes en euros fermées à gauche et ouvertes à droite.

    Un montant vide reste vide : il n'est pas nul.
    """
    libelles = tranches_montant(bornes)
    expression = pl.when(pl.col(colonne).is_null()).then(pl.lit(None, pl.String))
    for libelle, borne in zip(libelles, bornes, strict=False):
        expression = expression.when(pl.col(colonne) < 100 * borne).then(pl.lit(libelle))
    return expression.otherwise(pl.lit(libelles[-1]))


def unites_consommation() -> pl.Expr:
    """Unités de consommation : 1, puis 0,5 par autre personne de 14 ans et plus, 0,3 par plus jeune ; au moins 1."""
    grands = pl.coalesce("nb_14_et_plus", "nb_adultes", pl.lit(1, dtype=pl.Int64))
    petits = pl.col("nb_moins_14").fill_null(0)
    return pl.max_horizontal(pl.lit(1.0), 1 + 0.5 * (grands - 1) + 0.3 * petits)


def renseigne(colonne: str) -> pl.Expr:
    """Vrai si la modalité est connue : ni vide, ni NR, ni SO, ni REF. NSP est une réponse."""
    return pl.col(colonne).is_not_null() & ~pl.col(colonne).is_in(list(ABSENCES)).fill_null(False)


def ou_non_renseigne(colonne: str) -> pl.Expr:
    """La modalité, ou NR si elle est vide : dans un tableau de résultat l'inconnu reste une modalité."""
    return pl.col(colonne).fill_null(NON_RENSEIGNE)


def acte_compte() -> pl.Expr:
    """Vrai si l'acte a eu lieu : ni absent, ni annulé ; présence vide, il compte."""
    return ~pl.col("presence").is_in(["absent", "annule"]).fill_null(False)


def parcours(episodes: pl.LazyFrame, delai: int) -> pl.LazyFrame:
    """Ajoute `id_parcours` aux épisodes d'un service (colonnes id_menage, id_episode, debut, fin, id_parcours).

    Un `id_parcours` fourni l'emporte. Sinon deux épisodes d'un ménage sont du même parcours si l'écart
    entre le début du second et la plus grande fin déjà vue est inférieur à `delai` jours.
    """
    ranges = episodes.sort("id_menage", "debut", "fin", "id_episode", nulls_last=True).with_columns(
        pl.col("fin").fill_null(INFINI).cum_max().shift(1).over("id_menage").alias("_fin_vue")
    )
    rupture = (pl.col("debut") - pl.col("_fin_vue")).dt.total_days() >= delai
    numero = rupture.fill_null(True).cast(pl.Int64).cum_sum().over("id_menage")
    calcule = pl.format("{}#{}", "id_menage", numero)
    return ranges.with_columns(pl.coalesce("id_parcours", calcule).alias("id_parcours")).drop("_fin_vue")


def jours_distincts(episodes: pl.LazyFrame, par: str) -> pl.LazyFrame:
    """Réduit les intervalles de chaque `par` à leurs jours nouveaux : deux épisodes qui se recouvrent ne font
    pas compter deux fois le même jour. Rend les mêmes lignes avec `debut` avancé (au plus jusqu'à `fin`)."""
    ranges = episodes.sort(par, "debut", "fin", nulls_last=True).with_columns(
        pl.col("fin").fill_null(INFINI).cum_max().shift(1).over(par).alias("_fin_vue")
    )
    nouveau = pl.max_horizontal("debut", "_fin_vue")
    borne = pl.min_horizontal(nouveau, pl.col("fin").fill_null(INFINI))
    return ranges.with_columns(borne.alias("debut")).drop("_fin_vue")
