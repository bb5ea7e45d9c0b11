"""La phrase d'un bloc, son constat et sa description écrite, tirés des cellules et d'elles seules.

Règles d'écriture : pas de pourcentage sous une base de 10, pas d'évolution en % si l'année précédente
compte moins de 10, prudence annoncée sous 30, points de pourcentage entre deux taux. L'écart imprimé
est celui des valeurs imprimées.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal

from observatoire.campagne.donnees_types import Bloc, Definition
from observatoire.indicateurs.libelles import SUFFIXE_GROUPE
from observatoire.restitution import choix, locale, patrons
from observatoire.restitution.cellules import Cellule, Modalite, Vue, est_inconnu
from observatoire.restitution.comparaison import incertain, jugement
from observatoire.restitution.etats import dominant, etat
from observatoire.restitution.graphiques import annees_de_rupture, versions_historique
from observatoire.restitution.locale import INSECABLE, enumeration, guillemets, nombre

BASE_POURCENTAGE = 10
BASE_PRUDENCE = 30
_PRUDENCE = " (effectif réduit)"
_EVOLUTION = "evolution_n_1"
# Une moyenne en jours se dit aussi en mois dans la phrase ; au titre, le nombre suffit.
_DUREE_DETAILLEE = re.compile(rf"(?<=jours) \((?:\d+{INSECABLE}(?:ans?|mois|jours?)(?: et | )?)+\)")

_INTRODUCTIONS = {
    "barres": "Barres horizontales",
    "comparaison": "Barres horizontales groupées",
    "territoires": "Barres horizontales groupées par territoire",
    "serie": "Colonnes par mois",
    "matrice": "Matrice colorée",
    "historique": "Colonnes par année",
}


def phrase(bloc: Bloc) -> str:
    """La phrase imprimée sous le titre d'un bloc ; vide sans indicateur."""
    vue = Vue(bloc)
    if not bloc.definitions:
        return ""
    return _redaction(vue)(vue) or _pourquoi_rien(vue)


def _pourquoi_rien(vue: Vue) -> str:
    """À la place d'une phrase : l'état de ce qu'elle aurait dit. La raison d'une retenue suit, dans son encart."""
    cellules = [ligne for ligne in vue.lignes if ligne["annee"] == vue.annee and ligne["indicateur"] != _EVOLUTION]
    etats = {ligne["etat"] for ligne in cellules if ligne["etat"] != "publie"}
    if not etats and cellules:  # un tableau de zéros n'est pas une absence de données
        nom = _nom(vue.definition)
        return f"{locale.majuscule(patrons.rien(nom))} en {vue.annee}." if nom else f"Que des zéros en {vue.annee}."
    nom = dominant(etats)
    if nom != "retenu":
        return etat(nom).phrase
    if vue.ventilation and any(vue.total(d.nom).publiee for d in vue.definitions):
        return locale.typographie("Le détail est retenu par le contrôle de la qualité ; le total se lit toujours.")
    return etat(nom).phrase


def _redaction(vue: Vue) -> Callable[[Vue], str]:
    """La manière d'écrire la phrase : par la forme du bloc et ce que ses cellules croisent."""
    if vue.bloc.graphique == "historique":
        return _phrase_historique
    if vue.bloc.graphique == "territoires":
        return _phrase_territoires
    if not vue.ventilation:
        return _phrase_totaux
    if vue.definition.forme == "survie":
        return _phrase_survie
    if vue.bloc.graphique == "serie":
        return _phrase_serie
    if vue.croisement[1]:
        return _phrase_matrice
    return _phrase_comparaison if len(vue.definitions) > 1 else _phrase_repartition


def constat(bloc: Bloc) -> str:
    """Le titre qui dit ce que l'on voit ; vide s'il n'y a rien de sûr à affirmer."""
    return _DUREE_DETAILLEE.sub("", _constat(bloc))


def _constat(bloc: Bloc) -> str:
    if not bloc.definitions or bloc.graphique == "tuiles":
        return ""
    vue = Vue(bloc)
    if vue.definition.forme == "survie":
        return _constat_survie(vue)
    if bloc.graphique == "historique":
        return _constat_historique(vue)
    if bloc.graphique == "serie":
        hauts, bas, valeur = _extremes(vue, vue.definition)
        if not hauts or len(hauts) > 3:
            return "" if _mois_masques(vue, vue.definition) else _constat_plat(vue, bas, valeur)
        mois = enumeration(locale.mois(m.code) for m in hauts)
        diffuses = " des mois diffusés" if _mois_masques(vue, vue.definition) else ""
        return f"Un sommet{diffuses} en {mois}, {_compter(valeur, vue.definition)}"
    if vue.ventilation == "indicateur":
        return _constat_territoires(vue)
    if vue.croisement[1]:
        paires, sommet = _croisements(vue)
        if not paires or _matrice_masquee(vue):
            return ""
        if len(paires) > 1:
            return _constat_egalite(vue, vue.definition, f"{len(paires)} croisements à égalité", sommet, "chacun")
        return locale.majuscule(f"{_paire(vue, paires[0])}{INSECABLE}: {_sur_le_total(vue, sommet)}")
    if not vue.ventilation:
        return _constat_total(vue)
    return _constat_repartition(vue)


def _constat_total(vue: Vue) -> str:
    """« Taux d'admission : 33 % (13 sur 40), contre 35 % (17 sur 49) en 2021 » ; vide sans total."""
    definition = vue.definition
    cellule, avant = vue.total(definition.nom), vue.total_precedent(definition.nom)
    if not cellule.publiee:
        return ""
    decimales = _decimales_communes((cellule, avant))
    ecrites = [_au_moins(c) + total_ecrit(c, decimales) for c in (cellule, avant) if c.publiee]
    suite = ""
    if len(ecrites) == 2:
        passe = _au_moins(avant) + _sans_nom(avant, decimales)
        suite = f", comme en {vue.annee - 1}" if ecrites[0] == ecrites[1] else f", contre {passe} en {vue.annee - 1}"
    return f"{definition.libelle}{INSECABLE}: {ecrites[0]}{suite}"


def _constat_egalite(vue: Vue, definition: Definition, egaux: str, quantite: float, chacune: str) -> str:
    """« 16 demandes, contre 12 en 2021 : 3 modalités à égalité (4 chacune) » ; sans total, il n'y a que l'égalité."""
    total, avant = vue.total(definition.nom), vue.total_precedent(definition.nom)
    nom = _nom(definition) or _reponse(definition)
    if nom is None or patrons.euros(nom) or not total.comptee or not _base(total) or not _additif(definition):
        return f"Rien ne se détache{INSECABLE}: {egaux}"
    suite = ""
    if avant.comptee and _base(avant):
        egal = _base(avant) == _base(total)
        suite = f", comme en {vue.annee - 1}" if egal else f", contre {nombre(_base(avant))} en {vue.annee - 1}"
    mesure = f"{nombre(quantite)} {chacune}"
    return locale.majuscule(f"{locale.compte(_base(total), nom)}{suite}{INSECABLE}: {egaux} ({mesure})")


def _constat_plat(vue: Vue, bas: list[Modalite], haut: float) -> str:
    """« 10 places tous les mois », « Entre 16 et 17 ménages selon les mois » ; vide sans valeur."""
    if not bas:
        return ""
    plancher = vue.cellule(vue.definition.nom, bas[0].code).valeur
    if plancher == haut:
        return locale.majuscule(f"{_compter(haut, vue.definition)} tous les mois")
    depuis = locale.nombre_de(plancher, vue.definition.unite)
    return f"Entre {depuis} et {_compter(haut, vue.definition)} selon les mois"


