"""La page d'un plan d'action : ce que le carnet du plan appelle, partie par partie.

import observatoire as obs
plan = obs.plan("ccas_grenoble", 2009, "interne")
plan.entete()
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import polars as pl
from markupsafe import Markup

from observatoire.campagne.changements import Changements, Sujet, lire_changements, sujet_rapport
from observatoire.campagne.donnees_types import Bloc
from observatoire.campagne.fiche import fiche_rapport
from observatoire.campagne.origine import Origine, lire_origine
from observatoire.classeurs.plan import classeur_plan
from observatoire.espace import Espace
from observatoire.nomenclatures import lire_nomenclature
from observatoire.plans import nom_plan
from observatoire.plans.controles import PROUVE, ecrire_calcul
from observatoire.plans.parametres import controler_parametres
from observatoire.plans.preparation import DonneesPlan, preparer_plan
from observatoire.restitution import changements, graphiques, locale, page
from observatoire.restitution.cellules import Vue
from observatoire.restitution.figure import figure, json_sur
from observatoire.restitution.gabarit import style_propre
from observatoire.restitution.gantt import gantt
from observatoire.restitution.graphiques import Graphique
from observatoire.restitution.listes import defilant
from observatoire.restitution.locale import INSECABLE
from observatoire.restitution.rapport import Fragment, Provenance, _styles
from observatoire.restitution.tableaux import repli_mobile

SURTITRE = "Plan d'action"
_SECTIONS = (
    ("constats", "Ce qui ne tombe pas juste"),
    ("actions", "Actions"),
    ("calendrier", "Calendrier"),
    ("echeances", "Échéances dépassées"),
    ("budget", "Budget"),
    ("evaluation", "Évaluation"),
)
NATURES = {"objectif": "Objectif", "critere": "Critère d'accès", "moyen": "Moyen"}
_AUTRES_ETAPES = {
    "engage": ("engagée", "engagées"),
    "a_venir": ("à venir", "à venir"),
    "depasse": ("à l'échéance dépassée", "à l'échéance dépassée"),
    "abandonne": ("abandonnée", "abandonnées"),
}
_NIVEAUX = {PROUVE: "Écart prouvé"}
_LEGENDE_ETATS = (
    ("ton-fort", "Réalisée"),
    ("ton-moyen", "Engagée"),
    ("ton-prevu", "Prévue"),
    ("ton-second", "Reportée"),
    ("ton-tiers", "Abandonnée"),
)


@dataclass(frozen=True)
class Plan:
    """Le plan d'action d'un service au jour demandé ; chaque méthode rend une partie à afficher."""

    donnees: DonneesPlan
    etats: dict[str, str]  # code d'état → libellé
    origine: Origine = field(default_factory=Origine)
    depuis: Changements | None = None  # ce qui a changé depuis l'édition précédente, s'il y en a une

    def entete(self) -> Fragment:
        """Le bandeau de tête."""
        r = self.donnees.rapport
        periode = f"état au {locale.jour(self.donnees.jour)}"
        bandeau = page.bandeau(r.service, r.annee, periode, r.diffusion, r.verdict.etat, self.donnees.plan or SURTITRE)
        return Fragment(_styles() + style_propre("plan") + bandeau, "bandeau")

    def sommaire(self) -> Fragment:
        """La table des matières."""
        entrees = [("chiffres-cles", "Chiffres clés"), *_SECTIONS]
        entrees += [(changements.CLE, changements.TITRE)] if self.depuis else []
        entrees += [("qualite", "Qualité des données"), ("definitions", "Définitions")]
        items = Markup("").join(Markup('<li><a href="#{}">{}</a></li>').format(cle, titre) for cle, titre in entrees)
        return Fragment(
            Markup(
                '<p class="titre-sommaire" id="titre-sommaire">Sommaire</p>'
                '<details class="repli-mobile" open><summary>Sommaire</summary><ol>{}</ol></details>'
            ).format(items),
            "sommaire",
        )

    def chiffres_cles(self) -> Fragment:
        """Les chiffres clés du plan."""
        return Fragment(page.chiffres_cles(self.donnees.rapport.chiffres_cles), "chiffres clés")

    def constats(self) -> Fragment:
        """Ce que les propres chiffres du plan contredisent, fiche par fiche."""
        constats = self.donnees.constats
        if not constats:
            corps = Markup('<p class="aucun">Les budgets, les totaux et les unités des fiches se tiennent.</p>')
            return _section("constats", corps)
        items = Markup("").join(
            Markup(
                '<li class="{}"><p class="niveau">{}</p><h3>{}</h3><p>{}</p><p class="remede">À faire{}: {}</p></li>'
            ).format(
                c.niveau,
                _NIVEAUX.get(c.niveau, "À préciser"),
                c.action,
                locale.typographie(c.texte),
                INSECABLE,
                locale.minuscule(locale.typographie(c.remede)),
            )
            for c in constats
        )
        chapeau = (
            "Chaque fiche est comparée à elle-même : le calcul qu'elle annonce, ses totaux, ses dates, ses unités. "
            "Rien n'est corrigé ici : les chiffres imprimés plus bas sont ceux des fiches."
        )
        return _section("constats", Markup('<ul class="constats">{}</ul>').format(items), chapeau)

    def actions(self) -> Fragment:
        """Les actions par enjeu et par état."""
        etats = _par_modalite(self.donnees.actions, "actions_plan", "etat")
        tete, nombre = max(etats.values(), key=lambda etat: etat[1], default=("", 0.0))
        constat = (
            f"{tete}{INSECABLE}: {locale.nombre(nombre)} actions sur {locale.nombre(_total(etats))}" if tete else ""
        )
        return _section("actions", _figure(self.donnees.actions, constat, ""))

    def calendrier(self) -> Fragment:
        """Le calendrier des actions et leur avancement : graphique et tableau."""
        etapes = _par_modalite(self.donnees.etapes, "jalons_plan", "avancement")
        faites, total = _valeur(etapes, "realise"), _total(etapes)
        verbe = locale.pluriel(faites, "étape réalisée", "étapes réalisées")
        constat = f"{locale.nombre(faites)} {verbe} sur {locale.nombre(total)}" if etapes else ""
        phrase = f"Les autres{INSECABLE}: {_autres_etapes(etapes)}." if total > faites else ""
        return _section("calendrier", self._gantt() + _figure(self.donnees.etapes, constat, phrase))

    def echeances(self) -> Fragment:
        """Les étapes dont l'échéance est dépassée, les plus anciennes d'abord."""
        jour = locale.jour(self.donnees.jour)
        cles = Vue(self.donnees.rapport.chiffres_cles)
        if cles.total("jalons_depasses").etat == "retenu":
            texte = f"Cette liste est retenue par le contrôle de la qualité : {cles.motif('jalons_depasses')}."
            return _section("echeances", Markup('<p class="retenue">{}</p>').format(locale.typographie(texte)))
        depassees = self.donnees.fiches.jalons.filter("depasse").sort("echeance_fin", "id_action", "libelle")
        if depassees.is_empty():
            return _section(
                "echeances", Markup('<p class="aucun">Aucune échéance n\'est dépassée au {}.</p>').format(jour)
            )
        lignes = [
            (
                j["libelle"],
                _texte(j["action"]),
                _nombre(locale.jour(j["echeance_fin"])),
                _nombre(_retard(j["jours_de_retard"])),
                _texte(self._etat(j["etat"])),
            )
            for j in depassees.to_dicts()
        ]
        colonnes = (("Étape", True), ("Action", True), ("Échéance", False), ("Retard", False), ("État", True))
        return _section(
            "echeances",
            _tableau(f"Étapes ni réalisées ni abandonnées au {jour}", colonnes, lignes),
            "Reporter une étape ne l'en sort pas : il faut lui donner une nouvelle échéance.",
        )

    def budget(self) -> Fragment:
        """Le budget par exercice, puis ligne à ligne, avec le calcul refait."""
        return _section("budget", _figure(self.donnees.budget, *self._constat_budget()) + self._budgets())

    def evaluation(self) -> Fragment:
        """Les indicateurs d'évaluation mesurés ou non, puis les cibles de chaque fiche."""
        mesures = _par_modalite(self.donnees.evaluation, "indicateurs_evaluation", "mesure")
        faits, total = _valeur(mesures, "oui"), _total(mesures)
        verbe = locale.pluriel(faits, "indicateur mesuré", "indicateurs mesurés")
        if not mesures:
            return _section("evaluation", _figure(self.donnees.evaluation, "", "") + self._cibles())
        constat = f"{locale.nombre(faits)} {verbe} sur {locale.nombre(total)}"
        phrase = "Mesuré ne veut pas dire atteint\u00a0: la cible et la mesure sont côte à côte plus bas."
        return _section("evaluation", _figure(self.donnees.evaluation, constat, phrase) + self._cibles())

    def changements(self) -> Fragment:
        """Ce qui a changé depuis la dernière édition, et pourquoi ; rien pour une première."""
        return Fragment(changements.section(_sujet(self.donnees), self.depuis), "ce qui a changé")

    def qualite(self) -> Fragment:
        """Le panneau de qualité des données."""
        return Fragment(page.qualite(self.donnees.rapport), "qualité des données")

    def definitions(self) -> Fragment:
        """Les définitions des indicateurs employés."""
        return Fragment(page.definitions(self.donnees.rapport), "définitions")

    def provenance(self) -> Fragment:
        """D'où viennent les chiffres ; porte aussi la table protégée."""
        rapport = self.donnees.rapport
        classeur = classeur_plan(self.donnees, self.etats)
        fiche = fiche_rapport(rapport, self.origine)
        pied = page.provenance(rapport, self.origine, changements.edition(self.depuis), fiche["sha256_table"])
        return Provenance(pied, "provenance", fiche, classeur)

    # Constats des figures

    def _constat_budget(self) -> tuple[str, str]:
        """Ce qui est dépensé, rapporté à ce qui était prévu jusqu'à l'année."""
        part = self.donnees.rapport.chiffres_cles.table.filter(pl.col("indicateur") == "taux_execution_budget")
        ligne, annee = part.to_dicts()[0], self.donnees.rapport.annee
        if ligne["etat"] != "publie":
            retenu = ligne["etat"] == "retenu"
            return ("" if retenu else f"Aucun budget prévu jusqu'en {annee}"), ""
        depense, prevu = (locale.montant(ligne[c]) for c in ("numerateur", "denominateur"))
        constat = f"{depense} dépensés fin {annee}, {locale.pourcentage(ligne['valeur'])} du prévu à cette date"
        total = self.donnees.rapport.chiffres_cles.table.filter(pl.col("indicateur") == "budget_prevu")["valeur"][0]
        sur = "" if total is None else f", sur {locale.montant(total)} pour tout le plan"
        return constat, f"{prevu} étaient prévus jusqu'à fin {annee}{sur}."

    # Calendrier

    def _gantt(self) -> Markup:
        fiches = self.donnees.fiches
        dessin = gantt(fiches.actions, fiches.jalons, self.etats, self.donnees.jour)
        jour = locale.jour(self.donnees.jour)
        titre = Markup(
            '<h3 id="gantt-titre"><span class="surtitre">Calendrier des actions</span>'
            '<span class="constat">{}</span></h3>'
        ).format(self._constat_calendrier())
        return Markup(
            '<figure class="bloc gantt" id="gantt" aria-labelledby="gantt-titre">{}<div class="corps">{}'
            '<div class="donnees">{}</div></div><p class="notes">Une barre va du début à la fin prévus de l\'action ; '
            "un losange marque l'échéance d'une étape, le trait pointillé le {}.</p>{}</figure>"
        ).format(titre, _dessin(dessin) if dessin else "", self._tableau_calendrier(), jour, self._description())

    def _constat_calendrier(self) -> str:
        actions, jalons = self.donnees.fiches.actions, self.donnees.fiches.jalons
        retards = jalons.filter("depasse")["id_action"].n_unique()
        if not retards:
            return f"Aucune des {actions.height} actions n'a d'étape en retard"
        verbe = locale.pluriel(retards, "a une étape en retard", "ont une étape en retard")
        return f"{retards} {locale.pluriel(retards, 'action', 'actions')} sur {actions.height} {verbe}"

    def _tableau_calendrier(self) -> Markup:
        comptes = {
            ligne["id_action"]: ligne
            for ligne in self.donnees.fiches.jalons.group_by("id_action")
            .agg(
                (pl.col("avancement") == "realise").sum().alias("realisees"),
                pl.col("depasse").sum().alias("depassees"),
                pl.len().alias("etapes"),
            )
            .to_dicts()
        }
        vide = {"realisees": 0, "depassees": 0, "etapes": 0}
        groupes: list[tuple[str, list]] = []
        for action in self.donnees.fiches.actions.to_dicts():
            compte = comptes.get(action["id_action"], vide)
            ligne = (
                action["action"],
                _nombre(_annees(action["echeance_debut"], action["echeance_fin"])),
                _texte(self._etat(action["etat"])),
                _nombre(_etapes(compte)),
            )
            enjeu = action["enjeu"] or "Sans enjeu"
            if not groupes or groupes[-1][0] != enjeu:
                groupes.append((enjeu, []))
            groupes[-1][1].append(ligne)
        colonnes = (("Action", True), ("Années", False), ("État", True), ("Étapes faites", False))
        tableau = _tableau("Actions, par enjeu", colonnes, groupes=groupes)
        return repli_mobile("Voir le tableau des actions", tableau, "Calendrier des actions")

    def _description(self) -> Markup:
        actions = self.donnees.fiches.actions
        phrases = " ".join(
            f"{a['action']}{INSECABLE}: {_annees(a['echeance_debut'], a['echeance_fin'])}, "
            f"{self._etat(a['etat']).lower()}."
            for a in actions.to_dicts()
        )
        return Markup(
            "<figcaption><details><summary>Description du graphique</summary><p>{}</p></details></figcaption>"
        ).format(phrases)

    def _etat(self, code: str) -> str:
        return {"NR": "Non renseigné", **self.etats}.get(code, code)

    # Budget et évaluation

    def _budgets(self) -> Markup:
        fiches, libelles = self.donnees.fiches, self._libelles()
        lignes = []
        for budget in fiches.budgets.filter(pl.col("nature") == "prevu").to_dicts():
            action = libelles.get(budget["id_action"], budget["id_action"])
            poste = f"{action}{INSECABLE}: {locale.minuscule(budget['poste'])}" if budget["poste"] else action
            lignes.append(
                (
                    poste,
                    _texte(budget["financeur"] or "non précisé"),
                    _nombre(_exercices(budget["annee"], budget["derniere_annee"])),
                    _nombre(_montant(budget["montant"])),
                    self._calcul(budget),
                )
            )
        if not lignes:
            return Markup("")
        colonnes = (
            ("Action et poste", True),
            ("Financeur", True),
            ("Années", False),
            ("Prévu", False),
            ("Calcul annoncé, refait", True),
        )
        return _tableau("Montants prévus, fiche par fiche", colonnes, lignes)

    def _calcul(self, budget: dict) -> Markup:
        if not budget["calculable"]:
            return _texte("pas de calcul annoncé")
        verdict = Markup('<span class="faux">ne donne pas le montant</span>') if budget["incoherent"] else "tombe juste"
        return _case(Markup("{}{}; {}").format(ecrire_calcul(budget), INSECABLE, verdict), "texte")

    def _cibles(self) -> Markup:
        cibles, libelles = self.donnees.fiches.cibles, self._libelles()
        evaluations = cibles.filter(pl.col("nature").fill_null("evaluation") == "evaluation").to_dicts()
        autres = cibles.filter(pl.col("nature").fill_null("evaluation") != "evaluation").to_dicts()
        rendu = Markup("")
        if evaluations:
            lignes = [
                (
                    c["indicateur"] + _pour(c["public"]),
                    _texte(libelles.get(c["id_action"], c["id_action"])),
                    _nombre(_grandeur(c["cible"], c["unite"])),
                    _nombre("masqué" if c["masquee"] else _grandeur(c["valeur"], c["unite"])),
                    _nombre(locale.jour(c["date"]) if c["mesuree"] and c["date"] else "—"),
                )
                for c in evaluations
            ]
            colonnes = (
                ("Indicateur", True),
                ("Action", True),
                ("Cible", False),
                ("Mesure", False),
                ("Mesuré le", False),
            )
            rendu += _tableau("Indicateurs d'évaluation prévus par les fiches", colonnes, lignes)
        if autres:
            lignes = [
                (
                    c["indicateur"] + _pour(c["public"]),
                    _texte(libelles.get(c["id_action"], c["id_action"])),
                    _texte(NATURES.get(c["nature"], c["nature"])),
                    _nombre(_grandeur(c["cible"], c["unite"])),
                )
                for c in autres
            ]
            colonnes = (("Grandeur", True), ("Action", True), ("Nature", True), ("Cible", False))
            rendu += _tableau("Objectifs, critères d'accès et moyens", colonnes, lignes)
        return rendu

    def _libelles(self) -> dict[str, str]:
        return dict(self.donnees.fiches.actions.select("id_action", "action").iter_rows())


