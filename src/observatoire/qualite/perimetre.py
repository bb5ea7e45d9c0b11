"""Les lignes d'un service et d'une année : ce qu'une règle de qualité regarde.

Une clé ou une référence se juge sur toute la table ; un taux de remplissage, sur les lignes qui entrent
dans les chiffres de l'année. Les populations sont celles des univers : la qualité juge ce qui se compte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from observatoire.periode import Periode, annee_du
from observatoire.regles import present
from observatoire.univers.contexte import Contexte
from observatoire.univers.parcours import unites_terminees


def _lignes(ctx: Contexte, nom: str, filtre: pl.LazyFrame) -> pl.DataFrame:
    """Les lignes filtrées, réduites aux colonnes de la table `nom`."""
    return filtre.select(ctx.entrepot.table(nom).columns).collect()


def _parmi(ctx: Contexte, nom: str, colonne: str, choisis: pl.LazyFrame) -> pl.LazyFrame:
    return ctx.table(nom).join(choisis.select(colonne).unique(), on=colonne, how="semi", maintain_order="left")


def _present_ou_inverse(ctx: Contexte) -> pl.Expr:
    """Les lignes présentes, et celles qui finissent avant de commencer, l'année de leur début.

    Une ligne inversée n'est présente aucun jour : sans cela, aucune année ne dirait son erreur.
    """
    inverse = (pl.col("fin") < pl.col("debut")).fill_null(False) & ctx.dans_periode("debut")
    return present(ctx.periode.debut, ctx.periode.fin) | inverse


def _presents(ctx: Contexte, nom: str, debut: str, fin: str) -> pl.LazyFrame:
    bornes = ctx.table(nom).with_columns(pl.col(debut).alias("debut"), pl.col(fin).alias("fin"))
    return bornes.filter(_present_ou_inverse(ctx))


def _personnes(ctx: Contexte) -> pl.LazyFrame:
    """Les personnes que décrivent les profils : les référents, ou tous les membres si le service les compte."""
    p = ctx.parametres
    if p.unite_profil == "personne" or p.population_age != "referent":
        return _parmi(ctx, "personne", "id_personne", ctx.membres)
    referents = _parmi(ctx, "menage", "id_menage", ctx.menages)
    return _parmi(ctx, "personne", "id_personne", referents.select(pl.col("id_referent").alias("id_personne")))


def _mesures(ctx: Contexte) -> pl.LazyFrame:
    """Les mesures présentes, et les mesures sans début notifiées dans la période ou sans aucune date."""
    notifiee = ctx.dans_periode("date_notification") | pl.col("date_notification").is_null()
    return ctx.mesures.filter(_present_ou_inverse(ctx) | (pl.col("debut").is_null() & notifiee))


_ANNEE: dict[str, Callable[[Contexte], pl.LazyFrame]] = {
    "personne": _personnes,
    "menage": lambda c: _parmi(c, "menage", "id_menage", c.menages),
    "membre": lambda c: _parmi(c, "membre", "id_menage", c.menages),
    "demande": lambda c: c.table("demande").filter(c.dans_periode("date_demande")),
    "mesure": _mesures,
    "sejour": lambda c: _presents(c, "sejour", "date_entree", "date_sortie"),
    "situation": lambda c: c.table("situation").filter(c.dans_periode("date")),
    "acte": lambda c: c.actes.filter(c.dans_periode("date")),
    "participation": lambda c: _parmi(c, "participation", "id_acte", c.actes.filter(c.dans_periode("date"))),
    "relogement": lambda c: c.table("relogement").filter(c.dans_periode("date")),
    "convention": lambda c: _presents(c, "convention", "debut", "fin"),
    "contrat_travail": lambda c: _presents(c, "contrat_travail", "date_debut", "date_fin"),
    "contact_employeur": lambda c: c.table("contact_employeur").filter(c.dans_periode("date")),
    "dette_mois": lambda c: c.table("dette_mois").filter(
        pl.col("mois").is_between(pl.lit(f"{c.periode.debut:%Y-%m}"), pl.lit(f"{c.periode.dernier_jour:%Y-%m}"))
    ),
}


def lignes_de_l_annee(ctx: Contexte, nom: str) -> pl.DataFrame:
    """Les lignes de la table `nom` qui entrent dans les chiffres de la période."""
    return _lignes(ctx, nom, _ANNEE[nom](ctx) if nom in _ANNEE else ctx.table(nom))


def lignes_de_profil(ctx: Contexte, nom: str) -> pl.DataFrame:
    """La photo de profil de chaque ménage suivi, ou de chaque personne si le service compte des personnes."""
    par, suivis = (
        ("id_personne", ctx.membres) if ctx.parametres.unite_profil == "personne" else ("id_menage", ctx.menages)
    )
    return _lignes(ctx, nom, ctx.photo_profil(par).join(suivis.select(par).unique(), on=par, how="semi"))


def lignes_terminees(ctx: Contexte, nom: str) -> pl.DataFrame:
    """Les mesures démarrées dont la fin tombe dans la période."""
    return _lignes(ctx, nom, ctx.mesures.filter(pl.col("debut").is_not_null() & ctx.dans_periode("fin")))


def lignes_des_sorties(ctx: Contexte, nom: str) -> pl.DataFrame:
    """Les mesures, ou les séjours, qui ferment un parcours terminé dans la période.

    Une mesure renouvelée n'est pas une sortie, ni un passage vers un service lié.
    """
    derniers = unites_terminees(ctx).select(pl.col("dernier_episode").alias("_episode"))
    lignes = ctx.mesures if nom == "mesure" else ctx.table(nom)
    reperees = lignes.with_columns(pl.format(f"{nom}:{{}}", f"id_{nom}").alias("_episode"))
    return _lignes(ctx, nom, reperees.join(derniers, on="_episode", how="semi", maintain_order="left"))


# Nom du périmètre dans les suites → lignes de la table.
TOUTE_LA_TABLE = "table"
PERIMETRES: dict[str, Callable[[Contexte, str], pl.DataFrame]] = {
    TOUTE_LA_TABLE: lambda ctx, nom: ctx.entrepot.table(nom),
    "annee": lignes_de_l_annee,
    "profil": lignes_de_profil,
    "terminees": lignes_terminees,
    "sorties": lignes_des_sorties,
}

# Les dates qui disent dans quelles années un service a eu une activité.
DATES_ACTIVITE = {"demande": "date_demande", "mesure": "date_debut", "sejour": "date_entree", "acte": "date"}


def annees_d_activite(tables: Mapping[str, pl.DataFrame], periode_de: Callable[[int], Periode]) -> list[int]:
    """Les années (au sens de la période du service) où une demande, une mesure, un séjour ou un acte est daté."""
    jours = pl.concat([tables[nom][colonne] for nom, colonne in DATES_ACTIVITE.items()]).drop_nulls()
    # Une date à venir est une faute de saisie, que sa règle dit, et non une année d'activité.
    return sorted({annee_du(jour, periode_de) for jour in jours.unique() if jour.year >= 1990 and jour <= date.today()})
