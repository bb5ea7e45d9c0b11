"""Ce qui a changé depuis la dernière édition : quels chiffres, pourquoi, et ce qu'il ne faut pas redire."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime
from html import unescape

import pytest

from observatoire.campagne.changements import (
    Changements,
    Cote,
    Ecart,
    _causes_de,
    _Comparaison,
    lire_changements,
    sujet_rapport,
)
from observatoire.campagne.donnees import preparer_rapport
from observatoire.campagne.editions import Edition, garder
from observatoire.campagne.fiche import fiche_rapport
from observatoire.campagne.origine import Origine, lire_origine
from observatoire.campagne.reglages_lisibles import LIBELLES, dire_reglage, valeur_lisible
from observatoire.espace import Espace
from observatoire.importation import importer
from observatoire.qualite.derives import DeriveLivraison, Lignes, Mouvement, Retouche
from observatoire.restitution import changements as ecriture
from observatoire.services import Parametres
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
    html = str(ecriture.section(sujet_rapport(donnees), changements(masque, petit, seuil=5)))
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
    html = str(
        ecriture.section(sujet_rapport(fabrique.donnees()), changements(ecart(publiee(24), publiee(25)), detail))
    )
    assert "Ce qui a changé depuis l'édition du 12 janvier 2026" in html
    assert "2 chiffres révisés, pour 320 imprimés par cette édition." in html
    assert 'data-colonne="Avant">24</td>' in html and 'data-colonne="Maintenant">25</td>' in html
    assert "12 sorties ajoutées." in html and "Lignes corrigées" in html
    assert "Homme seul" in html and "64\xa0% (16 sur 25)" in html
    assert "&lt;" not in html, "un fragment a été échappé"


def test_rien_pour_une_premiere_edition():
    assert str(ecriture.section(sujet_rapport(fabrique.donnees()), None)) == ""
    assert ecriture.edition(None) == "première édition gardée"


def test_aucun_chiffre_n_a_change():
    html = unescape(str(ecriture.section(sujet_rapport(fabrique.donnees()), changements())))
    assert "Aucun chiffre n'a changé." in html and "<table" not in html


# Les causes


@pytest.mark.parametrize(
    ("touche", "attendues"),
    [
        (Lignes("mesure", 2022, ajoutees=2), ["lignes ajoutées"]),
        (Lignes("mesure", 2022, absentes=2), []),
        (Mouvement("mesure", "date_debut", 2022, ajoutes=2), ["lignes ajoutées"]),
        (Mouvement("mesure", "date_debut", 2022, 2, 2, lignes_tardives=2), ["lignes arrivées tard"]),
        (Mouvement("mesure", "date_fin", 2022, ajoutes=2, completes=2), ["lignes complétées"]),
        (Mouvement("mesure", "date_fin", 2022, corriges=1), ["lignes corrigées"]),
        (Mouvement("mesure", "date_fin", 2022, effaces=1), ["lignes corrigées"]),
        (Retouche("situation", "emploi", 2022, completees=3), ["lignes complétées"]),
        (Retouche("situation", "emploi", 2022, completees=3, corrigees=1), ["lignes complétées", "lignes corrigées"]),
    ],
)
def test_une_ligne_ajoutee_n_est_pas_une_ligne_corrigee(touche, attendues):
    assert _causes_de(touche) == attendues


def comparaison(tmp_path, avant: dict, apres: dict, touches=(), diffusion="interne") -> _Comparaison:
    sujet = sujet_rapport(fabrique.donnees(diffusion))
    editions = (Edition(rang, date(2026, 1, 12 + rang), **c) for rang, c in enumerate((avant, apres)))
    comparee = _Comparaison(Espace(tmp_path), sujet, Origine(), *editions)
    comparee._touches = list(touches)
    return comparee


DONNEES_CHANGEES = ({"empreinte": "a", "sha256_table": ""}, {"empreinte": "b", "sha256_table": ""})


def test_la_cause_se_lit_d_abord_dans_l_annee_de_la_cellule(tmp_path):
    """Une mesure corrigée en 2020 n'explique pas un chiffre de 2022 auquel une mesure de 2022 s'est ajoutée."""
    touches = [Mouvement("mesure", "date_debut", 2020, corriges=4), Mouvement("mesure", "date_debut", 2022, ajoutes=1)]
    lu = comparaison(tmp_path, *DONNEES_CHANGEES, touches).expliquer(ecart(publiee(24), publiee(25)))
    assert lu.pourquoi == ("lignes ajoutées",)
    lu = comparaison(tmp_path, *DONNEES_CHANGEES, touches[:1]).expliquer(ecart(publiee(24), publiee(25)))
    assert lu.pourquoi == ("lignes corrigées",)


def test_livraison_retiree(tmp_path):
    avant, apres = ({**c, "livraisons": {"essai": ids}} for c, ids in zip(DONNEES_CHANGEES, (["l1"], []), strict=True))
    comparee = comparaison(tmp_path, avant, apres)
    assert comparee.expliquer(ecart(publiee(24), publiee(20))).pourquoi == ("livraison retirée",)
    assert dict(comparee.phrases())["Livraisons retirées"][0].startswith("Une livraison a été retirée")


def test_derogation_accordee_puis_finie(tmp_path):
    """Les données n'ont pas bougé : un chiffre retenu devient publiable, puis ne l'est plus."""
    sans, avec = ({"empreinte": "a", "sha256_table": "", "derogations": d} for d in ({}, {"essai, regle, 2022": "x"}))
    accordee = comparaison(tmp_path, sans, avec)
    retenu = Cote("retenu")
    assert accordee.expliquer(ecart(retenu, publiee(25), "publie")).pourquoi == ("dérogation accordée",)
    assert dict(accordee.phrases()) == {"Dérogations": ("Accordée : essai, regle, 2022.",)}
    finie = comparaison(tmp_path, avec, sans)
    assert finie.expliquer(ecart(publiee(25), retenu, "retenu")).pourquoi == ("dérogation finie",)
    inconnue = comparaison(tmp_path, {**sans, "derogations": None}, avec)
    assert inconnue.raisons == (), "une édition d'avant qu'on les garde ne dit pas qu'elles ont changé"


def test_deux_livraisons_du_meme_jour_se_distinguent_par_l_heure():
    jour = date(2026, 1, 12)
    derive = DeriveLivraison(
        "s", "l2", jour, "l1", jour, instants=(datetime(2026, 1, 12, 17), datetime(2026, 1, 12, 9))
    )
    heures = "12 janvier 2026 à 17\xa0h\xa000, comparée à celle du 12 janvier 2026 à 9\xa0h\xa000"
    assert derive.titre == f"Livraison du {heures}"


def test_le_public_ne_dit_pas_d_autres_changements_sans_en_dire_aucun():
    derive = DeriveLivraison("s", "l2", date(2026, 1, 12), "l1", date(2026, 1, 3))
    petit, grand = (Mouvement("mesure", "date_fin", 2022, ajoutes=n) for n in (1, 12))
    seul = replace(derive, mouvements=(petit,)).phrases(2022, 5)
    assert seul == ("Les changements portent sur moins de 5 cas : ils ne sont pas détaillés.",)
    assert replace(derive, mouvements=(petit, grand)).phrases(2022, 5)[-1].startswith("D'autres changements")


def test_un_total_sans_valeur_dit_son_effectif():
    """Le total d'un tableau de citations n'a pas de part : on y lit combien ont répondu."""
    sujet = sujet_rapport(fabrique.donnees())
    sans_part = ecart(publiee(None, base=20), publiee(None, base=26), indicateur="themes_travailles")
    html = str(ecriture.section(sujet, changements(sans_part)))
    assert "20 en tout" in html and "26 en tout" in html and "pas de donnée" not in html


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
    lus = lire_changements(deux_livraisons, sujet_rapport(donnees), origine, fiche_rapport(donnees, origine))
    assert lus.causes == ("donnees",) and lus.precedente.date == date(2026, 1, 12)
    ((titre, phrases),) = lus.phrases
    assert titre.startswith("Livraison du ") and any("15\xa0actes ajoutés" in p for p in phrases)
    assert any("Genre déclaré" in p and "6\xa0valeurs corrigées" in p for p in phrases)
    assert lus.ecarts and {e.indicateur for e in lus.ecarts if e.total} == {"actes_coordination"}
    assert all(set(e.pourquoi) <= {"lignes arrivées tard", "lignes ajoutées"} for e in lus.ecarts)
    tus = lire_changements(
        deux_livraisons, sujet_rapport(donnees_publiques(deux_livraisons)), origine, fiche_rapport(donnees, origine)
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
    monkeypatch.setattr(module._Comparaison, "_derives", lambda *a: [])
    textes = dict(lire_changements(gardees, sujet_rapport(donnees), origine, fiche).phrases)
    assert textes["Définitions"] == ("Ménages accompagnés dans l'année : version 2022, au lieu de 1.",)
    assert textes["Réglages"] == ("Règle des mois : présents au dernier jour du mois, au lieu de prorata des jours.",)
    assert textes["Logiciel"][0].endswith("au lieu de 0.0.1.")


def test_un_reglage_se_lit_sans_code(espace_exemple):
    """Chaque réglage a un nom de lecteur, et ses codes leurs libellés."""
    assert set(LIBELLES) == {f.name for f in fields(Parametres)}
    for nom in ("sorties_logement", "sorties_logement (tableau « Sorties »)"):
        dit = dire_reglage(espace_exemple, nom, "PUBLIC, PRIVE")
        assert dit.startswith("ce qui vaut une sortie vers le logement")
        assert "PUBLIC" not in dit and "PRIVE" not in dit
    assert valeur_lisible(espace_exemple, "bornes_age", "0, 18, 25") == "0, 18, 25"
    assert valeur_lisible(espace_exemple, "coefficients", "SIMPLE (1)") == "simple (1)"


def preparer_service(espace):
    from observatoire.services import lire_service

    return lire_service(espace, "ltiae")
