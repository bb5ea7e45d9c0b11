"""Ce que les propres chiffres d'un plan contredisent : des contrôles qui valent pour tout plan.

Un budget que son calcul ne donne pas, un total qui n'est pas la somme, un montant daté d'avant l'action, une même
grandeur donnée en deux unités, une dépense au-delà du prévu, une action close avant ses étapes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from observatoire.restitution import locale
from observatoire.restitution.locale import INSECABLE, guillemets

PROUVE, A_PRECISER = "prouve", "a_preciser"
_FOIS = f"{INSECABLE}×{INSECABLE}"


@dataclass(frozen=True)
class Constat:
    """Une contradiction d'une fiche : la règle, l'action, ce qui ne va pas et quoi faire.

    `niveau` : « prouve » si aucune lecture ne rend les chiffres compatibles, « a_preciser » sinon.
    """

    regle: str
    niveau: str
    id_action: str
    action: str
    texte: str
    remede: str


@dataclass(frozen=True)
class Fiches:
    """Les tables d'un plan au jour de l'état : actions, étapes, budgets (une ligne par montant), cibles."""

    actions: pl.DataFrame
    jalons: pl.DataFrame
    budgets: pl.DataFrame
    cibles: pl.DataFrame


def controler(fiches: Fiches) -> list[Constat]:
    """Les constats d'un plan : les écarts prouvés, puis le reste, action par action ; liste vide si tout se tient."""
    regles = (_hors_calcul, _total_annonce, _avant_l_action, _unites, _trop_depense, _close_trop_tot)
    constats = [constat for regle in regles for constat in regle(fiches)]
    return sorted(constats, key=lambda c: (c.niveau != PROUVE, c.id_action))


def _euros(centimes: int) -> str:
    return locale.montant(centimes / 100)


def _libelles(fiches: Fiches) -> dict[str, str]:
    return dict(fiches.actions.select("id_action", "action").iter_rows())


def _prevus(fiches: Fiches) -> pl.DataFrame:
    return fiches.budgets.filter(pl.col("nature") == "prevu")


# Budgets


def ecrire_calcul(budget: dict[str, Any]) -> str:
    """« 102 000 € × 5 versements × 70 % = 357 000 € » : le calcul refait d'un budget, en toutes lettres."""
    cout, haut = budget["cout_unitaire"], budget["cout_unitaire_max"]
    unite = locale.montant(float(cout))
    facteurs = [f"{unite} à {locale.montant(float(haut))}" if haut is not None and haut != cout else unite]
    if budget["quantite"] is not None:
        facteurs.append(locale.nombre(budget["quantite"]))
    if budget["versements_par_an"]:
        n = budget["versements"]
        facteurs.append(f"{n}{INSECABLE}{locale.pluriel(n, 'versement', 'versements')}")
    if budget["part"] is not None:
        facteurs.append(f"{locale.nombre(budget['part'])}{INSECABLE}%")
    bas, sommet = budget["minimum_centimes"], budget["maximum_centimes"]
    rendu = _euros(bas) if bas == sommet else f"{_euros(bas)} à {_euros(sommet)}"
    return f"{_FOIS.join(facteurs)} = {rendu}"


