"""Un total se calcule : la somme des lignes redonne la ligne Total."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from observatoire.controle_imprime.bilan import PROUVE, SUSPECT, Constat, Verification, numeros
from observatoire.controle_imprime.lecture import Fait, Imprime
from observatoire.controle_imprime.mots import (
    est_total,
    forme_partition,
    hors_somme,
    modalite_normale,
    mots,
    porte,
    vocabulaire,
)
from observatoire.controle_imprime.nombres import ecrire
from observatoire.controle_imprime.registre import Resultats, regle
from observatoire.controle_imprime.selection import cle_tableau, globaux, grouper, nom, somme_en_mots


@dataclass(frozen=True)
class Somme:
    """Un total imprimé et les lignes qu'il additionne le long d'une ventilation."""

    total: Fait
    ventilation: str
    lignes: tuple[Fait, ...]

    @property
    def recalcule(self) -> Fraction:
        """La somme des lignes."""
        return sum((f.nombre for f in self.lignes), Fraction(0))

    @property
    def juste(self) -> bool:
        """Vrai si le total imprimé est cette somme, à l'arrondi de chaque ligne."""
        total = self.total.intervalle
        for f in self.lignes:
            total = total - f.intervalle
        return 0 in total

    @property
    def modalites(self) -> frozenset[str]:
        """Les modalités additionnées, normalisées."""
        return frozenset(modalite_normale(f.modalite(self.ventilation)) for f in self.lignes)

    @property
    def ouverte(self) -> bool:
        """Vrai si la liste cite des exemples (« un premier jeune ») : elle ne prétend pas faire le total."""
        debuts = {mots(f.modalite(self.ventilation))[0] for f in self.lignes if mots(f.modalite(self.ventilation))}
        return not debuts.isdisjoint(vocabulaire()["listes_ouvertes"])


@lru_cache(maxsize=2)
def sommes(imprime: Imprime) -> tuple[Somme, ...]:
    """Chaque ligne Total du fichier, avec les lignes qu'elle additionne."""
    return tuple(_sommes(imprime))


def _sommes(imprime: Imprime) -> Iterator[Somme]:
    for tableau in grouper((f for f in imprime if f.additif), cle_tableau).values():
        for total in tableau:
            for ventilation, modalite in total.ventilations:
                if est_total(modalite):
                    lignes = _composantes(total, ventilation, tableau)
                    if lignes:
                        yield Somme(total, ventilation, tuple(lignes))


def _composantes(total: Fait, ventilation: str, tableau: list[Fait]) -> list[Fait]:
    detail = [f for f in tableau if _detaille(f, total, ventilation)]
    memes = [f for f in detail if f.indicateur == total.indicateur and f.unite == total.unite]
    memes = memes or ([] if total.dans_texte else _orphelines(detail, tableau))
    sur_place = [f for f in memes if f.territoire == total.territoire]
    if sur_place:
        return sur_place
    seuls = [f for f in tableau if f.ventilations == total.ventilations and f.indicateur == total.indicateur]
    return memes if len(seuls) == 1 else []


def _detaille(fait: Fait, total: Fait, ventilation: str) -> bool:
    autres = [v for v in total.ventilations if v[0] != ventilation]
    reste = [v for v in fait.ventilations if v[0] != ventilation]
    modalite = fait.modalite(ventilation)
    return bool(modalite) and not est_total(modalite) and not hors_somme(modalite) and reste == autres


def _orphelines(detail: list[Fait], tableau: list[Fait]) -> list[Fait]:
    """Les lignes du seul autre indicateur du tableau : douze files actives mensuelles font les mois-mesures."""
    return detail if len({f.indicateur for f in tableau}) == 2 else []


@regle("La ligne Total est la somme des lignes, dans chaque sens du tableau.")
def totaux(imprime: Imprime) -> Resultats:
    """Compare chaque total imprimé à la somme de ses lignes.

    Dans un tableau, tout écart est prouvé. Dans une phrase, une somme plus petite que le total peut taire des
    lignes : l'écart n'est prouvé que si les modalités font un tout (hommes et femmes), et une liste d'exemples
    ou un seul « dont » ne dit rien. Une somme plus grande que le total d'une ventilation à plusieurs réponses
    (difficultés, démarches) ou d'objets partagés (organismes) n'est que suspecte.
    Source : règles de lecture, « un total se calcule, il ne se saisit pas ».
    """
    for somme in sommes(imprime):
        niveau = _niveau(somme)
        calcul = f"{somme_en_mots(somme.lignes)} = {ecrire(somme.recalcule)}"
        if somme.juste:
            yield Verification(numeros(somme.total, somme.lignes), f"{nom(somme.total)} : {calcul}.")
        elif niveau:
            yield Constat(
                "total faux",
                niveau,
                numeros(somme.total, somme.lignes),
                ecrire(somme.total.valeur),
                ecrire(somme.recalcule),
                f"{nom(somme.total)} : {calcul}, et non {ecrire(somme.total.valeur)}.",
            )


