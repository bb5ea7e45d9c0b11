"""Le parcours d'un ménage pseudonyme dans un service, daté, pour vérifier ce qu'un chiffre compte.

Il montre des lignes de personnes : interne seulement, refusé en édition diffusable, jamais écrit dans un carnet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import altair as alt
import polars as pl
from markupsafe import Markup

from observatoire import regles
from observatoire.entrepot import Entrepot, lire_entrepot
from observatoire.erreurs import ErreurParametre
from observatoire.espace import Espace
from observatoire.exploration.outils_rendu import (
    Titre,
    avis_non_enregistre,
    cadre,
    depliable,
    exiger_interne,
    paragraphes,
    tableau,
)
from observatoire.exploration.profil import effet
from observatoire.indicateurs.libelles import ABSENCES_EN_LETTRES
from observatoire.indicateurs.registre import en_vigueur, noms
from observatoire.modele import VARIABLES
from observatoire.nomenclatures import lire_nomenclature
from observatoire.qualite.consignes import GRAVITES, gravite_de, sujet
from observatoire.qualite.moteur import Examinee, Passe
from observatoire.qualite.perimetre import annees_d_activite
from observatoire.restitution import locale, theme
from observatoire.restitution.locale import INSECABLE
from observatoire.services import Service, lire_service
from observatoire.univers import trouver_univers
from observatoire.univers.contexte import Contexte

NATURES = ("Demande", "Mesure", "Séjour", "Situation", "Actes", "Relogement", "Travail", "Redevance")
QUOI = "Le parcours d'un ménage"
REMEDE_INCONNU = "« menages_a_verifier(espace, service, annee) » propose des ménages de l'année."


@dataclass(frozen=True)
class Evenement:
    """Un fait daté du ménage : `fin` pour ce qui dure, vide si c'est un jour ou si c'est en cours (`dure`).

    `origine` : le fichier et la ligne de l'export, pour y retourner.
    """

    jour: date | None
    nature: str
    libelle: str
    fin: date | None = None
    dure: bool = False
    origine: str = ""


@dataclass(frozen=True)
class AnneeComptee:
    """Une année du service : le ménage y est-il compté, et dans quelles populations.

    `populations` : description, nombre de lignes du ménage, et les indicateurs qui lisent cette population.
    """

    annee: int
    compte: bool
    populations: tuple[tuple[str, int, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Reprise:
    """Un contrôle de qualité qui reprend au moins une ligne du ménage, et les années où il la reprend."""

    explication: str
    remede: str
    effet: str
    annees: tuple[int, ...]


@dataclass(frozen=True, repr=False)
class Parcours:
    """Toute la vie d'un ménage dans un service. `html()` et `graphique()` la montrent.

    Il ne s'affiche pas de lui-même : la sortie d'une cellule serait enregistrée dans le carnet.
    """

    service: str
    id_menage: str
    evenements: tuple[Evenement, ...]
    annees: tuple[AnneeComptee, ...]
    reprises: tuple[Reprise, ...]

    def __repr__(self) -> str:
        return f"Parcours d'un ménage ({len(self.evenements)} faits datés)"

    def _repr_html_(self) -> str:
        return avis_non_enregistre(QUOI)

    def html(self) -> Markup:
        """Les faits dans l'ordre, les années qui comptent le ménage, et les contrôles qui le reprennent."""
        faits = [(_quand(e), e.nature, locale.typographie(e.libelle), e.origine) for e in self.evenements]
        titres = [Titre("Quand", True), Titre("Quoi", True), Titre("Détail", True), Titre("Export et ligne", True)]
        return cadre(
            tableau(f"Parcours du ménage {self.id_menage}", titres, faits),
            self._comptes(),
            self._reprises(),
            paragraphes(["Usage interne : à vérifier dans les exports, jamais à publier ni à recopier."], "discret"),
        )

    def _comptes(self) -> Markup:
        """Chaque année qui le compte, ses populations repliées ; les autres en une phrase."""
        titres = [Titre("Population", True), Titre("Lignes"), Titre("Indicateurs", True)]
        morceaux = []
        for comptee in (a for a in self.annees if a.populations):
            suivi = "compté parmi les ménages suivis" if comptee.compte else "pas compté parmi les ménages suivis"
            nombre = len(comptee.populations)
            invite = f"{comptee.annee} : {suivi}, dans {nombre} {locale.pluriel(nombre, 'population', 'populations')}"
            rangees = [(nom, locale.nombre(n), locale.enumeration(lus)) for nom, n, lus in comptee.populations]
            legende = f"Populations de {comptee.annee} où il entre, et ce qui les lit"
            morceaux.append(depliable(invite, tableau(legende, titres, rangees)))
        absentes = [str(a.annee) for a in self.annees if not a.populations]
        if absentes:
            morceaux.append(paragraphes([f"Aucune population ne le compte en {locale.enumeration(absentes)}."]))
        return Markup("").join(morceaux)

    def _reprises(self) -> Markup:
        if not self.reprises:
            return paragraphes(["Aucun contrôle de qualité ne reprend une ligne de ce ménage."])
        rangees = [
            (r.explication, locale.enumeration(str(a) for a in r.annees), r.effet, r.remede) for r in self.reprises
        ]
        titres = [Titre("Ce qui ne va pas", True), Titre("Années", True), Titre("Effet", True), Titre("Remède", True)]
        return tableau("Contrôles qui reprennent ce ménage", titres, rangees)

    def graphique(self) -> alt.LayerChart:
        """La frise : une rangée par nature de fait, un trait pour ce qui dure, un point pour un jour."""
        return _frise(self.evenements)


