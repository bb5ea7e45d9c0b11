"""Les états d'une cellule sans valeur, dits partout avec les mêmes mots : tableau, tuile, graphique, phrase.

Un zéro est une valeur et s'écrit « 0 ». Les cinq autres raisons de ne pas lire un nombre (non renseigné, masqué, sans
objet, non reçu, retenu) ne se confondent ni avec lui ni entre elles. Un masquage secondaire a le visage d'un masquage
primaire : les distinguer dirait quelles cellules sont petites.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from observatoire.restitution import locale


@dataclass(frozen=True)
class Etat:
    """Un état : sa marque dans un tableau, son mot dans un graphique, ses mots en toutes lettres, et son sens."""

    marque: str
    mot: str
    lettres: str
    sens: str
    phrase: str


_MASQUE = Etat(
    marque="s",
    mot="masqué",
    lettres="masqué",
    sens="valeur masquée, effectif trop faible pour être diffusé ou qui en révélerait un",
    phrase="Les effectifs sont trop faibles pour être diffusés.",
)
ETATS: dict[str, Etat] = {
    "masque": _MASQUE,
    "masque_secondaire": _MASQUE,
    "sans_objet": Etat(
        marque="sans objet",
        mot="sans objet",
        lettres="sans objet",
        sens="la question ne se pose pas pour cette ligne",
        phrase="Ce chiffre est sans objet pour la période.",
    ),
    "non_renseigne": Etat(
        marque="n.r.",
        mot="n.r.",
        lettres="non renseigné",
        sens="non renseigné, la question se posait et la réponse manque",
        phrase="Ce chiffre n'est pas renseigné.",
    ),
    "non_recu": Etat(
        marque="non reçu",
        mot="non reçu",
        lettres="non reçu",
        sens="la donnée n'a pas été transmise",
        phrase="Les données de ce chiffre n'ont pas été reçues.",
    ),
    "retenu": Etat(
        marque="retenu",
        mot="retenu",
        lettres="retenu",
        sens="chiffre retenu par le contrôle de la qualité des données, pour la raison dite plus haut",
        phrase="Ce chiffre est retenu par le contrôle de la qualité des données.",
    ),
    "rupture": Etat(
        marque="n.c.",
        mot="non comparable",
        lettres="non comparable",
        sens="non comparable, la définition a changé",
        phrase="La définition a changé : les deux années ne se comparent pas.",
    ),
    "absente": Etat(
        marque="—",
        mot="—",
        lettres="pas de donnée",
        sens="pas de donnée cette année-là",
        phrase="Aucune donnée pour la période.",
    ),
}
# Quand plusieurs raisons se mêlent, celle qu'il faut dire d'abord.
PAR_POIDS = ("retenu", "non_recu", "masque", "masque_secondaire", "non_renseigne", "sans_objet")


def etat(nom: str) -> Etat:
    """L'état d'une cellule sans valeur. Une cellule dite publiée qui n'a pas de valeur est une donnée absente."""
    return ETATS["absente" if nom == "publie" else nom]


def raison(motifs: Iterable[str]) -> str:
    """Les raisons d'une retenue à la suite de deux-points : la première sans majuscule, chacune avec son point."""
    textes = [locale.typographie(m).rstrip(". ") + "." for m in motifs]
    return " ".join([locale.minuscule(textes[0]), *textes[1:]]) if textes else ""


def dominant(noms: set[str]) -> str:
    """L'état à dire d'abord parmi plusieurs ; « absente » s'il n'y en a aucun."""
    return next((nom for nom in PAR_POIDS if nom in noms), "absente")
