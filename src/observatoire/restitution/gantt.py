"""Le calendrier d'un plan : une barre par action, ses étapes en losanges, et le jour de l'état.

Le temps y est un nombre (2009,5 pour le 2 juillet 2009) : l'image fixe et la page ne dépendent d'aucun fuseau.
"""

from __future__ import annotations

from datetime import date

import altair as alt
import polars as pl

from observatoire.restitution import theme
from observatoire.restitution.graphiques import LARGEUR, LARGEUR_ETROITE, Graphique

TONS = {
    "realisee": "fort",
    "engagee": "moyen",
    "prevue": "chaleur_1",
    "reportee": "second",
    "abandonnee": "tiers",
    "NR": "voile",
}
# Une teinte pâle ne se détache pas de la page : un trait la cerne, d'un contraste d'au moins 3 pour 1.
CERNES = {"prevue": "moyen", "NR": "tiers"}
_CERNE_A_VENIR = "fort"
TONS_ETAPES = {"realise": "fort", "engage": "moyen", "a_venir": "chaleur_1", "abandonne": "tiers", "depasse": "repere"}
_RANG, _BARRE, _TITRE, _AXE = 38, 9, 14, 22
_DEBORD = 4
# Le quadrillage ne passe qu'à hauteur des barres : un tiret par rangée, jamais sur le nom d'une action.
_TIRETS = [_BARRE + 2 * _DEBORD, _RANG - _BARRE - 2 * _DEBORD]
_CARACTERES = {LARGEUR: 62, LARGEUR_ETROITE: 46}


def annee_decimale(jour: date) -> float:
    """2009,0 pour le 1er janvier 2009, 2009,5 à la mi-année."""
    debut = date(jour.year, 1, 1)
    return round(jour.year + (jour - debut).days / (date(jour.year + 1, 1, 1) - debut).days, 4)


def gantt(actions: pl.DataFrame, jalons: pl.DataFrame, etats: dict[str, str], jour: date) -> Graphique | None:
    """Le calendrier des actions datées, dans l'ordre reçu ; `None` si aucune n'a d'échéance.

    `actions` : univers `actions_du_plan` ; `jalons` : univers `jalons_du_plan` ; `etats` : code → libellé.
    """
    datees = actions.filter(pl.col("echeance_debut").is_not_null() & pl.col("echeance_fin").is_not_null())
    if datees.is_empty():
        return None
    rangs = {nom: rang for rang, nom in enumerate(datees["id_action"])}
    barres = [
        {
            "action": a["action"],
            "etat": etats.get(a["etat"], a["etat"]),
            "debut": annee_decimale(a["echeance_debut"]),
            "fin": max(annee_decimale(a["echeance_fin"]), annee_decimale(a["echeance_debut"]) + 0.04),
            "haut": _haut(rangs[a["id_action"]]),
            "bas": _haut(rangs[a["id_action"]]) + _BARRE,
            "titre": _haut(rangs[a["id_action"]]) - 5,
            "ton": theme.couleur(TONS.get(a["etat"], "voile")),
            "cerne": theme.couleur(cerne(a["etat"])),
        }
        for a in datees.to_dicts()
    ]
    etapes = [
        {
            "etape": j["libelle"],
            "action": j["action"],
            "fin": annee_decimale(j["echeance_fin"]),
            "milieu": _haut(rangs[j["id_action"]]) + _BARRE / 2,
            "ton": theme.couleur(TONS_ETAPES[j["avancement"]]),
            "cerne": theme.couleur(_CERNE_A_VENIR if j["avancement"] == "a_venir" else "sur_fonce"),
        }
        for j in jalons.to_dicts()
        if j["id_action"] in rangs and j["echeance_fin"] is not None
    ]
    hauteur = _AXE + len(rangs) * _RANG
    bornes = [*(b["debut"] for b in barres), *(b["fin"] for b in barres), *(e["fin"] for e in etapes)]
    domaine = [int(min([*bornes, annee_decimale(jour)])), int(max([*bornes, annee_decimale(jour)])) + 1]
    dessins = {
        largeur: theme.specification(_dessiner(barres, etapes, annee_decimale(jour), domaine, hauteur, largeur))
        for largeur in (LARGEUR, LARGEUR_ETROITE)
    }
    return Graphique(dessins[LARGEUR], dessins[LARGEUR_ETROITE], fluide=False)