def _niveau(somme: Somme) -> str:
    trop = somme.recalcule > somme.total.nombre
    multiple = porte(somme.ventilation, "reponses_multiples") or porte(somme.total.indicateur, "objets_partages")
    if trop and multiple:
        return SUSPECT
    if not somme.total.dans_texte or forme_partition(somme.modalites) or trop:
        return PROUVE
    return "" if somme.ouverte or len(somme.lignes) < 2 else SUSPECT


@regle("L'ensemble cité dans une phrase est la somme de la liste qui le détaille.")
def listes_de_phrases(imprime: Imprime) -> Resultats:
    """Compare un chiffre d'ensemble d'une phrase à la liste de ses modalités, dans la même rubrique.

    Une liste plus courte que l'ensemble est un « dont » : rien n'est dit, sauf si ses modalités font un tout.
    """
    phrases = grouper((f for f in imprime if f.additif and f.dans_texte), lambda f: (*cle_tableau(f), f.territoire))
    for faits in phrases.values():
        for ensemble in (f for f in faits if not f.ventilations):
            listes = grouper(
                (f for f in faits if f.indicateur == ensemble.indicateur and f.unite == ensemble.unite),
                lambda f: tuple(v for v, _ in f.ventilations),
            )
            for ventilations, lignes in listes.items():
                if (
                    len(ventilations) == 1
                    and len(lignes) > 1
                    and not any(est_total(f.ventilations[0][1]) for f in lignes)
                ):
                    yield from _juger_liste(Somme(ensemble, ventilations[0], tuple(lignes)))


def _juger_liste(somme: Somme) -> Resultats:
    calcul = f"{nom(somme.total)} : {somme_en_mots(somme.lignes)} = {ecrire(somme.recalcule)}"
    tout = forme_partition(somme.modalites)
    if somme.juste:
        yield Verification(numeros(somme.total, somme.lignes), f"{calcul}.")
    elif tout or somme.recalcule > somme.total.nombre:
        yield Constat(
            "somme citée fausse",
            PROUVE if tout else SUSPECT,
            numeros(somme.total, somme.lignes),
            ecrire(somme.total.valeur),
            ecrire(somme.recalcule),
            f"{calcul}, et non {ecrire(somme.total.valeur)}.",
        )


@regle("Le chiffre d'un territoire « A et B » est la somme de ceux de A et de B.")
def territoires_reunis(imprime: Imprime) -> Resultats:
    """Additionne les territoires qu'un libellé réunit, quand chacun est imprimé dans la même rubrique."""
    groupes = grouper(
        (f for f in globaux(imprime) if f.additif and not f.ventilations),
        lambda f: (f.page_section, f.service, f.annee, f.tableau, f.indicateur, f.unite),
    )
    for faits in groupes.values():
        par_territoire = {f.territoire: f for f in faits}
        for reuni in faits:
            parties = [p.strip() for p in reuni.territoire.replace(" ; ", " et ").split(" et ")]
            if len(parties) > 1 and all(p in par_territoire for p in parties):
                yield from _juger_territoires(reuni, [par_territoire[p] for p in parties])


def _juger_territoires(reuni: Fait, parties: list[Fait]) -> Resultats:
    somme = Somme(reuni, "", tuple(parties))
    calcul = f"{nom(reuni)}, {reuni.territoire} : {somme_en_mots(parties)} = {ecrire(somme.recalcule)}"
    if somme.juste:
        yield Verification(numeros(reuni, parties), f"{calcul}.")
    else:
        niveau = SUSPECT if somme.recalcule > reuni.nombre else PROUVE
        yield Constat(
            "total faux", niveau, numeros(reuni, parties), ecrire(reuni.valeur), ecrire(somme.recalcule), f"{calcul}."
        )
