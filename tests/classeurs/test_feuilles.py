"""Les feuilles d'un classeur : rien que des cellules protégées, les mêmes états et les mêmes mots que la page."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from observatoire.campagne.donnees_types import Retenue
from observatoire.campagne.fiche import fiche_rapport
from observatoire.classeurs import grille
from observatoire.classeurs.blocs import feuille_bloc
from observatoire.classeurs.contenu import Feuille, Nombre, depuis_json, en_json
from observatoire.classeurs.formats import FORMATS, afficher, code_excel, format_de, jour
from observatoire.classeurs.lecture import empreinte_table
from observatoire.classeurs.plan import classeur_plan
from observatoire.classeurs.publication import table_de
from observatoire.classeurs.rapport import classeur_rapport
from observatoire.nomenclatures import lire_nomenclature
from observatoire.plans import preparation
from observatoire.plans.parametres import controler_parametres
from observatoire.plans.preparation import preparer_plan
from observatoire.qualite import Verdict
from observatoire.restitution.cellules import Cellule, Vue
from tests.plans.fabrique import SERVICE, plan_d_essai
from tests.restitution import fabrique

BLOCS = {
    nom.removeprefix("bloc_"): getattr(fabrique, nom)
    for nom in dir(fabrique)
    if nom.startswith("bloc_") and callable(getattr(fabrique, nom))
}
VALEURS = ("valeur", "numerateur", "denominateur", "base")


def colonne(feuille: Feuille, titre: str) -> dict[str, object]:
    """Une colonne d'une feuille : nom de la ligne → case."""
    rang = feuille.colonnes.index(titre)
    return {str(rangee[0]): rangee[rang] for rangee in feuille.rangees}


def autorisees(bloc) -> set[float]:
    """Tout ce qu'un bloc protégé permet d'écrire : ses valeurs, ses parts en fraction, zéro là où la table l'admet."""
    permises = {0.0}
    for table in (bloc.table, bloc.precedente):
        for ligne in table.iter_rows(named=True):
            if ligne["etat"] == "publie":
                permises |= {ligne[c] for c in VALEURS if ligne[c] is not None}
                permises |= {ligne["valeur"] / 100} if ligne["valeur"] is not None else set()
    return permises


@pytest.mark.parametrize("nom", BLOCS)
def test_une_feuille_n_ecrit_que_des_cellules_protegees(nom):
    bloc = BLOCS[nom]()
    feuille = feuille_bloc(bloc, "Section", "essai")
    permises = autorisees(bloc)
    nombres = [c.valeur for rangee in feuille.rangees for c in rangee if isinstance(c, Nombre)]
    assert nombres or nom == "retenu", "la feuille n'a aucun nombre"
    assert all(any(math.isclose(n, p, rel_tol=1e-12) for p in permises) for n in nombres)
    assert len({c.casefold() for c in feuille.colonnes}) == len(feuille.colonnes)
    assert {len(r) for r in feuille.rangees} == {len(feuille.colonnes)}


def test_une_repartition_a_son_effectif_sa_part_et_son_total():
    bloc = fabrique.bloc_repartition()
    feuille, vue = feuille_bloc(bloc), Vue(bloc)
    assert feuille.colonnes[0] == "Composition" and "Effectif 2022" in feuille.colonnes
    effectifs, parts = colonne(feuille, "Effectif 2022"), colonne(feuille, "Part 2022")
    compares = 0
    for modalite in vue.modalites():
        cellule = vue.cellule(vue.definition.nom, modalite.code)
        if cellule.publiee:
            assert effectifs[modalite.libelle].valeur == cellule.numerateur
            assert parts[modalite.libelle] == Nombre(cellule.valeur / 100, "p0")
            compares += 1
    assert compares >= 2
    assert feuille.totaux == 1 and feuille.rangees[-1][0] == "Total"


