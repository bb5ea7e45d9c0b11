"""Le dessin suit la sorte de chiffre, jamais une valeur masquée ; un service peut l'imposer."""

import json
import re
from dataclasses import replace

import altair as alt
import polars as pl
import pytest

from observatoire.campagne.donnees_types import DESSINS
from observatoire.campagne.territoires import ENSEMBLE
from observatoire.restitution import choix, figure, gantt, graphiques, phrases, theme
from observatoire.restitution.cellules import Vue
from tests.restitution import fabrique
from tests.restitution.fabrique import ligne
from tests.restitution.test_graphiques import _contraste

GENRES = (("F", "Femme"), ("H", "Homme"))
AGES = ("18-24", "25-29", "30-39", "40-49")


def jeu(spec: dict, nom: str) -> list[dict]:
    """Les données d'un nom, où qu'elles soient dans la spécification."""
    if spec.get("data", {}).get("name") == nom:
        return spec["data"]["values"]
    return next((lus for calque in spec.get("layer", ()) if (lus := jeu(calque, nom))), [])


def bloc_survie(valeurs=(86.0, 78.0, 64.0, None, 57.0)):
    lignes = [ligne("maintien", valeurs[-1], unite="%", base=43)]
    for rang, valeur in enumerate(valeurs):
        nom = f"{rang + 1} mois"
        commun = dict(unite="%", base=43, v1="mois_ecoules", m1=f"{rang + 1:02d}", libelle_1=nom, ordre_1=rang)
        lignes.append(ligne("maintien", valeur, etat="masque" if valeur is None else "publie", **commun))
    bloc = fabrique.bloc("maintien", "barres", ["maintien"], fabrique.table(lignes))
    return replace(bloc, definitions=(fabrique.definition("maintien", forme="survie", unite="%"),))


def bloc_pyramide(masquee=True, genres=GENRES):
    lignes = [ligne("age_tranches", 60, base=60)]
    for i, age in enumerate(AGES):
        for j, (code, nom) in enumerate(genres):
            cache = masquee and (i, j) == (0, 0)
            lignes.append(
                ligne(
                    "age_tranches",
                    None if cache else 3 + i + 2 * j,
                    etat="masque" if cache else "publie",
                    **dict(v1="age_tranche", m1=age, v2="genre", m2=code, libelle_2=nom, ordre_1=i, ordre_2=j),
                )
            )
    return fabrique.bloc("pyramide", "matrice", ["age_tranches"], fabrique.table(lignes))


def bloc_territoires(noms=("Nord", "Sud"), unite="%"):
    """Une répartition par territoire, puis l'ensemble ; au sud, une modalité masquée."""
    lignes = []
    for t, nom in enumerate((*noms, ENSEMBLE)):
        lignes.append(ligne(nom, 100.0, unite=unite, numerateur=20, base=20))
        for m, code in enumerate(("HS", "FS", "CSE")):
            cache = nom == "Sud" and code == "CSE"
            part = None if cache else 10.0 * (m + 1) + 5 * t
            commun = dict(v1="composition", m1=code, libelle_1=code, ordre_1=m, unite=unite, base=20, numerateur=2)
            lignes.append(ligne(nom, part, etat="masque" if cache else "publie", **commun))
    modele = fabrique.definition("composition_familiale")
    colonnes = tuple(replace(modele, nom=n, libelle=n) for n in (*noms, ENSEMBLE))
    bloc = fabrique.bloc("t", "territoires", ["composition_familiale"], fabrique.table(lignes))
    return replace(bloc, colonnes=colonnes)


