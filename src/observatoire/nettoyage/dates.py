"""Lire les dates et les mois écrits de toutes les façons des exports français.

Sont lus : 03/01/2022, 3-1-22, 2022-01-03 (heure éventuelle ignorée), 20220103, 3 janvier 2022,
1er mars 2022, 03-janv-22, et les numéros de jour d'Excel (calendriers 1900 et 1904). Une date qui n'existe
pas est refusée, jamais déplacée. Une date à deux lectures (03/04/2022) suit l'ordre déclaré par le service,
sinon celui que prouve le reste de la colonne ; sans l'un ni l'autre elle est refusée, jamais devinée.
"""

from __future__ import annotations

import datetime as dt

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

ORIGINE_1900, ORIGINE_1904 = dt.date(1899, 12, 30), dt.date(1904, 1, 1)  # jour zéro des tableurs

MOTIF_ILLISIBLE, MOTIF_IMPOSSIBLE = "date illisible", "date qui n'existe pas"
MOTIF_AMBIGU = "date ambiguë : jour/mois ou mois/jour, rien dans la colonne ne le prouve"
MOTIF_CONTREDIT = "date ambiguë : l'ordre déclaré est contredit par les autres dates de la colonne"
MOIS_ILLISIBLE, MOIS_IMPOSSIBLE = "mois illisible", "mois qui n'existe pas"
NATURE_DEUX_CHIFFRES, NATURE_INVERSE = "année à deux chiffres", "ordre mois/jour/année"
# Une lecture que l'on annonce sans qu'elle change rien : elle ne compte pas parmi les lignes corrigées.
NATURE_PROUVEE = "lue jour/mois/année, comme le prouvent les autres dates de la colonne"


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


def _trois(place: tuple[int, int, int], pivot: int) -> pl.Expr:
    """La date d'une écriture à trois nombres ; `place` dit où sont l'année, le mois et le jour."""
    annee, mois, jour = (_groupe("_t", _TROIS, r) for r in place)
    return _jour(_annee(annee, pivot), _numero(mois), _numero(jour))


def _choisir_ordre(ordre: str) -> list[dict[str, pl.Expr]]:
    """Étapes qui donnent `_trois` (la date retenue), `_ambigue` et `_prouvee` d'une écriture à trois nombres.

    Une écriture comme 25/12/2022 n'a qu'une lecture : elle prouve l'ordre de la colonne. Une écriture qui en a
    deux suit l'ordre déclaré, sauf si la colonne prouve l'ordre contraire ; sans ordre déclaré, elle suit celui
    que la colonne prouve, sinon elle n'est pas lue.
    """
    jma, mja = pl.col("_jma"), pl.col("_mja")
    double = jma.is_not_null() & mja.is_not_null() & (jma != mja)
    seule_jma, seule_mja = jma.is_not_null() & mja.is_null(), mja.is_not_null() & jma.is_null()
    compte = {"_double": double, "_preuves_jma": seule_jma.sum(), "_preuves_mja": seule_mja.sum()}
    prouve_jma = (pl.col("_preuves_jma") > 0) & (pl.col("_preuves_mja") == 0)
    prouve_mja = (pl.col("_preuves_mja") > 0) & (pl.col("_preuves_jma") == 0)
    double = pl.col("_double")
    if not ordre:
        lue = pl.when(~double).then(pl.coalesce(jma, mja)).when(prouve_jma).then(jma).when(prouve_mja).then(mja)
        choix = {"_trois": lue, "_ambigue": double & ~prouve_jma & ~prouve_mja, "_prouvee": double & prouve_jma}
        return [compte, {**choix, "_inverse": lue.is_not_null() & (lue == mja) & (jma.is_null() | double & prouve_mja)}]
    lue, contraire = (mja, prouve_jma) if ordre == "mja" else (jma, prouve_mja)
    if ordre == "amj":
        # Une année à quatre chiffres en dernier : l'ordre amj ne peut pas s'appliquer.
        quatre = pl.col("_t").str.contains(r"^\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4}")
        lue, double = pl.when(quatre).then(jma).otherwise("_amj"), double & quatre
    choix = {"_trois": pl.when(~(double & contraire)).then(lue), "_ambigue": double & contraire}
    inverse = pl.lit(ordre == "mja") & mja.is_not_null()
    return [compte, {**choix, "_prouvee": pl.lit(False), "_inverse": inverse}]


