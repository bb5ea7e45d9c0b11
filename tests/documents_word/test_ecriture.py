"""Le document Word d'une page : mêmes mots, mêmes cellules, titres, légendes, images décrites, pages numérotées."""

from __future__ import annotations

import inspect
import re
from itertools import pairwise

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Pt
from lxml import html

from observatoire.documents_word import ecrire_docx, ecrire_modele, lire_page
from observatoire.documents_word.contenu import Case, Image, Morceau, Paragraphe, Tableau, Titre, brut
from observatoire.documents_word.legende import signes
from observatoire.documents_word.mesures import colonnes_de_nombres, grille_de
from observatoire.erreurs import ErreurFichier
from observatoire.restitution import dessins, figure, theme
from observatoire.restitution.rapport import Rapport
from tests.documents_word.fabrique import DESSIN, cahier_livre, lisible, ouvrir, petite_page, titres
from tests.restitution import fabrique as rapports


@pytest.fixture(scope="module")
def fragments(tmp_path_factory) -> list[str]:
    """Le cahier public de l'échantillon : cartes, matrices, tableaux à deux étages, cellules masquées."""
    return cahier_livre(tmp_path_factory.mktemp("word"))


@pytest.fixture(scope="module")
def ecrit(fragments, tmp_path_factory):
    """Ce cahier en document Word, et son contenu."""
    contenu = lire_page(fragments, zones=True)
    cible = tmp_path_factory.mktemp("ecrit") / "cahier.docx"
    ecrire_docx(contenu, cible)
    return contenu, ouvrir(cible), cible


@pytest.fixture(scope="module")
def rapport() -> list[str]:
    """Un rapport de service, un bloc de chaque sorte."""
    r = Rapport(rapports.donnees())
    parties = [r.entete(), r.sommaire(), r.chiffres_cles(), *r.sections(), r.qualite(), r.definitions(), r.provenance()]
    return [str(p.html) for p in parties]


def _mots(texte: str) -> str:
    return " ".join(texte.replace("\u00a0", " ").replace("\u202f", " ").split())


def test_chaque_case_de_la_page_est_dans_le_document(fragments, ecrit):
    """Les tableaux sont ceux de la page, case pour case : ni chiffre en plus, ni masquage en moins."""
    _, document, _ = ecrit
    page = html.fromstring("<main>" + "".join(fragments) + "</main>")
    tableaux, comparees, masquees = page.findall(".//table"), 0, 0
    assert len(document.tables) == len(tableaux) > 5
    for attendu, lu in zip(tableaux, document.tables, strict=True):
        cases = [_mots(c.text_content()) for c in attendu.xpath(".//th | .//td")]
        # Une case fusionnée n'a son texte qu'une fois.
        lues = [_mots("".join(t.text or "" for t in c.iter(qn("w:t")))) for c in lu._tbl.iter_tcs()]
        assert [c for c in lues if c] == [c for c in cases if c]
        comparees += len(cases)
        masquees += cases.count("s")
    assert comparees > 100 and masquees > 0


def test_les_titres_sont_ceux_de_la_page_sans_saut_de_niveau(fragments, ecrit):
    _, document, _ = ecrit
    page = html.fromstring("<main>" + "".join(fragments) + "</main>")
    lus = titres(document)
    sections = [_mots(h.text_content()) for h in page.findall(".//h2")]
    assert [re.sub(r"^\d+ ", "", s) for s in sections] == [_mots(t) for n, t in lus if n == 1]
    assert len(lus) == len(page.findall(".//h2")) + len(page.findall(".//h3"))
    assert lus[0][0] == 1 and all(b <= a + 1 for (a, _), (b, _) in pairwise(lus))


def test_les_phrases_et_les_notes_y_sont(fragments, ecrit):
    _, document, _ = ecrit
    page = html.fromstring("<main>" + "".join(fragments) + "</main>")
    texte, vues = _mots(lisible(document)), 0
    for p in page.xpath("//p[@class='phrase' or @class='notes' or @class='source' or @class='legende-etats']"):
        assert _mots(p.text_content()) in texte
        vues += 1
    assert vues > 10


