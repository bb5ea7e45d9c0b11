"""Ce que la fédération écrit revient à sa place ; ce qui n'a plus de place va en annexe ; rien ne se perd."""

from __future__ import annotations

import base64
import io
import shutil
import subprocess

import pytest
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observatoire.documents_word import (
    Identite,
    conserver,
    ecrire_docx,
    fichier_conserve,
    lire_page,
    publier_docx,
    reprendre,
)
from observatoire.documents_word.ecriture import DEBORDES, DISPARUS
from observatoire.documents_word.zones import AVANT_PROPOS, HORS_ZONES, nom_zone
from observatoire.erreurs import ErreurFichier, ErreurParametre
from observatoire.espace import Espace
from observatoire.restitution.rapport import Fragment
from tests.documents_word.fabrique import W, alinea, lisible, ouvrir, petite_page, remplir, titres, zone_de
from tests.restitution.fabrique import carnet_execute

CAHIER = Identite("cahier_52", 2020, "interne")
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def _ecrire(dossier, reprise=None, nom="cahier.docx", **page):
    cible = dossier / nom
    return cible, ecrire_docx(lire_page(petite_page(**page), zones=True), cible, reprise=reprise, identite=CAHIER)


@pytest.fixture
def rempli(tmp_path):
    """Un document rempli : un avant-propos, un commentaire de deux alinéas sous un bloc."""
    fichier, bilan = _ecrire(tmp_path)
    assert bilan.vides == ("Avant-propos", "Partie", "Bloc sorties", "Bloc emploi")
    document = ouvrir(fichier)
    remplir(document, AVANT_PROPOS, "Un mot de la fédération.")
    remplir(document, nom_zone("sorties"), "Premier alinéa.", "Second alinéa.")
    document.save(fichier)
    return fichier


def test_un_document_neuf_ne_rapporte_rien(tmp_path):
    fichier, _ = _ecrire(tmp_path)
    reprise = reprendre(fichier)
    assert reprise.commentaires == {} and reprise.hors_zones == () and reprise.remarques == ()
    assert reprise.marques.identite == CAHIER


def test_le_commentaire_revient_a_sa_place_et_le_chiffre_change(rempli, tmp_path):
    reprise = reprendre(rempli)
    assert {a: c.texte for a, c in reprise.commentaires.items()} == {
        AVANT_PROPOS: "Un mot de la fédération.",
        nom_zone("sorties"): "Premier alinéa.\nSecond alinéa.",
    }
    suivant, bilan = _ecrire(tmp_path, reprise, "suivant.docx", valeur=13)
    document = ouvrir(suivant)
    assert zone_de(document, "Premier alinéa.") == nom_zone("sorties")
    assert bilan.gardes == ("Avant-propos", "Bloc sorties") and bilan.vides == ("Partie", "Bloc emploi")
    assert "13" in lisible(document) and "12" not in lisible(document)
    assert DISPARUS not in lisible(document) and DEBORDES not in lisible(document)
    # Encore un tour : rien ne se double, rien ne s'use.
    encore = reprendre(suivant)
    assert {a: c.texte for a, c in encore.commentaires.items()} == {a: c.texte for a, c in reprise.commentaires.items()}
    assert encore.hors_zones == ()


def test_un_bloc_disparu_laisse_son_commentaire_en_annexe_et_le_retrouve(rempli, tmp_path):
    sans, bilan = _ecrire(tmp_path, reprendre(rempli), "sans.docx", blocs=("emploi",))
    document = ouvrir(sans)
    assert bilan.disparus == ("Bloc sorties",)
    assert "Bloc sorties" in " ".join(bilan.en_texte()) and DISPARUS in " ".join(bilan.en_texte())
    assert titres(document)[-2:] == [(1, DISPARUS), (2, "Bloc sorties")]
    assert lisible(document).count("Premier alinéa.") == 1
    # Une édition de plus sans le bloc, puis une où il revient.
    encore, _ = _ecrire(tmp_path, reprendre(sans), "encore.docx", blocs=("emploi",))
    assert lisible(ouvrir(encore)).count("Premier alinéa.") == 1
    revenu, bilan = _ecrire(tmp_path, reprendre(encore), "revenu.docx")
    assert bilan.disparus == () and bilan.gardes == ("Avant-propos", "Bloc sorties")
    assert DISPARUS not in lisible(ouvrir(revenu))


