"""Ce qu'un service déclare pour ses exports : quel fichier nourrit quelles tables, avec quelles colonnes."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from observatoire import modele
from observatoire.erreurs import ErreurDefinition, suggestion
from observatoire.nettoyage.dates import ORDRES
from observatoire.services import Service

_CLES_IMPORT = ("fichiers", "modalites")
_CLES_FICHIER = ("motif", "feuille", "format_date", "tables")
_CLES_TABLE = ("table", "colonnes", "constantes", "si_renseigne", "si")


@dataclass(frozen=True)
class Alimentation:
    """Comment un fichier nourrit une table : colonnes de l'export, valeurs fixes, lignes concernées."""

    table: str
    colonnes: dict[str, str]
    constantes: dict[str, Any] = field(default_factory=dict)
    si_renseigne: tuple[str, ...] = ()
    si: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def entetes(self) -> list[str]:
        """Toutes les colonnes de l'export dont cette table a besoin."""
        return list(dict.fromkeys([*self.colonnes.values(), *self.si_renseigne, *self.si]))


@dataclass(frozen=True)
class Correspondance:
    """Un motif de nom de fichier et les tables que nourrissent les fichiers qui lui ressemblent."""

    motif: str
    feuille: str
    ordre: str
    alimentations: tuple[Alimentation, ...]

    def convient(self, nom: str) -> bool:
        return fnmatch.fnmatchcase(nom.casefold(), self.motif.casefold())


def lire_correspondances(service: Service) -> list[Correspondance]:
    """Les correspondances de la partie `[import]` d'un service, contrôlées contre le modèle.

    Lève `ErreurDefinition` en nommant le fichier de réglage, la clé fautive et la plus proche.
    """
    lieu = f"{service.fichier.name}, [import]"
    _exiger_cles(lieu, service.correspondances, _CLES_IMPORT, ())
    listes = {n for v in modele.VARIABLES.values() for n in (v.nom, v.nomenclature) if v.nomenclature}
    for nom in service.correspondances.get("modalites", {}):
        if nom not in listes:
            raise ErreurDefinition(
                f"{lieu} : modalites.{nom} n'est ni une nomenclature ni une colonne codée.", suggestion(nom, listes)
            )
    return [_lire_correspondance(service, brute) for brute in service.correspondances.get("fichiers", [])]


def _lire_correspondance(service: Service, brute: dict[str, Any]) -> Correspondance:
    lieu = f"{service.fichier.name}, [[import.fichiers]] « {brute.get('motif', '')} »"
    _exiger_cles(lieu, brute, _CLES_FICHIER, ("motif", "tables"))
    ordre = brute.get("format_date", "jma")
    if ordre not in ORDRES:
        raise ErreurDefinition(f"{lieu} : format_date « {ordre} » inconnu.", f"Choix : {', '.join(ORDRES)}.")
    alimentations = tuple(_lire_alimentation(lieu, t) for t in brute["tables"])
    return Correspondance(brute["motif"], brute.get("feuille", ""), ordre, alimentations)


def _lire_alimentation(lieu: str, brute: dict[str, Any]) -> Alimentation:
    lieu = f"{lieu}, table « {brute.get('table', '')} »"
    _exiger_cles(lieu, brute, _CLES_TABLE, ("table",))
    if brute["table"] not in modele.TABLES:
        raise ErreurDefinition(f"{lieu} : table inconnue du modèle.", suggestion(brute["table"], modele.TABLES))
    connues = modele.TABLES[brute["table"]].colonnes
    colonnes, constantes = brute.get("colonnes", {}), brute.get("constantes", {})
    for nom in (*colonnes, *constantes):
        if nom not in connues:
            raise ErreurDefinition(f"{lieu} : colonne « {nom} » inconnue du modèle.", suggestion(nom, connues))
    doubles = sorted(set(colonnes) & set(constantes))
    if doubles:
        raise ErreurDefinition(f"{lieu} : « {doubles[0]} » vient à la fois d'une colonne et d'une constante.")
    manquantes = [
        c.nom for c in connues.values() if c.obligatoire and c.nom not in {*colonnes, *constantes, "id_service"}
    ]
    if manquantes:
        raise ErreurDefinition(
            f"{lieu} : colonne obligatoire « {manquantes[0]} » sans correspondance.",
            f'Ajoutez {manquantes[0]} = "en-tête de l\'export" à colonnes, ou une constante.',
        )
    return Alimentation(
        brute["table"],
        dict(colonnes),
        dict(constantes),
        tuple(brute.get("si_renseigne", ())),
        dict(brute.get("si", {})),
    )


def _exiger_cles(lieu: str, brute: Mapping[str, Any], permises: tuple[str, ...], exigees: tuple[str, ...]) -> None:
    for cle in brute:
        if cle not in permises:
            raise ErreurDefinition(f"{lieu} : clé « {cle} » inconnue.", suggestion(cle, permises))
    for cle in exigees:
        if not brute.get(cle):
            raise ErreurDefinition(f"{lieu} : la clé « {cle} » manque.")
