"""L'atelier de l'explorateur : ce qui se choisit, et la vue qui en sort ; rien n'est lu ni construit deux fois.

Une vue est un bloc de rapport : mêmes calculs, même contrôle de qualité, même porte de sortie. L'explorateur et le
rapport ne peuvent donc pas se contredire.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from observatoire.campagne.annees import annees_recues
from observatoire.campagne.donnees import AtelierBlocs
from observatoire.campagne.donnees_types import Bloc, Definition
from observatoire.campagne.filtres import lire_libelles
from observatoire.campagne.territoires import cote_a_cote
from observatoire.erreurs import ErreurParametre, RapportBloque, exiger_connu
from observatoire.espace import Espace
from observatoire.exploration.demande import (
    ANNEES,
    AUCUNE,
    OBJECTIF,
    PRECEDENTE,
    SERVICE,
    TERRITOIRE,
    Demande,
    variables,
)
from observatoire.exploration.recherche import chercher
from observatoire.exploration.vue import VueExploree
from observatoire.indicateurs.calcul import Calculateur
from observatoire.indicateurs.libelles import SUFFIXE_GROUPE, decrire, nomenclature_de, titre_variable
from observatoire.indicateurs.registre import Indicateur, en_vigueur, noms
from observatoire.modele import NON_RENSEIGNE
from observatoire.qualite import Verdict, verdict
from observatoire.restitution import locale
from observatoire.services import Service, lire_service
from observatoire.univers import trouver_univers
from observatoire.univers.moyens import unite_objectif

ANNEES_MONTREES = 5
VUES_GARDEES = 256
REALISATION = "taux_realisation_convention"
# Ce que compte l'objectif d'une convention → l'indicateur qui le compte aussi.
INDICATEUR_DE_L_OBJECTIF = {
    "mesures": "mesures_exercees",
    "mois_mesures": "mois_mesures",
    "menages": "menages_accompagnes",
}


@dataclass(frozen=True)
class Choix:
    """Ce qui se choisit dans une liste : sa valeur, et ce qui se lit."""

    valeur: str
    libelle: str


class Atelier:
    """Lit un espace de travail et rend des vues ; les populations d'un service et d'une année se construisent une fois.

    Les données lues ne bougent plus : `relire` oublie tout, après un nouvel import.
    """

    def __init__(self, espace: Espace) -> None:
        self.espace = espace
        self._verrou = threading.RLock()
        self.relire()

    def relire(self) -> None:
        """Oublie tout ce qui a été lu : la prochaine vue repart des données."""
        self._fiches: dict[str, Service] = {}
        self._annees: dict[str, list[int]] = {}
        self._calculateurs: dict[str, dict[tuple[str, int], Calculateur]] = {}
        self._verdicts: dict[str, dict[int, Verdict]] = {}
        self._ateliers: dict[tuple, AtelierBlocs] = {}
        self._vues: OrderedDict[Demande, VueExploree] = OrderedDict()

    def oublier_vues(self) -> None:
        """Oublie les vues déjà faites, pas les données lues."""
        self._vues.clear()

    # Ce qui se choisit

    def services(self) -> list[Choix]:
        """Les services qui ont des données, par libellé."""
        presents = [s for s in self.espace.services() if self.annees(s)]
        return sorted((Choix(s, self.fiche(s).libelle_court) for s in presents), key=lambda c: c.libelle.casefold())

    def fiche(self, service: str) -> Service:
        """Les réglages d'un service."""
        if service not in self._fiches:
            self._fiches[service] = lire_service(self.espace, service)
        return self._fiches[service]

    def annees(self, service: str) -> list[int]:
        """Les années reçues d'un service, croissantes."""
        if service not in self._annees:
            self._annees[service] = sorted(annees_recues(self.espace, self.fiche(service)))
        return self._annees[service]

    def territoires(self, service: str) -> list[str]:
        """Les territoires que déclare un service ; aucun s'il n'en a qu'un."""
        return list(self.fiche(service).parametres.territoires)

    def indicateurs(self, services: Sequence[str], annee: int) -> list[Definition]:
        """Les indicateurs que les données de tous ces services permettent, ceux de leurs rapports d'abord."""
        declares = [en_vigueur(nom, annee) for nom in noms()]
        permis = [i for i in declares if all(self.calculateur(s, annee).recu(i) for s in services)]
        premiers = {
            nom: rang
            for rang, nom in enumerate(
                nom
                for s in services
                for bloc in (b for section in self.fiche(s).sections for b in section.blocs)
                for nom in bloc.get("indicateurs", ())
            )
        }
        cles = {nom: -1 for s in services for nom in self.fiche(s).chiffres_cles}
        rangs = {**premiers, **cles}
        return sorted((i.definition for i in permis), key=lambda d: rangs.get(d.nom, len(premiers) + 1))

    def chercher(self, texte: str, services: Sequence[str], annee: int) -> list[Definition]:
        """Les indicateurs qui répondent à des mots, les plus proches d'abord ; tous si rien n'est écrit."""
        return chercher(texte, self.indicateurs(services, annee))

    def ventilations(self, indicateur: str, service: str, annee: int) -> list[Choix]:
        """Les variables qui peuvent ventiler un indicateur, d'après ce que le service a reçu."""
        declare = en_vigueur(indicateur, annee)
        calculateur = self.calculateur(service, annee)
        if not calculateur.recu(declare):
            return []
        population = calculateur.population(declare.definition.univers)
        remplies = [
            c
            for c in variables(declare)
            if population.schema.get(c) == pl.String() and population[c].null_count() < population.height
        ]
        return sorted((Choix(c, titre_variable(c)) for c in remplies), key=lambda c: c.libelle.casefold())

    def modalites(self, indicateur: str, service: str, annee: int, colonne: str) -> list[Choix]:
        """Les modalités d'une variable dans la population d'un indicateur, dans l'ordre d'impression."""
        declare = en_vigueur(indicateur, annee)
        univers = trouver_univers(declare.definition.univers)
        calculateur = self.calculateur(service, annee)
        if not calculateur.recu(declare):
            return []
        population = calculateur.population(univers.nom)
        if population.schema.get(colonne) != pl.String():
            return []
        codes = population[colonne].fill_null(NON_RENSEIGNE).unique().to_list()
        decrites = decrire(self.espace, self.fiche(service), univers, colonne, codes)
        tries = sorted(codes, key=lambda c: (c == NON_RENSEIGNE, decrites[c][1], decrites[c][0]))
        return [Choix(c, decrites[c][0]) for c in tries]

    def membres_du_groupe(self, indicateur: str, annee: int, colonne: str, groupe: str) -> list[str]:
        """Les codes qu'un poste de regroupement réunit ; le code lui-même si la colonne ne se regroupe pas."""
        univers = trouver_univers(en_vigueur(indicateur, annee).definition.univers)
        liste = nomenclature_de(self.espace, univers, colonne.removesuffix(SUFFIXE_GROUPE))
        codes = [c for c, g in liste.regroupements.items() if g == groupe] if liste else []
        return codes or [groupe]

    # Ce qui se calcule

    def calculateur(self, service: str, annee: int) -> Calculateur:
        """Les populations d'un service et d'une année."""
        with self._verrou:
            fiche = self.fiche(service)
            siens = self._calculateurs.setdefault(service, {})
            cle = (repr(fiche.parametres), annee)
            if cle not in siens:
                siens[cle] = Calculateur(self.espace, fiche, annee)
            return siens[cle]

    def juge(self, service: str, annee: int) -> Verdict:
        """Le verdict de qualité d'un service et d'une année."""
        with self._verrou:
            siens = self._verdicts.setdefault(service, {})
            if annee not in siens:
                siens[annee] = verdict(self.espace, service, annee)
            return siens[annee]

    def preparer(
        self, service: str, annees: Sequence[int], prevenir: Callable[[str, int, int], object] | None = None
    ) -> None:
        """Construit d'avance les populations des indicateurs d'un service : chaque vue est ensuite immédiate.

        `prevenir` : appelé avant chaque étape avec ce qui se prépare, son rang et le nombre d'étapes.
        """
        etapes: list[tuple[str, Callable[[], Any]]] = []
        for annee in annees:
            calculateur = self.calculateur(service, annee)
            permis = [i for i in (en_vigueur(nom, annee) for nom in noms()) if calculateur.recu(i)]
            for univers in dict.fromkeys(i.definition.univers for i in permis):
                etapes.append((f"{annee}, {univers}", lambda c=calculateur, u=univers: c.preparer([u])))
            etapes.append((f"{annee}, qualité", lambda a=annee: self.juge(service, a)))
        for rang, (quoi, faire) in enumerate(etapes, 1):
            if prevenir is not None:
                prevenir(quoi, rang, len(etapes))
            with self._verrou:
                faire()

    def voir(self, demande: Demande) -> VueExploree:
        """La vue d'une demande : des cellules protégées, leurs phrases, ce qu'elles permettent d'affirmer.

        Lève `RapportBloque` si la qualité interdit de publier l'année, `ErreurParametre` si la vue ne se fait pas.
        """
        with self._verrou:
            if demande in self._vues:
                self._vues.move_to_end(demande)
                return self._vues[demande]
            vue = self._voir(demande)
            self._vues[demande] = vue
            while len(self._vues) > VUES_GARDEES:
                self._vues.popitem(last=False)
            return vue

    def detail(self, demande: Demande, colonne: str, modalite: str) -> VueExploree:
        """Ce qu'une modalité choisie dans une vue devient : le reste de la vue, réduit à elle.

        La seconde ventilation s'il y en a une ; sinon la même modalité, année par année.
        """
        declare = en_vigueur(demande.indicateur, demande.annee)
        nue = colonne.removesuffix(SUFFIXE_GROUPE)
        codes = self.membres_du_groupe(demande.indicateur, demande.annee, colonne, modalite)
        if nue in declare.forme.dimensions:
            return self._modalite_par_annee(demande, colonne, modalite)
        autres = tuple(v for v in demande.ventilations if v != colonne)
        if autres or declare.forme.dimensions:
            suite = replace(demande, ventilations=autres, comparaison=AUCUNE)
        else:
            suite = replace(demande, ventilations=(), comparaison=ANNEES, annees=self._annees_montrees(demande))
        if len(suite.services) > 1:
            suite = replace(suite, comparaison=SERVICE, annees=(demande.annee,))
        return self.voir(suite.filtree(nue, codes))

    def _modalite_par_annee(self, demande: Demande, colonne: str, modalite: str) -> VueExploree:
        """Une modalité d'une répartition, année par année : ses cellules protégées, lues comme un taux."""
        suite = replace(demande, services=(demande.service,), ventilations=(), comparaison=ANNEES)
        suite = replace(suite, annees=self._annees_montrees(demande))
        vue = self.voir(suite)
        libelle = next(
            (r["libelle_1"] for r in vue.bloc.table.iter_rows(named=True) if r["modalite_1"] == modalite), modalite
        )
        lignes = []
        for nom in (d.nom for d in vue.bloc.colonnes):
            trouvees = vue.bloc.table.filter((pl.col("indicateur") == nom) & (pl.col("modalite_1") == modalite))
            lignes.append(trouvees.with_columns(pl.lit(demande.indicateur).alias("indicateur")))
        vide = [pl.lit(None, pl.String).alias(c) for c in ("ventilation_1", "modalite_1", "libelle_1")]
        table = pl.concat(lignes).with_columns(*vide, pl.lit(None, pl.Int64).alias("ordre_1"))
        definition = replace(vue.bloc.definitions[0], forme="rapport", libelle=f"{vue.bloc.titre} : {libelle}")
        bloc = replace(
            vue.bloc,
            titre=definition.libelle,
            graphique="historique",
            table=table,
            definitions=(definition,),
            colonnes=(),
            reglage={
                **{cle: v for cle, v in vue.bloc.reglage.items() if cle not in ("phrase", "constat")},
                "graphique": "historique",
            },
        )
        return replace(vue, bloc=bloc, modalite=(colonne, modalite))

    def _annees_montrees(self, demande: Demande) -> tuple[int, ...]:
        choisies = demande.annees if len(demande.annees) > 1 else ()
        return choisies or tuple(a for a in self.annees(demande.service) if a <= demande.annee)[-ANNEES_MONTREES:]

    def _voir(self, demande: Demande) -> VueExploree:
        if demande.comparaison == ANNEES and len(demande.annees) == 1:
            demande = replace(demande, annees=self._annees_montrees(demande))
        for service in demande.services:
            self._exiger_recue(service, demande.annee)
            self._exiger_publiable(service, demande.annee)
            if demande.territoire:
                exiger_connu(demande.territoire, self.territoires(service), f"Territoire de « {service} »")
        declare = en_vigueur(demande.indicateur, demande.annee)
        objectif = self._objectif(demande) if demande.comparaison == OBJECTIF else None
        bloc = self._bloc(demande, declare)
        return VueExploree(
            demande=demande,
            bloc=bloc,
            services=tuple(self.fiche(s) for s in demande.services),
            empreintes=tuple(self.juge(s, demande.annee).empreinte for s in demande.services),
            objectif=objectif,
            atelier=self,
        )

    def _exiger_recue(self, service: str, annee: int) -> None:
        exiger_connu(service, self.espace.services(), "Service")
        recues = self.annees(service)
        if annee not in recues:
            connues = ", ".join(map(str, recues)) or "aucune"
            raise ErreurParametre(
                f"{annee} n'est pas une année reçue de {self.fiche(service).libelle_court}.",
                f"Années reçues : {connues}.",
            )

    def _exiger_publiable(self, service: str, annee: int) -> None:
        exiger_connu(service, self.espace.services(), "Service")
        juge = self.juge(service, annee)
        if juge.bloquants:
            raise RapportBloque(
                f"{self.fiche(service).libelle_court} {annee} est bloqué : {juge.bloquants[0].explication}",
                juge.bloquants[0].remede,
            )

    def _bloc(self, demande: Demande, declare: Indicateur) -> Bloc:
        dimensions = (*declare.forme.dimensions, *demande.ventilations)
        if demande.comparaison == SERVICE:
            colonnes = [
                (self.fiche(s).libelle_court, self._simple(demande, s, demande.annee)) for s in demande.services
            ]
            return self._cote_a_cote(demande, colonnes)
        if demande.comparaison == ANNEES and dimensions:
            colonnes = [(str(a), self._simple(demande, demande.service, a)) for a in demande.annees]
            return self._cote_a_cote(demande, colonnes)
        if demande.comparaison == ANNEES:
            bloc = self._simple(demande, demande.service, demande.annee, "historique", max(demande.annees))
            gardees = pl.col("annee").is_in(demande.annees)
            return replace(bloc, table=bloc.table.filter(gardees), cellules=bloc.cellules.filter(gardees))
        if demande.comparaison == TERRITOIRE:
            if not self.territoires(demande.service):
                raise ErreurParametre(
                    f"{self.fiche(demande.service).libelle_court} ne déclare qu'un territoire.",
                    "Choisissez une autre comparaison, ou déclarez ses territoires dans son réglage.",
                )
            return self._simple(demande, demande.service, demande.annee, "territoires")
        return self._simple(demande, demande.service, demande.annee)

    def reglage(self, demande: Demande) -> dict[str, Any]:
        """La vue, telle qu'un bloc de rapport s'écrit dans le réglage d'un service."""
        declare = en_vigueur(demande.indicateur, demande.annee)
        titre = titre_de_vue(demande, declare)
        if demande.filtres_tous:
            titre += f" ({self._filtres_lus(demande, declare)})"
        reglage: dict[str, Any] = {"titre": titre, "indicateurs": [demande.indicateur]}
        if demande.ventilations:
            reglage["ventilations"] = list(demande.ventilations)
        if demande.filtres_tous:
            reglage["filtres"] = demande.filtres_tous
        if demande.regrouper:
            reglage["regrouper"] = True
        return reglage

    def _filtres_lus(self, demande: Demande, declare: Indicateur) -> str:
        """« genre : femme ; quartier prioritaire : oui »."""
        lus = lire_libelles(self.espace, self.fiche(demande.service), declare, demande.filtres_tous)
        return " ; ".join(f"{locale.minuscule(t)} : {' ou '.join(map(locale.minuscule, g))}" for t, g in lus)

    def _simple(self, demande: Demande, service: str, annee: int, graphique: str = "", annees: int = 0) -> Bloc:
        """Un bloc d'un service et d'une année, comme un rapport l'imprime."""
        reglage = self.reglage(demande)
        if graphique:
            reglage["graphique"] = graphique
        if annees:
            reglage["annees"] = max(demande.annees) - min(demande.annees) + 1
        return self._blocs(service, annee, demande).bloc(reglage, "Exploration")

    def _blocs(self, service: str, annee: int, demande: Demande) -> AtelierBlocs:
        compare = demande.comparaison == PRECEDENTE
        cle = (service, annee, demande.diffusion, compare)
        if cle not in self._ateliers:
            self.calculateur(service, annee)
            self._ateliers[cle] = AtelierBlocs(
                self.espace,
                self.fiche(service),
                annee,
                demande.diffusion,
                self.juge(service, annee),
                compare=compare,
                calculateurs=self._calculateurs[service],
                verdicts=self._verdicts[service],
            )
        return self._ateliers[cle]

    def _cote_a_cote(self, demande: Demande, colonnes: list[tuple[str, Bloc]]) -> Bloc:
        """Des blocs protégés séparément, mis en colonnes dans l'ordre donné."""
        from observatoire.exploration.mots import constat_cote_a_cote, phrase_cote_a_cote

        reference = colonnes[-1][1]
        noms_colonnes = [nom for nom, _ in colonnes]
        tables = [
            b.table.filter(pl.col("territoire").is_null()).with_columns(pl.lit(nom).alias("territoire"))
            for nom, b in colonnes
        ]
        table, definitions = cote_a_cote(pl.concat(tables), reference.definitions[:1], noms_colonnes, "la comparaison")
        bloc = replace(
            reference,
            graphique="territoires",
            table=table,
            cellules=pl.concat([b.cellules.filter(pl.col("territoire").is_null()) for _, b in colonnes]),
            precedente=reference.precedente.clear(),
            colonnes=definitions[:-1],
            retenues=tuple(r for _, b in colonnes for r in b.retenues),
            alertes=tuple(dict.fromkeys(a for _, b in colonnes for a in b.alertes)),
            derogations=tuple(dict.fromkeys(d for _, b in colonnes for d in b.derogations)),
            notes=_notes_par_colonne(colonnes),
        )
        ecrits = {"constat": constat_cote_a_cote(bloc), "phrase": phrase_cote_a_cote(bloc)}
        return replace(bloc, reglage={**bloc.reglage, **ecrits})

    def _objectif(self, demande: Demande) -> Bloc:
        """La réalisation de la convention, quand son objectif porte sur ce que compte l'indicateur."""
        fiche = self.fiche(demande.service)
        unite = unite_objectif(self.calculateur(demande.service, demande.annee).contexte)
        if unite is None:
            raise ErreurParametre(
                f"{fiche.libelle_court} n'a aucun objectif de convention en {demande.annee}.",
                "Importez ses conventions, ou choisissez une autre comparaison.",
            )
        attendu = INDICATEUR_DE_L_OBJECTIF.get(unite)
        if demande.indicateur not in (attendu, REALISATION):
            voulus = [en_vigueur(n, demande.annee).definition.libelle for n in (attendu, REALISATION) if n]
            permis = " ou ".join(f"« {libelle} »" for libelle in voulus)
            raise ErreurParametre(
                "L'objectif de la convention ne porte pas sur ce chiffre.", f"Choisissez {permis} pour les comparer."
            )
        sienne = Demande(
            demande.services, (demande.annee,), REALISATION, comparaison=AUCUNE, diffusion=demande.diffusion
        )
        return self._simple(sienne, demande.service, demande.annee)


def _notes_par_colonne(colonnes: list[tuple[str, Bloc]]) -> tuple[str, ...]:
    """Les notes que toutes les colonnes partagent, puis celles qui n'en règlent qu'une, à son nom."""
    communes = [n for n in colonnes[0][1].notes if all(n in b.notes for _, b in colonnes)]
    propres = [f"{nom} : {locale.minuscule(n)}" for nom, b in colonnes for n in b.notes if n not in communes]
    differe = ["Les colonnes ne se comptent pas de la même façon : lisez leurs notes avant de les comparer."]
    return (*(differe if propres else ()), *dict.fromkeys((*communes, *propres)))


def titre_de_vue(demande: Demande, declare: Indicateur) -> str:
    """« Composition familiale, par genre » : le chiffre et ce qui le ventile."""
    par = [titre_variable(v)[0].lower() + titre_variable(v)[1:] for v in demande.ventilations]
    return declare.definition.libelle + (f", par {' et '.join(par)}" if par else "")
