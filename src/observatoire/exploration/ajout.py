"""Ajouter une vue au rapport d'un service : un bloc écrit dans son réglage, sans toucher au reste du fichier."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

from observatoire.campagne.donnees import AtelierBlocs
from observatoire.ecriture import remplacer_fichier
from observatoire.erreurs import ErreurDefinition, ErreurFichier, ErreurParametre, defaut_toml
from observatoire.exploration.demande import ANNEES, AUCUNE, OBJECTIF, PRECEDENTE, SERVICE, TERRITOIRE
from observatoire.exploration.vue import VueExploree
from observatoire.services import Service, lire_service

SECTION = "Explorations"
_TETE = re.compile(r"^\s*\[\[?\s*(?P<table>[A-Za-z0-9_.]+)\s*\]\]?", re.MULTILINE)
_PHRASES = {
    AUCUNE: "Le rapport montrera aussi l'année précédente si le service la compare.",
    OBJECTIF: "Le rapport n'écrit pas l'objectif à côté : ajoutez aussi le taux de réalisation de la convention.",
}


def ajouter_au_rapport(vue: VueExploree, section: str = SECTION, titre: str = "") -> str:
    """Ajoute la vue à la fin d'une section du rapport, créée si elle n'y est pas ; rend ce qui a été fait, en français.

    `titre` : celui du tableau, le sien par défaut. Le fichier est relu et le bloc recalculé avant d'être gardé. Lève
    `ErreurParametre` si un rapport ne peut pas imprimer cette vue, `ErreurDefinition` si le réglage ne se relit pas,
    `ErreurFichier` s'il ne s'écrit pas.
    """
    bloc = bloc_de_rapport(vue)
    service, section = vue.services[0], section.strip() or SECTION
    bloc["titre"] = titre.strip() or bloc["titre"]
    fichier = vue.atelier.espace.dossier_services / f"{service.id}.toml"
    avant = fichier.read_text(encoding="utf-8")
    deja = [
        b for s in tomllib.loads(avant).get("sections", []) if s.get("titre") == section for b in s.get("blocs", [])
    ]
    if any(bloc["titre"] == b.get("titre") for b in deja):
        raise ErreurParametre(
            f"La section « {section} » a déjà un tableau « {bloc['titre']} ».", "Donnez un autre titre à celui-ci."
        )
    apres = _inserer(avant, section, _ecrire_bloc(bloc))
    _verifier(avant, apres, fichier, section, bloc)
    try:
        remplacer_fichier(fichier, apres.encode("utf-8"))
    except OSError as erreur:
        raise ErreurFichier(f"{fichier} : ce fichier ne peut pas être remplacé.", "Vérifiez les droits.") from erreur
    try:
        _essayer(vue, bloc)
    except Exception:
        remplacer_fichier(fichier, avant.encode("utf-8"))
        raise
    vue.atelier.relire()
    relatif = fichier.relative_to(vue.atelier.espace.racine)
    suite = _PHRASES.get(vue.demande.comparaison, "")
    return f"« {bloc['titre']} » est ajouté à la section « {section} » de {relatif}. {suite}".strip()


def bloc_de_rapport(vue: VueExploree) -> dict[str, Any]:
    """Le bloc de rapport qui imprime la vue. Lève `ErreurParametre` si aucun ne le peut."""
    demande = vue.demande
    if len(demande.services) > 1 or demande.comparaison == SERVICE:
        raise ErreurParametre(
            "Le rapport d'un service n'imprime que ses propres chiffres.",
            "Choisissez un seul service, ou comparez des services dans un cahier régional.",
        )
    if vue.modalite is not None:
        raise ErreurParametre(
            "Une marque choisie ne fait pas un tableau de rapport.", "Retirez la sélection, ou mettez-la en filtre."
        )
    bloc = vue.atelier.reglage(demande)
    if demande.comparaison == TERRITOIRE:
        return {**bloc, "graphique": "territoires"}
    if demande.comparaison != ANNEES:
        return bloc
    if vue.bloc.graphique != "historique":
        raise ErreurParametre(
            "Un rapport n'imprime pas une répartition année par année.",
            f"Comparez-la à l'année précédente (comparaison « {PRECEDENTE} »), ou choisissez un taux ou un compte.",
        )
    return {**bloc, "graphique": "historique", "annees": max(demande.annees) - min(demande.annees) + 1}


def _ecrire_bloc(bloc: dict[str, Any]) -> str:
    """Le bloc en TOML, aux retraits du reste du fichier."""
    lignes = ["  [[sections.blocs]]"]
    lignes += [f"  {cle} = {_valeur(valeur)}" for cle, valeur in bloc.items()]
    return "\n".join(lignes) + "\n"


def _valeur(valeur: Any) -> str:
    if isinstance(valeur, dict):
        return "{ " + ", ".join(f"{cle} = {_valeur(v)}" for cle, v in valeur.items()) + " }"
    if isinstance(valeur, list):
        return "[" + ", ".join(_valeur(v) for v in valeur) + "]"
    return json.dumps(valeur, ensure_ascii=False)  # chaînes, entiers et booléens s'écrivent comme en JSON


def _inserer(texte: str, section: str, bloc: str) -> str:
    """Le texte avec le bloc à la fin de sa section ; une section neuve suit la dernière."""
    titres = [s.get("titre") for s in tomllib.loads(texte).get("sections", [])]
    tetes = [m for m in _TETE.finditer(texte) if m["table"].split(".")[0] == "sections"]
    debuts = [m.start() for m in tetes if m["table"] == "sections"]
    if section in titres:
        rang = titres.index(section)
        fin = debuts[rang + 1] if rang + 1 < len(debuts) else _fin_des_sections(texte)
        avant, apres = texte[:fin].rstrip("\n"), texte[fin:]
        # Un commentaire qui annonce la section suivante reste avec elle.
        avant, commentaire = _sans_commentaire_final(avant)
        return f"{avant}\n{bloc}\n{commentaire}{apres}"
    fin = _fin_des_sections(texte)
    neuve = f"[[sections]]\ntitre = {_valeur(section)}\n{bloc}"
    avant, commentaire = _sans_commentaire_final(texte[:fin].rstrip("\n"))
    return f"{avant}\n\n{neuve}\n{commentaire}{texte[fin:]}"


def _fin_des_sections(texte: str) -> int:
    """Où finit la dernière section : à la table suivante, sinon à la fin du fichier."""
    toutes = list(_TETE.finditer(texte))
    siennes = [rang for rang, m in enumerate(toutes) if m["table"].split(".")[0] == "sections"]
    if not siennes:
        return toutes[0].start() if toutes else len(texte)
    suivante = siennes[-1] + 1
    return toutes[suivante].start() if suivante < len(toutes) else len(texte)


def _sans_commentaire_final(texte: str) -> tuple[str, str]:
    lignes = texte.split("\n")
    reste = len(lignes)
    while reste and (lignes[reste - 1].startswith("#") or not lignes[reste - 1].strip()):
        reste -= 1
    commentaire = "\n".join(lignes[reste:]).strip("\n")
    return "\n".join(lignes[:reste]), f"{commentaire}\n\n" if commentaire else ""


def _verifier(avant: str, apres: str, fichier: Any, section: str, bloc: dict[str, Any]) -> None:
    """Le fichier récrit se relit, et ne diffère que par le bloc ajouté."""
    try:
        lu, ancien = tomllib.loads(apres), tomllib.loads(avant)
    except ValueError as erreur:
        raise ErreurDefinition(defaut_toml(fichier, erreur), "Corrigez le fichier, puis recommencez.") from erreur
    sections = {s["titre"]: s for s in ancien.get("sections", [])}
    attendues = [dict(s) for s in ancien.get("sections", [])]
    if section in sections:
        cible = attendues[[s["titre"] for s in attendues].index(section)]
        cible["blocs"] = [*cible.get("blocs", []), bloc]
    else:
        attendues.append({"titre": section, "blocs": [bloc]})
    if lu != {**ancien, "sections": attendues}:
        raise ErreurDefinition(
            f"{fichier} : le tableau ne peut pas y être ajouté sans toucher au reste.", "Ajoutez-le à la main."
        )


def _essayer(vue: VueExploree, bloc: dict[str, Any]) -> None:
    """Calcule le bloc comme le rapport le fera ; lève ce que le rapport lèverait."""
    espace, annee = vue.atelier.espace, vue.demande.annee
    service: Service = lire_service(espace, vue.services[0].id)
    juge = vue.atelier.juge(service.id, annee)
    AtelierBlocs(espace, service, annee, vue.demande.diffusion, juge).bloc(bloc, SECTION)
