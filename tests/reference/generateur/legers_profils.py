"""Le public fictif de chaque petit service : des poids, et rien d'autre."""

from __future__ import annotations

from generateur.legers_fabrique import Profil

ISERE = {"38185": 9, "38151": 4, "38421": 4, "38158": 2, "38317": 2, "38485": 1, "38229": 1}
LOIRE_ATLANTIQUE = {"44109": 10, "44162": 4, "44190": 3, "44143": 2, "44035": 1, "44020": 1}
PRECAIRES = {"RUE": 3, "TIERS_A": 4, "TIERS_F": 2, "HU": 3, "HOTEL115": 2, "ERRANCE": 2, "DETENTION": 1}

PROFILS = {
    "avdl": Profil(
        prefixe="AVD",
        compositions={"HS": 6, "FS": 4, "FSE": 7, "HSE": 1, "CSE": 1, "CAE": 6},
        ages=(22, 61),
        logements={"TIERS_F": 4, "TIERS_A": 5, "HI": 4, "HOTEL": 2, "RS_FJT": 2, "PRIVE": 4, "HU": 2, "ASILE": 2},
        emplois={
            "DEMANDEUR": 8,
            "CDI_PARTIEL": 4,
            "CDD": 3,
            "CDI_TP": 3,
            "INTERIM": 2,
            "SANS_ACTIVITE": 3,
            "INAPTE": 2,
        },
        ressources={"RSA": 8, "ARE": 4, "PREST_FAM": 3, "AAH": 2, "AUCUNE": 1},
        communes=ISERE,
        prescripteurs={"PREFECTURE": 9, "BAILLEUR": 5, "ACTION_LOGEMENT": 4, "DEPT": 2, "CCAS": 1},
        motifs={
            "FIN_HEBERGEMENT_TIERS": 4,
            "LOGEMENT_INADAPTE": 5,
            "EXPULSION": 4,
            "SORTIE_INSTITUTION": 3,
            "VIOLENCES": 1,
        },
    ),
    "iml": Profil(
        prefixe="IML",
        compositions={"HS": 3, "FS": 3, "FSE": 6, "HSE": 1, "CSE": 2, "CAE": 5},
        ages=(21, 58),
        logements={"HI": 5, "HU": 3, "TIERS_A": 3, "ASILE": 3, "HOTEL115": 2, "TIERS_F": 1},
        emplois={"DEMANDEUR": 7, "CDI_PARTIEL": 4, "CDD": 4, "IAE": 3, "CDI_TP": 2, "SANS_ACTIVITE": 2},
        ressources={"RSA": 7, "ARE": 3, "PREST_FAM": 4, "AAH": 1},
        communes=ISERE,
        prescripteurs={"SIAO": 12, "INTERNE": 3},
        motifs={"SORTIE_INSTITUTION": 6, "FIN_HEBERGEMENT_TIERS": 4, "RUE": 2, "VIOLENCES": 1, "EXPULSION": 1},
    ),
    "pension_famille": Profil(
        prefixe="PDF",
        compositions={"HS": 13, "FS": 6, "CSE": 1},
        ages=(41, 69),
        logements={"HI": 6, "RUE": 3, "TIERS_A": 2, "HOPITAL": 3, "RS_FJT": 2, "ERRANCE": 2},
        emplois={"SANS_ACTIVITE": 7, "INAPTE": 6, "RETRAITE": 5, "DEMANDEUR": 2, "IAE": 1},
        ressources={"AAH": 8, "RSA": 5, "INVALIDITE": 2, "ASPA": 1},
        communes=ISERE,
        prescripteurs={"SIAO": 9, "HEB": 2, "SANTE": 2},
        motifs={"SORTIE_INSTITUTION": 6, "RUE": 4, "LOGEMENT_INADAPTE": 2},
    ),
    "iae": Profil(
        prefixe="IAE",
        compositions={"HS": 10, "FS": 7, "FSE": 4, "CSE": 2, "CAE": 4},
        ages=(20, 57),
        logements={"PUBLIC": 8, "PRIVE": 5, "TIERS_F": 6, "TIERS_A": 4, "RS_FJT": 3, "HI": 3, "HU": 2, "ERRANCE": 1},
        emplois={"DEMANDEUR": 14, "SANS_ACTIVITE": 3, "INTERIM": 1},
        ressources={"RSA": 9, "ASS": 3, "ARE": 3, "AAH": 1, "AUCUNE": 2},
        communes=ISERE,
        prescripteurs={"FT": 10, "ML": 5, "DEPT": 4, "CCAS": 2, "SPIP": 1, "SPONTANE": 2},
        motifs={"AUTONOMIE": 8, "ABSENCE_RESSOURCES": 4, "AUTRE": 1},
    ),
    "chrs": Profil(
        prefixe="CHR",
        compositions={"HS": 8, "FS": 4, "FSE": 3, "CAE": 2},
        ages=(19, 58),
        logements=PRECAIRES,
        emplois={"DEMANDEUR": 9, "SANS_ACTIVITE": 5, "SANS_DROIT_AU_TRAVAIL": 2, "CDD": 1, "INTERIM": 1, "INAPTE": 1},
        ressources={"RSA": 9, "AUCUNE": 3, "ARE": 2, "AAH": 1, "CEJ": 1},
        communes=LOIRE_ATLANTIQUE,
        prescripteurs={"SIAO": 1},
        motifs={"RUE": 6, "FIN_HEBERGEMENT_TIERS": 5, "RUPTURE_FAMILIALE": 4, "VIOLENCES": 3, "SORTIE_INSTITUTION": 3},
    ),
    "siao": Profil(
        prefixe="SIA",
        compositions={"HS": 16, "FS": 7, "FSE": 6, "HSE": 1, "CSE": 2, "CAE": 6, "GSE": 1},
        ages=(18, 64),
        logements={**PRECAIRES, "SQUAT": 1, "MOBILE": 1, "ASILE": 1},
        emplois={"DEMANDEUR": 8, "SANS_ACTIVITE": 5, "SANS_DROIT_AU_TRAVAIL": 3, "CDD": 2, "CDI_PARTIEL": 1, "NR": 7},
        ressources={"RSA": 8, "AUCUNE": 5, "ARE": 2, "AAH": 2, "ADA": 2, "CEJ": 1},
        communes=LOIRE_ATLANTIQUE,
        prescripteurs={
            "DEPT": 7,
            "CCAS": 5,
            "HEB": 6,
            "SANTE": 3,
            "SPIP": 2,
            "ML": 2,
            "PARTENAIRE_AUTRE": 4,
            "SPONTANE": 2,
        },
        motifs={
            **{"RUE": 7, "FIN_HEBERGEMENT_TIERS": 7, "SORTIE_INSTITUTION": 4, "RUPTURE_FAMILIALE": 4, "VIOLENCES": 3},
            **{"EXPULSION": 2, "LOGEMENT_INADAPTE": 2, "ARRIVEE": 2},
        },
    ),
}
