"""Les tableaux à lire ligne par ligne (contrôles, sources, constats) : un seul moule pour toutes les pages."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup


def tableau_a_lire(classe: str, legende: str, titres: Sequence[str], lignes: Markup, region: str = "") -> Markup:
    """Un tableau qu'on atteint au clavier : sa légende, ses titres de colonne, ses lignes déjà écrites.

    `region` : le nom de la zone qui défile, si ce n'est pas la légende. La classe `controles` fait de chaque ligne
    une fiche sur un téléphone : ses cases portent alors leur titre dans `data-colonne`.
    """
    tetes = Markup("").join(Markup('<th scope="col">{}</th>').format(t) for t in titres)
    tableau = Markup('<table class="{}"><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>')
    return defilant(region or legende, tableau.format(classe, legende, tetes, lignes))


def defilant(nom: str, contenu: Markup) -> Markup:
    """Une zone qui défile de côté si elle ne tient pas, et qui se nomme."""
    return Markup('<div class="defile" role="region" tabindex="0" aria-label="{}">{}</div>').format(nom, contenu)
