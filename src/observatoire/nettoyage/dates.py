"""Lire les dates et les mois écrits de toutes les façons des exports français.

Sont lus : 03/01/2022, 3-1-22, 2022-01-03 (heure éventuelle ignorée), 20220103, 3 janvier 2022,
1er mars 2022, 03-janv-22, et les numéros de jour d'Excel (calendrier 1900). Une date qui n'existe pas
est refusée, jamais déplacée.
"""

from __future__ import annotations

import polars as pl

from observatoire.erreurs import exiger_connu
from observatoire.nettoyage import absences
from observatoire.nettoyage.resultat import verdict
from observatoire.nettoyage.texte import cle, compact

ORDRES = ("jma", "amj", "mja")
# Année à deux chiffres : jusqu'au pivot compris, siècle 2000 ; au-delà, siècle 1900.
PIVOT, PIVOT_NAISSANCE = 69, 29
ANNEES_PLAUSIBLES = (1900, 2100)

_MOIS = {
    "janvier": 1,
    "janv": 1,
    "jan": 1,
    "fevrier": 2,
    "fevr": 2,
    "fev": 2,
    "mars": 3,
    "mar": 3,
    "avril": 4,
    "avr": 4,
    "mai": 5,
    "juin": 6,
    "juillet": 7,
    "juil": 7,
    "jul": 7,
    "aout": 8,
    "aou": 8,
    "septembre": 9,
    "sept": 9,
    "sep": 9,
    "octobre": 10,
    "oct": 10,
    "novembre": 11,
    "nov": 11,
    "decembre": 12,
    "dec": 12,
}
_HEURE = r"(?:[T ]+\d{1,2}[:hH]\d{2}.*)?"
_JOUR = r"(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|mar|mer|jeu|ven|sam|dim) )?"
_ISO = rf"^(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_HEURE}$"
_TROIS = rf"^(\d{{1,2}})[-/. ](\d{{1,2}})[-/. ](\d{{4}}|\d{{2}}){_HEURE}$"
_COMPACTE = r"^(\d{4})(\d{2})(\d{2})$"
_MOTS = rf"^{_JOUR}(\d{{1,2}})(?:er)? ?([a-z]+) ?(\d{{4}}|\d{{2}})$"
_SERIE = r"^(\d{5})(?:[.,]\d+)?$"
_MOIS_ISO, _MOIS_FR = r"^(\d{4})[-/.](\d{1,2})$", r"^(\d{1,2})[-/. ](\d{4})$"
_MOIS_MOTS = r"^([a-z]+) ?(\d{4}|\d{2})$"
_ZERO = r"^[0/.\-: ]*0[0/.\-: ]*$"
_PREMIER_JOUR_EXCEL, _DERNIER_JOUR_EXCEL = 10_000, 73_050  # 18/05/1927 et 31/12/2099

MOTIF_ILLISIBLE, MOTIF_IMPOSSIBLE = "date illisible", "date qui n'existe pas"


def _annee(texte: pl.Expr, pivot: int) -> pl.Expr:
    nombre = texte.cast(pl.Int32, strict=False)
    siecle = pl.when(nombre <= pivot).then(2000).otherwise(1900)
    return pl.when(texte.str.len_chars() == 2).then(nombre + siecle).otherwise(nombre)


def _numero(texte: pl.Expr) -> pl.Expr:
    return texte.cast(pl.Int32, strict=False)


def _mois_en_lettres(texte: pl.Expr) -> pl.Expr:
    return texte.replace_strict(_MOIS, default=None, return_dtype=pl.Int32)


def _jour(annee: pl.Expr, mois: pl.Expr, jour: pl.Expr) -> pl.Expr:
    """La date, ou null si elle n'existe pas ou sort des années plausibles."""
    texte = pl.format("{}-{}-{}", annee, mois.cast(pl.String).str.zfill(2), jour.cast(pl.String).str.zfill(2))
    possible = annee.is_between(*ANNEES_PLAUSIBLES)
    return pl.when(possible).then(texte.str.to_date("%Y-%m-%d", strict=False))


def _groupe(nom: str, motif: str, rang: int) -> pl.Expr:
    return pl.col(nom).str.extract(motif, rang)


