"""Lire un texte délimité : encodage, séparateur, lignes de titre, retours à la ligne entre guillemets."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from observatoire.collecte.decodage import Texte, decoder
from observatoire.collecte.entete import LIGNES_EXAMINEES, Entete, lire_entete, score
from observatoire.collecte.pied import separer_pied
from observatoire.collecte.tableau import (
    CELLULE_MAXIMALE,
    LIGNE,
    Apercu,
    Tableau,
    nommer_colonnes,
    refuser_cellules_demesurees,
    sans_lignes_vides,
)
from observatoire.erreurs import ErreurFichier
from observatoire.nettoyage.texte import normaliser

SEPARATEURS = (";", ",", "\t", "|")
COLONNES_MAXIMALES = 5_000
_PAS = 20_000  # lignes tenues à la fois par la lecture pas à pas
_SEPARATEUR_ANNONCE = re.compile(r"^sep=([;,|\t])\s*$", re.IGNORECASE)


def _lignes(flux: io.TextIOBase, separateur: str, nom: str, premiere: int = 1) -> Iterator[tuple[int, list[str]]]:
    """Lignes logiques avec le numéro de la ligne physique où chacune commence."""
    lecteur = csv.reader(flux, delimiter=separateur)
    debut = premiere
    while True:
        ancien = csv.field_size_limit(CELLULE_MAXIMALE)
        try:
            cellules = next(lecteur, None)
        except csv.Error as erreur:
            raise ErreurFichier(
                f"{nom}, ligne {debut} : une cellule dépasse {CELLULE_MAXIMALE} caractères, ou la ligne est abîmée.",
                "Un guillemet ouvert n'est sans doute jamais refermé : corrigez cette ligne.",
            ) from erreur
        finally:
            csv.field_size_limit(ancien)
        if cellules is None:
            return
        yield debut, cellules
        debut = premiere + lecteur.line_num


def _apercu(debut: str, separateur: str, nom: str) -> Apercu:
    lignes = _lignes(io.StringIO(debut, newline=""), separateur, nom)
    return Apercu("", tuple((n, tuple(c)) for n, c in itertools.islice(lignes, LIGNES_EXAMINEES)))


def _regularite(apercu: Apercu) -> tuple[int, int]:
    """(lignes qui ont la largeur la plus courante, cette largeur) ; une seule colonne ne compte pas."""
    largeurs = [len(c) for _, c in apercu.lignes if len(c) > 1]
    if not largeurs:
        return 0, 1
    courante = max(set(largeurs), key=lambda n: (largeurs.count(n), n))
    return largeurs.count(courante), courante


def choisir_separateur(texte: Texte, attendues: Collection[str]) -> tuple[str, Apercu]:
    """Le séparateur et l'aperçu qui montrent le plus de colonnes attendues, sinon le plus régulier.

    Une première ligne « sep=; », qu'écrivent certains tableurs, décide.
    """
    debut = texte.debut()
    if annonce := _SEPARATEUR_ANNONCE.match(debut.partition("\n")[0]):
        return annonce[1], _apercu(debut, annonce[1], texte.nom)
    cles = {normaliser(a) for a in attendues} - {""}

    def note(couple: tuple[str, Apercu]) -> tuple[int, int, int]:
        apercu = couple[1]
        trouvees = max((score(c, cles) for _, c in apercu.lignes), default=0)
        return trouvees, *_regularite(apercu)

    return max(((s, _apercu(debut, s, texte.nom)) for s in SEPARATEURS), key=note)


def apercus_csv(chemin: Path, nom: str) -> list[Apercu]:
    """L'unique aperçu d'un texte délimité."""
    return [choisir_separateur(decoder(chemin, nom), ())[1]]


def lire_csv(chemin: Path, nom: str, attendues: Collection[str]) -> Tableau:
    """Lit un texte délimité dont l'en-tête ressemble le plus à `attendues`.

    Lève `ErreurFichier` si aucune colonne attendue n'y figure ou si le texte est abîmé.
    """
    texte = decoder(chemin, nom)
    separateur, apercu = choisir_separateur(texte, attendues)
    entete = lire_entete(apercu, attendues)
    if entete is None:
        raise ErreurFichier(f"{nom} : aucune des colonnes attendues n'a été trouvée.", "Vérifiez le fichier.")
    ligne_entete = apercu.lignes[entete.rang][0]
    largeur = max(len(entete.noms), *(len(c) for _, c in apercu.lignes[entete.rang :]))
    donnees = _lire(texte, separateur, largeur, ligne_entete, elargi=largeur > len(entete.noms))
    refuser_cellules_demesurees(donnees, nom)
    if donnees.height < texte.lignes - ligne_entete + 1:
        _refuser_guillemet_ouvert(donnees, separateur, nom)
    return _tableau(nom, entete, apercu, ligne_entete, donnees, texte.remarques)


def _tableau(
    nom: str, entete: Entete, apercu: Apercu, ligne: int, donnees: pl.DataFrame, remarques: tuple[str, ...]
) -> Tableau:
    """Le tableau nommé, sans ses lignes vides ni ce qui n'en est pas."""
    colonnes = [c for c in donnees.columns if c != LIGNE]
    donnees = sans_lignes_vides(donnees.slice(1))
    en_trop = [c for c in colonnes[len(entete.noms) :] if donnees[c].null_count() == donnees.height]
    # Retirer zéro colonne recopierait tout le tableau.
    donnees, hors = separer_pied(donnees.drop(en_trop) if en_trop else donnees, apercu.lignes[entete.rang][1])
    restantes = [c for c in donnees.columns if c != LIGNE]
    noms = nommer_colonnes(entete.noms, len(colonnes))
    donnees = donnees.rename({c: noms[colonnes.index(c)] for c in restantes})
    return Tableau(nom, "", ligne, donnees, hors, remarques=remarques)


