"""La raison d'une retenue est dite à la place du chiffre, avec ce à quoi l'on peut encore se fier."""

import re
from dataclasses import replace

import pytest

from observatoire.campagne.donnees_types import Retenue, SectionRapport
from observatoire.restitution import page, phrases, retenues
from observatoire.restitution.figure import figure
from observatoire.restitution.locale import INSECABLE
from tests.restitution import fabrique

MENAGES, MESURES = "menages_accompagnes", "premieres_mesures"
MOTIF = "Trop peu de lignes renseignent le rang de la mesure."


def texte(html) -> str:
    sans = re.sub(r"<(script|svg).*?</\1>", "", str(html), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", sans).replace(INSECABLE, " ").replace("&#39;", "'").split())


def deux_totaux(*, annee=2022, **autres):
    """Un tableau de deux chiffres, dont le premier est retenu."""
    lignes = [fabrique.ligne(MESURES, None, etat="retenu"), fabrique.ligne(MENAGES, 25.0)]
    bloc = fabrique.bloc("deux", "tableau", [MESURES, MENAGES], fabrique.table(lignes), titre="Deux chiffres")
    return replace(bloc, retenues=(Retenue(MESURES, annee, "", (MOTIF,)),), **autres)


def tout_retenu(titre="Motifs de fin"):
    bloc = fabrique.bloc("tout", "tableau", [MESURES], fabrique.total(MESURES, None, etat="retenu"), titre=titre)
    return replace(bloc, retenues=(Retenue(MESURES, 2022, "", (MOTIF,)),))


def detail_retenu(**autres):
    lignes = [fabrique.ligne(MENAGES, 25.0), fabrique.ligne(MENAGES, None, v1="composition", m1="A", etat="retenu")]
    bloc = fabrique.bloc("detail", "barres", [MENAGES], fabrique.table(lignes), titre="Composition")
    return replace(bloc, retenues=(Retenue(MENAGES, 2022, "composition", (MOTIF,)),), **autres)


def test_la_figure_dit_quoi_pourquoi_et_ce_qui_reste():
    html = str(figure(deux_totaux()))
    lu = texte(html)
    assert "« Premières mesures » : trop peu de lignes renseignent le rang de la mesure." in lu
    assert "« Ménages accompagnés » ne lit pas la donnée en cause : vous pouvez vous y fier." in lu
    assert html.index('class="retenue"') < html.index("<table"), "la raison vient avant le tableau"


def test_un_detail_retenu_laisse_son_total():
    bloc = detail_retenu()
    lu = texte(figure(bloc))
    assert "Le détail par composition : trop peu" in lu
    assert "Le total ne dépend pas de ce détail : vous pouvez vous y fier." in lu
    assert phrases.phrase(bloc) == (
        "Le détail est retenu par le contrôle de la qualité\u00a0; le total se lit toujours."
    )
    assert "<svg" not in str(figure(bloc)), "un graphique sans une valeur ne se dessine pas"


def test_une_figure_toute_retenue_ne_promet_rien():
    bloc = tout_retenu()
    assert retenues.ce_qui_reste(bloc) == ""
    assert "Ce chiffre : trop peu" in texte(figure(bloc)) and "fier" not in texte(figure(bloc))


def test_une_reserve_accompagne_ce_a_quoi_l_on_se_fie():
    lu = texte(figure(deux_totaux(alertes=("Quatre doublons possibles.",))))
    assert "vous pouvez vous y fier, avec les réserves écrites plus bas." in lu
    assert lu.index("fier") < lu.index("Quatre doublons")


def test_la_raison_d_une_annee_passee_ne_touche_pas_l_annee():
    lignes = fabrique.total(MENAGES, 25.0), fabrique.total(MENAGES, None, etat="retenu", annee=2021)
    bloc = fabrique.bloc("avant", "tableau", [MENAGES], *lignes)
    bloc = replace(bloc, retenues=(Retenue(MENAGES, 2021, "", (MOTIF,)),))
    lu = texte(figure(bloc))
    assert "Ce chiffre en 2021, retenu par le contrôle de la qualité : trop peu" in lu
    assert "Les chiffres de 2022 n'en dépendent pas." in lu
    assert "Ce qu'il faut corriger" not in lu, "le panneau de qualité ne parle que de 2022"


def test_une_meme_raison_ne_se_dit_qu_une_fois_pour_deux_annees():
    bloc = detail_retenu()
    bloc = replace(bloc, retenues=(*bloc.retenues, Retenue(MENAGES, 2021, "composition", (MOTIF,))))
    encart = texte(retenues.encart(bloc))
    assert encart.count("trop peu de lignes") == 1 and "Le détail par composition en 2022 et 2021" in encart


def test_un_croisement_tait_l_annee_qu_il_n_imprime_pas():
    bloc = replace(fabrique.bloc_matrice(), retenues=(Retenue("matrice_parcours", 2021, "", (MOTIF,)),))
    assert retenues.encart(bloc) == ""


def test_sans_retenue_la_page_ne_dit_rien():
    assert all("retenue" not in str(figure(b)) for b in (fabrique.bloc_repartition(), fabrique.bloc_serie()))


def test_la_section_dit_quelles_figures_restent_sures():
    sure = replace(fabrique.bloc_repartition(), cle="sure", titre="Composition familiale")
    section = SectionRapport("Résultats", "", (tout_retenu(), deux_totaux(), sure))
    lu = texte(page.section(section, 1))
    assert lu.startswith(
        "1 Résultats Retenu ici par le contrôle de la qualité : « Motifs de fin » (toute la figure) ; "
        "« Deux chiffres » (en partie). « Composition familiale » ne lit pas les données en cause : "
        "vous pouvez vous y fier."
    )


@pytest.mark.parametrize("blocs", [(), ("seul",), ("sain", "sain")])
def test_la_section_se_tait_quand_elle_n_a_rien_a_ajouter(blocs):
    """Une figure seule dit déjà tout ; une section saine n'a rien à dire."""
    faits = [tout_retenu() if b == "seul" else fabrique.bloc_repartition() for b in blocs]
    assert retenues.resume(faits) == ""


def test_une_section_toute_touchee_ne_promet_pas_de_figure_sure():
    assert retenues.resume([deux_totaux(), deux_totaux()]).endswith("Chaque figure dit ce qui y reste sûr.")
    assert "fier" not in retenues.resume([tout_retenu(), tout_retenu()])


def test_un_chiffre_cle_retenu_dit_pourquoi_dans_sa_tuile():
    lu = texte(page.chiffres_cles(replace(deux_totaux(), graphique="tuiles")))
    assert "retenu Premières mesures Trop peu de lignes renseignent le rang de la mesure" in lu
    assert "« Ménages accompagnés » ne lit pas la donnée en cause" in lu


def test_une_tendance_dit_l_annee_retenue_et_garde_les_autres():
    lignes = [fabrique.ligne(MENAGES, v, annee=a) for a, v in ((2020, 23.0), (2022, 25.0))]
    lignes.insert(1, fabrique.ligne(MENAGES, None, etat="retenu", annee=2021))
    bloc = fabrique.bloc("t", "historique", [MENAGES], fabrique.table(lignes))
    bloc = replace(bloc, retenues=(Retenue(MENAGES, 2021, "", (MOTIF,)),))
    phrase = phrases.phrase(bloc).replace(INSECABLE, " ")
    assert phrase == "25 ménages en 2022 ; 23 en 2020 ; retenu en 2021."
    assert "retenu" in str(figure(bloc)).split("</svg>")[0], "le graphique ne laisse pas un vide"
    dernier = [ligne if ligne["annee"] != 2022 else ligne | {"valeur": None, "etat": "retenu"} for ligne in lignes]
    bloc = replace(bloc, table=fabrique.table(dernier), retenues=(Retenue(MENAGES, 2022, "", (MOTIF,)),))
    phrase = phrases.phrase(bloc).replace(INSECABLE, " ")
    assert phrase == "Ménages accompagnés : retenu en 2022 ; 23 en 2020."


# Dérogations et panneau de qualité


ADMIS = fabrique.regle(
    "rang",
    reussie=False,
    structurelle=False,
    echecs=9,
    colonnes=("mesure.rang",),
    explication=MOTIF,
    derogation="Admis par la direction du pôle jusqu'au 31 décembre 2026 : reprise des fiches en cours.",
)


def test_une_derogation_se_lit_sous_la_figure_et_dans_le_panneau():
    bloc = replace(fabrique.bloc_repartition(), derogations=(f"{MOTIF} {ADMIS.derogation}",))
    lu = texte(figure(bloc))
    assert f"Publié par dérogation {MOTIF} Admis par la direction du pôle" in lu
    panneau = texte(page.qualite(fabrique.donnees(verdict=fabrique.verdict(resultats=[fabrique.regle(), ADMIS]))))
    assert "1 contrôle réussi sur 2 : 1 défaut admis par dérogation" in panneau
    assert "Défauts admis par dérogation" in panneau and ADMIS.derogation in panneau
    assert "Contrôles qui n'ont pas réussi" not in panneau, "un défaut admis n'est pas à corriger"


def test_le_panneau_dit_ou_chaque_raison_retient():
    juge = fabrique.verdict("partiel", [fabrique.regle(reussie=False, structurelle=False, explication=MOTIF)])
    juge.colonnes_retenues = {"mesure.rang": (MOTIF,), "acte.theme": ("Thèmes absents.",)}
    section = SectionRapport("Résultats", "", (deux_totaux(),))
    html = str(page.qualite(fabrique.donnees(verdict=juge, sections=(section,))))
    assert 'href="#deux"' in html and f"{MOTIF} Touche : Deux chiffres ." in texte(html)
    assert "Thèmes absents. Aucune figure de ce rapport ne lit cette donnée." in texte(html)


def test_un_texte_hostile_ne_s_execute_pas_dans_une_retenue():
    hostile = '<img src=x onerror="alert(1)">'
    bloc = replace(tout_retenu(hostile), retenues=(Retenue(MESURES, 2022, "", (hostile,)),), derogations=(hostile,))
    assert "<img" not in str(figure(bloc)) + str(page.section(SectionRapport("S", "", (bloc, bloc)), 1))


def test_un_chiffre_masque_n_est_pas_promis_sur():
    """On ne se fie pas à ce qui ne s'imprime pas : seul le chiffre lisible est nommé."""
    lignes = [
        fabrique.ligne(MESURES, None, etat="retenu"),
        fabrique.ligne("mois_mesures", None, etat="masque"),
        fabrique.ligne(MENAGES, 25.0),
    ]
    bloc = fabrique.bloc("m", "tableau", [MESURES, "mois_mesures", MENAGES], fabrique.table(lignes))
    bloc = replace(bloc, retenues=(Retenue(MESURES, 2022, "", (MOTIF,)), Retenue(MENAGES, 2021, "", (MOTIF,))))
    assert retenues.ce_qui_reste(bloc).replace(INSECABLE, " ") == (
        "« Ménages accompagnés » ne lit pas la donnée en cause : en 2022, vous pouvez vous y fier."
    )
