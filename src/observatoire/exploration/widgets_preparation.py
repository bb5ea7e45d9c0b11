"""Préparer les données pendant que l'on regarde déjà : un travail de fond, et où il en est."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import ipywidgets as w
from markupsafe import Markup

from observatoire.erreurs import ErreurObservatoire
from observatoire.exploration.atelier import Atelier

Tache = tuple[str, int]


class Preparation:
    """Une file de (service, année) à préparer, une à la fois ; `boite` montre l'avancement."""

    def __init__(self, atelier: Atelier) -> None:
        self._atelier = atelier
        self._verrou = threading.Lock()
        self._file: list[Tache] = []
        self._vues: set[Tache] = set()
        self._fil: threading.Thread | None = None
        self._libre = threading.Event()
        self._libre.set()
        self._en_cours = 0
        self.boite = w.HTML()
        self.boite.add_class("obs-progres")

    def demander(self, taches: Iterable[Tache]) -> None:
        """Met en file ce qui ne l'a jamais été, et réveille le travail de fond."""
        with self._verrou:
            neuves = [t for t in taches if t not in self._vues]
            self._vues.update(neuves)
            self._file = [*neuves, *self._file]  # ce que l'on regarde maintenant passe devant
            if not self._file or self._fil is not None:
                return
            self._fil = threading.Thread(target=self._travailler, name="preparation", daemon=True)
            self._fil.start()

    @contextmanager
    def suspendue(self) -> Iterator[None]:
        """Le temps d'un choix, le travail de fond attend à sa prochaine étape : l'utilisateur passe devant."""
        self._en_cours += 1
        self._libre.clear()
        try:
            yield
        finally:
            self._en_cours -= 1
            if not self._en_cours:
                self._libre.set()

    def oublier(self) -> None:
        """Tout sera à préparer de nouveau."""
        with self._verrou:
            self._vues.clear()
            self._file = []

    def attendre(self, delai: float | None = None) -> None:
        """Attend la fin de ce qui est en file."""
        fil = self._fil
        if fil is not None:
            fil.join(delai)

    def _travailler(self) -> None:
        while (tache := self._prendre()) is not None:
            try:
                self._preparer(*tache)
            except ErreurObservatoire as erreur:
                self._dire(f"Préparation interrompue. {erreur}")
            except Exception:  # la vue elle-même dira ce qui ne va pas, en une phrase
                self._dire("")

    def _prendre(self) -> Tache | None:
        with self._verrou:
            if self._file:
                return self._file.pop(0)
            self._fil = None
            self.boite.value = ""
            return None

    def _preparer(self, service: str, annee: int) -> None:
        nom = self._atelier.fiche(service).libelle_court

        def prevenir(_: str, rang: int, total: int) -> None:
            self._libre.wait()
            self.boite.value = Markup(
                '<p class="obs-vue"><progress aria-label="Préparation des données" value="{}" max="{}"></progress> '
                "{} {} se prépare en arrière-plan ({} sur {}) : la vue s'utilise déjà.</p>"
            ).format(rang - 1, total, nom, annee, rang, total)

        self._atelier.preparer(service, [annee], prevenir)

    def _dire(self, texte: str) -> None:
        self.boite.value = Markup('<p class="obs-vue">{}</p>').format(texte) if texte else ""
