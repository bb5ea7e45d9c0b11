"""Un document est périmé quand ce dont il vient a bougé depuis qu'il a été publié."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from observatoire.campagne.origine import (
    CAHIERS,
    COMMENTAIRES,
    derogations_lues,
    empreinte_source,
    reglages_propres,
    services_de,
)
from observatoire.erreurs import ErreurObservatoire
from observatoire.espace import Espace
from observatoire.indicateurs.registre import REGISTRE, en_vigueur
from observatoire.restitution.locale import enumeration, majuscule
from observatoire.services import lire_service

_DOSSIER = "le dossier du cahier"


class Fraicheur:
    """Compare ce dont chaque document vient à ce que l'espace contient ; chaque source n'est lue qu'une fois."""

    def __init__(self, espace: Espace) -> None:
        self._espace = espace
        self._empreintes: dict[str, str] = {}
        self._reglages: dict[str, dict[str, str]] = {}

    def raison(self, fiche: Mapping[str, Any]) -> str:
        """« Les données et les définitions ont changé depuis. » ; vide si le document est à jour ou sans origine."""
        if fiche["etat"] == "erreur":
            return ""
        bouge = list(self._bouge(fiche))
        verbe = "a changé depuis" if bouge == [_DOSSIER] else "ont changé depuis"
        return majuscule(f"{enumeration(bouge)} {verbe}.") if bouge else ""

    def _bouge(self, fiche: Mapping[str, Any]) -> Iterable[str]:
        sources = fiche.get("sources") or {}
        bouge = [nom for nom, empreinte in sources.items() if self._empreinte(nom) != empreinte]
        textes, cahiers = ([n for n in bouge if n.startswith(f"{d}/")] for d in (COMMENTAIRES, CAHIERS))
        if len(bouge) > len(textes) + len(cahiers):
            yield "les données"
        if cahiers:
            yield _DOSSIER
        if textes:
            yield "les commentaires"
        if not self._memes_derogations(fiche):
            yield "les dérogations"
        if fiche.get("genre"):
            return
        definitions = (fiche.get("versions") or {}).get("definitions") or {}
        if any(self._version(nom, fiche["annee"]) not in (None, version) for nom, version in definitions.items()):
            yield "les définitions"
        if "reglages" in fiche and self._reglages_de(fiche["service"]) != fiche["reglages"]:
            yield "les réglages"

    def _memes_derogations(self, fiche: Mapping[str, Any]) -> bool:
        """Vrai si les dérogations qui valent aujourd'hui sont celles du document, ou s'il n'en a rien gardé.

        Le fichier qui ne se lit plus n'est pas une raison : « observatoire verifier » le dit.
        """
        if "derogations" not in fiche:
            return True
        try:
            services = services_de(fiche.get("sources") or {})
            return derogations_lues(self._espace, services, fiche["annee"]) == fiche["derogations"]
        except ErreurObservatoire:
            return True

    def _empreinte(self, source: str) -> str:
        if source not in self._empreintes:
            self._empreintes[source] = empreinte_source(self._espace, source)
        return self._empreintes[source]

    def _version(self, indicateur: str, annee: int) -> str | None:
        return en_vigueur(indicateur, annee).definition.version if indicateur in REGISTRE else None

    def _reglages_de(self, service: str) -> dict[str, str]:
        if service not in self._reglages:
            try:
                self._reglages[service] = reglages_propres(lire_service(self._espace, service))
            except ErreurObservatoire:  # un service retiré, ou mal écrit : ses réglages ne sont plus ceux publiés
                self._reglages[service] = {}
        return self._reglages[service]