def versements_convenables(budget: dict[str, Any]) -> int | None:
    """Le plus petit nombre de versements qui permettrait le montant annoncé ; rien s'il n'y en a pas."""
    if not budget["versements_par_an"] or not budget["versements"] or not budget["minimum_centimes"]:
        return None
    annonce = int(budget["montant"] * 100)
    un = [budget[borne] / budget["versements"] for borne in ("minimum_centimes", "maximum_centimes")]
    n = -(-annonce // round(un[1]))
    return n if n * un[0] <= annonce <= n * un[1] else None


def _hors_calcul(fiches: Fiches) -> list[Constat]:
    libelles, constats = _libelles(fiches), []
    for budget in _prevus(fiches).filter("incoherent").to_dicts():
        annonce = int(budget["montant"] * 100)
        ecart = annonce - budget["recalcule_centimes"]
        sens = "dépasse le calcul de" if ecart > 0 else "est inférieure au calcul de"
        part = (
            locale.pourcentage(abs(ecart) / budget["recalcule_centimes"] * 100) if budget["recalcule_centimes"] else ""
        )
        texte = (
            f"{_sujet(budget)} {_euros(annonce)} annoncés ; le calcul donne {ecrire_calcul(budget)}. "
            f"L'annonce {sens} {_euros(abs(ecart))}{f' ({part})' if part else ''}."
        )
        n = versements_convenables(budget)
        suite = f" Avec {n} {locale.pluriel(n, 'versement', 'versements')}, elle conviendrait." if n else ""
        constats.append(
            Constat(
                "budget_hors_calcul",
                A_PRECISER if n else PROUVE,
                budget["id_action"],
                libelles.get(budget["id_action"], budget["id_action"]),
                texte + suite,
                "Corriger le montant, ou dire ce que le calcul ne dit pas : durée, nombre de versements, part.",
            )
        )
    return constats


def _sujet(budget: dict[str, Any]) -> str:
    return f"{guillemets(budget['poste'])}{INSECABLE}:" if budget["poste"] else f"Budget{INSECABLE}:"


def _total_annonce(fiches: Fiches) -> list[Constat]:
    sommes = _prevus(fiches).group_by("id_action").agg(pl.col("montant").sum().alias("somme"))
    faux = (
        fiches.actions.join(sommes, on="id_action", how="inner", maintain_order="left")
        .filter(pl.col("budget_annonce").is_not_null() & (pl.col("budget_annonce") != pl.col("somme")))
        .to_dicts()
    )
    return [
        Constat(
            "total_annonce",
            PROUVE,
            action["id_action"],
            action["action"],
            f"Total annoncé {locale.montant(float(action['budget_annonce']))} ; les montants de la fiche font "
            f"{locale.montant(float(action['somme']))}.",
            "Corriger le total ou compléter les montants.",
        )
        for action in faux
    ]


def _avant_l_action(fiches: Fiches) -> list[Constat]:
    debuts = fiches.actions.select("id_action", "action", "echeance_debut")
    tot = (
        _prevus(fiches)
        .join(debuts, on="id_action", how="inner", maintain_order="left")
        .filter(pl.col("annee") < pl.col("echeance_debut").dt.year())
        .to_dicts()
    )
    return [
        Constat(
            "budget_avant_l_action",
            A_PRECISER,
            budget["id_action"],
            budget["action"],
            f"{_sujet(budget)} le budget couvre {_annees(budget)} ; l'action ne commence qu'en "
            + locale.mois(f"{budget['echeance_debut']:%Y-%m}", annee=True)
            + ".",
            "Vérifier l'année du budget ou le début de l'action.",
        )
        for budget in tot
    ]


def _annees(budget: dict[str, Any]) -> str:
    debut, fin = budget["annee"], budget["derniere_annee"]
    return f"{debut}" if debut == fin else f"{debut} à {fin}"


def _trop_depense(fiches: Fiches) -> list[Constat]:
    sommes = fiches.budgets.group_by("id_action", maintain_order=True).agg(
        pl.col("montant").filter(pl.col("nature") == "prevu").sum().alias("prevu"),
        pl.col("montant").filter(pl.col("nature") == "execute").sum().alias("depense"),
    )
    exces = (
        sommes.filter(pl.col("depense") > pl.col("prevu"))
        .join(fiches.actions.select("id_action", "action"), on="id_action", how="inner", maintain_order="left")
        .to_dicts()
    )
    return [
        Constat(
            "depense_au_dela",
            PROUVE,
            action["id_action"],
            action["action"],
            f"{locale.montant(float(action['depense']))} dépensés pour "
            f"{locale.montant(float(action['prevu']))} prévus.",
            "Vérifier les dépenses, ou inscrire le budget ajouté.",
        )
        for action in exces
    ]


# Cibles et étapes


def _unites(fiches: Fiches) -> list[Constat]:
    """Une grandeur d'une fiche donnée en deux unités, ou dont un seul public a son unité."""
    libelles, constats = _libelles(fiches), []
    groupes = fiches.cibles.group_by("id_action", "indicateur", maintain_order=True).agg("public", "unite", "cible")
    for groupe in groupes.to_dicts():
        if len(set(groupe["unite"])) < 2:
            continue
        bornes = zip(groupe["public"], groupe["cible"], groupe["unite"], strict=True)
        detail = locale.enumeration(
            f"{locale.nombre(cible)}{INSECABLE}{unite or '(unité absente)'}"
            + (f" pour {guillemets(public)}" if public else "")
            for public, cible, unite in bornes
            if cible is not None
        )
        constats.append(
            Constat(
                "unites_differentes",
                A_PRECISER,
                groupe["id_action"],
                libelles.get(groupe["id_action"], groupe["id_action"]),
                f"{guillemets(groupe['indicateur'])} n'a pas partout la même unité{INSECABLE}: {detail}. "
                "Les deux bornes ne se comparent pas.",
                "Donner la même unité aux deux publics, ou deux noms aux deux grandeurs.",
            )
        )
    return constats


def _close_trop_tot(fiches: Fiches) -> list[Constat]:
    ouvertes = (
        fiches.jalons.filter(~pl.col("etat").is_in(["realisee", "abandonnee"]))
        .group_by("id_action", maintain_order=True)
        .agg(pl.len().alias("ouvertes"))
    )
    closes = (
        fiches.actions.filter(pl.col("etat") == "realisee")
        .join(ouvertes, on="id_action", how="inner", maintain_order="left")
        .to_dicts()
    )
    return [
        Constat(
            "close_avant_ses_etapes",
            A_PRECISER,
            action["id_action"],
            action["action"],
            f"Action dite réalisée ; {action['ouvertes']} de ses étapes "
            f"{locale.pluriel(action['ouvertes'], 'ne l’est', 'ne le sont')} pas.",
            "Mettre à jour l'état de l'action ou celui de ses étapes.",
        )
        for action in closes
    ]
