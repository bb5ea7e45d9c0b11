"""ALT : les ménages qui demandent et ceux qui sont hébergés. Une partie des jeunes vient du CLLAJ."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from generateur.alt_calendrier import Sejour
from generateur.cllaj import tables_cllaj
from generateur.hasard import age_au, choisir, etaler, naissance

VENUS_DU_CLLAJ = 12
DIRECTS = ("N2", "N3", "N4", "N7", "N10", "N12")  # entrées qu'un jeune orienté par le CLLAJ peut occuper


@dataclass
class Personne:
    """Un membre du ménage ; un jeune déjà connu d'un autre service garde son numéro."""

    genre: str
    naissance: str
    role: str = "referent"
    ase: str | None = None
    identifiant: str = ""


@dataclass
class Profil:
    """Un ménage demandeur : qui il est, d'où il vient, de quoi il vit s'il est hébergé."""

    cle: str
    composition: str
    personnes: list[Personne]
    commune: str
    motif: str
    logement: str
    oriente: date | None = None  # jour de la demande, quand une orientation l'impose
    prescripteur: str = ""
    organisme: str | None = None
    emploi: str | None = None
    ressource: str | None = None
    centimes: int | None = None
    menage: str = ""
    demande: str = ""


_COMMUNES_JEUNES = {
    "62427": 22,
    "62215": 18,
    "62907": 10,
    "62637": 9,
    "62250": 9,
    "62587": 6,
    "62497": 5,
    "62624": 4,
    "62498": 6,
    "62510": 4,
    "62413": 2,
    "62041": 2,
    "59178": 4,
    "59350": 2,
}
_AGES_JEUNES = {18: 4, 19: 6, 20: 6, 21: 5, 22: 4, 23: 3, 24: 2, 25: 2, 26: 2, 27: 2, 28: 1}
_COMMUNES_FAMILLES = {
    "62427": 14,
    "62215": 12,
    "62724": 7,
    "62250": 6,
    "62321": 5,
    "62637": 5,
    "62413": 9,
    "62498": 9,
    "62510": 5,
    "59178": 3,
    "62119": 2,
}
_LOGEMENTS = {
    "FIN_HEBERGEMENT_TIERS": {"TIERS_F": 5, "TIERS_A": 5},
    "RUPTURE_FAMILIALE": {"TIERS_F": 6, "TIERS_A": 3, "ERRANCE": 1},
    "SORTIE_INSTITUTION": {"ASE": 5, "HI": 3},
    "VIOLENCES": {"TIERS_A": 3, "HU": 2},
    "RUE": {"RUE": 3, "ERRANCE": 3},
    "LOGEMENT_INADAPTE": {"PRIVE": 6, "TIERS_F": 2},
    "AUTONOMIE": {"TIERS_F": 8, "RS_FJT": 1},
    "ARRIVEE": {"TIERS_A": 3, "HOTEL": 1},
    "EXPULSION": {"PRIVE": 3, "PUBLIC": 2},
    "NR": {"NR": 1},
}
_MOTIFS_JEUNES = {
    "RUPTURE_FAMILIALE": 9,
    "FIN_HEBERGEMENT_TIERS": 8,
    "AUTONOMIE": 5,
    "SORTIE_INSTITUTION": 4,
    "RUE": 3,
    "VIOLENCES": 1,
    "ARRIVEE": 1,
    "NR": 1,
}
_MOTIFS_FAMILLES = {
    "FIN_HEBERGEMENT_TIERS": 8,
    "LOGEMENT_INADAPTE": 7,
    "RUPTURE_FAMILIALE": 5,
    "VIOLENCES": 3,
    "ARRIVEE": 2,
    "RUE": 1,
}
# Ressource principale → (emploi, montant mensuel le plus bas et le plus haut, en euros), puis son poids.
_RESSOURCES_JEUNES = {
    "SALAIRE": (("CDD", "INTERIM", "CDI_PARTIEL", "ALTERNANCE"), 780, 1390),
    "CEJ": (("DEMANDEUR",), 460, 528),
    "FORMATION": (("FORMATION",), 500, 710),
    "APJM": (("SCOLARITE",), 420, 560),
    "ARE": (("DEMANDEUR",), 610, 920),
    "RSA": (("DEMANDEUR", "SANS_ACTIVITE"), 526, 598),
    "AAH": (("INAPTE",), 919, 956),
    "AUCUNE": (("SANS_ACTIVITE",), 0, 0),
}
_POIDS_JEUNES = {"SALAIRE": 9, "CEJ": 6, "FORMATION": 3, "APJM": 2, "ARE": 3, "RSA": 2, "AAH": 1, "AUCUNE": 2}
_RESSOURCES_FAMILLES = {
    "SALAIRE": (("CDI_TP", "CDD", "INTERIM", "CDI_PARTIEL"), 1290, 2150),
    "RSA": (("SANS_ACTIVITE", "DEMANDEUR"), 780, 1240),
    "ARE": (("DEMANDEUR",), 960, 1480),
    "PREST_FAM": (("SANS_ACTIVITE",), 690, 1120),
    "AAH": (("INAPTE",), 1050, 1420),
}
_POIDS_FAMILLES = {"SALAIRE": 9, "RSA": 6, "ARE": 3, "PREST_FAM": 2, "AAH": 1}
# Moyennes imprimées pour 2022 : 732,18 € et 1 352,83 €, sur les montants connus.
MOYENNE_JEUNES, CONNUS_JEUNES = 73_218, 28
MOYENNE_FAMILLES, CONNUS_FAMILLES = 135_283, 21


