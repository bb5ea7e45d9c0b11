"""La lecture de la partie `[import]` : compositions, identités, jointures, choix, et chaque refus."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from observatoire.collecte import correspondances as module
from observatoire.collecte.correspondances import Composition, lire_correspondances, lire_options
from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace
from observatoire.services import lire_service

ENTREE = """
libelle = "Essai"
{general}
[[import.fichiers]]
motif = "e*.csv"
{fichier}
  [[import.fichiers.tables]]
  table = "mesure"
  colonnes = {{ id_mesure = {id_mesure}, id_menage = "D" }}
{suite}
"""
SITUATIONS = """
  [[import.fichiers.tables]]
  table = "situation"
  constantes = { moment = "entree" }
  colonnes = { id_menage = "D", date = "E" }
  [[import.fichiers.tables]]
  table = "situation"
  constantes = { moment = "sortie" }
  colonnes = { id_menage = "D", date = "S" }
"""


def lire(espace: Espace, *, general: str = "", fichier: str = "", id_mesure: str = '"M"', suite: str = ""):
    texte = ENTREE.format(general=general, fichier=fichier, id_mesure=id_mesure, suite=suite)
    (espace.dossier_services / "essai.toml").write_text(texte, encoding="utf-8")
    return lire_correspondances(lire_service(espace, "essai"))


def test_une_composition_se_lit_entiere(espace_neuf: Espace) -> None:
    (lue,) = lire(
        espace_neuf,
        id_mesure='{ compose = ["A", "B"], facultatives = ["C"], separateur = "-", suffixe = "x", rang = true }',
    )
    (alimentation,) = lue.alimentations
    (composition,) = alimentation.compositions
    assert composition == Composition(("A", "B"), ("C",), "-", "x", True)
    assert alimentation.colonnes["id_mesure"] == composition.nom == "composé de A + B + C + « x » + rang"
    assert alimentation.sources == ["D", "A", "B", "C"]
    assert composition.nom in alimentation.entetes


def test_une_liste_est_une_identite(espace_neuf: Espace) -> None:
    (lue,) = lire(espace_neuf, id_mesure='["Nom", "Prénom"]')
    (composition,) = lue.alimentations[0].compositions
    assert composition.identite and composition.parts == ("Nom", "Prénom")


def test_les_choix_completent_les_tables(espace_neuf: Espace) -> None:
    choix = """
  [import.fichiers.choix]
  "Fin" = "mesure.date_fin"
  "Pro" = "situation.sortie.emploi"
  "Ville" = ["situation.entree.commune", "situation.sortie.commune"]
  "Version" = ""
