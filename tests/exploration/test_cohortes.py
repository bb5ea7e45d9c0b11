"""Les courbes de cohorte : estimées juste, censurées juste, protégées comme un rapport."""

from __future__ import annotations

import itertools
import random
from datetime import date, timedelta
from types import SimpleNamespace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observatoire.erreurs import ErreurParametre
from observatoire.exploration import cohortes
from observatoire.exploration.cohortes import QUESTIONS, courbe, log_rank, partages_possibles
from observatoire.qualite import ResultatRegle, Verdict
from tests.atelier import SERVICE, cellules, espace_de
from tests.indicateurs.test_emploi import foyer

J = date
MOIS = 30.4375
SANS_DEFAUT = Verdict(SERVICE, 2022, "", ())


def acces(menage, jour, parc="PUBLIC"):
    return {"id_relogement": f"r{menage}", "id_menage": f"M{menage}", "date": jour, "parc": parc}


def tracer(espace, quoi="relogement", par=None, diffusion="interne", juge=SANS_DEFAUT):
    return courbe(espace, SERVICE, 2022, quoi, par, diffusion=diffusion, juge=juge)


def valeurs(courbe, code=None):
    groupe = next(g for g in courbe.groupes if g.code == code)
    return {p.mois: p.valeur for p in groupe.points}


def grand(tmp_path, nombre=80, graine=4):
    """Des parcours tirés au sort : entrée, sortie et relogement de 2020 à 2022, une femme sur deux."""
    hasard = random.Random(graine)
    entrees = [J(2020, 1, 6) + timedelta(days=hasard.randrange(700)) for _ in range(nombre)]
    tables = foyer(*entrees)
    relogements = []
    for i, entree in enumerate(entrees):
        attente = hasard.randrange(20, 600 if i % 2 else 330)
        sortie = entree + timedelta(days=attente + hasard.randrange(-150, 200))
        tables["mesure"][i]["date_fin"] = max(sortie, entree) if hasard.random() < 0.7 else None
        relogements.append(acces(i, entree + timedelta(days=attente)))
    return espace_de(tmp_path, **tables, relogement=relogements), tables["mesure"], relogements


@pytest.fixture(scope="module")
def tirage(tmp_path_factory):
    return grand(tmp_path_factory.mktemp("cohorte"))


def suivis_attendus(mesures, relogements):
    """(durée, relogé) de chaque parcours, refait sans polars."""
    fin, rendus = J(2023, 1, 1), []
    for mesure, relogement in zip(mesures, relogements, strict=True):
        debut, arret = mesure["date_debut"], min(mesure["date_fin"] or fin, fin)
        jour = relogement["date"]
        reloge = debut <= jour < fin and (mesure["date_fin"] is None or jour <= mesure["date_fin"])
        rendus.append((((jour if reloge else arret) - debut).days, reloge))
    return rendus


def kaplan_meier(suivis, limite):
    reste = 1.0
    for jour in sorted({d for d, vecu in suivis if vecu and d <= limite}):
        risque = sum(d >= jour for d, _ in suivis)
        reste *= 1 - sum(vecu and d == jour for d, vecu in suivis) / risque
    return reste


def test_le_temps_jusqu_au_relogement_est_l_estimateur_de_kaplan_et_meier(tirage):
    espace, mesures, relogements = tirage
    suivis = suivis_attendus(mesures, relogements)
    assert 20 < sum(v for _, v in suivis) < 75, "il faut des relogements et des censures"
    obtenues = valeurs(tracer(espace))
    assert list(obtenues) == list(range(1, 25))
    for mois, valeur in obtenues.items():
        assert valeur == pytest.approx(100 * (1 - kaplan_meier(suivis, mois * MOIS)), abs=1e-9)
    groupe = tracer(espace).groupes[0]
    assert (groupe.suivis, groupe.evenements) == (80, sum(v and d <= 24 * MOIS for d, v in suivis))
    for point in groupe.points:
        assert point.encore_suivis == sum(d > point.mois * MOIS for d, _ in suivis)
        if point.bas is not None:
            assert point.bas <= point.valeur <= point.haut


def test_un_relogement_avant_l_entree_ou_apres_la_sortie_n_est_pas_de_ce_parcours(tmp_path):
    tables = foyer(*[J(2021, 1, 4)] * 4, fin=J(2021, 7, 1))
    dates = [J(2020, 12, 1), J(2021, 7, 2), J(2021, 7, 1), J(2021, 3, 1)]
    lignes = [acces(i, jour, "MAINTIEN" if i == 3 else "PUBLIC") for i, jour in enumerate(dates)]
    groupe = tracer(espace_de(tmp_path, **tables, relogement=lignes)).groupes[0]
    assert (groupe.suivis, groupe.evenements) == (4, 1)
    assert groupe.point(5).valeur == 0
    assert groupe.point(6).valeur == pytest.approx(25)


