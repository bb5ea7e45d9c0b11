"""Le réglage d'un cahier : `data/cahiers/<région>/cahier.toml`, ses thèmes, ses tableaux et ses chiffres reçus."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from observatoire.campagne.donnees_types import Definition
from observatoire.erreurs import ErreurDefinition, ErreurParametre, defaut_toml, exiger_connu, suggestion
from observatoire.espace import Espace
from observatoire.referentiels import libelles_territoires

# Ce qu'un bloc du cahier sait imprimer.
GENRES = ("departements", "comparaison", "parcours", "communes", "reperes")
FORMES_DECLARABLES = ("effectif", "rapport", "moyenne")
T = TypeVar("T")


@dataclass(frozen=True)
class Recu:
    """Une table reçue déjà agrégée : son fichier, sa source, et ce que l'on sait de qui a répondu.

    `departement` et `structure` sont vides quand la table porte elle-même une ligne par département.
    `rupture` dit ce qui empêche de la comparer à l'année précédente.
    """

    fichier: str
    source: str
    champ: str
    type_service: str = ""
    structure: str = ""
    departement: str = ""
    interrogees: int | None = None
    repondantes: int | None = None
    rupture: str = ""


@dataclass(frozen=True)
class BlocCahier:
    """Un tableau du cahier. `types` (types de service) et `services` (identifiants) disent de qui il parle.

    `annees` : celles du cahier où il s'imprime, toutes si vide.
    """

    titre: str
    genre: str
    indicateurs: list[str]
    types: list[str]
    services: list[str]
    ventilation: str = ""
    decimales: int | None = None
    limite: int | None = None
    note: str = ""
    annees: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class SectionCahier:
    """Une section du cahier : un titre, une présentation, des tableaux ; parfois aucun."""

    titre: str
    presentation: str
    blocs: tuple[BlocCahier, ...]
    annees: list[int]


@dataclass(frozen=True)
class Theme:
    """Un thème du cahier : les années qu'il couvre, ses sections et ses fiches-actions dans l'ordre."""

    id: str
    titre: str
    presentation: str
    annees: list[int]
    sections: tuple[SectionCahier, ...]
    fiches: list[str]
    fiches_depuis: int = 0

    def fiches_de(self, annee: int) -> list[str]:
        """Les fiches-actions que le cahier d'une année imprime."""
        return self.fiches if annee >= self.fiches_depuis else []


@dataclass(frozen=True)
class ReglageCahier:
    """Un cahier lu de son TOML, avec les indicateurs qu'il déclare pour ses chiffres reçus."""

    region: str
    libelle_region: str
    departements: dict[str, str]
    titre: str
    federation: str
    demarche: str
    seuil_diffusion: int
    base_minimale: int
    themes: tuple[Theme, ...]
    recus: tuple[Recu, ...]
    definitions: dict[str, Definition]
    impersonnels: frozenset[str]
    dossier: Path

    def theme(self, nom: str) -> Theme:
        """Le thème demandé, ou le premier si `nom` est vide ; lève `ErreurParametre` s'il n'existe pas."""
        if not nom:
            return self.themes[0]
        exiger_connu(nom, [t.id for t in self.themes], "Thème")
        return next(t for t in self.themes if t.id == nom)


def dossier_cahiers(espace: Espace) -> Path:
    """Le dossier des cahiers de l'espace, ou celui livré."""
    return espace.ressource("data/cahiers")


def regions(espace: Espace) -> list[str]:
    """Codes des régions qui ont un cahier, triés."""
    return sorted(f.parent.name for f in dossier_cahiers(espace).glob("*/cahier.toml"))


