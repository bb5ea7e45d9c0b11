"""Importer des exports bruts dans l'entrepôt d'un service : lire, traduire, nettoyer, réunir, ranger.

Une ligne lue est gardée, fondue dans une autre ou rejetée : rien ne se perd, et chaque rejet dit où et
pourquoi. Rien de ce que contient un fichier n'est jamais évalué.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from observatoire import modele
from observatoire.collecte import Tableau, lire_tableau
from observatoire.collecte.correspondances import Alimentation, Correspondance, lire_correspondances
from observatoire.collecte.tableau import LIGNE
from observatoire.entrepot import REJETS, mettre_a_jour
from observatoire.erreurs import ErreurFichier, suggestion
from observatoire.espace import Espace
from observatoire.nettoyage import Contexte
from observatoire.nettoyage.doublons import TABLES_PARTAGEES, Dedoublonnage, dedoublonner
from observatoire.nettoyage.lots import CORRIGEE, Lot, Preparation
from observatoire.services import Service, lire_service

COMPTES: dict[str, Any] = {
    "fichier": pl.String,
    "feuille": pl.String,
    "table": pl.String,
    "lues": pl.Int64,
    "gardees": pl.Int64,
    "corrigees": pl.Int64,
    "fusionnees": pl.Int64,
    "rejetees": pl.Int64,
    "hors_champ": pl.Int64,
}
EXTENSIONS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsb", ".xlsm", ".ods", ".parquet", ".pq")
_LOT = "_lot"


@dataclass(frozen=True)
class FichierIgnore:
    """Un fichier qu'aucune correspondance ne réclame, et quoi faire."""

    fichier: str
    conseil: str


@dataclass(frozen=True)
class BilanImport:
    """Le compte rendu d'un import.

    `comptes` : une ligne par fichier, feuille et table, avec `lues` = `gardees` + `fusionnees` +
    `rejetees` ; `corrigees` compte les lignes gardées dont une écriture a été corrigée ; `hors_champ` les
    lignes que la correspondance écarte de cette table. `rejets` : une ligne par problème. `corrections` :
    chaque correction, avant et après, et son nombre de lignes.
    """

    service: str
    comptes: pl.DataFrame
    rejets: pl.DataFrame
    corrections: pl.DataFrame
    ignores: tuple[FichierIgnore, ...]
    colonnes_ignorees: dict[str, tuple[str, ...]]
    empreinte: str
    fichier_rejets: Path | None

    def _total(self, compte: str) -> int:
        return int(self.comptes[compte].sum())

    @property
    def lues(self) -> int:
        return self._total("lues")

    @property
    def gardees(self) -> int:
        return self._total("gardees")

    @property
    def corrigees(self) -> int:
        return self._total("corrigees")

    @property
    def fusionnees(self) -> int:
        return self._total("fusionnees")

    @property
    def rejetees(self) -> int:
        return self._total("rejetees")

    @cached_property
    def par_fichier(self) -> pl.DataFrame:
        """Les comptes réunis par fichier."""
        return self.comptes.group_by("fichier", maintain_order=True).agg(pl.col(pl.Int64).sum())

    @cached_property
    def par_table(self) -> pl.DataFrame:
        """Les comptes réunis par table du modèle."""
        return self.comptes.group_by("table", maintain_order=True).agg(pl.col(pl.Int64).sum())


def _lister(chemin: Path) -> list[tuple[str, Path]]:
    """(nom affiché, chemin) des fichiers à importer, triés ; les fichiers cachés et de verrou sont passés."""
    if chemin.is_file():
        return [(chemin.name, chemin)]
    if not chemin.is_dir():
        raise ErreurFichier(f"« {chemin} » n'existe pas.", "Donnez un fichier ou un dossier d'exports.")
    trouves = [
        (f.relative_to(chemin).as_posix(), f)
        for f in chemin.rglob("*")
        if f.is_file() and not any(p.startswith((".", "~$")) for p in f.relative_to(chemin).parts)
    ]
    if not trouves:
        raise ErreurFichier(f"Le dossier « {chemin} » est vide.", "Déposez-y les exports du service.")
    return sorted(trouves)


def _identite(nom: str, chemin: Path) -> tuple[Tableau, Alimentation] | None:
    """Un fichier nommé comme une table du modèle et qui en a les colonnes se lit sans correspondance."""
    table = Path(nom).stem.casefold()
    if table not in modele.TABLES or Path(nom).suffix.casefold() not in EXTENSIONS:
        return None
    declaree = modele.TABLES[table]
    tableau = lire_tableau(chemin, list(declaree.colonnes), nom=nom)
    colonnes = {c: t for c in declaree.colonnes if (t := tableau.colonne(c)) is not None}
    for colonne in declaree.colonnes.values():
        if colonne.obligatoire and colonne.nom not in {*colonnes, "id_service"}:
            tableau.exiger(colonne.nom)
    return tableau, Alimentation(table, colonnes)


