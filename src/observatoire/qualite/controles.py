"""Les contrôles, en polars : quelles lignes une règle examine, et lesquelles sont en défaut.

Un contrôle reçoit un lot (des lignes d'une table du modèle) et les réglages de la règle ; il rend un
`Examen` aligné sur ce lot. Les classes Great Expectations de `attentes` les appellent et en tirent un
verdict ; qui veut la liste des lignes à corriger lit le même examen. Aucun contrôle ne rend de valeur.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, timedelta
from math import pi

import polars as pl

from observatoire.erreurs import ErreurDefinition
from observatoire.modele import ABSENCES
from observatoire.regles import (
    ECART_PHOTO_MAX,
    INFINI,
    age,
    jours_dans,
    jours_distincts,
    parcours,
    present_le,
)
from observatoire.regles import renseigne as connue


@dataclass(frozen=True)
class Examen:
    """Deux séries booléennes alignées sur le lot : les lignes examinées et, parmi elles, les fautives."""

    examinees: pl.Series
    fautives: pl.Series

    @property
    def lignes(self) -> int:
        return int(self.examinees.sum())

    @property
    def echecs(self) -> int:
        return int(self.fautives.sum())

    def reussi(self, part_toleree: float = 0.0, effectif_minimum: int = 0) -> bool:
        """Vrai si la part de lignes fautives ne dépasse pas `part_toleree` (0 à 1).

        Sous `effectif_minimum` lignes examinées une part n'a pas de sens : la règle est tenue pour respectée.
        """
        if self.lignes < effectif_minimum:
            return True
        return self.echecs <= part_toleree * self.lignes


def en_jours(lignes: pl.DataFrame) -> pl.DataFrame:
    """Les mêmes lignes, chaque instant ramené à son jour : pandas ordinaire n'a pas de type pour un jour."""
    instants = [c for c, type_ in lignes.schema.items() if type_ == pl.Datetime]
    return lignes.with_columns(pl.col(instants).dt.date()) if instants else lignes


_LIEES: ContextVar[Mapping[str, pl.DataFrame]] = ContextVar("tables_liees")


@contextmanager
def tables_liees(tables: Mapping[str, pl.DataFrame]) -> Iterator[None]:
    """Donne aux contrôles les autres tables du service, pour suivre les références.

    Exemple : `with tables_liees({"menage": menages}): lot.validate(suite)`.
    """
    jeton = _LIEES.set(tables)
    try:
        yield
    finally:
        _LIEES.reset(jeton)


def _liee(nom: str) -> pl.DataFrame:
    tables = _LIEES.get({})
    if nom not in tables:
        raise ErreurDefinition(
            f"La table « {nom} » manque pour suivre une référence.", "Donnez-la avec « with tables_liees(…) »."
        )
    return en_jours(tables[nom])


_PRECEDENTE: ContextVar[Mapping[str, pl.DataFrame]] = ContextVar("annee_precedente")


@contextmanager
def annee_precedente(lignes: Mapping[str, pl.DataFrame]) -> Iterator[None]:
    """Donne aux contrôles qui comparent deux années les lignes de l'année d'avant, dans le même périmètre.

    `lignes` : table → lignes. Une table absente n'est comparée à rien : sa règle n'examine rien.
    Exemple : `with annee_precedente({"demande": demandes_2021}): lot_2022.validate(suite)`.
    """
    jeton = _PRECEDENTE.set(lignes)
    try:
        yield
    finally:
        _PRECEDENTE.reset(jeton)


def _precedente(table: str) -> pl.DataFrame | None:
    avant = _PRECEDENTE.get({}).get(table)
    return None if avant is None else en_jours(avant)


def _concernees(**choix: object) -> pl.Expr:
    """Les lignes que la règle concerne : `si` et `sauf` = colonne → valeurs, `si_renseigne` = colonnes non vides."""
    si, sauf, si_renseigne = (choix.get(c) for c in ("si", "sauf", "si_renseigne"))
    conditions = [pl.col(c).is_in(list(valeurs)) for c, valeurs in (si or {}).items()]  # type: ignore[attr-defined]
    conditions += [
        ~pl.col(c).is_in(list(valeurs)).fill_null(False)
        for c, valeurs in (sauf or {}).items()  # type: ignore[attr-defined]
    ]
    conditions += [pl.col(c).is_not_null() for c in si_renseigne or ()]  # type: ignore[attr-defined]
    return pl.all_horizontal(pl.lit(True), *conditions)


