"""Le dessin d'un bloc : choisi par la sorte de chiffre et par ce que ses cellules permettent.

Un bloc a une famille (`Bloc.graphique`) qui dit ce que son tableau imprime ; son dessin en découle. Le réglage
`graphique` d'un service peut imposer un dessin : il n'est suivi que si les cellules le permettent.
"""

from __future__ import annotations

from observatoire.campagne.donnees_types import DESSINS, Bloc
from observatoire.campagne.territoires import ENSEMBLE
from observatoire.restitution import couleurs
from observatoire.restitution.cellules import Cellule, Modalite, Vue, est_inconnu

GAUFRE_MIN, GAUFRE_MAX, GAUFRE_MODALITES = 5, 40, 6  # de cinq à quarante unités : elles se comptent à l'œil
MULTIPLES_MIN = 3  # à partir de trois indicateurs, un petit graphique par indicateur
MOUVEMENTS = ("entrees_mensuelles", "sorties_mensuelles")
INTRODUCTIONS = {
    "survie": "Courbe en escalier",
    "gaufre": "Un carré par unité, colorié par modalité",
    "pyramide": "Pyramide des âges",
    "points": "Deux points par ligne, un par territoire",
    "multiples": "Un petit graphique par indicateur, colonnes par année",
    "mouvements": "Courbe par mois, et sous elle les entrées en barres vers le haut, les sorties vers le bas",
}


def dessin(bloc: Bloc) -> str:
    """Le nom du dessin d'un bloc : un dessin de `DESSINS`, sinon sa famille."""
    impose = bloc.reglage.get("graphique", "")
    candidats = [nom for nom, famille in DESSINS.items() if famille == bloc.graphique]
    if impose in DESSINS:
        candidats = [impose] if impose in candidats else []
    elif impose == "barres":
        return bloc.graphique
    vue = Vue(bloc)
    return next((nom for nom in candidats if _POSSIBLES[nom](vue)), bloc.graphique)


def _survie(vue: Vue) -> bool:
    return vue.definition.forme == "survie" and bool(vue.ventilation) and len(vue.definitions) == 1


def _gaufre(vue: Vue) -> bool:
    """Peu d'unités, peu de modalités, toutes connues, toutes de couleurs différentes, et dont la somme est le tout."""
    definition, modalites = vue.definition, vue.modalites_dessinees()
    if len(vue.definitions) > 1 or definition.forme != "repartition" or vue.montant(definition.nom):
        return False
    if not couleurs.coloree(vue.ventilation) or vue.croisement[1] or not 2 <= len(modalites) <= GAUFRE_MODALITES:
        return False
    total = vue.total(definition.nom)
    comptes = compter(vue, modalites, precedente=False)
    if not total.publiee or not comptes or not GAUFRE_MIN <= sum(comptes) <= GAUFRE_MAX:
        return False
    tons = {couleurs.ton(vue.ventilation, m) for m in modalites}
    return len(tons) == len(modalites) and sum(comptes) == total.base


def compter(vue: Vue, modalites: list[Modalite], precedente: bool) -> list[int]:
    """Les effectifs d'une ligne d'unités ; vide si l'un d'eux manque ou n'est pas un nombre entier."""
    nom = vue.definition.nom
    cellules = [vue.ligne_precedente(nom, m) if precedente else vue.ligne(nom, m) for m in modalites]
    entiers = all(c.publiee and float(c.effectif).is_integer() for c in cellules)
    return [int(c.effectif) for c in cellules] if entiers else []


def _pyramide(vue: Vue) -> bool:
    """Âges croisés avec deux genres ; une troisième colonne, ou un âge inconnu, reste un tableau croisé."""
    if set(vue.croisement) != {"age_tranche", "genre"}:
        return False
    ages, genres = axes_pyramide(vue)
    return len(genres) == 2 and len(ages) > 1 and not any(est_inconnu(m.code) for m in (*ages, *genres))


def axes_pyramide(vue: Vue) -> tuple[list[Modalite], list[Modalite]]:
    """Les âges, du plus jeune au plus vieux, et les genres dans l'ordre du vocabulaire."""
    lignes, colonnes = vue.axes_matrice()
    return (lignes, colonnes) if vue.croisement[0] == "age_tranche" else (colonnes, lignes)


def cellule_pyramide(vue: Vue, age: Modalite, genre: Modalite) -> Cellule:
    """La case d'un âge et d'un genre, dans l'ordre où le tableau les croise."""
    codes = (age.code, genre.code) if vue.croisement[0] == "age_tranche" else (genre.code, age.code)
    return vue.cellule(vue.definition.nom, *codes)


def _points(vue: Vue) -> bool:
    """Deux territoires, à la même unité."""
    unites = {ligne["unite"] for ligne in vue.lignes}
    return len(territoires(vue)) == 2 and len(unites) == 1 and bool(vue.ventilation)


def territoires(vue: Vue) -> list[str]:
    """Les territoires mis côte à côte, sans l'ensemble."""
    return [d.nom for d in vue.definitions if d.nom != ENSEMBLE]


def _multiples(vue: Vue) -> bool:
    return len(vue.definitions) >= MULTIPLES_MIN


def _mouvements(vue: Vue) -> bool:
    """Un stock par mois, puis ce qui y entre et ce qui en sort, chacun avec une valeur à montrer."""
    noms = [d.nom for d in vue.definitions]
    series = [[vue.cellule(nom, m.code) for m in vue.modalites()] for nom in noms]
    return len(noms) == 3 and tuple(noms[1:]) == MOUVEMENTS and all(any(c.publiee for c in s) for s in series)


_POSSIBLES = {
    "survie": _survie,
    "gaufre": _gaufre,
    "pyramide": _pyramide,
    "points": _points,
    "multiples": _multiples,
    "mouvements": _mouvements,
}
