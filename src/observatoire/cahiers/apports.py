"""Ce que chaque structure apporte au cahier : les services de l'espace situés dans la région, et les tables reçues."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from observatoire.cahiers.recus import DEPARTEMENT, lire_recu
from observatoire.cahiers.reglage import BlocCahier, Recu, ReglageCahier, region_du
from observatoire.campagne.annees import annees_recues
from observatoire.campagne.donnees_types import Definition
from observatoire.erreurs import ErreurDefinition, exiger_connu
from observatoire.espace import Espace
from observatoire.indicateurs.calcul import SCHEMA_CALCUL, Calculateur, motifs_de_retenue, retenir
from observatoire.indicateurs.formes import Rapport
from observatoire.indicateurs.registre import REGISTRE, Indicateur, en_vigueur
from observatoire.qualite import verdict
from observatoire.services import Service, lire_service

STRUCTURE = "structure"
# Une ligne d'apport : une ligne calculée, et d'où elle vient.
ORIGINE = {
    DEPARTEMENT: pl.String(),
    STRUCTURE: pl.String(),
    "libelle_structure": pl.String(),
    "source": pl.String(),
    "rupture": pl.String(),
}
SCHEMA_APPORT = {**SCHEMA_CALCUL, **ORIGINE}
SOURCE_ESPACE = "données des structures réunies dans l'observatoire"
BLOQUEE = "bloquee"


@dataclass(frozen=True)
class Mesure:
    """Un indicateur du cahier, qu'il soit calculé ici ou seulement reçu."""

    definition: Definition
    declare: Indicateur | None
    personnel: bool
    montant: bool
    facteur: float

    @property
    def nom(self) -> str:
        return self.definition.nom


def mesure(reglage: ReglageCahier, nom: str, annee: int) -> Mesure:
    """La définition d'un indicateur : celle du catalogue, sinon celle que le cahier déclare.

    Lève `ErreurParametre` si aucun des deux ne le connaît.
    """
    if nom in REGISTRE:
        declare = en_vigueur(nom, annee)
        facteur = declare.forme.facteur if isinstance(declare.forme, Rapport) else 1.0
        return Mesure(declare.definition, declare, declare.personnel, declare.montant, facteur)
    exiger_connu(nom, [*REGISTRE, *reglage.definitions], "Indicateur")
    definition = reglage.definitions[nom]
    facteur = 100.0 if definition.unite == "%" else 1.0
    return Mesure(definition, None, nom not in reglage.impersonnels, False, facteur)


class Collecte:
    """Réunit les apports d'une région ; chaque service et chaque année ne sont lus qu'une fois."""

    def __init__(self, espace: Espace, reglage: ReglageCahier) -> None:
        self.espace, self.reglage = espace, reglage
        self.services = tuple(_services_de_la_region(espace, reglage.region))
        self._calculateurs: dict[tuple[str, int], Calculateur] = {}
        self._repondants: dict[tuple[str, int], str] = {}

    def choisis(self, bloc: BlocCahier) -> list[Service]:
        """Les services de la région dont parle un bloc, par type ou par identifiant."""
        return [s for s in self.services if s.type_service in bloc.types or s.id in bloc.services]

    def recus_choisis(self, bloc: BlocCahier) -> list[Recu]:
        """Les tables reçues dont parle un bloc."""
        return [r for r in self.reglage.recus if not bloc.types or r.type_service in bloc.types]

    def reponse(self, service: Service, annee: int) -> str:
        """« publiable », « partiel », « bloquee » (qualité) ou vide si rien n'est arrivé pour l'année."""
        cle = (service.id, annee)
        if cle not in self._repondants:
            if annee not in annees_recues(self.espace, service):
                self._repondants[cle] = ""
            else:
                juge = verdict(self.espace, service.id, annee)
                self._repondants[cle] = BLOQUEE if juge.bloquants else juge.etat
        return self._repondants[cle]

    def lignes(self, m: Mesure, annee: int, bloc: BlocCahier, ventilations: Sequence[str] = ()) -> pl.DataFrame:
        """Toutes les lignes d'un indicateur et d'une année, une par structure (et par département pour une enquête)."""
        morceaux = [self._du_service(m, service, annee, ventilations) for service in self.choisis(bloc)]
        morceaux += [self._du_recu(m, recu, annee, bloc) for recu in self.recus_choisis(bloc)]
        return pl.concat([pl.DataFrame(schema=SCHEMA_APPORT), *morceaux])

    def _du_service(self, m: Mesure, service: Service, annee: int, ventilations: Sequence[str]) -> pl.DataFrame:
        if m.declare is None or not self.reponse(service, annee):
            return pl.DataFrame(schema=SCHEMA_APPORT)
        juge = verdict(self.espace, service.id, annee)
        lignes = self._calculateur(service, annee).calculer(m.declare, list(ventilations))
        lignes = lignes.filter(pl.col("territoire").is_null() & (pl.col("etat") != "non_recu"))
        if juge.bloquants:
            vides = [pl.lit(None, SCHEMA_CALCUL[c]).alias(c) for c in ("valeur", "numerateur", "denominateur", "base")]
            lignes = lignes.filter(pl.col("ventilation_1").is_null()).with_columns(
                *vides, pl.lit("retenu").alias("etat")
            )
        libelle = f"{service.libelle_court} — {service.association}" if service.association else service.libelle
        lignes = retenir(lignes, m.declare, juge, service.parametres)
        return _avec_origine(lignes, service.departement, service.id, libelle, SOURCE_ESPACE, "")

    def motifs(self, m: Mesure, structure: str, annee: int, ventilations: Sequence[str] = ()) -> tuple[str, ...]:
        """Pourquoi la qualité retient ce qu'un service de l'espace apporte ; vide pour une table reçue."""
        service = next((s for s in self.services if s.id == structure), None)
        if m.declare is None or service is None:
            return ()
        juge = verdict(self.espace, structure, annee)
        motifs = motifs_de_retenue(m.declare, juge, ventilations, service.parametres)
        return tuple(dict.fromkeys(texte for textes in motifs.values() for texte in textes))

    def _calculateur(self, service: Service, annee: int) -> Calculateur:
        cle = (service.id, annee)
        if cle not in self._calculateurs:
            self._calculateurs[cle] = Calculateur(self.espace, service, annee)
        return self._calculateurs[cle]

    def _du_recu(self, m: Mesure, recu: Recu, annee: int, bloc: BlocCahier) -> pl.DataFrame:
        lues = lire_recu(self.reglage, recu).filter((pl.col("annee") == annee) & (pl.col("indicateur") == m.nom))
        if bloc.services and not bloc.types:
            lues = lues.filter(pl.col("service").is_in(bloc.services))
        if lues.is_empty():
            return pl.DataFrame(schema=SCHEMA_APPORT)
        lignes = completer(lues, m)
        rupture = recu.rupture
        if recu.departement:
            return _avec_origine(
                lignes, recu.departement, recu.fichier, recu.structure or recu.source, recu.source, rupture
            )
        par_departement = lignes.filter((pl.col("ventilation_1") == DEPARTEMENT) & pl.col("ventilation_2").is_null())
        _exiger_departements(self.reglage, recu, par_departement)
        vide = pl.lit(None, pl.String)
        codes = par_departement["modalite_1"]
        par_departement = par_departement.with_columns(vide.alias("ventilation_1"), vide.alias("modalite_1"))
        sans = lignes.filter((pl.col("ventilation_1") != DEPARTEMENT).fill_null(True))
        return pl.concat(
            [
                _avec_origine(par_departement, None, None, recu.source, recu.source, rupture).with_columns(
                    codes.alias(DEPARTEMENT)
                ),
                _avec_origine(sans, None, None, recu.source, recu.source, rupture),
            ]
        )


