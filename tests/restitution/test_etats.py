"""Zéro, non renseigné, masqué, sans objet, non reçu, retenu : six cellules côte à côte, distinctes partout."""

import csv
import io
import re
from dataclasses import replace

import pytest

from observatoire.campagne.donnees_types import Retenue
from observatoire.campagne.fiche import table_protegee
from observatoire.restitution import graphiques, phrases, tableaux
from observatoire.restitution.cellules import Vue
from observatoire.restitution.etats import ETATS
from observatoire.restitution.figure import figure
from observatoire.restitution.locale import INSECABLE
from observatoire.restitution.tuiles import tuiles
from tests.restitution import fabrique

NOM = "menages_accompagnes"
MOTIF = "Trop peu de lignes renseignent le début."
# cas → (état de la cellule, mot dans un graphique, marque d'un tableau, toutes lettres)
CAS = {
    "zero": ("publie", "0", "0", "0"),
    "muet": ("non_renseigne", "n.r.", "n.r.", "non renseigné"),
    "petit": ("masque", "masqué", "s", "masqué"),
    "vide": ("sans_objet", "sans objet", "sans objet", "sans objet"),
    "absent": ("non_recu", "non reçu", "non reçu", "non reçu"),
    "douteux": ("retenu", "retenu", "retenu", "retenu"),
}
RETENUE = (Retenue(NOM, 2022, "", (MOTIF,)),)


def cellule(cas: str, **autres) -> dict:
    etat = CAS[cas][0]
    return fabrique.ligne(NOM, 0.0 if etat == "publie" else None, etat=etat, **autres)


def bloc_ventile(graphique="barres", ventilation="commune"):
    lignes = [fabrique.ligne(NOM, 40.0), fabrique.ligne(NOM, 40.0, v1=ventilation, m1="plein")]
    lignes += [cellule(cas, v1=ventilation, m1=cas) for cas in CAS]
    return replace(fabrique.bloc("six", graphique, [NOM], fabrique.table(lignes)), retenues=RETENUE)


def bloc_mensuel():
    mois = [fabrique.ligne(NOM, 40.0, v1="mois", m1="2022-01")]
    mois += [cellule(cas, v1="mois", m1=f"2022-{rang:02d}") for rang, cas in enumerate(CAS, 2)]
    return replace(
        fabrique.bloc("mois", "serie", [NOM], fabrique.table([fabrique.ligne(NOM, 40.0), *mois])), retenues=RETENUE
    )


def dessinees(bloc) -> list[dict]:
    spec = graphiques.graphique(bloc).large
    jeux = [spec.get("data"), *(c.get("data") for c in spec["layer"])]
    return next(j["values"] for j in jeux if j and j.get("name") == "cellules")


def test_les_six_se_distinguent_dans_le_tableau():
    html = str(tableaux.tableau(bloc_ventile()))
    lues = dict(re.findall(r'<th scope="row">(\w+)</th><td>(?:<span class="etat [\w-]+">)?([^<]*)', html))
    assert {cas: lues[cas] for cas in CAS} == {cas: marque for cas, (_, _, marque, _) in CAS.items()}
    assert len(set(lues.values())) == 7


def test_la_legende_n_explique_que_les_etats_presents():
    html = str(tableaux.tableau(bloc_ventile()))
    for etat in ("non_renseigne", "masque", "sans_objet", "non_recu", "retenu"):
        assert ETATS[etat].sens in html.replace("&#39;", "'")
    seul = fabrique.effectifs(NOM, "commune", {"A": 12, "B": "non_recu"})
    legende = str(tableaux.tableau(fabrique.bloc("l", "barres", [NOM], seul))).split("legende-etats")[1]
    assert ETATS["non_recu"].sens in legende.replace("&#39;", "'") and legende.count("<b") == 1


def test_les_six_se_distinguent_dans_les_barres_et_leur_infobulle():
    lues = {c["modalite"]: c for c in dessinees(bloc_ventile())}
    muets = {cas: attendu for cas, attendu in CAS.items() if cas != "zero"}
    assert {cas: lues[cas]["texte"] for cas in muets} == {cas: mot for cas, (_, mot, _, _) in muets.items()}
    bulles = {cas: lues[cas]["lu"] for cas in muets}
    assert bulles.pop("douteux") == f"retenu{INSECABLE}: trop peu de lignes renseignent le début"
    assert bulles == {cas: lettres for cas, (_, _, _, lettres) in muets.items() if cas != "douteux"}


