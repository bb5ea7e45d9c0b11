"""Les « ? » d'un réglage : ce qu'un brouillon laisse à trancher, et où cela se trouve dans le fichier."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace

MARQUE = "?"
BROUILLON = ".brouillon.toml"
LIGNES_CITEES = 12
_MARQUES = (f'"{MARQUE}"', f"'{MARQUE}'")

# Un texte TOML, un commentaire, ou un caractère : assez pour reconnaître une valeur sans perdre sa ligne.
_JETON = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|\n|[^\s]', re.DOTALL
)


@dataclass(frozen=True)
class Indecision:
    """Une valeur « ? » : la ligne du fichier et la clé qui l'attend."""

    ligne: int
    cle: str

    def __str__(self) -> str:
        return f"ligne {self.ligne} ({self.cle})"


def indecisions(texte: str) -> list[Indecision]:
    """Les valeurs `"?"` d'un texte TOML, dans l'ordre.

    Une clé `"?"` (l'écriture d'une modalité) et un « ? » dans un commentaire n'en sont pas.
    """
    trouvees: list[Indecision] = []
    ligne, cle, avant = 1, "", ""
    precedent = ""
    for trouve in _JETON.finditer(texte):
        jeton = trouve.group()
        if jeton == "\n":
            ligne += 1
            continue
        if jeton.startswith("#"):
            continue
        if jeton == "=":
            cle = avant
        elif jeton in _MARQUES and precedent in ("=", "[", ",") and not _est_une_cle(texte, trouve.end()):
            trouvees.append(Indecision(ligne, cle))
        # Une clé nue arrive caractère par caractère ; une clé entre guillemets, d'un bloc.
        avant = _prolonger(avant, jeton, texte, trouve.start())
        precedent = jeton
        ligne += jeton.count("\n")
    return trouvees


def _est_une_cle(texte: str, fin: int) -> bool:
    return texte[fin:].lstrip(" \t").startswith("=")


def _prolonger(avant: str, jeton: str, texte: str, debut: int) -> str:
    if jeton[0] in "\"'":
        return jeton.strip("\"'")
    if not re.match(r"[\w.-]", jeton):
        return avant if jeton == "=" else ""
    suite = debut > 0 and re.match(r"[\w.-]", texte[debut - 1])
    return avant + jeton if suite else jeton


def refuser_indecis(fichier: Path, nom: str = "") -> None:
    """Lève `ErreurDefinition` avec les lignes à trancher si le réglage contient encore des « ? »."""
    restantes = indecisions(fichier.read_text(encoding="utf-8")) if fichier.is_file() else []
    if not restantes:
        return
    citees = ", ".join(map(str, restantes[:LIGNES_CITEES]))
    suite = f" et {len(restantes) - LIGNES_CITEES} autres" if len(restantes) > LIGNES_CITEES else ""
    combien = f"{len(restantes)} lignes restent" if len(restantes) > 1 else "une ligne reste"
    raise ErreurDefinition(
        f"{nom or fichier.name} : {combien} à trancher : {citees}{suite}.",
        "Remplacez chaque « ? » : les commentaires du fichier disent entre quoi choisir, et comment écarter.",
    )


def refuser_brouillon(espace: Espace, service: str) -> None:
    """Lève `ErreurDefinition` si le service n'existe encore que comme brouillon.

    Le message nomme les lignes à trancher, ou dit de renommer le fichier quand il n'en reste pas.
    """
    connu = f"{service}.toml" in {f.name for f in espace.dossier_services.glob("*.toml")}
    brouillons = {f.name: f for f in espace.dossier_services.glob(f"*{BROUILLON}")}
    brouillon = brouillons.get(f"{service.removesuffix('.brouillon')}{BROUILLON}")
    if brouillon is None or (connu and not service.endswith(".brouillon")):
        return
    refuser_indecis(brouillon)
    definitif = brouillon.name.replace(BROUILLON, ".toml")
    raise ErreurDefinition(
        f"{brouillon.name} n'a plus rien à trancher, mais c'est encore un brouillon.",
        f"Renommez-le en {definitif}, puis relancez l'import.",
    )
