"""« Ce qui a changé » dans un cahier, un plan et une synthèse : mêmes éditions, avec les mots de chaque document."""

from __future__ import annotations

from datetime import date
from html import unescape

import pytest

from observatoire.campagne.changements import Changements, Cote, Ecart
from observatoire.campagne.editions import Edition, garder
from observatoire.espace import VARIABLE_ESPACE, Espace
from observatoire.restitution.cahier import cahier, fiche_cahier
from observatoire.restitution.cahier_suivi import suivre
from observatoire.restitution.plan import plan
from observatoire.restitution.synthese import Synthese
from tests.cahier.fabrique import ecrire_recu, espace_cahier, par_departement, preparer
from tests.pages.test_synthese import donnees_synthese
from tests.plans.fabrique import action, budget, plan_d_essai

JOUR = date(2026, 1, 12)


@pytest.fixture
def ici(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE_ESPACE, str(tmp_path))
    return tmp_path


def publier(espace: Espace, nom: str, annee: int, document) -> None:
    """Range l'édition d'un document, comme la campagne le fait de ce que son carnet affiche."""
    assert str(document.changements().html) == "", "une première édition n'a rien à dire"
    assert "changements" not in str(document.sommaire().html)
    fiche = document.provenance().fiche
    garder(espace, {"service": nom, "annee": annee, "diffusion": "interne"}, fiche, fiche["table"], JOUR)


def lire(document) -> str:
    html = str(document.changements().html)
    assert 'id="changements"' in html and "&lt;" not in html
    assert 'href="#changements"' in str(document.sommaire().html)
    assert "remplace celle du 12 janvier 2026" in str(document.provenance().html)
    return unescape(html)


def test_cahier_dit_le_territoire_et_les_chiffres_recus(ici):
    espace = espace_cahier(ici, {"a.csv": par_departement(2020, {"44": (30, 100), "49": (10, 50)})})
    publier(espace, "cahier_52", 2020, cahier("52", 2020, diffusion="interne"))
    ecrire_recu(espace, "a.csv", par_departement(2020, {"44": (36, 100), "49": (10, 50)}))
    texte = lire(cahier("52", 2020, diffusion="interne"))
    assert "les chiffres reçus, les fiches ou le réglage du cahier ont changé" in texte
    assert "Chiffres reçus modifiés" in texte and "Loire-Atlantique" in texte


def test_commentaire_repris_entre_dans_l_origine_du_cahier(ici):
    espace = espace_cahier(ici, {"a.csv": par_departement(2020, {"44": (30, 100)})})
    donnees = preparer(espace)
    origine, _ = suivre(espace, donnees, fiche_cahier(donnees))
    assert origine.textes == {"data/commentaires/cahier_52/2020-interne.docx": ""}
    rempli = espace.donnees / "commentaires" / "cahier_52" / "2020-interne.docx"
    rempli.parent.mkdir(parents=True)
    rempli.write_bytes(b"texte")
    assert suivre(espace, donnees, fiche_cahier(donnees))[0].textes != origine.textes


def test_synthese_nomme_le_service_dont_le_chiffre_a_bouge():
    donnees = donnees_synthese()
    abri, _ = (s.service for s in donnees.services[:2])
    lieu = dict.fromkeys(("territoire", "ventilation_1", "modalite_1", "ventilation_2", "modalite_2"))
    avant, apres = (Cote("publie", n, numerateur=n) for n in (297, 268))
    ecart = Ecart("menages_accompagnes", {**lieu, "service": abri.id, "annee": 2022}, "revise", avant, apres, ("x",))
    edition = Edition(1, JOUR, "e", "s", table="")
    texte = lire(Synthese(donnees, depuis=Changements(edition, (ecart,), (), (), cellules=12)))
    assert f'<span class="sur">{abri.libelle_court}</span>' in texte
    assert 'data-colonne="Avant">297' in texte and 'data-colonne="Maintenant">268' in texte


def test_plan_dit_sa_livraison(ici):
    tables = {"action": [action("A"), action("B", enjeu="Droits")]}
    espace = plan_d_essai(ici, **tables, budget_action=[budget("A", 2022, 1000), budget("A", 2022, 400, "execute")])
    publier(espace, "plan_essai", 2022, plan("essai", 2022, "interne"))
    plan_d_essai(ici, **tables, budget_action=[budget("A", 2022, 1000), budget("A", 2022, 900, "execute")])
    texte = lire(plan("essai", 2022, "interne"))
    assert "Budget dépensé" in texte and 'data-colonne="Avant">400' in texte


def test_fiche_de_cahier_dit_ce_qu_il_imprime(ici):
    espace = espace_cahier(ici, {"a.csv": par_departement(2020, {"44": (30, 100), "49": (10, 50)})})
    (tableau,) = fiche_cahier(preparer(espace))["imprime"]
    assert tableau["titre"] == "Sorties" and tableau["indicateurs"] == ["taux_sortie_emploi_chrs"]
