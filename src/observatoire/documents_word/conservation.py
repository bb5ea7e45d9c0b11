"""Garder le document rempli par la fédération : les éditions suivantes y relisent ses commentaires."""

from __future__ import annotations

import hashlib
from pathlib import Path

from observatoire.documents_word.marques import Identite
from observatoire.documents_word.reprise import Reprise, reprendre
from observatoire.ecriture import remplacer_fichier
from observatoire.erreurs import ErreurParametre
from observatoire.espace import Espace


def fichier_conserve(espace: Espace, identite: Identite) -> Path:
    """Où se garde le document rempli : `data/commentaires/<nom>/<annee>-<diffusion>.docx`."""
    return espace.donnees / "commentaires" / identite.nom / f"{identite.annee}-{identite.diffusion}.docx"


def conserver(espace: Espace, fichier: Path, identite: Identite) -> tuple[Path, list[str]]:
    """Garde un document rempli pour cette édition ; rend son chemin et ce qu'il faut en dire.

    Le document gardé jusque-là n'est pas effacé : il change de nom. Lève `ErreurFichier` si le fichier n'est pas un
    document rempli, `ErreurParametre` s'il est celui d'un autre document, ou l'édition interne d'une édition publique.
    """
    fichier = Path(fichier)
    reprise = reprendre(fichier)
    _controler(fichier, reprise, identite)
    cible, octets = fichier_conserve(espace, identite), fichier.read_bytes()
    messages = _changement_d_annee(reprise, identite)
    if cible.is_file() and (avant := cible.read_bytes()) != octets:
        messages += _mettre_de_cote(cible, avant, reprise)
    remplacer_fichier(cible, octets)
    return cible, messages


def _controler(fichier: Path, reprise: Reprise, identite: Identite) -> None:
    sienne = reprise.marques.identite
    if sienne is None:
        return
    if sienne.nom != identite.nom:
        raise ErreurParametre(
            f"« {fichier.name} » est le document « {sienne.nom} » ; vous rendez « {identite.nom} ».",
            "Donnez le document de la même région et du même thème.",
        )
    if sienne.diffusion == "interne" and identite.diffusion == "public":
        raise ErreurParametre(
            f"« {fichier.name} » est une édition interne : ses commentaires peuvent citer un chiffre masqué au public.",
            "Écrivez les commentaires publics dans l'édition publique, puis reprenez celle-ci.",
        )


def _changement_d_annee(reprise: Reprise, identite: Identite) -> list[str]:
    sienne = reprise.marques.identite
    if sienne is None or sienne.annee == identite.annee:
        return []
    return [f"Commentaires de {sienne.annee} repris comme brouillon de {identite.annee} : relisez les chiffres cités."]


def _mettre_de_cote(cible: Path, avant: bytes, reprise: Reprise) -> list[str]:
    """Renomme le document gardé jusque-là, et dit quels commentaires le nouveau n'a plus."""
    de_cote = cible.with_name(f"{cible.stem}.{hashlib.sha256(avant).hexdigest()[:8]}.docx")
    anciens = reprendre(cible).commentaires
    remplacer_fichier(de_cote, avant)
    absents = [c.titre for ancre, c in anciens.items() if ancre not in reprise.commentaires]
    if not absents:
        return []
    liste = ", ".join(f"« {t} »" for t in absents)
    return [f"Commentaires absents du nouveau fichier : {liste}. Le précédent est gardé : {de_cote.name}."]
