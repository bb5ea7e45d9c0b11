"""Un écart est-il réel ? Le hasard, les réponses manquantes, la définition : ce qu'il faut avoir vérifié."""

from __future__ import annotations

from dataclasses import dataclass

from observatoire.campagne.donnees_types import Definition
from observatoire.restitution import comparaison, locale
from observatoire.restitution.cellules import Cellule
from observatoire.restitution.comparaison import BASE_CONCLUSION, RISQUE, probabilite_exacte
from observatoire.restitution.locale import nombre
from observatoire.restitution.phrases import BASE_PRUDENCE

NET, FRAGILE, HASARD, TROP_PEU, RUPTURE, MUET = "net", "fragile", "hasard", "trop_peu", "rupture", "muet"
REPONSES = {
    NET: "L'écart est net",
    FRAGILE: "L'écart est net, mais les réponses manquantes pourraient l'expliquer",
    HASARD: "Cet écart peut tenir au hasard",
    TROP_PEU: "Trop peu de situations pour conclure",
    RUPTURE: "La définition a changé : les deux chiffres ne se comparent pas",
    MUET: "Cet écart ne se juge pas",
}


@dataclass(frozen=True)
class Examen:
    """Ce qu'un écart entre deux cellules permet d'affirmer : la réponse, puis ses raisons, une phrase chacune."""

    verdict: str
    constat: str
    raisons: tuple[str, ...]

    @property
    def reponse(self) -> str:
        return REPONSES[self.verdict]


@dataclass(frozen=True)
class Ecart:
    """Deux cellules à comparer. `lieux` : où l'on est (« en 2021 », « en 2022 ») ; `essais` : parmi combien d'écarts.

    `sujet` : la modalité comparée, si ce n'est pas le chiffre entier.
    """

    avant: Cellule
    apres: Cellule
    lieux: tuple[str, str]
    sujet: str = ""
    essais: int = 1


def examiner(definition: Definition, ecart: Ecart) -> Examen | None:
    """L'examen d'un écart entre deux cellules publiées ; `None` si l'une d'elles ne l'est pas.

    Deux taux se jugent par le test exact de Fisher sur leurs effectifs publiés, corrigé du nombre d'écarts parmi
    lesquels celui-ci a été choisi, puis en donnant aux réponses manquantes le sens le plus défavorable. Sources : test
    exact de Fisher ; correction de Bonferroni ; bornes de Manski pour les non-réponses.
    """
    avant, apres = ecart.avant, ecart.apres
    if not (avant.publiee and apres.publiee):
        return None
    constat = _constat(ecart)
    if avant.version and apres.version and avant.version != apres.version:
        raison = f"La définition {avant.version} vaut {ecart.lieux[0]}, la définition {apres.version} {ecart.lieux[1]}."
        return Examen(RUPTURE, constat, (raison,))
    if not comparaison.jugement(apres, avant, definition):
        return Examen(MUET, constat, (_pourquoi_muet(avant, apres),))
    petite = min(avant.base, apres.base)
    if petite < BASE_CONCLUSION:
        return Examen(TROP_PEU, constat, (f"La plus petite des deux bases est de {nombre(petite)}, il en faut dix.",))
    p = probabilite_exacte(int(avant.numerateur), int(avant.base), int(apres.numerateur), int(apres.base))
    p = min(1.0, p * ecart.essais)
    raisons = [_hasard(p, ecart.essais)]
    if petite < BASE_PRUDENCE:
        raisons.append(f"La plus petite des deux bases est de {nombre(petite)} : peu de situations.")
    manque, renverse = _reponses_manquantes(ecart)
    raisons.append(manque)
    verdict = HASARD if p >= RISQUE else FRAGILE if renverse else NET
    return Examen(verdict, constat, tuple(raisons))


def _constat(ecart: Ecart) -> str:
    """« 12 % en 2021 (10 sur 82), 19 % en 2022 (16 sur 84) : +7 points. »"""
    avant, apres = ecart.avant, ecart.apres
    lus = ", ".join(_valeur(c, lieu) for c, lieu in zip((avant, apres), ecart.lieux, strict=True))
    difference, unite = apres.valeur - avant.valeur, apres.unite
    if apres.unite == "%":
        # L'écart imprimé est celui des valeurs imprimées.
        arrondis = [round(c.valeur, locale.decimales_part(c.base)) for c in (avant, apres)]
        difference = round(arrondis[1] - arrondis[0], 1)
        unite = "point" if abs(difference) < 2 else "points"
    suite = "le même chiffre" if not difference else f"{locale.signe(difference)} {unite}".strip()
    return f"{f'{ecart.sujet} : ' if ecart.sujet else ''}{lus} : {suite}."


