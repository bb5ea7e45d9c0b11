"""L'état de l'explorateur : les paramètres d'une vue, et ce qu'un choix entraîne pour les autres.

Un choix ne mène jamais à une impasse : ce qu'il rend impossible est retiré, et dit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from observatoire.exploration.atelier import Atelier
from observatoire.exploration.demande import (
    ANNEES,
    AUCUNE,
    COMPARAISONS,
    PRECEDENTE,
    SERVICE,
    TERRITOIRE,
    VENTILATIONS_MAX,
    Demande,
)
from observatoire.indicateurs.libelles import titre_variable
from observatoire.indicateurs.registre import en_vigueur
from observatoire.restitution import locale

Etat = dict[str, Any]
_COTE_A_COTE = (ANNEES, SERVICE, TERRITOIRE)


def etat_de(demande: Demande) -> Etat:
    """Tous les paramètres d'une demande, valeurs par défaut comprises."""
    return {
        "services": list(demande.services),
        "annees": list(demande.annees),
        "indicateur": demande.indicateur,
        "ventilations": list(demande.ventilations),
        "filtres": {colonne: list(modalites) for colonne, modalites in demande.filtres},
        "territoire": demande.territoire,
        "comparaison": demande.comparaison,
        "diffusion": demande.diffusion,
        "regrouper": demande.regrouper,
    }


def ajuster(atelier: Atelier, etat: Etat, changements: Mapping[str, Any]) -> tuple[Etat, tuple[str, ...]]:
    """L'état après des changements, et une phrase par choix qu'ils ont retiré ou remplacé.

    Le dernier choix l'emporte. Ce qui ne se devine pas (un nom inconnu, un objectif sans convention) reste tel quel :
    `controler_demande` et l'atelier le refusent en disant pourquoi.
    """
    ajustement = _Ajustement(atelier, {**etat, **changements}, frozenset(changements))
    ajustement.comparer()
    ajustement.dater()
    ajustement.choisir_indicateur()
    ajustement.situer()
    ajustement.ventiler()
    ajustement.filtrer()
    return ajustement.etat, tuple(ajustement.avis)


