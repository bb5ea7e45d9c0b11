"""Un bloc du rapport en feuille de classeur : les mêmes cellules que la page, une seule ligne d'en-tête.

Une part y est accompagnée de son effectif et de sa base, dans leurs propres colonnes ; une série a ses mois en lignes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from observatoire.campagne.donnees_types import Bloc, Definition
from observatoire.classeurs.contenu import Cellule as Case
from observatoire.classeurs.contenu import Feuille, Nombre
from observatoire.classeurs.formats import BASE_MINIMALE, ecrire, format_de
from observatoire.restitution import locale
from observatoire.restitution.cellules import ABSENTE, Cellule, Modalite, Vue
from observatoire.restitution.etats import etat, raison
from observatoire.restitution.graphiques import versions_historique
from observatoire.restitution.phrases import nom_base
from observatoire.restitution.tableaux import intitule

SANS_PART = "part_non_calculee"
MARQUE_SANS_PART = "·"
_A_BASE = ("rapport", "moyenne", "mediane", "repartition", "citations", "survie")
_PARTS = ("repartition", "citations")


@dataclass
class Rangees:
    """Les colonnes d'un tableau en cours : titres, cases, états rencontrés."""

    colonnes: list[str] = field(default_factory=list)
    cases: list[list[Case]] = field(default_factory=list)
    etats: set[str] = field(default_factory=set)
    totaux: int = 0

    def texte(self, titre: str, textes: Iterable[str | None]) -> None:
        """Ajoute une colonne de textes."""
        self._ajouter(titre, list(textes))

    def valeurs(self, titre: str, cellules: Sequence[Cellule], euros: bool = False, format_: str = "") -> None:
        """Ajoute les valeurs de cellules ; une part sur moins de dix ne s'écrit pas."""
        format_ = format_ or format_de(cellules, euros=euros)
        self._ajouter(titre, [self._valeur(c, format_) for c in cellules])

    def mixtes(self, titre: str, cellules: Sequence[Cellule], formats: Sequence[str]) -> None:
        """Ajoute les valeurs de cellules d'unités différentes, chacune à son format."""
        self._ajouter(titre, [self._valeur(c, f) for c, f in zip(cellules, formats, strict=True)])

    def nombres(self, titre: str, nombres: Iterable[Nombre | None]) -> None:
        """Ajoute une colonne de nombres déjà mis en forme."""
        self._ajouter(titre, list(nombres))

    def effectifs(self, titre: str, cellules: Sequence[Cellule], format_: str = "") -> None:
        """Ajoute le nombre d'unités de chaque cellule : le numérateur d'une part, la valeur d'un compte."""
        format_ = format_ or format_de(cellules, effectif=True)
        self._ajouter(titre, [Nombre(c.effectif, format_) if c.comptee else self._etat(c.etat) for c in cellules])

    def termes(self, titre: str, cellules: Sequence[Cellule], terme: str, format_: str = "n0") -> None:
        """Ajoute le `numerateur` ou la `base` de cellules publiées ; rien là où la cellule n'en a pas."""
        lus = [getattr(c, terme) if c.publiee else None for c in cellules]
        if any(n is not None for n in lus):
            entiers = all(float(n).is_integer() for n in lus if n is not None)
            format_ = format_ if entiers or format_ != "n0" else "n1"
            self._ajouter(titre, [None if n is None else Nombre(n, format_) for n in lus])

    def _valeur(self, cellule: Cellule, format_: str) -> Case:
        if not cellule.publiee:
            return self._etat(cellule.etat)
        if cellule.unite == "%" and cellule.base is not None and cellule.base < BASE_MINIMALE:
            self.etats.add(SANS_PART)
            return MARQUE_SANS_PART
        return ecrire(cellule, format_)

    def _etat(self, nom: str) -> str:
        # Un masquage secondaire a le visage d'un primaire : les distinguer dirait quelles cellules sont petites.
        nom = {"publie": "absente", "masque_secondaire": "masque"}.get(nom, nom)
        self.etats.add(nom)
        return etat(nom).marque

    def _ajouter(self, titre: str, cases: list[Case]) -> None:
        # Un tableur ne distingue pas les majuscules dans les noms de colonne d'un tableau.
        pris, rang, propre = {c.casefold() for c in self.colonnes}, 2, titre
        while propre.casefold() in pris:
            propre, rang = f"{titre} ({rang})", rang + 1
        self.colonnes.append(propre)
        self.cases.append(cases)

    def feuille(self, titre: str, avant: Iterable[tuple[str, str]], section: str = "") -> Feuille:
        """La feuille de ces colonnes."""
        return Feuille(
            titre=titre,
            colonnes=tuple(self.colonnes),
            rangees=tuple(zip(*self.cases, strict=True)),
            section=section,
            avant=tuple((nom, locale.typographie(texte)) for nom, texte in avant if texte),
            totaux=self.totaux,
            etats=tuple(sorted(self.etats)),
        )


