"""Ce qu'un service déclare pour ses exports : quel fichier nourrit quelles tables, avec quelles colonnes.

La référence complète de la partie `[import]` est dans `docs/correspondances.md`.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from observatoire import modele
from observatoire.collecte.indecis import refuser_indecis
from observatoire.erreurs import ErreurDefinition, suggestion
from observatoire.nettoyage.dates import ORDRES
from observatoire.pseudonymes import LISIBLES
from observatoire.services import Service

_CLES_IMPORT = ("fichiers", "modalites", "accepter_proches", "pseudonymes", "format_date")
_CLES_FICHIER = ("motif", "feuille", "format_date", "date_1904", "joindre", "choix", "tables")
_CLES_TABLE = ("table", "colonnes", "constantes", "si_renseigne", "si")
_CLES_COMPOSITION = ("compose", "facultatives", "separateur", "suffixe", "rang")
_CLES_JOINTURE = ("fichier", "feuille", "par")

PSEUDONYMES = ("calcules", "fournis")
SEPARATEUR = " · "


@dataclass(frozen=True)
class Composition:
    """Une valeur faite de plusieurs colonnes de l'export.

    `parts` doivent toutes être remplies, `facultatives` peuvent manquer. `identite` : la valeur identifie une
    personne par son état civil, donc écrite sans accent, casse ni ponctuation. `rang` : les lignes de même
    valeur sont numérotées.
    """

    parts: tuple[str, ...]
    facultatives: tuple[str, ...] = ()
    separateur: str = SEPARATEUR
    suffixe: str = ""
    rang: bool = False
    identite: bool = False

    @property
    def entetes(self) -> tuple[str, ...]:
        return (*self.parts, *self.facultatives)

    @property
    def nom(self) -> str:
        """Le nom de la colonne composée, tel qu'il s'imprime dans les rejets."""
        morceaux = [*self.entetes, *([f"« {self.suffixe} »"] if self.suffixe else []), *(["rang"] * self.rang)]
        genre = "identité de" if self.identite else "composé de"
        return f"{genre} {' + '.join(morceaux)}"


@dataclass(frozen=True)
class Jointure:
    """Un autre fichier de l'envoi dont les colonnes complètent chaque ligne.

    `par` : colonne de ce fichier-ci → colonne de l'autre, qui portent le même identifiant local.
    """

    motif: str
    par: dict[str, str]
    feuille: str = ""

    def convient(self, nom: str) -> bool:
        return fnmatch.fnmatchcase(nom.casefold(), self.motif.casefold())


@dataclass(frozen=True)
class Alimentation:
    """Comment un fichier nourrit une table : colonnes de l'export, valeurs fixes, lignes concernées.

    `colonnes` : colonne du modèle → en-tête de l'export, ou nom d'une colonne composée (`compositions`).
    """

    table: str
    colonnes: dict[str, str]
    constantes: dict[str, Any] = field(default_factory=dict)
    si_renseigne: tuple[str, ...] = ()
    si: dict[str, list[Any]] = field(default_factory=dict)
    compositions: tuple[Composition, ...] = ()

    @property
    def entetes(self) -> list[str]:
        """Toutes les colonnes dont cette table a besoin une fois le tableau assemblé."""
        parts = [e for c in self.compositions for e in c.entetes]
        return list(dict.fromkeys([*self.colonnes.values(), *self.si_renseigne, *self.si, *parts]))

    @property
    def sources(self) -> list[str]:
        """Les mêmes, moins les colonnes composées : ce que l'export doit montrer."""
        composees = {c.nom for c in self.compositions}
        return [e for e in self.entetes if e not in composees]


@dataclass(frozen=True)
class Correspondance:
    """Un motif de nom de fichier et les tables que nourrissent les fichiers qui lui ressemblent.

    `ordre` est l'ordre des dates ambiguës, `ordre_declare` dit si le service l'a écrit. `date_1904` vaut None
    quand le service n'en dit rien. `ecartees` : colonnes que le service a choisi de ne pas importer.
    """

    motif: str
    feuille: str
    ordre: str
    alimentations: tuple[Alimentation, ...]
    ordre_declare: bool = False
    date_1904: bool | None = None
    jointures: tuple[Jointure, ...] = ()
    ecartees: tuple[str, ...] = ()

    def convient(self, nom: str) -> bool:
        return fnmatch.fnmatchcase(nom.casefold(), self.motif.casefold())

    @property
    def sources(self) -> list[str]:
        """Les en-têtes que l'export et les fichiers joints doivent montrer."""
        propres = [e for a in self.alimentations for e in a.sources]
        return list(dict.fromkeys([*propres, *(e for j in self.jointures for e in j.par)]))


