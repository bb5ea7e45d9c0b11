"""FSL ASLL : deux territoires, des mesures simples ou renforcées, une convention en points.

Imprimé pour 2022 : nouvelles mesures, arrêts, durées moyennes, objectifs atteints, points, ressources moyennes,
visites. Le total d'un territoire est perdu (H17) : il est inventé ici, de façon à tenir les autres chiffres.
"""

from __future__ import annotations

import random
from datetime import date, timedelta

import polars as pl

from generateur.hasard import age_au, choisir, etaler, jour_entre, naissance, tirage
from generateur.mesures_calendrier import COEFFICIENTS, DEBUT, FIN, Cohorte, Suivi, Territoire, suivis_du_territoire
from generateur.solveur import ajuster
from generateur.tables import Lignes, euros

SERVICE = "fsl_asll"
_J = date
_A_2019 = (_J(2019, 1, 7), _J(2019, 12, 20))
_FIN_2019 = (_J(2019, 8, 1), _J(2019, 12, 20))


def _an(annee: int, debut: int = 1, fin: int = 12) -> tuple[date, date]:
    """Les jours d'un mois de `annee` au début d'un autre, week-ends et fêtes de fin d'année exclus."""
    return _J(annee, debut, 4), _J(annee, fin, 20)


# Mesures par année de début et de fin ; les durées de 27 et 28 arrêts de 2022 font 17 et 13 mois en moyenne.
TERRITOIRES = (
    Territoire(
        "CAHC",
        (
            Cohorte(11, _A_2019, _an(2020)),
            Cohorte(8, _A_2019, _an(2021)),
            Cohorte(1, _FIN_2019, _an(2022, 1, 3)),
            Cohorte(1, _an(2020, 1, 3), _an(2020, 9, 12)),
            Cohorte(9, _an(2020), _an(2021, 3, 12)),
            Cohorte(4, _an(2020, 3, 10), _an(2022, 1, 8)),
            Cohorte(2, _an(2021, 1, 3), _an(2021, 8, 12)),
            Cohorte(17, _an(2021, 1, 7), _an(2022, 5, 12)),
            Cohorte(1, _an(2021, 9, 12), None),
            Cohorte(5, _an(2022, 1, 4), _an(2022, 7, 12)),
            Cohorte(20, _an(2022, 1, 12), None),
        ),
        renforcees=0.25,
        jours_termines=13_971,  # 27 × 17 mois de 30,4375 jours
        jours_ponderes=12_118,  # 55,33 % de 60 points sur 365 jours
    ),
    Territoire(
        "CALL",
        (
            Cohorte(16, _A_2019, _an(2020)),
            Cohorte(13, _A_2019, _an(2021)),
            Cohorte(2, _FIN_2019, _an(2022, 1, 3)),
            Cohorte(1, _an(2020, 1, 3), _an(2020, 9, 12)),
            Cohorte(6, _an(2020), _an(2021, 3, 12)),
            Cohorte(8, _an(2020, 6, 12), _an(2022, 1, 5)),
            Cohorte(3, _an(2020, 9, 12), None),
            Cohorte(2, _an(2021, 1, 3), _an(2021, 8, 12)),
            Cohorte(15, _an(2021, 4, 12), _an(2022, 3, 12)),
            Cohorte(7, _an(2021, 5, 12), None),
            Cohorte(3, _an(2022, 1, 5), _an(2022, 6, 12)),
            Cohorte(13, _an(2022, 1, 11), None),
        ),
        renforcees=0.4,
        jours_termines=11_079,  # 28 × 13 mois
        jours_ponderes=16_072,  # 110,08 % de 40 points sur 365 jours
    ),
)
# Personnes seules de plus de 30 ans, par territoire : 64 des 99 ménages accompagnés, « presque 65 % ».
SEULS_DE_PLUS_DE_30_ANS = {"CAHC": 31, "CALL": 33}
RESSOURCES_MOYENNES = {"CAHC": 814, "CALL": 859}
MONTANTS_INCONNUS = 2  # par territoire
_AUTRES = {"seul_jeune": 34, "FSE": 34, "HSE": 9, "CSE": 11, "CAE": 12}

