"""Les fichiers du projet : ceux que git suit ou suivrait."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

RACINE = Path(__file__).parents[2]
# Sans git (archive décompressée), on lit le dossier en laissant ces pièces-là de côté.
HORS_PROJET = (".git", ".venv", "build", "dist", "reports", "data/depot", "data/entrepot")
CACHES = {"__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".ruff_cache", ".hypothesis"}


@cache
def fichiers_du_projet() -> tuple[Path, ...]:
    """Chemins absolus des fichiers du projet, triés."""
    commande = ["git", "-C", str(RACINE), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        sortie = subprocess.run(commande, capture_output=True, check=True).stdout.decode()
        chemins = [RACINE / nom for nom in sortie.split("\0") if nom]
    except (OSError, subprocess.CalledProcessError):
        chemins = [f for f in RACINE.rglob("*") if _du_projet(f.relative_to(RACINE))]
    return tuple(sorted(f for f in chemins if f.is_file()))


def _du_projet(chemin: Path) -> bool:
    exclu = any(chemin.as_posix() == d or chemin.as_posix().startswith(f"{d}/") for d in HORS_PROJET)
    return not exclu and not CACHES & set(chemin.parts)


def textes_du_projet() -> dict[str, str]:
    """Chemin relatif → contenu des fichiers de texte (les classeurs et fichiers Parquet sont laissés de côté)."""
    textes: dict[str, str] = {}
    for fichier in fichiers_du_projet():
        octets = fichier.read_bytes()
        if b"\0" not in octets:
            textes[fichier.relative_to(RACINE).as_posix()] = octets.decode("utf-8", errors="replace")
    return textes
