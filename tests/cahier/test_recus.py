"""Les tables reçues et le réglage d'un cahier : ce qui ne se lit pas est refusé, avec le remède."""

from __future__ import annotations

import pytest

from observatoire.cahiers.reglage import lire_cahier, region_du
from observatoire.campagne.donnees_types import COLONNES_CONTRAT
from observatoire.erreurs import ErreurDefinition, ErreurFichier, ErreurParametre
from observatoire.espace import Espace
from tests.cahier.fabrique import BLOC, TAUX, ecrire_recu, espace_cahier, ligne, par_departement, preparer

BONNES = par_departement(2020, {"44": (30, 100)})


@pytest.mark.parametrize(
    ("mauvaise", "attendu"),
    [
        (ligne(2020, numerateur="douze", denominateur=40), "ligne 3, colonne numerateur : « douze »"),
        (ligne(2020, numerateur=50, denominateur=40), "numérateur 50 plus grand que le dénominateur 40"),
        (ligne(2020, valeur=12, numerateur=10, denominateur=40), "12 % ne se retrouve pas"),
        (ligne(2020, etat="publié"), "état « publié » inconnu"),
        (ligne("vingt"), "colonne annee : « vingt »"),
        (BONNES[0], "la même cellule est donnée plusieurs fois (lignes 2, 3)"),
        (ligne(2020, ventilation_1="departement", modalite_1="62", valeur=10), "« 62 » n'est pas de la région"),
    ],
    ids=["nombre", "inverse", "part_fausse", "etat", "annee", "double", "departement"],
)
def test_une_table_recue_illisible_est_refusee(tmp_path, mauvaise, attendu):
    espace = espace_cahier(tmp_path, {"a.csv": [*BONNES, mauvaise]})
    with pytest.raises((ErreurFichier, ErreurDefinition)) as refus:
        preparer(espace)
    assert "a.csv" in str(refus.value) and attendu in str(refus.value)


def test_une_colonne_absente_est_nommee(tmp_path):
    espace = espace_cahier(tmp_path, {"a.csv": BONNES})
    ecrire_recu(espace, "a.csv", BONNES, ",".join(COLONNES_CONTRAT).replace("numerateur", "numérateur"))
    with pytest.raises(ErreurFichier, match=r"colonne « numerateur » absente.*Vouliez-vous dire « numérateur »"):
        preparer(espace)


def test_une_table_sans_source_est_refusee(tmp_path):
    espace = espace_cahier(tmp_path, {"a.csv": BONNES})
    ecrire_recu(espace, "oubliee.csv", BONNES)
    with pytest.raises(ErreurDefinition, match=r"« oubliee.csv » n'a pas de source"):
        lire_cahier(espace, "52")


@pytest.mark.parametrize(
    ("avant", "apres", "attendu"),
    [
        ('genre = "departements"', 'genre = "départements"', "genre de bloc « départements » inconnu.*Vouliez-vous"),
        ("types =", "type =", "clé « type » inconnue.*Vouliez-vous dire « types »"),
        (f'["{TAUX}"]', f'"{TAUX}"', "est du type str"),
    ],
    ids=["genre", "cle", "type"],
)
def test_un_bloc_mal_ecrit_est_refuse(tmp_path, avant, apres, attendu):
    espace = espace_cahier(tmp_path, {"a.csv": BONNES}, blocs=BLOC.replace(avant, apres))
    with pytest.raises(ErreurDefinition, match=attendu):
        lire_cahier(espace, "52")


def test_un_indicateur_inconnu_est_suggere(tmp_path):
    espace = espace_cahier(tmp_path, {"a.csv": BONNES}, blocs=BLOC.replace(TAUX, "taux_sortie_emploi"))
    with pytest.raises(ErreurParametre, match=f"Vouliez-vous dire « {TAUX} »"):
        preparer(espace)


def test_plus_de_repondantes_que_d_interrogees_est_refuse(tmp_path):
    espace = espace_cahier(tmp_path, {"a.csv": BONNES})
    fichier = espace.donnees / "cahiers" / "52" / "cahier.toml"
    texte = fichier.read_text(encoding="utf-8")
    trop = 'champ = "sortants"\ninterrogees = 3\nrepondantes = 4'
    fichier.write_text(texte.replace('champ = "sortants"', trop), encoding="utf-8")
    with pytest.raises(ErreurDefinition, match="4 structures répondantes pour 3 interrogées"):
        lire_cahier(espace, "52")


def test_chaque_departement_a_sa_region(racine):
    espace = Espace(racine)
    assert [region_du(espace, d) for d in ("44", "85", "62", "2A", "974")] == ["52", "52", "32", "94", "04"]
    with pytest.raises(ErreurParametre, match="Département « 20 » inconnu"):
        region_du(espace, "20")


def test_le_cahier_livre_se_lit(racine):
    reglage = lire_cahier(Espace(racine), "52")
    assert list(reglage.departements) == ["44", "49", "53", "72", "85"]
    assert reglage.themes[0].annees == [2017, 2020] and len(reglage.themes[0].fiches) == 9
    employes = {i for t in reglage.themes for s in t.sections for b in s.blocs for i in b.indicateurs}
    assert set(reglage.definitions) <= employes, "une définition que rien n'emploie"
