"""Les graphiques d'un bloc : des spécifications altair qui ne lisent que ses cellules protégées.

Une seule disposition pour tous les écrans : les positions verticales sont calculées ici, en pixels,
et la largeur reste libre. Le texte garde donc sa taille sur un téléphone. Les données sont nommées :
deux exécutions donnent les mêmes octets.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

import altair as alt
from altair.utils import schemapi

from observatoire.campagne.donnees_types import DESSINS, Bloc
from observatoire.restitution import choix, couleurs, locale, theme
from observatoire.restitution.cellules import Cellule, Modalite, Vue, est_inconnu
from observatoire.restitution.etats import etat
from observatoire.restitution.images import alleger
from observatoire.restitution.locale import INSECABLE

LARGEUR, LARGEUR_ETROITE, LARGEUR_MATRICE = 560, 320, 780
_COURANTE, _REPERE = "cellules", "reperes"
_LIGNE, _BARRE, _ESPACE = 17, 13, 11  # une modalité : son libellé, sa barre, un blanc
_SIGNES_LIBELLE, _INTERLIGNE = 45, 15  # un libellé plus long passe à la ligne : il tient ainsi sur un téléphone
_SOUS_BARRE, _RAPPEL = 2, 3  # le rappel de l'année précédente passe sous la barre, et sous le nombre qui la suit
_PANNEAU = 128  # hauteur d'une rangée de colonnes
_PETIT_PANNEAU, _BLANC_PANNEAUX = 84, 0.05  # un petit multiple : sa hauteur, et le blanc entre deux, en part de largeur
_CHASSE = 7.8  # largeur moyenne d'un caractère d'une valeur, en gras, en pixels
_MARGE_TEXTE = 118  # place du texte au bout de la plus longue barre ; davantage s'il est long
_MASQUEES_REUNIES = 3  # à partir de là, les lignes masquées n'en font qu'une


@dataclass(frozen=True)
class Graphique:
    """Un graphique en deux largeurs ; `fluide` : la plus grande convient à toute largeur."""

    large: dict[str, Any]
    etroit: dict[str, Any]
    fluide: bool = True


@dataclass(frozen=True)
class Colonne:
    """Une colonne d'une rangée : sa case, sa place dans la case, sa cellule et son ton."""

    case: str
    etiquette: str
    sous_case: str
    cellule: Cellule
    ton: str
    motif: str = ""  # pourquoi la qualité retient cette valeur, s'il y a lieu


def graphique(bloc: Bloc) -> Graphique | None:
    """Le graphique d'un bloc ; `None` s'il n'en appelle pas ou n'a rien à montrer."""
    nom = choix.dessin(bloc)
    dessin = _DESSINS.get(nom)
    if nom not in _DESSINS and nom in DESSINS:
        from observatoire.restitution import dessins  # il emploie les outils de ce module

        dessin = dessins.DESSINS[nom]
    if dessin is None:
        return None
    vue = Vue(bloc)
    detail = [ligne for ligne in vue.lignes if ligne["ventilation_1"]] or vue.lignes
    montrable = any(ligne["etat"] == "publie" and ligne["valeur"] for ligne in detail)
    if not montrable:
        return None
    # Les spécifications sont vérifiées par les tests : les revérifier à chaque page coûterait le tiers de son temps.
    with schemapi.debug_mode(False):
        return dessin(vue)


def image(spec: dict[str, Any]) -> str:
    """L'image fixe (SVG) d'une spécification, écrite à la française et sans élément variable."""
    import vl_convert

    return alleger(vl_convert.vegalite_to_svg(spec, **theme.options_rendu()))


# Barres


def _texte_colonne(cellule: Cellule) -> str:
    """Étiquette d'une année : le taux que montre la colonne, et lui seul s'il se calcule."""
    if cellule.publiee and cellule.unite == "%" and (cellule.base is None or cellule.base >= 10):
        return locale.pourcentage(cellule.valeur, cellule.base)
    return texte_cellule(cellule)


