"""Reconnaître les données personnelles à l'en-tête d'une colonne et à la forme d'une valeur."""

from __future__ import annotations

import polars as pl
import pytest

from observatoire import modele
from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace, racine_gabarit
from observatoire.nettoyage import Contexte
from observatoire.nettoyage.personnel import (
    MASQUE_VALEUR,
    NATURE_PERSONNELLE,
    NATURE_TEXTE_LIBRE,
    Discretion,
    Genre,
    discretion,
    genre_d_en_tete,
    genres_de_noms,
    refuser_colonne_personnelle,
)
from tests.nettoyage.outils import COURRIEL, TELEPHONE

SECTEUR = Contexte(Espace(racine_gabarit())).mots_du_secteur


@pytest.mark.parametrize(
    ("entete", "genre"),
    [
        ("Prénom", Genre.PRENOM),
        ("NOM DE NAISSANCE", Genre.NOM),
        ("Nom du demandeur", Genre.NOM),
        ("Date de naissance", Genre.NAISSANCE),
        ("Né(e) le", Genre.NAISSANCE),
        ("DDN", Genre.NAISSANCE),
        ("Lieu de naissance", None),
        ("Tél. portable", Genre.TELEPHONE),
        ("N° de téléphone", Genre.TELEPHONE),
        ("E-mail", Genre.COURRIEL),
        ("Adresse mail", Genre.COURRIEL),
        ("Adresse postale", Genre.ADRESSE),
        ("N° sécurité sociale", Genre.NIR),
        ("Observations", Genre.TEXTE_LIBRE),
        ("Nom de la structure", None),
        ("Nom", None),
        ("Début", None),
        ("N° dossier", None),
        ("Motif de fin", None),
    ],
)
def test_en_tetes(entete: str, genre: Genre | None) -> None:
    assert genre_d_en_tete(entete) is genre


def test_un_nom_seul_est_celui_d_une_personne_a_cote_d_un_prenom() -> None:
    """« Nom » peut être celui d'une résidence : un prénom voisin tranche."""
    assert genre_d_en_tete("Nom", ["Nom", "Ville"]) is None
    assert genre_d_en_tete("NOM", ["NOM", "Prénom"]) is Genre.NOM


@pytest.mark.parametrize(
    "valeur",
    [
        COURRIEL,
        TELEPHONE,
        TELEPHONE.replace("0", "+33 ", 1),
        TELEPHONE.replace(" ", ""),
        f"appeler le {TELEPHONE.replace(' ', '.')} le soir",
        "2 85 05 62 427 084 36",
        "285056242708436",
        "12 rue des Lilas",
        "3 bis, avenue de la Gare",
        "rue de la République",
        "partie en mars chez sa tante après une longue dispute",
        "Mme ESSAI",
        "vu avec M. Essai",
        "née le 3 mai 1985",
        "ZORGLUB Jeanne",
        "Jeanne de La Zorglubière",
    ],
)
def test_valeurs_masquees(valeur: str) -> None:
    assert Discretion(secteur=SECTEUR).masquer(pl.Series([valeur])).to_list() == [MASQUE_VALEUR]


@pytest.mark.parametrize(
    "valeur",
    [
        "31/02/2022",
        "une trentaine",
        "martien",
        "Conseiller IAE",
        "Foyer Jeunes Travailleurs",
        "1 352,83 €",
        "1.352",
        "Homme Seul",
        "HENIN BEAUMONT 2",
        "2022-13-01",
        "Revenu de solidarité active majoré pour parent isolé avec enfants",
        "Rue ou abri de fortune",
        "",
        None,
    ],
)
def test_valeurs_montrees(valeur: str | None) -> None:
    """Une faute d'écriture se montre : sans elle, personne ne saurait quoi corriger."""
    assert Discretion(secteur=SECTEUR).masquer(pl.Series([valeur], dtype=pl.String)).to_list() == [valeur]


def test_les_noms_d_un_fichier_se_reconnaissent_ailleurs() -> None:
    """Un nom seul, sans forme particulière, est masqué parce que le fichier le porte dans sa colonne de noms."""
    donnees = pl.DataFrame({"Nom": ["ZORGLUB", "DE LA TESTE"], "Prénom": ["Zoa", "Éloi"], "Ville": ["Lens", "Lens"]})
    juge = discretion(donnees, genres_de_noms(donnees.columns), SECTEUR)
    assert juge.masquer(pl.Series(["zorglub", "dossier de Teste", "Lens", "eloi"])).to_list() == [
        MASQUE_VALEUR, MASQUE_VALEUR, "Lens", MASQUE_VALEUR,
    ]  # fmt: skip
    assert juge.texte_a_ecarter(pl.Series(["chez Zorglub Zoa", "Zorglub"]), libelle=True).to_list() == [  # type: ignore[union-attr]
        NATURE_PERSONNELLE, None,
    ]  # fmt: skip


def test_une_commune_inconnue_se_montre() -> None:
    juge = Discretion(frozenset({"lens"}), frozenset({"ada"}), SECTEUR)
    assert juge.masquer(pl.Series(["Le Portel Neuf"]), commune=True).to_list() == ["Le Portel Neuf"]
    assert juge.masquer(pl.Series(["Lens Ada"]), commune=True).to_list() == [MASQUE_VALEUR]
    assert juge.masquer(pl.Series(["12 rue du Port 62480 Portel"]), commune=True).to_list() == [MASQUE_VALEUR]


def test_un_recit_n_est_pas_un_libelle() -> None:
    """Une cellule longue d'une colonne de libellés est un texte libre ; d'un commentaire à publier, non."""
    long = pl.Series(["rencontre au local, " * 10])
    juge = Discretion(secteur=SECTEUR)
    assert juge.texte_a_ecarter(long, libelle=True).to_list() == [NATURE_TEXTE_LIBRE]  # type: ignore[union-attr]
    assert juge.texte_a_ecarter(long, libelle=False) is None


@pytest.mark.parametrize(
    ("entete", "table", "colonne"),
    [
        ("Adresse", "acte", "lieu"),
        ("Prénom", "demande", "organisme"),
        ("Date de naissance", "membre", "debut"),
        ("Téléphone", "place", "id_place"),
        ("Observations", "acte", "lieu"),
    ],
)
def test_colonne_personnelle_rangee_en_clair_refusee(entete: str, table: str, colonne: str) -> None:
    with pytest.raises(ErreurDefinition, match=rf"« {entete} » \(.+\) ne peut pas nourrir {colonne}"):
        refuser_colonne_personnelle("x.csv", entete, modele.table(table).colonnes[colonne], [entete])


@pytest.mark.parametrize(
    ("entete", "table", "colonne"),
    [
        ("Date de naissance", "personne", "naissance"),
        ("Téléphone", "personne", "id_personne"),
        ("Adresse", "situation", "commune"),
        ("Commentaire", "commentaire", "texte"),
        ("Mail", "acte", "mode"),
    ],
)
def test_colonne_personnelle_permise(entete: str, table: str, colonne: str) -> None:
    """Pseudonymisée, réduite au mois, traduite en code ou écrite pour être publiée."""
    refuser_colonne_personnelle("x.csv", entete, modele.table(table).colonnes[colonne], [entete])
