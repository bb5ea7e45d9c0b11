"""Proposer un code pour chaque écriture de modalité rencontrée : exacte, variante, proche, ou à trancher."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz, process

from observatoire import modele
from observatoire.modele import Type
from observatoire.nettoyage.modalites import Vocabulaire
from observatoire.nettoyage.texte import normaliser
from observatoire.proposition.personnel import ecriture_a_taire
from observatoire.proposition.plan import Plan
from observatoire.proposition.profils import Lecteur, _morceaux

EXACTE, VARIANTE, PROCHE, INDECISE, TUE = "exacte", "variante", "proche", "indécise", "tue"
NOTE_PROCHE, NOTE_ABREGE, NOTE_VOISINE = 88, 84, 60
ECRITURES_MAXIMALES = 80


@dataclass(frozen=True)
class Modalite:
    """Une écriture rencontrée, le code proposé et ce qui le justifie (`note` de 0 à 100)."""

    ecriture: str
    cellules: int
    nature: str
    code: str = ""
    note: int = 0
    voisines: tuple[tuple[str, int], ...] = ()


def proposer_modalites(plans: list[Plan], lecteur: Lecteur) -> dict[str, list[Modalite]]:
    """Par nomenclature, les modalités de toutes les colonnes qui s'y rangent."""
    ecritures: dict[str, dict[str, tuple[str, int]]] = {}
    vocabulaires: dict[str, Vocabulaire] = {}
    vues: set[tuple[int, str, str]] = set()
    for plan in plans:
        for alimente in plan.tables:
            for nom, entete in alimente.colonnes.items():
                colonne = modele.TABLES[alimente.table].colonnes[nom]
                if colonne.variable.type not in (Type.CODE, Type.CODES) or not isinstance(entete, str):
                    continue
                profil = plan.profils.get(entete) or _ailleurs(plans, entete)
                liste = colonne.variable.nomenclature
                if profil is None or (id(profil), entete, liste) in vues:
                    continue
                vues.add((id(profil), entete, liste))
                vocabulaires[liste] = lecteur.vocabulaire(colonne)
                connues = ecritures.setdefault(liste, {})
                for valeur, cle, n in profil.valeurs.select("valeur", "cle", "n").iter_rows():
                    for ecriture, sa_cle in _decouper(valeur, cle, colonne.variable.type, vocabulaires[liste]):
                        deja = connues.get(sa_cle, (ecriture, 0))
                        connues[sa_cle] = (deja[0], deja[1] + n)
    return {
        liste: sorted(
            (_proposer(e, cle, n, vocabulaires[liste]) for cle, (e, n) in connues.items() if cle),
            key=lambda m: (-m.cellules, m.ecriture),
        )
        for liste, connues in sorted(ecritures.items())
        if any(connues)
    }


def _ailleurs(plans: list[Plan], entete: str):
    return next((p.profils[entete] for p in plans if entete in p.profils), None)


def _decouper(valeur: str, cle: str, type_: Type, vocabulaire: Vocabulaire) -> list[tuple[str, str]]:
    if type_ is not Type.CODES or cle in vocabulaire.cles:
        return [(valeur, cle)]
    for separateur in (";", "\n"):
        valeur = valeur.replace(separateur, "|")
    if "|" not in valeur and all(m in vocabulaire.cles for m in _morceaux(valeur, cle, vocabulaire)):
        valeur = valeur.replace(",", "|")
    return [(m.strip(), normaliser(m)) for m in valeur.split("|") if normaliser(m)]


def _proposer(ecriture: str, cle: str, cellules: int, vocabulaire: Vocabulaire) -> Modalite:
    if " ".join(ecriture.split()).casefold() in vocabulaire.exactes:
        return Modalite(
            ecriture, cellules, EXACTE, vocabulaire.exactes[" ".join(ecriture.split()).casefold()] or "", 100
        )
    if cle in vocabulaire.cles:
        return Modalite(ecriture, cellules, VARIANTE, vocabulaire.cles[cle] or "", 100)
    if ecriture_a_taire(ecriture):
        return Modalite(ecriture, cellules, TUE)
    voisines: dict[str, int] = {}
    connues = {c: code for c, code in vocabulaire.cles.items() if code}
    for trouvee, note, _ in process.extract(cle, list(connues), scorer=fuzz.WRatio, limit=12):
        # WRatio donne 90 à tout mot contenu dans l'autre : trop pour décider.
        strict = max(fuzz.ratio(cle, trouvee), fuzz.token_sort_ratio(cle, trouvee))
        note = round(strict if strict >= NOTE_PROCHE else min(note, NOTE_PROCHE - 1, max(strict, 0.9 * note)))
        if len(cle) >= 3 and any(mot.startswith(cle) for mot in trouvee.split()):
            note = max(note, NOTE_ABREGE)  # « tel » abrège « appel téléphonique »
        if note >= NOTE_VOISINE:
            voisines[connues[trouvee]] = max(note, voisines.get(connues[trouvee], 0))
    rangees = tuple(sorted(voisines.items(), key=lambda v: -v[1])[:4])
    if rangees and rangees[0][1] >= NOTE_PROCHE and (len(rangees) == 1 or rangees[1][1] < rangees[0][1] - 3):
        return Modalite(ecriture, cellules, PROCHE, rangees[0][0], rangees[0][1], rangees)
    return Modalite(ecriture, cellules, INDECISE, voisines=rangees)