def _examen(lot: pl.DataFrame, examinees: pl.Expr, fautives: pl.Expr, **choix: object) -> Examen:
    vues = (_concernees(**choix) & examinees).fill_null(False)
    masques = lot.with_columns(vues.alias("_vue"), (vues & fautives).fill_null(False).alias("_faute"))
    return Examen(masques["_vue"], masques["_faute"])


def table_recue(lot: pl.DataFrame, table: str, manquantes: Sequence[str]) -> Examen:
    """La table attendue est arrivée : une seule observation, la réception elle-même."""
    return Examen(pl.Series([True]), pl.Series([table in manquantes]))


def sans_contradiction(lot: pl.DataFrame, table: str, contradictions: Mapping[str, int]) -> Examen:
    """Aucune ligne de la table n'a été écartée à l'import parce qu'une autre, de même clé, la contredit."""
    ecartees = pl.Series([True] * contradictions.get(table, 0), dtype=pl.Boolean)
    return Examen(ecartees, ecartees)


def renseigne(lot: pl.DataFrame, colonnes: Sequence[str], marques: Sequence[str] = (), **choix: object) -> Examen:
    """Aucune des colonnes n'est vide ni ne porte une des `marques` d'absence (NR)."""
    manquantes = [
        pl.col(c).is_null() | (pl.col(c).is_in(list(marques)) if marques else pl.lit(False)) for c in colonnes
    ]
    return _examen(lot, pl.lit(True), pl.any_horizontal(manquantes), **choix)


def cle_unique(lot: pl.DataFrame, colonnes: Sequence[str], **choix: object) -> Examen:
    """Deux lignes n'ont jamais la même clé ; un vide y vaut un vide."""
    return _examen(lot, pl.lit(True), pl.struct(colonnes).is_duplicated(), **choix)


def reference(lot: pl.DataFrame, colonne: str, table_visee: str, colonne_visee: str, **choix: object) -> Examen:
    """Chaque identifiant renseigné existe dans la table visée.

    Si la table visée n'a pas été reçue du tout, rien n'est examiné : son absence a sa propre règle.
    """
    connus = _liee(table_visee)[colonne_visee].drop_nulls().unique()
    a_voir = pl.col(colonne).is_not_null() if connus.len() else pl.lit(False)
    return _examen(lot, a_voir, ~pl.col(colonne).is_in(connus.implode()), **choix)


def modalites(lot: pl.DataFrame, colonne: str, codes: Sequence[str], separateur: str = "", **choix: object) -> Examen:
    """Chaque valeur renseignée est un code de la nomenclature ou une marque d'absence (NR, SO, REF)."""
    connus = pl.Series([*codes, *ABSENCES], dtype=pl.String).implode()
    if separateur:
        inconnu = (
            pl.col(colonne).str.split(separateur).list.eval(~pl.element().str.strip_chars().is_in(connus)).list.any()
        )
    else:
        inconnu = ~pl.col(colonne).is_in(connus)
    return _examen(lot, pl.col(colonne).is_not_null(), inconnu, **choix)


def dates_ordonnees(lot: pl.DataFrame, avant: str, apres: str, **choix: object) -> Examen:
    """`avant` ne dépasse jamais `apres`, quand les deux dates sont renseignées."""
    connues = pl.col(avant).is_not_null() & pl.col(apres).is_not_null()
    return _examen(lot, connues, pl.col(avant) > pl.col(apres), **choix)


def date_passee(lot: pl.DataFrame, colonne: str, jour: str, **choix: object) -> Examen:
    """La date, ou le mois (AAAA-MM), n'est pas postérieure au jour donné (AAAA-MM-JJ)."""
    borne = pl.lit(jour[:7]) if lot.schema[colonne] == pl.String else pl.lit(date.fromisoformat(jour))
    return _examen(lot, pl.col(colonne).is_not_null(), pl.col(colonne) > borne, **choix)


def valeurs_entre(
    lot: pl.DataFrame, colonne: str, minimum: float | None = None, maximum: float | None = None, **choix: object
) -> Examen:
    """Le nombre ou le montant est compris entre `minimum` et `maximum`, bornes comprises."""
    bornes = [pl.lit(False)]
    if minimum is not None:
        bornes.append(pl.col(colonne) < minimum)
    if maximum is not None:
        bornes.append(pl.col(colonne) > maximum)
    return _examen(lot, pl.col(colonne).is_not_null(), pl.any_horizontal(bornes), **choix)


