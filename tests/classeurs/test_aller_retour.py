"""Un classeur écrit puis relu rend les mêmes cellules, à l'octet près, pour chaque document et chaque format."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from observatoire import campagne, plans, syntheses
from observatoire.cahiers.donnees import preparer_cahier
from observatoire.cahiers.parametres import controler_cahier
from observatoire.campagne.donnees import preparer_rapport
from observatoire.campagne.donnees_types import COLONNES_CONTRAT, SCHEMA_TABLE
from observatoire.campagne.fiche import fiche_rapport
from observatoire.classeurs import grille
from observatoire.classeurs.cahier import classeur_cahier
from observatoire.classeurs.contenu import Nombre
from observatoire.classeurs.ecriture import FORMATS_FICHIER, ecrire_classeur
from observatoire.classeurs.lecture import empreinte_table, lire_classeur
from observatoire.classeurs.plan import classeur_plan
from observatoire.classeurs.publication import table_de
from observatoire.classeurs.rapport import classeur_rapport
from observatoire.classeurs.synthese import classeur_synthese
from observatoire.classeurs.xlsx import octets_xlsx
from observatoire.collecte.lecture import lire_tableau
from observatoire.erreurs import ErreurFichier, ErreurParametre
from observatoire.espace import Espace
from observatoire.nomenclatures import lire_nomenclature
from observatoire.plans.parametres import controler_parametres as parametres_plan
from observatoire.plans.preparation import preparer_plan
from observatoire.qualite import Verdict
from observatoire.restitution.cahier import fiche_cahier
from observatoire.restitution.synthese import Synthese
from observatoire.syntheses.parametres import controler_parametres as parametres_synthese
from observatoire.syntheses.preparation import preparer_synthese
from tests.plans.fabrique import SERVICE, plan_d_essai
from tests.restitution import fabrique
from tests.synthese.fabrique import CLE, association


def cellules(*blocs) -> pl.DataFrame:
    """Les cellules protégées de blocs, dans l'ordre de la table publiée."""
    cles = [c for c in COLONNES_CONTRAT if c not in ("valeur", "numerateur", "denominateur", "base")]
    reunies = pl.concat([b.cellules.select(COLONNES_CONTRAT) for b in blocs if b.cellules.height])
    return reunies.unique(maintain_order=True).sort([*cles, "valeur", "numerateur", "denominateur", "base"])


@pytest.fixture(scope="module", autouse=True)
def _sans_qualite():
    """La qualité n'est pas l'objet ici : un verdict sans règle."""
    with pytest.MonkeyPatch.context() as change:
        for lecteur in (campagne.donnees, plans.preparation, syntheses.preparation):
            change.setattr(lecteur, "verdict", lambda espace, service, annee: Verdict(service, annee, "ab" * 32, ()))
        yield


@pytest.fixture(scope="module")
def rapport(espace_exemple):
    """Un vrai rapport public : des masques, des parts, des séries, des matrices."""
    return preparer_rapport(espace_exemple, "ltiae", 2022, "public")


def documents(rapport, dossier: Path):
    yield "rapport", rapport.blocs, classeur_rapport(rapport), fiche_rapport(rapport)
    plan = preparer_plan(
        espace := plan_d_essai(dossier / "plan"),
        parametres_plan(espace, {"service": SERVICE, "annee": 2022, "diffusion": "public"}),
    )
    etats = lire_nomenclature(espace, "etat").libelles
    yield "plan", plan.rapport.blocs, classeur_plan(plan, etats), fiche_rapport(plan.rapport)
    espace = association(dossier / "synthese", {"pont": list("abcd"), "quai": list("cde")})
    synthese = preparer_synthese(
        espace, parametres_synthese(espace, {"association": CLE, "annee": 2022, "diffusion": "interne"})
    )
    yield "synthese", synthese.blocs, classeur_synthese(synthese), Synthese(synthese).fiche()
    (dossier / "cahier" / "data" / "services").mkdir(parents=True)
    espace = Espace(dossier / "cahier")
    demande = {"region": "52", "annee": 2020, "theme": "", "diffusion": "public"}
    cahier = preparer_cahier(espace, controler_cahier(espace, demande))
    yield "cahier", cahier.blocs, classeur_cahier(cahier), fiche_cahier(cahier)


def test_chaque_document_se_relit_cellule_par_cellule(rapport, tmp_path):
    vus = []
    for nom, blocs, classeur, fiche in documents(rapport, tmp_path):
        publiee = table_de(fiche)
        attendues = cellules(*blocs)
        fichiers = ecrire_classeur(classeur, publiee, *(tmp_path / f"{nom}.{f}" for f in FORMATS_FICHIER))
        for fichier in fichiers:
            lues = lire_classeur(fichier)
            assert lues.schema == {c: SCHEMA_TABLE[c] for c in COLONNES_CONTRAT}
            assert lues.equals(publiee), fichier.name
            assert lues.sort(COLONNES_CONTRAT).equals(attendues.sort(COLONNES_CONTRAT)), fichier.name
            vus.append((fichier.name, lues.height))
        assert empreinte_table(publiee) == fiche["sha256_table"]
    assert len(vus) == 8 and all(hauteur > 5 for _, hauteur in vus)


