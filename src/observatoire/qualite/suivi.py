"""Ce qui restait à corriger à la livraison d'avant, pour dire ce qui est nouveau et ce qui est résolu.

`data/entrepot/<service>/qualite/corrections.json` garde, par faute, une empreinte sans valeur, la règle, la table
et l'endroit de l'export. Refaire le fichier sur la même livraison ne change pas l'état d'avant.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from observatoire.ecriture import remplacer_fichier
from observatoire.erreurs import ErreurFichier
from observatoire.espace import Espace

VERSION = 1


@dataclass(frozen=True)
class Trace:
    """Une faute vue un jour : sa règle, sa table, la ligne de l'export (vide pour un ensemble), ses années."""

    regle: str
    table: str
    fichier: str = ""
    ligne: int | None = None
    annees: tuple[int, ...] = ()


@dataclass(frozen=True)
class Suivi:
    """Les fautes de la dernière livraison vue et celles de la précédente, par empreinte.

    `contenu` : l'empreinte de la livraison que décrit `courante`.
    """

    contenu: str = ""
    courante: Mapping[str, Trace] = field(default_factory=dict)
    precedente: Mapping[str, Trace] = field(default_factory=dict)

    def suivant(self, contenu: str, fautes: Mapping[str, Trace]) -> Suivi:
        """Le suivi après un nouveau relevé : une livraison neuve fait de l'état courant le précédent."""
        avant = self.precedente if contenu == self.contenu else self.courante
        return Suivi(contenu, fautes, avant)

    def resolues(self, annees: Collection[int]) -> dict[str, Trace]:
        """Ce qui était à reprendre avant cette livraison et ne l'est plus, pour des années encore jugées."""
        return {
            empreinte: trace
            for empreinte, trace in self.precedente.items()
            if empreinte not in self.courante and (not trace.annees or set(trace.annees) & set(annees))
        }


def fichier_suivi(espace: Espace, service: str) -> Path:
    """Où le suivi d'un service est rangé ; il peut ne pas exister."""
    return espace.entrepot(service) / "qualite" / "corrections.json"


def fichier_corrections(espace: Espace, service: str) -> Path:
    """Le classeur des corrections d'un service ; il peut ne pas exister."""
    return espace.rapports / "corrections" / f"{service}.xlsx"


def oublier_corrections(espace: Espace, service: str) -> None:
    """Efface le classeur d'un service : après une purge ou un retrait, il citerait des lignes disparues.

    Lève `ErreurFichier` s'il est ouvert dans un autre programme.
    """
    fichier = fichier_corrections(espace, service)
    try:
        fichier.unlink(missing_ok=True)
    except OSError as erreur:
        raise ErreurFichier(
            f"{fichier} : ce classeur cite des données effacées et n'a pas pu l'être.",
            "Fermez-le dans le tableur, puis effacez-le.",
        ) from erreur


def lire_suivi(espace: Espace, service: str) -> Suivi:
    """Le suivi rangé, ou un suivi neuf s'il n'y en a pas ou s'il est illisible."""
    try:
        lu = json.loads(fichier_suivi(espace, service).read_text(encoding="utf-8"))
        if lu["version"] != VERSION:
            return Suivi()
        fautes = [
            {e: Trace(r, t, f, n, tuple(a)) for e, (r, t, f, n, a) in lu[nom].items()}
            for nom in ("courante", "precedente")
        ]
        return Suivi(str(lu["contenu"]), *fautes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Suivi()


def _traces(lues: Mapping[str, Any]) -> dict[str, Trace]:
    return {e: Trace(regle, table, fichier, n, tuple(annees)) for e, (regle, table, fichier, n, annees) in lues.items()}


def ranger_suivi(espace: Espace, service: str, suivi: Suivi) -> None:
    """Écrit le suivi d'un seul geste."""
    ecrites = {
        nom: {e: [t.regle, t.table, t.fichier, t.ligne, t.annees] for e, t in sorted(fautes.items())}
        for nom, fautes in (("courante", suivi.courante), ("precedente", suivi.precedente))
    }
    texte = json.dumps({"version": VERSION, "contenu": suivi.contenu, **ecrites}, ensure_ascii=False)
    remplacer_fichier(fichier_suivi(espace, service), (texte + "\n").encode())
