"""Le fond de carte des communes, quand l'utilisateur en dépose un : `data/cahiers/<région>/communes.geojson`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from observatoire.erreurs import ErreurFichier

# Les noms de propriété rencontrés pour le code et le nom d'une commune.
_CODES = ("code", "insee", "INSEE_COM", "codgeo", "com_code")
_NOMS = ("nom", "libelle", "NOM", "libgeo", "com_nom")
ATTRIBUTION_INCONNUE = "Contours des communes : fond déposé par l'utilisateur, source non précisée."


@dataclass(frozen=True)
class FondCommunes:
    """Des contours de communes, le nom de chacune par code, et la mention à imprimer sous la carte."""

    contours: dict[str, Any]
    noms: Mapping[str, str]
    attribution: str


def lire_communes(fichier: Path) -> FondCommunes | None:
    """Le fond déposé, ou rien s'il n'y en a pas.

    La mention est celle de `communes.txt` à côté du fichier, sinon la propriété `attribution` du GeoJSON. Lève
    `ErreurFichier` si ce n'est pas un GeoJSON de surfaces ou si une commune n'a pas de code.
    """
    if not fichier.is_file():
        return None
    try:
        brut = json.loads(fichier.read_text(encoding="utf-8"))
        objets = brut["features"]
    except (ValueError, KeyError, TypeError) as erreur:
        raise ErreurFichier(
            f"{fichier} n'est pas un GeoJSON lisible.", "Déposez une « FeatureCollection » de contours de communes."
        ) from erreur
    gardes, noms = [], {}
    for rang, objet in enumerate(objets, 1):
        proprietes = objet.get("properties") or {}
        code = next((str(proprietes[c]) for c in _CODES if proprietes.get(c)), "")
        if not code:
            raise ErreurFichier(
                f"{fichier}, objet {rang} : la commune n'a pas de code.",
                f"Donnez-lui une propriété nommée {', '.join(_CODES)}.",
            )
        if (objet.get("geometry") or {}).get("type") not in ("Polygon", "MultiPolygon"):
            raise ErreurFichier(f"{fichier}, objet {rang} (commune {code}) : ce n'est pas une surface.")
        noms[code] = next((str(proprietes[n]) for n in _NOMS if proprietes.get(n)), code)
        gardes.append({"type": "Feature", "properties": {"code": code}, "geometry": objet["geometry"]})
    mention = fichier.with_suffix(".txt")
    texte = mention.read_text(encoding="utf-8") if mention.is_file() else str(brut.get("attribution") or "")
    return FondCommunes(
        {"type": "FeatureCollection", "features": gardes}, noms, " ".join(texte.split()) or ATTRIBUTION_INCONNUE
    )
