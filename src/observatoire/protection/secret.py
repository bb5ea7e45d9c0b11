"""Le secret statistique : seuil, seuil des montants, petites populations, masquage secondaire dans chaque tableau.

`interne` : seuil 1, rien n'est masqué. `public` : toute cellule qui compte moins de personnes que le seuil du service
est masquée, ainsi que tout taux et tout croisement sur une population trop petite ; puis d'autres cellules le sont
pour qu'aucune ne se retrouve par différence avec un total. Ce masquage secondaire suit une règle simple, tableau par
tableau : il ne prouve rien entre tableaux ni entre années.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import polars as pl

from observatoire.campagne.donnees_types import COLONNES_CONTRAT, COLONNES_IMPRESSION
from observatoire.erreurs import exiger_connu
from observatoire.services import Parametres

DIFFUSIONS = ("interne", "public")
VALEURS = ("valeur", "numerateur", "denominateur", "base", "non_renseignes")
ECHEANCES = "mois_ecoules"  # ce qui échelonne une courbe de survie
MASQUE, SECONDAIRE = "masque", "masque_secondaire"
# Formes dont les cellules s'additionnent vers un total : une cellule masquée s'y retrouverait par différence. Les
# numérateurs et les bases d'un taux ou d'une moyenne ventilés s'additionnent aussi : ils sont publiés avec lui. Les
# citations d'une question à plusieurs réponses s'additionnent vers leur nombre total, imprimé lui aussi.
ADDITIVES = ("effectif", "repartition", "citations", "matrice", "serie", "rapport", "moyenne")


def proteger(table: pl.DataFrame, diffusion: str, parametres: Parametres) -> pl.DataFrame:
    """Rend les seules cellules publiables d'une table calculée, valeurs vidées où le secret s'applique.

    `table` : sortie de `indicateurs.calculer`. `diffusion` : `interne` ou `public`. Le résultat a les colonnes du
    contrat et d'impression ; les colonnes internes (effectifs derrière les cellules) n'en sortent jamais.
    Lève `ErreurParametre` pour une diffusion inconnue. Source : règles de publication de l'observatoire.
    """
    exiger_connu(diffusion, DIFFUSIONS, "Diffusion")
    if diffusion == "public" and not table.is_empty():
        table = _primaire(table, parametres)
        table = _moyennes_emboitees(table, parametres)
        table = _marches(table, parametres)
        table = _secondaire(table, parametres)
        cache = pl.col("etat").is_in([MASQUE, SECONDAIRE])
        table = table.with_columns(pl.when(~cache).then(pl.col(c)).alias(c) for c in VALEURS)
    return table.select(*COLONNES_CONTRAT, *COLONNES_IMPRESSION)


def _seuil(parametres: Parametres) -> pl.Expr:
    return (
        pl.when(pl.col("montant"))
        .then(parametres.seuil_diffusion_montant)
        .otherwise(parametres.seuil_diffusion)
        .cast(pl.Float64)
    )


def _primaire(table: pl.DataFrame, parametres: Parametres) -> pl.DataFrame:
    seuil = _seuil(parametres)
    peu = (pl.col("effectif") > 0) & (pl.col("effectif") < seuil)
    # Un taux à numérateur ou complément trop petit désigne le petit groupe autant que sa base.
    complement = pl.col("denominateur") - pl.col("numerateur")
    taux = pl.col("forme") == "rapport"
    petit_reste = taux & (pl.col("unite") == "%") & (complement > 0) & (complement < seuil)
    petite_base = (pl.col("base") > 0) & (pl.col("base") < seuil)
    # Les non-renseignés se retranchent d'un total publié ailleurs : trop peu nombreux, ils se taisent aussi.
    peu_d_inconnus = (pl.col("non_renseignes") > 0) & (pl.col("non_renseignes") < seuil)
    secret = pl.col("personnel") & (peu | petit_reste | petite_base | _trop_fin(parametres)).fill_null(False)
    secret = secret | pl.col("interne_seulement")
    return table.with_columns(
        pl.when((pl.col("etat") == "publie") & secret).then(pl.lit(MASQUE)).otherwise(pl.col("etat")).alias("etat"),
        pl.when(pl.col("personnel") & peu_d_inconnus.fill_null(False))
        .then(None)
        .otherwise(pl.col("non_renseignes"))
        .alias("non_renseignes"),
    )


def _trop_fin(parametres: Parametres) -> pl.Expr:
    """Vrai pour un taux ou un croisement sur une petite population.

    Un taux redonne souvent une cellule masquée dans un tableau voisin (motifs de fin et taux de rupture) et un
    croisement de quelques dizaines d'unités désigne des personnes : sous la base minimale, ni l'un ni l'autre ne sort.
    """
    tableau = ["indicateur", "version_definition", "annee", "territoire"]
    total = pl.when(pl.col("ventilation_1").is_null()).then(pl.col("effectif")).max().over(tableau)
    croise = pl.col("ventilation_2").is_not_null() | (
        (pl.col("forme") == "matrice") & pl.col("ventilation_1").is_not_null()
    )
    taux = (pl.col("forme") == "rapport") & (pl.col("unite") == "%")
    population = (
        pl.when(taux)
        .then(pl.col("base"))
        .when(pl.col("forme") == "repartition")
        .then(pl.col("denominateur"))
        .otherwise(total)
    )
    return ((taux | croise) & (population < parametres.base_minimale_croisement)).fill_null(False)


def _moyennes_emboitees(table: pl.DataFrame, parametres: Parametres) -> pl.DataFrame:
    """Masque la moyenne sur le plus petit nombre quand une autre a la même somme : leur écart compte qui n'a rien.

    632 € pour 21 personnes et 737 € pour celles qui ont des ressources : elles sont 18, donc 3 n'en ont pas.
    """
    adresse = ["annee", "territoire", "ventilation_1", "modalite_1", "ventilation_2", "modalite_2"]
    moyenne = pl.col("personnel") & (pl.col("forme") == "moyenne") & (pl.col("etat") == "publie")
    lignes = table.with_row_index("_n").with_columns(_seuil(parametres).alias("_seuil"))
    moyennes = lignes.filter(moyenne & pl.col("denominateur").is_not_null()).select(
        "_n", *adresse, pl.col("numerateur").round(2), "denominateur", "_seuil"
    )
    couples = moyennes.join(moyennes, on=[*adresse, "numerateur"], nulls_equal=True, suffix="_autre")
    ecart = pl.col("denominateur_autre") - pl.col("denominateur")
    petites = couples.filter((ecart > 0) & (ecart < pl.col("_seuil")))["_n"].unique().to_list()
    cachee = pl.col("_n").is_in(petites)
    etats = pl.when(cachee).then(pl.lit(MASQUE)).otherwise(pl.col("etat")).alias("etat")
    return lignes.with_columns(etats).drop("_n", "_seuil")


def _marches(table: pl.DataFrame, parametres: Parametres) -> pl.DataFrame:
    """Masque les échéances d'une courbe de survie qu'une petite marche sépare de la précédente publiée.

    La hauteur d'une marche dit combien l'ont descendue : entre deux échéances publiées, personne ou au moins le seuil.
    Le total est la dernière échéance : il se tait avec elle.
    """
    toutes = table.with_row_index("_n").filter(pl.col("personnel") & (pl.col("forme") == "survie")).to_dicts()
    cachees: list[int] = []
    courbes = _par([c for c in toutes if c["ventilation_1"] == ECHEANCES], _courbe)
    totaux = _par([c for c in toutes if c["ventilation_1"] != ECHEANCES], _courbe_du_total)
    for cle, marches in courbes.items():
        dite, derniere_cachee = 0.0, False
        for marche in sorted(marches, key=lambda c: c["modalite_1"]):
            pertes = marche["effectif"] or 0.0
            derniere_cachee = marche["etat"] != "publie" or 0 < pertes - dite < parametres.seuil_diffusion
            if derniere_cachee:
                cachees.append(marche["_n"])
            else:
                dite = pertes
        cachees += [c["_n"] for c in totaux.get(cle, ()) if derniere_cachee]
    cachee = pl.int_range(pl.len()).is_in(cachees) & (pl.col("etat") == "publie")
    return table.with_columns(pl.when(cachee).then(pl.lit(MASQUE)).otherwise(pl.col("etat")).alias("etat"))


def _courbe(cellule: dict) -> tuple:
    """La courbe d'une échéance : son indicateur, son année, son territoire et le public qui la croise."""
    return (*_tableau(cellule), cellule["ventilation_2"], cellule["modalite_2"])


