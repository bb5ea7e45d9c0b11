"""Les tableaux et les phrases propres au cahier régional : n, N et % par département, repères reçus."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

from observatoire.cahiers.contenu import Figure, SourceMethode
from observatoire.restitution import locale
from observatoire.restitution.cellules import ABSENTE, Cellule, Modalite, Vue
from observatoire.restitution.etats import etat
from observatoire.restitution.listes import tableau_a_lire
from observatoire.restitution.locale import INSECABLE
from observatoire.restitution.tableaux import EnTete, Rangee, _Ecrivain, _html

RUPTURE = "‖"  # ce que portent les colonnes d'une année qui ne se compare pas
_BASE_PRUDENCE = 30


def tableau_departements(figure: Figure) -> Markup:
    """Un département par ligne ; n, N et % de l'année et de la précédente ; le total recalculé sur les sommes."""
    vue, ecrivain = Vue(figure.bloc), _Ecrivain()
    colonnes = _colonnes(figure, vue)
    rangees = [Rangee(nom, tuple(_cases(figure, vue, ecrivain, code))) for code, nom in figure.zones.items()]
    rangees.append(Rangee("Total", tuple(_cases(figure, vue, ecrivain, None)), total=True))
    quand = f"{vue.annee} et {vue.annee - 1}" if vue.a_precedente else str(vue.annee)
    html = _html(figure.bloc.titre, f"par département, {quand}", "Département", colonnes, rangees)
    return html + ecrivain.legende() + _legende_colonnes(figure, vue)


def _en_part(vue: Vue) -> bool:
    return vue.definition.forme == "rapport" and vue.definition.unite == "%"


def _colonnes(figure: Figure, vue: Vue) -> list[EnTete]:
    courante, avant = str(vue.annee), f"{vue.annee - 1}{INSECABLE}{RUPTURE}" if figure.ruptures else str(vue.annee - 1)
    titres = ("n", "N", "%") if _en_part(vue) else (_unite(vue),)
    colonnes = [EnTete(t, courante) for t in titres]
    return [*colonnes, *(EnTete(t, avant, True) for t in titres)] if vue.a_precedente else colonnes


def _unite(vue: Vue) -> str:
    return locale.majuscule(vue.definition.unite)


def _cases(figure: Figure, vue: Vue, ecrivain: _Ecrivain, code: str | None) -> list[Markup]:
    nom = vue.definition.nom
    courante = vue.total(nom) if code is None else ligne(vue, code)
    cases = _trois(figure, vue, ecrivain, courante)
    if vue.a_precedente:
        avant = vue.total_precedent(nom) if code is None else ligne(vue, code, avant=True)
        cases += _trois(figure, vue, ecrivain, avant)
    return cases


def ligne(vue: Vue, code: str, *, avant: bool = False) -> Cellule:
    """La cellule d'un territoire ; rien n'y est supposé nul : un territoire sans ligne est absent."""
    nom = vue.definition.nom
    if avant:
        return vue.ligne_precedente(nom, Modalite(code, code)) if vue.a_precedente else ABSENTE
    return vue.cellule(nom, code)


def _trois(figure: Figure, vue: Vue, ecrivain: _Ecrivain, cellule: Cellule) -> list[Markup]:
    if not _en_part(vue):
        return [ecrivain.valeur(cellule)]
    if not cellule.publiee:
        return [ecrivain.valeur(cellule), Markup(""), Markup("")]
    # Une source peut ne donner que le taux : ses effectifs ne sont pas reçus, et le tableau le dit.
    effectif, base = (
        ecrivain.valeur(Cellule("non_recu")) if n is None else escape(locale.nombre(n))
        for n in (cellule.numerateur, cellule.base)
    )
    part = escape(pourcentage(figure, cellule)) if _assez(cellule) else ecrivain.part(cellule)
    return [effectif, base, part]


def _assez(cellule: Cellule) -> bool:
    return cellule.base is None or cellule.base >= 10


def pourcentage(figure: Figure, cellule: Cellule) -> str:
    """Le taux d'une cellule, aux décimales que le bloc fixe."""
    return locale.pourcentage(cellule.valeur, cellule.base, figure.decimales)


def _legende_colonnes(figure: Figure, vue: Vue) -> Markup:
    morceaux = []
    if _en_part(vue):
        d = vue.definition
        morceaux += [f"n{INSECABLE}: {_sans_reglage(d.numerateur)}", f"N{INSECABLE}: {_sans_reglage(d.denominateur)}"]
    if figure.ruptures:
        morceaux.append(f"{RUPTURE}{INSECABLE}: rupture, les deux années ne se comparent pas")
    if not morceaux:
        return Markup("")
    return Markup('<p class="legende-etats">{}</p>').format(f"{INSECABLE}; ".join(map(locale.typographie, morceaux)))