def test_un_texte_hors_zone_et_un_chiffre_change_a_la_main_vont_en_annexe(rempli, tmp_path):
    document = ouvrir(rempli)
    phrase = next(p for p in document.paragraphs if p.text == "La phrase du bloc emploi.")
    phrase.insert_paragraph_before("Glissé entre deux paragraphes.")
    document.tables[0].cell(1, 1).paragraphs[0].runs[0].text = "99"
    document.save(rempli)
    reprise = reprendre(rempli)
    assert [(t.apres, t.texte) for t in reprise.hors_zones] == [
        ("Bloc sorties", "99"),
        ("Bloc emploi", "Glissé entre deux paragraphes."),
    ]
    suivant, bilan = _ecrire(tmp_path, reprise, "suivant.docx")
    document = ouvrir(suivant)
    assert bilan.hors_zones == 2 and zone_de(document, "Glissé entre deux") == HORS_ZONES
    assert "Après « Bloc emploi » :" in lisible(document)
    encore, bilan = _ecrire(tmp_path, reprendre(suivant), "encore.docx")
    assert bilan.hors_zones == 0 and lisible(ouvrir(encore)).count("Glissé entre deux") == 1


def test_un_tableau_et_une_image_de_la_federation_sont_gardes(rempli, tmp_path):
    """Dans une zone comme hors des zones : mêmes cases, mêmes octets d'image."""
    document = ouvrir(rempli)
    porteur = document.add_paragraph()
    porteur.add_run().add_picture(io.BytesIO(PIXEL), width=Cm(1))
    remplir(document, nom_zone("emploi"), "Voir la photo.", porteur._p)
    tableau = document.add_table(1, 2)
    tableau.cell(0, 0).text, tableau.cell(0, 1).text = "Notre tableau", "7"
    document.save(rempli)
    reprise = reprendre(rempli)
    assert [t.texte for t in reprise.hors_zones] == ["Notre tableau\n7"]
    suivant, _ = _ecrire(tmp_path, reprise, "suivant.docx")
    document = ouvrir(suivant)
    assert len(document.tables) == 2 and "Notre tableau" in lisible(document)
    zone = reprendre(suivant).commentaires[nom_zone("emploi")]
    liens = [b.get(qn("r:embed")) for bloc in zone.blocs for b in bloc.iter(qn("a:blip"))]
    assert [zone.source.related_parts[lien].blob for lien in liens] == [PIXEL]


def test_listes_liens_et_modifications_suivies_survivent(rempli, tmp_path):
    document = ouvrir(rempli)
    numeros = document.part.numbering_part.element
    decimal = numeros.add_num(_abstrait(numeros, "decimal"))
    puces = numeros.add_num(_abstrait(numeros, "bullet"))
    adresse = document.part.relate_to("https://exemple.test/", f"{_RELATIONS}/hyperlink", is_external=True)
    liste = "<w:numPr><w:ilvl w:val='0'/><w:numId w:val='{}'/></w:numPr>".format
    remplir(
        document,
        nom_zone("emploi"),
        alinea("puce", liste(puces.numId)),
        alinea("numéro un", liste(decimal.numId)),
        alinea("numéro deux", liste(decimal.numId)),
        parse_xml(
            f'<w:p {W} xmlns:r="{_RELATIONS}"><w:hyperlink r:id="{adresse}"><w:r><w:t>un lien</w:t></w:r></w:hyperlink>'
            '<w:ins w:id="90" w:author="F"><w:r><w:t> ajouté</w:t></w:r></w:ins>'
            '<w:del w:id="91" w:author="F"><w:r><w:delText> retiré</w:delText></w:r></w:del></w:p>'
        ),
    )
    document.save(rempli)
    reprise = reprendre(rempli)
    assert reprise.commentaires[nom_zone("emploi")].texte == "puce\nnuméro un\nnuméro deux\nun lien ajouté"
    suivant, _ = _ecrire(tmp_path, reprise, "suivant.docx")
    document = ouvrir(suivant)
    zone = reprendre(suivant).commentaires[nom_zone("emploi")]
    noms = {s.style_id: s.name for s in document.styles}
    assert [noms[b.style] for b in zone.blocs[:3]] == ["List Bullet", "List Number", "List Number"]
    numeros = [b.find(f".//{qn('w:numId')}") for b in zone.blocs[:3]]
    assert numeros[0] is None and numeros[1].val == numeros[2].val
    lien = zone.blocs[3].find(qn("w:hyperlink")).get(qn("r:id"))
    assert zone.source.rels[lien].target_ref == "https://exemple.test/"
    assert len(list(zone.blocs[3].iter(qn("w:ins"), qn("w:del")))) == 2


_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _abstrait(numeros, nature: str) -> int:
    return next(
        int(a.get(qn("w:abstractNumId")))
        for a in numeros.iterchildren(qn("w:abstractNum"))
        if a.find(f"{qn('w:lvl')}/{qn('w:numFmt')}").get(qn("w:val")) == nature
    )


