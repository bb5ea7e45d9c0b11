"""Le carnet enregistré ne contient que des cellules protégées : ni donnée de personne, ni effectif masqué.

On rend un rapport public partie par partie, comme son carnet le fait, et l'on cherche dans tout ce qui s'enregistre
ce que la diffusion interne est seule à savoir.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from html import unescape
from typing import Any

import polars as pl
import pytest

from observatoire.campagne.donnees_types import SCHEMA_TABLE
from observatoire.campagne.editions import lire_table
from observatoire.campagne.fiche import TYPE_FICHE, fiche_rapport
from observatoire.entrepot import lire_entrepot
from observatoire.espace import VARIABLE_ESPACE
from observatoire.restitution.rapport import Fragment, Rapport, rapport

NOMBRES = ("valeur", "numerateur", "denominateur", "base")
SECRETES = ("masque", "masque_secondaire")
PSEUDONYME = re.compile(r"\b(?:per|men|mes|dem|sej|act|rel|par)_[0-9a-f]{12,}")
SORTIES = {"text/html", "text/plain", TYPE_FICHE, "application/vnd.observatoire.classeur+json"}


@pytest.fixture(scope="module")
def public(espace_exemple) -> Rapport:
    """Le rapport public du LTIAE, qui a de petits effectifs."""
    with pytest.MonkeyPatch.context() as environnement:
        environnement.setenv(VARIABLE_ESPACE, str(espace_exemple.racine))
        return rapport("ltiae", 2022, "public")


@pytest.fixture(scope="module")
def sorties(public) -> list[dict[str, Any]]:
    """Ce que le carnet enregistre : chaque partie, dans chacune de ses formes."""
    parties = [public.entete(), public.sommaire(), public.chiffres_cles(), *public.sections(), public.changements()]
    parties += [public.qualite(), public.definitions(), public.provenance()]
    return [_enregistree(p) for p in parties]


def _enregistree(partie: Fragment) -> dict[str, Any]:
    if hasattr(partie, "_repr_mimebundle_"):
        return partie._repr_mimebundle_()
    return {"text/html": partie._repr_html_(), "text/plain": repr(partie)}


def tables(objet: Any) -> Iterator[pl.DataFrame]:
    """Toutes les tables qu'un rapport porte, où qu'elles soient."""
    if isinstance(objet, pl.DataFrame):
        yield objet
    elif is_dataclass(objet):
        for champ in fields(objet):
            yield from tables(getattr(objet, champ.name))
    elif isinstance(objet, list | tuple):
        for element in objet:
            yield from tables(element)
    elif isinstance(objet, dict):
        yield from tables(list(objet.values()))


def test_le_rapport_ne_porte_que_des_agregats_proteges(public):
    lues = list(tables(public))
    assert len(lues) > 3 * 5
    masquees = 0
    for table in lues:
        assert set(table.columns) <= set(SCHEMA_TABLE), table.columns
        tues = table.filter(pl.col("etat").is_in(SECRETES))
        masquees += tues.height
        assert tues.select(pl.col(NOMBRES).is_not_null().sum()).row(0) == (0, 0, 0, 0)
    assert masquees > 20, "sans cellule masquée, ce test ne prouverait rien"


def test_la_table_du_carnet_ne_dit_rien_de_ce_qui_est_masque(public, sorties):
    fiche = next(s[TYPE_FICHE] for s in sorties if TYPE_FICHE in s)
    assert fiche == fiche_rapport(public.donnees, public.origine)
    table = lire_table(fiche["table"])
    assert table.filter(pl.col("etat") != "publie").select(pl.col(NOMBRES).is_not_null().sum()).row(0) == (0, 0, 0, 0)


def test_aucun_pseudonyme_ni_identifiant_dans_ce_qui_s_enregistre(espace_exemple, sorties):
    assert {forme for sortie in sorties for forme in sortie} <= SORTIES
    texte = json.dumps(sorties, ensure_ascii=False, default=str)
    assert not PSEUDONYME.search(texte)
    entrepot = lire_entrepot(espace_exemple, "ltiae")
    for nom in ("menage", "personne", "mesure"):
        cle = entrepot.table(nom).columns[0]
        identifiants = entrepot.table(nom)[cle].to_list()
        assert identifiants and not any(i in texte for i in identifiants)
    assert str(espace_exemple.racine) not in texte


def test_un_effectif_masque_n_est_dans_aucun_dessin(public, sorties):
    """Le graphique d'un bloc masque ce que son tableau masque, jusque dans les données de sa spécification."""
    vus = 0
    for bloc in (b for b in public.donnees.blocs if b.graphique == "barres"):
        tues = set(bloc.table.filter(pl.col("etat").is_in(SECRETES))["libelle_1"].drop_nulls())
        page = next(h for s in sorties if f'id="{bloc.cle}"' in (h := s["text/html"]))
        figure = page.split(f'id="{bloc.cle}"')[-1].split("</figure>")[0]
        for specification in re.findall(r'<script type="application/json">(.*?)</script>', figure, re.DOTALL):
            for ligne in _lignes(json.loads(unescape(specification))):
                if ligne["modalite"] in tues:
                    assert (ligne["lu"], ligne["texte"], ligne["valeur"] or 0) == ("masqué", "masqué", 0)
                    vus += 1
    assert vus, "aucune cellule masquée n'était dessinée"


def _lignes(noeud: Any) -> Iterator[dict[str, Any]]:
    """Les lignes de données d'une spécification, à toute profondeur."""
    if isinstance(noeud, dict):
        if {"modalite", "lu"} <= noeud.keys():
            yield noeud
        for valeur in noeud.values():
            yield from _lignes(valeur)
    elif isinstance(noeud, list):
        for valeur in noeud:
            yield from _lignes(valeur)