def plan(service: str, annee: int, diffusion: str = "public", date: str = "") -> Plan:
    """Le plan d'action d'un service, dans l'espace courant, dans l'état du jour `date` (AAAA-MM-JJ ; fin d'année).

    Lève `ErreurParametre` pour un paramètre inconnu ou mal typé, `RapportBloque` si la qualité des données interdit
    de publier, `ErreurFichier` si le service n'a pas d'action.
    """
    espace = Espace.ouvrir()
    recus = {"service": service, "annee": annee, "diffusion": diffusion, "date": date}
    donnees = preparer_plan(espace, controler_parametres(espace, recus))
    origine = lire_origine(espace, donnees.rapport.service, donnees.rapport.verdict.empreinte_regles)
    depuis = lire_changements(espace, _sujet(donnees), origine, fiche_rapport(donnees.rapport, origine))
    return Plan(donnees, lire_nomenclature(espace, "etat").libelles, origine, depuis)


def _sujet(donnees: DonneesPlan) -> Sujet:
    return sujet_rapport(donnees.rapport, nom_plan(donnees.rapport.service.id))


# Écriture


def _section(cle: str, corps: Markup, chapeau: str = "") -> Fragment:
    titre = dict(_SECTIONS)[cle]
    texte = Markup('<p class="chapeau">{}</p>').format(locale.typographie(chapeau)) if chapeau else ""
    return Fragment(
        Markup('<section id="{}" aria-labelledby="{}-t"><h2 id="{}-t">{}</h2>{}{}</section>').format(
            cle, cle, cle, titre, texte, corps
        ),
        titre,
    )


