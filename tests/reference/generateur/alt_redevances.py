"""ALT : les redevances mois par mois, les impayés imprimés et la dette qui reste au 31 décembre."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generateur.alt_calendrier import Sejour
from generateur.alt_profils import Profil
from generateur.hasard import parts
from generateur.tables import Lignes, euros

if TYPE_CHECKING:
    from generateur.alt import Groupe

# année → (ménages en impayé, mois impayés, ménages encore en dette au 31 décembre)
Impayes = dict[int, tuple[int, int, int]]

IMPAYES_JEUNES: Impayes = {2020: (6, 12, 4), 2021: (11, 23, 8), 2022: (18, 40, 15)}
IMPAYES_FAMILLES: Impayes = {2020: (5, 10, 3), 2021: (5, 11, 4), 2022: (7, 17, 6)}


@dataclass
class _Compte:
    """Le compte d'un ménage dans une année : ses mois de présence, ceux qui sont impayés, sa dette finale."""

    cle: str
    presents: list[int]
    impayes: frozenset[int] = frozenset()
    en_dette: bool = False


def _mois_presents(s: Sejour, annee: int) -> list[int]:
    """Mois de l'année où le ménage a au moins un jour : autant de redevances dues."""
    premier = s.entree.month if s.entree.year == annee else 1
    dernier = 12 if not s.sortie or s.sortie.year > annee else s.sortie.month
    if s.sortie and s.sortie.year == annee and s.sortie.day == 1:
        dernier -= 1
    return list(range(premier, dernier + 1))


def _comptes(rng: random.Random, sejours: Sequence[Sejour], annee: int, marges: tuple[int, int, int]) -> list[_Compte]:
    """Les comptes de l'année, calés sur les marges : ménages en impayé, mois impayés, dettes au 31 décembre."""
    en_impaye, mois, en_dette = marges
    presents = [s for s in sejours if s.entree.year <= annee and (not s.sortie or s.sortie.year >= annee)]
    comptes = [_Compte(s.cle, _mois_presents(s, annee)) for s in presents]
    longs = [c for c in comptes if len(c.presents) >= 5]
    courts = [c for c in comptes if 2 <= len(c.presents) < 5]
    choisis = rng.sample(longs, min(en_impaye - min(2, len(courts)), len(longs)))
    choisis += rng.sample(courts, en_impaye - len(choisis))
    nombres = parts(rng, mois, en_impaye, 1, 4)
    # Les plus longs impayés vont aux présences longues, listées d'abord.
    for compte, nombre in zip(choisis, sorted(nombres, reverse=True), strict=True):
        compte.impayes = frozenset(rng.sample(compte.presents, nombre))
    for compte in rng.sample(choisis, en_dette):
        compte.en_dette = True
    return comptes


def redevances(
    g: Groupe, rng: random.Random, lignes: Lignes, sejours: Sequence[Sejour], profils: dict[str, Profil]
) -> None:
    """Une ligne par mois dû ; après la sortie, tant que la dette court, jusqu'à la fin de l'année."""
    for annee, marges in g.impayes.items():
        for compte in _comptes(rng, sejours, annee, marges):
            # Le mois où celui qui s'acquitte règle tout : après son dernier impayé.
            regle = 0 if compte.en_dette else min(12, max(compte.impayes, default=0) + 1)
            solde, fin = 0, 12 if compte.impayes else compte.presents[-1]
            for mois in range(compte.presents[0], fin + 1):
                impaye = mois in compte.impayes
                solde += g.redevance if impaye else 0
                if mois == regle or (not compte.en_dette and mois == 12):
                    solde = 0
                if mois > compte.presents[-1] and not solde:
                    break
                lignes.ajouter(
                    "dette_mois",
                    id_menage=profils[compte.cle].menage,
                    id_service=g.service,
                    mois=f"{annee}-{mois:02d}",
                    impaye="oui" if impaye else "non",
                    solde=euros(solde),
                )