def test_les_lignes_suivent_l_ensemble_et_une_echelle_garde_son_ordre():
    """Le premier territoire ne range pas les lignes ; des tranches ne se rangent jamais par effectif."""
    parts = {"Nord": (30, 10, 20), "Sud": (5, 40, 30), ENSEMBLE: (10, 30, 20)}
    for variable, attendu in (("composition", ["b", "c", "a"]), ("ressources_tranche", ["a", "b", "c"])):
        lignes = [ligne(nom, 100.0, unite="%", base=60) for nom in parts] + [
            ligne(nom, part, unite="%", base=60, v1=variable, m1=code, libelle_1=code, ordre_1=rang)
            for nom, siennes in parts.items()
            for rang, (code, part) in enumerate(zip("abc", siennes, strict=True))
        ]
        bloc = fabrique.bloc("t", "territoires", ["composition_familiale"], fabrique.table(lignes))
        colonnes = tuple(replace(fabrique.definition("composition_familiale"), nom=n, libelle=n) for n in parts)
        assert [m.code for m in Vue(replace(bloc, colonnes=colonnes)).modalites()] == attendu


def bloc_multiples(nombre=4):
    indicateurs = list(fabrique.NOMS)[:nombre]
    lignes = [ligne(i, 20 + r + a - 2020, annee=a) for r, i in enumerate(indicateurs) for a in (2020, 2021, 2022)]
    return fabrique.bloc("annees", "historique", indicateurs, fabrique.table(lignes))


MOUVEMENTS = {
    "file_active_mensuelle": "File active par mois",
    "entrees_mensuelles": "Entrées par mois",
    "sorties_mensuelles": "Sorties par mois",
}


def bloc_mouvements(entrees=(0, 1, 2, 3) * 3, sorties=(1, 0, 2, "retenu") * 3):
    suites = [list(fabrique.MOIS.values()), entrees, sorties]
    tables = [
        fabrique.effectifs(nom, "mois", dict(zip(fabrique.MOIS, suite, strict=True)))
        for nom, suite in zip(MOUVEMENTS, suites, strict=True)
    ]
    bloc = fabrique.bloc("mois", "serie", list(MOUVEMENTS), pl.concat(tables))
    definitions = [fabrique.definition(n, forme="serie", libelle=libelle) for n, libelle in MOUVEMENTS.items()]
    return replace(bloc, definitions=tuple(definitions))


def bloc_composition(effectifs, precedents=None, **reglage):
    avant = fabrique.repartition("composition_familiale", "composition", precedents, annee=2021) if precedents else None
    table = fabrique.repartition("composition_familiale", "composition", effectifs)
    return fabrique.bloc("c", "barres", ["composition_familiale"], table, avant, reglage=reglage)


PETITE = {"HS": 15, "FS": 6, "CSE": 4}
CAS = {
    "survie": bloc_survie,
    "gaufre": lambda: bloc_composition(PETITE, {"HS": 11, "FS": 9, "CSE": 3}),
    "pyramide": bloc_pyramide,
    "points": bloc_territoires,
    "multiples": bloc_multiples,
    "mouvements": bloc_mouvements,
}


@pytest.mark.parametrize("nom", DESSINS)
def test_le_dessin_convient_et_suit_le_schema(nom):
    bloc = CAS[nom]()
    assert choix.dessin(bloc) == nom
    dessin = graphiques.graphique(bloc)
    for spec in (dessin.large, dessin.etroit):
        alt.LayerChart.from_dict(spec).to_dict(validate=True)
    svg = graphiques.image(dessin.large)
    assert svg == graphiques.image(graphiques.graphique(bloc).large) and len(svg) < 12_000
    assert choix.INTRODUCTIONS[nom] in phrases.description(bloc)


# Survie


def test_la_courbe_part_de_cent_et_s_interrompt_ou_la_valeur_est_masquee():
    spec = graphiques.graphique(bloc_survie()).large
    paliers = [m for m in jeu(spec, "marches") if m["y"] == m["y2"]]
    assert paliers[0]["x"] == 0 and paliers[0]["y"] == min(p["y"] for p in paliers), "tout le monde y est au départ"
    niveaux = [m["y"] for m in paliers]
    assert niveaux == sorted(niveaux), "une survie ne remonte pas"
    trou = jeu(spec, "muettes")
    assert [t["texte"] for t in trou] == ["masqué"]
    assert not any(p["x"] <= trou[0]["x"] < p["x2"] for p in paliers), "rien n'est tracé là où rien n'est dit"


