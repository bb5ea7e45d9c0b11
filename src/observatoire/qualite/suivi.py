"""Ce qui restait à corriger à la livraison d'avant, pour dire ce qui est nouveau et ce qui est résolu.

`data/entrepot/<service>/qualite/corrections.json` garde, par faute, une empreinte sans valeur, la règle, la table
et l'endroit de l'export. Refaire le fichier sur la même livraison ne change pas l'état d'avant.
`exports.json`, à côté, retient d'où chaque export a été lu : un chemin de cet ordinateur, qui n'est ni publié ni
compté dans aucune empreinte.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from observatoire.ecriture import remplacer_fichier
from observatoire.erreurs import ErreurFichier
from observatoire.espace import Espace

VERSION = 2


@dataclass(frozen=True)
class Trace:
    """Une faute vue un jour : sa règle, sa table, la ligne de l'export (vide pour un ensemble), ses années.

    `contenu` : pour une ligne écartée, l'empreinte de ce qu'elle porte ; la reconnaît si elle a changé de place.
    """

    regle: str
    table: str
    fichier: str = ""
    ligne: int | None = None
    annees: tuple[int, ...] = ()
    contenu: str = ""


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

    @property
    def deplacees(self) -> dict[str, str]:
        """Les fautes de même contenu qu'une faute d'avant, ailleurs dans l'export : empreinte → empreinte d'avant."""
        parties: dict[str, list[str]] = {}
        for empreinte, trace in self.precedente.items():
            if trace.contenu and empreinte not in self.courante:
                parties.setdefault(trace.contenu, []).append(empreinte)
        return {
            empreinte: parties[trace.contenu].pop(0)
            for empreinte, trace in self.courante.items()
            if empreinte not in self.precedente and parties.get(trace.contenu)
        }

    @property
    def connues(self) -> set[str]:
        """Les fautes qui étaient déjà là à la livraison d'avant."""
        return {*self.precedente, *self.deplacees}

    def resolues(self, annees: Collection[int]) -> dict[str, Trace]:
        """Ce qui était à reprendre avant cette livraison et ne l'est plus, pour des années encore jugées."""
        encore = {*self.courante, *self.deplacees.values()}
        return {
            empreinte: trace
            for empreinte, trace in self.precedente.items()
            if empreinte not in encore and (not trace.annees or set(trace.annees) & set(annees))
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
            {e: Trace(r, t, f, n, tuple(a), c) for e, (r, t, f, n, a, c) in lu[nom].items()}
            for nom in ("courante", "precedente")
        ]
        return Suivi(str(lu["contenu"]), *fautes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Suivi()


def ranger_suivi(espace: Espace, service: str, suivi: Suivi) -> None:
    """Écrit le suivi d'un seul geste."""
    ecrites = {
        nom: {e: [t.regle, t.table, t.fichier, t.ligne, t.annees, t.contenu] for e, t in sorted(fautes.items())}
        for nom, fautes in (("courante", suivi.courante), ("precedente", suivi.precedente))
    }
    texte = json.dumps({"version": VERSION, "contenu": suivi.contenu, **ecrites}, ensure_ascii=False)
    remplacer_fichier(fichier_suivi(espace, service), (texte + "\n").encode())


# --- D'où les exports ont été lus ------------------------------------------------------------------------------


def fichier_exports(espace: Espace, service: str) -> Path:
    """Où l'on retient d'où les exports d'un service ont été lus ; il peut ne pas exister."""
    return espace.entrepot(service) / "qualite" / "exports.json"


def retenir_exports(espace: Espace, service: str, dossier: Path, fichiers: Mapping[str, str]) -> None:
    """Retient d'où un envoi a été lu, pour y retrouver les numéros du service.

    Entrées : `dossier` de l'envoi ; `fichiers`, nom sous ce dossier → SHA-256. Un disque plein ou fermé n'annule pas
    l'import : les numéros se relisent alors avec `--exports`.
    """
    connus = {somme: list(lieu) for somme, lieu in lire_exports(espace, service, absolus=False).items()}
    absolu, racine = dossier.resolve(), espace.racine.resolve()
    lieu = absolu.relative_to(racine).as_posix() if absolu.is_relative_to(racine) else str(absolu)
    connus |= {somme: [lieu, nom] for nom, somme in fichiers.items()}
    texte = json.dumps({"version": VERSION, "exports": connus}, ensure_ascii=False, indent=1)
    with contextlib.suppress(OSError):
        remplacer_fichier(fichier_exports(espace, service), (texte + "\n").encode(), 0o600)


def lire_exports(espace: Espace, service: str, *, absolus: bool = True) -> dict[str, tuple[str, str]]:
    """D'où chaque export a été lu : SHA-256 → dossier et nom sous ce dossier ; vide si rien n'est retenu."""
    try:
        lu = json.loads(fichier_exports(espace, service).read_text(encoding="utf-8"))["exports"]
        return {
            str(somme): (str(espace.racine / dossier) if absolus else str(dossier), str(nom))
            for somme, (dossier, nom) in lu.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
