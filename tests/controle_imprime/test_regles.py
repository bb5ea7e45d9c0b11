"""Chaque règle, sur un cas qui tient et un cas qui rompt."""

from __future__ import annotations

import pytest

from observatoire.controle_imprime import PROUVE, REGLES, SUSPECT
from tests.controle_imprime.fabrique import MOIS, bilan, chiffre, natures, repartition


def test_chaque_regle_dit_ce_qu_elle_controle():
    assert len(REGLES) >= 20
    for regle in REGLES.values():
        assert regle.quoi.endswith(".") and len(regle.quoi) > 30
        assert regle.appliquer.__doc__


# --- Totaux ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("total", "attendu"), [(7, []), (8, [("total faux", PROUVE)]), (6, [("total faux", PROUVE)])])
def test_total_d_un_tableau(tmp_path, total, attendu):
    lignes = repartition("relogements", "bailleur", {"A": 1, "B": 4, "C": 2, "Total": total}, tableau="bailleurs")
    resultat = bilan(tmp_path, *lignes)
    assert natures(resultat) == attendu
    for constat in resultat.constats:
        assert (constat.imprime, constat.recalcule, constat.lignes) == (str(total), "7", (5, 2, 3, 4))
        assert "1 + 4 + 2 = 7" in constat.calcul


def test_total_croise_dans_les_deux_sens(tmp_path):
    def table(cellule):
        cellules = {("a", "x"): cellule, ("a", "y"): 2, ("b", "y"): 3}
        cellules |= {("a", "Total"): 3, ("b", "Total"): 3, ("Total", "x"): 1, ("Total", "y"): 5, ("Total", "Total"): 6}
        return [chiffre("fins", v, ("debut", d), ("fin", f), tableau="t") for (d, f), v in cellules.items()]

    assert natures(bilan(tmp_path, *table(1))) == []
    rompu = bilan(tmp_path, *table(2))
    assert {c.lignes[0] for c in rompu.constats} == {5, 7}, "la ligne et la colonne de la cellule fausse"


def test_le_total_d_un_autre_indicateur_sans_total_a_lui(tmp_path):
    mois = repartition("file_active", "mois", dict.fromkeys(MOIS, 5), tableau="mois")
    juste, faux = (chiffre("mois_mesures", v, ("mois", "Total"), tableau="mois", unite="mois") for v in (60, 59))
    assert natures(bilan(tmp_path, *mois, juste)) == []
    assert natures(bilan(tmp_path, *mois, faux)) == [("total faux", PROUVE)]


@pytest.mark.parametrize(
    ("valeurs", "attendu"),
    [
        ({"hommes": 6, "femmes": 3, "Total": 10}, [("total faux", PROUVE)]),
        ({"chez un tiers": 6, "à la rue": 3, "Total": 10}, [("total faux", SUSPECT)]),
        ({"chez un tiers": 8, "à la rue": 3, "Total": 10}, [("total faux", PROUVE)]),
        ({"un premier jeune": 3, "un second": 2, "Total": 8}, []),
        ({"insertion": 2, "Total": 6}, []),
    ],
    ids=["un tout", "liste", "liste trop grande", "liste ouverte", "un seul dont"],
)
def test_total_d_une_phrase(tmp_path, valeurs, attendu):
    assert natures(bilan(tmp_path, *repartition("demandes", "profil", valeurs))) == attendu


def test_sous_totaux_et_dont_ne_s_additionnent_pas_deux_fois(tmp_path):
    valeurs = {"T1": 2, "T2": 3, "Sous-total petits": 5, "T4": 1, "dont meublé": 1, "Total hors T4": 5, "Total": 6}
    assert natures(bilan(tmp_path, *repartition("logements", "typologie", valeurs, tableau="parc"))) == []
    faux = repartition("logements", "typologie", valeurs | {"Total": 11}, tableau="parc")
    assert natures(bilan(tmp_path, *faux)) == [("total faux", PROUVE)]