_MOTIFS_FIN = {
    "CAHC": {
        "OBJECTIF": 15,
        "ACCES_LOGT": 4,
        "ORIENTATION": 3,
        "NON_ADHESION": 2,
        "PERTE_LIEN": 1,
        "DEMENAGEMENT": 1,
        "DECES": 1,
    },
    "CALL": {
        "OBJECTIF": 15,
        "ACCES_LOGT": 3,
        "ORIENTATION": 3,
        "FIN_DUREE": 2,
        "NON_ADHESION": 2,
        "PERTE_LIEN": 2,
        "DEMENAGEMENT": 1,
    },
}
_ATTEINT = {"OBJECTIF": "oui", "ACCES_LOGT": "oui", "ORIENTATION": "partiel", "FIN_DUREE": "partiel"}
_PRESCRIPTEURS = {
    "CAHC": {"INTERNE": 15, "PARTENAIRE_AUTRE": 7, "DEPT": 8, "CCAS": 4, "BAILLEUR": 4, "SPONTANE": 2, "NR": 1},
    "CALL": {"INTERNE": 9, "PARTENAIRE_AUTRE": 9, "DEPT": 9, "CCAS": 5, "BAILLEUR": 6, "SANTE": 2, "NR": 1},
}
_MOTIFS = {
    "DETTES": 30,
    "ADMINISTRATIF": 22,
    "EXPULSION": 13,
    "AUTONOMIE": 10,
    "LOGEMENT_INADAPTE": 8,
    "SORTIE_INSTITUTION": 6,
    "RUPTURE_FAMILIALE": 5,
    "VIOLENCES": 3,
    "NR": 2,
}
_ANNEXES = {
    None: 6,
    "ADMINISTRATIF": 9,
    "DETTES": 8,
    "SANTE": 8,
    "DETTES|ADMINISTRATIF": 9,
    "SANTE|ADMINISTRATIF": 6,
    "MOBILITE|ADMINISTRATIF": 5,
    "SANTE|MOBILITE|DETTES": 4,
    "RUPTURE_FAMILIALE": 3,
    "ABSENCE_RESSOURCES|DETTES": 3,
}
COMMUNES = {
    "CAHC": {
        "62427": 12,
        "62215": 9,
        "62907": 5,
        "62637": 5,
        "62250": 5,
        "62587": 5,
        "62724": 4,
        "62624": 3,
        "62041": 1,
    },
    "CALL": {
        "62498": 14,
        "62510": 10,
        "62413": 5,
        "62065": 6,
        "62570": 4,
        "62771": 4,
        "62186": 4,
        "62895": 2,
        "62119": 1,
    },
}
_RESSOURCES = {
    "RSA": 42,
    "SALAIRE": 22,
    "AAH": 11,
    "ARE": 9,
    "RETRAITE": 5,
    "INVALIDITE": 3,
    "PREST_FAM": 4,
    "AUCUNE": 3,
}
_MONTANTS = {
    "RSA": (440, 640),
    "SALAIRE": (820, 1560),
    "AAH": (860, 960),
    "ARE": (690, 1120),
    "RETRAITE": (880, 1180),
    "INVALIDITE": (720, 960),
    "PREST_FAM": (460, 760),
    "AUCUNE": (0, 0),
}
_EMPLOIS = {
    "RSA": {"DEMANDEUR": 5, "SANS_ACTIVITE": 4},
    "SALAIRE": {"CDI_PARTIEL": 4, "CDD": 4, "INTERIM": 3, "CDI_TP": 2, "IAE": 3},
    "AAH": {"INAPTE": 1},
    "ARE": {"DEMANDEUR": 1},
    "RETRAITE": {"RETRAITE": 1},
    "INVALIDITE": {"INAPTE": 1},
    "PREST_FAM": {"SANS_ACTIVITE": 1},
    "AUCUNE": {"DEMANDEUR": 2, "SANS_ACTIVITE": 1},
}
_LOGEMENTS = {"PUBLIC": 58, "PRIVE": 20, "ALT": 7, "TIERS_F": 5, "TIERS_A": 4, "HI": 4, "PROPRIO": 1, "NR": 1}
_TYPES = {"PUBLIC": "MAINTIEN", "PRIVE": "MAINTIEN", "PROPRIO": "MAINTIEN", "NR": "MAINTIEN"}
_PARTENAIRES = {
    "DEPARTEMENT": 8,
    "BAILLEUR": 9,
    "CAF_CPAM": 7,
    "ENERGIE": 6,
    "SIAO": 2,
    "SANTE": 5,
    "EMPLOI": 4,
    "CCAS": 3,
    "AUTRE": 3,
}
_DOSSIERS = {
    "SURENDETTEMENT": 5,
    "CSS": 6,
    "LOGEMENT_SOCIAL": 5,
    "CONTINGENT": 2,
    "FSL_MAINTIEN": 4,
    "FSL_ACCES": 3,
    "AIDE_LOGEMENT": 4,
    "PROTECTION": 2,
}
VISITES = {2020: 1_742, 2021: 2_038, 2022: 2_196}
_REFUS = {
    2020: (("CAHC", "REFUS_SERVICE", "HORS_CRITERES", 2), ("CALL", "SANS_SUITE", "NE_DONNE_PAS_SUITE", 2)),
    2021: (("CAHC", "SANS_SUITE", "AUTRE_SOLUTION", 2), ("CALL", "REFUS_SERVICE", "AUTRE_MESURE", 2)),
    2022: (
        ("CAHC", "REFUS_SERVICE", "AUTRE_MESURE", 2),
        ("CAHC", "SANS_SUITE", "NE_DONNE_PAS_SUITE", 1),
        ("CALL", "REFUS_SERVICE", "HORS_CRITERES", 2),
        ("CALL", "LISTE_ATTENTE", None, 2),
    ),
}


