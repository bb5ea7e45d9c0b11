"""Hébergement éducatif de jeunes : les tables propres des deux groupes, majeurs et mineurs, de 2020 à 2022."""

from __future__ import annotations

import random
from datetime import date, timedelta

import polars as pl

from generateur.hasard import choisir, etaler, jour_entre, naissance, numeroter, tirage
from generateur.tables import Lignes, euros
from generateur.tremplins_calendrier import (
    ATTENDUS,
    LOGEMENTS,
    MAJEURS,
    MINEURS,
    PASSAGES,
    PREFIXE,
    SEJOURS,
    Sejour,
    entrants,
    sortants,
)

ANNEES = (2020, 2021, 2022)
# Communes des demandes : l'agglomération d'abord, par leur code.
_COMMUNES = {"62427": 8, "62215": 5, "62907": 3, "62637": 3, "62250": 3, "62587": 2, "62498": 2, "62510": 2, "62041": 1}

# Profils des jeunes par groupe et année d'arrivée : genre, logement quitté, ressource, emploi.
_GENRES = {
    (MAJEURS, 2019): {"F": 3, "H": 4},
    (MAJEURS, 2020): {"F": 2, "H": 3},
    (MAJEURS, 2021): {"F": 3, "H": 3},
    (MAJEURS, 2022): {"F": 5, "H": 6, "AUTRE": 1},
    (MINEURS, 2019): {"H": 1},
    (MINEURS, 2020): {"F": 1},
    (MINEURS, 2021): {"F": 1},
    (MINEURS, 2022): {"F": 5, "H": 2},
}
_ORIGINES = {
    (MAJEURS, 2019): {"ASE": 5, "TIERS_F": 1, "TIERS_A": 1},
    (MAJEURS, 2020): {"ASE": 3, "TIERS_F": 1, "TIERS_A": 1},
    (MAJEURS, 2021): {"ASE": 4, "TIERS_F": 1, "HU": 1},
    (MAJEURS, 2022): {"TIERS_F": 5, "ASE": 4, "TIERS_A": 1, "RS_FJT": 1, "HU": 1},
    (MINEURS, 2019): {"ASE": 1},
    (MINEURS, 2020): {"ASE": 1},
    (MINEURS, 2021): {"ASE": 1},
    (MINEURS, 2022): {"ASE": 4, "TIERS_F": 3},
}
_RESSOURCES = {
    (MAJEURS, 2019): {"APJM": 4, "CEJ": 2, "SALAIRE": 1},
    (MAJEURS, 2020): {"APJM": 3, "CEJ": 1, "SALAIRE": 1},
    (MAJEURS, 2021): {"APJM": 4, "CEJ": 1, "SALAIRE": 1},
    (MAJEURS, 2022): {"APJM": 7, "CEJ": 2, "SALAIRE": 2, "AUCUNE": 1},
    (MINEURS, 2019): {"AUCUNE": 1},
    (MINEURS, 2020): {"BOURSE": 1},
    (MINEURS, 2021): {"AUCUNE": 1},
    (MINEURS, 2022): {"AUCUNE": 4, "BOURSE": 2, "SALAIRE": 1},
}
_CENTIMES = {
    "APJM": (48_000, 56_500),
    "CEJ": (49_700, 52_800),
    "SALAIRE": (78_000, 124_000),
    "BOURSE": (9_000, 21_000),
    "ARE": (61_000, 82_000),
}
_EMPLOIS = {
    "APJM": {"FORMATION": 4, "SCOLARITE": 4, "DEMANDEUR": 2},
    "CEJ": {"DEMANDEUR": 3, "FORMATION": 1},
    "SALAIRE": {"ALTERNANCE": 2, "CDD": 2, "INTERIM": 1},
    "AUCUNE": {"SCOLARITE": 3, "DEMANDEUR": 1},
    "BOURSE": {"SCOLARITE": 1},
    "ARE": {"DEMANDEUR": 1},
    "NR": {"NR": 1},
}
_MOBILITES = {
    MAJEURS: {"BUS": 7, "TROTTINETTE": 3, "VELO": 1, "PIED": 1, "VOITURE": 1},
    MINEURS: {"BUS": 6, "PIED": 2, "TROTTINETTE": 1},
}
_PERMIS = {
    MAJEURS: {"PROJET": 4, "CODE": 4, "CITOYEN": 2, "CONDUITE": 1, "AUCUN": 2, "OBTENU": 1},
    MINEURS: {"AUCUN": 1},
}

