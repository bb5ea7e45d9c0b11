"""Les neuf programmes du cahier régional : leurs paramètres, et ce que chacun a de particulier.

Les chiffres imprimés sont des contraintes (entrées, genres, durées, financements) ; le reste est inventé,
plausible et petit. Associations et structures sont imaginaires.
"""

from __future__ import annotations

import random
from datetime import date, timedelta

from generateur.hasard import jour_entre, parts
from generateur.programmes_dossiers import Dossier, Etape, Programme, ajouter_contrat, emploi_le, ressourcer

JOUR = timedelta(days=1)


def _convention(financeur: str, debut: date, fin: date, **reste) -> dict:
    return {"financeur": financeur, "debut": debut, "fin": fin, "nature": "realise", **reste}


def _annuelles(financeur: str, annees: range, **reste) -> tuple[dict, ...]:
    return tuple(_convention(financeur, date(a, 1, 1), date(a + 1, 1, 1), **reste) for a in annees)


# --- Job à la journée : 60 jeunes de 18 à 25 ans fin 2018, neuf sur dix sans ressources ------------

SANS_RESSOURCES = {2014: 5, 2015: 13, 2016: 13, 2017: 14, 2018: 9, 2019: 12, 2020: 8}


def _jeunes(rng: random.Random, suite: list[Dossier]) -> None:
    for annee, nombre in SANS_RESSOURCES.items():
        jeunes = [d for d in suite if d.entree.year == annee]
        demunis = rng.sample(range(len(jeunes)), nombre)
        for rang, d in enumerate(jeunes):
            ressourcer(rng, d, "AUCUNE" if rang in demunis else "CEJ")
    for d in suite:
        # Les missions locales ne prescrivent que depuis la fin de 2017, avec un second territoire.
        if d.demande < date(2017, 10, 1):
            d.prescripteur, d.territoire, d.commune = "HEB", "Challans", "85047"
    d = next(d for d in suite if d.entree.year == 2018)
    d.prescripteur, d.demande = "ML", date(2017, 12, 18)


JOB = Programme(
    service="job_a_la_journee",
    prefixe="JOB",
    ouverture=date(2014, 9, 1),
    flux={2014: (6, 0), 2015: (14, 0), 2016: (15, 0), 2017: (15, 0), 2018: (10, 0), 2019: (14, 0), 2020: (9, 0)},
    duree=(20, 60),
    ages=(18, 25),
    prescripteurs={"HEB": 5, "ML": 4},
    communes={"85047": 5, "85194": 2},
    territoires={"Challans": 3, "Les Sables-d'Olonne": 2},
    logements={"HU": 5, "RUE": 2, "ERRANCE": 3, "TIERS_A": 1},
    sorties={"HU": 3, "HI": 2, "RS_FJT": 3, "TIERS_A": 2, "ERRANCE": 1},
    emplois={"DEMANDEUR": 4, "SANS_ACTIVITE": 6},
    etapes=(
        Etape("MISSION_JOURNEE", "ASSOCIATION", 1.0, (1, 6), (3, 3), heures=24.0),
        Etape("MISSION_JOURNEE", "ASSOCIATION", 0.2, (3, 9), (3, 3), heures=24.0),
        Etape("CDDI", "SIAE", 0.15, (8, 40), (120, 240)),
    ),
    refus={2018: 2, 2019: 3, 2020: 3},
    conventions=(
        *_annuelles("Conseil départemental (fonds d'aide aux jeunes)", range(2015, 2021), montant=9000),
        *_annuelles("État (cohésion sociale)", range(2015, 2021), montant=6500),
        _convention(
            "Conseil départemental (fonds d'aide aux jeunes)", date(2014, 9, 1), date(2015, 1, 1), montant=3000
        ),
    ),
    special=_jeunes,
)

# --- SIAO emploi : 84 situations la première année, 68 hommes et 16 femmes ------------------------


def _orientations_emploi(rng: random.Random, suite: list[Dossier]) -> None:
    dispositifs = ("SIAE", "Pôle emploi", "PLIE", "Offre d'insertion du Département", "Mission locale")
    for d in suite:
        fin = (d.sortie or date(2022, 12, 31)) - JOUR
        d.actes.append(
            {"type_acte": "ORIENTATION", "date": jour_entre(rng, d.entree, fin), "dispositif": rng.choice(dispositifs)}
        )