@dataclass(frozen=True)
class OptionsImport:
    """Les choix d'import qui valent pour tout le service.

    `accepter_proches` : appliquer la modalité la plus proche au lieu de refuser la ligne. `pseudonymes` :
    « calcules » (défaut) ou « fournis » quand l'export donne déjà des pseudonymes.
    """

    accepter_proches: bool = False
    pseudonymes: str = "calcules"


def lire_options(service: Service) -> OptionsImport:
    """Les choix généraux de la partie `[import]` ; lève `ErreurDefinition` si une valeur n'est pas permise."""
    lieu, brut = f"{service.fichier.name}, [import]", service.correspondances
    proches, pseudonymes = brut.get("accepter_proches", False), brut.get("pseudonymes", "calcules")
    if not isinstance(proches, bool):
        raise ErreurDefinition(f"{lieu} : accepter_proches = « {proches} » n'est ni true ni false.")
    if pseudonymes not in PSEUDONYMES:
        raise ErreurDefinition(
            f"{lieu} : pseudonymes = « {pseudonymes} » inconnu.", f"Choix : {', '.join(PSEUDONYMES)}."
        )
    return OptionsImport(proches, pseudonymes)


def lire_correspondances(service: Service) -> list[Correspondance]:
    """Les correspondances de la partie `[import]` d'un service, contrôlées contre le modèle.

    Lève `ErreurDefinition` en nommant le fichier de réglage et, selon le cas, les lignes encore à trancher
    (« ? »), ou la clé fautive et la plus proche.
    """
    refuser_indecis(service.fichier)
    lieu = f"{service.fichier.name}, [import]"
    _exiger_cles(lieu, service.correspondances, _CLES_IMPORT, ())
    listes = {n for v in modele.VARIABLES.values() for n in (v.nom, v.nomenclature) if v.nomenclature}
    for nom in service.correspondances.get("modalites", {}):
        if nom not in listes:
            raise ErreurDefinition(
                f"{lieu} : modalites.{nom} n'est ni une nomenclature ni une colonne codée.", suggestion(nom, listes)
            )
    lues = [_lire_correspondance(service, brute) for brute in service.correspondances.get("fichiers", [])]
    if lire_options(service).pseudonymes == "fournis":
        for correspondance in lues:
            _refuser_identites(lieu, correspondance)
    return lues


def _refuser_identites(lieu: str, correspondance: Correspondance) -> None:
    """Un état civil ne peut pas être un pseudonyme fourni : il serait rangé en clair."""
    for alimentation in correspondance.alimentations:
        for composition in alimentation.compositions:
            if composition.identite:
                raise ErreurDefinition(
                    f"{lieu} : pseudonymes = « fournis » alors que « {correspondance.motif} » identifie des "
                    f"personnes par {', '.join(composition.parts)}.",
                    "Retirez pseudonymes, ou donnez la colonne qui porte le pseudonyme.",
                )


def _lire_correspondance(service: Service, brute: dict[str, Any]) -> Correspondance:
    lieu = f"{service.fichier.name}, [[import.fichiers]] « {brute.get('motif', '')} »"
    _exiger_cles(lieu, brute, _CLES_FICHIER, ("motif", "tables"))
    declare = brute.get("format_date", service.correspondances.get("format_date"))
    ordre = "jma" if declare is None else declare
    if ordre not in ORDRES:
        raise ErreurDefinition(f"{lieu} : format_date « {ordre} » inconnu.", f"Choix : {', '.join(ORDRES)}.")
    date_1904 = brute.get("date_1904")
    if date_1904 is not None and not isinstance(date_1904, bool):
        raise ErreurDefinition(f"{lieu} : date_1904 = « {date_1904} » n'est ni true ni false.")
    ecartees, tables = _appliquer_choix(lieu, brute)
    return Correspondance(
        brute["motif"],
        brute.get("feuille", ""),
        ordre,
        tuple(_lire_alimentation(lieu, t) for t in tables),
        declare is not None,
        date_1904,
        _lire_jointures(lieu, brute.get("joindre", ())),
        ecartees,
    )