def age_plausible(
    lot: pl.DataFrame, colonne: str, au: str, minimum: int = 0, maximum: int = 110, **choix: object
) -> Examen:
    """L'âge au jour `au` (AAAA-MM-JJ), en années pleines, est compris entre `minimum` et `maximum`."""
    avec_age = lot.with_columns(pl.lit(date.fromisoformat(au)).alias("_au")).with_columns(
        age(colonne, "_au").alias("_age")
    )
    illisible_ou_hors = ~pl.col("_age").is_between(minimum, maximum).fill_null(False)
    return _examen(avec_age, pl.col(colonne).is_not_null(), illisible_ou_hors, **choix)


def photo_profil(lot: pl.DataFrame, moment: str, avant: str, **choix: object) -> Examen:
    """Le ménage a une photo `moment` datée d'avant le jour `avant` (AAAA-MM-JJ, exclu)."""
    photos = _liee("situation").filter(pl.col("moment") == moment, pl.col("date") < date.fromisoformat(avant))
    a_voir = pl.lit(_liee("situation").height > 0)
    return _examen(lot, a_voir, ~pl.col("id_menage").is_in(photos["id_menage"].unique().implode()), **choix)


def photo_episode(
    lot: pl.DataFrame,
    date_episode: str,
    moment: str,
    lien: str = "id_mesure",
    ecart: int = ECART_PHOTO_MAX,
    **choix: object,
) -> Examen:
    """L'épisode a une photo `moment` : liée par `lien`, sinon du même ménage à `ecart` jours au plus."""
    toutes = _liee("situation")
    photos = toutes.filter(pl.col("moment") == moment)
    libres = photos.filter(pl.col("id_mesure").is_null() & pl.col("id_sejour").is_null())
    liees = photos[lien].drop_nulls().unique().implode()
    reperees = lot.with_row_index("_rang")
    proches = (
        reperees.select("_rang", "id_menage", date_episode)
        .join(libres.select("id_menage", "date"), on="id_menage")
        .filter((pl.col("date") - pl.col(date_episode)).abs() <= timedelta(days=ecart))["_rang"]
        .unique()
        .implode()
    )
    trouvee = pl.col(lien).is_in(liees).fill_null(False) | pl.col("_rang").is_in(proches)
    return _examen(reperees, pl.col(date_episode).is_not_null() & pl.lit(toutes.height > 0), ~trouvee, **choix)


def sejour_ouvert(lot: pl.DataFrame, **choix: object) -> Examen:
    """Le séjour tient dans l'ouverture de sa place ; une place inconnue a sa propre règle."""
    places = _liee("place").select("id_place", "ouverture", "fermeture").unique("id_place", keep="first")
    situes = lot.join(places, on="id_place", how="left", maintain_order="left")
    trop_tot = (pl.col("date_entree") < pl.col("ouverture")).fill_null(False)
    apres = pl.col("date_sortie").is_null() | (pl.col("date_sortie") > pl.col("fermeture"))
    trop_tard = pl.col("fermeture").is_not_null() & apres
    return _examen(situes, pl.col("ouverture").is_not_null(), trop_tot | trop_tard, **choix)


def heures_plausibles(lot: pl.DataFrame, par_jour: float, jour: str, **choix: object) -> Examen:
    """Les heures du contrat tiennent dans ses jours, à `par_jour` au plus ; un contrat ouvert court jusqu'à `jour`."""
    fin = pl.col("date_fin").fill_null(date.fromisoformat(jour))
    jours = (fin - pl.col("date_debut")).dt.total_days()
    # Une fin qui n'est pas après le début a sa propre règle : on ne lui reproche pas aussi ses heures.
    examinees = pl.col("heures").is_not_null() & (jours > 0).fill_null(False)
    return _examen(lot, examinees, pl.col("heures") > par_jour * jours, **choix)


# --- D'une table à l'autre ------------------------------------------------------------------------


def _rapprochees(lot: pl.DataFrame, cle: str, table_visee: str, cle_visee: str, colonne_visee: str) -> pl.DataFrame:
    """Le lot et, dans `_visee`, la valeur de la ligne que `cle` désigne (vide si elle est inconnue)."""
    visees = _liee(table_visee).select(pl.col(cle_visee).alias(cle), pl.col(colonne_visee).alias("_visee"))
    return _jointes(lot, visees, [cle])