def test_chaque_image_a_la_description_de_son_graphique(fragments, ecrit):
    contenu, document, _ = ecrit
    images = [e for e in contenu.corps if isinstance(e, Image)]
    decrites = list(
        document.element.body.iter("{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr")
    )
    assert len(images) == len(decrites) == "".join(fragments).count('class="fixe large"') > 1
    for image, decrite in zip(images, decrites, strict=True):
        assert decrite.get("descr") == image.description
        assert re.search(r"Carte|Barres|Matrice", image.description)
    assert len({d.get("id") for d in decrites}) == len(decrites)
    assert any("masqué" in i.description for i in images), "la description dit aussi ce qui est masqué"


def test_les_tableaux_repetent_leur_tete_et_alignent_leurs_nombres(ecrit):
    contenu, document, _ = ecrit
    tableaux = [e for e in contenu.corps if isinstance(e, Tableau)]
    for attendu, lu in zip(tableaux, document.tables, strict=True):
        tetes = [r for r in lu._tbl.tr_lst if r.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None]
        assert len(tetes) == len(attendu.entetes) >= 1
        assert lu._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val")) == attendu.legende[:250]
    departements = document.tables[1]
    assert departements.cell(3, 1).paragraphs[0].style.name == "Case nombre"
    assert departements.cell(3, 0).paragraphs[0].style.name == "Case"


def test_une_colonne_masquee_s_aligne_comme_ses_voisines():
    """Une année où tout est masqué ou non reçu reste une colonne de nombres ; une colonne de mots n'en est pas une."""
    rangees = [
        tuple(Case((Morceau(texte),), nombre=rang > 0) for rang, texte in enumerate(textes))
        for textes in (("Entrées", "s", "12", "oui"), ("Sorties", "non reçu", "s", "sans suite"))
    ]
    assert colonnes_de_nombres(grille_de(Tableau("", (), tuple(rangees)), 4)) == {1, 2}


def test_les_legendes_sont_numerotees_par_des_champs(ecrit):
    contenu, document, _ = ecrit
    champs = [
        i.text.split()[1] for i in document.element.body.iter(qn("w:instrText")) if i.text.strip().startswith("SEQ")
    ]
    assert champs.count("Tableau") == sum(isinstance(e, Tableau) for e in contenu.corps)
    assert champs.count("Figure") == sum(isinstance(e, Image) for e in contenu.corps)


def test_le_sommaire_mene_aux_titres_et_les_liens_a_leur_cible(ecrit):
    """Tout lien du document a son signet, et chaque titre son entrée."""
    _, document, _ = ecrit
    signets = {s.get(qn("w:name")) for s in document.element.body.iter(qn("w:bookmarkStart"))}
    cibles = [h.get(qn("w:anchor")) for h in document.element.body.iter(qn("w:hyperlink"))]
    assert len(cibles) > len(titres(document)) and set(cibles) <= signets
    assert max(map(len, signets)) <= 40
    entrees = [p.text for p in document.paragraphs if p.style.name.startswith("toc")]
    assert entrees == [t for n, t in titres(document) if n <= 2]


def test_langue_pages_et_avertissement(ecrit, rapport, tmp_path):
    _, public, _ = ecrit
    ecrire_docx(lire_page(rapport), tmp_path / "interne.docx")
    interne = ouvrir(tmp_path / "interne.docx")
    for document in (public, interne):
        langues = {lang.get(qn("w:val")) for lang in document.styles.element.iter(qn("w:lang"))}
        assert langues == {"fr-FR"} and document.core_properties.language == "fr-FR"
        for pied in (document.sections[0].footer, document.sections[0].first_page_footer):
            assert [i.text.strip() for i in pied._element.iter(qn("w:instrText"))] == ["PAGE", "NUMPAGES"]
    tetes = ["".join(p.text for p in d.sections[0].header.paragraphs) for d in (public, interne)]
    assert "ne pas diffuser" not in tetes[0] and "ne pas diffuser" in tetes[1]
    assert "ne pas diffuser" in lisible(interne) and "ne pas diffuser" not in lisible(public)


