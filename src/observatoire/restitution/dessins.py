"""Les dessins qu'une sorte de chiffre appelle : escalier de survie, gaufre, pyramide, points, petits multiples.

Comme les autres graphiques, ils ne lisent que les cellules protégées d'un bloc ; `choix.dessin` dit quand ils
conviennent.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import altair as alt

from observatoire.campagne.donnees_types import Definition
from observatoire.restitution import choix, couleurs, graphiques, locale, theme
from observatoire.restitution.cellules import Cellule, Modalite, Vue
from observatoire.restitution.etats import etat
from observatoire.restitution.graphiques import (
    LARGEUR_ETROITE,
    LARGEUR_MATRICE,
    Graphique,
    deux_largeurs,
    encre,
    hauteur_y,
    infobulle,
    texte_cellule,
    ton_de,
    trait,
)

_CASE, _JOUR = 12, 3  # le carré d'une gaufre, et le blanc qui le sépare du suivant
_PAR_RANGEE = 10
_ECART_GAUFRES = 20
_LIGNE = 20


def _donnees(valeurs: list[dict[str, Any]], nom: str) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=valeurs, name=nom))


# Survie


def survie(vue: Vue) -> Graphique:
    """Courbe en escalier, de 100 % au départ à la dernière échéance ; une échéance masquée interrompt la marche."""
    panneau, haut = 150, 22
    pied = haut + panneau
    lignes = [(m, vue.ligne(vue.definition.nom, m)) for m in vue.modalites()]
    avant = [(m, vue.ligne_precedente(vue.definition.nom, m)) for m in vue.modalites()]
    nombre = len(lignes)
    marches = _marches(lignes, haut, panneau)
    anciennes = _marches(avant, haut, panneau) if any(c.publiee for _, c in avant) else []
    graduations = [{"y": haut + panneau * (1 - p / 100), "nom": f"{p}{locale.INSECABLE}%"} for p in (0, 50, 100)]
    reperes = _echeances_ecrites(lignes, haut, panneau)
    etiquettes = [
        {"x": (rang + 1) / (nombre + 0.5), "y": pied + 16, "libelle": m.libelle.split(" ")[0]}
        for rang, (m, _) in enumerate(lignes)
    ]
    bas = pied + 42
    muettes = _etiquettes_muettes(lignes, haut, panneau)
    calques = [
        _donnees(graduations, "graduations")
        .mark_rule(strokeWidth=1)
        .encode(x=alt.XValue(_MARGE_AXE), x2=alt.X2Value("width"), y=hauteur_y("y", bas), stroke=trait("filet")),
        _donnees(graduations, "graduations")
        .mark_text(align="right", baseline="middle", fontSize=12)
        .encode(x=alt.XValue(_MARGE_AXE - 6), y=hauteur_y("y", bas), text="nom:N", fill=encre("doux")),
    ]
    if anciennes:
        calques.append(_tracer_marches(anciennes, bas, "avant", 1.5, "tiers"))
    calques.append(_tracer_marches(marches, bas, "marches", 3, "fort"))
    calques += [
        _donnees(reperes, "cellules")
        .mark_point(filled=True, size=34, opacity=1)
        .encode(
            x=_x_survie("x"),
            y=hauteur_y("y", bas),
            fill=encre("fort"),
            tooltip=[alt.Tooltip("modalite:N", title="Échéance"), alt.Tooltip("lu:N", title="Valeur")],
        ),
        _donnees([r for r in reperes if r["texte"]], "ecrites")
        .mark_text(
            align="right",
            baseline={"expr": f"datum.y > {pied - 24} ? 'bottom' : 'top'"},
            dx=-5,
            dy={"expr": f"datum.y > {pied - 24} ? -4 : 3"},
            fontWeight=600,
        )
        .encode(x=_x_survie("x"), y=hauteur_y("y", bas), text="texte:N", fill=encre("encre")),
        _donnees(etiquettes, "etiquettes")
        .mark_text(baseline="middle", fontSize=12)
        .encode(x=_x_survie("x"), y=hauteur_y("y", bas), text="libelle:N", fill=encre("doux")),
        _donnees([{"y": pied + 36, "libelle": _unite_du_temps(lignes)}], "temps")
        .mark_text(align="right", baseline="middle", fontSize=12)
        .encode(x=alt.XValue("width"), y=hauteur_y("y", bas), text="libelle:N", fill=encre("doux")),
    ]
    if muettes:
        calques.append(
            _donnees(muettes, "muettes")
            .mark_text(baseline="middle", fontSize=12, angle=270, align="left")
            .encode(x=_x_survie("x"), y=hauteur_y("y", bas), text="texte:N", fill=encre("doux"))
        )
    return deux_largeurs(alt.layer(*calques).properties(height=bas))


_MARGE_AXE = 48


def _x_survie(champ: str) -> alt.X:
    echelle = alt.Scale(domain=[0, 1], range=[_MARGE_AXE, {"expr": "width"}], nice=False, zero=False)
    return alt.X(f"{champ}:Q", axis=None, scale=echelle)


def _unite_du_temps(lignes: Sequence[tuple[Modalite, Cellule]]) -> str:
    mots = {m.libelle.split(" ", 1)[1] for m, _ in lignes if " " in m.libelle}
    return f"{mots.pop()} après le début" if len(mots) == 1 else "temps écoulé"


def _marches(lignes: Sequence[tuple[Modalite, Cellule]], haut: float, panneau: float) -> list[dict[str, Any]]:
    """Les paliers et les contremarches : chaque valeur tient de son échéance à la suivante."""
    nombre = len(lignes)
    niveau: float | None = 100.0
    depart, marches = 0.0, []
    for rang, (_, cellule) in enumerate([*lignes, (None, Cellule("absente"))]):
        x = (rang + 1) / (nombre + 0.5) if rang < nombre else 1.0
        suivant = cellule.valeur if cellule.publiee else None
        if niveau is not None:
            y = haut + panneau * (1 - niveau / 100)
            marches.append({"x": depart, "x2": x, "y": y, "y2": y})
            if suivant is not None and suivant != niveau:
                marches.append({"x": x, "x2": x, "y": y, "y2": haut + panneau * (1 - suivant / 100)})
        niveau, depart = suivant, x
    return _joindre(marches)


def _joindre(marches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Les paliers de même hauteur qui se suivent n'en font qu'un : la page n'en est que plus légère."""
    jointes: list[dict[str, Any]] = []
    for marche in marches:
        derniere = jointes[-1] if jointes else {}
        if derniere.get("y") == derniere.get("y2") == marche["y"] == marche["y2"] and derniere["x2"] == marche["x"]:
            derniere["x2"] = marche["x2"]
        else:
            jointes.append(dict(marche))
    return jointes


