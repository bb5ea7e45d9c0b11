"""ASL jeunes ASE : des mesures simples ou renforcées de douze mois, une convention d'octobre à septembre.

Imprimé pour 2022 : nouvelles mesures, arrêts, durées moyennes, prolongations, âges, ressources et leurs bornes.
Le total d'un territoire est perdu (H17) : il est inventé ici, de façon à tenir les autres chiffres.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta

import polars as pl

from generateur.hasard import age_au, choisir, etaler, jour_entre, naissance, tirage
from generateur.mesures_calendrier import DEBUT, FIN, Cohorte, Suivi, Territoire, suivis_du_territoire
from generateur.mesures_fsl import COMMUNES, ecrire_le_foyer, ecrire_les_photos, jeunes_de_l_accueil
from generateur.solveur import ajuster
from generateur.tables import Lignes, euros

SERVICE = "asl_jeunes_ase"
_J = date


def _an(annee: int, debut: int = 1, fin: int = 12) -> tuple[date, date]:
    return _J(annee, debut, 4), _J(annee, fin, 20)


# Prolongés de plus d'un an : 6 arrêts et 6 mesures ouvertes dans le premier territoire, 1 et 2 dans le second.
TERRITOIRES = (
    Territoire(
        "CAHC",
        (
            Cohorte(1, _an(2020, 4, 5), _an(2020, 10, 12)),
            Cohorte(6, _an(2020, 5, 12), _an(2021, 6, 12)),
            Cohorte(1, (_J(2020, 11, 16), _J(2020, 12, 11)), _an(2022, 1, 2)),
            Cohorte(4, _an(2021, 1, 3), _an(2021, 9, 12)),
            Cohorte(5, (_J(2021, 1, 11), _J(2021, 4, 20)), (_J(2022, 4, 26), _J(2022, 7, 20))),
            Cohorte(3, (_J(2021, 6, 14), _J(2021, 11, 20)), (_J(2022, 3, 1), _J(2022, 6, 10))),
            Cohorte(6, (_J(2021, 8, 23), _J(2021, 12, 10)), None),
            Cohorte(9, (_J(2022, 1, 4), _J(2022, 6, 17)), _an(2022, 8, 12)),
            Cohorte(6, (_J(2022, 4, 4), _J(2022, 12, 9)), None),
        ),
        renforcees=0.6,
        jours_termines=5_479,  # 18 × 10 mois de 30,4375 jours
    ),
    Territoire(
        "CALL",
        (
            Cohorte(4, _an(2020, 5, 12), _an(2021, 3, 11)),
            Cohorte(2, _an(2021, 1, 4), _an(2021, 8, 12)),
            Cohorte(1, (_J(2021, 1, 11), _J(2021, 2, 26)), (_J(2022, 3, 7), _J(2022, 4, 8))),
            Cohorte(3, (_J(2021, 7, 5), _J(2021, 11, 26)), (_J(2022, 3, 7), _J(2022, 7, 1))),
            Cohorte(2, (_J(2021, 10, 4), _J(2021, 12, 10)), None),
            Cohorte(5, (_J(2022, 1, 4), _J(2022, 6, 30)), (_J(2022, 6, 1), _J(2022, 12, 9))),
            Cohorte(1, (_J(2022, 6, 7), _J(2022, 11, 18)), None),
        ),
        renforcees=0.6,
        jours_termines=1_972,  # 9 × 7,2 mois
    ),
)
# Âges au début de la mesure : moyennes 21,2 et 20,5 ans, le plus souvent 20 et 21 ans dans le premier territoire.
AGES = {
    "CAHC": {19: 4, 20: 7, 21: 8, 22: 4, 23: 4, 24: 3},
    "CALL": {18: 1, 19: 2, 20: 3, 21: 3, 22: 2, 23: 1},
}
# Moyenne en centimes, plus petit et plus grand montant en euros.
RESSOURCES = {"CAHC": (101_765, 0, 2164), "CALL": (69_141, 0, 1079)}
_NATURES = {
    "CAHC": {"SALAIRE": 15, "CEJ": 4, "ARE": 4, "AAH": 3, "APJM": 2, "AUCUNE": 2},
    "CALL": {"SALAIRE": 5, "CEJ": 3, "APJM": 2, "ARE": 1, "AUCUNE": 1},
}
_MONTANTS = {
    "SALAIRE": {"CAHC": (640, 1780), "CALL": (700, 1075)},
    "CEJ": {"CAHC": (420, 560), "CALL": (400, 560)},
    "ARE": {"CAHC": (640, 1240), "CALL": (600, 1000)},
    "AAH": {"CAHC": (900, 960), "CALL": (900, 960)},
    "APJM": {"CAHC": (480, 620), "CALL": (470, 620)},
    "AUCUNE": {"CAHC": (0, 0), "CALL": (0, 0)},
}
_EMPLOIS = {
    "SALAIRE": {"CDD": 6, "INTERIM": 6, "ALTERNANCE": 3, "CDI_TP": 1, "IAE": 2},
    "CEJ": {"DEMANDEUR": 3, "FORMATION": 1},
    "ARE": {"DEMANDEUR": 1},
    "AAH": {"INAPTE": 1},
    "APJM": {"SCOLARITE": 2, "FORMATION": 1},
    "AUCUNE": {"DEMANDEUR": 1},
}
_COMPOSITIONS = {
    "CAHC": {"HS": 19, "FS": 7, "FSE": 2, "CSE": 2},
    "CALL": {"HS": 3, "FS": 6, "FSE": 2, "CSE": 1},
}
_PRESCRIPTEURS = {
    "CAHC": {"INTERNE": 16, "ASE_PJJ": 6, "ML": 4, "DEPT": 3, "BAILLEUR": 1},
    "CALL": {"ASE_PJJ": 4, "DEPT": 3, "ML": 2, "PARTENAIRE_AUTRE": 2, "HEB": 1},
}
_PRISES_EN_CHARGE = {
    "CAHC": {"AUTONOMIE": 15, "FAMILLE_ACCUEIL": 7, "MECS": 5, "MILIEU_OUVERT": 2, "NR": 1},
    "CALL": {"FAMILLE_ACCUEIL": 4, "MECS": 3, "FOYER": 2, "MILIEU_OUVERT": 2, "TIERS": 1},
}
_LOGEMENTS = {
    "CAHC": {"PUBLIC": 19, "PRIVE": 3, "TIERS_A": 3, "TIERS_F": 2, "ASE": 3},
    "CALL": {"PUBLIC": 6, "ASE": 3, "TIERS_A": 2, "PRIVE": 1},
}
_MOTIFS = {"SORTIE_INSTITUTION": 20, "AUTONOMIE": 12, "FIN_HEBERGEMENT_TIERS": 5, "DETTES": 3, "RUPTURE_FAMILIALE": 2}
_OBJECTIFS = {
    "ADMINISTRATIF|BUDGET_DETTES": 9,
    "ADMINISTRATIF|BUDGET_DETTES|EMPLOI": 10,
    "ADMINISTRATIF|ACCES_DEMENAGEMENT": 6,
    "ADMINISTRATIF|BUDGET_DETTES|ENTRETIEN_LOGEMENT": 5,
    "ADMINISTRATIF|EMPLOI|MOBILITE": 6,
    "BUDGET_DETTES|SOINS": 3,
    None: 2,
}
_MOTIFS_FIN = {
    "CAHC": {"OBJECTIF": 9, "ORIENTATION": 4, "NON_ADHESION": 2, "DEMENAGEMENT": 2, "PERTE_LIEN": 1},
    "CALL": {"OBJECTIF": 4, "ORIENTATION": 2, "NON_ADHESION": 1, "DEPART_VOLONTAIRE": 1, "RETOUR_FAMILLE": 1},
}
_ATTEINT = {"OBJECTIF": "oui", "ORIENTATION": "partiel"}
# Dossiers de chaque année ; deux dossiers de solvabilisation pour deux jeunes et un seul Loca-Pass en 2022.
_DOSSIERS = {
    2020: {"CAHC": {"FSL_LI": 4, "FAJ": 2}, "CALL": {"FSL_LI": 2}},
    2021: {
        "CAHC": {"FSL_LI": 9, "FAJ": 4, "AFASE": 3, "PACEA": 4, "AIDE_LOGEMENT": 6},
        "CALL": {"FSL_LI": 3, "FAJ": 1, "AFASE": 2, "AIDE_LOGEMENT": 2},
    },
    2022: {
        "CAHC": {
            "FSL_LI": 11,
            "LOCA_PASS": 1,
            "SOLVABILISATION": 2,
            "FAJ": 5,
            "AFASE": 4,
            "PACEA": 6,
            "AIDE_LOGEMENT": 9,
            "LOGEMENT_SOCIAL": 3,
        },
        "CALL": {"FSL_LI": 4, "FAJ": 2, "AFASE": 2, "PACEA": 1, "AIDE_LOGEMENT": 3},
    },
}
_THEMES = {"ADMINISTRATIF": 8, "BUDGET_DETTES": 8, "EMPLOI": 6, "ENTRETIEN_LOGEMENT": 4, "MOBILITE": 3, "SOINS": 3}
_PARTENAIRES = {"EMPLOI": 8, "DEPARTEMENT": 7, "BAILLEUR": 6, "CAF_CPAM": 4, "HEBERGEMENT": 2, "SANTE": 2}
# Jeunes suivis d'abord par l'accueil de l'association, au plus, par territoire : tous du premier.
CONNUS_AU_PLUS = 10


def suivis() -> list[Suivi]:
    """Toutes les mesures des deux territoires, numérotées dans l'ordre de leur début."""
    tous = [s for t in TERRITOIRES for s in suivis_du_territoire(tirage(f"asl calendrier {t.nom}"), t)]
    tous.sort(key=lambda s: (s.debut, s.territoire, s.fin or date.max, s.intensite))
    for rang, suivi in enumerate(tous, 1):
        suivi.mesure, suivi.menage, suivi.referent = f"ASL-{rang:03d}", f"ASLM-{rang:03d}", f"ASLP-{rang:03d}-1"
    return tous


