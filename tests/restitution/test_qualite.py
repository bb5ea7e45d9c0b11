"""La page de qualité : ce qui se publie, l'ordre des corrections, la carte de remplissage, le secret."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.campagne.fiche import TYPE_FICHE
from observatoire.campagne.qualite import (
    Chiffre,
    Taux,
    comptes_distincts,
    corrections,
    document_qualite,
    etapes,
    portee,
    preparer_qualite,
)
from observatoire.espace import VARIABLE_ESPACE, Espace
from observatoire.indicateurs.calcul import EVOLUTION
from observatoire.modele import TABLES
from observatoire.qualite.consignes import sujet
from observatoire.qualite.historique import ALERTES, CRITIQUES, DEROGES, REUSSIS, STRUCTURELS, releves
from observatoire.qualite.suites import lire_suites
from observatoire.restitution import qualite_parties as parties
from observatoire.restitution.qualite import Qualite
from tests.restitution import fabrique_qualite as fabrique

HOSTILE = '"><script>alert("x")</script><img src=x onerror=alert(1)>'


def page(**choix) -> Qualite:
    return Qualite(fabrique.donnees(**choix))


def html(fragment) -> str:
    return str(fragment.html)


# --- Ce qui peut se publier ----------------------------------------------------------------------------


def test_publication_partielle_en_toutes_lettres():
    """Deux chiffres lisent les ressources, un troisième par son détail, un quatrième n'a rien reçu."""
    lu = html(page().etat())
    assert "Publication partielle" in lu
    assert "2 chiffres sont retenus, un autre perd une part de son détail." in lu
    assert "Les 2 autres ne lisent aucune des colonnes en cause" in lu
    assert "Un avertissement dit lesquels lire avec prudence." in lu
    assert "ressources moyennes, ressources médianes et motifs de fin (détail seulement)" in lu
    assert "1 sans données reçues" in lu


def test_tout_se_publie_sans_avertissement():
    lu = html(page(ressources=0, motifs=0).etat())
    assert "Tous les chiffres du rapport 2022 peuvent se publier." in lu
    assert "prudence." not in lu and "Ce qui est retenu" not in lu


def test_page_bloquee_dit_d_abord_pourquoi_puis_quoi_faire_et_ce_qui_se_publie():
    bloquee = page(cles=2)
    lu = html(bloquee.etat())
    assert "Pourquoi ce rapport n&#39;est pas publié" in lu or "Pourquoi ce rapport n'est pas publié" in lu
    assert lu.index("mesure.id_mesure.unique") < lu.index("Que faire") < lu.index("Contrôles réussis")
    assert "En attendant, les rapports 2020 et 2021 peuvent se publier." in lu
    assert "Débloque le rapport entier (5 chiffres)." in lu
    assert "Rapport d&#39;activité non publié" in html(bloquee.entete()) or "non publié" in html(bloquee.entete())
    ensuite = html(bloquee.corrections())
    assert "À corriger ensuite" in ensuite and "mesure.id_mesure.unique" not in ensuite


def test_deux_blocages_ne_se_levent_pas_l_un_sans_l_autre():
    double = fabrique.resultat("sejour.id_sejour.unique", "critical", 9, 2, structurelle=True)
    base = fabrique.donnees(cles=2)
    juge = replace(base.verdict, resultats=(*base.verdict.resultats, double))
    deux = replace(
        base,
        verdicts={**base.verdicts, 2022: juge},
        corrections=corrections(juge, tuple(c for c in base.chiffres if c.recu), fabrique.SUJETS),
    )
    assert html(Qualite(deux).etat()).count("une fois corrigé aussi ce qui le bloque par ailleurs") == 2


def test_fiche_de_score_une_ligne_par_annee():
    lignes = re.findall(r"<tr.*?</tr>", html(page().annees()))[1:]
    assert [re.search(r"20\d\d", x)[0] for x in lignes] == ["2022", "2021", "2020"]
    assert [re.search(r'pastille (\w+)"', x)[1] for x in lignes] == ["partiel", "publie", "publie"]
    assert "3 sur 6" in lignes[0] and "0 sur 6" in lignes[2]
    assert lignes[0].count("cette page") == 1 and "cette page" not in lignes[1]


# --- Corrections -----------------------------------------------------------------------------------------


