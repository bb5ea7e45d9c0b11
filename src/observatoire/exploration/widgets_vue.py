"""La vue dans l'explorateur : constat, graphique, tableau, solidité, notes, et ce que devient une marque choisie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from observatoire.exploration import mots
from observatoire.exploration.page import alertes_html, entete_html, examens_html, notes_html
from observatoire.exploration.vue import VueExploree
from observatoire.exploration.widgets_choix import AUCUN, champ
from observatoire.exploration.widgets_dessin import Dessin
from observatoire.restitution import graphiques
from observatoire.restitution.cellules import Vue

Couple = tuple[str, str]


class PanneauVue:
    """Tout ce qu'une vue montre, refait ensemble. `choisir` et `filtrer` reçoivent (colonne, code)."""

    def __init__(self, choisir: Callable[[Couple | None], object], filtrer: Callable[[Couple], object]) -> None:
        self._choisir, self._filtrer = choisir, filtrer
        self._sourd = self.attenuee = False
        self.vue: VueExploree | None = None
        self.choisie: Couple | None = None
        self._cliquee: dict[str, Any] | None = None
        self._creer()

    def _creer(self) -> None:
        self.entete, self.legende, self.description = _html(), _html(), _html()
        self.tableau, self.examen, self.notes = _html(), _html(), _html()
        self.dessin = Dessin(self._marque_choisie)
        self.cadre = w.VBox([self.legende, self.dessin, self.description])
        self.cadre.add_class("obs-cadre")
        self.modalite = champ(w.Dropdown, "Choisir une modalité")
        self.modalite.observe(self._modalite_choisie, "value")
        self.retirer = w.Button(description="Retirer la sélection")
        self.retirer.on_click(lambda _: self._choisir(None))
        self.garder = w.Button(description="Garder comme filtre")
        self.garder.on_click(lambda _: self._filtrer(self.choisie))
        self.choix = w.HBox([self.modalite, self.retirer, self.garder])
        self.choix.add_class("obs-selection")
        self.detail = PanneauDetail()
        self.cote = w.HBox([w.VBox([self.cadre, self.choix, self.detail.boite, self.tableau]), self.examen])
        self.cote.add_class("obs-cote")
        self.boite = w.VBox([self.entete, self.cote, self.notes])
        self.boite.add_class("obs-panneau")
        self.cote.layout.display = "none"  # jusqu'à la première vue

    def montrer(self, vue: VueExploree) -> None:
        """Remplace la vue ; la marque choisie est oubliée."""
        self.vue, self.choisie = vue, None
        self._attenuer(False)
        self.cote.layout.display = None
        self.entete.value = _cadre_html(entete_html(vue) + alertes_html(vue))
        self._dessiner()
        self.tableau.value = _cadre_html(vue.tableau())
        self.examen.value = _cadre_html(examens_html(vue))
        (self.cote.add_class if vue.examens else self.cote.remove_class)("obs-deux")
        self.notes.value = _cadre_html(notes_html(vue))
        self._montrer_choix()
        self.detail.effacer()

    @property
    def dessinee(self) -> bool:
        """La vue montrée a-t-elle un graphique ?"""
        return self.dessin.spec is not None

    def montrer_detail(self, choisie: Couple | None, detail: VueExploree | None) -> None:
        """Montre ce que devient la marque choisie, ou retire la sélection."""
        redessiner = choisie != self.choisie
        self.choisie = choisie
        if redessiner and not (choisie and self._marque_a_jour()):
            self._dessiner()
        self._montrer_choix()
        if detail is None:
            self.detail.effacer()
        else:
            self.detail.montrer(detail)

    def attenuer(self) -> None:
        """Laisse la vue d'avant, en retrait : ce qui vient d'être demandé n'a pas pu se montrer."""
        self._attenuer(True)

    def vider(self) -> None:
        """Ne laisse rien à lire : la vue d'avant n'est pas de l'édition demandée."""
        self.vue = self.choisie = self._cliquee = None
        for html in (self.entete, self.legende, self.description, self.tableau, self.examen, self.notes):
            html.value = ""
        self.dessin.montrer(None)
        self._montrer_choix()
        self.detail.effacer()
        self.cote.layout.display = "none"

    def _attenuer(self, attenuee: bool) -> None:
        """En retrait, une vue se lit encore ; on n'y choisit plus rien."""
        self.attenuee = attenuee
        (self.boite.add_class if attenuee else self.boite.remove_class)("obs-attenue")
        for controle in (self.modalite, self.retirer, self.garder):
            controle.disabled = attenuee

    # La marque choisie

    def _marque_choisie(self, marque: dict[str, Any] | None) -> None:
        """Un clic dans le graphique."""
        self._cliquee = marque
        couple = self.vue.code_choisi(marque) if marque and self.vue else None
        if couple != self.choisie:
            self._choisir(couple)

    def _marque_a_jour(self) -> bool:
        """Le graphique montre-t-il déjà la marque choisie, parce qu'elle vient d'un clic ?"""
        return bool(self._cliquee and self.vue and self.vue.code_choisi(self._cliquee) == self.choisie)

    def _modalite_choisie(self, _: Any) -> None:
        """La même chose, au clavier."""
        if self._sourd:
            return
        colonne = Vue(self.vue.bloc).ventilation
        self._choisir((colonne, self.modalite.value) if self.modalite.value else None)

    def _dessiner(self) -> None:
        self._cliquee = None
        specification = self.vue.specification() if choisissables(self.vue) else _dessin_fixe(self.vue)
        self.legende.value = _cadre_html(self.vue.legende()) if specification else ""
        self.description.value = _description(self.vue) if specification else ""
        self.cadre.layout.display = None if specification else "none"
        self.dessin.montrer(specification, self._champs(specification))

    def _champs(self, specification: dict[str, Any] | None) -> dict[str, Any] | None:
        """Les champs de la marque choisie, si le dessin la désigne par la seule modalité."""
        if self.choisie is None or specification is None:
            return None
        champs = [p["select"]["fields"] for p in specification.get("params", ()) if isinstance(p.get("select"), dict)]
        libelle = dict((code, nom) for nom, code in choisissables(self.vue)).get(self.choisie[1])
        return {"modalite": libelle} if ["modalite"] in champs and libelle else None

    def _montrer_choix(self) -> None:
        options = choisissables(self.vue)
        self._sourd = True
        try:
            self.modalite.options = [("(aucune)", AUCUN), *options]
            self.modalite.value = self.choisie[1] if self.choisie else AUCUN
        finally:
            self._sourd = False
        self.choix.layout.display = None if options else "none"
        for bouton in (self.retirer, self.garder):
            bouton.layout.display = None if self.choisie else "none"


