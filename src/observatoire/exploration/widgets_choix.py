"""La colonne des choix de l'explorateur : chaque réglage se lit, et se change à la souris comme au clavier."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from observatoire.campagne.donnees_types import Definition
from observatoire.exploration.atelier import Atelier
from observatoire.exploration.demande import ANNEES, COMPARAISONS, OBJECTIF, SERVICE, TERRITOIRE
from observatoire.exploration.page import definition_html
from observatoire.exploration.recherche import chercher
from observatoire.exploration.vue import VueExploree
from observatoire.exploration.widgets_etat import Etat, filtrables
from observatoire.indicateurs.libelles import nomenclature_de, titre_variable
from observatoire.indicateurs.registre import en_vigueur
from observatoire.restitution import locale
from observatoire.univers import trouver_univers
from observatoire.univers.moyens import unite_objectif

AUCUN = ""
LIGNES_LISTE = 9
Options = list[tuple[str, Any]]


def champ(classe: type[w.Widget], description: str, **traits: Any) -> Any:
    """Un contrôle dont l'étiquette est entière, au-dessus de lui."""
    traits.setdefault("style", {"description_width": "initial"})
    return classe(description=description, **traits)


class Choix:
    """Les contrôles d'une vue. `changer` reçoit les paramètres choisis, `garde` traduit une erreur en une phrase."""

    def __init__(
        self, atelier: Atelier, changer: Callable[..., object], garde: Callable[..., AbstractContextManager]
    ) -> None:
        self._atelier, self._changer, self._garde = atelier, changer, garde
        self._sourd = False
        self._listes: dict[str, Any] = {}
        self._creer()
        self._brancher()
        self.boite = w.VBox(
            [
                self._groupe(
                    "Quoi", self.service, self.second, self.troisieme, self.annee, self.depuis, self.territoire
                ),
                self._groupe("Chiffre", self.recherche, self.aucun_chiffre, self.indicateur, self.definition),
                self._groupe("Détail", self.premiere, self.seconde, self.regrouper),
                self._groupe("Filtres", self.puces, self.variable, self.modalites, self.filtrer),
                self._groupe("Comparaison", self.comparaison),
            ]
        )
        self.boite.add_class("obs-choix")

    def _groupe(self, titre: str, *controles: w.Widget) -> w.VBox:
        groupe = w.VBox([w.HTML(Markup("<h4>{}</h4>").format(titre)), *controles])
        groupe.add_class("obs-groupe")
        return groupe

    def _creer(self) -> None:
        self.service = champ(w.Dropdown, "Service")
        self.second, self.troisieme = champ(w.Dropdown, "Comparer à"), champ(w.Dropdown, "et à")
        self.annee, self.depuis = champ(w.Dropdown, "Année"), champ(w.Dropdown, "Depuis")
        self.territoire = champ(w.Dropdown, "Territoire")
        self.recherche = champ(w.Text, "Chercher un chiffre", placeholder="un mot : ressources, relogement…")
        self.indicateur = champ(w.Select, "Chiffre", rows=LIGNES_LISTE)
        self.aucun_chiffre = w.HTML()
        self.definition = w.HTML()
        self.premiere, self.seconde = champ(w.Dropdown, "Ventiler par"), champ(w.Dropdown, "puis par")
        self.regrouper = champ(w.Checkbox, "Regrouper les modalités", indent=False)
        self.variable = champ(w.Dropdown, "Ajouter un filtre sur")
        self.modalites = champ(w.SelectMultiple, "Modalités gardées (Ctrl ou Maj : plusieurs)", rows=5)
        self.filtrer = w.Button(description="Filtrer", tooltip="Ne garder que les modalités choisies")
        self.puces = w.VBox()
        self.puces.add_class("obs-puces")
        self.comparaison = champ(w.Dropdown, "Comparer")

    def _brancher(self) -> None:
        for controle in (self.service, self.second, self.troisieme):
            self._ecouter(controle, self._services_choisis)
        for controle in (self.annee, self.depuis):
            self._ecouter(controle, self._annees_choisies)
        self._ecouter(self.territoire, lambda: {"territoire": self.territoire.value or None})
        self._ecouter(self.indicateur, self._indicateur_choisi)
        for controle in (self.premiere, self.seconde):
            self._ecouter(controle, self._ventilations_choisies)
        self._ecouter(self.regrouper, lambda: {"regrouper": self.regrouper.value})
        self._ecouter(self.comparaison, lambda: {"comparaison": self.comparaison.value})
        self.recherche.observe(self._chercher, "value")
        self.variable.observe(self._variable_choisie, "value")
        self.filtrer.on_click(self._filtrer)

    def _ecouter(self, controle: w.Widget, lire: Callable[[], dict[str, Any]]) -> None:
        def recevoir(_: Any) -> None:
            if not self._sourd and (lus := lire()):
                self._changer(**lus)

        controle.observe(recevoir, "value")

    # Ce que l'utilisateur choisit

    def _services_choisis(self) -> dict[str, Any]:
        choisis = [self.service.value, self.second.value, self.troisieme.value]
        return {"services": list(dict.fromkeys(s for s in choisis if s))}

    def _annees_choisies(self) -> dict[str, Any]:
        fin, debut = self.annee.value, self.depuis.value
        if self._etat["comparaison"] != ANNEES or not debut or debut > fin:
            return {"annees": [fin]}
        return {"annees": [a for a in self._atelier.annees(self._etat["services"][0]) if debut <= a <= fin]}

    def _indicateur_choisi(self) -> dict[str, Any]:
        return {"indicateur": self.indicateur.value} if self.indicateur.value else {}

    def _ventilations_choisies(self) -> dict[str, Any]:
        return {"ventilations": list(dict.fromkeys(v for v in (self.premiere.value, self.seconde.value) if v))}

    def _filtrer(self, _: Any) -> None:
        if self.variable.value and self.modalites.value:
            filtres = {**self._etat["filtres"], self.variable.value: list(self.modalites.value)}
            self._changer(filtres=filtres)

    # Ce que l'état montre

    def montrer(self, etat: Etat, vue: VueExploree | None) -> None:
        """Accorde tous les contrôles à l'état, sans rien déclencher ; `vue` donne la définition du chiffre."""
        self._etat = etat
        with self._sans_echo():
            self._montrer_services(etat)
            self._montrer_annees(etat, vue)
            self._montrer_indicateurs(etat, vue)
            self._montrer_details(etat)
            self._montrer_filtres(etat)
            self._montrer_comparaison(etat)

    @contextmanager
    def _sans_echo(self) -> Iterator[None]:
        avant, self._sourd = self._sourd, True
        try:
            yield
        finally:
            self._sourd = avant

    def _montrer_services(self, etat: Etat) -> None:
        tous: Options = [(c.libelle, c.valeur) for c in self._services()]
        services = etat["services"]
        proposer(self.service, tous, services[0])
        autres: Options = [("(aucun)", AUCUN), *((n, s) for n, s in tous if s != services[0])]
        proposer(self.second, autres, services[1] if len(services) > 1 else AUCUN)
        restants: Options = [(n, s) for n, s in autres if s not in services[1:2]]
        proposer(self.troisieme, restants, services[2] if len(services) > 2 else AUCUN)
        voir(self.troisieme, len(services) > 1)

    def _services(self) -> list[Any]:
        if "services" not in self._listes:
            self._listes["services"] = self._atelier.services()
        return self._listes["services"]

    def oublier(self) -> None:
        """Oublie les listes lues : elles se relisent à la prochaine vue."""
        self._listes.clear()

    def _objectif(self, service: str, annee: int) -> bool:
        """Le service a-t-il un objectif de convention cette année-là ?"""
        cle = f"objectif {service} {annee}"
        if cle not in self._listes:
            self._listes[cle] = unite_objectif(self._atelier.calculateur(service, annee).contexte) is not None
        return self._listes[cle]

    def _montrer_annees(self, etat: Etat, vue: VueExploree | None) -> None:
        annees = self._atelier.annees(etat["services"][0])
        montrees = vue.demande.annees if vue is not None and vue.demande.comparaison == ANNEES else etat["annees"]
        fin, debut = max(etat["annees"]), min(montrees)
        proposer(self.annee, [(str(a), a) for a in reversed(annees)], fin)
        proposer(self.depuis, [(str(a), a) for a in annees if a <= fin], debut)
        voir(self.depuis, etat["comparaison"] == ANNEES)
        territoires = self._atelier.territoires(etat["services"][0]) if len(etat["services"]) == 1 else []
        proposer(self.territoire, [("Tous", AUCUN), *((t, t) for t in territoires)], etat["territoire"] or AUCUN)
        voir(self.territoire, bool(territoires))

    def _montrer_indicateurs(self, etat: Etat, vue: VueExploree | None) -> None:
        trouves = chercher(self.recherche.value, self._permis(etat["services"], max(etat["annees"])))
        options = [(d.libelle, d.nom) for d in trouves]
        present = etat["indicateur"] if etat["indicateur"] in {d.nom for d in trouves} else None
        proposer(self.indicateur, options, present)
        voir(self.indicateur, bool(options))
        cherche = self.recherche.value.strip()
        self.aucun_chiffre.value = _sans_resultat(cherche) if cherche and not options else ""
        if vue is not None and vue.demande.indicateur == etat["indicateur"]:
            resume = Markup("<details class='obs-vue'><summary>Définition, base et pièges</summary>{}</details>")
            self.definition.value = resume.format(definition_html(vue))

    def _permis(self, services: Sequence[str], annee: int) -> list[Definition]:
        cle = f"chiffres {services} {annee}"
        if cle not in self._listes:
            self._listes[cle] = self._atelier.indicateurs(services, annee)
        return self._listes[cle]

    def _chercher(self, _: Any) -> None:
        """La liste suit la recherche ; la vue ne change que si l'on y choisit."""
        with self._garde(attenuer=False), self._sans_echo():
            self._montrer_indicateurs(self._etat, None)

    def _montrer_details(self, etat: Etat) -> None:
        service, annee, nom = etat["services"][0], max(etat["annees"]), etat["indicateur"]
        variables: Options = [(c.libelle, c.valeur) for c in self._atelier.ventilations(nom, service, annee)]
        choisies = [*etat["ventilations"], AUCUN, AUCUN]
        vides: Options = [("(aucune)", AUCUN)]
        declare = en_vigueur(nom, annee)
        place = 2 - len(declare.forme.dimensions)
        proposer(self.premiere, [*vides, *variables], choisies[0])
        proposer(self.seconde, [*vides, *((n, v) for n, v in variables if v != choisies[0])], choisies[1])
        self.premiere.disabled = place < 1 or not variables
        voir(self.seconde, place > 1 and bool(etat["ventilations"]))
        montrees = [*declare.forme.dimensions, *etat["ventilations"]]
        univers = trouver_univers(declare.definition.univers)
        listes = (nomenclature_de(self._atelier.espace, univers, c) for c in montrees)
        groupable = any(liste and liste.regroupements for liste in listes)
        self.regrouper.value = etat["regrouper"]
        voir(self.regrouper, groupable or etat["regrouper"])

    def _montrer_filtres(self, etat: Etat) -> None:
        service, annee, nom = etat["services"][0], max(etat["annees"]), etat["indicateur"]
        colonnes = filtrables(self._atelier, nom, service, annee)
        gardee = self.variable.value if self.variable.value in colonnes else AUCUN
        proposer(self.variable, [("(choisir)", AUCUN), *((titre_variable(c), c) for c in colonnes)], gardee)
        self._montrer_modalites()
        self.puces.children = tuple(self._puce(c, m, etat) for c, m in etat["filtres"].items())

    def _variable_choisie(self, _: Any) -> None:
        if not self._sourd:
            with self._garde(attenuer=False):
                self._montrer_modalites()

    def _montrer_modalites(self) -> None:
        colonne, etat = self.variable.value, self._etat
        choix = self._modalites(colonne, etat) if colonne else []
        with self._sans_echo():
            connues = {c.valeur for c in choix}
            gardees = tuple(m for m in etat["filtres"].get(colonne, ()) if m in connues)
            proposer(self.modalites, [(c.libelle, c.valeur) for c in choix], gardees)
        voir(self.modalites, bool(colonne))
        voir(self.filtrer, bool(colonne))

    def _modalites(self, colonne: str, etat: Etat) -> list[Any]:
        return self._atelier.modalites(etat["indicateur"], etat["services"][0], max(etat["annees"]), colonne)

    def _puce(self, colonne: str, modalites: Sequence[str], etat: Etat) -> w.Button:
        libelles = {c.valeur: c.libelle for c in self._modalites(colonne, etat)}
        texte = f"{titre_variable(colonne)} : {' ou '.join(libelles.get(m, m) for m in modalites)}"
        puce = w.Button(description=f"{locale.typographie(texte)} ✕", tooltip="Retirer ce filtre")
        puce.add_class("obs-puce")
        reste = {c: m for c, m in etat["filtres"].items() if c != colonne}
        puce.on_click(lambda _: self._changer(filtres=reste))
        return puce

    def _montrer_comparaison(self, etat: Etat) -> None:
        service = etat["services"][0]
        exclues = set() if len(etat["services"]) > 1 else {SERVICE}
        if not self._atelier.territoires(service):
            exclues.add(TERRITOIRE)
        if not self._objectif(service, max(etat["annees"])):
            exclues.add(OBJECTIF)
        options = [(nom, c) for c, nom in COMPARAISONS.items() if c not in exclues or c == etat["comparaison"]]
        proposer(self.comparaison, options, etat["comparaison"])


def proposer(liste: Any, options: Options, valeur: Any) -> None:
    """Pose les options puis la valeur, sans rien envoyer de ce qui n'a pas changé."""
    if tuple(options) != tuple(liste.options):
        liste.options = options
    permises = [v for _, v in options]
    if isinstance(valeur, tuple) or valeur in permises:
        liste.value = valeur
    elif liste.value is not None:
        liste.value = None


def _sans_resultat(texte: str) -> str:
    phrase = f"Aucun chiffre ne répond à « {texte} » : essayez un autre mot, ou effacez la recherche."
    return Markup('<p class="obs-vue obs-aide" role="status">{}</p>').format(locale.typographie(phrase))


def voir(controle: w.Widget, visible: bool) -> None:
    """Montre ou retire un contrôle."""
    controle.layout.display = None if visible else "none"
