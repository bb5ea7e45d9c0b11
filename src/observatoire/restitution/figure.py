"""La figure d'un bloc : constat, phrase, graphique, tableau, description, base, notes, alertes, définition."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from observatoire.campagne.donnees_types import Bloc
from observatoire.restitution import choix, comparaison, couleurs, dessins, graphiques, locale, phrases, tableaux
from observatoire.restitution.cellules import ABSENTE, Cellule, Vue
from observatoire.restitution.locale import INSECABLE
from observatoire.restitution.retenues import encart
from observatoire.restitution.theme import SERIES
from observatoire.restitution.tuiles import tuiles


def figure(bloc: Bloc) -> Markup:
    """Le HTML d'un bloc. Tout texte venu des données est échappé ; rien n'est lu hors de ses cellules."""
    dessin = graphiques.graphique(bloc)
    return Markup(
        '<figure class="bloc{}" id="{}" aria-labelledby="{}-titre">'
        '{}{}{}<div class="corps{}">{}<div class="donnees">{}</div></div>{}{}{}{}</figure>'
    ).format(
        "" if dessin or bloc.graphique == "tuiles" else " sans-graphique",
        bloc.cle,
        bloc.cle,
        _titre(bloc),
        _paragraphe("phrase", bloc.reglage.get("phrase") or phrases.phrase(bloc)),
        encart(bloc),
        " empile" if _large(bloc) else " cote" if _a_cote(bloc) else "",
        _dessin(bloc, dessin) if dessin else _tuiles(bloc),
        _tableau(bloc, bool(dessin)),
        _liste("alertes", bloc.alertes),
        derogations(bloc.derogations),
        _notes(bloc),
        _description(bloc) if dessin else "",
    )


def _titre(bloc: Bloc) -> Markup:
    """Le titre : la variable, puis ce que l'on constate."""
    constat, titre = bloc.reglage.get("constat") or phrases.constat(bloc), locale.typographie(bloc.titre)
    if not constat:
        return Markup('<h3 id="{}-titre"><span class="constat">{}</span></h3>').format(bloc.cle, titre)
    return Markup(
        '<h3 id="{}-titre"><span class="surtitre">{}<span class="lu">{}: </span></span> '
        '<span class="constat">{}</span></h3>'
    ).format(bloc.cle, titre, INSECABLE, constat)


def _large(bloc: Bloc) -> bool:
    """Le tableau est-il trop large pour tenir à côté du graphique ?"""
    vue = Vue(bloc)
    if choix.dessin(bloc) in ("points", "pyramide", "survie"):
        return len(vue.definitions) > 3
    plusieurs = len(vue.definitions) > 1
    return (
        bloc.graphique in ("matrice", "tuiles", "serie")
        or len(vue.definitions) > 2
        or (plusieurs and any(vue.montant(d.nom) for d in vue.definitions))
    )


def _a_cote(bloc: Bloc) -> bool:
    """Le tableau tient-il à côté du graphique à condition de prendre plus de la moitié de la largeur ?"""
    vue = Vue(bloc)
    return choix.dessin(bloc) == "points" or any(vue.montant(d.nom) for d in vue.definitions)


def _tableau(bloc: Bloc, dessine: bool) -> Markup:
    """Le tableau ; replié sous des tuiles, qui en disent déjà les valeurs, et omis sous une seule."""
    if bloc.graphique == "tuiles" and len(bloc.definitions) < 2:
        return Markup("")
    html = tableaux.tableau(bloc, repliable=dessine)
    if bloc.graphique != "tuiles" or not html:
        return html
    return Markup('<details class="repli"><summary>Voir en tableau</summary>{}</details>').format(html)


def _tuiles(bloc: Bloc) -> Markup:
    """Un bloc de totaux s'affiche en tuiles, à la place du graphique."""
    return tuiles(Vue(bloc)) if bloc.graphique == "tuiles" else Markup("")


def _dessin(bloc: Bloc, dessin: graphiques.Graphique) -> Markup:
    """L'image fixe en deux largeurs, et la spécification qui l'animera une fois la page affichée."""
    specs: dict[str, Any] = {"fluide": dessin.fluide, "large": _sans_adresse(dessin.large)}
    if not dessin.fluide:
        specs["etroit"] = _sans_adresse(dessin.etroit)
    # La première image est écrite par le moteur d'images, qui échappe le texte qu'elle contient.
    return Markup(
        '<div class="graphique{}">{}<div role="img" aria-label="{}">'
        '<div class="fixe large" aria-hidden="true">{}</div><div class="fixe etroit" aria-hidden="true">{}</div>'
        '<div class="vivant" aria-hidden="true"></div></div>'
        '<script type="application/json">{}</script></div>'
    ).format(
        "" if dessin.fluide else " rigide",
        _legende(bloc),
        f"Graphique{INSECABLE}: {bloc.titre}. Sa description et ses valeurs suivent.",
        Markup(graphiques.image(dessin.large)),
        Markup(graphiques.image(dessin.etroit)),
        Markup(json_sur(specs)),
    )


def _sans_adresse(spec: dict[str, Any]) -> dict[str, Any]:
    """La spécification sans l'adresse de son schéma : la page n'en nomme aucune."""
    return {cle: valeur for cle, valeur in spec.items() if cle != "$schema"}


