"""Préparer la page de qualité d'un service : ce qui peut se publier, quoi corriger d'abord, ce qui a changé.

Tout vient des verdicts et de leur historique : des règles, des comptes et des textes de suites, aucune valeur.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from observatoire import __version__
from observatoire.campagne.annees import annees_recues
from observatoire.campagne.documents import Document
from observatoire.espace import Espace
from observatoire.indicateurs.calcul import TERRITOIRE, Calculateur
from observatoire.indicateurs.libelles import ABSENCES_EN_LETTRES
from observatoire.indicateurs.registre import en_vigueur
from observatoire.modele import TABLES, VARIABLES
from observatoire.nomenclatures import lire_nomenclature
from observatoire.periode import Periode
from observatoire.qualite import ResultatRegle, Verdict, verdict
from observatoire.qualite.consignes import sujet
from observatoire.qualite.derives import (
    LEVE,
    NOUVEAU,
    DeriveAnnees,
    DeriveLivraison,
    EcartRegle,
    derive_annees,
    derive_livraison,
)
from observatoire.qualite.derogations import Suivi, lire_derogations, suivre
from observatoire.qualite.historique import (
    ALERTES,
    CRITIQUES,
    DEROGES,
    ETATS,
    INFORMATIONS,
    REUSSIS,
    STRUCTURELS,
    Passage,
    Releve,
    lire_historique,
    releves,
)
from observatoire.qualite.suites import Regle, lire_suites
from observatoire.qualite.verdict import ALERTE, BLOQUE, CRITIQUE, INFORMATION, PARTIEL, PUBLIABLE
from observatoire.restitution import locale
from observatoire.services import Service, lire_service

GENRE, CARNET = "qualite", "qualite.ipynb"
ANNEES_MONTREES = 6
GRAVITES = (CRITIQUE, ALERTE, INFORMATION)
_CODES_NOMMES = 2  # au-delà, nommer les modalités d'une condition ne se lit plus


# --- Les chiffres du rapport, et ce qu'ils lisent ------------------------------------------------------


@dataclass(frozen=True)
class Chiffre:
    """Un indicateur du rapport : les « table.colonne » qu'il lit, et celles que lisent ses seuls détails."""

    nom: str
    libelle: str
    colonnes: frozenset[str]
    details: frozenset[str]
    recu: bool = True


def chiffres_du_rapport(espace: Espace, service: Service, annee: int) -> tuple[Chiffre, ...]:
    """Les indicateurs que le rapport d'un service imprime, sans doublon, dans l'ordre de sa lecture.

    Les colonnes viennent des expressions des indicateurs et de l'origine de leurs ventilations. Lève
    `ErreurParametre` si un indicateur du réglage n'existe pas.
    """
    details: dict[str, set[str]] = {nom: set() for nom in service.chiffres_cles}
    territoires = [TERRITOIRE] if service.parametres.territoires else []
    for bloc in (b for section in service.sections for b in section.blocs):
        ventilations = [*bloc.get("ventilations", ()), *(bloc.get("zoom") or ()), *territoires]
        for nom in bloc.get("indicateurs", ()):
            declare = en_vigueur(nom, annee)
            details.setdefault(nom, set()).update(*(declare.colonnes_du_detail(v) for v in ventilations))
    calculateur = Calculateur(espace, service, annee)
    lus = []
    for nom, ventilees in details.items():
        declare = en_vigueur(nom, annee)
        propres = frozenset(declare.colonnes_modele(service.parametres))
        libelle = service.parametres.libelles_imprimes.get(nom, declare.definition.libelle)
        lus.append(Chiffre(nom, libelle, propres, frozenset(ventilees) - propres, calculateur.recu(declare)))
    return tuple(lus)


@dataclass(frozen=True)
class Portee:
    """Ce qu'atteignent des colonnes : les chiffres entiers, et ceux dont seuls les détails les lisent."""

    entiers: tuple[Chiffre, ...]
    details: tuple[Chiffre, ...]

    @property
    def tous(self) -> tuple[Chiffre, ...]:
        return (*self.entiers, *self.details)


def portee(chiffres: Iterable[Chiffre], echecs: Collection[ResultatRegle]) -> Portee:
    """Les chiffres que touche l'un de ces échecs."""
    toutes = tuple(chiffres)
    entiers = tuple(c for c in toutes if any(r.touche(c.colonnes) for r in echecs))
    reste = (c for c in toutes if c not in entiers)
    return Portee(entiers, tuple(c for c in reste if any(r.touche(c.colonnes | c.details) for r in echecs)))


# --- Les corrections, par ce qu'elles débloquent -------------------------------------------------------


