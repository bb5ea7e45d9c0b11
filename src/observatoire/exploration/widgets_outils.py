"""L'onglet des outils : profil d'une table, parcours d'un ménage, courbes de cohorte, deux populations comparées.

Un outil interne montre des lignes de personnes : son résultat s'efface dès que l'on quitte l'onglet ou que l'on passe
en « diffusable », et rien n'en est enregistré dans le carnet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import altair as alt
import ipywidgets as w
from markupsafe import Markup

from observatoire.entrepot import lire_entrepot
from observatoire.erreurs import ErreurParametre
from observatoire.exploration.atelier import Atelier
from observatoire.exploration.cohortes import QUESTIONS, courbe, partages_possibles
from observatoire.exploration.parcours_menage import menages_a_verifier, suivre_menage
from observatoire.exploration.populations import Population, comparer_populations
from observatoire.exploration.profil import profiler
from observatoire.exploration.widgets_choix import AUCUN, LIGNES_LISTE, champ, proposer, voir
from observatoire.exploration.widgets_dessin import Dessin
from observatoire.exploration.widgets_etat import Etat, filtrables
from observatoire.indicateurs.libelles import titre_variable
from observatoire.indicateurs.registre import en_vigueur
from observatoire.qualite.moteur import Passe
from observatoire.restitution import locale, theme
from observatoire.restitution.qualite_parties import nom_table

Resultat = tuple[Markup, alt.TopLevelMixin | None]


class Outils:
    """Les quatre outils, un seul montré à la fois. `garde` traduit une erreur en une phrase, `dire` écrit l'état."""

    def __init__(
        self, atelier: Atelier, garde: Callable[..., AbstractContextManager], dire: Callable[[str], object]
    ) -> None:
        self._garde, self._dire = garde, dire
        passes = Passes(atelier)
        self.profil, self.courbe = OutilProfil(atelier, passes), OutilCourbe(atelier)
        self.menage, self.populations = OutilMenage(atelier, passes, self._guider), OutilPopulations(atelier)
        self.tous: tuple[Outil, ...] = (self.courbe, self.populations, self.profil, self.menage)
        self._passes = passes
        self.etat: Etat | None = None
        self._creer()

    def _creer(self) -> None:
        options = [(outil.titre, rang) for rang, outil in enumerate(self.tous)]
        self.liste = champ(w.Dropdown, "Outil", options=options)
        self.aide, self.html = w.HTML(), w.HTML()
        self.afficher = w.Button(description="Afficher", button_style="primary")
        self.zone = w.VBox()
        self.dessin: Dessin | None = None
        self.resultat = w.VBox([self.html])
        self.resultat.add_class("obs-resultat")
        reglages = w.VBox([self.liste, self.aide, self.zone, self.afficher])
        reglages.add_class("obs-choix")
        self.boite = w.HBox([reglages, self.resultat])
        self.boite.add_class("obs-page")
        self.liste.observe(self._changer_outil, "value")
        self.afficher.on_click(lambda _: self.montrer())

    @property
    def outil(self) -> Outil:
        """L'outil choisi."""
        return self.tous[self.liste.value]

    def accorder(self, etat: Etat) -> None:
        """Reprend le service, l'année, l'indicateur et l'édition de la vue ; un résultat d'avant s'efface."""
        self.etat = etat
        self.effacer()
        with self._garde(attenuer=False):
            self.zone.children = tuple(self.outil.controles)
            self.aide.value = Markup('<p class="obs-vue obs-aide">{}</p>').format(self.outil.aide)
            self.outil.accorder(etat)

    def montrer(self) -> None:
        """Calcule l'outil choisi et montre son résultat."""
        self._dire("")  # le refus d'avant ne vaut plus
        self.effacer()
        with self._garde(attenuer=False):
            self._poser(*self.outil.calculer(self.etat))

    def effacer(self) -> None:
        """Retire le résultat montré."""
        self.html.value = ""
        if self.dessin is not None:
            self.dessin.montrer(None)

    def quitter(self) -> None:
        """Efface tout ce que l'onglet montrait de personnes."""
        self.effacer()
        self.menage.vider()

    def oublier(self) -> None:
        """Oublie ce qui a été lu, après un nouvel import."""
        self._passes.oublier()
        self.effacer()

    def _poser(self, html: Markup, graphique: alt.TopLevelMixin | None) -> None:
        if graphique is not None and self.dessin is None:
            self.dessin = Dessin()
            self.resultat.children = (self.dessin, self.html)
        if self.dessin is not None:
            self.dessin.montrer(None if graphique is None else theme.specification(graphique))
        self.html.value = html

    def _guider(self, texte: Markup) -> None:
        self.effacer()
        self.html.value = texte

    def _changer_outil(self, _: Any) -> None:
        if self.etat is not None:
            self._dire("")
            self.accorder(self.etat)


