"""Écrire le brouillon d'un réglage de service : la proposition, ses raisons, et un « ? » là où il faut choisir."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from observatoire import modele
from observatoire.collecte.indecis import MARQUE
from observatoire.proposition.general import Fiche
from observatoire.proposition.modalites import ECRITURES_MAXIMALES, EXACTE, INDECISE, PROCHE, TUE, VARIANTE, Modalite
from observatoire.proposition.plan import Alimente, Indecise, Plan
from observatoire.proposition.sections import BlocType

LARGEUR = 118
_CLE_NUE = re.compile(r"[A-Za-z0-9_-]+")


def chaine(texte: Any) -> str:
    """Un texte TOML entre guillemets : guillemets, retours et caractères de contrôle échappés."""
    return json.dumps(str(texte), ensure_ascii=False).replace("\x7f", "\\u007f")


def cle(nom: str) -> str:
    return nom if _CLE_NUE.fullmatch(nom) else chaine(nom)


def valeur(brut: Any) -> str:
    """Une valeur TOML : texte, nombre, liste ou table sur une ligne."""
    if isinstance(brut, bool):
        return "true" if brut else "false"
    if isinstance(brut, int | float):
        return str(brut)
    if isinstance(brut, list | tuple):
        return f"[{', '.join(map(valeur, brut))}]"
    if isinstance(brut, dict):
        return f"{{ {', '.join(f'{cle(k)} = {valeur(v)}' for k, v in brut.items())} }}"
    return chaine(brut)


def commentaire(texte: str, retrait: str = "") -> list[str]:
    """Un commentaire sur autant de lignes qu'il faut ; aucun caractère d'un fichier n'en sort."""
    propre = "".join(c if c.isprintable() else " " for c in " ".join(str(texte).split()))
    lignes, courante = [], ""
    for mot in propre.split(" "):
        if courante and len(retrait) + len(courante) + len(mot) + 3 > LARGEUR:
            lignes.append(courante)
            courante = ""
        courante = f"{courante} {mot}".strip()
    return [f"{retrait}# {ligne}" for ligne in [*lignes, courante]]


def rediger(
    fiche: Fiche,
    plans: list[Plan],
    modalites: dict[str, list[Modalite]],
    libelles: dict[str, dict[str, str]],
    sections: list[tuple[str, list[BlocType]]],
    illisibles: Iterable[str],
) -> str:
    """Le texte TOML du brouillon."""
    lignes = [*_general(fiche), *_sections(sections), *_titre("Correspondances d'import")]
    lignes += commentaire(
        "Reprises des fichiers lus. Une colonne qui n'est pas nommée ici n'est pas importée, et rien "
        "d'elle n'est gardé. Référence : docs/correspondances.md."
    )
    for phrase in illisibles:
        lignes += commentaire(f"Non lu : {phrase}")
    for plan in plans:
        lignes += _fichier(plan)
    lignes += _modalites(modalites, libelles)
    return "\n".join(lignes) + "\n"


def _titre(texte: str) -> list[str]:
    return ["", f"# --- {texte} {'-' * max(3, 95 - len(texte))}", ""]


def _general(fiche: Fiche) -> list[str]:
    lignes = commentaire(
        f"Brouillon du service {fiche.service}, déduit des fichiers reçus. Il reste à remplacer chaque « ? »."
    )
    lignes += commentaire(
        f"Ensuite : renommer ce fichier en {fiche.service}.toml, puis observatoire importer CHEMIN --service "
        f"{fiche.service}."
    )
    lignes += commentaire("Après un « # » : la raison de chaque proposition. Elle se relit, se corrige ou s'efface.")
    lignes.append("")
    for nom, contenu, raison in fiche.cles:
        lignes += commentaire(raison) if raison else []
        lignes.append(f"{nom} = {valeur(contenu)}")
    for texte in fiche.facultatives:
        lignes.append(f"# {texte}")
    return lignes


