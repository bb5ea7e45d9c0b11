"""Lire un texte délimité : encodage, séparateur, lignes de titre, retours à la ligne entre guillemets."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from observatoire.collecte.entete import LIGNES_EXAMINEES, score, trouver_entete
from observatoire.collecte.tableau import LIGNE, Apercu, Tableau, nommer_colonnes, sans_lignes_vides
from observatoire.erreurs import ErreurFichier
from observatoire.nettoyage.texte import normaliser

SEPARATEURS = (";", ",", "\t", "|")
CELLULE_MAXIMALE = 1_000_000
_APERCU_OCTETS = 262_144


@dataclass(frozen=True)
class Texte:
    """Un texte décodé, rangé en utf-8 avec des fins de ligne `\\n` ou `\\r\\n`."""

    nom: str
    octets: bytes

    def debut(self) -> str:
        """Les premières lignes, coupées à une fin de ligne."""
        tete = self.octets[:_APERCU_OCTETS]
        if len(self.octets) > len(tete) and b"\n" in tete:
            tete = tete[: tete.rindex(b"\n") + 1]
        return tete.decode("utf-8", errors="ignore")


def decoder(octets: bytes, nom: str) -> Texte:
    """Décode utf-8 (avec ou sans marque), utf-16 marqué, sinon cp1252 ; lève `ErreurFichier` pour un octet nul."""
    if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        octets = octets.decode("utf-16", errors="replace").encode()
    octets = octets.removeprefix(codecs.BOM_UTF8)
    if b"\x00" in octets:
        ligne = octets[: octets.index(b"\x00")].count(b"\n") + 1
        raise ErreurFichier(f"{nom}, ligne {ligne} : octet nul, le fichier est abîmé.", "Refaites l'export.")
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        try:
            octets = octets.decode("cp1252").encode()
        except UnicodeDecodeError:
            octets = octets.decode("latin-1").encode()
    if b"\r" in octets and b"\n" not in octets:
        octets = octets.replace(b"\r", b"\n")
    return Texte(nom, octets)


def _lignes(texte: str, separateur: str, nom: str) -> list[tuple[int, list[str]]]:
    """Lignes logiques avec le numéro de la ligne physique où chacune commence."""
    ancien = csv.field_size_limit(CELLULE_MAXIMALE)
    lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur)
    lignes, debut = [], 1
    try:
        for cellules in lecteur:
            lignes.append((debut, cellules))
            debut = lecteur.line_num + 1
    except csv.Error as erreur:
        raise ErreurFichier(
            f"{nom}, ligne {debut} : une cellule dépasse {CELLULE_MAXIMALE} caractères.",
            "Un guillemet ouvert n'est sans doute jamais refermé : corrigez cette ligne.",
        ) from erreur
    finally:
        csv.field_size_limit(ancien)
    return lignes


def _apercu(texte: Texte, separateur: str) -> Apercu:
    lignes = _lignes(texte.debut(), separateur, texte.nom)[:LIGNES_EXAMINEES]
    return Apercu("", tuple((numero, tuple(cellules)) for numero, cellules in lignes))


def _regularite(apercu: Apercu) -> tuple[int, int]:
    """(lignes qui ont la largeur la plus courante, cette largeur) ; une seule colonne ne compte pas."""
    largeurs = [len(c) for _, c in apercu.lignes if len(c) > 1]
    if not largeurs:
        return 0, 1
    courante = max(set(largeurs), key=lambda n: (largeurs.count(n), n))
    return largeurs.count(courante), courante


def choisir_separateur(texte: Texte, attendues: Collection[str]) -> Apercu:
    """L'aperçu lu avec le séparateur qui montre le plus de colonnes attendues, sinon le plus régulier."""
    return _choisir(texte, attendues)[1]


def _choisir(texte: Texte, attendues: Collection[str]) -> tuple[str, Apercu]:
    cles = {normaliser(a) for a in attendues} - {""}

    def note(couple: tuple[str, Apercu]) -> tuple[int, int, int]:
        apercu = couple[1]
        trouvees = max((score(c, cles) for _, c in apercu.lignes), default=0)
        return trouvees, *_regularite(apercu)

    return max(((s, _apercu(texte, s)) for s in SEPARATEURS), key=note)