def test_une_remarque_en_marge_revient_en_marge(rempli, tmp_path):
    document = ouvrir(rempli)
    phrase = next(p for p in document.paragraphs if p.text == "La phrase du bloc emploi.")
    document.add_comment(phrase.runs, text="À vérifier avec la région.", author="Relectrice", initials="R")
    document.save(rempli)
    reprise = reprendre(rempli)
    (remarque,) = reprise.remarques
    assert (remarque.texte, remarque.passage, remarque.apres) == (
        "À vérifier avec la région.",
        "La phrase du bloc emploi.",
        "Bloc emploi",
    )
    suivant, bilan = _ecrire(tmp_path, reprise, "suivant.docx")
    assert bilan.remarques == 1
    (gardee,) = ouvrir(suivant).comments
    assert gardee.text == "Sur « La phrase du bloc emploi. » : À vérifier avec la région."
    encore, _ = _ecrire(tmp_path, reprendre(suivant), "encore.docx")
    assert [c.text for c in ouvrir(encore).comments] == [gardee.text], "une remarque reprise ne s'allonge pas"


def test_une_note_de_bas_de_page_est_ecrite_dans_le_texte(rempli, tmp_path):
    document = ouvrir(rempli)
    note = '<w:footnote w:id="2"><w:p><w:r><w:t>Source locale</w:t></w:r></w:p></w:footnote>'
    notes = f"<w:footnotes {W}>{note}</w:footnotes>"
    partie = Part(PackURI("/word/footnotes.xml"), "application/xml", notes.encode(), document.part.package)
    document.part.relate_to(partie, f"{_RELATIONS}/footnotes")
    remplir(document, nom_zone("emploi"), alinea("Voir", courses='<w:r><w:footnoteReference w:id="2"/></w:r>'))
    document.save(rempli)
    suivant, _ = _ecrire(tmp_path, reprendre(rempli), "suivant.docx")
    assert "Voir [note : Source locale]" in lisible(ouvrir(suivant))


def test_sans_les_controles_de_word_les_signets_suffisent(rempli, tmp_path):
    """Certains logiciels défont les contrôles de contenu : la zone se retrouve par son signet."""
    document = ouvrir(rempli)
    for sdt in list(document.element.body.iter(qn("w:sdt"))):
        for bloc in list(sdt.find(qn("w:sdtContent"))):
            sdt.addprevious(bloc)
        sdt.getparent().remove(sdt)
    document.save(rempli)
    reprise = reprendre(rempli)
    assert reprise.commentaires[nom_zone("sorties")].texte == "Premier alinéa.\nSecond alinéa."
    assert reprise.hors_zones == ()


def test_sans_les_marques_rien_ne_se_perd_non_plus(rempli, tmp_path):
    """Un logiciel qui perd les empreintes : le texte déjà imprimé n'est pas répété, le reste est gardé."""
    document = ouvrir(rempli)
    document.add_paragraph("Écrit tout à la fin.")
    for numero, lien in list(document.part.rels.items()):
        if lien.reltype.endswith("/customXml"):
            del document.part.rels[numero]
    document.save(rempli)
    suivant, bilan = _ecrire(tmp_path, reprendre(rempli), "suivant.docx")
    texte = lisible(ouvrir(suivant))
    assert bilan.hors_zones == 1 and texte.count("Écrit tout à la fin.") == 1
    assert texte.count("La phrase du bloc emploi.") == 1 and "Premier alinéa." in texte


