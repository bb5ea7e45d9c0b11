"""Trouver l'en-tête d'un export : la ligne, ou les deux niveaux, qui ressemblent aux colonnes attendues."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from observatoire.collecte.tableau import Apercu, nommer_niveaux
from observatoire.nettoyage.texte import normaliser

LIGNES_EXAMINEES = 200


@dataclass(frozen=True)
class Entete:
    """L'en-tête trouvé : le nom de chaque colonne, et le rang (dans l'aperçu) de sa dernière ligne."""

    rang: int
    noms: tuple[str, ...]
    niveaux: int = 1


@dataclass(frozen=True)
class Fusion:
    """Des cellules fusionnées, bornes comprises, numérotées de 1 comme dans la feuille."""

    premiere_ligne: int
    premiere_colonne: int
    derniere_ligne: int
    derniere_colonne: int


def score(cellules: Iterable[str | None], attendues: Collection[str]) -> int:
    """Nombre de colonnes attendues présentes dans une ligne ; `attendues` est déjà normalisé."""
    return len({normaliser(c) for c in cellules if c} & set(attendues))


def trouver_entete(apercu: Apercu, attendues: Collection[str]) -> int | None:
    """Rang, dans l'aperçu, de la ligne d'en-tête ; None si aucune cellule n'est attendue.

    À égalité, la première ligne l'emporte : un en-tête répété plus bas n'est pas l'en-tête.
    Sans colonne attendue, c'est la première des lignes les plus remplies de texte.
    """
    cles = {normaliser(a) for a in attendues} - {""}
    if not cles:
        return _ligne_la_plus_remplie(apercu)
    notes = [score(cellules, cles) for _, cellules in apercu.lignes]
    return notes.index(max(notes)) if any(notes) else None


def _ligne_la_plus_remplie(apercu: Apercu) -> int | None:
    """La première ligne qui a autant de cellules en lettres que la mieux remplie."""
    notes = [len({normaliser(c) for c in cellules if any(x.isalpha() for x in c)}) for _, cellules in apercu.lignes]
    return notes.index(max(notes)) if any(notes) else None


def lire_entete(apercu: Apercu, attendues: Collection[str], fusions: Collection[Fusion] = ()) -> Entete | None:
    """L'en-tête à un ou deux niveaux d'une feuille ou d'un texte ; None si rien n'y est attendu.

    Deux niveaux : des cellules fusionnées l'annoncent (`fusions`, celles de la feuille, décalées comme
    l'aperçu) ou, à défaut, le niveau bas répète un libellé ou laisse un vide sous le niveau haut.
    """
    rang = trouver_entete(apercu, attendues)
    cles = {normaliser(a) for a in attendues} - {""}
    doubles = [d for i in range(len(apercu.lignes) - 1) if (d := _double(apercu, i, fusions, bool(cles))) is not None]
    if rang is None and not cles:
        return None
    simple = None if rang is None else Entete(rang, tuple(apercu.lignes[rang][1]))
    note_simple = score(simple.noms, cles) if simple else 0
    if cles:
        meilleur = max(doubles, key=lambda d: _note(d, cles), default=None)
        if meilleur is not None and _note(meilleur, cles) > note_simple:
            return meilleur
        touche = next((d for d in doubles if simple and d.rang == simple.rang and _note(d, cles) >= note_simple), None)
        return touche or simple
    return next((d for d in doubles if simple and d.rang - 1 <= simple.rang <= d.rang), simple)


def _note(entete: Entete, cles: Collection[str]) -> int:
    """Colonnes attendues trouvées sous leur nom entier, ou sous leur libellé s'il est seul de son nom."""
    trouvees = {normaliser(n) for n in entete.noms if n}
    libelles = [normaliser(n.split(" – ", 1)[1]) for n in entete.noms if " – " in n]
    return len((trouvees | {libelle for libelle in libelles if libelles.count(libelle) == 1}) & set(cles))


def _double(apercu: Apercu, haut: int, fusions: Collection[Fusion], attendu: bool) -> Entete | None:
    """L'en-tête que forment la ligne `haut` et la suivante, si elles en ont la forme."""
    (numero, groupes), (suivant, libelles) = apercu.lignes[haut], apercu.lignes[haut + 1]
    largeur = max(len(groupes), len(libelles))
    groupes = tuple(groupes) + ("",) * (largeur - len(groupes))
    libelles = tuple(libelles) + ("",) * (largeur - len(libelles))
    remplis = [i for i, g in enumerate(groupes) if g.strip()]
    if suivant != numero + 1 or len(remplis) < 2 or not any(libelle.strip() for libelle in libelles):
        return None
    ici = [f for f in fusions if f.premiere_ligne == numero]
    couvre = [f for f in ici if f.derniere_ligne == suivant]
    if any(f.derniere_ligne > f.premiere_ligne for f in fusions if f.premiere_ligne < numero <= f.derniere_ligne):
        return None
    horizontales = [f for f in ici if f.derniere_ligne == numero and 1 < _largeur(f) < largeur]
    if horizontales or couvre:
        etendus = _etendre(groupes, ici)
    elif not fusions and _deux_niveaux_sans_fusion(groupes, libelles, attendu):
        etendus = _etendre_a_droite(groupes, libelles)
    else:
        return None
    return Entete(haut + 1, tuple(nommer_niveaux(g, b) for g, b in zip(etendus, libelles, strict=True)), 2)


def _largeur(fusion: Fusion) -> int:
    return fusion.derniere_colonne - fusion.premiere_colonne + 1


def _etendre(groupes: Sequence[str], fusions: Collection[Fusion]) -> list[str]:
    """Le niveau haut, recopié sur toutes les colonnes que sa cellule fusionnée couvre."""
    etendus = list(groupes)
    for fusion in fusions:
        for colonne in range(fusion.premiere_colonne - 1, min(fusion.derniere_colonne, len(etendus))):
            etendus[colonne] = groupes[fusion.premiere_colonne - 1] if fusion.premiere_colonne <= len(groupes) else ""
    return etendus


def _etendre_a_droite(groupes: Sequence[str], libelles: Sequence[str]) -> list[str]:
    """Le niveau haut d'un texte, recopié à droite tant que le niveau bas a un libellé."""
    etendus, courant = [], ""
    for groupe, libelle in zip(groupes, libelles, strict=True):
        courant = groupe if groupe.strip() else (courant if libelle.strip() else "")
        etendus.append(courant)
        if groupe.strip() and not libelle.strip():
            courant = ""
    return etendus


def _deux_niveaux_sans_fusion(groupes: Sequence[str], libelles: Sequence[str], attendu: bool) -> bool:
    """Sans cellules fusionnées pour l'annoncer : un libellé répété que le niveau haut départage.

    Avec des colonnes attendues, un vide sous le niveau haut suffit : leur nom tranchera.
    """
    cles = [normaliser(x) for x in libelles if x.strip()]
    tout_en_lettres = all(any(c.isalpha() for c in x) for x in (*groupes, *libelles) if x.strip())
    if not tout_en_lettres or len([g for g in groupes if g.strip()]) >= len(groupes):
        return False
    repetes = len(set(cles)) < len(cles)
    vide_dessous = any(g.strip() and not x.strip() for g, x in zip(groupes, libelles, strict=True))
    return (repetes and (vide_dessous or all(x.strip() for x in libelles))) or (attendu and vide_dessous)
