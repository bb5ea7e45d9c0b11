"""Le classeur d'un plan d'action : ses chiffres, puis ses actions, ses étapes, ses budgets et ses cibles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from observatoire.classeurs.blocs import feuille_bloc
from observatoire.classeurs.contenu import Cellule as Case
from observatoire.classeurs.contenu import Classeur, Feuille, Nombre
from observatoire.classeurs.formats import jour
from observatoire.classeurs.rapport import avertissement, definitions, fiche_service, source_service
from observatoire.plans.controles import PROUVE, Constat, ecrire_calcul
from observatoire.plans.preparation import DonneesPlan
from observatoire.restitution import locale
from observatoire.restitution.cellules import Vue

NATURES = {"evaluation": "Évaluation", "objectif": "Objectif", "critere": "Critère d'accès", "moyen": "Moyen"}
_NON_PRECISE = "non précisé"


def classeur_plan(donnees: DonneesPlan, etats: Mapping[str, str]) -> Classeur:
    """Le classeur d'un plan : des cellules protégées et ses fiches, sans donnée de personne.

    `etats` : code d'état d'une action → libellé.
    """
    rapport, source = donnees.rapport, source_service(donnees.rapport)
    feuilles = [feuille_bloc(rapport.chiffres_cles, "Chiffres clés", source)]
    feuilles += [feuille_bloc(bloc, section.titre, source) for section in rapport.sections for bloc in section.blocs]
    noms = {"NR": "Non renseigné", **etats}
    libelles = dict(donnees.fiches.actions.select("id_action", "action").iter_rows())
    feuilles += [
        _constats(donnees.constats),
        _actions(donnees, noms),
        _etapes(donnees, noms),
        _budgets(donnees, libelles),
        _cibles(donnees, libelles),
    ]
    etat = locale.jour(donnees.jour)
    return Classeur(
        titre=f"{rapport.service.libelle} {rapport.annee}",
        surtitre=donnees.plan or "Plan d'action",
        lieu=" · ".join(t for t in (rapport.service.association, rapport.service.territoire) if t),
        presentation=locale.typographie(rapport.service.presentation),
        avertissement=avertissement(rapport.diffusion),
        fiche=(("État du plan", f"connu au {etat}"), *fiche_service(rapport)),
        feuilles=tuple(f for f in feuilles if f is not None),
        definitions=definitions(rapport.blocs),
    )


def _fiches(
    titre: str,
    section: str,
    colonnes: Sequence[str],
    rangees: Sequence[tuple[Case, ...]],
    avant: Sequence[tuple[str, str]] = (),
) -> Feuille | None:
    """Une feuille de fiches, une par ligne ; rien s'il n'y en a pas."""
    if not rangees:
        return None
    textes = tuple(tuple(locale.typographie(c) if isinstance(c, str) else c for c in r) for r in rangees)
    return Feuille(titre, tuple(colonnes), textes, section, tuple((n, locale.typographie(t)) for n, t in avant))


def _constats(constats: Sequence[Constat]) -> Feuille | None:
    colonnes = ("Fiche", "Certitude", "Ce qui ne tombe pas juste", "À faire")
    rangees = [(c.action, "Écart prouvé" if c.niveau == PROUVE else "À préciser", c.texte, c.remede) for c in constats]
    avant = [("Note", "chaque fiche est comparée à elle-même ; rien n'est corrigé dans les autres tableaux")]
    return _fiches("Ce qui ne tombe pas juste", "Constats", colonnes, rangees, avant)


def _actions(donnees: DonneesPlan, etats: Mapping[str, str]) -> Feuille | None:
    comptes = {
        c["id_action"]: c
        for c in donnees.fiches.jalons.group_by("id_action")
        .agg(
            (pl.col("avancement") == "realise").sum().alias("realisees"),
            pl.col("depasse").sum().alias("depassees"),
            pl.len().alias("etapes"),
        )
        .to_dicts()
    }
    vide: dict[str, Any] = {"realisees": 0, "depassees": 0, "etapes": 0}
    colonnes = ("Action", "Enjeu", "Début prévu", "Fin prévue", "État", "Étapes", "Étapes faites", "Étapes dépassées")
    rangees = [
        (
            a["action"],
            a["enjeu"] or "Sans enjeu",
            jour(a["echeance_debut"]),
            jour(a["echeance_fin"]),
            etats.get(a["etat"], a["etat"]),
            *(Nombre(comptes.get(a["id_action"], vide)[c], "n0") for c in ("etapes", "realisees", "depassees")),
        )
        for a in donnees.fiches.actions.to_dicts()
    ]
    return _fiches("Actions, leur calendrier et leurs étapes", "Calendrier", colonnes, rangees)


def _etapes(donnees: DonneesPlan, etats: Mapping[str, str]) -> Feuille | None:
    """Les étapes à l'échéance dépassée ; rien si la qualité les retient, comme sur la page."""
    if Vue(donnees.rapport.chiffres_cles).total("jalons_depasses").etat == "retenu":
        return None
    depassees = donnees.fiches.jalons.filter("depasse").sort("echeance_fin", "id_action", "libelle")
    rangees = [
        (
            j["libelle"],
            j["action"],
            jour(j["echeance_fin"]),
            Nombre(j["jours_de_retard"], "n0"),
            etats.get(j["etat"], j["etat"]),
        )
        for j in depassees.to_dicts()
    ]
    colonnes = ("Étape", "Action", "Échéance", "Jours de retard", "État")
    avant = [("Champ", f"étapes ni réalisées ni abandonnées au {locale.jour(donnees.jour)}")]
    return _fiches("Étapes à l'échéance dépassée", "Calendrier", colonnes, rangees, avant)


