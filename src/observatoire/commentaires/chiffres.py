"""Les chiffres qu'un commentaire peut injecter : les cellules protégées de son rapport, et elles seules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from observatoire.campagne.donnees_types import Bloc, Definition, DonneesRapport
from observatoire.commentaires.expressions import Expression
from observatoire.commentaires.lecture import AVANT_PROPOS, CHIFFRES_CLES, plier
from observatoire.erreurs import ErreurDefinition, ErreurObservatoire, suggestion
from observatoire.espace import Espace
from observatoire.indicateurs.libelles import SUFFIXE_GROUPE, nomenclature_de
from observatoire.indicateurs.registre import REGISTRE
from observatoire.restitution import locale, phrases
from observatoire.restitution.cellules import ABSENTE, Cellule, Modalite, Vue
from observatoire.restitution.etats import etat
from observatoire.univers import UNIVERS

_NON_ADDITIVES = ("rapport", "survie", "moyenne", "mediane", "maximum", "minimum")


@dataclass(frozen=True)
class Valeur:
    """Ce qu'une injection imprime. `publiee` : faux si la cellule est masquée, retenue ou sans valeur."""

    texte: str
    publiee: bool = True


@dataclass(frozen=True)
class Lecture:
    """Une cellule trouvée : l'année, la précédente, leur total et la définition qui les dit.

    `decimales` : celles que le tableau donne à ses parts ; `None` si leur base en décide.
    """

    definition: Definition
    cellule: Cellule
    avant: Cellule
    total: Cellule
    libelle: str
    annee: int
    decimales: int | None = None


