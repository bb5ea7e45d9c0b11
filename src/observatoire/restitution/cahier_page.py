"""Les parties de la page d'un cahier régional : bandeau, méthode, sections, fiches, lexique, provenance."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from markupsafe import Markup, escape

from observatoire.cahiers.contenu import DonneesCahier, Figure, SectionDonnees
from observatoire.cahiers.fiches import FicheAction, numeroter
from observatoire.cahiers.territoires import STRUCTURE
from observatoire.restitution import cahier_tableaux as tableaux
from observatoire.restitution import changements, graphiques, locale, page, phrases
from observatoire.restitution import figure as figures
from observatoire.restitution.cartes import carte, classer
from observatoire.restitution.cellules import Vue
from observatoire.restitution.etats import etat
from observatoire.restitution.gabarit import DOSSIER
from observatoire.restitution.locale import INSECABLE
from observatoire.restitution.provenance import parametres_carnet, versions

SURTITRE = "Cahier régional"
_ANCRES = {
    "methode": "Méthode et sources",
    "fiches": "Fiches-actions",
    "lexique": "Lexique",
    "definitions": "Définitions",
}
_GRAS = re.compile(r"\*\*(.+?)\*\*")


@lru_cache(maxsize=1)
def css() -> Markup:
    """Les règles propres au cahier, que la page garde."""
    return Markup("<style>{}</style>").format(Markup((DOSSIER / "observatoire" / "cahier.css").read_text("utf-8")))


def titre_page(donnees: DonneesCahier) -> str:
    """Titre de la page et de l'onglet."""
    return (
        f"{donnees.reglage.libelle_region} {donnees.annee} — cahier régional, {locale.minuscule(donnees.theme.titre)}"
    )


def bandeau(donnees: DonneesCahier) -> Markup:
    """Le bandeau de tête : qui publie, de quelle région, de quelle année. Porte le seul h1 de la page."""
    libelle_etat, ton = page.ETATS_VERDICT.get(donnees.etat, (donnees.etat, "alerte"))
    interne = donnees.diffusion == "interne"
    return Markup(
        '{}<div class="bandeau"><p class="lieu">{}</p><h1><span class="surtitre">{}</span> {} '
        '<span class="annee">{}</span></h1><p class="presentation">{}</p>'
        '<ul class="fiche"><li>Thème{}: {}</li><li class="diffusion">{}</li><li class="ton-{}">{}</li></ul></div>'
    ).format(
        Markup('<p class="interdit" role="note">{}</p>').format(page.AVERTISSEMENT_INTERNE) if interne else "",
        f"{donnees.reglage.federation} · {donnees.reglage.titre}",
        SURTITRE,
        donnees.reglage.libelle_region,
        donnees.annee,
        locale.typographie(donnees.theme.presentation.strip()),
        INSECABLE,
        donnees.theme.titre,
        page.DIFFUSIONS.get(donnees.diffusion, donnees.diffusion),
        ton,
        libelle_etat,
    )


def sommaire(donnees: DonneesCahier, change: bool = False) -> Markup:
    """La table des matières : méthode, sections et figures, fiches, ce qui a changé s'il y a de quoi, lexique."""
    entrees: list[tuple[str, str, list[tuple[str, str]]]] = [("methode", _ANCRES["methode"], [])]
    for section in donnees.sections:
        entrees.append((_cle(section), section.titre, [(f.bloc.cle, f.bloc.titre) for f in section.figures]))
    if donnees.fiches:
        entrees.append(("fiches", _ANCRES["fiches"], [(f.ancre, f"{f.numero}. {f.titre}") for f in donnees.fiches]))
    entrees += [(changements.CLE, changements.TITRE, [])] if change else []
    entrees += [(cle, _ANCRES[cle], []) for cle in ("lexique", "definitions")]
    items = Markup("").join(
        Markup('<li><a href="#{}">{}</a>{}</li>').format(cle, locale.typographie(titre), _sous_liste(sous))
        for cle, titre, sous in entrees
    )
    return Markup(
        '<p class="titre-sommaire" id="titre-sommaire">Sommaire</p>'
        '<details class="repli-mobile" open><summary>Sommaire</summary><ol>{}</ol></details>'
    ).format(items)


def _sous_liste(entrees: list[tuple[str, str]]) -> Markup:
    if not entrees:
        return Markup("")
    items = (Markup('<li><a href="#{}">{}</a></li>').format(c, locale.typographie(t)) for c, t in entrees)
    return Markup("<ol>{}</ol>").format(Markup("").join(items))


def _cle(section: SectionDonnees) -> str:
    return f"s-{page.ancre(section.titre)}"