def _tracer_marches(marches: list[dict[str, Any]], bas: float, nom: str, epaisseur: float, couleur: str) -> alt.Chart:
    return (
        _donnees(marches, nom)
        .mark_rule(strokeWidth=epaisseur, strokeCap="square")
        .encode(x=_x_survie("x"), x2="x2:Q", y=hauteur_y("y", bas), y2="y2:Q", stroke=trait(couleur))
    )


def _echeances_ecrites(lignes: Sequence[tuple[Modalite, Cellule]], haut: float, panneau: float) -> list[dict[str, Any]]:
    """Un point par échéance ; sa valeur s'écrit sous la marche qu'elle descend, si la place le permet."""
    points, ecrite, rang_ecrit = [], None, -2
    for rang, (modalite, cellule) in enumerate(lignes):
        if not cellule.publiee:
            continue
        lu = locale.pourcentage(cellule.valeur, cellule.base)
        # À la première échéance, « 100 % » se lit déjà sur l'axe, à cet endroit.
        deja_dit = rang == 0 and cellule.valeur == 100 and len(lignes) > 1
        nouveau = lu != ecrite and rang - rang_ecrit >= 2 and not deja_dit
        if nouveau:
            ecrite, rang_ecrit = lu, rang
        points.append(
            {
                "x": (rang + 1) / (len(lignes) + 0.5),
                "y": haut + panneau * (1 - cellule.valeur / 100),
                "modalite": modalite.libelle,
                "texte": lu if nouveau else "",
                "lu": lu,
            }
        )
    return points


