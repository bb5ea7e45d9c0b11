"""Les règles du contrôle : importer ce paquet les inscrit toutes au registre."""

from observatoire.controle_imprime.regles import (
    bornes,
    budgets,
    contradictions,
    evolutions,
    listes,
    moyennes,
    parts,
    pourcentages,
    series,
    stocks,
    totaux,
)

__all__ = [
    "bornes",
    "budgets",
    "contradictions",
    "evolutions",
    "listes",
    "moyennes",
    "parts",
    "pourcentages",
    "series",
    "stocks",
    "totaux",
]
