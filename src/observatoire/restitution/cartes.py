"""Les cartes d'un cahier : des territoires colorés par valeur, hachurés quand la valeur est masquée.

Les contours sont posés à plat avant le dessin (longitude réduite à la latitude moyenne) : le sens de parcours d'un
anneau n'y compte pas, et n'importe quel GeoJSON déposé se dessine. Les données sont nommées : deux exécutions donnent
les mêmes octets.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import altair as alt

from observatoire.restitution import locale, theme
from observatoire.restitution.cellules import Cellule
from observatoire.restitution.graphiques import Graphique, texte_cellule

LARGEUR_CARTE, LARGEUR_CARTE_ETROITE = 420, 320
CLASSES = 4
_HACHURES = 26  # traits d'un bord à l'autre de la carte
_SANS_ETIQUETTE = 40  # au-delà de ce nombre de territoires, la carte ne porte plus de nom
_SIGNE, _INTERLIGNE, _ESSAIS = 7, 15, 30  # largeur d'un signe et d'une ligne en pixels ; horizontales essayées
_BLANC, _SONDES = 2, 8  # le blanc entre une étiquette et le contour ; où l'on sonde le contour à hauteur d'étiquette

Point = tuple[float, float]
Anneau = list[Point]


@dataclass(frozen=True)
class Classe:
    """Une teinte de la carte et les valeurs qu'elle couvre, bornes comprises."""

    teinte: str
    minimum: float
    maximum: float
    unite: str

    @property
    def libelle(self) -> str:
        """« 10 % à 14 % », « 3 » si la classe n'a qu'une valeur."""
        textes = [_ecrire(v, self.unite) for v in (self.minimum, self.maximum)]
        return textes[0] if textes[0] == textes[1] else f"{textes[0]} à {textes[1]}"


def _ecrire(valeur: float, unite: str) -> str:
    return locale.pourcentage(valeur, None) if unite == "%" else locale.nombre(valeur)


def classer(cellules: Mapping[str, Cellule]) -> list[Classe]:
    """Les classes d'une carte, de la plus claire à la plus foncée : zéro à part, puis des groupes de même étendue.

    Une classe ne couvre que des valeurs observées : la légende ne promet rien qui ne soit sur la carte.
    """
    publiees = [c for c in cellules.values() if c.publiee]
    nulles = [Classe("chaleur_0", 0.0, 0.0, c.unite) for c in publiees if not c.valeur][:1]
    valeurs = sorted(c.valeur for c in publiees if c.valeur)
    if not valeurs:
        return nulles
    bas, haut = valeurs[0], valeurs[-1]
    pas = (haut - bas) / CLASSES or 1.0
    groupes: dict[int, list[float]] = {}
    for valeur in valeurs:
        groupes.setdefault(min(CLASSES - 1, int((valeur - bas) / pas)), []).append(valeur)
    if bas == haut:
        groupes = {CLASSES - 2: valeurs}
    return nulles + [
        Classe(f"chaleur_{rang + 1}", membres[0], membres[-1], publiees[0].unite)
        for rang, membres in sorted(groupes.items())
    ]


def carte(contours: Mapping[str, Any], noms: Mapping[str, str], cellules: Mapping[str, Cellule]) -> Graphique | None:
    """La carte de ces territoires, en deux largeurs ; rien si aucune valeur n'est publiée ni masquée.

    `contours` : GeoJSON dont chaque objet a une propriété `code` ; `noms` et `cellules` : par code.
    """
    if not any(c.publiee or c.masquee for c in cellules.values()):
        return None
    formes = {o["properties"]["code"]: _polygones(o["geometry"]) for o in contours["features"]}
    plats = _aplatir(formes)
    return Graphique(
        theme.specification(_tracer(plats, noms, cellules, LARGEUR_CARTE)),
        theme.specification(_tracer(plats, noms, cellules, LARGEUR_CARTE_ETROITE)),
    )


def _polygones(geometrie: Mapping[str, Any]) -> list[list[Anneau]]:
    brut = geometrie["coordinates"] if geometrie["type"] == "MultiPolygon" else [geometrie["coordinates"]]
    return [[[(p[0], p[1]) for p in anneau] for anneau in polygone] for polygone in brut]


def _aplatir(formes: Mapping[str, list[list[Anneau]]]) -> dict[str, list[list[Anneau]]]:
    """Les contours dans un repère plat : une longitude y vaut, à cette latitude, autant qu'une latitude."""
    latitudes = [y for polygones in formes.values() for p in polygones for anneau in p for _, y in anneau]
    reduction = math.cos(math.radians((min(latitudes) + max(latitudes)) / 2))
    return {
        code: [[[(round(x * reduction, 4), round(y, 4)) for x, y in a] for a in p] for p in polygones]
        for code, polygones in formes.items()
    }