def _presents_en_2022(sejours: Sequence[Sejour]) -> list[Sejour]:
    return [s for s in sejours if not s.sortie or s.sortie.year >= 2022]


def _ressources(
    rng: random.Random,
    profils: list[Profil],
    bareme: dict[str, tuple[tuple[str, ...], int, int]],
    poids: dict[str, int],
) -> None:
    """Emploi, ressource principale et montant de chaque ménage hébergé."""
    for p in profils:
        p.ressource = choisir(rng, poids)
        emplois, bas, haut = bareme[p.ressource]
        p.emploi = rng.choice(emplois)
        p.centimes = rng.randint(bas, haut) * 100 + (rng.randint(0, 99) if haut else 0)


def _caler_moyenne(profils: list[Profil], moyenne: int, connus: int) -> None:
    """Ajuste les salaires pour que la moyenne des montants connus soit celle de l'imprimé, au centime près."""
    for p in profils[connus:]:
        p.centimes, p.ressource, p.emploi = None, "NR", "NR"
    salaries = [p for p in profils[:connus] if p.ressource == "SALAIRE"]
    ecart = moyenne * connus - sum(p.centimes for p in profils[:connus])
    part, reste = divmod(ecart, len(salaries))
    for rang, p in enumerate(salaries):
        p.centimes += part + (1 if rang < reste else 0)
    assert all(40_000 < p.centimes < 260_000 for p in salaries), f"écart trop grand : {ecart} centimes"


def _public(rng: random.Random, cle: str, motifs: dict[str, int], communes: dict[str, int]) -> dict:
    motif = choisir(rng, motifs)
    return {
        "cle": cle,
        "motif": motif,
        "commune": choisir(rng, communes),
        "logement": choisir(rng, _LOGEMENTS[motif]),
    }


# --- Jeunes -------------------------------------------------------------------------------------------------------


def _jeune(rng: random.Random, cle: str, jour: date, composition: str | None = None) -> Profil:
    composition = composition or choisir(rng, {"HS": 54, "FS": 44, "FSE": 2})
    genre = "H" if composition == "HS" else "F"
    personnes = [
        Personne(
            genre,
            naissance(rng, choisir(rng, _AGES_JEUNES), jour),
        )
    ]
    personnes[0].ase = choisir(rng, {"oui": 3, "non": 9, "NR": 2})
    if composition == "FSE":
        personnes.append(Personne(rng.choice("FH"), naissance(rng, rng.randint(0, 3), jour), "enfant"))
    return Profil(composition=composition, personnes=personnes, **_public(rng, cle, _MOTIFS_JEUNES, _COMMUNES_JEUNES))


def venus_du_cllaj(rng: random.Random) -> list[Profil]:
    """Des jeunes seuls que le CLLAJ a orientés vers l'ALT en 2022, avec leur identité et le jour de leur demande."""
    t = tables_cllaj()
    seuls = t["membre"].group_by("id_menage").len().filter(pl.col("len") == 1)
    orientes = (
        t["acte"]
        .filter((pl.col("type_acte") == "ORIENTATION") & pl.col("dispositif").str.starts_with("ALT"))
        .filter(pl.col("date").dt.year() == 2022)
        .join(seuls, on="id_menage", how="semi")
        .join(t["menage"], on="id_menage")
        .join(t["personne"], left_on="id_referent", right_on="id_personne")
        .sort("date", "id_acte")
        .unique("id_menage", keep="first", maintain_order=True)
    )
    communes = dict(
        t["demande"].drop_nulls("id_menage").sort("date_demande").select("id_menage", "commune_origine").iter_rows()
    )
    profils = []
    for acte in orientes.iter_rows(named=True):
        jour = acte["date"] + timedelta(days=rng.randint(1, 8))
        if age_au(acte["naissance"], jour) < 18 or jour.year > 2022 or acte["genre"] not in ("H", "F"):
            continue
        personne = Personne(acte["genre"], acte["naissance"], ase=acte["parcours_ase"], identifiant=acte["id_referent"])
        public = _public(rng, f"cllaj {acte['id_referent']}", _MOTIFS_JEUNES, _COMMUNES_JEUNES)
        public["commune"] = communes[acte["id_menage"]]
        profils.append(
            Profil(
                composition="HS" if acte["genre"] == "H" else "FS",
                personnes=[personne],
                oriente=jour,
                prescripteur="INTERNE",
                organisme="CLLAJ",
                **public,
            )
        )
    return profils


