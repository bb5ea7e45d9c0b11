"""L'habillage commun des outils de données : un tableau lisible seul, ses notes, et le refus du public."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from observatoire.erreurs import ErreurParametre, exiger_connu
from observatoire.protection import DIFFUSIONS
from observatoire.restitution import locale, theme
from observatoire.restitution.listes import defilant

# Un écran de carnet a ses propres tableaux, alignés à droite et sans légende ; ces règles sont aux nôtres.
_STYLE = (
    ".obs-outil{{font-size:.95em;line-height:1.4}}"
    ".obs-outil .defile{{overflow-x:auto}}"
    ".obs-outil table{{border-collapse:collapse;margin:.4em 0;font-variant-numeric:tabular-nums}}"
    ".obs-outil caption{{caption-side:top;text-align:left;font-weight:600;padding:.3em 0}}"
    ".obs-outil th,.obs-outil td{{text-align:right;vertical-align:top;padding:.3em .7em;"
    "border-bottom:1px solid {filet};white-space:normal;max-width:26em}}"
    ".obs-outil td:not(.texte){{white-space:nowrap}}"
    ".obs-outil th[scope=row],.obs-outil .texte,.obs-outil thead th:first-child{{text-align:left}}"
    ".obs-outil .discret{{color:{doux};font-weight:400;font-size:.92em}}"
    ".obs-outil .alerte{{border-left:3px solid {repere};padding-left:.7em}}"
    ".obs-outil ul{{margin:.2em 0;padding-left:1.1em}}"
    ".obs-outil td ul{{list-style:none;padding-left:0;margin:0}}"
)


@dataclass(frozen=True)
class Titre:
    """Un titre de colonne ; `texte` : ses cases sont des mots, alignés à gauche."""

    libelle: str
    texte: bool = False


def cadre(*morceaux: Markup) -> Markup:
    """Les morceaux d'un outil, dans un bloc qui porte son style."""
    style = _STYLE.format(**{nom: theme.couleur(nom) for nom in ("filet", "doux", "repere")})
    return Markup('<div class="obs-outil"><style>{}</style>{}</div>').format(
        Markup(style), Markup("").join(m for m in morceaux if m)
    )


def tableau(legende: str, titres: Sequence[Titre], rangees: Iterable[Sequence[str | Markup]]) -> Markup:
    """Un tableau accessible : légende, portées, première case en titre de ligne, défilement au clavier.

    Le texte qui n'est pas déjà du HTML est échappé.
    """
    entetes = Markup("").join(Markup('<th scope="col"{}>{}</th>').format(_classe(t.texte), t.libelle) for t in titres)
    lignes = Markup("").join(_rangee(titres, rangee) for rangee in rangees)
    legende = locale.typographie(legende)
    ecrit = Markup("<table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>")
    return defilant(legende, ecrit.format(legende, entetes, lignes))


def _rangee(titres: Sequence[Titre], rangee: Sequence[str | Markup]) -> Markup:
    tete, *cases = rangee
    corps = Markup("").join(
        Markup("<td{}>{}</td>").format(_classe(titre.texte), case)
        for titre, case in zip(titres[1:], cases, strict=True)
    )
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(tete, corps)


def _classe(texte: bool) -> Markup:
    return Markup(' class="texte"') if texte else Markup("")


def liste(textes: Iterable[str | Markup]) -> Markup:
    """Des lignes dans une case ; vide s'il n'y en a pas."""
    items = Markup("").join(Markup("<li>{}</li>").format(t) for t in textes)
    return Markup("<ul>{}</ul>").format(items) if items else Markup("")


def paragraphes(textes: Iterable[str], classe: str = "") -> Markup:
    """Un paragraphe par phrase, à la typographie française."""
    ouvrant = Markup('<p class="{}">').format(classe) if classe else Markup("<p>")
    return Markup("").join(ouvrant + escape(locale.typographie(t)) + Markup("</p>") for t in textes if t)


def depliable(invite: str, contenu: Markup) -> Markup:
    """Un contenu replié, que le clavier ouvre."""
    return Markup("<details><summary>{}</summary>{}</details>").format(locale.typographie(invite), contenu)


def part(nombre: int, total: int) -> str:
    """« 12 (34 %) » ; le seul nombre sous une base de dix."""
    if total < 10:
        return locale.nombre(nombre)
    return f"{locale.nombre(nombre)} ({locale.pourcentage(100 * nombre / total, total)})"


def exiger_interne(diffusion: str, quoi: str) -> None:
    """Lève `ErreurParametre` si `diffusion` n'est pas « interne » : `quoi` montre des lignes de personnes."""
    exiger_connu(diffusion, DIFFUSIONS, "Diffusion")
    if diffusion != "interne":
        raise ErreurParametre(
            f"{quoi} ne se montre pas en édition diffusable : ce sont des lignes de personnes, avant toute protection.",
            "Revenez à « interne » pour vérifier les données, ou choisissez un indicateur.",
        )


def avis_non_enregistre(quoi: str) -> Markup:
    """Ce qu'une cellule affiche à la place d'un outil interne : la sortie d'une cellule est écrite dans le carnet."""
    return cadre(
        paragraphes(
            [
                f"{quoi} ne s'affiche pas dans une cellule : sa sortie serait enregistrée dans le carnet. "
                "Lisez-le dans l'onglet des outils de l'explorateur, qui n'enregistre rien."
            ]
        )
    )