_PHRASES = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=40).filter(str.strip)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(textes=st.lists(_PHRASES, min_size=1, max_size=4), places=st.lists(st.integers(0, 60), min_size=4, max_size=4))
def test_ou_qu_on_ecrive_le_texte_revient(textes, places, tmp_path):
    """Un texte quelconque, écrit n'importe où, survit à deux éditions dont l'une a perdu un bloc."""
    fichier, _ = _ecrire(tmp_path)
    document = ouvrir(fichier)
    voulus = [f"§{rang} {' '.join(t.split())} §" for rang, t in enumerate(textes)]
    for texte, place in zip(voulus, places, strict=False):
        paragraphes = list(document.element.body.iter(qn("w:p")))
        cible = alinea("x")
        cible.find(f".//{qn('w:t')}").text = texte
        paragraphes[place % len(paragraphes)].addnext(cible)
    document.save(fichier)
    un, _ = _ecrire(tmp_path, reprendre(fichier), "un.docx", blocs=("emploi",), valeur=14)
    deux, _ = _ecrire(tmp_path, reprendre(un), "deux.docx", valeur=15)
    lu = "\n".join("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in ouvrir(deux).element.body.iter(qn("w:p")))
    for texte in voulus:
        assert lu.count(texte) == 1


# Garder le document, et les refus


def test_le_document_garde_sert_aux_editions_suivantes(rempli, tmp_path):
    espace = Espace(tmp_path)
    garde, messages = conserver(espace, rempli, CAHIER)
    assert garde == fichier_conserve(espace, CAHIER) and messages == []
    carnet = carnet_execute(None, tmp_path, [(Fragment(f, ""), "") for f in petite_page(valeur=21)])
    bilan = publier_docx(espace, carnet, "cahier_52", 2020, "interne", genre="cahier")
    assert bilan.fichier == tmp_path / "essai.docx" and "Bloc sorties" in bilan.gardes
    assert zone_de(ouvrir(bilan.fichier), "Second alinéa.") == nom_zone("sorties")
    # L'édition publique ne lit pas ce qui a été écrit devant les chiffres internes.
    publique = publier_docx(espace, carnet, "cahier_52", 2020, "public", genre="cahier")
    assert publique.gardes == () and "Second alinéa." not in lisible(ouvrir(publique.fichier))


def test_le_document_precedent_est_mis_de_cote_et_les_absents_nommes(rempli, tmp_path):
    espace = Espace(tmp_path)
    conserver(espace, rempli, CAHIER)
    document = ouvrir(rempli)
    remplir(document, AVANT_PROPOS)
    document.save(tmp_path / "autre.docx")
    garde, messages = conserver(espace, tmp_path / "autre.docx", CAHIER)
    (de_cote,) = [f for f in garde.parent.iterdir() if f != garde]
    assert "« Avant-propos »" in messages[0] and de_cote.name in messages[0]
    assert AVANT_PROPOS in reprendre(de_cote).commentaires


def test_une_edition_interne_n_entre_pas_dans_une_edition_publique(rempli, tmp_path):
    with pytest.raises(ErreurParametre, match="édition interne"):
        conserver(Espace(tmp_path), rempli, Identite("cahier_52", 2020, "public"))
    assert not (tmp_path / "data").exists()


def test_le_document_d_une_autre_region_est_refuse_et_celui_d_une_autre_annee_dit(rempli, tmp_path):
    with pytest.raises(ErreurParametre, match=r"cahier_52.*cahier_44"):
        conserver(Espace(tmp_path), rempli, Identite("cahier_44", 2020, "interne"))
    _, messages = conserver(Espace(tmp_path), rempli, Identite("cahier_52", 2021, "interne"))
    assert "Commentaires de 2020 repris comme brouillon de 2021" in messages[0]


@pytest.mark.parametrize(
    ("nom", "octets", "attendu"),
    [
        ("absent.docx", None, r"absent\.docx"),
        ("faux.docx", b"PK pas une archive", "n'est pas un document Word lisible"),
    ],
)
def test_un_fichier_illisible_est_refuse(tmp_path, nom, octets, attendu):
    if octets is not None:
        (tmp_path / nom).write_bytes(octets)
    with pytest.raises(ErreurFichier, match=attendu):
        reprendre(tmp_path / nom)


def test_un_document_sans_zone_est_refuse(tmp_path):
    import docx

    docx.Document().save(tmp_path / "courrier.docx")
    with pytest.raises(ErreurFichier, match="aucune zone de commentaire"):
        reprendre(tmp_path / "courrier.docx")


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice n'est pas installé.")
def test_un_document_enregistre_par_libreoffice_rapporte_tout(rempli, tmp_path):
    document = ouvrir(rempli)
    document.add_paragraph("Ajouté à la fin.")
    document.save(rempli)
    profil, sortie = tmp_path / "profil", tmp_path / "lo"
    commande = ["soffice", f"-env:UserInstallation=file://{profil}", "--headless", "--convert-to", "docx"]
    subprocess.run([*commande, "--outdir", str(sortie), str(rempli)], check=True, capture_output=True, timeout=120)
    reprise = reprendre(sortie / rempli.name)
    assert reprise.marques.identite == CAHIER
    assert reprise.commentaires[nom_zone("sorties")].texte == "Premier alinéa.\nSecond alinéa."
    assert [t.texte for t in reprise.hors_zones] == ["Ajouté à la fin."]
    suivant, bilan = _ecrire(tmp_path, reprise, "suivant.docx")
    assert "Bloc sorties" in bilan.gardes and "Second alinéa." in lisible(ouvrir(suivant))