def test_le_temps_garde_est_celui_de_l_indicateur(tmp_path):
    hasard = random.Random(2)
    tables = foyer(*[J(2021, 1, 4) + timedelta(days=7 * i) for i in range(30)], fin=J(2022, 6, 1))
    departs = [J(2021, 2, 1) + timedelta(days=7 * i) for i in range(30)]
    photos = [
        {
            "id_menage": f"M{i}",
            "date": d + timedelta(days=hasard.randrange(20, 400)),
            "moment": "enquete",
            "logement": code,
        }
        for i, (d, code) in enumerate(zip(departs, ["RUE", "PUBLIC", "TIERS_A"] * 10, strict=True))
    ]
    espace = espace_de(tmp_path, **tables, relogement=[acces(i, d) for i, d in enumerate(departs)], situation=photos)
    attendues = cellules(espace, "survie_dans_le_logement", colonne="valeur")
    obtenues = valeurs(tracer(espace, "maintien_logement"))
    assert 0 < obtenues[12] < 100
    assert {f"{m:02d}": pytest.approx(v) for m, v in obtenues.items()} == attendues


def test_partage_par_une_variable_et_test_du_log_rank(tirage):
    espace, *_ = tirage
    trace = tracer(espace, par="genre")
    assert [g.code for g in trace.groupes] == [None, "F", "H"] or [g.code for g in trace.groupes] == [None, "H", "F"]
    assert sum(g.suivis for g in trace.groupes[1:]) == trace.groupes[0].suivis
    assert valeurs(trace, "H")[12] > valeurs(trace, "F")[12]
    assert trace.probabilite < 0.05
    assert any("diffèrent nettement" in p for p in trace.phrases)
    assert any("une sur vingt" in n for n in trace.notes)
    assert ("genre", "Genre") in partages_possibles(espace, SERVICE, 2022)


def test_le_log_rank_est_celui_de_scipy_pour_deux_groupes():
    from scipy.stats import CensoredData, logrank

    hasard = random.Random(8)
    groupes = [
        (
            pl.Series([hasard.randrange(1, haut) for _ in range(25)]),
            pl.Series([hasard.random() < 0.7 for _ in range(25)]),
        )
        for haut in (60, 140)
    ]
    censures = [CensoredData(d.filter(v).to_numpy(), right=d.filter(~v).to_numpy()) for d, v in groupes]
    assert log_rank(groupes) == pytest.approx(logrank(*censures).pvalue)
    assert log_rank([groupes[0], groupes[0], groupes[0]]) == pytest.approx(1)


def test_les_modalites_rares_sont_reunies_et_l_inconnu_mis_a_part(tmp_path):
    codes = ["MAIRIE"] * 6 + ["CCAS"] * 5 + ["AUTRE"] * 4 + ["HOPITAL"] * 2 + ["NR"] * 3
    tables = foyer(*[J(2021, 1, 4)] * len(codes))
    demandes = [
        {"id_demande": f"d{i}", "id_menage": f"M{i}", "date_demande": J(2020, 12, 1), "prescripteur": code}
        for i, code in enumerate(codes)
    ]
    espace = espace_de(tmp_path, **tables, demande=demandes, relogement=[acces(0, J(2021, 6, 1))])
    trace = tracer(espace, par="prescripteur")
    assert [(g.code, g.suivis) for g in trace.groupes] == [
        *((None, 20), ("MAIRIE", 6), ("CCAS", 5), ("AUTRE", 4), ("HOPITAL", 2), ("NR", 3)),
    ]
    assert trace.probabilite is None, "aucun groupe n'a dix suivis"
    assert any(n.startswith("15") and "pas de réponse" in n for n in trace.notes)
    noms = {v["groupe"] for v in trace.graphique().to_dict()["data"]["values"]}
    assert "Non renseigné" not in noms


def petit(nombre, seuil=5):
    return 0 < nombre < seuil


def points_publies(groupe):
    return {p.mois: p for p in groupe.points if p.etat == "publie"}


