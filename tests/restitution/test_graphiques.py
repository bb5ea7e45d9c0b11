"""Les graphiques : faits des seules cellules, reproductibles, sans zéro à la place d'une valeur masquée."""

import json

import altair as alt
import jsonschema
import pytest

from observatoire.restitution import graphiques, theme
from tests.restitution import fabrique

DESSINES = ["bloc_serie", "bloc_repartition", "bloc_comparaison", "bloc_matrice", "bloc_historique", "bloc_citations"]


def cellules(spec: dict, nom: str = "cellules") -> list[dict]:
    trouvees = [c["data"]["values"] for c in spec["layer"] if c.get("data", {}).get("name") == nom]
    return trouvees[0] if trouvees else spec["data"]["values"]


@pytest.mark.parametrize("nom", DESSINES)
def test_deux_executions_donnent_les_memes_octets(nom):
    def octets():
        dessin = graphiques.graphique(getattr(fabrique, nom)())
        return json.dumps(dessin.large) + graphiques.image(dessin.large) + graphiques.image(dessin.etroit)

    assert octets() == octets()


@pytest.mark.parametrize("nom", DESSINES)
def test_donnees_nommees_et_agregees(nom):
    """Ni nom calculé, ni adresse, ni identifiant : seulement les cellules."""
    dessin = graphiques.graphique(getattr(fabrique, nom)())
    texte = json.dumps(dessin.large)
    assert "data-" not in texte and '"url"' not in texte and "id_" not in texte
    assert len(texte) < 30_000


@pytest.mark.parametrize("nom", DESSINES)
def test_specification_conforme(nom):
    """Les pages ne revérifient pas leurs graphiques : chaque dessin suit ici le schéma de Vega-Lite."""
    dessin = graphiques.graphique(getattr(fabrique, nom)())
    for spec in (dessin.large, dessin.etroit):
        alt.LayerChart.from_dict(spec).to_dict(validate=True)
    with pytest.raises(jsonschema.ValidationError):
        alt.LayerChart.from_dict({**dessin.large, "width": ["faux"]})


def test_barres_triees_et_etiquetees():
    lues = cellules(graphiques.graphique(fabrique.bloc_repartition()).large)
    assert [c["modalite"] for c in lues] == ["Homme seul", "Couple avec enfant", "Parent isolé", "Femme seule"]
    assert lues[0]["texte"].replace("\u00a0", " ") == "15 · 60 %"


def test_variable_ordonnee_garde_son_ordre():
    lues = cellules(graphiques.graphique(fabrique.bloc_comparaison()).large)
    assert next(c["modalite"] for c in lues if c["modalite"]) == "moins de 25 ans"


def test_valeur_masquee_est_dite_masquee():
    lues = {c["modalite"]: c for c in cellules(graphiques.graphique(fabrique.bloc_citations()).large)}
    assert lues["Santé"]["texte"] == "masqué" and lues["Mobilité"]["texte"] == "masqué"


def test_matrice_masquee():
    lignes = [
        fabrique.ligne("matrice_parcours", 9),
        fabrique.ligne("matrice_parcours", 9, v1="a", m1="A", v2="b", m2="B"),
        fabrique.ligne("matrice_parcours", None, v1="a", m1="A", v2="b", m2="C", etat="masque"),
    ]
    lues = cellules(
        graphiques.graphique(fabrique.bloc("m", "matrice", ["matrice_parcours"], fabrique.table(lignes))).large
    )
    assert [c["texte"] for c in lues] == ["9", "s"]


def test_rupture_de_definition_marquee():
    spec = graphiques.graphique(fabrique.bloc_historique()).large
    assert [r["x"] for r in cellules(spec, "ruptures")] == [0.75]


def test_rien_a_montrer_pas_de_graphique():
    assert graphiques.graphique(fabrique.bloc_retenu()) is None
    tout_masque = fabrique.repartition("themes_travailles", "theme", {"A": "masque"}, base=4)
    assert graphiques.graphique(fabrique.bloc("m", "barres", ["themes_travailles"], tout_masque)) is None
    assert graphiques.graphique(fabrique.bloc_tuiles()) is None


def test_limite_du_bloc():
    bloc = fabrique.bloc(
        "l",
        "barres",
        ["composition_familiale"],
        fabrique.repartition("composition_familiale", "composition", {f"M{i}": 30 - i for i in range(12)}),
        reglage={"limite": 5},
    )
    assert len(cellules(graphiques.graphique(bloc).large)) == 5


def test_ecriture_francaise_des_images():
    image = graphiques.image(graphiques.graphique(fabrique.bloc_serie()).large)
    assert "févr." in image and "août" in image and "<script" not in image


def _clarte(teinte: str) -> float:
    rouge, vert, bleu = (int(teinte[i : i + 2], 16) / 255 for i in (1, 3, 5))
    lineaire = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (rouge, vert, bleu)]
    return 0.2126 * lineaire[0] + 0.7152 * lineaire[1] + 0.0722 * lineaire[2]


def _contraste(un: str, deux: str) -> float:
    haut, bas = sorted((_clarte(un), _clarte(deux)), reverse=True)
    return (haut + 0.05) / (bas + 0.05)


@pytest.mark.parametrize("mode", [0, 1])
def test_contrastes(mode):
    """WCAG : 4,5 pour le texte, 3 pour les formes, sur le papier clair comme sur le sombre."""
    papier = theme.COULEURS_PAGE["papier"][mode]
    textes = [theme.COULEURS[n][mode] for n in ("encre", "doux")] + [
        theme.COULEURS_PAGE[n][mode] for n in ("lien", "alerte", "bon", "grave")
    ]
    formes = [theme.COULEURS[n][mode] for n in ("fort", "moyen", "second", "tiers", "repere")]
    assert all(_contraste(t, papier) >= 4.5 for t in textes)
    assert all(_contraste(f, papier) >= 3 for f in formes)


def test_series_lisibles_en_gris():
    """Les deux séries d'une comparaison diffèrent aussi par leur clarté."""
    un, deux = (theme.couleur(n) for n in theme.SERIES[:2])
    assert _contraste(un, deux) >= 2.5


def test_une_teinte_ne_sert_qu_un_nom():
    """Le mode sombre remplace les teintes une à une : deux noms ne peuvent pas partager la même."""
    claires = [clair for clair, _ in theme.COULEURS.values()]
    assert len(claires) == len(set(claires)) > 10