def _constat_repartition(vue: Vue) -> str:
    """« Homme seul : plus d'un ménage sur deux (15 sur 25) » : la première modalité connue, et ce qu'elle pèse."""
    definition = vue.definitions[-1]
    tete, cellule = _tete(vue, definition)
    if not tete:
        return ""
    if len(tete) > 2:
        masque = _a_du_masque(vue, definition)
        quantite = cellule.effectif if _additif(definition) else cellule.valeur or 0
        egaux = f"{len(tete)} modalités à égalité"
        return "" if masque else _constat_egalite(vue, definition, egaux, quantite, "chacune")
    total, deux_points = vue.total(definition.nom), f"{INSECABLE}: "
    masque = _a_du_masque(vue, definition)
    if len(tete) == 2:
        parmi = ", parmi les valeurs diffusées" if masque else ""
        noms = locale.majuscule(enumeration(guillemets(m.libelle) for m in tete))
        if not _additif(definition):
            return f"{noms}, {_la_plus_haute(definition)}{parmi}{deux_points}{_taux_ecrit(cellule)}"
        return f"{noms} à égalité{parmi}{deux_points}{_effectif_sur(cellule, total, definition)}"
    nom = locale.majuscule(tete[0].libelle)
    if masque:
        return f"{nom} en tête des valeurs diffusées{deux_points}{_mesure_courte(vue, cellule, total, definition)}"
    if not _additif(definition):
        haut, ensemble = _contre_l_ensemble(vue, definition, cellule)
        ensemble = "" if vue.bloc.graphique == "territoires" else ensemble
        return f"{nom}, {_la_plus_haute(definition)}{deux_points}{haut}{ensemble}"
    if _seule(vue, definition) and not est_inconnu(tete[0].code):
        if _base_de(cellule, total) == cellule.effectif:
            tout = patrons.tout(cellule.effectif, _nom(definition) or _reponse(definition))
            avant, totaux = vue.ligne_precedente(definition.nom, tete[0]), (total, vue.total_precedent(definition.nom))
            suite = _contre_avant(cellule, avant, totaux, vue.annee, definition)
            return f"{nom}{deux_points}{tout}{_suite(suite)}"
        return f"{nom}{deux_points}{_effectif_sur(cellule, total, definition)}"
    if _inconnus_devant(vue, definition, cellule):
        connues = _connues(vue, definition)
        if not connues:
            return f"{nom} en tête des réponses connues{deux_points}{_effectif_sur(cellule, total, definition)}"
        return f"{nom}{deux_points}{patrons.reponses_connues(cellule.effectif, connues)}"
    if _lacunaire(total):
        return f"{nom}{deux_points}{patrons.reponses_connues(cellule.effectif, _base(total))}"
    proportion = _proportion(vue, cellule, total, definition)
    if proportion:
        return nom + proportion
    return f"{nom}{deux_points}{_effectif_sur(cellule, total, definition)}"


def _proportion(vue: Vue, cellule: Cellule, total: Cellule, definition: Definition) -> str:
    """« : plus d'un ménage sur deux (60 %) », « en tête : 15,6 % des demandes » ; vide sans base ou sans nom."""
    base, nom, quantite = _base_de(cellule, total), _nom(definition) or _reponse(definition), cellule.effectif
    if not base or nom is None:
        return ""
    if nom[0] in _AU_POIDS:
        mesure = f"{locale.nombre_de(quantite, nom[1])} sur {locale.nombre_de(base, nom[1])}"
        portion = patrons.portion(quantite, base, nom)
        return f"{INSECABLE}: {portion} ({mesure})" if portion else f" en tête{INSECABLE}: {mesure}{INSECABLE}{nom[1]}"
    part = _part(cellule, total, definition, _decimales_colonne(vue, definition))
    if not part:
        return ""
    if "en euros" in definition.denominateur:
        moitie = f"{INSECABLE}: plus de la moitié du total ({part})"
        if 4 * quantite > 3 * base:
            return f"{INSECABLE}: {part} du total"
        return moitie if 2 * quantite > base else f" en tête{INSECABLE}: {part} du total"
    reduit = base < BASE_PRUDENCE
    if fraction := patrons.fraction(quantite, base, nom):
        precision = f"{nombre(quantite)} sur {nombre(base)}" if reduit else part
        return f"{INSECABLE}: {fraction} ({precision})"
    suite = _effectif_sur(cellule, total, definition) if reduit else f"{part} des {nom[1]}"
    return f" en tête{INSECABLE}: {suite}"


# Ce qui se pèse plus qu'il ne se compte : un ETP et demi, 26,2 points de convention.
_AU_POIDS = ("ETP", "point")


def _reponse(definition: Definition) -> tuple[str, str, bool] | None:
    """Faute d'un nom, la base d'une part est faite de réponses."""
    return locale.nom_unite("reponse") if definition.unite == "%" and definition.forme == "repartition" else None


def description(bloc: Bloc) -> str:
    """La description écrite du graphique : sa forme, chaque valeur qu'il porte, ce qui reste inconnu."""
    vue = Vue(bloc)
    if not bloc.definitions or not vue.lignes or bloc.graphique not in _INTRODUCTIONS:
        return ""
    intro = f"{choix.INTRODUCTIONS.get(choix.dessin(bloc), _INTRODUCTIONS[bloc.graphique])}{INSECABLE}: "
    if bloc.graphique == "historique":
        return intro + _liste(_lire_historique(vue)) + "."
    if bloc.graphique == "matrice":
        lignes, colonnes = vue.axes_matrice()
        return (intro + f"{len(lignes)} lignes, {len(colonnes)} colonnes ; {_lire_matrice(vue)}.").replace(
            " ;", INSECABLE + ";"
        )
    rappel = bloc.graphique == "barres"  # le seul dessin par modalité qui montre aussi l'année précédente
    if not vue.ventilation:
        lus = [
            f"{d.libelle} {_lue(vue.total(d.nom), vue.total_precedent(d.nom), vue.annee, rappel)}{_inconnues(vue, d)}"
            for d in vue.definitions
        ]
        return intro + _liste(lus) + "."
    phrases = []
    for definition in vue.definitions:
        decimales, euros = _decimales_colonne(vue, definition), vue.montant(definition.nom)
        nom, lus = definition.nom, []
        for m in vue.modalites_dessinees():
            cellule, avant = vue.cellule(nom, m.code), vue.ligne_precedente(nom, m)
            lus.append(f"{m.libelle} {_lue(cellule, avant, vue.annee, rappel, decimales, euros)}")
        valeurs = _liste(lus) + _inconnues(vue, definition)
        # Un territoire garde sa majuscule : c'est un nom propre.
        nom = definition.libelle if bloc.graphique == "territoires" else locale.minuscule(definition.libelle)
        phrases.append(f"{nom} ({valeurs})" if len(vue.definitions) > 1 else valeurs)
    return intro + _liste(phrases) + "."


def _lue(
    cellule: Cellule, avant: Cellule, annee: int, rappel: bool, decimales: int | None = None, euros: bool = False
) -> str:
    """« 15 (60 %), contre 11 (50 %) en 2021 » : la valeur, et celle de l'année précédente si elle est dessinée."""
    dite = valeur_cellule(cellule, decimales, euros)
    if not (rappel and cellule.publiee and avant.publiee and avant.valeur):
        return dite
    return f"{dite}, contre {valeur_cellule(avant, decimales, euros)} en {annee - 1}"


def _inconnues(vue: Vue, definition: Definition) -> str:
    """« ; 40 réponses manquent » : ce que le graphique ne montre pas, s'il y en a."""
    manque = vue.total(definition.nom).non_renseignes
    return patrons.puis(patrons.reponses_manquantes(manque)) if manque else ""


def valeur_cellule(cellule: Cellule, decimales: int | None = None, euros: bool = False) -> str:
    """Une cellule en toutes lettres : « 15 (60 %) », « 7,4 mois », « masqué » ; `decimales` : celles de sa colonne."""
    if not cellule.publiee:
        return etat(cellule.etat).lettres
    if cellule.unite == "%" and cellule.numerateur is not None:
        if _petite(cellule.base):
            return f"{nombre(cellule.numerateur)} sur {nombre(cellule.base or 0)}"
        haut = locale.montant(cellule.numerateur) if euros else nombre(cellule.numerateur)
        return f"{haut} ({locale.pourcentage(cellule.valeur, cellule.base, decimales, euros)})"
    if cellule.unite == "%":
        return locale.pourcentage(cellule.valeur, cellule.base, decimales, euros)
    return locale.valeur_unite(cellule.valeur, cellule.unite, cellule.base)


