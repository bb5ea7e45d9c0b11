"""L'explorateur : des choix à gauche, la vue à droite ; tout se refait ensemble, depuis un seul état.

L'état des contrôles ne s'enregistre pas dans un carnet : une cellule n'en garde qu'une phrase.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from observatoire.erreurs import ErreurObservatoire, exiger_connu
from observatoire.espace import Espace
from observatoire.exploration.atelier import ANNEES_MONTREES, Atelier
from observatoire.exploration.demande import controler_demande
from observatoire.exploration.depart import completer
from observatoire.exploration.exports import PROTEGEE_SEULE
from observatoire.exploration.page import style
from observatoire.exploration.vue import VueExploree
from observatoire.exploration.widgets_actions import Actions
from observatoire.exploration.widgets_choix import Choix
from observatoire.exploration.widgets_clavier import Clavier
from observatoire.exploration.widgets_dessin import charger
from observatoire.exploration.widgets_etat import Etat, ajuster, etat_de
from observatoire.exploration.widgets_outils import Outils
from observatoire.exploration.widgets_preparation import Preparation
from observatoire.exploration.widgets_vue import Couple, PanneauVue
from observatoire.indicateurs.libelles import SUFFIXE_GROUPE
from observatoire.restitution import locale

_journal = logging.getLogger(__name__)
EDITIONS = {"Interne": "interne", "Diffusable": "public"}
ONGLETS = {"Explorer": "explorer", "Outils": "outils"}
_IMPREVUE = "Ce choix n'a pas pu se calculer. Revenez au précédent, ou cliquez sur « Relire les données »."


def explorer(espace: Espace | str | None = None, **demande: Any) -> Explorateur:
    """L'explorateur d'un espace de travail, à afficher dans un carnet.

    `demande` : les paramètres de la première vue (voir `controler_demande`) ; ce qui manque se complète : le premier
    service qui a des données, sa dernière année, son premier chiffre. Sans aucun, ceux d'« observatoire explorer ».
    Lève `ErreurParametre` pour un paramètre inconnu ou mal typé, ou si l'espace n'a rien à montrer.
    """
    from observatoire.exploration.ouvrir import demande_recue

    ici = espace if isinstance(espace, Espace) else Espace.ouvrir(espace)
    donnes = {nom: valeur for nom, valeur in demande.items() if valeur not in (None, "", [], (), {})}
    threading.Thread(target=charger, daemon=True).start()  # pendant que la première vue se calcule
    atelier = Atelier(ici)
    complete = completer(ici, donnes or demande_recue(), atelier)
    controlee = controler_demande(ici, complete)
    with suppress(ErreurObservatoire):  # l'explorateur la redemande, et dira l'erreur
        atelier.voir(controlee)
    return Explorateur(atelier, etat_de(controlee))


class Explorateur(w.VBox):
    """L'explorateur affiché. `choisir` applique des changements comme le font les contrôles.

    `vue` : la vue montrée ; `detail` : celle de la marque choisie ; `erreur` : la phrase affichée, s'il y en a une.
    `preparer` : prépare les autres vues en arrière-plan.
    """

    def __init__(self, atelier: Atelier, etat: Etat, *, preparer: bool = True) -> None:
        self.atelier, self.etat, self._preparer = atelier, etat, preparer
        self.vue: VueExploree | None = None
        self.detail: VueExploree | None = None
        self.erreur = self._refus = ""
        self._lues: set[tuple[str, int]] = set()  # les services et années déjà montrés
        super().__init__()
        self._creer()
        self.choisir()

    def __repr__(self) -> str:
        return f"Explorateur : {self.vue.surtitre}" if self.vue else "Explorateur"

    def _creer(self) -> None:
        self.message, self.cout = w.HTML(), w.HTML()
        self.message.add_class("obs-message")
        self.cout.add_class("obs-cout")
        self.onglet = w.ToggleButtons(options=ONGLETS, description="Onglet")
        self.edition = w.ToggleButtons(options=EDITIONS, description="Édition")
        self.choix = Choix(self.atelier, self.choisir, self._garde)
        self.panneau = PanneauVue(self.choisir_marque, self._filtrer_par)
        self.actions = Actions(self._garde, self.dire, self.relire, self._oublier)
        self.preparation = Preparation(self.atelier)
        self.outils = Outils(self.atelier, self._garde, self.dire)
        droite = w.VBox([self.preparation.boite, self.panneau.boite, self.actions.boite])
        droite.add_class("obs-droite")
        self.page = w.HBox([self.choix.boite, droite])
        self.page.add_class("obs-page")
        bandeau = w.HBox([self.onglet, self.edition, self.cout])
        bandeau.add_class("obs-bandeau")
        self.children = (w.HTML(style()), Clavier(), bandeau, self.message, self.page, self.outils.boite)
        self.add_class("obs-explorateur")
        self.outils.boite.layout.display = "none"
        self.edition.observe(self._edition_choisie, "value")
        self.onglet.observe(self._onglet_choisi, "value")

    # Un changement, une vue

    def choisir(self, **changements: Any) -> VueExploree | None:
        """Applique des changements (mêmes noms que `controler_demande`) et rend la vue ; `None` si elle est refusée."""
        vue = None
        with self._garde():
            for nom in changements:
                exiger_connu(nom, self.etat, "Paramètre")
            self.etat, avis = ajuster(self.atelier, self.etat, changements)
            demande = controler_demande(self.atelier.espace, self.etat)
            self._annoncer()
            vue = self.atelier.voir(demande)
            self._lues |= {(s, demande.annee) for s in demande.services}
            self._montrer(vue)
            self.dire(" ".join(avis))
        self._accorder()
        if vue is not None and self._preparer:
            self.preparation.demander(self._a_preparer())
        return vue

    def choisir_marque(self, marque: Couple | None) -> VueExploree | None:
        """Choisit une marque de la vue (colonne, code), comme un clic, et rend son détail ; `None` la retire."""
        detail = None
        if self.vue is None or self.panneau.attenuee:
            return None
        with self._garde(attenuer=False):
            detail = self.atelier.detail(self.vue.demande, *marque) if marque else None
            self.detail = detail
            self.panneau.montrer_detail(marque, detail)
            self.actions.montrer(self.vue, detail, dessinee=self.panneau.dessinee)
            self.dire("")
        return detail

    def relire(self) -> None:
        """Oublie les données lues et refait la vue."""
        self.atelier.relire()
        self._oublier()
        if self.choisir() is not None:
            self.dire("Les données sont relues.")

    def _oublier(self) -> None:
        """Rien de ce qui a été préparé ne vaut plus : un réglage ou les données ont changé."""
        self._lues.clear()
        self.preparation.oublier()
        self.choix.oublier()
        self.outils.oublier()

    def _annoncer(self) -> None:
        """Dit ce qui se lit, quand la vue demande une année jamais montrée : c'est le seul moment qui dure."""
        neuves = {(s, max(self.etat["annees"])) for s in self.etat["services"]} - self._lues
        if neuves:
            noms = locale.enumeration(sorted(f"{self.atelier.fiche(s).libelle_court} {a}" for s, a in neuves))
            self.dire(f"Lecture des données : {noms}…")

    def dire(self, texte: str, *, erreur: bool = False) -> None:
        """Écrit la ligne d'état, que lit aussi un lecteur d'écran."""
        self.erreur = texte if erreur else ""
        role, classe = ("alert", "obs-erreur") if erreur else ("status", "obs-avis")
        self.message.value = Markup('<p class="obs-vue {}" role="{}">{}</p>').format(
            classe if texte else "", role, locale.typographie(texte)
        )

    @contextmanager
    def _garde(self, attenuer: bool = True) -> Iterator[None]:
        """Une erreur devient une phrase ; la vue d'avant reste, en retrait."""
        self.add_class("obs-occupe")
        try:
            with self.preparation.suspendue():
                yield
        except ErreurObservatoire as refus:
            self._refuser(str(refus), attenuer)
        except Exception:
            _journal.debug("Erreur imprévue dans l'explorateur", exc_info=True)
            self._refuser(_IMPREVUE, attenuer)
        finally:
            self.remove_class("obs-occupe")

    def _refuser(self, phrase: str, attenuer: bool) -> None:
        """Dit le refus ; une vue d'une autre édition que celle demandée s'efface, au lieu de rester en retrait."""
        self.dire(phrase, erreur=True)
        if attenuer:
            self._refus = phrase
        if self.vue is not None and self.vue.demande.diffusion != self.etat["diffusion"]:
            self.vue = self.detail = None
            self.panneau.vider()
            self.actions.eteindre(vider=True)
            self.cout.value = ""
        elif attenuer:
            self.panneau.attenuer()
            self.actions.eteindre(vider=False)

    def _montrer(self, vue: VueExploree) -> None:
        self.vue, self.detail, self._refus = vue, None, ""
        self.panneau.montrer(vue)
        self.actions.montrer(vue, dessinee=self.panneau.dessinee)
        self.cout.value = _cout_html(vue)

    def _a_preparer(self) -> list[tuple[str, int]]:
        """Les années que la vue peut montrer, la sienne d'abord."""
        annee = self.vue.demande.annee
        return [
            (s, a)
            for s in self.etat["services"]
            for a in sorted(self.atelier.annees(s)[-ANNEES_MONTREES:], key=lambda a: (a != annee, -a))
        ]

    def _accorder(self) -> None:
        """Accorde les contrôles à l'état, même quand la vue est refusée : le choix suivant peut la réparer."""
        with self._garde():
            self.edition.value = self.etat["diffusion"]
            self.choix.montrer(self.etat, self.vue)
        if self.onglet.value == "outils":
            self.outils.accorder(self.etat)

    def _edition_choisie(self, change: Any) -> None:
        if change.new != self.etat["diffusion"]:
            self.choisir(diffusion=change.new)

    def _filtrer_par(self, marque: Couple) -> None:
        """Garde la marque choisie comme filtre de toute la vue ; elle ne se ventile plus : il n'en resterait qu'une."""
        colonne, code = marque
        variable = colonne.removesuffix(SUFFIXE_GROUPE)
        codes = self.atelier.membres_du_groupe(self.etat["indicateur"], max(self.etat["annees"]), colonne, code)
        restent = [v for v in self.etat["ventilations"] if v != variable]
        self.choisir(filtres={**self.etat["filtres"], variable: codes}, ventilations=restent)

    def _onglet_choisi(self, change: Any) -> None:
        ouvert = change.new == "outils"
        self.page.layout.display = "none" if ouvert else None
        self.outils.boite.layout.display = None if ouvert else "none"
        refus = "" if ouvert else self._refus  # la vue refusée se retrouve avec sa raison
        self.dire(refus, erreur=bool(refus))
        if ouvert:
            self.outils.accorder(self.etat)
        else:
            self.outils.quitter()


def _cout_html(vue: VueExploree) -> Markup:
    """Ce que masque l'édition diffusable ; en diffusable, la mise en garde d'une vue qui restreint la population."""
    phrases = [vue.cout.phrase]
    if vue.demande.diffusion == "public" and (vue.demande.filtres or vue.demande.territoire):
        phrases.append(PROTEGEE_SEULE)
    lignes = (Markup("<p>{}</p>").format(locale.typographie(phrase)) for phrase in phrases)
    return Markup('<div class="obs-vue">{}</div>').format(Markup("").join(lignes))