def _reprendre_les_connus(tous: list[Suivi], ages: Counter) -> None:
    """Des jeunes passés par l'accueil l'année même : la même personne, sous le même numéro."""
    connus = jeunes_de_l_accueil(ase=True)
    repris = 0
    for suivi in sorted((s for s in tous if s.territoire == "CAHC" and s.debut >= DEBUT), key=lambda s: s.debut):
        for jeune in connus:
            age = age_au(jeune["naissance"], suivi.debut)
            if jeune["date"] + timedelta(days=20) <= suivi.debut and ages[age] > 0 and repris < CONNUS_AU_PLUS:
                suivi.referent, suivi.naissance, suivi.genre = jeune["id_personne"], jeune["naissance"], jeune["genre"]
                ages[age] -= 1
                connus.remove(jeune)
                repris += 1
                break


def _foyers(rng: random.Random, tous: list[Suivi]) -> None:
    """Âge, genre et composition de chaque jeune."""
    for territoire, voulus in AGES.items():
        ages = Counter(voulus)
        groupe = [s for s in tous if s.territoire == territoire and s.de_l_annee]
        if territoire == "CAHC":
            _reprendre_les_connus(groupe, ages)
        libres = [s for s in groupe if not s.naissance]
        for suivi, age in zip(libres, etaler(rng, dict(sorted(ages.items()))), strict=True):
            suivi.naissance = naissance(rng, age, suivi.debut)
        for suivi in tous:
            if suivi.territoire == territoire and not suivi.naissance:
                suivi.naissance = naissance(rng, choisir(rng, voulus), suivi.debut)
    for suivi in tous:
        composition = choisir(rng, _COMPOSITIONS[suivi.territoire])
        if suivi.genre:
            composition = {"H": "HS", "F": "FS"}[suivi.genre]
        suivi.composition = composition
        suivi.genre = suivi.genre or {"FS": "F", "FSE": "F"}.get(composition, "H")
        if composition == "FSE":
            suivi.enfants = (rng.randint(0, 3),)


