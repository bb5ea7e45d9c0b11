"""Préparer un rapport : calculer ses blocs, passer la porte qualité, puis la porte de sortie."""

from __future__ import annotations

import re
import unicodedata
from functools import partial
from typing import Any

import polars as pl

from observatoire import __version__
from observatoire.campagne.donnees_types import GRAPHIQUES, Bloc, Definition, DonneesRapport, SectionRapport
from observatoire.campagne.territoires import cote_a_cote
from observatoire.erreurs import ErreurDefinition, RapportBloque, suggestion
from observatoire.espace import Espace
from observatoire.indicateurs.calcul import SCHEMA_CALCUL, Calculateur, evolutions, retenir
from observatoire.indicateurs.historique import historique, series_agregees, total_recu
from observatoire.indicateurs.libelles import SUFFIXE_GROUPE
from observatoire.indicateurs.registre import Indicateur, applicables, en_vigueur, trouver
from observatoire.indicateurs.reglages import notes
from observatoire.protection import proteger
from observatoire.qualite import Verdict, verdict
from observatoire.services import Service, lire_service, regler
from observatoire.univers import trouver_univers

CLES_BLOC = (
    "titre",
    "indicateurs",
    "ventilations",
    "graphique",
    "zoom",
    "regrouper",
    "annees",
    "limite",
    "reglages",
    "commentaire",
)
ANNEES_HISTORIQUE = 5  # années montrées par une tendance, l'année comprise
GRAPHIQUE_PAR_FORME = {
    "repartition": "barres",
    "citations": "barres",
    "matrice": "matrice",
    "serie": "serie",
}


def preparer_rapport(espace: Espace, service: str, annee: int, diffusion: str) -> DonneesRapport:
    """Tout ce qu'imprime le rapport d'un service et d'une année : des cellules protégées, et rien d'autre.

    Lève `RapportBloque` si le verdict de qualité interdit de publier, `ErreurDefinition` si une section du service
    est mal écrite, `ErreurParametre` pour un service, un indicateur ou une diffusion inconnus.
    """
    fiche = lire_service(espace, service)
    juge = verdict(espace, service, annee)
    if juge.bloquants:
        raise RapportBloque(
            f"Le rapport {fiche.libelle_court} {annee} est bloqué : {juge.bloquants[0].explication}",
            juge.bloquants[0].remede,
        )
    atelier = _Atelier(espace, fiche, annee, diffusion, juge)
    sections = tuple(
        SectionRapport(s.titre, s.presentation, tuple(atelier.bloc(b, s.titre) for b in s.blocs))
        for s in fiche.sections
    )
    cles = {"titre": "Chiffres clés", "indicateurs": list(fiche.chiffres_cles), "graphique": "tuiles"}
    sections = (*sections, *_tendances(fiche, atelier))
    return DonneesRapport(
        service=fiche,
        annee=annee,
        periode=fiche.periode(annee),
        diffusion=diffusion,
        verdict=juge,
        sections=sections,
        empreinte=juge.empreinte,
        version_code=__version__,
        chiffres_cles=atelier.bloc(cles, "Chiffres clés"),
    )


def preparer_chiffres_cles(espace: Espace, fiche: Service, annee: int, diffusion: str, nombre: int) -> Bloc:
    """Les premiers chiffres clés d'un service, comme son rapport les imprime : mêmes cellules, même protection."""
    atelier = _Atelier(espace, fiche, annee, diffusion, verdict(espace, fiche.id, annee))
    noms = list(fiche.chiffres_cles)[:nombre]
    return atelier.bloc({"titre": "Chiffres clés", "indicateurs": noms, "graphique": "tuiles"}, "Chiffres clés")


def _tendances(fiche: Service, atelier: _Atelier) -> tuple[SectionRapport, ...]:
    """Les chiffres clés sur cinq ans : ceux que le service ne montre pas déjà année par année."""
    montres = {
        i for s in fiche.sections for b in s.blocs if b.get("graphique") == "historique" for i in b["indicateurs"]
    }
    restants = [nom for nom in fiche.chiffres_cles if nom not in montres]
    if not restants:
        return ()
    bloc = {"titre": "Chiffres clés, année par année", "indicateurs": restants, "graphique": "historique"}
    return (SectionRapport("Tendances", "", (atelier.bloc(bloc, "Tendances"),)),)


