"""Les chiffres que l'échantillon doit redonner, comptés directement sur les tables propres, et leur provenance.

Ce comptage n'emploie pas les indicateurs de la bibliothèque : il les vérifie de l'extérieur.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from generateur import tables_propres
from generateur.familles import famille_de


@dataclass(frozen=True)
class Chiffre:
    """Un chiffre de l'échantillon : ce qu'il vaut, d'où il vient, et l'anomalie de l'imprimé s'il y en a une."""

    service: str
    annee: int
    nom: str
    valeur: object
    source: str
    anomalie: str = ""
    remarque: str = ""


def chiffres(service: str) -> Iterator[Chiffre]:
    """Les chiffres d'un service, comptés ; lève `AssertionError` si un chiffre attendu ne l'est pas."""
    module = famille_de(service)
    releve = module.compter({s: tables_propres(s) for s in module.SERVICES})[service]
    for annee, nom, attendu, compte, source, anomalie, remarque in releve:
        assert attendu is None or compte == attendu, f"{service} {annee} {nom} : {compte} au lieu de {attendu}"
        yield Chiffre(service, annee, nom, compte, source, anomalie, remarque)


def ecrire_provenance(service: str, fichier: Path) -> int:
    """Écrit la table de provenance d'un service et rend son nombre de lignes."""
    lignes = list(chiffres(service))
    with fichier.open("w", encoding="utf-8", newline="") as flux:
        plume = csv.writer(flux, lineterminator="\n")
        plume.writerow(("service", "annee", "chiffre", "valeur", "source", "anomalie", "remarque"))
        for c in lignes:
            plume.writerow((c.service, c.annee, c.nom, c.valeur, c.source, c.anomalie, c.remarque))
    return len(lignes)