def _appliquer_choix(lieu: str, brute: dict[str, Any]) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """(colonnes écartées, tables complétées) : `choix` écrit « en-tête » = « table.colonne », ou rien."""
    tables = [{**t, "colonnes": dict(t.get("colonnes", {}))} for t in brute["tables"]]
    ecartees = []
    for entete, destinations in brute.get("choix", {}).items():
        if destinations == "":
            ecartees.append(entete)
            continue
        for destination in [destinations] if isinstance(destinations, str) else destinations:
            _affecter(f"{lieu}, choix « {entete} »", entete, destination, tables)
    return tuple(ecartees), tables


def _affecter(lieu: str, entete: str, destination: Any, tables: list[dict[str, Any]]) -> None:
    """Ajoute l'en-tête aux colonnes de la table que `destination` désigne."""
    morceaux = str(destination).split(".")
    if len(morceaux) not in (2, 3):
        raise ErreurDefinition(
            f"{lieu} : « {destination} » ne désigne pas une colonne.",
            'Écrivez "table.colonne", par exemple "situation.emploi", ou "" pour ne pas importer cette colonne.',
        )
    table, colonne = morceaux[0], morceaux[-1]
    visees = [t for t in tables if t.get("table") == table]
    if len(morceaux) == 3:
        visees = [t for t in visees if morceaux[1] in map(str, t.get("constantes", {}).values())]
    if not visees:
        nourries = sorted({str(t.get("table")) for t in tables})
        raise ErreurDefinition(
            f"{lieu} : ce fichier ne nourrit pas « {'.'.join(morceaux[:-1])} ».",
            f"{suggestion(table, nourries)} Tables nourries : {', '.join(nourries)}. "
            "Sinon, ajoutez [[import.fichiers.tables]] avec cette table.".strip(),
        )
    if len(visees) > 1:
        fixes = sorted({str(v) for t in visees for v in t.get("constantes", {}).values()})
        raise ErreurDefinition(
            f"{lieu} : ce fichier nourrit plusieurs fois « {table} ».",
            "Précisez laquelle par une constante qui la distingue"
            + (f" : {', '.join(f'{table}.{f}.{colonne}' for f in fixes)}." if fixes else "."),
        )
    if colonne in visees[0]["colonnes"]:
        raise ErreurDefinition(f"{lieu} : « {table}.{colonne} » a déjà une colonne de l'export.")
    visees[0]["colonnes"][colonne] = entete


def _lire_jointures(lieu: str, brutes: Any) -> tuple[Jointure, ...]:
    jointures = []
    for brute in [brutes] if isinstance(brutes, Mapping) else brutes:
        ou = f"{lieu}, joindre « {brute.get('fichier', '')} »"
        _exiger_cles(ou, brute, _CLES_JOINTURE, ("fichier", "par"))
        par = brute["par"]
        if isinstance(par, str):
            par = [par]
        if isinstance(par, list):
            par = {p: p for p in par}
        if not isinstance(par, dict) or not all(isinstance(t, str) for paire in par.items() for t in paire):
            raise ErreurDefinition(
                f"{ou} : par n'est ni une colonne, ni une liste, ni une table.",
                'Écrivez par = "N° dossier", ou par = { "Dossier" = "N° dossier" } si les noms diffèrent.',
            )
        jointures.append(Jointure(brute["fichier"], par, brute.get("feuille", "")))
    return tuple(jointures)


