"""Un service = un fichier `data/services/<id>.toml` : réglages, correspondances d'import, sections."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from observatoire.erreurs import ErreurDefinition, ErreurParametre, defaut_toml, suggestion
from observatoire.espace import Espace, exiger_connu
from observatoire.periode import Periode


@dataclass(frozen=True)
class Parametres:
    """Réglages d'un service : les choix que les règles de lecture laissent ouverts, avec leurs défauts.

    Chaque nom est une clé de premier niveau du TOML. Source : règles de lecture et paramètres communs.
    """

    unite_compte: str = "menage"
    periode_debut: str = "01-01"
    date_debut_retenue: str = "debut"
    delai_parcours: int = 31
    base_sorties: str = "parcours"
    regle_mois: str = "mois_entame"
    ponderation: str = "duree"
    coefficients: dict[str, float] = field(default_factory=dict)
    moment_profil: str = "entree"
    bornes_age: list[int] = field(default_factory=lambda: [0, 18, 25, 30, 40, 50, 60])
    population_age: str = "referent"
    unite_profil: str = "menage"
    denominateur_sortie: str = "toutes"
    sorties_logement: list[str] = field(default_factory=lambda: ["PUBLIC", "PRIVE", "PROPRIO"])
    sorties_positives: list[str] = field(default_factory=list)
    seuil_ressources_faibles: float = 580.0
    bornes_ressources: list[int] = field(default_factory=lambda: [1, 500, 750, 1000, 1250, 1500])
    base_occupation: str = "place"
    indisponibilites_deduites: bool = False
    jour_sortie_compte: bool = False
    duree_initiale: int | None = None
    duree_max: int | None = None
    renouvelable: bool = True
    types_atelier: list[str] = field(default_factory=lambda: ["ATELIER", "ACTIVITE"])
    logements_difficiles: list[str] = field(
        default_factory=lambda: ["RUE", "SQUAT", "MOBILE", "ERRANCE", "TIERS_A", "HOTEL115", "HOTEL", "HU"]
    )
    emplois_action_logement: list[str] = field(
        default_factory=lambda: ["CDI_TP", "CDI_PARTIEL", "CDD", "INTERIM", "ALTERNANCE"]
    )
    emplois_en_activite: list[str] = field(
        default_factory=lambda: [
            *("CDI_TP", "CDI_PARTIEL", "CDD_LONG", "CDD", "INTERIM", "IAE", "ALTERNANCE", "CREATION"),
        ]
    )
    emplois_insertion: list[str] = field(
        default_factory=lambda: [
            *("CDI_TP", "CDI_PARTIEL", "CDD_LONG", "CDD", "INTERIM", "IAE", "ALTERNANCE", "CREATION", "FORMATION"),
        ]
    )
    age_adulte: int = 18
    sorties_durables: list[str] = field(default_factory=lambda: ["CDI_TP", "CDI_PARTIEL", "CDD_LONG", "CREATION"])
    sorties_transition: list[str] = field(default_factory=lambda: ["CDD", "INTERIM", "ALTERNANCE"])
    sorties_positives_iae: list[str] = field(
        default_factory=lambda: ["IAE", "FORMATION", "SCOLARITE", "SERVICE_CIVIQUE", "RETRAITE"]
    )
    sorties_retirees: list[str] = field(
        default_factory=lambda: ["DEMENAGEMENT", "INCARCERATION", "HOSPITALISATION", "SANTE", "DECES"]
    )
    duree_minimale_sortie: int = 3
    heures_etp: int = 1820
    types_diagnostic: list[str] = field(default_factory=lambda: ["DIAGNOSTIC"])
    types_hors_mesures: list[str] = field(default_factory=list)
    suites_positives: list[str] = field(default_factory=lambda: ["ADMISE"])
    anciennete_remise_a_zero: bool = True
    objectif: float | None = None
    unite_objectif: str = "points"
    territoires: list[str] = field(default_factory=list)
    comparaison: list[str] = field(default_factory=lambda: ["n-1"])
    seuil_diffusion: int = 5
    seuil_diffusion_montant: int = 11
    base_minimale_croisement: int = 30
    contrats_emploi: list[str] = field(default_factory=lambda: ["CDDI", "CDD", "CDI"])
    duree_emploi_durable: int = 6
    delai_premier_contact: int = 30
    delai_acces_emploi: int = 6
    interruption_emploi: int = 31
    cohorte_suivi: str = "origine"
    date_observation: str | None = None
    services_lies: list[str] = field(default_factory=list)
    libelles_imprimes: dict[str, str] = field(default_factory=dict)
    modalites_declarees: dict[str, list[str]] = field(default_factory=dict)
    duree_conservation_mois: int = 24
    premiere_annee: int | None = None
    derniere_annee: int | None = None

    def couvre(self, annee: int) -> bool:
        """Vrai si les livraisons du service couvrent cette année, au sens de `premiere_annee` et `derniere_annee`."""
        return (self.premiere_annee or annee) <= annee <= (self.derniere_annee or annee)


CHOIX: dict[str, tuple[Any, ...]] = {
    "unite_compte": ("menage", "personne", "situation", "mesure", "place"),
    "date_debut_retenue": ("debut", "notification", "premier_rdv", "signature", "bail"),
    "base_sorties": ("parcours", "episode", "menage"),
    "regle_mois": ("mois_entame", "dernier_jour", "prorata"),
    "ponderation": ("duree", "somme"),
    "moment_profil": ("demande", "entree", "enquete", "sortie"),
    "population_age": ("referent", "adultes", "tous"),
    "unite_profil": ("menage", "personne"),
    "denominateur_sortie": ("toutes", "connues"),
    "base_occupation": ("place", "logement"),
    "cohorte_suivi": ("origine", "periode"),
    "unite_objectif": ("points", "mesures", "mois_mesures", "menages"),
}

# Clés de premier niveau qui ne sont pas des réglages de calcul.
CLES_FICHE = (
    "libelle",
    "libelle_court",
    "type_service",
    "association",
    "territoire",
    "departement",
    "presentation",
    "financeurs",
    "chiffres_cles",
    "qualite",
    "import",
    "sections",
)


@dataclass(frozen=True)
class Section:
    """Une section du rapport : un titre et les tableaux qu'elle imprime, dans l'ordre."""

    titre: str
    blocs: tuple[dict[str, Any], ...]
    presentation: str = ""


@dataclass(frozen=True)
class Service:
    """Un service lu de son TOML : sa fiche, ses réglages, ses correspondances et ses sections."""

    id: str
    libelle: str
    libelle_court: str
    type_service: str
    association: str
    territoire: str
    presentation: str
    parametres: Parametres
    correspondances: dict[str, Any]
    sections: tuple[Section, ...]
    chiffres_cles: tuple[str, ...]
    fichier: Path
    departement: str = ""
    seuils: dict[str, float] = field(default_factory=dict)  # de qualité, propres au service

    def periode(self, annee: int) -> Periode:
        """La période que désigne `annee` pour ce service."""
        return Periode.de_l_annee(annee, self.parametres.periode_debut)


def lire_service(espace: Espace, id_service: str) -> Service:
    """Lit et contrôle le TOML d'un service.

    Lève `ErreurParametre` si le service n'existe pas, `ErreurDefinition` si son fichier se contredit :
    clé inconnue (avec suggestion), valeur hors des choix permis, section sans bloc.
    """
    exiger_connu(id_service, espace.services(), "Service")
    fichier = espace.dossier_services / f"{id_service}.toml"
    try:
        brut = tomllib.loads(fichier.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as erreur:
        raise ErreurDefinition(defaut_toml(fichier, erreur)) from erreur
    reglages = {k: v for k, v in brut.items() if k not in CLES_FICHE}
    parametres = _lire_reglages(str(fichier), Parametres(), reglages)
    sections = tuple(
        Section(s.get("titre", ""), tuple(s.get("blocs", ())), s.get("presentation", ""))
        for s in brut.get("sections", ())
    )
    for section in sections:
        if not section.titre or not section.blocs:
            raise ErreurDefinition(f"{fichier} : une section n'a pas de titre ou pas de bloc.")
    return Service(
        id=id_service,
        libelle=brut.get("libelle", id_service.upper()),
        libelle_court=brut.get("libelle_court", id_service.upper()),
        type_service=brut.get("type_service", ""),
        association=brut.get("association", ""),
        territoire=brut.get("territoire", ""),
        presentation=brut.get("presentation", ""),
        parametres=parametres,
        correspondances=brut.get("import", {}),
        sections=sections,
        chiffres_cles=tuple(brut.get("chiffres_cles", ("menages_accompagnes",))),
        fichier=fichier,
        departement=brut.get("departement", ""),
        seuils=_seuils(fichier, brut.get("qualite", {})),
    )


def _seuils(fichier: Path, qualite: dict[str, Any]) -> dict[str, float]:
    """Les seuils de qualité du service, `[qualite.seuils]` ; leurs noms sont contrôlés avec les suites."""
    for cle in qualite:
        if cle != "seuils":
            raise ErreurDefinition(f"{fichier} : clé « qualite.{cle} » inconnue.", "Choix : seuils.")
    seuils = qualite.get("seuils", {})
    for cle, valeur in seuils.items():
        _exiger_type(str(fichier), f"qualite.seuils.{cle}", valeur, "float")
    return dict(seuils)


def _lire_reglages(ou: str, defaut: Parametres, reglages: dict[str, Any]) -> Parametres:
    """Les réglages de `defaut` remplacés par ceux-ci, contrôlés ; `ou` nomme le fichier ou le tableau dans l'erreur."""
    connus = {f.name: f for f in fields(Parametres)}
    for cle, valeur in reglages.items():
        if cle not in connus:
            raise ErreurDefinition(f"{ou} : clé « {cle} » inconnue.", suggestion(cle, [*connus, *CLES_FICHE]))
        if cle in CHOIX and valeur not in CHOIX[cle]:
            raise ErreurDefinition(
                f"{ou} : {cle} = « {valeur} » n'est pas permis.",
                f"{suggestion(str(valeur), CHOIX[cle])} Choix : {', '.join(map(str, CHOIX[cle]))}.".strip(),
            )
        _exiger_type(ou, cle, valeur, connus[cle].type)
    parametres = replace(defaut, **reglages)
    for cle in ("bornes_age", "bornes_ressources"):
        bornes = getattr(parametres, cle)
        if not bornes or bornes != sorted(set(bornes)):
            raise ErreurDefinition(f"{ou} : {cle} {bornes} doit croître strictement.")
    return parametres