@pytest.mark.parametrize("bloc", [bloc_mensuel(), replace(bloc_mensuel(), cle="b")], ids=["large", "etroit"])
def test_une_colonne_sans_valeur_n_est_pas_un_zero(bloc, request):
    """À toute largeur, chaque mois sans valeur porte son mot ; le mois à zéro, lui, n'a que sa ligne de base."""
    lues = dessinees(bloc)
    assert [c["publiee"] for c in lues] == [True, True, False, False, False, False, False]
    dessin = graphiques.graphique(bloc)
    image = graphiques.image(dessin.etroit if "etroit" in request.node.name else dessin.large)
    for mot in ("n.r.", "masqué", "sans objet", "non reçu", "retenu"):
        assert f">{mot}</text>" in image, mot
    assert ("rotate(-90)" in image or "rotate(270)" in image) is ("etroit" in request.node.name)


def test_les_six_se_distinguent_dans_une_matrice():
    lignes = [fabrique.ligne(NOM, 40.0), fabrique.ligne(NOM, 40.0, v1="a", m1="x", v2="b", m2="plein")]
    lignes += [cellule(cas, v1="a", m1="x", v2="b", m2=cas) for cas in CAS]
    bloc = replace(fabrique.bloc("m", "matrice", [NOM], fabrique.table(lignes)), retenues=RETENUE)
    textes = {c["colonne"]: c["texte"] for c in dessinees(bloc)}
    assert {c: textes[c] for c in CAS} == {c: "s" if c == "petit" else mot for c, (_, mot, _, _) in CAS.items()}


def test_les_six_se_distinguent_en_tuiles():
    noms = ["menages_accompagnes", "premieres_mesures", "mois_mesures", "a", "b", "c"]
    lignes = [cellule(cas) | {"indicateur": nom} for nom, cas in zip(noms, CAS, strict=True)]
    bloc = fabrique.bloc("t", "tuiles", noms, fabrique.table(lignes))
    html = str(tuiles(Vue(replace(bloc, retenues=(Retenue("c", 2022, "", (MOTIF,)),)))))
    valeurs = re.findall(r'<span class="valeur">([^<]*)', html)
    assert valeurs == [lettres for _, _, _, lettres in CAS.values()]
    assert "Trop peu de lignes renseignent le début" in html, "une tuile retenue dit pourquoi"


def test_les_six_se_distinguent_dans_la_description_ecrite():
    texte = phrases.description(bloc_ventile()).replace(INSECABLE, " ")
    for cas, (_, _, _, lettres) in CAS.items():
        if cas != "zero":
            assert f"{cas} {lettres}" in texte
    mois = phrases.description(bloc_mensuel()).replace(INSECABLE, " ")
    assert "février 0" in mois and "mars non renseigné" in mois and "juillet retenu" in mois


def test_les_six_se_distinguent_dans_la_table_exportee():
    donnees = fabrique.donnees(sections=(), chiffres_cles=bloc_ventile())
    lues = {x["modalite_1"]: x for x in csv.DictReader(io.StringIO(table_protegee(donnees)))}
    assert {cas: lues[cas]["etat"] for cas in CAS} == {cas: etat for cas, (etat, *_) in CAS.items()}
    assert lues["zero"]["valeur"] == "0.0"
    assert all(lues[cas]["valeur"] == "" for cas in CAS if cas != "zero"), "un état n'est jamais un nombre"


@pytest.mark.parametrize("cas", [c for c in CAS if c != "zero"])
def test_une_figure_toute_en_un_etat_le_dit_en_toutes_lettres(cas):
    etat = CAS[cas][0]
    bloc = fabrique.bloc("p", "tableau", [NOM], fabrique.table([cellule(cas)]))
    assert phrases.phrase(bloc).replace(INSECABLE, " ") == ETATS[etat].phrase
    autres = {e.phrase for nom, e in ETATS.items() if e is not ETATS[etat]}
    assert ETATS[etat].phrase not in autres


def test_un_tableau_de_zeros_n_est_pas_une_absence_de_donnees():
    lignes = [fabrique.ligne(NOM, 0.0), fabrique.ligne(NOM, 0.0, v1="commune", m1="A")]
    phrase = phrases.phrase(fabrique.bloc("z", "barres", [NOM], fabrique.table(lignes)))
    assert "Aucune donnée" not in phrase and "ucun ménage" in phrase


