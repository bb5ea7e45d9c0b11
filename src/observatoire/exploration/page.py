"""La vue écrite en HTML : ce que rendent un carnet et l'explorateur, sans style hors de leur cadre."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from markupsafe import Markup

from observatoire.exploration.solidite import FRAGILE, HASARD, MUET, NET, Examen
from observatoire.exploration.vue import VueExploree
from observatoire.restitution import graphiques, locale, theme

_TONS = {NET: "bon", FRAGILE: "alerte", HASARD: "alerte", MUET: "neutre"}
_SOMBRE = "[data-jp-theme-light=false]"


def style() -> Markup:
    """La feuille de style, bornée à `.obs-vue` et à l'explorateur : elle ne touche rien d'autre dans le carnet.

    Le thème sombre de JupyterLab prend les teintes sombres, graphiques compris.
    """
    teintes = {**theme.COULEURS, **theme.COULEURS_PAGE}
    clair, sombre = (
        "".join(f"--obs-{nom.replace('_', '-')}:{t[rang]};" for nom, t in teintes.items()) for rang in (0, 1)
    )
    dessins = "".join(
        f'{_SOMBRE} :is(.obs-vue,.obs-explorateur) svg [{attribut}="{t[0]}"]{{{attribut}:{t[1]}}}'
        for t in theme.COULEURS.values()
        for attribut in ("fill", "stroke")
    )
    feuille = (Path(__file__).parent / "exploration.css").read_text(encoding="utf-8")
    return Markup("<style>.obs-vue,.obs-explorateur{{{}}}{} :is(.obs-vue,.obs-explorateur){{{}}}{}{}</style>").format(
        *map(Markup, (clair, _SOMBRE, sombre, dessins, feuille))
    )


def vue_html(vue: VueExploree) -> Markup:
    """Une vue entière, avec son image fixe."""
    return Markup('{}<section class="obs-vue" lang="fr">{}{}{}{}{}{}</section>').format(
        style(), entete_html(vue), alertes_html(vue), image_html(vue), vue.tableau(), examens_html(vue), notes_html(vue)
    )


def entete_html(vue: VueExploree) -> Markup:
    """Le surtitre, le constat, la phrase et la base."""
    interne = Markup('<span class="obs-interne">interne</span> ') if vue.demande.diffusion == "interne" else Markup("")
    return Markup(
        '<header><p class="obs-surtitre">{}{}</p><h3 class="obs-titre">{}</h3>'
        '<p class="obs-phrase">{}</p><p class="obs-base"><b>Base</b>{}: {}</p></header>'
    ).format(interne, vue.surtitre, locale.typographie(vue.titre), vue.phrase, locale.INSECABLE, vue.base)


def image_html(vue: VueExploree) -> Markup:
    """Le graphique en image, avec sa description écrite."""
    dessin = graphiques.graphique(vue.bloc)
    if dessin is None:
        return Markup("")
    return Markup('<figure class="graphique">{}{}<figcaption class="obs-description">{}</figcaption></figure>').format(
        vue.legende(), Markup(graphiques.image(dessin.large)), vue.description()
    )


def examens_html(vue: VueExploree) -> Markup:
    """« Est-ce réel ? » : pour chaque écart de la vue, la réponse, l'écart, les raisons ; vide s'il n'y en a pas."""
    if not vue.examens:
        return Markup("")
    corps = Markup("").join(_examen(e) for e in vue.examens)
    return Markup('<div class="obs-examens" role="note"><p class="obs-question">Est-ce réel{}?</p>{}</div>').format(
        locale.INSECABLE, corps
    )


def _examen(examen: Examen) -> Markup:
    return Markup(
        '<div class="obs-examen obs-{}"><p class="obs-reponse">{}.</p><p class="obs-ecart">{}</p>{}</div>'
    ).format(
        _TONS.get(examen.verdict, "alerte"),
        locale.typographie(examen.reponse),
        locale.typographie(examen.constat),
        _liste("obs-raisons", examen.raisons),
    )


def alertes_html(vue: VueExploree) -> Markup:
    """Les contrôles de qualité qui nuancent ces chiffres."""
    return _liste("obs-alertes", vue.alertes)


def notes_html(vue: VueExploree) -> Markup:
    """Les réglages qui font le chiffre, et ce que la qualité en retient."""
    return _liste("obs-notes", vue.notes)


def definition_html(vue: VueExploree) -> Markup:
    """La définition du chiffre, à portée de clic : numérateur, base, pièges, source, version."""
    d = vue.definition
    lignes = (
        ("Ce que c'est", d.description),
        ("Numérateur", d.numerateur),
        ("Base", d.denominateur if d.denominateur != "sans objet" else "sans objet : c'est un compte"),
        ("Pièges", d.pieges or "aucun connu"),
        ("Source", d.source),
        ("Version", d.version),
        ("Nom dans les données", d.nom),
    )
    termes = Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(t, locale.typographie(v)) for t, v in lignes)
    return Markup('<dl class="obs-definition">{}</dl>').format(termes)


def _liste(classe: str, textes: Iterable[str]) -> Markup:
    items = Markup("").join(Markup("<li>{}</li>").format(locale.typographie(t)) for t in textes)
    return Markup('<ul class="{}">{}</ul>').format(classe, items) if items else Markup("")