def _tracer(
    formes: Mapping[str, list[list[Anneau]]],
    noms: Mapping[str, str],
    cellules: Mapping[str, Cellule],
    largeur: int,
) -> alt.LayerChart:
    classes = classer(cellules)
    xs, ys = zip(*_points(formes), strict=True)
    hauteur = round(largeur * (max(ys) - min(ys)) / (max(xs) - min(xs)))
    hauteur = min(hauteur, round(largeur * 1.1))
    pixel = 1 / min(largeur / (max(xs) - min(xs)), hauteur / (max(ys) - min(ys)))
    objets, etiquettes = [], []
    for code, polygones in formes.items():
        cellule = cellules.get(code, Cellule("non_recu"))
        ton, encre = _teintes(cellule, classes)
        proprietes = {"nom": noms.get(code, code), "texte": texte_cellule(cellule), "ton": ton}
        objets.append(_objet("MultiPolygon", polygones, proprietes))
        if len(formes) <= _SANS_ETIQUETTE:
            contour = max((p[0] for p in polygones), key=_aire)
            posee = _poser(contour, noms.get(code, code), _valeur_courte(cellule), pixel)
            if posee:
                etiquettes.append({**posee, "encre": encre, "fond": ton, "masque": cellule.masquee})
    calques: list[alt.Chart] = [_fond(objets)]
    masquees = [formes[code] for code, c in cellules.items() if c.masquee and code in formes]
    if masquees:
        calques.append(_hachures(masquees, (max(xs) - min(xs) + max(ys) - min(ys)) / _HACHURES))
    if etiquettes:
        calques += _etiquettes(etiquettes)
    return alt.layer(*calques).project(type="identity", reflectY=True).properties(width=largeur, height=hauteur)


def _fond(objets: list[dict[str, Any]]) -> alt.Chart:
    donnees = alt.InlineData(
        values={"type": "FeatureCollection", "features": objets},
        format=alt.DataFormat(type="json", property="features"),
        name="territoires",
    )
    return (
        alt.Chart(donnees)
        .mark_geoshape(strokeWidth=1.2)
        .encode(
            fill=alt.Fill("properties.ton:N", scale=None, legend=None),
            stroke=alt.value(theme.couleur("sur_fonce")),
            tooltip=[
                alt.Tooltip("properties.nom:N", title="Territoire"),
                alt.Tooltip("properties.texte:N", title="Valeur"),
            ],
        )
    )


def _hachures(masquees: Sequence[list[list[Anneau]]], pas: float) -> alt.Chart:
    """Des traits obliques découpés aux contours : le moteur d'images n'a pas de motif de remplissage."""
    traits = [trait for polygones in masquees for trait in hachurer([a for p in polygones for a in p], pas)]
    donnees = alt.InlineData(
        values={"type": "FeatureCollection", "features": [_objet("MultiLineString", traits, {})]},
        format=alt.DataFormat(type="json", property="features"),
        name="hachures",
    )
    return alt.Chart(donnees).mark_geoshape(filled=False, strokeWidth=1).encode(stroke=alt.value(theme.couleur("doux")))


def _etiquettes(etiquettes: list[dict[str, Any]]) -> Iterator[alt.Chart]:
    """Nom et valeur de chaque territoire, sur un liseré de sa teinte : une hachure ne barre pas un mot."""
    base = alt.Chart(alt.InlineData(values=etiquettes, name="etiquettes"))
    for champ, ordonnee, gras in (("titre", "haut", 400), ("texte", "y", 600)):
        ecrit = base.mark_text(fontWeight=gras, fontSize=12, lineHeight=_INTERLIGNE, baseline="middle").encode(
            longitude="x:Q", latitude=f"{ordonnee}:Q", text=f"{champ}:N"
        )
        fond = alt.Stroke("fond:N", scale=None, legend=None)
        yield ecrit.encode(stroke=fond, strokeWidth=alt.value(5)).transform_filter("datum.masque")
        yield ecrit.encode(fill=alt.Fill("encre:N", scale=None, legend=None))


def _poser(contour: Anneau, nom: str, valeur: str, pixel: float) -> dict[str, Any] | None:
    """L'étiquette d'un territoire, là où elle tient dans son contour : le nom entier, coupé, ou la valeur seule.

    `pixel` : la taille d'un pixel dans le repère du contour. `None` si rien ne tient : l'infobulle et le tableau disent
    le territoire.
    """
    coupes = [[nom], *([_couper_nom(nom)] if len(_couper_nom(nom)) > 1 else []), []]
    for titre in coupes:
        large = (max(len(t) for t in (*titre, valeur)) * _SIGNE + _BLANC) * pixel
        haute = (_INTERLIGNE * (len(titre) + 1) - _BLANC) * pixel
        place = _place_libre(contour, large, haute)
        if place:
            x, y = place
            demi = _INTERLIGNE * len(titre) / 2 * pixel
            return {
                "x": round(x, 4),
                "y": round(y - demi, 4),
                "haut": round(y + demi, 4),
                "titre": titre if len(titre) > 1 else "".join(titre),
                "texte": valeur,
            }
    return None