def _valeur(cellule: Cellule, lieu: str) -> str:
    texte = f"{locale.valeur_unite(cellule.valeur, cellule.unite, cellule.base)} {lieu}"
    if cellule.unite == "%" and cellule.numerateur is not None and cellule.base:
        return f"{texte} ({nombre(cellule.numerateur)} sur {nombre(cellule.base)})"
    return texte


def _hasard(p: float, essais: int) -> str:
    choisi = f", compte tenu des {essais} écarts parmi lesquels il est le plus grand" if essais > 1 else ""
    test = f"(test exact de Fisher{choisi})"
    if p >= RISQUE:
        souvent = "presque toujours" if p > 0.995 else f"environ {nombre(round(p * 100))} fois sur 100"
        return f"Sans aucun changement réel, un écart au moins aussi grand arriverait {souvent} {test}."
    rare = "que moins d'une fois sur 1 000" if p < 0.001 else f"qu'environ {nombre(round(p * 1000))} fois sur 1 000"
    return f"Sans aucun changement réel, un écart aussi grand n'arriverait {rare} {test}."


def _reponses_manquantes(ecart: Ecart) -> tuple[str, bool]:
    """Ce que les non-renseignés pourraient changer, et s'ils suffiraient à effacer l'écart ou à l'expliquer."""
    avant, apres = ecart.avant, ecart.apres
    manques = [c.non_renseignes for c in (avant, apres)]
    if any(m is None for m in manques):
        return "Le nombre de réponses manquantes n'est pas publié : leur effet ne se juge pas ici.", True
    if not any(manques):
        return "Aucune réponse ne manque, ni d'un côté ni de l'autre.", False
    monte = apres.valeur > avant.valeur
    bas, haut = _bornes(avant), _bornes(apres)
    renverse = (haut[0] <= bas[1]) if monte else (haut[1] >= bas[0])
    hasard = _probabilite_au_pire(avant, apres, monte) * ecart.essais >= RISQUE
    parts = [_manque(c, m, lieu) for c, m, lieu in zip((avant, apres), manques, ecart.lieux, strict=True)]
    effet = "pourrait effacer l'écart" if renverse else "n'effacerait pas l'écart"
    effet = "le rendrait explicable par le hasard" if hasard and not renverse else effet
    return (
        f"Réponses manquantes : {locale.enumeration(parts)}. Leur donner à toutes le sens le plus défavorable {effet}.",
        renverse or hasard,
    )


def _probabilite_au_pire(avant: Cellule, apres: Cellule, monte: bool) -> float:
    """La probabilité exacte de l'écart si chaque réponse manquante allait dans le sens qui le réduit."""
    basse, haute = (apres, avant) if monte else (avant, apres)
    manque_bas, manque_haut = int(basse.non_renseignes or 0), int(haute.non_renseignes or 0)
    return probabilite_exacte(
        int(basse.numerateur),
        int(basse.base) + manque_bas,
        int(haute.numerateur) + manque_haut,
        int(haute.base) + manque_haut,
    )


def _manque(cellule: Cellule, combien: int, lieu: str) -> str:
    if not combien:
        return f"aucune {lieu}"
    ensemble = cellule.base + combien
    return f"{nombre(combien)} {lieu} ({locale.pourcentage(combien / ensemble * 100, ensemble)})"


def _bornes(cellule: Cellule) -> tuple[float, float]:
    """La plus petite et la plus grande part possibles, selon ce que seraient les réponses manquantes."""
    tous = cellule.base + (cellule.non_renseignes or 0)
    return cellule.numerateur / tous, (cellule.numerateur + (cellule.non_renseignes or 0)) / tous


def _pourquoi_muet(avant: Cellule, apres: Cellule) -> str:
    if avant.valeur == apres.valeur:
        return "Les deux valeurs sont les mêmes."
    if avant.unite == "%":
        return "Cette part ne compte pas des situations distinctes : le test exact ne s'y applique pas."
    if avant.base is None:
        return "Ce chiffre compte tout le monde, il n'est tiré d'aucun échantillon : l'écart est ce qui a été compté."
    return "Une moyenne ou une médiane se juge sur les valeurs de chacun : voir « Comparer deux populations »."
