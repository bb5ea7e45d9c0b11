"""La bibliothèque de tournures des phrases générées : un seul endroit pour l'accord, l'élision et la précision.

Chaque fonction reçoit des quantités et des noms, jamais une cellule, et rend un morceau de phrase prêt à coudre.
Un nom est le triplet (singulier, pluriel, féminin) de `locale.nom_unite`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from observatoire.restitution import locale
from observatoire.restitution.locale import INSECABLE, enumeration, guillemets, nombre

Nom = tuple[str, str, bool]

# (part, mots) des fractions que l'on dit d'une part, de la plus petite à la plus grande.
_FRACTIONS = (
    (1 / 4, "{un} {singulier} sur quatre"),
    (1 / 3, "{un} {singulier} sur trois"),
    (2 / 5, "deux {pluriel} sur cinq"),
    (1 / 2, "{un} {singulier} sur deux"),
    (3 / 5, "trois {pluriel} sur cinq"),
    (2 / 3, "deux {pluriel} sur trois"),
    (3 / 4, "trois {pluriel} sur quatre"),
    (4 / 5, "quatre {pluriel} sur cinq"),
    (9 / 10, "neuf {pluriel} sur dix"),
)
_PORTIONS = ((1 / 2, "la moitié"), (2 / 3, "les deux tiers"), (3 / 4, "les trois quarts"))
_EGALE = 0.005  # à moins d'un demi-point, une part se dit comme sa fraction
_PRES_DE = 0.03  # à moins de trois points sous une fraction, la part en est « près »
_SIGLES_EPCI = ("CA", "CC", "CU")  # communautés d'agglomération, de communes, urbaines
_TERRITOIRES_NOMMES = re.compile(r"^(?:métropole|communauté|agglomération|région|commune|ville)\b", re.IGNORECASE)


def euros(nom: Nom | None) -> bool:
    """Compte-t-on des euros, et non des unités ?"""
    return nom is not None and nom[0] == "€"


def aucun(nom: Nom) -> str:
    """« aucun », « aucune » : le mot seul, accordé avec ce qu'il compte."""
    return "aucune" if nom[2] else "aucun"


def rien(nom: Nom) -> str:
    """« aucun ménage », « aucune demande », « aucun montant » : ce qu'un tableau de zéros a à dire."""
    return "aucun montant" if euros(nom) else locale.compte(0, nom)


def fraction(quantite: float, base: float, nom: Nom) -> str:
    """« plus d'un ménage sur deux », « quatre demandes sur cinq », « près d'une place sur trois » ; vide sous un quart.

    `quantite` et `base` sont des effectifs ; une base nulle ou inconnue n'a pas de fraction. Sans « plus de » ni
    « près de », la part vaut la fraction à un demi-point près.
    """
    if not base or euros(nom) or not 0 <= quantite <= base:
        return ""
    if quantite == base:
        return f"{'toutes' if nom[2] else 'tous'} les {nom[1]}" if base >= 2 else ""
    approche, tournure = _approcher(quantite / base, _FRACTIONS)
    mots = tournure.format(singulier=nom[0], pluriel=nom[1], un="une" if nom[2] else "un")
    if not approche:
        return mots
    return f"{approche} d'{mots}" if tournure.startswith("{un}") else f"{approche} de {mots}"


def _approcher(part: float, fractions: Sequence[tuple[float, str]]) -> tuple[str, str]:
    """Comment une part se dit : (« », « plus » ou « près », les mots de sa fraction) ; deux vides sous la première."""
    dessous = [(f, mots) for f, mots in fractions if f - _EGALE <= part]
    dessus = [(f, mots) for f, mots in fractions if f - _EGALE > part]
    if not dessous:
        return "", ""
    basse, mots = dessous[-1]
    if part <= basse + _EGALE:
        return "", mots
    if dessus and dessus[0][0] - part <= min(_PRES_DE + 1e-9, part - basse):
        return "près", dessus[0][1]
    return "plus", mots


def portion(quantite: float, base: float, nom: Nom) -> str:
    """« plus de la moitié des ETP », « les deux tiers des points » : la part de ce qui ne se compte pas à l'unité.

    Vide sous la moitié, ou si la base est nulle.
    """
    if not base or not 0 <= quantite <= base:
        return ""
    approche, mots = _approcher(quantite / base, _PORTIONS)
    if approche:
        mots = f"{approche} des {mots.removeprefix('les ')}" if mots.startswith("les ") else f"{approche} de {mots}"
    return f"{mots} des {nom[1]}" if mots else ""


def passage(depart: str, arrivee: str) -> str:
    """« de « Rue » à « Parc social » », « « Parc social » au début comme à la fin » : d'une situation à l'autre."""
    if depart == arrivee:
        return f"{guillemets(depart)} au début comme à la fin"
    return f"de {guillemets(depart)} à {guillemets(arrivee)}"