@pytest.mark.parametrize(("un", "autre"), [("<25 ans", ">25 ans"), ("+ de 26 ans", "- de 26 ans"), ("≤ 10", "≥ 10")])
def test_les_signes_distinguent_deux_modalites(tmp_path, un, autre):
    lignes = [chiffre("jeunes", v, ("age", m), page_section=m) for v, m in ((3, un), (4, autre))]
    assert natures(bilan(tmp_path, *lignes)) == []


def test_passe_partout_et_tableaux_croises_ne_se_contredisent_pas(tmp_path):
    """« Autre » motif et « Autre » logement, « Salaire » avant et après : quatre faits."""
    lignes = [
        chiffre("suivis", v, (ventilation, modalite), tableau=ventilation, page_section=ventilation)
        for v, ventilation, modalite in (
            (3, "motif", "Autre"),
            (4, "logement", "Autre"),
            (5, "ressource_entree", "Salaire"),
            (6, "ressource_sortie", "Salaire"),
        )
    ]
    assert natures(bilan(tmp_path, *lignes)) == []


def test_un_taux_par_sexe_n_est_pas_une_repartition(tmp_path):
    lignes = repartition("part_sous_seuil", "sexe", {"hommes": 67, "femmes": 91}, unite="%")
    lignes += repartition("taux_sorties", "sexe", {"hommes": 60, "femmes": 64}, unite="%")
    assert natures(bilan(tmp_path, *lignes, chiffre("sorties", 12))) == []


def test_objets_partages_et_rapports(tmp_path):
    organismes = repartition("organismes_prescripteurs", "sexe", {"hommes": 9, "femmes": 7, "Total": 11}, tableau="t")
    assert natures(bilan(tmp_path, *organismes)) == [("total faux", SUSPECT)]
    rapports = repartition("demandes_par_menage", "sexe", {"hommes": 1, "femmes": 2, "Total": 1}, tableau="t")
    assert natures(bilan(tmp_path, *rapports)) == []


def test_plusieurs_reponses_ne_prouvent_rien(tmp_path):
    lignes = repartition("menages", "difficultes", {"dettes": 6, "santé": 7, "Total": 10}, tableau="difficultes")
    assert natures(bilan(tmp_path, *lignes)) == [("total faux", SUSPECT)]


@pytest.mark.parametrize("indicateur", ["duree_moyenne_suivi", "taux_occupation", "age_moyen"])
def test_une_moyenne_ne_s_additionne_pas(tmp_path, indicateur):
    lignes = repartition(indicateur, "territoire", {"A": 7, "B": 9, "Total": 8}, tableau="t", unite="mois")
    assert natures(bilan(tmp_path, *lignes)) == []


@pytest.mark.parametrize(("femmes", "attendu"), [(4, []), (5, [("somme citée fausse", PROUVE)])])
def test_liste_qui_fait_un_tout(tmp_path, femmes, attendu):
    liste = repartition("sortis", "sexe", {"hommes": 6, "femmes": femmes})
    assert natures(bilan(tmp_path, chiffre("sortis", 10), *liste)) == attendu


def test_un_dont_ne_fait_pas_le_total_mais_ne_le_depasse_pas(tmp_path):
    dont = repartition("jeunes", "dossier", {"avec aide": 4, "avec dette": 3})
    assert natures(bilan(tmp_path, chiffre("jeunes", 10), *dont)) == []
    assert natures(bilan(tmp_path, chiffre("jeunes", 6), *dont)) == [("somme citée fausse", SUSPECT)]


@pytest.mark.parametrize(
    ("reuni", "attendu"), [(15, []), (17, [("total faux", PROUVE)]), (14, [("total faux", SUSPECT)])]
)
def test_territoires_reunis(tmp_path, reuni, attendu):
    lignes = [chiffre("prolonges", v, territoire=t) for v, t in ((reuni, "Nord et Sud"), (12, "Nord"), (3, "Sud"))]
    assert natures(bilan(tmp_path, *lignes)) == attendu


# --- Pourcentages ------------------------------------------------------------------------------------