def _courbe_du_total(cellule: dict) -> tuple:
    """La courbe dont une cellule sans échéance est le total : celle de tous, ou celle d'un public."""
    return (*_tableau(cellule), cellule["ventilation_1"], cellule["modalite_1"])


def _tableau(cellule: dict) -> tuple:
    return tuple(cellule[c] for c in ("indicateur", "version_definition", "annee", "territoire"))


def _secondaire(table: pl.DataFrame, parametres: Parametres) -> pl.DataFrame:
    """Masque d'autres cellules de chaque somme publiée jusqu'à ce qu'aucune ne se retrouve par différence."""
    lignes = table.with_row_index("_n").to_dicts()
    par_tableau: dict[tuple, list[dict]] = {}
    for ligne in lignes:
        if ligne["personnel"] and ligne["forme"] in ADDITIVES:
            cle = (ligne["indicateur"], ligne["version_definition"], ligne["annee"])
            par_tableau.setdefault(cle, []).append(ligne)
    for cellules in par_tableau.values():
        seuil = parametres.seuil_diffusion_montant if cellules[0]["montant"] else parametres.seuil_diffusion
        sommes = [s for cases in _par(cellules, _territoire).values() for s in _sommes(cases)]
        sommes += _sommes_de_territoires(cellules)
        sommes += _sommes_d_intercommunalites(cellules, seuil)
        while any([_completer(somme, seuil) for somme in sommes]):
            continue
    etats = {ligne["_n"]: ligne["etat"] for ligne in lignes}
    return table.with_columns(pl.Series("etat", [etats[n] for n in range(len(lignes))], pl.String()))