def evolution(
    cellule: Cellule, avant: Cellule, annee: int, definition: Definition | None = None, decimales: int | None = None
) -> str:
    """« soit 2 ménages de plus qu'en 2021 (+9,1 %) », « contre 42 % en 2021 (+8 points) » ; vide sans N-1.

    `decimales` : celles du tableau où ces taux s'impriment, s'il n'en donne pas autant que leurs bases.
    """
    if not (cellule.publiee and avant.publiee):
        return ""
    if cellule.unite == "%":
        if _petite(cellule.base) or _petite(avant.base):
            return ""
        if min(cellule.base or 100, avant.base or 100) < BASE_PRUDENCE:
            return f"contre {_taux_ecrit(avant, decimales)} en {annee - 1}"
        propres = _decimales(cellule, avant, definition is not None and "en euros" in definition.denominateur)
        decimales = propres if decimales is None else min(propres, decimales)
        ecart = _arrondi(cellule.valeur, decimales) - _arrondi(avant.valeur, decimales)
        if not ecart:
            return f"comme en {annee - 1}"
        points = locale.pluriel(float(ecart), "point", "points")
        return (
            f"contre {locale.pourcentage(avant.valeur, decimales=decimales)} en {annee - 1} "
            f"({_signe_points(ecart, decimales)}{INSECABLE}{points})"
        )
    if definition is not None and definition.forme in ("survie", "moyenne", "mediane"):
        if cellule.valeur == avant.valeur:
            return f"comme en {annee - 1}"
        return f"contre {locale.valeur_unite(avant.valeur, avant.unite, avant.base)} en {annee - 1}"
    if lacunes(cellule) or lacunes(avant):  # un plancher n'a pas d'écart
        return f"contre {_au_moins(avant)}{_sans_nom(avant)} en {annee - 1}"
    ecart = cellule.valeur - avant.valeur
    if ecart == 0:
        return f"comme en {annee - 1}"
    if not avant.valeur:
        return f"contre {_aucun(definition)} en {annee - 1}"
    change = variation(cellule, avant)
    change += ", effectif réduit" if change and _peu_nombreux(cellule, avant) else ""
    nom = _nom(definition) if definition is not None else None
    return patrons.de_plus(ecart, annee - 1, nom, cellule.unite) + _entre_parentheses(change)


def ecart(cellule: Cellule, avant: Cellule) -> str:
    """L'écart signé entre deux années : en points pour un taux, en % pour un compte, en jours, en mois ou en ans pour
    une moyenne de durées ; vide s'il ne se dit pas."""
    if lacunes(cellule) or lacunes(avant):
        return ""
    if moyenne_de_durees(cellule):
        if not avant.publiee or not cellule.publiee:
            return ""
        duree = _arrondi(cellule.valeur, 1) - _arrondi(avant.valeur, 1)
        un, plusieurs, _ = locale.nom_unite(cellule.unite)
        dite = f"{_signe_points(duree, 1)}{INSECABLE}{locale.pluriel(float(duree), un, plusieurs)}"
        return dite + (_PRUDENCE if duree and _peu_nombreux(cellule, avant) else "")
    if cellule.unite != "%":
        change = variation(cellule, avant)
        return change + (_PRUDENCE if change and _peu_nombreux(cellule, avant) else "")
    bases = [c.base for c in (cellule, avant) if c.base is not None]
    if not (cellule.publiee and avant.publiee) or min(bases, default=100) < BASE_PRUDENCE:
        return ""
    decimales = _decimales(cellule, avant)
    points = _arrondi(cellule.valeur, decimales) - _arrondi(avant.valeur, decimales)
    accord = locale.pluriel(float(points), "point", "points")
    return f"{_signe_points(points, decimales)}{INSECABLE}{accord}"


def moyenne_de_durees(cellule: Cellule) -> bool:
    """Une moyenne en jours, en mois ou en ans : son écart se dit dans la même unité, un pourcentage n'y dirait rien."""
    return cellule.unite in ("jours", "mois", "ans") and cellule.base is not None


def lacunes(cellule: Cellule) -> float:
    """Combien de réponses manquent à un compte, qui n'est alors qu'un plancher ; zéro pour une part ou une moyenne."""
    compte = cellule.publiee and cellule.unite != "%" and cellule.base is None
    return (cellule.non_renseignes or 0) if compte else 0


def _au_moins(cellule: Cellule) -> str:
    return "au moins " if lacunes(cellule) else ""


def _signe_points(points: Decimal, decimales: int) -> str:
    """« +21,95 » entre deux taux au centième, « +14 » quand l'écart est rond."""
    return locale.signe(float(points), 0 if points == points.to_integral_value() else decimales)


def _decimales(cellule: Cellule, avant: Cellule, euros: bool = False) -> int:
    """Décimales communes à deux taux que l'on compare : celles de la plus petite base."""
    return min(locale.decimales_part(100 if c.base is None else c.base, euros) for c in (cellule, avant))


def _aucun(definition: Definition | None) -> str:
    nom = _nom(definition) if definition is not None else None
    return locale.compte(0, nom) if nom and nom[0] != "€" else "0"


def variation(cellule: Cellule, avant: Cellule) -> str:
    """Variation en % avec son signe ; vide si l'une manque, est un écart, ou part de moins de 10 l'année précédente."""
    ecart = cellule.unite.startswith("points de")
    if ecart or not (cellule.publiee and avant.publiee) or avant.valeur < BASE_POURCENTAGE:
        return ""
    decimales = 0 if avant.valeur < 100 else 1
    return locale.signe(100 * (cellule.valeur - avant.valeur) / avant.valeur, decimales) + INSECABLE + "%"


def _peu_nombreux(*cellules: Cellule) -> bool:
    """L'un des deux chiffres porte-t-il sur moins de 30 unités ? Une moyenne porte sur sa base, un compte sur lui."""
    return any(n is not None and n < BASE_PRUDENCE for n in (_porte_sur(c) for c in cellules))


def _porte_sur(cellule: Cellule) -> float | None:
    moyenne = cellule.unite in ("%", "jours", "mois", "ans") or cellule.unite.startswith("€")
    return cellule.base if moyenne else cellule.valeur


# Répartitions


def _phrase_repartition(vue: Vue) -> str:
    definition = vue.definition
    total = vue.total(definition.nom)
    if total.publiee and _base(total) == 0:
        nom = _nom(definition)
        return f"{locale.majuscule(patrons.rien(nom))} dans cette population en {vue.annee}." if nom else ""
    tete, cellule = _tete(vue, definition)
    if not tete:
        return ""
    if len(tete) > 3:
        chacune = _effectif_sur(cellule, total, definition)
        return f"{len(tete)} modalités arrivent en tête à égalité, avec {chacune} chacune."
    sujet = enumeration(guillemets(m.libelle) for m in tete)
    if not _additif(definition):
        return _phrase_plus_haute(vue, definition, tete, cellule)
    if _seule(vue, definition):
        avant = vue.ligne_precedente(definition.nom, tete[0])
        quantite = _effectif_seul(cellule, total, definition)
        totaux = total, vue.total_precedent(definition.nom)
        quantite += _suite(_contre_avant(cellule, avant, totaux, vue.annee, definition))
        return f"{sujet} est la seule modalité présente{INSECABLE}: {quantite}."
    verbe = "vient en tête" if len(tete) == 1 else "viennent en tête à égalité"
    texte = f"{locale.majuscule(sujet)} {verbe}"
    if _a_du_masque(vue, definition):
        texte = f"Parmi les valeurs diffusées, {sujet} {verbe}"
    elif _inconnus_devant(vue, definition, cellule):
        texte = f"Hors non-renseignés, {sujet} {verbe}"
        connues = _connues(vue, definition)
        if connues:
            return texte + _parmi_les_connues(cellule, total, definition, connues, len(tete) > 1)
    chacun = " pour chaque modalité" if len(tete) > 1 else ""
    texte += f"{INSECABLE}: {_effectif_sur(cellule, total, definition)}{chacun}"
    decimales = _decimales_colonne(vue, definition)
    part = "" if _inconnus_devant(vue, definition, cellule) else _part(cellule, total, definition, decimales)
    if part:
        texte += f", soit {part}{_reserve(cellule, total)}"
    avant = vue.ligne_precedente(definition.nom, tete[0]) if len(tete) == 1 else Cellule("absente")
    if cellule.unite == "%":
        texte += _suite(evolution(cellule, avant, vue.annee, definition))
    elif avant.publiee:
        avant_total = vue.total_precedent(definition.nom)
        sur = f" sur {nombre(avant_total.effectif)}" if avant_total.publiee else ""
        if not (avant_total.publiee and not avant_total.effectif):
            contre, part_avant = f"{nombre(avant.effectif)}{sur}", _part(avant, avant_total, definition)
            # Deux années se comparent dans la même unité.
            contre = f"{part_avant} ({contre})" if part and part_avant else contre
            texte += f", contre {contre} en {vue.annee - 1}"
    if _lacunaire(total):
        manque = _compter(total.non_renseignes or 0, definition)
        return f"{texte}{INSECABLE}; la réponse manque pour {manque}."
    return texte + _vient_ensuite(vue, definition, tete) + "."


