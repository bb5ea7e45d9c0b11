"""La fabrique des petits échantillons : des foyers, leurs demandes, leurs épisodes et leurs photos, tirés au sort.

Un service est une table de paramètres (`Profil`) et une histoire (`legers_services`) ; la fabrique n'en connaît aucun.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from generateur.hasard import choisir, jour_entre, naissance, tirage
from generateur.tables import Lignes, euros

DEBUT, FIN = date(2020, 1, 1), date(2022, 12, 31)
Poids = dict[Any, int]

# Adultes et enfants de chaque composition (bornes), premier adulte compris.
TAILLES = {
    "HS": (1, (0, 0)),
    "FS": (1, (0, 0)),
    "HSE": (1, (1, 2)),
    "FSE": (1, (1, 3)),
    "CSE": (2, (0, 0)),
    "CAE": (2, (1, 3)),
    "GSE": (2, (0, 0)),
}
MONTANTS = {
    "SALAIRE": (950, 1750),
    "PRIME_ACTIVITE": (250, 420),
    "ARE": (650, 1150),
    "ASS": (500, 560),
    "RSA": (500, 780),
    "AAH": (820, 960),
    "INVALIDITE": (640, 940),
    "IJ": (600, 1000),
    "RETRAITE": (780, 1180),
    "ASPA": (890, 960),
    "PREST_FAM": (310, 720),
    "CEJ": (330, 530),
    "FORMATION": (400, 680),
    "ADA": (200, 430),
    "AUTRE": (200, 600),
    "AUCUNE": (0, 0),
}
RESSOURCE_DE = {
    "CDI_TP": "SALAIRE",
    "CDI_PARTIEL": "SALAIRE",
    "CDD_LONG": "SALAIRE",
    "CDD": "SALAIRE",
    "INTERIM": "SALAIRE",
    "IAE": "SALAIRE",
    "ALTERNANCE": "SALAIRE",
    "CREATION": "AUTRE",
    "FORMATION": "FORMATION",
    "RETRAITE": "RETRAITE",
    "INAPTE": "AAH",
}


@dataclass(frozen=True)
class Profil:
    """Le public d'un service : ce que l'on tire au sort, avec ses poids."""

    prefixe: str
    compositions: Poids
    ages: tuple[int, int]
    logements: Poids
    emplois: Poids
    ressources: Poids
    communes: Poids
    prescripteurs: Poids
    motifs: Poids


@dataclass
class Foyer:
    """Un foyer tiré : ses personnes (identifiant, rôle, âge à l'arrivée) et sa composition."""

    menage: str
    composition: str
    personnes: list[tuple[str, str, int]]
    commune: str
    logement: str
    emploi: str = ""

    @property
    def referent(self) -> str:
        return self.personnes[0][0]


@dataclass
class Fabrique:
    """Les lignes d'un service en construction, et le hasard qui les tire."""

    service: str
    profil: Profil
    lignes: Lignes = field(default_factory=Lignes)

    def __post_init__(self) -> None:
        self.rng: random.Random = tirage(f"legers {self.service}")
        self._rangs: dict[str, int] = {}

    def numero(self, sorte: str) -> str:
        """Identifiant local, préfixé par le service : « CHR-P-001 »."""
        self._rangs[sorte] = self._rangs.get(sorte, 0) + 1
        return f"{self.profil.prefixe}-{sorte}-{self._rangs[sorte]:03d}"

    def ajouter(self, table: str, **valeurs: Any) -> dict[str, Any]:
        """Ajoute une ligne, marquée du service quand la table le porte."""
        portee = {"id_service": self.service} if table in PORTENT_LE_SERVICE else {}
        return self.lignes.ajouter(table, **portee, **valeurs)

    def foyer(
        self,
        jour: date,
        connue: dict[str, Any] | None = None,
        adulte_seul: bool = False,
        referent_seul: bool = False,
    ) -> Foyer:
        """Un foyer arrivé le `jour` ; `connue` : la personne de référence est déjà suivie par un autre service.

        `referent_seul` : le service ne tient que la personne qu'il suit, le reste du foyer se lit dans sa photo.
        """
        rng, p = self.rng, self.profil
        composition = choisir(rng, p.compositions)
        genre = "F" if composition in ("FS", "FSE") or (composition[0] in "CG" and rng.random() < 0.5) else "H"
        if connue is not None:
            genre = connue["genre"]
            composition = {"H": "HS", "F": "FS"}[genre] if composition[:2] in ("HS", "FS") else composition
        if adulte_seul:
            composition = {"H": "HS", "F": "FS"}[genre]
        adultes, (moins, plus) = TAILLES[composition]
        menage = self.numero("M")
        personnes = []
        for rang in range(adultes + rng.randint(moins, plus)):
            role = "referent" if rang == 0 else "conjoint" if rang < adultes else "enfant"
            if rang and referent_seul:
                personnes.append(("", role, rng.randint(0, 16) if role == "enfant" else rng.randint(*p.ages)))
                continue
            sexe = genre if rang == 0 else rng.choice("HF")
            personnes.append(self.personne(menage, role, sexe, jour, connue if rang == 0 else None))
        self.ajouter("menage", id_menage=menage, id_referent=personnes[0][0])
        commune, logement = choisir(rng, p.communes), choisir(rng, p.logements)
        return Foyer(menage, composition, personnes, commune, logement, choisir(rng, p.emplois))

    def personne(
        self, menage: str, role: str, genre: str, jour: date, connue: dict[str, Any] | None = None
    ) -> tuple[str, str, int]:
        """Une personne du ménage : son identifiant, son rôle, son âge le `jour` de l'arrivée."""
        age = self.rng.randint(*self.profil.ages) if role != "enfant" else self.rng.randint(0, 16)
        identifiant = connue["id_personne"] if connue else self.numero("P")
        ne = connue["naissance"] if connue else naissance(self.rng, age, jour)
        self.ajouter("personne", id_personne=identifiant, naissance=ne, genre=genre)
        self.ajouter("membre", id_menage=menage, id_personne=identifiant, role=role, debut=jour)
        return identifiant, role, age

    def demande(self, foyer: Foyer | None, jour: date, suite: str, **valeurs: Any) -> str:
        """Une demande datée, avec son prescripteur, son motif, et sa décision si elle en a une."""
        rng, p = self.rng, self.profil
        identifiant = self.numero("D")
        attend = suite in ("EN_COURS", "LISTE_ATTENTE")
        decision = None if attend else min(jour + timedelta(days=rng.randint(3, 50)), FIN)
        defauts = {
            "prescripteur": choisir(rng, p.prescripteurs),
            "motif": choisir(rng, p.motifs),
            "motifs_annexes": "|".join(sorted(rng.sample(("DETTES", "SANTE", "ADMINISTRATIF", "MOBILITE"), 2)))
            if rng.random() < 0.6
            else None,
            "commune_origine": foyer.commune if foyer else choisir(rng, p.communes),
            "date_decision": decision,
        }
        self.ajouter(
            "demande",
            id_demande=identifiant,
            id_menage=foyer.menage if foyer else None,
            date_demande=jour,
            suite=suite,
            **{**defauts, **valeurs},
        )
        return identifiant

    def photo(
        self,
        foyer: Foyer,
        moment: str,
        jour: date,
        *,
        logement: str | None = None,
        emploi: str | None = None,
        personne: tuple[str, str, int] | None = None,
        **valeurs: Any,
    ) -> None:
        """Une photo du foyer (ou d'une de ses personnes) : composition, logement, emploi, ressources."""
        rng = self.rng
        role = personne[1] if personne else "referent"
        emploi = emploi or foyer.emploi
        nature = RESSOURCE_DE.get(emploi) or choisir(rng, self.profil.ressources)
        montant: int | None = rng.randint(*(100 * m for m in MONTANTS[nature]))
        if role == "enfant":
            emploi, nature, montant = "SCOLARITE" if personne[2] >= 6 else "SO", None, None
        elif rng.random() < 0.06:
            nature, montant = "NR", None
        mineurs = [age for _, r, age in foyer.personnes if r == "enfant"]
        self.ajouter(
            "situation",
            id_menage=foyer.menage,
            id_personne=personne[0] if personne else None,
            moment=moment,
            date=jour,
            composition=foyer.composition,
            nb_adultes=len(foyer.personnes) - len(mineurs),
            nb_14_et_plus=len(foyer.personnes) - sum(a < 14 for a in mineurs),
            nb_moins_14=sum(a < 14 for a in mineurs),
            logement=logement or foyer.logement,
            emploi=emploi,
            ressource_principale=nature,
            ressources=euros(montant),
            commune=foyer.commune,
            **valeurs,
        )

    def actes(self, foyer: Foyer, debut: date, fin: date | None, pas: tuple[int, int], types: Poids, **v: Any) -> None:
        """Des actes individuels espacés de `pas` jours entre deux dates, bornées à l'échantillon."""
        rng = self.rng
        jour = max(debut, DEBUT)
        dernier = min(fin - timedelta(days=1) if fin else FIN, FIN)
        while (jour := jour + timedelta(days=rng.randint(*pas))) <= dernier:
            sorte = choisir(rng, types)
            detail = {
                "lieu": rng.choice(("Bureau", "Bureau", "Permanence")) if sorte == "ENTRETIEN" else None,
                "mode": {"ENTRETIEN": "physique", "VISITE": "physique", "APPEL": "telephone"}.get(sorte),
                "theme": choisir(rng, THEMES) if sorte in ("ENTRETIEN", "VISITE") else None,
                "partenaire": choisir(rng, PARTENAIRES) if sorte == "LIEN_PARTENAIRE" else None,
                "type_dossier": choisir(rng, DOSSIERS) if sorte == "DOSSIER" else None,
                "etat_dossier": "depose" if sorte == "DOSSIER" else None,
                "presence": choisir(rng, {"present": 9, "absent": 1}) if sorte in ("ENTRETIEN", "VISITE") else None,
            }
            self.ajouter(
                "acte",
                id_acte=self.numero("A"),
                type_acte=sorte,
                date=_ouvre(jour),
                id_menage=foyer.menage,
                **detail,
                **v,
            )

    def collectif(self, sorte: str, jour: date, theme: str, lieu: str, presents: list[str]) -> None:
        """Un acte collectif et la présence de chaque personne."""
        acte = self.numero("C")
        self.ajouter("acte", id_acte=acte, type_acte=sorte, date=jour, theme=theme, lieu=lieu)
        for identifiant in presents:
            self.ajouter("participation", id_acte=acte, id_personne=identifiant)

    def redevances(self, foyer: Foyer, debut: date, fin: date | None, montant: int, defaut: float) -> None:
        """Un mois de redevance par mois de présence : impayé avec la probabilité `defaut`, solde cumulé."""
        solde = 0
        for mois in mois_entre(max(debut, DEBUT), fin or FIN):
            impaye = self.rng.random() < defaut
            solde = solde + montant if impaye else max(0, solde - montant // 2)
            self.ajouter(
                "dette_mois",
                id_menage=foyer.menage,
                mois=mois,
                impaye="oui" if impaye else "non",
                solde=euros(solde),
            )

    def convention(self, annee: int, financeur: str, milliers: int, **valeurs: Any) -> None:
        """Un financement de l'année civile, en milliers d'euros."""
        self.ajouter(
            "convention",
            id_convention=self.numero("F"),
            financeur=financeur,
            debut=date(annee, 1, 1),
            fin=date(annee + 1, 1, 1),
            montant=euros(milliers * 100_000),
            **{"nature": "realise", **valeurs},
        )

    def tables(self) -> dict[str, pl.DataFrame]:
        return self.lignes.tables()


PORTENT_LE_SERVICE = (
    *("convention", "demande", "mesure", "place", "sejour", "situation", "acte", "relogement", "dette_mois"),
    "contrat_travail",
)
THEMES: Poids = {
    "RECHERCHE_LOGEMENT": 5,
    "ADMINISTRATIF": 4,
    "DROITS_RESSOURCES": 4,
    "BUDGET_DETTES": 4,
    "SOINS": 3,
    "LIEN_BAILLEUR": 3,
    "ENTRETIEN_LOGEMENT": 2,
    "ACCES_DEMENAGEMENT": 2,
    "VIE_SOCIALE": 2,
}
PARTENAIRES: Poids = {"BAILLEUR": 5, "CAF_CPAM": 4, "DEPARTEMENT": 4, "SANTE": 3, "EMPLOI": 3, "CCAS": 2}
DOSSIERS: Poids = {"LOGEMENT_SOCIAL": 5, "AIDE_LOGEMENT": 4, "FSL_ACCES": 3, "DALO": 2, "CSS": 2}


def _ouvre(jour: date) -> date:
    """Le jour, ramené au vendredi s'il tombe un samedi ou un dimanche."""
    return jour - timedelta(days=max(0, jour.weekday() - 4))


def mois_entre(debut: date, fin: date) -> list[str]:
    """Les mois AAAA-MM de `debut` à `fin`, les deux compris."""
    rangs = range(debut.year * 12 + debut.month - 1, fin.year * 12 + fin.month)
    return [f"{r // 12:04d}-{r % 12 + 1:02d}" for r in rangs]


def enchainer(
    rng: random.Random, ouverture: date, duree: tuple[int, int], vacance: tuple[int, int], fermeture: date | None = None
) -> Iterator[tuple[date, date | None]]:
    """Les séjours d'une place, l'un après l'autre : (entrée, sortie), la sortie vide au-delà de l'échantillon."""
    dernier = min(fermeture or FIN, FIN)
    entree = ouverture + timedelta(days=rng.randint(0, vacance[1]))
    while entree <= dernier:
        sortie = entree + timedelta(days=rng.randint(*duree))
        if fermeture and sortie > fermeture:
            sortie = fermeture
        yield entree, sortie if sortie <= FIN else None
        entree = sortie + timedelta(days=rng.randint(*vacance))


def arrivees(rng: random.Random, par_annee: dict[int, int]) -> list[date]:
    """Des jours d'arrivée triés : tant par année."""
    return sorted(
        jour_entre(rng, date(annee, 1, 5), date(annee, 12, 15)) for annee, n in par_annee.items() for _ in range(n)
    )


def plus_tard(rng: random.Random, jour: date, jours: tuple[int, int]) -> date | None:
    """Un jour postérieur, vide s'il sort de l'échantillon."""
    suivant = jour + timedelta(days=rng.randint(*jours))
    return suivant if suivant <= FIN else None