SIAO_EMPLOI = Programme(
    service="siao_emploi",
    prefixe="SIE",
    flux={2020: (60, 24), 2021: (24, 14), 2022: (22, 12)},
    genres={2020: {"H": 68, "F": 16}, 2021: {"H": 29, "F": 9}, 2022: {"H": 25, "F": 9}},
    duree=(25, 200),
    prescripteurs={"SIAO": 7, "HEB": 4, "PARTENAIRE_AUTRE": 3, "DEPT": 1},
    communes={"72181": 6, "72003": 1},
    logements={"HU": 4, "RUE": 4, "HI": 3, "TIERS_A": 2, "SQUAT": 1},
    etapes=(
        Etape("CDDI", "SIAE", 0.33, (15, 120), (120, 360)),
        Etape("CDD", "ENTREPRISE", 0.12, (10, 60), (40, 220), 32),
    ),
    contact=(0.35, 0.5),
    refus={2020: 5, 2021: 6, 2022: 4},
    relogement=0.08,
    conventions=tuple(
        c
        for a in range(2020, 2023)
        for c in _annuelles(
            "État (stratégie de lutte contre la pauvreté)",
            range(a, a + 1),
            dispositif="Conseillère en insertion professionnelle",
            montant=38000 + 500 * (a - 2020),
            etp=0.8,
        )
    ),
    special=_orientations_emploi,
)

# --- IGLOO : 6 logements en 2014, 7 en 2019 ; sept ménages pendant trois ans ----------------------

IGLOO_PLACES = tuple(
    {
        "id_place": f"IGL-L-{rang:02d}",
        "nb_places": 4 if rang == 13 else 1,
        "typologie": "T4" if rang == 13 else "T2",
        "bailleur": "Habitat fictif de l'Estuaire",
        "commune": "44109",
        "ouverture": date(2014, 6, 2) if rang <= 6 else date(2019, 7, 1),
    }
    for rang in range(1, 14)
)
BUREAU = "Bureau du service"
ATELIERS = ("Atelier maraîchage", "Atelier second œuvre", "Atelier restauration")


def _igloo(rng: random.Random, suite: list[Dossier]) -> None:
    """Deux opérations : repérage, chantier, entrée dans le logement construit par ses futurs habitants."""
    premiers, seconds = suite[:6], suite[6:]
    for rang, d in enumerate(premiers):
        d.entree, d.sortie, d.demande = date(2012, 3, 5) + rang * JOUR, date(2015, 3, 5) + rang * JOUR, date(2012, 1, 9)
        d.motif_fin, d.logement_sortie, d.relogement = "ACCES_LOGT", "PUBLIC", (date(2014, 6, 10), "PUBLIC")
        d.enquetes = [(date(2015, 7, 6), "PUBLIC", "DEMANDEUR" if rang % 2 else "CDD")]
    for rang, d in enumerate(seconds):
        d.demande = date(2016, 10, 3) + rang * JOUR
        d.entree, d.sortie = date(2016, 12, 5), None
        d.coupures = ((date(2019, 12, 5), None),)
        d.relogement, d.motif_fin = (date(2019, 7, 8) + rang * JOUR, "PUBLIC"), None
        d.composition, d.enfants = ("CAE", (4, 9, 14)) if rang == 6 else ({"H": "HS", "F": "FS"}[d.genre], ())
        d.logement = ("HI", "TIERS_A", "HU", "RS_FJT")[rang % 4]
        chantier = Etape("CDDI", "SIAE", 1, (0, 0), (425, 425))
        ajouter_contrat(d, chantier, date(2018, 5, 14), 425, date(2020, 12, 31))
        if rang in (0, 2, 3, 6):
            suite_emploi = Etape("CDD" if rang else "CDI", "ENTREPRISE", 1, (0, 0), (300, 300), 35)
            debut = date(2019, 8, 19) + 11 * rang * JOUR
            ajouter_contrat(d, suite_emploi, debut, 190 + 40 * rang if rang else None, date(2020, 12, 31))
        d.enquetes = [(jour, "PUBLIC", emploi_le(d, jour)) for jour in (date(2019, 10, 7), date(2020, 7, 20))]
    for mois in range(33):
        jour = date(2018, 5, 18) + 28 * mois * JOUR
        for d in rng.sample(seconds, 3):
            d.actes.append({"type_acte": "ATELIER", "date": jour, "lieu": ATELIERS[mois % 3], "presence": "present"})
    for d in seconds:
        for _ in range(6):
            jour = jour_entre(rng, date(2018, 1, 8), date(2020, 12, 15))
            d.actes.append({"type_acte": "ENTRETIEN", "date": jour, "mode": "physique", "lieu": BUREAU})


IGLOO = Programme(
    service="igloo",
    prefixe="IGL",
    flux={2012: (0, 6), 2016: (0, 7), 2020: (0, 0)},
    duree=(60, 360),
    prescripteurs={"CCAS": 3, "DEPT": 2, "HEB": 1},
    communes={"44109": 1},
    conventions=(
        _convention(
            "Bailleur, emprunt et subventions",
            date(2018, 5, 14),
            date(2019, 7, 1),
            dispositif="Construction",
            montant=1056951,
        ),
        _convention(
            "Dispositif national de logements accompagnés",
            date(2017, 1, 1),
            date(2020, 1, 1),
            dispositif="Accompagnement social",
            montant=67800,
        ),
        _convention(
            "Métropole (volet insertion)",
            date(2018, 5, 14),
            date(2019, 7, 13),
            dispositif="Emploi",
            montant=62000,
        ),
        *(
            _convention(financeur, date(2020, 1, 1), date(2021, 1, 1), dispositif="Suivi dans le logement", montant=m)
            for financeur, m in (
                ("Dispositif national de logements accompagnés", 16900),
                ("Métropole (volet insertion)", 9500),
            )
        ),
        _convention(
            "Ville et centre communal d'action sociale",
            date(2016, 10, 1),
            date(2021, 1, 1),
            dispositif="Assistantes sociales",
            montant=None,
            etp=2.0,
        ),
    ),
    special=_igloo,
)

