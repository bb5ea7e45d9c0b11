"""La ligne d'en-tête est celle qui montre le plus de colonnes attendues."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from observatoire.collecte.entete import score, trouver_entete
from observatoire.collecte.tableau import Apercu, nommer_colonnes
from tests.nettoyage.outils import RAPIDE


def apercu(*lignes: tuple[str, ...]) -> Apercu:
    return Apercu("", tuple(enumerate(lignes, start=1)))


def test_titre_qui_contient_un_nom_de_colonne() -> None:
    """Un titre qui porte par hasard un nom attendu ne passe pas devant le vrai en-tête."""
    lu = apercu(("Ménages", "2022"), ("", ""), ("Date", "Ménages", "Âge"), ("1", "2", "3"))
    assert trouver_entete(lu, ["menages", "date", "age"]) == 2


def test_en_tete_repete_plus_bas() -> None:
    assert trouver_entete(apercu(("a", "b"), ("1", "2"), ("a", "b")), ["a", "b"]) == 0


def test_rien_d_attendu() -> None:
    assert trouver_entete(apercu(("x", "y"), ("1", "2")), ["a"]) is None


def test_sans_attente_la_ligne_la_plus_remplie() -> None:
    assert trouver_entete(apercu(("Titre", ""), ("Nom", "Date"), ("12", "2022")), []) == 1


def test_score_sans_casse_ni_accent() -> None:
    assert score(["DATE  D’ENTRÉE", None, "autre"], {"date d entree"}) == 1


@RAPIDE
@given(
    titres=st.lists(st.lists(st.text("xyz0123 ", max_size=6), max_size=4), max_size=15),
    donnees=st.lists(st.lists(st.text("xyz0123 ", max_size=6), max_size=4), max_size=15),
)
def test_en_tete_trouve_sous_tout_titre(titres: list[list[str]], donnees: list[list[str]]) -> None:
    """Quels que soient le titre et les données, l'en-tête est trouvé à sa place."""
    lu = apercu(*(tuple(t) for t in titres), ("Code", "Age"), *(tuple(d) for d in donnees))
    assert trouver_entete(lu, ["âge", "code"]) == len(titres)


@RAPIDE
@given(st.lists(st.one_of(st.none(), st.text("ab _", max_size=3)), max_size=8), st.integers(0, 10))
def test_noms_de_colonnes_uniques(entete: list[str | None], largeur: int) -> None:
    noms = nommer_colonnes(tuple(entete), largeur)
    assert len(noms) == len(set(noms)) == largeur
