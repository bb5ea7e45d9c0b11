"""Le portail et le manifeste : ce qui est publié, dans quel état, et de quelles données."""

from __future__ import annotations

import json
from collections.abc import Iterable
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
    """La page d'accueil : par diffusion, les services en lignes et les années en colonnes."""
    annees = sorted({f["annee"] for f in fiches}, reverse=True)
    index = {_cle(f): f for f in fiches}
    services = sorted({f["service"] for f in fiches})
    groupes = [
        {
            "diffusion": diffusion,
            "titre": titre,
            "chapeau": chapeau.replace(" :", f"{locale.INSECABLE}:"),
            "lignes": [_ligne(espace, index, s, annees, diffusion) for s in services],
        }
        for diffusion, (titre, chapeau) in _GROUPES.items()
        if any(f["diffusion"] == diffusion for f in fiches)
    ]
    return rendre_gabarit(
        "portail.html.j2",
        page=ressources_page("Observatoire — rapports d'activité", "portail", False),
        groupes=groupes,
        annees=annees,
        resume=_resume(fiches, len(services), annees),
    )


def _resume(fiches: list[dict[str, Any]], services: int, annees: list[int]) -> str:
    if not fiches:
        return "Aucun rapport rendu pour l'instant."
    rapports = locale.compte(len(fiches), ("rapport", "rapports", False))
    noms = locale.compte(services, ("service", "services", False))
    periode = f"de {annees[-1]} à {annees[0]}" if len(annees) > 1 else f"pour {annees[0]}"
    return locale.majuscule(f"{rapports}, {noms}, {periode}.")


def _ligne(
    espace: Espace, index: dict[tuple[str, int, str], dict[str, Any]], service: str, annees: list[int], diffusion: str
) -> dict[str, Any]:
    try:
        fiche = lire_service(espace, service)
        libelle, court = fiche.libelle, fiche.libelle_court
    except ErreurObservatoire:
        libelle = court = service  # un service retiré de l'espace garde ses rapports
    return {
        "libelle": locale.typographie(libelle),
        "court": court,
        "cases": [_case(index.get((service, a, diffusion)), a) for a in annees],
    }


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