def verifier_sans_fuite(montres, mesures, seuil=5):
    """Refait l'attaque : d'un point publié au suivant, par courbe et par différence entre l'ensemble et ses groupes."""
    rangs = {m: QUESTIONS["relogement"].mois.index(m) for m in QUESTIONS["relogement"].jalons}
    vus = {code: [m for m, montre in jalons.items() if montre] for code, jalons in montres.items()}
    par_code = {m.code: m for m in mesures}
    groupes = [m for m in mesures if m.code is not None and vus[m.code]]
    series = [(par_code[code], mois) for code, mois in vus.items()]
    if groupes:
        communs = [m for m in vus[None] if all(m in vus[g.code] for g in groupes)]
        comptes = {champ: [getattr(g, champ) for g in groupes] for champ in ("evenements", "a_risque")}
        reste = SimpleNamespace(
            suivis=mesures[0].suivis - sum(g.suivis for g in groupes),
            **{
                champ: [
                    total - sum(parts)
                    for total, *parts in zip(getattr(mesures[0], champ), *comptes[champ], strict=True)
                ]
                for champ in comptes
            },
        )
        series.append((reste, communs))
    for serie, mois in series:
        avant = (0, serie.suivis)
        for m in mois:
            ici = serie.evenements[rangs[m]], serie.a_risque[rangs[m]]
            evenements = ici[0] - avant[0]
            assert not petit(evenements, seuil), (m, evenements)
            assert not petit(avant[1] - ici[1] - evenements, seuil), "des départs sans événement"
            assert not petit(ici[1], seuil)
            if (valeurs := getattr(serie, "valeurs", None)) and avant[1]:
                depart = 0 if avant[0] == 0 else valeurs[rangs[mois[mois.index(m) - 1]]]
                rapport = (100 - valeurs[rangs[m]]) / (100 - depart) if depart < 100 else 1
                assert not petit(round(avant[1] * (1 - rapport)), seuil), "n (1 - S1/S0) redonne un petit nombre"
            avant = ici


