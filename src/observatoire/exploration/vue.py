"""Une vue de l'explorateur : un bloc protégé, ce qu'il dit, ce qu'il permet d'affirmer, et comment l'emporter.

import observatoire as obs
obs.voir(services="ltiae", annees=2022, indicateur="composition_familiale", diffusion="public")
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import altair as alt
import polars as pl
from altair.utils import schemapi
from markupsafe import Markup

from observatoire.campagne.donnees_types import COLONNES_CONTRAT, Bloc, Definition
from observatoire.espace import Espace
from observatoire.exploration import mots
from observatoire.exploration.demande import ANNEES, SERVICE, Demande, controler_demande
from observatoire.exploration.solidite import Ecart, Examen, examiner
from observatoire.indicateurs.calcul import EVOLUTION
from observatoire.restitution import figure, graphiques, locale, phrases, tableaux
from observatoire.restitution.cellules import Cellule, Vue, est_inconnu
from observatoire.restitution.locale import INSECABLE, nombre
from observatoire.services import Service
from observatoire.univers import trouver_univers

if TYPE_CHECKING:
    from observatoire.exploration.atelier import Atelier

SELECTION = "choix"
_MARQUES = ("rect", "point")
_NOMMEES = 4  # modalités masquées que la phrase du coût nomme


@dataclass(frozen=True)
class Cout:
    """Ce que l'édition publique masque d'une vue, et ce qu'elle y perd."""

    cellules: int
    masquees: int
    modalites: tuple[str, ...]
    total_masque: bool

    @property
    def phrase(self) -> str:
        """« En diffusion publique, 3 cellules sur 8 sont masquées : … »."""
        if not self.cellules:
            return "Cette vue n'a aucune cellule à publier."
        if not self.masquees:
            return f"En diffusion publique, rien n'est masqué : {_compte(self.cellules)} à publier."
        if self.masquees == self.cellules:
            return (
                "En diffusion publique, toute la vue est masquée : "
                "choisissez moins de détail, ou une population plus large."
            )
        verbe = "sont masquées" if self.masquees > 1 else "est masquée"
        part = locale.pourcentage(100 * self.masquees / self.cellules, self.cellules)
        soit = f", soit {part}" if self.cellules >= phrases.BASE_POURCENTAGE else ""
        reste = len(self.modalites) - _NOMMEES
        nommees = [*self.modalites[:_NOMMEES], *([f"{reste} autre{'s' if reste > 1 else ''}"] if reste > 0 else [])]
        quoi = f" : {locale.enumeration(nommees)}" if nommees else ""
        total = " Le total l'est aussi." if self.total_masque else ""
        masquees = f"{_compte(self.masquees)} sur {nombre(self.cellules)} {verbe}"
        return f"En diffusion publique, {masquees}{soit}{quoi}.{total}"


def _compte(combien: int) -> str:
    return "une cellule" if combien == 1 else f"{nombre(combien)} cellules"