def _conseil(nom: str, correspondances: list[Correspondance]) -> str:
    motifs = [c.motif for c in correspondances]
    connus = [*motifs, *(f"{t}.csv" for t in modele.TABLES)]
    aide = suggestion(Path(nom).name, connus)
    if not motifs:
        return f"{aide} Le service ne déclare aucun motif : ajoutez [[import.fichiers]] à son réglage.".strip()
    return f"{aide} Motifs du service : {', '.join(motifs)}.".strip()


def _lots(
    espace: Espace, service: Service, correspondances: list[Correspondance], fichiers: list[tuple[str, Path]]
) -> Iterator[Lot | FichierIgnore]:
    """Les lots de chaque fichier, ou le fichier ignoré."""
    ecritures = service.correspondances.get("modalites", {})
    for nom, chemin in fichiers:
        convenables = [c for c in correspondances if c.convient(Path(nom).name)]
        for correspondance in convenables:
            contexte = Contexte(espace, ecritures, service.fichier.name, correspondance.ordre)
            yield from _lots_declares(nom, chemin, correspondance, contexte, service)
        if convenables:
            continue
        identite = _identite(nom, chemin)
        if identite is None:
            yield FichierIgnore(nom, _conseil(nom, correspondances))
        else:
            tableau, alimentation = identite
            yield Preparation(tableau, Contexte(espace, ecritures, service.fichier.name), service).lot(alimentation)


def _lots_declares(
    nom: str, chemin: Path, correspondance: Correspondance, contexte: Contexte, service: Service
) -> Iterator[Lot]:
    """Les lots d'un fichier qui suit une correspondance ; toutes ses colonnes sont exigées d'abord."""
    entetes = [e for a in correspondance.alimentations for e in a.entetes]
    tableau = lire_tableau(chemin, entetes, correspondance.feuille, nom)
    for entete in entetes:
        tableau.exiger(entete)
    preparation = Preparation(tableau, contexte, service)
    for alimentation in correspondance.alimentations:
        yield preparation.lot(alimentation)


def importer(espace: Espace, chemin: Path, service: str) -> BilanImport:
    """Lit un fichier ou un dossier d'exports, le nettoie et le range dans l'entrepôt du service.

    Un fichier suit la correspondance de `[import]` dont le motif ressemble à son nom ; à défaut, un fichier
    nommé comme une table du modèle est lu tel quel. Rien n'est écrit si un fichier est illisible ou s'il
    lui manque une colonne attendue. Lève `ErreurParametre` (service inconnu), `ErreurDefinition` (réglage
    du service), `ErreurFichier` (fichier illisible, colonne absente, aucun fichier reconnu).
    """
    fiche_service = lire_service(espace, service)
    correspondances = lire_correspondances(fiche_service)
    fichiers = _lister(Path(chemin))
    rendus = list(_lots(espace, fiche_service, correspondances, fichiers))
    lots = [r for r in rendus if isinstance(r, Lot)]
    ignores = tuple(r for r in rendus if isinstance(r, FichierIgnore))
    if not lots:
        conseils = " ".join(f"{i.fichier} : {i.conseil}" for i in ignores[:3])
        raise ErreurFichier(f"« {chemin} » : aucun fichier reconnu pour le service {service}.", conseils)
    return _ranger(espace, service, lots, ignores, dict(fichiers))


def _ranger(
    espace: Espace, service: str, lots: list[Lot], ignores: tuple[FichierIgnore, ...], fichiers: dict[str, Path]
) -> BilanImport:
    """Réunit les lots, écrit l'entrepôt et les rejets, et rend le bilan."""
    reunis = {table: _reunir(table, lots) for table in dict.fromkeys(lot.alimentation.table for lot in lots)}
    comptes = _comptes(lots, reunis)
    rejets = [lot.rejets for lot in lots]
    rejets += [_contradictions(table, fait.refusees, lots) for table, fait in reunis.items()]
    tous = pl.concat(rejets).sort("fichier", "feuille", "ligne", maintain_order=True)
    nouvelles = {table: fait.gardees.drop(_LOT, CORRIGEE) for table, fait in reunis.items()}
    entrepot = mettre_a_jour(espace, service, nouvelles, _fiche(service, comptes, fichiers), tous)
    rejetes = entrepot.dossier / REJETS
    return BilanImport(
        service=service,
        comptes=comptes,
        rejets=tous,
        corrections=pl.concat([lot.corrections for lot in lots]),
        ignores=ignores,
        colonnes_ignorees=_colonnes_ignorees(lots),
        empreinte=entrepot.livraison["empreinte"],
        fichier_rejets=rejetes if rejetes.is_file() else None,
    )