@given(
    st.lists(st.tuples(st.integers(0, 760), st.booleans(), st.sampled_from("FHX")), min_size=1, max_size=160),
    st.integers(1, 24),
)
@settings(max_examples=80, deadline=None)
def test_aucun_petit_nombre_ne_se_deduit_des_points_publies(suivis, pas):
    # Des durées regroupées : c'est ce qui fait publier, et donc ce qui pourrait trahir.
    lignes = pl.DataFrame(
        [(d // (pas * 30) * pas * 30 + 15, v, g) for d, v, g in suivis],
        schema={"duree_jours": pl.Int64, "perdu": pl.Boolean, "groupe": pl.String},
        orient="row",
    )
    question = QUESTIONS["relogement"]
    mesures = cohortes._mesurer(lignes, question, "genre")
    tous = {m.code: set(question.mois) for m in mesures}  # même si la première protection laissait tout passer
    verifier_sans_fuite(cohortes._jalons_montres(mesures, question, tous, tous, 5), mesures)


def test_en_public_seuls_des_jalons_sans_petit_ecart_sortent(tmp_path):
    espace, mesures, relogements = grand(tmp_path, nombre=300)
    dedans, dehors = tracer(espace, par="genre"), tracer(espace, par="genre", diffusion="public")
    publies = 0
    for libre, protege in zip(dedans.groupes, dehors.groupes, strict=True):
        assert [p.mois for p in protege.points] == [3, 6, 12, 18, 24]
        avant = libre.suivis
        for point in protege.points:
            if point.etat != "publie":
                assert (point.valeur, point.bas, point.haut, point.encore_suivis) == (None, None, None, None)
                continue
            publies += 1
            exact = libre.point(point.mois)
            assert point.valeur == round(exact.valeur)
            assert point.encore_suivis == exact.encore_suivis >= 5
            assert not petit(avant - point.encore_suivis)
            avant = point.encore_suivis
    assert publies >= 4
    seul = points_publies(tracer(espace, diffusion="public").groupes[0])
    assert set(points_publies(dehors.groupes[0])) <= set(seul), "un partage n'ajoute pas de jalon à l'ensemble"
    suivis = suivis_attendus(mesures, relogements)
    comptes = [0, *(sum(v and d <= m * MOIS for d, v in suivis) for m in seul)]
    assert len(comptes) > 2
    assert not any(petit(b - a) for a, b in itertools.pairwise(comptes))
    paliers = [v for v in dehors.graphique().to_dict()["data"]["values"] if v["sens"] == "palier"]
    assert {v["fin"] for v in paliers} <= {3, 6, 12, 18, 24}
    assert any("aucun petit nombre" in n for n in dehors.notes)


def test_en_public_un_evenement_isole_entre_deux_jalons_ne_sort_pas(tmp_path):
    entrees = [J(2020, 1, 6)] * 60
    attentes = [60] * 20 + [150] * 1 + [300] * 20  # un seul relogement entre 3 et 6 mois
    tables = foyer(*entrees)
    lignes = [acces(i, entrees[i] + timedelta(days=a)) for i, a in enumerate(attentes)]
    trace = tracer(espace_de(tmp_path, **tables, relogement=lignes), diffusion="public")
    assert set(points_publies(trace.groupes[0])) == {3, 12, 18, 24}
    assert trace.groupes[0].point(6).valeur is None


def test_en_public_moins_de_trente_suivis_ne_font_pas_de_courbe(tmp_path):
    espace, *_ = grand(tmp_path, nombre=29)
    trace = tracer(espace, diffusion="public")
    assert {p.etat for p in trace.groupes[0].points} == {"masque"}
    assert trace.groupes[0].suivis is None
    assert trace.graphique() is None
    assert trace.phrases == ("Trop peu de suivis pour publier cette courbe.",)


def test_un_service_sans_parcours_suit_les_menages_depuis_leur_demande(tmp_path):
    demandes = [{"id_demande": f"d{i}", "id_menage": f"M{i}", "date_demande": J(2021, 1, 4)} for i in range(4)]
    actes = [{"id_acte": "a3", "id_menage": "M3", "date": J(2021, 2, 1), "type_acte": "ENTRETIEN"}]
    espace = espace_de(
        tmp_path,
        menage=[{"id_menage": f"M{i}"} for i in range(4)],
        demande=demandes,
        acte=actes,
        relogement=[acces(0, J(2021, 4, 1)), acces(1, J(2021, 10, 1))],
    )
    trace = tracer(espace)
    # M2 n'est plus vu après sa demande, M3 après un mois : à 3 mois il reste M0 et M1, dont l'un se loge.
    assert trace.groupes[0].point(1).encore_suivis == 2
    assert trace.groupes[0].point(3).valeur == pytest.approx(50)
    assert "ménages ont accédé" in trace.phrases[0]
    assert "ni mesure ni séjour" in trace.notes[0]


def test_ce_que_la_qualite_retient_est_vide(tmp_path):
    espace, *_ = grand(tmp_path, nombre=12)
    defaut = ResultatRegle(
        "essai", "relogement", ("relogement.date",), "critical", False, False, 10, 9, "Des dates manquent.", "Corrigez."
    )
    trace = tracer(espace, juge=Verdict(SERVICE, 2022, "", (defaut,)))
    assert {p.etat for p in trace.groupes[0].points} == {"retenu"}
    assert all(p.valeur is None and p.encore_suivis is None for p in trace.groupes[0].points)
    assert "des dates manquent" in trace.phrases[0]
    autre = tracer(espace, juge=Verdict(SERVICE, 2022, "", (defaut,)), quoi="maintien_logement")
    assert autre.phrases[0].startswith("Cette courbe est retenue")


def test_les_choix_inconnus_sont_refuses_avec_une_suggestion(tmp_path):
    espace, *_ = grand(tmp_path, nombre=12)
    with pytest.raises(ErreurParametre, match="relogement"):
        tracer(espace, "relogements")
    with pytest.raises(ErreurParametre, match="genre"):
        tracer(espace, par="genres")
    with pytest.raises(ErreurParametre, match="deux modalités"):
        tracer(espace, par="qpv")
    with pytest.raises(ErreurParametre, match="personne à suivre"):
        tracer(espace, "maintien_emploi")


def test_sans_relogement_livre_la_courbe_ne_dit_pas_zero(tmp_path):
    espace = espace_de(tmp_path, "premiere_annee = 2020", **foyer(J(2021, 1, 4)))
    with pytest.raises(ErreurParametre, match="Importez son export des relogements"):
        tracer(espace)
    with pytest.raises(ErreurParametre, match="ne livre pas 2019"):
        courbe(espace, SERVICE, 2019, juge=SANS_DEFAUT)


def test_le_tableau_et_le_dessin(tirage):
    espace, *_ = tirage
    trace = tracer(espace, par="genre")
    html = trace._repr_html_()
    assert html.count('scope="row"') == 3
    assert "<caption>Temps jusqu'au relogement, par genre" in html.unescape()
    paliers = [v for v in trace.graphique().to_dict()["data"]["values"] if v["sens"] == "palier"]
    assert {v["groupe"] for v in paliers} == {"Femme", "Homme"}
    for groupe in ("Femme", "Homme"):
        siens = [v for v in paliers if v["groupe"] == groupe]
        assert siens[0]["mois"] == 0
        assert siens[0]["valeur"] == 0
        assert all(a["fin"] == b["mois"] for a, b in itertools.pairwise(siens)), "la marche est continue"