def feuille_bloc(bloc: Bloc, section: str = "", source: str = "") -> Feuille | None:
    """La feuille d'un bloc ; rien s'il n'imprime aucune cellule.

    Entrées : `section`, où le sommaire la range ; `source`, d'où viennent ces chiffres.
    """
    vue = Vue(bloc)
    if not bloc.definitions or not vue.lignes:
        return None
    rangees = Rangees()
    _COMPOSITIONS[vue.disposition](vue, rangees)
    avant = [
        ("Période", _quand(vue)),
        ("Unité", _unites(vue)),
        ("Base", base(vue)),
        ("Source", source),
        *reserves(bloc),
    ]
    return rangees.feuille(locale.typographie(bloc.titre), avant, section)


# Compositions


def _totaux(vue: Vue, sortie: Rangees) -> None:
    """Une ligne par indicateur, avec son unité : les colonnes mêlent les unités, pas les lignes."""
    definitions = vue.definitions
    cellules = [vue.total(d.nom) for d in definitions]
    avant = [vue.total_precedent(d.nom) for d in definitions]
    formats = [format_de(c, euros=vue.montant(d.nom)) for d, *c in zip(definitions, cellules, avant, strict=True)]
    sortie.texte("Indicateur", [d.libelle for d in definitions])
    sortie.texte("Unité", [d.unite for d in definitions])
    for annee, colonne in ((vue.annee, cellules), (vue.annee - 1, avant)):
        if annee != vue.annee and not vue.a_precedente:
            break
        sortie.mixtes(str(annee), colonne, formats)
        _termes(sortie, colonne, definitions, str(annee))


def _termes(sortie: Rangees, cellules: Sequence[Cellule], definitions: Sequence[Definition], annee: str) -> None:
    """L'effectif et la base derrière un taux ou une moyenne."""
    a_base = [c if d.forme in _A_BASE else ABSENTE for c, d in zip(cellules, definitions, strict=True)]
    parts = [c if c.unite == "%" else ABSENTE for c in a_base]
    sortie.termes(f"Effectif {annee}", parts, "numerateur")
    sortie.termes(f"Base {annee}", a_base, "base")


def _ventile(vue: Vue, sortie: Rangees) -> None:
    """Une ligne par modalité ; de chaque indicateur l'effectif, la part, et l'année précédente."""
    modalites = vue.modalites()
    totaux = any(vue.total(d.nom) is not ABSENTE and d.forme != "survie" for d in vue.definitions)
    citations = all(d.forme == "citations" for d in vue.definitions)
    fin = [("Total des citations" if citations else "Total")] if totaux else []
    sortie.texte(intitule(vue, vue.ventilation), [*(locale.typographie(m.libelle) for m in modalites), *fin])
    annees = (vue.annee, vue.annee - 1) if vue.a_precedente else (vue.annee,)
    for definition in vue.definitions:
        colonnes = {a: _colonne(vue, definition, modalites, a, totaux) for a in annees}
        _ecrire_ventilation(vue, definition, colonnes, totaux, sortie)
    sortie.totaux = len(fin)


def _colonne(
    vue: Vue, definition: Definition, modalites: Sequence[Modalite], annee: int, totaux: bool
) -> list[Cellule]:
    nom = definition.nom
    if annee == vue.annee:
        cellules, total = [vue.cellule(nom, m.code) for m in modalites], vue.total(nom)
    else:
        cellules, total = [vue.ligne_precedente(nom, m) for m in modalites], vue.total_precedent(nom)
    return [*cellules, total] if totaux else cellules


def _ecrire_ventilation(
    vue: Vue, definition: Definition, colonnes: Mapping[int, list[Cellule]], totaux: bool, sortie: Rangees
) -> None:
    """Les colonnes d'un indicateur, année après année, au même format : effectif et part, ou valeur."""
    euros, toutes = vue.montant(definition.nom), [c for cellules in colonnes.values() for c in cellules]
    devant = f"{definition.libelle}, " if len(vue.definitions) > 1 else ""
    format_ = format_de(toutes, euros=euros)
    for annee, cellules in colonnes.items():
        # La somme de parts de citations ne compte rien : chacun en cite plusieurs.
        parts = [*cellules[:-1], Cellule("sans_objet")] if totaux and definition.forme == "citations" else cellules
        # Des exercices en lignes : l'année de l'état n'est pas celle du chiffre.
        quand = "" if vue.ventilation == "annee" else f" {annee}"
        if not en_part(vue, definition):
            sortie.valeurs(_debut(f"{devant}{_titre_valeur(vue, definition)}{quand}"), parts, format_=format_)
            continue
        effectif = format_de(toutes, effectif=True, euros=euros)
        sortie.effectifs(_debut(f"{devant}{'montant' if euros else 'effectif'}{quand}"), cellules, effectif)
        assez = any(c.publiee and (c.base is None or c.base >= BASE_MINIMALE) for c in parts)
        if assez or definition.forme not in _PARTS:
            sortie.valeurs(_debut(f"{devant}part{quand}"), parts, format_=format_)
        if definition.forme == "rapport":  # chaque ligne y a sa propre base
            sortie.termes(_debut(f"{devant}base{quand}"), cellules, "base")


