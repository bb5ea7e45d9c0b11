"""L'entrepôt : les tables propres d'un service, en Parquet, écrites d'un seul tenant.

`data/entrepot/<service>/<table>.parquet` a les colonnes du modèle et la provenance de chaque ligne. Une
livraison s'écrit dans un dossier voisin, puis prend la place de l'ancienne : une coupure laisse l'une ou
l'autre, jamais un mélange. L'empreinte dit si le contenu a changé.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from observatoire import modele
from observatoire.erreurs import ErreurFichier
from observatoire.espace import Espace
from observatoire.nettoyage.doublons import MASQUE, TABLES_PARTAGEES, bit

LIVRAISON = "livraison.json"
REJETS = "rejets.csv"


@dataclass(frozen=True)
class Entrepot:
    """Les données propres d'un service, lues à la demande."""

    service: str
    dossier: Path

    def _fichier(self, nom: str) -> Path:
        return self.dossier / f"{modele.table(nom).nom}.parquet"

    def presente(self, nom: str) -> bool:
        """Vrai si la table `nom` a été livrée ; lève `ErreurParametre` si le modèle ne la connaît pas."""
        return self._fichier(nom).is_file()

    def table(self, nom: str) -> pl.DataFrame:
        """La table `nom`, avec sa provenance ; vide et typée si elle n'a pas été livrée.

        Lève `ErreurFichier` si son fichier est abîmé.
        """
        vide = modele.table_vide(nom)
        if not self.presente(nom):
            return vide
        try:
            lue = pl.read_parquet(self._fichier(nom))
            absentes = [pl.lit(None, dtype=t).alias(c) for c, t in vide.schema.items() if c not in lue.columns]
            return lue.with_columns(absentes).select(pl.col(c).cast(t) for c, t in vide.schema.items())
        except (pl.exceptions.PolarsError, OSError) as erreur:
            raise ErreurFichier(
                f"{self._fichier(nom)} : table abîmée.",
                f"Refaites « observatoire importer … --service {self.service} ».",
            ) from erreur

    @property
    def tables(self) -> list[str]:
        """Noms des tables livrées, dans l'ordre du modèle."""
        return [nom for nom in modele.TABLES if self.presente(nom)]

    @property
    def vide(self) -> bool:
        """Vrai si aucune table n'a de ligne."""
        return all(self.table(nom).is_empty() for nom in self.tables)

    @property
    def livraison(self) -> dict[str, Any]:
        """La fiche de la dernière livraison (fichiers, comptes), vide s'il n'y en a pas."""
        fichier = self.dossier / LIVRAISON
        return json.loads(fichier.read_text(encoding="utf-8")) if fichier.is_file() else {}

    @cached_property
    def empreinte(self) -> str:
        """SHA-256 du contenu : ni l'ordre des lignes, ni le fichier d'origine n'y comptent."""
        return empreinte_de({nom: self.table(nom) for nom in self.tables})


def empreinte_de(tables: Mapping[str, pl.DataFrame]) -> str:
    """SHA-256 hexadécimal des valeurs des tables, lignes triées ; une table vide ne compte pas."""
    total = hashlib.sha256()
    for nom in sorted(tables):
        colonnes = list(modele.table(nom).schema)
        contenu = tables[nom].select(colonnes)
        if contenu.is_empty():
            continue
        tampon = BytesIO()
        contenu.sort(_ordre(nom), nulls_last=True).write_csv(tampon, null_value="\\N", quote_style="non_numeric")
        total.update(f"{nom}\n".encode())
        total.update(tampon.getbuffer())
    return total.hexdigest()


def _ordre(nom: str) -> list[str]:
    """Toutes les colonnes d'une table, clé d'abord : un tri qui ne laisse aucune égalité de hasard."""
    declaree = modele.table(nom)
    return [*declaree.cle, *(c for c in declaree.schema if c not in declaree.cle)]


def _ancien(dossier: Path) -> Path:
    return dossier.with_name(f".{dossier.name}.ancien")


def lire_entrepot(espace: Espace, service: str) -> Entrepot:
    """L'entrepôt d'un service déclaré, vide s'il n'a rien reçu ; lève `ErreurParametre` sinon."""
    dossier = espace.entrepot(service)
    # Une coupure entre les deux renommages laisse l'ancienne livraison sous son nom d'attente.
    return Entrepot(service, _ancien(dossier) if not dossier.exists() and _ancien(dossier).exists() else dossier)


def ecrire_entrepot(
    espace: Espace, service: str, tables: Mapping[str, pl.DataFrame], livraison: dict[str, Any]
) -> None:
    """Remplace l'entrepôt d'un service par `tables`, d'un seul tenant.

    Chaque table reçoit les colonnes du modèle et de provenance, triée par sa clé. `livraison` est la fiche
    écrite à côté. Le dossier `qualite/` de l'ancienne livraison est repris : ses verdicts portent leur
    empreinte. Lève `ErreurParametre` pour un service ou une table inconnus.
    """
    dossier = espace.entrepot(service)
    with _verrou(dossier):
        _remplacer(dossier, tables, livraison, {})


