"""Une association fictive de plusieurs services qui partagent des personnes, écrite à la main."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from observatoire.entrepot import ecrire_entrepot
from observatoire.espace import Espace
from tests.atelier import en_table

ASSOCIATION = "Association fictive « Les Trois Ponts »"
CLE = "association-fictive-les-trois-ponts"


def association(
    dossier: Path, services: Mapping[str, Sequence[str]], reglages: Mapping[str, str] | None = None, annee: int = 2022
) -> Espace:
    """Un espace dont chaque service suit les personnes nommées, un ménage chacune, toute l'année.

    `reglages` : service → lignes de plus dans son réglage ; « double » y répète une mesure, ce qui bloque le service.
    """
    espace = Espace(dossier)
    espace.dossier_services.mkdir(parents=True, exist_ok=True)
    for nom in services:
        plus = (reglages or {}).get(nom, "")
        texte = f'libelle = "Service {nom}"\nlibelle_court = "{nom.capitalize()}"\nassociation = "{ASSOCIATION}"\n'
        texte += 'chiffres_cles = ["menages_accompagnes", "personnes_accompagnees"]\n'
        (espace.dossier_services / f"{nom}.toml").write_text(texte + plus.replace("double", ""), encoding="utf-8")
    for nom, personnes in services.items():
        menages = [{"id_menage": f"{nom}-{p}", "id_referent": p} for p in personnes]
        membres = [{"id_menage": f"{nom}-{p}", "id_personne": p, "role": "referent"} for p in personnes]
        mesures = [
            {
                "id_service": nom,
                "id_mesure": f"{nom}-m-{p}",
                "id_menage": f"{nom}-{p}",
                "rang": 1,
                "date_debut": date(annee, 1, 3),
            }
            for p in personnes
        ]
        if "double" in (reglages or {}).get(nom, ""):
            mesures.append(dict(mesures[0]))
        tables = {
            "personne": [{"id_personne": p, "genre": "F", "naissance": "1990-01"} for p in personnes],
            "menage": menages,
            "membre": membres,
            "mesure": mesures,
        }
        ecrire_entrepot(espace, nom, {t: en_table(t, lignes) for t, lignes in tables.items()}, {})
    return espace