def completer(lues: pl.DataFrame, m: Mesure) -> pl.DataFrame:
    """Les lignes reçues, aux colonnes d'un calcul : part recalculée, effectif derrière la cellule, nature protégée."""
    effectif = m.definition.forme == "effectif" or m.definition.forme in ("matrice", "serie")
    recalculee = pl.when(pl.col("denominateur") > 0).then(pl.col("numerateur") / pl.col("denominateur") * m.facteur)
    valeur = pl.coalesce("valeur", "numerateur") if effectif else pl.coalesce(recalculee, "valeur")
    denombre = "denominateur" if m.definition.forme == "moyenne" else "numerateur"
    compte = valeur if effectif else pl.coalesce(denombre, pl.col("denominateur") * pl.col("valeur") / 100)
    publie = pl.col("etat") == "publie"
    return (
        lues.with_columns(
            pl.when(publie).then(valeur).alias("valeur"),
            pl.when(publie).then(valeur if effectif else pl.col("numerateur")).alias("numerateur"),
            pl.when(publie).then(compte).alias("effectif"),
            pl.col("denominateur").alias("base"),
        )
        .with_columns(
            pl.lit(m.definition.unite).alias("unite"),
            pl.lit(m.definition.version).alias("version_definition"),
            pl.lit(m.personnel).alias("personnel"),
            pl.lit(m.montant).alias("montant"),
            pl.lit(bool(m.declare and m.declare.interne_seulement)).alias("interne_seulement"),
            pl.lit(m.definition.forme).alias("forme"),
            *(
                pl.lit(None, SCHEMA_CALCUL[c]).alias(c)
                for c in ("libelle_1", "libelle_2", "ordre_1", "ordre_2", "epci")
            ),
            pl.lit(None, pl.Int64).alias("non_renseignes"),
        )
        .select(pl.col(c).cast(t) for c, t in SCHEMA_CALCUL.items())
    )


def _avec_origine(
    lignes: pl.DataFrame, departement: str | None, structure: str | None, libelle: str, source: str, rupture: str
) -> pl.DataFrame:
    valeurs = (departement, structure, libelle, source, rupture)
    return lignes.with_columns(pl.lit(v, pl.String).alias(c) for c, v in zip(ORIGINE, valeurs, strict=True)).select(
        list(SCHEMA_APPORT)
    )


def _services_de_la_region(espace: Espace, region: str) -> Iterable[Service]:
    """Les services de l'espace qui disent leur département, et dont le département est de la région."""
    for nom in espace.services():
        service = lire_service(espace, nom)
        if service.departement and region_du(espace, service.departement) == region:
            yield service


def _exiger_departements(reglage: ReglageCahier, recu: Recu, lignes: pl.DataFrame) -> None:
    inconnus = sorted(set(lignes["modalite_1"]) - set(reglage.departements))
    if inconnus:
        raise ErreurDefinition(
            f"{recu.fichier} : le département « {inconnus[0]} » n'est pas de la région {reglage.libelle_region}.",
            f"Départements : {', '.join(reglage.departements)}.",
        )
