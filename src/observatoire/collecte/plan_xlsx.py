"""Le plan d'un XLSX, lu dans ses feuilles XML par morceaux, sans les charger."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from html import unescape

from observatoire.collecte.entete import Fusion
from observatoire.collecte.plan import (
    CELLULES_MAXIMALES,
    REMEDE_TROP_GRAND,
    TEXTE_MAXIMAL,
    Feuille,
    Plan,
    numero,
    refuser_etendue,
)
from observatoire.erreurs import ErreurFichier

_MORCEAU = 1024**2
_BALISE_MAXIMALE = 64 * 1024**2  # une balise plus longue n'existe pas dans un vrai classeur
_ATTRIBUT = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_CELLULE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})(\d{1,7})["']""")
# Ce qui sort d'une petite feuille (colonnes A à Z, moins de 100 000 lignes) se repère sans lire chaque cellule.
_LOIN_A_DROITE = re.compile(rb"""r=["']([A-Z]{2,3})\d""")
_LOIN_EN_BAS = re.compile(rb"""r=["'][A-Z]{0,3}(\d{6,7})["']""")
_PRES_A_DROITE, _PRES_EN_BAS = 26, 99_999
_ECRITURES_INHABITUELLES = (b"r =", b"r\t=", b"r\n=", b"r\r=", b"r= ", b"r=\t", b"r=\n", b"r=\r")
_DERNIERE_LIGNE, _DERNIERE_COLONNE = 1_048_576, 16_384
_LIGNE_MASQUEE = re.compile(rb"""<(?:\w+:)?row\b[^>]*\bhidden\s*=\s*["'](?:1|true)["'][^>]*>""")
_COLONNE = re.compile(rb"<(?:\w+:)?col\b[^>]*>")
_FUSION = re.compile(rb"""<(?:\w+:)?mergeCell\b[^>]*\bref\s*=\s*["']([A-Z]+)(\d+):([A-Z]+)(\d+)["']""")
_FORMULE_VIDE = re.compile(
    rb"""<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"""
    rb"""(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"""
)
_PARTAGEE = re.compile(rb"""\bt\s*=\s*["']s["'][^>]*>\s*<(?:\w+:)?v>(\d+)<""")
_CHAINE = re.compile(rb"<(?:\w+:)?si\b")


def lire_plan_xlsx(archive: zipfile.ZipFile, nom: str) -> Plan:
    """Le plan d'un XLSX. Lève `ErreurFichier` s'il est abîmé ou si l'ouvrir remplirait la mémoire."""
    classeur = _lire(archive, "xl/workbook.xml", nom)
    _refuser_doctype(classeur, nom)
    liens = {
        a.get("Id", ""): a.get("Target", "")
        for a in _attributs(_lire(archive, "xl/_rels/workbook.xml.rels", nom, facultatif=True), "Relationship")
    }
    proprietes = _attributs(classeur, "workbookPr")
    date_1904 = bool(proprietes) and proprietes[0].get("date1904") in ("1", "true")
    chaines = _longueurs_partagees(archive, nom)
    feuilles = {}
    for attributs in _attributs(classeur, "sheet"):
        feuille = Feuille(attributs.get("name", ""), attributs.get("state", "visible") == "visible")
        cible = liens.get(attributs.get("id", ""), "")
        chemin = cible.lstrip("/") if cible.startswith("/") else posixpath.normpath(posixpath.join("xl", cible))
        if chemin in archive.NameToInfo:
            _lire_feuille(archive, chemin, feuille, chaines, nom)
        feuilles[feuille.nom] = feuille
    _verifier_le_reste(archive)
    return Plan(feuilles, date_1904)


def _verifier_le_reste(archive: zipfile.ZipFile) -> None:
    """Décompresse sans le garder ce qui n'a pas été parcouru : une taille menteuse se voit à la somme de contrôle."""
    for info in archive.infolist():
        if info.filename.endswith((".xml", ".rels")) and "worksheets/sheet" not in info.filename:
            with archive.open(info) as flux:
                while flux.read(_MORCEAU):
                    pass


def _lire(archive: zipfile.ZipFile, chemin: str, nom: str, facultatif: bool = False) -> bytes:
    if facultatif and chemin not in archive.NameToInfo:
        return b""
    with archive.open(chemin) as flux:
        return flux.read(_BALISE_MAXIMALE)


def _attributs(xml: bytes, balise: str) -> list[dict[str, str]]:
    """Les attributs de chaque balise de ce nom, sans préfixe d'espace de noms."""
    motif = re.compile(rf"<(?:\w+:)?{balise}\b([^>]*)>".encode())
    return [
        {n.split(b":")[-1].decode(): unescape((d or s).decode("utf-8", "replace")) for n, d, s in _ATTRIBUT.findall(b)}
        for b in motif.findall(xml)
    ]


def _refuser_doctype(xml: bytes, nom: str) -> None:
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise ErreurFichier(
            f"{nom} : ce classeur définit des entités XML, ce qu'aucun tableur n'écrit.", "Refaites l'export."
        )