def suivis() -> list[Suivi]:
    """Toutes les mesures des deux territoires, numérotées dans l'ordre de leur début."""
    tous = [s for t in TERRITOIRES for s in suivis_du_territoire(tirage(f"fsl calendrier {t.nom}"), t)]
    tous.sort(key=lambda s: (s.debut, s.territoire, s.fin or date.max, s.intensite))
    for rang, suivi in enumerate(tous, 1):
        suivi.mesure, suivi.menage, suivi.referent = f"FSL-{rang:03d}", f"FSLM-{rang:03d}", f"FSLP-{rang:03d}-1"
    return tous


def _foyers(rng: random.Random, tous: list[Suivi], jeunes_connus: list[dict]) -> None:
    """Composition, genre et naissance ; le nombre de personnes seules de plus de 30 ans est celui de l'imprimé."""
    for territoire, seuls in SEULS_DE_PLUS_DE_30_ANS.items():
        groupe = [s for s in tous if s.territoire == territoire and s.de_l_annee]
        sortes = etaler(rng, {"seul": seuls} | _repartir(_AUTRES, len(groupe) - seuls))
        for suivi, sorte in zip(groupe, sortes, strict=True):
            _foyer(rng, suivi, sorte)
    for suivi in tous:
        if not suivi.composition:
            _foyer(rng, suivi, choisir(rng, {"seul": 180, **_AUTRES}))
    # Des jeunes seuls déjà connus de l'accueil logement : la même personne, sous le même numéro.
    seuls_jeunes = [s for s in tous if s.champs["sorte"] == "seul_jeune" and s.debut >= DEBUT]
    for suivi in seuls_jeunes:
        connu = next((j for j in jeunes_connus if j["date"] + timedelta(days=30) <= suivi.debut), None)
        if connu and 18 <= age_au(connu["naissance"], suivi.debut) <= 30:
            jeunes_connus.remove(connu)
            suivi.referent, suivi.naissance, suivi.genre = connu["id_personne"], connu["naissance"], connu["genre"]
            suivi.composition = {"H": "HS", "F": "FS"}[suivi.genre]


