"""Rapprocher les fichiers d'un même envoi : identifiants communs, colonnes prises ailleurs, table des ménages."""

from __future__ import annotations

from typing import Any

from observatoire import modele
from observatoire.nettoyage.texte import normaliser
from observatoire.proposition.affectation import Atelier
from observatoire.proposition.entetes import Entetes
from observatoire.proposition.exports import Groupe
from observatoire.proposition.plan import DATES_DE_REPLI, Alimente, Ecartee, Plan
from observatoire.proposition.profils import Lecteur, Profil


def planifier(groupes: list[Groupe], entetes: Entetes, lecteur: Lecteur) -> list[Plan]:
    """Un plan par groupe de feuilles, après rapprochement des identifiants de tous les fichiers."""
    ateliers = [Atelier(g, entetes, lecteur) for g in groupes]
    for atelier in ateliers:
        atelier.noter()
    for atelier in ateliers:
        atelier.reconnaitre_numeros()
    _rapprocher(ateliers)
    for atelier in ateliers:
        atelier.choisir_tables()
    _completer_entre_fichiers(ateliers)
    rangs = list(modele.TABLES)
    for atelier in ateliers:
        atelier.plan.tables.sort(key=lambda t: rangs.index(t.table))
    return [atelier.plan for atelier in ateliers]


def _rapprocher(ateliers: list[Atelier]) -> None:
    """Reconnaît un identifiant au nom inconnu à ses valeurs, quand un autre fichier les a pour identifiant."""
    connus = [(colonne, entete, a) for a in ateliers for entete, (colonne, _) in a.identifiants.items()]
    for atelier in ateliers:
        pris = {c for c, _ in atelier.identifiants.values()}
        for entete in atelier.candidats:
            profil = atelier.profils[entete]
            if entete in atelier.identifiants or not profil.ressemble_identifiant:
                continue
            communs = {
                colonne: (autre_entete, autre.groupe.lieu)
                for colonne, autre_entete, autre in connus
                if autre is not atelier and colonne not in pris and _memes_valeurs(profil, autre.profils[autre_entete])
            }
            if len(communs) == 1:
                ((colonne, (autre_entete, lieu)),) = communs.items()
                atelier.identifiants[entete] = (colonne, f"mêmes valeurs que « {autre_entete} » de {lieu}")
                pris.add(colonne)


def _memes_valeurs(un: Profil, autre: Profil) -> bool:
    communes = len(un.ensemble & autre.ensemble)
    return communes >= 3 and communes >= 0.5 * min(len(un.ensemble), len(autre.ensemble))


def _completer_entre_fichiers(ateliers: list[Atelier]) -> None:
    """Cherche dans les autres fichiers ce qui manque (ménage, date), et garantit une table des ménages."""
    for atelier in ateliers:
        for alimente in atelier.plan.tables:
            for colonne in [c for c, v in alimente.colonnes.items() if v == "?"]:
                _chercher_ailleurs(atelier, alimente, colonne, ateliers)
        _ecarter_les_liens(atelier)
    if any(t.table == "menage" for a in ateliers for t in a.plan.tables):
        return
    for atelier in ateliers:
        source = next((t for t in atelier.plan.tables if t.colonnes.get("id_menage", "?") != "?"), None)
        if source is not None:
            alimente = Alimente("menage")
            alimente.poser("id_menage", source.colonnes["id_menage"], "un ménage par valeur")
            if isinstance(entete := source.colonnes["id_menage"], str):
                profil = atelier.profils.get(entete)
                if profil is not None and profil.remplies < profil.lignes:
                    alimente.si_renseigne = [entete]
            atelier.plan.tables.append(alimente)


def _ecarter_les_liens(atelier: Atelier) -> None:
    """Une colonne qui ne sert qu'à joindre, ou un identifiant sans table pour le recevoir, n'est pas à trancher."""
    liens = {e for _, par in atelier.plan.jointures for e in par.split("\n")[:1]}
    for indecise in list(atelier.plan.indecises):
        if indecise.entete not in liens and (indecise.entete not in atelier.identifiants or not atelier.plan.tables):
            continue
        atelier.plan.indecises.remove(indecise)
        if indecise.entete not in liens:
            colonne = atelier.identifiants[indecise.entete][0]
            raison = f"{colonne}, dont aucune table de ce fichier n'a besoin"
            atelier.plan.ecartees.append(Ecartee(indecise.entete, raison))


def _chercher_ailleurs(atelier: Atelier, alimente: Alimente, colonne: str, ateliers: list[Atelier]) -> None:
    """Remplace un « ? » par une colonne d'un autre fichier, jointe par un identifiant commun, si elle existe."""
    for autre in ateliers:
        if autre is atelier or any(
            f.fichier in {g.fichier for g in atelier.groupe.feuilles} for f in autre.groupe.feuilles
        ):
            continue
        trouve = _donneuse(autre.plan, alimente, colonne)
        lien = _lien(atelier, autre)
        if not isinstance(trouve, str) or lien is None or trouve in atelier.groupe.colonnes:
            continue
        ici, la = lien
        par = ici if normaliser(ici) == normaliser(la) else f"{ici}\n{la}"
        if (autre.groupe.motif, par) not in atelier.plan.jointures:
            atelier.plan.jointures.append((autre.groupe.motif, par))
        alimente.poser(colonne, trouve, f"colonne de {autre.groupe.lieu}, retrouvée par « {ici} »")
        return


def _donneuse(plan: Plan, alimente: Alimente, colonne: str) -> Any:
    """L'en-tête d'un autre fichier qui peut donner `colonne`."""
    if colonne.startswith("id_"):
        return plan.identifiant(colonne)
    moment = alimente.constantes.get("moment", "")
    replis = DATES_DE_REPLI.get((alimente.table, moment), DATES_DE_REPLI["situation", "entree"])
    return next((e for t, c in replis if (e := plan.entete_de(t, c)) is not None), None)


def _lien(ici: Atelier, la: Atelier) -> tuple[str, str] | None:
    """Le couple de colonnes qui porte le même identifiant, unique dans l'autre fichier."""
    for entete, (colonne, _) in ici.identifiants.items():
        for autre, (sienne, _) in la.identifiants.items():
            profil = la.profils[autre]
            unique = profil.distinctes == profil.remplies
            if colonne == sienne and unique and ici.profils[entete].ensemble & profil.ensemble:
                return entete, autre
    return None