def _lire_jour(ordre: str, pivot: int, origine: dt.date) -> list[dict[str, pl.Expr]]:
    """Étapes qui donnent `jour`, `reconnue` (une écriture de date), `_ambigue` et `nature` (écriture à signaler)."""
    serie = _numero(_groupe("_t", _SERIE, 1))
    serie = pl.when(serie.is_between(_PREMIER_JOUR_EXCEL, _DERNIER_JOUR_EXCEL)).then(serie)
    lectures = {
        "_jma": _trois((3, 2, 1), pivot),
        "_mja": _trois((3, 1, 2), pivot),
        **({"_amj": _trois((1, 2, 3), pivot)} if ordre == "amj" else {}),
    }
    jours = {
        "_iso": _jour(*(_numero(_groupe("_t", _ISO, r)) for r in (1, 2, 3))),
        "_compacte": _jour(*(_numero(_groupe("_t", _COMPACTE, r)) for r in (1, 2, 3))),
        "_mots": _jour(
            _annee(_groupe("_c", _MOTS, 3), pivot),
            _mois_en_lettres(_groupe("_c", _MOTS, 2)),
            _numero(_groupe("_c", _MOTS, 1)),
        ),
        "_serie": pl.lit(origine) + pl.duration(days=serie),
    }
    reconnue = (
        pl.col("_t").str.contains(_ISO)
        | pl.col("_t").str.contains(_TROIS)
        | pl.col("_t").str.contains(_COMPACTE)
        | (pl.col("_c").str.contains(_MOTS) & _mois_en_lettres(_groupe("_c", _MOTS, 2)).is_not_null())
    )
    deux_chiffres = pl.col("_t").str.contains(r"^\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2}(\D|$)")
    lue = pl.col("_trois").is_not_null()
    natures = [
        pl.when(lue & deux_chiffres).then(pl.lit(NATURE_DEUX_CHIFFRES)),
        pl.when(lue & pl.col("_inverse")).then(pl.lit(NATURE_INVERSE)),
        pl.when(lue & pl.col("_prouvee")).then(pl.lit(NATURE_PROUVEE)),
        pl.when(pl.col("_mots").is_not_null()).then(pl.lit("date en lettres")),
        pl.when(pl.col("_serie").is_not_null()).then(pl.lit("numéro de jour d'Excel")),
    ]
    nature = pl.concat_str(natures, separator=" ; ", ignore_nulls=True)
    return [
        {"_t": compact(pl.col("brut")), "_c": cle(pl.col("brut")), "_marque": absences.marque(pl.col("brut"))},
        {**lectures, **jours},
        *_choisir_ordre(ordre),
        {
            "jour": pl.coalesce("_trois", *jours),
            "reconnue": reconnue,
            "nature": pl.when(nature != "").then(nature),
        },
    ]


def _exiger_ordre(ordre: str) -> None:
    if ordre:
        exiger_connu(ordre, ORDRES, "Ordre de date")


def _sans_date() -> pl.Expr:
    """Vrai si l'écriture dit qu'il n'y a pas de date : marque d'absence, zéros, « en cours »."""
    zeros = pl.col("_t").str.contains(_ZERO) & ~pl.col("_t").str.contains(r"^0$")
    return pl.col("_marque").is_not_null() | zeros | pl.col("_c").is_in(["en cours", "a ce jour"])