class Chiffres:
    """Trouve et écrit les chiffres d'un rapport par leur nom, dans les mots du rapport lui-même."""

    def __init__(self, espace: Espace, donnees: DonneesRapport) -> None:
        self.espace, self.donnees = espace, donnees
        self.annee = donnees.annee

    # Évaluer

    def evaluer(self, expression: Expression, fichier: str, section: str, figure: str = "") -> Valeur:
        """Ce que vaut une injection dans une section (et une figure) du rapport.

        Lève `ErreurDefinition`, qui nomme `fichier` et la ligne, si le nom, la fonction, la modalité ou le nombre
        d'arguments ne convient pas.
        """
        try:
            return self._evaluer(expression, section, figure)
        except ErreurObservatoire as erreur:
            raise ErreurDefinition(
                f"{fichier}, ligne {expression.ligne}, « {{{{ {expression.ecrite} }}}} » : {erreur.message}",
                erreur.remede,
            ) from erreur

    def _evaluer(self, expression: Expression, section: str, figure: str) -> Valeur:
        if expression.appel:
            return self._appeler(expression, section, figure)
        if expression.nom in self._variables:
            return Valeur(self._variables[expression.nom])
        if expression.nom in FONCTIONS:
            exemple = FONCTIONS[expression.nom][2]
            raise ErreurDefinition(f"« {expression.nom} » attend ses valeurs.", f"Écrivez « {{{{ {exemple} }}}} ».")
        return _ecrire(self._trouver((expression.nom,), section, figure))

    def _appeler(self, expression: Expression, section: str, figure: str) -> Valeur:
        if expression.nom not in FONCTIONS:
            raise ErreurDefinition(
                f"fonction « {expression.nom} » inconnue.",
                f"{suggestion(expression.nom, FONCTIONS)} Fonctions : {', '.join(FONCTIONS)}.".strip(),
            )
        fonction, (au_moins, au_plus), exemple = FONCTIONS[expression.nom]
        options = dict(expression.options)
        if "figure" in options:
            figure, section = self._situer(str(options.pop("figure")))
        if options or not au_moins <= len(expression.arguments) <= au_plus:
            raise ErreurDefinition(f"« {expression.nom} » ne s'écrit pas ainsi.", f"Exemple : « {{{{ {exemple} }}}} ».")
        return fonction(self, tuple(map(str, expression.arguments)), section, figure)

    @cached_property
    def _variables(self) -> dict[str, str]:
        """Les noms qui ne sont pas des indicateurs."""
        fiche = self.donnees.service
        return {
            "annee": str(self.annee),
            "annee_precedente": str(self.annee - 1),
            "service": fiche.libelle,
            "association": fiche.association,
            "territoire": fiche.territoire,
            "periode": str(self.donnees.periode),
        }

    def noms(self) -> list[str]:
        """Les indicateurs que ce rapport permet d'injecter, dans l'ordre où il les imprime."""
        return list(dict.fromkeys(d.nom for b in self.donnees.blocs for d in b.definitions))

    def connait(self, expression: Expression) -> bool:
        """Le rapport imprime-t-il l'indicateur que nomme cette injection, que ses données soient là ou non ?"""
        nom = str(expression.arguments[0]) if expression.appel and expression.arguments else expression.nom
        return expression.nom == "libre" or nom in self._variables or nom in self.noms()

    def _situer(self, titre: str) -> tuple[str, str]:
        """La figure et la section d'un titre de figure donné en option."""
        connus = {plier(b.titre): (b.titre, s.titre) for s in reversed(self.donnees.sections) for b in s.blocs}
        connus[plier(CHIFFRES_CLES)] = ("", CHIFFRES_CLES)
        if plier(titre) not in connus:
            titres = [f for f, _ in connus.values() if f]
            raise ErreurDefinition(f"ce rapport n'a pas de figure « {titre} ».", suggestion(titre, titres))
        return connus[plier(titre)]

    # Trouver

    def _trouver(self, cles: tuple[str, ...], section: str, figure: str) -> Lecture:
        """La cellule d'un indicateur et, s'il y en a, de ses modalités ; celle de la section d'abord.

        Lève `ErreurDefinition` si rien ne convient, ou si deux tableaux de même rang disent deux valeurs.
        """
        nom, *modalites = cles
        if nom not in self.noms():
            raise self._indicateur_inconnu(nom)
        trouves: dict[tuple[int, ...], dict[tuple, tuple[Lecture, str]]] = {}
        for rang, bloc in self._candidats(nom, section, figure):
            for lue in self._lire(_comparable(bloc, nom, self.annee), nom, modalites):
                lue = replace(lue, decimales=_decimales(bloc, nom))
                empreinte = (lue.cellule.etat, lue.cellule.valeur, lue.cellule.numerateur, lue.cellule.base)
                trouves.setdefault(rang, {}).setdefault(empreinte, (lue, bloc.titre))
        if not trouves:
            raise self._modalite_inconnue(nom, modalites, section, figure)
        meilleures = list(trouves[min(trouves)].values())
        if len(meilleures) > 1:
            titres = locale.enumeration(locale.guillemets(titre) for _, titre in meilleures)
            raise ErreurDefinition(
                f"les figures {titres} disent deux valeurs de « {nom} ».",
                f'Précisez laquelle : figure="{meilleures[0][1]}".',
            )
        return meilleures[0][0]

    def _indicateur_inconnu(self, nom: str) -> ErreurDefinition:
        if nom in REGISTRE:
            return ErreurDefinition(
                f"ce rapport n'imprime pas l'indicateur « {nom} ».",
                f"Ajoutez-le à une section de data/services/{self.donnees.service.id}.toml, ou retirez-le du texte.",
            )
        proche = suggestion(nom, [*self.noms(), *self._variables, *FONCTIONS])
        return ErreurDefinition(
            f"l'indicateur « {nom} » n'existe pas.", proche or f"Indicateurs du rapport : {', '.join(self.noms())}."
        )

    def _candidats(self, nom: str, section: str, figure: str) -> Iterator[tuple[tuple[int, ...], Bloc]]:
        """Les tableaux d'un indicateur et leur rang : la figure, la section, les chiffres clés, le reste."""
        titres = {id(b): s.titre for s in self.donnees.sections for b in s.blocs}
        for bloc in self.donnees.blocs:
            if nom not in {d.nom for d in bloc.definitions}:
                continue
            sienne = titres.get(id(bloc), CHIFFRES_CLES)
            general = section in (AVANT_PROPOS, CHIFFRES_CLES) and sienne == CHIFFRES_CLES
            proche = 0 if figure and bloc.titre == figure else 1 if sienne == section or general else 3
            particulier = int(bool(bloc.reglage.get("zoom") or bloc.reglage.get("reglages")))
            if proche == 3 and sienne == CHIFFRES_CLES:
                proche = 2
            yield (proche, particulier), bloc

    def _lire(self, bloc: Bloc, nom: str, modalites: list[str]) -> Iterator[Lecture]:
        """La lecture d'un tableau ; rien s'il n'a pas ces modalités."""
        vue = Vue(bloc)
        definition = next((d for d in vue.definitions if d.nom == nom), None)
        if definition is None:
            return
        total, avant_total = vue.total(nom), vue.total_precedent(nom)
        if not modalites:
            if total.etat != "absente" or avant_total.etat != "absente":
                yield Lecture(definition, total, avant_total, total, definition.libelle, self.annee)
            return
        if len(modalites) == 1:
            yield from self._lire_modalite(vue, definition, modalites[0], total)
            return
        lignes, colonnes = vue.axes_matrice()
        un, deux = _chercher(lignes, modalites[0]), _chercher(colonnes, modalites[1])
        if vue.croisement[1] and un and deux:
            cellule, avant = vue.cellule(nom, un.code, deux.code), vue.precedente(nom, un.code, deux.code)
            yield Lecture(definition, cellule, avant, total, f"{un.libelle}, {deux.libelle}", self.annee)

    def _lire_modalite(self, vue: Vue, definition: Definition, demandee: str, total: Cellule) -> Iterator[Lecture]:
        nom = definition.nom
        if vue.croisement[1]:
            yield from self._lire_marge(vue, definition, demandee, total)
            return
        if not vue.ventilation:
            return
        if modalite := _chercher(vue.modalites(), demandee):
            cellule, avant = vue.ligne(nom, modalite), vue.ligne_precedente(nom, modalite)
            yield Lecture(definition, cellule, avant, total, modalite.libelle, self.annee)
            return
        if groupe := self._regroupement(vue.ventilation, definition, demandee):
            libelle, codes = groupe
            maintenant = _somme([vue.cellule(nom, c) for c in codes], total)
            avant_total = vue.total_precedent(nom)
            avant = _somme([vue.ligne_precedente(nom, Modalite(c, c)) for c in codes], avant_total)
            yield Lecture(definition, maintenant, avant, total, libelle, self.annee)

    def _lire_marge(self, vue: Vue, definition: Definition, demandee: str, total: Cellule) -> Iterator[Lecture]:
        """La marge d'un tableau croisé : la ligne ou la colonne de cette modalité, ou de ce regroupement."""
        for variable, axe in zip(vue.croisement, vue.axes_matrice(), strict=True):
            if modalite := _chercher(axe, demandee):
                marge = vue.marge(definition.nom, variable, modalite.code)
                yield Lecture(definition, marge, ABSENTE, total, modalite.libelle, self.annee)
                return
            groupe = self._regroupement(variable, definition, demandee)
            presents = {m.code for m in axe}
            codes = [c for c in groupe[1] if c in presents] if groupe else []
            if codes:
                somme = _somme([vue.marge(definition.nom, variable, c) for c in codes], total)
                yield Lecture(definition, somme, ABSENTE, total, groupe[0], self.annee)
                return

    def _regroupement(self, variable: str, definition: Definition, demandee: str) -> tuple[str, list[str]] | None:
        """Les codes d'une modalité que le tableau n'imprime pas : un poste de regroupement, ou une ligne sans effectif.

        « Isolé » réunit « Homme seul », « Femme seule » et « Mineur isolé » : leur somme, si chacun se publie.
        """
        colonne = variable.removesuffix(SUFFIXE_GROUPE)
        univers = UNIVERS.get(definition.univers)
        if univers is None or definition.forme in _NON_ADDITIVES or variable.endswith(SUFFIXE_GROUPE):
            return None
        nomenclature = nomenclature_de(self.espace, univers, colonne)
        if nomenclature is None:
            return None
        pli = plier(demandee)
        for code, libelle in nomenclature.libelles.items():
            if pli in (plier(code), plier(libelle)):
                return libelle, [code]
        groupes: dict[str, list[str]] = {}
        for code, groupe in nomenclature.regroupements.items():
            groupes.setdefault(groupe, []).append(code)
        return next(((g, codes) for g, codes in groupes.items() if plier(g) == pli), None)

    def _modalite_inconnue(self, nom: str, modalites: list[str], section: str, figure: str) -> ErreurDefinition:
        if not modalites:
            return ErreurDefinition(
                f"« {nom} » n'a pas de total dans ce rapport.", f'Nommez une modalité : part("{nom}", "…").'
            )
        connues: dict[str, None] = {}
        for _, bloc in sorted(self._candidats(nom, section, figure), key=lambda c: c[0]):
            vue = Vue(_comparable(bloc, nom, self.annee))
            axes = vue.axes_matrice() if vue.croisement[1] else ([vue.modalites()] if vue.ventilation else [])
            connues.update(dict.fromkeys(m.libelle for axe in axes for m in axe))
        dites = " × ".join(f"« {m} »" for m in modalites)
        if not connues:
            return ErreurDefinition(f"« {nom} » n'est pas détaillé dans ce rapport : {dites} ne s'y lit pas.")
        proche = next(filter(None, (suggestion(m, connues) for m in modalites if not _chercher_nom(m, connues))), "")
        return ErreurDefinition(
            f"« {nom} » n'a pas de modalité {dites} dans ce rapport.",
            proche or f"Modalités : {', '.join(connues)}.",
        )

    # Écrire : une fonction par nom de FONCTIONS

    def nombre(self, cles: tuple[str, ...], section: str, figure: str) -> Valeur:
        """L'effectif nu : « 15 »."""
        lue = self._trouver(cles, section, figure)
        if not lue.cellule.publiee:
            return _muette(lue.cellule)
        return Valeur(locale.nombre_de(lue.cellule.effectif, lue.definition.unite))

    def compte(self, cles: tuple[str, ...], section: str, figure: str) -> Valeur:
        """L'effectif et son nom, accordés : « 15 ménages », « un seul ménage », « aucun ménage »."""
        lue = self._trouver(cles, section, figure)
        if not lue.cellule.publiee:
            return _muette(lue.cellule)
        nom = phrases.nom_base(lue.definition) if lue.cellule.unite == "%" else locale.nom_unite(lue.definition.unite)
        if nom is None or nom[0] == "€" or not _compte(lue):
            return _ecrire(lue)
        return Valeur(locale.compte(lue.cellule.effectif, nom))

    def part(self, cles: tuple[str, ...], section: str, figure: str) -> Valeur:
        """La part : « 60 % », ou « 3 sur 5 » sous une base de dix."""
        lue = self._trouver(cles, section, figure)
        return self._part(lue, lue.cellule, lue.total)

    def _part(self, lue: Lecture, cellule: Cellule, total: Cellule) -> Valeur:
        if not cellule.publiee:
            return _muette(cellule)
        base = cellule.base if cellule.unite == "%" else total.valeur if total.publiee else None
        if cellule.unite != "%" and (lue.definition.forme in _NON_ADDITIVES or cellule is total):
            raise ErreurDefinition(
                f"« {lue.definition.nom} » n'a pas de part ici.", "Nommez une modalité, ou écrivez son nom seul."
            )
        if not total.publiee and cellule.unite != "%":
            return _muette(total)
        if not base:
            return _muette(Cellule("sans_objet"))
        if base < phrases.BASE_POURCENTAGE and (cellule.unite != "%" or cellule.numerateur is not None):
            return Valeur(f"{locale.nombre(cellule.effectif)} sur {locale.nombre(base)}")
        euros = "en euros" in lue.definition.denominateur
        taux = cellule.valeur if cellule.unite == "%" else 100 * cellule.effectif / base
        decimales = lue.decimales if cellule.unite == "%" else None
        return Valeur(locale.pourcentage(taux, base, decimales, euros))

    def sur(self, cles: tuple[str, ...], section: str, figure: str) -> Valeur:
        """L'effectif et sa base : « 15 sur 25 »."""
        lue = self._trouver(cles, section, figure)
        base = lue.cellule.base if lue.cellule.unite == "%" else lue.total.valeur
        if not lue.cellule.publiee:
            return _muette(lue.cellule)
        if base is None or lue.definition.forme in ("moyenne", "mediane", "maximum", "minimum"):
            return _muette(lue.total)
        return Valeur(f"{locale.nombre(lue.cellule.effectif)} sur {locale.nombre(base)}")

    def precedent(self, cles: tuple[str, ...], section: str, figure: str) -> Valeur:
        """La valeur de l'année précédente, à définition constante."""
        lue = self._trouver(cles, section, figure)
        return _ecrire(replace(lue, cellule=lue.avant))

    def evolution(self, cles: tuple[str, ...], section: str, figure: str) -> Valeur:
        """L'évolution sur un an : « soit 2 de plus qu'en 2021 (+9 %) », « contre 42 % en 2021 (+8 points) »."""
        lue = self._trouver(cles, section, figure)
        for cellule in (lue.cellule, lue.avant):
            if cellule.etat == "rupture":
                return Valeur(f"sans comparaison avec {self.annee - 1}, la définition ayant changé", False)
            if cellule.masquee:
                return Valeur("[évolution masquée]", False)
        if not lue.cellule.publiee:
            return _muette(lue.cellule)
        if not lue.avant.publiee:
            return Valeur(f"sans comparaison possible avec {self.annee - 1}", False)
        ecrite = phrases.evolution(lue.cellule, lue.avant, self.annee, lue.definition, lue.decimales)
        return Valeur(ecrite or f"trop peu de cas pour comparer à {self.annee - 1}")

    def tete(self, cles: tuple[str, ...], section: str, figure: str) -> Valeur:
        """Le libellé de la modalité la plus forte : « Homme seul »."""
        (nom,) = cles
        for _, bloc in sorted(self._candidats(nom, section, figure), key=lambda c: c[0]):
            vue = Vue(_comparable(bloc, nom, self.annee))
            if not vue.ventilation or vue.croisement[1]:
                continue
            return _premiere(vue, next(d for d in vue.definitions if d.nom == nom))
        raise self._sans_detail(nom)

    def _sans_detail(self, nom: str) -> ErreurDefinition:
        if nom in self.noms():
            return ErreurDefinition(f"« {nom} » n'est pas détaillé dans ce rapport.")
        return self._indicateur_inconnu(nom)

    def accord(self, cles: tuple[str, ...], section: str, figure: str) -> Valeur:
        """Le singulier ou le pluriel selon un effectif : `accord("sorties", "a quitté", "ont quitté")`."""
        *cible, singulier, pluriel = cles
        lue = self._trouver(tuple(cible), section, figure)
        quantite = lue.cellule.effectif if lue.cellule.publiee else 2
        return Valeur(locale.pluriel(quantite, singulier, pluriel))

    def libre(self, cles: tuple[str, ...], section: str, figure: str) -> Valeur:
        """Un nombre qui n'est d'aucun tableau, et que l'auteur assume : « ouvert depuis {{ libre("12 ans") }} »."""
        return Valeur(cles[0])