def _figure(bloc: Bloc, constat: str, phrase: str) -> Markup:
    """La figure d'un bloc, avec un constat et une phrase propres au plan."""
    return figure(replace(bloc, reglage={**bloc.reglage, "constat": constat, "phrase": phrase}))


def _par_modalite(bloc: Bloc, indicateur: str, ventilation: str) -> dict[str, tuple[str, float]]:
    """Code de modalité → libellé et valeur, d'une ventilation simple d'un bloc ; vide si l'une n'est pas publiée."""
    lignes = bloc.table.filter(
        (pl.col("indicateur") == indicateur)
        & (pl.col("ventilation_1") == ventilation)
        & pl.col("ventilation_2").is_null()
    )
    lues = lignes.to_dicts()
    if any(x["etat"] != "publie" for x in lues):  # un compte incomplet ne se dit pas en toutes lettres
        return {}
    return {x["modalite_1"]: (x["libelle_1"], x["valeur"]) for x in lues}


def _valeur(modalites: dict[str, tuple[str, float]], code: str) -> float:
    return modalites.get(code, ("", 0.0))[1]


def _total(modalites: dict[str, tuple[str, float]]) -> float:
    return sum(valeur for _, valeur in modalites.values())


def _autres_etapes(etapes: dict[str, tuple[str, float]]) -> str:
    """« 5 engagées, 25 à venir et 3 à l'échéance dépassée » : les étapes qui ne sont pas réalisées."""
    return locale.enumeration(
        f"{locale.nombre(n)} {locale.pluriel(n, *_AUTRES_ETAPES[code])}"
        for code, (_, n) in etapes.items()
        if code in _AUTRES_ETAPES and n
    )


