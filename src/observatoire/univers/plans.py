"""Plans d'action : actions, étapes, budgets et cibles, tels qu'on les connaît le dernier jour de la période."""

from __future__ import annotations

import polars as pl

from observatoire.modele import NON_RENSEIGNE
from observatoire.plans.calcul import avec_calcul
from observatoire.univers.contexte import Contexte, univers

# Un état qui clôt : l'échéance n'est plus attendue.
CLOS = ("realisee", "abandonnee")
# Une étape selon son état et son échéance, au jour du plan.
REALISE, DEPASSE, ENGAGE, A_VENIR, ABANDONNE = "realise", "depasse", "engage", "a_venir", "abandonne"

FICHE = {"action": "action.libelle", "enjeu": "action.enjeu", "plan": "action.plan"}


def etat_connu(ctx: Contexte) -> pl.Expr:
    """L'état d'une action ou d'une étape, ramené au jour du plan.

    Un état constaté après ce jour ne dit que ceci : à son début prévu la chose était engagée, avant elle était prévue.
    """
    jour = ctx.periode.dernier_jour
    avant = pl.when(pl.col("echeance_debut") <= jour).then(pl.lit("engagee")).otherwise(pl.lit("prevue"))
    connu = (pl.col("date_etat") <= jour).fill_null(True)
    return (
        pl.when(pl.col("etat").is_null())
        .then(pl.lit(NON_RENSEIGNE))
        .when(connu)
        .then(pl.col("etat"))
        .otherwise(avant)
        .alias("etat")
    )


def _fiches(ctx: Contexte) -> pl.LazyFrame:
    return ctx.table("action").select("id_action", pl.col("libelle").alias("action"), "enjeu", "plan")


@univers(
    unite="actions",
    structure="action.id_action",
    origines={**FICHE, "etat": "action.etat", "responsable": "action.responsable_fonction"},
)
def actions_du_plan(ctx: Contexte) -> pl.LazyFrame:
    """Actions du plan, dans l'état connu le dernier jour de la période."""
    return ctx.table("action").select(
        "id_action",
        pl.col("libelle").alias("action"),
        "enjeu",
        "plan",
        pl.col("responsable_fonction").alias("responsable"),
        "echeance_debut",
        "echeance_fin",
        etat_connu(ctx),
        "date_etat",
    )


@univers(
    unite="étapes",
    structure="jalon.id_action jalon.echeance_fin jalon.etat",
    origines={**FICHE, "avancement": "", "depasse": ""},
)
def jalons_du_plan(ctx: Contexte) -> pl.LazyFrame:
    """Étapes des actions : réalisées, engagées, à venir, abandonnées, ou dépassées le dernier jour de la période.

    Une étape est dépassée si son échéance est passée, ce jour non compris, sans qu'elle soit réalisée ni abandonnée ;
    la reporter ne l'en sort pas.
    """
    jour = ctx.periode.dernier_jour
    depasse = (pl.col("echeance_fin") < jour) & ~pl.col("etat").is_in(CLOS)
    avancement = (
        pl.when(pl.col("etat") == "realisee")
        .then(pl.lit(REALISE))
        .when(pl.col("etat") == "abandonnee")
        .then(pl.lit(ABANDONNE))
        .when(pl.col("depasse"))
        .then(pl.lit(DEPASSE))
        .when(pl.col("etat") == "engagee")
        .then(pl.lit(ENGAGE))
        .otherwise(pl.lit(A_VENIR))
    )
    return (
        ctx.table("jalon")
        .with_columns(etat_connu(ctx))
        .with_columns(depasse.alias("depasse"))
        .with_columns(
            avancement.alias("avancement"),
            pl.when("depasse").then((pl.lit(jour) - pl.col("echeance_fin")).dt.total_days()).alias("jours_de_retard"),
        )
        .join(_fiches(ctx), on="id_action", how="left", maintain_order="left")
    )


@univers(
    unite="montants",
    structure="budget_action.id_action budget_action.annee budget_action.annee_fin",
    origines={
        **FICHE,
        "annee": "budget_action.annee",
        "nature": "budget_action.nature",
        "poste": "budget_action.poste",
        "financeur": "budget_action.financeur",
        "centimes": "budget_action.montant",
        "passe": "",
        "centimes_recalcules": "budget_action.cout_unitaire budget_action.quantite budget_action.part",
        "incoherent": "budget_action.cout_unitaire budget_action.quantite budget_action.part",
        "calculable": "budget_action.cout_unitaire",
        "premiere_part": "",
    },
)
def budgets_du_plan(ctx: Contexte) -> pl.LazyFrame:
    """Montants des actions, étalés à parts égales sur les années qu'ils couvrent ; le reste va à la première.

    `passe` : l'année est finie ou en cours à la fin de la période. Le montant recalculé n'est porté que par la
    première part, pour se sommer une fois.
    """
    derniere = ctx.periode.annee
    centimes = (pl.col("montant") * 100).cast(pl.Int64)
    annees = pl.int_ranges(pl.col("annee"), pl.col("derniere_annee") + 1)
    return (
        avec_calcul(ctx.table("budget_action"))
        .with_columns(centimes.alias("_total"), pl.col("annee").alias("premiere_annee"))
        .with_columns(annees.alias("annee"), (pl.col("derniere_annee") - pl.col("annee") + 1).alias("_parts"))
        .explode("annee")
        .with_columns((pl.col("annee") == pl.col("premiere_annee")).alias("premiere_part"))
        .with_columns(
            (
                pl.col("_total") // pl.col("_parts")
                + pl.when("premiere_part").then(pl.col("_total") % pl.col("_parts")).otherwise(0)
            ).alias("centimes"),
            pl.when("premiere_part").then(pl.col("recalcule_centimes")).alias("centimes_recalcules"),
            (pl.col("annee") <= derniere).alias("passe"),
            pl.col("annee").cast(pl.String).alias("annee"),
        )
        .join(_fiches(ctx), on="id_action", how="left", maintain_order="left")
    )


@univers(
    unite="indicateurs",
    structure="indicateur_action.id_action indicateur_action.nature",
    origines={
        **FICHE,
        "nature": "indicateur_action.nature",
        "public": "indicateur_action.public",
        "renseigne": "indicateur_action.valeur indicateur_action.date",
        "mesure": "",
    },
)
def indicateurs_du_plan(ctx: Contexte) -> pl.LazyFrame:
    """Indicateurs d'évaluation des actions ; renseignés s'ils ont une valeur mesurée au plus tard à la fin de la
    période. Une ligne sans nature est une évaluation ; objectifs, critères et moyens n'en sont pas."""
    mesure = pl.col("valeur").is_not_null() & (pl.col("date") <= ctx.periode.dernier_jour).fill_null(True)
    return (
        ctx.table("indicateur_action")
        .filter(pl.col("nature").fill_null("evaluation") == "evaluation")
        .with_columns(mesure.alias("renseigne"))
        .with_columns(pl.when("renseigne").then(pl.lit("oui")).otherwise(pl.lit("non")).alias("mesure"))
        .join(_fiches(ctx), on="id_action", how="left", maintain_order="left")
    )
