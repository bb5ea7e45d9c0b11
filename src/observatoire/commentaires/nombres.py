"""Les nombres qu'un auteur a tapés dans son commentaire, et ceux qui n'en sont pas (une année, un article de loi)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from observatoire.periode import MOIS
from observatoire.restitution import locale

_ESPACES = " \u00a0\u202f"
_CHIFFRES = re.compile(
    rf"(?<![\w,.\-/])(?P<signe>[+\-−]?)(?P<valeur>\d{{1,3}}(?:[{_ESPACES}]\d{{3}})+(?:,\d+)?|\d+(?:[.,]\d+)?)"
    rf"(?![\d/])(?P<suite>[{_ESPACES}]*(?:%|€|(?:pour[{_ESPACES}]cent|euros?|points?|mois|jours?|ans?|semaines?|heures?)\b)?)",
    re.IGNORECASE,
)
_EN_LETTRES = {
    **dict.fromkeys(("aucun", "aucune"), 0),
    **dict.fromkeys(("un seul", "une seule", "un unique", "une unique"), 1),
    **{m: n for n, m in enumerate(("deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"), 2)},
    **{m: n for n, m in enumerate(("onze", "douze", "treize", "quatorze", "quinze", "seize"), 11)},
    **{"dix-sept": 17, "dix-huit": 18, "dix-neuf": 19, "vingt": 20, "trente": 30, "quarante": 40},
    **{"cinquante": 50, "soixante": 60, "cent": 100},
}
# Ce que l'on compte un par un : un nombre en lettres devant l'un de ces noms est un chiffre du rapport.
_COMPTES = (
    r"(?:ménages?|personnes?|jeunes?|familles?|femmes?|hommes?|couples?|enfants?|adultes?|isolée?s?|salariée?s?|"
    r"résidente?s?|locataires?|bénéficiaires?|participante?s?|relogements?|demandes?|sorties?|entrées?|parcours|séjours?)"
)
_LETTRES = re.compile(
    rf"\b(?P<mot>{'|'.join(sorted(_EN_LETTRES, key=len, reverse=True))})\b"
    rf"(?=[{_ESPACES}](?:[\w'’]+[{_ESPACES}])?{_COMPTES}\b)",
    re.IGNORECASE,
)
_NOMS_MOIS = "|".join(MOIS)
# Un nombre dans l'un de ces passages n'est pas un chiffre de tableau.
_AUTRES = [
    re.compile(motif, re.IGNORECASE)
    for motif in (
        r"\b(?:19|20)\d\d\b(?!\s*(?:%|€|\w*ménages?|personnes?|jeunes?))(?:[-–/](?:19|20)?\d\d\b)?",  # une année
        rf"\b\d{{1,2}}(?:er)?\s(?:{_NOMS_MOIS})\b",
        r"\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b",
        r"\b\d+(?:ers?|res?|ères?|nde?|es?|è?mes?)\b",  # un rang
        r"\b\d{1,2}\s?h(?:\s?\d{2})?\b",
        r"\b(?:articles?|art\.|loi|décret|circulaire|n°|no|cerfa|l\.|r\.|d\.)\s*[a-z]?\.?\s?\d[\d.\-]*(?:\s?et\s?\d+)?",
        r"\b(?:le|au|du|siao|numéro)\s115\b",
        r"\b\d{1,2}\s?(?:-|–|à)\s?\d{1,2}\s?ans\b",  # une tranche d'âge
        r"\b(?:moins|plus|âgée?s?|majeure?s?)\sde\s\d{1,2}\sans\b",
        r"\b\d{1,2}\sans\s(?:et\splus|révolus|ou\splus)\b",
    )
]
_APPROCHES = (
    ("environ", re.compile(r"(?:près d['’e]\s?|environ\s|quelque\s|presque\s|autour de\s)$", re.IGNORECASE)),
    ("plus", re.compile(r"plus d['’e]\s?$", re.IGNORECASE)),
    ("moins", re.compile(r"moins d['’e]\s?$", re.IGNORECASE)),
)


@dataclass(frozen=True)
class Nombre:
    """Un nombre tapé : ce qui est écrit, sa valeur, ce qu'il mesure, et sa place dans le texte.

    `genre` : compte, part, montant, duree ou points. `approche` : exact, environ, plus ou moins.
    """

    ecrit: str
    valeur: float
    genre: str
    approche: str
    decimales: int
    debut: int
    fin: int


def nombres_tapes(texte: str) -> list[Nombre]:
    """Les nombres d'un texte qui pourraient être des chiffres de tableau, dans l'ordre."""
    autres = [m.span() for motif in _AUTRES for m in motif.finditer(texte)]
    trouves = [_en_chiffres(m, texte) for m in _CHIFFRES.finditer(texte) if not _dedans(m.span("valeur"), autres)]
    trouves += [_en_lettres(m, texte) for m in _LETTRES.finditer(texte)]
    return sorted(trouves, key=lambda n: n.debut)


def sans_autres(texte: str) -> str:
    """Le texte sans ses dates, articles de loi et tranches d'âge, dont les mots ne nomment pas une cellule."""
    for motif in _AUTRES:
        texte = motif.sub(" ", texte)
    return texte


def _dedans(place: tuple[int, int], passages: list[tuple[int, int]]) -> bool:
    return any(debut <= place[0] and place[1] <= fin for debut, fin in passages)


def _en_chiffres(trouve: re.Match[str], texte: str) -> Nombre:
    brut = re.sub(rf"[{_ESPACES}]", "", trouve.group("valeur")).replace(",", ".")
    signe = -1 if trouve.group("signe") in ("-", locale.MOINS) else 1
    return Nombre(
        ecrit=trouve.group(0).strip(),
        valeur=signe * float(brut),
        genre=_genre(trouve.group("suite").strip(_ESPACES).lower()),
        approche=_approche(texte[: trouve.start()]),
        decimales=len(brut.partition(".")[2]),
        debut=trouve.start(),
        fin=trouve.start() + len(trouve.group(0).rstrip(_ESPACES)),
    )


def _en_lettres(trouve: re.Match[str], texte: str) -> Nombre:
    mot = trouve.group("mot")
    approche = _approche(texte[: trouve.start()])
    return Nombre(mot, _EN_LETTRES[mot.lower()], "compte", approche, 0, trouve.start(), trouve.end())


def _genre(suite: str) -> str:
    if suite in ("%",) or suite.startswith("pour"):
        return "part"
    if suite.startswith(("€", "euro")):
        return "montant"
    if suite.startswith("point"):
        return "points"
    return "duree" if suite else "compte"


def _approche(avant: str) -> str:
    return next((nom for nom, motif in _APPROCHES if motif.search(avant[-20:])), "exact")
