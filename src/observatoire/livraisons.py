"""Les livraisons d'un service : chaque import en est une, listée, réunie aux autres, retirable.

Les tables courantes sont la suite des livraisons actives, dans l'ordre : une clé déjà connue est remplacée, les
colonnes qu'un fichier ne déclare pas gardent leur valeur, et les tables que plusieurs fichiers nourrissent se
complètent. Redonner le même contenu ne change rien.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import polars as pl

from observatoire import modele, rangement
from observatoire.empreintes import empreinte_colonnes, empreinte_table, reunir, trier
from observatoire.entrepot import en_csv
from observatoire.erreurs import ErreurParametre, exiger_connu
from observatoire.espace import Espace
from observatoire.nettoyage.doublons import MASQUE, TABLES_PARTAGEES, bit
from observatoire.rangement import ACTIVE, ANNEXES, CORRECTIONS, REJETS, RETIREE, Carnet, Chantier, Inscription, Rangee


@dataclass(frozen=True)
class Livraison:
    """Une livraison : ce qu'un import a apporté.

    `id` : date et empreinte du contenu ; `tables` : lignes par table du modèle ; `etat` : « active » ou
    « retiree » ; `purgee` : jour de la dernière purge qui l'a touchée ; `nouvelle` : faux si `enregistrer` avait
    déjà ce contenu et n'a rien changé.
    """

    id: str
    date: datetime
    fichiers: tuple[str, ...]
    tables: dict[str, int]
    etat: str
    purgee: date | None = None
    nouvelle: bool = False

    @property
    def active(self) -> bool:
        return self.etat == ACTIVE

    @property
    def lignes(self) -> int:
        return sum(self.tables.values())


def _livraison(inscription: Inscription, *, nouvelle: bool = False) -> Livraison:
    return Livraison(
        id=inscription.id,
        date=datetime.fromisoformat(inscription.date),
        fichiers=inscription.fichiers,
        tables=dict(inscription.tables),
        etat=inscription.etat,
        purgee=date.fromisoformat(inscription.purgee) if inscription.purgee else None,
        nouvelle=nouvelle,
    )


def livraisons(espace: Espace, service: str) -> list[Livraison]:
    """Les livraisons d'un service, dans l'ordre où elles se réunissent ; lève `ErreurParametre` s'il est inconnu."""
    _, carnet = rangement.ouvrir_carnet(espace.entrepot(service))
    return [_livraison(inscription) for inscription in carnet.livraisons]


def enregistrer(
    espace: Espace,
    service: str,
    tables: Mapping[str, pl.DataFrame],
    fiche: Mapping[str, Any],
    rejets: pl.DataFrame | None = None,
    corrections: pl.DataFrame | None = None,
) -> Livraison:
    """Ajoute une livraison à l'entrepôt d'un service, d'un seul tenant, et rend sa fiche.

    Entrées : `tables` du modèle, avec provenance et `_masque` ; `fiche`, dont `fichiers` (nom → `sha256`, comptes) ;
    `rejets` et `corrections`, qui remplacent ceux des mêmes fichiers. Un contenu déjà livré ne s'ajoute pas ; s'il
    l'avait été avant d'autres, il repasse devant elles. Deux imports simultanés s'attendent. Lève
    `ErreurParametre` pour un service ou une table inconnus, `ErreurFichier` si l'entrepôt est abîmé.
    """
    with ThreadPoolExecutor(os.cpu_count()) as fils:
        pretes = dict(zip(tables, fils.map(_preparer, tables, tables.values()), strict=True))
    triees, sommes = ({nom: prete[rang] for nom, prete in pretes.items()} for rang in range(2))
    annexes = {n: c for n, c in ((REJETS, rejets), (CORRECTIONS, corrections)) if c is not None and c.height}
    contenu = _contenu(triees, sommes, annexes, fiche)
    with rangement.chantier(espace.entrepot(service)) as ouvert:
        connue = next((i for i in ouvert.carnet.actives if i.contenu == contenu), None)
        if connue is not None and all(r.intacte(ouvert.dossier) for r in ouvert.carnet.tables.values()):
            return _remettre_devant(ouvert, connue)
        maintenant = datetime.now().astimezone().isoformat(timespec="seconds")
        identifiant = _identifiant(ouvert.carnet, f"{maintenant[:10]}-{contenu[:12]}")
        inscription = Inscription(
            id=connue.id if connue else identifiant,
            dossier=ouvert.deposer(identifiant, triees, annexes, fiche),
            date=maintenant,
            contenu=contenu,
            fichiers=tuple(sorted(fiche.get("fichiers", {}))),
            tables={nom: triee.height for nom, triee in triees.items()},
        )
        if connue is not None:  # un fichier abîmé : la livraison est réécrite, et tout est réuni à nouveau
            liste = tuple(inscription if i == connue else i for i in ouvert.carnet.livraisons)
            rangees = tout_reunir(ouvert, [i for i in liste if i.etat == ACTIVE], {})
        else:
            liste = (*ouvert.carnet.livraisons, inscription)
            rangees = _ajouter(ouvert, inscription, triees, sommes)
        ouvert.valider(assembler(ouvert, liste, rangees))
    return _livraison(inscription, nouvelle=True)