def _premiere(vue: Vue, definition: Definition) -> Valeur:
    """La modalité connue la plus forte ; masquée si une cellule masquée pourrait la dépasser."""
    if tete := phrases.premieres(vue, definition):
        return Valeur(locale.enumeration(m.libelle for m in tete))
    muettes = [c for m in vue.modalites() if not (c := vue.cellule(definition.nom, m.code)).publiee]
    return _muette(muettes[0] if muettes else ABSENTE)


# Nom → (fonction, nombre d'arguments, exemple).
FONCTIONS: dict[str, tuple[Callable[..., Valeur], tuple[int, int], str]] = {
    "nombre": (Chiffres.nombre, (1, 3), 'nombre("composition_familiale", "Homme seul")'),
    "compte": (Chiffres.compte, (1, 3), 'compte("menages_accompagnes")'),
    "part": (Chiffres.part, (1, 3), 'part("composition_familiale", "Homme seul")'),
    "sur": (Chiffres.sur, (1, 3), 'sur("composition_familiale", "Homme seul")'),
    "evolution": (Chiffres.evolution, (1, 2), 'evolution("menages_accompagnes")'),
    "precedent": (Chiffres.precedent, (1, 2), 'precedent("menages_accompagnes")'),
    "tete": (Chiffres.tete, (1, 1), 'tete("composition_familiale")'),
    "accord": (Chiffres.accord, (3, 5), 'accord("sorties", "a quitté le service", "ont quitté le service")'),
    "libre": (Chiffres.libre, (1, 1), 'libre("12 ans")'),
}


