"""Les tableaux : états de cellule distincts, portées, base, échappement."""

import pytest

from observatoire.restitution import tableaux
from observatoire.restitution.locale import INSECABLE
from tests.restitution import fabrique


def html(bloc) -> str:
    return str(tableaux.tableau(bloc)).replace(INSECABLE, " ")


@pytest.mark.parametrize(
    ("etat", "marque", "sens"),
    [
        ("masque", "s", "valeur masquée"),
        ("masque_secondaire", "s", "valeur masquée"),
        ("sans_objet", "sans objet", "ne se pose pas"),
        ("non_renseigne", "n.r.", "non renseigné"),
        ("non_recu", "non reçu", "transmise"),
        ("retenu", "retenu (qualité)", "contrôle de la qualité"),
    ],
)
def test_chaque_etat_se_distingue_et_s_explique(etat, marque, sens):
    table = html(
        fabrique.bloc(
            "e",
            "barres",
            ["themes_travailles"],
            fabrique.repartition("themes_travailles", "theme", {"A": 12, "B": etat}, base=20),
        )
    )
    assert f'<span class="etat etat-{etat}">{marque}</span>' in table
    assert f'<b class="etat">{marque}</b>' in table and sens in table
    assert "<td>0</td>" not in table  # jamais un zéro à la place


def test_zero_reste_un_zero_et_sans_legende():
    table = html(
        fabrique.bloc(
            "z",
            "barres",
            ["composition_familiale"],
            fabrique.repartition("composition_familiale", "composition", {"A": 40, "B": 0}),
        )
    )
    assert "<td>0</td><td>0 %</td>" in table
    assert "legende-etats" not in table


def test_annee_precedente_et_base():
    table = html(fabrique.bloc_repartition())
    assert '<th scope="col" class="avant">2021</th>' in table
    assert "Base : 25 · 1 non renseigné (4 % de l&#39;ensemble)" in table
    assert "<caption>Composition familiale" in table and '<th scope="row">Homme seul</th>' in table


def test_annee_precedente_sans_donnee_ne_fait_pas_de_colonne():
    bloc = fabrique.bloc(
        "x",
        "barres",
        ["composition_familiale"],
        fabrique.repartition("composition_familiale", "composition", {"A": 40}),
        fabrique.total("composition_familiale", None, annee=2021, etat="sans_objet"),
    )
    assert "2021" not in html(bloc)


def test_definition_changee_s_imprime_non_comparable():
    nom = "menages_accompagnes"
    table = html(
        fabrique.bloc(
            "t",
            "tableau",
            [nom],
            fabrique.total(nom, 25),
            fabrique.total(nom, 22, annee=2021, version_definition="2019"),
        )
    )
    assert "n.c." in table and "la définition a changé" in table and ">22<" not in table


def test_pas_de_part_sous_dix():
    table = html(
        fabrique.bloc(
            "p",
            "barres",
            ["composition_familiale"],
            fabrique.repartition("composition_familiale", "composition", {"A": 4, "B": 3}),
        )
    )
    assert "%</td>" not in table and "pas de pourcentage sous une base de 10" in table


def test_citations_sans_part_totale():
    table = html(
        fabrique.bloc(
            "c",
            "barres",
            ["themes_travailles"],
            fabrique.repartition("themes_travailles", "theme", {"A": 13, "B": 12}, base=14),
        )
    )
    assert '<th scope="row">Total des citations</th>' in table
    assert "100 %" not in table


def test_matrice_et_ses_marges():
    table = html(fabrique.bloc_matrice())
    assert table.count('<th scope="row">') == 7  # six situations et le total
    ligne = table[table.index("Hébergé par un tiers") :]
    assert ligne.startswith("Hébergé par un tiers</th><td>3</td><td>1</td><td>0</td><td>3</td><td>7</td>")


def test_marges_de_meme_code_ne_se_confondent_pas():
    """« Parc privé » au début et « Parc privé » à la fin sont deux marges."""
    lignes = [
        fabrique.ligne("matrice_parcours", 9),
        fabrique.ligne("matrice_parcours", 4, v1="logement_entree", m1="PRIVE"),
        fabrique.ligne("matrice_parcours", 7, v1="logement_sortie", m1="PRIVE"),
        fabrique.ligne("matrice_parcours", 3, v1="logement_entree", m1="PRIVE", v2="logement_sortie", m2="PRIVE"),
    ]
    table = html(fabrique.bloc("m", "matrice", ["matrice_parcours"], fabrique.table(lignes)))
    assert "<td>3</td><td>4</td>" in table and "<td>7</td><td>9</td>" in table


def test_mois_en_colonnes():
    table = html(fabrique.bloc_serie())
    assert '<th scope="row">2022</th><td>11</td><td>9</td><td>7</td>' in table
    assert '<th scope="col">févr.</th>' in table


def test_montants_en_euros():
    nom = "composition_familiale"
    bloc = fabrique.bloc("f", "barres", [nom], fabrique.repartition(nom, "financeur", {"Département": 46500}))
    definition = fabrique.definition(nom, denominateur="total des financements, en euros")
    bloc = type(bloc)(**{**vars(bloc), "definitions": (definition,)})
    assert "<td>46\u202f500 €</td>" in html(bloc)
    assert "montant et part en 2022" in html(bloc) and "effectif" not in html(bloc)


def test_tableau_repliable_garde_sa_base_visible():
    """Sur un téléphone, le tableau se replie sous son graphique ; la base et les inconnus restent à lire."""
    table = str(tableaux.tableau(fabrique.bloc_repartition(), repliable=True))
    pli, reste = table.split("</details>")
    assert pli.startswith('<details class="repli-mobile" open><summary>Voir le tableau') and "<table" in pli
    assert 'class="base"' in reste and "<table" not in reste


def test_libelle_hostile_s_affiche_en_texte():
    table = html(
        fabrique.bloc(
            "h",
            "barres",
            ["composition_familiale"],
            fabrique.repartition("composition_familiale", "composition", {"<script>alert(1)</script>": 40}),
        )
    )
    assert "<script" not in table and "&lt;script&gt;" in table