class Passes:
    """Les contrôles de chaque service, évalués une seule fois."""

    def __init__(self, atelier: Atelier) -> None:
        self._atelier = atelier
        self._passes: dict[str, Passe] = {}

    def de(self, service: str) -> Passe:
        """Les contrôles d'un service."""
        if service not in self._passes:
            espace = self._atelier.espace
            self._passes[service] = Passe(espace, self._atelier.fiche(service), lire_entrepot(espace, service))
        return self._passes[service]

    def oublier(self) -> None:
        self._passes.clear()


class Outil:
    """Un outil : son titre, son aide d'une phrase, ses contrôles, et son calcul."""

    titre = ""
    aide = ""

    def __init__(self, atelier: Atelier) -> None:
        self.atelier = atelier
        self.controles: Sequence[w.Widget] = ()

    def accorder(self, etat: Etat) -> None:
        """Remplit ses listes d'après la vue."""

    def calculer(self, etat: Etat) -> Resultat:
        """Son résultat : une page, et un graphique s'il en a un. Lève `ErreurParametre` si un choix manque."""
        raise NotImplementedError


class OutilProfil(Outil):
    """Le profil d'une table livrée."""

    titre = "Profil d'une table (interne)"
    aide = "Ce qu'une table livrée contient : remplissage, valeurs, écarts, contrôles qui reprennent des lignes."

    def __init__(self, atelier: Atelier, passes: Passes) -> None:
        super().__init__(atelier)
        self._passes = passes
        self.table, self.annee = champ(w.Dropdown, "Table"), champ(w.Dropdown, "Lignes de l'année")
        self.controles = (self.table, self.annee)

    def accorder(self, etat: Etat) -> None:
        service = etat["services"][0]
        tables = lire_entrepot(self.atelier.espace, service).tables
        gardee = self.table.value if self.table.value in tables else next(iter(tables), None)
        proposer(self.table, [(nom_table(t), t) for t in tables], gardee)
        annees = [(str(a), a) for a in reversed(self.atelier.annees(service))]
        proposer(self.annee, [*annees, ("Toutes", 0)], max(etat["annees"]))

    def calculer(self, etat: Etat) -> Resultat:
        service = etat["services"][0]
        profil = profiler(
            self.atelier.espace,
            service,
            self.table.value or "",
            self.annee.value or None,
            diffusion=etat["diffusion"],
            passe=self._passes.de(service),
        )
        return profil.html(), profil.graphique()