def _etiquettes_muettes(
    lignes: Sequence[tuple[Modalite, Cellule]], haut: float, panneau: float
) -> list[dict[str, Any]]:
    """Où la courbe s'interrompt, l'état de la valeur qui manque."""
    return [
        {"x": (rang + 1) / (len(lignes) + 0.5), "y": haut + panneau - 6, "texte": etat(c.etat).mot}
        for rang, (_, c) in enumerate(lignes)
        if not c.publiee
    ]


# Gaufre


def gaufre(vue: Vue) -> Graphique:
    """Un carré par unité, par rangées de dix, et la clé des couleurs ; l'année précédente à côté si on la connaît."""
    modalites = vue.modalites_dessinees()
    tons = [theme.couleur(couleurs.ton(vue.ventilation, m)) for m in modalites]
    annees = [(vue.annee, choix.compter(vue, modalites, precedente=False))]
    avant = choix.compter(vue, modalites, precedente=True)
    if avant and choix.GAUFRE_MIN <= sum(avant) <= choix.GAUFRE_MAX:
        annees.append((vue.annee - 1, avant))
    pas = _CASE + _JOUR
    entete = 22 if len(annees) > 1 else 2
    rangees, titres = [], []
    for place, (annee, comptes) in enumerate(annees):
        gauche = place * (_PAR_RANGEE * pas + _ECART_GAUFRES)
        rangees += [{**r, "x": r["x"] + gauche, "x2": r["x2"] + gauche} for r in _rangees(comptes, tons, entete)]
        titres.append({"x": gauche, "libelle": f"{annee}{locale.INSECABLE}: {locale.nombre(sum(comptes))}"})
    pied = max(r["y"] for r in rangees) + _CASE / 2 + 14
    cles, bas = _cles(vue, modalites, tons, pied)
    colonne = 24 + 7 * max(len(c["texte"]) for c in cles) + 12
    y, x = (lambda champ: hauteur_y(champ, bas)), _pixels
    bulle = [alt.Tooltip("modalite:N", title="Modalité"), alt.Tooltip("lu:N", title="Valeur")]
    base = _donnees(cles, "cellules")
    calques = [
        _donnees(rangees, "carres")
        .mark_rule(strokeWidth=_CASE, strokeDash=[_CASE, _JOUR])
        .encode(x=x("x"), x2="x2:Q", y=y("y"), stroke=alt.Stroke("ton:N", scale=None, legend=None)),
        base.mark_rect().encode(
            x=alt.XValue(0), x2=alt.X2Value(_CASE), y=y("haut"), y2="bas:Q", fill=ton_de("ton"), tooltip=bulle
        ),
        base.mark_text(align="left", baseline="middle", fontWeight=600).encode(
            x=alt.XValue(24), y=y("milieu"), text="texte:N", fill=encre("encre"), tooltip=bulle
        ),
        base.mark_text(align="left", baseline="middle", lineHeight=15).encode(
            x=alt.XValue(colonne), y=y("milieu"), text="lignes:N", fill=encre("encre")
        ),
    ]
    if len(annees) > 1:
        calques.append(
            _donnees(titres, "titres")
            .mark_text(align="left", baseline="top", fontWeight=600)
            .encode(x=x("x"), y=alt.YValue(0), text="libelle:N", fill=encre("encre"))
        )
    # L'épaisseur des traits ne doit pas décaler le dessin vers la droite.
    return deux_largeurs(alt.layer(*calques).properties(height=bas, autosize=alt.AutoSizeParams(type="none")))