def _effectif_seul(cellule: Cellule, total: Cellule, definition: Definition) -> str:
    """« 7 relogements » quand c'est le tout ; « 40 sur 60 » quand une personne peut n'en citer aucune."""
    if _base_de(cellule, total) == cellule.effectif:
        return _compter(cellule.effectif, definition)
    return _effectif_sur(cellule, total, definition)


def _contre_avant(
    cellule: Cellule, avant: Cellule, totaux: tuple[Cellule, Cellule], annee: int, definition: Definition
) -> str:
    """« contre 2 sur 6 en 2021 », « contre 148 000 € en 2021 », « comme en 2021 » ; vide sans N-1."""
    if not avant.publiee or (totaux[1].publiee and not totaux[1].effectif):
        return ""
    base = _base_de(avant, totaux[1])
    if avant.effectif == cellule.effectif and base in (None, _base_de(cellule, totaux[0])):
        return f"comme en {annee - 1}"
    if base is None or base == avant.effectif:
        return f"contre {_quantite(avant.effectif, definition)} en {annee - 1}"
    return f"contre {_quantite(avant.effectif, definition)} sur {_quantite(base, definition)} en {annee - 1}"


def _quantite(quantite: float, definition: Definition) -> str:
    """Un nombre, avec « € » si l'indicateur compte des euros."""
    euros = "en euros" in definition.denominateur or definition.unite.startswith(("€", "euro"))
    return locale.montant(quantite) if euros else locale.nombre_de(quantite, definition.unite)


def _lacunaire(total: Cellule) -> bool:
    """Plus d'une réponse sur cinq manque-t-elle, hors de la base ?"""
    manque = total.non_renseignes or 0
    return total.publiee and manque > 0.2 * (manque + _base(total))


def _parmi_les_connues(
    cellule: Cellule, total: Cellule, definition: Definition, connues: float, plusieurs: bool
) -> str:
    """« : 12 des 25 réponses connues, soit 48 % (effectif réduit) ; 28 relogements sur 53 n'ont pas de réponse »."""
    texte = f"{INSECABLE}: {patrons.reponses_connues(cellule.effectif, connues)}"
    texte += " pour chaque modalité" if plusieurs else ""
    if not _petite(connues):
        texte += f", soit {locale.pourcentage(100 * cellule.effectif / connues, connues)}"
        texte += _PRUDENCE if connues < BASE_PRUDENCE else ""
    manque = _base_de(cellule, total) - connues
    reste = patrons.manque(manque, _base_de(cellule, total), _compter(manque, definition))
    return f"{texte}{INSECABLE}; {reste}."