def _dessin(dessin: Graphique) -> Markup:
    """L'image fixe en deux largeurs, et la spécification que la page anime."""
    specs = {
        "fluide": dessin.fluide,
        "large": {c: v for c, v in dessin.large.items() if c != "$schema"},
        "etroit": {c: v for c, v in dessin.etroit.items() if c != "$schema"},
    }
    etats = [Markup('<li><span class="{}"></span>{}</li>').format(c, t) for c, t in _LEGENDE_ETATS]
    etats.append(Markup('<li><span class="losange ton-repere"></span>Étape dépassée</li>'))
    # Les images sont écrites par le moteur d'images, qui échappe le texte qu'elles contiennent.
    return Markup(
        '<div class="graphique rigide"><ul class="legende">{}</ul>'
        '<div role="img" aria-label="Calendrier des actions. Sa description et ses valeurs suivent.">'
        '<div class="fixe large" aria-hidden="true">{}</div><div class="fixe etroit" aria-hidden="true">{}</div>'
        '<div class="vivant" aria-hidden="true"></div></div>'
        '<script type="application/json">{}</script></div>'
    ).format(
        Markup("").join(etats),
        Markup(graphiques.image(dessin.large)),
        Markup(graphiques.image(dessin.etroit)),
        Markup(json_sur(specs)),
    )


