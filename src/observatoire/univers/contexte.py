"""Ce qu'un univers reçoit : le service, sa période et ses tables ; et comment un univers se déclare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from observatoire import modele, regles
from observatoire.entrepot import Entrepot, lire_entrepot
from observatoire.erreurs import ErreurDefinition, ErreurParametre, suggestion
from observatoire.espace import Espace
from observatoire.periode import Periode
from observatoire.referentiels import communes
from observatoire.services import Parametres, Service, lire_service

DEBUT_RETENU = {
    "debut": "date_debut",
    "notification": "date_notification",
    "premier_rdv": "date_premier_rdv",
    "signature": "date_signature",
    "bail": "date_bail",
}


@dataclass(frozen=True)
class Contexte:
    """Un service et une période : les tables de l'entrepôt et les briques que les univers partagent.

    Les briques (`episodes`, `photos`, `demandes`…) sont matérialisées une fois par contexte : tous les
    univers d'un rapport les relisent sans repasser sur les fichiers.
    """

    espace: Espace
    service: Service
    periode: Periode
    entrepot: Entrepot

    @classmethod
    def ouvrir(cls, espace: Espace, service: Service, annee: int) -> Contexte:
        return cls(espace, service, service.periode(annee), lire_entrepot(espace, service.id))

    @property
    def parametres(self) -> Parametres:
        return self.service.parametres

    @cached_property
    def _tables(self) -> dict[str, pl.DataFrame]:
        return {}

    def table(self, nom: str) -> pl.LazyFrame:
        """Une table du modèle, lue une fois, réduite aux lignes du service quand elle porte `id_service`."""
        if nom not in self._tables:
            lignes = self.entrepot.table(nom)
            if "id_service" in modele.table(nom).colonnes:
                lignes = lignes.filter(pl.col("id_service") == self.service.id)
            self._tables[nom] = lignes
        return self._tables[nom].lazy()

    @cached_property
    def lies(self) -> tuple[Contexte, ...]:
        """Les contextes, à la même année, des services que nomme le réglage `services_lies`.

        Lève `ErreurDefinition` si l'un d'eux n'est pas un autre service de l'espace.
        """
        connus = [s for s in self.espace.services() if s != self.service.id]
        for lie in self.parametres.services_lies:
            if lie not in connus:
                raise ErreurDefinition(
                    f"{self.service.fichier} : services_lies nomme « {lie} », qui n'est pas un autre service.",
                    f"{suggestion(lie, connus)} Ajoutez son fichier dans data/services, ou retirez ce nom.",
                )
        lies = [lire_service(self.espace, lie) for lie in self.parametres.services_lies]
        return tuple(Contexte.ouvrir(self.espace, service, self.periode.annee) for service in lies)

    def dans_periode(self, colonne: str) -> pl.Expr:
        return regles.dans(colonne, self.periode.debut, self.periode.fin)

    @cached_property
    def _mesures(self) -> pl.DataFrame:
        debut = DEBUT_RETENU[self.parametres.date_debut_retenue]
        coefficients = {code: float(poids) for code, poids in self.parametres.coefficients.items()}
        return (
            self.table("mesure")
            .filter(~pl.col("type_mesure").is_in(self.parametres.types_hors_mesures).fill_null(False))
            .with_columns(
                pl.when(pl.col("date_debut").is_not_null()).then(pl.col(debut)).alias("debut"),
                pl.col("date_fin").alias("fin"),
                pl.col("coefficient").fill_null(
                    pl.col("intensite").replace_strict(coefficients, default=1.0, return_dtype=pl.Float64)
                ),
            )
            .collect()
        )

    @property
    def mesures(self) -> pl.LazyFrame:
        """Les mesures du service avec leur intervalle retenu ; `debut` vide = jamais démarrée."""
        return self._mesures.lazy()

    @cached_property
    def _episodes(self) -> pl.DataFrame:
        communes = ("id_menage", "id_parcours", "debut", "fin", "motif_fin")
        mesures = (
            self.mesures.filter(pl.col("debut").is_not_null())
            .with_columns(
                pl.format("mesure:{}", "id_mesure").alias("id_episode"), pl.lit(None, pl.String).alias("id_sejour")
            )
            .select(
                "id_episode",
                "id_mesure",
                "id_sejour",
                *communes,
                "type_mesure",
                "territoire",
                "rang",
                "objectif_atteint",
                "id_demande",
                "date_notification",
            )
        )
        sejours = (
            self.table("sejour")
            .with_columns(
                pl.format("sejour:{}", "id_sejour").alias("id_episode"),
                pl.col("date_entree").alias("debut"),
                pl.col("date_sortie").alias("fin"),
            )
            .select("id_episode", "id_sejour", *communes, "id_place", "id_personne")
        )
        episodes = pl.concat([mesures, sejours], how="diagonal")
        return regles.parcours(episodes, self.parametres.delai_parcours).collect()

    @property
    def episodes(self) -> pl.LazyFrame:
        """Mesures démarrées et séjours : id_episode, id_menage, id_parcours, debut, fin, motif_fin…"""
        return self._episodes.lazy()

    @property
    def presents(self) -> pl.LazyFrame:
        """Les épisodes présents dans la période."""
        return self.episodes.filter(regles.present(self.periode.debut, self.periode.fin))

    @cached_property
    def _territoires(self) -> pl.DataFrame:
        return (
            self.presents.sort("id_menage", "debut", "id_episode")
            .group_by("id_menage", maintain_order=True)
            .agg(pl.col("territoire").drop_nulls().last())
            .collect()
        )

    @property
    def territoires(self) -> pl.LazyFrame:
        """Le territoire de chaque ménage présent : celui de son dernier épisode de la période."""
        return self._territoires.lazy()

    @cached_property
    def _photos(self) -> pl.DataFrame:
        referents = self.table("menage").select("id_menage", "id_referent")
        return (
            self.table("situation")
            .join(referents, on="id_menage", how="left")
            .with_columns(
                pl.coalesce("id_personne", "id_referent").alias("id_personne"),
                (pl.col("id_personne").is_null() | (pl.col("id_personne") == pl.col("id_referent")))
                .fill_null(True)
                .alias("du_menage"),
            )
            .collect()
        )

    @property
    def photos(self) -> pl.LazyFrame:
        """Les situations ; une photo sans personne est celle de la personne de référence du ménage."""
        return self._photos.lazy()

    def photo_profil(self, par: str) -> pl.LazyFrame:
        """La photo de profil : au moment réglé, la plus récente avant la fin de la période, une par `par`."""
        return (
            self.photos.filter(
                (pl.col("moment") == self.parametres.moment_profil) & (pl.col("date") < self.periode.fin)
            )
            .sort(par, "date", "du_menage", "id_personne", "_fichier", "_ligne", nulls_last=True)
            .group_by(par, maintain_order=True)
            .last()
        )

    def photo_episode(self, moment: str, jour: str, variable: str = "logement") -> pl.LazyFrame:
        """La `variable` de chaque épisode : photo liée, sinon la plus proche de `jour` à 31 jours au plus.

        Rend `id_episode` et la `variable` (la situation de logement, par défaut).
        """
        photos = self.photos.filter(pl.col("moment") == moment).select(
            "id_menage",
            pl.col("id_mesure").alias("_mesure"),
            pl.col("id_sejour").alias("_sejour"),
            pl.col("date").alias("_date"),
            pl.col("du_menage").alias("_menage"),
            variable,
        )
        liee = (pl.col("_mesure") == pl.col("id_mesure")).fill_null(False) | (
            pl.col("_sejour") == pl.col("id_sejour")
        ).fill_null(False)
        libre = pl.col("_mesure").is_null() & pl.col("_sejour").is_null()
        ecart = (pl.col("_date") - pl.col(jour)).dt.total_days().abs()
        return (
            self.episodes.select("id_episode", "id_menage", "id_mesure", "id_sejour", jour)
            .join(photos, on="id_menage", how="inner")
            .with_columns(liee.alias("_liee"), ecart.alias("_ecart"))
            .filter(pl.col("_liee") | (libre & (pl.col("_ecart") <= regles.ECART_PHOTO_MAX)).fill_null(False))
            .sort("id_episode", pl.col("_liee").not_(), "_ecart", pl.col("_menage").not_(), "_date", variable)
            .group_by("id_episode", maintain_order=True)
            .first()
            .select("id_episode", variable)
        )

    @cached_property
    def _demandes_menage(self) -> pl.DataFrame:
        lieux = communes(self.espace).select(pl.col("code").alias("commune_origine"), "epci")
        return (
            self.table("demande")
            .filter(pl.col("id_menage").is_not_null() & (pl.col("date_demande") < self.periode.fin))
            .sort("id_menage", "date_demande", "id_demande")
            .group_by("id_menage", maintain_order=True)
            .last()
            .join(lieux, on="commune_origine", how="left")
            .select("id_menage", "prescripteur", "qpv", "commune_origine", "epci", "motif")
            .collect()
        )

    @property
    def demandes_menage(self) -> pl.LazyFrame:
        """La dernière demande de chaque ménage avant la fin de la période : prescripteur, qpv, commune, motif."""
        return self._demandes_menage.lazy()

    @property
    def actes(self) -> pl.LazyFrame:
        """Les actes du service qui comptent, toutes périodes ; `nombre` vaut 1 pour une ligne qui n'en résume pas."""
        return self.table("acte").filter(regles.acte_compte()).with_columns(pl.col("nombre").fill_null(1))

    @cached_property
    def _situations(self) -> pl.DataFrame:
        entretien = pl.col("type_acte") == "ENTRETIEN"
        return (
            self.actes.filter(self.dans_periode("date") & pl.col("id_menage").is_not_null())
            .group_by("id_menage")
            .agg(pl.col("nombre").filter(entretien).sum().cast(pl.Int64).alias("nb_entretiens"))
            .with_columns(
                pl.when(pl.col("nb_entretiens") > 0)
                .then(pl.lit("recue"))
                .otherwise(pl.lit("a_distance"))
                .alias("reception")
            )
            .sort("id_menage")
            .collect()
        )

    @property
    def situations(self) -> pl.LazyFrame:
        """Les ménages qui ont au moins un acte compté dans la période (les « situations » d'un accueil)."""
        return self._situations.lazy()

    @cached_property
    def _menages(self) -> pl.DataFrame:
        menages = self.presents.select("id_menage")
        if self.parametres.unite_compte == "situation":
            menages = pl.concat([menages, self.situations.select("id_menage")])
        return menages.unique().sort("id_menage").collect()

    @property
    def menages(self) -> pl.LazyFrame:
        """Les ménages suivis dans la période : un épisode présent, ou une situation pour un service d'accueil."""
        return self._menages.lazy()

    @cached_property
    def _membres(self) -> pl.DataFrame:
        """Personnes des ménages suivis, leur appartenance couvrant un jour de la période ; le référent toujours."""
        debut = pl.col("debut").fill_null(self.periode.debut)
        membres = (
            self.table("membre")
            .with_columns(debut.alias("debut"))
            .filter(regles.present(self.periode.debut, self.periode.fin))
            .select("id_menage", "id_personne")
        )
        referents = (
            self.table("menage")
            .filter(pl.col("id_referent").is_not_null())
            .select("id_menage", pl.col("id_referent").alias("id_personne"))
        )
        heberges = self.presents.filter(pl.col("id_personne").is_not_null()).select("id_menage", "id_personne")
        return (
            pl.concat([membres, referents, heberges])
            .join(self.menages, on="id_menage", how="semi")
            .unique()
            .sort("id_menage", "id_personne")
            .collect()
        )

    @property
    def membres(self) -> pl.LazyFrame:
        return self._membres.lazy()


