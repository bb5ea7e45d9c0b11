"""Préparer un rapport : calculer ses blocs, passer la porte qualité, puis la porte de sortie."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import polars as pl

from observatoire import __version__
from observatoire.campagne.donnees_types import (
    DESSINS,
    GRAPHIQUES,
    Bloc,
    Definition,
    DonneesRapport,
    Retenue,
    SectionRapport,
)
from observatoire.campagne.filtres import Filtres, calculer_filtre, dire_filtres, garder_filtre, retenir_filtre
from observatoire.campagne.territoires import cote_a_cote
from observatoire.erreurs import ErreurDefinition, RapportBloque, suggestion
from observatoire.espace import Espace
from observatoire.indicateurs.calcul import (
    EVOLUTION,
    SCHEMA_CALCUL,
    TERRITOIRE,
    Calculateur,
    evolutions,
    motifs_de_retenue,
    retenir,
)
from observatoire.indicateurs.historique import historique, series_agregees, total_recu
from observatoire.indicateurs.registre import Indicateur, applicables, en_vigueur, trouver
from observatoire.indicateurs.reglages import definition_du_service, notes
from observatoire.protection import proteger
from observatoire.qualite import Verdict, verdict
from observatoire.services import Parametres, Service, lire_service, regler

CLES_BLOC = (
    "titre",
    "indicateurs",
    "ventilations",
    "graphique",
    "zoom",
    "filtres",
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
    "survie": "barres",
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
    atelier = AtelierBlocs(espace, fiche, annee, diffusion, juge)
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
    atelier = AtelierBlocs(espace, fiche, annee, diffusion, verdict(espace, fiche.id, annee))
    noms = list(fiche.chiffres_cles)[:nombre]
    return atelier.bloc({"titre": "Chiffres clés", "indicateurs": noms, "graphique": "tuiles"}, "Chiffres clés")


def _tendances(fiche: Service, atelier: AtelierBlocs) -> tuple[SectionRapport, ...]:
    """Les chiffres clés sur cinq ans : ceux que le service ne montre pas déjà année par année."""
    montres = {
        i for s in fiche.sections for b in s.blocs if b.get("graphique") == "historique" for i in b["indicateurs"]
    }
    restants = [nom for nom in fiche.chiffres_cles if nom not in montres]
    if not restants:
        return ()
    bloc = {"titre": "Chiffres clés, année par année", "indicateurs": restants, "graphique": "historique"}
    return (SectionRapport("Tendances", "", (atelier.bloc(bloc, "Tendances"),)),)


class AtelierBlocs:
    """Calcule les blocs d'un service et d'une année ; l'année et la précédente ne sont lues qu'une fois.

    `compare` : montrer l'année précédente, selon le service si rien n'est dit. `calculateurs`, `verdicts` : ce qui est
    déjà lu du même service, à partager entre ateliers.
    """

    def __init__(
        self,
        espace: Espace,
        service: Service,
        annee: int,
        diffusion: str,
        juge: Verdict,
        *,
        compare: bool | None = None,
        calculateurs: dict[tuple[str, int], Calculateur] | None = None,
        verdicts: dict[int, Verdict] | None = None,
    ) -> None:
        self.espace, self.service, self.annee = espace, service, annee
        self.diffusion, self.verdict = diffusion, juge
        voulue = "n-1" in service.parametres.comparaison if compare is None else compare
        self.compare = voulue and service.parametres.couvre(annee - 1)
        self._verdicts = {} if verdicts is None else verdicts
        self._verdicts[annee] = juge
        self.recues = series_agregees(espace, service.id)
        self._calculateurs = {} if calculateurs is None else calculateurs
        self._cles: set[str] = set()

    def juge(self, annee: int) -> Verdict:
        """Le verdict d'une année : celui de l'année du rapport ne vaut pas pour celles qu'il lui compare."""
        if annee not in self._verdicts:
            self._verdicts[annee] = verdict(self.espace, self.service.id, annee)
        return self._verdicts[annee]

    def calculateur(self, service: Service, annee: int) -> Calculateur:
        """Celui d'un réglage et d'une année : ses populations ne sont construites qu'une fois par rapport."""
        cle = (repr(service.parametres), annee)
        if cle not in self._calculateurs:
            self._calculateurs[cle] = Calculateur(self.espace, service, annee)
        return self._calculateurs[cle]

    def bloc(self, reglage: dict[str, Any], section: str) -> Bloc:
        reglage = _controler(reglage, self.service, section)
        noms, tues = _publiables(reglage["indicateurs"], self.annee, self.diffusion)
        reglage = {**reglage, "indicateurs": noms}
        declares = [en_vigueur(nom, self.annee) for nom in noms]
        graphique = reglage.get("graphique") or _graphique(declares[0], reglage)
        graphique = DESSINS.get(graphique, graphique)
        ou = f"{self.service.fichier}, bloc « {reglage['titre']} »"
        propres = reglage.get("reglages") or {}
        service = regler(self.service, propres, ou) if propres else self.service
        filtres = reglage.get("filtres") or {}
        if graphique == "historique":
            annees = reglage.get("annees", ANNEES_HISTORIQUE)
            precedente = _vide()
            if filtres:
                table = self._historique_filtre(service, noms, annees, filtres)
            else:
                table = self._historique(service, noms, annees)
        else:
            table = self._table(service, self.annee, declares, reglage)
            precedente = _vide()
            if self.compare and graphique != "territoires":
                # À définition constante : l'année précédente se lit avec les définitions d'alors.
                avant = [en_vigueur(nom, self.annee - 1) for nom in noms]
                precedente = self._table(service, self.annee - 1, avant, reglage)
        protegee, avant_protegee = (proteger(t, self.diffusion, service.parametres) for t in (table, precedente))
        if filtres:
            protegee, avant_protegee, table = (garder_filtre(t) for t in (protegee, avant_protegee, table))
        definitions = tuple(definition_du_service(d, service.parametres) for d in self._definitions(noms, graphique))
        formes = {d.nom: d.definition.forme for d in declares}
        lues, colonnes = _zoomer(protegee, reglage.get("zoom"), formes), ()
        detaillees = [*_ventilations(reglage, graphique), *filtres]
        if graphique == "territoires":
            lues, colonnes = cote_a_cote(lues, definitions, service.parametres.territoires, ou)
        return Bloc(
            cle=self._cle(reglage["titre"], section),
            titre=reglage["titre"],
            graphique=graphique,
            definitions=definitions,
            table=lues,
            cellules=protegee,
            precedente=_zoomer(avant_protegee, reglage.get("zoom"), formes),
            notes=(
                *dire_filtres(self.espace, service, declares[0], filtres),
                *_notes(self.espace, service, declares, self.annee, propres),
                *([f"En diffusion interne seulement : {', '.join(tues)}."] if tues else []),
            ),
            reglage=reglage,
            colonnes=colonnes,
            # Une part filtrée se retient sans regarder les réglages : ses motifs se lisent de même.
            retenues=tuple(
                lire_retenues(
                    pl.concat([table, precedente]), self.juge, detaillees, None if filtres else service.parametres
                )
            ),
            **lire_reserves(self.verdict, declares, detaillees, service.parametres),
        )

    def _table(self, service: Service, annee: int, declares: list[Indicateur], reglage: dict[str, Any]) -> pl.DataFrame:
        calculateur = self.calculateur(service, annee)
        zoom, filtres = reglage.get("zoom") or {}, reglage.get("filtres") or {}
        ventilations = [*reglage.get("ventilations", ()), *zoom]
        lignes = []
        for declare in declares:
            propres = set(declare.forme.dimensions)
            voulues = [v for v in ventilations if v not in propres]
            regrouper = reglage.get("regrouper", False)
            if filtres:
                lignes.append(self._filtrer(calculateur, declare, voulues, filtres, regrouper))
                continue
            calculees = calculateur.calculer(declare, voulues, regrouper=regrouper)
            if calculateur.recu(declare):
                lignes.append(retenir(calculees, declare, self.juge(annee), service.parametres))
                continue
            # Faute de données, le total reçu déjà agrégé, s'il y en a un : il ne lit aucune des tables jugées.
            recu = total_recu(self.recues, self.service.id, declare.nom, annee)
            lignes.append(recu if recu.height else calculees)
        return pl.concat(lignes)

    def _filtrer(
        self,
        calculateur: Calculateur,
        declare: Indicateur,
        ventilations: Sequence[str],
        filtres: Filtres,
        regrouper: bool = False,
    ) -> pl.DataFrame:
        """Les lignes d'une part filtrée et ce qui la protège ; un chiffre reçu déjà agrégé ne se filtre pas."""
        complement = self.diffusion == "public"
        lignes = calculer_filtre(
            calculateur, declare, ventilations, filtres, regrouper=regrouper, complement=complement
        )
        parametres = calculateur.service.parametres
        return retenir_filtre(lignes, declare, self.juge(calculateur.annee), filtres, parametres)

    def _historique_filtre(self, service: Service, noms: list[str], annees: int, filtres: Filtres) -> pl.DataFrame:
        """Les totaux d'une part filtrée, année par année, aux définitions en vigueur et aux anciennes."""
        lues = [a for a in range(self.annee - annees + 1, self.annee + 1) if service.parametres.couvre(a)]
        return pl.concat(
            self._filtrer(self.calculateur(service, an), variante, (), filtres).filter(
                pl.col("ventilation_1").is_null()
            )
            for nom in noms
            for an in lues
            for variante in applicables(nom, an)
        )

    def _historique(self, service: Service, noms: list[str], annees: int) -> pl.DataFrame:
        series = []
        for nom in noms:
            serie = historique(
                self.espace, self.service.id, nom, self.annee, annees, partial(self.calculateur, service), self.recues
            )
            series += [*self._annees_retenues(service, nom, serie), self._evolution(nom)]
        return pl.concat(series)

    def _annees_retenues(self, service: Service, nom: str, serie: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Une série, chaque année retenue selon son propre verdict ; un chiffre reçu déjà agrégé ne l'est jamais."""
        for (annee,), lignes in serie.group_by("annee", maintain_order=True):
            for variante in applicables(nom, annee):
                siennes = lignes.filter(pl.col("version_definition") == variante.definition.version)
                calculee = self.calculateur(service, annee).recu(variante)
                yield retenir(siennes, variante, self.juge(annee), service.parametres) if calculee else siennes

    def _evolution(self, nom: str) -> pl.DataFrame:
        """L'évolution sur un an à définition constante, pour dire la rupture à côté de la série imprimée."""
        if not self.compare:
            return _vide()
        courant, precedent = (self.calculateur(self.service, a) for a in (self.annee, self.annee - 1))
        return evolutions(
            self.espace,
            self.service,
            self.annee,
            courant,
            self.verdict,
            precedent=precedent,
            seulement=[nom],
            verdict_precedent=self.juge(self.annee - 1),
        )

    def _definitions(self, noms: list[str], graphique: str) -> list[Definition]:
        variantes = [
            applicables(n, self.annee) if graphique == "historique" else [en_vigueur(n, self.annee)] for n in noms
        ]
        return [v.definition for liste in variantes for v in liste]

    def _cle(self, titre: str, section: str) -> str:
        base = ancre(titre)
        cle = base if base not in self._cles else ancre(f"{section} {titre}")
        rang = 2
        while cle in self._cles:
            cle, rang = f"{base}-{rang}", rang + 1
        self._cles.add(cle)
        return cle


def lire_retenues(
    table: pl.DataFrame,
    juge: Callable[[int], Verdict],
    ventilations: Sequence[str],
    parametres: Parametres | None = None,
) -> Iterator[Retenue]:
    """Ce que les cellules retenues d'un bloc doivent à la qualité : indicateur, année, détail touché, raisons.

    `table` : cellules de toutes les années imprimées ; `juge` : le verdict d'une année ; `ventilations` : ce qui
    détaille le bloc.
    """
    retenue = (pl.col("etat") == "retenu") & (pl.col("indicateur") != EVOLUTION)
    ordre = list(dict.fromkeys(table["indicateur"]))
    touches = table.filter(retenue).select("indicateur", "annee").unique().rows()
    for nom, annee in sorted(touches, key=lambda t: (-t[1], ordre.index(t[0]))):
        trouves = (motifs_de_retenue(v, juge(annee), ventilations, parametres) for v in applicables(nom, annee))
        for ventilation, textes in next(filter(None, trouves), {}).items():
            yield Retenue(nom, annee, ventilation, textes)


def lire_reserves(
    juge: Verdict,
    declares: Sequence[Indicateur],
    ventilations: Sequence[str],
    parametres: Parametres | None = None,
) -> dict[str, tuple[str, ...]]:
    """Les `alertes` et les `derogations` qui touchent ce qu'un bloc lit, dans un service ainsi réglé.

    Une alerte sur une colonne déjà retenue se tait : le chiffre qu'elle nuancerait n'est pas là.
    """
    lues = {c for d in declares for c in d.colonnes_modele(parametres)}
    lues.update(c for d in declares for v in ventilations for c in d.colonnes_du_detail(v))
    alertes = (r.explication for r in juge.avertissements(lues - set(juge.retenues(lues))))
    admises = (f"{r.explication} {r.derogation}" for r in juge.derogees if r.touche(lues))
    return {"alertes": tuple(dict.fromkeys(alertes)), "derogations": tuple(dict.fromkeys(admises))}


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


def _publiables(noms: list[str], annee: int, diffusion: str) -> tuple[list[str], list[str]]:
    """Les indicateurs d'un bloc à imprimer, et les libellés de ceux que le public n'a pas.

    Des séries par mois réservées à l'usage interne, à côté d'une autre, n'y laisseraient que des colonnes masquées.
    """
    variantes = {nom: en_vigueur(nom, annee) for nom in noms}
    tus = [n for n, v in variantes.items() if v.interne_seulement and v.definition.forme == "serie"]
    if diffusion != "public" or len(tus) in (0, len(noms)):
        return noms, []
    libelles = [variantes[n].definition.libelle for n in tus]
    return [n for n in noms if n not in tus], [f"{t[:1].lower()}{t[1:]}" for t in libelles]


def _vide() -> pl.DataFrame:
    return pl.DataFrame(schema=SCHEMA_CALCUL)


def _graphique(declare: Indicateur, reglage: dict[str, Any]) -> str:
    if len(reglage["indicateurs"]) > 1 and reglage.get("ventilations"):
        return "comparaison"
    if reglage.get("ventilations") and declare.definition.forme == "repartition" and declare.forme.dimensions:
        return "matrice"
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
    connus = (*GRAPHIQUES, *DESSINS)
    if graphique is not None and graphique not in connus:
        raise ErreurDefinition(f"{ou} : graphique « {graphique} » inconnu.", suggestion(graphique, connus))
    if "filtres" in reglage:
        reglage = {**reglage, "filtres": _lire_filtres(reglage["filtres"], ou)}
    titre = reglage.get("titre") or trouver(noms[0])[-1].definition.libelle
    return {**reglage, "titre": titre, "intitules": service.parametres.libelles_imprimes}


def _lire_filtres(lus: Any, ou: str) -> dict[str, list[str]]:
    """Les filtres d'un bloc, une liste de modalités par colonne ; une seule s'écrit sans crochets."""
    filtres = {c: [m] if isinstance(m, str) else m for c, m in lus.items()} if isinstance(lus, dict) else {"": ()}
    if all(isinstance(m, list) and m and all(isinstance(x, str) for x in m) for m in filtres.values()):
        return filtres
    raise ErreurDefinition(f"{ou} : filtres = {lus!r} ne se lit pas.", 'Écrivez filtres = { colonne = ["modalité"] }.')


def _ventilations(reglage: dict[str, Any], graphique: str) -> list[str]:
    """Les variables qui détaillent un bloc, territoire compris s'il les met côte à côte."""
    territoire = [TERRITOIRE] if graphique == "territoires" else []
    return [*reglage.get("ventilations", ()), *(reglage.get("zoom") or ()), *territoire]


def _zoomer(table: pl.DataFrame, zoom: dict[str, str] | None, formes: Mapping[str, str]) -> pl.DataFrame:
    """Ne garde que la part du tableau croisé qui concerne le public du zoom, remise en tableau simple.

    Un public que rien ne compte donne zéro à un effectif, « sans objet » au reste (`formes` par indicateur) ; jamais
    un tableau vide, qui ne dirait pas pourquoi.
    """
    if not zoom or table.is_empty():
        return table
    ((colonne, modalite),) = zoom.items()
    total = (
        (pl.col("ventilation_1") == colonne) & (pl.col("modalite_1") == modalite) & (pl.col("ventilation_2").is_null())
    )
    cellules = (pl.col("ventilation_2") == colonne) & (pl.col("modalite_2") == modalite)
    vide = pl.lit(None, pl.String)
    sans_1 = [vide.alias(c) for c in ("ventilation_1", "modalite_1", "libelle_1")]
    sans_2 = [vide.alias(c) for c in ("ventilation_2", "modalite_2", "libelle_2")]
    vus = table.filter(total)
    return pl.concat(
        [
            _totaux_muets(table, vus, colonne, formes),
            vus.with_columns(sans_1).with_columns(pl.lit(None, pl.Int64).alias("ordre_1")),
            table.filter(cellules).with_columns(sans_2).with_columns(pl.lit(None, pl.Int64).alias("ordre_2")),
        ]
    )


def _totaux_muets(table: pl.DataFrame, vus: pl.DataFrame, colonne: str, formes: Mapping[str, str]) -> pl.DataFrame:
    """Les totaux que le public du zoom n'a pas : l'état de l'ensemble, une retenue, zéro, ou sans objet."""
    retenus = table.filter((pl.col("ventilation_1") == colonne) & (pl.col("etat") == "retenu"))["indicateur"].unique()
    compte = pl.col("indicateur").replace_strict(dict(formes), default="").is_in(["effectif", "serie", "matrice"])
    etat = (
        pl.when(pl.col("etat") != "publie")
        .then("etat")
        .when(pl.col("indicateur").is_in(retenus.to_list()))
        .then(pl.lit("retenu"))
        .when(compte)
        .then(pl.lit("publie"))
        .otherwise(pl.lit("sans_objet"))
    )
    zero = pl.when(pl.col("etat") == "publie").then(0.0)
    return (
        table.filter(pl.col("ventilation_1").is_null())
        .join(vus, on=["indicateur", "annee", "territoire", "version_definition"], how="anti", nulls_equal=True)
        .with_columns(etat.alias("etat"))
        .with_columns(
            *(zero.alias(c) for c in ("valeur", "numerateur")),
            *(pl.lit(None, pl.Float64).alias(c) for c in ("denominateur", "base")),
            pl.lit(None, pl.Int64).alias("non_renseignes"),
        )
    )
