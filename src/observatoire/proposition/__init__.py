"""Proposer le réglage d'un service à partir d'exports inconnus : un brouillon TOML à relire et à trancher."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from observatoire import modele
from observatoire.collecte.indecis import BROUILLON, Indecision, indecisions
from observatoire.erreurs import ErreurFichier, ErreurParametre
from observatoire.espace import Espace
from observatoire.indicateurs import registre
from observatoire.nomenclatures import lire_nomenclature
from observatoire.proposition.dates import ordre_des_dates
from observatoire.proposition.entetes import Entetes
from observatoire.proposition.exports import lire_exports
from observatoire.proposition.general import proposer_fiche
from observatoire.proposition.modalites import PROCHE, Modalite, proposer_modalites
from observatoire.proposition.plan import Plan, entetes_dans
from observatoire.proposition.profils import Lecteur
from observatoire.proposition.rapprochement import planifier
from observatoire.proposition.redaction import rediger
from observatoire.proposition.sections import sections_possibles

_IDENTIFIANT = re.compile(r"[a-z][a-z0-9_]{1,39}")


@dataclass(frozen=True)
class Proposition:
    """Un brouillon de réglage.

    `texte` : le TOML. `indecisions` : ses « ? », avec leur ligne. `fichier` : où l'écrire. `resume` : ce qui a
    été lu et proposé, une phrase par fichier. `illisibles` : une phrase par fichier qui n'a pas pu être lu.
    """

    service: str
    texte: str
    indecisions: tuple[Indecision, ...]
    resume: tuple[str, ...]
    illisibles: tuple[str, ...]
    fichier: Path

    @property
    def message(self) -> str:
        """Ce qu'il reste à faire, en une phrase."""
        definitif = f"{self.service}.toml"
        if not self.indecisions:
            return f"Relisez {self.fichier.name}, puis renommez-le en {definitif} : rien n'y reste à trancher."
        lignes = ", ".join(str(i.ligne) for i in self.indecisions[:15]) + (", …" if len(self.indecisions) > 15 else "")
        combien = f"les {len(self.indecisions)} « ? »" if len(self.indecisions) > 1 else "le « ? »"
        return f"Remplacez {combien} de {self.fichier.name} (lignes {lignes}), puis renommez-le en {definitif}."

    def ecrire(self) -> Path:
        """Écrit le brouillon et rend son chemin ; lève `ErreurFichier` s'il existe déjà : rien n'est écrasé."""
        try:
            descripteur = os.open(self.fichier, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError as erreur:
            raise _deja_la(self.fichier) from erreur
        except OSError as erreur:
            raise ErreurFichier(
                f"Impossible d'écrire « {self.fichier} » : {erreur.strerror}.", "Vérifiez les droits."
            ) from erreur
        with os.fdopen(descripteur, "w", encoding="utf-8") as flux:
            flux.write(self.texte)
        return self.fichier


def proposer(espace: Espace, chemin: Path, service: str) -> Proposition:
    """Lit un fichier ou un dossier d'exports inconnus et propose le réglage d'un service nouveau.

    N'écrit rien : `Proposition.ecrire` s'en charge. Lève `ErreurParametre` si l'identifiant n'en est pas un,
    `ErreurFichier` si le service ou son brouillon existe déjà, ou si rien ne se lit.
    """
    fichier = _fichier_brouillon(espace, service)
    entetes, lecteur = Entetes.lire(espace), Lecteur(espace)
    groupes, illisibles = lire_exports(Path(chemin), entetes)
    plans = planifier(groupes, entetes, lecteur)
    for plan in plans:
        plan.ordre_dates = ordre_des_dates(plan)
    modalites = proposer_modalites(plans, lecteur)
    recues = colonnes_recues(plans)
    libelles = {liste: lire_nomenclature(espace, liste).libelles for liste in modalites}
    texte = rediger(
        proposer_fiche(espace, service, plans, recues),
        plans,
        modalites,
        libelles,
        sections_possibles(recues, _series(plans)),
        illisibles,
    )
    return Proposition(
        service, texte, tuple(indecisions(texte)), tuple(_resume(plans, modalites)), tuple(illisibles), fichier
    )


def _fichier_brouillon(espace: Espace, service: str) -> Path:
    """Où écrire le brouillon ; tout est contrôlé ici, avant qu'aucun fichier ne soit lu."""
    if not _IDENTIFIANT.fullmatch(service):
        raise ErreurParametre(
            f"« {service} » n'est pas un identifiant de service.",
            "Des minuscules sans accent, des chiffres et « _ », en commençant par une lettre : « asll_2 ».",
        )
    definitif, brouillon = (
        espace.dossier_services / f"{service}.toml",
        espace.dossier_services / f"{service}{BROUILLON}",
    )
    if definitif.exists():
        raise ErreurFichier(
            f"Le service « {service} » a déjà un réglage, {definitif.name}.",
            "Proposez sous un autre identifiant, puis recopiez dans ce réglage ce qui vous sert.",
        )
    if brouillon.exists():
        raise _deja_la(brouillon)
    return brouillon


def _deja_la(brouillon: Path) -> ErreurFichier:
    return ErreurFichier(
        f"{brouillon.name} existe déjà et ne sera pas écrasé.",
        "Terminez-le, ou effacez-le avant d'en demander un autre.",
    )


def colonnes_recues(plans: list[Plan]) -> set[str]:
    """Les « table.colonne » que la proposition nourrit ; une photo s'écrit aussi « situation/moment.colonne »."""
    recues = set()
    for plan in plans:
        for alimente in plan.tables:
            moment = alimente.constantes.get("moment")
            moments = ["entree", "sortie"] if "moment" in alimente.colonnes else [moment or ""]
            for colonne in alimente.colonnes:
                recues.add(f"{alimente.table}.{colonne}")
                recues |= {f"{alimente.table}/{m}.{colonne}" for m in moments}
    return recues & {
        f"{t.nom}{m}.{c}"
        for t in modele.TABLES.values()
        for c in t.colonnes
        for m in ("", "/demande", "/entree", "/enquete", "/sortie")
    }


def _series(plans: list[Plan]) -> list[str]:
    """Les indicateurs du catalogue que nomme une série de chiffres reçus."""
    noms: list[str] = []
    for plan in plans:
        entete = entetes_dans(plan.entete_de("serie_agregee", "indicateur") or [])[:1]
        recus = set(plan.profils[entete[0]].valeurs["valeur"]) if entete else set()
        noms += [nom for nom in registre.noms() if nom in recus and nom not in noms]
    return noms


def _resume(plans: list[Plan], modalites: dict[str, list[Modalite]]) -> list[str]:
    phrases = []
    for plan in plans:
        tables = ", ".join(dict.fromkeys(t.table for t in plan.tables)) or "aucune table reconnue"
        placees = {v for t in plan.tables for v in t.colonnes.values() if isinstance(v, str)} & set(
            plan.groupe.colonnes
        )
        phrases.append(
            f"{plan.groupe.lieu} → {tables} : {len(placees)} colonnes placées, {len(plan.indecises)} à trancher, "
            f"{len(plan.ecartees)} non importées."
        )
    toutes = [m for liste in modalites.values() for m in liste]
    if toutes:
        proches, reconnues = sum(m.nature == PROCHE for m in toutes), sum(m.note == 100 for m in toutes)
        phrases.append(
            f"{len(toutes)} écritures de modalités : {reconnues} reconnues, {proches} proches à vérifier, "
            f"{len(toutes) - reconnues - proches} sans code proposé."
        )
    return phrases


__all__ = ["Proposition", "proposer"]
