"""Lire un classeur XLSX, XLS ou ODS : les valeurs affichées des formules, chaque cellule en texte.

Les lignes masquées (un filtre oublié) sont lues et dites ; une colonne masquée n'est lue que si on la
demande, et c'est dit. Une cellule en erreur garde son code (« #N/A »), jamais un vide.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl

from observatoire.collecte.entete import LIGNES_EXAMINEES, Fusion, lire_entete, score
from observatoire.collecte.pied import separer_pied
from observatoire.collecte.plan import Feuille, Plan, refuser_etendue
from observatoire.collecte.plan_ods import lire_plan_ods
from observatoire.collecte.plan_xls import lire_plan_xls, reconnaitre_composite
from observatoire.collecte.plan_xlsx import lire_plan_xlsx
from observatoire.collecte.reconnaissance import Format, archive_lisible
from observatoire.collecte.tableau import (
    JAMAIS_CALCULEE,
    LIGNE,
    Apercu,
    Tableau,
    nommer_colonnes,
    refuser_cellules_demesurees,
    sans_lignes_vides,
)
from observatoire.erreurs import ErreurFichier, suggestion
from observatoire.nettoyage.texte import normaliser

_CODES = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NOM?",
    "Null": "#NUL!",
    "Num": "#NOMBRE!",
    "Ref": "#REF!",
    "Value": "#VALEUR!",
}
_LIGNES_DITES = 5


@dataclass
class _Classeur:
    """Un classeur ouvert : son plan et ses feuilles, chargées une fois chacune."""

    nom: str
    plan: Plan
    lecteur: fastexcel.ExcelReader
    _lues: dict[str, _Cellules] = field(default_factory=dict)

    @property
    def feuilles(self) -> list[str]:
        return self.lecteur.sheet_names

    def cellules(self, feuille: str) -> _Cellules:
        if feuille not in self._lues:
            self._lues[feuille] = _charger(self, feuille)
        return self._lues[feuille]


@dataclass(frozen=True)
class _Cellules:
    """Toutes les cellules d'une feuille en texte, depuis la ligne 1 et la colonne `premiere_colonne`."""

    feuille: Feuille
    donnees: pl.DataFrame
    premiere_colonne: int
    visible: bool

    @property
    def apercu(self) -> Apercu:
        debut = self.donnees.head(LIGNES_EXAMINEES)
        return Apercu(
            self.feuille.nom,
            tuple((i, tuple(c or "" for c in ligne)) for i, ligne in enumerate(debut.iter_rows(), start=1)),
        )

    @property
    def fusions(self) -> list[Fusion]:
        """Les cellules fusionnées, colonnes comptées depuis la première colonne lue."""
        decalage = self.premiere_colonne - 1
        return [
            Fusion(
                f.premiere_ligne, max(1, f.premiere_colonne - decalage), f.derniere_ligne, f.derniere_colonne - decalage
            )
            for f in self.feuille.fusions
            if f.derniere_colonne > decalage
        ]


@contextmanager
def _moteur(lieu: str) -> Iterator[None]:
    """Traduit les erreurs du moteur de lecture, paniques comprises."""
    try:
        yield
    except fastexcel.FastExcelError as erreur:
        motif = "protégé par un mot de passe" if "assword" in str(erreur) else "illisible ou abîmé"
        raise _illisible(lieu, motif) from erreur
    except BaseException as erreur:
        # Une panique du moteur n'est pas une Exception : elle ne se reconnaît qu'à son nom.
        if type(erreur).__name__ == "PanicException":
            raise _illisible(lieu, "illisible ou abîmé") from erreur
        raise


def _illisible(lieu: str, motif: str) -> ErreurFichier:
    return ErreurFichier(
        f"{lieu} : classeur {motif}.", "Ouvrez-le dans un tableur, puis enregistrez-le en XLSX sans mot de passe."
    )


def _ouvrir(chemin: Path, nom: str, sorte: Format) -> _Classeur:
    """Ouvre un classeur, une fois son étendue vérifiée."""
    plan = _lire_plan(chemin, nom, sorte)
    for feuille in plan.feuilles.values():
        refuser_etendue(nom, feuille)
    with _moteur(nom):
        return _Classeur(nom, plan, fastexcel.read_excel(chemin.read_bytes()))


def _lire_plan(chemin: Path, nom: str, sorte: Format) -> Plan:
    if sorte is Format.XLS:
        return lire_plan_xls(reconnaitre_composite(chemin.read_bytes(), nom), nom)
    lecteurs: dict[Format, Callable[[zipfile.ZipFile, str], Plan]] = {
        Format.XLSX: lire_plan_xlsx,
        Format.ODS: lire_plan_ods,
    }
    with archive_lisible(nom), zipfile.ZipFile(chemin) as archive:
        return lecteurs[sorte](archive, nom)