def mettre_a_jour(
    espace: Espace, service: str, nouvelles: Mapping[str, pl.DataFrame], fiche: dict[str, Any], rejets: pl.DataFrame
) -> Entrepot:
    """Ajoute des lignes à l'entrepôt : une clé déjà présente est remplacée, les autres restent.

    Les colonnes qu'un fichier ne déclare pas (`_masque`) gardent leur valeur d'avant ; dans les tables
    partagées, une valeur vide n'efface rien. `rejets` remplace les rejets des mêmes fichiers. Deux imports
    simultanés s'attendent. Rend l'entrepôt écrit.
    """
    dossier = espace.entrepot(service)
    with _verrou(dossier):
        actuel = lire_entrepot(espace, service)
        tables = {nom: actuel.table(nom) for nom in actuel.tables}
        for nom, lignes in nouvelles.items():
            tables[nom] = _reunir(nom, tables.get(nom, modele.table_vide(nom)), lignes)
        fichiers = {**actuel.livraison.get("fichiers", {}), **fiche.get("fichiers", {})}
        complete = {
            **fiche,
            "fichiers": dict(sorted(fichiers.items())),
            "tables": {nom: cadre.height for nom, cadre in sorted(tables.items())},
            "empreinte": empreinte_de(tables),
        }
        reste = _rejets_restants(actuel.dossier / REJETS, set(fiche.get("fichiers", {})), rejets)
        _remplacer(dossier, tables, complete, {REJETS: en_csv(reste)} if reste.height else {})
    return lire_entrepot(espace, service)


def _reunir(nom: str, anciennes: pl.DataFrame, nouvelles: pl.DataFrame) -> pl.DataFrame:
    """Les lignes anciennes, remplacées ou complétées par les nouvelles de même clé."""
    declaree = modele.table(nom)
    cle, colonnes = list(declaree.cle), list(declaree.schema)
    if anciennes.is_empty():
        return nouvelles.drop(MASQUE)
    jointes = nouvelles.join(anciennes, on=cle, how="left", nulls_equal=True, suffix="_avant", maintain_order="left")
    partagee = nom in TABLES_PARTAGEES
    completees = []
    for colonne in colonnes:
        if colonne in cle:
            continue
        declare = (pl.col(MASQUE) & bit(colonnes, colonne)) != 0
        complete = pl.coalesce(colonne, f"{colonne}_avant")
        completees.append((complete if partagee else pl.when(declare).then(colonne).otherwise(complete)).alias(colonne))
    intactes = anciennes.join(nouvelles.select(cle), on=cle, how="anti", nulls_equal=True, maintain_order="left")
    return pl.concat([intactes, jointes.with_columns(completees).select(anciennes.columns)])


def _rejets_restants(fichier: Path, relus: set[str], nouveaux: pl.DataFrame) -> pl.DataFrame:
    """Les rejets des fichiers qui n'ont pas été relus, suivis des nouveaux."""
    if not fichier.is_file():
        return nouveaux
    anciens = pl.read_csv(fichier, separator=";", infer_schema=False, encoding="utf8").fill_null("")
    if list(anciens.columns) != list(nouveaux.columns):
        return nouveaux
    gardes = anciens.filter(~pl.col("fichier").is_in(list(relus)))
    return pl.concat([gardes, nouveaux.select(pl.all().cast(pl.String).fill_null(""))])


def _sans_formule(colonne: str) -> pl.Expr:
    """Un texte qu'un tableur prendrait pour une formule reçoit une apostrophe en tête."""
    return pl.when(pl.col(colonne).str.contains(r"^[=+\-@\t\r]")).then("'" + pl.col(colonne)).otherwise(pl.col(colonne))


def en_csv(cadre: pl.DataFrame) -> bytes:
    """Un CSV à ouvrir dans un tableur : utf-8 avec marque, points-virgules, aucune formule."""
    textes = [_sans_formule(c).alias(c) for c, t in cadre.schema.items() if t == pl.String]
    textes = cadre.with_columns(textes).with_columns(pl.col(pl.String).replace("", None))
    return b"\xef\xbb\xbf" + textes.write_csv(separator=";").encode()


def _remplacer(
    dossier: Path, tables: Mapping[str, pl.DataFrame], livraison: dict[str, Any], annexes: Mapping[str, bytes]
) -> None:
    """Écrit tout dans un dossier voisin, puis l'échange avec l'ancien."""
    neuf, ancien = dossier.with_name(f".{dossier.name}.neuf"), _ancien(dossier)
    if not dossier.exists() and ancien.exists():
        ancien.rename(dossier)
    shutil.rmtree(neuf, ignore_errors=True)
    neuf.mkdir(parents=True)
    for nom, cadre in tables.items():
        colonnes = list(modele.table_vide(nom).schema)
        cadre.select(colonnes).sort([*_ordre(nom), "_fichier", "_ligne"], nulls_last=True).write_parquet(
            neuf / f"{nom}.parquet", compression="zstd"
        )
    (neuf / LIVRAISON).write_text(json.dumps(livraison, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    for nom_fichier, octets in annexes.items():
        (neuf / nom_fichier).write_bytes(octets)
    if (dossier / "qualite").is_dir():
        shutil.copytree(dossier / "qualite", neuf / "qualite")
    _synchroniser(neuf)
    shutil.rmtree(ancien, ignore_errors=True)
    if dossier.exists():
        dossier.rename(ancien)
    neuf.rename(dossier)
    shutil.rmtree(ancien, ignore_errors=True)


def _synchroniser(dossier: Path) -> None:
    """Force l'écriture des fichiers sur le disque avant l'échange."""
    for fichier in dossier.rglob("*"):
        if fichier.is_file():
            with fichier.open("rb+") as flux:
                os.fsync(flux.fileno())


@contextmanager
def _verrou(dossier: Path) -> Iterator[None]:
    """Un seul import à la fois par service ; le système libère le verrou si le processus meurt."""
    dossier.parent.mkdir(parents=True, exist_ok=True)
    with (dossier.parent / f".{dossier.name}.verrou").open("a+b") as flux:
        _verrouiller(flux.fileno())
        yield


def _verrouiller(descripteur: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(descripteur, msvcrt.LK_LOCK, 1)
    else:
        fcntl.flock(descripteur, fcntl.LOCK_EX)
