"""Comparer deux populations : le bon test, la bonne probabilité, des mots qui ne promettent rien de trop."""

from __future__ import annotations

import contextlib
import itertools
from datetime import date
from types import SimpleNamespace

import pytest
from markupsafe import Markup

from observatoire.erreurs import ErreurParametre
from observatoire.exploration import widgets_outils
from observatoire.exploration.atelier import Atelier
from observatoire.exploration.demande import Demande
from observatoire.exploration.populations import (
    Population,
    _difference_de_parts,
    _holm,
    _rapport_des_cotes,
    comparer,
    comparer_populations,
)
from observatoire.indicateurs.formes import Rapport
from observatoire.indicateurs.registre import REGISTRE, en_vigueur, indicateur
from observatoire.qualite import ResultatRegle, Verdict
from tests.atelier import SERVICE, espace_de

J = date
ANNEES = (2021, 2022)


def population(ressources, annee=2022, genre="F", depuis=0, composition="HOMME_SEUL"):
    """Une ligne par ménage : une mesure d'un mois dans l'année, une photo d'entrée et ses ressources."""
    lignes = {"personne": [], "menage": [], "membre": [], "mesure": [], "situation": []}
    for rang, montant in enumerate(ressources, start=depuis):
        jour, cle = J(annee, 3, 1), f"{annee}x{genre}{rang}"
        lignes["personne"].append({"id_personne": f"p{cle}", "genre": genre})
        lignes["menage"].append({"id_menage": f"M{cle}", "id_referent": f"p{cle}"})
        lignes["membre"].append({"id_menage": f"M{cle}", "id_personne": f"p{cle}", "role": "referent", "debut": jour})
        mesure = {"id_mesure": f"m{cle}", "id_menage": f"M{cle}", "rang": 1, "date_debut": jour}
        lignes["mesure"].append({**mesure, "date_fin": J(annee, 4, 1)})
        photo = {"id_menage": f"M{cle}", "moment": "entree", "date": jour, "ressources": montant}
        lignes["situation"].append({**photo, "composition": composition})
    return lignes


def espace_avec(dossier, *populations):
    tables: dict[str, list] = {}
    for lignes in populations:
        for nom, siennes in lignes.items():
            tables.setdefault(nom, []).extend(siennes)
    return espace_de(dossier, **tables)


def sans_ressource(combien, total):
    return [0] * combien + [800] * (total - combien)


def sans_defaut(service, annee):
    return Verdict(service, annee, "", ())


def juger(espace, a, b, nom="part_sans_ressource", diffusion="interne", juge=sans_defaut):
    return comparer_populations(espace, a, b, nom, diffusion=diffusion, juge=juge)


AVANT, APRES = Population(SERVICE, 2021), Population(SERVICE, 2022)


@pytest.fixture(scope="module")
def quarante(tmp_path_factory):
    """40 ménages par année : 6 sans ressource en 2021, 18 en 2022."""
    return espace_avec(
        tmp_path_factory.mktemp("quarante"),
        population(sans_ressource(6, 40), 2021),
        population(sans_ressource(18, 40), 2022),
    )


def test_un_ecart_net_de_deux_parts(quarante):
    from scipy.stats import fisher_exact

    rendu = juger(quarante, AVANT, APRES)
    assert rendu.verdict == "net"
    assert rendu.probabilite == pytest.approx(fisher_exact([[18, 22], [6, 34]]).pvalue)
    assert rendu.phrase.replace("\u00a0", " ").startswith("L'écart est net : 15 % en 2021 (6 sur 40), 45 % en 2022")
    assert rendu.intervalle[0] < 30 < rendu.intervalle[1]
    assert rendu.intervalle[0] > 0
    assert rendu.cotes[0] > 1
    assert any("intervalle exact" in r for r in rendu.raisons)


def test_l_ordre_renverse_le_sens_mais_pas_le_jugement(quarante):
    direct, inverse = juger(quarante, AVANT, APRES), juger(quarante, APRES, AVANT)
    assert inverse.probabilite == pytest.approx(direct.probabilite)
    assert inverse.intervalle == pytest.approx(tuple(-b for b in reversed(direct.intervalle)))
    assert inverse.cotes == pytest.approx(tuple(1 / c for c in reversed(direct.cotes)))


def test_un_ecart_que_le_hasard_explique(tmp_path):
    espace = espace_avec(tmp_path, population(sans_ressource(6, 40), 2021), population(sans_ressource(9, 40), 2022))
    rendu = juger(espace, AVANT, APRES)
    assert rendu.verdict == "hasard"
    assert rendu.phrase.startswith("Cet écart peut tenir au hasard")
    assert any("fois sur 100" in r for r in rendu.raisons)


