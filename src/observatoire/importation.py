"""Importer des exports bruts dans l'entrepôt d'un service : lire, traduire, nettoyer, réunir, ranger.

Une ligne lue est gardée, fondue dans une autre ou rejetée : rien ne se perd, et chaque rejet dit où et
pourquoi. Une colonne que la correspondance ne nomme pas n'est pas rangée, un identifiant de personne ne l'est
qu'en pseudonyme. Rien de ce que contient un fichier n'est jamais évalué.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from observatoire import modele
from observatoire.collecte import Tableau, lire_tableau
from observatoire.collecte.assemblage import assembler, fichiers_joints
from observatoire.collecte.correspondances import Alimentation, Correspondance, lire_correspondances, lire_options
from observatoire.collecte.indecis import refuser_brouillon
from observatoire.collecte.tableau import LIGNE
from observatoire.entrepot import REJETS, lire_entrepot
from observatoire.erreurs import ErreurFichier, suggestion
from observatoire.espace import Espace
from observatoire.livraisons import enregistrer
from observatoire.nettoyage import Contexte
from observatoire.nettoyage.communes import lire_communes
from observatoire.nettoyage.dates import ORIGINE_1900, ORIGINE_1904
from observatoire.nettoyage.doublons import TABLES_PARTAGEES, Dedoublonnage, dedoublonner
from observatoire.nettoyage.lots import CORRIGEE, Lot, Preparation, hors_tableau
from observatoire.nettoyage.personnel import toujours_masquee
from observatoire.nettoyage.rejets import CLE_CONTRADICTOIRE, CORRECTION, MOTIF_CLE, NATURE_DOUBLON, REJET
from observatoire.pseudonymes import Cle
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
    "hors_tableau": pl.Int64,
}
EXTENSIONS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsb", ".xlsm", ".ods", ".parquet", ".pq")
_LOT = "_lot"
# Au-delà, les doublons d'un fichier ne sont plus nommés un à un : leur nombre est dit.
DOUBLONS_NOMMES = 1_000


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
    lignes que la correspondance écarte de cette table ; `hors_tableau` les lignes de total ou de note mises de
    côté à la lecture. `rejets` : une ligne par problème. `corrections` : chaque correction, avant et après, et
    son nombre de lignes. `remarques` : ce que la lecture a d'autre à dire. `livraison` : son identifiant, et
    `nouvelle` est faux si ce contenu était déjà rangé. `millesime` : celui du code officiel géographique.
    """

    service: str
    comptes: pl.DataFrame
    rejets: pl.DataFrame
    corrections: pl.DataFrame
    ignores: tuple[FichierIgnore, ...]
    colonnes_ignorees: dict[str, tuple[str, ...]]
    empreinte: str
    fichier_rejets: Path | None
    remarques: tuple[str, ...] = ()
    livraison: str = ""
    nouvelle: bool = True
    millesime: int = 0

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


@dataclass
class _Lecture:
    """Ce que l'import retient des fichiers lus, une fois leurs lignes mises en lots."""

    lots: list[Lot]
    ignores: list[FichierIgnore]
    mises_de_cote: list[pl.DataFrame]
    colonnes_ignorees: dict[str, tuple[str, ...]]
    remarques: list[str]

    def retenir(self, tableau: Tableau, preparation: Preparation, correspondance: Correspondance) -> None:
        """Met un tableau en lots ; le tableau lui-même n'est pas gardé."""
        with ThreadPoolExecutor(os.cpu_count()) as fils:
            self.lots += fils.map(preparation.lot, correspondance.alimentations)
        if tableau.hors_tableau.height:
            self.mises_de_cote.append(hors_tableau(tableau))
        self.remarques += tableau.remarques
        lues = {tableau.colonne(e) for e in (*correspondance.sources, *correspondance.ecartees)}
        composees = {c.nom for a in correspondance.alimentations for c in a.compositions}
        autres = (c for c in tableau.colonnes_remplies if c not in lues | composees and not c.startswith("_"))
        deja = self.colonnes_ignorees.get(tableau.lieu)
        # Un même tableau lu deux fois : n'est ignoré que ce qu'aucune lecture ne prend.
        ignorees = tuple(c for c in autres if deja is None or c in deja)
        self.colonnes_ignorees[tableau.lieu] = ignorees