# --- Action mutualisée : 79 ménages depuis 2009, 54 locataires fin 2020 ---------------------------

# Chantiers d'insertion partenaires : un en 2009, un en 2013, cinq en 2015.
CHANTIERS = {
    "Jardins de la Vallée (fictif)": 2009,
    "Chantier du Haut-Anjou (fictif)": 2013,
    "Recyclerie des Trois Ponts (fictif)": 2015,
    "Mob'Relais (fictif)": 2015,
    "Table du Mail (fictif)": 2015,
    "Atelier du Cœur Sud (fictif)": 2015,
    "Atelier du Cœur Nord (fictif)": 2015,
}
APPARTEMENTS = tuple(
    {
        "id_place": f"AMU-L-{rang:02d}",
        "nb_places": 1,
        "typologie": "T2" if rang % 3 else "T1",
        "bailleur": "Immobilière fictive de la Maine",
        "commune": "49331" if rang > 12 else "49007",
        "ouverture": date(2009, 1, 5),
    }
    for rang in range(1, 16)
)
LOCATAIRES = 54
ANGERS = "Angers et première couronne"


def _mutualisee(rng: random.Random, suite: list[Dossier]) -> None:
    sortis = [d for d in suite if d.sortie]
    rangs = rng.sample(range(len(sortis)), LOCATAIRES + 5)
    locataires, perdus = [sortis[r] for r in rangs[:LOCATAIRES]], [sortis[r] for r in rangs[LOCATAIRES:]]
    for d in sortis:
        d.enquetes, d.relogement = [], None
        if d in locataires or d in perdus:
            parc = "PUBLIC" if rng.random() < 0.85 else "PRIVE"
            d.relogement, d.logement_sortie, d.motif_fin = (d.sortie - 10 * JOUR, parc), parc, "ACCES_LOGT"
            for rang, jours in enumerate((190, 372)):
                revu = d.sortie + (jours + rng.randint(-2, 20)) * JOUR
                if d in perdus:
                    revu = min(revu, date(2020, 12, 10))
                if revu <= date(2020, 12, 15) and (d in perdus or rng.random() < 0.9):
                    perte = d in perdus and rang == 1
                    vu = rng.choice(("TIERS_A", "HU")) if perte else parc
                    d.enquetes.append((revu + rang * JOUR, vu, emploi_le(d, revu)))
        else:
            d.logement_sortie = rng.choice(("TIERS_F", "TIERS_A", "HI", "INCONNU", "RS_FJT"))
            d.motif_fin = "PERTE_LIEN" if d.logement_sortie == "INCONNU" else rng.choice(("FIN_DUREE", "NON_ADHESION"))
    for d in suite:
        d.demande = max(d.demande, date(2009, 1, 6))  # le dispositif ouvre en 2009
    _chantiers_prescripteurs(rng, suite)
    _appartements(suite)
    for rang, d in enumerate(suite):
        d.territoire, d.commune = ("Segré-en-Anjou", "49331") if rang % 4 == 1 else (ANGERS, "49007")
        fin = min(d.sortie or date(2021, 1, 1), date(2021, 1, 1)) - JOUR
        if fin.year >= 2018:
            for type_acte in ("VISITE", "TRIPARTITE"):
                jour = jour_entre(rng, max(d.entree, date(2018, 1, 2)), fin)
                d.actes.append({"type_acte": type_acte, "date": jour, "mode": "physique"})


def _chantiers_prescripteurs(rng: random.Random, suite: list[Dossier]) -> None:
    """Chaque chantier prescrit pour la première fois l'année de son arrivée ; tous le font en 2018."""
    for annee in sorted({d.demande.year for d in suite}):
        arrives = [c for c, depuis in CHANTIERS.items() if depuis <= annee]
        nouveaux = [c for c in arrives if CHANTIERS[c] == annee]
        recues = [d for d in suite if d.demande.year == annee]
        obliges = arrives if annee == 2018 else nouveaux
        for rang, d in enumerate(recues):
            if rang < len(obliges):
                d.prescripteur, d.organisme = "SIAE", obliges[rang]
            elif d.prescripteur == "SIAE":
                d.organisme = rng.choice(arrives)


def _appartements(suite: list[Dossier]) -> None:
    """Un appartement libre pour chaque ménage, sauf deux de 2019 accompagnés dans leur propre logement."""
    ailleurs = [d for d in suite if d.entree.year == 2019][:2]
    libres = {place["id_place"]: date(2009, 1, 5) for place in APPARTEMENTS}
    for d in suite:
        if d in ailleurs:
            d.logement = "RS_FJT"
            continue
        d.place = next(place for place, jour in libres.items() if jour <= d.entree)
        libres[d.place] = d.sortie or date(2100, 1, 1)


