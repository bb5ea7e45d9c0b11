"""Réunir en une phrase les figures d'une section qui n'ont rien à montrer : tout ce qu'elles diraient est masqué."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from observatoire.campagne.donnees_types import Bloc
from observatoire.restitution import locale
from observatoire.restitution.cellules import Vue
from observatoire.restitution.locale import INSECABLE


def repliee(bloc: Bloc) -> bool:
    """Cette figure n'aurait-elle que des effectifs masqués, et des zéros ? Une retenue a sa propre explication."""
    if bloc.retenues or not bloc.definitions:
        return False
    vue = Vue(bloc)
    ventilee = bool(vue.ventilation) and bloc.graphique != "historique"
    detail = [ligne for ligne in vue.lignes if bool(ligne["ventilation_1"]) is ventilee]
    masquees = [ligne for ligne in detail if ligne["etat"] in ("masque", "masque_secondaire")]
    dites = [ligne for ligne in detail if ligne["etat"] == "publie" and ligne["valeur"]]
    return bool(masquees) and not dites


def trier(blocs: Sequence[Bloc]) -> tuple[list[Bloc], list[Bloc]]:
    """Les figures à montrer, et celles qu'une phrase remplace."""
    return [b for b in blocs if not repliee(b)], [b for b in blocs if repliee(b)]


def phrase(blocs: Sequence[Bloc]) -> Markup:
    """« Effectifs trop faibles pour être diffusés : « Genre » (21 au total) et « Âge ». » ; vide sans figure."""
    if not blocs:
        return Markup("")
    noms = [Markup('<span id="{}">{}</span>{}').format(b.cle, locale.guillemets(b.titre), _total(b)) for b in blocs]
    liste = Markup(", ").join(noms[:-1]) + Markup(" et ") + noms[-1] if len(noms) > 1 else noms[0]
    return Markup('<p class="masques"><b>Effectifs trop faibles pour être diffusés</b>{}: {}.</p>').format(
        INSECABLE, liste
    )


def _total(bloc: Bloc) -> str:
    """« (21 au total) » : ce qui se diffuse encore d'une figure dont tout le détail est masqué."""
    vue = Vue(bloc)
    if (
        not vue.ventilation
        or bloc.graphique == "historique"
        or len(vue.definitions) > 1
        or vue.montant(vue.definition.nom)
    ):
        return ""
    total = vue.total(vue.definition.nom)
    compte = total.publiee and total.effectif and (total.unite != "%" or total.numerateur is not None)
    return f" ({locale.nombre(total.effectif)} au total)" if compte else ""
