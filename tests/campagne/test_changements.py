"""Ce qui a changé depuis la dernière édition : quels chiffres, pourquoi, et ce qu'il ne faut pas redire."""

from __future__ import annotations

from datetime import date
from html import unescape

import pytest

from observatoire.campagne.changements import Changements, Cote, Ecart, lire_changements
from observatoire.campagne.donnees import preparer_rapport
from observatoire.campagne.editions import Edition, garder
from observatoire.campagne.fiche import fiche_rapport
from observatoire.campagne.origine import lire_origine
from observatoire.importation import importer
from observatoire.restitution import changements as ecriture
from tests.restitution import fabrique

LIEU = dict.fromkeys(("territoire", "ventilation_1", "modalite_1", "ventilation_2", "modalite_2"))


def publiee(valeur: float, **autres) -> Cote:
    return Cote("publie", valeur, **autres)


def ecart(avant: Cote, apres: Cote, nature="revise", indicateur="menages_accompagnes", **lieu) -> Ecart:
    return Ecart(indicateur, {**LIEU, "annee": 2022, **lieu}, nature, avant, apres, ("lignes corrigées",))


def changements(*ecarts: Ecart, seuil: int = 1) -> Changements:
    edition = Edition(1, date(2026, 1, 12), "e", "s", table="")
    return Changements(edition, ecarts, ("donnees",), (("Données", ("12 sorties ajoutées.",)),), seuil, 320)


# Ce qui peut se redire


@pytest.mark.parametrize(
    ("avant", "apres", "redite"),
    [
        (publiee(20, numerateur=20), publiee(25, numerateur=25), True),
        (publiee(20, numerateur=20), publiee(22, numerateur=22), False),  # l'écart révélerait deux cas
        (publiee(50, numerateur=20, denominateur=40), publiee(50, numerateur=20, denominateur=41), False),
        (publiee(50, numerateur=20, denominateur=40), publiee(45, numerateur=20, denominateur=45), True),
        (publiee(700, base=40), publiee(710, base=41), False),  # une moyenne dont un seul cas s'ajoute
        (publiee(700, base=40), publiee(710, base=40), True),
        (publiee(20), Cote("masque"), False),
        (publiee(20), Cote("retenu"), False),
        (Cote("masque"), publiee(20), False),
        (publiee(20), Cote(), False),
    ],
)
def test_ancienne_valeur_redite_au_public(avant, apres, redite):
    assert ecart(avant, apres).redite(5) is redite


def test_section_publique_ne_redit_ni_petit_ecart_ni_valeur_masquee():
    donnees = fabrique.donnees("public")
    masque = ecart(publiee(137, numerateur=137), Cote("masque"), "masque", "premieres_mesures")
    petit = ecart(publiee(1234, numerateur=1234), publiee(1236, numerateur=1236))
    html = str(ecriture.section(donnees, changements(masque, petit, seuil=5)))
    assert "137" not in html and "1\u202f234" not in html
    assert "était publié" in html and "masqué" in html and "écart de moins de 5 cas" in html
    assert "1\u202f236" in html


def test_section_interne_dit_avant_apres_et_pourquoi():
    detail = ecart(
        publiee(60, numerateur=15, denominateur=25, base=25),
        publiee(64, numerateur=16, denominateur=25, base=25),
        indicateur="composition_familiale",
        ventilation_1="composition",
        modalite_1="Homme seul",
    )
    html = str(ecriture.section(fabrique.donnees(), changements(ecart(publiee(24), publiee(25)), detail)))
    assert "Ce qui a changé depuis l'édition du 12 janvier 2026" in html
    assert "2 chiffres révisés, pour 320 imprimés par cette édition." in html
    assert 'data-colonne="Avant">24</td>' in html and 'data-colonne="Maintenant">25</td>' in html
    assert "12 sorties ajoutées." in html and "Lignes corrigées" in html
    assert "Homme seul" in html and "64\xa0% (16 sur 25)" in html
    assert "&lt;" not in html, "un fragment a été échappé"


def test_rien_pour_une_premiere_edition():
    assert str(ecriture.section(fabrique.donnees(), None)) == ""
    assert ecriture.edition(None) == "première édition gardée"


def test_aucun_chiffre_n_a_change():
    html = unescape(str(ecriture.section(fabrique.donnees(), changements())))
    assert "Aucun chiffre n'a changé." in html and "<table" not in html


# Avec de vraies livraisons


