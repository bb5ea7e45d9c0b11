"""Ce qu'une règle enfreinte demande, dans les mots du service : où regarder, quelle colonne, quels chiffres."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from observatoire import modele
from observatoire.collecte.correspondances import Correspondance
from observatoire.indicateurs.libelles import SUFFIXE_GROUPE
from observatoire.indicateurs.registre import Indicateur, en_vigueur
from observatoire.qualite.identifiants import entetes
from observatoire.qualite.moteur import VERDICT_SEULEMENT
from observatoire.qualite.suites import TYPE_RECEPTION, Regle
from observatoire.services import Service
from observatoire.univers import trouver_univers

BLOQUE, RETIENT, AVERTIT, INFORME = "bloque le rapport", "retient des chiffres", "à vérifier", "pour information"
GRAVITES = {BLOQUE: 0, RETIENT: 1, AVERTIT: 2, INFORME: 3}
# Où regarder quand une règle ne désigne pas de ligne.
ENSEMBLE, NON_RECU = "l'ensemble des données", "le fichier entier"
A_AJOUTER = "ligne à ajouter aux"
VOIR_ECARTEES = "voir la feuille « Lignes écartées »"
TYPE_CONTRADICTION = "attendre_sans_contradiction"
# Les réglages d'une attente qui nomment les colonnes jugées ; les autres (clé, lien, table visée) servent à joindre.
REGLAGES_DE_COLONNE = ("colonne", "colonnes", "avant", "apres", "debut", "fin")

TABLES_EN_CLAIR = {
    "personne": "personnes",
    "menage": "ménages",
    "membre": "membres des ménages",
    "convention": "conventions",
    "demande": "demandes",
    "mesure": "mesures",
    "place": "places",
    "indisponibilite": "indisponibilités",
    "sejour": "séjours",
    "situation": "fiches de situation",
    "acte": "actes",
    "participation": "participations",
    "relogement": "relogements",
    "dette_mois": "mois de redevance",
    "contrat_travail": "contrats de travail",
    "contact_employeur": "contacts avec un employeur",
    "action": "actions",
    "jalon": "jalons",
    "budget_action": "budgets des actions",
    "indicateur_action": "cibles des actions",
    "service": "service",
    "commentaire": "commentaires",
    "nomenclature": "nomenclatures",
    "territoire": "territoires",
    "serie_agregee": "chiffres reçus déjà agrégés",
}


def sujet(regle: Regle) -> str:
    """Ce qu'une règle contrôle, quelle que soit sa tolérance : la même pour une règle critique et son alerte."""
    kwargs = {c: v for c, v in regle.attente["kwargs"].items() if c not in VERDICT_SEULEMENT}
    texte = json.dumps([regle.table, regle.attente["type"], regle.perimetre, kwargs], sort_keys=True)
    return hashlib.sha256(texte.encode()).hexdigest()[:12]


def gravite_de(regle: Regle) -> str:
    """Ce que l'échec d'une règle entraîne, en clair."""
    if regle.severite == "critical":
        return BLOQUE if regle.structurelle else RETIENT
    return AVERTIT if regle.severite == "warning" else INFORME


def ou_regarder(regle: Regle) -> str:
    """Où regarder quand la règle ne désigne aucune ligne."""
    type_ = regle.attente["type"]
    return NON_RECU if type_ == TYPE_RECEPTION else VOIR_ECARTEES if type_ == TYPE_CONTRADICTION else ENSEMBLE


def colonnes_a_reprendre(regle: Regle) -> tuple[str, ...]:
    """Les « table.colonne » où se fait la correction : celles que la règle juge, et celles d'une autre table.

    Aucune quand c'est le fichier entier qui manque.
    """
    if regle.attente["type"] == TYPE_RECEPTION:
        return ()
    propres = [c for c in regle.colonnes if c.startswith(f"{regle.table}.")]
    if not propres:
        return regle.colonnes
    if regle.niveau == "ensemble":
        cle = {f"{regle.table}.{c}" for c in modele.table(regle.table).cle}
        return tuple(c for c in regle.colonnes if c not in cle) or regle.colonnes
    kwargs = regle.attente["kwargs"]
    lues = [v for cle in REGLAGES_DE_COLONNE for v in _liste(kwargs.get(cle))]
    jugees = [f"{regle.table}.{c}" for c in lues if c in modele.table(regle.table).colonnes]
    autres = [c for c in regle.colonnes if c not in propres]
    return tuple(dict.fromkeys([*(jugees or propres), *autres]))


def _liste(valeur: Any) -> list[Any]:
    return valeur if isinstance(valeur, list) else [valeur]


def mots_de_l_export(
    correspondances: Iterable[Correspondance], regle: Regle, fichier: str, fixes: Mapping[str, str]
) -> str:
    """Les colonnes à reprendre, nommées par les en-têtes du fichier ; par le modèle si le réglage ne les dit pas."""
    colonnes = colonnes_a_reprendre(regle)
    if colonnes and not any(c.startswith(f"{regle.table}.") for c in colonnes):
        # Aucune colonne de la ligne n'est en cause : il lui manque une ligne dans l'autre table.
        autre = colonnes[0].split(".")[0]
        return f"{A_AJOUTER} {TABLES_EN_CLAIR.get(autre, autre)}"
    dits = []
    for complete in colonnes:
        table, colonne = complete.split(".")
        ici = table == regle.table
        mots = entetes(correspondances, table, colonne, fichier if ici else "", fixes if ici else {})
        texte = " ou ".join(mots) or colonne
        dits.append(texte if ici else f"{texte} ({TABLES_EN_CLAIR.get(table, table)})")
    return ", ".join(dict.fromkeys(dits))


def chiffres_imprimes(service: Service, annee: int) -> dict[str, set[str]]:
    """Les chiffres du rapport d'un service : libellé imprimé → « table.colonne » lues, ventilations comprises."""
    blocs = [{"indicateurs": service.chiffres_cles}, *(b for s in service.sections for b in s.blocs)]
    lues: dict[str, set[str]] = {}
    for bloc in blocs:
        ventilations = (*bloc.get("ventilations", ()), *(bloc.get("zoom") or ()))
        for nom in bloc.get("indicateurs", ()):
            declare = en_vigueur(nom, annee)
            libelle = service.parametres.libelles_imprimes.get(nom, declare.definition.libelle)
            lues.setdefault(libelle, set()).update(_colonnes_lues(declare, ventilations))
    return lues


def _colonnes_lues(declare: Indicateur, ventilations: Iterable[str]) -> set[str]:
    origines = trouver_univers(declare.definition.univers).origines
    return declare.colonnes_modele().union(*(origines.get(v.removesuffix(SUFFIXE_GROUPE), ()) for v in ventilations))


def lecteurs(chiffres: Mapping[str, set[str]], colonnes: Iterable[str]) -> list[str]:
    """Les chiffres qui lisent une de ces colonnes."""
    voulues = set(colonnes)
    return [libelle for libelle, lues in chiffres.items() if lues & voulues]
