"""Les tableaux : états de cellule distincts, portées, base, échappement."""

from dataclasses import replace

import polars as pl
import pytest

from observatoire.classeurs.blocs import feuille_bloc
from observatoire.classeurs.grille import Nombre
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
        ("retenu", "retenu", "contrôle de la qualité"),
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
    # Un masquage secondaire a le visage d'un masquage primaire.
    assert f'<span class="etat etat-{etat.removesuffix("_secondaire")}">{marque}</span>' in table
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
    assert "%</td>" not in table and "trop peu pour un pourcentage" in table


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


def test_meme_nombre_de_decimales_dans_une_colonne_de_parts():
    """66,39 % sous 97,7 % laisse croire que l'un se sait mieux que l'autre."""
    nom = "taux_sortie_logement"
    lignes = [
        fabrique.ligne(nom, 100 * n / b, numerateur=n, denominateur=b, base=b, **ou)
        for n, b, ou in (
            (4134, 4649, {}),
            (365, 365, {"v1": "commune", "m1": "A"}),
            (713, 730, {"v1": "commune", "m1": "B"}),
            (1540, 2800, {"v1": "commune", "m1": "C"}),
        )
    ]
    table = html(fabrique.bloc("d", "barres", [nom], fabrique.table(lignes)))
    for attendu in ("<td>100 %</td>", "<td>97,7 %</td>", "<td>55,0 %</td>", "<td>88,9 %</td>"):
        assert attendu in table


def test_meme_nombre_de_decimales_dans_une_rangee_de_territoires():
    nom = "taux_sortie_logement"
    colonnes = tuple(replace(fabrique.definition(nom), nom=n, libelle=n) for n in ("Nord", "Sud", "Ensemble"))
    lignes = [
        fabrique.ligne(nom, v, numerateur=v / 100 * b + 0.5, denominateur=b, base=b, v1="indicateur", m1=nom)
        | {"indicateur": n}
        for n, v, b in (("Nord", 55.0, 20), ("Sud", 77.2, 500), ("Ensemble", 76.1, 520))
    ]
    bloc = replace(fabrique.bloc("t", "territoires", [nom], fabrique.table(lignes)), colonnes=colonnes)
    table = html(bloc)
    for attendu in ("<td>55 %</td>", "<td>77 %</td>", "<td>76 %</td>"):
        assert attendu in table


def test_legende_d_un_historique_ne_redit_pas_l_annee():
    bloc = fabrique.bloc_historique()
    assert "par année" in html(replace(bloc, titre="Fréquentation"))
    assert "par année" not in html(replace(bloc, titre="Fréquentation, année après année"))


def test_une_colonne_de_parts_sans_part_ne_s_imprime_pas():
    """Sous une base de 10, la colonne ne serait qu'une file de points."""
    nom = "composition_familiale"
    courante = fabrique.repartition(nom, "composition", {"A": 12, "B": 3})
    petite = fabrique.repartition(nom, "composition", {"A": 4, "B": 3})
    table = html(fabrique.bloc("z", "barres", [nom], petite))
    assert '<th scope="col">%</th>' not in table and "<td>4</td></tr>" in table
    assert "effectif en 2022" in table and "pas de pourcentage" not in table
    avant = fabrique.repartition(nom, "composition", {"A": 4, "B": 3}, annee=2021)
    table = html(fabrique.bloc("z", "barres", [nom], courante, avant))
    assert "<td>12</td><td>80 %</td><td>4</td></tr>" in table


def test_un_taux_sous_dix_s_ecrit_en_nombres():
    nom = "taux_sortie_logement"
    table = html(fabrique.bloc("t", "tableau", [nom], fabrique.total(nom, 62.5, numerateur=5, denominateur=8, base=8)))
    assert "<td>5 sur 8</td>" in table and "62" not in table


def test_aucun_non_renseigne_ne_contredit_pas_la_ligne_du_tableau():
    nom = "composition_familiale"
    sans = html(fabrique.bloc("z", "barres", [nom], fabrique.repartition(nom, "composition", {"A": 40}, nr=0)))
    avec = html(fabrique.bloc("z", "barres", [nom], fabrique.repartition(nom, "composition", {"A": 40, "NR": 2}, nr=0)))
    assert "aucun non renseigné" in sans
    assert "aucun non renseigné" not in avec


def test_citations_masquees_n_ont_pas_de_total_en_pourcentage():
    """Sans un seul effectif diffusé, la somme des parts citées ne veut rien dire."""
    nom = "themes_travailles"
    lignes = [
        fabrique.ligne(nom, 25.0, base=28),
        fabrique.ligne(nom, 0.0, base=28, v1="theme", m1="A"),
        fabrique.ligne(nom, None, etat="masque", base=28, v1="theme", m1="B"),
    ]
    table = html(fabrique.bloc("c", "barres", [nom], fabrique.table(lignes)))
    assert "25 %" not in table and "part en 2022" in table


def test_un_taux_sur_plusieurs_annees_dit_ses_effectifs():
    """Dans un historique, un pourcentage ne va pas sans son numérateur et sa base."""
    lignes = [
        fabrique.ligne("taux_sortie_logement", 50.0, annee=2021, numerateur=6, denominateur=12, base=12, unite="%"),
        fabrique.ligne("taux_sortie_logement", 70.0, annee=2022, numerateur=14, denominateur=20, base=20, unite="%"),
    ]
    bloc = fabrique.bloc("h", "historique", ["taux_sortie_logement"], fabrique.table(lignes))
    texte = str(tableaux.tableau(bloc)).replace("\u00a0", " ")
    assert "(6 sur 12)" in texte and "(14 sur 20)" in texte


def test_le_total_de_citations_s_imprime_sans_valeur():
    """Le total calculé n'a pas de part : son compte et sa base se lisent, au tableau comme au classeur."""
    table = fabrique.repartition("themes_travailles", "theme", {"A": 13, "B": 12}, base=14).with_columns(
        pl.when(pl.col("ventilation_1").is_not_null()).then("valeur").alias("valeur")
    )
    bloc = fabrique.bloc("c", "barres", ["themes_travailles"], table)
    ecrit = html(bloc)
    assert "Total des citations</th><td>14</td><td></td>" in ecrit and "Base : 14" in ecrit
    assert feuille_bloc(bloc).rangees[-1][:3] == ("Total des citations", Nombre(14, "n0"), "sans objet")
