"""Ressources : de quoi vivent les personnes suivies. Un montant vide n'est jamais zéro."""

from __future__ import annotations

import polars as pl

from observatoire.indicateurs.formes import Maximum, Mediane, Minimum, Moyenne, Rapport, Repartition
from observatoire.indicateurs.registre import indicateur

REGLES = "règles de lecture de l'observatoire, « Non renseigné », ressources"
CENTIMES = pl.col("ressources_centimes")


@indicateur(
    univers="profils_ressources",
    unite="%",
    famille="ressources",
    libelle="Ressource principale",
    numerateur="unités par ressource principale",
    denominateur="unités dont la ressource est connue",
    source=REGLES,
    pieges="Les aides au logement ne sont pas une ressource personnelle.",
)
def ressource_principale() -> Repartition:
    """Répartition selon la nature de la ressource principale à la photo de profil."""
    return Repartition("ressource_principale")


@indicateur(
    univers="profils_ressources",
    unite="€ par mois",
    famille="ressources",
    libelle="Ressources moyennes (tous)",
    numerateur="somme des ressources mensuelles",
    denominateur="unités dont le montant est connu, 0 compris",
    source=REGLES,
    montant=True,
    pieges="À ne pas confondre avec la moyenne de ceux qui ont des ressources.",
)
def ressources_moyennes_tous() -> Moyenne:
    """Moyenne des ressources mensuelles connues, zéros compris."""
    return Moyenne(CENTIMES, diviseur=100)


@indicateur(
    univers="profils_ressources",
    unite="€ par mois",
    famille="ressources",
    libelle="Ressources moyennes (de ceux qui en ont)",
    numerateur="somme des ressources mensuelles",
    denominateur="unités dont le montant est strictement positif",
    source=REGLES,
    montant=True,
)
def ressources_moyennes_avec_ressources() -> Moyenne:
    """Moyenne des ressources mensuelles strictement positives."""
    return Moyenne(CENTIMES.filter(CENTIMES > 0), diviseur=100)


@indicateur(
    univers="profils_ressources",
    unite="€ par mois",
    famille="ressources",
    libelle="Ressources médianes",
    numerateur="ressources mensuelles triées",
    denominateur="unités dont le montant est connu, 0 compris",
    source=REGLES,
    montant=True,
    pieges="Ni minimum, ni maximum : ils désignent une personne.",
)
def ressources_medianes() -> Mediane:
    """Médiane des ressources mensuelles connues, zéros compris."""
    return Mediane(CENTIMES, diviseur=100)


@indicateur(
    univers="profils_ressources",
    unite="€ par mois",
    famille="ressources",
    libelle="Ressources les plus basses",
    numerateur="plus petit montant mensuel connu, 0 compris",
    denominateur="unités dont le montant est connu, 0 compris",
    source="catalogue de l'observatoire",
    codes="ressources_medianes",
    montant=True,
    interne_seulement=True,
    pieges="Désigne une personne : usage interne seulement.",
)
def ressources_minimum() -> Minimum:
    """Plus petit montant mensuel connu, une des deux bornes de l'étendue des ressources."""
    return Minimum(CENTIMES, diviseur=100)


@indicateur(
    univers="profils_ressources",
    unite="€ par mois",
    famille="ressources",
    libelle="Ressources les plus hautes",
    numerateur="plus grand montant mensuel connu, 0 compris",
    denominateur="unités dont le montant est connu, 0 compris",
    source="catalogue de l'observatoire",
    codes="ressources_medianes",
    montant=True,
    interne_seulement=True,
    pieges="Désigne une personne : usage interne seulement.",
)
def ressources_maximum() -> Maximum:
    """Plus grand montant mensuel connu, une des deux bornes de l'étendue des ressources."""
    return Maximum(CENTIMES, diviseur=100)


@indicateur(
    univers="profils_ressources",
    unite="%",
    famille="ressources",
    libelle="Montant des ressources",
    numerateur="unités par tranche de ressources mensuelles",
    denominateur="unités dont le montant est connu",
    source=REGLES,
    codes="bornes_ressources",
    montant=True,
    pieges="Bornes fermées à gauche, sans trou ; les montants nuls ont leur tranche.",
)
def ressources_tranches() -> Repartition:
    """Répartition selon le montant mensuel des ressources, par tranche d'euros."""
    return Repartition("ressources_tranche")


@indicateur(
    univers="profils_ressources",
    unite="%",
    famille="ressources",
    libelle="Part sans ressource",
    numerateur="unités dont le montant est nul",
    denominateur="unités dont le montant est connu",
    source=REGLES,
    montant=True,
    pieges="Sans ressource et non renseigné sont deux choses.",
)
def part_sans_ressource() -> Rapport:
    """Part des montants nuls parmi les montants connus."""
    return Rapport((CENTIMES == 0).sum(), CENTIMES.count(), inconnus=CENTIMES.is_null().sum())


@indicateur(
    univers="profils_ressources",
    unite="%",
    famille="ressources",
    libelle="Part ayant peu ou pas de ressources",
    numerateur="unités dont le montant est sous le seuil du service",
    montant=True,
    denominateur="unités dont le montant est connu",
    source="réglage du service",
    codes="seuil_ressources_faibles",
    pieges="Le seuil doit être le même sur les années comparées.",
)
def part_ressources_faibles() -> Rapport:
    """Part des personnes dont les ressources sont sous le seuil local du service."""
    return Rapport(
        pl.col("seuil_faible").sum(),
        pl.col("seuil_faible").count(),
        inconnus=pl.col("seuil_faible").is_null().sum(),
    )


@indicateur(
    univers="profils_ressources",
    unite="%",
    famille="ressources",
    libelle="Part sous le seuil de pauvreté",
    numerateur="unités dont les ressources par unité de consommation sont sous 60 % du niveau de vie médian",
    denominateur="unités dont le montant est connu",
    montant=True,
    source="Insee, seuils mensuels ; data/referentiels/reperes.csv",
    pieges="Ressources déclarées contre revenu disponible ; millésime du seuil imprimé en note.",
)
def part_sous_seuil_pauvrete() -> Rapport:
    """Part des personnes dont les ressources par unité de consommation sont sous le seuil de pauvreté de l'année."""
    return Rapport(
        pl.col("sous_seuil_pauvrete").sum(),
        pl.col("sous_seuil_pauvrete").count(),
        inconnus=pl.col("sous_seuil_pauvrete").is_null().sum(),
    )