def _rangees(comptes: Sequence[int], tons: Sequence[str], haut: float) -> list[dict[str, Any]]:
    """Les suites de carrés d'une même couleur, coupées tous les dix."""
    pas, rang, suites = _CASE + _JOUR, 0, []
    for compte, teinte in zip(comptes, tons, strict=True):
        reste = compte
        while reste:
            ligne, colonne = divmod(rang, _PAR_RANGEE)
            pris = min(reste, _PAR_RANGEE - colonne)
            suites.append(
                {
                    "x": colonne * pas,
                    "x2": (colonne + pris) * pas - _JOUR,
                    "y": haut + ligne * pas + _CASE / 2,
                    "ton": teinte,
                }
            )
            rang, reste = rang + pris, reste - pris
    return suites


def _cles(vue: Vue, modalites: Sequence[Modalite], tons: Sequence[str], haut: float) -> tuple[list[dict], float]:
    """La clé : un carré, la valeur, la modalité ; et la hauteur où elle finit."""
    cles = []
    for modalite, teinte in zip(modalites, tons, strict=True):
        cellule = vue.ligne(vue.definition.nom, modalite)
        lignes = textwrap.wrap(modalite.libelle, 28)
        texte = texte_cellule(cellule)
        milieu = haut + 8
        cles.append(
            {
                "modalite": modalite.libelle,
                "lignes": lignes if len(lignes) > 1 else modalite.libelle,
                "valeur": cellule.valeur,
                "texte": texte,
                "lu": infobulle(cellule, texte),
                "haut": milieu - _CASE / 2,
                "bas": milieu + _CASE / 2,
                "milieu": milieu,
                "ton": teinte,
            }
        )
        haut += _LIGNE + 15 * (len(lignes) - 1)
    return cles, haut


def _pixels(champ: str) -> alt.X:
    """Abscisse en pixels, la même à toute largeur."""
    return alt.X(f"{champ}:Q", axis=None, scale=alt.Scale(domain=[0, 100], range=[0, 100], nice=False, zero=False))


# Pyramide


_GOUTTIERE, _BOUT = 50, 48  # demi-place des âges au milieu, et place du nombre au bout d'une barre


def pyramide(vue: Vue) -> Graphique:
    """Un âge par ligne, le plus vieux en haut ; un genre de chaque côté, à la même échelle."""
    ages, genres = choix.axes_pyramide(vue)
    pas, barre, haut = 24, 17, 24
    bas = haut + pas * len(ages)
    cellules = {(a.code, g.code): choix.cellule_pyramide(vue, a, g) for a in ages for g in genres}
    sommet = max((c.effectif for c in cellules.values() if c.publiee), default=0) or 1
    calques = []
    for cote, genre in enumerate(genres):
        lignes = []
        for rang, age in enumerate(reversed(ages)):
            cellule = cellules[age.code, genre.code]
            texte = locale.nombre(cellule.effectif) if cellule.publiee else etat(cellule.etat).mot
            y = haut + rang * pas
            lignes.append(
                {
                    "modalite": age.libelle,
                    "serie": genre.libelle,
                    "valeur": cellule.effectif if cellule.publiee else 0,
                    "texte": texte,
                    "lu": infobulle(cellule, texte, vue.motif(vue.definition.nom)),
                    "haut": y,
                    "bas": y + barre,
                    "milieu": y + barre / 2,
                    "encre": theme.couleur("encre" if cellule.publiee else "doux"),
                }
            )
        calques.append(_cote(lignes, cote, sommet, bas, couleurs.ton("genre", genre), genre.libelle))
    centres = [{"libelle": a.libelle, "milieu": haut + r * pas + barre / 2} for r, a in enumerate(reversed(ages))]
    calques.append(
        _donnees(centres, "ages")
        .mark_text(baseline="middle", fontSize=12)
        .encode(x=alt.XValue({"expr": "width / 2"}), y=hauteur_y("milieu", bas), text="libelle:N", fill=encre("doux"))
    )
    return deux_largeurs(alt.layer(*calques).resolve_scale(x="independent").properties(height=bas))


