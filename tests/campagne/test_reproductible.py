"""Mêmes données, mêmes octets : deux campagnes rendent les mêmes tables, les mêmes pages et les mêmes carnets."""

from __future__ import annotations

import hashlib

from observatoire.campagne.executer import rendre
from observatoire.espace import Espace


def empreintes(espace: Espace) -> dict[str, str]:
    fichiers = sorted(f for f in espace.rapports.rglob("*") if f.is_file())
    return {f.relative_to(espace.rapports).as_posix(): hashlib.sha256(f.read_bytes()).hexdigest() for f in fichiers}


def test_deux_campagnes_rendent_les_memes_octets(espace_jetable: Espace):
    couples = [("ltiae", 2022)]
    rendre(espace_jetable, couples, "interne")
    avant = empreintes(espace_jetable)
    assert {"interne/2022/ltiae.csv", "interne/2022/ltiae.html", "interne/2022/ltiae.ipynb", "index.html"} <= set(avant)
    for fichier in espace_jetable.rapports.rglob("*.csv"):
        fichier.unlink()
    rendre(espace_jetable, couples, "interne", travailleurs=1)
    assert empreintes(espace_jetable) == avant
