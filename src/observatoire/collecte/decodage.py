"""Décoder un texte sans jamais le tenir deux fois en mémoire : encodage, octets nuls, fins de ligne."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from observatoire.erreurs import ErreurFichier

_MORCEAU = 256 * 1024  # à cette taille, décoder coûte deux fois moins qu'à 8 Mo
_TETE = 4 * 1024**2  # où l'on cherche des accents encodés deux fois
_APERCU_OCTETS = 262_144
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # avant utf-16-le, dont il commence comme
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SUITE_UTF8 = re.compile(rb"[\xc3\xc5\xe2][\x80-\xbf]")
_DEUX_FOIS_ENCODE = re.compile(rb"\xc3\x83\xc2[\x80-\xbf]")
REMEDE_ABIME = "Le fichier est abîmé : refaites l'export en CSV UTF-8, puis réimportez."


@dataclass(frozen=True)
class Texte:
    """Un texte en utf-8, sans marque, à lignes finies par `\\n` ou `\\r\\n`.

    `source` : le fichier lui-même s'il est déjà ainsi écrit, sinon ses octets transcrits ; `lignes` : son
    nombre de lignes physiques ; `guillemets` : s'il en contient ; `remarques` : ce qu'il faut en dire.
    """

    nom: str
    source: Path | bytes
    lignes: int
    guillemets: bool
    encodage: str
    remarques: tuple[str, ...] = ()

    def debut(self) -> str:
        """Les premières lignes, coupées à une fin de ligne."""
        with self.ouvrir() as flux:
            tete = flux.read(_APERCU_OCTETS)
            reste = flux.read(1)
        tete = tete.removeprefix(codecs.BOM_UTF8)
        if reste and b"\n" in tete:
            tete = tete[: tete.rindex(b"\n") + 1]
        return tete.decode("utf-8", errors="ignore")

    def ouvrir(self) -> io.BufferedIOBase:
        return self.source.open("rb") if isinstance(self.source, Path) else io.BytesIO(self.source)


def encodage_sans_marque(debut: bytes) -> str | None:
    """L'encodage utf-16 d'un texte sans marque, reconnu à ses octets nuls un sur deux ; None sinon."""
    paire = debut[: len(debut) // 2 * 2]
    if len(paire) < 4 or b"\x00" not in paire:
        return None
    moitie = len(paire) // 2
    pairs, impairs = paire[::2].count(0), paire[1::2].count(0)
    if impairs > 0.6 * moitie and pairs < 0.02 * moitie:
        return "utf-16-le"
    if pairs > 0.6 * moitie and impairs < 0.02 * moitie:
        return "utf-16-be"
    return None


def _morceaux(chemin: Path) -> Iterator[bytes]:
    with chemin.open("rb") as flux:
        while morceau := flux.read(_MORCEAU):
            yield morceau


def decoder(chemin: Path, nom: str) -> Texte:
    """Décode utf-8, utf-16 et utf-32, avec ou sans marque, sinon cp1252 ou latin-1.

    Lève `ErreurFichier` pour un octet nul ou un texte utf-16 abîmé.
    """
    with chemin.open("rb") as flux:
        debut = flux.read(65_536)
    marque = next(((m, e) for m, e in _BOMS if debut.startswith(m)), None)
    encodage = marque[1] if marque else (encodage_sans_marque(debut) or "utf-8")
    if encodage != "utf-8":
        return _transcrire(chemin, nom, encodage, len(marque[0]) if marque else 0)
    constat = _parcourir_utf8(chemin, nom)
    if constat is None:
        return _decoder_ancien(chemin, nom)
    lignes, retours, guillemets, deux_fois = constat
    remarques = (_remarque_deux_fois(nom),) if deux_fois else ()
    if retours and not lignes:
        return _en_memoire(nom, chemin.read_bytes().removeprefix(codecs.BOM_UTF8), "utf-8", remarques)
    return Texte(nom, chemin, lignes, guillemets, "utf-8", remarques)


def _remarque_deux_fois(nom: str) -> str:
    return (
        f"{nom} : des accents sont déjà abîmés dans le fichier (« Ã© » pour « é »). "
        "Refaites l'export en choisissant l'encodage UTF-8."
    )


def _parcourir_utf8(chemin: Path, nom: str) -> tuple[int, bool, bool, bool] | None:
    """(lignes, retours chariot, guillemets, accents encodés deux fois) d'un texte utf-8 ; None s'il ne l'est pas."""
    decodeur = codecs.getincrementaldecoder("utf-8")()
    fins, dernier, retours, guillemets, deux_fois, octets = 0, b"", False, False, False, 0
    valide = True
    for morceau in _morceaux(chemin):
        if b"\x00" in morceau:
            ligne = fins + morceau[: morceau.index(b"\x00")].count(b"\n") + 1
            raise ErreurFichier(f"{nom}, ligne {ligne} : octet nul, le fichier est abîmé.", "Refaites l'export.")
        fins += morceau.count(b"\n")
        if valide:
            valide = _valide(decodeur, morceau)
        retours = retours or b"\r" in morceau
        guillemets = guillemets or b'"' in morceau
        deux_fois = deux_fois or (octets < _TETE and bool(_DEUX_FOIS_ENCODE.search(morceau)))
        dernier, octets = morceau[-1:], octets + len(morceau)
    if not valide or not _valide(decodeur, b"", fin=True):
        return None
    # Des retours chariot seuls, sans aucun saut de ligne : une seule ligne physique jusqu'à leur traduction.
    lignes = fins + (octets > 0 and dernier != b"\n")
    return (0 if retours and not fins else lignes), retours, guillemets, deux_fois