def _decimales(bloc: Bloc, nom: str) -> int | None:
    """Les décimales des parts d'un indicateur dans son tableau : celles que permet la plus petite base qui en fait une.

    Un texte n'est pas plus précis que le tableau qu'il commente.
    """
    parts = pl.concat([bloc.table, bloc.precedente]).filter(
        (pl.col("indicateur") == nom)
        & (pl.col("unite") == "%")
        & (pl.col("etat") == "publie")
        & (pl.col("base") >= phrases.BASE_POURCENTAGE)
    )
    euros = Vue(bloc).montant(nom)
    return min((locale.decimales_part(base, euros) for base in parts["base"].to_list()), default=None)


def _comparable(bloc: Bloc, nom: str, annee: int) -> Bloc:
    """Le bloc, ramené à une année et à la précédente si le rapport l'imprime par année ou par territoire."""
    if bloc.graphique == "territoires":
        ensemble = bloc.cellules.filter(pl.col("territoire").is_null() & (pl.col("indicateur") == nom))
        return replace(bloc, table=ensemble, precedente=ensemble.clear(), colonnes=(), graphique="tableau")
    if bloc.graphique != "historique":
        return bloc
    totaux = bloc.table.filter((pl.col("indicateur") == nom) & pl.col("territoire").is_null())
    courantes = totaux.filter(pl.col("annee") == annee)
    version = max(courantes["version_definition"].drop_nulls(), key=_rang_version, default=None)
    if version is not None:
        totaux = totaux.filter(pl.col("version_definition") == version)
    return replace(
        bloc,
        table=totaux.filter(pl.col("annee") == annee),
        precedente=totaux.filter(pl.col("annee") == annee - 1),
        graphique="tuiles",
    )


