"""Salir des lignes propres comme le font les vrais exports : écritures, dates, montants, doublons, lignes à rejeter."""

from __future__ import annotations

import csv
import random
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from generateur.ecritures import COMMUNES, ECRITURES
from observatoire.modele import VARIABLES, Type
from observatoire.periode import MOIS

MARQUES = ("NC", "?", "néant", "-", "non renseigné")
_ORIGINE_EXCEL = date(1899, 12, 30)
_FINE, _INSECABLE = "\u202f", "\u00a0"


@dataclass
class Export:
    """Un fichier (ou une feuille) d'export : ses colonnes, ses lignes propres et celles qu'il faut rejeter."""

    fichier: str
    colonnes: dict[str, str]  # en-tête de l'export → variable du modèle
    lignes: list[dict[str, Any]]
    encodage: str = "cp1252"
    separateur: str = ";"
    feuille: str = ""
    titre: tuple[str, ...] = ()
    a_rejeter: tuple[dict[str, str], ...] = ()  # en-tête → écriture fautive, sur une copie d'une ligne
    cle: str = ""  # en-tête de l'identifiant, remplacé dans les lignes à rejeter
    jamais_marques: tuple[str, ...] = field(default=())  # variables vides sans marque d'absence

    @property
    def classeur(self) -> bool:
        return self.fichier.endswith(".xlsx")


def salir(rng: random.Random, export: Export) -> list[list[Any]]:
    """Les lignes de l'export, sous l'en-tête : cellules brutes, doublons exacts et lignes à rejeter compris."""
    lignes = [
        [cellule(rng, export, nom, ligne.get(nom)) for nom in export.colonnes.values()] for ligne in export.lignes
    ]
    mauvaises = [_fautive(rng, export, lignes, faute, rang) for rang, faute in enumerate(export.a_rejeter, 1)]
    for _ in range(max(1, len(lignes) // 60)):
        rang = rng.randrange(len(lignes))
        lignes.insert(min(len(lignes), rang + rng.choice((1, 1, 4))), list(lignes[rang]))
    for mauvaise in mauvaises:
        lignes.insert(rng.randrange(len(lignes)), mauvaise)
    return lignes


def _fautive(rng: random.Random, export: Export, lignes: list[list[Any]], faute: dict[str, str], rang: int) -> list:
    """Copie d'une ligne, avec un identifiant à elle et la faute demandée."""
    entetes = list(export.colonnes)
    copie = list(rng.choice(lignes))
    if export.cle:
        copie[entetes.index(export.cle)] = f"ERR-{rang:02d}"
    for entete, valeur in faute.items():
        copie[entetes.index(entete)] = valeur
    return copie


def cellule(rng: random.Random, export: Export, nom: str, valeur: Any) -> Any:
    """Écriture brute d'une valeur propre."""
    type_ = VARIABLES[nom].type
    if valeur is None:
        marquable = type_ not in (Type.CODE, Type.CODES) and nom not in export.jamais_marques
        return rng.choice(MARQUES) if marquable and rng.random() < 0.08 else ""
    if nom in ("commune", "commune_origine"):
        return _commune(rng, valeur)
    if type_ is Type.CODE:
        return _modalite(rng, nom, valeur)
    if type_ is Type.CODES:
        return " | ".join(_modalite(rng, nom, v) for v in valeur.split("|"))
    if type_ is Type.DATE:
        return _date(rng, valeur, export.classeur)
    if type_ is Type.MOIS:
        return _mois(rng, valeur)
    if type_ is Type.MONTANT:
        return _montant(rng, valeur, export)
    if type_ is Type.DECIMAL:
        return (f"{valeur:.1f}" if round(valeur, 1) == valeur else f"{valeur}").replace(".", ",")
    if type_ is Type.ENTIER:
        return valeur if export.classeur else str(valeur)
    return _espaces(rng, str(valeur), 0.03)


def _espaces(rng: random.Random, texte: str, frequence: float) -> str:
    if rng.random() >= frequence:
        return texte
    return rng.choice((f"{texte} ", f" {texte}", texte.replace(" ", "  ")))


def _sans_accent(texte: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", texte) if not unicodedata.combining(c))


@cache
def _libelles(nom: str) -> dict[str, str]:
    """Les libellés officiels d'une colonne : l'écriture des modalités que le logiciel ne déforme pas."""
    liste = Path(__file__).parents[3] / "data" / "nomenclatures" / f"{VARIABLES[nom].nomenclature}.csv"
    with liste.open(encoding="utf-8", newline="") as flux:
        return {ligne["code"]: ligne["libelle"] for ligne in csv.DictReader(flux)}


def _modalite(rng: random.Random, nom: str, code: str) -> str:
    texte = rng.choice(ECRITURES.get(nom, {}).get(code) or (_libelles(nom)[code],))
    sorte = rng.random()
    if sorte < 0.06:
        texte = texte.upper()
    elif sorte < 0.12:
        texte = texte.lower()
    elif sorte < 0.18:
        texte = _sans_accent(texte)
    return _espaces(rng, texte, 0.04)


def _commune(rng: random.Random, code: str) -> str:
    nom = COMMUNES.get(code)
    if nom is None or rng.random() < 0.25:
        return code
    sorte = rng.random()
    if sorte < 0.2:
        return _sans_accent(nom).upper().replace("-", " ")
    if sorte < 0.3:
        return nom.replace("Saint-", "St ").replace("-", " ")
    return nom


def _date(rng: random.Random, jour: date, classeur: bool) -> Any:
    sorte = rng.random()
    if classeur and sorte < 0.8:
        return datetime.combine(jour, time())
    if sorte < 0.9:
        return f"{jour:%d/%m/%Y}"
    if sorte < 0.94:
        return jour.isoformat()
    if sorte < 0.96:
        return str((jour - _ORIGINE_EXCEL).days)
    if sorte < 0.98:
        return f"{jour.day}-{jour.month}-{jour:%y}"
    return f"{jour.day} {MOIS[jour.month - 1]} {jour.year}"


def _mois(rng: random.Random, mois: str) -> str:
    annee, numero = mois.split("-")
    return rng.choice((f"{numero}/{annee}", f"{numero}/{annee}", f"{numero}/{annee}", mois, f"01/{numero}/{annee}"))


def _montant(rng: random.Random, montant: Decimal, export: Export) -> Any:
    if export.classeur and rng.random() < 0.4:
        return float(montant)
    entier, centimes = f"{montant:.2f}".split(".")
    espace = _INSECABLE if export.encodage == "cp1252" and not export.classeur else _FINE
    groupe = f"{int(entier):,}".replace(",", rng.choice((espace, espace, " ")))
    return rng.choice(
        (
            f"{groupe},{centimes} €",
            f"{groupe},{centimes}{espace}€",
            f"{entier},{centimes}",
            f"{entier}.{centimes}",
            f"{groupe},{centimes}",
        )
    )
