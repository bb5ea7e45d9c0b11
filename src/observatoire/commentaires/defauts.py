"""Les défauts d'un commentaire, réunis : son auteur les corrige tous d'un coup plutôt qu'un par essai."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from observatoire.erreurs import ErreurObservatoire, ErreursReunies

_LIGNE = re.compile(r"ligne (\d+)")


class Defauts:
    """Retient les erreurs d'une lecture qui continue."""

    def __init__(self) -> None:
        self._erreurs: list[ErreurObservatoire] = []

    def noter(self, erreur: ErreurObservatoire) -> None:
        """Retient une erreur."""
        self._erreurs.append(erreur)

    @contextmanager
    def retenir(self) -> Iterator[None]:
        """Retient l'erreur que lève ce qui suit, et passe outre."""
        try:
            yield
        except ErreurObservatoire as erreur:
            self.noter(erreur)

    def lever(self) -> None:
        """Lève ce qui a été retenu, dans l'ordre des lignes : l'erreur elle-même, ou `ErreursReunies`."""
        if len(self._erreurs) == 1:
            raise self._erreurs[0]
        if self._erreurs:
            raise ErreursReunies(sorted(self._erreurs, key=_ligne))


def _ligne(erreur: ErreurObservatoire) -> int:
    trouvee = _LIGNE.search(erreur.message)
    return int(trouvee[1]) if trouvee else 0