def _budgets(donnees: DonneesPlan, libelles: Mapping[str, str]) -> Feuille | None:
    colonnes = ("Action", "Poste", "Financeur", "De", "À", "Prévu", "Calcul annoncé, refait", "Tombe juste")
    rangees = []
    for b in donnees.fiches.budgets.filter(pl.col("nature") == "prevu").to_dicts():
        montant = _NON_PRECISE if b["montant"] is None else _euros(float(b["montant"]))
        calcul = str(ecrire_calcul(b)) if b["calculable"] else "pas de calcul annoncé"
        juste = ("non" if b["incoherent"] else "oui") if b["calculable"] else None
        annees = (Nombre(b["annee"], "annee"), Nombre(b["derniere_annee"], "annee"))
        action = libelles.get(b["id_action"], b["id_action"])
        rangees.append((action, b["poste"], b["financeur"] or _NON_PRECISE, *annees, montant, calcul, juste))
    return _fiches("Montants prévus, fiche par fiche", "Budget", colonnes, rangees)


def _euros(montant: float) -> Nombre:
    return Nombre(montant, "e0" if montant.is_integer() else "e2")


def _cibles(donnees: DonneesPlan, libelles: Mapping[str, str]) -> Feuille | None:
    colonnes = ("Grandeur", "Public", "Action", "Nature", "Unité", "Cible", "Mesure", "Mesuré le")
    rangees = []
    for c in donnees.fiches.cibles.to_dicts():
        nature = c["nature"] or "evaluation"
        mesure = "s" if c["masquee"] else _grandeur(c["valeur"])
        action = libelles.get(c["id_action"], c["id_action"])
        quand = jour(c["date"]) if c["mesuree"] else None
        rangees.append(
            (
                c["indicateur"],
                c["public"],
                action,
                NATURES.get(nature, nature),
                c["unite"],
                _grandeur(c["cible"]),
                mesure,
                quand,
            )
        )
    feuille = _fiches("Cibles et mesures des fiches", "Évaluation", colonnes, rangees)
    masquees = any(c["masquee"] for c in donnees.fiches.cibles.to_dicts())
    return feuille and Feuille(**{**feuille.__dict__, "etats": ("masque",) if masquees else ()})


def _grandeur(valeur: float | None) -> Nombre | None:
    if valeur is None:
        return None
    decimales = next(d for d in (0, 1, 2) if round(valeur, d) == valeur or d == 2)
    return Nombre(valeur, f"n{decimales}")