def methode(donnees: DonneesCahier) -> Markup:
    """L'encadré de méthode : la démarche, les sources et leurs taux de réponse, les règles de calcul."""
    p = donnees.parametres
    regles = [
        "Un total se recalcule sur les sommes de numérateurs et de dénominateurs, jamais sur la moyenne des taux.",
        "Un territoire dont rien n'est arrivé est dit non reçu ; il n'est jamais compté pour zéro.",
        f"Le signe {tableaux.RUPTURE} marque une rupture : source, champ ou répondants changent entre deux années.",
    ]
    if donnees.diffusion == "public":
        regles.append(
            f"Les effectifs de moins de {p.seuil_diffusion} sont masqués, comme les taux calculés sur moins de "
            f"{p.base_minimale_croisement} personnes et ce qui permettrait de les retrouver."
        )
    liste = Markup("").join(Markup("<li>{}</li>").format(locale.typographie(r)) for r in regles)
    return Markup(
        '<section id="methode" class="methode" aria-labelledby="methode-t"><h2 id="methode-t">{}</h2>'
        '<div class="encadre">{}{}<h3>Règles de calcul</h3><ul class="regles">{}</ul></div></section>'
    ).format(
        _ANCRES["methode"],
        paragraphes(donnees.reglage.demarche.strip(), {}),
        tableaux.tableau_sources(donnees.sources),
        liste,
    )


def plan_des_textes(donnees: DonneesCahier) -> dict[str, tuple[str, str]]:
    """Les parties que la fédération peut commenter : ancre → titres de la section et de la figure."""
    plan = {}
    for section in donnees.sections:
        plan[_cle(section)] = (section.titre, "")
        plan |= {f.bloc.cle: (section.titre, f.bloc.titre) for f in section.figures}
    return plan


def section(
    donnees: DonneesCahier, contenu: SectionDonnees, rang: int, texte: Callable[[str], Markup] | None = None
) -> Markup:
    """Une section : son titre, sa présentation, dont les renvois mènent aux fiches, et ses figures.

    `texte` : ce que la fédération a écrit sous la partie de cette ancre.
    """
    texte = texte or (lambda ancre: Markup(""))
    cle = _cle(contenu)
    chapeau = Markup('<div class="chapeau">{}</div>').format(
        paragraphes(contenu.presentation.strip(), _liens(donnees.fiches))
    )
    return Markup(
        '<section id="{}" aria-labelledby="{}-t"><h2 id="{}-t">'
        '<span class="numero" aria-hidden="true">{}</span> {}</h2>{}{}{}</section>'
    ).format(
        cle,
        cle,
        cle,
        rang,
        locale.typographie(contenu.titre),
        chapeau if contenu.presentation.strip() else "",
        texte(cle) if contenu.figures else "",
        Markup("").join(figure(f) + texte(f.bloc.cle) for f in contenu.figures),
    )


# Figures


def figure(contenu: Figure) -> Markup:
    """Le HTML d'une figure du cahier : carte et tableau, comparaison, matrice ou repères, et ses sources."""
    if contenu.genre == "departements":
        titre, phrase = tableaux.constat_departements(contenu), tableaux.phrase_departements(contenu)
        return _territoires(contenu, tableaux.tableau_departements(contenu), titre, phrase)
    if contenu.genre == "comparaison":
        return _comparaison(contenu)
    if contenu.genre == "communes":
        return _territoires(contenu, tableaux.tableau_communes(contenu), "", "")
    if contenu.genre == "reperes":
        corps = Markup('<div class="corps empile"><div class="donnees">{}</div></div>').format(
            tableaux.tableau_reperes(contenu)
        )
        return _enveloppe(contenu, "", "", corps)
    html = figures.figure(contenu.bloc)
    return Markup(str(html).replace('<p class="notes">', f'{_mentions(contenu)}<p class="notes">', 1))


def _territoires(contenu: Figure, tableau: Markup, constat: str, phrase: str) -> Markup:
    vue = Vue(contenu.bloc)
    dessin = None
    if contenu.contours is not None:
        cellules = {code: tableaux.ligne(vue, code) for code in contenu.zones}
        dessin = carte(contenu.contours, contenu.zones, cellules)
    if dessin is None:
        corps = Markup('<div class="corps empile"><div class="donnees">{}</div></div>').format(tableau)
        return _enveloppe(contenu, constat, phrase, corps)
    corps = Markup('<div class="corps avec-carte"><div>{}{}</div><div class="donnees">{}</div></div>').format(
        _legende(contenu, vue), figures._dessin(contenu.bloc, dessin), tableau
    )
    description = ("Description de la carte", tableaux.description_carte(contenu))
    return _enveloppe(contenu, constat, phrase, corps, description)


