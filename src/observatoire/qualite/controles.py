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

import polars as pl

from observatoire.erreurs import ErreurDefinition
from observatoire.modele import ABSENCES
from observatoire.regles import ECART_PHOTO_MAX, age


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
    return tables[nom]


def _concernees(si: Mapping[str, Sequence[str]] | None, si_renseigne: Sequence[str] | None) -> pl.Expr:
    """Les lignes que la règle concerne : `si` = colonne → valeurs, `si_renseigne` = colonnes non vides."""
    conditions = [pl.col(c).is_in(list(valeurs)) for c, valeurs in (si or {}).items()]
    conditions += [pl.col(c).is_not_null() for c in si_renseigne or ()]
    return pl.all_horizontal(pl.lit(True), *conditions)


def _examen(lot: pl.DataFrame, examinees: pl.Expr, fautives: pl.Expr, **choix: object) -> Examen:
    concernees = _concernees(choix.get("si"), choix.get("si_renseigne"))  # type: ignore[arg-type]
    vues = (concernees & examinees).fill_null(False)
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
    """La date n'est pas postérieure au jour donné (AAAA-MM-JJ)."""
    return _examen(lot, pl.col(colonne).is_not_null(), pl.col(colonne) > date.fromisoformat(jour), **choix)


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
    lot: pl.DataFrame, date_episode: str, moment: str, ecart: int = ECART_PHOTO_MAX, **choix: object
) -> Examen:
    """La mesure a une photo `moment` : liée par id_mesure, sinon du même ménage à `ecart` jours au plus."""
    toutes = _liee("situation")
    photos = toutes.filter(pl.col("moment") == moment)
    libres = photos.filter(pl.col("id_mesure").is_null() & pl.col("id_sejour").is_null())
    liees = photos["id_mesure"].drop_nulls().unique().implode()
    proches = (
        lot.select("id_mesure", "id_menage", date_episode)
        .join(libres.select("id_menage", "date"), on="id_menage")
        .filter((pl.col("date") - pl.col(date_episode)).abs() <= timedelta(days=ecart))["id_mesure"]
        .unique()
        .implode()
    )
    trouvee = pl.col("id_mesure").is_in(liees) | pl.col("id_mesure").is_in(proches)
    return _examen(lot, pl.col(date_episode).is_not_null() & pl.lit(toutes.height > 0), ~trouvee, **choix)


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
}