def _reunir(table: str, lots: list[Lot]) -> Dedoublonnage:
    """Réunit les lots d'une table en y cherchant doublons, compléments et contradictions."""
    declaree = modele.table(table)
    lignes = pl.concat(
        [
            lot.lignes.with_columns(pl.lit(rang, dtype=pl.Int64).alias(_LOT))
            for rang, lot in enumerate(lots)
            if lot.alimentation.table == table
        ]
    )
    return dedoublonner(lignes, declaree.cle, list(declaree.schema), table in TABLES_PARTAGEES)


def _comptes(lots: list[Lot], reunis: dict[str, Dedoublonnage]) -> pl.DataFrame:
    """Les comptes de chaque lot : lues = gardées + fusionnées + rejetées."""
    comptes = [
        {**lot.lieu, "lues": lot.lues, "gardees": 0, "corrigees": 0, "fusionnees": 0, "rejetees": lot.rejetees}
        | {"hors_champ": lot.hors_champ}
        for lot in lots
    ]
    for fait in reunis.values():
        for compte, lignes in (("gardees", fait.gardees), ("fusionnees", fait.fusionnees), ("rejetees", fait.refusees)):
            for rang, nombre in lignes.group_by(_LOT).len().iter_rows():
                comptes[rang][compte] += nombre
        for rang, nombre in fait.gardees.filter(CORRIGEE).group_by(_LOT).len().iter_rows():
            comptes[rang]["corrigees"] += nombre
    return pl.DataFrame(comptes, schema=COMPTES)


def _contradictions(table: str, refusees: pl.DataFrame, lots: list[Lot]) -> pl.DataFrame:
    """Les lignes contradictoires, écrites comme des rejets."""
    cle = modele.table(table).cle
    feuilles = {rang: lot.tableau.feuille for rang, lot in enumerate(lots)}
    remede = (
        "La première ligne est gardée : corrigez l'une des deux dans l'export, puis réimportez."
        if table in TABLES_PARTAGEES
        else "Aucune des deux n'est gardée : corrigez ou retirez-en une dans l'export, puis réimportez."
    )
    return refusees.select(
        fichier="_fichier",
        feuille=pl.col(_LOT).replace_strict(feuilles, return_dtype=pl.String),
        ligne=LIGNE,
        table=pl.lit(table),
        colonne="_colonnes",
        valeur=pl.concat_str([pl.col(c).cast(pl.String).fill_null("") for c in cle], separator=" · "),
        motif=pl.format("même {} que {}, avec d'autres valeurs", pl.lit(" + ".join(cle)), "_autre"),
        remede=pl.lit(remede),
    )


def _fiche(service: str, comptes: pl.DataFrame, fichiers: dict[str, Path]) -> dict[str, Any]:
    """La fiche d'une livraison : empreinte et comptes de chaque fichier lu."""
    return {
        "service": service,
        "fichiers": {
            nom: {
                "sha256": _sha256(fichiers[nom]),
                "tables": comptes.filter(pl.col("fichier") == nom).drop("fichier").to_dicts(),
            }
            for nom in comptes["fichier"].unique(maintain_order=True)
        },
    }


def _sha256(fichier: Path) -> str:
    with fichier.open("rb") as flux:
        return hashlib.file_digest(flux, "sha256").hexdigest()


def _colonnes_ignorees(lots: list[Lot]) -> dict[str, tuple[str, ...]]:
    """Les colonnes de chaque fichier qu'aucune table ne lit, et qui ne sont donc pas rangées."""
    tableaux = {lot.tableau.lieu: lot.tableau for lot in lots}
    lues: dict[str, set[str | None]] = {lieu: set() for lieu in tableaux}
    for lot in lots:
        lues[lot.tableau.lieu].update(lot.tableau.colonne(e) for e in lot.alimentation.entetes)
    ignorees = {
        lieu: tuple(c for c in tableau.colonnes_remplies if c not in lues[lieu] and not c.startswith("_"))
        for lieu, tableau in tableaux.items()
    }
    return {lieu: colonnes for lieu, colonnes in ignorees.items() if colonnes}
