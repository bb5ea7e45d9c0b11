"""CLLAJ : qui sont les jeunes de chaque année. Les sommes imprimées (âges, ressources) passent par le solveur."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from generateur.cllaj_annees import Annee
from generateur.hasard import age_au, choisir, etaler, jour_entre, naissance
from generateur.solveur import ajuster


@dataclass(eq=False)
class Jeune:
    """Une personne : ce qui ne change pas d'une année à l'autre."""

    genre: str
    naissance: str = ""
    ase: str = "non"
    identifiant: str = ""


@dataclass(eq=False)
class Foyer:
    """Un foyer d'une ou deux personnes de 16 à 30 ans."""

    composition: str
    jeunes: list[Jeune]
    identifiant: str = ""
    premiere_demande: date | None = None


@dataclass(eq=False)
class Profil:
    """Ce que la photo de demande dit d'un jeune."""

    jeune: Jeune
    age: int = 0
    classe: str = ""
    centimes: int | None = None
    ressource: str = ""
    emploi: str = ""
    logement: str = ""
    incomplet: bool = False


@dataclass(eq=False)
class Dossier:
    """Un foyer dans une année : sa demande et les profils de ses membres."""

    foyer: Foyer
    annee: int
    prescripteur: str
    date: date
    photo: date
    qpv: str = "non"
    profils: list[Profil] = field(default_factory=list)

    @property
    def seul(self) -> bool:
        return len(self.foyer.jeunes) == 1


_GENRES = {"HS": "H", "FS": "F", "FSE": "F", "CSE": "HF", "CAE": "HF", "GSE": "HH"}
_AGES = {16: 2, 17: 6, 18: 24, 19: 32, 20: 36, 21: 40, 22: 36, 23: 32, 24: 24, 25: 16}
_AGES_HAUTS = {26: 6, 27: 5, 28: 4, 29: 4, 30: 3}
# Le seuil de pauvreté tombe entre « moyen » et « haut » quel que soit le millésime retenu (1 080 à 1 250 €).
CLASSES = {"zero": (0, 0), "faible": (60, 579), "moyen": (580, 1079), "haut": (1251, 2100)}
_CENTRES = {"zero": (0, 0), "faible": (250, 545), "moyen": (600, 980), "haut": (1290, 1600)}


def dossiers_de_l_annee(rng: random.Random, a: Annee, reprises: list[Foyer]) -> list[Dossier]:
    """Les dossiers d'une année ; `reprises` : foyers qui seront encore suivis l'année suivante."""
    dossiers = []
    for nombre, compositions in enumerate((a.compositions_seules, a.compositions_a_deux), 1):
        connus = [f for f in reprises if len(f.jeunes) == nombre]
        rng.shuffle(connus)
        restants = dict(compositions)
        for foyer in connus:
            restants[foyer.composition] -= 1
        foyers = connus + [Foyer(c, [Jeune(g) for g in _GENRES[c]]) for c in etaler(rng, restants)]
        places = etaler(rng, {p: n[nombre - 1] for p, n in a.prescripteurs.items()})
        for foyer, prescripteur in zip(foyers, places, strict=True):
            jour = jour_entre(rng, date(a.annee, 1, 4), date(a.annee, 12, 9))
            photo = jour_entre(rng, jour, jour + timedelta(days=8))
            dossiers.append(
                Dossier(foyer, a.annee, prescripteur, jour, photo, profils=[Profil(j) for j in foyer.jeunes])
            )
        choisis = rng.sample([d for d in dossiers if d.seul == (nombre == 1)], a.qpv[nombre - 1])
        for dossier in dossiers[-len(foyers) :]:
            dossier.qpv = "oui" if dossier in choisis else choisir(rng, {"non": 17, "NR": 3})
    _parcours_ase(rng, a, dossiers)
    _ages(rng, a, dossiers)
    _ressources(rng, a, dossiers)
    _logements(rng, a, dossiers)
    return dossiers


def _parcours_ase(rng: random.Random, a: Annee, dossiers: list[Dossier]) -> None:
    """Parcours ASE : surtout des garçons seuls ; en 2022, deux d'entre eux ont une fiche incomplète."""
    nouveaux = [d for d in dossiers if d.seul and not d.foyer.jeunes[0].naissance]
    deja = sum(j.ase == "oui" for d in dossiers for j in d.foyer.jeunes if j.naissance)
    garcons = [d for d in nouveaux if d.foyer.composition == "HS"]
    filles = [d for d in nouveaux if d.foyer.composition == "FS"]
    garcons.sort(key=lambda d: d.prescripteur != "ASE_PJJ")
    manquants = a.ase - deja
    part_filles = manquants * 6 // 21
    orientes = [d for d in garcons if d.prescripteur == "ASE_PJJ"][:4]
    choisis = orientes + rng.sample(garcons[len(orientes) :], manquants - part_filles - len(orientes) - 1)
    par_la_mission_locale = next(d for d in garcons if d.prescripteur == "ML" and d not in choisis)
    for dossier in [*choisis, par_la_mission_locale, *rng.sample(filles, part_filles)]:
        dossier.foyer.jeunes[0].ase = "oui"
    if a.annee == 2022:
        for dossier in (choisis[0], par_la_mission_locale):
            dossier.profils[0].incomplet = True
    autres = [j for d in dossiers for j in d.foyer.jeunes if j.ase == "non" and not j.naissance]
    deja_inconnus = sum(j.ase == "NR" for d in dossiers for j in d.foyer.jeunes)
    for jeune in rng.sample(autres, a.ase_inconnu - deja_inconnus):
        jeune.ase = "NR"


