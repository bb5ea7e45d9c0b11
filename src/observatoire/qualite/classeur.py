"""Le classeur des corrections : quatre feuilles qu'un chef de service ouvre dans son tableur.

Aucune formule : un texte qui en a l'air reçoit une apostrophe. La mise en page s'imprime en paysage, l'en-tête
répété.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from observatoire.ecriture import remplacer_fichier
from observatoire.entrepot import sans_formules
from observatoire.erreurs import ErreurFichier
from observatoire.qualite.consignes import AVERTIT, BLOQUE, FEUILLE_ECARTEES, RETIENT, TABLES_EN_CLAIR
from observatoire.qualite.corrections import LEVEE, NOUVELLE, TOUJOURS_LA, Corrections
from observatoire.qualite.ecartees import LIGNE_ECARTEE
from observatoire.qualite.identifiants import Reperage
from observatoire.restitution.locale import jour as en_jour
from observatoire.restitution.locale import nombre as en_nombre
from observatoire.restitution.locale import pluriel

# Au-delà, un tableur peine, une règle cache les autres et personne ne lit : le nombre est dit.
LIGNES_MAX, LIGNES_PAR_REGLE = 20_000, 1_000
CHIFFRES_NOMMES = 4
PRIORITES = 5
DROITS = 0o600  # le fichier porte les numéros du service : à qui l'a fait, et à lui seul
A_CORRIGER, RESOLUES, ECARTEES, LISEZ_MOI = "À corriger", "Résolues", FEUILLE_ECARTEES, "Lisez-moi"
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@dataclass(frozen=True)
class _Colonne:
    """Une colonne d'une feuille : son titre, sa largeur en caractères ; un nombre ; présente sur le papier."""

    titre: str
    largeur: int
    nombre: bool = False
    imprimee: bool = True


def montrer(lignes: pl.DataFrame) -> pl.DataFrame:
    """Les lignes que le classeur montre : les premières de chaque règle, dans l'ordre."""
    return lignes.filter(pl.int_range(pl.len()).over("regle") < LIGNES_PAR_REGLE).head(LIGNES_MAX)


def ecrire_classeur(fichier: Path, corrections: Corrections, reperees: Reperage, jour: date) -> None:
    """Écrit le classeur d'un seul geste, lisible par son seul auteur.

    Entrées : `reperees`, les numéros locaux des lignes montrées, à corriger puis résolues, dans le même ordre.
    Lève `ErreurFichier` si le classeur est ouvert dans un autre programme.
    """
    nombre = montrer(corrections.lignes).height
    alertes, reglees = reperees.lignes.head(nombre), reperees.lignes.slice(nombre)
    feuilles = {
        A_CORRIGER: (_A_CORRIGER, _lignes(corrections, alertes), corrections.lignes.height),
        RESOLUES: (_RESOLUES, _resolues(corrections, reglees), corrections.resolues.height),
        ECARTEES: (_ECARTEES, _ecartees(corrections), corrections.ecartees.height),
    }
    octets = io.BytesIO()
    with xlsxwriter.Workbook(octets, _OPTIONS) as classeur:
        classeur.set_properties(
            {
                "title": f"Corrections à faire : {corrections.service.libelle_court}",
                "comments": "Document interne : porte les numéros de dossier du service.",
                "created": datetime(jour.year, jour.month, jour.day),
            }
        )
        styles = _Styles(classeur)
        for nom, (colonnes, lignes, total) in feuilles.items():
            titre = f"{corrections.service.libelle_court} : {nom.lower()}"
            _feuille(classeur.add_worksheet(nom), styles, titre, colonnes, lignes, total)
        _lisez_moi(classeur, styles, _textes(corrections, alertes, reperees.empechement, jour))
    try:
        remplacer_fichier(fichier, octets.getvalue(), DROITS)
    except OSError as erreur:
        raise ErreurFichier(
            f"{fichier} : ce fichier ne peut pas être remplacé.", "Fermez-le dans le tableur, puis relancez."
        ) from erreur


# --- Le contenu des feuilles ---------------------------------------------------------------------------------

