"""Les fichiers écrits : de vrais nombres, aucun calcul, des liens, des en-têtes répétés, un carnet pour source."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from observatoire.campagne.fiche import TYPE_FICHE, fiche_rapport
from observatoire.classeurs.contenu import TYPE_CLASSEUR, en_json
from observatoire.classeurs.ecriture import FORMATS_FICHIER, ecrire_classeur
from observatoire.classeurs.lecture import lire_classeur
from observatoire.classeurs.publication import publier_classeurs, table_de
from observatoire.classeurs.rapport import classeur_rapport
from observatoire.erreurs import ErreurFichier
from observatoire.restitution.rapport import Rapport
from tests.restitution import fabrique

PIEGE = '=HYPERLINK("http://exemple.invalide";"cliquez")'


@pytest.fixture(scope="module")
def fichiers(tmp_path_factory):
    """Un classeur de chaque format, dont une modalité a l'air d'une formule."""
    donnees = fabrique.donnees()
    piegee = table_de(fiche_rapport(donnees)).with_row_index("rang")
    piegee = piegee.with_columns(territoire=piegee["rang"].replace_strict({0: PIEGE}, default=None)).drop("rang")
    classeur = classeur_rapport(donnees)
    feuille = classeur.feuilles[2]
    libelle = ((PIEGE, *feuille.rangees[0][1:]), *feuille.rangees[1:])
    classeur = replace(classeur, feuilles=(*classeur.feuilles[:2], replace(feuille, rangees=libelle)))
    dossier = tmp_path_factory.mktemp("classeurs")
    cibles = ecrire_classeur(classeur, piegee, *(dossier / f"essai.{f}" for f in FORMATS_FICHIER))
    return dict(zip(FORMATS_FICHIER, cibles, strict=True)), piegee


def parties(fichier) -> dict[str, str]:
    with zipfile.ZipFile(fichier) as archive:
        return {nom: archive.read(nom).decode("utf-8") for nom in archive.namelist()}


def test_aucune_formule_et_le_texte_se_relit_tel_quel(fichiers):
    ecrits, piegee = fichiers
    xlsx, ods = parties(ecrits["xlsx"]), parties(ecrits["ods"])
    feuilles = [texte for nom, texte in xlsx.items() if "worksheets/sheet" in nom]
    assert len(feuilles) >= 8 and not any("<f>" in t or "<f " in t for t in feuilles)
    assert "table:formula" not in ods["content.xml"]
    # Deux fois en ODS (un libellé, une donnée) ; une fois en XLSX, qui ne garde un texte qu'une fois.
    assert (ods["content.xml"].count("'=HYPERLINK"), xlsx["xl/sharedStrings.xml"].count("'=HYPERLINK")) == (2, 1)
    assert "<t>=" not in xlsx["xl/sharedStrings.xml"] and "<text:p>=" not in ods["content.xml"]
    for fichier in ecrits.values():
        assert lire_classeur(fichier).equals(piegee)


def test_chaque_partie_est_un_xml_lisible_et_rien_ne_sort_du_fichier(fichiers):
    for fichier in fichiers[0].values():
        for nom, texte in parties(fichier).items():
            if nom.endswith((".xml", ".rels")):
                ElementTree.fromstring(texte)
            assert 'TargetMode="External"' not in texte
            assert not re.search(r'xlink:href="(?!#)', texte)


def test_le_xlsx_a_des_tableaux_nommes_des_formats_et_des_entetes_repetes(fichiers):
    xlsx = parties(fichiers[0]["xlsx"])
    tableaux = [t for nom, t in xlsx.items() if nom.startswith("xl/tables/")]
    feuilles = [t for nom, t in xlsx.items() if nom.startswith("xl/worksheets/sheet")]
    assert len(tableaux) == len(feuilles)
    for tableau in tableaux:
        noms = [c.get("name").casefold() for c in ElementTree.fromstring(tableau)[-2]] or ["?"]
        assert len(set(noms)) == len(noms) and all(noms)
    assert '0"\u00a0"%' in xlsx["xl/styles.xml"].replace("&quot;", '"')
    assert xlsx["xl/workbook.xml"].count("_xlnm.Print_Titles") == len(feuilles)
    assert "dcterms:created" not in xlsx["docProps/core.xml"]


def test_aucune_fusion_dans_un_tableau(fichiers):
    xlsx = parties(fichiers[0]["xlsx"])
    vues = 0
    for nom, texte in xlsx.items():
        if not nom.startswith("xl/worksheets/sheet"):
            continue
        liens = xlsx.get(f"xl/worksheets/_rels/{nom.rpartition('/')[2]}.rels", "")
        tableau = xlsx["xl/tables/" + re.search(r"tables/(table\d+\.xml)", liens)[1]]
        debut, fin = map(int, re.search(r'ref="[A-Z]+(\d+):[A-Z]+(\d+)"', tableau).groups())
        for ligne in re.findall(r'<mergeCell ref="[A-Z]+(\d+):', texte):
            assert not debut <= int(ligne) <= fin
            vues += 1
    assert vues > 5


def test_l_ods_dit_sa_langue_son_type_et_repete_ses_entetes(fichiers):
    with zipfile.ZipFile(fichiers[0]["ods"]) as archive:
        premier = archive.infolist()[0]
        assert (premier.filename, premier.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    ods = parties(fichiers[0]["ods"])
    feuilles = ods["content.xml"].count("<table:table ")
    assert ods["content.xml"].count("<table:table-header-rows>") == feuilles
    assert ods["content.xml"].count('table:contains-header="true"') == feuilles
    assert 'fo:language="fr" fo:country="FR"' in ods["styles.xml"]
    assert "<dc:language>fr-FR</dc:language>" in ods["meta.xml"]
    assert 'office:value-type="percentage"' in ods["content.xml"]


def test_un_tableau_sans_rangee_s_ecrit_aussi(tmp_path):
    donnees = fabrique.donnees()
    classeur = classeur_rapport(donnees)
    vide = replace(classeur.feuilles[0], rangees=(), totaux=0, etats=())
    publiee = table_de(fiche_rapport(donnees))
    for fichier in ecrire_classeur(
        replace(classeur, feuilles=(vide,)), publiee, tmp_path / "a.xlsx", tmp_path / "a.ods"
    ):
        assert lire_classeur(fichier).equals(publiee)


# La publication


def carnet(dossier, donnees: dict):
    fichier = dossier / "essai.ipynb"
    fichier.write_text(json.dumps({"cells": [{"outputs": [{"data": donnees}]}]}), encoding="utf-8")
    return fichier


def test_un_carnet_execute_porte_de_quoi_ecrire_ses_classeurs(tmp_path):
    donnees = fabrique.donnees()
    pied = Rapport(donnees).provenance()._repr_mimebundle_()
    assert pied[TYPE_CLASSEUR] == en_json(classeur_rapport(donnees))
    faits = publier_classeurs(carnet(tmp_path, pied))
    assert [f.name for f in faits] == ["essai.xlsx", "essai.ods"]
    for fichier in faits:
        assert lire_classeur(fichier).equals(table_de(pied[TYPE_FICHE]))


def test_une_page_sans_classeur_retire_ceux_d_un_rendu_passe(tmp_path):
    ancien = tmp_path / "essai.xlsx"
    ancien.write_text("un rendu passé", encoding="utf-8")
    assert publier_classeurs(carnet(tmp_path, {TYPE_FICHE: {"table": ""}})) == []
    assert not ancien.exists()


def test_un_carnet_incomplet_est_refuse(tmp_path):
    sans_table = {TYPE_CLASSEUR: en_json(classeur_rapport(fabrique.donnees()))}
    for donnees in ({TYPE_CLASSEUR: {}}, sans_table):
        with pytest.raises(ErreurFichier, match=r"essai\.ipynb n'a pas de quoi faire un classeur"):
            publier_classeurs(carnet(tmp_path, donnees))
    with pytest.raises(ErreurFichier, match=r"absent\.ipynb"):
        publier_classeurs(tmp_path / "absent.ipynb")