@dataclass(frozen=True)
class Correction:
    """Un défaut à corriger : la règle la plus grave qui le dit, et les chiffres que sa correction libère.

    `debloques` : chiffres retenus à cause de lui ; `attendent` : ceux d'entre eux qu'un autre défaut retient aussi ;
    `eclaires` : chiffres publiés, mais à lire avec prudence tant qu'il dure.
    """

    resultat: ResultatRegle
    debloques: Portee
    attendent: tuple[Chiffre, ...]
    eclaires: Portee

    @property
    def bloque_tout(self) -> bool:
        return self.resultat.bloquante


def corrections(juge: Verdict, chiffres: tuple[Chiffre, ...], sujets: Mapping[str, Any]) -> tuple[Correction, ...]:
    """Les défauts à corriger, de celui qui débloque le plus de chiffres à celui qui en débloque le moins.

    `sujets` : identifiant de règle → ce qu'elle juge ; deux règles d'un même sujet, l'une plus sévère que l'autre,
    font une seule correction. À nombre égal, la gravité tranche, puis le nombre de lignes.
    """
    retenus = {r.regle: r for r in juge.resultats if r.retenante}
    groupes: dict[Any, list[ResultatRegle]] = {}
    for resultat in (r for r in juge.resultats if r.active):
        groupes.setdefault(sujets.get(resultat.regle, resultat.regle), []).append(resultat)
    rendues = []
    for groupe in groupes.values():
        tete = min(groupe, key=lambda r: (not r.bloquante, GRAVITES.index(r.severite), -r.echecs))
        vises, personne = portee(chiffres, [r for r in groupe if r.severite == tete.severite]), Portee((), ())
        if tete.bloquante:
            rendues.append(Correction(tete, Portee(chiffres, ()), (), personne))
        elif tete.severite == CRITIQUE:
            siennes = {r.regle for r in groupe}
            autres = [r for nom, r in retenus.items() if nom not in siennes]
            encore = tuple(c for c in vises.entiers if any(r.touche(c.colonnes) for r in autres))
            rendues.append(Correction(tete, vises, encore, personne))
        else:
            rendues.append(Correction(tete, personne, (), vises))
    return tuple(sorted(rendues, key=_rang))


def _rang(correction: Correction) -> tuple[Any, ...]:
    r = correction.resultat
    return (
        not correction.bloque_tout,
        -len(correction.debloques.entiers),
        -len(correction.debloques.details),
        GRAVITES.index(r.severite),
        -len(correction.eclaires.tous),
        -r.echecs,
        r.regle,
    )


def comptes_distincts(lus: Mapping[str, Releve], regles: Mapping[str, Regle]) -> dict[str, int]:
    """Les contrôles par état (`ETATS` de l'historique), un défaut que deux règles disent comptant une fois.

    Une règle que les suites n'ont plus compte comme une alerte.
    """
    par_sujet: dict[Any, list[str]] = {}
    for nom, releve in lus.items():
        if not releve.reussie:
            cle = sujet(regles[nom]) if nom in regles else nom
            par_sujet.setdefault(cle, []).append(_etat(releve, regles.get(nom)))
    comptes = dict.fromkeys(ETATS, 0)
    comptes[REUSSIS] = sum(r.reussie for r in lus.values())
    for etats in par_sujet.values():
        comptes[min(etats, key=ETATS.index)] += 1
    return comptes


def _par_table(juge: Verdict, regles: Mapping[str, Regle]) -> dict[str, dict[str, int]]:
    lus = releves(juge)
    tables: dict[str, dict[str, Releve]] = {}
    for resultat in juge.resultats:
        tables.setdefault(resultat.table, {})[resultat.regle] = lus[resultat.regle]
    return {table: comptes_distincts(siens, regles) for table, siens in tables.items()}


def _etat(releve: Releve, regle: Regle | None) -> str:
    if releve.derogee:
        return DEROGES
    if regle is None:
        return ALERTES
    if regle.structurelle and regle.severite == CRITIQUE:
        return STRUCTURELS
    return {CRITIQUE: CRITIQUES, INFORMATION: INFORMATIONS}.get(regle.severite, ALERTES)


@dataclass(frozen=True)
class Etape:
    """Une livraison jugée : le dernier verdict rendu sur elle, et ses contrôles par état."""

    passage: Passage
    comptes: dict[str, int]


def etapes(passages: Iterable[Passage], regles: Mapping[str, Regle]) -> tuple[Etape, ...]:
    """Le dernier verdict rendu sur chaque état des livraisons, du plus ancien au plus récent."""
    derniers: list[Passage] = []
    for passage in passages:
        if derniers and derniers[-1].livraisons == passage.livraisons:
            derniers.pop()
        derniers.append(passage)
    return tuple(Etape(p, comptes_distincts(p.regles, regles)) for p in derniers)


