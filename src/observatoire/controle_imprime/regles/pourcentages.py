"""Un pourcentage porte sa base et son numérateur : l'arithmétique de l'arrondi dit lesquels sont possibles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from observatoire.controle_imprime.bilan import PROUVE, SUSPECT, Constat, Verification, numeros
from observatoire.controle_imprime.lecture import Fait, Imprime
from observatoire.controle_imprime.mots import mots, porte, racines, vocabulaire
from observatoire.controle_imprime.nombres import Intervalle, arrondi, decimales, ecrire, numerateurs, tronque
from observatoire.controle_imprime.registre import Resultats, regle
from observatoire.controle_imprime.regles.totaux import Somme, sommes
from observatoire.controle_imprime.selection import en_lettres, ensembles, globaux, grouper, nom
from observatoire.restitution.locale import majuscule

PREFIXES = ("part_", "taux_", "pourcentage_", "proportion_")


@dataclass(frozen=True)
class Lecture:
    """Comment lire un pourcentage : les bases et les numérateurs imprimés qui lui vont."""

    part: Fait
    bases: tuple[Fait, ...]
    numerateurs: tuple[Fait, ...]
    presumee: bool = False  # lue d'après les seuls noms : un écart n'est que suspect

    @property
    def niveau(self) -> str:
        """« suspect » si la base est présumée ou le pourcentage peut-être écrit en lettres."""
        return SUSPECT if self.presumee or en_lettres(self.part) else PROUVE

    @property
    def base_citee(self) -> Fait | None:
        """La base que la phrase énonce, si elle en cite une à elle."""
        return next((b for b in self.bases if b.cite), None)

    @property
    def bases_comptees(self) -> list[Fait]:
        """Les bases, une par valeur, celles que la phrase ne fait que citer en dernier."""
        uniques: dict[Fraction, Fait] = {}
        for base in sorted(self.bases, key=lambda b: b.cite):
            uniques.setdefault(base.nombre, base)
        return list(uniques.values())


@regle("Un pourcentage est un nombre entier d'unités sur sa base, arrondi et non tronqué.")
def pourcentages(imprime: Imprime) -> Resultats:
    """Cherche la base et le numérateur de chaque pourcentage et refait la division.

    Base : l'indicateur que nomme la part (`part_mesures_terminees`), sinon la base de la rubrique ; numérateur :
    le même compte pour la même modalité, ou l'indicateur que la modalité nomme. Sans numérateur imprimé, au moins
    un entier doit convenir. Source : règles de lecture, « un pourcentage porte son numérateur, sa base et son
    mode d'arrondi ».
    """
    for part in imprime:
        if part.unite == "%" and part.indicateur.startswith(PREFIXES):
            lecture = _lire(imprime, part)
            if lecture:
                yield from _juger(imprime, lecture)


def _lire(imprime: Imprime, part: Fait) -> Lecture | None:
    for chercher in (_base_nommee, _base_prefixe, _base_du_taux, _base_de_la_rubrique):
        lecture = chercher(imprime, part)
        if lecture and all(b.nombre > 0 and b.nombre.denominator == 1 for b in lecture.bases):
            return lecture
    return None


def _sans_prefixe(part: Fait) -> str:
    return part.indicateur.split("_", 1)[1]


def _base_nommee(imprime: Imprime, part: Fait) -> Lecture | None:
    """`part_X`, ventilée, se lit sur X ; la rubrique de la phrase passe avant le reste du document.

    Sans ventilation, X serait plutôt le numérateur (`part_sorties_positives`).
    """
    if not part.ventilations or part.indicateur.startswith("taux_"):
        return None
    bases = [f for f in ensembles(imprime, part) if f.fait == _sans_prefixe(part) and f.unite == "nombre"]
    ici = [f for f in bases if f.rubrique == part.rubrique]
    if not bases:
        return None
    memes = [f for f in imprime.du_perimetre(part) if f.fait == bases[0].fait and f.unite == "nombre"]
    numerateurs_ = [f for f in memes if part.modalites and f.modalites == part.modalites]
    return Lecture(part, tuple(ici or bases), tuple(numerateurs_ or _nommes_par_la_modalite(imprime, part, bases)))


def _nommes_par_la_modalite(imprime: Imprime, part: Fait, bases: list[Fait]) -> list[Fait]:
    """Les chiffres d'ensemble de l'indicateur que la modalité nomme : « relogement » et `relogements`."""
    modalites = [m for _, m in part.ventilations]
    if len(modalites) != 1 or not racines(modalites[0]):
        return []
    candidats = [f for f in imprime.du_perimetre(part) if f.unite == "nombre" and f.fait != bases[0].fait]
    return globaux(f for f in candidats if racines(f.fait) == racines(modalites[0]))


def _base_prefixe(imprime: Imprime, part: Fait) -> Lecture | None:
    """Dans un même tableau, `X` et `X_vers_emploi` : le taux qui parle d'emploi est leur rapport."""
    voisins = [
        f
        for f in imprime.du_perimetre(part)
        if f.page_section == part.page_section and f.unite == "nombre" and f.ventilations == part.ventilations
    ]
    for base in voisins:
        for numerateur in voisins:
            suffixe = numerateur.indicateur.removeprefix(f"{base.indicateur}_")
            if suffixe != numerateur.indicateur and racines(suffixe) & racines(_sans_prefixe(part)):
                return Lecture(part, (base,), (numerateur,))
    return None