def test_les_corrections_vont_de_ce_qui_debloque_le_plus_a_ce_qui_debloque_le_moins():
    ordre = [c.resultat.regle for c in fabrique.donnees(cles=1).corrections]
    assert ordre == [
        "mesure.id_mesure.unique",
        "situation.ressources.remplissage",
        "mesure.motif_fin.remplissage_faible",
    ]


def test_deux_regles_d_un_sujet_font_une_correction_la_plus_grave():
    """La règle d'alerte des ressources échoue aussi : elle ne fait ni seconde correction, ni second compte."""
    d = fabrique.donnees()
    assert sum(c.resultat.colonnes == ("situation.ressources",) for c in d.corrections) == 1
    comptes = d.comptes[2022]
    assert (comptes[CRITIQUES], comptes[ALERTES], comptes[DEROGES], comptes[STRUCTURELS]) == (1, 1, 1, 0)
    assert comptes[REUSSIS] == sum(r.reussie for r in d.verdict.resultats)


def test_un_chiffre_que_deux_defauts_retiennent_est_dit():
    chiffres = (Chiffre("a", "A", frozenset({"mesure.rang", "mesure.motif_fin"}), frozenset()),)
    juge = fabrique.verdict(
        2022,
        (
            fabrique.resultat("mesure.rang.remplissage", "critical", 50, 30),
            fabrique.resultat("mesure.motif_fin.remplissage", "critical", 50, 30),
        ),
    )
    une, autre = corrections(juge, chiffres, {})
    assert une.attendent == autre.attendent == chiffres
    assert "L&#39;un d&#39;eux attend aussi une autre correction." in str(parties.cartes([une], parties.Secret(1)))


_COLONNES = st.sets(st.sampled_from(["mesure.rang", "mesure.motif_fin", "situation.emploi", "acte.lieu"]))


@given(
    lues=st.lists(st.tuples(_COLONNES, _COLONNES), max_size=6),
    echecs=st.lists(st.tuples(_COLONNES, st.sampled_from(["critical", "warning", "info"])), max_size=5),
)
def test_l_ordre_des_corrections_suit_toujours_ce_qu_elles_debloquent(lues, echecs):
    """Jamais une correction ne passe devant une autre qui libère plus de chiffres, et aucune n'en invente."""
    chiffres = tuple(Chiffre(str(n), str(n), frozenset(a), frozenset(b - a)) for n, (a, b) in enumerate(lues))
    regles = tuple(
        fabrique.resultat(f"mesure.rang.{n}", severite, 9, 4, colonnes=tuple(sorted(colonnes)))
        for n, (colonnes, severite) in enumerate(echecs)
    )
    juge = fabrique.verdict(2022, regles)
    rendues = corrections(juge, chiffres, {})
    nombres = [len(c.debloques.entiers) for c in rendues]
    assert nombres == sorted(nombres, reverse=True) and len(rendues) == len(regles)
    debloques = {c.nom for x in rendues for c in x.debloques.tous}
    assert debloques == {c.nom for c in portee(chiffres, [r for r in juge.resultats if r.retenante]).tous}


def test_dix_corrections_au_plus_et_le_reste_compte():
    base = fabrique.donnees()
    douze = tuple(replace(base.corrections[0], resultat=fabrique.resultat(f"mesure.rang.{n}")) for n in range(12))
    lu = html(Qualite(replace(base, corrections=douze)).corrections())
    assert lu.count('class="correction"') == 10 and "2 autres corrections comptent moins." in lu


def test_ou_corriger_nomme_la_table_ou_se_fait_la_correction():
    """Une fiche qui manque à une mesure se saisit dans les fiches de situation ; une clé n'est pas une colonne."""
    manque = fabrique.resultat("mesure.photo.sortie", "warning", 9, 4, colonnes=("situation.moment",))
    assert parties.ou(manque) == "Fiches de situation · Moment de la photo"
    assert parties.ou(fabrique.cle(1)) == "Mesures"
    dates = fabrique.resultat("sejour.date_entree.ordre", colonnes=("sejour.date_entree", "sejour.date_sortie"))
    assert parties.ou(dates) == "Séjours · Jour d'entrée dans la place, jour de sortie"


def test_les_regles_d_ensemble_ne_comptent_pas_de_lignes():
    bilan = fabrique.resultat("mesure.rang.bilan", "warning", 1, 1, niveau="ensemble")
    juge = fabrique.verdict(2022, (bilan,))
    lu = str(parties.cartes(corrections(juge, fabrique.CHIFFRES, {}), parties.Secret(1)))
    assert "Mesures · Rang de la mesure" in lu and "ligne" not in re.sub(r"<[^>]*>", "", lu)