def _verdict_du_jour(nom: str, illisible: str, impossible: str, ordre: str) -> pl.Expr:
    """Motif de refus d'une écriture dont la colonne `nom` est la lecture."""
    blanc = pl.col("_t") == ""
    return (
        pl.when(pl.col("brut").is_null() | blanc | _sans_date() | pl.col(nom).is_not_null())
        .then(None)
        .when(pl.col("_ambigue"))
        .then(pl.lit(MOTIF_CONTREDIT if ordre else MOTIF_AMBIGU))
        .when(pl.col("reconnue"))
        .then(pl.lit(impossible))
        .otherwise(pl.lit(illisible))
    )


def nettoyer_dates(
    bruts: pl.Series, ordre: str = "jma", pivot: int = PIVOT, origine: dt.date = ORIGINE_1900
) -> pl.DataFrame:
    """Lit des dates écrites en texte.

    Entrées : les écritures de toute une colonne ; `ordre` déclaré des dates à trois nombres (`jma`, `amj`,
    `mja`, ou vide si le service ne le dit pas) ; `pivot` des années à deux chiffres ; `origine`, jour zéro des
    numéros de tableur. Rend `brut, valeur (date), motif, nature`. Lève `ErreurParametre` si l'ordre est inconnu.
    """
    _exiger_ordre(ordre)
    absente = _sans_date() & (pl.col("_t") != "")
    return verdict(
        bruts,
        etapes=_lire_jour(ordre, pivot, origine),
        valeur=pl.col("jour"),
        motif=_verdict_du_jour("jour", MOTIF_ILLISIBLE, MOTIF_IMPOSSIBLE, ordre),
        nature=pl.when(absente).then(pl.lit(absences.NATURE)).otherwise(pl.col("nature")),
    )


def nettoyer_mois(
    bruts: pl.Series, ordre: str = "jma", pivot: int = PIVOT_NAISSANCE, origine: dt.date = ORIGINE_1900
) -> pl.DataFrame:
    """Lit des mois (AAAA-MM, MM/AAAA, « mars 2022 ») ; une date entière est réduite à son mois.

    Mêmes entrées que `nettoyer_dates`. Rend `brut, valeur (texte AAAA-MM), motif, nature`. La réduction ne se
    signale pas : le jour d'une naissance n'a pas à réapparaître dans une liste de corrections.
    """
    _exiger_ordre(ordre)
    un = pl.lit(1, dtype=pl.Int32)
    mois = {
        "_m_iso": _jour(_numero(_groupe("_t", _MOIS_ISO, 1)), _numero(_groupe("_t", _MOIS_ISO, 2)), un),
        "_m_fr": _jour(_numero(_groupe("_t", _MOIS_FR, 2)), _numero(_groupe("_t", _MOIS_FR, 1)), un),
        "_m_mots": _jour(
            _annee(_groupe("_c", _MOIS_MOTS, 2), pivot), _mois_en_lettres(_groupe("_c", _MOIS_MOTS, 1)), un
        ),
    }
    reconnue = pl.col("reconnue") | pl.col("_t").str.contains(_MOIS_ISO) | pl.col("_t").str.contains(_MOIS_FR)
    absente = _sans_date() & (pl.col("_t") != "")
    return verdict(
        bruts,
        etapes=[*_lire_jour(ordre, pivot, origine), mois, {"_mois": pl.coalesce(*mois, "jour"), "reconnue": reconnue}],
        valeur=pl.col("_mois").dt.to_string("%Y-%m"),
        motif=_verdict_du_jour("_mois", MOIS_ILLISIBLE, MOIS_IMPOSSIBLE, ordre),
        nature=pl.when(absente)
        .then(pl.lit(absences.NATURE))
        .when(pl.col("_prouvee"))
        .then(pl.lit(NATURE_PROUVEE))
        .when(pl.col("_inverse"))
        .then(pl.lit(NATURE_INVERSE)),
    )