def _charger(classeur: _Classeur, nom_feuille: str) -> _Cellules:
    """Toutes les cellules d'une feuille en texte, lignes vides du début comprises, erreurs à leur place."""
    with _moteur(f"{classeur.nom}, feuille « {nom_feuille} »"):
        lue = classeur.lecteur.load_sheet(nom_feuille, header_row=None, skip_rows=0, dtypes="string")
        if lue.width == 0:
            return _Cellules(classeur.plan.feuille(nom_feuille), pl.DataFrame(), 1, lue.visible == "visible")
        lot, erreurs = lue.to_arrow_with_errors()
        premiere = min(c.absolute_index for c in lue.available_columns()) + 1
    donnees: Any = pl.from_arrow(lot)
    donnees = donnees.rename({c: f"c{i}" for i, c in enumerate(donnees.columns)})
    feuille = classeur.plan.feuille(nom_feuille)
    fautives = [(*e.offset_position, _code(e.detail)) for e in (erreurs.errors if erreurs else ())]
    fautives += [(li - 1, co - premiere, JAMAIS_CALCULEE) for li, co in feuille.jamais_calculees]
    donnees = _placer(donnees, fautives)
    refuser_cellules_demesurees(
        donnees.with_columns((pl.int_range(pl.len(), dtype=pl.Int64) + 1).alias(LIGNE)),
        f"{classeur.nom}, feuille « {nom_feuille} »",
    )
    return _Cellules(feuille, donnees, premiere, lue.visible == "visible")


def _code(detail: str) -> str:
    return next((code for cle, code in _CODES.items() if f"Error({cle})" in detail), "#ERREUR!")


def _placer(donnees: pl.DataFrame, fautives: list[tuple[int, int, str]]) -> pl.DataFrame:
    """Écrit le code d'erreur dans chaque cellule fautive que la lecture a laissée vide."""
    par_colonne: dict[int, dict[int, str]] = {}
    for ligne, colonne, code in fautives:
        if 0 <= ligne < donnees.height and 0 <= colonne < donnees.width:
            par_colonne.setdefault(colonne, {})[ligne] = code
    for colonne, codes in par_colonne.items():
        serie = donnees[:, colonne]
        vides = {li: code for li, code in codes.items() if not (serie[li] or "").strip()}
        if vides:
            donnees = donnees.with_columns(serie.scatter(list(vides), list(vides.values())))
    return donnees


def apercus_classeur(chemin: Path, nom: str, sorte: Format) -> list[Apercu]:
    """Un aperçu par feuille."""
    classeur = _ouvrir(chemin, nom, sorte)
    return [classeur.cellules(feuille).apercu for feuille in classeur.feuilles]


def _choisir_feuille(classeur: _Classeur, attendues: Collection[str], voulue: str) -> _Cellules:
    """La feuille voulue, sinon celle dont une ligne montre le plus de colonnes attendues.

    Lève `ErreurFichier` si la feuille manque, ou si deux feuilles conviennent également.
    """
    if voulue:
        par_cle = {normaliser(f): f for f in classeur.feuilles}
        if normaliser(voulue) not in par_cle:
            raise ErreurFichier(
                f"{classeur.nom} : feuille « {voulue} » absente.",
                f"{suggestion(voulue, classeur.feuilles)} Feuilles : {', '.join(classeur.feuilles)}.".strip(),
            )
        return classeur.cellules(par_cle[normaliser(voulue)])
    lues = [c for f in classeur.feuilles if (c := classeur.cellules(f)).donnees.width]
    if not lues:
        raise ErreurFichier(f"{classeur.nom} : toutes les feuilles sont vides.", "Refaites l'export.")
    cles = {normaliser(a) for a in attendues} - {""}
    notes = [_note_feuille(c, cles) for c in lues]
    visibles = [n for n, c in zip(notes, lues, strict=True) if c.visible]
    if visibles and max(visibles):
        notes = [n if c.visible else (0, 0) for n, c in zip(notes, lues, strict=True)]
    meilleures = [c for n, c in zip(notes, lues, strict=True) if n == max(notes)]
    if len(meilleures) > 1 and cles and max(notes)[0]:
        raise ErreurFichier(
            f"{classeur.nom} : plusieurs feuilles conviennent : "
            f"{', '.join(f'« {c.feuille.nom} »' for c in meilleures)}.",
            'Dites laquelle par feuille = "…" dans la correspondance ; pour toutes, écrivez-en une par feuille.',
        )
    return meilleures[0]


def _note_feuille(cellules: _Cellules, cles: set[str]) -> tuple[int, int]:
    """(colonnes attendues montrées, 1 s'il y a des lignes dessous) : une feuille vide ne fait pas hésiter."""
    apercu = cellules.apercu
    if not cles:
        # Sans rien attendre : la feuille la mieux remplie est le tableau, les autres sa légende.
        return (0, cellules.donnees.height * cellules.donnees.width)
    entete = lire_entete(apercu, cles, cellules.fusions)
    if entete is None:
        return (0, 0)
    trouvees = max(score(entete.noms, cles), max(score(c, cles) for _, c in apercu.lignes))
    dessous = cellules.donnees.slice(entete.rang + 1)
    return trouvees, int(not sans_lignes_vides(dessous).is_empty())


