"""Les marques d'absence : ce qu'on écrit quand on ne sait pas, et ce qu'elles deviennent.

Une cellule vide reste vide. Une marque écrite (NC, ?, néant, -, n/a, non renseigné…) vide une date,
un montant ou un texte et donne `NR` dans une colonne à vocabulaire ; `SO` (sans objet) et `REF` (refus
de répondre) restent distincts. Source : règles de lecture, « Non renseigné ».
"""

from __future__ import annotations

import polars as pl

from observatoire.modele import NON_RENSEIGNE, REFUS, SANS_OBJET
from observatoire.nettoyage.texte import cle

MARQUES: dict[str, tuple[str, ...]] = {
    NON_RENSEIGNE: (
        "nr",
        "n r",
        "nc",
        "n c",
        "na",
        "n a",
        "nd",
        "n d",
        "neant",
        "vide",
        "null",
        "none",
        "nan",
        "inconnu",
        "inconnue",
        "non renseigne",
        "non renseignee",
        "non renseignes",
        "non renseignees",
        "non communique",
        "non communiquee",
        "non connu",
        "non connue",
        "non precise",
        "non precisee",
        "non saisi",
        "non saisie",
        "a renseigner",
        "a completer",
        "ne sait pas",
    ),
    SANS_OBJET: ("so", "s o", "sans objet", "non concerne", "non concernee"),
    REFUS: ("ref", "refus", "refus de repondre", "refuse de repondre", "ne souhaite pas repondre"),
}

NATURE = "marque d'absence"


def marque(brut: pl.Expr) -> pl.Expr:
    """`NR`, `SO` ou `REF` si le texte est une marque d'absence, null sinon.

    Un texte non vide sans lettre ni chiffre (« - », « ? », « … ») est une marque. Une cellule vide n'en
    est pas une.
    """
    texte = cle(brut)
    resultat = pl.when(brut.str.strip_chars() == "").then(None).when(texte == "").then(pl.lit(NON_RENSEIGNE))
    for code, ecritures in MARQUES.items():
        resultat = resultat.when(texte.is_in(ecritures)).then(pl.lit(code))
    return resultat.otherwise(None)


def vide(brut: pl.Expr) -> pl.Expr:
    """Vrai pour une cellule sans rien d'autre que des espaces, ou un simple tiret."""
    return brut.is_null() | brut.str.contains(r"^[\s\x{a0}\x{202f}]*[-\x{2013}\x{2014}]?[\s\x{a0}\x{202f}]*$")
