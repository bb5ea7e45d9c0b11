"""Les chiffres injectés : pris dans les cellules protégées, refusés s'ils sont mal nommés, masqués s'ils le sont."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.commentaires.expressions import extraire
from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace
from tests.commentaires.atelier import commente, lisible


def imprime(espace: Espace, expression: str, section: str = "Les ménages") -> str:
    commentaires = commente(espace, f"## {section}\n\nOn lit {{{{ {expression} }}}} ici.\n")
    return lisible(commentaires.bloc(section)).split("On lit ")[1].split(" ici.")[0]


@pytest.fixture
def espace(tmp_path: Path) -> Espace:
    return Espace(tmp_path)


@pytest.mark.parametrize(
    ("expression", "attendu"),
    [
        ("menages_accompagnes", "25"),
        ('compte("menages_accompagnes")', "25 ménages"),
        ("duree_moyenne_accompagnement", "7,4 mois"),
        ("taux_sortie_logement", "50 %"),
        ('part("composition_familiale", "Homme seul")', "60 %"),
        ("part(« composition_familiale », « homme seul »)", "60 %"),
        ('part("composition_familiale", “HOMME SEUL”)', "60 %"),
        ('nombre("composition_familiale", "Femme seule")', "1"),
        ('sur("composition_familiale", "Homme seul")', "15 sur 25"),
        ('part("composition_familiale", "Mineur isolé")', "0 %"),
        ('evolution("menages_accompagnes")', "soit 3 de plus qu'en 2021 (+14 %, effectif réduit)"),
        ('precedent("menages_accompagnes")', "22"),
        ('evolution("composition_familiale", "Homme seul")', "contre 50 % (11 sur 22) en 2021"),
        ('tete("composition_familiale")', "Homme seul"),
        ('nombre("file_active_mensuelle", "juillet")', "15"),
        ('nombre("matrice_parcours", "Hébergé par un tiers", "Parc public")', "3"),
        ('nombre("matrice_parcours", "Parc public")', "6"),
        ('accord("premieres_mesures", "a commencé", "ont commencé")', "ont commencé"),
        ('libre("12 ans")', "12 ans"),
        ("annee_precedente", "2021"),
        ("service", "Logement temporaire et insertion (essai)"),
    ],
)
def test_ce_que_chaque_injection_imprime(espace, expression, attendu):
    assert imprime(espace, expression) == attendu


def test_un_chiffre_masque_s_imprime_masque(espace):
    texte = '## Accompagnement et résultats\n\nSanté : {{ part("themes_travailles", "Santé") }}, '
    texte += '{{ evolution("themes_travailles", "Mobilité") }}.\n'
    commentaires = commente(espace, texte, "public")
    assert "Santé : [masqué], [évolution masquée]." in lisible(commentaires.bloc("Accompagnement et résultats"))


def test_un_chiffre_retenu_ne_s_imprime_pas(espace):
    assert imprime(espace, "ressources_moyennes_tous") == "[retenu]"


def test_un_regroupement_se_somme_ou_se_masque_d_un_bloc(espace):
    """« Isolé » réunit des modalités du tableau : leur somme, ou rien si l'une est masquée."""
    from dataclasses import replace

    import polars as pl

    from observatoire.commentaires import commenter
    from tests.commentaires.atelier import du_catalogue, ecrire, rapport
    from tests.restitution import fabrique

    codes = {"Homme seul": "HS", "Femme seule": "FS", "Couple": "CSE"}

    def avec(effectifs):
        table = fabrique.repartition("composition_familiale", "composition", effectifs, base=25)
        table = table.with_columns(pl.col("modalite_1").replace(codes))
        bloc = du_catalogue(fabrique.bloc("c", "barres", ["composition_familiale"], table))
        donnees = rapport()
        section = replace(donnees.sections[1], blocs=(bloc,))
        return replace(donnees, sections=(section,))

    ecrire(espace, '## Les ménages\n\n{{ part("composition_familiale", "isolé") }}\n')
    publie = commenter(espace, avec({"Homme seul": 15, "Femme seule": 2, "Couple": 8}))
    assert "68 %" in lisible(publie.bloc("Les ménages"))
    masque = commenter(espace, avec({"Homme seul": 15, "Femme seule": "masque", "Couple": 8}))
    assert "[masqué]" in masque.bloc("Les ménages")