def part(valeur, base=14, numerateur=None, **colonnes):
    lignes = [
        chiffre("mesures_terminees", base),
        chiffre("part_mesures_terminees", valeur, ("issue", "rupture"), unite="%"),
    ]
    if numerateur is not None:
        lignes.append(chiffre("mesures_terminees", numerateur, ("issue", "rupture")))
    lignes[1] |= colonnes
    return lignes


@pytest.mark.parametrize(
    ("valeur", "numerateur", "attendu", "recalcule"),
    [
        ("36", 5, [], ""),
        ("35.7", 5, [], ""),
        ("35", 5, [("pourcentage tronqué", PROUVE)], "36 %"),
        ("40", 5, [("pourcentage faux", PROUVE)], "36 %"),
        ("36", None, [], ""),
        ("35", None, [("pourcentage tronqué", PROUVE)], "36 %"),
        ("39", None, [("pourcentage impossible", PROUVE)], ""),
    ],
)
def test_pourcentage_sur_sa_base(tmp_path, valeur, numerateur, attendu, recalcule):
    resultat = bilan(tmp_path, *part(valeur, numerateur=numerateur))
    assert natures(resultat) == attendu
    assert [c.recalcule for c in resultat.constats] == ([recalcule] if attendu else [])


def test_l_arrondi_au_demi_va_dans_les_deux_sens(tmp_path):
    """5/8 = 62,5 : « 62 % » (au pair) et « 63 % » sont tous deux des arrondis."""
    assert natures(bilan(tmp_path, *part("62", base=8, numerateur=5))) == []
    assert natures(bilan(tmp_path, *part("63", base=8, numerateur=5))) == []


def test_un_pourcentage_en_lettres_est_approche(tmp_path):
    """« La moitié » se dit de 13 sur 25 ; « 50 % » imprimé en chiffres, non."""
    assert natures(bilan(tmp_path, *part("50", base=25, numerateur=13))) == []
    lettres = part("50", base=25, numerateur=13, texte_original="la moitié des mesures")
    assert natures(bilan(tmp_path, *lettres)) == []
    chiffres = part("50", base=25, numerateur=13, texte_original="50 % des mesures")
    assert natures(bilan(tmp_path, *chiffres)) == [("pourcentage faux", PROUVE)]


def test_la_base_citee_par_la_phrase_engage(tmp_path):
    """57 % existe sur 14, pas sur les 13 que la phrase énonce."""
    assert natures(bilan(tmp_path, *part("57"))) == []
    resultat = bilan(tmp_path, *part("57"), chiffre("mesures_terminees_base_citee", 13))
    assert set(natures(resultat)) == {("base contredite", PROUVE), ("pourcentage impossible", PROUVE)}


def test_un_pourcentage_herite_d_un_total_faux(tmp_path):
    total = repartition("ruptures", "motif", {"A": 4, "B": 3, "Total": 8}, tableau="motifs")
    resultat = bilan(tmp_path, *part("57"), *total)
    assert set(natures(resultat)) == {("total faux", PROUVE), ("pourcentage impossible", PROUVE)}
    herite = next(c for c in resultat.constats if c.nature == "pourcentage impossible")
    assert herite.recalcule == "50,0 %"
    assert "total faux de la ligne 6" in herite.calcul


@pytest.mark.parametrize(("taux", "attendu"), [("70", []), ("71", [("pourcentage faux", SUSPECT)])])
def test_taux_d_apres_les_noms(tmp_path, taux, attendu):
    comptes = [chiffre("arrets_accompagnement", 27), chiffre("arrets_objectifs_atteints", 19)]
    assert natures(bilan(tmp_path, *comptes, chiffre("taux_objectifs_atteints", taux, unite="%"))) == attendu