def test_l_etat_de_l_annee_precedente_se_dit_sous_la_tuile():
    dits = {}
    for etat in ("retenu", "masque", "masque_secondaire", "non_recu", "non_renseigne", "sans_objet"):
        avant = fabrique.total(NOM, None, etat=etat, annee=2021)
        dits[etat] = str(tuiles(Vue(fabrique.bloc("t", "tuiles", [NOM], fabrique.total(NOM, 25.0), avant))))
    assert "Valeur de 2021 retenue par la qualité" in dits["retenu"]
    assert dits["masque"] == dits["masque_secondaire"], "les distinguer dirait quelles cellules sont petites"
    assert len(set(dits.values())) == 5


def test_un_masquage_secondaire_a_le_visage_d_un_primaire():
    def figure_de(etat: str) -> str:
        lignes = [fabrique.ligne(NOM, 40.0), fabrique.ligne(NOM, 30.0, v1="commune", m1="A")]
        lignes.append(fabrique.ligne(NOM, None, v1="commune", m1="B", etat=etat))
        return str(figure(fabrique.bloc("f", "barres", [NOM], fabrique.table(lignes))))

    assert figure_de("masque") == figure_de("masque_secondaire")


# Ce qui n'est pas écrit


def ventile(forme: str, avant: list[dict], maintenant: list[dict]):
    bloc = fabrique.bloc("v", "barres", [NOM], fabrique.table(maintenant), fabrique.table(avant))
    return replace(bloc, definitions=tuple(replace(d, forme=forme) for d in bloc.definitions))


@pytest.mark.parametrize(("forme", "attendu"), [("effectif", "publie"), ("moyenne", "sans_objet")])
def test_une_ligne_absente_est_zero_pour_un_compte_et_sans_objet_pour_une_moyenne(forme, attendu):
    """Personne de ce type l'an dernier : zéro ménage, mais pas « 0 mois » d'accompagnement moyen."""
    avant = [fabrique.ligne(NOM, 8.0, annee=2021), fabrique.ligne(NOM, 8.0, annee=2021, v1="commune", m1="A")]
    maintenant = [fabrique.ligne(NOM, 9.0), *(fabrique.ligne(NOM, 4.5, v1="commune", m1=m) for m in "AB")]
    vue = Vue(ventile(forme, avant, maintenant))
    assert vue.precedente(NOM, "B").etat == attendu


def test_une_ligne_absente_d_un_detail_retenu_n_est_pas_un_zero():
    """« B » n'existe que l'an dernier ; cette année, le détail est retenu : on ne sait pas qu'il est vide."""
    avant = [fabrique.ligne(NOM, 8.0, annee=2021), fabrique.ligne(NOM, 8.0, annee=2021, v1="commune", m1="B")]
    retenue = fabrique.ligne(NOM, None, v1="commune", m1="A", etat="retenu")
    vue = Vue(ventile("effectif", avant, [fabrique.ligne(NOM, 9.0), retenue]))
    assert vue.cellule(NOM, "B").etat == "retenu"
    assert vue.precedente(NOM, "A").publiee and vue.precedente(NOM, "A").valeur == 0


def test_une_annee_sans_ligne_d_un_historique_est_non_recue():
    lignes = [fabrique.ligne("a", 5.0, annee=2022), *(fabrique.ligne(NOM, 8.0, annee=an) for an in (2021, 2022))]
    html = str(tableaux.tableau(fabrique.bloc("h", "historique", [NOM, "a"], fabrique.table(lignes))))
    assert "non reçu</span>" in html and "—" not in html


def test_un_mois_masque_ne_se_dit_pas_le_plus_bas():
    """Le plus bas des mois diffusés n'est pas le plus bas de l'année."""
    mois = {f"2022-{m:02d}": 10 + m for m in range(1, 12)} | {"2022-12": "masque"}
    bloc = fabrique.bloc("s", "serie", [NOM], fabrique.effectifs(NOM, "mois", mois, total=40))
    texte = phrases.phrase(bloc).replace(INSECABLE, " ")
    assert texte.startswith("Parmi les mois diffusés, le plus haut est en novembre") and "plus bas" not in texte
    assert "des mois diffusés" in phrases.constat(bloc)
