"""Préparer un plan : ses cellules protégées, ses fiches au jour de l'état, et ce que ses chiffres contredisent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from observatoire import __version__
from observatoire.campagne.donnees import ancre, lire_reserves, lire_retenues
from observatoire.campagne.donnees_types import Bloc, DonneesRapport, SectionRapport
from observatoire.entrepot import lire_entrepot
from observatoire.erreurs import ErreurFichier, RapportBloque
from observatoire.espace import Espace
from observatoire.indicateurs.calcul import SCHEMA_CALCUL, VALEURS, Calculateur, retenir
from observatoire.indicateurs.registre import Indicateur, en_vigueur
from observatoire.periode import Periode
from observatoire.plans.calcul import avec_calcul
from observatoire.plans.controles import Constat, Fiches, controler
from observatoire.plans.parametres import ParametresPlan
from observatoire.protection import proteger
from observatoire.qualite import Verdict, verdict
from observatoire.services import Service, lire_service
from observatoire.univers import Contexte

CLES = (
    "actions_plan",
    "jalons_depasses",
    "taux_indicateurs_renseignes",
    "budget_prevu",
    "taux_execution_budget",
    "budgets_incoherents",
)
# titre, indicateurs, ventilations, graphique
_ACTIONS = ("Actions par enjeu et par état", ("actions_plan",), ("enjeu", "etat"), "matrice")
_ETAPES = ("Avancement des étapes", ("jalons_plan",), ("avancement",), "barres")
_BUDGET = ("Budget prévu et dépensé, par exercice", ("budget_prevu", "budget_execute"), ("annee",), "comparaison")
_EVALUATION = (
    "Indicateurs d'évaluation mesurés, par enjeu",
    ("indicateurs_evaluation",),
    ("enjeu", "mesure"),
    "matrice",
)
# Ce qui se compte en personnes ne se publie pas sous le seuil ; ces unités-là n'en comptent pas.
UNITES_SANS_PERSONNE = ("€", "euro", "%", "ETP", "an", "jour", "mois", "heure")


@dataclass(frozen=True)
class DonneesPlan:
    """Tout ce que la page d'un plan imprime : des cellules protégées et les fiches, sans donnée de personne."""

    rapport: DonneesRapport
    jour: date
    plan: str
    fiches: Fiches
    constats: tuple[Constat, ...]

    @property
    def actions(self) -> Bloc:
        return self.rapport.sections[0].blocs[0]

    @property
    def etapes(self) -> Bloc:
        return self.rapport.sections[1].blocs[0]

    @property
    def budget(self) -> Bloc:
        return self.rapport.sections[2].blocs[0]

    @property
    def evaluation(self) -> Bloc:
        return self.rapport.sections[3].blocs[0]


def preparer_plan(espace: Espace, lus: ParametresPlan) -> DonneesPlan:
    """Le plan d'un service, dans l'état connu au jour demandé.

    Lève `RapportBloque` si le verdict de qualité interdit de publier, `ErreurFichier` si le service n'a pas
    d'action.
    """
    service = lire_service(espace, lus.service)
    jour = lus.jour(service)
    calcul = _calculateur(espace, service, lus.annee, jour)
    if calcul.population("actions_du_plan").is_empty():
        raise ErreurFichier(
            f"Le service {service.id} n'a reçu aucune action de plan.",
            "Importez ses fiches-actions (table « action ») avant de rendre le plan.",
        )
    juge = verdict(espace, service.id, lus.annee)
    if juge.bloquants:
        raise RapportBloque(
            f"Le plan {service.libelle_court} {lus.annee} est bloqué : {juge.bloquants[0].explication}",
            juge.bloquants[0].remede,
        )
    fiches = _fiches(calcul, lus.diffusion)
    avant = _avant(espace, service, lus.annee)
    juges = {lus.annee: juge}
    if avant is not None:
        juges[lus.annee - 1] = verdict(espace, service.id, lus.annee - 1)
    rapport = _rapport(calcul, avant, juges, lus.diffusion)
    plans = fiches.actions["plan"].drop_nulls().unique().sort().to_list()
    return DonneesPlan(rapport, jour, " ; ".join(plans), fiches, tuple(controler(fiches)))


def _calculateur(espace: Espace, service: Service, annee: int, jour: date) -> Calculateur:
    """Le calcul de l'année, arrêté au soir du jour demandé."""
    calcul = Calculateur(espace, service, annee)
    periode = Periode(service.periode(annee).debut, jour + timedelta(days=1), annee)
    calcul.contexte = Contexte(espace, service, periode, calcul.contexte.entrepot)
    return calcul


def _avant(espace: Espace, service: Service, annee: int) -> Calculateur | None:
    """Le calcul de fin d'année précédente, si l'état du plan y était connu."""
    if annee - 1 not in annees_du_plan(espace, service):
        return None
    return _calculateur(espace, service, annee - 1, service.periode(annee - 1).dernier_jour)


def _rapport(
    calcul: Calculateur, avant: Calculateur | None, juges: Mapping[int, Verdict], diffusion: str
) -> DonneesRapport:
    def bloc(titre: str, noms: Sequence[str], ventilations: Sequence[str], graphique: str) -> Bloc:
        # Seuls les chiffres clés se comparent : les tableaux disent déjà tous les exercices.
        compare = avant if graphique == "tuiles" else None
        return _bloc(calcul, compare, juges, diffusion, titre, noms, ventilations, graphique)

    titres = ("Actions", "Calendrier", "Budget", "Évaluation")
    blocs = (bloc(*_ACTIONS), bloc(*_ETAPES), bloc(*_BUDGET), bloc(*_EVALUATION))
    return DonneesRapport(
        service=calcul.service,
        annee=calcul.annee,
        periode=calcul.contexte.periode,
        diffusion=diffusion,
        verdict=juges[calcul.annee],
        sections=tuple(SectionRapport(t, "", (b,)) for t, b in zip(titres, blocs, strict=True)),
        empreinte=juges[calcul.annee].empreinte,
        version_code=__version__,
        chiffres_cles=bloc("Chiffres clés", CLES, (), "tuiles"),
    )


