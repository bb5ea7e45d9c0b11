"""L'écriture française des nombres, des dates et des noms : un seul endroit pour tout le rapport."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal

from observatoire.periode import JOURS_PAR_MOIS, MOIS

FINE = "\u202f"  # espace fine insécable : milliers
INSECABLE = "\u00a0"  # espace insécable : devant %, €, : et dans les guillemets
MOINS = "\u2212"  # signe moins typographique

MOIS_ABREGES = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")

FORMAT_NOMBRES = {
    "decimal": ",",
    "thousands": FINE,
    "grouping": [3],
    "currency": ["", INSECABLE + "€"],
    "percent": INSECABLE + "%",
}
FORMAT_DATES = "fr-FR"
BASE_CENTIEME = 2_000  # base à partir de laquelle un centième de % dit encore quelque chose (journées)
DUREE_EN_LETTRES = 90  # jours à partir desquels une durée se lit mieux en mois

# Unité ou univers → (singulier, pluriel, féminin).
_NOMS = {
    "menage": ("ménage", "ménages", False),
    "mesure": ("mesure", "mesures", True),
    "personne": ("personne", "personnes", True),
    "jeune": ("jeune", "jeunes", False),
    "demande": ("demande", "demandes", True),
    "situation": ("situation", "situations", True),
    "parcours": ("parcours", "parcours", False),
    "sejour": ("séjour", "séjours", False),
    "acte": ("acte", "actes", False),
    "entretien": ("entretien", "entretiens", False),
    "atelier": ("atelier", "ateliers", False),
    "participation": ("participation", "participations", True),
    "participant": ("participant", "participants", False),
    "dossier": ("dossier", "dossiers", False),
    "relogement": ("relogement", "relogements", False),
    "orientation": ("orientation", "orientations", True),
    "organisme": ("organisme", "organismes", False),
    "visite": ("visite", "visites", True),
    "place": ("place", "places", True),
    "journee": ("journée", "journées", True),
    "convention": ("convention", "conventions", True),
    "sortie": ("sortie", "sorties", True),
    "entree": ("entrée", "entrées", True),
    "jour": ("jour", "jours", False),
    "heure": ("heure", "heures", True),
    "mois": ("mois", "mois", False),
    "mois-mesure": ("mois-mesure", "mois-mesures", False),
    "seance": ("séance", "séances", True),
    "structure": ("structure", "structures", True),
    "episode": ("épisode", "épisodes", False),
    "issue": ("issue", "issues", True),
    "logement": ("logement", "logements", False),
    "contrat": ("contrat", "contrats", False),
    "contact": ("contact", "contacts", False),
    "passage": ("passage", "passages", False),
    "etape": ("étape", "étapes", True),
    "action": ("action", "actions", True),
    "budget": ("budget", "budgets", False),
    "indicateur": ("indicateur", "indicateurs", False),
    "forme": ("forme", "formes", True),
    "diagnostic": ("diagnostic", "diagnostics", False),
    "adulte": ("adulte", "adultes", False),
    "reponse": ("réponse", "réponses", True),
    "etp": ("ETP", "ETP", False),
    "an": ("an", "ans", False),
    "point": ("point", "points", False),
    "euro": ("€", "€", False),
}
_SANS_ACCENT = str.maketrans("àâäéèêëîïôöùûüç", "aaaeeeeiioouuuc")


def nombre(valeur: float, decimales: int | None = None) -> str:
    """Écrit un nombre : « 1 234,5 ». Sans `decimales`, entier si c'en est un, une décimale sinon.

    L'arrondi est commercial (0,5 monte), comme dans les rapports imprimés.
    """
    exact = Decimal(repr(float(valeur)))
    if decimales is None:
        decimales = 0 if exact == exact.to_integral_value() else 1
    arrondi = exact.quantize(Decimal(1).scaleb(-decimales), ROUND_HALF_UP)
    texte = f"{abs(arrondi):,.{decimales}f}".replace(",", FINE).replace(".", ",")
    return (MOINS if arrondi < 0 else "") + texte


def nombre_de(valeur: float, unite: str) -> str:
    """Écrit un nombre à la précision de son unité : des heures entières au-delà de cent, le centième d'un ETP."""
    if unite == "ETP" and round(valeur, 1) != round(valeur, 2):
        return nombre(valeur, 2)
    return nombre(valeur, 0 if unite == "heures" and abs(valeur) >= 100 else None)


