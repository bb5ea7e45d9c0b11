"""Les fautes de français qu'une phrase générée ne doit pas faire : ponctuation, accord, élision, précision."""

from __future__ import annotations

import re

from observatoire.restitution import locale
from observatoire.restitution.locale import FINE, INSECABLE

_NOMS = [n for n in locale._NOMS.values() if n[0] not in ("€", "ETP") and n[0] != n[1]]
_SINGULIERS = "|".join(sorted({re.escape(n[0]) for n in _NOMS}, key=len, reverse=True))
_PLURIELS = "|".join(sorted({re.escape(n[1]) for n in _NOMS}, key=len, reverse=True))
_FEMININS = "|".join(sorted({re.escape(n[0]) for n in _NOMS if n[2]}, key=len, reverse=True))
_MASCULINS = "|".join(sorted({re.escape(n[0]) for n in _NOMS if not n[2]}, key=len, reverse=True))
_VOYELLES = "aeiouyàâéèêëîïôöûü"
_ESPACE = f"[ {INSECABLE}{FINE}]"

_FAUTES = {
    "mot de code": r"None|nan\b|inf\b|True|False|\{|\}|_",
    "espace double": rf"{_ESPACE}{{2,}}",
    "espace avant un point ou une virgule": rf"{_ESPACE}[.,](?!\d)",
    "espace ordinaire avant un signe double": r" [:;!?%€»]|« ",
    "ponctuation doublée": r"[,;:]\s*[,;:.]|(?<!\.)\.\.(?!\.)|\.\s*,",
    "parenthèses vides": r"\(\s*\)",
    "guillemets vides": rf"«{_ESPACE}*»",
    "point décimal": r"\d\.\d",
    "zéro au pluriel": rf"(?<![\d,{FINE}])[01]{_ESPACE}(?:{_PLURIELS})\b",
    "pluriel au singulier": rf"(?<![\d,]){_ESPACE}?(?:[2-9]|\d\d+){_ESPACE}(?:{_SINGULIERS})(?![\w-])",
    "aucun ou un seul au pluriel": rf"\b(?:aucune?|une? seule?){_ESPACE}(?:{_PLURIELS})\b",
    "aucune au masculin": rf"\b(?:aucun|un seul){_ESPACE}(?:{_FEMININS})\b",
    "aucun au féminin": rf"\b(?:aucune|une seule){_ESPACE}(?:{_MASCULINS})\b",
    "élision manquante": rf"\b(?:de|que|le|la){_ESPACE}(?=[{_VOYELLES}])(?:{_SINGULIERS}|{_PLURIELS}|une?\b|en\b|au)",
    "élision de trop": rf"\b(?:d|l|qu)'(?![{_VOYELLES}h\d«{INSECABLE}])\w",
    "contraction manquante": r"\b(?:de les?|à les?|à lesquel)\b",
    "nom propre sous « pour »": r"\bpour (?:CA|CC|CU|Métropole)\b",
    "majuscule après une virgule de liste": r"; (?:Vient|Soit|Contre)\b",
    "décimales de trop": r"\d,\d{3,}",
    "signe et zéro": r"[+\u2212]0(?![,\d])",
    "réponses connues mal comptées": rf"\b(\d+) des (?:\1|1){_ESPACE}réponses",
    "accord proposé": r"\(s\)",
}
_MOTIFS = {nom: re.compile(motif) for nom, motif in _FAUTES.items()}


def fautes(texte: str, *libelles: str) -> list[str]:
    """Les fautes d'un texte, `libelles` mis à part : le nom d'une modalité s'imprime comme le service l'écrit."""
    for libelle in sorted(filter(None, libelles), key=len, reverse=True):
        for forme in (libelle, locale.minuscule(libelle), locale.majuscule(libelle)):
            texte = texte.replace(forme, "Modalité")
    trouvees = [
        f"{nom} : …{texte[max(0, m.start() - 15) : m.end() + 15]}…"
        for nom, r in _MOTIFS.items()
        if (m := r.search(texte))
    ]
    for ouvrant, fermant in ("()", "«»"):
        if texte.count(ouvrant) != texte.count(fermant):
            trouvees.append(f"« {ouvrant} » et « {fermant} » ne vont pas par deux")
    return trouvees


def fautes_de_phrase(texte: str, *libelles: str) -> list[str]:
    """Les fautes d'une phrase entière, qui commence par une capitale, un chiffre ou « et finit par un point."""
    trouvees = fautes(texte, *libelles)
    if texte and not re.match(r"[A-ZÀÂÉÈÊÎÔÛ\d«\u2212]", texte):
        trouvees.append(f"commence mal : {texte[:20]}")
    if texte and not texte.endswith("."):
        trouvees.append(f"finit sans point : {texte[-20:]}")
    return trouvees
