"""Dire ce que la qualité retient, à la place du chiffre : quoi, pourquoi, et ce à quoi l'on peut encore se fier."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from observatoire.campagne.donnees_types import ETATS as ETATS_CELLULE
from observatoire.campagne.donnees_types import Bloc, Retenue
from observatoire.restitution import locale
from observatoire.restitution.cellules import Vue
from observatoire.restitution.etats import raison
from observatoire.restitution.locale import INSECABLE, enumeration, guillemets
from observatoire.restitution.tableaux import intitule

TERRITOIRE = "territoire"


def encart(bloc: Bloc) -> Markup:
    """Sous le titre d'une figure : chaque retenue et sa raison, puis ce qui n'en dépend pas ; vide sans retenue."""
    dites = _dites(bloc)
    if not dites:
        return Markup("")
    annee = Vue(bloc).annee
    textes = [(locale.majuscule(_sujet(bloc, g, annee)), raison(g[0].motifs)) for g in _groupes(dites)]
    reste = (
        Markup('<p class="reste">{}</p>').format(locale.typographie(ce_qui_reste(bloc))) if ce_qui_reste(bloc) else ""
    )
    if all(r.annee != annee for r in dites):  # le panneau de qualité n'a de remède que pour l'année du rapport
        items = Markup("").join(
            Markup("<p><b>{}, retenu par le contrôle de la qualité{}:</b> {}</p>").format(sujet, INSECABLE, pourquoi)
            for sujet, pourquoi in textes
        )
        return Markup('<div class="retenue passee" role="note">{}{}</div>').format(items, reste)
    items = Markup("").join(Markup("<li><b>{}{}:</b> {}</li>").format(s, INSECABLE, p) for s, p in textes)
    return Markup(
        '<div class="retenue" role="note"><p class="quoi">Retenu par le contrôle de la qualité</p><ul>{}</ul>{}'
        '<p class="remede"><a href="#qualite">Ce qu\'il faut corriger</a></p></div>'
    ).format(items, reste)


def _dites(bloc: Bloc) -> tuple[Retenue, ...]:
    """Les retenues de ce que la figure imprime : un croisement n'imprime pas l'année précédente."""
    vue = Vue(bloc)
    if bloc.graphique == "historique" or not vue.croisement[1]:
        return bloc.retenues
    return tuple(r for r in bloc.retenues if r.annee == vue.annee)


def ce_qui_reste(bloc: Bloc) -> str:
    """Ce à quoi l'on peut se fier dans une figure touchée ; vide s'il n'y reste rien."""
    vue = Vue(bloc)
    # Un tableau par territoire nomme ses colonnes d'après les territoires : ses lignes sont les indicateurs.
    noms = {d.nom: d.libelle for d in bloc.definitions}
    touches = {r.indicateur for r in bloc.retenues if r.annee == vue.annee}
    entiers = {n for n in touches if not _a_une_cellule(bloc, n, vue.annee)}
    saufs = [
        lib for nom, lib in noms.items() if nom not in touches and _a_une_cellule(bloc, nom, vue.annee, ("publie",))
    ]
    phrases = []
    if not touches:
        return f"Les chiffres de {vue.annee} n'en dépendent pas."
    if touches - entiers:
        ensemble = any(r.ventilation == TERRITOIRE for r in bloc.retenues)
        phrases.append(("L'ensemble" if ensemble else "Le total") + " ne dépend pas de ce détail")
    if saufs:
        liste = enumeration(guillemets(s) for s in saufs[:4])
        liste = f"Les {len(saufs)} autres chiffres" if len(saufs) > 4 else liste
        verbe = "ne lisent pas" if len(saufs) > 1 else "ne lit pas"
        phrases.append(f"{liste} {verbe} la donnée en cause")
    # Un chiffre sûr cette année peut être retenu l'année d'avant : la confiance se date alors.
    datee = any(r.annee != vue.annee and r.indicateur not in entiers for r in _dites(bloc))
    fier = f"en {vue.annee}, vous pouvez vous y fier" if datee else "vous pouvez vous y fier"
    return f"{' ; '.join(phrases)} : {fier}{_reserve(bloc)}." if phrases else ""