"""
    (lue,) = lire(espace_neuf, suite=SITUATIONS + choix)
    mesure, entree, sortie = lue.alimentations
    assert mesure.colonnes["date_fin"] == "Fin"
    assert "emploi" not in entree.colonnes and sortie.colonnes["emploi"] == "Pro"
    assert entree.colonnes["commune"] == sortie.colonnes["commune"] == "Ville"
    assert lue.ecartees == ("Version",)


def test_les_jointures_et_les_options(espace_neuf: Espace) -> None:
    (lue,) = lire(
        espace_neuf,
        general='[import]\nformat_date = "mja"\naccepter_proches = true\npseudonymes = "fournis"',
        fichier='date_1904 = true\njoindre = [{ fichier = "p*.csv", par = "U" }, '
        '{ fichier = "q.xlsx", feuille = "F", par = { "U" = "Usager" } }]',
    )
    une, deux = lue.jointures
    assert une.convient("P_2022.CSV") and une.par == {"U": "U"}
    assert (deux.feuille, deux.par) == ("F", {"U": "Usager"})
    assert (lue.ordre, lue.ordre_declare, lue.date_1904) == ("mja", True, True)
    assert lue.sources == ["M", "D", "U"]
    options = lire_options(lire_service(espace_neuf, "essai"))
    assert options.accepter_proches and options.pseudonymes == "fournis"


def test_sans_rien_declarer(espace_neuf: Espace) -> None:
    (lue,) = lire(espace_neuf)
    assert (lue.ordre_declare, lue.date_1904, lue.jointures, lue.ecartees) == (False, None, (), ())
    assert lire_options(lire_service(espace_neuf, "essai")).pseudonymes == "calcules"


@pytest.mark.parametrize(
    ("reglage", "message"),
    [
        ({"id_mesure": '{ composer = ["A"] }'}, "clé « composer » inconnue"),
        ({"id_mesure": '{ facultatives = ["A"] }'}, "la clé « compose » manque"),
        ({"id_mesure": '{ compose = "A" }'}, "compose attend du texte"),
        ({"id_mesure": "{ compose = [1] }"}, "compose attend du texte"),
        ({"id_mesure": '{ compose = ["A"], rang = 1 }'}, "rang = « 1 » n'est ni true ni false"),
        ({"id_mesure": "3"}, "n'est pas une colonne de l'export"),
        ({"id_mesure": '""'}, "n'est pas une colonne de l'export"),
        ({"id_mesure": "[]"}, "n'est pas une colonne de l'export"),
        ({"id_mesure": '"?"'}, r"ligne 9 \(id_mesure\)"),
        ({"fichier": 'joindre = { fichier = "p.csv" }'}, "la clé « par » manque"),
        ({"fichier": 'joindre = { fichier = "p.csv", par = 3 }'}, "par n'est ni une colonne"),
        ({"fichier": 'joindre = { fichier = "p.csv", par = { "U" = 1 } }'}, "par n'est ni une colonne"),
        ({"fichier": 'joindre = { fichier = "p.csv", cle = "U" }'}, "clé « cle » inconnue"),
        ({"fichier": "date_1904 = 1"}, "date_1904 = « 1 » n'est ni true ni false"),
        ({"fichier": 'format_date = "jjmm"'}, "format_date « jjmm » inconnu"),
        ({"general": '[import]\npseudonymes = "non"'}, "pseudonymes = « non » inconnu"),
        ({"general": '[import]\naccepter_proches = "oui"'}, "accepter_proches = « oui »"),
        ({"general": '[import]\npseudonymes = "fournis"', "id_mesure": '["Nom"]'}, "identifie des personnes par Nom"),
        ({"suite": '  [import.fichiers.choix]\n  "X" = "emploi"'}, "ne désigne pas une colonne"),
        ({"suite": '  [import.fichiers.choix]\n  "X" = "acte.lieu"'}, "ce fichier ne nourrit pas « acte »"),
        ({"suite": '  [import.fichiers.choix]\n  "X" = "mesure.emploi"'}, "colonne « emploi » inconnue"),
        ({"suite": '  [import.fichiers.choix]\n  "X" = "mesure.id_menage"'}, "a déjà une colonne"),
        (
            {"suite": SITUATIONS + '  [import.fichiers.choix]\n  "X" = "situation.emploi"'},
            "plusieurs fois « situation »",
        ),
    ],
)
def test_chaque_faute_est_nommee(espace_neuf: Espace, reglage: dict[str, str], message: str) -> None:
    with pytest.raises(ErreurDefinition, match=message) as erreur:
        lire(espace_neuf, **reglage)
    assert "essai.toml" in erreur.value.message


def test_une_liste_ne_nomme_pas_un_lieu(espace_neuf: Espace) -> None:
    """Un identifiant rangé en clair ne peut pas venir d'un état civil."""
    suite = """
  [[import.fichiers.tables]]
  table = "place"
  colonnes = { id_place = ["Nom", "Prénom"], nb_places = "N", ouverture = "O" }
"""
    with pytest.raises(ErreurDefinition, match="identifie une personne ou un ménage"):
        lire(espace_neuf, suite=suite)


def test_la_page_de_reference_dit_tout_et_ses_exemples_se_lisent(espace_neuf: Espace, racine: Path) -> None:
    """Chaque clé lue est expliquée dans docs/correspondances.md, et chaque exemple complet est accepté."""
    page = (racine / "docs" / "correspondances.md").read_text(encoding="utf-8")
    lues = {c for nom in dir(module) if nom.startswith("_CLES") for c in getattr(module, nom)}
    assert len(lues) > 20
    assert [c for c in sorted(lues) if f"`{c}`" not in page and f"[import.{c}" not in page] == []
    blocs = re.findall(r"```toml\n(.*?)```", page, flags=re.S)
    exemples = [b for b in blocs if "[[import.fichiers]]" in b and "table =" in b]
    assert len(exemples) >= 2
    for exemple in exemples:
        (espace_neuf.dossier_services / "essai.toml").write_text(f'libelle = "Essai"\n{exemple}', encoding="utf-8")
        assert lire_correspondances(lire_service(espace_neuf, "essai"))