def profils_jeunes(
    rng: random.Random, sejours: Sequence[Sejour], autres: dict[int, int]
) -> tuple[dict[str, Profil], dict[int, list[Profil]]]:
    """Les jeunes hébergés, par clé de séjour, et les demandeurs qui ne le sont pas, par année."""
    venus = venus_du_cllaj(rng)
    heberges: dict[str, Profil] = {}
    for s in sejours:
        proches = [p for p in venus if 8 <= (s.entree - p.oriente).days <= 60]
        if proches and s.cle in DIRECTS:
            heberges[s.cle] = proches[0]
            venus.remove(proches[0])
        else:
            heberges[s.cle] = _jeune(rng, s.cle, s.entree, "FSE" if s.logement == "B1" else None)
    venus = rng.sample(venus, VENUS_DU_CLLAJ - sum(bool(p.oriente) for p in heberges.values()))
    refuses = {
        annee: [_jeune(rng, f"refus {annee} {n}", date(annee, 7, 1)) for n in range(nombre)]
        for annee, nombre in autres.items()
    }
    refuses[2022][: len(venus)] = venus
    profils = list(heberges.values())
    _ressources(rng, profils, _RESSOURCES_JEUNES, _POIDS_JEUNES)
    presents = [heberges[s.cle] for s in _presents_en_2022(sejours)]
    _caler_moyenne(presents, MOYENNE_JEUNES, CONNUS_JEUNES)
    return heberges, refuses


# --- Familles et jeunes couples -----------------------------------------------------------------------------------


def _famille(rng: random.Random, cle: str, jour: date, composition: str) -> Profil:
    """Un ménage : parents de 20 à 44 ans (jeunes couples : 18 à 25 ans), un à quatre enfants."""
    jeune = composition == "CSE"
    age = rng.randint(19, 25) if jeune else rng.randint(22, 44)
    homme = composition == "HSE" or (composition != "FSE" and rng.random() < 0.5)
    ase = choisir(rng, {"non": 12, "oui": 1, "NR": 3})
    personnes = [Personne("H" if homme else "F", naissance(rng, age, jour), ase=ase)]
    if composition in ("CSE", "CAE"):
        conjoint = max(18, age + rng.randint(-4, 4))
        personnes.append(Personne("F" if homme else "H", naissance(rng, conjoint, jour), "conjoint"))
    if not jeune:
        for _ in range(choisir(rng, {1: 5, 2: 6, 3: 3, 4: 1})):
            personnes.append(
                Personne(rng.choice("FH"), naissance(rng, rng.randint(0, min(13, age - 18)), jour), "enfant")
            )
    return Profil(
        composition=composition, personnes=personnes, **_public(rng, cle, _MOTIFS_FAMILLES, _COMMUNES_FAMILLES)
    )


# Trois procédures d'expulsion parmi les accueillies de 2022 : clé → commune, prescripteur, organisme.
_EXPULSIONS = {
    "N4": ("62724", "DEPT", "Maison du Département solidarité"),
    "N8": ("62413", "CCAS", "CCAS de Harnes"),
    "N9": ("62413", "CCAS", "CCAS de Harnes"),
}


def profils_familles(
    rng: random.Random, sejours: Sequence[Sejour], autres: dict[int, int]
) -> tuple[dict[str, Profil], dict[int, list[Profil]]]:
    """Les familles hébergées, par clé de séjour, et les demandeuses qui ne le sont pas, par année."""
    presents = _presents_en_2022(sejours)
    compositions = etaler(rng, {"CAE": 9, "FSE": 7, "CSE": 4, "HSE": 1})
    poids = {"CAE": 8, "FSE": 8, "CSE": 3, "HSE": 1}
    heberges = {}
    for s in sejours:
        composition = compositions.pop() if s in presents else choisir(rng, poids)
        heberges[s.cle] = _famille(rng, s.cle, s.entree, composition)
    for cle, (commune, prescripteur, organisme) in _EXPULSIONS.items():
        p = heberges[cle]
        p.motif, p.commune, p.prescripteur, p.organisme = "EXPULSION", commune, prescripteur, organisme
        p.logement = "PRIVE"
    avec_expulsion = _MOTIFS_FAMILLES | {"EXPULSION": 3}
    refuses = {}
    for annee, nombre in autres.items():
        refuses[annee] = [
            _famille(rng, f"refus {annee} {n}", date(annee, 7, 1), choisir(rng, poids)) for n in range(nombre)
        ]
        for p in refuses[annee]:
            p.motif = choisir(rng, avec_expulsion)
            p.logement = choisir(rng, _LOGEMENTS[p.motif])
    _ressources(rng, list(heberges.values()), _RESSOURCES_FAMILLES, _POIDS_FAMILLES)
    _caler_moyenne([heberges[s.cle] for s in presents], MOYENNE_FAMILLES, CONNUS_FAMILLES)
    return heberges, refuses