@pytest.mark.parametrize("etat", ["masque", "masque_secondaire"])
def test_un_chiffre_masque_le_reste_et_ne_dit_pas_pourquoi(etat):
    bloc = fabrique.bloc_tuiles()
    cachee = pl.col("indicateur") == bloc.definitions[0].nom
    vides = [pl.when(cachee).then(None).otherwise(pl.col(c)).alias(c) for c in VALEURS]
    masquee = bloc.table.with_columns(*vides, pl.when(cachee).then(pl.lit(etat)).otherwise("etat").alias("etat"))
    feuille = feuille_bloc(replace(bloc, table=masquee))
    assert colonne(feuille, "2022")[bloc.definitions[0].libelle] == "s"
    assert "masque" in feuille.etats and "masque_secondaire" not in feuille.etats
    assert grille.legende(feuille.etats)[0][0] == "s"


def test_une_retenue_est_dite_avant_le_tableau():
    bloc = fabrique.bloc_tuiles()
    nom = bloc.definitions[0]
    feuille = feuille_bloc(replace(bloc, retenues=(Retenue(nom.nom, 2022, "", ("Dates absentes.",)),)))
    dites = dict(feuille.avant)
    assert "dates absentes" in dites["Retenu par le contrôle de la qualité"].lower()
    assert nom.libelle in dites["Retenu par le contrôle de la qualité"]


def test_une_part_sur_moins_de_dix_ne_s_ecrit_pas():
    petite, grande = (Cellule("publie", 50.0, n / 2, float(n), "%") for n in (8, 400))
    assert format_de([grande]) == "p1" and format_de([petite, grande]) == "p1"
    bloc = fabrique.bloc_tuiles()
    taux = pl.col("unite") == "%"
    rapports = bloc.table.with_columns(pl.when(taux).then(8.0).otherwise("base").alias("base"))
    assert rapports.filter(taux).height, "le bloc d'essai n'a plus de taux"
    feuille = feuille_bloc(replace(bloc, table=rapports, precedente=bloc.precedente.clear()))
    libelles = {d.nom: d.libelle for d in bloc.definitions}
    for ligne in rapports.filter(taux & (pl.col("etat") == "publie")).iter_rows(named=True):
        assert colonne(feuille, "2022")[libelles[ligne["indicateur"]]] == "·"
        assert colonne(feuille, "Base 2022")[libelles[ligne["indicateur"]]].valeur == 8.0


def test_un_classeur_passe_par_le_json_d_un_carnet():
    classeur = classeur_rapport(fabrique.donnees())
    assert depuis_json(en_json(classeur)) == classeur
    assert classeur.avertissement and not classeur_rapport(fabrique.donnees("public")).avertissement


def test_les_definitions_disent_leur_version_sans_exemple_de_code():
    donnees = fabrique.donnees()
    feuille = classeur_rapport(donnees).definitions
    assert len(feuille.rangees) == len({(d.nom, d.version) for b in donnees.blocs for d in b.definitions})
    assert not any(">>>" in (c or "") for r in feuille.rangees for c in r)


# La mise en page


def mises_en_page(donnees):
    publiee = table_de(fiche_rapport(donnees))
    return grille.mettre_en_page(classeur_rapport(donnees), publiee, empreinte_table(publiee))


def test_un_tableau_par_feuille_le_titre_en_premier():
    donnees = fabrique.donnees()
    pages = mises_en_page(donnees)
    noms = [p.nom for p in pages]
    assert noms[:4] == ["Couverture", "Sommaire", "Notes", "Définitions"] and noms[-1] == "Données"
    assert noms[4:-1] == [f"Tableau {r}" for r in range(1, len(donnees.blocs) + 1)]
    for page in pages[:-1]:
        assert page.rangees[0].cases[0].style == "titre"
        assert page.entete is not None and page.nom_table.isidentifier()
    assert pages[-1].entete == 0
    assert len({p.nom_table for p in pages}) == len(pages)


def test_chaque_lien_mene_a_une_feuille_et_chaque_feuille_a_le_sien():
    pages = mises_en_page(fabrique.donnees())
    noms = {p.nom for p in pages}
    liens = {c.lien for p in pages for r in p.rangees for c in r.cases if c.lien}
    sommaire = next(p for p in pages if p.nom == "Sommaire")
    assert liens <= noms
    assert {c.lien for r in sommaire.rangees for c in r.cases if c.lien} == noms - {"Sommaire"}
    assert all(any(c.lien == "Sommaire" for r in p.rangees for c in r.cases) for p in pages if "Tableau" in p.nom)


