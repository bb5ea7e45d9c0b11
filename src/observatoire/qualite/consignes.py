"""Ce qu'une règle enfreinte demande, dans les mots du service : où regarder, quelle colonne, quels chiffres."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from observatoire import modele
from observatoire.collecte.correspondances import Correspondance
from observatoire.indicateurs.registre import en_vigueur
from observatoire.qualite.derives import libelle_colonne
from observatoire.qualite.identifiants import entetes
from observatoire.qualite.moteur import VERDICT_SEULEMENT
from observatoire.qualite.suites import TYPE_RECEPTION, Regle
from observatoire.restitution.locale import nombre as en_nombre
from observatoire.services import Service

BLOQUE, RETIENT, AVERTIT, INFORME = "bloque le rapport", "retient des chiffres", "à vérifier", "pour information"
GRAVITES = {BLOQUE: 0, RETIENT: 1, AVERTIT: 2, INFORME: 3}
# Où regarder quand une règle ne désigne pas de ligne.
ENSEMBLE, NON_RECU = "l'ensemble des données", "le fichier entier"
A_AJOUTER = "ligne à ajouter aux"
FEUILLE_ECARTEES = "Écarté à l'import"
VOIR_ECARTEES = f"voir la feuille « {FEUILLE_ECARTEES} »"
TYPE_CONTRADICTION, TYPE_CHEVAUCHEMENT = "attendre_sans_contradiction", "attendre_sans_chevauchement"
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
        texte = " ou ".join(mots) or libelle_colonne(colonne)
        dits.append(texte if ici else f"{texte} ({TABLES_EN_CLAIR.get(table, table)})")
    return ", ".join(dict.fromkeys(dits))


# Ce qui ne va pas dans une ligne, par type d'attente ; une attente absente d'ici garde la phrase de sa règle.
_CONSTATS = {
    "attendre_cle_unique": "Cette ligne porte le même identifiant qu'une autre.",
    "attendre_modalites": "Cette cellule porte une écriture qui n'est pas dans la liste attendue.",
    "attendre_date_passee": "Cette date est à venir.",
    "attendre_photo_profil": "Ce ménage n'a pas de fiche de situation.",
    "attendre_age_plausible": "Ce mois de naissance est illisible, à venir, ou donne un âge invraisemblable.",
    "attendre_premiere_sans_precedente": "Cette première mesure (rang 1) suit de près une autre mesure du même ménage.",
    "attendre_renouvellement_precede": "Ce renouvellement (rang 2 et plus) n'a aucune mesure avant lui.",
    "attendre_sejour_ouvert": "Ce séjour déborde de l'ouverture de sa place.",
    "attendre_flux_equilibres": "Ce ménage est compté dans deux parcours à la fois.",
}
_CONSTATS_DE_TABLE = {
    ("attendre_photo_episode", "mesure"): "Cette mesure est terminée, sans fiche de sortie.",
    ("attendre_photo_episode", "sejour"): "Ce séjour est terminé, sans fiche de sortie.",
    ("attendre_duree_tenable", "mesure"): "Cette mesure dépasse la durée maximale du service, sans prolongation notée.",
    (
        "attendre_duree_tenable",
        "sejour",
    ): "Ce séjour dure bien plus longtemps que d'ordinaire : sortie sans doute oubliée.",
    ("attendre_sans_chevauchement", "sejour"): "Ce séjour commence sur une place déjà occupée.",
    ("attendre_sans_chevauchement", "indisponibilite"): "Cette indisponibilité commence pendant une autre de la même "
    "place.",
}
_AUTRE_SERVICE = "Cette ligne porte l'identifiant d'un autre service : elle ne compte pas ici."
_TITRES = {"mesure": "la mesure", "demande": "la demande", "sejour": "le séjour"}


def constat(regle: Regle, reglages: Mapping[str, Any]) -> str:
    """Ce qui ne va pas dans une ligne fautive, dit de cette ligne et non de la table.

    `reglages` : ceux de la règle, seuils remplacés par leur valeur.
    """
    type_, kwargs = regle.attente["type"], regle.attente["kwargs"]
    if type_ == "attendre_renseigne":
        vide = "vide ou « non renseigné »" if "NR" in kwargs.get("marques", ()) else "vide"
        return f"Une de ces cellules est {vide}." if len(kwargs["colonnes"]) > 1 else f"Cette cellule est {vide}."
    if type_ == "attendre_modalites" and kwargs["colonne"] == "id_service":
        return _AUTRE_SERVICE
    if type_ == "attendre_reference":
        visee = TABLES_EN_CLAIR.get(kwargs["table_visee"], kwargs["table_visee"])
        return f"Le numéro écrit dans cette cellule ne figure pas dans le fichier des {visee}."
    if type_ == "attendre_meme_valeur_liee":
        visee = _TITRES.get(kwargs["table_visee"], "la ligne")
        return f"Le ménage de cette ligne n'est pas celui que porte {visee} en face."
    if type_ == "attendre_valeurs_entre":
        return _hors_bornes(kwargs["colonne"], reglages.get("minimum"), reglages.get("maximum"))
    texte = _CONSTATS_DE_TABLE.get((type_, regle.table)) or _CONSTATS.get(type_)
    return texte or _au_singulier(en_mots(regle.explication))


def _hors_bornes(colonne: str, minimum: float | None, maximum: float | None) -> str:
    bas, haut = (
        None if b is None else str(int(b)) if colonne.startswith("annee") else en_nombre(b) for b in (minimum, maximum)
    )
    if bas is None or haut is None:
        borne = f"plus petit que {bas}" if bas is not None else f"plus grand que {haut}"
        return f"Ce nombre est {borne}."
    return f"Ce nombre n'est pas plausible : on attend de {bas} à {haut}."


def _au_singulier(texte: str) -> str:
    """Une phrase de règle sans ses « Sur trop de lignes » et « sur quelques lignes »."""
    seule = re.sub(r",? sur quelques lignes\b", "", texte.removeprefix("Sur trop de lignes, "))
    return seule[:1].upper() + seule[1:]


def en_mots(texte: str) -> str:
    """Un texte de règle sans nom de colonne ni de réglage : les mots d'un service, pour le classeur."""
    texte = texte.replace(
        ", ou déclarez-la dans [import.modalites] du service",
        " ; si elle est juste, demandez à l'analyste de l'ajouter aux écritures reconnues",
    )
    texte = re.sub(r"\[import[^\]]*\]", "les écritures reconnues", texte)
    return re.sub(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b", lambda m: _en_mots_si_connue(m[0]), texte)


def _en_mots_si_connue(nom: str) -> str:
    return libelle_colonne(nom) if nom in modele.VARIABLES else nom


def chiffres_imprimes(service: Service, annee: int) -> dict[str, set[str]]:
    """Les chiffres du rapport d'un service : libellé imprimé → « table.colonne » lues, ventilations comprises."""
    blocs = [{"indicateurs": service.chiffres_cles}, *(b for s in service.sections for b in s.blocs)]
    lues: dict[str, set[str]] = {}
    for bloc in blocs:
        ventilations = (*bloc.get("ventilations", ()), *(bloc.get("zoom") or ()))
        for nom in bloc.get("indicateurs", ()):
            declare = en_vigueur(nom, annee)
            libelle = service.parametres.libelles_imprimes.get(nom, declare.definition.libelle)
            details = (declare.colonnes_du_detail(v) for v in ventilations)
            lues.setdefault(libelle, set()).update(declare.colonnes_modele(service.parametres), *details)
    return lues


def lecteurs(chiffres: Mapping[str, set[str]], regle: Regle) -> list[str]:
    """Les chiffres que touche le défaut cherché par une règle."""
    return [libelle for libelle, lues in chiffres.items() if regle.touche(lues)]