@pytest.mark.parametrize(("taille", "verdict"), [(9, "trop_peu"), (10, "net")])
def test_sous_dix_rien_ne_se_conclut(tmp_path, taille, verdict):
    espace = espace_avec(tmp_path, population([0] * taille, 2021), population([900] * 40, 2022))
    rendu = juger(espace, AVANT, APRES)
    assert rendu.verdict == verdict
    assert (rendu.probabilite is None) == (verdict == "trop_peu")


def test_des_unites_communes_sont_dites_et_comptees_en_interne_seulement(tmp_path):
    lignes = population(sans_ressource(15, 40), 2021)
    for mesure in lignes["mesure"][:12]:
        mesure["date_fin"] = J(2022, 2, 1)  # encore là l'année d'après
    espace = espace_avec(tmp_path, lignes, population(sans_ressource(20, 40), 2022))
    dedans, dehors = (juger(espace, AVANT, APRES, diffusion=d) for d in ("interne", "public"))
    assert "12 personnes sont dans les deux populations" in dedans.alertes[0]
    assert dehors.alertes[0].startswith("Des personnes sont dans les deux populations")
    assert "12" not in dehors.alertes[0]
    assert not juger(espace, AVANT, Population(SERVICE, 2021, {"genre": ["F"]})).alertes[0].startswith("12")


def test_deux_filtres_nomment_ce_qui_les_distingue(tmp_path):
    espace = espace_avec(tmp_path, population(sans_ressource(12, 35)), population(sans_ressource(11, 33), genre="H"))
    femmes, hommes = (Population(SERVICE, 2022, {"genre": [g]}) for g in "FH")
    rendu = juger(espace, femmes, hommes)
    assert rendu.noms == ("Femme", "Homme")
    assert (rendu.a.numerateur, rendu.a.base, rendu.b.numerateur, rendu.b.base) == (12, 35, 11, 33)
    assert rendu.alertes == ()
    public = juger(espace, femmes, hommes, diffusion="public")
    assert (public.a, public.b) == (rendu.a, rendu.b)


def test_en_public_deux_cellules_publiees_ou_rien(tmp_path):
    espace = espace_avec(tmp_path, population(sans_ressource(3, 40), 2021), population(sans_ressource(20, 40), 2022))
    assert juger(espace, AVANT, APRES).verdict == "net"
    rendu = juger(espace, AVANT, APRES, diffusion="public")
    assert rendu.verdict == "masquee"
    assert (rendu.probabilite, rendu.intervalle, rendu.cotes) == (None, None, None)
    assert (rendu.a.valeur, rendu.a.numerateur, rendu.a.base) == (None, None, None)
    assert any("trop faibles pour être diffusés" in r for r in rendu.raisons)
    assert "3 sur 40" not in rendu._repr_html_()


def test_en_public_un_filtre_ne_laisse_pas_retrouver_le_reste(tmp_path):
    """Trois hommes sans ressource : publier les femmes et l'ensemble les donnerait."""
    espace = espace_avec(tmp_path, population(sans_ressource(15, 60)), population(sans_ressource(3, 40), genre="H"))
    femmes, tous = Population(SERVICE, 2022, {"genre": ["F"]}), Population(SERVICE, 2022)
    assert juger(espace, femmes, tous).verdict in ("hasard", "net")
    assert juger(espace, femmes, tous, diffusion="public").verdict == "masquee"


def test_deux_moyennes_se_jugent_par_permutation(tmp_path):
    """Dix contre dix, tous différents : les 184 756 partages sont trop nombreux, les deux extrêmes sont rarissimes."""
    a, b = [100 + i for i in range(10)], [600 + i for i in range(10)]
    espace = espace_avec(tmp_path, population(a, 2021), population(b, 2022))
    rendu = juger(espace, AVANT, APRES, "ressources_moyennes_tous")
    assert rendu.verdict == "net"
    assert rendu.probabilite <= 0.001
    assert rendu.intervalle[0] < 500 < rendu.intervalle[1]
    assert "+500 €" in rendu.constat.replace("\u00a0", " ")
    assert juger(espace, AVANT, APRES, "ressources_moyennes_tous").probabilite == rendu.probabilite, (
        "la graine est fixe"
    )


def test_une_moyenne_sous_dix_ne_conclut_rien(tmp_path):
    espace = espace_avec(tmp_path, population([100 + i for i in range(9)], 2021), population([900] * 40, 2022))
    rendu = juger(espace, AVANT, APRES, "ressources_moyennes_tous")
    assert (rendu.verdict, rendu.probabilite) == ("trop_peu", None)


def test_une_moyenne_publiee_se_juge_en_public_sans_son_intervalle(tmp_path):
    """Les bornes d'un intervalle tiré des valeurs de chacun ne sont pas des cellules protégées."""
    a, b = [300 + 5 * i for i in range(40)], [700 + 5 * i for i in range(40)]
    espace = espace_avec(tmp_path, population(a, 2021), population(b, 2022))
    dedans, dehors = (
        juger(espace, AVANT, APRES, "ressources_moyennes_tous", diffusion=d) for d in ("interne", "public")
    )
    assert (dehors.verdict, dehors.probabilite, dehors.b) == ("net", dedans.probabilite, dedans.b)
    assert dedans.intervalle is not None
    assert dehors.intervalle is None