def _valide(decodeur: codecs.IncrementalDecoder, morceau: bytes, fin: bool = False) -> bool:
    try:
        decodeur.decode(morceau, fin)
    except UnicodeDecodeError:
        return False
    return True


def _transcrire(chemin: Path, nom: str, encodage: str, marque: int) -> Texte:
    """Un texte utf-16 ou utf-32, transcrit en utf-8 morceau par morceau."""
    decodeur = codecs.getincrementaldecoder(encodage)()
    sortie = bytearray()
    try:
        for rang, morceau in enumerate(_morceaux(chemin)):
            sortie += decodeur.decode(morceau[marque:] if rang == 0 else morceau).encode()
        sortie += decodeur.decode(b"", True).encode()
    except (UnicodeDecodeError, UnicodeEncodeError) as erreur:
        ligne = sortie.count(b"\n") + 1
        raise ErreurFichier(f"{nom}, vers la ligne {ligne} : texte {encodage} interrompu.", REMEDE_ABIME) from erreur
    if b"\x00" in sortie:
        ligne = sortie[: sortie.index(b"\x00")].count(b"\n") + 1
        raise ErreurFichier(f"{nom}, ligne {ligne} : octet nul, le fichier est abîmé.", "Refaites l'export.")
    return _en_memoire(nom, bytes(sortie), encodage)


def _decoder_ancien(chemin: Path, nom: str) -> Texte:
    """Un texte cp1252 ou latin-1 ; s'il mêle aussi de l'utf-8, chaque ligne est lue dans son encodage."""
    octets = chemin.read_bytes()
    suites = len(_SUITE_UTF8.findall(octets))
    accents = sum(octets.count(bytes([c])) for c in range(0xC0, 0x100))
    if (suites and suites * 2 >= accents) or suites > 20:
        sortie = b"".join(_ligne_en_utf8(ligne) for ligne in octets.splitlines(keepends=True))
        remarque = f"{nom} : deux encodages mêlés (UTF-8 et Windows), chaque ligne a été lue dans le sien."
        return _en_memoire(nom, sortie, "utf-8 et cp1252", (remarque,))
    # Les cinq octets que cp1252 ne définit pas trahissent du latin-1.
    encodage = "latin-1" if re.search(rb"[\x81\x8d\x8f\x90\x9d]", octets) else "cp1252"
    decodeur = codecs.getincrementaldecoder(encodage)()
    sortie = bytearray()
    for depart in range(0, len(octets), _MORCEAU):
        sortie += decodeur.decode(octets[depart : depart + _MORCEAU]).encode()
    del octets
    return _en_memoire(nom, bytes(sortie), encodage)


def _ligne_en_utf8(ligne: bytes) -> bytes:
    try:
        ligne.decode("utf-8")
    except UnicodeDecodeError:
        return ligne.decode("cp1252", errors="replace").encode()
    return ligne


def _en_memoire(nom: str, octets: bytes, encodage: str, remarques: tuple[str, ...] = ()) -> Texte:
    if b"\r" in octets and b"\n" not in octets:
        octets = octets.replace(b"\r", b"\n")
    lignes = octets.count(b"\n") + (bool(octets) and not octets.endswith(b"\n"))
    return Texte(nom, octets, lignes, b'"' in octets, encodage, remarques)