def test_la_collecte_trouve_la_table_toute_seule(tmp_path):
    """Sans dire la feuille : la plus ressemblante est celle des données, aucune ligne n'y est prise pour un pied."""
    donnees = fabrique.donnees()
    publiee = table_de(fiche_rapport(donnees))
    for fichier in ecrire_classeur(classeur_rapport(donnees), publiee, tmp_path / "a.xlsx", tmp_path / "a.ods"):
        lu = lire_tableau(fichier, COLONNES_CONTRAT)
        assert (lu.feuille, lu.donnees.height, lu.hors_tableau.height) == ("Données", publiee.height, 0)
        assert lu.donnees["indicateur"].to_list() == publiee["indicateur"].to_list()


def test_deux_ecritures_donnent_les_memes_octets(tmp_path):
    donnees = fabrique.donnees()
    publiee = table_de(fiche_rapport(donnees))
    for format_ in FORMATS_FICHIER:
        cibles = (tmp_path / f"1.{format_}", tmp_path / f"2.{format_}")
        un, deux = ecrire_classeur(classeur_rapport(donnees), publiee, *cibles)
        assert un.read_bytes() == deux.read_bytes()


# Ce qui n'est pas le classeur publié


DOUZE, ETAT = Nombre(12.0, "brut"), COLONNES_CONTRAT.index("etat")


def pages(valeur=DOUZE, etat="publie", empreinte=None):
    """Les feuilles d'un petit classeur dont une cellule des données est changée après le calcul de l'empreinte."""
    donnees = fabrique.donnees()
    publiee = table_de(fiche_rapport(donnees))
    dite = empreinte_table(publiee) if empreinte is None else empreinte
    faites = grille.mettre_en_page(classeur_rapport(donnees), publiee, dite)
    (page,) = (p for p in faites if p.nom == grille.DONNEES)
    rang = next(r for r, x in enumerate(page.rangees) if x.cases[ETAT].valeur == "publie")
    cases = list(page.rangees[rang].cases)
    for colonne, contenu in ((COLONNES_CONTRAT.index("valeur"), valeur), (ETAT, etat)):
        cases[colonne] = cases[colonne]._replace(valeur=contenu)
    page.rangees[rang] = page.rangees[rang]._replace(cases=tuple(cases))
    return faites


@pytest.mark.parametrize(
    ("changement", "message"),
    [
        ({"valeur": Nombre(987654.0, "brut")}, "la table a changé depuis la publication"),
        ({"valeur": "douze"}, r"ligne \d+, colonne valeur : « douze » n'est pas un nombre"),
        ({"etat": "publié"}, r"ligne \d+, colonne etat : « publié » n'est pas un état"),
        ({"empreinte": ""}, "la ligne « Empreinte de la table » manque"),
    ],
)
def test_un_classeur_retouche_est_refuse(tmp_path, changement, message):
    fichier = tmp_path / "retouche.xlsx"
    fichier.write_bytes(octets_xlsx(pages(**changement), "Essai", "", ""))
    with pytest.raises(ErreurFichier, match=message):
        lire_classeur(fichier)


def test_un_classeur_retouche_se_lit_si_on_le_demande(tmp_path):
    fichier = tmp_path / "retouche.xlsx"
    fichier.write_bytes(octets_xlsx(pages(valeur=Nombre(987654.0, "brut")), "Essai", "", ""))
    assert 987654.0 in lire_classeur(fichier, controler=False)["valeur"].to_list()


def test_une_colonne_manquante_est_nommee(tmp_path):
    faites = pages()
    donnees = next(p for p in faites if p.nom == grille.DONNEES)
    cases = list(donnees.rangees[0].cases)
    cases[ETAT] = cases[ETAT]._replace(valeur="etats")
    donnees.rangees[0] = donnees.rangees[0]._replace(cases=tuple(cases))
    fichier = tmp_path / "manque.xlsx"
    fichier.write_bytes(octets_xlsx(faites, "Essai", "", ""))
    with pytest.raises(ErreurFichier, match=r"colonne « etat » absente.*Vouliez-vous dire « etats »"):
        lire_classeur(fichier)


def test_un_autre_fichier_est_refuse(tmp_path):
    with pytest.raises(ErreurParametre, match=r"« .csv » n'est pas un format de classeur"):
        ecrire_classeur(classeur_rapport(fabrique.donnees()), pl.DataFrame(), tmp_path / "a.csv")
    (tmp_path / "faux.xlsx").write_text("ceci n'est pas un classeur", encoding="utf-8")
    with pytest.raises(ErreurFichier):
        lire_classeur(tmp_path / "faux.xlsx")


def test_un_cahier_recoit_le_classeur_d_un_rapport(tmp_path):
    """Une association envoie son classeur : le cahier y lit les mêmes cellules que dans sa table."""
    from observatoire.cahiers.recus import lire_recu
    from observatoire.cahiers.reglage import lire_cahier
    from tests.cahier.fabrique import espace_cahier, ligne

    espace = espace_cahier(tmp_path, {"d49.csv": [ligne(2020, numerateur=33, denominateur=200, base=200)]})
    reglage = lire_cahier(espace, "52")
    (recu,) = reglage.recus
    du_csv = lire_recu(reglage, recu)
    publiee = du_csv.select(COLONNES_CONTRAT)
    for format_ in FORMATS_FICHIER:
        (fichier,) = ecrire_classeur(
            classeur_rapport(fabrique.donnees()), publiee, reglage.dossier / "recus" / f"d49.{format_}"
        )
        assert lire_recu(reglage, type(recu)(**{**recu.__dict__, "fichier": fichier.name})).equals(du_csv)
