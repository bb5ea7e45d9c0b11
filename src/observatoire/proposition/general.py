"""Les clés générales d'un brouillon : libellé, type, unité, première année."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from observatoire.collecte.indecis import MARQUE
from observatoire.espace import Espace
from observatoire.nettoyage.texte import normaliser
from observatoire.nomenclatures import lire_nomenclature
from observatoire.proposition.plan import DATE_PRINCIPALE, Plan
from observatoire.proposition.sections import chiffres_cles

_ANNEE = r"\b((?:19|20)\d{2})\b"


@dataclass(frozen=True)
class Fiche:
    """Les clés de premier niveau : (nom, valeur, raison), et des lignes facultatives en commentaire."""

    service: str
    cles: tuple[tuple[str, Any, str], ...]
    facultatives: tuple[str, ...] = ()


def proposer_fiche(espace: Espace, service: str, plans: list[Plan], recues: set[str]) -> Fiche:
    """La fiche d'un service, avec « ? » là où rien ne permet de décider."""
    tables = {t.table for p in plans for t in p.tables}
    type_, raison_type = _type_service(espace, service, plans, tables)
    unite, raison_unite = _unite(tables)
    cles: list[tuple[str, Any, str]] = [
        ("libelle", MARQUE, "Nom du service, tel qu'il s'imprime en tête du rapport."),
        ("libelle_court", service.upper().replace("_", " "), ""),
        ("type_service", type_, raison_type),
        ("unite_compte", unite, raison_unite),
    ]
    premiere = _premiere_annee(plans)
    if premiere is not None:
        cles.append(
            ("premiere_annee", premiere, "Première année assez remplie pour être publiée, d'après les dates lues.")
        )
    tuiles = chiffres_cles(recues)
    if tuiles:
        cles.append(("chiffres_cles", tuiles, "Chiffres en tête du rapport."))
    facultatives = (
        'association = "…"              # la même pour tous les services d\'une association',
        'territoire = "…"',
        'regle_mois = "mois_entame"     # ou "dernier_jour", "prorata" : compte de la file active',
        "bornes_age = [0, 18, 25, 30, 40, 50, 60]",
        'periode_debut = "01-01"        # "10-01" si la convention va d\'octobre à septembre',
    )
    return Fiche(service, tuple(cles), facultatives)


def _type_service(espace: Espace, service: str, plans: list[Plan], tables: set[str]) -> tuple[str, str]:
    """Le type que nomment les fichiers ou l'identifiant, sinon celui que les tables désignent sans doute possible."""
    nomenclature = lire_nomenclature(espace, "type_service")
    noms = " ".join(normaliser(n) for n in (service, *(f.fichier for p in plans for f in p.groupe.feuilles)))
    nommes = [c for c in nomenclature.codes if f" {normaliser(c)} " in f" {noms} "]
    if len(nommes) == 1:
        return nommes[0], "Type nommé par l'identifiant du service ou par un nom de fichier."
    liste = " ; ".join(f"{c} {t}" for c, t in nomenclature.libelles.items())
    if "contrat_travail" in tables and not tables & {"mesure", "sejour"}:
        return "IAE", "Type déduit des contrats de travail : à vérifier."
    if {"acte", "demande"} <= tables and not tables & {"mesure", "sejour", "place"}:
        return "CLLAJ", "Type déduit de demandes et de rendez-vous sans mesure ni séjour : à vérifier."
    return MARQUE, f"Type de service, au choix : {liste}"


def _unite(tables: set[str]) -> tuple[str, str]:
    choix = "Au choix : menage, personne, situation, mesure, place."
    if {"acte", "demande"} <= tables and not tables & {"mesure", "sejour"}:
        return "situation", f"Unité imprimée : des situations reçues, faute de mesures et de séjours. {choix}"
    return "menage", f"Unité imprimée. {choix}"


def _premiere_annee(plans: list[Plan]) -> int | None:
    """L'année la plus ancienne qui porte au moins un quart des lignes de l'année la mieux remplie."""
    comptes: dict[int, int] = {}
    for plan in plans:
        for alimente in plan.tables:
            entete = alimente.colonnes.get(DATE_PRINCIPALE.get(alimente.table, ""))
            if alimente.table in ("place", "convention", "personne") or not isinstance(entete, str):
                continue
            profil = plan.profils.get(entete)
            if profil is None:
                continue
            annees = profil.valeurs.select("n", annee=profil.valeurs["valeur"].str.extract(_ANNEE)).drop_nulls()
            for n, annee in annees.iter_rows():
                comptes[int(annee)] = comptes.get(int(annee), 0) + n
    fortes = [a for a, n in comptes.items() if n * 4 >= max(comptes.values()) and 1990 <= a <= 2100]
    return min(fortes) if fortes else None