def texte_cellule(cellule: Cellule, euros: bool = False) -> str:
    """Étiquette d'une cellule dans un graphique : « 16 · 64 % », « 15 », « masqué », « n.r. »…"""
    if not cellule.publiee:
        return etat(cellule.etat).mot
    if cellule.unite == "%" and cellule.numerateur is not None:
        effectif = locale.montant(cellule.numerateur) if euros else locale.nombre(cellule.numerateur)
        if cellule.base is not None and cellule.base < 10:
            return f"{effectif} sur {locale.nombre(cellule.base)}"
        return f"{effectif} · {locale.pourcentage(cellule.valeur, cellule.base, euros=euros)}"
    if cellule.unite == "%" or cellule.unite.startswith(("€", "euro")):
        return locale.valeur_unite(cellule.valeur, cellule.unite, cellule.base)
    return locale.nombre_de(cellule.valeur, cellule.unite)


def infobulle(cellule: Cellule, texte: str, motif: str = "") -> str:
    """Ce que dit l'infobulle d'une marque : sa valeur, ou son état en toutes lettres et la raison d'une retenue."""
    if cellule.publiee:
        return texte
    lettres = etat(cellule.etat).lettres
    return f"{lettres}{INSECABLE}: {motif}" if motif and cellule.etat == "retenu" else lettres


def _barres(vue: Vue) -> Graphique:
    """Barres horizontales triées, étiquetées au bout ; une barre fine rappelle l'année précédente."""
    lignes, reperes, haut = [], [], 0
    modalites = vue.modalites_dessinees()
    plus_forte = max(
        (vue.ligne(vue.definition.nom, m).valeur or 0 for m in modalites if not est_inconnu(m.code)), default=0
    )
    coloree = couleurs.coloree(vue.ventilation)
    montrees, tues = _sans_masquees(vue, modalites)
    for modalite in montrees:
        cellule = vue.ligne(vue.definition.nom, modalite)
        avant = vue.ligne_precedente(vue.definition.nom, modalite)
        en_tete = cellule.publiee and cellule.valeur == plus_forte > 0 and not est_inconnu(modalite.code)
        ton = "tiers" if est_inconnu(modalite.code) else "fort" if en_tete else "moyen"
        ton = couleurs.ton(vue.ventilation, modalite) if coloree else ton
        motif = vue.motif(modalite.code if not vue.ventilation else vue.definition.nom)
        haut += _place_libelle(modalite)
        lignes.append(_barre(modalite, cellule, haut, ton, "", vue.montant(vue.definition.nom), motif))
        if _rappelee(cellule, avant):
            rappel = haut + _BARRE + _SOUS_BARRE
            reperes.append({"x": avant.valeur, "haut": rappel, "bas": rappel + _RAPPEL})
        haut += _BARRE + _ESPACE
    if tues:
        lignes.append(_barre_masquees(tues, haut))
        haut += _LIGNE + _BARRE + _ESPACE
    return _assembler_barres(lignes, reperes, haut - _ESPACE + 2 + _SOUS_BARRE + _RAPPEL)


def _lignes_libelle(modalite: Modalite) -> list[str]:
    return couper(modalite.libelle, _SIGNES_LIBELLE) or [""]


