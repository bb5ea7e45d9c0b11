"""Contrôles de chiffres de l'hébergement éducatif de jeunes qui se lisent dans l'entrepôt."""

from __future__ import annotations

import polars as pl

from observatoire.entrepot import lire_entrepot


def verifier_embauches(espace, service, ligne):
    """Les postes de l'équipe ouverts dans l'année : tous, ou ceux d'une fonction."""
    postes = (
        lire_entrepot(espace, service)
        .table("convention")
        .filter(pl.col("etp").is_not_null() & (pl.col("debut").dt.year() == int(ligne["annee"])))
    )
    fonction = ligne["modalite_imprimee_1"]
    if fonction != "Total":
        postes = postes.filter(pl.col("dispositif").str.to_lowercase() == fonction)
    assert postes.height == int(ligne["valeur_imprimee"])


def verifier_accueils_prevus(espace, service, ligne):
    """Les pré-admissions admises l'année d'avant dont le jeune n'a pas encore de séjour."""
    entrepot = lire_entrepot(espace, service)
    admises = entrepot.table("demande").filter(
        (pl.col("suite") == "ADMISE") & (pl.col("date_demande").dt.year() == int(ligne["annee"]) - 1)
    )
    attendus = admises.join(entrepot.table("sejour"), on="id_menage", how="anti")
    assert attendus.height == int(ligne["valeur_imprimee"])


VERIFICATIONS = {"embauches": verifier_embauches, "accueils_prevus": verifier_accueils_prevus}