def _jointes(lot: pl.DataFrame, visees: pl.DataFrame, cle: list[str], *, vides_egaux: bool = False) -> pl.DataFrame:
    """Le lot et les colonnes de la première ligne visée de même clé : jamais plus de lignes que le lot."""
    jointes = lot.join(visees, on=cle, how="left", maintain_order="left", nulls_equal=vides_egaux)
    if jointes.height == lot.height:  # le cas courant : dédoublonner d'avance coûterait plus que la jointure
        return jointes
    uniques = visees.unique(cle, keep="first", maintain_order=True)
    return lot.join(uniques, on=cle, how="left", maintain_order="left", nulls_equal=vides_egaux)


def date_apres_liee(
    lot: pl.DataFrame, colonne: str, cle: str, table_visee: str, cle_visee: str, colonne_visee: str, **choix: object
) -> Examen:
    """La date n'est jamais antérieure à celle de la ligne que `cle` désigne dans une autre table."""
    situees = _rapprochees(lot, cle, table_visee, cle_visee, colonne_visee)
    connues = pl.col(colonne).is_not_null() & pl.col("_visee").is_not_null()
    return _examen(situees, connues, pl.col(colonne) < pl.col("_visee"), **choix)


def meme_valeur_liee(
    lot: pl.DataFrame, colonne: str, cle: str, table_visee: str, cle_visee: str, colonne_visee: str, **choix: object
) -> Examen:
    """La valeur est celle de la ligne que `cle` désigne dans une autre table, quand les deux sont renseignées."""
    situees = _rapprochees(lot, cle, table_visee, cle_visee, colonne_visee)
    connues = pl.col(colonne).is_not_null() & pl.col("_visee").is_not_null()
    return _examen(situees, connues, pl.col(colonne) != pl.col("_visee"), **choix)


# --- Durées, places et rangs ----------------------------------------------------------------------


def duree_tenable(lot: pl.DataFrame, debut: str, fin: str, mois: int, jour: str, **choix: object) -> Examen:
    """De `debut` à `fin` il n'y a pas plus de `mois` mois ; au-delà du `jour` (AAAA-MM-JJ), rien n'est compté."""
    arret = pl.min_horizontal(pl.col(fin), pl.lit(date.fromisoformat(jour)))
    # Une fin avant le début a sa propre règle.
    return _examen(lot, pl.col(debut) <= arret, arret > pl.col(debut).dt.offset_by(f"{int(mois)}mo"), **choix)


def sans_chevauchement(
    lot: pl.DataFrame,
    table: str,
    cle: Sequence[str],
    par: str,
    debut: str,
    fin: str,
    table_capacite: str = "",
    colonne_capacite: str = "",
    **choix: object,
) -> Examen:
    """Au premier jour d'une ligne, `par` (une place) ne porte pas plus de lignes ouvertes que sa capacité.

    La capacité vaut 1, sauf si `table_capacite` et `colonne_capacite` la donnent. La ligne fautive est celle qui
    commence quand tout est déjà pris. Une ligne sans durée, ou dont la fin précède le début, n'occupe rien.
    """
    occupe = pl.col(par).is_not_null() & (pl.col(debut) < pl.col(fin).fill_null(INFINI))
    presentes = _ouvertes_au_debut(_liee(table).filter(occupe), list(cle), par, debut, fin)
    situees = _jointes(lot, presentes, list(cle))
    if table_capacite:
        situees = _rapprochees(situees, par, table_capacite, par, colonne_capacite)
    else:
        situees = situees.with_columns(pl.lit(1).alias("_visee"))
    examinees = occupe & pl.col("_visee").is_not_null()
    return _examen(situees, examinees, pl.col("_ouvertes") > pl.col("_visee"), **choix)