@dataclass(frozen=True)
class MenageAVerifier:
    """Un ménage proposé à la vérification, et pourquoi."""

    id_menage: str
    raisons: tuple[str, ...]


def suivre_menage(
    espace: Espace, service: str, id_menage: str, *, diffusion: str = "interne", passe: Passe | None = None
) -> Parcours:
    """La vie d'un ménage dans un service : faits datés, années et populations qui le comptent, contrôles.

    `id_menage` : l'identifiant pseudonyme de l'entrepôt ; `passe` : les contrôles du service, s'ils sont déjà prêts.
    Interne seulement : lève `ErreurParametre` en diffusion publique, ou si le service ne connaît pas ce ménage.
    """
    exiger_interne(diffusion, QUOI)
    fiche, entrepot = lire_service(espace, service), lire_entrepot(espace, service)
    passe = passe or Passe(espace, fiche, entrepot)
    propres = _lignes_du_menage(entrepot, fiche.id, id_menage.strip())
    if not propres:
        raise ErreurParametre(f"Le service « {fiche.libelle_court} » ne connaît pas ce ménage.", REMEDE_INCONNU)
    personnes = _personnes(propres)
    evenements = _evenements(espace, propres)
    premiere = min((e.jour.year for e in evenements if e.jour), default=0)
    actives = [a for a in annees_d_activite(passe.tables, fiche.periode) if a >= premiere]
    annees = tuple(_annee_comptee(espace, fiche, entrepot, a, id_menage.strip(), personnes) for a in actives)
    return Parcours(
        service,
        id_menage.strip(),
        tuple(sorted(evenements, key=lambda e: (e.jour is None, e.jour or date.max, NATURES.index(e.nature)))),
        annees,
        _reprises(passe, actives, id_menage.strip(), personnes),
    )


def menages_a_verifier(
    espace: Espace,
    service: str,
    annee: int,
    nombre: int = 10,
    *,
    diffusion: str = "interne",
    passe: Passe | None = None,
) -> tuple[MenageAVerifier, ...]:
    """Des ménages de l'année à vérifier : d'abord ceux qu'un contrôle reprend, puis ceux qui ont le plus d'épisodes.

    Interne seulement : lève `ErreurParametre` en diffusion publique ou si le service n'existe pas.
    """
    exiger_interne(diffusion, "La liste des ménages à vérifier")
    fiche, entrepot = lire_service(espace, service), lire_entrepot(espace, service)
    passe = passe or Passe(espace, fiche, entrepot)
    raisons: dict[str, dict[str, tuple[tuple[bool, int], str]]] = {}
    for examinee in passe.examiner(annee):
        fautives = examinee.fautives
        if "id_menage" not in fautives.columns:
            continue
        rang, cle = _poids(examinee), sujet(examinee.regle)
        for menage in fautives["id_menage"].drop_nulls().unique().sort():
            connues = raisons.setdefault(menage, {})
            connues[cle] = min(connues.get(cle, ((True, len(GRAVITES)), "")), (rang, examinee.regle.explication))
    tries = sorted(raisons, key=lambda m: (min(r for r, _ in raisons[m].values()), -len(raisons[m]), m))
    proposes = [MenageAVerifier(m, tuple(texte for _, texte in sorted(raisons[m].values()))) for m in tries[:nombre]]
    contexte = Contexte(espace, fiche, fiche.periode(annee), entrepot)
    return (*proposes, *_longs_parcours(contexte, set(raisons), nombre - len(proposes)))