def test_dans_les_suites_une_regle_et_sa_version_faible_ont_le_meme_sujet(racine):
    """La convention tient pour toutes les suites livrées, et deux autres règles ne se confondent jamais."""
    regles = {r.regle: r for suite in lire_suites(Espace(racine)).values() for r in suite}
    faibles = [nom for nom in regles if nom.endswith(".remplissage_faible")]
    assert faibles
    for nom in faibles:
        forte = nom.removesuffix("_faible")
        if forte in regles:
            assert sujet(regles[nom]) == sujet(regles[forte]), nom
    par_sujet: dict[object, set[str]] = {}
    for regle in regles.values():
        par_sujet.setdefault(sujet(regle), set()).add(regle.severite)
    assert sum(map(len, par_sujet.values())) == len(regles), "deux règles de même gravité ont le même sujet"


# --- Remplissage -----------------------------------------------------------------------------------------


def cases(lu: str) -> dict[str, list[str]]:
    """Colonne → le texte de ses cases, années dans l'ordre."""
    lignes = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', lu)
    return {
        re.sub(r"<.*", "", nom): [re.sub(r"<[^>]*>", "", c) for c in re.findall(r"<td[^>]*>(.*?)</td>", suite)]
        for nom, suite in lignes
    }


def test_chaque_case_porte_un_nombre_ou_un_etat_jamais_la_seule_couleur():
    lues = cases(html(page().remplissage()))
    assert lues["Motif de fin de la mesure"] == ["non reçu", "100", "74▲ (à compléter : base réduite)", "27"]
    assert lues["Rang de la mesure"][2:] == ["sans objet", "0"]
    assert lues["Ressources mensuelles"][2].startswith("40■")
    assert lues["Adresse en quartier prioritaire de la politique de la ville"][2].startswith("70◇")


def test_ce_qui_manque_se_voit_meme_arrondi():
    """Une ligne vide sur 900 s'écrit 99, pas 100 ; une seule remplie s'écrit 1, pas 0."""
    assert cases(html(page().remplissage()))["Situation de logement"][2] == "99"
    assert parties._case(Taux(900, 899, "retenu"), parties.Secret(1)) == ("teinte-4", "1")
    assert parties._case(Taux(900, 900, "retenu"), parties.Secret(1)) == ("teinte-4", "0")


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
def test_une_teinte_plus_foncee_ne_dit_jamais_un_meilleur_taux(paire):
    lignes, echecs = paire
    teinte, lu = parties._case(Taux(lignes, echecs, "suffisant"), parties.Secret(1))
    assert (lu == "100") == (echecs == 0) and (lu == "0") == (echecs == lignes)
    if echecs < lignes:
        assert parties._case(Taux(lignes, echecs + 1, "suffisant"), parties.Secret(1))[0] >= teinte


def test_la_legende_ne_dit_que_ce_qui_est_dans_la_carte():
    lu = html(page().remplissage())
    legende = re.search(r'<ul class="legende-chaleur">.*?</ul>', lu)[0]
    assert "non reçu" in legende and "sans objet" in legende and "masqué" not in legende
    sans = replace(fabrique.donnees(), remplissages=fabrique.donnees().remplissages[-1:])
    court = re.search(r'<ul class="legende-chaleur">.*?</ul>', html(Qualite(sans).remplissage()))[0]
    assert "▲" not in court and "sans objet" not in court


def test_les_colonnes_non_recues_sont_nommees_en_francais():
    lu = html(page().remplissage())
    assert "<b>Relogements</b>\u00a0: parc du logement obtenu" in lu and "relogement.parc" not in lu


def test_chaque_table_et_chaque_colonne_du_modele_a_un_nom_lisible():
    assert all(parties.nom_table(table)[0].isupper() for table in TABLES)
    for table, declaree in TABLES.items():
        for colonne in declaree.colonnes:
            nom = parties.libelle_colonne(f"{table}.{colonne}")
            assert nom[0].isupper() and nom != colonne and not re.search(r"[._]|\s$", nom), (table, nom)


# --- Livraisons, années, dérogations ---------------------------------------------------------------------