def _ouvertes_au_debut(lignes: pl.DataFrame, cle: list[str], par: str, debut: str, fin: str) -> pl.DataFrame:
    """Par ligne (sa clé), combien de lignes de même `par` sont ouvertes le jour où elle commence, elle comprise."""
    # Des entiers à la place des identifiants : le tri et les jointures en vont plusieurs fois plus vite.
    arrivees = (
        lignes.filter(pl.struct(cle).is_first_distinct() if len(cle) > 1 else pl.col(cle[0]).is_first_distinct())
        .select(
            *cle,
            pl.col(par).cast(pl.Categorical).to_physical().alias("_par"),
            pl.col(debut).alias("_debut"),
            pl.col(fin).alias("_jour"),
        )
        .sort("_debut", *[c for c in cle if c != debut])
        .with_columns(pl.int_range(1, pl.len() + 1).over("_par").alias("_arrivees"))
    )
    departs = (
        arrivees.drop_nulls("_jour")
        .group_by("_par", "_jour")
        .len("_nombre")
        .sort("_jour")
        .select("_par", "_jour", pl.col("_nombre").cum_sum().over("_par").cast(pl.Int64).alias("_departs"))
    )
    situees = arrivees.drop("_jour").join_asof(
        departs, left_on="_debut", right_on="_jour", by="_par", strategy="backward", check_sortedness=False
    )
    return situees.select(*cle, (pl.col("_arrivees") - pl.col("_departs").fill_null(0)).alias("_ouvertes"))


def occupation_tenable(
    lot: pl.DataFrame, debut_periode: str, fin_periode: str, base: str, maximum: float, **choix: object
) -> Examen:
    """Chaque mois de la période, les journées réalisées ne dépassent pas `maximum` × les journées offertes.

    Une observation par mois où une place est ouverte. `base` : « place » ou « logement », comme le taux imprimé.
    """
    debut, fin = date.fromisoformat(debut_periode), date.fromisoformat(fin_periode)
    premiers = pl.date_range(debut, fin, "1mo", closed="left", eager=True).to_list()
    mois = list(zip(premiers, [*premiers[1:], fin], strict=True))
    par_logement = base == "logement"
    places = _liee("place").rename({"ouverture": "debut", "fermeture": "fin"})
    nombre = pl.lit(1) if par_logement else pl.col("nb_places")
    sejours = lot.select("id_place", pl.col("date_entree").alias("debut"), pl.col("date_sortie").alias("fin"))
    if par_logement:
        sejours = jours_distincts(sejours.drop_nulls("id_place").lazy(), "id_place").collect()
    offertes = places.select((nombre * jours_dans(*m)).sum().alias(str(m[0])) for m in mois).row(0)
    realisees = sejours.select(jours_dans(*m).sum().alias(str(m[0])) for m in mois).row(0)
    ouverts = pl.DataFrame({"offertes": offertes, "realisees": realisees}).filter(pl.col("offertes") > 0)
    return _examen(ouverts, pl.lit(True), pl.col("realisees") > maximum * pl.col("offertes"), **choix)


def premiere_sans_precedente(lot: pl.DataFrame, delai: int, **choix: object) -> Examen:
    """Une mesure de rang 1 n'en suit pas une autre du même ménage dans le même parcours (écart < `delai` jours)."""
    suivies = _liee("mesure").filter(
        pl.col("rang").is_not_null() & (pl.col("date_debut") <= pl.col("date_fin").fill_null(INFINI))
    )
    suivies = suivies.filter(pl.col("id_menage").is_duplicated())
    episodes = suivies.lazy().select(
        "id_menage",
        "id_parcours",
        pl.col("id_mesure").alias("id_episode"),
        pl.col("date_debut").alias("debut"),
        pl.col("date_fin").alias("fin"),
    )
    suites = (
        parcours(episodes, delai)
        .filter(pl.col("debut") > pl.col("debut").min().over("id_menage", "id_parcours"))
        .select("id_episode")
        .collect()["id_episode"]
        .unique()
        .implode()
    )
    return _examen(lot, (pl.col("rang") == 1), pl.col("id_mesure").is_in(suites), **choix)


def renouvellement_precede(lot: pl.DataFrame, mois: int, **choix: object) -> Examen:
    """Une mesure de rang 2 ou plus suit une mesure du même ménage, commencée plus tôt.

    Ne juge que les mesures commencées `mois` mois au moins après la plus ancienne reçue : avant, celle qu'elles
    renouvellent peut n'avoir jamais été livrée.
    """
    toutes = _liee("mesure")
    premieres = toutes.group_by("id_menage").agg(pl.col("date_debut").min().alias("_premiere"))
    situees = lot.join(premieres, on="id_menage", how="left", maintain_order="left")
    origine = pl.lit(toutes["date_debut"].min(), dtype=pl.Date).dt.offset_by(f"{int(mois)}mo")
    examinees = (pl.col("rang") > 1) & (pl.col("date_debut") >= origine)
    return _examen(situees, examinees, ~(pl.col("_premiere") < pl.col("date_debut")).fill_null(False), **choix)


