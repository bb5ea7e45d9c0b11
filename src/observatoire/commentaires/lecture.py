"""Lire le fichier de commentaires d'un service et d'une année : un texte Markdown, rangé par section du rapport.

    Texte d'avant-propos, avant le premier titre.

    ## Composition des ménages
    Un paragraphe sous la section, où {{ menages_accompagnes }} vient du tableau.

    ### Répartition par genre
    diffusion : interne
    Un paragraphe sous cette figure, que l'édition publique n'imprime pas.

Ce qui est entre `<!--` et `-->` ne s'imprime pas : c'est un pense-bête.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from observatoire.commentaires.defauts import Defauts
from observatoire.erreurs import ErreurDefinition, ErreurFichier, suggestion
from observatoire.espace import Espace

AVANT_PROPOS = "Avant-propos"
CHIFFRES_CLES = "Chiffres clés"
PARTIES_LIBRES = ("Perspectives", "Conclusion")  # imprimées après la dernière section
SUFFIXE_BROUILLON = ".brouillon.md"

_TITRE = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
_DIRECTIVE = re.compile(r"^diffusion\s*:\s*(\S+)\s*$", re.IGNORECASE)
_PENSE_BETE = re.compile(r"<!--.*?-->", re.DOTALL)
_PRIVES = re.compile("[\ue000-\uf8ff]")


@dataclass(frozen=True)
class Partie:
    """Un commentaire : la section (et la figure, s'il en vise une), son texte Markdown et sa première ligne."""

    section: str
    figure: str
    texte: str
    ligne: int
    interne: bool = False

    @property
    def vide(self) -> bool:
        return not self.texte.strip()


@dataclass(frozen=True)
class Fichier:
    """Un fichier de commentaires lu : ses parties dans l'ordre, et l'empreinte de ce qui a été lu."""

    chemin: Path
    nom: str  # depuis l'espace de travail, pour les messages
    parties: tuple[Partie, ...]
    empreinte: str


def chemin_commentaires(espace: Espace, service: str, annee: int) -> Path:
    """Où s'écrit le commentaire d'un service et d'une année, dans l'espace de travail."""
    return espace.donnees / "commentaires" / service / f"{annee}.md"


def chemin_brouillon(espace: Espace, service: str, annee: int) -> Path:
    """Où se range le brouillon tiré de l'année précédente : à côté du commentaire, jamais imprimé."""
    return chemin_commentaires(espace, service, annee).with_suffix(SUFFIXE_BROUILLON)


def lire_fichier(espace: Espace, service: str, annee: int, defauts: Defauts | None = None) -> Fichier | None:
    """Le commentaire d'un service et d'une année ; `None` s'il n'y en a pas.

    `defauts` : où retenir ce qui est mal écrit (fichier et ligne dits) ; sans lui, lève `ErreurDefinition`. Lève
    `ErreurFichier` si le fichier ne se lit pas.
    """
    siens = Defauts() if defauts is None else defauts
    chemin = chemin_commentaires(espace, service, annee)
    if not chemin.is_file():
        return None
    nom = chemin.relative_to(espace.racine).as_posix()
    octets = chemin.read_bytes()
    try:
        texte = octets.decode("utf-8-sig")
    except UnicodeDecodeError as erreur:
        ligne = octets.count(b"\n", 0, erreur.start) + 1
        raise ErreurFichier(
            f"{nom}, ligne {ligne} : le fichier n'est pas en UTF-8.", "Enregistrez-le en « UTF-8 » et recommencez."
        ) from erreur
    lu = Fichier(chemin, nom, tuple(_parties(texte, nom, siens)), hashlib.sha256(octets).hexdigest())
    if defauts is None:
        siens.lever()
    return lu


def _parties(texte: str, nom: str, defauts: Defauts) -> list[Partie]:
    """Les parties d'un texte, lignes comptées depuis 1 ; une partie sans texte n'en est pas une."""
    texte = _PRIVES.sub("", unicodedata.normalize("NFC", texte)).replace("\r\n", "\n").replace("\r", "\n")
    lignes = _sans_pense_betes(texte, nom, defauts).split("\n")
    ouvertes: list[tuple[str, str, int, list[str]]] = [(AVANT_PROPOS, "", 1, [])]
    section = AVANT_PROPOS
    for numero, ligne in enumerate(lignes, 1):
        titre = _TITRE.match(ligne)
        niveau = len(titre.group(1)) if titre else 0
        if niveau == 1 and section != AVANT_PROPOS:
            defauts.noter(
                ErreurDefinition(
                    f"{nom}, ligne {numero} : le titre « {titre.group(2)} » n'a qu'un dièse.",
                    "Une section s'écrit « ## Titre », une figure « ### Titre », un intertitre « #### Titre ».",
                )
            )
        if niveau == 2:
            section = titre.group(2).strip()
            ouvertes.append((section, "", numero + 1, []))
        elif niveau == 3:
            ouvertes.append((section, titre.group(2).strip(), numero + 1, []))
        elif niveau == 1:
            ouvertes[-1][3].append("")  # le titre du document n'est pas du texte
        else:
            ouvertes[-1][3].append(ligne)
    parties = [_partie(s, f, debut, contenu, nom, defauts) for s, f, debut, contenu in ouvertes]
    return [p for p in parties if not p.vide]


def _sans_pense_betes(texte: str, nom: str, defauts: Defauts) -> str:
    """Le texte sans ses pense-bêtes, mêmes numéros de ligne ; ce qui suit un pense-bête resté ouvert en est un."""
    nu = _PENSE_BETE.sub(lambda m: "\n" * m.group(0).count("\n"), texte)
    if (ouvert := nu.find("<!--")) >= 0:
        ligne = nu.count("\n", 0, ouvert) + 1
        message = f"{nom}, ligne {ligne} : un pense-bête « <!-- » n'est pas fermé."
        defauts.noter(ErreurDefinition(message, "Ajoutez « --> »."))
        return nu[:ouvert] + "\n" * nu.count("\n", ouvert)
    return nu


def _partie(section: str, figure: str, debut: int, contenu: list[str], nom: str, defauts: Defauts) -> Partie:
    """Une partie, sa directive de diffusion lue et retirée."""
    interne = False
    for rang, ligne in enumerate(contenu):
        if not ligne.strip():
            continue
        if directive := _DIRECTIVE.match(ligne.strip()):
            with defauts.retenir():
                interne = _exiger_diffusion(directive.group(1), nom, debut + rang)
            contenu[rang] = ""
        break
    return Partie(section, figure, "\n".join(contenu), debut, interne)


def _exiger_diffusion(mot: str, nom: str, ligne: int) -> bool:
    choix = ("interne", "public")
    if mot.lower() not in choix:
        raise ErreurDefinition(
            f"{nom}, ligne {ligne} : diffusion « {mot} » inconnue.",
            f"{suggestion(mot, choix)} Écrivez « diffusion : interne » ou rien.".strip(),
        )
    return mot.lower() == "interne"


def plier(texte: str) -> str:
    """Un titre ou un libellé, réduit à ce qui le distingue : sans accent, sans casse, sans ponctuation."""
    nu = unicodedata.normalize("NFKD", texte.replace("œ", "oe")).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", nu))


def placer(fichier: Fichier, plan: Iterable[tuple[str, Iterable[str]]], defauts: Defauts) -> Fichier:
    """Le même fichier, chaque partie au titre exact de sa section et de sa figure.

    `plan` : les sections du rapport et les titres de leurs figures, dans l'ordre. Un titre qui ne s'y trouve pas est
    retenu dans `defauts`, avec une suggestion, et sa partie mise au titre le plus proche, où ses chiffres se
    vérifient ; un titre qui revient deux fois l'est aussi.
    """
    figures = {s: list(f) for s, f in plan}
    libres = (AVANT_PROPOS, CHIFFRES_CLES, *PARTIES_LIBRES)
    figures |= {s: [] for s in libres if s not in figures}
    deja: dict[tuple[str, str], int] = {}
    parties = []
    for partie in fichier.parties:
        titre_ligne = max(partie.ligne - 1, 1)
        section = _reconnaitre(partie.section, figures, "section", fichier.nom, titre_ligne, defauts)
        figure = ""
        if partie.figure and section:
            figure = _reconnaitre(partie.figure, figures[section], "figure", fichier.nom, titre_ligne, defauts)
        if not section or (partie.figure and not figure):
            continue
        if (cle := (section, figure)) in deja:
            message = f"{fichier.nom}, ligne {titre_ligne} : « {figure or section} » est déjà commenté"
            remede = "Réunissez les deux textes sous un seul titre."
            defauts.noter(ErreurDefinition(f"{message} ligne {deja[cle]}.", remede))
        deja.setdefault(cle, titre_ligne)
        parties.append(replace(partie, section=section, figure=figure))
    return replace(fichier, parties=tuple(parties))


def _reconnaitre(titre: str, connus: Iterable[str], quoi: str, nom: str, ligne: int, defauts: Defauts) -> str:
    """Le titre tel que le rapport l'écrit ; le plus proche s'il n'y est pas, vide si rien ne ressemble."""
    par_pli = {plier(c): c for c in reversed(list(connus))}
    trouve = par_pli.get(plier(titre))
    if trouve is None:
        titres = list(reversed(par_pli.values()))
        possibles = f"Titres possibles : {', '.join(f'« {t} »' for t in titres)}." if titres else ""
        trouve = _proche(titre, par_pli)
        proche = f"Vouliez-vous dire « {trouve} » ?" if trouve else ""
        message = f"{nom}, ligne {ligne} : ce rapport n'a pas de {quoi} « {titre} »."
        defauts.noter(ErreurDefinition(message, proche or possibles))
    return trouve


def _proche(titre: str, par_pli: dict[str, str]) -> str:
    """Le titre le plus proche, cherché sans les accents ; vide si aucun ne ressemble."""
    dite = suggestion(plier(titre), par_pli)
    return next((vrai for pli, vrai in par_pli.items() if f"« {pli} »" in dite), "")
