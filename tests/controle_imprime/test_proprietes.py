"""Un rapport cohérent ne déclenche rien ; une cellule altérée se trouve."""

from __future__ import annotations

import json
import tempfile
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from observatoire.controle_imprime import PROUVE, SUSPECT
from observatoire.controle_imprime.nombres import arrondi, ecrire, numerateurs, premiere_fraction
from tests.controle_imprime.fabrique import MOIS, bilan, chiffre, repartition

COMPTES = st.integers(0, 60)


def au_plus_pres(valeur: Decimal, decimales: int) -> Decimal:
    return valeur.quantize(Decimal(1).scaleb(-decimales), ROUND_HALF_UP)


def tableau_croise(cellules: list[list[int]]) -> list[dict[str, str]]:
    """Un parcours (début × fin) et ses totaux ; une cellule nulle ne s'imprime pas."""
    lignes = []
    colonnes = [sum(colonne) for colonne in zip(*cellules, strict=True)]
    rangees = [*((f"début {i}", r) for i, r in enumerate(cellules)), ("Total", colonnes)]
    for debut, rangee in rangees:
        avec_total = [*((f"fin {j}", v) for j, v in enumerate(rangee)), ("Total", sum(rangee))]
        lignes += [
            chiffre("mesures_terminees", v, ("debut", debut), ("fin", fin), tableau="parcours")
            for fin, v in avec_total
            if v or "Total" in (debut, fin)
        ]
    return lignes


def profil(effectifs: dict[str, int], decimales: int) -> list[dict[str, str]]:
    """Les effectifs d'une ventilation, leur total, leurs parts et le rappel du total dans une phrase."""
    total = sum(effectifs.values())
    lignes = repartition("menages_accompagnes", "menage", {**effectifs, "Total": total}, tableau="profil")
    parts = {m: au_plus_pres(Decimal(100 * n) / total, decimales) for m, n in effectifs.items()}
    lignes += repartition("part_menages_accompagnes", "menage", parts, unite="%")
    return [*lignes, chiffre("menages_accompagnes", total, page_section="Résumé")]


def serie(annees: list[tuple[int, int]]) -> list[dict[str, str]]:
    """Quatre années d'un total et de ses deux composantes, et son évolution."""
    lignes = []
    for annee, (a, b) in zip(range(2019, 2023), annees, strict=True):
        valeurs = {"sollicitations": a + b, "accueils": a, "ateliers": b}
        lignes += [
            chiffre(n, v, annee=annee, tableau="frequentation", page_section="Suivi") for n, v in valeurs.items()
        ]
    avant, apres = sum(annees[2]), sum(annees[3])
    evolution = au_plus_pres(Decimal(100 * (apres - avant)) / avant, 1)
    return [*lignes, chiffre("evolution_sollicitations", evolution, unite="%", page_section="Suivi")]


def file_active(mois: list[int]) -> list[dict[str, str]]:
    lignes = repartition("file_active", "mois", dict(zip(MOIS, mois, strict=True)), tableau="mois", page_section="Mois")
    total = chiffre("mois_mesures", sum(mois), ("mois", "Total"), tableau="mois", unite="mois", page_section="Mois")
    return [*lignes, total]


def moyennes(ressources: list[int]) -> list[dict[str, str]]:
    """Les ressources moyennes de tous et de ceux qui en ont, arrondies à l'euro."""
    positives = [r for r in ressources if r]
    valeurs = {
        "ensemble": au_plus_pres(Decimal(sum(ressources)) / len(ressources), 0),
        "ceux qui ont des ressources": au_plus_pres(Decimal(sum(positives)) / len(positives), 0),
    }
    lignes = repartition("ressources_moyennes", "base", valeurs, unite="euros", page_section="Ressources")
    return [chiffre("jeunes_recus", len(ressources), page_section="Ressources"), *lignes]


@st.composite
def rapports(tirer) -> list[dict[str, str]]:
    """Les chiffres d'un rapport cohérent d'un service."""
    colonnes = tirer(st.integers(2, 4))
    cellules = tirer(st.lists(st.lists(COMPTES, min_size=colonnes, max_size=colonnes), min_size=2, max_size=5))
    terminees = sum(map(sum, cellules))
    effectifs = tirer(st.lists(st.integers(1, 80), min_size=2, max_size=6))
    effectifs[0] += terminees  # on ne termine que des mesures accompagnées
    presents = sum(effectifs)
    mois = tirer(st.lists(st.integers(0, presents), min_size=11, max_size=11))
    annees = tirer(st.lists(st.tuples(st.integers(20, 400), st.integers(20, 400)), min_size=4, max_size=4))
    ressources = tirer(st.lists(st.integers(300, 1500) | st.just(0), min_size=2, max_size=60))
    ressources[0] = max(ressources[0], 300)
    annuel, duree, recettes = tirer(st.tuples(st.integers(1, 99), st.integers(2, 6), st.integers(0, 90)))
    fiche = {"page_section": "Fiche", "territoire": "Autre ville"}
    return [
        *tableau_croise(cellules),
        *profil({f"type {i}": n for i, n in enumerate(effectifs)}, tirer(st.integers(0, 2))),
        *file_active([*mois, presents - terminees]),
        *serie(annees),
        *moyennes(ressources),
        chiffre("budget", annuel * 1000, unite="euros", **fiche),
        chiffre("duree_budget", duree, unite="ans", **fiche),
        chiffre("objectif_recettes", recettes, unite="%", **fiche),
        chiffre("cout_net", annuel * duree * (100 - recettes) * 10, unite="euros", **fiche),
    ]


