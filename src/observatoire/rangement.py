"""Le rangement d'un entrepôt sur le disque : des livraisons, des fusions, et un carnet qui dit ce qui vaut.

    data/entrepot/<service>/
      carnet.json                  le seul fichier qui change : quelles livraisons, quel fichier pour quelle table
      livraisons/<id>/             une livraison telle qu'elle a été nettoyée, un fichier Parquet par table
      fusions/                     une table que plusieurs livraisons nourrissent, réunie une fois pour toutes
      rejets.csv, corrections.csv  copies à ouvrir dans un tableur

Un fichier rangé ne change jamais : on en écrit d'autres, on force tout sur le disque, puis le carnet est
remplacé d'un seul renommage. Une coupure laisse donc l'ancien carnet ou le nouveau, chacun avec ses fichiers ;
ceux que plus rien ne nomme s'effacent à l'écriture suivante.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from observatoire import modele
from observatoire.ecriture import TEMPORAIRE, remplacer_fichier, synchroniser, synchroniser_dossier, verrou
from observatoire.empreintes import empreinte_table, reunir
from observatoire.erreurs import ErreurFichier
from observatoire.nettoyage.doublons import MASQUE, masque

CARNET, FICHE = "carnet.json", "livraison.json"
LIVRAISONS, FUSIONS = "livraisons", "fusions"
REJETS, CORRECTIONS = "rejets.csv", "corrections.csv"
ANNEXES = (REJETS, CORRECTIONS)
ACTIVE, RETIREE = "active", "retiree"
VERSION = 1


@dataclass(frozen=True)
class Rangee:
    """Une table courante : son fichier (relatif au dossier du service), ses lignes et son empreinte.

    `octets` et `modifie` reconnaissent un fichier changé à la main, dont l'empreinte est alors recalculée.
    """

    fichier: str
    lignes: int
    empreinte: str
    octets: int
    modifie: int

    def intacte(self, dossier: Path) -> bool:
        """Vrai si le fichier est celui qui a été écrit, à en juger par sa taille et sa date."""
        try:
            pris = (dossier / self.fichier).stat()
        except OSError:
            return False
        return (pris.st_size, pris.st_mtime_ns) == (self.octets, self.modifie)


@dataclass(frozen=True)
class Inscription:
    """Une livraison au carnet.

    `contenu` : empreinte de ce que l'import apportait, gardée après une purge ; `date` : jour et heure de l'import ;
    `tables` : lignes par table ; `purgee` : jour de la dernière purge qui l'a touchée.
    """

    id: str
    dossier: str
    date: str
    contenu: str
    fichiers: tuple[str, ...]
    tables: dict[str, int] = field(hash=False)
    etat: str = ACTIVE
    purgee: str = ""


@dataclass(frozen=True)
class Carnet:
    """Ce qui vaut dans l'entrepôt d'un service, écrit et lu d'un bloc.

    `annexes` : les rejets et corrections réunis ; `precedents` : fichiers de l'état d'avant, laissés à qui est en
    train de les lire ; `annees_purgees` : années dont des ménages ont été retirés, et qui ne se calculent plus.
    """

    livraisons: tuple[Inscription, ...] = ()
    tables: dict[str, Rangee] = field(default_factory=dict)
    fiche: dict[str, Any] = field(default_factory=dict)
    annexes: dict[str, str] = field(default_factory=dict)
    annees_purgees: tuple[int, ...] = ()
    precedents: tuple[str, ...] = ()

    @property
    def actives(self) -> tuple[Inscription, ...]:
        return tuple(i for i in self.livraisons if i.etat == ACTIVE)

    @property
    def empreinte(self) -> str:
        return reunir({nom: rangee.empreinte for nom, rangee in self.tables.items()})

    @property
    def fichiers(self) -> set[str]:
        """Les fichiers de l'état courant, relatifs au dossier du service."""
        return {*(r.fichier for r in self.tables.values()), *self.annexes.values()}


