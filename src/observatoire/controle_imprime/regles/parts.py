"""Les parts d'un tout font 100 %."""

from __future__ import annotations

from observatoire.controle_imprime.bilan import PROUVE, Constat, Verification, numeros
from observatoire.controle_imprime.lecture import Fait, Imprime
from observatoire.controle_imprime.mots import est_total, forme_partition, modalite_normale, vocabulaire
from observatoire.controle_imprime.nombres import arrondi, ecrire, exact
from observatoire.controle_imprime.registre import Resultats, regle
from observatoire.controle_imprime.selection import cle_tableau, grouper, nom, somme_en_mots

POURCENT = "%"


@regle("Les parts qui font un tout s'additionnent à 100 %, à l'arrondi près.")
def parts(imprime: Imprime) -> Resultats:
    """Additionne les parts d'une population dont les modalités font un tout, ou dont le total imprimé est 100 %.

    Deux parts peuvent se recouvrir (« isolés » et « isolés avec enfants ») et un taux se calcule dans chaque
    modalité (« part sous le seuil, femmes ») : sans l'un de ces signes, rien n'est additionné.
    """
    comptes = {f.fait for f in imprime if f.unite == "nombre"}
    pourcents = [f for f in imprime if f.unite == POURCENT]
    for faits in grouper(pourcents, lambda f: (*cle_tableau(f), f.territoire, f.indicateur)).values():
        prefixe, _, population = faits[0].indicateur.partition("_")
        connue = population in comptes or population in vocabulaire()["unites_de_compte"]
        parts_de = connue and prefixe in ("part", "proportion", "repartition")
        yield from _d_une_ventilation([f for f in faits if len(f.ventilations) == 1], parts_de)
    for faits in grouper(
        (f for f in pourcents if not f.ventilations), lambda f: (*cle_tableau(f), f.territoire)
    ).values():
        yield from _d_indicateurs(faits)


def _d_une_ventilation(faits: list[Fait], parts_de: bool) -> Resultats:
    for lignes in grouper(faits, lambda f: f.ventilations[0][0]).values():
        detail = [f for f in lignes if not est_total(f.ventilations[0][1])]
        cent = any(est_total(f.ventilations[0][1]) and f.valeur == 100 for f in lignes)
        en_ligne = all(f.valeur == 100 for f in detail)
        tout = forme_partition(frozenset(modalite_normale(f.ventilations[0][1]) for f in detail))
        if len(detail) > 1 and not en_ligne and (cent or (parts_de and tout)):
            yield from _juger(detail)


def _d_indicateurs(faits: list[Fait]) -> Resultats:
    """`part_hommes` et `part_femmes` : deux indicateurs qui ne diffèrent que par leur dernier mot."""
    for lignes in grouper(faits, lambda f: f.indicateur.rpartition("_")[0]).values():
        derniers = frozenset(f.indicateur.rpartition("_")[2] for f in lignes)
        if len(lignes) == len(derniers) == 2 and forme_partition(derniers):
            yield from _juger(lignes)


def _juger(lignes: list[Fait]) -> Resultats:
    total = exact(0)
    for f in lignes:
        total = total + arrondi(f.valeur)
    somme = sum(f.nombre for f in lignes)
    calcul = f"{nom(lignes[0])}… : {somme_en_mots(lignes)} = {ecrire(somme)} %"
    if 100 in total:
        yield Verification(numeros(lignes), f"{calcul}.")
    else:
        yield Constat(
            "parts qui ne font pas 100 %", PROUVE, numeros(lignes), f"{ecrire(somme)} %", "100 %", f"{calcul}."
        )