def _repartir(poids: dict[str, int], total: int) -> dict[str, int]:
    """Partage `total` au prorata des poids, les plus forts restes d'abord."""
    exacts = {k: total * p / sum(poids.values()) for k, p in poids.items()}
    comptes = {k: int(x) for k, x in exacts.items()}
    for cle in sorted(exacts, key=lambda k: (comptes[k] - exacts[k], k))[: total - sum(comptes.values())]:
        comptes[cle] += 1
    return comptes


def _foyer(rng: random.Random, suivi: Suivi, sorte: str) -> None:
    suivi.champs["sorte"] = sorte
    suivi.composition = rng.choice(("HS", "HS", "FS")) if sorte in ("seul", "seul_jeune") else sorte
    suivi.genre = {"HS": "H", "FS": "F", "FSE": "F", "HSE": "H"}.get(suivi.composition, "H")
    bornes = {"seul": (31, 63), "seul_jeune": (19, 30)}.get(sorte, (23, 49))
    age = rng.randint(*bornes)
    suivi.naissance = naissance(rng, age, suivi.debut)
    if suivi.composition in ("FSE", "HSE", "CAE"):
        suivi.enfants = tuple(sorted((rng.randint(0, 17) for _ in range(rng.choice((1, 1, 2, 3)))), reverse=True))


def _profils(rng: random.Random, tous: list[Suivi]) -> None:
    """Ressources, emploi, logement et type ; les moyennes imprimées par territoire passent par le solveur."""
    for suivi in tous:
        nature = choisir(rng, _RESSOURCES)
        if age_au(suivi.naissance, suivi.debut) < 62 and nature == "RETRAITE":
            nature = "AAH"
        if nature == "RSA" and age_au(suivi.naissance, suivi.debut) < 25 and not suivi.enfants:
            nature = "SALAIRE"
        bas, haut = _MONTANTS[nature]
        supplement = 80 * len(suivi.enfants) if nature in ("RSA", "PREST_FAM") else 0
        logement = choisir(rng, _LOGEMENTS)
        suivi.champs |= {
            "ressource": nature,
            "bornes": (bas + supplement, haut + supplement),
            "euros": rng.randint(bas, haut) + supplement,
            "emploi": choisir(rng, _EMPLOIS[nature]),
            "logement": logement,
            "type": _TYPES.get(logement, "ACCES"),
        }
    for territoire, moyenne in RESSOURCES_MOYENNES.items():
        groupe = [s for s in tous if s.territoire == territoire and s.de_l_annee]
        for suivi in rng.sample(groupe, MONTANTS_INCONNUS):
            suivi.champs["euros"] = None
        connus = [s for s in groupe if s.champs["euros"] is not None]
        montants = ajuster(
            [s.champs["euros"] for s in connus],
            [s.champs["bornes"] for s in connus],
            moyenne * len(connus),
            250,
            f"les ressources {territoire}",
        )
        for suivi, montant in zip(connus, montants, strict=True):
            suivi.champs["euros"] = montant


def _arrets(rng: random.Random, tous: list[Suivi]) -> None:
    """Motif d'arrêt et objectif atteint ; 19 objectifs atteints sur 27 arrêts dans le premier territoire."""
    for territoire, motifs in _MOTIFS_FIN.items():
        finis = [s for s in tous if s.territoire == territoire and s.fin]
        de_l_annee = [s for s in finis if DEBUT <= s.fin < FIN]
        for suivi, motif in zip(de_l_annee, etaler(rng, motifs), strict=True):
            suivi.champs["motif_fin"] = motif
        for suivi in finis:
            suivi.champs.setdefault("motif_fin", choisir(rng, motifs))