def lire_cahier(espace: Espace, region: str) -> ReglageCahier:
    """Lit et contrôle le cahier d'une région.

    Lève `ErreurParametre` si la région n'a pas de cahier, `ErreurDefinition` si le fichier se contredit : clé
    inconnue ou manquante, genre de bloc inconnu, table reçue absente ou non déclarée.
    """
    exiger_connu(region, regions(espace), "Région")
    fichier = dossier_cahiers(espace) / region / "cahier.toml"
    try:
        brut = tomllib.loads(fichier.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as erreur:
        raise ErreurDefinition(defaut_toml(fichier, erreur)) from erreur
    noms = departements(espace, region)
    if not noms:
        raise ErreurParametre(f"La région « {region} » n'a pas de département au code officiel géographique.")
    _exiger_cles(
        fichier,
        brut,
        ("titre", "federation", "demarche", "seuil_diffusion", "base_minimale_croisement", "themes", "recus"),
        ("titre", "federation", "themes"),
    )
    definitions, impersonnels = _definitions(fichier.parent / "definitions.csv")
    recus = tuple(_construire(Recu, fichier, r, "recus") for r in brut.get("recus", ()))
    _controler_recus(fichier, recus, noms)
    return ReglageCahier(
        region=region,
        libelle_region=libelles_regions(espace)[region],
        departements=noms,
        titre=brut["titre"],
        federation=brut["federation"],
        demarche=brut.get("demarche", ""),
        seuil_diffusion=brut.get("seuil_diffusion", 5),
        base_minimale=brut.get("base_minimale_croisement", 30),
        themes=tuple(_theme(fichier, t) for t in brut["themes"]),
        recus=recus,
        definitions=definitions,
        impersonnels=impersonnels,
        dossier=fichier.parent,
    )


def departements(espace: Espace, region: str) -> dict[str, str]:
    """Code → nom des départements d'une région, dans l'ordre des codes. Source : code officiel géographique."""
    table = pl.read_csv(espace.ressource("data/referentiels/departements.csv"), infer_schema=False)
    lignes = table.filter(pl.col("region") == region).sort("code")
    return dict(zip(lignes["code"], lignes["libelle"], strict=True))


def libelles_regions(espace: Espace) -> dict[str, str]:
    """Code → nom des régions. Source : code officiel géographique."""
    table = pl.read_csv(espace.ressource("data/referentiels/regions.csv"), infer_schema=False)
    return dict(zip(table["code"], table["libelle"], strict=True))


def region_du(espace: Espace, departement: str) -> str:
    """La région d'un département ; lève `ErreurParametre` si le code n'existe pas."""
    exiger_connu(departement, libelles_territoires(espace, "departement"), "Département")
    table = pl.read_csv(espace.ressource("data/referentiels/departements.csv"), infer_schema=False)
    return table.filter(pl.col("code") == departement)["region"].item()


# Lecture du TOML


def _theme(fichier: Path, brut: dict[str, Any]) -> Theme:
    ou = f"thème « {brut.get('titre', '?')} »"
    permises = ("id", "titre", "presentation", "annees", "sections", "fiches", "fiches_depuis")
    _exiger_cles(fichier, brut, permises, ("id", "titre", "annees"), ou)
    sections = tuple(_section(fichier, s) for s in brut.get("sections", ()))
    return Theme(
        id=brut["id"],
        titre=brut["titre"],
        presentation=brut.get("presentation", ""),
        annees=list(brut.get("annees", ())),
        sections=sections,
        fiches=list(brut.get("fiches", ())),
        fiches_depuis=brut.get("fiches_depuis", 0),
    )


def _section(fichier: Path, brut: dict[str, Any]) -> SectionCahier:
    ou = f"section « {brut.get('titre', '?')} »"
    _exiger_cles(fichier, brut, ("titre", "presentation", "blocs", "annees"), ("titre",), ou)
    blocs = tuple(_bloc(fichier, b, ou) for b in brut.get("blocs", ()))
    return SectionCahier(brut["titre"], brut.get("presentation", ""), blocs, list(brut.get("annees", ())))


def _bloc(fichier: Path, brut: dict[str, Any], ou: str) -> BlocCahier:
    complet = {"types": [], "services": [], **brut}
    bloc = _construire(BlocCahier, fichier, complet, ou)
    if bloc.genre not in GENRES:
        raise ErreurDefinition(
            f"{fichier}, {ou} : genre de bloc « {bloc.genre} » inconnu.",
            f"{suggestion(bloc.genre, GENRES)} Genres : {', '.join(GENRES)}.".strip(),
        )
    if bloc.genre == "communes" and not bloc.ventilation:
        raise ErreurDefinition(
            f"{fichier}, {ou} : un bloc « communes » dit quelle colonne porte la commune.",
            'Écrivez par exemple ventilation = "commune_origine".',
        )
    return bloc


def _construire(classe: type[T], fichier: Path, brut: dict[str, Any], ou: str) -> T:
    """Une déclaration dont chaque champ est une clé du TOML, types simples contrôlés."""
    declares = {f.name: f for f in fields(classe)}
    exigees = [n for n, f in declares.items() if f.default is MISSING and f.default_factory is MISSING]
    _exiger_cles(fichier, brut, declares, exigees, ou)
    for nom, valeur in brut.items():
        attendu = str(declares[nom].type).split("[")[0].split(" |")[0]
        permis = {"str": str, "int": int, "list": list}[attendu]
        if isinstance(valeur, bool) or not isinstance(valeur, permis):
            raise ErreurDefinition(
                f"{fichier}, {ou} : {nom} = {valeur!r} est du type {type(valeur).__name__}.",
                f"Type attendu : {attendu}.",
            )
    return classe(**brut)


def _exiger_cles(
    fichier: Path, brut: dict[str, Any], permises: Iterable[str], exigees: Iterable[str], ou: str = "cahier"
) -> None:
    permises = list(permises)
    for cle in brut:
        if cle not in permises:
            raise ErreurDefinition(f"{fichier}, {ou} : clé « {cle} » inconnue.", suggestion(cle, permises))
    for cle in exigees:
        if cle not in brut or brut[cle] == "":
            raise ErreurDefinition(f"{fichier}, {ou} : la clé « {cle} » manque.", f"Écrivez {cle} = … .")


def _controler_recus(fichier: Path, recus: tuple[Recu, ...], departements: dict[str, str]) -> None:
    """Chaque table reçue est déclarée une fois, existe, et se rattache à un département de la région."""
    dossier = fichier.parent / "recus"
    presents = {f.name for f in dossier.glob("*.csv")}
    declares = [r.fichier for r in recus]
    for recu in recus:
        if recu.fichier not in presents:
            raise ErreurDefinition(
                f"{fichier} : la table reçue « {recu.fichier} » n'est pas dans {dossier}.",
                suggestion(recu.fichier, presents),
            )
        if declares.count(recu.fichier) > 1:
            raise ErreurDefinition(f"{fichier} : la table reçue « {recu.fichier} » est déclarée deux fois.")
        if recu.departement and recu.departement not in departements:
            raise ErreurDefinition(
                f"{fichier}, table « {recu.fichier} » : le département « {recu.departement} » n'est pas de la région.",
                f"Départements : {', '.join(departements)}.",
            )
        if None not in (recu.interrogees, recu.repondantes) and recu.repondantes > recu.interrogees:
            raise ErreurDefinition(
                f"{fichier}, table « {recu.fichier} » : {recu.repondantes} structures répondantes pour "
                f"{recu.interrogees} interrogées."
            )
    oubliees = sorted(presents - set(declares))
    if oubliees:
        raise ErreurDefinition(
            f"{dossier} : la table « {oubliees[0]} » n'a pas de source.",
            f"Déclarez-la dans {fichier.name} par [[recus]], avec fichier, source et champ.",
        )


# Définitions propres au cahier

_COLONNES_DEFINITIONS = ("nom", "libelle", "unite", "forme", "personnes", "numerateur", "denominateur", "source")


def _definitions(fichier: Path) -> tuple[dict[str, Definition], frozenset[str]]:
    """Les indicateurs que le cahier reçoit tout faits, et ceux d'entre eux qui ne comptent pas des personnes."""
    if not fichier.is_file():
        return {}, frozenset()
    return _lire_definitions(fichier, fichier.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _lire_definitions(fichier: Path, _modifie: int) -> tuple[dict[str, Definition], frozenset[str]]:
    table = pl.read_csv(fichier, infer_schema=False)
    if tuple(table.columns) != _COLONNES_DEFINITIONS:
        raise ErreurDefinition(
            f"{fichier} : colonnes {', '.join(table.columns)}.", f"Attendues : {', '.join(_COLONNES_DEFINITIONS)}."
        )
    definitions, impersonnels = {}, set()
    for rang, ligne in enumerate(table.iter_rows(named=True), 2):
        if ligne["forme"] not in FORMES_DECLARABLES or ligne["personnes"] not in ("oui", "non"):
            raise ErreurDefinition(
                f"{fichier}, ligne {rang} : forme « {ligne['forme']} », personnes « {ligne['personnes']} ».",
                f"Formes : {', '.join(FORMES_DECLARABLES)} ; personnes : oui ou non.",
            )
        definitions[ligne["nom"]] = Definition(
            nom=ligne["nom"],
            libelle=ligne["libelle"],
            famille="cahier",
            unite=ligne["unite"],
            univers="",
            description=f"{ligne['libelle']}. Chiffre reçu déjà agrégé, repris tel que sa source l'a publié.",
            numerateur=ligne["numerateur"],
            denominateur=ligne["denominateur"] or "sans objet",
            source=ligne["source"],
            pieges="",
            version="1",
            forme=ligne["forme"],
        )
        if ligne["personnes"] == "non":
            impersonnels.add(ligne["nom"])
    return definitions, frozenset(impersonnels)