_A_CORRIGER = {
    "etat": _Colonne("État", 13),
    "gravite": _Colonne("Gravité", 14),
    "identifiant": _Colonne("Dossier ou ligne concernée", 26),
    "_fichier": _Colonne("Fichier de l'export", 22),
    "feuille": _Colonne("Feuille", 12),
    "_ligne": _Colonne("Ligne", 7, nombre=True),
    "colonnes": _Colonne("Colonne à reprendre", 20),
    "constat": _Colonne("Ce qui ne va pas", 42),
    "remede": _Colonne("Comment corriger", 42),
    "debloques": _Colonne("Chiffres débloqués", 11, nombre=True),
    "concernes": _Colonne("Chiffres concernés", 34, imprimee=False),
    "annees": _Colonne("Années", 12, imprimee=False),
    "table": _Colonne("Données", 16, imprimee=False),
    "regle": _Colonne("Règle", 30, imprimee=False),
    "derogation": _Colonne("Dérogation", 40, imprimee=False),
}
_RESOLUES = {
    "issue": _Colonne("Issue", 22),
    "identifiant": _Colonne("Dossier ou ligne concernée", 30),
    "_fichier": _Colonne("Fichier de l'export d'alors", 26),
    "_ligne": _Colonne("Ligne d'alors", 9, nombre=True),
    "explication": _Colonne("Ce qui n'allait pas", 56),
    "table": _Colonne("Données", 18),
    "regle": _Colonne("Règle", 30),
}
_ECARTEES = {
    "etat": _Colonne("État", 13),
    "sort": _Colonne("Écarté", 11),
    "fichier": _Colonne("Fichier de l'export", 26),
    "feuille": _Colonne("Feuille", 13),
    "ligne": _Colonne("Ligne", 8, nombre=True),
    "colonne": _Colonne("Colonne", 22),
    "valeur": _Colonne("Ce qui est écrit", 28),
    "motif": _Colonne("Pourquoi", 44),
    "remede": _Colonne("Comment corriger", 48),
    "table": _Colonne("Données", 16),
}


def _en_clair(cadre: pl.DataFrame, colonnes: Mapping[str, _Colonne]) -> pl.DataFrame:
    """Les colonnes d'une feuille, tables nommées en français, sans rien qu'un tableur calculerait."""
    nommee = pl.col("table").replace(TABLES_EN_CLAIR)
    return sans_formules(cadre.with_columns(table=nommee).select(list(colonnes)))


def _lignes(corrections: Corrections, alertes: pl.DataFrame) -> pl.DataFrame:
    nombre = pl.col("concernes").list.len()
    autres = (
        pl.when(nombre > CHIFFRES_NOMMES)
        .then(pl.format(" et {} autres", nombre.cast(pl.Int64) - CHIFFRES_NOMMES))
        .otherwise(pl.lit(""))
    )
    toutes = pl.col("annees").list.len() == len(corrections.annees)
    sans_ligne = pl.col("_ligne").is_null()
    annees = pl.col("annees").cast(pl.List(pl.String)).list.join(", ")
    return pl.concat([montrer(corrections.lignes), alertes], how="horizontal").with_columns(
        identifiant=pl.when(sans_ligne).then("ensemble").otherwise("identifiant"),
        concernes=pl.col("concernes").list.head(CHIFFRES_NOMMES).list.join(", ") + autres,
        annees=pl.when(toutes & (len(corrections.annees) > 1)).then(pl.lit("toutes")).otherwise(annees),
    ).pipe(_en_clair, _A_CORRIGER)  # fmt: skip


def _resolues(corrections: Corrections, reglees: pl.DataFrame) -> pl.DataFrame:
    # La feuille d'où vient une ligne a pu changer depuis : seul l'endroit d'alors est sûr.
    reunies = pl.concat([montrer(corrections.resolues), reglees.select("identifiant")], how="horizontal")
    return _en_clair(reunies, _RESOLUES)


def _ecartees(corrections: Corrections) -> pl.DataFrame:
    return _en_clair(montrer(corrections.ecartees), _ECARTEES)


# --- La mise en page -----------------------------------------------------------------------------------------


class _Styles:
    """Les mises en forme du classeur ; la gravité se lit aussi en toutes lettres."""

    def __init__(self, classeur: xlsxwriter.Workbook) -> None:
        base = {"text_wrap": True, "valign": "top", "font_name": "Arial", "font_size": 10, "border": 1}
        base["border_color"] = "#c8c8c8"
        titre = {**base, "bold": True, "bg_color": "#1b3a57", "font_color": "#ffffff", "valign": "vcenter"}
        self.titre = classeur.add_format(titre)
        self.texte = classeur.add_format(base)
        self.nombre = classeur.add_format({**base, "num_format": "0", "align": "right"})
        fonds = {BLOQUE: "#f6d5d5", RETIENT: "#fbe6cf", AVERTIT: "#fbf6d6", NOUVELLE: "#dcebf7", LEVEE: "#e6e6e6"}
        self.mots = {mot: classeur.add_format({**base, "bg_color": fond, "bold": True}) for mot, fond in fonds.items()}
        libre = {"text_wrap": True, "valign": "top", "font_name": "Arial", "font_size": 11}
        self.grand = classeur.add_format({**libre, "bold": True, "font_size": 16, "text_wrap": False})
        self.intitule = classeur.add_format({**libre, "bold": True})
        self.libre = classeur.add_format(libre)
        self.reste = classeur.add_format({**libre, "bold": True, "text_wrap": False})


