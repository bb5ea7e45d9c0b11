"""Le résultat du contrôle : ce qui est faux, ce qui est suspect, ce qui a été vérifié."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from observatoire.controle_imprime.lecture import Fait

PROUVE, SUSPECT = "prouvé", "suspect"
CODE_RIEN, CODE_CONSTATS = 0, 3


@dataclass(frozen=True)
class Constat:
    """Une incohérence : sa nature, son niveau, les lignes du CSV, l'imprimé, le recalculé et le calcul en mots.

    `niveau` : « prouvé » si aucune valeur exacte ne peut donner ce qui est imprimé, « suspect » si une lecture
    plausible peut encore l'expliquer. `recalcule` est vide quand le calcul prouve l'erreur sans donner la correction.
    """

    nature: str
    niveau: str
    lignes: tuple[int, ...]
    imprime: str
    recalcule: str
    calcul: str
    regle: str = ""


@dataclass(frozen=True)
class Verification:
    """Une relation contrôlée qui tient : les lignes et le calcul."""

    lignes: tuple[int, ...]
    calcul: str
    regle: str = ""


@dataclass(frozen=True)
class Bilan:
    """Tout ce que le contrôle d'un fichier a trouvé."""

    fichier: Path
    chiffres: int
    constats: tuple[Constat, ...]
    verifications: tuple[Verification, ...]

    @property
    def prouves(self) -> tuple[Constat, ...]:
        """Les incohérences démontrées."""
        return tuple(c for c in self.constats if c.niveau == PROUVE)

    @property
    def code_sortie(self) -> int:
        """0 si rien n'est trouvé, 3 sinon."""
        return CODE_CONSTATS if self.constats else CODE_RIEN

    def en_texte(self) -> list[str]:
        """Les lignes à imprimer, en français."""
        lues, tenues, suspects = self.chiffres, len(self.verifications), len(self.constats) - len(self.prouves)
        lignes = [f"{self.fichier.name} : {lues} {_s('chiffre', lues)} {_s('lu', lues)}."]
        for constat in self.constats:
            lignes += ["", *_constat_en_texte(constat)]
        prouves = len(self.prouves)
        lignes.append("")
        if not self.constats:
            lignes.append("Aucune incohérence trouvée.")
        else:
            lignes.append(
                f"{prouves} {_s('incohérence', prouves)} {_s('prouvée', prouves)}, "
                f"{suspects} {_s('suspecte', suspects)}."
            )
        verbe = "tiennent" if tenues > 1 else "tient"
        lignes.append(f"{tenues} {_s('relation', tenues)} {_s('vérifiée', tenues)} {verbe}.")
        return lignes

    def en_dict(self) -> dict[str, Any]:
        """Le bilan en types JSON, pour `--json`."""
        return {
            "fichier": self.fichier.name,
            "chiffres": self.chiffres,
            "prouves": len(self.prouves),
            "suspects": len(self.constats) - len(self.prouves),
            "constats": [asdict(c) | {"lignes": list(c.lignes)} for c in self.constats],
            "verifications": [asdict(v) | {"lignes": list(v.lignes)} for v in self.verifications],
        }


def numeros(*faits: Fait | Iterable[Fait]) -> tuple[int, ...]:
    """Les lignes du CSV de ces chiffres, une fois chacune, le premier en tête."""
    plats = [f for groupe in faits for f in ((groupe,) if isinstance(groupe, Fait) else groupe)]
    return tuple(dict.fromkeys(f.ligne for f in plats))


def lignes(faits: Iterable[Fait]) -> str:
    """« ligne 4 », « lignes 4, 7 » : où lire ces chiffres dans le CSV."""
    rangs = numeros(faits)
    return f"{_s('ligne', len(rangs))} {', '.join(map(str, rangs))}"


def _constat_en_texte(constat: Constat) -> list[str]:
    lignes = ", ".join(map(str, constat.lignes))
    titre = f"[{constat.niveau}] {constat.nature} — {_s('ligne', len(constat.lignes))} {lignes}"
    suite = f"  imprimé : {constat.imprime}" + (f" ; recalculé : {constat.recalcule}" if constat.recalcule else "")
    return [titre, suite, f"  {constat.calcul}"]


def _s(mot: str, quantite: int) -> str:
    return mot + "s" if quantite > 1 else mot
