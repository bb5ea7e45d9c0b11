"""Les séries imprimées des années antérieures, telles que reçues : `data/publie/<service>.csv`."""

from __future__ import annotations

import csv
from pathlib import Path

from generateur.familles import famille_de

COLONNES = ("source", "annee", "territoire", "indicateur", "numerateur", "denominateur", "valeur", "rupture")
_HABITAT = "Rapport d'activités 2022 du service Habitat-ASE"
_LTIAE = "Rapport d'activité LTIAE 2022"
# année : sollicitations, AIO avec dossier, AIO sans dossier, participants aux ateliers.
_FREQUENTATION = {2019: (526, 264, 102, 160), 2020: (440, 259, 85, 96), 2021: (553, 297, 61, 195)}


def series_cllaj() -> list[tuple]:
    """La fréquentation imprimée de 2019 à 2021, à la définition de 2019, et les deux autres séries."""
    lignes: list[tuple] = []
    for annee, (total, dossier, sans_dossier, ateliers) in _FREQUENTATION.items():
        lignes += [
            (_HABITAT, annee, "CAHC", "demandeurs_distincts_cllaj", "", "", total, "non"),
            (_HABITAT, annee, "CAHC", "aio_total", "", "", dossier + sans_dossier, "non"),
            (_HABITAT, annee, "CAHC", "aio_total.dossier", "", "", dossier, "non"),
            (_HABITAT, annee, "CAHC", "aio_total.sans_dossier", "", "", sans_dossier, "non"),
            (_HABITAT, annee, "CAHC", "participants_ateliers", "", "", ateliers, "non"),
        ]
    lignes += [(_HABITAT, annee, "CAHC", "jeunes_qpv", "", "", n, "non") for annee, n in ((2020, 61), (2021, 68))]
    lignes.append((_HABITAT, 2021, "CAHC", "part_ressources_faibles", "", "", 30, "non"))
    return sorted(lignes, key=lambda ligne: (ligne[1], ligne[3]))


def series_ltiae() -> list[tuple]:
    """Le seul chiffre antérieur imprimé : 23 ménages accompagnés en 2020."""
    return [(_LTIAE, 2020, "", "menages_accompagnes", "", "", 23, "non")]


def ecrire_series(service: str, dossier: Path) -> Path | None:
    """Écrit la table `serie_agregee` d'un service, en utf-8 ; rien s'il n'a pas de chiffre antérieur."""
    lignes = famille_de(service).series().get(service)
    if not lignes:
        return None
    dossier.mkdir(parents=True, exist_ok=True)
    fichier = dossier / f"{service}.csv"
    with fichier.open("w", encoding="utf-8", newline="") as flux:
        plume = csv.writer(flux, lineterminator="\n")
        plume.writerow(COLONNES)
        plume.writerows(lignes)
    return fichier