class _Ajustement:
    """Un état en cours d'ajustement : `touches` sont les paramètres qui viennent de changer."""

    def __init__(self, atelier: Atelier, etat: Etat, touches: frozenset[str]) -> None:
        self.atelier, self.etat, self.touches = atelier, etat, touches
        self.avis: list[str] = []

    @property
    def services(self) -> list[str]:
        return self.etat["services"]

    @property
    def annee(self) -> int:
        return max(self.etat["annees"])

    def comparer(self) -> None:
        """Plusieurs services se comparent entre eux ; un seul, autrement."""
        voulue = self.etat["comparaison"]
        if len(self.services) > 1 and voulue != SERVICE:
            if "comparaison" in self.touches and "services" not in self.touches:
                self.etat["services"] = self.services[:1]
                self.avis.append(f"Un seul service est gardé : {self._nom(self.services[0])}.")
            else:
                self._changer_comparaison(SERVICE)
        elif len(self.services) == 1 and voulue == SERVICE and "comparaison" not in self.touches:
            self._changer_comparaison(PRECEDENTE)

    def dater(self) -> None:
        """Une année reçue de tous les services ; plusieurs seulement pour une vue année par année."""
        recues = [set(self.atelier.annees(s)) for s in self.services]
        possibles = sorted(set.intersection(*recues)) or sorted(recues[0])
        voulues = sorted(int(a) for a in self.etat["annees"])
        gardees = [a for a in voulues if a in possibles]
        if voulues and possibles and max(voulues) not in possibles:
            gardees = [possibles[-1]]
            self.avis.append(f"{max(voulues)} n'est pas une année reçue : {gardees[0]} est montrée.")
        if gardees and self.etat["comparaison"] != ANNEES:
            gardees = gardees[-1:]
        self.etat["annees"] = gardees or voulues

    def choisir_indicateur(self) -> None:
        """Un chiffre que les données de tous les services permettent."""
        if not self.touches & {"services", "annees"}:
            return
        permis = self.atelier.indicateurs(self.services, self.annee)
        if not permis or self.etat["indicateur"] in {d.nom for d in permis}:
            return
        ancien = en_vigueur(self.etat["indicateur"], self.annee).definition.libelle
        self.etat["indicateur"] = permis[0].nom
        noms = locale.enumeration(self._nom(s) for s in self.services)
        self.avis.append(f"« {ancien} » ne se calcule pas pour {noms} : « {permis[0].libelle} » est montré.")

    def situer(self) -> None:
        """Un territoire que déclare le service ; aucun dans une vue qui les compare, ni filtre à leur place."""
        territoire, declares = self.etat["territoire"], self.atelier.territoires(self.services[0])
        if territoire and (len(self.services) > 1 or territoire not in declares):
            self._retirer("territoire", None, f"Le territoire « {territoire} » est retiré.")
        if self.etat["comparaison"] != TERRITOIRE:
            return
        if not declares and "comparaison" not in self.touches:
            self._changer_comparaison(PRECEDENTE)
        elif self.touches & {"territoire", "filtres"} and (self.etat["territoire"] or self.etat["filtres"]):
            self._changer_comparaison(AUCUNE)
        else:
            if self.etat["territoire"]:
                self._retirer("territoire", None, "Le territoire choisi est retiré : la vue les compare tous.")
            if self.etat["filtres"]:
                self._retirer("filtres", {}, "Les filtres sont retirés : les territoires se comparent sans eux.")

    def ventiler(self) -> None:
        """Des variables que l'indicateur a, et pas plus que la vue n'en montre."""
        permises = self._ventilations_communes()
        gardees = [v for v in dict.fromkeys(self.etat["ventilations"]) if v in permises]
        perdues = [titre_variable(v) for v in self.etat["ventilations"] if v not in permises]
        if perdues and "ventilations" not in self.touches:
            self.avis.append(f"Ventilation retirée, ce chiffre ne l'a pas : {locale.enumeration(perdues)}.")
        elif perdues:
            gardees = self.etat["ventilations"]  # un choix impossible se refuse, il ne se tait pas
        propres = len(en_vigueur(self.etat["indicateur"], self.annee).forme.dimensions)
        self.etat["ventilations"] = gardees
        if self.etat["comparaison"] in _COTE_A_COTE and propres + len(gardees) > 1 and gardees:
            self._ceder_la_place(propres, gardees)
        trop = self.etat["ventilations"][max(VENTILATIONS_MAX - propres, 0) :]
        if trop and "ventilations" not in self.touches:
            self.etat["ventilations"] = self.etat["ventilations"][: -len(trop)]
            self.avis.append(f"Ventilation retirée, il n'y a plus la place : {self._titres(trop)}.")

    def _ceder_la_place(self, propres: int, gardees: list[str]) -> None:
        """Côte à côte, une seule variable : le dernier choix l'emporte sur l'autre."""
        if "ventilations" in self.touches and self.etat["comparaison"] != SERVICE:
            self._changer_comparaison(AUCUNE)
            return
        reste = gardees[: max(1 - propres, 0)]
        self.etat["ventilations"] = reste
        self.avis.append(
            f"Côte à côte, une seule variable se montre : {self._titres(gardees[len(reste) :])} est retirée."
        )

    def filtrer(self) -> None:
        """Des filtres que l'indicateur a ; un filtre qui vient d'être choisi se garde tel quel."""
        if "filtres" in self.touches or not self.etat["filtres"]:
            return
        permises = set(filtrables(self.atelier, self.etat["indicateur"], self.services[0], self.annee))
        perdus = [c for c in self.etat["filtres"] if c not in permises]
        if perdus:
            self.etat["filtres"] = {c: m for c, m in self.etat["filtres"].items() if c in permises}
            self.avis.append(f"Filtre retiré, ce chiffre ne l'a pas : {self._titres(perdus)}.")

    def _ventilations_communes(self) -> set[str]:
        listes = (self.atelier.ventilations(self.etat["indicateur"], s, self.annee) for s in self.services)
        return set.intersection(*({c.valeur for c in liste} for liste in listes))

    def _changer_comparaison(self, comparaison: str) -> None:
        self.etat["comparaison"] = comparaison
        self.avis.append(f"La comparaison devient « {COMPARAISONS[comparaison]} ».")

    def _retirer(self, nom: str, vide: Any, phrase: str) -> None:
        self.etat[nom] = vide
        self.avis.append(phrase)

    def _titres(self, colonnes: list[str]) -> str:
        return locale.enumeration(titre_variable(c).lower() for c in colonnes)

    def _nom(self, service: str) -> str:
        return self.atelier.fiche(service).libelle_court


def filtrables(atelier: Atelier, indicateur: str, service: str, annee: int) -> list[str]:
    """Les colonnes qui filtrent un indicateur et que le service a remplies, par titre."""
    from observatoire.campagne.filtres import colonnes_de_filtre

    permises = colonnes_de_filtre(en_vigueur(indicateur, annee))
    remplies = {c.valeur for c in atelier.ventilations(indicateur, service, annee)}
    propres = en_vigueur(indicateur, annee).forme.dimensions
    return sorted((c for c in permises if c in remplies or c in propres), key=lambda c: titre_variable(c).casefold())