def _base_du_taux(imprime: Imprime, part: Fait) -> Lecture | None:
    """`taux_Y` est `X_Y` sur `X…` : des arrêts aux objectifs atteints, sur les arrêts."""
    if part.ventilations:
        return None
    voisins = [f for f in ensembles(imprime, part) if f.rubrique == part.rubrique and f.unite == "nombre"]
    for numerateur in voisins:
        tete, _, reste = numerateur.indicateur.partition("_")
        bases = [f for f in voisins if f.indicateur != numerateur.indicateur and mots(f.indicateur)[:1] == (tete,)]
        nomme = _sans_prefixe(part) in (reste, numerateur.indicateur)
        if reste and nomme and len({b.nombre for b in bases}) == 1 and numerateur.nombre <= bases[0].nombre:
            return Lecture(part, tuple(bases), (numerateur,), presumee=True)
    return None


def _base_de_la_rubrique(imprime: Imprime, part: Fait) -> Lecture | None:
    """La taille d'échantillon (ou la base énoncée) de la rubrique, sinon la population que la part nomme en un mot."""
    voisins = [f for f in ensembles(imprime, part) if f.rubrique == part.rubrique and f.unite == "nombre"]
    explicites = [f for f in voisins if f.fait in vocabulaire()["bases_explicites"]]
    population = _sans_prefixe(part)
    bases = explicites or [
        f for f in voisins if population in vocabulaire()["unites_de_compte"] and f.fait.startswith(f"{population}_")
    ]
    return Lecture(part, tuple(bases), ()) if len({b.nombre for b in bases}) == 1 else None


# --- Le jugement -----------------------------------------------------------------------------------


def _juger(imprime: Imprime, lecture: Lecture) -> Resultats:
    part = lecture.part
    pourcent = _intervalle(part)
    citee = lecture.base_citee
    faux = {s.total: s for s in sommes(imprime) if not s.juste}
    sains = [n for n in lecture.numerateurs if n not in faux]
    trouve = _rapport(pourcent, sains, lecture.bases_comptees)
    if trouve:
        yield Verification(numeros(part, trouve), f"{nom(part)} : {_division(*trouve)} %.")
    elif sains:
        yield _numerateur_connu(lecture, sains)
    else:
        possibles = [b for b in lecture.bases_comptees if numerateurs(pourcent, int(b.nombre))]
        herite = _heritage(lecture, [faux[n] for n in lecture.numerateurs])
        if possibles and (citee is None or citee in possibles) and not herite:
            k = numerateurs(pourcent, int(possibles[0].nombre))
            yield Verification(numeros(part, possibles), f"{nom(part)} : {_possible(k, possibles[0])}.")
        else:
            yield _impossible(lecture, possibles, herite)