def _sections(sections: list[tuple[str, list[BlocType]]]) -> list[str]:
    lignes = _titre("Sections du rapport, dans l'ordre imprimé")
    if not sections:
        return lignes + commentaire(
            "Les tables reconnues ne nourrissent aucun tableau par défaut : ajoutez [[sections]] "
            "d'après un service déjà réglé et « observatoire catalogue »."
        )
    lignes += commentaire(
        "Tableaux que les colonnes reconnues permettent de remplir ; « observatoire catalogue » liste les autres."
    )
    for titre, blocs in sections:
        lignes += ["", "[[sections]]", f"titre = {chaine(titre)}"]
        for bloc in blocs:
            lignes.append("  [[sections.blocs]]")
            if bloc.titre:
                lignes.append(f"  titre = {chaine(bloc.titre)}")
            lignes.append(f"  indicateurs = {valeur(bloc.indicateurs)}")
            lignes += [f"  {k} = {valeur(v)}" for k, v in bloc.reglage.items()]
    return lignes


def _fichier(plan: Plan) -> list[str]:
    groupe = plan.groupe
    lignes = ["", "[[import.fichiers]]"]
    lignes += commentaire(f"{groupe.lieu} : {groupe.donnees.height} lignes, {len(groupe.colonnes)} colonnes.")
    lignes.append(f"motif = {chaine(groupe.motif)}")
    if groupe.feuille:
        lignes.append(f"feuille = {chaine(groupe.feuille)}")
    for note in plan.notes:
        lignes += commentaire(note)
    if plan.ordre_dates:
        lignes += commentaire(plan.ordre_dates[1])
        lignes.append(f"format_date = {chaine(plan.ordre_dates[0])}")
    lignes += _jointures(plan)
    if plan.ecartees:
        lignes += commentaire("Non importées :")
        for ecartee in plan.ecartees:
            lignes += commentaire(f"– « {ecartee.entete} » : {ecartee.raison}")
    for alimente in plan.tables:
        lignes += _table(alimente)
    if not plan.tables:
        lignes += [
            "  [[import.fichiers.tables]]",
            *commentaire(
                "Aucune table ne ressort de ces colonnes : mettez le nom d'une table (docs/dictionnaire.md) et "
                "ses colonnes, ou effacez ce [[import.fichiers]] en entier.",
                "  ",
            ),
            f"  table = {chaine(MARQUE)}",
        ]
    if plan.indecises:
        lignes += ["", "  [import.fichiers.choix]"]
        lignes += commentaire(
            'Colonnes à placer : remplacez « ? » par "table.colonne", ou par "" pour ne pas l\'importer.', "  "
        )
        for indecise in plan.indecises:
            lignes += _indecise(indecise)
    return lignes


def _jointures(plan: Plan) -> list[str]:
    jointures = []
    for motif, par in plan.jointures:
        ici, _, la = par.partition("\n")
        jointures.append({"fichier": motif, "par": {ici: la} if la else ici})
    if not jointures:
        return []
    lignes = commentaire("Colonnes prises dans un autre fichier de l'envoi, retrouvées par un identifiant commun.")
    return [*lignes, f"joindre = {valeur(jointures[0] if len(jointures) == 1 else jointures)}"]