def _cote(lignes: list[dict], cote: int, sommet: float, bas: float, teinte: str, genre: str) -> alt.LayerChart:
    bornes = (f"width / 2 - {_GOUTTIERE}", f"{_BOUT}"), (f"width / 2 + {_GOUTTIERE}", f"width - {_BOUT}")
    echelle = alt.Scale(domain=[0, sommet], range=[{"expr": b} for b in bornes[cote]], nice=False)
    x = alt.X("valeur:Q", axis=None, scale=echelle)
    base = _donnees(lignes, "cellules" if cote == 0 else "cellules_2")
    bulle = [
        alt.Tooltip("modalite:N", title="Âge"),
        alt.Tooltip("serie:N", title="Genre"),
        alt.Tooltip("lu:N", title="Effectif"),
    ]
    bout = {"align": "right", "dx": -6} if cote == 0 else {"align": "left", "dx": 6}
    return alt.layer(
        base.mark_rect().encode(
            x=x, x2=alt.X2Datum(0), y=hauteur_y("haut", bas), y2="bas:Q", fill=encre(teinte), tooltip=bulle
        ),
        base.mark_text(baseline="middle", fontWeight=600, **bout).encode(
            x=x, y=hauteur_y("milieu", bas), text="texte:N", fill=ton_de("encre"), tooltip=bulle
        ),
        _donnees([{"valeur": 0, "libelle": genre}], f"genre_{cote}")
        .mark_text(baseline="top", fontWeight=600, align=bout["align"])
        .encode(x=x, y=alt.YValue(0), text="libelle:N", fill=encre("encre")),
    )


# Points


_AVANT, _APRES = 64, 92  # place d'un nombre à gauche et à droite des points
FORMES = ("circle", "diamond")


def points(vue: Vue) -> Graphique:
    """Deux points par ligne, un par territoire, joints par un trait ; un repère dit l'ensemble s'il s'y compare."""
    noms = choix.territoires(vue)
    compare = not _s_ajoute(vue)
    pas, traits, marques, textes, reperes, titres, haut = 44, [], [], [], [], [], 0
    sommet = 0.0
    for modalite in vue.modalites_dessinees():
        cellules = [vue.cellule(nom, modalite.code) for nom in noms]
        milieu = haut + 26
        titres.append({"modalite": modalite.libelle, "y": haut + 13})
        publiees = [(nom, c) for nom, c in zip(noms, cellules, strict=True) if c.publiee]
        sommet = max([sommet, *(c.valeur for _, c in publiees)])
        if len(publiees) == 2:
            traits.append({"x": min(c.valeur for c in cellules), "x2": max(c.valeur for c in cellules), "y": milieu})
        textes += _bouts(noms, cellules, milieu)
        for rang, (nom, cellule) in enumerate(zip(noms, cellules, strict=True)):
            if not cellule.publiee:
                continue
            marques.append(
                {
                    "modalite": modalite.libelle,
                    "serie": nom,
                    "valeur": cellule.valeur,
                    "lu": infobulle(cellule, texte_cellule(cellule), vue.motif(nom)),
                    "texte": texte_cellule(cellule),
                    "y": milieu,
                    "ton": theme.couleur(theme.SERIES[rang]),
                    "forme": FORMES[rang],
                }
            )
        ensemble = vue.cellule(choix.ENSEMBLE, modalite.code)
        if compare and ensemble.publiee:
            sommet = max(sommet, ensemble.valeur)
            reperes.append({"x": ensemble.valeur, "y": milieu - 9, "y2": milieu + 9, "lu": texte_cellule(ensemble)})
        haut += pas
    return deux_largeurs(_tracer_points(traits, marques, textes, reperes, titres, sommet or 1, haut))


def _s_ajoute(vue: Vue) -> bool:
    """L'ensemble est-il la somme des territoires ? Il ne se compare alors pas à eux."""
    return all(ligne["unite"] != "%" for ligne in vue.lignes) and vue.definition.forme not in ("moyenne", "mediane")


def avec_ensemble(vue: Vue) -> bool:
    """Le dessin porte-t-il le repère de l'ensemble ? La légende en dépend."""
    return not _s_ajoute(vue) and any(d.nom == choix.ENSEMBLE for d in vue.definitions)