def lire_classeur(chemin: Path, nom: str, sorte: Format, attendues: Collection[str], feuille: str = "") -> Tableau:
    """Lit la feuille voulue, sinon la plus ressemblante, sous l'en-tête trouvé.

    `_ligne` est le numéro de ligne de la feuille. Lève `ErreurFichier` si le classeur, la feuille ou
    l'en-tête manque.
    """
    classeur = _ouvrir(chemin, nom, sorte)
    cellules = _choisir_feuille(classeur, attendues, feuille)
    apercu = cellules.apercu
    entete = lire_entete(apercu, attendues, cellules.fusions)
    if entete is None:
        raise ErreurFichier(
            f"{nom}, feuille « {apercu.feuille} » : aucune des colonnes attendues n'a été trouvée.",
            "Vérifiez le fichier et la feuille.",
        )
    ligne_entete = apercu.lignes[entete.rang][0]
    noms = nommer_colonnes(entete.noms, cellules.donnees.width)
    donnees = cellules.donnees.with_columns((pl.int_range(pl.len(), dtype=pl.Int64) + 1).alias(LIGNE))
    corps, hors = separer_pied(sans_lignes_vides(donnees.slice(ligne_entete)), apercu.lignes[entete.rang][1])
    corps = corps.rename(dict(zip((c for c in corps.columns if c != LIGNE), noms, strict=True)))
    complet = Tableau(nom, apercu.feuille, ligne_entete, corps, hors, classeur.plan.date_1904)
    masquees = _colonnes_masquees(cellules, noms)
    demandees = {complet.colonne(a) for a in attendues}
    tues = [c for c in masquees if attendues and c not in demandees]
    return Tableau(
        nom,
        apercu.feuille,
        ligne_entete,
        corps.drop(tues),
        hors,
        classeur.plan.date_1904,
        _remarques(classeur, cellules, complet, masquees, tues, choisie=not feuille),
    )


def _colonnes_masquees(cellules: _Cellules, noms: list[str]) -> list[str]:
    """Les colonnes masquées qui ont quelque chose à lire."""
    return [
        nom
        for rang, nom in enumerate(noms)
        if rang + cellules.premiere_colonne in cellules.feuille.colonnes_masquees
        and cellules.donnees[:, rang].null_count() < cellules.donnees.height
    ]


def _remarques(
    classeur: _Classeur, cellules: _Cellules, tableau: Tableau, masquees: list[str], tues: list[str], choisie: bool
) -> tuple[str, ...]:
    """Ce qui ne se voit pas dans le tableau lu et que le lecteur doit savoir."""
    lieu, feuille, dites = tableau.lieu, cellules.feuille, []
    cachees = _lignes_masquees(feuille, tableau)
    if cachees:
        dites.append(
            f"{lieu} : {len(cachees)} ligne(s) masquée(s) (un filtre ?) lue(s) comme les autres : "
            f"{_liste(cachees)}. Supprimez-les du fichier si elles n'en sont pas."
        )
    lues = [c for c in masquees if c not in tues]
    if lues:
        dites.append(f"{lieu} : colonne(s) masquée(s) lue(s), car demandée(s) : {', '.join(f'« {c} »' for c in lues)}.")
    if tues:
        dites.append(f"{lieu} : colonne(s) masquée(s) non lue(s) : {', '.join(f'« {c} »' for c in tues)}.")
    fondues = [f for f in cellules.fusions if f.derniere_ligne > f.premiere_ligne > tableau.ligne_entete]
    if fondues:
        dites.append(
            f"{lieu} : {len(fondues)} cellule(s) fusionnée(s) sur plusieurs lignes (ligne(s) "
            f"{_liste(sorted(f.premiere_ligne for f in fondues))}) ; seule la première ligne en porte la valeur. "
            "Défusionnez-les et recopiez la valeur si elle vaut pour toutes."
        )
    if not cellules.visible:
        dites.append(f"{lieu} : cette feuille est masquée dans le classeur.")
    if choisie:
        autres = [f for f in classeur.feuilles if f != feuille.nom and classeur.cellules(f).donnees.width]
        if autres:
            dites.append(f"{lieu} : autre(s) feuille(s) non lue(s) : {', '.join(f'« {f} »' for f in autres)}.")
    if tableau.date_1904:
        dites.append(f"{lieu} : ce classeur compte les jours depuis 1904.")
    return tuple(dites)


def _lignes_masquees(feuille: Feuille, tableau: Tableau) -> list[int]:
    """Les lignes du tableau qui sont masquées dans la feuille."""
    fin_du_tableau = max(tableau.donnees[LIGNE].to_list(), default=0)
    masquees = {li for debut, fin in feuille.lignes_masquees for li in range(debut, min(fin, fin_du_tableau) + 1)}
    return sorted(masquees & set(tableau.donnees[LIGNE].to_list())) if masquees else []


def _liste(numeros: list[int]) -> str:
    dits = ", ".join(map(str, numeros[:_LIGNES_DITES]))
    return f"{dits}…" if len(numeros) > _LIGNES_DITES else dits