def controler(lignes: list[dict[str, str]]):
    with tempfile.TemporaryDirectory() as dossier:
        return bilan(Path(dossier), *lignes)


@settings(deadline=None, max_examples=60)
@given(rapports())
def test_un_rapport_coherent_ne_declenche_rien(lignes):
    resultat = controler(lignes)
    assert [c.calcul for c in resultat.constats] == []
    assert len(resultat.verifications) > 15


@settings(deadline=None, max_examples=60)
@given(rapports(), st.data())
def test_une_cellule_alteree_est_trouvee(lignes, donnees):
    """Toute cellule d'un tableau, part, évolution ou coût : un constat cite sa ligne."""
    surveilles = ("part_menages_accompagnes", "evolution_sollicitations", "cout_net")
    rangs = [i for i, x in enumerate(lignes) if x["tableau"] != "texte" or x["indicateur"] in surveilles]
    rang = donnees.draw(st.sampled_from(rangs))
    ecart = donnees.draw(st.integers(1, 20) | st.integers(-20, -1))
    altere = Decimal(lignes[rang]["valeur"]) + ecart
    assume(altere >= 0)
    assume(lignes[rang]["unite"] != "%" or altere not in map(Decimal, ("20", "25", "50", "75")))
    lignes[rang] = {**lignes[rang], "valeur": str(altere)}
    resultat = controler(lignes)
    assert any(rang + 2 in c.lignes for c in resultat.constats)


@given(st.integers(0, 400), st.integers(1, 400), st.integers(0, 2))
def test_l_arrondi_d_une_part_garde_son_numerateur(n, base, decimales):
    assume(n <= base)
    imprime = au_plus_pres(Decimal(100 * n) / base, decimales)
    assert n in numerateurs(arrondi(imprime), base)
    assert all(
        au_plus_pres(Decimal(100 * k) / base, decimales) - imprime <= 1 for k in numerateurs(arrondi(imprime), base)
    )


@given(st.lists(st.integers(1, 2000) | st.just(0), min_size=1, max_size=80))
def test_deux_vraies_moyennes_ont_toujours_une_fraction(ressources):
    positives = [r for r in ressources if r]
    assume(sum(ressources) >= len(ressources) and positives)
    tous, concernes = (au_plus_pres(Decimal(sum(v)) / len(v), 0) for v in (ressources, positives))
    part = arrondi(tous) / arrondi(concernes)
    assert premiere_fraction(part, len(ressources)) is not None


@given(st.decimals(-99999, 99999, places=3))
def test_un_nombre_s_ecrit_en_francais(valeur):
    relu = ecrire(valeur).replace("\u202f", "").replace("−", "-").replace(",", ".")
    assert Decimal(relu) == valeur


INDICATEURS = (
    *(
        "personnes_accueillies",
        "situations_accueillies",
        "part_personnes",
        "part_personnes_accueillies",
        "taux_sorties",
    ),
    *("sorties", "nouveaux_accueillis", "menages_accompagnes", "presents_debut", "presents_fin", "entrees", "capacite"),
    *("ressources_moyennes", "ressources_min_max", "budget", "budget_annuel", "cout", "duree_budget", "recettes"),
    *(
        "evolution_sorties",
        "variation_sorties_sens_perdu",
        "personnes_accueillies_base_citee",
        "_cite",
        "devenir_sorties",
    ),
    *(
        "departements_avec_sorties",
        "actions_plan",
        "taille_echantillon",
        "sorties_vers_emploi",
        "taux_sorties_vers_emploi",
    ),
)
MODALITES = (
    *(
        "Total",
        "hommes",
        "femmes",
        "+ de 26",
        "—",
        "décembre",
        "janvier",
        "minimum",
        "maximum",
        "par territoire",
        "Autre",
    ),
    *("ceux qui ont", "tous", "avant", "après", "dont un", "Sous-total", "12"),
)
PAIRES = st.tuples(
    st.sampled_from(("sexe", "mois", "borne", "moment", "departement", "base")), st.sampled_from(MODALITES)
)
LIGNES = st.builds(
    lambda indicateur, valeur, paires, lieu: chiffre(indicateur, valeur, *paires, **lieu),
    st.sampled_from(INDICATEURS),
    st.decimals(-5, 400, places=2) | st.integers(-1, 40) | st.sampled_from(("0", "0.00", "1e9", "100", "-0")),
    st.lists(PAIRES, max_size=2),
    st.fixed_dictionaries(
        {
            "page_section": st.sampled_from(("1 Public", "1 Public (suite)", "2 Bilan")),
            "territoire": st.sampled_from(("Nord", "Sud", "Nord et Sud")),
            "annee": st.sampled_from(("2020", "2021", "2022", "2010-2012")),
            "tableau": st.sampled_from(("texte", "profil")),
            "unite": st.sampled_from(("nombre", "%", "euros", "ans", "places", "mois", "")),
        }
    ),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(LIGNES, min_size=1, max_size=40))
def test_aucun_fichier_bien_forme_n_arrete_le_controle(lignes):
    """Des chiffres sans queue ni tête donnent un bilan lisible, jamais une erreur."""
    resultat = controler(lignes)
    rangs = set(range(2, len(lignes) + 2))
    for constat in resultat.constats:
        assert constat.lignes and set(constat.lignes) <= rangs
        assert constat.nature and constat.imprime and constat.calcul and constat.niveau in (PROUVE, SUSPECT)
    assert json.dumps(resultat.en_dict()) and resultat.en_texte()
    assert resultat.code_sortie == (3 if resultat.constats else 0)
