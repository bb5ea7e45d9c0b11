"""Les fiches d'un plan d'action municipal fictif : actions, échéancier, budgets, cibles et moyens.

Les échéances, les budgets et les cibles sont ceux du plan imprimé ; l'avancement, les dépenses et les mesures
d'évaluation, qui ne le sont pas, sont inventés.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

PLAN = "Plan d'action sociale"
AHI, CS, ASF = "Accueil hébergement insertion", "Centres sociaux", "Aide sociale facultative"
DIRECTION = "Direction du développement social"


@dataclass(frozen=True)
class Fiche:
    """Une fiche-action : ce que le plan en dit, et ce qu'on en sait depuis."""

    id: str
    enjeu: str
    libelle: str
    etat: tuple[str, date]
    jalons: tuple[tuple, ...]  # (libellé, début, fin, état, date de l'état)
    budgets: tuple[dict[str, Any], ...] = ()
    indicateurs: tuple[dict[str, Any], ...] = ()
    annonce: int | None = None
    fiche: dict[str, str] = field(default_factory=dict)


def _j(libelle: str, debut: tuple, fin: tuple, etat: str = "prevue", constat: tuple | None = None) -> tuple:
    return libelle, date(*debut), date(*fin), etat, date(*constat) if constat else None


def _an(libelle: str, annee: int, etat: str = "prevue", constat: tuple | None = None) -> tuple:
    return _j(libelle, (annee, 1, 1), (annee, 12, 31), etat, constat)


def _b(annee: int, montant: int, poste: str, financeur: str, annee_fin: int | None = None, **calcul: Any) -> dict:
    return {
        "annee": annee,
        "annee_fin": annee_fin,
        "nature": "prevu",
        "poste": poste,
        "financeur": financeur,
        "montant": montant,
        **calcul,
    }


def _x(annee: int, montant: int, poste: str, financeur: str) -> dict:
    return {"annee": annee, "nature": "execute", "poste": poste, "financeur": financeur, "montant": montant}


def _i(nature: str, indicateur: str, cible: float, unite: str, public: str | None = None, **mesure: Any) -> dict:
    return {"nature": nature, "indicateur": indicateur, "cible": cible, "unite": unite, "public": public, **mesure}


def _e(indicateur: str, cible: float, unite: str, valeur: float | None = None, jour: tuple | None = None) -> dict:
    return _i("evaluation", indicateur, cible, unite, valeur=valeur, date=date(*jour) if jour else None)


def _textes(evaluation: str, usagers: str, partenaires: str, responsable: str = DIRECTION) -> dict[str, str]:
    return {
        "mode_evaluation": evaluation,
        "participation_usagers": usagers,
        "partenaires": partenaires,
        "responsable_fonction": responsable,
    }