def flux_equilibres(
    lot: pl.DataFrame,
    table: str,
    debut: str,
    fin: str,
    debut_periode: str,
    fin_periode: str,
    delai: int,
    **choix: object,
) -> Examen:
    """Pour chaque ménage, présent au début + parcours commencés − parcours terminés = présent à la fin.

    Si chaque ménage est en équilibre, le total imprimé l'est aussi. Un ménage compté dans deux parcours à la fois
    entre deux fois et n'est présent qu'une : toutes ses lignes sont signalées. Une fin avant le début a sa règle.
    """
    cles = ["id_menage", *(["id_personne"] if table == "sejour" else [])]
    episodes = (
        _liee(table)
        .with_row_index("id_episode")
        .filter(pl.col(debut) <= pl.col(fin).fill_null(INFINI))
        .filter(pl.col("id_menage").is_duplicated())  # un ménage d'une seule ligne est toujours en équilibre
        .select(*cles, "id_parcours", "id_episode", pl.col(debut).alias("debut"), pl.col(fin).alias("fin"))
    )
    p0, p1 = date.fromisoformat(debut_periode), date.fromisoformat(fin_periode)
    flux = (
        parcours(episodes.lazy(), delai)
        .group_by(*cles, "id_parcours")
        .agg(pl.col("debut").min(), pl.col("fin").fill_null(INFINI).max())
        .group_by(cles)
        .agg(
            present_le(p0 - timedelta(days=1)).any().cast(pl.Int64).alias("_stock"),
            pl.col("debut").is_between(p0, p1, closed="left").sum().cast(pl.Int64).alias("_entrees"),
            pl.col("fin").is_between(p0, p1, closed="left").sum().cast(pl.Int64).alias("_sorties"),
            present_le(p1 - timedelta(days=1)).any().cast(pl.Int64).alias("_reste"),
        )
        .collect()
    )
    situees = _jointes(lot, flux, cles, vides_egaux=True)
    equilibre = pl.col("_stock") + pl.col("_entrees") - pl.col("_sorties") == pl.col("_reste")
    return _examen(situees, pl.col(debut) <= pl.col(fin).fill_null(INFINI), ~equilibre, **choix)


# --- Composition du ménage ------------------------------------------------------------------------


def composition_chiffree(
    lot: pl.DataFrame,
    adultes: Mapping[str, Sequence[int]],
    enfants: Mapping[str, Sequence[int]],
    **choix: object,
) -> Examen:
    """Le nombre d'adultes et d'autres personnes du ménage va avec sa composition.

    `adultes`, `enfants` : code de composition → [minimum, maximum]. Les autres personnes sont celles de 14 ans et
    plus et de moins de 14 ans, moins les adultes ; un nombre vide n'est pas jugé, ni la photo d'une seule personne,
    qui peut ne compter qu'elle.
    """
    autres = pl.col("nb_14_et_plus") + pl.col("nb_moins_14") - pl.col("nb_adultes")
    hors = [_hors_bornes(pl.col("nb_adultes"), adultes), _hors_bornes(autres, enfants)]
    connus = pl.col("composition").is_in(list({*adultes, *enfants})) & pl.col("nb_adultes").is_not_null()
    connus &= pl.col("id_personne").is_null()
    return _examen(lot, connus, pl.any_horizontal(h.fill_null(False) for h in hors), **choix)


def _hors_bornes(nombre: pl.Expr, bornes: Mapping[str, Sequence[int]]) -> pl.Expr:
    minimum, maximum = (
        pl.col("composition").replace_strict(
            {code: b[rang] for code, b in bornes.items()}, default=None, return_dtype=pl.Int64
        )
        for rang in (0, 1)
    )
    return (nombre < minimum) | (nombre > maximum)


