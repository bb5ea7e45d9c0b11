"""Les nombres tapés à la main : ce qu'un tableau contredit, confirme ou ignore."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from observatoire.campagne.donnees import preparer_rapport
from observatoire.commentaires import bilan, bilan_commentaires, brouillon, commenter, ecrire_brouillon, lire_fichier
from observatoire.commentaires.nombres import nombres_tapes
from observatoire.erreurs import ErreurParametre
from observatoire.espace import Espace
from tests.commentaires.atelier import commente, ecrire, lisible, rapport


@pytest.fixture
def espace(tmp_path: Path) -> Espace:
    return Espace(tmp_path)


def remarques(espace: Espace, phrase: str, section: str = "Les ménages"):
    return commente(espace, f"## {section}\n\n{phrase}\n").remarques


@pytest.mark.parametrize(
    ("texte", "ecrits"),
    [
        ("Nous suivons 25 ménages et 1 250 personnes.", ["25", "1 250"]),
        ("Soit 12,5 % ou 450 € par mois.", ["12,5 %", "450 €"]),
        ("Trois ménages, aucune famille, un seul jeune adulte.", ["Trois", "aucune", "un seul"]),
        ("Deux points expliquent cela.", []),
        ("En 2022, le 12 mars, l'article 55 de la loi n° 90-449, au 3e étage, à 14h30.", []),
        ("Les 18-25 ans, les plus de 60 ans, un T2, le 115.", []),
        ("Entre 2019-2022 et le 01/03/2022.", []),
        ("2022 ménages", ["2022"]),
    ],
)
def test_ce_qui_est_un_chiffre_et_ce_qui_n_en_est_pas(texte, ecrits):
    assert [n.ecrit for n in nombres_tapes(texte)] == ecrits


@pytest.mark.parametrize(
    ("phrase", "niveau", "dit"),
    [
        ("Nous comptons 24 ménages accompagnés.", "contredit", "25 ménages"),
        ("Nous avons accompagné 22 ménages.", "contredit", "25 ménages"),  # la valeur de l'an passé n'est pas celle-ci
        ("Nous avons accompagné 25 ménages.", "a_injecter", "{{ menages_accompagnes }}"),
        ("Il y a 14 hommes seuls.", "contredit", "60 % (15 sur 25)"),
        ("Il y a 15 hommes seuls.", "a_injecter", '{{ nombre("composition_familiale", "Homme seul") }}'),
        ("On compte 61 % d'hommes seuls.", "contredit", "60 % (15 sur 25)"),
        ("On compte 60 % d'hommes seuls.", "a_injecter", '{{ part("composition_familiale", "Homme seul") }}'),
        ("Près de 62 % d'hommes seuls.", "a_injecter", "part("),
        ("Plus de 80 % d'hommes seuls.", "contredit", "60 %"),
        ("Le délai a été tenu 13 fois.", "a_injecter", "tapé à la main"),  # la section a ce nombre, sans ses mots
        ("Le service a ouvert 3 bureaux.", "a_verifier", 'libre("3")'),
        ("Les ressources moyennes sont de 900 €.", "retenu", "{{ ressources_moyennes_tous }}"),
    ],
)
def test_un_nombre_tape_est_juge(espace, phrase, niveau, dit):
    (remarque,) = remarques(espace, phrase)
    assert remarque.niveau == niveau
    assert dit in lisible(f"{remarque.message} {remarque.remede}")
    assert remarque.ligne == 3


def test_l_annee_precedente_se_compare_a_elle_meme(espace):
    une, deux = remarques(espace, "Nous avons accompagné 25 ménages, contre 21 en 2021.")
    assert une.niveau == "a_injecter"
    assert deux.niveau == "contredit" and "22 ménages en 2021" in lisible(deux.message)
    assert 'precedent("menages_accompagnes")' in deux.remede


def test_un_chiffre_injecte_ne_se_signale_pas(espace):
    assert remarques(espace, 'Nous suivons {{ menages_accompagnes }} ménages, {{ libre("3 ans") }} durant.') == ()


def test_le_panneau_interne_liste_les_contradictions_d_abord(espace):
    panneau = lisible(
        commente(espace, "## Les ménages\n\nTrois bureaux, 9 vélos.\n\n24 ménages accompagnés.\n").panneau()
    )
    assert panneau.index("Contredit le tableau") < panneau.index("À vérifier")


# Brouillon et bilan


@pytest.fixture
def prepare(monkeypatch):
    """Le rapport d'essai à la place d'un calcul."""
    for module in (brouillon, bilan):
        monkeypatch.setattr(module, "preparer_rapport", lambda espace, service, annee, diffusion: rapport(diffusion))
    monkeypatch.setattr(brouillon, "sans_donnees", lambda espace, service, annee: False)


def test_le_brouillon_reprend_l_an_passe_sans_rien_perdre(espace, prepare):
    ecrire(
        espace,
        "Avant-propos de 2021.\n\n## Les ménages\n\nNous suivons 22 ménages et {{ relogements }} relogements.\n\n"
        "### Composition familiale\n\ndiffusion : interne\n\nDétail gardé.\n\n"
        "## Section supprimée\n\nTexte à garder.\n",
        2021,
    )
    nom, source = ecrire_brouillon(espace, "essai", 2022)
    texte = (espace.racine / nom).read_text(encoding="utf-8")
    assert (nom, source) == ("data/commentaires/essai/2022.brouillon.md", "data/commentaires/essai/2021.md")
    assert "## Activité" in texte and "Avant-propos de 2021." in texte and "Détail gardé." in texte
    assert "« 22 », tapé à la main" in texte and "l'année 2021, tapée à la main" in texte
    assert "« {{ relogements }} », que ce rapport n'a plus" in texte
    assert "Texte de « Section supprimée »" in texte and "Texte à garder." in texte
    with pytest.raises(ErreurParametre, match="existe déjà"):
        ecrire_brouillon(espace, "essai", 2022)
    assert lire_fichier(espace, "essai", 2022) is None  # un brouillon ne s'imprime pas


def test_le_brouillon_d_une_annee_sans_donnees_le_dit_et_garde_le_texte(espace, prepare, monkeypatch):
    """Tant que rien n'est reçu, une modalité absente n'est pas une modalité disparue ; un nom inconnu le reste."""
    monkeypatch.setattr(brouillon, "sans_donnees", lambda espace, service, annee: True)
    ecrire(espace, '## Les ménages\n\n{{ part("composition_familiale", "Inconnue") }}, {{ relogements }}.\n', 2021)
    nom, _ = ecrire_brouillon(espace, "essai", 2022)
    texte = (espace.racine / nom).read_text(encoding="utf-8")
    assert "2022 n'a pas encore de données" in texte
    assert texte.count("que ce rapport n'a plus") == 1 and "« {{ relogements }} », que ce rapport n'a plus" in texte
    assert '{{ part("composition_familiale", "Inconnue") }}, {{ relogements }}.' in texte


def test_un_brouillon_relu_est_un_commentaire_valable(espace, prepare):
    ecrire(espace, "## Les ménages\n\nNous suivons {{ menages_accompagnes }} ménages.\n", 2021)
    nom, _ = ecrire_brouillon(espace, "essai", 2022)
    (espace.racine / nom).rename(espace.racine / "data/commentaires/essai/2022.md")
    assert "Nous suivons 25 ménages." in commenter(espace, rapport()).bloc("Les ménages")


def test_sans_texte_passe_le_brouillon_donne_les_titres_et_les_noms(espace, prepare):
    nom, source = ecrire_brouillon(espace, "essai", 2022)
    texte = (espace.racine / nom).read_text(encoding="utf-8")
    assert source == "" and "## Les ménages" in texte and "composition_familiale" in texte
    assert not any(c in texte for c in ("25", "60 %"))  # des noms, jamais un chiffre interne


def test_le_bilan_dit_contradictions_manques_et_masques(espace, prepare):
    ecrire(espace, '## Les ménages\n\n24 ménages accompagnés.\n\n{{ part("themes_travailles", "Santé") }}\n')
    fait = bilan_commentaires(espace, "essai", 2022)
    texte = lisible("\n".join(fait.en_texte()))
    assert fait.code_sortie == 3 and fait.contradictions == 1
    assert "ligne 3, Les ménages : « 24 » contredit le tableau" in texte
    assert "s'imprime [masqué] dans l'édition publique" in texte
    assert "l'édition publique n'imprime pas ce paragraphe" in texte
    assert "Sections sans commentaire : Activité, Accompagnement et résultats." in texte
    assert texte.endswith("Un seul nombre tapé à la main, une seule contradiction.")
    assert json.loads(json.dumps(fait.en_dict()))["retenus_du_public"] == [3]


def test_le_bilan_sans_commentaire_dit_ou_l_ecrire(espace, monkeypatch):
    monkeypatch.setattr(bilan, "lire_service", lambda espace, service: rapport().service)
    fait = bilan_commentaires(espace, "essai", 2022)
    assert fait.code_sortie == 0
    assert fait.en_texte() == ["essai 2022 : aucun commentaire dans data/commentaires/essai/2022.md."]


@pytest.mark.parametrize("service", ["ltiae", "cllaj"])
def test_les_commentaires_de_l_echantillon_se_lisent_sans_remarque(espace_exemple, service):
    commentaires = commenter(espace_exemple, preparer_rapport(espace_exemple, service, 2022, "public"))
    assert commentaires.empreinte and not commentaires.remarques
    assert not commentaires.retenus()
    assert commentaires.parties
