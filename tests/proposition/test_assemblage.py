"""Assembler un tableau : valeurs composées, identités, colonnes d'un autre fichier."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.collecte.assemblage import assembler, fichiers_joints
from observatoire.collecte.correspondances import Alimentation, Composition, Correspondance, Jointure
from observatoire.collecte.tableau import LIGNE, Tableau
from observatoire.erreurs import ErreurFichier
from tests.proposition.envois import ecrire


def tableau(colonnes: dict[str, list[str | None]]) -> Tableau:
    hauteur = len(next(iter(colonnes.values())))
    donnees = pl.DataFrame(colonnes, schema=dict.fromkeys(colonnes, pl.String))
    return Tableau("essai.csv", "", 1, donnees.with_columns(pl.Series(LIGNE, range(2, hauteur + 2), dtype=pl.Int64)))


def composer(colonnes: dict[str, list[str | None]], composition: Composition, ordre: str = "jma") -> list[str | None]:
    alimentation = Alimentation("mesure", {"id_mesure": composition.nom}, compositions=(composition,))
    correspondance = Correspondance("*", "", ordre, (alimentation,), ordre_declare=True)
    assemble = assembler(tableau(colonnes), correspondance)
    return assemble.donnees[assemble.exiger(composition.nom)].to_list()


def test_une_date_composee_ne_depend_pas_de_son_ecriture() -> None:
    ecritures = ["03/01/2022", "3-1-22", "2022-01-03", "2022-01-03 00:00:00", "44564"]
    colonnes = {"N° dossier": [" D1 "] * 5, "Date": ecritures}
    assert composer(colonnes, Composition(("N° dossier", "Date"))) == ["D1 · 2022-01-03"] * 5


def test_une_partie_vide_vide_la_valeur() -> None:
    colonnes = {"A": ["a", "-", None, "NC"], "B": ["x", "y", "z", "t"]}
    assert composer(colonnes, Composition(("A", "B"))) == ["a · x", None, None, None]
    assert composer(colonnes, Composition(("B",), ("A",), "/")) == ["x/a", "y", "z", "t"]


def test_suffixe_et_rang() -> None:
    colonnes = {"A": ["a", "b", "a", None, "a"]}
    assert composer(colonnes, Composition(("A",), suffixe="conjoint")) == [
        "a · conjoint", "b · conjoint", "a · conjoint", None, "a · conjoint",
    ]  # fmt: skip
    assert composer(colonnes, Composition(("A",), rang=True)) == ["a · 1", "b · 1", "a · 2", None, "a · 3"]


@given(st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=1, max_size=30))
def test_le_rang_distingue_toutes_les_lignes(valeurs: list[str]) -> None:
    composees = [v for v in composer({"A": list(valeurs)}, Composition(("A",), rang=True)) if v is not None]
    assert len(set(composees)) == len(composees) == sum(bool(v) for v in valeurs)


def test_une_identite_se_retrouve_d_un_logiciel_a_l_autre() -> None:
    """Accents, casse, traits d'union et écriture de la date ne font pas deux personnes ; une date illisible, si."""
    colonnes = {
        "Nom": ["DUPONT-LÉVY", "Dupont Levy", "dupont  lévy", "Autre", "Autre"],
        "Naissance": ["05/06/1971", "1971-06-05", "5/6/71", "31/02/1980", None],
    }
    composees = composer(colonnes, Composition(("Nom", "Naissance"), identite=True))
    assert len(set(composees[:3])) == 1 and composees[0]
    assert composees[3:] == [None, None]


