"""Le commentaire d'un rapport, prêt à imprimer sous ses sections et ses figures, et ce qui reste à y relire."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from observatoire.campagne.donnees_types import DonneesRapport
from observatoire.commentaires.chiffres import Chiffres
from observatoire.commentaires.defauts import Defauts
from observatoire.commentaires.lecture import (
    AVANT_PROPOS,
    CHIFFRES_CLES,
    PARTIES_LIBRES,
    chemin_commentaires,
    lire_fichier,
    placer,
)
from observatoire.commentaires.relecture import CONTREDIT, Relecteur, Remarque
from observatoire.commentaires.rendu import Paragraphe, ParagraphesPartie, rendre_partie
from observatoire.espace import Espace
from observatoire.restitution import locale
from observatoire.restitution.listes import tableau_a_lire

_MOTS = {
    CONTREDIT: "Contredit le tableau",
    "retenu": "Chiffre retenu",
    "a_verifier": "À vérifier",
    "a_injecter": "À injecter",
}
ORDRE = tuple(_MOTS)


@dataclass(frozen=True)
class Commentaires:
    """Le commentaire d'un service et d'une année, pour une diffusion. Vide si rien n'est écrit."""

    fichier: str  # où il est écrit, ou devrait l'être, depuis l'espace de travail
    diffusion: str
    parties: dict[tuple[str, str], ParagraphesPartie] = field(default_factory=dict)
    remarques: tuple[Remarque, ...] = ()
    sans_commentaire: tuple[str, ...] = ()
    empreinte: str = ""

    def bloc(self, section: str, figure: str = "") -> Markup:
        """Le commentaire d'une section ou de l'une de ses figures ; vide s'il n'y en a pas pour cette diffusion.

        Dans l'édition publique, un paragraphe où un nombre est tapé à la main ne s'imprime pas : rien ne dit que ce
        nombre n'est pas celui d'une cellule masquée.
        """
        rendue = self.parties.get((section, figure))
        if rendue is None or not rendue.paragraphes:
            return Markup("")
        gardes, retenus = self._trier(rendue.paragraphes)
        seul = section in (AVANT_PROPOS, *PARTIES_LIBRES)
        return commentaire(
            Markup("").join(p.html for p in gardes),
            retenus,
            "" if seul else "Commentaire du service",
            "avant-propos" if section == AVANT_PROPOS else "",
        )

    def de(self, section: str) -> Callable[[str], Markup]:
        """Le commentaire de chaque figure d'une section, par son titre ; celui de la section, si le titre est vide."""
        return lambda figure: self.bloc(section, figure)

    def autour(self, chiffres_cles: Markup) -> Markup:
        """L'avant-propos, les chiffres clés, puis ce qu'en dit l'auteur."""
        return self.bloc(AVANT_PROPOS) + chiffres_cles + self.bloc(CHIFFRES_CLES)

    def sommaire(self) -> Iterator[tuple[str, str]]:
        """L'ancre et le titre de chaque partie libre imprimée."""
        return ((titre.lower(), titre) for titre in PARTIES_LIBRES if self.bloc(titre))

    def libres(self) -> Markup:
        """Les parties qui ne commentent aucune section : perspectives, conclusion."""
        return Markup("").join(
            Markup('<section id="{}" aria-labelledby="{}-t"><h2 id="{}-t">{}</h2>{}</section>').format(
                titre.lower(), titre.lower(), titre.lower(), titre, contenu
            )
            for titre in PARTIES_LIBRES
            if (contenu := self.bloc(titre))
        )

    def _trier(self, paragraphes: Sequence[Paragraphe]) -> tuple[list[Paragraphe], int]:
        if self.diffusion == "interne":
            return list(paragraphes), 0
        gardes = [p for p in paragraphes if not p.tape_un_nombre]
        return gardes, len(paragraphes) - len(gardes)

    def retenus(self) -> list[tuple[ParagraphesPartie, Paragraphe]]:
        """Les paragraphes qu'une édition publique n'imprime pas, avec leur partie."""
        parties = (p for p in self.parties.values() if not p.partie.interne)
        return [(rendue, p) for rendue in parties for p in rendue.paragraphes if p.tape_un_nombre]

    def panneau(self) -> Markup:
        """Ce qui reste à relire : nombres tapés, sections sans commentaire. Édition interne seulement."""
        if self.diffusion != "interne":
            return Markup("")
        return panneau(self._manques(), self.remarques)

    @property
    def contredits(self) -> int:
        """Combien de nombres tapés contredisent un tableau."""
        return sum(r.niveau == CONTREDIT for r in self.remarques)

    def _manques(self) -> Markup:
        if not self.empreinte:
            return Markup("<p>{} <code>{}</code>.</p>").format(
                locale.typographie("Ce rapport n'a pas de commentaire. Il s'écrit dans"), self.fichier
            )
        if not self.sans_commentaire:
            return Markup("<p>Toutes les sections sont commentées.</p>")
        nombre = len(self.sans_commentaire)
        debut = locale.pluriel(nombre, "Section sans commentaire", "Sections sans commentaire")
        return Markup("<p>{}{}: {}.</p>").format(debut, locale.INSECABLE, locale.enumeration(self.sans_commentaire))