def json_sur(objet: Any) -> str:
    """JSON compact, sans rien qui puisse fermer une balise."""
    texte = json.dumps(objet, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return texte.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _legende(bloc: Bloc) -> Markup:
    """Légende du graphique : séries comparées, définitions successives, repère de l'année précédente."""
    entrees = _entrees_legende(bloc, Vue(bloc))
    if not entrees:
        return Markup("")
    items = Markup("").join(Markup('<li><span class="{}"></span>{}</li>').format(c, t) for c, t in entrees)
    return Markup('<ul class="legende">{}</ul>').format(items)


def _entrees_legende(bloc: Bloc, vue: Vue) -> list[tuple[str, str]]:
    """(classe du signe, ce qu'il désigne) ; vide quand le dessin s'explique seul."""
    dessin = choix.dessin(bloc)
    annees = str(vue.annee), str(vue.annee - 1)
    if dessin == "points":
        formes = [(f"ton-{SERIES[r]} point-{dessins.FORMES[r]}", nom) for r, nom in enumerate(choix.territoires(vue))]
        return [*formes, *([("repere-ensemble", choix.ENSEMBLE)] if dessins.avec_ensemble(vue) else [])]
    if dessin in ("comparaison", "territoires"):
        return [(f"ton-{SERIES[rang % len(SERIES)]}", d.libelle) for rang, d in enumerate(vue.definitions)]
    if dessin in ("historique", "multiples"):
        versions = sorted({v for d in bloc.definitions for v in graphiques.versions_historique(vue, d.nom)})
        if len(versions) < 2:
            return []
        entrees = [(f"ton-{SERIES[rang % len(SERIES)]}", f"Définition {v}") for rang, v in enumerate(versions)]
        return [*entrees, ("trait-rupture", "Changement de définition")]
    if dessin == "survie" and vue.a_precedente:
        return [("trait trait-fort", annees[0]), ("trait", annees[1])]
    if dessin == "barres" and vue.a_precedente and graphiques.rappels(vue):
        plein = "ton-modalites" if couleurs.coloree(vue.ventilation) else "ton-fort"
        return [(plein, annees[0]), ("trait", annees[1])]
    return []


def _description(bloc: Bloc) -> Markup:
    texte = phrases.description(bloc)
    if not texte:
        return Markup("")
    return Markup(
        "<figcaption><details><summary>Description du graphique</summary><p>{}</p></details></figcaption>"
    ).format(texte)


def _notes(bloc: Bloc) -> Markup:
    """Réglages qui changent le chiffre, et lien vers les définitions."""
    uniques = tuple({d.nom: d for d in bloc.definitions}.values())
    liens = Markup(", ").join(
        Markup('<a href="#def-{}">{}</a>').format(d.nom, locale.minuscule(d.libelle)) for d in uniques
    )
    pluriel = "s" if len(uniques) > 1 else ""
    phrases_notes = (*bloc.notes, *_note_limite(bloc), *_notes_ecarts(bloc))
    renvoi = Markup('<span class="renvoi{}">Définition{}{}: {}.</span>')
    definition = renvoi.format("" if phrases_notes else " seul", pluriel, INSECABLE, liens) if uniques else ""
    notes = Markup(" ").join([*(Markup("{}").format(locale.typographie(n)) for n in phrases_notes), definition])
    return Markup('<p class="notes">{}</p>').format(notes)


def _note_limite(bloc: Bloc) -> tuple[str, ...]:
    vue = Vue(bloc)
    if not bloc.definitions or not vue.ventilation or bloc.graphique not in ("barres", "comparaison", "territoires"):
        return ()
    limite = bloc.reglage.get("limite")
    dessinees, toutes = len(vue.modalites_dessinees()), len(vue.modalites())
    return (
        ()
        if limite is None or dessinees == toutes
        else (f"Le graphique montre les {dessinees} premières lignes, le tableau les donne toutes ({toutes}).",)
    )


def _notes_ecarts(bloc: Bloc) -> tuple[str, ...]:
    """Le test derrière chaque écart entre deux taux que le bloc compare."""
    vue = Vue(bloc)
    if bloc.graphique == "historique":
        couples = [(d, *_deux_dernieres(vue, d.nom)) for d in vue.definitions]
    elif vue.ventilation:
        return ()
    else:
        couples = [(d, vue.total(d.nom), vue.total_precedent(d.nom)) for d in vue.definitions]
    ecrite = comparaison.note(couples, vue.annee)
    return (ecrite,) if ecrite else ()


def _deux_dernieres(vue: Vue, indicateur: str) -> tuple[Cellule, Cellule]:
    """La cellule de l'année et la précédente, dans la définition en vigueur."""
    versions = graphiques.versions_historique(vue, indicateur)
    cellules = versions[max(versions)] if versions else {}
    return cellules.get(vue.annee, ABSENTE), cellules.get(vue.annee - 1, ABSENTE)


def derogations(textes: tuple[str, ...]) -> Markup:
    """Les échecs admis qui touchent ces chiffres : le défaut, et qui l'a admis jusqu'à quand."""
    if not textes:
        return Markup("")
    items = Markup("").join(Markup("<li>{}</li>").format(locale.typographie(t)) for t in textes)
    return Markup('<div class="derogations"><p class="quoi">Publié par dérogation</p><ul>{}</ul></div>').format(items)


def _paragraphe(classe: str, texte: str) -> Markup:
    return Markup('<p class="{}">{}</p>').format(classe, texte) if texte else Markup("")


def _liste(classe: str, textes: tuple[str, ...]) -> Markup:
    if not textes:
        return Markup("")
    items = Markup("").join(Markup("<li>{}</li>").format(locale.typographie(t)) for t in textes)
    return Markup('<ul class="{}">{}</ul>').format(classe, items)