class OutilMenage(Outil):
    """Le parcours d'un ménage, pour vérifier."""

    titre = "Parcours d'un ménage (interne)"
    aide = (
        "Toute la vie d'un ménage dans le service, sous son identifiant pseudonyme, pour vérifier une saisie. "
        "Le résultat s'efface quand vous quittez l'onglet."
    )

    def __init__(self, atelier: Atelier, passes: Passes, guider: Callable[[Markup], object]) -> None:
        super().__init__(atelier)
        self._passes, self._guider, self._service = passes, guider, ""
        self.identifiant = champ(w.Text, "Identifiant du ménage")
        self.proposes = champ(w.Select, "Ménages à vérifier", rows=LIGNES_LISTE)
        self.avis, self._raisons = w.HTML(), {}
        self.proposes.observe(self._choisir, "value")
        self.controles = (self.proposes, self.avis, self.identifiant)

    def accorder(self, etat: Etat) -> None:
        service, annee = etat["services"][0], max(etat["annees"])
        self.vider()
        if etat["diffusion"] != "interne":
            return
        passe = self._passes.de(service)
        trouves = menages_a_verifier(self.atelier.espace, service, annee, passe=passe)
        self._raisons = {m.id_menage: m.raisons for m in trouves}
        options = [(f"{m.id_menage} : {m.raisons[0]}", m.id_menage) for m in trouves]
        proposer(self.proposes, options, None)
        voir(self.proposes, bool(options))
        if not options:
            self._avertir([f"Aucun ménage de {annee} à proposer : collez un identifiant, ou changez d'année."])

    def vider(self) -> None:
        """Retire les identifiants proposés ou collés."""
        self.identifiant.value = self.avis.value = ""
        self._raisons = {}
        proposer(self.proposes, [], None)

    def _choisir(self, change: Any) -> None:
        if change.new:
            self.identifiant.value = change.new
            self._avertir(self._raisons[change.new])  # en entier : la liste, étroite, les coupe

    def _avertir(self, phrases: Sequence[str]) -> None:
        lues = Markup("<br>").join(locale.typographie(p) for p in phrases)
        self.avis.value = Markup('<p class="obs-vue obs-aide">{}</p>').format(lues)

    def calculer(self, etat: Etat) -> Resultat:
        service, identifiant = etat["services"][0], self.identifiant.value.strip()
        if not identifiant and etat["diffusion"] == "interne":
            raise ErreurParametre("Aucun ménage n'est choisi.", "Prenez-en un dans la liste, ou collez un identifiant.")
        parcours = suivre_menage(
            self.atelier.espace, service, identifiant, diffusion=etat["diffusion"], passe=self._passes.de(service)
        )
        return parcours.html(), parcours.graphique()


class OutilCourbe(Outil):
    """Les courbes de cohorte."""

    titre = "Courbe de cohorte"
    aide = "Le temps jusqu'au relogement, ou le temps gardé : pour toutes les entrées, avec son intervalle."

    def __init__(self, atelier: Atelier) -> None:
        super().__init__(atelier)
        self.quoi = champ(w.Dropdown, "Courbe", options=[(q.titre, nom) for nom, q in QUESTIONS.items()])
        self.par = champ(w.Dropdown, "Partagée par")
        self.quoi.observe(lambda _: self._partages(), "value")
        self.controles = (self.quoi, self.par)
        self._etat: Etat | None = None

    def accorder(self, etat: Etat) -> None:
        self._etat = etat
        self._partages()

    def _partages(self) -> None:
        if self._etat is None:
            return
        service, annee = self._etat["services"][0], max(self._etat["annees"])
        try:
            partages = partages_possibles(self.atelier.espace, service, annee, self.quoi.value)
        except ErreurParametre:  # personne à suivre : le calcul le dira, avec son remède
            partages = []
        options = [("(aucune)", AUCUN), *((titre, variable) for variable, titre in partages)]
        gardee = self.par.value if self.par.value in {v for _, v in options} else AUCUN
        proposer(self.par, options, gardee)

    def calculer(self, etat: Etat) -> Resultat:
        service, annee = etat["services"][0], max(etat["annees"])
        tracee = courbe(
            self.atelier.espace,
            service,
            annee,
            self.quoi.value,
            self.par.value or None,
            diffusion=etat["diffusion"],
            juge=self.atelier.juge(service, annee),
        )
        return tracee.html(), tracee.graphique()