Case = tuple[str, Markup | str]


def _case(contenu: Markup | str, classe: str) -> Case:
    return classe, contenu


def _texte(contenu: str) -> Case:
    return _case(contenu, "texte")


def _nombre(contenu: Markup | str) -> Case:
    return _case(contenu, "")


def _tableau(
    titre: str,
    colonnes: Sequence[tuple[str, bool]],
    lignes: Iterable[Sequence] = (),
    groupes: Sequence[tuple[str, Iterable[Sequence]]] = (),
) -> Markup:
    """Un tableau de fiches : titre, colonnes (nom, est un texte), lignes, ou lignes groupées sous un intitulé."""
    tetes = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(Markup(' class="texte"') if texte else "", nom)
        for nom, texte in colonnes
    )
    corps = _rangees(colonnes, lignes)
    for intitule, membres in groupes:
        corps += Markup('<tr class="groupe"><th scope="rowgroup" colspan="{}">{}</th></tr>').format(
            len(colonnes), intitule
        )
        corps += _rangees(colonnes, membres)
    tableau = Markup('<table class="controles fiches"><caption>{}</caption><thead><tr>{}</tr></thead>')
    return defilant(titre, tableau.format(titre, tetes) + Markup("<tbody>{}</tbody></table>").format(corps))


def _rangees(colonnes: Sequence[tuple[str, bool]], lignes: Iterable[Sequence]) -> Markup:
    rendu = Markup("")
    for libelle, *cases in lignes:
        suite = Markup("").join(
            Markup('<td{} data-colonne="{}">{}</td>').format(Markup(' class="texte"') if classe else "", nom, contenu)
            for (classe, contenu), (nom, _) in zip(cases, colonnes[1:], strict=True)
        )
        rendu += Markup('<tr><th scope="row">{}</th>{}</tr>').format(locale.typographie(libelle), suite)
    return rendu