@pytest.mark.parametrize(("taux", "attendu"), [("26", []), ("25", [("pourcentage tronqué", PROUVE)])])
def test_taux_dont_le_numerateur_prolonge_la_base(tmp_path, taux, attendu):
    lignes = [
        chiffre("sortants", 416, ("departement", "44"), tableau="t"),
        chiffre("sortants_vers_emploi", 108, ("departement", "44"), tableau="t"),
        chiffre("taux_sortie_emploi", taux, ("departement", "44"), tableau="t", unite="%"),
    ]
    assert natures(bilan(tmp_path, *lignes)) == attendu


def test_echantillon_de_la_rubrique(tmp_path):
    part_ = chiffre("part_en_emploi", "21.5", unite="%")
    assert natures(bilan(tmp_path, chiffre("taille_echantillon", 14), part_)) == [("pourcentage impossible", PROUVE)]
    assert natures(bilan(tmp_path, chiffre("taille_echantillon", 1186), part_)) == []


def test_base_non_dite(tmp_path):
    bases = [chiffre("personnes_accueillies", 268), chiffre("situations_accueillies", 218)]
    parts = [chiffre("part_agee", "8.2", unite="%"), chiffre("part_sous_seuil", "78", unite="%")]
    resultat = bilan(tmp_path, *bases, *parts)
    assert natures(resultat) == [("base non dite", PROUVE)]
    assert resultat.constats[0].lignes == (4, 2, 3)
    assert "22/268" in resultat.constats[0].calcul and "18/218 = 8,26" in resultat.constats[0].calcul
    assert natures(bilan(tmp_path, *bases, parts[1])) == []


def test_les_parts_d_un_tout_font_cent(tmp_path):
    def parts(femmes):
        return repartition("part_personnes", "sexe", {"hommes": 53, "femmes": femmes}, unite="%")

    assert natures(bilan(tmp_path, *parts(47))) == []
    assert natures(bilan(tmp_path, *parts(48))) == []  # 52,5 et 47,5 arrondis
    assert natures(bilan(tmp_path, *parts(49))) == [("parts qui ne font pas 100 %", PROUVE)]
    assert natures(bilan(tmp_path, *[chiffre(f"part_{s}", 60, unite="%") for s in ("hommes", "femmes")])) == [
        ("parts qui ne font pas 100 %", PROUVE)
    ]


def test_des_parts_qui_se_recouvrent_ne_s_additionnent_pas(tmp_path):
    parts = {"isolés": 64, "isolés avec enfants compris": 72}
    assert natures(bilan(tmp_path, *repartition("part_personnes", "menage", parts, unite="%"))) == []


# --- Contradictions ----------------------------------------------------------------------------------


def test_texte_et_tableau_se_contredisent(tmp_path):
    tableau = repartition("menages_accompagnes", "type", {"isolé": 15, "couple": 10, "Total": 25}, tableau="types")
    assert natures(bilan(tmp_path, *tableau, chiffre("menages_accompagnes", 25))) == []
    resultat = bilan(tmp_path, *tableau, chiffre("menages_accompagnes", 24))
    assert natures(resultat) == [("contradiction", PROUVE)]
    assert resultat.constats[0].recalcule == "25"


def test_les_noms_du_parc_public_se_valent(tmp_path):
    def citer(valeur, modalite, section):
        return chiffre("relogements", valeur, ("parc", modalite), page_section=section)

    deux = citer(5, "secteur social", "Résumé"), citer(7, "parc public", "Relogements")
    assert natures(bilan(tmp_path, *deux)) == [("contradiction", PROUVE)]
    assert natures(bilan(tmp_path, deux[0], citer(7, "privé", "Relogements"))) == []


def test_le_budget_d_une_fiche_n_engage_qu_elle(tmp_path):
    couts = [chiffre("cout_total", v, page_section=s, unite="euros") for v, s in ((350, "Fiche 1"), (227, "Fiche 2"))]
    assert natures(bilan(tmp_path, *couts)) == []


def test_deux_annees_et_deux_territoires_ne_se_contredisent_pas(tmp_path):
    lignes = [
        chiffre("suivis", 4, annee=2021, page_section="a"),
        chiffre("suivis", 5, annee=2022, page_section="b"),
        chiffre("suivis", 6, territoire="Nord", page_section="c"),
    ]
    assert natures(bilan(tmp_path, *lignes)) == []


