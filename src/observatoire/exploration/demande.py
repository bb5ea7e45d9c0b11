"""Les paramètres d'une vue : un seul contrat pour l'explorateur, la ligne de commande et papermill.

Aucun paramètre n'est jamais évalué comme du code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from observatoire.campagne.filtres import colonnes_de_filtre
from observatoire.campagne.parametres import controler_parametres
from observatoire.erreurs import ErreurParametre, exiger_connu, suggestion
from observatoire.espace import Espace
from observatoire.indicateurs.libelles import SUFFIXE_GROUPE, nomenclature_de
from observatoire.indicateurs.registre import Indicateur, en_vigueur, noms
from observatoire.modele import NON_RENSEIGNE
from observatoire.univers import trouver_univers

AUCUNE, PRECEDENTE, ANNEES, SERVICE, TERRITOIRE, OBJECTIF = (
    "aucune",
    "annee_precedente",
    "annees",
    "service",
    "territoire",
    "objectif",
)
COMPARAISONS = {
    AUCUNE: "Sans comparaison",
    PRECEDENTE: "Avec l'année précédente",
    ANNEES: "Année par année",
    SERVICE: "Service par service",
    TERRITOIRE: "Territoire par territoire",
    OBJECTIF: "Avec l'objectif de la convention",
}
VENTILATIONS_MAX = 2


@dataclass(frozen=True)
class Demande:
    """Une vue demandée, contrôlée : voir `controler_demande`."""

    services: tuple[str, ...]
    annees: tuple[int, ...]
    indicateur: str
    ventilations: tuple[str, ...] = ()
    filtres: tuple[tuple[str, tuple[str, ...]], ...] = ()
    territoire: str | None = None
    comparaison: str = PRECEDENTE
    diffusion: str = "interne"
    regrouper: bool = False

    @property
    def service(self) -> str:
        """Le premier service choisi."""
        return self.services[0]

    @property
    def annee(self) -> int:
        """L'année de la vue : la dernière choisie."""
        return max(self.annees)

    @property
    def filtres_tous(self) -> dict[str, list[str]]:
        """Les filtres, territoire compris."""
        filtres = {colonne: list(modalites) for colonne, modalites in self.filtres}
        return {**filtres, "territoire": [self.territoire]} if self.territoire else filtres

    def en_dict(self) -> dict[str, Any]:
        """Les paramètres en types JSON, sans ceux qui gardent leur valeur par défaut."""
        tous = {
            "services": list(self.services),
            "annees": list(self.annees),
            "indicateur": self.indicateur,
            "ventilations": list(self.ventilations),
            "filtres": {colonne: list(modalites) for colonne, modalites in self.filtres},
            "territoire": self.territoire,
            "comparaison": self.comparaison,
            "diffusion": self.diffusion,
            "regrouper": self.regrouper,
        }
        defauts = {"ventilations": [], "filtres": {}, "territoire": None, "comparaison": PRECEDENTE}
        defauts |= {"diffusion": "interne", "regrouper": False}
        return {nom: valeur for nom, valeur in tous.items() if nom not in defauts or valeur != defauts[nom]}

    def filtree(self, colonne: str, modalites: Iterable[str]) -> Demande:
        """La même vue, réduite à des modalités d'une colonne."""
        gardes = tuple((c, m) for c, m in self.filtres if c != colonne)
        return replace(self, filtres=(*gardes, (colonne, tuple(modalites))))


def controler_demande(espace: Espace, recus: Mapping[str, Any]) -> Demande:
    """Contrôle les paramètres d'une vue, d'où qu'ils viennent.

    `services`, `annees`, `ventilations` : une valeur ou une liste ; `filtres` : colonne → modalités, ou une liste de
    « colonne=modalité » ; `territoire` : l'un des territoires du service. Lève `ErreurParametre`, avec une suggestion,
    pour un nom inconnu, une valeur du mauvais type, ou un choix que l'indicateur ne permet pas.
    """
    possibles = [f.name for f in fields(Demande)]
    for nom in recus:
        if nom not in possibles:
            raise ErreurParametre(
                f"Paramètre « {nom} » inconnu.",
                f"{suggestion(nom, possibles)} Paramètres possibles : {', '.join(possibles)}.".strip(),
            )
    for nom in ("services", "annees", "indicateur"):
        if recus.get(nom) in (None, "", [], ()):
            raise ErreurParametre(f"Le paramètre « {nom} » manque.", "Donnez un service, une année et un indicateur.")
    diffusion = str(recus.get("diffusion", "interne"))
    services, annees = _liste(recus["services"], "services"), _liste(recus["annees"], "annees")
    couples = [
        controler_parametres(espace, {"service": s, "annee": a, "diffusion": diffusion})
        for s in services
        for a in annees
    ]
    nom = str(recus["indicateur"])
    exiger_connu(nom, noms(), "Indicateur")
    annees = tuple(sorted({c.annee for c in couples}))
    indicateur = en_vigueur(nom, annees[-1])
    comparaison = str(recus.get("comparaison") or (SERVICE if len(services) > 1 else PRECEDENTE))
    exiger_connu(comparaison, COMPARAISONS, "Comparaison")
    regrouper = recus.get("regrouper", False)
    if not isinstance(regrouper, bool):
        raise ErreurParametre(f"regrouper = {regrouper!r} n'est ni vrai ni faux.", "Écrivez True ou False.")
    territoire = recus.get("territoire") or None
    demande = Demande(
        services=tuple(services),
        annees=annees,
        indicateur=nom,
        ventilations=_ventilations(indicateur, _liste(recus.get("ventilations") or [], "ventilations")),
        filtres=_filtres(espace, indicateur, recus.get("filtres") or {}),
        territoire=None if territoire is None else str(territoire),
        comparaison=comparaison,
        diffusion=diffusion,
        regrouper=regrouper,
    )
    _exiger_coherente(demande, indicateur)
    return demande