@pytest.mark.parametrize(
    ("expression", "suggestion"),
    [
        ("menages_acompagnes", "menages_accompagnes"),
        ('part("composition_familiale", "Home seul")', "Homme seul"),
        ('parts("composition_familiale", "Homme seul")', "part"),
        ('part("composition_familliale", "Homme seul")', "composition_familiale"),
        ("relogements", "data/services/essai.toml"),  # existe, mais ce rapport ne l'imprime pas
    ],
)
def test_un_nom_mal_ecrit_echoue_avec_une_suggestion(espace, expression, suggestion):
    with pytest.raises(ErreurDefinition) as leve:
        imprime(espace, expression)
    assert "data/commentaires/essai/2022.md, ligne 3" in leve.value.message
    assert suggestion in leve.value.remede


@pytest.mark.parametrize(
    "expression",
    [
        "().__class__.__mro__",
        "menages_accompagnes.__init__",
        '__import__("os").system("id")',
        'part(open("/etc/passwd"))',
        "[x for x in (1,)]",
        "lambda: 1",
        'part(**{"a": 1})',
        "1 + 1",
        '"texte"',
        "",
        "(" * 120,
        'part("a", "b", "c", "d")',
        'part("composition_familiale", "Homme seul", autre="x")',
    ],
)
def test_rien_ne_s_execute(espace, expression):
    with pytest.raises(ErreurDefinition):
        imprime(espace, expression)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Co")), max_size=60))
def test_une_expression_quelconque_est_lue_ou_refusee(texte):
    try:
        marque, expressions = extraire(f"a {{{{{texte}}}}} b", "f.md", 1)
    except ErreurDefinition as erreur:
        assert "f.md, ligne" in erreur.message
    else:
        assert "{{" not in marque and all(e.nom.isidentifier() for e in expressions)


@pytest.mark.parametrize("texte", ["{{ menages_accompagnes", "menages }} ici", "{% if 1 %}"])
def test_une_injection_mal_fermee_dit_sa_ligne(espace, texte):
    with pytest.raises(ErreurDefinition, match="ligne 4"):
        commente(espace, f"## Les ménages\n\nBonjour.\n{texte}\n")


def test_deux_tableaux_de_la_section_qui_different_doivent_etre_nommes(espace):
    """Un même nom lu dans deux figures de même rang : l'auteur dit laquelle."""
    from dataclasses import replace

    from observatoire.commentaires import commenter
    from tests.commentaires.atelier import ecrire, rapport
    from tests.restitution import fabrique

    donnees = rapport()
    autre = fabrique.bloc(
        "b", "barres", ["composition_familiale"], fabrique.bloc_repartition().precedente, titre="Autre"
    )
    section = replace(donnees.sections[1], blocs=(*donnees.sections[1].blocs, autre))
    donnees = replace(donnees, sections=(donnees.sections[0], section, donnees.sections[2]))
    ecrire(espace, '## Les ménages\n\n{{ nombre("composition_familiale", "Homme seul") }}\n')
    with pytest.raises(ErreurDefinition, match="deux valeurs"):
        commenter(espace, donnees)
    ecrire(espace, '## Les ménages\n\n{{ nombre("composition_familiale", "Homme seul", figure="Autre") }}.\n')
    assert "<p>11.</p>" in commenter(espace, donnees).bloc("Les ménages").replace(' class="commentaire"', "")


def test_un_chiffre_injecte_n_est_pas_plus_precis_que_son_tableau(espace):
    """La plus petite base d'un tableau donne les décimales de tous ses taux, et celles du texte qui les cite."""
    from dataclasses import replace

    import polars as pl

    from observatoire.commentaires import commenter
    from tests.commentaires.atelier import ecrire, rapport
    from tests.restitution import fabrique

    donnees = rapport()
    bloc = fabrique.bloc_repartition()
    total = pl.col("ventilation_1").is_null()
    grande = bloc.table.with_columns(
        base=pl.when(total).then(50.0).otherwise(4_000.0),
        valeur=pl.when(pl.col("libelle_1") == "Homme seul").then(91.5234).otherwise(pl.col("valeur")),
    )
    section = replace(donnees.sections[1], blocs=(replace(bloc, table=grande),))
    donnees = replace(donnees, sections=(donnees.sections[0], section, donnees.sections[2]))
    ecrire(espace, '## Les ménages\n\n{{ part("composition_familiale", "Homme seul") }}.\n')
    assert "92\u00a0%" in commenter(espace, donnees).bloc("Les ménages")
