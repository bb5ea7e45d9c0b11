"""Le banc d'essai des règles : il juge le témoin, sain ou abîmé, et dit quelles règles échouent.

Le témoin sain est jugé par le moteur. Pour un mutant, seules sont rejugées les règles dont une donnée a changé :
le banc a mesuré, sur le témoin, ce que chaque règle lit et ce qui décide des lignes qu'elle regarde. Un test le
compare au moteur qui rejuge tout.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from observatoire.espace import Espace, racine_gabarit
from observatoire.qualite.controles import CONTROLES, annee_precedente, tables_liees
from observatoire.qualite.moteur import VERDICT_SEULEMENT, Examinee, Passe, resoudre
from observatoire.qualite.perimetre import PERIMETRES, TOUTE_LA_TABLE, annees_d_activite
from observatoire.qualite.reception import cles_contradictoires, tables_manquantes
from observatoire.qualite.suites import Regle, lire_suites
from observatoire.services import lire_service
from observatoire.univers.contexte import Contexte
from tests.qualite.mutations import MUTATEURS, Mutant, Sujet
from tests.qualite.temoin import ANNEES, SERVICE, EntrepotTemoin, espace_temoin, tables_temoin

REGLES: tuple[Regle, ...] = tuple(r for suite in lire_suites(Espace(racine_gabarit())).values() for r in suite)
# Ce que lisent, sans le nommer, les règles qui suivent un épisode ou un ménage.
IDENTIFIANTS = {
    *("id_menage", "id_personne", "id_referent", "id_mesure", "id_sejour", "id_place", "id_parcours"),
    *("date", "debut", "fin", "date_debut", "date_fin", "date_entree", "date_sortie", "ouverture", "fermeture"),
    *("moment", "rang", "nb_places"),
}
DE_RECEPTION = ("attendre_table_recue", "attendre_sans_contradiction")  # jugées sur la livraison, non sur les lignes

Lot = tuple[str, str]  # un périmètre, une table


@dataclass(frozen=True)
class Change:
    """Un lot changé : ses lignes, et les colonnes dont une valeur diffère ; toutes, si des lignes vont ou viennent."""

    lignes: pl.DataFrame
    colonnes: set[str]

    @classmethod
    def de(cls, sain: pl.DataFrame, lignes: pl.DataFrame) -> Change:
        if sain.equals(lignes):
            return cls(lignes, set())
        autant = sain.height == lignes.height
        return cls(lignes, {c for c in sain.columns if not (autant and sain[c].equals(lignes[c]))})


class Lues(dict[str, pl.DataFrame]):
    """Des tables qui retiennent lesquelles on leur demande."""

    def __init__(self, tables: Mapping[str, pl.DataFrame]) -> None:
        super().__init__(tables)
        self.noms: set[str] = set()

    def __getitem__(self, nom: str) -> pl.DataFrame:
        self.noms.add(nom)
        return super().__getitem__(nom)

    def get(self, nom: str, defaut: pl.DataFrame | None = None) -> pl.DataFrame | None:
        self.noms.add(nom)
        return super().get(nom, defaut)


class Banc:
    """Le témoin jugé une fois, et de quoi juger vite chacun de ses mutants."""

    def __init__(self, dossier: Path) -> None:
        self.espace, self.dossier = espace_temoin(dossier), dossier
        self.service = lire_service(self.espace, SERVICE)
        self.sain = tables_temoin()
        passe = Passe(self.espace, self.service, self._entrepot(self.sain))
        self.examens = {annee: {e.regle.regle: e for e in passe.examiner(annee)} for annee in ANNEES}
        self._lots = {a: {_lot(e.regle): e.lot for e in examens.values()} for a, examens in self.examens.items()}
        self._sources = {lot: self._lues_par_le_lot(*lot) for lot in self._lots[ANNEES[1]]}
        self._colonnes: dict[str, set[str]] = {}
        self._liens: dict[str, set[str]] = {}
        self._comparees: set[str] = set()
        self._lues_par_les_regles()

    def mutants(self, regle: Regle) -> Iterable[Mutant]:
        """Le témoin abîmé de chaque façon que connaît le mutateur de la règle ; `KeyError` si son type n'en a pas."""
        avant, examinee = (self.examens[annee][regle.regle] for annee in ANNEES[:2])
        return MUTATEURS[regle.attente["type"]](Sujet(examinee, avant, REGLES))

    def en_defaut(self, mutant: Mutant) -> set[str]:
        """Les règles qui échouent sur le mutant, une année ou une autre."""
        changees = {
            f"{nom}.{colonne}"
            for nom, table in mutant.tables.items()
            if table is not self.sain[nom]
            for colonne in Change.de(self.sain[nom], table).colonnes
        }
        autres = set(annees_d_activite(mutant.tables, self.service.periode)) - set(ANNEES)
        echecs = self._en_defaut_a_la_reception(mutant) | (self.tout_juger(mutant, autres) if autres else set())
        avant: dict[Lot, Change] = {}
        for annee in ANNEES:
            changes = self._lots_changes(annee, mutant, changees)
            echecs |= {e.regle.regle for e in self._rejugees(annee, mutant, changees, changes, avant) if not e.reussie}
            avant = changes
        return echecs

    def tout_juger(self, mutant: Mutant, annees: Iterable[int] = ANNEES) -> set[str]:
        """Les règles qui échouent ces années-là, par le moteur lui-même, sans en sauter aucune."""
        passe = Passe(self.espace, self.service, self._entrepot(mutant.tables, mutant.rejets))
        return {e.regle.regle for annee in sorted(annees) for e in passe.examiner(annee) if not e.reussie}

    def _entrepot(self, tables: Mapping[str, pl.DataFrame], rejets: str = "") -> EntrepotTemoin:
        fichier = self.dossier / "rejets.csv"
        fichier.unlink(missing_ok=True)
        if rejets:
            fichier.write_text(rejets, encoding="utf-8-sig")
        return EntrepotTemoin(SERVICE, self.dossier, en_memoire=tables)

    def _contexte(self, annee: int, tables: Mapping[str, pl.DataFrame]) -> Contexte:
        return Contexte(self.espace, self.service, self.service.periode(annee), self._entrepot(tables))

    def _lues_par_le_lot(self, perimetre: str, table: str) -> set[str]:
        tables = Lues(self.sain)
        PERIMETRES[perimetre](self._contexte(ANNEES[1], tables), table)
        return tables.noms

    def _lues_par_les_regles(self) -> None:
        """Ce que lit chaque règle : colonnes de son lot, « table.colonne » des tables liées, lot de l'année d'avant.

        Ce sont les colonnes qu'elle nomme si elles suffisent à la juger, sinon des identifiants aussi, sinon toutes.
        """
        for nom, examinee in self.examens[ANNEES[1]].items():
            mots, toutes = set(_mots(examinee.reglages)), {c for table in self.sain.values() for c in table.columns}
            for colonnes in (mots, mots | IDENTIFIANTS, toutes):
                liees, avant = Lues(_reduites(self.sain, colonnes)), Lues({examinee.regle.table: examinee.lot})
                try:
                    with tables_liees(liees), annee_precedente(avant):
                        _rejuger(examinee, _reduites({"lot": examinee.lot}, colonnes)["lot"])
                except (pl.exceptions.ColumnNotFoundError, KeyError):
                    continue
                self._colonnes[nom] = colonnes
                self._liens[nom] = {f"{table}.{c}" for table in liees.noms for c in liees[table].columns}
                self._comparees |= {nom} if avant.noms else set()
                break

    def _en_defaut_a_la_reception(self, mutant: Mutant) -> set[str]:
        if not mutant.rejets and not any(table.is_empty() for table in mutant.tables.values()):
            return set()
        entrepot = self._entrepot(mutant.tables, mutant.rejets)
        parametres = {
            "tables_manquantes": tables_manquantes(self.service, entrepot, mutant.tables),
            "cles_contradictoires": cles_contradictoires(entrepot),
        }
        regles = [r for r in REGLES if r.attente["type"] in DE_RECEPTION]
        examens = [(r, CONTROLES[r.attente["type"]](pl.DataFrame(), **resoudre(r, parametres))) for r in regles]
        return {regle.regle for regle, examen in examens if not examen.reussi()}

    def _lots_changes(self, annee: int, mutant: Mutant, changees: set[str]) -> dict[Lot, Change]:
        """Les lots de l'année que le mutant a changés ; une règle y regarde les colonnes qu'elle lit."""
        contexte = self._contexte(annee, mutant.tables)
        tables = {colonne.partition(".")[0] for colonne in changees}
        a_refaire = [lot for lot, sources in self._sources.items() if sources & tables]
        refaits = {(p, t): PERIMETRES[p](contexte, t) for p, t in a_refaire}
        compares = {lot: Change.de(self._lots[annee][lot], lignes) for lot, lignes in refaits.items()}
        return {lot: change for lot, change in compares.items() if change.colonnes}

    def _rejugees(
        self,
        annee: int,
        mutant: Mutant,
        changees: set[str],
        changes: Mapping[Lot, Change],
        avant: Mapping[Lot, Change],
    ) -> Iterable[Examinee]:
        with tables_liees(mutant.tables):
            for nom, examinee in self.examens[annee].items():
                lot = _lot(examinee.regle)
                if examinee.regle.attente["type"] in DE_RECEPTION or (lot[0] == TOUTE_LA_TABLE and annee != ANNEES[0]):
                    continue
                lus = (changes, avant) if nom in self._comparees else (changes,)
                change = any(lot in lots and lots[lot].colonnes & self._colonnes[nom] for lots in lus)
                if not (change or self._liens[nom] & changees):
                    continue
                precedent = avant[lot].lignes if lot in avant else self._lots.get(annee - 1, {}).get(lot)
                with annee_precedente({} if precedent is None else {lot[1]: precedent}):
                    yield _rejuger(examinee, changes[lot].lignes if lot in changes else examinee.lot)


def _reduites(tables: Mapping[str, pl.DataFrame], colonnes: set[str]) -> dict[str, pl.DataFrame]:
    return {nom: table.select(c for c in table.columns if c in colonnes) for nom, table in tables.items()}


def _mots(valeur: Any) -> Iterator[str]:
    """Les textes d'un réglage, où qu'ils soient : les colonnes qu'une règle nomme en sont."""
    if isinstance(valeur, str):
        yield valeur
    elif isinstance(valeur, Mapping):
        yield from (mot for paire in valeur.items() for v in paire for mot in _mots(v))
    elif isinstance(valeur, list | tuple):
        yield from (mot for v in valeur for mot in _mots(v))


def _lot(regle: Regle) -> Lot:
    return regle.perimetre, regle.table


def _rejuger(examinee: Examinee, lot: pl.DataFrame) -> Examinee:
    propres = {cle: valeur for cle, valeur in examinee.reglages.items() if cle not in VERDICT_SEULEMENT}
    examen = CONTROLES[examinee.regle.attente["type"]](lot, **propres)
    return Examinee(examinee.regle, lot, examen, examinee.reglages)