def _ages(rng: random.Random, a: Annee, dossiers: list[Dossier]) -> None:
    """Âge à la photo ; en 2022 : 22 personnes de 26 ans et plus, somme des âges 5 829 (moyenne 21,75)."""
    profils = [(d, p) for d in dossiers for p in d.profils]
    nouveaux = [(d, p) for d, p in profils if not p.jeune.naissance]
    hauts = 22 if a.annee == 2022 else len(nouveaux) * 8 // 100
    tranches = etaler(rng, {"haut": hauts, "bas": len(nouveaux) - hauts})
    souhaits = [choisir(rng, _AGES_HAUTS if t == "haut" else _AGES) for t in tranches]
    if a.annee == 2022:
        bornes = [(26, 30) if t == "haut" else (16, 25) for t in tranches]
        souhaits = ajuster(souhaits, bornes, 5829, 2, "les âges du CLLAJ 2022")
    for (dossier, profil), age in zip(nouveaux, souhaits, strict=True):
        profil.jeune.naissance = naissance(rng, age, dossier.photo)
    for dossier, profil in profils:
        profil.age = age_au(profil.jeune.naissance, dossier.photo)


def _ressources(rng: random.Random, a: Annee, dossiers: list[Dossier]) -> None:
    """Classe de montant, montant exact au centime, nature de la ressource et emploi."""
    profils = [p for d in dossiers for p in d.profils]
    parents = [p for d in dossiers for p in d.profils if d.foyer.composition in ("FSE", "CAE")]
    classes = dict(a.ressources)
    if a.annee == 2022:
        ase = [p for p in profils if p.jeune.ase == "oui"]
        ase.sort(key=lambda p: not p.incomplet)
        for profil, classe in zip(ase, ["moyen"] * 10 + ["faible"] * 5 + ["haut"] * 3 + ["zero"] * 3, strict=True):
            profil.classe = classe
    libres = [p for p in profils if not p.classe]
    for profil in profils:
        if profil.classe:
            classes[profil.classe] -= 1
    # Un parent n'est jamais en classe haute : son seuil par unité de consommation serait ambigu.
    for profil in [p for p in libres if p in parents]:
        profil.classe = choisir(rng, {"zero": 1, "faible": 5, "moyen": 5})
        classes[profil.classe] -= 1
    restants = [p for p in libres if not p.classe]
    for profil, classe in zip(restants, etaler(rng, classes), strict=True):
        profil.classe = classe
    _montants(rng, a, profils)
    _emplois(rng, a, profils)


def _montants(rng: random.Random, a: Annee, profils: list[Profil]) -> None:
    groupes: list[tuple[list[Profil], int | None]] = [([p for p in profils if p.classe != "inconnu"], None)]
    if a.annee == 2022:  # 632 € en moyenne pour les 21 jeunes ASE, 699 € pour les 268
        groupes = [
            ([p for p in profils if p.jeune.ase == "oui"], 13_272),
            ([p for p in profils if p.jeune.ase != "oui"], 187_240 - 13_272),
        ]
    for groupe, total in groupes:
        bornes = [CLASSES[p.classe] for p in groupe]
        souhaits = [rng.randint(*_CENTRES[p.classe]) for p in groupe]
        if total is not None:
            souhaits = ajuster(souhaits, bornes, total, 300, "les ressources du CLLAJ 2022")
        centimes = [100 * s for s in souhaits]
        # Des centimes passent d'une personne à l'autre : la somme et les classes ne bougent pas.
        rangs = [i for i, (s, (bas, haut)) in enumerate(zip(souhaits, bornes, strict=True)) if bas < s < haut]
        for i, j in zip(rangs[::2], rangs[1::2], strict=False):
            ecart = rng.randint(1, 99)
            centimes[i] += ecart
            centimes[j] -= ecart
        for profil, montant in zip(groupe, centimes, strict=True):
            profil.centimes = montant