class _Atelier:
    """Calcule les blocs d'un rapport ; l'année et la précédente ne sont lues qu'une fois."""

    def __init__(self, espace: Espace, service: Service, annee: int, diffusion: str, juge: Verdict) -> None:
        self.espace, self.service, self.annee = espace, service, annee
        self.diffusion, self.verdict = diffusion, juge
        voulue = "n-1" in service.parametres.comparaison
        self.compare = voulue and service.parametres.couvre(annee - 1)
        self.verdict_precedent = verdict(espace, service.id, annee - 1) if self.compare else None
        self.recues = series_agregees(espace, service.id)
        self._calculateurs: dict[tuple[str, int], Calculateur] = {}
        self._cles: set[str] = set()

    def calculateur(self, service: Service, annee: int) -> Calculateur:
        """Celui d'un réglage et d'une année : ses populations ne sont construites qu'une fois par rapport."""
        cle = (repr(service.parametres), annee)
        if cle not in self._calculateurs:
            self._calculateurs[cle] = Calculateur(self.espace, service, annee)
        return self._calculateurs[cle]

    def bloc(self, reglage: dict[str, Any], section: str) -> Bloc:
        reglage = _controler(reglage, self.service, section)
        noms = reglage["indicateurs"]
        declares = [en_vigueur(nom, self.annee) for nom in noms]
        graphique = reglage.get("graphique") or _graphique(declares[0], reglage)
        ou = f"{self.service.fichier}, bloc « {reglage['titre']} »"
        propres = reglage.get("reglages") or {}
        service = regler(self.service, propres, ou) if propres else self.service
        if graphique == "historique":
            table, precedente = self._historique(service, noms, reglage.get("annees", ANNEES_HISTORIQUE)), _vide()
        else:
            table = self._table(service, self.annee, declares, reglage, self.verdict)
            precedente = _vide()
            if self.compare and graphique != "territoires":
                # À définition constante : l'année précédente se lit avec les définitions d'alors.
                avant = [en_vigueur(nom, self.annee - 1) for nom in noms]
                precedente = self._table(service, self.annee - 1, avant, reglage, self.verdict_precedent)
        protegee = proteger(table, self.diffusion, service.parametres)
        definitions = tuple(self._definitions(noms, graphique))
        lues, colonnes = _zoomer(protegee, reglage.get("zoom")), ()
        if graphique == "territoires":
            lues, colonnes = cote_a_cote(lues, definitions, service.parametres.territoires, ou)
        return Bloc(
            cle=self._cle(reglage["titre"], section),
            titre=reglage["titre"],
            graphique=graphique,
            definitions=definitions,
            table=lues,
            cellules=protegee,
            precedente=proteger(precedente, self.diffusion, service.parametres).pipe(_zoomer, reglage.get("zoom")),
            notes=_notes(self.espace, service, declares, self.annee, propres),
            alertes=self._alertes(declares, reglage),
            reglage=reglage,
            colonnes=colonnes,
        )

    def _table(
        self, service: Service, annee: int, declares: list[Indicateur], reglage: dict[str, Any], juge: Verdict | None
    ) -> pl.DataFrame:
        calculateur = self.calculateur(service, annee)
        zoom = reglage.get("zoom") or {}
        ventilations = [*reglage.get("ventilations", ()), *zoom]
        lignes = []
        for declare in declares:
            propres = set(declare.forme.dimensions)
            voulues = [v for v in ventilations if v not in propres]
            calculees = calculateur.calculer(declare, voulues, regrouper=reglage.get("regrouper", False))
            if not calculateur.recu(declare):
                # Faute de données, le total reçu déjà agrégé, s'il y en a un.
                recu = total_recu(self.recues, self.service.id, declare.nom, annee)
                calculees = recu if recu.height else calculees
            lignes.append(retenir(calculees, declare, juge))
        return pl.concat(lignes)

    def _historique(self, service: Service, noms: list[str], annees: int) -> pl.DataFrame:
        series = []
        for nom in noms:
            serie = historique(
                self.espace, self.service.id, nom, self.annee, annees, partial(self.calculateur, service), self.recues
            )
            retenue = retenir(serie.filter(pl.col("annee") == self.annee), en_vigueur(nom, self.annee), self.verdict)
            series += [serie.filter(pl.col("annee") < self.annee), retenue, self._evolution(nom)]
        return pl.concat(series)

    def _evolution(self, nom: str) -> pl.DataFrame:
        """L'évolution sur un an à définition constante, pour dire la rupture à côté de la série imprimée."""
        if not self.compare:
            return _vide()
        courant, precedent = (self.calculateur(self.service, a) for a in (self.annee, self.annee - 1))
        return evolutions(
            self.espace, self.service, self.annee, courant, self.verdict, precedent=precedent, seulement=[nom]
        )

    def _definitions(self, noms: list[str], graphique: str) -> list[Definition]:
        variantes = [
            applicables(n, self.annee) if graphique == "historique" else [en_vigueur(n, self.annee)] for n in noms
        ]
        return [v.definition for liste in variantes for v in liste]

    def _alertes(self, declares: list[Indicateur], reglage: dict[str, Any]) -> tuple[str, ...]:
        lues = {c for d in declares for c in d.colonnes_modele()}
        for declare in declares:
            origines = trouver_univers(declare.definition.univers).origines
            for ventilation in (*reglage.get("ventilations", ()), *(reglage.get("zoom") or ())):
                lues.update(origines.get(ventilation.removesuffix(SUFFIXE_GROUPE), ()))
        textes = [
            t
            for colonne, explications in self.verdict.colonnes_retenues.items()
            if colonne in lues
            for t in explications
        ]
        return tuple(dict.fromkeys([*textes, *(r.explication for r in self.verdict.avertissements(lues))]))

    def _cle(self, titre: str, section: str) -> str:
        base = ancre(titre)
        cle = base if base not in self._cles else ancre(f"{section} {titre}")
        rang = 2
        while cle in self._cles:
            cle, rang = f"{base}-{rang}", rang + 1
        self._cles.add(cle)
        return cle