def _sommes(cellules: list[dict]) -> Iterable[list[dict]]:
    """Les sommes d'un tableau : (total, cellules d'une ventilation), (marge, ses cellules croisées)."""
    index = {_adresse(c): c for c in cellules}
    groupes: dict[tuple, list[dict]] = {}
    for cellule in cellules:
        v1, m1, v2, m2 = _adresse(cellule)
        if v1 and not v2:
            groupes.setdefault((None, None, None, None, v1), []).append(cellule)
        elif v1 and v2:
            groupes.setdefault((v1, m1, None, None, v2), []).append(cellule)
            groupes.setdefault((v2, m2, None, None, v1), []).append(cellule)
    for cle, membres in groupes.items():
        total = index.get(cle[:4])
        if total is not None:
            yield [total, *membres]


def _sommes_de_territoires(cellules: list[dict]) -> Iterable[list[dict]]:
    """Les sommes d'un tableau sur les territoires : (cellule de l'ensemble, la même dans chaque territoire)."""
    for memes in _par(cellules, _adresse).values():
        ensemble = [c for c in memes if c["territoire"] is None]
        parts = [c for c in memes if c["territoire"] is not None]
        if ensemble and parts:
            yield [*ensemble, *parts]


def _sommes_d_intercommunalites(cellules: list[dict], seuil: float) -> Iterable[list[dict]]:
    """Les communes d'une intercommunalité, dont un autre tableau imprime peut-être le total ; il n'est pas ici."""
    situees = [c for c in cellules if c.get("epci")]
    for membres in _par(situees, lambda c: (c["territoire"], c["ventilation_1"], c["epci"])).values():
        somme = sum(c["effectif"] or 0 for c in membres)
        yield [{"etat": MASQUE if 0 < somme < seuil else "publie", "effectif": somme}, *membres]


def _par(cellules: list[dict], cle: Callable[[dict], Any]) -> dict[Any, list[dict]]:
    groupes: dict[Any, list[dict]] = {}
    for cellule in cellules:
        groupes.setdefault(cle(cellule), []).append(cellule)
    return groupes


def _territoire(cellule: dict) -> str | None:
    return cellule["territoire"]


def _adresse(cellule: dict) -> tuple:
    return cellule["ventilation_1"], cellule["modalite_1"], cellule["ventilation_2"], cellule["modalite_2"]


def _completer(somme: list[dict], seuil: float) -> bool:
    """Masque la plus petite cellule publiée d'une somme si ses cellules masquées se déduisent des autres."""
    cachees = [c for c in somme if c["etat"] in (MASQUE, SECONDAIRE)]
    if not cachees:
        return False
    total, *membres = somme
    if total in cachees:
        assez = len(cachees) >= 2
    else:
        assez = len(cachees) >= 2 and sum(c["effectif"] or 0 for c in cachees) >= seuil
    candidates = [c for c in membres if c["etat"] == "publie" and (c["effectif"] or 0) > 0]
    if assez or not (candidates or total["etat"] == "publie"):
        return False
    choisie = min(candidates, key=lambda c: (c["effectif"], str(_adresse(c))), default=total)
    choisie["etat"] = SECONDAIRE
    return True
