"""Reconnaître ce qui ne doit pas être importé : noms, coordonnées, numéros officiels, textes libres.

Sert à la proposition : une colonne reconnue ici est proposée comme non importée, avec la raison, et aucune
de ses valeurs n'est recopiée dans le brouillon.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

from observatoire.nettoyage.personnel import FORMES, Genre, forme_personnelle, genre_d_en_tete
from observatoire.nettoyage.texte import normaliser

NOM, PRENOM = "nom de personne", "prénom"
_SEUIL = 0.3  # part de valeurs qui suffit à reconnaître une coordonnée
LONGUEUR_LIBRE, MOTS_LIBRES = 60, 9

# Raison → en-têtes entiers, normalisés, qui l'annoncent.
_PAR_ENTETE: dict[str, str] = {
    NOM: r"nom( de famille| d usage| de naissance| marital| patronymique)?|patronyme|identite|nom complet"
    r"|noms? (et )?prenoms?"
    r"|nom (du|de la|de l) ?(demandeur|referent|usager|jeune|conjoint|personne|titulaire|beneficiaire)",
    PRENOM: r"prenoms?( du| de la| de l)?( .*)?",
    "numéro de téléphone": r"(n de )?(tel|telephone|portable|mobile|gsm|fax)( .*)?",
    "adresse électronique": r"(e )?mail( .*)?|email( .*)?|courriel( .*)?|adresse (mail|electronique|e mail|courriel)",
    "adresse": r"adresse( (postale|complete|actuelle|du .*|de .*|precedente|ligne \d))?|rue|voie|n et rue"
    r"|complement d adresse",
    "numéro de sécurité sociale": r"(n de |n |numero )?(de )?(nir|secu|securite sociale|ss)",
    "numéro officiel": r"(n )?(allocataire|caf|allocataire caf|identifiant caf|france travail|pole emploi|etranger"
    r"|agdref|titre de sejour|iban|rib|permis de conduire|piece d identite|unique|nud|demande logement social)",
    "nom d'un professionnel": r"travailleur social|intervenante?|conseill(er|ere)|accompagnante?|educat(eur|rice)"
    r"|redact(eur|rice)|saisi par|suivi par|agent|cip|referente?( (social|unique|asll|du suivi))?"
    r"|nom du (conseiller|prescripteur|travailleur social)",
    "texte libre": r"(observations?|commentaires?|remarques?|notes?|precisions?|texte( libre)?|bilan|synthese|contenu"
    r"|compte rendu|details?|historique|memo|situation (detaillee|resumee)|informations? complementaires?)( .*)?",
    "donnée d'état civil que le modèle ne garde pas": r"lieu de naissance|nationalite|pays de naissance",
}
_NOM_ENTIER = r"^\p{Lu}[\p{Lu}' -]+\s\p{Lu}\p{Ll}+(?:[- ]\p{Lu}\p{Ll}+)*$"  # « NOM Prénom »
_PAR_CONTENU: tuple[tuple[str, str], ...] = (
    (FORMES["courriel"], "adresse électronique"),
    (FORMES["téléphone"], "numéro de téléphone"),
    (FORMES["sécurité sociale"], "numéro de sécurité sociale"),
    (FORMES["adresse"], "adresse"),
    (FORMES["personne"], NOM),
    (_NOM_ENTIER, NOM),
)


_GENRES = {
    Genre.NOM: NOM,
    Genre.PRENOM: PRENOM,
    Genre.ADRESSE: "adresse",
    Genre.TELEPHONE: "numéro de téléphone",
    Genre.COURRIEL: "adresse électronique",
    Genre.NIR: "numéro de sécurité sociale",
    Genre.TEXTE_LIBRE: "texte libre",
}


def raison_par_entete(entete: str, voisins: Iterable[str] = ()) -> str:
    """Pourquoi un en-tête annonce une donnée à ne pas importer ; vide sinon."""
    cle = normaliser(entete)
    directe = next((raison for raison, motif in _PAR_ENTETE.items() if re.fullmatch(motif, cle)), "")
    return directe or _GENRES.get(genre_d_en_tete(entete, voisins), "")


def raison_par_contenu(valeurs: pl.DataFrame) -> str:
    """Pourquoi des valeurs (`valeur`, `n`) sont des données à ne pas importer ; vide sinon."""
    if valeurs.is_empty():
        return ""
    total = valeurs["n"].sum()
    for motif, raison in _PAR_CONTENU:
        trouves = valeurs.filter(pl.col("valeur").str.strip_chars().str.contains(motif))
        # Un nom se reconnaît à une colonne entière : « Le Havre » ou « CCAS Grenoble » en ont la forme.
        seuil = 0.7 if raison == NOM else _SEUIL
        if trouves["n"].sum() >= seuil * total and (raison != NOM or trouves.height > 3):
            return raison
    longueur = valeurs["valeur"].str.len_chars().mean() or 0
    mots = valeurs["valeur"].str.count_matches(r"\S+").mean() or 0
    if valeurs.height > 3 and (longueur > LONGUEUR_LIBRE or mots > MOTS_LIBRES):
        return "texte libre"
    return ""


def ecriture_a_taire(texte: str) -> bool:
    """Vrai si une modalité ne doit pas être recopiée dans un brouillon : coordonnée, personne ou texte trop long."""
    if len(texte) > LONGUEUR_LIBRE or len(texte.split()) > MOTS_LIBRES:
        return True
    return bool(pl.select(forme_personnelle(pl.lit(texte))).item())
