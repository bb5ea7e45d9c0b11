"""Les textes qu'une fédération a écrits dans Word, à leur place dans la page, et ce qui reste à y relire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from markupsafe import Markup

from observatoire.commentaires import CONTREDIT, Relecteur, Remarque, commentaire, panneau
from observatoire.documents_word.mise_en_page import Alinea, en_alineas
from observatoire.documents_word.reprise import reprendre
from observatoire.documents_word.zones import AVANT_PROPOS, HORS_ZONES, nom_zone
from observatoire.restitution import locale

AUTEUR = "Commentaire de la fédération"
_REMEDES = {
    CONTREDIT: "Corrigez-le dans le document Word, puis reprenez ce document.",
    "retenu": "Retirez-le du document Word, ou écrivez-le sans chiffre.",
    "a_verifier": "Vérifiez d'où il vient.",
}


@dataclass(frozen=True)
class TextesFederation:
    """Les textes d'un document rempli, pour une diffusion : chaque zone et ses alinéas, retenus ôtés."""

    diffusion: str
    fichier: str  # depuis l'espace de travail
    zones: Mapping[str, tuple[Alinea, ...]] = field(default_factory=dict)
    retenus: Mapping[str, int] = field(default_factory=dict)
    remarques: tuple[Remarque, ...] = ()
    perdus: tuple[str, ...] = ()

    def bloc(self, ancre: str) -> Markup:
        """Le texte écrit sous une partie de la page (section ou figure, par son ancre) ; vide s'il n'y en a pas."""
        return self._bloc(nom_zone(ancre))

    def avant_propos(self) -> Markup:
        """Le texte écrit avant la première partie."""
        return self._bloc(AVANT_PROPOS)

    def _bloc(self, zone: str) -> Markup:
        contenu = Markup("").join(a.html for a in self.zones.get(zone, ()))
        en_tete = zone == AVANT_PROPOS
        classes = "federation avant-propos" if en_tete else "federation"
        return commentaire(contenu, self.retenus.get(zone, 0), "" if en_tete else AUTEUR, classes)

    def panneau(self) -> Markup:
        """Ce qui reste à relire : nombres tapés, textes sans place. Édition interne seulement, à l'écran."""
        if self.diffusion != "interne":
            return Markup("")
        dit = Markup("<p>{} <code>{}</code>.</p>").format("Commentaires repris du document Word", self.fichier)
        if self.perdus:
            un, plusieurs = "Commentaire qui n'a plus sa place", "Commentaires qui n'ont plus leur place"
            titres = locale.enumeration(locale.guillemets(t) for t in self.perdus)
            dit += Markup("<p>{}{}: {}. {}</p>").format(
                locale.pluriel(len(self.perdus), un, plusieurs),
                locale.INSECABLE,
                titres,
                "Le document Word les garde en annexe.",
            )
        return panneau(dit, self.remarques)

    @property
    def contredits(self) -> int:
        """Combien de nombres contredisent un tableau."""
        return sum(r.niveau == CONTREDIT for r in self.remarques)


def lire_textes(
    fichier: Path, nom: str, diffusion: str, plan: Mapping[str, tuple[str, str]], relecteur: Relecteur
) -> TextesFederation:
    """Les textes d'un document rempli et gardé, relus contre les tableaux.

    `nom` : le fichier tel qu'on le dit ; `plan` : ancre de chaque partie → titres de sa section et de sa figure. Dans
    l'édition publique, un alinéa dont un nombre n'est pas celui d'une cellule publiée que ses mots nomment ne s'imprime
    pas. Lève `ErreurFichier` si le document ne se lit pas.
    """
    places = {AVANT_PROPOS: ("Avant-propos", ""), **{nom_zone(ancre): titres for ancre, titres in plan.items()}}
    repris = reprendre(fichier).commentaires
    zones, retenus, remarques = {}, {}, []
    for zone, (section, figure) in places.items():
        if zone not in repris:
            continue
        alineas = en_alineas(repris[zone])
        gardes = [a for a in alineas if diffusion == "interne" or relecteur.confirme(a.texte, section)]
        zones[zone], retenus[zone] = tuple(gardes), len(alineas) - len(gardes)
        if diffusion == "interne":
            remarques += _relire(relecteur, alineas, section, figure)
    perdus = [c.titre for zone, c in repris.items() if zone not in places and zone != HORS_ZONES]
    return TextesFederation(diffusion, nom, zones, retenus, tuple(remarques), tuple(perdus))


def _relire(relecteur: Relecteur, alineas: Sequence[Alinea], section: str, figure: str) -> list[Remarque]:
    """Les remarques sur une zone ; un nombre que le tableau confirme n'en appelle pas, Word n'injecte rien."""
    trouvees = (r for a in alineas for r in relecteur.relire_texte(a.texte, section))
    return [replace(r, section=figure or section, remede=_REMEDES[r.niveau]) for r in trouvees if r.niveau in _REMEDES]