def retirer(espace: Espace, service: str, identifiant: str) -> Livraison:
    """Retire une livraison : ses données sont effacées du disque, les tables sont celles des autres.

    Lève `ErreurParametre` si la livraison est inconnue ou déjà retirée, `ErreurFichier` si un fichier ne peut pas
    être effacé ; relancer suffit alors.
    """
    from observatoire.qualite.suivi import oublier_corrections

    with rangement.chantier(espace.entrepot(service)) as ouvert:
        connues = {i.id: i for i in ouvert.carnet.livraisons}
        exiger_connu(identifiant, connues, "Livraison")
        visee = connues[identifiant]
        if visee.etat == RETIREE:
            raise ErreurParametre(f"La livraison « {identifiant} » est déjà retirée.")
        retiree = replace(visee, etat=RETIREE, dossier="")
        liste = tuple(retiree if i == visee else i for i in ouvert.carnet.livraisons)
        rangees = tout_reunir(ouvert, [i for i in liste if i.etat == ACTIVE], ouvert.carnet.tables)
        ouvert.valider(assembler(ouvert, liste, rangees), effacer=True)
        oublier_corrections(espace, service)
    return _livraison(retiree)


def _preparer(nom: str, cadre: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    """Une table livrée (colonnes du modèle, provenance, masque ; lignes triées) et l'empreinte de ses valeurs."""
    complete = rangement.avec_masque(nom, cadre)
    triee = trier(nom, complete.select(*modele.table_vide(nom).columns, MASQUE))
    return triee, empreinte_table(nom, triee)


def _contenu(
    triees: Mapping[str, pl.DataFrame],
    sommes: Mapping[str, str],
    annexes: Mapping[str, pl.DataFrame],
    fiche: Mapping[str, Any],
) -> str:
    """L'empreinte de ce qu'apporte un import, hors noms de fichiers : une copie renommée est le même contenu."""
    parts = {
        nom: f"{triee.height} {sommes[nom]} {empreinte_colonnes(triee, [MASQUE])}" for nom, triee in triees.items()
    }
    for nom, cadre in annexes.items():
        octets = cadre.drop("fichier", strict=False).write_csv().encode()
        parts[nom] = hashlib.sha256(octets).hexdigest()
    sommes = sorted(str(f.get("sha256", "")) for f in fiche.get("fichiers", {}).values())
    return reunir({**parts, "fichiers": " ".join(sommes)})


def _identifiant(carnet: Carnet, voulu: str) -> str:
    pris, rang, nom = {i.id for i in carnet.livraisons}, 1, voulu
    while nom in pris:
        rang, nom = rang + 1, f"{voulu}.{rang + 1}"
    return nom


def _remettre_devant(ouvert: Chantier, connue: Inscription) -> Livraison:
    """Un contenu déjà livré : s'il en venait d'autres après lui qui changent le résultat, il repasse devant."""
    if connue == ouvert.carnet.actives[-1]:
        return _livraison(connue)
    liste = (*(i for i in ouvert.carnet.livraisons if i != connue), connue)
    rangees = tout_reunir(ouvert, [i for i in liste if i.etat == ACTIVE], ouvert.carnet.tables)
    if reunir({nom: r.empreinte for nom, r in rangees.items()}) == ouvert.carnet.empreinte:
        ouvert.balayer()
        return _livraison(connue)
    ouvert.valider(assembler(ouvert, liste, rangees))
    return _livraison(connue, nouvelle=True)


def _ajouter(
    ouvert: Chantier, inscription: Inscription, triees: Mapping[str, pl.DataFrame], sommes: Mapping[str, str]
) -> dict[str, Rangee]:
    """Les tables courantes, plus une livraison : seules celles qu'elle touche se réécrivent."""
    rangees = dict(ouvert.carnet.tables)
    for nom, nouvelles in triees.items():
        avant = rangees.get(nom)
        if avant is None or not avant.lignes:
            rangees[nom] = ouvert.ranger(f"{inscription.dossier}/{nom}.parquet", nom, nouvelles, sommes[nom])
        elif nouvelles.height:
            anciennes = rangement.lire_table(ouvert.dossier / avant.fichier, nom)
            rangees[nom] = ouvert.fondre(nom, trier(nom, reunir_lignes(nom, anciennes, nouvelles)))
    return rangees


def tout_reunir(ouvert: Chantier, actives: Sequence[Inscription], connues: Mapping[str, Rangee]) -> dict[str, Rangee]:
    """Les tables courantes, refaites de toutes les livraisons ; `connues` évite de relire un fichier inchangé."""
    par_fichier = {rangee.fichier: rangee for rangee in connues.values()}
    rangees = {}
    for nom in modele.TABLES:
        porteuses = [i for i in actives if nom in i.tables]
        remplies = [i for i in porteuses if i.tables[nom]] or porteuses[:1]
        if len(remplies) == 1:
            fichier = f"{remplies[0].dossier}/{nom}.parquet"
            rangees[nom] = par_fichier.get(fichier) or ouvert.ranger(
                fichier, nom, ouvert.table_livree(remplies[0], nom)
            )
        elif remplies:
            reunie = ouvert.table_livree(remplies[0], nom).drop(MASQUE)
            for inscription in remplies[1:]:
                reunie = reunir_lignes(nom, reunie, ouvert.table_livree(inscription, nom))
            rangees[nom] = ouvert.fondre(nom, trier(nom, reunie))
    return rangees


def reunir_lignes(nom: str, anciennes: pl.DataFrame, nouvelles: pl.DataFrame) -> pl.DataFrame:
    """Les lignes anciennes, remplacées ou complétées par les nouvelles de même clé.

    `nouvelles` porte `_masque` : une colonne non déclarée garde sa valeur d'avant. Dans une table partagée, une
    valeur vide n'efface rien.
    """
    declaree = modele.table(nom)
    cle, colonnes = list(declaree.cle), list(declaree.schema)
    if anciennes.is_empty():
        return nouvelles.drop(MASQUE)
    jointes = nouvelles.join(anciennes, on=cle, how="left", nulls_equal=True, suffix="_avant", maintain_order="left")
    partagee = nom in TABLES_PARTAGEES
    completees = []
    for colonne in colonnes:
        if colonne in cle:
            continue
        declare = (pl.col(MASQUE) & bit(colonnes, colonne)) != 0
        complete = pl.coalesce(colonne, f"{colonne}_avant")
        completees.append((complete if partagee else pl.when(declare).then(colonne).otherwise(complete)).alias(colonne))
    intactes = anciennes.join(nouvelles.select(cle), on=cle, how="anti", nulls_equal=True, maintain_order="left")
    return pl.concat([intactes, jointes.with_columns(completees).select(anciennes.columns)])


def assembler(ouvert: Chantier, liste: tuple[Inscription, ...], rangees: dict[str, Rangee]) -> Carnet:
    """Le carnet qui suit : livraisons, tables, fiche et rejets réunis."""
    actives = [i for i in liste if i.etat == ACTIVE]
    carnet = replace(ouvert.carnet, livraisons=liste, tables=rangees)
    fiches = [ouvert.fiche_livree(i) for i in actives]
    fichiers = {nom: lu for fiche in fiches for nom, lu in fiche.get("fichiers", {}).items()}
    fiche = {
        **(fiches[-1] if fiches else {}),
        "fichiers": dict(sorted(fichiers.items())),
        "tables": {nom: rangees[nom].lignes for nom in sorted(rangees)},
        "empreinte": carnet.empreinte,
    }
    reunies = {nom: _annexe(ouvert, actives, nom) for nom in ANNEXES}
    annexes = {n: ouvert.annexer(n, en_csv(c)) for n, c in reunies.items() if c is not None and c.height}
    return replace(carnet, fiche=fiche if actives else {}, annexes=annexes)


def _annexe(ouvert: Chantier, actives: Sequence[Inscription], nom: str) -> pl.DataFrame | None:
    """Les rejets ou corrections réunis : un fichier relu remplace les siens."""
    reunie: pl.DataFrame | None = None
    for inscription in actives:
        suivante = ouvert.annexe_livree(inscription, nom)
        if reunie is not None:
            reunie = reunie.filter(~pl.col("fichier").is_in(list(inscription.fichiers)))
        if suivante is not None:
            reunie = suivante if reunie is None else pl.concat([reunie, suivante], how="diagonal_relaxed")
    return reunie