def _profils(rng: random.Random, tous: list[Suivi]) -> None:
    """Ressources au centime près, emploi, logement d'origine, prise en charge passée, objectifs."""
    for territoire, (moyenne, bas, haut) in RESSOURCES.items():
        groupe = [s for s in tous if s.territoire == territoire and s.de_l_annee]
        for suivi, nature in zip(groupe, etaler(rng, _NATURES[territoire]), strict=True):
            suivi.champs["ressource"] = nature
        for suivi in tous:
            if suivi.territoire == territoire:
                suivi.champs.setdefault("ressource", choisir(rng, _NATURES[territoire]))
                suivi.champs["euros"] = rng.randint(*_MONTANTS[suivi.champs["ressource"]][territoire])
        # Le plus haut salaire est celui de l'imprimé ; les centimes de la moyenne vont à un autre.
        salaries = [s for s in groupe if s.champs["ressource"] == "SALAIRE"]
        salaries[0].champs["euros"] = haut
        total = moyenne * len(groupe)
        salaries[1].champs["centimes"] = total % 100
        bornes = [(haut, haut) if s is salaries[0] else _MONTANTS[s.champs["ressource"]][territoire] for s in groupe]
        souhaits = [s.champs["euros"] for s in groupe]
        for suivi, montant in zip(
            groupe, ajuster(souhaits, bornes, total // 100, 500, f"les ressources {territoire}"), strict=True
        ):
            suivi.champs["euros"] = montant
        assert min(s.champs["euros"] for s in groupe) == bas
    for suivi in tous:
        suivi.champs |= {
            "emploi": choisir(rng, _EMPLOIS[suivi.champs["ressource"]]),
            "logement": choisir(rng, _LOGEMENTS[suivi.territoire]),
            "prise_en_charge": choisir(rng, _PRISES_EN_CHARGE[suivi.territoire]),
            "objectifs": choisir(rng, _OBJECTIFS),
        }


def _arrets(rng: random.Random, tous: list[Suivi]) -> None:
    for territoire, motifs in _MOTIFS_FIN.items():
        finis = [s for s in tous if s.territoire == territoire and s.fin]
        de_l_annee = [s for s in finis if DEBUT <= s.fin < FIN]
        for suivi, motif in zip(de_l_annee, etaler(rng, motifs), strict=True):
            suivi.champs["motif_fin"] = motif
        for suivi in finis:
            suivi.champs.setdefault("motif_fin", choisir(rng, motifs))


def _demandes(rng: random.Random, lignes: Lignes, tous: list[Suivi]) -> dict[str, str]:
    """Une demande par mesure, passée en commission ; rend la commune de chaque ménage."""
    demandes, communes = [], {}
    for suivi in tous:
        communes[suivi.menage] = choisir(rng, COMMUNES[suivi.territoire])
        decision = suivi.debut - timedelta(days=rng.randint(6, 9))
        suivi.demande = decision - timedelta(days=rng.randint(4, 10))
        suivi.champs["notification"] = decision + timedelta(days=rng.randint(1, 5))
        connu = suivi.referent.startswith("J-")
        demandes.append(
            {
                "id_menage": suivi.menage,
                "date_demande": suivi.demande,
                "prescripteur": "INTERNE" if connu else choisir(rng, _PRESCRIPTEURS[suivi.territoire]),
                "motif": choisir(rng, _MOTIFS),
                "commune_origine": communes[suivi.menage],
                "territoire": suivi.territoire,
                "date_decision": decision,
                "suite": "ADMISE",
            }
        )
    for annee, territoire, suite in (
        (2021, "CAHC", "REFUS_SERVICE"),
        (2022, "CAHC", "SANS_SUITE"),
        (2022, "CALL", "REFUS_SERVICE"),
    ):
        jour = jour_entre(rng, date(annee, 2, 1), date(annee, 11, 20))
        demandes.append(
            {
                "date_demande": jour,
                "prescripteur": choisir(rng, _PRESCRIPTEURS[territoire]),
                "motif": choisir(rng, _MOTIFS),
                "commune_origine": choisir(rng, COMMUNES[territoire]),
                "territoire": territoire,
                "date_decision": jour + timedelta(days=14),
                "suite": suite,
                "motif_suite": "HORS_CRITERES" if suite == "REFUS_SERVICE" else "NE_DONNE_PAS_SUITE",
            }
        )
    demandes.sort(key=lambda d: (d["date_demande"], d["territoire"], d.get("id_menage") or ""))
    de_menage = {}
    for rang, demande in enumerate(demandes, 1):
        lignes.ajouter("demande", id_demande=f"ASLD-{rang:03d}", id_service=SERVICE, **demande)
        de_menage[demande.get("id_menage")] = f"ASLD-{rang:03d}"
    for suivi in tous:
        suivi.champs["id_demande"] = de_menage[suivi.menage]
    return communes


def _actes(rng: random.Random, lignes: Lignes, tous: list[Suivi]) -> None:
    """Dossiers de chaque année, thèmes travaillés et partenaires, dans les jours de chaque mesure."""
    actes: list[tuple[date, Suivi, dict]] = []
    for annee, par_territoire in _DOSSIERS.items():
        for territoire, dossiers in par_territoire.items():
            ouverts = [
                s
                for s in tous
                if s.territoire == territoire
                and s.debut.year <= annee
                and (s.fin is None or s.fin > date(annee, 1, 10))
            ]
            for type_dossier, nombre in dossiers.items():
                for suivi in rng.sample(ouverts, nombre):  # un dossier d'un type au plus par jeune et par an
                    premier = max(suivi.debut, date(annee, 1, 1))
                    dernier = min((suivi.fin or FIN) - timedelta(days=1), date(annee, 12, 31))
                    etat = choisir(rng, {"accorde": 6, "depose": 3, "refuse": 1})
                    valeurs = {"type_acte": "DOSSIER", "type_dossier": type_dossier, "etat_dossier": etat}
                    actes.append((jour_entre(rng, premier, dernier), suivi, valeurs))
    for suivi in tous:
        dernier = (suivi.fin or FIN) - timedelta(days=1)
        for theme in sorted({choisir(rng, _THEMES) for _ in range(3)}):
            valeurs = {"type_acte": "ENTRETIEN", "theme": theme, "mode": "physique"}
            actes.append((jour_entre(rng, suivi.debut, dernier), suivi, valeurs))
        for partenaire in sorted({choisir(rng, _PARTENAIRES) for _ in range(2)}):
            valeurs = {"type_acte": "LIEN_PARTENAIRE", "partenaire": partenaire}
            actes.append((jour_entre(rng, suivi.debut, dernier), suivi, valeurs))
    actes.sort(key=lambda a: (a[0], a[1].mesure, str(sorted(a[2].items()))))
    for rang, (jour, suivi, valeurs) in enumerate(actes, 1):
        lignes.ajouter(
            "acte",
            id_acte=f"ASLA-{rang:03d}",
            id_service=SERVICE,
            date=jour,
            id_menage=suivi.menage,
            id_mesure=suivi.mesure,
            **valeurs,
        )


def _conventions(lignes: Lignes) -> None:
    """L'agrément, une convention par période d'octobre à septembre et les postes."""

    def convention(rang: int, debut: date, fin: date | None, **reste) -> None:
        lignes.ajouter(
            "convention",
            id_convention=f"ASLC-{rang:02d}",
            id_service=SERVICE,
            financeur="Département",
            debut=debut,
            fin=fin,
            nature="realise",
            **reste,
        )

    convention(1, _J(2020, 4, 1), None, dispositif="Agrément")
    for rang, annee in enumerate((2020, 2021, 2022), 2):
        convention(
            rang,
            _J(annee, 10, 1),
            _J(annee + 1, 10, 1),
            dispositif="Convention",
            montant=euros(9_800_00),
            unite_objectif="points",
            objectif=28,
        )
    for rang, etp in enumerate((1.0, 0.5), 5):
        montant = euros(int(etp * 150_500_00))
        convention(rang, _J(2020, 4, 1), _J(2023, 10, 1), dispositif="Travailleur social", montant=montant, etp=etp)


def tables_asl() -> dict[str, pl.DataFrame]:
    """Les tables propres de l'ASL jeunes ASE, de la création en 2020 à la fin de 2022."""
    rng = tirage("asl tables")
    tous = suivis()
    _foyers(rng, tous)
    _profils(rng, tous)
    _arrets(rng, tous)
    lignes = Lignes()
    communes = _demandes(rng, lignes, tous)
    for suivi in tous:
        ecrire_le_foyer(rng, lignes, suivi, parcours_ase="oui", prise_en_charge=suivi.champs["prise_en_charge"])
        motif = suivi.champs.get("motif_fin") if suivi.fin else None
        fin = {"PERTE_LIEN": "INCONNU", "RETOUR_FAMILLE": "TIERS_F"}.get(
            motif, rng.choice(("PUBLIC", "PUBLIC", "PRIVE"))
        )
        ecrire_les_photos(lignes, suivi, SERVICE, communes[suivi.menage], fin)
        lignes.ajouter(
            "mesure",
            id_mesure=suivi.mesure,
            rang=1,
            id_service=SERVICE,
            id_menage=suivi.menage,
            id_demande=suivi.champs["id_demande"],
            type_mesure="ACCES" if suivi.champs["logement"] not in ("PUBLIC", "PRIVE") else "MAINTIEN",
            intensite=suivi.intensite,
            territoire=suivi.territoire,
            date_notification=suivi.champs["notification"],
            date_debut=suivi.debut,
            date_fin=suivi.fin,
            motif_fin=motif,
            objectif_atteint=_ATTEINT.get(motif, "non") if suivi.fin else None,
            objectifs=suivi.champs["objectifs"],
        )
    _actes(rng, lignes, tous)
    _conventions(lignes)
    return lignes.tables()


def prolonge(suivi: Suivi) -> bool:
    """Vrai si la mesure a passé son premier anniversaire, à sa fin ou au dernier jour des données."""
    anniversaire = suivi.debut.replace(year=suivi.debut.year + 1)
    return min(suivi.fin or FIN, FIN) > anniversaire