def _lire_alimentation(lieu: str, brute: dict[str, Any]) -> Alimentation:
    lieu = f"{lieu}, table « {brute.get('table', '')} »"
    _exiger_cles(lieu, brute, _CLES_TABLE, ("table",))
    if brute["table"] not in modele.TABLES:
        raise ErreurDefinition(f"{lieu} : table inconnue du modèle.", suggestion(brute["table"], modele.TABLES))
    connues = modele.TABLES[brute["table"]].colonnes
    colonnes, constantes = brute.get("colonnes", {}), brute.get("constantes", {})
    for nom in (*colonnes, *constantes):
        if nom not in connues:
            raise ErreurDefinition(f"{lieu} : colonne « {nom} » inconnue du modèle.", suggestion(nom, connues))
    doubles = sorted(set(colonnes) & set(constantes))
    if doubles:
        raise ErreurDefinition(f"{lieu} : « {doubles[0]} » vient à la fois d'une colonne et d'une constante.")
    manquantes = [
        c.nom for c in connues.values() if c.obligatoire and c.nom not in {*colonnes, *constantes, "id_service"}
    ]
    if manquantes:
        raise ErreurDefinition(
            f"{lieu} : colonne obligatoire « {manquantes[0]} » sans correspondance.",
            f'Ajoutez {manquantes[0]} = "en-tête de l\'export" à colonnes, ou une constante.',
        )
    lues = {nom: _lire_colonne(f"{lieu}, {nom}", nom, valeur) for nom, valeur in colonnes.items()}
    return Alimentation(
        brute["table"],
        {nom: lue.nom if isinstance(lue, Composition) else lue for nom, lue in lues.items()},
        dict(constantes),
        tuple(brute.get("si_renseigne", ())),
        dict(brute.get("si", {})),
        tuple(dict.fromkeys(lue for lue in lues.values() if isinstance(lue, Composition))),
    )


def _lire_colonne(lieu: str, nom: str, valeur: Any) -> str | Composition:
    """Un en-tête, une identité (liste d'en-têtes) ou une composition (`{ compose = [...] }`)."""
    if isinstance(valeur, str) and valeur:
        return valeur
    if isinstance(valeur, list) and valeur:
        _exiger_textes(lieu, "la liste", valeur)
        if not nom.startswith("id_") or nom in LISIBLES:
            raise ErreurDefinition(
                f"{lieu} : une liste de colonnes identifie une personne ou un ménage.",
                f"Pour « {nom} », écrivez {{ compose = [...] }}.",
            )
        return Composition(tuple(valeur), identite=True)
    if isinstance(valeur, dict):
        return _lire_composition(lieu, valeur)
    raise ErreurDefinition(
        f"{lieu} : « {valeur} » n'est pas une colonne de l'export.",
        'Écrivez "en-tête", ["Nom", "Prénom", "Date de naissance"] ou { compose = ["N° dossier", "Date"] }.',
    )


def _lire_composition(lieu: str, brute: dict[str, Any]) -> Composition:
    _exiger_cles(lieu, brute, _CLES_COMPOSITION, ("compose",))
    for cle in ("compose", "facultatives"):
        _exiger_textes(lieu, cle, brute.get(cle, []))
    for cle in ("separateur", "suffixe"):
        _exiger_textes(lieu, cle, [brute.get(cle, "")], vide=True)
    if not isinstance(brute.get("rang", False), bool):
        raise ErreurDefinition(f"{lieu} : rang = « {brute['rang']} » n'est ni true ni false.")
    return Composition(
        tuple(brute["compose"]),
        tuple(brute.get("facultatives", ())),
        brute.get("separateur", SEPARATEUR),
        brute.get("suffixe", ""),
        brute.get("rang", False),
    )


def _exiger_textes(lieu: str, cle: str, valeurs: Any, vide: bool = False) -> None:
    if not isinstance(valeurs, list) or not all(isinstance(v, str) and (v or vide) for v in valeurs):
        raise ErreurDefinition(f"{lieu} : {cle} attend du texte, reçu « {valeurs} ».", "Écrivez des en-têtes.")


def _exiger_cles(lieu: str, brute: Mapping[str, Any], permises: tuple[str, ...], exigees: tuple[str, ...]) -> None:
    for cle in brute:
        if cle not in permises:
            raise ErreurDefinition(f"{lieu} : clé « {cle} » inconnue.", suggestion(cle, permises))
    for cle in exigees:
        if not brute.get(cle):
            raise ErreurDefinition(f"{lieu} : la clé « {cle} » manque.")