def _longs_parcours(contexte: Contexte, deja: set[str], nombre: int) -> list[MenageAVerifier]:
    """Les ménages de l'année qui ont le plus d'épisodes, ou le plus d'actes pour un service qui n'a pas d'épisode."""
    episodes = contexte.episodes.select("id_menage", "debut")
    actes = contexte.actes.select("id_menage", pl.col("date").alias("debut"))
    mots = ("épisode", "épisodes")
    faits = episodes.join(contexte.menages, on="id_menage", how="semi").collect()
    if faits.is_empty():
        faits, mots = actes.join(contexte.menages, on="id_menage", how="semi").collect(), ("acte", "actes")
    comptes = (
        faits.filter(~pl.col("id_menage").is_in(list(deja)))
        .group_by("id_menage")
        .len()
        .sort("len", "id_menage", descending=[True, False])
        .head(max(nombre, 0))
    )
    return [
        MenageAVerifier(m, (f"{n}{INSECABLE}{locale.pluriel(n, *mots)} dans le service",)) for m, n in comptes.rows()
    ]


# Les lignes du ménage


def _lignes_du_menage(entrepot: Entrepot, service: str, id_menage: str) -> dict[str, pl.DataFrame]:
    """Les lignes du ménage dans chaque table livrée, et celles de ses membres dans les tables de personnes."""
    lignes: dict[str, pl.DataFrame] = {}
    for nom in entrepot.tables:
        table = entrepot.table(nom)
        if "id_service" in table.columns:
            table = table.filter(pl.col("id_service") == service)
        if "id_menage" in table.columns:
            lignes[nom] = table.filter(pl.col("id_menage") == id_menage)
    lignes = {nom: table for nom, table in lignes.items() if table.height}
    personnes = _personnes(lignes)
    for nom in ("contrat_travail", "contact_employeur", "participation"):
        if personnes and entrepot.presente(nom):
            table = entrepot.table(nom).filter(pl.col("id_personne").is_in(sorted(personnes)))
            if "id_service" in table.columns:
                table = table.filter(pl.col("id_service") == service)
            if table.height:
                lignes[nom] = table
    return lignes


def _personnes(lignes: Mapping[str, pl.DataFrame]) -> set[str]:
    """Les membres du ménage, son référent et ceux qu'un séjour nomme."""
    vues: set[str] = set()
    for nom, colonne in (("membre", "id_personne"), ("menage", "id_referent"), ("sejour", "id_personne")):
        if nom in lignes:
            vues |= set(lignes[nom][colonne].drop_nulls())
    return vues


class _Mots:
    """Les modalités d'une ligne, en français."""

    def __init__(self, espace: Espace) -> None:
        self.espace = espace

    def dire(self, ligne: Mapping[str, Any], *colonnes: str) -> str:
        """« Prescripteur : mairie ; Motif principal : … », les colonnes vides tues."""
        return " ; ".join(self._un(c, ligne[c]) for c in colonnes if ligne.get(c) is not None)

    def modalite(self, colonne: str, code: str) -> str:
        connus = {**lire_nomenclature(self.espace, VARIABLES[colonne].nomenclature).libelles, **ABSENCES_EN_LETTRES}
        return connus.get(code, "modalité hors du vocabulaire")

    def _un(self, colonne: str, valeur: Any) -> str:
        variable = VARIABLES[colonne]
        if variable.nomenclature:
            return f"{_NOMS[colonne]} : {self.modalite(colonne, valeur)}"
        if variable.unite:
            return f"{_NOMS[colonne]} : {locale.valeur_unite(float(valeur), variable.unite)}"
        return f"{_NOMS[colonne]} : {valeur}"