def commentaire(contenu: Markup, retenus: int, auteur: str, classes: str = "") -> Markup:
    """L'encadré d'un commentaire et, s'il y en a, ce qui dit que des paragraphes n'en sont pas diffusés."""
    if retenus:
        contenu += Markup('<p class="retenue">{}</p>').format(_dire_retenus(retenus))
    if not contenu:
        return Markup("")
    titre = Markup('<p class="quoi">{}</p>').format(auteur) if auteur else ""
    return Markup('<div class="{}">{}{}</div>').format(f"commentaires {classes}".strip(), titre, contenu)


def panneau(introduction: Markup, remarques: Sequence[Remarque]) -> Markup:
    """Ce qui reste à relire d'un commentaire, pour l'écran seul : ni l'impression ni les autres formats ne l'ont."""
    lignes = Markup("").join(_ligne(r) for r in sorted(remarques, key=lambda r: (ORDRE.index(r.niveau), r.ligne)))
    return Markup(
        '<section id="commentaires" class="relecture" aria-labelledby="commentaires-t">'
        '<h2 id="commentaires-t">Relecture des commentaires</h2>{}{}</section>'
    ).format(introduction, _tableau(lignes) if lignes else "")


def _ligne(remarque: Remarque) -> Markup:
    return Markup(
        '<tr><th scope="row">{}</th><td class="texte" data-colonne="Où">{}</td>'
        '<td class="texte" data-colonne="Ce qui est écrit">{}</td>'
        '<td class="texte" data-colonne="Pourquoi">{}</td><td class="texte" data-colonne="Remède">{}</td></tr>'
    ).format(
        _MOTS[remarque.niveau],
        f"{remarque.section}, ligne {remarque.ligne}" if remarque.ligne else remarque.section,
        locale.guillemets(remarque.extrait),
        locale.typographie(remarque.message),
        locale.typographie(remarque.remede),
    )


def _tableau(lignes: Markup) -> Markup:
    titre = "Nombres tapés à la main"
    return tableau_a_lire("controles", titre, ("Constat", "Où", "Ce qui est écrit", "Pourquoi", "Remède"), lignes)


def _dire_retenus(nombre: int) -> str:
    un = "Un paragraphe de ce commentaire n'est pas diffusé"
    plusieurs = f"{nombre} paragraphes de ce commentaire ne sont pas diffusés"
    raison = "un nombre y est écrit sans venir des tableaux."
    return f"{locale.pluriel(nombre, un, plusieurs)}{locale.INSECABLE}: {raison}"


def commenter(espace: Espace, donnees: DonneesRapport) -> Commentaires:
    """Le commentaire d'un rapport calculé, ses chiffres injectés depuis ses cellules protégées.

    Lève `ErreurDefinition` (fichier, ligne, valeur et suggestion dits) si un titre, un nom d'indicateur ou une modalité
    est faux ; `ErreursReunies` s'il y en a plusieurs, `ErreurFichier` si le texte ne se lit pas.
    """
    service, annee = donnees.service.id, donnees.annee
    ou = chemin_commentaires(espace, service, annee).relative_to(espace.racine).as_posix()
    defauts = Defauts()
    lu = lire_fichier(espace, service, annee, defauts)
    propres = {s.titre for s in donnees.service.sections}  # les tendances, ajoutées d'office, n'appellent pas de texte
    attendues = tuple(s.titre for s in donnees.sections if s.titre in propres and _attendue(s.blocs))
    if lu is None:
        return Commentaires(ou, donnees.diffusion, sans_commentaire=attendues)
    place = placer(lu, [(s.titre, [b.titre for b in s.blocs]) for s in donnees.sections], defauts)
    chiffres, relecteur = Chiffres(espace, donnees), Relecteur.de_rapport(donnees)
    rendues = [rendre_partie(p, lu.nom, chiffres, defauts) for p in place.parties]
    defauts.lever()
    ecrites = {p.partie.section for p in rendues}
    visibles = [r for r in rendues if donnees.diffusion == "interne" or not r.partie.interne]
    interne = donnees.diffusion == "interne"
    return Commentaires(
        fichier=ou,
        diffusion=donnees.diffusion,
        parties={(r.partie.section, r.partie.figure): r for r in visibles},
        remarques=tuple(m for r in rendues for m in relecteur.relire(r)) if interne else (),
        sans_commentaire=tuple(t for t in attendues if t not in ecrites),
        empreinte=lu.empreinte,
    )


def _attendue(blocs: Sequence) -> bool:
    """Une section attend un commentaire, sauf si chacun de ses blocs dit `commentaire = false`."""
    return any(b.reglage.get("commentaire", True) is not False for b in blocs)