def _rang_version(version: str) -> tuple[int, str]:
    return (int(version) if version.isdigit() else 0, version)


def _chercher(modalites: list[Modalite], demandee: str) -> Modalite | None:
    """La modalité de ce code ou de ce libellé, casse et accents indifférents."""
    par_code = next((m for m in modalites if m.code == demandee), None)
    pli = plier(demandee)
    return par_code or next((m for m in modalites if pli in (plier(m.libelle), plier(m.code))), None)


def _chercher_nom(demandee: str, connues: dict[str, None]) -> bool:
    return plier(demandee) in {plier(c) for c in connues}


def _somme(cellules: list[Cellule], total: Cellule) -> Cellule:
    """La somme de cellules d'un même tableau ; muette dès que l'une l'est."""
    for cellule in cellules:
        if not cellule.publiee:
            return Cellule("masque" if cellule.masquee else cellule.etat, unite=cellule.unite)
    effectif = sum(c.effectif for c in cellules)
    unite = cellules[0].unite
    if unite != "%":
        return replace(cellules[0], valeur=effectif)
    base = total.base if total.publiee else cellules[0].base
    if not base:
        return Cellule("sans_objet", unite=unite)
    return replace(cellules[0], valeur=100 * effectif / base, numerateur=effectif, base=base)


