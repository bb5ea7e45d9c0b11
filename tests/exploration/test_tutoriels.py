"""Les tutoriels : ils s'exécutent, leurs réponses viennent des données, leurs gestes et leurs commandes existent."""

from __future__ import annotations

import json
import re
import shlex
import struct
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import ipywidgets
import nbformat
import polars as pl
import pytest
import typer
from scipy.stats import fisher_exact

from observatoire.campagne.moteur import executer_ici
from observatoire.cli import app
from observatoire.entrepot import lire_entrepot
from observatoire.erreurs import ErreurDefinition
from observatoire.espace import VARIABLE_ESPACE, Espace
from observatoire.exploration import Atelier, controler_demande
from observatoire.exploration.explorateur import Explorateur
from observatoire.exploration.widgets_etat import etat_de
from observatoire.indicateurs import calculer
from observatoire.indicateurs.registre import REGISTRE, en_vigueur

DECOUVRIR, AJOUTER, CAHIER = (
    "tutoriel_decouvrir",
    "tutoriel_ajouter_un_indicateur",
    "tutoriel_preparer_un_cahier",
)
NOUVEAU = "part_sans_ressource_ni_logement"
POIDS_IMAGE = 120_000
PSEUDONYME = re.compile(r"\b(?:per|men|mes|dem|sej|act|rel|par)_[0-9a-f]{12,}")
SORTIES = {"text/html", "text/plain", "text/markdown"}
IMAGE = re.compile(r"!\[(?P<texte>[^\]]*)\]\((?P<cible>[^)]+)\)")


@pytest.fixture(scope="module")
def executes(espace_exemple) -> Iterator[dict[str, Any]]:
    """Les trois tutoriels exécutés ; ce qu'ils déclarent est oublié à la fin."""
    catalogue = {nom: list(variantes) for nom, variantes in REGISTRE.items()}
    try:
        with pytest.MonkeyPatch.context() as environnement:
            environnement.setenv(VARIABLE_ESPACE, str(espace_exemple.racine))
            yield {
                nom: nbformat.reads(executer_ici(str(espace_exemple.notebooks / f"{nom}.ipynb"), {}), as_version=4)
                for nom in (DECOUVRIR, AJOUTER, CAHIER)
            }
    finally:
        REGISTRE.clear()
        REGISTRE.update(catalogue)


@pytest.fixture(scope="module")
def atelier(espace_exemple) -> Atelier:
    return Atelier(espace_exemple)


def cellule(carnet: Any, etiquette: str) -> Any:
    (seule,) = [c for c in carnet.cells if etiquette in c.metadata.get("tags", ())]
    return seule


def lu(carnet: Any, etiquette: str, genre: str = "text/markdown") -> str:
    """Ce qu'affiche une cellule, espaces insécables et balises retirées."""
    (sortie,) = cellule(carnet, etiquette).outputs
    return en_clair(sortie.data[genre])


def en_clair(texte: str) -> str:
    nu = re.sub(r"<style[^>]*>.*?</style>|<[^>]+>", " ", texte, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(nu)).strip()


def textes(carnet: Any) -> str:
    return "\n".join(c.source for c in carnet.cells if c.cell_type == "markdown")


# Découvrir


def test_la_reponse_est_celle_des_donnees(executes, espace_exemple):
    """Les trois années, le test exact et les réponses manquantes, refaits ici sans l'explorateur."""
    reponse = lu(executes[DECOUVRIR], "reponse")
    comptes = {}
    for annee in (2020, 2021, 2022):
        ligne = calculer(espace_exemple, "cllaj", annee, ["part_sans_ressource"]).row(0, named=True)
        comptes[annee] = (int(ligne["numerateur"]), int(ligne["denominateur"]), ligne["non_renseignes"])
    for annee, (sans, base, _) in comptes.items():
        assert f"{100 * sans / base:.1f}".replace(".", ",") + f" % en {annee} ({sans} sur {base})" in reponse
    avant, apres = ((sans, base - sans) for sans, base, _ in (comptes[2021], comptes[2022]))
    hasard = round(100 * fisher_exact([avant, apres]).pvalue)
    assert f"environ {hasard} fois sur 100" in reponse
    assert comptes[2021][2] > 0 and f"{comptes[2021][2]} en 2021" in reponse
    assert reponse.startswith("### Rien ne prouve qu'elle ait augmenté depuis 2021.")
    permis, interdit = reponse.split("**Ce que vous ne pouvez pas écrire**")
    assert "cet écart peut tenir au hasard" in permis.split("au Département**")[1]
    assert "qu'elle augmente, ni qu'elle est stable" in interdit