def _sans_reglage(texte: str) -> str:
    """Le texte d'une définition sans le nom du réglage : les sources reçues n'en ont pas."""
    return re.sub(r" \(réglages? [^)]*\)", "", texte)


def tableau_structures(figure: Figure) -> Markup:
    """Une structure par ligne, de la valeur la plus haute à la plus basse ; mêmes colonnes que par département."""
    vue, ecrivain = Vue(figure.bloc), _Ecrivain()
    rangees = [Rangee(m.libelle, tuple(_cases(figure, vue, ecrivain, m.code))) for m in vue.modalites()]
    rangees.append(Rangee("Total", tuple(_cases(figure, vue, ecrivain, None)), total=True))
    quand = f"{vue.annee} et {vue.annee - 1}" if vue.a_precedente else str(vue.annee)
    html = _html(figure.bloc.titre, quand, "Structure", _colonnes(figure, vue), rangees)
    return html + ecrivain.legende() + _legende_colonnes(figure, vue)


# Phrases


def constat_departements(figure: Figure) -> str:
    """« De 10 % (Maine-et-Loire) à 27 % (Loire-Atlantique) » ; vide s'il n'y a pas deux valeurs à comparer."""
    vue = Vue(figure.bloc)
    connues = {nom: c for code, nom in figure.zones.items() if (c := ligne(vue, code)).publiee}
    if len(connues) < 2:
        return ""
    (bas, moins), (haut, plus) = (f(connues.items(), key=lambda x: x[1].valeur) for f in (min, max))
    plancher, sommet = (_ecrire(figure, vue, c) for c in (moins, plus))
    if plancher == sommet:
        return f"{sommet} dans chaque département"
    suite = ", parmi les valeurs diffusées" if len(connues) < len(figure.zones) else ""
    return f"De {plancher} ({bas}) à {sommet} ({haut}){suite}"


def _ecrire(figure: Figure, vue: Vue, cellule: Cellule) -> str:
    return pourcentage(figure, cellule) if _en_part(vue) else locale.nombre(cellule.valeur)


def phrase_departements(figure: Figure) -> str:
    """Le total et celui de l'année précédente ; dit quand l'écart ne se lit pas comme une évolution."""
    vue = Vue(figure.bloc)
    total, avant = vue.total(vue.definition.nom), vue.total_precedent(vue.definition.nom)
    if not total.publiee:
        if total.etat == "non_recu":
            return f"Aucune structure de la région n'a transmis ce chiffre pour {vue.annee}."
        return locale.typographie(f"Total de la région : {etat(total.etat).lettres}.")
    ensemble = "structures reçues" if figure.genre == "comparaison" else "départements reçus"
    texte = f"Ensemble des {ensemble}{INSECABLE}: {_phrase_total(figure, vue, total)} en {vue.annee}"
    if avant.publiee:
        texte += f", {_phrase_total(figure, vue, avant)} en {vue.annee - 1}"
    texte += "."
    if figure.ruptures and vue.a_precedente:
        texte += f" Les deux années ne se comparent pas{INSECABLE}: {' ; '.join(figure.ruptures)}."
    elif total.base is not None and total.base < _BASE_PRUDENCE:
        texte += " La base est trop petite pour conclure."
    return locale.typographie(texte)


def _phrase_total(figure: Figure, vue: Vue, cellule: Cellule) -> str:
    if not _en_part(vue):
        return locale.valeur_unite(cellule.valeur, cellule.unite)
    if cellule.numerateur is None or cellule.base is None:
        return pourcentage(figure, cellule)
    return f"{locale.nombre(cellule.numerateur)} sur {locale.nombre(cellule.base)}, soit {pourcentage(figure, cellule)}"


def description_carte(figure: Figure) -> str:
    """La description écrite de la carte : chaque territoire et sa valeur, ou pourquoi il n'en a pas."""
    vue = Vue(figure.bloc)
    valeurs = []
    for code, nom in figure.zones.items():
        cellule = ligne(vue, code)
        ecrit = _ecrire(figure, vue, cellule) if cellule.publiee else _muette(cellule)
        valeurs.append(f"{nom} {ecrit}")
    return f"Carte des territoires colorés par valeur{INSECABLE}: {f'{INSECABLE}; '.join(valeurs)}."


def _muette(cellule: Cellule) -> str:
    return "non reçu" if cellule.etat == "absente" else etat(cellule.etat).lettres