def apercus_csv(chemin: Path, nom: str) -> list[Apercu]:
    """L'unique aperçu d'un texte délimité."""
    return [choisir_separateur(decoder(chemin.read_bytes(), nom), ())]


def lire_csv(chemin: Path, nom: str, attendues: Collection[str]) -> Tableau:
    """Lit un texte délimité dont l'en-tête ressemble le plus à `attendues`.

    Lève `ErreurFichier` si aucune colonne attendue n'y figure ou si le texte est abîmé.
    """
    texte = decoder(chemin.read_bytes(), nom)
    separateur, apercu = _choisir(texte, attendues)
    rang = trouver_entete(apercu, attendues)
    if rang is None:
        raise ErreurFichier(f"{nom} : aucune des colonnes attendues n'a été trouvée.", "Vérifiez le fichier.")
    ligne_entete, entete = apercu.lignes[rang]
    largeur = max(len(entete), *(len(c) for _, c in apercu.lignes[rang:]))
    corps = _a_partir_de(texte.octets, ligne_entete)
    donnees = _lire_vite(corps, separateur, largeur, ligne_entete)
    if donnees is None:
        donnees = _lire_pas_a_pas(corps, separateur, ligne_entete, nom)
    if donnees.height < _lignes_physiques(corps):
        _refuser_guillemet_ouvert(donnees, separateur, nom)
    noms = nommer_colonnes(entete, donnees.width - 1)
    donnees = donnees.rename(dict(zip((c for c in donnees.columns if c != LIGNE), noms, strict=True)))
    return Tableau(nom, "", ligne_entete, sans_lignes_vides(donnees.slice(1)))


def _a_partir_de(octets: bytes, ligne: int) -> bytes:
    """Le texte à partir de la ligne physique `ligne` (numérotée de 1)."""
    position = 0
    for _ in range(ligne - 1):
        position = octets.index(b"\n", position) + 1
    return octets[position:]


def _lignes_physiques(corps: bytes) -> int:
    return corps.count(b"\n") + (not corps.endswith(b"\n"))


def _lire_vite(corps: bytes, separateur: str, largeur: int, premiere: int) -> pl.DataFrame | None:
    """Lecture par polars ; None si le texte est irrégulier (largeurs, guillemets) et demande du soin."""
    try:
        donnees = pl.read_csv(
            io.BytesIO(corps),
            has_header=False,
            separator=separateur,
            schema={f"c{i}": pl.String for i in range(largeur)},
            infer_schema=False,
        )
    except pl.exceptions.PolarsError:
        return None
    physiques = _lignes_physiques(corps)
    rang = pl.int_range(pl.len(), dtype=pl.Int64)
    if donnees.height == physiques:
        return donnees.with_columns((rang + premiere).alias(LIGNE))
    retours = pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True).cast(pl.Int64).fill_null(0))
    donnees = donnees.with_columns(retours.alias("_retours"))
    if donnees.height + donnees["_retours"].sum() != physiques:
        return None
    avant = pl.col("_retours").cum_sum() - pl.col("_retours")
    return donnees.with_columns((rang + premiere + avant).alias(LIGNE)).drop("_retours")


def _lire_pas_a_pas(corps: bytes, separateur: str, premiere: int, nom: str) -> pl.DataFrame:
    """Lecture ligne à ligne, pour les textes irréguliers : aucune cellule de trop n'est perdue."""
    lignes = _lignes(corps.decode("utf-8"), separateur, nom)
    largeur = max(len(c) for _, c in lignes)
    colonnes = {
        f"c{i}": pl.Series([c[i] if i < len(c) else None for _, c in lignes], dtype=pl.String) for i in range(largeur)
    }
    numeros = pl.Series([n + premiere - 1 for n, _ in lignes], dtype=pl.Int64)
    return pl.DataFrame({**colonnes, LIGNE: numeros})


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