_NOMS = {
    "prescripteur": "prescripteur",
    "motif": "motif",
    "suite": "suite",
    "motif_suite": "motif de la suite",
    "type_mesure": "type",
    "intensite": "intensité",
    "rang": "rang",
    "motif_fin": "motif de fin",
    "objectif_atteint": "objectif atteint",
    "composition": "composition",
    "logement": "logement",
    "emploi": "emploi",
    "ressource_principale": "ressource principale",
    "ressources": "ressources",
    "parc": "parc",
    "contingent": "contingent",
    "type_contrat": "contrat",
    "durable": "durable",
    "heures": "heures",
    "nature": "nature",
}


def _evenements(espace: Espace, lignes: Mapping[str, pl.DataFrame]) -> list[Evenement]:
    mots = _Mots(espace)
    faits: list[Evenement] = []
    for nom, lire in _LECTURES.items():
        for ligne in lignes[nom].iter_rows(named=True) if nom in lignes else ():
            faits += [_avec_origine(e, ligne) for e in lire(mots, ligne)]
    if "acte" in lignes:
        faits += _actes(mots, lignes["acte"])
    if "dette_mois" in lignes:
        faits += _redevances(lignes["dette_mois"])
    return faits


def _avec_origine(fait: Evenement, ligne: Mapping[str, Any]) -> Evenement:
    origine = f"{ligne['_fichier']}, ligne {ligne['_ligne']}" if ligne.get("_fichier") else ""
    return Evenement(fait.jour, fait.nature, fait.libelle, fait.fin, fait.dure, origine)


def _phrase(tete: str, suite: str) -> str:
    return f"{tete}. {locale.majuscule(suite)}." if suite else f"{tete}."


def _demande(mots: _Mots, ligne: Mapping[str, Any]) -> Iterable[Evenement]:
    yield Evenement(
        ligne["date_demande"], "Demande", _phrase("Demande reçue", mots.dire(ligne, "prescripteur", "motif"))
    )
    if ligne["date_decision"]:
        texte = _phrase("Décision sur la demande", mots.dire(ligne, "suite", "motif_suite"))
        yield Evenement(ligne["date_decision"], "Demande", texte)


def _mesure(mots: _Mots, ligne: Mapping[str, Any]) -> Iterable[Evenement]:
    precisions = mots.dire(ligne, "type_mesure", "intensite", "rang")
    if ligne["date_notification"] and ligne["date_notification"] != ligne["date_debut"]:
        yield Evenement(ligne["date_notification"], "Mesure", _phrase("Mesure notifiée", precisions))
    if ligne["date_debut"]:
        yield Evenement(ligne["date_debut"], "Mesure", _phrase("Mesure", precisions), ligne["date_fin"], dure=True)
    if ligne["date_fin"]:
        texte = _phrase("Fin de la mesure", mots.dire(ligne, "motif_fin", "objectif_atteint"))
        yield Evenement(ligne["date_fin"], "Mesure", texte)
    if not any(ligne[c] for c in ("date_debut", "date_notification", "date_fin")):
        yield Evenement(None, "Mesure", _phrase("Mesure sans aucune date", precisions))


def _sejour(mots: _Mots, ligne: Mapping[str, Any]) -> Iterable[Evenement]:
    yield Evenement(ligne["date_entree"], "Séjour", "Séjour sur une place.", ligne["date_sortie"], dure=True)
    if ligne["date_sortie"]:
        yield Evenement(ligne["date_sortie"], "Séjour", _phrase("Sortie de la place", mots.dire(ligne, "motif_fin")))


def _situation(mots: _Mots, ligne: Mapping[str, Any]) -> Iterable[Evenement]:
    moment = locale.minuscule(mots.modalite("moment", ligne["moment"])) if ligne["moment"] else "moment inconnu"
    dites = mots.dire(ligne, "composition", "logement", "emploi", "ressource_principale", "ressources")
    yield Evenement(ligne["date"], "Situation", _phrase(f"Situation notée ({moment})", dites))


def _relogement(mots: _Mots, ligne: Mapping[str, Any]) -> Iterable[Evenement]:
    yield Evenement(ligne["date"], "Relogement", _phrase("Accès au logement", mots.dire(ligne, "parc", "contingent")))


def _contrat(mots: _Mots, ligne: Mapping[str, Any]) -> Iterable[Evenement]:
    texte = _phrase("Contrat de travail", mots.dire(ligne, "type_contrat", "durable", "heures"))
    yield Evenement(ligne["date_debut"], "Travail", texte, ligne["date_fin"], dure=True)