def _lire_jour(ordre: str, pivot: int) -> list[dict[str, pl.Expr]]:
    """Étapes qui donnent `jour`, `reconnue` (une écriture de date) et `nature` (écriture à signaler)."""
    place = {"jma": (3, 2, 1), "mja": (3, 1, 2), "amj": (1, 2, 3)}[ordre]
    quatre = pl.col("_t").str.contains(r"^\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4}")
    # Une année à quatre chiffres en dernier : l'ordre amj ne peut pas s'appliquer.
    trois = [_groupe("_t", _TROIS, r) for r in place]
    if ordre == "amj":
        trois = [
            pl.when(quatre).then(_groupe("_t", _TROIS, r)).otherwise(e) for r, e in zip((3, 2, 1), trois, strict=True)
        ]
    serie = _numero(_groupe("_t", _SERIE, 1))
    serie = pl.when(serie.is_between(_PREMIER_JOUR_EXCEL, _DERNIER_JOUR_EXCEL)).then(serie)
    jours = {
        "_iso": _jour(*(_numero(_groupe("_t", _ISO, r)) for r in (1, 2, 3))),
        "_trois": _jour(_annee(trois[0], pivot), _numero(trois[1]), _numero(trois[2])),
        "_compacte": _jour(*(_numero(_groupe("_t", _COMPACTE, r)) for r in (1, 2, 3))),
        "_mots": _jour(
            _annee(_groupe("_c", _MOTS, 3), pivot),
            _mois_en_lettres(_groupe("_c", _MOTS, 2)),
            _numero(_groupe("_c", _MOTS, 1)),
        ),
        "_serie": pl.lit("1899-12-30").str.to_date() + pl.duration(days=serie),
    }
    reconnue = (
        pl.col("_t").str.contains(_ISO)
        | pl.col("_t").str.contains(_TROIS)
        | pl.col("_t").str.contains(_COMPACTE)
        | (pl.col("_c").str.contains(_MOTS) & _mois_en_lettres(_groupe("_c", _MOTS, 2)).is_not_null())
    )
    deux_chiffres = pl.col("_t").str.contains(r"^\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2}(\D|$)")
    nature = (
        pl.when(pl.col("_trois").is_not_null() & deux_chiffres)
        .then(pl.lit("année à deux chiffres"))
        .when(pl.col("_trois").is_not_null() & pl.lit(ordre == "mja"))
        .then(pl.lit("ordre mois/jour/année"))
        .when(pl.col("_mots").is_not_null())
        .then(pl.lit("date en lettres"))
        .when(pl.col("_serie").is_not_null())
        .then(pl.lit("numéro de jour d'Excel"))
    )
    return [
        {"_t": compact(pl.col("brut")), "_c": cle(pl.col("brut")), "_marque": absences.marque(pl.col("brut"))},
        jours,
        {"jour": pl.coalesce(*jours), "reconnue": reconnue, "nature": nature},
    ]


def _sans_date() -> pl.Expr:
    """Vrai si l'écriture dit qu'il n'y a pas de date : marque d'absence, zéros, « en cours »."""
    zeros = pl.col("_t").str.contains(_ZERO) & ~pl.col("_t").str.contains(r"^0$")
    return pl.col("_marque").is_not_null() | zeros | pl.col("_c").is_in(["en cours", "a ce jour"])


def nettoyer_dates(bruts: pl.Series, ordre: str = "jma", pivot: int = PIVOT) -> pl.DataFrame:
    """Lit des dates écrites en texte.

    Entrées : écritures distinctes ; `ordre` des dates à deux chiffres (`jma`, `amj`, `mja`) ; `pivot` des
    années à deux chiffres. Rend `brut, valeur (date), motif, nature`. Lève `ErreurParametre` si l'ordre
    est inconnu.
    """
    exiger_connu(ordre, ORDRES, "Ordre de date")
    blanc = pl.col("_t") == ""
    return verdict(
        bruts,
        etapes=_lire_jour(ordre, pivot),
        valeur=pl.col("jour"),
        motif=pl.when(blanc | _sans_date() | pl.col("jour").is_not_null())
        .then(None)
        .when(pl.col("reconnue"))
        .then(pl.lit(MOTIF_IMPOSSIBLE))
        .otherwise(pl.lit(MOTIF_ILLISIBLE)),
        nature=pl.when(_sans_date() & ~blanc).then(pl.lit(absences.NATURE)).otherwise(pl.col("nature")),
    )


def nettoyer_mois(bruts: pl.Series, ordre: str = "jma", pivot: int = PIVOT_NAISSANCE) -> pl.DataFrame:
    """Lit des mois (AAAA-MM, MM/AAAA, « mars 2022 ») ; une date entière est réduite à son mois.

    Rend `brut, valeur (texte AAAA-MM), motif, nature`. La réduction ne se signale pas : le jour d'une
    naissance n'a pas à réapparaître dans une liste de corrections.
    """
    exiger_connu(ordre, ORDRES, "Ordre de date")
    un = pl.lit(1, dtype=pl.Int32)
    mois = {
        "_m_iso": _jour(_numero(_groupe("_t", _MOIS_ISO, 1)), _numero(_groupe("_t", _MOIS_ISO, 2)), un),
        "_m_fr": _jour(_numero(_groupe("_t", _MOIS_FR, 2)), _numero(_groupe("_t", _MOIS_FR, 1)), un),
        "_m_mots": _jour(
            _annee(_groupe("_c", _MOIS_MOTS, 2), pivot), _mois_en_lettres(_groupe("_c", _MOIS_MOTS, 1)), un
        ),
    }
    reconnue = pl.col("reconnue") | pl.col("_t").str.contains(_MOIS_ISO) | pl.col("_t").str.contains(_MOIS_FR)
    trouve = pl.coalesce(*mois, "jour")
    blanc = pl.col("_t") == ""
    return verdict(
        bruts,
        etapes=[*_lire_jour(ordre, pivot), mois, {"_mois": trouve, "reconnue": reconnue}],
        valeur=pl.col("_mois").dt.to_string("%Y-%m"),
        motif=pl.when(blanc | _sans_date() | pl.col("_mois").is_not_null())
        .then(None)
        .when(pl.col("reconnue"))
        .then(pl.lit("mois qui n'existe pas"))
        .otherwise(pl.lit("mois illisible")),
        nature=pl.when(_sans_date() & ~blanc).then(pl.lit(absences.NATURE)),
    )
