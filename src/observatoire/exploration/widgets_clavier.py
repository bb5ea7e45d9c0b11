"""Le clavier, à l'explorateur seul : sans cela, les raccourcis de JupyterLab prennent les flèches d'une liste.

Une cellule sélectionnée, « flèche bas » dans un menu passe à la cellule suivante, « Entrée » sur un bouton ouvre
l'éditeur de la cellule, et deux fois « d » l'efface. L'attribut posé ici est celui que JupyterLab prévoit.
"""

from __future__ import annotations

import anywidget

# JupyterLab regarde l'élément qui reçoit la touche, pas ce qui l'entoure : l'attribut se pose là où l'on arrive.
_MODULE = """
export default {
  render({ el }) {
    const reserver = ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", "true");
    let explorateur = null;
    const poser = () => {
      explorateur = el.closest(".obs-explorateur");
      if (explorateur) explorateur.addEventListener("focusin", reserver);
      else requestAnimationFrame(poser);  // pas encore dans la page
    };
    poser();
    return () => explorateur?.removeEventListener("focusin", reserver);
  },
};
"""


class Clavier(anywidget.AnyWidget):
    """Un contrôle invisible : placé dans l'explorateur, il lui réserve les touches tapées dedans."""

    _esm = _MODULE

    def __init__(self) -> None:
        super().__init__()
        self.layout.display = "none"