def morceaux(archive: zipfile.ZipFile, chemin: str, nom: str, fin: bytes = b">") -> Iterator[bytes]:
    """Le contenu d'une entrée, par morceaux coupés juste après `fin` : aucune balise n'est en deux.

    Lève `ErreurFichier` pour une entité XML ou une balise démesurée.
    """
    reste, premier = b"", True
    with archive.open(chemin) as flux:
        while lu := flux.read(_MORCEAU):
            reste += lu
            coupe = reste.rfind(fin)
            if coupe < 0:
                if len(reste) > _BALISE_MAXIMALE:
                    raise ErreurFichier(f"{nom} : une cellule occupe plus de 64 Mo.", REMEDE_TROP_GRAND)
                continue
            entier, reste = reste[: coupe + len(fin)], reste[coupe + len(fin) :]
            if premier:
                _refuser_doctype(entier, nom)
            premier = False
            yield entier
    if reste:
        yield reste


def _lire_feuille(
    archive: zipfile.ZipFile, chemin: str, feuille: Feuille, chaines: tuple[list[int], int], nom: str
) -> None:
    longueurs, plus_longue = chaines
    partagees = 0
    for xml in morceaux(archive, chemin, nom, b"</row>"):
        _relever_etendue(xml, feuille)
        _relever_mise_en_forme(xml, feuille)
        if plus_longue:
            partagees += xml.count(b't="s"') + xml.count(b"t='s'")
    if feuille.derniere_ligne * feuille.derniere_colonne > CELLULES_MAXIMALES:
        _preciser_etendue(archive, chemin, feuille, nom)
    if partagees * plus_longue > TEXTE_MAXIMAL:
        _refuser_texte(archive, chemin, feuille, longueurs, nom)


def _relever_etendue(xml: bytes, feuille: Feuille) -> None:
    """Majore l'étendue : vite, quitte à lire ensuite chaque cellule d'une feuille qui paraît trop grande."""
    if any(ecriture in xml for ecriture in _ECRITURES_INHABITUELLES):
        feuille.etendre(_DERNIERE_LIGNE, _DERNIERE_COLONNE)
        return
    loin = max(map(numero, map(bytes.decode, set(_LOIN_A_DROITE.findall(xml)))), default=_PRES_A_DROITE)
    bas = max(map(int, set(_LOIN_EN_BAS.findall(xml))), default=_PRES_EN_BAS)
    feuille.etendre(bas, loin)


def _preciser_etendue(archive: zipfile.ZipFile, chemin: str, feuille: Feuille, nom: str) -> None:
    feuille.derniere_ligne = feuille.derniere_colonne = 0
    for xml in morceaux(archive, chemin, nom, b"</row>"):
        if trouvees := _CELLULE.findall(xml):
            colonnes, lignes = (set(x) for x in zip(*trouvees, strict=True))
            feuille.etendre(max(map(int, lignes)), max(numero(c.decode()) for c in colonnes))
        refuser_etendue(nom, feuille)


def _refuser_texte(archive: zipfile.ZipFile, chemin: str, feuille: Feuille, longueurs: list[int], nom: str) -> None:
    """Compte le texte d'une feuille, chaque texte partagé à chaque emploi."""
    total = 0
    for xml in morceaux(archive, chemin, nom, b"</row>"):
        for rang, emplois in Counter(_PARTAGEE.findall(xml)).items():
            total += emplois * (longueurs[int(rang)] if int(rang) < len(longueurs) else 0)
        if total > TEXTE_MAXIMAL:
            raise ErreurFichier(
                f"{nom}, feuille « {feuille.nom} » : plus de 1 Go de texte une fois ouverte.", REMEDE_TROP_GRAND
            )


def _relever_mise_en_forme(xml: bytes, feuille: Feuille) -> None:
    if b"hidden" in xml:
        for balise in _LIGNE_MASQUEE.findall(xml):
            rang = re.search(rb"""\br\s*=\s*["'](\d+)["']""", balise)
            if rang:
                feuille.lignes_masquees.append((int(rang[1]), int(rang[1])))
        for balise in _COLONNE.findall(xml):
            attributs = {n: d or s for n, d, s in _ATTRIBUT.findall(balise)}
            if attributs.get(b"hidden") in (b"1", b"true"):
                debut, fin = int(attributs.get(b"min", 0)), int(attributs.get(b"max", 0))
                feuille.colonnes_masquees.update(range(debut, min(fin, 16_384) + 1))
    if b"mergeCell" in xml:
        feuille.fusions += [
            Fusion(int(l1), numero(c1.decode()), int(l2), numero(c2.decode()))
            for c1, l1, c2, l2 in _FUSION.findall(xml)
        ]
    if b"<f" in xml or b":f" in xml:
        for attributs in _FORMULE_VIDE.findall(xml):
            ici = _CELLULE.search(attributs)
            # Une formule de texte au résultat vide (t="str") est bien calculée.
            if ici and b'"str"' not in attributs:
                feuille.jamais_calculees.append((int(ici[2]), numero(ici[1].decode())))


def _longueurs_partagees(archive: zipfile.ZipFile, nom: str) -> tuple[list[int], int]:
    """La longueur (majorée) de chaque texte partagé, et la plus grande."""
    chemin = next((n for n in archive.namelist() if n.lower() == "xl/sharedstrings.xml"), "")
    longueurs: list[int] = []
    if chemin:
        for xml in morceaux(archive, chemin, nom, b"</si>"):
            debuts = [m.start() for m in _CHAINE.finditer(xml)]
            longueurs += [fin - debut for debut, fin in zip(debuts, [*debuts, len(xml)][1:], strict=True)]
    return longueurs, max(longueurs, default=0)