def resume(blocs: Sequence[Bloc]) -> str:
    """La phrase d'une section dont des figures sont retenues : lesquelles, et à quoi se fier ; vide sans retenue."""
    entieres = [b for b in blocs if _retenus(b) and not _reste(b)]
    partielles = [b for b in blocs if _retenus(b) and _reste(b)]
    if len(blocs) < 2 or not (entieres or partielles):
        return ""
    dits = [f"{_noms(entieres)} ({_combien(entieres)})"] if entieres else []
    dits += [f"{_noms(partielles)} (en partie)"] if partielles else []
    texte = f"Retenu ici par le contrôle de la qualité : {' ; '.join(dits)}."
    saufs = [b for b in blocs if not _retenus(b)]
    if not saufs:
        return texte + (" Chaque figure dit ce qui y reste sûr." if partielles else "")
    verbe = "ne lisent pas" if len(saufs) > 1 else "ne lit pas"
    return f"{texte} {locale.majuscule(_noms(saufs))} {verbe} les données en cause : vous pouvez vous y fier."


def _combien(blocs: Sequence[Bloc]) -> str:
    return "toute la figure" if len(blocs) == 1 else "figures entières"


def _noms(blocs: Sequence[Bloc], plafond: int = 4) -> str:
    if len(blocs) > plafond:
        return f"les {len(blocs)} autres figures"
    return enumeration(guillemets(b.titre) for b in blocs)


def _retenus(bloc: Bloc) -> set[str]:
    """Les indicateurs d'un bloc dont l'année imprimée est retenue, en tout ou partie."""
    annee = Vue(bloc).annee
    return {r.indicateur for r in bloc.retenues if r.annee == annee}


def _reste(bloc: Bloc) -> bool:
    """Y a-t-il encore un chiffre de l'année à lire dans ce bloc ?"""
    annee = Vue(bloc).annee
    return any(_a_une_cellule(bloc, d.nom, annee) for d in bloc.definitions)


# Les états d'une cellule que la qualité ne retient pas.
_NON_RETENUS = tuple(e for e in ETATS_CELLULE if e != "retenu")


def _a_une_cellule(bloc: Bloc, indicateur: str, annee: int, etats: tuple[str, ...] = _NON_RETENUS) -> bool:
    """L'indicateur a-t-il cette année-là une cellule dans l'un de ces états ? Territoires côte à côte compris."""
    return any(
        ligne["etat"] in etats and ligne["annee"] == annee and indicateur in (ligne["indicateur"], ligne["modalite_1"])
        for ligne in bloc.table.iter_rows(named=True)
    )


def _groupes(retenues: Sequence[Retenue]) -> list[list[Retenue]]:
    """Les retenues de même étendue, de même raison et de mêmes années : une seule phrase pour toutes."""
    annees: dict[tuple, list[int]] = {}
    for r in retenues:
        annees.setdefault((r.indicateur, r.ventilation, r.motifs), []).append(r.annee)
    groupes: dict[tuple, list[Retenue]] = {}
    for r in retenues:
        siennes = tuple(annees[r.indicateur, r.ventilation, r.motifs])
        groupes.setdefault((r.ventilation, r.motifs, siennes), []).append(r)
    return list(groupes.values())


def _sujet(bloc: Bloc, groupe: Sequence[Retenue], annee: int) -> str:
    """« Ce chiffre », « « Sorties » et « Entrées » », « Le détail par composition », « … en 2021 »."""
    premiere, annees = groupe[0], sorted({r.annee for r in groupe}, reverse=True)
    libelles = {d.nom: d.libelle for d in bloc.definitions}
    touches = list(dict.fromkeys(r.indicateur for r in groupe))
    noms = enumeration(guillemets(libelles.get(nom, nom)) for nom in touches)
    tous = len(touches) == len(libelles)
    quand = "" if annees == [annee] else f" en {enumeration(map(str, annees))}"
    entiers = annee in annees and not any(_a_une_cellule(bloc, nom, annee) for nom in touches)
    if premiere.ventilation and not entiers:
        detail = "par territoire" if premiere.ventilation == TERRITOIRE else _par(bloc, premiere.ventilation)
        return f"le détail {detail}{'' if tous else f' de {noms}'}{quand}"
    if tous:
        return f"{'ce chiffre' if len(libelles) == 1 else 'ces chiffres'}{quand}"
    return f"{noms}{quand}"


def _par(bloc: Bloc, ventilation: str) -> str:
    return f"par {locale.minuscule(intitule(Vue(bloc), ventilation))}"


def _reserve(bloc: Bloc) -> str:
    return ", avec les réserves écrites plus bas" if bloc.alertes else ""