def _court(cellule: Cellule) -> str:
    """La valeur d'un point : un taux seul, ou un compte ; sous dix, « 6 sur 9 »."""
    if cellule.unite == "%" and cellule.base is not None and cellule.base >= 10:
        return locale.pourcentage(cellule.valeur, cellule.base)
    return texte_cellule(cellule)


def _bouts(noms: Sequence[str], cellules: Sequence[Cellule], milieu: float) -> list[dict[str, Any]]:
    """Le nombre de chaque point, du côté où il n'y a rien ; un territoire sans valeur dit son état au bout."""
    publiees = sorted((c for c in cellules if c.publiee), key=lambda c: c.valeur)
    muets = [
        f"{nom}{locale.INSECABLE}: {etat(c.etat).mot}" for nom, c in zip(noms, cellules, strict=True) if not c.publiee
    ]
    if not publiees:
        mots = list(dict.fromkeys(etat(c.etat).mot for c in cellules))
        return [{"x": 0, "y": milieu, "droite": " ; ".join(mots), "gauche": ""}]
    textes = [_court(c) for c in publiees]
    egales = len(publiees) == 2 and publiees[0].valeur == publiees[1].valeur
    if len(publiees) == 1 or egales:
        fin = textes[0] if textes[0] == textes[-1] else " ; ".join(textes)
        return [{"x": publiees[0].valeur, "y": milieu, "droite": " · ".join([fin, *muets]), "gauche": ""}]
    return [
        {"x": publiees[0].valeur, "y": milieu, "gauche": textes[0], "droite": ""},
        {"x": publiees[1].valeur, "y": milieu, "gauche": "", "droite": textes[1]},
    ]


def _tracer_points(
    traits: list[dict],
    marques: list[dict],
    textes: list[dict],
    reperes: list[dict],
    titres: list[dict],
    sommet: float,
    bas: float,
) -> alt.LayerChart:
    echelle = alt.Scale(
        domain=[0, sommet], range=[_AVANT, {"expr": f"max({_AVANT + 60}, width - {_APRES})"}], nice=False, zero=False
    )
    x = alt.X("x:Q", axis=None, scale=echelle)
    calques = [
        _donnees(titres, "titres")
        .mark_text(align="left", baseline="bottom")
        .encode(x=alt.XValue(0), y=hauteur_y("y", bas), text="modalite:N", fill=encre("encre")),
    ]
    if traits:
        calques.append(
            _donnees(traits, "ecarts")
            .mark_rule(strokeWidth=4)
            .encode(x=x, x2="x2:Q", y=hauteur_y("y", bas), stroke=trait("filet"))
        )
    if reperes:
        calques.append(
            _donnees(reperes, "ensemble")
            .mark_rule(strokeWidth=2)
            .encode(
                x=x,
                y=hauteur_y("y", bas),
                y2="y2:Q",
                stroke=trait("tiers"),
                tooltip=[alt.Tooltip("lu:N", title=choix.ENSEMBLE)],
            )
        )
    calques.append(
        _donnees(marques, "cellules")
        .mark_point(filled=True, size=130, opacity=1)
        .encode(
            x=alt.X("valeur:Q", axis=None, scale=echelle),
            y=hauteur_y("y", bas),
            fill=ton_de("ton"),
            shape=alt.Shape("forme:N", scale=None, legend=None),
            tooltip=[
                alt.Tooltip("modalite:N", title="Modalité"),
                alt.Tooltip("serie:N", title="Territoire"),
                alt.Tooltip("lu:N", title="Valeur"),
            ],
        )
    )
    for champ, align, dx in (("gauche", "right", -11), ("droite", "left", 11)):
        siens = [t for t in textes if t[champ]]
        if siens:
            calques.append(
                _donnees(siens, f"valeurs_{champ}")
                .mark_text(align=align, baseline="middle", dx=dx, fontWeight=600)
                .encode(x=x, y=hauteur_y("y", bas), text=f"{champ}:N", fill=encre("encre"))
            )
    return alt.layer(*calques).properties(height=bas)