def _montant(valeur: Decimal | None) -> str:
    return "non précisé" if valeur is None else locale.montant(float(valeur))


def _grandeur(valeur: float | None, unite: str | None) -> str:
    """Une cible ou une mesure avec son unité, à deux décimales au plus ; un tiret si elle manque."""
    if valeur is None:
        return "—"
    decimales = next(d for d in (0, 1, 2) if round(valeur, d) == valeur or d == 2)
    return f"{locale.nombre(valeur, decimales)}{INSECABLE}{unite}" if unite else locale.nombre(valeur, decimales)


def _pour(public: str | None) -> str:
    return f"{INSECABLE}: {locale.minuscule(public)}" if public else ""


def _annees(debut: date | None, fin: date | None) -> str:
    if debut is None or fin is None:
        return "sans échéance"
    return _exercices(debut.year, fin.year)


def _exercices(debut: int, fin: int) -> str:
    return str(debut) if debut == fin else f"{debut}–{fin}"


def _etapes(compte: dict[str, int]) -> Markup:
    """« 3 sur 4 », et les étapes dépassées s'il y en a."""
    faites, depassees = Markup("{} sur {}").format(compte["realisees"], compte["etapes"]), compte["depassees"]
    if not depassees:
        return faites
    return Markup('{} <span class="faux">{}\u00a0{}</span>').format(
        faites, depassees, locale.pluriel(depassees, "dépassée", "dépassées")
    )


def _retard(jours: int) -> str:
    return locale.compte(jours, ("jour", "jours", False)) if jours > 1 else f"1{INSECABLE}jour"