# Où vont et de quoi vivent les sortants, par groupe et année ; l'ordre suit celui du motif de sortie.
_SOLUTIONS = {
    (MAJEURS, 2020): {
        "ACCES_LOGT": ["PUBLIC", "PUBLIC", "PRIVE"],
        "ORIENTATION": ["RS_FJT"],
        "RETOUR_FAMILLE": ["TIERS_F"],
    },
    (MAJEURS, 2021): {
        "ACCES_LOGT": ["PUBLIC", "PUBLIC", "PRIVE"],
        "ORIENTATION": ["RS_FJT"],
        "RETOUR_FAMILLE": ["TIERS_F"],
        "PERTE_LIEN": ["INCONNU"],
    },
    (MAJEURS, 2022): {
        "ACCES_LOGT": ["PUBLIC", "PUBLIC", "PUBLIC", "PRIVE", "PUBLIC", "PRIVE"],
        "ORIENTATION": ["RS_FJT"],
        "RETOUR_FAMILLE": ["TIERS_F"],
        "PERTE_LIEN": ["INCONNU"],
    },
    (MINEURS, 2020): {"RETOUR_FAMILLE": ["TIERS_F"]},
    (MINEURS, 2021): {"ORIENTATION": ["ASE"]},
    (MINEURS, 2022): {"DEMENAGEMENT": ["TIERS_F"]},
}
_REVENUS_SORTIE = {
    (MAJEURS, 2020): {"SALAIRE": 3, "CEJ": 1, "AUCUNE": 1},
    (MAJEURS, 2021): {"SALAIRE": 3, "CEJ": 1, "APJM": 1, "NR": 1},
    (MAJEURS, 2022): {"SALAIRE": 5, "CEJ": 2, "ARE": 1, "NR": 1},
    (MINEURS, 2020): {"AUCUNE": 1},
    (MINEURS, 2021): {"BOURSE": 1},
    (MINEURS, 2022): {"AUCUNE": 1},
}

# Pré-admissions qui n'ont pas conduit à un accueil : suite, motif de la suite, nombre.
_AUTRES_DEMANDES: dict[tuple[str, int], list[tuple[str, str | None, int]]] = {
    (MAJEURS, 2020): [
        ("REFUS_SERVICE", "COMPLET", 3),
        ("REFUS_SERVICE", "HORS_CRITERES", 2),
        ("REFUS_MENAGE", "AUTRE_SOLUTION", 2),
        ("INJOIGNABLE", "NE_DONNE_PAS_SUITE", 2),
    ],
    (MAJEURS, 2021): [
        ("REFUS_SERVICE", "COMPLET", 4),
        ("REFUS_SERVICE", "HORS_CRITERES", 2),
        ("REFUS_MENAGE", "AUTRE_SOLUTION", 3),
        ("REORIENTE", "REORIENTE_HEBERGEMENT", 1),
        ("INJOIGNABLE", "NE_DONNE_PAS_SUITE", 1),
    ],
    (MAJEURS, 2022): [
        ("REFUS_SERVICE", "HORS_CRITERES", 4),
        ("REFUS_SERVICE", "COMPLET", 2),
        ("REFUS_MENAGE", "AUTRE_SOLUTION", 3),
        ("REFUS_MENAGE", "NE_DONNE_PAS_SUITE", 1),
        ("REORIENTE", "REORIENTE_HEBERGEMENT", 3),
        ("INJOIGNABLE", "NE_DONNE_PAS_SUITE", 2),
        ("LISTE_ATTENTE", None, 3),
        ("EN_COURS", None, 2),
    ],
    (MINEURS, 2020): [("REFUS_SERVICE", "COMPLET", 2)],
    (MINEURS, 2021): [("REFUS_SERVICE", "COMPLET", 3)],
    (MINEURS, 2022): [
        ("REFUS_SERVICE", "HORS_CRITERES", 2),
        ("REFUS_MENAGE", "AUTRE_SOLUTION", 1),
        ("EN_COURS", None, 1),
    ],
}
# Qui oriente : l'aide sociale à l'enfance d'abord, et le bouche à oreille qui monte.
_PRESCRIPTEURS = {
    (MAJEURS, 2020): {"ASE_PJJ": 11, "ML": 2, "SPONTANE": 1, "HEB": 1},
    (MAJEURS, 2021): {"ASE_PJJ": 12, "ML": 2, "SPONTANE": 2, "INTERNE": 1, "NR": 1},
    (MAJEURS, 2022): {"ASE_PJJ": 17, "SPONTANE": 7, "ML": 3, "INTERNE": 3, "SANTE": 1, "DEPT": 1},
    (MINEURS, 2020): {"ASE_PJJ": 3},
    (MINEURS, 2021): {"ASE_PJJ": 5},
    (MINEURS, 2022): {"ASE_PJJ": 8, "SPONTANE": 1, "DEPT": 1},
}
_MOTIFS = {
    2020: {"SORTIE_INSTITUTION": 6, "RUPTURE_FAMILIALE": 3, "FIN_HEBERGEMENT_TIERS": 1, "AUTONOMIE": 1},
    2021: {"SORTIE_INSTITUTION": 6, "RUPTURE_FAMILIALE": 4, "FIN_HEBERGEMENT_TIERS": 2, "AUTONOMIE": 1},
    2022: {"RUPTURE_FAMILIALE": 9, "SORTIE_INSTITUTION": 6, "FIN_HEBERGEMENT_TIERS": 2, "VIOLENCES": 1, "AUTONOMIE": 1},
}