def decimales_part(base: float | None, euros: bool = False) -> int:
    """Décimales d'une part : à l'unité sous une base de 100, au dixième au-delà, au centième dès 2 000.

    Une base en euros n'est pas un nombre de cas : jamais plus d'un dixième.
    Source : publication et usages, § 2, « arrondi des % à l'unité quand N < 100 ».
    """
    if base is None or base < 100:
        return 0
    return 1 if euros or base < BASE_CENTIEME else 2


def pourcentage(
    valeur: float, base: float | None = None, decimales: int | None = None, euros: bool = False, aligne: bool = False
) -> str:
    """Écrit un pourcentage (0 à 100), avec les décimales que sa base permet, ou celles demandées.

    `aligne` garde les zéros (« 55,0 % » sous « 77,2 % »), sauf à 0 % et 100 % tout juste.
    """
    decimales = decimales_part(base, euros) if decimales is None else decimales
    texte = nombre(valeur, decimales)
    ronde = decimales and texte.endswith("," + "0" * decimales)
    if ronde and (not aligne or valeur in (0, 100)):
        texte = texte[: -decimales - 1]
    return texte + INSECABLE + "%"


def montant(valeur: float, decimales: int = 0) -> str:
    """Écrit un montant en euros : « 1 353 € »."""
    return nombre(valeur, decimales) + INSECABLE + "€"


def signe(valeur: float, decimales: int | None = None) -> str:
    """Écrit un écart avec son signe : « +6 », « −3,5 », « 0 »."""
    texte = nombre(valeur, decimales)
    nul = not any(c in "123456789" for c in texte)
    return texte.lstrip(MOINS) if nul else (texte if texte.startswith(MOINS) else "+" + texte)


def jour(valeur: date) -> str:
    """Écrit une date : « 1er janvier 2022 », « 31 décembre 2022 »."""
    quantieme = "1er" if valeur.day == 1 else str(valeur.day)
    return f"{quantieme} {MOIS[valeur.month - 1]} {valeur.year}"


def heure(valeur: time) -> str:
    """« 14 h 05 »."""
    return f"{valeur.hour}{INSECABLE}h{INSECABLE}{valeur.minute:02d}"


