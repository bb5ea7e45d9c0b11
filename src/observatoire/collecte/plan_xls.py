"""Le plan d'un XLS (Excel 97-2003) : un document composé (OLE) dont on lit les enregistrements BIFF."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator

from observatoire.collecte.entete import Fusion
from observatoire.collecte.plan import Feuille, Plan
from observatoire.erreurs import ErreurFichier

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
REMEDE_MOT_DE_PASSE = "Ouvrez-le avec le mot de passe, retirez-le à l'enregistrement, puis réimportez."
_FIN_DE_CHAINE = 0xFFFFFFFA  # au-delà : secteurs spéciaux
_BOF, _EOF, _DATEMODE, _FILEPASS, _BOUNDSHEET = 0x0809, 0x0A, 0x22, 0x2F, 0x85
_ROW, _COLINFO, _MERGEDCELLS = 0x0208, 0x7D, 0xE5


class Composite:
    """Un document composé : ses flux par nom (en minuscules)."""

    def __init__(self, octets: bytes) -> None:
        if not octets.startswith(SIGNATURE) or len(octets) < 512:
            raise ValueError("signature")
        self._octets = octets
        self._taille = 1 << struct.unpack_from("<H", octets, 30)[0]
        if self._taille not in (512, 4096):
            raise ValueError("taille de secteur")
        (self._repertoire,) = struct.unpack_from("<I", octets, 48)
        self._seuil, mini = struct.unpack_from("<II", octets, 56)
        self._suivant = self._table_des_secteurs()
        self._mini_suivant = _entiers(self._chaine(mini))
        self._flux = dict(self._entrees())

    def __contains__(self, nom: str) -> bool:
        return nom in self._flux

    def lire(self, nom: str) -> bytes:
        """Les octets d'un flux. Lève `ValueError` s'il est abîmé."""
        depart, taille = self._flux[nom]
        if taille < self._seuil and nom != "root entry":
            racine, _ = self._flux["root entry"]
            return self._mini_chaine(self._chaine(racine), depart)[:taille]
        return self._chaine(depart)[:taille]

    def _secteur(self, rang: int) -> bytes:
        debut = (rang + 1) * self._taille
        return self._octets[debut : debut + self._taille]

    def _table_des_secteurs(self) -> array[int]:
        secteurs = list(struct.unpack_from("<109I", self._octets, 76))
        suite, nombre = struct.unpack_from("<II", self._octets, 68)
        for _ in range(min(nombre, len(self._octets) // self._taille)):
            bloc = _entiers(self._secteur(suite))
            if not bloc:
                raise ValueError("table des secteurs")
            secteurs += bloc[:-1]
            suite = bloc[-1]
        return _entiers(b"".join(self._secteur(s) for s in secteurs if s < _FIN_DE_CHAINE))

    def _chaine(self, rang: int) -> bytes:
        morceaux = []
        while rang < _FIN_DE_CHAINE:
            if rang >= len(self._suivant) or len(morceaux) > len(self._suivant):
                raise ValueError("chaîne de secteurs")
            morceaux.append(self._secteur(rang))
            rang = self._suivant[rang]
        return b"".join(morceaux)

    def _mini_chaine(self, conteneur: bytes, rang: int) -> bytes:
        morceaux = []
        while rang < _FIN_DE_CHAINE:
            if rang >= len(self._mini_suivant) or len(morceaux) > len(self._mini_suivant):
                raise ValueError("chaîne de petits secteurs")
            morceaux.append(conteneur[rang * 64 : rang * 64 + 64])
            rang = self._mini_suivant[rang]
        return b"".join(morceaux)

    def _entrees(self) -> Iterator[tuple[str, tuple[int, int]]]:
        repertoire = self._chaine(self._repertoire)
        for debut in range(0, len(repertoire) - 127, 128):
            longueur, sorte = struct.unpack_from("<HB", repertoire, debut + 64)
            if sorte in (1, 2, 5) and 2 <= longueur <= 64:
                nom = repertoire[debut : debut + longueur - 2].decode("utf-16-le", "replace").lower()
                depart, taille = struct.unpack_from("<II", repertoire, debut + 116)
                yield nom, (depart, taille)


def _entiers(octets: bytes) -> array[int]:
    entiers = array("I")
    entiers.frombytes(octets[: len(octets) // 4 * 4])
    return entiers


def reconnaitre_composite(octets: bytes, nom: str) -> bytes:
    """Le flux du classeur d'un XLS. Lève `ErreurFichier` pour un mot de passe, un document Word, un abîmé."""
    try:
        composite = Composite(octets)
        if "encryptedpackage" in composite:
            raise ErreurFichier(f"{nom} est protégé par un mot de passe.", REMEDE_MOT_DE_PASSE)
        if "worddocument" in composite or "powerpoint document" in composite:
            raise ErreurFichier(
                f"{nom} est un document de texte ou une présentation, pas un classeur.",
                "Copiez le tableau dans un tableur et enregistrez-le en XLSX.",
            )
        flux = next((f for f in ("workbook", "book") if f in composite), None)
        if flux is None:
            raise ValueError("aucun classeur")
        return composite.lire(flux)
    except (ValueError, struct.error, KeyError, IndexError) as erreur:
        raise ErreurFichier(
            f"{nom} : classeur illisible ou abîmé.", "Ouvrez-le dans un tableur, puis enregistrez-le en XLSX."
        ) from erreur