def _lire(
    contexte: Contexte, service: Service, correspondances: list[Correspondance], fichiers: list[tuple[str, Path]]
) -> _Lecture:
    """Lit chaque fichier et en tire les lots des tables qu'il nourrit."""
    lecture = _Lecture([], [], [], {}, [])
    joints = fichiers_joints(correspondances, fichiers)
    for nom, chemin in fichiers:
        convenables = [c for c in correspondances if c.convient(Path(nom).name)]
        for correspondance in convenables:
            tableau = _lire_declare(nom, chemin, correspondance, fichiers)
            ordre = correspondance.ordre if correspondance.ordre_declare else ""
            propre = _contexte_du_fichier(contexte, tableau, correspondance, ordre)
            lecture.retenir(
                tableau, Preparation(tableau, propre, service, correspondance.alimentations), correspondance
            )
        if convenables or nom in joints:
            continue
        identite = _identite(nom, chemin)
        if identite is None:
            lecture.ignores.append(FichierIgnore(nom, _conseil(nom, correspondances)))
            continue
        tableau, alimentation = identite
        ordre = service.correspondances.get("format_date", "")
        correspondance = Correspondance(nom, "", ordre, (alimentation,))
        propre = replace(_contexte_du_fichier(contexte, tableau, correspondance, ordre), format_modele=True)
        lecture.retenir(tableau, Preparation(tableau, propre, service, (alimentation,)), correspondance)
    return lecture


def _contexte_du_fichier(contexte: Contexte, tableau: Tableau, correspondance: Correspondance, ordre: str) -> Contexte:
    """Le contexte du service, avec l'ordre des dates et le calendrier de ce fichier."""
    en_1904 = tableau.date_1904 if correspondance.date_1904 is None else correspondance.date_1904
    return replace(contexte, ordre=ordre, origine_dates=ORIGINE_1904 if en_1904 else ORIGINE_1900)


def _lire_declare(nom: str, chemin: Path, correspondance: Correspondance, fichiers: list[tuple[str, Path]]) -> Tableau:
    """Un fichier qui suit une correspondance, complété et composé ; toutes ses colonnes sont exigées d'abord."""
    tableau = lire_tableau(chemin, correspondance.sources, correspondance.feuille, nom)
    tableau = assembler(tableau, correspondance, fichiers)
    # Chaque colonne d'un seul tenant : polars la recopierait sinon à chaque opération.
    tableau = replace(tableau, donnees=tableau.donnees.rechunk())
    for alimentation in correspondance.alimentations:
        for entete in alimentation.entetes:
            tableau.exiger(entete)
    return tableau


def importer(espace: Espace, chemin: Path, service: str) -> BilanImport:
    """Lit un fichier ou un dossier d'exports, le nettoie et le range dans l'entrepôt du service.

    Un fichier suit la correspondance de `[import]` dont le motif ressemble à son nom ; à défaut, un fichier
    nommé comme une table du modèle est lu tel quel. Rien n'est écrit si un fichier est illisible ou s'il
    lui manque une colonne attendue. Lève `ErreurParametre` (service inconnu), `ErreurDefinition` (réglage
    du service), `ErreurFichier` (fichier illisible, colonne absente, aucun fichier reconnu, clé des pseudonymes
    perdue ou mal gardée).
    """
    refuser_brouillon(espace, service)
    fiche_service = lire_service(espace, service)
    correspondances, options = lire_correspondances(fiche_service), lire_options(fiche_service)
    fichiers = _lister(Path(chemin))
    cle = Cle.ouvrir(espace) if options.pseudonymes == "calcules" else None
    contexte = Contexte(
        espace,
        fiche_service.correspondances.get("modalites", {}),
        fiche_service.fichier.name,
        accepter_proches=options.accepter_proches,
        cle=cle,
    )
    with ThreadPoolExecutor(1) as fil:
        # L'empreinte des fichiers se calcule pendant leur lecture.
        empreintes = {nom: fil.submit(_sha256, fichier) for nom, fichier in fichiers}
        try:
            lecture = _lire(contexte, fiche_service, correspondances, fichiers)
        except BaseException:
            fil.shutdown(cancel_futures=True)
            raise
        if not lecture.lots:
            conseils = " ".join(f"{i.fichier} : {i.conseil}" for i in lecture.ignores[:3])
            raise ErreurFichier(f"« {chemin} » : aucun fichier reconnu pour le service {service}.", conseils)
        sommes = {nom: empreinte.result() for nom, empreinte in empreintes.items()}
    if cle is not None and cle.consigne:
        lecture.remarques.append(cle.consigne)
    bilan = _ranger(espace, service, lecture, sommes)
    from observatoire.qualite.suivi import retenir_exports

    retenir_exports(espace, service, Path(chemin) if Path(chemin).is_dir() else Path(chemin).parent, sommes)
    return bilan


