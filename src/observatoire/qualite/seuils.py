"""Les seuils des règles de qualité : des données, communes, par type de service, puis par service.

`expectations/seuils.toml` porte `[commun]` (nom = nombre) et `[type_service.<CODE>]` ; le réglage d'un
service les remplace en dernier par `[qualite.seuils]`. Une suite les nomme `seuil_<nom>`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from observatoire.erreurs import ErreurDefinition, defaut_toml, suggestion
from observatoire.espace import Espace
from observatoire.services import Service

FICHIER = "seuils.toml"
PREFIXE = "seuil_"
DUREE_MAX = "mesure_mois_maximum"  # le réglage `duree_max` d'un service l'emporte


def lire_seuils(espace: Espace, service: Service) -> dict[str, float]:
    """Les seuils qui valent pour un service, nommés comme dans les suites (`seuil_<nom>`).

    Lève `ErreurDefinition` si le fichier est illisible, si une valeur n'est pas un nombre ou si un seuil propre
    au type de service ou au service n'existe pas parmi les communs.
    """
    fichier = espace.ressource(f"expectations/{FICHIER}")
    try:
        brut = tomllib.loads(fichier.read_text(encoding="utf-8"))
    except FileNotFoundError as erreur:
        raise ErreurDefinition(f"{fichier} manque.", "Remettez les seuils livrés avec la bibliothèque.") from erreur
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as erreur:
        raise ErreurDefinition(defaut_toml(fichier, erreur)) from erreur
    communs = brut.get("commun", {})
    propres = brut.get("type_service", {}).get(service.type_service, {})
    for ou, seuils in (
        (f"{fichier.name}, [commun]", communs),
        (f"{fichier.name}, [type_service.{service.type_service}]", propres),
        (f"{service.fichier.name}, [qualite.seuils]", service.seuils),
    ):
        _exiger(ou, seuils, communs)
    maximum = service.parametres.duree_max
    duree = {} if maximum is None else {DUREE_MAX: maximum}
    return {f"{PREFIXE}{nom}": valeur for nom, valeur in {**communs, **propres, **duree, **service.seuils}.items()}


def _exiger(ou: str, seuils: Mapping[str, Any], communs: Mapping[str, Any]) -> None:
    for nom, valeur in seuils.items():
        if nom not in communs:
            raise ErreurDefinition(f"{ou} : seuil « {nom} » inconnu.", suggestion(nom, communs))
        if isinstance(valeur, bool) or not isinstance(valeur, int | float):
            raise ErreurDefinition(f"{ou} : {nom} = {valeur!r} n'est pas un nombre.")