# Démarches : dossiers constitués et orientations, par année (groupe des majeurs).
_DOSSIERS = {
    2020: {"LOGEMENT_SOCIAL": 5, "FSL_ACCES": 4, "AFASE": 2, "CSS": 2},
    2021: {"LOGEMENT_SOCIAL": 7, "FSL_ACCES": 5, "AFASE": 3, "CSS": 2, "AIDE_LOGEMENT": 3},
    2022: {"LOGEMENT_SOCIAL": 11, "FSL_ACCES": 9, "AFASE": 6, "CSS": 4, "AIDE_LOGEMENT": 7, "FAJ": 2},
}
_ASL = "ASL jeunes majeurs"
_ORIENTATIONS = {
    2020: {_ASL: 2, "Mission locale": 2},
    2021: {_ASL: 3, "Mission locale": 3, "Permis citoyen": 1},
    2022: {_ASL: 4, "Mission locale": 4, "Permis citoyen": 3},
}
# Activités : thème → séances de l'année ; puis présences, dont celles de mineurs et d'invités, sans identité.
_ACTIVITES = {
    2020: ({"CULTURE_LOISIRS": 3, "VIE_SOCIALE": 2, "SOINS": 2}, 24, 3),
    2021: ({"CULTURE_LOISIRS": 6, "VIE_SOCIALE": 5, "SOINS": 2, "BUDGET_DETTES": 2}, 61, 4),
    2022: ({"CULTURE_LOISIRS": 11, "VIE_SOCIALE": 8, "SOINS": 4, "BUDGET_DETTES": 3, "MOBILITE": 2}, 119, 22),
}
_LIEUX_ACTIVITES = ("Locaux du service", "Appartement partagé", "Sortie à la journée", "Salle municipale")
# L'équipe : fonction, arrivée, équivalent temps plein.
_EQUIPE = (
    ("Éducatrice spécialisée", date(2018, 3, 1), 1.0),
    ("Conseiller en économie sociale et familiale", date(2019, 9, 2), 1.0),
    ("Assistante sociale", date(2022, 2, 1), 1.0),
    ("Assistante administrative", date(2022, 3, 1), 0.5),
    ("Agent technique", date(2022, 4, 1), 1.0),
)