def test_une_meme_modalite_avant_et_apres_dans_un_tableau(tmp_path):
    """« Logement privé » en début et en fin de parcours sont deux faits."""
    cellules = {("privé", "rue"): 1, ("privé", "Total"): 1, ("rue", "privé"): 2, ("rue", "Total"): 2}
    cellules |= {("Total", "rue"): 1, ("Total", "privé"): 2, ("Total", "Total"): 3}
    lignes = [chiffre("fins", v, ("debut", d), ("fin", f), tableau="t") for (d, f), v in cellules.items()]
    assert natures(bilan(tmp_path, *lignes)) == []


@pytest.mark.parametrize(("second", "niveau"), [(4, SUSPECT), (5, PROUVE)])
def test_ligne_en_double(tmp_path, second, niveau):
    resultat = bilan(tmp_path, chiffre("suivis", 4), chiffre("suivis", second))
    assert ("ligne en double", niveau) in natures(resultat)


# --- Moyennes, stocks, évolutions, séries ------------------------------------------------------------


@pytest.mark.parametrize(("base", "attendu"), [(21, [("moyennes impossibles", PROUVE)]), (22, [])])
def test_deux_moyennes_et_leur_base(tmp_path, base, attendu):
    moyennes = repartition(
        "ressources_moyennes", "base", {"tous": 632, "ceux ayant des ressources": 732}, unite="euros"
    )
    resultat = bilan(tmp_path, chiffre("jeunes", base), *moyennes)
    assert natures(resultat) == attendu
    if attendu:
        assert "19/22" in resultat.constats[0].recalcule
    else:
        assert any("19/22" in v.calcul for v in resultat.verifications)


def test_la_moyenne_de_tous_ne_depasse_pas_celle_des_concernes(tmp_path):
    moyennes = repartition(
        "ressources_moyennes", "base", {"tous": 800, "ceux ayant des ressources": 700}, unite="euros"
    )
    assert natures(bilan(tmp_path, chiffre("jeunes", 500), *moyennes)) == [("moyennes impossibles", PROUVE)]


@pytest.mark.parametrize(("decembre", "attendu"), [(11, []), (12, []), (10, [("stock qui ne se ferme pas", PROUVE)])])
def test_file_active_de_decembre(tmp_path, decembre, attendu):
    mois = repartition("file_active", "mois", dict.fromkeys(MOIS[:-1], 9) | {"décembre": decembre}, tableau="mois")
    comptes = [chiffre("menages_accompagnes", 25), chiffre("mesures_terminees", 14)]
    assert natures(bilan(tmp_path, *mois, *comptes)) == attendu


@pytest.mark.parametrize(("fin", "attendu"), [(11, []), (12, [("stock qui ne se ferme pas", PROUVE)])])
def test_le_stock_se_ferme(tmp_path, fin, attendu):
    lignes = [
        chiffre("presents_debut", 12),
        chiffre("entrees", 13),
        chiffre("sorties", 14),
        chiffre("presents_fin", fin),
    ]
    assert natures(bilan(tmp_path, *lignes)) == attendu


def test_plus_de_nouveaux_que_d_accueillis(tmp_path):
    lignes = [chiffre("jeunes_accueillis", 12), chiffre("nouveaux_accueillis", 13)]
    assert natures(bilan(tmp_path, *lignes)) == [("flux plus grand que le stock", PROUVE)]


@pytest.mark.parametrize(("nouveaux", "attendu"), [(13, []), (12, [("capacité dépassée", SUSPECT)])])
def test_capacite_du_debut_d_annee(tmp_path, nouveaux, attendu):
    places = [
        chiffre("evolution_capacite", v, ("public", "majeurs"), ("moment", m), service="Foyer", unite="places")
        for v, m in ((9, "avant"), (16, "après"))
    ]
    flux = {"jeunes_accueillis": 22, "nouveaux_accueillis": nouveaux, "sorties": 9}
    comptes = [chiffre(n, v, service="Foyer Majeurs") for n, v in flux.items()]
    assert natures(bilan(tmp_path, *places, *comptes)) == attendu