def test_un_rapport_de_service_dit_ses_chiffres_cles_et_n_a_pas_de_zone(rapport, tmp_path):
    contenu = lire_page(rapport)
    bilan = ecrire_docx(contenu, tmp_path / "rapport.docx")
    document = ouvrir(tmp_path / "rapport.docx")
    page = html.fromstring("<main>" + "".join(rapport) + "</main>")
    tuiles = page.xpath("//section[@id='chiffres-cles']//li[contains(@class,'tuile')]")
    cases = [_mots(c.text) for r in document.tables[0].rows for c in r.cells if c.text]
    assert len(cases) == len(tuiles) > 1
    for tuile, case in zip(tuiles, cases, strict=True):
        assert _mots(tuile.find_class("quoi")[0].text_content()) in case
        assert _mots(tuile.find_class("valeur")[0].text_content()) in case
    assert bilan.vides == () and not list(document.element.body.iter(qn("w:sdt")))


def test_memes_donnees_memes_octets(ecrit, tmp_path):
    contenu, _, cible = ecrit
    ecrire_docx(contenu, tmp_path / "encore.docx")
    assert (tmp_path / "encore.docx").read_bytes() == cible.read_bytes()


def test_le_modele_de_l_association_donne_styles_et_en_tete(tmp_path):
    """Ses styles, ses marges et son en-tête sont gardés, son texte est retiré, ce qui lui manque est ajouté."""
    modele = docx.Document()
    modele.add_paragraph("Texte d'exemple du modèle")
    modele.styles["Heading 1"].font.name = "Comic Neue"
    modele.styles["Heading 1"].font.size = Pt(33)
    modele.sections[0].header.paragraphs[0].text = "Association fictive, depuis 1974"
    modele.save(tmp_path / "modele.docx")
    ecrire_docx(lire_page(petite_page()), tmp_path / "fait.docx", tmp_path / "modele.docx")
    fait = ouvrir(tmp_path / "fait.docx")
    assert (fait.styles["Heading 1"].font.name, fait.styles["Heading 1"].font.size) == ("Comic Neue", Pt(33))
    assert fait.sections[0].header.paragraphs[0].text == "Association fictive, depuis 1974"
    assert "Texte d'exemple" not in lisible(fait)
    assert "Constat" in [s.name for s in fait.styles] and "Constat sorties" in lisible(fait)


def test_le_modele_de_la_maison_se_reprend_comme_modele(tmp_path):
    modele = ecrire_modele(tmp_path / "modeles" / "reference.docx")
    ecrire_docx(lire_page(petite_page()), tmp_path / "avec.docx", modele)
    ecrire_docx(lire_page(petite_page()), tmp_path / "sans.docx")
    avec, sans = (ouvrir(tmp_path / f"{n}.docx") for n in ("avec", "sans"))
    assert lisible(avec) == lisible(sans)
    assert [p.style.name for p in avec.paragraphs] == [p.style.name for p in sans.paragraphs]


def test_un_modele_illisible_est_refuse(tmp_path):
    (tmp_path / "faux.docx").write_text("pas un document")
    with pytest.raises(ErreurFichier, match=r"faux\.docx.*n'est pas un document Word"):
        ecrire_docx(lire_page(petite_page()), tmp_path / "x.docx", tmp_path / "faux.docx")
    assert not (tmp_path / "x.docx").exists()


def test_un_carnet_qui_n_est_pas_un_document_est_refuse():
    with pytest.raises(ErreurFichier, match="n'a pas de titre"):
        lire_page(["<p>rien</p>"])