@pytest.mark.parametrize(
    ("indicateur", "attendue"),
    [
        # Net pour le hasard, mais les réponses manquantes de 2021 suffiraient à l'expliquer.
        ("part_ressources_faibles", "### Rien ne prouve qu'elle ait augmenté depuis 2021."),
        ("taux_participation_collective", "### Non, elle a baissé depuis 2021."),
        ("part_qpv", "### Rien ne prouve qu'elle ait augmenté depuis 2021."),
    ],
)
def test_la_reponse_change_avec_le_chiffre(executes, tmp_path, indicateur, attendue):
    carnet = executes[DECOUVRIR].copy()
    rang = carnet.cells.index(cellule(carnet, "reponse"))
    carnet = nbformat.from_dict({**carnet, "cells": carnet.cells[: rang + 1]})
    fichier = tmp_path / "essai.ipynb"
    nbformat.write(carnet, fichier)
    refait = nbformat.reads(executer_ici(str(fichier), {"indicateur": indicateur}), as_version=4)
    assert lu(refait, "reponse").startswith(attendue)


def test_ce_qui_est_masque_est_dit_et_n_est_ecrit_nulle_part(executes, atelier):
    demande = {
        "services": "cllaj",
        "annees": 2022,
        "indicateur": "part_sans_ressource",
        "ventilations": ["age_tranche"],
    }
    interne = atelier.voir(controler_demande(atelier.espace, demande)).bloc.cellules
    publique = atelier.voir(controler_demande(atelier.espace, {**demande, "diffusion": "public"}))
    masquees = publique.table.filter(pl.col("etat").str.starts_with("masque"))["modalite_1"].to_list()
    dit = lu(executes[DECOUVRIR], "masque")
    page = lu(executes[DECOUVRIR], "par_age", "text/html")
    assert len(masquees) > 1 and f"{len(masquees)} cellules sur" in dit
    for ligne in interne.filter(pl.col("modalite_1").is_in(masquees)).iter_rows(named=True):
        assert ligne["libelle_1"] in dit
        assert f"{ligne['libelle_1']} s s" in page
        assert f"{ligne['numerateur']:.0f} sur {ligne['denominateur']:.0f}" not in page


def test_les_gestes_existent_dans_l_explorateur(executes, atelier):
    """Chaque mot en gras ou entre guillemets des étapes est un contrôle, un choix ou un titre de l'explorateur."""
    demande = {"services": "cllaj", "annees": [2022], "indicateur": "part_sans_ressource"}
    explorateur = Explorateur(atelier, etat_de(controler_demande(atelier.espace, demande)), preparer=False)
    ecrits = " | ".join(mots_affiches(explorateur))
    etapes = [c.source for c in executes[DECOUVRIR].cells if re.match(r"## [234]\.", c.source)]
    nommes = {
        mot for etape in etapes for mot in re.findall(r"\*\*(.+?)\*\*|« (.+?) »", IMAGE.sub("", etape)) for mot in mot
    }
    nommes -= {"", "s"}  # « s » est la marque d'une case masquée
    assert len(nommes) > 10
    assert {mot for mot in nommes if mot not in ecrits} == set()


def mots_affiches(controle: ipywidgets.Widget) -> Iterator[str]:
    """Les libellés, les choix et les textes d'un contrôle et de tout ce qu'il contient."""
    yield str(getattr(controle, "description", ""))
    for choix in getattr(controle, "options", ()):
        yield str(choix[0] if isinstance(choix, tuple) else choix).replace("\xa0", " ")
    if isinstance(controle, ipywidgets.HTML):
        yield en_clair(controle.value)
    for enfant in getattr(controle, "children", ()):
        yield from mots_affiches(enfant)


# Ajouter un indicateur


def test_l_indicateur_du_tutoriel_vit_comme_les_autres(executes, espace_exemple):
    declare = en_vigueur(NOUVEAU, 2022)
    assert declare.montant and declare.essai
    assert {"situation.ressources", "situation.logement"} <= declare.colonnes_modele()
    page = lu(executes[AJOUTER], "vue", "text/html")
    for annee in (2020, 2021, 2022):
        ligne = calculer(espace_exemple, "cllaj", annee, [NOUVEAU]).row(0, named=True)
        assert f"({ligne['numerateur']:.0f} sur {ligne['denominateur']:.0f})" in page
        assert ligne["non_renseignes"] > 0


def test_la_verification_a_la_main_voit_une_base_mal_comptee(executes):
    """Sans « connues », la quatrième ligne entrerait dans la base : la cellule de vérification échoue."""
    source = cellule(executes[AJOUTER], "declaration").source
    faute = 'pl.col("ressources_centimes").is_not_null() & regles.renseigne("logement_entree")'
    assert faute in source
    portee: dict[str, Any] = {"__name__": "__main__"}
    exec(source.replace(faute, 'regles.renseigne("logement_entree")'), portee)
    with pytest.raises(AssertionError):
        exec(cellule(executes[AJOUTER], "verification").source, portee)
    exec(source, portee)
    exec(cellule(executes[AJOUTER], "verification").source, portee)
    assert len(REGISTRE[NOUVEAU]) == 1, "redéclaré dans un carnet, l'indicateur est remplacé"


