"""Le fichier de commentaires : ses titres, ses directives, sa mise en forme, et ce que l'on n'y met pas."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from observatoire.commentaires import commenter, lire_fichier
from observatoire.erreurs import ErreurDefinition, ErreurFichier, ErreursReunies
from observatoire.espace import Espace
from observatoire.restitution.rapport import Rapport
from tests.commentaires.atelier import commente, ecrire, lisible, rapport


@pytest.fixture
def espace(tmp_path: Path) -> Espace:
    return Espace(tmp_path)


def test_sans_fichier_toutes_les_sections_sont_a_commenter(espace):
    commentaires = commenter(espace, rapport())
    assert commentaires.sans_commentaire == ("Activité", "Les ménages", "Accompagnement et résultats")
    assert commentaires.bloc("Activité") == ""
    assert "data/commentaires/essai/2022.md" in commentaires.panneau()


def test_chaque_texte_va_a_sa_section_ou_a_sa_figure(espace):
    texte = "Avant.\n\n## activite\n\nSection.\n\n### evolution de la frequentation\n\nFigure.\n\n"
    texte += "## Perspectives\n\nApres.\n"
    commentaires = commente(espace, texte)
    assert "Avant." in commentaires.bloc("Avant-propos")
    assert "Section." in commentaires.bloc("Activité")
    assert "Figure." in commentaires.bloc("Activité", "Évolution de la fréquentation")
    assert "Apres." in commentaires.libres()
    assert commentaires.sans_commentaire == ("Les ménages", "Accompagnement et résultats")
    assert "Sections sans commentaire" in lisible(commentaires.panneau())


@pytest.mark.parametrize(
    ("texte", "ligne", "remede"),
    [
        ("## Activitée\n\nTexte.\n", 1, "Activité"),
        ("\n## Activité\n\n### Frequentation\n\nTexte.\n", 4, "Évolution de la fréquentation"),
        ("## Activité\n\nUn.\n\n## activité\n\nDeux.\n", 5, "Réunissez"),
        ("## Activité\n\nUn.\n\n# Les ménages\n\nDeux.\n", 5, "## Titre"),
        ("## Activité\n\n<!-- note\n\nTexte.\n", 3, "-->"),
        ("## Activité\n\ndiffusion : public que\nTexte.\n", None, ""),
        ("## Activité\n\ndiffusion : internne\n\nTexte.\n", 3, "interne"),
        ("## Activité\n\n![photo](x.png)\n", 3, "Retirez-la"),
    ],
)
def test_un_fichier_mal_ecrit_dit_ou_et_quoi_faire(espace, texte, ligne, remede):
    if ligne is None:
        assert "diffusion : public que" in lisible(commente(espace, texte).bloc("Activité"))
        return
    with pytest.raises(ErreurDefinition) as leve:
        commente(espace, texte)
    assert f"data/commentaires/essai/2022.md, ligne {ligne}" in leve.value.message
    assert remede in leve.value.remede


def test_toutes_les_erreurs_d_un_commentaire_sont_dites_a_la_fois(espace):
    """Fichier, ligne, valeur et suggestion de chacune, dans l'ordre des lignes."""
    texte = (
        "# Essai\n\n## Activitée\n\n{{ menages_acompagnes }}\n\n## Les ménages\n\ndiffusion : internne\n\n"
        '{{ part("composition_familiale", "Homme seull") }} et {{ 1 + 1 }}\n\n![photo](x.png)\n'
    )
    with pytest.raises(ErreursReunies) as leve:
        commente(espace, texte)
    dites = leve.value.erreurs
    assert [re.search(r"data/commentaires/essai/2022.md, ligne (\d+)", e.message)[1] for e in dites] == [
        *("3", "5", "9", "11", "11", "13")
    ]
    suggestions = ("Activité", "menages_accompagnes", "interne", "n'est pas", "Homme seul", "Retirez-la")
    for attendu, erreur in zip(suggestions, sorted(dites, key=_ligne_puis_texte), strict=True):
        assert attendu in str(erreur)
    assert all(str(e) in leve.value.message for e in dites) and "\n" not in leve.value.message
    assert leve.value.message.startswith("6 erreurs à corriger.")


