"""Les cartes : contours livrés, hachures, classes, communes déposées par l'utilisateur."""

from __future__ import annotations

import json
import runpy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.cahiers.communes import ATTRIBUTION_INCONNUE, lire_communes
from observatoire.cahiers.figures import attribution, contours_departements
from observatoire.cahiers.reglage import departements
from observatoire.erreurs import ErreurFichier
from observatoire.espace import Espace
from observatoire.restitution import cartes
from observatoire.restitution.cartes import carte, classer, hachurer
from observatoire.restitution.cellules import Cellule
from observatoire.restitution.graphiques import image
from tests.atelier import espace_de
from tests.cahier.fabrique import espace_cahier, preparer

CARRE = [[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)]]
TROU = [(1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0), (1.0, 1.0)]
VALEURS = {
    "44": Cellule("publie", 27.0, 98, 368, "%"),
    "49": Cellule("publie", 10.0, 53, 529, "%"),
    "53": Cellule("masque", unite="%"),
    "72": Cellule("publie", 12.0, 13, 108, "%"),
    "85": Cellule("non_recu", unite="%"),
}


@pytest.fixture(scope="module")
def contours(racine) -> dict:
    return json.loads((racine / "data/referentiels/contours_departements.geojson").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def construire(racine) -> dict:
    return runpy.run_path(str(racine / "data/referentiels/construire_contours.py"))


# --- Contours livrés ---------------------------------------------------------------------------------


def test_tous_les_departements_ont_un_contour(racine, contours):
    codes = {o["properties"]["code"] for o in contours["features"]}
    assert len(codes) == len(contours["features"]) == 101
    assert {"2A", "2B", "75", "971", "976"} <= codes
    assert (racine / "data/referentiels/contours_departements.geojson").stat().st_size < 300_000


def test_les_contours_sont_fermes_et_en_france(contours):
    for objet in contours["features"]:
        for polygone in objet["geometry"]["coordinates"]:
            for anneau in polygone:
                assert anneau[0] == anneau[-1] and len(anneau) >= 4, objet["properties"]
    metropole = [o for o in contours["features"] if len(o["properties"]["code"]) == 2]
    points = [p for o in metropole for pol in o["geometry"]["coordinates"] for a in pol for p in a]
    assert all(-5.5 < x < 10 and 41 < y < 51.5 for x, y in points)


def test_deux_voisins_partagent_leur_frontiere(contours):
    """La simplification n'ouvre ni trou ni recouvrement : les points d'une frontière sont les mêmes des deux côtés."""
    points = {
        o["properties"]["code"]: {tuple(p) for pol in o["geometry"]["coordinates"] for a in pol for p in a}
        for o in contours["features"]
    }
    for un, deux in (("44", "49"), ("49", "53"), ("53", "72"), ("44", "85"), ("49", "85"), ("75", "92")):
        assert len(points[un] & points[deux]) >= 2, (un, deux)
    assert not points["44"] & points["72"]


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=3, max_size=30, unique=True))
def test_un_arc_se_simplifie_pareil_dans_les_deux_sens(construire, arc):
    simplifie = construire["simplifier"](arc, 0.5)
    assert construire["simplifier"](arc[::-1], 0.5) == simplifie[::-1]
    assert (simplifie[0], simplifie[-1]) == (arc[0], arc[-1]) and set(simplifie) <= set(arc)


def test_la_region_entiere_ou_rien(racine):
    espace = Espace(racine)
    objets = contours_departements(espace, departements(espace, "52"))["features"]
    assert [o["properties"]["code"] for o in objets] == ["44", "49", "53", "72", "85"]
    assert contours_departements(espace, departements(espace, "975")) is None
    assert "Natural Earth" in attribution(espace) and "ISC" in attribution(espace)


# --- Dessin ------------------------------------------------------------------------------------------


