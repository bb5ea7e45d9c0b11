"""Le portail et le manifeste : ce qui est publié, dans quel état, et de quelles données."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from observatoire.erreurs import ErreurObservatoire
from observatoire.espace import Espace
from observatoire.restitution import locale
from observatoire.restitution.gabarit import ecrire_atomique, rendre_gabarit, ressources_page
from observatoire.services import lire_service

VERSION_MANIFESTE = 1
LIBELLES_ETATS = {
    "publie": "publié",
    "partiel": "partiel",
    "bloque": "bloqué",
    "erreur": "en erreur",
    "absent": "absent",
}
GENRES = {"synthese": "Synthèses", "cahier": "Cahiers régionaux", "plan": "Plans d'actions"}
QUALITE = "qualite"  # le genre des pages de contrôle, rangées avec leur service et non parmi les documents
_GROUPES = {
    "public": ("Diffusion publique", "Les petits effectifs y sont masqués : ces rapports peuvent circuler."),
    "interne": ("Usage interne", "Sans masquage : ces rapports ne sortent pas de l'association et de ses financeurs."),
}


def lire_manifeste(espace: Espace) -> dict[str, Any]:
    """Le manifeste de l'espace ; vide s'il n'existe pas ou ne se lit pas."""
    try:
        lu = json.loads((espace.rapports / "manifeste.json").read_text(encoding="utf-8"))
        return lu if isinstance(lu.get("rapports"), list) else {"rapports": []}
    except (OSError, ValueError, AttributeError):
        return {"rapports": []}