def jeunes_de_l_accueil(ase: bool) -> list[dict]:
    """Les jeunes seuls accueillis en 2022 par le service d'accueil de l'association, par date de demande."""
    from generateur import tables_propres

    t = tables_propres("cllaj")
    demandes = t["demande"].filter((pl.col("date_demande").dt.year() == 2022) & pl.col("id_menage").is_not_null())
    seuls = t["membre"].filter(pl.len().over("id_menage") == 1)
    return (
        t["personne"]
        .filter((pl.col("parcours_ase") == "oui") == ase)
        .join(seuls.select("id_personne", "id_menage"), on="id_personne")
        .join(demandes.select("id_menage", pl.col("date_demande").alias("date")), on="id_menage")
        .filter(pl.col("genre").is_in(["F", "H"]))
        .sort("date", "id_personne")
        .unique("id_personne", keep="first", maintain_order=True)
        .select("id_personne", "naissance", "genre", "date")
        .to_dicts()
    )


def ecrire_le_foyer(rng: random.Random, lignes: Lignes, suivi: Suivi, **identite) -> None:
    """Le ménage, sa personne de référence, son conjoint et ses enfants."""
    membres = [("referent", suivi.referent, suivi.genre, suivi.naissance)]
    if suivi.composition in ("CSE", "CAE"):
        autre = "F" if suivi.genre == "H" else "H"
        age = max(19, age_au(suivi.naissance, suivi.debut) + rng.randint(-5, 3))
        membres.append(("conjoint", f"{suivi.menage}-2", autre, naissance(rng, age, suivi.debut)))
    for rang, age in enumerate(suivi.enfants, len(membres) + 1):
        membres.append(("enfant", f"{suivi.menage}-{rang}", rng.choice("FH"), naissance(rng, age, suivi.debut)))
    lignes.ajouter("menage", id_menage=suivi.menage, id_referent=suivi.referent)
    for role, personne, genre, mois in membres:
        de_la_personne = identite if role == "referent" else {}
        lignes.ajouter("personne", id_personne=personne, naissance=mois, genre=genre, **de_la_personne)
        lignes.ajouter("membre", id_menage=suivi.menage, id_personne=personne, role=role, debut=suivi.demande)


def ecrire_les_photos(lignes: Lignes, suivi: Suivi, service: str, commune: str, logement_fin: str | None) -> None:
    """La situation au début de la mesure et, si elle est finie, à son arrêt."""
    adultes = 2 if suivi.composition in ("CSE", "CAE") else 1
    grands = sum(age >= 14 for age in suivi.enfants)
    foyer = {
        "id_menage": suivi.menage,
        "id_service": service,
        "composition": suivi.composition,
        "nb_adultes": adultes,
        "nb_14_et_plus": adultes + grands,
        "nb_moins_14": len(suivi.enfants) - grands,
        "id_mesure": suivi.mesure,
    }
    c = suivi.champs
    montant = None if c["euros"] is None else 100 * c["euros"] + c.get("centimes", 0)
    lignes.ajouter(
        "situation",
        moment="entree",
        date=suivi.debut,
        logement=c["logement"],
        emploi=c["emploi"],
        ressource_principale=c["ressource"],
        ressources=euros(montant),
        commune=commune,
        **foyer,
    )
    if suivi.fin:
        lignes.ajouter("situation", moment="sortie", date=suivi.fin, logement=logement_fin, **foyer)


def _logement_fin(rng: random.Random, suivi: Suivi) -> str:
    motif, depart = suivi.champs["motif_fin"], suivi.champs["logement"]
    if motif in ("PERTE_LIEN", "DECES"):
        return "INCONNU"
    if motif == "ACCES_LOGT" or depart not in ("PUBLIC", "PRIVE", "PROPRIO"):
        return rng.choice(("PUBLIC", "PUBLIC", "PRIVE"))
    return depart


