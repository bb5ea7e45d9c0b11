"""La couleur d'une modalité : la même dans toutes les figures d'un rapport, et d'un rapport à l'autre.

Seules les variables à peu de modalités en reçoivent une : au-delà de six, une teinte ne désigne plus rien. La couleur
suit le code du vocabulaire, jamais le rang dans la figure. Femme et « femme seule » partagent leur teinte, comme
homme et « homme seul ». Une absence de réponse reste grise partout.
"""

from __future__ import annotations

from observatoire.restitution import theme
from observatoire.restitution.cellules import Modalite, est_inconnu

# vocabulaire → code → rang de sa teinte
_CODES: dict[str, dict[str, int]] = {
    "genre": {"H": 1, "F": 2, "AUTRE": 3},
    "composition": {
        "HS": 1,
        "FS": 2,
        "CSE": 3,
        "CAE": 4,
        "HSE": 5,
        "FSE": 6,
        "Isolé": 1,
        "Couple sans enfant": 3,
        "Couple avec enfant": 4,
        "Parent isolé": 6,
    },
}
# Vocabulaires de six modalités au plus : le rang dans le vocabulaire donne la teinte.
_PAR_RANG = frozenset(
    {
        "a_dossier",
        "canal",
        "contingent",
        "employeur_type",
        "intensite",
        "modalite_gestion",
        "objectif_atteint",
        "parc",
        "reception",
        "regroupe_diffus",
        "type_place",
        "volet",
    }
)
_SUFFIXES = ("_groupe", "_entree", "_sortie")


def vocabulaire(ventilation: str) -> str:
    """Le vocabulaire d'une variable : « composition » pour `composition_groupe`."""
    nom = ventilation
    for suffixe in _SUFFIXES:
        nom = nom.removesuffix(suffixe)
    return nom


def coloree(ventilation: str) -> bool:
    """Cette variable a-t-elle une couleur par modalité ?"""
    return vocabulaire(ventilation) in {*_CODES, *_PAR_RANG}


def ton(ventilation: str, modalite: Modalite) -> str:
    """Le nom de la teinte d'une modalité (`theme.COULEURS`) ; « moyen » si sa variable n'en distingue pas."""
    if est_inconnu(modalite.code):
        return "tiers"
    nom = vocabulaire(ventilation)
    rang = _CODES.get(nom, {}).get(modalite.code)
    if rang is None and nom in _PAR_RANG and 0 <= modalite.ordre < len(theme.MODALITES):
        rang = modalite.ordre + 1
    return theme.MODALITES[rang - 1] if rang else "moyen"