def test_les_marques_employees_sont_expliquees_sur_leur_feuille_et_dans_les_notes():
    pages = mises_en_page(fabrique.donnees("public"))
    notes = next(p for p in pages if p.nom == "Notes")
    expliquees = {r.cases[0].valeur for r in notes.rangees[notes.entete + 1 :]}
    vues = 0
    for page in (p for p in pages if p.nom.startswith("Tableau")):
        marques = {c.valeur for r in page.rangees for c in r.cases if c.style.endswith("marque")}
        phrases = " ".join(str(r.cases[0].valeur) for r in page.rangees[: page.entete])
        assert marques <= expliquees
        assert all(f"{marque}\u00a0:" in phrases for marque in marques), page.nom
        vues += len(marques)
    assert vues >= 2


def test_un_texte_qu_un_tableur_calculerait_recoit_une_apostrophe():
    page = grille.Page("Essai", [20, 20])
    textes = [("=1+1", "@x"), ("—", "x")]
    rangees = [(grille.Case(a, "ligne"), grille.Case(b, "cellule")) for a, b in textes]
    page.tableau(("A", "B"), rangees, (False, False))
    assert [[c.valeur for c in r.cases] for r in page.rangees[1:]] == [["'=1+1", "'@x"], ["—", "x"]]


# Les formats


@pytest.mark.parametrize(
    ("nombre", "affiche", "code"),
    [
        (Nombre(1234.0, "n0"), "1\u202f234", "#,##0"),
        (Nombre(0.405, "p0"), "41\u00a0%", '0"\u00a0"%'),
        (Nombre(0.4052, "p1"), "40,5\u00a0%", '0.0"\u00a0"%'),
        (Nombre(1352.5, "e2"), "1\u202f352,50\u00a0€", '#,##0.00"\u00a0€"'),
        (Nombre(2022, "annee"), "2022", "0"),
        (jour(date(2022, 12, 31)), "31/12/2022", "dd/mm/yyyy"),
    ],
)
def test_un_nombre_s_affiche_comme_sur_la_page(nombre, affiche, code):
    assert (afficher(nombre), code_excel(nombre.format)) == (affiche, code)


@pytest.mark.parametrize(
    ("unite", "valeurs", "attendu"),
    [
        ("ménages", (3.0, 12.0), "n0"),
        ("mois", (7.4, 12.0), "n1"),
        ("ETP", (0.25, 1.0), "n2"),
        ("heures", (120.5, 3.0), "n0"),
        ("€ par mois", (699.4, 820.0), "e0"),
        ("€", (12.5,), "e2"),
    ],
)
def test_le_format_suit_l_unite(unite, valeurs, attendu):
    assert format_de([Cellule("publie", v, unite=unite) for v in valeurs]) == attendu
    assert attendu in FORMATS


# Le plan


def test_la_mesure_masquee_d_un_plan_public_le_reste(tmp_path, monkeypatch):
    # La qualité n'est pas l'objet ici : un verdict sans règle.
    monkeypatch.setattr(preparation, "verdict", lambda espace, service, annee: Verdict(service, annee, "ab" * 32, ()))
    espace = plan_d_essai(tmp_path)
    feuilles = {}
    for diffusion in ("interne", "public"):
        lus = controler_parametres(espace, {"service": SERVICE, "annee": 2022, "diffusion": diffusion})
        plan = preparer_plan(espace, lus)
        classeur = classeur_plan(plan, lire_nomenclature(espace, "etat").libelles)
        feuilles[diffusion] = {f.titre: f for f in classeur.feuilles}
    mesures = {d: colonne(f["Cibles et mesures des fiches"], "Mesure")["Personnes reçues"] for d, f in feuilles.items()}
    assert mesures == {"interne": Nombre(3.0, "n0"), "public": "s"}
    assert feuilles["public"]["Cibles et mesures des fiches"].etats == ("masque",)
    actions = feuilles["public"]["Actions, leur calendrier et leurs étapes"]
    assert all(isinstance(r[actions.colonnes.index("Fin prévue")], Nombre) for r in actions.rangees)
