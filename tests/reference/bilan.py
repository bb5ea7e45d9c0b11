"""Le bilan des chiffres imprimés, document par document, tel que le README l'imprime.

`python -m tests.reference.bilan`, depuis la racine du projet, réécrit le tableau du README entre ses deux repères.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.reference.lecture import IMPRIMES, STATUTS, lire_csv

README = Path(__file__).parents[2] / "README.md"
DEBUT, FIN = "<!-- bilan:debut -->", "<!-- bilan:fin -->"
# document → son nom dans le tableau, dans l'ordre du tableau
DOCUMENTS = {
    "ltiae_2022": "Rapport d'activité LTIAE 2022",
    "habitat_ase_2022": "Rapport du service Habitat-ASE 2022",
    "cahier_fede_pdl_2020": "Cahier régional Pays de la Loire 2020",
    "aide_accueil_2018": "Fiche pratique Aide Accueil 2018",
    "ccas_grenoble_2009": "Plan d'actions du CCAS de Grenoble 2009",
}
TITRES = ("Document", "Chiffres imprimés", "Reproduits", "Anomalies recalculées", "Lus dans les données", "Texte seul")

# Colonne de la transcription → colonne des lignes suivies de `imprimes/`.
COLONNES = {
    "page_section": "page_section",
    "service": "service_imprime",
    "territoire": "territoire_imprime",
    "annee": "annee",
    "tableau": "tableau",
    "indicateur": "indicateur_imprime",
    "ventilation_1": "ventilation_imprimee_1",
    "modalite_1": "modalite_imprimee_1",
    "ventilation_2": "ventilation_imprimee_2",
    "modalite_2": "modalite_imprimee_2",
    "valeur": "valeur_imprimee",
    "unite": "unite",
}


def transcrites(document: str) -> Counter[tuple[str, ...]]:
    """Les lignes de la transcription d'un document, et combien de fois chacune y est."""
    return Counter(tuple(ligne[c] for c in COLONNES) for ligne in lire_csv(f"publie/{document}.csv"))


def suivies(document: str) -> Counter[tuple[str, ...]]:
    """Les lignes de `imprimes/`, tous fichiers réunis, qui suivent un chiffre de ce document."""
    return Counter(tuple(ligne[c] for c in COLONNES.values()) for ligne in _lignes(document))


def comptes(document: str) -> dict[str, int]:
    """Le nombre de lignes suivies d'un document, par statut."""
    statuts = Counter(ligne["statut"] for ligne in _lignes(document))
    return {statut: statuts[statut] for statut in STATUTS}


def tableau() -> str:
    """Le tableau Markdown : une ligne par document et leur total."""
    lignes = [[nom, *_rangee(document)] for document, nom in DOCUMENTS.items()]
    totaux = [sum(colonne) for colonne in zip(*(ligne[1:] for ligne in lignes), strict=True)]
    lignes.append(["**Total**", *totaux])
    aligne = ["---", *["---:"] * (len(TITRES) - 1)]
    return "\n".join(f"| {' | '.join(map(str, ligne))} |" for ligne in (TITRES, aligne, *lignes))


def _rangee(document: str) -> list[int]:
    par_statut = comptes(document)
    return [sum(par_statut.values()), *par_statut.values()]


def _lignes(document: str) -> list[dict[str, str]]:
    return [ligne for lignes in IMPRIMES.values() for ligne in lignes if ligne["document"] == document]


def lire_readme(texte: str) -> str:
    """Le tableau imprimé entre les deux repères ; lève `ValueError` si l'un manque."""
    avant, debut, suite = texte.partition(DEBUT)
    imprime, fin, apres = suite.partition(FIN)
    if not (debut and fin) or DEBUT in suite or FIN in avant + apres:
        raise ValueError(f"README.md doit porter une fois « {DEBUT} » puis « {FIN} ».")
    return imprime.strip()


def ecrire_readme(fichier: Path = README) -> bool:
    """Réécrit le tableau du README ; rend vrai s'il a changé."""
    texte = fichier.read_text(encoding="utf-8")
    lire_readme(texte)
    avant, _, suite = texte.partition(DEBUT)
    apres = suite.partition(FIN)[2]
    nouveau = f"{avant}{DEBUT}\n{tableau()}\n{FIN}{apres}"
    if nouveau != texte:
        fichier.write_text(nouveau, encoding="utf-8")
    return nouveau != texte


if __name__ == "__main__":
    print("README.md mis à jour." if ecrire_readme() else "README.md était à jour.")