@pytest.mark.parametrize(
    ("indicateur", "valeur", "unite", "attendu"),
    [
        ("evolution_demandes", "4.9", "%", []),
        ("evolution_demandes", "5.9", "%", [("évolution fausse", PROUVE)]),
        ("variation_demandes", "27", "nombre", []),
        ("variation_demandes", "-27", "nombre", [("évolution fausse", PROUVE)]),
        ("variation_demandes_sens_perdu", "27", "nombre", []),
        ("variation_demandes_sens_perdu", "26", "nombre", [("évolution fausse", PROUVE)]),
    ],
)
def test_evolution(tmp_path, indicateur, valeur, unite, attendu):
    lignes = [chiffre("demandes", 553, annee=2021), chiffre("demandes", 580)]
    assert natures(bilan(tmp_path, *lignes, chiffre(indicateur, valeur, unite=unite))) == attendu


def serie(totaux, ateliers=(160, 96, 195, 51), autre=None):
    lignes = []
    for annee, total, accueils, atelier in zip(range(2019, 2023), totaux, (366, 344, 358, 453), ateliers, strict=True):
        valeurs = {"sollicitations": total, "accueils": accueils, "ateliers": atelier}
        lignes += [chiffre(n, v, annee=annee, tableau="evolution") for n, v in valeurs.items()]
    return lignes + ([chiffre("aller_vers", autre, annee=2022, tableau="evolution")] if autre else [])


def test_rupture_de_serie(tmp_path):
    assert natures(bilan(tmp_path, *serie((526, 440, 553, 504)))) == []
    resultat = bilan(tmp_path, *serie((526, 440, 553, 580), autre=76))
    assert natures(resultat) == [("rupture de série", PROUVE)]
    constat = resultat.constats[0]
    assert (constat.imprime, constat.recalcule) == ("580 (+4,9 %)", "504 (−8,9 %)")
    assert "580 = 453 + 51 + 76 : la définition a changé" in constat.calcul


def test_deux_annees_seulement_font_presumer(tmp_path):
    assert natures(bilan(tmp_path, *serie((526, 440, 560, 580)))) == [("rupture de série", SUSPECT)] * 2


def test_de_petits_nombres_ne_font_pas_une_definition(tmp_path):
    lignes = []
    for annee, (a, b, c) in zip(range(2019, 2022), ((2, 1, 1), (3, 2, 1), (5, 1, 1)), strict=True):
        lignes += [chiffre(n, v, annee=annee, tableau="t") for n, v in {"un": a, "deux": b, "trois": c}.items()]
    assert natures(bilan(tmp_path, *lignes)) == []


# --- Budgets, listes, bornes -------------------------------------------------------------------------


@pytest.mark.parametrize(("cout", "attendu"), [(357000, []), (71400, []), (350000, [("budget mal calculé", PROUVE)])])
def test_cout_net(tmp_path, cout, attendu):
    lignes = [
        chiffre("budget", 102000, ("poste", "postes créés"), unite="euros"),
        chiffre("objectif_recettes", 30, unite="%"),
        chiffre("duree_budget", 5, unite="ans"),
        chiffre("cout_net", cout, unite="euros"),
    ]
    resultat = bilan(tmp_path, *lignes)
    assert natures(resultat) == attendu
    assert [c.recalcule.replace("\u202f", "") for c in resultat.constats] == (["357000"] if attendu else [])


@pytest.mark.parametrize(
    ("budget", "duree", "attendu"),
    [
        (250000, None, []),
        (260000, None, [("budget mal calculé", SUSPECT)]),
        (250000, 5, []),
        (250000, 4, [("budget mal calculé", PROUVE)]),
    ],
)
def test_budget_annuel(tmp_path, budget, duree, attendu):
    lignes = [chiffre("budget_annuel", 50000, unite="euros"), chiffre("budget", budget, unite="euros")]
    lignes += [chiffre("duree_budget", duree, unite="ans")] if duree else []
    assert natures(bilan(tmp_path, *lignes)) == attendu


