"""Les zones où la fédération écrit : leur nom, leur marque dans le document, leur invitation.

Une zone est marquée deux fois, car les logiciels ne gardent pas tous les mêmes marques : un contrôle de contenu
(Word) et un signet (Word, LibreOffice). Les deux portent le même nom, tiré de l'ancre de la partie commentée.
"""

from __future__ import annotations

import re
import zlib

PREFIXE = "obs_"
_SIGNES = 40  # longueur maximale d'un nom de signet
AVANT_PROPOS = PREFIXE + "avant_propos"
HORS_ZONES = PREFIXE + "hors_zones"
INVITATION = "Commentaire à écrire ici."
_INVITATIONS = {AVANT_PROPOS: "Avant-propos à écrire ici."}


def nom_zone(ancre: str) -> str:
    """Le nom d'une zone, stable d'une édition à l'autre : lettres, chiffres et soulignés, 40 signes au plus."""
    return _nom(PREFIXE, ancre)


def nom_signet(ancre: str) -> str:
    """Le nom du signet d'une partie, où mènent les liens du document ; masqué dans la liste de Word."""
    return _nom("_" + PREFIXE, ancre)


def _nom(prefixe: str, ancre: str) -> str:
    nu = re.sub(r"[^a-z0-9]+", "_", ancre.lower()).strip("_") or "partie"
    if len(prefixe) + len(nu) <= _SIGNES:
        return prefixe + nu
    empreinte = f"{zlib.crc32(ancre.encode('utf-8')):08x}"
    return f"{prefixe}{nu[: _SIGNES - len(prefixe) - 9]}_{empreinte}"


def est_zone(nom: str) -> bool:
    """Ce nom de signet ou de contrôle est-il celui d'une zone ?"""
    return nom.startswith(PREFIXE)


def invitation(nom: str) -> str:
    """Ce que dit une zone vide."""
    return _INVITATIONS.get(nom, INVITATION)


def est_invitation(texte: str) -> bool:
    """Ce texte est-il l'invitation d'une zone, donc rien de la fédération ?"""
    return texte in (INVITATION, *_INVITATIONS.values())