def tout(quantite: float, nom: Nom | None) -> str:
    """Ce que vaut l'unique modalité : « les 25 ménages », « la seule demande », « 153 000 € », « 0,8 ETP »."""
    if nom is None:
        return f"la totalité ({nombre(quantite)})"
    if euros(nom):
        return locale.montant(quantite)
    if not float(quantite).is_integer() or nom[0] == "ETP":  # ce qui se pèse n'a pas d'article
        return f"{locale.nombre_de(quantite, nom[1])}{INSECABLE}{locale.pluriel(quantite, *nom[:2])}"
    if quantite == 1:
        return f"{'la seule' if nom[2] else 'le seul'} {nom[0]}"
    if quantite < 1 or (quantite < 2 and nom[0] != nom[1]):  # un pluriel ne commence qu'à deux
        return locale.compte(quantite, nom)
    return f"les {locale.compte(quantite, nom)}"


def reponses_connues(quantite: float, connues: float) -> str:
    """« 12 des 25 réponses connues », « les 2 réponses connues », « la seule réponse connue »."""
    if connues == 1:
        return "la seule réponse connue" if quantite else "aucune des réponses connues"
    if quantite == connues:
        return f"les {nombre(connues)} réponses connues"
    return f"{nombre(quantite)} des {nombre(connues)} réponses connues"


def de_plus(ecart: float, annee: int, nom: Nom | None = None, unite: str = "") -> str:
    """« soit 2 de plus qu'en 2021 », « soit une de moins qu'en 2021 » : un écart entre deux comptes, jamais nul."""
    sens = "de plus" if ecart > 0 else "de moins"
    if abs(ecart) == 1 and nom is not None and not euros(nom):
        quantite = "une" if nom[2] else "un"
    else:
        quantite = locale.montant(abs(ecart)) if euros(nom) else locale.nombre_de(abs(ecart), unite)
    return f"soit {quantite} {sens} qu'en {annee}"


def dans_le_territoire(nom: str) -> str:
    """« sur la CAHC », « sur la CA d'Hénin-Carvin », « sur la métropole de Lyon », « pour Segré-en-Anjou ».

    Le genre d'une communauté se lit à son sigle ou à son premier mot ; celui d'un autre lieu ne se devine pas.
    """
    premier = nom.split(" ")[0]
    if re.fullmatch(rf"(?:{'|'.join(_SIGLES_EPCI)})[A-Z]*", premier):
        return f"sur la {nom}"
    if _TERRITOIRES_NOMMES.match(nom):
        minuscule = locale.minuscule(nom)
        return f"sur l'{minuscule}" if minuscule.startswith("a") else f"sur la {minuscule}"
    return f"sur {nom}" if nom.endswith("Métropole") else f"pour {nom}"


def muettes(annees: Sequence[tuple[int, str]]) -> str:
    """« masqué en 2021 et 2020, non reçu en 2019 » : les années sans valeur, réunies par raison."""
    raisons: dict[str, list[int]] = {}
    for annee, raison in annees:
        raisons.setdefault(raison, []).append(annee)
    return ", ".join(f"{raison} en {enumeration(map(str, sorted(siennes)))}" for raison, siennes in raisons.items())


def en_tete(sujets: Sequence[str], reserve: str = "") -> str:
    """« « A » vient en tête », « « A » et « B » viennent en tête à égalité » ; `reserve` suit : « parmi… »."""
    verbe = "vient en tête" if len(sujets) == 1 else "viennent en tête à égalité"
    return f"{enumeration(sujets)} {verbe}{reserve}"


def manque(quantite: float, total: float, compte: str) -> str:
    """« 28 relogements sur 53 n'ont pas de réponse connue » ; `compte` : la quantité avec son nom."""
    ont = locale.pluriel(quantite, "n'a", "n'ont")
    return f"{compte} sur {nombre(total)} {ont} pas de réponse connue"


def reponses_manquantes(quantite: float) -> str:
    """« 102 réponses manquent », « 1 réponse manque » : ce qui ne fait d'un compte qu'un plancher."""
    accord = locale.pluriel(quantite, "réponse manque", "réponses manquent")
    return f"{nombre(quantite)}{INSECABLE}{accord}"


def sans_cas(nom: Nom | None, annee: int) -> str:
    """« aucune sortie en 2022 », « aucun cas en 2022 » : pourquoi un taux ou une moyenne n'existe pas."""
    return f"{rien(nom) if nom is not None else 'aucun cas'} en {annee}"


def suite(texte: str) -> str:
    """Le texte derrière une virgule ; vide s'il est vide."""
    return f", {texte}" if texte else ""


def puis(texte: str) -> str:
    """Le texte derrière un point-virgule ; vide s'il est vide."""
    return f"{INSECABLE}; {texte}" if texte else ""