MUTUALISEE = Programme(
    service="action_mutualisee",
    prefixe="AMU",
    flux={
        2009: (0, 5),
        2010: (0, 6),
        2011: (0, 6),
        2012: (0, 6),
        2013: (0, 7),
        2014: (0, 6),
        2015: (0, 8),
        2016: (0, 7),
        2017: (0, 7),
        2018: (0, 8),
        2019: (0, 7),
        2020: (0, 6),
    },
    duree=(150, 400),
    compositions={"HS": 6, "HSE": 1, "CAE": 1},
    feminin=0.35,
    prescripteurs={"SIAE": 8, "BAILLEUR": 2, "PARTENAIRE_AUTRE": 1},
    communes={"49007": 5, "49331": 2},
    logements={"TIERS_A": 4, "TIERS_F": 3, "HI": 2, "HU": 1, "ERRANCE": 1},
    ressources={"SALAIRE": 7, "RSA": 3},
    emplois={"DEMANDEUR": 3, "SANS_ACTIVITE": 1},
    etapes=(
        Etape("CDDI", "SIAE", 0.9, (0, 45), (180, 540)),
        Etape("CDD", "ENTREPRISE", 0.3, (10, 60), (60, 260), 35),
        Etape("CDI", "ENTREPRISE", 0.12, (5, 40), None, 35),
    ),
    refus={2018: 2, 2019: 3, 2020: 1},
    conventions=(
        *_annuelles(
            "FSE-Conseil départemental", range(2018, 2021), dispositif="Travailleur social", montant=30000, etp=1.0
        ),
        *_annuelles("Bailleur social", range(2018, 2021), dispositif="Encadrement", montant=12600, etp=0.05),
        *_annuelles("Ville de Segré", range(2018, 2021), montant=2500),
        _convention("Conseil départemental", date(2009, 1, 5), date(2010, 1, 1), dispositif="Lancement"),
    ),
    special=_mutualisee,
)

# --- ASLLIP : 18 personnes en 2019 dont la moitié d'hommes, 15 en 2020 ----------------------------


def _asllip(rng: random.Random, suite: list[Dossier]) -> None:
    """Six mois, renouvelés une fois au plus ; six heures de face à face par mois, dont deux pour l'emploi."""
    for d in suite:
        fin = d.sortie or date(2021, 1, 1)
        if (fin - d.entree).days > 184:
            d.coupures = ((_six_mois(d.entree), None),)
        mois = d.entree
        while mois < fin:
            jour = min(mois + 12 * JOUR, fin - JOUR)
            d.actes.append({"type_acte": "ENTRETIEN", "date": jour, "mode": "physique", "theme": "EMPLOI", "nombre": 2})
            d.actes.append(
                {
                    "type_acte": "ENTRETIEN",
                    "date": jour,
                    "mode": "physique",
                    "theme": rng.choice(("RECHERCHE_LOGEMENT", "BUDGET_DETTES", "ENTRETIEN_LOGEMENT")),
                    "nombre": 4,
                }
            )
            mois += 30 * JOUR


def _six_mois(jour: date) -> date:
    annee, mois = divmod(jour.year * 12 + jour.month - 1 + 6, 12)
    return date(annee, mois + 1, min(jour.day, 28))


ASLLIP = Programme(
    service="asllip",
    prefixe="ASP",
    flux={2018: (4, 6), 2019: (6, 6), 2020: (4, 5)},
    duree=(120, 360),
    alterner=True,
    prescripteurs={"DEPT": 8, "BAILLEUR": 2},
    communes={"49007": 6, "49323": 1},
    logements={"PUBLIC": 5, "PRIVE": 2, "TIERS_A": 2, "TIERS_F": 1},
    sorties={"PUBLIC": 5, "PRIVE": 2, "TIERS_F": 1, "INCONNU": 1},
    ressources={"RSA": 7, "ARE": 2, "AAH": 1},
    relogement=0.25,
    etapes=(
        Etape("CDDI", "SIAE", 0.3, (40, 150), (120, 300)),
        Etape("CDD", "ENTREPRISE", 0.2, (30, 120), (60, 250), 30),
    ),
    contact=(0.4, 0.4),
    refus={2018: 2, 2019: 2, 2020: 3},
    conventions=(
        _convention(
            "Conseil départemental", date(2017, 3, 1), date(2018, 1, 1), dispositif="Expérimentation", montant=24000
        ),
        _convention(
            "Conseil départemental et FSE",
            date(2018, 4, 1),
            date(2022, 1, 1),
            dispositif="Accompagnement logement et insertion",
            montant=150000,
            objectif=50.0,
            unite_objectif="menages",
            etp=0.8,
        ),
    ),
    special=_asllip,
)

# --- Premières heures : 10 personnes, 117 heures par mois en 2020 ---------------------------------