def ancre(texte: str) -> str:
    """Une ancre de page : minuscules sans accents, mots séparés par des tirets."""
    nu = unicodedata.normalize("NFKD", texte).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", nu).strip("-") or "bloc"


def _notes(
    espace: Espace, service: Service, declares: list[Indicateur], annee: int, propres: dict[str, Any]
) -> tuple[str, ...]:
    """Les réglages à dire sous un tableau : d'abord ceux qui ne valent que pour lui."""
    communes = notes(espace, service, declares, annee)
    phrases = []
    if "periode_debut" in propres:
        periode = str(service.periode(annee))
        phrases.append(f"Période propre à ce tableau : {periode}.")
        communes = tuple(n for n in communes if periode not in n)
    if autres := [f"{cle} = {valeur}" for cle, valeur in propres.items() if cle != "periode_debut"]:
        phrases.append(f"Réglage propre à ce tableau : {' ; '.join(autres)}.")
    return (*phrases, *communes)


def _vide() -> pl.DataFrame:
    return pl.DataFrame(schema=SCHEMA_CALCUL)


def _graphique(declare: Indicateur, reglage: dict[str, Any]) -> str:
    if len(reglage["indicateurs"]) > 1 and reglage.get("ventilations"):
        return "comparaison"
    if reglage.get("ventilations") and not declare.forme.dimensions:
        return "barres" if len(reglage["ventilations"]) == 1 else "matrice"
    return GRAPHIQUE_PAR_FORME.get(declare.definition.forme, "tuiles")


def _controler(reglage: dict[str, Any], service: Service, section: str) -> dict[str, Any]:
    """Complète et contrôle un bloc écrit dans le TOML : clés, indicateurs, graphique."""
    ou = f"{service.fichier}, section « {section} »"
    for cle in reglage:
        if cle not in CLES_BLOC:
            raise ErreurDefinition(f"{ou} : clé de bloc « {cle} » inconnue.", suggestion(cle, CLES_BLOC))
    noms = reglage.get("indicateurs")
    if not noms or not isinstance(noms, list):
        raise ErreurDefinition(f"{ou} : un bloc n'a pas d'indicateurs.", 'Écrivez indicateurs = ["nom"].')
    for nom in noms:
        trouver(nom)
    graphique = reglage.get("graphique")
    if graphique is not None and graphique not in GRAPHIQUES:
        raise ErreurDefinition(f"{ou} : graphique « {graphique} » inconnu.", suggestion(graphique, GRAPHIQUES))
    titre = reglage.get("titre") or trouver(noms[0])[-1].definition.libelle
    return {**reglage, "titre": titre, "intitules": service.parametres.libelles_imprimes}


def _zoomer(table: pl.DataFrame, zoom: dict[str, str] | None) -> pl.DataFrame:
    """Ne garde que la part du tableau croisé qui concerne le public du zoom, remise en tableau simple."""
    if not zoom:
        return table
    ((colonne, modalite),) = zoom.items()
    total = (
        (pl.col("ventilation_1") == colonne) & (pl.col("modalite_1") == modalite) & (pl.col("ventilation_2").is_null())
    )
    cellules = (pl.col("ventilation_2") == colonne) & (pl.col("modalite_2") == modalite)
    vide = pl.lit(None, pl.String)
    sans_1 = [vide.alias(c) for c in ("ventilation_1", "modalite_1", "libelle_1")]
    sans_2 = [vide.alias(c) for c in ("ventilation_2", "modalite_2", "libelle_2")]
    absents = pl.col("etat").is_in(["non_recu"])
    return pl.concat(
        [
            table.filter(absents),
            table.filter(total).with_columns(sans_1).with_columns(pl.lit(None, pl.Int64).alias("ordre_1")),
            table.filter(cellules).with_columns(sans_2).with_columns(pl.lit(None, pl.Int64).alias("ordre_2")),
        ]
    )