def _table(alimente: Alimente) -> list[str]:
    lignes = ["", "  [[import.fichiers.tables]]", f"  table = {chaine(alimente.table)}"]
    for note in alimente.notes:
        lignes += commentaire(note, "  ")
    if alimente.constantes:
        if alimente.constantes.get("moment") == MARQUE:
            lignes += commentaire("moment de ces photos : demande, entree, enquete ou sortie", "  ")
        lignes.append(f"  constantes = {valeur(alimente.constantes)}")
    if alimente.si_renseigne:
        lignes.append(f"  si_renseigne = {valeur(alimente.si_renseigne)}")
    if alimente.si:
        lignes.append(f"  si = {valeur(alimente.si)}")
    lignes.append("  [import.fichiers.tables.colonnes]")
    for colonne in modele.TABLES[alimente.table].colonnes:
        if colonne not in alimente.colonnes:
            continue
        contenu = alimente.colonnes[colonne]
        raison = alimente.raisons.get(colonne, "")
        ligne = f"  {colonne} = {valeur(contenu)}"
        # Une raison courte tient au bout de la ligne ; une longue, ou celle d'un « ? », se lit au-dessus.
        if contenu != MARQUE and raison and len(ligne) + len(raison) + 4 <= LARGEUR:
            lignes.append(f"{ligne}  {commentaire(raison)[0]}")
        else:
            lignes += [*(commentaire(raison, "  ") if raison else []), ligne]
    return lignes


def _indecise(indecise: Indecise) -> list[str]:
    possibles = ", ".join(f"{chaine(c)} ({c.note * 100:.0f}/100)" for c in indecise.possibles)
    texte = f"« {indecise.entete} » : {indecise.vu}. " + (
        f"Possible : {possibles}." if possibles else "Rien de proche dans le modèle."
    )
    return [*commentaire(texte, "  "), f"  {chaine(indecise.entete)} = {chaine(MARQUE)}"]


def _modalites(modalites: dict[str, list[Modalite]], libelles: dict[str, dict[str, str]]) -> list[str]:
    lignes: list[str] = []
    for liste, rencontrees in modalites.items():
        lignes += _modalites_de(liste, rencontrees, libelles[liste])
    if not lignes:
        return []
    return [
        *_titre("Écritures des modalités"),
        *commentaire(
            'Ce que le vocabulaire reconnaît seul est en commentaire. « NR » : non renseigné ; "" : à laisser vide.'
        ),
        *lignes,
    ]


def _modalites_de(liste: str, rencontrees: list[Modalite], libelles: dict[str, str]) -> list[str]:
    lignes = ["", f"[import.modalites.{liste}]"]
    for nature, quoi in ((EXACTE, "Reconnues"), (VARIANTE, "Reconnues malgré leur écriture")):
        connues = [f"{m.ecriture} → {m.code}" for m in rencontrees if m.nature == nature]
        if connues:
            lignes += commentaire(f"{quoi} : {' ; '.join(connues[:40])}{' ; …' if len(connues) > 40 else ''}")
    for proche in (m for m in rencontrees if m.nature == PROCHE):
        dit = libelles.get(proche.code, proche.code)
        lignes.append(
            f"{chaine(proche.ecriture)} = {chaine(proche.code)}  "
            + commentaire(f"proche de « {dit} » ({proche.note}/100), {proche.cellules} cellule(s) : à vérifier")[0]
        )
    indecises = [m for m in rencontrees if m.nature == INDECISE]
    if indecises:
        lignes += commentaire(f"À trancher. Codes possibles : {' ; '.join(f'{c} {t}' for c, t in libelles.items())}")
    for indecise in indecises[:ECRITURES_MAXIMALES]:
        proches = ", ".join(f"{c} ({n})" for c, n in indecise.voisines)
        suite = f"{indecise.cellules} cellule(s)" + (f" ; proches : {proches}" if proches else "")
        lignes.append(f"{chaine(indecise.ecriture)} = {chaine(MARQUE)}  {commentaire(suite)[0]}")
    if len(indecises) > ECRITURES_MAXIMALES:
        lignes += commentaire(
            f"… et {len(indecises) - ECRITURES_MAXIMALES} autres écritures plus rares : l'import les rejettera "
            "en les nommant."
        )
    tues = [m for m in rencontrees if m.nature == TUE]
    if tues:
        lignes += commentaire(
            f"{len(tues)} écriture(s) longues ou personnelles ne sont pas recopiées ici : l'import rejettera "
            "ces lignes."
        )
    return lignes