FICHES: tuple[Fiche, ...] = (
    Fiche(
        "AHI-1",
        AHI,
        "Service d'accueil et d'orientation unique",
        ("engagee", date(2009, 6, 30)),
        (
            _an("Validation du principe et groupe de travail", 2009, "realisee", (2009, 5, 18)),
            _j("Finalisation du projet", (2009, 6, 1), (2009, 12, 31), "realisee", (2010, 3, 15)),
            _an("Phasage de la mise en œuvre", 2010, "realisee", (2010, 11, 30)),
        ),
        (
            _b(2009, 250_000, "Fonctionnement", "CCAS", 2013, cout_unitaire=50_000, versements_par_an=1),
            _x(2009, 41_200, "Fonctionnement", "CCAS"),
            _x(2010, 49_600, "Fonctionnement", "CCAS"),
            _x(2011, 51_300, "Fonctionnement", "CCAS"),
        ),
        (
            _e("Demandes orientées sous huit jours", 80, "%", 64, (2010, 12, 31)),
            _e("Demandes enregistrées au guichet unique", 900, "demandes", 742, (2010, 12, 31)),
        ),
        250_000,
        _textes("Rapport annuel comparé à la région", "Groupe de travail à deux entrées", "État, Département"),
    ),
    Fiche(
        "AHI-2",
        AHI,
        "Accompagnement social adapté",
        ("engagee", date(2009, 9, 15)),
        (_j("Méthode et projet de fonctionnement", (2009, 1, 1), (2010, 12, 31), "realisee", (2011, 2, 10)),),
        (_b(2009, 6_000, "Expertise", "CCAS"), _x(2010, 5_400, "Expertise", "CCAS")),
        (_e("Personnes revenues au droit commun", 30, "%"), _e("Parcours décrits", 60, "parcours", 48, (2011, 6, 30))),
        fiche=_textes("Description des parcours", "Actions collectives", "Département, hôpital"),
    ),
    Fiche(
        "AHI-3",
        AHI,
        "Appui aux projets d'hébergement innovants",
        ("engagee", date(2009, 10, 1)),
        (
            _j(
                "Expérimentation pour les jeunes et étude sur les femmes en errance",
                (2009, 7, 1),
                (2009, 12, 31),
                "realisee",
                (2009, 12, 10),
            ),
            _an("Évolution du projet d'habitat alternatif", 2010, "reportee", (2010, 12, 20)),
        ),
        indicateurs=(_e("Projets programmés", 4, "projets", 2, (2009, 12, 31)),),
        fiche=_textes("Programmation des projets", "Collectif des associations", "Métropole, associations"),
    ),
    Fiche(
        "CS-1",
        CS,
        "Rôle et priorités des centres sociaux",
        ("engagee", date(2010, 2, 1)),
        (_j("Redéfinition du rôle", (2010, 1, 1), (2014, 12, 31), "engagee", (2010, 2, 1)),),
        (_b(2010, 15_000, "Plan de communication", "CCAS"), _x(2011, 11_800, "Plan de communication", "CCAS")),
        (_e("Centres ayant un comité d'usagers", 11, "centres", 4, (2010, 12, 31)),),
        fiche=_textes("Avec les conventions", "Comités d'usagers, présentation annuelle", "CAF, Département, Ville"),
    ),
    Fiche(
        "CS-2",
        CS,
        "Accueil d'information et d'orientation",
        ("engagee", date(2009, 3, 31)),
        (
            _j("Finalisation du projet", (2009, 3, 1), (2009, 3, 31), "realisee", (2009, 3, 27)),
            _j("Projet de fonctionnement du secteur 3", (2009, 6, 1), (2009, 6, 30), "realisee", (2009, 7, 8)),
            _j("Ouverture au public du secteur 3", (2009, 9, 1), (2009, 9, 30), "realisee", (2009, 9, 21)),
            _j("Contrat de projet avec la CAF", (2010, 1, 1), (2010, 1, 31), "realisee", (2010, 2, 26)),
            _j("Approfondissement du secteur 3", (2009, 9, 1), (2010, 12, 31), "realisee", (2010, 12, 15)),
            _j("Programme d'aménagement du secteur 6", (2010, 10, 1), (2010, 11, 30), "realisee", (2011, 4, 5)),
            _an("Ouverture au public du secteur 6", 2010, "engagee", (2011, 9, 1)),
            _an("Première évaluation du secteur 3", 2010, "realisee", (2010, 12, 17)),
            _an("Évaluation de tous les accueils", 2010, "prevue", (2010, 6, 30)),
        ),
        indicateurs=(
            _e("Usagers satisfaits de l'accueil", 75, "%", 71, (2009, 11, 16)),
            _e("Nouveaux usagers du secteur 3", 200, "personnes", 168, (2010, 12, 31)),
        ),
        fiche=_textes("Dispositif permanent et enquête", "Choix du nom, collectifs d'usagers", "CAF, Ville"),
    ),
    Fiche(
        "CS-3",
        CS,
        "Accès aux droits",
        ("engagee", date(2009, 11, 2)),
        (
            _an("Plan d'action annuel par secteur", 2009, "realisee", (2009, 12, 3)),
            _an("Première démarche entre usagers et professionnels", 2010, "realisee", (2010, 10, 14)),
            _an("Étude du temps de travail des écrivains publics", 2010, "realisee", (2011, 1, 20)),
            _an("Première expérimentation sociale", 2010, "engagee", (2010, 9, 1)),
        ),
        (
            _b(
                2010,
                350_000,
                "Écrivains publics",
                "CCAS",
                2014,
                cout_unitaire=102_000,
                versements_par_an=1,
                part=70.0,
            ),
            _x(2010, 22_500, "Écrivains publics", "CCAS"),
            _x(2011, 48_900, "Écrivains publics", "CCAS"),
        ),
        (
            _i("moyen", "Écrivains publics", 3, "ETP"),
            _e("Personnes reçues par les écrivains publics", 1_200, "personnes", 934, (2011, 12, 15)),
            _e("Non-recours repérés et traités", 150, "situations"),
        ),
        350_000,
        _textes("L'expérimentation sert d'évaluation", "Par le protocole", "Ville, Département, CAF, Mission locale"),
    ),
    Fiche(
        "CS-4",
        CS,
        "Espaces familles",
        ("engagee", date(2009, 3, 16)),
        (
            _j("État des lieux des actions", (2009, 3, 1), (2009, 7, 31), "realisee", (2009, 7, 10)),
            _j("État des besoins des familles", (2009, 9, 1), (2010, 6, 30), "realisee", (2010, 9, 6)),
            _j("Espaces parents, première vague", (2010, 9, 1), (2010, 9, 30), "realisee", (2010, 9, 20)),
            _j("Espaces parents, deuxième vague", (2011, 9, 1), (2011, 9, 30), "reportee", (2011, 10, 3)),
            _j("Espaces parents, troisième vague", (2012, 9, 1), (2012, 9, 30)),
            _j("Création et aménagement d'une ludothèque", (2013, 1, 1), (2014, 12, 31)),
        ),
        (
            _b(2009, 7_000, "Recherche-action", "CCAS", 2010),
            _b(2013, 227_000, "Ludothèque et éducatrice", "CCAS", 2014),
            _x(2009, 3_100, "Recherche-action", "CCAS"),
            _x(2010, 3_700, "Recherche-action", "CCAS"),
        ),
        (
            _i("moyen", "Éducatrice de jeunes enfants", 1, "ETP"),
            _e("Familles qui fréquentent un espace", 300, "familles", 187, (2011, 6, 30)),
            _e("Familles satisfaites", 80, "%"),
        ),
        fiche=_textes("Dans la recherche-action", "Associées à la démarche", "CAF, État, Ville"),
    ),
    Fiche(
        "CS-5",
        CS,
        "Actions pour les jeunes et les adolescents",
        ("realisee", date(2011, 12, 12)),
        (
            _j(
                "Évaluation et évolution des moyens",
                (2009, 1, 1),
                (2011, 12, 31),
                "realisee",
                (2011, 12, 12),
            ),
        ),
        (
            _b(2010, 270_000, "Centre de planification", "Département", 2012),
            _x(2010, 84_000, "Centre de planification", "Département"),
            _x(2011, 91_500, "Centre de planification", "Département"),
        ),
        (
            _i("moyen", "Conseillère conjugale", 3.75, "ETP", valeur=1.37, date=date(2009, 1, 1)),
            _e("Jeunes reçus dans les antennes", 850, "jeunes", 803, (2011, 11, 30)),
        ),
        fiche=_textes("Bilan annuel comparé", "Dans les actions", "Département, Mission locale"),
    ),
    Fiche(
        "CS-6",
        CS,
        "Coopération avec les équipements socio-culturels",
        ("engagee", date(2009, 4, 1)),
        (
            _an("Intégration d'un espace pour personnes âgées", 2009, "realisee", (2009, 11, 16)),
            _an("Même intégration dans un second centre", 2010, "prevue", (2010, 3, 1)),
            _j("Projet d'équipement commun", (2009, 1, 1), (2010, 12, 31), "realisee", (2010, 12, 6)),
            _an("Rapprochement d'un centre et d'une maison des habitants", 2009, "realisee", (2009, 12, 14)),
        ),
        indicateurs=(_e("Projets de rapprochement écrits", 4, "projets", 3, (2010, 12, 31)),),
        fiche=_textes("Suivi des publics", "Instances des associations", "Ville, CAF, Département"),
    ),
    Fiche(
        "CS-7",
        CS,
        "Fonds de participation des habitants",
        ("engagee", date(2010, 1, 11)),
        (
            _an("Première extension", 2010, "realisee", (2010, 6, 7)),
            _j("Extensions suivantes", (2011, 1, 1), (2014, 12, 31), "engagee", (2011, 5, 2)),
            _j("Évaluation qualitative", (2010, 10, 1), (2010, 12, 31), "prevue", (2010, 10, 1)),
        ),
        (
            _b(2010, 200_000, "Fonds et agents", "CCAS", 2014),
            _x(2010, 28_300, "Fonds et agents", "CCAS"),
            _x(2011, 36_900, "Fonds et agents", "CCAS"),
        ),
        (
            _i("moyen", "Agent de développement local", 2, "ETP"),
            _e("Projets d'habitants soutenus", 40, "projets", 31, (2011, 12, 15)),
        ),
        fiche=_textes("Bilan annuel, évaluation qualitative", "Au comité d'attribution", "Ville, Région, Département"),
    ),
    Fiche(
        "CS-8",
        CS,
        "Réponse aux nouveaux besoins sociaux",
        ("engagee", date(2010, 4, 6)),
        (
            _an("Montage, faisabilité et portage", 2009, "realisee", (2010, 4, 6)),
            _an("Mise en œuvre", 2010, "engagee", (2010, 9, 13)),
        ),
        (
            _b(2010, 50_000, "Fonds d'appui aux projets", "CCAS", 2014),
            _b(2010, 100_000, "Pôle mobilité", "CCAS", 2014),
            _x(2010, 7_200, "Fonds d'appui aux projets", "CCAS"),
            _x(2011, 15_600, "Pôle mobilité", "CCAS"),
        ),
        (
            _i("objectif", "Bénéficiaires par an", 100, "personnes", "Pôle mobilité"),
            _e("Bénéficiaires du pôle mobilité", 100, "personnes", 37, (2011, 12, 15)),
        ),
        fiche=_textes("Bilan et rapport d'étude", "Réseaux d'échanges de savoirs", "Ville, Région"),
    ),
    Fiche(
        "ASF-1",
        ASF,
        "Communication adaptée aux usagers",
        ("prevue", date(2009, 1, 5)),
        (_an("Lancement", 2012), _an("Création d'un site", 2013)),
        (_b(2012, 20_000, "Supports et site", "CCAS", 2013),),
        (_e("Visites mensuelles du site", 500, "visites"),),
        fiche=_textes("Fréquentation et retours", "Au comité de pilotage", "Département, CAF, CPAM"),
    ),
    Fiche(
        "ASF-2",
        ASF,
        "Fonctionnement de la commission permanente",
        ("realisee", date(2009, 6, 22)),
        (_j("Nouvelles règles d'instruction", (2009, 4, 1), (2009, 6, 30), "realisee", (2009, 6, 22)),),
        (
            _b(2009, 500_000, "Aides", "CCAS", 2013),
            _x(2009, 88_400, "Aides", "CCAS"),
            _x(2010, 103_700, "Aides", "CCAS"),
            _x(2011, 108_200, "Aides", "CCAS"),
        ),
        (_e("Délai moyen de réponse", 10, "jours", 12, (2009, 12, 31)),),
        fiche=_textes("Statistiques du service", "Aucune prévue", "Partenaires sociaux"),
    ),
    Fiche(
        "ASF-3",
        ASF,
        "Coordination des aides",
        ("reportee", date(2010, 12, 13)),
        (_an("Mise en place de la coordination", 2010, "reportee", (2010, 12, 13)),),
        indicateurs=(_e("Réunions de coordination", 6, "réunions", 1, (2010, 12, 31)),),
        fiche=_textes("Rapport d'activité", "Collectifs d'habitants", "Département, CAF", "CCAS et Département"),
    ),
    Fiche(
        "ASF-4",
        ASF,
        "Allocation pour jeunes majeurs",
        ("abandonnee", date(2011, 3, 28)),
        (_an("Expérimentation", 2010, "abandonnee", (2011, 3, 28)),),
        (
            _b(2010, 50_000, "Étude et suivi", "Département, État"),
            _x(2010, 18_000, "Étude et suivi", "Département, État"),
        ),
        (
            _i("critere", "Âge minimal", 18, "ans"),
            _i("critere", "Âge maximal", 25, "ans"),
            _i("objectif", "Modalité d'aide", 1, "modalité", "Jeunes en très grande difficulté"),
            _i("objectif", "Modalité d'aide", 1, "modalité", "Jeunes en parcours d'insertion"),
        ),
        fiche=_textes("Selon le financeur", "Par le protocole", "Département, Mission locale"),
    ),
    Fiche(
        "ASF-5",
        ASF,
        "Microcrédit social",
        ("engagee", date(2010, 5, 10)),
        (_an("Expérimentation", 2010, "realisee", (2010, 12, 16)),),
        (
            _b(2010, 30_000, "Ingénierie", "État"),
            _b(2010, 200_000, "Provision de garantie", "État", cout_unitaire=2_000, quantite=100.0),
            _x(2010, 26_800, "Ingénierie", "État"),
            _x(2011, 44_000, "Provision de garantie", "État"),
        ),
        (
            _i("objectif", "Prêts garantis", 100, "prêts"),
            _e("Prêts accordés", 100, "prêts", 22, (2011, 12, 15)),
        ),
        230_000,
        _textes("Nombre de prêts", "Par le protocole", "Département, associations"),
    ),
    Fiche(
        "ASF-6",
        ASF,
        "Aide au logement dans le parc privé",
        ("realisee", date(2010, 1, 29)),
        (
            _j("Première enquête", (2009, 3, 1), (2009, 3, 31), "realisee", (2009, 3, 30)),
            _j("Premier versement", (2009, 4, 1), (2009, 4, 30), "realisee", (2009, 4, 20)),
            _j("Deuxième enquête et évaluation", (2009, 10, 1), (2009, 11, 30), "realisee", (2010, 1, 29)),
        ),
        (
            _b(
                2008,
                255_000,
                "Allocation trimestrielle",
                "État et Ville",
                2009,
                cout_unitaire=100,
                cout_unitaire_max=150,
                quantite=470.0,
                versements_par_an=4,
                premier_versement=date(2009, 4, 1),
            ),
            _x(2009, 161_300, "Allocation trimestrielle", "État et Ville"),
        ),
        (
            _i("critere", "Reste à vivre maximal", 100, "euros par unité de consommation", "Jeunes de moins de 25 ans"),
            _i("critere", "Reste à vivre maximal", 300, "euros", "Familles"),
            _i("critere", "Années successives sous le plafond", 2, "années", "Jeunes de moins de 25 ans"),
            _i("critere", "Années successives sous le plafond", 2, "années", "Familles"),
            _i("critere", "Âge maximal, exclu", 25, "ans", "Jeunes de moins de 25 ans"),
            _i("critere", "Durée de l'expérimentation", 1, "an"),
            _i("objectif", "Ménages aidés", 170, "ménages", "Jeunes de moins de 25 ans"),
            _i("objectif", "Ménages aidés", 300, "ménages", "Familles"),
            _e("Ménages restés dans leur logement", 400, "ménages", 377, (2010, 1, 29)),
        ),
        fiche=_textes("Deux enquêtes comparées", "Par le protocole d'enquête", "CAF, Département, Ville"),
    ),
)
