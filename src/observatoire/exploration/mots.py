"""Les phrases des vues côte à côte : services ou années en colonnes."""

from __future__ import annotations

from observatoire.campagne.donnees_types import Bloc, Definition
from observatoire.campagne.territoires import ENSEMBLE
from observatoire.restitution import locale
from observatoire.restitution.cellules import Cellule, Modalite, Vue, est_inconnu
from observatoire.restitution.locale import INSECABLE, enumeration, guillemets, nombre

INDICATEUR = "indicateur"


def valeur_ecrite(cellule: Cellule) -> str:
    """« 12 % (10 sur 82) », « 3 sur 8 », « 54 »."""
    if cellule.unite == "%" and cellule.numerateur is not None and cellule.base is not None:
        fraction = f"{nombre(cellule.numerateur)} sur {nombre(cellule.base)}"
        if cellule.base < 10:
            return fraction
        return f"{locale.pourcentage(cellule.valeur, cellule.base)} ({fraction})"
    return locale.valeur_unite(cellule.valeur, cellule.unite, cellule.base)


def colonnes(vue: Vue) -> list[Definition]:
    """Ce qui se compare : les colonnes, sans l'ensemble qui les réunit."""
    return [d for d in vue.definitions if d.nom != ENSEMBLE] or list(vue.definitions)


def lieu(nom: str) -> str:
    """« en 2022 », « pour le CLLAJ » devient « pour CLLAJ » : une colonne, dans une phrase."""
    return f"en {nom}" if nom.isdigit() else f"pour {nom}"


def phrase_cote_a_cote(bloc: Bloc) -> str:
    """Le chiffre de chaque colonne ; d'un tableau ventilé, la première modalité de chacune."""
    vue = Vue(bloc)
    if vue.ventilation == INDICATEUR:
        lues = [(d.libelle, _seule(vue, d.nom)) for d in vue.definitions]
        parts = [f"{valeur_ecrite(c)} {lieu(nom)}" for nom, c in lues if c.publiee]
        return f"{bloc.definitions[0].libelle}{INSECABLE}: {enumeration(parts)}." if parts else ""
    parts = []
    for definition in vue.definitions:
        tete = _tete(vue, definition.nom)
        if tete is not None:
            modalite, cellule = tete
            parts.append(f"{guillemets(modalite.libelle)} {lieu(definition.libelle)}, {valeur_ecrite(cellule)}")
    return f"En tête{INSECABLE}: {f'{INSECABLE}; '.join(parts)}." if parts else ""


def constat_cote_a_cote(bloc: Bloc) -> str:
    """« De 12 % pour 2020 à 19 % pour 2022 », ou la modalité dont la part diffère le plus entre les extrêmes."""
    vue = Vue(bloc)
    premiere, derniere = colonnes(vue)[0], colonnes(vue)[-1]
    if vue.ventilation == INDICATEUR:
        debut, fin = _seule(vue, premiere.nom), _seule(vue, derniere.nom)
        if not (debut.publiee and fin.publiee):
            return bloc.titre
        courts = [locale.valeur_unite(c.valeur, c.unite, c.base) for c in (debut, fin)]
        if courts[0] == courts[1]:
            return f"{courts[0]}, le même chiffre {lieu(premiere.libelle)} et {lieu(derniere.libelle)}"
        return f"{courts[0]} {lieu(premiere.libelle)}, {courts[1]} {lieu(derniere.libelle)}"
    ecart = plus_grand_ecart(bloc)
    if ecart is None:
        return bloc.titre
    modalite, debut, fin, _ = ecart
    if debut.valeur == fin.valeur:
        return bloc.titre
    courts = [locale.valeur_unite(c.valeur, c.unite, c.base) for c in (debut, fin)]
    return f"{modalite.libelle}{INSECABLE}: {courts[0]} {lieu(premiere.libelle)}, {courts[1]} {lieu(derniere.libelle)}"


def plus_grand_ecart(bloc: Bloc) -> tuple[Modalite, Cellule, Cellule, int] | None:
    """La modalité dont la valeur diffère le plus de la première à la dernière colonne, et parmi combien ; ou rien."""
    vue = Vue(bloc)
    premiere, derniere = colonnes(vue)[0].nom, colonnes(vue)[-1].nom
    if premiere == derniere:
        return None
    if vue.ventilation == INDICATEUR:
        nom = vue.modalites()[0]
        couple = _seule(vue, premiere), _seule(vue, derniere)
        return (nom, *couple, 1) if all(c.publiee for c in couple) else None
    couples = [
        (m, vue.cellule(premiere, m.code), vue.cellule(derniere, m.code))
        for m in vue.modalites()
        if not est_inconnu(m.code)
    ]
    publies = [(m, a, b) for m, a, b in couples if a.publiee and b.publiee]
    plus_grand = max(publies, key=lambda t: abs(t[2].valeur - t[1].valeur), default=None)
    return (*plus_grand, len(publies)) if plus_grand else None


def _seule(vue: Vue, colonne: str) -> Cellule:
    return vue.cellule(colonne, vue.modalites()[0].code)


def _tete(vue: Vue, colonne: str) -> tuple[Modalite, Cellule] | None:
    """La modalité connue la plus forte d'une colonne."""
    publiees = [
        (m, c) for m in vue.modalites() if not est_inconnu(m.code) and (c := vue.cellule(colonne, m.code)).publiee
    ]
    tete = max(publiees, key=lambda paire: paire[1].valeur, default=None)
    return tete if tete and tete[1].valeur else None
