"""Les années qu'un service peut publier : celles que ses données couvrent."""

from __future__ import annotations

import datetime as dt

import polars as pl

from observatoire.entrepot import lire_entrepot
from observatoire.espace import Espace
from observatoire.periode import annee_du
from observatoire.services import Service

# Ce qui date l'activité : le premier jour d'un fait, table par table.
DATES = {
    "demande": "date_demande",
    "mesure": "date_debut",
    "sejour": "date_entree",
    "acte": "date",
    "relogement": "date",
    "contrat_travail": "date_debut",
    "contact_employeur": "date",
    "action": "date_etat",
    "jalon": "date_etat",
}


def annees_recues(espace: Espace, service: Service) -> list[int]:
    """Les années (de fin de période) couvertes par l'entrepôt, entre les bornes que le service déclare.

    Une mesure ancienne encore ouverte fait remonter sa date de début loin en arrière : `premiere_annee` du service
    dit où commence la livraison, `derniere_annee` où elle s'arrête.
    """
    entrepot = lire_entrepot(espace, service.id)
    passe = pl.col("_jour") <= dt.date.today()  # une date à venir est une faute de saisie, pas une année d'activité
    extremes = []
    for table, colonne in DATES.items():
        if entrepot.presente(table):
            dates = (
                entrepot.table(table)
                .select(_jour=colonne)
                .filter(passe)
                .select(pl.col("_jour").min().alias("min"), pl.col("_jour").max().alias("max"))
                .row(0)
            )
            extremes += [d for d in dates if d is not None]
    annees = [annee_du(jour, service.periode) for jour in extremes]
    if entrepot.presente("serie_agregee") and not annees:
        # Un service qui n'a que des chiffres déjà agrégés publie leurs années.
        annees = entrepot.table("serie_agregee")["annee"].drop_nulls().to_list()
    if not annees:
        return []
    p = service.parametres
    annees = [min(annees), max(annees)]
    premiere = max(annees[0], p.premiere_annee or annees[0])
    derniere = min(annees[1], p.derniere_annee or annees[1])
    return [a for a in range(premiere, derniere + 1) if a not in entrepot.annees_purgees]
