"""Ce qu'aucune valeur ne peut être : un compte négatif, une part de plus de 100 %, une moyenne hors de ses bornes."""

from __future__ import annotations

from observatoire.controle_imprime.bilan import PROUVE, SUSPECT, Constat, Verification, numeros
from observatoire.controle_imprime.lecture import Fait, Imprime
from observatoire.controle_imprime.mots import modalite_normale, mots, racines
from observatoire.controle_imprime.nombres import ecrire
from observatoire.controle_imprime.registre import Resultats, regle
from observatoire.controle_imprime.selection import nom

UNITES_POSITIVES = ("nombre", "places", "etp", "mois", "jours", "ans", "heures")
SIGNES = ("variation", "evolution", "ecart", "solde", "baisse", "hausse")


@regle("Un compte est un entier positif ; une part est entre 0 et 100 %.")
def valeurs_possibles(imprime: Imprime) -> Resultats:
    """Refuse les comptes négatifs ou à virgule et les parts hors de 0 à 100 %.

    Un taux (de réalisation d'une convention) peut passer 100 %.
    """
    for fait in imprime:
        raison = _impossible(fait)
        if raison:
            niveau = SUSPECT if "virgule" in raison else PROUVE
            yield Constat(
                "valeur impossible", niveau, numeros(fait), ecrire(fait.valeur), "", f"{nom(fait)} : {raison}."
            )


def _impossible(fait: Fait) -> str:
    if mots(fait.indicateur) and not set(SIGNES).isdisjoint(mots(fait.indicateur)):
        return ""
    if fait.unite in UNITES_POSITIVES and fait.valeur < 0:
        return f"{fait.unite} de valeur négative"
    if fait.unite == "nombre" and fait.additif and fait.nombre.denominator != 1:
        return "un compte à virgule"
    part = fait.unite == "%" and mots(fait.indicateur)[0] in ("part", "parts", "proportion")
    return "une part hors de 0 à 100 %" if part and not 0 <= fait.valeur <= 100 else ""


@regle("Un minimum est sous son maximum, et la moyenne est entre les deux.")
def minimum_maximum(imprime: Imprime) -> Resultats:
    """Compare les deux bornes imprimées d'un indicateur (ventilation « borne ») et la moyenne du même objet."""
    for bas in imprime:
        if modalite_normale(bas.modalite("borne")) == "minimum":
            hauts = [f for f in imprime if _memes_bornes(f, bas)]
            for haut in hauts:
                yield from _ordonner(bas, haut, "le minimum dépasse le maximum")
                for moyenne in (f for f in imprime if _moyenne_de(f, bas)):
                    yield from _ordonner(bas, moyenne, "la moyenne est sous le minimum")
                    yield from _ordonner(moyenne, haut, "la moyenne dépasse le maximum")


def _memes_bornes(haut: Fait, bas: Fait) -> bool:
    reste = [[v for v in f.ventilations if v[0] != "borne"] for f in (haut, bas)]
    cles = [(f.page_section, *f.perimetre, f.indicateur) for f in (haut, bas)]
    return cles[0] == cles[1] and reste[0] == reste[1] and modalite_normale(haut.modalite("borne")) == "maximum"


def _moyenne_de(moyenne: Fait, borne: Fait) -> bool:
    """`ressources_moyennes` est la moyenne de `ressources_min_max`."""
    if (moyenne.page_section, *moyenne.perimetre, moyenne.unite) != (borne.page_section, *borne.perimetre, borne.unite):
        return False
    bruit = racines("moyen moyenne moyennes min max minimum maximum")
    objet = racines(moyenne.indicateur) - bruit
    est_moyenne = racines(moyenne.indicateur) & racines("moyen moyenne")
    return bool(est_moyenne and objet) and objet == racines(borne.indicateur) - bruit and not moyenne.ventilations


def _ordonner(bas: Fait, haut: Fait, sinon: str) -> Resultats:
    if bas.valeur <= haut.valeur:
        yield Verification(numeros(bas, haut), f"{nom(bas)} : {ecrire(bas.valeur)} ≤ {ecrire(haut.valeur)}.")
    else:
        yield Constat(
            "bornes inversées",
            PROUVE,
            numeros(bas, haut),
            f"{ecrire(bas.valeur)} et {ecrire(haut.valeur)}",
            "",
            f"{nom(bas)}, {nom(haut)} : {sinon} ({ecrire(bas.valeur)} > {ecrire(haut.valeur)}).",
        )
