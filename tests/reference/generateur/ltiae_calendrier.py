"""LTIAE : le calendrier des accompagnements, calé par contraintes sur les files actives imprimées."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from ortools.sat.python import cp_model

from generateur.hasard import jour_entre, tirage
from generateur.solveur import resoudre

FILE_ACTIVE = (11, 9, 7, 11, 11, 13, 15, 15, 14, 12, 11, 11)  # présents au dernier jour de chaque mois de 2022
JANVIER = date(2022, 1, 1)
SOMME_DUREES = 2983  # jours : 14 parcours × 7,000 mois de 30,4375 jours


@dataclass
class Parcours:
    """Un accompagnement de bout en bout, avec le profil du ménage à l'entrée."""

    cle: str
    debut: date
    fin: date | None
    composition: str = "HS"
    age: int = 35
    enfants: tuple[int, ...] = ()
    garde: str | None = None
    ressource: str = "SALAIRE"
    emploi: str = "IAE"
    logement_entree: str = "TIERS_A"
    logement_sortie: str | None = None
    motif_fin: str | None = None
    themes: tuple[str, ...] | None = None
    partenaires: tuple[str, ...] | None = None
    bailleur: str | None = None
    relogement: date | None = None
    coupures: list[date] = field(default_factory=list)  # débuts des renouvellements


_A, _R, _D, _P, _B = "ADMINISTRATIF", "RECHERCHE_LOGEMENT", "DROITS_RESSOURCES", "PARTENAIRES", "BUDGET_DETTES"
_ACC, _BAI, _SOI = "ACCES_DEMENAGEMENT", "LIEN_BAILLEUR", "SOINS"
_DEP, _EMP, _HEB = "DEPARTEMENT", "EMPLOI", "HEBERGEMENT"

# Les 14 colonnes de croix imprimées, lues comme les 14 mesures terminées (anomalie L11) :
# thèmes, partenaires, logement au début, à la fin, motif de fin.
COLONNES: dict[int, tuple[tuple[str, ...], tuple[str, ...], str, str, str]] = {
    1: ((), (), "DETENTION", "DETENTION", "INCARCERATION"),
    2: ((_A, _R, _P), (_DEP, _EMP), "RUE", "INCONNU", "PERTE_LIEN"),
    3: ((_A, _R, _BAI, _P), ("SPIP", "BAILLEUR", _HEB, _EMP), "FIN_DETENTION", "IML", "ACCES_LOGT"),
    4: (
        (_A, _R, _ACC, _BAI, _D, _P, _B, "SURENDETTEMENT"),
        ("BAILLEUR", _DEP, "CCAS", _EMP),
        "TIERS_A",
        "PUBLIC",
        "ACCES_LOGT",
    ),
    5: ((_A, _R, _D, _P), (_HEB, _EMP), "RUE", "INCONNU", "PERTE_LIEN"),
    6: (
        (_A, _R, _ACC, _BAI, _SOI, _D, _P, _B),
        ("SANTE", "BAILLEUR", _DEP, _HEB, _EMP),
        "TIERS_A",
        "PUBLIC",
        "ACCES_LOGT",
    ),
    7: ((_A, _BAI, _SOI, _P, _B), (_DEP, _HEB, _EMP), "TIERS_A", "INCONNU", "PERTE_LIEN"),
    8: ((_B,), (_EMP,), "PRIVE", "INCONNU", "PERTE_LIEN"),
    9: ((_A, _BAI, _P), ("BAILLEUR", _HEB, _EMP), "TIERS_A", "INCONNU", "PERTE_LIEN"),
    10: (
        (_A, _R, _ACC, "ENTRETIEN_LOGEMENT", _BAI, _SOI, _D, _P, _B),
        ("BAILLEUR", _HEB, _EMP),
        "RUE",
        "PUBLIC",
        "ACCES_LOGT",
    ),
    11: ((_A, _R, _ACC, _BAI, _D, _P, _B, "PROTECTION"), ("BAILLEUR", _DEP, _EMP), "TIERS_A", "PUBLIC", "ACCES_LOGT"),
    12: ((_R, _ACC, _D, _B), (_HEB, _EMP), "HOTEL", "PUBLIC", "ACCES_LOGT"),
    13: ((_A, _R, _P, _B), (_DEP, _EMP), "TIERS_A", "DETENTION", "INCARCERATION"),
    14: ((_A, _R, _BAI, _P), ("BAILLEUR", _DEP, _EMP), "TIERS_A", "PUBLIC", "ACCES_LOGT"),
}

