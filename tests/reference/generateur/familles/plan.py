"""Un plan d'action municipal : fiches-actions, échéancier, budgets, cibles."""

from __future__ import annotations

from decimal import Decimal

from generateur.comptage import Releve
from generateur.plan_fiches import AHI, ASF, CS, FICHES, PLAN
from generateur.salissure import Export
from generateur.tables import Lignes

SERVICES = ("ccas_grenoble",)
_MONTANTS = ("montant", "cout_unitaire", "cout_unitaire_max")


def tables():
    lignes = Lignes()
    for fiche in FICHES:
        etat, constat = fiche.etat
        debuts, fins = ([jalon[rang] for jalon in fiche.jalons] for rang in (1, 2))
        lignes.ajouter(
            "action",
            id_action=fiche.id,
            plan=PLAN,
            enjeu=fiche.enjeu,
            libelle=fiche.libelle,
            echeance_debut=min(debuts),
            echeance_fin=max(fins),
            etat=etat,
            date_etat=constat,
            budget_annonce=None if fiche.annonce is None else Decimal(fiche.annonce),
            **fiche.fiche,
        )
        for libelle, debut, fin, etat, constat in fiche.jalons:
            lignes.ajouter(
                "jalon",
                id_action=fiche.id,
                libelle=libelle,
                echeance_debut=debut,
                echeance_fin=fin,
                etat=etat,
                date_etat=constat,
            )
        for budget in fiche.budgets:
            exacts = {c: Decimal(budget[c]) for c in _MONTANTS if budget.get(c) is not None}
            lignes.ajouter("budget_action", id_action=fiche.id, **{**budget, **exacts})
        for indicateur in fiche.indicateurs:
            lignes.ajouter("indicateur_action", id_action=fiche.id, **indicateur)
    return {"ccas_grenoble": lignes.tables()}


def exports(t):
    """Un classeur de fiches et d'échéances, un fichier de budgets, un fichier de cibles."""
    t = t["ccas_grenoble"]
    titre = ("Plan d'action sociale - suivi", "Export du 09/01/2012 (situation au 31/12/2011)")
    action = {
        "N° fiche": "id_action",
        "Plan": "plan",
        "Enjeu": "enjeu",
        "Action": "libelle",
        "Responsable": "responsable_fonction",
        "Début prévu": "echeance_debut",
        "Fin prévue": "echeance_fin",
        "État": "etat",
        "Constaté le": "date_etat",
        "Évaluation": "mode_evaluation",
        "Participation": "participation_usagers",
        "Partenaires": "partenaires",
        "Budget annoncé": "budget_annonce",
    }
    jalon = {
        "N° fiche": "id_action",
        "Étape": "libelle",
        "Du": "echeance_debut",
        "Au": "echeance_fin",
        "État": "etat",
        "Constaté le": "date_etat",
    }
    budget = {
        "N° fiche": "id_action",
        "Année": "annee",
        "Jusqu'en": "annee_fin",
        "Nature": "nature",
        "Poste": "poste",
        "Financeur": "financeur",
        "Montant": "montant",
        "Coût unitaire": "cout_unitaire",
        "Coût unitaire max.": "cout_unitaire_max",
        "Quantité": "quantite",
        "Versements par an": "versements_par_an",
        "Premier versement": "premier_versement",
        "Part à charge (%)": "part",
    }
    cible = {
        "N° fiche": "id_action",
        "Indicateur": "indicateur",
        "Public": "public",
        "Nature": "nature",
        "Cible": "cible",
        "Valeur": "valeur",
        "Unité": "unite",
        "Mesuré le": "date",
    }
    textes = ("public", "unite", "annee_fin", "versements_par_an", "quantite", "part", "cout_unitaire")
    return {
        "ccas_grenoble": [
            Export(
                "suivi_plan.xlsx",
                action,
                t["action"].to_dicts(),
                feuille="Fiches",
                titre=titre,
                jamais_marques=("budget_annonce",),
                a_rejeter=({"N° fiche": ""},),
            ),
            Export(
                "suivi_plan.xlsx",
                jalon,
                t["jalon"].to_dicts(),
                feuille="Échéancier",
                titre=titre,
                a_rejeter=({"Étape": "Étape à préciser", "Au": "31/11/2010"},),
            ),
            Export(
                "budgets_plan.csv",
                budget,
                t["budget_action"].to_dicts(),
                jamais_marques=(*textes, "cout_unitaire_max", "premier_versement"),
                a_rejeter=({"Poste": "À ventiler", "Année": "bientôt"},),
            ),
            Export(
                "cibles_plan.csv",
                cible,
                t["indicateur_action"].to_dicts(),
                encodage="utf-8",
                separateur=",",
                jamais_marques=("public", "unite", "date"),
                a_rejeter=({"Indicateur": ""},),
            ),
        ]
    }


def compter(t):
    """Les chiffres imprimés, comptés sur les fiches, et l'avancement inventé."""
    t, releve = t["ccas_grenoble"], Releve()
    actions, budgets, jalons = t["action"].to_dicts(), t["budget_action"].to_dicts(), t["jalon"].to_dicts()
    for enjeu, nombre in ((AHI, 3), (CS, 8), (ASF, 6)):
        releve.imprime(2009, f"actions : {enjeu}", nombre, sum(a["enjeu"] == enjeu for a in actions))
    prevus = [b for b in budgets if b["nature"] == "prevu"]
    imprimes = {
        "AHI-1": 250_000,
        "AHI-2": 6_000,
        "CS-1": 15_000,
        "CS-5": 270_000,
        "CS-7": 200_000,
        "ASF-1": 20_000,
        "ASF-2": 500_000,
        "ASF-4": 50_000,
        "ASF-5": 230_000,
    }
    for action, montant in imprimes.items():
        releve.imprime(2009, f"budget prévu : {action}", montant, _somme(b for b in prevus if b["id_action"] == action))
    for action, poste, montant in (
        ("CS-4", "Recherche-action", 7_000),
        ("CS-4", "Ludothèque et éducatrice", 227_000),
        ("CS-8", "Fonds d'appui aux projets", 50_000),
        ("CS-8", "Pôle mobilité", 100_000),
        ("ASF-5", "Ingénierie", 30_000),
        ("ASF-5", "Provision de garantie", 200_000),
    ):
        choisis = (b for b in prevus if (b["id_action"], b["poste"]) == (action, poste))
        releve.imprime(2009, f"budget prévu : {action}, {poste}", montant, _somme(choisis))
    (ecrivains,) = (b for b in prevus if b["id_action"] == "CS-3")
    annees = ecrivains["annee_fin"] - ecrivains["annee"] + 1
    recalcule = ecrivains["cout_unitaire"] * annees * int(ecrivains["part"]) / 100
    releve.recalcule(2009, "budget recalculé : CS-3", 357_000, int(recalcule), "G1", "imprimé 350 000")
    (aide,) = (b for b in prevus if b["id_action"] == "ASF-6")
    maximum = aide["cout_unitaire_max"] * int(aide["quantite"]) * 3
    releve.recalcule(2009, "budget recalculé : ASF-6", 211_500, int(maximum), "G2", "imprimé 255 000, trois versements")
    for annee in (2009, 2010, 2011):
        depenses = (b for b in budgets if b["nature"] == "execute" and b["annee"] == annee)
        releve.invente(annee, "dépenses de l'année", _somme(depenses))
    releve.invente(2011, "étapes réalisées", sum(j["etat"] == "realisee" for j in jalons))
    return {"ccas_grenoble": releve.lignes}


def series():
    return {}


def _somme(budgets) -> int:
    return int(sum(b["montant"] for b in budgets))