def test_listes_gras_et_titres_de_liste():
    """Le texte écrit par un chef de service garde ses listes et son gras ; un titre dans une liste n'en est pas un."""
    page = [
        "<h1>Essai</h1>",
        '<section id="s"><h2 id="s-t">Partie</h2><div class="commentaire"><p>Un mot <strong>fort</strong>.</p>'
        "<ul><li>un<ul><li>sous</li></ul></li></ul><ol><li>premier</li><li>second</li></ol></div>"
        '<ul class="constats"><li><h3>Constat</h3><p>Dit.</p></li></ul></section>',
    ]
    corps = lire_page(page).corps
    assert [(type(e).__name__, getattr(e, "style", ""), brut(e.texte)) for e in corps] == [
        ("Titre", "", "Partie"),
        ("Paragraphe", "Commentaire", "Un mot fort."),
        ("Paragraphe", "List Bullet", "un"),
        ("Paragraphe", "List Bullet 2", "sous"),
        ("Paragraphe", "List Number", "premier"),
        ("Paragraphe", "List Number", "second"),
        ("Paragraphe", "Terme", "Constat"),
        ("Paragraphe", "Normal", "Dit."),
    ]
    assert [m.texte for m in corps[1].texte if m.gras] == ["fort"]
    assert isinstance(corps[0], Titre) and isinstance(corps[4], Paragraphe) and corps[4].suite == corps[5].suite > 0


def test_la_legende_a_les_signes_et_les_couleurs_de_la_page():
    """Le trait de l'an passé est gris et fin, des modalités colorées une à une ne sont pas un seul aplat."""
    page = [
        '<h1>Essai</h1><section><figure class="bloc"><h3>Bloc</h3><ul class="legende">'
        '<li><span class="ton-modalites"></span>2022</li><li><span class="trait"></span>2021</li>'
        '<li><span class="trait trait-fort"></span>Survie</li><li><span class="trait-rupture"></span>Rupture</li>'
        '<li><span class="teinte-hachures"></span>masqué</li><li><span class="ton-second point-diamond"></span>B</li>'
        f"</ul>{DESSIN}</figure></section>"
    ]
    (image,) = [e for e in lire_page(page).corps if isinstance(e, Image)]
    tons = {nom: theme.couleur(nom) for nom in theme.COULEURS}
    dessines = [m for m in image.couleurs if m.couleur or m.encre]
    assert [m.couleur for m in dessines[:3]] == [tons[f"modalite_{n}"] for n in (1, 2, 3)]
    assert [(m.texte, m.encre) for m in dessines[3:6]] == [
        ("—", tons["tiers"]),
        ("—", tons["fort"]),
        ("¦", tons["repere"]),
    ]
    assert (dessines[6].couleur, dessines[6].hachures) == (tons["voile"], tons["doux"])
    assert (dessines[7].texte, dessines[7].encre) == ("◆", tons["second"])


def test_chaque_signe_d_une_legende_a_sa_couleur():
    """Aucune entrée que la page sait écrire ne tombe sur le gris par défaut."""
    classes = re.findall(r'\("((?:trait|ton|repere)[\w -]*)"', inspect.getsource(figure._entrees_legende))
    classes += [f"ton-{s} point-{f}" for s, f in zip(theme.SERIES, dessins.FORMES, strict=False)]
    classes += [f"ton-{s}" for s in theme.SERIES] + ["ton-modalites", "ton-fort"]
    assert len(classes) > 8
    for nom in classes:
        assert all(m.couleur != theme.couleur("voile") for m in signes(nom)), nom


def test_les_paragraphes_d_un_commentaire_ont_leurs_styles(tmp_path):
    page = [
        '<h1>Essai</h1><section><h2>Partie</h2><div class="commentaires"><p class="quoi">Commentaire du service</p>'
        '<p class="commentaire">Dit.</p><p class="intertitre">Détail</p><blockquote><p>Cité.</p></blockquote></div>'
        '<div class="derogations"><p class="quoi">Publié par dérogation</p></div></section>'
        '<section class="relecture"><h2>Relecture des commentaires</h2><p>data/commentaires/essai</p></section>'
    ]
    ecrire_docx(lire_page(page), tmp_path / "r.docx")
    document = ouvrir(tmp_path / "r.docx")
    styles = {p.text: p.style.name for p in document.paragraphs if p.text}
    assert styles["Commentaire du service"] == "Commentaire, intitulé"
    assert (styles["Dit."], styles["Détail"], styles["Cité."]) == (
        "Commentaire",
        "Commentaire, intertitre",
        "Commentaire",
    )
    assert styles["Publié par dérogation"] == "Alerte, intitulé"
    assert "Relecture" not in lisible(document) and "data/commentaires" not in lisible(document)