LONG = 4  # l'accompagnement de 35 mois, locataire avec dettes de loyer
COURTS = (1, 5, 8, 13)  # moins de six mois
NOUVEAUX = (1, 6, 8, 11, 12, 13, 14)  # première mesure en 2022 ; les sept autres sont là au 1er janvier
ATTRIBUES_TOT = (6, 11, 12, 14)  # logement attribué dans le mois qui suit le début
DEJA_RELOGES = (7, 9)  # perdus de vue après un relogement de 2021
BAILLEURS = {
    3: "CDC",
    4: "ACTIS",
    6: "ACTIS",
    10: "ACTIS",
    11: "Alpes Isère Habitat",
    12: "3 F",
    14: "Grenoble Habitat",
}


def _jour(indice: int) -> date:
    return JANVIER + timedelta(days=indice)


def resoudre_2022() -> tuple[dict[int, tuple[date, date]], list[date]]:
    """Débuts et fins des 14 parcours terminés en 2022, et débuts des 6 nouveaux encore en cours.

    Contraintes : files actives des douze mois, 13 premières mesures et 14 fins, neuf durées de 6 à
    11 mois, une de 35 mois, quatre de moins de 6 mois, moyenne de 7 mois.
    """
    modele = cp_model.CpModel()
    debuts, fins, durees = {}, {}, {}
    for n in COLONNES:
        bas, haut = (20, 320) if n in NOUVEAUX else (-1095, -20)
        debuts[n] = modele.new_int_var_from_domain(jours_ouvres(bas, haut), f"debut{n}")
        fins[n] = modele.new_int_var_from_domain(jours_ouvres(10, 352), f"fin{n}")
        bornes = (1066, 1080) if n == LONG else (33, 165) if n in COURTS else (183, 290)
        durees[n] = modele.new_int_var(*bornes, f"duree{n}")
        modele.add(fins[n] - debuts[n] == durees[n])
    restants = [modele.new_int_var_from_domain(jours_ouvres(20, 330), f"restant{k}") for k in range(6)]
    modele.add(sum(durees.values()) == SOMME_DUREES)
    moyens = [durees[n] for n in COLONNES if n != LONG and n not in COURTS]
    modele.add_all_different([durees[n] for n in COLONNES if n != LONG])
    modele.add_all_different(list(fins.values()))
    modele.add(max_de(modele, moyens) <= 200)
    for n in (3, 10, *DEJA_RELOGES):
        modele.add(debuts[n] <= -60)
    for n in (3, LONG, 10):  # relogés en 2022 : il faut quelques semaines avant la fin
        modele.add(fins[n] >= 45)
    for debut, suivant in pairwise(restants):
        modele.add(debut + 9 <= suivant)

    fins_de_mois = [(date(2022 + m // 12, m % 12 + 1, 1) - JANVIER).days - 1 for m in range(1, 13)]
    anciens_restants = 5
    for attendu, jour in zip(FILE_ACTIVE, fins_de_mois, strict=True):
        entres = [avant(modele, v, jour) for v in (*debuts.values(), *restants)]
        sortis = [avant(modele, v, jour) for v in fins.values()]
        modele.add(anciens_restants + sum(entres) - sum(sortis) == attendu)

    solveur = resoudre(modele, "le calendrier LTIAE 2022")
    termines = {n: (_jour(solveur.value(debuts[n])), _jour(solveur.value(fins[n]))) for n in COLONNES}
    return termines, [_jour(solveur.value(v)) for v in restants]


def jours_ouvres(bas: int, haut: int) -> cp_model.Domain:
    """Les jours de [bas, haut] qui tombent du lundi au vendredi."""
    return cp_model.Domain.from_values([k for k in range(bas, haut + 1) if _jour(k).weekday() < 5])


def max_de(modele: cp_model.CpModel, variables: list) -> cp_model.IntVar:
    """Variable égale au plus grand des `variables`."""
    plus_grand = modele.new_int_var(0, 2000, "maximum")
    modele.add_max_equality(plus_grand, variables)
    return plus_grand


def avant(modele: cp_model.CpModel, variable, jour: int):
    """Booléen : `variable` ≤ `jour`."""
    booleen = modele.new_bool_var("")
    modele.add(variable <= jour).only_enforce_if(booleen)
    modele.add(variable > jour).only_enforce_if(booleen.negated())
    return booleen


# Profils de 2022 : composition, âge, enfants, garde. Marges « premières mesures / total » de l'imprimé.
PROFILS: dict[str, tuple[str, int, tuple[int, ...], str | None]] = {
    "t1": ("HS", 33, (), None),
    "t2": ("HS", 44, (), None),
    "t3": ("HS", 46, (), None),
    "t4": ("CAE", 43, (16, 14, 12, 9, 6, 3), None),
    "t5": ("HS", 38, (), None),
    "t6": ("HSE", 36, (7,), "permanente"),
    "t7": ("CAE", 37, (4,), None),
    "t8": ("HS", 22, (), None),
    "t9": ("HS", 48, (), None),
    "t10": ("HS", 55, (), None),
    "t11": ("HS", 53, (), None),
    "t12": ("CAE", 31, (2,), None),
    "t13": ("HS", 29, (), None),
    "t14": ("HS", 27, (), None),
    "n1": ("HS", 24, (), None),
    "n2": ("HS", 39, (), None),
    "n3": ("HS", 30, (), None),
    "n4": ("FS", 34, (), None),
    "n5": ("HSE", 40, (8,), "week_end"),
    "n6": ("CAE", 45, (11,), None),
    "a1": ("CAE", 47, (17, 15, 13, 11, 8, 5, 2), None),
    "a2": ("HS", 28, (), None),
    "a3": ("CAE", 52, (15,), None),
    "a4": ("HS", 42, (), None),
    "a5": ("CAE", 35, (1,), None),
}
ENTREES_EN_COURS = {
    "n1": "TIERS_F",
    "n2": "HI",
    "n3": "TIERS_A",
    "n4": "HU",
    "n5": "TIERS_A",
    "n6": "PRIVE",
    "a1": "HI",
    "a2": "TIERS_A",
    "a3": "PRIVE",
    "a4": "MOBILE",
    "a5": "TIERS_F",
}


def _profiler(parcours: Parcours) -> Parcours:
    parcours.composition, parcours.age, parcours.enfants, parcours.garde = PROFILS[parcours.cle]
    if parcours.cle == "n2":  # le seul ménage sans salaire à l'entrée
        parcours.ressource, parcours.emploi = "ARE", "DEMANDEUR"
    if parcours.cle in ("t12", "n3"):  # les deux orientations hors cadre : emploi classique
        parcours.emploi = "CDD"
    return parcours


def parcours_2022() -> list[Parcours]:
    """Les 25 ménages accompagnés en 2022."""
    rng = tirage("ltiae parcours 2022")
    termines, restants = resoudre_2022()
    liste = []
    for n, (debut, fin) in termines.items():
        themes, partenaires, entree, sortie, motif = COLONNES[n]
        p = Parcours(
            f"t{n}",
            debut,
            fin,
            logement_entree=entree,
            logement_sortie=sortie,
            motif_fin=motif,
            themes=themes,
            partenaires=partenaires,
            bailleur=BAILLEURS.get(n),
        )
        if n in ATTRIBUES_TOT:
            p.relogement = jour_entre(rng, debut + timedelta(days=9), debut + timedelta(days=29))
        elif n in DEJA_RELOGES:
            p.relogement = jour_entre(rng, debut + timedelta(days=12), min(fin, JANVIER) - timedelta(days=10))
        elif motif == "ACCES_LOGT":
            p.relogement = jour_entre(rng, date(2022, 1, 10), min(fin - timedelta(days=14), date(2022, 3, 15)))
        liste.append(p)
    liste[LONG - 1].coupures = [_plus_un_an(termines[LONG][0], k) for k in (1, 2)]
    liste += [Parcours(f"n{k}", debut, None) for k, debut in enumerate(restants, 1)]
    anciens = (date(2020, 10, 19), date(2020, 12, 7), date(2021, 7, 12), date(2021, 9, 20), date(2021, 11, 8))
    for k, debut in enumerate(anciens, 1):
        coupures = [_plus_un_an(debut, 1)] if debut.year == 2020 else []
        liste.append(Parcours(f"a{k}", debut, None, coupures=coupures))
    for p in liste:
        p.logement_entree = ENTREES_EN_COURS.get(p.cle, p.logement_entree)
    return [_profiler(p) for p in liste]


def _plus_un_an(jour: date, ans: int) -> date:
    return jour.replace(year=jour.year + ans, day=min(jour.day, 28))


_ISSUES = {
    ("ACCES_LOGT", "PUBLIC"): 8,
    ("ACCES_LOGT", "PRIVE"): 2,
    ("PERTE_LIEN", "INCONNU"): 5,
    ("DEPART_VOLONTAIRE", "TIERS_F"): 2,
    ("ORIENTATION", "RS_FJT"): 2,
    ("FIN_DUREE", "TIERS_A"): 2,
}
_COMPOSITIONS = {"HS": 11, "FS": 3, "HSE": 1, "FSE": 2, "CAE": 5, "CSE": 1}
_LOGEMENTS = {"TIERS_A": 7, "TIERS_F": 4, "RUE": 3, "HOTEL": 2, "HI": 3, "PRIVE": 2, "ASILE": 1}


def parcours_anterieurs() -> list[Parcours]:
    """Les ménages sortis en 2020 et 2021 (inventés) : 23 accompagnés en 2020 (imprimé), 24 en 2021."""
    rng = tirage("ltiae parcours antérieurs")
    cohortes = (  # nombre, début entre, fin entre
        (8, (date(2019, 4, 8), date(2019, 12, 2)), (date(2020, 1, 20), date(2020, 8, 28))),
        (5, (date(2020, 1, 13), date(2020, 5, 29)), (date(2020, 7, 6), date(2020, 12, 18))),
        (1, (date(2019, 9, 2), date(2019, 11, 29)), (date(2021, 1, 11), date(2021, 2, 26))),
        (6, (date(2020, 6, 15), date(2020, 12, 11)), (date(2021, 2, 1), date(2021, 9, 24))),
        (5, (date(2021, 1, 18), date(2021, 5, 28)), (date(2021, 7, 5), date(2021, 12, 17))),
    )
    liste = []
    for numero, (nombre, debuts, fins) in enumerate(cohortes):
        for k in range(nombre):
            debut, fin = jour_entre(rng, *debuts), jour_entre(rng, *fins)
            motif, sortie = rng.choices(list(_ISSUES), weights=list(_ISSUES.values()))[0]
            composition = rng.choices(list(_COMPOSITIONS), weights=list(_COMPOSITIONS.values()))[0]
            enfants = (
                tuple(rng.randint(1, 15) for _ in range(rng.randint(1, 3)))
                if composition.endswith("AE") or (composition in ("HSE", "FSE"))
                else ()
            )
            p = Parcours(
                f"x{numero}{k}",
                debut,
                fin,
                composition=composition,
                age=rng.choice((23, 28, 31, 34, 37, 43, 46, 52)),
                enfants=enfants,
                garde="alternee" if composition == "HSE" else None,
                motif_fin=motif,
                logement_sortie=sortie,
                logement_entree=rng.choices(list(_LOGEMENTS), weights=list(_LOGEMENTS.values()))[0],
            )
            if (fin - debut).days > 366:
                p.coupures = [_plus_un_an(debut, 1)]
            if motif == "ACCES_LOGT":
                p.relogement = jour_entre(
                    rng, max(debut, date(fin.year, 1, 4)) + timedelta(days=10), fin - timedelta(days=5)
                )
                p.bailleur = rng.choice(("ACTIS", "Alpes Isère Habitat", "Grenoble Habitat", "3 F"))
            liste.append(p)
    return liste