class PanneauDetail:
    """Ce que devient une marque choisie : sa phrase, son graphique, son tableau."""

    def __init__(self) -> None:
        self.entete, self.suite = _html(), _html()
        self.dessin: Dessin | None = None
        self.boite = w.VBox([])
        self.boite.add_class("obs-detail")
        self.boite.layout.display = "none"

    def montrer(self, vue: VueExploree) -> None:
        """Montre le détail ; son graphique n'est créé qu'au premier."""
        if self.dessin is None:
            self.dessin = Dessin()
            self.boite.children = (self.entete, self.dessin, self.suite)
        self.entete.value = _cadre_html(Markup('<p class="obs-precision">La sélection</p>{}').format(entete_html(vue)))
        specification = _dessin_fixe(vue)
        self.dessin.layout.display = None if specification else "none"
        self.dessin.montrer(specification)
        self.suite.value = _cadre_html(examens_html(vue) + vue.tableau())
        self.boite.layout.display = None

    def effacer(self) -> None:
        """Retire le détail."""
        self.boite.layout.display = "none"
        if self.dessin is not None:
            self.entete.value = self.suite.value = ""
            self.dessin.montrer(None)


def choisissables(vue: VueExploree | None) -> list[tuple[str, str]]:
    """Les modalités dont la vue peut montrer le détail : libellé, code."""
    if vue is None:
        return []
    lue = Vue(vue.bloc)
    if not lue.ventilation or lue.ventilation == mots.INDICATEUR:
        return []
    axes = lue.axes_matrice()[0] if lue.croisement[1] else lue.modalites()
    return [(m.libelle, m.code) for m in axes]


def _dessin_fixe(vue: VueExploree) -> dict[str, Any] | None:
    """Le dessin d'une vue dont aucune marque ne se choisit."""
    dessin = graphiques.graphique(vue.bloc)
    return None if dessin is None else dessin.large


def _html() -> w.HTML:
    return w.HTML()


def _cadre_html(contenu: Markup) -> str:
    return Markup('<div class="obs-vue">{}</div>').format(contenu) if contenu else ""


def _description(vue: VueExploree) -> str:
    repli = Markup("<details><summary>{}</summary><p class='obs-description'>{}</p></details>")
    return _cadre_html(repli.format("Description du graphique", vue.description()))