def cerne(etat: str) -> str:
    """La couleur du bord d'une barre : la sienne, ou celle qui détache une teinte pâle."""
    return CERNES.get(etat) or TONS.get(etat) or CERNES["NR"]


def _haut(rang: int) -> int:
    return _AXE + rang * _RANG + _TITRE + 4


def _dessiner(
    barres: list[dict], etapes: list[dict], aujourd_hui: float, domaine: list[int], hauteur: int, largeur: int
) -> alt.TopLevelMixin:
    lignes = [{**b, "nom": _titre(b["action"], b["etat"], _CARACTERES[largeur])} for b in barres]
    annees = list(range(domaine[0], domaine[1] + 1))
    # La dernière borne ferme l'axe : son année n'a rien à montrer.
    reperes = [{"x": a, "nom": str(a) if a < domaine[1] else ""} for a in annees]
    x = alt.X("debut:Q", axis=None, scale=alt.Scale(domain=domaine, nice=False, zero=False))
    base, fond = alt.Chart(alt.InlineData(values=lignes, name="actions")), alt.InlineData(values=reperes, name="annees")

    def y(champ: str) -> alt.Y:
        return alt.Y(f"{champ}:Q", axis=None, scale=alt.Scale(domain=[0, hauteur], range=[0, hauteur], nice=False))

    calques = [
        alt.Chart(fond)
        .mark_rule(strokeWidth=1, strokeDash=_TIRETS)
        .encode(
            x=alt.X("x:Q", axis=None),
            y=alt.value(_haut(0) - _DEBORD),
            y2=alt.value(hauteur),
            stroke=alt.value(theme.couleur("filet")),
        ),
        alt.Chart(fond)
        .mark_text(align="left", baseline="top", dx=2, fontSize=12)
        .encode(x=alt.X("x:Q", axis=None), y=alt.value(0), text="nom:N", fill=alt.value(theme.couleur("doux"))),
        base.mark_rect(cornerRadius=1, strokeWidth=1.5).encode(
            x=x,
            x2="fin:Q",
            y=y("haut"),
            y2="bas:Q",
            fill=alt.Fill("ton:N", scale=None),
            stroke=alt.Stroke("cerne:N", scale=None),
            tooltip=[alt.Tooltip("action:N", title="Action"), alt.Tooltip("etat:N", title="État")],
        ),
        alt.Chart(alt.InlineData(values=etapes, name="etapes"))
        .mark_point(shape="diamond", size=70, filled=True, strokeWidth=1.2, opacity=1)
        .encode(
            x=alt.X("fin:Q", axis=None),
            y=y("milieu"),
            fill=alt.Fill("ton:N", scale=None),
            stroke=alt.Stroke("cerne:N", scale=None),
            tooltip=[alt.Tooltip("etape:N", title="Étape"), alt.Tooltip("action:N", title="Action")],
        ),
        base.mark_text(align="left", baseline="bottom", fontSize=12.5).encode(
            x=alt.value(0), y=y("titre"), text="nom:N", fill=alt.value(theme.couleur("encre"))
        ),
        alt.Chart(alt.InlineData(values=[{"x": aujourd_hui}], name="jour"))
        .mark_rule(strokeWidth=2.5, strokeDash=_TIRETS)
        .encode(
            x=alt.X("x:Q", axis=None),
            y=alt.value(_haut(0) - _DEBORD),
            y2=alt.value(hauteur),
            stroke=alt.value(theme.couleur("repere")),
        ),
    ]
    return alt.layer(*calques).properties(width=largeur, height=hauteur)


def _titre(action: str, etat: str, caracteres: int) -> str:
    """Le titre d'une barre : l'action, coupée si elle est trop longue, et son état en toutes lettres."""
    suite = f" · {etat.lower()}"
    place = caracteres - len(suite)
    nom = action if len(action) <= place else f"{action[: place - 1].rstrip()}…"
    return f"{nom}{suite}"
