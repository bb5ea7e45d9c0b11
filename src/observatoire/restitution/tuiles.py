"""Les tuiles : un grand chiffre, ce qu'il compte, et l'écart à l'année précédente."""

from __future__ import annotations

from markupsafe import Markup

from observatoire.campagne.donnees_types import Definition
from observatoire.restitution import locale, patrons, tableaux
from observatoire.restitution.cellules import Cellule, Vue
from observatoire.restitution.comparaison import incertain
from observatoire.restitution.etats import etat
from observatoire.restitution.locale import INSECABLE
from observatoire.restitution.phrases import (
    BASE_POURCENTAGE,
    BASE_PRUDENCE,
    ecart,
    lacunes,
    moyenne_de_durees,
    variation,
)


def tuiles(vue: Vue) -> Markup:
    """Une tuile par indicateur du bloc, dans l'ordre de ses définitions."""
    nombre = len(vue.definitions)
    rang = next((n for n in (4, 3) if nombre % n == 0), 4 if nombre > 6 else min(nombre, 3))
    return Markup('<ul class="tuiles par-{}">{}</ul>').format(
        rang, Markup("").join(_tuile(vue, d) for d in vue.definitions)
    )


def _tuile(vue: Vue, definition: Definition) -> Markup:
    cellule, avant = vue.total(definition.nom), vue.total_precedent(definition.nom)
    if not cellule.publiee:
        return Markup(
            '<li class="tuile muette"><span class="valeur">{}</span><a class="quoi" href="#def-{}">{}</a>'
            '<span class="tendance">{}</span></li>'
        ).format(etat(cellule.etat).lettres, definition.nom, definition.libelle, pourquoi(vue, definition))
    nombre, unite = chiffre(cellule)
    return Markup(
        '<li class="tuile"><span class="valeur">{}<span class="unite">{}</span></span>'
        '<a class="quoi" href="#def-{}">{}</a><span class="tendance">{}</span></li>'
    ).format(nombre, unite, definition.nom, definition.libelle, tendance(cellule, avant, vue.annee, definition))


def pourquoi(vue: Vue, definition: Definition) -> str:
    """À la place d'un chiffre clé : la raison de son absence, celle du contrôle s'il est retenu."""
    cellule = vue.total(definition.nom)
    texte = vue.motif(definition.nom) if cellule.etat == "retenu" else ""
    texte = texte or etat(cellule.etat).sens.removeprefix("valeur masquée, ").removeprefix("non renseigné, ")
    return locale.majuscule(texte)


# Ce que dit une tendance quand l'année précédente n'a pas de valeur.
_AVANT = {
    "rupture": "Définition changée{0}: non comparable à {1}",
    "retenu": "Valeur de {1} retenue par la qualité",
    "masque": "Valeur de {1} masquée",
    "masque_secondaire": "Valeur de {1} masquée",
    "non_recu": "Rien de reçu pour {1}",
    "non_renseigne": "Non renseigné en {1}",
    "sans_objet": "Sans objet en {1}",
}


def chiffre(cellule: Cellule) -> tuple[str, str]:
    """Une valeur publiée en deux morceaux : le nombre, puis l'unité qui change sa lecture."""
    if cellule.unite == "%" and cellule.base is not None and cellule.base < BASE_POURCENTAGE:
        if cellule.numerateur is not None:
            return locale.nombre(cellule.numerateur), f" sur {locale.nombre(cellule.base)}"
        return locale.pourcentage(cellule.valeur, cellule.base), ""
    texte = tableaux.valeur_lisible(cellule)
    nombre, separe, unite = texte.partition(INSECABLE)
    return nombre, separe + unite


def tendance(cellule: Cellule, avant: Cellule, annee: int, definition: Definition | None = None) -> Markup:
    """« ▲ +3 par rapport à 2021 (+13,6 %) » ; dit aussi quand il n'y a rien à comparer.

    Un taux dont l'écart peut tenir au hasard garde ses nombres et perd sa flèche, s'il a sa `definition`.
    """
    manque = lacunes(cellule)
    if manque:
        reste = f"{INSECABLE}; {chiffre(avant)[0]} en {annee - 1}" if avant.publiee else ""
        return Markup("Au moins{}: {}{}").format(INSECABLE, patrons.reponses_manquantes(manque), reste)
    if not avant.publiee:
        return Markup(_AVANT.get(avant.etat, "Pas de valeur comparable en {1}")).format(INSECABLE, annee - 1)
    if cellule.unite == "%":
        if min(cellule.base or 100, avant.base or 100) < BASE_PRUDENCE:
            return Markup("{} en {}").format(" ".join(filter(None, (t.strip() for t in chiffre(avant)))), annee - 1)
        texte, relatif = ecart(cellule, avant), ""
    else:
        euros = cellule.unite.startswith("€")
        entiers = cellule.unite == "heures" or all(float(c.valeur).is_integer() for c in (cellule, avant))
        texte = locale.signe(cellule.valeur - avant.valeur, 0 if euros or entiers else 1)
        relatif = "" if moyenne_de_durees(cellule) else variation(cellule, avant)
        if euros or chiffre(cellule)[1] or not entiers:
            texte += _unite_de_l_ecart(cellule.unite, round(cellule.valeur - avant.valeur, 1))
    if not any(c in "123456789" for c in texte):
        return Markup("Stable par rapport à {}").format(annee - 1)
    if definition is not None and incertain(cellule, avant, definition):
        return Markup('<span aria-hidden="true">◆</span> {} par rapport à {} (peut tenir au hasard)').format(
            texte, annee - 1
        )
    fleche = "▼" if texte.startswith(locale.MOINS) else "▲"
    return Markup('<span aria-hidden="true">{}</span> {} par rapport à {}{}').format(
        fleche, texte, annee - 1, f" ({relatif})" if relatif else ""
    )


def _unite_de_l_ecart(unite: str, ecart: float) -> str:
    """« jours », « € », « visites par ETP » : l'unité d'une valeur qui l'imprime, accordée avec son écart."""
    if unite.startswith("€"):
        return f"{INSECABLE}€"
    nom = locale.nom_unite(unite)
    reste = unite.partition(" ")[2]
    mot = locale.pluriel(ecart, nom[0], nom[1]) if nom else unite.partition(" ")[0]
    return INSECABLE + f"{mot} {reste}".strip() if mot else ""
