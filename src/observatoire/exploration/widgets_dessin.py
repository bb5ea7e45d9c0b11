"""Le graphique vivant de l'explorateur : une spécification Vega-Lite, et la marque choisie rendue à Python."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import altair as alt
import traitlets

from observatoire.exploration.vue import SELECTION
from observatoire.restitution.locale import FORMAT_DATES, FORMAT_NOMBRES

Choix = dict[str, Any]


_chargement = threading.Lock()


def charger() -> None:
    """Prépare le code qui dessine, sans réseau : deux secondes, une seule fois."""
    with _chargement:
        alt.JupyterChart.enable_offline()


class Dessin(alt.JupyterChart):
    """Un graphique qui se remplace sans se recréer. `au_choix` reçoit la marque cliquée, ou `None` si rien ne l'est.

    La spécification est posée telle quelle : altair la revérifierait à chaque vue, pour rien.
    """

    def __init__(self, au_choix: Callable[[Choix | None], object] | None = None) -> None:
        charger()
        self._au_choix = au_choix
        self._muet = False
        self._rang = 0
        super().__init__(chart=None, embed_options=_options())
        self.layout.width = "100%"

    @property
    def choisissable(self) -> bool:
        """Le dessin montré a-t-il des marques à choisir ?"""
        return any(p.get("name") == SELECTION for p in (self.spec or {}).get("params", ()))

    def montrer(self, specification: dict[str, Any] | None, choisie: Choix | None = None) -> None:
        """Remplace le dessin ; `choisie` : les champs de la marque déjà choisie. `None` l'efface."""
        if specification is None:
            self._poser(None)
            return
        params = [{**p} for p in specification.get("params", ())]
        for param in params:
            if choisie and param.get("name") == SELECTION:
                param["value"] = [choisie]
        self._rang += 1
        # Le rang fait redessiner la même vue.
        self._poser({**specification, "params": params, "usermeta": {"rang": self._rang}})

    def _poser(self, spec: dict[str, Any] | None) -> None:
        """Un dessin remplacé oublie sa sélection : ce n'est pas un clic dans le vide."""
        self._muet = True
        try:
            with self.hold_sync():
                self.spec = spec
                self._vl_selections = {SELECTION: {"value": None, "store": []}} if self.choisissable else {}
        finally:
            self._muet = False

    @traitlets.observe("_vl_selections")
    def _on_change_selections(self, change: Any) -> None:
        avant, apres = _marque(change.old), _marque(change.new)
        if self._au_choix is not None and not self._muet and avant != apres:
            self._au_choix(apres)


def _options() -> dict[str, Any]:
    """Les nombres et les dates à la française ; en SVG, que la feuille de style sait assombrir."""
    import vl_convert

    return {
        "renderer": "svg",
        "actions": False,
        "formatLocale": FORMAT_NOMBRES,
        "timeFormatLocale": vl_convert.get_time_format_locale(FORMAT_DATES),
    }


def _marque(selections: Any) -> Choix | None:
    """Les champs de la dernière marque choisie."""
    lue = (selections or {}).get(SELECTION) if isinstance(selections, dict) else None
    magasin = (lue or {}).get("store") or []
    if not magasin:
        return None
    champs, valeurs = magasin[-1].get("fields", ()), magasin[-1].get("values", ())
    return {champ["field"]: valeur for champ, valeur in zip(champs, valeurs, strict=False)}