def _comparaison(contenu: Figure) -> Markup:
    """Les structures de même type côte à côte : barres et tableau."""
    bloc = contenu.bloc
    dessin, tableau = graphiques.graphique(bloc), tableaux.tableau_structures(contenu)
    phrase = tableaux.phrase_departements(contenu)
    if dessin is None:
        corps = Markup('<div class="corps empile"><div class="donnees">{}</div></div>').format(tableau)
        return _enveloppe(contenu, "", phrase, corps)
    corps = Markup('<div class="corps empile">{}<div class="donnees">{}</div></div>').format(
        figures._dessin(bloc, dessin), tableau
    )
    description = ("Description du graphique", phrases.description(bloc))
    return _enveloppe(contenu, phrases.constat(bloc), phrase, corps, description)


def _enveloppe(
    contenu: Figure, constat: str, phrase: str, corps: Markup, description: tuple[str, str] | None = None
) -> Markup:
    bloc = contenu.bloc
    titre = locale.typographie(bloc.titre)
    if constat:
        intitule = Markup(
            '<h3 id="{}-titre"><span class="surtitre">{}<span class="lu">{}: </span></span> '
            '<span class="constat">{}</span></h3>'
        ).format(bloc.cle, titre, INSECABLE, locale.typographie(constat))
    else:
        intitule = Markup('<h3 id="{}-titre"><span class="constat">{}</span></h3>').format(bloc.cle, titre)
    legende = Markup("")
    if description:
        legende = Markup("<figcaption><details><summary>{}</summary><p>{}</p></details></figcaption>").format(
            *description
        )
    return Markup('<figure class="bloc" id="{}" aria-labelledby="{}-titre">{}{}{}{}{}{}{}</figure>').format(
        bloc.cle,
        bloc.cle,
        intitule,
        Markup('<p class="phrase">{}</p>').format(phrase) if phrase else "",
        corps,
        figures._liste("alertes", bloc.alertes),
        _mentions(contenu),
        figures._notes(bloc),
        legende,
    )


def _mentions(contenu: Figure) -> Markup:
    """Les sources, nommées sous le tableau, et la mention du fond de carte."""
    vue = Vue(contenu.bloc)
    textes = []
    if contenu.sources_avant and contenu.sources_avant != contenu.sources and contenu.bloc.precedente.height:
        textes += [
            f"{locale.majuscule(' ; '.join(sources))} ({annee})"
            for annee, sources in ((vue.annee - 1, contenu.sources_avant), (vue.annee, contenu.sources))
        ]
    elif contenu.sources:
        textes.append(locale.majuscule(" ; ".join(contenu.sources)))
    if not textes:
        return Markup("")
    pluriel = "s" if len(contenu.sources) + len(textes) > 2 else ""
    html = Markup('<p class="source">Source{}{}: {}.</p>').format(
        pluriel, INSECABLE, locale.typographie(" ; ".join(textes))
    )
    if contenu.contours is not None and contenu.attribution:
        html += Markup('<p class="source attribution">{}</p>').format(locale.typographie(contenu.attribution))
    return html


def _legende(contenu: Figure, vue: Vue) -> Markup:
    cellules = {code: tableaux.ligne(vue, code) for code in contenu.zones}
    entrees = [(classe.teinte, classe.libelle) for classe in classer(cellules)]
    if any(c.masquee for c in cellules.values()):
        entrees.append(("hachures", "masqué"))
    if autres := {etat(c.etat).lettres for c in cellules.values() if not c.publiee and not c.masquee}:
        entrees.append(("voile", locale.enumeration(sorted(autres), "ou")))
    items = Markup("").join(
        Markup('<li><span class="teinte-{}"></span>{}</li>').format(teinte.replace("_", "-"), texte)
        for teinte, texte in entrees
    )
    return Markup('<ul class="legende">{}</ul>').format(items)


# Textes


def paragraphes(texte: str, liens: Mapping[str, str]) -> Markup:
    """Un texte en Markdown simple : paragraphes, listes à tirets, gras. Tout le reste est échappé.

    `liens` : texte exact d'un renvoi → ancre.
    """
    blocs, liste = [], []
    for morceau in re.split(r"\n\s*\n", texte):
        lignes = [ligne.strip() for ligne in morceau.splitlines() if ligne.strip()]
        libres = []
        for ligne_ in lignes:
            if ligne_.startswith("- "):
                liste.append(_en_ligne(ligne_.removeprefix("- "), liens))
            elif liste:
                liste[-1] += Markup(" ") + _en_ligne(ligne_, liens)
            else:
                libres.append(ligne_)
        if libres:
            blocs.append(Markup("<p>{}</p>").format(_en_ligne(" ".join(libres), liens)))
        if liste:
            items = Markup("").join(Markup("<li>{}</li>").format(i) for i in liste)
            blocs.append(Markup("<ul>{}</ul>").format(items))
            liste = []
    return Markup("").join(blocs)


