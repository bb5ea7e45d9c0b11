"""Les lignes écartées et les corrections : leurs colonnes, leurs règles, et ce que l'on peut en recopier.

Un rejet a une ligne par problème : où, quoi, le code de la règle, le motif en clair, le remède, et toutes les
cellules utiles de la ligne. Une correction dit ce qui était écrit et ce qui est rangé. Ni l'un ni l'autre ne
recopie une donnée personnelle : elle y est « (valeur masquée) », et la ligne de l'export est nommée.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from observatoire.modele import Type
from observatoire.nettoyage import dates, modalites, montants, nombres
from observatoire.nettoyage.personnel import MOTIF_PERSONNEL

REJET: dict[str, Any] = {
    "fichier": pl.String,
    "feuille": pl.String,
    "ligne": pl.Int64,
    "table": pl.String,
    "colonne": pl.String,
    "valeur": pl.String,
    "regle": pl.String,
    "motif": pl.String,
    "remede": pl.String,
    "cellules": pl.String,
}
CORRECTION: dict[str, Any] = {
    "fichier": pl.String,
    "feuille": pl.String,
    "table": pl.String,
    "colonne": pl.String,
    "nature": pl.String,
    "avant": pl.String,
    "apres": pl.String,
    "proposition": pl.String,
    "lignes": pl.Int64,
    "premiere_ligne": pl.Int64,
}

MOTIF_ABSENTE, MOTIF_SERVICE = "valeur obligatoire absente", "ligne du service {}, importée pour {}"
MOTIF_CELLULE = "cellule en erreur dans le tableur"
MOTIF_CLE = "même {} que {}, avec d'autres valeurs"
NATURE_DOUBLON = "doublon, fondu dans une ligne de même clé"
NATURE_HORS_TABLEAU = "ligne hors du tableau, non importée"

# Les deux lignes d'une clé contredite : le contrôle qualité les compte à ce code.
CLE_CONTRADICTOIRE = "cle_contradictoire"
# Code stable de chaque règle → début de son motif.
REGLES: dict[str, str] = {
    "valeur_absente": MOTIF_ABSENTE,
    "autre_service": "ligne du service ",
    "cellule_en_erreur": MOTIF_CELLULE,
    "donnee_personnelle": MOTIF_PERSONNEL,
    CLE_CONTRADICTOIRE: "même ",
    "date_ambigue": dates.MOTIF_AMBIGU,
    "date_contredite": dates.MOTIF_CONTREDIT,
    "date_illisible": dates.MOTIF_ILLISIBLE,
    "date_impossible": dates.MOTIF_IMPOSSIBLE,
    "mois_illisible": dates.MOIS_ILLISIBLE,
    "mois_impossible": dates.MOIS_IMPOSSIBLE,
    "montant_ambigu": montants.MOTIF_AMBIGU,
    "montant_illisible": montants.MOTIF_ILLISIBLE,
    "nombre_illisible": nombres.MOTIF_NOMBRE,
    "entier_attendu": nombres.MOTIF_ENTIER,
    "modalite_inconnue": modalites.MOTIF,
}

# Remède propre à une règle ; sinon, celui du type de la colonne.
REMEDES_DE_REGLE: dict[str, str] = {
    "valeur_absente": "Complétez la cellule dans l'export, puis réimportez.",
    "autre_service": "Importez ces lignes avec --service et leur service.",
    "cellule_en_erreur": "Réparez la formule dans le classeur, ou videz la cellule, puis réimportez.",
    "donnee_personnelle": "Donnez à cette colonne un numéro qui ne dit rien de la personne, puis réimportez.",
    "date_ambigue": 'Déclarez l\'ordre des dates du fichier dans le réglage (format_date = "jma" si le jour vient '
    "d'abord), ou écrivez la date 2022-04-03.",
    "date_contredite": "Corrigez format_date dans le réglage du service, ou écrivez la date 2022-04-03.",
}
REMEDES_DE_TYPE: dict[Type, str] = {
    Type.DATE: "Écrivez la date sous la forme 31/12/2022.",
    Type.MOIS: "Écrivez le mois sous la forme 2022-12 ou 12/2022.",
    Type.MONTANT: "Écrivez le montant sous la forme 1352,83, ou laissez la cellule vide.",
    Type.ENTIER: "Écrivez un nombre entier, ou laissez la cellule vide.",
    Type.DECIMAL: "Écrivez un nombre, ou laissez la cellule vide.",
    Type.CODE: "Corrigez l'écriture, ou déclarez-la dans [import.modalites] du service.",
    Type.CODES: "Corrigez l'écriture, ou déclarez-la dans [import.modalites] du service.",
}


def regle(motif: pl.Expr) -> pl.Expr:
    """Le code de la règle d'un motif."""
    code = pl.when(pl.lit(False)).then(pl.lit(""))
    for nom, debut in REGLES.items():
        code = code.when(motif.str.starts_with(debut)).then(pl.lit(nom))
    return code.otherwise(None)


def remede(code: pl.Expr, proposition: pl.Expr, type_: Type) -> pl.Expr:
    """Le remède d'une règle : la proposition s'il y en a une, puis quoi faire."""
    du_type = REMEDES_DE_TYPE.get(type_, REMEDES_DE_REGLE["valeur_absente"])
    geste = code.replace_strict(REMEDES_DE_REGLE, default=du_type, return_dtype=pl.String)
    return pl.concat_str(proposition, geste, separator=" ", ignore_nulls=True)