def _intervalle(part: Fait) -> Intervalle:
    """L'arrondi imprimé ; un pourcentage sans doute écrit en lettres a la tolérance du vocabulaire."""
    if not en_lettres(part):
        return arrondi(part.valeur)
    marge = Fraction(Decimal(vocabulaire()["en_lettres"]["tolerance"]))
    return Intervalle(part.nombre - marge, part.nombre + marge)


def _rapport(pourcent: Intervalle, hauts: list[Fait], bas: list[Fait]) -> tuple[Fait, Fait] | None:
    couples = ((n, b) for n in hauts for b in bas if 100 * n.nombre / b.nombre in pourcent)
    return next(couples, None)


def _division(haut: Fait, bas: Fait) -> str:
    return f"{ecrire(haut.valeur)}/{ecrire(bas.valeur)} = {ecrire(100 * haut.nombre / bas.nombre, 1)}"


def _possible(k: range, base: Fait) -> str:
    if len(k) > 1:
        return f"de {ecrire(k[0])} à {ecrire(k[-1])} sur {ecrire(base.valeur)}"
    return f"{ecrire(k[0])}/{ecrire(base.valeur)} = {ecrire(Fraction(100 * k[0]) / base.nombre, 1)} %"


def _numerateur_connu(lecture: Lecture, hauts: list[Fait]) -> Constat:
    """Le numérateur est imprimé : la division dit la bonne valeur, et si l'imprimé est tronqué."""
    part, base, haut = lecture.part, lecture.bases_comptees[0], hauts[0]
    exacte, places = 100 * haut.nombre / base.nombre, decimales(part.valeur)
    coupe = tronque(exacte, places) == part.nombre
    citee = lecture.base_citee
    suite = f" {majuscule(_refus(part, citee))}" if citee and citee.nombre != base.nombre else ""
    return Constat(
        "pourcentage tronqué" if coupe else "pourcentage faux",
        lecture.niveau,
        numeros(part, haut, lecture.bases),
        f"{ecrire(part.valeur)} %",
        f"{ecrire(exacte, places)} %",
        f"{nom(part)} : {_division(haut, base)} %{', tronqué et non arrondi' if coupe else ''}.{suite}",
    )


def _impossible(lecture: Lecture, possibles: list[Fait], herite: tuple[Somme, Fait] | None) -> Constat:
    """Rien ne convient à la base énoncée ; une autre base, un total faux ou une troncature l'explique peut-être."""
    part, places = lecture.part, decimales(lecture.part.valeur)
    dite = lecture.base_citee or lecture.bases_comptees[0]
    phrases, recalcule, nature, temoins = [], "", "pourcentage impossible", []
    if dite not in possibles:
        phrases.append(_refus(part, dite))
    coupe = None if possibles else _tronque_possible(part, lecture.bases_comptees)
    if herite:
        somme, base = herite
        recalcule, temoins = f"{ecrire(100 * somme.recalcule / base.nombre, max(places, 1))} %", [somme.total, base]
        phrases.append(
            f"{_division(somme.total, base)} % hérite du total faux de la ligne {somme.total.ligne}, dont les lignes "
            f"font {ecrire(somme.recalcule)} : {ecrire(somme.recalcule)}/{ecrire(base.valeur)} = {recalcule}."
        )
    elif possibles:
        phrases.append(f"{_possible(numerateurs(_intervalle(part), int(possibles[0].nombre)), possibles[0])}.")
    elif coupe:
        k, base = coupe
        juste = Fraction(100 * k) / base.nombre
        nature, recalcule, temoins = "pourcentage tronqué", f"{ecrire(juste, places)} %", [base]
        division = f"{ecrire(k)}/{ecrire(base.valeur)} = {ecrire(juste, places + 2)}"
        phrases.append(f"{division} % : tronqué et non arrondi.")
    return Constat(
        nature,
        lecture.niveau,
        numeros(part, dite, lecture.bases, temoins),
        f"{ecrire(part.valeur)} %",
        recalcule,
        f"{nom(part)} : {' '.join([phrases[0], *map(majuscule, phrases[1:])])}",
    )