def test_les_hachures_restent_dans_la_surface():
    segments = hachurer([*CARRE, TROU], 0.5)
    milieux = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in segments]
    assert len(segments) > 10
    assert all(0 <= x <= 4 and 0 <= y <= 4 for x, y in milieux)
    assert not [m for m in milieux if 1 < m[0] < 3 and 1 < m[1] < 3], "le trou reste vide"


@given(st.floats(0.05, 3))
def test_les_hachures_sont_obliques_et_bornees(pas):
    for (x0, y0), (x1, y1) in hachurer(CARRE, pas):
        assert x0 - y0 == pytest.approx(x1 - y1, abs=2e-4)
        assert all(-1e-3 <= v <= 4.001 for v in (x0, y0, x1, y1))


def test_une_classe_ne_couvre_que_des_valeurs_observees():
    classes = classer(VALEURS)
    assert [c.libelle.replace("\u00a0", " ") for c in classes] == ["10 % à 12 %", "27 %"]
    assert [c.teinte for c in classes] == ["chaleur_1", "chaleur_4"]
    assert classer({"53": Cellule("masque")}) == []


def test_zero_a_sa_classe():
    classes = classer({"a": Cellule("publie", 0.0), "b": Cellule("publie", 1.0), "c": Cellule("publie", 9.0)})
    assert [(c.teinte, c.libelle) for c in classes] == [("chaleur_0", "0"), ("chaleur_1", "1"), ("chaleur_4", "9")]


def test_des_valeurs_egales_font_une_seule_classe():
    assert len(classer({c: Cellule("publie", 5.0) for c in "abc"})) == 1


def test_la_carte_dit_les_valeurs_et_hachure_ce_qui_est_masque(racine):
    espace = Espace(racine)
    noms = departements(espace, "52")
    dessin = carte(contours_departements(espace, noms), noms, VALEURS)
    svg = image(dessin.large)
    for texte in ("Atlantique", "27\u00a0%", "masqué", "non reçu"):
        assert texte in svg
    calques = [c["data"]["name"] for c in dessin.large["layer"]]
    assert "hachures" in calques
    sans_masque = {**VALEURS, "53": Cellule("publie", 26.0, 22, 86, "%")}
    autre = carte(contours_departements(espace, noms), noms, sans_masque)
    assert "hachures" not in [c["data"]["name"] for c in autre.large["layer"]]
    assert image(dessin.large) == svg, "deux dessins donnent les mêmes octets"


def test_une_carte_sans_valeur_ne_se_dessine_pas(racine):
    espace = Espace(racine)
    noms = departements(espace, "52")
    assert carte(contours_departements(espace, noms), noms, {c: Cellule("non_recu") for c in noms}) is None


# --- Communes ----------------------------------------------------------------------------------------


def _fond(tmp_path, objets, **racine):
    dossier = tmp_path / "data" / "cahiers" / "52"
    dossier.mkdir(parents=True, exist_ok=True)
    fichier = dossier / "communes.geojson"
    fichier.write_text(json.dumps({"type": "FeatureCollection", "features": objets, **racine}), encoding="utf-8")
    return fichier


def _commune(code, x, **proprietes):
    anneau = [[x, 47], [x + 1, 47], [x + 1, 48], [x, 48], [x, 47]]
    return {
        "type": "Feature",
        "properties": {"code": code, **proprietes},
        "geometry": {"type": "Polygon", "coordinates": [anneau]},
    }


def test_sans_fond_depose_il_n_y_a_pas_de_carte_des_communes(tmp_path):
    assert lire_communes(tmp_path / "communes.geojson") is None


def test_le_fond_depose_porte_sa_mention(tmp_path):
    fichier = _fond(tmp_path, [_commune("44109", -2, nom="Nantes")])
    assert lire_communes(fichier).attribution == ATTRIBUTION_INCONNUE
    fichier.with_suffix(".txt").write_text("Contours : source d'essai.\n", encoding="utf-8")
    fond = lire_communes(fichier)
    assert fond.attribution == "Contours : source d'essai." and fond.noms == {"44109": "Nantes"}