@pytest.fixture
def deux_livraisons(espace_jetable, tmp_path):
    """Le LTIAE publié, puis une livraison qui ajoute quinze actes de l'année et corrige six genres."""
    donnees = preparer_rapport(espace_jetable, "ltiae", 2022, "interne")
    origine = lire_origine(espace_jetable, donnees.service)
    fiche = fiche_rapport(donnees, origine)
    identite = {"service": "ltiae", "annee": 2022, "diffusion": "interne"}
    garder(espace_jetable, identite, fiche, fiche["table"], date(2026, 1, 12))
    exports = espace_jetable.donnees / "exemple" / "ltiae"
    livres = tmp_path / "livraison"
    livres.mkdir()
    for nom, ecrire in (("actes_ltiae_2022.csv", quinze_actes_de_plus), ("menages_ltiae.csv", six_genres_corriges)):
        entete, *lignes = (exports / nom).read_text(encoding="cp1252").splitlines()
        texte = "\r\n".join([entete, *ecrire(lignes), ""])
        (livres / nom).write_text(texte, encoding="cp1252", newline="")
    importer(espace_jetable, livres, "ltiae")
    return espace_jetable


def quinze_actes_de_plus(lignes: list[str]) -> list[str]:
    neuves = [";".join([f"A-NEUF-{rang}", *ligne.split(";")[1:]]) for rang, ligne in enumerate(lignes[:15])]
    return [*lignes, *neuves]


def six_genres_corriges(lignes: list[str]) -> list[str]:
    a_corriger = [ligne for ligne in lignes if ";H;" in ligne][:6]
    return [ligne.replace(";H;", ";F;") if ligne in a_corriger else ligne for ligne in lignes]


def test_livraison_expliquee_chiffre_par_chiffre(deux_livraisons):
    donnees = preparer_rapport(deux_livraisons, "ltiae", 2022, "interne")
    origine = lire_origine(deux_livraisons, donnees.service)
    lus = lire_changements(deux_livraisons, donnees, origine, fiche_rapport(donnees, origine))
    assert lus.causes == ("donnees",) and lus.precedente.date == date(2026, 1, 12)
    ((titre, phrases),) = lus.phrases
    assert titre.startswith("Livraison du ") and any("15\xa0actes ajoutés" in p for p in phrases)
    assert any("Genre déclaré" in p and "6\xa0valeurs corrigées" in p for p in phrases)
    assert lus.ecarts and {e.indicateur for e in lus.ecarts if e.total} == {"actes_coordination"}
    assert all(set(e.pourquoi) <= {"lignes arrivées tard", "lignes ajoutées"} for e in lus.ecarts)
    tus = lire_changements(
        deux_livraisons, donnees_publiques(deux_livraisons), origine, fiche_rapport(donnees, origine)
    )
    assert tus is None, "une édition interne n'éclaire pas une publication publique"


def donnees_publiques(espace):
    return preparer_rapport(espace, "ltiae", 2022, "public")


def test_reglage_et_definition_expliques(espace_exemple, tmp_path, monkeypatch):
    """Une version de définition et un réglage changés sont nommés, avec l'ancien et le nouveau."""
    from observatoire.campagne import changements as module

    donnees = fabrique.donnees()
    origine = lire_origine(espace_exemple, preparer_service(espace_exemple))
    fiche = fiche_rapport(donnees, origine)
    versions = {**fiche["versions"]["definitions"], "menages_accompagnes": "1"}
    ancienne = {
        **fiche,
        "sha256_table": "autre",
        "versions": {"code": "0.0.1", "definitions": versions},
        "reglages": {**fiche["reglages"], "regle_mois": "prorata"},
    }
    garder(type(espace_exemple)(tmp_path), {"service": "essai", "annee": 2022, "diffusion": "interne"}, ancienne, "")
    gardees = type(espace_exemple)(tmp_path)
    monkeypatch.setattr(module, "_derives", lambda *a: [])
    textes = dict(lire_changements(gardees, donnees, origine, fiche).phrases)
    assert textes["Définitions"] == ("Ménages accompagnés dans l'année : version 2022, au lieu de 1.",)
    assert textes["Réglages"] == ("regle_mois : dernier_jour, au lieu de prorata.",)
    assert textes["Logiciel"][0].endswith("au lieu de 0.0.1.")


def preparer_service(espace):
    from observatoire.services import lire_service

    return lire_service(espace, "ltiae")
