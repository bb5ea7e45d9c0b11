"""Une série pluriannuelle garde sa définition : un total qui change de composition est une rupture."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product

from observatoire.controle_imprime.bilan import PROUVE, SUSPECT, Constat, Verification, numeros
from observatoire.controle_imprime.lecture import Fait, Imprime
from observatoire.controle_imprime.nombres import ecrire
from observatoire.controle_imprime.registre import Resultats, regle
from observatoire.controle_imprime.selection import globaux, grouper

ANNEES_MINIMUM = 2  # années où la composition doit tenir avant qu'un écart soit une rupture
ANNEES_PROBANTES = 3
PLANCHER = 10  # sous ce total, une somme juste peut être un hasard
TERMES = (2, 3)
PETIT_TABLEAU, GRAND_TABLEAU = 8, 20  # nombre de séries d'un tableau

Serie = dict[str, Fait]  # année → chiffre d'ensemble


@regle("Le total d'une série se compose chaque année des mêmes lignes.")
def series(imprime: Imprime) -> Resultats:
    """Cherche, dans un tableau pluriannuel, la somme d'indicateurs que suit un total, et l'année qui ne la suit plus.

    Une composition qui tient trois années est tenue pour la définition ; deux années la font seulement présumer.
    Source : règles de lecture, « un indicateur pluriannuel porte la version de sa définition ».
    """
    comptes = [f for f in imprime if f.additif and not f.dans_texte and f.annee.isdigit()]
    for tableau in grouper(comptes, lambda f: (f.page_section, f.service, f.territoire, f.tableau, f.unite)).values():
        lignes = {
            nom: {f.annee: f for f in faits} for nom, faits in grouper(globaux(tableau), lambda f: f.fait).items()
        }
        longues = {nom: serie for nom, serie in lignes.items() if len(serie) > ANNEES_MINIMUM}
        for total, serie in longues.items():
            composition = _composition(serie, [s for nom, s in longues.items() if nom != total])
            if composition:
                yield from _juger(serie, composition, tableau)


def _annees(serie: Serie, composition: tuple[Serie, ...]) -> list[str]:
    return sorted(a for a in serie if all(a in s for s in composition))


def _somme(composition: tuple[Serie, ...], annee: str) -> Fraction:
    return sum((s[annee].nombre for s in composition), Fraction(0))


def _tenues(serie: Serie, composition: tuple[Serie, ...]) -> list[str]:
    annees = [a for a in _annees(serie, composition) if all(s[a].nombre > 0 for s in composition)]
    return [a for a in annees if serie[a].nombre == _somme(composition, a) >= PLANCHER]


def _composition(serie: Serie, autres: list[Serie]) -> tuple[Serie, ...] | None:
    """La somme qui tient le plus d'années, et au moins la moitié ; `None` sinon.

    Deux années suffisent dans un petit tableau ; dans un grand, où le hasard fait des sommes justes, il en faut trois.
    """
    minimum = ANNEES_MINIMUM if len(autres) < PETIT_TABLEAU else ANNEES_PROBANTES
    plus_petites = [s for s in autres if any(a in serie and s[a].nombre < serie[a].nombre for a in s)]
    termes = TERMES if len(plus_petites) <= GRAND_TABLEAU else TERMES[:1]
    candidates = [(c, _tenues(serie, c)) for n in termes for c in combinations(plus_petites, n)]
    candidates = [(c, t) for c, t in candidates if len(t) >= minimum and 2 * len(t) >= len(_annees(serie, c))]
    meilleure = max(candidates, key=lambda ct: (len(ct[1]), -len(ct[0])), default=None)
    return meilleure[0] if meilleure else None


def _juger(serie: Serie, composition: tuple[Serie, ...], tableau: list[Fait]) -> Resultats:
    tenues = _tenues(serie, composition)
    for annee in _annees(serie, composition):
        total, parts = serie[annee], [s[annee] for s in composition]
        somme = _somme(composition, annee)
        calcul = f"{' + '.join(ecrire(p.valeur) for p in parts)} = {ecrire(somme)}"
        if annee in tenues:
            yield Verification(numeros(total, parts), f"{total.indicateur} {annee} : {calcul}.")
        else:
            yield _rupture(serie, total, parts, somme, tenues, tableau)


def _rupture(
    serie: Serie, total: Fait, parts: list[Fait], somme: Fraction, tenues: list[str], tableau: list[Fait]
) -> Constat:
    definition = " + ".join(p.indicateur for p in parts)
    calcul = (
        f"{total.indicateur} = {definition} en {', '.join(tenues)} ; en {total.annee}, "
        f"{' + '.join(ecrire(p.valeur) for p in parts)} = {ecrire(somme)} et non {ecrire(total.valeur)}."
    )
    autre = next(_autres_compositions(total, parts, somme, tableau), None)
    if autre:
        calcul += f" {ecrire(total.valeur)} = {autre[0]} : la définition a changé."
    return Constat(
        "rupture de série",
        PROUVE if len(tenues) >= ANNEES_PROBANTES else SUSPECT,
        numeros(total, parts, autre[1] if autre else [], [serie[a] for a in tenues]),
        ecrire(total.valeur) + _evolution(serie, total.nombre, total.annee),
        ecrire(somme) + _evolution(serie, somme, total.annee),
        calcul,
    )


def _autres_compositions(
    total: Fait, parts: list[Fait], somme: Fraction, tableau: list[Fait]
) -> Iterator[tuple[str, list[Fait]]]:
    """Une ou deux lignes de la même année qui, ajoutées ou retirées, expliquent l'écart ; les nouvelles d'abord."""
    anciens = {f.fait for f in tableau if f.annee < total.annee}
    libres = [f for f in tableau if f.annee == total.annee and f not in (total, *parts) and f.nombre]
    libres.sort(key=lambda f: (f.fait in anciens and not f.modalites, bool(f.modalites) and f.fait in anciens))
    for n in (1, 2):
        for ajouts in combinations(libres, n):
            for signes in product((1, -1), repeat=n):
                couples = list(zip(ajouts, signes, strict=True))
                if somme + sum(s * f.nombre for f, s in couples) == total.nombre and _retires_des_parts(couples, parts):
                    suite = "".join(f" {'+' if s > 0 else '−'} {ecrire(f.valeur)}" for f, s in couples)
                    yield " + ".join(ecrire(p.valeur) for p in parts) + suite, list(ajouts)


def _retires_des_parts(couples: list[tuple[Fait, int]], parts: list[Fait]) -> bool:
    """Seule une sous-population d'une des parts peut en être retirée."""
    return all(signe > 0 or any(f.fait == p.fait for p in parts) for f, signe in couples)


def _evolution(serie: Serie, valeur: Fraction, annee: str) -> str:
    avant = serie.get(str(int(annee) - 1))
    if avant is None or not avant.nombre:
        return ""
    ecart = 100 * (valeur - avant.nombre) / avant.nombre
    return f" ({'+' if ecart > 0 else ''}{ecrire(ecart, 1)} %)"