def lire_carnet(dossier: Path) -> Carnet | None:
    """Le carnet d'un dossier d'entrepôt, ou rien s'il n'en a pas ; lève `ErreurFichier` s'il est abîmé."""
    fichier = dossier / CARNET
    try:
        lu = json.loads(fichier.read_text(encoding="utf-8"))
        if lu["version"] != VERSION:
            raise ValueError(lu["version"])
        return Carnet(
            livraisons=tuple(Inscription(**{**i, "fichiers": tuple(i["fichiers"])}) for i in lu["livraisons"]),
            tables={nom: Rangee(**r) for nom, r in lu["tables"].items() if nom in modele.TABLES},
            fiche=lu["fiche"],
            annexes=lu["annexes"],
            annees_purgees=tuple(lu["annees_purgees"]),
            precedents=tuple(lu["precedents"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as erreur:
        raise ErreurFichier(
            f"{fichier} : carnet de l'entrepôt abîmé.",
            "Remettez ce fichier depuis une sauvegarde, ou videz son dossier et réimportez les exports du service.",
        ) from erreur


def en_json(contenu: Mapping[str, Any]) -> bytes:
    return (json.dumps(contenu, ensure_ascii=False, indent=1) + "\n").encode()


def avec_masque(nom: str, cadre: pl.DataFrame) -> pl.DataFrame:
    """La table avec son masque ; celle qui n'en a pas déclare toutes ses colonnes."""
    if MASQUE in cadre.columns:
        return cadre
    colonnes = list(modele.table(nom).schema)
    return cadre.with_columns(pl.lit(masque(colonnes, colonnes), dtype=pl.Int64).alias(MASQUE))


def lire_table(fichier: Path, nom: str, *, masquee: bool = False) -> pl.DataFrame:
    """Une table rangée, typée au modèle, avec sa provenance (et son masque si `masquee`).

    Une colonne ajoutée depuis au modèle est vide. Lève `ErreurFichier` si le fichier manque ou est abîmé.
    """
    schema = modele.table_vide(nom).schema
    try:
        lue = _lire_colonnes(fichier, [*schema, MASQUE] if masquee else list(schema))
        absentes = [pl.lit(None, dtype=t).alias(c) for c, t in schema.items() if c not in lue.columns]
        if masquee:
            lue = avec_masque(nom, lue)
        typees = [pl.col(c).cast(t) for c, t in schema.items()]
        return lue.with_columns(absentes).select(*typees, *([MASQUE] if masquee else []))
    except FileNotFoundError as erreur:
        raise ErreurFichier(
            f"{fichier} : table introuvable, l'entrepôt a changé pendant la lecture.",
            "Relancez la commande ; si cela persiste, réimportez les exports de ce service.",
        ) from erreur
    except (pl.exceptions.PolarsError, OSError) as erreur:
        raise ErreurFichier(
            f"{fichier} : table abîmée.",
            "Refaites « observatoire importer » avec les exports de ce service, ou retirez cette livraison.",
        ) from erreur


def _lire_colonnes(fichier: Path, colonnes: list[str]) -> pl.DataFrame:
    try:
        return pl.read_parquet(fichier, columns=colonnes)
    except pl.exceptions.ColumnNotFoundError:
        lue = pl.read_parquet(fichier)
        return lue.select(c for c in colonnes if c in lue.columns)


def ecrire_parquet(fichier: Path, cadre: pl.DataFrame) -> None:
    """Écrit un fichier Parquet et le force sur le disque."""
    cadre.write_parquet(fichier, compression="zstd", compression_level=1, statistics=False)
    synchroniser(fichier)


class Chantier:
    """Une écriture en cours dans l'entrepôt d'un service, sous verrou : écrire à côté, puis valider une fois."""

    def __init__(self, dossier: Path, carnet: Carnet) -> None:
        self.dossier, self.carnet = dossier, carnet

    def deposer(
        self,
        identifiant: str,
        tables: Mapping[str, pl.DataFrame],
        annexes: Mapping[str, pl.DataFrame],
        fiche: Mapping[str, Any],
    ) -> str:
        """Écrit le dossier d'une livraison (tables déjà triées) ; rend son nom, relatif au dossier du service."""
        neuf = self.dossier / LIVRAISONS / f"{TEMPORAIRE}{uuid.uuid4().hex}"
        neuf.mkdir(parents=True)
        cadres = {f"{Path(nom).stem}.parquet": cadre for nom, cadre in {**tables, **annexes}.items()}
        with ThreadPoolExecutor(os.cpu_count()) as fils:
            # Une table s'encode pendant que le disque écrit la précédente ; une erreur d'écriture remonte ici.
            list(fils.map(ecrire_parquet, [neuf / nom for nom in cadres], cadres.values()))
        remplacer_fichier(neuf / FICHE, en_json(fiche))
        final = self._libre(f"{LIVRAISONS}/{identifiant}")
        neuf.rename(self.dossier / final)
        synchroniser_dossier(self.dossier / LIVRAISONS)
        return final

    def _libre(self, voulu: str) -> str:
        """Le nom voulu, ou un voisin que rien n'occupe."""
        rang, nom = 1, voulu
        while (self.dossier / nom).exists():
            rang, nom = rang + 1, f"{voulu}.{rang + 1}"
        return nom

    def table_livree(self, inscription: Inscription, nom: str) -> pl.DataFrame:
        """Une table d'une livraison, avec sa provenance et son masque."""
        return lire_table(self.dossier / inscription.dossier / f"{nom}.parquet", nom, masquee=True)

    def annexe_livree(self, inscription: Inscription, nom: str) -> pl.DataFrame | None:
        """Les rejets ou les corrections d'une livraison, s'il y en a."""
        fichier = self.dossier / inscription.dossier / f"{Path(nom).stem}.parquet"
        return pl.read_parquet(fichier) if fichier.is_file() else None

    def fiche_livree(self, inscription: Inscription) -> dict[str, Any]:
        return json.loads((self.dossier / inscription.dossier / FICHE).read_text(encoding="utf-8"))

    def ranger(self, fichier: str, nom: str, triee: pl.DataFrame, empreinte: str | None = None) -> Rangee:
        """La fiche d'une table déjà écrite dans `fichier` ; son empreinte, si elle est connue, n'est pas refaite."""
        pris = (self.dossier / fichier).stat()
        somme = empreinte_table(nom, triee) if empreinte is None else empreinte
        return Rangee(fichier, triee.height, somme, pris.st_size, pris.st_mtime_ns)

    def fondre(self, nom: str, triee: pl.DataFrame) -> Rangee:
        """Range une table réunie de plusieurs livraisons, sous un nom neuf."""
        fichier = f"{FUSIONS}/{nom}-{uuid.uuid4().hex[:12]}.parquet"
        (self.dossier / FUSIONS).mkdir(parents=True, exist_ok=True)
        ecrire_parquet(self.dossier / fichier, triee)
        return self.ranger(fichier, nom, triee)

    def annexer(self, nom: str, octets: bytes) -> str:
        """Range des rejets ou des corrections réunis ; rend leur fichier, relatif au dossier du service."""
        fichier = f"{FUSIONS}/{Path(nom).stem}-{uuid.uuid4().hex[:12]}.csv"
        remplacer_fichier(self.dossier / fichier, octets)
        return fichier

    def valider(self, carnet: Carnet, *, effacer: bool = False) -> None:
        """Remplace le carnet : tout ou rien. Puis efface ce que plus rien ne nomme.

        `effacer` n'épargne pas l'état d'avant (retrait, purge) et lève `ErreurFichier` si un fichier résiste.
        """
        precedents = () if effacer else tuple(sorted(self.carnet.fichiers - carnet.fichiers))
        carnet = replace(carnet, precedents=precedents)
        self.dossier.mkdir(parents=True, exist_ok=True)
        for dossier in (self.dossier / FUSIONS, self.dossier.parent):
            if dossier.is_dir():
                synchroniser_dossier(dossier)
        self._oter_copies(carnet)
        remplacer_fichier(self.dossier / CARNET, en_json({"version": VERSION, **asdict(carnet)}))
        self.carnet = carnet
        self.balayer()
        restes = self._restes()
        if effacer and restes:
            raise ErreurFichier(
                f"{restes[0]} : des données retirées n'ont pas pu être effacées.",
                "Fermez les programmes qui les lisent, puis relancez la même commande.",
            )

    def balayer(self) -> None:
        """Efface ce qu'une coupure ou l'état d'avant a laissé, et remet les copies à ouvrir."""
        for chemin in self._restes():
            if chemin.is_dir():
                shutil.rmtree(chemin, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):  # ouvert ailleurs : ce sera pour la prochaine écriture
                    chemin.unlink()
        for nom in ANNEXES:
            self._recopier(nom)

    def _restes(self) -> list[Path]:
        """Ce que le carnet ne nomme plus : livraisons, fusions, fichiers d'attente, tables de l'ancien rangement."""
        noms = {*self.carnet.fichiers, *self.carnet.precedents}
        noms |= {i.dossier for i in self.carnet.actives} | {nom.rpartition("/")[0] for nom in noms}
        gardes = {self.dossier / nom for nom in noms if nom}
        places = [*self.dossier.glob(f"{LIVRAISONS}/*"), *self.dossier.glob(f"{FUSIONS}/*")]
        places += [*self.dossier.glob(f"{TEMPORAIRE}*"), self.dossier / FICHE]
        places += [self.dossier / f"{nom}.parquet" for nom in modele.TABLES]
        places += _places_anciennes(self.dossier)
        return sorted(p for p in places if p not in gardes and p.exists())

    def _oter_copies(self, carnet: Carnet) -> None:
        """Ôte les copies que `carnet` va changer : une copie est juste ou absente, jamais périmée."""
        if not (self.dossier / CARNET).exists():  # dans l'ancien rangement, ce ne sont pas des copies
            return
        for nom in ANNEXES:
            if carnet.annexes.get(nom) == self.carnet.annexes.get(nom):
                continue
            try:
                (self.dossier / nom).unlink(missing_ok=True)
            except OSError as erreur:
                raise ErreurFichier(
                    f"{self.dossier / nom} : ce fichier est retenu par un autre programme ; rien n'a été changé.",
                    "Fermez-le dans le tableur, puis relancez la même commande.",
                ) from erreur

    def _recopier(self, nom: str) -> None:
        """Met `rejets.csv` ou `corrections.csv` au diapason du carnet."""
        copie, rangee = self.dossier / nom, self.carnet.annexes.get(nom)
        if rangee is None:
            copie.unlink(missing_ok=True)
            return
        octets = (self.dossier / rangee).read_bytes()
        if not copie.is_file() or copie.read_bytes() != octets:
            remplacer_fichier(copie, octets)


@contextmanager
def chantier(dossier: Path) -> Iterator[Chantier]:
    """Ouvre un chantier, un seul à la fois par service ; reprend d'abord un entrepôt de l'ancien rangement."""
    with verrou(dossier.with_name(f".{dossier.name}.verrou")):
        carnet = lire_carnet(dossier)
        if carnet is not None:
            ouvert = Chantier(dossier, carnet)
            ouvert.balayer()
        else:
            ouvert = Chantier(dossier, Carnet())
            _reprendre(ouvert)
        yield ouvert


# --- L'ancien rangement : une table par fichier, à la racine du dossier, et deux dossiers d'échange ------------


def _places_anciennes(dossier: Path) -> list[Path]:
    return [dossier.with_name(f".{dossier.name}.{suffixe}") for suffixe in ("ancien", "neuf")]


def dossier_ancien(dossier: Path) -> Path:
    """Où lire un entrepôt sans carnet : une coupure de l'ancien échange le laissait sous son nom d'attente."""
    ancien = _places_anciennes(dossier)[0]
    return ancien if not dossier.exists() and ancien.exists() else dossier


def carnet_ancien(dossier: Path) -> Carnet:
    """Le carnet qu'aurait un entrepôt sans carnet : une livraison, s'il a des tables."""
    fichiers = {nom: f for nom in modele.TABLES if (f := dossier / f"{nom}.parquet").is_file()}
    if not fichiers:
        return Carnet()
    fiche = json.loads((dossier / FICHE).read_text(encoding="utf-8")) if (dossier / FICHE).is_file() else {}
    contenu = hashlib.sha256(en_json(fiche)).hexdigest()
    date = datetime.fromtimestamp(max(f.stat().st_mtime for f in fichiers.values())).astimezone()
    lignes = {nom: lire_table(f, nom).height for nom, f in fichiers.items()}
    inscription = Inscription(
        id=f"{date:%Y-%m-%d}-{contenu[:12]}",
        dossier="",
        date=date.isoformat(timespec="seconds"),
        contenu=contenu,
        fichiers=tuple(sorted(fiche.get("fichiers", {}))),
        tables=lignes,
    )
    rangees = {nom: Rangee(f.name, lignes[nom], "", 0, 0) for nom, f in fichiers.items()}
    return Carnet((inscription,), rangees, fiche)


def ouvrir_carnet(dossier: Path) -> tuple[Path, Carnet]:
    """Où lire un entrepôt, et ce qui y vaut ; un carnet vide s'il n'a rien reçu."""
    carnet = lire_carnet(dossier)
    if carnet is None:
        ancien = dossier_ancien(dossier)
        carnet = carnet_ancien(ancien)
        if carnet.livraisons:
            return ancien, carnet
        # Entre les deux lectures, un import a pu reprendre l'ancien rangement.
        carnet = lire_carnet(dossier) or carnet
    return dossier, carnet


def _reprendre(ouvert: Chantier) -> None:
    """Fait de l'ancien rangement la première livraison du carnet."""
    dossier = ouvert.dossier
    if (attente := dossier_ancien(dossier)) != dossier:
        attente.rename(dossier)
    carnet = carnet_ancien(dossier)
    if not carnet.livraisons:
        return
    [inscription] = carnet.livraisons
    tables = {nom: avec_masque(nom, lire_table(dossier / f"{nom}.parquet", nom)) for nom in inscription.tables}
    rejets = dossier / REJETS
    annexes, rangees = {}, {}
    if rejets.is_file():
        annexes = {REJETS: pl.read_csv(rejets, separator=";", infer_schema=False, encoding="utf8").fill_null("")}
        rangees = {REJETS: ouvert.annexer(REJETS, rejets.read_bytes())}
    inscription = replace(inscription, dossier=ouvert.deposer(inscription.id, tables, annexes, carnet.fiche))
    reprises = {n: ouvert.ranger(f"{inscription.dossier}/{n}.parquet", n, t) for n, t in tables.items()}
    ouvert.valider(Carnet((inscription,), reprises, carnet.fiche, rangees))
