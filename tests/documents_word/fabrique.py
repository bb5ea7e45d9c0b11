"""Des pages à mettre en document, et de quoi remplir un document comme le ferait un traitement de texte."""

from __future__ import annotations

import io
import re
from pathlib import Path

import docx
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from observatoire.cahiers.parametres import controler_cahier
from observatoire.espace import Espace
from observatoire.restitution.cahier import Cahier, preparer_cahier

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
DESSIN = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><path d="M0,0h40v20Z" fill="#234"/></svg>'


def cahier_livre(dossier: Path, annee: int = 2020, diffusion: str = "public") -> list[str]:
    """Les morceaux de page du cahier de l'échantillon, sans aucun service importé : tables reçues et fiches."""
    (dossier / "data" / "services").mkdir(parents=True, exist_ok=True)
    demande = {"region": "52", "annee": annee, "theme": "", "diffusion": diffusion}
    espace = Espace(dossier)
    cahier = Cahier(preparer_cahier(espace, controler_cahier(espace, demande)))
    parties = [cahier.entete(), cahier.sommaire(), cahier.methode(), *cahier.sections()]
    parties += [cahier.fiches(), cahier.lexique(), cahier.definitions(), cahier.provenance()]
    return [str(p.html) for p in parties]


def petite_page(blocs: tuple[str, ...] = ("sorties", "emploi"), valeur: int = 12) -> list[str]:
    """Une page d'une section, un bloc par clé : vite écrite, pour les allers et retours."""
    figures = "".join(
        f'<figure class="bloc" id="{cle}"><h3 id="{cle}-titre"><span class="surtitre">Bloc {cle}'
        f'<span class="lu"> : </span></span> <span class="constat">Constat {cle}</span></h3>'
        f'<p class="phrase">La phrase du bloc {cle}.</p><div class="graphique"><div class="fixe large">{DESSIN}</div>'
        f'</div><table><caption>Bloc {cle}, en 2020</caption><thead><tr><th scope="col">Ligne</th><th>2020</th></tr>'
        f'</thead><tbody><tr><th scope="row">Ligne {cle}</th><td>{valeur}</td></tr></tbody></table>'
        f"<figcaption><details><summary>Description</summary><p>Barres de {cle}.</p></details></figcaption></figure>"
        for cle in blocs
    )
    return [
        '<div class="bandeau"><p class="lieu">Fédération fictive</p><h1><span class="surtitre">Cahier</span> Région '
        '<span class="annee">2020</span></h1><p class="presentation">Pour essayer.</p></div>',
        f'<section id="s-partie"><h2 id="s-partie-t"><span class="numero" aria-hidden="true">1</span> Partie</h2>'
        f"{figures}</section>",
        '<h2 id="provenance">Provenance</h2><p>Fin du document.</p>',
    ]


def controle(document: Document, nom: str):
    """Le contrôle de contenu d'une zone."""
    for sdt in document.element.body.iter(qn("w:sdt")):
        marque = sdt.find(f"{qn('w:sdtPr')}/{qn('w:tag')}")
        if marque is not None and marque.get(qn("w:val")) == nom:
            return sdt
    raise AssertionError(f"pas de zone {nom}")


def alinea(texte: str, reglages: str = "", courses: str = ""):
    """Un paragraphe écrit à la main."""
    return parse_xml(
        f'<w:p {W}><w:pPr><w:pStyle w:val="Commentaire"/>{reglages}</w:pPr>'
        f'<w:r><w:t xml:space="preserve">{texte}</w:t></w:r>{courses}</w:p>'
    )


def remplir(document: Document, nom: str, *blocs) -> None:
    """Remplace le contenu d'une zone, comme Word le fait quand on y tape."""
    contenu = controle(document, nom).find(qn("w:sdtContent"))
    for ancien in list(contenu):
        contenu.remove(ancien)
    for bloc in blocs:
        contenu.append(alinea(bloc) if isinstance(bloc, str) else bloc)


def ouvrir(fichier: Path) -> Document:
    return docx.Document(io.BytesIO(fichier.read_bytes()))


def lisible(document: Document) -> str:
    """Tout le texte du document, zones et cases comprises, blancs réduits."""
    textes = ("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in document.element.body.iter(qn("w:p")))
    return re.sub(r"[ \u00a0\u202f\u2003]+", " ", "\n".join(textes))


def titres(document: Document) -> list[tuple[int, str]]:
    """Les titres du document, avec leur niveau, dans l'ordre."""
    return [(int(p.style.name[-1]), p.text) for p in document.paragraphs if p.style.name.startswith("Heading")]


def zone_de(document: Document, texte: str) -> str:
    """Le nom de la zone où se lit un texte ; vide s'il est hors des zones."""
    for sdt in document.element.body.iter(qn("w:sdt")):
        if texte in "".join(t.text or "" for t in sdt.iter(qn("w:t"))):
            return sdt.find(f"{qn('w:sdtPr')}/{qn('w:tag')}").get(qn("w:val"))
    return ""