def _ranger(espace: Espace, service: str, lecture: _Lecture, sommes: dict[str, str]) -> BilanImport:
    """Réunit les lots, écrit la livraison, les rejets et les corrections, et rend le bilan."""
    lots = lecture.lots
    tables = list(dict.fromkeys(lot.table for lot in lots))
    with ThreadPoolExecutor(os.cpu_count()) as fils:
        reunis = dict(zip(tables, fils.map(_reunir, tables, [lots] * len(tables)), strict=True))
    comptes = _comptes(lots, reunis)
    rejets = [lot.rejets for lot in lots]
    rejets += [_contradictions(table, fait.refusees, lots) for table, fait in reunis.items()]
    tous = pl.concat(rejets).sort("fichier", "feuille", "ligne", maintain_order=True)
    doublons = [_doublons(table, fait, lots) for table, fait in reunis.items()]
    corrections = pl.concat([*(lot.corrections for lot in lots), *doublons, *lecture.mises_de_cote])
    nouvelles = {table: fait.gardees.drop(_LOT, CORRIGEE) for table, fait in reunis.items()}
    millesime = lire_communes(espace).millesime
    fiche = {"service": service, "millesime_cog": millesime, "fichiers": _fiches(comptes, sommes)}
    lots.clear()
    reunis.clear()
    livraison = enregistrer(espace, service, nouvelles, fiche, tous, corrections)
    entrepot = lire_entrepot(espace, service)
    rejetes = entrepot.dossier / REJETS
    return BilanImport(
        service=service,
        comptes=comptes,
        rejets=tous,
        corrections=corrections,
        ignores=tuple(lecture.ignores),
        colonnes_ignorees={lieu: colonnes for lieu, colonnes in lecture.colonnes_ignorees.items() if colonnes},
        empreinte=entrepot.empreinte,
        fichier_rejets=rejetes if rejetes.is_file() else None,
        remarques=tuple(dict.fromkeys(lecture.remarques)),
        livraison=livraison.id,
        nouvelle=livraison.nouvelle,
        millesime=millesime,
    )


def _reunir(table: str, lots: list[Lot]) -> Dedoublonnage:
    """Réunit les lots d'une table en y cherchant doublons, compléments et contradictions."""
    declaree = modele.table(table)
    lignes = pl.concat(
        [
            lot.lignes.with_columns(pl.lit(rang, dtype=pl.Int64).alias(_LOT))
            for rang, lot in enumerate(lots)
            if lot.table == table
        ]
    )
    discretes = [c.nom for c in declaree.colonnes.values() if toujours_masquee(c)]
    return dedoublonner(lignes, declaree.cle, list(declaree.schema), table in TABLES_PARTAGEES, discretes)


def _comptes(lots: list[Lot], reunis: dict[str, Dedoublonnage]) -> pl.DataFrame:
    """Les comptes de chaque lot : lues = gardées + fusionnées + rejetées."""
    comptes = [
        {**lot.lieu, "lues": lot.lues, "gardees": 0, "corrigees": 0, "fusionnees": 0, "rejetees": lot.rejetees}
        | {"hors_champ": lot.hors_champ, "hors_tableau": lot.hors_tableau}
        for lot in lots
    ]
    for fait in reunis.values():
        for compte, lignes in (("gardees", fait.gardees), ("fusionnees", fait.fusionnees), ("rejetees", fait.refusees)):
            for rang, nombre in lignes.group_by(_LOT).len().iter_rows():
                comptes[rang][compte] += nombre
        corrigees = fait.gardees.select(_LOT, CORRIGEE).filter(CORRIGEE)
        for rang, nombre in corrigees.group_by(_LOT).len().iter_rows():
            comptes[rang]["corrigees"] += nombre
    return pl.DataFrame(comptes, schema=COMPTES)


