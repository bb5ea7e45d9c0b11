"""Les éditions gardées et la comparaison cellule par cellule."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.campagne import editions
from observatoire.campagne.donnees_types import COLONNES_CONTRAT
from observatoire.campagne.editions import (
    comparer,
    ecarts_depuis,
    garder,
    lire_editions,
    lire_table,
    oublier,
    precedente,
)
from observatoire.espace import Espace
from tests.restitution.fabrique import ligne

IDENTITE = {"service": "essai", "annee": 2022, "diffusion": "interne"}


def table(*lignes: dict) -> pl.DataFrame:
    contrat = pl.DataFrame(list(lignes), schema_overrides={"valeur": pl.Float64}, infer_schema_length=None)
    return lire_table(contrat.select(COLONNES_CONTRAT).write_csv())


def fiche(texte: str, empreinte: str, **autres) -> dict:
    return {"empreinte": empreinte, "sha256_table": hashlib.sha256(texte.encode()).hexdigest(), **autres}


def csv(valeur: float) -> str:
    return table(ligne("menages_accompagnes", valeur)).write_csv()


COMPOSITION = {"v1": "composition", "m1": "COUPLE"}


@pytest.mark.parametrize(
    ("avant", "apres", "nature"),
    [
        (ligne("a", 25), ligne("a", 26), "revise"),
        (ligne("a", 25, base=30), ligne("a", 25, base=31), "revise"),
        (ligne("a", 8), ligne("a", None, etat="masque"), "masque"),
        (ligne("a", 8), ligne("a", None, etat="masque_secondaire"), "masque"),
        (ligne("a", None, etat="masque"), ligne("a", None, etat="masque_secondaire"), "autre"),
        (ligne("a", 8), ligne("a", None, etat="retenu"), "retenu"),
        (ligne("a", None, etat="retenu"), ligne("a", 8), "publie"),
        (ligne("a", None, etat="non_recu"), ligne("a", None, etat="sans_objet"), "autre"),
    ],
)
def test_nature_d_un_ecart(avant, apres, nature):
    ecarts = comparer(table(avant, ligne("b", 1)), table(apres, ligne("b", 1)))
    assert ecarts["nature"].to_list() == [nature]
    assert ecarts["indicateur"].to_list() == ["a"]


def test_cellule_nouvelle_ou_retiree():
    ecarts = comparer(table(ligne("a", 1), ligne("b", 2)), table(ligne("a", 1), ligne("a", 3, **COMPOSITION)))
    assert {(e["indicateur"], e["modalite_1"], e["nature"]) for e in ecarts.to_dicts()} == {
        ("b", None, "retire"),
        ("a", "COUPLE", "nouveau"),
    }


def test_une_definition_nouvelle_se_compare_a_l_ancienne():
    ecarts = comparer(table(ligne("a", 504, version_definition="2019")), table(ligne("a", 580)))
    (ecart,) = ecarts.to_dicts()
    assert (ecart["nature"], ecart["valeur_avant"], ecart["valeur_apres"]) == ("revise", 504, 580)
    assert (ecart["version_definition_avant"], ecart["version_definition_apres"]) == ("2019", "2022")


def test_deux_versions_cote_a_cote_ne_se_melangent_pas():
    """Une série imprime la même année aux deux définitions : chacune se compare à elle-même."""
    avant = table(ligne("a", 504, version_definition="2019"), ligne("a", 580))
    apres = table(ligne("a", 600, version_definition="2019"), ligne("a", 590))
    ecarts = comparer(avant, apres).sort("version_definition_apres")
    assert ecarts.select("valeur_avant", "valeur_apres").rows() == [(504, 600), (580, 590)]
    assert ecarts["version_definition_avant"].equals(ecarts["version_definition_apres"])


def test_meme_cellule_imprimee_deux_fois_avec_d_autres_reglages():
    avant, apres = table(ligne("a", 10), ligne("a", 12)), table(ligne("a", 10), ligne("a", 13))
    assert comparer(avant, apres).select("valeur_avant", "valeur_apres").rows() == [(12, 13)]


cellules = st.builds(
    lambda nom, modalite, valeur: (
        ligne(nom, valeur, etat="publie" if valeur is not None else "masque")
        | ({"ventilation_1": "composition", "modalite_1": modalite} if modalite else {})
    ),
    st.sampled_from("abc"),
    st.sampled_from([None, "COUPLE", "SEUL"]),
    st.one_of(st.none(), st.integers(0, 9).map(float)),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(cellules, min_size=1, max_size=6), st.lists(cellules, min_size=1, max_size=6))
def test_comparer_rend_compte_de_chaque_ligne(premieres, secondes):
    """Rien à dire d'une table et d'elle-même ; sinon, chaque ligne propre à une table est dans un écart et un seul."""
    avant, apres = table(*premieres), table(*secondes)
    assert comparer(avant, avant).is_empty()
    ecarts = comparer(avant, apres)
    for cote, une, autre in (("avant", avant, apres), ("apres", apres, avant)):
        propres = une.join(autre, on=une.columns, how="anti", nulls_equal=True).height
        assert ecarts[f"etat_{cote}"].is_not_null().sum() == propres
    assert comparer(apres, avant).height == ecarts.height


# Les éditions gardées


def test_premiere_edition_puis_la_meme(tmp_path):
    espace, texte = Espace(tmp_path), csv(25)
    dit = garder(espace, IDENTITE, fiche(texte, "e1"), texte, date(2026, 1, 12))
    assert dit == {"numero": 1, "date": "2026-01-12"}
    fichier = editions.fichier_editions(espace, "interne", 2022, "essai")
    octets = fichier.read_bytes()
    assert garder(espace, IDENTITE, fiche(texte, "e1"), texte, date(2026, 3, 1)) == dit
    assert fichier.read_bytes() == octets, "rendre deux fois la même édition n'en fait pas deux"


def test_edition_suivante_dit_ce_qu_elle_change(tmp_path):
    espace = Espace(tmp_path)
    origine = {"versions": {"code": "1", "definitions": {"menages_accompagnes": "1"}}, "reglages": {"objectif": "20"}}
    garder(espace, IDENTITE, fiche(csv(25), "e1", **origine), csv(25), date(2026, 1, 12))
    apres = {"versions": {"code": "2", "definitions": {"menages_accompagnes": "2022"}}, "reglages": {"objectif": "22"}}
    dit = garder(espace, IDENTITE, fiche(csv(26), "e2", **apres), csv(26), date(2026, 2, 3))
    assert dit == {
        "numero": 2,
        "date": "2026-02-03",
        "precedente": "2026-01-12",
        "cellules": 1,
        "indicateurs": ["menages_accompagnes"],
        "causes": ["donnees", "definitions", "reglages", "logiciel"],
    }
    assert not lire_editions(espace, "public", 2022, "essai"), "chaque diffusion a ses éditions"


def test_seules_les_deux_dernieres_tables_sont_gardees(tmp_path):
    espace = Espace(tmp_path)
    for rang in range(4):
        garder(espace, IDENTITE, fiche(csv(rang), f"e{rang}"), csv(rang), date(2026, 1, 1 + rang))
    lues = lire_editions(espace, "interne", 2022, "essai")
    assert [e.numero for e in lues] == [1, 2, 3, 4]
    assert [e.table is not None for e in lues] == [False, False, True, True]


def test_precedente_ne_change_pas_quand_on_rend_de_nouveau(tmp_path):
    """Avant comme après l'avoir gardée, une édition se compare à celle qu'elle remplace."""
    espace = Espace(tmp_path)
    garder(espace, IDENTITE, fiche(csv(1), "e1"), csv(1), date(2026, 1, 1))
    neuve = fiche(csv(2), "e2")
    vues = []
    for _ in range(2):
        lues = lire_editions(espace, "interne", 2022, "essai")
        vues.append(precedente(lues, neuve["empreinte"], neuve["sha256_table"]))
        garder(espace, IDENTITE, neuve, csv(2), date(2026, 2, 1))
    assert vues[0] == vues[1] and vues[0].numero == 1


def test_l_heure_ne_se_dit_que_si_deux_editions_sont_du_meme_jour(tmp_path):
    espace = Espace(tmp_path)
    matin, soir = datetime(2026, 1, 12, 9, 5), datetime(2026, 1, 12, 17, 40)
    garder(espace, IDENTITE, fiche(csv(1), "e1"), csv(1), matin)
    dit = garder(espace, IDENTITE, fiche(csv(2), "e2"), csv(2), soir)
    assert (dit["heure"], dit["precedente_heure"]) == ("17:40", "09:05")
    premiere = lire_editions(espace, "interne", 2022, "essai")[0]
    assert premiere.dater([date(2026, 1, 12)]) == "12 janvier 2026 à 9\xa0h\xa005"
    assert premiere.dater([date(2026, 1, 13)]) == "12 janvier 2026"


# Ce que la purge y efface


def deux_annees(valeur: float, service: str = "essai") -> str:
    lignes = [ligne("a", valeur, annee=an, service=service) for an in (2021, 2022)]
    return table(*lignes, ligne("b", 3, annee=2021, service="voisin")).write_csv()


def test_une_annee_purgee_quitte_les_editions_internes_et_elles_seules(tmp_path):
    """Les cellules non masquées de l'année s'en vont ; le reste demeure, et la comparaison n'invente rien."""
    espace = Espace(tmp_path)
    lus = {"livraisons": {"essai": ["l1"], "voisin": ["l2"]}}
    texte = deux_annees(1)
    for diffusion in ("interne", "public"):
        garder(espace, {**IDENTITE, "diffusion": diffusion}, fiche(texte, "e1", **lus), texte, date(2026, 1, 1))
    assert oublier(espace, "essai", [2021]) == 1
    assert oublier(espace, "essai", [2021]) == 0, "rien à refaire"
    (edition,) = lire_editions(espace, "interne", 2022, "essai")
    gardees = lire_table(edition.table)
    assert gardees.select("service", "annee").sort("annee").rows() == [("voisin", 2021), ("essai", 2022)]
    assert lire_editions(espace, "public", 2022, "essai")[0].table == texte
    ecarts = ecarts_depuis(edition, lire_table(deux_annees(2)))
    assert ecarts.select("annee", "nature").rows() == [(2022, "revise")]


