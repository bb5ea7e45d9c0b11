"""Un budget se refait d'après le calcul que sa rubrique énonce."""

from __future__ import annotations

from fractions import Fraction

from observatoire.controle_imprime.bilan import PROUVE, SUSPECT, Constat, Verification, numeros
from observatoire.controle_imprime.lecture import Fait, Imprime
from observatoire.controle_imprime.mots import est_total, mots
from observatoire.controle_imprime.nombres import Intervalle, ecrire, exact
from observatoire.controle_imprime.registre import Resultats, regle
from observatoire.controle_imprime.selection import grouper, nom


def _rubriques(imprime: Imprime) -> list[list[Fait]]:
    return list(grouper(imprime, lambda f: (f.page_section, f.service, f.territoire)).values())


def _euros(faits: list[Fait], mot: str) -> list[Fait]:
    return [f for f in faits if f.unite == "euros" and mots(f.indicateur)[0] == mot]


@regle("Le coût net d'une action est son budget annuel, sur la durée dite, moins les recettes dites.")
def cout_net(imprime: Imprime) -> Resultats:
    """Dans une rubrique qui imprime un budget, une durée en années, une part de recettes et un coût, refait le coût.

    Coût = budget × (1 − part des recettes), le budget étant annuel (multiplié par la durée) ou déjà celui de la durée.
    """
    for faits in _rubriques(imprime):
        budgets, couts = _euros(faits, "budget"), _euros(faits, "cout")
        durees = [f for f in faits if f.unite == "ans" and "duree" in mots(f.indicateur)]
        recettes = [f for f in faits if f.unite == "%" and "recettes" in mots(f.indicateur)]
        if all(len(groupe) == 1 for groupe in (budgets, couts, durees, recettes)):
            yield from _juger_cout(couts[0], budgets[0], durees[0], recettes[0])


def _juger_cout(cout: Fait, budget: Fait, duree: Fait, recettes: Fait) -> Resultats:
    reste = 1 - recettes.nombre / 100
    mots_reste = f"(1 − {ecrire(recettes.valeur)} %)"
    lectures = {
        budget.nombre * duree.nombre * reste: f"{ecrire(budget.valeur)} × {ecrire(duree.valeur)} × {mots_reste}",
        budget.nombre * reste: f"{ecrire(budget.valeur)} × {mots_reste}",
    }
    attendu = min(lectures, key=lambda valeur: abs(valeur - cout.nombre))
    calcul = f"{nom(cout)} : {lectures[attendu]} = {ecrire(attendu)}"
    lignes = numeros(cout, budget, duree, recettes)
    if attendu == cout.nombre:
        yield Verification(lignes, f"{calcul}.")
    else:
        yield Constat(
            "budget mal calculé",
            PROUVE,
            lignes,
            ecrire(cout.valeur),
            ecrire(attendu),
            f"{calcul}, et non {ecrire(cout.valeur)} (écart {ecrire(attendu - cout.nombre)}).",
        )


@regle("Un budget sur plusieurs années est un multiple de son montant annuel.")
def budget_annuel(imprime: Imprime) -> Resultats:
    """Divise le budget d'un financeur par son budget annuel : la durée dite, ou à défaut un nombre entier d'années."""
    for faits in _rubriques(imprime):
        durees = [f for f in faits if f.unite == "ans" and "duree" in mots(f.indicateur)]
        for annuel in _euros(faits, "budget"):
            if "annuel" not in mots(annuel.indicateur) or not annuel.nombre:
                continue
            totaux = [f for f in faits if f.indicateur == "budget" and f.ventilations == annuel.ventilations]
            if len(totaux) == 1:
                yield from _juger_annees(totaux[0], annuel, durees)


def _juger_annees(total: Fait, annuel: Fait, durees: list[Fait]) -> Resultats:
    annees = total.nombre / annuel.nombre
    dite = durees[0] if len(durees) == 1 else None
    lignes = numeros(total, annuel, durees)
    juste = annees == dite.nombre if dite else annees.denominator == 1
    calcul = f"{ecrire(total.valeur)} / {ecrire(annuel.valeur)} = {ecrire(annees)} ans"
    if juste:
        yield Verification(lignes, f"{nom(total)} : {calcul}.")
    else:
        yield Constat(
            "budget mal calculé",
            PROUVE if dite else SUSPECT,
            lignes,
            ecrire(total.valeur),
            ecrire(annuel.nombre * dite.nombre) if dite else "",
            f"{nom(total)} : {calcul}" + (f", pour une durée de {ecrire(dite.valeur)} ans." if dite else "."),
        )


@regle("Une valeur par unité, multipliée par le nombre d'unités, redonne la totalité.")
def par_unite(imprime: Imprime) -> Resultats:
    """« 70 par territoire » et « 6 territoires » : la modalité « par X » se multiplie par l'indicateur qui compte X."""
    for faits in _rubriques(imprime):
        for unitaire in faits:
            for ventilation, modalite in unitaire.ventilations:
                if mots(modalite)[:1] == ("par",) and len(mots(modalite)) == 2:
                    yield from _multiplier(unitaire, ventilation, mots(modalite)[1], faits)


def _multiplier(unitaire: Fait, ventilation: str, unite: str, faits: list[Fait]) -> Resultats:
    nombres = [f for f in faits if f.unite == "nombre" and mots(f.indicateur)[0] == f"{unite.rstrip('s')}s"]
    totalites = [f for f in faits if f.indicateur == unitaire.indicateur and est_total(f.modalite(ventilation))]
    if len(nombres) != 1 or len(totalites) != 1 or nombres[0].annee != unitaire.annee:
        return
    total, combien = totalites[0], nombres[0]
    possible: Intervalle = unitaire.intervalle * exact(combien.nombre)
    attendu: Fraction = unitaire.nombre * combien.nombre
    calcul = f"{ecrire(unitaire.valeur)} × {ecrire(combien.valeur)} = {ecrire(attendu)}"
    if total.intervalle.croise(possible):
        yield Verification(numeros(total, unitaire, combien), f"{nom(total)} : {calcul}.")
    else:
        yield Constat(
            "produit faux",
            PROUVE,
            numeros(total, unitaire, combien),
            ecrire(total.valeur),
            ecrire(attendu),
            f"{nom(total)} : {calcul}, et non {ecrire(total.valeur)}.",
        )
