"""Le même fait imprimé deux fois porte la même valeur."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from observatoire.controle_imprime.bilan import PROUVE, SUSPECT, Constat, Verification, lignes, numeros
from observatoire.controle_imprime.lecture import Fait, Imprime
from observatoire.controle_imprime.mots import est_total, modalite_normale, porte
from observatoire.controle_imprime.nombres import ecrire
from observatoire.controle_imprime.registre import Resultats, regle
from observatoire.controle_imprime.regles.totaux import sommes
from observatoire.controle_imprime.selection import grouper, nom


@regle("Un même fait, imprimé à deux endroits, a une seule valeur.")
def contradictions(imprime: Imprime) -> Resultats:
    """Rapproche les chiffres de même service, territoire, année, indicateur et modalités.

    Les modalités se comparent sous leur nom commun (« secteur social » et « parc public »), les totaux avec les
    chiffres d'ensemble, une base citée avec ce qu'elle cite. Le budget, l'échéance ou la durée d'une fiche
    n'engagent que leur rubrique. Source : règles de lecture, contradictions entre texte et tableau.
    """
    for groupe in _groupes(imprime):
        valeurs = {f.valeur.normalize() for f in groupe}
        if len(groupe) < 2 or not _independants(groupe):
            continue
        if len(valeurs) == 1 or _s_accordent(groupe):
            yield Verification(
                numeros(groupe), f"{nom(groupe[0])} : {ecrire(groupe[0].valeur)} aux {len(groupe)} endroits."
            )
        else:
            yield _contradiction(imprime, groupe)


def _groupes(imprime: Imprime) -> Iterator[list[Fait]]:
    """Les passages d'un même fait.

    Une phrase rejoint un tableau par la seule modalité ; deux cellules de tableaux ne se rejoignent que sous la même
    ventilation (le logement d'avant et celui d'après sont deux faits).
    """
    for groupe in grouper(imprime, _cle).values():
        cellules = {_sens(f) for f in groupe if not f.dans_texte}
        phrases = grouper((f for f in groupe if f.dans_texte), lambda f: f.page_section).values()
        if len(cellules) > 1 or any(len({_sens(f) for f in faits}) > 1 for faits in phrases):
            yield from grouper(groupe, _sens).values()
        else:
            yield groupe


def _sens(fait: Fait) -> frozenset[tuple[str, str]]:
    return frozenset((v, modalite_normale(m)) for v, m in fait.ventilations if not est_total(m))


def _cle(fait: Fait) -> tuple:
    section = fait.page_section if porte(fait.indicateur, "propres_a_la_rubrique") else ""
    return *fait.perimetre, section, fait.fait, fait.unite, fait.modalites


def _independants(groupe: list[Fait]) -> bool:
    """Vrai si deux passages au moins se distinguent par leur place ; sinon c'est une ligne en double."""
    lieux = {(f.page_section, f.tableau, f.ventilations, f.indicateur) for f in groupe}
    return len(lieux) > 1


def _s_accordent(groupe: list[Fait]) -> bool:
    """Vrai si une même valeur exacte, arrondie différemment, donne tout ce qui est imprimé."""
    return groupe[0].unite not in ("nombre", "places", "annee") and all(
        a.intervalle.croise(b.intervalle) for a in groupe for b in groupe
    )


def _contradiction(imprime: Imprime, groupe: list[Fait]) -> Constat:
    appui, temoins = _appui(imprime, groupe)
    passages = grouper(groupe, lambda f: (f.nombre, f.rubrique))
    endroits = " ; ".join(f"{ecrire(f[0].valeur)} ({lignes(f)}, « {f[0].rubrique} »)" for f in passages.values())
    suite = f" {temoins}" if temoins else ""
    cite = next((f for f in groupe if f.cite), None)
    return Constat(
        "base contredite" if cite else "contradiction",
        PROUVE,
        numeros(sorted(groupe, key=lambda f: (f.nombre == appui, not f.cite))),
        " ; ".join(dict.fromkeys(ecrire(f.valeur) for f in groupe)),
        ecrire(appui) if appui is not None else "",
        f"{nom(groupe[0])} : {endroits}.{suite}",
    )


def _appui(imprime: Imprime, groupe: list[Fait]) -> tuple[Fraction | None, str]:
    """La valeur qu'un tableau recalculé ou la majorité des passages appuie, et pourquoi."""
    valeurs = {f.nombre for f in groupe}
    premier = groupe[0]
    for somme in sommes(imprime):
        meme = somme.total.perimetre == premier.perimetre and somme.total.fait == premier.fait
        if meme and not somme.total.dans_texte and somme.recalcule in valeurs:
            return somme.recalcule, (
                f"Les lignes du tableau (total imprimé {ecrire(somme.total.valeur)}, ligne {somme.total.ligne}) "
                f"font {ecrire(somme.recalcule)}."
            )
    frequences = Counter(f.nombre for f in groupe).most_common(2)
    if frequences[0][1] > frequences[1][1]:
        return frequences[0][0], ""
    return None, ""


@regle("Une clé ne se répète pas : un chiffre ne s'imprime qu'une fois par tableau.")
def doublons(imprime: Imprime) -> Resultats:
    """Signale deux lignes qui ne diffèrent au plus que par leur valeur : alors, l'une des deux est fausse."""
    for groupe in grouper(
        imprime, lambda f: (f.page_section, *f.perimetre, f.tableau, f.indicateur, f.ventilations)
    ).values():
        if len(groupe) > 1:
            valeurs = dict.fromkeys(ecrire(f.valeur) for f in groupe)
            yield Constat(
                "ligne en double",
                PROUVE if len(valeurs) > 1 else SUSPECT,
                numeros(groupe),
                " ; ".join(valeurs),
                "",
                f"{nom(groupe[0])} est imprimé {len(groupe)} fois dans « {groupe[0].page_section} ».",
            )
