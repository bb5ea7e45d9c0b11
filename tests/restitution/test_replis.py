"""Une figure toute masquée ne tient pas une page : une phrase par section, et son ancre reste."""

from dataclasses import replace

from observatoire.campagne.donnees_types import Retenue, SectionRapport
from observatoire.restitution import page, replis
from tests.restitution import fabrique


def masque(cle="genre", titre="Genre", effectifs=None):
    table = fabrique.repartition("composition_familiale", "genre", effectifs or {"H": "masque", "F": "masque"}, base=21)
    return replace(fabrique.bloc(cle, "barres", ["composition_familiale"], table, titre=titre))


def test_une_phrase_par_section():
    contenu = SectionRapport("Zoom", "", (masque(), fabrique.bloc_repartition(), masque("age", "Âge")))
    html = str(page.section(contenu, 1))
    assert html.count("<figure") == 1 and html.count('class="masques"') == 1
    assert 'id="genre"' in html and 'id="age"' in html, "le sommaire y mène encore"
    assert html.count("(21 au total)") == 2


def test_ce_qui_a_une_valeur_reste_une_figure():
    assert not replis.repliee(masque(effectifs={"H": 9, "F": "masque"}))
    assert not replis.repliee(fabrique.bloc_repartition())
    assert not replis.repliee(masque(effectifs={"H": 0, "F": 0})), "que des zéros : rien n'est masqué"


def test_des_zeros_et_des_masques_se_replient():
    assert replis.repliee(masque(effectifs={"H": 0, "F": "masque", "AUTRE": "masque_secondaire"}))


def test_une_retenue_garde_son_explication():
    bloc = replace(masque(), retenues=(Retenue("composition_familiale", 2022, "", ("Le genre manque.",)),))
    assert not replis.repliee(bloc)


def test_le_total_masque_ne_s_ecrit_pas():
    table = fabrique.table(
        [
            fabrique.ligne("composition_familiale", None, etat="masque"),
            fabrique.ligne("composition_familiale", None, etat="masque", v1="genre", m1="H"),
        ]
    )
    bloc = fabrique.bloc("g", "barres", ["composition_familiale"], table, titre="Genre")
    assert "au total" not in replis.phrase([bloc]) and replis.phrase([]) == ""