def _debut(titre: str) -> str:
    return locale.majuscule(titre)


def _titre_valeur(vue: Vue, definition: Definition) -> str:
    if vue.montant(definition.nom) or definition.unite.startswith("€"):
        return "montant"
    if definition.unite == "%":
        return "part"
    if definition.forme in ("moyenne", "mediane", "maximum", "minimum", "survie"):
        return definition.unite
    if definition.unite in ("heures", "ETP", "journées"):
        return definition.unite
    return "effectif" if locale.nom_unite(definition.unite) else definition.unite


def _territoires(vue: Vue, sortie: Rangees) -> None:
    """Une ligne par indicateur, une colonne par territoire : chaque ligne a son unité."""
    modalites = vue.modalites()
    colonnes = {d.nom: [vue.cellule(d.nom, m.code) for m in modalites] for d in vue.definitions}
    lignes = list(zip(*colonnes.values(), strict=True))
    formats = [format_de(cellules) for cellules in lignes]
    sortie.texte("Indicateur", [locale.typographie(m.libelle) for m in modalites])
    sortie.texte("Unité", [next((c.unite for c in cellules if c.unite), None) for cellules in lignes])
    for definition in vue.definitions:
        cellules = colonnes[definition.nom]
        sortie.mixtes(definition.libelle, cellules, formats)
        parts = [c if c.unite == "%" else ABSENTE for c in cellules]
        sortie.termes(f"{definition.libelle}, effectif", parts, "numerateur")
        sortie.termes(f"{definition.libelle}, base", parts, "base")


def _serie(vue: Vue, sortie: Rangees) -> None:
    """Une ligne par mois, puis l'ensemble de l'année ; une colonne par indicateur et par année."""
    mois = vue.modalites()
    moyenne = all(d.forme in ("rapport", "moyenne") for d in vue.definitions)
    fin = "Moyenne" if moyenne else "Total" if all(_cumule(vue, d) for d in vue.definitions) else "Ensemble de l'année"
    sortie.texte("Mois", [*(locale.majuscule(locale.mois(m.code)) for m in mois), fin])
    for definition in vue.definitions:
        nom, devant = definition.nom, f"{definition.libelle}, " if len(vue.definitions) > 1 else ""
        annees = {vue.annee: [*(vue.cellule(nom, m.code) for m in mois), vue.total(nom)]}
        if vue.a_precedente:
            annees[vue.annee - 1] = [*(vue.mois_precedent(nom, m.code) for m in mois), vue.total_precedent(nom)]
        for annee, cellules in annees.items():
            titre = f"{devant}{annee}" if devant else f"{_titre_valeur(vue, definition)} {annee}"
            sortie.valeurs(_debut(titre), cellules, vue.montant(nom))
    sortie.totaux = 1


def _cumule(vue: Vue, definition: Definition) -> bool:
    """L'année est-elle la somme de ses mois ? Pas pour des personnes présentes plusieurs mois."""
    mois = [vue.cellule(definition.nom, m.code) for m in vue.modalites()]
    total = vue.total(definition.nom)
    if not (total.publiee and all(c.publiee for c in mois)):
        return True
    return abs(sum(c.valeur or 0.0 for c in mois) - (total.valeur or 0.0)) < 0.5


def _matrice(vue: Vue, sortie: Rangees) -> None:
    """Le croisement, avec ses marges."""
    lignes, colonnes = vue.axes_matrice()
    nom, (un, deux) = vue.definition.nom, vue.croisement
    sortie.texte(intitule(vue, un), [*(locale.typographie(m.libelle) for m in lignes), "Total"])
    for colonne in colonnes:
        cellules = [vue.cellule(nom, m.code, colonne.code) for m in lignes]
        sortie.effectifs(locale.typographie(colonne.libelle), [*cellules, vue.marge(nom, deux, colonne.code)])
    sortie.effectifs("Total", [*(vue.marge(nom, un, m.code) for m in lignes), vue.total(nom)])
    sortie.totaux = 1