def _bloc(
    calcul: Calculateur,
    avant: Calculateur | None,
    juges: Mapping[int, Verdict],
    diffusion: str,
    titre: str,
    noms: Sequence[str],
    ventilations: Sequence[str],
    graphique: str,
) -> Bloc:
    declares = [en_vigueur(nom, calcul.annee) for nom in noms]
    parametres = calcul.service.parametres
    vide = pl.DataFrame(schema=SCHEMA_CALCUL)
    anciennes = vide
    if avant is not None:
        anciennes = pl.concat([retenir(avant.calculer(d, ventilations), d, juges[avant.annee]) for d in declares])
    juge = juges[calcul.annee]
    lignes = pl.concat([retenir(_sans_avenir(calcul, d, ventilations), d, juge) for d in declares])
    protegee = proteger(lignes, diffusion, parametres)
    return Bloc(
        cle=ancre(titre),
        titre=titre,
        graphique=graphique,
        definitions=tuple(d.definition for d in declares),
        table=protegee,
        precedente=proteger(anciennes, diffusion, parametres),
        cellules=protegee,
        notes=(),
        reglage={"titre": titre},
        retenues=tuple(lire_retenues(pl.concat([lignes, anciennes]), juges.__getitem__, ventilations)),
        **lire_reserves(juge, declares, ventilations),
    )


def _sans_avenir(calcul: Calculateur, declare: Indicateur, ventilations: Sequence[str]) -> pl.DataFrame:
    """Les lignes d'un indicateur ; la dépense d'un exercice à venir n'est pas zéro, elle est sans objet."""
    lignes = calcul.calculer(declare, ventilations)
    if declare.nom != "budget_execute" or "annee" not in ventilations:
        return lignes
    exercices = calcul.population("budgets_du_plan")["annee"].unique().sort()
    a_venir = [a for a in exercices if int(a) > calcul.annee]
    modele = lignes.filter(pl.col("ventilation_1").is_null())
    return pl.concat(
        [
            lignes,
            *(
                modele.with_columns(
                    pl.lit("annee").alias("ventilation_1"),
                    pl.lit(a).alias("modalite_1"),
                    pl.lit(a).alias("libelle_1"),
                    pl.lit("sans_objet").alias("etat"),
                    *(pl.lit(None, pl.Float64).alias(c) for c in VALEURS),
                )
                for a in a_venir
            ),
        ]
    )


def _fiches(calcul: Calculateur, diffusion: str) -> Fiches:
    """Les lignes que la page montre : toutes viennent des univers du plan, dans un ordre stable."""
    ctx = calcul.contexte
    rangs = calcul.population("actions_du_plan").sort("enjeu", "echeance_debut", "id_action", nulls_last=True)
    actions = rangs.join(
        ctx.table("action").select("id_action", "mode_evaluation", "budget_annonce").collect(),
        on="id_action",
        how="left",
        maintain_order="left",
    )
    budgets = avec_calcul(ctx.table("budget_action")).sort("id_action", "annee", "nature", "poste", "financeur")
    cibles = ctx.table("indicateur_action").sort("id_action", "nature", "indicateur", "public", "date").collect()
    return Fiches(
        actions,
        calcul.population("jalons_du_plan").sort("echeance_fin", "id_action", "libelle"),
        budgets.filter((pl.col("nature") != "execute") | (pl.col("annee") <= calcul.annee)).collect(),
        _cibles_publiables(cibles, ctx.periode.dernier_jour, diffusion, calcul.service),
    )


def _cibles_publiables(cibles: pl.DataFrame, jour: date, diffusion: str, service: Service) -> pl.DataFrame:
    """Les cibles, leur valeur tue si elle n'est pas encore mesurée ou compte trop peu de personnes."""
    mesuree = pl.col("valeur").is_not_null() & (pl.col("date") <= jour).fill_null(True)
    sans_personne = pl.col("unite").fill_null("").str.contains(rf"^(?:{'|'.join(UNITES_SANS_PERSONNE)})")
    petite = (pl.col("valeur") > 0) & (pl.col("valeur") < service.parametres.seuil_diffusion)
    masquee = mesuree & petite & ~sans_personne if diffusion == "public" else pl.lit(False)
    return cibles.with_columns(mesuree.alias("mesuree"), masquee.alias("masquee")).with_columns(
        pl.when(pl.col("mesuree") & ~pl.col("masquee")).then("valeur").alias("valeur")
    )


def annees_du_plan(espace: Espace, service: Service) -> list[int]:
    """Les années où l'état du plan est connu : de la première échéance au dernier état constaté."""
    entrepot = lire_entrepot(espace, service.id)
    if not entrepot.presente("action") or entrepot.table("action").is_empty():
        return []
    dates = [entrepot.table(t).select(c).to_series() for t, c in (("action", "date_etat"), ("jalon", "date_etat"))]
    debuts = entrepot.table("action")["echeance_debut"].drop_nulls()
    connus = pl.concat(dates).drop_nulls()
    if debuts.is_empty() and connus.is_empty():
        return []
    premiere = min(d.year for d in (debuts.min(), connus.min()) if d is not None)
    derniere = max(d.year for d in (debuts.min(), connus.max()) if d is not None)
    return [a for a in range(premiere, derniere + 1) if service.parametres.couvre(a)]