def _enregistrements(flux: bytes, position: int) -> Iterator[tuple[int, int, int]]:
    """(numéro, début, longueur) de chaque enregistrement, jusqu'à la fin de la partie qui commence là."""
    profondeur = 0
    while position + 4 <= len(flux):
        numero, longueur = struct.unpack_from("<HH", flux, position)
        yield numero, position + 4, longueur
        profondeur += (numero == _BOF) - (numero == _EOF)
        if profondeur <= 0:
            return
        position += 4 + longueur


def lire_plan_xls(flux: bytes, nom: str) -> Plan:
    """Le plan d'un XLS. Lève `ErreurFichier` s'il est abîmé ou protégé par un mot de passe."""
    date_1904, feuilles, biff8 = False, {}, True
    try:
        for numero, debut, longueur in _enregistrements(flux, 0):
            if numero == _BOF:
                biff8 = struct.unpack_from("<H", flux, debut)[0] >= 0x0600
            elif numero == _FILEPASS:
                raise ErreurFichier(f"{nom} est protégé par un mot de passe.", REMEDE_MOT_DE_PASSE)
            elif numero == _DATEMODE:
                date_1904 = struct.unpack_from("<H", flux, debut)[0] == 1
            elif numero == _BOUNDSHEET:
                feuille, position = _feuille(flux[debut : debut + longueur], biff8)
                feuilles[feuille.nom] = feuille
                _lire_feuille(flux, position, feuille)
    except (struct.error, ValueError) as erreur:
        raise ErreurFichier(f"{nom} : classeur illisible ou abîmé.", "Refaites l'export.") from erreur
    return Plan(feuilles, date_1904)


def _feuille(corps: bytes, biff8: bool) -> tuple[Feuille, int]:
    position, etat, _, longueur = struct.unpack_from("<IBBB", corps)
    if not biff8:
        return Feuille(corps[7 : 7 + longueur].decode("cp1252", "replace"), not etat & 3), position
    if corps[7] & 1:
        nom = corps[8 : 8 + 2 * longueur].decode("utf-16-le", "replace")
    else:
        nom = corps[8 : 8 + longueur].decode("latin-1")
    return Feuille(nom, not etat & 3), position


def _lire_feuille(flux: bytes, position: int, feuille: Feuille) -> None:
    for numero, debut, longueur in _enregistrements(flux, position):
        if numero == _ROW:
            ligne, _, derniere = struct.unpack_from("<HHH", flux, debut)
            (drapeaux,) = struct.unpack_from("<I", flux, debut + 12)
            feuille.etendre(ligne + 1, derniere)
            if drapeaux & 0x20:
                feuille.lignes_masquees.append((ligne + 1, ligne + 1))
        elif numero == _COLINFO:
            premiere, derniere = struct.unpack_from("<HH", flux, debut)
            (drapeaux,) = struct.unpack_from("<H", flux, debut + 8)
            if drapeaux & 1:
                feuille.colonnes_masquees.update(range(premiere + 1, min(derniere, 255) + 2))
        elif numero == _MERGEDCELLS:
            (nombre,) = struct.unpack_from("<H", flux, debut)
            for rang in range(min(nombre, (longueur - 2) // 8)):
                l1, l2, c1, c2 = struct.unpack_from("<HHHH", flux, debut + 2 + 8 * rang)
                feuille.fusions.append(Fusion(l1 + 1, c1 + 1, l2 + 1, c2 + 1))