def test_une_barre_par_livraison_et_ses_nombres_a_cote():
    lu = html(page().livraisons())
    lignes = re.findall(r'<tr><th scope="row">.*?</tr>', lu)
    assert len(lignes) == 3 and "3\u00a0janv.\u00a02023, 9\u00a0h\u00a005" in lignes[0]
    assert [re.search(r'<span class="lu">(\d+)</span>', x)[1] for x in lignes] == ["2", "1", "3"]
    largeurs = [sum(map(float, re.findall(r"width:([\d.]+)%", x))) for x in lignes]
    assert largeurs == pytest.approx([66.67, 33.33, 100], abs=0.05)
    assert "12\u00a0sorties de mesure ajoutées tardivement, 6 corrigées." in lu


def test_un_verdict_refait_sur_la_meme_livraison_ne_fait_pas_deux_barres():
    juge = fabrique.verdict(2022, fabrique.resultats(30))
    connues = fabrique.regles(juge.resultats)
    refait = [fabrique.passage(juge, 1), fabrique.passage(fabrique.verdict(2022, fabrique.resultats()), 1)]
    assert [e.passage for e in etapes(refait, connues)] == [refait[1]]


def test_une_regle_disparue_des_suites_compte_encore_comme_une_alerte():
    juge = fabrique.verdict(2022, (fabrique.resultat("mesure.rang.ancienne", "critical", 9, 4),))
    assert comptes_distincts(releves(juge), {})[ALERTES] == 1


def test_l_annee_est_comparee_a_la_precedente():
    lu = html(page().evolution())
    assert "Sorties de mesure" in lu and "−13 (−33\u00a0%)" in lu
    assert ">+37</td>" in lu, "pas de pourcentage sur une base de trois"
    assert "74\u00a0% en 2022, 82\u00a0% en 2021" in lu and lu.count("Sorties de mesure") == 1
    assert "74\u00a0%" not in html(page(diffusion="public").evolution())
    assert "rien à quoi comparer" in html(Qualite(replace(fabrique.donnees(), derive_annees=None)).evolution())


def test_les_derogations_sont_toutes_dites_expirees_comprises():
    lu = html(page().derogations())
    assert fabrique.MOTIF in lu and "En vigueur" in lu and "Expirée" in lu and "direction du pôle" in lu
    assert "Aucune dérogation" in html(Qualite(replace(fabrique.donnees(), derogations=())).derogations())


# --- Secret et sûreté ------------------------------------------------------------------------------------


def test_la_diffusion_publique_ne_dit_aucun_petit_compte():
    """Seuil 5 : deux réponses vides, trois demandes, deux entrées ajoutées ne se publient pas."""
    publique, interne = page(diffusion="public"), page()
    assert cases(html(publique.remplissage()))["Situation d&#39;emploi"][2] == "masqué"
    assert cases(html(interne.remplissage()))["Situation d&#39;emploi"][2:] == ["96", "50"]
    assert 'class="nb"' not in html(publique.remplissage())
    assert "Demandes" in html(interne.evolution()) and "Demandes" not in html(publique.evolution())
    assert "entrées en mesure" in html(interne.livraisons()) and "entrées en mesure" not in html(publique.livraisons())
    assert "reports/corrections" in html(interne.corrections())
    assert "reports/corrections" not in fabrique.texte(publique)


def test_un_petit_nombre_de_lignes_fautives_est_masque_en_public():
    for diffusion, attendu in (("interne", "2 lignes sur 60"), ("public", "effectif masqué")):
        assert attendu in html(page(diffusion=diffusion, cles=2).etat())


def test_un_texte_hostile_s_affiche_en_texte():
    base = fabrique.donnees(cles=2)
    juge = replace(
        base.verdict,
        resultats=tuple(replace(r, explication=HOSTILE, remede=HOSTILE) for r in base.verdict.resultats),
    )
    chiffres = tuple(replace(c, libelle=HOSTILE) for c in base.chiffres)
    hostile = replace(
        base,
        verdicts={**base.verdicts, 2022: juge},
        chiffres=chiffres,
        corrections=corrections(juge, chiffres, fabrique.SUJETS),
        derogations=tuple(replace(s, explication=HOSTILE) for s in base.derogations),
        remplissages=tuple(replace(x, parmi=HOSTILE) for x in base.remplissages),
    )
    lu = fabrique.texte(Qualite(hostile))
    assert "<script" not in lu and "<img" not in lu and "&lt;script" in lu