def test_la_permutation_de_petits_groupes_est_exacte():
    from observatoire.exploration.populations import _permutation

    a, b = [1.0, 2.0, 4.0, 8.0], [3.0, 9.0, 27.0, 5.0]
    tous, observe = a + b, abs(sum(a) - sum(b))
    ecarts = [abs(2 * sum(choix) - sum(tous)) for choix in itertools.combinations(tous, 4)]
    attendue = sum(e >= observe - 1e-9 for e in ecarts) / len(ecarts)
    assert _permutation(a, b)[0] == pytest.approx(attendue)


def test_deux_medianes_se_jugent_sur_leurs_rangs(tmp_path):
    from scipy.stats import mannwhitneyu

    a, b = [300 + 7 * i for i in range(15)], [340 + 9 * i for i in range(17)]
    espace = espace_avec(tmp_path, population(a, 2021), population([*b, None], 2022))
    rendu = juger(espace, AVANT, APRES, "ressources_medianes")
    assert rendu.probabilite == pytest.approx(mannwhitneyu(a, b).pvalue)
    assert any(r.startswith("Sans réponse : 1") for r in rendu.raisons)


def test_une_repartition_se_juge_entiere_puis_modalite_par_modalite(tmp_path):
    from scipy.stats import fisher_exact

    def annee(quand, comptes):
        bords = itertools.accumulate(comptes.values(), initial=0)
        return [
            population([500] * n, quand, depuis=d, composition=c)
            for (c, n), d in zip(comptes.items(), bords, strict=False)
        ]

    espace = espace_avec(
        tmp_path,
        *annee(2021, {"HS": 30, "FS": 15, "CSE": 15}),
        *annee(2022, {"HS": 12, "FS": 33, "CSE": 15}),
    )
    rendu = juger(espace, AVANT, APRES, "composition_familiale")
    assert rendu.verdict == "net"
    assert rendu.probabilite < 0.01
    par_nom = {(ligne.a.numerateur, ligne.b.numerateur): ligne for ligne in rendu.lignes}
    assert set(par_nom) == {(30, 12), (15, 33), (15, 15)}
    brute = fisher_exact([[33, 27], [15, 45]]).pvalue
    assert par_nom[(15, 33)].probabilite >= brute, "une probabilité corrigée ne rapetisse pas"
    assert par_nom[(15, 15)].probabilite == 1
    assert any("3 modalités essayées" in r for r in rendu.raisons)
    assert rendu._repr_html_().count('scope="row"') == 3


def test_une_definition_changee_est_lue_avec_l_ancienne(quarante):
    base = en_vigueur("part_sans_ressource", 2022)

    @indicateur(
        univers="profils",
        unite="%",
        famille="essai",
        libelle="Part d'essai",
        numerateur="n",
        source="essai",
        nom="part_d_essai",
    )
    def ancienne() -> Rapport:
        """La définition d'origine."""
        return base.forme

    @indicateur(
        univers="profils",
        unite="%",
        famille="essai",
        libelle="Part d'essai",
        numerateur="n",
        source="essai",
        nom="part_d_essai",
        valable_depuis=2022,
    )
    def nouvelle() -> Rapport:
        """Une autre, qui rend tout le monde."""
        return Rapport(base.forme.denominateur, base.forme.denominateur)

    try:
        rendu = juger(quarante, AVANT, APRES, "part_d_essai")
    finally:
        del REGISTRE["part_d_essai"]
    assert (rendu.a.numerateur, rendu.b.numerateur) == (6, 18)
    assert rendu.alertes[0].startswith("La définition a changé en 2022")


def test_un_chiffre_retenu_ne_se_compare_pas(quarante):
    defaut = ResultatRegle(
        "essai", "situation", ("situation.ressources",), "critical", False, False, 40, 30, "Il en manque.", "Complétez."
    )

    def juge(service, annee):
        return Verdict(service, annee, "", (defaut,) if annee == 2021 else ())

    rendu = juger(quarante, AVANT, APRES, juge=juge)
    assert (rendu.verdict, rendu.probabilite) == ("muet", None)
    assert any("retenu par le contrôle" in r for r in rendu.raisons)