def variables(indicateur: Indicateur) -> list[str]:
    """Les colonnes qui peuvent ventiler un indicateur, hors celles qu'il ventile de lui-même."""
    univers = trouver_univers(indicateur.definition.univers)
    propres = indicateur.forme.dimensions
    return [c for c in colonnes_de_filtre(indicateur) if c not in propres and c in univers.origines]


def _ventilations(indicateur: Indicateur, voulues: list[str]) -> tuple[str, ...]:
    permises = variables(indicateur)
    for voulue in voulues:
        if voulue.removesuffix(SUFFIXE_GROUPE) not in permises:
            raise ErreurParametre(
                f"L'indicateur « {indicateur.nom} » ne se ventile pas par « {voulue} ».",
                f"{suggestion(voulue, permises)} Ventilations possibles : {', '.join(sorted(permises))}.".strip(),
            )
    propres = len(indicateur.forme.dimensions)
    if propres + len(voulues) > VENTILATIONS_MAX:
        reste = VENTILATIONS_MAX - propres
        raise ErreurParametre(
            f"{len(voulues)} ventilations sont de trop pour « {indicateur.nom} ».",
            f"Il en accepte {reste} : retirez-en {len(voulues) - reste}.",
        )
    return tuple(voulues)


def _filtres(espace: Espace, indicateur: Indicateur, lus: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    filtres = lus if isinstance(lus, Mapping) else _couples(_liste(lus, "filtres"))
    permises = colonnes_de_filtre(indicateur)
    univers = trouver_univers(indicateur.definition.univers)
    gardes = []
    for colonne, modalites in filtres.items():
        if colonne not in permises:
            raise ErreurParametre(
                f"L'indicateur « {indicateur.nom} » ne se filtre pas par « {colonne} ».",
                f"{suggestion(colonne, permises)} Filtres possibles : {', '.join(sorted(permises))}.".strip(),
            )
        choisies = tuple(dict.fromkeys(_liste(modalites, f"filtre {colonne}")))
        if not choisies:
            raise ErreurParametre(f"Le filtre « {colonne} » ne garde aucune modalité.", "Donnez-en une, ou retirez-le.")
        liste = nomenclature_de(espace, univers, colonne)
        for modalite in choisies if liste else ():
            exiger_connu(modalite, [*liste.codes, NON_RENSEIGNE], f"Modalité de « {colonne} »")
        gardes.append((colonne, choisies))
    return tuple(gardes)


def _couples(lus: list[str]) -> dict[str, list[str]]:
    """« colonne=modalité », répété ou non pour une même colonne."""
    filtres: dict[str, list[str]] = {}
    for texte in lus:
        colonne, egal, modalite = texte.partition("=")
        if not (egal and colonne and modalite):
            raise ErreurParametre(f"Filtre « {texte} » illisible.", "Écrivez colonne=modalité, par exemple genre=F.")
        filtres.setdefault(colonne.strip(), []).append(modalite.strip())
    return filtres


def _liste(valeur: Any, nom: str) -> list[str]:
    """Une valeur ou une liste de valeurs, en textes et sans doublon."""
    valeurs = [valeur] if isinstance(valeur, str | int) else valeur
    if not isinstance(valeurs, list | tuple) or any(not isinstance(v, str | int) or v is True for v in valeurs):
        raise ErreurParametre(f"{nom} = {valeur!r} ne se lit pas.", "Donnez une valeur, ou une liste de valeurs.")
    return list(dict.fromkeys(str(v) for v in valeurs))


def _exiger_coherente(demande: Demande, indicateur: Indicateur) -> None:
    """Refuse ce qui ne tient pas dans une seule vue."""
    if len(demande.services) > 1 and demande.comparaison != SERVICE:
        raise ErreurParametre(
            f"{len(demande.services)} services sont choisis, et la comparaison est « {demande.comparaison} ».",
            f"Écrivez comparaison = « {SERVICE} », ou ne gardez qu'un service.",
        )
    if demande.comparaison == SERVICE and len(demande.services) < 2:
        raise ErreurParametre("Une comparaison entre services en demande deux.", "Ajoutez un service.")
    dimensions = len(indicateur.forme.dimensions) + len(demande.ventilations)
    if demande.comparaison in (ANNEES, SERVICE, TERRITOIRE) and dimensions > 1:
        raise ErreurParametre(
            "Un croisement de deux variables ne se met pas côte à côte.",
            "Retirez une ventilation, ou choisissez une autre comparaison.",
        )
    if demande.comparaison == TERRITOIRE and demande.territoire:
        raise ErreurParametre(
            "La vue compare déjà les territoires.", "Retirez le territoire choisi, ou changez de comparaison."
        )
    if demande.comparaison == TERRITOIRE and demande.filtres:
        raise ErreurParametre(
            "Les territoires ne se comparent pas dans une vue filtrée.",
            "Retirez les filtres, ou choisissez un territoire et une autre comparaison.",
        )