def _visites(lignes: Lignes, tous: list[Suivi]) -> None:
    """Le relevé trimestriel des visites : une ligne par mesure et par trimestre, datée de la dernière visite."""
    rng = tirage("fsl visites")
    for annee, total in VISITES.items():
        cases = []
        for suivi in tous:
            for trimestre in range(4):
                premier = date(annee, 3 * trimestre + 1, 1)
                suivant = date(annee + trimestre // 3, (3 * trimestre + 3) % 12 + 1, 1)
                debut, fin = max(premier, suivi.debut), min(suivant, suivi.fin or suivant)
                if (fin - debut).days >= 10:
                    cases.append((suivi, debut, fin, (fin - debut).days * (1 + 0.4 * (suivi.intensite == "RENFORCEE"))))
        nombres = _repartir({str(i).zfill(5): case[3] for i, case in enumerate(cases)}, total)
        rang = 0
        for cle, nombre in sorted(nombres.items()):
            suivi, debut, fin, _ = cases[int(cle)]
            if nombre:
                rang += 1
                lignes.ajouter(
                    "acte",
                    id_acte=f"V{annee}-{rang:03d}",
                    id_service=SERVICE,
                    type_acte="VISITE",
                    date=jour_entre(rng, max(debut, fin - timedelta(days=12)), fin - timedelta(days=1)),
                    id_menage=suivi.menage,
                    id_mesure=suivi.mesure,
                    nombre=nombre,
                )


def _demarches(rng: random.Random, lignes: Lignes, tous: list[Suivi]) -> None:
    """Les partenaires sollicités et les dossiers constitués, dans les jours de chaque mesure."""
    actes = []
    for suivi in tous:
        dernier = (suivi.fin or FIN) - timedelta(days=1)
        for partenaire in sorted({choisir(rng, _PARTENAIRES) for _ in range(rng.randint(1, 3))}):
            actes.append((suivi, "LIEN_PARTENAIRE", {"partenaire": partenaire}, jour_entre(rng, suivi.debut, dernier)))
        if rng.random() < 0.75:
            etat = choisir(rng, {"depose": 4, "accorde": 3, "instruit": 2, "refuse": 1})
            dossier = {"type_dossier": choisir(rng, _DOSSIERS), "etat_dossier": etat}
            actes.append((suivi, "DOSSIER", dossier, jour_entre(rng, suivi.debut, dernier)))
    actes.sort(key=lambda a: (a[3], a[0].mesure, a[1], str(a[2])))
    for rang, (suivi, type_acte, valeurs, jour) in enumerate(actes, 1):
        lignes.ajouter(
            "acte",
            id_acte=f"FSLA-{rang:03d}",
            id_service=SERVICE,
            type_acte=type_acte,
            date=jour,
            id_menage=suivi.menage,
            id_mesure=suivi.mesure,
            **valeurs,
        )


def _demandes(rng: random.Random, lignes: Lignes, tous: list[Suivi]) -> dict[str, str]:
    """Une demande par mesure et quelques demandes sans suite ; rend la commune de chaque ménage."""
    demandes, communes = [], {}
    for suivi in tous:
        commune = choisir(rng, COMMUNES[suivi.territoire])
        communes[suivi.menage] = commune
        decision = suivi.debut - timedelta(days=rng.randint(12, 30))
        suivi.demande = decision - timedelta(days=rng.randint(8, 45))
        suivi.champs["notification"] = decision + timedelta(days=rng.randint(2, 10))
        prescripteur = "INTERNE" if suivi.referent.startswith("J-") else choisir(rng, _PRESCRIPTEURS[suivi.territoire])
        demandes.append(
            {
                "id_menage": suivi.menage,
                "date_demande": suivi.demande,
                "prescripteur": prescripteur,
                "motif": choisir(rng, _MOTIFS),
                "motifs_annexes": choisir(rng, _ANNEXES),
                "commune_origine": commune,
                "territoire": suivi.territoire,
                "date_decision": decision,
                "suite": "ADMISE",
            }
        )
    for annee, refus in _REFUS.items():
        for territoire, suite, motif, nombre in refus:
            for _ in range(nombre):
                jour = jour_entre(rng, date(annee, 2, 1), date(annee, 11, 25))
                attente = suite == "LISTE_ATTENTE"
                demandes.append(
                    {
                        "date_demande": jour,
                        "prescripteur": choisir(rng, _PRESCRIPTEURS[territoire]),
                        "motif": choisir(rng, _MOTIFS),
                        "commune_origine": choisir(rng, COMMUNES[territoire]),
                        "territoire": territoire,
                        "date_decision": None if attente else jour + timedelta(days=rng.randint(15, 28)),
                        "suite": suite,
                        "motif_suite": motif,
                    }
                )
    demandes.sort(key=lambda d: (d["date_demande"], d["territoire"], d.get("id_menage") or ""))
    de_menage = {}
    for rang, demande in enumerate(demandes, 1):
        identifiant = f"FSLD-{rang:03d}"
        lignes.ajouter("demande", id_demande=identifiant, id_service=SERVICE, **demande)
        if demande.get("id_menage"):
            de_menage[demande["id_menage"]] = identifiant
    for suivi in tous:
        suivi.champs["id_demande"] = de_menage[suivi.menage]
    return communes


def _conventions(lignes: Lignes) -> None:
    """L'agrément, l'objectif et le montant de chaque année, la convention signée pour la suite et les postes."""

    def convention(rang: int, debut: date, fin: date | None, montant: int | None = None, **reste) -> None:
        lignes.ajouter(
            "convention",
            id_convention=f"FSLC-{rang:02d}",
            id_service=SERVICE,
            financeur="Département",
            debut=debut,
            fin=fin,
            montant=None if montant is None else euros(montant * 100),
            **reste,
        )

    convention(1, _J(2009, 1, 1), None, dispositif="Agrément", nature="realise")
    rang = 1
    for territoire, points_, annuel in (("CAHC", 60, 24_000), ("CALL", 40, 16_000)):
        for annee in (2020, 2021, 2022):
            rang += 1
            convention(
                rang,
                _J(annee, 1, 1),
                _J(annee + 1, 1, 1),
                annuel,
                dispositif="Objectif annuel",
                territoire=territoire,
                unite_objectif="points",
                objectif=points_,
                nature="realise",
            )
        rang += 1
        convention(
            rang,
            _J(2022, 7, 1),
            _J(2025, 1, 1),
            annuel * 5 // 2,
            dispositif="Convention",
            territoire=territoire,
            nature="previsionnel",
        )
    for etp in (1.0, 0.5, 0.5):
        rang += 1
        montant = int(etp * 215_000)
        convention(
            rang, _J(2020, 1, 1), _J(2025, 1, 1), montant, dispositif="Travailleur social", etp=etp, nature="realise"
        )


def tables_fsl() -> dict[str, pl.DataFrame]:
    """Les tables propres du FSL ASLL, du stock de 2019 à la fin de 2022."""
    rng = tirage("fsl tables")
    tous = suivis()
    _foyers(rng, tous, jeunes_de_l_accueil(ase=False))
    _profils(rng, tous)
    _arrets(rng, tous)
    lignes = Lignes()
    communes = _demandes(rng, lignes, tous)
    for suivi in tous:
        ecrire_le_foyer(rng, lignes, suivi)
        fin = _logement_fin(rng, suivi) if suivi.fin else None
        ecrire_les_photos(lignes, suivi, SERVICE, communes[suivi.menage], fin)
        motif = suivi.champs.get("motif_fin")
        lignes.ajouter(
            "mesure",
            id_mesure=suivi.mesure,
            rang=1,
            id_service=SERVICE,
            id_menage=suivi.menage,
            id_demande=suivi.champs["id_demande"],
            type_mesure=suivi.champs["type"],
            intensite=suivi.intensite,
            territoire=suivi.territoire,
            date_notification=suivi.champs["notification"],
            date_debut=suivi.debut,
            date_fin=suivi.fin,
            motif_fin=motif if suivi.fin else None,
            objectif_atteint=_ATTEINT.get(motif, "non") if suivi.fin else None,
        )
    _visites(lignes, tous)
    _demarches(rng, lignes, tous)
    _conventions(lignes)
    return lignes.tables()


def points(suivis_: list[Suivi]) -> int:
    """Les jours pondérés des mesures dans l'année imprimée."""
    return sum(COEFFICIENTS[s.intensite] * s.jours for s in suivis_)