def _heritage(lecture: Lecture, faux: list[Somme]) -> tuple[Somme, Fait] | None:
    """Le total faux et la base qui donnent le pourcentage imprimé, alors que le total juste ne le donne pas."""
    pourcent = _intervalle(lecture.part)
    couples = ((s, b) for s in faux for b in lecture.bases_comptees)
    return next(
        (
            (s, b)
            for s, b in couples
            if 100 * s.total.nombre / b.nombre in pourcent and 100 * s.recalcule / b.nombre not in pourcent
        ),
        None,
    )


def _tronque_possible(part: Fait, bases: list[Fait]) -> tuple[int, Fait] | None:
    """Le numérateur et la base qui, coupés à la précision imprimée, donnent le pourcentage."""
    places = decimales(part.valeur)
    for base in bases:
        k = math.ceil(part.nombre * base.nombre / 100)
        if tronque(Fraction(100 * k) / base.nombre, places) == part.nombre:
            return k, base
    return None


def _refus(part: Fait, base: Fait) -> str:
    """« aucun entier sur 13 ne donne 57 % (7/13 = 53,8 ; 8/13 = 61,5). »"""
    bas = int(part.nombre * base.nombre / 100)
    voisins = [f"{k}/{ecrire(base.valeur)} = {ecrire(Fraction(100 * k) / base.nombre, 2)}" for k in (bas, bas + 1)]
    return f"aucun entier sur {ecrire(base.valeur)} ne donne {ecrire(part.valeur)} % ({' ; '.join(voisins)})."


# --- La base qu'il faut dire -------------------------------------------------------------------------


@regle("Quand deux unités de compte sont possibles (personnes, situations), la base d'un pourcentage se dit.")
def base_non_dite(imprime: Imprime) -> Resultats:
    """Deux comptes d'une rubrique ne diffèrent que par leur unité : chaque pourcentage exclut-il l'un d'eux ?

    Un constat réunit les pourcentages d'une rubrique que seule une des bases permet. Source : règles de lecture,
    « l'unité de compte est un champ obligatoire ».
    """
    comptes = [f for f in globaux(imprime) if f.unite == "nombre" and _unite_de_compte(f)]
    groupes = grouper(comptes, lambda f: (f.rubrique, *f.perimetre, f.fait.split("_", 1)[1]))
    for bases in groupes.values():
        uniques = list({b.nombre: b for b in bases}.values())
        if len({b.fait for b in bases}) > 1 and len(uniques) > 1:
            parts = [f for f in imprime.du_perimetre(bases[0]) if _sans_base(f) and f.rubrique == bases[0].rubrique]
            yield from _trancher(uniques, parts)


def _unite_de_compte(fait: Fait) -> bool:
    return fait.fait.partition("_")[0] in vocabulaire()["unites_de_compte"] and porte(fait.fait, "presents")


def _sans_base(fait: Fait) -> bool:
    return fait.unite == "%" and fait.indicateur.startswith(("part_", "proportion_")) and not en_lettres(fait)


def _trancher(bases: list[Fait], parts: list[Fait]) -> Resultats:
    exclus = {b: [p for p in parts if not numerateurs(arrondi(p.valeur), int(b.nombre))] for b in bases}
    permises = [b for b in bases if not exclus[b]]
    tranchants = [p for p in parts if any(p in exclus[b] for b in bases)]
    if not tranchants or not permises:
        return
    retenue = permises[0]
    preuves = " ; ".join(
        f"{ecrire(p.valeur)} % = {_possible(numerateurs(arrondi(p.valeur), int(retenue.nombre)), retenue)}"
        for p in tranchants
    )
    refus = " ".join(majuscule(_refus(p, b)) for b in bases for p in exclus[b])
    yield Constat(
        "base non dite",
        PROUVE,
        numeros(tranchants, bases),
        "pourcentages sans base",
        f"base {ecrire(retenue.valeur)} ({retenue.indicateur})",
        f"{preuves}. {refus}",
    )