def duree(jours: float) -> str:
    """Écrit une durée en jours : « 8 mois et 1 jour », « 1 an 3 mois et 13 jours ».

    Divisions entières, un mois valant 30,4375 jours ; les parts nulles se taisent. Source : modèle commun, § 1.
    """
    entiers = int(jours // JOURS_PAR_MOIS)
    parts = [(entiers // 12, "an", "ans"), (entiers % 12, "mois", "mois")]
    parts.append((int(jours - entiers * JOURS_PAR_MOIS), "jour", "jours"))
    mots = [f"{n}{INSECABLE}{pluriel(n, un, plusieurs)}" for n, un, plusieurs in parts if n]
    if not mots:
        return f"0{INSECABLE}jour"
    return " et ".join([" ".join(mots[:-1]), mots[-1]]) if len(mots) > 1 else mots[0]


def mois(code: str, abrege: bool = False, annee: bool = False) -> str:
    """Nom du mois d'un code AAAA-MM ; le code lui-même s'il n'en est pas un."""
    morceaux = str(code).split("-")
    if len(morceaux) != 2 or not morceaux[1].isdigit() or not 1 <= int(morceaux[1]) <= 12:
        return str(code)
    nom = (MOIS_ABREGES if abrege else MOIS)[int(morceaux[1]) - 1]
    return f"{nom} {morceaux[0]}" if annee else nom


def typographie(texte: str) -> str:
    """Rend insécables les espaces que le français ne coupe pas : devant « : ; ! ? % € » et dans les guillemets."""
    return re.sub(r" (?=[:;!?%€»])|(?<=«) ", INSECABLE, texte)


def guillemets(texte: str) -> str:
    """Met entre guillemets français, espaces insécables comprises."""
    return f"«{INSECABLE}{texte}{INSECABLE}»"


def enumeration(mots: Iterable[str], lien: str = "et") -> str:
    """« a », « a et b », « a, b et c »."""
    liste = [str(m) for m in mots]
    if len(liste) < 2:
        return "".join(liste)
    return f"{', '.join(liste[:-1])} {lien} {liste[-1]}"


def _voyelle(mot: str) -> bool:
    initiale = mot.strip().lower().translate(_SANS_ACCENT)[:1]
    return initiale in set("aeiou") or mot.lower().startswith(("hommes", "heure", "hébergement", "hôtel"))


def de(mot: str) -> str:
    """« de mars », « d'avril »."""
    return f"d'{mot}" if _voyelle(mot) else f"de {mot}"


def pluriel(quantite: float, singulier: str, pluriels: str) -> str:
    """Accord français : le pluriel commence à 2 (0 et 1,5 sont au singulier)."""
    return pluriels if abs(quantite) >= 2 else singulier


def nom_unite(unite: str) -> tuple[str, str, bool] | None:
    """(singulier, pluriel, féminin) du nom compté dans une unité ou un univers ; `None` s'il est inconnu."""
    racine = str(unite).lower().translate(_SANS_ACCENT).replace("_", " ").split(" ")[0]
    for candidat in (racine, racine.removesuffix("s")):
        if candidat in _NOMS:
            return _NOMS[candidat]
    return None


def compte(quantite: float, nom: tuple[str, str, bool]) -> str:
    """« aucun ménage », « une seule mesure », « 25 ménages », « 1,5 place »."""
    singulier, pluriels, feminin = nom
    if quantite == 0:
        return f"{'aucune' if feminin else 'aucun'} {singulier}"
    if quantite == 1:
        return f"{'une seule' if feminin else 'un seul'} {singulier}"
    return f"{nombre_de(quantite, pluriels)}{INSECABLE}{pluriel(quantite, singulier, pluriels)}"


def majuscule(texte: str) -> str:
    """Met la première lettre en capitale sans toucher au reste."""
    return texte[:1].upper() + texte[1:]


def minuscule(texte: str) -> str:
    """Met la première lettre en minuscule, sauf devant un sigle (« QPV », « AIO »)."""
    return texte if texte[1:2].isupper() else texte[:1].lower() + texte[1:]


def valeur_unite(valeur: float, unite: str, base: float | None = None) -> str:
    """Écrit une valeur avec son unité : « 64 % », « 699 € », « 7,4 mois », « 25 ménages »."""
    if unite == "%":
        return pourcentage(valeur, base)
    if unite.startswith(("€", "euro")):
        suite = unite.removeprefix("euros").removeprefix("€").strip()
        return montant(valeur) + (f" {suite}" if suite else "")
    if not unite or unite == "nombre":
        return nombre(valeur)
    if unite == "jours" and valeur >= DUREE_EN_LETTRES:
        return f"{nombre(valeur)}{INSECABLE}jours ({duree(valeur)})"
    connu = nom_unite(unite)
    reste = unite.partition(" ")[2]  # « visites par ETP » : seul le premier mot s'accorde
    singulier, pluriels = (f"{mot} {reste}".strip() for mot in connu[:2]) if connu else (unite, unite)
    return f"{nombre_de(valeur, unite)}{INSECABLE}{pluriel(valeur, singulier, pluriels)}"