class _Registre:
    """Le registre des jeunes, commun aux deux groupes : un numéro de personne et de dossier par jeune."""

    def __init__(self) -> None:
        self.premiers_contacts: dict[str, date] = {}
        self.genres: dict[str, str] = {}
        self.naissances: dict[str, str] = {}
        self.ase: dict[str, str] = {}
        self._numeros: dict[str, str] = {}

    def inscrire(self, jeune: str, jour: date, genre: str, ne: str, ase: str) -> None:
        self.premiers_contacts[jeune] = min(jour, self.premiers_contacts.get(jeune, jour))
        self.genres.setdefault(jeune, genre)
        self.naissances.setdefault(jeune, ne)
        self.ase.setdefault(jeune, ase)

    def numeroter(self) -> None:
        ordre = sorted(self.premiers_contacts, key=lambda j: (self.premiers_contacts[j], j))
        self._numeros = {jeune: f"{rang:03d}" for rang, jeune in enumerate(ordre, 1)}

    def personne(self, jeune: str) -> str:
        return f"TRM-P-{self._numeros[jeune]}"

    def dossier(self, jeune: str) -> str:
        return f"TRM-D-{self._numeros[jeune]}"


def _naissance(rng: random.Random, groupe: str, sejour: Sejour) -> str:
    """Mois de naissance : un mineur passe majeur le mois de ses dix-huit ans, les autres sont de leur groupe."""
    if sejour.jeune in PASSAGES:
        passage = next(s.entree for s in SEJOURS[MAJEURS] if s.jeune == sejour.jeune)
        return f"{passage.year - 18:04d}-{passage.month:02d}"
    if groupe == MINEURS:
        return naissance(rng, 16, min(sejour.entree, date(2022, 5, 1)))
    return naissance(rng, choisir(rng, {18: 6, 19: 3, 20: 1}), sejour.entree)


def _demandes(rng: random.Random, registre: _Registre, groupe: str, annee: int) -> list[dict]:
    """Les pré-admissions de l'année : celles des jeunes accueillis ou attendus, et celles sans accueil."""
    lignes = []
    for s in SEJOURS[groupe]:
        jour = s.entree - timedelta(days=_DELAIS[s.jeune])
        if jour.year == annee and not (groupe == MAJEURS and s.jeune in PASSAGES):
            lignes.append((s.jeune, jour, jour + timedelta(days=12), "ADMISE", None))
    if groupe == MAJEURS and annee == 2022:
        lignes += [(j, date(2022, 11, 14 + k), date(2022, 12, 6 + k), "ADMISE", None) for k, j in enumerate(ATTENDUS)]
    rang = 0
    for suite, motif, nombre in _AUTRES_DEMANDES[groupe, annee]:
        for _ in range(nombre):
            rang += 1
            en_attente = motif is None
            jour = jour_entre(rng, date(annee, 10 if en_attente else 1, 5), date(annee, 12 if en_attente else 11, 18))
            decision = None if en_attente else jour + timedelta(days=rng.randint(5, 24))
            lignes.append((f"{groupe}-{annee}-{rang}", jour, decision, suite, motif))
    genres = etaler(rng, {"F": 11, "H": 11, "AUTRE": 1})
    for jeune, jour, *_ in lignes:
        if jeune not in registre.genres:
            age = 16 if groupe == MINEURS else choisir(rng, {17: 2, 18: 6, 19: 4, 20: 2})
            registre.inscrire(jeune, jour, genres.pop(), naissance(rng, age, jour), choisir(rng, {"oui": 3, "non": 1}))
        registre.inscrire(jeune, jour, "", "", "")
    prescripteurs = etaler(rng, _PRESCRIPTEURS[groupe, annee])
    assert len(prescripteurs) == len(lignes), (groupe, annee, len(lignes))
    return [
        {
            "jeune": jeune,
            "date_demande": jour,
            "date_decision": decision,
            "suite": suite,
            "motif_suite": motif,
            "prescripteur": prescripteur,
            "motif": choisir(rng, _MOTIFS[annee]),
            "commune_origine": choisir(rng, _COMMUNES),
        }
        for (jeune, jour, decision, suite, motif), prescripteur in zip(lignes, prescripteurs, strict=True)
    ]


