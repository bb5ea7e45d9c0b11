"""L'équipe qui exécute les carnets dans des processus gardés au chaud, par notre moteur papermill.

Le démarrage d'un noyau et ses imports coûtent plusieurs secondes par carnet. Ici, chaque travailleur est un
processus neuf (jamais une copie du processus courant : polars ne le supporte pas) qui importe tout une fois, puis
exécute carnet après carnet, chacun dans un espace de noms vide.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

NOM_MOTEUR = "observatoire"
CARNETS_PAR_TRAVAILLEUR = 25  # au-delà, un processus neuf : la mémoire ne s'accumule pas


# --- L'équipe --------------------------------------------------------------------------------------


class Equipe:
    """Des travailleurs qui exécutent des carnets ; s'il en meurt un, l'équipe est refaite et le carnet repris."""

    def __init__(self, nombre: int) -> None:
        self._nombre, self._verrou = nombre, Lock()
        self._processus = self._recruter()

    def _recruter(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._nombre,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_prechauffer,
            max_tasks_per_child=CARNETS_PAR_TRAVAILLEUR,
        )

    def executer(self, source: Path, parametres: dict[str, Any]) -> str:
        """Le carnet exécuté, en JSON ; lève l'erreur de sa première cellule en échec."""
        equipe = self._processus
        try:
            return equipe.submit(executer_ici, str(source), parametres).result()
        except BrokenProcessPool:
            with self._verrou:
                if self._processus is equipe:
                    self._processus = self._recruter()
            return self._processus.submit(executer_ici, str(source), parametres).result()

    def fermer(self) -> None:
        """Renvoie les travailleurs, sans attendre ce qui ne sert plus."""
        self._processus.shutdown(wait=True, cancel_futures=True)


@contextmanager
def equipe(nombre: int) -> Iterator[Equipe]:
    """Une équipe de `nombre` travailleurs, renvoyée à la sortie du bloc."""
    groupe = Equipe(nombre)
    try:
        yield groupe
    finally:
        groupe.fermer()


class ErreurCarnet(Exception):
    """L'erreur d'une cellule, transportable d'un processus à l'autre : son nom et son texte."""

    def __init__(self, ename: str, evalue: str) -> None:
        super().__init__(ename, evalue)
        self.ename, self.evalue = ename, evalue


def executer_ici(source: str, parametres: dict[str, Any]) -> str:
    """Exécute un carnet dans ce processus et le rend en JSON ; lève `ErreurCarnet` si une cellule échoue."""
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError

    try:
        execute = papermill.execute_notebook(
            source,
            None,
            parametres,
            engine_name=NOM_MOTEUR,
            kernel_name="python3",
            progress_bar=False,
            log_output=False,
        )
    except PapermillExecutionError as erreur:
        raise ErreurCarnet(erreur.ename, erreur.evalue) from None
    return nbformat.writes(execute)


def _prechauffer() -> None:
    """Ce qu'un carnet importera, importé une fois par travailleur."""
    import altair  # noqa: F401
    import papermill  # noqa: F401

    import observatoire.restitution.rapport  # noqa: F401