def test_une_edition_qui_n_a_que_l_annee_purgee_n_a_plus_de_table(tmp_path):
    espace = Espace(tmp_path)
    garder(espace, {**IDENTITE, "annee": 2021}, fiche(csv(1), "e1"), table(ligne("a", 1, annee=2021)).write_csv())
    garder(espace, {**IDENTITE, "service": "autre"}, fiche(csv(1), "e1"), table(ligne("a", 1, service="x")).write_csv())
    assert oublier(espace, "essai", [2021, 2022]) == 1
    assert lire_editions(espace, "interne", 2021, "essai")[0].table is None
    assert lire_editions(espace, "interne", 2022, "autre")[0].table is not None, "il ne lit pas ce service"


def test_un_total_de_plusieurs_services_part_avec_celui_qui_y_compte(tmp_path):
    espace = Espace(tmp_path)
    lignes = [ligne("a", 9, service=s) for s in ("association", "essai", "voisin")]
    texte = table(*lignes).write_csv()
    garder(espace, IDENTITE, fiche(texte, "e1", livraisons={"essai": [], "voisin": []}), texte)
    oublier(espace, "essai", [2022])
    (edition,) = lire_editions(espace, "interne", 2022, "essai")
    assert lire_table(edition.table)["service"].to_list() == ["voisin"]


def test_fichier_abime_vaut_absence(tmp_path):
    fichier = editions.fichier_editions(Espace(tmp_path), "interne", 2022, "essai")
    fichier.parent.mkdir(parents=True)
    fichier.write_text('{"editions": [{"numero"', encoding="utf-8")
    assert lire_editions(Espace(tmp_path), "interne", 2022, "essai") == ()
