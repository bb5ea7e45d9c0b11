"""Plans d'action : actions, étapes, budgets, évaluation. Aucun ne compte de personnes."""

from __future__ import annotations

import polars as pl

from observatoire.indicateurs.formes import Effectif, Rapport
from observatoire.indicateurs.registre import indicateur

SOURCE = "fiches-actions du plan ; modèle de données, tables des plans d'action"


@indicateur(
    univers="actions_du_plan",
    unite="actions",
    famille="plans",
    libelle="Actions du plan",
    numerateur="actions du plan",
    source=SOURCE,
    personnel=False,
    pieges="Une fiche fait une action, quel que soit le nombre de ses étapes.",
)
def actions_plan() -> Effectif:
    """Nombre d'actions du plan, par enjeu, par état ou par responsable."""
    return Effectif(pl.len())


@indicateur(
    univers="jalons_du_plan",
    unite="étapes",
    famille="plans",
    libelle="Étapes du plan",
    numerateur="étapes datées des actions",
    source=SOURCE,
    personnel=False,
)
def jalons_plan() -> Effectif:
    """Nombre d'étapes des actions, selon leur avancement le dernier jour de la période."""
    return Effectif(pl.len())


@indicateur(
    univers="jalons_du_plan",
    unite="étapes",
    famille="plans",
    libelle="Étapes à l'échéance dépassée",
    numerateur="étapes dont l'échéance est passée, ni réalisées ni abandonnées",
    source=SOURCE,
    personnel=False,
    pieges="Reporter une étape ne l'en sort pas : il faut changer son échéance. Une échéance au dernier jour de la "
    "période n'est pas encore dépassée.",
)
def jalons_depasses() -> Effectif:
    """Étapes dont l'échéance est antérieure au dernier jour de la période, ni réalisées ni abandonnées."""
    return Effectif(pl.col("depasse").sum())


@indicateur(
    univers="budgets_du_plan",
    unite="€",
    famille="plans",
    libelle="Budget prévu",
    numerateur="montants prévus, tous exercices du plan",
    source=SOURCE,
    personnel=False,
    pieges="Un montant sur plusieurs années est étalé à parts égales. Le total est celui des fiches, pas son recalcul.",
)
def budget_prevu() -> Effectif:
    """Somme des montants prévus par les fiches, sur toute la durée du plan."""
    return Effectif(pl.col("centimes").filter(pl.col("nature") == "prevu").sum() / 100)


@indicateur(
    univers="budgets_du_plan",
    unite="€",
    famille="plans",
    libelle="Budget dépensé",
    numerateur="montants exécutés jusqu'à la fin de la période",
    source=SOURCE,
    personnel=False,
    pieges="Les dépenses des années à venir ne sont pas connues : elles ne valent pas zéro.",
)
def budget_execute() -> Effectif:
    """Somme des montants exécutés, jusqu'à l'année de la période comprise."""
    return Effectif(pl.col("centimes").filter((pl.col("nature") == "execute") & pl.col("passe")).sum() / 100)


@indicateur(
    univers="budgets_du_plan",
    unite="€",
    famille="plans",
    libelle="Budget recalculé",
    numerateur="coût unitaire × quantité × versements × part, borné par la fourchette annoncée",
    source=f"{SOURCE} ; règle générale « un total se calcule, il ne se saisit pas »",
    personnel=False,
    pieges="Sans coût unitaire, le montant annoncé est gardé. Une fourchette rend le montant possible le plus proche.",
)
def budget_recalcule() -> Effectif:
    """Somme des montants prévus, refaits par le calcul que la fiche annonce quand elle en annonce un."""
    prevus = pl.col("centimes_recalcules").filter((pl.col("nature") == "prevu") & pl.col("premiere_part"))
    return Effectif(prevus.sum() / 100)


@indicateur(
    univers="budgets_du_plan",
    unite="budgets",
    famille="plans",
    libelle="Budgets que leur calcul ne donne pas",
    numerateur="montants prévus hors de ce que donne leur propre calcul",
    source=f"{SOURCE} ; règle générale « un total se calcule, il ne se saisit pas »",
    personnel=False,
)
def budgets_incoherents() -> Effectif:
    """Montants prévus que le calcul annoncé par leur fiche ne peut pas donner."""
    return Effectif((pl.col("incoherent") & pl.col("premiere_part") & (pl.col("nature") == "prevu")).sum())


@indicateur(
    univers="budgets_du_plan",
    unite="%",
    famille="plans",
    libelle="Part dépensée du budget prévu à ce jour",
    numerateur="montants exécutés jusqu'à l'année de la période, en euros",
    denominateur="montants prévus jusqu'à l'année de la période, en euros",
    source=SOURCE,
    personnel=False,
    pieges="Prévu étalé à parts égales : une dépense avancée ou retardée dans la période du budget s'y voit.",
)
def taux_execution_budget() -> Rapport:
    """Part du budget prévu, années échues et en cours, qui est dépensée."""
    prevus = pl.col("centimes").filter((pl.col("nature") == "prevu") & pl.col("passe")).sum() / 100
    executes = pl.col("centimes").filter((pl.col("nature") == "execute") & pl.col("passe")).sum() / 100
    return Rapport(executes, prevus)


@indicateur(
    univers="indicateurs_du_plan",
    unite="indicateurs",
    famille="plans",
    libelle="Indicateurs d'évaluation",
    numerateur="indicateurs d'évaluation prévus par les fiches",
    source=SOURCE,
    personnel=False,
)
def indicateurs_evaluation() -> Effectif:
    """Nombre d'indicateurs d'évaluation que prévoient les fiches, mesurés ou non."""
    return Effectif(pl.len())


@indicateur(
    univers="indicateurs_du_plan",
    unite="%",
    famille="plans",
    libelle="Indicateurs d'évaluation renseignés",
    numerateur="indicateurs d'évaluation qui ont une valeur datée au plus tard de la fin de la période",
    denominateur="indicateurs d'évaluation prévus par les fiches",
    source=SOURCE,
    personnel=False,
    pieges="Renseigné ne veut pas dire atteint.",
)
def taux_indicateurs_renseignes() -> Rapport:
    """Part des indicateurs d'évaluation prévus qui ont été mesurés."""
    return Rapport(pl.col("renseigne").sum(), pl.len())