def couper(texte: str, signes: int) -> list[str]:
    """Les lignes d'un texte, de `signes` signes au plus et de longueurs voisines : aucun mot ne finit seul."""
    lignes = textwrap.wrap(texte, signes, break_long_words=False)
    if len(lignes) < 2:
        return lignes
    largeurs = range(-(-len(texte) // len(lignes)), signes + 1)
    essais = (textwrap.wrap(texte, large, break_long_words=False) for large in largeurs)
    return next((essai for essai in essais if len(essai) == len(lignes)), lignes)


def _place_libelle(modalite: Modalite) -> int:
    """La hauteur que prend le libellé d'une modalité au-dessus de sa barre."""
    return _LIGNE + _INTERLIGNE * (len(_lignes_libelle(modalite)) - 1)


def _sans_masquees(vue: Vue, modalites: list[Modalite]) -> tuple[list[Modalite], int]:
    """Les lignes à dessiner, et le nombre de lignes masquées réunies en une seule : elles n'ont rien à montrer."""
    masquees = [m for m in modalites if all(vue.ligne(d.nom, m).masquee for d in vue.definitions)]
    if len(masquees) < _MASQUEES_REUNIES or not vue.ventilation:
        return modalites, 0
    return [m for m in modalites if m not in masquees], len(masquees)


def _barre_masquees(nombre: int, haut: float) -> dict[str, Any]:
    reste = Modalite("", f"{nombre} autres lignes, aux effectifs trop faibles")
    return _barre(reste, Cellule("masque"), haut + _LIGNE, "moyen", "")


def rappels(vue: Vue) -> bool:
    """Une barre de l'année précédente est-elle dessinée ? Sinon, la légende n'en parle pas."""
    nom = vue.definition.nom
    return any(_rappelee(vue.ligne(nom, m), vue.ligne_precedente(nom, m)) for m in vue.modalites_dessinees())


def _rappelee(cellule: Cellule, avant: Cellule) -> bool:
    return bool(cellule.publiee and avant.publiee and avant.valeur)


def _comparaison(vue: Vue) -> Graphique:
    """Barres groupées : pour chaque modalité, une barre par indicateur comparé."""
    lignes, haut = [], 0
    montrees, tues = _sans_masquees(vue, vue.modalites_dessinees())
    for modalite in montrees:
        haut += _place_libelle(modalite)
        for rang, definition in enumerate(vue.definitions):
            ton = theme.SERIES[rang % len(theme.SERIES)]
            cellule = vue.cellule(definition.nom, modalite.code) if vue.ventilation else vue.total(definition.nom)
            lignes.append(
                _barre(
                    modalite if rang == 0 else None,
                    cellule,
                    haut + rang * (_BARRE + 2),
                    ton,
                    definition.libelle,
                    motif=vue.motif(definition.nom),
                )
            )
        haut += len(vue.definitions) * (_BARRE + 2) + _ESPACE
    if tues:
        lignes.append(_barre_masquees(tues, haut))
        haut += _LIGNE + _BARRE + _ESPACE
    return _assembler_barres(lignes, [], haut - _ESPACE + 4)


def _territoires(vue: Vue) -> Graphique | None:
    """Un territoire par barre ; rien si les lignes sont des indicateurs d'unités différentes."""
    if vue.ventilation == "indicateur" and len({ligne["unite"] for ligne in vue.lignes}) > 1:
        return None
    return _comparaison(vue)


def _barre(
    modalite: Modalite | None,
    cellule: Cellule,
    haut: float,
    ton: str,
    serie: str,
    euros: bool = False,
    motif: str = "",
) -> dict[str, Any]:
    libelle = _lignes_libelle(modalite) if modalite else [""]
    texte = texte_cellule(cellule, euros)
    return {
        "modalite": modalite.libelle if modalite else "",
        "libelle": libelle if len(libelle) > 1 else libelle[0],
        "serie": serie,
        "valeur": cellule.valeur if cellule.publiee else 0,
        "texte": texte,
        "lu": infobulle(cellule, texte, motif),
        "haut": haut,
        "bas": haut + _BARRE,
        "milieu": haut + _BARRE / 2,
        "titre": haut - 6 - _INTERLIGNE * (len(libelle) - 1),
        "ton": theme.couleur(ton),
        "encre": theme.couleur("encre" if cellule.publiee else "doux"),
    }


def _assembler_barres(lignes: list[dict], reperes: list[dict], hauteur: float) -> Graphique:
    maximum = max([ligne["valeur"] for ligne in lignes] + [r["x"] for r in reperes] + [0]) or 1
    marge = max([_MARGE_TEXTE, *(round(12 + _CHASSE * len(ligne["texte"])) for ligne in lignes)])
    echelle = alt.Scale(domain=[0, maximum], range=[0, {"expr": f"max(40, width - {marge})"}], nice=False)
    x = alt.X("valeur:Q", axis=None, scale=echelle)
    donnees = alt.InlineData(values=lignes, name=_COURANTE)
    base = alt.Chart(donnees)
    bulle = [alt.Tooltip("modalite:N", title="Modalité"), alt.Tooltip("lu:N", title="Valeur")]
    if any(ligne["serie"] for ligne in lignes):
        bulle.insert(1, alt.Tooltip("serie:N", title="Série"))
    calques = [
        base.mark_rect(cornerRadiusEnd=1).encode(
            x=x, x2=alt.X2Datum(0), y=hauteur_y("haut", hauteur), y2=alt.Y2("bas"), fill=ton_de("ton"), tooltip=bulle
        ),
        base.mark_text(align="left", baseline="bottom", lineHeight=_INTERLIGNE).encode(
            x=alt.XValue(0), y=hauteur_y("titre", hauteur), text=alt.Text("libelle:N"), fill=encre("encre")
        ),
        base.mark_text(align="left", baseline="middle", dx=6, fontWeight=600, clip=False).encode(
            x=x, y=hauteur_y("milieu", hauteur), text=alt.Text("texte:N"), fill=ton_de("encre"), tooltip=bulle
        ),
    ]
    if reperes:
        x_repere = alt.X("x:Q", axis=None, scale=echelle)
        calques.append(
            alt.Chart(alt.InlineData(values=reperes, name=_REPERE))
            .mark_rect()
            .encode(
                x=x_repere,
                x2=alt.X2Datum(0),
                y=hauteur_y("haut", hauteur),
                y2=alt.Y2("bas"),
                fill=encre("tiers"),
            )
        )
    return deux_largeurs(alt.layer(*calques).properties(height=hauteur))


# Colonnes


def _serie(vue: Vue) -> Graphique | None:
    """Colonnes mensuelles, une rangée par indicateur."""
    rangees = []
    for definition in vue.definitions:
        cellules = [(m, vue.cellule(definition.nom, m.code)) for m in vue.modalites()]
        sommet = max((c.valeur for _, c in cellules if c.publiee), default=0)
        rangees.append(
            (
                definition.libelle,
                [
                    Colonne(
                        f"{rang:02d}",
                        _mois_court(m),
                        "",
                        c,
                        "fort" if c.publiee and c.valeur == sommet else "moyen",
                        vue.motif(definition.nom),
                    )
                    for rang, (m, c) in enumerate(cellules)
                ],
            )
        )
    return _fluide(assembler_colonnes(rangees, [[] for _ in rangees]))


def _mois_court(modalite: Modalite) -> str:
    return locale.mois(modalite.code, abrege=True)


def _historique(vue: Vue) -> Graphique | None:
    """Une colonne par année et par définition ; un trait marque le changement de définition."""
    rangees, ruptures = rangees_historiques(vue)
    return _fluide(assembler_colonnes(rangees, ruptures))


def rangees_historiques(vue: Vue) -> tuple[list[tuple[str, list[Colonne]]], list[list[str]]]:
    """Pour chaque indicateur, ses colonnes et les années où sa définition change."""
    rangees, ruptures = [], []
    for definition in vue.definitions:
        versions = versions_historique(vue, definition.nom)
        colonnes = []
        for rang, (version, cellules) in enumerate(versions.items()):
            serie = theme.SERIES[rang % len(theme.SERIES)]
            colonnes += [
                Colonne(str(a), str(a), version, c, _ton_annee(vue, a, serie, versions), vue.motif(definition.nom, a))
                for a, c in cellules.items()
            ]
        rangees.append((definition.libelle, colonnes))
        ruptures.append([str(a) for a in annees_de_rupture(versions)])
    return rangees, ruptures


def _ton_annee(vue: Vue, annee: int, serie: str, versions: dict[str, dict[int, Cellule]]) -> str:
    """L'année du rapport en foncé, les autres en clair ; la teinte de sa définition, s'il y en a plusieurs."""
    if len(versions) > 1:
        return serie
    return "fort" if annee == vue.annee else "moyen"


def versions_historique(vue: Vue, indicateur: str) -> dict[str, dict[int, Cellule]]:
    """version de définition → année → cellule du total, versions et années croissantes."""
    versions: dict[str, dict[int, Cellule]] = {}
    for ligne in vue.lignes:
        if ligne["indicateur"] == indicateur and not ligne["ventilation_1"]:
            lue = (ligne["etat"], ligne["valeur"], ligne["numerateur"], ligne["base"], ligne["unite"] or "")
            cellule = Cellule(*lue, non_renseignes=ligne["non_renseignes"])
            versions.setdefault(str(ligne["version_definition"] or ""), {})[ligne["annee"]] = cellule
    return {v: dict(sorted(versions[v].items())) for v in sorted(versions)}


def annees_de_rupture(versions: dict[str, dict[int, Cellule]]) -> list[int]:
    """Premières années des définitions qui en remplacent une autre."""
    premieres = [min(cellules) for cellules in versions.values() if cellules]
    plus_ancienne = min(premieres, default=0)
    return sorted({a for a in premieres if a > plus_ancienne})


def assembler_colonnes(
    rangees: list[tuple[str, list[Colonne]]], ruptures: list[list[str]], colonnes: int = 1, signes: int = 60
) -> alt.LayerChart | None:
    """Des panneaux de colonnes, un par rangée d'indicateur, posés en grille de `colonnes` panneaux par ligne.

    `ruptures` : pour chaque rangée, les cases où la définition change ; `signes` : où couper le titre d'un panneau.
    """
    paires = [(r, rupture) for r, rupture in zip(rangees, ruptures, strict=True) if r[1]]
    if not paires:
        return None
    cases = sorted({c.case for (_, siennes), _ in paires for c in siennes})
    part = (1 - _BLANC_PANNEAUX * (colonnes - 1)) / colonnes
    donnees, etiquettes, titres, traits, socles, haut = [], [], [], [], [], 0
    for debut in range(0, len(paires), colonnes):
        ligne = paires[debut : debut + colonnes]
        coupes = [textwrap.wrap(titre, signes if colonnes > 1 else 200) for (titre, _), _ in ligne]
        entete = 10 + 16 * max(map(len, coupes)) if len(paires) > 1 else 0
        taille = _PANNEAU if colonnes == 1 else _PETIT_PANNEAU
        taille = max(_panneau(siennes, len(cases), taille) for (_, siennes), _ in ligne)
        pied = haut + entete + 18 + taille
        for place, ((titre, siennes), rupture) in enumerate(ligne):
            cadre = (place * (part + _BLANC_PANNEAUX), part)
            donnees += _colonnes_panneau(titre, siennes, cases, pied, taille, cadre)
            etiquettes += _pieds(siennes, cases, pied, cadre)
            socles.append({"x": cadre[0], "x2": sum(cadre), "y": pied})
            traits += [
                {"x": cadre[0] + part * cases.index(r) / len(cases), "y": haut + entete, "y2": pied}
                for r in rupture
                if r in cases
            ]
            if len(paires) > 1:
                titres.append(
                    {"titre": coupes[place], "x": cadre[0], "y": haut + entete - 8 - 16 * (len(coupes[place]) - 1)}
                )
        haut = pied + 28 + (14 if colonnes > 1 else 0)
    hauteur = haut - 22 - (14 if colonnes > 1 else 0)
    return _tracer_colonnes(donnees, etiquettes, titres, traits, socles, len(cases) / part, hauteur)


def _fluide(dessin: alt.LayerChart | None) -> Graphique | None:
    return deux_largeurs(dessin) if dessin is not None else None


def _colonnes_panneau(
    titre: str, colonnes: list[Colonne], cases: list[str], pied: float, taille: float, cadre: tuple[float, float]
) -> list[dict[str, Any]]:
    """Les colonnes d'un panneau ; `cadre` : son bord gauche et sa largeur, en part de la largeur."""
    sommet = max((c.cellule.valeur for c in colonnes if c.cellule.publiee), default=0) or 1
    longueurs = {
        publiee: max((len(_texte_colonne(c.cellule)) for c in colonnes if c.cellule.publiee is publiee), default=0)
        for publiee in (True, False)
    }
    lignes = []
    for c in colonnes:
        valeur = c.cellule.valeur if c.cellule.publiee else 0
        lignes.append(
            {
                **{bord: cadre[0] + cadre[1] * x for bord, x in _place(c, colonnes, cases).items()},
                "libelle": c.etiquette,
                "indicateur": titre,
                "texte": _texte_colonne(c.cellule),
                "lu": infobulle(c.cellule, _texte_colonne(c.cellule), c.motif),
                "publiee": c.cellule.publiee,
                "longueur": longueurs[c.cellule.publiee],
                "sommet": valeur == sommet,
                "haut": pied - valeur / sommet * taille,
                "bas": pied,
                "ton": theme.couleur(c.ton),
                "encre": theme.couleur("encre" if c.cellule.publiee else "doux"),
            }
        )
    return lignes


def _pieds(colonnes: list[Colonne], cases: list[str], pied: float, cadre: tuple[float, float]) -> list[dict[str, Any]]:
    noms = {c.case: c.etiquette for c in colonnes}
    return [
        {"centre": cadre[0] + cadre[1] * (cases.index(case) + 0.5) / len(cases), "y": pied + 16, "libelle": nom}
        for case, nom in noms.items()
    ]


def _panneau(colonnes: list[Colonne], cases: int, taille: int) -> int:
    """La hauteur d'une rangée ; sans une seule valeur, de quoi écrire les états, debout en cases étroites."""
    if any(c.cellule.publiee for c in colonnes):
        return taille
    return 10 if cases <= 6 else 64


def _place(colonne: Colonne, colonnes: list[Colonne], cases: list[str]) -> dict[str, float]:
    """Bords d'une colonne, en part de la largeur : les colonnes d'une même case se partagent sa place."""
    voisines = sorted(c.sous_case for c in colonnes if c.case == colonne.case)
    case = 1 / len(cases)
    debut = cases.index(colonne.case) * case + 0.11 * case
    pas = 0.78 * case / len(voisines)
    largeur = min(pas, 0.68 * case)
    gauche = debut + voisines.index(colonne.sous_case) * pas + (pas - largeur) / 2
    return {"gauche": gauche, "droite": gauche + largeur - 0.02 * case, "centre": gauche + largeur / 2 - 0.01 * case}


def _tracer_colonnes(
    donnees: list[dict],
    etiquettes: list[dict],
    titres: list[dict],
    traits: list[dict],
    socles: list[dict],
    cases: float,
    hauteur: float,
) -> alt.LayerChart:
    base = alt.Chart(alt.InlineData(values=donnees, name=_COURANTE))
    # Les mois s'écrivent par leur initiale quand les cases deviennent trop étroites.
    court = f"width / {cases} < 34 ? upper(slice(datum.libelle, 0, 1)) : datum.libelle"
    # Des valeurs plus larges que leurs cases se chevaucheraient : seul le sommet s'écrit, le tableau dit le reste.
    visible = f"datum.sommet || datum.longueur * {_CHASSE} <= width / {cases} ? datum.texte : ''"
    # Une colonne sans valeur porte toujours son état, debout si la case est étroite : elle n'est pas un zéro.
    muettes = max((d["longueur"] for d in donnees if not d["publiee"]), default=0)
    debout = f"{muettes * _CHASSE} > width / {cases}"
    calques = [
        base.mark_rect(cornerRadiusTopLeft=1, cornerRadiusTopRight=1).encode(
            x=abscisse("gauche", 1),
            x2=alt.X2("droite"),
            y=hauteur_y("haut", hauteur),
            y2=alt.Y2("bas"),
            fill=ton_de("ton"),
            tooltip=[
                alt.Tooltip("libelle:N", title="Période"),
                alt.Tooltip("indicateur:N", title="Indicateur"),
                alt.Tooltip("lu:N", title="Valeur"),
            ],
        ),
        base.transform_filter("datum.publiee")
        .transform_calculate(visible=visible)
        .mark_text(baseline="bottom", dy=-4, fontWeight=600)
        .encode(
            x=abscisse("centre", 1), y=hauteur_y("haut", hauteur), text=alt.Text("visible:N"), fill=ton_de("encre")
        ),
        alt.Chart(alt.InlineData(values=etiquettes, name="etiquettes"))
        .transform_calculate(affiche=court)
        .mark_text(baseline="middle", fontSize=12)
        .encode(x=abscisse("centre", 1), y=hauteur_y("y", hauteur), text=alt.Text("affiche:N"), fill=encre("doux")),
        alt.Chart(alt.InlineData(values=socles, name="socles"))
        .mark_rule(strokeWidth=1)
        .encode(x=abscisse("x", 1), x2=alt.X2("x2"), y=hauteur_y("y", hauteur), stroke=trait("tiers")),
    ]
    if muettes:
        calques.append(
            base.transform_filter("!datum.publiee")
            .mark_text(
                align={"expr": f"{debout} ? 'left' : 'center'"},
                baseline={"expr": f"{debout} ? 'middle' : 'bottom'"},
                angle={"expr": f"{debout} ? 270 : 0"},
                dx={"expr": f"{debout} ? 5 : 0"},
                dy={"expr": f"{debout} ? 0 : -4"},
                fontSize=12,
            )
            .encode(
                x=abscisse("centre", 1),
                y=hauteur_y("bas", hauteur),
                text=alt.Text("texte:N"),
                fill=ton_de("encre"),
                tooltip=[alt.Tooltip("libelle:N", title="Période"), alt.Tooltip("lu:N", title="Valeur")],
            )
        )
    if titres:
        calques.append(
            alt.Chart(alt.InlineData(values=titres, name="titres"))
            .mark_text(align="left", baseline="bottom", fontWeight=600, lineHeight=16)
            .encode(x=abscisse("x", 1), y=hauteur_y("y", hauteur), text=alt.Text("titre:N"), fill=encre("encre"))
        )
    if traits:
        calques.append(
            alt.Chart(alt.InlineData(values=traits, name="ruptures"))
            .mark_rule(strokeWidth=1.5, strokeDash=[5, 4])
            .encode(x=abscisse("x", 1), y=hauteur_y("y", hauteur), y2=alt.Y2("y2"), stroke=trait("repere"))
        )
    return alt.layer(*calques).properties(height=hauteur)


# Matrice

_SIGNES_LIGNE, _CHASSE_LIGNE = 25, 7.1  # libellés des lignes, à gauche des cases : où les couper, largeur d'un signe


def _matrice(vue: Vue) -> Graphique | None:
    """Croisement : chaque case porte son nombre, sa teinte suit l'effectif."""
    lignes, colonnes = vue.axes_matrice()
    if not lignes or not colonnes:
        return None
    return Graphique(
        theme.specification(_tracer_matrice(vue, lignes, colonnes, LARGEUR_MATRICE, _gouttiere(lignes))),
        theme.specification(_tracer_matrice(vue, lignes, colonnes, LARGEUR_ETROITE, 0)),
        fluide=False,
    )


def _gouttiere(lignes: list[Modalite]) -> int:
    """La place des libellés à gauche des cases : celle du plus long, une fois coupé."""
    plus_long = max(len(texte) for m in lignes for texte in couper(m.libelle, _SIGNES_LIGNE))
    return round(12 + _CHASSE_LIGNE * max(12, plus_long))


def _tracer_matrice(
    vue: Vue, lignes: list[Modalite], colonnes: list[Modalite], largeur: int, gouttiere: int
) -> alt.LayerChart:
    """Trace la matrice ; sans gouttière, le libellé de la ligne passe au-dessus de ses cases."""
    case = (largeur - gouttiere) / len(colonnes)
    titres, haut = _titres_colonnes(colonnes, case, gouttiere)
    sommet = (
        max(
            (
                c.effectif
                for m in lignes
                for n in colonnes
                if (c := vue.cellule(vue.definition.nom, m.code, n.code)).publiee
            ),
            default=0,
        )
        or 1
    )
    cases, marges = [], []
    libelles = [couper(m.libelle, _SIGNES_LIGNE if gouttiere else 46) for m in lignes]
    plus = max(map(len, libelles))
    # Le libellé d'une ligne est à gauche de ses cases, ou au-dessus : il décide de la hauteur de toutes.
    pas = max(36, 8 + 14 * plus) if gouttiere else 36 + 14 * plus
    for rang, ligne in enumerate(lignes):
        bas = haut + (rang + 1) * pas - 3
        for place, colonne in enumerate(colonnes):
            cellule = vue.cellule(vue.definition.nom, ligne.code, colonne.code)
            gauche = gouttiere + place * case
            cases.append(
                {
                    **_case(cellule, sommet, vue.motif(vue.definition.nom)),
                    "gauche": gauche,
                    "droite": gauche + case - 3,
                    "bas": bas,
                    "haut": bas - 30,
                    "centre": gauche + (case - 3) / 2,
                    "milieu": bas - 15,
                    "ligne": ligne.libelle,
                    "colonne": colonne.libelle,
                }
            )
        texte = libelles[rang]
        marges.append(
            {
                "texte": texte,
                "x": gouttiere - 10 if gouttiere else 0,
                "y": bas - 15 - 7 * (len(texte) - 1) if gouttiere else bas - 38 - 14 * (len(texte) - 1),
            }
        )
    hauteur = haut + len(lignes) * pas
    marge = alt.Chart(alt.InlineData(values=marges, name="lignes"))
    base = alt.Chart(alt.InlineData(values=cases, name=_COURANTE))
    incline = bool(titres and titres[0]["angle"])
    calques = [
        base.mark_rect().encode(
            x=abscisse("gauche", largeur),
            x2=alt.X2("droite"),
            y=hauteur_y("haut", hauteur),
            y2=alt.Y2("bas"),
            fill=ton_de("ton"),
            tooltip=[
                alt.Tooltip("ligne:N", title="Ligne"),
                alt.Tooltip("colonne:N", title="Colonne"),
                alt.Tooltip("lu:N", title="Effectif"),
            ],
        ),
        base.mark_text(baseline="middle", fontWeight=600).encode(
            x=abscisse("centre", largeur),
            y=hauteur_y("milieu", hauteur),
            text=alt.Text("texte:N"),
            fill=ton_de("encre"),
        ),
        marge.mark_text(align="right" if gouttiere else "left", baseline="middle", lineHeight=14, fontSize=12).encode(
            x=abscisse("x", largeur), y=hauteur_y("y", hauteur), text=alt.Text("texte:N"), fill=encre("encre")
        ),
        alt.Chart(alt.InlineData(values=titres, name="colonnes"))
        .mark_text(
            align="left" if incline else "center",
            baseline="middle" if incline else "top",
            lineHeight=14,
            fontSize=12,
            angle=270 if incline else 0,
        )
        .encode(x=abscisse("x", largeur), y=hauteur_y("y", hauteur), text=alt.Text("texte:N"), fill=encre("doux")),
    ]
    return alt.layer(*calques).properties(width=largeur, height=hauteur)


def _titres_colonnes(colonnes: list[Modalite], case: float, gauche: float) -> tuple[list[dict], float]:
    """Titres des colonnes, coupés à la largeur des cases ou dressés ; et la hauteur qu'ils prennent."""
    signes = max(3, int((case - 4) / 6.4))
    coupes = [textwrap.wrap(c.libelle, signes, break_long_words=False)[:5] for c in colonnes]
    dresse = any(len(mot) > signes for c in colonnes for mot in c.libelle.split())
    if dresse:
        coupes = [textwrap.wrap(c.libelle, 26)[:2] for c in colonnes]
        hauteur = 10 + 6.6 * max(len(ligne) for lignes in coupes for ligne in lignes)
    else:
        hauteur = 12 + 14 * max(len(lignes) for lignes in coupes)
    titres = []
    for place, lignes in enumerate(coupes):
        decalage = -7 * (len(lignes) - 1) if dresse else 0
        titres.append(
            {
                "texte": lignes,
                "x": gauche + place * case + (case - 3) / 2 + decalage,
                "y": hauteur - 4 if dresse else hauteur - 8 - 14 * len(lignes),
                "angle": dresse,
            }
        )
    return titres, hauteur


def _case(cellule: Cellule, sommet: float, motif: str = "") -> dict[str, str]:
    if not cellule.publiee:
        return {
            "texte": "s" if cellule.masquee else etat(cellule.etat).mot,
            "lu": infobulle(cellule, "", motif),
            "ton": theme.couleur("voile"),
            "encre": theme.couleur("doux"),
        }
    if not cellule.effectif:
        return {"texte": "0", "lu": "0", "ton": theme.couleur("chaleur_0"), "encre": theme.couleur("doux")}
    degre = min(4, 1 + int(cellule.effectif / sommet * 3.999))
    return {
        "texte": locale.nombre(cellule.effectif),
        "lu": locale.nombre(cellule.effectif),
        "ton": theme.couleur(f"chaleur_{degre}"),
        "encre": theme.couleur("sur_fonce" if degre >= 3 else "sur_clair"),
    }


# Outils


def hauteur_y(champ: str, hauteur: float) -> alt.Y:
    """Ordonnée en pixels, comptée du haut."""
    return alt.Y(
        f"{champ}:Q", axis=None, scale=alt.Scale(domain=[0, hauteur], range=[0, hauteur], nice=False, zero=False)
    )


def abscisse(champ: str, largeur: float) -> alt.X:
    return alt.X(f"{champ}:Q", axis=None, scale=alt.Scale(domain=[0, largeur], nice=False, zero=False))


def encre(nom: str) -> alt.FillValue:
    return alt.FillValue(theme.couleur(nom))


def trait(nom: str) -> alt.StrokeValue:
    return alt.StrokeValue(theme.couleur(nom))


def ton_de(champ: str) -> alt.Fill:
    return alt.Fill(f"{champ}:N", scale=None, legend=None)


def deux_largeurs(dessin: alt.LayerChart) -> Graphique:
    """Le même dessin en deux largeurs : seule la sienne change, tout le reste s'y adapte."""
    large = theme.specification(dessin)
    return Graphique({**large, "width": LARGEUR}, {**large, "width": LARGEUR_ETROITE})


_DESSINS = {
    "barres": _barres,
    "comparaison": _comparaison,
    "territoires": _territoires,
    "serie": _serie,
    "historique": _historique,
    "matrice": _matrice,
}