# Petits multiples


def multiples(vue: Vue) -> Graphique | None:
    """Un petit graphique par indicateur, tous sur les mêmes années, chacun à son échelle."""
    rangees, ruptures = graphiques.rangees_historiques(vue)
    large = graphiques.assembler_colonnes(rangees, ruptures, colonnes=3, signes=30)
    etroit = graphiques.assembler_colonnes(rangees, ruptures, colonnes=2, signes=18)
    if large is None or etroit is None:
        return None
    return Graphique(
        theme.specification(large.properties(width=LARGEUR_MATRICE)),
        theme.specification(etroit.properties(width=LARGEUR_ETROITE)),
        fluide=False,
    )


# Mouvements


_COURBE, _DEMI = 96, 44  # hauteur de la courbe, et de la plus longue barre vers le haut ou vers le bas


def mouvements(vue: Vue) -> Graphique:
    """La file active en courbe ; dessous, au même mois, ce qui entre vers le haut et ce qui sort vers le bas."""
    stock, entrees, sorties = vue.definitions
    mois = vue.modalites()
    series = {d.nom: [vue.cellule(d.nom, m.code) for m in mois] for d in vue.definitions}
    pied = 38 + _COURBE
    zero = pied + 58 + _DEMI
    bas = zero + _DEMI + 38
    courbe = _marques_mois(vue, stock, mois, series[stock.nom], pied, -_COURBE, _sommet(series[stock.nom]))
    plus = _sommet([*series[entrees.nom], *series[sorties.nom]])
    barres = [
        *_marques_mois(vue, entrees, mois, series[entrees.nom], zero, -_DEMI, plus, "fort"),
        *_marques_mois(vue, sorties, mois, series[sorties.nom], zero, _DEMI, plus, "moyen"),
    ]
    titres = [{"y": y, "libelle": d.libelle} for d, y in ((stock, 10), (entrees, pied + 36), (sorties, bas - 8))]
    reperes = [{"y": pied}, {"y": zero}]
    return deux_largeurs(_tracer_mouvements(courbe, barres, titres, reperes, len(mois), bas))


def _sommet(cellules: Sequence[Cellule]) -> float:
    return max((c.valeur for c in cellules if c.publiee), default=0) or 1


def _marques_mois(
    vue: Vue,
    definition: Definition,
    mois: Sequence[Modalite],
    cellules: Sequence[Cellule],
    zero: float,
    hauteur: float,
    sommet: float,
    ton: str = "fort",
) -> list[dict[str, Any]]:
    """Une marque par mois, à la hauteur de sa valeur (négative : vers le haut) ; sans valeur, à celle du zéro."""
    pas, textes = 1 / len(mois), [texte_cellule(c) for c in cellules]
    longueur = max((len(t) for t, c in zip(textes, cellules, strict=True) if c.publiee), default=0)
    plus = _sommet(cellules)
    return [
        {
            **{"centre": (rang + 0.5) * pas, "gauche": (rang + 0.24) * pas, "droite": (rang + 0.76) * pas},
            "libelle": locale.mois(m.code, abrege=True),
            "indicateur": definition.libelle,
            "texte": texte,
            "lu": infobulle(c, texte, vue.motif(definition.nom)),
            "publiee": c.publiee,
            "sommet": c.publiee and c.valeur == plus,
            "longueur": longueur,
            "zero": zero,
            "y": zero + (c.valeur / sommet * hauteur if c.publiee else 0),
            "ton": theme.couleur(ton),
        }
        for rang, (m, c, texte) in enumerate(zip(mois, cellules, textes, strict=True))
    ]


