"""Ce que l'on fait d'une vue : son code, ses exports, sa place dans un rapport."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

import ipywidgets as w
from markupsafe import Markup

from observatoire.ecriture import remplacer_fichier
from observatoire.erreurs import ErreurFichier
from observatoire.exploration.ajout import SECTION, ajouter_au_rapport
from observatoire.exploration.exports import mises_en_garde, nom_de_fichier
from observatoire.exploration.vue import VueExploree
from observatoire.exploration.widgets_choix import champ
from observatoire.restitution import locale

FORMATS = {
    "csv": ("CSV", "text/csv"),
    "xlsx": ("Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "png": ("PNG", "image/png"),
    "svg": ("SVG", "image/svg+xml"),
}
_FERME = "none"


class Actions:
    """Les boutons sous la vue. `garde` traduit une erreur en une phrase ; `ajoute` suit un ajout au rapport."""

    def __init__(
        self,
        garde: Callable[..., AbstractContextManager],
        dire: Callable[[str], object],
        relire: Callable[[], object],
        ajoute: Callable[[], object],
    ) -> None:
        self._garde, self._dire, self._relire, self._ajoute = garde, dire, relire, ajoute
        self.vue: VueExploree | None = None
        self.detail: VueExploree | None = None
        self._creer()

    def _creer(self) -> None:
        self.voir_code, self.exporter = w.Button(description="Voir le code"), w.Button(description="Exporter")
        self.ajouter = w.Button(description="Ajouter au rapport")
        self.relire = w.Button(
            description="Relire les données", tooltip="Après un nouvel import, ou un réglage de service modifié"
        )
        self.code, self.lien = w.HTML(), w.HTML()
        self.formats = {f: w.Button(description=nom, tooltip=f"Exporter en {nom}") for f, (nom, _) in FORMATS.items()}
        self.section = champ(w.Combobox, "Section du rapport", value=SECTION, ensure_option=False)
        self.titre = champ(w.Text, "Titre du tableau")
        self.confirmer = w.Button(description="Ajouter", button_style="primary")
        self.volets = {
            self.voir_code: w.VBox([self.code]),
            self.exporter: w.VBox([w.HBox(list(self.formats.values())), self.lien]),
            self.ajouter: w.VBox([w.HBox([self.section, self.titre, self.confirmer])]),
        }
        for bouton, volet in self.volets.items():
            volet.layout.display = _FERME
            volet.add_class("obs-volet")
            bouton.on_click(self._basculer)
        for format_, bouton in self.formats.items():
            bouton.on_click(lambda _, f=format_: self.exporter_en(f))
        self.confirmer.on_click(lambda _: self.ajouter_a())
        self.relire.on_click(lambda _: self._relire())
        boutons = w.HBox([self.voir_code, self.exporter, self.ajouter, self.relire])
        boutons.add_class("obs-boutons")
        self.boite = w.VBox([boutons, *self.volets.values()])
        self.boite.add_class("obs-actions")
        self.boite.layout.display = _FERME  # jusqu'à la première vue

    def montrer(self, vue: VueExploree, detail: VueExploree | None = None, *, dessinee: bool) -> None:
        """Accorde les volets à la vue montrée ; sans graphique (`dessinee`), elle ne s'exporte pas en image."""
        if vue is not self.vue:
            self.lien.value = ""  # celui d'une autre vue
            self.titre.value = vue.bloc.titre
            options = tuple(s.titre for s in vue.services[0].sections)
            self.section.options = options if SECTION in options else (*options, SECTION)
        self.vue, self.detail = vue, detail
        self.boite.layout.display = None
        self._ecrire_code()
        for bouton in self._boutons():
            bouton.disabled = False
        for format_ in ("png", "svg"):
            self.formats[format_].disabled = not dessinee

    def eteindre(self, *, vider: bool) -> None:
        """Rien ne s'emporte d'une vue refusée ; `vider` : rien ne s'en lit plus non plus."""
        for bouton, volet in self.volets.items():
            bouton.disabled, volet.layout.display = True, _FERME
        for bouton in self._boutons():
            bouton.disabled = True
        if vider:
            self.vue = self.detail = None
            self.code.value = self.lien.value = self.titre.value = ""

    def _boutons(self) -> tuple[w.Button, ...]:
        return (*self.volets, *self.formats.values(), self.confirmer)

    @property
    def eteinte(self) -> bool:
        """Rien à emporter : le choix est refusé, et la ligne d'état dit déjà pourquoi."""
        return self.vue is None or self.exporter.disabled

    def _basculer(self, bouton: w.Button) -> None:
        """Ouvre un volet et ferme les autres."""
        ouvrir = self.volets[bouton].layout.display == _FERME
        for autre, volet in self.volets.items():
            volet.layout.display = None if ouvrir and autre is bouton else _FERME

    def _ecrire_code(self) -> None:
        self.code.value = _code_html("Le code de cette vue", self.vue) + (
            _code_html("Le code de la sélection", self.detail) if self.detail else ""
        )

    def exporter_en(self, format_: str) -> None:
        """Écrit la vue dans `reports/exports/` et en propose le téléchargement."""
        if self.eteinte:
            return
        with self._garde(attenuer=False):
            vue = self.vue
            octets = vue.exporter(format_)
            nom = nom_de_fichier(vue, format_)
            espace = vue.atelier.espace
            fichier = espace.rapports / "exports" / vue.demande.diffusion / nom
            try:
                fichier.parent.mkdir(parents=True, exist_ok=True)
                remplacer_fichier(fichier, octets)
            except OSError as erreur:
                raise ErreurFichier(f"« {nom} » n'a pas pu être écrit.", "Fermez-le s'il est ouvert.") from erreur
            chemin = fichier.relative_to(espace.racine).as_posix()
            self.lien.value = _lien_html(chemin, nom, format_, octets, mises_en_garde(vue))
            self._dire(f"Export écrit : {chemin}.")

    def ajouter_a(self) -> None:
        """Écrit la vue à la fin de la section choisie du rapport du service."""
        if self.eteinte:
            return
        with self._garde(attenuer=False):
            fait = ajouter_au_rapport(self.vue, self.section.value, self.titre.value)
            if self.section.value not in self.section.options:
                self.section.options = (*self.section.options, self.section.value)
            self._ajoute()
            self._dire(fait)


def _code_html(titre: str, vue: VueExploree) -> Markup:
    """Le code, dans un champ qui se sélectionne et se copie au clavier."""
    code = vue.code()
    return Markup(
        '<label class="obs-vue obs-code">{}<textarea readonly rows="{}" spellcheck="false">{}</textarea></label>'
    ).format(titre, code.count("\n") + 1, code)


def _lien_html(chemin: str, nom: str, format_: str, octets: bytes, gardes: Iterable[str]) -> Markup:
    """Où le fichier est écrit, de quoi le télécharger sans réseau, et ses mises en garde, chacune à la ligne."""
    lien = Markup('Écrit dans <code>{}</code>. <a download="{}" href="data:{};base64,{}">Télécharger le fichier</a>')
    lignes = (
        lien.format(chemin, nom, FORMATS[format_][1], base64.b64encode(octets).decode()),
        *map(locale.typographie, gardes),
    )
    paragraphes = Markup("").join(Markup("<p>{}</p>").format(ligne) for ligne in lignes)
    return Markup('<div class="obs-vue" role="status">{}</div>').format(paragraphes)