@dataclass(frozen=True)
class Univers:
    """Une population de la période : une ligne = une unité, et d'où vient chaque colonne.

    `origines` relie chaque colonne de l'univers aux colonnes du modèle qu'elle lit ; `structure` nomme
    celles qui décident qui en fait partie, dont `situations` ne compte que pour un service qui compte des situations.
    Le contrôle qualité en déduit les indicateurs à retenir.
    """

    nom: str
    unite: str
    description: str
    construire: Callable[[Contexte], pl.LazyFrame]
    structure: tuple[str, ...]
    origines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    situations: tuple[str, ...] = ()

    def colonnes_lues(self, colonnes: set[str], parametres: Parametres | None = None) -> set[str]:
        """Les « table.colonne » du modèle dont dépendent ces colonnes de l'univers, structure comprise.

        `parametres` : les réglages d'un service, qui peuvent lui épargner une part de la structure.
        """
        lues = set(self.structure)
        if parametres is not None and parametres.unite_compte != "situation":
            lues.difference_update(self.situations)
        for colonne in colonnes:
            if colonne not in self.origines:
                raise ErreurDefinition(
                    f"Univers {self.nom} : la colonne « {colonne} » n'a pas d'origine déclarée.",
                    suggestion(colonne, self.origines),
                )
            lues.update(self.origines[colonne])
        return lues