def _phrase_survie(vue: Vue) -> str:
    """« Part estimée de ceux qui l'ont gardé : 92 % après 6 mois, 85 % après 12 mois (26 suivis, effectif réduit). »"""
    lues = _echeances(vue)
    if not lues:
        return ""
    base = lues[0][1].base or 0
    suivis = locale.pluriel(base, "suivi", "suivis")
    if _petite(base):
        return f"{nombre(base)} {suivis} seulement{INSECABLE}: trop peu pour un pourcentage."
    reperes = [lues[len(lues) // 2 - 1], lues[-1]] if len(lues) > 1 else lues
    dites = enumeration(f"{locale.pourcentage(c.valeur, c.base)} après {m.libelle}" for m, c in reperes)
    reserve = ", effectif réduit" if base < BASE_PRUDENCE else ""
    return f"Part estimée de ceux qui gardent {_garde(vue)}{INSECABLE}: {dites} ({nombre(base)} {suivis}{reserve})."


def _constat_survie(vue: Vue) -> str:
    """« Après 12 mois, 86 % gardent leur logement, selon l'estimation » ; vide sous une base de 10."""
    lues = _echeances(vue)
    if not lues or _petite(lues[0][1].base):
        return ""
    derniere, cellule = lues[-1]
    if not cellule.valeur:
        objet = _garde(vue).replace("leur", "son")
        return f"Après {derniere.libelle}, plus personne ne garde {objet}, selon l'estimation"
    part = locale.pourcentage(cellule.valeur, cellule.base)
    return f"Après {derniere.libelle}, {part} gardent {_garde(vue)}, selon l'estimation"


def _echeances(vue: Vue) -> list[tuple[Modalite, Cellule]]:
    lues = [(m, vue.cellule(vue.definition.nom, m.code)) for m in vue.modalites()]
    return [(m, c) for m, c in lues if c.publiee]


def _garde(vue: Vue) -> str:
    """Ce que l'on garde, lu dans le libellé : « leur logement », « leur emploi », à défaut « leur situation »."""
    mots = vue.definition.libelle.lower()
    return next((f"leur {mot}" for mot in ("logement", "emploi") if mot in mots), "leur situation")


def _phrase_plus_haute(vue: Vue, definition: Definition, tete: list[Modalite], cellule: Cellule) -> str:
    """Une moyenne ou un taux par modalité : la plus haute valeur, et celle de l'ensemble."""
    parmi = "Parmi les valeurs diffusées, " if _a_du_masque(vue, definition) else ""
    sujet = enumeration(guillemets(m.libelle) for m in tete)
    haut, ensemble = _contre_l_ensemble(vue, definition, cellule)
    verbe = "a" if len(tete) == 1 else "ont"
    return f"{parmi}{sujet} {verbe} {_la_plus_haute(definition)}{INSECABLE}: {haut}{ensemble}."


def _la_plus_haute(definition: Definition) -> str:
    if definition.forme == "rapport" and definition.unite == "%":
        return "le taux le plus haut"
    return {"moyenne": "la moyenne la plus haute", "mediane": "la médiane la plus haute"}.get(
        definition.forme, "la valeur la plus haute"
    )


def _contre_l_ensemble(vue: Vue, definition: Definition, cellule: Cellule) -> tuple[str, str]:
    """Une valeur et « , contre 42,9 jours pour l'ensemble », aux décimales de leur colonne ; vide sans total."""
    total, decimales = vue.total(definition.nom), _decimales_colonne(vue, definition)
    ensemble = f", contre {_taux_ecrit(total, decimales)} pour l'ensemble" if total.publiee else ""
    return _taux_ecrit(cellule, decimales), ensemble


def _taux_ecrit(cellule: Cellule, decimales: int | None = None) -> str:
    """« 36 % (8 sur 22) », « 3 sur 5 » sous une base de 10 : une fréquence se lit avant son effectif."""
    if cellule.unite != "%" or cellule.numerateur is None:
        return valeur_cellule(cellule)
    sur = f"{nombre(cellule.numerateur)} sur {nombre(cellule.base or 0)}"
    return sur if _petite(cellule.base) else f"{locale.pourcentage(cellule.valeur, cellule.base, decimales)} ({sur})"


def _vient_ensuite(vue: Vue, definition: Definition, tete: list[Modalite]) -> str:
    """« ; vient ensuite « Couple » (7) » : la deuxième modalité, si rien de masqué ni d'inconnu ne la devance."""
    cellules = [(m, vue.cellule(definition.nom, m.code)) for m in vue.modalites() if m not in tete]
    if len(tete) != 1 or not cellules or not all(c.publiee for _, c in cellules):
        return ""
    plus_forte = max(c.effectif for _, c in cellules)
    suivantes = [m for m, c in cellules if c.effectif == plus_forte > 0]
    if len(suivantes) != 1 or est_inconnu(suivantes[0].code):
        return ""
    valeur = locale.montant(plus_forte) if "en euros" in definition.denominateur else nombre(plus_forte)
    return f"{INSECABLE}; vient ensuite {guillemets(suivantes[0].libelle)} ({valeur})"


def _phrase_comparaison(vue: Vue) -> str:
    meneur = vue.definitions[-1]
    tete, _ = _tete(vue, meneur)
    if not tete:
        return ""
    if len(tete) > 1:
        noms = enumeration(guillemets(m.libelle) for m in tete)
        return f"{noms} arrivent à égalité pour l'indicateur {guillemets(locale.minuscule(meneur.libelle))}."
    nom = guillemets(tete[0].libelle)
    if all(_seule(vue, d) for d in vue.definitions):
        comptes = [
            f"{locale.minuscule(d.libelle)}{INSECABLE}: {_quantite(vue.cellule(d.nom, tete[0].code).effectif, d)}"
            for d in reversed(vue.definitions)
        ]
        return f"{nom} est la seule modalité présente. {locale.majuscule(_liste(comptes))}."
    parts, reduit = [], False
    for definition in reversed(vue.definitions):
        cellule, total = vue.cellule(definition.nom, tete[0].code), vue.total(definition.nom)
        if cellule.publiee:
            texte = valeur_cellule(cellule)
            part = ""
            if total.publiee and _additif(definition):
                texte = f"{_quantite(cellule.effectif, definition)} sur {_quantite(_base(total), definition)}"
                part = _part(cellule, total, definition, _decimales_colonne(vue, definition))
            precision = f" ({part})" if part else ""
            reduit = reduit or bool(part and _reserve(cellule, total))
            parts.append(f"{locale.minuscule(definition.libelle)}{INSECABLE}: {texte}{precision}")
    fin = f"{INSECABLE}; effectifs réduits" if reduit else ""
    diffusees = " parmi les valeurs diffusées" if _a_du_masque(vue, meneur) else ""
    return f"{nom} vient en tête{diffusees}. {locale.majuscule(_liste(parts))}{fin}."


def _phrase_territoires(vue: Vue) -> str:
    """« Mesures exercées : 51 sur la CALL, 60 sur la CAHC, 111 pour l'ensemble » ; ou la tête de chaque territoire."""
    *territoires, ensemble = vue.definitions
    if vue.ventilation == "indicateur":
        premier = vue.modalites()[0]
        lieux = [(d, patrons.dans_le_territoire(d.libelle)) for d in territoires] + [(ensemble, "pour l'ensemble")]
        lues = [(c, lieu) for d, lieu in lieux if (c := vue.cellule(d.nom, premier.code)).publiee]
        # Le nom de ce qui se compte se dit une fois : « 27 demandes sur la CAHC, 11 sur la CALL ».
        decimales = _decimales_communes(c for c, _ in lues)
        parts = [
            f"{_sans_nom(c, decimales) if rang or c.unite == '%' else valeur_cellule(c)} {lieu}"
            for rang, (c, lieu) in enumerate(lues)
        ]
        return f"{premier.libelle}{INSECABLE}: {enumeration(parts)}." if parts else ""
    tetes = [(d, *_tete(vue, d)) for d in territoires]
    tetes = [(d, tete, cellule) for d, tete, cellule in tetes if tete and len(tete) < 3]
    if not tetes:
        tete, cellule = _tete(vue, ensemble)
        if len(tete) != 1 or not any(ligne["etat"].startswith("masque") for ligne in vue.lignes):
            return ""
        mesure = valeur_cellule(cellule) if not _additif(ensemble) else _sur_sa_base(cellule, vue, ensemble)
        sujet = guillemets(tete[0].libelle)
        return f"Pour l'ensemble, {sujet} vient en tête ({mesure}){INSECABLE}; le détail des territoires est masqué."
    reserve = " parmi les valeurs diffusées" if any(_a_du_masque(vue, d) for d in territoires) else ""
    mesures = [valeur_cellule(c) if not _additif(d) else _sur_sa_base(c, vue, d) for d, _, c in tetes]
    sujets = [enumeration(guillemets(m.libelle) for m in tete) for _, tete, _ in tetes]
    if len(tetes) == len(territoires) > 1 and len(set(sujets)) == 1:
        ou = [patrons.dans_le_territoire(d.libelle) for d, *_ in tetes]
        parts = [f"{mesure} {lieu}" for mesure, lieu in zip(mesures, ou, strict=True)]
        verbe = "vient" if len(tetes[0][1]) == 1 else "viennent"
        return f"{locale.majuscule(sujets[0])} {verbe} partout en tête{reserve}{INSECABLE}: {enumeration(parts)}."
    ou = [patrons.dans_le_territoire(d.libelle) for d, *_ in tetes]
    parts = [f"{s} {lieu} ({m})" for s, lieu, m in zip(sujets, ou, mesures, strict=True)]
    simples = all(len(tete) == 1 for _, tete, _ in tetes)
    return f"En tête{reserve}{INSECABLE}: {enumeration(parts) if simples else _liste(parts)}."


def _constat_territoires(vue: Vue) -> str:
    """« Mesures exercées : 30 sur la CAHC, 12 sur la CALL », ou « autant… » ; vide sans deux territoires diffusés."""
    if vue.bloc.graphique != "territoires" or len(vue.definitions) < 3:
        return ""
    premier = vue.modalites()[0]
    lues = [(d, vue.cellule(d.nom, premier.code)) for d in vue.definitions[:-1]]
    if not all(c.publiee for _, c in lues):
        return ""
    lieux = [patrons.dans_le_territoire(d.libelle) for d, _ in lues]
    decimales = _decimales_communes(vue.cellule(d.nom, premier.code) for d in vue.definitions)
    ecrites = [_sans_nom(c, decimales) for _, c in lues]
    if len(set(ecrites)) == 1:
        return f"{premier.libelle}{INSECABLE}: {ecrites[0]} partout"
    return f"{premier.libelle}{INSECABLE}: {enumeration(f'{e} {lieu}' for e, lieu in zip(ecrites, lieux, strict=True))}"


def _sans_nom(cellule: Cellule, decimales: int | None = None) -> str:
    """Une valeur dont le nom vient d'être dit : « 30 », « 21,2 ans » ; un taux aux décimales de sa ligne."""
    if cellule.unite == "%":
        return _taux_ecrit(cellule, decimales)
    nommees = cellule.unite in ("jours", "mois", "ans") or "€" in cellule.unite
    return valeur_cellule(cellule) if nommees else locale.nombre_de(cellule.valeur, cellule.unite)


def _sur_sa_base(cellule: Cellule, vue: Vue, definition: Definition) -> str:
    base = _base_de(cellule, vue.total(definition.nom))
    return f"{nombre(cellule.effectif)} sur {nombre(base)}" if base else nombre(cellule.effectif)


def _tete(vue: Vue, definition: Definition) -> tuple[list[Modalite], Cellule]:
    """Modalités connues les plus fortes (toutes, en cas d'égalité) et leur cellule."""
    connues = [
        (m, c)
        for m in vue.modalites()
        if not est_inconnu(m.code) and (c := vue.cellule(definition.nom, m.code)).publiee
    ]
    mesure = {m.code: c.effectif if _additif(definition) else c.valeur for m, c in connues}
    plus_forte = max(mesure.values(), default=0)
    if plus_forte <= 0:
        return [], Cellule("absente")
    tete = [(m, c) for m, c in connues if mesure[m.code] == plus_forte]
    return [m for m, _ in tete], tete[0][1]


def premieres(vue: Vue, definition: Definition) -> list[Modalite]:
    """Les modalités connues les plus fortes d'un indicateur ; vide si une cellule masquée pourrait les dépasser."""
    return [] if _a_du_masque(vue, definition) else _tete(vue, definition)[0]


def _additif(definition: Definition) -> bool:
    """La somme des modalités a-t-elle un sens ? Pas pour une moyenne ni pour un taux."""
    return definition.forme not in ("rapport", "survie", "moyenne", "mediane", "maximum", "minimum")


def _connues(vue: Vue, definition: Definition) -> float | None:
    """Nombre de réponses connues, quand la base compte aussi les absences de réponse ; `None` s'il ne se sait pas."""
    cellules = [(m, vue.cellule(definition.nom, m.code)) for m in vue.modalites()]
    total = vue.total(definition.nom)
    if definition.forme == "citations" or not total.publiee or not all(c.publiee for _, c in cellules):
        return None
    return _base(total) - sum(c.effectif for m, c in cellules if est_inconnu(m.code))


def _seule(vue: Vue, definition: Definition) -> bool:
    """N'y a-t-il qu'une modalité, tout compris ?"""
    cellules = [vue.cellule(definition.nom, m.code) for m in vue.modalites()]
    return all(c.publiee for c in cellules) and sum(c.effectif > 0 for c in cellules) == 1


def _inconnus_devant(vue: Vue, definition: Definition, tete: Cellule) -> bool:
    """Une absence de réponse compte-t-elle autant que la première modalité connue ?"""
    inconnues = (vue.cellule(definition.nom, m.code) for m in vue.modalites() if est_inconnu(m.code))
    return any(c.publiee and c.effectif >= tete.effectif for c in inconnues)


def _a_du_masque(vue: Vue, definition: Definition) -> bool:
    """Une cellule masquée pourrait-elle dépasser la première des valeurs diffusées ?"""
    cellules = [vue.cellule(definition.nom, m.code) for m in vue.modalites()]
    if not any(c.masquee for c in cellules):
        return False
    total = vue.total(definition.nom)
    publies = [c.effectif for c in cellules if c.publiee]
    if definition.forme == "citations" or not total.publiee:
        return True
    return _base(total) - sum(publies) > max(publies, default=0)


def _effectif_sur(cellule: Cellule, total: Cellule, definition: Definition) -> str:
    """« 15 ménages sur 25 »."""
    texte = _compter(cellule.effectif, definition)
    base = _base_de(cellule, total)
    if not base:
        return texte
    return f"{texte} sur {locale.montant(base) if 'en euros' in definition.denominateur else nombre(base)}"


def _mesure_courte(vue: Vue, cellule: Cellule, total: Cellule, definition: Definition) -> str:
    part = _part(cellule, total, definition, _decimales_colonne(vue, definition))
    if part:
        return part
    base = _base_de(cellule, total)
    return f"{nombre(cellule.effectif)} sur {nombre(base)}" if base else valeur_cellule(cellule)


def _part(cellule: Cellule, total: Cellule, definition: Definition, decimales: int | None = None) -> str:
    """Part imprimable d'une cellule, aux décimales de sa colonne ; vide sous une base de 10."""
    euros = "en euros" in definition.denominateur
    if cellule.unite == "%":
        return "" if _petite(cellule.base) else locale.pourcentage(cellule.valeur, cellule.base, decimales, euros)
    if cellule.unite.startswith("€") or not total.publiee or _petite(total.valeur):
        return ""
    return locale.pourcentage(100 * cellule.valeur / total.valeur, total.valeur)


def _decimales_colonne(vue: Vue, definition: Definition) -> int | None:
    """Les décimales que le tableau donne à une colonne de parts : celles de sa plus petite base qui en fait une."""
    nom, modalites = definition.nom, vue.modalites()
    cellules = [vue.total(nom), vue.total_precedent(nom), *(vue.cellule(nom, m.code) for m in modalites)]
    cellules += [vue.ligne_precedente(nom, m) for m in modalites]
    return _decimales_communes(cellules, vue.montant(nom))


def _decimales_communes(cellules: Iterable[Cellule], euros: bool = False) -> int | None:
    bases = [c.base for c in cellules if c.publiee and c.unite == "%" and c.base is not None and not _petite(c.base)]
    return min((locale.decimales_part(b, euros) for b in bases), default=None)


# Séries, matrices, historiques, totaux


def _phrase_serie(vue: Vue) -> str:
    definition = vue.definition
    hauts, bas, maximum = _extremes(vue, definition)
    if not hauts:
        return ""
    minimum = vue.cellule(definition.nom, bas[0].code).valeur
    constante = maximum == minimum
    somme = "" if constante and not _additif(definition) else _somme(vue, definition)
    if _mois_masques(vue, definition):  # un mois masqué peut être le plus bas, et parfois le plus haut
        return (
            f"Parmi les mois diffusés, le plus haut est {_quels_mois(vue, hauts)} "
            f"({_compter(maximum, definition)}){somme}."
        )
    if constante:
        return f"{definition.libelle}{INSECABLE}: {_compter(maximum, definition)} tous les mois{somme}."
    return (
        f"Le plus haut est atteint {_quels_mois(vue, hauts)} ({_compter(maximum, definition)}), "
        f"le plus bas {_quels_mois(vue, bas)} ({_compter(minimum, definition)}){somme}."
    )


def _mois_masques(vue: Vue, definition: Definition) -> bool:
    return any(vue.cellule(definition.nom, m.code).masquee for m in vue.modalites())


def _quels_mois(vue: Vue, mois: list[Modalite]) -> str:
    """« en juillet et août » ; « 7 mois sur 12 » au-delà de trois, qu'une liste n'éclaire plus."""
    if len(mois) > 3:
        return f"{len(mois)} mois sur {len(vue.modalites())}"
    return f"en {enumeration(locale.mois(m.code) for m in mois)}"


def _somme(vue: Vue, definition: Definition) -> str:
    """« ; 808 heures sur l'année » : ce que fait l'année, sans prendre un cumul de présents pour des personnes."""
    total, avant = vue.total(definition.nom), vue.total_precedent(definition.nom)
    if not total.publiee:
        return ""
    mois = [vue.cellule(definition.nom, m.code) for m in vue.modalites()]
    if not _additif(definition):
        ensemble = f"{nombre(total.valeur)} en moyenne sur l'année"
    elif not all(c.publiee for c in mois) or (_nom(definition) or ("",))[0] not in _PRESENTS:
        ensemble = f"{_compter(total.valeur, definition)} sur l'année"
    elif abs(sum(c.valeur for c in mois) - total.valeur) < 0.5:
        ensemble = f"{nombre(total.valeur)} en additionnant les mois"
    else:
        accord = ("e" if _nom(definition)[2] else "") + ("s" if total.valeur >= 2 else "")
        ensemble = f"{_compter(total.valeur, definition)} distinct{accord} sur l'année"
    change = variation(total, avant)
    if avant.publiee and avant.valeur == total.valeur:
        ensemble += f" (comme en {vue.annee - 1})"
    elif change:
        ensemble += f" ({change} par rapport à {vue.annee - 1})"
    return f"{INSECABLE}; {ensemble}"


# Ce qui est présent plusieurs mois de suite : la somme des mois n'en est pas le nombre.
_PRESENTS = ("ménage", "personne", "jeune", "adulte", "place", "logement", "participant")


def _extremes(vue: Vue, definition: Definition) -> tuple[list[Modalite], list[Modalite], float]:
    valeurs = [(m, c.valeur) for m in vue.modalites() if (c := vue.cellule(definition.nom, m.code)).publiee]
    if not valeurs:
        return [], [], 0
    haut, bas = max(v for _, v in valeurs), min(v for _, v in valeurs)
    return [m for m, v in valeurs if v == haut], [m for m, v in valeurs if v == bas], haut


def _phrase_matrice(vue: Vue) -> str:
    paires, sommet = _croisements(vue)
    if not paires:
        return ""
    quantite = _sur_le_total(vue, sommet)
    diffuse = " parmi les valeurs diffusées" if _matrice_masquee(vue) else ""
    diffuse = diffuse or (" parmi les réponses connues" if _inconnu_plus_frequent(vue, sommet) else "")
    if len(paires) <= 2 and _evolue(vue):
        passages = enumeration(_paire(vue, paire) for paire in paires)
        chacun = " chacun" if len(paires) == 2 else ""
        return f"Le plus souvent{diffuse}, {passages}{INSECABLE}: {quantite}{chacun}."
    if len(paires) == 1:
        return f"Le croisement le plus fréquent{diffuse} réunit {_paire(vue, paires[0])}{INSECABLE}: {quantite}."
    if len(paires) == 2:
        return (
            f"Les deux croisements les plus fréquents{diffuse}, avec {quantite} chacun, réunissent "
            f"{_paire(vue, paires[0])}, puis {_paire(vue, paires[1])}."
        )
    return f"{len(paires)} croisements arrivent en tête à égalité{diffuse}, avec {quantite} chacun."


def _inconnu_plus_frequent(vue: Vue, sommet: float) -> bool:
    """Une case « non renseigné » ou « sans objet » dépasse-t-elle le croisement que la phrase nomme ?"""
    lignes, colonnes = vue.axes_matrice()
    cases = (
        vue.cellule(vue.definition.nom, a.code, b.code)
        for a in lignes
        for b in colonnes
        if est_inconnu(a.code) or est_inconnu(b.code)
    )
    return any(c.publiee and c.effectif > sommet for c in cases)


def _sur_le_total(vue: Vue, quantite: float) -> str:
    total = vue.total(vue.definition.nom)
    return _compter(quantite, vue.definition) + (f" sur {nombre(total.effectif)}" if total.publiee else "")


def _croisements(vue: Vue) -> tuple[list[tuple[Modalite, Modalite]], float]:
    lignes, colonnes = vue.axes_matrice()
    connues = [(a, b) for a in lignes for b in colonnes if not (est_inconnu(a.code) or est_inconnu(b.code))]
    valeurs = [
        ((a, b), c.effectif) for a, b in connues if (c := vue.cellule(vue.definition.nom, a.code, b.code)).publiee
    ]
    sommet = max((v for _, v in valeurs), default=0)
    return ([paire for paire, v in valeurs if v == sommet], sommet) if sommet > 0 else ([], 0)


def _matrice_masquee(vue: Vue) -> bool:
    return any(ligne["etat"].startswith("masque") for ligne in vue.lignes)


def _evolue(vue: Vue) -> bool:
    """Le tableau croise-t-il la même chose au début et à la fin ?"""
    debut, fin = (v.removesuffix(SUFFIXE_GROUPE) for v in vue.croisement)
    return debut.endswith("_entree") and fin == f"{debut.removesuffix('_entree')}_sortie"


def _paire(vue: Vue, paire: tuple[Modalite, Modalite]) -> str:
    if _evolue(vue):
        return patrons.passage(paire[0].libelle, paire[1].libelle)
    return f"{guillemets(paire[0].libelle)} et {guillemets(paire[1].libelle)}"


def _lire_matrice(vue: Vue) -> str:
    lignes, colonnes = vue.axes_matrice()
    lus = [
        f"{a.libelle} et {b.libelle} {nombre(c.effectif) if c.publiee else valeur_cellule(c)}"
        for a in lignes
        for b in colonnes
        if not (c := vue.cellule(vue.definition.nom, a.code, b.code)).publiee or c.valeur
    ]
    return _liste([*lus, "les autres cases sont à zéro"]) if lus else "toutes les cases sont à zéro"


def _phrase_historique(vue: Vue) -> str:
    definition = _premiere_connue(vue)
    versions = versions_historique(vue, definition.nom)
    if not versions:
        return ""
    recente, ancienne = max(versions), min(versions)
    annee = max(a for cellules in versions.values() for a in cellules)
    cellule = versions[recente].get(annee, Cellule("absente"))
    if not cellule.publiee:
        return _historique_sans_l_annee(vue, definition, versions[recente], annee)
    sujet = f"{definition.libelle}{INSECABLE}: " if len(vue.definitions) > 1 else ""
    decimales = _decimales_communes(versions[recente].values())
    ecrite = _ecrire(cellule, definition, bool(sujet), decimales)
    debut = f"{sujet}{ecrite if sujet else locale.majuscule(ecrite)} en {annee}"
    avant = versions[recente].get(annee - 1) or versions[ancienne].get(annee - 1) or Cellule("absente")
    change = ecart(cellule, avant)
    if annee not in annees_de_rupture(versions):
        egal = _egaux(cellule, avant, change)
        ecrit = f"comme en {annee - 1}" if egal else f"{change} par rapport à {annee - 1}" if change else ""
        debut += _suite(ecrit)
        passe = [
            f"{_ecrire(c, definition, True, decimales)} en {a}"
            for a, c in sorted(versions[recente].items(), reverse=True)
            if a < annee - egal and c.publiee
        ]
        suite = f"{INSECABLE}; {enumeration(passe)}" if passe else ""
        suite += _annees_muettes(versions[recente], annee)
        return debut + suite + _juger(cellule, avant, definition) + _manquantes(cellule) + "."
    constante = versions[ancienne].get(annee, Cellule("absente"))
    texte = debut + (f", {change} par rapport au chiffre de {annee - 1}" if change else "") + ", "
    texte += f"mais la définition a changé{INSECABLE}: "
    if not constante.publiee:
        return texte + "les deux années ne se comparent pas."
    change = ecart(constante, versions[ancienne].get(annee - 1, Cellule("absente")))
    texte += f"à définition constante, {_ecrire(constante, definition, court=True)}"
    return texte + (f", soit {change}" if change else "") + "."


def _premiere_connue(vue: Vue) -> Definition:
    """La première définition qui a une valeur l'année du bloc, à défaut la première."""
    connues = {ligne["indicateur"] for ligne in vue.lignes if ligne["annee"] == vue.annee and ligne["etat"] == "publie"}
    return next((d for d in vue.definitions if d.nom in connues), vue.definition)


def _historique_sans_l_annee(vue: Vue, definition: Definition, cellules: dict[int, Cellule], annee: int) -> str:
    """L'année n'a pas de valeur : son état, puis ce que l'on sait des années d'avant ; vide si l'on n'en sait rien."""
    decimales = _decimales_communes(cellules.values())
    passe = [
        f"{_ecrire(c, definition, True, decimales)} en {a}"
        for a, c in sorted(cellules.items(), reverse=True)
        if a < annee and c.publiee
    ]
    if not passe:
        return ""
    muette = etat(cellules.get(annee, Cellule("absente")).etat).lettres
    return f"{definition.libelle}{INSECABLE}: {muette} en {annee}{INSECABLE}; {enumeration(passe)}."


def _annees_muettes(cellules: dict[int, Cellule], annee: int) -> str:
    """« ; retenu en 2020 » : les années d'avant qui n'ont pas de valeur ne se taisent pas."""
    muettes = [(a, etat(c.etat).lettres) for a, c in sorted(cellules.items()) if not c.publiee]
    return patrons.puis(patrons.muettes(muettes))


def _egaux(cellule: Cellule, avant: Cellule, change: str) -> bool:
    """Deux années s'impriment-elles pareil ?"""
    if not (cellule.publiee and avant.publiee):
        return False
    ecart_dit = cellule.unite == "%" or moyenne_de_durees(cellule)
    return cellule.valeur == avant.valeur or (ecart_dit and change.startswith(f"0{INSECABLE}"))


def _constat_historique(vue: Vue) -> str:
    if len(vue.definitions) > 1:  # plusieurs courbes : le constat de l'une n'est pas celui du bloc
        return _constat_tendances(vue)
    versions = versions_historique(vue, vue.definition.nom)
    if not versions:
        return ""
    recente, ancienne = max(versions), min(versions)
    annee = max(a for cellules in versions.values() for a in cellules)
    cellule = versions[recente].get(annee, Cellule("absente"))
    if not cellule.publiee:
        return ""
    debut = f"{_ecrire(cellule, vue.definition, False, _decimales_communes(versions[recente].values()))} en {annee}"
    if annee in annees_de_rupture(versions):
        change = ecart(
            versions[ancienne].get(annee, Cellule("absente")), versions[ancienne].get(annee - 1, Cellule("absente"))
        )
        return locale.majuscule(debut + (f"{INSECABLE}: {change} à définition constante" if change else ""))
    avant = versions[recente].get(annee - 1, Cellule("absente"))
    change = ecart(cellule, avant)
    change = f"comme en {annee - 1}" if _egaux(cellule, avant, change) else change
    hasard = change.startswith(("+", locale.MOINS)) and incertain(cellule, avant, vue.definition)
    if (not change or hasard) and avant.publiee:
        decimales = _decimales_communes(versions[recente].values())
        change = f"contre {_ecrire(avant, vue.definition, True, decimales)} en {annee - 1}"
    return locale.majuscule(debut + (f", {change}" if change else ""))


_INCERTAIN = float("inf")


def _constat_tendances(vue: Vue) -> str:
    """« De 2021 à 2022 : 3 chiffres en hausse, 1 en baisse et 2 sans écart net » ; vide sans années comparables.

    Un taux dont l'écart peut tenir au hasard, ou à trop peu de cas, n'est ni en hausse ni en baisse.
    """
    tous = [s for d in vue.definitions if (s := _sens(vue, d)) is not None]
    if not tous:
        return ""
    sens = [s for s in tous if s != _INCERTAIN]
    comptes = (
        (sum(s > 0 for s in sens), "en hausse", "en hausse"),
        (sum(s < 0 for s in sens), "en baisse", "en baisse"),
        (sum(s == 0 for s in sens), "stable", "stables"),
        (len(tous) - len(sens), "sans écart net", "sans écart net"),
    )
    dits = [f"{n} {locale.pluriel(n, un, plusieurs)}" for n, un, plusieurs in comptes if n]
    premier, *reste = dits
    nombre_, mots = premier.split(" ", 1)
    chiffres = locale.pluriel(int(nombre_), "chiffre", "chiffres")
    texte = enumeration([f"{nombre_}{INSECABLE}{chiffres} {mots}", *reste])
    return f"De {vue.annee - 1} à {vue.annee}{INSECABLE}: {texte}"


def _sens(vue: Vue, definition: Definition) -> float | None:
    """L'écart imprimé entre l'année et la précédente, `_INCERTAIN` s'il ne prouve rien ; `None` sans comparaison."""
    versions = versions_historique(vue, definition.nom)
    if not versions or vue.annee in annees_de_rupture(versions):
        return None
    cellules = versions[max(versions)]
    cellule, avant = (cellules.get(a, Cellule("absente")) for a in (vue.annee, vue.annee - 1))
    if not (cellule.publiee and avant.publiee):
        return None
    if _egaux(cellule, avant, ecart(cellule, avant)):
        return 0
    planchers = lacunes(cellule) or lacunes(avant)
    return _INCERTAIN if planchers or incertain(cellule, avant, definition) else cellule.valeur - avant.valeur


def _ecrire(cellule: Cellule, definition: Definition, court: bool = False, decimales: int | None = None) -> str:
    """Une valeur d'historique : « 580 jeunes », « 38,8 % », « 699 € » ; `decimales` : celles de sa série."""
    if cellule.unite == "%" and cellule.numerateur is not None and _petite(cellule.base):
        return _taux_ecrit(cellule)
    if court and cellule.unite == "jours":
        return f"{nombre(cellule.valeur)}{INSECABLE}{locale.pluriel(cellule.valeur, 'jour', 'jours')}"
    if cellule.unite == "%":
        return locale.pourcentage(cellule.valeur, cellule.base, decimales)
    if cellule.unite in ("%", "jours", "mois", "ans") or cellule.unite.startswith("€"):
        return locale.valeur_unite(cellule.valeur, cellule.unite, cellule.base)
    return _au_moins(cellule) + (nombre(cellule.valeur) if court else _compter(cellule.valeur, definition))


def _lire_historique(vue: Vue) -> list[str]:
    lus = []
    for definition in vue.definitions:
        versions = versions_historique(vue, definition.nom)
        for version, cellules in versions.items():
            decimales = _decimales_communes(cellules.values())
            valeurs = _liste(f"{a} {valeur_cellule(c, decimales)}" for a, c in cellules.items())
            precision = f", définition {version}" if len(versions) > 1 else ""
            lus.append(f"{locale.minuscule(definition.libelle)}{precision} ({valeurs})")
    return lus


def _phrase_totaux(vue: Vue) -> str:
    for definition in vue.definitions:
        cellule = vue.total(definition.nom)
        if cellule.publiee:
            avant = vue.total_precedent(definition.nom)
            ecrit = _total_nomme(cellule, definition, vue.annee, _decimales_communes((cellule, avant)))
            texte = f"{definition.libelle}{INSECABLE}: {ecrit}"
            if cellule.unite == "%" and _reserve(cellule, cellule):
                texte = texte.removesuffix(")") + (", effectif réduit)" if texte.endswith(")") else _PRUDENCE)
            suite = evolution(cellule, avant, vue.annee, definition)
            return texte + _suite(suite) + _juger(cellule, avant, definition) + _manquantes(cellule) + "."
    return ""


def _manquantes(cellule: Cellule) -> str:
    """« ; 110 réponses manquent » : ce qui fait d'un compte un plancher."""
    manque = lacunes(cellule)
    return patrons.puis(patrons.reponses_manquantes(manque)) if manque else ""


def _juger(cellule: Cellule, avant: Cellule, definition: Definition) -> str:
    """« ; cet écart peut tenir au hasard » : ce que deux taux permettent de conclure, une fois l'écart dit."""
    avis = jugement(cellule, avant, definition)
    return f"{INSECABLE}; {avis}" if avis else ""


def _total_nomme(cellule: Cellule, definition: Definition, annee: int, decimales: int | None = None) -> str:
    """Le total, sans répéter un nom que le libellé dit déjà : « Premières mesures : 13 », « Sorties : aucune »."""
    nom = _nom(definition)
    if lacunes(cellule):
        return _au_moins(cellule) + total_ecrit(cellule)
    if cellule.unite == "%":
        return patrons.sans_cas(nom, annee) if cellule.base == 0 else total_ecrit(cellule, decimales)
    if nom is None or patrons.euros(nom) or not _additif(definition) or cellule.unite in ("jours", "mois", "ans"):
        return total_ecrit(cellule)
    if nom[0].lower() in definition.libelle.lower():
        return nombre(cellule.valeur) if cellule.valeur else patrons.aucun(nom)
    return total_ecrit(cellule) if cellule.valeur else locale.compte(0, nom)


def total_ecrit(cellule: Cellule, decimales: int | None = None) -> str:
    """« 17,8 % (52 sur 292) », « 25 ménages » : une part se lit avant son effectif."""
    if cellule.unite == "%" and cellule.numerateur is not None and not _petite(cellule.base):
        return (
            f"{locale.pourcentage(cellule.valeur, cellule.base, decimales)} "
            f"({nombre(cellule.numerateur)} sur {nombre(cellule.base)})"
        )
    return valeur_cellule(cellule)


# Outils


def _compter(quantite: float, definition: Definition) -> str:
    """« 15 ménages » si le nom est connu, « 15 » sinon."""
    nom = _nom(definition)
    if nom is None:
        return nombre(quantite)
    if patrons.euros(nom):
        return locale.montant(quantite)
    if quantite == 1:
        return f"1{INSECABLE}{nom[0]}"
    return locale.compte(quantite, nom)


def _nom(definition: Definition) -> tuple[str, str, bool] | None:
    """Le nom de ce que compte un indicateur, lu de sa déclaration ; `None` si elle n'en dit rien de sûr."""
    if definition.unite not in ("%", "", "nombre"):
        return locale.nom_unite(definition.unite)
    return nom_base(definition)


def nom_base(definition: Definition) -> tuple[str, str, bool] | None:
    """Le nom de ce que compte la base d'une part : « ménages », « demandes », « € »."""
    if "en euros" in definition.denominateur:
        return locale.nom_unite("euro")
    return locale.nom_unite(definition.denominateur.split(",")[0])


def _base(total: Cellule) -> float:
    if total.unite == "%":
        return total.base if total.base is not None else 0
    return total.valeur or 0


def _base_de(cellule: Cellule, total: Cellule) -> float | None:
    """Ce sur quoi porte la part d'une cellule : sa propre base, ou le total d'un compte."""
    if cellule.unite == "%":
        return cellule.base
    return _base(total) if total.publiee else None


def _petite(base: float | None) -> bool:
    return base is not None and base < BASE_POURCENTAGE


def _reserve(cellule: Cellule, total: Cellule) -> str:
    """Prudence après un pourcentage calculé sur moins de 30 ; sous 10, il n'y a pas de pourcentage."""
    base = _base_de(cellule, total)
    return _PRUDENCE if base is not None and BASE_POURCENTAGE <= base < BASE_PRUDENCE else ""


def _suite(texte: str) -> str:
    return f", {texte}" if texte else ""


def _entre_parentheses(texte: str) -> str:
    return f" ({texte})" if texte else ""


def _arrondi(valeur: float, decimales: int) -> Decimal:
    return Decimal(nombre(valeur, decimales).replace(locale.FINE, "").replace(",", ".").replace(locale.MOINS, "-"))


def _liste(morceaux: Iterable[str]) -> str:
    return f"{INSECABLE}; ".join(morceaux)