def _tracer_mouvements(
    courbe: list[dict], barres: list[dict], titres: list[dict], reperes: list[dict], mois: int, bas: float
) -> alt.LayerChart:
    def y(champ: str) -> alt.Y:
        return hauteur_y(champ, bas)

    def x(champ: str) -> alt.X:
        return graphiques.abscisse(champ, 1)

    bulle = [
        alt.Tooltip("libelle:N", title="Mois"),
        alt.Tooltip("indicateur:N", title="Indicateur"),
        alt.Tooltip("lu:N", title="Valeur"),
    ]
    segments = [
        {"x": a["centre"], "x2": b["centre"], "y": a["y"], "y2": b["y"]}
        for a, b in pairwise(courbe)
        if a["publiee"] and b["publiee"]
    ]
    pieds = [{"x": m["centre"], "libelle": m["libelle"]} for m in courbe]
    court = f"width / {mois} < 34 ? upper(slice(datum.libelle, 0, 1)) : datum.libelle"
    calques = [
        _donnees(reperes, "socles")
        .mark_rule(strokeWidth=1)
        .encode(x=alt.XValue(0), x2=alt.X2Value("width"), y=y("y"), stroke=trait("tiers")),
        _donnees(titres, "titres")
        .mark_text(align="left", baseline="middle", fontWeight=600)
        .encode(x=alt.XValue(0), y=y("y"), text="libelle:N", fill=encre("encre")),
        _donnees(segments, "segments")
        .mark_rule(strokeWidth=2.5, strokeCap="round")
        .encode(x=x("x"), x2="x2:Q", y=y("y"), y2="y2:Q", stroke=trait("fort")),
        _donnees([m for m in courbe if m["publiee"]], "cellules")
        .mark_point(filled=True, size=34, opacity=1)
        .encode(x=x("centre"), y=y("y"), fill=encre("fort"), tooltip=bulle),
        _donnees([m for m in barres if m["publiee"]], "cellules_2")
        .mark_rect()
        .encode(x=x("gauche"), x2="droite:Q", y=y("y"), y2="zero:Q", fill=ton_de("ton"), tooltip=bulle),
        _donnees(pieds, "etiquettes")
        .transform_calculate(affiche=court)
        .mark_text(baseline="middle", fontSize=12)
        .encode(x=x("x"), y=alt.YValue(reperes[0]["y"] + 10), text=alt.Text("affiche:N"), fill=encre("doux")),
    ]
    # Un mois sans mouvement n'a pas de barre, et pas de zéro à écrire : le tableau le dit.
    ecrites = [m for m in (*courbe, *barres) if m["publiee"] and m["y"] != m["zero"]]
    for vers_le_bas in (False, True):
        siennes = [m for m in ecrites if (m["y"] > m["zero"]) is vers_le_bas]
        if siennes:
            calques.append(_valeurs_des_mois(siennes, vers_le_bas, mois, x("centre"), y("y")))
    if muettes := [m for m in (*courbe, *barres) if not m["publiee"]]:
        calques.append(
            _donnees(muettes, "muettes")
            .mark_text(baseline="middle", fontSize=12, angle=270, align="left", dx=5)
            .encode(x=x("centre"), y=y("zero"), text="texte:N", fill=encre("doux"), tooltip=bulle)
        )
    return alt.layer(*calques).properties(height=bas)


def _valeurs_des_mois(marques: list[dict], vers_le_bas: bool, mois: int, x: alt.X, y: alt.Y) -> alt.Chart:
    """Les valeurs au bout des marques ; trop larges pour leurs mois, la plus forte seule s'écrit."""
    visible = f"datum.sommet || datum.longueur * 7.8 <= width / {mois} ? datum.texte : ''"
    return (
        _donnees(marques, f"valeurs_{'bas' if vers_le_bas else 'haut'}")
        .transform_calculate(visible=visible)
        .mark_text(
            baseline="top" if vers_le_bas else "bottom", dy=4 if vers_le_bas else -5, fontSize=12, fontWeight=600
        )
        .encode(x=x, y=y, text=alt.Text("visible:N"), fill=encre("encre"))
    )


DESSINS = {
    "survie": survie,
    "gaufre": gaufre,
    "pyramide": pyramide,
    "points": points,
    "multiples": multiples,
    "mouvements": mouvements,
}