UNIVERS: dict[str, Univers] = {}


def univers(*, unite: str, structure: str, origines: Mapping[str, str], situations: str = ""):
    """Déclare une population : la fonction décorée reçoit un `Contexte` et rend un `LazyFrame`.

    `unite` : ce que compte une ligne. `structure` et les valeurs d'`origines` : « table.colonne » du
    modèle, séparées par des espaces (vide : colonne calculée de la seule structure). `situations` : ce que la
    structure y ajoute pour un service qui compte des situations.
    """

    def declarer(fonction: Callable[[Contexte], pl.LazyFrame]) -> Callable[[Contexte], pl.LazyFrame]:
        UNIVERS[fonction.__name__] = Univers(
            nom=fonction.__name__,
            unite=unite,
            description=(fonction.__doc__ or "").strip(),
            construire=fonction,
            structure=(*structure.split(), *situations.split()),
            situations=tuple(situations.split()),
            origines={colonne: tuple(source.split()) for colonne, source in origines.items()},
        )
        return fonction

    return declarer


def trouver_univers(nom: str) -> Univers:
    """L'univers `nom` ; lève `ErreurParametre` s'il n'est pas déclaré."""
    if nom not in UNIVERS:
        raise ErreurParametre(f"Univers « {nom} » inconnu.", suggestion(nom, UNIVERS))
    return UNIVERS[nom]