@dataclass(frozen=True)
class VueExploree:
    """Une vue calculée et protégée. `bloc` : ses cellules ; `modalite` : celle qu'un clic a choisie, s'il y en a un."""

    demande: Demande
    bloc: Bloc
    services: tuple[Service, ...]
    empreintes: tuple[str, ...]
    atelier: Atelier
    objectif: Bloc | None = None
    modalite: tuple[str, str] | None = None

    # Ce qu'elle dit

    @property
    def titre(self) -> str:
        """Ce que l'on constate ; le nom du chiffre si rien ne s'affirme."""
        return str(self.bloc.reglage.get("constat") or phrases.constat(self.bloc) or self.bloc.titre)

    @property
    def surtitre(self) -> str:
        """Le chiffre, ses services, ses années, ses filtres."""
        noms = locale.enumeration(s.libelle_court for s in self.services)
        d = self.demande
        quand = f"{min(d.annees)}-{max(d.annees)}" if len(d.annees) > 1 and d.comparaison == ANNEES else str(d.annee)
        return locale.typographie(" · ".join([self.bloc.titre, noms, quand]))

    @property
    def phrase(self) -> str:
        """La phrase du tableau, et l'objectif s'il est demandé."""
        reglage = self.bloc.reglage
        ecrite = str(reglage["phrase"] if "phrase" in reglage else phrases.phrase(self.bloc))
        return " ".join(filter(None, (ecrite, self._phrase_objectif())))

    def _phrase_objectif(self) -> str:
        if self.objectif is None:
            return ""
        vue = Vue(self.objectif)
        cellule = vue.total(vue.definition.nom)
        if not cellule.publiee:
            return "La réalisation de la convention n'est pas publiée."
        realise, objectif = nombre(round(cellule.numerateur, 1)), nombre(round(cellule.base or 0, 1))
        return locale.typographie(
            f"Objectif de la convention : {realise} réalisés pour {objectif} attendus, "
            f"soit {locale.pourcentage(cellule.valeur, cellule.base)}."
        )

    @property
    def base(self) -> str:
        """La base et la part d'inconnus, toujours dites : « 84 ménages · 3 non renseignés (3,4 %) »."""
        vue = Vue(self.bloc)
        dites = []
        for nom, cellule in self._totaux(vue):
            quoi = f"{nom}{INSECABLE}: " if nom else ""
            dites.append(quoi + self._base_de(vue, cellule))
        return " ; ".join(dites)

    def _base_de(self, vue: Vue, cellule: Cellule) -> str:
        if not cellule.publiee:
            from observatoire.restitution.etats import etat

            return etat(cellule.etat).lettres
        definition = self.bloc.definitions[-1]
        compte = cellule.base if cellule.base is not None else cellule.valeur
        noms = phrases.nom_base(definition) or locale.nom_unite(definition.unite)
        unite = locale.pluriel(compte, noms[0], noms[1]) if noms else trouver_univers(definition.univers).unite
        if cellule.non_renseignes is None:
            manque = "part d'inconnus non publiée" if self.demande.diffusion == "public" else "inconnus non comptés"
        elif not cellule.non_renseignes:
            manque = "aucun inconnu"
        else:
            ensemble = compte + cellule.non_renseignes
            part = (
                f" ({locale.pourcentage(100 * cellule.non_renseignes / ensemble, ensemble)})" if ensemble >= 10 else ""
            )
            manque = f"{nombre(cellule.non_renseignes)} inconnu{'s' if cellule.non_renseignes > 1 else ''}{part}"
        return f"{nombre(compte)} {unite} · {manque}"

    def _totaux(self, vue: Vue) -> list[tuple[str, Cellule]]:
        """Le total de chaque colonne ou de chaque année montrée."""
        if self.bloc.colonnes:
            if vue.ventilation == mots.INDICATEUR:
                return [(d.libelle, vue.cellule(d.nom, vue.modalites()[0].code)) for d in vue.definitions]
            return [(d.libelle, vue.total(d.nom)) for d in vue.definitions]
        if self.bloc.graphique == "historique":
            return [(str(a), c) for a, c in self._par_annee().items()]
        return [("", vue.total(vue.definition.nom))]

    def _par_annee(self) -> dict[int, Cellule]:
        """Année → cellule, chacune dans la définition en vigueur cette année-là."""
        from observatoire.restitution.cellules import _cellule

        cellules: dict[int, Cellule] = {}
        lignes = self.bloc.table.filter(pl.col("ventilation_1").is_null() & (pl.col("indicateur") != EVOLUTION))
        for ligne in lignes.sort("annee", "version_definition").iter_rows(named=True):
            if ligne["etat"] != "non_recu" or ligne["annee"] not in cellules:
                cellules[ligne["annee"]] = _cellule(ligne)
        return cellules

    @property
    def notes(self) -> tuple[str, ...]:
        """Ce qui règle le chiffre, et ce que la qualité en retient."""
        retenues = [f"{r.annee}, retenu : {m}" for r in self.bloc.retenues for m in r.motifs]
        ruptures = [rupture] if (rupture := self._rupture()) else []
        return tuple(dict.fromkeys((*ruptures, *retenues, *self.bloc.derogations, *self.bloc.notes)))

    def _rupture(self) -> str:
        """La phrase qui marque une rupture de série, s'il y en a une dans les années montrées."""
        versions = {v for v in self.bloc.table["version_definition"].drop_nulls().to_list() if v}
        if len(versions) < 2:
            return ""
        return f"Rupture de série : la définition change en {locale.enumeration(sorted(versions - {min(versions)}))}."

    @property
    def alertes(self) -> tuple[str, ...]:
        """Les contrôles de qualité qui nuancent ces chiffres."""
        return self.bloc.alertes

    @property
    def definition(self) -> Definition:
        """La définition du chiffre, dans sa version en vigueur."""
        return self.bloc.definitions[0] if self.bloc.graphique == "historique" else self.bloc.definitions[-1]

    @property
    def examens(self) -> tuple[Examen, ...]:
        """Ce que les écarts de la vue permettent d'affirmer ; vide s'il n'y a rien à comparer.

        D'une série d'années, l'écart entre la première et la dernière, puis celui du dernier an ; de colonnes, celui de
        la modalité où la première et la dernière diffèrent le plus.
        """
        lus = (examiner(self.bloc.definitions[-1], ecart) for ecart in self._ecarts())
        return tuple(e for e in lus if e is not None)

    def _ecarts(self) -> list[Ecart]:
        vue = Vue(self.bloc)
        if self.bloc.graphique == "historique":
            publiees = [(f"en {a}", c) for a, c in self._par_annee().items() if c.publiee]
            couples = [(publiees[0], publiees[-1])] if len(publiees) > 1 else []
            couples += [(publiees[-2], publiees[-1])] if len(publiees) > 2 else []
            return [Ecart(avant, apres, (debut, fin)) for (debut, avant), (fin, apres) in couples]
        if self.bloc.colonnes:
            trouve = mots.plus_grand_ecart(self.bloc)
            if trouve is None:
                return []
            modalite, avant, apres, essais = trouve
            sujet = "" if vue.ventilation == mots.INDICATEUR else modalite.libelle
            noms = [d.libelle for d in mots.colonnes(vue)]
            return [Ecart(avant, apres, (mots.lieu(noms[0]), mots.lieu(noms[-1])), sujet, essais)]
        if not vue.ventilation and vue.a_precedente:
            nom = vue.definition.nom
            lieux = f"en {vue.annee - 1}", f"en {vue.annee}"
            return [Ecart(vue.total_precedent(nom), vue.total(nom), lieux)]
        if vue.a_precedente and vue.ventilation != "mois" and not vue.croisement[1]:
            return self._ecart_sur_un_an(vue)
        return []

    def _ecart_sur_un_an(self, vue: Vue) -> list[Ecart]:
        """La modalité connue qui a le plus changé depuis l'année précédente, parmi toutes celles qui se comparent."""
        nom = vue.definition.nom
        couples = [
            (m, vue.ligne_precedente(nom, m), vue.ligne(nom, m)) for m in vue.modalites() if not est_inconnu(m.code)
        ]
        publies = [(m, avant, apres) for m, avant, apres in couples if avant.publiee and apres.publiee]
        if not publies:
            return []
        m, avant, apres = max(publies, key=lambda t: abs(t[2].valeur - t[1].valeur))
        return [Ecart(avant, apres, (f"en {vue.annee - 1}", f"en {vue.annee}"), m.libelle, len(publies))]

    @property
    def cout(self) -> Cout:
        """Ce que l'édition publique masque de cette vue."""
        publique = self if self.demande.diffusion == "public" else self._autre("public")
        lignes = publique.bloc.cellules.filter(pl.col("indicateur") != EVOLUTION)
        masquee = pl.col("etat").is_in(["masque", "masque_secondaire"])
        comptees = lignes.filter(masquee | pl.col("valeur").is_not_null())
        cachees = comptees.filter(masquee)
        noms = cachees.select(pl.coalesce("libelle_1", "modalite_1")).to_series().drop_nulls().to_list()
        return Cout(
            comptees.height,
            cachees.height,
            tuple(dict.fromkeys(noms)),
            bool(cachees.filter(pl.col("ventilation_1").is_null()).height),
        )

    def _autre(self, diffusion: str) -> VueExploree:
        return self.atelier.voir(replace(self.demande, diffusion=diffusion))

    # Ce qu'elle montre

    @property
    def table(self) -> pl.DataFrame:
        """Les cellules protégées, aux colonnes de la table ordonnée."""
        return self.bloc.cellules.select(COLONNES_CONTRAT)

    def tableau(self) -> Markup:
        """Le tableau HTML accessible de la vue."""
        return tableaux.tableau(self.bloc)

    def specification(self) -> dict[str, Any] | None:
        """La spécification Vega-Lite du graphique, avec une sélection `choix` au clic ; `None` s'il n'y en a pas."""
        dessin = graphiques.graphique(self.bloc)
        return None if dessin is None else _selectionnable(dessin.large)

    def graphique(self) -> alt.TopLevelMixin | None:
        """Le graphique altair de la vue ; sa sélection `choix` dit la marque cliquée."""
        spec = self.specification()
        if spec is None:
            return None
        with schemapi.debug_mode(False):
            return alt.LayerChart.from_dict(spec, validate=False)

    def legende(self) -> Markup:
        """La légende du graphique, en HTML ; vide quand il s'explique seul."""
        return figure._legende(self.bloc)

    def description(self) -> str:
        """La description écrite du graphique."""
        par = {ANNEES: "par année", SERVICE: "par service"}.get(self.demande.comparaison)
        texte = phrases.description(self.bloc)
        return texte.replace("par territoire", par) if par and self.bloc.colonnes else texte

    def code_choisi(self, selection: dict[str, Any]) -> tuple[str, str] | None:
        """(colonne, modalité) de la marque cliquée ; `None` si elle ne désigne pas une modalité."""
        vue = Vue(self.bloc)
        lu = selection.get("modalite") or selection.get("ligne")
        if not lu or not vue.ventilation or vue.ventilation == mots.INDICATEUR:
            return None
        axes = vue.axes_matrice()[0] if "ligne" in selection else vue.modalites()
        return next(((vue.ventilation, m.code) for m in axes if m.libelle == lu), None)

    # Ce qui s'emporte

    def code(self) -> str:
        """La cellule Python qui refait exactement cette vue."""
        arguments = self.demande.en_dict()
        if self.modalite is not None:
            arguments["modalite"] = list(self.modalite)
        lignes = [f"    {nom}={_python(valeur)}," for nom, valeur in arguments.items()]
        return "\n".join(["import observatoire as obs", "", "vue = obs.voir(", *lignes, ")", "vue"])

    def exporter(self, format_: str) -> bytes:
        """La vue en `csv`, `xlsx`, `png` ou `svg` : des cellules protégées, et d'où elles viennent.

        Lève `ErreurParametre` pour un autre format, ou pour l'image d'une vue sans graphique.
        """
        from observatoire.exploration.exports import exporter

        return exporter(self, format_)

    def __repr__(self) -> str:
        return f"<{self.surtitre}>"

    def _repr_html_(self) -> str:
        """La vue sans interaction : titre, phrase, image, tableau, ce qu'elle permet d'affirmer."""
        from observatoire.exploration.page import vue_html

        return str(vue_html(self))