def sans_redites(derive: DeriveAnnees, regles: Mapping[str, Regle]) -> DeriveAnnees:
    """La même dérive, un défaut que deux règles disent n'y étant qu'une fois, par la plus grave.

    Un remplissage qui s'améliore ou se dégrade sans franchir de seuil est déjà dit par son taux.
    """
    gardees: dict[Any, EcartRegle] = {}
    connus = [e for e in derive.regles if e.regle in regles]
    for ecart in sorted(connus, key=lambda e: GRAVITES.index(regles[e.regle].severite)):
        regle = regles[ecart.regle]
        if regle.famille != "remplissage" or ecart.sens in (NOUVEAU, LEVE):
            gardees.setdefault(sujet(regle), ecart)
    return replace(derive, regles=tuple(gardees.values()))


# --- Le remplissage, colonne par colonne et année par année --------------------------------------------


@dataclass(frozen=True)
class Taux:
    """Le remplissage d'une colonne dans une année : `etat` ∈ suffisant, faible, retenu, admis, sans_objet, non_recu."""

    lignes: int
    echecs: int
    etat: str

    @property
    def part(self) -> float:
        """Part de lignes renseignées, de 0 à 100."""
        return 100 * (self.lignes - self.echecs) / self.lignes


NON_RECU = Taux(0, 0, "non_recu")


@dataclass(frozen=True)
class Remplissage:
    """Une ligne de la carte de remplissage : une colonne, les lignes qu'on y regarde, et son taux chaque année."""

    table: str
    colonne: str
    parmi: str
    taux: dict[int, Taux]


def remplissages(espace: Espace, verdicts: Mapping[int, Verdict]) -> tuple[Remplissage, ...]:
    """Le remplissage de chaque colonne jugée qui a eu des lignes à remplir, dans l'ordre du modèle."""
    par_sujet: dict[Any, list[Regle]] = {}
    for regle in (r for suite in lire_suites(espace).values() for r in suite if r.famille == "remplissage"):
        par_sujet.setdefault(sujet(regle), []).append(regle)
    index = {annee: {r.regle: r for r in juge.resultats} for annee, juge in verdicts.items()}
    lignes = []
    for regles in par_sujet.values():
        taux = {a: _taux([connus[r.regle] for r in regles if r.regle in connus]) for a, connus in index.items()}
        if any(t.lignes for t in taux.values()):
            lignes.append(Remplissage(regles[0].table, regles[0].colonne, _parmi(espace, regles[0]), taux))
    ordre = {f"{t}.{c}": rang for rang, (t, c) in enumerate((t, c) for t in TABLES for c in TABLES[t].colonnes)}
    return tuple(sorted(lignes, key=lambda x: (ordre[f"{x.table}.{x.colonne}"], x.parmi)))


def _taux(resultats: list[ResultatRegle]) -> Taux:
    if not resultats:
        return NON_RECU
    lignes, echecs = resultats[0].lignes, resultats[0].echecs
    if not lignes:
        return Taux(0, 0, "sans_objet")
    if any(r.active and r.severite == CRITIQUE for r in resultats):
        return Taux(lignes, echecs, "retenu")
    if any(r.active for r in resultats):
        return Taux(lignes, echecs, "faible")
    return Taux(lignes, echecs, "admis" if any(r.derogation for r in resultats) else "suffisant")


_PERIMETRES = {"profil": "photos de profil", "terminees": "mesures terminées", "sorties": "sorties de l'année"}


def _parmi(espace: Espace, regle: Regle) -> str:
    """Les lignes que la règle regarde, quand ce ne sont pas toutes : « au profil », « type d'acte : dossier »."""
    morceaux = [_PERIMETRES[regle.perimetre]] if regle.perimetre in _PERIMETRES else []
    for colonne, codes in (regle.attente["kwargs"].get("si") or {}).items():
        nom = locale.minuscule(VARIABLES[colonne].description.rstrip("."))
        nommes = _libelles(espace, colonne, codes) if len(codes) <= _CODES_NOMMES else []
        morceaux.append(f"{nom} : {locale.enumeration(nommes, 'ou')}" if nommes else f"selon : {nom}")
    return ", ".join(morceaux)


def _libelles(espace: Espace, colonne: str, codes: Iterable[Any]) -> list[str]:
    liste = VARIABLES[colonne].nomenclature
    connus = {**ABSENCES_EN_LETTRES, **(lire_nomenclature(espace, liste).libelles if liste else {})}
    return [locale.minuscule(connus.get(str(code), str(code))) for code in codes]


