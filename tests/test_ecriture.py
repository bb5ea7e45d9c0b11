"""Écrire d'un bloc, créer sans écraser, attendre son tour."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from observatoire import ecriture
from observatoire.ecriture import creer_fichier, remplacer_fichier, synchroniser_dossier, verrou


def test_remplacer(tmp_path: Path) -> None:
    fichier = tmp_path / "a" / "f.txt"
    for contenu in (b"un", b"deux", b""):
        remplacer_fichier(fichier, contenu)
        assert fichier.read_bytes() == contenu and [f.name for f in fichier.parent.iterdir()] == ["f.txt"]


def test_remplacement_impossible_ne_laisse_rien(tmp_path: Path) -> None:
    """Un dossier occupe la place : erreur, et pas de fichier d'attente."""
    (tmp_path / "f.txt" / "x").mkdir(parents=True)
    with pytest.raises(OSError):
        remplacer_fichier(tmp_path / "f.txt", b"contenu")
    assert [f.name for f in tmp_path.iterdir()] == ["f.txt"]


@pytest.mark.parametrize("liens", [True, False], ids=["avec liens", "disque sans liens"])
def test_creer_n_ecrase_pas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, liens: bool) -> None:
    def sans_lien(*_: object) -> None:
        raise OSError(errno.EPERM, "pas de liens")

    if not liens:
        monkeypatch.setattr(os, "link", sans_lien)
    fichier = tmp_path / "f"
    assert creer_fichier(fichier, b"premier", 0o600) and not creer_fichier(fichier, b"second", 0o600)
    assert fichier.read_bytes() == b"premier" and [f.name for f in tmp_path.iterdir()] == ["f"]
    if os.name != "nt":
        assert stat.S_IMODE(fichier.stat().st_mode) == 0o600


@pytest.mark.parametrize(("numero", "leve"), [(errno.EINVAL, False), (errno.EIO, True)])
def test_dossier_qui_ne_se_force_pas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, numero: int, leve: bool) -> None:
    """Un partage réseau qui n'a rien à forcer passe ; une vraie erreur de disque se dit."""

    def fsync(_: int) -> None:
        raise OSError(numero, "fsync")

    monkeypatch.setattr(ecriture.os, "fsync", fsync)
    if leve:
        with pytest.raises(OSError):
            synchroniser_dossier(tmp_path)
    else:
        synchroniser_dossier(tmp_path)


def test_verrou_exclusif_et_libere_par_la_mort(tmp_path: Path) -> None:
    """Un processus qui tient le verrou le rend en mourant, même tué net."""
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom observatoire.ecriture import verrou\n"
        "with verrou(Path(sys.argv[1])):\n    print('tenu', flush=True)\n    time.sleep(60)\n"
    )
    fichier = tmp_path / "x.verrou"
    lance = subprocess.Popen([sys.executable, "-c", code, str(fichier)], stdout=subprocess.PIPE, text=True)
    assert lance.stdout.readline() == "tenu\n"
    essai = subprocess.Popen([sys.executable, "-c", code, str(fichier)], stdout=subprocess.PIPE, text=True)
    with pytest.raises(subprocess.TimeoutExpired):
        essai.wait(timeout=1.5)
    lance.kill()
    lance.wait()
    assert essai.stdout.readline() == "tenu\n"
    essai.kill()
    essai.wait()
    with verrou(fichier):
        assert fichier.is_file()
