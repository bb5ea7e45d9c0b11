"""Les fiches-actions, leurs renvois et le lexique."""

from __future__ import annotations

import pytest

from observatoire.cahiers.fiches import RUBRIQUES, lire_fiches, numeroter
from observatoire.cahiers.sigles import employes, lexique
from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace
from observatoire.restitution.cahier_page import paragraphes
from tests.cahier.fabrique import ecrire_fiche, espace_cahier, par_departement, preparer

RECUS = {"a.csv": par_departement(2020, {"44": (30, 100)})}


def _lire(espace, *cles):
    return lire_fiches(espace.donnees / "cahiers" / "52" / "fiches", cles)


@pytest.mark.parametrize("rubrique", RUBRIQUES)
def test_une_rubrique_manquante_est_refusee(tmp_path, rubrique):
    espace = espace_cahier(tmp_path, RECUS)
    ecrire_fiche(espace, "une", **{rubrique.split()[0].lower(): ""})
    with pytest.raises(
        ErreurDefinition, match=f"une.md : la rubrique « {rubrique} » manque.*Ajoutez « ## {rubrique} »"
    ):
        _lire(espace, "une")


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("# T\n\n## Bilans\n\nx\n", "ligne 3 : rubrique « Bilans » inconnue.*Vouliez-vous dire « Bilan »"),
        ("# T\n\navant\n", "ligne 3 : du texte précède la première rubrique"),
        ("## Contexte\n\nx\n", "n'a pas de titre"),
        ("# T\n\n## Contexte\n\nx\n\n## Contexte\n", "ligne 7 : la rubrique « Contexte » est déjà écrite ligne 3"),
        ("# T\n\n" + "\n\n".join(f"## {r}\n\n" for r in RUBRIQUES), "ligne 3 : la rubrique « Contexte » est vide"),
    ],
    ids=["inconnue", "avant", "titre", "double", "vide"],
)
def test_une_fiche_mal_ecrite_est_refusee(tmp_path, texte, attendu):
    espace = espace_cahier(tmp_path, RECUS)
    ecrire_fiche(espace, "une").write_text(texte, encoding="utf-8")
    with pytest.raises(ErreurDefinition, match=attendu):
        _lire(espace, "une")


def test_l_ordre_imprime_est_celui_des_rubriques(tmp_path):
    espace = espace_cahier(tmp_path, RECUS)
    fichier = ecrire_fiche(espace, "une")
    titre, *rubriques = fichier.read_text(encoding="utf-8").split("\n\n## ")
    fichier.write_text("\n\n## ".join([titre, *reversed([r.strip() for r in rubriques])]), encoding="utf-8")
    assert tuple(_lire(espace, "une")[0].rubriques) == RUBRIQUES


def test_les_renvois_suivent_l_ordre_du_cahier(tmp_path):
    espace = espace_cahier(tmp_path, RECUS)
    for cle in ("a", "b"):
        ecrire_fiche(espace, cle)
    assert numeroter("voir [[b]]", _lire(espace, "a", "b")) == "voir fiche n° 2, Action b"
    assert numeroter("voir [[b]]", _lire(espace, "b", "a")) == "voir fiche n° 1, Action b"


@pytest.mark.parametrize(
    ("bilan", "attendu"),
    [
        ("Voir la fiche n° 4.", "« fiche n° 4 » est numéroté à la main"),
        ("Voir la fiche action n°4.", "numéroté à la main"),
        ("Voir [[absente]].", r"\[\[absente\]\] ne mène à aucune fiche"),
    ],
)
def test_un_renvoi_a_la_main_ou_perdu_est_refuse(tmp_path, bilan, attendu):
    espace = espace_cahier(tmp_path, RECUS)
    ecrire_fiche(espace, "une", bilan=bilan)
    with pytest.raises(ErreurDefinition, match=attendu):
        _lire(espace, "une")


def test_une_fiche_demandee_absente_est_suggeree(tmp_path):
    espace = espace_cahier(tmp_path, RECUS, suite='fiches = ["igloo"]')
    ecrire_fiche(espace, "iglou")
    with pytest.raises(ErreurDefinition, match=r"« igloo » n'est pas dans.*Vouliez-vous dire « iglou »"):
        preparer(espace)


def test_le_texte_d_une_fiche_est_echappe():
    html = paragraphes("Un <script>alert(1)</script> **fort** :\n- un\n- deux", {})
    assert "<script>" not in html and "<strong>fort</strong>" in html and html.count("<li>") == 2


# --- Lexique -----------------------------------------------------------------------------------------


def test_les_sigles_employes():
    assert employes(["Le SIAO (115) et l'IAE, chapitre II ; Nantes, SIAO-115 ou AAVA."]) == ["AAVA", "IAE", "SIAO"]


def test_un_sigle_inconnu_est_une_alerte_et_non_une_erreur(tmp_path):
    espace = espace_cahier(tmp_path, RECUS, suite='fiches = ["une"]')
    ecrire_fiche(espace, "une", contexte="Le dispositif XYZW et le SIAO.")
    donnees = preparer(espace)
    assert donnees.lexique.inconnus == ("XYZW",)
    assert [s.sigle for s in donnees.lexique.connus if s.sigle == "SIAO"] == ["SIAO"]


def test_le_lexique_ne_garde_que_ce_que_le_texte_emploie(tmp_path):
    donnees = preparer(espace_cahier(tmp_path, RECUS))
    assert "TAPAJ" not in {s.sigle for s in donnees.lexique.connus}


@pytest.mark.parametrize("annee", [2017, 2020])
def test_le_cahier_livre_explique_tous_ses_sigles(racine, annee):
    assert preparer(Espace(racine), annee=annee).lexique.alertes == ()


def test_les_sigles_livres_sont_tries_par_usage_et_sans_double(racine):
    vus = lexique(Espace(racine), ["ASLLI"])
    assert vus.a_remplacer == (("ASLLI", "ASLLIP"),) and vus.alertes
