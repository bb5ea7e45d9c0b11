"""Contrôles des chiffres imprimés dans le cahier régional : lus dans les figures que le cahier imprime."""

from __future__ import annotations

from functools import cache

import polars as pl

from observatoire.cahiers.contenu import Figure
from observatoire.cahiers.figures import Atelier
from observatoire.cahiers.parametres import controler_cahier
from observatoire.cahiers.reglage import lire_cahier
from observatoire.espace import Espace
from tests.reference.lecture import arrondi

REGION = "52"
# Le cahier qui imprime l'année d'un chiffre : le sien, ou celui de l'année suivante.
CAHIERS = (2017, 2020)


@cache
def figures_de(espace: Espace, annee: int, indicateur: str) -> tuple[Figure, ...]:
    """Les figures du cahier d'une année qui impriment un indicateur, tous thèmes confondus."""
    reglage = lire_cahier(espace, REGION)
    trouvees = []
    for theme in reglage.themes:
        if annee not in theme.annees:
            continue
        parametres = controler_cahier(
            espace, {"region": REGION, "annee": annee, "theme": theme.id, "diffusion": "interne"}
        )
        atelier = Atelier(espace, reglage, parametres)
        for section in theme.sections:
            if annee in (section.annees or [annee]):
                for bloc in section.blocs:
                    if indicateur in bloc.indicateurs and bloc.genre in ("departements", "reperes"):
                        trouvees += atelier.figures(bloc)
    return tuple(trouvees)


def lignes(espace: Espace, ligne: dict[str, str]) -> pl.DataFrame:
    """Les lignes imprimées d'un indicateur pour l'année d'un chiffre, année précédente comprise."""
    for annee in CAHIERS:
        tables = [t for f in figures_de(espace, annee, ligne["indicateur"]) for t in (f.bloc.table, f.bloc.precedente)]
        lues = pl.concat(tables).filter(pl.col("indicateur") == ligne["indicateur"]) if tables else pl.DataFrame()
        lues = lues.filter(pl.col("annee") == int(ligne["annee"])) if lues.height else lues
        if lues.height:
            return lues
    raise AssertionError(f"Aucun cahier n'imprime {ligne['indicateur']} en {ligne['annee']}.")


def cahier_cellule(espace: Espace, service: str, ligne: dict[str, str]) -> None:
    """La cellule imprimée par le cahier redonne le chiffre du document, à son arrondi."""
    lues = lignes(espace, ligne)
    for rang in "12":
        for champ in ("ventilation", "modalite"):
            colonne, voulu = f"{champ}_{rang}", ligne[f"{champ}_{rang}"]
            lues = lues.filter(pl.col(colonne) == voulu if voulu else pl.col(colonne).is_null())
    assert lues.height == 1, f"{ligne['indicateur']} : {lues.height} cellules"
    decimales = int(ligne["decimales"])
    assert arrondi(lues[ligne["champ"]].item(), decimales) == arrondi(ligne["attendu"], decimales)


def cahier_departements_non_nuls(espace: Espace, service: str, ligne: dict[str, str]) -> None:
    """Le nombre de départements où le chiffre n'est pas nul."""
    lues = lignes(espace, ligne).filter((pl.col("ventilation_1") == "departement") & (pl.col("valeur") > 0))
    assert lues.height == int(ligne["attendu"]) != int(ligne["valeur_imprimee"])


VERIFICATIONS = {
    "cahier_cellule": cahier_cellule,
    "cahier_departements_non_nuls": cahier_departements_non_nuls,
}