# Jours entre la pré-admission et l'entrée.
_DELAIS = {s.jeune: 24 + 7 * ((i * 5) % 6) for sejours in SEJOURS.values() for i, s in enumerate(sejours)}


def _photos_entree(rng: random.Random, groupe: str, annee: int) -> dict[str, dict]:
    """La situation de chaque jeune le jour de son entrée ; un passage vient de l'aide sociale à l'enfance."""
    arrives = [s for s in entrants(groupe, annee) if groupe == MINEURS or s.jeune not in PASSAGES]
    ressources = etaler(rng, _RESSOURCES.get((groupe, annee), {}))
    origines = etaler(rng, _ORIGINES.get((groupe, annee), {}))
    photos = {}
    for s in entrants(groupe, annee):
        nouveau = s in arrives
        ressource = ressources.pop() if nouveau else "APJM"
        photos[s.jeune] = {
            "moment": "entree",
            "date": s.entree,
            "logement": origines.pop() if nouveau else "ASE",
            "mobilite": choisir(rng, _MOBILITES[groupe]),
            "permis": choisir(rng, _PERMIS[groupe]),
            **_revenu(rng, ressource),
        }
    return photos


def _photos_sortie(rng: random.Random, groupe: str, annee: int) -> dict[str, dict]:
    """La situation de chaque sortant : la solution suit le motif, et qui est perdu de vue n'a rien de connu."""
    solutions = {motif: list(liste) for motif, liste in _SOLUTIONS[groupe, annee].items()}
    revenus = [r for r in etaler(rng, _REVENUS_SORTIE[groupe, annee]) if r != "NR"]
    photos = {}
    for s in sortants(groupe, annee):
        logement = solutions[s.motif].pop()
        ressource = "NR" if logement == "INCONNU" else revenus.pop()
        photos[s.jeune] = {"moment": "sortie", "date": s.sortie, "logement": logement, **_revenu(rng, ressource)}
    assert not revenus and not any(solutions.values())
    return photos


def _revenu(rng: random.Random, ressource: str) -> dict:
    centimes = {"AUCUNE": 0, "NR": None}.get(ressource, -1)
    if centimes == -1:
        centimes = rng.randrange(*_CENTIMES[ressource], 100)
    return {
        "ressource_principale": ressource,
        "ressources": euros(centimes),
        "emploi": choisir(rng, _EMPLOIS[ressource]),
    }


def _inscrire_entrants(registre: _Registre, groupe: str) -> None:
    for annee in (2019, *ANNEES):
        rng = tirage(f"tremplins identités {groupe} {annee}")
        genres = etaler(rng, _GENRES[groupe, annee])
        for s in entrants(groupe, annee):
            if groupe == MAJEURS and s.jeune in PASSAGES:
                continue  # déjà inscrit chez les mineurs
            ne, ase = _naissance(rng, groupe, s), choisir(rng, {"oui": 4, "non": 1})
            registre.inscrire(s.jeune, s.entree, genres.pop(), ne, ase)


def _ecrire_personnes(lignes: Lignes, registre: _Registre, jeunes: set[str]) -> None:
    for jeune in sorted(jeunes):
        lignes.ajouter(
            "personne",
            id_personne=registre.personne(jeune),
            genre=registre.genres[jeune],
            naissance=registre.naissances[jeune],
            parcours_ase=registre.ase[jeune],
        )
        lignes.ajouter("menage", id_menage=registre.dossier(jeune), id_referent=registre.personne(jeune))
        lignes.ajouter(
            "membre",
            id_menage=registre.dossier(jeune),
            id_personne=registre.personne(jeune),
            role="referent",
            debut=registre.premiers_contacts[jeune],
        )


def _ecrire_logements(lignes: Lignes, groupe: str) -> None:
    for rang, logement in enumerate(LOGEMENTS[groupe], 1):
        identifiant = f"{PREFIXE[groupe]}-L-{rang:02d}"
        lignes.ajouter(
            "place",
            id_place=identifiant,
            id_service=groupe,
            nb_places=logement.places,
            typologie=logement.typologie,
            commune=logement.commune,
            regroupe_diffus="diffus",
            ouverture=logement.ouverture,
        )
        if logement.travaux:
            lignes.ajouter(
                "indisponibilite",
                id_place=identifiant,
                debut=logement.ouverture,
                fin=logement.travaux,
                motif="TRAVAUX",
            )
    if groupe == MINEURS:
        lignes.ajouter(
            "indisponibilite",
            id_place=f"{PREFIXE[groupe]}-L-01",
            debut=date(2021, 8, 30),
            fin=date(2021, 9, 20),
            motif="TRAVAUX",
        )