def _ligne_puis_texte(erreur):
    return int(re.search(r"ligne (\d+)", erreur.message)[1]), "Homme" in erreur.message


def test_un_fichier_qui_n_est_pas_en_utf8_dit_sa_ligne(espace):
    ecrire(espace, "").write_bytes("## Activité\n\nÉté.\n".encode("cp1252"))
    with pytest.raises(ErreurFichier, match="ligne 1"):
        lire_fichier(espace, "essai", 2022)


def test_un_pense_bete_ne_s_imprime_pas_et_ne_decale_pas_les_lignes(espace):
    with pytest.raises(ErreurDefinition, match="ligne 6"):
        commente(espace, "<!--\nsecret\n-->\n## Activité\n\n{{ inconnu }}\n")
    assert "secret" not in str(commente(espace, "## Activité\n\nTexte <!-- secret --> suite.\n").bloc("Activité"))


def test_la_mise_en_forme_est_permise_et_le_html_echappe(espace):
    html = str(
        commente(espace, "## Activité\n\n**Gras** <b>nu</b> : fin.\n\n- un\n- deux\n\n#### Suite\n").bloc("Activité")
    )
    assert "<strong>Gras</strong>" in html and "<li>un</li>" in html
    assert "&lt;b&gt;nu&lt;/b&gt;\u00a0: fin." in html
    assert 'class="intertitre"' in html and "<h4" not in html


def test_une_valeur_injectee_est_echappee(espace, monkeypatch):
    from observatoire.commentaires.chiffres import Chiffres, Valeur

    monkeypatch.setattr(Chiffres, "evaluer", lambda *a: Valeur("<script>*x*"))
    assert "&lt;script&gt;*x*" in commente(espace, "## Activité\n\n{{ menages_accompagnes }}\n").bloc("Activité")


def test_un_lien_s_imprime_avec_son_adresse_et_sans_appel(espace):
    html = commente(espace, "## Activité\n\nVoir [le guide](https://exemple.fr/guide).\n").bloc("Activité")
    assert "le guide (https://exemple.fr/guide)." in html and "<a" not in html


def test_une_partie_interne_ne_sort_pas(espace):
    texte = "## Activité\n\ndiffusion : interne\n\nEntre nous.\n"
    assert "Entre nous." in commente(espace, texte).bloc("Activité")
    publics = commente(espace, texte, "public")
    assert publics.bloc("Activité") == "" and publics.panneau() == ""
    assert "Activité" not in publics.sans_commentaire


def test_le_public_ne_lit_pas_un_paragraphe_ou_un_nombre_est_tape(espace):
    """Rien ne dit qu'un nombre tapé n'est pas celui d'une cellule masquée."""
    texte = "## Activité\n\nTrois ménages sont partis.\n\nNous avons reçu {{ menages_accompagnes }} ménages.\n"
    public = lisible(commente(espace, texte, "public").bloc("Activité"))
    assert "Trois" not in public and "reçu 25 ménages" in public
    assert "Un paragraphe de ce commentaire n'est pas diffusé" in public
    assert "Trois ménages" in commente(espace, texte).bloc("Activité")


def test_la_page_imprime_chaque_texte_a_sa_place(espace):
    texte = "Avant.\n\n## Activité\n\nDessous.\n\n### Évolution de la fréquentation\n\nFigure.\n\n"
    texte += "## Perspectives\n\nDemain.\n"
    page = Rapport(rapport(), commentaires=commente(espace, texte))
    assert page.chiffres_cles()._repr_html_().index("Avant.") < page.chiffres_cles()._repr_html_().index("<section")
    activite, *_, perspectives = [f._repr_html_() for f in page.sections()]
    assert activite.index('id="frequentation"') < activite.index("Figure.") < activite.index("Dessous.")
    assert '<h2 id="perspectives-t">Perspectives</h2>' in perspectives and "Demain." in perspectives
    assert 'href="#perspectives"' in page.sommaire()._repr_html_()
    assert "Relecture des commentaires" in page.qualite()._repr_html_()
    public = Rapport(rapport("public"), commentaires=commente(espace, texte, "public"))
    assert "Relecture des commentaires" not in public.qualite()._repr_html_()
