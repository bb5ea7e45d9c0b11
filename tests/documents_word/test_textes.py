"""Ce que la fédération a écrit dans Word, dans la page du cahier : à sa place, échappé, mis en forme, relu."""

from __future__ import annotations

import pytest
from docx.oxml import parse_xml

from observatoire.commentaires import annoncer_contradictions
from observatoire.documents_word import Identite, conserver, ecrire_docx, lire_page
from observatoire.documents_word.zones import AVANT_PROPOS, nom_zone
from observatoire.espace import Espace
from observatoire.restitution.cahier import Cahier, textes_federation
from tests.cahier.fabrique import espace_cahier, par_departement, preparer
from tests.documents_word.fabrique import W, ouvrir, petite_page, remplir

TAUX = "taux de sortie vers l'emploi"
RECUS = {"a.csv": par_departement(2020, {"44": (30, 100), "49": (10, 50), "53": (2, 40)})}


def _course(texte: str, allure: str = "") -> str:
    return f'<w:r><w:rPr>{allure}</w:rPr><w:t xml:space="preserve">{texte}</w:t></w:r>'


def _paragraphe(*courses: str, style: str = "Commentaire"):
    return parse_xml(f'<w:p {W}><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{"".join(courses)}</w:p>')


@pytest.fixture(scope="module")
def prepares(tmp_path_factory) -> tuple[Espace, dict]:
    """Un petit cahier, et ses données dans chaque diffusion."""
    espace = espace_cahier(tmp_path_factory.mktemp("textes"), RECUS)
    return espace, {d: preparer(espace, d) for d in ("interne", "public")}


@pytest.fixture
def remplir_cahier(prepares):
    """Garde un Word de ce cahier, rempli zone par zone, et rend le cahier qui le reprend."""
    espace, donnees = prepares

    def faire(diffusion: str, **zones) -> Cahier:
        identite, fichier = Identite("cahier_52", 2020, diffusion), espace.racine / "rempli.docx"
        ecrire_docx(lire_page(petite_page(("sorties", "autre")), zones=True), fichier, identite=identite)
        document = ouvrir(fichier)
        for zone, blocs in zones.items():
            remplir(document, zone, *[b(document) if callable(b) else b for b in blocs])
        document.save(fichier)
        conserver(espace, fichier, identite)
        return Cahier(donnees[diffusion], textes=textes_federation(espace, donnees[diffusion]))

    yield faire
    for fichier in (espace.donnees / "commentaires" / "cahier_52").glob("*.docx"):
        fichier.unlink()


def test_le_texte_est_a_sa_place_echappe_et_mis_en_forme(remplir_cahier):
    cahier = remplir_cahier(
        "interne",
        **{
            AVANT_PROPOS: ["Un mot de la fédération."],
            nom_zone("sorties"): [
                _paragraphe(_course("Les "), _course("deux", "<w:b/>"), _course(" &lt;b&gt;rives", "<w:i/>")),
                lambda d: _paragraphe(_course("puce"), style=_style(d, "List Bullet")),
                lambda d: _paragraphe(_course("sous-puce"), style=_style(d, "List Bullet 2")),
                lambda d: _paragraphe(_course("premier"), style=_style(d, "List Number")),
                _tableau,
            ],
        },
    )
    parties = [cahier.entete(), cahier.methode(), *cahier.sections(), cahier.definitions()]
    page = "".join(str(p.html) for p in parties).replace("\u00a0", " ")
    assert page.index("Un mot de la fédération.") < page.index('id="methode"')
    assert '<p class="commentaire">Les <strong>deux</strong><em> &lt;b&gt;rives</em></p>' in page
    assert "<ul><li>puce<ul><li>sous-puce</li></ul></li></ul><ol><li>premier</li></ol>" in page
    assert '<th scope="col">Ligne</th>' in page and "<td>12</td>" in page
    assert page.index('id="sorties"') < page.index("Commentaire de la fédération") < page.index('id="definitions"')
    # Le document a ces textes dans leurs zones : ceux de la page n'y entrent pas une seconde fois.
    assert not any(t in str(lire_page([page], zones=True).corps) for t in ("sous-puce", "Un mot de la", "Relecture"))


def test_un_nombre_que_le_tableau_contredit_est_signale_dans_la_seule_edition_interne(prepares, remplir_cahier):
    phrases = [
        f"Le {TAUX} est de 22,1 %.",
        f"En Loire-Atlantique, le {TAUX} est de 50 %.",
        f"En Maine-et-Loire, le {TAUX} est de 20 %.",
    ]
    cahier = remplir_cahier("interne", **{nom_zone("sorties"): phrases})
    (remarque,) = cahier.textes.remarques
    assert remarque.niveau == "contredit" and "« Taux de sortie vers l'emploi, Loire-Atlantique »" in remarque.message
    panneau = str(cahier.definitions().html)
    assert "Contredit le tableau" in panneau and "data/commentaires/cahier_52/2020-interne.docx" in panneau
    assert str(prepares[0].racine) not in panneau
    assert cahier.provenance().fiche["contredits"] == 1
    public = remplir_cahier("public", **{nom_zone("sorties"): phrases})
    assert public.textes.panneau() == "" and not public.textes.contredits


def test_l_edition_publique_n_imprime_que_les_nombres_que_son_tableau_publie(remplir_cahier):
    """La décision ne lit que des cellules publiées : elle ne dit rien de celle qui est masquée."""
    phrases = [
        f"En Loire-Atlantique, le {TAUX} est de 30 %.",
        f"En Mayenne, le {TAUX} est de 5 %.",
        f"En Mayenne, le {TAUX} est de 6 %.",
        "Une phrase sans chiffre.",
    ]
    dit = str(remplir_cahier("public", **{nom_zone("sorties"): phrases}).textes.bloc("sorties"))
    assert "est de 30" in dit and "Une phrase sans chiffre." in dit
    assert "est de 5" not in dit and "est de 6" not in dit
    assert "2 paragraphes de ce commentaire ne sont pas diffusés" in dit


def test_sans_document_rempli_il_n_y_a_rien(prepares):
    espace, donnees = prepares
    assert textes_federation(espace, donnees["interne"]) is None


def test_un_commentaire_sans_place_est_dit(remplir_cahier):
    textes = remplir_cahier("interne", **{nom_zone("autre"): ["Texte à garder."]}).textes
    assert textes.perdus == ("Bloc autre",) and not textes.bloc("sorties")
    assert "« Bloc autre »" in textes.panneau().replace("\u00a0", " ")


def test_ce_que_la_campagne_annonce():
    fiche = {"service": "essai", "annee": 2022}
    assert annoncer_contradictions(fiche) == ""
    assert annoncer_contradictions({**fiche, "contredits": 2}) == (
        "2 chiffres écrits à la main contredisent les tableaux : observatoire commentaires --service essai --annee 2022"
    )
    assert annoncer_contradictions({**fiche, "genre": "cahier", "contredits": 1}).startswith(
        "1 chiffre écrit à la main contredit les tableaux : voir"
    )


def _style(document, nom: str) -> str:
    return next(s.style_id for s in document.styles if s.name == nom)


def _tableau(document):
    tableau = document.add_table(2, 2)
    for case, texte in zip(tableau._cells, ("Ligne", "Nombre", "Une", "12"), strict=True):
        case.text = texte
    piece = tableau._tbl
    piece.getparent().remove(piece)
    return piece