def _lire(texte: Texte, separateur: str, largeur: int, premiere: int, elargi: bool) -> pl.DataFrame:
    """Toutes les lignes depuis la ligne physique `premiere`, par polars tant que le texte s'y prête."""
    rapide = _lire_vite(texte, separateur, largeur, premiere, elargi)
    if rapide is None:
        # La ligne la plus longue donne la largeur ; admis seulement si chaque ligne du fichier en reste une.
        plus_grande = _plus_grande_largeur(texte, separateur, premiere)
        if largeur < plus_grande <= COLONNES_MAXIMALES:
            rapide = _lire_vite(texte, separateur, plus_grande, premiere, elargi=True)
    return rapide if rapide is not None else _lire_pas_a_pas(texte, separateur, premiere)


def _reglages(texte: Texte, premiere: int) -> dict[str, Any]:
    """De quoi faire lire ce texte à polars depuis la ligne `premiere` ; un guillemet absent ne se cherche pas."""
    return {
        "has_header": False,
        "skip_lines": premiere - 1,
        "infer_schema": False,
        "quote_char": '"' if texte.guillemets else None,
        "missing_columns": "insert",  # l'en-tête peut être plus court que les lignes
        "glob": False,  # un nom de fichier à crochets ou à étoile est un nom
    }


def _lire_vite(texte: Texte, separateur: str, largeur: int, premiere: int, elargi: bool = False) -> pl.DataFrame | None:
    """Lecture par polars ; None si le texte est irrégulier (largeurs, guillemets) et demande du soin.

    `elargi` : des lignes sont plus longues que l'en-tête.
    """
    try:
        donnees = pl.read_csv(
            texte.source,
            separator=separateur,
            schema={f"c{i}": pl.String for i in range(largeur)},
            **_reglages(texte, premiere),
        )
    except pl.exceptions.PolarsError:
        return None
    physiques = texte.lignes - premiere + 1
    rang = pl.int_range(pl.len(), dtype=pl.Int64)
    if donnees.height == physiques:
        return donnees.with_columns((rang + premiere).alias(LIGNE))
    if elargi or donnees.height > physiques:
        # Des lignes de trop et des retours entre guillemets : polars pourrait recoudre deux lignes.
        return None
    retours = pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True).cast(pl.Int64).fill_null(0))
    donnees = donnees.with_columns(retours.alias("_retours"))
    if donnees.height + donnees["_retours"].sum() != physiques:
        return None
    avant = pl.col("_retours").cum_sum() - pl.col("_retours")
    return donnees.with_columns((rang + premiere + avant).alias(LIGNE)).drop("_retours")


def _plus_grande_largeur(texte: Texte, separateur: str, premiere: int) -> int:
    """Le nombre de cellules de la ligne la plus longue, séparateurs entre guillemets compris."""
    entieres = pl.read_csv(
        texte.source,
        separator="\x01",
        schema={"ligne": pl.String},
        truncate_ragged_lines=True,
        **_reglages(texte, premiere) | {"quote_char": None},
    )
    return int(entieres.select(pl.col("ligne").str.count_matches(separateur, literal=True).max()).item() or 0) + 1


def _lire_pas_a_pas(texte: Texte, separateur: str, premiere: int) -> pl.DataFrame:
    """Lecture ligne à ligne, pour les guillemets mal placés : aucune cellule de trop n'est perdue."""
    morceaux = []
    with texte.ouvrir() as octets:
        for _ in range(premiere - 1):
            octets.readline()
        flux = io.TextIOWrapper(octets, encoding="utf-8-sig" if premiere == 1 else "utf-8", newline="")
        lignes = _lignes(flux, separateur, texte.nom, premiere)
        while paquet := list(itertools.islice(lignes, _PAS)):
            morceaux.append(_paquet(paquet, texte.nom))
    return pl.concat(morceaux, how="diagonal").select(pl.exclude(LIGNE), LIGNE)


def _paquet(lignes: list[tuple[int, list[str]]], nom: str) -> pl.DataFrame:
    largeur = max(len(c) for _, c in lignes)
    if largeur > COLONNES_MAXIMALES:
        raise ErreurFichier(f"{nom} : une ligne a {largeur} cellules.", "Vérifiez le séparateur, ou refaites l'export.")
    colonnes = {
        f"c{i}": pl.Series([c[i] if i < len(c) else None for _, c in lignes], dtype=pl.String) for i in range(largeur)
    }
    return pl.DataFrame({**colonnes, LIGNE: pl.Series([n for n, _ in lignes], dtype=pl.Int64)})


def _refuser_guillemet_ouvert(donnees: pl.DataFrame, separateur: str, nom: str) -> None:
    """Lève `ErreurFichier` si une cellule a avalé des lignes entières, faute d'un guillemet refermé."""
    separateurs = donnees.width - 2  # « _ligne » n'est pas du fichier
    if separateurs < 2:
        return
    for colonne in donnees.columns[:-1]:
        plusieurs = donnees.filter(pl.col(colonne).str.contains("\n", literal=True))
        for cellule, ligne in plusieurs.select(colonne, LIGNE).iter_rows():
            if any(morceau.count(separateur) == separateurs for morceau in cellule.split("\n")[1:-1]):
                raise ErreurFichier(
                    f"{nom}, ligne {ligne} : un guillemet ouvert n'est jamais refermé et avale les lignes suivantes.",
                    "Refermez-le ou retirez-le, puis réimportez.",
                )