def voir(
    services: str | list[str],
    annees: int | list[int],
    indicateur: str,
    *,
    espace: Espace | str | None = None,
    modalite: Sequence[str] | None = None,
    **autres: Any,
) -> VueExploree:
    """La vue d'un indicateur, aux paramètres de l'explorateur : voir `controler_demande`.

    `modalite` : (colonne, code) d'une marque choisie, pour voir ce qu'elle devient. Lève `ErreurParametre` pour un
    paramètre inconnu, `RapportBloque` si la qualité interdit de publier l'année.
    """
    from observatoire.exploration.atelier import Atelier

    ici = espace if isinstance(espace, Espace) else Espace.ouvrir(espace)
    demande = controler_demande(ici, {"services": services, "annees": annees, "indicateur": indicateur, **autres})
    atelier = Atelier(ici)
    return atelier.voir(demande) if modalite is None else atelier.detail(demande, *modalite)


def _python(valeur: Any) -> str:
    """Un paramètre écrit en Python, guillemets doubles compris."""
    return str(valeur) if isinstance(valeur, bool) else json.dumps(valeur, ensure_ascii=False)


def _selectionnable(spec: dict[str, Any]) -> dict[str, Any]:
    """La même spécification, dont un clic choisit une marque des cellules ; inchangée si rien n'y est choisissable."""
    calques = [dict(c) for c in spec.get("layer", ())]
    for calque in calques:
        donnees, marque = calque.get("data") or {}, calque.get("mark")
        sorte = marque.get("type") if isinstance(marque, dict) else marque
        valeurs = donnees.get("values") or []
        if donnees.get("name") != "cellules" or sorte not in _MARQUES or not valeurs:
            continue
        champs = next((c for c in (["ligne", "colonne"], ["modalite"]) if set(c) <= set(valeurs[0])), None)
        if champs is None:
            continue
        calque["name"] = "marques"
        calque["mark"] = {**(marque if isinstance(marque, dict) else {"type": marque}), "cursor": "pointer"}
        choisie = {"condition": {"param": SELECTION, "value": 1}, "value": 0.35}
        calque["encoding"] = {**calque.get("encoding", {}), "opacity": choisie}
        choix = {"name": SELECTION, "select": {"type": "point", "fields": champs}, "views": ["marques"]}
        return {**spec, "layer": calques, "params": [*spec.get("params", ()), choix]}
    return spec
