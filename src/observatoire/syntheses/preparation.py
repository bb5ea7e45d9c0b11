"""Préparer la synthèse d'une association : personnes comptées une fois, chiffres clés et qualité de chaque service."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from observatoire import __version__
from observatoire.campagne.donnees import preparer_chiffres_cles
from observatoire.campagne.donnees_types import Bloc
from observatoire.entrepot import lire_entrepot
from observatoire.erreurs import RapportBloque
from observatoire.espace import Espace
from observatoire.indicateurs.calcul import SCHEMA_CALCUL, TOUT, Calculateur, motifs_de_retenue
from observatoire.indicateurs.registre import en_vigueur
from observatoire.protection import proteger
from observatoire.qualite import Verdict, verdict
from observatoire.restitution import locale
from observatoire.services import Parametres, Service
from observatoire.syntheses.parametres import ParametresSynthese, associations
from observatoire.syntheses.personnes import DEFINITIONS, DISTINCTES, SOMME, compter, proteger_personnes, seuils_communs

CHIFFRES_PAR_SERVICE = 4
BLOQUE, NON_RECU = "bloque", "non_recu"
_INDICATEUR = "personnes_accompagnees"


@dataclass(frozen=True)
class ServiceResume:
    """Un service dans la synthèse : son état, ses chiffres clés, ce qu'il faut savoir de ses données.

    `etat` : celui du verdict, ou « non_recu ». Un service bloqué ou non reçu n'a ni chiffres ni personnes.
    """

    service: Service
    etat: str
    verdict: Verdict | None
    chiffres: Bloc | None

    @property
    def present(self) -> bool:
        return self.chiffres is not None


@dataclass(frozen=True)
class DonneesSynthese:
    """Tout ce que la synthèse imprime : des cellules protégées et des états de service."""

    parametres: ParametresSynthese
    association: str
    services: tuple[ServiceResume, ...]
    personnes: Bloc  # les trois indicateurs, en tuiles
    par_service: Bloc  # la somme, service par service
    par_nombre: pl.DataFrame  # cellules protégées : personnes par nombre de services
    hors_compte: tuple[Service, ...]  # présents, mais sans personnes comptables
    retenus: Mapping[str, str]  # parmi eux, ceux que la qualité écarte : service → la première raison
    comparable: bool  # les mêmes services l'année précédente
    empreinte: str
    version_code: str

    @property
    def presents(self) -> tuple[ServiceResume, ...]:
        return tuple(s for s in self.services if s.present)

    @property
    def manquants(self) -> tuple[ServiceResume, ...]:
        return tuple(s for s in self.services if not s.present)

    @property
    def etat(self) -> str:
        """« publiable » si chaque service l'est, « partiel » sinon."""
        return "publiable" if all(s.etat == "publiable" for s in self.services) else "partiel"

    @property
    def compteurs(self) -> int:
        """Le nombre de services dont les personnes sont comptées."""
        return self.par_service.table["ventilation_1"].is_not_null().sum()

    @property
    def recus(self) -> int:
        """Le nombre de services dont des données sont arrivées, publiables ou non."""
        return sum(s.etat != NON_RECU for s in self.services)

    @property
    def couverture(self) -> str:
        """« 2 services », ou « 1 service reçu sur 2 » s'il en manque."""
        tous = len(self.services)
        if self.recus == tous:
            return locale.compte(tous, ("service", "services", False))
        return f"{self.recus} {locale.pluriel(self.recus, 'service reçu', 'services reçus')} sur {tous}"

    @property
    def blocs(self) -> tuple[Bloc, ...]:
        return (self.personnes, self.par_service, *(s.chiffres for s in self.presents))


def preparer_synthese(espace: Espace, lus: ParametresSynthese) -> DonneesSynthese:
    """La synthèse d'une association et d'une année.

    Un service bloqué par la qualité, ou sans donnée cette année-là, est nommé comme manquant et n'entre dans aucun
    compte. Lève `RapportBloque` s'ils le sont tous.
    """
    services = associations(espace)[lus.association]
    resumes = tuple(_resumer(espace, s, lus) for s in services)
    presents = [r.service for r in resumes if r.present]
    if not presents:
        raise RapportBloque(
            f"Aucun service de {services[0].association} ne peut être publié pour {lus.annee}.",
            "Vérifiez leurs données : « observatoire verifier --service NOM » dit ce qui bloque.",
        )
    parametres = seuils_communs(presents)
    suivies = _suivies(espace, presents, lus.annee)
    table = _compter(lus.association, presents, suivies, lus.annee)
    protegee = proteger_personnes(table, lus.diffusion, parametres)
    avant, comparable = _precedente(espace, presents, suivies, lus, parametres)
    detail = pl.col("ventilation_1").is_not_null()
    sommes = pl.col("indicateur") == SOMME.nom
    tuiles = DEFINITIONS if len(suivies) > 1 else (DISTINCTES,)  # un seul service : ni somme ni croisement à dire
    return DonneesSynthese(
        parametres=lus,
        association=services[0].association,
        services=resumes,
        personnes=_bloc("Personnes aidées", tuiles, protegee.filter(~detail), avant.filter(~detail), "tuiles"),
        par_service=_bloc(
            "Personnes suivies, service par service", (SOMME,), protegee.filter(sommes), avant.filter(sommes), "barres"
        ),
        par_nombre=protegee.filter((pl.col("indicateur") == DISTINCTES.nom) & detail).sort("ordre_1"),
        hors_compte=tuple(s for s in presents if s.id not in suivies),
        retenus=_retenus(espace, [s for s in presents if s.id not in suivies], lus.annee),
        comparable=comparable,
        empreinte=_empreinte(espace, resumes),
        version_code=__version__,
    )