# Mouvements


def test_les_entrees_montent_et_les_sorties_descendent_a_la_meme_echelle():
    spec = graphiques.graphique(bloc_mouvements()).large
    barres = {(b["indicateur"], b["libelle"]): b for b in jeu(spec, "cellules_2")}
    entree, sortie = barres["Entrées par mois", "mars"], barres["Sorties par mois", "mars"]
    assert entree["zero"] - entree["y"] == pytest.approx(sortie["y"] - sortie["zero"]) and entree["y"] < entree["zero"]
    assert entree["ton"] != sortie["ton"]
    assert ("Sorties par mois", "avr.") not in barres, "une valeur retenue n'a pas de barre"
    assert [m["texte"] for m in jeu(spec, "muettes")] == ["retenu"] * 3
    points = jeu(spec, "cellules")
    assert [p["texte"] for p in points] == [str(n) for n in fabrique.MOIS.values()]
    assert not {"0"} & {v["texte"] for n in ("haut", "bas") for v in jeu(spec, f"valeurs_{n}")}


def test_sans_mouvement_connu_le_stock_garde_ses_colonnes():
    assert choix.dessin(bloc_mouvements(sorties=("retenu",) * 12)) == "serie"


# Gaufre


def test_un_carre_par_unite():
    spec = graphiques.graphique(CAS["gaufre"]()).large
    suites = jeu(spec, "carres")
    carres = sum((s["x2"] - s["x"] + 3) / 15 for s in suites)
    assert carres == sum(PETITE.values()) + 23, "les vingt-cinq de l'année et les vingt-trois d'avant"
    teintes = {c["modalite"]: c["ton"] for c in jeu(spec, "cellules")}
    assert len(set(teintes.values())) == 3 and {s["ton"] for s in suites} == set(teintes.values())


@pytest.mark.parametrize(
    "effectifs",
    [
        {"HS": 60, "FS": 30},  # trop d'unités pour les compter
        {"HS": 15, "FS": 6, "CSE": "masque"},  # une part inconnue
        {"HS": 2, "FS": 1},  # trop peu
        {"HS": 15, "GSE": 4, "MI": 3},  # deux modalités sans couleur propre
    ],
)
def test_une_gaufre_incertaine_reste_en_barres(effectifs):
    assert choix.dessin(bloc_composition(effectifs)) == "barres"


def test_le_service_impose_le_dessin():
    assert choix.dessin(bloc_composition(PETITE, graphique="barres")) == "barres"
    impossible = bloc_composition({"HS": 60, "FS": 30}, graphique="gaufre")
    assert choix.dessin(impossible) == "barres", "un dessin imposé ne force pas des cellules qui ne le permettent pas"
    assert choix.dessin(bloc_composition(PETITE, graphique="survie")) == "barres"


# Pyramide


def test_la_pyramide_met_les_deux_genres_a_la_meme_echelle():
    spec = graphiques.graphique(bloc_pyramide()).large
    gauche, droite = jeu(spec, "cellules"), jeu(spec, "cellules_2")
    assert [c["modalite"] for c in gauche] == list(reversed(AGES)) == [c["modalite"] for c in droite]
    assert gauche[-1]["texte"] == "masqué" and gauche[-1]["valeur"] == 0
    domaines = [calque["layer"][0]["encoding"]["x"]["scale"]["domain"] for calque in spec["layer"][:2]]
    assert domaines[0] == domaines[1] == [0, 8]


def test_un_troisieme_genre_reste_un_tableau_croise():
    assert choix.dessin(bloc_pyramide(genres=(*GENRES, ("AUTRE", "Autre")))) == "matrice"


# Points


def test_deux_territoires_et_le_repere_de_l_ensemble():
    bloc = bloc_territoires()
    spec = graphiques.graphique(bloc).large
    assert {(c["serie"], c["forme"]) for c in jeu(spec, "cellules")} == {("Nord", "circle"), ("Sud", "diamond")}
    assert len(jeu(spec, "ecarts")) == 2 and len(jeu(spec, "ensemble")) == 3
    fins = [t["droite"] for t in jeu(spec, "valeurs_droite")]
    assert any("Sud\u00a0: masqué" in f for f in fins), "un point absent dit pourquoi"
    legende = str(figure._legende(bloc))
    assert legende.count("<li>") == 3 and ENSEMBLE in legende