_SANS_SALAIRE = {
    "zero": {"AUCUNE": 1},
    "faible": {"CEJ": 24, "RSA": 8, "ARE": 10, "BOURSE": 6, "PENSION_ALIM": 3, "PRIME_ACTIVITE": 2},
    "moyen": {"ARE": 26, "RSA": 16, "AAH": 8, "FORMATION": 14, "APJM": 6, "PREST_FAM": 4},
}
_ACTIVITES = {
    "AUCUNE": {"DEMANDEUR": 20, "SANS_ACTIVITE": 16, "SCOLARITE": 11},
    "CEJ": {"DEMANDEUR": 1},
    "RSA": {"DEMANDEUR": 5, "SANS_ACTIVITE": 3},
    "ARE": {"DEMANDEUR": 1},
    "BOURSE": {"SCOLARITE": 1},
    "PENSION_ALIM": {"SCOLARITE": 2, "DEMANDEUR": 1},
    "PRIME_ACTIVITE": {"DEMANDEUR": 1},
    "AAH": {"INAPTE": 2, "DEMANDEUR": 1},
    "FORMATION": {"FORMATION": 1},
    "APJM": {"SCOLARITE": 2, "FORMATION": 1},
    "PREST_FAM": {"SANS_ACTIVITE": 1},
    "NR": {"NR": 2, "DEMANDEUR": 3},
}
# Salariés par classe de montant : 20 CDI, 7 alternants, 48 CDD et intérim (75 « AIO Action Logement »), 21 en IAE.
_SALARIES_2022 = {
    "haut": {"CDI_TP": 14, "CDD": 28, "INTERIM": 17},
    "moyen": {"CDI_PARTIEL": 6, "ALTERNANCE": 7, "CDD": 3, "IAE": 21},
}


def _emplois(rng: random.Random, a: Annee, profils: list[Profil]) -> None:
    for classe in ("haut", "moyen"):
        groupe = [p for p in profils if p.classe == classe and not p.incomplet]
        salaries = _SALARIES_2022[classe]
        if a.annee != 2022:
            nombre = len(groupe) if classe == "haut" else len(groupe) * 4 // 10
            tires = [choisir(rng, salaries) for _ in range(nombre)]
            salaries = {emploi: tires.count(emploi) for emploi in sorted(set(tires))}
        emplois = etaler(rng, salaries)
        for profil, emploi in zip(rng.sample(groupe, len(emplois)), emplois, strict=True):
            profil.ressource, profil.emploi = "SALAIRE", emploi
    for profil in profils:
        if profil.incomplet:
            profil.ressource, profil.emploi = "APJM", "NR"
        elif not profil.ressource:
            profil.ressource = choisir(rng, _SANS_SALAIRE[profil.classe]) if profil.classe != "inconnu" else "NR"
            profil.emploi = choisir(rng, _ACTIVITES[profil.ressource])


_DIFFICILES = {"TIERS_A": 15, "ERRANCE": 6, "RUE": 2, "HU": 3, "HOTEL": 2, "HOTEL115": 1, "MOBILE": 1}
_AUTRES = {"PRIVE": 6, "PUBLIC": 4, "RS_FJT": 2, "HI": 2}
_TOUS = {
    "TIERS_F": 84,
    "TIERS_A": 30,
    "ERRANCE": 11,
    "RUE": 5,
    "HU": 7,
    "HOTEL": 4,
    "PRIVE": 26,
    "PUBLIC": 18,
    "RS_FJT": 6,
    "HI": 7,
    "ASE": 8,
    "DETENTION": 1,
}


def _logements(rng: random.Random, a: Annee, dossiers: list[Dossier]) -> None:
    """Le logement à la demande ; orientés par la Mission locale en 2022 : 28 situations difficiles sur 84 connues."""
    for seul, nombres in ((True, (22, 26, 4)), (False, (3, 12, 1))):
        groupe = [d for d in dossiers if d.seul == seul and d.prescripteur == "ML" and not d.profils[0].incomplet]
        if a.annee != 2022:
            nombres = (len(groupe) * 3 // 10, len(groupe) * 6 // 10, 0)
            nombres = (*nombres[:2], len(groupe) - sum(nombres))
        sortes = etaler(rng, dict(zip(("difficile", "famille", "autre"), nombres, strict=True)))
        for dossier, sorte in zip(groupe, sortes, strict=True):
            logement = {
                "difficile": lambda: choisir(rng, _DIFFICILES),
                "famille": lambda: "TIERS_F",
                "autre": lambda: choisir(rng, _AUTRES),
            }[sorte]()
            for profil in dossier.profils:
                profil.logement = logement
    for dossier in dossiers:
        logement = choisir(rng, _TOUS if a.annee == 2022 else _TOUS | {"NR": 6})
        for profil in dossier.profils:
            if profil.incomplet:
                profil.logement = "NR"
            elif not profil.logement:
                profil.logement = logement
