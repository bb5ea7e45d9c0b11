"""Rien ne téléphone à la maison : le travail principal passe avec toute connexion extérieure refusée."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from observatoire.espace import creer_espace

# Chargé par chaque processus Python, noyaux compris : refuse et note tout ce qui n'est pas la machine elle-même.
GARDE = """
import os, socket
_JOURNAL = os.environ["OBSERVATOIRE_JOURNAL_RESEAU"]
_LOCALES = ("127.", "::1", "localhost", "0.0.0.0")

def _refuser(hote):
    hote = hote.decode() if isinstance(hote, bytes) else str(hote)
    if hote and not hote.startswith(_LOCALES):
        with open(_JOURNAL, "a", encoding="utf-8") as journal:
            journal.write(hote + "\\n")
        raise OSError("connexion extérieure refusée : " + hote)

_connect, _connect_ex, _resoudre = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

def connect(self, adresse):
    if isinstance(adresse, tuple):
        _refuser(adresse[0])
    return _connect(self, adresse)

def connect_ex(self, adresse):
    if isinstance(adresse, tuple):
        _refuser(adresse[0])
    return _connect_ex(self, adresse)

def getaddrinfo(hote, *reste, **options):
    _refuser(hote or "")
    return _resoudre(hote, *reste, **options)

socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo = connect, connect_ex, getaddrinfo
"""


def lancer(environnement: dict[str, str], *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *arguments], env=environnement, capture_output=True, text=True, timeout=300)


def test_importer_verifier_rendre_sans_aucune_connexion_exterieure(tmp_path: Path):
    espace = creer_espace(tmp_path / "espace")
    journal = tmp_path / "reseau.log"
    (tmp_path / "garde").mkdir()
    (tmp_path / "garde" / "sitecustomize.py").write_text(GARDE, encoding="utf-8")
    chemins = [str(tmp_path / "garde"), os.environ.get("PYTHONPATH", "")]
    environnement = {
        **os.environ,
        "OBSERVATOIRE_ESPACE": str(espace.racine),
        "OBSERVATOIRE_JOURNAL_RESEAU": str(journal),
        "PYTHONPATH": os.pathsep.join(c for c in chemins if c),
    }
    temoin = lancer(environnement, "-c", "import socket; socket.create_connection(('192.0.2.1', 80), 1)")
    assert "refusée" in temoin.stderr, "la garde doit mordre pour que le reste prouve quelque chose"
    assert journal.read_text(encoding="utf-8").strip() == "192.0.2.1"
    journal.unlink()

    observatoire = ("-m", "observatoire.cli")
    importation = lancer(
        environnement, *observatoire, "importer", str(espace.donnees / "exemple" / "ltiae"), "--service", "ltiae"
    )
    assert importation.returncode == 0, importation.stderr
    rendu = lancer(environnement, *observatoire, "rendre", "--service", "ltiae", "--annee", "2022")
    assert rendu.returncode == 0, rendu.stderr
    assert rendu.stdout.strip().endswith("index.html")
    assert (espace.rapports / "interne" / "2022" / "ltiae.html").is_file()
    assert not journal.exists(), journal.read_text(encoding="utf-8")