def _ecrire_sejours(lignes: Lignes, registre: _Registre, groupe: str, photos: dict[str, list[dict]]) -> None:
    prefixe = PREFIXE[groupe]
    ranges = sorted(SEJOURS[groupe], key=lambda s: (s.entree, s.jeune))
    for rang, s in enumerate(ranges, 1):
        identifiant = f"{prefixe}-S-{rang:03d}"
        communs = {
            "id_menage": registre.dossier(s.jeune),
            "id_personne": registre.personne(s.jeune),
            "id_service": groupe,
            "id_sejour": identifiant,
        }
        lignes.ajouter(
            "sejour",
            **communs,
            id_place=f"{prefixe}-L-{s.logement:02d}",
            date_entree=s.entree,
            date_sortie=s.sortie,
            motif_fin=s.motif,
        )
        for photo in photos[s.jeune]:
            lignes.ajouter("situation", **communs, **photo)


def _actes(rng: random.Random, groupe: str, annee: int) -> list[dict]:
    """Visites et entretiens au fil des séjours ; dossiers et orientations pour les majeurs."""
    debut, fin = date(annee, 1, 4), date(annee, 12, 21)
    presents = [s for s in SEJOURS[groupe] if s.entree <= fin and (s.sortie or fin) > debut]

    def jour(s: Sejour) -> date:
        return jour_entre(rng, max(debut, s.entree), min(fin, (s.sortie or fin) - timedelta(days=1)))

    actes = []
    for s in presents:
        for _ in range(rng.randint(2, 4)):
            presence = choisir(rng, {"present": 6, None: 2, "absent": 1})
            lieu = choisir(rng, {"Locaux du service": 3, "Appartement partagé": 1})
            actes.append(
                {"jeune": s.jeune, "date": jour(s), "type_acte": "ENTRETIEN", "lieu": lieu, "presence": presence}
            )
        actes.append({"jeune": s.jeune, "date": jour(s), "type_acte": "VISITE", "presence": "present"})
    if groupe == MAJEURS:
        for type_dossier in etaler(rng, _DOSSIERS[annee]):
            s = rng.choice(presents)
            actes.append(
                {
                    "jeune": s.jeune,
                    "date": jour(s),
                    "type_acte": "DOSSIER",
                    "type_dossier": type_dossier,
                    "etat_dossier": choisir(rng, {"depose": 2, "instruit": 1}),
                }
            )
        for dispositif in etaler(rng, _ORIENTATIONS[annee]):
            s = rng.choice(presents)
            actes.append({"jeune": s.jeune, "date": jour(s), "type_acte": "ORIENTATION", "dispositif": dispositif})
    return actes


def _ecrire_actes(lignes: Lignes, registre: _Registre, groupe: str) -> None:
    actes = [a for annee in ANNEES for a in _actes(tirage(f"tremplins actes {groupe} {annee}"), groupe, annee)]
    actes.sort(
        key=lambda a: (a["date"], a["jeune"], a["type_acte"], a.get("type_dossier") or a.get("dispositif") or "")
    )
    numeros = numeroter(f"{PREFIXE[groupe]}-A", (a["date"].year for a in actes))
    for identifiant, acte in zip(numeros, actes, strict=True):
        jeune = acte.pop("jeune")
        lignes.ajouter("acte", id_acte=identifiant, id_service=groupe, id_menage=registre.dossier(jeune), **acte)