# Communes


def tableau_communes(figure: Figure) -> Markup:
    """Une commune par ligne, de la plus citée à la moins citée, et ce qui n'est pas sur la carte."""
    vue, ecrivain = Vue(figure.bloc), _Ecrivain()
    rangees = [Rangee(m.libelle, (ecrivain.valeur(vue.cellule(vue.definition.nom, m.code)),)) for m in vue.modalites()]
    rangees.append(Rangee("Total", (ecrivain.valeur(vue.total(vue.definition.nom)),), total=True))
    html = _html(figure.bloc.titre, f"effectif en {vue.annee}", "Commune", [EnTete(str(vue.annee))], rangees)
    return html + ecrivain.legende()


# Repères


def tableau_reperes(figure: Figure) -> Markup:
    """Des chiffres de cadrage, un par ligne : ce que c'est, sa valeur, sa base, où et quand."""
    libelles = {d.nom: d.libelle for d in figure.bloc.definitions}
    ecrivain, rangees = _Ecrivain(), []
    avec_base = figure.bloc.table["base"].is_not_null().any()
    for brute in figure.bloc.table.iter_rows(named=True):
        cellule = Cellule(brute["etat"], brute["valeur"], brute["numerateur"], brute["base"], brute["unite"] or "")
        precisions = [modalite(brute[f"libelle_{r}"]) for r in "12" if brute[f"libelle_{r}"]]
        libelle = libelles[brute["indicateur"]] + (f", {', '.join(precisions)}" if precisions else "")
        valeur = escape(_repere(cellule)) if cellule.publiee else ecrivain.valeur(cellule)
        base = Markup("—") if cellule.base is None else escape(locale.nombre(cellule.base))
        cases = [valeur, *([base] if avec_base else []), escape(brute["territoire"] or "—"), escape(brute["annee"])]
        rangees.append(Rangee(libelle, tuple(cases)))
    colonnes = [EnTete("Valeur"), *([EnTete("N")] if avec_base else []), EnTete("Territoire"), EnTete("Année")]
    return _html(figure.bloc.titre, "chiffres reçus", "Repère", colonnes, rangees) + ecrivain.legende()


_MOMENTS = {
    "entree": "à l'entrée",
    "enquete": "au jour de l'enquête",
    "sortie": "à la sortie",
    "demande": "à la demande",
}


def modalite(code: str) -> str:
    """Le libellé d'un code de chiffre reçu, sans nomenclature : un moment, sinon le code lui-même."""
    return _MOMENTS.get(code, locale.minuscule(code))


def _repere(cellule: Cellule) -> str:
    if cellule.unite == "année":
        return f"{cellule.valeur:.0f}"
    if cellule.unite.startswith("%"):
        return locale.nombre(cellule.valeur) + INSECABLE + cellule.unite
    return locale.valeur_unite(cellule.valeur, cellule.unite)


# Méthode


def tableau_sources(sources: Sequence[SourceMethode]) -> Markup:
    """Les sources employées, leur champ, leurs années et leur taux de réponse ; un compte inconnu est dit tel."""
    lignes = Markup("").join(
        Markup(
            '<tr><th scope="row">{}</th><td class="texte" data-colonne="Champ">{}{}</td>'
            '<td data-colonne="Années">{}</td><td data-colonne="Interrogées">{}</td>'
            '<td data-colonne="Répondantes">{}</td><td data-colonne="Taux de réponse">{}</td></tr>'
        ).format(
            locale.typographie(locale.majuscule(s.source)),
            locale.typographie(s.champ),
            f" ({s.note})" if s.note else "",
            locale.enumeration(s.annees),
            _compte(s.interrogees),
            _compte(s.repondantes),
            taux_de_reponse(s),
        )
        for s in sources
    )
    titre = "Sources et taux de réponse"
    titres = ("Source", "Champ", "Années", "Interrogées", "Répondantes", "Taux de réponse")
    return tableau_a_lire("controles sources", titre, titres, lignes)


def _compte(valeur: int | None) -> str:
    return "non communiqué" if valeur is None else locale.nombre(valeur)


def taux_de_reponse(source: SourceMethode) -> str:
    """« 4 sur 5 » sous dix structures interrogées, un pourcentage au-delà, sinon « non communiqué »."""
    if not source.interrogees or source.repondantes is None:
        return "non communiqué"
    if source.interrogees < 10:
        return f"{source.repondantes} sur {source.interrogees}"
    return locale.pourcentage(100 * source.repondantes / source.interrogees, source.interrogees)
