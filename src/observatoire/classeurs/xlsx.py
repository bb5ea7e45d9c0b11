"""Écrire un classeur en XLSX : de vrais nombres, des tableaux nommés, des liens internes, aucune formule."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from typing import Any

import xlsxwriter

from observatoire.classeurs.contenu import Nombre
from observatoire.classeurs.formats import code_excel
from observatoire.classeurs.grille import Case, Page
from observatoire.classeurs.styles import FILET, NUIT, POLICE, STYLES, Style
from observatoire.paquet import figer

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_A4 = 9
_ENTETE_MAX = 255  # au-delà, un tableur refuse l'en-tête


class _Exact(float):
    """Un nombre écrit avec tous ses chiffres : le paquet n'en garderait que seize."""

    def __format__(self, _spec: str) -> str:
        return repr(float(self))


def octets_xlsx(pages: Sequence[Page], titre: str, sujet: str, avertissement: str) -> bytes:
    """Les octets d'un classeur, les mêmes pour les mêmes pages."""
    sortie = io.BytesIO()
    with xlsxwriter.Workbook(sortie, _OPTIONS) as classeur:
        classeur.set_properties({"title": titre, "subject": sujet, "comments": avertissement})
        ecrivain = _Ecrivain(classeur, titre, avertissement)
        for page in pages:
            ecrivain.page(page)
    return figer(sortie.getvalue())


class _Ecrivain:
    """Écrit les pages dans un classeur ouvert ; chaque mise en forme n'y est créée qu'une fois."""

    def __init__(self, classeur: xlsxwriter.Workbook, titre: str, avertissement: str) -> None:
        self.classeur, self.titre, self.avertissement = classeur, titre, avertissement
        self.forme = cache(self._forme)

    def page(self, page: Page) -> None:
        feuille = self.classeur.add_worksheet(page.nom)
        for rang, largeur in enumerate(page.largeurs):
            feuille.set_column(rang, rang, largeur)
        for rang, rangee in enumerate(page.rangees):
            if rangee.hauteur is not None:
                feuille.set_row(rang, rangee.hauteur)
            if rangee.etendue and page.portee > 1:
                feuille.merge_range(rang, 0, rang, page.portee - 1, "", self.forme(rangee.cases[0].style))
            for colonne, case in enumerate(rangee.cases):
                self._case(feuille, rang, colonne, case)
        self._table(feuille, page)
        self._imprimer(feuille, page)

    def _case(self, feuille: Any, rang: int, colonne: int, case: Case) -> None:
        if isinstance(case.valeur, Nombre):
            forme = self.forme(case.style, case.valeur.format)
            feuille.write_number(rang, colonne, _Exact(case.valeur.valeur), forme)
        elif not case.valeur:
            feuille.write_blank(rang, colonne, None, self.forme(case.style))
        elif case.lien:
            adresse = f"internal:'{case.lien}'!A1"
            feuille.write_url(rang, colonne, adresse, self.forme(case.style), case.valeur, f"Aller à {case.lien}")
        else:
            feuille.write_string(rang, colonne, case.valeur, self.forme(case.style))

    def _table(self, feuille: Any, page: Page) -> None:
        """Nomme le tableau de la feuille : un lecteur d'écran y lit les en-têtes avec chaque case."""
        if page.entete is None:
            return
        cases = page.rangees[page.entete].cases
        fin = derniere(page)
        if fin == page.entete:  # un tableur refuse une table sans rangée
            return
        colonnes = [{"header": str(c.valeur), "header_format": self.forme(c.style)} for c in cases]
        reglage = {"name": page.nom_table, "columns": colonnes, "style": None, "autofilter": page.filtrable}
        feuille.add_table(page.entete, 0, fin, len(cases) - 1, reglage)
        feuille.repeat_rows(page.entete)
        if page.filtrable:
            feuille.freeze_panes(page.entete + 1, 0)

    def _imprimer(self, feuille: Any, page: Page) -> None:
        if page.paysage:
            feuille.set_landscape()
        if not page.filtrable:
            feuille.hide_gridlines(2)
        feuille.set_paper(_A4)
        feuille.fit_to_pages(1, 0)
        feuille.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
        feuille.set_header(f"&L{_echapper(self.titre)}"[:_ENTETE_MAX])
        feuille.set_footer(f"&L{_echapper(page.nom)}&C{_echapper(self.avertissement)}&RPage &P sur &N")

    def _forme(self, nom: str, format_: str = "") -> Any:
        forme = _proprietes(STYLES[nom])
        if format_:
            forme["num_format"] = code_excel(format_)
        return self.classeur.add_format(forme)


def derniere(page: Page) -> int:
    """Le rang de la dernière rangée du tableau, que des phrases peuvent suivre."""
    debut = page.entete or 0
    return max((r for r in range(debut, len(page.rangees)) if not page.rangees[r].etendue), default=debut)


def _echapper(texte: str) -> str:
    return texte.replace("&", "&&")


def _proprietes(style: Style) -> dict[str, Any]:
    forme: dict[str, Any] = {
        "font_name": POLICE,
        "font_size": style.corps,
        "font_color": style.couleur,
        "bold": style.gras,
        "italic": style.italique,
        "underline": int(style.souligne),
        "align": "right" if style.droite else "left",
        "valign": "vcenter" if style.centre else "top",
        "text_wrap": style.renvoi,
    }
    if style.retrait:
        forme["indent"] = 1
    if style.fond:
        forme |= {"bg_color": style.fond, "pattern": 1}
    if style.filet:
        forme |= {"bottom": 1, "bottom_color": FILET}
    if style.haut:
        forme |= {"top": 2, "top_color": NUIT}
    return forme
