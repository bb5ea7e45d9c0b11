"""L'apparence commune : couleurs, polices, thème des graphiques. Tout en dérive, page comprise.

Chaque couleur a un nom, une teinte claire et une teinte sombre. Les graphiques portent la teinte
claire ; la feuille de style la remplace en mode sombre, sans redessiner. Les deux séries d'une
comparaison diffèrent par la teinte et par la clarté : elles se lisent en gris et par les daltoniens.
"""

from __future__ import annotations

from typing import Any

import altair as alt

from observatoire.restitution.locale import FORMAT_DATES, FORMAT_NOMBRES

SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"
SERIF = "'Iowan Old Style', 'Palatino Linotype', Palatino, 'URW Palladio L', P052, Georgia, 'Liberation Serif', serif"
# Le moteur d'images fixes ne connaît que les polices nommées de la machine.
POLICE_GRAPHIQUE = "system-ui, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"

# nom → (clair, sombre)
COULEURS: dict[str, tuple[str, str]] = {
    "encre": ("#1b2138", "#e8eaf1"),
    "doux": ("#555c73", "#aab1c6"),
    "filet": ("#dad9d3", "#363c50"),
    "fort": ("#23407f", "#a9c2f7"),
    "moyen": ("#7089c0", "#6480bd"),
    "second": ("#c27a22", "#f0b45c"),
    "tiers": ("#6d7280", "#969db0"),
    "repere": ("#b4501d", "#ffb38a"),
    "voile": ("#e7e6e1", "#2c3244"),
    "chaleur_0": ("#f1f3f9", "#1d2438"),
    "chaleur_1": ("#ced9ef", "#2a3a63"),
    "chaleur_2": ("#9db4de", "#3c5693"),
    "chaleur_3": ("#5474b6", "#87a6e6"),
    "chaleur_4": ("#24417d", "#c3d4fa"),
    "sur_clair": ("#1b2139", "#e8eaf0"),
    "sur_fonce": ("#fdfdfe", "#0f1424"),
    "modalite_1": ("#173170", "#799cf0"),
    "modalite_2": ("#c7821a", "#facb6a"),
    "modalite_3": ("#037b71", "#6ccfbb"),
    "modalite_4": ("#86225a", "#e990d6"),
    "modalite_5": ("#3586ca", "#d3e7ff"),
    "modalite_6": ("#a2390e", "#da673b"),
}
SERIES = ("fort", "second", "tiers")
# Six teintes qui se distinguent à l'œil daltonien, et dont les clartés, toutes différentes, se lisent en gris.
MODALITES = tuple(nom for nom in COULEURS if nom.startswith("modalite_"))

# Page seule : jamais dans un graphique.
COULEURS_PAGE: dict[str, tuple[str, str]] = {
    "papier": ("#ffffff", "#171b29"),
    "fond": ("#f6f5f1", "#10131e"),
    "bande": ("#1c2f63", "#16234b"),
    "sur_bande": ("#ffffff", "#f2f4fb"),
    "sur_bande_doux": ("#ccd6f0", "#bcc8e6"),
    "lien": ("#23407f", "#a9c2f7"),
    "alerte": ("#8a3c0a", "#ffc49b"),
    "alerte_fond": ("#fcf1e6", "#332216"),
    "bon": ("#1c6242", "#8fd6b2"),
    "bon_fond": ("#e8f3ec", "#14291f"),
    "grave": ("#9b1c31", "#ffadb8"),
    "grave_fond": ("#fbeaec", "#361920"),
}


def couleur(nom: str) -> str:
    """Teinte claire d'une couleur nommée ; lève `KeyError` si le nom n'existe pas."""
    return COULEURS[nom][0]


def css_couleurs() -> str:
    """Variables de la page et règles qui assombrissent les graphiques déjà dessinés."""
    toutes = {**COULEURS, **COULEURS_PAGE}
    clair = "".join(f"--{nom.replace('_', '-')}:{teintes[0]};" for nom, teintes in toutes.items())
    sombre = "".join(f"--{nom.replace('_', '-')}:{teintes[1]};" for nom, teintes in toutes.items())
    regles = "".join(
        f'.graphique [{attribut}="{teintes[0]}"]{{{attribut}:{teintes[1]}}}'
        for teintes in COULEURS.values()
        for attribut in ("fill", "stroke")
    )
    polices = f"--sans:{SANS};--serif:{SERIF};"
    return (
        f":root{{{clair}{polices}color-scheme:light}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{sombre}color-scheme:dark}}{regles}}}\n"
    )


@alt.theme.register("observatoire", enable=False)
def theme_graphique() -> alt.theme.ThemeConfig:
    """Thème altair : fond transparent, ni cadre ni grille, texte à la taille de la page."""
    texte = {"labelColor": couleur("doux"), "titleColor": couleur("encre"), "labelFontSize": 12}
    return {
        "config": {
            "background": "transparent",
            "padding": {"left": 0, "right": 0, "top": 4, "bottom": 4},
            "font": POLICE_GRAPHIQUE,
            "aria": False,
            "view": {"stroke": None},
            "axis": {**texte, "domain": False, "ticks": False, "grid": False, "title": None},
            "legend": {
                **texte,
                "title": None,
                "orient": "top",
                "labelLimit": 0,
                "symbolType": "square",
                "symbolSize": 110,
                "labelFontSize": 13,
            },
            "text": {"fontSize": 13, "color": couleur("encre")},
        }
    }


def specification(graphique: alt.TopLevelMixin) -> dict[str, Any]:
    """La spécification Vega-Lite d'un graphique, sous notre thème ; sa conformité est l'affaire des tests."""
    with alt.theme.enable("observatoire"):
        return graphique.to_dict(validate=False)


def options_rendu() -> dict[str, Any]:
    """Écriture française des nombres et des dates, pour l'image fixe comme pour la page."""
    return {"format_locale": FORMAT_NOMBRES, "time_format_locale": FORMAT_DATES}
