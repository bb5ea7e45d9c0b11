"""Le corpus des fichiers difficiles : le format d'un cas, et de quoi fabriquer chaque fichier.

Un cas = un fichier écrit par le code, ce que sa lecture doit donner, et ce que son import doit compter.
Chaque sujet a son module `cas_<sujet>.py` avec une liste `CAS` ; `test_corpus.py` les exécute tous.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from observatoire.espace import Espace
from observatoire.importation import BilanImport

# Le service « essai » : chaque fichier nourrit la seule table « mesure », lues = lignes du tableau.
REGLAGE = """
libelle = "Essai"
[[import.fichiers]]
motif = "*"
  [[import.fichiers.tables]]
  table = "mesure"
  colonnes = { id_mesure = "N° mesure", id_menage = "N° dossier", date_debut = "Début" }
  constantes = { type_mesure = "ACCES" }
"""
ENTETE = ("N° mesure", "N° dossier", "Début")
LIGNES = (("M1", "D1", "03/01/2022"), ("M2", "D2", "15/02/2022"), ("M3", "D3", "31/03/2022"))


@dataclass(frozen=True)
class Cas:
    """Un fichier difficile et ce qu'on en attend.

    `nom` : l'identifiant imprimé par pytest, une phrase courte. `fichier` : son nom dans le dépôt.
    `ecrire` : reçoit le chemin et écrit le fichier. `reglage` : le TOML du service « essai ».
    Attendus de la lecture : `lignes` du tableau, `hors_tableau` (nature de chaque ligne mise de côté),
    `dit` (morceaux des remarques), `refus` (expression régulière du message d'erreur, qui nomme toujours
    le fichier et a toujours un remède). Attendus de l'import : `comptes` (attributs du bilan : lues,
    gardees, corrigees, fusionnees, rejetees…), `motifs` des rejets (dans l'ordre des lignes), et
    `verifier` pour le reste. Un `refus` ne lit rien : les autres attendus restent vides. `lu` : faux quand
    c'est l'import, et non la lecture, qui refuse.
    """

    nom: str
    fichier: str
    ecrire: Callable[[Path], object]
    reglage: str = REGLAGE
    attendues: Sequence[str] = ENTETE
    lignes: int | None = None
    hors_tableau: Sequence[str] = ()
    dit: Sequence[str] = ()
    refus: str = ""
    lu: bool = True
    comptes: Mapping[str, int] = field(default_factory=dict)
    motifs: Sequence[str] | None = None
    verifier: Callable[[BilanImport, Espace], None] | None = None


def tous_les_cas() -> list[Cas]:
    """Les cas de tous les modules `cas_*.py`, dans l'ordre des modules ; un nom ne sert qu'une fois."""
    modules = sorted(f.stem for f in Path(__file__).parent.glob("cas_*.py"))
    cas = [c for m in modules for c in importlib.import_module(f"tests.corpus.{m}").CAS]
    noms = [c.nom for c in cas]
    assert len(noms) == len(set(noms)), "deux cas du corpus portent le même nom"
    return cas


def texte(lignes: Sequence[Sequence[str]] = (ENTETE, *LIGNES), separateur: str = ";", fin: str = "\r\n") -> str:
    """Un texte délimité, écrit sans guillemets."""
    return "".join(separateur.join(ligne) + fin for ligne in lignes)


def en_octets(octets: bytes) -> Callable[[Path], object]:
    """Un fichier de ces octets-là."""
    return lambda chemin: chemin.write_bytes(octets)


def en_texte(contenu: str, encodage: str = "utf-8") -> Callable[[Path], object]:
    """Un fichier de ce texte, dans cet encodage, fins de ligne respectées."""
    return en_octets(contenu.encode(encodage))