def _resumer(espace: Espace, service: Service, lus: ParametresSynthese) -> ServiceResume:
    entrepot = lire_entrepot(espace, service.id)
    if entrepot.vide or lus.annee in entrepot.annees_purgees or not service.parametres.couvre(lus.annee):
        return ServiceResume(service, NON_RECU, None, None)
    juge = verdict(espace, service.id, lus.annee)
    if juge.bloquants:
        return ServiceResume(service, BLOQUE, juge, None)
    chiffres = preparer_chiffres_cles(espace, service, lus.annee, lus.diffusion, CHIFFRES_PAR_SERVICE)
    return ServiceResume(service, juge.etat, juge, chiffres)


def _compter(association: str, services: Sequence[Service], suivies: dict[str, pl.Series], annee: int) -> pl.DataFrame:
    return compter(association, annee, suivies, {s.id: s.libelle_court for s in services})


def _suivies(espace: Espace, services: Sequence[Service], annee: int) -> dict[str, pl.Series]:
    """Les pseudonymes suivis par chaque service qui en livre.

    Est passé un service qui ne suit pas de personnes, ou dont la qualité retient la colonne qui les compte.
    """
    declare = en_vigueur(_INDICATEUR, annee)
    suivies = {}
    for service in services:
        calcul = Calculateur(espace, service, annee)
        if calcul.recu(declare) and not _motifs(espace, service, annee):
            suivies[service.id] = calcul.population(declare.definition.univers)["id_personne"]
    return suivies


def _motifs(espace: Espace, service: Service, annee: int) -> dict[str, tuple[str, ...]]:
    declare = en_vigueur(_INDICATEUR, annee)
    return motifs_de_retenue(declare, verdict(espace, service.id, annee), (), service.parametres)


def _retenus(espace: Espace, services: Sequence[Service], annee: int) -> dict[str, str]:
    """Pourquoi la qualité retient les personnes d'un service : service → la première raison."""
    motifs = {s.id: _motifs(espace, s, annee).get(TOUT, ()) for s in services}
    return {service: textes[0] for service, textes in motifs.items() if textes}


def _precedente(
    espace: Espace,
    presents: Sequence[Service],
    suivies: dict[str, pl.Series],
    lus: ParametresSynthese,
    parametres: Parametres,
) -> tuple[pl.DataFrame, bool]:
    """Les mêmes indicateurs l'année d'avant, si les mêmes services y étaient tous publiables ; vide sinon."""
    annee = lus.annee - 1
    vide = proteger(pl.DataFrame(schema=SCHEMA_CALCUL), lus.diffusion, parametres)
    for service in presents:
        if not service.parametres.couvre(annee) or verdict(espace, service.id, annee).bloquants:
            return vide, False
    avant = _suivies(espace, presents, annee)
    if set(avant) != set(suivies):
        return vide, False
    table = _compter(lus.association, presents, avant, annee)
    if not table.filter(pl.col("indicateur") == SOMME.nom)["valeur"].sum():
        return vide, False
    return proteger_personnes(table, lus.diffusion, parametres), True


def _bloc(titre: str, definitions: tuple, table: pl.DataFrame, avant: pl.DataFrame, graphique: str) -> Bloc:
    return Bloc(
        cle=f"personnes-{graphique}",
        titre=titre,
        graphique=graphique,
        definitions=definitions,
        table=table,
        precedente=avant,
        cellules=table,
        notes=(),
        alertes=(),
        reglage={"titre": titre},
    )


def _empreinte(espace: Espace, resumes: Sequence[ServiceResume]) -> str:
    """Une empreinte des données de tous les services, présents ou non."""
    somme = hashlib.sha256()
    for resume in resumes:
        somme.update(
            f"{resume.service.id} {resume.etat} {lire_entrepot(espace, resume.service.id).empreinte}\n".encode()
        )
    return somme.hexdigest()