def test_un_carnet_ne_remplace_pas_un_indicateur_du_catalogue(executes):
    source = cellule(executes[AJOUTER], "declaration").source.replace(f"def {NOUVEAU}", "def part_sans_ressource")
    avant = list(REGISTRE["part_sans_ressource"])
    with pytest.raises(ErreurDefinition, match="déclaré deux fois"):
        exec(source, {"__name__": "__main__"})
    assert REGISTRE["part_sans_ressource"] == avant


# Préparer un cahier


def test_chaque_case_sans_chiffre_du_cahier_est_listee(executes):
    interne, public = (lu(executes[CAHIER], etiquette) for etiquette in ("manquants", "masques"))
    assert "| Mayenne | non reçu |" in interne
    assert public.count("masqué") >= interne.count("masqué") > 0
    raisons = set(re.findall(r"\| ([^|]+) \| \d+ \|", interne + public))
    expliquees = set(re.findall(r"^\| ([^|]+) \|", textes(executes[CAHIER]), re.MULTILINE))
    assert raisons <= expliquees, "chaque raison a sa ligne « où regarder »"


def test_l_apercu_du_cahier_tient_dans_son_cadre(executes):
    """La page est dans le cadre, styles compris : rien ne déborde sur le carnet."""
    (sortie,) = cellule(executes[CAHIER], "apercu").outputs
    debut, page, fin = re.fullmatch(r'(.*srcdoc=")([^"]*)(".*)', sortie.data["text/html"], re.DOTALL).groups()
    assert "<style" not in debut + fin
    lue = en_clair(unescape(page))
    assert "Pays de la Loire 2020" in lue and "Méthode et sources" in lue
    assert "Sorties de CHRS vers l'emploi" in lue


# Les trois


@pytest.mark.parametrize("nom", [DECOUVRIR, AJOUTER, CAHIER])
def test_rien_d_un_menage_dans_ce_qui_s_enregistre(executes, espace_exemple, nom):
    sorties = [s for c in executes[nom].cells for s in c.get("outputs", ())]
    assert len(sorties) >= 3
    assert {forme for s in sorties for forme in s.get("data", ())} <= SORTIES
    texte = json.dumps(sorties, ensure_ascii=False)
    assert not PSEUDONYME.search(texte)
    assert str(espace_exemple.racine) not in texte
    for service in ("cllaj", "ltiae"):
        menages = lire_entrepot(espace_exemple, service).table("menage")["id_menage"].to_list()
        assert menages and not any(m in texte for m in menages)


def test_les_captures_sont_la_legeres_et_decrites(executes, espace_exemple):
    """Telles qu'`observatoire init` les a recopiées ; aucune ne traîne sans servir."""
    vues = set()
    for nom in (DECOUVRIR, AJOUTER, CAHIER):
        for image in IMAGE.finditer(textes(executes[nom])):
            fichier = espace_exemple.notebooks / image["cible"]
            octets = fichier.read_bytes()
            assert octets.startswith(b"\x89PNG") and len(octets) <= POIDS_IMAGE, fichier.name
            largeur, hauteur = struct.unpack(">II", octets[16:24])
            assert largeur >= 800 and hauteur >= 500, "une capture doit se lire"
            assert len(image["texte"]) > 60, "une capture se décrit à qui ne la voit pas"
            vues.add(fichier.name)
    assert len(vues) >= 3
    assert vues == {f.name for f in (espace_exemple.notebooks / "captures").iterdir()}


@pytest.mark.parametrize("nom", [DECOUVRIR, AJOUTER, CAHIER])
def test_les_commandes_et_les_liens_menent_quelque_part(executes, espace_exemple: Espace, nom):
    texte = textes(executes[nom])
    lignes = [ligne for bloc in re.findall(r"```sh\n(.*?)```", texte, re.DOTALL) for ligne in bloc.splitlines()]
    lignes += re.findall(r"`(observatoire [^`]+)`", texte)
    commandes = [mots for ligne in lignes if (mots := shlex.split(ligne, comments=True))]
    commandes = [mots[1:] for mots in commandes if Path(mots[0]).name == "observatoire"]
    assert commandes
    groupe = typer.main.get_command(app)
    for nom_commande, *arguments in (m for m in commandes if len(m) > 1):
        commande = groupe.get_command(typer.Context(groupe), nom_commande)
        assert commande is not None, nom_commande
        commande.make_context(nom_commande, arguments)
    for cible in re.findall(r"(?<!!)\[[^\]]+\]\(([^)#]+)\)", texte):
        assert (espace_exemple.notebooks / cible).resolve().exists(), cible