class OutilPopulations(Outil):
    """Deux populations comparées pour le chiffre de la vue."""

    titre = "Comparer deux populations"
    aide = "Le chiffre de la vue, dans deux populations : l'écart, et ce que le hasard en explique, en mots simples."

    def __init__(self, atelier: Atelier) -> None:
        super().__init__(atelier)
        self.a, self.b = ChoixPopulation(atelier, "A"), ChoixPopulation(atelier, "B")
        self.chiffre = w.HTML()
        self.controles = (self.chiffre, *self.a.controles, *self.b.controles)

    def accorder(self, etat: Etat) -> None:
        libelle = en_vigueur(etat["indicateur"], max(etat["annees"])).definition.libelle
        self.chiffre.value = Markup('<p class="obs-vue obs-aide"><b>Chiffre</b> : {}</p>').format(libelle)
        service, annee = etat["services"][0], max(etat["annees"])
        avant = max((a for a in self.atelier.annees(service) if a < annee), default=annee)
        filtre = next(iter(etat["filtres"].items()), None)
        # L'écart va de A à B : de l'année d'avant à la dernière, ou d'un service à l'autre la même année.
        self.a.accorder(etat["indicateur"], service, annee if len(etat["services"]) > 1 else avant, filtre)
        self.b.accorder(etat["indicateur"], etat["services"][-1], annee, filtre)

    def calculer(self, etat: Etat) -> Resultat:
        a, b = self.a.population(), self.b.population()
        comparee = comparer_populations(
            self.atelier.espace,
            a,
            b,
            etat["indicateur"],
            diffusion=etat["diffusion"],
            calculateur=self.atelier.calculateur,
            juge=self.atelier.juge,
        )
        return comparee.html(), None


class ChoixPopulation:
    """Une population : service, année, et un filtre s'il en faut un."""

    def __init__(self, atelier: Atelier, nom: str) -> None:
        self._atelier, self._indicateur, self._sourd = atelier, "", False
        self.service, self.annee = champ(w.Dropdown, f"Population {nom}, service"), champ(w.Dropdown, "Année")
        self.variable = champ(w.Dropdown, "Filtre")
        self.modalites = champ(w.SelectMultiple, "Modalités gardées", rows=4)
        self.controles = (self.service, self.annee, self.variable, self.modalites)
        self.service.observe(lambda _: self._dater(), "value")
        self.annee.observe(lambda _: self._filtrer(), "value")
        self.variable.observe(lambda _: self._modaliser(), "value")

    def accorder(
        self, indicateur: str, service: str, annee: int, filtre: tuple[str, Sequence[str]] | None = None
    ) -> None:
        """Propose une population de départ."""
        self._indicateur, self._sourd = indicateur, True
        try:
            proposer(self.service, [(c.libelle, c.valeur) for c in self._atelier.services()], service)
        finally:
            self._sourd = False
        self._dater(annee)
        if filtre and filtre[0] in {v for _, v in self.variable.options}:
            self.variable.value = filtre[0]
            self.modalites.value = tuple(m for m in filtre[1] if m in {v for _, v in self.modalites.options})

    def population(self) -> Population:
        """La population choisie."""
        filtres = {self.variable.value: list(self.modalites.value)} if self.variable.value else {}
        if self.variable.value and not self.modalites.value:
            raise ErreurParametre("Un filtre ne garde aucune modalité.", "Choisissez-en une, ou retirez le filtre.")
        return Population(self.service.value, self.annee.value, filtres)

    def _dater(self, annee: int | None = None) -> None:
        if self._sourd:
            return
        annees = self._atelier.annees(self.service.value)
        voulue = annee or self.annee.value
        self._sourd = True
        try:
            options = [(str(a), a) for a in reversed(annees)]
            proposer(self.annee, options, voulue if voulue in annees else annees[-1])
        finally:
            self._sourd = False
        self._filtrer()

    def _filtrer(self) -> None:
        if self._sourd:
            return
        colonnes = filtrables(self._atelier, self._indicateur, self.service.value, self.annee.value)
        gardee = self.variable.value if self.variable.value in colonnes else AUCUN
        proposer(self.variable, [("(aucun)", AUCUN), *((titre_variable(c), c) for c in colonnes)], gardee)
        self._modaliser()

    def _modaliser(self) -> None:
        colonne = self.variable.value
        choix = (
            self._atelier.modalites(self._indicateur, self.service.value, self.annee.value, colonne) if colonne else []
        )
        connues = {c.valeur for c in choix}
        gardees = tuple(m for m in self.modalites.value if m in connues)
        proposer(self.modalites, [(c.libelle, c.valeur) for c in choix], gardees)
        voir(self.modalites, bool(colonne))