def _feuille(
    feuille: Any, styles: _Styles, titre: str, colonnes: Mapping[str, _Colonne], lignes: pl.DataFrame, total: int
) -> None:
    """Une feuille filtrable, son en-tête figé et répété à l'impression."""
    for rang, colonne in enumerate(colonnes.values()):
        feuille.set_column(rang, rang, colonne.largeur)
        feuille.write_string(0, rang, colonne.titre, styles.titre)
    feuille.set_row(0, 32)
    for numero, valeurs in enumerate(lignes.iter_rows(), start=1):
        for rang, (valeur, colonne) in enumerate(zip(valeurs, colonnes.values(), strict=True)):
            _cellule(feuille, styles, numero, rang, valeur, colonne)
        feuille.set_row(numero, max(map(_hauteur, valeurs, (c.largeur for c in colonnes.values()))))
    if lignes.is_empty():
        feuille.write_string(1, 0, "Rien ici.", styles.libre)
    feuille.autofilter(0, 0, max(lignes.height, 1), len(colonnes) - 1)
    if total > lignes.height:
        reste = f"… et {total - lignes.height} autres lignes des mêmes règles, à voir une fois celles-ci corrigées."
        feuille.write_string(lignes.height + 2, 0, reste, styles.reste)
    # À l'écran, l'en-tête et le dossier restent en vue ; sur le papier, ce qui sert à corriger, et lisible.
    feuille.freeze_panes(1, list(colonnes).index("identifiant") + 1 if "identifiant" in colonnes else 0)
    feuille.repeat_rows(0)
    feuille.print_area(0, 0, lignes.height + 2, sum(c.imprimee for c in colonnes.values()) - 1)
    _imprimer(feuille, titre)


def _hauteur(valeur: Any, largeur: float, ligne: float = 13.5) -> float:
    """La hauteur, en points, qu'un texte demande une fois renvoyé à la ligne : tous les tableurs ne l'ajustent pas."""
    lignes = textwrap.wrap("" if valeur is None else str(valeur), max(4, int(largeur * 1.1)))
    return ligne * max(1, len(lignes)) + 2


def _cellule(feuille: Any, styles: _Styles, numero: int, rang: int, valeur: Any, colonne: _Colonne) -> None:
    if valeur is None or valeur == "":
        feuille.write_blank(numero, rang, None, styles.texte)
    elif colonne.nombre:
        feuille.write_number(numero, rang, valeur, styles.nombre)
    else:
        feuille.write_string(numero, rang, str(valeur), styles.mots.get(valeur, styles.texte))


def _imprimer(feuille: Any, titre: str) -> None:
    feuille.set_landscape()
    feuille.set_paper(9)  # A4
    feuille.fit_to_pages(1, 0)
    feuille.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    feuille.set_header(f"&L{titre.replace('&', '&&')}&RDocument interne, à ne pas publier")
    feuille.set_footer("&CPage &P sur &N")


def _lisez_moi(classeur: xlsxwriter.Workbook, styles: _Styles, textes: Sequence[tuple[str, str]]) -> None:
    feuille = classeur.add_worksheet(LISEZ_MOI)
    feuille.hide_gridlines(2)
    feuille.set_column(0, 0, 26)
    feuille.set_column(1, 1, 92)
    for numero, (intitule, texte) in enumerate(textes):
        feuille.write_string(numero, 0, intitule, styles.intitule if texte else styles.grand)
        if texte:
            feuille.write_string(numero, 1, texte, styles.libre)
            feuille.set_row(numero, max(_hauteur(texte, 92, 15), _hauteur(intitule, 26, 15)))
        else:
            feuille.set_row(numero, 26)
    _imprimer(feuille, LISEZ_MOI)


