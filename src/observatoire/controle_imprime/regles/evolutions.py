"""Une évolution se refait d'après les deux valeurs qu'elle compare."""

from __future__ import annotations

from fractions import Fraction

from observatoire.controle_imprime.bilan import PROUVE, Constat, Verification, numeros
from observatoire.controle_imprime.lecture import Fait, Imprime
from observatoire.controle_imprime.nombres import Intervalle, arrondi, decimales, ecrire, exact
from observatoire.controle_imprime.registre import Resultats, regle
from observatoire.controle_imprime.selection import nom

PREFIXES = ("taux_evolution_", "taux_variation_", "evolution_", "variation_")
SENS_PERDU = "_sens_perdu"


@regle("Une évolution imprimée est celle des deux valeurs qu'elle compare.")
def evolutions(imprime: Imprime) -> Resultats:
    """Refait chaque `evolution_X` ou `variation_X` d'après X de l'année et de l'année d'avant.

    En %, l'évolution est relative ; dans l'unité de X, c'est un écart. Une valeur au sens perdu (`…_sens_perdu`)
    se compare sans signe.
    """
    for evolution in imprime:
        prefixe = next((p for p in PREFIXES if evolution.indicateur.startswith(p)), None)
        if prefixe and evolution.annee.isdigit():
            compte = evolution.indicateur.removeprefix(prefixe).removesuffix(SENS_PERDU)
            apres, avant = (_valeur(imprime, evolution, compte, int(evolution.annee) - recul) for recul in (0, 1))
            if apres and avant and apres.unite == avant.unite and evolution.unite in ("%", apres.unite):
                yield from _juger(evolution, apres, avant)


def _valeur(imprime: Imprime, evolution: Fait, compte: str, annee: int) -> Fait | None:
    lieu = (evolution.service, evolution.territoire, str(annee))
    memes = [
        f
        for f in imprime
        if f.perimetre == lieu and f.fait.startswith(compte) and f.modalites == evolution.modalites and f != evolution
    ]
    exacts = [f for f in memes if f.fait == compte] or memes
    return exacts[0] if len({(f.fait, f.valeur) for f in exacts}) == 1 else None


def _juger(evolution: Fait, apres: Fait, avant: Fait) -> Resultats:
    relative = evolution.unite == "%" and apres.unite != "%"
    if relative and avant.nombre <= 0:
        return
    possible = apres.intervalle - avant.intervalle
    attendu = apres.nombre - avant.nombre
    calcul = f"{ecrire(apres.valeur)} contre {ecrire(avant.valeur)}"
    if relative:
        possible = possible / avant.intervalle * exact(100)
        attendu = 100 * attendu / avant.nombre
    sans_signe = evolution.indicateur.endswith(SENS_PERDU)
    valeurs = [evolution.valeur, -evolution.valeur] if sans_signe else [evolution.valeur]
    if any(_arrondi(evolution, v).croise(possible) for v in valeurs):
        yield Verification(numeros(evolution, apres, avant), f"{nom(evolution)} : {calcul}.")
    else:
        places = decimales(evolution.valeur)
        yield Constat(
            "évolution fausse",
            PROUVE,
            numeros(evolution, apres, avant),
            f"{ecrire(evolution.valeur)} {evolution.unite}",
            f"{_signe(attendu, places)} {evolution.unite}",
            f"{nom(evolution)} : {calcul} donne {_signe(attendu, places)} {evolution.unite}.",
        )


def _arrondi(evolution: Fait, valeur) -> Intervalle:
    return arrondi(valeur) if evolution.unite == "%" else exact(Fraction(valeur))


def _signe(valeur: Fraction, places: int) -> str:
    return ("+" if valeur > 0 else "") + ecrire(valeur, places)
