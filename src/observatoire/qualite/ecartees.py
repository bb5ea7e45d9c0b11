"""Ce que l'import n'a pas gardé : des lignes entières, et des valeurs dont la ligne, elle, est gardée.

Une ligne écartée se reconnaît d'une livraison à l'autre à sa place dans l'export, à sa colonne et à sa règle : ce que
disent ses autres colonnes n'y compte pas. Une donnée personnelle y reste masquée, comme dans les fichiers de l'import.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import polars as pl

from observatoire import modele
from observatoire.collecte.correspondances import Correspondance
from observatoire.entrepot import CORRECTIONS, Entrepot
from observatoire.espace import Espace
from observatoire.nettoyage import COLONNES_COMMUNE
from observatoire.nettoyage.absences import NATURE as MARQUE_D_ABSENCE
from observatoire.nettoyage.personnel import NATURE_PERSONNELLE, NATURE_TEXTE_LIBRE
from observatoire.nettoyage.rejets import CLE_CONTRADICTOIRE, NATURE_DOUBLON, NATURE_HORS_TABLEAU
from observatoire.nomenclatures import lire_nomenclature
from observatoire.qualite.consignes import en_mots
from observatoire.qualite.derives import libelle_colonne
from observatoire.qualite.identifiants import entetes

EFFACEE = "valeur_effacee"  # la règle d'une valeur que l'import n'a pas gardée
LIGNE_ECARTEE, VALEUR_EFFACEE = "la ligne", "la valeur seule"
PREFIXE = "rejet"
COLONNES = ("fichier", "feuille", "ligne", "table", "colonne", "valeur", "regle", "motif", "remede", "cellules", "sort")
_REMEDE_DATE = (
    "Écrivez la date sous la forme 2022-04-03, ou dites à l'analyste dans quel ordre ce fichier écrit ses dates."
)
_REMEDES = {
    "date_ambigue": _REMEDE_DATE,
    "date_contredite": _REMEDE_DATE,
    "autre_service": "Importez ces lignes avec le service qu'elles nomment.",
}
_REMEDE_COMMUNE = "Écrivez le code Insee de la commune (cinq chiffres), puis réimportez."
_REMEDE_PERSONNEL = "Ôtez de cette cellule ce qui désigne une personne, puis réimportez."
_REMEDE_VALEUR = "Corrigez l'écriture, puis réimportez."


def lire_ecartees(espace: Espace, entrepot: Entrepot, correspondances: Sequence[Correspondance]) -> pl.DataFrame:
    """Ce que l'import n'a pas gardé, dans les mots du service ; vide si tout l'est.

    Colonnes : `empreinte` (stable d'une livraison à l'autre), `contenu` (la même chose, où qu'elle soit dans
    l'export), puis `COLONNES` ; `sort` dit si la ligne est écartée ou une valeur seule.
    """
    dites = _Mots(espace, correspondances)
    lignes = _lire(entrepot, entrepot.fichier_rejets.name, COLONNES).with_columns(sort=pl.lit(LIGNE_ECARTEE))
    toutes = pl.concat([lignes.select(COLONNES), _effacees(entrepot)])
    return _reconnaitre(toutes).pipe(dites.traduire).with_columns(pl.col("ligne").cast(pl.Int64, strict=False))


def _lire(entrepot: Entrepot, nom: str, colonnes: Sequence[str]) -> pl.DataFrame:
    """Un fichier de l'import, complété des colonnes que d'anciens imports n'écrivaient pas."""
    fichier = entrepot.dossier / entrepot.carnet.annexes.get(nom, nom)
    if nom == entrepot.fichier_rejets.name:
        fichier = entrepot.fichier_rejets
    vides = pl.DataFrame(schema=dict.fromkeys(colonnes, pl.String))
    if not fichier.is_file():
        return vides
    lues = pl.read_csv(fichier, separator=";", infer_schema=False, encoding="utf8")
    return pl.concat([vides, lues], how="diagonal").select(colonnes)


def _effacees(entrepot: Entrepot) -> pl.DataFrame:
    """Les valeurs vidées à l'import ; une marque d'absence (« NC ») n'en est pas une, elle dit qu'il n'y a rien."""
    nature = pl.col("nature").fill_null("")
    hors = (nature == MARQUE_D_ABSENCE) | (nature == NATURE_DOUBLON) | nature.str.starts_with(NATURE_HORS_TABLEAU)
    lues = _lire(
        entrepot,
        CORRECTIONS,
        (
            "fichier",
            "feuille",
            "table",
            "colonne",
            "nature",
            "avant",
            "apres",
            "proposition",
            "lignes",
            "premiere_ligne",
        ),
    )
    geste = (
        pl.when(nature.is_in([NATURE_PERSONNELLE, NATURE_TEXTE_LIBRE]))
        .then(pl.lit(_REMEDE_PERSONNEL))
        .when(pl.col("colonne").is_in(list(COLONNES_COMMUNE)))
        .then(pl.lit(_REMEDE_COMMUNE))
        .otherwise(pl.lit(_REMEDE_VALEUR))
    )
    autres = pl.col("lignes").cast(pl.Int64, strict=False) - 1
    suite = pl.when(autres > 0).then(pl.format(" ; la même écriture sur {} ligne(s) de plus", autres))
    return lues.filter(pl.col("apres").is_null() & pl.col("colonne").is_not_null() & (nature != "") & ~hors).select(
        "fichier",
        "feuille",
        "table",
        "colonne",
        ligne="premiere_ligne",
        valeur="avant",
        regle=pl.lit(EFFACEE),
        motif=pl.concat_str(pl.col("nature"), suite, ignore_nulls=True),
        remede=pl.concat_str(pl.col("proposition").replace("", None), geste, separator=" ", ignore_nulls=True),
        cellules=pl.lit(None, pl.String),
        sort=pl.lit(VALEUR_EFFACEE),
    ).select(COLONNES)  # fmt: skip


def _reconnaitre(cadre: pl.DataFrame) -> pl.DataFrame:
    """Ajoute ce qui reconnaît chaque problème : où il est, et ce qu'il dit."""
    # Deux lignes qui se contredisent restent les mêmes, quelles que soient les colonnes où elles le font.
    colonne = pl.when(pl.col("regle") == CLE_CONTRADICTOIRE).then(pl.lit("")).otherwise("colonne")
    # L'import réunit les valeurs effacées par écriture : c'est elle qui les désigne, et non leur première ligne.
    place = pl.when(pl.col("regle") == EFFACEE).then("valeur").otherwise("ligne")
    ou = _bout(["fichier", "feuille", "table", "regle"], colonne, place)
    contenu = _bout(["table", "colonne", "regle", "valeur", "cellules"])
    return (
        cadre.with_columns(ou=ou, contenu=_hacher(contenu))
        .with_columns(rang=pl.int_range(pl.len()).over("ou"))
        .with_columns(suffixe=pl.when(pl.col("rang") > 0).then(pl.format("#{}", "rang")).otherwise(pl.lit("")))
        .with_columns(empreinte=pl.format("{}-{}{}", pl.lit(PREFIXE), _hacher(pl.col("ou")), "suffixe"))
        .select("empreinte", "contenu", *COLONNES)
    )


def _bout(noms: Sequence[str], *autres: pl.Expr) -> pl.Expr:
    return pl.concat_str([e.fill_null("") for e in (*map(pl.col, noms), *autres)], separator="\x1f")


def _hacher(textes: pl.Expr) -> pl.Expr:
    return textes.map_batches(
        lambda s: pl.Series([hashlib.sha256(t.encode()).hexdigest()[:20] for t in s], dtype=pl.String),
        return_dtype=pl.String,
    )


class _Mots:
    """Les noms et les codes du modèle, dits comme l'export ou les listes les disent."""

    def __init__(self, espace: Espace, correspondances: Sequence[Correspondance]) -> None:
        self._espace, self._correspondances = espace, correspondances
        self._libelles: dict[str, dict[str, str]] = {}

    def traduire(self, cadre: pl.DataFrame) -> pl.DataFrame:
        """Le même cadre, ses textes en clair."""
        noms = ("fichier", "table", "colonne", "valeur", "regle", "motif", "remede")
        dits = [self._dire(*(v or "" for v in ligne)) for ligne in cadre.select(noms).iter_rows()]
        rendus = pl.DataFrame(
            dits, schema=dict.fromkeys(("colonne", "valeur", "motif", "remede"), pl.String), orient="row"
        )
        return cadre.with_columns(rendus)

    def _dire(
        self, fichier: str, table: str, colonne: str, valeur: str, regle: str, motif: str, remede: str
    ) -> tuple[str, str, str, str]:
        if regle == CLE_CONTRADICTOIRE and table in modele.TABLES:
            noms = [c for c in colonne.split(", ") if c in modele.VARIABLES]
            valeur = self._en_clair(fichier, table, noms, valeur)
            colonne = ", ".join(self._nom(fichier, table, c) for c in noms) or colonne
            cle = " + ".join(modele.table(table).cle)
            motif = motif.replace(cle, " + ".join(self._nom(fichier, table, c) for c in modele.table(table).cle), 1)
        elif regle == EFFACEE:
            colonne = self._nom(fichier, table, colonne)
        motif = re.sub(r"modalité inconnue de la liste \w+", "écriture absente de la liste attendue", motif)
        return colonne, valeur, motif, _REMEDES.get(regle) or en_mots(remede)

    def _nom(self, fichier: str, table: str, colonne: str) -> str:
        if colonne not in modele.VARIABLES:
            return colonne
        return " ou ".join(entetes(self._correspondances, table, colonne, fichier, {})) or libelle_colonne(colonne)

    def _en_clair(self, fichier: str, table: str, colonnes: Sequence[str], valeur: str) -> str:
        """« motif = RUPTURE » en « Motif = Rupture familiale », pour les seules colonnes en cause."""
        for nom in colonnes:
            libelles = self._codes(nom)
            valeur = re.sub(
                rf"(^|, |; l'autre ligne : ){nom} = ([A-Z0-9_]+(?: ?\| ?[A-Z0-9_]+)*)?",
                lambda m, n=nom, lus=libelles: f"{m[1]}{self._nom(fichier, table, n)} = " + _codes_en_clair(m[2], lus),
                valeur,
            )
        return valeur

    def _codes(self, colonne: str) -> dict[str, str]:
        liste = modele.VARIABLES[colonne].nomenclature
        if liste and liste not in self._libelles:
            self._libelles[liste] = lire_nomenclature(self._espace, liste).libelles
        return self._libelles.get(liste, {})


def _codes_en_clair(codes: str | None, libelles: dict[str, str]) -> str:
    return " | ".join(libelles.get(c.strip(), c.strip()) for c in codes.split("|")) if codes else ""
