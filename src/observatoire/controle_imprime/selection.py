"""Retrouver, parmi les chiffres imprimés, ceux qui parlent du même fait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from decimal import Decimal
from functools import lru_cache

from observatoire.controle_imprime.lecture import Fait, Imprime
from observatoire.controle_imprime.mots import est_total, vocabulaire
from observatoire.controle_imprime.nombres import ecrire


def grouper(faits: Iterable[Fait], cle: Callable[[Fait], Hashable]) -> dict[Hashable, list[Fait]]:
    """Les chiffres groupés par clé, dans l'ordre d'apparition."""
    groupes: dict[Hashable, list[Fait]] = defaultdict(list)
    for fait in faits:
        groupes[cle(fait)].append(fait)
    return groupes


def cle_tableau(fait: Fait) -> tuple:
    """Ce qui réunit les cellules d'un même tableau : rubrique imprimée, service, année, tableau."""
    return fait.page_section, fait.service, fait.annee, fait.tableau


def globaux(faits: Iterable[Fait]) -> list[Fait]:
    """Les chiffres d'ensemble : sans ventilation, ou sur la ligne Total de toutes leurs ventilations.

    Une ventilation qui n'a qu'une modalité dans son tableau ne coupe rien : sa ligne vaut l'ensemble.
    """
    liste = list(faits)
    tableaux = grouper(liste, _cle_indicateur)
    return [f for f in liste if not f.modalites or (_a_un_total(f) and not _coupes(f, tableaux[_cle_indicateur(f)]))]


def _cle_indicateur(fait: Fait) -> tuple:
    return *cle_tableau(fait), fait.indicateur


def _a_un_total(fait: Fait) -> bool:
    return any(est_total(m) for _, m in fait.ventilations)


def _coupes(fait: Fait, voisins: list[Fait]) -> bool:
    return any(
        any(f.modalite(ventilation) != modalite for f in voisins)
        for ventilation, modalite in fait.ventilations
        if not est_total(modalite)
    )


@lru_cache(maxsize=2)
def _ensembles(imprime: Imprime) -> dict[tuple[str, str, str], list[Fait]]:
    return grouper(globaux(imprime), lambda f: f.perimetre)


def ensembles(imprime: Imprime, fait: Fait) -> list[Fait]:
    """Les chiffres d'ensemble du périmètre de `fait`."""
    return _ensembles(imprime).get(fait.perimetre, [])


def en_lettres(fait: Fait) -> bool:
    """Vrai si ce pourcentage d'une phrase a pu être écrit en lettres (« la moitié ») : il est alors approché.

    La phrase d'origine tranche quand elle est fournie.
    """
    if not fait.dans_texte:
        return False
    if fait.texte:
        return "%" not in fait.texte
    return any(fait.valeur == Decimal(v) for v in vocabulaire()["en_lettres"]["valeurs"])


def somme_en_mots(faits: Iterable[Fait]) -> str:
    """« 1 + 1 + 3 » ; au-delà de quinze termes, leur nombre."""
    liste = list(faits)
    if len(liste) > 15:
        return f"somme de {len(liste)} lignes"
    return " + ".join(ecrire(f.valeur) for f in liste) or "aucune ligne"


def nom(fait: Fait) -> str:
    """Le nom d'un chiffre pour une phrase : « menages_accompagnes, Isolé »."""
    return ", ".join([fait.indicateur, *(m for _, m in fait.ventilations)])