def composition_et_membres(
    lot: pl.DataFrame,
    avec: Mapping[str, Sequence[str]],
    sans: Mapping[str, Sequence[str]],
    gardes_partielles: Sequence[str] = (),
    **choix: object,
) -> Examen:
    """La composition va avec les membres du ménage au jour de la photo.

    `avec`, `sans` : rôle → compositions qui exigent, ou qui excluent, un membre de ce rôle. Un rôle que le service
    ne décrit jamais n'est pas exigé ; un enfant en garde partielle peut être compté dans la composition, ou non.
    """
    reperees = lot.with_row_index("_rang")
    roles = _roles_presents(reperees, {*avec, *sans}, gardes_partielles)
    membres = _liee("membre")
    decrits, suivis = set(membres["role"].drop_nulls().unique()), membres["id_menage"].drop_nulls().unique()
    situees = reperees.join(roles, on="_rang", how="left", maintain_order="left").with_columns(
        pl.col("^_.+_(?:present|entier)$").fill_null(False)
    )
    compose = pl.col("composition")
    manque = [compose.is_in(list(codes)) & ~pl.col(f"_{r}_present") for r, codes in avec.items() if r in decrits]
    de_trop = [compose.is_in(list(codes)) & pl.col(f"_{r}_entier") for r, codes in sans.items()]
    jugees = {code for codes in (*avec.values(), *sans.values()) for code in codes}
    examinees = compose.is_in(list(jugees)) & pl.col("date").is_not_null() & pl.col("id_menage").is_in(suivis.implode())
    return _examen(situees, examinees, pl.any_horizontal(pl.lit(False), *manque, *de_trop), **choix)


def _roles_presents(lot: pl.DataFrame, roles: set[str], gardes_partielles: Sequence[str]) -> pl.DataFrame:
    """Par ligne (`_rang`) : quels rôles le ménage compte ce jour-là, et lesquels hors garde partielle."""
    partielle = pl.col("garde").is_in(list(gardes_partielles)).fill_null(False)
    tenus = {role: pl.col("role") == role for role in sorted(roles)}
    membres = _liee("membre").filter(pl.col("role").is_in(list(roles)))
    return (
        lot.select("_rang", "id_menage", "date")
        .join(membres.select("id_menage", "role", "garde", "debut", "fin"), on="id_menage")
        .filter(pl.col("debut").is_null() | (pl.col("debut") <= pl.col("date")))
        .filter(pl.col("fin").is_null() | (pl.col("fin") > pl.col("date")))
        .group_by("_rang")
        .agg(
            *(tenu.any().alias(f"_{role}_present") for role, tenu in tenus.items()),
            *((tenu & ~partielle).any().alias(f"_{role}_entier") for role, tenu in tenus.items()),
        )
    )


def composition_et_genre(lot: pl.DataFrame, genres: Mapping[str, str], **choix: object) -> Examen:
    """La composition (« homme seul »…) va avec le genre de la personne de référence du ménage.

    `genres` : composition → genre attendu. Un genre autre que ceux-là (AUTRE, NSP) n'est pas jugé.
    """
    genre = _liee("personne").select("id_personne", "genre").unique("id_personne", keep="first")
    referents = _liee("menage").select("id_menage", "id_referent").unique("id_menage", keep="first")
    situees = lot.join(referents, on="id_menage", how="left", maintain_order="left").join(
        genre, left_on="id_referent", right_on="id_personne", how="left", maintain_order="left"
    )
    attendu = pl.col("composition").replace_strict(dict(genres), default=None, return_dtype=pl.String)
    connus = attendu.is_not_null() & pl.col("genre").is_in(list(set(genres.values())))
    return _examen(situees, connus, pl.col("genre") != attendu, **choix)


# --- D'une année à l'autre ------------------------------------------------------------------------


def _observation(examinee: bool, fautive: bool) -> Examen:
    """L'examen d'un ensemble : une seule observation, ou aucune s'il n'y a rien à comparer."""
    taille = int(examinee)
    return Examen(pl.Series([True] * taille, dtype=pl.Boolean), pl.Series([fautive] * taille, dtype=pl.Boolean))


def effectif_stable(
    lot: pl.DataFrame, table: str, colonne: str, variation: float, effectif_comparable: int, **choix: object
) -> Examen:
    """Le nombre de lignes ne varie pas, d'une année à l'autre, de plus de `variation` (0,5 = de moitié).

    `colonne` : la clé que l'on compte. Sous `effectif_comparable` lignes l'année d'avant, rien n'est comparé.
    """
    avant = _precedente(table)
    if avant is None:
        return _observation(False, False)
    n, n_avant = (_retenues(t, **choix)[colonne].count() for t in (lot, avant))
    return _observation(n_avant >= effectif_comparable, abs(n - n_avant) > variation * n_avant)