def _en_ligne(texte: str, liens: Mapping[str, str]) -> Markup:
    html = str(escape(locale.typographie(texte)))
    html = _GRAS.sub(r"<strong>\1</strong>", html)
    for renvoi, ancre in liens.items():
        ecrit = str(escape(locale.typographie(renvoi)))
        html = html.replace(ecrit, f'<a href="#{ancre}">{ecrit}</a>')
    return Markup(html)


def _liens(fiches: Iterable[FicheAction]) -> dict[str, str]:
    """Le texte de chaque renvoi numéroté et l'ancre de sa fiche ; les plus longs d'abord."""
    couples = {f"fiche n° {f.numero}, {f.titre}": f.ancre for f in fiches}
    return dict(sorted(couples.items(), key=lambda c: -len(c[0])))


def fiches(donnees: DonneesCahier) -> Markup:
    """Les fiches-actions, dans l'ordre du cahier, chacune à ses huit rubriques."""
    if not donnees.fiches:
        return Markup("")
    return Markup('<section id="fiches" aria-labelledby="fiches-t"><h2 id="fiches-t">{}</h2>{}</section>').format(
        _ANCRES["fiches"], Markup("").join(_fiche(f, donnees.fiches) for f in donnees.fiches)
    )


def _fiche(fiche: FicheAction, toutes: tuple[FicheAction, ...]) -> Markup:
    rubriques = Markup("").join(
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(nom, paragraphes(numeroter(texte, toutes), _liens(toutes)))
        for nom, texte in fiche.rubriques.items()
    )
    return Markup(
        '<article class="fiche-action" id="{}" aria-labelledby="{}-t"><h3 id="{}-t">'
        '<span class="numero">{}</span> {}</h3><dl>{}</dl></article>'
    ).format(
        fiche.ancre,
        fiche.ancre,
        fiche.ancre,
        Markup('<span class="lu">Fiche n°{}</span>{}').format(INSECABLE, fiche.numero),
        locale.typographie(fiche.titre),
        rubriques,
    )


def lexique(donnees: DonneesCahier) -> Markup:
    """Les sigles qu'emploie ce cahier, et ceux qu'il faut encore expliquer."""
    entrees = Markup("").join(
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(s.sigle, locale.typographie(s.libelle))
        for s in donnees.lexique.connus
    )
    alertes = figures._liste("alertes", donnees.lexique.alertes)
    return Markup(
        '<section id="lexique" aria-labelledby="lexique-t"><h2 id="lexique-t">{}</h2>{}'
        '<dl class="glossaire sigles">{}</dl></section>'
    ).format(_ANCRES["lexique"], alertes, entrees)


def provenance(donnees: DonneesCahier, edition: str = "") -> Markup:
    """Le pied de page : de quelles sources, de quels réglages et de quel logiciel vient ce cahier."""
    p = donnees.parametres
    diffusion = "interne, sans masquage"
    if donnees.diffusion == "public":
        diffusion = (
            f"publique, effectifs masqués sous {p.seuil_diffusion} ({p.seuil_diffusion_montant} pour les montants)"
        )
    structures = {m for b in donnees.blocs for m in b.table.filter(b.table["ventilation_1"] == STRUCTURE)["modalite_1"]}
    champs = [
        ("Région", f"{donnees.reglage.libelle_region} ({donnees.reglage.region})"),
        ("Thème", donnees.theme.titre),
        ("Diffusion", diffusion),
        ("Structures comparées", locale.nombre(len(structures)) if structures else "aucune"),
        ("Sources", locale.nombre(len(donnees.sources))),
        ("Édition", edition),
        (
            "Empreinte des données",
            Markup('<code title="{}">{}</code>').format(donnees.empreinte, donnees.empreinte[:16]),
        ),
        ("Version du logiciel", donnees.version_code),
        ("Définitions", versions(d for bloc in donnees.blocs for d in bloc.definitions)),
        ("Paramètres du carnet", parametres_carnet(_parametres(donnees))),
    ]
    items = Markup("").join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(n, v) for n, v in champs if v)
    return Markup(
        '<h2 id="provenance">Provenance</h2><dl class="provenance">{}</dl>'
        "<p>Ce document ne contient que des agrégats{}: aucune donnée de personne.</p>"
    ).format(items, INSECABLE)


def _parametres(donnees: DonneesCahier) -> dict[str, object]:
    return {
        "region": donnees.reglage.region,
        "annee": donnees.annee,
        "theme": donnees.theme.id,
        "diffusion": donnees.diffusion,
    }
