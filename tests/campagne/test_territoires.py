"""Un bloc réglé à part, et un bloc par territoire : l'ensemble se recalcule sur les sommes."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from observatoire.campagne.donnees import preparer_rapport
from observatoire.erreurs import ErreurDefinition
from observatoire.protection import proteger
from observatoire.services import lire_service
from tests.atelier import SERVICE, espace_de

FICHE = """
type_service = "FSL_ASLL"
territoires = ["Nord", "Sud"]
comparaison = []
chiffres_cles = ["mesures_exercees"]
"""


def mesure(numero: int, territoire: str, debut: date, type_mesure: str = "ACCES") -> dict:
    return {
        "id_mesure": f"m{numero}",
        "id_menage": f"f{numero}",
        "rang": 1,
        "territoire": territoire,
        "type_mesure": type_mesure,
        "date_debut": debut,
    }


def espace(dossier, blocs: str):
    mesures = [mesure(n, "Nord", date(2022, 2, 1)) for n in range(6)]
    mesures += [mesure(n, "Sud", date(2022, 11, 2), "MAINTIEN" if n % 2 else "ACCES") for n in range(6, 10)]
    section = f'[[sections]]\ntitre = "Mesures"\n{blocs}'
    return espace_de(dossier, f"{FICHE}\n{section}", mesure=mesures, menage=[{"id_menage": f"f{n}"} for n in range(10)])


def bloc(dossier, texte: str):
    donnees = preparer_rapport(espace(dossier, texte), SERVICE, 2022, "interne")
    return donnees.sections[0].blocs[0]


def test_les_territoires_sont_cote_a_cote_et_l_ensemble_est_leur_somme(tmp_path):
    rendu = bloc(
        tmp_path,
        '[[sections.blocs]]\nindicateurs = ["mesures_exercees"]\nventilations = ["type_mesure"]\n'
        'graphique = "territoires"\n',
    )
    assert [d.libelle for d in rendu.colonnes] == ["Nord", "Sud", "Ensemble"]
    lues = {(i, m): v for i, m, v in rendu.table.select("indicateur", "modalite_1", "valeur").iter_rows()}
    assert (lues["Nord", None], lues["Sud", None], lues["Ensemble", None]) == (6, 4, 10)
    assert (lues["Nord", "ACCES"], lues["Sud", "ACCES"], lues["Ensemble", "ACCES"]) == (6, 2, 8)
    assert {d.nom for d in rendu.definitions} == {"mesures_exercees"}


def test_sans_ventilation_les_lignes_sont_les_indicateurs(tmp_path):
    rendu = bloc(
        tmp_path,
        '[[sections.blocs]]\nindicateurs = ["mesures_exercees", "premieres_mesures"]\ngraphique = "territoires"\n',
    )
    lues = {(i, m): v for i, m, v in rendu.table.select("indicateur", "modalite_1", "valeur").iter_rows()}
    assert lues["Ensemble", "premieres_mesures"] == 10
    assert lues["Sud", "mesures_exercees"] == 4


def test_un_reglage_propre_a_un_bloc_change_son_chiffre_et_s_imprime(tmp_path):
    """D'octobre à septembre, les mesures commencées en novembre ne sont pas dans l'année."""
    rendu = bloc(
        tmp_path,
        '[[sections.blocs]]\nindicateurs = ["mesures_exercees"]\nreglages = { periode_debut = "10-01" }\n',
    )
    assert rendu.table.filter(pl.col("territoire").is_null())["valeur"].to_list() == [6]
    assert any("Période propre à ce tableau" in n for n in rendu.notes)


@pytest.mark.parametrize(
    ("texte", "message"),
    [
        ('indicateurs = ["mesures_exercees"]\nreglages = { periode_debu = "10-01" }', "periode_debu"),
        (
            'indicateurs = ["mesures_exercees", "premieres_mesures"]\nventilations = ["type_mesure"]\n'
            'graphique = "territoires"',
            "qu'un indicateur",
        ),
    ],
)
def test_un_bloc_mal_ecrit_se_dit(tmp_path, texte, message):
    with pytest.raises(ErreurDefinition, match=message):
        bloc(tmp_path, f"[[sections.blocs]]\n{texte}\n")


def test_une_cellule_masquee_ne_se_retrouve_pas_par_un_autre_territoire(tmp_path):
    """En public, l'ensemble moins le territoire publié ne doit pas rendre le territoire masqué."""
    from observatoire.indicateurs import calculer

    ici = espace(tmp_path, '[[sections.blocs]]\nindicateurs = ["mesures_exercees"]\n')
    table = calculer(ici, SERVICE, 2022, ["mesures_exercees"])
    publique = proteger(table, "public", lire_service(ici, SERVICE).parametres)
    etats = dict(zip(publique["territoire"].fill_null("ensemble"), publique["etat"], strict=True))
    assert etats["Sud"] == "masque"  # 4 mesures
    assert sum(e != "publie" for e in etats.values()) >= 2
