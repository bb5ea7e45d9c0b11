"""Ce qu'une phrase annonce, la liste qui suit le compte."""

from __future__ import annotations

from fractions import Fraction

from observatoire.controle_imprime.bilan import PROUVE, SUSPECT, Constat, Verification, numeros
from observatoire.controle_imprime.lecture import Fait, Imprime
from observatoire.controle_imprime.mots import est_total, modalite_normale, mots, racines
from observatoire.controle_imprime.nombres import ecrire
from observatoire.controle_imprime.registre import Resultats, regle
from observatoire.controle_imprime.selection import cle_tableau, grouper, nom, somme_en_mots

ACTIONS = ("actions", "fiches")
DETAILS = ("devenir", "repartition", "detail")


@regle("Le nombre d'éléments annoncé est celui des éléments que la liste nomme.")
def elements_nommes(imprime: Imprime) -> Resultats:
    """`departements_avec_X` se compare au nombre de modalités de la ventilation « departement » de `…_avec_X`.

    Nommer plus d'éléments qu'annoncé est une preuve ; en nommer moins peut être un choix.
    """
    for annonce in imprime:
        if annonce.unite != "nombre" or annonce.ventilations:
            continue
        element, _, suite = annonce.fait.partition("_")
        if not suite:
            continue
        nommes = (f for f in imprime.du_perimetre(annonce) if f.fait.endswith(suite) and _nomme(f, annonce, element))
        listes = grouper(nommes, lambda f: f.indicateur)
        for liste in listes.values():
            yield from _comparer(annonce, liste, element)


def _nomme(fait: Fait, annonce: Fait, element: str) -> bool:
    noms = [v for v, m in fait.ventilations if racines(v) == racines(element) and not est_total(m)]
    return fait.page_section == annonce.page_section and bool(noms) and fait.nombre > 0


def _comparer(annonce: Fait, liste: list[Fait], element: str) -> Resultats:
    nommes = {modalite_normale(m) for f in liste for v, m in f.ventilations if racines(v) == racines(element)}
    libelles = dict.fromkeys(m for f in liste for v, m in f.ventilations if racines(v) == racines(element))
    calcul = f"{nom(annonce)} : {len(nommes)} dans la liste ({', '.join(libelles)})"
    if len(nommes) == annonce.nombre:
        yield Verification(numeros(annonce, liste), f"{calcul}.")
    else:
        yield Constat(
            "liste mal comptée",
            PROUVE if len(nommes) > annonce.nombre else SUSPECT,
            numeros(annonce, liste),
            ecrire(annonce.valeur),
            ecrire(len(nommes)),
            f"{calcul}, pour {ecrire(annonce.valeur)} en annonce.",
        )


@regle("Le nombre d'actions annoncé est celui des fiches du même service.")
def actions_annoncees(imprime: Imprime) -> Resultats:
    """`actions_…` se compare au nombre des autres rubriques du service, une par fiche.

    Une fiche sans aucun chiffre n'est pas dans le fichier : en trouver moins n'est que suspect.
    """
    for annonce in imprime:
        if mots(annonce.fait)[0] in ACTIONS and annonce.unite == "nombre" and not annonce.ventilations:
            fiches = grouper((f for f in imprime if f.service == annonce.service), lambda f: f.page_section)
            premiers = [faits[0] for titre, faits in fiches.items() if titre != annonce.page_section]
            calcul = f"{annonce.service} : {ecrire(annonce.valeur)} actions annoncées, {len(premiers)} fiches"
            if len(premiers) == annonce.nombre:
                yield Verification(numeros(annonce, premiers), f"{calcul}.")
            elif len(premiers) > 1:
                yield Constat(
                    "liste mal comptée",
                    PROUVE if len(premiers) > annonce.nombre else SUSPECT,
                    numeros(annonce, premiers),
                    ecrire(annonce.valeur),
                    ecrire(len(premiers)),
                    f"{calcul}.",
                )


@regle("Le détail d'une modalité est la somme de sa liste.")
def details(imprime: Imprime) -> Resultats:
    """« 3 refus d'orientation » et la liste `refus_orientation` : la modalité et l'indicateur portent le même nom."""
    textes = [f for f in imprime if f.additif and len(f.ventilations) == 1 and not est_total(f.ventilations[0][1])]
    listes = grouper(textes, lambda f: (*cle_tableau(f), f.territoire, f.indicateur, f.ventilations[0][0]))
    for liste in listes.values():
        for modalite in textes:
            if _detaille(modalite, liste[0]) and len(liste) > 1:
                yield from _juger_detail(modalite, liste)


def _detaille(modalite: Fait, detail: Fait) -> bool:
    meme = cle_tableau(modalite) == cle_tableau(detail) and modalite.territoire == detail.territoire
    autre = modalite.indicateur != detail.indicateur and modalite.unite == detail.unite
    return meme and autre and racines(modalite.ventilations[0][1]) == racines(detail.fait)


@regle("Le devenir d'une population est détaillé pour chacun de ses membres.")
def devenirs(imprime: Imprime) -> Resultats:
    """`devenir_X` par modalité se compare à X, dans la même rubrique."""
    for liste in grouper(
        (f for f in imprime if f.additif and f.ventilations and mots(f.indicateur)[0] in DETAILS),
        lambda f: (*cle_tableau(f), f.territoire, f.indicateur, f.ventilations[0][0]),
    ).values():
        population = liste[0].indicateur.partition("_")[2]
        ensembles = [
            f
            for f in imprime
            if f.fait == population
            and not f.modalites
            and cle_tableau(f) == cle_tableau(liste[0])
            and f.territoire == liste[0].territoire
        ]
        for ensemble in ensembles:
            yield from _juger_detail(ensemble, [f for f in liste if f.modalites])


def _juger_detail(ensemble: Fait, liste: list[Fait]) -> Resultats:
    somme = sum((f.nombre for f in liste), Fraction(0))
    calcul = f"{nom(ensemble)} : {somme_en_mots(liste)} = {ecrire(somme)}"
    if somme == ensemble.nombre:
        yield Verification(numeros(ensemble, liste), f"{calcul}.")
    else:
        yield Constat(
            "somme citée fausse",
            PROUVE if somme > ensemble.nombre else SUSPECT,
            numeros(ensemble, liste),
            ecrire(ensemble.valeur),
            ecrire(somme),
            f"{calcul}, et non {ecrire(ensemble.valeur)}.",
        )