def regler(service: Service, reglages: dict[str, Any], ou: str) -> Service:
    """Le même service, quelques réglages changés : ceux d'un seul tableau de son rapport.

    Lève `ErreurDefinition`, qui nomme `ou`, si une clé est inconnue ou une valeur hors des choix permis.
    """
    return replace(service, parametres=_lire_reglages(ou, service.parametres, reglages))


_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
}


def _exiger_type(ou: str, cle: str, valeur: Any, annotation: Any) -> None:
    """Refuse une valeur du mauvais type (`true` n'est pas un entier), en disant lequel est attendu."""
    attendu = str(annotation).split("[")[0].split(" |")[0]
    permis = _TYPES[attendu]
    if isinstance(valeur, bool) != (bool in permis) or not isinstance(valeur, permis):
        raise ErreurDefinition(
            f"{ou} : {cle} = {valeur!r} est du type {type(valeur).__name__}.", f"Type attendu : {attendu}."
        )


def exiger_annee(valeur: Any) -> int:
    """Contrôle une année venue du dehors ; lève `ErreurParametre` si ce n'est pas un entier de 1990 à 2100."""
    texte = str(valeur)
    if not (texte.isascii() and texte.isdigit() and 1990 <= int(texte) <= 2100):
        raise ErreurParametre(f"Année « {valeur} » illisible.", "Donnez une année à quatre chiffres, par exemple 2022.")
    return int(texte)