def test_trois_territoires_restent_en_barres():
    assert choix.dessin(bloc_territoires(("Nord", "Sud", "Est"))) == "territoires"


def test_un_compte_ne_se_compare_pas_a_sa_somme():
    assert not jeu(graphiques.graphique(bloc_territoires(unite="ménages")).large, "ensemble")


# Petits multiples


def test_un_petit_graphique_par_indicateur_l_annee_en_fonce():
    spec = graphiques.graphique(bloc_multiples()).large
    colonnes = jeu(spec, "cellules")
    assert len(jeu(spec, "socles")) == 4 and len(colonnes) == 12
    foncees = {c["libelle"] for c in colonnes if c["ton"] == "#23407f"}
    assert foncees == {"2022"}
    assert choix.dessin(bloc_multiples(2)) == "historique"


# Barres


def test_beaucoup_de_lignes_masquees_n_en_font_qu_une():
    masquees = {f"M{i}": "masque" for i in range(5)}
    table = fabrique.repartition("themes_travailles", "theme", {"A": 12, **masquees}, base=30)
    lues = jeu(graphiques.graphique(fabrique.bloc("m", "barres", ["themes_travailles"], table)).large, "cellules")
    assert len(lues) == 2 and lues[1]["modalite"].startswith("5 autres lignes") and lues[1]["texte"] == "masqué"


def test_une_comparaison_reunit_les_lignes_masquees_partout():
    ages = {"A": 9, "B": "masque", "C": "masque", "D": "masque"}
    tables = [
        fabrique.effectifs("premieres_mesures", "age_tranche", {**ages, "B": 4}, total=20),
        fabrique.effectifs("menages_accompagnes", "age_tranche", {**ages, "E": "masque"}, total=30),
    ]
    bloc = fabrique.bloc("c", "comparaison", ["premieres_mesures", "menages_accompagnes"], pl.concat(tables))
    lues = jeu(graphiques.graphique(bloc).large, "cellules")
    assert [c["texte"] for c in lues if c["modalite"] == "B"] == ["4"], "une ligne lue d'un côté reste"
    assert not [c for c in lues if "autres lignes" in c["modalite"]], "C et D seules : trop peu pour être réunies"
    partout = [
        fabrique.effectifs(n, "age_tranche", ages, total=20) for n in ("premieres_mesures", "menages_accompagnes")
    ]
    reunies = jeu(graphiques.graphique(replace(bloc, table=pl.concat(partout))).large, "cellules")
    assert [c["modalite"] for c in reunies if c["modalite"]][1:] == ["3 autres lignes, aux effectifs trop faibles"]


def test_un_long_libelle_passe_a_la_ligne_et_aucun_mot_ne_finit_seul():
    long = "Hébergement de demandeurs d'asile ou de réfugiés (CADA)"
    table = fabrique.repartition("s", "logement", {"Rue": 4, long: 12}, base=16)
    spec = graphiques.graphique(fabrique.bloc("s", "barres", ["s"], table)).etroit
    longue, courte = sorted(jeu(spec, "cellules"), key=lambda c: -len(c["modalite"]))
    assert longue["modalite"] == long and courte["libelle"] == "Rue"
    assert " ".join(longue["libelle"]) == long and max(map(len, longue["libelle"])) <= 45
    assert min(map(len, longue["libelle"])) >= 20, "deux lignes de longueurs voisines"
    premiere = min((longue, courte), key=lambda c: c["haut"])
    autre = courte if premiere is longue else longue
    assert autre["titre"] - 15 >= premiere["bas"], "le libellé commence sous la barre d'avant"
    assert graphiques.couper("un deux trois", 5) == ["un", "deux", "trois"] and graphiques.couper("", 5) == []