def remplissage_stable(
    lot: pl.DataFrame,
    table: str,
    colonne: str,
    hausse: float,
    effectif_comparable: int,
    marques: Sequence[str] = (),
    **choix: object,
) -> Examen:
    """La part de vides (ou de `marques` d'absence) ne monte pas de plus de `hausse` (0,15 = 15 points) en un an."""
    avant = _precedente(table)
    if avant is None:
        return _observation(False, False)
    examens = [renseigne(t, [colonne], marques, **choix) for t in (lot, avant)]
    if min(e.lignes for e in examens) < effectif_comparable:
        return _observation(False, False)
    part, part_avant = (e.echecs / e.lignes for e in examens)
    return _observation(True, part - part_avant > hausse)


def repartition_stable(
    lot: pl.DataFrame, table: str, colonne: str, ecart: float, effectif_comparable: int, **choix: object
) -> Examen:
    """La répartition d'une colonne ne s'écarte pas de plus de `ecart` de celle de l'année d'avant.

    L'écart est la moitié de la somme des différences de parts (0 : les mêmes, 1 : rien de commun), sur les valeurs
    renseignées. Il doit aussi dépasser le double de ce que le seul hasard donne avec ces effectifs.
    """
    avant = _precedente(table)
    if avant is None:
        return _observation(False, False)
    n, n_avant = (_comptes(_retenues(t, **choix), colonne) for t in (lot, avant))
    total, total_avant = n["len"].sum(), n_avant["len"].sum()
    if min(total, total_avant) < max(effectif_comparable, 1):
        return _observation(False, False)
    distance, hasard = (
        n.join(n_avant, on=colonne, how="full", coalesce=True, suffix="_avant")
        .fill_null(0)
        .with_columns(
            (pl.col("len") / total - pl.col("len_avant") / total_avant).abs().alias("_ecart"),
            ((pl.col("len") + pl.col("len_avant")) / (total + total_avant)).alias("_part"),
        )
        .select(
            pl.col("_ecart").sum() / 2,
            (pl.col("_part") * (1 - pl.col("_part")) * (1 / total + 1 / total_avant) * 2 / pi).sqrt().sum() / 2,
        )
        .row(0)
    )
    return _observation(True, distance > max(ecart, 2 * hasard))


def _retenues(lot: pl.DataFrame, **choix: object) -> pl.DataFrame:
    return lot.filter(_concernees(**choix))


def _comptes(lot: pl.DataFrame, colonne: str) -> pl.DataFrame:
    """L'effectif de chaque valeur connue, en entiers signés."""
    return lot.filter(connue(colonne)).group_by(colonne).agg(pl.len().cast(pl.Int64))


Controle = Callable[..., Examen]

# Type Great Expectations (le nom écrit dans les suites) → contrôle : qui évalue sans GX lit cette table.
CONTROLES: dict[str, Controle] = {
    "attendre_table_recue": table_recue,
    "attendre_sans_contradiction": sans_contradiction,
    "attendre_renseigne": renseigne,
    "attendre_cle_unique": cle_unique,
    "attendre_reference": reference,
    "attendre_modalites": modalites,
    "attendre_dates_ordonnees": dates_ordonnees,
    "attendre_date_passee": date_passee,
    "attendre_valeurs_entre": valeurs_entre,
    "attendre_age_plausible": age_plausible,
    "attendre_photo_profil": photo_profil,
    "attendre_photo_episode": photo_episode,
    "attendre_sejour_ouvert": sejour_ouvert,
    "attendre_heures_plausibles": heures_plausibles,
    "attendre_date_apres_liee": date_apres_liee,
    "attendre_meme_valeur_liee": meme_valeur_liee,
    "attendre_duree_tenable": duree_tenable,
    "attendre_sans_chevauchement": sans_chevauchement,
    "attendre_occupation_tenable": occupation_tenable,
    "attendre_premiere_sans_precedente": premiere_sans_precedente,
    "attendre_renouvellement_precede": renouvellement_precede,
    "attendre_flux_equilibres": flux_equilibres,
    "attendre_composition_chiffree": composition_chiffree,
    "attendre_composition_et_membres": composition_et_membres,
    "attendre_composition_et_genre": composition_et_genre,
    "attendre_effectif_stable": effectif_stable,
    "attendre_remplissage_stable": remplissage_stable,
    "attendre_repartition_stable": repartition_stable,
}
