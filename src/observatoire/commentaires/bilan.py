"""Le bilan d'un commentaire, pour qui l'écrit : ce qui se contredit, ce qui manque, ce que le public ne lira pas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from observatoire.campagne.donnees import preparer_rapport
from observatoire.commentaires.commentaires import ORDRE, Commentaires, commenter
from observatoire.commentaires.lecture import chemin_brouillon, chemin_commentaires
from observatoire.espace import Espace
from observatoire.restitution import locale
from observatoire.services import lire_service

CODE_CONTRADICTION = 3


@dataclass(frozen=True)
class Bilan:
    """Ce qu'il y a à relire dans le commentaire d'un service et d'une année."""

    service: str
    annee: int
    commentaires: Commentaires
    brouillon: str  # un brouillon attend d'être relu ; vide sinon
    masques: tuple[tuple[int, str, str], ...] = ()  # ligne, injection, ce que l'édition publique imprime à la place

    @property
    def contradictions(self) -> int:
        return self.commentaires.contredits

    @property
    def code_sortie(self) -> int:
        """3 si un nombre tapé contredit un tableau, 0 sinon."""
        return CODE_CONTRADICTION if self.contradictions else 0

    def en_texte(self) -> list[str]:
        """Le bilan en phrases, les contradictions d'abord."""
        lu = self.commentaires
        if not lu.empreinte:
            suite = f" Un brouillon attend dans {self.brouillon}." if self.brouillon else ""
            return [f"{self.service} {self.annee} : aucun commentaire dans {lu.fichier}.{suite}"]
        lignes = [f"{self.service} {self.annee} : {lu.fichier}"]
        for remarque in sorted(lu.remarques, key=lambda r: (ORDRE.index(r.niveau), r.ligne)):
            lignes.append(f"ligne {remarque.ligne}, {remarque.section} : {remarque.message} {remarque.remede}")
        for rendue, paragraphe in lu.retenus():
            lignes.append(
                f"ligne {paragraphe.ligne}, {rendue.partie.section} : l'édition publique n'imprime pas ce paragraphe, "
                "un nombre y est tapé."
            )
        for ligne, ecrite, imprime in self.masques:
            lignes.append(f"ligne {ligne} : « {{{{ {ecrite} }}}} » s'imprime {imprime} dans l'édition publique.")
        if lu.sans_commentaire:
            lignes.append(f"Sections sans commentaire : {', '.join(lu.sans_commentaire)}.")
        tapes = len(lu.remarques)
        dits = locale.compte(tapes, ("nombre tapé à la main", "nombres tapés à la main", False))
        contredits = locale.compte(self.contradictions, ("contradiction", "contradictions", True))
        lignes.append(locale.majuscule(f"{dits}, {contredits}.").replace(locale.INSECABLE, " "))
        return lignes

    def en_dict(self) -> dict:
        """Le bilan en types JSON."""
        lu = self.commentaires
        return {
            "service": self.service,
            "annee": self.annee,
            "fichier": lu.fichier if lu.empreinte else "",
            "brouillon": self.brouillon,
            "remarques": [vars(r) for r in lu.remarques],
            "masques_au_public": [{"ligne": n, "injection": e, "imprime": i} for n, e, i in self.masques],
            "retenus_du_public": [p.ligne for _, p in lu.retenus()],
            "sections_sans_commentaire": list(lu.sans_commentaire),
        }


def bilan_commentaires(espace: Espace, service: str, annee: int) -> Bilan:
    """Relit le commentaire d'un service et d'une année contre les chiffres internes de son rapport.

    Lève `ErreurDefinition` si une injection ou un titre est faux, `RapportBloque` si le rapport ne se prépare pas.
    """
    attend = chemin_brouillon(espace, service, annee)
    brouillon = attend.relative_to(espace.racine).as_posix() if attend.is_file() else ""
    ecrit = chemin_commentaires(espace, service, annee)
    if not ecrit.is_file():  # rien à relire : inutile de préparer le rapport
        ou, titres = ecrit.relative_to(espace.racine).as_posix(), lire_service(espace, service).sections
        return Bilan(
            service, annee, Commentaires(ou, "interne", sans_commentaire=tuple(s.titre for s in titres)), brouillon
        )
    internes = commenter(espace, preparer_rapport(espace, service, annee, "interne"))
    publics = commenter(espace, preparer_rapport(espace, service, annee, "public"))
    return Bilan(service, annee, internes, brouillon, tuple(_masques(publics)))


def annoncer_contradictions(fiche: Mapping[str, Any]) -> str:
    """La ligne à dire quand un document vient d'être rendu ; vide si aucun nombre tapé n'y contredit un tableau.

    `fiche` : son entrée au manifeste ; « 2 chiffres écrits à la main contredisent les tableaux : … ».
    """
    nombre = fiche.get("contredits", 0)
    if not nombre:
        return ""
    un, plusieurs = "chiffre écrit à la main contredit", "chiffres écrits à la main contredisent"
    if fiche.get("genre"):
        ou = "voir « Relecture des commentaires » dans la page."
    else:
        ou = f"observatoire commentaires --service {fiche['service']} --annee {fiche['annee']}"
    return f"{nombre} {locale.pluriel(nombre, un, plusieurs)} les tableaux : {ou}"


def _masques(publics: Commentaires) -> Iterator[tuple[int, str, str]]:
    """Les injections dont l'édition publique n'imprime pas le chiffre."""
    for rendue in publics.parties.values():
        for paragraphe in rendue.paragraphes:
            for expression, valeur in paragraphe.injections:
                if not valeur.publiee:
                    yield expression.ligne, expression.ecrite, valeur.texte