def test_le_sommaire_mene_a_chaque_section_et_aucune_ancre_ne_se_repete():
    for cles in (0, 2):
        lu = fabrique.texte(page(cles=cles))
        ancres = re.findall(r' id="([^"]+)"', lu)
        assert set(re.findall(r'href="#([^"]+)"', lu)) <= set(ancres) and len(ancres) == len(set(ancres))


def test_la_fiche_porte_la_table_des_controles():
    paquet = page().provenance()._repr_mimebundle_()
    fiche = paquet[TYPE_FICHE]
    entete, *lignes = fiche["table"].splitlines()
    assert entete.startswith("service,annee,table,regle") and len(lignes) == 5 and lignes == sorted(lignes)
    assert [x.split(",")[6] for x in lignes] == ["admis", "réussi", "échec", "échec", "échec"]
    assert fiche["etat"] == "partiel" and fiche["chiffre_cle"]["valeur"] == "1 sur 5" and json.dumps(fiche)


def test_la_table_publique_tait_les_petits_comptes():
    fiche = page(diffusion="public", cles=2).provenance()._repr_mimebundle_()[TYPE_FICHE]
    unique = next(x for x in fiche["table"].splitlines() if "mesure.id_mesure.unique" in x)
    assert "échec,,," in unique
    assert "réussi,50,0," in page(diffusion="public", motifs=0).provenance()._repr_mimebundle_()[TYPE_FICHE]["table"]


# --- Sur l'échantillon -----------------------------------------------------------------------------------


def test_la_page_d_un_service_de_l_echantillon(espace_exemple, monkeypatch):
    """De vrais verdicts : la page dit les mêmes choses que le rapport, et le carnet appelle chacune de ses parties."""
    from observatoire.restitution.rapport import controle

    monkeypatch.setenv(VARIABLE_ESPACE, str(espace_exemple.racine))
    vraie = controle("cllaj", 2022, "interne")
    assert isinstance(vraie, Qualite)
    d = vraie.donnees
    assert d.annee in d.verdicts and len(d.verdicts) > 1 and d.remplissages
    assert {c.nom for c in d.chiffres} >= set(d.service.chiffres_cles)
    lu = fabrique.texte(vraie)
    assert "Ce qui peut se publier" in lu and "mesure.date" not in lu
    carnet = json.loads(Path(espace_exemple.ressource("notebooks/qualite.ipynb")).read_text(encoding="utf-8"))
    appels = re.findall(r"page\.(\w+)\(\)", "".join("".join(c["source"]) for c in carnet["cells"]))
    assert appels == ["entete", "sommaire", *fabrique.PARTIES, "provenance"]
    document = document_qualite(d.service, 2022)
    assert (document.nom, document.genre, document.carnet) == ("qualite_cllaj", "qualite", "qualite.ipynb")


def test_ce_que_la_page_dit_retenu_est_ce_que_le_rapport_retient(espace_jetable, monkeypatch):
    """Une colonne en défaut critique : les chiffres que la page dit retenus sont ceux du rapport, ni plus ni moins.

    L'évolution d'un an que le rapport ajoute à ses tendances n'est pas un chiffre de plus.
    """
    import polars as pl

    from observatoire.campagne import donnees as campagne
    from observatoire.campagne import qualite as preparation
    from observatoire.qualite import verdict

    def abime(espace, service, annee, *autres):
        juge = verdict(espace, service, annee)
        touchees = [
            replace(r, reussie=False, echecs=r.lignes, severite="critical", derogation="")
            if r.regle in ("demande.qpv.remplissage", "situation.logement.remplissage")
            else r
            for r in juge.resultats
        ]
        return replace(juge, resultats=tuple(touchees))

    monkeypatch.setattr(campagne, "verdict", abime)
    monkeypatch.setattr(preparation, "verdict", abime)
    rapport = campagne.preparer_rapport(espace_jetable, "cllaj", 2022, "interne")
    cellules = pl.concat(
        [b.cellules.select("indicateur", "ventilation_1", "territoire", "etat") for b in rapport.blocs]
    )
    retenues = cellules.filter(pl.col("etat") == "retenu")
    totaux = set(retenues.filter(pl.col("ventilation_1").is_null() & pl.col("territoire").is_null())["indicateur"])
    page = preparer_qualite(espace_jetable, "cllaj", 2022, "interne")
    assert totaux and {c.nom for c in page.retenus.entiers} == totaux
    assert {c.nom for c in page.retenus.details} == set(retenues["indicateur"]) - totaux - {EVOLUTION}