@pytest.mark.parametrize(("total", "attendu"), [(420, []), (400, [("produit faux", PROUVE)])])
def test_valeur_par_unite(tmp_path, total, attendu):
    objectifs = repartition("objectif", "perimetre", {"par territoire": 70, "totalité du projet": total})
    assert natures(bilan(tmp_path, chiffre("territoires_experimentation", 6), *objectifs)) == attendu


@pytest.mark.parametrize(
    ("annonce", "attendu"),
    [(3, [("liste mal comptée", PROUVE)]), (4, []), (5, [("liste mal comptée", SUSPECT)])],
)
def test_elements_nommes(tmp_path, annonce, attendu):
    liste = repartition("associations_avec_atelier", "departement", {"A": 1, "B": 2, "C": 1, "D": 1})
    assert natures(bilan(tmp_path, chiffre("departements_avec_atelier", annonce), *liste)) == attendu


@pytest.mark.parametrize(
    ("annonce", "attendu"), [(2, []), (1, [("liste mal comptée", PROUVE)]), (3, [("liste mal comptée", SUSPECT)])]
)
def test_actions_annoncees(tmp_path, annonce, attendu):
    fiches = [chiffre("etapes", 1, page_section=s) for s in ("Fiche A", "Fiche B")]
    assert natures(bilan(tmp_path, chiffre("actions_plan", annonce, page_section="Enjeux"), *fiches)) == attendu


@pytest.mark.parametrize(
    ("refus", "attendu"),
    [(3, []), (2, [("somme citée fausse", PROUVE)]), (4, [("somme citée fausse", SUSPECT)])],
)
def test_detail_d_une_modalite(tmp_path, refus, attendu):
    suites = repartition("orientations", "suite", {"refus d'orientation": refus, "acceptées": 9})
    motifs = repartition("refus_orientation", "motif", {"sans emploi": 1, "déjà logé": 2})
    assert natures(bilan(tmp_path, *suites, *motifs)) == attendu


@pytest.mark.parametrize(("presents", "attendu"), [(4, []), (5, [("somme citée fausse", PROUVE)])])
def test_devenir_de_chacun(tmp_path, presents, attendu):
    devenir = repartition("devenir_jeunes", "devenir", {"majeurs": 3, "partis": 1, "présents": presents})
    assert natures(bilan(tmp_path, chiffre("jeunes", 8), *devenir)) == attendu


@pytest.mark.parametrize(
    "ligne",
    [
        chiffre("suivis", -1),
        chiffre("part_hommes_seuls", 101, unite="%"),
        chiffre("duree_suivi", -2, unite="mois"),
    ],
    ids=["compte négatif", "part de plus de 100 %", "durée négative"],
)
def test_valeur_impossible(tmp_path, ligne):
    assert natures(bilan(tmp_path, ligne)) == [("valeur impossible", PROUVE)]


def test_un_taux_de_realisation_peut_passer_cent(tmp_path):
    assert natures(bilan(tmp_path, chiffre("taux_realisation_convention", "110.08", unite="%"))) == []
    assert natures(bilan(tmp_path, chiffre("suivis", "1.5"))) == [("valeur impossible", SUSPECT)]


@pytest.mark.parametrize(("moyenne", "attendu"), [("1017.65", []), ("2200", [("bornes inversées", PROUVE)])])
def test_moyenne_entre_ses_bornes(tmp_path, moyenne, attendu):
    bornes = repartition("ressources_min_max", "borne", {"minimum": 0, "maximum": 2164}, unite="euros")
    assert natures(bilan(tmp_path, chiffre("ressources_moyennes", moyenne, unite="euros"), *bornes)) == attendu
    inversees = repartition("age_cible", "borne", {"minimum": 25, "maximum": 18}, unite="ans")
    assert natures(bilan(tmp_path, *inversees)) == [("bornes inversées", PROUVE)]
