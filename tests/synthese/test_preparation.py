"""La synthèse d'une association : comptes réunis, services manquants nommés, documents, paramètres."""

from __future__ import annotations

import polars as pl
import pytest

from observatoire.campagne.donnees_types import COLONNES_CONTRAT
from observatoire.erreurs import ErreurParametre, RapportBloque
from observatoire.restitution.cellules import Vue
from observatoire.restitution.synthese import Synthese
from observatoire.syntheses import documents
from observatoire.syntheses.parametres import associations, controler_parametres
from observatoire.syntheses.personnes import DISTINCTES, MULTI, SOMME
from observatoire.syntheses.preparation import preparer_synthese
from tests.synthese.fabrique import ASSOCIATION, CLE, association


@pytest.fixture(scope="module")
def espace(tmp_path_factory):
    """Trois services dont deux se partagent deux personnes, et un quatrième que la qualité bloque."""
    services = {
        "pont": ["a", "b", "c", "d"],
        "quai": ["c", "d", "e"],
        "rive": ["f"],
        "seuil": ["a", "g", "h"],
    }
    return association(tmp_path_factory.mktemp("synthese"), services, {"seuil": "double"})


@pytest.fixture(scope="module")
def donnees(espace):
    lus = controler_parametres(espace, {"association": CLE, "annee": 2022, "diffusion": "interne"})
    return preparer_synthese(espace, lus)


def test_le_tout_et_la_somme(donnees):
    """Six personnes, huit suivis : le service bloqué n'entre dans aucun des deux."""
    vue = Vue(donnees.personnes)
    assert [vue.total(d.nom).valeur for d in (DISTINCTES, SOMME)] == [6, 8]
    assert vue.total(MULTI.nom).numerateur == 2
    assert donnees.par_nombre["valeur"].to_list() == [4, 2]


def test_un_service_bloque_est_nomme_comme_manquant(donnees):
    assert [s.service.id for s in donnees.manquants] == ["seuil"]
    assert donnees.etat == "partiel"
    html = str(Synthese(donnees).personnes().html)
    assert "<b>Seuil</b> manque" in html and "interdit de publier" in html
    assert "Seuil" in str(Synthese(donnees).qualite().html)
    assert "seuil.html" not in str(Synthese(donnees).services().html)


def test_la_phrase_dit_le_tout_et_la_somme(donnees):
    texte = str(Synthese(donnees).personnes().html)
    assert "additionnent 8\u00a0personnes" in texte and "elles sont 6" in texte
    assert "2\u00a0personnes en ont vu au moins deux" in texte


def test_les_liens_menent_aux_rapports_voisins(donnees):
    html = str(Synthese(donnees).services().html)
    for nom in ("pont", "quai", "rive"):
        assert f'href="{nom}.html"' in html


def test_la_fiche_porte_les_colonnes_du_contrat(donnees):
    fiche = Synthese(donnees).fiche()
    table = pl.read_csv(fiche["table"].encode())
    assert tuple(table.columns) == COLONNES_CONTRAT
    assert set(table["service"]) == {CLE, "pont", "quai", "rive"}
    assert fiche["etat"] == "partiel" and fiche["chiffre_cle"]["valeur"] == "6"


def test_sans_les_memes_services_pas_de_tendance(tmp_path):
    """L'année d'avant, un service n'était pas couvert : la somme ne se compare pas."""
    neuf = association(tmp_path, {"pont": ["a"], "quai": ["b"]}, {"quai": "premiere_annee = 2022"})
    lus = controler_parametres(neuf, {"association": CLE, "annee": 2022, "diffusion": "interne"})
    donnees = preparer_synthese(neuf, lus)
    assert not donnees.comparable
    assert not Vue(donnees.personnes).a_precedente
    assert "Aucune personne n'a été suivie par deux services" in str(Synthese(donnees).personnes().html).replace(
        "&#39;", "'"
    )


def test_un_service_sans_donnee_cette_annee_manque(tmp_path):
    neuf = association(tmp_path, {"pont": ["a"], "quai": ["b"]}, {"quai": "premiere_annee = 2023"})
    lus = controler_parametres(neuf, {"association": CLE, "annee": 2022, "diffusion": "interne"})
    donnees = preparer_synthese(neuf, lus)
    (manquant,) = donnees.manquants
    assert (manquant.service.id, manquant.etat) == ("quai", "non_recu")
    assert donnees.couverture == "1 service reçu sur 2"
    page = str(Synthese(donnees).personnes().html)
    assert "Un seul service a transmis ses données" in page and "ne se mesure pas" in page
    assert "0\u00a0%" not in page and MULTI.nom not in str(Synthese(donnees).definitions().html)
    assert "1 service reçu sur 2" in str(Synthese(donnees).entete().html)


def test_tout_bloque_rien_ne_se_publie(tmp_path):
    neuf = association(tmp_path, {"pont": ["a"], "quai": ["b"]}, {"pont": "double", "quai": "double"})
    lus = controler_parametres(neuf, {"association": CLE, "annee": 2022, "diffusion": "interne"})
    with pytest.raises(RapportBloque, match="Aucun service"):
        preparer_synthese(neuf, lus)


def test_une_autre_association_n_entre_pas_dans_le_compte(tmp_path):
    """La même personne suivie ailleurs n'est ni comptée ni rapprochée."""
    deux = association(tmp_path, {"pont": ["a", "b"], "ailleurs": ["a", "z"]})
    toml = deux.dossier_services / "ailleurs.toml"
    toml.write_text(toml.read_text("utf-8").replace(ASSOCIATION, "Une autre association"), encoding="utf-8")
    assert list(associations(deux)) == [CLE, "une-autre-association"]
    lus = controler_parametres(deux, {"association": CLE, "annee": 2022, "diffusion": "interne"})
    donnees = preparer_synthese(deux, lus)
    assert Vue(donnees.personnes).total(DISTINCTES.nom).valeur == 2
    assert [s.service.id for s in donnees.services] == ["pont"]
    assert documents(deux) == []  # une association d'un seul service n'a pas de synthèse


def test_les_documents_sont_ceux_des_annees_recues(espace):
    (document,) = documents(espace, [2022], "public")
    assert document.nom == f"synthese_{CLE}" and document.titre == f"{ASSOCIATION} 2022 — synthèse"
    assert controler_parametres(espace, document.parametres).diffusion == "public"
    assert documents(espace, [1999]) == []


@pytest.mark.parametrize(
    ("change", "dit"),
    [
        ({"association": "inconnue"}, "Association"),
        ({"association": ""}, "association"),
        ({"annee": "deux mille"}, "Année"),
        ({"diffusion": "privee"}, "Diffusion"),
        ({"service": "pont"}, "Paramètre « service » inconnu"),
    ],
)
def test_un_mauvais_parametre_est_refuse(espace, change, dit):
    with pytest.raises(ErreurParametre, match=dit):
        controler_parametres(espace, {"association": CLE, "annee": 2022, **change})


def test_le_nom_en_clair_vaut_l_ancre(espace):
    assert controler_parametres(espace, {"association": ASSOCIATION, "annee": 2022}).association == CLE