def _compte(lue: Lecture) -> bool:
    """La cellule compte-t-elle des unités (et non une moyenne, une durée ou un taux) ?"""
    return lue.definition.forme not in _NON_ADDITIVES


def _ecrire(lue: Lecture) -> Valeur:
    """Une valeur par son nom seul : « 25 » pour un compte, « 64 % », « 7,4 mois », « 699 € par mois »."""
    cellule = lue.cellule
    if not cellule.publiee:
        return _muette(cellule)
    if cellule.unite == "%":
        petite = cellule.base is not None and cellule.base < phrases.BASE_POURCENTAGE
        if petite and cellule.numerateur is not None:
            return Valeur(f"{locale.nombre(cellule.numerateur)} sur {locale.nombre(cellule.base)}")
        return Valeur(locale.pourcentage(cellule.valeur, cellule.base, lue.decimales))
    if not _compte(lue) or cellule.unite.startswith(("€", "euro")) or cellule.unite in ("jours", "ans"):
        return Valeur(locale.valeur_unite(cellule.valeur, cellule.unite, cellule.base))
    return Valeur(locale.nombre_de(cellule.valeur, cellule.unite))


def _muette(cellule: Cellule) -> Valeur:
    """À la place d'un chiffre qui ne se publie pas : son état, entre crochets."""
    return Valeur(f"[{etat(cellule.etat).lettres}]", False)
