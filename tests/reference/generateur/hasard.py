"""Tirages reproductibles : chaque usage a son générateur nommé, pour qu'un tirage de plus ne décale pas les autres."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any


def tirage(nom: str) -> random.Random:
    """Générateur dont la suite ne dépend que de `nom`."""
    return random.Random(f"observatoire échantillon {nom}")


def etaler(rng: random.Random, comptes: dict[Any, int]) -> list[Any]:
    """Liste mélangée où chaque clé revient le nombre de fois demandé."""
    valeurs = [cle for cle, n in comptes.items() for _ in range(n)]
    rng.shuffle(valeurs)
    return valeurs


def jour_entre(rng: random.Random, debut: date, fin: date) -> date:
    """Un jour de [debut, fin], du lundi au vendredi quand l'intervalle en contient un."""
    jour = debut + timedelta(days=rng.randint(0, (fin - debut).days))
    ouvres = [jour + timedelta(days=k) for k in range(7) if (jour + timedelta(days=k)) <= fin]
    ouvres += [jour - timedelta(days=k) for k in range(1, 7) if (jour - timedelta(days=k)) >= debut]
    return next((j for j in ouvres if j.weekday() < 5), jour)


def naissance(rng: random.Random, age: int, jour: date) -> str:
    """Mois de naissance (AAAA-MM) d'une personne qui a `age` ans révolus le `jour`."""
    rang = jour.year * 12 + jour.month - 1 - 12 * age - rng.randint(0, 11)
    return f"{rang // 12:04d}-{rang % 12 + 1:02d}"


def age_au(mois: str, jour: date) -> int:
    """Années pleines au `jour`, la naissance AAAA-MM valant le premier du mois."""
    annee, numero = (int(p) for p in mois.split("-"))
    return (jour.year * 12 + jour.month - annee * 12 - numero) // 12


def numeroter(prefixe: str, annees: Iterable[int]) -> list[str]:
    """Identifiants locaux « PREFIXE-AAAA-NNN », numérotés dans l'ordre reçu à l'intérieur de chaque année."""
    rangs: dict[int, int] = {}
    identifiants = []
    for annee in annees:
        rangs[annee] = rangs.get(annee, 0) + 1
        identifiants.append(f"{prefixe}-{annee}-{rangs[annee]:03d}")
    return identifiants


def choisir(rng: random.Random, poids: dict[Any, int]) -> Any:
    """Une clé, tirée selon son poids."""
    return rng.choices(list(poids), weights=list(poids.values()))[0]


def parts(rng: random.Random, total: int, cases: int, minimum: int = 1, maximum: int = 99) -> Sequence[int]:
    """Partage `total` en `cases` entiers de [minimum, maximum]."""
    assert minimum * cases <= total <= maximum * cases
    comptes = [minimum] * cases
    while sum(comptes) < total:
        case = rng.randrange(cases)
        if comptes[case] < maximum:
            comptes[case] += 1
    return comptes
