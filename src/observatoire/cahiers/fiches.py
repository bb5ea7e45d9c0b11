"""Les fiches-actions : un texte en Markdown par action, aux rubriques fixes, et les renvois de l'une à l'autre.

Une fiche est `data/cahiers/<région>/fiches/<clé>.md` : un titre `# …`, puis les huit rubriques, chacune `## …`. Un
renvoi s'écrit `[[clé]]`, dans une fiche comme dans une présentation : son numéro est calculé à l'impression.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from observatoire.erreurs import ErreurDefinition, suggestion

# L'ordre est celui de l'impression.
RUBRIQUES = (
    "Contexte",
    "Objectifs",
    "Public",
    "Fonctionnement",
    "Montage financier",
    "Bilan",
    "Points de vigilance",
    "Contact",
)
RENVOI = re.compile(r"\[\[([^\[\]]+)\]\]")
_NUMERO_A_LA_MAIN = re.compile(r"fiche(?:s|-action|s-actions| action)? ?n[°ºos]+ ?\d+", re.IGNORECASE)


@dataclass(frozen=True)
class FicheAction:
    """Une fiche-action : sa clé (le nom du fichier), son titre, son numéro, ses rubriques dans l'ordre."""

    cle: str
    titre: str
    numero: int
    rubriques: Mapping[str, str]

    @property
    def ancre(self) -> str:
        return f"fiche-{self.cle.replace('_', '-')}"

    @property
    def textes(self) -> tuple[str, ...]:
        return (self.titre, *self.rubriques.values())


def lire_fiches(dossier: Path, cles: Iterable[str]) -> tuple[FicheAction, ...]:
    """Les fiches d'un cahier, numérotées dans l'ordre demandé.

    Lève `ErreurDefinition` si une fiche n'existe pas, s'il lui manque une rubrique, si elle en a une de trop, vide ou
    en double, ou si un renvoi y est numéroté à la main ou ne mène nulle part.
    """
    cles = list(cles)
    presentes = sorted(f.stem for f in dossier.glob("*.md"))
    for cle in cles:
        if cle not in presentes:
            raise ErreurDefinition(
                f"La fiche-action « {cle} » n'est pas dans {dossier}.",
                f"{suggestion(cle, presentes)} Fiches présentes : {', '.join(presentes) or 'aucune'}.".strip(),
            )
    fiches = tuple(_lire(dossier / f"{cle}.md", numero) for numero, cle in enumerate(cles, 1))
    for fiche in fiches:
        for texte in fiche.textes:
            controler_renvois(texte, fiches, str(dossier / f"{fiche.cle}.md"))
    return fiches


def _lire(fichier: Path, numero: int) -> FicheAction:
    lignes = fichier.read_text(encoding="utf-8").splitlines()
    titre, rubriques, courante, debut = "", {}, None, {}
    for rang, ligne in enumerate(lignes, 1):
        if ligne.startswith("## "):
            courante = ligne.removeprefix("## ").strip()
            _exiger_rubrique(fichier, rang, courante, debut)
            rubriques[courante], debut[courante] = [], rang
        elif ligne.startswith("# ") and not titre:
            titre = ligne.removeprefix("# ").strip()
        elif courante is not None:
            rubriques[courante].append(ligne)
        elif ligne.strip():
            raise ErreurDefinition(
                f"{fichier}, ligne {rang} : du texte précède la première rubrique.",
                f"Placez-le sous « ## {RUBRIQUES[0]} ».",
            )
    if not titre:
        raise ErreurDefinition(f"{fichier} : la fiche n'a pas de titre.", "Commencez-la par une ligne « # Titre ».")
    for rubrique in RUBRIQUES:
        if rubrique not in rubriques:
            raise ErreurDefinition(
                f"{fichier} : la rubrique « {rubrique} » manque.",
                f"Ajoutez « ## {rubrique} ». Rubriques attendues, dans l'ordre : {', '.join(RUBRIQUES)}.",
            )
        if not "".join(rubriques[rubrique]).strip():
            raise ErreurDefinition(
                f"{fichier}, ligne {debut[rubrique]} : la rubrique « {rubrique} » est vide.",
                "Écrivez au moins une phrase, fût-ce « Non renseigné à ce jour. »",
            )
    textes = {r: "\n".join(rubriques[r]).strip() for r in RUBRIQUES}
    return FicheAction(fichier.stem, titre, numero, textes)


def _exiger_rubrique(fichier: Path, rang: int, rubrique: str, deja: Mapping[str, int]) -> None:
    if rubrique not in RUBRIQUES:
        raise ErreurDefinition(
            f"{fichier}, ligne {rang} : rubrique « {rubrique} » inconnue.",
            f"{suggestion(rubrique, RUBRIQUES)} Rubriques : {', '.join(RUBRIQUES)}.".strip(),
        )
    if rubrique in deja:
        raise ErreurDefinition(
            f"{fichier}, ligne {rang} : la rubrique « {rubrique} » est déjà écrite ligne {deja[rubrique]}."
        )


def controler_renvois(texte: str, fiches: Iterable[FicheAction], ou: str) -> None:
    """Refuse un renvoi numéroté à la main, ou vers une fiche que le cahier n'imprime pas."""
    a_la_main = _NUMERO_A_LA_MAIN.search(texte)
    if a_la_main:
        raise ErreurDefinition(
            f"{ou} : le renvoi « {a_la_main.group()} » est numéroté à la main.",
            "Écrivez [[clé]] avec le nom du fichier de la fiche : le numéro est calculé.",
        )
    connues = [f.cle for f in fiches]
    for cle in RENVOI.findall(texte):
        if cle not in connues:
            raise ErreurDefinition(
                f"{ou} : le renvoi [[{cle}]] ne mène à aucune fiche de ce cahier.",
                f"{suggestion(cle, connues)} Fiches : {', '.join(connues) or 'aucune'}.".strip(),
            )


def numeroter(texte: str, fiches: Iterable[FicheAction]) -> str:
    """Le texte où chaque renvoi `[[clé]]` dit le numéro et le titre de la fiche qu'il vise."""
    par_cle = {f.cle: f for f in fiches}
    return RENVOI.sub(lambda m: f"fiche n° {par_cle[m.group(1)].numero}, {par_cle[m.group(1)].titre}", texte)