def _jointure(dossier: Path, par: dict[str, str] | None = None, droite: list[tuple[str, ...]] | None = None) -> Tableau:
    lignes = droite or [("Usager", "Foyer", "Note"), ("u1", "F1", "a"), ("U2", "F2", "b"), ("U2", "F2", "b")]
    joint = ecrire(dossier / "personnes.csv", lignes)
    jointure = Jointure("personnes*.csv", par or {"Code": "Usager"})
    alimentation = Alimentation("mesure", {"id_mesure": "M", "id_menage": "Foyer"})
    correspondance = Correspondance("*", "", "jma", (alimentation,), jointures=(jointure,))
    gauche = tableau({"M": ["1", "2", "3"], "Code": ["U1", " u2", "U9"]})
    return assembler(gauche, correspondance, [("essai.csv", dossier / "essai.csv"), (joint.name, joint)])


def test_une_jointure_ne_change_pas_les_lignes(tmp_path: Path) -> None:
    """Casse et espaces ne comptent pas, un double identique non plus ; sans correspondant, la cellule est vide."""
    assemble = _jointure(tmp_path)
    assert assemble.donnees["Foyer"].to_list() == ["F1", "F2", None]
    assert assemble.donnees[LIGNE].to_list() == [2, 3, 4]
    assert assemble.colonnes == ["M", "Code", "Foyer"], "une colonne que rien ne demande n'est pas jointe"


def test_une_jointure_contradictoire_est_refusee(tmp_path: Path) -> None:
    contraires = [("Usager", "Foyer"), ("U1", "F1"), ("U1", "F7"), ("U2", "F2")]
    with pytest.raises(
        ErreurFichier, match=r"ligne 2 et .*ligne 3 : même « Code » = « Usager », mais « Foyer » diffère"
    ):
        _jointure(tmp_path, droite=contraires)


def test_une_jointure_sans_rencontre_est_refusee(tmp_path: Path) -> None:
    with pytest.raises(ErreurFichier, match="aucune ligne ne se retrouve"):
        _jointure(tmp_path, droite=[("Usager", "Foyer"), ("X1", "F1"), ("X2", "F2")])


def test_une_colonne_de_rapprochement_absente_est_nommee(tmp_path: Path) -> None:
    with pytest.raises(ErreurFichier, match="colonne « Matricule » introuvable"):
        _jointure(tmp_path, {"Code": "Matricule"})


def test_un_fichier_a_joindre_absent_est_nomme(tmp_path: Path) -> None:
    jointure = Jointure("rien*.csv", {"Code": "Code"})
    alimentation = Alimentation("mesure", {"id_mesure": "M", "id_menage": "Foyer"})
    correspondance = Correspondance("*", "", "jma", (alimentation,), jointures=(jointure,))
    envoi = ecrire(tmp_path / "essai.csv", [("M", "Code"), ("1", "U1")])
    with pytest.raises(ErreurFichier, match=r"le fichier à joindre « rien\*\.csv » n'est pas dans l'envoi"):
        assembler(tableau({"M": ["1"], "Code": ["U1"]}), correspondance, [("essai.csv", envoi)])


def test_un_voisin_de_dossier_se_joint_aussi(tmp_path: Path) -> None:
    """Importer le seul fichier principal suffit si l'autre est à côté de lui."""
    ecrire(tmp_path / "personnes.csv", [("Usager", "Foyer"), ("U1", "F1")])
    jointure = Jointure("personnes*.csv", {"Code": "Usager"})
    correspondance = Correspondance(
        "*", "", "jma", (Alimentation("mesure", {"id_menage": "Foyer"}),), jointures=(jointure,)
    )
    assemble = assembler(tableau({"Code": ["U1"]}), correspondance, [("essai.csv", tmp_path / "essai.csv")])
    assert assemble.donnees["Foyer"].to_list() == ["F1"]
    assert fichiers_joints([correspondance], [("a/personnes.csv", Path("x")), ("b.csv", Path("y"))]) == {
        "a/personnes.csv"
    }


def test_sans_rien_a_assembler_le_tableau_est_rendu_tel_quel() -> None:
    lu = tableau({"M": ["1"]})
    assert assembler(lu, Correspondance("*", "", "jma", (Alimentation("mesure", {"id_mesure": "M"}),))) is lu