def ecrire_portail(espace: Espace, fiches: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ajoute les fiches au manifeste, puis récrit `manifeste.json` et `index.html`.

    Une fiche remplace celle du même service, de la même année et de la même diffusion. Un rapport dont la
    page a disparu quitte le manifeste. Rend les fiches retenues, triées.
    """
    toutes = {_cle(f): f for f in lire_manifeste(espace)["rapports"]}
    toutes.update({_cle(f): f for f in fiches})
    retenues = [f for _, f in sorted(toutes.items()) if _existe(espace, f)]
    manifeste = {"version": VERSION_MANIFESTE, "rapports": retenues}
    texte = json.dumps(manifeste, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    ecrire_atomique(espace.rapports / "manifeste.json", texte)
    ecrire_atomique(espace.rapports / "index.html", page_portail(espace, retenues))
    return retenues


def _cle(fiche: dict[str, Any]) -> tuple[str, int, str]:
    return fiche["service"], fiche["annee"], fiche["diffusion"]


def _existe(espace: Espace, fiche: dict[str, Any]) -> bool:
    return fiche["etat"] == "erreur" or (espace.rapports / fiche["html"]).is_file()


def page_portail(espace: Espace, fiches: list[dict[str, Any]]) -> str:
    """La page d'accueil : par diffusion, les documents d'ensemble, puis par association ses services et ses années."""
    controles = [f for f in fiches if f.get("genre") == QUALITE]
    fiches = [f for f in fiches if f not in controles]
    rapports = [f for f in fiches if not f.get("genre")]
    groupes = []
    for diffusion, (titre, chapeau) in _GROUPES.items():
        du_groupe = [f for f in fiches if f["diffusion"] == diffusion]
        if du_groupe:
            groupes.append(
                {
                    "diffusion": diffusion,
                    "titre": titre,
                    "chapeau": chapeau.replace(" :", f"{locale.INSECABLE}:"),
                    "documents": _documents([f for f in du_groupe if f.get("genre")]),
                    "associations": _associations(
                        espace,
                        [f for f in du_groupe if not f.get("genre")],
                        [f for f in controles if f["diffusion"] == diffusion],
                    ),
                }
            )
    return rendre_gabarit(
        "portail.html.j2",
        page=ressources_page("Observatoire — rapports d'activité", "portail", False),
        groupes=groupes,
        resume=_resume(rapports, len(fiches) - len(rapports)),
    )


def _resume(rapports: list[dict[str, Any]], documents: int) -> str:
    if not rapports and not documents:
        return "Aucun rapport rendu pour l'instant."
    annees = sorted({f["annee"] for f in rapports})
    morceaux = []
    if rapports:
        morceaux.append(locale.compte(len(rapports), ("rapport", "rapports", False)))
        morceaux.append(locale.compte(len({f["service"] for f in rapports}), ("service", "services", False)))
    if documents:
        morceaux.append(locale.compte(documents, ("document d'ensemble", "documents d'ensemble", False)))
    if annees:
        morceaux.append(f"de {annees[0]} à {annees[-1]}" if len(annees) > 1 else f"pour {annees[0]}")
    return locale.majuscule(f"{', '.join(morceaux)}.")


def _documents(fiches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Les documents d'ensemble, par genre ; un document et ses années font une ligne."""
    genres = []
    for genre, titre in GENRES.items():
        du_genre = [f for f in fiches if f["genre"] == genre]
        lignes = [
            {"libelle": locale.typographie(_sujet(memes[0])), "cases": [_case(f, f["annee"]) for f in memes]}
            for memes in _par(du_genre, "service").values()
        ]
        if lignes:
            genres.append({"titre": titre, "lignes": lignes})
    return genres


def _sujet(fiche: dict[str, Any]) -> str:
    """Le titre d'un document sans son année ni son genre, que la rubrique dit déjà : « Pays de la Loire »."""
    titre = re.sub(rf"\s*\b{fiche['annee']}\b", "", fiche.get("titre") or fiche["service"])
    sujet, _, suite = titre.partition(" — ")
    precision = suite.partition(", ")[2]
    return f"{sujet}{f' — {precision}' if precision else ''}"


def _associations(
    espace: Espace, fiches: list[dict[str, Any]], controles: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Les rapports de service, par association : ses services en lignes, ses années en colonnes.

    `controles` : les pages de qualité ; la plus récente d'un service se lit sous son nom.
    """
    qualite = {f["service"]: f.get("html", "") for f in sorted(controles, key=lambda f: f["annee"])}
    connus = {f["service"]: _fiche_service(espace, f["service"]) for f in fiches}
    rangees = []
    for association, siennes in sorted(_par(fiches, lambda f: connus[f["service"]]["association"]).items()):
        annees = sorted({f["annee"] for f in siennes}, reverse=True)
        index = {(f["service"], f["annee"]): f for f in siennes}
        services = sorted({f["service"] for f in siennes}, key=lambda s: connus[s]["libelle"])
        rangees.append(
            {
                "titre": association,
                "annees": annees,
                "lignes": [
                    {
                        **connus[s],
                        "qualite": qualite.get(f"{QUALITE}_{s}", ""),
                        "cases": [_case(index.get((s, a)), a) for a in annees],
                    }
                    for s in services
                ],
            }
        )
    return rangees


def _fiche_service(espace: Espace, service: str) -> dict[str, str]:
    try:
        fiche = lire_service(espace, service)
    except ErreurObservatoire:  # un service retiré de l'espace garde ses rapports
        return {"libelle": service, "court": service, "association": ""}
    libelle, association = (locale.typographie(t) for t in (fiche.libelle, fiche.association))
    return {"libelle": libelle, "court": fiche.libelle_court, "association": association}


def _par(fiches: list[dict[str, Any]], cle: str | Callable[[dict[str, Any]], str]) -> dict[str, list[dict[str, Any]]]:
    groupes: dict[str, list[dict[str, Any]]] = {}
    for fiche in fiches:
        groupes.setdefault(fiche[cle] if isinstance(cle, str) else cle(fiche), []).append(fiche)
    return groupes


def _case(fiche: dict[str, Any] | None, annee: int) -> dict[str, Any]:
    etat = fiche["etat"] if fiche else "absent"
    fiche = fiche or {}
    cle = fiche.get("chiffre_cle") or {}
    return {
        "annee": annee,
        "etat": etat,
        "libelle_etat": LIBELLES_ETATS[etat],
        "cle": cle.get("valeur", ""),
        "quoi": cle.get("libelle", ""),
        "message": locale.typographie(fiche.get("message", "")),
        "html": fiche.get("html", ""),
        "csv": fiche.get("table", ""),
        "lien": "Voir les contrôles" if etat == "bloque" else "Lire le rapport",
    }
