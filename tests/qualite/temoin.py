"""Le service témoin : toutes les tables du modèle, remplies sans un défaut sur trois années.

Les tests de mutation partent de lui et abîment le sujet d'une règle à la fois. Chaque année y ressemble aux
autres : quarante ménages font une demande, ont une mesure, un séjour, un emploi, un relogement ; un quart
renouvelle sa mesure ; trente-six demandes sont refusées ; quatre ménages arrivent sans demande. Rien n'y est
tiré au hasard. Ce que rien d'autre ne cite (des ménages, des places, des actions) sert à abîmer une clé seule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from observatoire.entrepot import Entrepot
from observatoire.espace import Espace
from observatoire.modele import TABLES, table_vide

SERVICE = "temoin"
ANNEES = (2020, 2021, 2022)
NB = 40  # ménages par année : assez pour qu'un effectif minimum ne cache aucune règle
NB_REFUS = 36
NB_DIRECTS = 4  # par année : des personnes seules venues sans demande, sans renouvellement, sans acte
NB_SEULS = 24  # personnes, ménages, places et actions que rien d'autre ne cite
COMMUNES = ("38185", "38421", "38151", "38169")

Tables = dict[str, pl.DataFrame]
Ligne = dict[str, Any]


def _jours(n: int) -> timedelta:
    return timedelta(days=n)


@dataclass(frozen=True)
class Foyer:
    """Un ménage du témoin, l'année où il arrive et son rang dans cette année ; ses dates en découlent."""

    an: int
    i: int

    @property
    def nom(self) -> str:
        return f"M{self.an}-{self.i}"

    @property
    def demande(self) -> date:
        return date(self.an, 1, 2) + _jours(5 * (self.i % NB))

    @property
    def debut(self) -> date:
        return self.demande + _jours(15)

    @property
    def fin(self) -> date:
        return self.debut + _jours(100 + self.i)

    @property
    def renouvele(self) -> bool:
        return self.i % 4 == 0

    @property
    def fin_renouvellement(self) -> date:
        return self.fin + _jours(60)

    @property
    def membres(self) -> list[tuple[str, str, str]]:
        """(identifiant, rôle, mois de naissance) d'une personne seule, d'un parent, d'un couple, ou d'une famille."""
        adulte, petit, grand = f"19{70 + self.i % 25}-05", f"{self.an - 6}-03", f"{self.an - 16}-03"
        autres = {
            0: [],
            1: [("enfant", petit)],
            2: [("conjoint", adulte)],
            3: [("conjoint", adulte), ("enfant", petit), ("enfant", grand)],
        }[self.i // 4 % 4]
        return [
            (f"P{self.an}-{self.i}-{rang}", role, naissance)
            for rang, (role, naissance) in enumerate([("referent", adulte), *autres])
        ]

    @property
    def composition(self) -> Ligne:
        seul = "FH"[self.i % 2] + "S"
        code, adultes, grands, petits = {
            0: (seul, 1, 1, 0),
            1: (f"{seul}E", 1, 1, 1),
            2: ("CSE", 2, 2, 0),
            3: ("CAE", 2, 3, 1),
        }[self.i // 4 % 4]
        return {"composition": code, "nb_adultes": adultes, "nb_14_et_plus": grands, "nb_moins_14": petits}

    @property
    def referent(self) -> str:
        return self.membres[0][0]


FOYERS = [Foyer(an, i) for an in ANNEES for i in range(NB)]
DIRECTS = [Foyer(an, NB + 8 + i) for an in ANNEES for i in range(NB_DIRECTS)]
REFUSES = [(an, i) for an in ANNEES for i in range(NB_REFUS)]


def _personnes() -> Iterator[Ligne]:
    for foyer in [*FOYERS, *DIRECTS]:
        for rang, (nom, _, naissance) in enumerate(foyer.membres):
            yield {
                "id_personne": nom,
                "naissance": naissance,
                "genre": "FH"[(foyer.i + rang) % 2],  # le code de composition d'une personne seule le reprend
                "parcours_ase": "oui" if foyer.i % 2 == 0 else "non",
                "prise_en_charge": "MECS" if foyer.i % 2 == 0 else "SO",
            }
    for an, i in REFUSES:
        absente = {"parcours_ase": "non", "prise_en_charge": "SO"}
        yield {"id_personne": f"PR{an}-{i}", "naissance": "1985-07", "genre": "FH"[i % 2], **absente}
    for i in range(NB_SEULS):
        yield {"id_personne": f"P-{i}", "naissance": "1990-02", "genre": "F", "parcours_ase": "non"}


def _menages() -> Iterator[Ligne]:
    yield from ({"id_menage": f.nom, "id_referent": f.referent} for f in [*FOYERS, *DIRECTS])
    yield from ({"id_menage": f"R{an}-{i}", "id_referent": f"PR{an}-{i}"} for an, i in REFUSES)
    yield from ({"id_menage": f"M-{i}", "id_referent": "PR2020-0"} for i in range(NB_SEULS))


def _membres() -> Iterator[Ligne]:
    for foyer in [*FOYERS, *DIRECTS]:
        for nom, role, _ in foyer.membres:
            garde = "permanente" if role == "enfant" else None
            ligne = {"id_menage": foyer.nom, "id_personne": nom, "role": role, "garde": garde}
            yield {**ligne, "debut": date(foyer.an, 1, 1), "fin": foyer.fin + _jours(500)}
    for an, i in REFUSES:
        ligne = {"id_menage": f"R{an}-{i}", "id_personne": f"PR{an}-{i}", "role": "referent"}
        yield {**ligne, "debut": date(an, 1, 1), "fin": None}


def _demandes() -> Iterator[Ligne]:
    commun = {
        "prescripteur": "SIAE",
        "organisme": "Chantier",
        "motif": "RUE",
        "motifs_annexes": "SANTE | DETTES",
        "qpv": "non",
        "territoire": "Métropole",
        "volet": "INSERTION",
    }
    for f in FOYERS:
        admise = {"date_demande": f.demande, "date_decision": f.demande + _jours(5), "suite": "ADMISE"}
        lien = {"id_demande": f"D{f.nom}", "id_menage": f.nom, "commune_origine": COMMUNES[f.i % 4]}
        yield {**commun, **lien, **admise, "motif_suite": "SO"}
    for an, i in REFUSES:
        jour = date(an, 2, 1) + _jours(6 * i)
        refus = {"date_demande": jour, "date_decision": jour + _jours(9), "suite": "REFUS_SERVICE"}
        lien = {"id_demande": f"DR{an}-{i}", "id_menage": f"R{an}-{i}", "commune_origine": COMMUNES[i % 4]}
        yield {**commun, **lien, **refus, "motif_suite": "HORS_CRITERES"}


def _mesures() -> Iterator[Ligne]:
    commun = {
        "type_mesure": "ACCES",
        "intensite": "SIMPLE",
        "coefficient": 1.0,
        "territoire": "Métropole",
        "motif_fin": "ACCES_LOGT",
        "objectif_atteint": "oui",
        "objectifs": "EMPLOI | SOINS",
        "prolongation_exceptionnelle": "non",
        "volet": "INSERTION",
    }
    for f in FOYERS:
        qui = {"id_menage": f.nom, "id_parcours": f"PC{f.nom}", "id_demande": f"D{f.nom}"}
        yield {**commun, **qui, "id_mesure": f"X{f.nom}", "rang": 1, **_dates(f.debut, f.fin)}
        if f.renouvele:
            fins = _dates(f.fin, f.fin_renouvellement)
            yield {**commun, **qui, "id_mesure": f"Y{f.nom}", "rang": 2, **fins}
    for f in DIRECTS:
        yield {**commun, "id_menage": f.nom, "id_mesure": f"X{f.nom}", "rang": 1, **_dates(f.debut, f.fin)}


def _dates(debut: date, fin: date) -> Ligne:
    return {
        "date_notification": debut - _jours(4),
        "date_debut": debut,
        "date_premier_rdv": debut,
        "date_signature": debut + _jours(2),
        "date_bail": debut + _jours(30),
        "date_fin_prevue": debut + _jours(120),
        "date_fin": fin,
    }


def _places() -> Iterator[Ligne]:
    """Une par foyer et par an, celles des foyers directs, et des places restées vides, qui fermeront un jour."""
    noms = [f"L{i}" for i in range(NB)] + [f"L{f.nom}" for f in DIRECTS] + [f"L-{i}" for i in range(NB_SEULS)]
    for i, nom in enumerate(noms):
        yield {
            "id_place": nom,
            "nb_places": 1,
            "typologie": "T2",
            "bailleur": "Office",
            "commune": COMMUNES[i % 4],
            "regroupe_diffus": "diffus",
            "ouverture": date(2015, 1, 1),
            "fermeture": date(2030, 1, 1) if nom.startswith("L-") else None,
            "type_place": "INSERTION",
            "modalite_gestion": "SOUS_LOCATION",
            "parc": "PUBLIC",
            "date_captation": date(2014, 12, 1),
        }


def _indisponibilites() -> Iterator[Ligne]:
    for f in FOYERS:
        debut = date(f.an, 12, 16) + _jours(f.i % 10)
        yield {"id_place": f"L{f.i}", "debut": debut, "fin": debut + _jours(4), "motif": "TRAVAUX"}


def _sejours() -> Iterator[Ligne]:
    for f in [*FOYERS, *DIRECTS]:
        yield {
            "id_sejour": f"S{f.nom}",
            "id_parcours": f"PS{f.nom}",
            "id_place": f"L{f.i}" if f.i < NB else f"L{f.nom}",
            "id_menage": f.nom,
            "id_personne": f.referent,
            "date_entree": f.debut,
            "date_sortie": f.fin,
            "motif_fin": "ACCES_LOGT",
        }


def _situations() -> Iterator[Ligne]:
    """Une photo d'entrée, de la personne ; de sortie, du ménage, une par mesure et par séjour. Celles des foyers
    directs ne disent pas de quoi elles sont la sortie."""
    for f in [*FOYERS, *DIRECTS]:
        commun = {
            **f.composition,
            "id_menage": f.nom,
            "ressources": Decimal("1100.50"),
            "charges": Decimal("420.00"),
            "commune": COMMUNES[f.i % 4],
            "mobilite": "BUS",
            "permis": "OBTENU",
            "protection": "AUCUNE",
            "ressource_principale": "SALAIRE",
        }
        entree = {**commun, "moment": "entree", "date": f.debut, "logement": "RUE", "emploi": "IAE"}
        entree["id_personne"] = f.referent
        sortie = {**commun, "moment": "sortie", "date": f.fin, "logement": "PUBLIC", "emploi": "CDD"}
        if f in DIRECTS:
            yield from (entree, sortie)
            continue
        yield {**entree, "id_mesure": f"X{f.nom}"}
        yield {**sortie, "id_mesure": f"X{f.nom}"}
        yield {**sortie, "id_sejour": f"S{f.nom}", "date": f.fin + _jours(3)}
        if f.renouvele:
            yield {**sortie, "id_mesure": f"Y{f.nom}", "date": f.fin_renouvellement}


def _actes() -> Iterator[Ligne]:
    for f in FOYERS:
        commun = {
            "date": f.debut + _jours(7),
            "lieu": "Maison de quartier",
            "mode": "physique",
            "theme": "EMPLOI",
            "partenaire": "CCAS",
            "qpv": "non",
            "presence": "present",
            "nombre": 1,
        }
        lien = {"id_menage": f.nom, "id_mesure": f"X{f.nom}"}
        dossier = {"type_dossier": "LOGEMENT_SOCIAL", "etat_dossier": "depose"}
        yield {**commun, **lien, "id_acte": f"AE{f.nom}", "type_acte": "ENTRETIEN"}
        yield {**commun, **lien, "id_acte": f"AD{f.nom}", "type_acte": "DOSSIER", **dossier}
        orientation = {"type_acte": "ORIENTATION", "dispositif": "Pension", "id_menage": f.nom}
        yield {**commun, **orientation, "id_acte": f"AO{f.nom}"}
        yield {**commun, "id_acte": f"AV{f.nom}", "type_acte": "ALLER_VERS", "effectif_anonyme": 12}
        yield {**commun, "id_acte": f"AT{f.nom}", "type_acte": "ATELIER"}


def _participations() -> Iterator[Ligne]:
    yield from ({"id_acte": f"AT{f.nom}", "id_personne": f.referent} for f in FOYERS)


def _relogements() -> Iterator[Ligne]:
    for f in [*FOYERS, *DIRECTS]:
        mesure = None if f in DIRECTS else f"X{f.nom}"
        lien = {"id_relogement": f"G{f.nom}", "id_menage": f.nom, "id_mesure": mesure}
        ou = {"parc": "PUBLIC", "bailleur": "Office", "contingent": "ETAT", "commune": COMMUNES[f.i % 4]}
        yield {**lien, **ou, "date": f.fin, "date_connaissance": f.fin + _jours(10)}


def _dettes() -> Iterator[Ligne]:
    for f in FOYERS:
        mois = f.debut.replace(day=1) + _jours(31)
        doit = {"impaye": "oui", "solde": Decimal("150.00")} if f.i % 4 == 0 else {"impaye": "non", "solde": Decimal(0)}
        yield {"id_menage": f.nom, "mois": f"{mois:%Y-%m}", **doit}


def _conventions() -> Iterator[Ligne]:
    for an in ANNEES:
        for i in range(20):
            yield {
                "id_convention": f"C{an}-{i}",
                "financeur": "Département",
                "dispositif": "Accompagnement",
                "territoire": "Métropole",
                "debut": date(an, 1, 1),
                "fin": date(an + 1, 1, 1),
                "montant": Decimal(25000),
                "unite_objectif": "mesures",
                "objectif": 12.0,
                "nature": "realise",
                "etp": 0.5,
            }


def _contrats() -> Iterator[Ligne]:
    for f in FOYERS:
        lien = {"id_contrat": f"K{f.nom}", "id_personne": f.referent, "id_menage": f.nom}
        quoi = {"type_contrat": ("CDDI", "CDD")[f.i % 2], "employeur_type": "SIAE", "heures": 400.0, "durable": "non"}
        yield {**lien, **quoi, "date_debut": f.debut, "date_fin": f.fin}


def _contacts() -> Iterator[Ligne]:
    yield from ({"id_personne": f.referent, "date": f.debut + _jours(9), "nature": "premier_contact"} for f in FOYERS)


def _commentaires() -> Iterator[Ligne]:
    for an in ANNEES:
        for i in range(12):
            texte = {"texte": "Les relogements progressent.", "fonction_auteur": "Responsable", "etat": "valide"}
            yield {"annee": an, "bloc": f"tableau_{i}", "nature": "constat", **texte}


def _nomenclatures() -> Iterator[Ligne]:
    for i in range(NB):
        suites = {"sortie_logement": "non", "sortie_positive": "non"}
        jours = {"valable_du": date(2015, 1, 1), "valable_au": date(2035, 1, 1)}
        yield {"liste": "essai", "code": f"E{i}", "libelle": f"Modalité {i}", "ordre": i, "regroupement": "Essai"} | (
            suites | jours
        )


def _territoires() -> Iterator[Ligne]:
    for i in range(NB):
        lieu = {"epci": "200040715", "departement": "38", "region": "84"}
        yield {"commune": f"38{100 + i}", "libelle": f"Commune {i}", **lieu, "millesime": 2022}


def _series() -> Iterator[Ligne]:
    for an in ANNEES:
        for i in range(12):
            taux = {"numerateur": 40.0, "denominateur": 100.0, "valeur": 0.4, "rupture": "non"}
            lieu = {"source": "Rapport", "annee": an, "territoire": f"Territoire {i}"}
            yield {**lieu, "indicateur": "taux_sortie_logement", **taux}


def _actions() -> Iterator[Ligne]:
    for i in range(NB + NB_SEULS):
        yield {
            "id_action": f"Z{i}",
            "plan": "Projet social",
            "enjeu": "Loger",
            "libelle": f"Action {i}",
            "responsable_fonction": "Direction",
            "echeance_debut": date(2020, 3, 1),
            "echeance_fin": date(2022, 6, 1),
            "etat": "engagee",
            "date_etat": date(2021, 6, 1),
            "mode_evaluation": "Bilan annuel",
            "participation_usagers": "Groupe de parole",
            "partenaires": "Bailleurs",
            "budget_annonce": Decimal(3000),
        }


def _jalons() -> Iterator[Ligne]:
    for i in range(NB):
        dates = {"echeance_debut": date(2020, 4, 1), "echeance_fin": date(2021, 4, 1), "date_etat": date(2021, 3, 1)}
        yield {"id_action": f"Z{i}", "libelle": "Étape", "etat": "realisee", **dates}


def _budgets() -> Iterator[Ligne]:
    for i in range(NB):
        yield {
            "id_action": f"Z{i}",
            "annee": 2021,
            "annee_fin": 2021,
            "nature": "prevu",
            "poste": "Postes",
            "financeur": "Département",
            "montant": Decimal(3000),
            "cout_unitaire": Decimal(1000),
            "cout_unitaire_max": Decimal(1200),
            "quantite": 3.0,
            "versements_par_an": 1,
            "premier_versement": date(2021, 1, 1),
            "part": 100.0,
        }


def _indicateurs() -> Iterator[Ligne]:
    for i in range(NB):
        mesure = {"nature": "evaluation", "cible": 50.0, "valeur": 45.0, "unite": "%", "date": date(2021, 12, 31)}
        yield {"id_action": f"Z{i}", "indicateur": "taux_sortie_logement", "public": "Tous", **mesure}


def _services() -> Iterator[Ligne]:
    yield {"type_service": "AVDL", "libelle": "Service témoin", "unite_compte": "menage"}


_LIGNES = {
    "personne": _personnes,
    "menage": _menages,
    "membre": _membres,
    "service": _services,
    "convention": _conventions,
    "demande": _demandes,
    "mesure": _mesures,
    "place": _places,
    "indisponibilite": _indisponibilites,
    "sejour": _sejours,
    "situation": _situations,
    "acte": _actes,
    "participation": _participations,
    "relogement": _relogements,
    "dette_mois": _dettes,
    "commentaire": _commentaires,
    "nomenclature": _nomenclatures,
    "territoire": _territoires,
    "serie_agregee": _series,
    "contrat_travail": _contrats,
    "contact_employeur": _contacts,
    "action": _actions,
    "jalon": _jalons,
    "budget_action": _budgets,
    "indicateur_action": _indicateurs,
}


@cache
def _temoin() -> Mapping[str, pl.DataFrame]:
    return {nom: _table(nom, list(lignes())) for nom, lignes in _LIGNES.items()}


def _table(nom: str, lignes: list[Ligne]) -> pl.DataFrame:
    vide = table_vide(nom)
    service = {"id_service": SERVICE} if "id_service" in vide.columns else {}
    completes = []
    for rang, ligne in enumerate(lignes):
        inconnues = set(ligne) - set(vide.columns)
        assert not inconnues, f"{nom} n'a pas de colonne {inconnues}"
        completes.append({**service, "_fichier": f"{nom}_2020-2022.csv", "_ligne": rang + 2, **ligne})
    return pl.DataFrame(completes, schema=vide.schema, orient="row")


def tables_temoin() -> Tables:
    """Les tables du témoin ; le dictionnaire est neuf à chaque appel, les tables sont partagées."""
    return dict(_temoin())


def reglage() -> str:
    """Le fichier de réglage du témoin : chaque table y est déclarée, venue de son propre fichier, entière."""
    blocs = ['libelle = "Service témoin"', "duree_initiale = 6", "duree_max = 12"]
    for nom, table in TABLES.items():
        colonnes = ", ".join(f'{colonne} = "{colonne}"' for colonne in table.colonnes if colonne != "id_service")
        blocs += [f'[[import.fichiers]]\nmotif = "{nom}_*.csv"']
        blocs += [f'  [[import.fichiers.tables]]\n  table = "{nom}"\n  colonnes = {{ {colonnes} }}']
    blocs += ["[qualite.seuils]\nsejour_mois_maximum = 12"]
    return "\n".join(blocs) + "\n"


def espace_temoin(dossier: Path) -> Espace:
    """Un espace dont le seul service est le témoin ; ses données restent en mémoire (`EntrepotTemoin`)."""
    services = dossier / "data" / "services"
    services.mkdir(parents=True)
    (services / f"{SERVICE}.toml").write_text(reglage(), encoding="utf-8")
    return Espace(dossier)


@dataclass(frozen=True)
class EntrepotTemoin(Entrepot):
    """Un entrepôt en mémoire : les tables qu'on lui donne, et un fichier de rejets s'il en faut un."""

    en_memoire: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def presente(self, nom: str) -> bool:
        return nom in self.en_memoire

    @property
    def fichier_rejets(self) -> Path:
        return self.dossier / "rejets.csv"

    def table(self, nom: str) -> pl.DataFrame:
        return self.en_memoire[nom] if nom in self.en_memoire else table_vide(nom)

    @property
    def tables(self) -> list[str]:
        return [nom for nom in TABLES if nom in self.en_memoire]