def _ecrire_activites(lignes: Lignes, registre: _Registre) -> None:
    """Les activités du dispositif : des majeurs présents ce jour-là, nommés ; mineurs et invités, comptés."""
    for annee, (themes, presences, anonymes) in _ACTIVITES.items():
        rng = tirage(f"tremplins activités {annee}")
        jours = sorted(jour_entre(rng, date(annee, 2, 1), date(annee, 12, 16)) for _ in range(sum(themes.values())))
        seances = [f"TRM-AC-{annee}-{k:02d}" for k in range(1, len(jours) + 1)]
        presents = [[s.jeune for s in SEJOURS[MAJEURS] if s.entree <= j and (s.sortie or date.max) > j] for j in jours]
        nommees = {(seances[k], rng.choice(liste)) for k, liste in enumerate(presents)}
        while len(nommees) < presences - anonymes:
            k = rng.randrange(len(seances))
            nommees.add((seances[k], rng.choice(presents[k])))
        invites = [0] * len(seances)
        for _ in range(anonymes):
            invites[rng.randrange(len(invites))] += 1
        for seance, jour, theme, invite in zip(seances, jours, etaler(rng, themes), invites, strict=True):
            lignes.ajouter(
                "acte",
                id_acte=seance,
                id_service=MAJEURS,
                type_acte="ACTIVITE",
                date=jour,
                lieu=rng.choice(_LIEUX_ACTIVITES),
                theme=theme,
                effectif_anonyme=invite,
            )
        for seance, jeune in sorted(nommees):
            lignes.ajouter("participation", id_acte=seance, id_personne=registre.personne(jeune))


def _ecrire_equipe(lignes: Lignes) -> None:
    for rang, (fonction, debut, etp) in enumerate(_EQUIPE, 1):
        lignes.ajouter(
            "convention",
            id_convention=f"TRM-E-{rang:02d}",
            id_service=MAJEURS,
            financeur="Département",
            dispositif=fonction,
            debut=debut,
            nature="realise",
            etp=etp,
        )


def tables_tremplins() -> dict[str, dict[str, pl.DataFrame]]:
    """Les tables propres des deux groupes ; les trois jeunes passés majeurs ont le même numéro dans les deux."""
    registre = _Registre()
    for groupe in (MINEURS, MAJEURS):
        _inscrire_entrants(registre, groupe)
    demandes = {
        (groupe, annee): _demandes(tirage(f"tremplins demandes {groupe} {annee}"), registre, groupe, annee)
        for groupe in (MINEURS, MAJEURS)
        for annee in ANNEES
    }
    registre.numeroter()
    return {groupe: _tables(registre, groupe, demandes) for groupe in (MAJEURS, MINEURS)}


def _tables(registre: _Registre, groupe: str, demandes: dict[tuple[str, int], list[dict]]) -> dict[str, pl.DataFrame]:
    lignes = Lignes()
    photos: dict[str, list[dict]] = {s.jeune: [] for s in SEJOURS[groupe]}
    for annee in (2019, *ANNEES):
        for jeune, photo in _photos_entree(tirage(f"tremplins entrées {groupe} {annee}"), groupe, annee).items():
            photos[jeune].append(photo)
    for annee in ANNEES:
        for jeune, photo in _photos_sortie(tirage(f"tremplins sorties {groupe} {annee}"), groupe, annee).items():
            photos[jeune].append(photo)
    demandeurs = {d["jeune"] for annee in ANNEES for d in demandes[groupe, annee]}
    _ecrire_personnes(lignes, registre, {*photos, *demandeurs})
    for annee in ANNEES:
        recues = sorted(demandes[groupe, annee], key=lambda d: (d["date_demande"], d["jeune"]))
        for rang, demande in enumerate(recues, 1):
            champs = {k: v for k, v in demande.items() if k != "jeune"}
            identifiant = f"{PREFIXE[groupe]}-PA-{annee}-{rang:02d}"
            dossier = registre.dossier(demande["jeune"])
            lignes.ajouter("demande", id_demande=identifiant, id_service=groupe, id_menage=dossier, **champs)
    _ecrire_logements(lignes, groupe)
    _ecrire_sejours(lignes, registre, groupe, photos)
    _ecrire_actes(lignes, registre, groupe)
    if groupe == MAJEURS:
        _ecrire_activites(lignes, registre)
        _ecrire_equipe(lignes)
    return lignes.tables()