HEURES_IMPRIMEES = {2020: 12 * 117}
DEMI_JOURNEE = 4  # heures


def _premieres_heures(rng: random.Random, suite: list[Dossier]) -> None:
    """Un contrat de quatre semaines par mois : une demi-journée par semaine, puis deux, puis davantage."""
    for rang, d in enumerate(d for d in suite if d.entree.year == 2019):
        # L'expérimentation n'ouvre qu'en juin 2019.
        d.entree = date(2019, 6 + rang, 12)
        d.demande, d.sortie = d.entree - 9 * JOUR, max(d.sortie, date(2020, 3, 10) + 7 * rang * JOUR)
    longs: dict[int, list[dict]] = {annee: [] for annee in range(2019, 2023)}
    courts: dict[int, float] = dict.fromkeys(longs, 0.0)
    for d in suite:
        d.contrats = []
        premier = date(d.entree.year + d.entree.month // 12, d.entree.month % 12 + 1, 1)
        dernier = min(d.sortie or date(2023, 1, 1), date(2023, 1, 1))
        rang, debut = 0, premier
        while debut + 28 * JOUR <= dernier and rang < 11:
            heures = 4 * DEMI_JOURNEE * min(rang + 1, 2)
            contrat = {
                "type_contrat": "MISSION_JOURNEE",
                "employeur_type": "ASSOCIATION",
                "date_debut": debut,
                "date_fin": debut + 28 * JOUR,
                "heures": float(heures),
                "durable": None,
            }
            d.contrats.append(contrat)
            if rang >= 2:
                longs[debut.year].append(contrat)
            else:
                courts[debut.year] += heures
            rang, debut = rang + 1, date(debut.year + debut.month // 12, debut.month % 12 + 1, 1)
    for annee, libres in longs.items():
        total = HEURES_IMPRIMEES.get(annee, courts[annee] + 38 * len(libres))
        for contrat, heures in zip(libres, parts(rng, int(total - courts[annee]), len(libres), 12, 96), strict=True):
            contrat["heures"] = float(heures)
    cddi = Etape("CDDI", "SIAE", 1, (0, 0), (240, 240), 26.0)
    for rang, d in enumerate(d for d in suite if d.sortie and d.sortie >= date(2021, 1, 1)):
        if rang % 3 == 0 and d.contrats:
            d.motif_fin, d.logement_sortie = "OBJECTIF", "HI"
            ajouter_contrat(d, cddi, d.sortie - 2 * JOUR, 182 + 14 * (rang % 5), date(2022, 12, 31))


REUNIONS = tuple(
    {"type_acte": "REUNION", "date": date(annee, mois, 12), "mode": "physique"}
    for annee in (2020, 2021, 2022)
    for mois in (3, 10)
)
# Chantiers partenaires de 2021 : les salariés que chacun accompagne, à 1 000 € par salarié et par an.
SALARIES = {"Chantier des Amarres (fictif)": 25, "Chantier du Chenal (fictif)": 24, "Régie des Marées (fictive)": 24}

PREMIERES_HEURES = Programme(
    service="premieres_heures",
    prefixe="DPH",
    flux={2019: (0, 6), 2020: (1, 3), 2021: (9, 12), 2022: (10, 9)},
    genres={
        2019: {"H": 4, "F": 2},
        2020: {"H": 3, "F": 1},
        2021: {"H": 15, "F": 6},
        2022: {"H": 14, "F": 5},
    },
    duree=(130, 340),
    prescripteurs={"HEB": 3, "PARTENAIRE_AUTRE": 5, "SANTE": 1, "SIAO": 2},
    communes={"44109": 1},
    logements={"RUE": 5, "SQUAT": 3, "HU": 4},
    sorties={"HU": 4, "HI": 3, "RUE": 1, "NR": 1},
    ressources={"AUCUNE": 5, "RSA": 4},
    refus={2020: 2, 2021: 3, 2022: 2},
    motifs={"ORIENTATION": 3, "PERTE_LIEN": 2, "SANTE": 1},
    motif="RUE",
    conventions=(
        _convention(
            "Métropole et Département", date(2019, 6, 1), date(2020, 1, 1), dispositif="Premières heures", montant=8000
        ),
        _convention(
            "Métropole et Département", date(2020, 1, 1), date(2021, 1, 1), dispositif="Premières heures", montant=21000
        ),
        *_annuelles(
            "Métropole et Département",
            range(2021, 2022),
            dispositif="Premières heures",
            montant=46000,
            objectif=60.0,
            unite_objectif="menages",
        ),
        *_annuelles("Métropole et Département", range(2022, 2023), dispositif="Premières heures", montant=46000),
        *(
            _convention(
                "Association nationale (fictive)",
                date(2021, 1, 1),
                date(2022, 1, 1),
                dispositif=f"Renforcement : {chantier}",
                montant=1000 * salaries,
                objectif=float(salaries),
                unite_objectif="places",
            )
            for chantier, salaries in SALARIES.items()
        ),
        *(
            {
                "financeur": "Association nationale (fictive)",
                "dispositif": f"Coordination pour {salaries} salariés",
                "debut": date(2021, 1, 1),
                "fin": date(2022, 1, 1),
                "nature": "previsionnel",
                "montant": salaries * montant,
                "objectif": float(salaries),
                "unite_objectif": "places",
            }
            for salaries, montant in ((80, 1550), (200, 1050))
        ),
        *(
            {
                "financeur": "Association nationale (fictive)",
                "dispositif": f"Convergence, {etape}",
                "debut": debut,
                "fin": date(2022, 1, 1),
                "nature": "previsionnel",
                "objectif": float(objectif),
                "unite_objectif": "places",
            }
            for etape, debut, objectif in (
                ("première étape", date(2021, 1, 1), 73),
                ("fin de l'année", date(2021, 12, 1), 118),
            )
        ),
        *(
            {**convention, "nature": "previsionnel"}
            for financeur, dispositif, montants in (
                ("Métropole et Département", "Reconduction", (46000, 49000)),
                ("Association nationale (fictive)", "Chantiers partenaires", (30000, 36000)),
            )
            for annee, montant in zip((2022, 2023), montants, strict=True)
            for convention in _annuelles(financeur, range(annee, annee + 1), dispositif=dispositif, montant=montant)
        ),
    ),
    special=_premieres_heures,
)

# --- TAPAJ et IOD : chantiers de quatre heures par groupes de trois à six, dix suivis individuels -


def _tapaj(rng: random.Random, suite: list[Dossier]) -> None:
    """Cinq étapes : prise de contact, chantier du lendemain, missions plus longues, mise à plat, vers l'emploi."""
    fin_donnees = date(2022, 12, 31)
    jour, rang = date(2020, 7, 15), 0
    while jour <= fin_donnees:
        presents = [d for d in suite if d.entree < jour and (d.sortie is None or jour < d.sortie - 3 * JOUR)]
        groupe = rng.sample(presents, min(len(presents), 3 + rang % 4))
        if len(groupe) >= 3:
            for d in groupe:
                d.contrats.append(_mission(jour, 1, 4.0))
            chantier = {"type_acte": "ACTIVITE", "date": jour, "lieu": "Chantier d'une demi-journée"}
            groupe[0].actes.append({**chantier, "effectif_anonyme": len(groupe), "collectif": True})
            rang += 1
        jour += 14 * JOUR
    for d in suite:
        fin = (d.sortie or fin_donnees) - 4 * JOUR
        contact = {"type_acte": "ALLER_VERS", "lieu": "Contact de rue", "effectif_anonyme": 1}
        d.actes.append({**contact, "date": d.entree})
        jour = min(d.entree + 9 * JOUR, fin)
        d.actes.append({"type_acte": "ENTRETIEN", "date": jour, "mode": "physique", "lieu": BUREAU})
        if rng.random() < 0.5:
            plus_long = jour_entre(rng, d.entree + 20 * JOUR, max(fin, d.entree + 21 * JOUR))
            if plus_long <= fin and not any(abs((c["date_debut"] - plus_long).days) < 4 for c in d.contrats):
                d.contrats.append(_mission(plus_long, rng.choice((2, 3, 3)), 7.0))
                d.actes.append({"type_acte": "ORIENTATION", "date": plus_long, "dispositif": "Mission plus longue"})
    # Les missions viennent avant les contrats qui les suivent.
    for d in suite:
        d.intensite = "SIMPLE"
        d.contrats.sort(key=lambda c: c["date_debut"])
    _suivis_individuels(rng, [d for d in suite if d.entree.year == 2020 and d.sortie and d.sortie.year > 2020][:10])
    _suivis_individuels(
        rng, [d for d in suite if d.entree.year == 2021 and (d.sortie is None or d.sortie.year > 2021)][:8]
    )
    _suivis_individuels(
        rng, [d for d in suite if date(2022, 1, 1) <= d.entree < date(2022, 11, 15) and not d.sortie][:6]
    )


def _mission(jour: date, jours: int, par_jour: float) -> dict:
    return {
        "type_contrat": "MISSION_JOURNEE",
        "employeur_type": "ASSOCIATION",
        "date_debut": jour,
        "date_fin": jour + jours * JOUR,
        "heures": par_jour * jours,
        "durable": None,
    }


def _suivis_individuels(rng: random.Random, suivis: list[Dossier]) -> None:
    """Le relais vers l'emploi : une seconde mesure, renforcée, ouverte avant la fin de l'année d'entrée."""
    for d in suivis:
        debut = jour_entre(rng, d.entree + 15 * JOUR, date(d.entree.year, 12, 18))
        d.intensite, d.coupures = "SIMPLE", ((debut, "RENFORCEE"),)
        d.actes.append({"type_acte": "TRIPARTITE", "date": debut + 2 * JOUR, "lieu": "Relais emploi"})


TAPAJ = Programme(
    service="tapaj",
    prefixe="TPJ",
    ouverture=date(2020, 7, 6),
    flux={2020: (4, 18), 2021: (12, 12), 2022: (13, 11)},
    duree=(60, 330),
    ages=(18, 30),
    feminin=0.25,
    prescripteurs={"PARTENAIRE_AUTRE": 4, "SANTE": 3, "SIAO": 3, "SPIP": 1, "ML": 1},
    communes={"72181": 1},
    logements={"RUE": 5, "SQUAT": 3, "HU": 3, "TIERS_A": 1},
    ressources={"AUCUNE": 6, "RSA": 3},
    motif="RUE",
    etapes=(
        Etape("CDDI", "SIAE", 0.22, (50, 120), (120, 300)),
        Etape("CDD", "ENTREPRISE", 0.2, (40, 130), (60, 260), 32),
        Etape("CDI", "ENTREPRISE", 0.06, (20, 60), None, 35),
    ),
    contact=(0.3, 0.4),
    refus={2020: 1, 2021: 4, 2022: 3},
    relogement=0.1,
    conventions=(
        _convention(
            "État et Département",
            date(2020, 7, 1),
            date(2021, 7, 1),
            dispositif="Travail à la journée et emploi individualisé",
            montant=52000,
            objectif=40.0,
            unite_objectif="menages",
            etp=1.2,
        ),
        _convention(
            "État et Département",
            date(2021, 7, 1),
            date(2023, 1, 1),
            dispositif="Relais vers l'emploi",
            montant=79000,
            objectif=70.0,
            unite_objectif="menages",
            etp=1.2,
        ),
    ),
    special=_tapaj,
)

# --- COACH : 70 personnes de 2020 à 2022, un contact en 30 jours, un emploi en six mois -----------

CENTRES = ("Centre des Cormorans (fictif)", "Centre de l'Éclusier (fictif)", "Centre des Genêts (fictif)")


def _coach(rng: random.Random, suite: list[Dossier]) -> None:
    """Une rencontre par semaine au moins après l'embauche ; une enquête tous les trois mois."""
    for rang, d in enumerate(suite):
        d.prescripteur, d.organisme = "HEB", CENTRES[rang % 3]
        fin = min(d.sortie or date(2023, 1, 1), date(2023, 1, 1))
        jour, perdu = d.entree + 91 * JOUR, False
        while jour < fin - 20 * JOUR:
            loge = d.relogement[1] if d.relogement and d.relogement[0] <= jour else d.logement
            perdu = perdu or (loge != d.logement and rng.random() < 0.07)
            d.enquetes.insert(0, (jour, "TIERS_A" if perdu else loge, emploi_le(d, jour)))
            jour += 91 * JOUR
        if perdu:
            d.enquetes = [e for e in d.enquetes if e[0] < fin]
            d.logement_sortie = "TIERS_A" if d.sortie else None
            d.motif_fin = "ORIENTATION" if d.sortie else None
        for contrat in d.contrats[:1]:
            debut = contrat["date_debut"]
            for mois in range(3):
                jour = debut + (28 + 28 * mois) * JOUR
                if d.entree <= debut and jour < fin:
                    d.actes.append(
                        {
                            "type_acte": "APPEL",
                            "date": jour,
                            "mode": "telephone",
                            "theme": "EMPLOI",
                            "nombre": rng.choice((4, 5, 6)),
                        }
                    )
        d.enquetes.sort()


COACH = Programme(
    service="coach",
    prefixe="COA",
    flux={2020: (0, 18), 2021: (4, 22), 2022: (4, 22)},
    duree=(100, 390),
    prescripteurs={"HEB": 1},
    communes={"44109": 4, "44143": 1, "44162": 1},
    logements={"HI": 1},
    sorties={"HI": 6, "TIERS_A": 1, "RS_FJT": 2, "INCONNU": 1},
    relogement=0.45,
    etapes=(
        Etape("IMMERSION", "ENTREPRISE", 0.4, (15, 70), (5, 12), heures_semaine=35),
        Etape("CDD", "ENTREPRISE", 0.6, (10, 130), (60, 400), 33),
        Etape("CDI", "ENTREPRISE", 0.3, (5, 60), None, 35),
    ),
    contact=(0.95, 0.8),
    refus={2020: 2, 2021: 3, 2022: 3},
    motif="AUTONOMIE",
    conventions=(
        _convention(
            "État (logement d'abord)",
            date(2020, 1, 1),
            date(2023, 1, 1),
            dispositif="Job coach : relation avec les entreprises",
            montant=135000,
            objectif=70.0,
            unite_objectif="menages",
            etp=0.7,
        ),
        _convention(
            "État (logement d'abord)",
            date(2020, 1, 1),
            date(2023, 1, 1),
            dispositif="Job coach : suivi des personnes",
            montant=58000,
            etp=0.3,
        ),
        _convention(
            "Centres d'hébergement participants",
            date(2020, 1, 1),
            date(2023, 1, 1),
            dispositif="Équipe dédiée des centres d'hébergement",
            etp=3.0,
        ),
    ),
    special=_coach,
)

# --- EMILE : une immersion de cinq jours, puis une installation suivie trois à six mois -----------


def _emile(rng: random.Random, suite: list[Dossier]) -> None:
    """Deux territoires ; la Mayenne commence en janvier 2021, par une famille de quatre personnes."""
    mayenne = [d for d in suite if d.entree >= date(2021, 2, 1)][:7]
    for rang, d in enumerate(mayenne):
        d.territoire = "Mayenne"
        if rang == 0:
            d.entree, d.composition, d.enfants, d.age = date(2021, 2, 8), "CAE", (5, 8), 34
        else:
            d.entree = date(2021, 3, 1) + 9 * rang * JOUR
        if d.sortie:
            d.sortie = d.entree + rng.randint(95, 180) * JOUR
        d.contrats, d.contacts, d.enquetes, d.relogement = [], [], [], None
    bornes = iter((92, 184))
    for d in suite:
        d.demande = d.entree - rng.randint(70, 120) * JOUR
        immersion = (d.entree - 24 * JOUR) if d.territoire == "Mayenne" else d.entree - rng.randint(20, 45) * JOUR
        immersion -= immersion.weekday() * JOUR
        if d.sortie and d.territoire != "Mayenne" and (jours := next(bornes, None)):
            d.sortie = d.entree + jours * JOUR
        emploi = Etape("CDD" if rng.random() < 0.55 else "CDI", "ENTREPRISE", 1, (0, 0), (120, 330), 35)
        d.contrats = [
            {
                "type_contrat": "IMMERSION",
                "employeur_type": "ENTREPRISE",
                "date_debut": immersion,
                "date_fin": immersion + 5 * JOUR,
                "heures": None,
                "durable": None,
            }
        ]
        d.contacts = [(d.entree + rng.randint(1, 40) * JOUR, "premier_contact")]
        if rng.random() < 0.85:
            debut = d.entree + rng.randint(5, 60) * JOUR
            if debut < date(2022, 12, 20):
                duree = rng.randint(90, 330) if emploi.type_contrat == "CDD" else None
                ajouter_contrat(d, emploi, debut, duree, date(2022, 12, 31))
        parc = rng.choice(("PUBLIC", "PUBLIC", "PRIVE"))
        d.relogement, d.enquetes = (d.entree, parc), []
        d.contacts = [c for c in d.contacts if c[0] <= date(2022, 12, 31)]
        if d.sortie:
            d.logement_sortie, d.motif_fin = parc, "OBJECTIF"
            revu = d.sortie + rng.randint(90, 200) * JOUR
            if revu < date(2022, 12, 15) and rng.random() < 0.8:
                d.enquetes = [(revu, parc if rng.random() < 0.85 else "TIERS_F", emploi_le(d, revu))]
    # Le dernier CDD court jusqu'au bout de la livraison : c'est lui qui dit jusqu'où vont les heures des CDI en cours.
    dernier = max((c for d in suite for c in d.contrats if c["type_contrat"] == "CDD"), key=lambda c: c["date_debut"])
    dernier["date_fin"] = date(2023, 1, 1)
    dernier["heures"] = 5.0 * (dernier["date_fin"] - dernier["date_debut"]).days
    suite.sort(key=lambda d: d.entree)


EMILE = Programme(
    service="emile",
    prefixe="EMI",
    flux={2020: (5, 4), 2021: (11, 7), 2022: (10, 6)},
    duree=(92, 182),
    compositions={"HS": 4, "CAE": 3, "HSE": 2},
    feminin=0.45,
    prescripteurs={"PARTENAIRE_AUTRE": 6, "FT": 2, "HEB": 2},
    communes={"93066": 3, "94028": 2, "93008": 1},
    territoires={"Choletais": 1},
    logements={"HOTEL115": 3, "HI": 3, "TIERS_A": 3, "HU": 1},
    ressources={"RSA": 5, "ARE": 2, "SALAIRE": 2},
    refus={2020: 2, 2021: 4, 2022: 3},
    motif="AUTONOMIE",
    conventions=(
        _convention("État (programme national)", date(2019, 7, 1), date(2020, 1, 1), montant=18000),
        *(
            c
            for a in range(2020, 2023)
            for c in _annuelles(
                "État (programme national)",
                range(a, a + 1),
                territoire="Choletais",
                montant=60000,
                objectif=50.0,
                unite_objectif="menages",
                etp=1.0,
            )
        ),
        _convention(
            "État (programme national)",
            date(2020, 9, 1),
            date(2023, 1, 1),
            territoire="Mayenne",
            montant=70000,
            etp=0.6,
        ),
    ),
    special=_emile,
)

PROGRAMMES = (JOB, SIAO_EMPLOI, IGLOO, MUTUALISEE, ASLLIP, PREMIERES_HEURES, TAPAJ, COACH, EMILE)
PLACES = {"igloo": IGLOO_PLACES, "action_mutualisee": APPARTEMENTS}
ACTES = {"premieres_heures": REUNIONS}