def _contradictions(table: str, refusees: pl.DataFrame, lots: list[Lot]) -> pl.DataFrame:
    """Les lignes contradictoires, écrites comme des rejets : ce que chacune porte, et ce que porte l'autre."""
    if refusees.is_empty():
        return pl.DataFrame(schema=REJET)
    cle = modele.table(table).cle
    remede = (
        "La première ligne est gardée : corrigez l'une des deux dans l'export, puis réimportez."
        if table in TABLES_PARTAGEES
        else "Aucune des deux n'est gardée : corrigez ou retirez-en une dans l'export, puis réimportez."
    )
    recopies = [
        lots[rang].source.recopier(lignes[LIGNE]).unique(LIGNE).with_columns(pl.lit(rang, pl.Int64).alias(_LOT))
        for (rang,), lignes in refusees.group_by(_LOT, maintain_order=True)
    ]
    feuilles = {rang: lot.feuille for rang, lot in enumerate(lots)}
    debut, fin = MOTIF_CLE.format(" + ".join(cle), "{}").split("{}")
    return (
        refusees.join(pl.concat(recopies), on=[_LOT, LIGNE], how="left", maintain_order="left")
        .select(
            fichier="_fichier",
            feuille=pl.col(_LOT).replace_strict(feuilles, return_dtype=pl.String),
            ligne=LIGNE,
            table=pl.lit(table),
            colonne="_colonnes",
            valeur=pl.format("{} ; l'autre ligne : {}", "_ici", "_contre"),
            regle=pl.lit(CLE_CONTRADICTOIRE),
            motif=pl.lit(debut) + pl.col("_autre") + pl.lit(fin),
            remede=pl.lit(remede),
            cellules="cellules",
        )
        .select(list(REJET))
    )


def _doublons(table: str, fait: Dedoublonnage, lots: list[Lot]) -> pl.DataFrame:
    """Les lignes fondues dans une autre, écrites comme des corrections ; au-delà d'un millier, comptées."""
    listes = [pl.DataFrame(schema=CORRECTION)]
    cle = list(modele.table(table).cle)
    for (rang,), fondues in fait.fusionnees.group_by(_LOT, maintain_order=True):
        nommees = fondues.head(DOUBLONS_NOMMES)
        gardees = fait.gardees.join(nommees.select(cle), on=cle, how="semi", nulls_equal=True)
        ou = gardees.select(*cle, pl.format("fondue dans {}, ligne {}", "_fichier", LIGNE).alias("apres"))
        fixes = {"fichier": lots[rang].fichier, "feuille": lots[rang].feuille, "table": table, "colonne": ""}
        liste = nommees.join(ou, on=cle, how="left", nulls_equal=True, maintain_order="left").select(
            avant=pl.format("ligne {}", LIGNE), apres="apres", lignes=pl.lit(1, pl.Int64), premiere_ligne=LIGNE
        )
        if fondues.height > DOUBLONS_NOMMES:
            reste = {"avant": "les autres doublons du fichier", "apres": None}
            nombres = {"lignes": fondues.height - DOUBLONS_NOMMES, "premiere_ligne": fondues[LIGNE][DOUBLONS_NOMMES]}
            liste = pl.concat([liste, pl.DataFrame([reste | nombres], schema=liste.schema)])
        fixes |= {"nature": NATURE_DOUBLON}
        listes.append(
            liste.with_columns(
                *(pl.lit(texte, pl.String).alias(nom) for nom, texte in fixes.items()),
                proposition=pl.lit(None, pl.String),
            ).select(list(CORRECTION))
        )
    return pl.concat(listes)


def _fiches(comptes: pl.DataFrame, sommes: dict[str, str]) -> dict[str, Any]:
    """L'empreinte et les comptes de chaque fichier lu."""
    return {
        nom: {"sha256": sommes[nom], "tables": comptes.filter(pl.col("fichier") == nom).drop("fichier").to_dicts()}
        for nom in comptes["fichier"].unique(maintain_order=True)
    }


def _sha256(fichier: Path) -> str:
    with fichier.open("rb") as flux:
        return hashlib.file_digest(flux, "sha256").hexdigest()