def test_le_rappel_de_l_annee_precedente_ne_touche_ni_le_nombre_ni_le_libelle_suivant():
    courante = fabrique.repartition("s", "logement", {"A": 0, "B": 9}, base=9)
    avant = fabrique.repartition("s", "logement", {"A": 7, "B": 8}, base=15, annee=2021)
    spec = graphiques.graphique(fabrique.bloc("s", "barres", ["s"], courante, avant)).large
    barres, rappels = jeu(spec, "cellules"), jeu(spec, "reperes")
    assert len(rappels) == 2
    for rappel in rappels:
        barre = max((b for b in barres if b["haut"] < rappel["haut"]), key=lambda b: b["haut"])
        # Un nombre de 13 pixels, centré sur sa barre, descend d'une demi-hauteur.
        assert rappel["haut"] >= barre["milieu"] + 13 / 2 + 2
        dessous = [b["titre"] - 13 for b in barres if b["haut"] > rappel["haut"]]
        assert all(rappel["bas"] < haut for haut in dessous)


def test_le_plus_long_nombre_tient_au_bout_de_sa_barre():
    cases = {"courts": 7, "longs": 1_234_567_890_123}
    marges = []
    for nom, effectif in cases.items():
        table = fabrique.effectifs("s", "logement", {"A": effectif, "B": 1}, total=effectif + 1)
        spec = graphiques.graphique(fabrique.bloc("s", "barres", ["s"], table)).large
        plus = max(len(c["texte"]) for c in jeu(spec, "cellules"))
        marge = int(re.search(r"width - (\d+)", json.dumps(spec))[1])
        assert marge >= 7.5 * plus, nom
        marges.append(marge)
    assert marges[0] < marges[1]


def test_le_libelle_d_une_ligne_de_matrice_n_est_jamais_tronque():
    long = "Hébergement d'insertion ou de stabilisation, centre d'hébergement et de réinsertion sociale"
    lignes = [
        ligne("p", 3 + r, base=12, v1="logement", m1=str(r), libelle_1=nom, ordre_1=r, v2="sortie", m2=c, ordre_2=k)
        for r, nom in enumerate((long, "Rue"))
        for k, c in enumerate("AB")
    ]
    bloc = fabrique.bloc("p", "matrice", ["p"], fabrique.table([ligne("p", 12, base=12), *lignes]))
    dessin = graphiques.graphique(bloc)
    for spec in (dessin.large, dessin.etroit):
        dit = next(m for m in jeu(spec, "lignes") if "Hébergement" in m["texte"][0])
        assert " ".join(dit["texte"]) == long
    assert dit["y"] >= 0


# Calendrier d'un plan


@pytest.mark.parametrize("mode", [0, 1])
def test_chaque_etat_du_calendrier_se_detache_de_la_page(mode):
    """La teinte d'une barre, ou le trait qui la cerne, a au moins 3 pour 1 sur la page, en clair et en sombre."""
    papier = theme.COULEURS_PAGE["papier"][mode]
    for etat, ton in gantt.TONS.items():
        vus = (theme.COULEURS[ton][mode], theme.COULEURS[gantt.cerne(etat)][mode])
        assert max(_contraste(teinte, papier) for teinte in vus) >= 3, etat
    assert gantt.cerne("realisee") == gantt.TONS["realisee"] and gantt.cerne("prevue") != gantt.TONS["prevue"]


def test_le_quadrillage_ne_passe_pas_sur_le_nom_des_actions():
    """Un tiret par rangée, à hauteur de la barre : aucun ne touche la ligne où s'écrit l'action."""
    marge, (plein, vide) = gantt._DEBORD, gantt._TIRETS
    assert plein + vide == gantt._RANG, "un tiret par rangée, sans dérive"
    for rang in range(30):
        haut = gantt._haut(0) - marge + rang * (plein + vide)
        bas_du_nom = gantt._haut(rang) - 5
        assert bas_du_nom <= haut + 1 and haut + plein <= gantt._haut(rang + 1) - 5 - 12
