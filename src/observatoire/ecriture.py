"""Écrire sans jamais laisser un fichier à moitié fait, et un seul à la fois.

Un fichier s'écrit à côté, est forcé sur le disque, puis prend sa place d'un seul renommage : une coupure
laisse l'ancien ou le nouveau. Un verrou tient deux processus à distance ; le système le libère si l'un meurt.
"""

from __future__ import annotations

import contextlib
import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TEMPORAIRE = ".tmp-"


def synchroniser_dossier(dossier: Path) -> None:
    """Force sur le disque les noms d'un dossier : un renommage n'est durable qu'ensuite."""
    if os.name == "nt":  # Windows n'ouvre pas un dossier et journalise lui-même ses renommages
        return
    descripteur = os.open(dossier, os.O_RDONLY)
    try:
        os.fsync(descripteur)
    except OSError as erreur:
        if erreur.errno != errno.EINVAL:  # certains partages réseau n'ont rien à forcer
            raise
    finally:
        os.close(descripteur)


def synchroniser(fichier: Path) -> None:
    """Force sur le disque le contenu d'un fichier."""
    with fichier.open("rb+") as flux:
        os.fsync(flux.fileno())


def _voisin(fichier: Path, octets: bytes, droits: int) -> Path:
    """Écrit `octets` dans un fichier voisin au nom unique, forcé sur le disque."""
    fichier.parent.mkdir(parents=True, exist_ok=True)
    voisin = fichier.with_name(f"{TEMPORAIRE}{fichier.name}-{uuid.uuid4().hex}")
    descripteur = os.open(voisin, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), droits)
    with os.fdopen(descripteur, "wb") as flux:
        flux.write(octets)
        flux.flush()
        os.fsync(flux.fileno())
    return voisin


def remplacer_fichier(fichier: Path, octets: bytes, droits: int = 0o666) -> None:
    """Donne à `fichier` ce contenu, d'un seul renommage ; `droits` valent pour un fichier neuf."""
    voisin = _voisin(fichier, octets, droits)
    try:
        os.replace(voisin, fichier)
    except OSError:
        voisin.unlink(missing_ok=True)
        raise
    synchroniser_dossier(fichier.parent)


def creer_fichier(fichier: Path, octets: bytes, droits: int = 0o666) -> bool:
    """Crée `fichier` entier, ou rend faux s'il existe déjà : de deux créateurs, un seul gagne."""
    voisin = _voisin(fichier, octets, droits)
    try:
        os.link(voisin, fichier)
    except FileExistsError:
        return False
    except OSError:  # ce disque n'a pas de liens (clé USB, partage réseau)
        if fichier.exists():
            return False
        os.replace(voisin, fichier)
    finally:
        voisin.unlink(missing_ok=True)
    synchroniser_dossier(fichier.parent)
    return True


@contextmanager
def verrou(fichier: Path) -> Iterator[None]:
    """Attend son tour, puis tient le verrou `fichier` jusqu'à la sortie du bloc."""
    fichier.parent.mkdir(parents=True, exist_ok=True)
    with fichier.open("a+b") as flux:
        _verrouiller(flux.fileno())
        yield


def _verrouiller(descripteur: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows, où l'attente se refait : LK_LOCK renonce au bout de dix secondes
        import msvcrt

        while True:
            with contextlib.suppress(OSError):
                msvcrt.locking(descripteur, msvcrt.LK_LOCK, 1)
                return
    else:
        fcntl.flock(descripteur, fcntl.LOCK_EX)
