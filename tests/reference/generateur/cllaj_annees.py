"""CLLAJ : ce que chaque année doit compter. Imprimé pour 2022 ; pour 2020 et 2021, seuls quelques totaux le sont."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Annee:
    """Les marges d'une année ; un couple de nombres vaut (personnes seules, foyers de deux personnes)."""

    annee: int
    foyers: tuple[int, int]
    reprises: tuple[int, int]  # foyers suivis aussi l'année d'après
    compositions_seules: dict[str, int]
    compositions_a_deux: dict[str, int]
    prescripteurs: dict[str, tuple[int, int]]
    qpv: tuple[int, int]
    qpv_sans_dossier: int
    sans_dossier: int
    recus: int
    entretiens: dict[str, int]  # par lieu
    manques: int
    ressources: dict[str, int]  # personnes par classe de montant
    ase: int
    ase_inconnu: int
    ateliers: int
    participants: int
    participants_avec_dossier: int
    participations: int
    dossiers: dict[str, int]
    orientations: dict[str, int]
    relogements: dict[str, int]
    contingents: dict[str, int]

    @property
    def situations(self) -> int:
        return sum(self.foyers)

    @property
    def personnes(self) -> int:
        return self.foyers[0] + 2 * self.foyers[1]


SIEGE = "Siège du CLLAJ"
LIEUX_2022 = {
    "Mission locale de Carvin": 12,
    "Mission locale d'Hénin Beaumont": 1,
    "Centre socioculturel d'Evin Malmaison": 18,
    "Mission locale de Leforest": 1,
    "CCAS/PAD de Libercourt": 31,
    "Maison des Adolescents d'Hénin Beaumont": 4,
    "Mission Locale de Montigny en Gohelle": 4,
    "Maison des Services Publics de Courrières": 13,
}
HEBERGEMENT_ASE, ALT = "Hébergement Jeunes ASE", "ALT (demandes directes)"

ANNEES = {
    2022: Annee(
        annee=2022,
        foyers=(168, 50),
        reprises=(0, 0),
        compositions_seules={"HS": 89, "FS": 67, "FSE": 12},
        compositions_a_deux={"CSE": 43, "CAE": 4, "GSE": 3},
        prescripteurs={
            "ML": (53, 16),
            "SPONTANE": (33, 10),
            "NR": (3, 0),
            "DEPT": (18, 6),
            "FT": (6, 2),
            "SIAE": (7, 2),
            "ASE_PJJ": (9, 0),
            "HEB": (10, 4),
            "SANTE": (6, 1),
            "CCAS": (9, 4),
            "COMMUNE": (6, 2),
            "BAILLEUR": (4, 2),
            "PARTENAIRE_AUTRE": (4, 1),
        },
        qpv=(21, 7),
        qpv_sans_dossier=0,
        sans_dossier=185,
        recus=171,
        entretiens=LIEUX_2022 | {SIEGE: 260 - sum(LIEUX_2022.values())},
        manques=40,
        ressources={"zero": 47, "faible": 57, "moyen": 105, "haut": 59},
        ase=21,
        ase_inconnu=40,
        ateliers=9,
        participants=51,
        participants_avec_dossier=10,
        participations=58,
        dossiers={"LOGEMENT_SOCIAL": 70, "AIDE_LOGEMENT": 2, "FSL_LNI": 17, "FSL_LI": 5, "CONTINGENT": 6, "DALO": 5},
        orientations={HEBERGEMENT_ASE: 13, ALT: 32},
        relogements={"ADAPTE": 22, "PUBLIC": 25, "PRIVE": 6, "MAINTIEN": 24},
        contingents={"ACTION_LOGEMENT": 3, "ETAT": 6, "BAILLEUR": 12, "COLLECTIVITE": 4},
    ),
    2021: Annee(
        annee=2021,
        foyers=(183, 57),
        reprises=(18, 4),
        compositions_seules={"HS": 95, "FS": 76, "FSE": 12},
        compositions_a_deux={"CSE": 49, "CAE": 5, "GSE": 3},
        prescripteurs={
            "ML": (72, 20),
            "SPONTANE": (31, 12),
            "NR": (6, 1),
            "DEPT": (18, 6),
            "FT": (5, 2),
            "SIAE": (6, 3),
            "ASE_PJJ": (8, 0),
            "HEB": (11, 3),
            "SANTE": (5, 1),
            "CCAS": (10, 4),
            "COMMUNE": (5, 2),
            "BAILLEUR": (3, 2),
            "PARTENAIRE_AUTRE": (3, 1),
        },
        qpv=(29, 8),
        qpv_sans_dossier=23,
        sans_dossier=61,
        recus=190,
        entretiens={
            "Mission locale de Carvin": 21,
            "Mission locale d'Hénin Beaumont": 9,
            "CCAS/PAD de Libercourt": 24,
            "Maison des Services Publics de Courrières": 15,
            SIEGE: 218,
        },
        manques=34,
        ressources={"zero": 40, "faible": 47, "moyen": 130, "haut": 73, "inconnu": 7},
        ase=17,
        ase_inconnu=62,
        ateliers=22,
        participants=195,
        participants_avec_dossier=31,
        participations=215,
        dossiers={"LOGEMENT_SOCIAL": 78, "AIDE_LOGEMENT": 4, "FSL_LNI": 14, "FSL_LI": 7, "CONTINGENT": 4, "DALO": 3},
        orientations={HEBERGEMENT_ASE: 8, ALT: 27},
        relogements={"ADAPTE": 19, "PUBLIC": 28, "PRIVE": 9, "MAINTIEN": 17},
        contingents={"ACTION_LOGEMENT": 2, "ETAT": 8, "BAILLEUR": 14, "COLLECTIVITE": 4},
    ),
    2020: Annee(
        annee=2020,
        foyers=(165, 47),
        reprises=(14, 4),
        compositions_seules={"HS": 84, "FS": 70, "FSE": 11},
        compositions_a_deux={"CSE": 40, "CAE": 5, "GSE": 2},
        prescripteurs={
            "ML": (61, 17),
            "SPONTANE": (30, 9),
            "NR": (9, 2),
            "DEPT": (16, 5),
            "FT": (6, 1),
            "SIAE": (5, 2),
            "ASE_PJJ": (6, 0),
            "HEB": (10, 3),
            "SANTE": (4, 1),
            "CCAS": (9, 4),
            "COMMUNE": (4, 1),
            "BAILLEUR": (3, 1),
            "PARTENAIRE_AUTRE": (2, 1),
        },
        qpv=(24, 7),
        qpv_sans_dossier=23,
        sans_dossier=85,
        recus=138,
        entretiens={
            "Mission locale de Carvin": 14,
            "Mission locale d'Hénin Beaumont": 6,
            "CCAS/PAD de Libercourt": 17,
            SIEGE: 168,
        },
        manques=27,
        ressources={"zero": 45, "faible": 40, "moyen": 112, "haut": 55, "inconnu": 7},
        ase=14,
        ase_inconnu=71,
        ateliers=12,
        participants=96,
        participants_avec_dossier=14,
        participations=104,
        dossiers={"LOGEMENT_SOCIAL": 59, "AIDE_LOGEMENT": 5, "FSL_LNI": 11, "FSL_LI": 4, "CONTINGENT": 5, "DALO": 2},
        orientations={HEBERGEMENT_ASE: 5, ALT: 21},
        relogements={"ADAPTE": 15, "PUBLIC": 21, "PRIVE": 7, "MAINTIEN": 14},
        contingents={"ACTION_LOGEMENT": 1, "ETAT": 5, "BAILLEUR": 12, "COLLECTIVITE": 3},
    ),
}