def _textes(corrections: Corrections, alertes: pl.DataFrame, empechement: str, jour: date) -> list[tuple[str, str]]:
    """Ce que dit « Lisez-moi » : de quoi il s'agit, combien, comment lire, à qui le donner."""
    service, lignes = corrections.service, corrections.lignes
    etats = {e: n for e, n in lignes.group_by("etat").len().iter_rows()}
    retrouvees = int(alertes.filter(montrer(lignes)["_ligne"].is_not_null())["retrouve"].sum())
    situees = montrer(lignes)["_ligne"].drop_nulls().len()
    numeros = f"Lignes qui portent le numéro que leur donne le service : {retrouvees} sur {situees}."
    manque = (
        f" {empechement} Les autres portent leur pseudonyme et l'endroit de l'export : la ligne s'y retrouve."
        if empechement
        else ""
    )
    return [
        (f"Corrections à faire : {service.libelle}"[:250], ""),
        ("Établi le", en_jour(jour)),
        ("Livraison", _livraison(corrections)),
        ("Empreinte des données", corrections.empreinte),
        ("Années", ", ".join(map(str, corrections.annees))),
        (
            "À corriger",
            f"{lignes.height} : {_compte(etats.get(NOUVELLE, 0), 'nouvelle')}, "
            f"{etats.get(TOUJOURS_LA, 0)} toujours là, {_compte(etats.get(LEVEE, 0), 'levée')} par dérogation.",
        ),
        ("Résolues", f"{corrections.resolues.height} depuis la livraison précédente."),
        (FEUILLE_ECARTEES, _compte_ecartees(corrections)),
        ("Numéros de dossier", numeros + manque),
        ("Comment s'en servir", ""),
        (
            "1. Dans quel ordre",
            "La feuille « À corriger » commence par ce qui débloque le plus de chiffres du rapport. Les filtres de "
            "l'en-tête gardent un fichier, une règle ou une gravité.",
        ),
        (
            "2. Où corriger",
            "Dans le logiciel d'où vient l'export, à la ligne et à la colonne dites ; à défaut, dans l'export "
            "lui-même. La ligne 1 d'un fichier est la première, en-tête comprise.",
        ),
        (
            "3. Ensuite",
            "Refaites l'export et importez-le : les lignes corrigées passent dans « Résolues », celles qui restent "
            "sont marquées « toujours là ».",
        ),
        (
            "4. Si un numéro a changé",
            "Une ligne se reconnaît d'une livraison à l'autre à son numéro (une fiche de situation, à son dossier et à "
            "sa date). Si la correction le change, ou supprime la ligne, retirez aussi la livraison fautive : "
            f"observatoire retirer {corrections.livraison or 'LIVRAISON'} --service {service.id}.",
        ),
        *_par_ou_commencer(corrections),
        ("Comment lire", ""),
        ("bloque le rapport", "Tant que cette faute est là, aucun chiffre de l'année n'est publié."),
        ("retient des chiffres", "Les chiffres qui lisent cette colonne ne sont pas publiés ; les autres le sont."),
        ("à vérifier", "Les chiffres sont publiés, avec un avertissement."),
        ("Chiffres débloqués", "Combien de chiffres du rapport attendent cette correction."),
        ("l'ensemble des données", "La règle compare des totaux : aucune ligne n'est fautive à elle seule."),
        (
            "levée par dérogation",
            "L'échec est connu et admis, pour le motif et jusqu'au jour que dit la dérogation. Une alerte du même "
            "sujet peut rester sous le chiffre : elle est dite à la suite.",
        ),
        ("À qui le donner", ""),
        (
            "Document interne",
            "Ce fichier porte les numéros de dossier du service. Donnez-le au seul responsable du service, par un "
            "canal réservé ; ne le publiez pas, ne le joignez à aucun rapport, et effacez-le une fois les corrections "
            "faites.",
        ),
    ]


def _par_ou_commencer(corrections: Corrections) -> list[tuple[str, str]]:
    """Les règles dont la correction compte le plus, en une phrase chacune."""
    phrases = [
        (
            f"{rang}. {r['gravite']}",
            f"{r['explication']} {_compte(r['lignes'], 'fois')}"
            + (f", {_compte(r['debloques'], 'chiffre')} à débloquer." if r["debloques"] else "."),
        )
        for rang, r in enumerate(corrections.priorites(PRIORITES).iter_rows(named=True), start=1)
    ]
    return [("Par où commencer", ""), *phrases] if phrases else []


def _compte_ecartees(corrections: Corrections) -> str:
    lignes = corrections.ecartees.filter(pl.col("sort") == LIGNE_ECARTEE).height
    valeurs = corrections.ecartees.height - lignes
    return (
        f"{_compte(lignes, 'ligne')} non {pluriel(lignes, 'gardée', 'gardées')}, absentes de tous les chiffres, "
        f"et {_compte(valeurs, 'valeur')} non {pluriel(valeurs, 'gardée', 'gardées')}, dont la ligne compte."
    )


def _compte(nombre: int, nom: str) -> str:
    return f"{en_nombre(nombre)} {pluriel(nombre, nom, nom if nom.endswith('s') else f'{nom}s')}"


def _livraison(corrections: Corrections) -> str:
    if not corrections.livraison:
        return "rien n'est encore arrivé"
    return f"{corrections.livraison}, reçue le {en_jour(date.fromisoformat(corrections.date_livraison[:10]))}"