def test_les_comparaisons_impossibles_sont_refusees_avec_un_remede(quarante):
    with pytest.raises(ErreurParametre, match="sont les mêmes"):
        juger(quarante, APRES, Population(SERVICE, 2022, nom="autre nom"))
    with pytest.raises(ErreurParametre, match="Choisissez une part"):
        juger(quarante, AVANT, APRES, "menages_accompagnes")
    with pytest.raises(ErreurParametre, match="genre"):
        juger(quarante, AVANT, Population(SERVICE, 2022, {"genres": ["F"]}))
    with pytest.raises(ErreurParametre, match="part_sans_ressource"):
        juger(quarante, AVANT, APRES, "part_sans_ressources")


def test_deux_vues_de_l_explorateur(quarante):
    avant, apres = (Demande((SERVICE,), (annee,), "part_sans_ressource") for annee in ANNEES)
    atelier = Atelier(quarante)  # ce qu'il a déjà lu sert
    rendu = comparer(quarante, avant, apres, calculateur=atelier.calculateur, juge=sans_defaut)
    assert rendu.probabilite == juger(quarante, AVANT, APRES).probabilite
    autre = Demande((SERVICE,), (2022,), "ressources_medianes")
    with pytest.raises(ErreurParametre, match="deux indicateurs"):
        comparer(quarante, avant, autre, juge=sans_defaut)


def test_l_intervalle_de_newcombe_est_celui_de_son_article():
    """Newcombe (1998), tableau II : 56 sur 70 contre 48 sur 80, de 0,0524 à 0,3339."""
    assert _difference_de_parts(48, 80, 56, 70) == pytest.approx((5.24, 33.39), abs=0.01)


def test_rien_ou_tout_des_deux_cotes_n_a_pas_de_rapport_des_cotes():
    assert _rapport_des_cotes(0, 20, 0, 30) is None
    assert _rapport_des_cotes(20, 20, 30, 30) is None
    assert _rapport_des_cotes(0, 20, 5, 30)[1] == float("inf")


def test_la_correction_de_holm():
    assert _holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06])
    assert _holm([]) == []


class AtelierDeDates:
    """Ce que l'outil lit d'un atelier : les années de chaque service."""

    def annees(self, service):
        return [2020, 2021, 2022]

    def services(self):
        return [SimpleNamespace(libelle=s, valeur=s) for s in ("un", "deux")]


def test_l_outil_compare_de_l_annee_d_avant_a_la_derniere(monkeypatch):
    monkeypatch.setattr(widgets_outils, "filtrables", lambda *_: ())
    outil = widgets_outils.OutilPopulations(AtelierDeDates())
    etat = {"indicateur": "nouveaux_accueillis", "annees": [2022], "services": ["un"], "filtres": {}}
    outil.accorder(etat)
    assert [(c.service.value, c.annee.value) for c in (outil.a, outil.b)] == [("un", 2021), ("un", 2022)]
    outil.accorder({**etat, "services": ["un", "deux"]})
    assert [(c.service.value, c.annee.value) for c in (outil.a, outil.b)] == [("un", 2022), ("deux", 2022)]


def test_un_refus_d_outil_ne_reste_pas_affiche(monkeypatch):
    monkeypatch.setattr(widgets_outils, "filtrables", lambda *_: ())
    monkeypatch.setattr(widgets_outils, "partages_possibles", lambda *_: [])
    dits = []
    atelier = AtelierDeDates()
    atelier.espace = None
    outils = widgets_outils.Outils(atelier, lambda **_: contextlib.nullcontext(), dits.append)
    etat = {"indicateur": "nouveaux_accueillis", "annees": [2022], "services": ["un"], "filtres": {}}
    outils.accorder({**etat, "diffusion": "interne"})
    assert dits == [], "accorder ne tait pas le refus de la vue"
    outils.liste.value = outils.tous.index(outils.populations)
    assert dits == [""]
    monkeypatch.setattr(outils.populations, "calculer", lambda _: (Markup("<table></table>"), None))
    outils.montrer()
    assert dits == ["", ""]


def test_la_liste_des_menages_dit_ses_raisons_en_entier_ou_qu_elle_est_vide(monkeypatch):
    raison = "Bien des lignes de ce ménage sont sans date de fin : regardez-les une à une."
    trouves = [SimpleNamespace(id_menage="M1", raisons=(raison,))]
    monkeypatch.setattr(widgets_outils, "menages_a_verifier", lambda *_, **__: trouves)
    atelier, passes = SimpleNamespace(espace=None), SimpleNamespace(de=lambda _: None)
    outil = widgets_outils.OutilMenage(atelier, passes, lambda _: None)
    etat = {"services": ["un"], "annees": [2022], "diffusion": "interne"}
    outil.accorder(etat)
    outil.proposes.value = "M1"
    assert "regardez-les une à une." in outil.avis.value
    outil.vider()
    assert (outil.avis.value, outil.identifiant.value, outil.proposes.options) == ("", "", ())
    trouves.clear()
    outil.accorder(etat)
    assert "Aucun ménage de 2022" in outil.avis.value
    assert outil.proposes.layout.display == "none"
