"""L'entrepôt : les tables propres d'un service, en Parquet, lues à la demande.

Une table a les colonnes du modèle et la provenance de chaque ligne. Elle réunit les livraisons actives du
service (`livraisons.py`) ; cette réunion est faite une fois, à l'import : lire ne coûte qu'un fichier. Un
`Entrepot` ouvert garde l'état du moment où il l'a été. L'empreinte dit si le contenu a changé.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from observatoire import modele, rangement
from observatoire.empreintes import empreinte_table, reunir, trier
from observatoire.erreurs import exiger_connu
from observatoire.espace import Espace
from observatoire.rangement import CORRECTIONS, REJETS, Carnet, Inscription

__all__ = [
    "CORRECTIONS",
    "REJETS",
    "Entrepot",
    "ecrire_entrepot",
    "empreinte_de",
    "en_csv",
    "lire_entrepot",
]


@dataclass(frozen=True)
class Entrepot:
    """Les données propres d'un service, telles qu'elles étaient à l'ouverture.

    `dossier` : celui du service ; `carnet` : ce qui y vaut.
    """

    service: str
    dossier: Path
    carnet: Carnet = field(default_factory=Carnet)

    def fichier(self, nom: str) -> Path:
        """Le fichier Parquet d'une table livrée ; lève `ErreurParametre` si elle ne l'est pas."""
        exiger_connu(modele.table(nom).nom, self.carnet.tables, "Table livrée")
        return self.dossier / self.carnet.tables[nom].fichier

    def presente(self, nom: str) -> bool:
        """Vrai si la table `nom` a été livrée ; lève `ErreurParametre` si le modèle ne la connaît pas."""
        return modele.table(nom).nom in self.carnet.tables

    def table(self, nom: str) -> pl.DataFrame:
        """La table `nom`, avec sa provenance ; vide et typée si elle n'a pas été livrée.

        Lève `ErreurFichier` si son fichier est abîmé.
        """
        return rangement.lire_table(self.fichier(nom), nom) if self.presente(nom) else modele.table_vide(nom)

    @property
    def tables(self) -> list[str]:
        """Noms des tables livrées, dans l'ordre du modèle."""
        return [nom for nom in modele.TABLES if self.presente(nom)]

    @property
    def vide(self) -> bool:
        """Vrai si aucune table n'a de ligne."""
        return not any(rangee.lignes for rangee in self.carnet.tables.values())

    @property
    def livraison(self) -> dict[str, Any]:
        """La fiche des livraisons actives (fichiers, comptes), vide s'il n'y en a pas."""
        return self.carnet.fiche

    @property
    def fichier_rejets(self) -> Path:
        """Les rejets des livraisons actives, du même instant que les tables ; le fichier peut ne pas exister."""
        return self.dossier / self.carnet.annexes.get(REJETS, REJETS)

    @property
    def annees_purgees(self) -> tuple[int, ...]:
        """Les années dont une purge a retiré des ménages : leurs chiffres ne se calculent plus, ils se relisent."""
        return self.carnet.annees_purgees

    @cached_property
    def empreinte(self) -> str:
        """SHA-256 du contenu : ni l'ordre des lignes, ni le fichier d'origine n'y comptent.

        Elle est notée à l'écriture ; celle d'un fichier changé depuis est recalculée.
        """
        return reunir({nom: self._empreinte(nom) for nom in self.tables})

    def _empreinte(self, nom: str) -> str:
        rangee = self.carnet.tables[nom]
        if rangee.intacte(self.dossier):
            return rangee.empreinte
        return empreinte_table(nom, trier(nom, self.table(nom)))


def empreinte_de(tables: Mapping[str, pl.DataFrame]) -> str:
    """SHA-256 hexadécimal des valeurs des tables, lignes triées ; une table vide ne compte pas."""
    return reunir({nom: empreinte_table(nom, trier(nom, cadre)) for nom, cadre in tables.items()})


def lire_entrepot(espace: Espace, service: str) -> Entrepot:
    """L'entrepôt d'un service déclaré, vide s'il n'a rien reçu ; lève `ErreurParametre` sinon."""
    return Entrepot(service, *rangement.ouvrir_carnet(espace.entrepot(service)))


def ecrire_entrepot(
    espace: Espace, service: str, tables: Mapping[str, pl.DataFrame], livraison: dict[str, Any]
) -> None:
    """Remplace tout l'entrepôt d'un service par `tables`, d'un seul tenant : une livraison, les autres effacées.

    Chaque table reçoit les colonnes du modèle et de provenance, triée par sa clé ; `livraison` en est la fiche.
    Lève `ErreurParametre` pour un service ou une table inconnus.
    """
    colonnes = {nom: list(modele.table_vide(nom).schema) for nom in tables}
    triees = {nom: rangement.avec_masque(nom, trier(nom, cadre.select(colonnes[nom]))) for nom, cadre in tables.items()}
    with rangement.chantier(espace.entrepot(service)) as ouvert:
        date = datetime.now().astimezone().isoformat(timespec="seconds")
        contenu = empreinte_de(triees)
        identifiant = f"{date[:10]}-{contenu[:12]}"
        dossier = ouvert.deposer(identifiant, triees, {}, livraison)
        lignes = {nom: triee.height for nom, triee in triees.items()}
        inscription = Inscription(identifiant, dossier, date, contenu, (), lignes)
        rangees = {nom: ouvert.ranger(f"{dossier}/{nom}.parquet", nom, triee) for nom, triee in triees.items()}
        ouvert.valider(Carnet((inscription,), rangees, livraison), effacer=True)


FORMULE = r"^[=+\-@＝＋－＠\t\r\n]"  # ce par quoi commence un texte qu'un tableur prendrait pour une formule


def sans_formules(cadre: pl.DataFrame) -> pl.DataFrame:
    """La même table, où un texte qu'un tableur prendrait pour une formule reçoit une apostrophe en tête."""
    formule = pl.col(pl.String).str.contains(FORMULE)
    return cadre.with_columns(pl.when(formule).then("'" + pl.col(pl.String)).otherwise(pl.col(pl.String)).name.keep())


def en_csv(cadre: pl.DataFrame) -> bytes:
    """Un CSV à ouvrir dans un tableur : utf-8 avec marque, points-virgules, aucune formule."""
    textes = sans_formules(cadre).with_columns(pl.col(pl.String).replace("", None))
    return b"\xef\xbb\xbf" + textes.write_csv(separator=";").encode()