@pytest.mark.parametrize(
    ("objets", "attendu"),
    [
        ([{"type": "Feature", "properties": {"nom": "X"}, "geometry": None}], "objet 1 : la commune n'a pas de code"),
        (
            [{"type": "Feature", "properties": {"code": "1"}, "geometry": {"type": "Point", "coordinates": [0, 0]}}],
            "ce n'est pas une surface",
        ),
    ],
    ids=["code", "point"],
)
def test_un_fond_illisible_est_refuse(tmp_path, objets, attendu):
    with pytest.raises(ErreurFichier, match=attendu):
        lire_communes(_fond(tmp_path, objets))


def test_les_demandes_par_commune_se_dessinent(tmp_path):
    bloc = (
        '{ titre = "Communes", genre = "communes", indicateurs = ["demandes_recues"], '
        'ventilation = "commune_origine", types = ["CHRS"] }'
    )
    espace_cahier(tmp_path, {}, blocs=bloc)
    demandes = [("44109", 3), ("44162", 1), ("59350", 1)]
    lignes = [
        {"id_demande": f"d{c}{n}", "date_demande": _jour("2020-05-01"), "commune_origine": c}
        for c, combien in demandes
        for n in range(combien)
    ]
    espace = espace_de(tmp_path, 'type_service = "CHRS"\ndepartement = "44"\npremiere_annee = 2020', demande=lignes)
    assert preparer(espace).figures == (), "sans fond, pas de figure"
    _fond(tmp_path, [_commune("44109", -2, nom="Nantes"), _commune("44162", -1, nom="Saint-Herblain")])
    (figure,) = preparer(espace).figures
    valeurs = dict(figure.bloc.table.select("libelle_1", "valeur").iter_rows())
    assert valeurs == {None: 5, "Nantes": 3, "Saint-Herblain": 1, "Lille": 1}, "hors du fond, le nom officiel"
    assert figure.attribution == ATTRIBUTION_INCONNUE and figure.contours is not None
    (publique,) = preparer(espace, "public").figures
    etats = dict(publique.bloc.table.select("modalite_1", "etat").iter_rows())
    assert etats.pop(None) == "publie" and set(etats.values()) <= {"masque", "masque_secondaire"}


def _jour(texte):
    from datetime import date

    return date.fromisoformat(texte)


# --- Étiquettes --------------------------------------------------------------------------------------


def test_une_etiquette_tient_dans_son_territoire_ou_ne_s_ecrit_pas(contours):
    """Tous les départements, à deux tailles : le cadre du texte reste dans le contour."""
    poses = 0
    for objet in contours["features"]:
        contour = [tuple(p) for p in max((pol[0] for pol in objet["geometry"]["coordinates"]), key=cartes._aire)]
        for pixel in (0.005, 0.02):
            posee = cartes._poser(contour, objet["properties"].get("nom", "Maine-et-Loire"), "masqué", pixel)
            if posee is None:
                continue
            poses += 1
            titre = posee["titre"] if isinstance(posee["titre"], list) else [posee["titre"]]
            large = max(map(len, (*titre, posee["texte"]))) * 6.5 * pixel
            for y in (posee["y"], posee["haut"]):
                assert any(
                    a <= posee["x"] - large / 2 + 1e-3 and posee["x"] + large / 2 - 1e-3 <= b
                    for a, b in cartes._segments(contour, y)
                ), objet["properties"]
    assert poses > 100


def test_un_nom_trop_long_se_coupe_puis_se_tait():
    carre = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)]
    assert cartes._poser(carre, "Maine-et-Loire", "9", 0.03)["titre"] == "Maine-et-Loire"
    assert cartes._poser(carre, "Maine-et-Loire", "9", 0.05)["titre"] == ["Maine-", "et-Loire"]
    assert cartes._poser(carre, "Maine-et-Loire", "9", 0.1)["titre"] == ""
    assert cartes._poser(carre, "Maine-et-Loire", "9", 2.0) is None