def _contact(mots: _Mots, ligne: Mapping[str, Any]) -> Iterable[Evenement]:
    yield Evenement(ligne["date"], "Travail", _phrase("Contact avec un employeur", mots.dire(ligne, "nature")))


_LECTURES = {
    "demande": _demande,
    "mesure": _mesure,
    "sejour": _sejour,
    "situation": _situation,
    "relogement": _relogement,
    "contrat_travail": _contrat,
    "contact_employeur": _contact,
}


def _actes(mots: _Mots, actes: pl.DataFrame) -> list[Evenement]:
    """Les actes, comptés par mois ; ceux qui n'ont pas eu lieu sont dits à part."""
    tries = (
        actes.with_columns(regles.acte_compte().alias("_compte"), pl.col("nombre").fill_null(1))
        .group_by(pl.col("date").dt.truncate("1mo").alias("_mois"), "type_acte", "_compte")
        .agg(pl.col("nombre").sum())
        .sort("_mois", "_compte", "nombre", "type_acte", descending=[False, True, True, False])
    )
    faits = []
    for (mois,), groupe in tries.group_by("_mois", maintain_order=True):
        dits = [
            f"{mots.modalite('type_acte', type_) if type_ else 'Sans type'} : {locale.nombre(n)}"
            + ("" if compte else " (absent ou annulé, non compté)")
            for type_, compte, n in groupe.select("type_acte", "_compte", "nombre").iter_rows()
        ]
        faits.append(Evenement(mois, "Actes", f"{' ; '.join(dits)}."))
    return faits


def _redevances(mois: pl.DataFrame) -> list[Evenement]:
    """Les mois de redevance, année par année : combien sont connus, combien impayés."""
    annees = (
        mois.group_by(pl.col("mois").str.slice(0, 4).alias("_annee"))
        .agg(pl.len(), (pl.col("impaye") == "oui").sum().alias("impayes"), pl.col("mois").min().alias("premier"))
        .sort("_annee")
    )
    return [
        Evenement(
            date(int(premier[:4]), int(premier[5:7]), 1),
            "Redevance",
            f"{n} mois de redevance connus en {annee}, dont {impayes} {locale.pluriel(impayes, 'impayé', 'impayés')}.",
        )
        for annee, n, impayes, premier in annees.iter_rows()
    ]


# Ce qui le compte


def _annee_comptee(
    espace: Espace, fiche: Service, entrepot: Entrepot, annee: int, id_menage: str, personnes: set[str]
) -> AnneeComptee:
    """Les populations de l'année où le ménage, ou l'un de ses membres, a une ligne."""
    contexte = Contexte(espace, fiche, fiche.periode(annee), entrepot)
    lecteurs: dict[str, list[str]] = {}
    for nom in _imprimes(fiche):
        definition = en_vigueur(nom, annee).definition
        lecteurs.setdefault(definition.univers, []).append(definition.libelle)
    plans = {u: _du_menage(contexte, u, id_menage, personnes) for u in lecteurs}
    plans = {u: plan for u, plan in plans.items() if plan is not None}
    comptes = {
        u: bloc.item()
        for u, bloc in zip(plans, pl.collect_all([p.select(pl.len()) for p in plans.values()]), strict=True)
    }
    populations = tuple(
        (_en_bref(trouver_univers(u).description), n, tuple(lecteurs[u])) for u, n in comptes.items() if n
    )
    suivi = contexte.menages.filter(pl.col("id_menage") == id_menage).collect().height > 0
    return AnneeComptee(annee, suivi, populations)


def _imprimes(fiche: Service) -> list[str]:
    """Les indicateurs que le rapport du service imprime ; tous s'il n'a aucune section."""
    if not fiche.sections:
        return noms()
    cites = {*fiche.chiffres_cles, *(n for s in fiche.sections for b in s.blocs for n in b.get("indicateurs", ()))}
    return [n for n in noms() if n in cites]


def _en_bref(description: str) -> str:
    """La première idée d'une description : « Ménages ayant au moins un jour de mesure ou de séjour… »."""
    texte = " ".join(description.replace("`", "").split())
    return re.split(r"[.;:](?: |$)", texte)[0].strip()