def _historique(vue: Vue, sortie: Rangees) -> None:
    """Une ligne par année ; une colonne par définition, avec l'effectif et la base d'un taux."""
    series = [(d, v, cellules) for d in vue.definitions for v, cellules in versions_historique(vue, d.nom).items()]
    annees = sorted({a for _, _, cellules in series for a in cellules})
    sortie.texte("Année", [str(a) for a in annees])
    for definition, version, connues in series:
        versions = versions_historique(vue, definition.nom)
        titre = f"{definition.libelle}, définition {version}" if len(versions) > 1 else definition.libelle
        ailleurs = {a for cellules in versions.values() for a in cellules}
        cellules = [connues.get(a) or (ABSENTE if a in ailleurs else Cellule("non_recu")) for a in annees]
        unite = "" if definition.unite == "%" or locale.nom_unite(definition.unite) else f" ({definition.unite})"
        sortie.valeurs(f"{titre}{unite}", cellules, vue.montant(definition.nom))
        parts = [c if c.unite == "%" else ABSENTE for c in cellules]
        sortie.termes(f"{titre}, effectif", parts, "numerateur")
        sortie.termes(f"{titre}, base", parts, "base")


# Ce qui se lit avant le tableau


def en_part(vue: Vue, definition: Definition) -> bool:
    """L'indicateur s'imprime-t-il en effectif et en part ?"""
    siennes = [ligne for ligne in vue.lignes if ligne["indicateur"] == definition.nom]
    return any(ligne["unite"] == "%" and ligne["numerateur"] is not None for ligne in siennes)


def _quand(vue: Vue) -> str:
    if vue.bloc.graphique == "historique":
        annees = sorted({ligne["annee"] for ligne in vue.lignes})
        return f"{annees[0]} à {annees[-1]}" if len(annees) > 1 else str(annees[0])
    precedente = vue.a_precedente and not vue.croisement[1] and vue.ventilation != "indicateur"
    return f"{vue.annee} et {vue.annee - 1}" if precedente else str(vue.annee)


def _unites(vue: Vue) -> str:
    """« effectif et part » d'une répartition, l'unité d'un compte ; la colonne la dit quand les lignes en changent."""
    historique = vue.bloc.graphique == "historique"
    if not historique and vue.ventilation in ("", "indicateur"):
        return "dite à chaque ligne"
    dites = []
    for definition in vue.definitions:
        nom = nom_base(definition)
        compte = nom[1] if nom else "effectif"
        if historique or not en_part(vue, definition):
            dites.append("part" if definition.unite == "%" else definition.unite)
        else:
            dites.append(compte if vue.croisement[1] else f"{compte} et part")
    return locale.enumeration(dict.fromkeys(dites))


def base(vue: Vue) -> str:
    """« 25 ménages, 1 non renseigné » ; vide quand le tableau n'a pas de part."""
    if not vue.ventilation or vue.bloc.graphique == "historique":
        return ""
    morceaux = []
    for definition in vue.definitions:
        total = vue.total(definition.nom)
        if not en_part(vue, definition) or vue.montant(definition.nom) or not total.comptee or total.base is None:
            continue
        nom = nom_base(definition)
        texte = locale.nombre(total.base) + (f" {locale.pluriel(total.base, nom[0], nom[1])}" if nom else "")
        texte += f" ({locale.minuscule(definition.libelle)})" if len(vue.definitions) > 1 else ""
        if total.non_renseignes:
            manquants = locale.pluriel(total.non_renseignes, "non renseigné", "non renseignés")
            texte += f", {locale.nombre(total.non_renseignes)} {manquants} en plus"
        morceaux.append(texte)
    return " ; ".join(morceaux)


def reserves(bloc: Bloc) -> Iterable[tuple[str, str]]:
    """Ce qui nuance les chiffres d'un bloc : ce que la qualité retient, ce qu'elle signale, les réglages."""
    libelles = {d.nom: d.libelle for d in bloc.definitions}
    groupes: dict[tuple[str, ...], list[str]] = {}
    for retenue in bloc.retenues:
        quoi = f"{libelles.get(retenue.indicateur, retenue.indicateur)} ({retenue.annee})"
        noms = groupes.setdefault(retenue.motifs, [])
        if quoi not in noms:
            noms.append(quoi)
    for motifs, noms in groupes.items():
        yield "Retenu par le contrôle de la qualité", f"{locale.enumeration(noms)} : {raison(motifs)}"
    for texte in bloc.alertes:
        yield "Réserve", texte
    for texte in bloc.derogations:
        yield "Publié par dérogation", texte
    for texte in bloc.notes:
        yield "Note", texte


_COMPOSITIONS: dict[str, Callable[[Vue, Rangees], None]] = {
    "historique": _historique,
    "matrice": _matrice,
    "serie": _serie,
    "territoires": _territoires,
    "totaux": _totaux,
    "ventile": _ventile,
}