# --- La page entière ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DonneesQualite:
    """Tout ce que la page de qualité imprime pour un service et une année."""

    service: Service
    annee: int
    periode: Periode
    diffusion: str
    verdicts: dict[int, Verdict]  # par année, de la plus ancienne à la plus récente
    comptes: dict[int, dict[str, int]]  # par année, les contrôles par état
    comptes_par_table: dict[str, dict[str, int]]  # les mêmes, pour l'année et table par table
    chiffres: tuple[Chiffre, ...]
    corrections: tuple[Correction, ...]
    remplissages: tuple[Remplissage, ...]
    derogations: tuple[Suivi, ...] = ()
    etapes: tuple[Etape, ...] = ()  # l'année après chaque livraison, de la plus ancienne à la plus récente
    derive_livraison: DeriveLivraison | None = None  # ce que la dernière livraison a changé
    derive_annees: DeriveAnnees | None = None  # ce qui distingue l'année de la précédente
    version_code: str = __version__

    @property
    def verdict(self) -> Verdict:
        return self.verdicts[self.annee]

    @property
    def bloque(self) -> bool:
        return self.verdict.etat == BLOQUE

    @property
    def etat(self) -> str:
        """Celui de l'année de la page."""
        return self.etat_en(self.annee)

    def etat_en(self, annee: int) -> str:
        """L'état du verdict d'une année ; « publiable » si ce qu'il retient n'entre dans aucun chiffre du rapport."""
        etat = self.verdicts[annee].etat
        return PUBLIABLE if etat == PARTIEL and not self.retenus_en(annee).tous else etat

    @cached_property
    def retenus(self) -> Portee:
        """Les chiffres que la qualité retient cette année : tous ceux reçus si rien ne se publie."""
        return self.retenus_en(self.annee)

    def retenus_en(self, annee: int) -> Portee:
        """Les chiffres reçus que la qualité retient une année, en tout ou dans leur détail."""
        juge, recus = self.verdicts[annee], tuple(c for c in self.chiffres if c.recu)
        return Portee(recus, ()) if juge.bloquants else portee(recus, [r for r in juge.resultats if r.retenante])

    @property
    def publiables(self) -> tuple[Chiffre, ...]:
        """Les chiffres reçus et entièrement publiables, détails compris."""
        return tuple(c for c in self.chiffres if c.recu and c not in self.retenus.tous)


def preparer_qualite(espace: Espace, service: str, annee: int, diffusion: str) -> DonneesQualite:
    """Ce qu'imprime la page de qualité d'un service, pour l'année demandée et celles qui l'entourent.

    Lève `ErreurParametre` pour un service inconnu, `ErreurDefinition` si une suite ou un réglage se contredit.
    """
    fiche = lire_service(espace, service)
    annees = sorted({*annees_recues(espace, fiche)[-ANNEES_MONTREES:], annee})
    verdicts = {a: verdict(espace, service, a) for a in annees}
    chiffres = chiffres_du_rapport(espace, fiche, annee)
    regles = {r.regle: r for suite in lire_suites(espace).values() for r in suite}
    sujets = {nom: sujet(regle) for nom, regle in regles.items()}
    comparable = annee - 1 in verdicts
    return DonneesQualite(
        service=fiche,
        annee=annee,
        periode=fiche.periode(annee),
        diffusion=diffusion,
        verdicts=verdicts,
        comptes={a: comptes_distincts(releves(juge), regles) for a, juge in verdicts.items()},
        comptes_par_table=_par_table(verdicts[annee], regles),
        chiffres=chiffres,
        corrections=corrections(verdicts[annee], tuple(c for c in chiffres if c.recu), sujets),
        remplissages=remplissages(espace, verdicts),
        derogations=suivre(verdicts[annee], lire_derogations(espace), date.today()),
        etapes=etapes(lire_historique(espace, service, annee), regles),
        derive_livraison=derive_livraison(espace, service),
        derive_annees=sans_redites(derive_annees(espace, service, annee), regles) if comparable else None,
    )


def document_qualite(service: Service, annee: int, diffusion: str = "interne") -> Document:
    """La page de qualité d'un service et d'une année, à rendre à côté de son rapport."""
    return Document(
        genre=GENRE,
        nom=f"qualite_{service.id}",
        annee=annee,
        diffusion=diffusion,
        carnet=CARNET,
        parametres={"service": service.id, "annee": annee, "diffusion": diffusion},
        titre=f"{service.libelle_court} {annee} — qualité des données",
    )
