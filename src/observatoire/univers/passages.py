"""Les groupes d'un même dispositif : passer de l'un à l'autre n'est ni une entrée ni une sortie.

Un dispositif qui a deux groupes (mineurs et majeurs) est fait de deux services, que chacun nomme dans son réglage
`services_lies`. Une personne y porte le même pseudonyme : son passage se lit dans les dates des deux entrepôts.
"""

from __future__ import annotations

import polars as pl

from observatoire.univers.contexte import Contexte


def episodes_des_personnes(ctx: Contexte) -> pl.LazyFrame:
    """Les épisodes du service et la personne qui les vit : celle du séjour, sinon la référence du ménage.

    Rend `id_personne`, `id_menage`, `id_sejour`, `debut`, `fin`, `motif_fin`, `groupe` (l'identifiant du service).
    """
    referents = ctx.table("menage").select("id_menage", "id_referent")
    return ctx.episodes.join(referents, on="id_menage", how="left").select(
        pl.coalesce("id_personne", "id_referent", "id_menage").alias("id_personne"),
        "id_menage",
        "id_sejour",
        "debut",
        "fin",
        "motif_fin",
        pl.lit(ctx.service.id).alias("groupe"),
    )


def episodes_lies(ctx: Contexte) -> pl.LazyFrame:
    """Les épisodes des services liés : `id_personne`, `_debut`, `_fin`, `_groupe`."""
    voisins = [episodes_des_personnes(lie) for lie in ctx.lies]
    if not voisins:
        return pl.LazyFrame(schema={"id_personne": pl.String, "_debut": pl.Date, "_fin": pl.Date, "_groupe": pl.String})
    return pl.concat(voisins).select(
        "id_personne", pl.col("debut").alias("_debut"), pl.col("fin").alias("_fin"), pl.col("groupe").alias("_groupe")
    )


def avec_passages(ctx: Contexte, lignes: pl.LazyFrame) -> pl.LazyFrame:
    """Ajoute à des intervalles `debut`, `fin` d'un ménage ce qui les relie à un service lié.

    `vient_de` : le service d'où la personne arrive ; `passe_a` : celui où elle passe ; vides sinon. Un passage est
    un épisode d'un service lié, commencé plus tôt (ou plus tard), à moins de `delai_parcours` jours d'écart.
    """
    vide = pl.lit(None, pl.String)
    if not ctx.parametres.services_lies:
        return lignes.with_columns(vide.alias("vient_de"), vide.alias("passe_a"))
    delai = ctx.parametres.delai_parcours
    referents = ctx.table("menage").select("id_menage", pl.col("id_referent"))
    reperees = (
        lignes.with_row_index("_rang")
        .join(referents, on="id_menage", how="left")
        .with_columns(pl.coalesce("id_referent", "id_menage").alias("_personne"))
        .drop("id_referent")
    )
    voisins = reperees.select("_rang", "_personne", "debut", "fin").join(
        episodes_lies(ctx), left_on="_personne", right_on="id_personne", how="inner"
    )
    proche = {
        "vient_de": (pl.col("_debut") < pl.col("debut")) & (_ecart("debut", "_fin") < delai),
        "passe_a": (pl.col("_debut") > pl.col("debut")) & (_ecart("fin", "_debut") < delai),
    }
    for nom, condition in proche.items():
        trouves = (
            voisins.filter(condition.fill_null(False))
            .sort("_rang", "_debut", "_groupe")
            .group_by("_rang", maintain_order=True)
            .agg(pl.col("_groupe").first().alias(nom))
        )
        reperees = reperees.join(trouves, on="_rang", how="left", maintain_order="left")
    return reperees.drop("_rang", "_personne")


def _ecart(un: str, autre: str) -> pl.Expr:
    return (pl.col(un) - pl.col(autre)).dt.total_days().abs()
