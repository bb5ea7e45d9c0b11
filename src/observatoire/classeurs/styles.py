"""Les styles d'un classeur, les mêmes en XLSX et en ODS : des contrastes forts, une police courante, rien de plus."""

from __future__ import annotations

from dataclasses import dataclass, replace

POLICE, CORPS = "Arial", 11
ENCRE, NUIT, FILET, DISCRET, LIEN, ALERTE = "#1a1a1a", "#1b3a57", "#c8c8c8", "#595959", "#0b5394", "#9c1c1c"


@dataclass(frozen=True)
class Style:
    """L'allure d'une case : corps en points, couleurs, alignement, retour à la ligne, filets."""

    corps: float = CORPS
    gras: bool = False
    italique: bool = False
    souligne: bool = False
    couleur: str = ENCRE
    fond: str = ""
    droite: bool = False
    renvoi: bool = True
    filet: bool = False
    haut: bool = False  # filet épais au-dessus : une rangée de total
    centre: bool = False  # au milieu de la hauteur
    retrait: bool = False  # un blanc entre le texte et le bord : deux colonnes voisines ne se touchent pas


_CELLULE = Style(filet=True, retrait=True)
_VALEUR = replace(_CELLULE, droite=True, renvoi=False)
STYLES: dict[str, Style] = {
    "titre": Style(16, gras=True, couleur=NUIT),
    "surtitre": Style(12, gras=True, couleur=DISCRET),
    "avertissement": Style(gras=True, couleur=ALERTE),
    "texte": Style(),
    "lien": Style(couleur=LIEN, souligne=True),
    "entete": Style(gras=True, couleur="#ffffff", fond=NUIT, filet=True, centre=True, retrait=True),
    "entete_nombre": Style(gras=True, couleur="#ffffff", fond=NUIT, filet=True, droite=True, centre=True, retrait=True),
    "ligne": _CELLULE,
    "cellule": _CELLULE,
    "valeur": _VALEUR,
    "marque": replace(_VALEUR, italique=True, couleur=DISCRET),
    "lien_ligne": replace(_CELLULE, couleur=LIEN, souligne=True),
    "donnee": Style(renvoi=False),
    "donnee_nombre": Style(renvoi=False, droite=True),
}
STYLES |= {f"total_{n}": replace(STYLES[n], gras=True, haut=True) for n in ("ligne", "cellule", "valeur", "marque")}