def _couper_nom(nom: str) -> list[str]:
    """« Maine-et-Loire » en deux lignes, au tiret ou à l'espace le plus proche du milieu."""
    coupures = [rang + 1 for rang, signe in enumerate(nom) if signe in " -" and 2 < rang < len(nom) - 2]
    if not coupures:
        return [nom]
    milieu = min(coupures, key=lambda rang: (abs(rang - len(nom) / 2), rang))
    return [nom[:milieu].rstrip(" "), nom[milieu:]]


def _place_libre(contour: Anneau, large: float, haute: float) -> Point | None:
    """Le point le plus proche du centre autour duquel un rectangle tient dans le contour ; `None` s'il n'y en a pas."""
    cx, cy = _centre(contour)
    ys = [y for _, y in contour]
    essais = [min(ys) + (max(ys) - min(ys)) * rang / _ESSAIS for rang in range(1, _ESSAIS)]
    places = []
    for y in (cy, *essais):
        libres = _segments(contour, y)
        # Une pointe du voisin peut entrer entre deux sondes trop écartées.
        for bord in (y + haute * (rang / _SONDES - 0.5) for rang in range(_SONDES + 1)):
            libres = [
                (max(a, c), min(b, d)) for a, b in libres for c, d in _segments(contour, bord) if max(a, c) < min(b, d)
            ]
        for gauche, droite in libres:
            if droite - gauche >= large:
                x = min(max(cx, gauche + large / 2), droite - large / 2)
                places.append((math.hypot(x - cx, y - cy), x, y))
    return min(places)[1:] if places else None


def _segments(contour: Anneau, y: float) -> list[tuple[float, float]]:
    """Les parts d'une horizontale qui sont dans le contour."""
    coupes = sorted(
        xa + (y - ya) / (yb - ya) * (xb - xa) for (xa, ya), (xb, yb) in pairwise(contour) if (ya > y) != (yb > y)
    )
    return list(zip(coupes[::2], coupes[1::2], strict=False))


def _objet(nature: str, coordonnees: Any, proprietes: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "properties": proprietes, "geometry": {"type": nature, "coordinates": coordonnees}}


def _teintes(cellule: Cellule, classes: Sequence[Classe]) -> tuple[str, str]:
    """La teinte d'un territoire et l'encre qui s'y lit."""
    if not cellule.publiee:
        return theme.couleur("voile"), theme.couleur("encre")
    classe = next(c for c in classes if c.minimum <= cellule.valeur <= c.maximum)
    foncee = classe.teinte in ("chaleur_3", "chaleur_4")
    return theme.couleur(classe.teinte), theme.couleur("sur_fonce" if foncee else "sur_clair")


def _valeur_courte(cellule: Cellule) -> str:
    if not cellule.publiee:
        return texte_cellule(cellule)
    return _ecrire(cellule.valeur, cellule.unite)


# Géométrie


def _points(formes: Mapping[str, list[list[Anneau]]]) -> Iterator[Point]:
    return (point for polygones in formes.values() for p in polygones for anneau in p for point in anneau)


def _aire(anneau: Anneau) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(anneau))) / 2


def _centre(anneau: Anneau) -> Point:
    """Le centre de gravité d'un anneau ; sa moyenne s'il est plat."""
    surface = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(anneau)) / 2
    if not surface:
        return sum(x for x, _ in anneau) / len(anneau), sum(y for _, y in anneau) / len(anneau)
    facteurs = [(a, b, a[0] * b[1] - b[0] * a[1]) for a, b in pairwise(anneau)]
    x = sum((a[0] + b[0]) * f for a, b, f in facteurs) / (6 * surface)
    y = sum((a[1] + b[1]) * f for a, b, f in facteurs) / (6 * surface)
    return round(x, 4), round(y, 4)


def hachurer(anneaux: Sequence[Anneau], pas: float) -> list[list[Point]]:
    """Les segments obliques (x − y constant) qui couvrent une surface, trous laissés vides.

    Chaque oblique coupe les contours un nombre pair de fois : entre la première et la deuxième coupe elle est dedans,
    entre la deuxième et la troisième dehors, et ainsi de suite.
    """
    ecarts = [x - y for anneau in anneaux for x, y in anneau]
    premier, dernier = math.ceil(min(ecarts) / pas), math.floor(max(ecarts) / pas)
    segments: list[list[Point]] = []
    for rang in range(premier, dernier + 1):
        coupes = sorted(_couper(anneaux, rang * pas))
        segments += [[a, b] for a, b in zip(coupes[::2], coupes[1::2], strict=False) if a != b]
    return segments


def _couper(anneaux: Sequence[Anneau], ecart: float) -> Iterator[Point]:
    for anneau in anneaux:
        for (x0, y0), (x1, y1) in pairwise(anneau):
            d0, d1 = x0 - y0 - ecart, x1 - y1 - ecart
            # Une seule borne comprise : un sommet n'est coupé qu'une fois.
            if (d0 < 0) != (d1 < 0):
                part = d0 / (d0 - d1)
                yield round(x0 + part * (x1 - x0), 4), round(y0 + part * (y1 - y0), 4)