def _du_menage(contexte: Contexte, univers: str, id_menage: str, personnes: set[str]) -> pl.LazyFrame | None:
    """Les lignes du ménage dans une population ; `None` si elle ne dit pas de qui sont ses lignes."""
    plan = trouver_univers(univers).construire(contexte)
    colonnes = plan.collect_schema().names()
    if "id_menage" in colonnes:
        return plan.filter(pl.col("id_menage") == id_menage)
    if "id_personne" in colonnes:
        return plan.filter(pl.col("id_personne").is_in(sorted(personnes)))
    return None


def _reprises(passe: Passe, annees: Sequence[int], id_menage: str, personnes: set[str]) -> tuple[Reprise, ...]:
    """Les contrôles dont une ligne fautive est du ménage ou de l'un de ses membres, une fois par sujet."""
    vues: dict[str, tuple[Examinee, list[int]]] = {}
    for annee in annees:
        for examinee in passe.examiner(annee):
            if not _touche(examinee.fautives, id_menage, personnes):
                continue
            cle = sujet(examinee.regle)
            retenue, connues = vues.setdefault(cle, (examinee, []))
            if _poids(examinee) < _poids(retenue):
                vues[cle] = (examinee, connues)
            if annee not in connues:
                connues.append(annee)
    tries = sorted(vues.values(), key=lambda v: (_poids(v[0]), v[0].regle.regle))
    return tuple(Reprise(e.regle.explication, e.regle.remede, effet(e), tuple(a)) for e, a in tries)


def _poids(examinee: Examinee) -> tuple[bool, int]:
    """Un contrôle qui échoue passe avant un défaut assez rare pour être admis, puis le plus grave."""
    return examinee.reussie, GRAVITES[gravite_de(examinee.regle)]


def _touche(fautives: pl.DataFrame, id_menage: str, personnes: set[str]) -> bool:
    if fautives.is_empty():
        return False
    if "id_menage" in fautives.columns and (fautives["id_menage"] == id_menage).any():
        return True
    return "id_personne" in fautives.columns and bool(fautives["id_personne"].is_in(sorted(personnes)).any())


# Rendu


def _quand(fait: Evenement) -> str:
    if fait.jour is None:
        return "sans date"
    if fait.nature == "Actes":
        return locale.majuscule(locale.mois(f"{fait.jour:%Y-%m}", annee=True))
    if not fait.dure:
        return locale.jour(fait.jour)
    if fait.fin is None:
        return f"depuis le {locale.jour(fait.jour)}, en cours"
    jours = (fait.fin - fait.jour).days
    return f"du {locale.jour(fait.jour)} au {locale.jour(fait.fin)} ({locale.duree(jours)})"


def _frise(evenements: Iterable[Evenement]) -> alt.LayerChart:
    dates = [e for e in evenements if e.jour]
    dernier = max([d for e in dates for d in (e.jour, e.fin) if d], default=date.today()) + timedelta(days=15)
    valeurs = [
        {
            "nature": e.nature,
            "jour": f"{e.jour:%Y-%m-%d}T00:00:00",
            "fin": f"{e.fin or dernier:%Y-%m-%d}T00:00:00",
            "dure": e.dure,
            "quand": _quand(e),
            "libelle": e.libelle,
        }
        for e in dates
    ]
    presentes = [n for n in NATURES if any(v["nature"] == n for v in valeurs)]
    x = alt.X(
        "jour:T",
        axis=alt.Axis(format="%b %Y", labelOverlap=True, ticks=True, domain=True, title=None),
        scale=alt.Scale(padding=14),
    )
    y = alt.Y("nature:N", sort=presentes, axis=alt.Axis(labelLimit=160))
    infobulle = [alt.Tooltip("quand:N", title="Quand"), alt.Tooltip("libelle:N", title="Fait")]
    traits = [v for v in valeurs if v["dure"]]
    jours = [v for v in valeurs if not v["dure"]]
    barres = alt.Chart(alt.InlineData(values=traits, name="durees"))
    points = alt.Chart(alt.InlineData(values=jours, name="jours"))
    calques = [
        barres.mark_bar(height=12, color=theme.couleur("moyen"), opacity=0.75).encode(
            x=x, x2="fin:T", y=y, tooltip=infobulle
        ),
        points.mark_point(filled=True, size=60, opacity=1, color=theme.couleur("fort")).encode(
            x=x, y=y, tooltip=infobulle
        ),
    ]
    return alt.layer(*calques).properties(width=620, height=alt.Step(26))
